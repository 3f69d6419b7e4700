"""The checks of `documented:`: totals, sides, layer counts, further runs, the printed model, initial weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from archcheck.checks import make_checks
from archcheck.checks.verdicts import STALE_WRONG, TWO_OPINIONS
from archcheck.infer import infer
from archcheck.observe import observe
from archcheck.results import Check, Failure, Plain, Seen, Status, Trace, Verification
from archcheck.spec.load import loads_spec

NETWORK = """\
class_name: Net
input: [3, 8, 8]
layers:
  features:
    - Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}
    - ReLU
    - MaxPool2d: {kernel_size: 2}
  flat: flatten
  head: {Linear: {in_features: 36, out_features: 5}}
init:
  Linear:
    weight: {normal_: {mean: 0, std: 0.01}}
    bias: {zeros_: {}}
documented:
"""
"""3x8x8 -> 4x6x6 -> 4x3x3 -> 36 -> 5: (4*27 + 4) + (36*5 + 5) parameters, 36*4*27 + 36*5 MACs."""
FIRST = 15
"""The line of the first word under `documented:`."""

PARAMS, MACS = 112 + 185, 3888 + 180
FLOPS = (2 * 3888 + 144) + 144 + 3 * 36 + (2 * 180 + 5)
"""Twice the MACs with an addition for each bias, 144 comparisons of the ReLU, 3 for each of 36 maxima."""


class Row(NamedTuple):
    """What matters of a check."""

    documented: Plain
    inferred: Plain
    seen: Plain
    status: Status
    hint: str | None
    line: int | None


def checks_of(
    documented: str, *, run: bool = True, network: str = NETWORK, change: Any = None
) -> tuple[Check, ...]:
    """Return the checks of the whole network; `change` turns what was really seen into something else."""
    body = "\n".join(f"  {line}" for line in documented.strip("\n").splitlines())
    spec = loads_spec(network + body + "\n", "t.yaml")
    inference = infer(spec)
    seen = observe(spec, inference, torch.device("cpu")) if run else None
    if change is not None:
        assert seen is not None, "only what is seen can be changed"
        seen = change(seen)
    return tuple(check for check in make_checks(spec, inference, seen) if not check.layer)


def row_of(check: Check) -> Row:
    return Row(*(getattr(check, name) for name in Row._fields))


def only(documented: str, quantity: str, **how: Any) -> Row:
    (check,) = [check for check in checks_of(documented, **how) if check.quantity == quantity]
    return row_of(check)


def ok(checks: tuple[Check, ...]) -> bool:
    return Verification("t.yaml", "t", "cpu", checks).ok


TOTALS = [
    # quantity, claim, status, as JSON says it, why
    ("params", "297", "agrees", 297, "exact"),
    ("params", "298", "differs", 298, "one too many"),
    ("params", "0.3K", "agrees", "0.3K", "250 to 350"),
    ("params", "0.30K", "agrees", "0.30K", "295 to 305"),
    ("params", "0.31K", "differs", "0.31K", "305 to 315"),
    ("macs", "4,068", "agrees", "4,068", "exact, with a separator"),
    ("macs", "4.1K", "agrees", "4.1K", "4,050 to 4,150"),
    ("macs", "8.1K", "differs", "8.1K", "operations, not multiply-accumulates"),
    ("flops", str(FLOPS), "agrees", FLOPS, "every operation"),
    ("flops", "4068", "differs", 4068, "MACs are no flops"),
]

WRONG_UNITS = {
    "8.1K": "8.1K is the MACs as 2 operations each (8,136)",
    "4068": "4068 is the number of MACs (4,068)",
}
"""The claims that are right numbers with a wrong unit, and what their hint says."""


@pytest.mark.parametrize(("quantity", "claim", "status", "shown", "why"), TOTALS)
def test_totals(quantity: str, claim: str, status: Status, shown: Plain, why: str) -> None:
    real = {"params": PARAMS, "macs": MACS, "flops": FLOPS}[quantity]
    hint = WRONG_UNITS.get(claim)
    lint = only(f"{quantity}: {claim}", quantity, run=False)
    assert lint == Row(shown, real, None, status, hint, FIRST), why
    seen = None if quantity == "flops" else real
    assert only(f"{quantity}: {claim}", quantity) == Row(shown, real, seen, status, hint, FIRST), why


def test_totals_are_of_one_sample_and_parameters_count_once() -> None:
    network = NETWORK.replace("class_name", "batch: 7\nclass_name")
    rows = [only(f"{name}: {real}", name, network=network)
            for name, real in (("params", PARAMS), ("macs", MACS), ("flops", FLOPS))]  # fmt: skip
    assert [row.status for row in rows] == ["agrees"] * 3


NOT_LINEAR = [
    # layer, one sample's shape
    ("{BatchNorm2d: {track_running_stats: false, affine: false}}", "[3, 2, 2]"),
    ("{MultiheadAttention: {num_heads: 4}}", "[10, 16]"),
]


@pytest.mark.parametrize(("layer", "shape"), NOT_LINEAR)
@pytest.mark.parametrize("quantity", ["macs", "flops"])
def test_a_samples_cost_is_no_share_of_its_batchs(layer: str, shape: str, quantity: str) -> None:
    """What statistics or attention over the batch take does not grow with it: a sample is worked out alone."""
    way = "batch: {}\ninput: {}\nlayers: [{}]\ndocumented:\n"
    alone, both = (
        only(f"{quantity}: 5", quantity, network=way.format(batch, shape, layer)) for batch in (1, 2)
    )
    assert alone.inferred is not None
    assert (both.inferred, both.seen, both.hint) == (alone.inferred, alone.seen, None)


def test_a_layers_cost_is_of_one_sample_too() -> None:
    network = "input: [10, 16]\nbatch: 2\nlayers:\n- MultiheadAttention: {num_heads: 4}\n  macs: 10,560\n"
    spec = loads_spec(network, "t.yaml")
    (check,) = [check for check in make_checks(spec, infer(spec), None) if check.quantity == "macs"]
    assert (check.inferred, check.status) == (4 * 10 * 16 * 16 + 2 * 10 * 16, "agrees")


@pytest.mark.parametrize("run", [False, True], ids=["lint", "verify"])
def test_a_network_that_takes_its_whole_batch_only_has_no_cost_of_one_sample(run: bool) -> None:
    network = (
        "batch: 2\ninput: [3, 2, 2]\nlayers: [{reshape: {shape: [2, 12]}}, {Linear: {out_features: 5}}]\n"
    )
    for quantity in ("macs", "flops"):
        row = only(f"{quantity}: 60", quantity, network=f"{network}documented:\n", run=run)
        assert row[1:4] == (None, None, "unchecked")
        assert row.hint == (
            "one sample has no cost: reshape(shape=(2, 12)) fails on 1x3x2x2: "
            "12 elements do not make [2, 12] (shape)"
        )


def test_a_mistaken_in_channels_leaves_the_others_their_cost() -> None:
    """The rules go on as if it had been right, for one sample as for the batch."""
    network = NETWORK.replace("in_channels: 3", "in_channels: 5").replace(
        "class_name", "batch: 2\nclass_name"
    )
    row = only(f"macs: {MACS}", "macs", network=network, run=False)
    assert (row.inferred, row.status) == (MACS, "agrees")


def test_parameters_are_compared_where_the_document_is_silent() -> None:
    (check,) = checks_of("layers: {ReLU: 1}", run=True)[1:]
    assert (check.quantity, check.claimed) == ("params", False)
    assert row_of(check) == Row(None, PARAMS, PARAMS, "agrees", None, 1)
    assert [check.quantity for check in checks_of("layers: {ReLU: 1}", run=False)] == ["layers.ReLU"]


SIDES = [
    ("[8, 6, 3]", "agrees", [8, 6, 3], "with the input's"),
    ("[6, 3]", "agrees", [6, 3], "without it"),
    ("[[6, 6], 3]", "agrees", [6, 3], "a square written out is a square"),
    ("[8, 6]", "differs", [8, 6, 3], "not to the end"),
    ("[7, 3]", "differs", [6, 3], "a wrong one"),
    ("[3, 6]", "differs", [6, 3], "in another order"),
    ("[[6, 5], 3]", "differs", [6, 3], "no square"),
]


@pytest.mark.parametrize("run", [False, True], ids=["lint", "verify"])
@pytest.mark.parametrize(("claim", "status", "real", "why"), SIDES)
def test_sizes(claim: str, status: Status, real: list[Plain], why: str, *, run: bool) -> None:
    row = only(f"sizes: {claim}", "sizes", run=run)
    assert (row.status, row.inferred, row.seen) == (status, real, real if run else None), why


COUNTS = [
    ("Conv2d", "1", "agrees", 1, "one"),
    ("Conv2d", "2", "differs", 1, "not two"),
    ("Conv2d", "some", "agrees", 1, "at least one"),
    ("Sigmoid", "0", "agrees", 0, "none, as the document says"),
    ("Sigmoid", "some", "differs", 0, "none, against the document"),
    ("Conv2d + Linear", "2", "agrees", 2, "the layers with weights"),
    ("Conv2d+Linear+ReLU", "2", "differs", 3, "one too few"),
    ("Flatten", "0", "agrees", 0, "the function is not the module"),
    ("Conv2d + Conv2d", "1", "agrees", 1, "a kind counts once, however often it is named"),
]


@pytest.mark.parametrize(("kinds", "claim", "status", "real", "why"), COUNTS)
def test_layers(kinds: str, claim: str, status: Status, real: int, why: str) -> None:
    documented: Plain = claim if claim == "some" else int(claim)
    lint = only(f"layers: {{{kinds}: {claim}}}", f"layers.{kinds}", run=False)
    assert lint == Row(documented, real, None, status, None, FIRST), why
    verify = only(f"layers: {{{kinds}: {claim}}}", f"layers.{kinds}")
    assert verify == Row(documented, real, real, status, None, FIRST), why


def test_layers_are_counted_in_branches_and_after_a_refusal_too() -> None:
    network = (
        "input: [3, 8, 8]\nlayers: [{add: [[ReLU], [ReLU, Tanh]]}, {MaxPool2d: {kernel_size: 9}}, ReLU]\n"
    )
    row = only("layers: {ReLU: 3}", "layers.ReLU", network=network + "documented:\n")
    assert (row.inferred, row.seen, row.status) == (3, 3, "agrees"), "they are there, whether or not they run"


CONV_FAILS = (
    "features.0: Conv2d(in_channels=3, out_channels=4, kernel_size=3) fails on 64x1x8x8: "
    "expects 3 channels (in_channels), given 1"
)
RUNS = [
    # a run, its verdict, what comes out, hint, why
    ("input: [64, 3, 8, 8], output: [64, 5]", "agrees", [64, 5], None, "another batch"),
    ("input: [64, 3, 8, 8], output: [N, 5]", "agrees", [64, 5], None, "a letter"),
    ("input: [64, 3, 8, 8], output: [5]", "agrees", [64, 5], None, "the batch axis left out"),
    ("input: [64, 3, 8, 8]", "agrees", [64, 5], None, "that it passes is all that is said"),
    ("input: [64, 3, 8, 8], output: [1, 5]", "differs", [64, 5], None, "not this run's batch"),
    ("input: [64, 3, 8, 8], output: [64, 10]", "differs", [64, 5], None, "another output"),
    ("input: [64, 1, 8, 8]", "differs", "fails", CONV_FAILS, "another number of channels"),
    ("input: [64, 1, 8, 8], output: [64, 5]", "differs", "fails", CONV_FAILS, "which gives nothing"),
    ("input: [1, 3, 9, 9]", "agrees", [1, 5], None, "a side that is dropped") ,
    ("input: [1, 3, 10, 10]", "differs", "fails",
     "head: Linear(in_features=36, out_features=5) fails on 1x64: expects 36 features (in_features), given 64",
     "another size: 4*4*4 features"),
]  # fmt: skip


@pytest.mark.parametrize("run", [False, True], ids=["lint", "verify"])
@pytest.mark.parametrize(("claim", "status", "real", "hint", "why"), RUNS)
def test_runs(claim: str, status: Status, real: Plain, hint: str | None, why: str, *, run: bool) -> None:
    row = only(f"runs:\n  - {{{claim}}}", "runs", run=run)
    assert row[1:] == (real, real if run else None, status, hint, FIRST + 1), why


@pytest.mark.parametrize("run", [False, True], ids=["lint", "verify"])
def test_a_run_that_fails_is_told_with_its_whole_shape(run: bool) -> None:
    """The document writes the batch axis, so a lone axis is no scalar."""
    network = "input: [8]\nlayers: [{Linear: {out_features: 2}}]\ndocumented:\n"
    row = only("runs: [{input: [3]}]", "runs", network=network, run=run)
    assert row.hint == (
        "0: Linear(in_features=8, out_features=2) fails on 3: expects 8 features (in_features), given 3"
    )


def test_a_run_shows_what_the_document_says() -> None:
    (first, second) = (
        check for check in checks_of("runs:\n  - {input: [2, 3, 8, 8], output: [N, 5]}\n  - {input: [2, 3, 8, 8]}")
        if check.quantity == "runs"
    )  # fmt: skip
    assert first.documented == {"input": [2, 3, 8, 8], "output": ["N", 5]}
    assert second.documented == {"input": [2, 3, 8, 8], "output": None}


def test_a_run_of_several_inputs_shows_them_all() -> None:
    network = "input: {a: [8], b: [8]}\nlayers: [CosineSimilarity]\ndocumented:\n"
    row = only("runs: [{input: {a: [2, 8], b: [2, 8]}, output: [2]}]", "runs", network=network)
    assert row[:4] == ({"input": [[2, 8], [2, 8]], "output": [2]}, [2], [2], "agrees")


def test_a_run_that_is_known_to_fail() -> None:
    row = only("runs: [{input: [64, 1, 8, 8], wrong: grey}]", "runs")
    assert (row.status, row.hint) == ("known wrong", CONV_FAILS)
    row = only("runs: [{input: [64, 3, 8, 8], wrong: grey}]", "runs")
    assert (row.status, row.hint) == ("differs", STALE_WRONG)


@pytest.mark.parametrize("run", [False, True], ids=["lint", "verify"])
def test_a_run_is_of_the_network_that_was_built(run: bool) -> None:
    """What the spec leaves out is decided by its own input, and stays so for every other."""
    network = NETWORK.replace("in_channels: 3, ", "").replace("in_features: 36, ", "")
    claims = "runs: [{input: [2, 1, 8, 8]}, {input: [2, 3, 12, 12]}, {input: [2, 3, 9, 8]}]"
    rows = [
        row_of(check) for check in checks_of(claims, run=run, network=network) if check.quantity == "runs"
    ]
    assert [(row.inferred, row.status) for row in rows] == [
        ("fails", "differs"),
        ("fails", "differs"),
        ([2, 5], "agrees"),
    ]


PRINTED = """\
Net(
  (features): Sequential(
    (0): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))
    (1): ReLU()
    (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  )
  (head): Linear(in_features=36, out_features=5, bias=True)
)"""


class Net(nn.Module):
    """What the spec documents, as its author would have written it."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Linear(36, 5)


