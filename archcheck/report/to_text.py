"""Tables for a terminal (`table`) and for Markdown: the verdicts of `verify`, the costs of `profile`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tabulate import tabulate

from archcheck.costs import Profile
from archcheck.report.values import NOTHING, findings, summary_text, value_text
from archcheck.results import Plain, Verification
from archcheck.units import bytes_text, count_text, milliseconds_text, shape_text

if TYPE_CHECKING:
    import pandas as pd

WIDE = 0.5
"""(p90 - p10) / median above which a time says more of the machine than of the network."""

FORMATS = {"table": "simple", "markdown": "github"}
"""Our formats, and what tabulate calls them."""


def verify_text(results: Sequence[Verification], style: str, *, every_row: bool) -> str:
    """Return the verdicts: of one target its table, of several a line each; then all that is wrong.

    `every_row`: the tables of all targets, with the rows where the document is silent and all agrees.
    """
    parts: list[str] = []
    for result in results:
        if result.error is None and (every_row or len(results) == 1):
            parts += [_heading(result, style), _check_table(result, style, every_row)]
    if len(results) > 1:
        parts.append(_summary_table(results, style))
    elif results and results[0].error is None:
        parts.append(summary_text(results[0]))
    for status, title in (("differs", "Differs"), ("known wrong", "Known to be wrong")):
        lines = [line for result in results for line in findings(result, status)]
        if lines:
            parts.append(_listing(title, lines, style))
    return "\n\n".join(parts) + "\n" if parts else ""


def profile_text(results: Sequence[Profile], style: str) -> str:
    """Return a table a network, its totals, and what other tools say of it."""
    good = (result for result in results if result.error is None)
    parts = [part for result in good for part in _profile_parts(result, style)]
    return "\n\n".join(parts) + "\n" if parts else ""


def table(
    headers: Sequence[str], rows: Sequence[Sequence[object]], style: str, right: Sequence[str] = ()
) -> str:
    """Return one table; the columns in `right` are aligned to the right."""
    align = ["right" if header in right else "left" for header in headers]
    return tabulate(rows, headers, FORMATS[style], colalign=align if rows else None, disable_numparse=True)


def _heading(result: Verification | Profile, style: str) -> str:
    text = f"{result.name}: {result.title}" if result.title not in ("", result.name) else result.name
    where = f" ({result.target})" if result.target != result.name else ""
    return f"## {text}{where}" if style == "markdown" else text + where


def _listing(title: str, lines: Sequence[str], style: str) -> str:
    if style == "markdown":
        return f"**{title}**\n\n```\n" + "\n".join(lines) + "\n```"
    return f"{title}:\n" + "\n".join(lines)


def _check_table(result: Verification, style: str, every_row: bool) -> str:
    rows = [
        (
            check.layer or "(network)",
            check.type,
            check.quantity,
            *(
                _short(value_text(check.quantity, value))
                for value in (check.documented, check.inferred, check.seen)
            ),
            check.status,
            check.line,
        )
        for check in result.checks
        if every_row or check.claimed or check.status != "agrees"
    ]
    headers = ("layer", "type", "quantity", "documented", "inferred", "seen", "verdict", "line")
    return table(headers, rows, style, right=("line",))


def _short(text: str) -> str:
    return text if len(text) <= 32 else text[:29] + "..."


def _summary_table(results: Sequence[Verification], style: str) -> str:
    headers = ("network", "claims", "agree", "known wrong", "differ", "not reached", "unchecked", "verdict")
    rows = [
        (
            result.target,
            result.claims,
            result.count("agrees"),
            result.count("known wrong"),
            result.differing,
            result.count("not reached"),
            result.count("unchecked"),
            "error" if result.error else "ok" if result.ok else "differs",
        )
        for result in results
    ]
    return table(headers, rows, style, right=headers[1:-1])


def _profile_parts(result: Profile, style: str) -> Iterator[str]:
    yield _heading(result, style)
    cells = _cells(result.to_frame(), result)
    yield table(list(cells.columns), cells.values.tolist(), style, right=_NUMBERS)
    yield "\n".join(_totals(result))
    if result.witnesses:
        yield _witness_table(result, style)


_NUMBERS = ("parameters", "MACs", "FLOPs", "share", "latency", "spread")


def _cells(frame: pd.DataFrame, result: Profile) -> pd.DataFrame:
    """Return the layers as they are shown; `share` is the part of all MACs."""
    import pandas as pd  # only `profile` shows frames

    whole = result.macs
    return pd.DataFrame(
        {
            "layer": frame["layer"],
            "type": frame["type"],
            "input": frame["input"].map(_shape),
            "output": frame["output"].map(_shape),
            "parameters": [count_text(layer.params) for layer in result.layers],
            "MACs": [count_text(layer.macs) for layer in result.layers],
            "FLOPs": [count_text(layer.flops) for layer in result.layers],
            "share": [_share(layer.macs, whole) for layer in result.layers],
            "latency": [_time(layer.latency_ms) for layer in result.layers],
            "spread": [_spread(layer.latency_spread) for layer in result.layers],
        }
    )


def _totals(result: Profile) -> Iterator[str]:
    yield f"parameters  {count_text(result.params)}"
    yield f"MACs        {count_text(result.macs)} a sample (multiply-accumulates, bias not counted)"
    yield f"FLOPs       {count_text(result.flops)} a sample (every operation, 2 a MAC)"
    if result.uncounted:
        yield f"            not counted, because there is no rule for it: {', '.join(result.uncounted)}"
    yield f"latency     {_latency(result)}"
    if result.latency is not None and result.latency.spread > WIDE:
        yield "            the spread is wide: something else was running, so read the times with care"
    yield f"on          {_where(result)}"


def _latency(result: Profile) -> str:
    if result.latency is None:
        return "not measured on this device"
    whole, layers = result.latency, result.layers_latency_ms
    text = (
        f"{milliseconds_text(whole.median_ms)} the whole (median of {len(whole.samples_ms)}, "
        f"p90 {milliseconds_text(whole.p90_ms)}, spread {whole.spread:.0%})"
    )
    if layers is None:
        return text
    summed = f"{milliseconds_text(layers)} the sum of the layers ({layers / whole.median_ms:.0%})"
    return f"{text}; {summed}, timed in a run of their own"


def _where(result: Profile) -> str:
    environment = result.environment
    device = f"{result.device} ({', '.join(_device_words(environment))})"
    threads = f", threads {environment['threads']}" if result.device == "cpu" else ""
    return f"{device}, {result.dtype}, batch {result.batch}{threads}, torch {environment.get('torch')}"


def _device_words(environment: Mapping[str, Plain]) -> Iterator[str]:
    """Yield a device's name, and of a GPU its memory and the most that the whole network took of it."""
    yield str(environment.get("device_name", ""))
    memory, peak = environment.get("device_memory_bytes"), environment.get("peak_allocated_bytes")
    if isinstance(peak, int) and isinstance(memory, int):
        yield f"{bytes_text(memory)} memory"
        yield f"{bytes_text(peak)} taken at most"


def _witness_table(result: Profile, style: str) -> str:
    rows = [
        (
            witness.tool,
            NOTHING if witness.macs is None else count_text(witness.macs),
            _difference(witness.difference),
            witness.error or witness.counts,
        )
        for witness in result.witnesses
    ]
    return table(
        ("witness", "MACs a sample", "difference", "counts"), rows, style, ("MACs a sample", "difference")
    )


def _difference(count: int | None) -> str:
    return NOTHING if count is None else f"{count:+,}" if count else "none"


def _shape(shape: tuple[int, ...] | None) -> str:
    return NOTHING if shape is None else shape_text(shape)


def _share(part: int | None, whole: int | None) -> str:
    return NOTHING if part is None or not whole else f"{part / whole:.1%}"


def _time(milliseconds: float | None) -> str:
    return NOTHING if milliseconds is None else milliseconds_text(milliseconds)


def _spread(spread: float | None) -> str:
    return NOTHING if spread is None else f"{spread:.0%}"
