"""The labels of data that is not here: what asks for their values gets ours, and is told of.

How many threes there are, and which picture is one, nobody knows without the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils.data._utils import collate

DRAWN = "_archcheck_drawn"
"""What a label has, and a tensor of labels, and all that is made of such tensors."""
_ASKING = {
    *("item", "tolist", "numpy", "nonzero", "argwhere", "masked_select", "unique", "unique_consecutive"),
    *("bincount", "repeat_interleave", "equal", "allclose", "histc", "split_with_sizes"),
    *("__bool__", "__int__", "__float__", "__index__", "__contains__", "__iter__", "__array__"),
}
"""Functions that give what hangs on values."""
_LOOKING = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__")
"""What asks a number which one it is."""
_OF_TENSOR = ("tensor", "as_tensor")


def labels_of(asked: Callable[[], None]) -> type[int]:
    """Return the class of labels; `asked`: is told where one is looked at."""

    def looked_at(name: str) -> Callable[..., Any]:
        def method(self: int, *other: Any) -> Any:
            asked()
            return getattr(int, name)(self, *other)

        return method

    Label: type[int] = type("Label", (int,), {name: looked_at(name) for name in _LOOKING})  # noqa: N806 - a class
    setattr(Label, DRAWN, True)
    collate.default_collate_fn_map[Label] = _collated
    return Label


def _collated(labels: Any, **_: Any) -> torch.Tensor:
    """Return the labels of a batch as a loader gives them."""
    return drawn(torch.tensor([int(one) for one in labels]))


def drawn(labels: torch.Tensor) -> torch.Tensor:
    """Return labels, marked."""
    setattr(labels, DRAWN, True)
    return labels


class Followed:
    """Follows labels through the functions of PyTorch; `asked`: is told where one gives what hangs on them."""

    def __init__(self) -> None:
        self.asked: Callable[[], None] = lambda: None

    def after(self, function: Callable[..., Any], args: tuple[Any, ...], result: Any) -> Any:
        """Take a call that went through, and return its result."""
        name = getattr(function, "__name__", "")
        if any(getattr(one, DRAWN, False) for one in _parts(args, name)):
            if name in _ASKING or _picks(name, args):
                self.asked()
            for one in _parts((result,), name):
                if isinstance(one, torch.Tensor):
                    drawn(one)
        return result


def _picks(name: str, args: tuple[Any, ...]) -> bool:
    """Return whether values choose what is given: `x[labels == 3]`, `torch.where(labels == 3)`."""
    if name in ("__getitem__", "index_put_"):
        chosen = _parts(args[1:2], name)
        return any(getattr(one, DRAWN, False) and one.dtype in (torch.bool, torch.uint8) for one in chosen)
    return (name == "where" and len(args) == 1) or (name == "one_hot" and len(args) == 1)


def _parts(values: Any, name: str) -> Iterator[Any]:
    """Yield the tensors among values, and in lists of them; of what becomes a tensor its first number."""
    for one in values:
        if isinstance(one, torch.Tensor):
            yield one
        elif isinstance(one, tuple | list) and one:
            if name in _OF_TENSOR:
                yield one[0]
            else:
                yield from (part for part in one if isinstance(part, torch.Tensor))
