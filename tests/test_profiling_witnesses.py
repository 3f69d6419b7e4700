"""Other tools' counts, held against counts worked by hand, and the traces that the tools must not leave."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import tabulate
import torch
from torch import nn

from archcheck.asking.tools import Said
from archcheck.costs import Witness
from archcheck.profiling.witnesses import TOOLS, Tool, ask
from archcheck.tensors import Call

FVCORE, TORCHINFO, FLOP_COUNTER = TOOLS
NAMES = [tool.name for tool in TOOLS]

MACS = 72 + 24
"""Of `conv_and_linear`: 2x2 places of 2 channels, each 1 channel x 3x3; 8 features times 3."""
BIASES = 2 * 2 * 2 + 3
"""One addition for each of the 2x2x2 outputs of the convolution, and for each of 3 outputs."""


def conv_and_linear() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(8, 3))


def by_place(*tensors: torch.Tensor) -> Call:
    return tensors, {}


def sample() -> Call:
    return by_place(torch.ones(1, 1, 4, 4))


IGNORED = "; left out here: "
"""What fvcore's note ends with, before the operators that it passed over."""


class Broken(nn.Module):
    """Runs a convolution, so that tools get going, and fails."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.conv(x)
        raise RuntimeError("no luck\nand a second line.")


class Dice(nn.Module):
    """Draws from the global random state, whatever mode it is in."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.rand(())


@pytest.mark.parametrize(
    ("tool", "macs", "difference"),
    [(FVCORE, MACS, 0), (TORCHINFO, MACS + BIASES, BIASES), (FLOP_COUNTER, MACS, 0)],
    ids=NAMES,
)
def test_witnesses_say_what_was_worked_by_hand(tool: Tool, macs: int, difference: int) -> None:
    witness = ask(tool, conv_and_linear().eval(), sample(), MACS)

    assert (witness.tool, witness.macs, witness.difference, witness.error) == (
        tool.name,
        macs,
        difference,
        None,
    )


@pytest.mark.parametrize(
    ("tool", "macs"), [(FVCORE, MACS), (TORCHINFO, MACS + 8 + 3), (FLOP_COUNTER, MACS)], ids=NAMES
)
def test_a_witness_has_no_difference_from_a_count_that_is_unknown(tool: Tool, macs: int) -> None:
    witness = ask(tool, conv_and_linear().eval(), sample(), None)

    assert (witness.macs, witness.difference, witness.error) == (macs, None, None)


def test_without_biases_all_three_agree() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.Flatten(), nn.Linear(8, 3, bias=False)).eval()

    assert [ask(tool, model, sample(), MACS).difference for tool in TOOLS] == [0, 0, 0]


def test_attention_is_counted_whole_whichever_kernel_the_device_would_choose() -> None:
    # 4 projections of 5 tokens, 16 x 16 each; 5 x 5 scores and their weighted sum, 16 wide
    by_hand = 4 * 5 * 16 * 16 + 2 * 5 * 5 * 16
    model = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True).eval()
    feed_forward = 2 * 5 * 16 * 32

    witness = ask(FLOP_COUNTER, model, by_place(torch.ones(1, 5, 16)), by_hand + feed_forward)

    assert (witness.macs, witness.difference) == (by_hand + feed_forward, 0)


def test_two_models_of_one_class_are_told_apart() -> None:
    """Torchinfo's cache goes by class name."""
    large = nn.Sequential(nn.Linear(8, 4, bias=False))
    small = nn.Sequential(nn.Linear(2, 1, bias=False))

    counts = [
        ask(TORCHINFO, model, by_place(torch.ones(1, width)), None).macs
        for model, width in ((large, 8), (small, 2))
    ]

    assert counts == [32, 2]


# --- inputs of every kind ----------------------------------------------------------------------------------------


