"""A file that `archcheck profile --format json` wrote, read back as the records that it was written from.

Nothing is taken on trust: the file must be as the contract says, and what the contract leaves open must fit the
records. Every error is one line that says which file, where in it, and what is wrong.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from archcheck.costs import Profile
from archcheck.errors import TargetError
from archcheck.report.conforms import first_problem
from archcheck.report.contract import schema_of
from archcheck.spec.source import one_line

SUFFIX = ".json"
"""What a saved profile's name ends with: so a target that is one is told from a spec."""


def load_profiles(path: Path, shown: str) -> tuple[Profile, ...]:
    """Return the profiles in a file. Raises `TargetError` for one that cannot be read or breaks the contract."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise TargetError(
            f"{shown}: is not text in UTF-8; save a profile with --format json -o FILE"
        ) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise TargetError(one_line(f"{shown}: cannot be read: {why}")) from None
    return profiles_from_json(text, shown)


def profiles_from_json(text: str, shown: str) -> tuple[Profile, ...]:
    """Return the profiles in the text of a file that messages call `shown`. Raises `TargetError`."""
    document = _document(text, shown)
    problem = first_problem(document, schema_of("profile"))
    if problem is not None:
        raise TargetError(one_line(f"{shown}: is no saved profile: {problem}"))
    try:
        return tuple(
            _profile(result, f"results[{place}]") for place, result in enumerate(document["results"])
        )
    except _Misfit as misfit:
        raise TargetError(one_line(f"{shown}: is no saved profile: {misfit}")) from None


def _document(text: str, shown: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        why = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        why = "it is nested too deep"
    except ValueError as error:
        why = str(error).partition(";")[0]
    raise TargetError(one_line(f"{shown}: is not JSON: {why}"))


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _finite(written: str) -> float:
    value = float(written)
    return value if math.isfinite(value) else _refuse(written)


class _Misfit(Exception):  # noqa: N818 - becomes a TargetError as soon as the file is known
    """Something that the contract leaves open and no record can hold."""


def _profile(result: Mapping[str, Any], where: str) -> Profile:
    """Return one result; what its totals derive from its records must be what they say."""
    totals = result["totals"]
    samples = totals.get("latency_samples_ms")
    values = {name: result[name] for name in _kinds(Profile) if name in result}
    values |= {name: totals[name] for name in ("params", "operations", "uncounted") if name in totals}
    values["latency"] = None if samples is None else {"samples_ms": samples}
    profile: Profile = _record(Profile, values, where)
    for name in ("macs", "flops"):
        if getattr(profile, name) != totals[name]:
            raise _Misfit(
                f"{where}.totals.{name}: {totals[name]} is not what its operations make "
                f"({getattr(profile, name)}); profile the network again"
            )
    return profile


@cache
def _kinds(record: type) -> dict[str, Any]:
    hints = get_type_hints(record)
    return {field.name: hints[field.name] for field in fields(record)}


def _record(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise _Misfit(f"{where}: needs an object, given {value!r}")
    required = [field.name for field in fields(kind) if field.default is field.default_factory is MISSING]
    for name in required:
        if name not in value:
            raise _Misfit(f"{where}: has no {name!r}")
    known = {name: part for name, part in _kinds(kind).items() if name in value}
    return kind(**{name: _value(part, value[name], f"{where}.{name}") for name, part in known.items()})


def _value(kind: Any, value: Any, where: str) -> Any:
    """Return a value as a field of type `kind` holds it: lists become tuples, objects become records."""
    if is_dataclass(kind):
        return _record(kind, value, where)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, Union):
        return (
            None
            if value is None
            else _value(next(one for one in parts if one is not type(None)), value, where)
        )
    if origin is tuple:
        return tuple(
            _value(parts[0], one, f"{where}[{place}]") for place, one in enumerate(_plain(list, value, where))
        )
    if origin is not None and origin is not Literal:
        found = _plain(dict, value, where)
        return {
            name: one if not is_dataclass(parts[1]) else _record(parts[1], one, f"{where}.{name}")
            for name, one in found.items()
        }
    if origin is Literal:
        if value not in parts:
            raise _Misfit(f"{where}: needs {' or '.join(map(repr, parts))}, given {value!r}")
        return value
    return _plain(kind, value, where)


def _plain(kind: Any, value: Any, where: str) -> Any:
    """Return a value of a JSON type; whole numbers may be written `4.0`, and fractions `4`."""
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _Misfit(f"{where}: needs {_NAMES[kind]}, given {value!r}")
    return value


_NAMES: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}
