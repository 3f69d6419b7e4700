"""A statement and what it stands beside -> the spots that it may be said of."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from archcheck.binding.continuing import made_below, steps
from archcheck.binding.expressions import called_name, constructs, target_name, values_of
from archcheck.binding.heads import headed
from archcheck.binding.returned import given_back, has_element
from archcheck.binding.scopes import Scopes, assigns, forward_of, parameters, received, untensored
from archcheck.binding.signatures import no_parameter, of_signature, returning
from archcheck.binding.spots import Said, Spot, Subject, unsure
from archcheck.binding.subjects import Subjects
from archcheck.binding.tree import Function
from archcheck.dialects.stated import Statement

MOST_NODES = 300
"""Of a statement, that are looked at for a call of a name: there may be as many comments beside it as lines."""
NOTHING = "nothing that has a shape stands here"


class Saying:
    """Finds the spots of statements in one program."""

    def __init__(self, subjects: Subjects, scopes: Scopes) -> None:
        self._subjects, self._scopes = subjects, scopes
        self._tree, self._numbers = subjects.tree, subjects.numbers
        self._given = given_back(subjects.tree)

    def of_comment(self, statements: Sequence[Statement], subject: Subject) -> list[Said]:
        """Return what each statement of one comment is said of; as many as there are targets pair up with them."""
        single = [one for statement in statements for one in _one_name_each(statement)]
        plain = [one for one in single if one.name is None and one.role == "value"]
        pairs: dict[int, Spot] = {}
        if subject.function is not None and subject.beside and not subject.values:
            function = self._function(subject.function)
            names = received(function) if function is not None else []
            spots = [Spot("parameter", self._numbers[id(function)], name=name) for name in names]
            pairs = {id(one): spot for one, spot in zip(plain, spots, strict=False)}
        elif len(plain) > 1 and len(subject.parts) >= len(plain):
            # of `for i, (x, y) in ...` two statements are of the last two
            pairs = {id(one): spot for one, spot in zip(plain, subject.parts[-len(plain) :], strict=True)}
        said = (
            Said(one, (pairs[id(one)],)) if id(one) in pairs else self._one(one, subject) for one in single
        )
        return self._of_tensors(said)

    def of_docstring(self, statements: Sequence[Statement], scope: int) -> list[Said]:
        """Return what each statement of a docstring is said of: a module's of nothing, a class's of its `forward`."""
        found = [one for statement in statements for one in _one_name_each(statement)]
        return self._of_tensors(self._described(one, scope) for one in found)

    def _described(self, statement: Statement, scope: int) -> Said:
        """Return what one statement of a docstring is said of: a part of what is returned, by its name, or all."""
        if statement.role != "output" or statement.name is None:
            return self._of_function(statement, scope, describes=True)
        function = self._function(scope)
        number = None if function is None else self._numbers[id(function)]
        if number is not None and has_element(self._given.get(number, ()), statement.name):
            return Said(statement, (Spot("return", number, name=statement.name),))
        return self._of_function(replace(statement, name=None), scope, describes=True)

    def _of_tensors(self, said: Iterable[Said]) -> list[Said]:
        """Return what is said of more than parameters that have no shape: of those it is their value."""
        return [one for one in said if not one.spots or not all(map(self._is_no_tensor, one.spots))]

    def _is_no_tensor(self, spot: Spot) -> bool:
        """Return whether it is a parameter whose annotation or default is a number, or several."""
        function = self._function(spot.node) if spot.kind == "parameter" else None
        return function is not None and spot.name in untensored(function.args)

    def of_function(self, statement: Statement, function: int, name: str | None) -> Said:
        """Return what an annotation is said of: the parameter `name`, or what the function returns."""
        spot = Spot("return", function) if name is None else Spot("parameter", function, name=name)
        return Said(statement, (spot,))

    def _one(self, statement: Statement, subject: Subject) -> Said:
        if subject.function is not None and not subject.values:
            return self._of_function(statement, subject.function, describes=not subject.beside)
        operation = statement.operation or _called(statement)
        if operation is not None and (
            calls := self._calls(subject, operation) or self._steps(subject, operation)
        ):
            return Said(statement, _in_role(statement, calls))
        if operation is not None and operation.islower() and not self._calls_anything(subject):
            statement = unsure(statement)  # a step of a statement further down
        if (word := self._variable(statement, subject)) is not None:
            statement = replace(statement, name=word, role="value")
        if self._is_in_doubt(statement, subject):
            statement = unsure(statement)
        if statement.name is None and statement.role == "value" and statement.operation is None:
            spots = _meant(statement, subject)
            return _said(statement, (*spots, *self._inside(statement, spots, subject)), NOTHING)
        if statement.name is None or statement.role == "flow":
            spots = _in_role(statement, (*subject.values, *self._called(subject)))
            way = subject.way if statement.role == "flow" else ()
            return _said(statement, (*spots[:1], *way, *spots[1:]), NOTHING)
        if any(self._concerns(spot, statement.name) for spot in subject.values):
            return _said(statement, _in_role(statement, subject.values), NOTHING)
        moments = [*self._moments(statement, statement.name, subject)]
        if moments or (calls := self._calls(subject, statement.name)):
            return Said(statement, tuple(moments) or _in_role(statement, calls))
        return self._guessed(statement, subject)

    def _calls(self, subject: Subject, name: str) -> tuple[Spot, ...]:
        """Return the calls of a name, as of a method in a chain, in the statement that a comment is about."""
        return self._done(self._nodes(subject), name)

    def _done(self, nodes: Iterable[ast.AST], name: str) -> tuple[Spot, ...]:
        found = (
            self._numbers[id(one)] for one in nodes if isinstance(one, ast.expr) and _does(one, name.lower())
        )
        return tuple(Spot("value", number) for number in sorted(found))

    def _calls_anything(self, subject: Subject) -> bool:
        return any(isinstance(one, ast.Call) for one in self._nodes(subject))

    def _nodes(self, subject: Subject) -> Iterator[ast.AST]:
        """Yield the nodes of the simple statement that a comment is about."""
        for number, _ in subject.moments[:1]:
            yield from self._nodes_of(number)

    def _nodes_of(self, number: int) -> Iterator[ast.AST]:
        if isinstance(self._tree.nodes[number], _SIMPLE):
            yield from islice(ast.walk(self._tree.nodes[number]), MOST_NODES)

    def _inside(self, statement: Statement, spots: Sequence[Spot], subject: Subject) -> Iterator[Spot]:
        """Yield the calls in expressions that a sentence above them, with numbers, may tell of one by one."""
        numbers = any(isinstance(size.value, int) for shape in statement.shapes for size in shape.sizes)
        sentence = statement.shapes[0].start > statement.start
        if statement.sure or subject.beside or not (numbers and sentence):
            return
        told = {spot.node for spot in spots}
        for spot in spots:
            inside = islice(ast.walk(self._tree.nodes[spot.node]), MOST_NODES) if spot.when == "here" else ()
            for one in inside:
                number = self._numbers[id(one)] if _is_worked_out(one) else None
                if number is not None and number not in told:
                    told.add(number)
                    yield Spot("value", number)

    def _steps(self, subject: Subject, name: str) -> tuple[Spot, ...]:
        """Return the calls of a name in the first statement that has one of those below the one that comes next."""
        first = subject.moments[0][0] if subject.moments and not subject.beside else None
        if first is None or not isinstance(self._tree.nodes[first], _SIMPLE):
            return ()
        for number in steps(self._tree, self._subjects.layout.following, first):
            if found := self._done(self._nodes_of(number), name):
                return found
        return ()

    def _variable(self, statement: Statement, subject: Subject) -> str | None:
        """Return the variable that a line means whose words are otherwise none: `output: [...]`, `image is [...]`."""
        if statement.name is not None or statement.role == "flow":
            return None
        word, own = headed(statement)
        if subject.beside and not own:
            return word if word in self._set_by(subject) else None
        places = (number for number, _ in subject.moments)
        known = word.isidentifier() and any(self._scopes.knows(self._tree, one, word) for one in places)
        return word if known else None

    def _set_by(self, subject: Subject) -> Iterator[str | None]:
        """Yield the variable that the statement sets that a comment stands behind."""
        yield from (target_name(self._tree.nodes[number]) for number, _ in subject.moments)

    def _is_in_doubt(self, statement: Statement, subject: Subject) -> bool:
        """Return whether a statement may be of something else than what stands there.

        It names nothing above a block, or what may be short for another that is set: `outputs` for `encoder_outputs`.
        The way that is told behind an argument may be that through what is called.
        """
        if statement.role == "flow" and subject.beside and any(map(self._is_argument, subject.values)):
            return True
        if statement.name is None:
            return subject.doubtful
        name = statement.name
        places = (self._tree.nodes[self._tree.statement(spot.node)] for spot in subject.values)
        targets = [one for node in places if isinstance(node, ast.Assign) for one in node.targets]
        found = {one.id for one in self._names_in(targets)}
        return name not in found and any(one.endswith(f"_{name}") for one in found)

    def _called(self, subject: Subject) -> Iterator[Spot]:
        """Yield the calls that take what a comment stands behind as an argument."""
        for spot in filter(self._is_argument, subject.values if subject.beside else ()):
            yield replace(spot, node=self._tree.parents[spot.node])

    def _is_argument(self, spot: Spot) -> bool:
        """Return whether something goes into a function there; into a class layers go, as into `Sequential`."""
        node, parent = self._tree.nodes[spot.node], self._tree.nodes[self._tree.parents[spot.node]]
        whole = values_of(self._tree.nodes[self._tree.statement(spot.node)])
        into = isinstance(parent, ast.Call) and parent.func is not node and not constructs(parent)
        return into and not constructs(node) and not any(node is one for one in whole)

    @staticmethod
    def _names_in(targets: Sequence[ast.expr]) -> Iterator[ast.Name]:
        for target in targets:
            inside = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
            yield from (one for one in inside if isinstance(one, ast.Name))

    def _guessed(self, statement: Statement, subject: Subject) -> Said:
        """Return a statement of a name that the code does not have: it may mean what stands there, but surely not."""
        spots = _in_role(statement, subject.values)
        if any(spot.when == "here" and constructs(self._tree.nodes[spot.node]) for spot in spots):
            return Said(statement, (), f"the code has no '{statement.name}' here")
        return _said(unsure(statement), spots, f"the code has no '{statement.name}' here")

    def _concerns(self, spot: Spot, name: str) -> bool:
        """Return whether a name is that of what a spot calls, or the attribute that it is kept under."""
        if spot.kind == "parameter":
            return spot.name == name
        if spot.when != "here":
            return False
        node = self._tree.nodes[spot.node]
        called = called_name(node)
        if called is not None and called.lower() == name.lower():
            return True
        target = target_name(self._tree.nodes[self._tree.statement(spot.node)])
        return target is not None and "." in target and target.rpartition(".")[2] == name

    def _moments(self, statement: Statement, name: str, subject: Subject) -> Iterator[Spot]:
        if not _is_dotted(name):
            return
        below = [Spot("value", number, "after", name) for number in self._made_below(subject, name)]
        first = subject.moments[0][0] if subject.moments else 0
        fresh = bool(below) and self._scopes.is_made_from(self._tree, first, name)
        if not fresh or assigns(self._tree.nodes[first], name):
            yield from self._there(statement, name, subject)
        yield from below

    def _there(self, statement: Statement, name: str, subject: Subject) -> Iterator[Spot]:
        """Yield a variable where a comment stands, before what comes next and after it."""
        for number, when in subject.moments:
            node = self._tree.nodes[number]
            if not self._scopes.knows(self._tree, number, name):
                continue
            if (
                when == "after"
                and not subject.beside
                and len(subject.moments) > 1
                and not assigns(node, name)
            ):
                continue  # a line above is about what is there, or about what the next statement makes
            if when == "before" and isinstance(node, (ast.Global, ast.Nonlocal)):
                continue
            before = subject.beside and statement.role == "input"
            yield Spot("value", number, "before" if before else when, name)

    def _made_below(self, subject: Subject, name: str) -> Iterator[int]:
        """Yield the statements further down in the lines below a comment that make what it names."""
        if len(subject.moments) > 1 and not subject.beside:
            first = subject.moments[0][0]
            yield from made_below(self._tree, self._subjects.layout.following, first, name)

    def _of_function(self, statement: Statement, scope: int, *, describes: bool) -> Said:
        node, name = self._tree.nodes[scope], statement.name
        function = self._function(scope)
        if function is None:
            return Said(statement, (), "it stands beside no function that could be watched")
        number = self._numbers[id(function)]
        if function.name == "__init__" and describes and name not in parameters(function.args):
            outer = self._tree.nodes[self._tree.owners[number]]
            function = forward_of(outer) if isinstance(outer, ast.ClassDef) else None
            if function is None:
                return Said(statement, (), f"'{getattr(outer, 'name', '')}' has no forward")
            number = self._numbers[id(function)]
        spots = [*of_signature(statement, function, number)]
        if not spots and name is not None:
            gives = (self._numbers[id(one)] for one in returning(function, name))
            spots = [Spot("value", one, "before", name) for one in gives]
            statement = replace(statement, role="value") if spots else statement
        if statement.name is None and statement.role == "value":
            statement = unsure(statement)  # it may be about anything inside
        return _said(statement, tuple(spots), no_parameter(function, name, node))

    def _function(self, scope: int) -> Function | None:
        node = self._tree.nodes[scope]
        if isinstance(node, ast.ClassDef):
            return forward_of(node)
        return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None


def _called(statement: Statement) -> str | None:
    """Return the name of a statement that is written as a call: `conv1(): [N, 6, 28, 28]`."""
    name = statement.name
    return name if name is not None and statement.text.startswith(f"{name}()") else None


def _said(statement: Statement, spots: tuple[Spot, ...], why: str) -> Said:
    return Said(statement, spots, None if spots else why)


def _in_role(statement: Statement, spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    return spots if statement.role == "value" else tuple(spot.of_flow() for spot in spots)


def _meant(statement: Statement, subject: Subject) -> tuple[Spot, ...]:
    """Return what a shape that nothing is said of may be of: of names alone, also what goes in."""
    if subject.above:
        return subject.above
    if subject.each and _COUNTED & {*statement.text.split()}:  # `-> 3 times (B, T)`
        return subject.each
    sizes = [size.value for shape in statement.shapes for size in shape.sizes]
    named = bool(sizes) and all(isinstance(size, str) for size in sizes)
    return tuple(dict.fromkeys((*subject.nearer, *subject.values, *(subject.inputs if named else ()))))


def _is_worked_out(node: ast.AST) -> bool:
    """Return whether it is a call of a function, or a matrix turned round: `x.T`."""
    turned = isinstance(node, ast.Attribute) and node.attr in ("T", "mT")
    return turned or (isinstance(node, ast.Call) and not constructs(node))


_COUNTED = {"times", "each"}
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)
_PRODUCTS = ("matmul", "multiply", "bmm", "mul")


def _does(node: ast.expr, name: str) -> bool:
    """Return whether an expression does what a name says: a call of it, or for products an operator."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Mult)):
        return name in _PRODUCTS
    return (called_name(node) or "").lower() == name


def _one_name_each(statement: Statement) -> list[Statement]:
    """Return a statement of several names (`q, k, v: [N, T, D]`) as one of each: all of them must hold."""
    names = [name.strip() for name in (statement.name or "").split(",") if name.strip()]
    return [replace(statement, name=name) for name in names] or [statement]


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
