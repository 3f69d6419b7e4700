"""What the code does with a parameter of which neither its name nor its type says anything: it counts, or has parts.

`for width in widths` is of a list, `x[:, :count]` of a whole number, `if last:` of a truth value, `norm(64)` of a call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from archcheck.binding.expressions import called_name
from archcheck.binding.tree import dotted
from archcheck.running.letters import BATCHES, LENGTHS

Kind = Literal["list", "whole", "applied", "call", "number", "truth"]
"""A list of whole numbers, a whole number, what a `forward` calls, what else is called, a number, a truth value."""
_SURER: tuple[Kind, ...] = ("list", "whole", "applied", "call", "number", "truth")
"""What is rather meant where the code does several things; anything may be asked for its truth."""
MOST_PARTS = 8
MOST_PASSED = 3
"""From one function to another."""
_OF_SIZES = frozenset(
    (
        *("range", "zeros", "ones", "randn", "rand", "empty", "full", "arange", "eye", "view", "reshape"),
        *("repeat", "expand", "topk", "chunk", "repeat_interleave", "unflatten", "new_zeros", "new_ones"),
    )
)
"""Functions that take whole numbers beside what they are of."""
_WALKED = frozenset(("enumerate", "zip", "reversed", "list", "tuple", "sorted", "sum"))


@dataclass(frozen=True, slots=True)
class Use:
    """What a parameter is used as; a list has `parts`, each a list of its own if it is `deep`.

    What is applied gives so many `parts`.
    """

    kind: Kind
    parts: int = 2
    deep: bool = False


Uses = Mapping[str, Use]
"""By the name of a parameter."""


def uses_of(tree: ast.Module) -> Mapping[str, Uses]:
    """Return what the code does with the parameters of its classes, by their names, and of its functions and methods.

    >>> found = uses_of(ast.parse('''class Net:
    ...     def __init__(self, widths, last):
    ...         for one, other in zip(widths[:-1], widths[3]): pass
    ...         self.last = last
    ...     def cut(self, x, count):
    ...         return x[:, :count] if self.last else x
    ...     '''))
    >>> found["Net"]["widths"], found["Net"]["last"].kind, found["Net.cut"]["count"].kind
    (Use(kind='list', parts=4, deep=False), 'truth', 'whole')
    """
    owners = [*_owners(tree)]
    parameters = {one.name: [*_names(one.takes)] for one in owners}
    found = {one.name: _uses(one, _called(one)) for one in owners}
    passed = [(one.name, *each) for one in owners for each in _passed(one, _called(one), parameters)]
    for _ in range(MOST_PASSED):
        for owner, name, other, parameter in passed:
            if (use := found[other].get(parameter)) is not None:
                found[owner][name] = _surer(found[owner].get(name), use)
    return found


@dataclass(frozen=True, slots=True)
class _Owner:
    """A class, a method or a function: where its parameters are used, and the function that takes them."""

    name: str
    around: ast.AST
    takes: ast.FunctionDef


def _owners(tree: ast.Module) -> Iterator[_Owner]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield _Owner(node.name, node, node)
        for one in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(one, ast.FunctionDef) and isinstance(node, ast.ClassDef):
                is_init = one.name == "__init__"
                yield _Owner(
                    node.name if is_init else f"{node.name}.{one.name}", node if is_init else one, one
                )


def _names(function: ast.FunctionDef) -> Iterator[str]:
    args = function.args
    yield from (one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs) if one.arg != "self")


def _called(owner: _Owner) -> dict[str, str]:
    """Return what parameters are called: their own names, those of an object, and of variables that repeat them."""
    own = {name: name for name in _names(owner.takes)}
    for node in (
        *ast.walk(owner.takes),
        *(ast.walk(owner.around) if owner.around is not owner.takes else ()),
    ):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = dotted(node.targets[0]) or ""
            for name in _named(node.value, own):
                if target.partition(".")[0] == "self" or "." not in target:
                    own.setdefault(target, name)
    return own


def _uses(owner: _Owner, names: Mapping[str, str]) -> dict[str, Use]:
    """Return what is done with parameters by what they are called."""
    found: dict[str, Use] = {}
    walked: dict[str, str] = {}
    for node in ast.walk(owner.around):
        for name, use in (*_used(node, names), *_parts_used(node, names, walked)):
            found[name] = _surer(found.get(name), use)
    for name, use in _applied(owner.around, names):
        found[name] = _surer(found.get(name), use)
    return found


def _applied(around: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[str, Use]]:
    """Yield the parameters that a class keeps to call them in its `forward`: modules, and no classes of modules."""
    for method in around.body if isinstance(around, ast.ClassDef) else ():
        if not isinstance(method, ast.FunctionDef) or method.name != "forward":
            continue
        for node in ast.walk(method):
            match node:
                case ast.Assign(
                    targets=[ast.Tuple(elts=parts)], value=ast.Call(func=ast.Attribute() as func)
                ):
                    yield from ((name, Use("applied", len(parts))) for name in _named(func, names))
                case ast.Call(func=ast.Attribute() as func):
                    yield from ((name, Use("applied", 1)) for name in _named(func, names))


def _passed(
    owner: _Owner, names: Mapping[str, str], parameters: Mapping[str, list[str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield the parameters that are passed on, to whom, and as which parameter."""
    for node in ast.walk(owner.around):
        match node:
            case ast.Call(func=ast.Name(id=other), args=args, keywords=keywords) if other in parameters:
                given = [*zip(parameters[other], args, strict=False)]
                given += [(one.arg, one.value) for one in keywords if one.arg in parameters[other]]
                yield from (
                    (name, other, parameter) for parameter, value in given for name in _named(value, names)
                )


