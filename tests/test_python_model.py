"""Python models as targets: what can be named, made, called, copied; and one line for all that their code raises."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn

import archcheck
from archcheck import targets, user_code
from archcheck.arguments import Argument, Arguments
from archcheck.cli.work import for_models
from archcheck.errors import TargetError, UsageError
from archcheck.python_model import copied
from archcheck.resolve import subject_of
from archcheck.tensors import arguments_of, tensors_in
from archcheck.user_code import UserCode

# PyTorch's own imports warn, newer ones where a TorchScript is made.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*torch.jit.*:DeprecationWarning", "ignore:.*torch.jit.*:FutureWarning"
)

CPU, META = torch.device("cpu"), torch.device("meta")
QUICK = archcheck.Settings(repeat=1, warmup_s=0, witnesses=False, ceilings=False, memory=False)

NETS = """
import random, sys
import torch
from torch import nn

print("imported")
weights = {}
shared = nn.Linear(4, 2)

class Net(nn.Module):
    def __init__(self, width=8, deep=False):
        super().__init__()
        if width < 1:
            raise ValueError("no such width\\nand more")
        self.a, self.b = nn.Linear(4, width), nn.Linear(width, 2)

    def forward(self, x, mask=None):
        random.random()
        print("run")
        return self.b(self.a(x).relu())

class Says(Net):
    example_input_array = torch.zeros(3, 4)

class SaysByName(Net):
    @property
    def dummy_inputs(self):
        return {"x": torch.zeros(5, 4), "mask": torch.tensor([[7, 2]])}

class Looks(Net):
    def __init__(self):
        super().__init__()
        self.rate = torch.linspace(0, 1, 3)[1].item()

class Nothing(nn.Module):
    def forward(self):
        return torch.ones(3) + 1

class Fails(Net):
    def forward(self, x):
        raise KeyError("gone")

def make(num_classes, *, pretrained=True):
    return nn.Linear(4, num_classes, bias=pretrained)

def anything(**words):
    return nn.Linear(**words)

def held():
    return shared

def pair():
    return nn.Linear(1, 1), None

def count():
    return 3

class Endless(Net):
    def forward(self, x):
        return self.forward(x.relu())

def leaves():
    sys.exit(3)

