"""Claims x what was seen -> verdicts: letters bind per call, the input that the document means, and no false alarms."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from archcheck.binding.program import Claim, Kind, Program, Site
from archcheck.binding.tree import Tree as SyntaxTree
from archcheck.dialects.stated import Layout, Role, Size, StatedShape, Statement
from archcheck.documents.document import Line, Passage
from archcheck.judging.judge import judge
from archcheck.results import Check
from archcheck.running.observed import Called, Event, EventRole, Made, Observed, Origin, Skipped, Tree
from archcheck.units import Shape

SOURCE = "import torch\n\n\nclass Net(nn.Module):\n    pass\n\n\nnet = Net()\nnet(x)\n"
LINES = tuple(Line(text, number, 0) for number, text in enumerate(SOURCE.splitlines(), 1))
PASSAGE = Passage("code", LINES)
Written = Sequence[int | str | None]


def site(number: int, kind: Kind = "value", line: int = 5, **more: Any) -> Site:
    return Site(number, kind, line, "Net.forward", "Conv2d", **more)


def shape(sizes: Written, layout: Layout = "shape") -> StatedShape:
    return StatedShape(tuple(Size(size, 0, 0) for size in sizes), layout, 0, 0)


def claim(
    *shapes: Written,
    sites: tuple[int, ...] = (0,),
    role: Role = "value",
    layout: Layout = "shape",
    **more: Any,
) -> Claim:
    statement = Statement(role, tuple(shape(one, layout) for one in shapes), "", 0, 0, **more)
    return Claim(statement, sites, PASSAGE, LINES[4], 10)


def event(value: Tree, number: int = 0, *, turn: int = 0, role: EventRole = "value", **more: Any) -> Event:
    return Event(number, turn, more.pop("frame", 0), more.pop("call", 0), role, value, **more)


def checks(claims: Sequence[Claim], events: Sequence[Event], **more: Any) -> tuple[Check, ...]:
    sites = more.pop("sites", tuple(site(number) for number in range(4)))
    program = Program(SOURCE, tuple((PASSAGE, line) for line in LINES), sites, tuple(claims), ())
    return judge(program, Observed("meta", tuple(events), **more)).checks


def status(*claims: Claim, events: Sequence[Event], **more: Any) -> list[str]:
    return [check.status for check in checks(claims, events, **more)]


ONE = [
    ((2, 3, 8, 8), ("N", 3, 8, 8), "agrees", "a letter for the batch"),
    ((2, 3, 8, 8), (3, 8, 8), "agrees", "without it"),
    ((2, 3, 8, 8), (3, 8, 9), "differs", "another side"),
    ([(2, 3), (4, 5)], (4, 5), "agrees", "one of several tensors"),
    ([(2, 3), [(4, 5)]], (4, 6), "differs", "none of them"),
    ({"out": (2, 3)}, (2, 3), "agrees", "in a mapping"),
    ("int: 400", (400,), "unchecked", "no tensor"),
    (["int: 8", "int: 16"], (8, 16), "agrees", "a list of just these numbers"),
    (["int: 8", "int: 16"], (8, 17), "unchecked", "a list may be of anything"),
    (["int: 8", "int: 16"], ("H", "W"), "agrees", "two numbers that have names"),
    ([["int: 8", "int: 16"], ["int: 4", "int: 4"]], ("H", "W"), "agrees", "pairs of them"),
    (["int: 8", "int: 16"], ("C", "H", "W"), "unchecked", "names of three"),
    (["int: 8", "int: 16"], ("H", 17), "unchecked", "a number that is another"),
    (["int: 8", "str"], ("H", "W"), "unchecked", "a list of something else"),
    (["int: 8"], ("H",), "unchecked", "one letter says nothing of it"),
    (None, (400,), "unchecked", "nothing"),
]


@pytest.mark.parametrize(("value", "written", "wanted", "why"), ONE)
def test_one_claim_of_one_value(value: Tree, written: Written, wanted: str, why: str) -> None:
    assert status(claim(written), events=[event(value)]) == [wanted], why


SIZES = [
    # what stands there        what it gave              claimed    verdict       why this row
    ("x.shape", ["int: 2", "int: 3"], (2, 3), "agrees", "of an array a shape is a tuple"),
    ("x.shape", ["int: 2", "int: 3"], (2, 4), "differs", "and may be another"),
    ("x.shape[:1]", ["int: 2"], (2,), "agrees", "a part of it"),
    ("tuple(x.shape)", ["int: 2", "int: 3"], (2, 3), "agrees", "as a tuple"),
    ("np.shape(x)", ["int: 2", "int: 3"], (3, 2), "differs", "by a function"),
    ("x.shape", ["int: 2", "str"], (2, 3), "unchecked", "no sizes"),
    ("x.sizes", ["int: 2", "int: 3"], (2, 4), "unchecked", "numbers that may be anything"),
]


@pytest.mark.parametrize(("code", "value", "written", "wanted", "why"), SIZES, ids=[row[4] for row in SIZES])
def test_sizes_are_a_shape_where_the_code_says_so(
    code: str, value: Tree, written: Written, wanted: str, why: str
) -> None:
    tree = SyntaxTree.of(code)
    node = next(number for number, one in enumerate(tree.nodes) if isinstance(one, ast.expr))
    sites = (Site(0, "value", 1, "", code, node=node),)
    program = Program(code, ((PASSAGE, LINES[0]),), sites, (claim(written),), ())
    (check,) = judge(program, Observed("meta", (event(value),))).checks
    assert check.status == wanted


def test_what_a_class_is_made_with_is_not_what_its_object_receives() -> None:
    tree = SyntaxTree.of("y = Conv2d(c, 8)")
    node = next(number for number, one in enumerate(tree.nodes) if isinstance(one, ast.Call))
    sites = (Site(0, "flow", 1, "", "Conv2d", node=node),)
    program = Program("y = Conv2d(c, 8)", ((PASSAGE, LINES[0]),), sites, (claim((3, 4), role="input"),), ())
    made = event("int: 3", role="input")
    (check,) = judge(program, Observed("meta", (made,))).checks
    assert (check.status, check.hint) == ("unchecked", "nothing that ran came here")
    ran = event((2, 3, 4), role="input", kind="Conv2d")
    (check,) = judge(program, Observed("meta", (made, ran))).checks
    assert check.status == "agrees"


def test_a_check_says_what_is_written_and_what_was_seen() -> None:
    (check,) = checks([claim(("N", None, "...", 9))], [event((2, 3, 8, 8), kind="Conv2d")])
    assert (check.documented, check.seen, check.inferred) == (["N", "?", "...", 9], [2, 3, 8, 8], None)
    assert (check.layer, check.type, check.quantity, check.line) == ("Conv2d", "Conv2d", "output", 5)


def test_letters_have_one_size_within_a_call() -> None:
    said = [claim(("N", "D")), claim(("D", "N"), sites=(1,))]
    same, other = event((2, 3), frame=1), event((3, 2), 1, frame=1)
    assert status(*said, events=[same, other]) == ["agrees", "agrees"]
    assert status(*said, events=[same, event((3, 4), 1, frame=1)]) == ["agrees", "differs"]
    assert status(*said, events=[same, event((3, 4), 1, frame=2)]) == ["agrees", "agrees"]


def test_a_letter_that_another_line_has_bound_is_named() -> None:
    said = [claim(("N", "D")), claim(("N", 3), sites=(1,))]
    *_, check = checks(said, [event((2, 3), frame=1), event((7, 3), 1, frame=1)])
    assert (check.status, check.hint) == ("differs", "N is 2")


def test_a_claim_of_two_places_does_not_differ_for_another_lines_letters() -> None:
    said = [claim(("N", "D"), sites=(0, 1)), claim(("N", "D"), sites=(2,))]
    places = [event((2,), frame=1), event((2, 3), 1, frame=1)]
    assert status(*said, events=[*places, event((2, 3), 2, frame=1)]) == ["agrees", "agrees"]
    assert status(*said, events=[*places, event((2, 5), 2, frame=1)]) == ["unchecked", "agrees"]
    wrong = [event((2,), frame=1), event((2, 3, 4), 1, frame=1)]
    assert status(said[0], events=wrong) == ["differs"]
    own = [event((2,), frame=1), event((2, 3), 1, frame=1, names={"D": 4})]
    assert status(said[0], events=own) == ["differs"]


def test_a_line_above_a_layer_may_say_what_goes_in() -> None:
    ran = [
        event((2, 3, 9, 9), role="input", kind="Conv2d"),
        event((2, 8, 7, 7), role="output", kind="Conv2d"),
    ]
    said = claim(("N", 3, 9, 9))
    above = replace(said, line=Line("        # N x 3 x 9 x 9", 5, 0))
    assert status(said, events=ran) == ["differs"]
    assert status(above, events=ran) == ["unchecked"]
    assert status(replace(above, statement=claim(("N", 3, 8, 8)).statement), events=ran) == ["differs"]
    sees = replace(above, line=Line("        # sees N x 3 x 9 x 9", 5, 0))
    assert status(sees, events=ran) == ["agrees"]
    assert status(replace(sees, statement=claim(("N", 3, 8, 8)).statement), events=ran) == ["differs"]


def test_a_batch_of_the_page_may_be_another_than_the_one_that_is_shown() -> None:
    said = claim(("batch_size", "width"))
    assert status(said, events=[event((1, 8), names={"batch_size": 32, "width": 8})]) == ["agrees"]
    assert status(said, events=[event((32, 9), names={"batch_size": 32, "width": 8})]) == ["differs"]


def test_a_call_with_other_sizes_has_arguments_as_the_document_says() -> None:
    said = [claim(("N", "T"), sites=(0,)), claim(("N", "T"), sites=(1,)), claim(("N", "T"), sites=(2,))]
    first, second = (replace(site(number, "parameter"), function="Net.forward") for number in (0, 1))
    sites = (first, second, site(2))
    own = [event((2, 2), number, turn=1, frame=1) for number in range(3)]
    calls = (called(1, "claim"), called(2, "other sizes"))
    other = [
        event((3, 5), 0, turn=2, frame=2),
        event((3, 7), 1, turn=2, frame=2),
        event((7, 3), 2, turn=2, frame=2),
    ]
    assert status(*said, events=[*own, *other], sites=sites, called=calls) == ["agrees"] * 3
    other[1] = event((3, 5), 1, turn=2, frame=2)
    found = status(*said, events=[*own, *other], sites=sites, called=calls)
    assert found == ["agrees", "agrees", "differs"]


def test_in_a_loop_a_letter_may_be_another_size_each_time() -> None:
    events = [event((2, 3), frame=1), event((4, 3), frame=1)]
    assert status(claim(("N", "D")), events=events) == ["differs"]
    assert status(claim(("N", "D")), events=events, sites=(site(0, repeated=True),)) == ["agrees"]


def test_arithmetic_waits_for_its_letters() -> None:
    said = [claim(("N", "2*D")), claim(("N", "D"), sites=(1,))]
    right = [event((2, 6), frame=1), event((2, 3), 1, frame=1)]
    assert status(*said, events=right) == ["agrees", "agrees"]
    wrong = [event((2, 6), frame=1), event((2, 4), 1, frame=1)]
    assert "differs" in status(*said, events=wrong)


def test_names_of_the_code_have_its_values() -> None:
    assert status(claim(("N", "d")), events=[event((2, 8), names={"d": 8})]) == ["agrees"]
    assert status(claim(("N", "d")), events=[event((2, 8), names={"d": 4})]) == ["differs"]


FLAT = [
    ("x.flatten(1)", (2, 400), (16, 5, 5), "agrees", "the product is its axis"),
    ("x.flatten(1)", (2, 400), (16, 6, 5), "differs", "another product"),
    ("x.view(-1, 400)", (2, 400), (16, 6, 5), "differs", "by another method"),
    ("self.fc(x)", (2, 120), (16, 5, 5), "unchecked", "what goes in, perhaps"),
]


@pytest.mark.parametrize(("text", "shape", "written", "wanted", "why"), FLAT, ids=[row[4] for row in FLAT])
def test_a_product_of_what_became_one_axis(
    text: str, shape: Shape, written: Written, wanted: str, why: str
) -> None:
    sites = (replace(site(0), text=text),)
    said = claim(written, layout="product", sure=False)
    assert status(said, events=[event(shape)], sites=sites) == [wanted]


def test_axes_that_are_named_for_their_line_are_not_the_codes() -> None:
    head = event((2, 4, 7, 8), names={"d": 32, "t": 7, "d_model": 32})
    assert status(claim(("b", "h", "t", "d"), layout="letters"), events=[head]) == ["agrees"]
    assert status(claim(("b", "h", "t", "t"), layout="letters"), events=[head]) == ["differs"]
    assert status(claim(("b", "h", "t", "d_model"), layout="letters"), events=[head]) == ["differs"]
    assert status(claim(("b", "h", "t", "d")), events=[head]) == ["differs"]


def test_one_sample_is_any_batch_only_where_the_document_does_not_say_which() -> None:
    one, two = claim((1, 8, 30, 30)), event((2, 8, 30, 30))
    assert status(one, events=[two]) == ["agrees"], "in a function"
    top = (replace(site(0), function=""),)
    assert status(one, events=[two], sites=top) == ["differs"], "the document's own value"
    assert status(one, events=[event((1, 8, 30, 30))], sites=top) == ["agrees"]
    ran = event((2, 8, 30, 30), role="output", kind="Conv2d")
    assert status(one, events=[ran], sites=top) == ["agrees"], "a layer may be called with any batch"


PLAIN = [
    # stated        seen             at top  verdict      why this row
    ((2, 5), (2, 4), True, "differs", "the document's own value, but for a size"),
    ((2, 5), (2, 4), False, "unchecked", "two numbers in a function may be anything"),
    ((1, 8, 30, 31), (1, 8, 30, 30), False, "differs", "four, of which three are so"),
    ((1, 7, 30, 31), (1, 8, 30, 30), False, "differs", "two of them"),
    ((1, 7, 31, 31), (1, 8, 30, 30), False, "unchecked", "one of them"),
    ((3, 8, 30, 30), (1, 8, 30, 30), False, "unchecked", "another first size"),
    ((8, 30), (1, 8, 30, 30), True, "unchecked", "fewer axes"),
    ((5,), (4,), True, "unchecked", "a number alone"),
]


@pytest.mark.parametrize(("written", "shape", "top", "wanted", "why"), PLAIN, ids=[row[4] for row in PLAIN])
def test_small_numbers_that_are_plainly_a_shape(
    written: Written, shape: Shape, top: bool, wanted: str, why: str
) -> None:
    sites = (replace(site(0), function="" if top else "Net.forward"),)
    assert status(claim(written, sure=False), events=[event(shape)], sites=sites) == [wanted]
    above = replace(claim(written, sure=False), line=LINES[1])
    assert status(above, events=[event(shape)], sites=sites) == ["unchecked"], "a line of its own"


def test_letters_hold_each_time_and_numbers_once() -> None:
    twice = [event((2, 2), frame=1), event((2, 3), frame=2)]
    assert status(claim(("N", "N")), events=twice) == ["differs"]
    assert status(claim((2, 2)), events=twice) == ["agrees"]


def test_of_several_values_that_one_gives_letters_their_sizes_that_has_as_many_axes() -> None:
    seen = [event((5, 6, 2, 7), 0, frame=1), event((30, 2, 7), 1, frame=1), event((2, 9), 2, frame=1)]
    either, below = claim(("P", "B", "D"), sites=(0, 1)), claim(("B", 9), sites=(2,))
    assert status(either, below, events=seen) == ["agrees", "agrees"]
    wrong = claim(("D", 9), sites=(2,))
    assert status(either, wrong, events=seen)[1:] == ["agrees"], (
        "nothing is known of a letter that may be of either"
    )
    alone = claim(("P", "B", "D"), sites=(1,))
    assert status(alone, wrong, events=seen) == ["agrees", "differs"], "of one value it is known"


def test_a_function_is_also_called_with_what_it_was_not_written_for() -> None:
    matrix, vector = event((2, 3), frame=1), event((3,), frame=2)
    assert status(claim(("N", "D")), events=[matrix, vector]) == ["agrees"]
    assert status(claim(("N", "D")), events=[vector]) == ["differs"]
    assert status(claim(("N", "N")), events=[matrix, vector]) == ["differs"]


def test_of_several_shapes_of_one_parameter_one_is_meant() -> None:
    sites = (site(0, "parameter", name="x"), site(1, "parameter", name="y"))
    seen = [event((2, 3, 8, 8), 0), event((2, 5), 1)]
    image, tokens, other = claim(("B", 3, "H", "W")), claim(("B", 7, "D")), claim(("B", 7, "D"), sites=(1,))
    assert status(image, tokens, events=seen, sites=sites) == ["agrees", "unchecked"]
    assert status(tokens, events=seen, sites=sites) == ["differs"], "it alone is meant"
    assert status(image, other, events=seen, sites=sites) == ["agrees", "differs"], "said of another"
    elsewhere = replace(tokens, line=LINES[0])
    assert status(image, elsewhere, events=seen, sites=sites) == ["agrees", "differs"], (
        "two lines, one of them wrong"
    )
    listed = [replace(one, told="docstring") for one in (image, elsewhere, claim(("B", 1, "H", "W")))]
    listed[2] = replace(listed[2], line=LINES[1])
    assert status(*listed, events=seen, sites=sites) == ["agrees", "unchecked", "differs"], "a list of forms"


ALIKE = [
    # inputs             error     verdict      why this row
    (((2, 3), (2, 3)), "it failed", "unchecked", "the same for all, in vain"),
    (((2, 3), (2, 4)), "it failed", "unchecked", "each its own, in vain"),
    (((2, 3), (2, 3)), None, "unchecked", "the same for all"),
    (((2, 3),), None, "differs", "there is but one, and it goes through"),
]


@pytest.mark.parametrize(("inputs", "error", "wanted", "why"), ALIKE, ids=[row[3] for row in ALIKE])
def test_a_call_of_ours_that_gives_other_than_the_document_says(
    inputs: tuple[Shape, ...], error: str | None, wanted: str, why: str
) -> None:
    turn = Called(1, "Net", inputs, "claim", error)
    sites = (site(0, name="x", when="before"), site(1))
    claims = (claim((4, 5)), claim((9, 9), sites=(1,)))
    seen = [event((2, 3), 0, turn=1), event((2, 3), 1, turn=1)]
    assert status(*claims, events=seen, sites=sites, called=(turn,)) == [wanted, wanted]


def test_a_parameter_that_is_not_as_stated_in_a_call_of_ours_that_failed() -> None:
    sites = (site(0, "parameter", name="x"), site(1))
    seen = [event((2, 3), 0, turn=1), event((4, 5), 1, turn=1)]
    claims = (claim(("N", 7)), claim((9, 9), sites=(1,)))
    failed, went = (Called(1, "Net", ((2, 3),), "claim", error) for error in ("it failed", None))
    assert status(*claims, events=seen, sites=sites, called=(failed,)) == ["unchecked", "unchecked"]
    assert status(*claims, events=seen, sites=sites, called=(went,)) == ["differs", "differs"]


SPREAD: list[tuple[Origin, Shape, str, str]] = [
    # origin    seen     verdict      why this row
    ("made up", (1, 3), "unchecked", "a row for each point, or one of ours for all"),
    ("claim", (1, 3), "differs", "the input is stated"),
    ("made up", (4, 3), "differs", "no side of one"),
    ("made up", (2, 1), "agrees", "a name of its own"),
]


@pytest.mark.parametrize(("origin", "seen", "wanted", "why"), SPREAD, ids=[row[3] for row in SPREAD])
def test_a_side_of_one_of_ours_may_be_spread(origin: Origin, seen: Shape, wanted: str, why: str) -> None:
    claims = [claim(("N", "C"))] * 3 + [claim(("N", "D"), sites=(1,))]
    events = [event((2, 7), 0, turn=1, frame=1), event(seen, 1, turn=1, frame=1)]
    assert status(*claims, events=events, called=(called(1, origin),)) == ["agrees"] * 3 + [wanted], why


def test_more_axes_than_are_said_are_ours() -> None:
    seen = [event((2, 7, 32), 0, turn=1, frame=1), event((2, 14, 32), 1, turn=1, frame=1)]
    claims = (claim(("E", "C")), claim(("E", "2*C"), sites=(1,)), claim(("E", "C")), claim(("E", "C")))
    assert status(*claims, events=seen, called=(called(1, "made up"),))[:2] == ["unchecked", "unchecked"]
    assert status(*claims, events=seen, called=(called(1, "claim"),))[:2] == ["agrees", "differs"]
    flat = [replace(one, value=one.value[1:]) for one in seen if isinstance(one.value, tuple)]
    assert status(*claims, events=flat, called=(called(1, "made up"),))[:2] == ["agrees", "differs"]


RESULTS = [
    # what came back          claimed         kind       verdict       why this row
    ([(2, 5, 8), (3,)], ("H", "W"), "return", "unchecked", "of several things letters may be of any"),
    ([(2, 5, 8), (3,)], ("B", "T", "D"), "return", "agrees", "with all axes"),
    ([(2, 5, 8), (3,)], ("T", 8), "return", "agrees", "with a number"),
    ((2, 5, 8), ("T", "D"), "return", "agrees", "of one thing, its batch left out"),
    ([(2, 5, 8), (3,)], ("T", "D"), "value", "agrees", "of a line's own value"),
]


@pytest.mark.parametrize(
    ("value", "written", "kind", "wanted", "why"), RESULTS, ids=[row[4] for row in RESULTS]
)
def test_letters_of_what_comes_back(value: Tree, written: Written, kind: Kind, wanted: str, why: str) -> None:
    assert status(claim(written), events=[event(value)], sites=(site(0, kind),)) == [wanted]


VAIN = [
    # kind         function        origin      error             verdict       why this row
    ("parameter", "Net.forward", "claim", "it failed", "unchecked", "it was given, and that is all"),
    ("parameter", "Net.forward", "claim", None, "agrees", "it went through"),
    ("parameter", "Net.forward", "option", "it failed", "agrees", "the user gave it"),
    (
        "parameter",
        "Net.forward",
        "claim",
        "needs flash, which is not installed",
        "agrees",
        "as far as it runs",
    ),
    ("parameter", "Part.forward", "claim", "it failed", "agrees", "another received it"),
    ("value", "Net.forward", "claim", "it failed", "agrees", "what came of it"),
]


@pytest.mark.parametrize(
    ("kind", "function", "origin", "error", "wanted", "why"), VAIN, ids=[row[5] for row in VAIN]
)
def test_what_was_given_in_vain(
    kind: Kind, function: str, origin: Origin, error: str | None, wanted: str, why: str
) -> None:
    sites = (replace(site(0, kind, name="x"), function=function),)
    seen = [event((2, 3), turn=1)]
    assert status(claim((2, 3)), events=seen, sites=sites, called=(called(1, origin, error),)) == [wanted]


def test_other_sizes_of_what_it_was_not_written_for() -> None:
    right, wrong = event((2, 5), turn=1, frame=1), event((3,), turn=2, frame=2)
    turns = (called(1, "made up"), called(2, "other sizes"))
    assert status(claim(("N", "D")), events=[right, wrong], called=turns) == ["agrees"]
    square = event((3, 4), turn=2, frame=2)
    assert status(claim(("N", "N")), events=[event((2, 2), turn=1, frame=1), square], called=turns) == [
        "differs"
    ]


IN_A_FUNCTION = "width, batch = 8, 6\n\ndef f(x, own):\n    return x\n"
LOOSE = [
    ((6, 8), {"batch": 6, "width": 8}, "agrees", "the module's names are meant"),
    ((1, 8), {"batch": 6, "width": 8}, "agrees", "or happen to be the same"),
    ((6, 8), {"own": 7}, "agrees", "a name that is not in the claim"),
]


@pytest.mark.parametrize(("seen", "names", "wanted", "why"), LOOSE)
def test_names_of_the_module_may_be_other_sizes_in_a_function(
    seen: Shape, names: dict[str, int], wanted: str, why: str
) -> None:
    value = site(0, node=_number_of_return(IN_A_FUNCTION))
    said = claim(("batch", "width"))
    program = Program(IN_A_FUNCTION, tuple((PASSAGE, line) for line in LINES), (value,), (said,), ())
    (check,) = judge(program, Observed("meta", (event(seen, names=names, frame=1),))).checks
    assert check.status == wanted, why


def test_names_of_the_function_have_its_values() -> None:
    value = site(0, node=_number_of_return(IN_A_FUNCTION))
    program = Program(
        IN_A_FUNCTION, tuple((PASSAGE, line) for line in LINES), (value,), (claim(("N", "own")),), ()
    )
    (check,) = judge(program, Observed("meta", (event((2, 9), names={"own": 7}, frame=1),))).checks
    assert (check.status, check.hint) == ("differs", "own is 7")


UNPACKED = "def f(x, y):\n    N, C = x.shape\n    m = x.size(0), y.shape[1:]\n    {}\n"
STALE = [
    ("x = g(x)", (2, 8), "agrees", "of another x"),
    ("x = g(x)", (5, 8), "differs", "the batch is the same: N stands in both lines"),
    ("z = g(x)", (2, 8), "differs", "of the x that it was taken from"),
]
WORDS = "def f(x):\n    N, width = x.shape\n    x = g(x)\n"


def test_a_word_of_a_shape_stays_what_it_is() -> None:
    node = next(at for at, one in enumerate(SyntaxTree.of(WORDS).nodes) if isinstance(one, ast.Call))
    said = claim(("N", "width"))
    program = Program(WORDS, tuple((PASSAGE, line) for line in LINES), (site(0, node=node),), (said,), ())
    (check,) = judge(program, Observed("meta", (event((2, 8), frame=1, names={"width": 3}),))).checks
    assert check.status == "differs"


@pytest.mark.parametrize(("line", "seen", "wanted", "why"), STALE)
def test_names_of_a_shape_are_of_a_variable_until_it_is_another(
    line: str, seen: Shape, wanted: str, why: str
) -> None:
    source = UNPACKED.format(line)
    nodes = SyntaxTree.of(source).nodes
    places = [number for number, node in enumerate(nodes) if isinstance(node, ast.Call)]
    first, last = (site(at, node=places[number]) for at, number in ((0, 0), (1, 1)))
    said = [claim(("N", 3), sites=(0,)), claim(("N", "C"), sites=(1,))]
    program = Program(source, tuple((PASSAGE, line) for line in LINES), (first, last), tuple(said), ())
    events = (
        event((2, 3), 0, frame=1, names={"N": 2}),
        event(seen, 1, frame=1, names={"N": 2, "C": 3}),
    )
    assert judge(program, Observed("meta", events)).checks[1].status == wanted, why


def test_names_of_what_was_do_not_choose_what_goes_in() -> None:
    source = UNPACKED.format("x = g(x).flatten(2)")
    nodes = SyntaxTree.of(source).nodes
    last = next(
        number for number, node in enumerate(nodes) if isinstance(node, ast.Call) and node.lineno == 4
    )
    said = claim(("N", "C", "H", "H"), ("N", "C", "HW"), role="flow", operation="flatten")
    program = Program(
        source, tuple((PASSAGE, line) for line in LINES), (site(0, "flow", node=last),), (said,), ()
    )
    names = {"N": 2, "C": 3}
    events = (
        event((2, 3, 9, 9), role="input", frame=1, names=names),
        event((2, 8, 5, 5), role="input", frame=1, names=names),
        event((2, 8, 25), role="output", frame=1, names=names),
    )
    checks = judge(program, Observed("meta", events)).checks
    assert [check.status for check in checks] == ["agrees", "agrees"]


def _number_of_return(source: str) -> int:
    return next(
        number for number, node in enumerate(SyntaxTree.of(source).nodes) if isinstance(node, ast.Return)
    )


def test_what_goes_in_and_what_comes_out_are_told_apart() -> None:
    events = [event((2, 3, 8, 8), role="input"), event((2, 4, 6, 6), role="output")]
    flow = claim(("N", 3, 8, 8), ("N", 4, 6, 6), role="flow")
    assert status(flow, events=events) == ["agrees", "agrees"]
    assert status(claim(("N", 3, 8, 8), ("N", 4, 7, 7), role="flow"), events=events) == ["agrees", "differs"]
    assert status(claim((3, 8, 8), role="input"), events=events) == ["agrees"]
    assert status(claim((3, 8, 8)), events=events) == ["differs"]


def test_all_that_goes_into_an_expression_may_be_meant() -> None:
    events = [
        event((2, 7, 8), role="input", frame=1),
        event((2, 7, 2, 4), role="input", frame=1),
        event((2, 2, 7, 4), role="output", frame=1),
    ]
    flow = claim(("N", "T", "D"), ("N", "H", "T", 4), role="flow")
    assert status(flow, events=events) == ["agrees", "agrees"]
    assert status(claim(("N", "D"), ("N", "H", "T", 4), role="flow"), events=events) == ["differs", "agrees"]
    other = replace(events[0], frame=2, value=(2, 7, 9))
    assert status(flow, events=[other, *events]) == ["agrees", "agrees"]


def test_a_side_goes_through_a_flow() -> None:
    events = [event((2, 3, 8, 8), role="input"), event((2, 4, 6, 6), role="output")]
    assert status(claim((8,), (6,), role="flow", layout="axis"), events=events) == ["agrees"]
    assert status(claim((8,), (7,), role="flow", layout="axis"), events=events) == ["differs"]


def test_a_claim_near_two_things_holds_of_one() -> None:
    events = [event((2, 3)), event((2, 4), 1)]
    assert status(claim((2, 4), sites=(0, 1)), events=events) == ["agrees"]
    (check,) = checks([claim((2, 5), sites=(0, 1))], events)
    assert (check.status, check.seen) == ("differs", [2, 3])


def test_what_did_not_run_may_be_what_was_meant() -> None:
    assert status(claim((2, 4), sites=(0, 1)), events=[event((2, 3), 1)]) == ["unchecked"]
    assert status(claim((2, 3), sites=(0, 1)), events=[event((2, 3), 1)]) == ["agrees"]
    assert status(claim((2, 4), sites=(0, 1)), events=[event((2, 3)), event((2, 3), 1)]) == ["differs"]


def test_why_the_likeliest_did_not_run_is_told_before_what_another_is() -> None:
    said = claim((2, 4), sites=(0, 1))
    number = event("int: 3", 1)
    skipped = (Skipped(4, "needs d2l", False),)
    assert [one.hint for one in checks([said], [number], skipped=skipped)] == ["not run: needs d2l"]
    assert [one.hint for one in checks([said], [number])] == ["it is no tensor but int: 3"]


def test_what_may_be_something_else_never_differs() -> None:
    assert status(claim((2, 4), sure=False), events=[event((2, 3))]) == ["unchecked"]
    assert status(claim((2, 3), sure=False), events=[event((2, 3))]) == ["agrees"]


def called(turn: int, origin: Origin, error: str | None = None) -> Called:
    return Called(turn, "Net", ((2, 3),), origin, error)


def test_of_the_inputs_that_we_tried_the_one_that_most_claims_fit_is_meant() -> None:
    said = [claim((3, 8)), claim((3, 6), sites=(1,)), claim((3, 5), sites=(2,))]
    first = [event((3, 9), turn=1), event((3, 7), 1, turn=1), event((3, 5), 2, turn=1)]
    second = [event((3, 8), turn=2), event((3, 6), 1, turn=2), event((3, 4), 2, turn=2)]
    turns = (called(1, "first layer"), called(2, "first layer"))
    assert status(*said, events=[*first, *second], called=turns) == ["agrees", "agrees", "differs"]


def test_the_documents_own_call_counts_before_any_that_we_tried() -> None:
    events = [event((3, 9)), event((3, 8), turn=1)]
    turns = (called(0, "document"), called(1, "claim"))
    assert status(claim((3, 8)), events=events, called=turns) == ["differs"]


def test_other_sizes_catch_letters_that_two_equal_sizes_made_right() -> None:
    events = [event((5, 5), frame=1), event((7, 11), turn=1, frame=2)]
    turns = (called(0, "document"), called(1, "other sizes"))
    assert status(claim(("N", "N")), events=events, called=turns) == ["differs"]
    assert status(claim(("N", "D")), events=events, called=turns) == ["agrees"]
    assert status(claim((5, 5)), events=events, called=turns) == ["agrees"]
    assert status(claim(("N", 5)), events=events, called=turns) == ["agrees"]


def test_lengths_that_the_document_takes_for_one_may_differ() -> None:
    base = [event((2, 7, 8), frame=1), event((2, 4, 7, 7), 1, frame=1)]
    apart = [event((3, 11, 8), turn=1, frame=2), event((3, 4, 11, 13), 1, turn=1, frame=2)]
    alike = [event((3, 11, 8), turn=2, frame=3), event((3, 4, 11, 11), 1, turn=2, frame=3)]
    turns = (called(0, "document"), called(1, "other sizes"), called(2, "other sizes"))
    said = [claim(("N", "T", "D")), claim(("N", "H", "T", "T"), sites=(1,))]
    assert status(*said, events=[*base, *apart, *alike], called=turns) == ["agrees", "agrees"]
    assert status(*said, events=[*base, *apart], called=turns[:2]) == ["agrees", "differs"]
    keys = [event((2, 7, 8), 2, frame=1), event((3, 13, 8), 2, turn=1, frame=2)]
    also = [*said, claim(("N", "S", "D"), sites=(2,))]
    events = [*base, *keys[:1], *apart[:1], keys[1], apart[1], *alike]
    assert status(*also, events=events, called=turns) == ["agrees", "differs", "agrees"]


def test_a_part_of_a_model_that_is_called_otherwise_than_it_says() -> None:
    sites = (site(0, "parameter", name="x"), site(1))
    said = [claim(("N", "T")), claim(("N", "T", "D"), sites=(1,))]
    events = [event((2,), turn=1, frame=1), event((2, 8), 1, turn=1, frame=1)]
    other = Called(1, "Other", ((2,),), "first layer")
    assert status(*said, events=events, sites=sites, called=(other,)) == ["unchecked", "unchecked"]
    own = (called(1, "first layer"),)
    assert status(*said, events=events, sites=sites, called=own) == ["differs", "differs"]


@pytest.mark.parametrize(
    ("said", "kind", "seen", "wanted"),
    [
        (("B", "m", 4), "parameter", (3, 4), "unchecked"),
        (("B", "m", 4), "parameter", (3, 5), "differs"),
        (("B", "m", 4), "value", (3, 4), "differs"),
        (("m", "B", 4), "parameter", (3, 4), "differs"),
        (("B", "m"), "parameter", (3,), "differs"),
    ],
)
def test_a_parameter_may_be_given_without_its_batch(
    said: tuple[int | str, ...], kind: Kind, seen: Shape, wanted: str
) -> None:
    sites, own = (site(0, kind, name="boxes"),), (called(0, "document"),)
    assert status(claim(said), events=[event(seen)], sites=sites, called=own) == [wanted]


MADE_UP = [
    (("N", 5), 1, ["agrees", "agrees", "agrees", "unchecked"], "a number is the document's"),
    (("N", "D", "D"), 1, ["agrees", "agrees", "agrees", "differs"], "letters hold for any size"),
    (
        ("N", "D", "D"),
        4,
        ["agrees", "unchecked", "unchecked", "unchecked"],
        "where little else holds it is another call",
    ),
]


@pytest.mark.parametrize(("written", "wrong", "wanted", "why"), MADE_UP)
def test_sizes_of_our_own(written: Written, wrong: int, wanted: list[str], why: str) -> None:
    right: list[Written] = (
        [("N", "D"), ("N", "D"), ("N", "D"), written] if wrong == 1 else [("N", "D"), *[written] * 3]
    )
    said = [claim(one, sites=(number,)) for number, one in enumerate(right)]
    events = [event((2, 3), number, turn=1, frame=1) for number in range(4)]
    assert status(*said, events=events, called=(called(1, "made up"),)) == wanted, why


UNSEEN = [
    (Observed("meta"), "nothing that ran came here", "no reason is known"),
    (
        Observed("meta", skipped=(Skipped(4, "needs d2l", False),)),
        "not run: needs d2l",
        "its statement was left out",
    ),
    (
        Observed("meta", skipped=(Skipped(8, "needs d2l", False),)),
        "nothing that ran came here",
        "another was",
    ),
    (Observed("meta", skipped=(Skipped(4, "NameError: x", True),)), "NameError: x", "its statement failed"),
    (
        Observed("meta", called=(called(1, "claim", "no such size"),)),
        "Net could not be called: no such size",
        "its model could not be called",
    ),
    (
        Observed("meta", skipped=(Skipped(0, "Net: it cannot be built: needs d2l", True),)),
        "Net: it cannot be built: needs d2l",
        "its model could not be built",
    ),
    (
        Observed("meta", skipped=(Skipped(0, "Other: it cannot be built: needs d2l", True),)),
        "nothing that ran came here",
        "another could not be built",
    ),
    (Observed("meta", error="it took more than 60 s"), "it took more than 60 s", "all was cut short"),
]


@pytest.mark.parametrize(("observed", "wanted", "why"), UNSEEN)
def test_a_claim_that_nothing_came_to_says_why(observed: Observed, wanted: str, why: str) -> None:
    said = claim((2, 3))
    program = Program(SOURCE, tuple((PASSAGE, line) for line in LINES), (site(0),), (said,), ())
    (check,) = judge(program, observed).checks
    assert (check.status, check.hint) == ("unchecked", wanted), why


def test_a_layer_has_the_hint_of_its_arithmetic() -> None:
    arguments = {"in_channels": 3, "out_channels": 4, "kernel_size": 3}
    events = [
        event((2, 3, 8, 8), role="input", kind="Conv2d", arguments=arguments),
        event((2, 4, 6, 6), role="output", kind="Conv2d", arguments=arguments),
    ]
    (check,) = checks([claim((4, 8, 8))], events)
    assert check.hint is not None
    assert check.hint.startswith("(8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10")


CONV = {"in_channels": 3, "out_channels": 4, "kernel_size": 3}
MADE = [
    (
        "self.conv(x)",
        True,
        "Conv2d: (8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10",
        "its own call",
    ),
    (
        "net(x)",
        True,
        "Conv2d: (8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10",
        "by any name",
    ),
    ("F.relu(self.conv(x))", False, "Conv2d: (8 + 2*0 - 3) // 1 + 1 = 6; 8 needs", "right after it"),
    ("F.relu(self.convs[0](x))", False, "Conv2d: (8 + 2*0 - 3) // 1 + 1 = 6; 8 needs", "one of several"),
    ("x + y", False, None, "what ran last is another statement's"),
]


@pytest.mark.parametrize(("text", "itself", "begin", "why"), MADE, ids=[row[3] for row in MADE])
def test_a_value_has_the_hint_of_the_layer_that_made_it(
    text: str, itself: bool, begin: str | None, why: str
) -> None:
    seen = replace(event((2, 4, 6, 6)), made=Made("Conv2d", CONV, (2, 3, 8, 8), itself))
    (check,) = checks([claim((4, 8, 8))], [seen], sites=(replace(site(0), text=text),))
    assert check.status == "differs"
    assert check.hint is None if begin is None else str(check.hint).startswith(begin)


CHAIN = "x = load()\ny = x + 1\nz = y.relu()\n"
NO_NAME = "NameError: name '{}' is not defined"
CAUSES = [
    ((Skipped(1, "needs d2l", True), Skipped(2, NO_NAME.format("x"), True), Skipped(3, NO_NAME.format("y"), True)),
     "NameError: name 'y' is not defined, since line 1 did not run: needs d2l", "the first of a chain"),
    ((Skipped(2, "plotting", False), Skipped(3, NO_NAME.format("y"), True)),
     "NameError: name 'y' is not defined, since line 2 did not run: plotting", "what is left out on purpose"),
    ((Skipped(1, "needs d2l", True), Skipped(3, NO_NAME.format("y"), True)),
     "NameError: name 'y' is not defined", "a line that makes another name"),
    ((Skipped(1, "needs d2l", True), Skipped(3, "RuntimeError: no", True)), "RuntimeError: no", "another error"),
    ((Skipped(3, "a training loop", False),), "not run: a training loop", "on purpose itself"),
]  # fmt: skip


@pytest.mark.parametrize(("skipped", "wanted", "why"), CAUSES, ids=[row[2] for row in CAUSES])
def test_a_name_that_is_not_there_has_the_reason_of_what_makes_it(
    skipped: tuple[Skipped, ...], wanted: str, why: str
) -> None:
    lines = tuple(Line(text, number, 0) for number, text in enumerate(CHAIN.splitlines(), 1))
    sites = (Site(0, "value", 3, "", "y.relu()"),)
    program = Program(CHAIN, tuple((PASSAGE, line) for line in lines), sites, (claim((2, 3)),), ())
    (check,) = judge(program, Observed("meta", skipped=skipped)).checks
    assert (check.status, check.hint) == ("unchecked", wanted)


def test_a_list_of_sizes_that_was_made_of_what_is_stated() -> None:
    events = [event(["int: 4", "int: 5"], turn=1)]
    supposed = (called(1, "supposed"),)
    assert status(claim(("N", "D")), events=events, called=supposed) == ["agrees"]
    assert status(claim(("N", "D", "E")), events=events, called=supposed) == ["unchecked"]
    assert status(claim((4, 6)), events=events, called=supposed) == ["unchecked"]
