"""Slips: which are made of a spec, which of them its claims catch, and which claims would catch the others."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
import torch

from archcheck.checks import make_checks
from archcheck.errors import SpecError
from archcheck.infer import Inference, Known, infer
from archcheck.leaf import complete
from archcheck.model import compile_spec
from archcheck.mutating import File, mutate
from archcheck.mutating.changes import Mutant, mutants, rewritten
from archcheck.mutating.printed import UNTOLD
from archcheck.mutating.slips import slipped, slips
from archcheck.observe import observe
from archcheck.rules import RULES
from archcheck.spec.layers import From, Layer, Node, Spec, Value
from archcheck.spec.load import load_spec, loads_spec
from archcheck.spec.signatures import kinds, signature
from archcheck.spec.source import Place
from archcheck.strength import Change, Mutation, Proposal
from tests.specs import CPU, spec

META = torch.device("meta")
SPECS = [
    Path(__file__).parent.parent / "specs" / f"{name}.yaml" for name in ("alexnet_fashion_mnist", "zfnet")
]

CONV = """
    input: [1, 5, 5]
    layers:
      - Conv2d: {out_channels: 2, kernel_size: 3}
        output: [2, 3, 3]
"""
CONV_CHANGES = [  # worked by hand: (5 + 2p - d(k - 1) - 1) // s + 1
    ("out_channels 2 -> 3", "caught", "line 5: output"),
    ("kernel_size 3 -> 4", "caught", "line 5: output"),
    ("kernel_size 3 -> 2", "caught", "line 5: output"),
    ("stride 1 -> 2", "caught", "line 5: output"),
    ("padding 0 -> 1", "caught", "line 5: output"),
    ("dilation 1 -> 2", "caught", "line 5: output"),
    ("groups 1 -> 2", "caught", "it cannot be built"),  # 1 channel does not divide into 2 groups
    ("bias true -> false", "unseen", None),
    ("left out", "caught", "line 5: output, of a layer that is not there"),
    ("stands twice", "unseen", None),  # the second gives 2x1x1, of which nothing is said
]


def changes(text: str) -> dict[str, Change]:
    """Return what became of each slip of a spec's text, by layer and slip."""
    return {f"{change.layer}: {change.what}": change for change in mutate(spec(text)).changes}


def test_every_argument_of_one_layer() -> None:
    found = mutate(spec(CONV))
    assert [(one.what, one.fate, one.why) for one in found.changes] == CONV_CHANGES
    assert {(one.layer, one.type, one.line, one.alike) for one in found.changes} == {("0", "Conv2d", 4, 1)}
    assert (found.count("caught"), found.count("unseen"), found.strength) == (8, 2, 0.8)
    # 2 * 1 * 3 * 3 + 2 = 20: without bias 18, and twice 20 + 2 * 2 * 3 * 3 + 2
    assert found.proposals == (Proposal("documented: {params: 20}", 2),)
    assert {one.claim for one in found.changes if one.fate == "unseen"} == {"documented: {params: 20}"}


def test_nothing_to_change() -> None:
    assert mutate(spec("input: [1]\nlayers: []")) == Mutation()
    assert Mutation().strength == 1


