"""A whole profile: costs worked by hand, rows, errors, and what must be as it was afterwards."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
import torch
from torch import nn

import archcheck
from archcheck import device as devices
from archcheck import subject as subjects
from archcheck.built import Built, of_module
from archcheck.costs import Profile
from archcheck.counting.ops import OPS
from archcheck.device import random_state_kept
from archcheck.errors import ArchcheckError, DeviceError, SpecError, TargetError, UsageError
from archcheck.infer import infer
from archcheck.profiling import profiler, timed_run
from archcheck.profiling.first_run import run_once
from archcheck.profiling.isolation import threads_set
from archcheck.profiling.latency import in_turn
from archcheck.profiling.profiler import profile_subject
from archcheck.profiling.settings import Settings
from archcheck.report.profile_text import profile_text
from archcheck.spec.layers import Spec
from archcheck.spec.load import loads_spec
from archcheck.spec.training import Optimizer
from archcheck.subject import of_spec

CPU, META = torch.device("cpu"), torch.device("meta")
QUICK = Settings(warmup_s=0, repeat=3, memory=False, ceilings=False, witnesses=False)
ASKING = replace(QUICK, witnesses=True)

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
    return profile_subject(of_spec(spec_of(text)), settings, device)


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
    witnesses = profiled(CONV_AND_LINEAR, replace(ASKING, batch=batch)).witnesses

    ours = CONV_MACS + FC_MACS
    assert [(one.tool, one.macs, one.difference, one.error) for one in witnesses] == [
        ("fvcore", ours, 0, None),
        ("torchinfo", ours + CONV_BIASES + FC_BIASES, CONV_BIASES + FC_BIASES, None),
        ("FlopCounterMode", ours, 0, None),
    ]
    assert profiled(CONV_AND_LINEAR, QUICK).witnesses == ()


def test_a_join_comes_after_its_branches_and_does_not_own_their_parameters() -> None:
    profile = profiled(RESIDUAL)

    assert [(row.layer, row.type, row.params, row.macs, row.flops) for row in profile.layers] == [
        ("0.0.0", "Linear", 16, 16, 32),
        ("0.0.1", "ReLU", 0, 0, 4),
        ("0", "add", 0, 0, 4),
        ("1", "Linear", 8, 8, 16),
    ]
    assert profile.params == sum(row.params or 0 for row in profile.layers) == 24


def test_what_no_rule_counts_is_unknown_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(OPS, "relu")

    profile = profiled(CONV_AND_LINEAR, ASKING)

    macs = {row.layer: row.macs for row in profile.layers}
    assert macs == {"conv": CONV_MACS, "act": None, "flat": 0, "fc": FC_MACS}
    assert profile.uncounted == ("relu",)
    assert (profile.operations, profile.macs, profile.flops, profile.params) == (None, None, None, 47)
    assert [one.difference for one in profile.witnesses] == [None, None, None]


def test_what_cannot_be_predicted_is_named() -> None:
    settings = replace(QUICK, mode="train", memory=True)
    profile = archcheck.profile(nn.ReLU(), "meta", settings, inputs=(2, 8))

    assert (profile.error, profile.predicted) == (None, None)
    assert profile.notes == ("memory predicted: mode train: the network has no parameters to train",)
    assert f"not found   {profile.notes[0]}\n" in profile_text([profile], "table")
    assert profiled(CONV_AND_LINEAR, settings, META).notes == ()


class Asking(nn.Module):
    """Looks at a number; has a second layer for more than one sample."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.other = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> Any:
        gave = self.layer(x) if x.sum().item() < 1e9 else x
        return self.other(gave) if len(x) > 1 else gave


def test_what_was_found_out_in_another_way_or_not_for_every_layer_is_named() -> None:
    settings = replace(QUICK, memory=True, batch=2)
    profile = archcheck.profile(Asking, "meta", settings, inputs=(1, 8))

    assert profile.notes == (
        "operations of the timed batch, by layer: the network makes other calls at this batch",
        "memory predicted without running: the network asks for values, so it was run on the CPU",
    )
    batch_macs = {row.layer: row.batch_operations and row.batch_operations.mul_adds for row in profile.layers}
    assert (batch_macs["layer"], batch_macs["other"]) == (2 * 64, None), (
        "of the one that both make it is known"
    )
    assert profile.predicted is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("memory", "lacking"), [(True, "times of the layers, memory measured"), (False, "times of the layers")]
)
def test_what_a_compiled_network_does_not_tell_is_named(memory: bool, lacking: str) -> None:
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, compile=True, memory=memory))
    assert profile.notes == (f"{lacking}: the network runs compiled, in one piece",)


