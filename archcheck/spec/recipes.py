"""Reading `training:`: the recipe that a document trains its network by, and what it says of its length."""

from __future__ import annotations

from collections.abc import Iterator

from archcheck.spec import claims, read
from archcheck.spec.calls import OPTIMIZERS, call, known
from archcheck.spec.layers import Claim
from archcheck.spec.source import Node, Pairs, Scalar
from archcheck.spec.training import Optimizer, Recipe
from archcheck.units import read_exact

STEPS = ("steps_per_epoch", "steps")
"""What follows from the others, and may be claimed."""
KEYS = ("dataset", "samples", "batch", "epochs", "optimizer", "drop_last", *STEPS)
NOT_NEGATIVE = ("lr", "momentum", "weight_decay")
"""Arguments of optimisers that PyTorch refuses below nought."""


def recipe(node: Node) -> Recipe:
    """Read `training:`; what the document does not say is left out, and None."""
    mapping = _mapping(node)
    dataset, drop_last = mapping.get("dataset"), mapping.get("drop_last")
    optimizer = mapping.get("optimizer")
    return Recipe(
        dataset=None if dataset is None else read.text(dataset, "training: dataset"),
        samples=_samples(mapping.get("samples")),
        batch=_whole(mapping, "batch"),
        epochs=_whole(mapping, "epochs"),
        optimizer=None if optimizer is None else _optimizer(optimizer),
        drop_last=drop_last is not None and _truth(drop_last),
        place=node.place,
    )


def step_claims(node: Node) -> Iterator[Claim]:
    """Yield what the document says of the number of steps, called `training.steps` and the like."""
    mapping = _mapping(node)
    for quantity in STEPS:
        stated = mapping.get(quantity)
        if stated is not None:
            yield from claims.statements(f"training.{quantity}", stated, claims.count)


def _mapping(node: Node) -> Pairs:
    mapping = read.pairs(node, "training")
    read.only_keys(mapping, KEYS, "training")
    return mapping


def _whole(mapping: Pairs, key: str) -> int | None:
    value = mapping.get(key)
    return None if value is None else read.whole(value, f"training: {key}")


def _samples(node: Node | None) -> int | None:
    if node is None:
        return None
    value = node.value if isinstance(node, Scalar) else None
    samples = read_exact(value)
    if samples is None or not 1 <= samples <= read.MAX_SIZE:
        raise node.place.error(
            f"training: samples needs a count such as 60000 or 1.2M, given {read.shown(node)}"
        )
    return samples


def _truth(node: Node) -> bool:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    raise node.place.error(f"training: drop_last needs true or false, given {read.shown(node)}")


def _optimizer(node: Node) -> Optimizer:
    where = "training: optimizer"
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return Optimizer(known(node.value, node.place, where, OPTIMIZERS).kind, {})
    made = call(node, where, OPTIMIZERS)
    for name in NOT_NEGATIVE:
        value = made.args.get(name)
        if isinstance(value, int | float) and value < 0:
            raise made.place.error(f"{where}: {made.name}: {name} must be at least 0, given {value}")
    return Optimizer(made.name, made.args)
