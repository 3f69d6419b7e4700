"""reStructuredText: directives, literal blocks, sessions."""

from __future__ import annotations

import pytest

from tests.read_documents import Read, passages

CODE = "x = net(y)  # [1, 2]"

PAGES: list[tuple[str, Read, str]] = [
    (
        f"Text::\n\n    {CODE}\n\nMore.\n",
        [("prose", "Text::"), ("code", CODE), ("prose", "More.")],
        "a literal block",
    ),
    (f"::\n\n  {CODE}\n", [("prose", "::"), ("code", CODE)], "a literal block of nothing"),
    (
        "Text::\n\n  src/\n    a.py\n",
        [("prose", "Text::"), ("prose", "src/|a.py")],
        "a literal block of no code",
    ),
    ("Text::\n\nMore.\n", [("prose", "Text::||More.")], "a literal block without lines"),
    (f"- a::\n\n    {CODE}\n", [("prose", "- a::"), ("code", CODE)], "a literal block in an item"),
    ("- a::\n\n  b = 1\n", [("prose", "- a::||b = 1")], "as deep as the item's text is the item"),
    (f".. code-block:: python\n\n   {CODE}\n\nb\n", [("code", CODE), ("prose", "b")], "a directive"),
    (
        f".. code-block:: python\n   :linenos:\n   :caption: a b\n\n   {CODE}\n\n   def f():\n\n       pass\n",
        [("code", f"{CODE}||def f():||    pass")],
        "options, blank lines",
    ),
    (f".. code:: python3\n\n   {CODE}\n", [("code", CODE)], "the standard's own"),
    (f".. sourcecode:: python\n\n   {CODE}\n", [("code", CODE)], "the old name"),
    (f".. code-block::\n\n   {CODE}\n", [("code", CODE)], "no language, and it looks like code"),
    (".. code-block::\n\n   a b\n", [("prose", "a b")], "no language, and it does not"),
    (".. code-block:: bash\n\n   x=3\n", [], "another language"),
    (
        f".. testcode::\n\n   {CODE}\n\n.. testoutput::\n\n   1\n",
        [("code", CODE), ("output", "1")],
        "tested code",
    ),
    (
        f".. testcode:: group\n   :hide:\n\n   {CODE}\n\n.. parsed-literal::\n\n   1\n",
        [("code", CODE), ("output", "1")],
        "of a group",
    ),
    (".. doctest::\n\n   >>> x.shape\n   (1,)\n", [("code", "x.shape"), ("output", "(1,)")], "a doctest"),
    (
        "a\n\n>>> x = 1\n>>> x\n1\n\nb\n",
        [("prose", "a"), ("code", "x = 1|x"), ("output", "1"), ("prose", "b")],
        "bare",
    ),
    (f".. note::\n\n   a::\n\n      {CODE}\n", [("prose", ".. note::||a::"), ("code", CODE)], "in a note"),
    (
        f".. note::\n\n   .. code:: python\n\n      {CODE}\n",
        [("prose", ".. note::"), ("code", CODE)],
        "a directive in it",
    ),
    (f".. a comment\n   {CODE}\n", [], "a comment"),
    (f".. _label:\n\n{CODE}\n", [("prose", f".. _label:||{CODE}")], "a label"),
    (f"..  code-block:: python\r\n\r\n\t{CODE}\r\n", [], "two blanks behind the dots: a comment"),
    (
        f".. code-block:: python\r\n\r\n\t{CODE}\r\n\ta\r\n",
        [("code", f"{CODE}|a")],
        "tabs, two signs a line end",
    ),
    (
        ".. code:: python\n\n   for x in a:\n       print(x)\n"
        "       >>> Data(x=[2, 4],\n                b=[3])\n\n       y = x\n",
        [("code", "for x in a:|    print(x)||||    y = x"), ("output", "Data(x=[2, 4],|             b=[3])")],
        "what it prints stands behind a prompt",
    ),
    (
        ".. code:: python\n\n   print(x)\n\nIt gives::\n\n   torch.Size([2])\n",
        [("code", "print(x)"), ("prose", "It gives::"), ("output", "torch.Size([2])")],
        "a literal block that looks printed",
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(text, read, id=why) for text, read, why in PAGES]
)
def test_a_page(text: str, expected: Read) -> None:
    assert passages("page.rst", text) == expected
