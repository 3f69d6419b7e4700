"""Budgets: what a spec's `budget:` allows, held by lint and verify without torch and by profile and compare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archcheck.checks import make_checks
from archcheck.cli import gates
from archcheck.comparing.comparison import Side, TimeRatio, comparison_of
from archcheck.comparing.gate import Blamed, findings, over_budget, too_slow
from archcheck.costs import LayerCost, Memory, Profile
from archcheck.errors import TargetError
from archcheck.infer import infer
from archcheck.operations import Operations, summed
from archcheck.report.findings import findings_text
from archcheck.results import Check
from archcheck.spec.budget import Budget
from archcheck.spec.source import Place
from tests.specs import spec

PLACE = Place("net.yaml", 9, 9)


def row(layer: str, mul_adds: int | None, params: int = 0, output_bytes: int = 0) -> LayerCost:
    done = None if mul_adds is None else Operations(mul_adds=mul_adds)
    macs, flops = (done.mul_adds, done.flops) if done else (None, None)
    return LayerCost(
        layer, "Conv2d", (3,), (4,), params, macs, flops, operations=done, output_bytes=output_bytes
    )  # fmt: skip


def network(*rows: LayerCost, peak: int | None = None) -> Profile:
    return Profile(
        "net.yaml", "net", "meta", layers=rows, params=sum(one.params or 0 for one in rows),
        operations=summed(one.operations for one in rows), predicted=Memory(peak=peak),
    )  # fmt: skip


HELD = [
    # budget                     text, worked by hand                                                        why
    (Budget(params=30), "", "as many as are allowed"),
    (Budget(params=31, macs=300, flops=600, peak_bytes=1000), "", "all within"),
    (Budget(), "", "a budget of something else"),
    (
        Budget(params=29),
        "net.yaml:9: params: 30, the budget allows 29 (1 over)\n    most in b (Conv2d): 20 (66.7%)",
        "one too many",
    ),
    (
        Budget(macs=250),
        "net.yaml:9: macs: 300, the budget allows 250 (50 over)\n    most in a (Conv2d): 200 (66.7%)",
        "another layer has most of it",
    ),
    (
        Budget(flops=599),
        "net.yaml:9: flops: 600, the budget allows 599 (1 over)\n    most in a (Conv2d): 400 (66.7%)",
        "a multiply-accumulate is two",
    ),
    (
        Budget(peak_bytes=999),
        "net.yaml:9: memory: 1,000 bytes (1.00 KB), the budget allows 999 bytes (999 B) (1 over)\n"
        "    most in b (Conv2d): 720 (72.0%)",
        "what a layer gives and its parameters of 4 bytes: 640 + 20 * 4",
    ),
]


@pytest.mark.parametrize(("budget", "text", "why"), HELD)
def test_a_budget_names_the_layer_to_blame(budget: Budget, text: str, why: str) -> None:
    profile = network(row("a", 200, 10, 320), row("b", 100, 20, 640), peak=1000)
    assert findings_text(over_budget(profile, replace(budget, place=PLACE))) == text, why


def test_a_layer_that_is_called_twice_is_to_blame_for_both() -> None:
    profile = network(row("a", 60), row("b", 80), row("a", 60))
    (found,) = over_budget(profile, Budget(macs=199))
    assert found.blamed == (Blamed("a", "Conv2d", None, 120),)


def test_what_is_not_known_is_not_within_a_budget() -> None:
    profile = replace(network(row("a", 5), row("b", None)), uncounted=("histc",))
    assert findings_text(over_budget(profile, Budget(macs=1000, place=PLACE))) == (
        "net.yaml:9: macs: not known, the budget allows 1,000\n"
        "    no rule for histc\n"
        "    most in a (Conv2d): 5"
    )


def test_against_another_network_the_layers_that_grew_are_to_blame() -> None:
    before = network(row("a", 200), row("b", 100), row("c", 50))
    after = network(row("a", 200), row("b", 130), row("c", 90))
    (found,) = over_budget(after, Budget(macs=400, place=PLACE), before)
    assert findings_text([found]) == (
        "net.yaml:9: macs: 420, the budget allows 400 (20 over)\n"
        "    c (Conv2d): 90, was 50 (+40)\n"
        "    b (Conv2d): 130, was 100 (+30)"
    )


# times

SLOW = [
    (1.1, (1.2,) * 20, True, "every round is above"),
    (1.2, (1.2,) * 20, False, "exactly as much as is allowed"),
    (1.1, (1.0,) * 8 + (1.2,) * 12, False, "the median is above, and noise may be why"),
    (1.1, (1.0,) * 5 + (1.2,) * 15, True, "the 6th lowest of 20 is above: that is no noise, 95 % sure"),
    (1.1, (9.0,) * 5, False, "of five rounds nothing is 95 % sure"),
    (1.1, (1.2,) * 6, True, "of six it is"),
    (None, (9.0,) * 20, False, "no such limit"),
]


@pytest.mark.parametrize(("limit", "samples", "over", "why"), SLOW)
def test_time_is_over_only_where_noise_cannot_be_why(
    limit: float | None, samples: tuple[float, ...], over: bool, why: str
) -> None:
    first, now = network(row("a", 7), row("b", 5)), network(row("a", 9), row("b", 5))
    found = too_slow(now, TimeRatio(samples), Budget(latency_ratio=limit, place=PLACE), first)
    assert (found is not None) is over, why
    if found is not None:
        assert findings_text([found]) == (
            "net.yaml:9: latency_ratio: 1.2x the time, the budget allows 1.1x the time\n"
            "    a (Conv2d): 9 MACs, was 7 (+2)"
        )


def test_each_network_is_held_to_its_own_budget() -> None:
    small, large = network(row("a", 100)), replace(network(row("a", 150)), target="large.yaml")
    made = comparison_of(
        [Side(small, budget=Budget(macs=99)), Side(large, budget=Budget(macs=120)), Side(large)]
    )
    assert [(one.target, one.found) for one in findings(made)] == [("net.yaml", 100), ("large.yaml", 150)]
    assert findings(made)[1].blamed == (Blamed("a", "Conv2d", 100, 150),)


# lint and verify

TEXT = """
    input: [3, 8, 8]
    layers:
      - Conv2d: {{in_channels: 3, out_channels: 4, kernel_size: 3}}
      - flatten
      - Linear: {{out_features: 10}}
    budget: {{{}}}
