"""What is typed for a Python model -> what it is called with, and what it is made with.

    1,3,224,224             one tensor, batch axis included; also 1x3x224x224
    1,128:int64<30522       whole numbers below 30522
    mask=1,128:bool         the argument `mask`, by name
    {image: 1x3x64x64, ids: 1x16:int64}     one argument, a dict
    [1x3x64x64, 1x16]       one argument, a tuple

Inside braces and brackets, where commas stand between tensors, a shape is written with `x`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from archcheck.arguments import Argument, Arguments, Tree
from archcheck.errors import ArchcheckError, UsageError
from archcheck.spec.signatures import closest
from archcheck.spec.source import Items, Node, Pairs, Scalar, one_line, parse

INTEGERS = {"int64": 63, "int32": 31, "int16": 15, "int8": 7, "uint8": 8}
"""Types of whole numbers by PyTorch's names, and the bits of the largest."""

DTYPES = ("float32", "float64", "float16", "bfloat16", *INTEGERS, "bool", "complex64", "complex128")
"""The types that a tensor can be given, by PyTorch's names."""

MOST_NUMBERS = 2**48
"""More numbers than any machine holds; PyTorch itself fails at 2**63 bytes."""

MOST_BRACKETS = 100

EXAMPLES = "1,3,224,224 or 1,128:int64<30522"

_NAMED = re.compile(r"\s*([A-Za-z_]\w*)\s*=(.*)", re.DOTALL)
_TENSOR = re.compile(r"\s*([^:<]*?)\s*(?::\s*(\w+)\s*)?(?:<\s*(\w+)\s*)?")
_AXES = re.compile(r"[0-9]+(?:\s*[x,]\s*[0-9]+)*")
_NUMBER = re.compile("[0-9]+")  # `isdigit` takes digits that `int` does not: a superscript two
_TOKEN = re.compile(r"\s*(?:([\[\]{}])|([^\[\]{},]+)|(,))")


def read_inputs(texts: Sequence[str]) -> Arguments:
    """Return the arguments that `--input` texts say, by place in their order, and by name.

    Raises `UsageError`, which quotes the text and says what is wrong with it.

    >>> read_inputs(["1,3,8,8", "ids=1,16:int64<100"]).by_name["ids"]
    Argument(shape=(1, 16), dtype='int64', high=100)
    """
    by_place: list[Tree] = []
    by_name: dict[str, Tree] = {}
    for text in texts:
        match = _NAMED.fullmatch(text)
        if match is None:
            by_place.append(read_tree(text))
        elif match[1] in by_name:
            raise _error(text, f"{match[1]} is given twice")
        else:
            by_name[match[1]] = read_tree(match[2], text)
    return Arguments(tuple(by_place), by_name)


def read_tree(text: str, whole: str | None = None) -> Tree:
    """Return one argument; errors quote `whole`, the text that it stands in."""
    whole = text if whole is None else whole
    if not text.lstrip().startswith(("[", "{")):
        return _tensor(text, whole)
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise _error(whole, f"has more than {MOST_BRACKETS} brackets")
    tokens = _Tokens(text, whole)
    tree = _tree(tokens)
    if tokens.left:
        raise _error(whole, f"nothing may follow the closing bracket, found {tokens.left[0]!r}")
    return tree


class _Tokens:
    """The pieces of a text, taken one by one."""

    def __init__(self, text: str, whole: str) -> None:
        self.whole = whole
        self.left = [match[1] or match[2] or match[3] for match in _TOKEN.finditer(text) if match[0].strip()]

    def take(self) -> str:
        """Return the next piece, and take it away."""
        if not self.left:
            raise _error(self.whole, "a bracket is not closed")
        return self.left.pop(0)


def _tree(tokens: _Tokens) -> Tree:
    first = tokens.take()
    if first == "[":
        found = [(text, tree) for _, text, tree in _entries(tokens, "]")]
        if len(found) > 1 and all(text.strip().isdigit() for text, _ in found):
            axes = "x".join(text.strip() for text, _ in found)
            raise _error(tokens.whole, f"in [ ] commas stand between tensors; a shape is written {axes}")
        return tuple(tree for _, tree in found)
    return _named(tokens)


def _named(tokens: _Tokens) -> Tree:
    made: dict[str, Tree] = {}
    for name, _, tree in _entries(tokens, "}"):
        if name in made:
            raise _error(tokens.whole, f"{name} is given twice")
        made[name] = tree
    return made


