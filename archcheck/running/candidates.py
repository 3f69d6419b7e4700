"""The calls to try on a model, the likeliest first: what somebody says, then what its first layer takes."""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import nn

from archcheck.arguments import Argument
from archcheck.running.first_layer import BATCH, TOKENS, First, Ours, first_layers
from archcheck.running.observed import Origin
from archcheck.running.plan import Given
from archcheck.running.stated_inputs import Said, Sizes
from archcheck.units import Shape

PRIMES = (5, 11, 13, 17, 19, 23, 29, 31)
"""Sizes of letters of which nothing is known."""
BATCHES = ("n", "b", "bs", "batch", "batch_size", "bsz", "batchsize")
LENGTHS = ("t", "l", "s", "seq", "seq_len", "length", "len", "time", "tokens", "n_tokens", "num_steps")
_HEIGHTS = ("h", "w", "height", "width", "h_in", "w_in", "img_size", "image_size", "side")
_CHANNELS = ("c", "c_in", "in_channels", "channels", "ch", "d", "dim", "d_model", "f", "features", "e")
_LEFT_TO_ITSELF = ("mask", "hidden", "state", "h0", "c0", "cache", "weights", "return", "target", "label")
"""In the names of parameters that a first call does without."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One call to try; `call`: arguments by place and by name, with an `Argument` for a tensor.

    Sizes in it that we chose are `Ours`.
    """

    call: tuple[tuple[Any, ...], dict[str, Any]]
    origin: Origin


Group = tuple[Candidate, ...]
"""Ways to take one thing that was said; the first that goes through is meant."""


def candidates(
    model: nn.Module, said: Said, given: Sequence[Given], names: Mapping[str, int]
) -> Iterator[Group]:
    """Yield the calls to try; `names`: the sizes that names have in the code."""
    layers = first_layers(model, said.sides[:1] + tuple(2 * one for one in said.sides[:1]))
    needed, named = parameters_of(model.forward), _by_name_alone(model.forward)
    for one in given:
        yield tuple(_as_given(one, needed, named, layers[0], names))
    if needed and all(name in said.parameters for name in needed):
        yield tuple(_by_name(needed, said, layers[0], names))
    for sizes in (*said.inputs, *_of_first(needed, said)):
        shapes = whole(sizes, layers[0], names)
        yield tuple(Candidate(_every(needed, layers[0].argument(shape), named), "claim") for shape in shapes)
    if len(needed) > 1:
        yield from of_code(model.forward, said, layers, names)
    for layer in layers:
        for shape in map(partial(_chosen, layer), _of_as_many_axes(layer, needed, said)):
            likely = dict.fromkeys((_as_claims_begin(shape, layer, said), shape))
            yield tuple(
                Candidate(_every(needed, layer.argument(one), named), "first layer") for one in likely
            )


def _of_as_many_axes(layer: First, needed: Sequence[str], said: Said) -> Sequence[Shape]:
    """Return the shapes that a layer takes, first those of as many axes as the code says."""
    axes = len(said.known.get(needed[0], ())) if needed else 0
    return sorted(layer.shapes, key=lambda shape: len(shape) != axes) if axes else layer.shapes


def _chosen(layer: First, shape: Shape) -> Shape:
    """Return a shape of which all is our choice but what the layer itself says."""
    own = layer.axis % len(shape) if layer.channels is not None else None
    return tuple(size if axis == own else Ours(size) for axis, size in enumerate(shape))


def of_function(function: Any, said: Said, names: Mapping[str, int]) -> Group:
    """Return the calls of a function whose parameters all have a shape, none of others."""
    if not all(name in said.parameters for name in parameters_of(function)):
        return ()
    return tuple(_by_name(parameters_of(function), said, _NO_LAYER, names))


_NO_LAYER = First("function", 0, None, -1, ())


