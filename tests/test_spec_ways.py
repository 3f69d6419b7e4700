"""Ways that part and meet: open branches, `from`, `aside`, `share`, and children by number; right and refused."""

from __future__ import annotations

import pytest

from archcheck.errors import SpecError
from archcheck.infer import infer
from archcheck.spec.layers import Body, From, Layer, Spec
from archcheck.spec.load import loads_spec
from tests.refusals import refusal, rows

HEAD = "input: [3, 8, 8]\n"


def load(text: str) -> Spec:
    return loads_spec(HEAD + text, "x.yaml")


PATHS = [
    # layers, the paths of all nodes in the order they finish, why this row
    (
        "{r: {add: [{a: ReLU, b: Tanh}, []]}}",
        ["a", "b", "r.1", "r"],
        "an open branch's children stand beside the join",
    ),
    ("{s: {r: {add: [{a: ReLU}, []]}}}", ["s.a", "s.r.1", "s.r", "s"], "in the body that the join stands in"),
    ("[{add: [{a: ReLU}, []]}]", ["a", "0.1", "0"], "a list has named children, too"),
    ("{add: [{a: ReLU}, []]}", ["a", "0.1", "0"], "a join alone is a body of one"),
    ("{r: {add: [{a: ReLU}, {b: ReLU}]}}", ["a", "b", "r"], "both are open"),
    (
        "{r: {add: [ReLU, [ReLU], {ReLU: }]}}",
        ["r.0.0", "r.0", "r.1.0", "r.1", "r.2.0", "r.2", "r"],
        "none is open",
    ),
    ("{r: {add: {x: {a: ReLU}, y: []}}}", ["r.x.a", "r.x", "r.y", "r"], "a branch with a name is not"),
    (
        "{r: {add: [{a: ReLU, q: {mul: [{b: ReLU}, []]}}, []]}}",
        ["a", "b", "q.1", "q", "r.1", "r"],
        "an open branch in an open branch",
    ),
    ("{a: {aside: {b: ReLU}}}", ["a.b", "a"], "aside is a body"),
    ("{a: {aside: ReLU}}", ["a.0", "a"], "of one layer"),
    ("{a1..3: ReLU}", ["a1", "a2", "a3"], "children by number"),
    ("{9..11: [ReLU]}", ["9.0", "9", "10.0", "10", "11.0", "11"], "the number is all of the name"),
    ("{a3..3: ReLU}", ["a3"], "one child"),
    ("{a0..0: ReLU}", ["a0"], "from nought"),
    ("{a1..0: ReLU, b: Tanh}", ["b"], "none at all"),
    ("{a01..2: ReLU}", ["a01", "a02"], "the last digits count that are a number"),
]


@pytest.mark.parametrize(("layers", "paths", "why"), PATHS, ids=[row[2] for row in PATHS])
def test_what_children_are_called(layers: str, paths: list[str], why: str) -> None:
    assert [path for path, _ in load(f"layers: {layers}\n").walk()] == paths


def test_a_range_ends_at_a_parameter() -> None:
    text = (
        'params: {n: 2}\nblocks: {b: {params: {to: 3}, layers: {"x2..${to}": ReLU, "y1..${n - 2}": Tanh}}}\n'
    )
    spec = load(
        text + "layers: {p: {block: b}, q: {block: b, with: {to: 2}}, r: {block: b, with: {to: 1}}}\n"
    )
    assert [path for path, _ in spec.leaves()] == ["p.x2", "p.x3", "q.x2"]


TAKEN = [
    # layers, where it stands, what it takes, why this row
    ("{a: ReLU, b: {from: a}}", "b", "a", "the one before"),
    ("{a: ReLU, s: {a: Tanh, b: {from: a}}}", "s.b", "s.a", "the innermost body comes first"),
    ("{a: ReLU, s: {c: Tanh, b: {from: a}}}", "s.b", "a", "then the bodies around"),
    ("{s: {a: Tanh}, t: {b: {from: s}}}", "t.b", "s", "a body is a node"),
    ("{s: {a: Tanh}, t: {b: {from: s.a}}}", "t.b", "s.a", "a path leads into a body"),
    ("[ReLU, {from: '0'}]", "1", "0", "a number"),
    ("{r: {add: [{a: ReLU, b: Tanh}, []]}, c: {from: a}}", "c", "a", "from inside an open branch"),
    ("{r: {add: [{a: ReLU}, {from: a}]}}", "r.1.0", "a", "from the branch before"),
    ("{r: {add: {x: ReLU, y: {from: x}}}}", "r.y.0", "r.x", "a branch by its name"),
    ("{a: ReLU, b: {from: input}}", "b", "input", "the network's input"),
    ("{s: {aside: {a: ReLU}}, b: {from: s.a}}", "b", "s.a", "from what stands aside"),
    ("{a: {from: input}, b: {from: a}}", "b", "a", "from what was taken itself"),
]