class Named(nn.Module):
    """Takes tensors by name, in a mapping and in a tuple, and gives a mapping; changes one of them in place."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(8, 3, bias=False)
        self.key = nn.Linear(8, 3, bias=False)

    def forward(
        self, pair: tuple[torch.Tensor, torch.Tensor], *, more: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        scores = self.query(pair[0]) @ self.key(more["key"]).transpose(0, 1)
        return {"scores": scores, "same": pair[1].zero_()}


@pytest.mark.parametrize("tool", [FVCORE, FLOP_COUNTER], ids=["fvcore", "FlopCounterMode"])
def test_tensors_by_name_and_in_containers_reach_every_tool(tool: Tool) -> None:
    call: Call = (((torch.ones(2, 8), torch.ones(4)),), {"more": {"key": torch.ones(5, 8)}})
    by_hand = 2 * 8 * 3 + 5 * 8 * 3 + 2 * 3 * 5

    witness = ask(tool, Named(), call, by_hand)

    assert (witness.macs, witness.difference, witness.error) == (by_hand, 0, None)
    assert call[0][0][1].tolist() == [1.0] * 4, "what the network changes is a copy"


def test_torchinfo_sees_the_layers_of_such_a_network() -> None:
    call: Call = (((torch.ones(2, 8), torch.ones(4)),), {"more": {"key": torch.ones(5, 8)}})
    witness = ask(TORCHINFO, Named(), call, None)
    assert (witness.macs, witness.error) == (2 * 8 * 3 + 5 * 8 * 3, None), "and not the product between them"


def test_fvcore_meets_the_attention_that_people_trace() -> None:
    # 3 tokens of width 4, 2 heads: projections 3 * 4 * 12 + 3 * 4 * 4, feed-forward 2 * 3 * 4 * 8; both norms 5 * 3 * 4
    model = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval()
    with torch.no_grad():  # whatever stands around it
        witness = ask(FVCORE, model, ((torch.randn(1, 3, 4),), {}), None)
    assert (witness.macs, "_native_multi_head_attention" in witness.counts) == (192 + 192 + 2 * 60, False)


def test_fvcore_names_what_it_leaves_out() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.GELU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 3)
    ).eval()

    assert ask(FVCORE, model, sample(), None).counts == f"{FVCORE.counts}{IGNORED}gelu, max_pool2d"


def test_a_note_names_eight_operators_and_says_how_many_more() -> None:
    names = tuple("abcdefghij")
    tool = Tool("odd", "nothing", lambda model, call: Said(1, names))
    assert (
        ask(tool, nn.Identity(), sample(), None).counts
        == f"nothing{IGNORED}a, b, c, d, e, f, g, h and 2 more"
    )


# --- witnesses that fail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_a_model_that_fails_is_an_error_of_one_line(tool: Tool) -> None:
    witness = ask(tool, Broken(), sample(), MACS)

    assert witness == Witness(tool.name, None, None, tool.counts, "RuntimeError: no luck")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (ModuleNotFoundError("No module named 'fvcore'"), "ModuleNotFoundError: No module named 'fvcore'"),
        (AssertionError(), "AssertionError: AssertionError"),
        (RecursionError("too deep.\nvery"), "RecursionError: too deep"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_a_tool_raises_is_its_error(raised: Exception, said: str) -> None:
    def fail(model: nn.Module, call: Call) -> Said:
        raise raised

    assert ask(Tool("odd", "nothing", fail), conv_and_linear(), sample(), 1) == Witness(
        "odd", None, None, "nothing", said
    )


def test_an_interrupt_is_not_an_error_of_the_witness() -> None:
    def interrupt(model: nn.Module, call: Call) -> Said:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(Tool("odd", "nothing", interrupt), conv_and_linear(), sample(), 1)


def test_on_the_meta_device_fvcore_says_that_it_cannot_and_the_others_count() -> None:
    model, given = conv_and_linear().eval().to("meta"), by_place(*(one.to("meta") for one in sample()[0]))

    witnesses = [ask(tool, model, given, MACS) for tool in TOOLS]

    assert [one.macs for one in witnesses] == [None, MACS + BIASES, MACS]
    assert [one.error for one in witnesses] == ["cannot trace on the meta device", None, None]


# --- what is left behind -----------------------------------------------------------------------------------------


def left_behind(model: nn.Module) -> dict[str, Any]:
    """Return all that a tool might leave on a model, in torch or in a library."""
    from torch.nn.modules import module as torch_module
    from torchinfo import torchinfo

    modules = dict(model.named_modules())
    return {
        "modules": {name: id(one) for name, one in modules.items()},
        "train flags": {name: one.training for name, one in modules.items()},
        "hooks": {
            name: [list(hooks) for hooks in (one._forward_hooks, one._forward_pre_hooks, one._backward_hooks)]
            for name, one in modules.items()
        },
        "attributes": {name: sorted(vars(one)) for name, one in modules.items()},
        "methods": {name: one.forward.__qualname__ for name, one in modules.items()},
        "state": {name: value.tolist() for name, value in model.state_dict().items()},
        "state dict hooks": {name: list(one._state_dict_hooks) for name, one in modules.items()},
        "gradients": [(parameter.requires_grad, parameter.grad) for parameter in model.parameters()],
        "global hooks": [
            len(torch_module._global_forward_hooks),
            len(torch_module._global_forward_pre_hooks),
        ],
        "random state": torch.get_rng_state().tolist(),
        "grad mode": torch.is_grad_enabled(),
        "functions": [torch.matmul, torch.nn.functional.linear, torch.Tensor.__matmul__, nn.Module.__call__],
        "torchinfo's cache": dict(torchinfo._cached_forward_pass),
        "tabulate": tabulate.PRESERVE_WHITESPACE,
        "fvcore's log": logging.getLogger("fvcore").level,
        "warnings": list(warnings.filters),
    }


def mixed(build: Callable[[], nn.Module]) -> nn.Module:
    """Return a model with a hook of the user's, both train flags and a frozen parameter."""
    model = build()
    model.train()
    first = next(model.children())
    first.eval()
    first.register_forward_hook(lambda *_: None)
    next(model.parameters()).requires_grad_(False)
    return model


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
@pytest.mark.parametrize(
    "build",
    [
        pytest.param(conv_and_linear, id="runs"),
        pytest.param(Broken, id="fails"),
        pytest.param(lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), Dice()), id="draws"),
    ],
)
def test_nothing_is_left_behind(tool: Tool, build: Callable[[], nn.Module]) -> None:
    model, call = mixed(build), sample()
    given = call[0][0].clone()
    ask(
        tool, nn.Identity(), sample(), 0
    )  # the first use imports the tool; of another model, not to spoil this one
    before = left_behind(model)

    ask(tool, model, call, MACS)

    assert left_behind(model) == before
    assert torch.equal(call[0][0], given)


