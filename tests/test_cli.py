"""The command line: exit codes, formats, the JSON contract, one bad target beside good ones, files whole or absent."""

from __future__ import annotations

import csv
import gc
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from archcheck import api, cli, targets
from archcheck.cli import work
from archcheck.costs import Profile
from archcheck.errors import TargetError
from archcheck.report.contract import schema_of
from archcheck.report.pages import MADE_BY
from archcheck.report.to_json import profile_json
from tests.command_line import run

GOOD = """
input: [3, 8, 8]
layers:
  - Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}
    output: [4, 6, 6]
  - flatten
  - Linear: {out_features: 10}
documented:
  params: {documented: 1, wrong: a joke}
"""
DIFFERS = GOOD.replace("[4, 6, 6]", "[4, 7, 7]")
BROKEN = GOOD.replace("Conv2d", "Conv2dd")
FAILS = GOOD.replace("Linear: {", "Linear: {in_features: 7, ")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {"good": GOOD, "differs": DIFFERS, "broken": BROKEN, "fails": FAILS}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


BROKEN_TEXT = (
    "archcheck: broken.yaml:4:5: layer '0': no module 'Conv2dd' in torch.nn; did you mean 'Conv2d'?\n"
)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("lint", "good.yaml"), 0, "every claim holds, one is wrong as known"),
        (("lint", "differs.yaml"), 1, "a claim differs"),
        (("lint", "good.yaml", "differs.yaml"), 1, "one of two differs"),
        (("lint", "broken.yaml"), 2, "a spec error"),
        (("lint", "broken.yaml", "differs.yaml"), 2, "an error outweighs a difference"),
        (("verify", "good.yaml", "--device", "cpu"), 0, "built and run"),
        (
            ("verify", "fails.yaml", "--device", "cpu"),
            1,
            "a network that does not run is wrong, not unusable",
        ),
        (("verify", "good.yaml", "--device", "nope"), 2, "a device error"),
        (("verify", "none.yaml"), 2, "no such file"),
        (("lint", "good.yaml", "--format", "xml"), 2, "a usage error"),
        (("nonsense",), 2, "no such command"),
        (("profile", "good.yaml", "--device", "meta", "--no-witnesses"), 0, "profiled"),
        (("profile", "fails.yaml", "--device", "meta"), 2, "what does not run has no profile"),
        (("profile", "good.yaml", "--dtype", "float8"), 2, "a dtype that is not there"),
        (("profile", "good.yaml", "--batch", "0"), 2, "no sample at all"),
        (("list",), 0, "the shipped networks"),
        (("schema",), 0, "the spec's schema"),
        (("--version",), 0, "the version"),
    ],
)
def test_exit_codes(words: tuple[str, ...], code: int, why: str) -> None:
    assert run(*words).exit_code == code, why


def test_one_bad_target_never_hides_the_others() -> None:
    result = run("lint", "broken.yaml", "good.yaml", "none.yaml", "differs.yaml", "--format", "json")
    made = {one["target"]: one for one in json.loads(result.stdout)["results"]}
    assert [one["ok"] for one in made.values()] == [False, True, False, False]
    assert made["broken.yaml"]["checks"] == []
    assert len(made["good.yaml"]["checks"]) == 3
    assert result.stderr == BROKEN_TEXT + (
        "archcheck: none.yaml: no such file, and no shipped network of that name; "
        "`archcheck list --shipped` names them\n"
    )


def test_a_spec_beside_is_suggested() -> None:
    assert run("lint", "goood").stderr == (
        "archcheck: goood: no such file, and no shipped network of that name; did you mean 'good.yaml'?\n"
    )


def test_an_output_that_is_a_target_is_refused(folder: Path) -> None:
    result = run("lint", "good.yaml", "-o", "./good.yaml")
    assert (result.exit_code, result.stderr) == (
        2, "archcheck: -o ./good.yaml: that is a target; the output would replace it\n",
    )  # fmt: skip
    assert (folder / "good.yaml").read_text(encoding="utf-8") == GOOD


