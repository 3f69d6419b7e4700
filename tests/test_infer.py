"""What the rules say of whole networks: worked by hand, and held against PyTorch on random networks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from archcheck import leaf as module
from archcheck.errors import SpecError
from archcheck.infer import Inference, infer, total
from archcheck.leaf import InferredLayer, complete
from archcheck.results import Shape
from archcheck.rules import RULES
from archcheck.spec.layers import Layer, Spec
from archcheck.spec.load import loads_spec


def spec_of(layers: str, *, shape: str = "[3, 8, 8]", more: str = "") -> Spec:
    """Return a spec; `layers` are lines of YAML, which start in line 3 and are indented by two."""
    body = "\n".join(f"  {line}" for line in layers.strip().splitlines())
    return loads_spec(f"input: {shape}\nlayers:\n{body}\n{more}", "t.yaml")


def inferred(layers: str, *, shape: str = "[3, 8, 8]", strict: bool = False) -> Inference:
    return infer(spec_of(layers, shape=shape), strict=strict)


def only(inference: Inference, path: str) -> InferredLayer:
    (layer,) = [layer for layer in inference.layers if layer.path == path]
    return layer


def problem(inference: Inference) -> tuple[str, str | None]:
    assert inference.problem is not None, "nothing refuses its input"
    return inference.problem.path, inference.problem.problem


CONV = "- Conv2d: {out_channels: 4, kernel_size: 3}"
"""On 3x8x8: 4 filters of 3*3*3 and a bias each, at 6*6 places."""


@pytest.mark.parametrize(
    "conv", [CONV, "- Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}"], ids=["left out", "stated"]
)
def test_in_channels_left_out_or_stated_is_the_same_layer(conv: str) -> None:
    inference = inferred(conv)
    layer = only(inference, "0")
    assert layer.inputs == ((1, 3, 8, 8),)
    assert layer.filled == {"in_channels": 3}
    assert list(layer.args.items()) == [("in_channels", 3), ("out_channels", 4), ("kernel_size", 3)]
    assert layer.effect is not None
    assert layer.effect.outputs == ((1, 4, 6, 6),)
    assert inference.params == 4 * 3 * 3 * 3 + 4
    assert inference.macs == 6 * 6 * 4 * 27
    assert inference.flops == 2 * 6 * 6 * 4 * 27 + 6 * 6 * 4
    assert (inference.output, inference.problem) == ((1, 4, 6, 6), None)


WRONG = "- Conv2d: {in_channels: 5, out_channels: 4, kernel_size: 3}\n" + CONV


def test_a_wrong_in_channels_goes_on_so_that_it_hides_no_other_mistake() -> None:
    inference = inferred(WRONG)
    first = only(inference, "0")
    assert (first.filled, first.args["in_channels"]) == ({"in_channels": 3}, 5)
    assert first.restated
    assert inference.problem is None
    assert inference.output == (1, 4, 4, 4)
    assert inference.macs == 36 * 4 * 27 + 16 * 4 * 36, "as it would be with 3 channels"


def test_what_a_layer_with_a_wrong_in_channels_holds_is_not_known() -> None:
    """The network is built with 5 channels; a count for 3 would be the count of another network."""
    inference = inferred(WRONG)
    assert only(inference, "0").params is None
    assert only(inference, "1").params == 4 * 4 * 9 + 4
    assert inference.params is None


def test_strict_refuses_a_wrong_in_channels_as_the_built_network_does() -> None:
    inference = inferred(WRONG, strict=True)
    assert problem(inference) == ("0", "expects 5 channels (in_channels), given 3")
    assert not only(inference, "1").reached
    assert inference.output is None


REFUSED_ANYWAY = [
    (
        "- Conv2d: {in_channels: 10, out_channels: 10, kernel_size: 3, groups: 10}",
        "expects 10 channels (in_channels), given 3",
        "right by itself, but 10 groups do not go with the 3 channels that it is given",
    ),
    (
        "- Conv2d: {in_channels: 5, out_channels: 4, kernel_size: 9}",
        "kernel 9 is more than the padded side 8 (8 + 2*0)",
        "with the right channels it would not run either",
    ),
    (
        "- MultiheadAttention: {embed_dim: 12, num_heads: 3, batch_first: true}",
        "expects 12 features of query (embed_dim), given 8",
        "3 heads divide 12, and not the 8 that it is given",
    ),
]


@pytest.mark.parametrize(("layer", "words", "why"), REFUSED_ANYWAY)
def test_a_wrong_in_channels_can_be_refused_for_good(layer: str, words: str, why: str) -> None:
    shape = "[5, 8]" if "Attention" in layer else "[3, 8, 8]"
    inference = inferred(layer + "\n- ReLU", shape=shape)
    assert problem(inference) == ("0", words), why
    assert not only(inference, "1").reached


FILLS = [
    # layer, shape of a sample, the argument and its value       why
    (
        "Conv2d: {out_channels: 4, kernel_size: 3}",
        "[3, 8, 9]",
        "in_channels",
        3,
        "the first axis of an image",
    ),
    ("Conv1d: {out_channels: 4, kernel_size: 3}", "[3, 9]", "in_channels", 3, "of a signal"),
    ("ConvTranspose3d: {out_channels: 4, kernel_size: 3}", "[2, 3, 4, 5]", "in_channels", 2, "of a volume"),
    ("Linear: {out_features: 4}", "[3, 8, 9]", "in_features", 9, "the last axis, whatever stands before"),
    ("BatchNorm2d", "[3, 8, 9]", "num_features", 3, "channels"),
    ("GroupNorm: {num_groups: 3}", "[6, 8, 9]", "num_channels", 6, "channels"),
    ("LSTM: {hidden_size: 4, batch_first: true}", "[5, 7]", "input_size", 7, "the last axis of a sequence"),
    ("MultiheadAttention: {num_heads: 2, batch_first: true}", "[5, 8]", "embed_dim", 8, "the last axis"),
    ("TransformerEncoderLayer: {nhead: 2, batch_first: true}", "[5, 8]", "d_model", 8, "the last axis"),
]


@pytest.mark.parametrize(("layer", "shape", "argument", "value", "why"), FILLS)
def test_the_input_decides(layer: str, shape: str, argument: str, value: int, why: str) -> None:
    found = only(inferred(f"- {layer}", shape=shape), "0")
    assert found.filled == {argument: value}, why
    assert found.args[argument] == value
    assert found.effect is not None
    built = getattr(nn, found.kind)(**found.args)
    assert found.params == sum(parameter.numel() for parameter in built.parameters())


SPEC_ERRORS = [
    (
        "- ReLU\n- Conv2d: {kernel_size: 3}",
        "t.yaml:4:5: layer '1': Conv2d needs out_channels",
        "no input tells it",
    ),
    (
        "- Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3, groups: 2}",
        "t.yaml:3:63: layer '0': Conv2d: groups: 2 does not divide in_channels 3",
        "the argument's own place",
    ),
    (
        "- MaxPool2d: {padding: 2, kernel_size: 3}",
        "t.yaml:3:17: layer '0': MaxPool2d: padding: 2 is more than half of kernel_size 3",
        "the argument's own place, not the other's",
    ),
    (
        "- Upsample",
        "t.yaml:3:5: layer '0': Upsample: size: needs either size or scale_factor",
        "an argument that is left out: the layer's place",
    ),
    (
        "features:\n  - ReLU\n  - Dropout: {p: 1.5}",
        "t.yaml:5:17: layer 'features.1': Dropout: p: 1.5 is not between 0 and 1",
        "inside a body",
    ),
]


@pytest.mark.parametrize(("layers", "words", "why"), SPEC_ERRORS)
def test_an_argument_that_no_input_makes_valid_is_an_error_of_the_spec(
    layers: str, words: str, why: str
) -> None:
    with pytest.raises(SpecError) as error:
        inferred(layers)
    assert str(error.value) == words, why


def test_an_invalid_argument_is_found_although_in_channels_is_wrong_too() -> None:
    with pytest.raises(SpecError, match=r"t\.yaml:3:63: .*groups: 2 does not divide in_channels 3"):
        inferred("- Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3, groups: 2}", shape="[8, 8, 8]")


REFUSALS = [
    # layers, where, what it says, why
    (f"{CONV}\n- Conv2d: {{out_channels: 1, kernel_size: 7}}\n- ReLU", "1",
     "kernel 7 is more than the padded side 6 (6 + 2*0)", "a window larger than the image"),
    (f"- Flatten\n{CONV}\n- ReLU", "1",
     "needs an input (N, C, H, W) or (C, H, W), given 2 axes [1, 192]", "nothing to take in_channels from"),
    ("- Flatten\n- Conv2d: {in_channels: 3, out_channels: 1, kernel_size: 1}\n- ReLU", "1",
     "needs an input (N, C, H, W) or (C, H, W), given 2 axes [1, 192]", "in_channels stated, and no image"),
    ("- reshape: {shape: [192]}\n- BatchNorm2d\n- ReLU", "1",
     "needs an input with an axis 1, given 1 axes [192]", "not even the axis of the channels"),
    ("- reshape: {shape: [-1, 7]}\n- ReLU\n- ReLU", "0",
     "192 elements do not make [-1, 7] (shape)", "a function"),
    ("- add: [[], [{Conv2d: {out_channels: 3, kernel_size: 3}}]]\n- ReLU", "0",
     "shapes [1, 3, 8, 8] and [1, 3, 6, 6] do not broadcast", "branches that cannot be added"),
    (f"- concat: [[], [{CONV[2:]}]]\n- ReLU".replace("[Conv2d: {", "[{Conv2d: {").replace("3}]", "3}}]"), "0",
     "shapes [1, 3, 8, 8] and [1, 4, 6, 6] differ outside of dim 1", "branches that cannot be joined"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "path", "words", "why"), REFUSALS)
def test_after_a_refusal_nothing_is_reached(layers: str, path: str, words: str, why: str) -> None:
    inference = inferred(layers)
    assert problem(inference) == (path, words), why
    paths = [layer.path for layer in inference.layers]
    later = inference.layers[paths.index(path) + 1 :]
    assert later
    for layer in later:
        assert (layer.reached, layer.inputs, layer.effect, layer.problem) == (False, (), None, None)
        assert inference.outputs[layer.path] is None
        assert inference.inputs[layer.path] is None
    assert inference.outputs[path] is None
    assert (inference.output, inference.params, inference.macs, inference.flops) == (None, None, None, None)


def test_what_cannot_be_worked_out_after_a_refusal_cannot_be_built() -> None:
    inference = inferred("- MaxPool2d: {kernel_size: 9}\n- Flatten\n- Linear: {out_features: 5}\n- ReLU")
    assert [layer.unbuildable for layer in inference.layers] == [None, None, "in_features", None]
    assert only(inference, "2").args == {"out_features": 5}


def test_what_is_stated_can_be_built_after_a_refusal() -> None:
    inference = inferred("- MaxPool2d: {kernel_size: 9}\n- Linear: {in_features: 8, out_features: 5}")
    assert [layer.unbuildable for layer in inference.layers] == [None, None]


@pytest.fixture
def no_rule_for_relu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of `torch.nn` that a spec can name has a rule; take one away."""
    monkeypatch.setattr(module, "RULES", {name: kind for name, kind in RULES.items() if name != "ReLU"})


