"""Checks of the whole network: totals, sides, layer counts, further runs, the printed model, initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple, cast

from archcheck.checks.columns import Columns, listed
from archcheck.checks.layer_checks import cost_check, count_check, plain_count
from archcheck.checks.printed_models import first_difference
from archcheck.checks.sides import one_side, sides_of
from archcheck.checks.statistics import DEFAULTS, default_statistic, statistic
from archcheck.checks.verdicts import Letters, Opinion, Verdict, judge
from archcheck.infer import Inference, failure_text, refusal
from archcheck.results import Check, Failure, Plain, Shape, Trace
from archcheck.spec.layers import Claim, Run, Sides
from archcheck.spec.training import Recipe
from archcheck.units import Stated


def network_checks(columns: Columns) -> Iterator[Check]:
    """Yield a check for every claim under `documented:`; parameters are compared even where it is silent."""
    runs = zip_longest(columns.inference.runs, columns.seen.runs if columns.seen else ())
    for claim in columns.spec.claims:
        if claim.quantity == "runs":
            yield _run(columns, claim, *next(runs))
        else:
            yield _MAKERS[claim.quantity.partition(".")[0]](columns, claim)
    seen = columns.seen.params if columns.seen else None
    if seen is not None and not any(claim.quantity == "params" for claim in columns.spec.claims):
        counts = (columns.inference.params, seen)
        verdict = judge(None, [Opinion(count) for count in counts])
        yield columns.check("", None, None, "params", (None, *counts), verdict)
    yield from _failed_between(columns)


def _failed_between(columns: Columns) -> Iterator[Check]:
    """Yield a check if the run stopped where no leaf is: no other row would say so."""
    failed = columns.failed
    if failed is not None and failed.path not in columns.inferred:
        verdict = Verdict("differs", failure_text(failed, None, columns.spec.batch))
        inferred = columns.sample(columns.inference.output)
        yield columns.check(failed.path, None, None, "output", (None, listed(inferred), None), verdict)


def _params(columns: Columns, claim: Claim) -> Check:
    seen = columns.seen.params if columns.seen else None
    return count_check(columns, "", None, claim, (columns.inference.params, seen))


def _macs(columns: Columns, claim: Claim) -> Check:
    return cost_check(columns, "", None, claim, columns.seen.macs if columns.seen else None)


def _flops(columns: Columns, claim: Claim) -> Check:
    return cost_check(columns, "", None, claim)


def _sizes(columns: Columns, claim: Claim) -> Check:
    """The sides in the order they change; the document may leave out the input's own."""
    documented = tuple(map(one_side, cast("Sides", claim.value)))
    inferred = sides_of(columns.spec, columns.inference.outputs)
    seen = sides_of(columns.spec, columns.seen.trace.outputs) if columns.seen else None
    shown, opinions = [], []
    for sides in (inferred, seen):
        own = sides if sides is None or documented[:1] == sides[:1] else sides[1:]
        opinions.append(Opinion(own, own == documented))
        shown.append(None if own is None else _side_list(own))
    verdict = judge(claim, opinions, reached=columns.failed is None)
    return columns.check(
        "", None, claim, claim.quantity, (_side_list(documented), shown[0], shown[1]), verdict
    )


def _side_list(sides: Sides) -> list[Plain]:
    return [list(side) if isinstance(side, tuple) else side for side in sides]


def _layers(columns: Columns, claim: Claim) -> Check:
    """How many layers of a kind (or of several, `Conv2d + Linear`) there are."""
    wanted = {word.strip() for word in claim.quantity.removeprefix("layers.").split("+")}
    inferred = sum(layer.kind in wanted for layer in columns.inference.layers)
    kinds = columns.seen.kinds if columns.seen else None
    seen = None if kinds is None else sum(kinds.get(kind, 0) for kind in wanted)
    stated = cast("Stated", claim.value)
    opinions = [Opinion(count, count is not None and stated.holds(count)) for count in (inferred, seen)]
    return columns.check(
        "", None, claim, claim.quantity, (plain_count(stated), inferred, seen), judge(claim, opinions)
    )


def _run(columns: Columns, claim: Claim, inference: Inference, trace: Trace | None) -> Check:
    run = cast("Run", claim.value)
    batch = run.inputs[0][0]
    outcomes = (
        _Outcome(inference.output, refusal(inference)),
        _Outcome(trace.output, trace.failure) if trace else _Outcome(None, None),
    )
    verdict = judge(claim, [_opinion(claim, run, batch, outcome) for outcome in outcomes])
    failed = outcomes[0].failed or outcomes[1].failed
    if verdict.hint is None and verdict.status in ("differs", "known wrong") and failed:
        layer = next((layer for layer in inference.layers if layer.path == failed.path), None)
        where = f"{failed.path}: " if failed.path else ""
        verdict = Verdict(verdict.status, where + failure_text(failed, layer, None))
    inputs: list[Plain] = [listed(shape) for shape in run.inputs]
    documented: Plain = {"input": inputs[0] if len(inputs) == 1 else inputs, "output": listed(run.output)}
    inferred, seen = ("fails" if outcome.failed else listed(outcome.output) for outcome in outcomes)
    return columns.check("", None, claim, "runs", (documented, inferred, seen), verdict)


class _Outcome(NamedTuple):
    """How a further run ended: with an output (batch axis included), or where it failed."""

    output: Shape | None
    failed: Failure | None


