"""What a program asserts of shapes: `assert y.shape == (64, 100)`, a claim that is code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from archcheck.binding.expressions import called_name
from archcheck.binding.readers import Readers
from archcheck.binding.spots import Said, Spot, unsure
from archcheck.binding.texts import Text, text_of
from archcheck.binding.tree import Tree


def assertions(tree: Tree, lines: Sequence[str], readers: Readers) -> Iterator[tuple[Said, Text]]:
    """Yield each shape in numbers that is asserted, and where it is written.

    In a function it may be false of sizes that are ours: there it never differs.
    """
    for number, node in enumerate(tree.nodes):
        match node:
            case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
                sizes = _sizes(right)
                if sizes is None or not _is_shape(left):
                    continue
                text = text_of(sizes, lines, number)
                if (statement := readers.alone(text.text)) is None:
                    continue
                at = next(below for below in range(number + 1, len(tree.nodes)) if tree.nodes[below] is left)
                sure = statement if tree.owners[number] == 0 else unsure(statement)
                yield Said(sure, (Spot("value", at),)), text


def _is_shape(node: ast.expr) -> bool:
    """Return whether an expression is a tensor's shape: `x.shape`, `x.size()`, either as a list or a tuple."""
    if isinstance(node, ast.Call) and called_name(node) in ("list", "tuple") and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return called_name(node) == "size" and isinstance(node, ast.Call) and not node.args


def _sizes(node: ast.expr) -> ast.expr | None:
    """Return the bracket of numbers that a shape is compared with, `torch.Size` left aside."""
    if called_name(node) == "Size" and isinstance(node, ast.Call) and len(node.args) == 1:
        node = node.args[0]
    return node if isinstance(node, (ast.Tuple, ast.List)) else None
