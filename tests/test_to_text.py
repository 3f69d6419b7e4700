"""What the terminal shows of a profile, against text written by hand; unknown counts by name, and never zero."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from archcheck.costs import Ceilings, LayerCost, Memory, Profile, Timing, Told, Witness
from archcheck.operations import Operations
from archcheck.report.profile_text import operations_text, profile_text
from archcheck.report.values import value_text
from archcheck.results import Plain

DONE = Operations(mul_adds=6, adds=2, bytes_read=1200, bytes_written=8)
ROW = LayerCost(
    "fc", "Linear", (3,), (2,), 8, 6, 14, 0.5, 0.6, 0.1, operations=DONE, batch_operations=DONE.times(4),
    output_bytes=32, saved_bytes=48, saved_bytes_measured=52, gflops_per_s=0.112, gbytes_per_s=9.664, bound="memory",
)  # fmt: skip
JOIN = LayerCost("", "mul", (2,), (2,), 0, 0, 2, 0.25, 0.3, 0.0, kind="function", bound="launch")
ENVIRONMENT: dict[str, Plain] = {"device_name": "a CPU", "threads": 2, "torch": "2.13.0"}
PROFILE = Profile(
    "t.yaml", "t", "cpu", batch=4, input=((1, 3),), layers=(ROW, JOIN), params=8,
    operations=Operations(mul_adds=6, adds=2, multiplies=2, bytes_read=1216, bytes_written=16),
    latency=Timing((0.9, 1.0, 1.1)), title="Tiny", predicted=Memory(8, 0, 0, 0, 48, 0, 120),
    measured=Memory(8, 0, 0, 0, 48, 0, 2_500_000), ceilings=Ceilings(123.4, 9.87, 0.0045),
    witnesses=(Witness("fvcore", 7, 1, "all; left out here: mul"), Witness("odd", None, None, "", "no luck")),
    environment=ENVIRONMENT,
)  # fmt: skip

TABLE = """\
t: Tiny (t.yaml)

layer      type    input    output      parameters    MACs    FLOPs    share    latency    spread  bound
---------  ------  -------  --------  ------------  ------  -------  -------  ---------  --------  -------
fc         Linear  3        2                    8       6       14   100.0%     500 us       10%  memory
(network)  mul     2        2                    0       0        2     0.0%     250 us        0%  launch

parameters  8
MACs        6 a sample (multiply-accumulates, bias not counted)
FLOPs       16 a sample (every operation, 2 a MAC)
operations  6 mul-adds, 2 adds, 2 multiplies; 1.22 KB read, 16 B written
latency     1.00 ms the whole (median of 3, p10 920 us, p90 1.08 ms, spread 16%)
            750 us the sum of the layers, timed in passes of their own; the whole takes 250 us more (+25%)
throughput  4,000 samples/s
ceilings    123 GFLOP/s a large matrix product, 9.87 GB/s a large copy, 4.50 us a call with no work
on          cpu (a CPU), float32, batch 4, threads 2, torch 2.13.0

memory        predicted    measured
----------  -----------  ----------
parameters          8 B         8 B
inputs             48 B        48 B
peak              120 B     2.50 MB

