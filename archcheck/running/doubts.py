"""What a statement of the top that did not run to its end would have changed, and what is made of that, is in doubt.

Its variables are unset, so that what needs them says so; but a list has other names, and may lie in an object, or be
a variable of the module that a function changes. What reads such a thing may be as it is for what did not run.
"""

from __future__ import annotations

import ast
import contextlib
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from archcheck.binding.reporter import REPORTER
from archcheck.running.selecting import changed_names as names_changed
from archcheck.running.selecting import changed_paths, names_read, owners_of_calls, stored_names

Doubt = Literal["supposed", "unfinished"]
"""What is in doubt is made of what is taken as the document states it, or may be as it is for what did not run."""
_CONTAINERS = (list, dict, set, deque)
MOST_LOOKED_AT = 2_000
"""Values that are looked through for those that change."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Code:
    """What a statement, or a function or class, does by its text.

    `reads`: names; `changes`: the parts of the paths that it changes in place: `self` and `hist` of
    `self.hist.append(1)`; `attributes`: those that it sets; `of_module`: variables of the module that it sets though it
    is a function; `sets`: variables that it sets, or would; `passes`: the last parts of names that are arguments of
    calls; `parameters`: its own.
    """

    reads: frozenset[str]
    changes: frozenset[str]
    attributes: frozenset[str]
    of_module: frozenset[str]
    sets: frozenset[str]
    passes: frozenset[str]
    parameters: frozenset[str]

    @classmethod
    def of(cls, tree: ast.AST) -> _Code:
        nodes = [*_of_objects(tree)]
        declared = {name for one in nodes if isinstance(one, ast.Global) for name in one.names}
        stored = {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        attributes = (
            one for one in nodes if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
        )
        changed = [*changed_paths(nodes)]
        added = (one.target for one in nodes if isinstance(one, ast.AugAssign))
        grown = {one.id for one in added if isinstance(one, ast.Name)}
        calls = (one for one in nodes if isinstance(one, ast.Call))
        passed = (arg for one in calls for arg in (*one.args, *(keyword.value for keyword in one.keywords)))
        return cls(
            frozenset(names_read(tree)),
            frozenset(name for path in changed for name in path) | grown,
            frozenset(one.attr for one in attributes),
            frozenset(declared & stored),
            frozenset(stored_names(tree, unreached=True)),
            frozenset(path[-1] for one in passed if (path := _path(one))),
            frozenset(one.arg for one in nodes if isinstance(one, ast.arg)),
        )


class Doubts:
    """Follows what is in doubt from statement to statement of the top of a program, in its `namespace`.

    `imported`: names that are no variables.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self.imported: Collection[str] = ()
        self._names: dict[str, Doubt] = {}
        self._values: dict[int, Any] = {}
        self._attributes: dict[tuple[int, str], Any] = {}
        self._code: dict[str, _Code] = {}

    def defines(self, statement: ast.stmt) -> None:
        """Take note of a function or class."""
        if isinstance(statement, _DEFINITIONS):
            self._code[statement.name] = _Code.of(statement)

    def supposed(self, names: Collection[str]) -> None:
        """Take note that variables have what is taken as the document states it."""
        self._names |= dict.fromkeys(names, "supposed")

    def concern(self, statement: ast.AST) -> Doubt | None:
        """Return in which doubt is what a statement reads, by itself or in a function that it may call."""
        if self._names or self._values or self._attributes:
            with contextlib.suppress(
                Exception
            ):  # what a document's own objects raise when they are looked at
                return self._concern(statement)
        return None

    def _concern(self, statement: ast.AST) -> Doubt | None:
        inside = set[str]().union(*(one.reads for one in self._reached(statement)))
        reads = names_read(statement) | inside
        found = {self._names[name] for name in reads & self._names.keys()}
        if not found and (self._values or self._attributes):
            paths = any(map(self._leads_to_doubt, _paths(statement)))
            whole = (reads & self._whole(statement)) | inside
            if paths or any(self._is_doubtful(self._namespace.get(name)) for name in whole):
                return "unfinished"
        return "supposed" if "supposed" in found else "unfinished" if found else None

    def passes_on(self, statement: ast.stmt, doubt: Doubt) -> None:
        """Take note that what a statement sets or changes is made of what is in doubt."""
        owners = owners_of_calls(statement) - {*self.imported, REPORTER}
        self._names |= dict.fromkeys(stored_names(statement) | names_changed(statement) | owners, doubt)

    def settles(self, statement: ast.stmt) -> None:
        """Take note that what a statement sets is known."""
        for name in stored_names(statement) & self._names.keys():
            del self._names[name]

    def leaves(self, statement: ast.stmt) -> None:
        """Take note that a statement did not run to its end: all that it might have changed is in doubt."""
        own, functions = _Code.of(statement), list[_Code]()
        with contextlib.suppress(Exception):  # the same
            functions = self._reached(statement)
        reached = [own, *functions]
        of_module = (name for one in functions for name in one.of_module)
        self._names |= dict.fromkeys((*own.sets.difference(self.imported), *of_module), "unfinished")
        changes = frozenset().union(*(one.changes for one in reached))
        attributes = frozenset().union(*(one.attributes for one in reached))
        if any(one.parameters & one.changes for one in functions):
            changes |= own.passes
        read = frozenset().union(*(one.reads for one in reached))
        for name in sorted(read & self._namespace.keys()):
            with contextlib.suppress(
                Exception
            ):  # what a document's own objects raise when they are looked at
                self._look_through(name, self._namespace[name], changes, attributes)

    def _look_through(
        self, name: str, value: Any, changes: Collection[str], attributes: Collection[str]
    ) -> None:
        """Doubt what changes of a value: itself, what an object keeps, the list of its method that was kept."""
        owner = getattr(value, "__self__", None) if type(value) is type([].append) else None
        if isinstance(owner, _CONTAINERS):
            self._doubt(owner)
        if isinstance(value, _CONTAINERS) and name in changes:
            self._doubt(value)
        for part in _parts(value):
            for attribute, one in vars(part).items():
                if attribute in attributes:
                    self._attributes[id(part), attribute] = part
                if isinstance(one, _CONTAINERS) and attribute in changes:
                    self._doubt(one)

    def _doubt(self, value: Any) -> None:
        for one in _inside(value):
            self._values[id(one)] = one

    def _reached(self, statement: ast.AST) -> list[_Code]:
        """Return the functions and classes of the document that a statement may come to."""
        todo, found = [*names_read(statement)], dict[str, _Code]()
        while todo:
            name = todo.pop()
            for known in {name, *_kinds(self._namespace.get(name))} & self._code.keys() - found.keys():
                found[known] = self._code[known]
                todo += found[known].reads
        return [*found.values()]

    def _leads_to_doubt(self, path: Sequence[str]) -> bool:
        """Return whether anything on the way of a path is in doubt: `tracker.history` of `tracker`."""
        value = self._namespace.get(path[0])
        for attribute in path[1:]:
            if (id(value), attribute) in self._attributes:
                return True
            value = _kept(value, attribute)
            if self._is_doubtful(value):
                return True
        return False

    def _whole(self, statement: ast.AST) -> set[str]:
        """Return the names that a statement does not only read for something that the object keeps: `fit.net(x)`."""
        nodes = [*ast.walk(statement)]
        found = Counter(one.id for one in nodes if isinstance(one, ast.Name))
        for one in nodes:
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                name = one.value.id
                found[name] -= _kept(self._namespace.get(name), one.attr) is not None
        return {name for name, times in found.items() if times}

    def _is_doubtful(self, value: Any) -> bool:
        """Return whether a value is in doubt, or has in it what is: not so a model, which is called."""
        own = [] if isinstance(value, nn.Module) else _parts(value)[:1]
        for name, one in (pair for part in own for pair in vars(part).items()):
            if (id(own[0]), name) in self._attributes or id(one) in self._values:
                return True
        return any(id(one) in self._values for one in _inside(value))


