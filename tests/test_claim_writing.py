"""Where a proposed claim is written in a spec's file, and how: the whole line, in every way that a spec is laid out."""

from __future__ import annotations

import pytest

from archcheck.mutating.writing import File, written_in
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Place
from archcheck.strength import Written

LAYER = [
    # the text, the line and column of the layer, the line it becomes (or the new one), why this row
    ("layers:\n  a1: Tanh", (2, 7), Written(2, "  a1: {Tanh: {}, output: [4]}", False), "a word under a name"),
    ("layers:\n  - ReLU  # why", (2, 5), Written(2, "  - {ReLU: {}, output: [4]}  # why", False), "of a list"),
    ("layers: [ReLU, Tanh]", (1, 16), Written(1, "layers: [ReLU, {Tanh: {}, output: [4]}]", False), "in brackets"),
    (
        "layers: [Linear: {out_features: 4}]", (1, 10),
        Written(1, "layers: [{Linear: {out_features: 4}, output: [4]}]", False), "a pair without braces",
    ),
    (
        "layers:\n  f: {Linear: {out_features: 4}}", (2, 7),
        Written(2, "  f: {Linear: {out_features: 4}, output: [4]}", False), "in braces",
    ),
    (
        "layers:\n  f: {Linear: {out_features: 4}, params: 20}  # it", (2, 7),
        Written(2, "  f: {Linear: {out_features: 4}, params: 20, output: [4]}  # it", False), "behind a claim",
    ),
    (
        "layers:\n  f: {Linear: {out_features: 4},\n      params: 20}", (2, 7),
        Written(3, "      params: 20, output: [4]}", False), "braces over two lines",
    ),
    (
        "layers:\n  - Linear: {out_features: 4}  # it\n  - ReLU", (2, 5),
        Written(3, "    output: [4]", True), "a line of its own under one",
    ),
    (
        "layers:\n  f:\n    Linear:\n      out_features: 4\n\n  a: ReLU", (3, 5),
        Written(5, "    output: [4]", True), "arguments on lines",
    ),
    (
        "layers:\n  f:\n    Linear: {out_features: 4}\n    params: 20\n", (3, 5),
        Written(5, "    output: [4]", True), "behind the claims",
    ),
    (
        "layers:\n  s: {add: [[], [ReLU]]}", (2, 6),
        Written(2, "  s: {add: [[], [ReLU]], output: [4]}", False), "a join in braces",
    ),
    (
        "layers:\n  s:\n    add:\n      - []\n      - [ReLU]\n  a: ReLU", (3, 5),
        Written(6, "    output: [4]", True), "a join on lines",
    ),
]  # fmt: skip
NETWORK = [
    # the end of a spec, what is claimed, the line, why this row
    ("", ("params", "5"), Written(3, "documented:\n  params: 5", True), "nothing is documented"),
    ("documented: {macs: 4}", ("params", "5"), Written(3, "documented: {macs: 4, params: 5}", False), "in braces"),
    (
        "documented:\n  macs: 4\nbudget: {macs: 4}", ("params", "5"),
        Written(5, "  params: 5", True), "on lines",
    ),
    (
        "documented:\n  - macs: 4\n    at: 1\n  # of both\n\nbudget: {macs: 4}", ("params", "5"),
        Written(6, "  - {params: 5}", True), "a list",
    ),
    (
        "documented: [{macs: 4}]", ("params", "5"),
        Written(3, "documented: [{macs: 4}, {params: 5}]", False), "a list in brackets",
    ),
    (
        "documented:\n  params: 5  # or so", ("params", "5"),
        Written(4, "  params: [{documented: 5}, {documented: 5}]  # or so", False), "said already",
    ),
    (
        "documented:\n  params: {documented: 6, wrong: no}", ("params", "5"),
        Written(4, "  params: [{documented: 6, wrong: no}, {documented: 5}]", False), "said wrongly",
    ),
    (
        "documented:\n  params: [{documented: 6, wrong: no}]", ("params", "5"),
        Written(4, "  params: [{documented: 6, wrong: no}, {documented: 5}]", False), "said in a list",
    ),
    (
        "documented:\n  sizes: [4, 2]", ("sizes", "[4, 3]"),
        Written(4, "  sizes: [{documented: [4, 2]}, {documented: [4, 3]}]", False), "a list that is one statement",
    ),
    (
        "documented:\n  layers: {ReLU: 1}", ("layers.Tanh", "2"),
        Written(4, "  layers: {ReLU: 1, Tanh: 2}", False), "of another kind",
    ),
    (
        "documented:\n  layers:\n    Tanh: some", ("layers.Tanh", "2"),
        Written(5, "    Tanh: [{documented: some}, {documented: 2}]", False), "of the same kind",
    ),
    (
        "", ("repr", "<the printed model>"),
        Written(3, "documented:\n  repr: |\n    <the printed model>", True), "a printed model",
    ),
    (
        "documented:\n  macs: 4\n", ("repr", "<the printed model>"),
        Written(5, "  repr: |\n    <the printed model>", True), "a printed model on lines",
    ),
    (
        "documented:\n- macs: 4\n", ("repr", "<the printed model>"),
        Written(5, "- repr: |\n    <the printed model>", True), "a printed model in a list",
    ),
    ("documented: {macs: 4}", ("repr", "<the printed model>"), None, "no text on lines in braces"),
]  # fmt: skip
HEAD = "input: [4]\n"
START = "input: [4]\nlayers: [ReLU]\n"
FAMILY = """\
input: [4]
layers: [ReLU]
variants:
  low: {title: Low}
  high:
    documented:
      - {macs: 4}
"""


