"""`layers:` -> bodies, layers, branches; blocks expanded until only leaves are left."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent

import pytest
from torch import nn

from archcheck.parts import Kept, SpecBody, SpecJoin
from archcheck.spec import bodies, signatures
from archcheck.spec.layers import Body, Branch, Branches, Layer, Node, Spec, Value
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Place
from tests.refusals import refusal, rows

HEAD = "input: [3, 8, 8]\n"


def load(text: str) -> Spec:
    """Return the spec of `text`, whose first line is line 2 of the file."""
    return loads_spec(HEAD + dedent(text), "x.yaml")


def layer_at(spec: Spec, path: str) -> Layer:
    node = dict(spec.walk())[path]
    assert isinstance(node, Layer)
    return node


def kinds(spec: Spec) -> list[tuple[str, str]]:
    return [(path, node.kind) for path, node in spec.leaves()]


# Bodies


def test_a_body_may_be_called_block_and_a_text_names_one() -> None:
    spec = load("""\
        layers:
          first: {block: {Tanh: {}}}
          second: [{block: [ReLU, {block: one}]}]
          block: {block: one}
        blocks: {one: {layers: [GELU]}}
    """)
    assert kinds(spec) == [
        ("first.block", "Tanh"),
        ("second.0.block.0", "ReLU"),
        ("second.0.block.1.0", "GELU"),
        ("block.0", "GELU"),
    ]


def test_a_list_is_a_body_of_numbered_children() -> None:
    body = load("layers:\n  - ReLU\n  - Conv2d: {out_channels: 4, kernel_size: [3, 5]}\n  - Flatten:\n").body
    conv = {"out_channels": Place("x.yaml", 4, 14), "kernel_size": Place("x.yaml", 4, 31)}
    assert body == Body(
        (
            ("0", Layer("ReLU", {}, Place("x.yaml", 3, 5))),
            ("1", Layer("Conv2d", {"out_channels": 4, "kernel_size": (3, 5)}, Place("x.yaml", 4, 5), conv)),
            ("2", Layer("Flatten", {}, Place("x.yaml", 5, 5))),
        ),
        False,
        Place("x.yaml", 3, 3),
    )


def test_a_mapping_is_a_body_of_named_children_in_the_order_of_the_file() -> None:
    body = load("layers:\n  z: ReLU\n  a: {Dropout: {p: 0.5}}\n").body
    assert body == Body(
        (
            ("z", Layer("ReLU", {}, Place("x.yaml", 3, 6))),
            ("a", Layer("Dropout", {"p": 0.5}, Place("x.yaml", 4, 7), {"p": Place("x.yaml", 4, 17)})),
        ),
        True,
        Place("x.yaml", 3, 3),
    )


SHAPES = [
    # layers, paths and kinds of the leaves, why this row
    ("layers: []", [], "a list of nothing"),
    ("layers: {}", [], "a mapping of nothing"),
    ("layers: ReLU", [("0", "ReLU")], "one word is a body of one"),
    ("layers: {Dropout: {p: 0.1}}", [("0", "Dropout")], "one layer is a body of one"),
    ("layers: {flatten: {start_dim: 1}}", [("0", "flatten")], "one function too"),
    ("layers: [flatten]", [("0", "flatten")], "a function as a word"),
    ("layers: {a: [ReLU, [Tanh, {b: ELU}]]}", [("a.0", "ReLU"), ("a.1.0", "Tanh"), ("a.1.1.b", "ELU")], "nested"),
    ("layers: {a: {b: {c: ReLU}}}", [("a.b.c", "ReLU")], "names in names"),
    ("layers: {0: ReLU, 1: Tanh}", [("0", "ReLU"), ("1", "Tanh")], "numbers as names"),
    ("layers: {层: ReLU, _b-2: Tanh}", [("层", "ReLU"), ("_b-2", "Tanh")], "other letters, '_' and '-'"),
    ("layers: [{a: ReLU}, Tanh]", [("0.a", "ReLU"), ("1", "Tanh")], "names in a list"),
    (
        "layers: [{add: [[ReLU], []]}, Tanh]",
        [("0.0.0", "ReLU"), ("0", "add"), ("1", "Tanh")],
        "a join runs after its branches",
    ),
    (
        "layers: {c: {concat: {left: ReLU, right: {in: Tanh}}}}",
        [("c.left.0", "ReLU"), ("c.right.in", "Tanh"), ("c", "concat")],
        "named branches, one of them a single layer",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), SHAPES, ids=[row[2] for row in SHAPES])
def test_bodies_nest(text: str, expected: Sequence[tuple[str, str]], why: str) -> None:
    assert kinds(load(text)) == expected


# Arguments


ARGUMENTS = [
    # layer, arguments, why this row
    ("Conv2d: {kernel_size: 3}", {"kernel_size": 3}, "what is left out stays out"),
    ("Conv2d: {kernel_size: [3, 5]}", {"kernel_size": (3, 5)}, "a list, one number a side"),
    ("Conv2d: {padding: same}", {"padding": "same"}, "a word"),
    ("Conv2d: {bias: false}", {"bias": False}, "false"),
    ("LocalResponseNorm: {alpha: 1e-4}", {"alpha": 0.0001}, "a number with an exponent"),
    ("AdaptiveAvgPool2d: {output_size: [null, 7]}", {"output_size": (None, 7)}, "null: as the input has it"),
    ("MaxPool2d: {stride: null}", {"stride": None}, "a null that PyTorch takes"),
    ("ReLU: {inplace: true}", {"inplace": True}, "true"),
    ("reshape: {shape: [-1, 9216]}", {"shape": (-1, 9216)}, "of a function"),
    ("LSTM: {num_layers: 10000}", {"num_layers": 10000}, "as many inner layers as there may be"),
]


@pytest.mark.parametrize(("layer", "args", "why"), ARGUMENTS, ids=[row[2] for row in ARGUMENTS])
def test_an_argument_is_kept_as_pytorch_takes_it(layer: str, args: dict[str, Value], why: str) -> None:
    found = layer_at(load(f"layers: [{{{layer}}}]"), "0").args
    assert found == args
    assert list(map(type, found.values())) == list(map(type, args.values()))


# Branches


def test_branches_have_names_devices_and_a_dimension() -> None:
    body = load(
        """\
        layers:
          - concat:
              gpu0: {device: 0, layers: [ReLU]}
              gpu1: {device: 1, layers: {a: Tanh}}
              none: []
            dim: -1
        """
    ).body
    relu, tanh = Layer("ReLU", {}, Place("x.yaml", 4, 34)), Layer("Tanh", {}, Place("x.yaml", 5, 37))
    assert body.children == (
        (
            "0",
            Branches(
                "concat",
                (
                    Branch("gpu0", Body((("0", relu),), False, Place("x.yaml", 4, 33)), 0),
                    Branch("gpu1", Body((("a", tanh),), True, Place("x.yaml", 5, 33)), 1),
                    Branch("none", Body((), False, Place("x.yaml", 6, 13)), None),
                ),
                Place("x.yaml", 3, 5),
                {"dim": -1},
            ),
        ),
    )


@pytest.mark.parametrize(
    ("written", "args"),
    [("add: [[], []]", {}), ("concat: [[], []]", {}), ("concat: [[], []], dim: 0", {"dim": 0}),
     ("concat: [[], []], dim: -8", {"dim": -8})],
)  # fmt: skip
def test_a_join_has_the_arguments_that_are_stated(written: str, args: dict[str, int]) -> None:
    node = dict(load(f"layers: {{j: {{{written}}}}}").walk())["j"]
    assert isinstance(node, Branches)
    assert (node.args, [branch.name for branch in node.branches]) == (args, ["0", "1"])


# Blocks

BOTTLENECK = """\
blocks:
  conv:
    params: {width: null, kernel: 3}
    layers: {conv: {Conv2d: {out_channels: "${width}", kernel_size: ["${kernel}", 1]}}, relu: ReLU}
  bottleneck:
    params: {width: null, stride: 1}
    layers:
      - block: conv
        with: {width: "${width}"}
      - {block: conv, with: {width: "${width * 4 - stride}", kernel: "${stride + 1}"}}
