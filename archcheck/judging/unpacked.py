"""Names that code takes from a tensor's shape: `B, C, H, W = x.shape` says what they are of until `x` is another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archcheck.binding.scopes import assigns
from archcheck.binding.tree import Tree, dotted


@dataclass(frozen=True, slots=True)
class Unpacked:
    """By a scope and a name in it, the variables from whose shapes it is taken."""

    tree: Tree
    of: Mapping[tuple[int, str], frozenset[str]]

    @classmethod
    def in_tree(cls, tree: Tree) -> Unpacked:
        """Gather the names of a tree."""
        found: dict[tuple[int, str], set[str]] = {}
        for number, node in enumerate(tree.nodes):
            for name, variable in _taken(node):
                found.setdefault((tree.owners[number], name), set()).add(variable)
        return cls(tree, {key: frozenset(variables) for key, variables in found.items()})

    def is_stale(self, number: int, name: str) -> bool:
        """Return whether the statement of a node gives the variable that a name is taken from another value.

        A comment beside `x = conv(x)` speaks of the new `x`: its `C` need not be the old one's. A word is: `seq_len`.
        """
        if len(name) > 1:
            return False
        variables = self.of.get((self.tree.owners[number], name), frozenset())
        if not variables:
            return False
        statement = self.tree.nodes[self.tree.statement(number)]
        return any(assigns(statement, variable) for variable in variables)


def _taken(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that an assignment takes from shapes, and the variables whose shapes these are."""
    if not isinstance(node, ast.Assign):
        return
    variables = [variable for variable in map(_shown, _values(node.value)) if variable is not None]
    for target in node.targets:
        for one in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            name = dotted(one.value if isinstance(one, ast.Starred) else one)
            yield from ((name, variable) for variable in variables if name is not None)


def _values(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List) else [node]


def _shown(node: ast.expr) -> str | None:
    """Return the variable whose shape, or one size of it, an expression is: `x.shape[2:]`, `x.size(0)`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "size":
        return dotted(node.func.value)
    return dotted(node.value) if isinstance(node, ast.Attribute) and node.attr == "shape" else None
