"""A shape as somebody wrote it: sizes with their columns, and what the writing says of their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

REST = "..."
"""The value of a size that stands for any number of axes, none among them."""
Layout = Literal["size", "shape", "volume", "sides", "product", "maps", "axis", "letters"]
"""How the sizes are to be taken.

`size`: as PyTorch prints it, every axis is there (`torch.Size([64, 10])`).
`shape`: a bracket or a parenthesis (`[48, 55, 55]`, `(N, C, H, W)`): the axes in order; the batch axis may be left out.
`volume`: three or more joined by a cross (`3x224x224`, `224x224x3`, `B x 64 x 56 x 56`): channels first or last; the
batch axis may be left out.
`sides`: two joined by a cross (`28 x 28`, `N x 1024`): the last two axes, or all there are.
`product`: two or more joined by a star (`28*28`, `16*5*5`): as `sides` and `volume`, or one axis of that many.
`maps`: `6@28x28`: channels, then sides; the batch axis is left out.
`axis`: a number alone in a flow (`224 -> 112`, `3 -> 64`): one axis, the same in all of the flow; which is not said.
`letters`: names with spaces between (`b c h w`, as einops and jaxtyping have it): every axis is there.
"""
Role = Literal["value", "input", "output", "flow"]
"""What a statement is of: what stands on its line, what that receives, what it gives, or the way through it."""


@dataclass(frozen=True, slots=True)
class Size:
    """One size: a number, a name or arithmetic of names (`N`, `B*nW`, `H/2`, `self.heads`), `...`, or None: unsaid.

    Arithmetic is Python's, without blanks, however it was written: `3C` -> `3*C`, `b x heads` -> `b*heads`, `src len`
    -> `src_len`, `H_{out}` -> `H_out`, `C'` -> `C_prime`. `start`, `end`: its columns in the text that was read.
    """

    value: int | str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StatedShape:
    """One shape as it stands in a text, from column `start` to `end`."""

    sizes: tuple[Size, ...]
    layout: Layout
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a text says about shapes in one place.

    `role`; `shapes`: one, or of a flow two or more in order; `name`: the variable, parameter, result or layer that
    it is said of (`x: [N, T, D]`, `Conv2d output shape: ...`), None where it is said of what stands on the line;
    `text`: as written, columns `start` to `end` of the text that was read. `sure`: False where it may be something else
    (`[3, 4, 6, 3]`, `(w, h)`, one of several on a line): it may then agree or stay unchecked, but never differs.
    `operation`: what it says is done (`permute: [N, T, D] -> [T, N, D]`), of a statement that names nothing else.
    """

    role: Role
    shapes: tuple[StatedShape, ...]
    text: str
    start: int
    end: int
    name: str | None = None
    sure: bool = True
    operation: str | None = None
