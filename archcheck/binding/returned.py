"""What functions give back: the whole of it, and the parts that a docstring calls by their variables."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archcheck.binding.tree import Tree


def given_back(tree: Tree) -> dict[int, list[ast.expr]]:
    """Return, by the number of a function, the expressions that it returns; of a generator, those that it yields."""
    returned: dict[int, list[ast.expr]] = {}
    yielded: dict[int, list[ast.expr]] = {}
    for number, node in enumerate(tree.nodes):
        if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
            found = returned if isinstance(node, ast.Return) else yielded
            found.setdefault(tree.owners[number], []).append(node.value)
    return returned | yielded


def has_element(values: Sequence[ast.expr], name: str) -> bool:
    """Return whether everything that a function returns is a tuple that has a variable in it."""
    return bool(values) and all(element(value, name) is not value for value in values)


def element(value: ast.expr, name: str | None) -> ast.expr:
    """Return the one part of a tuple that is a variable, or all of it where there is none."""
    parts = value.elts if isinstance(value, ast.Tuple) else []
    found = [one for one in parts if isinstance(one, ast.Name) and one.id == name]
    return found[0] if len(found) == 1 else value
