"""Several documents in one spec: `sources:`, whose a claim is (`by:`), and how results say so."""

from __future__ import annotations

import csv
import io
import json
from textwrap import dedent

import jsonschema
import pytest

from archcheck.checks import make_checks
from archcheck.errors import SpecError
from archcheck.infer import infer
from archcheck.report.contract import schema_of
from archcheck.report.to_csv import verify_csv
from archcheck.report.to_json import verify_json
from archcheck.report.to_text import verify_text
from archcheck.results import Verification
from archcheck.spec.layers import By, Source
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Place
from tests.refusals import refusal, rows

TWO = "sources: {paper: {title: P, year: 2014}, code: {title: C, url: u}}\n"
HEAD = f"input: [3, 8, 8]\nlayers: [ReLU]\n{TWO}"


def said(text: str) -> list[tuple[str, str | None, str | None]]:
    """Return what each claim is about, by whom and where; the sources are `paper` and `code`."""
    spec = loads_spec(text, "x.yaml")
    return [(claim.quantity, spec.said_by(claim), claim.at) for _, claim in spec.all_claims()]


# What is read


def test_sources_are_read_in_order_with_their_names() -> None:
    assert loads_spec(HEAD, "x.yaml").sources == (
        Source("P", year=2014, name="paper"),
        Source("C", url="u", name="code"),
    )


def test_one_source_has_no_name() -> None:
    spec = loads_spec("input: [3]\nlayers: [ReLU]\nsource: {title: P}\ndocumented: {params: 0}\n", "x.yaml")
    assert spec.sources == (Source("P"),)
    assert spec.said_by(spec.claims[0]) is None


def test_a_spec_needs_no_source() -> None:
    spec = loads_spec("input: [3]\nlayers: [ReLU]\ndocumented: {params: 0}\n", "x.yaml")
    assert (spec.sources, spec.said_by(spec.claims[0])) == ((), None)


def test_a_statement_knows_where_its_by_stands() -> None:
    (claim,) = loads_spec(f"{HEAD}documented: {{params: {{documented: 0, by: code}}}}\n", "x.yaml").claims
    assert claim.by == By("code", Place("x.yaml", 4, 42))


WHOSE = [
    # documented, claims, why this row
    ("{params: 0}", [("params", "paper", None)], "the first"),
    ("{params: {documented: 0, by: code, at: 3}}", [("params", "code", "line 3")], "its own"),
    (
        "{params: [{documented: 0}, {documented: 0, by: code}]}",
        [("params", "paper", None), ("params", "code", None)],
        "two of one thing",
    ),
    (
        "{by: code, at: Table 1, params: 0, sizes: {documented: [8], at: 7}}",
        [("params", "code", "Table 1"), ("sizes", "code", "line 7")],
        "all of one, each with its own place or the group's",
    ),
    (
        "[{params: 0}, {by: code, params: 0}, {by: paper, at: 2, macs: {documented: 0, by: code}}]",
        [("params", "paper", None), ("params", "code", None), ("macs", "code", "line 2")],
        "a group each, and one in it that is another's",
    ),
    (
        "{by: code, runs: [{input: [2, 3, 8, 8]}, {input: [1, 3, 8, 8], by: paper, at: 1}]}",
        [("runs", "code", None), ("runs", "paper", "line 1")],
        "runs",
    ),
    (
        "{at: 5, unchecked: [{says: a, why: b}, {says: c, why: d, by: code, at: 6}]}",
        [("statement", "paper", "line 5"), ("statement", "code", "line 6")],
        "statements that nothing checks",
    ),
    ("{by: code, init: {Linear.weight.std: 0.1}, layers: {ReLU: 1}}",
     [("init.Linear.weight.std", "code", None), ("layers.ReLU", "code", None)], "every section"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "claims", "why"), WHOSE)
def test_whose_a_claim_on_the_network_is(written: str, claims: list[object], why: str) -> None:
    assert said(f"{HEAD}documented: {written}\n") == claims, why


