"""A spec file -> a `Spec`: the top level of the format, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcheck import targets
from archcheck.errors import SpecError
from archcheck.spec.layers import Body, Claim, Initialiser, Input, Layer, Source, Spec
from archcheck.spec.load import load_spec, loads_spec
from archcheck.spec.source import Place
from archcheck.units import Stated
from tests.refusals import refusal, rows

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))
LAYERS = "layers: [ReLU]\n"


def spec_of(text: str, target: str = "x.yaml") -> Spec:
    return loads_spec(text, target)


# What is read


def test_a_spec_of_the_least_has_everything_else_by_default() -> None:
    assert spec_of("input: [3, 8, 8]\nlayers: [ReLU]\n", "nets/tiny.yaml") == Spec(
        target="nets/tiny.yaml",
        name="tiny",
        title="tiny",
        sources=(),
        class_name=None,
        inputs=(Input("input", (3, 8, 8)),),
        batch=1,
        body=Body((("0", Layer("ReLU", {}, Place("nets/tiny.yaml", 2, 10))),), False, Place("nets/tiny.yaml", 2, 9)),
        init=(),
        claims=(),
        place=Place("nets/tiny.yaml", 1, 1),
    )  # fmt: skip


def test_a_spec_of_everything() -> None:
    text = (
        "name: full\n"
        "title: A network with\n"
        "  everything\n"
        "source: {title: A paper, url: https://example.org, author: A. Author, year: 2012, lines: of the PDF}\n"
        "class_name: Net_2\n"
        "input: {image: [3, 8, 8], tokens: {shape: [16], dtype: int64, high: 50257}}\n"
        "batch: 64\n"
        "layers: []\n"
        "init: {Conv2d: {weight: {kaiming_normal_: {mode: fan_out}}, bias: {zeros_: }}}\n"
        "documented: {params: 0}\n"
    )
    assert spec_of(text) == Spec(
        target="x.yaml",
        name="full",
        title="A network with everything",
        sources=(Source("A paper", "https://example.org", "A. Author", 2012, "of the PDF"),),
        class_name="Net_2",
        inputs=(Input("image", (3, 8, 8)), Input("tokens", (16,), "int64", 50257)),
        batch=64,
        body=Body((), False, Place("x.yaml", 8, 9)),
        init=(
            Initialiser("Conv2d", "weight", "kaiming_normal_", {"mode": "fan_out"}, Place("x.yaml", 9, 26)),
            Initialiser("Conv2d", "bias", "zeros_", {}, Place("x.yaml", 9, 68)),
        ),
        claims=(Claim("params", Stated("0", 0, 0), Place("x.yaml", 10, 22)),),
        place=Place("x.yaml", 1, 1),
    )


INPUTS = [
    # input, inputs, why this row
    ("[3, 224, 224]", (Input("input", (3, 224, 224)),), "sizes"),
    ("[]", (Input("input", ()),), "one number a sample"),
    ("{shape: [128]}", (Input("input", (128,)),), "sizes, spelled out"),
    ("{shape: [128], dtype: int64, high: 50257}", (Input("input", (128,), "int64", 50257),), "whole numbers below"),
    ("{shape: [8], dtype: bool}", (Input("input", (8,), "bool"),), "truths"),
    ("{x: [3]}", (Input("x", (3,)),), "one, named"),
    ("{b: [3], a: [4]}", (Input("b", (3,)), Input("a", (4,))), "two, in the order of the file"),
    ("{x: {shape: [3], dtype: float32}, y: [4]}", (Input("x", (3,), "float32"), Input("y", (4,))), "of both forms"),
    ("[1152921504606846975]", (Input("input", (2**60 - 1,)),), "as many numbers as a tensor has"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "inputs", "why"), INPUTS, ids=[row[2] for row in INPUTS])
def test_inputs(written: str, inputs: tuple[Input, ...], why: str) -> None:
    assert spec_of(f"input: {written}\n{LAYERS}").inputs == inputs


NAMES = [
    # target, name, why this row
    ("specs/alexnet_half.yaml", "alexnet_half", "the file's name without its ending"),
    ("net.v2.yml", "net.v2", "a dot inside"),
    ("my net (1).yaml", "my_net_1_", "what a browser calls a second copy"),
    (".hidden.yaml", "_hidden", "no name begins with a dot"),
    ("--check.yaml", "_check", "nor like an option"),
    ("a\nb.yaml", "a_b", "a line end"),
    ("[x](y).yaml", "_x_y_", "what Markdown takes for a link"),
    ("卷积.yaml", "卷积", "letters of any language"),
    ("n" * 80 + ".yaml", "n" * 60, "longer than a name may be"),
    ("<text>", "_text_", "no file at all"),
]


@pytest.mark.parametrize(("target", "name", "why"), NAMES, ids=[row[2] for row in NAMES])
def test_a_spec_without_a_name_is_called_like_its_file(target: str, name: str, why: str) -> None:
    spec = spec_of("input: [1]\n" + LAYERS, target)
    assert (spec.name, spec.title, spec.target) == (name, name, target)


@pytest.mark.parametrize(
    "name", ["alexnet_half", "ResNet-50", "c++", "v1.5", "残差", "0", "_", "n" * 60, "console", "com10"]
)
def test_a_name_is_a_plain_file_name(name: str) -> None:
    assert spec_of(f"name: '{name}'\ninput: [1]\n{LAYERS}").name == name


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_a_shipped_network_is_called_like_its_file_or_its_variant(path: Path) -> None:
    for target in targets.expanded(targets.Target(path, str(path))):
        named_well(targets.load(target), path)


def named_well(spec: Spec, path: Path) -> None:
    if spec.family is None:
        assert (spec.name, spec.target) == (path.stem, str(path))
    else:
        assert (spec.family, spec.target) == (path.stem, f"{path}:{spec.name}")
    assert spec.sources
    assert all(source.title for source in spec.sources)
    assert spec.title != spec.name


def test_load_spec_shows_the_target_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("input: [1]\nlayers: [Flaten]\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"^net:2:10: layer '0': no module 'Flaten'"):
        load_spec(path, "net")
    with pytest.raises(SpecError) as caught:
        load_spec(str(path))
    assert str(caught.value).startswith(f"{path}:2:10: ")


def test_a_spec_may_use_anchors_and_any_style_of_yaml() -> None:
    text = (
        "%YAML 1.2\n---\n"
        "input: &size [3, 8, 8] # one sample\n"
        "layers:\n"
        "  ? first\n"
        "  : Conv2d: &conv {out_channels: 4, kernel_size: 1}\n"
        "  second: {'Conv2d': *conv, \"output\": *size}\n"
        "...\n"
    )
    spec = spec_of(text)
    first, second = (node for _, node in spec.leaves())
    assert isinstance(first, Layer)
    assert isinstance(second, Layer)
    assert first.args == second.args == {"out_channels": 4, "kernel_size": 1}
    assert second.claims[0].value == spec.inputs[0].shape == (3, 8, 8)


# What is refused

TOP = """
# a list
[ReLU]
! 1:1: a spec needs a mapping, given a list

