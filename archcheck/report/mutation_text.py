"""What `--mutate` found, for a terminal (`table`) and for Markdown: the changes, how many, and the claims to add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcheck.report.to_text import table
from archcheck.report.values import NOTHING
from archcheck.results import Verification
from archcheck.strength import Change, Mutation, Proposal

UNSEEN = "Changes that no claim sees"
EVERY = "Changes"
NO_CLAIM = "no claim can"
SHORTENED = "The changes themselves are listed of one network, or of all with -v."


def mutation_text(results: Sequence[Verification], style: str, *, every_row: bool) -> str:
    """Return of one target the changes that are unseen, of several how many there are; then the claims to add.

    `every_row`: all changes of all targets, with what caught each.
    """
    parts: list[str] = []
    for result in results:
        if result.mutation is not None:
            parts += _parts(result, result.mutation, style, len(results) > 1, every_row)
    if len(results) > 1 and parts and not every_row:
        parts.append(SHORTENED)
    return "\n\n".join(parts) + "\n" if parts else ""


def _parts(
    result: Verification, found: Mutation, style: str, several: bool, every_row: bool
) -> Iterator[str]:
    changes = [change for change in found.changes if every_row or change.fate == "unseen"]
    if changes and (every_row or not several):
        title = EVERY if every_row else UNSEEN
        title = f"{title} of {result.name}" if several else title
        yield f"**{title}**" if style == "markdown" else f"{title}:"
        yield (_every if every_row else _unseen)(changes, style)
    told = f"{result.name}: " * several + strength_text(found)
    lines = [line for proposal in found.proposals for line in _proposed(proposal)]
    if style == "markdown" and lines:
        told += "\n\n```\n" + "\n".join(lines) + "\n```"
    else:
        told = "\n".join([told, *(f"    {line}" for line in lines)])
    yield told


def _proposed(proposal: Proposal) -> Iterator[str]:
    """Yield a claim to add, and how it is written."""
    where = proposal.written
    told = f"{proposal.claim}  catches {proposal.catches}"
    if where is None:
        yield told
        return
    yield f"{told}, as a new line {where.line}:" if where.new else f"{told}, line {where.line} becoming:"
    yield from (f"    {line}" for line in where.text.split("\n"))


def strength_text(found: Mutation) -> str:
    """Return one line: `80 changes: 50 caught, 30 unseen; 2 claims more would catch 28 of them`."""
    same, unseen = found.count("the same"), found.count("unseen")
    neither = f"{same} without effect, " if same else ""
    told = f"{_many(len(found.changes), 'change')}: {found.count('caught')} caught, {neither}{unseen} unseen"
    caught = sum(proposal.catches for proposal in found.proposals)
    if not caught:
        return told
    return f"{told}; {_many(len(found.proposals), 'claim')} more would catch {caught} of them"


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _unseen(changes: Sequence[Change], style: str) -> str:
    headers = ("layer", "type", "change", "line", "a claim that would")
    rows = [(*_what(change), change.claim or NO_CLAIM) for change in changes]
    return table(headers, rows, style, right=("line",))


def _every(changes: Sequence[Change], style: str) -> str:
    headers = ("layer", "type", "change", "line", "fate", "by, because, or a claim that would")
    rows = [(*_what(change), change.fate, change.why or change.claim or NO_CLAIM) for change in changes]
    return table(headers, rows, style, right=("line",))


def _what(change: Change) -> tuple[object, ...]:
    """Return the cells that say what was changed; a line that blocks have made many layers of says how many."""
    alike = f" x{change.alike}" if change.alike > 1 else ""
    return change.layer, (change.type or NOTHING) + alike, change.what, change.line
