"""After any call the model is as it was, and so is everything that PyTorch and Python share with the caller."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import archcheck
from archcheck import api
from archcheck.resolve import subject_of

Call = Callable[[nn.Module], object]

INPUTS = (2, 3, 8, 8)
QUICK: dict[str, Any] = {"repeat": 1, "warmup_s": 0, "ceilings": False, "witnesses": False}


class Touchy(nn.Module):
    """A network that shows every way in which a call could leave something behind."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.5)
        self.lstm = nn.LSTM(8, 8, batch_first=True)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 4)
        self.raw = nn.Parameter(torch.ones(4, 4))
        self.steps: torch.Tensor
        self.register_buffer("steps", torch.zeros(1))
        self.register_buffer("secret", torch.ones(2), persistent=False)
        self.plain, self.cache = torch.ones(4), None
        self.calls, self.seen, self.fails = 0, [0], fails

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.seen.append(self.calls)
        self.steps += 1
        self.extra = random.random() + float(np.random.rand())
        y = self.drop(self.norm(self.conv(x)).relu()).flatten(2).transpose(1, 2)
        y = self.lstm(y)[0]
        self.cache = y
        if self.fails:
            raise RuntimeError("in the middle")
        y = self.attention(y, y, y)[0]
        made: torch.Tensor = self.head(y.mean(1)) @ self.raw + self.plain
        return made


def touchy(*, fails: bool = False) -> Touchy:
    """Return one with mixed flags, hooks, gradients and a frozen weight."""
    model = Touchy(fails=fails).train()
    model.drop.eval()
    model.attention.out_proj.eval()
    model.conv.weight.requires_grad_(False)
    model.head.weight.grad = torch.full_like(model.head.weight, 3.0)
    model.conv.register_forward_pre_hook(lambda module, given: None)
    model.head.register_forward_hook(lambda module, given, gave: None)
    model.register_full_backward_hook(lambda module, given, gave: None)
    model.head.forward = model.head.forward  # type: ignore[method-assign]  # an attribute of the instance
    return model


def attribute(value: Any) -> Any:
    """Return what shows whether an attribute has changed: a container by what it holds, the rest by what it is."""
    if isinstance(value, list | tuple | set):
        return type(value), [id(one) for one in value]
    return (
        (type(value), [(key, id(one)) for key, one in value.items()])
        if isinstance(value, dict)
        else id(value)
    )


def of_model(model: nn.Module) -> dict[str, Any]:
    parameters = dict(model.named_parameters())
    tensors = {**parameters, **dict(model.named_buffers()), "plain": model.plain}
    return {
        "flags": {path: module.training for path, module in model.named_modules()},
        "attributes": {
            path: {name: attribute(value) for name, value in vars(module).items()}
            for path, module in model.named_modules()
        },
        "state dict": list(model.state_dict()),
        "values": {name: value.tolist() for name, value in tensors.items()},  # type: ignore[operator]
        "places": {name: (value.device, value.data_ptr()) for name, value in tensors.items()},  # type: ignore[operator]
        "versions": {name: value._version for name, value in tensors.items()},
        "trained": {name: value.requires_grad for name, value in parameters.items()},
        "gradients": {
            name: None if value.grad is None else value.grad.tolist() for name, value in parameters.items()
        },
    }


KERNELS = ("flash", "mem_efficient", "math", "cudnn")
SHARED = (torch, torch.nn.functional, torch.Tensor, nn.Module, nn.Linear, nn.Conv2d, nn.MultiheadAttention)


def of_everyone() -> dict[str, Any]:
    numpy = np.random.get_state()
    return {
        "torch's random state": torch.get_rng_state().tolist(),
        "Python's random state": random.getstate(),
        "NumPy's random state": (numpy[1].tolist(), numpy[2:]),  # type: ignore[index]
        "defaults": (torch.get_default_dtype(), torch.get_default_device()),
        "threads": torch.get_num_threads(),
        "modes": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "stacks": (torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack()),
        "attention": (
            *(getattr(torch.backends.cuda, f"{name}_sdp_enabled")() for name in KERNELS),
            torch.backends.mha.get_fastpath_enabled(),
        ),
        "kernels": (torch._C._get_mkldnn_enabled(), torch.are_deterministic_algorithms_enabled()),
        "Python": (list(sys.path), id(sys.path), os.getcwd(), id(sys.stdout), list(warnings.filters)),  # noqa: PTH109
        "hooks": [len(held) for name, held in sorted(vars(nn.modules.module).items()) if name.startswith("_global_")
                  and isinstance(held, dict)],
    }  # fmt: skip