def test_the_printed_model_above_is_pytorchs() -> None:
    assert repr(Net()) == PRINTED


def literal(text: str, indent: str = "  ") -> str:
    return "repr: |\n" + "\n".join(f"{indent}{line}" if line else "" for line in text.splitlines())


def test_a_printed_model_that_agrees() -> None:
    row = only(literal(PRINTED), "repr")
    assert (row.status, row.hint, row.line, row.seen) == ("agrees", None, FIRST, PRINTED)
    assert row.documented == PRINTED


def test_space_around_a_printed_model_and_at_its_line_ends_is_none_of_it() -> None:
    padded = "\n\n" + PRINTED.replace("ReLU()", "ReLU()   ") + "\n\n"
    assert only(literal(padded), "repr").status == "agrees"


REPRS = [
    # the document's mistake, the number of the line, what is said, why
    ((")\n  )\n  (head", "\n  )\n  (head"), 5,
     "documented (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False, "
     "printed (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)", "a bracket"),
    (("ReLU()", "ReLU(inplace=True)"), 4,
     "documented (1): ReLU(inplace=True), printed (1): ReLU()", "an argument"),
    (("Net(", "AlexNet("), 1, "documented AlexNet(, printed Net(", "the first line"),
    (("    (1): ReLU()\n", ""), 4,
     "documented (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False), "
     "printed (1): ReLU()", "a line that is missing"),
    (("    (1)", "  (1)"), 4, "documented (1): ReLU(), printed (1): ReLU()", "indentation counts"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "number", "words", "why"), REPRS)
