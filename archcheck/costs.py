"""Frozen records of what a network costs: operations, memory and time, of each layer and of the whole.

None is unknown or not measured, never zero. Shapes are without the batch axis where they leave the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from archcheck.operations import CallKind, Operations
from archcheck.results import Plain, frame_of
from archcheck.units import Shape

if TYPE_CHECKING:
    import pandas as pd

Mode = Literal["inference", "train"]
"""What one timed call is: a forward pass, or forward, backward and the optimiser's step."""

Bound = Literal["compute", "memory", "launch"]
"""What a layer waits for: arithmetic, memory, or being started at all."""

ENOUGH_FOR_P99 = 1000
"""Samples below which the 99th percentile is a matter of chance."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Raw times of one thing in milliseconds; what is shown is derived from them."""

    samples_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """The middle sample (of an even number: the mean of the two middle ones)."""
        return quantile(self.samples_ms, 0.5)

    @property
    def p10_ms(self) -> float:
        """One of ten samples is at most this."""
        return quantile(self.samples_ms, 0.1)

    @property
    def p90_ms(self) -> float:
        """Nine of ten samples are at most this."""
        return quantile(self.samples_ms, 0.9)

    @property
    def p99_ms(self) -> float | None:
        """Ninety-nine of a hundred samples are at most this; None of fewer than `ENOUGH_FOR_P99` samples."""
        return quantile(self.samples_ms, 0.99) if len(self.samples_ms) >= ENOUGH_FOR_P99 else None

    @property
    def spread(self) -> float:
        """(p90 - p10) / median: how far the samples lie apart."""
        return (self.p90_ms - self.p10_ms) / self.median_ms if self.median_ms else 0.0


def quantile(samples: Sequence[float], part: float) -> float:
    """Return a quantile of any samples, linear between those beside it, in their own unit."""
    ordered = sorted(samples)
    index = part * (len(ordered) - 1)
    low = int(index)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (index - low)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that one call of a network takes, by what they are for; None where that was not found out.

    `parameters`, `buffers`: the network's own, each tensor once; `gradients`, `optimizer`: of its parameters, 0 in
    inference; `inputs`: the tensors it is called with; `saved`: kept for the backward pass, what the network owns
    and its inputs left out, 0 in inference; `peak`: the most that stands at one time, all of these included.
    """

    parameters: int | None = None
    buffers: int | None = None
    gradients: int | None = None
    optimizer: int | None = None
    inputs: int | None = None
    saved: int | None = None
    peak: int | None = None


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that a device does: measured on a large matrix product and a large copy, in this run.

    `launch_ms`: what a call with next to nothing to do takes.
    """

    gflops_per_s: float
    gbytes_per_s: float
    launch_ms: float | None = None

    def compute_ms(self, done: Operations) -> float:
        """Return the least that the arithmetic alone could take."""
        return done.flops / self.gflops_per_s / 1e6

    def memory_ms(self, done: Operations) -> float:
        """Return the least that the bytes alone could take."""
        return done.moved_bytes / self.gbytes_per_s / 1e6


