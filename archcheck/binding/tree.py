"""A program's syntax tree, its nodes numbered in the order in which they stand, each with what it stands in.

Nothing here calls itself: a sum of a thousand terms is a tree of a thousand levels.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from archcheck.binding.source import parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[int, int]
"""A line from 1, and a column in bytes, as the syntax tree counts them."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MARKS = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
"""Nodes that Python shares among all trees: they have no place."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The nodes; for each the number of its parent (-1: none) and of the scope whose code it is.

    A scope is a module, a class, a function or a lambda; a decorator or a default belongs to the scope outside.
    """

    nodes: list[ast.AST]
    parents: list[int]
    owners: list[int]

    @staticmethod
    def of(text: str) -> Tree:
        """Parse a program that is known to parse."""
        tree = Tree([], [], [])
        todo: list[tuple[ast.AST, int, int]] = [(parsed(text), -1, 0)]
        while todo:
            node, parent, owner = todo.pop()
            number = len(tree.nodes)
            tree.nodes.append(node)
            tree.parents.append(parent)
            tree.owners.append(owner)
            below = [
                (child, number, number if field == "body" and isinstance(node, _SCOPES) else owner)
                for field, child in children(node)
            ]
            todo += reversed(below)
        return tree

    def tops(self) -> Iterator[int]:
        """Yield the lines at which statements of the module begin, those left out that begin where another ends."""
        reached, module = 0, self.nodes[0]
        for node in module.body if isinstance(module, ast.Module) else ():
            if start(node)[0] > reached:
                yield start(node)[0]
            reached = end(node)[0]

    def above(self, number: int) -> Iterator[int]:
        """Yield the nodes that a node stands in, the innermost first."""
        while (number := self.parents[number]) >= 0:
            yield number

    def scopes(self, number: int) -> Iterator[int]:
        """Yield the scopes that a node stands in, the innermost first, the module last."""
        scope = self.owners[number]
        while scope:
            yield scope
            scope = self.owners[scope]
        yield 0

    def statement(self, number: int) -> int:
        """Return the innermost statement that a node is or stands in."""
        if isinstance(self.nodes[number], ast.stmt):
            return number
        return next(above for above in self.above(number) if isinstance(self.nodes[above], ast.stmt))

    def repeated(self, number: int) -> bool:
        """Return whether a node stands in a loop of the scope it belongs to."""
        below = number
        for above in self.above(number):
            node = self.nodes[above]
            if above == self.owners[number]:
                return False
            if isinstance(node, _COMPREHENSIONS):
                return True
            if isinstance(node, _LOOPS) and isinstance(self.nodes[below], ast.stmt):
                return True
            below = above
        return False

    def qualified(self, number: int) -> str:
        """Return the dotted name of the functions and classes that a node stands in."""
        named = (self.nodes[scope] for scope in self.scopes(number))
        names = [getattr(node, "name", "<lambda>") for node in named if isinstance(node, _SCOPES)]
        return ".".join(reversed(names))


def children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what stands in a node, with the field it stands in."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for one in value:
                if isinstance(one, ast.AST) and not isinstance(one, _MARKS):
                    yield field, one
        elif isinstance(value, ast.AST) and not isinstance(value, _MARKS):
            yield field, value


def start(node: ast.stmt | ast.expr | ast.keyword | ast.arg) -> Place:
    """Return where a node begins; a function or class with its decorators."""
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and node.decorator_list:
        first = node.decorator_list[0]
        return first.lineno, max(0, first.col_offset - 1)
    return node.lineno, node.col_offset


def end(node: ast.stmt | ast.expr | ast.keyword | ast.arg) -> Place:
    """Return where a node ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def is_function(node: ast.AST) -> bool:
    """Return whether a node is the definition of a function."""
    return isinstance(node, _FUNCTIONS)


def dotted(node: ast.AST) -> str | None:
    """Return the name that a node reads or writes (`x`, `self.heads`), or None."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else None