class Space:
    net = Net
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_modules: None) -> Path:
    (tmp_path / "nets.py").write_text(NETS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


COUNTED = [  # parameters and MACs by hand: in*out + out, in*out
    # target, inputs, args, params, macs, why
    ("nets:Net", ["1,4"], [], 58, 48, "a class: 4*8 + 8 + 8*2 + 2; 4*8 + 8*2"),
    ("nets.py:Net", ["1x4"], ["width=16"], 114, 96, "a class in a file: 4*16 + 16 + 16*2 + 2"),
    ("nets:Net", ["3,4"], [], 58, 144, "three samples: costs are of what was typed"),
    ("nets:Net", ["x=1,4", "mask=1:bool"], [], 58, 48, "by name"),
    ("nets:make", ["1,4"], ["num_classes=10"], 50, 40, "a function"),
    ("nets:make", ["1,4"], ["num_classes=10", "pretrained=false"], 40, 40, "two arguments"),
    ("nets:anything", ["1,4"], ["in_features=4", "out_features=3"], 15, 12, "a function that takes any"),
    ("nets:shared", ["1,4"], [], 10, 8, "a module"),
    ("nets:held", ["1,4"], [], 10, 8, "a function that gives a module that stands already"),
    ("nets:Space.net", ["1,4"], [], 58, 48, "an object in an object"),
    ("nets:Looks", ["1,4"], [], 58, 48, "cannot be built without values"),
    ("nets:Says", [], [], 58, 144, "Lightning's example_input_array has three samples"),
    ("nets:SaysByName", [], [], 58, 240, "Hugging Face's dummy_inputs has five samples"),
    ("nets:Nothing", [], [], 0, 0, "a forward without arguments"),
    ("torch.nn:Linear", ["1,4"], ["in_features=4", "out_features=3"], 15, 12, "an installed module"),
]


@pytest.mark.parametrize(("target", "inputs", "args", "params", "macs", "why"), COUNTED)
def test_what_can_be_named(
    target: str, inputs: list[str], args: list[str], params: int, macs: int, why: str
) -> None:
    counted = archcheck.count(target, inputs, args)
    assert counted.operations is not None
    assert (counted.params, counted.operations.mul_adds) == (params, macs), why


def test_what_a_model_says_of_its_inputs_is_read_with_types_and_bounds() -> None:
    said = subject_of("nets:SaysByName").arguments
    assert said == Arguments((), {"x": Argument((5, 4)), "mask": Argument((1, 2), "int64", 8)})


def place(text: str) -> str:
    """Return where the first line with `text` stands in `nets.py`."""
    return f"nets.py:{1 + next(at for at, line in enumerate(NETS.splitlines()) if text in line)}"


SEE = '; `python -c "import nets as m; m.{}"` shows the whole traceback'

REFUSED = [
    # target, inputs, args, message
    ("nets:weights", [], [],
     "nets:weights: is a dict, not a torch.nn.Module, a class of one or a function that makes one"),
    ("nets:Nett", [], [], "nets:Nett: nets has no 'Nett'; did you mean 'Net'?"),
    ("nets:Space.nett", [], [], "nets:Space.nett: nets.Space has no 'nett'; did you mean 'net'?"),
    ("netz:Net", [], [], "netz:Net: no module 'netz', in this folder or installed; did you mean 'nets'?"),
    ("torch.nnn:Linear", [], [],
     "torch.nnn:Linear: no module 'torch.nnn', in this folder or installed; did you mean 'torch.nn'?"),
    ("nets:Net", ["1,4"], ["widht=3"], "nets:Net: no argument 'widht'; did you mean 'width'?"),
    ("nets:held", ["1,4"], ["k=3"], "nets:held: no argument 'k'; it takes none"),
    ("nets:Net", ["1,4"], ["qq=3"], "nets:Net: no argument 'qq'; it takes width, deep"),
    ("nets:make", ["1,4"], [], "nets:make: needs num_classes; write --arg num_classes=VALUE"),
    ("nets:shared", ["1,4"], ["k=3"],
     "nets:shared: is a model already; --arg is for a class or a function that makes one"),
    ("nets:pair", ["1,4"], [], "nets:pair: gave a tuple, not a torch.nn.Module"),
    ("nets:count", ["1,4"], [], "nets:count: gave an int, not a torch.nn.Module"),
    ("nets:Net", ["1,4"], ["width=0"],
     f"nets:Net: making it raised ValueError at {place('no such width')}: no such width" + SEE.format("Net(width=0)")),
    ("nets:leaves", ["1,4"], [],
     f"nets:leaves: making it raised SystemExit at {place('exit(3)')}: 3" + SEE.format("leaves()")),
    ("nets:Fails", ["1,4"], [], f"nets:Fails: its forward raised KeyError at {place('KeyError')}: 'gone'"),
    ("nets:Net", ["1,5"], [],
     f"nets:Net: its forward raised RuntimeError at {place('relu()')}: "
     "a and b must have same reduction dim, but got [1, 5] X [4, 8]."),
    ("nets:Net", ["1,4", "1,4", "1"], [],
     "nets:Net: too many positional arguments, by what --input says; it is forward(x, mask=None)"),
    ("nets:Net", [], [],
     "nets:Net: needs --input, one for each of forward(x, mask=None): a shape, batch axis included, as --input "
     "1,3,224,224 or --input 'mask=1,128:int64<30522'"),
    ("torch.nn:LazyLinear", ["1,4"], ["out_features=3"],
     "torch.nn:LazyLinear: the model (LazyLinear) does not know its sizes until it has run; write them out, or name a "
     "function that runs the model once and returns it"),
    ("alexnet_half", ["1,4"], [],
     "alexnet_half: a spec says itself what it is called with; --input and --arg are for a Python model"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "inputs", "args", "message"), REFUSED)
def test_refusals(target: str, inputs: list[str], args: list[str], message: str) -> None:
    with pytest.raises(TargetError) as caught:
        archcheck.count(target, inputs, args)
    assert str(caught.value) == message


def test_a_recursion_without_end_is_the_models_wherever_it_stops() -> None:
    # the last call of it may be ours, for the calls are counted by our code
    with pytest.raises(TargetError, match=r"^nets:Endless: its forward raised RecursionError at .*: maximum"):
        archcheck.count("nets:Endless", ["1,4"])
    ours = compile("raise RecursionError('too deep')", user_code.__file__, "exec")
    running = UserCode("me", tuple(sys.path)).running("its forward")
    with (
        pytest.raises(TargetError, match=r"^me: its forward raised RecursionError at .*: too deep$"),
        running,
    ):
        exec(ours)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nots_there\n", "importing it raised ModuleNotFoundError at broken.py:1: No module named 'nots_there'"),
        ("x = 1\nraise OSError\n", "importing it raised OSError at broken.py:2: no message"),
        ("def f(:\n", "importing it raised SyntaxError at broken.py:1: invalid syntax (broken.py, line 1)"),
        ("import json\njson.loads('{')\n", "importing it raised JSONDecodeError at broken.py:2: "
         "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ],
)  # fmt: skip
def test_code_that_cannot_be_imported(folder: Path, text: str, told: str) -> None:
    (folder / "broken.py").write_text(text, encoding="utf-8")
    with pytest.raises(TargetError) as caught:
        subject_of("broken:Net", "1,4")
    look = '; `python -c "import broken as m"` shows the whole traceback'
    assert str(caught.value) == f"broken:Net: {told}{look}"
    assert "broken" not in sys.modules


def test_a_file_in_a_package_has_its_neighbours(folder: Path) -> None:
    package = folder / "deep" / "mynets"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "parts.py").write_text("from torch.nn import Linear\n", encoding="utf-8")
    (package / "net.py").write_text(
        "from .parts import Linear\ndef net():\n    from . import parts\n    return parts.Linear(4, 2)\n",
        encoding="utf-8",
    )
    before = list(sys.path)
    assert archcheck.count("deep/mynets/net.py:net", "1,4").params == 10
    assert sys.modules["mynets.net"].__package__ == "mynets"
    assert sys.path == before