SLIPS = [
    # a layer's YAML, what is made of it, why this row
    ("Conv2d: {out_channels: 4, kernel_size: 1, groups: 2}", "out_channels 4 -> 6", "a channel a group"),
    ("Conv2d: {out_channels: 4, kernel_size: 1, groups: 2}", "groups 2 -> 1", "groups forgotten"),
    ("Conv2d: {out_channels: 4, kernel_size: 1, bias: false}", "bias false -> true", "stated false"),
    ("Conv2d: {out_channels: 4, kernel_size: [1, 3]}", "kernel_size [1, 3] -> [3, 1]", "sides confused"),
    ("Conv2d: {out_channels: 4, kernel_size: 3, padding: same}", "padding 'same' -> 'valid'", "a word"),
    ("MaxPool2d: {kernel_size: 3}", "stride 3 -> 4", "left out it is the window"),
    ("MaxPool2d: {kernel_size: 3}", "MaxPool2d -> AvgPool2d", "the other pooling"),
    ("AdaptiveAvgPool2d: {output_size: 2}", "output_size 2 -> 1", "a size of its own"),
    ("GroupNorm: {num_groups: 2}", "num_groups 2 -> 1", "half the groups"),
    ("BatchNorm2d: {eps: 0.5}", "eps 0.5 -> 0.25", "a number, where it is stated"),
    ("Dropout: {}", "p 0.5 -> 0.25", "left out, but decided"),
    ("Dropout: {p: 0.0}", "p 0.0 -> 0.1", "half of nothing is nothing"),
    ("GELU: {approximate: tanh}", "approximate 'tanh' -> 'none'", "a word of several"),
    ("LSTM: {hidden_size: 3, batch_first: true}", "batch_first true -> false", "true becomes false"),
    ("LSTM: {hidden_size: 3}", "bidirectional false -> true", "left out, but decided"),
    ("MultiheadAttention: {num_heads: 4}", "num_heads 4 -> 2", "half the heads divide as well"),
    ("mean: {dim: [2, 3]}", "dim [2, 3] -> [3, 4]", "an argument of a function"),
    ("permute: {dims: [0, 2, 3, 1]}", "dims [0, 2, 3, 1] -> [0, 2, 1, 3]", "the last two swapped"),
    ("ReLU: {inplace: true}", "ReLU -> Tanh", "another activation"),
    ("Sigmoid: {}", "Sigmoid -> ReLU", "another activation"),
    ("add: [[], []]", "add -> concat", "another join"),
    ("concat: [[], []]", "concat -> add", "another join"),
]


@pytest.mark.parametrize(("layer", "what", "why"), SLIPS, ids=[row[2] for row in SLIPS])
def test_slips(layer: str, what: str, why: str) -> None:
    made = [one.what for one in mutants(spec(f"input: [2, 8, 8]\nlayers: [{{{layer}}}]"))]
    assert what in made, made


@pytest.mark.parametrize(
    "layer",
    [
        "Conv2d: {in_channels: 2, out_channels: 4, kernel_size: 1}",
        "ReLU: {inplace: true}",
        "MaxPool2d: {kernel_size: 2, dilation: 2}",
    ],
    ids=["what the input decides is a claim", "no value depends on it", "no average has a dilation"],
)
def test_what_no_slip_is_made_of(layer: str) -> None:
    made = [one.what for one in mutants(spec(f"input: [2, 8, 8]\nlayers: [{{{layer}}}]"))]
    assert not any(what.startswith(("in_channels", "inplace", "MaxPool2d ->")) for what in made)


BLOCKS = """
    input: [1, 4, 4]
    blocks:
      unit:
        params: {width: null}
        layers:
          conv: {Conv2d: {out_channels: "${width}", kernel_size: 1}}
    layers:
      - {block: unit, with: {width: 2}, repeat: 3, output: [2, 4, 4]}
      - {block: unit, with: {width: 5}, output: [5, 4, 4]}
"""


def test_a_line_slips_in_all_the_layers_that_blocks_make_of_it() -> None:
    found = changes(BLOCKS)
    kernel = found["0.conv: kernel_size 1 -> 2"]
    assert (kernel.line, kernel.alike, kernel.fate) == (7, 4, "caught")
    assert not any(name.startswith("1.conv: kernel") for name in found)
    (mutant,) = (one for one in mutants(spec(BLOCKS)) if one.what == "out_channels 2 -> 3")
    made = [node.args["out_channels"] for _, node in mutant.spec.walk() if isinstance(node, Layer)]
    assert made == [3, 3, 3, 6]  # one more each


def test_a_repeat_slips_by_one() -> None:
    text = BLOCKS.replace("      - {block: unit, with: {width: 5}, output: [5, 4, 4]}\n", "")
    found = changes(text)
    assert [one.what for one in found.values() if one.what.startswith("repeated")] == [
        "repeated 3 -> 2",
        "repeated 3 -> 4",
    ]
    # 3 blocks: 1 * 2 + 2, and twice 2 * 2 + 2
    assert (
        found["0: repeated 3 -> 2"].claim == found["0: repeated 3 -> 4"].claim == "documented: {params: 16}"
    )


def test_a_wrong_claim_that_comes_true_catches() -> None:
    text = CONV.replace("[2, 3, 3]", "{documented: [2, 5, 5], wrong: no padding}")
    found = changes(text)
    assert [what for what, one in found.items() if one.why == "line 5: output"] == ["0: padding 0 -> 1"]


