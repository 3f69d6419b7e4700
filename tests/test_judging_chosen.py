"""A number that is stated of what hangs on a size that we chose is no error; one that holds for any input is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from archcheck.documented import Asked, verify_document

HEAD = "import torch\nfrom torch import nn\n"
MODEL = """\
class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv, self.fc = {layers}

    def forward(self, x):{said}
{body}
        return x
"""
BOTH = "nn.Conv2d(3, 8, 3), nn.Linear(12, 8)"
CONV = "nn.Conv2d(3, 8, 3), None"
LINEAR = "None, nn.Linear(12, 8)"
STATED = "  # x: (N, 3, 32, 32)"
ANY_SIDES = "  # x: (N, 3, H, W)"

LETTERS = "  # x: (B, 3, H, W)"
RESIZED = "nn.functional.interpolate(self.conv(x), (32, 32))"

ROWS = [
    # layers said of the input    what is done to it, and stated             verdict      why this row
    (CONV, "", "self.conv(x)  # [N, 8, 98, 98]", "unchecked", "a side that nothing says"),
    (CONV, "", "self.conv(x)  # [64, 8, 222, 222]", "agrees", "a batch, which we take"),
    (CONV, "", "self.conv(x)  # [N, 9, 98, 98]", "differs", "channels, of whichever input"),
    (CONV, STATED, "self.conv(x)  # [64, 8, 30, 30]", "unchecked", "the batch of a stated input"),
    (CONV, STATED, "self.conv(x)  # [64, 8, 30, 31]", "differs", "a side of it"),
    (CONV, STATED, "self.conv(x)  # 30x31x8", "differs", "a side of it, channels last"),
    (CONV, ANY_SIDES, "self.conv(x)  # [N, 8, 98, 98]", "unchecked", "sides that are letters"),
    (CONV, ANY_SIDES, "self.conv(x)  # [N, 9, H - 2, W - 2]", "differs", "letters and channels"),
    (LINEAR, "", "self.fc(x)  # [32, 8]", "agrees", "another batch"),
    (LINEAR, "", "self.fc(x)  # [N, 9]", "differs", "features"),
    (LINEAR, "", "self.fc(x)  # [32, 9]", "differs", "features, and a batch"),
    (LINEAR, "", "self.fc(x.mean(1))  # (B, classes)", "unchecked", "axes that we chose too few of"),
    (LINEAR, "", "self.fc(x[:, -1])  # (B, classes)", "unchecked", "an index of one more"),
    (LINEAR, "  # x: (B, T, 12)", "self.fc(x.mean(1))  # (B, T, classes)", "differs", "axes that are stated"),
    (CONV, "", "self.conv.weight.mean(1)  # [8, 3, 4]", "differs", "what hangs on no input"),
    (CONV, LETTERS, f"{RESIZED}  # (B, C, H, W)", "unchecked", "sides that are always 32, and may go in"),
    (CONV, LETTERS, f"{RESIZED}  # (B, C, B, W)", "differs", "one that is not, by the same letter"),
    (CONV, LETTERS, "self.conv(x)  # (B, C, H, W)", "differs", "sides that are others each time"),
    (CONV, LETTERS, f"{RESIZED}  # (B, 9, H, W)", "differs", "such sides beside a number that is wrong"),
    (CONV, LETTERS, f"{RESIZED}.flatten(1)  # (B, 8*32*33)", "differs", "a product that no input makes true"),
    (CONV, LETTERS, f"{RESIZED}.flatten(1)  # (B, 8*H*W)", "unchecked", "a product of sides that may go in"),
]


def last_status(tmp_path: Path, layers: str, said: str, statements: Sequence[str]) -> str:
    """Return the verdict on the last shape that a page states."""
    page = tmp_path / "page.py"
    body = "\n".join(f"        x = {one}" for one in statements)
    page.write_text(HEAD + MODEL.format(layers=layers, said=said, body=body), encoding="utf-8")
    return verify_document(page, "page.py", Asked("auto", (), 60)).checks[-1].status


@pytest.mark.parametrize(("layers", "said", "stated", "wanted", "why"), ROWS, ids=[row[4] for row in ROWS])
def test_a_mismatch_that_may_be_ours_is_none(
    layers: str, said: str, stated: str, wanted: str, why: str, tmp_path: Path
) -> None:
    assert last_status(tmp_path, layers, said, [stated]) == wanted, why


PASSING = """\
class Net(nn.Module):
    def __init__(self, inner{typed}, width=12):
        super().__init__()
        self.inner, self.fc = inner, nn.Linear(width, 8)
        self.inner = inner

    def forward(self, x):  # x: (B, L, 12)
        {body}
        return self.fc(x).sum(-1)  # {last}
