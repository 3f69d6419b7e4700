"""Other tools' counts of the same network, each brought to the multiply-accumulates of one sample.

A witness is asked on a copy of the model and of its inputs, because fvcore leaves its hooks on a model that it fails
to trace and torchinfo sets train flags; what the tools leave in their libraries is undone. None of these three
replaces functions of torch, so they need no process of their own.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from archcheck.asking.tools import Said, flop_counter, fvcore, mapped, torchinfo
from archcheck.costs import Witness
from archcheck.device import random_state_kept
from archcheck.model import first_line
from archcheck.tensors import Call, tensors_in

MOST_NAMES = 8
"""Operators that a note names before it only says how many more there are."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One witness.

    `counts`: what its number is made of; `said`: asks it of a model and the call of one sample, and may spoil both;
    `on_meta`: whether it can say anything where there are no values; `a_mac`: what it counts one MAC as.
    """

    name: str
    counts: str
    said: Callable[[nn.Module, Call], Said]
    on_meta: bool = True
    a_mac: int = 1


def ask(tool: Tool, model: nn.Module, call: Call, ours: int | None) -> Witness:
    """Return what `tool` says of `model` when it is called as `call` says, beside `ours`.

    Gradients are on, as where people run it: without, PyTorch's attention is one operator, which fvcore passes over.
    Whatever it raises is the witness's `error`, in one line. The model, its inputs and torch's random state stay as
    they were.
    """
    device = next((one.device for one in tensors_in(call)), torch.device("cpu"))
    if device.type == "meta" and not tool.on_meta:
        return Witness(tool.name, None, None, tool.counts, "cannot trace on the meta device")
    try:
        with _kept_apart(), random_state_kept(device), torch.enable_grad():
            said = tool.said(copy.deepcopy(model), mapped(call, torch.clone))
    except Exception as error:  # a witness that fails must not cost the rest of the profile
        return Witness(tool.name, None, None, tool.counts, _reason(error))
    macs = said.amount // tool.a_mac
    return Witness(tool.name, macs, None if ours is None else macs - ours, _note(tool, said))


def _note(tool: Tool, said: Said) -> str:
    if not said.left_out:
        return tool.counts
    names, more = said.left_out[:MOST_NAMES], len(said.left_out) - MOST_NAMES
    others = f" and {more} more" if more > 0 else ""
    return f"{tool.counts}; left out here: {', '.join(names)}{others}"


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error  # torchinfo wraps what the model raised
    return f"{type(cause).__name__}: {first_line(cause)}"


TOOLS = (
    Tool(
        "fvcore",
        "convolutions, linear layers, norms, upsampling; no bias, recurrent layers or fused attention",
        fvcore,
        on_meta=False,
    ),
    Tool("torchinfo", "every weight and bias of a layer, as often as it is used; no attention", torchinfo),
    Tool(
        "FlopCounterMode",
        "convolutions, matrix products and attention, by operator; no bias",
        flop_counter,
        a_mac=2,
    ),
)
"""The witnesses, in the order they are asked."""


@contextmanager
def _kept_apart() -> Iterator[None]:
    """Silence what the tools log and warn of; put back the switch that a FlopCounterMode table leaves set."""
    import tabulate

    logger, whitespace = logging.getLogger("fvcore"), tabulate.PRESERVE_WHITESPACE
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(level)
            tabulate.PRESERVE_WHITESPACE = whitespace
