"""The names that claims write for sizes, as far as code may have them: `d_model`, `self.heads`, `B*nW`."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence

from archcheck.binding.program import Claim, Program
from archcheck.binding.tree import dotted

_LONGEST = 200
"""Characters of a size that is read: nobody writes longer arithmetic."""


def names_of(program: Program) -> Mapping[int, Sequence[str]]:
    """Return, by the number of a site, the names in the sizes of its claims, each once."""
    found: dict[int, dict[str, None]] = {}
    for claim in program.claims:
        names = dict.fromkeys(_names(claim))
        for site in claim.sites:
            found.setdefault(site, {}).update(names)
    return {site: tuple(names) for site, names in found.items()}


def _names(claim: Claim) -> Iterator[str]:
    for shape in claim.statement.shapes:
        for size in shape.sizes:
            if isinstance(size.value, str):
                yield from _in_arithmetic(size.value)


def _in_arithmetic(text: str) -> Iterator[str]:
    todo = [_parsed(text)]
    while todo:
        node = todo.pop()
        if (name := dotted(node)) is not None:
            yield name
        else:
            todo += ast.iter_child_nodes(node)


def _parsed(text: str) -> ast.AST:
    """Return the syntax tree of a size, or an empty one of what is no arithmetic."""
    empty = ast.Module([], [])
    if len(text) > _LONGEST:
        return empty
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return empty
