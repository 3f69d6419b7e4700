"""What calling the models of a document asks of them, of their arguments and of what is said of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from archcheck.arguments import Argument
from archcheck.binding.program import Program
from archcheck.dialects.stated import REST
from archcheck.running.building import Silent
from archcheck.running.candidates import Candidate
from archcheck.running.first_layer import Ours
from archcheck.running.lengths import ours
from archcheck.running.made_with import sizes_made_with
from archcheck.running.observed import Event
from archcheck.running.recording import Held
from archcheck.running.stated_inputs import ends_as
from archcheck.running.varying import Place, arguments_in
from archcheck.units import Shape


def tensor_of(argument: Argument, device: torch.device) -> torch.Tensor:
    """Return a tensor of an argument's shape and type, on `meta` without values."""
    dtype = getattr(torch, argument.dtype)
    if device.type == "meta":
        return torch.empty(argument.shape, dtype=dtype)
    if argument.dtype == "bool":
        return torch.ones(argument.shape, dtype=dtype)
    if not dtype.is_floating_point and not dtype.is_complex:
        return ours(torch.randint(argument.high or 2, argument.shape, dtype=dtype))
    return torch.randn(argument.shape, dtype=dtype)


def is_itself(function: Callable[..., Any], what: str) -> bool:
    """Return whether what was made is the function of a name itself, and not what that gave."""
    plain = getattr(function, "func", function)
    name = what.rpartition(".")[2]
    return name != "forward" and getattr(plain, "__name__", None) == name  # a model is called as a whole


def untouched(model: Callable[..., Any]) -> Callable[..., Any]:
    """Return a copy of a model that finds its sizes out when it first runs, so that each call may be the first."""
    if not isinstance(model, nn.Module):
        return model
    lazy = any(is_lazy(one) for one in (*model.parameters(), *model.buffers()))
    return copy.deepcopy(model) if lazy else model


def has_letters(program: Program) -> bool:
    """Return whether anything is said in letters: numbers alone hold for one size only."""
    shapes = [shape for claim in program.claims for shape in claim.statement.shapes]
    return any(isinstance(size.value, str) and size.value != REST for shape in shapes for size in shape.sizes)


def has_ours(call: Any) -> bool:
    """Return whether any size of a call was chosen by us."""
    return any(isinstance(size, Ours) for one in arguments_in(call) for size in one.shape)


def axes_of(candidate: Candidate) -> int:
    """Return how many axes the tensor of a call has that has the most."""
    return max((len(one.shape) for one in arguments_in(candidate.call)), default=0)


def is_guess(silent: Silent) -> bool:
    """Return whether sizes that are worked back matter beside those that are said: only if nothing is said."""
    return not silent.said.inputs and not silent.said.parameters


def fitting(held: Held, stated: Mapping[int, Sequence[tuple[int | str | None, ...]]]) -> int:
    """Return how many sites saw a shape that ends as something stated there does, or with as many letters' sizes."""
    events = (record for record in held.records if isinstance(record, Event))
    letters: dict[str, int] = {}
    return len({event.site for event in events if _fits(event, stated.get(event.site, ()), letters)})


def _fits(event: Event, stated: Sequence[tuple[int | str | None, ...]], letters: dict[str, int]) -> bool:
    shape = event.value
    return isinstance(shape, tuple) and any(
        ends_as(shape, one) or _has_sizes(shape, one, letters) for one in stated
    )


def _has_sizes(shape: Shape, stated: tuple[int | str | None, ...], letters: dict[str, int]) -> bool:
    """Return whether a shape has the sizes that are stated; each letter is the first size that it is met with."""
    if len(shape) != len(stated):
        return False
    met = dict(letters)
    for size, one in zip(shape, stated, strict=True):
        wanted = met.setdefault(one, size) if isinstance(one, str) and one.isidentifier() else one
        if isinstance(wanted, int) and wanted != size:
            return False
    letters |= met
    return True


def names_in(namespace: Mapping[str, Any], model: nn.Module | None) -> Mapping[str, int]:
    """Return the whole numbers that a document has names for: its variables, what a model was made with, or keeps."""
    found = {name: one for name, one in namespace.items() if type(one) is int and len(name) > 1}
    if model is not None:
        found |= sizes_made_with(model)
    kept = {} if model is None else vars(model)
    for name, one in kept.items():
        if type(one) is int and not name.startswith("_"):
            found[name] = found[f"self.{name}"] = one
    return found


def to_change(call: Any, *, again: bool) -> list[tuple[list[Place] | None, bool]]:
    """Return what of a call is to have other sizes, and whether far away: all; before that what we chose ourselves.

    A side of 223 may give by its rounding what one of 224 does; where that matters (`again`), others are tried.
    """
    if not again:
        return [(None, False)]
    shapes = [one.shape for one in arguments_in(call)]
    places = [(which, axis) for which, shape in enumerate(shapes) for axis in range(len(shape))]
    ours = [place for place in places if isinstance(shapes[place[0]][place[1]], Ours)]
    found: list[list[Place] | None] = [ours, None] if 0 < len(ours) < len(places) else [None]
    return [(one, far) for one in found for far in (False, True)]
