"""The Python API: a function a command, and load, count, build. Each takes a target's name, a path or a loaded spec.

`profile`, `explain`, `compare` and `count` take Python models too. `load`, `count` and `build` raise; the others return
results in which a target's error is a field, so that one bad target never costs another its result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archcheck import targets
from archcheck.checks import make_checks
from archcheck.claim_ledger import Ledger, ledger_of
from archcheck.comparing.comparison import Comparison, Side, comparison_of
from archcheck.conventions import CONVENTIONS
from archcheck.costs import Profile
from archcheck.errors import ArchcheckError, DeviceError, TargetError, UsageError
from archcheck.explanation import Explanation
from archcheck.infer import infer
from archcheck.operations import Count
from archcheck.profiling.settings import Settings
from archcheck.readings import read_claim
from archcheck.results import Check, Verification
from archcheck.spec.layers import Spec
from archcheck.spec.source import read_text
from archcheck.strength import Mutation

if TYPE_CHECKING:
    from torch import nn

    from archcheck.mending.annotating import Annotated
    from archcheck.mending.fixing import Mended
    from archcheck.resolve import Modelled
    from archcheck.tensors import Inputs

SECONDS = 60.0
"""How long a document's code may run."""
Made = TypeVar("Made", Verification, Ledger)
Named = str | Path | targets.Target | Spec
"""What names a network: a shipped name or a path, or what these became."""


def load(target: Named) -> Spec:
    """Return the spec of a target. Raises `SpecError` or `TargetError` with the place and a way out."""
    if isinstance(target, Spec):
        return target
    return targets.load(target if isinstance(target, targets.Target) else targets.one(str(target)))


def lint(target: Named, *, mutate: bool = False) -> Verification:
    """Compare what the document says with what the rules infer; nothing is run, and torch is not imported.

    `mutate`: change every hyper-parameter in turn as well, and say which changes no claim catches.
    """

    def checked(spec: Spec) -> Verification:
        found = _mutation(target, spec, ()) if mutate else None
        return _verification(spec, None, make_checks(spec, infer(spec), None), found)

    return _placed(target, checked, lambda shown, error: Verification(shown, shown, None, error=error))


def ledger(target: Named) -> Ledger:
    """Return who says what of a network, how many of the claims hold and what is in dispute, by lint's arithmetic."""

    def told(spec: Spec) -> Ledger:
        inference = infer(spec)
        return ledger_of(spec, make_checks(spec, inference, None), inference.params)

    return _placed(target, told, lambda shown, error: Ledger(shown, shown, error=error))


def verify(
    target: Named,
    device: str = "auto",
    *,
    mutate: bool = False,
    inputs: Sequence[str] = (),
    seconds: float = SECONDS,
) -> Verification:
    """Build the network, run it on `device`, and compare what the document says with what is inferred and seen.

    `mutate`: change every hyper-parameter in turn as well, and say which changes no claim catches; these are not run.
    A network too large for the device that `auto` found is checked on meta, and the result says so. Raises
    `DeviceError` for a device that is not here; a network too large for one that was named is an error in the result.

    A document (`.md`, `.rst`, `.py`, `.ipynb`, `.txt`) is checked where it states shapes beside its code: the code is
    run, as doctest runs it, in a process of its own, for `seconds` at most, with `inputs` (`"1,3,224,224"`) where it
    calls no model itself; `auto` is then `meta`, and the CPU for what needs values.
    """
    if (document := _document(target)) is not None:
        return _verified_document(document, device, inputs, seconds)
    from archcheck import device as devices  # torch is imported from here on
    from archcheck.observe import META, observe, unfit

    place = devices.choose(device)

    def checked(spec: Spec) -> Verification:
        inference = infer(spec)
        note = unfit(inference, place) if device == "auto" else None
        where = place if note is None else META
        checks = make_checks(spec, inference, observe(spec, inference, where))
        found = _mutation(target, spec, checks) if mutate else None
        return replace(_verification(spec, str(where), checks, found), note=note)

    return _placed(target, checked, lambda shown, error: Verification(shown, shown, str(place), error=error))


