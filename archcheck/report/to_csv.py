"""CSV: one row a check or a layer, the target in front, exact values; shapes as `48x55x55`."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.results import Profile, Verification
from archcheck.units import shape_text


def csv(results: Sequence[Verification] | Sequence[Profile]) -> str:
    """Return the frames of all results below one another; a target with an error has a row that says so."""
    import pandas as pd  # only where rows are wanted as a frame

    frames = []
    for result in results:
        frame = result.to_frame()
        if result.error is not None:
            frame = pd.DataFrame([dict.fromkeys(frame.columns)], columns=frame.columns)
        frame.insert(0, "target", result.target)
        frame["error"] = result.error
        frames.append(frame.astype(object))
    everything = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return everything.map(_cell).to_csv(index=False, lineterminator="\n")


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        flat = all(isinstance(size, int | str) for size in value)
        return shape_text(value) if flat else " ".join(map(str, value))
    return value
