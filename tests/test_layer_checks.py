"""The checks of layers, bodies and branches: every row of small networks, worked by hand."""

from __future__ import annotations

import gc
import json
import time
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import torch

from archcheck import leaf as leaf_module
from archcheck.checks import make_checks
from archcheck.checks.columns import Columns
from archcheck.checks.verdicts import STALE_WRONG, TWO_OPINIONS
from archcheck.infer import Inference, infer
from archcheck.observe import observe
from archcheck.results import Check, Failure, Plain, Seen, SeenLayer, Status, Trace, Verification
from archcheck.rules import RULES
from archcheck.spec.layers import Spec
from archcheck.spec.load import loads_spec


class Row(NamedTuple):
    """What matters of a check."""

    layer: str
    quantity: str
    documented: Plain
    inferred: Plain
    seen: Plain
    status: Status
    line: int | None


def spec_of(layers: str, *, shape: str = "[3, 8, 8]", more: str = "") -> Spec:
    """Return a spec; `layers` are lines of YAML, the first of which is line 3."""
    body = "\n".join(f"  {line}" for line in layers.strip("\n").splitlines())
    return loads_spec(f"input: {shape}\nlayers:\n{body}\n{more}", "t.yaml")


def linted(layers: str, **spec: str) -> tuple[Check, ...]:
    found = spec_of(layers, **spec)
    return make_checks(found, infer(found), None)


def verified(layers: str, **spec: str) -> tuple[Check, ...]:
    found = spec_of(layers, **spec)
    inference = infer(found)
    return make_checks(found, inference, observe(found, inference, torch.device("cpu")))


def rows(checks: tuple[Check, ...]) -> list[Row]:
    return [Row(*(getattr(check, name) for name in Row._fields)) for check in checks]


def one(checks: tuple[Check, ...], quantity: str, layer: str = "0") -> Check:
    (found,) = [check for check in checks if (check.layer, check.quantity) == (layer, quantity)]
    return found


def ok(checks: tuple[Check, ...]) -> bool:
    return Verification("t.yaml", "t", "cpu", checks).ok


EVERYTHING = """
- Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}
  input: [3, 8, 8]
  output: [4, 6, 6]
  params: 112
  macs: 3,888
  flops: 7.9K
- ReLU
- Conv2d: {out_channels: 4, kernel_size: 3}
"""
IMAGE: list[Plain] = [3, 8, 8]
SMALL: list[Plain] = [4, 6, 6]
TINY: list[Plain] = [4, 4, 4]


def test_every_row_of_a_lint() -> None:
    """4 filters of 3*3*3 and a bias at 6*6 places: 112 parameters, 3,888 MACs, 2 flops each and 144 additions."""
    assert rows(linted(EVERYTHING)) == [
        Row("0", "input", IMAGE, IMAGE, None, "agrees", 4),
        Row("0", "in_channels", 3, 3, None, "agrees", 3),
        Row("0", "output", SMALL, SMALL, None, "agrees", 5),
        Row("0", "params", 112, 112, None, "agrees", 6),
        Row("0", "macs", "3,888", 3888, None, "agrees", 7),
        Row("0", "flops", "7.9K", 7920, None, "agrees", 8),
    ]


def test_every_row_of_a_verify() -> None:
    """Where the document is silent there is a row for what both opinions say; what costs nothing has no params."""
    assert rows(verified(EVERYTHING)) == [
        Row("0", "input", IMAGE, IMAGE, IMAGE, "agrees", 4),
        Row("0", "in_channels", 3, 3, 3, "agrees", 3),
        Row("0", "output", SMALL, SMALL, SMALL, "agrees", 5),
        Row("0", "params", 112, 112, 112, "agrees", 6),
        Row("0", "macs", "3,888", 3888, None, "agrees", 7),
        Row("0", "flops", "7.9K", 7920, None, "agrees", 8),
        Row("1", "output", None, SMALL, SMALL, "agrees", 9),
        Row("2", "output", None, TINY, TINY, "agrees", 10),
        Row("2", "params", None, 148, 148, "agrees", 10),
        Row("", "params", None, 260, 260, "agrees", 1),
    ]


