"""The few words beside a volume: what made it, its size, and what the document says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archcheck.drawing.figure import Step, Tone, tone_of
from archcheck.report.values import value_text
from archcheck.results import Check
from archcheck.spec.layers import Value
from archcheck.units import shape_text

MARKS: Mapping[Tone, str] = {"agrees": "✓", "known wrong": "!", "differs": "✗", "silent": ""}
"""Beside the colours, which not everybody tells apart."""
SIZES = ("output", "input")
NOT_REACHED = "not reached"
SHOWN = 3
"""So many statements that are not so stand below a volume; of more, how many there are."""
Line = tuple[str, Tone]


def operation(kind: str, args: Mapping[str, Value]) -> str:
    """Return a layer with the arguments that change sizes, where they are not the usual: `Conv2d 11×11, stride 4`.

    The blanks in `stride 4` and the like do not break.
    """
    kernel = args.get("kernel_size")
    if isinstance(kernel, int):
        kernel = (kernel,) * (int(kind[-2]) if kind[-2:] in ("1d", "2d", "3d") else 1)
    stride = args.get("stride")
    usual = args.get("kernel_size") if "Pool" in kind else 1  # PyTorch's default
    parts = [
        _sides(kernel),
        "" if stride in (None, usual) else f"stride\u00a0{_sides(stride)}",
        "" if args.get("padding") in (None, 0, (0, 0)) else f"padding\u00a0{_sides(args['padding'])}",
        "" if args.get("dilation") in (None, 1) else f"dilation\u00a0{_sides(args['dilation'])}",
        "" if args.get("groups") in (None, 1) else f"groups\u00a0{args['groups']}",
    ]
    told = ", ".join(part for part in parts if part)
    return f"{kind} {told}" if told else kind


def heading(step: Step) -> tuple[Line, ...]:
    """Return what stands above a volume: its name, what made it, and what was done with it since."""
    repeated = f" (×{step.times})" if step.times > 1 else ""
    first, *others = step.operations or ("",)
    lines = (f"{step.name}{repeated}", first, ", ".join(others))
    return tuple((words, "silent") for words in lines if words)


def size_text(step: Step) -> str:
    """Return a volume's size as papers write it: `96×55×55`."""
    return NOT_REACHED if step.shape is None else times(shape_text(step.shape))


def times(text: str) -> str:
    """Return a size with the multiplication sign in the place of `x`."""
    return text.replace("x", "×")


def size_lines(step: Step) -> tuple[Line, ...]:
    """Return what stands below a volume: its size with its verdict, and each statement that is not so."""
    sizes = (check.status for check in step.checks if check.quantity in SIZES and check.claimed)
    first: Line = (size_text(step), "differs" if step.shape is None else "silent")
    if "agrees" in sizes:
        first = (f"{size_text(step)} {MARKS['agrees']}", "agrees")
    return (first, *_shown([*_wrong(step.checks, ""), *_wrong(step.inside, step.path)]))


def of_network(checks: Sequence[Check]) -> tuple[Line, ...]:
    """Return a line for each statement on the whole network that is not so."""
    return tuple(_wrong(checks, ""))


def full_text(step: Step) -> str:
    """Return all there is to say of a step, a line each: what a reader sees who points at it."""
    above = (words for words, _ in heading(step))
    said = (check for check in (*step.checks, *step.inside) if check.claimed)
    return "\n".join((*above, size_text(step), *map(_whole, said)))


def _whole(check: Check) -> str:
    about = f"{check.layer}: " if check.layer else ""
    documented = value_text(check.quantity, check.documented)
    return f"{about}{check.quantity}: documented {documented}, {_really(check)}: {check.status}"


def _really(check: Check) -> str:
    if check.status == NOT_REACHED:
        return NOT_REACHED
    if check.seen is None:
        return f"inferred {value_text(check.quantity, check.inferred)}"
    return f"seen {value_text(check.quantity, check.seen)}"


def _wrong(checks: Sequence[Check], block: str) -> Iterator[Line]:
    """Yield each statement that is not so, once; `block`: they are of what is in that."""
    wrong = (check for check in checks if tone_of(check) in ("known wrong", "differs"))
    return iter(dict.fromkeys(_statement(check, block) for check in wrong))


def _statement(check: Check, block: str) -> Line:
    """Return what is not so: of the volume's own size the documented one alone, for what is seen stands above it."""
    tone = tone_of(check)
    documented = f"documented {times(value_text(check.quantity, check.documented))}"
    if block:
        inner = check.layer.removeprefix(f"{block}.")
        return f"{MARKS[tone]} {inner} {check.quantity}: {documented}, {times(_really(check))}", tone
    if check.quantity in SIZES and check.layer:
        more = f", {NOT_REACHED}" if check.status == NOT_REACHED else ""
        return f"{MARKS[tone]} {documented}{more}", tone
    return f"{MARKS[tone]} {check.quantity}: {documented}, {_really(check)}", tone


def _shown(lines: Sequence[Line]) -> Iterator[Line]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        tones = [tone for _, tone in lines[SHOWN:]]
        yield f"and {len(lines) - SHOWN} more", "differs" if "differs" in tones else "known wrong"


def _sides(value: Value) -> str:
    """Return `3` of 3, and `3×5` of (3, 5)."""
    if value is None:
        return ""
    return times("x".join(map(str, value))) if isinstance(value, tuple) else f"{value}"
