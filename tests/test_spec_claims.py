"""Claims: a value; `{documented, wrong, at}`; a list of such statements. On a layer, and on the whole network."""

from __future__ import annotations

import pytest

from archcheck.spec.claims import SOME
from archcheck.spec.layers import Claim, ClaimValue, Run
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Place
from archcheck.units import Stated
from tests.refusals import refusal, rows

HEAD = "input: [3, 8, 8]\nlayers: [ReLU]\n"


def layer_claims(written: str) -> tuple[Claim, ...]:
    """Return the claims of one layer; `written` begins in column 19 of line 2."""
    ((_, node),) = loads_spec(f"input: [3, 8, 8]\nlayers: [{{ReLU: , {written}}}]\n", "x.yaml").leaves()
    return node.claims


def network_claims(written: str) -> tuple[Claim, ...]:
    """Return the claims on the network; `written` begins in column 14 of line 3."""
    return loads_spec(f"{HEAD}documented: {{{written}}}\n", "x.yaml").claims


# Of a layer


def test_a_claim_is_a_value_with_its_place() -> None:
    assert layer_claims("output: [48, 55, 55]") == (Claim("output", (48, 55, 55), Place("x.yaml", 2, 27)),)


def test_a_claim_may_say_where_it_stands_and_why_it_is_wrong() -> None:
    (claim,) = layer_claims("output: {documented: [48], wrong: it is 64, at: Table 1}")
    assert claim == Claim("output", (48,), Place("x.yaml", 2, 40), "it is 64", "Table 1")


def test_several_statements_are_several_claims() -> None:
    claims = layer_claims("output: [{documented: [1], at: 5}, {documented: [2], wrong: so it is}]")
    assert [(claim.quantity, claim.value, claim.wrong, claim.at) for claim in claims] == [
        ("output", (1,), None, "line 5"),
        ("output", (2,), "so it is", None),
    ]
    assert [claim.place.column for claim in claims] == [41, 67]


def test_claims_of_a_layer_stand_in_one_order_whatever_the_file_s() -> None:
    claims = layer_claims("flops: 4, macs: 3, params: 2, output: [1], input: [N]")
    assert [claim.quantity for claim in claims] == ["input", "output", "params", "macs", "flops"]


def test_an_argument_may_be_claimed_too() -> None:
    text = (
        "input: [3, 8, 8]\n"
        "layers:\n"
        "  - Conv2d:\n"
        "      in_channels: {documented: 3, at: 12}\n"
        "      out_channels: 4\n"
        "      kernel_size: 1\n"
        "    output: [4, 8, 8]\n"
    )
    ((_, node),) = loads_spec(text, "x.yaml").leaves()
    assert node.claims == (
        Claim("in_channels", 3, Place("x.yaml", 4, 33), at="line 12"),
        Claim("output", (4, 8, 8), Place("x.yaml", 7, 13)),
    )
    assert node.args == {"out_channels": 4, "kernel_size": 1}, "what is claimed is not built from"


SHAPES = [
    # written, pattern, why this row
    ("[]", (), "no axis: a scalar"),
    ("[7]", (7,), "one axis"),
    ("[N, 64, H, W]", ("N", 64, "H", "W"), "letters stand for any size"),
    ("[batch, y, n, on]", ("batch", "y", "n", "on"), "words that YAML 1.1 takes for truths"),
    ("[9223372036854775807]", (2**63 - 1,), "the largest size"),
    ("[" + "1, " * 64 + "]", (1,) * 64, "as many axes as a tensor has"),
]


@pytest.mark.parametrize(("written", "pattern", "why"), SHAPES, ids=[row[2] for row in SHAPES])
def test_a_claimed_shape_has_sizes_and_letters(
    written: str, pattern: tuple[int | str, ...], why: str
) -> None:
    assert layer_claims(f"output: {written}")[0].value == pattern


