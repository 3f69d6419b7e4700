"""A Python model -> the text of a spec that says the same, read again and compared before it is handed on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

from archcheck.arguments import Argument, Arguments
from archcheck.checks import make_checks
from archcheck.counting.passes import count_subject
from archcheck.drafting.blocks import with_blocks
from archcheck.drafting.bodies import BodyWriter, Nameless
from archcheck.drafting.graph import Graph, graph_of
from archcheck.drafting.record import Recording, record
from archcheck.drafting.structure import Nesting, TakingTurns, grouped, uses_of
from archcheck.drafting.values import Node
from archcheck.drafting.yaml_text import NamedBody, yaml_of
from archcheck.errors import SpecError, TargetError
from archcheck.infer import infer
from archcheck.model import compile_spec
from archcheck.results import Check
from archcheck.spec.layers import Spec, join
from archcheck.spec.load import DTYPES, NAME, loads_spec
from archcheck.spec.source import one_line
from archcheck.subject import Subject
from archcheck.units import Shape

ClaimsOn = Literal["layers", "stages", "none"]
CLAIMS: tuple[ClaimsOn, ...] = ("layers", "stages", "none")
META = torch.device("meta")
SCHEMA = "spec.schema.json"

PLAIN = ("narrow", "permute", "transpose", "unflatten")
"""Functions whose arguments tell what shape they give: a claim would say it twice."""

MOST_NAMED = 12
"""Layers that an error names; a model may have thousands."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec's text, and what must be said of it: where it is not the model, a line each."""

    text: str
    notes: tuple[str, ...]
    summary: str


def draft(subject: Subject, name: str, *, claims: ClaimsOn = "layers", schema: str = SCHEMA) -> Draft:
    """Return a spec of a model, which has been read again: its claims hold.

    `claims`: which layers' outputs are claimed; `schema`: where the JSON Schema of the format is, as the first line
    tells editors. Raises `TargetError`, which names every layer that the format cannot say.
    """
    names = _input_names(subject.target, subject.arguments)
    recording, batch = _recorded(subject, names)
    graph = graph_of(recording)
    _refuse(subject.target, graph.unsaid)
    layers, blocks = _layers(recording, subject.target, graph, claims, batch)
    data = _top(recording, name, subject.arguments, names)
    data |= {**({"blocks": blocks} if blocks else {}), "layers": layers}
    text = f"# yaml-language-server: $schema={schema}\n{_MADE.format(subject.target)}{yaml_of(data)}"
    built = _shapes(_built(_read(subject.target, text, name)))
    notes = _compared(built, _shapes(recording.model))
    if graph.others:
        notes.append(f"it gives {graph.others + 1} tensors; the spec gives the first")
    documented = _documented(subject, recording, built)
    if documented:
        text += yaml_of(NamedBody(documented=NamedBody(documented)))
    spec = _read(subject.target, text, name)
    _check(subject.target, spec)
    leaves, claimed = sum(1 for _ in spec.leaves()), sum(1 for _ in spec.all_claims())
    lines = text.count("\n")
    return Draft(
        text, tuple(notes), f"{lines} lines, {leaves} layers and functions, {claimed} claims that hold"
    )


_MADE = "# Drafted by `archcheck init` from {}: what it claims is what the model gives, not yet what a document says.\n"


def _recorded(subject: Subject, names: tuple[str, ...]) -> tuple[Recording, int]:
    """Return a pass of two samples, so that no axis of 1 is taken for the batch, and how many they were.

    A model that takes no other batch than the one that was typed is run with that.
    """
    arguments = subject.arguments
    if arguments.batch == 1:
        try:
            return record(subject, arguments.with_batch(2), names), 2
        except TargetError:
            pass  # what it says of the batch that the user typed is what matters
    return record(subject, arguments, names), arguments.batch