# a word
ReLU
! 1:1: a spec needs a mapping, given 'ReLU'

# nothing, written out
null
! 1:1: a spec needs a mapping, given null

# no layers
input: [1]
! 1:1: a spec needs 'layers:'

# no input
layers: [ReLU]
! 1:1: a spec needs 'input:'

# a slip
inputs: [1]
layers: [ReLU]
! 1:1: a spec: no key 'inputs'; did you mean 'input'?

# nothing is near
input: [1]
xyzzy: 1
! 2:1: a spec: no key 'xyzzy'; there are: name, title, source, sources, class_name, params, variants, input,
  batch, layers, blocks, init, documented, training, budget

# YAML's own merging of mappings
input: [1]
<<: {layers: [ReLU]}
! 2:1: a spec: no key '<<'; there are: name, title, source, sources, class_name, params, variants, input,
  batch, layers, blocks, init, documented, training, budget

# a title that is a number
{title: 5, input: [1], layers: [ReLU]}
! 1:9: title needs text, given 5

# a title in colours
{title: "\\x1b[31mred", input: [1], layers: [ReLU]}
! 1:9: title has the control character '\\x1b'

# a batch of none
{batch: 0, input: [1], layers: [ReLU]}
! 1:9: batch must be at least 1, given 0

# a batch that is a word
{batch: N, input: [1], layers: [ReLU]}
! 1:9: batch needs a whole number, given 'N'

# a source that is its title
{source: A paper, input: [1], layers: [ReLU]}
! 1:10: source needs a mapping, given 'A paper'

# a source without its title
{source: {url: x}, input: [1], layers: [ReLU]}
! 1:10: source needs 'title:'

# a source's year in words
{source: {title: a, year: last}, input: [1], layers: [ReLU]}
! 1:27: source: year needs a whole number, given 'last'

# a source's key, slipped
{source: {titel: a}, input: [1], layers: [ReLU]}
! 1:11: source: no key 'titel'; did you mean 'title'?

