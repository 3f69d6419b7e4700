"""What a comment stands beside: an expression, the variables of a statement, a function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from archcheck.binding.comments import Comment
from archcheck.binding.continuing import continued, end_of_way
from archcheck.binding.expressions import (
    constructs,
    filled,
    is_shape,
    meant,
    parts_of,
    shows,
    taken_by,
    target_name,
    values_of,
)
from archcheck.binding.layers import building, layers_in, values_in, ways
from archcheck.binding.layout import Layout, is_compound
from archcheck.binding.program import When
from archcheck.binding.spots import Spot, Subject
from archcheck.binding.standing import Telling, lines_behind
from archcheck.binding.tree import Place, Tree, dotted, is_function, start

MOST_NODES = 300
"""Of a statement, that are looked at for a variable."""
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_LOOPS = (ast.For, ast.AsyncFor)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WITHS = (ast.With, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class Subjects:
    """A tree and how it is laid out; `numbers`: by its identity, the number of each node.

    `above`: the lines of the comments that are about what stands above them; `ways`: as `layers.ways` has them.
    """

    tree: Tree
    layout: Layout
    numbers: dict[int, int]
    above: frozenset[int]
    ways: Mapping[int, tuple[int, int]]

    @staticmethod
    def of(tree: Tree, telling: Sequence[Telling]) -> Subjects:
        """Lay out what is beside comments."""
        comments = [comment for comment, _ in telling]
        lines = {comment.at for comment in comments if comment.at}
        lines |= {comment.last[0] for comment in comments} | {one.next[0] for one in comments if one.next}
        layout, numbers = Layout.of(tree, lines), {id(node): at for at, node in enumerate(tree.nodes)}
        return Subjects(tree, layout, numbers, lines_behind(telling, layout, tree), ways(telling))

    def of_comment(self, comment: Comment) -> Subject:
        """Return what a comment stands beside."""
        if comment.at is not None:
            subject = self._behind(comment, comment.at)
            return replace(subject, shapes=self._one_shape(subject.values))
        subject = self._on_line(comment)
        shown = subject.values[:1] if comment.last[0] == comment.top - 1 else ()
        beside = self.tree.statement(shown[0].node) if shown else 0
        return replace(subject, shapes=self._one_shape(shown)) if shows(self.tree.nodes[beside]) else subject

    def _one_shape(self, spots: Sequence[Spot]) -> tuple[Spot, ...]:
        """Return the one expression that is a shape among what a comment is about; none of several."""
        found = tuple(one for one in spots if one.when == "here" and is_shape(self.tree.nodes[one.node]))
        return found if len(found) == 1 else ()

    def _behind(self, comment: Comment, line: int) -> Subject:
        statement = self.layout.around(self.tree, self._before(comment.last))
        if statement is None:
            return Subject()
        node = self.tree.nodes[statement]
        if is_compound(node):
            in_header = comment.last <= _body(node)
            return (
                self._header(statement, comment) if in_header else self._between(comment, None, comment.next)
            )
        moments: tuple[tuple[int, When], ...] = ((statement, _after(node)),)
        if node.lineno == node.end_lineno:  # type: ignore[attr-defined]
            name = filled(node)
            whole = (Spot("value", statement, "after", name),) if name else ()
            values = (*self._values(statement), *whole)
            return Subject(values, self._parts(statement), moments, beside=True)
        found = self._on_one_line(comment, line, statement)
        several = line == node.end_lineno and not self._is_element(line, comment)  # type: ignore[attr-defined]
        return Subject(found, self._parts(statement) if several else (), moments, beside=True)

    def _before(self, place: Place) -> Place:
        """Return the place of the last character before a place."""
        return place[0], max(0, place[1] - 1)

    def _on_one_line(self, comment: Comment, line: int, statement: int) -> tuple[Spot, ...]:
        """Return what is meant behind a line of a statement of several: an element, or all that ends there."""
        node = self.tree.nodes[statement]
        whole = self.layout.whole.get(line, ())
        ended = self.layout.ending.get(comment.last)
        found: list[ast.AST] = []
        if whole and (self._is_element(line, comment) or ended in (None, whole[-1])):
            found.append(self.tree.nodes[whole[-1]])
        if ended is not None:
            found.append(self.tree.nodes[ended])
        spots = self._spots(found)
        ends, begins = line == node.end_lineno, line == node.lineno  # type: ignore[attr-defined]
        # behind the line that opens a module, what goes into it may be meant
        opens = begins and not any(constructs(value) for value in values_of(node))
        if opens or (ends and ended is None):
            spots += self._values(statement)
        return tuple(dict.fromkeys(spots))

    def _is_element(self, line: int, comment: Comment) -> bool:
        """Return whether a line begins with an expression that lies wholly on it, as the elements of a list do."""
        whole = self.layout.whole.get(line)
        if not whole:
            return False
        node = self.tree.nodes[whole[0]]
        parent = self.tree.nodes[self.tree.parents[whole[0]]]
        named = isinstance(parent, ast.keyword) and start(parent) == comment.first
        return named or start(node) == comment.first  # type: ignore[arg-type]

    def _header(self, statement: int, comment: Comment) -> Subject:
        node = self.tree.nodes[statement]
        if is_function(node) or isinstance(node, ast.ClassDef):
            return self._signature(statement, comment)
        first = self._first(node)
        if first is None:
            return Subject()
        moments: tuple[tuple[int, When], ...] = ((first, "before"),)
        parts = tuple(Spot("value", first, "before", name) for name in _named_in_header(node))
        return Subject(parts, parts, moments, beside=True)

    def _signature(self, statement: int, comment: Comment) -> Subject:
        """Return what stands behind a line of a signature: the parameter on it, or the function."""
        for number in (
            self.layout.ending.get(comment.last),
            *reversed(self.layout.whole.get(comment.line, ())),
        ):
            for one in () if number is None else (number, *self.tree.above(number)):
                node = self.tree.nodes[one]
                if one == statement:
                    break
                if isinstance(node, ast.arg):
                    return Subject(
                        (Spot("parameter", statement, name=node.arg),), function=statement, beside=True
                    )
        node = self.tree.nodes[statement]
        name = _last_on(node.args, comment.line) if isinstance(node, _FUNCTIONS) else None
        if name is not None:
            return Subject((Spot("parameter", statement, name=name),), function=statement, beside=True)
        # behind the line that closes a signature of several lines, the whole function is meant
        return Subject(function=statement, beside=comment.at == self._line(statement))

    def _on_line(self, comment: Comment) -> Subject:
        """Return what a comment on a line of its own is about: what comes next, then what was before."""
        around = self.layout.around(self.tree, (comment.line, comment.margin))
        if around is not None and not is_compound(node := self.tree.nodes[around]):
            return self._between_elements(comment, around, node)
        if around is not None and comment.last <= _body(self.tree.nodes[around]) and comment.next is not None:
            number = self.layout.starting.get(comment.next)
            parameter = None if number is None else self.tree.nodes[number]
            if isinstance(parameter, ast.arg):
                return Subject((Spot("parameter", around, name=parameter.arg),), function=around)
        subject = self._between(comment, comment.margin, comment.next)
        if comment.line in self.ways and comment.next is not None:
            layer = self._layer(comment.next, *self.ways[comment.line])
            subject = replace(subject, values=tuple(dict.fromkeys((*layer, *subject.values))))
        if comment.line not in self.above:
            return subject
        before = self.layout.ended(self.tree, (comment.line, comment.margin), comment.margin)
        return replace(subject, above=() if before is None else self._values(before), inputs=())

    def _layer(self, place: Place, number: int, count: int) -> tuple[Spot, ...]:
        """Return one of the layers of the container that is made at a place, if it has so many."""
        statement = self.layout.beginning(place)
        layers = [] if statement is None else layers_in(self.tree.nodes[statement])
        return self._spots(layers[number : number + 1]) if len(layers) == count else ()

    def _between_elements(self, comment: Comment, around: int, node: ast.AST) -> Subject:
        following = self.layout.starting.get(comment.next) if comment.next else None
        before = self.layout.ending.get(comment.last)
        found = [self.tree.nodes[number] for number in (following, before) if number is not None]
        last = () if before is None else self._spots([self.tree.nodes[before]])
        above = last if comment.line in self.above else ()
        nearer = last if comment.last[0] == comment.top - 1 else ()
        return Subject(self._spots(found), moments=((around, _after(node)),), above=above, nearer=nearer)

    def _between(self, comment: Comment, margin: int | None, place: Place | None) -> Subject:
        following = None if place is None else self.layout.beginning(place)
        if following is not None and margin is not None and place is not None and place[1] != margin:
            following = None
        before = None
        if following is not None and margin is not None:
            before = self.layout.before.get(following)
        elif margin is not None:
            before = self.layout.ended(self.tree, (comment.line, comment.margin), comment.margin)
        return self._neighbours(following, before)

    def _neighbours(self, following: int | None, before: int | None) -> Subject:
        node = None if following is None else self.tree.nodes[following]
        function = (
            following if node is not None and (is_function(node) or isinstance(node, ast.ClassDef)) else None
        )
        moments: list[tuple[int, When]] = []
        if following is not None:
            moments = [(following, "before"), (following, "after")]
        elif before is not None:
            moments = [(before, _after(self.tree.nodes[before]))]
        last = self._values(before) if before is not None else ()
        if before is not None and shows(self.tree.nodes[before]):
            return Subject(
                last + (self._values(following) if following is not None else ()), (), tuple(moments)
            )
        if following is not None:
            following = building(self.tree, self.layout.following, following)
        values = (self._values(following) if following is not None else ()) + last
        if following is not None and before is None:
            values += self._changed(following)
        further = continued(self.tree, self.layout.following, following) if following is not None else ()
        values += tuple(spot for number in further for spot in self._values(number))
        doubtful = node is not None and function is None and is_compound(node)
        given = () if following is None else self._inputs(following)
        each = () if following is None else self._parts(following)
        return Subject(
            tuple(dict.fromkeys(values)),
            (),
            tuple(moments),
            function,
            doubtful=doubtful,
            inputs=given,
            each=each,
            way=() if following is None else self._way(following),
        )

    def _way(self, statement: int) -> tuple[Spot, ...]:
        """Return the way through a statement and those right below it that pass on what it made."""
        last = end_of_way(self.tree, self.layout.following, statement)
        first, end = self._values(statement), () if last is None else self._values(last)
        return (replace(end[0], kind="flow", since=first[0].node),) if first and end else ()

    def _inputs(self, statement: int) -> tuple[Spot, ...]:
        """Return what goes into the call of a statement: what its method is of, or its arguments."""
        calls = [one for one in values_of(self.tree.nodes[statement]) if isinstance(one, ast.Call)]
        return self._spots(one for call in calls for one in taken_by(call))

    def _values(self, statement: int) -> tuple[Spot, ...]:
        node = self.tree.nodes[statement]
        if isinstance(node, ast.AugAssign) and not values_of(node):
            name = dotted(node.target)
            return (Spot("value", statement, "after", name),) if name else ()
        return self._spots(values_in(self.tree, statement))

    def _changed(self, statement: int) -> tuple[Spot, ...]:
        """Return the variable that the first statement of a block changes, as it was before: `x = f(x)`."""
        node = self.tree.nodes[statement]
        name = target_name(node) if isinstance(node, ast.Assign) else None
        if name is None or not isinstance(node, ast.Assign):
            return ()
        reads = (
            isinstance(one, ast.Name) and one.id == name for one in islice(ast.walk(node.value), MOST_NODES)
        )
        return (Spot("value", statement, "before", name),) if any(reads) else ()

    def _parts(self, statement: int) -> tuple[Spot, ...]:
        parts = parts_of(self.tree.nodes[statement])
        if any(isinstance(getattr(part, "ctx", None), ast.Store) for part in parts):
            return tuple(Spot("value", statement, "after", dotted(part)) for part in parts)
        return self._spots(parts)

    def _spots(self, nodes: Iterable[ast.AST]) -> tuple[Spot, ...]:
        plain = [node.value if isinstance(node, ast.keyword) else node for node in nodes]
        found = meant([node for node in plain if isinstance(node, ast.expr)])
        numbers = [self.numbers[id(node)] for node in found]
        return tuple(dict.fromkeys(Spot("value", number) for number in numbers if self._tells(number)))

    def _tells(self, number: int) -> bool:
        """Return whether an expression can be told of: it is worked out there, and called by nothing at once."""
        node, parent = self.tree.nodes[number], self.tree.nodes[self.tree.parents[number]]
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return False
        if isinstance(parent, ast.Call) and parent.func is node:
            return False
        notes = (getattr(parent, "annotation", None), getattr(parent, "returns", None))
        return not any(note is node for note in notes)

    def _line(self, statement: int) -> int:
        return int(getattr(self.tree.nodes[statement], "lineno", 0))

    def _first(self, node: ast.AST) -> int | None:
        body = getattr(node, "body", None) or [
            one for case in getattr(node, "cases", ()) for one in case.body
        ]
        return self.numbers[id(body[0])] if body else None


def _body(node: ast.AST) -> Place:
    """Return where the body of a compound statement begins."""
    if isinstance(node, ast.Match):
        return node.cases[0].pattern.lineno, node.cases[0].pattern.col_offset
    return start(node.body[0])  # type: ignore[attr-defined]


def _last_on(args: ast.arguments, line: int) -> str | None:
    """Return the last parameter on a line of a signature that has others on lines of their own."""
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    here = [one.arg for one in found if one.lineno == line]
    return here[-1] if here and len({one.lineno for one in found}) > 1 else None


def _after(node: ast.AST) -> When:
    return "before" if isinstance(node, _JUMPS) else "after"


def _named_in_header(node: ast.AST) -> list[str]:
    """Return the variables that a header sets or asks about, as they are written."""
    where: list[ast.AST] = []
    if isinstance(node, _LOOPS):
        where = [node.target]
    elif isinstance(node, _WITHS):
        where = [item.optional_vars for item in node.items if item.optional_vars is not None]
    elif isinstance(node, (ast.If, ast.While)):
        where = [node.test]
    names = (one.id for top in where for one in _in_order(top) if isinstance(one, ast.Name))
    return list(dict.fromkeys(names))


def _in_order(node: ast.AST) -> Iterable[ast.AST]:
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            todo += reversed([*one.args, *one.keywords])
        else:
            todo += reversed([*ast.iter_child_nodes(one)])
