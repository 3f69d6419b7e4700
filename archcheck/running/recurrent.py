"""What recurrent layers give on the meta device, by their formulas: PyTorch works it out a step and a gate at a time.

Sizes: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html (`D * H_out` features, states as they came).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

Function = Callable[..., Any]


def recurrent(function: Function, args: Sequence[Any]) -> tuple[torch.Tensor, ...] | None:
    """Return what a recurrent function gives for its arguments, without values; None of any other function.

    Its layer has looked at the sizes of the arguments before.
    """
    if function not in _RECURRENT or len(args) < _ARGUMENTS:
        return None
    packed = isinstance(args[3], tuple | list)  # the sizes of its steps stand before the states
    data, states = (args[0], args[2]) if packed else (args[0], args[1])
    many = [*states] if isinstance(states, tuple | list) else [states]
    directions = 1 + bool(args[8] if packed else args[7])
    features = directions * many[0].shape[-1]
    given = (data.new_empty((*data.shape[:-1], features)), *(one.new_empty(one.shape) for one in many))
    if not torch.is_grad_enabled():
        return given
    weights = args[3] if packed else args[2]
    from_all = sum((one.sum() for one in (data, *many, *weights)), data.new_zeros(()))
    return tuple(one + 0 * from_all for one in given)  # so that a loss goes back to them


_ARGUMENTS = 9
"""Of each of them, as their layers pass them on."""
_RECURRENT: frozenset[Function] = frozenset(
    (torch._VF.lstm, torch._VF.gru, torch._VF.rnn_tanh, torch._VF.rnn_relu)
)