def _of_objects(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but for those by which objects are made: an object that is there has run them."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        children = ast.iter_child_nodes(node)
        todo += (one for one in children if getattr(one, "name", None) != "__init__")


def _parts(value: Any) -> list[Any]:
    """Return the objects of which the document's own code may change what they keep: those of its classes, models."""
    todo, found = [value], list[Any]()
    while todo and len(found) < MOST_LOOKED_AT:
        one = todo.pop()
        own = type(one).__module__ == "__main__" and hasattr(one, "__dict__")
        if isinstance(one, nn.Module):
            found += one.modules()
        elif own and not isinstance(one, type) and not any(one is known for known in found):
            found.append(one)
            todo += vars(one).values()
    return found


def _kinds(value: Any) -> set[str]:
    """Return the names of the classes that an object, and the models in it, are of."""
    objects = value.modules() if isinstance(value, nn.Module) else (value,)
    kinds = {kind for one in objects for kind in type(one).__mro__}
    return {kind.__name__ for kind in kinds if kind.__module__ == "__main__"}


def _inside(value: Any) -> Iterator[Any]:
    """Yield a list, dict or set, and those in it."""
    todo, seen = [value], 0
    while todo and seen < MOST_LOOKED_AT:
        one = todo.pop()
        seen += 1
        if isinstance(one, _CONTAINERS):
            yield one
        if isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list | tuple | set | deque):
            todo += one


def _kept(value: Any, attribute: str) -> Any:
    """Return what an object keeps under a name; none of its own code is asked."""
    kept = getattr(value, "__dict__", {})
    places = [kept, *(kept.get(name, {}) for name in ("_modules", "_buffers", "_parameters"))]
    return next((one[attribute] for one in places if isinstance(one, dict) and attribute in one), None)


def _paths(statement: ast.AST) -> Iterator[Sequence[str]]:
    """Yield the dotted names that a statement reads."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and (path := _path(node)):
            yield path


def _path(node: ast.AST) -> tuple[str, ...]:
    """Return the parts of a dotted name; none of what is none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()