def functions() -> dict[tuple[str, str], int]:
    return {
        (place.__name__, name): id(value)
        for place in SHARED
        for name, value in vars(place).items()
        if callable(value)
    }


CALLS: dict[str, Call] = {
    "count": lambda model: archcheck.count(model, INPUTS),
    "count in training": lambda model: archcheck.count(model, INPUTS, train=True),
    "profile": lambda model: profiled(model, batch=3),
    "profile on meta": lambda model: archcheck.profile(
        model, "meta", archcheck.Settings(**QUICK), inputs=INPUTS
    ),
    "profile in half": lambda model: profiled(model, dtype="bfloat16", memory=False),
    "profile of training": lambda model: profiled(model, mode="train"),
    "told as another tool tells it": lambda model: profiled(model, convention="thop", memory=False),
    "compare": lambda model: api.compare([model, model], inputs=INPUTS),
    "ask what it is called with": lambda model: subject_of(model),
    "in inference mode": lambda model: torch.inference_mode()(archcheck.count)(model, INPUTS),
}


def profiled(model: nn.Module, **settings: Any) -> archcheck.Profile:
    return archcheck.profile(model, "cpu", archcheck.Settings(**QUICK, **settings), inputs=INPUTS)


@pytest.mark.parametrize("fails", [False, True], ids=["runs", "fails in the middle"])
@pytest.mark.parametrize("what", CALLS)
def test_everything_is_as_it_was(what: str, fails: bool) -> None:
    model = touchy(fails=fails)
    CALLS["count"](touchy())  # what is imported at the first call may draw numbers
    own, everyone, shared = of_model(model), of_everyone(), functions()
    try:
        gave = CALLS[what](model)
    except archcheck.TargetError as error:
        assert fails or "needs --input" in str(error), error  # noqa: PT017
    else:
        assert isinstance(gave, object)
        assert bool(getattr(gave, "error", None)) == (fails and what.startswith(("profile", "told")))
    for name, before in own.items():
        assert of_model(model)[name] == before, name
    for name, before in everyone.items():
        assert of_everyone()[name] == before, name
    after = functions()
    assert {name for name, one in shared.items() if after.get(name) != one} == set()


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda model: model.drop.train(), "flags"),
        (lambda model: model(torch.zeros(INPUTS)), "values"),
        (lambda model: model.seen.append(2), "attributes"),
        (lambda model: model.head.register_forward_hook(print), "attributes"),
        (lambda model: setattr(model.head, "forward", print), "attributes"),
        (lambda model: model.conv.requires_grad_(True), "trained"),
        (lambda model: model.zero_grad(), "gradients"),
        (lambda model: model.register_buffer("total_ops", torch.zeros(1)), "state dict"),
        (lambda model: model.double(), "places"),
    ],
)
def test_what_is_left_behind_would_be_seen(spoil: Call, what: str) -> None:
    model = touchy()
    before = of_model(model)
    spoil(model)
    assert of_model(model)[what] != before[what]


LOUD = """
import os, random, sys, warnings
import numpy
import torch

os.chdir("/")
sys.path.append("/nowhere")
sys.path = list(sys.path)
random.seed(1), numpy.random.seed(1), torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
torch.set_grad_enabled(False)
torch.set_num_threads(1)
warnings.simplefilter("error")

def net():
    os.chdir("/tmp")
    random.seed(2), torch.manual_seed(2), torch.set_num_threads(1)
    return torch.nn.Linear(4, 2)
"""


def test_code_that_changes_the_world_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loud_net.py").write_text(LOUD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before = of_everyone()
    assert archcheck.count("loud_net.py:net", "1,4").params == 10
    assert (
        archcheck.profile("loud_net.py:net", "cpu", archcheck.Settings(**QUICK), inputs="1,4").error is None
    )
    after = of_everyone()
    assert {name for name, one in before.items() if after[name] != one} == set()
    assert "/nowhere" not in sys.path
