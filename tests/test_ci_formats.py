"""What CI servers read: GitHub's annotations, JUnit's XML and SARIF, each held against its published schema."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

from archcheck.report.to_github import verify_github
from archcheck.report.to_junit import verify_junit
from archcheck.report.to_sarif import verify_sarif
from archcheck.results import Check, Verification
from tests.command_line import run
from tests.workflow_commands import read_commands

SCHEMAS = Path(__file__).parent / "schemas"
SPEC = """\
input: [3, 224, 224]
layers:
  - Conv2d: {out_channels: 96, kernel_size: 11, stride: 4}
    output: [96, 55, 55]
  - Conv2d: {out_channels: 4, kernel_size: 1}
    output: {documented: [5, 54, 54], wrong: "a slip: 100%"}
    params: 388
"""
HOSTILE = 'a,b:c%0A::error::x\r\n]]>&<"\x00\x1b\ufffe\udc80é漢😀##[error]'
"""Of every format something that it cannot take as it is."""


@cache
def _sarif_schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    return schema


def sarif(text: str) -> dict[str, Any]:
    """Return the one run of a log that is valid."""
    log = json.loads(text)
    jsonschema.Draft4Validator(
        _sarif_schema(), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    ).validate(log)
    (only,) = log["runs"]
    known = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
    assert all(known[one["ruleIndex"]] == one["ruleId"] for one in only["results"])
    found: dict[str, Any] = only
    return found


def junit(text: str) -> Any:
    """Return the root of a document that is valid, and whose counts are those of its elements."""
    root = etree.fromstring(text.encode())
    etree.XMLSchema(etree.parse(str(SCHEMAS / "junit-10.xsd"))).assertValid(root)
    for suites in (root, *root):
        kinds = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
        for name, kind in kinds.items():
            assert suites.get(name) in (None, str(len(suites.findall(f".//{kind}"))))
    return root


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "sub dir" / "é%.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text(SPEC.replace("Conv2d", "Conv2dd"), encoding="utf-8")
    return tmp_path


TARGETS = ("sub dir/é%.yaml", "broken.yaml", "none.yaml")


def hostile() -> list[Verification]:
    """Return results in which every text is one that no format can take as it is."""
    said = {"wrong": HOSTILE, "hint": HOSTILE, "source": HOSTILE, "at": HOSTILE}
    statuses: tuple[Any, ...] = ("agrees", "differs", "known wrong", "not reached", "unchecked")
    checks = [Check(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE, one, 3, **said) for one in statuses]
    named = HOSTILE.replace("\x00", "")
    return [
        Verification(named, named, None, tuple(checks), title=HOSTILE),
        Verification(named, named, None, error=f"{named}:7:9: {HOSTILE}"),
    ]


def test_github_has_an_annotation_on_the_very_line(folder: Path) -> None:
    done = run("lint", *TARGETS, "--format", "github")
    assert done.exit_code == 2
    found = read_commands(done.stdout)
    assert [(one.name, one.properties.get("file"), one.properties.get("line")) for one in found] == [
        ("error", "sub dir/é%.yaml", "4"),
        ("error", "broken.yaml", "3"),
        ("error", "none.yaml", None),
        ("notice", "sub dir/é%.yaml", "6"),
    ]
    assert found[0].properties["title"] == "archcheck: output differs"
    assert "documented 96x55x55, inferred 96x54x54\n(224 + 2*0 - 11) // 4 + 1 = 54" in found[0].message
    assert found[1].message.startswith("layer '0': no module 'Conv2dd'")
    assert found[3].message.endswith("a slip: 100%\nout_channels is 4")


def test_junit_has_a_suite_a_target_and_a_case_a_claim(folder: Path) -> None:
    done = run("lint", *TARGETS, "--format", "junit")
    assert done.exit_code == 2
    wrong, *unread = junit(done.stdout)
    assert (wrong.get("name"), wrong.get("file")) == ("sub dir/é%.yaml", "sub dir/é%.yaml")
    names = [case.get("name") for case in wrong.iter("testcase")]
    assert names == ["0 (Conv2d): output", "1 (Conv2d): output", "1 (Conv2d): params"]
    (failure,) = wrong.iter("failure")
    assert failure.get("message") == "0 (Conv2d): output: documented 96x55x55, inferred 96x54x54"
    assert failure.text.startswith("sub dir/é%.yaml:4: ")
    assert failure.text.endswith("or kernel 5 to 8")
    assert wrong.find(".//system-out").text.endswith("a slip: 100%\nout_channels is 4")
    assert [suite.get("errors") for suite in unread] == ["1", "1"]


def test_sarif_has_a_result_a_claim_and_a_notification_a_target_in_error(folder: Path) -> None:
    done = run("lint", *TARGETS, "--format", "sarif")
    assert done.exit_code == 2
    only = sarif(done.stdout)
    assert [(one["ruleId"], one["level"]) for one in only["results"]] == [
        ("differs", "error"),
        ("known-wrong", "note"),
    ]
    place = only["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "sub%20dir/%C3%A9%25.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 4}
    assert only["results"][1]["suppressions"][0]["justification"] == "a slip: 100%"
    (invocation,) = only["invocations"]
    assert invocation["executionSuccessful"] is False
    broken, none = invocation["toolExecutionNotifications"]
    assert broken["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 5}
    assert none["message"]["text"].startswith("none.yaml: no such file")


def test_what_the_schemas_forbid_is_found() -> None:
    with pytest.raises(jsonschema.ValidationError):
        sarif('{"version": "2.1.0", "runs": [{"tool": {}}]}')
    with pytest.raises(etree.DocumentInvalid):
        junit("<testsuites><testcase/></testsuites>")
    for line in (
        "::error file=a:b::x",
        "::error file=a::50%",
        "::eror file=a::x",
        "::error file=a,line=0::x",
    ):
        with pytest.raises(AssertionError):
            read_commands(line)


def test_names_of_any_characters_leave_each_format_valid(tmp_path: Path) -> None:
    results = hostile()
    found = read_commands(verify_github(results, tmp_path))
    assert {one.name for one in found} == {"error", "notice"}
    assert found[0].message.count("漢") >= 3
    root = junit(verify_junit(results, {}, tmp_path))
    assert len(root) == 2
    assert "\\x00\\x1b\\ufffe\\udc80é漢😀" in root[0].findtext(".//failure")
    only = sarif(verify_sarif(results, {}, "1.0", tmp_path))
    assert "\x00\x1b\ufffe\\udc80é漢😀" in only["results"][0]["message"]["text"]


def test_a_claim_is_known_again_when_lines_move(folder: Path) -> None:
    def fingerprints(text: str) -> list[str]:
        Path("a.yaml").write_text(text, encoding="utf-8")
        only = sarif(run("lint", "a.yaml", "--format", "sarif").stdout)
        return [one["partialFingerprints"]["archcheckClaim/v1"] for one in only["results"]]

    before = fingerprints(SPEC)
    assert len(set(before)) == 2
    assert fingerprints(f"# moved\n\n{SPEC}") == before
    assert not {*fingerprints(SPEC.replace("  - Conv", "  - Identity\n  - Conv", 1))} >= {*before}


def test_paths_are_below_the_repository_wherever_archcheck_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    monkeypatch.chdir(folder / "sub dir")
    (first, _) = read_commands(run("lint", "é%.yaml", "--format", "github").stdout)
    assert first.properties["file"] == "sub dir/é%.yaml"


def test_what_lies_elsewhere_has_its_whole_path(folder: Path) -> None:
    only = sarif(run("lint", "alexnet_half", "--format", "sarif").stdout)
    uri = only["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("file:///")
    assert uri.endswith("specs/alexnet_half.yaml")
    junit(run("lint", "alexnet_half", "--format", "junit").stdout)


def test_code_that_was_not_run_is_an_error_that_says_why(tmp_path: Path) -> None:
    stopped = Check("", "", "code", None, None, None, "not reached", 12, hint="ran out of time")
    results = [Verification(str(tmp_path / "a.py"), "a.py", "cpu", (stopped,))]
    (told,) = read_commands(verify_github(results, tmp_path))
    assert (told.name, told.properties["line"], told.message) == ("error", "12", "ran out of time")
    (case,) = junit(verify_junit(results, {}, tmp_path)).iter("testcase")
    assert (case.get("name"), case[0].text) == ("its code runs", "a.py:12: ran out of time")
    (one,) = sarif(verify_sarif(results, {}, "1.0", tmp_path))["results"]
    assert (one["ruleId"], one["message"]["text"]) == ("not-reached", "ran out of time")


def test_networks_of_one_file_share_an_annotation(folder: Path) -> None:
    text = SPEC.replace("input:", "variants: {low: {}, high: {}}\ninput:")
    Path("family.yaml").write_text(text, encoding="utf-8")
    found = read_commands(run("lint", "family.yaml", "--format", "github").stdout)
    assert [(one.name, one.properties["file"], one.properties["line"]) for one in found] == [
        ("error", "family.yaml", "5"),
        ("notice", "family.yaml", "7"),
    ]
    assert "low: 0 (Conv2d)" in found[0].message
    assert "high: 0 (Conv2d)" in found[0].message


def test_a_document_and_a_notebook_have_their_places(folder: Path) -> None:
    code = "import torch\nnet = torch.nn.Conv2d(3, 4, 3)  # output[4, 7, 7]\nnet(torch.ones(1, 3, 8, 8))\n"
    Path("a.py").write_text(code, encoding="utf-8")
    cell: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": code,
    }
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    Path("a.ipynb").write_text(json.dumps(book), encoding="utf-8")
    done = run("verify", "a.py", "a.ipynb", "--format", "github", "--also", "sarif=s", "--also", "junit=j")
    assert done.exit_code == 1
    page, book_ = read_commands(done.stdout)
    assert (page.properties["file"], page.properties["line"]) == ("a.py", "2")
    assert (book_.properties["file"], book_.properties.get("line")) == ("a.ipynb", None)
    assert book_.message.startswith("cell 1, line 2: ")
    assert len(sarif(Path("s").read_text(encoding="utf-8"))["results"]) == 2
    assert len(junit(Path("j").read_text(encoding="utf-8")).findall(".//failure")) == 2


def test_the_same_results_are_the_same_bytes_in_a_file(folder: Path) -> None:
    for style in ("github", "junit", "sarif"):
        done = run("lint", *TARGETS, "--format", style, "-o", "out")
        assert (done.exit_code, done.stdout) == (2, "")
        first = Path("out").read_bytes()
        run("lint", *TARGETS, "--also", f"{style}=out")
        assert Path("out").read_bytes() == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--also", "sarif"],
            "--also sarif: needs a format and a file, as in junit=archcheck.xml; formats are table, markdown, csv, "
            "json, github, junit, sarif",
        ),
        (["--also", "junit=a.xml", "-o", "a.xml"], "--also: a.xml would be written twice"),
        (
            ["--also", "junit=broken.yaml"],
            "--also broken.yaml: that is a target; the output would replace it",
        ),
        (
            ["--mutate", "--format", "junit"],
            "--format junit: has verdicts and no changes; --mutate has table, markdown, csv, json",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, words: list[str], said: str) -> None:
    done = run("lint", "broken.yaml", *words)
    assert (done.exit_code, done.stderr) == (2, f"archcheck: {said}\n")


def test_lint_does_without_torch_in_every_format(folder: Path) -> None:
    for style in ("github", "junit", "sarif"):
        code = (
            "import sys; from archcheck.cli import cli\n"
            f"cli.main(['lint', 'broken.yaml', '--format', '{style}', '-o', 'x'], standalone_mode=False)\n"
            "sys.exit('torch' in sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
