"""The claim ledger as it is shown: `archcheck list` in every format, the pages and the index of `reports/`."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
from click.testing import CliRunner, Result

from archcheck import api, cli
from archcheck.checks import make_checks
from archcheck.infer import infer
from archcheck.report.contract import schema_of
from archcheck.report.index import pages
from archcheck.report.ledger_data import list_csv, list_json
from archcheck.report.ledger_text import list_text
from archcheck.report.pages import Page
from archcheck.results import Verification
from archcheck.spec.load import loads_spec

TWO = """\
title: Two documents
sources:
  paper: {title: A paper, url: "https://example.org", author: A. Author, year: 2014}
  code: {title: Its code | in C}
input: [3, 8, 8]
layers:
  - Conv2d: {out_channels: 4, kernel_size: 3}
    output: [{documented: [4, 6, 6], at: Table 1}, {documented: [4, 8, 8], by: code, at: 3, wrong: no padding}]
documented:
  - params: {documented: 108, at: Table 2, wrong: biases are left out}
    repr: Net()
    unchecked: [{says: it is fast, why: no number}]
  - {by: code, params: 112}
"""
ONE = """\
title: One document
source: {title: A page}
input: [3, 8, 8]
layers: [{Conv2d: {out_channels: 4, kernel_size: 3}}]
documented: {params: {documented: 108, wrong: biases are left out}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with two specs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(TWO, encoding="utf-8")
    (tmp_path / "one.yaml").write_text(ONE, encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, words, standalone_mode=False)


def squeezed(text: str) -> str:
    """Return a text with each run of blanks as one, and each rule as three dashes."""
    lines = (re.sub(r"-{3,}", "---", re.sub(r" +", " ", line)).strip() for line in text.splitlines())
    return "\n".join(lines).strip()


# archcheck list

DETAIL = """
two: Two documents (two.yaml)

source document year claims agree known wrong differ unchecked to run
--- --- --- --- --- --- --- --- ---
paper A paper 2014 4 1 1 0 1 1
code Its code | in C - 2 1 1 0 0 0

6 claims: 2 agree, 2 known wrong, 1 unchecked, 1 to run; 112 parameters

Findings (2):
0 (Conv2d): output, really 4x6x6; the documents contradict each other
paper: Table 1: 4x6x6, agrees
code: line 3: 4x8x8, known wrong: no padding
the network: params, really 112; the documents contradict each other
paper: Table 2: 108, known wrong: biases are left out
code: 112, agrees
"""


def test_a_named_network_is_told_by_document_with_what_is_in_dispute() -> None:
    result = run("list", "two.yaml")
    assert result.return_value == 0
    assert squeezed(result.stdout) == DETAIL.strip()


def test_statements_are_indented_under_what_they_are_about() -> None:
    assert "\n    code: 112, agrees\n" in run("list", "two.yaml").stdout


def test_a_network_without_documents_has_its_counts_alone(folder: Path) -> None:
    (folder / "bare.yaml").write_text("input: [3]\nlayers: [ReLU]\n", encoding="utf-8")
    assert run("list", "bare.yaml").stdout == "bare (bare.yaml)\n\n0 claims; 0 parameters\n"


def test_what_differs_is_a_finding_and_no_failure(folder: Path) -> None:
    (folder / "off.yaml").write_text("input: [3]\nlayers: [{ReLU: , output: [4]}]\n", encoding="utf-8")
    result = run("list", "off.yaml")
    assert result.return_value == 0
    assert "Findings (1):\n0 (ReLU): output, really 3\n    4, differs\n" in result.stdout


def test_markdown_has_a_heading_a_table_and_the_findings() -> None:
    text = run("list", "one.yaml", "--format", "markdown").stdout
    assert text.startswith("## one: One document (one.yaml)\n\n| source ")
    assert text.endswith(
        "**Findings (1)**\n\n```\nthe network: params, really 112\n"
        "    108, known wrong: biases are left out\n```\n"
    )


def test_a_bar_in_a_title_begins_no_cell() -> None:
    text = run("list", "two.yaml", "--format", "markdown").stdout
    assert r"| Its code \| in C " in text


def test_the_overview_is_a_line_a_network_and_all_of_its_documents() -> None:
    ledgers = [api.ledger("two.yaml"), api.ledger("one.yaml")]
    assert squeezed(list_text(ledgers, "table")).splitlines() == [
        "network claims agree known wrong differ unchecked to run parameters documents",
        "--- --- --- --- --- --- --- --- ---",
        "two 6 2 2 0 1 1 112 paper, code",
        "one 1 0 1 0 0 0 112 A page",
    ]
    assert r"| paper: A paper (2014); code: Its code \| in C |" in list_text(ledgers, "markdown")


def test_a_long_title_is_cut_where_lines_are_short(folder: Path) -> None:
    (folder / "long.yaml").write_text(
        f"input: [3]\nlayers: [ReLU]\nsource: {{title: {'a' * 65}}}\n", encoding="utf-8"
    )
    ledgers = [api.ledger("long.yaml")]
    assert list_text(ledgers, "table").rstrip().endswith(f" {'a' * 37}...")
    assert "a" * 65 in list_text(ledgers, "markdown")


@pytest.mark.parametrize(
    ("names", "shown", "why"),
    [
        (["a" * 20, "b" * 18], f"{'a' * 20}, {'b' * 18}", "40 characters fit"),
        (["a" * 20, "b" * 19], f"{'a' * 20} and 1 more", "41 do not"),
        (["a" * 20, "b" * 19, "c"], f"{'a' * 20} and 2 more", "none is left out between others"),
        (["a"], "a", "there is no more"),
    ],
)
def test_as_many_documents_are_named_as_fit(folder: Path, names: list[str], shown: str, why: str) -> None:
    sources = ", ".join(f"{name}: {{title: T}}" for name in names)
    (folder / "many.yaml").write_text(
        f"input: [3]\nlayers: [ReLU]\nsources: {{{sources}}}\n", encoding="utf-8"
    )
    ledgers = [api.ledger("many.yaml")]
    assert list_text(ledgers, "table").rstrip().endswith(f"  {shown}"), why
    assert all(f"{name}: T" in list_text(ledgers, "markdown") for name in names)


def member(name: str, text: str = ONE) -> Page:
    """Return what a page of `two.yaml:NAME` shows, as lint has it."""
    spec = replace(loads_spec(f"name: {name}\n{text}", f"specs/two.yaml:{name}"), family="two")
    inference = infer(spec)
    checks = make_checks(spec, inference, None)
    return Page(spec, inference, Verification(spec.target, name, None, checks, title=spec.title))


def test_members_of_a_family_name_it() -> None:
    ledgers = [api.ledger(member("small").spec), api.ledger("one.yaml")]
    lines = squeezed(list_text(ledgers, "table")).splitlines()
    assert lines[0].startswith("family network claims ")
    assert [line.split()[:2] for line in lines[2:]] == [["two", "small"], ["-", "one"]]


def test_without_a_target_the_shipped_networks_are_listed() -> None:
    names = [line.split()[0] for line in run("list", "--format", "csv").stdout.splitlines()]
    assert any(name.startswith("alexnet_half,") for name in names)


def test_json_keeps_the_contract_and_has_every_finding() -> None:
    document = json.loads(run("list", "two.yaml", "missing.yaml", "--format", "json").stdout)
    jsonschema.Draft7Validator(schema_of("list")).validate(document)
    two, missing = document["results"]
    assert {name: two[name] for name in ("name", "params", "claims", "agree", "known_wrong", "to_run")} == {
        "name": "two", "params": 112, "claims": 6, "agree": 2, "known_wrong": 2, "to_run": 1,
    }  # fmt: skip
    assert [(one["name"], one["year"], one["claims"]) for one in two["sources"]] == [
        ("paper", 2014, 4),
        ("code", None, 2),
    ]
    assert two["findings"][0] == {
        "layer": "0", "type": "Conv2d", "quantity": "output", "contradiction": True, "real": [4, 6, 6],
        "statements": [
            {"source": "paper", "documented": [4, 6, 6], "status": "agrees", "at": "Table 1", "wrong": None, "line": 8},
            {"source": "code", "documented": [4, 8, 8], "status": "known wrong", "at": "line 3", "wrong": "no padding",
             "line": 8},
        ],
    }  # fmt: skip
    assert missing["error"].startswith("missing.yaml: no such file")


BROKEN = [
    ({"claims": -1}, "fewer than none"),
    ({"claims": None}, "a count is known"),
    ({"params": "60M"}, "parameters are exact"),
    ({"error": "no such file"}, "in error and counted"),
    ({"sources": [{"title": "P"}]}, "a document without its counts"),
    ({"findings": [{"layer": "0"}]}, "a finding without statements"),
    ({"family": 3}, "a family has a name"),
]


@pytest.mark.parametrize(("change", "why"), BROKEN)
def test_a_document_that_breaks_the_contract_is_refused(change: dict[str, object], why: str) -> None:
    document = json.loads(list_json([api.ledger("two.yaml")], {}))
    contract = jsonschema.Draft7Validator(schema_of("list"))
    assert contract.is_valid(document)
    document["results"][0] |= change
    assert not contract.is_valid(document), why


def test_csv_has_a_row_a_network_or_in_detail_a_statement() -> None:
    ledgers = [api.ledger("two.yaml"), api.ledger("missing.yaml")]
    two, missing = csv.DictReader(io.StringIO(list_csv(ledgers)))
    assert (two["sources"], two["claims"], two["params"]) == (
        "paper: A paper (2014); code: Its code | in C",
        "6",
        "112",
    )
    assert (missing["claims"], missing["error"][:24]) == ("", "missing.yaml: no such fi")
    rows = list(
        csv.DictReader(io.StringIO(run("list", "two.yaml", "missing.yaml", "--format", "csv").stdout))
    )
    assert [(row["source"], row["documented"], row["real"], row["status"]) for row in rows] == [
        ("paper", "4x6x6", "4x6x6", "agrees"),
        ("code", "4x8x8", "4x6x6", "known wrong"),
        ("paper", "108", "112", "known wrong"),
        ("code", "112", "112", "agrees"),
        ("", "", "", ""),
    ]
    assert rows[-1]["error"].startswith("missing.yaml: no such file")


def test_one_bad_target_hides_no_other() -> None:
    result = run("list", "missing.yaml", "one.yaml")
    assert result.return_value == 2
    assert result.stderr.startswith("archcheck: missing.yaml: no such file")
    assert "one: One document" in result.stdout


def test_the_output_does_not_replace_a_target() -> None:
    result = run("list", "one.yaml", "-o", "one.yaml")
    assert str(result.exception) == "-o one.yaml: that is a target; the output would replace it"


# reports/


def test_a_page_has_a_section_a_document_and_what_they_contradict_each_other_in() -> None:
    text = squeezed(pages([member("two", TWO)])["two.md"])
    assert (
        "- Document `paper`: [A paper](https://example.org) (A. Author, 2014)\n- Document `code`: Its code"
        in text
    )
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Verdict: holds",
        "## Where the documents contradict each other",
        "## What `paper` says",
        "## What `code` says",
        "## Known to be wrong",
        "## Stated, and not to be checked",
        "## Cost of one sample",
    ]
    assert (
        dedent("""\
        | layer | quantity | `paper` | `code` | seen |
        |---|---|---|---|---|
        | `0` | output | `4x6x6` (Table 1) | ~~`4x8x8`~~ (line 3) | `4x6x6` |
        | the network | params | ~~`108`~~ (Table 2) | `112` | `112` |
        """)
        in text
    )
    assert (
        "- the network, params (paper: Table 2): documented `108`, is `112`. Biases are left out.\n" in text
    )
    assert "- It is fast. (paper) No number." in text