def test_a_check_knows_its_type_and_its_place_in_the_document() -> None:
    layers = "body:\n  - ReLU: {}\n    output: {documented: [3, 8, 8], at: 70}"
    check = one(linted(layers), "output", "body.0")
    assert (check.type, check.at, check.wrong, check.hint) == ("ReLU", "line 70", None, None)


CLAIMS = [
    # quantity, a false claim, a true one, the hint of the false one
    ("input", "[1, 8, 8]", "[3, 8, 8]", None),
    ("output", "[4, 8, 8]", "[4, 6, 6]",
     "(8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10, or kernel 1"),
    ("params", "111", "112", None),
    ("macs", "3887", "3.9K", None),
    ("flops", "3888", "7920", "3888 is the number of MACs (3,888)"),
]  # fmt: skip


def claim(quantity: str, value: str) -> str:
    return f"- Conv2d: {{in_channels: 3, out_channels: 4, kernel_size: 3}}\n  {quantity}: {value}"


@pytest.mark.parametrize("check_all", [linted, verified])
@pytest.mark.parametrize(("quantity", "false", "true", "hint"), CLAIMS)
def test_claims_true_and_false_and_marked_wrong(
    check_all: Any, quantity: str, false: str, true: str, hint: str | None
) -> None:
    def judged(value: str) -> Check:
        return one(check_all(claim(quantity, value)), quantity)

    assert judged(true).status == "agrees"
    assert (judged(false).status, judged(false).hint) == ("differs", hint)
    known = judged(f"{{documented: {false}, wrong: a slip, at: Table 1}}")
    told = hint if quantity == "output" else None  # what a count would be right for is no reason beside one
    assert (known.status, known.hint, known.wrong, known.at, known.line) == (
        "known wrong", told, "a slip", "Table 1", 4,
    )  # fmt: skip
    stale = judged(f"\n    documented: {true}\n    wrong: a slip")
    assert (stale.status, stale.hint, stale.line) == ("differs", STALE_WRONG, 5), "the line of the value"


def test_several_statements_on_one_quantity_are_several_checks() -> None:
    layers = """
- ReLU:
  input:
    - {documented: [1, 8, 8], wrong: a slip}
    - [3, 8, 8]
    - {documented: [3, 9, 9]}
""".replace("    - [3, 8, 8]\n", "    - {documented: [3, 8, 8]}\n")
    assert [(row.status, row.line) for row in rows(linted(layers))] == [
        ("known wrong", 5),
        ("agrees", 6),
        ("differs", 7),
    ]


LETTERS = """
- Conv2d: {out_channels: 4, kernel_size: 3}
  input: [N, C, H, H]
  output: [N, 4, 6, 6]
- ReLU:
  output: {documented: [N, C, 6, 6], wrong: there are four}
- ReLU:
  output: [K, L, L]
- MaxPool2d: {kernel_size: 2}
  output: [K, L, L]
- Flatten:
  output: [N, K]
"""


@pytest.mark.parametrize("check_all", [linted, verified])
def test_a_letter_is_the_same_size_everywhere(check_all: Any) -> None:
    """N is 2, C is 3, H is 8, K is 4 and L is 6; the last two claims make L 3, and K 4*3*3."""
    checks = [check for check in check_all(LETTERS, more="batch: 2\n") if check.claimed]
    assert [(check.layer, check.status, check.hint) for check in checks] == [
        ("0", "agrees", None),
        ("0", "agrees", None),
        ("1", "known wrong", "C stands for 3"),
        ("2", "agrees", None),
        ("3", "differs", "L stands for 6"),
        ("4", "differs", "K stands for 4"),
    ]


BATCHES = [
    ("[3, 8, 8]", "agrees", "left out"),
    ("[2, 3, 8, 8]", "agrees", "the spec's"),
    ("[N, 3, 8, 8]", "agrees", "a letter"),
    ("[1, 3, 8, 8]", "differs", "not the spec's"),
]