@pytest.mark.usefixtures("no_rule_for_relu")
def test_a_kind_without_a_rule_is_unknown_and_never_a_guess() -> None:
    inference = inferred(
        f"{CONV}\n- ReLU\n- ReLU\n- Conv2d: {{in_channels: 4, out_channels: 2, kernel_size: 1}}"
    )
    effects = [layer.effect is not None for layer in inference.layers]
    assert effects == [True, False, False, False], "a ReLU gives what it is given, but no rule says so"
    assert all(layer.reached and layer.problem is None for layer in inference.layers)
    assert only(inference, "1").inputs == ((1, 4, 6, 6),)
    assert only(inference, "2").inputs == (None,)
    assert [inference.outputs[path] for path in "0123"] == [(1, 4, 6, 6), None, None, None]
    assert (inference.output, inference.problem) == (None, None)
    assert (inference.params, inference.macs, inference.flops) == (None, None, None)


@pytest.mark.usefixtures("no_rule_for_relu")
def test_what_an_unknown_shape_decides_must_be_stated() -> None:
    with pytest.raises(SpecError) as error:
        inferred(f"- ReLU\n{CONV}")
    assert str(error.value) == (
        "t.yaml:4:5: layer '1': in_channels cannot be worked out, because no rule tells what comes before; "
        "state it"
    )