"""
# params: 3*4*9 + 4 = 112 and 144*10 + 10 = 1,450; MACs: 36*108 = 3,888 and 1,440; FLOPs: 2 a MAC and the biases,
# 7,776 + 144 and 2,880 + 10


def budget_checks(limits: str) -> list[Check]:
    made = spec(TEXT.format(limits))
    return [one for one in make_checks(made, infer(made), None) if one.quantity.startswith("budget.")]


CHECKED = [
    ("params: 1562", "budget.params", 1562, 1562, "agrees", None, "as many as are allowed"),
    ("params: 1.5K", "budget.params", 1500, 1562, "differs", "62 over; most in 2 (Linear): 1,450 of 1,562", "over"),
    ("macs: 5K", "budget.macs", 5000, 5328, "differs", "328 over; most in 0 (Conv2d): 3,888 of 5,328", "over"),
    ("flops: 10810", "budget.flops", 10810, 10810, "agrees", None, "as many as are allowed"),
    ("flops: 10809", "budget.flops", 10809, 10810, "differs", "1 over; most in 0 (Conv2d): 7,920 of 10,810", "one"),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "quantity", "limit", "inferred", "status", "hint", "why"), CHECKED)
def test_lint_holds_counts_without_torch(
    limits: str, quantity: str, limit: int, inferred: int, status: str, hint: str | None, why: str
) -> None:
    (check,) = budget_checks(limits)
    assert (check.quantity, check.documented, check.inferred, check.status, check.hint) == (
        quantity, limit, inferred, status, hint,
    ), why  # fmt: skip
    assert check.line == 7


def test_lint_leaves_memory_and_time_to_those_who_measure() -> None:
    assert budget_checks("memory: 1KB, latency_ratio: 0.5") == []


NO_COUNT = [
    ("kernel_size: 3", "kernel_size: 9", "not reached", None, "a window larger than the image"),
    (
        "Linear: {{",
        "Linear: {{in_features: 7, ",
        "differs",
        "not known, so not within the budget",
        "144 come in",
    ),
]


@pytest.mark.parametrize(("text", "instead", "status", "hint", "why"), NO_COUNT)
def test_without_a_count_no_budget_is_kept(
    text: str, instead: str, status: str, hint: str | None, why: str
) -> None:
    made = spec(TEXT.replace(text, instead).format("params: 1M"))
    checks = [one for one in make_checks(made, infer(made), None) if one.quantity.startswith("budget.")]
    assert [(one.status, one.hint) for one in checks] == [(status, hint)], why


def test_a_spec_that_is_gone_is_not_within_its_budget() -> None:
    with pytest.raises(TargetError, match=r"^gone\.yaml: no such file"):
        gates.gate([Profile("gone.yaml", "gone", "cpu")], (), None)