@pytest.mark.parametrize(("shape", "status", "why"), BATCHES)
def test_a_batch_axis_is_left_out_or_the_specs(shape: str, status: Status, why: str) -> None:
    check = one(verified(f"- ReLU:\n  output: {shape}", more="batch: 2\n"), "output")
    assert check.status == status, why
    assert check.inferred == check.seen == [3, 8, 8], "shown without it"
    assert check.hint == ("the spec's batch is 2, the claim's 1" if status == "differs" else None)


def test_costs_are_of_one_sample() -> None:
    layers = "- Conv2d: {out_channels: 4, kernel_size: 3}\n  macs: 3888\n  flops: 7920\n  params: 112"
    assert [row.status for row in rows(linted(layers, more="batch: 16\n"))] == ["agrees"] * 3


# What the input decides


def test_a_wrong_in_channels_differs_where_it_stands() -> None:
    layers = "- Conv2d:\n    out_channels: 4\n    in_channels: 5\n    kernel_size: 3\n  output: [4, 6, 6]"
    lint, verify = linted(layers), verified(layers)
    assert rows(lint)[0] == Row("0", "in_channels", 5, 3, None, "differs", 5)
    assert rows(verify)[0] == Row("0", "in_channels", 5, 3, 3, "differs", 5)
    assert one(lint, "output").status == "agrees", "the rules go on, so that it hides no other mistake"
    assert one(verify, "output").status == "differs", "the network does not"


def test_in_channels_may_be_a_claim_that_is_known_to_be_wrong() -> None:
    layers = "- Conv2d: {in_channels: {documented: 1, wrong: grey}, out_channels: 4, kernel_size: 3}"
    checks = verified(layers)
    assert rows(checks)[0] == Row("0", "in_channels", 1, 3, 3, "known wrong", 3)
    assert ok(checks), "the network is built with what its input has"


def test_in_channels_marked_wrong_that_holds_differs() -> None:
    layers = "- Conv2d: {in_channels: {documented: 3, wrong: grey}, out_channels: 4, kernel_size: 3}"
    check = one(linted(layers), "in_channels")
    assert (check.status, check.hint, check.line) == ("differs", STALE_WRONG, 3)


FILLED = [
    ("Linear: {in_features: 7, out_features: 2}", "[8]", "in_features", 8),
    ("BatchNorm2d: {num_features: 4}", "[3, 8, 8]", "num_features", 3),
    ("LSTM: {input_size: 9, hidden_size: 2, batch_first: true}", "[5, 8]", "input_size", 8),
    ("MultiheadAttention: {embed_dim: 4, num_heads: 1, batch_first: true}", "[5, 8]", "embed_dim", 8),
]


@pytest.mark.parametrize(("layer", "shape", "argument", "right"), FILLED)
def test_every_argument_that_the_input_decides_is_checked(
    layer: str, shape: str, argument: str, right: int
) -> None:
    check = one(verified(f"- {layer}", shape=shape), argument)
    assert (check.inferred, check.seen, check.status) == (right, right, "differs")


def test_what_the_spec_decides_itself_is_no_claim() -> None:
    assert rows(linted("- Conv2d: {out_channels: 4, kernel_size: 3, stride: 2}")) == []


@pytest.mark.parametrize(
    ("value", "status"),
    [("2", "differs"), ("1", "agrees"), ("{documented: 2, wrong: it moves by one}", "known wrong")],
)
def test_a_claim_on_an_argument_that_is_left_out_is_held_to_its_default(value: str, status: Status) -> None:
    value = value if "{" in value else f"{{documented: {value}}}"
    checks = verified(f"- Conv2d: {{out_channels: 4, kernel_size: 3, stride: {value}}}")
    assert rows(checks)[0] == Row("0", "stride", 2 if "2" in value else 1, 1, None, status, 3)


