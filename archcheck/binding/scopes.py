"""Which names a program binds, scope by scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest

from archcheck.binding.tree import Function, Tree, dotted, is_function


@dataclass(frozen=True, slots=True)
class Scopes:
    """By the number of a scope, the names that it binds; and those that it declares `global` or `nonlocal`, by line.

    `first`: by a scope and a name, the line that it is bound on first. `read`: the names that are read in it.
    """

    bound: Mapping[int, frozenset[str]]
    read: Mapping[int, frozenset[str]]
    declared: Mapping[tuple[int, str], int]
    first: Mapping[tuple[int, str], int]

    @staticmethod
    def of(tree: Tree) -> Scopes:
        """Gather the names of a tree."""
        bound: dict[int, set[str]] = {}
        read: dict[int, set[str]] = {}
        declared: dict[tuple[int, str], int] = {}
        first: dict[tuple[int, str], int] = {}
        for number, node in enumerate(tree.nodes):
            for name in _bound_by(node):
                bound.setdefault(tree.owners[number], set()).add(name)
                first.setdefault((tree.owners[number], name), getattr(node, "lineno", 0))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                bound.setdefault(number, set()).update(parameters(node.args))
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                declared.update({(tree.owners[number], name): node.lineno for name in node.names})
            elif isinstance(node, ast.Name):
                read.setdefault(tree.owners[number], set()).add(node.id)
        return Scopes(_frozen(bound), _frozen(read), declared, first)

    def is_made_from(self, tree: Tree, number: int, name: str) -> bool:
        """Return whether a scope gives a variable its first value at a statement, or behind it."""
        scope = tree.owners[number]
        node = tree.nodes[scope]
        given = name in parameters(node.args) if isinstance(node, (ast.FunctionDef, ast.Lambda)) else False
        line = getattr(tree.nodes[number], "lineno", 0)
        return not given and self.first.get((scope, name), 0) >= line

    def knows(self, tree: Tree, number: int, name: str) -> bool:
        """Return whether a variable, or the first name of a dotted one, can be read at a node.

        A function's comment means a variable of the module only where the function reads it: else its name is chance.
        """
        first = name.partition(".")[0]
        line = getattr(tree.nodes[number], "lineno", 0)
        if self.declared.get((tree.owners[number], first), 0) > line:
            return False  # Python refuses a name that is read before it is declared
        read = False
        for scope in tree.scopes(number):
            read = read or (scope > 0 and first in self.read.get(scope, ()))
            hidden = isinstance(tree.nodes[scope], ast.ClassDef) and scope != tree.owners[number]
            if not hidden and first in self.bound.get(scope, ()):
                return read or scope > 0 or not tree.owners[number]
        return False


def _frozen(found: Mapping[int, set[str]]) -> Mapping[int, frozenset[str]]:
    return {scope: frozenset(names) for scope, names in found.items()}


def parameters(args: ast.arguments) -> list[str]:
    """Return the names of a function's parameters, in the order in which they are written."""
    star = [args.vararg] if args.vararg else []
    last = [args.kwarg] if args.kwarg else []
    return [one.arg for one in (*args.posonlyargs, *args.args, *star, *args.kwonlyargs, *last)]


_NUMBERS = frozenset(("int", "float", "str", "bool"))
_AROUND = frozenset(
    (
        "tuple",
        "list",
        "sequence",
        "optional",
        "union",
        "iterable",
        "set",
        "dict",
        "mapping",
        "literal",
        "typing",
        "t",
    )
)
"""What numbers stand in: `Optional[List[Tuple[int, int]]]`."""


def untensored(args: ast.arguments) -> frozenset[str]:
    """Return the parameters that are numbers and texts alone, by annotation or default: `size: Tuple[int, int]`."""
    found = (*args.posonlyargs, *args.args)
    defaults = zip_longest(reversed(found), reversed(args.defaults))
    both = [*defaults, *zip_longest(args.kwonlyargs, args.kw_defaults)]
    return frozenset(one.arg for one, default in both if one is not None and _has_no_shape(one, default))


def _has_no_shape(one: ast.arg, default: ast.expr | None) -> bool:
    if one.annotation is not None:
        return _are_numbers(one.annotation)
    match default:
        case ast.Tuple(elts=[_, *_] as entries):
            return all(isinstance(entry, ast.Constant) for entry in entries)
        case ast.Constant(value=str()):
            return True
    return False


def _are_numbers(annotation: ast.expr) -> bool:
    names = {
        one.id.lower() if isinstance(one, ast.Name) else one.attr.lower()
        for one in islice(ast.walk(annotation), MOST_NODES)
        if isinstance(one, (ast.Name, ast.Attribute))
    }
    return bool(names & _NUMBERS) and names <= _NUMBERS | _AROUND


MOST_NODES = 50
"""Of an annotation, that are looked at."""


def received(function: Function) -> list[str]:
    """Return the parameters that somebody passes: all but `self` and `cls`."""
    names = parameters(function.args)
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def assigns(statement: ast.AST, name: str) -> bool:
    """Return whether an assignment gives a variable or an attribute a value, whatever comes out of it."""
    match statement:
        case ast.Assign(targets=targets):
            todo = [*targets]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
            todo = [target]
        case _:
            todo = []
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Tuple, ast.List)):
            todo += node.elts
        elif isinstance(node, ast.Starred):
            todo.append(node.value)
        elif dotted(node) == name:
            return True
    return False


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            yield from (one.asname or one.name.partition(".")[0] for one in node.names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name


def forward_of(node: ast.ClassDef) -> Function | None:
    """Return the method that runs when a module of a class is called."""
    methods = [one for one in node.body if is_function(one)]
    for name in ("forward", "__call__", "call"):
        for method in reversed(methods):
            if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.name == name:
                return method
    return None