"""


def test_a_block_is_expanded_with_what_it_is_given_and_its_defaults() -> None:
    spec = load(BOTTLENECK + "layers: {b: {block: bottleneck, with: {width: 16, stride: 2}}}\n")
    assert kinds(spec) == [
        ("b.0.conv", "Conv2d"), ("b.0.relu", "ReLU"), ("b.1.conv", "Conv2d"), ("b.1.relu", "ReLU")
    ]  # fmt: skip
    assert layer_at(spec, "b.0.conv").args == {"out_channels": 16, "kernel_size": (3, 1)}
    assert layer_at(spec, "b.1.conv").args == {"out_channels": 62, "kernel_size": (3, 1)}
    assert layer_at(spec, "b.1.conv").place == Place("x.yaml", 5, 21), "an error is shown where it is written"


BLOCKS = "blocks: {a: {layers: [ReLU]}, e: {layers: []}, n: {layers: {x: Tanh}}}\n"
REPEATS = [
    # layers, paths of the leaves, why this row
    ("[{block: a}]", ["0.0"], "once in a list"),
    ("{block: a}", ["0"], "the whole body is a block's"),
    ("{block: n}", ["x"], "and has its names"),
    ("{b: {block: n}}", ["b.x"], "once in a mapping"),
    ("[{block: a, repeat: 3}]", ["0.0", "1.0", "2.0"], "in a list, each is a child of it"),
    ("[Tanh, {block: n, repeat: 2}, ELU]", ["0", "1.x", "2.x", "3"], "children are numbered on"),
    ("{b: {block: a, repeat: 2}}", ["b.0.0", "b.1.0"], "in a mapping, the name holds them"),
    ("{block: n, repeat: 2}", ["0.x", "1.x"], "as the whole body"),
    ("[ELU, {block: a, repeat: 0}, Tanh]", ["0", "1"], "not at all: it takes no number"),
    ("{b: {block: a, repeat: 0}}", [], "not at all in a mapping"),
    ("[{block: e, repeat: 3}, Tanh]", ["3"], "an empty block is a child too"),
    ("[{block: a, repeat: 1}]", ["0.0"], "once, and it says so"),
    ("{j: {add: [{block: a, repeat: 2}, []]}}", ["j.0.0.0", "j.0.1.0", "j"], "as a branch"),
]


@pytest.mark.parametrize(("layers", "paths", "why"), REPEATS, ids=[row[2] for row in REPEATS])
def test_a_block_is_repeated(layers: str, paths: list[str], why: str) -> None:
    assert [path for path, _ in load(f"{BLOCKS}layers: {layers}\n").leaves()] == paths


def test_how_often_may_be_a_parameter() -> None:
    text = """\
    blocks:
      a: {layers: [ReLU]}
      stage: {params: {n: null}, layers: [{block: a, repeat: "${n - 1}"}]}
    layers: [{block: stage, with: {n: 3}}, {block: stage, with: {n: 1}}]
    """
    assert kinds(load(text)) == [("0.0.0", "ReLU"), ("0.1.0", "ReLU")]


def test_claims_of_a_block_are_the_body_s_and_may_use_the_parameters_around_it() -> None:
    text = """\
    blocks:
      a: {params: {w: 1}, layers: [{Linear: {out_features: "${w}"}, output: ["${w}"], params: "${w * 2}"}]}
      b: {params: {w: null}, layers: [{block: a, with: {w: "${w + 1}"}, output: ["${w}", N]}]}
    layers: [{block: b, with: {w: 7}}]
    """
    nodes: dict[str, Node] = dict(load(text).walk())
    assert [(claim.quantity, claim.value) for claim in nodes["0.0"].claims] == [("output", (7, "N"))]
    inner = [(claim.quantity, str(claim.value)) for claim in nodes["0.0.0"].claims]
    assert inner == [("output", "(8,)"), ("params", "16")]


def test_a_claim_on_a_repeated_block_is_one_of_each() -> None:
    nodes = dict(load(BLOCKS + "layers: {b: {block: a, repeat: 2, output: [3, 8, 8]}}\n").walk())
    assert {path: len(node.claims) for path, node in nodes.items()} == {
        "b.0.0": 0, "b.0": 1, "b.1.0": 0, "b.1": 1, "b": 0,
    }  # fmt: skip


# What is refused

LAYERS = """
# a slip
layers: [Flaten]
! 2:10: layer '0': no module 'Flaten' in torch.nn; did you mean 'Flatten'?

