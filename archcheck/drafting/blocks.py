"""Equal bodies -> blocks: what stands several times is written once, the whole numbers that differ as parameters."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from archcheck.drafting.yaml_text import NamedBody, NumberedBody, yaml_of
from archcheck.spec import signatures
from archcheck.spec.load import IDENTIFIER
from archcheck.spec.naming import WORDS

Body = NamedBody | NumberedBody

WORDS_FOR = {"out_channels": "width", "out_features": "width", "kernel_size": "kernel"}
"""What parameters are called, which stand for an argument; any other has the argument's name."""

MOST_PARAMS = 4
"""A block with more parameters is harder to read than what it stands for."""


@dataclass(slots=True)
class _Use:
    """A body where it stands: `holder[key]`."""

    holder: Any
    key: Any
    body: Body


def with_blocks(layers: Any, *, claims: bool) -> tuple[Any, NamedBody]:
    """Return `layers:` and `blocks:`, the same network in fewer lines; `claims`: whether a block's output is claimed.

    What is in blocks already is looked at first, so that a block may be made of blocks.
    """
    holder = {"layers": layers}
    blocks = NamedBody()
    by_height: dict[int, list[_Use]] = defaultdict(list)
    for use in _uses(holder):
        by_height[_height(use.body)].append(use)
    for _, uses in sorted(by_height.items()):
        for group, full in _alike(uses):
            _replace(group, full, blocks, claims=claims)
    _fold(holder)
    return holder["layers"], blocks


def _uses(value: Any) -> Iterator[_Use]:
    """Yield every body of a module in a value, but for the network's own."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in list(pairs):
        if key != "layers" and isinstance(one, Body) and one.of is not None and one:
            yield _Use(value, key, one)
        yield from _uses(one)


def _height(value: Any) -> int:
    """Return how many bodies of modules lie in each other."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    inside = max((_height(one) for one in parts), default=0)
    return inside + (isinstance(value, Body) and value.of is not None)


def _alike(uses: Sequence[_Use]) -> Iterator[tuple[list[_Use], bool]]:
    """Yield the bodies that one block can stand for, where that is shorter, and whether that takes PyTorch's defaults.

    Bodies that state the same arguments are alike as they are; others only if what they leave out is written out.
    """
    for full in (True, False):
        groups: dict[Any, list[_Use]] = defaultdict(list)
        for use in uses:
            if use.holder[use.key] is use.body:
                groups[_skeleton(use.body, full)[0]].append(use)
        for group in groups.values():
            if _is_worth_it(group, full):
                yield group, full


def _is_worth_it(group: Sequence[_Use], full: bool) -> bool:
    if len(group) < 2:
        return False
    if len(_distinct(_columns(group, full))) > MOST_PARAMS:
        return False
    lines = yaml_of(_bare(group[0].body)).count("\n")
    return len(group) * lines > len(group) + lines + 3


def _columns(group: Sequence[_Use], full: bool) -> list[tuple[str, tuple[int, ...]]]:
    """Return each whole number of the bodies, by its argument's name: one value a body."""
    rows = [_skeleton(use.body, full)[1] for use in group]
    return [(column[0][0], tuple(value for _, value in column)) for column in zip(*rows, strict=True)]


def _distinct(columns: Sequence[tuple[str, tuple[int, ...]]]) -> dict[tuple[int, ...], str]:
    """Return the columns that must be parameters, by their values: neither constant nor made of another."""
    found: dict[tuple[int, ...], str] = {}
    for name, values in columns:
        if len(set(values)) > 1 and _expression(values, found) is None:
            taken, name = set(found.values()), WORDS_FOR.get(name, name)
            number = next(n for n in range(1, 99) if (name if n == 1 else f"{name}_{n}") not in taken)
            found[values] = name if number == 1 else f"{name}_{number}"
    return found


