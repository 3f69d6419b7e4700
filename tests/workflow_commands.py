"""GitHub's workflow commands read strictly, as its runner reads them.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands and the escaping of actions/toolkit:
`%`, CR and LF in data; these, `:` and `,` in properties.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMAND = re.compile(r"::(?P<name>error|warning|notice) (?P<properties>[^:]+)::(?P<data>.*)")
_ESCAPE = re.compile(r"%(?:25|0D|0A|3A|2C)")
_SAID = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


@dataclass(frozen=True)
class Annotation:
    """One command: its name, its properties and its message, unescaped."""

    name: str
    properties: dict[str, str]
    message: str


def read_commands(text: str) -> list[Annotation]:
    """Return the commands of an output; a line that is none must not look like one."""
    assert "\r" not in text
    found = []
    for line in text.rstrip("\n").split("\n"):
        if line.lstrip().startswith("::"):
            found.append(_annotation(line))
        else:
            assert "##[" not in line
    return found


def _annotation(line: str) -> Annotation:
    command = _COMMAND.fullmatch(line)
    assert command is not None, line
    pairs = [pair.split("=", 1) for pair in command["properties"].split(",")]
    properties = {name: _unescaped(value) for name, value in pairs}
    assert len(properties) == len(pairs)
    assert properties.keys() <= {"file", "line", "endLine", "col", "endColumn", "title"}
    assert all(int(properties[name]) > 0 for name in ("line", "col") if name in properties)
    return Annotation(command["name"], properties, _unescaped(command["data"]))


def _unescaped(text: str) -> str:
    assert "%" not in _ESCAPE.sub("", text), text
    return _ESCAPE.sub(lambda match: _SAID[match[0]], text)