WITHOUT = [
    # layer, argument, value, what PyTorch has, status, why
    ("MaxPool2d: {kernel_size: 3", "stride", 2, 3, "differs", "no stride is the kernel's size"),
    ("MaxPool2d: {kernel_size: 3", "stride", 3, 3, "agrees", "which the document may say"),
    ("MaxPool2d: {kernel_size: [3, 3]", "stride", 3, [3, 3], "agrees", "one number stands for every side"),
    ("MaxPool2d: {kernel_size: [3, 2]", "stride", 3, [3, 2], "differs", "and not for two that differ"),
    ("AvgPool2d: {kernel_size: 3", "divisor_override", 2, "None", "differs", "none is no number"),
    ("LPPool2d: {norm_type: 2, kernel_size: 3", "stride", 2, 3, "differs", "another pooling"),
    ("Conv2d: {out_channels: 4, kernel_size: 3", "bias", 1, True, "differs", "true is no number"),
    ("Conv2d: {out_channels: 4, kernel_size: 3", "stride", 1, 1, "agrees", "a number is"),
]


@pytest.mark.parametrize(("layer", "argument", "value", "default", "status", "why"), WITHOUT)
@pytest.mark.parametrize("check_all", [linted, verified])
def test_what_a_default_comes_to(
    check_all: Any, layer: str, argument: str, value: int, default: Plain, status: Status, why: str
) -> None:
    check = one(check_all(f"- {layer}, {argument}: {{documented: {value}}}}}"), argument)
    assert (check.documented, check.inferred, check.status) == (value, default, status), why
    assert check.inferred is default or not isinstance(default, bool)


@pytest.mark.parametrize(("value", "status"), [(8, "agrees"), (4, "differs")])
def test_no_kdim_is_embed_dim(value: int, status: Status) -> None:
    layer = f"- MultiheadAttention: {{num_heads: 2, kdim: {{documented: {value}}}}}"
    check = one(linted(layer, shape="[5, 8]"), "kdim")
    assert (check.inferred, check.status) == (8, status)


def test_a_default_that_nothing_tells_is_said_to_be_unchecked() -> None:
    check = one(linted("- Softmax: {dim: {documented: 1}}"), "dim")
    assert (check.status, check.hint) == ("unchecked", "dim is left out: nothing tells what it comes to")


def repeated(layers: int) -> Spec:
    return spec_of(f"- {{block: unit, repeat: {layers // 2}}}", shape="[8]",
                   more="blocks: {unit: {layers: [{Linear: {out_features: 8}}, ReLU]}}\n")  # fmt: skip


def seconds(layers: int) -> float:
    """Return the processor's time for a lint, without the garbage collector, whose work comes in a few large steps."""
    gc.disable()
    try:
        start = time.process_time()
        spec = repeated(layers)
        assert len(make_checks(spec, infer(spec), None)) == 0
        return time.process_time() - start
    finally:
        gc.enable()


def test_the_time_of_a_lint_grows_with_its_layers_and_no_faster() -> None:
    """Twice the layers take twice the time; four times if it grew with the square, in every pair, quiet or not."""
    pairs = [(seconds(10_000), seconds(20_000)) for _ in range(3)]
    assert min(whole for _, whole in pairs) < 5
    assert min(whole / half for half, whole in pairs) < 3


@pytest.mark.parametrize(
    "path", ["", "body", "body.inner", "body.join", "body.join.left", "body.join.left.0"]
)
def test_the_leaves_inside(path: str) -> None:
    """`body.join.left.0` is in everything above it, and `body.j` would be in nothing."""
    spec = spec_of(NESTED)
    columns = Columns(spec, infer(spec), None)
    inside = [leaf for leaf, _ in spec.leaves() if f"{leaf}.".startswith(f"{path}." if path else "")]
    assert [layer.path for layer in columns.inside(path)] == inside
    assert inside
    assert columns.inside(f"{path}x") == ()