def _entries(tokens: _Tokens, closing: str) -> Iterator[tuple[str, str, Tree]]:
    """Yield the name (in braces), the text and the value of each entry up to the closing bracket."""
    whole = tokens.whole
    while True:
        name, text = "", tokens.take()
        if closing == "}" and text not in "[]{},":
            given = text.strip()
            name, _, text = text.partition(":")
            if not name.strip() or given == name:
                raise _error(
                    whole,
                    f"in {{ }} write names and shapes, as {{image: 1x3x64x64}}; given {given!r}",
                )
            text = text if text.strip() else tokens.take()
        if text in ("[", "{"):
            tokens.left.insert(0, text)
            yield name.strip(), text, _tree(tokens)
        elif text in ("]", "}", ","):
            raise _error(whole, f"a tensor is missing before {text!r}")
        else:
            yield name.strip(), text.strip(), _tensor(text, whole)
        after = tokens.take()
        if after == closing:
            return
        if after != ",":
            raise _error(whole, f"a comma or {closing!r} is missing before {after.strip()!r}")


def _tensor(text: str, whole: str) -> Argument:
    match = _TENSOR.fullmatch(text)
    if match is None:
        raise _error(whole, f"write a shape, batch axis included, as {EXAMPLES}")
    dtype = _dtype(match[2] or "float32", whole)
    return Argument(_shape(match[1], whole), dtype, _high(match[3], dtype, whole))


def _shape(text: str, whole: str) -> tuple[int, ...]:
    if text == "scalar":
        return ()
    if _AXES.fullmatch(text) is None:
        raise _error(whole, f"write a shape, batch axis included, as {EXAMPLES}; given {text!r}")
    if len(text) > 1000 or any(len(digits) > 15 for digits in re.findall("[0-9]+", text)):
        raise _error(whole, "more numbers than any machine holds")
    shape = tuple(int(axis) for axis in re.findall("[0-9]+", text))
    if 0 in shape:
        raise _error(whole, "an axis of 0 leaves nothing to compute; give every axis at least 1")
    if math.prod(shape) > MOST_NUMBERS:
        raise _error(whole, "more numbers than any machine holds")
    return shape


def _dtype(word: str, whole: str) -> str:
    if word in DTYPES:
        return word
    near = closest(word, DTYPES)
    hint = f"did you mean {near!r}?" if near else f"write one of {', '.join(DTYPES)}"
    raise _error(whole, f"no type {word!r}; {hint}")


def _high(text: str | None, dtype: str, whole: str) -> int | None:
    if text is None:
        return None
    if dtype not in INTEGERS:
        raise _error(whole, f"only whole numbers have a bound, and this is {dtype}; write :int64<{text}")
    most = min(2 ** INTEGERS[dtype], 2**63 - 1)  # what PyTorch draws below is an int64
    if not _NUMBER.fullmatch(text) or len(text) > 19 or not 1 <= int(text) <= most:
        raise _error(whole, f"the bound of {dtype} is a whole number of 1 to {most}, given {text!r}")
    return int(text)


def _error(whole: str, problem: str) -> UsageError:
    return UsageError(one_line(f"--input {whole.strip()}: {problem}"))


def read_args(texts: Sequence[str]) -> dict[str, object]:
    """Return what `--arg NAME=VALUE` texts say; a value is YAML, on one line. Raises `UsageError`.

    >>> read_args(["num_classes=10", "pretrained=false", "widths=[8, 16]"])
    {'num_classes': 10, 'pretrained': False, 'widths': [8, 16]}
    """
    made: dict[str, object] = {}
    for text in texts:
        match = _NAMED.fullmatch(text)
        if match is None:
            raise UsageError(one_line(f"--arg {text}: write NAME=VALUE, as num_classes=10"))
        if match[1] in made:
            raise UsageError(one_line(f"--arg {text}: {match[1]} is given twice"))
        made[match[1]] = _value(match[2], text)
    return made


def _value(text: str, whole: str) -> object:
    if not text.strip():
        return ""
    try:
        return _plain(parse(text, "value"))
    except ArchcheckError:
        raise UsageError(
            one_line(f"--arg {whole}: the value is no YAML; put quotes around it: NAME='\"...\"'")
        ) from None


def _plain(node: Node) -> object:
    match node:
        case Scalar(value=value):
            return value
        case Items(items=items):
            return [_plain(one) for one in items]
        case Pairs(pairs=pairs):
            return {str(key.value): _plain(value) for key, value in pairs}
