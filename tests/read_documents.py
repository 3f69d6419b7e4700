"""Documents read for tests: what their passages hold, with every line's place proved."""

from __future__ import annotations

from archcheck.documents import Document, Line, Passage, read

Read = list[tuple[str, str]]


def passages(path: str, text: str) -> Read:
    """Return each passage's kind and its lines, joined by `|`."""
    document = read(path, text)
    for passage in document.passages:
        prove(document, passage)
    return [(one.kind, "|".join(line.text for line in one.lines)) for one in document.passages]


def prove(document: Document, passage: Passage) -> None:
    """Hold that a passage's lines stand where they say, in order."""
    numbers = [line.number for line in passage.lines]
    assert numbers == sorted(set(numbers))
    assert len(passage.lines) > 0
    if passage.cell is None:
        for line in passage.lines:
            prove_line(document.text, line)


def prove_line(text: str, line: Line) -> None:
    """Hold that a line's text, as far as it is no blank, stands at its place and in the line of its number."""
    blanks = len(line.text) - len(line.text.lstrip())
    bare = line.text.strip()
    if bare != "pass":  # what stands for a magic in an indented line
        at = line.start + blanks
        assert text[at : at + len(bare)] == bare
    before = text[: line.start].replace("\r\n", "\n").replace("\r", "\n")
    assert before.count("\n") + 1 == line.number