def test_a_printed_model_that_differs(mistake: tuple[str, str], number: int, words: str, why: str) -> None:
    assert mistake[0] in PRINTED
    documented = PRINTED.replace(*mistake, 1)
    row = only(literal(documented), "repr")
    assert (row.status, row.hint) == ("differs", f"line {number} of the printed model: {words}"), why
    assert row.line == FIRST + number, "where that line stands in the spec"


def test_a_printed_model_that_ends_too_soon_differs_at_its_end() -> None:
    lines = PRINTED.splitlines()
    row = only(literal("\n".join(lines[:6])), "repr")
    assert row.hint == f"line 7 of the printed model: documented nothing, printed {lines[6].strip()}"
    assert row.line == FIRST + 6, "the last line that there is"


def test_blank_lines_before_a_printed_model_are_counted() -> None:
    row = only(literal("\n\n" + PRINTED.replace("ReLU()", "Tanh()")), "repr")
    assert row.hint == "line 4 of the printed model: documented (1): Tanh(), printed (1): ReLU()"
    assert row.line == FIRST + 2 + 4


NESTED = """\
input: [4]
class_name: Net
layers:
  h:
    - {join: {add: [[], {one: Tanh}]}}
    - {join: {add: [[], {one: Tanh}]}}
  pos: {weight: {parameter: {size: [1, 4]}}}
documented:
"""
BLOCKS = """\
Net(
  (h): ModuleList(
    (0-1): 2 x Block(
      (one): Tanh()
    )
  )
  (pos): Embedding(1, 4)
)"""
ALIKE = [
    # what is documented of blocks that each are a body with a join, what is said of it, why
    (("", ""), None, "any class, and equal modules as one entry"),
    (("Block(", "Block(nn.Module, "), "documented (0): Block(nn.Module,, printed (0): SpecBody(", "no class"),
    (("Tanh", "ReLU"), "documented (one): ReLU(), printed (one): Tanh()", "another layer"),
    (("(0-1): 2", "(0-2): 3"), "documented (2): Block(, printed )", "one more"),
    (("Net(", "Other("), "documented Other(, printed Net(", "the class of the whole is said"),
    (
        ("(pos): ", "(position): "),
        "documented (position): Embedding(1, 4), printed (pos): SpecBody()",
        "a name",
    ),
]


