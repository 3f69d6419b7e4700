"""The calls to try on a model, the likeliest first: what somebody says, then what its first layer takes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from torch import nn

from archcheck.arguments import Argument
from archcheck.running.beside import LEFT_TO_ITSELF, beside, typed, with_labels
from archcheck.running.entering import entered, entering_calls
from archcheck.running.first_layer import BATCH, First, Likely, Ours, first_layers
from archcheck.running.letters import EVEN, HEIGHTS, PRIMES, Letters
from archcheck.running.observed import Origin
from archcheck.running.plan import Given
from archcheck.running.stated_inputs import OF_AXES, Said, Sizes
from archcheck.units import Shape

_AXES = (3, 4, 2, 1)
"""How many axes are tried where nothing is known of them."""
_IMAGES = tuple((BATCH, Ours(3), Ours(side), Ours(side)) for side in (224, 64, 32))
"""Tried for what is said to be an image, of sizes that nothing tells."""


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
    if len(needed) > 1 or said.apart:
        yield from of_layers(model, model.forward, said, names)
        yield from of_code(model.forward, said, layers, names)
    for sizes in (*said.inputs, *_of_first(needed, said)):
        shapes = (*whole(sizes, layers[0], names), *(_IMAGES if _is_image(sizes) else ()))
        yield tuple(Candidate(_every(needed, layers[0].argument(shape), named), "claim") for shape in shapes)
    for layer in layers:
        for shape in map(partial(_chosen, layer), _of_as_many_axes(layer, needed, said)):
            likely = dict.fromkeys((_as_claims_begin(shape, layer, said), shape))
            yield tuple(
                Candidate(_every(needed, layer.argument(one), named), "first layer") for one in likely
            )


def _is_image(sizes: Sizes) -> bool:
    """Return whether a shape is stated as that of any image: `(B, C, H, W)`."""
    return len(sizes) == 4 and all(isinstance(one, str) and one.lower() in HEIGHTS for one in sizes[2:])


def of_axes(function: Any, said: Said, layers: Sequence[First], names: Mapping[str, int]) -> Iterator[Group]:
    """Yield the calls of a function of whose parameters nothing is known, by how many axes its claims have."""
    needed = _taken_apart(function, said)
    if not needed or any(name in said.parameters for name in needed):
        return
    for axes in dict.fromkeys((*said.axes, *_AXES)):
        for layer in layers or (_NO_LAYER,):
            calls = _alike(needed, axes, layer, names)
            yield tuple(Candidate(((), _together(call, said)), "made up") for call in calls)


def _alike(
    needed: Sequence[str], axes: int, layer: First, names: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """Yield calls with tensors of one shape, of letters and of even sizes, with as many channels as a layer takes."""
    for free in (PRIMES, EVEN):
        letters = Letters(names, layer, free)
        first = letters.shape(OF_AXES[axes])
        wide = first if layer.channels is None else (*first[:-1], Likely(layer.channels))
        for shape in dict.fromkeys((wide, first)):
            given = {name: beside(name, {needed[0]: shape}, letters) for name in needed}
            yield from typed({**given, needed[0]: shape}, layer)


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


def of_layers(model: nn.Module, function: Any, said: Said, names: Mapping[str, int]) -> Iterator[Group]:
    """Yield the calls of a function with parameters that go straight into layers of a model: what these take."""
    needed = _taken_apart(function, said)
    layers = entered(model, needed, said)
    for call in entering_calls(layers, needed, said, names) if layers else ():
        yield (Candidate(((), _together(call, said)), "made up"),)


def _taken_apart(function: Any, said: Said) -> list[str]:
    """Return the parameters that a function needs, with what is in them for those that it takes apart."""
    return [name for one in parameters_of(function) for name in said.apart.get(one, (one,))]


def _together(call: Mapping[str, Any], said: Said) -> dict[str, Any]:
    """Return a call with what is in a parameter as that parameter."""
    whole = {
        name: tuple(call[one] for one in inner) for name, inner in said.apart.items() if inner[0] in call
    }
    inside = {one for name in whole for one in said.apart[name]}
    return {**{name: one for name, one in call.items() if name not in inside}, **whole}


def of_code(function: Any, said: Said, layers: Sequence[First], names: Mapping[str, int]) -> Iterator[Group]:
    """Yield the calls of a function of some of whose parameters the code says how many axes they have."""
    needed, known = _taken_apart(function, said), said.known
    if not any(name in known for name in needed):
        return
    ways = [
        *((known, layer, free) for layer, free in product(layers or (_NO_LAYER,), (PRIMES, EVEN))),
        *((more, next(iter(layers), _NO_LAYER), PRIMES) for more in _of_more_axes(needed, said)),
    ]
    for shapes, layer, free in ways:
        calls = _of_shapes(needed, shapes, layer, Letters(names, layer, free))
        yield tuple(Candidate(((), _together(call, said)), "made up") for call in calls)


def _of_shapes(
    needed: Sequence[str], known: Mapping[str, Sizes], layer: First, letters: Letters
) -> Iterator[dict[str, Any]]:
    """Yield the calls of parameters of which some have a shape, and the others what the first of these has."""
    shapes = {name: letters.shape(known[name]) for name in needed if name in known}
    given = {name: shapes.get(name) or beside(name, shapes, letters) for name in needed}
    wide = {
        name: (*one[:-1], Likely(layer.channels))
        if layer.channels
        and layer.axis == -1
        and isinstance(one, tuple)
        and _ends_in_a_letter(known.get(name, OF_AXES[2]))
        else one
        for name, one in given.items()
    }
    ways = [given, *([wide] if wide != given else [])]
    ways += [one for way in ways if (one := with_labels(way)) != way]
    for way in ways:
        yield from typed(way, layer)


def _of_more_axes(needed: Sequence[str], said: Said) -> Iterator[Mapping[str, Sizes]]:
    """Yield the shapes of parameters where those of which only so much is known have as many axes as claims have."""
    counted = {name: said.least[name] for name in needed if name in said.least}
    for axes in dict.fromkeys((*said.axes, *_AXES)):
        more = {name: OF_AXES[axes] for name, least in counted.items() if least <= axes}
        if more and any(len(said.known.get(name, ())) != axes for name in more):
            yield {**said.known, **more}


def _ends_in_a_letter(sizes: Sizes) -> bool:
    return len(sizes) != 1 and isinstance(sizes[-1], str) and sizes[-1].isidentifier()


def _by_name(
    needed: Sequence[str], said: Said, layer: First, names: Mapping[str, int]
) -> Iterator[Candidate]:
    """Yield a call of parameters that all have a shape: as they are said, then with a batch axis before each."""
    for free in (PRIMES, EVEN):
        letters = Letters(names, layer, free)
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
    letters = Letters(names, layer)
    shapes = [letters.shape(one) for one in given.shapes]
    dtypes = given.dtypes or (layer.dtype,) * len(shapes)
    high = {layer.dtype: layer.high}
    tensors = [Argument(*pair, high.get(pair[1])) for pair in zip(shapes, dtypes, strict=True)]
    by_place = len(tensors) - len(given.names)
    if given.origin in ("option", "comment") or len(tensors) > 1 or given.names:
        named_ones = dict(zip(given.names, tensors[by_place:], strict=True))
        yield Candidate((tuple(tensors[:by_place]), named_ones), given.origin)
    else:  # said in passing, perhaps without its batch axis
        for shape in whole(given.shapes[0], layer, names):
            argument = Argument(shape, tensors[0].dtype, tensors[0].high)
            yield Candidate(_every(needed, argument, named), given.origin)


def _every(
    needed: Sequence[str], argument: Argument, named: frozenset[str]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a call with the same tensor for every parameter that needs one; masks and states are None."""
    given = {
        name: None if any(word in name.lower() for word in LEFT_TO_ITSELF) else argument for name in needed
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
    shape = Letters(names, layer).shape(sizes)
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