"""
PASSED = [
    # of which type    what is done with it             and stated last    verdict      why this row
    (": nn.Module", "y = self.inner(x)  # (B, H, L, L)", "(B, L)", ["unchecked", "agrees"], "another rank"),
    ("", "y = self.inner(x)  # (B, H, L, L)", "(B, L)", ["unchecked", "agrees"], "of no type"),
    ("", "y = self.inner(x)[0]  # (L, 12)", "(B, L)", ["agrees", "agrees"], "what passes through fits"),
    ("", "x, w = self.inner(x)  # (B, L, 12), (H, L)", "(B, L)", ["agrees", "unchecked", "agrees"], "two"),
    ("", "y = self.inner(x)  # (B, 300, 12)", "(B, L)", ["unchecked", "agrees"], "a number that it may make"),
    ("", "y = self.inner(x)  # (B, L, 12)", "(B, 9)", ["agrees", "unchecked"], "so is all behind it"),
]


@pytest.mark.parametrize(("typed", "body", "last", "wanted", "why"), PASSED, ids=[row[-1] for row in PASSED])
def test_what_stands_in_for_a_module_may_agree_and_never_differs(
    typed: str, body: str, last: str, wanted: list[str], why: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.py"
    page.write_text(HEAD + PASSING.format(typed=typed, body=body, last=last), encoding="utf-8")
    checks = verify_document(page, "page.py", Asked("auto", (), 60)).checks
    assert [check.status for check in checks] == ["agrees", *wanted], why


STEPS = [
    ("# shape (N, C, 1) after pooling", "unchecked", "a step on the way"),
    ("# shape: (5, 4)", "differs", "as many axes"),
    ("# x: (N, C, 1)", "differs", "the value itself, by its name"),
]


@pytest.mark.parametrize(("line", "wanted", "why"), STEPS, ids=[row[2] for row in STEPS])
def test_a_line_above_may_tell_of_a_step(line: str, wanted: str, why: str, tmp_path: Path) -> None:
    value = "nn.functional.adaptive_avg_pool1d(x.flatten(2), 1).squeeze(-1)"
    page = tmp_path / "page.py"
    page.write_text(
        f"{HEAD}x = torch.zeros(5, 3, 7, 11)  # (N, C, H, W)\n{line}\nx = {value}\n", encoding="utf-8"
    )
    assert verify_document(page, "page.py", Asked("auto", (), 60)).checks[-1].status == wanted, why


@pytest.mark.parametrize(("last", "wanted"), [("28", "agrees"), ("27", "differs")])
def test_an_input_that_most_numbers_fit_is_the_one_that_is_meant(
    last: str, wanted: str, tmp_path: Path
) -> None:
    many = [f"nn.Identity()({one})" for one in ("self.conv(x)", "x[:, :, 1:-1, 1:-1]", "x + 0")]
    sides = ("30, 30", "28, 28", f"28, {last}")
    stated = [f"{one}  # [N, 8, {two}]" for one, two in zip(many, sides, strict=True)]
    assert last_status(tmp_path, CONV, "", stated) == wanted
