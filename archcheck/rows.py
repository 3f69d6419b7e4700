"""Who runs: one pass through a network, told call by call as the rows of the per-layer table.

A module tells where it begins and ends by its own `forward`, replaced for as long as the block runs, so that a call
of `.forward()` is seen like any other. The functions that a module's own code calls are seen one level above
PyTorch's operators: a row says `einsum` and not the three operators it is made of. Counting, timing and memory all
watch through this one window, so their rows are the same and come in the same order.
"""

from __future__ import annotations

import dis
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archcheck.built import Built


@dataclass(frozen=True, slots=True)
class Row:
    """What a call is: a module with a row of its own, or a function that the module at `path` calls.

    `type`: the module's kind or the function's name; `module`: None for a function; `origin`: where a function is
    from (`functional`, `torch`, `method`).
    """

    path: str
    type: str
    kind: Literal["module", "function"]
    module: nn.Module | None = None
    origin: str = ""


class Observer(Protocol):
    """What is told of every row's call."""

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make the call, `run()`, or not, and return what it gives. Calls in it come before it returns."""


@contextmanager
def observed(built: Built, observer: Observer) -> Iterator[None]:
    """Let `observer` make the calls of every row; modules and torch's functions are as before when this ends.

    Raises `RuntimeError` at the end where a layer ran in another thread: what it did there was not seen.
    """
    window = _Window(observer)
    others = built.around_others
    with ExitStack() as undo:
        for path, module in built.nodes.items():
            kind = built.kinds.get(path)
            row = None if kind is None else Row(path, kind, "module", module)
            _replace_forward(module, partial(window.module, _Here(path, row, path not in others)), undo)
        undo.enter_context(_Functions(window))
        yield
        if window.elsewhere:
            raise RuntimeError(
                f"layer {window.elsewhere[0]!r} runs in a thread of its own, where it cannot be watched; "
                "let the network run it in the thread that it is called in"
            )


@contextmanager
def layer_by_layer() -> Iterator[None]:
    """Keep PyTorch's transformer layers from running as one fused operator, in which no layer can be seen."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _replace_forward(module: nn.Module, call: Callable[..., Any], undo: ExitStack) -> None:
    held, forward = module.__dict__, module.forward
    if "forward" in held:
        undo.callback(held.__setitem__, "forward", held["forward"])
    else:
        undo.callback(held.pop, "forward")
    held["forward"] = lambda *args, **kwargs: call(forward, args, kwargs)


@dataclass(frozen=True, slots=True)
class _Here:
    """Where the pass is: in the module at `path`; `row`: its row; `alone`: no other row can be inside it."""

    path: str
    row: Row | None
    alone: bool


class _Window:
    """The modules that have begun, the innermost last; `elsewhere`: those that another thread has run."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.begun = [_Here("", None, alone=False)]
        self.thread, self.elsewhere = threading.get_ident(), list[str]()

    @property
    def quiet(self) -> bool:
        """Whether one row answers for all that happens now."""
        here = self.begun[-1]
        return here.row is not None and here.alone

    def module(
        self, here: _Here, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Run a module's own `forward`, as its row if it has one."""
        if threading.get_ident() != self.thread:  # PyTorch's modes, by which we see, are a thread's own
            self.elsewhere.append(here.path)
            return forward(*args, **kwargs)
        if self.quiet:
            return forward(*args, **kwargs)
        if here.row is None:
            return self.inside(here, lambda: forward(*args, **kwargs))
        run = partial(self.inside, here, lambda: forward(*args, **kwargs))
        return self.observer.around(here.row, run, args, kwargs)

    def function(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        caller: types.FrameType,
    ) -> Any:
        """Run one of PyTorch's functions: a row of its own where the code of a module without a row calls it."""
        here = self.begun[-1]
        name = getattr(func, "__name__", type(func).__name__)
        if here.row is not None or name == "__get__":  # an attribute is looked at, nothing runs
            return func(*args, **kwargs)
        row = Row(here.path, name, "function", origin=_origin(func, caller))
        run = partial(self.inside, _Here(here.path, row, alone=True), lambda: func(*args, **kwargs))
        return self.observer.around(row, run, args, kwargs)

    def inside(self, here: _Here, run: Callable[[], Any]) -> Any:
        """Run something as what happens in `here`."""
        self.begun.append(here)
        try:
            return run()
        finally:
            self.begun.pop()


def _origin(func: Callable[..., Any], caller: types.FrameType) -> str:
    if isinstance(func, types.FunctionType) or getattr(func, "__module__", None) == "torch._C._nn":
        return "functional"
    if isinstance(func, types.BuiltinFunctionType):
        return "torch"
    return "method" if _names(caller, func) else "operator"


def _names(caller: types.FrameType, method: Callable[..., Any]) -> bool:
    """Return whether the code that runs calls a method by its name: PyTorch says `matmul` for `a @ b` too."""
    code = caller.f_code
    instruction = dis.opname[code.co_code[caller.f_lasti]]
    return (
        not instruction.startswith(("BINARY_", "INPLACE_"))
        and getattr(method, "__name__", "") in code.co_names
    )


class _Functions(TorchFunctionMode):
    def __init__(self, window: _Window) -> None:
        super().__init__()
        self.window = window

    def __torch_function__(
        self, func: Any, kinds: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return self.window.function(func, args, kwargs or {}, sys._getframe(1))