@pytest.mark.parametrize(("mistake", "words", "why"), ALIKE, ids=[row[2] for row in ALIKE])
def test_a_printed_model_with_classes_that_no_spec_says(
    mistake: tuple[str, str], words: str | None, why: str
) -> None:
    spec = loads_spec(NESTED + "  " + literal(BLOCKS.replace(*mistake, 1), "    ") + "\n", "t.yaml")
    inference = infer(spec)
    checks = make_checks(spec, inference, observe(spec, inference, torch.device("cpu")))
    (check,) = [check for check in checks if check.quantity == "repr"]
    said = None if check.hint is None else check.hint.partition("of the printed model: ")[2]
    assert said == words, why
    assert check.status == ("agrees" if words is None else "differs")


def test_a_printed_model_of_one_line() -> None:
    row = only("repr: Net()", "repr")
    assert (row.status, row.line) == ("differs", FIRST)
    assert row.hint == "line 1 of the printed model: documented Net(), printed Net("


def test_a_printed_model_that_is_known_to_be_wrong() -> None:
    def claim(text: str) -> str:
        lines = "\n".join(f"    {line}" for line in text.splitlines())
        return f"repr:\n  wrong: an older PyTorch\n  documented: |\n{lines}"

    row = only(claim(PRINTED.replace("ReLU()", "ReLU(inplace)")), "repr")
    assert row.status == "known wrong"
    assert row.hint == "line 4 of the printed model: documented (1): ReLU(inplace), printed (1): ReLU()"
    assert row.line == FIRST + 2 + 4
    stale = only(claim(PRINTED), "repr")
    assert (stale.status, stale.hint, stale.line) == ("differs", STALE_WRONG, FIRST + 2)


