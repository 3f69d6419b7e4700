"""The models of a document that nothing called: instances that stand there, and classes that can be built."""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from torch import nn

from archcheck.binding.program import Program
from archcheck.running.candidates import parameters_of
from archcheck.running.stated_inputs import Said, said_of

SILENT_SIZES: Mapping[str, int | float] = {
    **dict.fromkeys(
        ("vocab_size", "src_vocab_size", "tgt_vocab_size", "num_embeddings", "n_vocab", "vocab"), 101
    ),
    **dict.fromkeys(("max_len", "seq_len", "block_size", "context_length", "max_length", "max_seq_len"), 64),
    **dict.fromkeys(("num_layers", "n_layers", "depth", "layers", "n_layer"), 2),
    **dict.fromkeys(("dropout", "dropout_rate", "drop", "drop_rate", "p", "drop_prob"), 0.1),
}
"""What a class is built with where nothing says what: sizes that seldom are a claim's."""
SIZES: Mapping[str, int] = {
    **dict.fromkeys(
        ("num_classes", "n_classes", "classes", "n_class", "num_class", "out_dim", "num_outputs"), 10
    ),
    **dict.fromkeys(
        ("in_channels", "in_channel", "in_ch", "c_in", "inp", "in_planes", "inplanes", "in_chans"), 16
    ),
    **dict.fromkeys(
        ("out_channels", "out_channel", "out_ch", "c_out", "oup", "planes", "channels", "channel"), 24
    ),
    **dict.fromkeys(
        ("dim", "d_model", "embed_dim", "embed_size", "emb_dim", "hidden_dim", "hidden_size"), 32
    ),
    **dict.fromkeys(
        ("num_hiddens", "n_hidden", "num_hidden", "hidden", "d_k", "d_v", "d_ff", "input_size"), 32
    ),
    **dict.fromkeys(("num_heads", "n_heads", "heads", "nhead", "n_head", "h", "groups"), 4),
    **dict.fromkeys(("stride", "expansion"), 2),
    **dict.fromkeys(("kernel_size", "kernel"), 3),
}
"""The same of sizes that often are: only where no claim has a number."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is to be called; `guessed`: it was made with arguments that nothing says."""

    model: Any
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """A model, or a function, whose sites have seen nothing; `make`: a way to have it.

    `what`: its class or name; `said`: what the document says of it.
    """

    what: str
    make: Callable[[], Made]
    said: Said


class Watching(Protocol):
    """What has been seen so far."""

    @property
    def reported(self) -> set[int]:
        """The sites that saw anything."""

    def has_run(self, module: nn.Module) -> bool:
        """Return whether a module was called."""

    def watches(self, module: nn.Module) -> bool:
        """Return whether a site waits for a module, or for one in it, to run."""


def silent_ones(program: Program, namespace: Mapping[str, Any], watching: Watching) -> Iterator[Silent]:
    """Yield what has claims and has seen nothing: instances first, then classes and functions, the last first.

    What stands later is made of what stands before it, and shows that too: so each is asked when its turn comes.
    """
    claimed = frozenset(site for claim in program.claims for site in claim.sites)
    by_owner = _by_owner(program, claimed)
    none: frozenset[int] = frozenset()
    for name, value in reversed(list(namespace.items())):
        if isinstance(value, nn.Module) and not watching.has_run(value):
            of_class = by_owner.get(type(value).__name__, none)
            if of_class or watching.watches(value):
                said = said_of(program, by_owner.get("", none) | of_class, f"{type(value).__name__}.forward")
                yield Silent(name, partial(Made, value), said)
    for owner in reversed([owner for owner in by_owner if owner]):
        found, sites = namespace.get(owner), by_owner[owner]
        if sites & watching.reported or getattr(found, "__module__", None) != "__main__":
            continue
        is_model = isinstance(found, type) and issubclass(found, nn.Module)
        if is_model or inspect.isfunction(found):
            said = said_of(program, sites, f"{owner}.forward" if is_model else owner)
            yield Silent(owner, partial(_made, found, said, program, namespace), said)


def _by_owner(program: Program, claimed: frozenset[int]) -> dict[str, frozenset[int]]:
    """Return the sites of claims by the outermost class or function that they stand in."""
    found: dict[str, set[int]] = {}
    for site in program.sites:
        if site.number in claimed:
            found.setdefault(site.function.partition(".")[0], set()).add(site.number)
    return {owner: frozenset(sites) for owner, sites in found.items()}


def _made(found: Any, said: Said, program: Program, namespace: Mapping[str, Any]) -> Made:
    """Return a model of a class, or what a function gives: as the document calls it, or with names that it has.

    A function whose parameters the document has shapes for is not called, for it takes tensors: it is returned.
    """
    needed = parameters_of(found)
    if not isinstance(found, type) and needed and all(name in said.parameters for name in needed):
        return Made(found)
    for call in _calls(program, found.__name__):
        with contextlib.suppress(Exception):
            args = [_worked_out(one, namespace) for one in call.args]
            kwargs = {one.arg: _worked_out(one.value, namespace) for one in call.keywords if one.arg}
            return Made(found(*args, **kwargs))
    given = {name: _argument(name, namespace, said) for name in needed}
    return Made(found(**given), guessed=any(name not in namespace for name in needed))


def _calls(program: Program, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a name in a program, those with the most arguments first."""
    try:
        tree = ast.parse(program.source)
    except (SyntaxError, ValueError, RecursionError):
        return
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    yield from sorted(calls, key=lambda call: -len(call.args) - len(call.keywords))[:8]


def _worked_out(expression: ast.expr, namespace: Mapping[str, Any]) -> Any:
    code = compile(ast.Expression(expression), "<call>", "eval")
    return eval(code, dict(namespace))


def _argument(name: str, namespace: Mapping[str, Any], said: Said) -> Any:
    """Return what a parameter may be given: what the document has under its name, or a size that is usual."""
    if name in namespace:
        return namespace[name]
    found = SILENT_SIZES.get(name, None if said.numbers else SIZES.get(name))
    if found is None:
        raise ValueError(f"nothing says what its argument {name} is")
    return found
