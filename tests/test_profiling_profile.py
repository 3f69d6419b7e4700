"""A whole profile: costs worked by hand, rows, errors, and what must be as it was afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import archcheck
from archcheck import device as devices
from archcheck.device import random_state_kept
from archcheck.errors import ArchcheckError, DeviceError, SpecError, UsageError
from archcheck.infer import infer
from archcheck.profiling import profiler
from archcheck.profiling.inputs import random_inputs
from archcheck.profiling.isolation import threads_set
from archcheck.profiling.latency import time_whole
from archcheck.profiling.profiler import profile_spec
from archcheck.profiling.settings import Settings
from archcheck.costs import Profile
from archcheck.rules import RULES
from archcheck.spec.layers import Input, Spec
from archcheck.spec.load import loads_spec

CPU, META = torch.device("cpu"), torch.device("meta")
QUICK = Settings(warmup=1, repeat=3)

CONV_AND_LINEAR = """
title: A convolution and a linear layer
input: [1, 4, 4]
layers:
  conv: {Conv2d: {in_channels: 1, out_channels: 2, kernel_size: 3}}
  act: {ReLU: {}}
  flat: {flatten: {}}
  fc: {Linear: {in_features: 8, out_features: 3}}
"""
CONV_MACS = 2 * 2 * 2 * 3 * 3
"""2x2 places, 2 channels, each 1 channel x 3x3."""
FC_MACS = 8 * 3
CONV_BIASES, FC_BIASES = 2 * 2 * 2, 3
"""One addition an output."""

RESIDUAL = """
input: [4]
layers:
  - add:
      - - Linear: {in_features: 4, out_features: 4, bias: false}
        - ReLU: {}
      - []
  - Linear: {in_features: 4, out_features: 2, bias: false}
"""

DRAWS = """
input: [1, 8, 8]
layers:
  - FractionalMaxPool2d: {kernel_size: 2, output_size: 3}
"""

REFUSED = """
input: [1, 4, 4]
layers:
  first: {ReLU: {}}
  conv: {Conv2d: {in_channels: 1, out_channels: 2, kernel_size: 7}}
"""

FAILS = """
input: [5]
layers:
  fc: {Linear: {in_features: 6, out_features: 2}}