def test_only_a_run_prints_a_model() -> None:
    row = only(literal(PRINTED), "repr", run=False)
    assert (row.inferred, row.seen, row.status, row.hint) == (None, None, "unchecked", None)


INITIAL = [
    ("Linear.weight.mean: 0", 0, "agrees", "the formula"),
    ("Linear.weight.std: 0.01", 0.01, "agrees", "the formula"),
    ("Linear.weight.variance: 0.0001", 0.01**2, "agrees", "to nine digits: 0.01**2 is no exact 0.0001"),
    ("Linear.weight.variance: 0.01", 0.01**2, "differs", "the deviation taken for the variance"),
    ("Linear.weight.std: 0.0100001", 0.01, "differs", "near is not equal"),
    ("Linear.bias.std: 0", 0.0, "agrees", "zeros do not vary"),
    ("Linear.bias.mean: 1e-300", 0.0, "differs", "nothing is near to nought"),
    ("Conv2d.weight.mean: 0", 0, "agrees", "PyTorch's own, which the spec says nothing of"),
    ("Conv2d.weight.mean: 0.5", 0, "differs", "it lies about nought, whatever the shape"),
]


@pytest.mark.parametrize("run", [False, True], ids=["lint", "verify"])
@pytest.mark.parametrize(("claim", "real", "status", "why"), INITIAL)
def test_initial_weights(claim: str, real: float | None, status: Status, why: str, *, run: bool) -> None:
    name = claim.partition(":")[0]
    row = only(f"init: {{{claim}}}", f"init.{name}", run=run)
    assert (row.status, row.seen) == (status, None), why
    assert row.inferred == (None if real is None else pytest.approx(real, rel=1e-12)), why


