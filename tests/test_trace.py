"""One pass, watched: what each layer gave, where it stopped, and nothing left behind."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archcheck.results import Failure
from archcheck.tensors import shapes_of
from archcheck.trace import dummies, trace
from tests.specs import CPU, compiled, spec

GOOD = """
    input: [3, 8, 8]
    layers:
      - Conv2d: {out_channels: 4, kernel_size: 3}
      - add: {left: [], right: [ReLU]}
      - flatten
      - Linear: {out_features: 2}
"""
BAD = GOOD.replace("Linear: {out_features: 2}", "Linear: {in_features: 7, out_features: 2}")


def traced(text: str, batch: int = 2):  # type: ignore[no-untyped-def]
    made, built = spec(text), compiled(text)
    return built, trace(made, built, dummies(made.inputs, ((batch, *made.inputs[0].shape),), CPU), CPU)


def test_every_leaf_in_the_order_it_runs() -> None:
    _, seen = traced(GOOD)
    assert [(layer.path, layer.inputs[0], layer.outputs[0], layer.params) for layer in seen.layers] == [
        ("0", (2, 3, 8, 8), (2, 4, 6, 6), 112),  # 4 * 3 * 3 * 3 + 4
        ("1.right.0", (2, 4, 6, 6), (2, 4, 6, 6), 0),
        ("1", (2, 4, 6, 6), (2, 4, 6, 6), 0),
        ("2", (2, 4, 6, 6), (2, 144), 0),
        ("3", (2, 144), (2, 2), 290),  # 144 * 2 + 2
    ]
    assert (seen.device, seen.output, seen.failure) == ("cpu", (2, 2), None)


def test_a_shared_weight_counts_where_it_is_met_first() -> None:
    _, seen = traced("""
        input: {shape: [5], dtype: int64, high: 7}
        layers:
          words: {Embedding: {num_embeddings: 7, embedding_dim: 3}}
          again: {Linear: {out_features: 7}, share: words}
    """)
    assert [(layer.path, layer.params) for layer in seen.layers] == [("words", 7 * 3), ("again", 7)]


def test_a_layer_that_fails_keeps_what_ran_before_it() -> None:
    _, seen = traced(BAD)
    assert [layer.path for layer in seen.layers] == ["0", "1.right.0", "1", "2"]
    assert isinstance(seen.failure, Failure)
    assert (seen.failure.path, seen.failure.inputs, seen.output) == ("3", ((2, 144),), None)
    assert "mat1 and mat2 shapes cannot be multiplied (2x144 and 7x2)" in seen.failure.message


def test_a_failure_inside_a_branch_is_the_leafs() -> None:
    _, seen = traced(
        "{input: [3, 8, 8], layers: [{add: [[], [{Conv2d: {in_channels: 5, out_channels: 3, kernel_size: 1}}]]}]}"
    )
    assert seen.failure is not None
    assert seen.failure.path == "0.1.0"


def test_a_failure_of_the_join_is_the_joins() -> None:
    _, seen = traced(
        "{input: [3, 8, 8], layers: [{concat: [[], [{Conv2d: {out_channels: 3, kernel_size: 3}}]]}]}"
    )
    assert seen.failure is not None
    assert seen.failure.path == "0"
    assert "Sizes of tensors must match except in dimension 1" in seen.failure.message


@pytest.mark.parametrize("text", [GOOD, BAD], ids=["good", "bad"])
def test_the_network_is_as_it_was(text: str) -> None:
    made, built = spec(text), compiled(text)
    for number, module in enumerate(built.model.modules()):
        module.train(number % 2 == 0)

    def state() -> list[object]:
        return [
            *(
                (module.training, sorted(vars(module)), len(module._forward_hooks))
                for module in (*built.model.modules(), *built.nodes.values())
            ),
            *built.model.state_dict(),
            *(parameter.requires_grad for parameter in built.model.parameters()),
            torch.is_grad_enabled(),
            torch.get_rng_state().tolist(),
        ]

    before = state()
    trace(made, built, dummies(made.inputs, ((1, 3, 8, 8),), CPU), CPU)
    assert state() == before


def test_errors_that_are_not_about_shapes_are_not_hidden() -> None:
    class Broken(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise KeyError("a bug")

    built = compiled(GOOD)
    broken = Broken()
    built.model.register_forward_pre_hook(lambda *_: broken(None))
    with pytest.raises(KeyError, match="a bug"):
        trace(spec(GOOD), built, (torch.zeros(1, 3, 8, 8),), CPU)


@pytest.mark.parametrize(
    ("value", "shapes", "why"),
    [
        (torch.zeros(2, 3), ((2, 3),), "a tensor"),
        ((torch.zeros(2), (torch.zeros(3), torch.zeros(4))), ((2,), (3,), (4,)), "an LSTM's nested tuple"),
        ({"a": torch.zeros(2), "b": [torch.zeros(1)]}, ((2,), (1,)), "a mapping with a list"),
        ((torch.zeros(2), None), ((2,),), "attention without weights"),
        ("text", (), "nothing to see"),
    ],
)
def test_shapes_of_whatever_a_module_gives(value: object, shapes: object, why: str) -> None:
    assert shapes_of(value) == shapes, why


def test_dummies_have_the_dtype_that_the_spec_names() -> None:
    inputs = spec("{input: {ids: {shape: [5], dtype: int64, high: 9}, image: [3, 4, 4]}, layers: []}").inputs
    ids, image = dummies(inputs, ((2, 5), (2, 3, 4, 4)), CPU)
    assert (ids.dtype, tuple(ids.shape)) == (torch.int64, (2, 5))
    assert (image.dtype, tuple(image.shape)) == (torch.float32, (2, 3, 4, 4))
    assert (set(ids.flatten().tolist()), set(image.flatten().tolist())) == ({8}, {0.0})


def test_an_embedding_too_small_for_the_input_fails() -> None:
    text = """
        input: {shape: [5], dtype: int64, high: HIGH}
        layers: [{Embedding: {num_embeddings: 9, embedding_dim: 2}}]
    """
    _, good = traced(text.replace("HIGH", "9"))
    _, bad = traced(text.replace("HIGH", "10"))
    assert good.failure is None
    assert bad.failure is not None
    assert bad.failure.message == "index out of range in self"


def test_an_allocation_that_fails_is_not_the_networks_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")

    built = compiled(GOOD)
    built.model.register_forward_pre_hook(full)
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        trace(spec(GOOD), built, (torch.zeros(1, 3, 8, 8),), CPU)