def test_a_budget_is_no_document_s_claim() -> None:
    text = pages([member("two", f"{TWO}budget: {{params: 200}}\n")])["two.md"]
    limits = text.partition("## What the spec allows\n\n")[2].partition("\n\n")[0]
    assert "| budget.params" in limits
    assert "budget.params" not in text.partition("## What the spec allows")[0]


def test_a_page_of_one_document_has_one_table() -> None:
    text = pages([member("one")])["one.md"]
    assert "- Document: A page\n" in text
    assert "## What `" not in text
    assert "Family" not in text


def test_a_page_links_to_its_family() -> None:
    made = pages([member("small"), member("large")])
    assert "\n- Family `two`: **small**, [large](large.md)\n" in made["small.md"]
    assert squeezed(made["README.md"]).count("| two | [") == 2


INDEX = """
## Numbers that are wrong, and why

8 statements on 3 networks: 4 are not true, in 3 rows below. Documents contradict each other twice.

What a document says alike of several networks is one row. Of whole networks the farthest off come first; last come those off by less than 1 in the last digit that is written (*last digit*), as a number is that was cut or rounded up, and not rounded to the nearest.

### Parameters of networks

| network | what | stated | is | off | why | where |
|---|---|---|---|---|---|---|
| [a](a.md), [b](b.md) | params | `108` | `112` | -3.6% | Biases are left out. | A page |
| [two](two.md) | params | `108` | `112` | -3.6% | Biases are left out. (code has `112`.) | [A paper](https://example.org) (2014), Table 2 |

### Shapes

| network | what | stated | is | off | why | where |
|---|---|---|---|---|---|---|
| [two](two.md) | 0 (Conv2d): output | `4x8x8` | `4x6x6` | - | No padding. (paper: Table 1 has `4x6x6`.) | Its code \\| in C, line 3 |

## Networks
"""  # noqa: E501 - a row of a table