def test_what_fails_already_catches_nothing() -> None:
    found = changes(CONV.replace("[2, 3, 3]", "[2, 9, 9]"))
    assert {what for what, one in found.items() if one.fate == "caught"} == {
        "0: groups 1 -> 2",  # it cannot be built
        "0: left out",  # a claim about nothing
    }


def test_a_printed_model_that_agrees_catches_what_it_shows() -> None:
    made = spec("input: [4]\nlayers: [Tanh, Dropout]\ndocumented: {repr: any}")
    assert {one.why for one in mutate(made, printed_agrees=True).changes} == {"line 3: repr"}


def test_a_printed_model_that_nobody_has_compared_catches_nothing() -> None:
    found = mutate(spec("input: [4]\nlayers: [Tanh, Dropout]\ndocumented: {repr: any}"))
    assert {one.fate for one in found.changes} == {"unseen"}
    assert found.proposals == (
        Proposal("repr: of line 3, once `archcheck verify` finds that it agrees", len(found.changes)),
    )


UNKNOWN = """
    input: [1, 4, 4]
    layers:
      - ReLU
      - {FractionalMaxPool2d: {kernel_size: 2, output_ratio: 0.5}, output: [1, 9, 9]}
      - Tanh
"""


def test_a_claim_that_nothing_is_known_of_catches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "FractionalMaxPool2d")
    found = changes(UNKNOWN)
    assert found["1: left out"].fate == "unseen"


WITHOUT = "input: [4, 6, 6]\nlayers: [ReLU, ReLU, {narrow: {dim: 1, start: 0, length: 4}}, Identity]\n"


@pytest.mark.parametrize(
    "claims", ["", "documented: {repr: any}", "documented: {layers: {ReLU: 2, Identity: 1}, flops: 288}"]
)
def test_what_makes_no_difference_makes_none_whatever_is_claimed(claims: str) -> None:
    found = mutate(spec(WITHOUT + claims), printed_agrees=True)
    assert [f"{one.layer}: {one.what}" for one in found.changes if one.fate == "the same"] == [
        *("0: stands twice", "1: stands twice"),
        *("1: swapped with 2 (narrow)", "2: left out", "2: stands twice"),
        *("2: swapped with 3 (Identity)", "3: left out", "3: stands twice"),
    ]


def test_a_budget_catches() -> None:
    text = CONV + "    budget: {params: 20}\n"
    assert changes(text)["0: stands twice"].why == "line 6: budget.params"