@pytest.mark.usefixtures("no_rule_for_relu")
def test_a_join_with_an_unknown_branch_is_unknown() -> None:
    inference = inferred("- add: [[], [ReLU]]\n- Flatten")
    assert only(inference, "0").inputs == ((1, 3, 8, 8), None)
    assert only(inference, "0").effect is None
    assert (only(inference, "1").reached, inference.output) == (True, None)


@pytest.mark.usefixtures("no_rule_for_relu")
def test_an_unknown_shape_does_not_hide_a_wrong_number_of_inputs() -> None:
    inference = inferred("- ReLU\n- CosineSimilarity")
    assert problem(inference) == ("1", "takes 2 inputs, given 1")


BRANCHES = """
stem: {Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}
middle:
  - add:
      main: [{Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}, ReLU]
      shortcut: []
  - concat:
      left: {Conv2d: {out_channels: 5, kernel_size: 1}}
      right: {MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}}
head: [Flatten, {Linear: {out_features: 10}}]
"""


def test_bodies_and_branches() -> None:
    inference = inferred(BRANCHES)
    assert [layer.path for layer in inference.layers] == [
        "stem", "middle.0.main.0", "middle.0.main.1", "middle.0",
        "middle.1.left.0", "middle.1.right.0", "middle.1", "head.0", "head.1",
    ], "a join runs after its branches"  # fmt: skip
    image = (1, 8, 8, 8)
    assert inference.outputs == {
        "stem": image,
        "middle.0.main.0": image, "middle.0.main.1": image, "middle.0.main": image,
        "middle.0.shortcut": image, "middle.0": image,
        "middle.1.left.0": (1, 5, 8, 8), "middle.1.left": (1, 5, 8, 8),
        "middle.1.right.0": image, "middle.1.right": image,
        "middle.1": (1, 13, 8, 8), "middle": (1, 13, 8, 8),
        "head.0": (1, 832), "head.1": (1, 10), "head": (1, 10),
    }  # fmt: skip
    assert inference.inputs["stem"] == (1, 3, 8, 8)
    assert inference.inputs["middle"] == inference.inputs["middle.0"] == inference.inputs["middle.1"] == image
    assert inference.inputs["head"] == (1, 13, 8, 8)
    assert only(inference, "middle.1").inputs == ((1, 5, 8, 8), image), "a join's tensors are what it joins"
    assert inference.params == (3 * 8 * 9 + 8) + (8 * 8 * 9 + 8) + (8 * 5 + 5) + (832 * 10 + 10)
    assert inference.macs == 64 * (3 * 8 * 9) + 64 * (8 * 8 * 9) + 64 * 8 * 5 + 832 * 10
    assert only(inference, "middle.0").effect is not None
    assert inference.output == (1, 10)


