"""`archcheck init`: what is drafted from a model verifies, has its state dict, and gives what the model gives."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archcheck.arguments import Argument, Arguments
from archcheck.checks import make_checks
from archcheck.drafting.builder import LAST_STEP
from archcheck.drafting.drafts import Draft, draft
from archcheck.drafting.moves import reshaping
from archcheck.drafting.yaml_text import NamedBody, NumberedBody, scalar, yaml_of
from archcheck.errors import TargetError
from archcheck.infer import infer
from archcheck.model import compile_spec
from archcheck.observe import observe
from archcheck.resolve import subject_of
from archcheck.spec.load import loads_spec
from archcheck.spec.source import parse
from archcheck.tensors import random_call
from archcheck.units import Shape
from tests import drafted_models as models
from tests.command_line import run
from tests.test_zoo import undrawn
from tests.zoo import ZOO

CPU = torch.device("cpu")
Make = Callable[[], nn.Module]


def drafted(make: Make, arguments: Arguments, claims: str = "layers") -> Draft:
    return draft(subject_of(make, _inputs(arguments)), "net", claims=claims)  # type: ignore[arg-type]


def _inputs(arguments: Arguments) -> object:
    return dict(arguments.by_name) if arguments.by_name else list(arguments.by_place)


def images(side: int = 8, channels: int = 3, batch: int = 2) -> Arguments:
    return Arguments((Argument((batch, channels, side, side)),))


def numbers(*shape: int) -> Arguments:
    return Arguments((Argument(shape),))


def assert_is_the_model(made: Draft, model: nn.Module, arguments: Arguments) -> None:
    """Hold the spec's network, with the model's weights, against the model."""
    spec = loads_spec(made.text, "net")
    inference = infer(spec)
    built = compile_spec(spec, inference, CPU, initialise=False).model
    model = model.eval()
    built.load_state_dict(model.state_dict(), strict=True)
    args, kwargs = random_call(arguments, CPU, torch.float32)
    with torch.no_grad():
        gave, gives = model(*args, **kwargs), built(*args, *kwargs.values())
    torch.testing.assert_close(gives, _first(gave))


def _first(gave: object) -> torch.Tensor:
    while not isinstance(gave, torch.Tensor):
        assert isinstance(gave, tuple | dict)
        gave = next(iter(gave.values())) if isinstance(gave, dict) else gave[0]
    return gave


MODELS = [
    (models.Named, images(), "functions between children, and a view"),
    (models.residual, images(), "residuals, one with a shortcut; an activation that runs twice; in place"),
    (lambda: models.Dense(3, 2, 3), images(), "a list of layers with functions between them"),
    (models.Blocks, images(), "children called `block`"),
    (models.Crossed, images(), "branches of functions, in one of which the ways cross"),
    (models.Gated, images(4, 8), "a product of what it is given, and a number"),
    (models.Tokens, images(), "raw parameters, one for each sample; heads; an index"),
    (models.inherited, images(), "a class that is made from one of PyTorch's"),
    (models.Language, Arguments((Argument((2, 9), "int64", 50),)), "places: part of a table"),
    (models.Two, Arguments((Argument((2, 4)), Argument((2, 5)))), "two inputs"),
    (models.Growing, images(), "a list of maps that grows"),
    (lambda: nn.Sequential(models.OwnWeights()), numbers(2, 4), "a layer's weights in a function"),
    (models.Tied, Arguments((Argument((2, 5), "int64", 9),)), "tied weights"),
    (
        lambda: nn.Sequential(nn.Linear(6, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 2))),
        numbers(2, 6),
        "bodies in bodies",
    ),
    (
        lambda: nn.Sequential(nn.LSTM(4, 5, batch_first=True), models.First()),
        numbers(2, 7, 4),
        "the first of three",
    ),
    (models.Worded, numbers(2, 4), "children called by words of the format"),
    (models.Turns, numbers(2, 4), "lists of layers that take turns"),
    (models.Skips, images(), "what a list's layer gives, taken elsewhere"),
    (models.Excited, images(), "an expansion that a product makes by itself"),
    (models.Stacked, numbers(2, 4), "new axes, and a token that is repeated"),
    (models.Lent, numbers(2, 4), "an activation of two modules"),
]


@pytest.mark.parametrize("claims", ["layers", "stages", "none"])
@pytest.mark.parametrize(("make", "arguments", "why"), MODELS, ids=[why for *_, why in MODELS])
def test_the_draft_is_the_model(make: Make, arguments: Arguments, why: str, claims: str) -> None:
    made = drafted(make, arguments, claims)
    assert made.notes == ()
    torch.manual_seed(0)
    assert_is_the_model(made, make(), arguments)
    spec = loads_spec(made.text, "net")
    inference = infer(spec)
    checks = make_checks(spec, inference, observe(spec, inference, CPU))
    assert {check.status for check in checks if check.claimed} == {"agrees"}


NAMED = """\
# yaml-language-server: $schema=spec.schema.json
# Drafted by `archcheck init` from Named: what it claims is what the model gives, not yet what a document says.
name: net
title: Named
class_name: Named
input: [3, 8, 8]
layers:
  conv: {Conv2d: {out_channels: 4, kernel_size: 3, padding: 1}, output: [4, 8, 8]}
  relu: ReLU
  maxpool2d: {MaxPool2d: {kernel_size: 2}, output: [4, 4, 4]}
  flat: {flatten: {start_dim: 1}, output: [64]}
  head: {Linear: {out_features: 10}, output: [10]}
