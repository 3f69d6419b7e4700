"""What a block's own label says that it holds: `python3 title="a.py"`, `{.python .input}`, `{code-block} python`."""

from __future__ import annotations

import re
from typing import Literal

Holds = Literal["python", "session", "output", "unsaid", "markup", "other"]
"""`unsaid`: no language is named. `markup`: a directive that holds text of the document's own format."""

_PYTHON = frozenset({"python", "python3", "py", "py3", "ipython", "ipython3", "pytorch", "torch"})
_SESSION = frozenset({"pycon", "pycon3", "ipythonconsole", "python-repl", "pyrepl", "doctest"})
_OUTPUT = frozenset(
    {
        "text",
        "txt",
        "output",
        "out",
        "console",
        "none",
        "plain",
        "plaintext",
        "stdout",
        "result",
        "results",
        "log",
    }
    | {"testoutput", "parsed-literal", "code-output", "ansi"}
)
_CODE_DIRECTIVES = frozenset({"code-block", "code", "sourcecode", "code-cell", "jupyter-execute", "ipython"})
_PYTHON_DIRECTIVES = frozenset({"code-cell", "jupyter-execute", "ipython", "testcode", "testsetup"})
_MARKUP = (
    *(
        "admonition",
        "note",
        "tip",
        "hint",
        "important",
        "warning",
        "caution",
        "attention",
        "danger",
        "seealso",
    ),
    *(
        "tab",
        "grid",
        "card",
        "dropdown",
        "details",
        "exercise",
        "solution",
        "prf:",
        "div",
        "margin",
        "sidebar",
        "topic",
    ),
)
"""What the names begin with of MyST's directives that hold text. Any other name may be a language of Quarto's."""
_RAW = frozenset(
    {"math", "raw", "mermaid", "image", "figure", "toctree", "graphviz", "bibliography", "eval-rst"}
)
_DIRECTIVE = re.compile(r"\{([\w:.-]+)\}\s*(.*)")
_CLASSES = re.compile(r"\{\s*(?:#[\w-]+\s+)?\.([\w+#-]+)")
_WORD = re.compile(r"\{?\s*([\w+#-]+)")


def of_info(info: str) -> Holds:
    """Return what a Markdown fence holds by the text behind its ticks.

    >>> of_info("{.python .input}"), of_info("{code-block} bash"), of_info("")
    ('python', 'other', 'unsaid')
    """
    info = info.strip()
    directive = _DIRECTIVE.match(info)
    if directive is not None and of_word(directive[1]) == "other":
        known = directive[1] in _CODE_DIRECTIVES | _PYTHON_DIRECTIVES or directive[1].startswith(_MARKUP)
        return of_directive(directive[1], directive[2]) if known else "other"
    found = _CLASSES.match(info) or _WORD.match(info)
    if found is None:
        return "unsaid"
    return of_word(found[1])


def of_word(word: str) -> Holds:
    """Return what a language's name says."""
    word = word.lower()
    if word in _PYTHON:
        return "python"
    return "session" if word in _SESSION else "output" if word in _OUTPUT else "other"


def of_directive(name: str, argument: str) -> Holds:
    """Return what a directive holds: `code-block` with a language, `testoutput`, `note`."""
    argument = argument.strip()
    if name in _PYTHON_DIRECTIVES and not argument:
        return "python"
    if name in _CODE_DIRECTIVES:
        return of_word(argument.split()[0]) if argument else "unsaid"
    if name in _PYTHON_DIRECTIVES:
        return "python"
    if name in _RAW:
        return "other"
    said = of_word(name)
    return "markup" if said == "other" else said
