"""The tables of what `torch.nn` takes, held against the installed PyTorch, and what is said of a value."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archcheck.spec import signatures
from archcheck.spec.signatures import (
    FUNCTIONS,
    Argument,
    closest,
    initialiser,
    initialisers,
    kinds,
    needs,
    problem,
    shown,
    signature,
)
from tests import generate
from tests.generators import torch_nn

TABLES = {
    "nn": {kind: signature(kind) for kind in kinds()},
    "init": {name: initialiser(name) for name in initialisers()},
    "archcheck": {name: signature(name) for name in FUNCTIONS},
}
ARGUMENTS = [
    pytest.param(argument, id=f"{table}.{kind}.{argument.name}")
    for table, taken in TABLES.items()
    for kind, found in taken.items()
    if found is not None
    for argument in found.arguments
]
SAMPLES = {"bool": True, "int": 4, "float": 0.5, "size": 1, "free size": 1, "ratio": 0.5, "ints": (2, 2)}
NO_SAMPLE = {
    "padding_idx": "must be less than the number of embeddings",
    "proj_size": "must be less than hidden_size",
    "output_ratio": "either this or output_size",
    "max_val": "must be greater than min_val",
    "min_value": "deprecated, and warns",
    "max_value": "deprecated, and warns",
}


def argument(kind: str, name: str) -> Argument:
    taken = signature(kind) or initialiser(kind)
    assert taken is not None, f"no {kind}"
    found = taken.get(name)
    assert found is not None, f"{kind} has no {name}"
    return found


def sample(argument: Argument) -> object:
    """Return a value that the argument's record allows: a list of the right length where it may be one."""
    if argument.type == "choice":
        return argument.choices[-1]
    plain = SAMPLES[argument.type]
    return (plain,) * argument.sides if argument.sides else plain


# The tables against PyTorch


def test_the_table_is_what_the_installed_torch_says() -> None:
    """Of each PyTorch that is supported: one with other arguments fails here."""
    assert generate.stale(torch_nn.files()) == []


def test_every_module_that_can_run_is_in_the_table_or_left_out_for_a_reason() -> None:
    public = {
        name for name, value in vars(nn).items() if isinstance(value, type) and issubclass(value, nn.Module)
    }
    assert public - set(kinds()) == {
        *(name for name in public if name.startswith("Lazy") or name.endswith("Loss")),
        *("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Container", "Module"),
        *("RNNBase", "RNNCellBase", "NLLLoss2d", "DataParallel", "TransformerEncoder", "TransformerDecoder"),
    }


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
@pytest.mark.parametrize("kind", kinds())
def test_torch_takes_what_the_table_allows(kind: str) -> None:
    found = signature(kind)
    assert found is not None
    arguments: dict[str, Any] = {
        each.name: sample(each) for each in found.arguments if each.name not in NO_SAMPLE
    }
    assert isinstance(getattr(nn, kind)(**arguments), nn.Module)


@pytest.mark.parametrize("name", initialisers())
def test_torch_init_takes_what_the_table_allows(name: str) -> None:
    found = initialiser(name)
    assert found is not None
    arguments: dict[str, Any] = {each.name: sample(each) for each in found.arguments}
    weight = torch.empty(4, 4, 4) if name == "dirac_" else torch.empty(4, 4)
    assert getattr(nn.init, name)(weight, **arguments) is weight


IMAGES = torch.zeros(1, 4, 16, 16)
SIGNAL = torch.zeros(1, 4, 16)
REFUSED_BY_BOTH = [
    # kind, argument, value, the other arguments, input; torch's annotations allow each of these
    ("MaxPool2d", "kernel_size", [2, 2, 2], {}, IMAGES),
    ("MaxPool1d", "stride", [2, 2], {"kernel_size": 2}, SIGNAL),
    ("LPPool1d", "kernel_size", [3], {"norm_type": 2}, SIGNAL),
    ("LPPool2d", "kernel_size", [3, 3, 3], {"norm_type": 2}, IMAGES),
    ("Unfold", "kernel_size", [2, 2, 2], {}, IMAGES),
    ("Fold", "output_size", [4], {"kernel_size": 2}, torch.zeros(1, 4, 9)),
    ("AdaptiveAvgPool1d", "output_size", [None], {}, SIGNAL),
    ("AdaptiveAvgPool2d", "output_size", None, {}, IMAGES),
    ("AdaptiveMaxPool3d", "output_size", None, {}, torch.zeros(1, 1, 4, 4, 4)),
    ("Conv2d", "padding", "zeros", {"in_channels": 4, "out_channels": 4, "kernel_size": 3}, IMAGES),
    ("ConvTranspose2d", "padding", "same", {"in_channels": 4, "out_channels": 4, "kernel_size": 3}, IMAGES),
    (
        "ConvTranspose1d",
        "padding_mode",
        "reflect",
        {"in_channels": 4, "out_channels": 4, "kernel_size": 3},
        SIGNAL,
    ),
    ("Upsample", "mode", "lanczos", {"scale_factor": 2.0}, IMAGES),
    ("GELU", "approximate", "erf", {}, SIGNAL),
    ("RNN", "nonlinearity", "sigmoid", {"input_size": 16, "hidden_size": 4}, SIGNAL),
    ("TransformerEncoderLayer", "activation", "silu", {"d_model": 16, "nhead": 2}, SIGNAL),
]