SIZED = "what it gives has the size of what it receives already"
ONE_WINDOW = "there is one window only, so the stride is never taken"
DROPPED = "ReLU of what is dropped or scaled is the same dropped or scaled"
LARGEST = "{} never falls, so MaxPool2d finds the same elements"
UNPADDED = "there is no padding"
ALIKE = "Tanh treats every element alike, wherever {} puts it"
UNMOVED = "it leaves every element where it is"
NAMED = "it names the same axes and places"
SAME = [
    # layers, the slip, why it makes no difference (None: it may make one)
    ("[ReLU, MaxPool2d: {kernel_size: 2}]", "0: swapped with 1 (MaxPool2d)", LARGEST.format("ReLU")),
    ("[MaxPool2d: {kernel_size: 2}, Tanh]", "0: swapped with 1 (Tanh)", LARGEST.format("Tanh")),
    ("[ReLU, AvgPool2d: {kernel_size: 2}]", "0: swapped with 1 (AvgPool2d)", None),
    ("[GELU, MaxPool2d: {kernel_size: 2}]", "0: swapped with 1 (MaxPool2d)", None),
    ("[ELU: {alpha: -1.0}, MaxPool2d: {kernel_size: 2}]", "0: swapped with 1 (MaxPool2d)", None),
    ("[ReLU, Dropout]", "0: swapped with 1 (Dropout)", DROPPED),
    ("[Tanh, Dropout]", "0: swapped with 1 (Dropout)", None),
    ("[Flatten, Tanh]", "0: swapped with 1 (Tanh)", "Tanh treats every element alike, wherever Flatten puts it"),
    ("[Softmax: {dim: 1}, Flatten]", "0: swapped with 1 (Flatten)", None),
    ("[Identity, Softmax: {dim: 1}]", "0: swapped with 1 (Softmax)", "an Identity changes nothing"),
    ("[ReLU]", "0: stands twice", "ReLU changes nothing the second time"),
    ("[Tanh]", "0: stands twice", None),
    ("[Identity]", "0: left out", "an Identity changes nothing"),
    ("[Dropout: {p: 0.0}]", "0: left out", "nothing is dropped"),
    ("[Dropout]", "0: p 0.5 -> 0.25", None),
    ("[Flatten]", "0: stands twice", SIZED),
    ("[Flatten: {start_dim: 1}]", "0: start_dim 1 -> 2", None),
    ("[AdaptiveAvgPool2d: {output_size: 6}]", "0: left out", SIZED),
    ("[AdaptiveAvgPool2d: {output_size: 6}]", "0: AdaptiveAvgPool2d -> AdaptiveMaxPool2d", SIZED),
    ("[AdaptiveAvgPool2d: {output_size: 3}]", "0: AdaptiveAvgPool2d -> AdaptiveMaxPool2d", None),
    ("[Conv2d: {out_channels: 2, kernel_size: 1}]", "0: dilation 1 -> 2", "a window of 1 has nothing to spread"),
    ("[Conv2d: {out_channels: 2, kernel_size: 6}]", "0: stride 1 -> 2", ONE_WINDOW),
    ("[ConvTranspose2d: {out_channels: 2, kernel_size: 1, stride: 1, padding: 0}]", "0: stride 1 -> 2", None),
    ("[AvgPool2d: {kernel_size: 2}]", "0: ceil_mode false -> true", "the windows fit, so nothing is rounded"),
    ("[AvgPool2d: {kernel_size: 4}]", "0: ceil_mode false -> true", None),
    ("[AvgPool2d: {kernel_size: 2, count_include_pad: true}]", "0: count_include_pad true -> false", UNPADDED),
    ("[AvgPool2d: {kernel_size: 2, padding: 1, count_include_pad: true}]", "0: count_include_pad true -> false", None),
    ("[narrow: {dim: 1, start: 0, length: 1}]", "0: stands twice", SIZED),
    ("[narrow: {dim: 1, start: 0, length: 1}]", "0: start 0 -> 1", None),
    ("[narrow: {dim: 1, start: 0, length: 2}]", "0: left out", SIZED),
    ("[permute: {dims: [0, 1, 3, 2]}]", "0: left out", None),
    ("[permute: {dims: [0, 1, 3, 2]}]", "0: stands twice", None),
    ("[permute: {dims: [0, 1, 2, -1]}]", "0: left out", UNMOVED),
    ("[transpose: {dim0: 3, dim1: -1}]", "0: left out", UNMOVED),
    ("[transpose: {dim0: 2, dim1: 3}]", "0: stands twice", None),
    ("[roll: {shifts: [6, -6], dims: [2, 3]}]", "0: left out", UNMOVED),
    ("[roll: {shifts: [2, 2], dims: [2, 3]}]", "0: dims [2, 3] -> [3, 2]", NAMED),
    ("[roll: {shifts: [2, 1], dims: [2, 3]}]", "0: dims [2, 3] -> [3, 2]", None),
    ("[roll: {shifts: [2, 2], dims: [2, 3]}]", "0: left out", None),
    ("[Tanh, permute: {dims: [0, 1, 3, 2]}]", "0: swapped with 1 (permute)", ALIKE.format("permute")),
    ("[select: {dim: 1, index: 0}, ReLU]", "0: swapped with 1 (ReLU)", ALIKE.format("select").replace("Tanh", "ReLU")),
    ("[select: {dim: 1, index: 0}]", "0: index 0 -> -1", None),
    ("[select: {dim: 1, index: -2}]", "0: index -2 -> -1", None),
    ("[mean: {dim: [2, 3]}]", "0: dim [2, 3] -> [3, 2]", NAMED),
    ("[mean: {dim: [2, 3]}]", "0: dim [2, 3] -> [1, 2]", None),
]  # fmt: skip
SMALL = "input: [2, 6, 6]\nlayers: {layers}"


@pytest.mark.parametrize(("layers", "what", "why"), SAME, ids=[f"{row[0]} {row[1]}" for row in SAME])
def test_what_makes_no_difference(layers: str, what: str, why: str | None) -> None:
    change = changes(SMALL.replace("{layers}", layers))[what]
    assert (change.fate, change.why) == (("the same", why) if why else ("unseen", None))


