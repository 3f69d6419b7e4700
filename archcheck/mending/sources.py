"""What the code of a document says of its layers: whether some are made late, and which axis they take for time."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from archcheck.binding.expressions import called_name
from archcheck.binding.tree import Tree

BATCH_FIRST, TIME_FIRST, UNKNOWN = "BT", "TB", "  "
"""What the first two axes of a sequence are; a blank: not known."""
_SEQUENTIAL = frozenset(
    (
        *("RNN", "LSTM", "GRU", "Transformer", "MultiheadAttention"),
        *("TransformerEncoderLayer", "TransformerDecoderLayer"),
    )
)
_MOVING = frozenset(
    (
        "transpose",
        "permute",
        "swapaxes",
        "swapdims",
        "movedim",
        "moveaxis",
        "t",
        "rearrange",
        "einsum",
        "T",
        "mT",
    )
)
"""What changes the order of axes."""
_MOST_BY_PLACE = 5
"""Arguments: one of so many may be `batch_first`."""


def has_lazy_layers(source: str) -> bool:
    """Return whether some layer finds its sizes out when it first runs: `nn.LazyLinear(10)`."""
    calls = (node for node in Tree.of(source).nodes if isinstance(node, ast.Call))
    return any((called_name(node) or "").startswith("Lazy") for node in calls)


def orders_of(source: str) -> Mapping[str, str]:
    """Return for each class what the first two axes are of a sequence that it takes; under "" for all others.

    Recurrent layers and attention without `batch_first` take time first; where axes are also moved, it is not known.
    """
    tree = Tree.of(source)
    classes = {node.name: node for node in tree.nodes if isinstance(node, ast.ClassDef)}
    own = {name: [*ast.walk(node)] for name, node in classes.items()}
    known = {name: _order(_with_parts(name, own)) for name in own}
    return {**known, "": _order(tree.nodes)}


def _with_parts(name: str, own: Mapping[str, list[ast.AST]]) -> Iterable[ast.AST]:
    """Yield the nodes of a class and of those that it names, each once."""
    todo, seen = [name], {name}
    while todo:
        for node in own[todo.pop()]:
            yield node
            if isinstance(node, ast.Name) and node.id in own and node.id not in seen:
                seen.add(node.id)
                todo.append(node.id)


def _order(nodes: Iterable[ast.AST]) -> str:
    orders, moves = set[str](), False
    for node in nodes:
        if isinstance(node, ast.Call) and called_name(node) in _SEQUENTIAL:
            orders.add(_order_of(node))
        moves |= (isinstance(node, ast.Attribute) and node.attr in _MOVING) or (
            isinstance(node, ast.Name) and node.id in _MOVING and isinstance(node.ctx, ast.Load)
        )
    if not orders or orders == {BATCH_FIRST}:
        return BATCH_FIRST
    return TIME_FIRST if orders == {TIME_FIRST} and not moves else UNKNOWN


def _order_of(layer: ast.Call) -> str:
    """Return which of a sequence's axes a layer takes first, by its `batch_first`."""
    for keyword in layer.keywords:
        if keyword.arg == "batch_first" and isinstance(keyword.value, ast.Constant):
            return BATCH_FIRST if keyword.value.value else TIME_FIRST
        if keyword.arg in ("batch_first", None):
            return UNKNOWN
    return TIME_FIRST if len(layer.args) < _MOST_BY_PLACE else UNKNOWN
