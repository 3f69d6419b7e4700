"""Networks whose ways part and meet, built and run: what is kept, learned and shared, and what it costs."""

from __future__ import annotations

import copy
import weakref
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import archcheck
from archcheck.errors import SpecError
from archcheck.infer import infer
from archcheck.parts import Kept, SpecBody, Taken
from tests.specs import compiled, spec

QUICK = archcheck.Settings(witnesses=False, memory=False, ceilings=False)
RESIDUAL = """
input: [3, 8, 8]
layers:
  stem: {Conv2d: {out_channels: 4, kernel_size: 1}}
  join:
    add:
      - left: {Conv2d: {out_channels: 4, kernel_size: 3, padding: 1}}
        act: ReLU
      - [{Conv2d: {out_channels: 4, kernel_size: 1}}]
      - {from: stem}
  again: {concat: [[], {from: act}, {from: input}]}
"""


class Residual(nn.Module):
    """The same network, as one would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.left, self.act = nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()
        self.join = nn.ModuleDict({"1": nn.Sequential(nn.Conv2d(4, 4, 1))})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        stem = self.stem(x)
        act = self.act(self.left(stem))
        return torch.cat((act + self.join["1"](stem) + stem, act, x), 1)


def test_a_network_is_what_one_would_write() -> None:
    network, other = compiled(RESIDUAL, initialise=True).model, Residual()
    assert list(network.state_dict()) == list(other.state_dict())
    other.load_state_dict(network.state_dict())
    x = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(network(x), other(x))


def test_a_join_with_open_and_other_branches_is_no_sequence() -> None:
    """Its children are all called, but the open branch's not one after the other with the join."""
    text = "input: [2]\nlayers: {j: {add: [{a: {Linear: {out_features: 2}}}, [{Linear: {out_features: 2}}]]}}"
    network: Any = compiled(text, initialise=True).model
    x = torch.randn(3, 2)
    torch.testing.assert_close(network(x), network.a(x) + network.j.get_submodule("1")(x))


def kept(network: nn.Module) -> dict[str, torch.Tensor]:
    assert isinstance(network, SpecBody)
    return network._kept.values


def test_what_went_by_is_let_go_by_its_last_reader() -> None:
    text = """
    input: [4]
    layers: {a: ReLU, b: {add: [[], {from: a}]}, c: {mul: [[], {from: a}]}, d: Tanh}
    """
    built = compiled(text)
    network, held = built.model, list[list[object]]()
    built.nodes["b"].register_forward_hook(lambda *_: held.append([*kept(network)]))
    built.nodes["c"].register_forward_hook(lambda *_: held.append([*kept(network)]))
    given: list[weakref.ref[torch.Tensor]] = []
    built.nodes["a"].register_forward_hook(lambda _m, _x, y: given.append(weakref.ref(y)))
    built.nodes["d"].register_forward_pre_hook(lambda *_: held.append([one() is None for one in given]))
    network(torch.ones(1, 4))
    assert held == [["a"], [], [True]]


def test_what_is_taken_from_before_comes_to_the_device_that_takes_it() -> None:
    """A branch may stand on another GPU than what it takes."""
    there, kept = torch.device("meta"), Kept({"a": 1})
    with kept.during({}):
        kept.put("a", torch.ones(2, 3))
        taken = Taken(kept, "a")(torch.empty(1, device=there))
    assert (taken.shape, taken.device) == ((2, 3), there)


def test_a_call_that_fails_keeps_nothing_and_the_next_one_works() -> None:
    built = compiled(
        "input: [4]\nlayers: {a: ReLU, b: {Linear: {out_features: 4}}, c: {add: [[], {from: a}]}}"
    )
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        built.model(torch.ones(1, 5))
    assert kept(built.model) == {}
    assert built.model(torch.ones(1, 4)).shape == (1, 4)
    assert kept(built.model) == {}


