"""A value of a result as a cell shows it: shapes as `48x55x55`, counts with separators, `-` for nothing."""

from __future__ import annotations

import re

from archcheck.results import Check, Plain, Verification
from archcheck.units import count_text, shape_text

NOTHING = "-"
_VARIANT = re.compile(r"(.+):(?!.*\.ya?ml$)(\w[\w.+-]*)")
"""A target that is one variant of a file; a drive's colon stands before a path."""


def value_text(quantity: str, value: Plain) -> str:
    """Return a documented, inferred or seen value in the few characters of a cell."""
    if value is None:
        return NOTHING
    if quantity == "sizes" and isinstance(value, list):
        return " -> ".join(shape_text(side) if isinstance(side, list) else str(side) for side in value)  # type: ignore[arg-type]
    if quantity == "repr":
        lines = len(str(value).splitlines())
        return f"{lines} line{'' if lines == 1 else 's'}"
    if isinstance(value, dict):
        return _run_text(value)
    if isinstance(value, list):
        return shape_text(value)  # type: ignore[arg-type]
    if isinstance(value, int) and not isinstance(value, bool):
        return count_text(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _run_text(run: dict[str, Plain]) -> str:
    given, output = run["input"], run["output"]
    several = isinstance(given, list) and given and isinstance(given[0], list)
    shapes = given if several else [given]
    text = " and ".join(shape_text(shape) for shape in shapes)  # type: ignore[union-attr, arg-type]
    return text if output is None else f"{text} -> {shape_text(output)}"  # type: ignore[arg-type]


def about(check: Check) -> str:
    """Return what a check is about: `features.0 (Conv2d)`, or `the network`."""
    if not check.layer:
        return "the network"
    return f"{check.layer} ({check.type})" if check.type else check.layer


def line_of(target: str, line: int | None, path: str | None = None) -> str:
    """Return a line of a target's file, as terminals and editors follow it; which variant is told behind it.

    `path`: the file of a target that is only a name.

    >>> line_of("specs/vgg.yaml:vgg16", 12), line_of("lenet5.yaml", 5), line_of("vgg16", 12, "/specs/vgg.yaml")
    ('specs/vgg.yaml:12: vgg16', 'lenet5.yaml:5', '/specs/vgg.yaml:12: vgg16')
    """
    if path is not None:
        return f"{path}:{line}: {target.rpartition(':')[2]}"
    file, variant = file_and_variant(target)
    return f"{file}:{line}: {variant}" if variant else f"{file}:{line}"


def file_and_variant(target: str) -> tuple[str, str | None]:
    """Return a target's file, and which of its networks it is, None where the file is one."""
    variant = _VARIANT.fullmatch(target)
    return (target, None) if variant is None else (variant[1], variant[2])


def place_text(source: str | None, at: str | None) -> str:
    """Return where a statement stands: `paper: Table 1`, or of these what is known."""
    return ": ".join(word for word in (source, at) if word)


def _said_at(check: Check) -> str:
    place = place_text(check.source or ("in the document" if check.at else None), check.at)
    return f" ({place})" if place else ""


def summary_text(result: Verification) -> str:
    """Return one line on a result: `28 claims: 24 agree, 2 known wrong, 2 unchecked`."""
    claims, differ = result.claims, result.differing
    parts = [
        (result.count("agrees"), "agrees" if result.count("agrees") == 1 else "agree"),
        (result.count("known wrong"), "known wrong"),
        (differ, "differs" if differ == 1 else "differ"),
        (result.count("not reached"), "not reached"),
        (result.count("unchecked"), "unchecked"),
    ]
    told = ", ".join(f"{count} {word}" for count, word in parts if count)
    return f"{claims} claim{'' if claims == 1 else 's'}: {told}" if told else f"{claims} claims"


def check_lines(result: Verification, status: str) -> list[str]:
    """Return a line for each check of a status, with its place, its three values, and below it what there is to say."""
    lines = []
    for check in result.checks:
        if check.status == status:
            of_spec = check.said is None
            place = line_of(result.target, check.line, result.path) if of_spec else place_of(result, check)
            lines.append(f"{place}: {check_text(check)}")
            lines += [f"    {note}" for note in (check.wrong, check.hint) if note]
    return lines


def check_text(check: Check) -> str:
    """Return what a check is about, what is said of it and what is the case, without its place."""
    return _spec_text(check) if check.said is None else _document_text(check)


def _spec_text(check: Check) -> str:
    word = "at most" if check.quantity.startswith("budget.") else "documented"
    values = f"{word} {value_text(check.quantity, check.documented)}"
    for name, value in (("inferred", check.inferred), ("seen", check.seen)):
        if value is not None:
            values += f", {name} {value_text(check.quantity, value)}"
    if check.documented is None:
        values = values.removeprefix("documented -, ").replace("documented -", "")
    what = f"{check.quantity}: {values}".rstrip(": ")
    return f"{about(check)}: {what}{_said_at(check)}"


def _document_text(check: Check) -> str:
    """Return what a document says on one of its lines, and what is the case."""
    says = f"{check.layer}: {check.source} says {check.said}"
    if check.quantity == "runs":
        return f"{check.layer} fails with {check.said}: {check.seen}"
    if check.quantity == "repr":
        return f"{says}; the run prints another line"
    if check.quantity == "params":
        return f"{says}; it has {value_text('params', check.seen)}"
    verb = "it is" if not check.type else "it gives" if check.quantity == "output" else "it receives"
    return f"{says}; {verb} {check.seen}"


def place_of(result: Verification, check: Check) -> str:
    """Return where a document's claim stands, as editors follow it: `a.md:41`, `a.ipynb:cell 3:2`."""
    cell = f"{check.at}:" if check.at else ""
    return f"{result.target}:{cell}{check.line}"


def unread_lines(result: Verification) -> list[str]:
    """Return which code of a document was not run, and why."""
    return [
        f"{place_of(result, check)}: {check.hint}"
        for check in result.checks
        if check.quantity == "code" and check.status == "not reached"
    ]


def unchecked_lines(result: Verification) -> list[str]:
    """Return why claims of a document were not checked, a line a reason, with the places where it holds."""
    places: dict[str, list[str]] = {}
    for check in result.checks:
        if check.status == "unchecked" and check.said is not None:
            where = f"{check.at}:{check.line}" if check.at else f"{check.line}"
            places.setdefault(check.hint or "no reason is known", []).append(where)
    return [f"{result.target}:{', '.join(dict.fromkeys(own))}: {reason}" for reason, own in places.items()]