def test_a_run_tells_what_no_rule_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a layer without a rule the run alone decides: what is stated of the input too."""
    kinds = {name: kind for name, kind in RULES.items() if name != "ReLU"}
    monkeypatch.setattr(leaf_module, "RULES", kinds)
    layers = """
- ReLU:
  output: [3, 8, 8]
- Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}
  output: [4, 5, 5]
  params: 112
"""
    assert rows(verified(layers)) == [
        Row("0", "output", IMAGE, None, IMAGE, "agrees", 4),
        Row("1", "in_channels", 3, None, 3, "agrees", 5),
        Row("1", "output", [4, 5, 5], None, SMALL, "differs", 6),
        Row("1", "params", 112, None, 112, "agrees", 7),
        Row("", "params", None, None, 112, "unchecked", 1),
    ]
    assert [row.status for row in rows(linted(layers))] == ["unchecked"] * 4


# What is not reached

STOPS = """
- ReLU:
  output: [3, 8, 8]
- MaxPool2d: {kernel_size: 9}
  input: [3, 8, 8]
  output: {documented: [3, 1, 1], wrong: it is too small}
  params: 0
  macs: 0
- Conv2d: {in_channels: {documented: 3}, out_channels: 4, kernel_size: 1}
  input: {documented: [1, 1, 1], wrong: a slip}
  output: [4, 1, 1]
  params: 16
  macs: 12
  flops: 28
- ReLU
"""


@pytest.mark.parametrize("check_all", [linted, verified])
def test_what_is_not_reached_is_never_ok(check_all: Any) -> None:
    checks = [check for check in check_all(STOPS) if check.claimed]
    assert [(check.layer, check.quantity, check.status) for check in checks] == [
        ("0", "output", "agrees"),
        ("1", "input", "agrees"),
        ("1", "output", "differs"),
        ("1", "params", "not reached"),
        ("1", "macs", "not reached"),
        *(("2", quantity, "not reached")
          for quantity in ("input", "in_channels", "output", "params", "macs", "flops")),
    ]  # fmt: skip
    words = "kernel 9 is more than the padded side 8 (8 + 2*0)"
    assert checks[2].hint == f"MaxPool2d(kernel_size=9) fails on 3x8x8: {words}"
    assert not ok(tuple(checks[3:]))


def test_the_run_decides_what_is_reached_and_not_the_rules() -> None:
    """The rules go on after a wrong in_channels; what they say of later layers is no pass."""
    layers = """
- Conv2d: {in_channels: 5, out_channels: 4, kernel_size: 3}
- Conv2d: {in_channels: 4, out_channels: 4, kernel_size: 3}
  output: [4, 4, 4]
  params: 148
  macs: 2304
