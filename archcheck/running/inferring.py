"""What the code of a function says of the shapes of its parameters: how it unpacks them, and what it does to them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archcheck.binding.program import Claim, Program, Site
from archcheck.binding.scopes import received
from archcheck.binding.tree import Function, Tree
from archcheck.running.apart import are_tensors, taken_apart
from archcheck.running.passing import Functions
from archcheck.running.stated_inputs import OF_AXES, Inferred, Sizes, opened, sizes_of

MOST_AXES = 6
_CLAUSE = re.compile(r"[.;:)\]]\s")
_ORDERED = ("permute",)
"""Methods that are told of every axis."""
_OF_ONE = (
    "transpose",
    "swapaxes",
    "size",
    "select",
    "narrow",
    "index_select",
    "softmax",
    "chunk",
    "split",
    "unbind",
)
"""Methods that are told of axes that a tensor has."""


def inferred(program: Program) -> Mapping[str, Inferred]:
    """Return, by the qualified name of a function, what its code says of the shapes of its parameters."""
    tree = Tree.of(program.source)
    inside: dict[int, list[int]] = {}
    for number, owner in enumerate(tree.owners):
        inside.setdefault(owner, []).append(number)
    claims, functions = _by_node(program), Functions.of(program, tree)
    found: dict[str, Inferred] = {}
    for number, node in enumerate(tree.nodes):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            name = f"{tree.qualified(number)}.{node.name}".lstrip(".")
            code = _Code.of(node, [(one, tree.nodes[one]) for one in inside.get(number, ())])
            code.pass_on(functions, name.rpartition(".")[0])
            found[name] = code.shapes(claims)
    return found


def _by_node(program: Program) -> Mapping[int, Sequence[tuple[Site, Claim]]]:
    sites = {site.number: site for site in program.sites}
    found: dict[int, list[tuple[Site, Claim]]] = {}
    for claim in program.claims:
        for site in (sites[one] for one in claim.sites[:1]):
            found.setdefault(site.node, []).append((site, claim))
    return found


@dataclass(slots=True)
class _Code:
    """The nodes of one function, in order; `until`: the line up to which a parameter is what was passed.

    `apart`: what parameters are that are taken apart, `x, y = batch`: these are looked at as parameters are.
    """

    names: Sequence[str]
    nodes: Sequence[tuple[int, ast.AST]]
    until: Mapping[str, int]
    apart: Mapping[str, tuple[str, ...]]
    told: dict[str, Sizes] = field(default_factory=dict)
    likely: dict[str, Sizes] = field(default_factory=dict)
    passed: dict[str, Sizes] = field(default_factory=dict)
    axes: dict[str, int] = field(default_factory=dict)
    enters: dict[str, list[str]] = field(default_factory=dict)
    demanded: dict[str, dict[int, int]] = field(default_factory=dict)
    stated: dict[int, Sizes] = field(default_factory=dict)

    @classmethod
    def of(cls, function: Function, nodes: Sequence[tuple[int, ast.AST]]) -> _Code:
        names = received(function)
        last = (function.end_lineno or 0) + 1
        until, taken = dict.fromkeys(names, last), dict[str, int]()
        apart: dict[str, tuple[str, ...]] = {}
        for _, node in nodes:
            for name, inner, line in taken_apart(node):
                if until.get(name) == last and not set(inner) & {"_", *until}:
                    apart[name] = inner
                    taken |= dict.fromkeys(inner, line)
                    until |= dict.fromkeys(inner, last)
            match node:
                case ast.Name(id=name, ctx=ast.Store()) if name in until and node.lineno > taken.get(name, 0):
                    until[name] = min(until[name], node.lineno)
        reads = {
            one.value.id
            for _, one in nodes
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
        }
        apart = {
            name: inner for name, inner in apart.items() if name not in reads and are_tensors(inner, nodes)
        }
        return cls(names, nodes, until, apart)

    def shapes(self, claims: Mapping[int, Sequence[tuple[Site, Claim]]]) -> Inferred:
        """Return the shapes of the parameters: as stated, as unpacked, as passed on, by their axes as others inside."""
        for number, node in self.nodes:
            for site, claim in claims.get(number, ()):
                self._claimed(node, site, claim)
                self._state(claim)
            self._unpacked(node)
            self._entered(node)
            self._demanded(node)
            for name, axes in self._counted(node):
                self.axes[name] = max(self.axes.get(name, 0), axes)
        for name, sizes in self.demanded.items():
            self.axes[name] = max(self.axes.get(name, 0), 2, 1 + max(sizes))
        counted = {
            name: self.stated.get(axes, OF_AXES[axes])
            for name, axes in self.axes.items()
            if axes in OF_AXES and axes > 1  # that there is a first axis says nothing
        }
        known = {**self.passed, **self.likely, **self.told}
        least = {name: axes for name, axes in self.axes.items() if axes and name not in known}
        shapes = {name: self._with_demanded(name, sizes) for name, sizes in {**counted, **known}.items()}
        return Inferred(shapes, least, self.enters, self.apart)

    @property
    def inside(self) -> frozenset[str]:
        """The names of what parameters have in them."""
        return frozenset(one for inner in self.apart.values() for one in inner)

    def _with_demanded(self, name: str, sizes: Sizes) -> Sizes:
        """Return a shape with the sizes that the code demands of it."""
        own = self.demanded.get(name, {})
        return tuple(own.get(at, size) if isinstance(size, str) else size for at, size in enumerate(sizes))

    def _demanded(self, node: ast.AST) -> None:
        """Take what must be so: `assert x.shape == (n, n)`, `assert x.shape[0] == 2`."""
        for test in _tests(node):
            match test:
                case ast.Compare(
                    left=ast.Attribute(value=owner, attr="shape"),
                    ops=[ast.Eq()],
                    comparators=[ast.Tuple(elts=elements)],
                ) if (name := self._is_passed(owner)) is not None and 0 < len(elements) <= MOST_AXES:
                    sizes = tuple(_size(one, f"{name}_{at}") for at, one in enumerate(elements))
                    self.likely.setdefault(name, sizes)
                case ast.Compare(
                    left=ast.Subscript(
                        value=ast.Attribute(value=owner, attr="shape"), slice=ast.Constant(value=int(at))
                    ),
                    ops=[ast.Eq()],
                    comparators=[ast.Constant(value=int(size))],
                ) if (name := self._is_passed(owner)) is not None and at < MOST_AXES:
                    self.demanded.setdefault(name, {})[at] = size

    def pass_on(self, functions: Functions, around: str) -> None:
        """Take the shapes that are stated of the parameters of other functions, which these are passed on to."""
        for _, node in self.nodes:
            for argument, sizes in functions.takes(node, around) if isinstance(node, ast.Call) else ():
                if (name := self._is_passed(argument)) is not None:
                    self.passed.setdefault(name, sizes)

    def _is_passed(self, node: ast.AST | None) -> str | None:
        """Return the parameter that an expression is, as it was passed."""
        if isinstance(node, ast.Name) and node.id in self.until and node.lineno <= self.until[node.id]:
            return node.id
        return None

    def _claimed(self, node: ast.AST, site: Site, claim: Claim) -> None:
        sizes = opened(claim.statement.shapes[0]) if claim.statement.shapes else None
        if sizes is None:
            return
        for one in self._named(claim):
            self.told.setdefault(one, sizes)
        own = site.name if site.when == "before" else None
        if own is not None and site.line <= self.until.get(own, 0):
            self.told.setdefault(own, sizes)
        elif site.when == "here" and (name := self._is_passed(node)) is not None:
            self.told.setdefault(name, sizes)
        elif site.when == "after" and site.name in self.inside and site.line <= self.until[site.name]:
            self.told.setdefault(site.name, sizes)
        elif claim.statement.role in ("flow", "input"):
            names = [name for name in map(self._is_passed, _going_in(node)) if name is not None]
            if len(names) == 1:
                self.told.setdefault(names[0], sizes)

    def _named(self, claim: Claim) -> Iterator[str]:
        """Yield the parameters that stand before a shape in a comment: "`query` and `key` have shape [N, T, D]"."""
        statement, shape = claim.statement, claim.statement.shapes[0]
        written = statement.text[shape.start - statement.start : shape.end - statement.start]
        before, found, _ = claim.line.text.partition(written)
        if (
            claim.told == "comment"
            and claim.statement.role == "value"
            and found
            and before.strip()[:1] == "#"
        ):
            words = _CLAUSE.split(before)[-1].replace("`", " ").replace(",", " ").split()
            names = [one for one in words if claim.line.number <= self.until.get(one, 0)]
            yield from names if "have" in words else names[-1:]

    def _state(self, claim: Claim) -> None:
        """Keep the first shape that is stated inside of each number of axes, if it says more than letters."""
        shape = claim.statement.shapes[0]
        sizes = sizes_of(shape) if shape.layout in ("size", "shape", "sides", "volume") else None
        if sizes is not None and any(isinstance(size, int) for size in sizes):
            self.stated.setdefault(len(sizes), sizes)

    def _entered(self, node: ast.AST) -> None:
        """Take `self.embed(words)`, and `self.stems[k](x)`."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="self"), attr=attr)
                | ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"), attr=attr)),
                args=[first, *_],
            ):
                if (name := self._is_passed(first)) is not None:
                    self.enters.setdefault(name, []).append(attr)

    def _unpacked(self, node: ast.AST) -> None:
        """Take `B, T, C = x.shape`."""
        match node:
            case ast.Assign(
                targets=[ast.Tuple(elts=targets)], value=ast.Attribute(value=owner, attr="shape")
            ):
                pass
            case ast.Assign(
                targets=[ast.Tuple(elts=targets)],
                value=ast.Call(func=ast.Attribute(value=owner, attr="size"), args=[], keywords=[]),
            ):
                pass
            case _:
                return
        name = self._is_passed(owner)
        if name is None or len(targets) > MOST_AXES or any(isinstance(one, ast.Starred) for one in targets):
            return
        letters = [one.id if isinstance(one, ast.Name) and one.id != "_" else None for one in targets]
        sizes = [letter or f"{name}_{place}" for place, letter in enumerate(letters)]
        self.likely.setdefault(name, tuple(sizes))

    def _counted(self, node: ast.AST) -> Iterator[tuple[str, int]]:
        """Yield how many axes a parameter has at least for what is done to it."""
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=method), args=args):
                name = self._is_passed(owner)
                if name is not None and method in _ORDERED:
                    yield name, len(args) if len(args) > 1 else 0
                elif name is not None and method in _OF_ONE:
                    yield name, max((_axes(one) for one in args[: 2 if method != "split" else 0]), default=0)
            case ast.Subscript(value=ast.Attribute(value=owner, attr="shape"), slice=index):
                name = self._is_passed(owner)
                if name is not None:
                    yield name, _axes(index)
            case ast.Subscript(value=owner, slice=ast.Tuple(elts=indices)):
                name = self._is_passed(owner)
                if name is not None:
                    yield (
                        name,
                        sum(not isinstance(one, ast.Constant) or one.value is not None for one in indices),
                    )


def _tests(node: ast.AST) -> list[ast.expr]:
    """Return what an assertion asserts."""
    if not isinstance(node, ast.Assert):
        return []
    return node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]


def _size(node: ast.expr, letter: str) -> int | str:
    """Return a size as the code has it: a number, a variable, or something else, which gets a letter."""
    match node:
        case ast.Constant(value=int(size)):
            return size
        case ast.Name(id=name):
            return name
    return letter


def _going_in(node: ast.AST) -> list[ast.expr]:
    """Return what goes into a call, or into an index."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner), args=args):
            return [owner, *args]
        case ast.Call(args=args):
            return args
        case ast.Subscript(value=owner):
            return [owner]
    return []


def _axes(index: ast.expr) -> int:
    """Return how many axes there are at least where one has this index."""
    match index:
        case ast.Constant(value=int(number)):
            return number + 1
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return number
    return 0
