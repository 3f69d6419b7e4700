"""Equal leaves that are given equal shapes are worked out once: what tells them apart, and what is given again.

Only PyTorch's own modules take part: what their `forward` does is settled by their class, their arguments and the
shapes of their weights and inputs. A module with anything else in it (another module, a function, an object) is run
every time. So do those of PyTorch's functions that always make a new tensor of a shape that their arguments settle.
Nothing is given again while tensors carry more than values, as under gradients: what is given again has no history.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import is_
from typing import Any

import torch
from torch import nn

from archcheck.operations import Work

Key = Hashable


class _Unlike(Exception):  # noqa: N818  nobody outside sees it: it is no error
    """Something that cannot be compared was met."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an equal call did, and how to make what it gave: new tensors, or the very tensors it was given."""

    work: Work
    make: Callable[[list[torch.Tensor]], Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a leaf: what makes it equal to another (None: nothing does), and the tensors it is given."""

    key: Key | None
    tensors: list[torch.Tensor]


@dataclass(frozen=True, slots=True)
class Replay:
    """The calls of all leaves that are equal to one leaf."""

    calls: dict[Key, Known]

    def run(
        self, forward: Callable[[], tuple[Any, Work]], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Any, Work]:
        """Return what an equal call gave and did; run `forward` where there was none, and remember it."""
        if _more_than_values() or "out" in kwargs:
            return forward()
        with torch._C.DisableTorchFunction():
            asked = _asked(args, kwargs)
            known = self.calls.get(asked.key)
            if known is not None:
                with torch._C._DisableTorchDispatch():
                    return known.make(asked.tensors), known.work
        gave, work = forward()
        if asked.key is not None:
            with suppress(_Unlike), torch._C.DisableTorchFunction():
                self.calls[asked.key] = Known(work, _maker(gave, asked.tensors))
        return gave, work


@dataclass(frozen=True, slots=True)
class Leaf:
    """A module, its replay, and what it held when that was found: attributes, parameters, buffers."""

    module: nn.Module
    equals: Replay
    attributes: tuple[object, ...]
    parameters: tuple[object, ...]
    buffers: tuple[object, ...]

    @property
    def replay(self) -> Replay | None:
        """The calls of its equals; None once the network has changed it (another stride, another weight)."""
        before = (self.attributes, self.parameters, self.buffers)
        same = all(all(map(is_, *pair)) for pair in zip(before, _values(self.module), strict=True))
        return self.equals if same else None


def _values(module: nn.Module) -> tuple[Iterable[object], ...]:
    """Return what a module holds, in order; what is added to it while it is watched comes last."""
    return module.__dict__.values(), module._parameters.values(), module._buffers.values()


def _more_than_values() -> bool:
    """Return whether tensors now carry what a new one would lack: a history, a hidden axis (vmap), a tangent."""
    return (
        torch.is_grad_enabled()
        or torch._C._functorch.peek_interpreter_stack() is not None
        or torch.autograd.forward_ad._current_level >= 0
    )


@dataclass(slots=True)
class Memo:
    """Every replay, by what its leaves have in common."""

    replays: dict[Key, Replay] = field(default_factory=dict)

    def of(self, module: nn.Module) -> Leaf | None:
        """Return a leaf with its replay; None where nothing says that another leaf is equal."""
        if not type(module).__module__.startswith("torch.nn.modules.") or "forward" in module.__dict__:
            return None
        try:
            key = (type(module), _held(module))
        except _Unlike:
            return None
        return Leaf(module, self.replays.setdefault(key, Replay({})), *map(tuple, _values(module)))

    def of_function(self, name: str, origin: str) -> Replay | None:
        """Return the replay of one of PyTorch's functions; None where its result may be its operand's memory."""
        if name not in MAKERS or origin not in ("torch", "method", "operator"):
            return None
        return self.replays.setdefault((name, origin), Replay({}))


MAKERS = (
    frozenset({"add_", "sub_", "mul_", "div_"})
    | frozenset(
        f"{lead}{name}{end}"
        for lead, end in (("", ""), ("__", "__"), ("__r", "__"))
        for name in ("add", "sub", "mul", "div", "truediv", "pow", "matmul")
    )
    | {
        "__iadd__",
        "__isub__",
        "__imul__",
        "__itruediv__",
        "cat",
        "concat",
        "stack",
        "bmm",
        "mm",
        "sigmoid",
        "tanh",
        "relu",
    }
)
"""The functions that give a new tensor, or, as `add_` does, the first that they are given."""

_INTERNAL = frozenset(nn.Module().__dict__) - {"training"}


def _held(module: nn.Module) -> Key:
    if module._modules:
        raise _Unlike
    plain = [(name, _plain(value)) for name, value in module.__dict__.items() if name not in _INTERNAL]
    for held in (module._parameters, module._buffers):
        plain += [(name, _plain(value)) for name, value in held.items()]
    return tuple(plain)


_ATOMS = frozenset((int, str, float, bool, type(None), torch.dtype, torch.device, bytes))


def _plain(value: Any) -> Key:
    kind = type(value)
    if kind in _ATOMS:
        return kind, value
    if isinstance(value, torch.Tensor):
        return tuple(value.shape), value.dtype, value.device
    if kind is tuple or kind is list:
        return kind, tuple([_plain(one) for one in value])
    if isinstance(value, weakref.ref):
        return None
    raise _Unlike


def _asked(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Asked:
    tensors: list[torch.Tensor] = []
    try:
        # the default type is what whole numbers become beside a number with a point
        key = torch.get_default_dtype(), _signature((args, tuple(kwargs.items())), tensors)
        return Asked(key, tensors)
    except _Unlike:
        return Asked(None, tensors)


def _signature(value: Any, found: list[torch.Tensor]) -> Key:
    """Return what makes two calls equal; `found` gets the tensors, and one that comes again is said to."""
    if isinstance(value, torch.Tensor):
        if type(value) not in (torch.Tensor, nn.Parameter):
            raise _Unlike
        place = next((index for index, one in enumerate(found) if one is value), len(found))
        found.append(value)
        return place, tuple(value.shape), value.dtype, value.stride()
    if isinstance(value, list | tuple):
        return type(value), tuple(_signature(one, found) for one in value)
    return _plain(value)


def _maker(gave: Any, given: list[torch.Tensor]) -> Callable[[list[torch.Tensor]], Any]:
    """Return what makes an equal value: a tensor that was given is given again, any other is new."""
    if isinstance(gave, torch.Tensor):
        for index, one in enumerate(given):
            if one is gave:
                return lambda found: found[index]
        if not gave.is_meta:
            raise _Unlike
        shape, stride, dtype = tuple(gave.shape), gave.stride(), gave.dtype
        return lambda found: torch.empty_strided(shape, stride, dtype=dtype, device="meta")
    if type(gave) in (list, tuple):
        kind, makers = type(gave), [_maker(one, given) for one in gave]
        return lambda found: kind(make(found) for make in makers)
    if gave is None:
        return lambda found: None
    raise _Unlike
