"""What a loop or statement that was left out would have changed is never the cause of `differs`, and all else is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from archcheck.documented import Asked, verify_document

TRAINED = """\
import torch
from torch import nn
net = nn.Linear(4, 2)
log = []
{before}for epoch in range(10):
    loss = net(torch.randn(3, 4)).sum()
    loss.backward()
    log.append(loss.item())
{after}"""
METHOD = """\
import torch
from torch import nn
class Fit:
    def __init__(self):
        self.net, self.log, self.count = nn.Linear(4, 2), [], 0
    def run(self):
        for epoch in range(10):
            self.net(torch.randn(3, 4)).sum().backward()
            self.log.append(epoch)
            self.count += 1
fit = Fit()
fit.run()
{after}"""
FUNCTION = """\
import torch
from torch import nn
log, net, count = [], nn.Linear(4, 2), 0
def run({parameter}):
    global count
    for epoch in range(10):
        count += 1
        net(torch.randn(3, 4)).sum().backward()
        {log}.append(epoch)
{call}
{after}"""
SETS = """\
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
grey = datasets.MNIST("data", train=True, download=True, transform=transforms.ToTensor())
coloured = datasets.CIFAR10("data", train=False, download=True, transform=transforms.ToTensor())
x, y = next(iter(DataLoader(coloured, batch_size=8)))
{after}"""


def statuses(tmp_path: Path, code: str) -> Sequence[str]:
    """Return the verdicts on what a page states."""
    page = tmp_path / "page.py"
    page.write_text(code, encoding="utf-8")
    return [one.status for one in verify_document(page, "page.py", Asked("auto", (), 60)).checks]


UNFINISHED = [
    (TRAINED, "torch.tensor(log).shape  # torch.Size([10])", "a list"),
    (TRAINED, "losses = torch.tensor(log)\nlosses.shape  # torch.Size([10])", "what is made of it"),
    (TRAINED, "many = len(log)\nx = torch.zeros(many, 2).shape  # torch.Size([10, 2])", "how many there are"),
    (
        TRAINED,
        "def all_of_it(): return torch.zeros(len(log), 2)\nx = all_of_it().shape  # torch.Size([10, 2])",
        "in a function",
    ),
    (
        TRAINED,
        "def all_of_it(log): return torch.ones(len(log), 2)\nx = all_of_it(log).shape  # torch.Size([10, 2])",
        "given to it",
    ),
    (METHOD, "x = torch.zeros(len(fit.log), 2).shape  # torch.Size([10, 2])", "a list of an object"),
    (METHOD, "x = torch.zeros(fit.count, 2).shape  # torch.Size([10, 2])", "a number of an object"),
    (
        METHOD,
        "def curve(of): return torch.zeros(len(of.log), 2)\nx = curve(fit).shape  # torch.Size([10, 2])",
        "the object",
    ),
]


@pytest.mark.parametrize(("code", "after", "why"), UNFINISHED, ids=[row[2] for row in UNFINISHED])
def test_what_a_loop_would_have_changed_does_not_differ(
    code: str, after: str, why: str, tmp_path: Path
) -> None:
    assert statuses(tmp_path, code.format(before="", after=after)) == ["unchecked"]


@pytest.mark.parametrize(
    ("parameter", "log", "call"), [("", "log", "run()"), ("rows", "rows", "run(log)"), ("", "log", "run()\n")]
)
def test_what_a_function_would_have_changed_does_not_differ(
    parameter: str, log: str, call: str, tmp_path: Path
) -> None:
    after = "torch.zeros(len(log), 2).shape  # torch.Size([10, 2])\ntorch.zeros(count).shape  # torch.Size([10])\n"
    code = FUNCTION.format(parameter=parameter, log=log, call=call, after=after)
    assert statuses(tmp_path, code) == ["unchecked", "unchecked"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rows = log\n", "x = torch.zeros(len(rows), 2).shape  # torch.Size([10, 2])"),
        ("both = {'train': log}\n", "x = torch.zeros(len(both['train']), 2).shape  # torch.Size([10, 2])"),
    ],
)
def test_another_name_of_what_would_have_changed_does_not_differ(
    before: str, after: str, tmp_path: Path
) -> None:
    assert statuses(tmp_path, TRAINED.format(before=before, after=after)) == ["unchecked"]


KNOWN = [
    (
        TRAINED,
        "if __name__ == '__main__':\n    n = len(log)\n    net(torch.zeros(3, 4)).shape  # torch.Size([3, 3])",
        "another statement of a block",
    ),
    (
        TRAINED,
        "y = net(torch.zeros(3, 4)).shape  # torch.Size([3, 3])",
        "a model is what it was, however it is trained",
    ),
    (
        TRAINED,
        "log = [1, 2]\nx = torch.zeros(len(log), 2).shape  # torch.Size([3, 2])",
        "a list that is made anew",
    ),
    (
        TRAINED,
        "class Net(nn.Module):\n    def forward(self, x):\n        loss = x.mT\n        return loss\n"
        "y = Net()(torch.zeros(3, 4)).shape  # torch.Size([3, 4])",
        "a variable of a function of the same name",
    ),
    (METHOD, "y = fit.net(torch.zeros(3, 4)).shape  # torch.Size([3, 3])", "a model that an object keeps"),
    (METHOD, "y = torch.zeros(2, 3).shape  # torch.Size([3, 3])", "what has nothing to do with it"),
    (SETS, "x.shape  # torch.Size([9, 3, 32, 32])", "how many there are in a batch"),
    (SETS, "grey.targets.shape  # torch.Size([6000])", "how many labels there are"),
    (SETS, "z = (y == 3)[None].shape  # torch.Size([1, 9])", "labels that are compared, and choose nothing"),
]


@pytest.mark.parametrize(("code", "after", "why"), KNOWN, ids=[row[2] for row in KNOWN])
def test_all_else_differs_as_before(code: str, after: str, why: str, tmp_path: Path) -> None:
    assert statuses(tmp_path, code.format(before="", after=after)) == ["differs"]


DRAWN = [
    ("grey.data[grey.targets == 3].shape  # torch.Size([6131, 28, 28])", "by a mask"),
    ("three = x[y == 3]\nthree.shape  # torch.Size([2, 3, 32, 32])", "of a batch"),
    (
        "n = int((grey.targets == 3).sum())\nz = torch.zeros(n, 2).shape  # torch.Size([6131, 2])",
        "by how many there are",
    ),
    ("z = (grey.targets == 3).nonzero().shape  # torch.Size([6131, 1])", "by their places"),
    (
        "z = torch.stack([one for one, label in coloured if label == 3]).shape  # torch.Size([999, 3, 32, 32])",
        "one by one",
    ),
]


@pytest.mark.parametrize(("after", "why"), DRAWN, ids=[row[1] for row in DRAWN])
def test_what_the_labels_of_data_choose_that_is_not_here_does_not_differ(
    after: str, why: str, tmp_path: Path
) -> None:
    assert statuses(tmp_path, SETS.format(after=after)) == ["unchecked"]


def test_what_is_in_doubt_may_agree(tmp_path: Path) -> None:
    after = "rows = [torch.zeros(len(log), 4)]\nx = rows[0].T  # [4, N]\n"
    assert statuses(tmp_path, TRAINED.format(before="", after=after)) == ["agrees"]


def test_a_loop_that_the_document_catches_itself_is_unfinished(tmp_path: Path) -> None:
    body = "try:\n    run(log)\nexcept Exception as error:\n    print(error)\n"
    after = (
        "torch.zeros(len(log), 2).shape  # torch.Size([10, 2])\ntorch.zeros(2, 2).shape  # torch.Size([3, 2])"
    )
    code = FUNCTION.format(parameter="rows", log="rows", call=body, after=after)
    assert statuses(tmp_path, code) == ["unchecked", "differs"]


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ("images, labels = nope(x)", "unchecked"),
        ("images = labels = nope(x)", "unchecked"),
        ("images, labels = x, x", "agrees"),
        ("other = nope(x)", "agrees"),
    ],
)
def test_what_a_comment_names_is_no_other_value_where_it_could_not_be_made(
    made: str, wanted: str, tmp_path: Path
) -> None:
    code = f"import torch\nx = torch.zeros(2, 3)\n# images: [2, 3]\n{made}\n"
    assert statuses(tmp_path, code) == [wanted]


def test_it_is_said_where_something_fails_or_that_nothing_does(tmp_path: Path) -> None:
    code = "def f(x):\n    # x: [B, T]\n    y = nope(x)\n    # y: [B, D]\n    z = y.t()  # [D, B]\n    return z\n"
    code += (
        "def g(x, how='a'):\n    # x: [B, T]\n    if how == 'b':\n        x = x.t()  # [T, B]\n    return x\n"
    )
    page = tmp_path / "page.py"
    page.write_text(code, encoding="utf-8")
    calls = verify_document(page, "page.py", Asked("auto", (), 60)).calls
    assert "what fails in f, line 3 first, is left out: as it states, where its code cannot run" in calls
    assert "g was gone through with what it states" in calls
