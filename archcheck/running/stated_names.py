"""What a document states of the shapes of variables: beside the statement that sets one, below it, or as printed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from archcheck.binding.expressions import inputs_of, is_shape, target_name
from archcheck.binding.program import Claim, Program, Site
from archcheck.binding.rewrite import peeks
from archcheck.binding.tree import Tree
from archcheck.dialects.stated import StatedShape
from archcheck.running.stated_inputs import Sizes, opened, sizes_of

Variable = tuple[str, str]
"""The qualified name of the function that a variable is of, empty at the top, and its own."""
_WHOLE = ("size", "shape", "letters", "volume")
"""Layouts that say how many axes there are, and in which order."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is stated of a variable; `line`: of the program, where it has that shape; `before`: as the line begins."""

    line: int
    sizes: Sizes
    before: bool = False


class StatedNames:
    """The shapes that a program's claims state of its variables."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._tree = Tree.of(program.source)
        self._sites = {site.number: site for site in program.sites}

    def of(self, function: str, name: str, first: int, last: int) -> Sizes | None:
        """Return what is stated of a variable that a statement on these lines sets, beside it or until another does."""
        moments = self._moments.get((function, name), ())
        beside = (one for one in moments if first <= one.line <= last and not one.before)
        until = next((line for line in self._set.get((function, name), ()) if line > last), None)
        later = (one for one in moments if one.line > last and _is_until(one, until))
        found = next(beside, None) or next(later, None)
        return None if found is None else found.sizes

    def head(self, function: str) -> tuple[int, int]:
        """Return the line that a function begins on, twice: where its parameters are set."""
        return (self._heads.get(function, 0),) * 2

    @cached_property
    def _heads(self) -> Mapping[str, int]:
        functions = (
            (n, node) for n, node in enumerate(self._tree.nodes) if isinstance(node, ast.FunctionDef)
        )
        named = ((f"{self._tree.qualified(n)}.{node.name}".lstrip("."), node.lineno) for n, node in functions)
        return dict(named)

    def functions(self) -> frozenset[str]:
        """Return the functions of which anything is claimed, but those that would see a variable of ours."""
        claimed = {site for claim in self._program.claims for site in claim.sites}
        peeking = {self._tree.qualified(n) for n, node in enumerate(self._tree.nodes) if peeks(node)}
        return frozenset(site.function for site in self._program.sites if site.number in claimed) - peeking

    def latest(self, function: str, name: str, line: int) -> Sizes | None:
        """Return what was stated last of a variable, up to a line."""
        before = [one for one in self._moments.get((function, name), ()) if one.line <= line]
        return before[-1].sizes if before else None

    def path_to(self, site: int) -> Mapping[tuple[int, int], bool]:
        """Return which branches lead to a site, by the lines and columns of their `if`s."""
        found: dict[tuple[int, int], bool] = {}
        below = self._tree.statement(self._sites[site].node)
        for above in self._tree.above(below):
            node, child = self._tree.nodes[above], self._tree.nodes[below]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                found.update(_passing(node.body if not isinstance(node, ast.Lambda) else [], child))
                break
            for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
                if isinstance(block, list) and any(one is child for one in block):
                    found.update(_passing(block, child))
            if isinstance(node, ast.If):
                found[node.lineno, node.col_offset] = any(one is child for one in node.body)
            below = above
        return found

    @cached_property
    def _moments(self) -> Mapping[Variable, Sequence[Moment]]:
        found: dict[Variable, list[Moment]] = {}
        for variable, moment in (*self._told_beside(), *self._told_as_printed()):
            found.setdefault(variable, []).append(moment)
        return {variable: sorted(own, key=lambda one: one.line) for variable, own in found.items()}

    @cached_property
    def _set(self) -> Mapping[Variable, Sequence[int]]:
        """The lines on which statements begin that set a variable."""
        found: dict[Variable, set[int]] = {}
        for number, node in enumerate(self._tree.nodes):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                at = self._tree.nodes[self._tree.statement(number)]
                variable = self._tree.qualified(number), node.id
                found.setdefault(variable, set()).add(getattr(at, "lineno", 0))
        return {variable: sorted(lines) for variable, lines in found.items()}

    def _told_beside(self) -> Iterator[tuple[Variable, Moment]]:
        for claim in self._program.claims:
            statement = claim.statement
            if not claim.sites or claim.told == "output" or not (statement.sure or statement.name):
                continue
            site = self._sites[claim.sites[0]]
            if statement.role != "input" and (sizes := _whole(statement.shapes[-1])) is not None:
                yield from self._given(site, sizes)
            if statement.role in ("input", "flow") and (sizes := _whole(statement.shapes[0])) is not None:
                yield from self._taken(site, sizes)

    def _given(self, site: Site, sizes: Sizes) -> Iterator[tuple[Variable, Moment]]:
        """Yield the variable that a site is of, or whose value it is."""
        node = self._tree.nodes[site.node]
        if site.kind in ("parameter", "return", "printed", "shown"):
            return
        if site.when != "here":
            if site.name is not None:
                yield (site.function, site.name), Moment(site.line, sizes, site.when == "before")
        elif isinstance(node, ast.Name):
            yield (site.function, node.id), Moment(site.line, sizes, before=True)
        else:
            at = self._tree.parents[site.node]
            name = target_name(_first_alone(self._tree.nodes[at]))
            if name is not None and "." not in name:
                yield (site.function, name), Moment(site.line, sizes)

    def _taken(self, site: Site, sizes: Sizes) -> Iterator[tuple[Variable, Moment]]:
        """Yield the variable that goes into what a site is, where it is one alone."""
        node = self._tree.nodes[site.node]
        given = [*inputs_of(node)] if isinstance(node, ast.expr) and site.when == "here" else []
        names = {one.id for one in given if isinstance(one, ast.Name)} - {"self"}
        if len(names) == 1:
            yield (site.function, names.pop()), Moment(site.line, sizes, before=True)

    def _told_as_printed(self) -> Iterator[tuple[Variable, Moment]]:
        """Yield variables whose shapes a passage prints, where its output shows as many shapes as that."""
        by_output: dict[tuple[int, ...], list[Claim]] = {}
        for claim in self._program.claims:
            if claim.told == "output" and claim.sites:
                by_output.setdefault(claim.sites, []).append(claim)
        for sites, claims in by_output.items():
            printed = [*self._printed(sites)]
            shown = [*_shown(claims)]
            for node, sizes in zip(printed, shown, strict=True) if len(printed) == len(shown) else ():
                if isinstance(node, ast.Name):
                    yield ("", node.id), Moment(node.lineno, sizes, before=True)

    def _printed(self, sites: Iterable[int]) -> Iterator[ast.expr]:
        """Yield the expressions whose shapes statements print or show, as they stand."""
        for site in sites:
            for node in _in_order(self._tree.nodes[self._sites[site].node]):
                if isinstance(node, ast.Attribute) and is_shape(node):
                    yield node.value
                elif isinstance(node, ast.Call) and is_shape(node) and isinstance(node.func, ast.Attribute):
                    yield node.func.value


def _first_alone(node: ast.AST) -> ast.AST:
    """Return an assignment to several variables as one to the first: `out, _ = f(x)`."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=[first, *_])]):
            return ast.copy_location(ast.Assign([first], node.value), node)
    return node