"""


def spec_of(text: str) -> Spec:
    return loads_spec(text, "net.yaml")


def profiled(text: str, settings: Settings = QUICK, device: torch.device = CPU) -> Profile:
    return profile_spec(spec_of(text), settings, device)


# --- costs and rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", [CPU, META], ids=str)
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_costs_are_of_one_sample_whatever_the_batch_the_dtype_and_the_device(
    batch: int, dtype: str, device: torch.device
) -> None:
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, batch=batch, dtype=dtype), device)

    rows = [
        (row.layer, row.type, row.input, row.output, row.params, row.macs, row.flops)
        for row in profile.layers
    ]
    assert rows == [
        ("conv", "Conv2d", (1, 4, 4), (2, 2, 2), 2 * 9 + 2, CONV_MACS, 2 * CONV_MACS + CONV_BIASES),
        ("act", "ReLU", (2, 2, 2), (2, 2, 2), 0, 0, 8),
        ("flat", "flatten", (2, 2, 2), (8,), 0, 0, 0),
        ("fc", "Linear", (8,), (3,), 8 * 3 + 3, FC_MACS, 2 * FC_MACS + FC_BIASES),
    ]
    assert (profile.params, profile.macs) == (20 + 27, CONV_MACS + FC_MACS)
    assert profile.flops == 2 * (CONV_MACS + FC_MACS) + CONV_BIASES + FC_BIASES + 8
    assert profile.uncounted == ()
    assert (profile.device, profile.dtype, profile.batch) == (str(device), dtype, batch)
    assert (profile.target, profile.name, profile.title) == (
        "net.yaml",
        "net",
        "A convolution and a linear layer",
    )
    assert (profile.mode, profile.error) == ("inference", None)


@pytest.mark.parametrize("batch", [1, 5])
def test_witnesses_speak_of_one_sample_too(batch: int) -> None:
    witnesses = profiled(CONV_AND_LINEAR, replace(QUICK, batch=batch)).witnesses

    ours = CONV_MACS + FC_MACS
    assert [(one.tool, one.macs, one.difference, one.error) for one in witnesses] == [
        ("fvcore", ours, 0, None),
        ("torchinfo", ours + CONV_BIASES + FC_BIASES, CONV_BIASES + FC_BIASES, None),
        ("FlopCounterMode", ours, 0, None),
    ]
    assert profiled(CONV_AND_LINEAR, replace(QUICK, witnesses=False)).witnesses == ()


def test_a_join_comes_after_its_branches_and_does_not_own_their_parameters() -> None:
    profile = profiled(RESIDUAL)

    assert [(row.layer, row.type, row.params, row.macs) for row in profile.layers] == [
        ("0.0.0", "Linear", 16, 16),
        ("0.0.1", "ReLU", 0, 0),
        ("0", "add", 0, 0),
        ("1", "Linear", 8, 8),
    ]
    assert profile.params == sum(row.params or 0 for row in profile.layers) == 24


def test_what_no_rule_counts_is_unknown_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "ReLU")

    profile = profiled(CONV_AND_LINEAR)

    macs = {row.layer: row.macs for row in profile.layers}
    assert macs == {"conv": CONV_MACS, "act": None, "flat": None, "fc": None}, "what follows is unknown too"
    assert profile.uncounted == ("ReLU", "flatten", "Linear")
    assert (profile.macs, profile.flops, profile.params) == (None, None, 47)
    assert [one.difference for one in profile.witnesses] == [None, None, None]


# --- times -------------------------------------------------------------------------------------------------------


def test_every_layer_and_the_whole_have_times() -> None:
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, repeat=4))

    assert profile.latency is not None
    assert len(profile.latency.samples_ms) == 4
    assert profile.latency.median_ms > 0.0
    for row in profile.layers:
        assert row.latency_ms is not None
        assert row.latency_p90_ms is not None
        assert 0.0 < row.latency_ms <= row.latency_p90_ms
    assert profile.layers_latency_ms == sum(row.latency_ms or 0.0 for row in profile.layers)


def test_the_meta_device_has_no_times_and_says_which_witness_cannot_work_there() -> None:
    profile = profiled(CONV_AND_LINEAR, device=META)

    assert profile.latency is None
    assert profile.layers_latency_ms is None
    assert {(row.latency_ms, row.latency_p90_ms, row.latency_spread) for row in profile.layers} == {
        (None, None, None)
    }
    assert [one.error for one in profile.witnesses] == ["cannot trace on the meta device", None, None]


def test_the_whole_is_timed_on_a_model_that_nothing_instruments(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[int] = []
    real = time_whole

    def watched(call: Any, clock: Any, **settings: int) -> Any:
        model: nn.Module = call.__self__.compiled.model
        hooks.append(sum(len(one._forward_hooks) + len(one._forward_pre_hooks) for one in model.modules()))
        assert not model.training
        assert torch.is_inference_mode_enabled()
        return real(call, clock, **settings)

    monkeypatch.setattr(profiler, "time_whole", watched)
    profiled(CONV_AND_LINEAR)

    assert hooks == [0]


def test_progress_names_each_stage_as_it_begins() -> None:
    stages: list[str] = []
    profile_spec(spec_of(RESIDUAL), QUICK, CPU, stages.append)
    build = ["build", "run once"]
    asked = ["witness fvcore", "witness torchinfo", "witness FlopCounterMode"]

    assert stages == [*build, "time the whole", "time the layers", *asked]
    stages.clear()
    profile_spec(spec_of(RESIDUAL), QUICK, META, stages.append)
    assert stages == [*build, *asked]


# --- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ({"batch": 0}, "batch 0: needs a whole number of at least 1"),
        ({"batch": 2.5}, "batch 2.5: needs a whole number of at least 1"),
        ({"batch": True}, "batch True: needs a whole number of at least 1"),
        ({"repeat": 0}, "repeat 0: needs a whole number of at least 1"),
        ({"warmup": -1}, "warmup -1: needs a whole number of at least 0"),
        ({"threads": 0}, "threads 0: needs a whole number of at least 1"),
        (
            {"dtype": "int8"},
            "dtype int8: no such dtype here; write one of float32, float16, bfloat16, float64",
        ),
    ],
    ids=str,
)
def test_settings_that_cannot_be_meant_are_refused(setting: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Settings(**setting)
    assert str(raised.value) == text
    assert raised.value.exit_code == 2


def test_no_warm_up_is_a_setting() -> None:
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, warmup=0, repeat=1, witnesses=False))
    assert profile.latency is not None
    assert len(profile.latency.samples_ms) == 1


def test_a_network_that_the_rules_refuse_is_named_with_its_layer() -> None:
    with pytest.raises(SpecError) as raised:
        profiled(REFUSED)
    text = str(raised.value)
    assert text.startswith(
        "net.yaml:5:10: layer 'conv' at batch 1: "
        "Conv2d(in_channels=1, out_channels=2, kernel_size=7) fails on 1x4x4: "
    )
    assert text.endswith("; `archcheck verify net.yaml` shows the details")
    assert "\n" not in text


def test_a_network_whose_run_fails_is_named_with_its_layer_and_what_pytorch_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the rules let through what PyTorch refuses, PyTorch is quoted."""
    monkeypatch.setattr(profiler, "infer", lambda spec, inputs, strict: infer(spec, inputs))
    with pytest.raises(SpecError) as raised:
        profiled(FAILS, replace(QUICK, batch=2))
    assert str(raised.value) == (
        "net.yaml:4:8: layer 'fc' at batch 2: Linear(in_features=6, out_features=2) fails on 5: "
        "mat1 and mat2 shapes cannot be multiplied (2x5 and 6x2); `archcheck verify net.yaml` shows the details"
    )


