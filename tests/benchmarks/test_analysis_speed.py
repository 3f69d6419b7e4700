"""How fast a network is analysed, against other counters; how much a very large one takes; whether times add up.

pytest -m slow tests/benchmarks -s        # prints the ratios
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from textwrap import dedent
from time import perf_counter
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils import benchmark
from torch.utils.flop_counter import FlopCounterMode

import archcheck
from archcheck.built import of_module
from archcheck.counting.passes import count_built
from archcheck.profiling.settings import Settings
from archcheck.spec.load import loads_spec
from archcheck.subject import of_spec
from tests.benchmarks.timing import cpu_seconds, peak_megabytes, python
from tests.zoo import ZOO

META = torch.device("meta")

MACS = 11.514e9
"""The 152-layer residual network's, as torchvision publishes them."""

pytestmark = pytest.mark.slow


def analysed(model: nn.Module) -> int:
    """Return what we say: shapes, parameters, operations and bytes of every layer, from a pass on meta."""
    count = count_built(of_module(model), ((torch.empty(1, 3, 224, 224, device=META),), {}))
    assert count.operations is not None
    return count.operations.mul_adds


def by_torchinfo(model: nn.Module) -> int:
    """On meta; without its cache, which would answer for whatever model of that class came before."""
    from torchinfo import summary

    x = torch.empty(1, 3, 224, 224, device=META)
    return int(summary(model, input_data=x, verbose=0, cache_forward_pass=False).total_mult_adds)


def by_fvcore(model: nn.Module) -> int:
    """On the CPU: it cannot trace on meta."""
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(model, torch.zeros(1, 3, 224, 224))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    return int(analysis.total())


def by_pytorch(model: nn.Module) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.empty(1, 3, 224, 224, device=META))
    return int(counter.get_total_flops()) // 2


@pytest.fixture(scope="module")
def fastest() -> Iterator[Mapping[str, float]]:
    """The fewest seconds that each counter takes for the 152-layer residual network, in turn, warm."""
    on_cpu = ZOO["resnet152"].make().eval()
    with META:
        on_meta = ZOO["resnet152"].make().eval()
    work: dict[str, Callable[[], int]] = {
        "archcheck, a model on meta": partial(analysed, on_meta),
        "archcheck, a model on the CPU": partial(analysed, on_cpu),
        "FlopCounterMode": partial(by_pytorch, on_meta),
        "torchinfo": partial(by_torchinfo, on_meta),
        "fvcore": partial(by_fvcore, on_cpu),
    }
    logging.getLogger("fvcore").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for run in work.values():
            assert run() == pytest.approx(MACS, rel=0.02)  # they analyse the same network
        yield _in_turn(work, rounds=5)


def _in_turn(work: Mapping[str, Callable[[], Any]], rounds: int) -> Mapping[str, float]:
    """Return the fewest seconds of each: other work on the machine only ever adds time."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            begin = perf_counter()
            run()
            taken[name].append(perf_counter() - begin)
    return {name: min(times) for name, times in taken.items()}


@pytest.mark.parametrize("ours", ["archcheck, a model on meta", "archcheck, a model on the CPU"])
def test_analysis_is_three_times_as_fast_as_the_fastest_other_counter(
    ours: str, fastest: Mapping[str, float]
) -> None:
    ratios = {
        name: time / fastest[ours] for name, time in fastest.items() if not name.startswith("archcheck")
    }
    told = ", ".join(f"{name} {ratio:.1f} times" for name, ratio in ratios.items())
    print(f"\n{ours}: {1000 * fastest[ours]:.1f} ms; {told}")
    assert min(ratios.values()) >= 3


WIDTH, HIDDEN, WORDS, DEPTH, TOKENS = 8192, 36864, 32000, 80, 1024
SEVENTY_BILLION = f"""
    title: A transformer of 70 billion parameters
    input: {{shape: [{TOKENS}], dtype: int64, high: {WORDS}}}
    blocks:
      layer:
        params: {{width: null, hidden: null, heads: null}}
        layers:
          attention:
            add:
              - - LayerNorm: {{normalized_shape: "${{width}}"}}
                - MultiheadAttention: {{embed_dim: "${{width}}", num_heads: "${{heads}}", batch_first: true}}
              - []
          mlp:
            add:
              - - LayerNorm: {{normalized_shape: "${{width}}"}}
                - Linear: {{out_features: "${{hidden}}"}}
                - GELU
                - Linear: {{out_features: "${{width}}"}}
              - []
    layers:
      words: {{Embedding: {{num_embeddings: {WORDS}, embedding_dim: {WIDTH}}}}}
      layers: {{block: layer, with: {{width: {WIDTH}, hidden: {HIDDEN}, heads: 64}}, repeat: {DEPTH}}}
      norm: {{LayerNorm: {{normalized_shape: {WIDTH}}}}}
      head: {{Linear: {{out_features: {WORDS}, bias: false}}}}
    documented: {{params: 70.3B}}
