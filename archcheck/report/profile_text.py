"""A profile for a terminal (`table`) and for Markdown: a table a network, its totals, and what other tools say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import groupby

from archcheck.costs import LayerCost, Memory, Profile, Timing
from archcheck.operations import Operations
from archcheck.report.to_text import heading, table
from archcheck.report.training_text import training_parts
from archcheck.report.values import NOTHING
from archcheck.results import Plain
from archcheck.units import Shape, bytes_text, count_text, milliseconds_text, rate_text, shape_text

WIDE = 0.5
"""(p90 - p10) / median above which a time says more of the machine than of the network."""

READS_VALUES = frozenset({"item", "tolist", "__bool__", "__int__", "__float__", "__index__", "is_nonzero"})
"""Functions by which Python gets at the numbers of a tensor; what a program does with them no shape tells."""


def profile_text(results: Sequence[Profile], style: str, *, every_column: bool = False) -> str:
    """Return a table a network, its totals, and what other tools say of it.

    Of a network at several batches, the first is shown in full and all of them in one small table; `every_column`:
    all of them in full, and more columns.
    """
    parts: list[str] = []
    for _, group in groupby(results, key=lambda result: result.target):
        good = [result for result in group if result.error is None]
        for result in good if every_column else good[:1]:
            parts += _profile_parts(result, style, every_column)
        if len(good) > 1:
            parts.append(_sweep_table(good, style))
    return "\n\n".join(parts) + "\n" if parts else ""


def _profile_parts(result: Profile, style: str, every_column: bool) -> Iterator[str]:
    yield heading(result, style)
    columns = dict(_columns(result, every_column))
    rows = list(zip(*columns.values(), strict=True))
    yield table(list(columns), rows, style, right=_NUMBERS)
    yield "\n".join(_totals(result))
    if result.predicted or result.measured:
        yield _memory_table(result, style)
    if result.training:
        yield from training_parts(result.training, style)
    if result.witnesses:
        yield _witness_table(result, style)


_NUMBERS = (
    *("parameters", "MACs", "FLOPs", "share", "latency", "spread"),
    *("bytes moved", "GFLOP/s", "GB/s", "saved", "saved, measured"),
)


def _columns(result: Profile, every_column: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield the columns of the per-layer table; `share` is the part of all MACs that are known."""
    layers = result.layers
    known = sum(layer.macs or 0 for layer in layers)
    yield "layer", [layer.layer or "(network)" for layer in layers]
    yield "type", [_type(layer) for layer in layers]
    yield "input", [_shape(layer.input) for layer in layers]
    yield "output", [_shape(layer.output) for layer in layers]
    yield "parameters", [count_text(layer.params) for layer in layers]
    yield "MACs", [count_text(layer.macs) for layer in layers]
    yield "FLOPs", [count_text(layer.flops) for layer in layers]
    yield "share", [_part(layer.macs, known) for layer in layers]
    if result.layers_latency_ms is not None:
        yield "latency", [_time(layer.latency_ms) for layer in layers]
        yield "spread", [_percent(layer.latency_spread) for layer in layers]
    if any(layer.bound for layer in layers):
        yield "bound", [layer.bound or NOTHING for layer in layers]
    if every_column:
        yield from _more_columns(result)


def _more_columns(result: Profile) -> Iterator[tuple[str, list[str]]]:
    layers = result.layers
    yield "bytes moved", [_moved(layer.batch_operations) for layer in layers]
    if result.layers_latency_ms is not None:
        yield "GFLOP/s", [_rate(layer.gflops_per_s) for layer in layers]
        yield "GB/s", [_rate(layer.gbytes_per_s) for layer in layers]
    if result.mode == "train":
        yield "saved", [_bytes(layer.saved_bytes) for layer in layers]
        yield "saved, measured", [_bytes(layer.saved_bytes_measured) for layer in layers]


def _type(layer: LayerCost) -> str:
    return layer.type if layer.kind in ("module", "function") else f"{layer.type} ({layer.kind})"


def _totals(result: Profile) -> Iterator[str]:
    per = _per(result)
    yield f"parameters  {count_text(result.params)}"
    yield f"MACs        {count_text(result.macs)} {per} (multiply-accumulates, bias not counted)"
    yield f"FLOPs       {count_text(result.flops)} {per} (every operation, 2 a MAC)"
    if result.operations is not None:
        yield f"operations  {operations_text(result.operations)}"
    if result.uncounted:
        yield f"            not counted, because there is no rule for it: {', '.join(result.uncounted)}"
        yield "            so shares are of the MACs that are known"
    if read := sorted({layer.type for layer in result.layers if layer.kind == "function"} & READS_VALUES):
        yield f"            its code reads values ({', '.join(read)}), so another input may take another path"
    if result.told is not None:
        told = result.told
        yield f"told        {told.convention}: {count_text(told.amount)} {told.unit} ({told.note})"
    yield from _times(result)
    yield f"on          {_where(result)}"
    for note in result.notes:
        yield f"not found   {note}"


def _per(result: Profile) -> str:
    """Return what the costs are of: one sample, or the input as it was given."""
    if all(shape[:1] == (1,) for shape in result.input):
        return "a sample"
    return f"for the input {' and '.join(map(shape_text, result.input))}"


def operations_text(done: Operations) -> str:
    """Return a vector of operations in words, what is 0 left out."""
    counts = [
        f"{count:,} {part.name.replace('_', '-').removesuffix('s' if count == 1 else '')}"
        for part in fields(Operations)
        if not part.name.startswith("bytes_") and (count := getattr(done, part.name))
    ]
    moved = f"{bytes_text(done.bytes_read)} read, {bytes_text(done.bytes_written)} written"
    return f"{', '.join(counts) or 'none'}; {moved}"


