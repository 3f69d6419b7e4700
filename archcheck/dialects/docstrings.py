"""What a docstring says about shapes: of parameters, of what comes back, of what goes in and out.

Sections (`Args:`, `Returns:`, `Shape:`, NumPy's underlined ones, `输入:`) and fields (`:param x:`, `@return`) say whose
the shapes below them are. What a line says itself (`input: (B, C, H, W)`) goes before that. Of a shape of which nothing
is said, nothing is kept: a docstring stands on no line of code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from archcheck.dialects.columns import shifted
from archcheck.dialects.comments import comment
from archcheck.dialects.lines import statements
from archcheck.dialects.stated import Role, Statement
from archcheck.dialects.vocabulary import is_blind

Section = Literal["input", "output", "shape", "code", "other"]

_SECTIONS: dict[str, Section] = {
    **dict.fromkeys(
        ("args", "arg", "arguments", "parameters", "params", "parameter", "inputs", "input", "input shape",
         "keyword args", "forward args", "输入", "参数", "入参", "输入参数"), "input"),
    **dict.fromkeys(
        ("returns", "return", "outputs", "output", "output shape", "yields",
         "输出", "返回", "返回值", "出参"), "output"),
    **dict.fromkeys(("shape", "shapes"), "shape"),
    **dict.fromkeys(("example", "examples", "usage", "example usage", ".. code-block"), "code"),
    **dict.fromkeys(("note", "notes", "raises", "references", "reference", "attributes", "see also", "todo"), "other"),
}  # fmt: skip
_HEAD = re.compile(r"\s*(?:[-*]\s+)?([^\W\d][\w -]{0,30}?)\s*(?:::?|\uff1a)\s*$")
_UNDERLINE = re.compile(r"\s*-{3,}\s*$")
_FIELD = re.compile(
    r"\s*[:@](param|parameter|arg|argument|type|return|returns|rtype|yields)\b\s*"
    r"(?:([\w.\[\], |]{0,80}?\s)?([\w*]+))?\s*:?"
)
_ENTRY = re.compile(
    r"\s*(?:[-*]\s{1,4})?[`*]{0,2}(\w+(?:\s?,\s?\w+)*)[`*]{0,2}\s{0,8}"
    r"(?:\(([^()]{0,300}(?:\([^()]{0,100}\)[^()]{0,100}){0,4})\))?\s{0,8}(?::|\uff1a|\s--?\s)"
)
_LISTED = re.compile(r"\s*[-*]\s{1,4}`(\w+)`\s+(?:is|are|has|have)\s")
"""A parameter in a list without a head: "* `x` has shape `[B, T]`"."""
_BARE = re.compile(r"\s*(\w+) \((\w*(?:Tensor|array)\[[^()]{1,100}\])\)\s*$")
"""An entry of which nothing more is said: `boxes (Tensor[N, 4])`."""
_WORDS_OUT = frozenset(("output", "outputs", "out", "outs", "return", "returns", "result", "results"))
_WORDS_IN = frozenset(("input", "inputs", "in"))
_TENSOR = ("tensor", "array", "ndarray")
_NUMBERS = re.compile(
    r"(?i)(?:tuple|list|sequence)(?:\[[\s,.]*(?:(?:int|float|bool|str)[\s,.]*){1,9}\]|\s+of\s+(?:ints?|floats?|str))"
)
_NUMBER = ("int", "float", "bool", "str")
"""Types of what has no shape."""
_ARROWS = ("->", "→", "=>")


@dataclass(frozen=True, slots=True)
class _State:
    """Where a line stands: its section, how far that is indented, and the entry that it goes on with.

    `underlined`: the section's head is, as NumPy has it; what follows is no further in.
    """

    section: Section | None = None
    indent: int = 0
    name: str | None = None
    entry_indent: int = -1
    tensor: bool = False
    number: bool = False
    underlined: bool = False


def docstring(text: str) -> tuple[Statement, ...]:
    """Return what a docstring says; `start` and `end` count from its beginning, `name` is the parameter.

    >>> one = docstring("Args:\\n    x (Tensor): features of shape (B, T, D)")[0]
    >>> one.role, one.name, [size.value for size in one.shapes[0].sizes]
    ('input', 'x', ['B', 'T', 'D'])
    """
    return tuple(_read(text))


def _read(text: str) -> Iterator[Statement]:
    state = _State()
    start = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        state, kept = _next(state, line, below)
        if kept and state.section not in ("code", "other"):
            yield from (shifted(one, start) for one in _line(line, state))
        start += len(line) + 1


def _next(state: _State, line: str, below: str) -> tuple[_State, bool]:
    """Return where a line stands, and whether it says something itself: a section's head does not."""
    indent = len(line) - len(line.lstrip())
    if not line.strip():
        return state, False
    section = _section(line, below)
    if section is not None:
        return _State(section, indent, underlined=bool(_UNDERLINE.match(below))), False
    if _UNDERLINE.match(line):
        return state, False
    field = _FIELD.match(line)
    if field is not None:
        return _of_field(field, indent), True
    further = indent > state.indent or (state.underlined and indent == state.indent)
    if state.section is not None and not further and not _stays(state, line):
        state = _State()
    return _of_entry(state, line, indent), True


def _section(line: str, below: str) -> Section | None:
    bare = line.strip().rstrip(":\uff1a").strip(" *").lower()
    if bare in _SECTIONS and (_HEAD.match(line) or _UNDERLINE.match(below)):
        return _SECTIONS[bare]
    return "code" if line.strip().startswith(">>>") and bare else None