@pytest.mark.parametrize(("text", "at", "expected", "why"), LAYER, ids=[row[3] for row in LAYER])
def test_beside_a_layer(text: str, at: tuple[int, int], expected: Written, why: str) -> None:
    file = File(HEAD + text)
    place = Place("test.yaml", at[0] + 1, at[1])
    layers = {node.place for _, node in loads_spec(file.text, "test.yaml").walk()}
    assert place in layers
    (written,) = written_in(file, [("output", place, "[4]")])
    assert written == Written(expected.line + 1, expected.text, expected.new)
    there = loads_spec(file.with_line(written).text, "test.yaml")
    assert [claim.value for _, claim in there.all_claims() if claim.quantity == "output"] == [(4,)]


@pytest.mark.parametrize(("end", "claim", "expected", "why"), NETWORK, ids=[row[3] for row in NETWORK])
def test_under_documented(end: str, claim: tuple[str, str], expected: Written | None, why: str) -> None:
    file = File(START + end)
    quantity, value = claim
    (written,) = written_in(file, [(quantity, None, value)])
    assert written == expected
    if written is not None:
        before = loads_spec(file.text, "test.yaml").claims
        after = loads_spec(file.with_line(written).text, "test.yaml").claims
        assert len(after) == len(before) + 1
        assert after[-1].quantity == quantity


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("low", Written(4, "  low: {title: Low, documented: {params: 5}}", False)),
        ("high", Written(8, "      - {params: 5}", True)),
    ],
)
def test_of_a_variant(variant: str, expected: Written) -> None:
    (written,) = written_in(File(FAMILY, variant), [("params", None, "5")])
    assert written == expected


def test_beside_a_layer_of_a_family_nothing_is_said() -> None:
    assert list(written_in(File(FAMILY, "low"), [("output", Place("test.yaml", 2, 10), "[4]")])) == [None]


def test_one_after_the_other() -> None:
    file = File("input: [4]\ndocumented: {macs: 4}\nlayers: [Tanh, ReLU]\n")
    said = [
        ("layers.Tanh", None, "1"),
        ("output", Place("test.yaml", 3, 10), "[4]"),
        ("output", Place("test.yaml", 3, 16), "[4]"),
        ("layers.ReLU", None, "1"),
    ]
    assert [one.text for one in written_in(file, said) if one is not None] == [
        "documented: {macs: 4, layers: {Tanh: 1}}",
        "layers: [{Tanh: {}, output: [4]}, ReLU]",
        "layers: [{Tanh: {}, output: [4]}, {ReLU: {}, output: [4]}]",
        "documented: {macs: 4, layers: {Tanh: 1, ReLU: 1}}",
    ]