def test_an_empty_specs_folder_is_no_success(folder: Path) -> None:
    (folder / "specs").mkdir()
    result = run("verify")
    assert (result.exit_code, result.stderr) == (
        2, "archcheck: specs/: has no .yaml file; name a target, or work from another folder\n",
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_is_one_line() -> None:
    command = f"{sys.executable} -m archcheck lint good.yaml > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2, "archcheck: standard output: cannot be written: No space left on device\n",
    )  # fmt: skip


def test_a_reader_that_has_seen_enough_does_not_change_the_verdict() -> None:
    command = f"{sys.executable} -m archcheck lint good.yaml -v | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_pytorchs_warnings_are_no_verdicts(folder: Path) -> None:
    (folder / "soft.yaml").write_text("input: [3]\nlayers: [Softmax]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-m", "archcheck", "verify", "soft.yaml", "--device", "cpu"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_is_near_a_shipped_one_is_suggested() -> None:
    assert run("lint", "zfnets").stderr == (
        "archcheck: zfnets: no such file, and no shipped network of that name; did you mean 'zfnet'?\n"
    )


@pytest.mark.parametrize("command", ["lint", "verify", "profile"])
def test_json_keeps_the_contract(command: str) -> None:
    device = () if command == "lint" else ("--device", "cpu")
    result = run(command, "good.yaml", "broken.yaml", "fails.yaml", *device, "--format", "json")
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema_of("profile" if command == "profile" else "verify"))
    assert [one["error"] is None for one in document["results"]] == [True, False, command != "profile"]


def test_json_says_what_the_design_says() -> None:
    (result,) = json.loads(run("verify", "good.yaml", "--device", "cpu", "--format", "json").stdout)[
        "results"
    ]
    first = next(one for one in result["checks"] if one["quantity"] == "output" and one["layer"] == "0")
    assert first == {
        "layer": "0", "type": "Conv2d", "quantity": "output", "documented": [4, 6, 6], "inferred": [4, 6, 6],
        "seen": [4, 6, 6], "status": "agrees", "line": 5, "hint": None, "wrong": None, "at": None,
        "source": None, "said": None,
    }  # fmt: skip
    last = result["checks"][-1]
    assert (last["quantity"], last["documented"], last["status"], last["wrong"]) == (
        "params", 1, "known wrong", "a joke",
    )  # fmt: skip


def test_profile_json_has_exact_counts() -> None:
    words = ("profile", "good.yaml", "--device", "cpu", "--repeat", "3", "--format", "json")
    document = json.loads(run(*words).stdout)
    (result,) = document["results"]
    assert result["totals"]["params"] == 4 * 27 + 4 + 144 * 10 + 10
    assert result["totals"]["macs"] == 36 * 4 * 27 + 144 * 10
    assert len(result["totals"]["latency_samples_ms"]) == 3
    assert [layer["layer"] for layer in result["layers"]] == ["0", "1", "2"]
    assert {one["tool"]: one["difference"] for one in result["witnesses"]} == {
        "fvcore": 0,
        "torchinfo": 36 * 4 + 10,  # its mult-adds count the biases
        "FlopCounterMode": 0,
    }
    assert document["environment"]["torch"]


def test_csv_has_a_row_a_check_and_one_for_an_error() -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("lint", "good.yaml", "broken.yaml", "--format", "csv").stdout))
    )
    assert [(row["target"], row["layer"], row["quantity"], row["documented"]) for row in rows] == [
        ("good.yaml", "0", "in_channels", "3"),
        ("good.yaml", "0", "output", "4x6x6"),
        ("good.yaml", "", "params", "1"),
        ("broken.yaml", "", "", ""),
    ]
    assert rows[-1]["error"].startswith("broken.yaml:4:5: ")
    assert rows[0]["line"] == "4"  # a row without a line does not make floats of the others