def test_a_copy_keeps_what_goes_by_for_itself() -> None:
    network = compiled(RESIDUAL, initialise=True).model
    other = copy.deepcopy(network)
    assert kept(other) is not kept(network)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    x = torch.randn(1, 3, 8, 8)
    assert other(x)[:, :8].abs().sum() == 0
    assert network(x)[:, :8].abs().sum() > 0


ASIDE = (
    "input: [4]\nlayers: {a: {aside: {out: {Linear: {out_features: 9}, output: [9]}}, output: [4]}, b: ReLU}"
)


def test_what_stands_aside_runs_and_hands_on_what_it_received() -> None:
    built, calls = compiled(ASIDE, initialise=True), list[torch.Size]()
    built.nodes["a.out"].register_forward_hook(lambda _m, _x, y: calls.append(y.shape))
    x = torch.randn(2, 4)
    assert torch.equal(built.model(x), x.relu())
    assert calls == [(2, 9)]
    assert archcheck.verify(spec(ASIDE), device="cpu").ok


LEARNED = """
input: [2, 4]
layers:
  body:
    cls: {concat: [[{parameter: {size: [1, 1, 4], expand: true}}], []]}
    pos: {parameter: {size: [1, 3, 4]}}
    sum: {add: [[], {from: cls}]}
  head: {Linear: {out_features: 2}}
"""


def test_a_learned_tensor_has_its_own_name_in_a_state_dict() -> None:
    network = compiled(LEARNED, initialise=True).model
    state = network.state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
        "body.cls.0.0": (1, 1, 4),
        "body.pos": (1, 3, 4),
        "head.weight": (2, 4),
        "head.bias": (2,),
    }
    other = compiled(LEARNED, initialise=True).model
    before = dict(state)
    other.load_state_dict(state, strict=True)
    assert state == before, "what is loaded is not changed"
    x = torch.randn(3, 2, 4)
    assert torch.equal(other(x), network(x))
    assert other(x).shape == (3, 3, 2), "a token more, each sample its own"


class Learner(nn.Module):
    """The network of `LEARNED`, as one would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Body()
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))  # type: ignore[no-any-return]


class Body(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        token = nn.Module()
        token.register_parameter("0", nn.Parameter(torch.empty(1, 1, 4)))
        self.cls = nn.ModuleDict({"0": token})
        self.pos = nn.Parameter(torch.empty(1, 3, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        token = self.cls["0"].get_parameter("0")
        return self.pos + torch.cat((token.expand(len(x), 1, 4), x), 1)


def test_a_learned_tensor_is_a_parameter_of_the_body_that_it_stands_in() -> None:
    network, other = compiled(LEARNED, initialise=True).model, Learner()
    assert {name for name, _ in network.named_parameters()} == set(network.state_dict())
    assert {name for name, _ in other.named_parameters()} == set(network.state_dict())
    modules = {name for name, _ in network.named_modules()}
    assert modules == {"", "body", "body.cls", "body.cls.0", "body.cls.1", "head"}, "it is no module"
    other.load_state_dict(network.state_dict())
    x = torch.randn(3, 2, 4)
    torch.testing.assert_close(network(x), other(x))


def test_what_is_done_to_a_parameter_is_done_to_the_learned_tensor() -> None:
    """It may be replaced as well as written to: by another's, on another device, for one call."""
    network, other = compiled(LEARNED, initialise=True).model, Learner()
    for parameter in other.parameters():
        nn.init.normal_(parameter)
    x, state = torch.randn(3, 2, 4), other.state_dict()
    called = torch.func.functional_call(network, state, x)
    torch.testing.assert_close(called, other(x))
    assert not torch.equal(network(x), other(x)), "the call has left nothing behind"
    twin = copy.deepcopy(network)
    twin.to_empty(device="meta").to_empty(device="cpu").load_state_dict(state, assign=True)
    torch.testing.assert_close(twin(x), other(x))
    assert not torch.equal(network(x), other(x)), "the twin has tensors of its own"
    twin(x).sum().backward()
    assert all(one.grad is not None for one in twin.parameters())
    assert twin.double()(x.double()).dtype == torch.float64