def test_the_index_says_which_numbers_are_wrong_and_why() -> None:
    text = pages([member("a"), member("b"), member("two", TWO)])["README.md"]
    assert INDEX.strip() in squeezed(text)


def test_an_index_without_mistakes_is_a_table_of_networks() -> None:
    text = pages([member("fine", "input: [3]\nlayers: [ReLU]\n")])["README.md"]
    assert "Numbers that are wrong" not in text
    assert "\n\n## Networks\n\n| family " in text


THEMES = [
    ("documented: {params: {documented: 1, wrong: x}}", "Parameters of networks"),
    ("documented: {macs: {documented: 1, wrong: x}}", "Operations of networks"),
    ("documented: {flops: {documented: 1, wrong: x}}", "Operations of networks"),
    ("documented: {layers: {Conv2d: {documented: 2, wrong: x}}}", "Which layers there are"),
    ("documented: {init: {Conv2d.weight.mean: {documented: 1, wrong: x}}}", "Weights and training"),
    ("training: {samples: 4, batch: 2, steps_per_epoch: {documented: 9, wrong: x}}", "Weights and training"),
    ("documented: {sizes: {documented: [3], wrong: x}}", "Shapes"),
    ("documented: {runs: [{input: [1, 1, 8, 8], wrong: x}]}", "Shapes"),
]


