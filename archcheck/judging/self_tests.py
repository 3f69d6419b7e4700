"""Calls by which a document tries its own models x how they went -> a check for each that does not go through."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcheck.binding.program import Program, SelfTest
from archcheck.judging.parts import cell_of
from archcheck.results import Check
from archcheck.running.observed import Called, Observed
from archcheck.units import shape_text

_ERRORS = ("RuntimeError", "ValueError", "IndexError", "AssertionError")
_OF_SHAPES = re.compile(r"shape|size|channel|\bdim|mat1|expand|elements|stack|stride|input|[\[(][0-9]+[,x]")
"""What an error of shapes speaks of; on meta they have other words than elsewhere."""
_OF_ELSE = re.compile(
    r"\b(?:dtype|type|scalar|meta|device|cuda|memory|grad|backward|in-?place|storage)\b", re.I
)
"""What has nothing to do with shapes, or only with where they are worked out."""


def self_test_checks(program: Program, observed: Observed) -> Iterator[Check]:
    """Yield a check for every call of the document's own that fails for its shapes."""
    own = [one for one in observed.called if one.turn == 0 and one.error is not None and _is_of_shapes(one)]
    for test in program.self_tests:
        for called in own:
            if test.first <= called.line <= test.last:
                yield _check(test, called)


def _is_of_shapes(called: Called) -> bool:
    kind, _, message = (called.error or "").partition(": ")
    return kind in _ERRORS and bool(_OF_SHAPES.search(message)) and not _OF_ELSE.search(message)


def _check(test: SelfTest, called: Called) -> Check:
    shapes = [list(shape) for shape in called.inputs]
    return Check(
        layer=test.text,
        type=called.what,
        quantity="runs",
        documented={
            "input": [*shapes[0]] if len(shapes) == 1 else [[*one] for one in shapes],
            "output": None,
        },
        inferred=None,
        seen=called.error,
        status="differs",
        line=test.line.number,
        hint=called.part,
        at=cell_of(test.passage),
        source="code",
        said=" and ".join(map(shape_text, called.inputs)),
    )