@pytest.mark.parametrize(("layers", "at", "of", "why"), TAKEN, ids=[row[3] for row in TAKEN])
def test_what_is_taken_from_before(layers: str, at: str, of: str, why: str) -> None:
    node = dict(load(f"layers: {layers}\n").walk())[at]
    assert isinstance(node, From)
    assert (node.of, node.is_input) == (of, why == "the network's input")


def test_a_layer_hides_an_input_of_its_name() -> None:
    """Names are looked up from the innermost body outwards, and the inputs stand around all of them."""
    text = "input: {ids: [3], mask: [3]}\nlayers: {a: {from: mask}, mask: ReLU, b: {from: mask}, c: {from: ids}}\n"
    taken = [node for _, node in loads_spec(text, "x.yaml").walk() if isinstance(node, From)]
    assert [(node.of, node.is_input) for node in taken] == [("mask", True), ("mask", False), ("ids", True)]


def test_a_block_takes_what_went_by_where_it_stands() -> None:
    text = 'blocks: {b: {params: {of: first}, layers: {first: Tanh, again: {from: "${of}"}}}}\n'
    given = "p: {block: b}, q: {block: b, with: {of: stem}}, r: {block: b, with: {of: p}}"
    spec = load(f"{text}layers: {{stem: ReLU, {given}}}")
    nodes = dict(spec.walk())
    taken = {path: node.of for path, node in nodes.items() if isinstance(node, From)}
    assert taken == {"p.again": "p.first", "q.again": "stem", "r.again": "p"}


def test_a_layer_shares_the_weight_of_one_that_came_before() -> None:
    nodes = dict(load("layers: {e: {Embedding: {num_embeddings: 9, embedding_dim: 4}}, s: {o: {Linear: "
                      "{out_features: 9, bias: false}, share: e, output: [9]}}}").walk())  # fmt: skip
    node = nodes["s.o"]
    assert isinstance(node, Layer)
    assert node.shares == "e"


def test_what_stands_aside_has_claims() -> None:
    node = dict(load("layers: {a: {aside: [ReLU], output: [3, 8, 8], params: 0}}").walk())["a"]
    assert isinstance(node, Body)
    assert node.aside
    assert [claim.quantity for claim in node.claims] == ["output", "params"]


