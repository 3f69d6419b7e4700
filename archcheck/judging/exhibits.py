"""Models and tables that a document shows as printed x those that the run printed -> checks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, zip_longest
from typing import Literal

from archcheck.binding.program import Exhibit, Program
from archcheck.checks.printed_models import differing_lines, first_difference
from archcheck.dialects.outputs import PrintedModel, PrintedTable, TableRow
from archcheck.dialects.stated import StatedShape
from archcheck.documents.document import Edit, Line, Passage
from archcheck.judging.parts import cell_of
from archcheck.judging.printouts import NOTHING, Printouts
from archcheck.judging.reasons import FOLLOWS_NOT, Reasons
from archcheck.results import Check, Plain, Status

NO_MODEL = "what ran before it printed no such model"
NO_TABLE = "what ran before it printed no such table"
OTHER_ROWS = "another version of torchinfo may list other layers"
_HOLDERS = ("ModuleList", "ModuleDict", "ParameterList", "ParameterDict")
"""What some versions of torchinfo have a row of, and others none."""
_TOTALS = ("total params", "trainable params", "non-trainable params")
Quantity = Literal["repr", "input", "output", "params"]


@dataclass(frozen=True, slots=True)
class Exhibited:
    """A check of what a document shows as printed, and where it stands.

    `edits`: what puts there what the run printed, where the two differ and one stands in the place of the other.
    """

    check: Check
    passage: Passage
    line: Line
    edits: tuple[Edit, ...] = ()


def exhibited(
    program: Program, reasons: Reasons, printouts: Printouts, doubtful: Collection[int] = ()
) -> Iterator[Exhibited]:
    """Yield a check for every printed model, and for every number of a table.

    `doubtful`: the sites that printed what was made of supposed tensors: nothing there differs.
    """
    sites = {id(exhibit.passage): exhibit.sites for exhibit in program.exhibits}
    for one in _exhibited(program, reasons, printouts):
        if one.check.status == "differs" and not set(sites[id(one.passage)]).isdisjoint(doubtful):
            one = Exhibited(replace(one.check, status="unchecked", hint=FOLLOWS_NOT), one.passage, one.line)
        yield one


def _exhibited(program: Program, reasons: Reasons, printouts: Printouts) -> Iterator[Exhibited]:
    before: dict[tuple[object, ...], int] = {}
    for exhibit in program.exhibits:
        shown = exhibit.shown
        what = shown.type if isinstance(shown, PrintedModel) else shown.tool
        place = before[exhibit.sites, what] = before.get((exhibit.sites, what), -1) + 1
        why = reasons.unseen_at(exhibit.sites, NOTHING)
        printout = printouts.of(exhibit.sites)
        if isinstance(shown, PrintedModel):
            why = NO_MODEL if printout.texts else why
            yield _model(_Page.of(exhibit), shown, printout.models, place, why)
        else:
            tables = [one for one in printout.tables if one.tool == shown.tool]
            why = NO_TABLE if printout.texts else why
            yield from _table(_Page.of(exhibit), shown, tables, place, why)


@dataclass(frozen=True, slots=True)
class _Page:
    """Where an exhibit stands: its passage, the text of that, and where each line begins in it."""

    passage: Passage
    text: str
    begins: tuple[int, ...]

    @classmethod
    def of(cls, exhibit: Exhibit) -> _Page:
        """Return an exhibit's page."""
        lines = exhibit.passage.lines
        begins = (0, *accumulate(len(line.text) + 1 for line in lines[:-1]))
        return cls(exhibit.passage, exhibit.passage.text, begins)

    def line_at(self, column: int, below: int = 0) -> Line:
        """Return the line of a column of the passage's text, or one so many lines below it."""
        number = bisect_right(self.begins, column) - 1 + below
        return self.passage.lines[min(number, len(self.passage.lines) - 1)]

    def check(
        self,
        layer: str,
        quantity: Quantity,
        values: tuple[Plain, Plain],
        status: Status,
        line: Line,
        said: str,
        hint: str | None = None,
        edits: tuple[Edit, ...] = (),
    ) -> Exhibited:
        """Return a check of what is said on a line; `values`: the document's and the run's."""
        check = Check(
            layer,
            "",
            quantity,
            values[0],
            None,
            values[1],
            status,
            line.number,
            hint,
            at=cell_of(self.passage),
            source="output",
            said=said,
        )
        return Exhibited(check, self.passage, line, edits if status == "differs" else ())

    def column_at(self, column: int) -> int:
        """Return which column of its line a column of the passage's text is."""
        return column - self.begins[bisect_right(self.begins, column) - 1]


