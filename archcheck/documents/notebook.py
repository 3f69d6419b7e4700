"""Jupyter notebooks, formats 3 and 4 -> passages: the cells in order, and what they printed when they were saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import JSONDecodeError
from typing import Any

from archcheck.documents import located
from archcheck.documents.document import Line
from archcheck.documents.gathering import Gathering
from archcheck.documents.located import Located
from archcheck.documents.magics import other_language
from archcheck.documents.text import shown
from archcheck.errors import DocumentError


def read_notebook(path: str, text: str, into: Gathering) -> None:
    """Add a notebook's passages; cells are counted from 1, all of them. Raises `DocumentError`."""
    book = _loaded(path, text)
    python = _is_python(book)
    for number, cell in enumerate(_cells(path, book), 1):
        into.cell = number
        _read_cell(cell, text, into, python=python)


def _loaded(path: str, text: str) -> dict[str, Any]:
    try:
        book = located.loads(text)
    except JSONDecodeError as error:
        where = f"{shown(path)}:{error.lineno}:{error.colno}"
        raise DocumentError(f"{where}: is not JSON: {error.msg}; save the notebook again") from None
    except RecursionError:
        raise DocumentError(f"{shown(path)}: is nested too deep for a notebook; save it again") from None
    return _dict(book)


def _cells(path: str, book: dict[str, Any]) -> list[Any]:
    if isinstance(book.get("cells"), list):
        return list(book["cells"])
    if isinstance(book.get("worksheets"), list):
        return [cell for sheet in book["worksheets"] for cell in _list(_dict(sheet).get("cells"))]
    raise DocumentError(
        f"{shown(path)}: has no list of cells, so it is no notebook; save it as .ipynb of format 4"
    )


def _is_python(book: dict[str, Any]) -> bool:
    """Return whether the kernel speaks Python; a notebook that does not say does."""
    about = _dict(book.get("metadata"))
    kernel, language = _dict(about.get("kernelspec")), _dict(about.get("language_info"))
    said = (kernel.get("language"), language.get("name"), kernel.get("name"))
    name = next((one for one in said if isinstance(one, str) and one), "python")
    return "py" in name.lower() or name == kernel.get("name")


def _read_cell(cell: object, raw: str, into: Gathering, *, python: bool) -> None:
    cell = _dict(cell)
    lines = located.lines(_pieces(cell.get("source", cell.get("input"))), raw)
    if cell.get("cell_type") != "code":
        into.prose(lines)
        return
    if python and cell.get("language", "python") == "python" and not other_language(lines):
        kept = (_dict(output).get("output_type") for output in _list(cell.get("outputs")))
        into.code(lines, raises=any(kind in ("error", "pyerr") for kind in kept))
        _read_outputs(cell, raw, into)


def _read_outputs(cell: dict[str, Any], raw: str, into: Gathering) -> None:
    number = 1
    for output in _list(cell.get("outputs")):
        lines: Sequence[Line] = located.lines(_pieces(_printed(_dict(output))), raw, number)
        into.output(lines)
        number += len(lines)


def _printed(output: dict[str, Any]) -> object:
    """Return the text of one output; pictures, errors and what a browser draws have none."""
    if output.get("output_type") in {"execute_result", "display_data"}:
        return _dict(output.get("data")).get("text/plain")
    return output.get("text") if output.get("output_type") in {"stream", "pyout", "display_data"} else None


def _pieces(text: object) -> list[Located]:
    """Return a text, which formats write as one or as a list of its lines."""
    return list(_texts(text if isinstance(text, list) else [text]))


def _texts(pieces: Sequence[object]) -> Iterator[Located]:
    return (piece for piece in pieces if isinstance(piece, Located))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