def output_of(made: Spec, weights: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return what a network of these weights gives for one random input, in training mode."""
    compiled = compile_spec(made, infer(made), CPU, initialise=True)
    compiled.model.load_state_dict(weights)
    torch.manual_seed(0)
    given = torch.randn(3, *made.inputs[0].shape)
    return compiled.model.train()(given)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("layers", "what", "why"), SAME, ids=[f"{row[0]} {row[1]}" for row in SAME])
def test_what_makes_no_difference_makes_none_in_pytorch(layers: str, what: str, why: str | None) -> None:
    made = spec(SMALL.replace("{layers}", layers))
    (mutant,) = (one for one in mutants(made) if f"{one.path}: {one.what}" == what)
    weights = compile_spec(made, infer(made), CPU, initialise=True).model.state_dict()
    before, after = output_of(made, weights), output_of(mutant.spec, weights)
    same = before.shape == after.shape and torch.equal(before, after)
    assert same is (why is not None)


TEXTS = {
    "blocks": BLOCKS,
    "convolution": CONV,
    "several ways": """
        input: [3, 16, 16]
        layers:
          stem: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: 2}}, BatchNorm2d, ReLU]
          ways: {concat: [[MaxPool2d: {kernel_size: 3}], [Conv2d: {out_channels: 2, kernel_size: 3, stride: 3}]]}
          flat: flatten
          head: {Linear: {out_features: 3}}
    """,
    "words": """
        input: {shape: [7], dtype: int64, high: 11}
        layers:
          words: {Embedding: {num_embeddings: 11, embedding_dim: 8}}
          attention: {MultiheadAttention: {num_heads: 2, batch_first: true}}
          norm: {LayerNorm: {normalized_shape: 8}}
          head: {Linear: {out_features: 11}, output: [7, 11]}
    """,
    "no claims": """
        input: [3, 16, 16]
        layers:
          conv: {Conv2d: {out_channels: 4, kernel_size: 3}}
          relu: ReLU
          last:
            Conv2d: {out_channels: 4, kernel_size: 3}
          tanh: {Tanh: {}}
          flat: flatten
          head: {Linear: {out_features: 3}}
    """,
    "parameters only": """
        input: [3, 16, 16]
        layers: [{Conv2d: {out_channels: 4, kernel_size: 3}}, ReLU, flatten, {Linear: {out_features: 3}}]
        documented:
          params: 2467
          layers: {Conv2d: 1}
        batch: 2
    """,
    "wrong already": """
        input: [3, 16, 16]
        layers:
          - Conv2d: {out_channels: 4, kernel_size: 3}
            output: {documented: [4, 15, 15], wrong: it is 14x14}
          - ReLU
          - flatten
          - Linear: {out_features: 3, bias: false}
    """,
}


def text_of(name: str) -> str:
    return dedent(TEXTS[name]) if name in TEXTS else Path(name).read_text(encoding="utf-8")


def pasted(text: str, proposal: Proposal) -> str:
    """Return a spec's text with a proposed claim in it, written where and how the proposal says."""
    where = proposal.written
    assert where is not None
    new = where.text.split("\n")
    if "<the printed model>" in new[-1]:
        made = loads_spec(text, "test.yaml")
        model = compile_spec(made, infer(made), META, initialise=False).model
        blanks = " " * (len(new[-1]) - len(new[-1].lstrip()))
        new = [*new[:-1], *(blanks + line for line in repr(model).splitlines())]
    lines = text.split("\n")
    lines[where.line - 1 : where.line - where.new] = new
    return "\n".join(lines)


def mutated(text: str) -> Mutation:
    """Return what becomes of a text whose printed model, if it has one, is the right one."""
    return mutate(loads_spec(text, "test.yaml"), printed_agrees=True, file=File(text))


def fates(text: str) -> dict[tuple[str, str], Change]:
    """Return what became of each slip, by layer and slip: what is pasted moves the lines."""
    return {(one.layer, one.what): one for one in mutated(text).changes}


