"""The text of a draft, read again and held against the model: what is not the model is not written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from archcheck.checks import make_checks
from archcheck.checks.printed_models import first_difference
from archcheck.errors import SpecError, TargetError
from archcheck.infer import batched, infer
from archcheck.model import compile_spec
from archcheck.results import Check
from archcheck.spec.layers import Spec
from archcheck.spec.load import loads_spec
from archcheck.units import Shape, shape_text

META = torch.device("meta")


def read_again(target: str, text: str, name: str) -> Spec:
    """Return the spec that a draft is. Raises `TargetError`: what cannot be read is not written."""
    try:
        return loads_spec(text, name)
    except SpecError as error:
        raise TargetError(f"{target}: the draft cannot be read: {error}") from None


def held(spec: Spec) -> dict[str, Shape]:
    """Return the state dict's shapes of a spec's network."""
    return state_of(compile_spec(spec, infer(spec), META, initialise=False).model)


def state_of(model: nn.Module) -> dict[str, Shape]:
    """Return the state dict's shapes of a model."""
    return {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}


def without_equal(target: str, ours: Mapping[str, Shape], theirs: Mapping[str, Shape]) -> list[str]:
    """Return what of the model's state dict a draft's network lacks. Raises `TargetError` for any other difference."""
    other = [key for key in ours if key not in theirs]
    if other:
        raise TargetError(
            f"{target}: the draft is not the model: it holds {some_keys(other)}, and the model does not"
        )
    for key, shape in ours.items():
        if shape != theirs[key]:
            sizes = f"{shape_text(theirs[key])} in the model, {shape_text(shape)} in the draft"
            raise TargetError(f"{target}: the draft is not the model: {key} is {sizes}")
    return [key for key in theirs if key not in ours]


def printed_apart(spec: Spec, model: nn.Module) -> str | None:
    """Return where a draft's network prints otherwise than the model, None where it does not."""
    ours = compile_spec(spec, infer(spec), META, initialise=False).model
    apart = first_difference(repr(model), repr(ours), bodies=True)
    return None if apart is None else apart[1].replace("documented ", "the model's ")


def some_keys(keys: Sequence[str]) -> str:
    """Return the first three keys, and how many more there are."""
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more keys" if len(keys) > 3 else "")


def hold(target: str, spec: Spec, gives: Shape, batch: int) -> None:
    """Raise `TargetError` where a draft does not run, a claim of it fails, or it gives another shape than the model.

    `gives`: what the model gave for `batch` samples, batch axis included.
    """
    inference = infer(spec)
    problem = inference.problem
    if problem is not None:
        raise TargetError(f"{target}: the draft does not run: layer {problem.path!r}: {problem.problem}")
    wrong = [check for check in make_checks(spec, inference, None) if check.status == "differs"]
    if wrong:
        raise TargetError(f"{target}: the draft is not the model: {_told(wrong[0])}")
    made = infer(spec, batched(spec, batch)).output
    if made is not None and made != gives:
        sizes = f"{shape_text(gives)} in the model, {shape_text(made)} in the draft"
        raise TargetError(f"{target}: the draft is not the model: what it gives is {sizes}")


def _told(check: Check) -> str:
    where = check.layer or "the network"
    return f"{where}: {check.quantity} is {check.documented} in the model, {check.inferred} in the draft"
