"""Operators that only move, make, draw, round or choose numbers: no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.counting.ops.base import OpRule, nothing

COPIES = (
    "cat", "stack", "clone", "contiguous", "copy", "_copy_from", "_copy_from_and_resize", "_to_copy", "to", "_to_cpu",
    "lift", "lift_fresh", "lift_fresh_copy", "repeat", "repeat_interleave", "roll", "flip", "rot90", "block_diag",
    "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d",
    "replication_pad2d", "replication_pad3d", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle",
    "native_channel_shuffle", "im2col", "max_unpool2d", "max_unpool3d", "unfold_copy", "view_copy", "expand_copy",
    "permute_copy", "transpose_copy", "slice_copy", "select_copy", "split_with_sizes_copy", "as_strided",
    "as_strided_copy",
    "_unsafe_view", "_reshape_alias", "_reshape_copy", "set", "resize", "resize_as", "_resize_output", "alias_copy",
    "as_strided_scatter", "slice_scatter", "select_scatter", "diagonal_scatter", "squeeze", "unsqueeze", "t",
    "transpose", "swapaxes", "swapdims", "unsafe_split", "unsafe_split_with_sizes", "unsafe_chunk", "detach",
    "detach_copy", "alias", "_conj_physical", "conj_physical", "view_as_real_copy", "view_as_complex_copy",
    "complex", "real", "imag", "vander", "_nested_view_from_buffer", "mkldnn_reorder_conv2d_weight",
    "meshgrid", "combinations", "_pack_padded_sequence",
    "_pin_memory", "atleast_1d", "_neg_view_copy", "unbind_copy",
)  # fmt: skip
"""What stands elsewhere in another order afterwards, or several times, or with a border around it."""

MADE = (
    "empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided", "zeros", "zeros_like",
    "new_zeros", "ones", "ones_like", "new_ones", "full", "full_like", "new_full", "fill", "zero", "scalar_tensor",
    "_efficientzerotensor", "eye", "arange", "linspace", "logspace", "range", "tril_indices", "triu_indices",
    "rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm", "bernoulli", "normal",
    "uniform", "random", "exponential", "log_normal", "cauchy", "geometric", "multinomial", "poisson",
    "hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window",
    "fft_fftfreq", "fft_rfftfreq",
)  # fmt: skip
"""What is made from nothing: constants, numbers in a row, random numbers."""

CHOSEN = (
    "embedding", "index", "_unsafe_index", "index_select", "gather", "take", "take_along_dim", "masked_select",
    "index_copy", "index_fill", "masked_fill", "masked_scatter", "where", "tril", "triu", "diag",
    "diag_embed", "nonzero", "nonzero_static", "argwhere", "_unsafe_masked_index",
)  # fmt: skip
"""What is picked or written by index or by mask."""

ROUNDED = (
    "neg", "negative", "positive", "sign", "sgn", "signbit", "copysign", "floor", "ceil", "round", "trunc",
    "fix", "frac", "nan_to_num", "isnan", "isinf", "isposinf", "isneginf", "isfinite", "logical_not", "logical_and",
    "logical_or", "logical_xor", "bitwise_not", "bitwise_and", "bitwise_or", "bitwise_xor", "all", "any",
    "count_nonzero", "bincount", "one_hot",
    "__lshift__", "__rshift__", "bitwise_left_shift", "bitwise_right_shift",
)  # fmt: skip
"""Absolute values, signs, rounding, and truth values."""

ASKED = (
    "item", "_local_scalar_dense", "is_nonzero", "is_same_size", "_has_compatible_shallow_copy_type",
    "_assert_async", "_functional_assert_async", "_assert_tensor_metadata",
    "_linalg_check_errors", "sym_size", "sym_stride", "sym_numel",
    "sym_storage_offset", "is_pinned", "_fused_sdp_choice", "_nested_tensor_from_mask_left_aligned",
    "record_stream", "_cudnn_init_dropout_state", "_use_cudnn_ctc_loss", "_nnpack_available",
    "profiler::_record_function_enter_new", "profiler::_record_function_enter", "profiler::_record_function_exit",
    "prim::device", "prim::layout",
)  # fmt: skip
"""What only looks at numbers, or at a tensor itself."""

OPS: Mapping[str, OpRule] = dict.fromkeys((*COPIES, *MADE, *CHOSEN, *ROUNDED, *ASKED), nothing)
"""The operators that move numbers, by name."""
