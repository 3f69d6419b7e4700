"""Networks side by side: which rows answer each other, totals and ratios, saved profiles, formats, exit codes."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from archcheck.arguments import Argument, Arguments
from archcheck.built import Built
from archcheck.comparing.align import aligned
from archcheck.comparing.comparison import (
    Side,
    TimeRatio,
    comparison_of,
    ratio_of,
    rows_of,
    sure_rank,
)
from archcheck.costs import LayerCost, Profile, Timing
from archcheck.errors import TargetError
from archcheck.operations import Operations, summed
from archcheck.profiling.in_turn import sampled, time_in_turn
from archcheck.profiling.settings import Settings
from archcheck.report.compare_text import comparison_text
from archcheck.report.conforms import first_problem
from archcheck.report.contract import schema_of
from archcheck.report.to_json import profile_json
from archcheck.subject import Subject, of_spec
from tests.command_line import run
from tests.specs import CPU, spec


def row(layer: str, kind: str, mul_adds: int | None = 0, params: int = 0) -> LayerCost:
    done = None if mul_adds is None else Operations(mul_adds=mul_adds, bytes_read=8, bytes_written=4)
    macs, flops = (done.mul_adds, done.flops) if done else (None, None)
    return LayerCost(layer, kind, (3,), (4,), params, macs, flops, operations=done)


def network(*rows: LayerCost, name: str = "net") -> Profile:
    return Profile(
        f"{name}.yaml", name, "meta",
        layers=rows, params=sum(one.params or 0 for one in rows), operations=summed(one.operations for one in rows),
    )  # fmt: skip


def calls(words: str) -> list[LayerCost]:
    """Return a row for each word, `path:Type`."""
    return [row(path, kind) for path, _, kind in (word.partition(":") for word in words.split())]


ALIGNED = [
    # first                      second                             pairs, worked by hand            why this row
    ("", "", "", "nothing at all"),
    ("0:Conv", "", "0-", "all gone"),
    ("", "0:Conv", "-0", "all new"),
    ("0:Conv 1:ReLU", "0:Conv 1:ReLU", "00 11", "the same"),
    ("0:Conv 1:ReLU 2:Conv", "0:Conv 1:Norm 2:ReLU 3:Conv", "00 -1 12 23", "one came in between, numbers moved on"),
    ("0:Conv 1:Norm 2:ReLU", "0:Conv 1:ReLU", "00 1- 21", "one went"),
    ("l1.0.c:Conv l2.0.c:Conv", "s1.0.c:Conv s1.1.c:Conv s2.0.c:Conv", "00 -1 12", "paths that end alike"),
    ("a.0:Conv a.1:ReLU", "b.0:Conv b.1:ReLU", "00 11", "other names, the same types in order"),
    ("0:Conv act:ReLU 2:Conv", "0:Conv act:GELU 2:Conv", "00 11 22", "another type at the same path"),
    ("0:Conv 1:ReLU", "1:ReLU 0:Conv", "-0 01 1-", "what moved went and came: order is kept"),
    ("x:Conv x:Conv", "x:Conv x:Conv x:Conv", "00 11 -2", "a layer that is called once more"),
    ("0:A 1:B", "2:C 3:D", "0- 1- -0 -1", "nothing in common: what went stands first"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "pairs", "why"), ALIGNED)
def test_rows_answer_each_other(first: str, second: str, pairs: str, why: str) -> None:
    wanted = tuple(tuple(None if one == "-" else int(one) for one in pair) for pair in pairs.split())
    assert aligned(calls(first), calls(second)) == wanted, why


TYPES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("XYZ")), max_size=12)


@given(TYPES, TYPES)
def test_every_row_is_told_once_and_in_order(
    first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> None:
    pairs = aligned([row(*one) for one in first], [row(*one) for one in second])
    assert [one for one, _ in pairs if one is not None] == list(range(len(first)))
    assert [other for _, other in pairs if other is not None] == list(range(len(second)))
    assert all(one is not None or other is not None for one, other in pairs)
    assert all(  # two rows that answer each other have something in common
        set(first[one]) & set(second[other]) for one, other in pairs if one is not None and other is not None
    )


@given(TYPES)
def test_a_network_answers_itself(network: list[tuple[str, str]]) -> None:
    rows = [row(*one) for one in network]
    assert aligned(rows, rows) == tuple((place, place) for place in range(len(rows)))


def test_three_networks_have_one_table() -> None:
    first, second, third = calls("0:A 2:C"), calls("0:A 1:B 2:C"), calls("0:A 1:B 2:D")
    rows = rows_of([first, second, third])
    assert [(one.layer, one.type, [side is not None for side in one.sides]) for one in rows] == [
        ("0", "A", [True, True, True]),
        ("1", "B", [False, True, True]),  # what the second has more, the third has too: one row
        ("2", "C | D", [True, True, True]),
    ]  # fmt: skip


def test_differences_and_what_is_not_known() -> None:
    rows = rows_of(
        [[row("0", "A", 10), row("1", "B", None)], [row("0", "A", 14), row("1", "B", 5), row("2", "C", 7)]]
    )
    assert [one.difference("macs", 1) for one in rows] == [
        4,
        None,
        7,
    ]  # a row that is not there costs nothing
    assert [one.everywhere for one in rows] == [True, True, False]
    assert rows[0].difference("bytes", 1) == 0


def test_the_biggest_differences_come_first_and_equal_rows_not_at_all() -> None:
    first = network(row("a", "A", 10), row("b", "B", 10), row("c", "C", 10), row("d", "D", None))
    second = network(row("a", "A", 11), row("b", "B", 10), row("c", "C", 4), row("d", "D", 1))
    made = comparison_of([Side(first), Side(second)])
    assert [one.layer for one in made.biggest("macs", 9)] == ["d", "c", "a"]  # unknown is the farthest apart
    assert [one.layer for one in made.biggest("macs", 2)] == ["d", "c"]


def test_an_error_stands_beside_the_others() -> None:
    bad = Profile("bad.yaml", "bad", None, error="bad.yaml: no such file")
    made = comparison_of([Side(bad), Side(network(row("0", "A", 1)))])
    assert [one.profile.name for one in made.sides] == ["net"]
    assert made.errors == (("bad.yaml", "bad.yaml: no such file"),)
    assert made.rows[0].amount("macs", 0) == 1


# times


SURE = [
    # Table of order statistics for the median, coverage from the binomial distribution B(n, 1/2):
    # https://online.stat.psu.edu/stat415/lesson/19
    (5, 0, "5 samples: from the lowest to the highest is only 93.75 % sure, and there is no more"),
    (6, 0, "6: 1 - 2/64 = 96.9 %"),
    (8, 0, "8: 1 - 2/256 = 99.2 %; one fewer at each end would be 1 - 18/256 = 93 %"),
    (9, 1, "9: 1 - 20/512 = 96.1 %"),
    (10, 1, "10: 1 - 22/1024 = 97.9 %"),
    (20, 5, "20: the 6th to the 15th, 95.9 %"),
]


@pytest.mark.parametrize(("count", "rank", "why"), SURE)
def test_how_many_samples_may_be_left_out(count: int, rank: int, why: str) -> None:
    assert sure_rank(count) == rank, why


@given(st.integers(6, 300))
def test_what_is_sure_is_95_percent_sure_and_no_more_than_needed(count: int) -> None:
    def coverage(rank: int) -> float:
        below: int = sum(math.comb(count, one) for one in range(rank + 1))
        return float(1 - 2 * Fraction(below, 2**count))

    assert coverage(sure_rank(count)) >= 0.95 > coverage(sure_rank(count) + 1)


def test_times_relate_round_by_round() -> None:
    # the machine is twice as slow in the second half: the ratio is 1.5 in every round all the same
    first = Timing((1.0,) * 5 + (2.0,) * 5)
    other = Timing((1.5,) * 5 + (3.0,) * 5)
    ratio = ratio_of(first, other)
    assert (ratio.median, ratio.spread, ratio.sure) == (1.5, (1.5, 1.5), (1.5, 1.5))


def test_only_networks_of_one_run_have_a_ratio() -> None:
    timed, saved = network(row("0", "A", 1)), network(row("0", "A", 1))
    made = comparison_of(
        [Side(timed, time=Timing((1.0,))), Side(saved, "x.json"), Side(timed, time=Timing((2.0,)))]
    )
    assert [made.ratio(place) for place in (0, 1)] == [None, None]
    assert made.ratio(2) == TimeRatio((2.0,))


FEW = [
    (1, "1 round is too few to be sure of it: 1.5 to 1.5", "one round is its own median"),
    (5, "5 rounds are too few to be sure of it: 1.5 to 3.5", "1 - 2/2^5 = 93.75 %"),
    (6, "95 % sure: 1.5 to 4; of 6 rounds 80 % lie in 1.75 to 3.75", "1 - 2/2^6 = 96.9 %"),
]


@pytest.mark.parametrize(("rounds", "said", "why"), FEW)
def test_of_few_rounds_nothing_is_called_sure(rounds: int, said: str, why: str) -> None:
    one = network(row("0", "A", 1))
    first, other = Timing((2.0,) * rounds), Timing(tuple(3.0 + place for place in range(rounds)))
    text = comparison_text(comparison_of([Side(one, time=first), Side(one, time=other)]), "table")
    assert f" A's ({said})" in text, why


def test_who_was_trained_says_so() -> None:
    one = network(row("0", "A", 1))
    text = comparison_text(comparison_of([Side(one), Side(replace(one, mode="train"))]), "table")
    first, second = text.splitlines()[:2]
    assert ("training" in first, second.endswith("batch 1, training)")) == (False, True)


@pytest.mark.parametrize("first", [None, Timing((1.0,))])
def test_a_saved_time_is_never_related(first: Timing | None) -> None:
    old = replace(network(row("0", "A", 1)), latency=Timing((5.0,)), device="cpu")
    made = comparison_of([Side(network(row("0", "A", 1)), time=first), Side(old, "old.json")])
    text = comparison_text(made, "table")
    assert "latency B  5.00 ms at batch 1 on cpu: of another run, so compared with nothing" in text
    assert "95 % sure" not in text


# the command


NET = """
input: [1, 6, 6]
layers:
  conv: {Conv2d: {out_channels: 2, kernel_size: 3}}
  act: ReLU
  flat: flatten
  out: {Linear: {out_features: 3}}
