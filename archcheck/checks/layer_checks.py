"""Checks of one node: its input, the arguments its input decides, its output, its parameters and costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from archcheck.checks.columns import Columns, listed
from archcheck.checks.cost_hints import cost_hint
from archcheck.checks.hints import output_hint
from archcheck.checks.sides import Side, one_side
from archcheck.checks.verdicts import Letters, Opinion, Verdict, judge
from archcheck.infer import total
from archcheck.leaf import complete, fill
from archcheck.results import Check, Plain, Shape
from archcheck.rules import RULES
from archcheck.spec.claims import LAYER_CLAIMS
from archcheck.spec.layers import Body, Claim, ClaimValue, From, Layer, Node, Pattern, Value
from archcheck.units import Stated

NULL_MEANS = {"stride": "kernel_size", "kdim": "embed_dim", "vdim": "embed_dim"}
"""The arguments whose default None stands for another argument's value.

https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html ("Default value is kernel_size") and
https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html ("uses kdim=embed_dim")
"""

UNUSED = ("divisor_override", "padding_idx", "max_norm")
"""The arguments whose default None says that there is none, so that no number is true of them."""


@dataclass(slots=True)
class LayerChecks:
    """Makes the checks of one node after the other; letters keep their sizes from node to node."""

    columns: Columns
    letters: tuple[Letters, Letters] = field(init=False)

    def __post_init__(self) -> None:
        batch = self.columns.spec.batch
        self.letters = (Letters(batch), Letters(batch))

    def node(self, path: str, node: Node) -> Iterator[Check]:
        """Yield the checks of a node: the document's claims, and where it is silent our two opinions."""
        if isinstance(node, From) or self._is_silent(
            path, node
        ):  # what it hands on is checked where it is made
            return
        for claim in _about(node, "input"):
            yield self._shape(path, node, claim, self.columns.inputs(path))
        if isinstance(node, Layer):
            yield from self._arguments(path, node)
        outputs = _about(node, "output")
        for claim in outputs:
            yield self._shape(path, node, claim, self.columns.outputs(path))
        if not outputs and not isinstance(node, Body):
            yield from self._silent_output(path, node)
        yield from self._params(path, node)
        for claim in (*_about(node, "macs"), *_about(node, "flops")):
            yield cost_check(self.columns, path, node, claim)

    def _is_silent(self, path: str, node: Node) -> bool:
        """Whether neither the document nor a run says anything of a node, as in a lint of most nodes."""
        if node.claims or self.columns.seen is not None:
            return False
        if self.columns.failed is not None and self.columns.failed.path == path:
            return False
        if not isinstance(node, Layer) or node.kind not in RULES:
            return True
        return not any(name in node.args for name in RULES[node.kind].fills)

    def _shape(self, path: str, node: Node, claim: Claim, shapes: tuple[Shape | None, Shape | None]) -> Check:
        pattern = cast("Pattern", claim.value)
        opinions = [
            Opinion(shape, letters.fit(claim, pattern, shape))
            for letters, shape in zip(self.letters, shapes, strict=True)
        ]
        verdict = judge(claim, opinions, reached=self._reached(path, *shapes))
        failure = self.columns.failure(path) if claim.quantity == "output" else None
        if failure is not None:
            verdict = Verdict("differs", failure)
        elif verdict.hint is None and verdict.status in ("differs", "known wrong"):
            verdict = Verdict(verdict.status, self._hint(path, claim, shapes))
        lost = self.columns.lost_batch(path) if claim.quantity == "output" else None
        if lost is not None and verdict.status == "agrees":
            verdict = Verdict("differs", lost)
        inferred, seen = (listed(self.columns.sample(shape)) for shape in shapes)
        values = (listed(pattern), inferred, seen)
        return self.columns.check(path, node, claim, claim.quantity, values, verdict)

    def _hint(self, path: str, claim: Claim, shapes: tuple[Shape | None, Shape | None]) -> str | None:
        pattern = cast("Pattern", claim.value)
        layer = self.columns.inferred.get(path) if claim.quantity == "output" else None
        letters, shape = next(pair for pair in zip(self.letters, shapes, strict=True) if pair[1] is not None)
        parts = (output_hint(layer, pattern, self.columns.spec.batch), letters.clash(pattern, shape))
        return "; ".join(part for part in parts if part) or None

    def _silent_output(self, path: str, node: Node) -> Iterator[Check]:
        failure = self.columns.failure(path)
        if failure is None and self.columns.seen is None:
            return  # nothing was run: there is nothing to compare
        shapes = self.columns.outputs(path)
        if failure is None and shapes[1] is None and self.columns.failed is not None:
            return  # it did not come this far
        verdict = (
            Verdict("differs", failure) if failure else judge(None, [Opinion(shape) for shape in shapes])
        )
        inferred, seen = (listed(self.columns.sample(shape)) for shape in shapes)
        yield self.columns.check(path, node, None, "output", (None, inferred, seen), verdict)

    def _arguments(self, path: str, node: Layer) -> Iterator[Check]:
        """Yield a check of every stated argument that the layer's input decides: `in_channels` and the like."""
        kind = RULES.get(node.kind)
        fills = kind.fills if kind else {}
        stated = [claim for name in fills for claim in _stated(node, name)]
        if kind is not None and stated:
            given = self.columns.inputs(path)[1]
            inferred, seen = self.columns.inferred[path].filled, {} if given is None else fill(kind, given)[0]
            for claim in stated:
                values = (inferred.get(claim.quantity), seen.get(claim.quantity))
                yield self._argument(path, node, claim, values, reached=self._reached(path, *values))
        left_out = [claim for claim in node.claims if claim.quantity not in (*LAYER_CLAIMS, *fills)]
        if left_out:
            args = complete(node.kind, self.columns.inferred[path].args)
            for claim in left_out:
                yield self._argument(path, node, claim, (_meant(claim.quantity, args), None), reached=True)

    def _argument(
        self, path: str, node: Layer, claim: Claim, values: tuple[Value, Value], *, reached: bool
    ) -> Check:
        opinions = [Opinion(value, _is(claim.value, value)) for value in values]
        verdict = judge(claim, opinions, reached=reached)
        if verdict.status == "unchecked":
            verdict = Verdict("unchecked", f"{claim.quantity} is left out: nothing tells what it comes to")
        inferred, seen = map(_plain, values)
        return self.columns.check(
            path, node, claim, claim.quantity, (_plain(claim.value), inferred, seen), verdict
        )

    def _params(self, path: str, node: Node) -> Iterator[Check]:
        claims = _about(node, "params")
        if not claims and (self.columns.seen is None or not isinstance(node, Layer)):
            return
        inside, ran = self.columns.inside(path), self.columns.ran
        inferred = total(layer.params for layer in inside)
        seen = (
            total(ran[layer.path].params if layer.path in ran else None for layer in inside) if ran else None
        )
        for claim in claims:
            yield count_check(self.columns, path, node, claim, (inferred, seen))
        if not claims and seen is not None and (seen or inferred):
            verdict = judge(None, [Opinion(inferred), Opinion(seen)])
            yield self.columns.check(path, node, None, "params", (None, inferred, seen), verdict)

    def _reached(self, path: str, inferred: object, seen: object) -> bool:
        return self.columns.reached(path, inferred if self.columns.seen is None else seen)