def test_markdown_is_a_markdown_table() -> None:
    text = run("lint", "good.yaml", "--format", "markdown").stdout
    assert "## good" in text
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    assert rows[0] == ["layer", "type", "quantity", "documented", "inferred", "seen", "verdict", "line"]
    assert rows[3] == ["0", "Conv2d", "output", "4x6x6", "4x6x6", "-", "agrees", "5"]


DIFFERENCE = """Differs:
differs.yaml:5: 0 (Conv2d): output: documented 4x7x7, inferred 4x6x6
    (8 + 2*0 - 3) // 1 + 1 = 6; 7 needs an input side of 9, or kernel 2
"""


def test_a_difference_says_where_what_and_what_would_make_it_true() -> None:
    assert DIFFERENCE in run("lint", "differs.yaml").stdout


def test_a_failing_layer_says_what_it_is_and_what_it_received() -> None:
    text = run("verify", "fails.yaml", "--device", "cpu").stdout
    assert (
        "fails.yaml:7: 2 (Linear): output: inferred 10\n"
        "    Linear(in_features=7, out_features=10) fails on 144: "
        "expects 7 features (in_features), given 144\n"
    ) in text


def test_several_targets_have_a_line_each_and_every_row_on_request() -> None:
    short, long = run("lint", "good.yaml", "differs.yaml"), run("lint", "good.yaml", "differs.yaml", "-v")
    assert "good.yaml" in short.stdout
    assert "Conv2d  in_channels" not in short.stdout
    assert long.stdout.count("in_channels") == 2


def test_output_goes_to_a_file_that_is_whole_or_absent(folder: Path) -> None:
    result = run("lint", "good.yaml", "--format", "json", "-o", "out.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((folder / "out.json").read_text(encoding="utf-8"))["schema"] == "archcheck.verify/1"
    nowhere = run("lint", "good.yaml", "-o", "no/such/out.txt")
    assert (nowhere.exit_code, nowhere.stderr) == (
        2, "archcheck: no/such/out.txt: cannot be written: No such file or directory\n",
    )  # fmt: skip
    (folder / "there").mkdir()
    onto = run("lint", "good.yaml", "-o", "there")
    assert (onto.exit_code, onto.stderr) == (2, "archcheck: there: cannot be written: Is a directory\n")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["good.yaml", "differs.yaml", "broken.yaml", "fails.yaml", "out.json", "there"]
    )


@pytest.mark.parametrize(("command", "called"), [("lint", "lint"), ("list", "ledger")])
def test_garbage_is_collected_as_often_after_a_lint_as_before(
    monkeypatch: pytest.MonkeyPatch, command: str, called: str
) -> None:
    seen = []

    def fails(target: targets.Target, **_: object) -> None:
        seen.append(gc.get_threshold())
        raise TargetError("no more")

    before = gc.get_threshold()
    monkeypatch.setattr(api, called, fails)
    assert run(command, "good.yaml").exit_code == 2
    assert seen == [(work.SELDOM, *before[1:])]
    assert gc.get_threshold() == before


def test_without_a_target_specs_here_come_first(folder: Path) -> None:
    (folder / "specs").mkdir()
    (folder / "specs" / "mine.yaml").write_text(GOOD, encoding="utf-8")
    document = json.loads(run("lint", "--format", "json").stdout)
    assert [one["target"] for one in document["results"]] == ["specs/mine.yaml"]


def test_without_a_target_or_specs_the_shipped_ones_are_taken() -> None:
    document = json.loads(run("lint", "--format", "json").stdout)
    assert {"alexnet_half", "zfnet"} <= {one["target"] for one in document["results"]}
    assert all(one["ok"] for one in document["results"])