UNDECIDED = [
    ("Conv2d.weight.std", "", "PyTorch's own initialisation", "the kernel's size decides it"),
    ("Conv2d.weight.std", "  Conv2d:\n    weight: {kaiming_normal_: {}}\n", "kaiming_normal_", "the same"),
    ("Conv2d.weight.mean", "  Conv2d:\n    weight: {trunc_normal_: {}}\n", "trunc_normal_", "no formula"),
]


@pytest.mark.parametrize(("claim", "init", "what", "why"), UNDECIDED)
def test_initial_weights_that_no_formula_tells(claim: str, init: str, what: str, why: str) -> None:
    row = only(f"init: {{{claim}: 0.1}}", f"init.{claim}", run=False,
               network=NETWORK.replace("documented:", f"{init}documented:"))  # fmt: skip
    assert (row.inferred, row.status) == (None, "unchecked"), why
    name = claim.rpartition(".")[2]
    assert row.hint == f"the {name} of {what} is not worked out: the weight's shape may decide it"


ABSENT = [
    ("Conv1d.weight", "no such layer"),
    ("ReLU.weight", "a layer without parameters"),
    ("Conv2d.bias", "built without it"),
    ("Conv2d.gamma", "no such parameter"),
]


@pytest.mark.parametrize(("what", "why"), ABSENT)
@pytest.mark.parametrize("more", ["", "  Conv1d:\n    weight: {normal_: {std: 0.01}}\n"])
def test_weights_that_nothing_has_are_no_pass(what: str, why: str, more: str) -> None:
    network = NETWORK.replace("kernel_size: 3}", "kernel_size: 3, bias: false}")
    network = network.replace("documented:", f"{more}documented:")
    row = only(f"init: {{{what}.std: 0.01}}", f"init.{what}.std", network=network)
    assert (row.inferred, row.status, row.hint) == (None, "differs", f"nothing here has a {what}"), why
    known = f"init: {{{what}.std: {{documented: 0.01, wrong: there is none}}}}"
    assert only(known, f"init.{what}.std", network=network).status == "known wrong"


def test_the_weights_inside_a_layer_are_of_their_own_kind() -> None:
    network = "input: [5, 8]\nlayers: [{TransformerEncoderLayer: {nhead: 2}}]\ndocumented:\n"
    assert (
        only("init: {Linear.weight.mean: 0}", "init.Linear.weight.mean", network=network).status == "agrees"
    )