"""
# conv: 2 * 9 + 2 = 20 parameters, 16 * 2 * 9 = 288 MACs, gives 2x4x4; out: 32 * 3 + 3 = 99 parameters, 96 MACs
WIDE = NET.replace("out_channels: 2", "out_channels: 4").replace("act: ReLU", "act: GELU")
# conv: 40 parameters, 576 MACs, gives 4x4x4; out: 64 * 3 + 3 = 195 parameters, 192 MACs
BROKEN = NET.replace("ReLU", "RELU")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {"net": NET, "wide": WIDE, "broken": BROKEN}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


TABLE = """\
A  net (net.yaml; float32, batch 1)
B  wide (wide.yaml; float32, batch 1)

total                  A    B    B - A    B / A
-----------------  -----  ---  -------  -------
parameters           119  235     +116   1.975x
MACs                 384  768     +384       2x
"""
LAYERS = """\
layer    type         output           MACs A    MACs B    B - A    B / A
-------  -----------  -------------  --------  --------  -------  -------
conv     Conv2d       2x4x4 | 4x4x4       288       576     +288       2x
act      ReLU | GELU  2x4x4 | 4x4x4         0         0     none        1
flat     flatten      32 | 64               0         0     none        1
out      Linear       3                    96       192      +96       2x
"""


def test_two_networks_side_by_side(folder: Path) -> None:
    result = run("compare", "net.yaml", "wide.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    words = [line.split() for line in result.stdout.splitlines()]
    assert all(line.split() in words for line in TABLE.splitlines() if "---" not in line)
    assert result.stdout.endswith(LAYERS)


def test_the_layers_that_differ_most(folder: Path) -> None:
    text = run("compare", "net.yaml", "wide.yaml", "--top", "1", "--by", "params").stdout
    # parameters: the convolution has 20 more, the linear layer 96
    assert [line.split()[0] for line in text.splitlines()[-1:]] == ["out"]
    assert text.splitlines()[-1].split()[-4:] == ["99", "195", "+96", "1.97x"]
    same = run("compare", "net.yaml", "net.yaml", "--top", "3").stdout
    assert same.splitlines()[-1] == "no layer differs in MACs"


def test_json_keeps_the_contract_and_csv_has_a_row_a_layer(folder: Path) -> None:
    document = json.loads(run("compare", "net.yaml", "broken.yaml", "wide.yaml", "--format", "json").stdout)
    jsonschema.validate(document, schema_of("compare"))
    assert [one["target"] for one in document["results"]] == ["net.yaml", "wide.yaml", "broken.yaml"]
    assert [one["totals"] and one["totals"]["macs"] for one in document["results"]] == [384, 768, None]
    assert [[side["macs"] for side in sides] for sides in document["layers"]] == [
        [288, 576],
        [0, 0],
        [0, 0],
        [96, 192],
    ]
    rows = list(
        csv.DictReader(io.StringIO(run("compare", "net.yaml", "wide.yaml", "--format", "csv").stdout))
    )
    assert [(one["layer"], one["macs net"], one["macs wide - net"]) for one in rows] == [
        ("conv", "288", "288"), ("act", "0", "0"), ("flat", "0", "0"), ("out", "96", "96"),
    ]  # fmt: skip


COMPARED: dict[str, Any] = {
    "target": "a.yaml", "name": "a", "saved": None, "dtype": "float32", "batch": 1, "mode": "inference", "error": None,
    "totals": {"params": 1, "macs": 2, "flops": None, "bytes": 4, "peak_bytes": None},
    "latency": {"median_ms": 1.5, "samples_ms": [1.5]}, "latency_ratio": None,
}  # fmt: skip
SIDE = {
    "layer": "a",
    "type": "ReLU",
    "input": [3],
    "output": None,
    "params": 0,
    "macs": 0,
    "flops": None,
    "bytes": 2,
}
FOUND = {
    "target": "a.yaml", "quantity": "macs", "allowed": 1, "found": None, "line": 3, "uncounted": ["histc"],
    "blamed": [{"layer": "a", "type": "ReLU", "before": None, "now": 3}],
}  # fmt: skip
NO_COSTS = {
    "dtype": None,
    "batch": None,
    "mode": None,
    "totals": None,
    "latency": None,
    "error": "no such file",
}
CONTRACT = [
    ({}, {}, {}, True, "as it should be"),
    (NO_COSTS, {}, {}, True, "a target in error"),
    ({"error": "no such file"}, {}, {}, False, "in error and counted"),
    ({**NO_COSTS, "latency": COMPARED["latency"]}, {}, {}, False, "in error and timed"),
    ({"dtype": None}, {}, {}, False, "no dtype and no error"),
    ({"batch": None}, {}, {}, False, "no batch and no error"),
    ({"totals": None}, {}, {}, False, "no totals and no error"),
    ({"mode": "training"}, {}, {}, False, "no such mode"),
    ({"totals": {"macs": 1}}, {}, {}, False, "totals that lack most"),
    ({"latency": {"median_ms": 1, "samples_ms": []}}, {}, {}, False, "a median of nothing"),
    ({"latency_ratio": 1.5}, {}, {}, False, "a ratio without its samples"),
    ({"remark": "x"}, {}, {}, False, "another key"),
    ({}, {"macs": 0.5}, {}, False, "half a multiply-accumulate"),
    ({}, {"input": "3"}, {}, False, "a shape is a list"),
    ({}, {}, {"quantity": "speed"}, False, "no such quantity"),
    ({}, {}, {"allowed": None}, False, "over a limit that is none"),
    ({}, {}, {"line": 0}, False, "lines count from 1"),
    ({}, {}, {"blamed": [{"layer": "a"}]}, False, "a layer to blame without its numbers"),
]


@pytest.mark.parametrize(("result", "side", "found", "good", "why"), CONTRACT)
def test_the_contract(
    result: dict[str, Any], side: dict[str, Any], found: dict[str, Any], good: bool, why: str
) -> None:
    schema = schema_of("compare")
    jsonschema.Draft7Validator.check_schema(schema)
    document = {
        "schema": "archcheck.compare/1", "environment": {}, "results": [{**COMPARED, **result}],
        "layers": [[{**SIDE, **side}, None]], "findings": [{**FOUND, **found}],
    }  # fmt: skip
    assert jsonschema.Draft7Validator(schema).is_valid(document) is good, why
    assert (first_problem(document, schema) is None) is good, why


def test_markdown_has_two_tables(folder: Path) -> None:
    text = run("compare", "net.yaml", "wide.yaml", "--format", "markdown").stdout
    assert text.startswith("* A  net (net.yaml; float32, batch 1)\n* B  wide")
    assert sum(line.startswith("|--") for line in text.splitlines()) == 2


BROKEN_TEXT = "archcheck: broken.yaml:5:8: layer 'act': no module 'RELU' in torch.nn; did you mean 'ReLU'?\n"
ENDS = [
    (("net.yaml", "wide.yaml"), 0, True, "", "two good ones"),
    (("net.yaml", "broken.yaml", "wide.yaml"), 2, True, BROKEN_TEXT, "a bad one does not cost the others theirs"),
    (("net.yaml",), 2, False, "archcheck: nothing to compare: 1 usable target; name two or more\n", "one"),
    (("net.yaml", "wide.yaml", "--time", "--device", "meta"), 2, False,
     "archcheck: --device meta: nothing is run there, so nothing has a time; leave out --time, or meta\n", "no clock"),
    ((), 2, False, "archcheck: nothing to compare: 0 usable targets; name two or more\n", "none"),
    (("net.yaml", "broken.yaml"), 2, False,
     BROKEN_TEXT + "archcheck: nothing to compare: 1 usable target; name two or more\n", "one is left"),
    (("net.yaml", "wide.yaml", "-o", "net.yaml"), 2, False,
     "archcheck: -o net.yaml: that is a target; the output would replace it\n", "an output that is a target"),
    (("net.yaml", "wide.yaml", "--input", "1,3"), 2, False, "archcheck: --input: no target is a Python model, "
     "MODULE:OBJECT; a spec says itself what it is given\n", "an input that nothing would be called with"),
    (("net.yaml", "wide.yaml", "--dtype", "float8"), 2, False,
     "archcheck: dtype float8: no such dtype here; write one of float32, float16, bfloat16, float64\n", "a dtype"),
    (("net.yaml", "none.json", "wide.yaml"), 2, True,
     "archcheck: none.json: cannot be read: No such file or directory\n", "a saved profile that is not there"),
]  # fmt: skip


def test_a_file_without_a_profile_is_named(folder: Path) -> None:
    Path("empty.json").write_text(profile_json([], {}), encoding="utf-8")
    result = run("compare", "net.yaml", "empty.json", "wide.yaml")
    assert (result.exit_code, result.stderr) == (
        2, "archcheck: empty.json: holds no profile; save one with archcheck profile --format json -o FILE\n",
    )  # fmt: skip


@pytest.mark.parametrize(("words", "code", "shown", "stderr", "why"), ENDS)
def test_how_it_ends(
    folder: Path, words: tuple[str, ...], code: int, shown: bool, stderr: str, why: str
) -> None:
    result = run("compare", *words)
    assert (result.exit_code, result.stderr) == (code, stderr), why
    assert ("total" in result.stdout) is shown, why


def test_a_budget_is_held_and_the_layer_that_grew_named(folder: Path) -> None:
    (folder / "wide.yaml").write_text(WIDE + "budget: {macs: 700, params: 235}\n", encoding="utf-8")
    result = run("compare", "net.yaml", "wide.yaml")
    assert (result.exit_code, result.stderr) == (
        1,
        "wide.yaml:8: macs: 768, the budget allows 700 (68 over)\n"
        "    conv (Conv2d): 576, was 288 (+288)\n"
        "    out (Linear): 192, was 96 (+96)\n",
    )
    found = json.loads(run("compare", "net.yaml", "wide.yaml", "--format", "json").stdout)["findings"]
    assert [(one["quantity"], one["allowed"], one["found"], one["line"]) for one in found] == [
        ("macs", 700, 768, 8)
    ]


def test_saved_profiles_stand_beside_specs(folder: Path) -> None:
    run(
        "profile",
        "net.yaml",
        "wide.yaml",
        "--device",
        "meta",
        "--no-witnesses",
        "--format",
        "json",
        "-o",
        "old.json",
    )
    result = run("compare", "net.yaml", "old.json", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert [(one["name"], one["saved"]) for one in document["results"]] == [
        ("net", None), ("net", "old.json"), ("wide", "old.json"),
    ]  # fmt: skip
    assert all(sides[0] == sides[1] for sides in document["layers"])


def test_all_are_timed_in_one_run(folder: Path) -> None:
    words = ("compare", "net.yaml", "wide.yaml", "--time", "--device", "cpu", "--repeat", "12")
    document = json.loads(run(*words, "--format", "json").stdout)
    jsonschema.validate(document, schema_of("compare"))
    first, other = document["results"]
    times, others = first["latency"]["samples_ms"], other["latency"]["samples_ms"]
    assert (len(times), len(others), first["latency_ratio"]) == (12, 12, None)
    assert other["latency_ratio"]["samples"] == [b / a for a, b in zip(times, others, strict=True)]
    assert document["environment"]["device"] == "cpu"
    text = run(*words).stdout
    assert re.search(r"^latency A  .*, timed in turn on cpu ", text, flags=re.MULTILINE)
    assert re.search(
        r"^latency B  .*x A's \(95 % sure: .* to .*; of 12 rounds 80 % lie in ", text, flags=re.MULTILINE
    )


class Told:
    """A clock whose time the calls themselves tell."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def stamp(self) -> float:
        return self.now

    def settle(self) -> None:
        pass

    def milliseconds(self, start: float, end: float) -> float:
        return end - start

    def call(self, name: str, milliseconds: float) -> None:
        self.calls.append(name)
        self.now += milliseconds


