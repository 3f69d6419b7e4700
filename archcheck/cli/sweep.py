"""What `--batch` takes: one number of samples, or several with commas between, measured one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archcheck.errors import UsageError
from archcheck.profiling.settings import Settings


def batches(text: str | None) -> tuple[int | None, ...]:
    """Return the batches of `--batch`; None alone: as the input was given. Raises `UsageError`."""
    if text is None:
        return (None,)
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and int(word) for word in words):
        raise UsageError(
            f"--batch {text}: needs whole numbers of at least 1, with commas between, as in 1,2,4,8"
        )
    if len(set(map(int, words))) < len(words):
        raise UsageError(f"--batch {text}: the same batch twice")
    return tuple(map(int, words))


def settings_of(chosen: Settings, sizes: tuple[int | None, ...]) -> Iterator[Settings]:
    """Yield the settings of each batch; what does not depend on it, other tools' counts, is asked once."""
    for place, size in enumerate(sizes):
        yield replace(chosen, batch=size, witnesses=chosen.witnesses and place == 0)
