"""What each argument means: of the layers and functions, of the initialisers and of the optimisers, in a line each.

A name mostly means the same wherever it stands; where it does not, the kind has a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.spec.signatures import Argument

SHARED: Mapping[str, str] = {
    "activation": "What stands between the two linear layers of each feed-forward part.",
    "add_bias_kv": "Whether a learned place is added to the keys and one to the values.",
    "add_zero_attn": "Whether a place of noughts is added to keys and values.",
    "affine": "Whether each channel has a learned weight and bias.",
    "align_corners": "Whether the corners of what comes in and of what goes out lie on each other.",
    "alpha": "How far below nought the curve goes: its limit is -alpha.",
    "approximate": "Which formula: the exact one, or its approximation with tanh.",
    "base": "What the angles' frequencies are powers of.",
    "batch_first": "Whether the batch is axis 0, (N, T, F), in place of axis 1, (T, N, F).",
    "beta": "The exponent of the sum that each element is divided by.",
    "bias": "Whether a learned bias is added.",
    "bidirectional": "Whether a second set of layers reads from the end; the width that goes out doubles.",
    "by": "What each element is multiplied by.",
    "ceil_mode": "Whether a window that is only partly there counts: sizes are rounded up, not down.",
    "count_include_pad": "Whether padding counts in the average.",
    "d_model": "The features of each token.",
    "dilation": "The distance between the elements that a window reads; 1: side by side.",
    "dim": "The axis that it works along, the batch axis being 0.",
    "dim0": "One of the two axes that change places, the batch axis being 0.",
    "dim1": "The other axis.",
    "dim_feedforward": "The features between the two linear layers of each feed-forward part.",
    "dims": "Axes, the batch axis being 0.",
    "divisor_override": "What the sum of a window is divided by; null: the number of its elements.",
    "downscale_factor": "How many times smaller each side becomes.",
    "dropout": "The chance that an element is set to nought in training, 0 to 1.",
    "elementwise_affine": "Whether each element has a learned weight (and bias).",
    "embed_dim": "The features of each query, and of what goes out.",
    "embedding_dim": "The features of each entry.",
    "end_dim": "The last axis that is flattened, the batch axis being 0.",
    "eps": "A small number that keeps a division from being one by nought.",
    "expand": "Whether its axis of 1 in front becomes as long as the batch.",
    "groups": "Into how many parts the channels are split, each of which is worked on alone.",
    "hidden_size": "The features of the hidden state.",
    "in1_features": "The features of the first input.",
    "in2_features": "The features of the second input.",
    "in_channels": "The channels that come in.",
    "in_features": "The features that come in: the size of the last axis.",
    "include_last_offset": "Whether the list of offsets ends with one for the end.",
    "index": "Which place of the axis is kept.",
    "init": "What the learned slopes begin with.",
    "inplace": "Whether the result is written over what came in; shapes and costs are the same.",
    "input_size": "The features that come in at each step.",
    "k": "What is added to the sum that each element is divided by.",
    "kdim": "The features of the keys; null: those of the queries.",
    "keepdim": "Whether an axis that is worked away stays, with size 1.",
    "kernel_size": "The sides of the window, in elements: one number for all, or one a side.",
    "lambd": "Values nearer to nought than this become nought.",
    "layer_norm_eps": "A small number that keeps the norms from dividing by nought.",
    "length": "How many places of the axis are kept.",
    "lower": "The least slope below nought.",
    "max_norm": "The largest norm that an entry may have; null: any.",
    "max_val": "The largest value that goes out.",
    "max_value": "An older name of `max_val`.",
    "min_val": "The smallest value that goes out.",
    "min_value": "An older name of `min_val`.",
    "mode": "How values between the given ones are found.",
    "momentum": "The share of each batch in the running statistics; null: the average of all batches.",
    "negative_slope": "The slope below nought.",
    "nhead": "The heads of each attention; they divide `d_model`.",
    "nonlinearity": "What the sum goes through at each step.",
    "norm_first": "Whether each part normalises what it receives, in place of what it gives.",
    "norm_type": "The exponent of the norm: 2 is the Euclidean one.",
    "normalized_shape": "The sizes of the last axes, over which it normalises.",
    "num_channels": "The channels that come in.",
    "num_decoder_layers": "The layers of the decoder.",
    "num_embeddings": "The entries of the table: whole numbers from 0 to one less may come in.",
    "num_encoder_layers": "The layers of the encoder.",
    "num_features": "The channels (or features) that come in.",
    "num_groups": "Into how many groups of channels it normalises; they divide `num_channels`.",
    "num_heads": "The heads of the attention; they divide `embed_dim`.",
    "num_layers": "How many layers stand one on the other.",
    "num_parameters": "The learned slopes: one for all, or one a channel.",
    "out_channels": "The channels that go out: the number of filters.",
    "out_features": "The features that go out.",
    "output_padding": "Elements that are added at one end of each side of what goes out.",
    "output_ratio": "Each side that goes out, as a share of the one that comes in, 0 to 1.",
    "output_size": "The sides that go out, whatever comes in: one number for all, or one a side.",
    "p": "The chance that an element (or a channel) is set to nought in training, 0 to 1.",
    "padding": "Elements that are added at both ends of each side: one number for all, or one a side.",
    "padding_idx": "The entry that is not trained; null: none.",
    "padding_mode": "What the padding is made of: noughts, or what stands at the edge.",
    "proj_size": "The features that the hidden state is projected to; 0: it is not.",
    "recompute_scale_factor": "Whether the factor is worked out anew from the rounded sizes.",
    "return_indices": "Whether the places of the maxima are given as well.",
    "scale_factor": "How many times larger each side becomes.",
    "scale_grad_by_freq": "Whether gradients are divided by how often an entry came in the batch.",
    "shape": "The new sizes, batch axis included; one of them may be -1, which is worked out.",
    "shift": "How many places the windows were shifted by.",
    "shifts": "How many places each of `dims` is rolled by.",
    "size": "The sides that go out: one number for all, or one a side.",
    "sizes": "What the axis is split into; one of them may be -1, which is worked out.",
    "sparse": "Whether gradients are sparse tensors.",
    "start": "The first place of the axis that is kept.",
    "start_dim": "The first axis that is flattened, the batch axis being 0.",
    "stride": "How far the window moves, in elements: one number for all, or one a side.",
    "threshold": "Above this the value is handed on as it is.",
    "track_running_stats": "Whether statistics are kept in training, and used in evaluation.",
    "unflattened_size": "What the axis is split into.",
    "upper": "The largest slope below nought.",
    "upscale_factor": "How many times larger each side becomes.",
    "value": "What the padding is made of.",
    "vdim": "The features of the values; null: those of the queries.",
    "window": "The sides of a window, in places.",
}
"""By the argument's name."""