documented:
  params: 762
  macs: 7552
"""
"""By hand: 4 * 27 + 4 and 64 * 10 + 10 parameters; 64 places of 4 * 27 and 640 multiply-accumulates."""


def test_it_reads_as_people_write_specs() -> None:
    assert drafted(models.Named, images()).text == NAMED


UNSAID = [
    (
        lambda: nn.Sequential(OrderedDict({"a b": nn.Linear(4, 4)})),
        numbers(2, 4),
        "<lambda>: no spec can say: a child called 'a b'; a name is letters, digits, '_' and '-', at most 100, "
        "and no '__' in front (in 'a b')",
    ),
    (
        models.Row,
        numbers(2, 4),
        "Row: no spec can say: what '0' gives is taken where no name reaches it",
    ),
    (
        lambda: models.Head(lambda y, x: None),
        numbers(2, 4),
        "<lambda>: no spec can say: a network that gives no tensor (in the network itself)",
    ),
    (
        lambda: models.Head(models.zeroed),
        numbers(2, 4),
        "<lambda>: no spec can say: takes a tensor that was changed in place, by another name or a part of it "
        "(in the network itself)",
    ),
    (
        lambda: models.Head(models.viewed),
        numbers(2, 4),
        "<lambda>: no spec can say: takes a tensor that was changed in place, by another name or a part of it "
        "(in the network itself)",
    ),
    (
        lambda: models.Head(lambda y, x: torch.sub(y, x, alpha=2)),
        numbers(2, 4),
        "<lambda>: no spec can say: sub with alpha (in the network itself)",
    ),
    (
        lambda: models.Head(lambda y, x: torch.cat([x, y[:, :1].expand_as(x)], 1)),
        numbers(2, 4),
        "<lambda>: no spec can say: expand, of what no sum or product takes (in the network itself)",
    ),
    (
        lambda: models.Head(lambda y, x: y[:, :1].expand_as(x) + x[:, :1].expand_as(y)),
        numbers(2, 4),
        "<lambda>: no spec can say: expand, of what no sum or product takes (in the network itself)",
    ),
    (
        lambda: models.Head(lambda y, x: y.repeat(1, 2)),
        numbers(2, 4),
        "<lambda>: no spec can say: repeat (in the network itself)",
    ),
    (
        lambda: torch.nn.utils.spectral_norm(models.Spare().used),
        numbers(2, 4),
        "<lambda>: no spec can say: the model is a single Linear; put it into an nn.Sequential (in the network itself)",
    ),
    (
        lambda: nn.Sequential(torch.nn.utils.spectral_norm(nn.Linear(4, 3))),
        numbers(2, 4),
        "<lambda>: the draft is not the model: it holds 0.weight, and the model does not",
    ),
    (
        lambda: models.Head(lambda y, x: torch.stack([x, y])),
        numbers(2, 4),
        "<lambda>: the draft is not the model: joined: output is [2, 4] in the model, [2, 1, 4] in the draft",
    ),
    (
        models.Shared,
        numbers(2, 4),
        "Shared: no spec can say: Linear runs again: a layer with parameters runs once (in 'twice')",
    ),
    (
        models.Odd,
        numbers(2, 4),
        "Odd: no spec can say: sort (in 'inner.1', 'inner.2'); add of a number (in 'inner.1', 'inner.2'); "
        "cumsum (in the network itself)",
    ),
    (
        models.Mapped,
        Arguments(({"image": Argument((1, 3)), "mask": Argument((1, 3))},)),
        "Mapped: input1 is a mapping of tensors; a spec's inputs are tensors, each by its name",
    ),
    (
        lambda: nn.Linear(4, 2),
        numbers(1, 4),
        "<lambda>: no spec can say: the model is a single Linear; put it into an nn.Sequential (in the network itself)",
    ),
    (
        models.Named,
        Arguments((Argument((1, 3, 8, 8), "float64"),)),
        "Named: input1 is float64; a spec's inputs are float32, int64, bool",
    ),
]


@pytest.mark.parametrize(("make", "arguments", "message"), UNSAID, ids=[text[:30] for *_, text in UNSAID])
def test_what_no_spec_can_say_is_named(make: Make, arguments: Arguments, message: str) -> None:
    with pytest.raises(TargetError) as caught:
        drafted(make, arguments)
    assert str(caught.value) == message


def last_state(y: Any, x: torch.Tensor) -> torch.Tensor:
    return y[1][0][-1]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "take", "line"), [(nn.LSTM, last_state, 1), (nn.GRU, lambda y, x: y[1][-1], 0)]
)
def test_what_a_layer_gives_beside_its_first_tensor_is_named_with_its_line(
    kind: type[nn.Module], take: Any, line: int
) -> None:
    layer = kind(4, 3, batch_first=True)
    named = take.__code__.co_firstlineno + line
    with pytest.raises(TargetError) as caught:
        drafted(lambda: models.Head(take, layer), numbers(2, 5, 4))
    said = f"takes what {kind.__name__} gives beside its first tensor ('layer'), at "
    assert said in str(caught.value)
    end = f"{Path(__file__).name}:{named}; {LAST_STEP} (in the network itself)"
    assert str(caught.value).endswith(end)


def test_what_does_not_run_is_said() -> None:
    made = drafted(models.Spare, numbers(1, 4))
    assert made.notes == ("the model also holds unused.weight, unused.bias, which the pass did not run",)


def test_what_goes_by_values_is_said() -> None:
    assert drafted(models.Asks, numbers(1, 4)).notes == (
        "the model also holds unused.weight, unused.bias, which the pass did not run",
        "the pass asked for values; on others the model may go another way",
    )


def test_a_batch_axis_that_was_left_out_is_said() -> None:
    with pytest.raises(TargetError) as caught:
        drafted(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 2)), numbers(3, 8, 8))
    assert str(caught.value).endswith("; an input has its batch axis in front: with 1,3,8,8 it runs")


def test_what_fails_with_a_batch_axis_too_is_said_as_it_was() -> None:
    with pytest.raises(TargetError) as caught:
        drafted(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(99, 2)), numbers(3, 8, 8))
    assert "batch axis" not in str(caught.value)


class Again(nn.Module):
    """A layer that runs twice: no spec prints it once."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.act, self.two = nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.two(self.act(self.one(x))))  # type: ignore[no-any-return]