def of_code(function: Any, said: Said, layers: Sequence[First], names: Mapping[str, int]) -> Iterator[Group]:
    """Yield the calls of a function of some of whose parameters the code says how many axes they have."""
    needed, known = parameters_of(function), said.known
    if not any(name in known for name in needed):
        return
    for layer in layers or (_NO_LAYER,):
        letters = _Letters(names, layer)
        shapes = {name: letters.shape(known[name]) for name in needed if name in known}
        given = {name: shapes.get(name) or _beside(name, shapes, letters) for name in needed}
        wide = {
            name: (*one[:-1], layer.channels)
            if layer.channels and isinstance(one, tuple) and len(one) > 1
            else one
            for name, one in given.items()
        }
        ways = [given, *([wide] if wide != given else [])]
        yield tuple(Candidate(((), call), "made up") for way in ways for call in _typed(way, layer))


def _beside(name: str, shapes: Mapping[str, Shape], letters: _Letters) -> Shape | float | None:
    """Return what a parameter is given of which nothing is known: a number by its name, or what the first one has."""
    if name in letters.found:
        return letters.found[name]
    if not _FRACTIONS.isdisjoint(name.lower().split("_")):
        return 0.5
    for alike in (BATCHES, LENGTHS):
        if name.lower() in alike:
            return next((size for one, size in letters.found.items() if one.lower() in alike), BATCH)
    if any(word in name.lower() for word in _LEFT_TO_ITSELF):
        return None
    return next(iter(shapes.values()))


_FRACTIONS = frozenset(
    ("ratio", "rate", "prob", "probability", "temperature", "scale", "eps", "alpha", "beta")
)
"""Words in the names of what is no tensor."""


def _typed(given: Mapping[str, Shape | float | None], layer: First) -> Iterator[dict[str, Any]]:
    """Yield arguments with tensors of whole numbers where the first layer takes these, then by their names alone."""
    for by_layer in (True, False) if layer.dtype != "float32" else (False,):
        call: dict[str, Any] = {}
        for name, one in given.items():
            is_whole = by_layer or not _WHOLE.isdisjoint(name.lower().split("_"))
            if not isinstance(one, tuple):
                call[name] = one
            elif is_whole and len(one) < 3:
                call[name] = Argument(one, "int64", layer.high)
            else:
                call[name] = Argument(one)
        yield call


_WHOLE = frozenset(
    ("ids", "id", "idx", "tokens", "token", "index", "indices", "labels", "positions", "lens", "src", "trg")
)
"""Words in the names of tensors of whole numbers."""


def _by_name(
    needed: Sequence[str], said: Said, layer: First, names: Mapping[str, int]
) -> Iterator[Candidate]:
    """Yield a call of parameters that all have a shape: as they are said, then with a batch axis before each."""
    letters = _Letters(names, layer)
    shapes = {name: letters.shape(said.parameters[name]) for name in needed}
    for batch in ((), (BATCH,)):
        tensors = {name: layer.argument((*batch, *shape)) for name, shape in shapes.items()}
        yield Candidate(((), tensors), "claim")


def _of_first(needed: Sequence[str], said: Said) -> Iterator[Sizes]:
    """Yield what is said of the first parameter, where others have no shape of their own."""
    if len(needed) > 1 and needed[0] in said.parameters:
        yield said.parameters[needed[0]]


def _as_claims_begin(shape: Shape, layer: First, said: Said) -> Shape:
    """Return a shape with the batch, and the length of a sequence, that the claims of as many axes begin with."""
    is_text = layer.kind == "embedding"
    begins = said.begins.get(len(shape) + is_text, (None, None))
    free = 2 if is_text or (len(shape) == 3 and layer.axis == -1) else 1
    own = tuple(begins[at] or size for at, size in enumerate(shape[:free]))
    return (*own, *shape[free:])


def _as_given(
    given: Given, needed: Sequence[str], named: frozenset[str], layer: First, names: Mapping[str, int]
) -> Iterator[Candidate]:
    letters = _Letters(names, layer)
    shapes = [letters.shape(one) for one in given.shapes]
    dtypes = given.dtypes or (layer.dtype,) * len(shapes)
    high = {layer.dtype: layer.high}
    tensors = [Argument(*pair, high.get(pair[1])) for pair in zip(shapes, dtypes, strict=True)]
    if given.names:
        yield Candidate(((), dict(zip(given.names, tensors, strict=True))), given.origin)
    elif given.origin == "option" or len(tensors) > 1:
        yield Candidate((tuple(tensors), {}), given.origin)
    else:  # said in passing, perhaps without its batch axis
        for shape in whole(given.shapes[0], layer, names):
            argument = Argument(shape, tensors[0].dtype, tensors[0].high)
            yield Candidate(_every(needed, argument, named), given.origin)