_RESPONSE: Mapping[str, str] = {
    "alpha": "What the sum of squares is multiplied by.",
    "size": "How many neighbouring channels are summed.",
}
_POOL = {"stride": "How far the window moves, in elements; null: as far as it is wide."}
_ONE_BIAS = {"bias": "Whether each channel has a learned bias beside its weight."}
_PROJECTION = {"bias": "Whether linear layers, and the norms where there are any, have a bias."}
_GATES = {"bias": "Whether the layers have their two biases."}
_PAD = {"padding": "Elements that are added at each end: one number, or last axis first, (left, right, ...)."}
_NO_MEAN = {"momentum": "The share of each batch in the running statistics, if they are kept."}

OF_A_KIND: Mapping[str, Mapping[str, str]] = {
    "CrossMapLRN2d": _RESPONSE,
    "LocalResponseNorm": _RESPONSE,
    **{
        f"{kind}Pool{axes}d": _POOL for kind in ("Avg", "Max", "LP") for axes in (1, 2, 3)
    },
    **{f"BatchNorm{axes}d": _ONE_BIAS for axes in (1, 2, 3)},
    **{f"InstanceNorm{axes}d": {**_ONE_BIAS, **_NO_MEAN} for axes in (1, 2, 3)},
    **{key: {"bias": "Whether there is a learned bias beside the weight."} for key in ("GroupNorm", "LayerNorm")},
    **dict.fromkeys(("Transformer", "TransformerDecoderLayer", "TransformerEncoderLayer"), _PROJECTION),
    **dict.fromkeys(("GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"), _GATES),
    **{
        f"{kind}Pad{axes}d": _PAD
        for kind in ("Circular", "Constant", "Reflection", "Replication", "Zero")
        for axes in (1, 2, 3)
    },
    **{
        f"ConvTranspose{axes}d": {
            "padding": "Elements that are taken away at both ends of each side that goes out.",
            "stride": "How many times larger each side becomes, in elements.",
        }
        for axes in (1, 2, 3)
    },
    "EmbeddingBag": {"mode": "How the entries of a bag become one."},
    "Softplus": {"beta": "How sharp the bend is.", "threshold": "Above this, times beta, it is a straight line."},
    "Threshold": {"threshold": "Values above this stay.", "value": "What all other values become."},
    "PairwiseDistance": {"p": "The exponent of the norm: 2 is the Euclidean one."},
    "parameter": {"size": "The tensor's sizes."},
    "Unflatten": {"dim": "The axis that is split, the batch axis being 0."},
    "unflatten": {"dim": "The axis that is split, the batch axis being 0."},
    "select": {"dim": "The axis that goes, the batch axis being 0."},
    "mean": {"dim": "The axes that the mean is taken over, the batch axis being 0."},
    "permute": {"dims": "The axes in their new order, the batch axis being 0."},
    "roll": {"dims": "The axes that are rolled, the batch axis being 0."},
    "shifted_window_mask": {"size": "The sides of the whole picture, in places."},
    "MultiheadAttention": {
        "dropout": "The chance that a weight of the attention is set to nought in training, 0 to 1.",
        "bias": "Whether the projections have a bias.",
    },
}  # fmt: skip
"""By the kind, what an argument means there and nowhere else."""

