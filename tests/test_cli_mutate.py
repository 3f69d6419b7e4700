"""`--mutate` on the command line: what it prints, in every format, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from archcheck import api
from archcheck.cli.app import cli
from archcheck.report.contract import schema_of

SPEC = """\
input: [1, 5, 5]
layers:
  - Conv2d: {out_channels: 2, kernel_size: 5}
    output: [2, 1, 1]
"""
# By hand: 5x5 windows on 5x5 images, so a stride is never taken, and a dilation of 2 needs 9x9; stands twice: the
# second has no 5x5 to look at. Only the bias, 2 of 2 * 25 + 2 parameters, leaves every claim as it was.
TABLE = """\
one (one.yaml)

layer    type    quantity    documented    inferred    seen    verdict      line
-------  ------  ----------  ------------  ----------  ------  ---------  ------
0        Conv2d  output      2x1x1         2x1x1       -       agrees          4

1 claim: 1 agrees

Changes that no claim sees:

layer    type    change               line  a claim that would
-------  ------  -----------------  ------  --------------------------
0        Conv2d  bias true -> false      3  documented: {params: 52}

10 changes: 8 caught, 1 without effect, 1 unseen; 1 claim more would catch 1 of them
    documented: {params: 52}  catches 1, as a new line 5:
          documented:
            params: 52
"""
FATES = [
    ("out_channels 2 -> 3", "caught", "line 4: output"),
    ("kernel_size 5 -> 6", "caught", "0 (Conv2d) refuses its input"),
    ("kernel_size 5 -> 4", "caught", "line 4: output"),
    ("stride 1 -> 2", "the same", "there is one window only, so the stride is never taken"),
    ("padding 0 -> 1", "caught", "line 4: output"),
    ("dilation 1 -> 2", "caught", "0 (Conv2d) refuses its input"),
    ("groups 1 -> 2", "caught", "it cannot be built"),
    ("bias true -> false", "unseen", "documented: {params: 52}"),
    ("left out", "caught", "line 4: output, of a layer that is not there"),
    ("stands twice", "caught", "0 again (Conv2d) refuses its input"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "one.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, [*words], standalone_mode=False)


def plain(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if not set(line) <= {"-", " "}]


def test_lint_lists_what_no_claim_sees() -> None:
    done = run("lint", "--mutate", "one.yaml")
    assert plain(done.stdout) == plain(TABLE)
    assert done.return_value == 0


def test_verify_finds_the_same() -> None:
    done = run("verify", "--mutate", "--device", "meta", "one.yaml")
    assert plain(done.stdout)[-5:] == plain(TABLE)[-5:]


def test_without_it_nothing_is_changed() -> None:
    assert run("lint", "one.yaml").stdout == "".join(TABLE.partition("1 claim: 1 agrees\n")[:2])
    assert "mutation" not in json.loads(run("lint", "one.yaml", "--format", "json").stdout)["results"][0]


def test_every_change_with_verbose() -> None:
    shown = plain(run("lint", "--mutate", "-v", "one.yaml").stdout)
    for what, fate, why in FATES:
        assert f"0 Conv2d {what} 3 {fate} {why}" in shown


def test_several_targets_have_a_line_each() -> None:
    Path("two.yaml").write_text(SPEC.replace("output: [2, 1, 1]", "params: 52"), encoding="utf-8")
    shown = run("lint", "--mutate", "one.yaml", "two.yaml").stdout
    assert "Changes that no claim sees" not in shown
    assert (
        "\none: 10 changes: 8 caught, 1 without effect, 1 unseen; 1 claim more would catch 1 of them\n"
        in shown
    )
    # Its parameters tell of the bias, but not of a padding.
    assert (
        "\ntwo: 10 changes: 8 caught, 1 without effect, 1 unseen; 1 claim more would catch 1 of them\n"
        in shown
    )
    last = "\n\nThe changes themselves are listed of one network, or of all with -v.\n"
    assert shown.endswith(last)
    assert "listed of one" not in run("lint", "--mutate", "-v", "one.yaml", "two.yaml").stdout


PRINTED = """input: [1, 5, 5]
layers: [Tanh]
documented:
  repr: |
    Sequential(
      (0): {}()
    )