"""
ATTENTION_PARAMS = 4 * (WIDTH * WIDTH + WIDTH)
MLP_PARAMS = 2 * WIDTH * HIDDEN + HIDDEN + WIDTH
PARAMS = DEPTH * (ATTENTION_PARAMS + MLP_PARAMS + 4 * WIDTH) + 2 * WORDS * WIDTH + 2 * WIDTH
LAYER_MACS = 4 * TOKENS * WIDTH**2 + 2 * TOKENS**2 * WIDTH + 2 * TOKENS * WIDTH * HIDDEN


@pytest.fixture
def seventy_billion(tmp_path: Path) -> Path:
    path = tmp_path / "seventy_billion.yaml"
    path.write_text(dedent(SEVENTY_BILLION))
    return path


def test_seventy_billion_parameters_are_counted_exactly() -> None:
    assert abs(PARAMS - 70.3e9) < 0.05e9
    result = archcheck.profile(
        loads_spec(dedent(SEVENTY_BILLION), "seventy_billion.yaml"), "meta", Settings(witnesses=False)
    )
    assert result.error is None
    assert result.params == PARAMS
    assert result.macs == DEPTH * LAYER_MACS + TOKENS * WIDTH * WORDS


def test_seventy_billion_parameters_are_analysed_in_ten_seconds_and_500_megabytes(
    seventy_billion: Path,
) -> None:
    words = ["profile", str(seventy_billion), "--device", "meta", "--no-witnesses"]
    run = (
        f"from archcheck.cli import main\ntry: main({words!r})\nexcept SystemExit as end: assert not end.code"
    )
    took = cpu_seconds(python(run), seventy_billion.parent)  # of one processor: other work does not count
    peak = peak_megabytes(run)
    bare = peak_megabytes("import torch")
    print(
        f"\n70 billion parameters: {took:.1f} s, {peak - bare:.0f} MB above importing torch ({bare:.0f} MB)"
    )
    assert took < 10
    assert peak - bare < 500


TRIES = 4
"""A time that something else on the machine disturbed is taken again."""
PAIRS = 5


def _alexnet_at_16(seconds: float | None = None) -> archcheck.Profile:
    chosen = Settings(batch=16, witnesses=False, memory=False, ceilings=False)
    result = archcheck.profile(
        "alexnet_torchvision", "cpu", chosen if seconds is None else replace(chosen, seconds=seconds)
    )
    assert result.error is None
    return result


def test_the_layers_times_add_up_to_the_whole() -> None:
    ratios = []
    for _ in range(TRIES):
        result = _alexnet_at_16()
        assert result.latency is not None
        assert result.layers_latency_ms is not None
        ratios.append(result.layers_latency_ms / result.latency.median_ms)
        print(f"\nAlexNet at batch 16: the layers are {ratios[-1]:.3f} of the whole")
        if abs(ratios[-1] - 1) <= 0.1:
            return
    pytest.fail(f"sum of the layers / the whole: {ratios}")


def test_the_whole_is_what_pytorchs_own_timer_says() -> None:
    subject = of_spec(archcheck.load("alexnet_torchvision"))
    model, x = subject.make(torch.device("cpu"), True).model, torch.randn(16, 3, 224, 224)
    timer = benchmark.Timer("model(x)", globals={"model": model, "x": x}, num_threads=torch.get_num_threads())

    def pair() -> float:
        """One after the other, so that what disturbs the one disturbs the other."""
        result = _alexnet_at_16(0.5)
        assert result.latency is not None
        with torch.inference_mode():
            theirs = timer.blocked_autorange(min_run_time=0.5).median
        return result.latency.median_ms / (1000 * theirs)

    ratios = []
    for _ in range(TRIES):
        ratios.append(median(pair() for _ in range(PAIRS)))
        print(
            f"\nAlexNet at batch 16: ours / torch.utils.benchmark {ratios[-1]:.3f}, the median of {PAIRS} pairs"
        )
        if abs(ratios[-1] - 1) <= 0.05:
            return
    pytest.fail(f"ours / torch.utils.benchmark: {ratios}")
