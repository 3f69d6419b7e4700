"""What a model may be called with, worked back from the first of its layers that has sizes of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from archcheck.arguments import Argument
from archcheck.units import Shape


class Ours(int):
    """A size that we chose, since nothing says it."""


class Likely(int):
    """A size that a layer says, which may be another's that has it."""


BATCH, TOKENS = Ours(2), Ours(7)
"""Sizes of what is free; another run gives them other primes."""
SIDES: Mapping[int, tuple[Shape, ...]] = {
    1: ((128,), (64,), (100,), (256,), (1000,), (16000,)),
    2: tuple((side, side) for side in (224, 32, 28, 64, 256, 299, 227, 96, 128, 572)),
    3: ((16, 112, 112), (16, 32, 32), (32, 32, 32), (64, 64, 64)),
}
"""Sides of images that networks are made for, by how many there are: the best known first."""
SMALL: Mapping[int, tuple[Shape, ...]] = {1: ((16,),), 2: ((1, 1), (4, 4), (7, 7), (16, 16)), 3: ((4, 4, 4),)}
"""Sides that a network begins with which makes images larger."""
COLOURS, FEATURES = (1, 3), 20
"""What is tried where a layer finds its channels or features out when it first runs."""
IMAGES = {784: (1, 28, 28), 1024: (1, 32, 32), 3072: (3, 32, 32), 12288: (3, 64, 64), 150528: (3, 224, 224)}
"""Pictures that are so many numbers when they are flat."""


@dataclass(frozen=True, slots=True)
class First:
    """What the first layer takes: how many axes, how many channels and on which axis; `shapes` to try in order.

    `dtype`, `high`: of whole numbers, where it takes those.
    """

    kind: str
    rank: int
    channels: int | None
    axis: int
    shapes: tuple[Shape, ...]
    dtype: str = "float32"
    high: int | None = None

    def argument(self, shape: Shape) -> Argument:
        """Return a shape as an argument of the type that the layer takes."""
        return Argument(shape, self.dtype, self.high)


def first_layers(model: nn.Module, stated: tuple[int, ...] = ()) -> tuple[First, ...]:
    """Return what the first layers of a model take, one a kind, in order; `stated`: sides to try before others."""
    found: dict[str, First] = {}
    for module in _leaves(model):
        first = _first(module, stated)
        if first is not None:
            found.setdefault(first.kind, first)
    return tuple(found.values())[:3] or (*_of_tensors(model), _IMAGE)


def first_of(model: nn.Module) -> First | None:
    """Return what the first layer takes that has sizes of its own; None where none has any."""
    return next((first for one in _leaves(model) if (first := _first(one, ())) is not None), None)


_IMAGE = First("image", 4, None, 1, tuple((BATCH, 3, *sides) for sides in SIDES[2][:3]))
"""Where nothing says anything."""


def _of_tensors(model: nn.Module) -> Iterator[First]:
    """Yield what a model without layers may take, by the last axis of the tensors that it holds itself."""
    held = [*model.parameters(recurse=False), *model.buffers(recurse=False)]
    for features in dict.fromkeys(one.shape[-1] for one in held if one.dim() > 0):
        shapes = ((BATCH, TOKENS, features), (TOKENS, BATCH, features), (BATCH, features))
        yield First("tensor", 3, features, -1, shapes)


_WHOLE = (
    nn.RNNBase,
    nn.MultiheadAttention,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
    nn.Transformer,
)


def _leaves(model: nn.Module) -> Iterator[nn.Module]:
    if isinstance(model, _WHOLE) or not any(model.children()):
        yield model
        return
    for child in model.children():
        yield from _leaves(child)


def _first(module: Any, stated: tuple[int, ...]) -> First | None:
    for kind, read in _KINDS:
        if isinstance(module, kind):
            return read(module, stated)
    return None


def _convolution(module: Any, stated: tuple[int, ...]) -> First:
    count = len(module.kernel_size)
    known = SMALL[count] if isinstance(module, _ConvTransposeNd) else SIDES[count]
    own = tuple((side,) * count for side in stated)
    return _with_sides("convolution", module.in_channels, count, (*own, *known))


def _with_sides(kind: str, channels: int, count: int, sides: tuple[Shape, ...]) -> First:
    known = (channels,) if channels else COLOURS  # of a lazy layer nothing is known yet
    shapes = tuple((BATCH, depth, *one) for one in dict.fromkeys(sides) for depth in known)
    return First(kind, count + 2, channels or None, 1, shapes)


def _linear(module: Any, _: tuple[int, ...]) -> First:
    features = module.in_features
    images = tuple((BATCH, *image) for size, image in IMAGES.items() if features in (size, 0))
    flat = features or FEATURES
    return First("linear", 2, features or None, -1, (*images, (BATCH, flat), (BATCH, TOKENS, flat)))


def _embedding(module: Any, _: tuple[int, ...]) -> First:
    return First("embedding", 2, None, -1, ((BATCH, TOKENS), (BATCH,)), "int64", module.num_embeddings)


def _recurrent(module: Any, _: tuple[int, ...]) -> First:
    order = (BATCH, TOKENS) if module.batch_first else (TOKENS, BATCH)
    return First("recurrent", 3, module.input_size, -1, ((*order, module.input_size),))


def _cell(module: Any, _: tuple[int, ...]) -> First:
    return First("cell", 2, module.input_size, -1, ((BATCH, module.input_size),))


def _attention(module: Any, _: tuple[int, ...]) -> First:
    attention = getattr(module, "self_attn", module)
    order = (BATCH, TOKENS) if attention.batch_first else (TOKENS, BATCH)
    return First("attention", 3, attention.embed_dim, -1, ((*order, attention.embed_dim),))


def _transformer(module: Any, _: tuple[int, ...]) -> First:
    order = (BATCH, TOKENS) if module.batch_first else (TOKENS, BATCH)
    return First("attention", 3, module.d_model, -1, ((*order, module.d_model),))


def _batch_norm(module: Any, stated: tuple[int, ...]) -> First:
    features, count = module.num_features, {"BatchNorm2d": 2, "BatchNorm3d": 3}.get(type(module).__name__, 0)
    if count:
        return _with_sides("norm", features, count, (*((side,) * count for side in stated), *SIDES[count]))
    flat = features or FEATURES
    return First("norm", 2, features or None, 1, ((BATCH, flat), (BATCH, flat, 16)))


def _layer_norm(module: Any, _: tuple[int, ...]) -> First:
    shape = tuple(module.normalized_shape)
    return First("norm", len(shape) + 2, shape[-1], -1, ((BATCH, TOKENS, *shape), (BATCH, *shape)))


_KINDS: tuple[tuple[Any, Callable[[Any, tuple[int, ...]], First]], ...] = (
    (_ConvNd, _convolution),
    (nn.Linear, _linear),
    (nn.Embedding, _embedding),
    (nn.RNNBase, _recurrent),
    (nn.RNNCellBase, _cell),
    (nn.Transformer, _transformer),
    ((nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerDecoderLayer), _attention),
    (_BatchNorm, _batch_norm),
    (nn.LayerNorm, _layer_norm),
)