@pytest.mark.parametrize("name", [*TEXTS, *map(str, SPECS)], ids=lambda name: Path(name).stem)
def test_every_proposed_claim_can_be_pasted_holds_and_catches(name: str) -> None:
    text = whole = text_of(name)
    claimed = sum(1 for _ in loads_spec(text, "test.yaml").all_claims())
    found, before = mutated(text), fates(text)
    assert found.proposals
    for proposal in found.proposals:
        whole = pasted(whole, proposal)
        after = fates(whole)
        named = [key for key, one in before.items() if one.claim == proposal.claim]
        assert len(named) == proposal.catches
        assert {after[key].fate for key in named} == {"caught"}
        assert not any(one.fate == "unseen" and before[key].fate == "caught" for key, one in after.items())
    made = loads_spec(whole, "test.yaml")
    inference = infer(made)
    checks = make_checks(made, inference, observe(made, inference, META))
    assert {check.status for check in checks if check.claimed} <= {"agrees", "known wrong", "unchecked"}
    assert sum(check.claimed for check in checks) == claimed + len(found.proposals)
    assert [key for key, one in fates(whole).items() if one.fate == "unseen"] == [
        key for key, one in before.items() if one.fate == "unseen" and one.claim is None
    ]


def told(made: Spec, known: Known | None) -> Inference | str:
    try:
        return infer(made, known=known)
    except SpecError as error:
        return str(error)


@pytest.mark.parametrize("name", TEXTS)
def test_what_mutants_have_in_common_is_worked_out_once_and_right(name: str) -> None:
    made = loads_spec(text_of(name), "test.yaml")
    known: Known = {}
    assert infer(made, known=known) == infer(made)
    one_network = len(known)
    for mutant in mutants(made):
        assert told(mutant.spec, known) == told(mutant.spec, None)
    every = sum(1 for mutant in mutants(made) for _ in mutant.spec.leaves())
    assert one_network < len(known) < every


def test_operations_are_proposed_where_nothing_else_tells() -> None:
    found = mutate(spec("input: [3]\nlayers: [{add: [[], []]}, Tanh]"))
    twice = next(one for one in found.changes if (one.layer, one.what) == ("0", "stands twice"))
    # 3 additions and 3 hyperbolic tangents; twice: 3 additions more
    assert twice.claim == "documented: {flops: 6}"
    assert found.proposals[-1] == Proposal(twice.claim, 1)
    assert "documented: {layers: {Tanh: 1}}" in [one.claim for one in found.proposals]


def test_long_lists_of_sides_are_not_proposed() -> None:
    ladder = ", ".join(f"Linear: {{out_features: {2 + number % 2}}}" for number in range(40))
    made = spec("input: [2, 2]\nlayers: [{" + ladder.replace(", Linear", "}, {Linear") + "}]")
    assert not any("sizes" in one.claim for one in mutate(made).proposals)


def test_a_slip_is_made_once() -> None:
    made = [
        one.what for one in mutants(spec("input: [4, 6]\nlayers: [{narrow: {dim: 1, start: 0, length: 2}}]"))
    ]
    assert len(made) == len(set(made))
    assert [what for what in made if what.startswith("start")] == ["start 0 -> 1"]


def test_an_output_is_proposed_where_no_total_tells() -> None:
    text = "input: [2, 6, 6]\nlayers: [{permute: {dims: [0, 1, 3, 2]}}, {reshape: {shape: [-1, 36]}}]"
    found = changes(text)
    # The last two axes are equal, so their order leaves no trace; 72 features in rows of 36 are [2, 36].
    assert found["0: dims [0, 1, 3, 2] -> [0, 1, 2, 3]"].claim is None
    assert found["1: shape [-1, 36] -> [36, -1]"].claim == "1: output: [2, 36]"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_mutant_is_another_network_with_the_same_claims(path: Path) -> None:
    made = load_spec(path)
    every = list(mutants(made))
    assert len({(one.path, one.what) for one in every}) == len(every) > 50
    for mutant in every:
        assert mutant.spec.body != made.body
        assert replace(mutant.spec, body=made.body) == made


def first(text: str, what: str) -> Mutant:
    return next(one for one in mutants(spec(text)) if one.what == what)


def test_names_stay_so_that_weights_fit() -> None:
    text = "input: [4]\nlayers: {one: Tanh, two: ReLU, three: Sigmoid}"
    names = {
        what: [path for path, _ in first(text, what).spec.walk()] for what in ("left out", "stands twice")
    }
    assert names == {"left out": ["two", "three"], "stands twice": ["one", "one again", "two", "three"]}
    swapped = first(text, "swapped with two (ReLU)").spec
    assert [path for path, _ in swapped.walk()] == ["two", "one", "three"]