COUNTS = [
    # written, lowest and highest whole number that rounds to it, why this row
    ("61100840", 61_100_840, 61_100_840, "exact"),
    ("61_100_840", 61_100_840, 61_100_840, "with separators"),
    ("'61,100,840'", 61_100_840, 61_100_840, "with commas"),
    ("0", 0, 0, "none"),
    ("60M", 59_500_000, 60_500_000, "a million is half of one up or down"),
    ("16.6M", 16_550_000, 16_650_000, "one digit behind the point"),
    ("0.7 G", 650_000_000, 750_000_000, "a blank before the letter"),
    ("1.5k", 1450, 1550, "a small k"),
]


@pytest.mark.parametrize(("written", "low", "high", "why"), COUNTS, ids=[row[3] for row in COUNTS])
@pytest.mark.parametrize("quantity", ["params", "macs", "flops"])
def test_a_count_is_as_precise_as_it_is_written(
    quantity: str, written: str, low: int, high: int, why: str
) -> None:
    for claims in (layer_claims(f"{quantity}: {written}"), network_claims(f"{quantity}: {written}")):
        assert [(claim.quantity, claim.value) for claim in claims] == [
            (quantity, Stated(written.strip("'"), low, high))
        ]


# Of the network

NETWORK = [
    # written, quantity and value of every claim, why this row
    ("params: 16.6M", [("params", Stated("16.6M", 16_550_000, 16_650_000))], "a count"),
    ("sizes: [55, 27, 13, 6]", [("sizes", (55, 27, 13, 6))], "square sides"),
    ("sizes: [[8, 4], 2]", [("sizes", ((8, 4), 2))], "sides that are not square"),
    ("layers: {Conv2d: 5}", [("layers.Conv2d", Stated("5", 5, 5))], "so many of a kind"),
    (
        "layers: {Conv2d + Linear: 8}",
        [("layers.Conv2d + Linear", Stated("8", 8, 8))],
        "of two kinds together",
    ),
    ("layers: {ReLU: some}", [("layers.ReLU", SOME)], "a kind that is named without a number"),
    ("layers: {ReLU: {documented: some}}", [("layers.ReLU", SOME)], "and as a statement"),
    (
        "layers: {Tanh: 0, ReLU: 1}",
        [("layers.Tanh", Stated("0", 0, 0)), ("layers.ReLU", Stated("1", 1, 1))],
        "none of a kind",
    ),
    (
        "layers: {ReLU: [{documented: 1}, {documented: 2}]}",
        [("layers.ReLU", Stated("1", 1, 1)), ("layers.ReLU", Stated("2", 2, 2))],
        "stated twice",
    ),
    ("init: {Linear.weight.mean: 0}", [("init.Linear.weight.mean", 0.0)], "a statistic"),
    (
        "init: {Linear.weight.std: 0.01, Conv2d.bias.variance: 1e-4}",
        [("init.Linear.weight.std", 0.01), ("init.Conv2d.bias.variance", 0.0001)],
        "two of them",
    ),
    ("runs: []", [], "no run"),
    ("runs: [{input: [64, 3, 28, 28]}]", [("runs", Run(((64, 3, 28, 28),), None))], "a run that is to pass"),
    (
        "runs: [{input: [64, 3, 28, 28], output: [B, 10]}]",
        [("runs", Run(((64, 3, 28, 28),), ("B", 10)))],
        "a run with its output",
    ),
    ("runs: [{input: {input: [1, 2]}}]", [("runs", Run(((1, 2),), None))], "the one input, named"),
    (
        "unchecked: [{says: it is fast, why: no number}]",
        [("statement", "it is fast")],
        "a statement that no check is possible of",
    ),
    ("repr: Net()", [("repr", "Net()")], "the printed model in one line"),
]


@pytest.mark.parametrize(("written", "claims", "why"), NETWORK, ids=[row[2] for row in NETWORK])
def test_a_claim_on_the_network(written: str, claims: list[tuple[str, ClaimValue]], why: str) -> None:
    assert [(claim.quantity, claim.value) for claim in network_claims(written)] == claims


def test_claims_on_the_network_stand_in_the_order_of_the_file() -> None:
    claims = network_claims("sizes: [8], params: 1, runs: [{input: [1]}], layers: {ReLU: 1}, macs: 0")
    assert [claim.quantity for claim in claims] == ["sizes", "params", "runs", "layers.ReLU", "macs"]


