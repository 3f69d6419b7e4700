"""What stands right before a shape: whose it is, and whether it is called a shape at all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from archcheck.dialects import vocabulary
from archcheck.dialects.sizes import Found
from archcheck.dialects.stated import Role
from archcheck.dialects.tokens import Tokens, plain

MOST_WORDS = 10
"""How far back a label is looked for, in pieces."""

MOST_BETWEEN = 40
"""How many pieces may stand between a variable that a line begins with and its shape."""
Led = Literal["bare", "ended", "words"]
"""By what: by nothing but a label; by words that a mark ends (`Self-attend: `); by running words."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label: from piece `first`.

    `keyed`: it says that a shape follows; `names`: of what; `blind`: it says that no shape follows (`kernel (3, 3)`);
    `blind_to_numbers`: none if it is of numbers alone; `attached`: it stands against the bracket, `output[48, 55, 55]`;
    `within`: something lies in it, `[0, T]`; `doubt`: it may be the shape of something else (`was`, `expects`);
    `arrow`: the last mark is an arrow; `operation`: the one word before a mark, of what is done (`view: [N, D]`).
    """

    first: int
    role: Role | None = None
    names: tuple[str, ...] = ()
    keyed: bool = False
    led: Led = "bare"
    blind: bool = False
    blind_to_numbers: bool = False
    doubt: bool = False
    arrow: bool = False
    attached: bool = False
    within: bool = False
    operation: str | None = None


@dataclass(slots=True)
class _Words:
    """The words before a shape, gone through from right to left; `amid`: a sentence goes on before them."""

    texts: list[str] = field(default_factory=list)
    marked: bool = False
    arrow: bool = False
    listed: bool = False
    amid: bool = False


def label_of(tokens: Tokens, found: Found, floor: int) -> Label:
    """Return the label of a shape; `floor`: the piece before which nothing belongs to it."""
    if _is_argument(tokens, found.first - 1) or _explains(tokens, found):
        return Label(found.first, blind=True)
    if tokens.touches(found.first) and found.form == "group":
        return _attached(tokens, found, floor)
    if tokens.kind(found.first - 1) == "stop" and tokens.lower(found.first - 2) in ("size", "shape"):
        return Label(found.first, keyed=True)  # `state size. (ngf*8) x 4 x 4`
    words = _Words()
    label = _meaning(_gather(tokens, found.first, floor, words), words)
    within = label.within or tokens.half_open or tokens.lower(found.first - 1) == "\\in"
    label = replace(_named(tokens, found, words, label), within=within)
    listed = tokens.kind(found.first - 1) == "comma" and found.form == "group" and found.first > 3
    described = _described(tokens, found, label) if (label.keyed or listed) and not floor else None
    return label if described is None else replace(label, names=(described,), led="bare")


def _described(tokens: Tokens, found: Found, label: Label) -> str | None:
    """Return the variable that a line says what it is, in one sentence.

    `x: Node features of shape [...]`, `x: the features of nodes, [...]`.
    """
    if tokens.kind(0) != "name" or tokens.kind(1) != "colon" or label.first < 2 or found.first > MOST_BETWEEN:
        return None
    name = tokens.all[0].text
    if any(tokens.kind(at) in ("stop", "colon", "arrow", "equals") for at in range(2, found.first)):
        return None
    plainly = name.isidentifier() and name.isascii() and not name[0].isupper()
    return name if plainly and not _is_known(name.lower()) and not _are_operations((name,)) else None


def _is_argument(tokens: Tokens, at: int) -> bool:
    """Return whether an equals sign is that of an argument in a call: `Resize(size=(9, 9))`; a `shape=` is a shape."""
    first = at - 2
    if tokens.kind(at) != "equals":
        return False
    while first > at - MOST_WORDS and tokens.kind(first) in ("name", "comma"):
        first -= 1
    called = tokens.kind(first) == "open" and tokens.touches(first) and tokens.kind(first - 1) == "name"
    return called and tokens.lower(at - 1) not in ("shape", "input_shape", "output_shape")


def _explains(tokens: Tokens, found: Found) -> bool:
    """Return whether it is the letter of the word before it, `width (W)`, or what one stands for, `D (model width)`."""
    inside = tokens.all[found.first + 1 : found.last - 1]
    before = tokens.all[found.first - 1].text if tokens.kind(found.first - 1) == "name" else ""
    if found.form != "group" or len(found.shape.sizes) != 1 or any(one.kind != "name" for one in inside):
        return False
    if len(inside) == 1:
        letter = inside[0].text
        return (
            len(letter) == 1 < len(before)
            and before.lower() in vocabulary.AXES
            and before.upper()[0] == letter
        )
    return len(before) == 1 and before.isupper() and len(inside) > 1


def _named(tokens: Tokens, found: Found, words: _Words, label: Label) -> Label:
    """Return the label that one name is: `h_state (n_layers, batch, hidden)`, not `resnet50 (3, 4, 6, 3)`."""
    starts = tokens.kind(label.first - 1) in ("stop", "comma", None)
    if (
        not starts
        or label.led != "words"
        or len(words.texts) != 1
        or words.amid
        or len(found.shape.sizes) < 2
    ):
        return label
    name = words.texts[0]
    if (
        not name.isascii()
        or _are_operations((name,))
        or all(isinstance(size.value, int) for size in found.shape.sizes)
    ):
        return label
    return replace(label, led="bare", names=(plain(name),))


def _attached(tokens: Tokens, found: Found, floor: int) -> Label:
    """Return the label that a bracket stands against: `output[48, 55, 55]`; any other name makes it a call."""
    before = found.first - 1
    kind, text = tokens.kind(before), tokens.lower(before)
    calls = ("name", "close", "number", "odd", "power", "minus")
    if kind == "open" and tokens.kind(before - 1) == "name" and tokens.touches(before):  # `weight([B, T])`
        return Label(found.first, blind=True)
    known = kind == "name" and text in vocabulary.INPUT | vocabulary.OUTPUT | vocabulary.SHAPE
    if before >= floor and kind in calls and not known and text != "#":
        return Label(found.first, blind=True)
    words = _Words(marked=known)
    label = _meaning(_gather(tokens, found.first, floor, words), words)
    return replace(label, attached=known)


def _gather(tokens: Tokens, at: int, floor: int, words: _Words) -> int:
    """Collect the words before a piece, the last first, and return where they begin."""
    at -= 1
    first = at + 1
    for _ in range(MOST_WORDS):
        if at < floor:
            break
        kind, text = tokens.kind(at), tokens.all[at].text
        if kind == "name" and tokens.kind(at - 1) == "number" and tokens.touches(at):  # `2D array`
            words.texts.append("dimensional")
            at -= 1
        elif kind in ("name", "word"):
            words.texts.append(text)
        elif not _take_mark(tokens, at, words):
            words.amid = kind not in ("stop", "comma", "open", "arrow", "colon") and not words.marked
            words.amid = words.amid or (kind == "comma" and words.arrow)
            break
        if kind != "comma":
            first = at
        at -= 2 if kind == "close" else 1
    else:
        words.amid = True
    return first


def _take_mark(tokens: Tokens, at: int, words: _Words) -> bool:
    """Return whether a mark belongs to a label, and note what it says."""
    kind = tokens.kind(at)
    match kind:
        case "colon" | "equals":  # also of `captions: a tensor of shape (...)`
            fresh = not words.marked and all(_is_known(_bare(word)) for word in words.texts)
            words.marked = words.marked or fresh
            return fresh
        case "arrow":
            fresh = not words.texts and not words.marked and not words.arrow
            words.arrow = words.arrow or fresh
            return fresh
        case "comma":  # `q, k, v: [...]`
            words.listed = words.listed or bool(words.marked and words.texts)
            return bool(words.marked and words.texts)
        case "minus":  # `self-attend: `, `- Input: `
            return bool(words.texts)
        case "close":  # `x.size(): `
            return tokens.kind(at - 1) == "open" and tokens.closing.get(at - 1) == at and tokens.touches(at)
    return False


def _meaning(first: int, words: _Words) -> Label:
    texts = list(reversed(words.texts))
    lower = [_bare(text) for text in texts]
    role = _role(lower, words.marked)
    keyed = (
        (role is not None and lower[-1:] != ["from"])
        or any(_is_shape(word) for word in lower)
        or _dotted(texts)
    )
    if words.marked and lower == ["a"]:  # a variable, not the article
        return Label(first, names=("a",))
    others = tuple(_bare_name(text) for text in texts if not _is_known(_bare(text)))
    doubt = not vocabulary.DOUBT.isdisjoint(lower)
    blind = _is_blind([word for word in lower if word != "of"])
    within = lower[-1:] == ["in"] and not keyed
    to_numbers = not doubt and _is_blind_to_numbers(lower, keyed)
    led: Led = "bare"
    strange = (len(others) > 1 and not words.listed) or not all(other.isascii() for other in others)
    if strange:
        led = "ended" if words.marked or words.arrow else "words"
    elif (others and words.amid) or ((others or words.amid) and not (words.marked or words.arrow or keyed)):
        led = "words"
    names = (
        ()
        if led != "bare" or _are_operations(others) or (role and not words.marked)
        else tuple(map(plain, others))
    )
    is_one = len(others) == 1 and led == "bare" and _are_operations(others)
    operation = others[0].rpartition(".")[2] if is_one else None
    label = Label(first, role, names, keyed, led, blind, to_numbers, doubt, words.arrow, within=within)
    return replace(label, operation=operation)


def _bare(text: str) -> str:
    return _bare_name(text).lower()


def _bare_name(text: str) -> str:
    for suffix in (".shape", ".size", "_shape", "_shapes"):
        if text.endswith(suffix) and len(text) > len(suffix):
            return text.removesuffix(suffix)
    return text


def _dotted(texts: list[str]) -> bool:
    return any(text.endswith((".shape", ".size", "_shape", "_shapes")) for text in texts)


def _is_shape(word: str) -> bool:
    return word in vocabulary.SHAPE or (
        not word.isascii() and any(part in word for part in vocabulary.SHAPE_PARTS)
    )


def _role(words: list[str], marked: bool) -> Role | None:
    """Return what the last word for the one or the other says; `in` and `out` are mostly no nouns."""
    for word in reversed(words):
        if word in ("in", "out", "outs") and not (marked and len(words) == 1):
            continue
        if marked and len(words) == 1 and word in vocabulary.VERBS:
            return vocabulary.VERBS[word]
        if word == words[-1] and word in vocabulary.TAKING and not marked:  # also what something is made from
            return "input"
        if word in vocabulary.INPUT or any(part in word for part in vocabulary.INPUT_PARTS):
            return "input"
        if word in vocabulary.OUTPUT or any(part in word for part in vocabulary.OUTPUT_PARTS):
            return "output"
    return None


def _is_known(word: str) -> bool:
    """Return whether a word is no name of something."""
    sets = (vocabulary.SHAPE, vocabulary.INPUT, vocabulary.OUTPUT, vocabulary.RESULT, vocabulary.FILLERS)
    parts = (*vocabulary.SHAPE_PARTS, *vocabulary.INPUT_PARTS, *vocabulary.OUTPUT_PARTS)
    known = any(word in words for words in sets) or word in vocabulary.ENGLISH or word.startswith("torch.")
    return known or any(part in word for part in parts)


def _is_blind(words: list[str]) -> bool:
    """Return whether the last words say that it is something else."""
    last = words[-2:]
    if any(word in vocabulary.BLIND for word in last) or last[-1:] == ["tuple"]:
        return True
    return "kernel" in words or any(part in word for word in words for part in vocabulary.BLIND_PARTS)


def _is_blind_to_numbers(words: list[str], keyed: bool) -> bool:
    last = words[-1:] if keyed else words[-2:]
    return any(word in vocabulary.BLIND_TO_NUMBERS for word in last) or words[-1:] in (["dim"], ["dims"])


def _are_operations(names: tuple[str, ...]) -> bool:
    return all(name.lower().rpartition(".")[2] in vocabulary.OPERATIONS for name in names)
