"""Which expressions of a statement a comment beside it is about."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcheck.binding.tree import dotted
from archcheck.documents.code import CONVENTIONAL

_KEEPING = frozenset(
    {"add", "add_module", "append", "appendleft", "extend", "insert", "register_buffer", "register_module"}
    | {"register_parameter", "setattr"}
)
"""Methods that keep their last argument and return nothing: a comment beside is about that."""
_MODULES = CONVENTIONAL | {"self", "math", "einops"}
"""What stands before the names of functions that are of no tensor."""


def values_of(statement: ast.AST) -> list[ast.expr]:
    """Return the expressions that a comment beside a simple statement is about, the likeliest first."""
    match statement:
        case (
            ast.Assign(value=value)
            | ast.AnnAssign(value=ast.expr() as value)
            | ast.Return(value=ast.expr() as value)
        ):
            return meant([value])
        case ast.AugAssign(value=ast.List(elts=[*_, last])):
            return meant([last])
        case ast.Assert(test=ast.Compare(left=left)):
            return meant([left])
        case ast.Expr(value=ast.Call() as call):
            return meant(_of_call(call))
        case ast.Expr(value=value):
            return meant([value])
        case _:
            return []


def parts_of(statement: ast.AST) -> list[ast.expr]:
    """Return what several claims in one comment pair up with: targets, or the elements of what is returned."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=elements) | ast.List(elts=elements)]):
            return [element for element in elements if dotted(element)] if _all_named(elements) else []
        case (
            ast.Return(value=ast.Tuple(elts=elements))
            | ast.Expr(value=ast.Tuple(elts=elements))
            | ast.Assign(value=ast.Tuple(elts=elements))
        ):
            return elements
        case ast.Expr(value=ast.Call() as call) if prints(call):
            return meant(_printed(call))
        case _:
            return []


def prints(call: ast.AST) -> bool:
    """Return whether a node is a call of `print`."""
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"


def shows(statement: ast.AST) -> bool:
    """Return whether a statement shows a value: it prints, or is an expression that a notebook shows."""
    if not isinstance(statement, ast.Expr):
        return False
    return prints(statement.value) or not isinstance(statement.value, (ast.Call, ast.Constant))


def is_shape(node: ast.AST) -> bool:
    """Return whether an expression is a shape, `x.shape` or `x.size()`."""
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return called_name(node) == "size" and isinstance(node, ast.Call) and not (node.args or node.keywords)


def meant(found: list[ast.expr]) -> list[ast.expr]:
    """Return expressions without what only wraps them, and without those that can be no tensor and no module."""
    return [one for one in (_unwrapped(node) for node in found) if not _is_constant(one)]


def constructs(node: ast.AST) -> bool:
    """Return whether an expression is a call of a class, by its name; `self.Conv(x)` is one of an object's layer."""
    name = called_name(node)
    own = isinstance(node, ast.Call) and (dotted(node.func) or "").partition(".")[0] == "self"
    return name is not None and name[:1].isupper() and not own


def called_name(node: ast.AST) -> str | None:
    """Return the last name of what a call calls: `nn.Conv2d(3, 6, 5)` -> `Conv2d`."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def taken_by(call: ast.Call) -> list[ast.expr]:
    """Return the tensors that may go into a call: `x` of `x.view(b, -1)`, the arguments of `self.f(x)`, `F.pad(x)`."""
    func = call.func
    name = dotted(func.value) if isinstance(func, ast.Attribute) else None
    if isinstance(func, ast.Attribute) and (name is None or name.partition(".")[0] not in _MODULES):
        return [func.value]
    return [one for one in call.args if not isinstance(one, ast.Starred)]


def inputs_of(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what goes into an expression: the variables it is made of, and the arguments of its calls of calls."""
    outermost = node
    while isinstance(outermost, ast.Await):
        outermost = outermost.value
    seen: set[int] = set()
    calls = [outermost] if isinstance(outermost, ast.Call) else []
    for call in calls:
        for one in _given(call):
            if not _is_constant(one):
                seen.add(id(one))
                yield one
                calls += [one] if isinstance(one, ast.Call) else []
    for one in _variables(node):
        if id(one) not in seen:
            yield one


def target_name(statement: ast.AST) -> str | None:
    """Return the one name that a statement gives a value."""
    match statement:
        case ast.Assign(targets=[target]) | ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return dotted(target)
        case _:
            return None


def filled(statement: ast.AST) -> str | None:
    """Return the variable that a statement gives a part of what stands elsewhere: `size[0] = batch`."""
    match statement:
        case ast.Assign(
            targets=[ast.Subscript(value=whole)], value=ast.Name() | ast.Attribute() | ast.Constant()
        ):
            return dotted(whole)
        case _:
            return None


def _of_call(call: ast.Call) -> list[ast.expr]:
    if prints(call):
        return sorted(_printed(call), key=lambda one: not _is_shape(one))
    keeps = called_name(call) in _KEEPING and call.args
    return [call.args[-1]] if keeps else [call]


def _printed(call: ast.Call) -> list[ast.expr]:
    """Return what a call of `print` shows, also through an f-string, `.format` or `%`."""
    found: list[ast.expr] = []
    for one in call.args:
        match one:
            case ast.JoinedStr(values=values):
                found += (part.value for part in values if isinstance(part, ast.FormattedValue))
            case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="format"), args=args):
                found += args
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=ast.Tuple(elts=elements)):
                found += elements
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=right):
                found.append(right)
            case _:
                found.append(one)
    return found


def _is_shape(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "shape") or called_name(node) == "size"


def _unwrapped(node: ast.expr) -> ast.expr:
    while True:
        match node:
            case ast.Starred(value=value) | ast.Yield(value=ast.expr() as value) | ast.Lambda(body=value):
                node = value
            case ast.Tuple(
                elts=[ast.Constant(value=str()), value]
            ):  # a named layer: ("conv1", nn.Conv2d(3, 6, 5))
                node = value
            case ast.Call(func=ast.Name(id="tuple" | "list"), args=[value], keywords=[]) if is_shape(value):
                node = value
            case _:
                return node


def _is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Slice() | ast.Starred():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return all(_is_constant(element) for element in elements)
        case _:
            return False


def _all_named(elements: list[ast.expr]) -> bool:
    return all(dotted(element) for element in elements)


def _given(call: ast.Call) -> Iterator[ast.expr]:
    if isinstance(call.func, ast.Attribute):
        yield call.func.value
    for one in (*call.args, *(keyword.value for keyword in call.keywords)):
        yield one.value if isinstance(one, ast.Starred) else one


def _variables(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the names and dotted names that an expression reads, but for those of the functions that it calls."""
    todo: list[ast.AST] = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, ast.expr) and dotted(one):
            if isinstance(getattr(one, "ctx", None), ast.Load):
                yield one
        elif isinstance(one, ast.Call):
            receiver = [one.func.value] if isinstance(one.func, ast.Attribute) else []
            plain = [] if isinstance(one.func, (ast.Name, ast.Attribute)) else [one.func]
            todo += reversed([*receiver, *plain, *one.args, *one.keywords])
        elif not isinstance(one, (ast.Lambda, ast.JoinedStr)):
            todo += reversed([*ast.iter_child_nodes(one)])
