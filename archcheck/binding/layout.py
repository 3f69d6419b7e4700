"""Where the nodes of a tree stand: what begins, ends or lies wholly on a line, and which statement is where."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archcheck.binding.tree import Place, Tree, end, start

_BLOCKS = ("body", "orelse", "finalbody")
_HIDDEN = (ast.JoinedStr, ast.pattern)
"""What Python gives no places of use, or what is no expression, though it is made of them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """By line or place, the numbers of nodes.

    `whole`: by line, the largest expressions that lie wholly on it, from left to right. `starting`, `ending`: by
    place, the largest expression or parameter that begins or ends there. Only lines that were asked for are there.
    `statements`, `starts`: all statements in order, and where they begin. `before`, `following`: of a statement, its
    neighbours in its block.
    """

    whole: Mapping[int, Sequence[int]]
    starting: Mapping[Place, int]
    ending: Mapping[Place, int]
    statements: Sequence[int]
    starts: Sequence[Place]
    before: Mapping[int, int]
    following: Mapping[int, int]

    @staticmethod
    def of(tree: Tree, lines: Collection[int]) -> Layout:
        """Lay out a tree; of expressions, those that begin or end on the lines."""
        statements = [number for number, node in enumerate(tree.nodes) if isinstance(node, ast.stmt)]
        starts = [_start(tree, number) for number in statements]
        before, following = _neighbours(tree, statements)
        whole, starting, ending = _expressions(tree, lines)
        return Layout(whole, starting, ending, statements, starts, before, following)

    def beginning(self, place: Place) -> int | None:
        """Return the statement that begins at a place."""
        at = bisect_right(self.starts, place) - 1
        return self.statements[at] if at >= 0 and self.starts[at] == place else None

    def around(self, tree: Tree, place: Place) -> int | None:
        """Return the innermost statement that a place lies in, its end left out."""
        at = bisect_right(self.starts, place) - 1
        if at < 0:
            return None
        for number in (self.statements[at], *tree.above(self.statements[at])):
            node = tree.nodes[number]
            if isinstance(node, ast.stmt) and place < end(node):
                return number
        return None

    def inside(self, tree: Tree, place: Place) -> bool:
        """Return whether a place lies in a statement that has no block: between its brackets."""
        around = self.around(tree, place)
        return around is not None and not is_compound(tree.nodes[around])

    def ended(self, tree: Tree, place: Place, margin: int) -> int | None:
        """Return the last statement that ended before a place, in the block that is indented as far as `margin`."""
        at = bisect_right(self.starts, place) - 1
        if at < 0:
            return None
        found = None
        for number in (self.statements[at], *tree.above(self.statements[at])):
            node = tree.nodes[number]
            if isinstance(node, ast.stmt):
                if end(node) > place:
                    break
                found = number
                if node.col_offset <= margin:
                    break
        return found


def is_compound(node: ast.AST) -> bool:
    """Return whether a statement has a block of its own."""
    return bool(getattr(node, "body", None) or getattr(node, "cases", None))


def _start(tree: Tree, number: int) -> Place:
    node = tree.nodes[number]
    assert isinstance(node, ast.stmt)
    return start(node)


def _neighbours(tree: Tree, statements: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    numbers = {id(tree.nodes[number]): number for number in statements}
    before: dict[int, int] = {}
    for node in tree.nodes:
        for field in _BLOCKS:
            block = getattr(node, field, None)
            if isinstance(block, list):
                for one, other in pairwise(block):
                    before[numbers[id(other)]] = numbers[id(one)]
    return before, {one: other for other, one in before.items()}


def _expressions(
    tree: Tree, lines: Collection[int]
) -> tuple[dict[int, list[int]], dict[Place, int], dict[Place, int]]:
    whole: dict[int, list[int]] = {}
    starting: dict[Place, int] = {}
    ending: dict[Place, int] = {}
    covered = [False] * len(
        tree.nodes
    )  # it stands in an expression that lies on one line, or in what is hidden
    hidden = [False] * len(tree.nodes)
    for number, node in enumerate(tree.nodes):
        parent = tree.parents[number]
        if isinstance(node, ast.stmt) or parent < 0:
            continue
        covered[number], hidden[number] = covered[parent], hidden[parent] or isinstance(node, _HIDDEN)
        if hidden[parent] or not isinstance(node, (ast.expr, ast.keyword, ast.arg)):
            continue
        if node.lineno in lines:
            starting.setdefault(start(node), number)
        if node.end_lineno in lines:
            ending.setdefault(end(node), number)
        if not covered[number] and isinstance(node, ast.expr) and node.lineno == node.end_lineno:
            covered[number] = True
            if node.lineno in lines:
                whole.setdefault(node.lineno, []).append(number)
    for numbers in whole.values():
        numbers.sort(key=lambda number: tree.nodes[number].col_offset)  # type: ignore[attr-defined]
    return whole, starting, ending
