"""What a document shows as printed x what the run printed: lines, models and tables, each right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from archcheck.binding import bind
from archcheck.documents import edited, read
from archcheck.documents.document import Line, Passage
from archcheck.judging.exhibits import NO_MODEL, NO_TABLE, OTHER_ROWS
from archcheck.judging.judge import judge
from archcheck.judging.printouts import NONE_LIKE_IT, NOTHING
from archcheck.judging.reasons import ELSE
from archcheck.results import Check
from archcheck.running.observed import Observed, Skipped
from tests.bound import document

CODE = "net = make()\nprint(net)"


def checks(output: str, printed: str | None, *, code: str = CODE, **more: object) -> tuple[Check, ...]:
    """Return the checks of a page of some code and what it shows, whose last statement printed a text."""
    program = bind(document(("code", code), ("output", output)))
    last = max((site.number for site in program.sites), default=0)
    seen: Mapping[int, str] = {} if printed is None else {last: printed}
    return judge(program, Observed("meta", printed=seen, **more)).checks  # type: ignore[arg-type]


def statuses(output: str, printed: str | None) -> list[str]:
    return [check.status for check in checks(output, printed)]


LINES = [
    # what the document shows, what was printed, the verdicts, why
    ("torch.Size([2, 3])", "torch.Size([2, 3])\n", ["agrees"], "a size"),
    ("torch.Size([2, 3])", "torch.Size([2, 4])\n", ["differs"], "another size"),
    ("torch.Size([2, 3])", "torch.Size([2, 3, 4])\n", ["differs"], "another axis"),
    ("Out[3]: torch.Size([2, 3])", "torch.Size([2, 4])\n", ["differs"], "a notebook's prompt"),
    ("# torch.Size([2, 3])", "torch.Size([2, 4])\n", ["differs"], "a comment's sign"),
    ("Linear output shape: torch.Size([2, 3])", "Linear output shape:\t torch.Size([2, 4])\n", ["differs"],
     "blanks are all the same"),
    ("step 1: x.shape = torch.Size([2, 3])", "step 7: x.shape = torch.Size([2, 3])\n", ["agrees"],
     "other numbers on the line are no shape"),
    ("(2, 3)", "(2, 3)\n", ["agrees"], "any tuple"),
    ("(2, 3)", "(2, 4)\n", ["unchecked"], "a tuple may be something else"),
    ("torch.Size([2, 3]) torch.Size([4])", "torch.Size([2, 3]) torch.Size([5])\n", ["agrees", "differs"],
     "each by its place"),
    ("torch.Size([2])\ntorch.Size([3])", "torch.Size([2])\ntorch.Size([4])\n", ["agrees", "differs"],
     "line by line"),
    ("torch.Size([3])", "torch.Size([2])\ntorch.Size([3])\n", ["agrees"], "one line of two that were printed"),
    ("torch.Size([3])\ntorch.Size([2])", "torch.Size([2])\n", ["unchecked", "unchecked"],
     "which of them was printed is not known"),
    ("y output: torch.Size([3])", "x output: torch.Size([2])\n", ["unchecked"], "another line"),
    ("torch.Size([3])", None, ["unchecked"], "nothing was printed"),
    (" 0 1 2\n 3 4 5\n[torch.FloatTensor of size 2x3]", "tensor(..., device='meta', size=(2, 3))\n", ["agrees"],
     "a tensor as it was shown once"),
    (" 0 1\n[torch.cuda.LongTensor of size 1x2 (GPU 0)]",
     "tensor(..., device='meta', size=(1, 3), dtype=torch.int64)\n", ["differs"], "another than it is"),
    (" 0 1 2\n[torch.FloatTensor of size 1x3]", "tensor([[0., 1., 2.]])\n", ["agrees"], "as many values"),
    (" 0 1\n 2 3\n[torch.FloatTensor of size 2x2]", "tensor([[0., 1., 2.],\n        [3., 4., 5.]])\n", ["differs"],
     "more values"),
    (" 0\n[torch.FloatTensor of size 1x2]", "tensor([[0., ..., 0.]])\n", ["unchecked"], "not all values"),
    (" 0 1\n[torch.FloatTensor of size 1x2], [1, 2]", "tensor(..., device='meta', size=(1, 2))\n", ["unchecked"],
     "with more behind it"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "printed", "wanted", "why"), LINES)
def test_lines_are_held_against_those_like_them(
    shown: str, printed: str | None, wanted: list[str], why: str
) -> None:
    assert statuses(shown, printed) == wanted, why


def test_a_line_says_where_it_stands_and_what_was_printed() -> None:
    (check,) = checks(
        "first\nConv2d output shape: torch.Size([2, 3])", "Conv2d output shape: torch.Size([2, 4])"
    )
    assert (check.layer, check.quantity, check.documented, check.seen) == ("Conv2d", "output", [2, 3], [2, 4])
    assert (check.line, check.source, check.said) == (5, "output", "torch.Size([2, 3])")


REASONS = [
    ("torch.Size([3])", None, NOTHING, "nothing was printed"),
    ("x output: torch.Size([3])", "y output: torch.Size([3])", NONE_LIKE_IT, "something else was"),
    ("torch.Size([3])\ntorch.Size([4])", "torch.Size([3])\ntorch.Size([5])\ntorch.Size([6])",
     "what ran before it printed 3 lines like it, and the document shows 2", "more were"),
    ("(3, 4)", "(3, 5)", ELSE, "it need not be a shape"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "printed", "hint", "why"), REASONS)
def test_what_is_not_known_has_its_reason(shown: str, printed: str | None, hint: str, why: str) -> None:
    assert checks(shown, printed)[-1].hint == hint, why


def test_a_statement_that_did_not_run_is_the_reason() -> None:
    skipped = (Skipped(2, "NameError: name 'x' is not defined", True),)
    for shown in ("torch.Size([3])", NET, FLAT):
        assert checks(shown, None, skipped=skipped)[0].hint == skipped[0].why
    assert checks("torch.Size([3])", None, error="it took too long")[0].hint == "it took too long"


def test_outputs_of_one_cell_are_read_as_one() -> None:
    code = "print(a.shape)\nb.shape"
    page = bind(document(("code", code), ("output", "torch.Size([1])"), ("output", "torch.Size([2])")))
    first, second = sorted(site.number for site in page.sites)
    printed = {first: "torch.Size([1])\n", second: "torch.Size([3])\n"}
    assert [one.status for one in judge(page, Observed("meta", printed=printed)).checks] == [
        "agrees",
        "differs",
    ]


def test_the_output_of_a_cell_is_told_from_its_code() -> None:
    made = document(("code", CODE), ("output", f"torch.Size([2])\n{NET}"))
    made = replace(made, passages=tuple(replace(one, cell=3) for one in made.passages))
    program = bind(made)
    assert {check.at for check in judge(program, Observed("meta")).checks} == {"cell 3 output"}


NET = "Net(\n  (a): Linear(in_features=3, out_features=4, bias=True)\n  (b): ReLU(inplace=True)\n)"
MODELS = [
    (NET, NET, "agrees", None, "the same"),
    (NET.replace("inplace=True", "inplace"), NET, "agrees", None, "as PyTorch 1.1 printed"),
    (NET.replace("=4", "=5"), NET, "differs", 5, "an argument"),
    (f"  net: {NET}".replace("\n", "\n  "), f"before\n{NET}\nbehind", "agrees", None, "indents, and text around it"),
    (NET, f"{NET.replace('=4', '=5')}\n{NET}", "agrees", None, "any of its class"),
    (NET, NET.replace("Net", "Other"), "differs", 4, "the class"),
    (NET, f"{NET}\n{NET}".replace("Net", "Other"), "unchecked", 4, "which of them is not known"),
    (NET, "nothing like it", "unchecked", 4, "no model"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "printed", "status", "line", "why"), MODELS)
def test_a_model_is_held_against_the_printed_one(
    shown: str, printed: str, status: str, line: int | None, why: str
) -> None:
    (check,) = checks(shown, printed)
    assert (check.status, check.quantity, check.source) == (status, "repr", "output"), why
    assert line is None or check.line == line, why


def test_a_model_says_the_first_line_that_differs() -> None:
    (check,) = checks(f"first\n{NET.replace('inplace=True', '')}", NET)
    assert (check.line, check.said) == (7, "(b): ReLU()")
    assert (
        check.hint == "line 3 of the printed model: documented (b): ReLU(), printed (b): ReLU(inplace=True)"
    )
    assert check.seen == NET
    assert checks(NET, "torch.Size([3])")[0].hint == NO_MODEL


def test_models_of_one_class_are_taken_in_order() -> None:
    other = NET.replace("=4", "=6")
    found = checks(f"{NET}\n{other}", f"{NET}\n{other.replace('=6', '=7')}")
    assert [(check.status, check.line) for check in found] == [("agrees", 4), ("differs", 9)]
    cut = checks(f"{NET}\n{other}", NET)
    assert [(check.status, check.hint) for check in cut] == [("agrees", None), ("unchecked", NO_MODEL)]


FLAT = """\
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1              [-1, 2, 6, 6]              20
            Linear-2                    [-1, 3]           1,219
