"""A Python model -> the text of a spec that says the same, read again and compared before it is handed on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

from archcheck.arguments import Argument, Arguments
from archcheck.binding.telling import Telling
from archcheck.checks import make_checks
from archcheck.counting.passes import count_subject
from archcheck.drafting import readback
from archcheck.drafting.blocks import with_blocks
from archcheck.drafting.bodies import BodyWriter, Nameless
from archcheck.drafting.graph import Graph, graph_of
from archcheck.drafting.page import Page, placed, plain
from archcheck.drafting.record import NumberOf, Recording, record
from archcheck.drafting.structure import Nesting, grouped, uses_of
from archcheck.drafting.values import Node
from archcheck.drafting.yaml_text import NamedBody, yaml_of
from archcheck.errors import TargetError
from archcheck.infer import infer
from archcheck.spec.layers import Spec, join
from archcheck.spec.load import DTYPES, NAME
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
    """A spec's text, and what must be said of it: where it is not the model, a line each.

    `apart`: where its network prints otherwise than the model, so that no `repr:` would agree; None where it does not.
    """

    text: str
    notes: tuple[str, ...]
    summary: str
    apart: str | None = None


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
    held = readback.held(readback.read_again(subject.target, text, name))
    lacking = readback.without_equal(subject.target, held, readback.state_of(recording.model))
    text += yaml_of(NamedBody(documented=NamedBody(_documented(subject, recording, held))))
    spec = readback.read_again(subject.target, text, name)
    readback.hold(subject.target, spec, recording.outputs[0].shape, batch)
    leaves, claimed = sum(1 for _ in spec.leaves()), sum(1 for _ in spec.all_claims())
    lines = text.count("\n")
    summary = f"{lines} lines, {leaves} layers and functions, {claimed} claims that hold"
    apart = readback.printed_apart(spec, recording.model)
    return Draft(text, tuple(_notes(lacking, recording)), summary, apart)


def draft_page(subject: Subject, name: str, page: Page, *, schema: str = SCHEMA) -> Draft:
    """Return a spec of a document's model: its claims are the document's, and hold where they hold there.

    `page`: what the document states, and what its sites see while the model runs. Raises `TargetError` as `draft`.
    """
    names = _input_names(subject.target, subject.arguments)
    recording, batch = _recorded(subject, names, page.begins)
    graph = graph_of(recording)
    _refuse(subject.target, graph.unsaid)
    head = f"# yaml-language-server: $schema={schema}\n{_OF_PAGE.format(subject.target)}"
    top = _top(recording, name, subject.arguments, names, page.title)
    layers, blocks = _layers(recording, subject.target, graph, "none", batch)
    text = head + yaml_of(top | {**({"blocks": blocks} if blocks else {}), "layers": layers})
    spec = readback.read_again(subject.target, text, name)
    lacking = readback.without_equal(subject.target, readback.held(spec), readback.state_of(recording.model))
    readback.hold(subject.target, spec, recording.outputs[0].shape, batch)
    found = placed(page, recording, graph)
    if found.claims:  # a block stands for several layers, of which the document says different things
        layers, _ = _layers(recording, subject.target, graph, "none", batch, plain(found.claims))
        text = head + yaml_of(top | {"layers": layers})
        spec = readback.read_again(subject.target, text, name)
    notes = (*_notes(lacking, recording), *_left(found.left))
    return Draft(text, notes, _summary(text, spec))


def _left(tellings: Sequence[Telling]) -> Iterator[str]:
    """Yield which of the document's claims are not in the spec."""
    if tellings:
        places = ", ".join(dict.fromkeys(str(one.at) for one in tellings))
        yield f"of no layer or function of the spec, and left out: what is claimed at {places}"


def _summary(text: str, spec: Spec) -> str:
    leaves = sum(1 for _ in spec.leaves())
    checks = [check for check in make_checks(spec, infer(spec), None) if check.claimed]
    wrong = [f"{check.layer} ({check.at})" for check in checks if check.status == "differs"]
    differ = f", of which {len(wrong)} differ: {', '.join(wrong[:MOST_NAMED])}" if wrong else ""
    return f"{text.count(chr(10))} lines, {leaves} layers and functions, {len(checks)} claims{differ}"


