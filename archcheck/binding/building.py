"""New nodes of a syntax tree, each at the place of the node that it is for."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archcheck.binding.reporter import FRAME, REPORTER, Part

Frame = int | str | None
"""What a report is told of the call it happens in: 0, the name that keeps its number, or None."""


@dataclass(frozen=True, slots=True)
class Building:
    """Makes nodes at one place."""

    at: dict[str, Any]

    @staticmethod
    def like(node: ast.AST) -> Building:
        """Build where a node stands."""
        named = ("lineno", "col_offset", "end_lineno", "end_col_offset")
        return Building({name: getattr(node, name, 1 if name.endswith("lineno") else 0) for name in named})

    def name(self, text: str) -> ast.expr:
        """Return what reads a name, also a dotted one."""
        first, *others = text.split(".")
        node: ast.expr = ast.Name(first, ast.Load(), **self.at)
        for other in others:
            node = ast.Attribute(node, other, ast.Load(), **self.at)
        return node

    def constant(self, value: int | str | None) -> ast.expr:
        """Return a literal."""
        return ast.Constant(value, **self.at)

    def call(self, method: str, arguments: Sequence[ast.expr]) -> ast.expr:
        """Return a call of a method of the reporter."""
        return ast.Call(self.name(f"{REPORTER}.{method}"), [*arguments], [], **self.at)

    def statement(self, value: ast.expr) -> ast.stmt:
        """Return an expression as a statement."""
        return ast.Expr(value, **self.at)

    def told(
        self, site: int, value: ast.expr, frame: Frame, part: Part = "value", names: ast.expr | None = None
    ) -> ast.expr:
        """Return what tells a value, and has it."""
        arguments = [
            self.constant(site),
            value,
            self.name(frame) if isinstance(frame, str) else self.constant(frame),
        ]
        if part != "value" or names is not None:
            arguments.append(self.constant(part))
        if names is not None:
            arguments.append(names)
        return self.call("value", arguments)

    def entry(self) -> ast.stmt:
        """Return what keeps the number of a call that begins."""
        return ast.Assign([ast.Name(FRAME, ast.Store(), **self.at)], self.call("enter", []), **self.at)

    def where_known(self, value: ast.expr) -> ast.stmt:
        """Return a statement that reads what may not be there, and then does nothing."""
        handler = ast.ExceptHandler(self.name("Exception"), None, [ast.Pass(**self.at)], **self.at)
        return ast.Try([self.statement(value)], [handler], [], [], **self.at)

    def names(self, names: Sequence[str], in_class: bool) -> ast.expr | None:
        """Return a mapping from names to functions that read them, or None of none."""
        if not names:
            return None
        keys: list[ast.expr | None] = [self.constant(name) for name in names]
        return ast.Dict(keys, [self._reading(name, in_class) for name in names], **self.at)

    def _reading(self, name: str, in_class: bool) -> ast.expr:
        if not in_class or "." in name:
            return ast.Lambda(_arguments(), self.name(name), **self.at)
        # a function cannot see the names of the class that it stands in: it is handed them
        own = ast.Subscript(self.name(_OWN), self.constant(name), ast.Load(), **self.at)
        known = ast.Compare(self.constant(name), [ast.In()], [self.name(_OWN)], **self.at)
        body = ast.IfExp(known, own, self.name(name), **self.at)
        given = ast.Call(self.name("locals"), [], [], **self.at)
        return ast.Lambda(_arguments(ast.arg(_OWN, None, **self.at), given), body, **self.at)


_OWN = "__archcheck_own__"


def _arguments(one: ast.arg | None = None, default: ast.expr | None = None) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[],
        args=[] if one is None else [one],
        vararg=None,
        kwonlyargs=[],
        kw_defaults=[],
        kwarg=None,
        defaults=[] if default is None else [default],
    )
