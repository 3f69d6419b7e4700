"""The two columns beside a claim, asked by path: what the rules infer and what the run showed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from archcheck.checks.verdicts import Verdict
from archcheck.infer import Inference, batched, failure_text, infer, refusal, total
from archcheck.leaf import InferredLayer
from archcheck.results import Check, Failure, Plain, Seen, SeenLayer, Shape, without_batch
from archcheck.spec.layers import Body, Branches, Claim, Input, Layer, Node, Pattern, Spec, join
from archcheck.units import shape_text


@dataclass(frozen=True)
class Columns:
    """A spec with what was inferred of it and, unless nothing was run, what was seen."""

    spec: Spec
    inference: Inference
    seen: Seen | None

    @cached_property
    def inferred(self) -> Mapping[str, InferredLayer]:
        """The inferred leaves by path."""
        return {layer.path: layer for layer in self.inference.layers}

    @cached_property
    def ran(self) -> Mapping[str, SeenLayer]:
        """The leaves that ran, by path."""
        return {layer.path: layer for layer in self.seen.trace.layers} if self.seen else {}

    @cached_property
    def entries(self) -> Mapping[str, str]:
        """By the path of every node: the leaf that receives first what the node receives."""
        return {path: _entry(path, node) for path, node in (*self.spec.walk(), ("", self.spec.body))}

    @cached_property
    def one_sample(self) -> Inference:
        """What is inferred for one sample; asked for only where a claim is about its cost."""
        return _of_one_sample(self.spec, self.inference)

    @cached_property
    def one_more(self) -> Inference:
        """What is inferred for one sample more; asked for only where a claim is about an output."""
        return infer(self.spec, batched(self.spec, self.spec.batch + 1), built=self.inference)

    @cached_property
    def places(self) -> Mapping[str, slice]:
        """By the path of every node that has leaves: where among the inferred leaves its own stand, in a row."""
        paths = [layer.path for layer in self.inference.layers]
        ends = _first(reversed(paths))
        return {path: slice(first, len(paths) - ends[path]) for path, first in _first(paths).items()}

    @cached_property
    def failed(self) -> Failure | None:
        """Where the run stopped, if it did; without a run, where the rules refuse."""
        return refusal(self.inference) if self.seen is None else self.seen.trace.failure

    def inputs(self, path: str) -> tuple[Shape | None, Shape | None]:
        """Return what a node's first tensor should be and was, also for the leaf that failed on it."""
        entry = self.entries[path]
        ran, inferred = self.ran.get(entry), self.inference.inputs.get(entry)
        if ran is not None:
            return inferred, next(iter(ran.inputs), None)
        failed = self.seen.trace.failure if self.seen else None
        return inferred, next(iter(failed.inputs), None) if failed and failed.path == entry else None

    def outputs(self, path: str) -> tuple[Shape | None, Shape | None]:
        """Return what a node should give and gave; `""` is the whole network."""
        trace = self.seen.trace if self.seen else None
        if not path:
            return self.inference.output, trace.output if trace else None
        return self.inference.outputs.get(path), trace.outputs.get(path) if trace else None

    def inside(self, path: str) -> tuple[InferredLayer, ...]:
        """Return the leaves at and under a path."""
        return self.inference.layers[self.places.get(path, slice(0))]

    def cost(self, path: str, quantity: Literal["macs", "flops"]) -> int | None:
        """Return what all that is at and under a path costs for one sample; None is unknown."""
        layers = self.one_sample.layers[self.places.get(path, slice(0))]
        return total(getattr(layer.effect, quantity) if layer.effect else None for layer in layers)

    def uncounted(self) -> str | None:
        """Return why nothing has a cost for one sample: the network takes its whole batch only; else None."""
        failed = refusal(self.one_sample)
        if failed is None or refusal(self.inference) is not None:
            return None
        layer = self.one_sample.layers[self.places[failed.path]][-1]
        return f"one sample has no cost: {failure_text(failed, layer, None)}"

    def reached(self, path: str, opinion: object) -> bool:
        """Return whether the run (or, without one, the rules) came as far as this node."""
        return opinion is not None or self.failed is None or self.failed.path == path

    def passed(self, path: str) -> bool:
        """Return whether the run (or, without one, the rules) came through all that is at and under a path."""
        if self.failed is None or not path:
            return self.failed is None
        if self.seen is None:
            return all(layer.reached and not layer.problem for layer in self.inside(path))
        return all(layer.path in self.ran for layer in self.inside(path))

    def failure(self, path: str) -> str | None:
        """Return why this very node failed: what it is, what it received, and what was said."""
        failed, layer = self.failed, self.inferred.get(path)
        if failed is None or failed.path != path:
            return None
        if layer and (
            layer.problem or layer.restated
        ):  # where the rules refuse too, they say it in our words
            ours = refusal(infer(self.spec, strict=True))
            failed = ours if ours is not None and ours.path == path else failed
        return failure_text(failed, layer, self.spec.batch) + self._batch_axis()

    def _batch_axis(self) -> str:
        """Return what to do where the network would run if the first axis of its input were not there."""
        shapes = [tensor.shape for tensor in self.spec.inputs]
        likely = all(len(shape) > 3 or (len(shape) > 1 and shape[0] == 1) for shape in shapes)
        if self.inference.problem is None or not likely:
            return ""
        without = tuple(replace(tensor, shape=tensor.shape[1:]) for tensor in self.spec.inputs)
        runs = infer(replace(self.spec, inputs=without, claims=())).problem is None
        return (
            f"; 'input:' is one sample: without its first axis, {_listed(without)}, it runs" if runs else ""
        )

    def lost_batch(self, path: str) -> str | None:
        """Return what became of the batch axis in what a node gives, None where it is there or nothing is known.

        A shape without it may look as claimed, so the network is worked out for one sample more as well.
        """
        shape, batch = self.outputs(path)[0], self.spec.batch
        more = self.one_more.output if not path else self.one_more.outputs.get(path)
        if shape is None or (more is None and batch > 1):
            return None  # a document may well say 64 in its code
        if more is None:
            return "it works for a batch of 1 only"
        if more == shape:
            return f"the batch axis is gone: it gives {shape_text(shape)} whatever the batch"
        if shape[0] != batch and more[0] != shape[0]:
            told = f"a batch of {batch} gives {shape_text(shape)}, {batch + 1} gives {shape_text(more)}"
            return f"samples are mixed: {told}"
        return None

    def sample(self, shape: Shape | None) -> Shape | None:
        """Return a shape without its batch axis."""
        return without_batch(shape, self.spec.batch)

    def check(
        self,
        path: str,
        node: Node | None,
        claim: Claim | None,
        quantity: str,
        values: tuple[Plain, Plain, Plain],
        verdict: Verdict,
        line: int | None = None,
    ) -> Check:
        """Return the row; `values` are documented, inferred and seen as JSON says them."""
        place = claim.place if claim else (node.place if node else self.spec.place)
        return Check(
            layer=path,
            type="" if not isinstance(node, Layer | Branches) else node.kind,
            quantity=quantity,
            documented=values[0],
            inferred=values[1],
            seen=values[2],
            status=verdict.status,
            line=line or place.line,
            hint=verdict.hint,
            wrong=claim.wrong if claim else None,
            at=claim.at if claim else None,
            source=self.spec.said_by(claim) if claim else None,
        )


