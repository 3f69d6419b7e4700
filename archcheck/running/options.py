"""What else a class may be made with: the words that its code compares a parameter with, and the other truth value."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

Option = tuple[str, str | bool]
"""A parameter, and a value that is not its default."""
MOST_OPTIONS = 8
"""Of one class."""


def options_of(tree: ast.Module) -> Mapping[str, tuple[Option, ...]]:
    """Return the options of each class at a program's top: words first, for they choose between ways to work.

    >>> page = ast.parse('''class Net:
    ...     def __init__(self, kind="sum", last=False):
    ...         self.kind, self.last = kind, last
    ...     def run(self):
    ...         if self.kind == "mean": return 1
    ...     ''')
    >>> options_of(page)
    {'Net': (('kind', 'mean'), ('last', True))}
    """
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    return {node.name: found for node in classes if (found := tuple(_options(node))[:MOST_OPTIONS])}


def _options(node: ast.ClassDef) -> Iterator[Option]:
    defaults = _defaults(node)
    compared = [one for one in ast.walk(node) if isinstance(one, ast.Compare)] if defaults else []
    for name, default in defaults.items():
        if isinstance(default, str):
            words = dict.fromkeys(word for one in compared if _is_of(one.left, name) for word in _words(one))
            yield from ((name, word) for word in words if word != default)
    yield from ((name, not default) for name, default in defaults.items() if isinstance(default, bool))


def _defaults(node: ast.ClassDef) -> dict[str, str | bool]:
    """Return the words and truth values that parameters of a class have by default."""
    init = next(
        (one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None
    )
    if init is None:
        return {}
    args = init.args
    named = [*args.posonlyargs, *args.args]
    pairs = [
        *zip(named[len(named) - len(args.defaults) :], args.defaults, strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]
    return {
        one.arg: value.value
        for one, value in pairs
        if isinstance(value, ast.Constant) and isinstance(value.value, str | bool)
    }


def _is_of(left: ast.expr, name: str) -> bool:
    """Return whether what is compared is a parameter, or what is kept of it: `self.pos_embed_type` of `pos_embed`."""
    match left:
        case ast.Name(id=one) | ast.Attribute(attr=one):
            return one.strip("_").startswith(name)
    return False


def _words(node: ast.Compare) -> Iterator[str]:
    """Yield the words that something is compared with, alone or in a row."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
