"""The index of `reports/`: which numbers are wrong and why, by what they are about, and then the networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archcheck.claim_ledger import Dispute, merged, real
from archcheck.report.pages import MADE_BY, Page, code, network_page, networks_table, sentence
from archcheck.report.to_text import table
from archcheck.report.values import NOTHING, about, place_text
from archcheck.results import Check
from archcheck.spec.layers import Source
from archcheck.units import Stated, read_stated

INDEX = "README.md"
WHOLE: Mapping[str, tuple[str, ...]] = {
    "Parameters of networks": ("params",),
    "Operations of networks": ("macs", "flops"),
}
"""What numbers of a whole network are about, by the first words of their quantities."""
THEMES: Mapping[str, tuple[str, ...]] = {
    "Parameters and operations of layers": ("params", "macs", "flops"),
    "Which layers there are": ("layers", "repr"),
    "Weights and training": ("init", "training"),
}
"""What other numbers are about; what is left are shapes."""
SHAPES = "Shapes"
INTRO = (
    "What documents state of each network, against the published formulas and the network itself. "
    "Parameters are exact; MACs are multiply-accumulates of one sample, without bias. "
    "What each network is said to be has a page: [the networks](#networks)."
)
ORDER = (
    "What a document says alike of several networks is one row. Of whole networks the farthest off come first; last "
    "come those off by less than 1 in the last digit that is written (*last digit*), as a number is that was cut or "
    "rounded up, and not rounded to the nearest."
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
        themes = THEMES if self.check.layer else {**WHOLE, **THEMES}
        return next((theme for theme, words in themes.items() if word in words), SHAPES)

    @property
    def cost(self) -> tuple[Stated, int] | None:
        """A stated cost, and what it really is; None where it is none, or nothing to be measured by."""
        truth, stated = real(self.check), self.check.documented
        is_cost = self.check.quantity in ("params", "macs", "flops")
        read = read_stated(stated) if is_cost and isinstance(stated, int | str) else None
        return (read, truth) if read is not None and isinstance(truth, int) and truth else None

    @property
    def off(self) -> float | None:
        """By which share of what is the case a stated cost is too large; None where it is no cost."""
        if self.cost is None:
            return None
        read, truth = self.cost
        return float((read.low + read.high) / 2 / truth - 1)

    @property
    def wrong(self) -> bool:
        """Whether it is not true; else nothing settles what the documents contradict each other in."""
        return bool(self.dispute.wrong)

    @property
    def last_digit(self) -> bool:
        """Whether a stated cost is off by less than 1 in its last digit, as one is that was cut, or rounded up."""
        if self.cost is None:
            return False
        read, truth = self.cost
        return abs(2 * truth - read.low - read.high) < 2 * (read.high - read.low)

    def cells(self) -> tuple[str, ...]:
        """Return the cells behind the network's: what is stated and what is the case, why, and where it stands."""
        check = self.check
        source = next((one for one in self.page.spec.sources if one.name == check.source), None)
        where = [text for text in (_document(source) if source else "", check.at) if text]
        return (
            f"{about(check)}: {check.quantity}" if check.layer else check.quantity,
            code(check.quantity, check.documented),
            _really(check),
            NOTHING if self.off is None else f"{self.off:+.1%}{' (last digit)' if self.last_digit else ''}",
            _why(self),
            ", ".join(where) or NOTHING,
        )


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
        yield _told(made, rows)
        yield ORDER
    for theme in (*WHOLE, *THEMES, SHAPES):
        own = [row for row in rows if row.theme == theme]
        if own:
            yield f"### {theme}"
            yield _table(sorted(own, key=_farthest_first) if theme in WHOLE else own)
    yield "## Networks"
    yield networks_table(made, "")


def _told(made: Sequence[Page], rows: Sequence[_Row]) -> str:
    """Return how many statements are not true: in each network, and how many there are if networks share them."""
    claims = sum(page.result.claims for page in made)
    disputes = [dispute for page in made for dispute in page.disputes]
    wrong = sum(check.claimed for dispute in disputes for check in dispute.wrong)
    clashes = sum(dispute.contradiction for dispute in disputes)
    known = {0: "none is known to be wrong", 1: "1 is not true"}.get(wrong, f"{wrong} are not true")
    different = len({row.cells() for row in rows if row.wrong})
    if different < wrong:
        known += f", in {_count(different, 'row')} below"
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


def _farthest_first(row: _Row) -> tuple[bool, float]:
    return row.last_digit, -abs(row.off or 0.0)


def _table(rows: Sequence[_Row]) -> str:
    """Return one table; networks of which a document says the same share a row."""
    networks: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        networks.setdefault(row.cells(), []).append(f"[{row.page.spec.name}]({row.page.spec.name}.md)")
    headers = ("network", "what", "stated", "is", "off", "why", "where")
    cells = [(", ".join(names), *others) for others, names in networks.items()]
    return table(headers, cells, "markdown", right=("stated", "is", "off"))


def _document(source: Source) -> str:
    title = f"[{source.title}]({source.url})" if source.url else source.title
    return f"{title} ({source.year})" if source.year else title


def _really(check: Check) -> str:
    """Return what is the case; of a printed model the first line that is another."""
    return sentence(check.hint) if check.quantity == "repr" else code(check.quantity, real(check))


def _why(row: _Row) -> str:
    """Return why it is wrong, as the spec says or the check, and which other document has it right."""
    right = [
        f"{place_text(check.source, check.at)} has {code(check.quantity, check.documented)}"
        for check in merged(row.dispute.statements)
        if check.status == "agrees" and check.source != row.check.source
    ]
    reason = sentence(row.check.wrong or row.check.hint)
    return " ".join(part for part in (reason, f"({'; '.join(right)}.)" if right else "") if part)
