"""What a document states goes in where its code cannot make it: a tensor of that shape stands for what is not there.

What is made of such a tensor is known to be; its own shape, which is only what the document says, proves nothing.
"""

from __future__ import annotations

import contextlib
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from archcheck.arguments import Argument
from archcheck.running.first_layer import First
from archcheck.running.letters import PRIMES, Letters
from archcheck.running.observed import STATED, Event
from archcheck.running.stand_ins import Unknown
from archcheck.running.stated_inputs import Sizes
from archcheck.running.stated_names import StatedNames
from archcheck.running.trying import tensor_of
from archcheck.running.wire import Record
from archcheck.units import Shape

_NO_LAYER = First("function", 0, None, -1, ())
_USED = "__archcheck_used__"
"""What a supposed tensor has that anything was made of."""
MOST_NUMBERS = 2**27
"""In all tensors that are more than their shapes."""
MOST_WHOLE = 2
"""Axes of tensors that are whole numbers where all such are: numbers of words, labels."""
_OF_SHAPES = (RuntimeError, IndexError, ValueError, TypeError, AssertionError)
"""What is raised where a tensor has not the shape that is needed."""
_UNKNOWN = re.compile(r"\bmeta\b|\bUnknown\b")
"""In what is raised where nothing is known of a value."""
WHOLE_WORDS = frozenset(("ids", "id", "idx", "index", "indices", "token", "tokens", "label", "labels"))


def tensors_of(touched: Callable[[], None], stated: Callable[[], None]) -> type[torch.Tensor]:
    """Return the class of supposed tensors; `touched`: is told when one is used, `stated`: when one is asked itself."""

    class Supposed(torch.Tensor):
        """A tensor that a document's code did not make; what is made of it is one, too."""

        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            touched()
            if func.__name__ in ("__get__", "size"):
                if hasattr(args[0], STATED):
                    stated()
            else:
                for one in (*args, *(args[0] if args and isinstance(args[0], tuple | list) else ())):
                    if isinstance(one, cls) and hasattr(one, STATED):
                        vars(one)[_USED] = True
            go_on: Callable[..., Any] = super().__torch_function__
            return go_on(func, types, args, kwargs or {})

    return Supposed


