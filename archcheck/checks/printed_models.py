"""Two printed models, line by line: what differs between them, and what only PyTorch's versions print differently.

Lines are compared as text. Where they are not the same they are read, `(name): Kind(arguments)`; these are harmless:

* an argument that one of them leaves out and that has PyTorch's default (`bias=True`, `track_running_stats=True`,
  `inplace=False`, `approximate='none'`), and the `dim` of a softmax, which PyTorch 1.0 did not print
* `ReLU(inplace)` for `ReLU(inplace=True)`, and `LeakyReLU(0.2)` for `LeakyReLU(negative_slope=0.2)` (to 1.1)
* `ReLU ()`, `Linear (400 -> 120)` and `MaxPool2d (size=(2, 2))` (to 0.3)
* one number for equal ones a side, `2` for `2.0`, `torch.Size([8])` for `(8,)`, and quotes
* the class of attention's last layer, which was `_LinearWithBias`, then `NonDynamicallyQuantizableLinear`
* `(0-5): 6 x Block(`, which lists print since 2.0 where they printed each
* `Parameter containing: [torch.FloatTensor of size 3x4]`, whose type and device are the machine's
* a `DataParallel` or compiled model around the one that is printed: the machine had several GPUs

A line of dots in the document stands for any lines. A spec does not say what a body's class is called, so for the
network of one (`bodies`) any name stands for a body below the first line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from archcheck.spec import signatures
from archcheck.units import at_commas

MOST_LINES = 20_000
"""Of a model whose repeated layers are written out."""

_CHILD = re.compile(r"\((?P<name>[^()]*)\): (?P<rest>.*)")
_MANY = re.compile(r"\((?P<first>[0-9]{1,6})-(?P<last>[0-9]{1,6})\): [0-9]+ x (?P<rest>.*)")
_MODULE = re.compile(r"(?P<kind>[A-Za-z_]\w*) ?\((?P<args>.*)\)")
_OPENS = re.compile(r"(?P<kind>[A-Za-z_]\w*) ?\(")
_TENSOR = re.compile(r"\[torch\.[\w.]+ of size ([0-9x]*)[^\]]*\]")
_WRAPPER = re.compile(r"(?:DataParallel|DistributedDataParallel|OptimizedModule)\(")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_BODY = re.compile(r"(?P<name>\([\w-]+\): |)(?P<kind>SpecBody|SpecJoin|Sequential)\((?P<end>\)?)")
_DOTS = ("...", "…", "(...)", "[...]")
_SAME_KIND = dict.fromkeys(("_LinearWithBias", "NonDynamicallyQuantizableLinear"), "Linear")
_UNPRINTED = frozenset((kind, "dim") for kind in ("Softmax", "LogSoftmax", "Softmin"))
"""Arguments that every version took and not every one prints."""

Value = float | str | tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a printed model: its number from 1, its indent, and what stands there."""

    number: int
    indent: int
    text: str


def first_difference(documented: str, printed: str, *, bodies: bool = False) -> tuple[int, str] | None:
    """Return the number of the first line of `documented` that is not printed, from 1, and what is said of it.

    `bodies`: what is printed is the network of a spec, in which bodies have no class of their own.

    >>> first_difference("Net(\\n  (0): ReLU(inplace)\\n)", "Net(\\n  (0): ReLU(inplace=True)\\n)")
    >>> first_difference("Net(\\n  (0): ReLU()\\n)", "Net(\\n  (0): Tanh()\\n)")
    (2, 'line 2 of the printed model: documented (0): ReLU(), printed (0): Tanh()')
    """
    wanted, real = _lines(documented), _lines(printed)
    if wanted == real:
        return None
    wanted, real = _unwrapped(wanted, real)
    wanted, real = _written_out(wanted), _written_out(real)
    wanted, real = _without_dots(wanted, real)
    pairs = zip_longest(wanted, real)
    found = next((pair for pair in pairs if not _same(*pair, bodies=bodies)), None)
    if found is None:
        return None
    left, right = found
    number = left.number if left is not None else (wanted[-1].number if wanted else 0) + 1
    return number, f"line {number} of the printed model: documented {_told(left)}, printed {_told(right)}"


def differing_lines(documented: str, printed: str) -> list[tuple[int, str]]:
    """Return the numbers of the lines of `documented` that are not printed so, from 1, and what is printed there.

    Nothing where the two have not as many lines, or other indents: then none stands in the place of another.

    >>> differing_lines("Net(\\n  (0): ReLU()\\n)", "Net(\\n  (0): Tanh()\\n)")
    [(2, '(0): Tanh()')]
    """
    wanted, real = _lines(documented), _lines(printed)
    if [line.indent for line in wanted] != [line.indent for line in real]:
        return []
    pairs = zip(wanted, real, strict=True)
    return [(line.number, seen.text) for line, seen in pairs if not _same(line, seen, bodies=False)]


def _told(line: _Line | None) -> str:
    return "nothing" if line is None else line.text


def _lines(text: str) -> list[_Line]:
    whole = text.strip().splitlines()
    return [
        _Line(number, len(line) - len(line.lstrip()), line.strip()) for number, line in enumerate(whole, 1)
    ]


