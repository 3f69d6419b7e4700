"""The two JSON contracts, held against documents written by hand."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest

from archcheck.report.contract import schema_of
from archcheck.results import FAILING, Check, Verification

CHECK: dict[str, Any] = {
    "layer": "features.0",
    "type": "Conv2d",
    "quantity": "output",
    "documented": [48, 55, 55],
    "inferred": [48, 55, 55],
    "seen": [48, 55, 55],
    "status": "agrees",
    "line": 12,
    "hint": None,
}
RESULT: dict[str, Any] = {
    "target": "specs/alexnet_half.yaml",
    "name": "alexnet_half",
    "device": "cpu",
    "ok": True,
    "error": None,
    "checks": [CHECK],
}
COSTS: dict[str, Any] = {"params": 17472, "macs": 52707600, "flops": None, "latency_ms": 1.25}
LAYER: dict[str, Any] = {
    "layer": "features.0",
    "type": "Conv2d",
    "input": [3, 224, 224],
    "output": [48, 55, 55],
}
PROFILE: dict[str, Any] = {
    "target": "specs/alexnet_half.yaml",
    "name": "alexnet_half",
    "device": "cpu",
    "dtype": "float32",
    "batch": 1,
    "mode": "inference",
    "error": None,
    "totals": COSTS,
    "layers": [{**LAYER, **COSTS}],
}


def verified(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "archcheck.verify/1",
        "environment": {"torch": "2.13"},
        "results": [{**RESULT, **changes}],
    }


def checked(**changes: Any) -> dict[str, Any]:
    """Return a document of one check; a result is ok exactly if its checks are."""
    check = {**CHECK, **changes}
    return verified(checks=[check], ok=check["status"] not in FAILING)


def profiled(**changes: Any) -> dict[str, Any]:
    return {"schema": "archcheck.profile/1", "environment": {}, "results": [{**PROFILE, **changes}]}


def without(document: dict[str, Any], *way: Any) -> dict[str, Any]:
    fewer = parent = copy.deepcopy(document)
    for key in way[:-1]:
        parent = parent[key]
    del parent[way[-1]]
    return fewer


def holds(document: dict[str, Any]) -> bool:
    name = document["schema"].removeprefix("archcheck.").removesuffix("/1")
    return bool(jsonschema.Draft7Validator(schema_of(name)).is_valid(document))


FAILED = {"ok": False, "error": "x.yaml: no such file", "checks": [], "device": None}
NETWORK = {"layer": "", "type": "", "inferred": 4, "seen": 4}
RUN = {"quantity": "runs", "documented": {"input": [64, 1, 28, 28], "output": ["N", 10]}}

GOOD = [
    (verified(), "as the design has it"),
    ({**verified(), "results": []}, "no targets"),
    (verified(checks=[]), "a network without claims"),
    (verified(device=None), "nothing was run"),
    (verified(**FAILED), "a target in error"),
    (checked(wrong="a slip of the pen", at="line 3", status="known wrong"), "known to be wrong"),
    (checked(documented=["N", 48, 55, 55], inferred=None, seen=None, status="unchecked"), "a letter"),
    (checked(documented=[48, 54, 54], status="differs", hint="55 needs padding 2"), "it differs"),
    (checked(documented=None, seen=None, line=None), "the document is silent"),
    (
        checked(quantity="in_channels", documented=3, inferred=3, seen=None, status="not reached"),
        "an argument",
    ),
    (checked(quantity="ceil_mode", documented=1, inferred=False, seen=None, status="differs"), "a default"),
    (checked(**NETWORK, quantity="params", documented="60M"), "as precise as it is written"),
    (checked(**NETWORK, quantity="macs", documented=4), "an exact count"),
    (checked(**NETWORK, quantity="layers.Conv2d + Linear", documented="some"), "a count of layers"),
    (checked(quantity="sizes", documented=[55, [27, 13]], inferred=[55], seen=None), "sides"),
    (checked(**RUN, inferred="fails", seen=[64, 10]), "a run that fails, and one that does not"),
    (
        checked(quantity="runs", documented={"input": [[2, 3], [2]], "output": None}, inferred=None),
        "two inputs",
    ),
    (checked(quantity="repr", documented="Net()", inferred=None, seen="Net(...)"), "a printed model"),
    (checked(quantity="init.Linear.weight.std", documented=0.01, inferred=0.01, seen=None), "a statistic"),
    (checked(quantity="statement", documented="fast", inferred=None, seen=None), "a statement"),
    (profiled(), "as the design has it"),
    (profiled(device=None, layers=[], error="no such file"), "a target in error"),
    (profiled(totals={**COSTS, "uncounted": ["mul"]}, witnesses=[]), "more keys in results and totals"),
    (profiled(layers=[{**LAYER, **COSTS, "latency_p90_ms": 2.5}]), "more keys in layers"),
    (profiled(layers=[{**LAYER, **COSTS, "input": None, "macs": None}]), "what is not known"),
]
BAD = [
    ({**verified(), "version": 1}, "another key at the top"),
    (without(verified(), "environment"), "no environment"),
    ({**verified(), "environment": None}, "an environment of nothing"),
    ({**verified(), "results": RESULT}, "a result that is no list"),
    *((without(verified(), "results", 0, key), f"a result without {key}") for key in RESULT),
    *((without(verified(), "results", 0, "checks", 0, key), f"a check without {key}") for key in CHECK),
    (verified(status="agrees"), "another key in a result"),
    (verified(ok="yes"), "a word for true"),
    (verified(error="no such file"), "ok and in error"),
    (verified(error="no such file", ok=False), "in error and checked"),
    (verified(ok=False), "not ok, and nothing says why"),
    (verified(checks=[{**CHECK, "status": "differs"}]), "ok, and a check differs"),
    (verified(checks=[CHECK, {**CHECK, "status": "not reached"}]), "ok, and a layer was not reached"),
    (checked(remark="x"), "another key in a check"),
    (checked(layer=None), "the whole network is an empty path"),
    (checked(quantity="outputs"), "no such quantity"),
    (checked(quantity="layers."), "a count of no kind"),
    (checked(status="passed"), "no such status"),
    (checked(line=0), "lines count from 1"),
    (checked(line="12"), "a line is a number"),
    (checked(hint=3), "a hint is text"),
    (checked(wrong=True), "a reason is text"),
    (checked(at=3), "a place is text"),
    (checked(documented="48x55x55"), "a shape is a list"),
    (checked(inferred=["N", 55, 55]), "no letters in what is inferred"),
    (checked(seen=[48.5, 55, 55]), "sizes are whole"),
    (checked(**{**NETWORK, "seen": "16.6M"}, quantity="params", documented="16.6M"), "what is seen is exact"),
    (checked(**{**NETWORK, "inferred": 0.5}, quantity="macs", documented=4), "and whole"),
    (checked(**NETWORK, quantity="flops", documented=-4), "and not negative"),
    (checked(quantity="in_features", documented="many", inferred=3, seen=3), "an argument is a number"),
    (
        checked(quantity="kernel_size", documented=[3, "N"], inferred=None, seen=None),
        "no letters in arguments",
    ),
    (checked(quantity="sizes", documented=["N"], inferred=None, seen=None), "a side is a number"),
    (checked(quantity="runs", documented=[64, 1], inferred=None, seen=None), "a run has an input"),
    (checked(**RUN, inferred={"output": [64, 10]}, seen=None), "what came of it is a shape"),
    (checked(quantity="repr", documented=["Net()"], inferred=None, seen=None), "a printed model is text"),
    (checked(quantity="statement", documented="fast", inferred=None, seen="fast"), "nobody sees a statement"),
    ({**profiled(), "unit": "ms"}, "another key at the top of a profile"),
    *((without(profiled(), "results", 0, key), f"a profile without {key}") for key in PROFILE),
    *((without(profiled(), "results", 0, "totals", key), f"totals without {key}") for key in COSTS),
    *(
        (without(profiled(), "results", 0, "layers", 0, key), f"a layer without {key}")
        for key in {**LAYER, **COSTS}
    ),
    (profiled(error="no such file"), "in error and measured"),
    (profiled(batch=0), "no samples"),
    (profiled(dtype=None), "some dtype it is"),
    (profiled(totals={**COSTS, "macs": 0.5}), "half a multiply-accumulate"),
    (profiled(totals={**COSTS, "params": "60M"}), "a rounded count"),
    (profiled(totals={**COSTS, "latency_ms": -1}), "a negative time"),
    (profiled(layers=[{**LAYER, **COSTS, "output": "48x55x55"}]), "a layer's shape is a list"),
    (profiled(layers={"features.0": COSTS}), "layers are a list"),
]


@pytest.mark.parametrize("name", ["verify", "profile"])
def test_a_contract_is_a_schema_that_names_its_version(name: str) -> None:
    contract = schema_of(name)
    jsonschema.Draft7Validator.check_schema(contract)
    assert contract["properties"]["schema"] == {"const": f"archcheck.{name}/1"}


def test_another_name_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"^'lint'$"):
        schema_of("lint")


@pytest.mark.parametrize("document", [pytest.param(document, id=why) for document, why in GOOD])
def test_a_document_as_the_contract_says_is_valid(document: dict[str, Any]) -> None:
    assert holds(document)


@pytest.mark.parametrize("document", [pytest.param(document, id=why) for document, why in BAD])
def test_a_document_that_breaks_the_contract_is_not(document: dict[str, Any]) -> None:
    assert not holds(document)


@pytest.mark.parametrize("status", ["agrees", "differs", "known wrong", "not reached", "unchecked"])
def test_ok_means_the_same_in_the_contract_and_in_the_results(status: Any) -> None:
    check = Check("a", "ReLU", "output", [1], [1], [1], status, 1)
    ok = Verification("x.yaml", "x", "cpu", (check,)).ok
    assert holds(verified(checks=[{**CHECK, "status": status}], ok=ok))
    assert not holds(verified(checks=[{**CHECK, "status": status}], ok=not ok))


@pytest.mark.parametrize("name", ["verify", "profile"])
def test_the_other_contract_s_document_is_refused(name: str) -> None:
    other = {"verify": profiled(), "profile": verified()}[name]
    assert not jsonschema.Draft7Validator(schema_of(name)).is_valid(other)
