"""A Python model -> a subject: a module as it is, or what a class or a function makes; never one of a spec's words."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from archcheck.arguments import Arguments
from archcheck.built import Built, attributes_kept, of_module
from archcheck.device import is_about_memory
from archcheck.errors import TargetError
from archcheck.spec.signatures import closest
from archcheck.spec.source import one_line
from archcheck.subject import Subject
from archcheck.targets import PythonName, Target
from archcheck.tensors import described
from archcheck.user_code import UserCode, import_line, load_object

CPU, META = torch.device("cpu"), torch.device("meta")

WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel)
"""Modules that run another, `.module`, on several devices."""


def of_python(target: Target, arguments: Arguments | None, args: Mapping[str, object]) -> Subject:
    """Return the model that `MODULE:OBJECT` names; its code is imported now. Raises `TargetError`.

    `arguments`: what it is called with (None: what the model says itself); `args`: what a class or function is called
    with to make it.
    """
    assert target.python is not None, "targets.find says which targets are Python's"
    found, code = load_object(target.python, target.shown)
    name = target.python.object.rpartition(".")[2]
    return _subject(_Source(code, found, args, _look(target.python, args)), name, arguments)


def of_object(found: object, arguments: Arguments | None, args: Mapping[str, object]) -> Subject:
    """Return a module, a class of one or a function that makes one, as a subject. Raises `TargetError`."""
    named = found if isinstance(found, type) or not isinstance(found, nn.Module) else type(found)
    name = getattr(named, "__name__", type(named).__name__)
    return _subject(_Source(UserCode(name, tuple(sys.path)), found, args), name, arguments)


def _subject(source: _Source, name: str, arguments: Arguments | None) -> Subject:
    source.check()
    if arguments is None:
        arguments = source.own_arguments()

    def make(device: torch.device, initialise: bool) -> Built:
        model = source.made(device, owned=initialise or device != META)
        _check_call(source.code.shown, model, arguments)
        return of_module(model)

    return Subject(source.code.shown, name, "", arguments, make, running=source.running)


@dataclass(frozen=True, slots=True)
class _Source:
    """What the user named; `args`: what it is called with to make a model; `look`: how its traceback is seen."""

    code: UserCode
    found: Any
    args: Mapping[str, object]
    look: str = ""

    def check(self) -> None:
        """Raise `TargetError` for what no model can come of, before any of its code runs."""
        who = self.code.shown
        if isinstance(self.found, nn.Module):
            if self.args:
                raise TargetError(
                    f"{who}: is a model already; --arg is for a class or a function that makes one"
                )
        elif not callable(self.found):
            kind = _kind(self.found)
            raise TargetError(
                f"{who}: is {kind}, not a torch.nn.Module, a class of one or a function that makes one"
            )
        else:
            _check_args(who, self.found, self.args)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Stand around runs of the model: errors in a line, and the user's own module as it was."""
        with ExitStack() as undo:
            if isinstance(self.found, nn.Module):
                undo.enter_context(attributes_kept(self.found))
            undo.enter_context(self.code.running("its forward"))
            yield

    def made(self, device: torch.device, *, owned: bool) -> nn.Module:
        """Return the model on `device`; `owned`: one that nobody else holds, in evaluation mode.

        One that is not owned may be the user's own, wherever it lies: what is done to it must be undone.
        """
        if isinstance(self.found, nn.Module):
            model = unwrapped(self.found)
            return self._copied(model, device) if owned or _has_compiled(model) else model
        with self.code.running("making it", self.look):
            made, held = self._called(device)
        if not isinstance(made, nn.Module):
            raise TargetError(f"{self.code.shown}: gave {_kind(made)}, not a torch.nn.Module")
        model = unwrapped(made)
        _check_lazy(self.code.shown, model)
        if held:
            return self._copied(model, device)
        return uncompiled(model.to(device) if owned else model).eval()

    def _called(self, device: torch.device) -> tuple[Any, bool]:
        """Return what the class or function gives, built on `device` or else on the CPU, and whether it is held."""
        call = partial(self.found, **self.args)
        try:
            with device:
                return _made_and_held(call)
        except Exception as error:
            if device == CPU or is_about_memory(error):
                raise
        with CPU:
            return _made_and_held(call)

    def _copied(self, model: nn.Module, device: torch.device) -> nn.Module:
        _check_lazy(self.code.shown, model)
        if device != META and any(one.is_meta for one in model.parameters()):
            raise TargetError(
                f"{self.code.shown}: its weights lie on the meta device, without values, and this needs them: "
                "name a function that makes it"
            )
        with self.code.running("copying it (a function that makes the model needs no copy)"):
            return copied(model, device)

    def own_arguments(self) -> Arguments:
        """Return what the model says that it is called with. Raises `TargetError`, with its signature, if silent."""
        model = self.made(META, owned=False)
        with self.code.running("asking what it is called with"):
            for name in ("example_input_array", "dummy_inputs"):  # Lightning's and Hugging Face's
                given = getattr(model, name, None)
                if given is not None:
                    return described(given)
        signature = _signature(model.forward)
        if signature is not None and not signature.parameters:
            return Arguments(())
        takes = "" if signature is None else f", one for each of forward{signature}"
        raise TargetError(
            one_line(
                f"{self.code.shown}: needs --input{takes}: a shape, batch axis included, "
                "as --input 1,3,224,224 or --input 'mask=1,128:int64<30522'"
            )
        )


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model inside what `torch.compile` or data parallelism put around it."""
    while True:
        if isinstance(model, WRAPPERS):
            model = model.module
        elif _is_compiled(model):
            model = model.get_submodule("_orig_mod")
        else:
            return model


def _is_compiled(model: nn.Module) -> bool:
    """Return whether `torch.compile` made it; PyTorch imports the compiler to say so itself."""
    return "_orig_mod" in model._modules


def _has_compiled(model: nn.Module) -> bool:
    return any(map(_is_compiled, model.modules()))


def uncompiled(model: nn.Module) -> nn.Module:
    """Let a model run its own code: what `torch.compile` put around its modules is taken out of it, for good."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if (inside := unwrapped(child)) is not child:
                setattr(module, name, inside)
        if module._compiled_call_impl is not None:
            module._compiled_call_impl = None
    return model