@rows("""
# a slip in the name
layers: {stem: ReLU, b: {from: stm}}
! 2:32: layer 'b': from: nothing called 'stm' comes before; did you mean 'stem'?

# nothing is near
layers: {stem: ReLU, b: {from: xyzzy}}
! 2:32: layer 'b': from: nothing called 'xyzzy' comes before

# an input with a slip
layers: {b: {from: inputt}}
! 2:20: layer 'b': from: nothing called 'inputt' comes before; did you mean 'input'?

# what comes later
layers: {a: {from: b}, b: ReLU}
! 2:20: layer 'a': from: nothing called 'b' comes before

# itself
layers: {a: {from: a}}
! 2:20: layer 'a': from: nothing called 'a' comes before

# the body around it, which has not ended
layers: {s: {a: ReLU, b: {from: s}}}
! 2:33: layer 's.b': from: nothing called 's' comes before

# what stands inside another body
layers: {s: {inner: ReLU}, b: {from: inner}}
! 2:38: layer 'b': from: nothing called 'inner' comes before; did you mean 's.inner'?

# a slip in the name of what stands inside another body
layers: {s: {inner: ReLU}, b: {from: iner}}
! 2:38: layer 'b': from: nothing called 'iner' comes before; did you mean 's.inner'?

# a slip in a path
layers: {s: {inner: ReLU}, b: {from: s.iner}}
! 2:38: layer 'b': from: nothing called 's.iner' comes before; did you mean 's.inner'?

# what stands inside another branch
layers: {r: {add: {x: {c: ReLU}, y: {from: c}}}}
! 2:44: layer 'r.y.0': from: nothing called 'c' comes before; did you mean 'r.x.c'?

# the join around it, which has not ended
layers: {r: {add: [{a: {from: r}}, []]}}
! 2:31: layer 'a': from: nothing called 'r' comes before

# an open branch, which is no node
layers: {r: {add: [{a: ReLU}, []]}, q: {from: r.0}}
! 2:47: layer 'q': from: nothing called 'r.0' comes before; did you mean 'r.1'?

# no text
layers: {a: {from: [b]}}
! 2:20: layer 'a': from (a name, quoted if it is a number) needs text, given a list

# nothing
layers: {a: ReLU, b: {from: }}
! 2:29: layer 'b': from (a name, quoted if it is a number) needs text, given null

# a number, which as a path may be another: 0.10
layers: [ReLU, {from: 0}]
! 2:23: layer '1': from (a name, quoted if it is a number) needs text, given 0

# something beside it
layers: {a: ReLU, b: {from: a, output: [3]}}
! 2:32: layer 'b': from: no key 'output'; there are: from

# twice in one body
layers: {a: ReLU, r: {add: [{a: Tanh}, []]}}
! 2:33: 'a' stands twice in one body, to which the children of branches without a name belong;
  call one something else, or name the branches

# in two open branches
layers: {r: {add: [{a: Tanh}, {a: ReLU}]}}
! 2:35: 'a' stands twice in one body, to which the children of branches without a name belong;
  call one something else, or name the branches

# an open branch's child has the join's name
layers: {s: {r: {add: [{r: Tanh}, []]}}}
! 2:28: layer 's': 'r' stands twice in one body, to which the children of branches without a name belong;
  call one something else, or name the branches

# children by number, and one of them again
layers: {a1..3: ReLU, a2: Tanh}
! 2:27: 'a2' stands twice in one body; call one something else

# numbers that run backwards
layers: {a6..1: ReLU}
! 2:10: a6..1: its last number must be at least 5, given 1

# too many numbers
layers: {a1..100001: ReLU}
! 2:10: a1..100001: its last number must be at most 100000, given 100001

# a last number that is a word
params: {n: many}
layers: {"a1..${n}": ReLU}
! 3:10: a1..${n}: its last number needs a whole number, given '${n}', which is 'many'

# a last number of an unknown parameter
layers: {"a1..${m}": ReLU}
! 2:10: ${m}: no parameter 'm'; there are: none here

# a nought in front of the last number
layers: {a1..06: ReLU}
! 2:10: 'a1..06' is no name of a child: letters, digits, '_' and '-', at most 100, and no '__' in front

# children by number of a block that is not there, none at all
layers: {a1..0: {block: b}}
! 2:25: no block 'b' under 'blocks:'; there are: none

# a list aside of nothing
layers: {a: {aside: }}
! 2:21: layer 'a.0': null is no layer; a layer is written 'ReLU' or 'Conv2d: {...}'

# a slip beside it
layers: {a: {aside: [], outptu: [1]}}
! 2:25: layer 'a': aside: no key 'outptu'; did you mean 'output'?

# shares with what comes later
layers: {a: {Linear: {out_features: 3}, share: b}, b: {Linear: {out_features: 3}}}
! 2:48: layer 'a': share: nothing called 'b' comes before

# shares what has no weight
layers: {a: ReLU, b: {Linear: {out_features: 8}, share: a}}
! 2:57: layer 'b': share: 'a' has no weight to share; Linear and Embedding have

# shares with a body
layers: {a: [{Linear: {out_features: 8}}], b: {Linear: {out_features: 8}, share: a}}
! 2:82: layer 'b': share: 'a' has no weight to share; Linear and Embedding have

# has no weight itself
layers: {a: {Linear: {out_features: 8}}, b: {ReLU: , share: a}}
! 2:54: layer 'b': ReLU: no key 'share'; there are: ReLU, input, output, params, macs, flops

# shares with itself
layers: {a: {Linear: {out_features: 8}, share: a}}
! 2:48: layer 'a': share: nothing called 'a' comes before

# shares with a layer inside another body
layers: {s: {a: {Linear: {out_features: 8}}}, b: {Linear: {out_features: 8}, share: a}}
! 2:85: layer 'b': share: nothing called 'a' comes before; did you mean 's.a'?

# shares with the input
layers: {a: {Linear: {out_features: 8}, share: input}}
! 2:48: layer 'a': share: nothing called 'input' comes before

# an argument that a join has not
layers: {a: {add: [[], []], dim: 1}}
! 2:29: layer 'a': add: no key 'dim'; there are: add, input, output, params, macs, flops

# an argument of another type
layers: {a: {concat: [[], []], dim: one}}
! 2:37: layer 'a': concat: dim needs a whole number, given 'one'

# too many branches
layers: {a: {matmul: [[], [], []]}}
! 2:22: layer 'a': matmul needs at most 2 branches, given 3

# too few
layers: {a: {scaled_dot_product_attention: {query: [], key: []}}}
! 2:44: layer 'a': scaled_dot_product_attention needs at least 3 branches, given 2

# branches of attention in another order than PyTorch's
layers: {a: {scaled_dot_product_attention: {value: [], key: [], query: []}}}
! 2:45: layer 'a': scaled_dot_product_attention: branch 'value' is number 1 here;
  their order is query, key, value, mask

# a mask in a value's place
layers: {a: {scaled_dot_product_attention: {q: [], k: [], mask: []}}}
! 2:59: layer 'a': scaled_dot_product_attention: branch 'mask' is number 3 here;
  their order is query, key, value, mask

# a layer in the place of branches
layers: {a: {mul: ReLU}}
! 2:19: layer 'a': mul needs a list or a mapping of branches, given 'ReLU'
""")
def test_what_is_refused(text: str, message: str) -> None:
    assert refusal(HEAD + text) == message


