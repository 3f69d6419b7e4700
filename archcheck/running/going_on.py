"""A function's tree -> the tree that can go on after what fails: what a failed statement would have set is supposed.

Nothing changes as long as nobody supposes anything: what is raised is raised.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcheck.binding.reporter import FRAME, REPORTER

SUPPOSING = "__archcheck_suppose__"
"""The name that a tree which can go on calls us by: a global of the program's module."""
_TEST, _ROUNDS = "__archcheck_test__", "__archcheck_rounds__"
_WHOLE = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal),
    *(ast.Pass, ast.Break, ast.Continue),
)
"""Statements that are left as they are."""
_PLAIN = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Import, ast.ImportFrom)
"""Statements in which no function is defined, which are most of a long page."""
MOST_BLOCKS = 8
"""That stand in one another: Python takes 20, and each may become two."""
_BLOCKS = ("body", "orelse", "finalbody")


def going_on(tree: ast.Module, functions: frozenset[str]) -> ast.Module:
    """Change a tree in place so that the functions of these qualified names can go on, and return it."""
    if all(isinstance(one, _PLAIN) for one in tree.body):
        return tree
    _GoingOn(functions).visit(tree)
    return ast.fix_missing_locations(tree)


class _GoingOn(ast.NodeTransformer):
    def __init__(self, functions: frozenset[str]) -> None:
        self._functions = functions
        self._names: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._inside(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        name = self._inside(node)
        if name in self._functions and _deepest(node) <= MOST_BLOCKS:
            node.body = [*_Body(name).block(node.body)]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def _inside(self, node: ast.ClassDef | ast.FunctionDef) -> str:
        self._names.append(node.name)
        name = ".".join(self._names)
        self.generic_visit(node)
        self._names.pop()
        return name


class _Body:
    """The statements of one function."""

    def __init__(self, function: str) -> None:
        self._function = function

    def block(self, statements: list[ast.stmt]) -> Iterator[ast.stmt]:
        for one in statements:
            yield from [one] if _is_ours(one) else self._one(one)

    def _one(self, node: ast.stmt) -> Iterator[ast.stmt]:
        kept = "body" if isinstance(node, ast.Try) and node.handlers else None  # what fails there is foreseen
        for name in _BLOCKS if not isinstance(node, _WHOLE[:3]) else ():
            if name != kept and (block := getattr(node, name, None)):
                setattr(node, name, [*self.block(block)])
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                handler.body = [*self.block(handler.body)]
        if isinstance(node, _WHOLE):
            yield node
        elif isinstance(node, ast.If):
            yield from self._branch(node)
        elif isinstance(node, ast.For):
            yield from self._loop(node)
        else:
            yield _tried(node, [node], [self._instead(name, node) for name in _targets(node)])

    def _branch(self, node: ast.If) -> Iterator[ast.stmt]:
        place: list[ast.expr] = [ast.Constant(node.lineno), ast.Constant(node.col_offset)]
        yield _tried(
            node, [_assigned(_TEST, node.test)], [_assigned(_TEST, ast.Constant(True))]
        )  # into its body
        node.test = _call("branch", [*place, ast.Name(_TEST, ast.Load())])
        yield node

    def _loop(self, node: ast.For) -> Iterator[ast.stmt]:
        """Go through what is there; where that fails at once, one round with what is stated."""
        nothing = _assigned(_ROUNDS, ast.Constant(None))
        yield _tried(node, [_assigned(_ROUNDS, node.iter)], [nothing])
        given: list[ast.expr] = [ast.Name(_ROUNDS, ast.Load()), *self._place(node), _names_of(node.target)]
        node.iter = _call("rounds", given)
        yield node

    def _instead(self, name: str, node: ast.stmt) -> ast.stmt:
        return _assigned(name, _call("instead", [*self._place(node), ast.Constant(name)]))

    def _place(self, node: ast.stmt) -> list[ast.expr]:
        return [ast.Constant(self._function), ast.Constant(node.lineno), ast.Constant(node.end_lineno)]


def _targets(node: ast.stmt) -> dict[str, None]:
    """Return the variables of the function that a statement gives values."""
    match node:
        case ast.Assign(targets=targets):
            pass
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            targets = [target]
        case ast.With(items=items):
            targets = [one.optional_vars for one in items if one.optional_vars is not None]
        case ast.Try(body=body):
            return {name: None for one in body for name in _targets(one)}
        case _:
            targets = []
    inside = (one for target in targets for one in ast.walk(target))
    return {one.id: None for one in inside if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def _deepest(function: ast.AST) -> int:
    """Return how many blocks of a function stand in one another at most."""
    most, todo = 0, [(function, 0)]
    while todo:
        node, depth = todo.pop()
        depth += isinstance(node, (ast.For, ast.While, ast.With, ast.Try))
        most = max(most, depth)
        todo += [(child, depth) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)]
    return most


def _is_ours(node: ast.stmt) -> bool:
    """Return whether a statement was put there by who makes sites report."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name == FRAME
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name == REPORTER
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Try(body=[only]):
            return _is_ours(only)
    return False


def _tried(at: ast.stmt, body: list[ast.stmt], instead: list[ast.stmt]) -> ast.stmt:
    """Return what runs statements; where they raise and somebody supposes, others run instead."""
    stop = ast.If(ast.UnaryOp(ast.Not(), _call("goes_on", [])), [ast.Raise(None, None)], [])
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [stop, *instead])
    return ast.copy_location(ast.Try(body, [handler], [], []), at)


def _assigned(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _names_of(target: ast.expr) -> ast.expr:
    """Return the names of a loop's variables as they are nested, None for what is no name."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return ast.Tuple([_names_of(one) for one in target.elts], ast.Load())
    return ast.Constant(target.id if isinstance(target, ast.Name) else None)


def _call(method: str, arguments: list[ast.expr]) -> ast.expr:
    function = ast.Attribute(ast.Name(SUPPOSING, ast.Load()), method, ast.Load())
    return ast.Call(function, [*arguments], [])
