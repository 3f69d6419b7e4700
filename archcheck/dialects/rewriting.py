"""True sizes in place of stated ones, in the dialect in which they were stated."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from archcheck.dialects.stated import REST, Size, StatedShape, Statement
from archcheck.dialects.vocabulary import is_batch
from archcheck.units import Shape

Change = tuple[int, int, str]
"""New text for the columns from the first to the second."""
Pairs = list[tuple[Size, int]]


def rewritten(
    statement: Statement, sizes: Sequence[Shape | None], names: Mapping[str, int] | None = None
) -> list[Change]:
    """Return the changes that make a statement true, in order; none where it is.

    `sizes`: for each of its shapes the whole true shape, batch axis included, or None to leave it; for a number alone
    (`224 -> 112`) a shape of that one axis. `names`: what names stand for. Numbers that are right stay, and names that
    may stand for the true size; where the number of axes is wrong, all of the sizes are written anew, with the marks
    that stood between them.

    >>> from archcheck.dialects.comments import comment
    >>> rewritten(comment("output[48, 55, 55]")[0], [(1, 48, 54, 54)])
    [(11, 13, '54'), (15, 17, '54')]
    """
    bound = dict(names or {})
    changes: list[Change] = []
    for shape, true in zip(statement.shapes, sizes, strict=True):
        if true is not None and shape.sizes:
            changes += _changes(statement, shape, true, bound)
    return changes


def _changes(
    statement: Statement, shape: StatedShape, true: Shape, bound: dict[str, int]
) -> Iterator[Change]:
    ways = [way for way in _ways(shape, true) if len(way) <= len(shape.sizes)]
    if not ways:
        yield _anew(statement, shape, true)
        return
    best = max(ways, key=lambda way: sum(_stands(size, axis, dict(bound)) for size, axis in way))
    for size, axis in best:
        if not _stands(size, axis, bound):
            yield size.start, size.end, str(axis)


def _stands(size: Size, axis: int, bound: dict[str, int]) -> bool:
    """Return whether a size may be the axis's, and note what its name stands for from now on."""
    if size.value is None or size.value == REST:
        return True
    if isinstance(size.value, int):
        return size.value == axis
    if size.value.isidentifier():
        return bound.setdefault(size.value, axis) == axis
    value = _evaluated(size.value, bound)
    return value is None or value == axis


def _ways(shape: StatedShape, true: Shape) -> Iterator[Pairs]:
    """Yield which size may be of which axis, the likeliest first."""
    sizes, count, rank = shape.sizes, len(shape.sizes), len(true)
    rest = next((place for place, size in enumerate(sizes) if size.value == REST), None)
    if rest is not None:
        behind = count - rest - 1
        if rest + behind <= rank:
            yield [
                *zip(sizes[:rest], true, strict=False),
                *zip(sizes[rest + 1 :], true[rank - behind :], strict=True),
            ]
        return
    if shape.layout == "product" and _is_product(sizes, true):
        yield []
        return
    if count == rank:
        yield list(zip(sizes, true, strict=True))
    if shape.layout in ("size", "letters", "axis"):
        return
    if count == rank - 1 or (count < rank and shape.layout in ("sides", "product", "maps")):
        yield list(zip(sizes, true[rank - count :], strict=True))
    if shape.layout == "volume" and count >= 3 and rank - count in (0, 1):
        first = count - 3
        last = (*true[rank - count :][:first], true[-2], true[-1], true[-3])
        yield list(zip(sizes, last, strict=True))


def _is_product(sizes: Sequence[Size], true: Shape) -> bool:
    """Return whether `16*5*5` is of a flat axis, which it is right of."""
    product = 1
    for size in sizes:
        product *= size.value if isinstance(size.value, int) else 0
    return bool(true) and product == true[-1]


def _anew(statement: Statement, shape: StatedShape, true: Shape) -> Change:
    """Return the change that writes all sizes: between them stands what stood between the first two."""
    first, last = shape.sizes[0], shape.sizes[-1]
    text = statement.text
    between = (
        text[first.end - statement.start : shape.sizes[1].start - statement.start]
        if len(shape.sizes) > 1
        else ", "
    )
    written = [str(axis) for axis in true]
    if isinstance(first.value, str) and is_batch(first.value):
        written[:1] = [text[first.start - statement.start : first.end - statement.start]]
    return first.start, last.end, between.join(written)


def _evaluated(written: str, bound: Mapping[str, int]) -> int | None:
    """Return what arithmetic comes to, None where a name in it is not known."""
    if len(written) > 200:
        return None
    try:
        return _value(ast.parse(written, mode="eval").body, bound)
    except (SyntaxError, ValueError, RecursionError, MemoryError, ZeroDivisionError):
        return None


def _value(node: ast.expr, bound: Mapping[str, int]) -> int | None:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.Name() | ast.Attribute():
            return bound.get(ast.unparse(node))
        case ast.BinOp(left=left, op=sign, right=right):
            one, other = _value(left, bound), _value(right, bound)
            return None if one is None or other is None else _applied(sign, one, other)
    return None


def _applied(sign: ast.operator, left: int, right: int) -> int | None:
    match sign:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div() | ast.FloorDiv():
            return left // right
    return None
