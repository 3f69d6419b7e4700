"""What kernels give that their fakes do not say: sizes that a library chooses by itself."""

from __future__ import annotations

import math
from typing import Any

import torch

from archcheck.counting.dispatch import Dispatch

PAGE, LINE = 4096, 64
"""Bytes: what oneDNN rounds each part of a workspace up to, and the rows of some parts."""


class RealSizes(Dispatch):  # type: ignore[no-untyped-call]
    """Gives the workspace of oneDNN's recurrent layers the size that it has; a fake one has none."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        gave = func(*args, **(kwargs or {}))
        if func is not torch.ops.aten.mkldnn_rnn_layer.default:
            return gave
        given, hidden_size, train = args[0], args[10], args[15]
        steps, batch, features = given.shape
        workspace = recurrent_workspace(steps, batch, features, hidden_size, given.itemsize) if train else 0
        return (*gave[:3], torch.empty(workspace, dtype=torch.uint8))


def scratch_bytes(func: Any, args: tuple[Any, ...], gave: Any) -> int:
    """Return what a kernel takes beside its operands and results, and releases before it returns; 0 where not known.

    oneDNN's convolutions on the CPU work in an order of their own, in which channels come in blocks: first copies of
    the input and the weight, then one of the output. Backward, copies of the input and of the output's gradient
    stand beside the input's gradient, and later the weight's gradient in both orders. Depthwise ones take channels
    that come last as they lie, so that only the weight is copied, and
    a gradient that lies otherwise.
    """
    if func is _FORWARD and _is_depthwise(args[0], args[1]) and _is_onednn(*args[:9]):
        return _in_sixteens(args[1])
    if func is _BACKWARD and _is_depthwise(*args[1:3]) and _is_onednn(*args[1:3], None, *args[4:10], args[3]):
        ordered = args[0].is_contiguous(memory_format=torch.channels_last)
        return _depthwise_gradients(args[2], args[10]) + (0 if ordered else int(args[0].nbytes))
    if func is _FORWARD and _is_onednn(*args[:9]):
        return max(_blocked(args[0]) + int(args[1].nbytes), _blocked(gave))
    if func is _BACKWARD and _is_onednn(*args[1:3], None, *args[4:10], args[3]):
        gradient, given, weight = args[:3]
        return int(max(_blocked(given) + _blocked(gradient), weight.nbytes))
    return 0


_ONEDNN = getattr(torch._C, "_ConvBackend").Mkldnn  # noqa: B009  its stub has another name
_FORWARD = torch.ops.aten.convolution.default
_BACKWARD = torch.ops.aten.convolution_backward.default


def _is_onednn(given: torch.Tensor, *rest: Any) -> bool:
    if given.device.type != "cpu":
        return False
    return bool(torch._C._select_conv_backend(given, *rest) == _ONEDNN)


def _is_depthwise(given: torch.Tensor, weight: torch.Tensor) -> bool:
    """Return whether every channel has a kernel of its own, of several elements, and channels come last."""
    if given.dim() != 4 or given.is_contiguous():
        return False
    own = weight.shape[0] == given.shape[1] and weight.shape[1] == 1 and math.prod(weight.shape[2:]) > 1
    return own and given.is_contiguous(memory_format=torch.channels_last)


def _in_sixteens(weight: torch.Tensor) -> int:
    """Return the bytes of a depthwise weight whose channels come in sixteens."""
    return int(weight.nbytes // weight.shape[0] * math.ceil(weight.shape[0] / 16) * 16)


def _depthwise_gradients(weight: torch.Tensor, wanted: list[bool]) -> int:
    """Return what the backward pass takes, channels last; found by measuring, with the AVX-512 kernels.

    A weight's gradient stands in both orders. A kernel more than three wide has no code of its own for that, and is
    taken for a grouped one of 16 x 16 channels a group.
    """
    if not wanted[1]:
        return _in_sixteens(weight)
    other = 256 * weight.nbytes if weight.shape[3] > 3 else _in_sixteens(weight)
    return int(weight.nbytes + other + (weight.shape[0] * weight.itemsize if wanted[2] else 0))


def _blocked(tensor: torch.Tensor) -> int:
    """Return the bytes of a tensor whose channels, where there are more than an image's, come in sixteens."""
    channels = tensor.shape[1]
    return int(tensor.nbytes // channels * (math.ceil(channels / 16) * 16 if channels > 3 else channels))


def recurrent_workspace(steps: int, batch: int, features: int, hidden: int, itemsize: int) -> int:
    """Return the bytes that oneDNN keeps for the backward pass of one layer and direction of an LSTM.

    Each part on pages of its own: the four gates and the output of every step, and for the step before the first
    too, in two copies: layer states, hidden states, cell states, and gradients of the first two in float32
    (`set_offsets` in https://github.com/uxlfoundation/oneDNN/blob/main/src/cpu/rnn/rnn_utils.cpp).

    >>> recurrent_workspace(5, 2, 8, 16, 4)
    28672
    """
    now, ever = steps * batch, 2 * (steps + 1) * batch
    widest = max(features, hidden)
    parts = (
        now * _row(4 * hidden, itemsize),
        now * _row(hidden, itemsize),
        ever * _row(widest, itemsize),
        ever * hidden * itemsize,
        ever * hidden * 4,
        ever * _row(widest, 4),
        ever * _row(widest, 4),
    )
    return sum(math.ceil(part / PAGE) * PAGE for part in parts)


def _row(length: int, itemsize: int) -> int:
    """Return the bytes of a row: whole lines of the cache, one more where rows would fall on the same place in it."""
    lines = math.ceil(length * itemsize / LINE)
    return (lines + (lines * LINE // itemsize % 256 == 0)) * LINE
