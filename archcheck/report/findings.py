"""What exceeds a budget or a baseline, in words: a line each, and below it the layers to blame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcheck.comparing.gate import Blamed, Finding
from archcheck.report.values import NOTHING, line_of
from archcheck.results import Plain
from archcheck.units import bytes_text, count_text, shape_text

SHOWN = 5
"""Layers that are named; of more, how many is said."""


def findings_text(found: Sequence[Finding]) -> str:
    """Return all findings, one below the other; empty where there is none."""
    return "\n".join(line for finding in found for line in finding_lines(finding))


def finding_lines(finding: Finding) -> Iterator[str]:
    """Yield what was found and its place, then the layers to blame, four spaces in."""
    where = finding.target if finding.line is None else line_of(finding.target, finding.line)
    yield f"{where}: {finding.quantity}: {_said(finding)}"
    if finding.uncounted:
        yield f"    no rule for {', '.join(finding.uncounted)}"
    yield from (f"    {_layer(finding, blamed)}" for blamed in finding.blamed[:SHOWN])
    if len(finding.blamed) > SHOWN:
        yield f"    and {len(finding.blamed) - SHOWN} more"


def _said(finding: Finding) -> str:
    if finding.quantity in ("input", "output"):
        count = len(finding.blamed)
        what = f"{count} layer{'' if count == 1 else 's'} with another shape"
        return f"{what} than in {finding.against}"
    if finding.quantity == "layers":
        calls = "call" if finding.found == 1 else "calls"
        return f"{finding.found} {calls}, in {finding.against} {finding.allowed}; other layers than there"
    found, allowed = _amount(finding, finding.found), _amount(finding, finding.allowed)
    if finding.against is None:
        return f"{found}, the budget allows {allowed}{_over(finding)}"
    if finding.found == finding.allowed:
        return f"{found} as in {finding.against}, but not of the same layers"
    return f"{found}, in {finding.against} {allowed}{_change(finding.allowed, finding.found)}"


def _over(finding: Finding) -> str:
    found, allowed = finding.found, finding.allowed
    if not isinstance(found, int) or not isinstance(allowed, int):
        return ""
    return f" ({count_text(found - allowed)} over)"


def _change(before: object, now: object) -> str:
    return f" ({now - before:+,})" if isinstance(before, int) and isinstance(now, int) else ""


def _amount(finding: Finding, value: Plain) -> str:
    if finding.quantity == "latency_ratio":
        return f"{value:.3g}x the time"
    if finding.quantity == "memory" and isinstance(value, int):
        return f"{count_text(value)} bytes ({bytes_text(value)})"
    return count_text(value) if isinstance(value, int) else "not known"


def _layer(finding: Finding, blamed: Blamed) -> str:
    who = f"{blamed.layer or 'the network'} ({blamed.type})"
    if finding.against is None and blamed.before is None:
        share = _share(finding, blamed.now)
        return f"most in {who}: {_value(blamed.now)}{share}"
    if finding.quantity == "layers":
        return f"{who}: {_came(blamed)}"
    unit = " MACs" if finding.quantity == "latency_ratio" else ""
    change = _change(blamed.before, blamed.now)
    return f"{who}: {_value(blamed.now)}{unit}, was {_value(blamed.before)}{change}"


def _came(blamed: Blamed) -> str:
    if blamed.before is None:
        return "new"
    return "gone" if blamed.now is None else f"was {blamed.before}"


def _share(finding: Finding, part: Plain) -> str:
    whole = finding.found
    return f" ({part / whole:.1%})" if isinstance(part, int) and whole else ""


def _value(value: Plain) -> str:
    if isinstance(value, list):
        return shape_text(value)  # type: ignore[arg-type]
    return count_text(value) if isinstance(value, int) else NOTHING