def _notes(lacking: Sequence[str], recording: Recording) -> Iterator[str]:
    """Yield where a spec is less than its model."""
    if lacking:
        yield f"the model also holds {readback.some_keys(lacking)}, which the pass did not run"
    if recording.valued:
        yield "the pass asked for values; on others the model may go another way"
    if len(recording.outputs) > 1:
        yield f"it gives {len(recording.outputs)} tensors; the spec gives the first"


_MADE = "# Drafted by `archcheck init` from {}: what it claims is what the model gives, not yet what a document says.\n"


_OF_PAGE = "# Drafted by `archcheck init` from {}: what it claims is what the document says.\n"


def _recorded(
    subject: Subject, names: tuple[str, ...], begins: Callable[[NumberOf], None] | None = None
) -> tuple[Recording, int]:
    """Return a pass of two samples, so that no axis of 1 is taken for the batch, and how many they were.

    A model that takes no other batch than the one that was typed is run with that.
    """
    arguments = subject.arguments
    if arguments.batch == 1:
        try:
            return record(subject, arguments.with_batch(2), names, begins), 2
        except TargetError:
            pass  # what it says of the batch that the user typed is what matters
    try:
        return record(subject, arguments, names, begins), arguments.batch
    except TargetError as error:
        more = _with_batch_axis(subject, names)
        raise TargetError(f"{str(error).rstrip('.')}; {more}" if more else str(error)) from None


def _with_batch_axis(subject: Subject, names: tuple[str, ...]) -> str:
    """Return what to say of a call that fails, where it does not once there is a batch axis in front."""
    longer = subject.arguments.with_batch_axis()
    try:
        record(subject, longer, names)
    except TargetError:
        return ""
    shapes = " and ".join(",".join(map(str, one.shape)) for one in longer.tensors)
    return f"an input has its batch axis in front: with {shapes} it runs"


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
    recording: Recording,
    target: str,
    graph: Graph,
    claims: ClaimsOn,
    batch: int,
    said: Mapping[int, Mapping[str, Any]] | None = None,
) -> tuple[Any, NamedBody]:
    """Return `layers:` and `blocks:`, of which there are none where `said` is what a document claims of layers.

    Raises `TargetError` where no order of bodies has the model's names.
    """
    nodes = graph.nodes
    flow = next(iter(graph.inputs.values())) if len(graph.inputs) == 1 else None
    try:
        several = frozenset(graph.inputs.values()) if len(graph.inputs) > 1 else frozenset()
        items = Nesting(uses_of(nodes, graph.output), several).nested(grouped(nodes), flow)
        given = {number: name for name, number in graph.inputs.items()}
        classes = {path: type(module).__name__ for path, module in recording.model.named_modules()}
        shapes = {node.output: list(node.shape[1:]) for node in nodes if node.shape[:1] == (batch,)}
        received = {tensor.number: tensor.shape for tensor in recording.inputs.values()}
        claimed = _claimed(nodes, received, claims)
        writer = BodyWriter(given, claimed, shapes, classes, _shares(recording.model, nodes), said or {})
        if said is not None:
            return writer.root(items, graph.output), NamedBody()
        return with_blocks(writer.root(items, graph.output), claims=claims != "none")
    except Nameless as error:
        paths = {node.output: join(node.owner, node.name or node.kind) for node in nodes}
        path = paths.get(error.value) or next(
            name for name, number in graph.inputs.items() if number == error.value
        )
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


def _claimed(nodes: Sequence[Node], inputs: Mapping[int, Shape], wanted: ClaimsOn) -> frozenset[int]:
    """Return the values whose shape is claimed: of layers those that have not the shape of what goes in."""
    made = [node for node in nodes if node.kind != "parameter"]
    if wanted == "none":
        return frozenset()
    if wanted == "stages":
        last = {node.owner.split(".")[0]: node.output for node in made if node.owner}
        return frozenset(last.values())
    shapes = {**inputs, **{node.output: node.shape for node in nodes}}
    return frozenset(
        node.output
        for node in made
        if node.kind not in PLAIN and shapes.get(next(iter(node.inputs), -1)) != node.shape
    )


def _top(
    recording: Recording, name: str, arguments: Arguments, names: Sequence[str], title: str | None = None
) -> NamedBody:
    """Return what stands above the layers; `title`: of the document that it is from."""
    model = type(recording.model)
    inputs = {key: _input(one) for key, one in zip(names, arguments.tensors, strict=True)}
    found: dict[str, Any] = {"name": name} if NAME.fullmatch(name) else {}
    found["title"] = model.__name__
    if title is not None:
        found["source"] = {"title": title}
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
