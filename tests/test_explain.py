"""`archcheck explain`: lines that close, exact pages, a JSON that its contract describes."""

from __future__ import annotations

import csv
import io
import json
import sys
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import torch

import archcheck
from archcheck.asking import apart
from archcheck.asking.apart import Answer
from archcheck.built import of_module
from archcheck.cli import main
from archcheck.conventions import CONVENTIONS
from archcheck.counting.passes import count_built
from archcheck.explanation import Against, Line, against
from archcheck.operations import Count
from archcheck.report.contract import schema_of
from tests.told_models import MODELS

NETWORK = """
title: A small network
input: [3, 8, 8]
layers:
  conv: {Conv2d: {out_channels: 4, kernel_size: 3}}
  norm: BatchNorm2d
  act: ReLU
  pool: {AdaptiveAvgPool2d: {output_size: 1}}
  flat: flatten
  head: {Linear: {out_features: 5}}
"""
MACS = 4 * 36 * 27 + 4 * 5
NORM = 2 * 4 * 36
POOL = 4 * 36


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "net.yaml").write_text(NETWORK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return "net.yaml"


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *words])
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out, said.err


@cache
def counted(model: str) -> Count:
    make, shapes, _ = MODELS[model]
    tensors = tuple(torch.empty(shape, device="meta") for shape in shapes)
    return count_built(of_module(make().eval()), (tensors, {}))


@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize("model", MODELS)
def test_the_lines_close_the_difference(model: str, name: str) -> None:
    why = MODELS[model][2]
    one = against(counted(model), name)
    if one.unknown:
        assert one.lines == (), "nothing is explained by halves"
        return
    assert one.macs is not None, why
    assert one.amount is not None, why
    assert sum(line.amount for line in one.lines) == one.amount - one.macs == one.difference
    assert all(line.amount and line.why and line.layers for line in one.lines)


PAGE = f"""\
net: A small network (net.yaml)

             number  counts
---------  --------  ----------------------------
archcheck     {MACS:,}  MACs
fvcore        {MACS + NORM + POOL:,}  flops: a flop is a MAC there

  difference  why                                                  layers
------------  ---------------------------------------------------  --------
        +{NORM}  batch norm, 2 an element                             norm
        +{POOL}  adaptive average pooling, 1 an element of the input  pool
        +{NORM + POOL}  in all

source: fvcore 0.1.5.post20221221, fvcore/nn/jit_handles.py
"""


