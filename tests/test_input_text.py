"""What is typed for a Python model: every form, and the exact text of every refusal."""

from __future__ import annotations

import pytest

from archcheck.arguments import Argument, Arguments, Tree
from archcheck.errors import UsageError
from archcheck.input_text import read_args, read_inputs

IMAGE = Argument((1, 3, 224, 224))

ONE = [
    # text, what it is, why this row
    ("1,3,224,224", IMAGE, "commas"),
    ("1x3x224x224", IMAGE, "as shapes are shown"),
    (" 1, 3,224 ,224 ", IMAGE, "blanks"),
    ("7", Argument((7,)), "one axis"),
    ("scalar:int64", Argument((), "int64"), "no axis, as shapes are shown"),
    ("1,128:int64", Argument((1, 128), "int64"), "a type"),
    ("1,128:int64<30522", Argument((1, 128), "int64", 30522), "a bound"),
    ("1,128 : int64 < 30522", Argument((1, 128), "int64", 30522), "blanks around both"),
    ("4:uint8<256", Argument((4,), "uint8", 256), "the largest bound that the type has"),
    ("4:bool", Argument((4,), "bool"), "truth values have no bound"),
    ("[1x3x4, 1x5]", (Argument((1, 3, 4)), Argument((1, 5))), "a tuple"),
    ("[3]", (Argument((3,)),), "a tuple of one tensor with one axis"),
    ("[3:float32, 4:int64<9]", (Argument((3,)), Argument((4,), "int64", 9)), "types in a tuple"),
    (
        "{image: 1x3x224x224, ids: 1x16:int64<5}",
        {"image": IMAGE, "ids": Argument((1, 16), "int64", 5)},
        "a dict",
    ),
    (
        "{a: [1x2, [3x4]], b: {c: 5}}",
        {"a": (Argument((1, 2)), (Argument((3, 4)),)), "b": {"c": Argument((5,))}},
        "one in the other",
    ),
]


@pytest.mark.parametrize(("text", "tree", "why"), ONE, ids=[row[0] for row in ONE])
def test_one_argument(text: str, tree: Tree, why: str) -> None:
    assert read_inputs([text]) == Arguments((tree,)), why


def test_arguments_by_place_and_by_name() -> None:
    read = read_inputs(["1,2", "mask = 1,4:bool", "[1x5]", "more={x: 6}"])
    assert read.by_place == (Argument((1, 2)), (Argument((1, 5)),))
    assert read.by_name == {"mask": Argument((1, 4), "bool"), "more": {"x": Argument((6,))}}


SHAPE = "write a shape, batch axis included, as 1,3,224,224 or 1,128:int64<30522"

REFUSED = [
    ([""], f"--input : {SHAPE}; given ''"),
    (["1,-3"], f"--input 1,-3: {SHAPE}; given '1,-3'"),
    (["1;3"], f"--input 1;3: {SHAPE}; given '1;3'"),
    (["1,3,"], f"--input 1,3,: {SHAPE}; given '1,3,'"),
    (["1,3:int64<5<6"], f"--input 1,3:int64<5<6: {SHAPE}"),
    (["1,0"], "--input 1,0: an axis of 0 leaves nothing to compute; give every axis at least 1"),
    (["9" * 16], f"--input {'9' * 16}: more numbers than any machine holds"),
    (["999999999,999999999"], "--input 999999999,999999999: more numbers than any machine holds"),
    (["1,3:float"], "--input 1,3:float: no type 'float'; did you mean 'float32'?"),
    (
        ["1:q"],
        "--input 1:q: no type 'q'; write one of float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, "
        "bool, complex64, complex128",
    ),
    (["1,3<5"], "--input 1,3<5: only whole numbers have a bound, and this is float32; write :int64<5"),
    (["3:int8<129"], "--input 3:int8<129: the bound of int8 is a whole number of 1 to 128, given '129'"),
    (["3:int8<²"], "--input 3:int8<²: the bound of int8 is a whole number of 1 to 128, given '²'"),
    (["3:int8<0"], "--input 3:int8<0: the bound of int8 is a whole number of 1 to 128, given '0'"),
    (["[1,3,8,8]"], "--input [1,3,8,8]: in [ ] commas stand between tensors; a shape is written 1x3x8x8"),
    (["[1x3"], "--input [1x3: a bracket is not closed"),
    (["[1x3,]"], "--input [1x3,]: a tensor is missing before ']'"),
    (["[]"], "--input []: a tensor is missing before ']'"),
    (["[1x3] 4"], "--input [1x3] 4: nothing may follow the closing bracket, found '4'"),
    (["[1x3 [4]]"], "--input [1x3 [4]]: a comma or ']' is missing before '['"),
    (["[[[" * 34], f"--input {'[[[' * 34}: has more than 100 brackets"),
    (["{1x3}"], "--input {1x3}: in { } write names and shapes, as {image: 1x3x64x64}; given '1x3'"),
    (["{a: 1,3}"], "--input {a: 1,3}: in { } write names and shapes, as {image: 1x3x64x64}; given '3'"),
    (["{a: 1, a: 2}"], "--input {a: 1, a: 2}: a is given twice"),
    (["x=1", "x=2"], "--input x=2: x is given twice"),
    (["x=1,q"], f"--input x=1,q: {SHAPE}; given '1,q'"),
]


@pytest.mark.parametrize(("texts", "message"), REFUSED, ids=[str(row[0])[:20] for row in REFUSED])
def test_refusals(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_inputs(texts)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("k=10", 10, "a whole number"),
        ("k=1e-3", 0.001, "YAML 1.1 would read a text"),
        ("k=false", False, "a truth value"),
        ("k=no", "no", "a word: YAML 1.1 would read false"),
        ("k=null", None, "nothing"),
        ("k=DEFAULT", "DEFAULT", "a word"),
        ("k=", "", "an empty word"),
        ("k='10'", "10", "a quoted number is a word"),
        ("k=[1, [2, x]]", [1, [2, "x"]], "a list"),
        ("k={a: 1}", {"a": 1}, "a mapping"),
        ("k=a=b", "a=b", "the first = ends the name"),
    ],
)
def test_an_argument_of_a_factory(text: str, value: object, why: str) -> None:
    assert read_args([text]) == {"k": value}, why


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["k"], "--arg k: write NAME=VALUE, as num_classes=10"),
        (["1k=2"], "--arg 1k=2: write NAME=VALUE, as num_classes=10"),
        (["k=1", "k=2"], "--arg k=2: k is given twice"),
        (["k=[1"], "--arg k=[1: the value is no YAML; put quotes around it: NAME='\"...\"'"),
    ],
)
def test_refused_arguments_of_a_factory(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_args(texts)
    assert str(caught.value) == message
