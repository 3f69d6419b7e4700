"""The reporter, and what the two processes say to each other: in this process, without a document."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import nn

from archcheck.running.devices import NoWeights, on_device
from archcheck.running.guard import Refused
from archcheck.running.observed import Called, Event, Observed, Skipped, Tree
from archcheck.running.plan import Given, Plan
from archcheck.running.recording import MOST_EVENTS, Recorder
from archcheck.running.values import tree_of
from archcheck.running.wire import (
    At,
    Done,
    Printed,
    Record,
    Request,
    line_of,
    line_of_request,
    record_of,
    request_of,
)


@dataclass
class Output:
    """As models of libraries give it."""

    logits: torch.Tensor
    loss: None = None


TREES = [
    (torch.zeros(2, 3), (2, 3), "a tensor"),
    (torch.zeros(()), (), "a scalar"),
    (torch.zeros(2, 3).shape, (2, 3), "a size"),
    (nn.Parameter(torch.zeros(4)), (4,), "a parameter"),
    (np.zeros((2, 3)), (2, 3), "an array"),
    (400, "int: 400", "a whole number"),
    (True, "bool", "a truth value is no number"),
    (0.5, "float", "a number"),
    (None, "NoneType", "nothing"),
    ([torch.zeros(1), 2], [(1,), "int: 2"], "a list"),
    ((2, 3), ["int: 2", "int: 3"], "a tuple of numbers is no size"),
    ({"a": torch.zeros(1), 3: None}, {"a": (1,), "3": "NoneType"}, "a mapping"),
    (OrderedDict(a=torch.zeros(1)), {"a": (1,)}, "a mapping of another kind"),
    (Output(torch.zeros(1)), {"logits": (1,), "loss": "NoneType"}, "a data class"),
    (nn.Linear(1, 1), "Linear", "a module inside of something"),
    (10**5000, "int", "more digits than Python shows"),
    ([[[[[[[torch.zeros(1)]]]]]]], [[[[[["list"]]]]]], "deeper than anybody looks"),
]


@pytest.mark.parametrize(("value", "tree", "why"), TREES, ids=[row[2] for row in TREES])
def test_tree_of(value: object, tree: Tree, why: str) -> None:
    assert tree_of(value) == tree


def test_a_long_list_is_cut() -> None:
    tree = tree_of([torch.zeros(1)] * 1000)
    assert isinstance(tree, list)
    assert len(tree) == 64


def recorder() -> tuple[Recorder, list[Record]]:
    records: list[Record] = []
    return Recorder(records.append), records


def seen(records: list[Record]) -> list[tuple[int, str, Tree]]:
    return [(one.site, one.role, one.value) for one in records if isinstance(one, Event)]


def test_a_value_is_given_back_as_it_is() -> None:
    known, records = recorder()
    value = torch.zeros(2, 3)
    assert known.value(7, value, 4, "value", {"d": lambda: 3, "no": lambda: 1 / 0, "x": lambda: 0.5}) is value
    assert records == [Event(7, 0, 4, 0, "value", (2, 3), "", None, {"d": 3})]


def test_a_module_reports_whenever_it_runs() -> None:
    known, records = recorder()
    layer = known.value(1, nn.Conv2d(3, 8, 3, stride=2))
    known.value(2, layer)
    known.value(2, layer)
    assert records == []
    layer(torch.zeros(2, 3, 9, 9))
    arguments = {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "stride": 2}
    assert records[0] == Event(1, 0, 0, 0, "input", (2, 3, 9, 9), "Conv2d", arguments)
    assert seen(records) == [
        (1, "input", (2, 3, 9, 9)),
        (2, "input", (2, 3, 9, 9)),
        (1, "output", (2, 8, 4, 4)),
        (2, "output", (2, 8, 4, 4)),
    ]


def test_what_goes_into_an_expression_alone_is_no_report() -> None:
    known, _ = recorder()
    known.value(1, 3, 0, "input")
    layer = known.value(1, nn.Linear(3, 4), 0, "output")
    assert known.reported == set()
    layer(torch.zeros(2, 3))
    assert known.reported == {1}


def test_several_inputs_and_names() -> None:
    known, records = recorder()
    module = known.value(1, nn.Bilinear(2, 3, 4))
    module(torch.zeros(5, 2), torch.zeros(5, 3))
    module(torch.zeros(5, 2), input2=torch.zeros(5, 3))
    received = [value for _, role, value in seen(records) if role == "input"]
    assert received == [[(5, 2), (5, 3)], {"0": (5, 2), "input2": (5, 3)}]


COPIES: list[tuple[Callable[[nn.Module], nn.Module], int, str]] = [
    (copy.deepcopy, 2, "a deep copy is watched too"),
    (copy.copy, 2, "so is a shallow one"),
    (lambda layer: pickle.loads(pickle.dumps(layer)), 0, "a pickle is not, and works"),
    (lambda layer: layer.double().float(), 2, "one that was moved"),
    (lambda layer: nn.Sequential(layer), 2, "one inside another"),
]


@pytest.mark.parametrize(("change", "count", "why"), COPIES, ids=[row[2] for row in COPIES])
def test_a_watched_module_is_as_good_as_any(
    change: Callable[[nn.Module], nn.Module], count: int, why: str
) -> None:
    known, records = recorder()
    layer = change(known.value(1, nn.Linear(2, 3)))
    assert layer(torch.zeros(1, 2)).shape == (1, 3)
    assert len(records) == count
    assert [*layer.state_dict()] == [name for name, _ in layer.named_parameters()]


def test_nothing_is_kept_alive() -> None:
    known, _ = recorder()
    layer, value = known.value(1, nn.Linear(2, 3)), torch.zeros(1, 2)
    with known.counting_calls():
        given = weakref.ref(known.value(2, layer(value)))
    gone = weakref.ref(layer)
    del layer
    gc.collect()
    assert (given(), gone()) == (None, None)


def test_calls_are_numbered_by_the_outermost() -> None:
    known, records = recorder()
    first, second = known.value(1, nn.Linear(2, 2)), known.value(2, nn.Linear(2, 2))
    with known.counting_calls():
        both = nn.Sequential(first, second)
        both(torch.zeros(1, 2))
        first(torch.zeros(1, 2))
        known.value(3, torch.zeros(1))
    assert [(one.site, one.call) for one in records if isinstance(one, Event) and one.role != "input"] == [
        (1, 1),
        (2, 1),
        (1, 2),
        (3, 0),
    ]
    assert known.has_run(second)
    assert type(nn.Module.__call__).__name__ == "function"
    assert nn.Module.__call__.__name__ == "_wrapped_call_impl"


def test_a_call_that_fails_leaves_the_count_as_it_was() -> None:
    known, records = recorder()
    layer = nn.Linear(2, 2)
    with known.counting_calls():
        with pytest.raises(RuntimeError):
            layer(torch.zeros(1, 3))
        assert not known.has_run(layer)
        known.value(1, torch.zeros(1))
    assert isinstance(records[0], Event)
    assert records[0].call == 0


def test_the_same_again_and_again_is_counted() -> None:
    known, records = recorder()
    for _ in range(MOST_EVENTS + 7):
        known.value(1, torch.zeros(1))
    assert len(records) == MOST_EVENTS
    assert known.left_out == 7


def test_what_is_kept_of_a_call_is_all_of_it() -> None:
    known, records = recorder()
    for _ in range(MOST_EVENTS + 7):
        for _ in range(3):
            known.value(1, torch.zeros(1), 0, "input")
        known.value(1, torch.zeros(2), 0, "output")
    roles = [one.role for one in records if isinstance(one, Event)]
    assert roles == ["input", "input", "input", "output"] * MOST_EVENTS


def test_a_call_without_a_frame_shares_its_number_with_none() -> None:
    known, records = recorder()
    entered = known.enter()
    for frame in (None, None, entered):
        known.value(1, torch.zeros(1), frame)
    frames = [one.frame for one in records if isinstance(one, Event)]
    assert len(set(frames)) == 3
    assert min(frames) > 0


class Sly:
    """A value that fails when it is looked at."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise RuntimeError("do not look")


