"""What a terminal shows: tables no wider than it is, verdicts in colour; and what a pipe gets, which is neither."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from wcwidth import wcswidth

from archcheck.report.screen import Screen, on_screen
from archcheck.report.to_text import table
from tests.command_line import run
from tests.terminal import ROOT, shown

WRONG = """
input: [3, 224, 224]
layers:
  features:
    - Conv2d: {out_channels: 96, kernel_size: 11, stride: 4}
      output: [96, 55, 55]
    - ReLU
    - MaxPool2d: {kernel_size: 3, stride: 2}
      output: [96, 26, 26]
documented:
  params: {documented: 1, wrong: 一个笑话，作者没有数过这些参数，所以写错了}
  unchecked: [{says: 该网络由五个卷积层和三个全连接层组成，输入图像大小为二百二十四, why: 没有人数过}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def too_wide(text: str, width: int) -> list[str]:
    return [line for line in click.unstyle(text).splitlines() if wcswidth(line) > width]


COMMANDS = (
    ("lint", "wrong.yaml"),
    ("lint", "wrong.yaml", "alexnet_half"),
    ("lint", "--mutate", "alexnet_half", "-v"),
    ("list",),
    ("list", "inception_v3"),
)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(words: tuple[str, ...], width: int) -> None:
    piped = run(*words).stdout
    fitting = on_screen(piped, Screen(width, colour=True))
    here = str(ROOT)  # a path is one word, which stays whole
    assert [line for line in too_wide(fitting, width) if here not in line] == []
    if width == 60:
        assert too_wide(piped, width) != []


@pytest.mark.parametrize("width", [60, 120])
def test_a_terminal_is_asked_how_wide_it_is(width: int) -> None:
    done = shown("lint", "wrong.yaml", width=width)
    assert done.code == 1
    assert too_wide(done.text, width) == []
    assert max(map(wcswidth, done.plain.splitlines())) > width - 12


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize(
    "words",
    [
        ("verify", "wrong.yaml", "--device", "cpu"),
        ("profile", "lenet5", "--device", "meta", "-v"),
        ("compare", "alexnet_half", "alexnet_full", "alexnet", "--top", "5"),
        ("explain", "lenet5"),
        ("explain", "alexnet_torchvision", "--against", "fvcore"),
    ],
    ids=" ".join,
)
def test_nor_is_one_of_what_is_run(words: tuple[str, ...], width: int) -> None:
    assert too_wide(shown(*words, width=width).text, width) == []


def test_what_fits_is_as_in_a_pipe_and_colours_change_no_text() -> None:
    piped = run("lint", "wrong.yaml").stdout
    assert on_screen(piped, Screen(500, colour=False)) == piped
    for width in (60, 80, 500):
        coloured = on_screen(piped, Screen(width, colour=True))
        assert coloured != click.unstyle(coloured)
        assert click.unstyle(coloured) == on_screen(piped, Screen(width, colour=False))


def test_each_verdict_has_its_colour() -> None:
    verdicts = {"differs": "red", "known wrong": "yellow", "agrees": "green", "unchecked": "bright_black"}
    text = table(("layer", "verdict"), [("a", verdict) for verdict in verdicts], "table")
    lines = on_screen(text, Screen(80, colour=True)).splitlines()[2:]
    assert [line.split("  ")[-1] for line in lines] == [
        click.style(verdict, fg=colour) for verdict, colour in verdicts.items()
    ]


LAYERS = ("layer", "type", "output", "parameters", "MACs", "share", "bound")
ROW = (
    "features.denseblock4.denselayer16.conv2",
    "Conv2d",
    "32x7x7",
    "36,864",
    "1,806,336",
    "0.1%",
    "compute",
)


@pytest.mark.parametrize(
    ("width", "headers", "left_out"),
    [
        (110, LAYERS, ""),
        (80, LAYERS, ""),
        (66, LAYERS[:6], "1 column more in a wider terminal, or with --format csv: bound"),
        (48, ("layer", "output", "parameters", "MACs"), "3 columns more"),
    ],
)
def test_what_tells_least_goes_first(width: int, headers: tuple[str, ...], left_out: str) -> None:
    text = table(LAYERS, [ROW], "table", right=("parameters", "MACs", "share"))
    head, _, row, *more = on_screen(text, Screen(width, colour=False)).splitlines()
    assert tuple(head.split()) == headers
    start, dots, end = row.split()[0].partition("...")
    assert bool(dots) == (width < 110)
    assert ROW[0].startswith(start)
    assert ROW[0].endswith(end)
    assert row.split()[headers.index("MACs")] == "1,806,336"  # a number is never shortened
    assert left_out in " ".join(" ".join(more).split())
    assert bool(more) == bool(left_out)


def test_a_column_in_which_nothing_stands_goes_without_a_word() -> None:
    text = table(("layer", "seen", "verdict"), [("a_layer_of_some_length_or_other", "-", "agrees")], "table")
    assert on_screen(text, Screen(42, colour=False)).splitlines() == [
        "layer                            verdict",
        "-------------------------------  -------",
        "a_layer_of_some_length_or_other  agrees",
    ]


def test_prose_goes_on_below_and_no_character_of_it_is_lost() -> None:
    said = "该网络由五个卷积层和三个全连接层组成，输入图像大小为二百二十四"
    text = table(("why", "verdict"), [(said, "differs")], "table")
    _, _, *lines = on_screen(text, Screen(42, colour=False)).splitlines()
    assert len(lines) > 1
    assert "".join(line.split()[0] for line in lines) == said
    assert [wcswidth(line) for line in lines if "differs" in line] == [42]


@pytest.mark.parametrize(
    ("environment", "words", "colours"),
    [
        ({}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"TERM": "dumb"}, (), False),
        ({}, ("--color", "never"), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({}, ("--format", "markdown"), False),
    ],
)
def test_when_a_terminal_has_colours(
    environment: dict[str, str], words: tuple[str, ...], colours: bool
) -> None:
    assert ("\x1b[" in shown("lint", "wrong.yaml", *words, environment=environment).text) == colours


@pytest.mark.parametrize(
    ("environment", "words", "colours"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"CLICOLOR_FORCE": "1"}, (), True),
        ({"FORCE_COLOR": "0"}, (), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({}, ("--color", "always"), True),
        ({}, ("--color", "always", "--format", "csv"), False),
    ],
)
def test_a_pipe_has_colours_only_where_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], words: tuple[str, ...], colours: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    plain = run("lint", "wrong.yaml", *(words if "csv" in words else ())).stdout
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = run("lint", "wrong.yaml", *words).stdout
    assert ("\x1b[" in found) == colours
    assert click.unstyle(found) == plain


def test_a_file_has_no_colours(folder: Path) -> None:
    assert run("lint", "wrong.yaml", "-o", "out.txt").exit_code == 1
    shown("lint", "wrong.yaml", "-o", "again.txt")
    assert (folder / "out.txt").read_bytes() == (folder / "again.txt").read_bytes()


def test_colours_cost_no_torch() -> None:
    code = (
        "import sys; from archcheck.cli import cli\n"
        "cli.main(['lint', 'wrong.yaml', '--color', 'always'], standalone_mode=False)\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True
    )
