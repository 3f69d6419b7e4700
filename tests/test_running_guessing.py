"""What a class is built with where the document does not build it."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import torch
from torch import nn

from archcheck.running.annotated import is_no_tensor, required, sides_of
from archcheck.running.guessing import Guesses, is_setting
from archcheck.running.parameter_names import WAYS, by_words
from archcheck.running.written import written_values
from tests.running_pages import called, run

FIRST, ALIKE, _ = WAYS
WORDS = [
    # a parameter      what it is given      why
    ("num_heads", 4, "how many heads"),
    ("head_dim", 8, "how wide a head is"),
    ("dim_head", 8, "the other way round"),
    ("in_channels", 16, "what goes in"),
    ("out_features", 24, "what comes out"),
    ("d_model", 32, "a width"),
    ("hidden_size", 32, "a width, called a size"),
    ("src_vocab_size", 101, "words, though it is called a size"),
    ("n_layers", 2, "how many layers"),
    ("dropout", 0.1, "a rate"),
    ("qkv_bias", False, "a switch, though it has a width in its name"),
    ("window_size", 4, "a window, though it is called a size"),
    ("num_classes", 10, "classes"),
    ("num_things", 3, "how many of something"),
    ("head_dropout", 0.1, "a rate, though it has heads in its name"),
    ("trg_pad_idx", 0, "the place of a token"),
    ("layer_id", 0, "the place of a layer"),
    ("fg_iou_thresh", 0.5, "what decides, between 0 and 1"),
    ("idx", None, "a tensor as often"),
    ("x", None, "a tensor, or anything"),
    ("optimizer", None, "nothing that has a size"),
    ("rnn_layer", None, "a layer, though it has a width in its name"),
]


@pytest.mark.parametrize(("name", "value", "why"), WORDS, ids=[row[2] for row in WORDS])
def test_by_words(name: str, value: object, why: str) -> None:
    assert by_words(name, FIRST) == value


SIDES = [
    # type                        sizes     what is given               why this row
    ("List[int]", 2, [8, 8], "a list"),
    ("Tuple[int, int, int]", 3, [8, 8, 10], "more of them"),
    ("List[Tuple[int, int]]", 2, [(8, 8), (8, 8)], "several of several"),
    (list[tuple[int, int]], 2, [(8, 8), (8, 8)], "as Python has it"),
]


@pytest.mark.parametrize(("kind", "count", "given", "why"), SIDES, ids=[row[3] for row in SIDES])
def test_sizes_as_a_type_has_them(kind: object, count: int, given: object, why: str) -> None:
    assert is_no_tensor(kind)
    assert sides_of(kind, count) == given


@pytest.mark.parametrize(
    "kind",
    [
        "Tensor",
        "torch.Tensor",
        "Optional[Tensor]",
        "List[torch.Tensor]",
        "Tuple[Tensor, int]",
        "nn.Module",
        "",
    ],
)
def test_what_may_be_a_tensor(kind: str) -> None:
    assert not is_no_tensor(kind)


def test_widths_are_alike_where_they_must_be() -> None:
    names = ("in_channels", "out_channels", "d_model")
    assert [by_words(name, ALIKE) for name in names] == [64, 64, 64]
    assert ALIKE.head * ALIKE.heads == ALIKE.other


def test_what_the_code_has_under_a_name() -> None:
    code = """\
class Config:
    width: int = 48
def build(depth=3, act=None, rate=0.5, *, groups=2): pass
parser.add_argument("--patch-size", type=int, default=7)
settings = {"emb_dim": 96, "name": "x"}
net = Net(depth=5, sides=(3, 4))
x = x.softmax(dim=-1).sum(axis=2)
y = Net(side=-1)
"""
    assert written_values(ast.parse(code)) == {
        **{
            "width": 48,
            "depth": 3,
            "rate": 0.5,
            "groups": 2,
            "patch_size": 7,
            "emb_dim": 96,
            "sides": (3, 4),
        },
    }


def given(code: str, found: str, **variables: Any) -> dict[str, Any]:
    """Return the arguments for a class or function of some code."""
    namespace: dict[str, Any] = {"__name__": "__main__", **variables}
    exec(compile(code, "<page>", "exec", flags=0, dont_inherit=True), namespace)
    guesses = Guesses(namespace, written_values(ast.parse(code)), FIRST)
    return {name: guesses.argument(name, kind) for name, kind in required(namespace[found])}


def test_arguments() -> None:
    code = """\
from typing import Optional, Tuple
from torch import nn
class Config:
    def __init__(self, seed=1): self.width = 48
class Encoder(nn.Module):
    def __init__(self, width): super().__init__(); self.width = width