def fix(
    target: Named, device: str = "auto", *, inputs: Sequence[str] = (), seconds: float = SECONDS
) -> Mended:
    """Return a document's text with the shapes that it states and that are not so rewritten as they are.

    Nothing is written; `device`, `inputs` and `seconds` are as for `verify`, and the code is run again after each
    change. Only what is known to the last size is rewritten: what is left says why. Raises `ArchcheckError`.
    """
    from archcheck.documented import Asked, opened
    from archcheck.mending.fixing import fix as mended

    document = _the_document(target)
    return mended(opened(document.path, document.shown), Asked(device, inputs, seconds))


def annotate(
    target: Named, device: str = "auto", *, inputs: Sequence[str] = (), seconds: float = SECONDS
) -> Annotated:
    """Return a document's text with shapes behind the lines of its code that have no comment and could say one.

    Nothing is written; `device`, `inputs` and `seconds` are as for `verify`. Only what agrees when the code is run
    again is said. Raises `ArchcheckError`.
    """
    from archcheck.documented import Asked, opened
    from archcheck.mending.annotating import annotate as annotated

    document = _the_document(target)
    return annotated(opened(document.path, document.shown), Asked(device, inputs, seconds))


def profile(
    target: Modelled,
    device: str = "auto",
    settings: Settings | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    inputs: Inputs = (),
    args: Sequence[str] | Mapping[str, object] = (),
) -> Profile:
    """Measure a network layer by layer and as a whole on `device`; `settings` say how.

    The target may be a Python model too: `module:object`, a module, a class of one or a function that makes one.
    `inputs`: what it is called with (`"1,3,224,224"`, a shape, a tensor, several of them in a list, by name in a
    mapping); `args`: what its class or function is called with. The model is left as it was.
    `progress` is called with the name of each stage as it begins (`build`, `time`, ...).
    A network that does not fit on the device that `auto` found is counted on meta, with a note that says so. Raises
    `DeviceError` for a device that is not here; a network too large for one that was named is an error in the result.
    """
    from archcheck import device as devices
    from archcheck.profiling.profiler import profile_anywhere, profile_subject
    from archcheck.resolve import subject_of

    chosen = settings or Settings()
    place = devices.choose(device)
    try:
        subject = subject_of(target, inputs, args)
        with subject.running():
            made = profile_anywhere if device == "auto" else profile_subject
            return made(subject, chosen, place, progress)
    except ArchcheckError as error:
        shown = targets.shown(target)
        return Profile(shown, shown, str(place), chosen.dtype, chosen.batch or 1, error=str(error))


def count(
    target: Modelled,
    inputs: Inputs = (),
    args: Sequence[str] | Mapping[str, object] = (),
    *,
    train: bool = False,
) -> Count:
    """Return every operation of one forward pass, call by call; nothing is computed and the model is left as it was.

    `target`, `inputs`, `args`: as for `profile`; `train`: in training mode. Raises `SpecError`, `TargetError` or
    `UsageError`.
    """
    from archcheck.counting.passes import count_subject
    from archcheck.resolve import subject_of

    subject = subject_of(target, inputs, args)
    return count_subject(subject, subject.arguments, train=train)


def explain(
    target: Modelled,
    against: str | Sequence[str] = (),
    claim: str | None = None,
    *,
    inputs: Inputs = (),
    args: Sequence[str] | Mapping[str, object] = (),
    ask: bool = False,
) -> Explanation:
    """Say line by line why other tools' numbers differ from ours, and what a claimed number really is.

    `against`: conventions by name (`"fvcore"`, or several), `"all"` of them; left out, all, or none beside a `claim`.
    `claim`: a number and its unit, `"0.714 GFLOPs"`. `inputs`, `args`: as for `profile`. `ask`: run each tool too, in
    a process of its own, if it is installed; that process builds the network again, so the target must be named.
    Raises `UsageError` for a convention or a claim that is none; a target's error is a field of what is returned.
    """
    claimed = None if claim is None else read_claim(claim)
    named = [against] if isinstance(against, str) else list(against)
    conventions = _conventions(named or ([] if claim and not ask else ["all"]))
    from archcheck.explaining import explain as explained  # torch is imported from here on

    return explained(target, conventions, claimed, inputs=inputs, args=args, asked=ask)