def test_a_branch_that_refuses_stops_the_branches_after_it() -> None:
    inference = inferred("- add: [[ReLU], [{MaxPool2d: {kernel_size: 9}}], [Tanh]]\n- Flatten")
    assert problem(inference)[0] == "0.1.0"
    assert {layer.path: layer.reached for layer in inference.layers} == {
        "0.0.0": True,
        "0.1.0": True,
        "0.2.0": False,
        "0": False,
        "1": False,
    }


JOINS = [
    ("add: [[], {mean: {dim: [2, 3], keepdim: true}}]", (1, 3, 8, 8), "a broadcast"),
    ("add: [{mean: {dim: [2, 3], keepdim: true}}, []]", (1, 3, 8, 8), "the other way round"),
    ("add: [[], [], []]", (1, 3, 8, 8), "more than two"),
    ("concat: [[], [], []]", (1, 9, 8, 8), "channels add up"),
    ("{concat: [[], []], dim: 3}", (1, 3, 8, 16), "another axis"),
    ("{concat: [[], []], dim: -2}", (1, 3, 16, 8), "counted from the end"),
    ("{concat: [[], []], dim: 0}", (2, 3, 8, 8), "even that of the batch"),
]


@pytest.mark.parametrize(("join", "output", "why"), JOINS)
def test_joins(join: str, output: Shape, why: str) -> None:
    assert inferred(f"- {join}").output == output, why


