"""Compares a rule with PyTorch itself: both accept and say the same, or both refuse.

PyTorch runs on the CPU, with tiny tensors: on the meta device it accepts what its kernels refuse (a negative
padding, a dilation of 0). An output without elements counts as a refusal, since the rules refuse sizes of 0.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Kind, Shape

Arguments = dict[str, Any]
Case = tuple[tuple[Shape, ...], Arguments]
"""The shapes that go in, batch axis included, and the arguments that differ from PyTorch's defaults."""

REFUSALS = (
    RuntimeError,  # NotImplementedError too
    ValueError,
    TypeError,
    IndexError,
    AssertionError,
    ArithmeticError,
)


@dataclass(frozen=True)
class Verdict:
    """What was accepted: the shapes that come out, and the number of parameters."""

    outputs: tuple[Shape, ...]
    params: int


def with_defaults(name: str, arguments: Arguments) -> Arguments:
    """Fill in the defaults that PyTorch's own signature states."""
    parameters = inspect.signature(getattr(torch.nn, name)).parameters.values()
    stated = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    return {k: v for k, v in (stated | arguments).items() if k not in ("device", "dtype")}


def ruled(name: str, kind: Kind, shapes: tuple[Shape, ...], arguments: Arguments) -> Verdict | None:
    """Return the rule's verdict; None where it refuses."""
    try:
        effect = kind.rule(*shapes, **with_defaults(name, arguments))
    except (BadArgument, RefusedInput):
        return None
    return Verdict(effect.outputs, effect.params)


def seen(
    name: str,
    shapes: tuple[Shape, ...],
    arguments: Arguments,
    dtypes: tuple[torch.dtype, ...] = (),
) -> Verdict | None:
    """Return what PyTorch does in eval mode; None where it raises. `dtypes` are float32 unless told."""
    inputs = [
        torch.zeros(shape, dtype=dtypes[i] if i < len(dtypes) else torch.float32)
        for i, shape in enumerate(shapes)
    ]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            module = getattr(torch.nn, name)(**arguments).eval()
            outputs = tuple(tuple(t.shape) for t in tensors_in(module(*inputs)))
        except REFUSALS:
            return None
    if any(0 in shape for shape in outputs):
        return None
    return Verdict(outputs, sum(p.numel() for p in module.parameters()))


def tensors_in(value: object) -> Iterator[torch.Tensor]:
    """Return every tensor of a module's answer, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors_in(part)


def holds_against_torch(
    name: str,
    kinds: Mapping[str, Kind],
    cases: st.SearchStrategy[Case],
    examples: int = 60,
    dtypes: tuple[torch.dtype, ...] = (),
) -> None:
    """Assert that rule and PyTorch agree on every drawn case, and that the cases were of both sorts."""
    accepted: list[bool] = []

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
    )
    @given(cases)
    def agrees(case: Case) -> None:
        shapes, arguments = case
        expected = seen(name, shapes, arguments, dtypes)
        assert ruled(name, kinds[name], shapes, arguments) == expected
        accepted.append(expected is not None)

    agrees()
    assert min(accepted.count(True), accepted.count(False)) >= examples // 10, (
        f"{name}: {accepted.count(True)} of {len(accepted)} cases were accepted"
    )


def spoilt(draw: st.DrawFn, arguments: Arguments, bad: Mapping[str, tuple[Any, ...]]) -> Arguments:
    """Replace one argument, in one case of three, by a value that is probably refused."""
    if draw(st.sampled_from((False, False, True))):
        argument = draw(st.sampled_from(sorted(bad)))
        return arguments | {argument: draw(st.sampled_from(bad[argument]))}
    return arguments


def a_size(sides: int, low: int, high: int, *, single: bool = True) -> st.SearchStrategy[Any]:
    """Draw one number, one number a side or, if `single`, a tuple of one number."""
    number = st.integers(low, high)
    ways = [number, st.tuples(*[number] * sides)]
    return st.one_of(*ways, st.tuples(number)) if single else st.one_of(*ways)


def an_image(
    sides: int, low: int = 1, high: int = 9, channels: int | None = None
) -> st.SearchStrategy[Shape]:
    """Draw (N, C, sides), now and then (C, sides)."""
    lengths = st.tuples(*[st.integers(low, high)] * sides)
    lead = st.integers(1, 4) if channels is None else st.just(channels)
    batched = st.tuples(st.integers(1, 3), lead)
    return st.builds(
        lambda front, n: front + n, st.one_of(batched, batched, batched, st.tuples(lead)), lengths
    )