def test_a_network_too_large_for_the_device_is_refused_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "free_bytes", lambda device: 187)
    with pytest.raises(DeviceError) as raised:
        profiled(CONV_AND_LINEAR, replace(QUICK, dtype="float16", witnesses=False))
    assert str(raised.value) == (  # (47 parameters + 2 * 24 numbers) of 2 bytes
        "net.yaml: the network at batch 1 needs 190 B and cpu has 187 B free; "
        "--device meta checks shapes without memory"
    )


@pytest.mark.parametrize(
    ("dtype", "batch", "need"),
    [("float32", 1, (47 + 48) * 4), ("float64", 1, (47 + 48) * 8), ("float32", 10, (47 + 480) * 4)],
)
def test_the_need_is_parameters_and_the_largest_layer_of_the_batch_in_the_dtype(
    monkeypatch: pytest.MonkeyPatch, dtype: str, batch: int, need: int
) -> None:
    """The convolution has 16 numbers before it and 8 after it, and both count twice."""
    settings = replace(QUICK, dtype=dtype, batch=batch, witnesses=False)
    monkeypatch.setattr(devices, "free_bytes", lambda device: need)
    assert profiled(CONV_AND_LINEAR, settings).macs == CONV_MACS + FC_MACS

    monkeypatch.setattr(devices, "free_bytes", lambda device: need - 1)
    with pytest.raises(DeviceError, match=r"the network at batch \d+ needs "):
        profiled(CONV_AND_LINEAR, settings)


NO_MEMORY = (
    "net.yaml: the network at batch 1 does not fit: cpu has no memory left; "
    "a smaller batch takes less, --device meta takes none"
)


@pytest.mark.parametrize(
    "raised",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
    ids=lambda error: str(error)[:12] or "MemoryError",
)
def test_running_out_of_memory_is_a_device_error(monkeypatch: pytest.MonkeyPatch, raised: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(profiler, "time_whole", fail)
    with pytest.raises(DeviceError) as caught:
        profiled(CONV_AND_LINEAR)
    assert str(caught.value) == NO_MEMORY


def test_memory_that_is_really_not_there_is_a_device_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "free_bytes", lambda device: None)  # let it through: 3.6 PB of weights
    with pytest.raises(DeviceError) as caught:
        profiled("input: [30000000]\nlayers:\n  - Linear: {out_features: 30000000}")
    assert str(caught.value) == NO_MEMORY


def test_a_failure_that_is_not_about_memory_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(profiler, "time_whole", fail)
    with pytest.raises(RuntimeError, match=r"^a bug$"):
        profiled(CONV_AND_LINEAR)


def test_a_dtype_that_the_device_lacks_is_a_device_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TypeError("Cannot convert a MPS Tensor to float64 dtype.")

    monkeypatch.setattr(nn.Module, "to", refuse)
    with pytest.raises(DeviceError) as caught:
        profiled(CONV_AND_LINEAR, replace(QUICK, dtype="float64"))
    assert str(caught.value) == "dtype float64: not on cpu (Cannot convert a MPS Tensor to float64 dtype)"


# --- as it was ---------------------------------------------------------------------------------------------------


def global_state() -> dict[str, Any]:
    cudnn = torch.backends.cudnn
    return {
        "threads": torch.get_num_threads(),
        "random state": torch.get_rng_state().tolist(),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "cudnn": (cudnn.benchmark, cudnn.deterministic, cudnn.enabled, cudnn.allow_tf32),
    }


@pytest.mark.parametrize(
    ("text", "error"),
    [(CONV_AND_LINEAR, None), (DRAWS, None), (REFUSED, SpecError), (FAILS, SpecError)],
    ids=["runs", "draws numbers", "refused", "fails"],
)
def test_global_state_is_as_it_was(text: str, error: type[ArchcheckError] | None) -> None:
    settings = replace(QUICK, threads=torch.get_num_threads() + 1)
    before = global_state()

    if error is None:
        profiled(text, settings)
    else:
        with pytest.raises(error):
            profiled(text, settings)

    assert global_state() == before


