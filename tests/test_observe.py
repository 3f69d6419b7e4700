"""What a network shows: memory asked for first, runs in full or with few samples, PyTorch's own MACs."""

from __future__ import annotations

import json

import jsonschema
import pytest
import torch

import archcheck
from archcheck import device as devices
from archcheck import observe as observing
from archcheck.errors import DeviceError
from archcheck.infer import infer
from archcheck.observe import META, bytes_needed, observe, unfit
from archcheck.report.contract import schema_of
from archcheck.report.to_json import verify_json
from archcheck.report.to_text import verify_text
from archcheck.results import Seen, Shape
from archcheck.spec.layers import Input
from archcheck.trace import dummies
from tests.specs import CPU, spec

CONV = "{input: [3, 8, 8], layers: [{Conv2d: {out_channels: 4, kernel_size: 3}}, flatten, {Linear: {out_features: 5}}]"


def observed(text: str) -> Seen:
    made = spec(text)
    return observe(made, infer(made), CPU)


def test_the_need_is_parameters_and_the_largest_layers_tensors() -> None:
    # 112 + 144 * 5 + 5 parameters; the convolution's 3 * 8 * 8 in and 4 * 6 * 6 out; 4 bytes each
    assert bytes_needed(infer(spec(CONV + "}"))) == (112 + 725 + 2 * (192 + 144)) * 4


def test_no_memory_is_taken_for_a_network_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "free_bytes", lambda device: 4000)
    monkeypatch.setattr(observing, "compile_spec", lambda *args, **kwargs: pytest.fail("built all the same"))
    with pytest.raises(DeviceError) as raised:
        observed(CONV + "}")
    assert str(raised.value) == (
        "test.yaml: the network needs 6.04 KB and cpu has 4.00 KB free; "
        "--device meta checks shapes without memory"
    )


def long(side: int, padding: int) -> str:
    """Return a network of 64 * 64 * side^2 * 1000^2 MACs; its 2 * 64 * 1000^2 numbers count twice, of 4 bytes."""
    conv = f"{{Conv2d: {{out_channels: 64, kernel_size: {side}, padding: {padding}}}}}"
    return f"{{input: [64, 1000, 1000], layers: [{conv}]}}"


LARGE = "{input: [1000], layers: [{Linear: {out_features: 600000, bias: false}}]}"
"""600 M numbers in its weight, 601 thousand that count twice, of 4 bytes."""
ROOM = 10**11
UNFIT = [
    # spec, what is free (None: on meta), why it goes to meta (None: it does not), why this row
    (CONV + "}", 6036, None, "just enough"),
    (CONV + "}", 6035, "it needs 6.04 KB and cpu has 6.04 KB free", "a byte too few"),
    (long(11, 5), ROOM, None, "496 G MACs in 1 GB"),
    (
        long(13, 6),
        ROOM,
        "1.03 GB and 692 G MACs take cpu long; --device cpu runs it all the same",
        "too many",
    ),
    (
        LARGE,
        ROOM,
        "2.40 GB and 600 M MACs take cpu long; --device cpu runs it all the same",
        "more than 2 GB",
    ),
    (LARGE, None, None, "nothing is long there, and nothing large"),
]


@pytest.mark.parametrize(("text", "free", "note", "why"), UNFIT)
def test_what_is_not_run_on_a_device_that_nobody_named(
    monkeypatch: pytest.MonkeyPatch, text: str, free: int | None, note: str | None, why: str
) -> None:
    monkeypatch.setattr(devices, "free_bytes", lambda device: free)
    assert unfit(infer(spec(text)), CPU if free else META) == note, why


def test_auto_goes_to_meta_and_says_so_and_a_named_device_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    made = spec(CONV + ", documented: {params: 837}}")
    monkeypatch.setattr(devices, "choose", lambda name: CPU)
    monkeypatch.setattr(devices, "free_bytes", lambda device: 4000 if device.type == "cpu" else None)
    result = archcheck.verify(made, "auto")
    assert (result.ok, result.device, result.count("agrees")) == (True, "meta", 1)
    assert result.note == "it needs 6.04 KB and cpu has 4.00 KB free"
    text = verify_text([result], "table", every_row=False)
    assert f"Shapes and counts only, nothing computed (meta):\ntest.yaml: {result.note}" in text
    document = json.loads(verify_json([result], {}))
    jsonschema.validate(document, schema_of("verify"))
    assert document["results"][0]["note"] == result.note
    refused = archcheck.verify(made, "cpu")
    assert refused.error is not None
    assert "note" not in json.loads(verify_json([refused], {}))["results"][0]