@pytest.mark.parametrize(("claim", "theme"), THEMES)
def test_what_is_wrong_stands_under_what_it_is_about(claim: str, theme: str) -> None:
    network = "input: [3, 8, 8]\nlayers: [{Conv2d: {out_channels: 4, kernel_size: 3}}]\n"
    text = pages([member("x", network + claim)])["README.md"]
    assert re.findall(r"^### (.*)$", text, flags=re.MULTILINE) == [theme]


def test_what_was_cut_or_rounded_up_comes_last() -> None:
    network = "input: [1000]\nlayers: [{Linear: {out_features: 1000}}]\n"  # 1000 * 1000 + 1000 = 1,001,000
    said = ", ".join(f"{{documented: {count}, wrong: x}}" for count in ("1.1M", "0.9M", "1000K", "1000999"))
    text = squeezed(pages([member("x", f"{network}documented: {{params: [{said}]}}\n")])["README.md"])
    assert re.findall(
        r"^\| \[x\].*params \| `(.*?)` \| `1,001,000` \| (.*?) \|", text, flags=re.MULTILINE
    ) == [
        ("0.9M", "-10.1%"),
        ("1000K", "-0.1%"),  # a whole thousand less
        ("1,000,999", "-0.0%"),
        ("1.1M", "+9.9% (last digit)"),
    ]


def test_the_index_leads_to_the_networks() -> None:
    text = pages([member("fine", "input: [3]\nlayers: [ReLU]\n")])["README.md"]
    assert text.index("[the networks](#networks)") < text.index("\n## Networks\n")


def test_a_contradiction_that_nothing_settles_is_listed() -> None:
    network = "sources: {a: {title: A}, b: {title: B}}\ninput: [3]\nlayers: [ReLU]\n"
    claim = "documented: {repr: [{documented: X()}, {documented: Y(), by: b}]}\n"
    text = squeezed(pages([member("x", network + claim)])["README.md"])
    assert (
        "2 statements on 1 network: none is known to be wrong. Documents contradict each other once." in text
    )
    assert re.findall(r"^\| \[x\].* (\w) \|$", text, flags=re.MULTILINE) == ["A", "B"]


def test_the_costs_of_a_layer_stand_apart_from_those_of_a_network() -> None:
    layer = "Conv2d: {out_channels: 4, kernel_size: 3}, params: {documented: 1, wrong: x}"
    text = pages([member("x", f"input: [3, 8, 8]\nlayers: [{{{layer}}}]\n")])["README.md"]
    assert "### Parameters and operations of layers\n" in text


def test_what_is_farthest_off_comes_first() -> None:
    network = "input: [3, 8, 8]\nlayers: [{Conv2d: {out_channels: 4, kernel_size: 3}}]\n"  # 4*(3*9 + 1) = 112
    said = ", ".join(f"{{documented: {count}, wrong: x}}" for count in (111, 56, 140))
    claim = f"documented: {{params: [{said}]}}\n"
    text = squeezed(pages([member("x", network + claim)])["README.md"])
    assert re.findall(r"`(\d+)` \| `112` \| (\S+) ", text) == [
        ("56", "-50.0%"),
        ("140", "+25.0%"),
        ("111", "-0.9%"),
    ]