def test_a_layer_that_draws_numbers_would_move_the_random_state() -> None:
    """The control of the test above."""
    before = global_state()
    with random_state_kept(CPU):
        nn.FractionalMaxPool2d(2, output_size=3).eval()(torch.ones(1, 1, 8, 8))
        inside = global_state()
    assert inside["random state"] != before["random state"]
    assert global_state() == before


def test_threads_are_those_asked_for_while_it_runs() -> None:
    wanted = torch.get_num_threads() + 1
    assert profiled(RESIDUAL, replace(QUICK, threads=wanted)).environment["threads"] == wanted
    assert profiled(RESIDUAL).environment["threads"] == wanted - 1


def test_threads_are_put_back_after_a_failure() -> None:
    before = torch.get_num_threads()
    inside: list[int] = []

    def fail() -> None:
        with threads_set(before + 1):
            inside.append(torch.get_num_threads())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert inside == [before + 1]
    assert torch.get_num_threads() == before


def test_the_environment_says_what_the_times_must_be_read_with() -> None:
    assert dict(profiled(RESIDUAL).environment) == devices.describe(CPU)


# --- inputs ------------------------------------------------------------------------------------------------------


def test_random_inputs_are_the_same_each_time_and_leave_the_random_state() -> None:
    inputs = (Input("x", (3, 2)), Input("ids", (1000,), "int64", 3), Input("bit", (1000,), "int64"))
    state = torch.get_rng_state()

    first = random_inputs(inputs, 4, CPU, torch.float64)
    again = random_inputs(inputs, 4, CPU, torch.float64)

    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert [(tuple(one.shape), one.dtype) for one in first] == [
        ((4, 3, 2), torch.float64),
        ((4, 1000), torch.int64),
        ((4, 1000), torch.int64),
    ]
    assert len(set(first[0].flatten().tolist())) == 24, "values differ"
    assert set(first[1].flatten().tolist()) == {0, 1, 2}
    assert set(first[2].flatten().tolist()) == {0, 1}
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("device", [CPU, META], ids=str)
@pytest.mark.parametrize(
    ("written", "dtype"), [(None, torch.float16), ("float32", torch.float16), ("bool", torch.bool)], ids=str
)
def test_only_floating_point_inputs_are_cast(
    written: str | None, dtype: torch.dtype, device: torch.device
) -> None:
    (one,) = random_inputs((Input("x", (5,), written),), 2, device, torch.float16)
    assert (one.dtype, tuple(one.shape), one.device) == (dtype, (2, 5), device)


def test_whole_numbers_below_high_reach_an_embedding() -> None:
    profile = profiled(
        "input: {shape: [50], dtype: int64, high: 7}\n"
        "layers:\n  - Embedding: {num_embeddings: 7, embedding_dim: 3}",
        replace(QUICK, dtype="float16", witnesses=False),
    )
    assert [(row.input, row.output, row.params) for row in profile.layers] == [((50,), (50, 3), 21)]


# --- the API -----------------------------------------------------------------------------------------------------


def test_the_api_passes_progress_on_and_keeps_an_error_in_the_result() -> None:
    stages: list[str] = []
    settings = replace(QUICK, batch=2, dtype="float64", witnesses=False)

    good = archcheck.profile(spec_of(RESIDUAL), "cpu", settings, stages.append)
    bad = archcheck.profile(spec_of(FAILS), "cpu", settings)

    assert (good.macs, good.error) == (24, None)
    assert stages == ["build", "run once", "time the whole", "time the layers"]
    assert bad.error is not None
    assert "layer 'fc'" in bad.error
    assert (bad.target, bad.device, bad.batch, bad.dtype) == ("net.yaml", "cpu", 2, "float64")


# --- on a GPU ----------------------------------------------------------------------------------------------------


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_profile_on_a_gpu_has_times_and_the_peak_of_its_memory(dtype: str) -> None:
    device = torch.device("cuda:0")
    state = torch.cuda.get_rng_state(device)

    profile = profiled(CONV_AND_LINEAR, replace(QUICK, dtype=dtype), device)

    assert profile.macs == CONV_MACS + FC_MACS
    assert profile.latency is not None
    assert profile.latency.median_ms > 0.0
    assert all(row.latency_ms for row in profile.layers)
    peak = profile.environment["peak_allocated_bytes"]
    assert isinstance(peak, int)
    assert peak >= 47 * getattr(torch, dtype).itemsize
    assert torch.equal(torch.cuda.get_rng_state(device), state)