def test_a_file_beside_which_others_stand_imports_them_late(folder: Path) -> None:
    (folder / "far").mkdir()
    (folder / "far" / "far_net.py").write_text(
        "def net():\n    import far_parts\n    return far_parts.Linear(4, 2)\n", encoding="utf-8"
    )
    (folder / "far" / "far_parts.py").write_text("from torch.nn import Linear\n", encoding="utf-8")
    assert archcheck.count("far/far_net.py:net", "1,4").params == 10


def test_a_file_with_the_name_of_another_module_is_itself(folder: Path) -> None:
    (folder / "json.py").write_text("from torch.nn import Identity\n", encoding="utf-8")
    assert archcheck.count("json.py:Identity", "1,4").outputs == ((1, 4),)
    assert sys.modules["json"] is json


def test_a_bug_of_ours_is_not_told_as_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("nets:Net", "1,4")
    with pytest.raises(TargetError), subject.running():
        torch.zeros(2).reshape(3)
    with pytest.raises(UsageError), subject.running():
        archcheck.Settings(batch=0)


class Beyond(nn.Module):
    def forward(self, x: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        return torch.index_select(x, 0, ids + 4)


def test_what_a_compiled_function_raises_on_real_values_is_told_in_a_line() -> None:
    """It leaves no trace of its own: the innermost is ours, which only handed the call on."""
    profile = archcheck.profile(Beyond, "cpu", archcheck.Settings(), inputs=["4,2", "3:int64<2"])
    assert profile.error is not None
    assert re.fullmatch(
        r"Beyond: its forward raised IndexError at \S+test_python_model.py:\d+: index out of range in self",
        profile.error,
    )


def test_what_is_printed_goes_to_stderr(folder: Path) -> None:
    words = [
        "profile",
        "nets:Net",
        "--input",
        "1,4",
        "--device",
        "meta",
        "--repeat",
        "1",
        "--no-witnesses",
        "--format",
        "json",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "archcheck", *words, "--no-memory", "--no-ceilings"],
        capture_output=True, text=True, check=True, cwd=folder,
    )  # fmt: skip
    (result,) = json.loads(done.stdout)["results"]
    assert (result["target"], result["totals"]["macs"]) == ("nets:Net", 48)
    assert done.stderr.startswith("imported\n")
    assert "run\n" in done.stderr