# a slip in a key
layers: [{Flaten: }]
! 2:11: layer '0': no module 'Flaten' in torch.nn; did you mean 'Flatten'?

# the path is told
layers: {f: {g: [Flaten]}}
! 2:18: layer 'f.g.0': no module 'Flaten' in torch.nn; did you mean 'Flatten'?

# another layer, with all of one's name in its own
layers: [{DeformConv2d: {out_channels: 4}}]
! 2:11: layer '0': no module 'DeformConv2d' in torch.nn

# a child whose name begins like a layer's
layers: {Conv2d_1a: {Conv2d: {out_channels: 4, kernel_size: 3}}, Mixed_5b: [ReLU]}
! 2:10: layer 'Conv2d_1a': no module 'Conv2d_1a' in torch.nn; a child called so is '.Conv2d_1a'

# the same, inside
layers: {stem: {Conv2d_1a: ReLU}}
! 2:17: layer 'stem.Conv2d_1a': no module 'Conv2d_1a' in torch.nn; a child called so is '.Conv2d_1a'

# an argument without its name
layers: [{MaxPool2d: 2}]
! 2:22: layer '0': MaxPool2d needs a mapping, given 2; write {kernel_size: 2}

# not the one that is worked out
layers: [{Linear: 10}]
! 2:19: layer '0': Linear needs a mapping, given 10; write {out_features: 10}