def test_left_behind_sees_what_fvcore_leaves_on_a_model_itself() -> None:
    """The control of the test above, and the reason for the copies."""
    model = Broken()
    before = left_behind(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fvcore.nn import FlopCountAnalysis

        with pytest.raises(RuntimeError, match="no luck"):
            FlopCountAnalysis(model, sample()[0]).total()

    after = left_behind(model)

    assert {key for key in before if before[key] != after[key]} == {"hooks"}


def test_torchinfo_keeps_the_models_that_the_user_showed_it_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from torchinfo import torchinfo

    theirs: list[Any] = ["the layers of a Sequential of the user's"]
    monkeypatch.setattr(torchinfo, "_cached_forward_pass", {"Sequential": theirs})

    for model in (conv_and_linear(), nn.ReLU()):
        assert ask(TORCHINFO, model, sample(), None).error is None

    assert list(torchinfo._cached_forward_pass) == ["Sequential"]
    assert torchinfo._cached_forward_pass["Sequential"] is theirs


@pytest.mark.parametrize("fails", [False, True], ids=["runs", "fails"])
def test_what_a_careless_tool_sets_for_all_is_put_back(fails: bool) -> None:
    def careless(model: nn.Module, call: Call) -> Said:
        tabulate.PRESERVE_WHITESPACE = not tabulate.PRESERVE_WHITESPACE
        logging.getLogger("fvcore").setLevel(logging.DEBUG)
        warnings.filterwarnings("ignore", "nothing in particular")
        torch.rand(1)
        torch.set_grad_enabled(True)
        return Said(7 // (not fails))

    model = conv_and_linear()
    before = left_behind(model)

    witness = ask(Tool("careless", "sevens", careless), model, sample(), 1)

    assert (witness.macs is None) == fails
    assert left_behind(model) == before


@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_witnesses_are_silent(
    tool: Tool, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Any warning would be an error here; max pooling is what fvcore would log as unsupported."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 3)).eval()

    with caplog.at_level(logging.DEBUG):
        witness = ask(tool, model, sample(), None)

    assert witness.error is None
    assert [record.name for record in caplog.records if record.name.startswith("fvcore")] == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.gpu
@pytest.mark.parametrize("tool", TOOLS, ids=NAMES)
def test_witnesses_say_the_same_of_a_model_on_a_gpu(tool: Tool) -> None:
    model, call = conv_and_linear().eval(), sample()
    on_cpu = ask(tool, model, call, MACS)
    state = torch.cuda.get_rng_state()

    on_gpu = ask(tool, model.cuda(), by_place(*(one.cuda() for one in call[0])), MACS)

    assert on_gpu == on_cpu
    assert all(parameter.is_cuda for parameter in model.parameters())
    assert torch.equal(torch.cuda.get_rng_state(), state)