def test_a_call_that_fails_is_blamed_and_not_one_before_that_was_caught() -> None:
    class Goes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.caught, self.fatal = nn.Linear(2, 2), nn.Linear(3, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            with suppress(RuntimeError):
                self.caught(x)
            made: torch.Tensor = self.fatal(x)
            return made

    with pytest.raises(
        TargetError, match=r"^it fails in layer 'fatal' \(Linear\): RuntimeError: (addmm: )?mat1 and mat2"
    ):
        run_once(of_module(Goes()), ((torch.zeros(1, 4),), {}), QUICK, "it")


# --- times -------------------------------------------------------------------------------------------------------


def test_every_layer_and_the_whole_have_times_and_rates() -> None:
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, repeat=4, batch=3, ceilings=True))

    assert profile.latency is not None
    assert len(profile.latency.samples_ms) == 4
    assert profile.latency.median_ms > 0.0
    for row in profile.layers:
        assert row.latency_ms is not None
        assert row.latency_p90_ms is not None
        assert 0.0 < row.latency_ms <= row.latency_p90_ms
        assert row.bound in ("compute", "memory", "launch")
    assert profile.layers_latency_ms == sum(row.latency_ms or 0.0 for row in profile.layers)
    fc = profile.layers[-1]
    assert fc.batch_operations is not None
    assert fc.batch_operations.flops == 3 * (2 * FC_MACS + FC_BIASES)
    assert fc.gflops_per_s == pytest.approx(fc.batch_operations.flops / (fc.latency_ms or 0.0) / 1e6)
    assert [row.output_bytes for row in profile.layers] == [96, 96, 96, 36], (
        "3 samples of 8, 8, 8 and 3 floats"
    )


def test_the_meta_device_has_no_times_and_says_which_witness_cannot_work_there() -> None:
    profile = profiled(CONV_AND_LINEAR, ASKING, META)

    assert (profile.latency, profile.ceilings, profile.measured) == (None, None, None)
    assert (profile.layers_latency_ms, profile.residual_ms, profile.samples_per_s) == (None, None, None)
    assert {(row.latency_ms, row.latency_p90_ms, row.latency_spread) for row in profile.layers} == {
        (None, None, None)
    }
    assert [one.error for one in profile.witnesses] == ["cannot trace on the meta device", None, None]


def test_a_step_of_training_on_meta_has_memory_and_no_times() -> None:
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, mode="train", memory=True), META)

    assert (profile.latency, profile.steps, profile.measured) == (None, {}, None)
    assert profile.optimizer == "SGD(lr=0.01)"
    assert profile.predicted is not None
    assert profile.predicted.gradients == 47 * 4


@pytest.mark.parametrize("mode", ["inference", "train"])
def test_the_whole_is_timed_on_a_model_that_nothing_instruments(
    mode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bool, bool, bool]] = []
    models: list[nn.Module] = []
    make = profiler._built

    def kept(job: Any) -> Built:
        built = make(job)
        models.append(built.model)
        return built

    def watched(whole: Any, layers: Any, clock: Any, pace: Any) -> Any:
        once = whole.once

        def looked() -> Any:
            (model,) = models
            replaced = sum("forward" in vars(one) or bool(one._forward_hooks) for one in model.modules())
            modes = torch._C._len_torch_function_stack()
            seen.append(
                (replaced + modes, model.training, torch.is_grad_enabled(), torch.is_inference_mode_enabled())
            )
            return once()

        return in_turn(replace(whole, once=looked), layers, clock, pace)

    monkeypatch.setattr(profiler, "_built", kept)
    monkeypatch.setattr(timed_run, "in_turn", watched)
    with torch.no_grad():  # whatever the caller's own state is
        profiled(CONV_AND_LINEAR, replace(QUICK, mode=mode))

    train = mode == "train"
    assert seen == [(0, train, train, not train)] * 4, "one pass to warm up, three samples"