def _listed(inputs: Iterable[Input]) -> str:
    return " and ".join(str(list(tensor.shape)) for tensor in inputs)


def listed(shape: Shape | Pattern | None) -> list[Plain] | None:
    """Return a shape as JSON says it."""
    return None if shape is None else list(shape)


def _entry(path: str, node: Node) -> str:
    """Return the path of a node's first leaf; a join receives what its branches receive."""
    while isinstance(node, Body) and node.children:
        name, node = node.children[0]
        path = join(path, name)
    return path


def _first(paths: Iterable[str]) -> dict[str, int]:
    """Return by the path of every leaf and all that it is in, and `""` for the whole: the number of the first leaf."""
    found = {"": 0}
    for number, path in enumerate(paths):
        above = path
        while above not in found:
            found[above] = number
            above = above.rpartition(".")[0]
    return found


def _of_one_sample(spec: Spec, inference: Inference) -> Inference:
    """Return what the network of `inference` does with one sample, which is not always a share of its batch.

    A layer that states an `in_channels` which its input has not is taken as if it had stated the right one; what
    takes its whole batch only (a `reshape` that says 64) refuses.
    """
    if spec.batch == 1:
        return inference
    meant = tuple(
        replace(layer, args={**layer.args, **layer.filled}) if layer.restated else layer
        for layer in inference.layers
    )
    return infer(spec, batched(spec, 1), strict=True, built=replace(inference, layers=meant))
