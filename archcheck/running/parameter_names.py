"""What a parameter may be by its name, where nothing else says it."""

from __future__ import annotations

from dataclasses import dataclass

_WORDS: tuple[tuple[tuple[str, ...], int | float | bool], ...] = (
    (("vocab", "vocabulary", "embeddings", "ntoken", "ntokens"), 101),
    (("dropout", "drop", "rate", "prob", "probability", "p", "eps", "epsilon", "slope", "momentum"), 0.1),
    (("bias", "use", "is", "with", "has", "return", "causal", "pretrained", "bidirectional"), False),
    (("layers", "depth", "blocks", "stages", "stacks", "n", "repeat", "repeats"), 2),
    (("len", "length", "seq", "context", "positions", "maxlen", "steps", "tokens", "period"), 64),
    (("classes", "class", "labels", "outputs", "targets", "nclass"), 10),
    (("kernel", "kernels", "ksize"), 3),
    (("stride", "dilation", "padding"), 1),
    (("patch", "window", "patches"), 4),
    (("img", "image", "resolution"), 64),
    (("ratio", "expansion", "factor", "mult", "multiplier", "scale", "reduction", "expand"), 2),
    (("thresh", "threshold", "temperature", "temp", "margin", "fraction"), 0.5),
    (("alpha", "beta", "gamma", "tau", "sigma"), 0.5),
)
"""What a parameter may be if its name has one of these words, the first row that fits; of what is no width."""
_HEADS = ("heads", "head", "nhead", "groups", "h")
_WIDTHS = frozenset(
    (
        *("dim", "dims", "size", "channels", "channel", "features", "feature", "hidden", "hiddens"),
        *("width", "units", "embed", "embedding", "emb", "embd", "hid", "rnn", "model"),
        *("d", "k", "q", "v", "c", "f", "ch", "chans", "inputs"),
        *("planes", "filters", "in", "out", "input", "output", "latent", "caps", "query"),
        *("key", "value", "cond", "ff", "z", "inp", "oup"),
    )
)
_COUNTS = ("n", "num", "number")
_PLACES = ("idx", "index", "id")
"""What a name ends with that is the place of one of several: of a layer, of a token in a vocabulary."""
_THINGS = (
    *("layer", "fn", "func", "function", "module", "net"),
    *("optimizer", "loss", "act", "activation", "norm", "loader"),
)
"""What a name ends with that is of no number, whatever stands before it."""
_KEEPING = ("norm", "act", "drop", "nonlin", "relu", "softmax")
"""How words begin for what changes no shape."""


@dataclass(frozen=True, slots=True)
class Widths:
    """What widths are given: `into`, `out_of`, any other, and a head's; `heads`: how many of those.

    `written`: whether what the code has under a name goes before them.
    """

    into: int
    out_of: int
    other: int
    head: int
    heads: int
    written: bool = True


WAYS = (Widths(16, 24, 32, 8, 4), Widths(64, 64, 64, 16, 4), Widths(64, 64, 64, 16, 4, written=False))
"""Widths that seldom are each other's, then those that are alike, since some layers take no others."""


def by_words(name: str, widths: Widths) -> int | float | bool | None:
    """Return what a parameter may be by the words of its name, or None.

    >>> by_words("num_heads", WAYS[0]), by_words("head_dim", WAYS[0]), by_words("in_channels", WAYS[0])
    (4, 8, 16)
    >>> by_words("n_layer", WAYS[0]), by_words("attn_pdrop", WAYS[0]), by_words("norm_layer", WAYS[0])
    (2, 0.1, None)
    >>> by_words("n_embd", WAYS[0]), by_words("head_dropout", WAYS[0]), by_words("pad_idx", WAYS[0])
    (32, 0.1, 0)
    """
    words = name.lower().split("_")
    counts = len(words) > 1 and words[0] in _COUNTS
    if words[-1] in _THINGS and not counts:
        return None
    if words[-1].endswith(("drop", "dropout")):  # `attn_pdrop`, `head_dropout`
        return 0.1
    if words[-1] in _PLACES and len(words) > 1:
        return 0
    width = any(word in _WIDTHS for word in words)
    if any(word in _HEADS for word in words):
        return widths.head if width else widths.heads
    told = words[1:] if counts and width else words  # `n_embd` is no number of things
    for known, value in _WORDS:
        if any(word in known for word in told):
            return value
    if not width:
        return 3 if counts else None
    into = words[0] in ("in", "inp", "input") or name.lower() in ("inplanes", "c_in", "d_in", "dim_in")
    out_of = words[0] in ("out", "oup", "output") or name.lower() in ("planes", "c_out", "d_out", "dim_out")
    return widths.into if into else widths.out_of if out_of else widths.other


def keeps_shapes(name: str) -> bool:
    """Return whether a parameter's name says that what it makes changes no shape: `norm_layer`, `act`."""
    return any(word.startswith(_KEEPING) for word in name.lower().split("_"))
