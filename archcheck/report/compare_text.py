"""Networks side by side for a terminal (`table`) and for Markdown: who is who, totals, times, then the layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import ascii_uppercase

from archcheck.comparing.comparison import (
    FEWEST_SURE,
    QUANTITIES,
    Comparison,
    Quantity,
    Row,
    Side,
    TimeRatio,
    amount_of,
    peak_bytes,
)
from archcheck.report.to_text import table
from archcheck.report.values import NOTHING
from archcheck.units import count_text, milliseconds_text, shape_text

WORDS = {"params": "parameters", "macs": "MACs", "flops": "FLOPs", "bytes": "bytes moved"}
"""What people call the quantities."""

MOST = len(ascii_uppercase)
"""Networks that can have a letter each."""


def comparison_text(comparison: Comparison, style: str, by: Quantity = "macs", top: int | None = None) -> str:
    """Return all tables; of the layers' rows those that differ most in `by` if `top` says how many."""
    letters = ascii_uppercase[: len(comparison.sides)]
    bullet = "* " if style == "markdown" else ""
    lines = [
        [*_names(comparison, letters)],
        [*_in_turn(comparison, letters), *_elsewhere(comparison, letters)],
    ]
    names, times = ("\n".join(bullet + line for line in block) for block in lines)
    parts = [names, _totals(comparison, letters, style), *([times] if times else [])]
    rows = comparison.rows if top is None else comparison.biggest(by, top)
    if rows:
        parts.append(_layers(rows, letters, style, by))
    elif top is not None:
        parts.append(f"no layer differs in {WORDS[by]}")
    return "\n\n".join(parts) + "\n"


def _names(comparison: Comparison, letters: str) -> Iterator[str]:
    for letter, side in zip(letters, comparison.sides, strict=True):
        profile = side.profile
        title = f": {profile.title}" if profile.title not in ("", profile.name) else ""
        where = profile.target if side.saved is None else f"{profile.target}, read from {side.saved}"
        how = f"{profile.dtype}, batch {profile.batch}{', training' if profile.mode == 'train' else ''}"
        yield f"{letter}  {profile.name}{title} ({where}; {how})"


def _totals(comparison: Comparison, letters: str, style: str) -> str:
    rows = [
        (WORDS[quantity], *_cells([amount_of(one, quantity) for one in comparison.profiles]))
        for quantity in QUANTITIES
    ]
    peaks = [peak_bytes(one) for one in comparison.profiles]
    if any(one is not None for one in peaks):
        rows.append(("bytes at the peak", *_cells(peaks, comparable=_alike(comparison))))
    headers = ("total", *letters, *_against(letters))
    return table(headers, rows, style, right=headers[1:])


def _alike(comparison: Comparison) -> bool:
    """Whether all were profiled at one batch, dtype and mode: else their memory is of different things."""
    return len({(one.batch, one.dtype, one.mode) for one in comparison.profiles}) == 1


def _against(letters: str) -> Iterator[str]:
    for letter in letters[1:]:
        yield f"{letter} - {letters[0]}"
        yield f"{letter} / {letters[0]}"


def _cells(amounts: Sequence[int | None], *, comparable: bool = True) -> Iterator[str]:
    yield from map(count_text, amounts)
    for other in amounts[1:]:
        yield from _related(amounts[0], other) if comparable else (NOTHING, NOTHING)


def _related(first: int | None, other: int | None) -> tuple[str, str]:
    """Return the difference and the ratio; equal is `none`, and never a rounding of something near."""
    if first is None or other is None:
        return NOTHING, NOTHING
    if first == other:
        return "none", "1"
    return f"{other - first:+,}", _ratio(other / first) if first else NOTHING


def _ratio(value: float) -> str:
    text = f"{value:.4g}"
    return f"{text}x" if text != "1" else "1.000x"


def _in_turn(comparison: Comparison, letters: str) -> Iterator[str]:
    for place, side in enumerate(comparison.sides):
        if side.time is None:
            continue
        line = f"latency {letters[place]}  {milliseconds_text(side.time.median_ms)}"
        ratio = comparison.ratio(place)
        if ratio is not None:
            line += f", {_ratio(ratio.median)} {letters[0]}'s ({_certainty(ratio)})"
        yield line + f", {_where(comparison)}" * (place == 0)


def _certainty(ratio: TimeRatio) -> str:
    (low, high), (first, last), rounds = ratio.sure, ratio.spread, len(ratio.samples)
    if rounds < FEWEST_SURE:
        some = "1 round is" if rounds == 1 else f"{rounds} rounds are"
        return f"{some} too few to be sure of it: {low:.4g} to {high:.4g}"
    return f"95 % sure: {low:.4g} to {high:.4g}; of {rounds} rounds 80 % lie in {first:.4g} to {last:.4g}"


def _where(comparison: Comparison) -> str:
    words = (comparison.environment.get(name) for name in ("device", "device_name"))
    return f"timed in turn on {' '.join(str(word) for word in words if word)}"


def _elsewhere(comparison: Comparison, letters: str) -> Iterator[str]:
    """Yield the times that saved profiles have; they are of other runs, so nothing is said of how they relate."""
    for letter, side in zip(letters, comparison.sides, strict=True):
        if side.saved is not None and side.profile.latency is not None:
            yield f"latency {letter}  {_saved_time(side)}"


def _saved_time(side: Side) -> str:
    profile = side.profile
    median = milliseconds_text(profile.latency.median_ms) if profile.latency else NOTHING
    return f"{median} at batch {profile.batch} on {profile.device}: of another run, so compared with nothing"


def _layers(rows: Sequence[Row], letters: str, style: str, by: Quantity) -> str:
    both = tuple(f"{WORDS[by]} {letter}" for letter in letters)
    headers = ("layer", "type", "output", *both, *_against(letters))
    return table(headers, [_layer(row, letters, by) for row in rows], style, right=headers[3:])


def _layer(row: Row, letters: str, by: Quantity) -> tuple[str, ...]:
    amounts = [None if side is None else amount_of(side, by) for side in row.sides]
    shown = [
        NOTHING if side is None else count_text(one) for side, one in zip(row.sides, amounts, strict=True)
    ]
    related: list[str] = []
    for place in range(1, len(letters)):
        related += _row_related(row, by, place, letters)
    return (row.layer, row.type, _outputs(row), *shown, *related)


def _row_related(row: Row, by: Quantity, place: int, letters: str) -> tuple[str, str]:
    """Return a row's difference and ratio to the first network; of a row that one of them lacks, who has it."""
    first, other = row.sides[0], row.sides[place]
    if first is None and other is None:
        return NOTHING, NOTHING
    difference, ratio = _related(row.amount(by, 0), row.amount(by, place))
    if first is None or other is None:
        return difference, f"only {letters[0] if other is None else letters[place]}"
    return difference, ratio


def _outputs(row: Row) -> str:
    shapes = (NOTHING if side.output is None else shape_text(side.output) for side in row.sides if side)
    return " | ".join(dict.fromkeys(shapes))
