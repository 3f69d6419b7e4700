"""What looks like the sides of a map and is none: kernels, a letter's worth of them, notes, prompts, lists of pairs."""

from __future__ import annotations

import pytest

from archcheck.dialects import comment

NO_SHAPES = [
    ("x -> 1x1 -> 3x3 (strided)", "kernels one after another"),
    ("1x1 -> 1x5 -> 5x1", "oblong ones"),
    ("1x1 -> 3x3 -> 5x5", "they grow from one by one"),
    ("y -> 3x3 (same)", "one that a variable goes through"),
    ("it could replace each n x n filter bank", "a letter's worth of sides"),
    ("followed by a 1 x n layer and later by an n x 1 layer", "the same with a one"),
    ("which spares us all of the NxN products", "in capitals"),
    ("(at n x n feature maps we stop)", "in brackets"),
    ("time steps, hidden dimensionality (H)", "a note of what it is called"),
    ("the width of the hidden layer per head (d_k)", "another"),
    ("either a name or (n_layer, n_head) must be given", "what somebody has to do"),
    ("In[12]:", "a notebook's prompt"),
    ("Out [3]", "what it showed"),
    ("[(S-1, S-2), (S-2, S-3), ..., (1, 0)]", "pairs that go on"),
]


@pytest.mark.parametrize(("text", "why"), NO_SHAPES, ids=[why for *_, why in NO_SHAPES])
def test_it_is_no_claim(text: str, why: str) -> None:
    assert comment(f" {text}") == (), why


SHAPES = [
    ("之后，20, 20, 64 -> 10, 10, 128", [[20, 20, 64], [10, 10, 128]], "behind a clause"),
    ("输出为20, 20, 64，是最后一层", [[20, 20, 64]], "before a clause"),
    ("8, 8, 16 + 8, 8, 16 -> 8, 8, 32", [[8, 8, 32]], "what two lists are joined to"),
    ("B, 2 + 3, 6 -> B, 5, 6", [["B", "2+3", 6], ["B", 5, 6]], "a sum in a list"),
    ("因此得到20, 20, 64", [[20, 20, 64]], "behind what comes out"),
    ("批量大小，20，20，64", [["批量大小", 20, 20, 64]], "with commas of one kind it is an axis"),
    ("7x7 -> 1x1", [[7, 7], [1, 1]], "a map that is pooled"),
    ("9x9 -> 7x7", [[9, 9], [7, 7]], "a map that shrinks"),
    ("1x1 -> 4x4", [[1, 1], [4, 4]], "no kernel is even"),
    ("the n x n matrix of products", [["n", "n"]], "a matrix of so many rows"),
    ("N x N", [["N", "N"]], "it alone"),
    ("a vector of shape (H)", [["H"]], "it is called a shape"),
    ("a vector of size (H)", [["H"]], "of that size"),
    ("x: (B, S, H) must be contiguous", [["B", "S", "H"]], "of what is named"),
    ("S=1 x B x H", [[1, "B", "H"]], "a number that a letter is given"),
    ("B x S=1 x H -> B x H", [["B", 1, "H"], ["B", "H"]], "in the middle"),
    ("[(B, S), (B, H)]", [["B", "S"], ["B", "H"]], "a list of shapes"),
]


@pytest.mark.parametrize(("text", "expected", "why"), SHAPES, ids=[why for *_, why in SHAPES])
def test_it_is_one(text: str, expected: list[list[int | str]], why: str) -> None:
    found = [[size.value for size in shape.sizes] for one in comment(f" {text}") for shape in one.shapes]
    assert found == expected, why
