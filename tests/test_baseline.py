"""Saved profiles: read back as they were written, refused in one line where they are not, and held as a baseline."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from archcheck.comparing.gate import baseline_of, changes
from archcheck.costs import Ceilings, LayerCost, Memory, Profile, Timing, Told, TrainingCost, Witness
from archcheck.errors import TargetError, UsageError
from archcheck.json_schema import Json
from archcheck.operations import Operations, summed
from archcheck.report.conforms import first_problem
from archcheck.report.contract import schema_of
from archcheck.report.findings import findings_text
from archcheck.report.from_json import load_profiles, profiles_from_json
from archcheck.report.to_json import profile_json
from tests.command_line import run
from tests.test_contract import BAD, GOOD

DONE = Operations(1, 2, 3, 4, 5, 6, 7, 8)
LAYER = LayerCost(
    "a", "Conv2d", (3, 8), (4, 6), 10, 1, 22, 0.5, 0.75, 0.125, "function", DONE, DONE.times(4), 96, 48, 44,
    1.5, 2.5, "memory",
)  # fmt: skip
FULL = Profile(
    target="net.yaml",
    name="net",
    device="cpu",
    dtype="bfloat16",
    batch=4,
    mode="train",
    input=((1, 3, 8), (1, 2)),
    layers=(LAYER, LayerCost("b", "histc", None, None, None, None, None)),
    params=10,
    operations=DONE,
    uncounted=("histc",),
    latency=Timing((1.5, 1.25)),
    steps={"forward": Timing((1.0, 0.5)), "backward": Timing((0.5, 0.75))},
    predicted=Memory(1, 2, 3, 4, 5, 6, 7),
    measured=Memory(peak=8),
    ceilings=Ceilings(100.5, 20.25),
    optimizer="SGD(lr=0.01)",
    told=Told("fvcore", 5, "flop", "a flop is a MAC"),
    witnesses=(Witness("fvcore", 1, 0, "the same"), Witness("torchinfo", None, None, "", "it fails")),
    environment={"torch": "2.13", "threads": 2, "names": ["a", None, {"b": True}]},
    title="A network",
    notes=("told: unknown",),
    training=TrainingCost(
        4,
        "a set",
        60,
        10,
        True,
        "SGD(lr=0.01)",
        15,
        150,
        DONE,
        DONE.times(2),
        None,
        ("histc",),
        1,
        2,
        3.5,
        4.5,
        5,
        6,
    ),
)


def saved(*profiles: Profile) -> str:
    return profile_json(profiles, {"torch": "2.13"})


def test_nothing_is_lost_on_the_way_to_a_file_and_back() -> None:
    empty = Profile("", "", None)
    silent = [one.name for one in fields(Profile) if getattr(FULL, one.name) == getattr(empty, one.name)]
    assert silent == ["error"]  # a profile has costs or an error
    assert profiles_from_json(saved(FULL), "x.json") == (FULL,)


def test_an_error_and_what_is_not_known_come_back_too() -> None:
    failed = Profile("bad.yaml", "bad", None, error="bad.yaml: no such file")
    bare = Profile("net.yaml", "net", "meta")
    assert profiles_from_json(saved(failed, bare), "x.json") == (failed, bare)


def test_a_number_may_be_written_in_either_way() -> None:
    text = saved(FULL).replace('"batch": 4', '"batch": 4.0')
    (back,) = profiles_from_json(text.replace("100.5", "100"), "x.json")
    assert (back.batch, type(back.batch)) == (4, int)
    assert back.ceilings is not None
    assert (back.ceilings.gflops_per_s, type(back.ceilings.gflops_per_s)) == (100.0, float)


Change = Callable[[Any], object]


def _set(*way: Any) -> Change:
    """Return what puts the last of `way` at the place that the others lead to."""

    def change(document: Any) -> None:
        place = document
        for key in way[:-2]:
            place = place[key]
        place[way[-2]] = way[-1]

    return change


R = "x.json: is no saved profile: results[0]"
REFUSED = [
    (_set("schema", "archcheck.verify/1"), 'x.json: is no saved profile: schema: needs "archcheck.profile/1", '
     'given "archcheck.verify/1"', "what verify writes"),
    (_set("schema", "archcheck.profile/2"), 'x.json: is no saved profile: schema: needs "archcheck.profile/1", '
     'given "archcheck.profile/2"', "of a version that is not known here"),
    (_set("results", {}), "x.json: is no saved profile: results: needs a list, given {}", "no list"),
    (_set("results", 0, "batch", 0), f"{R}.batch: needs at least 1, given 0", "no samples"),
    (_set("results", 0, "totals", "macs", "6M"), f'{R}.totals.macs: needs a whole number or null, given "6M"', "text"),
    (_set("results", 0, "totals", "macs", 0.5), f"{R}.totals.macs: needs a whole number or null, given 0.5", "a half"),
    (_set("results", 0, "totals", "macs", 2), f"{R}.totals.macs: 2 is not what its operations make (1); "
     "profile the network again", "a total that its parts do not make"),
    (_set("results", 0, "layers", 0, "output", "4"), f'{R}.layers[0].output: needs a list or null, given "4"', "text"),
    (_set("results", 0, "layers", 1, {"layer": "x"}), f"{R}.layers[1]: has no 'type'", "a layer without most of it"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "text", "why"), REFUSED)
def test_what_breaks_the_contract_is_refused_in_one_line(change: Change, text: str, why: str) -> None:
    document = json.loads(saved(FULL))
    change(document)
    with pytest.raises(TargetError) as caught:
        profiles_from_json(json.dumps(document), "x.json")
    assert str(caught.value) == text, why


UNREADABLE = [
    ("", "x.json: is not JSON: line 1, column 1: Expecting value", "an empty file"),
    (
        "{",
        "x.json: is not JSON: line 1, column 2: Expecting property name enclosed in double quotes",
        "half a file",
    ),
    ('{"a": NaN}', "x.json: is not JSON: NaN is no number", "what Python would read and JSON has not"),
    ('{"a": 1e999}', "x.json: is not JSON: 1e999 is no number", "more than a number can be"),
    ("[" * 100_000, "x.json: is not JSON: it is nested too deep", "a bomb"),
    ("[]", "x.json: is no saved profile: the document: needs an object, given []", "JSON of something else"),
]


@pytest.mark.parametrize(("written", "text", "why"), UNREADABLE)
def test_what_is_no_json_is_refused_in_one_line(written: str, text: str, why: str) -> None:
    with pytest.raises(TargetError) as caught:
        profiles_from_json(written, "x.json")
    assert str(caught.value) == text, why


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(
        TargetError, match=r"^x\.json: is not text in UTF-8; save a profile with --format json -o FILE$"
    ):
        load_profiles(tmp_path / "x.json", "x.json")
    with pytest.raises(TargetError, match=r"^none\.json: cannot be read: No such file or directory$"):
        load_profiles(tmp_path / "none.json", "none.json")


def _leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way] * bool(way) + [one for key, part in items for one in _leaves(part, (*way, key))]


def test_no_change_of_one_value_is_a_traceback() -> None:
    document = json.loads(saved(FULL))
    for way in _leaves(document):
        values: tuple[Any, ...] = (None, True, -1, 0.5, "x", [], {}, [{}], {"a": []})
        for value in values:
            changed = copy.deepcopy(document)
            _set(*way, value)(changed)
            with suppress(TargetError):  # anything else is a bug
                profiles_from_json(json.dumps(changed), "x.json")


# the reader of our own schemas


@pytest.mark.parametrize(("document", "why"), [*GOOD, *BAD])
def test_our_reader_of_schemas_and_jsonschema_are_of_one_mind(document: Json, why: str) -> None:
    schema = schema_of(document["schema"].removeprefix("archcheck.").removesuffix("/1"))
    valid = jsonschema.Draft7Validator(schema).is_valid(document)
    assert (first_problem(document, schema) is None) is valid, why


WORDS: list[tuple[Json, Any, str]] = [
    ({"type": "integer"}, 1.0, "1.0 is whole"),
    ({"type": "integer"}, True, "true is no number"),
    ({"type": "number"}, 10**400, "a number that no float holds"),
    ({"const": 1}, True, "nor is it 1"),
    ({"enum": ["a", None]}, None, "null is a word too"),
    ({"minimum": 1}, "a", "a minimum is for numbers"),
    ({"maximum": 1}, 2, "a maximum"),
    ({"pattern": "^a"}, "ba", "a pattern that begins"),
    ({"pattern": "a"}, "ba", "a pattern anywhere"),
    ({"items": {"type": "null"}}, [None, 1], "every item"),
    ({"minItems": 1}, [], "too few"),
    ({"maxItems": 1}, [1, 2], "too many"),
    ({"contains": {"type": "null"}}, [1], "none of them"),
    ({"contains": {"type": "null"}}, [1, None], "one of them"),
    ({"required": ["a"]}, {}, "a key that must be"),
    ({"properties": {"a": {"type": "null"}}}, {"a": 1}, "a key that is another thing"),
    ({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1}, "a key that may not be"),
    ({"additionalProperties": {"type": "null"}}, {"b": 1}, "keys of one kind"),
    ({"anyOf": [{"type": "null"}, {"type": "string"}]}, 1, "neither"),
    ({"allOf": [{"minimum": 1}, {"type": "integer"}]}, 0, "not both"),
    ({"if": {"type": "null"}, "then": {"const": 1}, "else": {"const": 2}}, 3, "else"),
    ({"if": {"minimum": 1}, "then": {"const": 2}}, 0, "no else"),
    ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "null"}}}, 1, "a reference"),
]


@pytest.mark.parametrize(("schema", "value", "why"), WORDS)
def test_every_word_means_what_draft_7_says(schema: Json, value: Any, why: str) -> None:
    assert (first_problem(value, schema) is None) is jsonschema.Draft7Validator(schema).is_valid(value), why


def _words(schema: Any) -> set[str]:
    """Return every word of a schema; what stands under `properties` and `definitions` is names, not words."""
    if isinstance(schema, list):
        return set().union(*map(_words, schema))
    if not isinstance(schema, dict):
        return set()
    named = [part for key in ("properties", "definitions") for part in schema.get(key, {}).values()]
    others = {
        key: part for key, part in schema.items() if key not in ("properties", "definitions", "const", "enum")
    }
    return set(schema) | set().union(*map(_words, [*named, *others.values()]))


@pytest.mark.parametrize("name", ["profile", "compare", "verify"])
def test_our_contracts_use_no_word_that_is_not_read(name: str) -> None:
    said = {"$schema", "title", "description", "definitions"}
    tested = {word for schema, _, _ in WORDS for word in schema}
    assert _words(schema_of(name)) - said <= tested


# a baseline


def row(
    layer: str,
    mul_adds: int | None,
    params: int = 0,
    output: tuple[int, ...] = (4,),
    kind: str = "Conv2d",
    moved: int = 8,
) -> LayerCost:
    done = None if mul_adds is None else Operations(mul_adds=mul_adds, bytes_read=moved)
    macs, flops = (done.mul_adds, done.flops) if done else (None, None)
    return LayerCost(layer, kind, (3,), output, params, macs, flops, operations=done)


def network(*rows: LayerCost, peak: int | None = 100) -> Profile:
    return Profile(
        "net.yaml", "net", "meta", layers=rows, params=sum(one.params or 0 for one in rows), input=((1, 3),),
        operations=summed(one.operations for one in rows), predicted=Memory(peak=peak),
    )  # fmt: skip


BEFORE = network(row("a", 10, 5), row("b", 20, 6, (2, 2), "Linear"))
CHANGED = [
    # now                                            text, worked by hand                                    why
    (BEFORE, "", "the same"),
    (
        replace(BEFORE, latency=Timing((9.0,)), device="cuda", environment={"torch": "9"}),
        "",
        "times and machines may differ",
    ),
    (network(row("x.a", 10, 5), row("x.b", 20, 6, (2, 2), "Linear")), "", "other names"),
    (
        network(row("a", 10, 7), row("b", 20, 6, (2, 2), "Linear")),
        "net.yaml: params: 13, in base.json 11 (+2)\n    a (Conv2d): 7, was 5 (+2)",
        "parameters",
    ),
    (
        network(row("a", 11, 5), row("b", 19, 6, (2, 2), "Linear")),
        "net.yaml: macs: 30 as in base.json, but not of the same layers\n"
        "    a (Conv2d): 11, was 10 (+1)\n    b (Linear): 19, was 20 (-1)\n"
        "net.yaml: flops: 60 as in base.json, but not of the same layers\n"
        "    a (Conv2d): 22, was 20 (+2)\n    b (Linear): 38, was 40 (-2)",
        "what one layer gained another lost",
    ),
    (
        network(row("a", 10, 5, moved=12), row("b", 20, 6, (2, 2), "Linear")),
        "net.yaml: bytes: 20, in base.json 16 (+4)\n    a (Conv2d): 12, was 8 (+4)",
        "bytes",
    ),
    (
        network(row("a", 10, 5), row("b", 20, 6, (4, 1), "Linear")),
        "net.yaml: output: 1 layer with another shape than in base.json\n    b (Linear): 4x1, was 2x2",
        "a shape that costs the same",
    ),
    (
        network(row("a", 10, 5), row("b", 20, 6, (2, 2), "Linear"), row("c", 0, 0, kind="ReLU", moved=0)),
        "net.yaml: layers: 3 calls, in base.json 2; other layers than there\n    c (ReLU): new",
        "a layer that costs nothing",
    ),
    (
        network(row("a", 10, 5), row("b", 20, 6, (2, 2), "Linear"), peak=101),
        "net.yaml: memory: 101 bytes (101 B), in base.json 100 bytes (100 B) (+1)",
        "memory",
    ),
    (
        replace(network(row("a", None, 5), row("b", 20, 6, (2, 2), "Linear")), uncounted=("histc",)),
        "net.yaml: macs: not known, in base.json 30\n    no rule for histc\n    a (Conv2d): -, was 10\n"
        "net.yaml: flops: not known, in base.json 60\n    no rule for histc\n    a (Conv2d): -, was 20\n"
        "net.yaml: bytes: not known, in base.json 16\n    no rule for histc\n    a (Conv2d): -, was 8",
        "an operator without a rule",
    ),
    (
        network(row("a", 10, 5, kind="Conv1d"), row("b", 20, 6, (2, 2), "Linear")),
        "net.yaml: layers: 2 calls, in base.json 2; other layers than there\n    a (Conv2d | Conv1d): was Conv2d",
        "another type",
    ),
    (
        network(row("b", 20, 6, (2, 2), "Linear"), peak=None),
        "net.yaml: params: 6, in base.json 11 (-5)\n    a (Conv2d): -, was 5\n"
        "net.yaml: macs: 20, in base.json 30 (-10)\n    a (Conv2d): -, was 10\n"
        "net.yaml: flops: 40, in base.json 60 (-20)\n    a (Conv2d): -, was 20\n"
        "net.yaml: bytes: 8, in base.json 16 (-8)\n    a (Conv2d): -, was 8\n"
        "net.yaml: memory: not known, in base.json 100 bytes (100 B)\n"
        "net.yaml: layers: 1 call, in base.json 2; other layers than there\n    a (Conv2d): gone",
        "a layer that went",
    ),
]


@pytest.mark.parametrize(("now", "text", "why"), CHANGED)
def test_what_is_not_as_it_was_is_named_with_its_layers(now: Profile, text: str, why: str) -> None:
    assert findings_text(changes(now, BEFORE, "base.json")) == text, why


def test_of_many_layers_the_first_five_are_named() -> None:
    before = network(*(row(str(place), 10) for place in range(7)))
    after = network(*(row(str(place), 10 + place) for place in range(7)))
    lines = findings_text(changes(after, before, "base.json")).splitlines()
    assert lines[:7] == [
        "net.yaml: macs: 91, in base.json 70 (+21)",
        "    6 (Conv2d): 16, was 10 (+6)",
        "    5 (Conv2d): 15, was 10 (+5)",
        "    4 (Conv2d): 14, was 10 (+4)",
        "    3 (Conv2d): 13, was 10 (+3)",
        "    2 (Conv2d): 12, was 10 (+2)",
        "    and 1 more",
    ]


def test_a_file_without_a_prediction_of_memory_holds_none() -> None:
    assert changes(BEFORE, replace(BEFORE, predicted=None), "base.json") == ()


SETTINGS = [
    ({"dtype": "float16"}, "dtype float16, this is dtype float32"),
    ({"batch": 8}, "batch 8, this is batch 1"),
    ({"mode": "train"}, "mode train, this is mode inference"),
    ({"input": ((1, 3, 9),)}, "input 1x3x9, this is input 1x3"),
]


@pytest.mark.parametrize(("was", "text"), SETTINGS)
def test_other_settings_are_no_change_but_an_error(was: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        changes(BEFORE, replace(BEFORE, **was), "base.json")
    assert str(caught.value) == (
        f"base.json: net.yaml was profiled with {text}; profile both with the same settings"
    )


def test_a_baseline_is_of_the_same_network_and_batch() -> None:
    one, four = BEFORE, replace(BEFORE, batch=4)
    assert baseline_of(four, [one, four], "base.json") is four
    assert (
        baseline_of(replace(BEFORE, batch=2), [one, four], "base.json") is one
    )  # `changes` says what differs
    with pytest.raises(UsageError, match=r"^base\.json: has no profile of other; it has net$"):
        baseline_of(replace(BEFORE, name="other"), [one, four], "base.json")
    with pytest.raises(UsageError, match=r"^base\.json: has no costs of net, but an error: no such file$"):
        baseline_of(BEFORE, [Profile("net.yaml", "net", None, error="no such file")], "base.json")


# the command


NET = """
input: [1, 6, 6]
layers:
  conv: {Conv2d: {out_channels: 2, kernel_size: 3}}
  flat: flatten
  out: {Linear: {out_features: 3}}
