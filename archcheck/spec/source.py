"""YAML text -> a tree of nodes that know their places.

PyYAML's parser gives the events; the tree is built here, iteratively, because the loaders that come with it
drop the places, keep the last of two equal keys in silence, follow aliases without end, run out of stack on
deep nesting, and read `no` as false and `1e-4` as text. Scalars follow YAML 1.2's core schema,
but for `.inf`, `.nan`, `0o` and `0x`, which stay text: no size and no rate is written so.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from archcheck.errors import SpecError

MAX_BYTES = 4_000_000
MAX_DEPTH = 64
MAX_NODES = 200_000
"""More than any hand-written spec has; aliases count each time they are used."""
MAX_DIGITS = 40
MAX_MESSAGE = 600
"""Characters of a message: what is quoted in it may be a whole file."""

TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
EMPTY = "is empty; a spec has at least 'input:' and 'layers:'"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; line and column count from 1. `variant`: for which of a family it is read."""

    file: str
    line: int
    column: int
    variant: str | None = None

    def __str__(self) -> str:
        variant = "" if self.variant is None else f": {self.variant}"
        return f"{self.file}:{self.line}:{self.column}{variant}"

    def error(self, message: str) -> SpecError:
        """Return the error that says `message` of this place, in one line."""
        return _error(str(self), message)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: None, bool, int, float or str."""

    value: bool | int | float | str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A YAML sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Pairs:
    """A YAML mapping, in the order of the file; keys are text and no two are equal."""

    pairs: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, name: str) -> Node | None:
        """Return the value of the key `name`, or None."""
        return next((value for key, value in self.pairs if key.value == name), None)


Node = Scalar | Items | Pairs


def count_nodes(node: Node) -> int:
    """Return how many values a tree has, itself among them; what an alias repeats counts each time."""
    match node:
        case Items(items=items):
            return 1 + sum(map(count_nodes, items))
        case Pairs(pairs=pairs):
            return 1 + sum(1 + count_nodes(value) for _, value in pairs)
    return 1


def read_text(path: Path, shown: str) -> str:
    """Return the text of a spec file; every way in which that can fail is a `SpecError`."""
    data = _read_bytes(path, shown)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text (byte {error.start}); save the file as UTF-8"
        raise _error(f"{shown}:{line}", message) from None
    if not text.strip():
        raise _error(shown, EMPTY)
    return text


def _read_bytes(path: Path, shown: str) -> bytes:
    try:
        if path.is_dir():
            raise _error(shown, "is a folder; name a spec or a document in it")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # never more: /dev/zero has no end
    except FileNotFoundError:
        raise _error(shown, "no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _error(shown, f"cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise _error(shown, f"has more than {MAX_BYTES} bytes, the most that a spec may have")
    return data


def _error(where: str, message: str) -> SpecError:
    if len(message) > MAX_MESSAGE:
        message = message[: MAX_MESSAGE - 3] + "..."
    return SpecError(one_line(f"{where}: {message}"))


def one_line(text: str) -> str:
    """Return `text` as one line that a terminal can show: what is not printable becomes an escape.

    >>> one_line("two\\nlines")
    'two\\\\nlines'
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def parse(text: str, file: str) -> Node:
    """Return the tree of a YAML text; `file` is what its places show.

    Raises `SpecError` for what is not YAML, equal keys, tags, keys that are not text, a second document,
    and more than `MAX_DEPTH` levels or `MAX_NODES` nodes (aliases followed).
    """
    odd = _NOT_TEXT.search(text)
    if odd is not None:
        line, column = text.count("\n", 0, odd.start()) + 1, odd.start() - text.rfind("\n", 0, odd.start())
        message = f"is not text: character #{ord(odd[0]):04x}; save the file as UTF-8"
        raise Place(file, line, column).error(message)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text, file) from None
    if builder.root is None:
        raise _error(file, EMPTY)
    return builder.root


