"""Targets -> a comparison: each counted on meta, then all of them timed in turn where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from archcheck import device as devices
from archcheck import targets
from archcheck.comparing.comparison import Comparison, Side, comparison_of
from archcheck.costs import Profile
from archcheck.errors import ArchcheckError
from archcheck.profiling.in_turn import time_in_turn
from archcheck.profiling.profiler import profile_subject
from archcheck.profiling.settings import Settings
from archcheck.resolve import Modelled, subject_of
from archcheck.spec.layers import Spec
from archcheck.subject import Subject
from archcheck.tensors import Inputs

META = torch.device("meta")


@dataclass(frozen=True, slots=True)
class _Counted:
    """A side, and what it was counted of: None of a saved profile, and where nothing could be counted."""

    side: Side
    subject: Subject | None = None


def side_by_side(
    compared: Sequence[Modelled | Side],
    settings: Settings,
    device: torch.device | None,
    inputs: Inputs = (),
    args: Sequence[str] | Mapping[str, object] = (),
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Return the comparison of targets and saved profiles; `device`: where to time them, None: no times.

    `inputs`, `args`: of the Python models among them. An error of one target stands in the comparison.
    """
    counted = [_counted(one, settings, inputs, args, progress) for one in compared]
    if device is None:
        return comparison_of([one.side for one in counted], devices.describe(META))
    return comparison_of(_timed(counted, settings, device), devices.describe(device))


def _counted(
    one: Modelled | Side,
    settings: Settings,
    inputs: Inputs,
    args: Sequence[str] | Mapping[str, object],
    progress: Callable[[str], None] | None,
) -> _Counted:
    if isinstance(one, Side):
        return _Counted(one)
    on_meta = replace(settings, witnesses=False, ceilings=False, channels_last=False)
    try:
        subject = subject_of(one) if _is_spec(one) else subject_of(one, inputs, args)
        with subject.running():
            profile = profile_subject(subject, on_meta, META, progress)
        side = Side(profile, budget=subject.spec.budget if subject.spec else None)
        return _Counted(side, subject)
    except ArchcheckError as error:
        shown = targets.shown(one)
        return _Counted(
            Side(Profile(shown, shown, "meta", settings.dtype, settings.batch or 1, error=str(error)))
        )


def _is_spec(one: Modelled) -> bool:
    """Return whether a target is a spec, which says itself what it is called with."""
    if isinstance(one, Spec):
        return True
    found = targets.find([str(one)])[0] if isinstance(one, str) else one
    return not callable(one) and getattr(found, "python", None) is None


def _timed(counted: Sequence[_Counted], settings: Settings, device: torch.device) -> list[Side]:
    """Return all sides; one whose network fails on the device has its error in its profile's place."""
    subjects = [one.subject for one in counted if one.subject is not None]
    times = iter(time_in_turn(subjects, settings, device))
    sides = []
    for one in counted:
        time = None if one.subject is None else next(times)
        if isinstance(time, ArchcheckError):
            sides.append(replace(one.side, profile=replace(one.side.profile, error=str(time))))
        else:
            sides.append(replace(one.side, time=time))
    return sides