def _opinion(claim: Claim, run: Run, batch: int, outcome: _Outcome) -> Opinion:
    """A run that fails is an opinion too: `fails`, whatever the words."""
    if outcome.failed is not None:
        return Opinion("fails", holds=False)
    output = outcome.output
    holds = output is not None and (run.output is None or Letters(batch).fit(claim, run.output, output))
    return Opinion(output, holds)


def _repr(columns: Columns, claim: Claim) -> Check:
    """Compare the printed model line by line; the check names the first line that is not the same."""
    documented, seen = str(claim.value), columns.seen.repr if columns.seen else None
    apart = None if seen is None else first_difference(documented, seen, bodies=True)
    verdict = judge(claim, [Opinion(seen, apart is None)])
    line = None
    if apart is not None:
        number, hint = apart
        verdict = Verdict(verdict.status, verdict.hint or hint)
        line = claim.place.line + _line_within(documented, number)
    return columns.check("", None, claim, claim.quantity, (documented, None, seen), verdict, line)


def _line_within(text: str, number: int) -> int:
    """Return how far under the claim's own line a line of its text stands; past the end, where the last one does."""
    if "\n" not in text.strip("\n"):
        return 0
    before = len(text) - len(text.lstrip("\n"))
    return before + min(number, len(text.strip().splitlines()))


def _init(columns: Columns, claim: Claim) -> Check:
    """A statistic of initial weights (mean, std, variance), from the initialiser's formula or PyTorch's default."""
    documented = cast("float", claim.value)
    _, kind, parameter, name = claim.quantity.split(".")
    if not _has(columns.inference, kind, parameter):
        verdict = Verdict(
            "known wrong" if claim.wrong else "differs", f"nothing here has a {kind}.{parameter}"
        )
        return columns.check("", None, claim, claim.quantity, (documented, None, None), verdict)
    initialiser = next(
        (one for one in columns.spec.init if one.kind == kind and one.parameter == parameter), None
    )
    inferred = statistic(initialiser, name) if initialiser else default_statistic(kind, parameter, name)
    verdict = judge(claim, [Opinion(inferred, inferred is not None and math.isclose(inferred, documented))])
    if verdict.status == "unchecked":
        what = initialiser.function if initialiser else "PyTorch's own initialisation"
        verdict = Verdict(
            "unchecked", f"the {name} of {what} is not worked out: the weight's shape may decide it"
        )
    return columns.check("", None, claim, claim.quantity, (documented, inferred, None), verdict)


def _has(inference: Inference, kind: str, parameter: str) -> bool:
    """Return whether a layer of this kind, or one that is made of such, may have a parameter of that name."""
    known = DEFAULTS.get(kind)
    return (known is None or parameter in known) and any(
        (layer.effect is None or layer.effect.params > 0)
        and not (parameter == "bias" and layer.args.get("bias") is False)
        for layer in inference.layers
        if layer.kind == kind or layer.kind in _MADE_OF.get(kind, ())
    )


_TRANSFORMERS = ("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer")
_MADE_OF = dict.fromkeys(("Linear", "LayerNorm", "MultiheadAttention"), _TRANSFORMERS)
"""By kind: the kinds that have modules of it inside."""


def _training(columns: Columns, claim: Claim) -> Check:
    """How many steps the recipe has, by arithmetic; unchecked where the document leaves out what it takes."""
    recipe, name = columns.spec.training, claim.quantity.partition(".")[2]
    inferred: int | None = getattr(recipe, name)
    stated = cast("Stated", claim.value)
    verdict = judge(claim, [Opinion(inferred, inferred is not None and stated.holds(inferred))])
    verdict = _explained(recipe, name, verdict)
    return columns.check("", None, claim, claim.quantity, (plain_count(stated), inferred, None), verdict)


def _explained(recipe: Recipe | None, name: str, verdict: Verdict) -> Verdict:
    """Say of a number of steps why it is not known, or how it comes about."""
    if recipe is None or verdict.hint is not None or verdict.status == "agrees":
        return verdict
    if verdict.status == "unchecked":
        needed = ("samples", "batch", "epochs") if name == "steps" else ("samples", "batch")
        missing = [one for one in needed if getattr(recipe, one) is None]
        return Verdict("unchecked", f"needs {' and '.join(missing)} under 'training:'")
    rest = "dropped" if recipe.drop_last else "counted"
    times = "" if recipe.epochs is None else f"; {recipe.epochs} epochs: {recipe.steps}"
    hint = (
        f"{recipe.samples} samples in batches of {recipe.batch}: {recipe.steps_per_epoch} steps an epoch, "
        f"a batch that is not full {rest}{times}"
    )
    return Verdict(verdict.status, hint)


def _statement(columns: Columns, claim: Claim) -> Check:
    """A statement that no check is possible of: listed, so that nothing of the document is left out."""
    verdict = Verdict("unchecked", claim.unchecked)
    return columns.check("", None, claim, claim.quantity, (str(claim.value), None, None), verdict)


_MAKERS: Mapping[str, Callable[[Columns, Claim], Check]] = {
    "params": _params,
    "macs": _macs,
    "flops": _flops,
    "sizes": _sizes,
    "layers": _layers,
    "repr": _repr,
    "init": _init,
    "training": _training,
    "statement": _statement,
}
