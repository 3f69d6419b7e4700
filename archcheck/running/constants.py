"""The values of tensors that hang on nothing but the code, kept on the CPU beside tensors of the meta device.

`[rate.item() for rate in torch.linspace(0, 0.1, 12)]` asks for values: these are known, and the same wherever it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

Function = Callable[..., Any]
Args = tuple[Any, ...]

MOST_VALUES = 65_536
"""Of one tensor: far more than what decides how a network is built."""
_VALUE = "_archcheck_value"
_MAKERS = {
    *(torch.linspace, torch.logspace, torch.arange, torch.tensor, torch.as_tensor, torch.eye),
    *(torch.zeros, torch.ones, torch.full, torch.tril_indices, torch.triu_indices),
}
"""What makes tensors of nothing but its arguments."""
_SHOWING = {torch.Tensor.__repr__, torch.Tensor.__format__}
_RANDOM = (
    "rand",
    "bernoulli",
    "multinomial",
    "dropout",
    "normal",
    "uniform",
    "exponential",
    "cauchy",
    "geometric",
)
"""In the names of functions that give another value each time."""
_CHANGING = ("__setitem__", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__iand__", "__ior__")


class Constants:
    """Follows the calls of PyTorch's functions on the meta device, and has values where all that went in has."""

    def __init__(self) -> None:
        self._since = 0

    def call(self, function: Function, args: Args, kwargs: dict[str, Any]) -> Any:
        """Call a function; where the meta device cannot for want of values that are known, give what they give."""
        if function is torch.Tensor.__iter__:
            return iter(self.call(torch.Tensor.unbind, (args[0], 0), {}))
        known = self._are_known(function, args, kwargs)
        if known and function in _SHOWING:
            return self._values(function, args, kwargs)
        try:
            result = function(*args, **kwargs)
        except Exception:  # meta cannot for want of values; what is no want of these is raised again
            if not known:
                raise
            return self._on_meta(self._values(function, args, kwargs))
        if known:
            self._follow(function, args, kwargs, result)
        elif _changes(function, kwargs) and any(map(self._is_known, _tensors((args[:1], kwargs.get("out"))))):
            self._since += 1  # what shares its memory is not known any more, either
        return result

    def _are_known(self, function: Function, args: Args, kwargs: dict[str, Any]) -> bool:
        name = getattr(function, "__name__", "")
        if any(word in name for word in _RANDOM):
            return False
        none = True
        for tensor in _tensors((args, tuple(kwargs.values()))):
            if not self._is_known(tensor):
                return False
            none = False
        return function in _MAKERS if none else True

    def _is_known(self, tensor: torch.Tensor) -> bool:
        return getattr(tensor, _VALUE, (-1,))[0] == self._since

    def _follow(self, function: Function, args: Args, kwargs: dict[str, Any], result: Any) -> None:
        """Give a result its values, if it is one of few; what is changed has others from now on."""
        if _changes(function, kwargs):
            self._change(function, args, kwargs)
            return
        made = list(_tensors(result))
        if not made or sum(one.numel() for one in made) > MOST_VALUES:
            return
        try:
            values = list(_tensors(self._values(function, args, kwargs)))
        except Exception:  # the CPU cannot, where meta could
            return
        if [one.shape for one in values] == [one.shape for one in made]:
            for one, value in zip(made, values, strict=True):
                self._keep(one, value)

    def _change(self, function: Function, args: Args, kwargs: dict[str, Any]) -> None:
        try:
            self._values(function, args, kwargs)
        except Exception:  # the CPU cannot, where meta could
            self._since += 1

    def _values(self, function: Function, args: Args, kwargs: dict[str, Any]) -> Any:
        """Call a function with values instead of tensors without."""
        kwargs = {name: _instead(one) for name, one in kwargs.items() if name != "device"}
        if function in _MAKERS:
            kwargs["device"] = "cpu"
        return function(*_instead(args), **kwargs)

    def _on_meta(self, value: Any) -> Any:
        """Return values as tensors of the meta device that have them."""
        if isinstance(value, torch.Tensor):
            tensor = torch.empty_like(value, device="meta")
            if value.numel() <= MOST_VALUES:
                self._keep(tensor, value)
            return tensor
        if type(value) in (tuple, list):
            return type(value)(self._on_meta(one) for one in value)
        return value

    def _keep(self, tensor: torch.Tensor, value: torch.Tensor) -> None:
        setattr(tensor, _VALUE, (self._since, value))


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _tensors(one)


def _instead(value: Any) -> Any:
    """Return the values of tensors, in lists and tuples too."""
    if isinstance(value, torch.Tensor):
        return getattr(value, _VALUE)[1]
    if type(value) in (tuple, list):
        return type(value)(_instead(one) for one in value)
    return torch.device("cpu") if isinstance(value, torch.device) else value


def _changes(function: Function, kwargs: dict[str, Any]) -> bool:
    """Return whether a function changes its first argument, or one that it is given for its result."""
    name = getattr(function, "__name__", "")
    return name in _CHANGING or "out" in kwargs or (name.endswith("_") and not name.endswith("__"))