def copied(model: nn.Module, device: torch.device) -> nn.Module:
    """Return a copy in evaluation mode whose tensors lie on `device`; they are copied straight there.

    What stands twice (tied weights) does so in the copy, and what was compiled runs its own code there. Tensors in
    plain attributes are copied without their history.
    """
    memo: dict[int, Any] = {}
    for module in (modules := list(model.modules())):
        for held in (module._parameters, module._buffers, vars(module)):
            for tensor in held.values():
                if type(tensor) in (torch.Tensor, nn.Parameter) and id(tensor) not in memo:
                    assert isinstance(tensor, torch.Tensor)
                    memo[id(tensor)] = _twin(tensor, device)
    for module in reversed(modules):  # what is inside of another comes first
        if _is_compiled(module):
            memo[id(module)] = copy.deepcopy(module.get_submodule("_orig_mod"), memo)
    return copy.deepcopy(model, memo).to(device).eval()


def _twin(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    twin = tensor.detach().to(device, copy=True)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(twin, requires_grad=tensor.requires_grad)
    return twin.requires_grad_(tensor.requires_grad)


def _counted(make: Callable[[], Any]) -> tuple[Any, int]:
    made = make()
    return made, sys.getrefcount(made)


_ALONE = _counted(object)[1]


def _made_and_held(make: Callable[[], Any]) -> tuple[Any, bool]:
    """Return what `make` gives, and whether something else holds it: a global of the user's, a cache."""
    made, references = _counted(make)
    return made, references > _ALONE


def _check_lazy(who: str, model: nn.Module) -> None:
    for name, module in model.named_modules():
        if any(is_lazy(one) for held in (module._parameters, module._buffers) for one in held.values()):
            raise TargetError(
                f"{who}: {name or 'the model'} ({type(module).__name__}) does not know its sizes until it has run; "
                "write them out, or name a function that runs the model once and returns it"
            )


def _kind(value: object) -> str:
    """Return what a value is, with its article: `a dict`, `an int`."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _check_args(who: str, found: Callable[..., Any], args: Mapping[str, object]) -> None:
    """Raise `TargetError` for arguments that a class or function does not take, or lacks."""
    signature = _signature(found)
    if signature is None:
        return
    kinds = {one.kind for one in signature.parameters.values()}
    names = [name for name, one in signature.parameters.items() if one.kind in _BY_NAME]
    for name in args:
        if name not in names and inspect.Parameter.VAR_KEYWORD not in kinds:
            near = closest(name, names)
            takes = f"it takes {', '.join(names)}" if names else "it takes none"
            raise TargetError(f"{who}: no argument {name!r}; {f'did you mean {near!r}?' if near else takes}")
    lacking = [
        name
        for name, one in signature.parameters.items()
        if one.default is one.empty and one.kind not in _ANY_NUMBER and name not in args
    ]
    if lacking:
        raise TargetError(f"{who}: needs {', '.join(lacking)}; write --arg {lacking[0]}=VALUE")


_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _check_call(who: str, model: nn.Module, arguments: Arguments) -> None:
    """Raise `TargetError` where the model's `forward` cannot be called so."""
    signature = _signature(model.forward)
    if signature is None:
        return
    try:
        signature.bind(*arguments.by_place, **arguments.by_name)
    except TypeError as error:
        raise TargetError(
            one_line(f"{who}: {error}, by what --input says; it is forward{signature}")
        ) from None


def _signature(found: Callable[..., Any]) -> inspect.Signature | None:
    """Return what can be called with; None where Python does not know (a compiled extension, TorchScript)."""
    try:
        signature = inspect.signature(found)
    except (ValueError, TypeError):
        return None
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    return signature.replace(parameters=bare, return_annotation=signature.empty)


def _look(name: PythonName, args: Mapping[str, object]) -> str:
    made = ", ".join(f"{key}={value!r}" for key, value in args.items())
    return f'; `python -c "{import_line(name)}; m.{name.object}({made})"` shows the whole traceback'