def test_a_step_of_training_has_its_parts_and_the_layers_are_parts_of_its_forward() -> None:
    settings = replace(QUICK, mode="train", batch=2, optimizer=Optimizer("Adam", {"lr": 0.001}))
    profile = profiled(CONV_AND_LINEAR, settings)

    assert list(profile.steps) == ["forward", "backward", "optimizer"]
    assert profile.latency is not None
    parts = zip(*(timing.samples_ms for timing in profile.steps.values()), strict=True)
    assert profile.latency.samples_ms == pytest.approx([sum(one) for one in parts])
    assert (profile.optimizer, profile.mode, profile.batch) == ("Adam(lr=0.001)", "train", 2)
    assert profile.forward == profile.steps["forward"]
    assert profile.residual_ms == pytest.approx(
        profile.steps["forward"].median_ms - (profile.layers_latency_ms or 0.0)
    )
    assert profile.macs == CONV_MACS + FC_MACS, "costs are of the forward pass"


def test_the_documented_optimizer_is_used_and_what_the_settings_say_goes_first() -> None:
    text = RESIDUAL + "training: {optimizer: {SGD: {lr: 0.5, momentum: 0.9}}}\n"
    settings = replace(QUICK, mode="train")
    assert profiled(text, settings).optimizer == "SGD(lr=0.5, momentum=0.9)"
    assert profiled(RESIDUAL, settings).optimizer == "SGD(lr=0.01)"
    other = replace(settings, optimizer=Optimizer("Adagrad", {"lr": 0.1}))
    assert profiled(text, other).optimizer == "Adagrad(lr=0.1)"
    assert profiled(text).optimizer is None


def test_the_memory_of_a_call_is_predicted_and_measured() -> None:
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, memory=True, batch=2, mode="train"))

    assert profile.predicted is not None
    assert profile.measured is not None
    for memory in (profile.predicted, profile.measured):
        assert (memory.parameters, memory.gradients, memory.inputs) == (47 * 4, 47 * 4, 2 * 16 * 4)
    assert profile.layers[0].saved_bytes == profile.layers[0].saved_bytes_measured


def test_channels_last_turns_images_and_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, bool]] = []

    def looked(built: Built, call: Any, *rest: Any, **more: Any) -> Any:
        order = torch.channels_last
        weight = built.model.get_parameter("conv.weight")
        seen.append(
            (call[0][0].is_contiguous(memory_format=order), weight.is_contiguous(memory_format=order))
        )
        return run_once(built, call, *rest, **more)

    monkeypatch.setattr(timed_run, "run_once", looked)
    text = CONV_AND_LINEAR.replace("[1, 4, 4]", "[2, 4, 4]").replace("in_channels: 1", "in_channels: 2")
    profile = profiled(text, replace(QUICK, channels_last=True))
    profiled(text)
    assert seen == [(True, True), (False, False)]
    assert profile.environment["channels_last"] is True


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["inference", "train"])
def test_a_compiled_network_is_timed_whole_and_counted_as_it_is(mode: Any) -> None:
    for batch in (1, 2):
        profile = profiled(CONV_AND_LINEAR, replace(QUICK, compile=True, mode=mode, batch=batch))
        assert profile.macs == CONV_MACS + FC_MACS
        assert profile.latency is not None
        assert (profile.layers_latency_ms, profile.environment["compile"]) == (None, True)


@pytest.mark.slow
def test_the_whole_is_what_torch_s_own_benchmark_says_and_the_layers_add_up_to_it() -> None:
    """AlexNet at batch 16, in turn with the benchmark: what else runs on the machine then disturbs both.

    One thread: two wait for each other whenever something else takes one of their cores.
    """
    from torch.utils.benchmark import Timer

    subject = of_spec(archcheck.load("alexnet_half"))
    model, images = subject.make(CPU, True).model, torch.randn(16, 3, 224, 224)
    timer = Timer("model(images)", globals={"model": model, "images": images}, num_threads=1)
    settings = replace(QUICK, batch=16, threads=1, repeat=5, warmup_s=0.1)
    whole, parts = [], []
    for _ in range(12):  # three rounds on a quiet machine, more where others disturb
        profile = profile_subject(subject, settings, CPU)
        with torch.inference_mode():
            theirs = median(timer.timeit(1).times[0] * 1e3 for _ in range(5))
        assert profile.latency is not None
        whole.append(profile.latency.median_ms / theirs)
        parts.append((profile.layers_latency_ms or 0.0) / profile.latency.median_ms)
        if len(whole) >= 3 and abs(median(whole) - 1) <= 0.05 and abs(median(parts) - 1) <= 0.1:
            return
    pytest.fail(f"the whole to the benchmark's: {whole}; the layers to the whole: {parts}")


