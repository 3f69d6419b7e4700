"""What would make a claim true: the smallest single changes of a window layer, with the formula worked out.

Candidates are tried with the layer's own rule, so whatever the rule refuses (a padding over half a pooling
window, a window larger than the image) is never proposed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archcheck.errors import BadArgument, RefusedInput
from archcheck.infer import InferredLayer, complete
from archcheck.results import Shape, without_batch
from archcheck.rules import RULES
from archcheck.rules.base import spread
from archcheck.spec.layers import Pattern
from archcheck.units import shape_text

REACH = 64
"""How far from the present value a change is looked for."""


@dataclass(frozen=True, slots=True)
class _Window:
    """A window layer that was worked out: its kind, arguments with defaults, and sample shapes in and out."""

    kind: str
    args: Mapping[str, object]
    batch: int
    given: Shape
    gives: Shape

    @property
    def sides(self) -> int:
        return len(self.given) - 1

    def each(self, name: str, default: int) -> Shape:
        value = self.args.get(name, default)
        if value is None:
            value = self.args["kernel_size"]
        return spread(value if isinstance(value, int | tuple) else default, self.sides, name)

    def gives_with(self, target: Shape, given: Shape, **change: object) -> bool:
        """Whether the sides come out as `target` with one change made."""
        try:
            effect = RULES[self.kind].rule((self.batch, *given), **{**self.args, **change})
        except (BadArgument, RefusedInput):
            return False
        return effect.output[2:] == target


def output_hint(layer: InferredLayer | None, pattern: Pattern, batch: int) -> str | None:
    """Return what would make a claimed output true, or None where nothing is known to.

    >>> # AlexNet's first convolution as its paper has it, on 224x224:
    >>> # (224 + 2*0 - 11) // 4 + 1 = 54; 55 needs padding 2 or 3, an input side of 227 to 230, ...
    """
    if layer is None or layer.effect is None or not layer.inputs or layer.inputs[0] is None:
        return None
    gives = without_batch(layer.effect.output, batch) or ()
    claimed = pattern[1:] if len(pattern) == len(gives) + 1 else pattern
    if len(claimed) != len(gives):
        return f"{layer.kind} gives {len(gives)} axes ({shape_text(gives)}), the claim has {len(claimed)}"
    parts = [_channels(layer, claimed, gives)]
    window = _window(layer, gives, batch)
    target = tuple(size for size in claimed[1:] if isinstance(size, int))
    if window is not None and len(target) == window.sides and target != gives[1:]:
        parts.append(_sides(window, target))
    return "; ".join(part for part in parts if part) or None


def _channels(layer: InferredLayer, claimed: Pattern, gives: Shape) -> str | None:
    names = [name for name in ("out_channels", "out_features") if name in layer.args]
    axis = -1 if names == ["out_features"] else 0
    if not gives or not isinstance(claimed[axis], int) or claimed[axis] == gives[axis]:
        return None
    return f"{names[0]} is {gives[axis]}" if names else f"it passes on {gives[axis]} channels"


def _window(layer: InferredLayer, gives: Shape, batch: int) -> _Window | None:
    if "kernel_size" not in layer.args or layer.kind in ("Fold", "Unfold") or len(gives) < 2:
        return None
    given = without_batch(layer.inputs[0], batch) or ()
    return _Window(layer.kind, {**complete(layer.kind, layer.args), **layer.filled}, batch, given, gives)


def _sides(window: _Window, target: Shape) -> str:
    axis = next(axis for axis, size in enumerate(target) if size != window.gives[axis + 1])
    wanted = str(target[0]) if len(set(target)) == 1 else shape_text(target)
    changes = sorted(_changes(window, target), key=lambda change: change.distance)
    if not changes:
        return (
            f"{_formula(window, axis)}; no single change of padding, input, kernel or stride gives {wanted}"
        )
    words = [change.words for change in changes]
    listed = ", ".join(words[:-1]) + (", or " if len(words) > 1 else "") + words[-1]
    return f"{_formula(window, axis)}; {wanted} needs {listed}"


@dataclass(frozen=True, slots=True)
class _Change:
    """One argument (or the input) with the values that would do, and how far the nearest is from the present."""

    words: str
    distance: int


def _changes(window: _Window, target: Shape) -> Iterator[_Change]:
    """Yield the single changes that make the sides come out, each argument the same on every side."""
    for name, words, least in (
        ("padding", "padding", 0),
        ("kernel_size", "kernel", 1),
        ("stride", "stride", 1),
    ):
        if name not in window.args or isinstance(window.args[name], str):
            continue
        now = window.each(name, least)[0]
        values = range(max(least, now - REACH), now + REACH + 1)
        made = _tried(values, lambda n, name=name: window.gives_with(target, window.given, **{name: n}))  # type: ignore[misc]
        if made:
            yield _Change(f"{words} {_ranges(made)}", min(abs(n - now) for n in made))
        if name == "padding":
            yield from _input_change(window, target)
    if window.args.get("ceil_mode") is False and window.gives_with(target, window.given, ceil_mode=True):
        yield _Change("ceil_mode=True", 1)


def _input_change(window: _Window, target: Shape) -> Iterator[_Change]:
    now = window.given[1]
    if len(set(window.given[1:])) > 1:
        return
    values = range(max(1, now - REACH), now + REACH + 1)
    made = _tried(values, lambda n: window.gives_with(target, (window.given[0], *(n,) * window.sides)))
    if made:
        yield _Change(f"an input side of {_ranges(made)}", min(abs(n - now) for n in made))


def _tried(values: range, works: Callable[[int], bool]) -> list[int]:
    return [value for value in values if works(value)]


def _ranges(values: Sequence[int]) -> str:
    """Return whole numbers as people say them: `2 or 3`, `227 to 230`."""
    if len(values) == 1:
        return str(values[0])
    contiguous = values[-1] - values[0] == len(values) - 1
    if contiguous and len(values) > 2:
        return f"{values[0]} to {values[-1]}"
    return ", ".join(map(str, values[:-1])) + f" or {values[-1]}"


def _formula(window: _Window, axis: int) -> str:
    """Return the layer's own arithmetic on one side, worked out: `(224 + 2*0 - 11) // 4 + 1 = 54`."""
    n, out = window.given[axis + 1], window.gives[axis + 1]
    kernel, stride = window.each("kernel_size", 1)[axis], window.each("stride", 1)[axis]
    dilation = window.each("dilation", 1)[axis]
    reach = str(kernel) if dilation == 1 else f"({dilation}*({kernel} - 1) + 1)"
    if isinstance(window.args.get("padding"), str):
        return f"padding={window.args['padding']} on a side of {n} gives {out}"
    padding = window.each("padding", 0)[axis]
    if window.kind.startswith("ConvTranspose"):
        extra = window.each("output_padding", 0)[axis]
        return f"({n} - 1)*{stride} - 2*{padding} + {reach} + {extra} = {out}"
    if window.args.get("ceil_mode"):
        return f"ceil(({n} + 2*{padding} - {reach}) / {stride}) + 1 = {out}"
    return f"({n} + 2*{padding} - {reach}) // {stride} + 1 = {out}"
