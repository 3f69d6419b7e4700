"""What was worked out once is not worked out again, while a `with` lasts: for many specs that differ in little."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Worked = TypeVar("Worked")

MOST = 50_000
"""How many results are kept; what comes later is worked out each time."""

_KEPT: ContextVar[dict[Hashable, tuple[object, Any]] | None] = ContextVar("kept", default=None)


@contextmanager
def recalling() -> Iterator[None]:
    """Keep what `recalled` works out, until the end of the `with`."""
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def recalled(key: Hashable, owners: object, work: Callable[[], Worked]) -> Worked:
    """Return what `work` returns; what it returned for an equal key before, if that is kept.

    `owners`: the objects whose `id` is in the key. They are kept too, so that no other object gets the same.
    """
    kept = _KEPT.get()
    if kept is None:
        return work()
    if key in kept:
        return kept[key][1]  # type: ignore[no-any-return]
    made = work()
    if len(kept) < MOST:
        kept[key] = (owners, made)
    return made