_NOT_TEXT = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML has no place for (https://yaml.org/spec/1.2.2/#51-character-set); found here to tell the line of it."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Reads YAML: libyaml where it is there, which is ten times as quick."""


def _not_yaml(error: yaml.MarkedYAMLError, text: str, file: str) -> SpecError:
    mark = error.problem_mark or error.context_mark
    assert mark is not None, "the parser marks every problem"
    place = Place(file, mark.line + 1, mark.column + 1)
    problem = " ".join(str(part) for part in (error.context, error.problem) if part)
    # libyaml looks ahead as far as a key may be long, and newer ones count as they go: before the builder does.
    if "maximum nesting depth" in problem:
        return place.error(TOO_DEEP)
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if "${" in line:
        problem += "; inside [ ] and { } put quotes around '${...}'"
    elif problem.startswith("mapping values"):
        problem += _in_braces(lines, place.line - 1)
    elif line[place.column - 1 : place.column] == "\t":
        problem += "; indent with blanks, not with tabs"
    return place.error(f"not YAML: {problem}")


_TWO_KEYS = re.compile(r"\s*(?:- )?(?P<name>[\w.-]+):\s+(?P<inner>[\w.]+:.*)")
_CLAIM = re.compile(r"\s*(?P<claim>(?:input|output|params|macs|flops):.*)")
_WORD = re.compile(r"\s*(?:- )?(?:(?P<name>[\w.-]+):)?\s*(?P<kind>[A-Za-z]\w*)\s*")
"""A layer that is a word, alone or under its name; YAML takes no key beside it."""


def _in_braces(lines: Sequence[str], number: int) -> str:
    """Return how two keys in one line, or a claim under a word, are written; nothing where it is neither."""
    line = lines[number] if number < len(lines) else ""
    line = re.sub(r"\s+#.*", "", line).rstrip()
    words = [match for one in reversed(lines[:number]) if (match := _WORD.fullmatch(one))]
    claim, two = _CLAIM.fullmatch(line), _TWO_KEYS.fullmatch(line)
    if claim is not None and words and lines[number - 1].strip() == words[0][0].strip():
        return f"; a claim beside a word: {{{words[0]['kind']}: {{}}, {claim['claim']}}}"
    if two is None:
        return ""
    inner = _CLAIM.fullmatch(two["inner"])
    layer = next((word["kind"] for word in words if word["name"] == two["name"]), None)
    if inner is not None and layer is not None:
        return f"; a claim stands beside its layer: {two['name']}: {{{layer}: {{}}, {two['inner']}}}"
    return f"; two keys in one line need braces: {two['name']}: {{{two['inner']}}}"


@dataclass(slots=True)
class _Open:
    """A sequence or mapping whose end has not been read yet."""

    place: Place
    anchor: str | None
    mapping: bool
    children: list[Node]
    nodes: int = 1


class _Builder:
    """Takes one parser event after the other; `root` is the finished tree."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._total = 0

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        assert mark is not None, "the parser marks every event"
        place = Place(self.file, mark.line + 1, mark.column + 1)
        if getattr(event, "tag", None) is not None and getattr(event, "tag", "!") != "!":
            raise place.error(f"tag {event.tag!r}: a spec has plain values only")  # type: ignore[attr-defined]
        if isinstance(event, yaml.ScalarEvent):
            # A key is text whatever it looks like: `1:` and `"1":` are the same child.
            scalar = Scalar(event.value, place) if self._at_key() else _scalar(event, place)
            self._add(scalar, 1, event.anchor, place)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event, place)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self._open) >= MAX_DEPTH:
                raise place.error(TOO_DEEP)
            self._open.append(_Open(place, event.anchor, isinstance(event, yaml.MappingStartEvent), []))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self._open.pop()
            self._add(_collection(done), done.nodes, done.anchor, done.place)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise place.error("a second document; one file is one spec")

    def _at_key(self) -> bool:
        return bool(self._open) and self._open[-1].mapping and len(self._open[-1].children) % 2 == 0

    def _alias(self, event: yaml.AliasEvent, place: Place) -> None:
        if event.anchor not in self._anchors:
            inside = any(opened.anchor == event.anchor for opened in self._open)
            why = "it stands inside what it names" if inside else "no such anchor before it"
            raise place.error(f"alias *{event.anchor}: {why}")
        node, nodes = self._anchors[event.anchor]
        self._add(node, nodes, None, place, new=nodes)

    def _add(self, node: Node, nodes: int, anchor: str | None, place: Place, new: int = 1) -> None:
        self._total += new
        if self._total > MAX_NODES:
            raise place.error(f"more than {MAX_NODES} values, aliases followed")
        if anchor is not None:
            self._anchors[anchor] = (node, nodes)
        if self._open:
            self._open[-1].children.append(node)
            self._open[-1].nodes += nodes
        else:
            self.root = node


def _collection(done: _Open) -> Node:
    if not done.mapping:
        return Items(tuple(done.children), done.place)
    keys: dict[str, Scalar] = {}
    for key in done.children[::2]:
        if not isinstance(key, Scalar):
            raise key.place.error("a key must be text, not a list or mapping")
        text = str(key.value)
        if text in keys:
            more = "; what else is documented goes under that one, as keys or as one more of a list"
            told = f"key {text!r} stands twice, first in line {keys[text].place.line}"
            raise key.place.error(told + more * (text == "documented"))
        keys[text] = Scalar(text, key.place)
    return Pairs(tuple(zip(keys.values(), done.children[1::2], strict=True)), done.place)


_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _scalar(event: yaml.ScalarEvent, place: Place) -> Scalar:
    text = event.value
    if event.style is not None and event.style != "":
        return Scalar(text, place)
    if text in _WORDS:
        return Scalar(_WORDS[text], place)
    if _INT.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise place.error(f"a number of {len(text)} digits; a size has at most 19")
        return Scalar(int(text), place)
    if _FLOAT.fullmatch(text) is None:
        return Scalar(text, place)
    number = float(text)
    if math.isinf(number):
        raise place.error(f"a number beyond {sys.float_info.max:.1e}, the largest that a computer takes")
    return Scalar(number, place)