def test_whose_a_claim_of_a_layer_is() -> None:
    layer = "{Linear: {in_features: {documented: 3, by: code}, out_features: 2}, params: 8}"
    text = f"input: [3]\n{TWO}layers: [{layer}]\n"
    assert said(text) == [("in_features", "code", None), ("params", "paper", None)]


def test_whose_the_steps_of_a_recipe_are() -> None:
    assert said(f"{HEAD}training: {{steps: {{documented: 5, by: code}}}}\n") == [
        ("training.steps", "code", None)
    ]


# What is refused

REFUSED = """
# one and several
{source: {title: a}, sources: {a: {title: a}}, input: [1], layers: [ReLU]}
! 1:31: a spec has 'source:' or 'sources:', not both

# several of none
{sources: {}, input: [1], layers: [ReLU]}
! 1:11: sources needs 1 to 20 documents, given 0

# several without names
{sources: [{title: a}], input: [1], layers: [ReLU]}
! 1:11: sources needs a mapping, given a list

# a name of words
{sources: {the paper: {title: a}}, input: [1], layers: [ReLU]}
! 1:12: 'the paper' is no name of a source: a letter, then letters, digits, '_' and '-', at most 30

# a name of another script, which a command line may not show
{sources: {论文: {title: a}}, input: [1], layers: [ReLU]}
! 1:12: '论文' is no name of a source: a letter, then letters, digits, '_' and '-', at most 30

# a title alone
{sources: {paper: A paper}, input: [1], layers: [ReLU]}
! 1:19: source 'paper' needs a mapping, given 'A paper'

# no title
{sources: {paper: {year: 2014}}, input: [1], layers: [ReLU]}
! 1:19: source 'paper' needs 'title:'

# a key, slipped
{sources: {paper: {titel: a}}, input: [1], layers: [ReLU]}
! 1:20: source 'paper': no key 'titel'; did you mean 'title'?

# a year in words
{sources: {paper: {title: a, year: last}}, input: [1], layers: [ReLU]}
! 1:36: source 'paper': year needs a whole number, given 'last'

# a source, slipped
{sources: {paper: {title: a}}, input: [1], layers: [{ReLU: , output: {documented: [1], by: papr}}]}
! 1:92: by: no source 'papr'; did you mean 'paper'?

# a source that there is not, in a group
{sources: {paper: {title: a}, code: {title: b}}, input: [1], layers: [], documented: [{by: xyz, params: 0}]}
! 1:92: by: no source 'xyz'; there are: paper, code

# a claim by one of several where there is one
{source: {title: a}, input: [1], layers: [], documented: {params: {documented: 0, by: paper}}}
! 1:87: by: no source 'paper'; name the documents under 'sources:'

# a claim by one of several where there is none
{input: [1], layers: [], documented: {params: {documented: 0, by: paper}}}
! 1:67: by: no source 'paper'; name the documents under 'sources:'

# a source that is a number
{sources: {a: {title: a}}, input: [1], layers: [], documented: {by: 1, params: 0}}
! 1:69: 'by' (the name of a source) needs text, given 1

# a source that is a list
{sources: {a: {title: a}}, input: [1], layers: [], documented: {by: [a], params: 0}}
! 1:69: 'by' (the name of a source) needs text, given a list

# a list of no claims
{sources: {a: {title: a}}, input: [1], layers: [], documented: []}
! 1:64: documented needs a mapping, given a list

# a list in a list
{sources: {a: {title: a}}, input: [1], layers: [], documented: [[{params: 0}]]}
! 1:65: documented needs a mapping, given a list

# a reason for a whole group
{sources: {a: {title: a}}, input: [1], layers: [], documented: {by: a, wrong: b, params: 0}}
! 1:72: documented: no key 'wrong'; there are: params, macs, flops, sizes, layers, runs, repr, init,
  unchecked, by, at
"""


@rows(REFUSED)
def test_what_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