def test_equal_errors_of_a_family_are_one_line(folder: Path) -> None:
    family = """\
variants: {a: {with: {n: 0}}, b: {with: {n: 1}}, c: {with: {n: 9}}}
params: {n: null}
input: [4]
blocks: {one: {layers: [ReLU]}}
layers: [{block: one, repeat: "${n}"}, {Linaer: {out_features: "${n}"}}]
"""
    (folder / "family.yaml").write_text(family, encoding="utf-8")
    result = run("lint", "family.yaml", "family.yaml", "broken.yaml", "no.yaml", "no.yaml")
    missing = run("lint", "no.yaml").stderr
    assert result.stderr == (
        "archcheck: family.yaml:5:41: a: layer '0': no module 'Linaer' in torch.nn; did you mean 'Linear'? "
        f"(and so in 2 variants more)\n{BROKEN_TEXT}{missing}"
    )
    assert result.exit_code == 2


def test_errors_of_one_place_that_are_not_the_same_are_lines_of_their_own() -> None:
    errors = [
        "v.yaml:9:3: a: n is 0",
        "v.yaml:9:3: b: n is 1",
        "v.yaml:9:3: c: n is 0",
        "no.yaml: no such file",
    ]
    assert work.folded([*errors, errors[-1]]) == [
        "v.yaml:9:3: a: n is 0 (and so in 1 variant more)", "v.yaml:9:3: b: n is 1", "no.yaml: no such file",
    ]  # fmt: skip


def test_a_line_of_a_shipped_network_is_one_that_can_be_opened() -> None:
    spec = targets.shipped()["resnet"].resolve()
    lines = spec.read_text(encoding="utf-8").splitlines()
    variant = lines.index("  resnet50:")
    line = next(n for n, text in enumerate(lines, 1) if n > variant and "documented: 3.8G" in text)
    for name in ("resnet50", "resnet:resnet50"):
        text = run("lint", name).stdout
        assert text.splitlines()[0].endswith(f" ({spec.as_posix()})")
        assert f"\n{spec.as_posix()}:{line}: resnet50: the network: macs: documented 3.8G, inferred" in text
    assert run("list", "resnet50").stdout.splitlines()[0].endswith(f" ({spec.as_posix()})")
    (result,) = json.loads(run("lint", "resnet50", "--format", "json").stdout)["results"]
    assert result["target"] == "resnet50"


def test_list_takes_specs_here_as_lint_does_and_the_shipped_ones_on_request(folder: Path) -> None:
    (folder / "specs").mkdir()
    (folder / "specs" / "mine.yaml").write_text(GOOD, encoding="utf-8")

    def listed(*words: str) -> list[str]:
        return [
            one["target"] for one in json.loads(run("list", *words, "--format", "json").stdout)["results"]
        ]

    assert listed() == ["specs/mine.yaml"]
    assert {"alexnet_half", "vgg16"} < set(listed("--shipped"))
    both = run("list", "--shipped", "good.yaml")
    assert (both.exit_code, both.stderr) == (
        2, "archcheck: --shipped: is all that come with archcheck; leave it out, or the targets\n",
    )  # fmt: skip


def test_report_writes_pages_and_says_which_are_stale(folder: Path) -> None:
    written = run("report", "good.yaml", "--device", "cpu")
    assert written.stdout == "reports/README.md: written\nreports/good.md: written\n"
    assert run("report", "good.yaml", "--device", "cpu", "--check").exit_code == 0
    (folder / "reports" / "good.md").write_text(f"{MADE_BY} old", encoding="utf-8")
    stale = run("report", "good.yaml", "--device", "cpu", "--check")
    assert (stale.exit_code, stale.stderr) == (1, "reports/good.md: stale\n")
    assert (folder / "reports" / "good.md").read_text(encoding="utf-8") == f"{MADE_BY} old"