def _unwrapped(wanted: list[_Line], real: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Return both without what only one of them has around the model."""
    if wanted and real and bool(_WRAPPER.fullmatch(wanted[0].text)) != bool(_WRAPPER.fullmatch(real[0].text)):
        return _inside(wanted), _inside(real)
    return wanted, real


def _inside(lines: list[_Line]) -> list[_Line]:
    child = _CHILD.fullmatch(lines[1].text) if len(lines) > 2 and _WRAPPER.fullmatch(lines[0].text) else None
    if child is None:
        return lines
    first = _Line(lines[1].number, 0, child["rest"])
    return [first, *(_Line(one.number, max(one.indent - 2, 0), one.text) for one in lines[2:-1])]


def _written_out(lines: Sequence[_Line]) -> list[_Line]:
    """Return every layer of a list that prints equal ones once, as far as anybody would read it."""
    found: list[_Line] = []
    todo = list(reversed(lines))
    while todo and len(found) + len(todo) <= MOST_LINES:
        line = todo.pop()
        many = _MANY.fullmatch(line.text)
        if many is None:
            found.append(line)
            continue
        inside = _taken_inside(todo, line) if _OPENS.fullmatch(many["rest"]) else []
        count = int(many["last"]) - int(many["first"]) + 1
        if count * (len(inside) + 1) > MOST_LINES:
            found += [line, *inside]
            continue
        for place in range(int(many["last"]), int(many["first"]) - 1, -1):
            head = _Line(line.number, line.indent, f"({place}): {many['rest']}")
            todo += [*reversed(inside), head]
    return [*found, *reversed(todo)]


def _taken_inside(todo: list[_Line], head: _Line) -> list[_Line]:
    """Take the lines of a module off the stack, up to its last bracket."""
    inside: list[_Line] = []
    while todo and todo[-1].indent > head.indent:
        inside.append(todo.pop())
    if todo and todo[-1].text == ")":
        inside.append(todo.pop())
    return inside


def _without_dots(wanted: list[_Line], real: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Return both without the lines between the first dots of the document and its last."""
    dots = [place for place, line in enumerate(wanted) if line.text in _DOTS]
    if not dots:
        return wanted, real
    before, behind = dots[0], len(wanted) - 1 - dots[-1]
    if before + behind > len(real):
        return [line for line in wanted if line.text not in _DOTS], real
    return [*wanted[:before], *wanted[dots[-1] + 1 :]], [*real[:before], *real[len(real) - behind :]]


def _same(left: _Line | None, right: _Line | None, *, bodies: bool) -> bool:
    if left is None or right is None or left.indent != right.indent:
        return False
    if left.text == right.text or _same_text(left.text, right.text):
        return True
    return bodies and _stands_for_body(left.text, right.text)


def _stands_for_body(wanted: str, real: str) -> bool:
    """Return whether a line of a spec's body is that of a class under the same name."""
    body = _BODY.fullmatch(real)
    if body is None or (body["kind"] == "Sequential" and (not body["name"] or body["end"])):
        return False
    inside = r".*\)" if body["end"] else ""
    return re.fullmatch(re.escape(body["name"]) + rf"\w+\({inside}", wanted) is not None


def _same_text(left: str, right: str) -> bool:
    one, other = _CHILD.fullmatch(left), _CHILD.fullmatch(right)
    if one is not None and other is not None and one["name"] == other["name"]:
        left, right = one["rest"], other["rest"]
    for pattern in (_OPENS, _MODULE):
        first, second = pattern.fullmatch(left), pattern.fullmatch(right)
        if first is not None and second is not None:
            kind = _kind(first["kind"])
            if kind != _kind(second["kind"]):
                return False
            return pattern is _OPENS or _same_arguments(kind, first["args"], second["args"])
    return _TENSOR.sub(r"[\1]", left) == _TENSOR.sub(r"[\1]", right)


def _kind(name: str) -> str:
    return _SAME_KIND.get(name, name)


def _same_arguments(kind: str, left: str, right: str) -> bool:
    known = signatures.signature(kind)
    one, other = _arguments(left, known), _arguments(right, known)
    usual: Mapping[str, Value] = {}
    if known is not None:
        usual = {each.name: _value(str(each.default)) for each in known.arguments if not each.required}
    return all(
        one.get(name, usual.get(name)) == other.get(name, usual.get(name))
        for name in one.keys() | other.keys()
        if (name in one and name in other) or (kind, name) not in _UNPRINTED
    )


def _arguments(text: str, known: signatures.Signature | None) -> Mapping[str, Value]:
    """Return printed arguments by name; those that are printed without one have that of their place."""
    names = known.names if known is not None else ()
    found: dict[str, Value] = {}
    for place, part in enumerate(at_commas(text.replace(" -> ", ", "))):
        name, sign, value = part.partition("=")
        name = name.strip()
        if sign and name.isidentifier():
            renamed = name == "size" and "size" not in names and "kernel_size" in names
            found["kernel_size" if renamed else name] = _value(value)
        elif name in names:  # `inplace`, a flag that is on
            found[name] = "True"
        else:
            found[names[place] if place < len(names) else str(place)] = _value(part)
    return found


def _value(text: str) -> Value:
    """Return a printed value: a number, a word, or a tuple; of equal ones, one.

    >>> _value("(2, 2)"), _value("torch.Size([8])"), _value("'nearest'"), _value("(3, 1)")
    (2.0, 8.0, 'nearest', (3.0, 1.0))
    """
    text = text.strip()
    if text.startswith("torch.Size(") and text.endswith(")"):
        text = text[len("torch.Size(") : -1]
    if _NUMBER.fullmatch(text):
        return float(text)
    if text[:1] in ("(", "[") and text[-1:] in (")", "]") and "(" not in text[1:] and "[" not in text[1:]:
        values = tuple(_value(part) for part in at_commas(text[1:-1]))
        return values[0] if values and len(set(values)) == 1 else values
    return text.strip("'\"")