def _stays(state: _State, line: str) -> bool:
    """Return whether a line no further in than its section's head still belongs to it, as NumPy's entries do."""
    return bool(_ENTRY.match(line)) and state.section in ("input", "output", "shape")


def _of_field(field: re.Match[str], indent: int) -> _State:
    if field[1] in ("return", "returns", "rtype", "yields"):
        return _State("output", indent, None, indent)
    return _State("input", indent, field[3], indent, _is_tensor(field[2] or ""), _is_number(field[2] or ""))


def _of_entry(state: _State, line: str, indent: int) -> _State:
    """Return the state in which a line of a section begins an entry, or goes on with one."""
    if state.section is None and (listed := _LISTED.match(line)) is not None:
        return _State("input", indent, listed[1], indent)
    if state.section not in ("input", "shape", "output"):
        return state
    goes_on = state.entry_indent >= 0 and indent > state.entry_indent
    entry = None if goes_on else _ENTRY.match(line) or _BARE.match(line)
    if entry is None:
        return state if goes_on or not state.underlined else replace(state, name=None, entry_indent=-1)
    name = entry[1].split(",")[0].strip()
    number = _is_number(entry[2] or "")
    return replace(state, name=name, entry_indent=indent, tensor=_is_tensor(entry[2] or line), number=number)


def _is_tensor(text: str) -> bool:
    return any(word in text.lower() for word in _TENSOR)


def _is_number(text: str) -> bool:
    """Return whether a type is of what has no shape: `int`, `Tuple[int, int]`, `list of str`."""
    first = text.partition(",")[0].strip()
    return first in _NUMBER or _NUMBERS.fullmatch(text.partition(", optional")[0].strip()) is not None


def _line(line: str, state: _State) -> Iterator[Statement]:
    """Yield what one line says, as said of the parameter or the result that it stands under."""
    offset = _behind_head(line, state)
    found = comment(line[offset:]) or (_typed(line, state) if state.section else ())
    alternatives = " or " in line or "或" in line
    for place, one in enumerate(_without_batchless(found, alternatives)):
        role, name = _whose(shifted(one, offset), state)
        if role is None or state.number or (_is_numbers(one) and is_blind(state.name or "")):
            continue
        sure = one.sure and not (alternatives and place) and not _is_setting(one, state)
        yield replace(shifted(one, offset), role=role, name=name, sure=sure)


def _behind_head(line: str, state: _State) -> int:
    """Return where the text of an entry begins, behind its name and a type in parentheses."""
    field = _FIELD.match(line)
    if field is not None:
        return field.end()
    if (listed := _LISTED.match(line)) is not None and state.name == listed[1]:
        return listed.end()
    if state.section not in ("input", "shape", "output") or state.entry_indent != len(line) - len(
        line.lstrip()
    ):
        return 0
    entry = _ENTRY.match(line)
    typed = entry is not None and (entry[2] is None or not statements(f"({entry[2]})"))
    return entry.end() if entry is not None and typed else 0


def _typed(line: str, state: _State) -> tuple[Statement, ...]:
    """Return what the type of an entry says: `x (Tensor[N, C]): ...` and `boxes (FloatTensor[N, 4])`."""
    for match in re.finditer(r"\w*(?:Tensor|array)(?=\[)", line):
        close = line.find("]", match.end())
        if close > 0:
            inner = statements(line[match.end() : close + 1])
            return tuple(shifted(one, match.end()) for one in inner)
    return ()


def _without_batchless(found: tuple[Statement, ...], alternatives: bool) -> tuple[Statement, ...]:
    """Return the statements less `(C, H, W)` that stands behind `(N, C, H, W) or`: the batch axis may be left out."""
    if not alternatives or len(found) < 2:
        return found
    first = [size.value for size in found[0].shapes[-1].sizes]
    rest = tuple(one for one in found[1:] if [size.value for size in one.shapes[-1].sizes] != first[1:])
    lone = replace(found[0], sure=True) if not rest and not found[0].sure else found[0]
    return (lone, *rest)


def _whose(one: Statement, state: _State) -> tuple[Role | None, str | None]:
    """Return what a statement is of; None where nothing says it."""
    if one.role == "flow":
        return "flow", None
    own = _named_role(one)
    if state.section == "shape":
        return _shape_role(state.name or one.name)
    if state.section in ("input", "output") and state.name is not None:
        return _under_entry(one, state)
    if own is not None:
        return own
    if state.section in ("input", "output"):
        return state.section, one.name if one.name is not None and state.section == "input" else None
    if one.name is not None:
        return "input", one.name
    return None, None


def _named_role(one: Statement) -> tuple[Role, str | None] | None:
    if one.role in ("input", "output"):
        return one.role, one.name
    if one.name is not None and one.name.lower() in _WORDS_OUT:
        return "output", None
    return None


def _shape_role(name: str | None) -> tuple[Role | None, str | None]:
    """Return what an entry of PyTorch's `Shape:` section is: `Input`, `Output`, or a parameter by its name."""
    lower = (name or "").lower()
    if lower in _WORDS_IN:
        return "input", None
    if lower in _WORDS_OUT:
        return "output", None
    return ("input", name) if name else (None, None)


def _under_entry(one: Statement, state: _State) -> tuple[Role, str | None]:
    """Return the parameter of an entry, or what it calls one of the things that are returned."""
    return "input" if state.section == "input" else "output", state.name


def _is_numbers(one: Statement) -> bool:
    return all(isinstance(size.value, int) for shape in one.shapes for size in shape.sizes)


def _is_setting(one: Statement, state: _State) -> bool:
    """Return whether it may be a setting's value, `img_size: (224, 224)`, not a tensor's shape."""
    return state.section == "input" and _is_numbers(one) and not state.tensor and one.role == "value"
