"""A parameter that is an object with tensors in it (`data.x`, `data.edge_index`): it is given one that has them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import torch

from archcheck.binding.program import Program
from archcheck.binding.scopes import received
from archcheck.binding.tree import Tree
from archcheck.running.stated_inputs import OF_AXES, Said, Sizes, sizes_of

Opened = Mapping[str, Mapping[str, Sizes]]
"""By the name of a parameter, the shapes of what is in it, by their names."""
_JOINT = "__of__"
_ABSENT = ("batch", "ptr", "mask")
"""What such an object may have, and what is None where there is but one thing in it."""


def opened(program: Program) -> Mapping[str, Opened]:
    """Return the parameters of each function of which the code reads what no tensor has, and calls nothing."""
    tree = Tree.of(program.source)
    stated = _stated(program)
    inside: dict[int, list[int]] = {}
    for number, owner in enumerate(tree.owners):
        inside.setdefault(owner, []).append(number)
    found: dict[str, Opened] = {}
    for number, node in enumerate(tree.nodes):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            nodes = [(one, tree.nodes[one]) for one in inside.get(number, ())]
            if parameters := _opened(received(node), nodes, stated):
                found[f"{tree.qualified(number)}.{node.name}".lstrip(".")] = parameters
    return found


def _stated(program: Program) -> Mapping[int, Sizes]:
    """Return the shapes that are stated of nodes."""
    sites = {site.number: site for site in program.sites}
    found: dict[int, Sizes] = {}
    for claim in program.claims:
        sizes = sizes_of(claim.statement.shapes[0])
        if claim.sites and sizes is not None and claim.statement.role == "value":
            found.setdefault(sites[claim.sites[0]].node, sizes)
    return found


def _opened(names: Any, nodes: list[tuple[int, ast.AST]], stated: Mapping[int, Sizes]) -> Opened:
    called = {id(node.func) for _, node in nodes if isinstance(node, ast.Call)}
    found: dict[str, dict[str, Sizes]] = {}
    closed: set[str] = set()
    for number, node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in names and name != "self":
                if id(node) in called or isinstance(node.ctx, ast.Store):
                    closed.add(name)
                elif not hasattr(torch.Tensor, attr):
                    known = found.setdefault(name, {})
                    if number in stated or attr not in known:
                        known[attr] = stated.get(number, OF_AXES[2])
    return {name: tensors for name, tensors in found.items() if name not in closed}


class Opening:
    """A function that takes what is in an object instead of the object."""

    def __init__(self, call: Callable[..., Any], function: Callable[..., Any], parameters: Opened) -> None:
        """Call `call` with an object for each of the `parameters` of `function`."""
        self.func, self._call, self._parameters = function, call, parameters
        self.__name__ = getattr(function, "__name__", "")
        signature = inspect.signature(function)
        kept = [one for name, one in signature.parameters.items() if name not in parameters]
        more = [
            inspect.Parameter(f"{name}{_JOINT}{parameter}", inspect.Parameter.KEYWORD_ONLY)
            for parameter, tensors in parameters.items()
            for name in tensors
            if name not in _ABSENT
        ]
        self.__signature__ = signature.replace(parameters=sorted((*kept, *more), key=lambda one: one.kind))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        inside = {name: kwargs.pop(name) for name in list(kwargs) if _JOINT in name}
        for parameter, tensors in self._parameters.items():
            values = {name: inside.get(f"{name}{_JOINT}{parameter}") for name in tensors}
            kwargs[parameter] = SimpleNamespace(**values)
        return self._call(*args, **kwargs)


def said_inside(said: Said, parameters: Opened) -> Said:
    """Return what is said of a function, with the shapes of what is in its parameters."""
    inside = {
        f"{name}{_JOINT}{parameter}": sizes
        for parameter, tensors in parameters.items()
        for name, sizes in tensors.items()
    }
    return replace(said, inferred={**said.inferred, **inside})
