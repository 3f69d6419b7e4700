"""`${...}`: whole numbers, parameters, `+ - * // %` and parentheses; everything else is refused in one line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcheck.spec.arithmetic import MAX_VALUE, BadExpression, Parameter, check, evaluate

NAMES = {"width": 64, "n": 3, "_x1": -5, "big": MAX_VALUE}

VALUES = [
    # expression        value   why this row
    ("7", 7, "a number"),
    ("width", 64, "a parameter"),
    ("_x1", -5, "a parameter below zero"),
    ("width * 4", 256, "a product"),
    ("width*4+1", 257, "a product comes before a sum"),
    ("width * (4 + 1)", 320, "parentheses come before both"),
    ("width - n - 1", 60, "differences from the left"),
    ("-width", -64, "a sign"),
    ("--n", 3, "two signs"),
    ("2 - -n", 5, "a sign inside"),
    ("7 // 2", 3, "what is left over is dropped"),
    ("-7 // 2", -4, "downwards, as Python does"),
    ("7 % 3", 1, "the rest"),
    ("-7 % 3", 2, "the rest is not below zero, as in Python"),
    ("width // 2 // 2", 16, "quotients from the left"),
    ("  width  ", 64, "blanks around"),
    ("big", MAX_VALUE, "the largest number"),
    ("0 - big - 0", -MAX_VALUE, "the smallest"),
    ("(" * 50 + "n" + ")" * 50, 3, "deep parentheses"),
    ("-" * 199 + "n", -3, "as long as an expression may be"),
]


@pytest.mark.parametrize(("text", "value", "why"), VALUES, ids=[row[2] for row in VALUES])
def test_an_expression_has_its_value(text: str, value: int, why: str) -> None:
    assert evaluate(text, NAMES) == value


WHAT = "is not integer arithmetic (+ - * // % and parentheses)"
REFUSED = [
    # expression, message, why this row
    ("widht * 2", "no parameter 'widht'; there are: _x1, big, n, width", "a name that is not there"),
    ("n // 0", "3 // 0 divides by zero", "a division by zero"),
    ("n % (width - 64)", "3 % 0 divides by zero", "and the rest of one"),
    ("big + 1", "a value beyond 2^63 - 1", "one more than a size can be"),
    ("-big - 2", "a value beyond 2^63 - 1", "and below"),
    ("big * big // big", "a value beyond 2^63 - 1", "on the way"),
    ("9" * 100, "a value beyond 2^63 - 1", "a huge number"),
    ("", f"'' {WHAT}", "nothing"),
    ("width *", f"'width *' {WHAT}", "half an expression"),
    ("width 2", f"'width 2' {WHAT}", "two expressions"),
    ("007", f"'007' {WHAT}", "zeros in front"),
    ("1_000", f"'1_000' {WHAT}", "a number with a '_'"),
    ("0x10", f"'0x10' {WHAT}", "another base"),
    ("1if n else 2", f"'1if n else 2' {WHAT}", "of which Python would warn"),
    ("1.5", f"'1.5' {WHAT}", "a fraction"),
    ("1e3", f"'1e3' {WHAT}", "an exponent"),
    ("width / 2", f"'width / 2' {WHAT}", "true division gives fractions"),
    ("2 ** 63", f"'2 ** 63' {WHAT}", "powers grow without end"),
    ("+n", f"'+n' {WHAT}", "a sign that says nothing"),
    ("not n", f"'not n' {WHAT}", "logic"),
    ("n if n else 1", f"'n if n else 1' {WHAT}", "a choice"),
    ("True", f"'True' {WHAT}", "true is no number"),
    ("None", f"'None' {WHAT}", "nor is nothing"),
    ("abs(n)", f"'abs(n)' {WHAT}", "a call"),
    ("n()", f"'n()' {WHAT}", "a call of a parameter"),
    ("__import__('os')", f"'__import__('os')' {WHAT}", "code"),
    ("n.real", f"'n.real' {WHAT}", "an attribute"),
    ("n[0]", f"'n[0]' {WHAT}", "an index"),
    ("(n, n)", f"'(n, n)' {WHAT}", "a pair"),
    ("(n := 1)", f"'(n := 1)' {WHAT}", "an assignment"),
    ("lambda: n", f"'lambda: n' {WHAT}", "a function"),
    ("(yield)", f"'(yield)' {WHAT}", "a generator"),
    ("n # 1", f"'n # 1' {WHAT}", "a comment"),
    ("n; n", f"'n; n' {WHAT}", "two statements"),
    ("n\n+ 1", f"'n\n+ 1' {WHAT}", "two lines"),
    ("ｎ", f"'ｎ' {WHAT}", "a letter that Python takes for n"),
    ("n + '1'", f"'n + '1'' {WHAT}", "text"),
    ("(" * 100 + "n" + ")" * 99, f"'{'(' * 100}n{')' * 99}' {WHAT}", "a parenthesis that is not closed"),
    ("n" + "+1" * 100, "an expression of 201 characters; at most 200", "too long"),
]


@pytest.mark.parametrize(("text", "message", "why"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_no_arithmetic_is_refused(text: str, message: str, why: str) -> None:
    with pytest.raises(BadExpression) as caught:
        evaluate(text, NAMES)
    assert str(caught.value) == message


MIXED: dict[str, Parameter] = {"n": 3, "unit": "basic", "rate": 0.5, "on": True}


@pytest.mark.parametrize(
    ("text", "value"), [(" unit ", "basic"), ("rate", 0.5), ("on", True), ("(unit)", "basic")]
)
def test_a_parameter_alone_is_whatever_it_is(text: str, value: object) -> None:
    found = evaluate(text, MIXED)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unit * 2", "unit is 'basic'; arithmetic is on whole numbers"),
        ("n + rate", "rate is 0.5; arithmetic is on whole numbers"),
        ("-on", "on is true; arithmetic is on whole numbers"),
    ],
)
def test_arithmetic_is_on_whole_numbers(text: str, message: str) -> None:
    check(text)  # as an expression there is nothing wrong with it
    with pytest.raises(BadExpression) as caught:
        evaluate(text, MIXED)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["a + b * -3 // (c % 2)", "a", "7"])
def test_an_expression_is_known_as_one_without_its_parameters(text: str) -> None:
    check(text)


@pytest.mark.parametrize("text", ["a / 2", "f(a)", "a.b", "True", "1.5 * a", "'x'", "a +", "[a]"])
def test_what_is_none_is_refused_without_its_parameters(text: str) -> None:
    with pytest.raises(BadExpression, match=r"is not integer arithmetic"):
        check(text)


def test_a_place_without_parameters_says_so() -> None:
    with pytest.raises(BadExpression, match=r"^no parameter 'n'; there are: none here$"):
        evaluate("n + 1", {})


EXPRESSIONS = st.recursive(
    st.integers(0, 99).map(str) | st.sampled_from(("width", "n", "_x1")),
    lambda inner: (
        st.tuples(inner, st.sampled_from(("+", "-", "*", "//", "%")), inner).map(
            lambda parts: f"({' '.join(parts)})"
        )
        | inner.map(lambda text: f"-{text}")
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_every_expression_has_the_value_that_python_gives_it(text: str) -> None:
    names = {"width": 64, "n": 3, "_x1": -5}
    try:
        expected = eval(text, {"__builtins__": {}}, names)
    except ZeroDivisionError:
        with pytest.raises(BadExpression, match="divides by zero"):
            evaluate(text, names)
        return
    assert evaluate(text, names) == expected


@given(st.text(max_size=40) | st.text("0123456789+-*/%()n _.eif", max_size=40))
@settings(max_examples=500, derandomize=True, deadline=None)
def test_any_text_has_a_value_or_is_refused(text: str) -> None:
    try:
        value = evaluate(text, {"n": 3})
    except BadExpression:
        return
    assert isinstance(value, int)
    assert abs(value) <= MAX_VALUE
