"""Models whose calls went through are called again with other sizes: letters must hold whatever these are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import torch

from archcheck.running.candidates import Candidate
from archcheck.running.first_layer import Ours
from archcheck.running.observed import Called
from archcheck.running.recording import Held, Recorder
from archcheck.running.trying import to_change
from archcheck.running.varying import Place, arguments_in, varied
from archcheck.running.went import Kept


class Calling(Protocol):
    """Who makes calls."""

    recorder: Recorder

    def turn(self, model: Callable[..., Any], what: str, candidate: Candidate) -> tuple[Called, Held]:
        """Call a model as a turn of its own, and return how it went and what was seen."""

    def returned(self, model: Callable[..., Any], call: Any) -> tuple[str | None, Any]:
        """Make a call, and return why it failed, or what came out."""

    def tell(self, called: Called, held: Held) -> None:
        """Hand on what a call showed."""


class Again:
    """Calls again what is kept, until `end`; `always`: also with the same sizes, where it takes no other."""

    def __init__(self, calling: Calling, end: float, *, always: bool) -> None:
        self._calling, self._end, self._always = calling, end, always

    def call(self, kept: Kept) -> None:
        """Call a model again with other sizes wherever it takes them."""
        for places, far in to_change(kept.call, again=self._always):
            other = self._varied(kept, places, far=far)
            if other is None and self._always:
                other = kept.call  # the same again says that the model takes no other
            if other is not None:
                self._tell(kept, other)
            if other is not None and len(arguments_in(other)) > 1:
                self._together(kept, other)
            if other is not None and (ours := _only_ours(kept.call, other)):
                alone = self._varied(kept, ours, far=far)
                self._tell(kept, alone) if alone is not None else None

    def _tell(self, kept: Kept, call: Any) -> None:
        self._calling.tell(*self._calling.turn(kept.model, kept.what, Candidate(call, "other sizes")))

    def _varied(
        self, kept: Kept, places: list[Place] | None, *, far: bool = False, together: bool = False
    ) -> Any:
        returned = partial(self._calling.returned, kept.model)
        with self._calling.recorder.held():
            goes = _Batch(returned, kept.call).goes
            return varied(kept.call, goes, self._end, places, far=far, together=together)

    def _together(self, kept: Kept, apart: Any) -> None:
        """Call a model once more with sizes alike that were alike: a document may take them for one."""
        alike = self._varied(kept, None, together=True)
        shapes = [[one.shape for one in arguments_in(call)] for call in (apart, alike)]
        if alike is not None and shapes[0] != shapes[1]:
            self._tell(kept, alike)


class _Batch:
    """Says whether a call goes through, and means the same: of as many things as go in, as many come out.

    `x.view(-1, 400)` takes an image of other sides for one of another batch: that is no call with other sizes.
    """

    def __init__(self, returned: Callable[[Any], tuple[str | None, Any]], call: Any) -> None:
        self._returned, self._size = returned, _batch_of(call)
        others = [size for one in arguments_in(call) for size in one.shape[1:]]
        is_told = self._size is not None and self._size not in others
        self._comes_out = is_told and _first_size(returned(call)[1]) == self._size

    def goes(self, call: Any) -> bool:
        """Return whether a call goes through; where the batch is the same as before, it also comes out as before."""
        error, came = self._returned(call)
        size, comes_out = _batch_of(call), _first_size(came) == _batch_of(call)
        if error is not None or (size == self._size and self._comes_out and not comes_out):
            return False
        self._comes_out = comes_out if size != self._size else self._comes_out
        self._size = size
        return True


def _batch_of(call: Any) -> int | None:
    """Return the first size of the first tensor of a call."""
    return next((one.shape[0] for one in arguments_in(call) if one.shape), None)


def _first_size(came: Any) -> int | None:
    """Return the first size of the first tensor that came out."""
    while isinstance(came, tuple | list) and came:
        came = came[0]
    return came.shape[0] if isinstance(came, torch.Tensor) and came.dim() else None


def _only_ours(call: Any, other: Any) -> list[Place]:
    """Return which sizes of a call we chose, if the other call changes more, and they are more than the batch."""
    pairs = list(zip(arguments_in(call), arguments_in(other), strict=True))
    places = [(which, axis) for which, (one, _) in enumerate(pairs) for axis in range(len(one.shape))]
    ours = [(which, axis) for which, axis in places if isinstance(pairs[which][0].shape[axis], Ours)]
    changed = {
        (which, axis) for which, axis in places if pairs[which][0].shape[axis] != pairs[which][1].shape[axis]
    }
    return ours if any(axis for _, axis in ours) and not changed <= {*ours} else []