@pytest.mark.parametrize(("kind", "name", "value", "others", "x"), REFUSED_BY_BOTH)
def test_what_torch_refuses_in_spite_of_its_annotations_is_refused(
    kind: str, name: str, value: object, others: dict[str, Any], x: torch.Tensor
) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError, NotImplementedError)):
        getattr(nn, kind)(**others, **{name: value})(x)
    assert problem(argument(kind, name), value) is not None


@pytest.mark.parametrize("each", ARGUMENTS)
def test_a_default_is_a_value_and_a_required_argument_has_none(each: Argument) -> None:
    assert each.default is None if each.required else problem(each, each.default) is None
    assert problem(each, sample(each)) is None
    assert problem(each, {}) is not None  # and yet not everything is


# The records


def test_signatures_read_as_pytorch_writes_them() -> None:
    linear = signature("Linear")
    assert linear is not None
    assert linear.names == ("in_features", "out_features", "bias")
    assert linear.arguments == (
        Argument("in_features", "int", required=True),
        Argument("out_features", "int", required=True),
        Argument("bias", "bool", default=True),
    )
    assert linear.get("dtype") is None


ROWS = [
    # kind, argument, the record; by the docs of each at https://docs.pytorch.org/docs/stable/nn.html
    ("Conv2d", "padding", Argument("padding", "size", 0, sides=2, choices=("valid", "same"))),
    ("MaxPool3d", "stride", Argument("stride", "size", None, nullable=True, sides=3)),
    ("ZeroPad2d", "padding", Argument("padding", "size", required=True, sides=4)),
    ("AdaptiveAvgPool2d", "output_size", Argument("output_size", "free size", required=True, sides=2)),
    ("LayerNorm", "normalized_shape", Argument("normalized_shape", "size", required=True)),
    ("Unflatten", "unflattened_size", Argument("unflattened_size", "ints", required=True)),
    ("Upsample", "scale_factor", Argument("scale_factor", "ratio", None, nullable=True)),
    ("LSTM", "proj_size", Argument("proj_size", "int", 0)),
    ("MultiheadAttention", "kdim", Argument("kdim", "int", None, nullable=True)),
    (
        "TransformerEncoderLayer",
        "activation",
        Argument("activation", "choice", "relu", choices=("relu", "gelu")),
    ),
    ("constant_", "val", Argument("val", "float", required=True)),
    ("trunc_normal_", "b", Argument("b", "float", 2.0)),
    ("flatten", "end_dim", Argument("end_dim", "int", -1)),
    ("mean", "dim", Argument("dim", "size", required=True)),
]


@pytest.mark.parametrize(("kind", "name", "record"), ROWS)
def test_an_argument_is_what_the_docs_say(kind: str, name: str, record: Argument) -> None:
    assert argument(kind, name) == record


@pytest.mark.parametrize("kind", ["Flaten", "conv2d", "Sequential", "LazyLinear", "normal_", ""])
def test_what_is_no_kind_has_no_signature(kind: str) -> None:
    assert signature(kind) is None


@pytest.mark.parametrize("name", ["normal", "Linear", "calculate_gain"])
def test_what_is_no_initialiser_has_no_signature(name: str) -> None:
    assert initialiser(name) is None


def test_private_arguments_and_python_objects_are_left_out() -> None:
    names = {
        (kind, name)
        for taken in TABLES.values()
        for kind, found in taken.items()
        if found
        for name in found.names
    }
    assert {name for _, name in names if name.startswith("_")} == set()
    assert {name for _, name in names} & {
        "self",
        "device",
        "dtype",
        "tensor",
        "generator",
        "process_group",
    } == set()


# What is said of a value

