"""A program's syntax tree -> the tree that runs: loops over data end after some rounds, nothing asks for weights."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcheck.running.selecting import TRAINING, forgets, looping, never_runs, trains

RUNNER = "__archcheck_run__"
"""The name that the prepared tree calls us by: a global of the program's module."""
MOST_ROUNDS = 32
"""Of a loop over data."""
_BLOCKS = ("body", "orelse", "finalbody")


def prepared(tree: ast.Module) -> ast.Module:
    """Change a tree in place, and return it.

    A loop that trains ends what it stands in where it would begin to; one that goes over data does so after some
    rounds, unless these were all. `pretrained=True` is False; a decorator that is made by a call is made by
    `RUNNER.decorator`, which knows stand-ins.
    """
    _Preparing().visit(tree)
    return ast.fix_missing_locations(tree)


class _Preparing(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._scope(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._scope(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._scope(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        what = looping(node)
        self.generic_visit(node)
        if what is not None:
            values: list[str | int] = [what, 1 if what == TRAINING else MOST_ROUNDS]
            said: list[ast.expr] = [ast.copy_location(ast.Constant(one), node) for one in values]
            node.iter = _called("first_rounds", [node.iter, *said], node.iter)
            _end_where_it_trains(node)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        what = looping(node)
        self.generic_visit(node)
        if what is not None:
            _end_where_it_trains(node)
            node.body.append(_end(node.body[-1]))
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg == "pretrained" and isinstance(node.value, ast.Constant) and node.value.value is True:
            node.value.value = False
        return self.generic_visit(node)

    def _scope(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list = [
            _made(one) if isinstance(one, ast.Call) else one for one in node.decorator_list
        ]
        return node


def _end_where_it_trains(loop: ast.For | ast.While) -> None:
    """Let a loop's body end before the first statement that goes back or steps; forgetting gradients is left out.

    What would come then stays, and never runs: by it, it is known what it would have set or changed.
    """
    loop.body = [*_until_it_trains(loop.body)]


def _until_it_trains(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    for place, one in enumerate(statements):
        blocks = [name for name in _BLOCKS if getattr(one, name, None)]
        if isinstance(one, ast.FunctionDef | ast.ClassDef) or never_runs(one) or not trains(one):
            yield one
        elif forgets(one):
            yield ast.copy_location(ast.Pass(), one)
        elif blocks:
            for name in blocks:
                setattr(one, name, [*_until_it_trains(getattr(one, name))])
            yield one
        else:
            yield _end(one)
            yield ast.copy_location(ast.While(ast.Constant(False), statements[place:], []), one)
            return


def _end(at: ast.stmt) -> ast.stmt:
    said = ast.copy_location(ast.Constant(TRAINING), at)
    return ast.copy_location(ast.Expr(_called("leave_out", [said], at)), at)


def _made(call: ast.Call) -> ast.Call:
    return ast.copy_location(
        ast.Call(_of_runner("decorator", call), [call.func, *call.args], call.keywords), call
    )


def _called(method: str, arguments: list[ast.expr], at: ast.AST) -> ast.Call:
    return ast.copy_location(ast.Call(_of_runner(method, at), arguments, []), at)


def _of_runner(method: str, at: ast.AST) -> ast.Attribute:
    return ast.Attribute(ast.Name(RUNNER, ast.Load()), method, ast.Load())
