"""A key with a dot in it is a child's name: `.output`, and `convs.0` where lists of layers take turns."""

from __future__ import annotations

import torch
from torch import nn

from archcheck.checks import make_checks
from archcheck.infer import infer
from archcheck.model import compile_spec
from archcheck.mutating.printed import printed
from archcheck.observe import observe
from archcheck.spec.layers import Spec
from tests.specs import CPU, spec

TURNS = """
    input: [3]
    class_name: Turns
    layers:
      convs.0: {Linear: {out_features: 4}}
      acts.0: Tanh
      convs.1: {Linear: {out_features: 3}, output: [3]}
      acts.1: Sigmoid
      .Linear: {Linear: {out_features: 4}}
      tail: {add: [{.output: {Linear: {out_features: 4}}}, {from: convs.0}]}
"""


class Turns(nn.Module):
    """The same in PyTorch."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Linear(3, 4), nn.Linear(4, 3)])
        self.acts = nn.ModuleList([nn.Tanh(), nn.Sigmoid()])
        self.Linear, self.output = nn.Linear(3, 4), nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = x = self.convs[0](x)
        x = self.acts[1](self.convs[1](self.acts[0](x)))
        return self.output(self.Linear(x)) + first  # type: ignore[no-any-return]


def built(made: Spec) -> nn.Module:
    return compile_spec(made, infer(made), CPU, initialise=True).model


def test_lists_that_take_turns_are_as_in_pytorch() -> None:
    model, ours = Turns().eval(), built(spec(TURNS))
    ours.load_state_dict(model.state_dict())
    x = torch.randn(2, 3)
    torch.testing.assert_close(ours(x), model(x))
    assert repr(ours) == repr(model)


def test_every_layer_is_seen_under_its_path() -> None:
    made = spec(TURNS)
    inference = infer(made)
    checks = make_checks(made, inference, observe(made, inference, CPU))
    seen = {check.layer: check.seen for check in checks if check.quantity == "output"}
    assert (seen["convs.0"], seen["convs.1"]) == ([4], [3])
    assert {check.status for check in checks if check.claimed} == {"agrees"}
    assert [path for path, _ in made.walk()][:4] == ["convs.0", "acts.0", "convs.1", "acts.1"]


def test_the_order_in_the_printed_model_is_that_of_the_lists() -> None:
    made = spec(TURNS)
    kinds = [kind for kind, _ in printed(made)]
    assert kinds == [type(one).__name__ for one in built(made).modules() if not list(one.children())]


def test_what_an_open_branch_holds_is_beside_its_join() -> None:
    made = spec("input: [3]\nlayers: {a.sum: {add: [{b: {Linear: {out_features: 3}}}, []]}, c: [Tanh]}")
    model = built(made)
    assert sorted(model.state_dict()) == ["a.b.bias", "a.b.weight"]
    assert model(torch.zeros(2, 3)).shape == (2, 3)


def test_a_learned_tensor_is_loaded_by_its_path() -> None:
    made = spec("input: [3]\nlayers: {sum: {mul: [[], {scales.0: {parameter: {size: [3]}}}]}}")
    model = built(made)
    assert list(model.state_dict()) == ["scales.0"]
    model.load_state_dict({"scales.0": torch.full((3,), 2.0)})
    assert model(torch.ones(1, 3)).tolist() == [[2.0, 2.0, 2.0]]
