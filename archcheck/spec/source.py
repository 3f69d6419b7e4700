"""YAML text -> a tree of nodes that know their places.

PyYAML's parser gives the events; the tree is built here, iteratively, because the loaders that come with it
drop the places, keep the last of two equal keys in silence, follow aliases without end, run out of stack on
deep nesting, and read `no` as false and `1e-4` as text. Scalars follow YAML 1.2's core schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from archcheck.errors import SpecError

MAX_BYTES = 4_000_000
MAX_DEPTH = 64
MAX_NODES = 200_000
"""More than any hand-written spec has; aliases count each time they are used."""
MAX_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def error(self, message: str) -> SpecError:
        """Return the error that says `message` of this place."""
        return SpecError(f"{self}: {message}")


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


def read_text(path: Path, shown: str) -> str:
    """Return the text of a spec file; every way in which that can fail is a `SpecError`."""
    try:
        if path.is_dir():
            raise SpecError(f"{shown}: is a folder, not a spec; name a .yaml file in it")
        if path.stat().st_size > MAX_BYTES:
            raise SpecError(f"{shown}: has {path.stat().st_size} bytes; a spec has at most {MAX_BYTES}")
        data = path.read_bytes()
    except FileNotFoundError:
        raise SpecError(f"{shown}: no such file") from None
    except OSError as error:
        raise SpecError(f"{shown}: cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SpecError(f"{shown}:{line}: is not UTF-8 text (byte {error.start})") from None
    if not text.strip():
        raise SpecError(f"{shown}: is empty; a spec has at least 'input:' and 'layers:'")
    return text


def parse(text: str, file: str) -> Node:
    """Return the tree of a YAML text; `file` is what its places show.

    Raises `SpecError` for what is not YAML, equal keys, tags, keys that are not text, a second document,
    and more than `MAX_DEPTH` levels or `MAX_NODES` nodes (aliases followed).
    """
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise SpecError(f"{file}:{line}: is not text: character #{error.character:04x}") from None
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text, file) from None
    if builder.root is None:
        raise SpecError(f"{file}: is empty; a spec has at least 'input:' and 'layers:'")
    return builder.root


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _not_yaml(error: yaml.MarkedYAMLError, text: str, file: str) -> SpecError:
    mark = error.problem_mark or error.context_mark
    assert mark is not None, "the parser marks every problem"
    place = Place(file, mark.line + 1, mark.column + 1)
    problem = " ".join(str(part) for part in (error.context, error.problem) if part)
    lines = text.splitlines()
    if place.line <= len(lines) and "${" in lines[place.line - 1]:
        problem += "; inside [ ] and { } put quotes around '${...}'"
    return place.error(f"not YAML: {problem}")


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
        place = Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        if getattr(event, "tag", None) is not None and getattr(event, "tag", "!") != "!":
            raise place.error(f"tag {event.tag!r}: a spec has plain values only")  # type: ignore[attr-defined]
        if isinstance(event, yaml.ScalarEvent):
            self._add(_scalar(event, place), 1, event.anchor, new=1)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event, place)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self._open) >= MAX_DEPTH:
                raise place.error(f"nested more than {MAX_DEPTH} levels deep")
            self._open.append(_Open(place, event.anchor, isinstance(event, yaml.MappingStartEvent), []))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self._open.pop()
            self._add(_collection(done), done.nodes, done.anchor, new=1)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise place.error("a second document; one file is one spec")

    def _alias(self, event: yaml.AliasEvent, place: Place) -> None:
        if event.anchor not in self._anchors:
            inside = any(opened.anchor == event.anchor for opened in self._open)
            why = "it stands inside what it names" if inside else "no such anchor before it"
            raise place.error(f"alias *{event.anchor}: {why}")
        node, nodes = self._anchors[event.anchor]
        self._add(node, nodes, None, new=nodes)

    def _add(self, node: Node, nodes: int, anchor: str | None, new: int) -> None:
        self._total += new
        if self._total > MAX_NODES:
            raise node.place.error(f"more than {MAX_NODES} values, aliases followed")
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
    seen: dict[str, Place] = {}
    for key in done.children[::2]:
        if not isinstance(key, Scalar):
            raise key.place.error("a key must be text, not a list or mapping")
        text = str(key.value)
        if text in seen:
            raise key.place.error(f"key {text!r} stands twice, first in line {seen[text].line}")
        seen[text] = key.place
    keys = (Scalar(_key_text(key), key.place) for key in done.children[::2] if isinstance(key, Scalar))
    return Pairs(tuple(zip(keys, done.children[1::2], strict=True)), done.place)


def _key_text(key: Scalar) -> str:
    return "null" if key.value is None else str(key.value)


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
    return Scalar(float(text) if _FLOAT.fullmatch(text) else text, place)