def test_a_join_along_no_axis_is_refused() -> None:
    assert problem(inferred("- {concat: [[], []], dim: 4}")) == (
        "0",
        "dim 4 is no axis of the input [1, 3, 8, 8]",
    )


def test_an_empty_body_is_the_identity() -> None:
    inference = inferred("a: []\nb: {c: []}")
    assert (inference.layers, inference.output) == ((), (1, 3, 8, 8))
    assert inference.outputs == {"a": (1, 3, 8, 8), "b": (1, 3, 8, 8), "b.c": (1, 3, 8, 8)}
    assert (inference.params, inference.macs, inference.flops) == (0, 0, 0)


def test_blocks_are_bodies() -> None:
    more = "blocks: {unit: {params: {width: null}, layers: [{Linear: {out_features: '${width * 2}'}}]}}\n"
    spec = spec_of("- {block: unit, with: {width: 3}}\n- {block: unit, with: {width: 5}, repeat: 2}",
                   shape="[4]", more=more)  # fmt: skip
    inference = infer(spec)
    assert inference.outputs == {
        "0.0": (1, 6), "0": (1, 6), "1.0": (1, 10), "1": (1, 10), "2.0": (1, 10), "2": (1, 10),
    }  # fmt: skip
    assert inference.params == (4 * 6 + 6) + (6 * 10 + 10) + (10 * 10 + 10)


TWO = "{left: [8], right: [8]}"


def test_the_first_layer_takes_all_inputs() -> None:
    inference = inferred("- Bilinear: {in2_features: 8, out_features: 3}\n- ReLU", shape=TWO)
    assert only(inference, "0").inputs == ((1, 8), (1, 8))
    assert only(inference, "0").filled == {"in1_features": 8}
    assert only(inference, "1").inputs == ((1, 3),)
    assert inference.params == 3 * 8 * 8 + 3


def test_a_body_hands_all_inputs_to_its_first_layer() -> None:
    inference = inferred("body: [CosineSimilarity]", shape=TWO)
    assert (inference.output, inference.problem) == ((1,), None)


def test_branches_hand_all_inputs_to_their_first_layers() -> None:
    inference = inferred("- add: [CosineSimilarity, PairwiseDistance]", shape=TWO)
    assert only(inference, "0").inputs == ((1,), (1,))


NUMBERS_OF_INPUTS = [
    ("ReLU", TWO, "takes 1 input, given 2"),
    ("Conv2d: {out_channels: 1, kernel_size: 1}", TWO, "takes 1 input, given 2"),
    ("Bilinear: {in2_features: 8, out_features: 3}", "[8]", "takes 2 inputs, given 1"),
    ("MultiheadAttention: {num_heads: 1}", "{q: [2, 8], k: [2, 8]}", "takes 3 inputs, given 2"),
]


@pytest.mark.parametrize(("layer", "shape", "words"), NUMBERS_OF_INPUTS)
def test_another_number_of_inputs_is_refused(layer: str, shape: str, words: str) -> None:
    assert problem(inferred(f"- {layer}\n- ReLU", shape=shape)) == ("0", words)


def test_self_attention_has_one_tensor_for_query_key_and_value() -> None:
    inference = inferred("- MultiheadAttention: {num_heads: 2, batch_first: true}\n- ReLU", shape="[5, 8]")
    layer = only(inference, "0")
    assert layer.inputs == ((1, 5, 8),) * 3
    assert layer.effect is not None
    assert layer.effect.outputs == ((1, 5, 8), (1, 5, 5)), "and the weights of each token on each"
    assert inference.output == (1, 5, 8), "the first goes on"
    assert inference.params == (3 * 8 * 8 + 3 * 8) + (8 * 8 + 8)