def test_more_sources_than_a_table_has_columns_for() -> None:
    def text(count: int) -> str:
        names = ", ".join(f"s{number}: {{title: t}}" for number in range(count))
        return f"{{sources: {{{names}}}, input: [1], layers: [ReLU]}}"

    assert len(loads_spec(text(20), "x.yaml").sources) == 20
    assert refusal(text(21)) == "x.yaml:1:11: sources needs 1 to 20 documents, given 21"


def test_a_source_is_checked_in_a_block_wherever_it_is_used() -> None:
    text = """
    sources: {a: {title: A}}
    input: [3]
    blocks: {b: {layers: [{ReLU: , output: {documented: [3], by: c}}]}}
    layers: [{block: b, repeat: 2}]
    """
    assert refusal(dedent(text)) == "x.yaml:4:62: by: no source 'c'; there are: a"


# What results say

WRONG = f"""
input: [3, 8, 8]
{TWO}layers:
  - Conv2d: {{in_channels: 3, out_channels: 4, kernel_size: 3}}
    params: [{{documented: 112, at: Table 1}}, {{documented: 108, by: code, at: 7, wrong: it has biases}}]
    output: {{documented: [4, 8, 8], by: code, wrong: it has no padding}}
budget: {{params: 200}}
"""


def linted(text: str) -> Verification:
    spec = loads_spec(text, "x.yaml")
    return Verification("x.yaml", "x", None, make_checks(spec, infer(spec), None))


def test_checks_say_whose_they_are_and_a_budget_is_nobody_s() -> None:
    found = [(check.quantity, check.documented, check.source) for check in linted(WRONG).checks]
    assert found == [
        ("in_channels", 3, "paper"),
        ("output", [4, 8, 8], "code"),
        ("params", 112, "paper"),
        ("params", 108, "code"),
        ("budget.params", 200, None),
    ]


def test_json_and_csv_say_whose_they_are() -> None:
    document = json.loads(verify_json([linted(WRONG)], {}))
    jsonschema.Draft7Validator(schema_of("verify")).validate(document)
    whose = ["paper", "code", "paper", "code", None]
    assert [check["source"] for check in document["results"][0]["checks"]] == whose
    lines = csv.DictReader(io.StringIO(verify_csv([linted(WRONG)])))
    assert [line["source"] or None for line in lines] == whose


KNOWN = """Known to be wrong:
x.yaml:7: 0 (Conv2d): output: documented 4x8x8, inferred 4x6x6 (code)
    it has no padding
    (8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10, or kernel 1
x.yaml:6: 0 (Conv2d): params: documented 108, inferred 112 (code: line 7)
    it has biases
"""


def test_messages_and_the_table_say_whose_they_are() -> None:
    text = verify_text([linted(WRONG)], "table", every_row=False)
    header, _, *lines = text.splitlines()[2:9]
    assert header.split()[-3:] == ["verdict", "source", "line"]
    assert [line.split()[-2:] for line in lines] == [
        ["paper", "5"], ["code", "7"], ["paper", "6"], ["code", "6"], ["-", "8"],
    ]  # fmt: skip
    assert KNOWN in text


def test_without_names_there_is_no_column() -> None:
    text = verify_text(
        [linted("input: [3]\nlayers: [{ReLU: , output: [3]}]\nsource: {title: T}\n")],
        "table",
        every_row=False,
    )
    assert "source" not in text


def test_a_variant_says_which_document_a_claim_is_of() -> None:
    text = """
    params: {told: a}
    sources: {a: {title: A}, b: {title: B}}
    variants: {one: {}, two: {with: {told: b}}, three: {with: {told: c}}}
    input: [3]
    layers: [{ReLU: , output: {documented: [3], by: "${told}"}}]
    """
    assert [claim_source(text, one) for one in ("one", "two")] == ["a", "b"]
    with pytest.raises(SpecError, match=r"^x\.yaml:6:49: three: by: no source 'c'; there are: a, b$"):
        claim_source(text, "three")


def claim_source(text: str, variant: str) -> str | None:
    """Return whose the one claim of a file's variant is."""
    spec = loads_spec(dedent(text), "x.yaml", variant)
    (check,) = make_checks(spec, infer(spec), None)
    return check.source