"""


def fates(*words: str) -> dict[str, tuple[str, str | None]]:
    found = json.loads(run(*words, "--mutate", "--format", "json").stdout)["results"][0]["mutation"]
    return {one["what"]: (one["fate"], one["why"] or one["claim"]) for one in found["changes"]}


def test_a_printed_model_counts_where_it_was_compared_and_agrees() -> None:
    Path("right.yaml").write_text(PRINTED.replace("{}", "Tanh"), encoding="utf-8")
    Path("wrong.yaml").write_text(PRINTED.replace("{}", "<the printed model>"), encoding="utf-8")
    once = "repr: of line 4, once `archcheck verify` finds that it agrees"
    assert fates("verify", "--device", "meta", "right.yaml")["left out"] == ("caught", "line 4: repr")
    assert fates("lint", "right.yaml")["left out"] == ("unseen", once)
    assert fates("lint", "wrong.yaml")["left out"] == ("unseen", once)
    assert fates("verify", "--device", "meta", "wrong.yaml")["left out"] == ("unseen", once)


def test_a_loaded_spec_has_no_lines_to_name() -> None:
    found = api.lint(api.load("one.yaml"), mutate=True).mutation
    assert found is not None
    assert [(one.claim, one.written) for one in found.proposals] == [("documented: {params: 52}", None)]


def test_markdown() -> None:
    shown = run("lint", "--mutate", "one.yaml", "--format", "markdown").stdout
    assert "**Changes that no claim sees**\n\n| layer " in shown
    told = "documented: {params: 52}  catches 1, as a new line 5:\n    documented:\n      params: 52\n"
    assert shown.endswith(f"of them\n\n```\n{told}```\n")


def test_csv_has_a_row_a_change() -> None:
    lines = run("lint", "--mutate", "one.yaml", "--format", "csv").stdout.splitlines()
    assert lines[0] == "target,layer,type,line,what,fate,alike,why,claim,error"
    assert len(lines) == 11
    assert lines[8] == "one.yaml,0,Conv2d,3,bias true -> false,unseen,1,,documented: {params: 52},"


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("lint", "--mutate", "one.yaml", "--format", "json").stdout)
    return found


def test_json_keeps_its_contract() -> None:
    found = document()
    jsonschema.validate(found, schema_of("verify"))
    mutation = found["results"][0]["mutation"]
    assert {name: mutation[name] for name in ("caught", "unseen", "the_same", "strength")} == {
        "caught": 8,
        "unseen": 1,
        "the_same": 1,
        "strength": 8 / 9,
    }
    assert mutation["proposals"] == [
        {
            "claim": "documented: {params: 52}",
            "catches": 1,
            "written": {"line": 5, "text": "documented:\n  params: 52", "new": True},
        }
    ]
    assert [(one["what"], one["fate"], one["why"] or one["claim"]) for one in mutation["changes"]] == FATES


@pytest.mark.parametrize("name", ["caught", "strength", "changes"])
def test_the_contract_can_be_broken(name: str) -> None:
    found = document()
    del found["results"][0]["mutation"][name]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema_of("verify"))


@pytest.mark.parametrize(("least", "code"), [("0.88", 0), ("0.89", 1), ("1", 1)])
def test_a_least_share(least: str, code: int) -> None:
    done = run("lint", "--mutate-min", least, "one.yaml")  # 8 of 9 are 0.888...
    assert done.return_value == code
    told = f"archcheck: one.yaml: claims catch 8 of 9 changes, less than --mutate-min {least}"
    told += "; add the claims that are proposed\n"
    assert done.stderr == (told if code else "")


def test_a_broken_spec_is_an_error_and_no_more() -> None:
    Path("two.yaml").write_text("input: [1]\nlayers: [Linear]", encoding="utf-8")
    done = run("lint", "--mutate", "two.yaml", "one.yaml")
    assert done.return_value == 2
    assert done.stderr == "archcheck: two.yaml:2:10: layer '0': Linear needs out_features\n"
    assert "one: 10 changes" in done.stdout


def test_torch_is_not_imported() -> None:
    code = "import sys; from archcheck import api; api.lint('one.yaml', mutate=True); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_from_python() -> None:
    found = api.lint("one.yaml", mutate=True).mutation
    assert found is not None
    assert found.count("unseen") == 1
    assert api.lint("one.yaml").mutation is None


def test_a_line_of_a_block_says_how_many_layers_it_is() -> None:
    text = """\
input: [1, 4, 4]
blocks:
  unit:
    layers:
      conv: {Conv2d: {out_channels: 2, kernel_size: 1}}
layers: [{block: unit, repeat: 3, output: [2, 4, 4]}]
"""
    Path("blocks.yaml").write_text(text, encoding="utf-8")
    shown = plain(run("lint", "--mutate", "blocks.yaml").stdout)
    # 1 * 2 + 2 parameters, and twice 2 * 2 + 2
    assert "0.conv Conv2d x3 bias true -> false 5 documented: {params: 16}" in shown
    assert "0 - repeated 3 -> 2 5 documented: {params: 16}" in shown
