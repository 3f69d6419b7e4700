"""The rewritten tree: it reports in the right places, and does all else as before."""

from __future__ import annotations

import ast
import time
import traceback

import pytest

from archcheck.binding import bind, instrumented
from archcheck.binding.readers import Readers
from archcheck.binding.reporter import REPORTER
from archcheck.dialects.stated import Role, Size, StatedShape, Statement
from tests.binding_programs import PROGRAMS
from tests.bound import code, document, run, run_plain

REPORTED = [
    ("x = 2 + 3  # [N, 6]", [(1, "value", 5)], "a value"),
    ("x = 2\nx += 3  # [N, 6]", [(2, "value", 5)], "the target after it"),
    ("x = 1\n# x: [N, 6]\nx = x + 1", [(3, "value", 1), (3, "value", 2)], "before and after"),
    ("f = lambda x: -x  # [N, 6]\nf(1)\nf(2)", [(1, "value", -1), (1, "value", -2)], "each call of a lambda"),
    ("for x, y in [(1, 2), (3, 4)]:  # [N, 6], [N, 7]\n    pass",
     [(2, "value", one) for one in (1, 2, 3, 4)], "targets"),
    ("def f(x, *, y=2):  # [N, 6], [N, 7]\n    x = 9\nf(1)",
     [(1, "value", 1), (1, "value", 2)], "parameters as they came"),
    ('def f(x):\n    """:return: [N, 6]"""\n    if x:\n        return 1\n    return 2\nf(0)\nf(1)',
     [(1, "value", 2), (1, "value", 1)], "every return"),
    ('def f():\n    """:return: [N, 6]"""\n    yield 1\n    yield 2\nlist(f())',
     [(1, "value", 1), (1, "value", 2)], "what a generator yields"),
    ("def f(x):\n    return -x\ny = f(abs(-3))  # [N, 3] -> [N, 6]",
     [(3, "input", 3), (3, "output", -3)], "what goes in and what comes out"),
    ("x = 'ab'\ny = x.upper().lower()  # [N, 3] -> [N, 6]",
     [(2, "input", "ab"), (2, "input", "AB"), (2, "output", "ab")], "the object of a method"),
    ("# [N, 3] -> [N, 6]\ndef f(x):\n    return -x\nf(3)", [(2, "input", 3), (2, "output", -3)], "the way through"),
    ("x = 1 if True else (\n    f()  # [N, 6]\n)", [], "what is not worked out"),
    ("def f():\n    x = 1\n    return x  # x: [N, 6]\nf()", [(3, "value", 1)], "before a statement that leaves"),
    ("if 0:\n    x = 1\n# x: [N, 6]\ny = 2", [], "a variable that is not there"),
    ("class A:\n    x = int(4)  # [N, 6]", [(2, "value", 4)], "in a class"),
    ("x = 3\nprint(f'{x + 1}!')  # [N, 6]", [(2, "value", 4)], "in an f-string"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told", "why"), REPORTED, ids=[why for *_, why in REPORTED])
def test_sites_report(text: str, told: list[tuple[int, str, object]], why: str) -> None:
    assert run(code(text))[0].told == told, why


def test_what_is_printed_is_told_statement_by_statement() -> None:
    program = bind(document(("code", "x = 1\nprint(x)\nx + 1"), ("output", "torch.Size([1, 6])")))
    reporter, printed, _ = run(program)
    assert (reporter.prints, reporter.told, printed) == (
        [1, None, 2, None, 3, None],
        [(3, "shown", 2)],
        "1\n",
    )


FRAMES = [
    ("x = int(1)  # [N, 6]", [0], "the top"),
    ("def f(x):\n    return x  # [N, 6]\nf(1)\nf(2)", [1, 2], "each call"),
    ("def f(x):\n    y = x and f(x - 1)\n    return x  # [N, 6]\nf(2)", [3, 2, 1], "recursion"),
    ("def f(x):\n    for y in x:\n        yield y  # [N, 6]\n[*zip(f('ab'), f('ab'))]",
     [1, 2, 1, 2], "generators in turn"),
    ("def f(x):\n    return [\n        -y  # [N, 6]\n        for y in x]\nf([1, 2])", [1, 1], "a comprehension"),
    ("def f(x):\n    class A:\n        y = x  # [N, 6]\nf(1)", [1], "a class in a function"),
    ("def f(x):\n    g = lambda: x  # [N, 6]\n    g()\nf(1)", [None], "a lambda has no call that is known"),
    ("def f(x):\n    y = x  # [N, 6]\n    return locals()\nf(1)", [None], "who looks at locals() sees none of ours"),
    ("def f(x):\n    def g(y):\n        return y  # [N, 6]\n    g(x)\n    return x  # [N, 6]\nf(1)",
     [2, 1], "functions in functions"),
    ("class A:\n    x = int(1)  # [N, 6]", [0], "a class at the top"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "frames", "why"), FRAMES, ids=[why for *_, why in FRAMES])
def test_letters_bind_by_the_call(text: str, frames: list[int | None], why: str) -> None:
    reporter = run(code(text))[0]
    assert reporter.frames == frames, why


NAMES = [
    ("width = 8\nx = int(1)  # [N, width]", {"width": 8}, "a global"),
    ("def f(x, width):\n    return x  # [N, 2*width]\nf(1, 8)", {"width": 8}, "a parameter, in arithmetic"),
    (
        "class A:\n    heads = 4\n    def f(self, x):\n        return x  # [N, self.heads]\nA().f(1)",
        {"self.heads": 4},
        "an attribute",
    ),
    ("class A:\n    width = 8\n    x = f'a'.upper()  # [N, width]", {"width": 8}, "a name of the class"),
    ("width = 8\nclass A:\n    x = 'a'.upper()  # [N, width]", {"width": 8}, "a global in a class"),
    (
        "def f(width):\n    def g(x):\n        return x  # [N, width]\n    g(1)\nf(8)",
        {"width": 8},
        "an outer variable",
    ),
    ("def f(x):\n    y = x  # [N, width]\n    width = 8\nf(1)", {}, "one that is not set yet"),
]


@pytest.mark.parametrize(("text", "names", "why"), NAMES, ids=[why for *_, why in NAMES])
def test_names_of_the_code_are_told(text: str, names: dict[str, int], why: str) -> None:
    reporter = run(code(text))[0]
    assert reporter.names == [names], why


def _about(role: Role, name: str | None = None) -> Statement:
    shape = StatedShape((Size("N", 0, 1), Size("self.h", 0, 1)), "shape", 0, 1)
    return Statement(role, (shape,), "N", 0, 1, name)


KINDS = {
    "value": (_about("value"),),
    "flow": (_about("flow"),),
    "named": (_about("value", "x"), _about("value", "self.a"), _about("input", "y")),
    "several": (_about("value"), _about("value")),
}


def _commented(text: str) -> str:
    """Return a program with a comment behind every line, and one above each in the margin of the next."""
    lines = text.rstrip("\n").split("\n")
    pairs = ((f"{one[: len(one) - len(one.lstrip())]}# above", f"{one}  # behind") for one in lines)
    return "\n".join(line for pair in pairs for line in pair)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_does_what_it_did(text: str, kind: str) -> None:
    said = KINDS[kind]
    readers = Readers(
        comment=lambda _: said, docstring=lambda _: said, annotation=lambda _: said[0], printed=lambda _: ()
    )
    program = bind(document(("code", _commented(text))), readers)
    assert program.problems == ()
    reporter, printed, space = run(program)
    expected, names = run_plain(text)
    assert printed == expected
    assert space.keys() - {REPORTER} == names.keys()
    assert reporter.told, "what reports nothing proves nothing"


def test_a_traceback_names_the_lines_of_the_document() -> None:
    program = code("x = 1\ndef f(x):\n    # x: [N, 6]\n    y = x / 0  # [N, 6]\n    return y\nf(x)  # [N, 6]")
    with pytest.raises(ZeroDivisionError) as caught:
        run(program)
    lines = [one.lineno for one in traceback.extract_tb(caught.value.__traceback__) if one.filename == "doc"]
    assert lines == [6, 4]


def test_the_order_of_working_out_is_kept() -> None:
    text = "def f(x):\n    print(x)\n    return x\ny = f(f(1) + f(2)) + f(3)  # [N, 3] -> [N, 6]"
    text += "\nz = {f(4): f(5)}[f(4)]  # [N, 6]"
    assert run(code(text))[1] == run_plain(text)[0] == "1\n2\n3\n3\n4\n5\n4\n"


def test_a_later_passage_may_have_imports_of_the_future() -> None:
    program = bind(
        document(
            ("code", "'''A doc.'''\nx = 1"),
            ("code", "from __future__ import annotations\ny: Nothing = 2  # [N, 6]"),
        )
    )
    assert run(program)[2]["y"] == 2


def test_without_sites_the_tree_is_as_it_was() -> None:
    text = "def f(x):\n    return x\n\nprint(f(1))  # five things"
    assert ast.dump(ast.Module(instrumented(code(text)), [])) == ast.dump(ast.parse(text))


def test_a_reader_of_many_names_gives_each_a_site() -> None:
    readers = Readers(comment=lambda _: (_about("value", "q, k"),))
    program = bind(document(("code", "q = k = 1  # qk")), readers)
    assert run(program)[0].told == [(1, "value", 1), (1, "value", 1)]


HOSTILE = [
    ("(" * 5_000, "nesting without end"),
    ("x = 1\x00", "a null byte"),
    ("x = '\ud800'  # [N, 6]", "half a character"),
    ("x = " + "+".join(["1"] * 20_000) + "  # [N, 6]", "a sum without end"),
    ("x = " + "-" * 5_000 + "1  # [N, 6]", "signs without end"),
    ("x = 1  # [N, 6]\x0c\ny = f(x)\x0c  # [N, 6]", "form feeds"),
    ("x = 1 # [N, 6]\ry = f(x)  # [N, 6]", "a line end that only Python knows"),
    ("\ufeffx = 1", "a byte order mark"),
    ("x = \\", "a line that goes on nowhere"),
    ("\t\tx = f(1)  # [N, 6]", "all of it indented"),
    ("# [N, 6]", "no code"),
    ("", "nothing"),
    ("def f():\n\tx = 1  # [N, 6]\n        y = 2", "tabs and blanks"),
]


@pytest.mark.parametrize(("text", "why"), HOSTILE, ids=[why for _, why in HOSTILE])
def test_nothing_ends_in_a_traceback(text: str, why: str) -> None:
    program = bind(document(("code", text), ("output", text)))
    compile(ast.Module(instrumented(program), []), "doc", "exec")
    assert len(program.places) == program.source.count("\n"), why


def test_it_is_linear() -> None:
    """Four times the lines take four times as long, and not sixteen: in a list, a chain of blocks, a program."""

    def took(count: int) -> float:
        elements = "\n".join("    f(1),  # [6, 28, 28]" for _ in range(count))
        lines = "\n".join(f"x = f({at})  # x: [N, {at}]\n# [N, 7]" for at in range(count))
        text = f"y = [\n{elements}\n]\n{lines}\nfor z in x:\n" + "\n".join(
            "    z = f(z)  # [N, 6]" for _ in range(count)
        )
        begin = time.process_time()
        instrumented(bind(document(("code", text))))
        return time.process_time() - begin

    took(100)
    assert min(took(400) for _ in range(3)) < 9 * min(took(100) for _ in range(3))
