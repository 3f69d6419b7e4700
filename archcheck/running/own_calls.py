"""The calls that a document makes itself: they are told of, with the line where each stands, and kept to be varied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn

from archcheck.running.described import described_call, line_in, raising_part
from archcheck.running.executing import said_of
from archcheck.running.observed import Called
from archcheck.running.recording import Call, Recorder, Tell
from archcheck.running.varying import arguments_in
from archcheck.running.wire import Record

MOST_CALLS = 40
"""Of the document's own that are told of."""


class OwnCalls:
    """Notes every call that a document makes; of one of PyTorch's layers only that it fails."""

    def __init__(
        self,
        namespace: dict[str, Any],
        recorder: Recorder,
        emit: Callable[[Record], None],
        keep: Callable[[nn.Module, str, Any], None],
    ) -> None:
        """Hand on what is noted to `emit`, and what went through to `keep`: the module, its class and the call."""
        self._namespace, self._recorder, self._emit, self._keep = namespace, recorder, emit, keep
        self._told: set[tuple[str, tuple[tuple[int, ...], ...]]] = set()

    def __call__(self, call: Call) -> Tell | None:
        """Take a call that is about to be made."""
        module, args, kwargs = call
        plain = type(module).__module__.startswith("torch.nn.") and not isinstance(module, nn.Sequential)
        described = described_call(args, kwargs)
        what, shapes = type(module).__name__, tuple(one.shape for one in arguments_in(described))
        if (what, shapes) in self._told or len(self._told) >= MOST_CALLS:
            return None
        self._told.add((what, shapes))
        line = line_in(self._namespace)

        def tell(error: BaseException | None) -> None:
            went = Called(0, what, shapes, "document", line=line)
            if self._recorder.doubted():  # what it says may be so because of what was supposed, or left out
                return
            if error is None:
                if not plain:
                    self._emit(went)
                    self._keep(module, what, described)
            else:
                part = raising_part(module, self._recorder.raised)
                self._emit(replace(went, error=said_of(error), part=part))

        return tell
