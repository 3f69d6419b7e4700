"""What stands in for a library that is not installed: it can be named, inherited from and decorate, and no more.

Using one as a value raises `Missing`, so that the statement which does so is left out and says why.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, FunctionType, ModuleType
from typing import Any, NoReturn

from torch import nn

from archcheck.running.data_sets import TORCHVISION
from archcheck.running.rearranging import EINOPS
from archcheck.running.summaries import torchinfo, torchsummary


class Missing(Exception):  # noqa: N818 - the reason of a statement that is left out, not an error
    """A library that is not installed was needed."""


class StandIn:
    """Something of a library that is not there; `name`: dotted; `why`: what is said where it is used as a value."""

    def __init__(self, name: str, why: str) -> None:
        self.__dict__.update(_name=name, _why=why)
        self.__name__ = self.__qualname__ = name.rpartition(".")[2]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{self._name}.{name}", self._why)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Decorate a function or class of the document: it stays as it is. Anything else needs the library.

        A layer that a module of the document makes for itself is there, and needs it when it is called.
        """
        if len(args) == 1 and not kwargs and _is_documents(args[0]):
            return args[0]
        if self.__name__[:1].isupper() and _makes_itself(sys._getframe(1)):
            return Lacking(self._why)
        return self._use()

    def __getitem__(self, key: object) -> StandIn:
        return self

    def __or__(self, other: object) -> StandIn:
        return self

    __ror__ = __or__

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self._name}, which is not installed>"

    def _use(self, *_: object) -> NoReturn:
        raise Missing(self._why)

    __iter__ = __len__ = __bool__ = __enter__ = __exit__ = _use
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _use
    __matmul__ = __rmatmul__ = __floordiv__ = __mod__ = __pow__ = __neg__ = __lt__ = __gt__ = __le__ = (
        __ge__
    ) = _use
    __int__ = __float__ = __index__ = __contains__ = __setitem__ = _use


class Unknown(StandIn):
    """A variable of which nothing is known: not even its attributes are."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"nothing says what {name} is")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._use()

    def __getitem__(self, key: object) -> Any:
        return self._use()


def _is_documents(value: object) -> bool:
    """Return whether a value is a function or class that stands in the document itself."""
    return isinstance(value, FunctionType | type) and value.__module__ == "__main__"


def _makes_itself(frame: FrameType) -> bool:
    """Return whether a frame is of a module's `__init__`, or of a comprehension in it."""
    outer = frame if frame.f_code.co_name == "__init__" else frame.f_back
    within = frame is outer or frame.f_code.co_name in ("<listcomp>", "<genexpr>", "<dictcomp>")
    if outer is None or not within or outer.f_code.co_name != "__init__":
        return False
    return isinstance(outer.f_locals.get("self"), nn.Module)


class Lacking(nn.Module):
    """A layer of a library that is not there: what runs before it runs."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self._why = why

    def forward(self, *_: object, **__: object) -> NoReturn:
        """Refuse: nobody knows what it gives."""
        raise Missing(self._why)


class StandInModule(ModuleType):
    """A library, or a part of one, that is not there."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self._why = why

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{self.__name__}.{name}", self._why)

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Refuse: it is a library."""
        raise Missing(self._why)


class Patched(ModuleType):
    """A module that is there; names that it lacks are stand-ins."""

    def __init__(self, module: ModuleType, why: str) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(vars(module))
        self._why = why

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{self.__name__}.{name}", self._why)


class Shell(nn.Module):
    """The base of a class whose own base is a module of a library that is not there."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()

    def forward(self, *args: Any) -> Any:
        """Run what it holds, where that is one module or is called `net`, `model` or `backbone`."""
        held = dict(self.named_children())
        for name in ("net", "model", "backbone"):
            if name in held:
                return held[name](*args)
        if len(held) == 1:
            return next(iter(held.values()))(*args)
        raise Missing("it inherits its forward from a library that is not installed")

    def save_hyperparameters(self, *_: Any, **__: Any) -> None:
        """Keep the arguments of the caller under their own names, as the libraries that have this do."""
        given = sys._getframe(1).f_locals
        for name, value in given.items():
            if name not in ("self", "__class__") and not name.startswith("__"):
                setattr(self, name, value)


MODULES = {
    *("Module", "LightningModule", "Classifier", "ModelMixin", "PreTrainedModel", "BaseModel", "BaseModule"),
    *(
        "Encoder",
        "Decoder",
        "EncoderDecoder",
        "AttentionDecoder",
        "Layer",
        "Block",
        "RNNLMScratch",
        "LightningModel",
    ),
}
"""Names that libraries give to what is a `torch.nn.Module`."""


class Passing(nn.Module):
    """A module in the place of one that nothing says: it gives back what goes in first.

    It is made with anything, and called with anything; where `parts` are wanted, the others are None.
    """

    parts = 1

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()

    def forward(self, first: Any, *_: Any, **__: Any) -> Any:
        """Return what goes in first."""
        return first if self.parts == 1 else (first, *[None] * (self.parts - 1))


def is_passing(model: object) -> bool:
    """Return whether a model has parts that stand in: what it gives may have another shape with the real ones."""
    whole = getattr(model, "__self__", model)  # of a method
    return isinstance(whole, nn.Module) and any(isinstance(one, Passing) for one in whole.modules())


class _DropPath(nn.Identity):
    """Stochastic depth: shapes pass through."""


def _to_ntuple(count: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: tuple(value) if isinstance(value, tuple | list) else (value,) * count


KNOWN: dict[str, Any] = {
    **EINOPS,
    **TORCHVISION,
    "DropPath": _DropPath,
    "trunc_normal_": nn.init.trunc_normal_,
    "to_2tuple": _to_ntuple(2),
    "to_3tuple": _to_ntuple(3),
    "torchinfo.summary": torchinfo,
    "torchinfo.torchinfo.summary": torchinfo,
    "torchsummary.summary": torchsummary,
    "torchsummary.torchsummary.summary": torchsummary,
}
"""What shapes pass through, or what only calls the model: by its name, in whichever library it is."""
ALWAYS = ("torchinfo", "torchsummary")
"""Libraries that are stood in for where they are installed, too: they look for values on the meta device."""


def stand_in(name: str, why: str) -> Any:
    """Return what stands for a dotted name of a library that is not there."""
    for key in (name, name.rpartition(".")[2]):
        if key in KNOWN:
            return KNOWN[key]
    return StandIn(name, why)


def class_builder(build: Callable[..., Any]) -> Callable[..., Any]:
    """Return `__build_class__` for a document: with a stand-in for a base, a class that has a `forward` is a module."""

    def built(body: FunctionType, name: str, /, *bases: Any, **kwargs: Any) -> Any:
        if any(isinstance(base, StandIn | StandInModule) for base in bases):
            real = [base for base in bases if not isinstance(base, StandIn | StandInModule)]
            known = any(getattr(base, "__name__", "").rpartition(".")[2] in MODULES for base in bases)
            is_module = known or "forward" in body.__code__.co_names
            has_one = any(isinstance(base, type) and issubclass(base, nn.Module) for base in real)
            bases = (*real, *((Shell,) if is_module and not has_one else ()))
            kwargs.pop("metaclass", None)
        return build(body, name, *bases, **kwargs)

    return built