def test_a_page_that_is_left_over_is_stale_and_another_hands_file_is_not(folder: Path) -> None:
    (folder / "specs").mkdir()
    (folder / "specs" / "good.yaml").write_text(GOOD, encoding="utf-8")
    run("report", "--device", "meta")
    (folder / "reports" / "notes.md").write_bytes(b"mine \xff")
    assert run("report", "--device", "meta", "--check").exit_code == 0
    (folder / "reports" / "left.md").write_text(f"{MADE_BY} over", encoding="utf-8")
    assert run("report", "--device", "meta", "--check").stderr == "reports/left.md: stale\n"
    again = run("report", "--device", "meta")
    assert (again.exit_code, again.stdout, again.stderr) == (
        2, "", "archcheck: reports: has pages that this report has not: left.md; "
        "delete it, report those networks too, or name another folder with -o\n",
    )  # fmt: skip


def test_a_report_of_other_networks_does_not_replace_the_index_of_a_folder(folder: Path) -> None:
    for name in "abcde":
        (folder / f"{name}.yaml").write_text(GOOD, encoding="utf-8")
    run("report", *(f"{name}.yaml" for name in "abcde"))
    before = (folder / "reports" / "README.md").read_text(encoding="utf-8")
    other = run("report", "e.yaml")
    assert (other.exit_code, other.stdout, other.stderr) == (
        2, "", "archcheck: reports: has pages that this report has not: a.md, b.md, c.md and 1 more; "
        "delete them, report those networks too, or name another folder with -o\n",
    )  # fmt: skip
    assert (folder / "reports" / "README.md").read_text(encoding="utf-8") == before
    assert run("report", "e.yaml", "-o", "mine").stdout == "mine/README.md: written\nmine/e.md: written\n"


def test_a_report_never_overwrites_what_archcheck_did_not_make(folder: Path) -> None:
    (folder / "README.md").write_text("my project", encoding="utf-8")
    result = run("report", "good.yaml", "--device", "meta", "-o", ".")
    assert (result.exit_code, result.stderr) == (
        2, "archcheck: README.md: archcheck did not make this file; name another folder with -o\n",
    )  # fmt: skip
    assert (folder / "README.md").read_text(encoding="utf-8") == "my project"
    assert not (folder / "good.md").exists()


def test_two_specs_of_one_name_have_one_page_and_one_error(folder: Path) -> None:
    (folder / "other.yaml").write_text("name: good" + GOOD, encoding="utf-8")
    result = run("report", "good.yaml", "other.yaml", "--device", "meta")
    assert (result.exit_code, result.stderr) == (
        2, "archcheck: other.yaml:1:1: the name 'good' is also that of good.yaml, and a page has one network; "
        "call one of them something else, or report them one by one, each with a folder of its own (-o)\n",
    )  # fmt: skip


def test_a_network_that_is_named_twice_has_one_page(folder: Path) -> None:
    assert run("report", "good.yaml", "./good.yaml").stdout.splitlines() == [
        "reports/README.md: written", "reports/good.md: written",
    ]  # fmt: skip
    index = (folder / "reports" / "README.md").read_text(encoding="utf-8")
    assert index.partition("## Networks\n")[2].count("[good](good.md)") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="makes a pipe and a link")