NEEDED: dict[str, Value] = {
    **dict.fromkeys(("in_channels", "out_channels", "in_features", "out_features", "num_features"), 8),
    **dict.fromkeys(("num_channels", "input_size", "hidden_size", "embed_dim", "d_model", "in1_features"), 8),
    **dict.fromkeys(("num_embeddings", "embedding_dim", "in2_features", "normalized_shape"), 8),
    **dict.fromkeys(("kernel_size", "num_groups", "num_heads", "nhead", "output_size", "size"), 4),
    **dict.fromkeys(("upscale_factor", "downscale_factor", "groups", "dim", "padding"), 2),
    **dict.fromkeys(("value", "threshold", "norm_type"), 2.0),
    "unflattened_size": (2, 4),
}
"""A value for each argument that some kind of layer needs."""


def printed_form(kind: str, args: Mapping[str, object]) -> str | None:
    """Return how PyTorch prints a module, None where it refuses the arguments."""
    try:
        with warnings.catch_warnings(), torch.device("meta"):
            warnings.simplefilter("ignore")  # of dropout that one layer has no use for
            return repr(getattr(torch.nn, kind)(**args))
    except (AssertionError, TypeError, ValueError, RuntimeError):
        return None


def printed_slips(kind: str) -> dict[str, bool]:
    """Return, for each argument that a slip changes, whether PyTorch prints another model."""
    known = signature(kind)
    assert known is not None
    needed = {one.name: NEEDED[one.name] for one in known.arguments if one.required}
    before, told = printed_form(kind, needed), dict[str, bool]()
    for name, slip in slips(kind, complete(kind, needed)):
        change = slipped(kind, needed, name, slip)
        after = None if change is None else printed_form(kind, {**needed, name: change[1]})
        if before is not None and after is not None:
            told[name] = told.get(name, False) or after != before
    return told


FRACTIONAL = ("FractionalMaxPool2d", "FractionalMaxPool3d")
"""They want one of two arguments, neither of which is required."""


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind not in FRACTIONAL])
def test_a_printed_model_tells_what_we_say_it_tells(kind: str) -> None:
    told = printed_slips(kind)
    assert {name for name, shown in told.items() if not shown} == set(UNTOLD.get(kind, ())) & told.keys()
    assert set(UNTOLD.get(kind, ())) <= told.keys()


@pytest.mark.parametrize("kind", FRACTIONAL)
def test_fractional_pooling_prints_nothing(kind: str) -> None:
    assert printed_form(kind, {"kernel_size": 3, "output_size": 4}) == f"{kind}()"
    assert set(UNTOLD[kind]) == {"kernel_size", "output_size", "output_ratio"}


def read_elsewhere(made: Spec, node: Node) -> Spec:
    """Return a spec with its Sigmoid replaced."""
    return rewritten(
        made,
        lambda body: tuple(
            (name, node if isinstance(one, Layer) and one.kind == "Sigmoid" else one)
            for name, one in body.children
        ),
    )


PLACE = Place("test.yaml", 99, 1)


@pytest.mark.parametrize(
    "reader",
    [From("inner.one", False, PLACE), Layer("Linear", {"out_features": 4}, PLACE, shares="inner.one")],
    ids=["from", "share"],
)
def test_what_is_read_elsewhere_is_not_left_out(reader: Node) -> None:
    made = spec("input: [4]\nlayers: {inner: {one: Tanh}, two: {add: [[ReLU], [Sigmoid]]}, three: GELU}")
    free = {(one.path, one.what) for one in mutants(made)}
    kept = {(one.path, one.what) for one in mutants(read_elsewhere(made, reader))}
    assert {path for path, what in free - kept if what == "left out"} - {"two.1.0"} == {"inner.one"}
    moves = {("two", "stands twice"), ("two", "swapped with three (GELU)")}
    assert moves <= free
    assert (moves <= kept) is isinstance(reader, Layer)  # a path means what it means from one place only


def test_a_join_stays_where_one_of_its_open_branches_holds_what_is_shared() -> None:
    found = changes("""
        input: {shape: [5], dtype: int64, high: 7}
        layers:
          summed:
            add:
              - {words: {Embedding: {num_embeddings: 7, embedding_dim: 3}}}
              - {others: {Embedding: {num_embeddings: 7, embedding_dim: 3}}}
          act: {add: [{one: ReLU}, []]}
          again: {Linear: {out_features: 7}, share: words}
    """)
    assert "summed: left out" not in found
    assert "words: left out" not in found
    assert {"others: left out", "act: left out", "act: stands twice"} <= found.keys()