def _input_names(target: str, arguments: Arguments) -> tuple[str, ...]:
    """Return what the inputs are called. Raises `TargetError` for one that a spec cannot hold."""
    given = [
        *((f"input{number}", one) for number, one in enumerate(arguments.by_place, 1)),
        *arguments.by_name.items(),
    ]
    if not given:
        raise TargetError(f"{target}: is called with nothing; a spec's network receives at least one tensor")
    for name, one in given:
        if not isinstance(one, Argument):
            kind = "mapping" if isinstance(one, Mapping) else "tuple"
            raise TargetError(
                f"{target}: {name} is a {kind} of tensors; a spec's inputs are tensors, each by its name"
            )
        if one.dtype not in DTYPES:
            raise TargetError(f"{target}: {name} is {one.dtype}; a spec's inputs are {', '.join(DTYPES)}")
        if one.shape[:1] != (arguments.batch,):
            raise TargetError(
                f"{target}: {name} does not have the batch ({arguments.batch}) as its first axis"
            )
    return ("input",) if len(given) == 1 and not arguments.by_name else tuple(name for name, _ in given)


def _refuse(target: str, unsaid: Sequence[tuple[str, str]]) -> None:
    """Raise `TargetError` with everything that the format cannot say, equal things of many layers once."""
    if not unsaid:
        return
    places: dict[str, list[str]] = {}
    for path, why in unsaid:
        found = places.setdefault(why, [])
        if path not in found:
            found.append(path)
    told = [f"{why} (in {_some(paths)})" for why, paths in places.items()]
    rest = f"; and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    raise TargetError(one_line(f"{target}: no spec can say: {'; '.join(told[:MOST_NAMED])}{rest}"))


def _some(paths: Sequence[str]) -> str:
    shown = [f"'{path}'" if path else "the network itself" for path in paths[:3]]
    return ", ".join(shown) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _layers(
    recording: Recording, target: str, graph: Graph, claims: ClaimsOn, batch: int
) -> tuple[Any, NamedBody]:
    """Return `layers:` and `blocks:`. Raises `TargetError` where no order of bodies has the model's names."""
    nodes = graph.nodes
    flow = next(iter(graph.inputs.values())) if len(graph.inputs) == 1 else None
    try:
        several = frozenset(graph.inputs.values()) if len(graph.inputs) > 1 else frozenset()
        items = Nesting(uses_of(nodes, graph.output), several).nested(grouped(nodes), flow)
        given = {number: name for name, number in graph.inputs.items()}
        classes = {path: type(module).__name__ for path, module in recording.model.named_modules()}
        shapes = {node.output: list(node.shape[1:]) for node in nodes if node.shape[:1] == (batch,)}
        received = {tensor.number: tensor.shape for tensor in recording.inputs.values()}
        claimed = _claims(nodes, received, claims, batch)
        writer = BodyWriter(given, claimed, classes, shapes, _shares(recording.model, nodes))
        return with_blocks(writer.root(items, graph.output), claims=claims != "none")
    except TakingTurns as error:
        raise TargetError(f"{target}: no spec can say: {error}") from None
    except Nameless as error:
        path = next(join(node.owner, node.name or node.kind) for node in nodes if node.output == error.value)
        raise TargetError(
            f"{target}: no spec can say: what '{path}' gives is taken where no name reaches it"
        ) from None


def _shares(model: nn.Module, nodes: Sequence[Node]) -> dict[str, str]:
    """Return the layers whose weight is that of a layer before them, by path."""
    paths = {node.path for node in nodes if node.path is not None}
    first: dict[int, str] = {}
    found: dict[str, str] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        path, _, word = name.rpartition(".")
        if word != "weight" or path not in paths:
            continue
        if first.setdefault(id(parameter), path) != path:
            found[path] = first[id(parameter)]
    return found


