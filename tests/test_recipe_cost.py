"""A training recipe's cost: arithmetic by hand, its text and its JSON, and a profile that has one."""

from __future__ import annotations

import json
from dataclasses import replace
from textwrap import dedent

import jsonschema
import pytest

from archcheck import api
from archcheck.costs import Ceilings, Memory, Profile, Timing, TrainingCost
from archcheck.operations import CountedOp, Operations, StepCount
from archcheck.profiling.settings import Settings
from archcheck.recipe_cost import step_ms, training_cost
from archcheck.report.contract import schema_of
from archcheck.report.to_json import profile_json
from archcheck.report.training_text import training_parts
from archcheck.spec.training import Optimizer, Recipe
from archcheck.units import duration_text
from tests.specs import spec

RECIPE = Recipe("Fashion-MNIST", 60_000, 128, 10, Optimizer("SGD", {"lr": 0.01}))
"""468 whole batches and one of 96: 469 steps an epoch, 4,690 in all."""


def op(name: str, **parts: int) -> CountedOp:
    return CountedOp(name, (), (), Operations(**parts))


UNKNOWN = CountedOp("mystery", (), (), None)
STEP = StepCount(
    forward=(op("mm", mul_adds=128 * 100, bytes_read=1000),),
    backward=(op("mm", mul_adds=128 * 200, bytes_read=2000),),
    update=(op("add", adds=50, multiplies=50, bytes_written=400),),
    batch=128,
    device="meta",
)
"""A hundred multiply-accumulates a sample forward, twice that backward, a hundred operations an update."""


def cost(recipe: Recipe = RECIPE, step: StepCount = STEP) -> TrainingCost:
    return training_cost(
        recipe, step, latency=Timing((10.0,)), measured=Memory(peak=5), predicted=Memory(peak=4)
    )


def test_the_steps_and_their_times() -> None:
    found = cost()
    assert (found.steps_per_epoch, found.steps) == (469, 4_690)
    assert (found.step_ms, found.epoch_ms, found.total_ms) == (10.0, 4_690.0, 46_900.0)
    assert (found.peak_bytes, found.predicted_peak_bytes) == (5, 4)
    assert (found.predicted_step_ms, found.predicted_total_ms) == (None, None)
    assert found.optimizer == "SGD(lr=0.01)"


TOTALS = [
    # recipe, MACs, operations, why this row
    (RECIPE, 300 * 600_000, 2 * 300 * 600_000 + 100 * 4_690, "the batch of 96 in proportion, its update whole"),
    (
        replace(RECIPE, drop_last=True),
        300 * 468 * 128 * 10,
        2 * 300 * 468 * 128 * 10 + 100 * 4_680,
        "59,904 samples an epoch",
    ),
    (replace(RECIPE, samples=None), None, None, "nobody says how many samples"),
    (replace(RECIPE, epochs=None), None, None, "nobody says for how long"),
]  # fmt: skip


@pytest.mark.parametrize(("recipe", "macs", "flops", "why"), TOTALS)
def test_the_operations_of_the_whole_training(
    recipe: Recipe, macs: int | None, flops: int | None, why: str
) -> None:
    found = cost(recipe)
    assert (found.total_macs, found.total_flops) == (macs, flops), why
    assert (found.step_macs, found.step_flops) == (300 * 128, 600 * 128 + 100)


def test_another_batch_is_another_number_of_steps() -> None:
    found = cost(RECIPE, replace(STEP, batch=64))
    assert (found.batch, found.steps_per_epoch, found.steps) == (64, 938, 9_380)


def test_what_is_not_counted_is_unknown_and_named() -> None:
    found = cost(RECIPE, replace(STEP, update=(*STEP.update, UNKNOWN)))
    assert found.uncounted == ("mystery",)
    assert (found.update, found.step_flops, found.total_flops) == (None, None, None)
    assert (found.step_macs, found.total_macs) == (38_400, 180_000_000)  # an update multiplies no matrices
    forward = cost(RECIPE, replace(STEP, forward=(UNKNOWN,)))
    assert (forward.step_macs, forward.total_macs) == (None, None)


CEILINGS = Ceilings(gflops_per_s=1.0, gbytes_per_s=1.0, launch_ms=0.5)
PREDICTED = [
    # where, operator, milliseconds, why this row
    ("forward", op("mm", mul_adds=10**6, bytes_read=10**6), 2.0, "2 M operations at 1 G a second, 1 MB at 1 GB: 1 ms"),
    ("forward", op("add", adds=10**6, bytes_read=3 * 10**6), 3.0, "3 MB at 1 GB a second"),
    ("backward", op("add", adds=4, bytes_read=40), 0.5, "what an empty call takes"),
    ("backward", op("expand"), 0.0, "nothing moves: nothing runs"),
    ("update", op("add", adds=1000, bytes_read=2000), 0.002, "many parameters in one call"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "one", "milliseconds", "why"), PREDICTED)
def test_an_operator_takes_what_the_ceilings_allow(
    where: str, one: CountedOp, milliseconds: float, why: str
) -> None:
    step = replace(StepCount((), (), (), 1, "meta"), **{where: (one,)})  # type: ignore[arg-type]
    assert step_ms(step, CEILINGS) == pytest.approx(milliseconds), why


