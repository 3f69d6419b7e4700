"""Drawings: what is drawn of a network, in which proportion, and what stands beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcheck import api, targets
from archcheck.drawing.figure import Figure, Fork, Item, Step, Way, steps
from archcheck.drawing.layout import MOST_LETTERS, ROW, TURN, lay_out
from archcheck.drawing.plan import MOST_COLUMNS, MOST_STEPS, figure
from archcheck.drawing.to_mermaid import mermaid
from archcheck.drawing.to_svg import svg
from archcheck.drawing.volumes import LEAST, SLANT, scale_of
from archcheck.drawing.words import heading, operation, size_lines
from archcheck.infer import infer
from archcheck.spec.load import loads_spec
from tests.command_line import run

SHIPPED = [target.shown for target in targets.find([])]
SPEC = """
name: small
input: [3, 32, 32]
layers:
  conv1:
    Conv2d: {out_channels: 16, kernel_size: 3}
    output: [16, 32, 32]
    params: 448
  act: ReLU
  both:
    add:
      long: {conv2: {Conv2d: {out_channels: 16, kernel_size: 3, padding: 1}}, act: ReLU}
      short: []
    output: {documented: [16, 31, 31], wrong: "it is 30"}
  pool: {MaxPool2d: {kernel_size: 2}, output: [16, 15, 15]}
  flat: flatten
  fc: {Linear: {out_features: 10}}
"""
BLOCKS = """
name: deep
input: [8, 16]
blocks:
  unit:
    layers:
      {linear: {Linear: {out_features: 16}, output: %s}, act: ReLU}
layers:
  h: [%s]
"""


def drawn(text: str, depth: int | None = None) -> Figure:
    spec = loads_spec(text, "small.yaml")
    return figure(spec, infer(spec), api.lint(spec), depth)


def outline(items: Sequence[Item]) -> list[object]:
    """Return names alone, a list a way."""
    return [
        item.name if isinstance(item, Step) else [outline(way.items) for way in item.ways] for item in items
    ]


def test_a_layer_that_keeps_the_size_joins_the_volume_before_and_branches_are_branches() -> None:
    figure = drawn(SPEC)
    assert outline(figure.items) == ["input", "conv1", [["conv2"], []], "both", "pool", "flat", "fc"]
    fork = figure.items[2]
    assert isinstance(fork, Fork)
    assert [way.name for way in fork.ways] == ["long", "short"]
    conv1 = figure.items[1]
    assert isinstance(conv1, Step)
    assert conv1.operations == ("Conv2d 3×3", "ReLU")


def test_each_size_has_its_verdict_and_the_documented_one_beside_it() -> None:
    by_name = {step.name: step for step in steps(drawn(SPEC).items)}
    assert size_lines(by_name["conv1"]) == (("16×30×30", "silent"), ("✗ documented 16×32×32", "differs"))
    assert size_lines(by_name["both"]) == (("16×30×30", "silent"), ("! documented 16×31×31", "known wrong"))
    assert size_lines(by_name["pool"]) == (("16×15×15 ✓", "agrees"),)
    assert size_lines(by_name["fc"]) == (("10", "silent"),)
    tones = [by_name[name].tone for name in ("conv1", "both", "pool", "fc")]
    assert tones == ["differs", "known wrong", "agrees", "silent"]


def test_the_input_that_a_layer_is_said_to_take_is_said_of_the_volume_before_it() -> None:
    figure = drawn("input: [3]\nlayers:\n  - Linear: {out_features: 4}\n    input: [5]\n")
    given, linear = steps(figure.items)
    assert size_lines(given) == (("3", "silent"), ("✗ documented 5", "differs"))
    assert linear.tone == "silent"


def test_where_the_network_stops_nothing_has_a_size() -> None:
    text = "input: [3]\nlayers:\n  - Conv2d: {out_channels: 4, kernel_size: 3}\n    output: [4]\n  - Tanh\n"
    assert size_lines([*steps(drawn(text).items)][1]) == (
        ("not reached", "differs"), ("✗ documented 4", "differs"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("units", "names", "repeated"),
    [
        ("{block: unit}, {block: unit}, {block: unit}", ["input", "h.0 ... 2"], 3),
        ("{block: unit}, Tanh, {block: unit}", ["input", "h.0.linear", "h.2.linear"], 1),
    ],
)
def test_equal_blocks_one_after_the_other_are_drawn_once(units: str, names: list[str], repeated: int) -> None:
    figure = drawn(BLOCKS % ("[8, 16]", units), 2)
    assert outline(figure.items) == names
    last = [*steps(figure.items)][-1]
    assert last.times == repeated
    assert ("(×3)" in heading(last)[0][0]) == (repeated == 3)


def test_what_is_wrong_in_a_shut_block_is_told_of_it() -> None:
    block = [*steps(drawn(BLOCKS % ("[8, 17]", "{block: unit}"), 1).items)][-1]
    assert size_lines(block)[1] == ("✗ linear output: documented 8×17, inferred 8×16", "differs")
    assert block.tone == "differs"
    agreeing = [*steps(drawn(BLOCKS % ("[8, 16]", "{block: unit}"), 1).items)][-1]
    assert (agreeing.tone, size_lines(agreeing)) == ("agrees", (("8×16", "silent"),))


def test_what_is_taken_up_again_and_what_is_aside_stay_so() -> None:
    text = """