def _conventions(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in ("all", *CONVENTIONS):
            raise UsageError(
                f"against {name}: no such convention; write all, or one of {', '.join(CONVENTIONS)}"
            )
    return tuple(CONVENTIONS) if "all" in names else tuple(names)


def compare(
    compared: Sequence[Modelled | Side],
    settings: Settings | None = None,
    device: str | None = None,
    *,
    inputs: Inputs = (),
    args: Sequence[str] | Mapping[str, object] = (),
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Put networks, or profiles made before (`Side`), beside each other, layer by layer; the first is the measure.

    They are counted without weights. `device`: where those that are no saved profiles are timed in turn, in one
    run; None: no times. `inputs`, `args`: of Python models. A target's error stands beside the others' results.
    Raises `DeviceError` for a device that is not here, or on which nothing takes time.
    """
    saved = [one for one in compared if isinstance(one, Side)]
    if device is None and len(saved) == len(compared):
        return comparison_of(saved)  # records alone: that needs no torch
    from archcheck import device as devices
    from archcheck.profiling.side_by_side import side_by_side

    place = None if device is None else devices.choose(device)
    if place is not None and place.type == "meta":
        raise DeviceError(
            "--device meta: nothing is run there, so nothing has a time; leave out --time, or meta"
        )
    return side_by_side(compared, settings or Settings(), place, inputs, args, progress)


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


def _verification(
    spec: Spec, device: str | None, checks: tuple[Check, ...], found: Mutation | None
) -> Verification:
    return Verification(spec.target, spec.name, device, checks, title=spec.title, mutation=found)


def _document(target: Named) -> targets.Target | None:
    if isinstance(target, Spec):
        return None
    found = _target(target)
    return found if found.is_document else None


def _target(target: str | Path | targets.Target) -> targets.Target:
    return target if isinstance(target, targets.Target) else targets.Target(Path(target), str(target))


def _the_document(target: Named) -> targets.Target:
    """Return the document that a target is. Raises `TargetError` for what is none, or is not there."""
    document = _document(target)
    if document is not None:
        return document
    absent = None if isinstance(target, Spec) else targets.missing(_target(target))
    raise TargetError(
        absent or f"{targets.shown(target)}: is no document; what a spec says is set right in it by hand"
    )


def _verified_document(
    target: targets.Target, device: str, inputs: Sequence[str], seconds: float
) -> Verification:
    from archcheck.running.starting import load_ahead

    load_ahead(device)
    from archcheck.documented import Asked, verify_document  # its readers are for those who read documents

    try:
        return verify_document(target.path, target.shown, Asked(device, inputs, seconds))
    except ArchcheckError as error:
        return Verification(target.shown, target.shown, None, error=str(error))


def _mutation(target: Named, spec: Spec, ran: tuple[Check, ...]) -> Mutation:
    """Return what `--mutate` finds; `ran`: the checks of a run, without which no printed model is known to agree."""
    from archcheck.mutating import File, mutate  # nine modules that few ask for

    agrees = any(check.quantity == "repr" and check.status == "agrees" for check in ran)
    if isinstance(target, Spec):
        return mutate(spec, printed_agrees=agrees)
    named = target if isinstance(target, targets.Target) else targets.one(str(target))
    file = File(read_text(named.path, named.shown), named.variant)
    return mutate(spec, printed_agrees=agrees, file=file)


def _placed(target: Named, work: Callable[[Spec], Made], failed: Callable[[str, str], Made]) -> Made:
    """Return the result of a target, with the file of one that was named by its name."""
    try:
        named = target if isinstance(target, Spec | targets.Target) else targets.one(str(target))
        path = None if isinstance(named, Spec) else targets.opened(named)
        return replace(work(load(named)), path=path)
    except ArchcheckError as error:
        return failed(targets.shown(target), str(error))