def test_networks_take_turns() -> None:
    clock = Told()
    runs = [lambda: clock.call("A", 20.0), lambda: clock.call("B", 4.0)]
    settings = Settings(warmup_s=0.0, repeat=3)
    first, other = sampled(runs, clock, settings)
    # after a call of each to warm up: A is longer than a block of 10 ms, B comes twice in one
    assert "".join(clock.calls) == "AB" + "ABB" * 3
    assert (first.samples_ms, other.samples_ms) == ((20.0,) * 3, (4.0,) * 3)


def test_rounds_go_on_until_the_budget_is_spent() -> None:
    clock = Told()
    runs = [lambda: clock.call("A", 10.0), lambda: clock.call("B", 30.0)]
    (first, _) = sampled(runs, clock, Settings(warmup_s=0.05, seconds=0.4))
    # 0.4 s each are 800 ms, and a round takes 40; of a shorter budget ten rounds are made all the same
    assert len(first.samples_ms) == 20
    assert "".join(clock.calls).startswith("A" * 5 + "B" * 2 + "AB")
    (first, _) = sampled(runs, clock, Settings(warmup_s=0.0, seconds=0.0))
    assert len(first.samples_ms) == 10


def test_a_network_that_fails_on_the_device_does_not_cost_the_others_their_times(folder: Path) -> None:
    (folder / "odd.py").write_text(
        "import torch\n\n\nclass Odd(torch.nn.Module):\n    def forward(self, x):\n"
        "        if x.device.type != 'meta':\n            raise ValueError('not here')\n        return x + 1\n",
        encoding="utf-8",
    )
    words = (
        "net.yaml",
        "odd.py:Odd",
        "wide.yaml",
        "--input",
        "1,1,6,6",
        "--time",
        "--device",
        "cpu",
        "--repeat",
        "3",
    )
    result = run("compare", *words, "--format", "json")
    assert result.exit_code == 2
    assert re.fullmatch(r"archcheck: odd\.py:Odd: .*ValueError: not here\n", result.stderr)
    document = json.loads(result.stdout)
    assert [(one["name"], one["error"] is None, one["latency"] is None) for one in document["results"]] == [
        ("net", True, False), ("wide", True, False), ("odd.py:Odd", False, True),
    ]  # fmt: skip


def test_what_cannot_be_run_gives_its_error_and_the_others_their_times() -> None:
    def make(device: torch.device, initialise: bool) -> Built:
        raise TargetError("bad: cannot be built")

    arguments = Arguments((Argument((1, 1, 6, 6)),))
    bad, good = Subject("bad", "bad", "", arguments, make), of_spec(spec(NET))
    failed, timed = time_in_turn((bad, good), Settings(repeat=2, warmup_s=0.0), CPU)
    assert str(failed) == "bad: cannot be built"
    assert isinstance(timed, Timing)
    assert len(timed.samples_ms) == 2


def test_timing_leaves_threads_and_random_numbers_as_they_were() -> None:
    torch.manual_seed(3)
    state, threads, grad = torch.get_rng_state(), torch.get_num_threads(), torch.is_grad_enabled()
    time_in_turn((of_spec(spec(NET)),), Settings(repeat=1, warmup_s=0.0, threads=1), CPU)
    assert torch.equal(state, torch.get_rng_state())
    assert (torch.get_num_threads(), torch.is_grad_enabled()) == (threads, grad)