def test_a_state_dict_without_a_learned_tensor_or_with_one_more_is_refused() -> None:
    network = compiled(LEARNED, initialise=True).model
    state = network.state_dict()
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "body.pos'):
        network.load_state_dict({name: one for name, one in state.items() if name != "body.pos"})
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "body.pas"'):
        network.load_state_dict({**state, "body.pas": state["body.pos"]})


def test_a_learned_tensor_that_pytorch_refuses_is_an_error_at_its_place() -> None:
    with pytest.raises(SpecError) as caught:
        compiled(
            f"input: [1]\nlayers: {{p: {{parameter: {{size: [{2**62}]}}}}}}", device=torch.device("meta")
        )
    reason = f"Storage size calculation overflowed with sizes=[{2**62}]"
    assert str(caught.value) == f"test.yaml:2:14: layer 'p': torch.nn.Parameter refuses: {reason}"


TIED = """
input: {shape: [5], dtype: int64, high: 7}
layers:
  wte: {Embedding: {num_embeddings: 7, embedding_dim: 3}, params: 21}
  act: Tanh
  head: {Linear: {out_features: 7, bias: false}, share: wte, params: 0, output: [5, 7]}
documented: {params: 21}
"""


def test_a_shared_weight_is_one_parameter() -> None:
    network: Any = compiled(TIED, initialise=True).model
    assert network.head.weight is network.wte.weight
    assert [name for name, _ in network.named_parameters()] == ["wte.weight"]
    assert sorted(network.state_dict()) == ["head.weight", "wte.weight"]
    assert archcheck.verify(spec(TIED), device="cpu").ok


@pytest.mark.parametrize(
    "text", [RESIDUAL, ASIDE, LEARNED, TIED], ids=["residual", "aside", "learned", "tied"]
)
def test_it_is_built_on_meta_and_costs_what_is_inferred(text: str) -> None:
    network = compiled(text, device=torch.device("meta")).model
    assert all(parameter.is_meta for parameter in network.parameters())
    seen, inferred = archcheck.profile(spec(text), "meta", QUICK), infer(spec(text))
    assert seen.error is None
    assert (seen.params, seen.macs, seen.flops) == (inferred.params, inferred.macs, inferred.flops)
    rows = [layer.operations for layer in seen.layers]
    assert sum(row.flops for row in rows if row is not None) == inferred.flops, (
        "each operation stands in one row"
    )
    assert sum(layer.params or 0 for layer in seen.layers) == inferred.params
    assert [layer.layer for layer in seen.layers] == [layer.path for layer in inferred.layers]


@pytest.mark.parametrize(
    ("last", "tensors", "why"),
    [
        ("{Tanh: }", 3, "the input, what goes in and what comes out; what came before is gone"),
        ("{add: [[], {from: a}]}", 4, "and what is taken from before"),
    ],
)
def test_memory_that_is_predicted_holds_what_is_wanted_again(last: str, tensors: int, why: str) -> None:
    text = f"input: [1000]\nlayers: {{a: ReLU, b: Tanh, c: {last}}}"
    predicted = archcheck.profile(spec(text), "cpu", replace(QUICK, memory=True, repeat=1)).predicted
    assert predicted is not None
    assert predicted.peak == tensors * 4 * 1000, why


def test_memory_that_is_predicted_holds_what_is_learned() -> None:
    text = "input: [10]\nlayers: {a: ReLU, p: {add: [[], {parameter: {size: [1, 10]}}]}}"
    profile = archcheck.profile(spec(text), "cpu", replace(QUICK, memory=True, repeat=1))
    assert profile.predicted is not None
    assert (profile.params, profile.predicted.parameters) == (10, 40)
