"""All rules together: which kinds there are, what they are called with, and that they need no PyTorch."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from archcheck import functions
from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules import (
    RULES,
    Effect,
    Kind,
    Shape,
    activation,
    attention,
    convolution,
    joins,
    linear,
    normalisation,
    pooling,
    positions,
    recurrent,
    resampling,
    reshaping,
)
from archcheck.rules.activation import PER_ELEMENT
from archcheck.spec import signatures
from tests.rules_against_torch_sequences import defaults

FAMILIES: tuple[Mapping[str, Kind], ...] = (
    convolution.KINDS,
    pooling.KINDS,
    resampling.KINDS,
    activation.KINDS,
    normalisation.KINDS,
    linear.KINDS,
    recurrent.KINDS,
    attention.KINDS,
    reshaping.KINDS,
    reshaping.FUNCTIONS,
    positions.FUNCTIONS,
)
ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(set(RULES) - set(signatures.FUNCTIONS))
WITHOUT_RULE = {
    # kinds that a spec may name, and why no arithmetic on shapes says what they give
    "AdaptiveLogSoftmaxWithLoss": "takes targets, and its cost hangs on their values",
}


def names_of(kind: str) -> set[str]:
    """Return the arguments of PyTorch's class, but for device and dtype."""
    if kind in ("RNN", "GRU", "LSTM"):  # (*args, **kwargs)
        return {"input_size", "hidden_size", *defaults(kind)}
    parameters = inspect.signature(getattr(torch.nn, kind)).parameters.values()
    named = {p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    return named - {"device", "dtype"}


def function_of(kind: str) -> object:
    """Return the function behind a rule, which a `functools.partial` may share out among several kinds."""
    return getattr(RULES[kind].rule, "func", RULES[kind].rule)


def own_parameters(kind: str) -> list[inspect.Parameter]:
    """Return a rule's parameters, but for those that a `functools.partial` has filled."""
    bound = getattr(RULES[kind].rule, "keywords", {})
    return [p for p in inspect.signature(RULES[kind].rule).parameters.values() if p.name not in bound]


@pytest.mark.parametrize("kind", MODULES)
def test_a_rule_takes_the_arguments_of_torch(kind: str) -> None:
    shapes = [(1, 2)] * RULES[kind].inputs[0]
    inspect.signature(RULES[kind].rule).bind(*shapes, **dict.fromkeys(names_of(kind)))


@pytest.mark.parametrize("kind", MODULES)
def test_a_rule_asks_for_no_argument_that_torch_has_not(kind: str) -> None:
    asked = [p for p in own_parameters(kind) if p.kind is inspect.Parameter.KEYWORD_ONLY]
    assert {p.name for p in asked if p.default is inspect.Parameter.empty} <= names_of(kind)
    siblings = [other for other in MODULES if function_of(other) is function_of(kind)]
    assert {p.name for p in asked} <= set().union(*map(names_of, siblings))


@pytest.mark.parametrize("kind", sorted(RULES))
def test_a_rule_takes_what_a_spec_states(kind: str) -> None:
    signature = signatures.signature(kind)
    assert signature is not None
    for count in RULES[kind].inputs:
        inspect.signature(RULES[kind].rule).bind(*[(1, 2)] * count, **dict.fromkeys(signature.names))


@pytest.mark.parametrize("kind", sorted(RULES))
def test_a_rule_takes_as_many_tensors_as_its_kind_says(kind: str) -> None:
    positional = [p for p in own_parameters(kind) if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    fewest = sum(p.default is inspect.Parameter.empty for p in positional)
    assert RULES[kind].inputs == tuple(range(fewest, len(positional) + 1))


@pytest.mark.parametrize("kind", sorted(kind for kind, given in RULES.items() if given.fills))
def test_a_fill_names_an_argument_and_refuses_a_scalar(kind: str) -> None:
    signature = signatures.signature(kind)
    assert signature is not None
    for argument, fill in RULES[kind].fills.items():
        assert argument in signature.names
        with pytest.raises(RefusedInput):
            fill(())


SHAPES = [(), (1,), (2, 3), (2, 4, 6), (2, 4, 6, 8), (2, 4, 3, 3, 3), (1, 2, 3, 4, 5, 6)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_rule_gives_whole_numbers_or_refuses(shape: Shape) -> None:
    accepted = 0
    for kind, given in RULES.items():
        signature = signatures.signature(kind)
        assert signature is not None
        arguments = {a.name: _any_value(a) if a.required else a.default for a in signature.arguments}
        try:
            arguments |= {name: fill(shape) for name, fill in given.fills.items()}
            effect = given.rule(*[shape] * given.inputs[0], **arguments)
        except (BadArgument, RefusedInput):
            continue
        accepted += 1
        numbers = (*sum(effect.outputs, ()), effect.params, effect.macs, effect.flops)
        assert all(type(number) is int and number >= 0 for number in numbers), f"{kind} gives {effect}"
    assert accepted > len(PER_ELEMENT)  # these take anything


def _any_value(argument: signatures.Argument) -> object:
    values = {"int": 2, "float": 1.0, "bool": True, "size": 2, "free size": 2, "ratio": 2, "ints": (2,)}
    return argument.choices[0] if argument.type == "choice" else values[argument.type]


def test_no_two_families_know_the_same_kind() -> None:
    assert sum(map(len, FAMILIES)) == len(RULES)
    assert all(RULES[name] is kind for family in FAMILIES for name, kind in family.items())


def test_every_kind_that_a_spec_may_name_has_a_rule() -> None:
    assert set(RULES) == {*signatures.kinds(), *signatures.FUNCTIONS} - set(WITHOUT_RULE)


def test_every_function_and_join_has_a_signature_and_what_it_computes() -> None:
    """A learned tensor is the one that is no function of what comes in."""
    ruled = {*reshaping.FUNCTIONS, *positions.FUNCTIONS}
    assert ruled == set(signatures.FUNCTIONS) == {*functions.FUNCTIONS, "parameter"}
    assert set(joins.JOINS) == set(signatures.JOINS) == set(functions.JOINS)


def test_rules_import_no_torch() -> None:
    code = (
        "import sys, archcheck.rules; print([name for name in sys.modules if name.split('.')[0] == 'torch'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_what_is_exported() -> None:
    assert Effect(((1, 2), (3,)), 4).output == (1, 2)
    assert isinstance(RULES["ReLU"], Kind)