================================================================
Total params: 1,239
Trainable params: 1,239
"""
TREE = """\
Layer (type:depth-idx)     Input Shape      Output Shape     Param #
=====================================================================
Net                        [4, 1, 8, 8]     [4, 3]           --
├─ModuleList: 1-1          --               --               --
│    └─Conv2d: 2-1         [4, 1, 8, 8]     [4, 2, 6, 6]     20
├─Linear: 1-2              [4, 72]          [4, 3]           1,219
=====================================================================
Total params: 1,239
"""
TABLES = [
    # the table, a mistake, what was printed, what differs as (layer, quantity, line), why
    (FLAT, ("", ""), FLAT, [], "the same"),
    (FLAT, ("6, 6]", "6, 7]"), FLAT, [("Conv2d-1", "output", 6)], "a shape"),
    (FLAT, ("[-1, 3]", "[-1, 3, 1]"), FLAT, [("Linear-2", "output", 7)], "an axis"),
    (FLAT, ("  1,219", "  1,218"), FLAT, [("Linear-2", "params", 7)], "a count"),
    (FLAT, ("Total params: 1,239", "Total params: 1,238"), FLAT, [("total params", "params", 9)], "a total"),
    (FLAT, ("Trainable params: 1,239", "Trainable params: 0"), FLAT, [("trainable params", "params", 10)],
     "another total"),
    (FLAT, ("Linear-2", "Dropout-2"), FLAT, [("Dropout-2", "repr", 7)], "another layer"),
    (FLAT, ("", ""), FLAT.replace("1,219\n", "1,219\n               Net-3                    [-1, 3]       0\n"),
     [], "a later version has a row of the model itself"),
    (TREE, ("", ""), TREE, [], "the same"),
    (TREE, ("", ""), "\n".join(TREE.splitlines()[:3] + TREE.splitlines()[4:]), [], "a row of a list"),
    (TREE, ("", ""), FLAT + TREE, [], "of several tables, that of the same tool"),
    (TREE, ("6, 6]", "6, 5]"), TREE, [("Conv2d: 2-1", "output", 8)], "what it gives"),
    (TREE, ("[4, 72]", "[4, 71]"), TREE, [("Linear: 1-2", "input", 9)], "what it receives"),
    (TREE, (" 20", " 21"), TREE, [("Conv2d: 2-1", "params", 8)], "a count"),
    (TREE, ("Linear: 1-2", "Tanh: 1-2"), TREE, [], "another layer may be the version's"),
    (TREE.replace(TREE.splitlines()[2] + "\n", ""), ("", ""), TREE, [], "no row of the model"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "mistake", "printed", "wanted", "why"), TABLES)
def test_tables_row_by_row(
    table: str,
    mistake: tuple[str, str],
    printed: str,
    wanted: list[tuple[str, str, int]],
    why: str,
) -> None:
    assert mistake[0] in table
    found = checks(table.replace(*mistake, 1) if mistake[0] else table, printed)
    told = [(check.layer, check.quantity, check.line) for check in found if check.status == "differs"]
    assert told == wanted, why
    assert any(check.status == "agrees" for check in found), "the rest holds"


def after(output: str, printed: str) -> str:
    """Return a page of some code and what it shows, with what the run printed in the place of what is not so."""
    page = read("a.md", f"```python\n{CODE}\n```\n\n```\n{output}\n```\n")
    program = bind(page)
    (site,) = [one.number for one in program.sites if one.text == "print(net)"]
    verdicts = judge(program, Observed("meta", printed={site: printed}))
    found = edited(page, [edit for one in verdicts.exhibits for edit in one.edits])
    return found.split("```")[3].strip("\n")


MENDED = [
    (NET, ("=4", "=5"), "a line of a model"),
    (NET.replace("  ", "      "), ("", ""), "a model that stands further in stays as it is"),
    (FLAT, ("     [-1, 3]", "    [-1, 12]"), "a shape that gets shorter"),
    (FLAT, ("   [-1, 2, 6, 6]", "      [-1, 2, 6]"), "one that gets longer"),
    (FLAT, ("           1,219", "               9"), "a count"),
    (FLAT, ("Total params: 1,239", "Total params: 1239"), "a total without separators"),
    (FLAT, ("Trainable params: 1,239", "Trainable params: 0"), "another total"),
    (TREE, ("[4, 2, 6, 6] ", "[4, 2, 16, 6]"), "a column that is aligned to the left"),
    (TREE, ("[4, 72]   ", "[4, 72, 1]"), "a shape of another number of axes"),
]


@pytest.mark.parametrize(("shown", "mistake", "why"), MENDED, ids=[row[2] for row in MENDED])
def test_what_was_printed_takes_the_place_of_what_is_not_so(
    shown: str, mistake: tuple[str, str], why: str
) -> None:
    expected = shown.strip("\n")
    wrong = expected.replace(*mistake, 1)
    assert after(wrong, expected).replace("1239", "1,239") == expected


def test_lines_that_have_no_place_in_the_document_are_not_written() -> None:
    longer = NET.replace("  (b)", "  (c): Tanh()\n  (b)")
    assert after(NET, longer) == NET
    assert checks(NET, longer)[0].status == "differs"


def test_a_row_says_what_is_written_and_what_was_printed() -> None:
    shape, count, *_ = checks(FLAT.replace("6, 6]", "6, 7]").replace(" 20", " 21"), FLAT)
    assert (shape.documented, shape.seen, shape.said) == (["?", 2, 6, 7], [2, 6, 6], "[-1, 2, 6, 7]")
    assert (count.documented, count.seen, count.said) == (21, 20, "21")


def test_rows_below_another_layer_are_unchecked() -> None:
    found = checks(TREE.replace("Conv2d: 2-1", "Tanh: 2-1"), TREE)
    below = [check for check in found if check.line in (8, 9)]
    assert {check.status for check in below} == {"unchecked"}
    assert below[0].hint == f"row 2 is Tanh in the document and Conv2d in the run: {OTHER_ROWS}"


def test_a_table_that_was_not_printed_is_unchecked() -> None:
    for printed, hint in ((None, NOTHING), ("something", NO_TABLE), (TREE, NO_TABLE)):
        found = checks(FLAT, printed)
        assert {(check.status, check.hint) for check in found} == {("unchecked", hint)}
        assert len(found) == 6


def test_an_output_without_code_before_it_is_unchecked() -> None:
    program = bind(document(("output", f"{NET}\n{FLAT}")))
    assert {check.status for check in judge(program, Observed("meta")).checks} == {"unchecked"}


def test_lines_of_a_passage_may_be_far_apart_in_the_file() -> None:
    lines = tuple(
        Line(text, 10 * number, 0) for number, text in enumerate(NET.replace("=4", "=5").split("\n"), 1)
    )
    made = document(("code", CODE))
    program = bind(replace(made, passages=(*made.passages, Passage("output", lines))))
    (site,) = [one.number for one in program.sites if one.text == "print(net)"]
    (check,) = judge(program, Observed("meta", printed={site: NET})).checks
    assert check.line == 20
