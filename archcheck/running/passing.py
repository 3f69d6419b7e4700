"""The shapes that are stated of a function's parameters: what another function passes on to it has them, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archcheck.binding.program import Program
from archcheck.binding.scopes import received
from archcheck.binding.tree import Tree
from archcheck.running.stated_inputs import Sizes, sizes_of


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a program by their qualified names: their parameters in order, the shapes stated of these."""

    parameters: Mapping[str, Sequence[str]]
    stated: Mapping[str, Mapping[str, Sizes]]

    @classmethod
    def of(cls, program: Program, tree: Tree) -> Functions:
        """Return those of a program that have a shape stated of a parameter."""
        stated: dict[str, dict[str, Sizes]] = {}
        sites = {site.number: site for site in program.sites}
        for claim in program.claims:
            for site in (sites[one] for one in claim.sites):
                sizes = (
                    sizes_of(claim.statement.shapes[0]) if site.kind == "parameter" and site.name else None
                )
                if sizes is not None and site.name:
                    stated.setdefault(site.function, {}).setdefault(site.name, sizes)
        named = (
            (f"{tree.qualified(number)}.{node.name}".lstrip("."), received(node))
            for number, node in enumerate(tree.nodes)
            if stated and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        )
        return cls({name: names for name, names in named if name in stated}, stated)

    def takes(self, call: ast.Call, around: str) -> Iterator[tuple[ast.expr, Sizes]]:
        """Yield the arguments of a call of which a shape is stated; `around`: the class that the call stands in."""
        match call.func:
            case ast.Name(id=name):
                pass
            case ast.Attribute(value=ast.Name(id="self"), attr=method):
                name = f"{around}.{method}"
            case _:
                return
        stated = self.stated.get(name, {})
        by_place = zip(self.parameters.get(name, ()), call.args, strict=False)
        by_name = ((one.arg, one.value) for one in call.keywords if one.arg)
        yield from ((value, stated[one]) for one, value in (*by_place, *by_name) if one in stated)
