"""SARIF 2.1.0, as code scanning takes it: a result a claim that fails or is known to be wrong.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from archcheck.report.places import (
    Place,
    encodable,
    place_of_check,
    place_of_error,
    shown,
    text_of,
    unchecked,
    unchecked_text,
)
from archcheck.results import Check, Plain, Status, Verification

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""What uris are relative to, as GitHub calls it."""
_RULES: Mapping[Status, tuple[str, str, str]] = {
    "differs": (
        "error",
        "A number is not what the document says",
        "The document's number, the one worked out from the layer's arguments, and the one that the network gave when "
        "it ran are not all equal. Correct the document or the layer; or, where the document is known to be wrong, "
        "write the claim as {documented: VALUE, wrong: WHY}.",
    ),
    "not reached": (
        "error",
        "A claim could not be reached",
        "What the claim is about did not run: something before it failed. The message says what.",
    ),
    "known wrong": (
        "note",
        "A number is known to be wrong",
        "The spec says, with a reason, that the document is wrong here. Nothing is to be done; it fails as soon as the "
        "number is no longer wrong.",
    ),
}
"""Level, short description and help of each verdict that there is a result for."""


def verify_sarif(
    results: Sequence[Verification], environment: Mapping[str, Plain], version: str, root: Path
) -> str:
    """Return a log of one run; what kept a target from being checked, or a claim, is a notification of it."""
    driver: Plain = {
        "name": "archcheck",
        "version": version,
        "rules": [_rule(status) for status in _RULES],
    }
    run: dict[str, Plain] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [
            {
                "executionSuccessful": all(result.error is None for result in results),
                "toolExecutionNotifications": [one for result in results for one in _told(result, root)],
            }
        ],
        "results": [one for result in results for one in _results(result, root)],
        "properties": {"environment": dict(environment)},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return encodable(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


def _id(status: Status) -> str:
    return status.replace(" ", "-")


def _rule(status: Status) -> Plain:
    level, short, text = _RULES[status]
    return {
        "id": _id(status),
        "name": "".join(word.capitalize() for word in status.split()),
        "shortDescription": {"text": short},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["documentation"]},
    }


def _results(result: Verification, root: Path) -> Iterator[Plain]:
    seen: Counter[str] = Counter()
    rules = list(_RULES)
    for check in shown(result):
        what = "\0".join((check.layer, check.quantity, check.source or ""))
        seen[what] += 1
        if check.status in _RULES:
            place = place_of_check(result, check, root)
            one: dict[str, Plain] = {
                "ruleId": _id(check.status),
                "ruleIndex": rules.index(check.status),
                "level": _RULES[check.status][0],
                "message": {"text": encodable(text_of(result, check))},
                "locations": [_location(place, check.layer or result.name)],
                "partialFingerprints": {"archcheckClaim/v1": _fingerprint(result, what, seen[what], root)},
            }
            yield one | _suppressed(check)


def _suppressed(check: Check) -> dict[str, Plain]:
    if check.status != "known wrong":
        return {}
    return {"suppressions": [{"kind": "inSource", "justification": encodable(check.wrong or "")}]}


def _told(result: Verification, root: Path) -> Iterator[Plain]:
    if result.error is not None:
        place, said = place_of_error(result, root)
        yield _notification("error", said, place)
    for reason, checks in unchecked(result):
        place = place_of_check(result, checks[0], root)
        yield _notification("note", unchecked_text(reason, checks), place)


def _notification(level: str, said: str, place: Place) -> Plain:
    return {"level": level, "message": {"text": encodable(said)}, "locations": [_location(place)]}


def _location(place: Place, logical: str | None = None) -> Plain:
    physical: dict[str, Plain] = {"artifactLocation": _artifact(place.path)}
    if place.line is not None:
        column: dict[str, Plain] = {} if place.column is None else {"startColumn": place.column}
        physical["region"] = {"startLine": place.line, **column}
    location: dict[str, Plain] = {"physicalLocation": physical}
    if place.cell is not None:
        location["message"] = {"text": place.cell}
    if logical is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": encodable(logical)}]
    return location


def _artifact(path: str) -> Plain:
    if Path(path).is_absolute():
        return {"uri": "file://" + quote(os.fsencode("/" + path.lstrip("/")), safe="/")}
    return {"uri": quote(os.fsencode(path), safe="/"), "uriBaseId": ROOT}


def _fingerprint(result: Verification, what: str, number: int, root: Path) -> str:
    """Return what a claim is known again by when lines move: whose it is, what of, and which of those."""
    file = place_of_check(result, result.checks[0], root).path
    whole = "\0".join((file, result.name, what, str(number)))
    return hashlib.sha256(encodable(whole).encode()).hexdigest()