class Supposing:
    """What functions that can go on ask where something failed; nothing is supposed but `under` a call.

    `kind`: the class of supposed tensors; `names`: the whole numbers that the document has names for.
    """

    def __init__(
        self,
        stated: StatedNames,
        kind: type[torch.Tensor],
        device: torch.device,
        names: Callable[[nn.Module | None], Mapping[str, int]],
    ) -> None:
        self.stated, self._kind, self.device, self._names = stated, kind, device, names
        self._under: Under | None = None
        self._numbers = 0

    @contextmanager
    def under(
        self, free: tuple[int, ...], *, whole: bool, path: Mapping[tuple[int, int], bool]
    ) -> Iterator[Under]:
        """Suppose what is stated while this runs.

        `free`: sizes of letters of which nothing is known; `whole`: whether tensors of few axes are of whole numbers;
        `path`: how branches go, by the lines and columns of their `if`s.
        """
        self._under = under = Under(free, whole, path)
        try:
            yield under
        finally:
            self._under = None

    def goes_on(self) -> bool:
        """Return whether what failed is to be supposed; what fails for a shape is noted."""
        if self._under is None:
            return False
        error = sys.exc_info()[1]
        if error is not None and error.__traceback__ is not None:
            self._under.line = self._under.line or error.__traceback__.tb_lineno
        self._under.failed |= isinstance(error, _OF_SHAPES) and not _UNKNOWN.search(str(error))
        return True

    def branch(self, line: int, column: int, value: Any) -> Any:
        """Return how a branch goes; where that hangs on values that nobody has, into its body."""
        if self._under is None:
            return value
        with contextlib.suppress(Exception):
            return self._under.path.get((line, column), bool(value))
        return True

    def instead(self, function: str, first: int, last: int, name: str) -> Any:
        """Return what stands for a variable that a failed statement would have set."""
        return self._of(function, first, last, name, sys._getframe(1).f_locals)

    def rounds(self, values: Any, function: str, first: int, last: int, names: Any) -> Any:
        """Return what a loop goes through: where that fails before its first round, one round of what is stated."""
        if self._under is None:
            return values
        return self._rounds(values, function, first, names, sys._getframe(1).f_locals)

    def _rounds(
        self, values: Any, function: str, first: int, names: Any, known: Mapping[str, Any]
    ) -> Iterator[Any]:
        ran = False
        try:
            for value in values:
                yield value
                ran = True
        except Exception:  # whatever a document's own objects raise
            if ran:
                return
        if not ran:
            yield self._round(function, first, names, known)

    def _round(self, function: str, line: int, names: Any, known: Mapping[str, Any]) -> Any:
        if isinstance(names, tuple):
            return tuple(self._round(function, line, one, known) for one in names)
        return self._of(function, line, line, names or "", known)

    def _of(self, function: str, first: int, last: int, name: str, known: Mapping[str, Any]) -> Any:
        sizes = self.stated.of(function, name, first, last)
        if sizes is None:
            return Unknown(name)
        return self.tensor(name, sizes, self._letters(function, last, known))

    def _letters(self, function: str, line: int, known: Mapping[str, Any]) -> Letters:
        """Return the sizes that letters have by now in a call of a function, as its variables show them."""
        owner = known.get("self")
        numbers = {name: value for name, value in known.items() if type(value) is int and len(name) > 1}
        letters = self.letters(owner if isinstance(owner, nn.Module) else None, numbers)
        for name, value in known.items():
            if isinstance(value, torch.Tensor) and (sizes := self.stated.latest(function, name, line)):
                with torch._C.DisableTorchFunctionSubclass():  # it is we who ask
                    _bind(letters.found, sizes, tuple(value.shape))
        return letters

    def letters(self, owner: nn.Module | None, numbers: Mapping[str, int] | None = None) -> Letters:
        """Return what sizes letters have that nothing binds yet; `numbers`: those of the code, beside its owner's."""
        under = self._under or Under()
        return Letters({**self._names(owner), **(numbers or {})}, _NO_LAYER, under.free, under.letters)

    def tensor(self, name: str, sizes: Sizes, letters: Letters) -> torch.Tensor:
        """Return a tensor of a stated shape. Raises ValueError for one that would take much memory."""
        under = self._under or Under()
        shape = letters.shape(sizes)
        self._numbers += math.prod(shape)
        if self.device.type != "meta" and self._numbers > MOST_NUMBERS:
            raise ValueError(f"{name} is too large")
        words = set(name.lower().split("_"))
        if words & {"mask", "masks"}:
            dtype = "bool"
        elif words & WHOLE_WORDS or (under.whole and len(shape) <= MOST_WHOLE):
            dtype = "int64"
        else:
            dtype = "float32"
        with torch._C.DisableTorchFunctionSubclass():
            tensor = tensor_of(Argument(shape, dtype), self.device).to(self.device).as_subclass(self._kind)
        setattr(tensor, STATED, f"{STATED}{len(under.tensors)}")
        under.tensors.append(tensor)
        return tensor

    def of_names(self, names: Iterable[str], first: int, last: int) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield what stands for variables of the top that a statement on these lines would have set."""
        for name in names:
            if (sizes := self.stated.of("", name, first, last)) is not None:
                with contextlib.suppress(
                    Exception
                ):  # of a size that nothing holds, whatever PyTorch says of it
                    yield name, self.tensor(name, sizes, self.letters(None))


@dataclass(slots=True)
class Under:
    """How things are supposed in one call, as `Supposing.under` has it, and what came of that.

    `letters`: the sizes they have by now; `tensors`: what was supposed; `failed`: whether anything failed for a shape;
    `line`: of the program, where the first thing failed, 0 where nothing did.
    """

    free: tuple[int, ...] = PRIMES
    whole: bool = False
    path: Mapping[tuple[int, int], bool] = field(default_factory=dict)
    letters: dict[str, int] = field(default_factory=dict)
    tensors: list[torch.Tensor] = field(default_factory=list)
    failed: bool = False
    line: int = 0

    def settled(self, records: Sequence[Record]) -> Iterator[Record]:
        """Yield what was seen, with the sizes that letters have: these hold wherever a claim has them.

        A supposed tensor that was used, where no shape failed, is as it is stated.
        """
        used: dict[str, Shape] = {}
        for one in self.tensors if not self.failed else ():
            if _USED in vars(one):
                used[getattr(one, STATED)] = (*one.shape,)
        for record in records:
            if isinstance(record, Event):
                value = (
                    used.get(record.value, record.value) if isinstance(record.value, str) else record.value
                )
                record = replace(record, value=value, names={**self.letters, **(record.names or {})})
            yield record


def _bind(found: dict[str, int], sizes: Sizes, shape: Shape) -> None:
    """Let letters stand for the sizes of a tensor that has the stated number of axes."""
    if len(sizes) == len(shape):
        for letter, size in zip(sizes, shape, strict=True):
            if isinstance(letter, str) and letter.isidentifier():
                found.setdefault(letter, int(size))
