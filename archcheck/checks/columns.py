"""The two columns beside a claim, asked by path: what the rules infer and what the run showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from archcheck.checks.verdicts import Verdict
from archcheck.infer import Inference, InferredLayer, failure_text, refusal
from archcheck.results import Check, Failure, Plain, Seen, SeenLayer, Shape, without_batch
from archcheck.spec.layers import Body, Branches, Claim, Node, Pattern, Spec, join


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
        return tuple(
            layer
            for layer in self.inference.layers
            if not path or layer.path == path or layer.path.startswith(f"{path}.")
        )

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
        if layer and layer.problem and (layer.unbuildable or isinstance(layer.node, Branches)):
            failed = refusal(self.inference) or failed  # PyTorch never saw that layer, or not what it joins
        return failure_text(failed, layer, self.spec.batch)

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
            type="" if node is None or isinstance(node, Body) else node.kind,
            quantity=quantity,
            documented=values[0],
            inferred=values[1],
            seen=values[2],
            status=verdict.status,
            line=line or place.line,
            hint=verdict.hint,
            wrong=claim.wrong if claim else None,
            at=claim.at if claim else None,
        )


def listed(shape: Shape | Pattern | None) -> list[Plain] | None:
    """Return a shape as JSON says it."""
    return None if shape is None else list(shape)


def _entry(path: str, node: Node) -> str:
    """Return the path of a node's first leaf; a join receives what its branches receive."""
    while isinstance(node, Body) and node.children:
        name, node = node.children[0]
        path = join(path, name)
    return path