def test_attention_to_other_tokens_takes_three_inputs() -> None:
    layer = "- MultiheadAttention: {num_heads: 2, batch_first: true}"
    inference = inferred(layer, shape="{q: [5, 8], k: [7, 8], v: [7, 8]}")
    assert only(inference, "0").inputs == ((1, 5, 8), (1, 7, 8), (1, 7, 8))
    assert inference.output == (1, 5, 8)


def test_the_first_output_of_an_lstm_goes_on() -> None:
    layers = "- LSTM: {hidden_size: 4, batch_first: true, bidirectional: true}\n- Linear: {out_features: 2}"
    inference = inferred(layers, shape="[5, 7]")
    lstm = only(inference, "0")
    assert lstm.effect is not None
    assert lstm.effect.outputs == ((1, 5, 8), (2, 1, 4), (2, 1, 4)), "the outputs, then the two last states"
    assert only(inference, "1").inputs == ((1, 5, 8),)
    assert inference.output == (1, 5, 2)


def test_a_whole_batch_costs_a_batch_and_weighs_once() -> None:
    spec = spec_of(CONV)
    one, many = infer(spec), infer(spec, ((16, 3, 8, 8),))
    assert many.output == (16, 4, 6, 6)
    assert many.params == one.params == 112
    assert many.macs == 16 * 36 * 4 * 27
    assert infer(spec_of(CONV, more="batch: 16")) == many, "the spec's own batch"


BUILT = [
    ((2, 3, 8, 8), (2, 5), None, "another batch"),
    ((2, 1, 8, 8), None, ("0", "expects 3 channels (in_channels), given 1"), "the layer was built for 3"),
    ((2, 3, 9, 9), None, ("2", "expects 144 features (in_features), given 196"), "for 4*6*6 features"),
]


@pytest.mark.parametrize(("shape", "output", "refusal", "why"), BUILT)
def test_a_built_network_keeps_what_its_first_input_decided(
    shape: Shape, output: Shape | None, refusal: tuple[str, str] | None, why: str
) -> None:
    spec = spec_of(f"{CONV}\n- Flatten\n- Linear: {{out_features: 5}}")
    inference = infer(spec, (shape,), strict=True, built=infer(spec))
    assert inference.output == output, why
    assert (problem(inference) if refusal else inference.problem) == refusal, why
    fresh = infer(spec, (shape,), strict=True)
    assert fresh.output == (2, 5), "a network that is built for this input takes it"


def test_the_further_runs_are_inferred_with_the_specs_own_input() -> None:
    claims = "documented: {runs: [{input: [2, 3, 8, 8]}, {input: [2, 1, 8, 8]}]}"
    spec = spec_of(f"{CONV}\n- Flatten\n- Linear: {{out_features: 5}}", more=claims)
    inference = infer(spec)
    assert [run.output for run in inference.runs] == [(2, 5), None]
    assert problem(inference.runs[1]) == ("0", "expects 3 channels (in_channels), given 1")
    assert infer(spec, ((1, 3, 8, 8),)).runs == (), "another input has none"


def test_what_could_not_be_built_takes_no_other_input() -> None:
    spec = spec_of("- MaxPool2d: {kernel_size: 9}\n- Flatten\n- Linear: {out_features: 5}")
    inference = infer(spec, ((1, 3, 9, 9),), strict=True, built=infer(spec))
    assert problem(inference) == ("2", "in_features is left out, and nothing tells it")


def test_complete_adds_pytorchs_defaults() -> None:
    assert complete("Conv2d", {"out_channels": 4, "stride": 2}) == {
        "in_channels": None, "out_channels": 4, "kernel_size": None, "stride": 2, "padding": 0, "dilation": 1,
        "groups": 1, "bias": True, "padding_mode": "zeros",
    }  # fmt: skip
    assert complete("flatten", {}) == {"start_dim": 1, "end_dim": -1}


@pytest.mark.parametrize(
    ("values", "sum_"), [([], 0), ([1, 2], 3), ([1, None, 2], None), ([None], None), ([0], 0)]
)
def test_unknown_is_not_zero(values: list[int | None], sum_: int | None) -> None:
    assert total(values) == sum_


# Random networks: PyTorch itself runs the same description, layer by layer.