def test_progress_names_each_stage_as_it_begins() -> None:
    stages: list[str] = []
    settings = replace(ASKING, memory=True, ceilings=True)
    profile_subject(of_spec(spec_of(RESIDUAL)), settings, CPU, stages.append)
    counted = ["count", "predict memory", "build"]
    asked = ["witness fvcore", "witness torchinfo", "witness FlopCounterMode"]

    assert stages == [*counted, "run once", "time", "measure the device", *asked, "measure memory"]
    stages.clear()
    profile_subject(of_spec(spec_of(RESIDUAL)), settings, META, stages.append)
    assert stages == [*counted, *asked]


# --- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ({"batch": 0}, "batch 0: needs a whole number of at least 1"),
        ({"batch": 2.5}, "batch 2.5: needs a whole number of at least 1"),
        ({"batch": True}, "batch True: needs a whole number of at least 1"),
        ({"repeat": 0}, "repeat 0: needs a whole number of at least 1"),
        ({"warmup_s": -1}, "warmup -1: needs a number of seconds, 0 or more"),
        ({"warmup_s": "1"}, "warmup 1: needs a number of seconds, 0 or more"),
        ({"seconds": float("nan")}, "seconds nan: needs a number of seconds, 0 or more"),
        ({"seconds": float("inf")}, "seconds inf: needs a number of seconds, 0 or more"),
        ({"threads": 0}, "threads 0: needs a whole number of at least 1"),
        ({"threads": 5000}, "threads 5000: needs at most 1024"),
        ({"batch": 2**31}, "batch 2147483648: needs at most 2147483647"),
        ({"mode": "training"}, "mode training: no such mode; write one of inference, train"),
        (
            {"dtype": "int8"},
            "dtype int8: no such dtype here; write one of float32, float16, bfloat16, float64",
        ),
        (
            {"cuda_graph": True, "mode": "train"},
            "cuda_graph: a graph is made of a forward pass only; leave it out, or mode train",
        ),
        ({"cuda_graph": True, "compile": True}, "cuda_graph and compile: one of them at a time"),
        ({"optimizer": Optimizer()}, "optimizer SGD(lr=0.01): only mode train has one"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_meant_are_refused(setting: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Settings(**setting)
    assert str(raised.value) == text
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("setting", "device", "text"),
    [
        ({"cuda_graph": True}, CPU, "cuda_graph: there are none on cpu; --device cuda has them"),
        (
            {"compile": True},
            META,
            "compile: nothing is run on meta, so it would change nothing; leave it out",
        ),
        (
            {"channels_last": True},
            META,
            "channels_last: nothing is run on meta, so it would change nothing; leave it out",
        ),
        (
            {"convention": "mine"},
            CPU,
            "convention mine: no such convention; write one of "
            "torch, fvcore, torchinfo, thop, ptflops, paper, netscope",
        ),
    ],
    ids=str,
)
def test_settings_that_the_device_or_the_network_does_not_fit_are_refused(
    setting: dict[str, Any], device: torch.device, text: str
) -> None:
    with pytest.raises(UsageError) as raised:
        profiled(CONV_AND_LINEAR, replace(QUICK, **setting), device)
    assert str(raised.value) == text


def test_channels_last_needs_images() -> None:
    with pytest.raises(UsageError) as raised:
        profiled(RESIDUAL, replace(QUICK, channels_last=True))
    assert (
        str(raised.value)
        == "net.yaml: the network at batch 1: channels_last: no input has the four axes of images; leave it out"
    )


@pytest.mark.parametrize(
    ("cxx", "text"),
    [
        (None, "there is no g++ or clang++; install one, or name it in CXX"),
        ("icpx", "there is no icpx; install one, or name it in CXX"),
    ],
)
def test_compiling_needs_a_compiler(cxx: str | None, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    if cxx is None:
        monkeypatch.delenv("CXX", raising=False)
    else:
        monkeypatch.setenv("CXX", cxx)
    with pytest.raises(DeviceError) as raised:
        profiled(CONV_AND_LINEAR, replace(QUICK, compile=True))
    assert str(raised.value) == f"compile: torch.compile needs a C++ compiler, and {text}"


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        (
            "input: [4]\nlayers: [ReLU: {}]",
            TargetError,
            "net.yaml: the network at batch 1: nothing that it gives has a gradient, so it cannot be trained",
        ),
        (
            "input: [5]\nlayers:\n  - BatchNorm1d: {num_features: 5}",
            TargetError,
            "net.yaml: the network at batch 1 fails: ValueError: Expected more than 1 value per channel "
            "when training, got input size torch.Size([1, 5])",
        ),
    ],
    ids=["nothing to train", "a batch of one"],
)
def test_a_network_that_cannot_be_trained_says_why(text: str, error: type[ArchcheckError], said: str) -> None:
    with pytest.raises(error) as raised:
        profiled(text, replace(QUICK, mode="train"))
    assert str(raised.value) == said


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