def _claims(nodes: Sequence[Node], inputs: Mapping[int, Shape], wanted: ClaimsOn, batch: int) -> Any:
    """Return what is claimed of a node: its output where that is not its input's shape."""
    shapes = {**inputs, **{node.output: node.shape for node in nodes}}
    last = {node.owner.split(".")[0]: node.output for node in nodes}

    def of(node: Node) -> Mapping[str, Any]:
        if wanted == "none" or node.kind == "parameter" or node.shape[:1] != (batch,):
            return {}
        if wanted == "stages":
            is_last = last[node.owner.split(".")[0]] == node.output and node.owner
            return {"output": list(node.shape[1:])} if is_last else {}
        changed = not node.inputs or shapes.get(node.inputs[0]) != node.shape
        return {"output": list(node.shape[1:])} if changed and node.kind not in PLAIN else {}

    return of


def _top(recording: Recording, name: str, arguments: Arguments, names: Sequence[str]) -> NamedBody:
    model = type(recording.model)
    inputs = {key: _input(one) for key, one in zip(names, arguments.tensors, strict=True)}
    found: dict[str, Any] = {"name": name} if NAME.fullmatch(name) else {}
    found["title"] = model.__name__
    if not model.__module__.startswith("torch.") and re.fullmatch(r"[A-Za-z_]\w*", model.__name__):
        found["class_name"] = model.__name__
    found["input"] = inputs["input"] if list(inputs) == ["input"] else NamedBody(inputs)
    return NamedBody(found)


def _input(one: Argument) -> Any:
    shape = list(one.shape[1:])
    if one.dtype == "float32":
        return shape
    return {"shape": shape, "dtype": one.dtype, **({"high": one.high} if one.high else {})}


def _documented(subject: Subject, recording: Recording, built: Mapping[str, Shape]) -> dict[str, Any]:
    """Return the claims on the whole network: its parameters that ran, and multiply-accumulates of one sample."""
    named = recording.model.named_parameters()
    params = sum(parameter.numel() for name, parameter in named if name in built)
    operations = count_subject(subject, subject.arguments).operations
    if operations is None or operations.mul_adds % subject.arguments.batch:
        return {"params": params}
    return {"params": params, "macs": operations.mul_adds // subject.arguments.batch}


def _read(target: str, text: str, name: str) -> Spec:
    """Return the spec that a draft is. Raises `TargetError`: what cannot be read is not written."""
    try:
        return loads_spec(text, name)
    except SpecError as error:
        raise TargetError(f"{target}: the draft cannot be read: {error}") from None


def _built(spec: Spec) -> nn.Module:
    return compile_spec(spec, infer(spec), META, initialise=False).model


def _compared(ours: Mapping[str, Shape], theirs: Mapping[str, Shape]) -> list[str]:
    """Return where the state dict of the spec's network is not the model's, a line each."""
    lacking = [key for key in theirs if key not in ours]
    other = [key for key in ours if key not in theirs]
    unlike = [key for key in ours if key in theirs and ours[key] != theirs[key]]
    notes = []
    if lacking:
        notes.append(f"the model also holds {_keys(lacking)}, which the pass did not run")
    if other:
        notes.append(f"the spec's network also holds {_keys(other)}")
    notes += [f"{key} is {ours[key]} in the spec's network, {theirs[key]} in the model" for key in unlike]
    return notes


def _shapes(model: nn.Module) -> dict[str, Shape]:
    return {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}


def _keys(keys: Sequence[str]) -> str:
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more keys" if len(keys) > 3 else "")


def _check(target: str, spec: Spec) -> None:
    """Raise `TargetError` where a claim of the draft does not hold: then what is written is not the model."""
    inference = infer(spec)
    problem = inference.problem
    if problem is not None:
        raise TargetError(f"{target}: the draft does not run: layer {problem.path!r}: {problem.problem}")
    wrong = [check for check in make_checks(spec, inference, None) if check.status == "differs"]
    if wrong:
        raise TargetError(f"{target}: the draft is not the model: {_told(wrong[0])}")


def _told(check: Check) -> str:
    where = check.layer or "the network"
    return f"{where}: {check.quantity} is {check.documented} in the model, {check.inferred} in the draft"