Described = dict[str, Any] | str
SIZES = st.integers(1, 5)
LEAVES: st.SearchStrategy[Described] = st.one_of(
    st.builds(
        lambda out, k, s, p: {"Conv2d": {"out_channels": out, "kernel_size": k, "stride": s, "padding": p}},
        st.integers(1, 4), SIZES, st.integers(1, 3), st.integers(0, 2),
    ),
    st.builds(lambda k, s: {"MaxPool2d": {"kernel_size": k, "stride": s}}, st.integers(1, 3), SIZES),
    st.builds(lambda out: {"Linear": {"out_features": out}}, SIZES),
    st.sampled_from(("ReLU", "Flatten", "BatchNorm2d")),
)  # fmt: skip
NETWORKS = st.recursive(
    st.lists(LEAVES, max_size=4),
    lambda inner: st.lists(
        st.one_of(
            LEAVES,
            st.builds(
                lambda kind, a, b: {kind: [a, b]}, st.sampled_from(("add", "concat")), inner, inner
            ),
        ),
        max_size=4,
    ),
    max_leaves=6,
)  # fmt: skip
REFUSES = (RuntimeError, ValueError, IndexError)


class RefusedAt(Exception):  # noqa: N818 - PyTorch's verdict, not an error of the test
    """Where PyTorch refuses."""


def ran(path: str, body: list[Described], x: torch.Tensor, seen: dict[str, Shape]) -> torch.Tensor:
    """Run a description in PyTorch, noting what every node gives; raise `RefusedAt` where PyTorch refuses."""
    for number, node in enumerate(body):
        name = f"{path}.{number}" if path else str(number)
        kind, args = (node, {}) if isinstance(node, str) else next(iter(node.items()))
        if isinstance(args, list):
            given = []
            for n, branch in enumerate(args):
                given.append(ran(f"{name}.{n}", branch, x, seen))
                seen[f"{name}.{n}"] = tuple(given[n].shape)
        try:
            if isinstance(args, list):
                x = given[0] + given[1] if kind == "add" else torch.cat(given, 1)
            else:
                x = getattr(nn, kind)(**built_args(kind, args, x)).eval()(x)
        except REFUSES:
            raise RefusedAt(name) from None
        seen[name] = tuple(x.shape)
    return x


def built_args(kind: str, args: dict[str, Any], x: torch.Tensor) -> dict[str, Any]:
    fills = {"Conv2d": ("in_channels", 1), "BatchNorm2d": ("num_features", 1), "Linear": ("in_features", -1)}
    if kind not in fills:
        return args
    name, axis = fills[kind]
    return {name: x.shape[axis], **args}


def leaves(body: list[Described]) -> Iterator[Described]:
    for node in body:
        if isinstance(node, dict) and isinstance(next(iter(node.values())), list):
            yield from (leaf for branch in next(iter(node.values())) for leaf in leaves(branch))
        yield node


def test_random_networks_give_what_pytorch_gives() -> None:
    refused: list[bool] = []

    @settings(
        max_examples=90, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(NETWORKS)
    def agrees(body: list[Described]) -> None:
        spec = loads_spec(f"input: [2, 9, 9]\nbatch: 2\nlayers: {json.dumps(body)}", "t.yaml")
        inference, seen, where = infer(spec), dict[str, Shape](), None
        with torch.no_grad():
            try:
                output = tuple(ran("", body, torch.zeros(2, 2, 9, 9), seen).shape)
            except RefusedAt as error:
                output, where = None, str(error)
        assert (inference.problem.path if inference.problem else None) == where
        assert {path: shape for path, shape in inference.outputs.items() if shape is not None} == seen
        assert inference.output == output
        assert len(inference.layers) == len(list(leaves(body)))
        refused.append(where is not None)

    agrees()
    assert min(refused.count(True), refused.count(False)) >= 15, "cases of both sorts"


def test_every_leaf_of_a_spec_is_inferred_in_the_order_it_runs() -> None:
    spec = spec_of(BRANCHES)
    assert [(layer.path, layer.node) for layer in infer(spec).layers] == list(spec.leaves())
    assert any(isinstance(node, Layer) for _, node in spec.leaves())
