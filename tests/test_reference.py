"""The reference: every table of the code is in it, and every example in it runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import get_args

import click
import pytest
import torch

from archcheck import api, body_schema, claim_schema, errors, reference, schema
from archcheck.cli.app import cli
from archcheck.conventions import CONVENTIONS
from archcheck.dialects import comment
from archcheck.json_schema import Json
from archcheck.reference import claims, codes, contract_page, documents_page, rules_page, spec_page
from archcheck.report.contract import schema_of
from archcheck.results import Status
from archcheck.rules import RULES
from archcheck.rules.base import Effect
from archcheck.rules.joins import JOINS
from archcheck.spec import signatures
from tests.command_line import run

HELD = [
    # topic         the words that must stand in it                                                    why
    ("spec", [*schema.MEANINGS, *body_schema.WORDS, *schema.TRAINING, *schema.BUDGET], "every key of a spec"),
    ("claims", [*claim_schema.CLAIMED, *claim_schema.STATED, *get_args(Status)], "every claim and verdict"),
    ("layers", [*RULES, *JOINS], "every layer, function and join"),
    ("conventions", list(CONVENTIONS), "every convention"),
    ("exit-codes", [one.__name__ for one in codes.every(errors.ArchcheckError)], "every error"),
]


@pytest.mark.parametrize(("topic", "words", "why"), HELD, ids=[row[0] for row in HELD])
def test_a_topic_has_all_of_what_the_code_has(topic: str, words: list[str], why: str) -> None:
    told = run("help", topic).stdout.replace(",", " ").split()
    joined = " ".join(told)
    assert [word for word in words if word not in joined] == [], why


def keys(part: Json) -> set[str]:
    """Return every key that a schema's objects have."""
    found: set[str] = set()
    for name, value in part.items():
        if name == "properties":
            found |= value.keys()
        for one in value if isinstance(value, list) else [value]:
            found |= keys(one) if isinstance(one, dict) else set()
    return found


@pytest.mark.parametrize("name", contract_page.NAMES)
def test_every_key_of_a_contract_is_told(name: str) -> None:
    lines = reference.text_of("json").splitlines()
    told = {line.split()[0] for line in lines if line.startswith("  ")}
    last = {word.rpartition(".")[2].removesuffix("[]") for word in told}
    assert keys(schema_of(name)) <= last


@pytest.mark.parametrize("word", [*RULES, *JOINS])
def test_a_layer_is_told_with_its_arguments_and_formula(word: str) -> None:
    told = reference.text_of(word)
    signature = signatures.signature(word)
    arguments = [] if signature is None else [one.name for one in signature.arguments]
    assert [name for name in arguments if f"  {name}" not in told] == []
    assert len(told.split("WHAT IT GIVES AND COSTS")[-1].split()) > 3


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_is_told_with_its_source(name: str) -> None:
    assert "http" in reference.text_of(name)


@pytest.mark.parametrize("topic", [*reference.TOPICS, *RULES])
def test_no_line_but_of_code_is_wider_than_the_page(topic: str) -> None:
    wide = [line for line in reference.text_of(topic).splitlines() if len(line) > 100 and line[:4] != "    "]
    assert wide == []


@pytest.mark.parametrize(("page", "known_wrong"), [(spec_page, 1), (claims, 1)])
def test_an_example_spec_holds(page: object, known_wrong: int, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(dedent(page.EXAMPLE), encoding="utf-8")  # type: ignore[attr-defined]
    result = api.verify(str(path), "cpu")
    assert (result.error, result.ok, result.count("known wrong")) == (None, True, known_wrong)


def test_the_example_has_every_kind_of_claim(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(dedent(claims.EXAMPLE), encoding="utf-8")
    made = {
        check.quantity.partition(".")[0] for check in api.verify(str(path), "cpu").checks if check.claimed
    }
    assert {*claim_schema.CLAIMED} - {"unchecked"} | {"statement"} <= made


def test_the_example_document_holds(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(dedent(documents_page.EXAMPLE), encoding="utf-8")
    result = api.verify(str(path))
    assert result.ok
    assert {check.line: check.status for check in result.checks} == dict.fromkeys((8, 12, 14, 15), "agrees")


@pytest.mark.parametrize("written", [written for written, _ in documents_page.DIALECTS])
def test_a_dialect_that_is_told_is_read(written: str) -> None:
    assert comment(written) != ()


def test_the_example_of_a_rule_is_one() -> None:
    made: dict[str, object] = {}
    exec(dedent(rules_page.EXAMPLE), made)
    kinds = made["KINDS"]
    assert isinstance(kinds, dict)
    effect = kinds["ScaledTanh"].rule((2, 3, 8), scale=2.0)
    assert isinstance(effect, Effect)
    assert effect.output == tuple((2 * torch.tanh(torch.zeros(2, 3, 8))).shape)
    assert (effect.params, effect.macs, effect.flops) == (0, 0, 2 * 2 * 3 * 8)


WRONG = [
    ("Conv2D", "archcheck: help Conv2D: no such topic; did you mean 'Conv2d'?; topics are "),
    ("nothing at all", "archcheck: help nothing at all: no such topic; topics are "),
]


@pytest.mark.parametrize(("word", "said"), WRONG)
def test_a_word_that_is_none(word: str, said: str) -> None:
    result = run("help", word)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{said}{', '.join(reference.TOPICS)}\n"


def test_without_a_word_the_topics_and_commands_are_told() -> None:
    told = run("help").stdout
    assert [word for word in (*reference.TOPICS, *cli.commands) if word not in told] == []


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_a_command_s_help_is_the_same_by_either_way(name: str) -> None:
    assert run("help", name).stdout.split() == run(name, "--help").stdout.split()
    assert isinstance(cli.commands[name], click.Command)


def test_help_takes_no_torch_and_little_time() -> None:
    code = (
        "import sys; from archcheck.cli.app import cli; cli.main(['help', 'Conv2d'], standalone_mode=False); "
        "print(sorted({'torch', 'pandas', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stderr, "kernel_size" in done.stdout) == ("[]\n", True)
    assert time.perf_counter() - begun < 10