def make(width, encoder, layer: Encoder, inner: nn.Module, flag: bool, other: int, rate: "float",
         patch: Tuple[int, int], maybe: Optional[int], cfg, device, norm: "Norm"): pass
"""
    found = given(code, "make", width=40, Norm=nn.LayerNorm)  # a class that the document imports
    assert found["width"] == 40
    assert (found["encoder"].width, found["layer"].width) == (40, 40)
    assert type(found["inner"]).__name__ == "Passing"
    assert [found[name] for name in ("flag", "other", "rate", "patch", "maybe")] == [
        False,
        32,
        0.1,
        (4, 4),
        32,
    ]
    assert found["cfg"].width == 48
    assert found["device"] == torch.get_default_device()
    assert found["norm"].normalized_shape == (32,)


@pytest.mark.parametrize(
    "code", ["def make(x): pass", "def make(hidden: 'torch.Tensor'): pass"], ids=["no word", "a tensor"]
)
def test_what_nothing_says_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="nothing says what its argument"):
        given(code, "make")


PAGE = """\
import torch
from torch import nn

class Halves(nn.Module):
    def __init__(self, *, in_channels, mid_channels):
        super().__init__()
        assert in_channels == mid_channels
        self.conv = nn.Conv2d(in_channels, mid_channels, 2, 2)

    def forward(self, *, image):
        y = self.conv(image)  # (N, C, H, W)
        return y

def windows(x, window_size):
    '''
    Args:
        x: (B, T, C)
    '''
    return x.unfold(1, window_size, 1)  # (B, L, C, window_size)
"""


FACTORY = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, widths=None, num_classes=None):
        super().__init__()
        self.conv = nn.Conv2d(3, widths[0], 3)
        self.head = nn.Linear(widths[0], num_classes)

    def forward(self, x):
        y = self.conv(x).mean((2, 3))  # (N, widths)
        return self.head(y)

def small(num_classes):
    return Net(widths=[8, 16], num_classes=num_classes)
"""


def test_a_call_in_a_function_says_how_a_class_is_built() -> None:
    assert [one[0][1] for one in called(run(FACTORY), "made up")] == [3]


def test_ways_are_tried_in_turn_and_what_is_not_said_is_given() -> None:
    observed = run(PAGE)
    made_up = called(observed, "made up")
    assert [one[0][1:2] for one in made_up if len(one[0]) == 4] == [(64,)], (
        "first 16 and 32, which it refuses"
    )
    assert any(len(one[0]) == 3 for one in made_up)


def test_settings_of_our_own() -> None:
    settings = Guesses({}, {"n_layer": 6}, FIRST).argument("config")
    assert (settings.n_layer, settings["n_head"], settings.d_model) == (6, 4, 32)
    assert settings.get("d_ff", 7) == 7
    assert not hasattr(settings, "activation")
    with pytest.raises(KeyError):
        settings["activation"]


WANTING = """\
from torch import nn
class Net(nn.Module):
    def __init__(self, configs):
        super().__init__()
        self.rate = getattr(configs, "activation", 7)
        self.task, self.frequency = configs.task_name, configs.activation
        self.other = configs["norm_layer"]
    def forward(self, x):
        return x if self.task_name == "cut" or self.task_name == "paste" else None
"""


def test_what_nothing_says_of_settings_is_none_where_a_class_cannot_be_made_without() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(WANTING, "<page>", "exec", flags=0, dont_inherit=True), namespace)
    made = Guesses(namespace, written_values(ast.parse(WANTING)), FIRST).made(namespace["Net"])
    assert (made.task, made.frequency, made.other) == ("cut", None, None)
    assert made.rate is None, "it was asked for again"


def test_what_is_reckoned_with_is_a_number_and_what_else_nothing_says_stays_none() -> None:
    def scaled(opt: Any) -> Any:
        return opt.ngf * 8, opt.zzz

    assert Guesses({}, {}, FIRST).made(scaled) == (8 * FIRST.other, None)

    def compared(opt: Any) -> Any:
        return opt.zzz is None

    assert Guesses({}, {}, FIRST).made(compared)

    def raising(opt: Any) -> Any:
        raise TypeError("NoneType")

    with pytest.raises(TypeError, match="NoneType"):
        Guesses({}, {}, FIRST).made(raising)


def test_what_steps_is_an_optimizer() -> None:
    made = Guesses({}, {}, FIRST).argument("encoder_optimizer")
    made.zero_grad()
    assert isinstance(made, torch.optim.Optimizer)
    assert is_setting("encoder_optimizer", None)


