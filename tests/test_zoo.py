"""Real architectures: parameters and multiply-accumulates as published, and the same count however they are run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from archcheck.arguments import Arguments
from archcheck.built import of_module
from archcheck.counting.passes import count_built
from archcheck.operations import Count
from archcheck.profiling.isolation import threads_set
from archcheck.tensors import empty_call, random_call
from archcheck.units import read_stated
from tests.zoo import ZOO, Architecture

CPU, META = torch.device("cpu"), torch.device("meta")

NAMES = sorted(ZOO)

SIBLINGS = (
    *("densenet121", "inception_v3", "mobilenet_v3_large", "regnet_x_400mf", "resnet152", "resnext50_32x4d"),
    *("squeezenet1_0", "vgg16", "wide_resnet50_2"),
)
"""Deep ones whose like runs anyway: on the CPU only among the slow tests."""


class _Undrawn(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Leaves weights as memory has them: drawing a hundred million takes seconds, and no count looks at them."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func._schema.name in ("aten::uniform_", "aten::normal_"):
            return args[0].zero_()
        return func(*args, **(kwargs or {}))


@contextmanager
def undrawn() -> Iterator[None]:
    with _Undrawn():  # type: ignore[no-untyped-call]
        yield


@cache
def on_meta(name: str) -> nn.Module:
    with META:
        return ZOO[name].make()


@cache
def counted_on_meta(name: str) -> Count:
    return counted(on_meta(name), ZOO[name].arguments, META)


def small_on_cpu(architecture: Architecture) -> nn.Module:
    with undrawn():
        return architecture.small()


def counted(model: nn.Module, arguments: Arguments, device: torch.device, *, train: bool = False) -> Count:
    make = empty_call if device == META else random_call
    with threads_set(1):  # for layers as small as these, more only wait for one another
        return count_built(of_module(model), make(arguments, device, torch.float32), train=train)


def mul_adds(count: Count) -> int:
    assert count.unknown == ()
    assert count.operations is not None
    return count.operations.mul_adds


def by_pytorch(model: nn.Module, arguments: Arguments) -> int:
    """Return what PyTorch's own counter says on meta, where it sees attention's products: it counts two for one."""
    args, kwargs = empty_call(arguments, META, torch.float32)
    with torch.no_grad(), META, FlopCounterMode(display=False) as counter:
        model(*args, **kwargs)
    return int(counter.get_total_flops()) // 2


def test_there_are_thirty_architectures() -> None:
    assert len(ZOO) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_params_are_exactly_the_published_ones(name: str) -> None:
    assert counted_on_meta(name).params == ZOO[name].params


@pytest.mark.parametrize("name", NAMES)
def test_macs_are_the_published_ones_as_precisely_as_they_are_written(name: str) -> None:
    published = ZOO[name].macs
    stated = read_stated(f"{published} G" if isinstance(published, str) else published)
    assert stated is not None
    found = mul_adds(counted_on_meta(name))
    assert stated.holds(found), f"{found} for {published}"


@pytest.mark.parametrize("name", NAMES)
def test_macs_are_those_of_pytorchs_own_counter(name: str) -> None:
    model, arguments = on_meta(name), ZOO[name].arguments
    assert mul_adds(counted_on_meta(name)) == by_pytorch(model.eval(), arguments)


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_add_up_to_the_whole(name: str) -> None:
    count = counted_on_meta(name)
    rows = [call.operations.mul_adds for call in count.calls if call.operations is not None]
    assert len(rows) == len(count.calls)
    assert sum(rows) == mul_adds(count)
    assert sum(call.params for call in count.calls) == count.params


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SIBLINGS)) for name in NAMES]
)
def test_macs_are_the_same_on_cpu_and_meta_with_and_without_grad_in_train_and_eval(name: str) -> None:
    architecture = ZOO[name]
    model, arguments = small_on_cpu(architecture), architecture.small_arguments
    with torch.enable_grad():
        found = {
            "meta, train, grad": mul_adds(counted(model, arguments, META, train=True)),
            "cpu, train, grad": mul_adds(counted(model, arguments, CPU, train=True)),
        }
    with torch.no_grad():
        found |= {
            "meta, eval, no grad": mul_adds(counted(model, arguments, META)),
            "cpu, eval, no grad": mul_adds(counted(model, arguments, CPU)),
        }
    assert len(set(found.values())) == 1, found
    assert found["meta, eval, no grad"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("llama_2_7b",)])
def test_macs_of_the_full_size_are_the_same_on_the_cpu(name: str) -> None:
    with undrawn():
        model = ZOO[name].make()
    with torch.no_grad():
        found = mul_adds(counted(model, ZOO[name].arguments, CPU))
    assert found == mul_adds(counted_on_meta(name))