def test_some_is_at_least_one() -> None:
    assert [SOME.holds(count) for count in (0, 1, 10**6)] == [False, True, True]


def test_a_run_and_an_unchecked_statement_say_where_and_why() -> None:
    run, said = network_claims(
        "runs: [{input: [64, 1], wrong: too small, at: 13}], unchecked: [{says: a, why: b, at: lines 1 and 2}]"
    )
    assert run == Claim("runs", Run(((64, 1),), None), Place("x.yaml", 3, 29), "too small", "line 13")
    assert said == Claim("statement", "a", Place("x.yaml", 3, 85), at="lines 1 and 2", unchecked="b")


def test_a_run_of_several_inputs_names_them_in_any_order() -> None:
    text = (
        "input: {image: [3], text: [4]}\n"
        "layers: [ReLU]\n"
        "documented: {runs: [{input: {text: [2, 4], image: [2, 3]}}]}"
    )
    (claim,) = loads_spec(text, "x.yaml").claims
    assert claim.value == Run(((2, 3), (2, 4)), None)


def test_the_printed_model_keeps_its_lines_and_the_line_it_begins_in() -> None:
    text = HEAD + "documented:\n  repr: |\n    Net(\n      (0): ReLU()\n    )\n"
    (claim,) = loads_spec(text, "x.yaml").claims
    assert claim == Claim("repr", "Net(\n  (0): ReLU()\n)", Place("x.yaml", 4, 9))


def test_the_printed_model_may_be_a_statement() -> None:
    text = HEAD + "documented:\n  repr:\n    at: lines 71 to 96\n    documented: |\n      Net(\n      )\n"
    (claim,) = loads_spec(text, "x.yaml").claims
    assert claim == Claim("repr", "Net(\n)", Place("x.yaml", 6, 17), at="lines 71 to 96")


def test_words_that_are_shown_in_one_line_are_made_one() -> None:
    text = (
        HEAD
        + "documented:\n  unchecked:\n    - says: |\n        two\n        lines\n      why: >\n        folded\n"
        + "        words\n      at: '  a  b '\n"
    )
    (claim,) = loads_spec(text, "x.yaml").claims
    assert (claim.value, claim.unchecked, claim.at) == ("two lines", "folded words", "a b")


def test_all_claims_are_told_with_the_layer_they_are_about() -> None:
    text = (
        "input: [3, 8, 8]\n"
        "layers: {a: [{ReLU: , output: [3, 8, 8]}], b: {add: [[{Tanh: , params: 0}], []], input: [N]}}\n"
        "documented: {params: 0}\n"
    )
    told = [(path, claim.quantity) for path, claim in loads_spec(text, "x.yaml").all_claims()]
    assert told == [("a.0", "output"), ("b.0.0", "params"), ("b", "input"), ("", "params")]


# What is refused