def test_an_infinite_variance_is_no_number_that_a_document_says() -> None:
    row = only("init: {Linear.weight.variance: 1}", "init.Linear.weight.variance", run=False,
               network=NETWORK.replace("std: 0.01", "std: 1e200"))  # fmt: skip
    assert row.status == "differs"


def test_a_statement_is_listed_and_never_checked() -> None:
    check = checks_of("unchecked: [{says: it is fast, why: an opinion, at: 3}]", run=False)[0]
    assert row_of(check) == Row("it is fast", None, None, "unchecked", "an opinion", FIRST)
    assert (check.quantity, check.at) == ("statement", "line 3")


KNOWN_WRONG = [
    # where the claim goes, a false value, a true one
    ("params: {}", "300", "297"),
    ("macs: {}", "4000", "4068"),
    ("flops: {}", "4068", str(FLOPS)),
    ("sizes: {}", "[8, 7, 3]", "[8, 6, 3]"),
    ("layers: {{Conv2d: {}}}", "2", "some"),
    ("layers: {{Sigmoid: {}}}", "1", "0"),
    ("init: {{Linear.weight.std: {}}}", "0.1", "0.01"),
]


@pytest.mark.parametrize("run", [False, True], ids=["lint", "verify"])
@pytest.mark.parametrize(("way", "false", "true"), KNOWN_WRONG)
def test_claims_marked_wrong_are_strict(way: str, false: str, true: str, *, run: bool) -> None:
    def judged(value: str) -> Check:
        written = f"{{documented: {value}, wrong: a slip}}"
        return checks_of(way.format(written), run=run)[0]

    known = judged(false)
    assert (known.status, known.wrong, known.hint, known.line) == ("known wrong", "a slip", None, FIRST)
    holds = judged(true)
    assert (holds.status, holds.wrong, holds.hint, holds.line) == ("differs", "a slip", STALE_WRONG, FIRST)


def test_the_line_of_a_claim_is_that_of_its_value() -> None:
    assert only("params:\n  wrong: a slip\n  documented: 297", "params").line == FIRST + 2


def test_several_statements_are_several_checks() -> None:
    checks = checks_of("params:\n  - {documented: 297}\n  - {documented: 300, wrong: a slip}", run=False)
    assert [(check.status, check.line) for check in checks] == [
        ("agrees", FIRST + 1),
        ("known wrong", FIRST + 2),
    ]


STOPS = NETWORK.replace("kernel_size: 2", "kernel_size: 9")
CLAIMS = """
params: 297
macs: 4068
flops: 5000
sizes: [8, 6, 3]
layers: {Conv2d: 1}
runs: [{input: [1, 3, 32, 32]}]
"""


def test_what_a_lint_does_not_reach_is_never_ok() -> None:
    """Not the counts: they would be of half a network. What is merely there is counted."""
    checks = checks_of(CLAIMS, run=False, network=STOPS)
    assert [(check.quantity, check.status) for check in checks] == [
        ("params", "not reached"),
        ("macs", "not reached"),
        ("flops", "not reached"),
        ("sizes", "not reached"),
        ("layers.Conv2d", "agrees"),
        ("runs", "agrees"),
    ]
    assert [check.inferred for check in checks[:4]] == [None] * 4


def test_what_a_run_does_not_reach_is_never_ok() -> None:
    """A stopped network is built all the same, and has its parameters."""
    checks = checks_of(CLAIMS, network=STOPS)
    assert [(check.quantity, check.status, check.seen) for check in checks] == [
        ("params", "agrees", 297),
        ("macs", "not reached", None),
        ("flops", "not reached", None),
        ("sizes", "not reached", None),
        ("layers.Conv2d", "agrees", 1),
        ("runs", "agrees", [1, 5]),
    ]


def test_the_rules_going_on_is_no_pass_for_a_run_that_stopped() -> None:
    network = NETWORK.replace("in_channels: 3", "in_channels: 5")
    checks = checks_of("macs: 4068\nflops: 8681\nsizes: [8, 6, 3]\nparams: 297", network=network)
    assert [check.status for check in checks] == ["not reached", "not reached", "not reached", "differs"]
    assert checks[3].seen == 4 * 5 * 9 + 4 + 185
    assert checks[3].inferred is None, "what was worked out is of another network"


