"""The frozen records that a spec becomes: what is built, and what is claimed of it.

After loading nothing is optional by accident: blocks are expanded, `${...}` is worked out, every argument's
type is checked, and every claim knows the line it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from archcheck.spec.budget import Budget
from archcheck.spec.source import Place
from archcheck.spec.training import Recipe
from archcheck.units import Shape, Stated

Value = None | bool | int | float | str | tuple[int | float | None, ...]
"""An argument's value, as PyTorch takes it."""

Pattern = tuple[int | str, ...]
"""A claimed shape: whole numbers, and letters that stand for any size; with or without the batch axis."""

Sides = tuple[int | tuple[int, ...], ...]
"""Claimed sides: a number for a square, a tuple for one a side."""


@dataclass(frozen=True, slots=True)
class Run:
    """A further input that the document says works; shapes with the batch axis, as the document writes them.

    `output` is None where the document states none: then the claim is that the input passes.
    """

    inputs: tuple[Shape, ...]
    output: Pattern | None


ClaimValue = Pattern | Stated | Sides | Run | int | float | str


@dataclass(frozen=True, slots=True)
class By:
    """The source that a statement says it is from, and where the spec says so."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a document.

    `quantity`: what it is about (output, input, an argument's name, params, macs, flops, sizes, layers.TYPE,
    runs, repr, init.TYPE.PARAMETER.STATISTIC, training.steps, training.steps_per_epoch, statement); `wrong`: why it
    is known to be wrong; `at`: where in the document it stands; `unchecked`: why no check of it is possible; `by`:
    which of the spec's sources says so, None where the statement does not tell (then the first); `place`: where in
    the spec.
    """

    quantity: str
    value: ClaimValue
    place: Place
    wrong: str | None = None
    at: str | None = None
    unchecked: str | None = None
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A leaf: a `torch.nn` module (capitalised kind) or one of archcheck's functions (lower case).

    `args`: the arguments that the spec states; the others have PyTorch's defaults or are inferred. `shares`: the path
    of the earlier layer whose `weight` is this layer's as well.
    """

    kind: str
    args: Mapping[str, Value]
    place: Place
    arg_places: Mapping[str, Place] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    shares: str | None = None


@dataclass(frozen=True, slots=True)
class From:
    """What went by before: the output of the node at the path `of`, or the network's input of that name."""

    of: str
    is_input: bool
    place: Place
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """One way of a join; `device` is the number of the GPU that the document puts it on.

    An open branch has no name: its children belong to the body that the join stands in.
    """

    name: str | None
    body: Body
    device: int | None = None


@dataclass(frozen=True, slots=True)
class Branches:
    """Bodies that all receive what this node receives; `kind` says what is made of their results: add, concat ..."""

    kind: str
    branches: tuple[Branch, ...]
    place: Place
    args: Mapping[str, Value] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """Children that run one after the other; `named` says that the spec names them (a mapping).

    `aside`: it hands on what it received, and not what its children gave.
    """

    children: tuple[tuple[str, Node], ...]
    named: bool
    place: Place
    claims: tuple[Claim, ...] = ()
    aside: bool = False


Node = Layer | From | Branches | Body


@dataclass(frozen=True, slots=True)
class Input:
    """One input tensor: the shape of one sample, and for whole numbers the exclusive upper bound `high`."""

    name: str
    shape: Shape
    dtype: str | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Initialiser:
    """`torch.nn.init.FUNCTION(module.PARAMETER, **args)` for every module of a kind."""

    kind: str
    parameter: str
    function: str
    args: Mapping[str, Value]
    place: Place


@dataclass(frozen=True, slots=True)
class Source:
    """A document: its title, and what is known of where it is; `name`: what statements call it, None of `source:`."""

    title: str
    url: str | None = None
    author: str | None = None
    year: int | None = None
    lines: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """One documented network, how its document trains it, and what it may cost at most.

    `family`: what the file is called whose variant it is; None where the file is this network alone.
    """

    target: str
    name: str
    title: str
    sources: tuple[Source, ...]
    class_name: str | None
    inputs: tuple[Input, ...]
    batch: int
    body: Body
    init: tuple[Initialiser, ...]
    claims: tuple[Claim, ...]
    place: Place
    training: Recipe | None = None
    budget: Budget | None = None
    family: str | None = None

    def said_by(self, claim: Claim) -> str | None:
        """Return the name of the source that a claim is from; None where the spec names none."""
        if claim.by is not None:
            return claim.by.name
        return self.sources[0].name if self.sources else None

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Return every node with its dotted path, in the order they finish: what is inside comes first."""
        found: list[tuple[str, Node]] = []
        _walk("", self.body, found)
        return iter(found)

    def leaves(self) -> Iterator[tuple[str, Layer | Branches]]:
        """Yield what runs, in order: layers and functions, and each join after its branches."""
        return ((path, node) for path, node in self.walk() if isinstance(node, Layer | Branches))

    def joins(self) -> frozenset[str]:
        """Return the paths of all joins."""
        return frozenset(path for path, node in self.walk() if isinstance(node, Branches))

    def all_claims(self) -> Iterator[tuple[str, Claim]]:
        """Yield every claim of the document with the path it is about (`""`: the whole network)."""
        for path, node in self.walk():
            for claim in node.claims:
                yield path, claim
        for claim in self.claims:
            yield "", claim


def join(path: str, name: str) -> str:
    """Return the dotted path of the child `name`."""
    return f"{path}.{name}" if path else name


def beside(path: str, name: str) -> str:
    """Return the dotted path of what is called `name` beside the node at `path`."""
    return join(path.rpartition(".")[0], name)


def below(path: str, branch: Branch) -> str:
    """Return the path that a branch's children lie below; those of an open one lie beside the join, which is `path`."""
    return path.rpartition(".")[0] if branch.name is None else join(path, branch.name)


def _walk(path: str, node: Node, found: list[tuple[str, Node]]) -> None:
    """Add every node to `found`: a generator in a generator would hand each on as often as it lies deep."""
    if isinstance(node, Body):
        for name, child in node.children:
            _walk(join(path, name), child, found)
    elif isinstance(node, Branches):
        for branch in node.branches:
            _branch(below(path, branch), branch, found)
    if path:
        found.append((path, node))


def _branch(path: str, branch: Branch, found: list[tuple[str, Node]]) -> None:
    for name, child in branch.body.children:
        _walk(join(path, name), child, found)
    if branch.name is not None:
        found.append((path, branch.body))