def test_a_network_whose_count_fails_says_what_pytorch_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rules let through what PyTorch refuses, PyTorch is quoted."""
    monkeypatch.setattr(subjects, "infer", lambda spec, inputs, strict: infer(spec, inputs))
    monkeypatch.setattr(subjects, "refusal", lambda inference: None)
    with pytest.raises(TargetError) as raised:
        profiled(FAILS, replace(QUICK, batch=2))
    assert str(raised.value).startswith("net.yaml: the network at batch 2 fails: RuntimeError: ")


def test_a_network_that_fails_on_the_device_is_named_with_its_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("\"linear\" not implemented for 'Half'.\nAnd more.")

    def broken(job: Any) -> Built:
        built = make(job)
        monkeypatch.setattr(built.nodes["fc"], "forward", refuse, raising=False)
        return built

    make = profiler._built
    monkeypatch.setattr(profiler, "_built", broken)
    with pytest.raises(TargetError) as raised:
        profiled(CONV_AND_LINEAR)
    assert str(raised.value) == (
        "net.yaml: the network at batch 1 fails in layer 'fc' (Linear): "
        "RuntimeError: \"linear\" not implemented for 'Half'"
    )


def test_a_network_too_large_for_the_device_is_refused_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "free_bytes", lambda device: 141)
    with pytest.raises(DeviceError) as raised:
        profiled(CONV_AND_LINEAR, replace(QUICK, dtype="float16"))
    assert str(raised.value) == (  # (47 parameters + 16 numbers given + 8 given back) of 2 bytes
        "net.yaml: the network at batch 1 needs 142 B and cpu has 141 B free; "
        "--device meta checks shapes without memory"
    )


def test_what_does_not_fit_where_auto_put_it_is_counted_on_meta(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(CONV_AND_LINEAR)
    monkeypatch.setattr(devices, "choose", lambda name: CPU)
    monkeypatch.setattr(devices, "free_bytes", lambda device: 100 if device.type == "cpu" else None)
    profile = archcheck.profile(spec, "auto", QUICK)
    assert (profile.error, profile.device, profile.macs, profile.latency) == (
        None,
        "meta",
        CONV_MACS + FC_MACS,
        None,
    )
    assert profile.notes[-1] == (
        "times: nothing was run; net.yaml: the network at batch 1 needs 284 B and cpu has 100 B free; "
        "--device meta checks shapes without memory"
    )
    assert archcheck.profile(spec, "cpu", QUICK).error is not None
    unplaceable = archcheck.profile(spec, "auto", replace(QUICK, channels_last=True))
    assert unplaceable.error is not None
    assert "needs 284 B" in unplaceable.error


@pytest.mark.parametrize(
    ("dtype", "batch", "need"),
    [("float32", 1, (47 + 24) * 4), ("float64", 1, (47 + 24) * 8), ("float32", 10, (47 + 240) * 4)],
)
def test_the_need_is_parameters_and_the_largest_layer_of_the_batch_in_the_dtype(
    monkeypatch: pytest.MonkeyPatch, dtype: str, batch: int, need: int
) -> None:
    """The convolution is given 16 numbers a sample and gives 8."""
    settings = replace(QUICK, dtype=dtype, batch=batch)
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

    monkeypatch.setattr(timed_run, "in_turn", fail)
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

    monkeypatch.setattr(timed_run, "in_turn", fail)
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
        "fast path": torch.backends.mha.get_fastpath_enabled(),
        "cudnn": (cudnn.benchmark, cudnn.deterministic, cudnn.enabled, cudnn.allow_tf32),
    }


@pytest.mark.parametrize(
    ("text", "error"),
    [(CONV_AND_LINEAR, None), (DRAWS, None), (REFUSED, SpecError), (FAILS, SpecError)],
    ids=["runs", "draws numbers", "refused", "fails"],
)
@pytest.mark.parametrize("mode", ["inference", "train"])
def test_global_state_is_as_it_was(text: str, error: type[ArchcheckError] | None, mode: Any) -> None:
    if text is DRAWS:
        text += "  - flatten: {}\n  - Linear: {out_features: 2}\n"
    settings = replace(ASKING, threads=torch.get_num_threads() + 1, memory=True, mode=mode)
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


@pytest.mark.parametrize(
    "settings", [{}, {"mode": "train"}, {"channels_last": True, "dtype": "float64"}], ids=str
)
def test_the_user_s_own_model_is_as_it_was(settings: dict[str, Any]) -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.Dropout())
    model[1].eval()
    model[0].weight.requires_grad_(False)
    model[2].register_forward_hook(lambda *_: None)
    state = {name: value.clone() for name, value in model.state_dict().items()}

    def look() -> list[Any]:
        return [
            [(one.training, sorted(vars(one)), len(one._forward_hooks)) for one in model.modules()],
            [(one.requires_grad, one.grad, one.dtype, one.stride(), id(one)) for one in model.parameters()],
        ]

    before = look()
    profile = archcheck.profile(model, "cpu", replace(ASKING, memory=True, **settings), inputs=["2,2,4,4"])
    assert profile.error is None
    assert look() == before
    assert list(model.state_dict()) == list(state)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_what_a_python_model_returns_and_takes_may_be_anything() -> None:
    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 2, bias=False)

        def forward(self, x: torch.Tensor, *, scale: torch.Tensor) -> dict[str, Any]:
            return {"y": [torch.relu(self.fc(x)) * scale], "count": 3}

    settings = replace(QUICK, mode="train", batch=6)
    profile = archcheck.profile(Named(), "cpu", settings, inputs={"x": "2,4", "scale": "2,1"})
    assert profile.error is None
    assert [(row.layer, row.type, row.kind, row.macs) for row in profile.layers] == [
        ("fc", "Linear", "module", 2 * 4 * 2),
        ("", "relu", "function", 0),
        ("", "mul", "function", 0),
    ]
    assert (profile.batch, profile.input) == (6, ((2, 4), (2, 1)))
    assert all(row.latency_ms is not None for row in profile.layers)
    assert profile.layers[0].batch_operations is not None
    assert profile.layers[0].batch_operations.mul_adds == 6 * 4 * 2


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


# --- the API -----------------------------------------------------------------------------------------------------


def test_the_api_passes_progress_on_and_keeps_an_error_in_the_result() -> None:
    stages: list[str] = []
    settings = replace(QUICK, batch=2, dtype="float64")

    good = archcheck.profile(spec_of(RESIDUAL), "cpu", settings, stages.append)
    bad = archcheck.profile(spec_of(FAILS), "cpu", settings)

    assert (good.macs, good.error) == (24, None)
    assert stages == ["count", "build", "run once", "time"]
    assert bad.error is not None
    assert "layer 'fc'" in bad.error
    assert (bad.target, bad.device, bad.batch, bad.dtype) == ("net.yaml", "cpu", 2, "float64")


# --- on a GPU ----------------------------------------------------------------------------------------------------


@pytest.mark.gpu
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


@pytest.mark.gpu
def test_a_cuda_graph_is_timed_whole() -> None:
    device = torch.device("cuda:0")
    profile = profiled(CONV_AND_LINEAR, replace(QUICK, cuda_graph=True), device)

    assert profile.latency is not None
    assert profile.latency.median_ms > 0.0
    assert (profile.layers_latency_ms, profile.environment["cuda_graph"]) == (None, True)


@pytest.mark.gpu
def test_a_step_of_training_on_a_gpu_is_timed_in_parts() -> None:
    settings = replace(QUICK, mode="train", memory=True, ceilings=True, batch=8)
    profile = profiled(CONV_AND_LINEAR, settings, torch.device("cuda:0"))

    assert all(timing.median_ms > 0.0 for timing in profile.steps.values())
    assert profile.ceilings is not None
    assert profile.ceilings.gflops_per_s > 1000.0
    assert profile.measured is not None
