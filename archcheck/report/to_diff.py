"""What was mended in a document as a unified diff, which `patch -p0` takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

CONTEXT = 3
"""Lines shown before and behind what changed."""


def unified_diff(path: str, before: str, after: str) -> str:
    """Return what changed between two texts of as many lines; nothing where nothing did.

    A line ends with its line feed; a carriage return before it is the line's own.
    """
    old, new = _lines(before), _lines(after)
    changed = [at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    if not changed:
        return ""
    hunks = "".join(_hunk(old, new, first, last) for first, last in _groups(changed))
    return f"--- {path}\n+++ {path}\n{hunks}"


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their ends; the last one may have none."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def _groups(changed: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last line of changes that share their context."""
    first = last = changed[0]
    for at in changed[1:]:
        if at - last > 2 * CONTEXT:
            yield first, last
            first = at
        last = at
    yield first, last


def _hunk(old: Sequence[str], new: Sequence[str], first: int, last: int) -> str:
    begin, end = max(0, first - CONTEXT), min(len(old), last + CONTEXT + 1)
    count = f"{begin + 1},{end - begin}"
    lines: list[str] = []
    at = begin
    while at < end:
        if old[at] == new[at]:
            lines.append(f" {old[at]}")
            at += 1
            continue
        to = next((one for one in range(at, end) if old[one] == new[one]), end)
        lines += [f"-{line}" for line in old[at:to]] + [f"+{line}" for line in new[at:to]]
        at = to
    whole = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return f"@@ -{count} +{count} @@\n{''.join(whole)}"
