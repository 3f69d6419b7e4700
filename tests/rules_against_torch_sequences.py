"""Compares rules with PyTorch where `rules_against_torch` does not reach.

That is: recurrent layers, whose signatures say nothing; functions; indices as inputs; the same tensor given
several times; layers that refuse nothing; whose fault a refusal is; and MACs, by PyTorch's own counter.
"""

from __future__ import annotations

import inspect
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from archcheck import functions
from archcheck.errors import BadArgument, RefusedInput
from archcheck.parts import Learned
from archcheck.rules import RULES, Effect, Shape
from tests.rules_against_torch import REFUSALS, Arguments, Case, Verdict, tensors_in

FUNCTIONS: Mapping[str, Callable[..., torch.Tensor]] = {
    "flatten": torch.flatten,
    "reshape": torch.reshape,
    "permute": torch.permute,
    "mean": torch.mean,
    "transpose": torch.transpose,
    "unflatten": torch.unflatten,
    "select": torch.select,
    "narrow": torch.narrow,
    "roll": torch.roll,
    "scaled": lambda x, by: torch.mul(x, by),
    "rotary": functions.FUNCTIONS["rotary"],
    "relative_position_bias": functions.FUNCTIONS["relative_position_bias"],
    "shifted_window_mask": functions.FUNCTIONS["shifted_window_mask"],
}
"""PyTorch's functions; what it has not is ours, and held to the papers' own code in tests/test_rules_positions.py."""
TAKE_INDICES = ("Embedding", "EmbeddingBag")
SIDE = st.integers(1, 4)
BOOL = st.booleans()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep PyTorch to one thread, and so from waiting for others over tiny tensors."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@cache
def defaults(name: str) -> Mapping[str, Any]:
    """Return the defaults of a kind, as PyTorch's own signature states them."""
    parameters = dict(inspect.signature(getattr(torch.nn, name)).parameters)
    if name in ("RNN", "GRU", "LSTM"):  # these take (*args, **kwargs) and pass them on
        parameters = dict(inspect.signature(torch.nn.RNNBase.__init__).parameters)
        if name != "LSTM":
            del parameters["proj_size"]  # which they refuse, even as 0
    stated = {p.name: p.default for p in parameters.values() if p.default is not inspect.Parameter.empty}
    if name == "RNN":
        stated["nonlinearity"] = "tanh"  # popped from **kwargs
    if "activation" in stated:
        stated["activation"] = stated["activation"].__name__  # torch.nn.functional.relu
    return {k: v for k, v in stated.items() if k not in ("device", "dtype") and not k.startswith("_")}


def effect(name: str, *shapes: Shape, **arguments: Any) -> Effect:
    """Return what the rule of a kind says, PyTorch's defaults filled in."""
    stated = {} if name in RULES and name.islower() else defaults(name)
    return RULES[name].rule(*shapes, **{**stated, **arguments})


def tensors(name: str, shapes: tuple[Shape, ...], *, shared: bool) -> list[torch.Tensor]:
    """Return an input of every shape; if `shared`, those of one shape are one tensor."""
    dtype = torch.int64 if name in TAKE_INDICES else torch.float32
    kept: dict[Shape, torch.Tensor] = {}
    made = [torch.zeros(shape, dtype=dtype) for shape in shapes]
    return [kept.setdefault(tensor.shape, tensor) for tensor in made] if shared else made


def built(name: str, arguments: Arguments) -> Callable[..., Any]:
    """Return PyTorch's module in eval mode, or its function."""
    if name in FUNCTIONS:
        return lambda x: FUNCTIONS[name](x, **arguments)
    module: torch.nn.Module = (
        Learned(**arguments) if name == "parameter" else getattr(torch.nn, name)(**arguments)
    )
    return module.eval()


def agree(name: str, shapes: tuple[Shape, ...], arguments: Arguments, *, shared: bool = False) -> bool:
    """Assert that rule and PyTorch say the same, or both refuse; return whether they accept.

    Where PyTorch cannot even build the module, the rule must say that an argument is bad.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            module = built(name, arguments)
        except REFUSALS:
            refusal: Any = BadArgument
            expected = None
        else:
            refusal = (BadArgument, RefusedInput)
            expected = _verdict(module, tensors(name, shapes, shared=shared))
    try:
        found = effect(name, *shapes, **arguments)
    except refusal:
        assert expected is None, f"{name}: PyTorch gives {expected}"
        return False
    assert Verdict(found.outputs, found.params) == expected
    return True


def _verdict(module: Callable[..., Any], inputs: list[torch.Tensor]) -> Verdict | None:
    try:
        outputs = tuple(tuple(tensor.shape) for tensor in tensors_in(module(*inputs)))
    except REFUSALS:
        return None
    parameters = module.parameters() if isinstance(module, torch.nn.Module) else ()
    return Verdict(outputs, sum(p.numel() for p in parameters))


def holds(
    name: str,
    cases: st.SearchStrategy[Case],
    *,
    refuses: bool = True,
    examples: int = 60,
    shared: bool = False,
) -> None:
    """Assert that rule and PyTorch agree on every drawn case, and that the cases were of both sorts.

    A kind that `refuses` nothing must accept every case.
    """
    verdicts: Counter[bool] = Counter()

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(cases)
    def agrees(case: Case) -> None:
        verdicts[agree(name, *case, shared=shared)] += 1

    with one_thread():
        agrees()
    fewest = min(verdicts[True], verdicts[False]) if refuses else verdicts[True]
    assert fewest >= examples // 10, f"{name}: accepted and refused {dict(verdicts)}"
    assert refuses or not verdicts[False], f"{name} refuses {verdicts[False]} cases"


def counted_macs(name: str, shapes: tuple[Shape, ...], arguments: Arguments) -> int:
    """Return the MACs of matrix products by PyTorch's counter, on the meta device, where no kernel is fused."""
    with torch.device("meta"), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module, inputs = built(name, arguments), tensors(name, shapes, shared=False)
        with FlopCounterMode(display=False) as counter:
            module(*inputs)
    flops: int = counter.get_total_flops()
    assert flops > 0, f"PyTorch counts nothing in {name}"
    return flops // 2


@st.composite
def near(draw: st.DrawFn, shape: Shape) -> Shape:
    """Draw a shape: half of the time this one, else one with an axis more, less or of another size."""
    if draw(BOOL):
        return shape
    axis, size = draw(st.integers(0, len(shape))), draw(SIDE)
    instead: Shape = draw(st.sampled_from([(), (size,), (*shape[axis : axis + 1], size)]))
    return shape[:axis] + instead + shape[axis + 1 :]


def a_shape(fewest: int = 0, most: int = 5) -> st.SearchStrategy[Shape]:
    """Draw a shape of sides from 1 to 4."""
    return st.lists(SIDE, min_size=fewest, max_size=most).map(tuple)


def arguments_of(**drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[Arguments]:
    """Draw keyword arguments, each from its own strategy."""
    return st.fixed_dictionaries(drawn)
