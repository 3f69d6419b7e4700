"""What would make a claimed output true, with the arithmetic of the layer worked out.

For a window layer: the smallest single changes. Candidates are tried with the layer's own rule, so whatever the
rule refuses (a padding over half a pooling window, a window larger than the image) is never proposed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from archcheck.errors import BadArgument, RefusedInput
from archcheck.leaf import InferredLayer, complete
from archcheck.results import Shape, without_batch
from archcheck.rules import RULES
from archcheck.rules.windows import per_side, span
from archcheck.spec.layers import Branches, Pattern
from archcheck.spec.signatures import shown
from archcheck.units import shape_text

REACH = 64
"""How far from the present value a change is looked for."""

FAR = 2**63 - 1
"""The largest number that PyTorch takes: what holds as far as here has no end."""

WINDOWS = ("Conv", "ConvTranspose", "MaxPool", "AvgPool", "LPPool", "MaxUnpool")
"""The kinds, less their `2d`, whose sides follow from kernel, stride and padding."""


def output_hint(layer: InferredLayer | None, pattern: Pattern, batch: int) -> str | None:
    """Return what would make a claimed output true, or None where nothing is known to.

    AlexNet's first convolution as its paper has it, on 224x224, claimed to give 55x55:
    `(224 + 2*0 - 11) // 4 + 1 = 54; 55 needs padding 2 or 3, an input side of 227 to 230, or kernel 5 to 8`.
    """
    if layer is None or layer.effect is None or not layer.inputs or layer.inputs[0] is None:
        return None
    gives = without_batch(layer.effect.output, batch) or ()
    claimed, parts = pattern, []
    if len(pattern) == len(gives) + 1:
        claimed = pattern[1:]
        if isinstance(pattern[0], int) and pattern[0] != batch:
            parts.append(f"the spec's batch is {batch}, the claim's {pattern[0]}")
    if len(claimed) != len(gives):
        return f"{layer.kind} gives {_axes(len(gives))} ({shape_text(gives)}), the claim has {len(claimed)}"
    given = without_batch(layer.inputs[0], batch) or ()
    parts += [part for part in (_channels(layer, claimed, given, gives),) if part]
    parts += [part for part in (_sides(layer, claimed, batch, given, gives),) if part]
    return "; ".join(parts) or None


def _axes(count: int) -> str:
    return f"{count} axis" if count == 1 else f"{count} axes"


def _channels(layer: InferredLayer, claimed: Pattern, given: Shape, gives: Shape) -> str | None:
    """Say where the size of the axis comes from that is not a side: channels, or features."""
    if isinstance(layer.node, Branches) and layer.kind == "concat":
        dim = complete(layer.kind, layer.node.args)["dim"]
        assert isinstance(dim, int), "the loader has looked"
        return _joined(layer, dim, claimed, gives)
    axis = -1 if "out_features" in layer.args else 0
    if not gives or not isinstance(claimed[axis], int) or claimed[axis] == gives[axis]:
        return None
    for name in ("out_channels", "out_features"):
        if name in layer.args:
            return f"{name} is {gives[axis]}"
    if len(gives) == 1 < len(given) and math.prod(given) == gives[0]:
        return f"{'*'.join(map(str, given))} = {gives[0]}"
    if len(gives) == len(given) > 1 and given[0] == gives[0]:
        return f"it passes on {gives[0]} channels"
    return None


def _joined(layer: InferredLayer, dim: int, claimed: Pattern, gives: Shape) -> str | None:
    """Say what the branches of a `concat` add up to."""
    assert layer.effect is not None, "output_hint has looked"
    rank = len(layer.effect.output)
    axis = dim % rank - (rank - len(gives))
    if axis < 0 or not isinstance(claimed[axis], int) or claimed[axis] == gives[axis]:
        return None
    return " + ".join(str(shape[dim]) for shape in layer.inputs if shape) + f" = {gives[axis]}"


def _sides(layer: InferredLayer, claimed: Pattern, batch: int, given: Shape, gives: Shape) -> str | None:
    target = tuple(size for size in claimed[1:] if isinstance(size, int))
    if len(target) != len(gives) - 1 or target == gives[1:]:
        return None
    if layer.args.get("output_size") is not None:
        return f"output_size is {shown(layer.args['output_size'])}"
    if layer.kind[:-2] not in WINDOWS or len(given) != len(gives):
        return None
    args = {**complete(layer.kind, layer.args), **layer.filled}
    return _Window(layer.kind, args, batch, given, gives, target).hint()


@dataclass(frozen=True, slots=True)
class _Knob:
    """What may be changed: an argument, or the input (`name` is empty), and its present value on each side."""

    name: str
    words: str
    least: int
    now: Shape


@dataclass(frozen=True, slots=True)
class _Change:
    """A knob with the values that would do, and how far the nearest is from the present."""

    words: str
    distance: int


@dataclass(frozen=True, slots=True)
class _Window:
    """A window layer that was worked out: arguments with defaults, samples in and out, and the claimed sides."""

    kind: str
    args: Mapping[str, object]
    batch: int
    given: Shape
    gives: Shape
    target: Shape

    def hint(self) -> str:
        axis = next(axis for axis, size in enumerate(self.target) if size != self.gives[axis + 1])
        wanted = str(self.target[0]) if len(set(self.target)) == 1 else shape_text(self.target)
        knobs = self.knobs()
        changes = [change for knob in knobs if (change := self.change(knob)) is not None]
        if self.args.get("ceil_mode") is not None and self.works(ceil_mode=not self.args["ceil_mode"]):
            changes.append(_Change(f"ceil_mode={not self.args['ceil_mode']}", 1))
        if not changes:
            tried = _listed([knob.words for knob in knobs], "or").replace("an input side of", "input")
            return f"{self.formula(axis)}; no single change of {tried} gives {wanted} (up to {REACH} away)"
        words = [change.words for change in sorted(changes, key=lambda change: change.distance)]
        return f"{self.formula(axis)}; {wanted} needs {_listed(words, ', or')}"

    def knobs(self) -> list[_Knob]:
        """Return what may be changed, in the order in which equal changes are told."""
        arguments = [
            _Knob(name, words, least, self.each(name))
            for name, words, least in (
                ("output_padding", "output_padding", 0),
                ("padding", "padding", 0),
                ("kernel_size", "kernel", 1),
                ("stride", "stride", 1),
            )
            if name in self.args
        ]
        image = _Knob("", "an input side of", 1, self.given[1:])
        return [*arguments[:-2], image, *arguments[-2:]]

    def each(self, name: str, default: int = 1) -> Shape:
        """Return an argument's value on each side; without a stride, windows do not overlap."""
        value = self.args.get(name, default)
        sides = len(self.target)
        if name == "padding" and isinstance(value, str):
            whole = map(span, self.each("kernel_size"), self.each("dilation"))
            return tuple((size - 1) // 2 if value == "same" else 0 for size in whole)
        if name == "stride" and value is None:
            return self.each("kernel_size")
        return per_side(value, sides, name)  # type: ignore[arg-type]

    def works(self, sides: Shape | None = None, **change: object) -> bool:
        """Return whether the claimed sides come out with one change made: of the input's sides, or an argument."""
        return self.outcome(sides, **change) == self.target

    def outcome(self, sides: Shape | None = None, **change: object) -> Shape | None:
        kind = RULES[self.kind]
        given = (self.batch, self.given[0], *(sides or self.given[1:]))
        try:
            effect = kind.rule(*(given,) * min(kind.inputs), **{**self.args, **change})
        except (BadArgument, RefusedInput):
            return None
        return effect.output[2:]

    def turned(self, knob: _Knob, value: int | Shape) -> Shape | None:
        """Return the sides that come out with `value` for a knob, a number being the same for every side."""
        if knob.name:
            return self.outcome(None, **{knob.name: value})
        return self.outcome(per_side(value, len(self.target), "input"))

    def change(self, knob: _Knob) -> _Change | None:
        """Return the values of one knob that make the claim true, or its nearest one a side."""

        def right(n: int) -> bool:
            return knob.least <= n <= FAR and self.turned(knob, n) == self.target

        made = _tried(knob, right)
        if made:
            far = min(max(abs(n - now) for now in knob.now) for n in made)
            return _Change(f"{knob.words} {_ranges(_stretches(made, right))}", far)
        nearest = self.nearest(knob)
        if nearest is None or self.turned(knob, nearest) != self.target:
            return None
        far = max(abs(n - now) for n, now in zip(nearest, knob.now, strict=True))
        sizes = f"({', '.join(map(str, nearest))})"
        return _Change(f"{knob.words} {sizes}" if knob.name else f"an input of {shape_text(nearest)}", far)

    def nearest(self, knob: _Knob) -> Shape | None:
        """Return a knob's nearest value for each side that makes this side true, the other sides as they are."""
        found = []
        for axis, now in enumerate(knob.now):

            def right(n: int, axis: int = axis) -> bool:
                sides = self.turned(knob, (*knob.now[:axis], n, *knob.now[axis + 1 :]))
                return sides is not None and sides[axis] == self.target[axis]

            made = _tried(knob, right)
            if not made:
                return None
            found.append(min(made, key=lambda n, now=now: abs(n - now)))  # type: ignore[misc]
        return tuple(found)

    def formula(self, axis: int) -> str:
        """Return the layer's own arithmetic on one side: `(224 + 2*0 - 11) // 4 + 1 = 54`."""
        n, out = self.given[axis + 1], self.gives[axis + 1]
        if self.args.get("padding") == "same":
            return f"padding='same' keeps a side of {n}"
        kernel, stride, dilation = (self.each(name)[axis] for name in ("kernel_size", "stride", "dilation"))
        padding, extra = (self.each(name, 0)[axis] for name in ("padding", "output_padding"))
        reach = str(kernel) if dilation == 1 else f"({dilation}*({kernel} - 1) + 1)"
        if self.kind.startswith(("ConvTranspose", "MaxUnpool")):
            more = f" + {extra}" if "output_padding" in self.args else ""
            return f"({n} - 1)*{stride} - 2*{padding} + {reach}{more} = {out}"
        if not self.args.get("ceil_mode"):
            return f"({n} + 2*{padding} - {reach}) // {stride} + 1 = {out}"
        rounded_up = -(-(n + 2 * padding - span(kernel, dilation)) // stride) + 1
        less = "" if out == rounded_up else f" - {rounded_up - out}"
        why = ", as the last window would start beyond the input" if less else ""
        return f"ceil(({n} + 2*{padding} - {reach}) / {stride}) + 1{less} = {out}{why}"


def _tried(knob: _Knob, works: Callable[[int], bool]) -> list[int]:
    """Return the values that work among those within reach of the present ones."""
    near = {n for now in knob.now for n in range(max(knob.least, now - REACH), now + REACH + 1)}
    return [n for n in sorted(near) if works(n)]


def _stretches(values: Sequence[int], works: Callable[[int], bool]) -> list[tuple[int, int]]:
    """Return values as stretches without gaps, first and last, each on from there for as long as it works."""
    starts = [n for before, n in zip((None, *values), values, strict=False) if before != n - 1]
    ends = [n for n, after in zip(values, (*values[1:], None), strict=True) if after != n + 1]
    found = ((_end(a, -1, works), _end(b, 1, works)) for a, b in zip(starts, ends, strict=True))
    return list(dict.fromkeys(found))


def _end(n: int, step: int, works: Callable[[int], bool]) -> int:
    """Return how far on from `n` values work: in steps twice as long each time, then half as long."""
    while works(n + step):
        n, step = n + step, step * 2
    while abs(step) > 1:
        step //= 2
        n += step if works(n + step) else 0
    return n


def _ranges(stretches: Sequence[tuple[int, int]]) -> str:
    """Return stretches of whole numbers as people say them: `2 or 3`, `227 to 230`, `1, 3 or 7`, `38 or more`."""
    words: list[str] = []
    for first, last in stretches:
        if last == FAR:
            words.append(f"{first} or more")
        else:
            words += [f"{first} to {last}"] if last - first > 1 else map(str, range(first, last + 1))
    return _listed(words, "or")


def _listed(words: Sequence[str], last: str) -> str:
    """Return words in a row, `last` before the last of them: `1, 3 or 7`."""
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])}{'' if last.startswith(',') else ' '}{last} {words[-1]}"
