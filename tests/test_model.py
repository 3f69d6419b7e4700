"""The compiler: real modules with the names, the printed form and the state-dict keys of the documented code."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

import archcheck
from archcheck import model
from archcheck.errors import SpecError
from archcheck.infer import infer
from archcheck.model import build, compile_spec
from archcheck.parts import SpecBody, placed
from tests.specs import CPU, compiled, spec

META = torch.device("meta")


class Documented(nn.Module):
    """A network as a document's code would have it, written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Linear(8 * 4 * 4, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.flatten(self.features(x), 1)
        out: torch.Tensor = self.classifier(x)
        return out


DOCUMENTED = """
    class_name: Documented
    input: [3, 8, 8]
    layers:
      features:
        - Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}
        - ReLU
        - MaxPool2d: {kernel_size: 2}
      flat: {flatten: {start_dim: 1}}
      classifier:
        - Dropout: {p: 0.5}
        - Linear: {out_features: 10}
"""


def test_printed_model_keys_and_values_are_those_of_the_documented_code() -> None:
    real, ours = Documented().eval(), compiled(DOCUMENTED, initialise=True).model
    assert repr(ours) == repr(real)
    assert list(ours.state_dict()) == list(real.state_dict())
    ours.load_state_dict(real.state_dict(), strict=True)
    x = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(ours(x), real(x))


@pytest.mark.parametrize(
    ("layers", "kind", "why"),
    [
        ("[ReLU, Tanh]", nn.Sequential, "a list of plain modules"),
        ("{act: ReLU, out: Tanh}", nn.Sequential, "a mapping of plain modules"),
        ("[ReLU, [Tanh, ReLU]]", nn.Sequential, "bodies in bodies"),
        ("[ReLU, flatten]", SpecBody, "a function is no child"),
        ("[{LSTM: {hidden_size: 4}}, ReLU]", SpecBody, "an LSTM gives several tensors"),
    ],
)
def test_a_body_of_plain_modules_is_a_sequential(layers: str, kind: type, why: str) -> None:
    assert type(compiled(f"{{input: [3, 4], layers: {layers}}}").model) is kind, why


def test_a_body_of_functions_alone_leaves_no_trace() -> None:
    net = compiled(
        "{input: [3, 4], layers: {a: ReLU, split: [{transpose: {dim0: 1, dim1: 2}}], b: Tanh}}"
    ).model
    assert [name for name, _ in net.named_children()] == ["a", "b"]
    assert net(torch.zeros(5, 3, 4)).shape == (5, 4, 3)


def test_functions_leave_no_trace_but_keep_their_number() -> None:
    net = compiled("{input: [3, 4, 4], layers: [ReLU, flatten, {Linear: {out_features: 2}}]}").model
    assert list(net.state_dict()) == ["2.weight", "2.bias"]
    assert "flatten" not in repr(net)
    assert net(torch.zeros(5, 3, 4, 4)).shape == (5, 2)


def test_an_lstm_passes_its_output_sequence_on() -> None:
    net = compiled(
        "{input: [7, 3], layers: [{LSTM: {hidden_size: 4, batch_first: true}}, {Linear: {out_features: 2}}]}"
    ).model
    assert net(torch.zeros(5, 7, 3)).shape == (5, 7, 2)


def test_self_attention_takes_its_one_input_three_times() -> None:
    net = compiled(
        "{input: [7, 8], layers: [{MultiheadAttention: {num_heads: 2, batch_first: true}}]}", initialise=True
    ).model
    x = torch.rand(5, 7, 8, generator=torch.Generator().manual_seed(0))
    inside = net.get_submodule("0")
    assert torch.equal(net(x), inside(x, x, x)[0])


def test_several_inputs_reach_the_first_layer_in_order() -> None:
    net = compiled(
        "{input: {left: [3], right: [5]}, layers: [{Bilinear: {in1_features: 3, in2_features: 5, out_features: 2}}]}",
        initialise=True,
    ).model
    left, right = torch.ones(4, 3), torch.ones(4, 5)
    assert torch.equal(net(left, right), net.get_submodule("0")(left, right))


