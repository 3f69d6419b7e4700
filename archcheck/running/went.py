"""Calls that went through, as they are kept until it is known which of them are told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from archcheck.running.candidates import Candidate
from archcheck.running.observed import Called
from archcheck.running.recording import Held


@dataclass(frozen=True, slots=True)
class Went:
    """A call that went through; `tried`: what was called, a copy where calls change it."""

    called: Called
    held: Held
    candidate: Candidate
    tried: Callable[..., Any]

    def by_chance(self) -> Went:
        """Return it as one that there was no time to compare with others: what was guessed may not be meant."""
        made_up = self.called.origin == "first layer"
        return replace(self, called=replace(self.called, origin="made up")) if made_up else self


@dataclass(frozen=True, slots=True)
class Kept:
    """A model, a call of it that went through, and on which device."""

    model: Callable[..., Any]
    what: str
    call: Any
    device: torch.device