def test_where_the_printed_model_is_another_is_said() -> None:
    apart = "line 5 of the printed model: the model's ), printed (act_2): ReLU()"
    assert drafted(Again, numbers(1, 4)).apart == apart
    assert drafted(lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU()), numbers(1, 4)).apart is None


def test_further_results_are_said() -> None:
    made = drafted(lambda: models.Head(lambda y, x: {"out": y, "rest": (x, y + x)}), numbers(1, 4))
    assert made.notes == ("it gives 3 tensors; the spec gives the first",)


def test_the_model_is_left_as_it_was() -> None:
    model = models.inherited()
    before = {name: vars(module).copy() for name, module in model.named_modules()}
    forward = nn.LayerNorm.forward
    draft(subject_of(model, "1,3,8,8"), "net")
    assert nn.LayerNorm.forward is forward
    assert {name: vars(module) for name, module in model.named_modules()} == before


SHAPES = [
    # before, after, whether its first axis may be the batch, function, arguments
    ((2, 8, 2, 2), (2, 32), True, "flatten", {"start_dim": 1, "end_dim": -1}, "a view of the rest"),
    ((2, 3, 4, 5), (2, 12, 5), True, "flatten", {"start_dim": 1, "end_dim": 2}, "two axes in the middle"),
    ((2, 12, 5), (2, 3, 4, 5), True, "unflatten", {"dim": 1, "sizes": [3, 4]}, "an axis in two"),
    ((8, 5), (2, 4, 5), True, "unflatten", {"dim": 0, "sizes": [-1, 4]}, "the batch comes out of an axis"),
    (
        (8, 5),
        (2, 4, 5),
        False,
        "unflatten",
        {"dim": 0, "sizes": [2, 4]},
        "no batch in it: the size is stated",
    ),
    ((2, 6, 4), (2, 4, 6), True, "reshape", {"shape": [-1, 4, 6]}, "neither: the batch is left open"),
    ((3, 4), (3, 1, 4), True, "unflatten", {"dim": 1, "sizes": [1, 4]}, "a new axis"),
    ((3, 4), (3, 4, 1), True, "unflatten", {"dim": 1, "sizes": [4, 1]}, "a new axis behind"),
    ((3, 4), (1, 3, 4), False, "unflatten", {"dim": 0, "sizes": [1, 3]}, "a new axis in front"),
    (
        (3, 4),
        (1, 3, 4),
        True,
        "unflatten",
        {"dim": 0, "sizes": [1, -1]},
        "the same: the batch stands behind it",
    ),
    ((3, 4), (1, 12), True, "reshape", {"shape": [1, -1]}, "the batch among the features"),
    ((3, 4, 1, 1), (3, 4), True, "flatten", {"start_dim": 1, "end_dim": -1}, "axes of 1 go"),
    ((4, 1), (2, 2), True, "reshape", {"shape": [-1, 2]}, "as many axes, others"),
]