def _surer(one: Use | None, other: Use) -> Use:
    if one is None:
        return other
    first, second = sorted((one, other), key=lambda use: _SURER.index(use.kind))
    if first.kind != second.kind:
        return first
    return replace(first, parts=max(one.parts, other.parts), deep=one.deep or other.deep)


def _named(node: ast.AST | None, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the parameter that an expression is."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in names:
            yield names[name]
        case ast.Attribute(value=ast.Name(id="self"), attr=attr) if f"self.{attr}" in names:
            yield names[f"self.{attr}"]


def _used(node: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[str, Use]]:
    """Yield what one node of the code does with parameters."""
    match node:
        case ast.For(iter=walked) | ast.comprehension(iter=walked):
            yield from ((name, Use("list")) for one in _walked(walked) for name in _named(one, names))
        case ast.Starred(value=value):
            yield from ((name, Use("list")) for name in _named(value, names))
        case ast.Subscript(value=value, slice=index):
            yield from ((name, Use("list", _parts(index))) for name in _named(value, names))
        case ast.Slice(lower=lower, upper=upper, step=step):
            bounds = (one for bound in (lower, upper, step) for one in _terms(bound))
            yield from ((name, Use("whole")) for one in bounds for name in _named(one, names))
        case ast.Call(func=func, args=args):
            yield from ((name, Use("call")) for name in _named(func, names))
            kind: Kind | None = "list" if called_name(node) == "len" else None
            kind = "whole" if called_name(node) in _OF_SIZES else kind
            given = (one for arg in args for one in _terms(arg)) if kind == "whole" else iter(args)
            if kind is not None:
                yield from ((name, Use(kind)) for one in given for name in _named(one, names))
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Pow(), right=right):
            yield from ((name, Use("number")) for one in (left, right) for name in _named(one, names))
        case ast.If(test=test) | ast.IfExp(test=test) | ast.UnaryOp(op=ast.Not(), operand=test):
            asked = test.values if isinstance(test, ast.BoolOp) else [test]
            yield from ((name, Use("truth")) for one in asked for name in _named(one, names))


def _parts_used(node: ast.AST, names: Mapping[str, str], walked: dict[str, str]) -> Iterator[tuple[str, Use]]:
    """Yield the parameters whose parts have parts: `for one in many[i]`, `len(many[0])`, or a loop in a loop."""
    match node:
        case (
            ast.For(target=ast.Name(id=each), iter=value)
            | ast.comprehension(target=ast.Name(id=each), iter=value)
        ):
            for name in _named(value, names):
                walked[each] = name
            inside = [value]
        case ast.Call(args=[value]) if called_name(node) in ("len", *_WALKED):
            inside = [value]
        case ast.Subscript(value=value):
            inside = [value]
        case _:
            return
    for one in inside:
        match one:
            case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice):
                yield from ((name, Use("list", deep=True)) for name in _named(value, names))
            case ast.Name(id=name) if name in walked:
                yield walked[name], Use("list", deep=True)


def _walked(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what a loop goes over: also through `enumerate` and `zip`, and a part of it."""
    todo = [node]
    for one in todo:
        match one:
            case ast.Call(args=args) if called_name(one) in _WALKED:
                todo += args
            case ast.Subscript(value=value, slice=ast.Slice()):
                todo.append(value)
            case _:
                yield one


def _terms(node: ast.expr | None) -> Iterator[ast.expr]:
    """Yield what is added up, or multiplied, to a whole number."""
    todo = [node] if node is not None else []
    for one in todo:
        match one:
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv(), right=right):
                todo += [left, right]
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                todo += elements
            case _:
                yield one


def _parts(index: ast.expr) -> int:
    match index:
        case ast.Constant(value=int(place)) if 0 <= place < MOST_PARTS:
            return max(2, place + 1)
    return 2


def is_used_as_setting(name: str, use: Use | None, *, others: bool) -> bool:
    """Return whether a parameter of a function that takes tensors is none of them by its use.

    `others`: whether the document states shapes of its parameters, and so of this one that it has none.
    """
    if name.lower() in BATCHES + LENGTHS:  # as many as the tensors have
        return False
    return use is not None and use.kind in ("whole", "truth", *(["number"] if others else []))
