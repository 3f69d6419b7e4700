"""The GitHub action, the pre-commit hooks and the README's examples: valid, and run as their servers run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.readme import README, ROOT
from tests.test_ci_formats import SPEC, junit, sarif
from tests.workflow_commands import read_commands

FOLDER = ROOT / ".github" / "actions" / "archcheck"
ACTION: dict[str, Any] = yaml.safe_load((FOLDER / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, Any] = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
EXAMPLES = dict(
    re.findall(r"<!-- ci: (\S+) -->\n```yaml\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL)
)


def tool(module: str, *words: str, cwd: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a Python tool's module."""
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(
        command, cwd=cwd, env=os.environ | more, capture_output=True, text=True, check=False
    )


def valid(kind: str, file: Path) -> bool:
    done = tool("check_jsonschema", "--builtin-schema", f"vendor.{kind}", str(file))
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


@dataclass(frozen=True)
class Ran:
    """A step that has been run: its exit code and log, and what it wrote for GitHub."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


def step(name: str, folder: Path, program: str, **inputs: str) -> Ran:
    """Run a step of the action in bash, with `program` in the place of a program of its first word's name."""
    given = {key.replace("_", "-"): value for key, value in inputs.items()}
    values = {f"inputs.{key}": given.get(key, one["default"]) for key, one in ACTION["inputs"].items()}
    values["github.action_path"] = str(FOLDER)
    own = {
        key: re.sub(r"\$\{\{ (.+?) }}", lambda m: values[m[1]], text)
        for key, text in STEPS[name]["env"].items()
    }
    binaries = folder / "bin"
    binaries.mkdir(exist_ok=True)
    for called in ("archcheck", "python"):
        (binaries / called).write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
        (binaries / called).chmod(0o755)
    github = {key: str(folder / key) for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    environment = {
        **{"PATH": f"{binaries}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "RUNNER_TEMP": str(folder)},
        **{"GITHUB_WORKSPACE": str(folder), **github, **own},
    }
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    read = {key: Path(file).read_text("utf-8") if Path(file).exists() else "" for key, file in github.items()}
    outputs = dict(line.split("=", 1) for line in read["GITHUB_OUTPUT"].splitlines())
    return Ran(done.returncode, done.stdout, outputs, read["GITHUB_STEP_SUMMARY"])


ARCHCHECK = f'exec "{sys.executable}" -m archcheck "$@"'
TELLS = 'for word in "$@"; do echo "<$word>"; done'


def test_the_action_is_one() -> None:
    assert valid("github-actions", FOLDER / "action.yml")


def test_no_input_is_ever_part_of_a_script() -> None:
    assert STEPS
    assert not any("${{" in one["run"] for one in STEPS.values())


def test_shellcheck_has_nothing_to_say() -> None:
    scripts = [str(path) for path in FOLDER.glob("*.sh")]
    assert len(scripts) == 2
    done = subprocess.run(
        [Path(sys.executable).parent / "shellcheck", *scripts], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_check_annotates_and_has_a_summary_and_files(tmp_path: Path) -> None:
    (tmp_path / "a spec.yaml").write_text(SPEC, encoding="utf-8")
    ran = step("Check", tmp_path, ARCHCHECK, command="lint", targets="\n  a spec.yaml \nnone.yaml\n")
    assert ran.code == 2
    assert [one.properties["file"] for one in read_commands(ran.log)] == [
        "a spec.yaml",
        "none.yaml",
        "a spec.yaml",
    ]
    assert "| a spec.yaml |" in ran.summary
    assert len(junit(Path(ran.outputs["junit"]).read_text("utf-8"))) == 2
    assert len(sarif(Path(ran.outputs["sarif"]).read_text("utf-8"))["results"]) == 2


def test_a_check_that_fails_fails_with_archchecks_code(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SPEC, encoding="utf-8")
    assert step("Check", tmp_path, ARCHCHECK, command="lint", targets="a.yaml").code == 1
    (tmp_path / "a.yaml").write_text(SPEC.replace("96, 55, 55", "96, 54, 54"), encoding="utf-8")
    quiet = step("Check", tmp_path, ARCHCHECK, command="lint", targets="a.yaml", annotations="false")
    assert quiet.code == 0
    assert read_commands(quiet.log) == []
    refused = step("Check", tmp_path, ARCHCHECK, command="rm")
    assert refused.code == 2
    assert read_commands(refused.log)[0].message == "the input command is neither verify nor lint"


def test_inputs_are_words_and_never_commands(tmp_path: Path) -> None:
    mean = "$(touch pwned)`touch pwned`\n'; touch pwned; '\n--fix\n*"
    ran = step("Check", tmp_path, TELLS, targets=mean, device="$(touch pwned)")
    assert not (tmp_path / "pwned").exists()
    words = ran.log.splitlines()
    assert words[:3] == ["<verify>", "<--device>", "<$(touch pwned)>"]
    assert words[words.index("<-->") + 1 :] == [f"<{line}>" for line in mean.splitlines()]


def test_a_lint_installs_no_pytorch_and_a_verify_does(tmp_path: Path) -> None:
    alone = 'echo "$*"'
    lint = step("Install archcheck", tmp_path, alone, command="lint").log
    assert "torch" not in lint
    assert f"--no-deps -- {FOLDER}/../../.." in lint
    full = step("Install archcheck", tmp_path, alone, torch_index="https://index.invalid", package="x").log
    assert full.splitlines() == [
        "-m pip install --quiet --index-url https://index.invalid -- torch",
        "-m pip install --quiet -- x",
    ]


def test_what_a_lint_installs_is_all_that_it_imports(tmp_path: Path) -> None:
    installed = re.findall(r"-- (click .+)", (FOLDER / "install.sh").read_text(encoding="utf-8"))
    (tmp_path / "a.yaml").write_text(SPEC, encoding="utf-8")
    also = [f"--also={style}={style}" for style in ("github", "sarif", "junit", "markdown")]
    code = (
        "import sys, importlib.metadata as m; started = {*sys.modules}\n"
        f"own = {{'archcheck', *{installed[0].lower().split()!r}}}\n"
        f"from archcheck.cli import cli; cli.main(['lint', 'a.yaml', *{also!r}], standalone_mode=False)\n"
        "of = m.packages_distributions()\n"
        "used = {d.lower() for n in {n.partition('.')[0] for n in {*sys.modules} - started} for d in of.get(n, [])}\n"
        "print(*sorted(used - own))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize("kind", ["github-workflows", "gitlab-ci"])
def test_the_readmes_examples_are_valid(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "example.yml"
    file.write_text(EXAMPLES[kind], encoding="utf-8")
    assert valid(kind, file)
    file.write_text(
        EXAMPLES[kind].replace("script:", "skript:").replace("steps:", "stebs:"), encoding="utf-8"
    )
    assert not valid(kind, file)


def test_the_projects_own_workflow_is_valid() -> None:
    assert valid("github-workflows", ROOT / ".github" / "workflows" / "test.yml")


def test_the_readmes_workflow_gives_inputs_that_there_are() -> None:
    (job,) = yaml.safe_load(EXAMPLES["github-workflows"])["jobs"].values()
    assert job["steps"][-1]["with"].keys() <= ACTION["inputs"].keys()


def test_the_readmes_pipeline_writes_the_report_that_it_keeps(tmp_path: Path) -> None:
    job = yaml.safe_load(EXAMPLES["gitlab-ci"])["claims"]
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.yaml").write_text(SPEC, encoding="utf-8")
    words = job["script"][-1].removeprefix("archcheck ").split()
    assert tool("archcheck", *words, cwd=tmp_path, PYTHONPATH=str(ROOT)).returncode == 1
    assert len(junit((tmp_path / job["artifacts"]["reports"]["junit"]).read_text("utf-8"))) == 1


def test_the_hooks_are_valid(tmp_path: Path) -> None:
    done = tool("pre_commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout
    config = tmp_path / "config.yaml"
    config.write_text(EXAMPLES["pre-commit"], encoding="utf-8")
    done = tool("pre_commit", "validate-config", str(config))
    assert done.returncode == 0, done.stdout
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repo,) = yaml.safe_load(EXAMPLES["pre-commit"])["repos"]
    assert {hook["id"] for hook in repo["hooks"]} <= {hook["id"] for hook in hooks}


@pytest.mark.slow
def test_the_hook_stops_a_commit_whose_spec_is_wrong(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: pre-commit takes hooks from one")
    (tmp_path / "specs").mkdir()
    spec = tmp_path / "specs" / "a.yaml"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "archcheck").write_text(f"#!/bin/sh\n{ARCHCHECK}\n", encoding="utf-8")
    (tmp_path / "bin" / "archcheck").chmod(0o755)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    environment = {"PYTHONPATH": str(ROOT), "PRE_COMMIT_HOME": str(tmp_path / "home")}
    environment["PATH"] = f"{tmp_path / 'bin'}:{os.environ['PATH']}"

    def tried() -> subprocess.CompletedProcess[str]:
        subprocess.run(["git", "add", "specs"], cwd=tmp_path, check=True)
        words = ("try-repo", str(ROOT), "archcheck-lint", "--all-files")
        return tool("pre_commit", *words, cwd=tmp_path, **environment)

    spec.write_text(SPEC, encoding="utf-8")
    wrong = tried()
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    assert "specs/a.yaml:4: 0 (Conv2d): output: documented 96x55x55" in wrong.stdout
    spec.write_text(SPEC.replace("96, 55, 55", "96, 54, 54"), encoding="utf-8")
    right = tried()
    assert right.returncode == 0, right.stdout + right.stderr