def test_a_network_that_cannot_be_built_has_no_parameters() -> None:
    network = STOPS.replace("in_features: 36, ", "")
    checks = checks_of("layers: {Linear: 1}\nrepr: Net()", network=network)
    assert [(check.quantity, check.seen, check.status) for check in checks] == [
        ("layers.Linear", None, "agrees"),
        ("repr", None, "unchecked"),
    ], "and no silent row of them either"


def seen_as(**changes: Any) -> Any:
    return lambda seen: replace(seen, **changes)


def with_outputs(outputs: dict[str, tuple[int, ...]]) -> Any:
    def changed(seen: Seen) -> Seen:
        return replace(seen, trace=replace(seen.trace, outputs={**seen.trace.outputs, **outputs}))

    return changed


FAILED = Trace("cpu", (), {}, None, Failure("features.0", "no", ((2, 3, 8, 8),)))
OUT_OF_SHAPE = Trace("cpu", (), {}, (2, 6))
DISAGREEMENTS = [
    # claims (true of the rules, true of the run, true of neither), quantity, how the run differs
    (("params: 297", "params: 298", "params: 5"), "params", seen_as(params=298)),
    (("params: 0.3K", "params: 0.3K", "params: 5"), "params", seen_as(params=298)),
    (("macs: 4068", "macs: 4069", "macs: 5"), "macs", seen_as(macs=4069)),
    (("layers: {ReLU: 1}", "layers: {ReLU: 2}", "layers: {ReLU: 0}"), "layers.ReLU", seen_as(kinds={"ReLU": 2})),
    (("sizes: [6, 3]", "sizes: [6, 2]", "sizes: [5]"), "sizes", with_outputs({"features.2": (1, 4, 2, 2)})),
    (("runs: [{input: [2, 3, 8, 8]}]", "runs: [{input: [2, 3, 8, 8], output: [7]}]"), "runs", seen_as(runs=(FAILED,))),
    (("runs: [{input: [2, 3, 8, 8], output: [5]}]", "runs: [{input: [2, 3, 8, 8], output: [6]}]",
      "runs: [{input: [2, 3, 8, 8]}]"), "runs", seen_as(runs=(OUT_OF_SHAPE,))),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "quantity", "change"), DISAGREEMENTS)
def test_our_own_opinions_disagreeing_is_never_a_pass(
    claims: tuple[str, ...], quantity: str, change: Any
) -> None:
    for claim in claims:
        checks = checks_of(claim, change=change)
        (check,) = [check for check in checks if check.quantity == quantity]
        assert (check.status, check.hint) == ("differs", TWO_OPINIONS), claim
        assert not ok(checks)


def test_nor_is_it_where_the_document_is_silent_on_parameters() -> None:
    checks = checks_of("layers: {ReLU: 1}", change=seen_as(params=298))
    (check,) = [check for check in checks if check.quantity == "params"]
    assert (check.documented, check.inferred, check.seen) == (None, PARAMS, 298)
    assert (check.status, check.hint) == ("differs", TWO_OPINIONS)


def test_a_network_that_stops_after_its_last_layer_did_not_come_through() -> None:
    def stopped(seen: Seen) -> Seen:
        trace = replace(seen.trace, output=None, failure=Failure("", "no"))
        return replace(seen, trace=trace, macs=None)

    checks = checks_of("macs: 4068", change=stopped)
    assert [check.status for check in checks] == ["not reached", "agrees", "differs"]
    assert [check.quantity for check in checks] == ["macs", "params", "output"]


def test_a_network_that_stops_between_its_layers_is_told() -> None:
    stopped = Trace("cpu", (), {}, None, Failure("", "no"))
    checks = checks_of("layers: {ReLU: 1}", change=lambda seen: replace(seen, trace=stopped))
    assert not ok(checks)
    assert (checks[-1].quantity, checks[-1].status, checks[-1].hint) == (
        "output", "differs", "the network fails: no",
    )  # fmt: skip