def _model(
    page: _Page, shown: PrintedModel, printed: Sequence[PrintedModel], place: int, why: str
) -> Exhibited:
    """Compare a model with the one that was printed in its place, or with any other of its class that is the same."""
    own = [one for one in printed if one.type == shown.type] or (printed if len(printed) == 1 else [])
    first = page.line_at(shown.start)
    documented = _dedented(shown.text)
    if not own:
        return page.check(shown.type, "repr", (documented, None), "unchecked", first, first.text.strip(), why)
    found = [(one, first_difference(documented, _dedented(one.text))) for one in own]
    same = next((one for one, difference in found if difference is None), None)
    if same is not None:
        values = (documented, _dedented(same.text))
        return page.check(shown.type, "repr", values, "agrees", first, first.text.strip())
    if place >= len(own):  # a statement that prints several was cut short before this one
        return page.check(
            shown.type, "repr", (documented, None), "unchecked", first, first.text.strip(), NO_MODEL
        )
    real, difference = found[place]
    number, hint = difference or (1, "")
    line = page.line_at(shown.start, number - 1)
    values = (documented, _dedented(real.text))
    edits = tuple(_lines_anew(page, shown, differing_lines(*values)))
    return page.check(shown.type, "repr", values, "differs", line, line.text.strip(), hint, edits)


def _lines_anew(page: _Page, shown: PrintedModel, differing: Sequence[tuple[int, str]]) -> Iterator[Edit]:
    """Yield what puts other lines in the place of a model's."""
    for number, text in differing:
        line = page.line_at(shown.start, number - 1)
        start = page.column_at(shown.start) if number == 1 else len(line.text) - len(line.text.lstrip())
        yield Edit(line, start, len(line.text.rstrip()), text)


def _dedented(text: str) -> str:
    """Return a printed model whose last bracket has no indent."""
    first, *rest = text.split("\n")
    indent = len(rest[-1]) - len(rest[-1].lstrip()) if rest else 0
    return "\n".join((first, *(line[indent:] for line in rest)))


def _table(
    page: _Page, shown: PrintedTable, printed: Sequence[PrintedTable], place: int, why: str
) -> Iterator[Exhibited]:
    real = printed[min(place, len(printed) - 1)] if printed else None
    wanted = [row for row in shown.rows if row.type not in _HOLDERS]
    rows = [] if real is None else _rows(real, wanted)
    other: str | None = why if real is None else None
    for number, (row, seen) in enumerate(zip_longest(wanted, rows[: len(wanted)]), 1):
        assert row is not None, "no more rows are taken than the document has"
        if other is None and (seen is None or seen.type != row.type):
            other = (
                f"row {number} is {row.type} in the document and {seen.type if seen else 'none'} in the run"
            )
            if shown.tool == "torchsummary":
                line = page.line_at(row.start)
                yield page.check(
                    _name(row),
                    "repr",
                    (row.type, seen.type if seen else None),
                    "differs",
                    line,
                    row.type,
                    other,
                )
            other += f": {OTHER_ROWS}" if shown.tool == "torchinfo" else ""
        yield from _row(page, shown.tool, row, None if other else seen, other)
    yield from _totals(page, shown, real, why)