INITIALISERS: Mapping[str, str] = {
    "a": "The lower end of the range.",
    "b": "The upper end of the range.",
    "gain": "What the range is multiplied by.",
    "groups": "The groups of the convolution.",
    "mean": "The mean of the values.",
    "mode": "Whether the variance is kept on the way forward (fan_in) or backward (fan_out).",
    "nonlinearity": "What follows the layer; it gives the gain.",
    "sparsity": "The share of each column that is nought, 0 to 1.",
    "std": "The standard deviation of the values.",
    "val": "The value of every element.",
}
"""The arguments of the functions of `torch.nn.init`."""
_SLOPE = {"a": "The slope below nought of the leaky ReLU that follows."}
OF_AN_INITIALISER: Mapping[str, Mapping[str, str]] = {"kaiming_normal_": _SLOPE, "kaiming_uniform_": _SLOPE}
"""By the function, what an argument means there and nowhere else."""

OPTIMIZERS: Mapping[str, str] = {
    "alpha": "How much of the running average of squares is kept each step.",
    "amsgrad": "Whether the largest average of squares so far is used.",
    "beta2_decay": "The power of the step number by which the average of squares decays.",
    "betas": "How much of the running averages of gradients and of their squares is kept each step.",
    "centered": "Whether gradients are divided by their standard deviation, in place of their size.",
    "d": "The largest ratio of an update to its average size.",
    "dampening": "The share of the new gradient that momentum leaves out.",
    "decoupled_weight_decay": "Whether weights decay apart from the gradient, as in AdamW.",
    "eps": "A small number that keeps a division from being one by nought.",
    "etas": "What a step's size is multiplied by as signs change, and as they stay.",
    "foreach": "Whether several tensors are updated by one call; null: where that is faster.",
    "fused": "Whether one kernel makes the whole step; null: where that is the default.",
    "initial_accumulator_value": "What the sum of squares begins with.",
    "lambd": "How fast the weights decay towards nought.",
    "lr": "The learning rate.",
    "lr_decay": "How fast the learning rate falls, each step.",
    "maximize": "Whether the loss is to grow.",
    "momentum": "How much of the last update goes into the next.",
    "momentum_decay": "How fast the momentum grows to its full value.",
    "nesterov": "Whether the momentum is Nesterov's.",
    "rho": "How much of the running average of squares is kept each step.",
    "step_sizes": "The least and the largest step.",
    "t0": "The step at which averaging begins.",
    "weight_decay": "The share of each weight that is added to its gradient.",
}
"""The arguments of the optimisers of `torch.optim`."""


def of_layer(kind: str, name: str) -> str:
    """Return what an argument of a layer or a function means. Raises KeyError where nobody has written it."""
    return OF_A_KIND.get(kind, {}).get(name) or SHARED[name]


def of_initialiser(function: str, name: str) -> str:
    """Return what an argument of an initialiser means. Raises KeyError where nobody has written it."""
    return OF_AN_INITIALISER.get(function, {}).get(name) or INITIALISERS[name]


def of_optimizer(name: str) -> str:
    """Return what an argument of an optimiser means. Raises KeyError where nobody has written it."""
    return OPTIMIZERS[name]


def told(meaning: str, argument: Argument) -> str:
    """Return a meaning with the argument's default, as YAML writes it."""
    if argument.required:
        return meaning
    return f"{meaning} Default: {_written(argument.default)}."


def _written(value: object) -> str:
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
