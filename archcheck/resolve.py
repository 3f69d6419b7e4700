"""A target, with what it is called with and made of -> its subject: the one door that every measurement comes in by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from archcheck import targets
from archcheck.arguments import Arguments
from archcheck.errors import TargetError
from archcheck.input_text import read_args
from archcheck.python_model import of_object, of_python
from archcheck.spec.layers import Spec
from archcheck.subject import Subject, of_spec
from archcheck.tensors import Inputs, arguments_of

Modelled = str | Path | targets.Target | Spec | nn.Module | Callable[..., Any]
"""What has a cost: what names a network, a loaded spec, a module, or a class or function that makes one."""


def subject_of(
    target: Modelled, inputs: Inputs = (), args: Sequence[str] | Mapping[str, object] = ()
) -> Subject:
    """Return what a target stands for; a Python model's code is imported now.

    `inputs`: what a Python model is called with, as `--input` texts, shapes or tensors; `args`: what its class or
    function is called with, as `--arg` texts or a mapping. Raises `SpecError`, `TargetError` or `UsageError`.
    """
    made_with = dict(args) if isinstance(args, Mapping) else read_args(args)
    arguments = arguments_of(inputs)
    if isinstance(target, nn.Module) or (callable(target) and not isinstance(target, Spec)):
        return of_object(target, arguments, made_with)
    if isinstance(target, Spec):
        return _of_spec(target, arguments, made_with)
    found = target if isinstance(target, targets.Target) else targets.one(str(target))
    absent = targets.missing(found)
    if absent is not None:
        raise TargetError(absent)
    if found.python is not None:
        return of_python(found, arguments, made_with)
    return _of_spec(targets.load(found), arguments, made_with)


def _of_spec(spec: Spec, arguments: Arguments | None, args: Mapping[str, object]) -> Subject:
    if arguments is not None or args:
        raise TargetError(
            f"{spec.target}: a spec says itself what it is called with; --input and --arg are for a Python model"
        )
    return of_spec(spec)