OF_A_LAYER = """
# a shape that is one number
{output: 55}
! 2:27: layer '0': output needs a list of sizes such as [55], given 55

# nothing
{output: }
! 2:27: layer '0': output needs a list, given null

# a size of zero
{output: [0]}
! 2:28: layer '0': output must be at least 1, given 0

# a fraction
{output: [54.5]}
! 2:28: layer '0': output needs sizes or letters, given 54.5

# a truth
{output: [true]}
! 2:28: layer '0': output needs sizes or letters, given true

# a word that is no letter
{output: [N*2]}
! 2:28: layer '0': output needs sizes or letters, given 'N*2'

# a list in a list
{output: [[1]]}
! 2:28: layer '0': output needs sizes or letters, given a list

# a shape as people write it
{output: 48x55x55}
! 2:27: layer '0': output needs a list of sizes such as [48, 55, 55], given '48x55x55'

# a size of 2^63
{output: [9223372036854775808]}
! 2:28: layer '0': output must be at most 9223372036854775807, given 9223372036854775808

# a claim of nothing
{output: {wrong: it is not}}
! 2:27: layer '0': claim 'output' needs 'documented:'

# a word of a claim, slipped
{output: {documented: [1], worng: why}}
! 2:45: layer '0': claim 'output': no key 'worng'; did you mean 'wrong'?

# a statement among numbers
{output: [{documented: [1]}, 3]}
! 2:28: layer '0': output needs sizes or letters, given a mapping

# a statement of several that says nothing
{output: [{documented: [1]}, {}]}
! 2:47: layer '0': claim 'output' needs 'documented:'

# no reason why
{output: {documented: [1], wrong: true}}
! 2:52: layer '0': 'wrong' (the reason) needs text, given true

# an empty reason
{output: {documented: [1], wrong: ' '}}
! 2:52: layer '0': 'wrong' (the reason) needs text, given ' '

# a place that is a list
{output: {documented: [1], at: [1]}}
! 2:49: layer '0': 'at' (a line of the document, or words such as 'Table 1') needs text, given a list

# line 0
{output: {documented: [1], at: 0}}
! 2:49: layer '0': at must be at least 1, given 0

# a terminal's colours
{output: {documented: [1], at: "\\x1b[31mred"}}
! 2:49: layer '0': 'at' (a line of the document, or words such as 'Table 1') has the control character '\\x1b'

# a count that is a list
{params: [5]}
! 2:27: layer '0': params needs a count such as 5 or 16.6M, given a list

# a count with a fraction
{params: 16.6}
! 2:27: layer '0': params needs a count such as 5 or 16.6M, given 16.6

# a count below zero
{params: -1}
! 2:27: layer '0': params needs a count such as 5 or 16.6M, given -1

# a count with its unit
{macs: 0.7 GMACs}
! 2:25: layer '0': macs needs a count such as 5 or 16.6M, given '0.7 GMACs'

# a truth for a count
{flops: true}
! 2:26: layer '0': flops needs a count such as 5 or 16.6M, given true

# some is a number of layers only
{params: some}
! 2:27: layer '0': params needs a count such as 5 or 16.6M, given 'some'

# a count of 50 digits
{params: '12345678901234567890123456789012345678901234567890'}
! 2:27: layer '0': params needs a count such as 5 or 16.6M, given
  '12345678901234567890123456789012345678901234567890'
"""
OF_THE_NETWORK = """
# no mapping
5
! 3:13: documented needs a mapping, given 5

# a claim, slipped
{parms: 5}
! 3:14: documented: no key 'parms'; did you mean 'params'?

# a claim of layers only
{output: [10]}
! 3:14: documented: no key 'output'; there are: params, macs, flops, sizes, layers, runs, repr, init,
  unchecked, by, at

# a proposal pasted whole into a list
[{params: 5}, {documented: {macs: 4}}]
! 3:28: documented: 'documented:' stands once; here write what is in it: {params: 5}

# a kind, slipped
{layers: {Conv2D: 5}}
! 3:23: layers: no module 'Conv2D' in torch.nn; did you mean 'Conv2d'?

# one of two kinds, slipped
{layers: {Conv2d + Linaer: 5}}
! 3:23: layers: no module 'Linaer' in torch.nn; did you mean 'Linear'?

# a sum of nothing
{layers: {Conv2d +: 5}}
! 3:23: layers: no module '' in torch.nn

# a container
{layers: {Sequential: 1}}
! 3:23: layers: 'Sequential' cannot be used: a list, or a mapping of names, is a body of layers

# kinds in a list
{layers: [Conv2d]}
! 3:22: layers needs a mapping, given a list

# how many, in words
{layers: {ReLU: several}}
! 3:29: layers.ReLU needs a count such as 5 or 16.6M, given 'several'

# a side of zero
{sizes: [55, 0]}
! 3:26: sizes must be at least 1, given 0

# one side
{sizes: 55}
! 3:21: sizes needs a list, given 55

# a letter is no side
{sizes: [N]}
! 3:22: sizes needs a whole number, given 'N'

# runs that are one
{runs: {input: [1, 3]}}
! 3:20: runs needs a list, given a mapping

# a run that is a shape
{runs: [[1, 3]]}
! 3:21: a run needs a mapping, given a list

# a run of nothing
{runs: [{output: [1]}]}
! 3:21: a run needs 'input:'

# a run with a letter
{runs: [{input: [N, 3]}]}
! 3:30: a run's input needs a whole number, given 'N'

# a run that is one number
{runs: [{input: 5}]}
! 3:29: a run's input needs a list of sizes such as [5], given 5

# a run without its batch axis
{runs: [{input: []}]}
! 3:29: a run's input needs at least the batch axis, given []

# a run of an input that there is not
{runs: [{input: {image: [1]}}]}
! 3:30: a run's input: no key 'image'; there are: input

# a run's word, slipped
{runs: [{input: [1], outptu: [1]}]}
! 3:34: a run: no key 'outptu'; did you mean 'output'?

# a statistic that there is not
{init: {Linear.weight.median: 0}}
! 3:21: init: 'Linear.weight.median' is not KIND.PARAMETER.{mean,std,variance}

# a kind without its parameter
{init: {Linear.mean: 0}}
! 3:21: init: 'Linear.mean' is not KIND.PARAMETER.{mean,std,variance}

# a kind of initial weights, slipped
{init: {Liner.weight.mean: 0}}
! 3:21: init: no module 'Liner' in torch.nn; did you mean 'Linear'?

# a statistic in words
{init: {Linear.weight.mean: zero}}
! 3:41: init.Linear.weight.mean needs a number, given 'zero'

# not a number
{init: {Linear.weight.mean: .nan}}
! 3:41: init.Linear.weight.mean needs a number, given '.nan'

# a printed model that is a number
{repr: 5}
! 3:20: repr needs text, given 5

# a printed model in colours
{repr: "\\e[1mNet()"}
! 3:20: repr has the control character '\\x1b'

# an unchecked statement without its reason
{unchecked: [{says: it is fast}]}
! 3:26: an unchecked statement needs 'why:'

# an unchecked statement that says nothing
{unchecked: [{why: no number}]}
! 3:26: an unchecked statement needs 'says:'

# an unchecked statement in words alone
{unchecked: [it is fast]}
! 3:26: an unchecked statement needs a mapping, given 'it is fast'

# an unchecked statement is not known to be wrong
{unchecked: [{says: a, why: b, wrong: c}]}
! 3:44: an unchecked statement: no key 'wrong'; there are: says, why, by, at

# a parameter, outside of every block
{params: '${width}'}
! 3:22: ${width}: no parameter 'width'; there are: none here
"""


