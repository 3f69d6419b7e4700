"""`training:` - what is read, what is refused, and the steps that follow from it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from archcheck import api, schema
from archcheck.checks import make_checks
from archcheck.errors import SpecError, UsageError
from archcheck.infer import infer
from archcheck.results import Check
from archcheck.spec import recipes, signatures
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Place
from archcheck.spec.training import Optimizer, Recipe
from archcheck.training import step_of
from tests.refusals import refusal, rows

NET = "input: [4]\nlayers: [{Linear: {out_features: 2}}]\n"
VALIDATOR = jsonschema.Draft7Validator(schema.spec_schema())


def recipe(text: str) -> Recipe:
    found = loads_spec(f"{NET}training: {text}\n", "x.yaml").training
    assert found is not None
    return found


def checks(training: str) -> tuple[Check, ...]:
    """Return the checks of what is claimed of the training."""
    spec = loads_spec(f"{NET}training: {training}\n", "x.yaml")
    found = make_checks(spec, infer(spec), None)
    return tuple(check for check in found if check.quantity.startswith("training."))


# What is read


def test_a_whole_recipe() -> None:
    text = (
        "{dataset: Fashion-MNIST, samples: 60000, batch: 128, epochs: 10, "
        "optimizer: {SGD: {lr: 0.01, momentum: 0.9, nesterov: true}}, drop_last: true}"
    )
    assert recipe(text) == Recipe(
        dataset="Fashion-MNIST",
        samples=60_000,
        batch=128,
        epochs=10,
        optimizer=Optimizer("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
        drop_last=True,
        place=Place("x.yaml", 3, 11),
    )


def test_what_a_document_does_not_say_is_not_made_up() -> None:
    assert recipe("{epochs: 10}") == Recipe(epochs=10, place=Place("x.yaml", 3, 11))
    assert loads_spec(NET, "x.yaml").training is None


READ = [
    # training, field, value, why this row
    ("{samples: 1.2M}", "samples", 1_200_000, "the AlexNet paper's words: exactly that"),
    ("{samples: '60,000'}", "samples", 60_000, "commas"),
    ("{optimizer: Adam}", "optimizer", Optimizer("Adam", {}), "a name alone has PyTorch's defaults"),
    ("{optimizer: {Adam: }}", "optimizer", Optimizer("Adam", {}), "the same as a mapping"),
    (
        "{optimizer: {AdamW: {betas: [0.9, 0.95], lr: 3e-4}}}",
        "optimizer",
        Optimizer("AdamW", {"lr": 3e-4, "betas": (0.9, 0.95)}),
        "a list of numbers",
    ),
]


@pytest.mark.parametrize(("text", "name", "value", "why"), READ)
def test_a_value_is_read(text: str, name: str, value: object, why: str) -> None:
    assert getattr(recipe(text), name) == value, why


@rows("""
# an unknown key
input: [4]
layers: []
training: {epoch: 10}
! 3:12: training: no key 'epoch'; did you mean 'epochs'?

# no mapping
input: [4]
layers: []
training: 10
! 3:11: training needs a mapping, given 10

# a name that is none
input: [4]
layers: []
training: {optimizer: SDG}
! 3:23: training: optimizer: no optimizer 'SDG' in torch.optim that a spec may use; did you mean 'SGD'?

# the same with arguments
input: [4]
layers: []
training: {optimizer: {Adamm: {lr: 0.1}}}
! 3:24: training: optimizer: no optimizer 'Adamm' in torch.optim that a spec may use; did you mean 'Adam'?

# an optimiser that no step is known of
input: [4]
layers: []
training: {optimizer: LBFGS}
! 3:23: training: optimizer: no optimizer 'LBFGS' in torch.optim that a spec may use

# two optimisers
input: [4]
layers: []
training: {optimizer: {SGD: , Adam: }}
! 3:23: training: optimizer needs one optimizer of torch.optim, given 2