def _times(result: Profile) -> Iterator[str]:
    whole = result.latency
    if whole is None:
        yield "latency     not measured on this device"
        return
    yield f"latency     {milliseconds_text(whole.median_ms)} the whole ({_quality(whole)})"
    if whole.spread > WIDE:
        yield "            the spread is wide: something else was running, so read the times with care"
    for name, timing in result.steps.items():
        by = f" with {result.optimizer}" if name == "optimizer" else ""
        yield f"            {milliseconds_text(timing.median_ms)} {name}{by}"
    yield f"            {_layers_time(result)}"
    if result.samples_per_s is not None:
        yield f"throughput  {rate_text(result.samples_per_s)} samples/s"
    if result.ceilings is not None:
        ceilings = result.ceilings
        launch = (
            f", {milliseconds_text(ceilings.launch_ms)} a call with no work" if ceilings.launch_ms else ""
        )
        yield (
            f"ceilings    {rate_text(ceilings.gflops_per_s)} GFLOP/s a large matrix product, "
            f"{rate_text(ceilings.gbytes_per_s)} GB/s a large copy{launch}"
        )


def _quality(timing: Timing) -> str:
    """Return how good a measurement is: `median of 20, p10 1.02 ms, p90 1.10 ms, spread 8%`."""
    p99 = "" if timing.p99_ms is None else f", p99 {milliseconds_text(timing.p99_ms)}"
    return (
        f"median of {len(timing.samples_ms)}, p10 {milliseconds_text(timing.p10_ms)}, "
        f"p90 {milliseconds_text(timing.p90_ms)}{p99}, spread {timing.spread:.0%}"
    )


def _layers_time(result: Profile) -> str:
    layers, residual, forward = result.layers_latency_ms, result.residual_ms, result.forward
    if layers is None or residual is None or forward is None:
        return "its layers run as one, so they have no times of their own"
    less = "less" if residual < 0 else "more"
    return (
        f"{milliseconds_text(layers)} the sum of the layers, timed in passes of their own; "
        f"the {'forward pass' if result.steps else 'whole'} takes {milliseconds_text(abs(residual))} {less} "
        f"({residual / forward.median_ms:+.0%})"
    )


def _where(result: Profile) -> str:
    environment = result.environment
    device = f"{result.device} ({', '.join(_device_words(environment))})"
    threads = f", threads {environment.get('threads')}" if result.device == "cpu" else ""
    how = "".join(f", {word}" for name, word in _WAYS.items() if environment.get(name))
    mode = ", training" if result.mode == "train" else ""
    return f"{device}, {result.dtype}, batch {result.batch}{mode}{how}{threads}, torch {environment.get('torch')}"


_WAYS = {"channels_last": "channels_last", "compile": "torch.compile", "cuda_graph": "CUDA graph"}
"""How a network was run, by its name in the environment."""


def _device_words(environment: Mapping[str, Plain]) -> Iterator[str]:
    """Yield a device's name, and of a GPU its memory and the most that the whole network took of it."""
    yield str(environment.get("device_name", ""))
    memory, peak = environment.get("device_memory_bytes"), environment.get("peak_allocated_bytes")
    if isinstance(peak, int) and isinstance(memory, int):
        yield f"{bytes_text(memory)} memory"
        yield f"{bytes_text(peak)} taken at most"


def _memory_table(result: Profile, style: str) -> str:
    """Return what the memory is for, predicted and measured; what neither finds anything for is left out."""
    predicted, measured = result.predicted or Memory(), result.measured or Memory()
    rows = []
    for part in fields(Memory):
        found = getattr(predicted, part.name), getattr(measured, part.name)
        if any(found):
            rows.append((part.name, *map(_bytes, found)))
    return table(("memory", "predicted", "measured"), rows, style, ("predicted", "measured"))


def _sweep_table(results: Sequence[Profile], style: str) -> str:
    rows = [
        (
            result.batch,
            _time(result.latency.median_ms if result.latency else None),
            _time(result.latency.p90_ms if result.latency else None),
            _percent(result.latency.spread if result.latency else None),
            _rate(result.samples_per_s),
            _bytes(_peak(result)),
        )
        for result in results
    ]
    headers = ("batch", "latency", "p90", "spread", "samples/s", "peak memory")
    return table(headers, rows, style, right=headers)


def _peak(result: Profile) -> int | None:
    found = (memory.peak for memory in (result.measured, result.predicted) if memory is not None)
    return next((peak for peak in found if peak is not None), None)


def _witness_table(result: Profile, style: str) -> str:
    rows = [
        (
            witness.tool,
            NOTHING if witness.macs is None else count_text(witness.macs),
            _difference(witness.difference),
            witness.error or witness.counts,
        )
        for witness in result.witnesses
    ]
    per = "a sample" if _per(result) == "a sample" else "for the input"
    amount = f"MACs {per}"
    return table(("witness", amount, "difference", "counts"), rows, style, (amount, "difference"))


def _difference(count: int | None) -> str:
    return NOTHING if count is None else f"{count:+,}" if count else "none"


def _shape(shape: Shape | None) -> str:
    return NOTHING if shape is None else shape_text(shape)


def _part(part: int | None, whole: int) -> str:
    return NOTHING if part is None or not whole else f"{part / whole:.1%}"


def _time(milliseconds: float | None) -> str:
    return NOTHING if milliseconds is None else milliseconds_text(milliseconds)


def _percent(part: float | None) -> str:
    return NOTHING if part is None else f"{part:.0%}"


def _rate(rate: float | None) -> str:
    return NOTHING if rate is None else rate_text(rate)


def _bytes(count: int | None) -> str:
    return NOTHING if count is None else bytes_text(count)


def _moved(done: Operations | None) -> str:
    return NOTHING if done is None else bytes_text(done.moved_bytes)