def test_one_convention_line_by_line(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(capsys, network, "--against", "fvcore") == (0, PAGE, "")


def test_all_conventions_in_one_table(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, page, _ = explained(capsys, network)
    rows = {line.split()[0]: line.split()[1:4] for line in page.splitlines()[4:]}
    assert code == 0
    assert list(rows) == ["archcheck", *CONVENTIONS]
    assert rows["archcheck"][0] == rows["paper"][0] == f"{MACS:,}"
    assert rows["torch"] == [f"{2 * MACS:,}", "FLOPs", f"+{MACS:,}"], "two operations a MAC"
    assert rows["torchinfo"] == [f"{MACS + 4 * 36 + 8 + 5:,}", "mult-adds", f"+{4 * 36 + 8 + 5}"], (
        "biases, norm"
    )
    assert rows["netscope"] == [f"{MACS + 4 * 36:,}", "macc", f"+{4 * 36}"], "Caffe's Scale"


def test_what_is_unknown_is_named_and_never_a_number(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    spec = tmp_path / "gelu.yaml"
    spec.write_text("input: [4]\nlayers:\n  a: {Linear: {out_features: 4}}\n  b: GELU\n", encoding="utf-8")
    code, page, _ = explained(capsys, str(spec), "--against", "netscope")
    assert code == 0
    assert "\nNetscope          ?  macc: multiply-accumulates; " in page
    assert "\nunknown: b: Netscope has no layer for GELU\n" in page
    assert "in all" not in page


CLAIMS = [
    (f"{MACS} MACs", 0, f"{MACS} MACs is right: the number of MACs, {MACS:,}"),
    (f"{MACS} FLOPs", 1, f"{MACS} FLOPs is the number of MACs ({MACS:,}); FLOPs are "),
    (
        f"{2 * MACS} FLOPs",
        0,
        f"{2 * MACS} FLOPs is right: the MACs as 2 operations each, {2 * MACS:,}; with all else counted, FLOPs are ",
    ),
    ("7 GFLOPs", 1, "7 GFLOPs is nothing that was worked out: FLOPs are "),
    (
        f"{MACS + NORM + POOL} FLOPs",
        1,
        f"{MACS + NORM + POOL} FLOPs is what fvcore calls flops ({MACS + NORM + POOL:,})",
    ),
    ("145 parameters", 0, "145 parameters is right: the number of parameters, 145"),
    ("580 bytes", 0, "580 bytes is right: the parameters in float32, 580"),
]


@pytest.mark.parametrize(("claim", "code", "said"), CLAIMS)
def test_a_claim_ends_with_its_verdict(
    network: str, claim: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, page, _ = explained(capsys, network, "--claim", claim)
    assert (ended, page.splitlines()[2].startswith(said)) == (code, True), page


def test_a_claim_without_a_unit_is_refused_before_any_work(capsys: pytest.CaptureFixture[str]) -> None:
    text = "needs a number and its unit, as in '0.714 GFLOPs', '1.4 GMACs', '60M parameters' or '240 MB'"
    assert explained(capsys, "nowhere.yaml", "--claim", "5") == (2, "", f"archcheck: --claim '5': {text}\n")


def test_json_is_as_its_contract_says(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    bad = "nowhere.yaml"
    code, text, err = explained(
        capsys, network, bad, "--against", "fvcore", "--claim", f"{MACS}MACs", "--format", "json"
    )
    document = json.loads(text)
    jsonschema.validate(document, schema_of("explain"))
    good, failed = document["results"]
    assert code == 2
    assert document["environment"]["torch"] == torch.__version__, "counts may change with PyTorch's version"
    assert err.startswith("archcheck: nowhere.yaml: ")
    assert (failed["against"], failed["claim"]) == ([], None)
    assert good["claim"] == {
        "text": f"{MACS} MACs",
        "quantity": "macs",
        "right": True,
        "readings": [{"amount": MACS, "words": "the number of MACs"}],
    }
    (one,) = good["against"]
    assert (one["macs"], one["amount"], one["difference"]) == (MACS, MACS + NORM + POOL, NORM + POOL)
    assert one["lines"][0] == {"amount": NORM, "why": "batch norm, 2 an element", "layers": ["norm"]}
    for wrong in (
        {"error": "no"},
        {"claim": {**good["claim"], "readings": []}},
        {"claim": {**good["claim"], "quantity": "speed"}},
        {"against": [{**one, "difference": None}]},
        {"against": [{**one, "amount": None}]},
        {"against": [{**one, "unknown": ["pool: never seen"]}]},
        {"against": [{**one, "lines": [{"amount": 1, "why": "one"}]}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, "results": [{**good, **wrong}]}, schema_of("explain"))


def test_json_of_what_is_unknown_is_as_its_contract_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "gelu.yaml"
    spec.write_text("input: [4]\nlayers:\n  a: {Linear: {out_features: 4}}\n  b: GELU\n", encoding="utf-8")
    _, text, _ = explained(capsys, str(spec), "--format", "json")
    jsonschema.validate(json.loads(text), schema_of("explain"))
    told = {one["convention"]: one for one in json.loads(text)["results"][0]["against"]}
    assert (told["netscope"]["amount"], told["netscope"]["difference"], told["netscope"]["lines"]) == (
        None,
        None,
        [],
    )
    assert told["netscope"]["unknown"] == ["b: Netscope has no layer for GELU"]


def test_csv_has_a_row_a_line(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = explained(capsys, network, "--against", "fvcore", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["line"], row["layers"]) for row in rows] == [(str(NORM), "norm"), (str(POOL), "pool")]
    assert {(row["target"], row["convention"], row["macs"], row["unit"]) for row in rows} == {
        ("net.yaml", "fvcore", str(MACS), "flops")
    }


def test_the_real_tool_is_asked_in_a_process_of_its_own(
    network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, page, _ = explained(capsys, network, "--against", "torchinfo", "--ask")
    asked = next(line for line in page.splitlines() if line.startswith("torchinfo, asked"))
    assert asked.split()[2:] == [f"{MACS + 4 * 36 + 8 + 5:,}", "as", "the", "convention", "says"]


def test_a_tool_that_is_not_there_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "installed", lambda name: False)
    assert apart.ask("thop", "x", (), ()) == Answer(None, "thop is not installed: pip install thop")
    assert apart.ask("paper", "x", (), ()) == Answer(None, "paper is no tool that can be asked")


def test_a_child_that_dies_costs_an_answer_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert apart.ask("torchinfo", "x", (), ()) == Answer(None, "torchinfo ended with 1: without a word")


def test_whether_the_tool_meets_its_convention() -> None:
    one = Against("thop", 10, 12, (Line(2, "pooling", ("pool",)),))
    assert (one.difference, one.met) == (2, None)
    assert Against("thop", 10, 12, asked=12).met is True
    assert Against("thop", 10, 12, asked=13).met is False
    assert Against("thop", None, 12).difference is None


# from Python


def test_a_model_is_explained_from_python() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.BatchNorm1d(4)).eval()
    found = archcheck.explain(model, "fvcore", "64 FLOPs", inputs=(1, 8))
    assert [(one.convention, one.macs, one.amount) for one in found.against] == [("fvcore", 32, 32 + 2 * 4)]
    assert found.against[0].lines == (Line(8, "batch norm, 2 an element", ("1",)),)
    assert found.claim is not None
    assert found.claim.right, "2 x 32"


@pytest.mark.parametrize(
    ("against", "claim", "told"),
    [
        ((), None, tuple(CONVENTIONS)),
        ((), "5 MACs", ()),
        ("all", "5 MACs", tuple(CONVENTIONS)),
        (("thop", "paper"), None, ("thop", "paper")),
    ],
)
def test_whose_numbers_are_told(
    network: str, against: str | tuple[str, ...], claim: str | None, told: tuple[str, ...]
) -> None:
    found = archcheck.explain(network, against, claim)
    assert tuple(one.convention for one in found.against) == told


def test_an_error_is_a_field_and_a_convention_that_is_none_is_refused(network: str) -> None:
    found = archcheck.explain("nowhere.yaml")
    assert found.error is not None
    assert found.error.startswith("nowhere.yaml: no such file")
    with pytest.raises(archcheck.UsageError) as raised:
        archcheck.explain(network, "mine")
    assert str(raised.value) == (
        "against mine: no such convention; write all, or one of "
        "torch, fvcore, torchinfo, thop, ptflops, paper, netscope"
    )


def test_what_has_no_name_cannot_be_asked_about_elsewhere() -> None:
    (one,) = archcheck.explain(torch.nn.Linear(8, 4), "thop", inputs=(1, 8), ask=True).against
    text = "another process cannot be given this: name the target, and write inputs and args as text"
    assert (one.amount, one.asked, one.asked_error) == (32, None, text)


def test_asking_without_saying_whom_asks_all(
    network: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "installed", lambda name: False)
    _, page, _ = explained(capsys, network, "--claim", "5 MACs", "--ask")
    assert page.count("is not installed: pip install") == len(apart.TOOLS)


def test_what_a_model_is_called_with_needs_a_model(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = "--input: no target is a Python model, MODULE:OBJECT; a spec says itself what it is given"
    assert explained(capsys, network, "--input", "1,3") == (2, "", f"archcheck: {text}\n")