def test_a_network_of_ten_to_the_fifteen_parameters() -> None:
    made = spec("{input: [10000000], layers: [{Linear: {out_features: 100000000, bias: false}}]}")
    assert infer(made).params == 10**15
    result = archcheck.verify(made, "cpu")
    assert result.error is not None
    assert result.error.startswith("test.yaml: the network needs 4.00 PB and cpu has ")
    assert archcheck.verify(made, "meta").ok


RUNS = CONV + ", documented: {runs: [{input: GIVEN, output: OUTPUT}]}}"


@pytest.mark.parametrize(
    ("given", "output", "heavy", "wanted", "why"),
    [
        ("[7, 3, 8, 8]", "[7, 5]", False, (7, 5), "a light run is made whole"),
        ("[7, 3, 8, 8]", "[7, 5]", True, (7, 5), "a heavy one with few samples, told with its own batch"),
        ("[7, 3, 9, 9]", "[7, 5]", True, None, "one that fails is run whole on meta, and fails there"),
    ],
)
def test_further_runs(
    monkeypatch: pytest.MonkeyPatch, given: str, output: str, heavy: bool, wanted: object, why: str
) -> None:
    monkeypatch.setattr(observing, "HEAVY_MACS", 0 if heavy else 10**9)
    (run,) = observed(RUNS.replace("GIVEN", given).replace("OUTPUT", output)).runs
    assert run.output == wanted, why
    assert (run.failure is None) is (wanted is not None)


def test_a_heavy_run_that_works_for_its_own_batch_only_is_run_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """`reshape: [64, ...]` fails with few samples and passes with the documented 64."""
    monkeypatch.setattr(observing, "HEAVY_MACS", 0)
    text = """
        input: [3, 2, 2]
        batch: 64
        layers: [{reshape: {shape: [64, 12]}}, {Linear: {out_features: 5}}]
        documented: {runs: [{input: [64, 3, 2, 2], output: [64, 5]}]}
    """
    (run,) = observed(text).runs
    assert (run.output, run.device) == ((64, 5), "meta")


def test_a_heavy_run_whose_samples_mix_is_run_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "HEAVY_MACS", 0)
    text = """
        input: [3, 2, 2]
        layers: [{Linear: {out_features: 2}}, {reshape: {shape: [-1, 6]}}]
        documented: {runs: [{input: [64, 3, 2, 2]}]}
    """
    (run,) = observed(text).runs
    assert (run.output, run.device) == ((128, 6), "meta")


FLAT = "{input: [3, 4, 4], layers: [flatten], documented: {runs: [{input: [4000000, 3, 4, 4]}]}}"
"""4,000,000 * 48 numbers come in and as many go out, counted twice: 3,072,000,000 bytes."""


