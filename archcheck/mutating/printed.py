"""What the printed form of a network shows, without printing it: its modules in order, with the arguments they tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archcheck.leaf import complete
from archcheck.spec.layers import Layer, Spec, Value

_POOLING = dict.fromkeys(("AvgPool1d", "AvgPool2d", "AvgPool3d"), ("ceil_mode", "count_include_pad"))
_FRACTIONAL = dict.fromkeys(
    ("FractionalMaxPool2d", "FractionalMaxPool3d"), ("kernel_size", "output_size", "output_ratio")
)
_INSTANCE = dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"), ("bias",))
_TRANSFORMERS = dict.fromkeys(
    ("Transformer", "TransformerEncoderLayer", "TransformerDecoderLayer"),
    ("nhead", "activation", "batch_first", "norm_first"),
)

UNTOLD: Mapping[str, tuple[str, ...]] = {
    **_POOLING,
    **_FRACTIONAL,
    **_INSTANCE,
    **_TRANSFORMERS,
    "CosineSimilarity": ("dim", "eps"),
    "EmbeddingBag": ("include_last_offset",),
    "MultiheadAttention": ("num_heads", "dropout", "add_bias_kv", "add_zero_attn", "batch_first"),
    "PReLU": ("init",),
    "PairwiseDistance": ("p", "eps", "keepdim"),
    "RNN": ("nonlinearity",),
}
"""By kind: the arguments that `repr()` leaves out, so that a change of them cannot be read there."""

Shown = tuple[str, tuple[tuple[str, Value], ...]]


Tree = dict[str, "Tree | Shown"]
"""Modules in modules, each in the order in which the first of it runs."""


def printed(spec: Spec) -> tuple[Shown, ...]:
    """Return every module that `repr()` shows, in order, with the arguments that it tells; functions leave no trace.

    Lists whose layers take turns (`convs.0`, `norms.0`, `convs.1`) are shown one after the other.
    """
    tree: Tree = {}
    for path, node in spec.walk():
        if isinstance(node, Layer) and node.kind[0].isupper():
            _put(tree, path.split("."), _shown(node))
    return tuple(_in_order(tree))


def _put(tree: Tree, words: Sequence[str], shown: Shown) -> None:
    for word in words[:-1]:
        inner = tree.setdefault(word, {})
        assert isinstance(inner, dict), "a layer has no children"
        tree = inner
    tree[words[-1]] = shown


def _in_order(tree: Tree) -> Iterator[Shown]:
    for one in tree.values():
        if isinstance(one, dict):
            yield from _in_order(one)
        else:
            yield one


def _shown(layer: Layer) -> Shown:
    untold = UNTOLD.get(layer.kind, ())
    told = {name: value for name, value in complete(layer.kind, layer.args).items() if name not in untold}
    return layer.kind, tuple(told.items())