@pytest.mark.parametrize(("before", "after", "batched", "kind", "args", "why"), SHAPES)
def test_reshaping(
    before: Shape, after: Shape, batched: bool, kind: str, args: dict[str, object], why: str
) -> None:
    assert reshaping(before, after, batched=batched) == (kind, args)


SCALARS = [
    (None, "null", "no value"),
    (True, "true", "a truth value"),
    (1e-5, "1e-05", "a small number"),
    ("ReLU", "ReLU", "a word"),
    ("no", '"no"', "a word that YAML 1.1 takes for false"),
    ("${width}", '"${width}"', "braces"),
    ("12", '"12"', "digits, as text"),
    (".output", ".output", "a child's name with a dot in front"),
    (".inf", '".inf"', "what YAML takes for a number"),
    ("a: b", '"a: b"', "a colon"),
]


@pytest.mark.parametrize(("value", "text", "why"), SCALARS)
def test_scalars(value: object, text: str, why: str) -> None:
    assert scalar(value) == text
    assert parse(f"key: {text}", "x").get("key").value == value  # type: ignore[union-attr]


def test_bodies_have_a_line_a_child_and_layers_one_line() -> None:
    layer = {"Conv2d": {"out_channels": 4}, "output": [4, 2, 2]}
    body = NamedBody(a=layer, b=NumberedBody(["ReLU", layer, NumberedBody(["Tanh"])]), c=[])
    assert yaml_of(body) == (
        "a: {Conv2d: {out_channels: 4}, output: [4, 2, 2]}\n"
        "b:\n  - ReLU\n  - Conv2d: {out_channels: 4}\n    output: [4, 2, 2]\n  - - Tanh\nc: []\n"
    )


CANNOT = {
    "clip_text": "argmax (in the network itself); an index by a tensor (in the network itself)",
    "llama_2_7b": "takes a tensor that its code makes by itself (cos) (in 'layers.0'); "
    "takes a tensor that its code makes by itself (sin) (in 'layers.0'); "
    "repeat_interleave (in 'layers.0', 'layers.1')",
    "swin_t": "an index by a tensor (in '3.attn', '4.attn', '6.attn' and 9 more)",
    "t5_small": "pow (in 'encoder.0.norms.0', 'encoder.0.norms.1', 'encoder.1.norms.0' and 29 more); "
    "add of a number (in 'encoder.0.norms.0', 'encoder.0.norms.1', 'encoder.1.norms.0' and 29 more); "
    "rsqrt (in 'encoder.0.norms.0', 'encoder.0.norms.1', 'encoder.1.norms.0' and 29 more); "
    "takes a tensor that its code makes by itself (add) "
    "(in 'encoder.0.attend.distance', 'decoder.0.attend.distance'); "
    "Embedding runs again: a layer with parameters runs once (in 'shared')",
    "transformer_base": "takes a tensor that its code makes by itself (flatten) (in the network itself); "
    "Embedding runs again: a layer with parameters runs once (in 'embedding')",
}
"""The architectures that no spec can be drafted from, and why, in small."""