# a list of them
layers: [{AdaptiveAvgPool2d: [6, 6]}]
! 2:30: layer '0': AdaptiveAvgPool2d needs a mapping, given a list; write {output_size: [6, 6]}

# what no argument takes
layers: [{ReLU: 5}]
! 2:17: layer '0': ReLU needs a mapping, given 5

# nothing is near
layers: [Xyzzy]
! 2:10: layer '0': no module 'Xyzzy' in torch.nn

# a container
layers: [Sequential]
! 2:10: layer '0': 'Sequential' cannot be used: a list, or a mapping of names, is a body of layers

# another
layers: [{ModuleList: {}}]
! 2:11: layer '0': 'ModuleList' cannot be used: a list, or a mapping of names, is a body of layers

# a loss
layers: [CrossEntropyLoss]
! 2:10: layer '0': 'CrossEntropyLoss' cannot be used: a loss is no layer of the network

# a lazy module
layers: [LazyConv2d]
! 2:10: layer '0': 'LazyConv2d' cannot be used: write it without 'Lazy' and leave out what its input
  decides

# takes a module
layers: [TransformerEncoder]
! 2:10: layer '0': 'TransformerEncoder' cannot be used: it takes a module; write its layer in a block,
  with 'repeat:'

# a base class
layers: [RNNBase]
! 2:10: layer '0': 'RNNBase' cannot be used: it is no layer by itself

# a module in lower case
layers: [relu]
! 2:10: layer '0': 'relu' is no layer; did you mean 'ReLU'?

# a module in lower case, with arguments
layers: [{conv2d: {out_channels: 4}}]
! 2:20: layer '0.conv2d.out_channels': 4 is no layer: no word 'conv2d'; did you mean 'Conv2d'?

# a function, slipped
layers: [{flaten: {start_dim: 1}}]
! 2:20: layer '0.flaten.start_dim': 1 is no layer: no word 'flaten'; did you mean 'flatten'?

# a word that is none
layers: [xyzzy]
! 2:10: layer '0': 'xyzzy' is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# nothing at all
layers:
! 2:8: layer '0': null is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# a number
layers: 3
! 2:9: layer '0': 3 is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# a truth
layers: [true]
! 2:10: layer '0': true is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# a number as child
layers: {conv1: 3}
! 2:10: layer 'conv1': 3 is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# a claim without its layer, slipped
layers: {a: {outptu: [3, 8]}}
! 2:23: layer 'a.outptu.0': 3 is no layer: no word 'outptu'; did you mean 'output'?

# two modules
layers: [{ReLU: , Tanh: }]
! 2:19: layer '0': two kinds in one layer: 'ReLU' and 'Tanh'; write each as its own

# a module and a join
layers: [{ReLU: , add: [[], []]}]
! 2:19: layer '0': two kinds in one layer: 'ReLU' and 'add'; write each as its own

# arguments as a list
layers: [{ReLU: [1]}]
! 2:17: layer '0': ReLU needs a mapping, given a list

# a truth as arguments
layers: [{ReLU: true}]
! 2:17: layer '0': ReLU needs a mapping, given true; write {inplace: true}

# a claim, slipped
layers: [{ReLU: , ouput: [3]}]
! 2:19: layer '0': ReLU: no key 'ouput'; did you mean 'output'?