@pytest.mark.parametrize(
    ("layers", "wanted", "why"),
    [
        ("{add: [[], [Tanh]]}", lambda x: x + torch.tanh(x), "an empty body is the identity"),
        ("{add: [[ReLU], [Tanh], []]}", lambda x: torch.relu(x) + torch.tanh(x) + x, "three ways"),
        ("{concat: [[ReLU], [Tanh]]}", lambda x: torch.cat([torch.relu(x), torch.tanh(x)], 1), "channels"),
        ("{concat: [[ReLU], []], dim: -1}", lambda x: torch.cat([torch.relu(x), x], -1), "another axis"),
        ("{reshape: {shape: [-1, 12]}}", lambda x: x.reshape(-1, 12), "reshape"),
        ("{permute: {dims: [0, 2, 1]}}", lambda x: x.permute(0, 2, 1), "permute"),
        ("{mean: {dim: [1, 2]}}", lambda x: x.mean((1, 2)), "mean of two axes"),
        ("{mean: {dim: 1, keepdim: true}}", lambda x: x.mean(1, keepdim=True), "mean that keeps its axis"),
        ("{flatten: {start_dim: 1}}", lambda x: x.flatten(1), "flatten"),
        ("flatten", lambda x: x.flatten(1), "flatten keeps the batch axis by default"),
    ],
)
def test_joins_and_functions_compute_what_torch_does(layers: str, wanted: object, why: str) -> None:
    net = compiled(f"{{input: [3, 4], layers: [{layers}]}}").model
    x = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(net(x), wanted(x)), why  # type: ignore[operator]


def test_blocks_repeat_as_children_numbered_on() -> None:
    net = compiled("""
        input: [4]
        blocks: {wide: {params: {width: 8}, layers: {fc: {Linear: {out_features: "${width}"}}, act: ReLU}}}
        layers:
          - {block: wide, with: {width: 5}}
          - {block: wide, repeat: 2}
    """).model
    shapes = {key: tuple(value.shape) for key, value in net.state_dict().items() if key.endswith("weight")}
    assert shapes == {"0.fc.weight": (5, 4), "1.fc.weight": (8, 5), "2.fc.weight": (8, 8)}


INIT = """
    input: [3, 8, 8]
    init:
      Conv2d: {weight: {constant_: {val: 0.25}}, bias: {zeros_: }}
      Linear: {weight: {normal_: {mean: 3, std: 0.01}}, bias: {constant_: {val: 0}}}
    layers:
      - Conv2d: {out_channels: 4, kernel_size: 3, bias: false}
      - flatten
      - Linear: {out_features: 200}
"""


def test_documented_initialisation_is_applied_when_really_built() -> None:
    state = compiled(INIT, initialise=True).model.state_dict()
    assert torch.equal(state["0.weight"], torch.full((4, 3, 3, 3), 0.25))
    weight = state["2.weight"]  # 200 * 144 draws: the mean of 28,800 is within 0.001 of 3 for 16 deviations
    assert abs(weight.mean().item() - 3) < 1e-3
    assert abs(weight.std().item() - 0.01) < 1e-3
    assert torch.equal(state["2.bias"], torch.zeros(200))


def test_half_alexnet_has_the_documents_initial_weights() -> None:
    state = archcheck.build("alexnet_half").state_dict()
    first, dense = state["features.0.weight"], state["classifier.1.weight"]
    fan_out = 48 * 11 * 11  # kaiming_normal_ with fan_out and relu: std = sqrt(2 / fan_out)
    assert first.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.05)
    assert dense.std().item() == pytest.approx(0.01, rel=0.01)
    assert all(not state[key].any() for key in state if key.endswith("bias"))