input: [4]
layers:
  first: {Linear: {out_features: 4}}
  second: {Linear: {out_features: 6}}
  side: {aside: true, layers: {Linear: {out_features: 2}}}
  both: {concat: [[{from: first}], []]}
"""
    figure = drawn(
        text.replace("aside: true, layers: {Linear: {out_features: 2}}", "Linear: {out_features: 6}")
    )
    assert outline(figure.items) == ["input", "first", "second", "side", [["first"], []], "both"]
    (again,) = (step for step in steps(figure.items) if step.source)
    assert again.source == "first"
    edges = re.findall(r"(n\d+) -->.* (n\d+)", mermaid(figure))
    assert edges == [("n0", "n1"), ("n1", "n2"), ("n2", "n3"), ("n1", "n4"), ("n3", "n4")]


@pytest.mark.parametrize(
    ("kind", "args", "text"),
    [
        ("Conv2d", {"kernel_size": 3, "stride": 1, "padding": 0, "groups": 1}, "Conv2d 3×3"),
        ("Conv1d", {"kernel_size": 5, "stride": 2}, "Conv1d 5, stride 2"),
        ("Conv2d", {"kernel_size": (1, 7), "padding": (0, 3)}, "Conv2d 1×7, padding 0×3"),
        ("MaxPool3d", {"kernel_size": 2, "stride": 2}, "MaxPool3d 2×2×2"),
        ("MaxPool2d", {"kernel_size": 3, "stride": 1}, "MaxPool2d 3×3, stride 1"),
        ("Conv2d", {"kernel_size": 3, "dilation": 2, "groups": 8}, "Conv2d 3×3, dilation 2, groups 8"),
        ("Linear", {"out_features": 10}, "Linear"),
    ],
)
def test_an_operation_is_told_with_what_changes_sizes(kind: str, args: dict[str, int], text: str) -> None:
    assert operation(kind, args).replace("\u00a0", " ") == text


@given(st.tuples(*[st.integers(1, 4096)] * 3), st.tuples(*[st.integers(1, 4096)] * 3))
def test_sides_and_channels_are_in_proportion(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    scale = scale_of([one, other])
    a, b = scale.solid(one), scale.solid(other)
    if one[0] == one[1] != one[2] or other[0] == other[1] != other[2]:
        return  # channels last, which the next test is of
    for first, second, (x, y) in (
        (a.height, b.height, (one[1], other[1])),
        (a.width, b.width, (one[0], other[0])),
        (a.slant / SLANT, b.slant / SLANT, (one[2], other[2])),
    ):
        assert first * y == pytest.approx(second * x) or min(first, second) == pytest.approx(LEAST)


def test_channels_last_are_seen_and_vectors_and_sequences_have_scales_of_their_own() -> None:
    shapes = [(56, 56, 96), (96, 56, 56), (4096,), (1000,), (128, 768), (64, 768)]
    scale = scale_of(shapes)
    last, first, long, short, sheet, half = map(scale.solid, shapes)
    assert last == first
    assert long.height / short.height == pytest.approx(4.096)
    assert sheet.width == half.width
    assert sheet.height / half.height == pytest.approx(2)
    assert scale.solid(None) == scale.solid(()) != short


@pytest.mark.parametrize("name", SHIPPED)
def test_no_claim_of_a_shipped_network_is_left_out_of_its_drawing(name: str) -> None:
    spec, result = api.load(name), api.lint(name)
    costs = infer(spec)
    claimed = [check for check in result.checks if check.claimed]
    for depth in (None, 0, 1, 3):
        made = figure(spec, costs, result, depth)
        said = [check for step in steps(made.items) for check in (*step.checks, *step.inside)]
        assert sorted(map(id, claimed)) == sorted(
            id(check) for check in (*said, *made.checks) if check.claimed
        )
        if depth is None and len(made.items) > len(figure(spec, costs, result, 0).items):
            assert len([*steps(made.items)]) <= MOST_STEPS
    ElementTree.fromstring(svg(figure(spec, costs, result)))


@pytest.mark.parametrize("name", ["alexnet", "resnet152", "swin_t", "alexnet_two_gpu", "lenet5"])
def test_rows_and_lines_of_text_have_their_width(name: str) -> None:
    spec = api.load(name)
    sheet = lay_out(figure(spec, infer(spec), api.lint(name)))
    assert max(volume.x + volume.solid.whole_width for volume in sheet.volumes) < ROW + 60
    long = (text.words for volume in sheet.volumes for text in volume.texts if len(text.words) > MOST_LETTERS)
    assert not [words for words in long if re.search(r"[ ._]\S", words)], "it could have been broken"


def test_forks_in_forks_take_as_long_as_there_are_of_them() -> None:
    """Forty inside each other: asked for twice at each level, their room would be worked out 2^40 times."""
    item: Item = Step("a", "a", ("ReLU",), (3, 8, 8))
    for _ in range(40):
        item = Fork((Way("", (item,)), Way("", ())))
    sheet = lay_out(Figure("deep", "0 claims", (item,), ()))
    assert [volume.step.name for volume in sheet.volumes] == ["a"]
    assert sheet.width > 40 * 2 * TURN


def test_alexnet_is_drawn_as_its_paper_has_it() -> None:
    spec = api.load("alexnet")
    made = figure(spec, infer(spec), api.lint("alexnet"))
    shapes = {step.name: step.shape for step in steps(made.items)}
    assert shapes == {
        "input": (3, 227, 227),
        "conv1": (96, 55, 55), "pool1": (96, 27, 27),
        "conv2": (256, 27, 27), "pool2": (256, 13, 13),
        "conv3": (384, 13, 13), "conv4": (384, 13, 13), "conv5": (256, 13, 13), "pool5": (256, 6, 6),
        "flat": (9216,), "fc6": (4096,), "fc7": (4096,), "fc8": (1000,),
    }  # fmt: skip
    assert len(made.items) <= MOST_COLUMNS


HOSTILE = 'a"</text><script>alert(1)</script>`|#;&quot;]'


def test_hostile_words_stay_words() -> None:
    figure = drawn(f"title: {json.dumps(HOSTILE)}\n{SPEC}")
    root = ElementTree.fromstring(svg(figure))
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    assert HOSTILE in [element.text for element in root.iter()]
    assert "\n" not in mermaid(figure).partition("flowchart TD")[0].splitlines()[0]


def test_a_flowchart_has_the_steps_their_edges_and_their_tones() -> None:
    lines = mermaid(drawn(SPEC)).splitlines()
    assert lines[:3] == ["%% small", "%% 4 claims: 2 agree, 1 known wrong, 1 differs", "flowchart TD"]
    assert '    n1["conv1<br/>Conv2d 3×3<br/>ReLU<br/>16×30×30<br/>✗ documented 16×32×32"]:::differs' in lines
    assert [line.strip() for line in lines if "-->" in line] == [
        "n0 --> n1", 'n1 -->|"long"| n2', "n2 --> n3", 'n1 -->|"short"| n3', "n3 --> n4", "n4 --> n5", "n5 --> n6",
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_the_command_draws_what_was_seen_and_ends_well_though_claims_differ(
    folder: Path, device: str
) -> None:
    done = run("draw", "small.yaml", "-o", "net.svg", "--device", device)
    assert (done.exit_code, done.output) == (0, "")
    assert (
        "conv1\nConv2d 3×3\nReLU\n16×30×30\nconv1: output: documented 16x32x32, seen 16x30x30: differs"
        in (folder / "net.svg").read_text(encoding="utf-8")
    )
    assert run("draw", "small.yaml", "--format", "mermaid").stdout.count("flowchart TD\n") == 1


REFUSED = {
    "draw small.yaml -o small.yaml": "-o small.yaml: that is a target; the output would replace it",
    "draw torch.nn:ReLU": (
        "torch.nn:ReLU: only specs are drawn; `archcheck init torch.nn:ReLU -o net.yaml` makes one of it"
    ),
    "draw resnet:resnet9": "resnet:resnet9: ",
    "draw lstm_lm": "lstm_lm: has 3 variants: lstm_lm_small, lstm_lm_medium, lstm_lm_large; name one, ",
}


@pytest.mark.parametrize(("words", "error"), REFUSED.items())
def test_what_cannot_be_drawn_says_what_to_do(folder: Path, words: str, error: str) -> None:
    done = run(*words.split())
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"archcheck: {error}")