witness      MACs a sample    difference  counts
---------  ---------------  ------------  -----------------------
fvcore                   7            +1  all; left out here: mul
odd                      -             -  no luck
"""


def lines(profile: Profile, beginning: str, **more: bool) -> list[str]:
    text = profile_text([profile], "table", **more)
    return [line for line in text.splitlines() if line.startswith(beginning)]


def test_a_profile_is_shown_in_full() -> None:
    assert profile_text([PROFILE], "table") == TABLE


def test_more_columns_on_request() -> None:
    train = replace(PROFILE, mode="train", steps={"forward": Timing((1.0,)), "optimizer": Timing((0.5,))})
    head, _, row, *_ = profile_text([train], "table", every_column=True).splitlines()[2:]
    assert " ".join(head.split("bound")[1].split()) == "bytes moved GFLOP/s GB/s saved saved, measured"
    assert " ".join(row.split("memory")[1].split()) == "4.83 KB 0.11 9.66 48 B 52 B"
    row = profile_text([PROFILE], "table", every_column=True).splitlines()[4]
    assert " ".join(row.split("memory")[1].split()) == "4.83 KB 0.11 9.66", "nothing is saved in inference"


def test_a_gpu_is_shown_with_its_memory() -> None:
    environment: dict[str, Plain] = {
        "device_name": "NVIDIA H100",
        "device_memory_bytes": 85_000_000_000,
        "peak_allocated_bytes": 1_230_000,
        "threads": 4,
        "torch": "2.13.0",
        "cuda_graph": True,
    }
    assert lines(replace(PROFILE, device="cuda:0", environment=environment), "on ") == [
        "on          cuda:0 (NVIDIA H100, 85.0 GB memory, 1.23 MB taken at most), float32, batch 4, CUDA graph, "
        "torch 2.13.0"
    ]


def test_a_step_of_training_is_shown_in_its_parts() -> None:
    steps = {"forward": Timing((0.5,)), "backward": Timing((0.4,)), "optimizer": Timing((0.1,))}
    text = profile_text([replace(PROFILE, mode="train", steps=steps, optimizer="SGD(lr=0.01)")], "table")
    at = text.index("            500 us forward")
    assert text[at : text.index("throughput")].splitlines() == [
        "            500 us forward",
        "            400 us backward",
        "            100 us optimizer with SGD(lr=0.01)",
        "            750 us the sum of the layers, timed in passes of their own; "
        "the forward pass takes 250 us less (-50%)",
    ]
    assert "batch 4, training, threads 2" in text


def test_layers_without_times_are_said_to_run_as_one() -> None:
    layers = tuple(replace(row, latency_ms=None, latency_spread=None, bound=None) for row in PROFILE.layers)
    text = profile_text(
        [replace(PROFILE, layers=layers, environment={**ENVIRONMENT, "compile": True})], "table"
    )
    assert "its layers run as one, so they have no times of their own\n" in text
    assert text.splitlines()[2].endswith("share"), "and have no columns for times"
    assert "float32, batch 4, torch.compile, threads 2" in text


def test_on_meta_there_are_no_times() -> None:
    layers = tuple(replace(row, latency_ms=None, latency_spread=None, bound=None) for row in PROFILE.layers)
    meta = replace(PROFILE, device="meta", latency=None, ceilings=None, measured=None, layers=layers)
    assert lines(meta, "latency") == ["latency     not measured on this device"]
    assert lines(meta, "throughput") == lines(meta, "ceilings") == []
    assert lines(meta, "peak") == ["peak              120 B           -"]


def test_a_wide_spread_is_said() -> None:
    text = profile_text([replace(PROFILE, latency=Timing((1.0, 1.0, 9.0)))], "table")
    assert "the spread is wide: something else was running, so read the times with care" in text
    assert "the spread is wide" not in profile_text([PROFILE], "table")


def test_the_99th_percentile_is_shown_where_it_is_known() -> None:
    (line,) = lines(replace(PROFILE, latency=Timing((1.0,) * 1000)), "latency")
    assert line.endswith("(median of 1000, p10 1.00 ms, p90 1.00 ms, p99 1.00 ms, spread 0%)")


def test_unknown_is_named_and_never_zero() -> None:
    strange = replace(ROW, macs=None, flops=None, type="Strange")
    unknown = replace(
        PROFILE, layers=(strange, replace(ROW, macs=3)), operations=None, uncounted=("erfinv", "foo")
    )
    text = profile_text([unknown], "table")
    rows = [line.split() for line in text.splitlines()[4:6]]
    assert [row[5:8] for row in rows] == [["?", "?", "-"], ["3", "14", "100.0%"]]
    assert "MACs        ? a sample" in text
    assert "not counted, because there is no rule for it: erfinv, foo\n" in text
    assert "            so shares are of the MACs that are known\n" in text
    assert lines(unknown, "operations") == []


def test_rows_that_are_no_calls_say_so() -> None:
    loose = replace(ROW, layer="", type="ViT", kind="parameters")
    idle = replace(ROW, layer="aux", kind="not run", input=None, output=None)
    rows = profile_text([replace(PROFILE, layers=(loose, idle))], "table").splitlines()[4:6]
    assert rows[0].startswith("(network)  ViT (parameters)  ")
    assert rows[1].startswith("aux        Linear (not run)  -  ")


def test_what_is_not_of_one_sample_names_its_input() -> None:
    typed = replace(PROFILE, input=((8, 3), (8, 5, 2)))
    assert lines(typed, "MACs") == [
        "MACs        6 for the input 8x3 and 8x5x2 (multiply-accumulates, bias not counted)"
    ]
    assert lines(typed, "witness")[0].split()[1:5] == ["MACs", "for", "the", "input"]


def test_another_convention_stands_below_ours() -> None:
    told = replace(PROFILE, told=Told("fvcore", 1234, "flops", "a flop is a MAC there"))
    assert lines(told, "told") == ["told        fvcore: 1,234 flops (a flop is a MAC there)"]


def test_several_batches_are_one_table_in_full_and_a_small_one() -> None:
    eight = replace(PROFILE, batch=8, latency=Timing((1.6,)), measured=None, witnesses=())
    text = profile_text([PROFILE, eight], "table")
    assert text == TABLE + dedent("""\

          batch    latency      p90    spread    samples/s    peak memory
        -------  ---------  -------  --------  -----------  -------------
              4    1.00 ms  1.08 ms       16%        4,000        2.50 MB
              8    1.60 ms  1.60 ms        0%        5,000          120 B
        """)
    assert profile_text([PROFILE, eight], "table", every_column=True).count("t: Tiny (t.yaml)") == 2


def test_two_targets_are_no_sweep() -> None:
    other = replace(PROFILE, target="u.yaml", name="u")
    text = profile_text([PROFILE, other], "table")
    assert text.startswith(TABLE)
    assert "u: Tiny (u.yaml)" in text
    assert "samples/s    peak" not in text


def test_operations_are_told_in_words() -> None:
    assert operations_text(Operations()) == "none; 0 B read, 0 B written"
    assert operations_text(Operations(divisions=1000, exponentials=2)) == (
        "1,000 divisions, 2 exponentials; 0 B read, 0 B written"
    )


def test_a_markdown_table_has_a_heading() -> None:
    assert profile_text([PROFILE], "markdown").startswith("## t: Tiny (t.yaml)\n\n| layer")


def test_no_result_is_no_text() -> None:
    assert profile_text([replace(PROFILE, error="broken")], "table") == ""


def test_a_path_that_hangs_on_values_is_told() -> None:
    reads = tuple(replace(ROW, layer="", type=name, kind="function") for name in ("item", "__bool__", "item"))
    text = profile_text([replace(PROFILE, layers=PROFILE.layers + reads)], "table")
    told = "            its code reads values (__bool__, item), so another input may take another path"
    assert told in text.splitlines()
    assert "reads values" not in profile_text([PROFILE], "table")


def test_one_operation_is_no_plural() -> None:
    assert operations_text(Operations(comparisons=1, adds=2)) == "2 adds, 1 comparison; 0 B read, 0 B written"


@pytest.mark.parametrize(("text", "shown"), [("Net()", "1 line"), ("Net(\n)", "2 lines")])
def test_a_printed_model_is_its_number_of_lines(text: str, shown: str) -> None:
    assert value_text("repr", text) == shown