def test_without_initialisation_every_parameter_and_buffer_is_zero() -> None:
    text = "{input: [3, 4, 4], layers: [{Conv2d: {out_channels: 2, kernel_size: 1}}, BatchNorm2d, PReLU]}"
    state = compiled(text).model.state_dict()
    assert len(state) == 8
    assert not any(tensor.any() for tensor in state.values())
    assert compiled(text, initialise=True).model.state_dict()["1.weight"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("initialise", [True, False])
def test_building_leaves_the_global_random_state_alone(initialise: bool) -> None:
    before = torch.get_rng_state()
    compiled(DOCUMENTED, initialise=initialise)
    assert torch.equal(torch.get_rng_state(), before)


def test_built_networks_train_and_compiled_ones_do_not() -> None:
    made = spec(DOCUMENTED)
    assert build(made, infer(made), CPU).training
    assert not compile_spec(made, infer(made), CPU, initialise=True).model.training


def test_what_pytorch_alone_refuses_is_a_spec_error_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(nn.ReLU):
        def __init__(self) -> None:
            raise ValueError("not today.\nmore words")

    monkeypatch.setattr(nn, "ReLU", Refusing)
    with pytest.raises(
        SpecError, match=re.escape("test.yaml:1:26: layer '0': torch.nn.ReLU refuses: not today")
    ):
        compiled("{input: [3, 4], layers: [ReLU]}")


@pytest.mark.parametrize(
    ("init", "function", "message"),
    [
        (
            "{Linear: {wieght: {zeros_: }}}",
            "zeros_",
            "init: Linear.wieght: no such parameter; Linear has: weight, bias",
        ),
        (
            "{Linear: {bias: {xavier_normal_: }}}",
            "xavier_normal_",
            "init: Linear.bias: xavier_normal_ refuses: "
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
        ),
    ],
)
def test_initialisers_that_do_not_fit_are_spec_errors(init: str, function: str, message: str) -> None:
    text = f"{{input: [3], layers: [{{Linear: {{out_features: 2}}}}], init: {init}}}"
    with pytest.raises(SpecError) as raised:
        compiled(text, initialise=True)
    assert str(raised.value) == f"test.yaml:1:{text.index(function) + 1}: {message}"


def test_an_initialiser_passes_over_layers_built_without_the_parameter() -> None:
    made = compiled(
        "{input: [3], layers: [{Linear: {out_features: 2, bias: false}}], init: {Linear: {bias: {ones_: }}}}",
        initialise=True,
    )
    assert list(made.model.state_dict()) == ["0.weight"]


def test_a_network_that_cannot_be_worked_out_is_not_built_half() -> None:
    made = spec("""
        input: [3, 4, 4]
        layers:
          - Conv2d: {out_channels: 2, kernel_size: 9}
          - Conv2d: {out_channels: 2, kernel_size: 1}
    """)
    half = compile_spec(made, infer(made), CPU, initialise=False)
    assert not half.complete
    with pytest.raises(
        SpecError, match=r"test\.yaml: cannot be built whole: layer '0' refuses its input: kernel 9"
    ):
        build(made, infer(made), CPU)


@pytest.mark.parametrize(
    ("home", "number", "count", "wanted", "why"),
    [
        ("cpu", 0, 2, "cpu", "no GPU is asked for"),
        ("cuda:0", None, 2, "cuda:0", "the document places nothing"),
        ("cuda:0", 1, 2, "cuda:1", "the document's second GPU"),
        ("cuda:0", 1, 1, "cuda:0", "one GPU only: both towers share it"),
        ("meta", 1, 2, "meta", "shapes only"),
    ],
)
def test_branches_go_to_the_gpu_that_the_document_names(
    monkeypatch: pytest.MonkeyPatch, home: str, number: int | None, count: int, wanted: str, why: str
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    assert placed(torch.device(home), number) == torch.device(wanted), why


def test_the_filling_functions_are_all_that_modules_call() -> None:
    """Whatever a module of torch.nn draws while it is built is skipped: a network on meta and one on the CPU agree."""
    calls: list[str] = []

    class Counted(model._Unfilled):
        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            calls.append(getattr(func, "__name__", ""))
            return super().__torch_function__(func, types, args, kwargs)

    before = torch.get_rng_state()
    with Counted():
        (
            nn.LSTM(3, 4),
            nn.MultiheadAttention(4, 2),
            nn.Conv2d(1, 2, 3),
            nn.Embedding(5, 2),
            nn.Bilinear(2, 2, 2),
        )
        nn.TransformerEncoderLayer(4, 2), nn.BatchNorm2d(3), nn.PReLU(), nn.RMSNorm(3), nn.GRUCell(2, 2)
    assert torch.equal(torch.get_rng_state(), before)
    assert "kaiming_uniform_" in calls


@pytest.mark.parametrize(
    "layers",
    [
        "{both: {mix: MIX, act: ReLU}}",
        "[[MIX, ReLU]]",
        "[{add: [[MIX], [MIX, Tanh]]}]",
    ],
)
def test_several_inputs_reach_nested_bodies_and_branches(layers: str) -> None:
    mix = "{Bilinear: {in1_features: 3, in2_features: 5, out_features: 2}}"
    net = compiled(f"{{input: {{left: [3], right: [5]}}, layers: {layers.replace('MIX', mix)}}}").model
    assert net(torch.ones(4, 3), torch.ones(4, 5)).shape == (4, 2)


def test_layers_behind_a_refusal_take_no_memory() -> None:
    built = compiled("""
        input: [3, 4, 4]
        layers:
          - Conv2d: {out_channels: 2, kernel_size: 9}
          - Linear: {in_features: 1000000, out_features: 10000000}
    """)
    assert built.complete
    assert built.nodes["1"].get_parameter("weight").is_meta
    assert not built.nodes["0"].get_parameter("weight").is_meta
