"""Figure -> a Mermaid flowchart, which the pages of code servers draw where it stands in a README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archcheck.drawing.figure import Figure, Item, Step
from archcheck.drawing.words import heading, of_network, size_lines

CLASSES = """\
    classDef silent fill:#e4e9ef,stroke:#47525f,color:#1b2027
    classDef agrees fill:#d3efdd,stroke:#0d6b3c,color:#1b2027
    classDef wrong fill:#fbe7bd,stroke:#7a4b00,color:#1b2027
    classDef differs fill:#fbd7d9,stroke:#a8131c,color:#1b2027
"""
_SPECIAL = {ord(character): f"#{ord(character)};" for character in '#"<>&`*_~[]{}()|\\'}
"""What Mermaid, or the Markdown and the HTML in it, would read as more than a character."""


def mermaid(figure: Figure) -> str:
    """Return the network as a flowchart, from above to below."""
    pen = _Pen()
    pen.items(figure.items, ())
    said = (figure.title, figure.summary, *(words for words, _ in of_network(figure.checks)))
    comments = "".join(f"%% {' '.join(words.split())}\n" for words in said)
    lines = "".join(f"    {line}\n" for line in pen.lines)
    return f"{comments}flowchart TD\n{lines}{CLASSES}"


@dataclass(frozen=True, slots=True)
class _End:
    """Where an edge begins: a node, and what the edge is called."""

    node: str
    name: str = ""

    @property
    def label(self) -> str:
        """The name as Mermaid writes it on an edge."""
        return f'|"{_text(self.name)}"|' if self.name else ""


@dataclass(slots=True)
class _Pen:
    """The lines so far, and by its path the node of each step."""

    lines: list[str] = field(default_factory=list)
    nodes: dict[str, str] = field(default_factory=dict)

    def items(self, items: Sequence[Item], ends: tuple[_End, ...]) -> tuple[_End, ...]:
        """Write what follows the ends; return the ends of that."""
        for item in items:
            if isinstance(item, Step):
                ends = self.step(item, ends)
                continue
            leaving: tuple[_End, ...] = ()
            for way in item.ways:
                name = " ".join(word for word in (way.name, "aside" if way.aside else "") if word)
                after = self.items(way.items, tuple(_End(end.node, name) for end in ends))
                leaving = leaving if way.aside else (*leaving, *after)
            ends = leaving
        return ends

    def step(self, step: Step, ends: tuple[_End, ...]) -> tuple[_End, ...]:
        """Write a step: as a node, or, where it is an earlier one taken up again, as that one's."""
        again = None if step.source is None else self.node_of(step.source)
        if again is not None:
            return (_End(again),)
        node = self.nodes[step.path] = f"n{len(self.nodes)}"
        words = "<br/>".join(_text(line) for line, _ in (*heading(step), *size_lines(step)))
        self.lines.append(f'{node}["{words}"]:::{_class(step)}')
        self.lines += (f"{end.node} -->{end.label} {node}" for end in ends)
        return (_End(node),)

    def node_of(self, path: str) -> str | None:
        """Return the node of what a path names: its own, or if that is a block the last in it."""
        names = (name for name in reversed(self.nodes) if name == path or name.startswith(f"{path}."))
        return next((self.nodes[name] for name in names), None)


def _class(step: Step) -> str:
    return step.tone.split()[-1]


def _text(words: str) -> str:
    return words.translate(_SPECIAL)