UNEQUAL = [
    # layers, the message, why this row
    (
        "{a: {Linear: {out_features: 5}}, b: {Linear: {out_features: 8}, share: a}}",
        "x.yaml:2:46: layer 'b': share: its weight is 8x5, that of 'a' 5x8",
        "two linear layers",
    ),
    (
        "{a: {Linear: {out_features: 8}}, e: {from: input}, b: {Linear: {out_features: 8, in_features: 5}, share: a}}",
        "x.yaml:2:64: layer 'b': share: its weight is 8x5, that of 'a' 8x8",
        "as it is built, and not as it should be",
    ),
]


@pytest.mark.parametrize(("layers", "message", "why"), UNEQUAL, ids=[row[2] for row in UNEQUAL])
def test_weights_that_are_shared_have_one_shape(layers: str, message: str, why: str) -> None:
    with pytest.raises(SpecError) as caught:
        infer(load(f"layers: {layers}\n"))
    assert str(caught.value) == message


def test_a_shared_weight_counts_once() -> None:
    text = "layers: {a: {Linear: {out_features: 8}}, b: {Linear: {out_features: 8, bias: false}, share: a}, " \
        "c: {Linear: {out_features: 8}, share: b}}\n"  # fmt: skip
    inferred = infer(load(text))
    assert [layer.params for layer in inferred.layers] == [72, 0, 8], (
        "8 * 8 + 8; nothing of its own; its bias"
    )


def test_a_learned_tensor_that_cannot_be_expanded_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        infer(load("layers: {p: {parameter: {size: [2, 3], expand: true}}}\n"))
    message = "layer 'p': parameter: size: [2, 3] has no first axis of 1 to expand"
    assert str(caught.value) == f"x.yaml:2:26: {message}"


def test_open_branches_in_each_other_have_an_end() -> None:
    """Blocks of joins in joins, whose paths do not grow."""
    depth = 12
    inner = (
        "{"
        + "".join(f"j{n}: {{add: [{{" for n in range(depth))
        + "k: {block: NEXT}"
        + "}, []]}" * depth
        + "}"
    )
    links = [f"  b{n}: {{layers: {inner.replace('NEXT', f'b{n + 1}')}}}" for n in range(40)]
    text = "\n".join([HEAD + "blocks:", *links, "  b40: {layers: {x: ReLU}}", "layers: {block: b0}", ""])
    assert "more than 64 layers and blocks, or 500 letters, inside each other" in refusal(text)
