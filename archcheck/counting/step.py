"""One step of training counted operator by operator: the forward pass, the backward pass and the optimiser's step.

The backward pass is run, on the meta device, and not taken for twice the forward pass: a first layer owes its input no
gradient, a frozen one its weights none, and what attention or a normalisation does backwards is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import torch
from torch import nn

from archcheck.arguments import Arguments
from archcheck.counting.operators import Operators
from archcheck.counting.passes import CPU, asks_for_values, built_anywhere, unfused
from archcheck.counting.weightless import META, replaced
from archcheck.operations import CountedOp, StepCount
from archcheck.spec.training import Optimizer
from archcheck.subject import Subject
from archcheck.tensors import Call, empty_call, random_call, tensors_in
from archcheck.training import Step, step_of


def count_step(
    subject: Subject, arguments: Arguments, optimizer: Optimizer, *, dtype: torch.dtype = torch.float32
) -> StepCount:
    """Return what one step of training with `arguments` does; it is computed only where the network asks for values.

    Raises `UsageError` for what cannot be trained so, and whatever the network raises.
    """
    built = built_anywhere(subject)
    try:
        return count_model_step(built.model, empty_call(arguments, META, dtype), optimizer, dtype=dtype)
    except Exception as error:
        if not asks_for_values(error):
            raise
        model = subject.make(CPU, True).model
        return count_model_step(model, random_call(arguments, CPU, dtype), optimizer, dtype=dtype)


def count_model_step(
    model: nn.Module, call: Call, optimizer: Optimizer, *, dtype: torch.dtype = torch.float32
) -> StepCount:
    """Return what one step of a model in `dtype` does, on the device of its call's tensors.

    The step is made on twins of the model's tensors, so that it, its gradients and its buffers are never touched.
    """
    given = tensors_in(call)
    on_meta = all(one.is_meta for one in given)
    device = META if on_meta else given[0].device
    with ExitStack() as undo:
        undo.enter_context(unfused(model, True))
        undo.enter_context(replaced(model, partial(_twin, device, dtype), lambda tensor: True))
        undo.enter_context(torch.enable_grad())
        step = step_of(model, call, _one_by_one(optimizer))
        return StepCount(
            *_passes(step, on_meta),
            _update(step.optimizer),
            batch=next((one.shape[0] for one in given if one.dim()), 1),
            device="meta" if on_meta else "cpu",
        )


def _twin(device: torch.device, dtype: torch.dtype, tensor: torch.Tensor) -> torch.Tensor:
    wanted = dtype if tensor.is_floating_point() else tensor.dtype
    if device.type == "meta":
        return torch.empty_like(tensor, device=device, dtype=wanted)
    return tensor.detach().to(device, wanted, copy=True)


def _one_by_one(optimizer: Optimizer) -> Optimizer:
    """Return the same optimiser, a parameter at a time: the arithmetic is that of its fused kernels."""
    kept = {name: value for name, value in optimizer.args.items() if name not in ("foreach", "fused")}
    return replace(optimizer, args={**kept, "foreach": False})


def _passes(step: Step, on_meta: bool) -> tuple[tuple[CountedOp, ...], tuple[CountedOp, ...]]:
    losses: list[torch.Tensor] = []

    def forward() -> None:
        with ExitStack() as undo:
            if on_meta:
                undo.enter_context(META)  # for what the network makes without saying where
            losses.append(step.forward())

    return _counted(forward), _counted(lambda: step.backward(losses[0]))


def _update(optimizer: torch.optim.Optimizer) -> tuple[CountedOp, ...]:
    """Return the operators of the second step: the first one makes the optimiser's state.

    An optimiser that asks its parameters for values has no count on the meta device: it is unknown, by its name.
    """
    try:
        optimizer.step()
        return _counted(optimizer.step)
    except RuntimeError as error:
        if not asks_for_values(error):
            raise
        return (CountedOp(f"{type(optimizer).__name__}.step", (), (), None),)


def _counted(run: Callable[[], object]) -> tuple[CountedOp, ...]:
    ops: list[list[CountedOp]] = [[]]
    with Operators(ops):
        run()
    return tuple(ops[0])
