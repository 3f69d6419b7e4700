"""What a user named, ready to be built: a spec's network, or a Python model; every measurement begins with one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from archcheck.arguments import Argument, Arguments
from archcheck.built import Built
from archcheck.errors import SpecError
from archcheck.infer import Inference, failure_text, infer, refusal
from archcheck.model import compile_spec
from archcheck.results import Failure
from archcheck.spec.layers import Spec

Make = Callable[[torch.device, bool], Built]
"""Builds the network on a device, in evaluation mode; the flag: whether its weights get the values they start with."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A network, what it is called in results, and what it is called with.

    `arguments`: of one sample where the batch is known to be the first axis (a spec), else as the user typed them.
    `make` may raise `SpecError` or `TargetError`. `running` stands around every run of the network: what a Python
    model's own code raises leaves it as a `TargetError`, and what that code changes for everyone is put back.
    """

    target: str
    name: str
    title: str
    arguments: Arguments
    make: Make
    spec: Spec | None = None
    running: Callable[[], AbstractContextManager[None]] = nullcontext


def of_spec(spec: Spec) -> Subject:
    """Return a spec's network. Raises `SpecError` where the rules say that it does not run."""
    arguments = Arguments(
        tuple(Argument((1, *one.shape), one.dtype or "float32", one.high) for one in spec.inputs)
    )
    inference = run_through(spec, 1)

    def make(device: torch.device, initialise: bool) -> Built:
        compiled = compile_spec(spec, inference, device, initialise=initialise)
        kinds = {path: node.kind for path, node in spec.leaves()}
        return Built(compiled.model, compiled.nodes, kinds, spec.joins())

    return Subject(spec.target, spec.name, spec.title, arguments, make, spec)


def run_through(spec: Spec, batch: int) -> Inference:
    """Return what the rules infer for a batch. Raises `SpecError`, with the layer to blame, where it does not run."""
    inference = infer(spec, tuple((batch, *one.shape) for one in spec.inputs), strict=True)
    refused = refusal(inference)
    if refused is not None:
        raise does_not_run(spec, inference, refused, batch)
    return inference


def does_not_run(spec: Spec, inference: Inference, failed: Failure, batch: int) -> SpecError:
    """Return the error of a network that stops at a layer."""
    layer = next((layer for layer in inference.layers if layer.path == failed.path), None)
    place = layer.node.place if layer else spec.place
    why = failure_text(failed, layer, batch)
    return place.error(
        f"layer {failed.path!r} at batch {batch}: {why}; `archcheck verify {spec.target}` shows the details"
    )
