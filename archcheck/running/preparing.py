"""A program's syntax tree -> the tree that runs: training loops end what they stand in, nothing asks for weights."""

from __future__ import annotations

import ast

from archcheck.running.selecting import TRAINING, trains

RUNNER = "__archcheck_run__"
"""The name that the prepared tree calls us by: a global of the program's module."""


def prepared(tree: ast.Module) -> ast.Module:
    """Change a tree in place, and return it.

    A training loop inside a function, a class, a `try` or another loop raises (others the runner leaves out);
    `pretrained=True` is False; a decorator that is made by a call is made by `RUNNER.decorator`, which knows stand-ins.
    """
    _Preparing().visit(tree)
    return ast.fix_missing_locations(tree)


class _Preparing(ast.NodeTransformer):
    def __init__(self) -> None:
        self._inside = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._scope(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._scope(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._scope(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._loop(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._loop(node)

    def visit_Try(self, node: ast.Try) -> ast.AST:
        return self._within(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg == "pretrained" and isinstance(node.value, ast.Constant) and node.value.value is True:
            node.value.value = False
        return self.generic_visit(node)

    def _scope(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        self._within(node)
        node.decorator_list = [
            _made(one) if isinstance(one, ast.Call) else one for one in node.decorator_list
        ]
        return node

    def _within(self, node: ast.AST) -> ast.AST:
        self._inside += 1
        self.generic_visit(node)
        self._inside -= 1
        return node

    def _loop(self, node: ast.For | ast.While) -> ast.AST:
        if not self._inside or not trains(node):
            return self._within(node)
        said = ast.copy_location(ast.Constant(f"{TRAINING} (line {node.lineno})"), node)
        return ast.copy_location(ast.Expr(_called("leave_out", said, node)), node)


def _made(call: ast.Call) -> ast.Call:
    return ast.copy_location(
        ast.Call(_of_runner("decorator", call), [call.func, *call.args], call.keywords), call
    )


def _called(method: str, argument: ast.expr, at: ast.AST) -> ast.Call:
    return ast.copy_location(ast.Call(_of_runner(method, at), [argument], []), at)


def _of_runner(method: str, at: ast.AST) -> ast.Attribute:
    return ast.Attribute(ast.Name(RUNNER, ast.Load()), method, ast.Load())