"""
# conv: 2 * 9 + 2 = 20 parameters, 16 * 2 * 9 = 288 MACs; out: 32 * 3 + 3 = 99 parameters, 96 MACs
BIAS = NET.replace("out_features: 3", "out_features: 3, bias: false")
# out: 96 parameters, 3 FLOPs and 12 bytes read fewer, and 12 bytes fewer to hold


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(NET, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert measure("net.yaml", "--format", "json", "-o", "base.json").exit_code == 0
    return tmp_path


def measure(*words: str) -> Result:
    return run("profile", *words, "--device", "meta", "--no-witnesses")


def test_what_is_as_it_was_passes(folder: Path) -> None:
    result = measure("net.yaml", "--baseline", "base.json")
    assert (result.exit_code, result.stderr) == (0, "")


def test_what_is_not_names_the_layer_before_and_after(folder: Path) -> None:
    (folder / "net.yaml").write_text(BIAS, encoding="utf-8")
    result = measure("net.yaml", "--baseline", "base.json")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "net.yaml: params: 116, in base.json 119 (-3)\n    out (Linear): 96, was 99 (-3)\n"
        "net.yaml: flops: 800, in base.json 803 (-3)\n    out (Linear): 192, was 195 (-3)\n"
        "net.yaml: bytes: "
    )
    assert "net.yaml: memory: " in result.stderr
    assert "macs" not in result.stderr


def test_a_new_baseline_is_the_output(folder: Path) -> None:
    (folder / "net.yaml").write_text(BIAS, encoding="utf-8")
    words = ("net.yaml", "--baseline", "base.json")
    assert measure(*words, "--format", "json", "-o", "base.json").exit_code == 1
    assert measure(*words).exit_code == 0


ENDS = [
    (("net.yaml", "--baseline", "none.json"), "none.json: cannot be read: No such file or directory", False),
    (("net.yaml", "--baseline", "net.yaml"), "net.yaml: is not JSON: line 2, column 1: Expecting value", False),
    (("net.yaml", "other.yaml", "--baseline", "base.json"), "base.json: has no profile of other; it has net", True),
    (
        ("net.yaml", "--batch", "2", "--baseline", "base.json"),
        "base.json: net.yaml was profiled with batch 1, this is batch 2; profile both with the same settings",
        True,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("words", "stderr", "shown"), ENDS)
def test_a_baseline_that_cannot_be_held_is_an_error(
    folder: Path, words: tuple[str, ...], stderr: str, shown: bool
) -> None:
    result = measure(*words)
    assert (result.exit_code, result.stderr) == (2, f"archcheck: {stderr}\n")
    assert ("parameters" in result.stdout) is shown


def test_a_budget_is_held_by_profile_lint_and_verify(folder: Path) -> None:
    (folder / "net.yaml").write_text(NET + "budget: {macs: 300, memory: 1MB}\n", encoding="utf-8")
    assert (measure("net.yaml").exit_code, measure("net.yaml").stderr) == (
        1, "net.yaml:7: macs: 384, the budget allows 300 (84 over)\n    most in conv (Conv2d): 288 (75.0%)\n",
    )  # fmt: skip
    for command in (("lint", "net.yaml"), ("verify", "net.yaml", "--device", "cpu")):
        result = run(*command)
        assert result.exit_code == 1
        assert result.stdout.endswith(
            "Differs:\nnet.yaml:7: the network: budget.macs: at most 300, inferred 384\n"
            "    84 over; most in conv (Conv2d): 288 of 384\n"
            "\n1 check does not hold: net.yaml:7\n"
        )
    document = json.loads(run("lint", "net.yaml", "--format", "json").stdout)
    jsonschema.validate(document, schema_of("verify"))


def test_a_baseline_tells_which_layer_took_a_budget_over(folder: Path) -> None:
    (folder / "net.yaml").write_text(
        NET.replace("out_features: 3", "out_features: 4") + "budget: {macs: 400}\n", encoding="utf-8"
    )
    assert measure("net.yaml", "--baseline", "base.json").stderr.endswith(
        "net.yaml:7: macs: 416, the budget allows 400 (16 over)\n    out (Linear): 128, was 96 (+32)\n"
    )
