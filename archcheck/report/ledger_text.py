"""The claim ledger for a terminal and as Markdown: a line a network, or a network's documents and findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple

from archcheck.claim_ledger import Dispute, Ledger, Tally, merged
from archcheck.report.ledger_data import source_text
from archcheck.report.to_text import heading, listing, table
from archcheck.report.values import NOTHING, about, place_text, value_text
from archcheck.results import Check
from archcheck.units import count_text

COUNTS = ("claims", "agree", "known wrong", "differ", "unchecked", "to run")
"""What a table calls the numbers of a tally."""
WIDEST = 40
"""Characters of a network's documents that a line of the terminal shows."""


def list_text(ledgers: Sequence[Ledger], style: str) -> str:
    """Return a line a network: its counts, its parameters, its documents; a family's members say whose they are."""
    found = [ledger for ledger in ledgers if ledger.error is None]
    families = any(ledger.family for ledger in found)
    rows = [
        (
            *((ledger.family or NOTHING,) if families else ()),
            ledger.name,
            *astuple(ledger.tally),
            count_text(ledger.params),
            _documents(ledger, style),
        )
        for ledger in found
    ]
    numbers = (*COUNTS, "parameters")
    headers = (*(("family",) if families else ()), "network", *numbers, "documents")
    return table(headers, rows, style, right=numbers) + "\n" if rows else ""


def findings_text(ledgers: Sequence[Ledger], style: str) -> str:
    """Return each network's documents with their counts, and what is in dispute."""
    parts = [part for ledger in ledgers if ledger.error is None for part in _network(ledger, style)]
    return "\n\n".join(parts) + "\n" if parts else ""


def finding_lines(dispute: Dispute) -> Iterator[str]:
    """Yield what is in dispute and what it really is, then a line for each statement, four spaces in."""
    first = dispute.statements[0]
    really = "" if dispute.real is None else f", really {value_text(dispute.quantity, dispute.real)}"
    clash = "; the documents contradict each other" if dispute.contradiction else ""
    yield f"{about(first)}: {dispute.quantity}{really}{clash}"
    for check in merged(check for check in dispute.statements if check.claimed):
        yield f"    {_statement(check)}"


def _network(ledger: Ledger, style: str) -> Iterator[str]:
    yield heading(ledger, style)
    if ledger.accounts:
        rows = [
            (
                account.source.name or NOTHING,
                account.source.title,
                account.source.year or NOTHING,
                *astuple(account.tally),
            )
            for account in ledger.accounts
        ]
        yield table(("source", "document", "year", *COUNTS), rows, style, right=("year", *COUNTS))
    yield f"{_counts(ledger.tally)}; {count_text(ledger.params)} parameters"
    lines = [line for dispute in ledger.disputes for line in finding_lines(dispute)]
    if lines:
        yield listing(f"Findings ({len(ledger.disputes)})", lines, style)


def _counts(tally: Tally) -> str:
    told = [f"{count} {word}" for count, word in zip(astuple(tally)[1:], COUNTS[1:], strict=True) if count]
    claims = f"{tally.claims} claim{'' if tally.claims == 1 else 's'}"
    return f"{claims}: {', '.join(told)}" if told else claims


def _statement(check: Check) -> str:
    place = place_text(check.source, check.at)
    said = f"{place}: " if place else ""
    why = f": {check.wrong or check.hint}" if check.status != "agrees" and (check.wrong or check.hint) else ""
    return f"{said}{value_text(check.quantity, check.documented)}, {check.status}{why}"


def _documents(ledger: Ledger, style: str) -> str:
    """Return a network's documents: in a terminal the first, by their names in the spec or the begin of the title."""
    if style == "markdown":
        return "; ".join(source_text(account) for account in ledger.accounts) or NOTHING
    told = [account.source.name or account.source.title for account in ledger.accounts]
    return _fitting([one if len(one) <= WIDEST else f"{one[: WIDEST - 3]}..." for one in told])


def _fitting(names: Sequence[str]) -> str:
    """Return as many of the names as fit, at least one, and how many more there are."""
    shown = names[:1]
    for name in names[1:]:
        if len(", ".join((*shown, name))) > WIDEST:
            break
        shown = [*shown, name]
    more = len(names) - len(shown)
    return (", ".join(shown) or NOTHING) + (f" and {more} more" if more else "")