@rows(OF_A_LAYER)
def test_what_no_layer_can_claim_is_refused(text: str, message: str) -> None:
    assert refusal(f"input: [3, 8, 8]\nlayers: [{{ReLU: , {text[1:-1]}}}]\n") == message


@rows(OF_THE_NETWORK)
def test_what_no_document_can_claim_of_the_network_is_refused(text: str, message: str) -> None:
    assert refusal(f"{HEAD}documented: {text}\n") == message


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ("[1, 3]", "3:29: a run's input (one shape for each of a, b) needs a mapping, given a list"),
        ("{a: [1, 3]}", "3:29: a run's input needs 'b:'"),
        ("{a: [1], b: 4}", "3:41: a run's input 'b' needs a list of sizes such as [4], given 4"),
        ("{a: [1], b: []}", "3:41: a run's input 'b' needs at least the batch axis, given []"),
    ],
    ids=["not named", "one of two", "a number", "no batch axis"],
)
def test_a_run_of_several_inputs_needs_each_of_them(runs: str, message: str) -> None:
    text = f"input: {{a: [3], b: [4]}}\nlayers: [ReLU]\ndocumented: {{runs: [{{input: {runs}}}]}}"
    assert refusal(text) == f"x.yaml:{message}"


def test_a_shape_of_more_axes_than_a_tensor_has_is_refused() -> None:
    text = f"input: [3, 8, 8]\nlayers: [{{ReLU: , output: [{'1, ' * 65}]}}]"
    assert refusal(text) == "x.yaml:2:27: layer '0': output has 65 axes; a tensor has at most 64"


def test_as_many_runs_as_there_may_be_and_one_more() -> None:
    assert len(network_claims(f"runs: [{'{input: [1, 3]}, ' * 100}]")) == 100
    text = f"{HEAD}documented: {{runs: [{'{input: [1, 3]}, ' * 101}]}}"
    assert refusal(text) == "x.yaml:3:20: 101 runs; at most 100"
