"""The size that each letter of a stated shape gets where nothing says it: unlike all others, in one call the same."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from archcheck.running.first_layer import BATCH, TOKENS, First, Likely, Ours
from archcheck.running.stated_inputs import Sizes
from archcheck.units import Shape

PRIMES = (5, 11, 13, 17, 19, 23, 29, 31)
"""Sizes of letters of which nothing is known."""
EVEN = (16, 32, 64, 8, 128, 48, 96, 24)
"""Others, that may be halved and cut into windows, where those do not go through."""
_PARTS = (8, 16, 24, 32, 40, 48, 56, 64)
"""How many parts what is divided has."""
BATCHES = ("n", "b", "bs", "batch", "batch_size", "bsz", "batchsize")
_ONE_BATCH = ("b", "bs", "batch", "batch_size", "bsz", "batchsize")
"""Words for one thing: who writes `B` beside `batch` means the same; an `n` may be of something else."""
LENGTHS = ("t", "l", "s", "seq", "seq_len", "length", "len", "time", "tokens", "n_tokens", "num_steps")
HEIGHTS = ("h", "w", "height", "width", "h_in", "w_in", "img_size", "image_size", "side")
_CHANNELS = ("c", "c_in", "in_channels", "channels", "ch", "d", "dim", "d_model", "f", "features", "e")
_WORKED: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda one, other: one // max(1, other),
    ast.FloorDiv: lambda one, other: one // max(1, other),
}


@dataclass(slots=True)
class Letters:
    """The size that each letter gets, the same wherever it stands; those that the code knows have the code's."""

    names: Mapping[str, int]
    layer: First
    free: tuple[int, ...] = PRIMES
    found: dict[str, int] = field(default_factory=dict)

    def shape(self, sizes: Sizes) -> Shape:
        """Return a stated shape with numbers alone."""
        return tuple(size if isinstance(size, int) else self._size(size) for size in sizes)

    def _size(self, name: str) -> int:
        if name in self.names:
            return max(1, self.names[name])
        if name not in self.found and (size := self._worked_out(name)) is not None:
            return size
        if name not in self.found:  # what is no arithmetic is taken for a letter: a call that fails says so
            found = self._new(name.lower())
            self.found[name] = (Likely if found == self.layer.channels else Ours)(found)
        return self.found[name]

    def _worked_out(self, written: str) -> int | None:
        """Return what arithmetic of letters comes to; None of a letter, and of what is none."""
        try:
            node = ast.parse(written, mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            return None
        size = self._value(node) if isinstance(node, ast.BinOp) else None
        letters = (ast.unparse(one) for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute))
        return size if size is None or self.found.keys().isdisjoint(letters) else Ours(size)

    def _many(self, name: str, parts: int) -> None:
        """Give a letter a size of which there are so many parts that they may be halved."""
        if name not in self.names and name not in self.found:
            taken = self.found.values()
            sizes = (parts * one for one in _PARTS if parts * one not in taken)
            self.found[name] = Ours(next(sizes, parts * _PARTS[-1]))

    def _value(self, node: ast.expr) -> int | None:
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.Name() | ast.Attribute():
                return self._size(ast.unparse(node))
            case ast.BinOp(left=left, op=sign, right=right):
                match sign, left, right:
                    case ast.Div() | ast.FloorDiv(), ast.Name(id=name), ast.Constant(value=int(parts)):
                        self._many(name, parts)
                one, other = self._value(left), self._value(right)
                work = _WORKED.get(type(sign))
                if one is not None and other is not None and work is not None:
                    return max(1, work(one, other))
        return None

    def _new(self, name: str) -> int:
        taken = self.found.values()
        alike = (size for other, size in self.found.items() if other.lower() in _ONE_BATCH)
        if name in _ONE_BATCH and (size := next(alike, None)) is not None:
            return size
        if name in BATCHES and BATCH not in taken:
            return BATCH
        if name in _CHANNELS and self.layer.channels is not None:
            return self.layer.channels
        if name in HEIGHTS and self.layer.rank >= 3 and self.layer.axis == 1 and self.layer.shapes:
            return self.layer.shapes[0][-1]
        if name in LENGTHS and TOKENS not in taken:
            return TOKENS
        return next((one for one in self.free if one not in taken), self.free[-1])