"""
    later = [row for row in rows(verified(layers)) if row.layer == "1"]
    assert [(row.quantity, row.seen, row.status) for row in later] == [
        ("in_channels", None, "not reached"),
        ("output", None, "not reached"),
        ("params", None, "not reached"),
        ("macs", None, "not reached"),
    ]
    assert {row.status for row in rows(linted(layers)) if row.layer == "1"} == {"agrees"}


def test_a_layer_that_fails_is_told_where_the_document_is_silent() -> None:
    for checks in (linted("- MaxPool2d: {kernel_size: 9}\n- ReLU"),
                   verified("- MaxPool2d: {kernel_size: 9}\n- ReLU")):  # fmt: skip
        row = next(check for check in checks if check.layer == "0")
        assert (row.quantity, row.documented, row.status, row.line) == ("output", None, "differs", 3)
        assert not ok(checks)
        assert all(check.layer != "1" for check in checks), "and nothing is said of what comes after it"


BATCHED = [
    ("[1, 3, 8, 8]", "; 'input:' is one sample: without its first axis, [3, 8, 8], it runs", "a batch of 1"),
    (
        "[32, 3, 8, 8]",
        "; 'input:' is one sample: without its first axis, [3, 8, 8], it runs",
        "a batch of 32",
    ),
    ("[1, 5, 3, 8, 8]", "", "it would not run either"),
    ("[5]", "", "no batch axis"),
]


@pytest.mark.parametrize(("shape", "more", "why"), BATCHED)
def test_a_batch_axis_in_the_input_is_said(shape: str, more: str, why: str) -> None:
    spec = spec_of("- ReLU\n- Conv2d: {out_channels: 4, kernel_size: 3}", shape=shape)
    (check,) = [check for check in make_checks(spec, infer(spec), None) if check.status == "differs"]
    given = [1, *json.loads(shape)]
    assert check.hint is not None
    assert check.hint.endswith(f"given {len(given)} axes {given}{more}"), why


def test_a_layer_that_could_not_be_built_fails_with_the_rules_words() -> None:
    layers = "- Flatten\n- Conv2d: {out_channels: 4, kernel_size: 3}"
    words = (
        "Conv2d(out_channels=4, kernel_size=3) fails on 192: "
        "needs an input (N, C, H, W) or (C, H, W), given 2 axes [1, 192]"
    )
    assert one(linted(layers), "output", "1").hint == words
    assert one(verified(layers), "output", "1").hint == words


def test_what_the_rules_work_out_for_another_network_is_not_held_against_pytorch() -> None:
    """Built with 5 channels, worked out for 3: neither opinion is wrong."""
    checks = verified("- Conv2d: {in_channels: 5, out_channels: 4, kernel_size: 3}")
    assert rows(checks)[-1] == Row("", "params", None, None, 4 * 5 * 9 + 4, "unchecked", 1)
    assert all(check.hint != TWO_OPINIONS for check in checks)


# Bodies and branches

NESTED = """
body:
  inner:
    - Conv2d: {out_channels: 4, kernel_size: 3}
      output: [4, 6, 6]
  join:
    add:
      left: [{Conv2d: {out_channels: 4, kernel_size: 1}}, ReLU]
      right: []
    input: [4, 6, 6]
    output: [4, 6, 6]
    params: 20
    macs: 576
    flops: 1584