def _expression(values: tuple[int, ...], params: dict[tuple[int, ...], str]) -> str | None:
    """Return a column in terms of the parameters: itself, a multiple, a part; None where it is none of these."""
    for known, name in params.items():
        if known == values:
            return f"${{{name}}}"
    for known, name in params.items():
        if all(one and two % one == 0 for one, two in zip(known, values, strict=True)):
            factors = {two // one for one, two in zip(known, values, strict=True)}
            if len(factors) == 1 and factors != {0}:
                return f"${{{name} * {factors.pop()}}}"
        for part in (2, 3, 4, 6, 8):
            if all(one // part == two for one, two in zip(known, values, strict=True)):
                return f"${{{name} // {part}}}"
    return None


def _skeleton(value: Any, full: bool, name: str = "") -> tuple[Any, list[tuple[str, int]]]:
    """Return a value without its whole numbers and claims, and these numbers in order with their arguments' names.

    `full`: whole numbers that are left out stand there with PyTorch's default.
    """
    if isinstance(value, dict):
        parts: list[Any] = [type(value).__name__]
        numbers: list[tuple[str, int]] = []
        for key, one in value.items():
            if key == "output":
                continue
            part, inside = _skeleton(_filled(key, one) if full else one, full, str(key))
            parts.append((key, part))
            numbers += inside
        return tuple(parts), numbers
    if _is_nested(value):
        found = [_skeleton(one, full, name) for one in value]
        return (type(value).__name__, *(part for part, _ in found)), [
            one for _, inside in found for one in inside
        ]
    if isinstance(value, int) and not isinstance(value, bool):
        return "#", [(name, value)]
    return repr(value), []


def _is_nested(value: Any) -> bool:
    """Return whether a value is a list of layers or bodies, not of numbers."""
    return isinstance(value, NumberedBody) or (
        isinstance(value, list) and any(isinstance(one, dict | list) for one in value)
    )


def _filled(kind: str, args: Any) -> Any:
    """Return a layer's arguments with the whole numbers that are left out, in PyTorch's order."""
    signature = signatures.signature(kind) if kind[:1].isupper() and isinstance(args, dict) else None
    if signature is None:
        return args
    return {
        one.name: args.get(one.name, one.default)
        for one in signature.arguments
        if one.name in args or (one.type in ("int", "size") and type(one.default) is int)
    }


def _bare(value: Any) -> Any:
    """Return a body without claims."""
    if isinstance(value, dict):
        made = {key: _bare(one) for key, one in value.items() if key != "output"}
        if len(made) == 1 and not isinstance(value, NamedBody):
            ((kind, args),) = made.items()
            if args == {}:
                return kind
        return NamedBody(made) if isinstance(value, NamedBody) else made
    if isinstance(value, list):
        return type(value)(map(_bare, value))
    return value


def _replace(group: Sequence[_Use], full: bool, blocks: NamedBody, *, claims: bool) -> None:
    """Put a block in the place of equal bodies; `full` as `_skeleton` has it."""
    columns = _columns(group, full)
    params = _distinct(columns)
    name = _block_name(group[0].body, blocks)
    numbers = iter(
        values[0] if len(set(values)) == 1 else _expression(values, params) for _, values in columns
    )
    layers = _with_numbers(group[0].body, full, numbers)
    usual = {word: _usual(values) for values, word in params.items()}
    made = {"params": dict(usual)} if params else {}
    blocks[name] = NamedBody({**made, "layers": _bare(layers)})
    for place, use in enumerate(group):
        given = {word: values[place] for values, word in params.items() if values[place] != usual[word]}
        beside = {"output": use.body.gives} if claims and use.body.gives else {}
        use.holder[use.key] = {"block": name, **({"with": given} if given else {}), **beside}


def _usual(values: tuple[int, ...]) -> int | None:
    """Return the value that most of the bodies have, None where none is."""
    value, count = Counter(values).most_common(1)[0]
    return value if 2 * count > len(values) else None


def _with_numbers(value: Any, full: bool, numbers: Iterator[Any], kind: str = "") -> Any:
    """Return a body with other numbers, in the order of `_skeleton`; what is PyTorch's default is left out again."""
    if isinstance(value, dict):
        signature = signatures.signature(kind) if full and kind[:1].isupper() else None
        given = _filled(kind, value) if full else value
        made = {}
        for key, one in given.items():
            if key == "output":
                continue
            found = _with_numbers(one, full, numbers, str(key))
            argument = signature.get(str(key)) if signature else None
            if argument is None or argument.required or found != argument.default:
                made[key] = found
        return NamedBody(made) if isinstance(value, NamedBody) else made
    if _is_nested(value):
        return type(value)(_with_numbers(one, full, numbers, kind) for one in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return next(numbers)
    return value


def _block_name(body: Body, blocks: NamedBody) -> str:
    """Return a name: the module's class as a word, or the kinds of its layers."""
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", body.of or "").strip("_").lower()
    if word in ("", "sequential", "module_list", "module_dict"):
        parts = body.values() if isinstance(body, dict) else body
        words = [
            part if isinstance(part, str) else next(iter(part)) if isinstance(part, dict) else ""
            for part in parts
        ]
        kinds = [re.sub(r"\d+d$", "", one).lower() for one in words if one[:1].isupper()]
        word = "_".join(kinds[:3]) or "unit"
    if word in WORDS or not IDENTIFIER.fullmatch(word):
        word = "unit"
    number = next(n for n in range(1, 10_000) if (word if n == 1 else f"{word}_{n}") not in blocks)
    return word if number == 1 else f"{word}_{number}"


def _fold(value: Any) -> None:
    """Write equal blocks in a row of a numbered body once, with `repeat:`."""
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _fold(one)
    if not isinstance(value, NumberedBody):
        return
    folded: list[Any] = []
    for called, run in groupby(value, key=_called):
        same = list(run)
        if called is None or len(same) < 2:
            folded += same
            continue
        outputs = [one.get("output") for one in same]
        claim = {"output": outputs[0]} if outputs[0] and outputs.count(outputs[0]) == len(same) else {}
        folded.append({**called[0], "repeat": len(same), **claim})
    value[:] = folded


def _called(value: Any) -> list[Any] | None:
    """Return a block's use without its claims, in a list, for texts are compared; None of anything else."""
    if not isinstance(value, dict) or not isinstance(value.get("block"), str):
        return None
    return [{key: one for key, one in value.items() if key != "output"}]