# a source's link that is a number
{source: {title: a, url: 1}, input: [1], layers: [ReLU]}
! 1:26: source: url needs text, given 1

# code in the place of a class
{class_name: __import__('os'), input: [1], layers: [ReLU]}
! 1:14: class_name needs a Python name, given "__import__('os')"

# a word of Python
{class_name: lambda, input: [1], layers: [ReLU]}
! 1:14: class_name needs a Python name, given 'lambda'

# a class of another module
{class_name: torch.nn.Linear, input: [1], layers: [ReLU]}
! 1:14: class_name needs a Python name, given 'torch.nn.Linear'

# a name that is no text
{class_name: 5, input: [1], layers: [ReLU]}
! 1:14: class_name needs text, given 5
"""
NAMED = """
# a path upwards
../../etc/passwd
! 1:7: name '../../etc/passwd' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# a path
/etc/passwd
! 1:7: name '/etc/passwd' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# a path of Windows
C:\\x
! 1:7: name 'C:\\\\x' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# the folder itself
.
! 1:7: name '.' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# the folder above
..
! 1:7: name '..' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# a hidden file
.bashrc
! 1:7: name '.bashrc' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# an option
-rf
! 1:7: name '-rf' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# two words
two words
! 1:7: name 'two words' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# HTML
<script>alert(1)</script>
! 1:7: name '<script>alert(1)</script>' cannot be a file's name; write at most 60 letters, digits, '_',
  '-', '+' and '.', the last three not in front

# the index of the reports
readme
! 1:7: name 'readme' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front

# a device of Windows
nul.txt
! 1:7: name 'nul.txt' cannot be a file's name; write at most 60 letters, digits, '_', '-', '+'
  and '.', the last three not in front
"""
INPUT = """
# one number
5
! 1:8: input needs a list of sizes such as [3, 224, 224], given 5

# nothing
null
! 1:8: input needs a list of sizes such as [3, 224, 224], given null

# as people write it
3x224x224
! 1:8: input needs a list of sizes such as [3, 224, 224], given '3x224x224'

# no tensor
{}
! 1:8: input needs at least one tensor, given none

# a size of zero
[3, 0]
! 1:12: input must be at least 1, given 0

# a size below zero
[-1, 3]
! 1:9: input must be at least 1, given -1

# a letter for a size
[N, 3]
! 1:9: input needs a whole number, given 'N'

# a fraction
[3, 2.5]
! 1:12: input needs a whole number, given 2.5

# a truth
[true]
! 1:9: input needs a whole number, given true

# a list in a list
[[3, 8, 8]]
! 1:9: input needs a whole number, given a list

# 2^63
[9223372036854775808]
! 1:9: input must be at most 9223372036854775807, given 9223372036854775808

# one number more than a tensor has
[2, 1073741824, 536870912]
! 1:8: input has 1x2x1073741824x536870912 elements, batch included; a tensor has fewer than 2^60

# of several inputs, one that has too many
{x: [1], y: [1152921504606846976]}
! 1:8: y has 1x1152921504606846976 elements, batch included; a tensor has fewer than 2^60

# a tensor that is a number
{x: 5}
! 1:12: x (or a list of sizes) needs a mapping, given 5

# a tensor without its shape
{x: {dtype: int64}}
! 1:12: x needs 'shape:'

# a shape that is a number
{shape: 5}
! 1:16: input: shape needs a list of sizes such as [5], given 5

# a key, slipped
{shape: [5], dtpye: int64}
! 1:21: input: no key 'dtpye'; did you mean 'dtype'?

# a type that there is not
{shape: [5], dtype: int32}
! 1:28: input: dtype needs one of float32, int64, bool, given 'int32'

# a type that is no word
{shape: [5], dtype: [int64]}
! 1:28: input: dtype needs text, given a list

# no number is below 0
{shape: [5], dtype: int64, high: 0}
! 1:41: input: high must be at least 1, given 0

# a name of two words
{two words: [5]}
! 1:9: an input's name is a word, given 'two words'

# a name of two lines
{"a\\nb": [5]}
! 1:9: an input's name is a word, given 'a\\nb'

# an argument of forward has a name
{1: [5]}
! 1:9: an input's name is a word, given '1'
"""
BLOCKS = """
# a list
[]
! 3:9: blocks needs a mapping, given a list

# a block that is its body
{a: [ReLU]}
! 3:13: block 'a' needs a mapping, given a list

# a block without layers
{a: {params: {n: 1}}}
! 3:13: block 'a' needs 'layers:'

