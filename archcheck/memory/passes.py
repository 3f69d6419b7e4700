"""The run that is watched: a call in inference, or two training steps; the same for real tensors and for fake ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks

from archcheck.built import Built
from archcheck.costs import Memory, Mode
from archcheck.memory.footprint import CallMemory, Footprint
from archcheck.memory.ledger import Ledger, bytes_of
from archcheck.rows import Row, observed
from archcheck.spec.training import Optimizer
from archcheck.tensors import Call, tensors_in
from archcheck.training import Step, gradients_of, loss_of, step_of

Peak = Callable[[Ledger, Callable[[], None]], int | None]
"""Makes a run, and says the most that stood meanwhile, all that the ledger has when it begins included."""


def watch(
    built: Built, call: Call, *, mode: Mode, optimizer: Optimizer, ledger: Ledger, peak: Peak
) -> Footprint:
    """Run the network on tensors that lie where it lies, and return what it takes; `ledger` is new.

    It is run twice: watched, for what each call keeps and for what stays; and in peace, for the peak. In training its
    weights, statistics and gradients are those after two steps; its train flags are as before.
    """
    ledger.own(built.model.parameters())
    ledger.own(built.model.buffers())
    ledger.own(tensors_in(call))
    with _switched(built.model, mode):
        if mode == "inference":
            return _inference(built, call, ledger, peak)
        return _train(built, call, optimizer, ledger, peak)


@contextmanager
def _switched(model: nn.Module, mode: Mode) -> Iterator[None]:
    """Put a network in evaluation or in training mode for a block, with gradients as that mode has them."""
    flags = [(module, module.training) for module in model.modules()]
    model.train(mode == "train")
    try:
        with gradients_of(mode):
            yield
    finally:
        for module, training in flags:
            module.training = training


def _inference(built: Built, call: Call, ledger: Ledger, peak: Peak) -> Footprint:
    calls, (args, kwargs) = _Calls(ledger), call

    def again() -> None:
        built.model(*args, **kwargs)

    with ledger, observed(built, calls):
        built.model(*args, **kwargs)
    return Footprint(_memory(built.model, call, peak(ledger, again)), calls.rows({}))


def _train(built: Built, call: Call, optimizer: Optimizer, ledger: Ledger, peak: Peak) -> Footprint:
    """Make a step that tells what is kept, and another, with the optimiser's state there, that tells the peak."""
    with ledger:
        step = step_of(built.model, call, optimizer)
        calls = _Calls(ledger)
        loss = _forward(step, built, calls)
        rows, saved = calls.rows(ledger.saved()), sum(ledger.saved().values())
        step.backward(loss)
        del loss
        gradients = bytes_of(one.grad for one in built.model.parameters() if one.grad is not None)
        step.update()
    highest = peak(ledger, step.whole)
    state = bytes_of(tensors_in(dict(step.optimizer.state)))
    return Footprint(_memory(built.model, call, highest, gradients, state, saved), rows)


def _forward(step: Step, built: Built, calls: _Calls) -> torch.Tensor:
    args, kwargs = step.call
    with saved_tensors_hooks(calls.save, _same):
        with observed(built, calls):
            gave = step.model(*args, **kwargs)
        return loss_of(gave)


def _same(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


def _memory(
    model: nn.Module, call: Call, peak: int | None, gradients: int = 0, optimizer: int = 0, saved: int = 0
) -> Memory:
    return Memory(
        parameters=bytes_of(model.parameters()),
        buffers=bytes_of(model.buffers()),
        gradients=gradients,
        optimizer=optimizer,
        inputs=bytes_of(tensors_in(call)),
        saved=saved,
        peak=peak,
    )


@dataclass(frozen=True, slots=True)
class _Ended:
    row: Row
    number: int
    peak: int


class _Calls:
    """The observer: which call runs, what it keeps, how much stands meanwhile."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.begun = [0]
        self.count = 0
        self.ended: list[_Ended] = []

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make one call; what it keeps goes to it, and not to the call it is in."""
        ledger, worked, outside = self.ledger, self.ledger.worked, self.ledger.restart()
        self.count += 1
        number = self.count
        self.begun.append(number)
        try:
            gave = run()
        finally:
            self.begun.pop()
            peak = ledger.peak
            ledger.peak = max(peak, outside)
        if row.kind == "module" or ledger.worked > worked:
            self.ended.append(_Ended(row, number, peak))
        return gave

    def save(self, tensor: torch.Tensor) -> torch.Tensor:
        """Note what autograd keeps, as a hook of autograd."""
        self.ledger.save(tensor, self.begun[-1])
        return tensor

    def rows(self, saved: dict[int, int]) -> tuple[CallMemory, ...]:
        """Return the calls in the order they ended."""
        return tuple(
            CallMemory(one.row.path, one.row.type, one.row.kind, saved.get(one.number, 0), one.peak)
            for one in self.ended
        )