"""


@pytest.mark.parametrize("check_all", [linted, verified])
def test_claims_on_a_join_are_on_all_that_is_in_it(check_all: Any) -> None:
    """1x1 at 36 places is 36*4*4 MACs and 144 biases; a ReLU is 144 flops more, and the sum another 144."""
    checks = [check for check in check_all(NESTED) if check.claimed and check.layer == "body.join"]
    assert [(check.quantity, check.status, check.inferred) for check in checks] == [
        ("input", "agrees", SMALL),
        ("output", "agrees", SMALL),
        ("params", "agrees", 4 * 4 + 4),
        ("macs", "agrees", 36 * 4 * 4),
        ("flops", "agrees", 2 * 576 + 144 + 144 + 144),
    ]
    assert {check.type for check in checks} == {"add"}
    assert {check.seen for check in checks if check.quantity == "params"} <= {None, 20}, "and not 40"


BLOCK = "blocks: {unit: {layers: [{Conv2d: {out_channels: 4, kernel_size: 3}}, ReLU]}}\n"


@pytest.mark.parametrize("check_all", [linted, verified])
@pytest.mark.parametrize("way", ["- {body}", "unit: {body}", "{body}"])
def test_claims_on_a_block_are_on_its_whole_body(check_all: Any, way: str) -> None:
    body = "{block: unit, input: [1, 8, 8], output: [4, 6, 6], params: 112, macs: 3888}"
    checks = [check for check in check_all(way.format(body=body), more=BLOCK) if check.claimed]
    assert [(check.quantity, check.inferred, check.status, check.type) for check in checks] == [
        ("input", IMAGE, "differs", ""),
        ("output", SMALL, "agrees", ""),
        ("params", 112, "agrees", ""),
        ("macs", 3888, "agrees", ""),
    ]
    if check_all is verified:
        assert [check.seen for check in checks] == [IMAGE, SMALL, 112, None]


@pytest.mark.parametrize("check_all", [linted, verified])
def test_a_body_that_stops_inside_is_not_reached(check_all: Any) -> None:
    block = "blocks: {unit: {layers: [ReLU, {MaxPool2d: {kernel_size: 9}}, ReLU]}}\n"
    layers = "- {block: unit, input: [3, 8, 8], output: [3, 1, 1], params: 0, macs: 0}"
    checks = [check for check in check_all(layers, more=block) if check.claimed]
    assert [(check.quantity, check.status) for check in checks] == [
        ("input", "agrees"),
        ("output", "not reached"),
        ("params", "not reached"),
        ("macs", "not reached"),
    ]


@pytest.mark.parametrize("check_all", [linted, verified])
def test_a_join_fails_on_what_it_joins(check_all: Any) -> None:
    layers = "- concat: [[], [{Conv2d: {out_channels: 4, kernel_size: 3}}]]\n  output: [7, 8, 8]"
    check = one(check_all(layers), "output")
    assert (check.status, check.hint) == (
        "differs",
        "concat fails on 3x8x8 and 4x6x6: shapes [1, 3, 8, 8] and [1, 4, 6, 6] differ outside of dim 1",
    )


# Two opinions: a run that is made up, to say something else than the rules


def seen_as_inferred(inference: Inference) -> Seen:
    """Return a run that showed exactly what the rules say."""
    layers = tuple(
        SeenLayer(layer.path, tuple(filter(None, layer.inputs)), layer.effect.outputs, layer.effect.params)
        for layer in inference.layers
        if layer.effect is not None
    )
    outputs = {path: shape for path, shape in inference.outputs.items() if shape is not None}
    return Seen("cpu", Trace("cpu", layers, outputs, inference.output), params=inference.params)


def with_layer(seen: Seen, path: str, **changes: Any) -> Seen:
    layers = tuple(replace(layer, **changes) if layer.path == path else layer for layer in seen.trace.layers)
    return replace(seen, trace=replace(seen.trace, layers=layers))


def with_output(seen: Seen, path: str, shape: tuple[int, ...] | None) -> Seen:
    outputs = {name: old for name, old in seen.trace.outputs.items() if name != path}
    outputs |= {} if shape is None else {path: shape}
    return replace(seen, trace=replace(seen.trace, outputs=outputs))


def disagreeing(layers: str, change: Any) -> tuple[Check, ...]:
    spec = spec_of(layers)
    inference = infer(spec)
    return make_checks(spec, inference, change(seen_as_inferred(inference)))


def test_a_made_up_run_that_agrees_is_ok() -> None:
    assert ok(disagreeing(EVERYTHING, lambda seen: seen))


CONV = "- Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}"
DISAGREEMENTS = [
    # quantity, how the run differs, a claim that is true of the rules, of the run, of neither
    ("output", lambda seen: with_output(seen, "0", (1, 4, 7, 7)), "[4, 6, 6]", "[4, 7, 7]", "[4, 8, 8]"),
    ("output", lambda seen: with_output(seen, "0", (1, 4, 6)), "[4, 6, 6]", "[4, 6]", "[4, 8, 8]"),
    ("params", lambda seen: with_layer(seen, "0", params=108), "112", "108", "5"),
    ("params", lambda seen: with_layer(seen, "0", params=0), "112", "0", "5"),
    ("input", lambda seen: with_layer(seen, "0", inputs=((1, 2, 8, 8),)), "[3, 8, 8]", "[2, 8, 8]", "[8, 8]"),
]


@pytest.mark.parametrize(("quantity", "change", "rules", "run", "neither"), DISAGREEMENTS)
def test_our_own_opinions_disagreeing_is_never_a_pass(
    quantity: str, change: Any, rules: str, run: str, neither: str
) -> None:
    for value in (rules, run, neither):
        for written in (value, f"{{documented: {value}, wrong: a slip}}"):
            checks = disagreeing(f"{CONV}\n  {quantity}: {written}", change)
            check = one(checks, quantity)
            assert (check.status, check.hint) == ("differs", TWO_OPINIONS), written
            assert not ok(checks)


@pytest.mark.parametrize(("quantity", "change"), [row[:2] for row in DISAGREEMENTS if row[0] != "input"])
def test_nor_is_it_where_the_document_is_silent(quantity: str, change: Any) -> None:
    checks = disagreeing(CONV, change)
    check = one(checks, quantity)
    assert (check.documented, check.status, check.hint) == (None, "differs", TWO_OPINIONS)
    assert not ok(checks)


def test_parameters_that_only_the_run_has_are_told() -> None:
    checks = disagreeing("- ReLU", lambda seen: with_layer(seen, "0", params=5))
    check = one(checks, "params")
    assert (check.inferred, check.seen, check.status, check.hint) == (0, 5, "differs", TWO_OPINIONS)


def test_a_number_of_channels_that_only_the_run_saw_is_no_pass() -> None:
    checks = disagreeing(CONV, lambda seen: with_layer(seen, "0", inputs=((1, 2, 8, 8),)))
    check = one(checks, "in_channels")
    assert (check.inferred, check.seen, check.status, check.hint) == (3, 2, "differs", TWO_OPINIONS)


def test_a_layer_that_never_ran_in_a_run_that_did_not_stop_is_told() -> None:
    checks = disagreeing("- ReLU\n- Tanh", lambda seen: with_output(seen, "0", None))
    assert [(row.layer, row.status) for row in rows(checks)][:2] == [("0", "unchecked"), ("1", "agrees")]


def test_letters_bind_in_each_opinion_by_itself() -> None:
    """The run saw another first shape; the second claim is judged by what each opinion saw before."""
    layers = "- ReLU:\n  output: [C, H, H]\n- Tanh:\n  output: [C, H, H]"
    checks = disagreeing(layers, lambda seen: with_output(seen, "0", (1, 3, 7, 7)))
    assert [(check.layer, check.status) for check in checks if check.claimed] == [
        ("0", "differs"),
        ("1", "differs"),
    ], "the second is true of the rules' H and not of the run's"


def test_a_run_that_stopped_between_layers_is_told() -> None:
    """No leaf failed, so no leaf's row says so."""

    def stopped(seen: Seen) -> Seen:
        trace = Trace("cpu", (), {}, None, Failure("", "no home for this tensor", ((1, 3, 8, 8),)))
        return replace(seen, trace=trace)

    checks = disagreeing("- ReLU\n- Tanh", stopped)
    assert not ok(checks)
    check = one(checks, "output", "")
    assert (check.status, check.documented, check.inferred, check.seen) == ("differs", None, IMAGE, None)
    assert check.hint == "the network fails on 3x8x8: no home for this tensor"