# an argument that it has not
input: [4]
layers: []
training: {optimizer: {SGD: {learning_rate: 0.1}}}
! 3:30: SGD: no key 'learning_rate'; there are: lr, momentum, dampening, weight_decay, nesterov,
  maximize, foreach, fused

# a word for a number
input: [4]
layers: []
training: {optimizer: {SGD: {lr: fast}}}
! 3:34: training: optimizer: SGD: lr needs a number, given 'fast'

# three of two
input: [4]
layers: []
training: {optimizer: {Adam: {betas: [0.9, 0.99, 0.999]}}}
! 3:38: training: optimizer: Adam: betas needs a list of 2 numbers, given [0.9, 0.99, 0.999]

# below nought
input: [4]
layers: []
training: {optimizer: {SGD: {lr: -0.1}}}
! 3:24: training: optimizer: SGD: lr must be at least 0, given -0.1

# no samples
input: [4]
layers: []
training: {samples: 0}
! 3:21: training: samples needs a count such as 60000 or 1.2M, given 0

# samples in words
input: [4]
layers: []
training: {samples: many}
! 3:21: training: samples needs a count such as 60000 or 1.2M, given 'many'

# less than whole samples
input: [4]
layers: []
training: {samples: 1.2345K}
! 3:21: training: samples needs a count such as 60000 or 1.2M, given '1.2345K'

# no batch
input: [4]
layers: []
training: {batch: 0}
! 3:19: training: batch must be at least 1, given 0

# epochs in parts
input: [4]
layers: []
training: {epochs: 0.5}
! 3:20: training: epochs needs a whole number, given 0.5

# a word for a truth
input: [4]
layers: []
training: {drop_last: maybe}
! 3:23: training: drop_last needs true or false, given 'maybe'

