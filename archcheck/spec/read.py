"""Small typed readers over the node tree: each returns plain data or raises a `SpecError` with its place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archcheck.spec.arithmetic import BadExpression, Parameter, check, evaluate
from archcheck.spec.layers import Pattern, Value
from archcheck.spec.signatures import closest, module_names
from archcheck.spec.source import Items, Node, Pairs, Place, Scalar
from archcheck.units import Shape

MAX_SIZE = 2**63 - 1
"""The largest number that a tensor's size can be."""

MAX_ELEMENTS = 2**60 - 1
"""At 8 bytes each, for no tensor has 2^63 bytes."""
MAX_AXES = 64
"""PyTorch's limit: "only tensors with up to 64 dims are supported"."""
CHILD_NAME_RULE = "letters, digits, '_' and '-', at most 100, and no '__' in front"

CHILD_NAME = re.compile(r"(?!__)[\w-]{1,100}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
LETTER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the reader is: the path of the layer, and the parameters of the file and of the block around it."""

    path: str = ""
    names: Mapping[str, Parameter] = field(default_factory=dict)

    def error(self, place: Place, message: str) -> Exception:
        """Return the error that says `message` of this layer."""
        return place.error(f"layer {self.path!r}: {message}" if self.path else message)


TOP = Scope()


def shown(node: Node) -> str:
    """Return a node as a message shows it: short, and in YAML's words."""
    if isinstance(node, Scalar):
        words = {None: "null", True: "true", False: "false"}
        text = words[node.value] if node.value is None or isinstance(node.value, bool) else repr(node.value)
        return _short(text)
    return "a list" if isinstance(node, Items) else "a mapping"


def _given(node: Node, value: bool | int | float | str | None) -> str:
    """Return a node as a message shows it, and what it is where `${...}` says so."""
    if isinstance(node, Scalar) and value != node.value:
        return f"{shown(node)}, which is {shown(Scalar(value, node.place))}"
    return shown(node)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(word: str, words: Sequence[str]) -> str:
    """Return `; did you mean 'x'?`, or nothing where no word is near."""
    near = closest(word, words)
    return f"; did you mean {near!r}?" if near else ""


def no_module(kind: str, words: Sequence[str]) -> str:
    """Return what to say of a kind that no spec can use: why not, or which of `words` is near."""
    for pattern, why in _LEFT_OUT.items():
        if re.fullmatch(pattern, kind):
            return f"{kind!r} cannot be used: {why}"
    near = closest(kind, words)
    # A name with all of another in it is another layer, and not a slip of the pen: DeformConv2d is no Conv2d.
    other = near is not None and len(kind) > len(near) + 1 and near.lower() in kind.lower()
    return f"no module {kind!r} in torch.nn{'' if other else did_you_mean(kind, words)}"


_LEFT_OUT = {
    "Sequential|Module(List|Dict)": "a list, or a mapping of names, is a body of layers",
    r"\w*Loss|NLLLoss2d": "a loss is no layer of the network",
    r"Lazy\w+": "write it without 'Lazy' and leave out what its input decides",
    "Transformer(En|De)coder": "it takes a module; write its layer in a block, with 'repeat:'",
    "DataParallel|Module|Container|Parameter(List|Dict)|RNN(Cell)?Base": "it is no layer by itself",
}
"""The modules of `torch.nn` that take other modules, or do nothing by themselves."""


def pairs(node: Node, what: str, scope: Scope = TOP) -> Pairs:
    """Return `node` as a mapping."""
    if not isinstance(node, Pairs):
        raise scope.error(node.place, f"{what} needs a mapping, given {shown(node)}")
    return node


def items(node: Node, what: str, scope: Scope = TOP) -> tuple[Node, ...]:
    """Return `node`'s items."""
    if not isinstance(node, Items):
        raise scope.error(node.place, f"{what} needs a list, given {shown(node)}")
    return node.items


def only_keys(node: Pairs, allowed: Sequence[str], what: str, scope: Scope = TOP) -> None:
    """Refuse keys that are not in `allowed`."""
    for key, _ in node.pairs:
        if key.value not in allowed:
            word = str(key.value)
            hint = did_you_mean(word, allowed) or f"; there are: {', '.join(allowed) or 'none'}"
            raise scope.error(key.place, f"{what}: no key {word!r}{hint}")


def needed(node: Pairs, key: str, what: str, scope: Scope = TOP) -> Node:
    """Return the value of a key that must be there."""
    value = node.get(key)
    if value is None:
        raise scope.error(node.place, f"{what} needs '{key}:'")
    return value


def is_expression(node: Node) -> bool:
    """Return whether a node is text with `${` in it."""
    return isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value


def resolve(node: Scalar, scope: Scope) -> bool | int | float | str | None:
    """Return a scalar's value, `${...}` worked out; a parameter alone may be a word."""
    return _evaluated(_alone(node, scope), node, scope) if is_expression(node) else node.value


def check_expression(node: Scalar, scope: Scope = TOP) -> None:
    """Refuse a `${...}` that is none, whatever the parameters will be."""
    try:
        check(_alone(node, scope))
    except BadExpression as error:
        raise scope.error(node.place, f"{_short(str(node.value))}: {error}") from None


def _alone(node: Scalar, scope: Scope) -> str:
    match = EXPRESSION.fullmatch(str(node.value).strip())
    if match is None:
        raise scope.error(node.place, f"{shown(node)}: write '${{...}}' alone, around all of it")
    return match[1]


def _evaluated(expression: str, node: Scalar, scope: Scope) -> Parameter:
    try:
        return evaluate(expression, scope.names)
    except BadExpression as error:
        raise scope.error(node.place, f"{_short(str(node.value))}: {error}") from None


def worked_out(node: Node, scope: Scope) -> Node:
    """Return what stands in a node's place once `${...}` is worked out: a scalar may be all of it."""
    return Scalar(resolve(node, scope), node.place) if isinstance(node, Scalar) else node


def filled(node: Node, scope: Scope) -> Node:
    """Return a piece of text with every `${...}` in it worked out, as `VGG-${depth}`."""
    if not isinstance(node, Scalar) or not is_expression(node):
        return node
    text = EXPRESSION.sub(lambda one: str(_evaluated(one[1], node, scope)), str(node.value))
    return Scalar(text, node.place)


def text(node: Node, what: str, scope: Scope = TOP) -> str:
    """Return a piece of text as one line: each line end, and each run of blanks, becomes a blank."""
    return " ".join(lines(node, what, scope).split())


def lines(node: Node, what: str, scope: Scope = TOP) -> str:
    """Return a piece of text as it is written, its line ends kept."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
        raise scope.error(node.place, f"{what} needs text, given {shown(node)}")
    control = CONTROL.search(node.value)
    if control is not None:
        raise scope.error(node.place, f"{what} has the control character {control[0]!r}")
    return node.value


def child_name(key: Scalar, name: str, scope: Scope) -> str:
    """Return a name in the key of a child or branch, if `nn.Module.add_module` takes it."""
    if not CHILD_NAME.fullmatch(name):
        raise scope.error(key.place, f"{str(key.value)!r} is no name of a child: {CHILD_NAME_RULE}")
    if name in module_names():
        raise scope.error(
            key.place, f"{name!r} is a name that torch.nn.Module uses itself; call this child something else"
        )
    return name


def whole(node: Node, what: str, scope: Scope = TOP, least: int = 1, most: int = MAX_SIZE) -> int:
    """Return a whole number between `least` and `most`."""
    value = resolve(node, scope) if isinstance(node, Scalar) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise scope.error(node.place, f"{what} needs a whole number, given {_given(node, value)}")
    if not least <= value <= most:
        limit = f"at least {least}" if value < least else f"at most {most}"
        raise scope.error(node.place, f"{what} must be {limit}, given {value}")
    return value


def shape(node: Node, what: str, scope: Scope = TOP) -> Shape:
    """Return a list of sizes."""
    return tuple(whole(item, what, scope) for item in _axes(node, what, scope))


def bounded(shape: Shape, node: Node, what: str) -> Shape:
    """Return the shape of an input, batch axis included, if PyTorch can count its bytes."""
    if math.prod(shape) > MAX_ELEMENTS:
        text = "x".join(map(str, shape))
        raise node.place.error(f"{what} has {text} elements, batch included; a tensor has fewer than 2^60")
    return shape


def pattern(node: Node, what: str, scope: Scope = TOP) -> Pattern:
    """Return a claimed shape: sizes and letters."""
    return tuple(_axis(item, what, scope) for item in _axes(node, what, scope))


def _axes(node: Node, what: str, scope: Scope) -> tuple[Node, ...]:
    if isinstance(node, Scalar) and (numbers := re.findall(r"[0-9]{1,9}", str(node.value))):
        told = f"{what} needs a list of sizes such as [{', '.join(numbers)}], given {shown(node)}"
        raise scope.error(node.place, told)
    axes = items(node, what, scope)
    if len(axes) > MAX_AXES:
        raise scope.error(node.place, f"{what} has {len(axes)} axes; a tensor has at most {MAX_AXES}")
    return axes


def _axis(node: Node, what: str, scope: Scope) -> int | str:
    value = resolve(node, scope) if isinstance(node, Scalar) else None
    if isinstance(value, str) and LETTER.fullmatch(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return whole(node, what, scope)
    raise scope.error(node.place, f"{what} needs sizes or letters, given {_given(node, value)}")


def argument(node: Node, scope: Scope) -> Value:
    """Return an argument's value: a scalar, or a list of scalars."""
    if isinstance(node, Scalar):
        return resolve(node, scope)
    if isinstance(node, Items):
        if len(node.items) > MAX_AXES:
            raise scope.error(
                node.place, f"a list of {len(node.items)} numbers; an argument has at most {MAX_AXES}"
            )
        return tuple(_entry(item, scope) for item in node.items)
    raise scope.error(node.place, "an argument is a number, a word or a list, given a mapping")


def _entry(node: Node, scope: Scope) -> int | float | None:
    value = resolve(node, scope) if isinstance(node, Scalar) else "a list"
    if isinstance(value, str | bool):
        raise scope.error(node.place, f"a list needs numbers, given {_given(node, value)}")
    return value