@dataclass(frozen=True, slots=True)
class LayerCost:
    """What one call gives, costs and takes; shapes without the batch axis; None is unknown, never zero.

    `kind`: a leaf, a function that a module's code calls (then `layer` is that module, `type` the function), parameters
    outside any leaf, or a leaf that is not reached. `macs`, `flops`, `operations`: of one sample. Of the whole batch
    as it was run: `batch_operations`; `output_bytes`; `saved_bytes` and `saved_bytes_measured`: kept for backward;
    `latency_ms`: median; `latency_spread`: (p90 - p10) / median; the rates achieved; `bound`: what it waits for.
    """

    layer: str
    type: str
    input: Shape | None
    output: Shape | None
    params: int | None
    macs: int | None
    flops: int | None
    latency_ms: float | None = None
    latency_p90_ms: float | None = None
    latency_spread: float | None = None
    kind: CallKind = "module"
    operations: Operations | None = None
    batch_operations: Operations | None = None
    output_bytes: int | None = None
    saved_bytes: int | None = None
    saved_bytes_measured: int | None = None
    gflops_per_s: float | None = None
    gbytes_per_s: float | None = None
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """What another tool says of the same model, brought to MACs of one sample; `error` where it could not."""

    tool: str
    macs: int | None
    difference: int | None
    counts: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The network's cost as a tool or a custom would tell it: `amount` of `unit`, of one sample."""

    convention: str
    amount: int | None
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """What a documented recipe takes on one device; None: the document does not say, or it was not found out.

    `batch`: of the step that was counted and timed; `steps_per_epoch`, `steps`: at that batch. Of one step:
    `forward` (with the loss), `backward`, `update` (the optimiser's); `uncounted`: operators without a rule;
    `step_ms`: the measured median; `predicted_step_ms`: of the operations at the device's ceilings; `peak_bytes`.
    Of the whole training: `total_macs`, `total_flops`, a last batch that is not full in proportion.
    """

    batch: int
    dataset: str | None = None
    samples: int | None = None
    epochs: int | None = None
    drop_last: bool = False
    optimizer: str | None = None
    steps_per_epoch: int | None = None
    steps: int | None = None
    forward: Operations | None = None
    backward: Operations | None = None
    update: Operations | None = None
    uncounted: tuple[str, ...] = ()
    total_macs: int | None = None
    total_flops: int | None = None
    step_ms: float | None = None
    predicted_step_ms: float | None = None
    peak_bytes: int | None = None
    predicted_peak_bytes: int | None = None

    @property
    def step_macs(self) -> int | None:
        """Multiply-accumulates of one step, forward and backward."""
        if self.forward is None or self.backward is None:
            return None
        return self.forward.mul_adds + self.backward.mul_adds

    @property
    def step_flops(self) -> int | None:
        """Operations of one step: forward, backward and the optimiser's."""
        if self.forward is None or self.backward is None or self.update is None:
            return None
        return self.forward.flops + self.backward.flops + self.update.flops

    @property
    def epoch_ms(self) -> float | None:
        """Every step of an epoch at the measured time; one whose batch is not full counted as a whole one."""
        return _product(self.steps_per_epoch, self.step_ms)

    @property
    def total_ms(self) -> float | None:
        """Every step of the training at the measured time."""
        return _product(self.steps, self.step_ms)

    @property
    def predicted_epoch_ms(self) -> float | None:
        """Every step of an epoch at the predicted time."""
        return _product(self.steps_per_epoch, self.predicted_step_ms)

    @property
    def predicted_total_ms(self) -> float | None:
        """Every step of the training at the predicted time."""
        return _product(self.steps, self.predicted_step_ms)


def _product(count: int | None, each_ms: float | None) -> float | None:
    return None if count is None or each_ms is None else count * each_ms


@dataclass(frozen=True, slots=True)
class Profile:
    """The costs of one target on one device, or the error that kept them from being measured.

    `input`: the shapes that one sample's costs are of, batch axis included; `batch`: the samples of a timed call;
    `latency`: of one call, in `mode` train of a whole step, whose parts are `steps` (forward, backward, optimizer);
    `uncounted`: operators without a rule; `predicted`, `measured`: memory at this batch and mode; `optimizer`: what a
    training step uses, as PyTorch spells it; `training`: what the documented recipe takes; `notes`: what was wanted
    and could not be found out, and why, a line each.
    """

    target: str
    name: str
    device: str | None
    dtype: str = "float32"
    batch: int = 1
    mode: Mode = "inference"
    input: tuple[Shape, ...] = ()
    layers: tuple[LayerCost, ...] = ()
    params: int | None = None
    operations: Operations | None = None
    uncounted: tuple[str, ...] = ()
    latency: Timing | None = None
    steps: Mapping[str, Timing] = field(default_factory=dict)
    predicted: Memory | None = None
    measured: Memory | None = None
    ceilings: Ceilings | None = None
    optimizer: str | None = None
    told: Told | None = None
    witnesses: tuple[Witness, ...] = ()
    environment: Mapping[str, Plain] = field(default_factory=dict)
    error: str | None = None
    title: str = ""
    training: TrainingCost | None = None
    notes: tuple[str, ...] = ()

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of one sample; None while one operator is unknown."""
        return None if self.operations is None else self.operations.mul_adds

    @property
    def flops(self) -> int | None:
        """Floating-point operations of one sample; None while one operator is unknown."""
        return None if self.operations is None else self.operations.flops

    @property
    def samples_per_s(self) -> float | None:
        """Throughput: samples of a second at the median time."""
        if self.latency is None or not self.latency.median_ms:
            return None
        return 1000 * self.batch / self.latency.median_ms

    @property
    def layers_latency_ms(self) -> float | None:
        """The sum of the calls' median times, to be read beside the whole's; None where one was not timed."""
        times = [layer.latency_ms for layer in self.layers if layer.kind in ("module", "function")]
        return sum(time for time in times if time is not None) if times and None not in times else None

    @property
    def forward(self) -> Timing | None:
        """What the layers are parts of: the whole call, in mode `train` the forward pass of a step."""
        return self.steps.get("forward", self.latency)

    @property
    def residual_ms(self) -> float | None:
        """What the forward pass takes beyond the sum of its layers; below nought where watching them costs more."""
        if self.forward is None or self.layers_latency_ms is None:
            return None
        return self.forward.median_ms - self.layers_latency_ms

    def to_frame(self) -> pd.DataFrame:
        """Return the layers as a pandas frame, a row each."""
        return frame_of(self.layers, LayerCost)
