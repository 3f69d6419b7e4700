"""What a spec may claim, as a JSON Schema: statements and their remarks, beside a layer and of the whole network."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.json_schema import (
    Json,
    array,
    described,
    each_described,
    either,
    mapping,
    one_of,
    record,
    ref,
    whole,
)
from archcheck.spec import claims, signatures

CLAIMED: Mapping[str, str] = {
    "input": "The shape that the document says comes in; the batch axis may be left out.",
    "output": "The shape that the document says goes out; the batch axis may be left out.",
    "params": "The documented number of parameters: 1000 is exact, 16.6M as precise as written.",
    "macs": "The multiply-accumulates that the document says one sample needs.",
    "flops": "The floating-point operations that the document says one sample needs.",
    "sizes": "The sides in the order they change: [224, 55, 27].",
    "layers": "How many layers of a kind, or of several (`Conv2d + Linear`), there are; `some`: at least one.",
    "runs": "Further inputs that the document says work, batch axis included.",
    "repr": "The printed model.",
    "init": "Statistics of the initial weights: {KIND.PARAMETER.STATISTIC: number}.",
    "unchecked": "Statements that no check is possible of, and why.",
}
"""What a document may say of a layer or of the network."""
STATED: Mapping[str, str] = {
    "documented": "What the document says.",
    "wrong": "Why that is known to be wrong.",
    "by": "Which of `sources:` says so; the first where nothing is said.",
    "at": "Where in the document it stands: a line, or words.",
}
CLAIM_VALUES: Mapping[str, str] = {
    **dict.fromkeys(("input", "output"), "axes"),
    **dict.fromkeys(("params", "macs", "flops"), "count"),
    "sizes": "sides",
    "repr": "text",
}
"""What a claim's value is, by the name of its definition."""


def claim_definitions() -> Json:
    """Return the definitions of every sort of claim, and `said`, the claims on the whole network."""
    values = tuple(dict.fromkeys([*CLAIM_VALUES.values(), "how_many", "statistic"]))
    statements = {f"{value}_statement": _statement(value) for value in (*values, "size")}
    made = {f"{value}_claim": either(ref(value), *_statements(value)) for value in values}
    return {**statements, **made, "argument_claim": either(*_statements("size")), "said": _said()}


def _statements(value: str) -> tuple[Json, Json]:
    statement = ref(f"{value}_statement")
    return statement, array(statement, least=1)


def _statement(value: str) -> Json:
    parts = {"documented": ref(value), **_remarks()}
    return record(each_described(STATED, parts, claims.STATEMENT), required=("documented",))


def _remarks() -> Json:
    return {"wrong": ref("text"), "by": ref("filled"), "at": ref("place")}


def claim(quantity: str) -> Json:
    """Return the claim on a quantity of a layer or of the network."""
    return ref(f"{CLAIM_VALUES[quantity]}_claim")


def documented() -> Json:
    """Return what stands under `documented:`; it needs the definition `said`."""
    return either(ref("said"), array(ref("said"), least=1))


def _said() -> Json:
    """Return the claims on the whole network, and whose all of them are."""
    remarks = _remarks()
    given = either(ref("batched"), mapping(ref("batched"), least=1))
    run = {"input": given, "output": ref("axes"), **remarks}
    whose = {name: remarks[name] for name in claims.GROUP}
    unchecked = {"says": ref("text"), "why": ref("text"), **whose}
    module = one_of(signatures.kinds())
    statistic = rf"{module}\.[^.]*\.{one_of(claims.STATISTICS)}"
    parts = {
        **{quantity: claim(quantity) for quantity in CLAIM_VALUES},
        "layers": mapping(ref("how_many_claim"), whole(rf"(?:(?:^|\+)\s*{module}\s*)+")),
        "runs": array(record(run, required=("input",))),
        "init": mapping(ref("statistic_claim"), whole(statistic)),
        "unchecked": array(record(unchecked, required=("says", "why"))),
    }
    of_all = {name: described(f"{STATED[name]} Of all that stands here.", whose[name]) for name in whose}
    return record({**each_described(CLAIMED, parts, claims.DOCUMENTED), **of_all})