# only blocks are repeated
layers: [{ReLU: , repeat: 3}]
! 2:11: layer '0': block: no key 'ReLU'; there are: block, with, repeat, input, output, params, macs,
  flops

# only blocks are repeated, in a mapping
layers: {a: {ReLU: , repeat: 3}}
! 2:22: layer 'a': ReLU: no key 'repeat'; there are: ReLU, input, output, params, macs, flops
"""
NAMES = """
# a path with a name that is empty
layers: {a..b: ReLU}
! 2:10: 'a..b' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in front

# no letter
layers: {'': ReLU}
! 2:10: '' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in front

# a line end
layers: {"a\\nb": ReLU}
! 2:10: 'a\\nb' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in front

# HTML
layers: {'<script>': ReLU}
! 2:10: '<script>' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in
  front

# a path
layers: {../../etc: ReLU}
! 2:10: '../../etc' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in
  front

# Python's own
layers: {__class__: ReLU}
! 2:10: '__class__' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in
  front

# too long
layers: {nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: ReLU}
! 2:10:
  'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn'
  is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in front

# a method of every module
layers: {forward: ReLU}
! 2:10: 'forward' is a name that torch.nn.Module uses itself; call this child something else

# an attribute of every module
layers: {a: {training: ReLU}}
! 2:14: layer 'a': 'training' is a name that torch.nn.Module uses itself; call this child something
  else

# a word of the format
layers: {repeat: [ReLU]}
! 2:10: 'repeat' is a word of the format; a child called so is '.repeat'

# a claim without its layer
layers: {output: [ReLU]}
! 2:10: 'output' is a word of the format; a child called so is '.output'

# a branch's
layers: [{add: {a b: [], c: []}}]
! 2:17: layer '0': 'a b' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__'
  in front

# a branch by a path
layers: [{add: {a.b: [], .repeat: []}}]
! 2:17: layer '0': 'a.b' is a path; a branch stands in its join, so give it one name

# a child and a child of it, each by its path
layers: {a: ReLU, a.b: ReLU}
! 2:24: 'a.b' and 'a' in one body: one would be in the other

# the other way round
layers: {a.b.c: ReLU, d: ReLU, a.b: [ReLU]}
! 2:37: 'a.b' and 'a.b.c' in one body: one would be in the other

# a path to a method of every module
layers: {a.forward: ReLU}
! 2:10: 'forward' is a name that torch.nn.Module uses itself; call this child something else

# a class of torch.nn by its full name
layers: {nn.Conv2d: {out_channels: 4}}
! 2:22: layer 'nn.Conv2d.out_channels': 4 is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# a branch called like a method
layers: [{add: {eval: [], c: []}}]
! 2:17: layer '0': 'eval' is a name that torch.nn.Module uses itself; call this child something else

# one branch's insides in the place of branches
layers: [{add: {device: 1, layers: []}}]
! 2:17: layer '0': 'device' is a word of the format; a child called so is '.device'

# layers in the place of branches
layers: [{add: {ReLU: , Tanh: }}]
! 2:17: layer '0': 'ReLU' is a layer; write branches as a list, or name each
"""
ARGS = """
# a slip
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, strid: 2}}]
! 2:53: layer '0': Conv2d has no argument 'strid'; did you mean 'stride'?

# nothing is near
layers: [{ReLU: {xyz: 1}}]
! 2:18: layer '0': ReLU has no argument 'xyz'; it has: inplace

# there is none at all
layers: [{Tanh: {xyz: 1}}]
! 2:18: layer '0': Tanh has no argument 'xyz'; it has: none

# not the spec's to say
layers: [{Conv2d: {device: cuda}}]
! 2:20: layer '0': Conv2d has no argument 'device'; it has: in_channels, out_channels, kernel_size,
  stride, padding, dilation, groups, bias, padding_mode

# a word for a number
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: two}}]
! 2:61: layer '0': Conv2d: stride needs 2 whole numbers or one, given 'two'

# a fraction
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: 2.0}}]
! 2:61: layer '0': Conv2d: stride needs 2 whole numbers or one, given 2.0

# a truth
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: true}}]
! 2:61: layer '0': Conv2d: stride needs 2 whole numbers or one, given true

# nothing
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: null}}]
! 2:61: layer '0': Conv2d: stride needs 2 whole numbers or one, given null