FAST = (
    "alexnet",
    "convnext_tiny",
    "dcgan_generator",
    "googlenet",
    "gpt2",
    "lstm",
    "mobilenet_v3_small",
    "resnet18",
    "vit_b_16",
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (name not in FAST))
        for name in sorted(set(ZOO) - set(CANNOT))
    ],
)
def test_real_architectures(name: str) -> None:
    architecture = ZOO[name]
    with undrawn():
        made = drafted(architecture.small, architecture.small_arguments, "none")
        model = architecture.small()
    params, macs = sum(one.numel() for one in model.parameters()), infer(loads_spec(made.text, name)).macs
    assert made.text.endswith(f"\ndocumented:\n  params: {params}\n  macs: {macs}\n")
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.01, 0.02)
    assert_is_the_model(made, model, architecture.small_arguments)


@pytest.mark.parametrize("name", sorted(CANNOT))
def test_architectures_that_no_spec_says(name: str) -> None:
    with pytest.raises(TargetError) as caught:
        drafted(ZOO[name].small, ZOO[name].small_arguments)
    assert str(caught.value).partition(": no spec can say: ")[2] == CANNOT[name]


def test_how_many_architectures_are_drafted() -> None:
    assert (len(ZOO), len(set(ZOO) - set(CANNOT))) == (37, 32)


def test_full_size_numbers_are_the_published(tmp_path: Path) -> None:
    made = drafted(ZOO["resnet50"].make, ZOO["resnet50"].arguments)
    assert "  params: 25557032\n" in made.text  # https://docs.pytorch.org/vision/stable/models.html
    assert made.text.count("\n") < 120


CODE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Linear(width, 2))

    def forward(self, x):
        return self.body(x)

class Sorts(Net):
    def forward(self, x):
        return torch.sort(self.body(x))[0]
"""
WRITTEN = (
    "specs/net.yaml: 16 lines, 3 layers and functions, 4 claims that hold; "
    "`archcheck verify specs/net.yaml` runs it\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_written_that_verifies_at_once(folder: Path) -> None:
    done = run("init", "net.py:Net", "--input", "1,3", "--arg", "width=5", "-o", "specs/net.yaml")
    assert (done.exit_code, done.stdout, done.stderr) == (0, WRITTEN, "")
    text = (folder / "specs/net.yaml").read_text(encoding="utf-8")
    assert "- Linear: {out_features: 5}\n      output: [5]\n" in text
    schema = text.splitlines()[0].partition("$schema=")[2]
    assert (folder / "specs" / schema).is_file()
    assert run("verify", "specs/net.yaml", "--device", "cpu").exit_code == 0


REFUSED = [
    (
        ("net.py:Net", "--input", "1,3", "-o", "there.yaml"),
        "-o there.yaml: is there already, and a spec is not replaced; name another file",
        "never over a file",
    ),
    (
        ("there.yaml",),
        "there.yaml: is no Python model and no document; write MODULE:OBJECT, FILE.py:OBJECT or FILE.md",
        "a spec is one already",
    ),
    (("nowhere.md",), "nowhere.md: no such file", "a document that is not there"),
    (
        ("net.py:Sorts", "--input", "1,3", "-o", "new.yaml"),
        "net.py:Sorts: no spec can say: sort (in the network itself)",
        "what the format lacks",
    ),
    (("net.py:Net", "--input", "1,4", "-o", "new.yaml"), None, "the model's own error"),
    (
        ("net.py:Net", "--input", "1,3", "-o", "nowhere/new.yaml"),
        "nowhere/new.yaml: cannot be written: No such file or directory",
        "no such folder",
    ),
]


@pytest.mark.parametrize(("words", "message", "why"), REFUSED, ids=[why for *_, why in REFUSED])
def test_refusals_are_a_line_and_leave_files_alone(
    folder: Path, words: tuple[str, ...], message: str | None, why: str
) -> None:
    (folder / "there.yaml").write_text("mine", encoding="utf-8")
    done = run("init", *words)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert message is None or done.stderr == f"archcheck: {message}\n"
    assert (folder / "there.yaml").read_text(encoding="utf-8") == "mine"
    assert not (folder / "new.yaml").exists()