GOOD = [
    # kind, argument, value
    ("Conv2d", "kernel_size", 3),
    ("Conv2d", "kernel_size", [3, 5]),
    ("Conv2d", "kernel_size", (3, 5)),
    ("Conv1d", "kernel_size", [3]),
    ("Conv2d", "padding", "same"),
    ("Conv2d", "in_channels", 2**63 - 1),
    ("Dropout", "p", 0),
    ("Dropout", "p", 0.5),
    ("MaxPool2d", "stride", None),
    ("AdaptiveAvgPool2d", "output_size", [None, 7]),
    ("Upsample", "scale_factor", [2, 1.5, 2]),
    ("LayerNorm", "normalized_shape", [7]),
    ("LayerNorm", "normalized_shape", 7),
    ("Flatten", "end_dim", -1),
    ("reshape", "shape", [-1, 16]),
    ("mean", "dim", [2, 3]),
]


@pytest.mark.parametrize(("kind", "name", "value"), GOOD)
def test_a_good_value_has_no_problem(kind: str, name: str, value: object) -> None:
    assert problem(argument(kind, name), value) is None


TOO_LARGE = "is beyond 2^63 - 1, the largest whole number that PyTorch takes"
BAD = [
    # kind, argument, value, what is said
    ("Linear", "in_features", "three", "needs a whole number, given 'three'"),
    ("Linear", "in_features", 3.0, "needs a whole number, given 3.0"),
    ("Linear", "in_features", True, "needs a whole number, given true"),
    ("Linear", "in_features", None, "needs a whole number, given null"),
    ("Linear", "in_features", [3], "needs a whole number, given [3]"),
    ("Linear", "in_features", 2**63, TOO_LARGE),
    ("Linear", "in_features", -(2**63), TOO_LARGE),
    ("Linear", "in_features", 10**5000, TOO_LARGE),
    ("Linear", "bias", 3, "needs true or false, given 3"),
    ("Linear", "bias", "yes", "needs true or false, given 'yes'"),
    ("Dropout", "p", "half", "needs a number, given 'half'"),
    ("Dropout", "p", False, "needs a number, given false"),
    ("Dropout", "p", 2**64, TOO_LARGE),
    ("BatchNorm2d", "momentum", [0.1], "needs a number or null, given [0.1]"),
    ("Conv2d", "kernel_size", [3, 3, 3], "needs 2 whole numbers or one, given [3, 3, 3]"),
    ("Conv2d", "kernel_size", (3,), "needs 2 whole numbers or one, given [3]"),
    ("Conv2d", "kernel_size", [], "needs 2 whole numbers or one, given []"),
    ("Conv2d", "kernel_size", True, "needs 2 whole numbers or one, given true"),
    ("Conv2d", "kernel_size", [3, True], "needs 2 whole numbers or one, given [3, true]"),
    ("Conv2d", "kernel_size", [3, 2.5], "needs 2 whole numbers or one, given [3, 2.5]"),
    ("Conv2d", "kernel_size", [3, None], "needs 2 whole numbers or one, given [3, null]"),
    ("Conv2d", "kernel_size", [[3, 3]], "needs 2 whole numbers or one, given [[3, 3]]"),
    ("Conv2d", "kernel_size", [3, 2**63], TOO_LARGE),
    ("Conv2d", "kernel_size", "same", "needs 2 whole numbers or one, given 'same'"),
    ("Conv1d", "kernel_size", [3, 3], "needs a whole number or a list of one, given [3, 3]"),
    ("Conv2d", "padding", 1.5, "needs 2 whole numbers or one, or one of valid, same, given 1.5"),
    (
        "Conv2d",
        "padding",
        "SAME",
        "needs 2 whole numbers or one, or one of valid, same, given 'SAME'; did you mean 'same'?",
    ),
    (
        "Conv2d",
        "padding_mode",
        "zero",
        "needs one of zeros, reflect, replicate, circular, given 'zero'; did you mean 'zeros'?",
    ),
    ("Conv2d", "padding_mode", 0, "needs one of zeros, reflect, replicate, circular, given 0"),
    (
        "Conv2d",
        "padding_mode",
        ["zeros"],
        "needs one of zeros, reflect, replicate, circular, given ['zeros']",
    ),
    ("MaxPool2d", "stride", "two", "needs 2 whole numbers or one, or null, given 'two'"),
    (
        "AdaptiveAvgPool2d",
        "output_size",
        [None],
        "needs 2 whole numbers (null: as the input has it) or one, given [null]",
    ),
    ("Upsample", "scale_factor", ["2"], "needs a number or a list of numbers, or null, given ['2']"),
    ("LayerNorm", "normalized_shape", [], "needs a whole number or a list of whole numbers, given []"),
    ("reshape", "shape", 16, "needs a list of whole numbers, given 16"),
    ("reshape", "shape", [], "needs a list of whole numbers, given []"),
    ("permute", "dims", [0, 2, "1"], "needs a list of whole numbers, given [0, 2, '1']"),
    (
        "kaiming_normal_",
        "mode",
        "fanout",
        "needs one of fan_in, fan_out, given 'fanout'; did you mean 'fan_out'?",
    ),
]