# one side too many
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: [1, 2, 3]}}]
! 2:61: layer '0': Conv2d: stride needs 2 whole numbers or one, given [1, 2, 3]

# no side at all
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: []}}]
! 2:61: layer '0': Conv2d: stride needs 2 whole numbers or one, given []

# a word among numbers
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: [1, x]}}]
! 2:65: layer '0': a list needs numbers, given 'x'

# a list in a list
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, stride: [[1], 2]}}]
! 2:62: layer '0': a list needs numbers, given a list

# a word, slipped
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, padding: sme}}]
! 2:62: layer '0': Conv2d: padding needs 2 whole numbers or one, or one of valid, same, given 'sme';
  did you mean 'same'?

# a number for a truth
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, bias: 1}}]
! 2:59: layer '0': Conv2d: bias needs true or false, given 1

# a quoted truth
layers: [{Conv2d: {out_channels: 4, kernel_size: 3, bias: 'true'}}]
! 2:59: layer '0': Conv2d: bias needs true or false, given 'true'

# not a number
layers: [{Dropout: {p: .nan}}]
! 2:24: layer '0': Dropout: p needs a number, given '.nan'

# 2^63
layers: [{Conv2d: {kernel_size: 9223372036854775808}}]
! 2:33: layer '0': Conv2d: kernel_size is beyond 2^63 - 1, the largest whole number that PyTorch takes

# a billion inner layers
layers: [{LSTM: {num_layers: 1000000000}}]
! 2:30: layer '0': LSTM: num_layers must be at most 10000, given 1000000000

# one too many
layers: [{Transformer: {num_decoder_layers: 10001}}]
! 2:45: layer '0': Transformer: num_decoder_layers must be at most 10000, given 10001

# a claimed argument, slipped
layers: [{Conv2d: {in_channels: {documnted: 3}}}]
! 2:34: layer '0': claim 'in_channels': no key 'documnted'; did you mean 'documented'?

# a claimed argument that is no number
layers: [{Conv2d: {in_channels: {documented: x}}}]
! 2:46: layer '0': in_channels needs a whole number, given 'x'

# or none that can be
layers: [{Conv2d: {in_channels: {documented: 0}}}]
! 2:46: layer '0': in_channels must be at least 1, given 0

# a statement and a number
layers: [{Conv2d: {in_channels: [{documented: 3}, 3]}}]
! 2:34: layer '0': a list needs numbers, given a mapping

# a parameter outside of a block
layers: [{Linear: {out_features: '${n}'}}]
! 2:34: layer '0': ${n}: no parameter 'n'; there are: none here