def test_a_net_of_the_document_may_be_another() -> None:
    guesses = Guesses({"width": 8, "encoder": [1, 2]}, {}, FIRST)
    assert (guesses.argument("width"), guesses.guessed) == (8, False)
    assert (guesses.argument("encoder"), guesses.guessed) == ([1, 2], True)


MADE = """\
    import torch
    from torch import nn
    from dataclasses import dataclass

    @dataclass
    class Widths:
        dim: int = 24
        heads: int = 3

    def boxes_of_300():
        return torch.zeros(12, 4)

    class Attention(nn.Module):
        def __init__(self, model_widths: Widths, boxes):
            super().__init__()
            self.query = nn.Linear(model_widths.dim, 3 * boxes.shape[1])

        def forward(self, x, rotation):
            assert rotation.numel() == 9
            return self.query(x)  # (B, T, 12)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = Attention(Widths(), boxes_of_300())

        def forward(self, x):
            return self.attention(x, torch.zeros(1, 9))
    """


def test_a_class_that_is_made_of_what_cannot_be_called_alone() -> None:
    observed = run(MADE)
    (one,) = (one for one in observed.called if one.origin != "other sizes")
    assert (one.what, one.inputs, one.error) == ("Block", ((2, 24),), None)
    assert [why.split(":")[0] for why in (skipped.why for skipped in observed.skipped)] == ["Attention"]


def test_what_a_function_of_the_document_gives() -> None:
    def boxes_of_300() -> int:
        return 7

    def needing(boxes: int) -> int:
        return boxes

    boxes_of_300.__module__ = needing.__module__ = "__main__"
    assert Guesses({"needing_boxes": needing, "boxes_of_300": boxes_of_300}, {}, FIRST).argument("boxes") == 7
    with pytest.raises(ValueError, match="nothing says"):
        Guesses({"needing_boxes": needing}, {}, FIRST).argument("boxes")


FRAME = """\
import torch
from torch import nn

class Frame(nn.Module):
    def mixed(self, x):
        raise NotImplementedError

    def forward(self, x):
        return self.mixed(x)  # [N, 2*D]

class Heir(Frame):
    def __init__(self, width: int):
        super().__init__()
        self.width = width

    def mixed(self, x):
        return torch.cat([x, x], -1)

class Whole(nn.Module):
    def __init__(self, part_width):
        super().__init__()
        self.part = Part(part_width)

    def forward(self, x):
        return self.part(x, [1])

class Part(nn.Module):
    def __init__(self, part_width):
        super().__init__()
        self.fc = nn.Linear(part_width, 3)  # [N, 3]

    def forward(self, x, kinds):
        return self.fc(x) if kinds[0] == 1 else None

def halves(image, sides: "List[int]"):
    return image.view(-1, sides[0])  # [n, 8]
"""


def test_what_only_heirs_wholes_and_types_say() -> None:
    observed = run(FRAME)
    went = {one.what for one in observed.called if one.error is None}
    assert went >= {"Frame", "Whole", "halves"}, observed.skipped
    assert not {one.why for one in observed.skipped if "Frame" in one.why or "halves" in one.why}


def test_what_a_class_cannot_be_made_without() -> None:
    def make(width: int, hidden: int | None = None, groups: list[int] | None = None) -> tuple[int, int]:
        assert hidden is not None
        assert groups is None
        return width, hidden

    assert Guesses({}, {}, FIRST).made(make) == (32, 32)

    def plain(width: int, hidden: int | None = None) -> object:
        return hidden

    assert Guesses({}, {}, FIRST).made(plain) is None, "it is made without"

    with pytest.raises(ValueError, match="nothing says"):
        Guesses({}, {}, FIRST).made(lambda kind: kind)


def test_several_sizes_are_a_list_where_the_type_says_so() -> None:
    guesses = Guesses({}, {}, FIRST)
    assert guesses.argument("hidden_dims", "List[int]") == [32, 32]
    assert guesses.argument("hidden_dims", "Tuple[int, ...]") == (32, 32)


SETTINGS = """\
from dataclasses import dataclass

@dataclass
class ModelArgs:
    dim: int = 24
    vocab_size: int = -1
    start: int = -1
    last: int = 0
"""


def test_a_size_that_somebody_else_is_to_set_is_set() -> None:
    variables: dict[str, Any] = {"__name__": "__main__"}
    exec(SETTINGS, variables)  # a class of the document
    for name, kind in (("model_args", None), ("params", "ModelArgs")):
        made = Guesses(variables, {}, FIRST).argument(name, kind)
        assert (made.dim, made.vocab_size, made.start, made.last) == (24, 101, -1, 0)
