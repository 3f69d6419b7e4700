"""The Python API: load, lint, verify, profile, build. Each takes a target's name, a path or a loaded spec.

`load` and `build` raise; `lint`, `verify` and `profile` return results in which a target's error is a field,
so that one bad target never costs another its result.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archcheck import targets
from archcheck.checks import make_checks
from archcheck.costs import Profile
from archcheck.errors import ArchcheckError, TargetError
from archcheck.infer import infer
from archcheck.profiling.settings import Settings
from archcheck.results import Check, Verification
from archcheck.spec.layers import Spec
from archcheck.spec.load import load_spec

if TYPE_CHECKING:
    from torch import nn


Named = str | Path | targets.Target | Spec
"""What names a network: a shipped name or a path, or what these became."""

Result = TypeVar("Result", Verification, Profile)


def load(target: Named) -> Spec:
    """Return the spec of a target. Raises `SpecError` or `TargetError` with the place and a way out."""
    if isinstance(target, Spec):
        return target
    found = target if isinstance(target, targets.Target) else targets.find([str(target)])[0]
    absent = targets.missing(found)
    if absent is not None:
        raise TargetError(absent)
    return load_spec(found.path, found.shown)


def lint(target: Named) -> Verification:
    """Compare what the document says with what the rules infer; nothing is run, and torch is not imported."""

    def checked(spec: Spec) -> Verification:
        return _verification(spec, None, make_checks(spec, infer(spec), None))

    return _result(target, checked, lambda shown, error: Verification(shown, shown, None, error=error))


def verify(target: Named, device: str = "auto") -> Verification:
    """Build the network, run it on `device`, and compare what the document says with what is inferred and seen.

    Raises `DeviceError` for a device that is not here; a network too large for it is an error in the result.
    """
    from archcheck import device as devices  # torch is imported from here on
    from archcheck.observe import observe

    place = devices.choose(device)

    def checked(spec: Spec) -> Verification:
        inference = infer(spec)
        return _verification(spec, str(place), make_checks(spec, inference, observe(spec, inference, place)))

    return _result(target, checked, lambda shown, error: Verification(shown, shown, str(place), error=error))


def profile(
    target: Named,
    device: str = "auto",
    settings: Settings | None = None,
    progress: Callable[[str], None] | None = None,
) -> Profile:
    """Measure a network layer by layer and as a whole on `device`; `settings` say how.

    `progress` is called with the name of each stage as it begins (`build`, `time the whole`, ...).
    Raises `DeviceError` for a device that is not here; a network too large for it is an error in the result.
    """
    from archcheck import device as devices
    from archcheck.profiling.profiler import profile_subject
    from archcheck.subject import of_spec

    chosen = settings or Settings()
    place = devices.choose(device)

    def measured(spec: Spec) -> Profile:
        return profile_subject(of_spec(spec), chosen, place, progress)

    def failed(shown: str, error: str) -> Profile:
        return Profile(shown, shown, str(place), chosen.dtype, chosen.batch, error=error)

    return _result(target, measured, failed)


def build(target: Named, device: str = "cpu") -> nn.Module:
    """Return the documented network as a PyTorch module, its weights initialised as documented, in training mode.

    Raises `SpecError`, `TargetError` or `DeviceError`.
    """
    from archcheck import device as devices
    from archcheck.model import build as build_module
    from archcheck.observe import bytes_needed

    spec, place = load(target), devices.choose(device)
    inference = infer(spec)
    devices.require(bytes_needed(inference), place, f"{spec.target}: the network")
    return build_module(spec, inference, place)


def _verification(spec: Spec, device: str | None, checks: tuple[Check, ...]) -> Verification:
    source = spec.source.title if spec.source else ""
    return Verification(spec.target, spec.name, device, checks, title=spec.title, source=source)


def _result(target: Named, work: Callable[[Spec], Result], failed: Callable[[str, str], Result]) -> Result:
    try:
        return work(load(target))
    except ArchcheckError as error:
        return failed(_shown(target), str(error))


def _shown(target: Named) -> str:
    if isinstance(target, Spec):
        return target.target
    return target.shown if isinstance(target, targets.Target) else str(target)
