"""A profile as JSON and as CSV: every number where the contract says it is, and wrong records refused."""

from __future__ import annotations

import copy
import csv
import io
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from archcheck.costs import Ceilings, LayerCost, Memory, Profile, Timing, Told, Witness
from archcheck.operations import Operations
from archcheck.report.contract import schema_of
from archcheck.report.to_csv import profile_csv
from archcheck.report.to_json import profile_json

DONE = Operations(mul_adds=6, adds=2, bytes_read=44, bytes_written=8)
ROW = LayerCost(
    "fc", "Linear", (3,), (2,), 8, 6, 14, 0.5, 0.75, 0.25, operations=DONE, batch_operations=DONE.times(4),
    output_bytes=32, saved_bytes=48, saved_bytes_measured=52, gflops_per_s=0.125, gbytes_per_s=0.5, bound="memory",
)  # fmt: skip
UNKNOWN = LayerCost("", "erfinv", (2,), None, 0, None, None, kind="function")
PROFILE = Profile(
    "t.yaml", "t", "cpu", batch=4, mode="train", input=((1, 3),), layers=(ROW, UNKNOWN), params=8, operations=None,
    uncounted=("erfinv",), latency=Timing((1.0, 2.0, 3.0)), title="Tiny", optimizer="SGD(lr=0.01)",
    steps={"forward": Timing((0.5, 1.0, 1.5)), "backward": Timing((0.5, 1.0, 1.5))},
    predicted=Memory(32, 0, 32, 0, 48, 0, 120), measured=Memory(32, 0, 32, 0, 48, None, 128),
    ceilings=Ceilings(100.0, 10.0, 0.0625), told=Told("fvcore", 6, "flops", "a flop is a MAC there"),
    witnesses=(Witness("fvcore", 7, None, "all"),), environment={"threads": 2},
)  # fmt: skip
OPERATIONS = {
    "mul_adds": 6, "adds": 2, "multiplies": 0, "comparisons": 0, "divisions": 0, "exponentials": 0,
    "bytes_read": 44, "bytes_written": 8,
}  # fmt: skip


def document(*profiles: Profile) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(profile_json(profiles, {"archcheck": "0"}))
    return made


def result() -> dict[str, Any]:
    made: dict[str, Any] = document(PROFILE)["results"][0]
    return made


def holds(made: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft7Validator(schema_of("profile")).is_valid(made))


def test_totals_hold_what_is_derived() -> None:
    assert result()["totals"] == {
        "params": 8,
        "macs": None,
        "flops": None,
        "operations": None,
        "uncounted": ["erfinv"],
        "latency_ms": 2.0,
        "latency_p10_ms": pytest.approx(1.2),
        "latency_p90_ms": pytest.approx(2.8),
        "latency_p99_ms": None,
        "latency_spread": pytest.approx(0.8),
        "latency_samples_ms": [1.0, 2.0, 3.0],
        "samples_per_s": 2000.0,
        "steps_ms": {"forward": 1.0, "backward": 1.0},
        "layers_latency_ms": None,  # one of the two rows has no time
        "residual_ms": None,
    }


def test_the_rest_of_a_result() -> None:
    made = result()
    assert made["input"] == [[1, 3]]
    assert (made["batch"], made["mode"], made["optimizer"]) == (4, "train", "SGD(lr=0.01)")
    assert made["steps"]["forward"] == {"samples_ms": [0.5, 1.0, 1.5]}
    assert made["predicted"]["peak"] == 120
    assert made["measured"]["saved"] is None
    assert made["ceilings"] == {"gflops_per_s": 100.0, "gbytes_per_s": 10.0, "launch_ms": 0.0625}
    assert made["told"] == {
        "convention": "fvcore",
        "amount": 6,
        "unit": "flops",
        "note": "a flop is a MAC there",
    }


def test_a_layer_has_its_operations_as_an_object() -> None:
    fc, erfinv = result()["layers"]
    assert fc["operations"] == OPERATIONS
    assert fc["batch_operations"] == {name: 4 * count for name, count in OPERATIONS.items()}
    assert (fc["layer"], fc["kind"], fc["input"], fc["bound"]) == ("fc", "module", [3], "memory")
    assert (erfinv["kind"], erfinv["operations"], erfinv["macs"], erfinv["latency_ms"]) == (
        "function",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "way", [(), ("totals",), ("layers", 0), ("ceilings",), ("told",), ("witnesses", 0)], ids=str
)
def test_the_contract_names_every_key_that_is_written_and_no_others(way: tuple[Any, ...]) -> None:
    schema, made = schema_of("profile")["properties"]["results"]["items"], result()
    for step in way:
        made = made[step]
        schema = schema["items"] if step == 0 else schema["properties"][step]
        schema = next((one for one in schema.get("anyOf", ()) if "properties" in one), schema)
    assert set(schema["properties"]) == set(made)