# a number of steps that is none
input: [4]
layers: []
training: {steps: lots}
! 3:19: training.steps needs a count such as 5 or 16.6M, given 'lots'
""")
def test_what_is_no_recipe_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


# The steps that follow

STEPS = [
    # samples, batch, epochs, drop_last, steps an epoch, in all, why this row
    (60_000, 128, 10, False, 469, 4_690, "468 whole batches, and one of 96"),
    (60_000, 128, 10, True, 468, 4_680, "without that one"),
    (60_000, 64, 10, False, 938, 9_380, "937 whole ones and a half"),
    (60_000, 100, 2, False, 600, 1_200, "all whole"),
    (60_000, 100, 2, True, 600, 1_200, "the same: there is nothing to drop"),
    (100, 128, 1, False, 1, 1, "one that is not full"),
    (100, 128, 1, True, 0, 0, "none that is full"),
    (None, 128, 10, False, None, None, "how many samples is not said"),
    (60_000, None, 10, False, None, None, "how many a step is not said"),
    (60_000, 128, None, False, 469, None, "for how long is not said"),
]


@pytest.mark.parametrize(("samples", "batch", "epochs", "drop_last", "each", "whole", "why"), STEPS)
def test_steps_are_worked_out(
    samples: int | None,
    batch: int | None,
    epochs: int | None,
    drop_last: bool,
    each: int | None,
    whole: int | None,
    why: str,
) -> None:
    found = Recipe(samples=samples, batch=batch, epochs=epochs, drop_last=drop_last)
    assert (found.steps_per_epoch, found.steps) == (each, whole), why
    if samples is not None and batch is not None:
        loader: DataLoader[int] = DataLoader(range(samples), batch_size=batch, drop_last=drop_last)  # type: ignore[arg-type]
        assert len(loader) == each, "PyTorch's own"


CLAIMED = [
    # training, status, inferred, hint, why this row
    ("{samples: 60000, batch: 128, steps_per_epoch: 469}", "agrees", 469, None, "469 it is"),
    ("{samples: 60000, batch: 128, epochs: 10, steps: 4.7K}", "agrees", 4690, None, "4,650 to 4,750"),
    (
        "{samples: 60000, batch: 128, epochs: 10, steps: 4680}",
        "differs",
        4690,
        "60000 samples in batches of 128: 469 steps an epoch, a batch that is not full counted; 10 epochs: 4690",
        "the last batch forgotten",
    ),
    (
        "{samples: 60000, batch: 128, drop_last: true, steps_per_epoch: 469}",
        "differs",
        468,
        "60000 samples in batches of 128: 468 steps an epoch, a batch that is not full dropped",
        "and dropped",
    ),
    (
        "{samples: 60000, batch: 128, steps_per_epoch: {documented: 468, wrong: it counts whole ones}}",
        "known wrong",
        469,
        "60000 samples in batches of 128: 469 steps an epoch, a batch that is not full counted",
        "known to be wrong",
    ),
    (
        "{samples: 60000, batch: 128, steps_per_epoch: {documented: 469, wrong: is it}}",
        "differs",
        469,
        "marked wrong, but it holds: take 'wrong:' away",
        "no longer wrong",
    ),
    (
        "{batch: 128, steps_per_epoch: 469}",
        "unchecked",
        None,
        "needs samples under 'training:'",
        "never a pass",
    ),
    (
        "{batch: 128, steps: 4690}",
        "unchecked",
        None,
        "needs samples and epochs under 'training:'",
        "both are missing",
    ),
]


@pytest.mark.parametrize(("training", "status", "inferred", "hint", "why"), CLAIMED)
def test_a_number_of_steps_is_checked(
    training: str, status: str, inferred: int | None, hint: str | None, why: str
) -> None:
    (check,) = checks(training)
    assert (check.status, check.inferred, check.hint) == (status, inferred, hint), why
    assert (check.layer, check.line, check.seen) == ("", 3, None)


def test_one_thing_said_in_two_places() -> None:
    text = "{samples: 100, batch: 10, steps_per_epoch: [{documented: 10, at: 1}, {documented: 11, at: 2}]}"
    assert [(check.status, check.at) for check in checks(text)] == [
        ("agrees", "line 1"),
        ("differs", "line 2"),
    ]


# The optimisers, against PyTorch

SAMPLES: dict[str, Any] = {"bool": True, "float": 0.5, "floats": (0.25, 0.75)}
REFUSED_TOGETHER = {
    ("SGD", "nesterov"): "needs a momentum, and no dampening",
    ("SGD", "dampening"): "against nesterov",
    ("Rprop", "etas"): "needs one below 1 and one above",
    ("Adafactor", "beta2_decay"): "needs one below nought",
    ("Adafactor", "d"): "needs at least 1",
}


@pytest.mark.parametrize("name", signatures.optimizers())
def test_torch_takes_what_the_table_allows(name: str) -> None:
    found = signatures.optimizer(name)
    assert found is not None
    args = {
        each.name: SAMPLES[each.type]
        for each in found.arguments
        if (name, each.name) not in REFUSED_TOGETHER and each.name not in ("foreach", "fused")
    }
    made = getattr(torch.optim, name)([nn.Parameter(torch.zeros(2, 2))], **args)
    assert {key: made.defaults[key] for key in args} == args


def test_every_optimiser_of_torch_is_in_the_table_or_left_out_for_a_reason() -> None:
    public = {
        name
        for name, value in vars(torch.optim).items()
        if isinstance(value, type) and issubclass(value, torch.optim.Optimizer)
    }
    assert public - set(signatures.optimizers()) == {"Optimizer", "LBFGS", "SparseAdam", "Muon"}


@pytest.mark.parametrize("argument", recipes.NOT_NEGATIVE)
@pytest.mark.parametrize("name", signatures.optimizers())
def test_what_may_not_be_negative_torch_refuses_too(name: str, argument: str) -> None:
    found = signatures.optimizer(name)
    if found is None or found.get(argument) is None:
        return
    with pytest.raises(ValueError, match=r"nvalid|should be|must be"):
        getattr(torch.optim, name)([nn.Parameter(torch.zeros(2))], **{argument: -0.1})
    with pytest.raises(SpecError, match=f"{name}: {argument} must be at least 0, given -0.1"):
        recipe(f"{{optimizer: {{{name}: {{{argument}: -0.1}}}}}}")


def test_what_only_torch_refuses_is_one_line() -> None:
    optimizer = recipe("{optimizer: {SGD: {lr: 0.1, nesterov: true}}}").optimizer
    assert optimizer is not None
    message = (
        "optimizer SGD(lr=0.1, nesterov=True): PyTorch refuses it: "
        "Nesterov momentum requires a momentum and zero dampening"
    )
    with pytest.raises(UsageError) as caught:
        step_of(nn.Linear(2, 2), ((), {}), optimizer)
    assert str(caught.value) == message


def test_a_network_without_parameters_is_not_trained() -> None:
    with pytest.raises(UsageError) as caught:
        step_of(nn.ReLU(), ((), {}), Optimizer())
    assert str(caught.value) == "mode train: the network has no parameters to train"


# The schema

ACCEPTED = [
    "{}",
    "{dataset: MNIST, samples: 1.2M, batch: 1, epochs: 1, drop_last: false}",
    "{optimizer: SGD}",
    "{optimizer: {SGD: }}",
    "{optimizer: {Adam: {lr: 0, betas: [0.9, 0.99], foreach: null, amsgrad: true}}}",
    "{steps: 4.7K, steps_per_epoch: [{documented: 469, wrong: why, at: 3}]}",
]
REFUSED = [
    "[]",
    "{epoch: 1}",
    "{dataset: 3}",
    "{samples: 0}",
    "{samples: many}",
    "{samples: -3}",
    "{batch: 0}",
    "{epochs: 1.5}",
    "{optimizer: Sgd}",
    "{optimizer: {}}",
    "{optimizer: {SGD: {}, Adam: {}}}",
    "{optimizer: {SGD: {rate: 1}}}",
    "{optimizer: {SGD: {lr: -1}}}",
    "{optimizer: {SGD: {lr: null}}}",
    "{optimizer: {SGD: {nesterov: 1}}}",
    "{optimizer: {Adam: {betas: 0.9}}}",
    "{optimizer: {Adam: {betas: [0.9]}}}",
    "{drop_last: 1}",
    "{steps: [1, 2]}",
]


@pytest.mark.parametrize(
    ("training", "accept"), [*((text, True) for text in ACCEPTED), *((text, False) for text in REFUSED)]
)
def test_the_schema_and_the_loader_say_the_same(training: str, accept: bool) -> None:
    import yaml

    text = f"{NET}training: {training}\n"
    try:
        loads_spec(text, "x.yaml")
        loaded = True
    except SpecError:
        loaded = False
    assert (loaded, VALIDATOR.is_valid(yaml.safe_load(text))) == (accept, accept)


def test_every_key_is_described_and_no_other() -> None:
    assert tuple(schema.TRAINING) == recipes.KEYS


# The documents

STATED = [
    # name, batch, epochs, rate, lines of the page
    ("alexnet_fashion_mnist", 128, 10, 0.01, "64 and 71"),
    ("alexnet_mnist", 64, 10, 0.01, "17"),
]


@pytest.mark.parametrize(("name", "batch", "epochs", "rate", "where"), STATED)
def test_the_shipped_recipes_are_what_their_pages_state(
    name: str, batch: int, epochs: int, rate: float, where: str
) -> None:
    found = api.load(name).training
    assert found is not None
    assert (found.batch, found.epochs, found.samples) == (batch, epochs, 60_000), where
    assert found.optimizer == Optimizer("SGD", {"lr": rate}), where


def test_the_quantities_are_in_the_contract() -> None:
    from archcheck.report.contract import schema_of
    from archcheck.report.to_json import verify_json
    from archcheck.results import Verification

    made = checks("{samples: 60000, batch: 128, epochs: 10, steps: 4680, steps_per_epoch: 469}")
    result = Verification("x.yaml", "x", None, made)
    jsonschema.validate(json.loads(verify_json([result], {})), schema_of("verify"))
    assert {check.quantity for check in made} == {f"training.{name}" for name in recipes.STEPS}
