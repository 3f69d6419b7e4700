"""CSV: one row a check or a layer, the target in front and its error last; exact values, nothing for unknown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields

from archcheck.costs import LayerCost, Profile
from archcheck.operations import Operations
from archcheck.report.values import value_text
from archcheck.results import Check, Verification
from archcheck.strength import Change
from archcheck.units import shape_text


def verify_csv(results: Sequence[Verification]) -> str:
    """Return a row a check of every target; a target with an error has one row that says so."""
    rows = ((result, [_check_row(check) for check in result.checks]) for result in results)
    return _csv([field.name for field in fields(Check)], rows)


def mutation_csv(results: Sequence[Verification]) -> str:
    """Return a row a change of every target that was changed; a target with an error has one row that says so."""
    names = [field.name for field in fields(Change)]
    rows = (
        (result, [[getattr(change, name) for name in names] for change in result.mutation.changes])
        if result.mutation
        else (result, [])
        for result in results
    )
    return _csv(names, rows)


def profile_csv(results: Sequence[Profile]) -> str:
    """Return a row a layer of every target and batch; a target with an error has one row that says so.

    A record in a cell is a column for each of its numbers: `mul_adds`, `adds` ... of one sample, and `batch_mul_adds`,
    `batch_adds` ... of the batch as it was run.
    """
    rows = ((result, [[result.batch, *_layer_row(layer)] for layer in result.layers]) for result in results)
    return _csv(["batch", *_LAYER_COLUMNS], rows)


_RECORDS = {"operations": "", "batch_operations": "batch_"}
"""The records of a layer, and what their columns begin with."""

_PARTS = [part.name for part in fields(Operations)]

_LAYER_COLUMNS = [
    name
    for field in fields(LayerCost)
    for name in ([_RECORDS[field.name] + part for part in _PARTS] if field.name in _RECORDS else [field.name])
]


def _layer_row(layer: LayerCost) -> Iterator[object]:
    for field in fields(LayerCost):
        value = getattr(layer, field.name)
        if field.name not in _RECORDS:
            yield _cell(value)
        else:
            yield from (None if value is None else getattr(value, part) for part in _PARTS)


def _csv(names: list[str], results: Iterator[tuple[Verification | Profile, list[list[object]]]]) -> str:
    lines = (
        [result.target, *row, result.error]
        for result, rows in results
        for row in (rows if result.error is None else [[None] * len(names)])
    )
    return csv_text(["target", *names, "error"], lines)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a header and rows as CSV; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _check_row(check: Check) -> list[object]:
    """Return a check's cells: runs and sides, which are no shapes, as the tables show them."""
    row = {field.name: getattr(check, field.name) for field in fields(Check)}
    for name in ("documented", "inferred", "seen"):
        if isinstance(row[name], dict) or (check.quantity == "sizes" and row[name] is not None):
            row[name] = value_text(check.quantity, row[name])
    return [_cell(value) for value in row.values()]


def _cell(value: object) -> object:
    return shape_text(value) if isinstance(value, list | tuple) else value
