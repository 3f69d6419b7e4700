"""JUnit's XML: a suite a target, a case a claim. What CI servers read of it differs; this is what all of them take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from archcheck.report.places import below, place_of_check, place_of_error, shown, text_of
from archcheck.report.values import about, file_and_variant
from archcheck.results import FAILING, Check, Plain, Verification

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot say in any way: https://www.w3.org/TR/xml/#charsets."""


def verify_junit(results: Sequence[Verification], environment: Mapping[str, Plain], root: Path) -> str:
    """Return the suites; the same results are the same text. Times are not known, and are not made up."""
    suites = Element("testsuites", name="archcheck")
    for result in results:
        suites.append(_suite(result, environment, root))
    for name in ("tests", "failures", "errors"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _suite(result: Verification, environment: Mapping[str, Plain], root: Path) -> Element:
    file = below(result.path or file_and_variant(result.target)[0], root)
    suite = Element("testsuite", name=_text(result.target), file=_text(file))
    told = {"title": result.title, "device": result.device, "note": result.note}
    properties = SubElement(suite, "properties")
    for name, value in {**environment, **told}.items():
        if value not in (None, ""):
            SubElement(properties, "property", name=_text(name), value=_text(str(value)))
    if result.error is not None:
        _error(suite, result, root)
    seen: Counter[str] = Counter()
    for check in shown(result):
        _case(suite, result, check, seen, root)
    of_kind = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for attribute, kind in of_kind.items():
        suite.set(attribute, str(sum(1 for _ in suite.iter(kind))))
    return suite


def _error(suite: Element, result: Verification, root: Path) -> None:
    said = place_of_error(result, root)[1]
    case = SubElement(suite, "testcase", name="can be checked", classname=_text(result.target))
    SubElement(case, "error", message=_text(said), type="error").text = _text(result.error or "")


def _case(suite: Element, result: Verification, check: Check, seen: Counter[str], root: Path) -> None:
    """Add a claim; its name has no line in it, so that servers know it again when lines move."""
    place = place_of_check(result, check, root)
    name = "its code runs" if check.quantity == "code" else f"{about(check)}: {check.quantity}"
    seen[name] += 1
    numbered = name if seen[name] == 1 else f"{name} ({seen[name]})"
    case = SubElement(suite, "testcase", name=_text(numbered), classname=_text(result.target))
    text = _text(text_of(result, check))
    if check.status in FAILING:
        where = f"{place.path}:{place.cell or place.line}"
        failure = SubElement(case, "failure", message=text.splitlines()[0], type=check.status)
        failure.text = f"{_text(where)}: {text}"
    elif check.status == "unchecked":
        SubElement(case, "skipped", message=_text(check.hint or "unchecked"))
    elif check.status == "known wrong":
        SubElement(case, "system-out").text = f"known wrong: {text}"


def _text(text: str) -> str:
    """Return a text that XML can say: what it cannot stands as Python writes it."""
    return _FORBIDDEN.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
