"""The statements of one line: the shapes that are found in it, joined by arrows and parted from what is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal

from archcheck.dialects.grading import Grade, grade, grade_flow
from archcheck.dialects.labels import Label, label_of
from archcheck.dialects.lists import ends_list, find_list
from archcheck.dialects.sizes import (
    Found,
    crosses,
    find_chain,
    find_compact,
    find_group,
    find_letters,
    find_maps,
    find_number,
    find_size,
    find_sum,
)
from archcheck.dialects.stated import Role, Statement
from archcheck.dialects.tokens import Tokens, read_tokens
from archcheck.dialects.vocabulary import BLIND_BEHIND, DOUBT, INPUT, MODAL, OUTPUT
from archcheck.dialects.windows import are_windows, is_kernel, is_note, is_spoken_of

Link = Literal["arrow", "operand", "apart", "broken"]
"""How two shapes stand beside one another; `broken`: an arrow leads from the first to what is no shape."""
_TENSORS = INPUT | OUTPUT | {"feature", "features", "map", "maps", "image", "images", "tensor", "tensors"}
_ENDS = ("stop", "arrow", "open", None)
_TO = ("to", "into", "as", "becomes", "become", "变为", "变成", "得到")


@dataclass(frozen=True, slots=True)
class Node:
    """One shape on its way; `operand`: another stands beside it, and it alone is the value of nothing."""

    found: Found
    label: Label
    operand: bool = False


def statements(text: str) -> tuple[Statement, ...]:
    """Return what a line says about shapes, in order.

    >>> [one.role for one in statements("input[3, 224, 224]  output[48, 55, 55]")]
    ['input', 'output']
    """
    tokens = read_tokens(text)
    flows = tuple(_flows(tokens, tuple(find_all(tokens))))
    stated = [one for flow in flows for one in _stated(tokens, flow)]
    if sum(map(_is_unnamed, stated)) > 1:  # of several values it is not said which is which
        return tuple(replace(one, sure=False) if _is_unnamed(one) else one for one in stated)
    return tuple(stated)


def _is_unnamed(one: Statement) -> bool:
    return one.role == "value" and one.name is None


def find_all(tokens: Tokens) -> Iterator[Found]:
    """Yield all that may be a shape, from left to right; none lies within another, or in an array of values."""
    at = 0
    while at < len(tokens.all):
        at = _behind_values(tokens, at)
        found = _at(tokens, at) if at < len(tokens.all) else None
        if found is not None:
            yield found
        at = at + 1 if found is None else found.last


def _behind_values(tokens: Tokens, at: int) -> int:
    """Return the piece behind the rows that begin at a piece, `[[1, 2], [3, 4]]`, `[[a, b], [c, d]]`; of none itself.

    One row alone has no names: `[[B, C]]` may be a list of shapes. Pairs that go on are values: `[(a, b), ...]`.
    """
    if _goes_on(tokens, at):
        return tokens.closing[at] + 1
    if not all(tokens.kind(place) == "open" and tokens.all[place].text == "[" for place in (at, at + 1)):
        return at
    last = tokens.closing.get(at, len(tokens.all) - 1)
    kinds = [tokens.kind(place) for place in range(at, last + 1)]
    return at if "name" in kinds and kinds.count("open") == 2 else last + 1


def _goes_on(tokens: Tokens, at: int) -> bool:
    """Return whether a list begins at a piece that has dots between its rows."""
    last = tokens.closing.get(at) if tokens.kind(at) == tokens.kind(at + 1) == "open" else None
    if last is None:
        return False
    row = at + 1
    while row < last and tokens.kind(row) != "dots":
        row = tokens.closing.get(row, row) + 1
    return row < last


def _at(tokens: Tokens, at: int) -> Found | None:
    kind = tokens.kind(at)
    if kind not in ("name", "number", "open", "dots", "word"):
        return None
    if _is_start(tokens, at):
        found = _alone(tokens, at)
        if found is not None:
            return found
    added = find_sum(tokens, at) if kind in ("open", "name") else None
    if added is not None:
        return added
    if kind == "open":
        crossed = crosses(tokens, tokens.closing.get(at, len(tokens.all)) + 1)  # `(ngf*8) x 8 x 8`
        chain = find_chain(tokens, at) if crossed else None
        return chain or find_group(tokens, at) or find_chain(tokens, at)
    if kind == "number":
        return find_maps(tokens, at) or find_chain(tokens, at)
    return find_size(tokens, at) or find_chain(tokens, at) if kind == "name" else None


def _is_start(tokens: Tokens, at: int) -> bool:
    """Return whether nothing but marks stands before a piece in its sentence."""
    said = tokens.kind(at - 1) == "word" and tokens.all[at - 1].text.endswith(("为", "是", "得到", "变成"))
    return (
        said
        or tokens.ends_clause(at - 1)
        or tokens.kind(at - 1) in ("arrow", "colon", "stop", "equals", None)
    )


def _alone(tokens: Tokens, at: int) -> Found | None:
    """Return sizes without brackets, which nothing may stand beside."""
    for find in (find_list, find_letters, find_compact, find_number):
        found = find(tokens, at)
        if found is not None and _is_alone(tokens, found):
            return found
    return None


def _is_alone(tokens: Tokens, found: Found) -> bool:
    kind = tokens.kind(found.last)
    if found.shape.layout == "axis" or found.last == found.first + 1:
        return kind == "arrow" or (kind in ("stop", None) and _follows_arrow(tokens, found.first))
    if kind == "comma" and found.form == "letters":
        return len(found.shape.sizes) > 2
    if found.form == "list" and ends_list(tokens, found.last):
        return True
    return kind in _ENDS and (kind != "open" or not tokens.touches(found.last))


def _follows_arrow(tokens: Tokens, at: int) -> bool:
    return tokens.kind(at - 1) == "arrow"


def _flows(tokens: Tokens, found: Sequence[Found]) -> Iterator[list[Node]]:
    """Yield the shapes that arrows join, those that stand alone among them."""
    flow: list[Node] = []
    links = _links(tokens, found)
    floor = 0
    for place, one in enumerate(found):
        label = label_of(tokens, one, floor)
        flow.append(Node(one, label, "operand" in links[max(place - 1, 0) : place + 1]))
        if links[place] == "apart":
            yield flow
        if links[place] in ("apart", "broken"):
            flow = []
        floor = one.last


def _links(tokens: Tokens, found: Sequence[Found]) -> list[Link]:
    """Return how each shape stands beside the next; of `(B, T), (B, S) -> (B, T, S)` the first two are operands."""
    links = [_link(tokens, one, after) for one, after in zip_longest(found, found[1:])]
    for place in range(len(links) - 2, -1, -1):
        comma = tokens.kind(found[place].last) == "comma" and found[place + 1].first == found[place].last + 1
        if links[place] == "apart" and comma and links[place + 1] in ("arrow", "operand"):
            links[place] = "operand"
    return links


def _link(tokens: Tokens, one: Found, after: Found | None) -> Link:
    end = len(tokens.all) if after is None else after.first
    between = range(one.last, min(end, one.last + 12))
    first = between[0] if between else None
    if [tokens.kind(at) for at in between] == ["minus", "name", "arrow"]:  # `(B, T) -pool-> (B, T/2)`
        return "arrow"
    leads = first is not None and (tokens.kind(first) in ("arrow", "equals") or tokens.lower(first) in _TO)
    if after is None or end > one.last + 12:
        leads = leads and tokens.kind(first if first is not None else -1) != "name"
        return "broken" if leads and first is not None and tokens.kind(first) != "word" else "apart"
    if leads:
        rest = between[1:]
        plain = all(tokens.kind(at) in ("name", "word", "colon", "arrow") for at in rest)
        return "arrow" if plain and len(rest) <= 4 and not _is_several(tokens, rest) else "broken"
    marks = {"at", "plus", "star", "cross", "slash", "minus"}
    if between and all(
        tokens.kind(at) in marks or tokens.lower(at) in ("x", "and", "with") for at in between
    ):
        return "operand"
    return "apart"


def _is_several(tokens: Tokens, places: Sequence[int]) -> bool:
    return any(
        tokens.lower(at) in ("two", "three", "four", "times", "list", "tuple", "each") for at in places
    )


def _stated(tokens: Tokens, flow: Sequence[Node]) -> Iterator[Statement]:
    """Yield the statements of shapes that arrows join: the way through, or of several operands the last alone."""
    if any(node.operand for node in flow):
        last = flow[-1]
        if len(flow) == 1 or last.operand:
            return
        flow = [Node(last.found, Label(last.found.first, arrow=True))]
        if (
            tokens.kind(last.found.first - 1) == "equals"
        ):  # of what comes after it in the line, nothing is known
            yield from (replace(one, sure=False) for one in _one(tokens, flow[0]))
            return
    if len(flow) == 1:
        yield from _one(tokens, flow[0])
        return
    if _are_windows(flow):
        return
    nodes = [(node.found, node.label) for node in flow]
    worst = _worst([grade_flow(nodes), *(behind(tokens, node.found, in_flow=True) for node in flow)])
    if worst == "surely" and any(tokens.kind(node.found.last) == "equals" for node in flow[:-1]):
        worst = "perhaps"  # `[4, 3, 32, 32] = 4, 3, 1024` is arithmetic, and no way through what stands there
    if worst != "no":
        label = flow[0].label
        yield from _named(tokens, flow, "flow", label.names if not label.arrow else (), worst)


def _are_windows(flow: Sequence[Node]) -> bool:
    """Return whether it is a way through kernels, of which `x -> 1x1` is one, too."""
    label = flow[0].label
    of_name = label.arrow and bool(label.names)
    return (len(flow) > 1 or of_name) and are_windows([node.found for node in flow], of_name)


def _is_in_sentence(tokens: Tokens, node: Node) -> bool:
    """Return whether words stand before a shape that are no label, or a few of them before and others behind."""
    label, found = node.label, node.found
    if label.keyed or label.names or label.arrow or label.operation is not None:
        return False
    return label.led == "words" or (label.first < found.first and tokens.kind(found.last) in ("name", "word"))


def _one(tokens: Tokens, node: Node) -> Iterator[Statement]:
    if node.found.shape.layout == "axis" or _are_windows([node]) or is_note(tokens, node.found):
        return
    if _is_in_sentence(tokens, node) and (
        is_spoken_of(tokens, node.found) or tokens.lower(node.found.last) in MODAL
    ):
        return  # `either a name or (layers, heads) must be given`
    first = node.label.first
    arithmetic = node.found.form == "chain" and tokens.kind(node.found.first - 1) == "equals"
    if arithmetic or (
        tokens.kind(first - 1) in ("at", "plus", "star", "cross", "power") and not node.label.names
    ):
        return  # one side of an equation, or of a product
    worst = _worst([grade(node.found, node.label), behind(tokens, node.found, in_flow=node.label.keyed)])
    role = node.label.role or _role_behind(tokens, node)
    if worst != "no":
        yield from _named(tokens, [node], role, node.label.names, worst)


def _role_behind(tokens: Tokens, node: Node) -> Role:
    """Return what the one word behind a shape makes it: `32x32 input`."""
    last = node.found.last
    ends = tokens.kind(last + 1) in ("stop", "comma", "close", None)
    alone = ends and not node.label.names and not node.label.arrow
    return "input" if alone and tokens.lower(last) in ("input", "inputs") else "value"


def _named(
    tokens: Tokens, flow: Sequence[Node], role: Role, names: Sequence[str], worst: Grade
) -> Iterator[Statement]:
    shapes = tuple(node.found.shape for node in flow)
    start = min(tokens.all[flow[0].label.first].start, shapes[0].start)
    end = shapes[-1].end
    sure, operation = worst == "surely", flow[0].label.operation
    for name in names or (None,):
        yield Statement(role, shapes, tokens.text[start:end], start, end, name, sure, operation)


def _worst(grades: Sequence[Grade]) -> Grade:
    return "no" if "no" in grades else "perhaps" if "perhaps" in grades else "surely"


def behind(tokens: Tokens, found: Found, in_flow: bool) -> Grade:
    """Return what the words behind a shape leave of it."""
    last = found.last
    kind = tokens.kind(last)
    if _is_quoted(tokens, found) and not in_flow:
        return "no"
    if (
        tokens.touches(last)
        and (kind != "open" or tokens.text[found.shape.end] in "([{")
        and kind in ("open", "odd", "power", "name", "number", "star")
    ):
        return "no"
    if kind == "equals" and not in_flow:
        return "no"
    words = [tokens.lower(at) for at in range(last, last + 2) if tokens.kind(at) in ("name", "word")]
    if words and tokens.kind(last) in ("name", "word", "minus"):
        noted = found.form == "group" and not found.square and not found.closed_by_comma
        if len(found.shape.sizes) == 1 and (not in_flow or (noted and _is_word(found))):
            return "no"
        return _words_behind(found, words, in_flow)
    if kind == "minus" and _is_blind(tokens.lower(last + 1)) and found.shape.layout == "sides":
        return "no"
    if kind in ("plus", "minus", "star", "slash", "cross", "at") and not in_flow:
        return "no" if found.form == "chain" else "perhaps"
    return "perhaps" if kind == "comma" and tokens.kind(last + 1) is None else "surely"


def _is_quoted(tokens: Tokens, found: Found) -> bool:
    """Return whether it is a string, `"3x3"`, or a list of one."""
    start, end = found.shape.start, found.shape.end
    around = tokens.text[max(start - 1, 0) : start] + tokens.text[end : end + 1]
    return (found.form == "chain" and around == '""') or (
        len(found.shape.sizes) == 1 and '"' in tokens.text[start:end]
    )


def _is_word(found: Found) -> bool:
    """Return whether its one size is a plain word in a sentence, as in `the new (feature) size`."""
    value = str(found.shape.sizes[0].value)
    return value.isalpha() and value.islower() and len(value) > 2


def _words_behind(found: Found, words: Sequence[str], in_flow: bool) -> Grade:
    plain = found.form != "size" and all(isinstance(size.value, int) for size in found.shape.sizes)
    if words[0] in ("tuple", "tuples") and not in_flow:
        return "no"
    if words[0] in ("after", "before"):
        return "surely" if words[0] == "after" else "perhaps"
    if plain and len(found.shape.sizes) < 3 and any(_is_blind(word) for word in words):
        return "no"
    if words[0] in DOUBT:
        return "perhaps"
    if found.shape.layout == "product" or (is_kernel(found) and not in_flow and words[0] not in _TENSORS):
        return "no"
    return "perhaps" if found.shape.layout == "sides" and not in_flow else "surely"


def _is_blind(word: str) -> bool:
    return word in BLIND_BEHIND or (
        not word.isascii() and any(part in word for part in ("卷积", "池化", "窗口", "核"))
    )