# true division
layers: [{Linear: {out_features: '${1 / 2}'}}]
! 2:34: layer '0': ${1 / 2}: '1 / 2' is not integer arithmetic (+ - * // % and parentheses)

# a part of a word
layers: [{Linear: {out_features: 'a${1}'}}]
! 2:34: layer '0': 'a${1}': write '${...}' alone, around all of it

# two expressions
layers: [{Linear: {out_features: '${1} + ${2}'}}]
! 2:34: layer '0': '${1} + ${2}': write '${...}' alone, around all of it

# half an expression
layers: [{Linear: {out_features: '${'}}]
! 2:34: layer '0': '${': write '${...}' alone, around all of it
"""
JOINS = """
# one branch
layers: [{add: [[]]}]
! 2:16: layer '0': add needs at least 2 branches, given 1

# no branch
layers: [{concat: {}}]
! 2:19: layer '0': concat needs at least 2 branches, given 0

# a number
layers: [{add: 3}]
! 2:16: layer '0': add needs a list or a mapping of branches, given 3

# nothing
layers: [{add: }]
! 2:16: layer '0': add needs a list or a mapping of branches, given null

# a number as a branch
layers: [{add: [[], 3]}]
! 2:21: layer '0.1.0': 3 is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# a sum has no dimension
layers: [{add: [[], []], dim: 1}]
! 2:26: layer '0': add: no key 'dim'; there are: add, input, output, params, macs, flops

# a word
layers: [{concat: [[], []], dim: x}]
! 2:34: layer '0': concat: dim needs a whole number, given 'x'

# a device's name
layers: [{add: {a: {device: cuda, layers: []}, b: []}}]
! 2:29: layer '0.a': device needs a whole number, given 'cuda'

# more than a machine has
layers: [{add: {a: {device: 64, layers: []}, b: []}}]
! 2:29: layer '0.a': device must be at most 63, given 64

# below zero
layers: [{add: {a: {device: -1, layers: []}, b: []}}]
! 2:29: layer '0.a': device must be at least 0, given -1

# a device of nothing
layers: [{add: {a: {device: 0}, b: []}}]
! 2:20: layer '0.a': a branch with a device needs 'layers:'

# a slip
layers: [{add: {a: {device: 0, layer: []}, b: []}}]
! 2:32: layer '0.a': a branch with a device: no key 'layer'; did you mean 'layers'?
"""
IN = (
    "blocks: {conv: {params: {width: null, n: 2}, layers: [ReLU]}, e: {layers: []}, "
    "s: {layers: [{block: s}]}, t: {layers: {u: {block: u}}}, u: {layers: [{block: t}]}}\n"
)
BLOCK = """
# a slip
layers: [{block: cnv}]
! 3:18: layer '0': no block 'cnv' under 'blocks:'; did you mean 'conv'?

# nothing is near
layers: [{block: xyzzy}]
! 3:18: layer '0': no block 'xyzzy' under 'blocks:'; there are: conv, e, s, t, u

# no name
layers: [{block: }]
! 3:18: layer '0': block needs text, given null

# a number
layers: [{block: 3}]
! 3:18: layer '0': block needs text, given 3

# a parameter that must be given
layers: [{block: conv}]
! 3:10: layer '0': block 'conv' needs 'with: {width: ...}'

# a parameter, slipped
layers: [{block: conv, with: {widht: 3}}]
! 3:31: layer '0': block 'conv': no key 'widht'; did you mean 'width'?

# a block without parameters
layers: [{block: e, with: {width: 3}}]
! 3:28: layer '0': block 'e': no key 'width'; there are: none

# no mapping
layers: [{block: conv, with: 3}]
! 3:30: layer '0': with needs a mapping, given 3

# a list
layers: [{block: conv, with: {width: [3]}}]
! 3:38: layer '0': width needs a number or a word, given a list

# nothing
layers: [{block: conv, with: {width: null}}]
! 3:38: layer '0': width needs a number or a word, given null

# 2^63
layers: [{block: conv, with: {width: 9223372036854775808}}]
! 3:38: layer '0': width must be at most 9223372036854775807, given 9223372036854775808

# below zero
layers: [{block: e, repeat: -1}]
! 3:29: layer '0': repeat must be at least 0, given -1

# a fraction
layers: [{block: e, repeat: 1.5}]
! 3:29: layer '0': repeat needs a whole number, given 1.5

# a billion
layers: {a: {block: e, repeat: 1000000000}}
! 3:32: layer 'a': repeat must be at most 100000, given 1000000000

# a mistake, repeated not at all
layers: [{block: nothing, repeat: 0}]
! 3:18: layer '0': no block 'nothing' under 'blocks:'; there are: conv, e, s, t, u

# another
layers: {a: {block: e, repeat: 0, wdith: 1}}
! 3:35: layer 'a': block: no key 'wdith'; did you mean 'with'?

# repeats no block
layers: [{repeat: 3, a: ReLU}]
! 3:22: layer '0': block: no key 'a'; there are: block, with, repeat, input, output, params, macs,
  flops

# repeats nothing
layers: [{repeat: 3}]
! 3:10: layer '0': block needs 'block:'

# a block and a module
layers: {block: e, ReLU: }
! 3:20: block: no key 'ReLU'; there are: block, with, repeat, input, output, params, macs, flops

# without end
layers: [{block: s}]
! 2:101: layer '0.0': block 's' contains itself: s -> s

# without end through another
layers: [{block: t}]
! 2:158: layer '0.u.0': block 't' contains itself: t -> u -> t
"""


@rows(LAYERS)
def test_what_is_no_layer_is_refused(text: str, message: str) -> None:
    assert refusal(HEAD + text) == message


@rows(NAMES)
def test_what_no_child_can_be_called_is_refused(text: str, message: str) -> None:
    assert refusal(HEAD + text) == message


@rows(ARGS)
def test_what_is_no_argument_is_refused(text: str, message: str) -> None:
    assert refusal(HEAD + text) == message


@rows(JOINS)
def test_what_is_no_branch_is_refused(text: str, message: str) -> None:
    assert refusal(HEAD + text) == message


@rows(BLOCK)
def test_what_is_no_block_is_refused(text: str, message: str) -> None:
    assert refusal(HEAD + IN + text) == message


# Limits


def test_a_list_as_long_as_it_may_be_and_one_number_more() -> None:
    text = "layers: [{reshape: {shape: [%s]}}]"
    assert layer_at(load(text % ("1, " * 64)), "0").args == {"shape": (1,) * 64}
    message = "a list of 65 numbers; an argument has at most 64"
    assert refusal(HEAD + text % ("1, " * 65)) == f"x.yaml:2:28: layer '0': {message}"


def test_as_many_layers_as_there_may_be_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_LAYERS", 10)
    assert len(list(load("layers: [" + "ReLU, " * 10 + "]").leaves())) == 10
    message = "more than 10 layers and blocks, repeats expanded"
    assert refusal(HEAD + "layers: [" + "ReLU, " * 11 + "]") == f"x.yaml:2:70: layer '10': {message}"
    text = "blocks: {a: {layers: [ReLU]}}\nlayers: [{block: a, repeat: %d}]"
    assert len(list(load(text % 5).leaves())) == 5
    assert refusal(HEAD + text % 6) == f"x.yaml:3:10: layer '5': {message}"


def test_a_block_of_much_text_is_not_repeated_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_EXPANDED", 20)
    # A list, a mapping, its key, its value, and the same of `p: 0.5`: 1 + 1 + 1 + (1 + 1 + 1) = 6.
    text = "blocks: {a: {layers: [{Dropout: {p: 0.5}}]}}\nlayers: [{block: a, repeat: %d}]"
    assert len(list(load(text % 3).leaves())) == 3
    assert refusal(HEAD + text % 4) == "x.yaml:3:10: layer '3': more than 20 values, blocks expanded"


DEEP = "more than 64 layers and blocks, or 500 letters, inside each other"


def chain(length: int) -> str:
    """Return blocks each of which is nothing but the next, the last of them one layer."""
    links = [f"  b{n}: {{layers: {{block: b{n + 1}}}}}" for n in range(1, length)]
    return "\n".join(["blocks:", *links, f"  b{length}: {{layers: [ReLU]}}", "layers: {block: b1}"])


def test_blocks_in_blocks_as_deep_as_they_may_be_and_one_deeper() -> None:
    assert kinds(load(chain(63))) == [("0", "ReLU")]
    assert refusal(HEAD + chain(64)) == f"x.yaml:66:18: layer '0': {DEEP}"


def test_a_path_as_long_as_it_may_be_and_one_letter_more() -> None:
    # Four names of 99 letters, one of 98, a `0`, and the dots between them: 396 + 98 + 1 + 5 = 500.
    def nested(last: int) -> str:
        names = ["a" * 99, "b" * 99, "c" * 99, "d" * 99, "e" * last]
        return "layers: " + "".join(f"{{{name}: " for name in names) + "[ReLU]" + "}" * 5

    ((path, _),) = load(nested(98)).leaves()
    assert len(path) == 500
    longer = path.replace("e.0", "ee.0")
    assert refusal(HEAD + nested(99)) == f"x.yaml:2:520: layer '{longer}': {DEEP}"


# The words themselves


def test_no_child_is_called_what_its_module_has_already() -> None:
    modules = (nn.Module(), nn.Sequential(), SpecBody(()), SpecJoin("add", {}, (), Kept()))
    taken = {name for module in modules for name in dir(module) if not name.startswith("__")}
    assert taken == signatures.module_names()
    for name in taken - {"T_destination"}:  # a capital: no name of a child in any case
        assert f"{name!r} is a name that torch.nn.Module uses itself" in refusal(
            f"{HEAD}layers: {{{name}: ReLU}}"
        )


def test_every_kind_that_can_stand_without_arguments_is_a_word() -> None:
    words = [
        kind
        for kind in (*signatures.kinds(), *signatures.FUNCTIONS)
        if not any(argument.required for argument in signatures.signature(kind).arguments)  # type: ignore[union-attr]
    ]
    assert {"ReLU", "Flatten", "Softmax", "flatten"} <= set(words)
    assert kinds(load(f"layers: [{', '.join(words)}]")) == [(str(n), word) for n, word in enumerate(words)]