def count_check(
    columns: Columns, path: str, node: Node | None, claim: Claim, counts: tuple[int | None, int | None]
) -> Check:
    """Return the check of a claimed count against what was inferred and seen.

    What the run did not come through is not reached, whatever the rules go on to say of it.
    """
    stated = cast("Stated", claim.value)
    opinions = [Opinion(count, count is not None and stated.holds(count)) for count in counts]
    verdict = judge(claim, opinions, reached=counts[1] is not None or columns.passed(path))
    if verdict.status == "unchecked" and claim.quantity in ("macs", "flops"):
        verdict = Verdict("unchecked", columns.uncounted())
    if (
        verdict.hint is None and verdict.status == "differs"
    ):  # a reading beside the given reason is a coincidence
        verdict = Verdict(verdict.status, cost_hint(columns, path, claim))
    return columns.check(path, node, claim, claim.quantity, (plain_count(stated), *counts), verdict)


def cost_check(
    columns: Columns, path: str, node: Node | None, claim: Claim, seen: int | None = None
) -> Check:
    """Return the check of claimed `macs` or `flops`, which are of one sample."""
    quantity: Literal["macs", "flops"] = "macs" if claim.quantity == "macs" else "flops"
    return count_check(columns, path, node, claim, (columns.cost(path, quantity), seen))


def plain_count(stated: Stated) -> int | str:
    """Return a claimed count as JSON says it: a number where the document is exact, else its words."""
    return stated.low if stated.text == str(stated.low) else stated.text


def _about(node: Node, quantity: str) -> tuple[Claim, ...]:
    return tuple(claim for claim in node.claims if claim.quantity == quantity)


def _stated(node: Layer, name: str) -> tuple[Claim, ...]:
    """Return what is said of an argument: the document's claims, and the argument itself if the spec states it."""
    if name not in node.args:
        return _about(node, name)
    return (*_about(node, name), Claim(name, cast("ClaimValue", node.args[name]), node.arg_places[name]))


def _meant(name: str, args: Mapping[str, Value]) -> Value:
    """Return what an argument that is left out comes to; None where nothing tells."""
    value = args[name]
    if value is None and name in NULL_MEANS:
        return args.get(NULL_MEANS[name])
    return "None" if value is None and name in UNUSED else value


def _is(documented: ClaimValue, value: Value) -> bool:
    """Return whether a documented argument is this one: true is not 1, and one number stands for every side."""
    alike = isinstance(documented, bool) is isinstance(value, bool)
    return alike and _short(documented) == _short(value)


def _short(value: Value | ClaimValue) -> object:
    return one_side(cast("Side", value)) if isinstance(value, tuple) else value


def _plain(value: Value | ClaimValue) -> Plain:
    plain = cast("Plain | tuple[Plain, ...]", value)
    return list(plain) if isinstance(plain, tuple) else plain
