"""What a document states of the inputs of its models and functions: by the sites that its claims are bound to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archcheck.binding.program import Claim, Program, Site
from archcheck.dialects.stated import REST, StatedShape
from archcheck.units import Shape

Sizes = tuple[int | str, ...]
OPEN: Sizes = ("rest_1", "rest_2")
"""Letters for axes that are left open."""
OF_AXES: Mapping[int, Sizes] = {1: ("N",), 2: ("N", "D"), 3: ("N", "T", "D"), 4: ("N", "C", "H", "W")}
"""What the axes of a tensor are most likely, by how many there are."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """What the code of a function says of its parameters: shapes; `least`: how many axes those have at least.

    Parameters of which only that is known have a shape, too: the likeliest. `enters`: the parts of a model that they go
    straight into, in the order of the code; `apart`: the names of what several tensors in one parameter are.
    """

    shapes: Mapping[str, Sizes] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    enters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What a document says of one class, function or variable.

    `inputs`: whole inputs, in the order of the likelihood that they are the model's; `parameters`: by name; `sides`:
    numbers that end its claims, the largest first; `begins`: by how many axes a claim has, the two numbers that all
    such claims begin with, where they do; `numbers`: whether any claim has a number above 1; `inferred`: by name, the
    shapes of parameters that the code says, and nobody states; `axes`: how many axes claims have, the most usual first;
    `least`: by name, how many axes a parameter has at least of which nothing else is known; `enters`: the parts of the
    model that a parameter goes straight into; `apart`: the names of what several tensors in one parameter are.
    """

    inputs: tuple[Sizes, ...]
    parameters: Mapping[str, Sizes]
    sides: tuple[int, ...]
    begins: Mapping[int, tuple[int | None, int | None]]
    numbers: bool
    inferred: Mapping[str, Sizes] = field(default_factory=dict)
    axes: tuple[int, ...] = ()
    least: Mapping[str, int] = field(default_factory=dict)
    enters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def known(self) -> Mapping[str, Sizes]:
        """The shapes of parameters, stated or not."""
        return {**self.inferred, **self.parameters}


NOTHING_SAID = Said((), {}, (), {}, numbers=False)


def said_of(
    program: Program,
    wanted: frozenset[int],
    forward: str,
    inferred: Mapping[str, Inferred] | None = None,
) -> Said:
    """Return what claims bound to the sites `wanted` say; `forward`: the qualified name of what is called.

    `inferred`: by such names, what the code says of parameters.
    """
    sites = {site.number: site for site in program.sites}
    of_code = (inferred or {}).get(forward, Inferred())
    found = [(claim, [sites[one] for one in claim.sites if one in wanted]) for claim in program.claims]
    bound = [(claim, own) for claim, own in found if own]
    parameters = _parameters(bound, forward)
    return Said(
        tuple(dict.fromkeys(_inputs(bound, forward))),
        parameters,
        tuple(sorted(_sides(bound), reverse=True)),
        _begins(bound),
        any(type(size) is int and size > 1 for claim, _ in bound for size in _sizes(claim)),
        of_code.shapes,
        tuple(_axes(bound)),
        {name: axes for name, axes in of_code.least.items() if name not in parameters},
        of_code.enters,
        of_code.apart,
    )


Bound = list[tuple[Claim, list[Site]]]


def _inputs(bound: Bound, forward: str) -> Iterator[Sizes]:
    """Yield what is said to go in: of the whole first, then of what stands first in it."""
    taking = [(claim, own) for claim, own in bound if claim.statement.role in ("input", "flow")]
    taking.sort(key=lambda one: (one[1][0].function != forward, one[1][0].line))
    for claim, _ in taking[:3]:
        if (sizes := sizes_of(claim.statement.shapes[0])) is not None:
            yield sizes


def _parameters(bound: Bound, forward: str) -> dict[str, Sizes]:
    found: dict[str, Sizes] = {}
    for claim, own in bound:
        for site in own:
            if site.kind == "parameter" and site.function == forward and site.name:
                sizes = opened(claim.statement.shapes[0])
                if sizes is not None:
                    found.setdefault(site.name, sizes)
    return found


def _axes(bound: Bound) -> Iterator[int]:
    """Yield how many axes claims of whole shapes have, the most usual first."""
    shapes = [shape for claim, _ in bound for shape in claim.statement.shapes]
    found = Counter(len(shape.sizes) for shape in shapes if shape.layout in ("size", "shape", "letters"))
    yield from (axes for axes, _ in found.most_common() if axes in OF_AXES)


def _sides(bound: Bound) -> set[int]:
    found = set()
    for claim, _ in bound:
        for shape in claim.statement.shapes:
            last = shape.sizes[-1].value if shape.sizes else None
            if type(last) is int and _ends_in_sides(shape) and 1 < last <= 2048:
                found.add(last)
    return found


def _ends_in_sides(shape: StatedShape) -> bool:
    return len(shape.sizes) > 2 or shape.layout == "sides"


def _begins(bound: Bound) -> dict[int, tuple[int | None, int | None]]:
    by_count: dict[int, list[Sizes]] = {}
    for claim, _ in bound:
        for shape in claim.statement.shapes:
            if (
                (shape.layout in ("size", "shape") or len(shape.sizes) > 3)
                and (sizes := sizes_of(shape)) is not None
                and len(sizes) > 1
            ):
                by_count.setdefault(len(sizes), []).append(sizes)
    return {count: (_common(many, 0), _common(many, 1)) for count, many in by_count.items()}


def _common(many: list[Sizes], at: int) -> int | None:
    """Return the number that every shape has at a place; None where they differ, or one has a letter."""
    found = {sizes[at] for sizes in many}
    one = found.pop()
    return one if isinstance(one, int) and not found else None


def _sizes(claim: Claim) -> Iterator[int | str | None]:
    for shape in claim.statement.shapes:
        for size in shape.sizes:
            yield size.value


def sizes_of(shape: StatedShape) -> Sizes | None:
    """Return a stated shape as sizes; None where one is unsaid or stands for several."""
    found = opened(shape)
    return None if found is None or OPEN[0] in found else found


def opened(shape: StatedShape) -> Sizes | None:
    """Return a stated shape as sizes, with two letters for `...`; None where one is unsaid."""
    values = [size.value for size in shape.sizes]
    if shape.layout == "axis" or any(value is None for value in values) or values.count(REST) > 1:
        return None
    given = ((value,) if value != REST else OPEN for value in values if value is not None)
    return tuple(value for many in given for value in many)


def stated_by_site(program: Program) -> dict[int, list[tuple[int | str | None, ...]]]:
    """Return the shapes that are claimed of each site."""
    found: dict[int, list[tuple[int | str | None, ...]]] = {}
    for claim in program.claims:
        shapes = [tuple(size.value for size in shape.sizes) for shape in claim.statement.shapes]
        for site in claim.sites:
            found.setdefault(site, []).extend(shapes)
    return found


def ends_as(shape: Shape, stated: tuple[int | str | None, ...]) -> bool:
    """Return whether a shape's last axes are the numbers that are stated; letters may be any."""
    if len(stated) > len(shape) or not any(isinstance(one, int) for one in stated):
        return False
    pairs = zip(reversed(shape), reversed(stated), strict=False)
    return all(size == one for size, one in pairs if isinstance(one, int))