# a key, slipped
{a: {layer: []}}
! 3:14: block 'a': no key 'layer'; did you mean 'layers'?

# parameters in a list
{a: {params: [n], layers: []}}
! 3:22: params needs a mapping, given a list

# a parameter of two words
{a: {params: {two words: 1}, layers: []}}
! 3:23: block 'a': a parameter's name is a word, given 'two words'

# a default that is a list
{a: {params: {n: [1]}, layers: []}}
! 3:26: n needs a number or a word, given a list

# a default of blanks
{a: {params: {n: "  "}, layers: []}}
! 3:26: n needs a word of at most 100 characters, given '  '
"""
INIT = """
# a list
[]
! 3:7: init needs a mapping, given a list

# a kind, slipped
{Conv2D: {}}
! 3:8: init: no module 'Conv2D' in torch.nn; did you mean 'Conv2d'?

# no parameter
{Conv2d: normal_}
! 3:16: init: Conv2d needs a mapping, given 'normal_'

# no function
{Conv2d: {weight: 0.01}}
! 3:25: init: Conv2d.weight needs a mapping, given 0.01

# nothing at all
{Conv2d: {weight: {}}}
! 3:25: init: Conv2d.weight needs one function of torch.nn.init, given 0

# two functions
{Conv2d: {weight: {zeros_: , ones_: }}}
! 3:25: init: Conv2d.weight needs one function of torch.nn.init, given 2

# a function, slipped
{Conv2d: {weight: {normal: }}}
! 3:26: init: Conv2d.weight: no function 'normal' in torch.nn.init that a spec may use; did you mean 'normal_'?

# a function that is no initialiser
{Conv2d: {weight: {calculate_gain: }}}
! 3:26: init: Conv2d.weight: no function 'calculate_gain' in torch.nn.init that a spec may use

# Python's own
{Conv2d: {weight: {__import__: }}}
! 3:26: init: Conv2d.weight: no function '__import__' in torch.nn.init that a spec may use

# an argument that is missing
{Conv2d: {bias: {constant_: }}}
! 3:24: init: Conv2d.bias: constant_ needs val

# an argument, slipped
{Conv2d: {weight: {normal_: {st: 1}}}}
! 3:36: normal_: no key 'st'; did you mean 'std'?

# an argument that is a word
{Conv2d: {weight: {normal_: {std: one}}}}
! 3:41: init: Conv2d.weight: normal_: std needs a number, given 'one'

# a choice, slipped
{Conv2d: {weight: {kaiming_normal_: {mode: fanout}}}}
! 3:50: init: Conv2d.weight: kaiming_normal_: mode needs one of fan_in, fan_out, given 'fanout';
  did you mean 'fan_out'?

# arguments in a list
{Conv2d: {weight: {normal_: [0, 1]}}}
! 3:35: normal_ needs a mapping, given a list
"""


@rows(TOP)
def test_what_is_no_spec_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


@rows(NAMED)
def test_what_no_report_s_file_can_be_called_is_refused(text: str, message: str) -> None:
    assert refusal(f"name: {text}\ninput: [1]\n{LAYERS}") == message


def test_a_name_that_is_too_long_or_a_file_s_that_is_taken_is_refused() -> None:
    rule = "write at most 60 letters, digits, '_', '-', '+' and '.', the last three not in front"
    name = "n" * 61
    message = f"x.yaml:1:7: name '{name}' cannot be a file's name; {rule}"
    assert refusal(f"name: {name}\ninput: [1]\n{LAYERS}") == message
    with pytest.raises(SpecError) as caught:
        spec_of("# without a name\ninput: [1]\n" + LAYERS, "specs/README.yaml")
    assert str(caught.value) == f"specs/README.yaml:2:1: name 'README' cannot be a file's name; {rule}"


@rows(INPUT)
def test_what_is_no_input_is_refused(text: str, message: str) -> None:
    assert refusal(f"input: {text}\n{LAYERS}") == message


def test_an_input_of_more_axes_than_a_tensor_has_is_refused() -> None:
    text = f"input: [{'1, ' * 65}]\n{LAYERS}"
    assert refusal(text) == "x.yaml:1:8: input has 65 axes; a tensor has at most 64"


@rows(BLOCKS)
def test_what_is_no_block_is_refused(text: str, message: str) -> None:
    assert refusal(f"input: [1]\n{LAYERS}blocks: {text}\n") == message


@rows(INIT)
def test_what_is_no_initialiser_is_refused(text: str, message: str) -> None:
    assert refusal(f"input: [1]\n{LAYERS}init: {text}\n") == message