def test_what_is_written_holds() -> None:
    failed = Profile("x.yaml", "x", None, error="x.yaml: no such file")
    plain = replace(
        PROFILE, mode="inference", latency=None, steps={}, predicted=None, measured=None, ceilings=None
    )
    for profiles in ((PROFILE,), (failed,), (plain, failed), ()):
        jsonschema.Draft7Validator(schema_of("profile")).validate(document(*profiles))


BAD = [
    (("totals", "operations"), {"mul_adds": 6}, "a vector that lacks parts"),
    (("totals", "operations"), {**OPERATIONS, "shifts": 1}, "a vector with a part of its own"),
    (("totals", "latency_p99_ms"), "1 ms", "a time in words"),
    (("totals", "latency_samples_ms"), [], "no samples are null"),
    (("totals", "latency_samples_ms"), [-1.0], "a negative time"),
    (("totals", "samples_per_s"), -2, "a negative rate"),
    (("totals", "uncounted"), None, "nothing unknown is an empty list"),
    (("totals", "steps_ms"), {"forward": None}, "a step has a time"),
    (("mode",), "training", "no such mode"),
    (("input",), [3], "an input is a list of shapes"),
    (("steps",), {"forward": {}}, "a step without samples"),
    (("predicted",), {"peak": 3}, "a memory that lacks parts"),
    (("measured", "peak"), -1, "less than no memory"),
    (("ceilings",), {"gflops_per_s": 1.0}, "half of the ceilings"),
    (("told", "amount"), "6", "an amount in words"),
    (("layers", 0, "bound"), "cpu", "no such bound"),
    (("layers", 0, "kind"), "leaf", "no such kind"),
    (("layers", 0, "operations"), 12, "a vector is no number"),
    (("layers", 0, "batch_operations", "adds"), -8, "less than no additions"),
    (("layers", 0, "saved_bytes"), 0.5, "half a byte"),
    (("layers", 0, "gflops_per_s"), "fast", "a rate is a number"),
    (("witnesses", 0, "macs"), 0.5, "half a multiply-accumulate"),
    (("witnesses", 0), {"tool": "x"}, "a witness that says nothing"),
]


@pytest.mark.parametrize(("way", "value"), [pytest.param(way, value, id=why) for way, value, why in BAD])
def test_a_wrong_record_is_refused(way: tuple[Any, ...], value: Any) -> None:
    made = copy.deepcopy(document(PROFILE))
    parent = made["results"][0]
    for step in way[:-1]:
        parent = parent[step]
    assert holds(made)
    parent[way[-1]] = value
    assert not holds(made)


def test_csv_has_a_column_a_number() -> None:
    rows = list(csv.reader(io.StringIO(profile_csv([PROFILE, Profile("x", "x", None, error="gone")]))))
    head, fc, erfinv, error = rows
    parts = list(OPERATIONS)
    assert head == [
        *("target", "batch", "layer", "type", "input", "output", "params", "macs", "flops"),
        *("latency_ms", "latency_p90_ms", "latency_spread", "kind"),
        *parts,
        *(f"batch_{part}" for part in parts),
        *(
            "output_bytes",
            "saved_bytes",
            "saved_bytes_measured",
            "gflops_per_s",
            "gbytes_per_s",
            "bound",
            "error",
        ),
    ]
    cells = dict(zip(head, fc, strict=True))
    assert (cells["target"], cells["batch"], cells["layer"], cells["input"]) == ("t.yaml", "4", "fc", "3")
    assert [cells[part] for part in parts] == ["6", "2", "0", "0", "0", "0", "44", "8"]
    assert [cells[f"batch_{part}"] for part in parts] == ["24", "8", "0", "0", "0", "0", "176", "32"]
    assert (cells["bound"], cells["error"]) == ("memory", "")
    unknown = dict(zip(head, erfinv, strict=True))
    assert {unknown[name] for name in ("macs", "mul_adds", "batch_adds", "latency_ms", "output")} == {""}
    assert [cell for cell in error if cell] == ["x", "gone"]
