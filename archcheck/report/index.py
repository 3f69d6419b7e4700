"""The index of `reports/`: which numbers are wrong and why, by what they are about, and then the networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archcheck.claim_ledger import Dispute, merged, real
from archcheck.report.pages import MADE_BY, Page, code, network_page, networks_table, sentence, source_link
from archcheck.report.to_text import table
from archcheck.report.values import NOTHING, about, place_text
from archcheck.results import Check

INDEX = "README.md"
THEMES: Mapping[str, tuple[str, ...]] = {
    "Parameters": ("params",),
    "Operations": ("macs", "flops"),
    "Layers": ("layers", "repr"),
    "Weights and training": ("init", "training"),
}
"""What numbers are about, by the first words of their quantities; what is left are shapes."""
SHAPES = "Shapes"
INTRO = (
    "What documents state of each network, against the published formulas and the network itself. "
    "Parameters are exact; MACs are multiply-accumulates of one sample, without bias."
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A statement that is not true, or that nothing settles: on whose page, by whom, in which dispute."""

    page: Page
    dispute: Dispute
    check: Check

    @property
    def theme(self) -> str:
        """What it is about."""
        word = self.check.quantity.partition(".")[0]
        return next((theme for theme, words in THEMES.items() if word in words), SHAPES)

    @property
    def reason(self) -> str:
        """Why it is wrong, as the spec says, or what the check has to say of it."""
        return sentence(self.check.wrong or self.check.hint)


def pages(made: Sequence[Page]) -> dict[str, str]:
    """Return every page's file name and text, the index among them."""
    files = {f"{page.spec.name}.md": network_page(page, made) for page in made}
    return {INDEX: "\n\n".join(_index(made)) + "\n"} | files


def _index(made: Sequence[Page]) -> Iterator[str]:
    yield MADE_BY
    yield "# Documented networks"
    yield INTRO
    rows = [row for page in made for row in _rows(page)]
    if rows:
        yield "## Numbers that are wrong, and why"
        yield _told(made)
    for theme in (*THEMES, SHAPES):
        own = [row for row in rows if row.theme == theme]
        if own:
            yield f"### {theme}"
            yield from _tables(own)
    yield "## Networks"
    yield networks_table(made, "")


def _told(made: Sequence[Page]) -> str:
    claims = sum(page.result.claims for page in made)
    disputes = [dispute for page in made for dispute in page.disputes]
    wrong = sum(check.claimed for dispute in disputes for check in dispute.wrong)
    clashes = sum(dispute.contradiction for dispute in disputes)
    known = {0: "none is known to be wrong", 1: "1 is not true"}.get(wrong, f"{wrong} are not true")
    told = f"{_count(claims, 'statement')} on {_count(len(made), 'network')}: {known}."
    return f"{told} Documents contradict each other {_times(clashes)}." if clashes else told


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _rows(page: Page) -> Iterator[_Row]:
    for dispute in page.disputes:
        told = dispute.wrong or dispute.statements  # where nothing settles a contradiction, each is listed
        yield from (_Row(page, dispute, check) for check in merged(told) if check.claimed)


def _tables(rows: Sequence[_Row]) -> Iterator[str]:
    """Yield a table for each reason that several networks share, the reason above it, and one for all others."""
    shared: dict[str, list[_Row]] = {}
    for row in rows:
        shared.setdefault(row.reason, []).append(row)
    alone = []
    for reason, those in shared.items():
        if reason and len({row.page.spec.name for row in those}) > 1:
            yield f"**{reason}**"
            yield _table(those, why=False)
        else:
            alone += those
    if alone:
        yield _table(alone, why=True)


def _table(rows: Sequence[_Row], *, why: bool) -> str:
    whys = ("why",) if why else ()
    cells = [(*_cells(row), *((_why(row),) if why else ())) for row in rows]
    return table(("network", "what", "document", "place", "stated", "is", *whys), cells, "markdown")


def _cells(row: _Row) -> tuple[str, ...]:
    spec, check = row.page.spec, row.check
    source = next((one for one in spec.sources if one.name == check.source), None)
    return (
        f"[{spec.name}]({spec.name}.md)",
        f"{about(check)}: {check.quantity}",
        source_link(source) if source else NOTHING,
        check.at or NOTHING,
        code(check.quantity, check.documented),
        _really(check),
    )


def _really(check: Check) -> str:
    """Return what is the case; of a printed model the first line that is another."""
    return sentence(check.hint) if check.quantity == "repr" else code(check.quantity, real(check))


def _why(row: _Row) -> str:
    """Return the reason, and which other document has it right."""
    right = [
        f"{place_text(check.source, check.at)} has {code(check.quantity, check.documented)}"
        for check in merged(row.dispute.statements)
        if check.status == "agrees" and check.source != row.check.source
    ]
    return " ".join(part for part in (row.reason, f"({'; '.join(right)}.)" if right else "") if part)