def test_a_bad_model_costs_another_nothing() -> None:
    bad, good = (archcheck.profile(name, "cpu", QUICK, inputs="1,4") for name in ("nets:Fails", "nets:Net"))
    assert bad.error == f"nets:Fails: its forward raised KeyError at {place('KeyError')}: 'gone'"
    assert (good.error, good.macs, good.batch) == (None, 48, 1)


def test_the_batch_is_as_typed_or_as_said() -> None:
    typed = archcheck.profile("nets:Net", "meta", QUICK, inputs="3,4")
    said = archcheck.profile("nets:Net", "meta", archcheck.Settings(batch=7, witnesses=False), inputs="3,4")
    assert (typed.batch, said.batch) == (3, 7)
    assert said.input == ((3, 4),)


class TinyNet(nn.Module):
    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.a = nn.Linear(4, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.a(x)
        return made


@pytest.mark.parametrize(
    "inputs",
    [
        (1, 4), [1, 4], torch.Size((1, 4)), "1,4", ["1x4"], [(1, 4)], torch.zeros(1, 4), [torch.zeros(1, 4)],
        {"x": (1, 4)}, {"x": "1x4"}, ["x=1,4"], [Argument((1, 4))],
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize(
    "target", [TinyNet, TinyNet(), lambda: TinyNet()], ids=["class", "module", "function"]
)
def test_modules_from_python(target: Any, inputs: Any) -> None:
    assert archcheck.count(target, inputs).params == 15
    assert archcheck.profile(target, "meta", QUICK, inputs=inputs).macs == 12


def test_a_class_from_python_takes_arguments() -> None:
    assert archcheck.count(TinyNet, (1, 4), {"width": 5}).params == 25
    assert archcheck.profile(TinyNet, "meta", QUICK, inputs=(1, 4), args={"width": 5}).params == 25
    failed = archcheck.profile(TinyNet, "meta", QUICK, inputs=(1, 4), args={"wide": 5})
    assert (failed.target, failed.error) == ("TinyNet", "TinyNet: no argument 'wide'; did you mean 'width'?")


def test_inputs_that_say_nothing() -> None:
    with pytest.raises(UsageError) as caught:
        arguments_of([object()])
    assert str(caught.value) == "inputs: a object is no shape, tensor or text, nor a tuple or dict of these"


Pair = namedtuple("Pair", "one two")


@dataclass
class Output:
    logits: torch.Tensor
    hidden: Any = None


ONES = torch.ones(1, 4)


@pytest.mark.parametrize(
    ("value", "shapes", "why"),
    [
        (ONES, [(1, 4)], "a tensor"),
        ((ONES, [ONES, None]), [(1, 4), (1, 4)], "a list in a tuple"),
        ({"a": ONES, "b": {"c": (ONES,)}}, [(1, 4), (1, 4)], "a dict in a dict"),
        (Pair(ONES, 3), [(1, 4)], "a named tuple"),
        (Output(ONES, (ONES, ONES)), [(1, 4), (1, 4), (1, 4)], "a data class"),
        (Output, [], "a class is no value"),
        ("text", [], "a text is no sequence of tensors"),
    ],
)
def test_tensors_in_a_value(value: object, shapes: list[tuple[int, ...]], why: str) -> None:
    assert [tuple(one.shape) for one in tensors_in(value)] == shapes, why


class Wraps(nn.Module):
    """Gives what it is given and what a layer makes of it, in a value of some kind."""

    def __init__(self, give: str) -> None:
        super().__init__()
        self.a, self.give = nn.Linear(4, 4), give

    def forward(self, x: Any) -> Any:
        image = x["image"] if isinstance(x, dict) else x[0] if isinstance(x, tuple) else x
        made = self.a(image)
        return {"dict": {"out": made}, "tuple": (made, image), "named": Pair(made, 1), "data": Output(made)}[
            self.give
        ]


@pytest.mark.parametrize("given", ["1,4", "{image: 1x4, ids: 1x7:int64<5}", "[1x4, 1x9]"])
@pytest.mark.parametrize("give", ["dict", "tuple", "named", "data"])
def test_dicts_and_tuples_go_in_and_out(given: str, give: str) -> None:
    settings = archcheck.Settings(repeat=1, warmup_s=0, witnesses=False, ceilings=False, mode="train")
    done = archcheck.profile(lambda: Wraps(give), "cpu", settings, inputs=given)
    assert (done.error, done.params, done.macs) == (None, 20, 16)
    assert done.latency is not None
    assert done.layers[-1].output == (4,)
    assert done.measured is not None
    assert done.measured.gradients == 20 * 4  # it was trained: every output was found


@pytest.mark.parametrize(
    "wrap",
    [
        torch.compile,
        nn.DataParallel,
        lambda model: torch.compile(nn.DataParallel(model)),
        lambda model: model,
    ],
    ids=["compile", "parallel", "both", "neither"],
)
def test_wrappers_are_taken_off(wrap: Any) -> None:
    counted = archcheck.count(wrap(TinyNet()), (1, 4))
    assert [(call.path, call.params) for call in counted.calls] == [("a", 15)]


class Around(nn.Module):
    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside, self.last = inside, nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.last(self.inside(x))
        return made


@pytest.mark.parametrize("held", [False, True], ids=["function", "module"])
def test_what_is_compiled_inside_runs_its_own_code(held: bool) -> None:
    def build() -> nn.Module:
        return Around(torch.compile(TinyNet()))  # type: ignore[arg-type]

    make: Any = build() if held else build
    counted = archcheck.count(make, (1, 4))
    profiled = archcheck.profile(make, "cpu", QUICK, inputs=(1, 4))
    assert [call.path for call in counted.calls] == ["inside.a", "last"]
    assert [(row.layer, row.latency_ms is not None) for row in profiled.layers] == [
        ("inside.a", True),
        ("last", True),
    ]


@pytest.mark.parametrize("script", ["script", "trace"])
def test_torchscript_is_one_row(script: str) -> None:
    trace: Any = torch.jit.trace
    made = torch.jit.script(TinyNet()) if script == "script" else trace(TinyNet(), torch.zeros(1, 4))
    for model, rows in (
        (made, [("", "TinyNet", 15, 12)]),
        (Around(made), [("inside", "TinyNet", 15, 12), ("last", "Linear", 8, 6)]),
    ):
        counted = archcheck.count(model, (1, 4))
        found = [
            (one.path, one.type, one.params, one.operations and one.operations.mul_adds)
            for one in counted.calls
        ]
        assert found == rows
        assert archcheck.profile(model, "cpu", QUICK, inputs=(1, 4)).macs == sum(row[3] for row in rows)


def test_hooks_run_and_stay() -> None:
    model, seen = TinyNet(), []
    model.a.register_forward_hook(lambda module, given, gave: seen.append(tuple(gave.shape)))
    assert archcheck.count(model, (1, 4)).params == 15
    assert seen == [(1, 3)]


def test_a_copy_shares_nothing_and_keeps_what_is_tied() -> None:
    model: Any = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.LSTM(4, 4), nn.BatchNorm1d(4))
    model[1].weight = model[0].weight
    model[0].cached = model[0].weight * 2  # has a history, which no deep copy can take along
    made: Any = copied(model, CPU)
    assert made[0].weight is made[1].weight
    assert list(made.state_dict()) == list(model.state_dict())
    ours, theirs = ({one.data_ptr() for one in net.state_dict().values()} for net in (made, model))
    assert not ours & theirs
    assert all(
        torch.equal(*pair)
        for pair in zip(made.state_dict().values(), model.state_dict().values(), strict=True)
    )
    assert (made.training, model.training) == (False, True)
    assert all(one.is_meta for one in copied(model, META).state_dict().values())


class Stubborn(TinyNet):
    def __deepcopy__(self, memo: object) -> Stubborn:
        raise TypeError("one of a kind")


def test_what_cannot_be_copied_says_so() -> None:
    error = archcheck.profile(Stubborn(), "cpu", QUICK, inputs=(1, 4)).error
    assert error is not None
    assert error.startswith(
        "Stubborn: copying it (a function that makes the model needs no copy) raised TypeError at "
    )
    assert error.endswith(": one of a kind")
    assert archcheck.count(Stubborn(), (1, 4)).params == 15  # counting needs none
    assert archcheck.profile(Stubborn, "cpu", QUICK, inputs=(1, 4)).error is None


def test_a_held_module_is_not_the_one_that_is_trained() -> None:
    model = TinyNet()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for target in (model, lambda: model):
        made = subject_of(target, (1, 4)).make(CPU, True).model
        assert made is not model
        with torch.no_grad():
            for parameter in made.parameters():
                parameter.add_(1)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_input_without_a_python_model_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        for_models(["alexnet_half"], [], ["k=1"])
    assert str(caught.value) == (
        "--arg: no target is a Python model, MODULE:OBJECT; a spec says itself what it is given"
    )
    given = for_models(["alexnet_half", "nets:Net"], ["1,4"], [])
    assert [given(one) for one in targets.find(["alexnet_half", "nets:Net"])] == [
        {},
        {"inputs": ["1,4"], "args": []},
    ]


def test_a_spec_never_imports_code(folder: Path) -> None:
    (folder / "evil_nets.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    spec = dedent("""
        input: [4]
        layers:
          - "evil_nets:Net": {}
    """)
    (folder / "evil.yaml").write_text(spec, encoding="utf-8")
    assert archcheck.profile("evil.yaml", "meta", QUICK).error is not None
    assert "evil_nets" not in sys.modules
    assert targets.find(["evil.yaml"])[0].python is None


class Looks(nn.Module):
    """Looks at values in training, as masks that are drawn with NumPy make a network do."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gave: torch.Tensor = self.line(x)
        return gave * x.sum().item() if self.training else gave


def test_a_model_without_values_that_needs_them_is_told_so_in_a_line() -> None:
    model = Looks().to("meta").eval()
    assert _macs(archcheck.count(model, (1, 4))) == 8
    with pytest.raises(archcheck.TargetError) as error:
        archcheck.count(model, (1, 4), train=True)
    assert str(error.value) == (
        "Looks: its weights lie on the meta device, without values, and this needs them: "
        "name a function that makes it"
    )
    assert _macs(archcheck.count(Looks, (1, 4), train=True)) == 8


def _macs(count: archcheck.Count) -> int | None:
    return None if count.operations is None else count.operations.mul_adds