# What becomes of the batch axis

LOST = [
    ("[{mean: {dim: 0}, output: [4, 8]}]", "the batch axis is gone: it gives 4x8 whatever the batch", "a mean over it"),
    ("[{reshape: {shape: [32]}, output: [32]}]", "it works for a batch of 1 only", "a reshape of all there is"),
    ("[{reshape: {shape: [-1, 16]}, output: [N, 16]}]",
     "samples are mixed: a batch of 1 gives 2x16, 2 gives 4x16", "half a sample a row"),
    ("[{permute: {dims: [1, 0, 2]}, output: [4, 1, 8]}]", None, "the batch comes second, as in seq-first code"),
    ("[{reshape: {shape: [-1, 32]}, output: [N, 32]}]", None, "a whole sample a row"),
    ("[{flatten: {start_dim: 1}, output: [32]}]", None, "a sample's shape"),
]  # fmt: skip


@pytest.mark.parametrize("check_all", [linted, verified])
@pytest.mark.parametrize(("layers", "hint", "why"), LOST)
def test_a_claim_does_not_hold_of_a_shape_without_its_batch(
    check_all: Any, layers: str, hint: str | None, why: str
) -> None:
    (check,) = [found for found in check_all(f"- {layers}", shape="[4, 8]") if found.claimed]
    assert (check.status, check.hint) == ("agrees" if hint is None else "differs", hint), why
