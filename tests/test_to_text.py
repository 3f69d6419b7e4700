"""What the terminal shows of a profile: times with their spread, the GPU with its memory, unknown counts by name."""

from __future__ import annotations

from dataclasses import replace

from archcheck.report.to_text import profile_text
from archcheck.costs import LayerCost, Profile, Timing

ROW = LayerCost("0", "Linear", (3,), (2,), 8, 6, 14, 0.5, 0.6, 0.1)
PROFILE = Profile(
    "t.yaml", "t", "cuda:0", layers=(ROW,), params=8, macs=6, flops=14, latency=Timing((0.9, 1.0, 1.1)),
    environment={
        "device_name": "NVIDIA H100", "device_memory_bytes": 85_000_000_000, "peak_allocated_bytes": 1_230_000,
        "threads": 4, "torch": "2.13.0",
    },
)  # fmt: skip


def test_a_gpu_is_shown_with_its_memory() -> None:
    assert (
        "on          cuda:0 (NVIDIA H100, 85.0 GB memory, 1.23 MB taken at most), float32, batch 1, torch 2.13.0\n"
        in profile_text([PROFILE], "table")
    )


def test_the_whole_stands_beside_the_sum_of_the_layers() -> None:
    text = profile_text([PROFILE], "table")
    assert (
        "1.00 ms the whole (median of 3, p90 1.08 ms, spread 16%); 500 us the sum of the layers (50%)" in text
    )
    assert "the spread is wide" not in text


def test_a_wide_spread_is_said() -> None:
    text = profile_text([replace(PROFILE, latency=Timing((1.0, 1.0, 9.0)))], "table")
    assert "the spread is wide: something else was running, so read the times with care" in text


def test_unknown_is_named_and_never_zero() -> None:
    row = replace(ROW, macs=None, flops=None, type="Strange")
    unknown = replace(PROFILE, layers=(row,), macs=None, flops=None, uncounted=("Strange",))
    text = profile_text([unknown], "table")
    assert "MACs        ? a sample" in text
    assert "not counted, because there is no rule for it: Strange" in text


def test_a_markdown_table_has_a_heading() -> None:
    assert profile_text([PROFILE], "markdown").startswith("## t (t.yaml)\n\n| layer")


def test_no_result_is_no_text() -> None:
    assert profile_text([replace(PROFILE, error="broken")], "table") == ""
