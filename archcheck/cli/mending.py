"""Documents written back: which may be, what is shown of it, and the writing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archcheck import targets
from archcheck.cli.printing import Printing
from archcheck.cli.work import complain, keep, progress, verdicts, write
from archcheck.documents import Document
from archcheck.errors import DIFFERS, OK, UNUSABLE, ArchcheckError, TargetError, WriteError
from archcheck.mending.fixing import Mended
from archcheck.results import Verification


@dataclass(frozen=True, slots=True)
class Shown:
    """What `--fix` and `--diff` ask for, and how results are printed.

    `fix`: write the documents; `diff`: print a unified diff and not the verdicts.
    """

    fix: bool
    diff: bool
    printing: Printing


def fixed(names: Sequence[str], work: Callable[[targets.Target], Mended], shown: Shown) -> int:
    """Mend documents, write them where that is asked for, and return the exit code: what is left wrong decides.

    Raises `TargetError`, before any work, for a target that is no document.
    """
    found = documents(names, "--fix" if shown.fix else "--diff")
    keep(found, shown.printing.output)
    mended: list[Mended] = []
    results: list[Verification] = []
    with progress(found) as (told, _):
        for target in told:
            try:
                one = work(target)
                if shown.fix:
                    write_back(target.path, one.document, one.text)
                mended.append(one)
                results.append(one.after)
            except ArchcheckError as error:
                results.append(Verification(target.shown, target.shown, None, error=str(error)))
    return _tell(mended, results, shown)


def _tell(mended: Sequence[Mended], results: Sequence[Verification], shown: Shown) -> int:
    """Print what was mended, and return the exit code; `results`: of every document, also where that has an error."""
    from archcheck.report.mended_text import left_lines, mended_text
    from archcheck.report.to_diff import unified_diff

    if not shown.diff:
        style = shown.printing.style
        more = mended_text(mended, style) if style in ("table", "markdown") else ""
        return verdicts(results, {}, shown.printing, more=more)
    texts = [unified_diff(one.document.path, one.document.text, one.text) for one in mended]
    write("".join(texts), shown.printing.output, "diff")
    complain(line for one in mended for line in left_lines(one))
    if complain(one.error for one in results):
        return UNUSABLE
    now = [one.after if shown.fix else one.before for one in mended]
    return OK if all(one.ok for one in now) else DIFFERS


def documents(names: Sequence[str], option: str) -> Sequence[targets.Target]:
    """Return the documents that are named. Raises `TargetError` for what is none, or where none is named."""
    if not names:
        raise TargetError(f"{option}: name the documents; without a target, specs would be meant")
    found = targets.find(names)
    for target in found:
        if target.there and not target.is_document:
            raise TargetError(
                f"{target.shown}: {option} is for documents; what a spec says is set right by hand"
            )
    return found


def write_back(path: Path, document: Document, text: str) -> None:
    """Write a document's new text, whole, if the file is still what was read. Raises `WriteError`."""
    from archcheck.report.write import put

    if text == document.text:
        return
    try:
        same = path.read_bytes() == document.text.encode(document.encoding)
    except OSError as error:
        raise WriteError(f"{document.path}: cannot be read again: {error.strerror}") from None
    if not same:
        raise WriteError(f"{document.path}: was changed while its code ran; nothing is written, run it again")
    put(text.encode(document.encoding), str(path))