def test_values_that_fail_when_looked_at_are_given_back() -> None:
    known, _ = recorder()
    sly = Sly()
    assert known.value(1, sly) is sly


def test_what_is_printed_belongs_to_a_site() -> None:
    known, records = recorder()
    known.wrote("before\n")
    known.printing(4)
    known.wrote("torch.Size")
    known.wrote("([1])\n")
    known.printing(None)
    known.wrote("after\n")
    known.shown(5, torch.Size([2]))
    known.shown(6, None)
    known.say_printed()
    known.say_printed()
    assert records == [Printed(4, "torch.Size([1])\n"), Printed(5, "torch.Size([2])\n")]


def test_what_is_held_is_as_if_it_had_not_been() -> None:
    known, records = recorder()
    with known.held() as held:
        known.value(1, torch.zeros(1))
    assert (records, known.reported) == ([], set())
    known.say(held)
    assert (len(records), known.reported) == (1, {1})


RECORDS: list[Record] = [
    Event(
        1,
        2,
        3,
        4,
        "input",
        [(1, 2), (), [], {"a": (3,), "list": "int: 4"}],
        "Conv2d",
        {"k": [1, 2]},
        {"d": 3},
    ),
    Event(1, 0, 0, 0, "value", None),
    Skipped(3, "NameError: name 'ä' is not defined", True),
    Called(1, "Net", ((1, 3, 8, 8), ()), "claim"),
    Called(1, "Net", (), "other sizes", "ValueError"),
    Called(1, "Net", ((2, 3, 8, 8), (7,)), "first layer", ours=((0, 2, 3), ())),
    Printed(4, "a\nb"),
    At(7),
    Done(3),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_comes_through(record: Record) -> None:
    line = line_of(record)
    assert line.count("\n") == 1
    assert record_of(line.encode()) == record


BROKEN = [
    "",
    "x",
    "[",
    "3",
    "[]",
    '["Event"]',
    '["Nothing",{}]',
    '["At",{"line":"7"}]',
    '["At",{"line":true}]',
    '["Called",{"turn":1,"what":"","inputs":[["a"]],"origin":"claim","error":null}]',
    '["Called",{"turn":1,"what":"","inputs":[],"origin":"elsewhere","error":null}]',
    line_of(RECORDS[0]).replace('"list"', '"lost"', 1),
    "[" * 100_000,
]


@pytest.mark.parametrize("line", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_record_is_none(line: str) -> None:
    assert record_of(line) is None


def test_a_request_comes_through() -> None:
    given = Given((("N", 3, 8), (2,)), "option", ("x", "y"), ("float32", "int64"), "Net")
    request = Request("a.md", "text\nä", "/x/a.md", Plan("cpu", 3.5, 100, (given,)), 1.5)
    assert request_of(line_of_request(request)) == request
    with pytest.raises(KeyError):
        request_of(json.dumps({"plan": {}}))


def test_observed_is_empty_by_itself() -> None:
    assert Observed("meta") == Observed("meta", (), (), (), None, None, None, 0)


META = torch.device("meta")


def trace(*args: Any) -> Any:
    return cast(Any, torch.jit).trace(*args)


MADE: list[tuple[Callable[[], object], str]] = [
    (lambda: torch.zeros(2), "made"),
    (lambda: torch.zeros(2, device="cuda"), "made elsewhere"),
    (lambda: torch.tensor([1.0]), "made of values"),
    (lambda: torch.zeros(2).to("cuda"), "moved"),
    (lambda: torch.zeros(2).to(torch.device("cuda:1"), torch.float16), "moved and changed"),
    (lambda: torch.zeros(2).to(0), "moved to a number"),
    (lambda: torch.zeros(2).cuda(), "moved by name"),
    (lambda: torch.zeros(2).cpu(), "brought back"),
    (lambda: torch.randn(2, generator=torch.Generator()), "drawn"),
    (lambda: nn.Linear(2, 3).cuda().weight, "a module that is moved"),
    (lambda: nn.Linear(2, 3, device="mps").weight, "a module that is made elsewhere"),
    (lambda: nn.Linear(2, 3).to(device="cuda").weight, "a module moved by name"),
    (lambda: torch.compile(nn.Linear(2, 3))(torch.zeros(1, 2)), "compiled"),
    (lambda: torch.jit.script(nn.Linear(2, 3))(torch.zeros(1, 2)), "scripted"),
    (lambda: trace(nn.Linear(2, 3), torch.zeros(1, 2))(torch.zeros(1, 2)), "traced"),
    (lambda: nn.DataParallel(nn.Linear(2, 3)).cuda()(torch.zeros(1, 2)), "in parallel"),
    (lambda: nn.parallel.DistributedDataParallel(nn.Linear(2, 3))(torch.zeros(1, 2)), "distributed"),
]


@pytest.mark.parametrize(("make", "why"), MADE, ids=[row[1] for row in MADE])
def test_everything_is_on_one_device(make: Callable[[], object], why: str) -> None:
    with on_device(META):
        made = make()
    assert isinstance(made, torch.Tensor)
    assert made.device == META


def test_downloaded_weights_change_nothing() -> None:
    with on_device(torch.device("cpu")):
        layer = nn.Linear(2, 3)
        before = layer.weight.clone()
        layer.load_state_dict(torch.hub.load_state_dict_from_url("https://example.org/a.pth"))
        assert torch.equal(layer.weight, before)
        with pytest.raises(RuntimeError, match="Missing key"):
            layer.load_state_dict({})
    assert NoWeights() == {}


@pytest.mark.parametrize(
    "use",
    [lambda: torch.load("a.pt"), lambda: torch.save({}, "a.pt"), lambda: cast(Any, torch.hub).load("a", "b")],
)
def test_pytorch_touches_no_files(use: Callable[[], object]) -> None:
    with on_device(META), pytest.raises(Refused, match="it would "):
        use()


def test_pytorch_is_put_back() -> None:
    before = (
        torch.compile,
        torch.load,
        torch.save,
        torch.jit.script,
        nn.Module.load_state_dict,
        nn.Module.compile,
    )
    with on_device(META):
        assert torch.compile is not before[0]
    assert before == (
        torch.compile,
        torch.load,
        torch.save,
        torch.jit.script,
        nn.Module.load_state_dict,
        nn.Module.compile,
    )
    assert torch.zeros(1).device.type == "cpu"
