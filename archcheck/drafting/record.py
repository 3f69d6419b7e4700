"""One pass of a model, written down: every layer's call and every function's, by the values that went in and came out.

A value is a tensor at one time: what works in place gives a new one. Layers are `torch.nn`'s own classes; where a
class of the user's own is made from one (`class Norm2d(nn.LayerNorm)`), what PyTorch's part of it does is the layer,
and the functions around it are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from archcheck.arguments import Arguments
from archcheck.built import Built
from archcheck.counting.passes import CPU, asks_for_values, built_anywhere, unfused
from archcheck.counting.weightless import META, weightless
from archcheck.drafting.values import Tensor
from archcheck.rows import Row, observed
from archcheck.spec import signatures
from archcheck.subject import Subject
from archcheck.tensors import Call as Given
from archcheck.tensors import empty_call, random_call, tensors_in
from archcheck.user_code import place_here


@dataclass(frozen=True, slots=True)
class Call:
    """One call, in the order in which they began.

    `path`: the layer, or the module whose code calls the function; `type`: the layer's kind in `torch.nn`, or the
    function's name; `module`: None for a function; `args`, `kwargs`: with a `Tensor` in each tensor's place; `place`:
    the line of the model's code that makes it.
    """

    path: str
    type: str
    module: nn.Module | None
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    results: tuple[Tensor, ...]
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A pass: its calls, the tensors that it was given (by name), that the model holds (by path), and that it gave.

    `changed`: the values of tensors that something worked on in place without being given them: a part or a view of
    each was given; `valued`: whether the model asks for values, so that other ones may lead it another way.
    """

    calls: tuple[Call, ...]
    inputs: Mapping[str, Tensor]
    held: Mapping[int, str]
    outputs: tuple[Tensor, ...]
    model: nn.Module
    changed: frozenset[int]
    valued: bool = False


NumberOf = Callable[[torch.Tensor], int | None]
"""Returns the value that a tensor is now, of a pass that goes on; None where no call gave it."""


def record(
    subject: Subject,
    arguments: Arguments,
    names: tuple[str, ...],
    begins: Callable[[NumberOf], None] | None = None,
) -> Recording:
    """Run a model once, without values or, where it asks for them, on the CPU. Raises what the model raises, in a line.

    `names`: what its inputs are called, in order; `begins`: is told, before each pass, how to know its values.
    """
    with torch.inference_mode(False), subject.running():
        built = built_anywhere(subject)
        try:
            with weightless(built.model, torch.float32):
                return _recorded(built.model, empty_call(arguments, META, torch.float32), names, begins)
        except Exception as error:
            if not asks_for_values(error):
                raise
        built = subject.make(CPU, True)
        found = _recorded(built.model, random_call(arguments, CPU, torch.float32), names, begins)
        return replace(found, valued=True)


def _recorded(
    model: nn.Module, given: Given, names: tuple[str, ...], begins: Callable[[NumberOf], None] | None
) -> Recording:
    args, kwargs = given
    recorder = _Recorder()
    if begins is not None:
        begins(recorder.number_of)
    inputs = {
        name: recorder.new(tensor) for name, tensor in zip(names, tensors_in((args, kwargs)), strict=True)
    }
    held = {
        recorder.new(tensor).number: name
        for named in (
            model.named_parameters(remove_duplicate=True),
            model.named_buffers(remove_duplicate=True),
        )
        for name, tensor in named
    }
    nodes, inherited = _watched(model)
    kinds = {
        path: kind
        for path, one in nodes.items()
        if path not in inherited and (kind := own_kind(one)) is not None
    }
    with (
        unfused(model, train=False),
        observed(Built(model, nodes, kinds), recorder),
        _inherited(inherited, nodes, recorder),
    ):
        gave = model(*args, **kwargs)
    outputs = tuple(recorder.known(tensor) for tensor in tensors_in(gave))
    return Recording(tuple(recorder.calls), inputs, held, outputs, model, frozenset(recorder.changed))


def own_kind(module: nn.Module) -> str | None:
    """Return the word of `torch.nn` for a module that is exactly that class, None for any other."""
    kind = type(module).__name__
    known = type(module).__module__.startswith("torch.nn.modules.") and signatures.signature(kind) is not None
    return kind if known else None