def _every(
    needed: Sequence[str], argument: Argument, named: frozenset[str]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a call with the same tensor for every parameter that needs one; masks and states are None."""
    given = {
        name: None if any(word in name.lower() for word in _LEFT_TO_ITSELF) else argument for name in needed
    }
    by_place = tuple(value for name, value in given.items() if name not in named)
    by_name = {name: value for name, value in given.items() if name in named}
    return by_place if given else (argument,), by_name


def parameters_of(function: Any) -> list[str]:
    """Return the names of the parameters that a function cannot do without; of `*args` the one name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ["input"]
    needed = [one.name for one in parameters if one.default is one.empty and one.kind in REQUIRED]
    return needed or (["input"] if any(one.kind is one.VAR_POSITIONAL for one in parameters) else [])


REQUIRED = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)
"""Kinds of parameters that need an argument where they have no default."""


def _by_name_alone(function: Any) -> frozenset[str]:
    """Return the parameters that take no argument by its place."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return frozenset()
    return frozenset(one.name for one in parameters if one.kind is one.KEYWORD_ONLY)


def whole(sizes: Sizes, layer: First, names: Mapping[str, int]) -> Iterator[Shape]:
    """Yield the shapes that a first layer may be meant to get: with the batch axis, channels where it has them."""
    shape = _Letters(names, layer).shape(sizes)
    count, channels = len(shape), layer.channels
    if count == layer.rank - 2 and channels is not None and layer.axis == 1:
        yield (BATCH, channels, *shape)
        return
    own = (BATCH, *shape) if count == layer.rank - 1 else shape
    last = layer.axis == 1 and len(own) == layer.rank and own[-1] == channels and own[1] != channels
    if last:
        yield (own[0], own[-1], *own[1:-1])
    yield own
    if count == layer.rank and own is shape:
        return
    yield shape if own is not shape else (BATCH, *shape)


_WORKED: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda one, other: one // max(1, other),
    ast.FloorDiv: lambda one, other: one // max(1, other),
}


@dataclass(slots=True)
class _Letters:
    """The size that each letter gets, the same wherever it stands; those that the code knows have the code's."""

    names: Mapping[str, int]
    layer: First
    found: dict[str, int] = field(default_factory=dict)

    def shape(self, sizes: Sizes) -> Shape:
        return tuple(size if isinstance(size, int) else self._size(size) for size in sizes)

    def _size(self, name: str) -> int:
        if name in self.names:
            return max(1, self.names[name])
        if name not in self.found and (size := self._worked_out(name)) is not None:
            return size
        if name not in self.found:  # what is no arithmetic is taken for a letter: a call that fails says so
            found = self._new(name.lower())
            self.found[name] = found if found == self.layer.channels else Ours(found)
        return self.found[name]

    def _worked_out(self, written: str) -> int | None:
        """Return what arithmetic of letters comes to; None of a letter, and of what is none."""
        try:
            node = ast.parse(written, mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            return None
        return self._value(node) if isinstance(node, ast.BinOp) else None

    def _value(self, node: ast.expr) -> int | None:
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.Name() | ast.Attribute():
                return self._size(ast.unparse(node))
            case ast.BinOp(left=left, op=sign, right=right):
                one, other = self._value(left), self._value(right)
                work = _WORKED.get(type(sign))
                if one is not None and other is not None and work is not None:
                    return max(1, work(one, other))
        return None

    def _new(self, name: str) -> int:
        taken = self.found.values()
        if name in BATCHES and BATCH not in taken:
            return BATCH
        if name in _CHANNELS and self.layer.channels is not None:
            return self.layer.channels
        if name in _HEIGHTS and self.layer.rank >= 3 and self.layer.axis == 1 and self.layer.shapes:
            return self.layer.shapes[0][-1]
        if name in LENGTHS and TOKENS not in taken:
            return TOKENS
        return next((one for one in PRIMES if one not in taken), PRIMES[-1])
