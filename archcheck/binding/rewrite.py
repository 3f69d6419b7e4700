"""A program -> the syntax tree that reports what its sites see, and does all else as before."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from archcheck.binding.building import Building, Frame
from archcheck.binding.expressions import inputs_of
from archcheck.binding.named import names_of
from archcheck.binding.program import Program, Site
from archcheck.binding.reporter import FRAME, Part
from archcheck.binding.returned import element, given_back
from archcheck.binding.scopes import assigns, received
from archcheck.binding.tree import Function, Tree, dotted, is_function

_PEEKING = frozenset({"dir", "eval", "exec", "locals", "vars"})
"""What would see a variable of ours: a function that calls one of these gets none."""
_BLOCKS = ("body", "orelse", "finalbody")


def instrumented(program: Program) -> list[ast.stmt]:
    """Return the statements of the program's module, rewritten so that every site reports to `__archcheck__`.

    They keep their lines. What is worked out, in which order and in which scope is as it was.
    """
    tree = Tree.of(program.source)
    rewriting = _Rewriting(tree, names_of(program))
    for site in program.sites:
        rewriting.add(site)
    rewriting.finish()
    module = tree.nodes[0]
    assert isinstance(module, ast.Module)
    return _futures_first(module.body)


def _futures_first(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements with every `from __future__` where Python wants it, for a later passage may have one."""
    futures = [one for one in body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    if not futures:
        return body
    chosen = {id(one) for one in futures}
    others = [one for one in body if id(one) not in chosen]
    described = 1 if others and _is_docstring(others[0]) else 0
    return [*others[:described], *futures, *others[described:]]


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class _Rewriting:
    """Gathers what comes instead of which node, and around which statement; then changes the tree."""

    def __init__(self, tree: Tree, names: Mapping[int, Sequence[str]]) -> None:
        self._tree, self._names = tree, names
        self._numbers = {id(node): number for number, node in enumerate(tree.nodes)}
        self._given = given_back(tree)
        self._peeking = {tree.owners[number] for number, node in enumerate(tree.nodes) if peeks(node)}
        self._imported = {name for node in tree.nodes for name in _imports(node)}
        self._instead: dict[int, ast.expr] = {}
        self._before: dict[int, list[ast.stmt]] = {}
        self._after: dict[int, list[ast.stmt]] = {}
        self._entered: dict[int, list[ast.stmt]] = {}

    def add(self, site: Site) -> None:
        """Make one site report."""
        node = self._tree.nodes[site.node]
        if site.kind in ("printed", "shown"):
            self._print(site, node)
        elif site.when != "here":
            self._variable(site, node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._function(site, node)
        elif isinstance(node, ast.expr):
            first = node if site.since is None else self._tree.nodes[site.since]
            for one in inputs_of(first) if site.kind == "flow" and isinstance(first, ast.expr) else ():
                if not self._is_idle(one):
                    self._wrap(site, one, "input", self._frame(site.node))
            self._wrap(site, node, "output" if site.kind == "flow" else "value", self._frame(site.node))

    def finish(self) -> None:
        """Change the tree."""
        changed = {self._tree.parents[number] for number in self._instead}
        for number in changed:
            self._replace_in(self._tree.nodes[number])
        moved = {*self._before, *self._after}
        for number in {self._tree.parents[one] for one in moved} | self._entered.keys():
            self._insert_in(number)

    def _wrap(self, site: Site, node: ast.expr, part: Part, frame: Frame) -> None:
        number = self._numbers[id(node)]
        building = Building.like(node)
        names = self._names_of(site, building, number)
        inner = self._instead.get(number, node)
        self._instead[number] = building.told(site.number, inner, frame, part, names)

    def _variable(self, site: Site, node: ast.AST) -> None:
        building = Building.like(node)
        names = self._names_of(site, building, site.node)
        read = building.told(
            site.number, building.name(site.name or ""), self._frame(site.node), "value", names
        )
        where = self._before if site.when == "before" and not _is_docstring(node) else self._after
        sure = site.when == "after" and "." not in (site.name or "") and assigns(node, site.name or "")
        where.setdefault(site.node, []).append(
            building.statement(read) if sure else building.where_known(read)
        )

    def _function(self, site: Site, node: Function) -> None:
        frame = self._frame(site.node, inside=True)
        if site.kind in ("parameter", "flow"):
            building = Building.like(node)
            part: Part = "input" if site.kind == "flow" else "value"
            for name in [site.name] if site.name is not None else received(node):
                names = self._names_of(site, building, site.node) if frame else None
                told = building.told(site.number, building.name(name), frame, part, names)
                self._entered.setdefault(site.node, []).append(building.statement(told))
        if site.kind in ("return", "flow"):
            for value in self._given.get(site.node, ()):
                value = element(value, site.name) if site.kind == "return" else value
                self._wrap(site, value, "output" if site.kind == "flow" else "value", frame)

    def _print(self, site: Site, node: ast.AST) -> None:
        building = Building.like(node)
        begins = building.statement(building.call("printing", [building.constant(site.number)]))
        ends = building.statement(building.call("printing", [building.constant(None)]))
        self._before.setdefault(site.node, []).insert(0, begins)
        self._after.setdefault(site.node, []).append(ends)
        if site.kind == "shown" and isinstance(node, ast.Expr):
            number = self._numbers[id(node.value)]
            inner = self._instead.get(number, node.value)
            self._instead[number] = building.call("shown", [building.constant(site.number), inner])

    def _frame(self, number: int, *, inside: bool = False) -> Frame:
        """Return what tells the call that a node is worked out in; its function then keeps a number for it."""
        for scope in (number, *self._tree.scopes(number)) if inside else self._tree.scopes(number):
            node = self._tree.nodes[scope]
            if isinstance(node, ast.Lambda):
                return None
            if is_function(node):
                if scope in self._peeking:
                    return None
                self._entered.setdefault(scope, [Building.like(node).entry()])
                return FRAME
        return 0

    def _names_of(self, site: Site, building: Building, number: int) -> ast.expr | None:
        """Return what reads the names of a site's claims; not where that would be seen as a variable more."""
        scopes = [*self._tree.scopes(number)]
        if any(scope in self._peeking for scope in scopes[:-1]):
            return None
        in_class = isinstance(self._tree.nodes[scopes[0]], ast.ClassDef)
        return building.names(self._names.get(site.number, ()), in_class)

    def _is_idle(self, node: ast.expr) -> bool:
        """Return whether an expression goes into nothing: the `torch` of `torch.cat`, the `self` of `self.conv(x)`."""
        name = dotted(node) or ""
        return name in ("self", "cls") or name.partition(".")[0] in self._imported

    def _replace_in(self, node: ast.AST) -> None:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                value[:] = [self._new(one) for one in value]
            elif isinstance(value, ast.AST):
                setattr(node, name, self._new(value))

    def _new(self, one: object) -> object:
        return self._instead.get(self._numbers.get(id(one), -1), one)

    def _insert_in(self, number: int) -> None:
        node = self._tree.nodes[number]
        for name in _BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list):
                entered = self._entered.get(number, []) if name == "body" else []
                block[:] = [*self._around(block, entered)]

    def _around(self, block: list[ast.stmt], entered: list[ast.stmt]) -> Iterator[ast.stmt]:
        described = bool(entered) and _is_docstring(block[0])
        if not described:
            yield from entered
        for at, one in enumerate(block):
            number = self._numbers.get(id(one), -1)
            yield from self._before.get(number, ())
            yield one
            if described and at == 0:
                yield from entered
            yield from self._after.get(number, ())


def peeks(node: ast.AST) -> bool:
    """Return whether a node asks for variables by their names, so that one of ours would be seen."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _PEEKING


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (one.asname or one.name.partition(".")[0] for one in node.names)
