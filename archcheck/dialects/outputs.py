"""What a document shows as printed, beside shapes: tables of layers and models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from archcheck.dialects.stated import StatedShape


@dataclass(frozen=True, slots=True)
class TableRow:
    """One layer of a table.

    `type`, `name`: its class and, where the table has it, its attribute; `index`: what follows the class (`2-1` of
    torchinfo: depth and place in it; `1` of torchsummary); `depth`: from 1 for the model's own layers, 0 for the model,
    None where the table has none. `given`, `received`: its output and its input; `params`: None where none are counted
    (`--`, `(recursive)`). `start`, `end`: its line in the text that was read.
    """

    type: str
    name: str | None
    depth: int | None
    index: str | None
    received: StatedShape | None
    given: StatedShape | None
    params: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table of torchinfo or torchsummary; `totals`: by the words of the table, in lower case (`total params`)."""

    tool: Literal["torchinfo", "torchsummary"]
    rows: tuple[TableRow, ...]
    totals: Mapping[str, str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PrintedModel:
    """What `print(model)` shows: the class of the model, and the text from its first line to its last bracket."""

    type: str
    text: str
    start: int
    end: int