def _in_order(node: ast.AST) -> list[ast.expr]:
    """Return the expressions in a statement in the order in which they stand."""
    placed = [one for one in ast.walk(node) if isinstance(one, ast.expr)]
    return sorted(placed, key=lambda one: (one.lineno, one.col_offset, -(one.end_col_offset or 0)))


def _shown(claims: Sequence[Claim]) -> Iterator[Sizes]:
    """Yield the shapes of an output that are as PyTorch prints them."""
    placed = [(claim.line.number, claim.column, claim) for claim in claims]
    for _, _, claim in sorted(placed, key=lambda one: one[:2]):
        for shape in claim.statement.shapes:
            if shape.layout == "size" and (sizes := sizes_of(shape)) is not None:
                yield sizes


def _whole(shape: StatedShape) -> Sizes | None:
    return opened(shape) if shape.layout in _WHOLE else None


def _is_until(moment: Moment, until: int | None) -> bool:
    return until is None or moment.line < until or (moment.line == until and moment.before)


def _passing(block: Sequence[ast.stmt], child: ast.AST) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield how the `if`s before a statement go where it is come to: not into what ends the block."""
    for one in block:
        if one is child:
            return
        if isinstance(one, ast.If) and _ends(one.body) != _ends(one.orelse):
            yield (one.lineno, one.col_offset), not _ends(one.body)


def _ends(block: Sequence[ast.stmt]) -> bool:
    return bool(block) and isinstance(block[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))