def test_the_parts_add_up_and_unknown_is_not_nothing() -> None:
    step = StepCount((PREDICTED[0][1],), (PREDICTED[1][1],), (PREDICTED[4][1],), 1, "meta")
    assert step_ms(step, CEILINGS) == pytest.approx(5.002)
    assert step_ms(replace(step, forward=(UNKNOWN,)), CEILINGS) is None
    assert step_ms(step, None) is None


# Text and JSON


def test_the_text() -> None:
    found = training_cost(
        RECIPE, STEP, latency=Timing((2_400.0,)), ceilings=CEILINGS, predicted=Memory(peak=10**9)
    )
    lines, times = training_parts(found, "table")
    assert lines == dedent("""\
        recipe        Fashion-MNIST, 60,000 samples, batch 128, 10 epochs, SGD(lr=0.01)
        steps         469 an epoch, 4,690 in all
        a step        38.4 K MACs, 76.9 K FLOPs (forward 25.6 K, backward 51.2 K, optimizer 100)
        the training  180 M MACs, 360 M FLOPs""")
    # a step of 2 x 0.5 ms and 0.4 us; 2.4 s * 469 = 18.76 min, * 4690 = 3.127 h
    assert times == dedent("""\
        training      measured    predicted
        ----------  ----------  -----------
        step            2.40 s      1.00 ms
        epoch         18.8 min       469 ms
        training        3.13 h       4.69 s
        memory               -      1.00 GB""")


def test_the_text_says_only_what_the_document_says() -> None:
    (lines,) = training_parts(training_cost(Recipe(epochs=1), replace(STEP, forward=(UNKNOWN,))), "table")
    assert lines == dedent("""\
        recipe       batch 128, 1 epoch
        a step       ? MACs, ? FLOPs (forward ?, backward 51.2 K, optimizer 100)
        not counted  mystery""")


def test_a_dropped_batch_is_told() -> None:
    lines, _ = training_parts(cost(replace(RECIPE, drop_last=True)), "markdown")
    assert "\n* steps         468 an epoch, 4,680 in all, a batch that is not full dropped\n" in lines


DURATIONS = [
    # milliseconds, text, why this row
    (1.0, "1.00 ms", "as before"),
    (59_940.0, "59.9 s", "seconds"),
    (60_000.0, "1.00 min", "a minute"),
    (59.99 * 60_000, "60.0 min", "just below an hour"),
    (3_600_000.0, "1.00 h", "an hour"),
    (24 * 3_600_000.0, "1.00 days", "a day"),
]


@pytest.mark.parametrize(("milliseconds", "text", "why"), DURATIONS)
def test_a_long_time_is_told_in_the_unit_that_fits(milliseconds: float, text: str, why: str) -> None:
    assert duration_text(milliseconds) == text, why


def test_the_json_has_it_and_what_follows() -> None:
    text = profile_json([Profile("x.yaml", "x", "cpu", mode="train", training=cost())], {})
    document = json.loads(text)
    jsonschema.validate(document, schema_of("profile"))
    told = document["results"][0]["training"]
    assert (told["steps"], told["total_ms"], told["step_macs"]) == (4_690, 46_900.0, 38_400)
    assert told["forward"]["mul_adds"] == 12_800


# A profile of a network whose document trains it

TINY = """
    input: [64]
    layers:
      - Linear: {out_features: 32}
      - ReLU
      - Linear: {out_features: 10}
    training: {samples: 100, batch: 8, epochs: 2, optimizer: {SGD: {lr: 0.1, momentum: 0.9}}}
"""
QUICK = Settings(mode="train", warmup_s=0.0, repeat=2, ceilings=False, memory=False, witnesses=False)
FORWARD, BACKWARD = 8 * (64 * 32 + 32 * 10), 8 * (64 * 32 + 2 * 32 * 10)
"""The first layer owes its input no gradient."""


def test_a_step_is_that_of_the_document() -> None:
    found = api.profile(spec(TINY), "cpu", QUICK)
    assert found.error is None
    assert (found.batch, found.optimizer) == (8, "SGD(lr=0.1, momentum=0.9)")
    training = found.training
    assert training is not None
    assert training.step_macs == FORWARD + BACKWARD
    assert (training.steps_per_epoch, training.steps) == (13, 26)
    assert found.latency is not None
    assert training.total_ms == pytest.approx(26 * found.latency.median_ms)


def test_what_is_typed_goes_before_the_document() -> None:
    found = api.profile(spec(TINY), "meta", replace(QUICK, batch=4, optimizer=Optimizer("Adam", {"lr": 0.5})))
    assert found.training is not None
    assert (found.batch, found.training.steps_per_epoch, found.training.optimizer) == (4, 25, "Adam(lr=0.5)")
    assert (found.training.step_ms, found.training.step_macs) == (None, (FORWARD + BACKWARD) // 2)


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [(TINY, "inference", "nothing is trained"), (TINY.partition("    training:")[0], "train", "no recipe")],
)
def test_else_there_is_no_such_cost(text: str, mode: str, why: str) -> None:
    found = api.profile(spec(text), "meta", replace(QUICK, mode=mode))  # type: ignore[arg-type]
    assert (found.error, found.training, found.batch) == (None, None, 1), why