def base_kind(module: nn.Module) -> str | None:
    """Return the word of the nearest class of `torch.nn` that a module's class is made from, itself included."""
    for one in type(module).__mro__:
        if one.__module__.startswith("torch.nn.modules.") and signatures.signature(one.__name__) is not None:
            return one.__name__
    return None


def _watched(model: nn.Module) -> tuple[dict[str, nn.Module], dict[str, str]]:
    """Return the modules to watch by path, nothing inside of layers, and the kinds of those that inherit from one."""
    nodes: dict[str, nn.Module] = {}
    inherited: dict[str, str] = {}
    for path, module in model.named_modules():
        if any(path.startswith(f"{above}.") for above in nodes if _is_layer(nodes[above])):
            continue
        nodes[path] = module
        if path and own_kind(module) is None and (kind := base_kind(module)) is not None:
            inherited[path] = kind
    return nodes, inherited


def _is_layer(module: nn.Module) -> bool:
    return base_kind(module) is not None


@contextmanager
def _inherited(
    kinds: Mapping[str, str], nodes: Mapping[str, nn.Module], recorder: _Recorder
) -> Iterator[None]:
    """Let PyTorch's classes tell of the calls that classes made from them make of their `forward`."""
    paths = {id(nodes[path]): path for path in kinds}
    with ExitStack() as undo:
        for kind in sorted(set(kinds.values())):
            owner: Any = getattr(nn, kind)
            undo.callback(_put_back, owner, "forward", vars(owner).get("forward"))
            owner.forward = _telling(owner.forward, kind, paths, recorder)
        yield


def _put_back(owner: Any, name: str, before: Any) -> None:
    if before is None:
        delattr(owner, name)
    else:
        setattr(owner, name, before)


def _telling(
    forward: Callable[..., Any], kind: str, paths: Mapping[int, str], recorder: _Recorder
) -> Callable[..., Any]:
    def told(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        path = paths.get(id(self))
        if path is None:
            return forward(self, *args, **kwargs)
        row = Row(path, kind, "module", self)
        return recorder.around(row, lambda: forward(self, *args, **kwargs), args, kwargs)

    return told


@dataclass(slots=True)
class _Recorder:
    """Sees every row; `alive` keeps each tensor, so that its identity is not given to another one.

    `now`: the value of each tensor, and how often anything had worked on it in place when it got it.
    """

    calls: list[Call] = field(default_factory=list)
    now: dict[int, tuple[Tensor, int]] = field(default_factory=dict)
    alive: list[torch.Tensor] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    quiet: bool = False

    def new(self, tensor: torch.Tensor) -> Tensor:
        """Return the value that a tensor has from now on."""
        self.alive.append(tensor)
        value = Tensor(len(self.alive), tuple(tensor.shape))
        self.now[id(tensor)] = value, tensor._version
        return value

    def number_of(self, tensor: torch.Tensor) -> int | None:
        """Return the number of a tensor's value, where it has one and nothing worked on it since."""
        value, version = self.now.get(id(tensor), (None, 0))
        return value.number if value is not None and version == tensor._version else None

    def known(self, tensor: torch.Tensor) -> Tensor:
        """Return the value of a tensor; one that no call gave (a constant), or that changed since, is new."""
        value, version = self.now.get(id(tensor), (None, 0))
        if value is not None and version == tensor._version:
            return value
        found = self.new(tensor)
        if value is not None:
            self.changed.add(found.number)
        return found

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make the call and write it down; what happens inside of a layer is its own."""
        if self.quiet:
            return run()
        given, named = self.told(args), self.told(kwargs)
        self.quiet = True
        try:
            gave = run()
        finally:
            self.quiet = False
        results = tuple(self.new(tensor) for tensor in tensors_in(gave))
        if results:
            self.calls.append(Call(row.path, row.type, row.module, given, named, results, place_here()))
        return gave

    def told(self, value: Any) -> Any:
        """Return an argument with a `Tensor` in each tensor's place."""
        if isinstance(value, torch.Tensor):
            return self.known(value)
        if type(value) in (tuple, list, torch.Size):
            return tuple(map(self.told, value))
        if isinstance(value, Mapping):
            return {name: self.told(one) for name, one in value.items()}
        return value