def _rows(table: PrintedTable, wanted: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows of the run's table; the model's own is left out where the document has none."""
    rows = [row for row in table.rows if row.type not in _HOLDERS]
    if rows and wanted and rows[0].depth == 0 and wanted[0].depth != 0:
        return rows[1:]
    return rows


def _name(row: TableRow) -> str:
    sign = ": " if row.depth is not None else "-"
    return row.name or (f"{row.type}{sign}{row.index}" if row.index else row.type)


def _row(
    page: _Page, tool: str, row: TableRow, seen: TableRow | None, why: str | None
) -> Iterator[Exhibited]:
    """Yield what a row says of its layer."""
    line, right = page.line_at(row.start), tool == "torchsummary"
    shapes: tuple[tuple[Quantity, StatedShape | None, StatedShape | None], ...] = (
        ("input", row.received, None if seen is None else seen.received),
        ("output", row.given, None if seen is None else seen.given),
    )
    for quantity, documented, real in shapes:
        if documented is not None and (seen is None or real is not None):
            status: Status = (
                "unchecked" if real is None else "agrees" if _same(documented, real) else "differs"
            )
            values: tuple[Plain, Plain] = (_documented(documented), None if real is None else _seen(real))
            said = page.text[documented.start : documented.end]
            edits = () if real is None else (_cell(line, said, _shape_text(real), right=right),)
            yield page.check(_name(row), quantity, values, status, line, said, why, edits)
    if row.params is not None and (seen is None or seen.params is not None):
        counts, said = (row.params, None if seen is None else seen.params), f"{row.params:,}"
        edits = () if counts[1] is None else (_cell(line, said, f"{counts[1]:,}", right=right),)
        yield page.check(_name(row), "params", counts, _counted(*counts), line, said, why, edits)


def _cell(line: Line, said: str, now: str, *, right: bool) -> Edit:
    """Return what puts another text in the last cell of a line that says one, as wide as it was; `right`: aligned."""
    start = line.text.rfind(said)
    if start < 0:  # a number that is written without separators
        said = said.replace(",", "")
        start, now = line.text.rfind(said), now.replace(",", "")
    end, more = start + len(said), len(now) - len(said)
    blanks = line.text[:start] if right else line.text[end:]
    room = len(blanks) - len(blanks.rstrip(" ") if right else blanks.lstrip(" "))
    taken = min(more, max(room - 1, 0)) if more > 0 else 0
    padding = " " * max(-more, 0)
    if right:
        return Edit(line, start - taken, end, padding + now)
    return Edit(line, start, end + taken, now + (padding if room else ""))


def _shape_text(shape: StatedShape) -> str:
    """Return a shape as both tools print it; torchsummary does not tell the batch axis."""
    return f"[{', '.join('-1' if size.value is None else str(size.value) for size in shape.sizes)}]"


def _same(documented: StatedShape, seen: StatedShape) -> bool:
    """Return whether two shapes are the same, but for the batch axis that torchsummary does not tell."""
    pairs = zip_longest((size.value for size in documented.sizes), (size.value for size in seen.sizes))
    same_axes = len(documented.sizes) == len(seen.sizes)
    return same_axes and all(one == other or None in (one, other) for one, other in pairs)


def _documented(shape: StatedShape) -> Plain:
    return ["?" if size.value is None else size.value for size in shape.sizes]


def _seen(shape: StatedShape) -> Plain:
    return [size.value for size in shape.sizes if size.value is not None]


def _counted(documented: int, seen: int | None) -> Status:
    return "unchecked" if seen is None else "agrees" if documented == seen else "differs"


def _totals(page: _Page, shown: PrintedTable, real: PrintedTable | None, why: str) -> Iterator[Exhibited]:
    text = page.text[shown.start : shown.end].lower()
    for name in _TOTALS:
        documented = _whole(shown.totals.get(name))
        seen = None if real is None else _whole(real.totals.get(name))
        if documented is not None:
            line = page.line_at(shown.start + max(text.find(f"{name}:"), 0))
            hint = None if seen is not None else why
            counts, said = (documented, seen), shown.totals[name]
            edits = () if seen is None else (_cell(line, said, f"{seen:,}", right=False),)
            yield page.check(name, "params", counts, _counted(*counts), line, said, hint, edits)


def _whole(count: str | None) -> int | None:
    digits = (count or "").replace(",", "")
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 25 else None
