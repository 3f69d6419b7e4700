"""Shapes and statements whose columns count from elsewhere."""

from __future__ import annotations

from dataclasses import replace

from archcheck.dialects.stated import StatedShape, Statement


def moved(shape: StatedShape, by: int) -> StatedShape:
    """Return a shape whose columns count from `by` characters earlier."""
    sizes = tuple(replace(size, start=size.start + by, end=size.end + by) for size in shape.sizes)
    return replace(shape, sizes=sizes, start=shape.start + by, end=shape.end + by)


def shifted(one: Statement, by: int) -> Statement:
    """Return a statement whose columns count from `by` characters earlier."""
    shapes = tuple(moved(shape, by) for shape in one.shapes)
    return replace(one, shapes=shapes, start=one.start + by, end=one.end + by)