@pytest.mark.parametrize(
    ("free", "device", "batches", "why"),
    [
        (None, "cpu", [1, 4_000_000], "no limit: it is run whole"),
        (3_072_000_000, "cpu", [1, 4_000_000], "just enough"),
        (3_071_999_999, "cpu", [1, 2], "a byte too little: of few samples"),
        (1_535, "meta", [1, 4_000_000], "two samples take 1,536: whole, where nothing takes memory"),
    ],
)
def test_a_run_that_no_memory_holds_costs_no_other_result(
    monkeypatch: pytest.MonkeyPatch, free: int | None, device: str, batches: list[int], why: str
) -> None:
    made: list[int] = []

    def light(
        inputs: tuple[Input, ...], shapes: tuple[Shape, ...], _: torch.device
    ) -> tuple[torch.Tensor, ...]:
        made.append(shapes[0][0])
        return dummies(inputs, shapes, torch.device("meta"))

    monkeypatch.setattr(devices, "free_bytes", lambda device: free)
    monkeypatch.setattr(observing, "dummies", light)
    (run,) = observed(FLAT).runs
    assert (run.output, run.device, made) == ((4_000_000, 48), device, batches), why


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("out of memory"), RuntimeError("can't allocate memory")]
)
def test_a_run_for_which_memory_was_not_enough_after_all(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(
        inputs: tuple[Input, ...], shapes: tuple[Shape, ...], device: torch.device
    ) -> tuple[torch.Tensor, ...]:
        if shapes[0][0] > 1 and device == CPU:
            raise error
        return dummies(inputs, shapes, device)

    monkeypatch.setattr(observing, "dummies", full)
    (run,) = observed(FLAT).runs
    assert (run.output, run.device) == ((4_000_000, 48), "meta")


@pytest.mark.parametrize("heavy", [False, True], ids=["light", "heavy"])
def test_a_run_is_of_the_network_that_was_built(monkeypatch: pytest.MonkeyPatch, *, heavy: bool) -> None:
    """`in_channels` is left out: it is the 6 of the spec's own input, and no run's 4, which 3 groups cannot share."""
    monkeypatch.setattr(observing, "HEAVY_MACS", 0 if heavy else 10**9)
    made = spec("""
        input: [6, 8, 8]
        layers: [{Conv2d: {out_channels: 6, kernel_size: 3, groups: 3}}]
        documented: {runs: [{input: [1, 4, 8, 8], wrong: four channels}]}
    """)
    result = archcheck.verify(made, "cpu")
    assert result.error is None
    assert [check.status for check in result.checks if check.quantity == "runs"] == ["known wrong"]


@pytest.mark.parametrize(
    ("layers", "macs", "why"),
    [
        ("[{Conv2d: {out_channels: 4, kernel_size: 3}}]", 36 * 4 * 27, "36 places, 4 kernels of 3 x 3 x 3"),
        ("[{Conv2d: {out_channels: 6, kernel_size: 3, groups: 3}}]", 36 * 6 * 9, "a kernel sees one channel"),
        ("[{ConvTranspose2d: {out_channels: 4, kernel_size: 2, stride: 2}}]", 64 * 3 * 4 * 4, "64 places"),
        ("[flatten, {Linear: {out_features: 5}}]", 192 * 5, "a linear layer"),
        ("[{Linear: {out_features: 5}}]", 3 * 8 * 8 * 5, "a linear layer on the last of several axes"),
        ("[flatten, {reshape: {shape: [-1, 12, 16]}}, {MultiheadAttention: {num_heads: 4, batch_first: true}}]",
         4 * 12 * 16 * 16 + 2 * 12 * 12 * 16, "four projections, scores and values"),
        ("[{Conv2d: {out_channels: 4, kernel_size: 3}}, {matmul: [[], {transpose: {dim0: 2, dim1: 3}}]}]",
         36 * 4 * 27 + 4 * 6 * 6 * 6, "a join multiplies too: 36 pairs of 6, in 4 channels"),
        ("[{scaled_dot_product_attention: [[], [], []]}]", 2 * 3 * 8 * 8 * 8, "scores and values of 3 heads"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("batch", [1, 2])
def test_pytorchs_own_macs_of_one_sample(layers: str, macs: int, why: str, batch: int) -> None:
    seen = observed(f"{{input: [3, 8, 8], batch: {batch}, layers: {layers}, documented: {{macs: {macs}}}}}")
    assert seen.macs == macs, why


def test_a_samples_macs_are_no_share_of_its_batchs() -> None:
    """Where the batch is no axis of its own, a sample alone attends to itself only: by hand, 1 token a column."""
    text = (
        "{input: [10, 16], batch: 2, layers: [{MultiheadAttention: {num_heads: 4}}], documented: {macs: 5}}"
    )
    assert observed(text).macs == 4 * 10 * 16 * 16 + 2 * 10 * 16


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{input: [3, 2, 2], batch: 2, layers: [{reshape: {shape: [2, 3, 4]}}, {LSTM: {hidden_size: 5}}], "
         "documented: {macs: 5}}", "it takes its batch of 2 only"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_unknown(text: str, why: str) -> None:
    seen = observed(text)
    assert seen.trace.failure is None
    assert seen.macs is None, why


def test_what_nobody_claims_is_not_asked() -> None:
    seen = observed(CONV + "}")
    assert (seen.macs, seen.repr, seen.runs) == (None, None, ())


def test_running_out_of_memory_is_a_device_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(observing, "trace", full)
    with pytest.raises(DeviceError, match=r"test\.yaml: the network does not fit: cpu has no memory left"):
        observed(CONV + "}")