def test_output_to_what_is_no_plain_file_is_written_to_it(folder: Path) -> None:
    (folder / "real.txt").write_text("old", encoding="utf-8")
    (folder / "link.txt").symlink_to("real.txt")
    run("lint", "good.yaml", "-o", "link.txt")
    assert (folder / "link.txt").is_symlink()
    assert "agrees" in (folder / "real.txt").read_text(encoding="utf-8")
    assert run("lint", "good.yaml", "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["x" * 300, "a\nb\x07", "a\x00b"])
def test_a_name_that_no_file_can_have_is_one_line(name: str) -> None:
    result = run("lint", name)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.strip().isprintable()


def test_a_report_with_a_broken_target_leaves_the_pages_and_the_index_as_they_are(folder: Path) -> None:
    run("report", "good.yaml")
    index = (folder / "reports" / "README.md").read_text(encoding="utf-8")
    (folder / "good.yaml").write_text(GOOD.replace("a joke", "a slip"), encoding="utf-8")
    result = run("report", "broken.yaml", "good.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", BROKEN_TEXT)
    assert (folder / "reports" / "README.md").read_text(encoding="utf-8") == index
    assert run("report", "broken.yaml", "good.yaml", "--check").exit_code == 2
    assert run("report", "broken.yaml", "-o", "new").exit_code == 2
    assert not (folder / "new").exists()


def test_pages_have_nothing_that_varies() -> None:
    run("report", "good.yaml", "-o", "one", "--device", "cpu")
    run("report", "good.yaml", "-o", "two", "--device", "meta")
    assert Path("one/good.md").read_text(encoding="utf-8") == Path("two/good.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(cli.cli.commands))
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: archcheck {command}" in result.stdout


def test_list_counts_what_lint_counts() -> None:
    half = next(line for line in run("list").stdout.splitlines() if " alexnet_half " in line)
    checks = json.loads(run("lint", "alexnet_half", "--format", "json").stdout)["results"][0]["checks"]
    counts = [
        sum(check["status"] == status for check in checks) for status in ("agrees", "known wrong", "differs")
    ]
    assert half.split()[2:6] == [str(len(checks)), *map(str, counts)]
    # Its two statements, its printed model, its parameters.
    assert half.split()[6:9] == ["2", "1", "16,630,440"]


@pytest.mark.parametrize("which", ["verify", "profile", "compare", "explain", "list"])
def test_schema_prints_the_contracts(which: str) -> None:
    assert json.loads(run("schema", which).stdout) == schema_of(which)


TORCHLESS = [
    ["--help"],
    ["verify", "--help"],
    ["profile", "--help"],
    ["compare", "--help"],
    ["lint", "good.yaml"],
    ["lint", "differs.yaml", "--format", "json"],
    ["list"],
    ["list", "good.yaml", "-v", "--format", "json"],
    ["schema"],
    ["schema", "profile"],
    ["explain", "--help"],
    ["compare", "saved.json", "saved.json"],
]


@pytest.mark.parametrize("words", TORCHLESS, ids=" ".join)
def test_what_needs_no_torch_does_not_import_it(words: list[str], folder: Path) -> None:
    saved = profile_json([Profile("net.yaml", "net", "meta", "float32", 1)], {})
    (folder / "saved.json").write_text(saved, encoding="utf-8")
    code = (
        "import sys; from archcheck.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'pandas', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert done.stdout, "it did what it was asked for"
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_real_process_prints_no_progress_where_stderr_is_no_terminal(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "archcheck", "verify", "good.yaml", "differs.yaml", "--device", "cpu"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")


def test_progress_is_told_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    found = tuple(targets.Target(Path(name), name) for name in ("a.yaml", "b.yaml"))
    with work.progress(found) as (told, say):
        first = next(iter(told))
        assert re.search(r"a\.yaml: .*0/2", screen.getvalue()), "before anything is done"
        say(f"stage of {first.shown}")
        assert "stage of a.yaml" in screen.getvalue()
        assert [one.shown for one in told] == ["b.yaml"]
    assert "b.yaml: " in screen.getvalue()


def test_an_interrupt_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "lint", interrupted)
    result = run("lint", "good.yaml")
    assert (result.exit_code, result.stderr.strip()) == (130, "archcheck: interrupted")


def test_a_bug_of_ours_keeps_its_traceback_and_is_no_verdict(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AssertionError("this cannot be")

    monkeypatch.setattr(api, "lint", broken)
    result = run("lint", "good.yaml")
    lines = result.stderr.splitlines()
    assert (result.exit_code, lines[0]) == (2, "Traceback (most recent call last):")
    assert lines[-2:] == [
        "AssertionError: this cannot be",
        "archcheck: that is a bug of archcheck's, not of what it was given; please report it",
    ]