@pytest.mark.parametrize(
    ("kind", "name", "value", "said"), BAD, ids=[f"{row[0]}-{row[3][:60]}" for row in BAD]
)
def test_what_is_wrong_with_a_value_is_said(kind: str, name: str, value: object, said: str) -> None:
    assert problem(argument(kind, name), value) == said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ((1, (2, True)), "[1, [2, true]]"),
        ([[[[1]]]], "[[[[...]]]]"),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        ([10**5000], "[a huge number]"),
        ("x" * 100, "'" + "x" * 27 + "..." + "x" * 28 + "'"),
    ],
)
def test_a_value_is_shown_short(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_value_that_holds_itself_is_shown() -> None:
    value: list[object] = []
    value.append(value)
    assert shown(value) == "[[[[...]]]]"


@pytest.mark.parametrize(
    ("word", "suggested"),
    [
        ("Flaten", "Flatten"),
        ("conv2d", "Conv2d"),
        ("RELU", "ReLU"),
        ("LSMT", "LSTM"),
        ("MultiHeadAttention", "MultiheadAttention"),
        ("Conv", "Conv1d"),  # as near as Conv2d and Conv3d: the first
        ("Dense", None),
        ("", None),
        ("F" * 100_000, None),
    ],
)
def test_the_nearest_kind_is_suggested(word: str, suggested: str | None) -> None:
    assert closest(word, kinds()) == suggested


def test_a_word_exactly_as_near_as_allowed_is_suggested() -> None:
    assert closest("abcde", ["abcxy"]) == "abcxy"  # 2 * 3 / 10 = 0.6
    assert closest("abcde", ["abxyz"]) is None


def test_needs_says_every_type() -> None:
    assert needs(Argument("x", "choice", choices=("a", "b"), nullable=True)) == "one of a, b or null"
    assert needs(Argument("x", "ratio", sides=3)) == "3 numbers or one"
    assert (
        needs(Argument("x", "free size"))
        == "a whole number or a list of whole numbers (null: as the input has it)"
    )


# The module, and the generator


def test_reading_the_tables_imports_no_torch() -> None:
    code = (
        "import sys; from archcheck.spec import signatures as s; "
        "assert s.signature('Conv2d') and s.initialiser('normal_') and s.closest('Flaten', s.kinds()); "
        "print([name for name in sys.modules if name.split('.')[0] == 'torch'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=generate.ROOT
    )
    assert done.stdout == "[]\n"


def test_the_examples_in_the_docstrings_hold() -> None:
    done = doctest.testmod(signatures)
    assert done.attempted > 0
    assert done.failed == 0


def test_a_generated_file_that_is_missing_or_differs_is_named_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "same").write_bytes(b"a\n")
    (tmp_path / "differs").write_bytes(b"a\r\n")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(
        generate, "GENERATORS", (lambda: {"same": "a\n", "differs": "a\n", "new/missing": "é\n"},)
    )
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "differs\nnew/missing\n"
    assert generate.main([]) == 0
    assert (tmp_path / "new" / "missing").read_text(encoding="utf-8") == "é\n"
    capsys.readouterr()
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_two_generators_of_one_path_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"^same has two generators$"):
        list(generate.generated([lambda: {"same": "a"}, lambda: {"same": "a"}]))


def test_an_argument_that_nothing_decides_stops_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_nn, "OVERRIDES", ())
    with pytest.raises(
        ValueError, match=r"^EmbeddingBag: `mode: str = 'mean'` says too little; it needs an override$"
    ):
        torch_nn.files()


def test_an_override_that_nothing_needs_stops_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = torch_nn.Override("Conv9d", "padding", "no such layer", {"type": "int"})
    monkeypatch.setattr(torch_nn, "OVERRIDES", (*torch_nn.OVERRIDES, idle))
    with pytest.raises(ValueError, match=r"^nothing needs Override\(kinds='Conv9d'"):
        torch_nn.files()
