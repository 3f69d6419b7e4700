"""A family from one file: parameters and variants, and how one of them is named."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

import archcheck
from archcheck import api, targets
from archcheck.cli import cli
from archcheck.errors import SpecError, TargetError
from archcheck.infer import infer
from archcheck.report import folder
from archcheck.report.values import line_of
from archcheck.spec.layers import Layer, Spec
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Node, parse
from archcheck.targets import PythonName
from tests.refusals import refusal, rows

FAMILY = """\
title: A ladder of ${steps} steps
params: {steps: 1, width: 4, unit: plain, act: ReLU, p: 0.5, hidden: "${width * 2}"}
variants:
  low: {documented: {params: 632}}
  high: {title: The high one, with: {steps: 2, act: Tanh}, documented: [{params: 780, at: "row ${steps}"}]}
  wide: {with: {width: 8, unit: normed, p: 0}, input: [1, 4, 4], class_name: Wide, budget: {params: 3K}}
input: [3, 4, 4]
blocks:
  plain:
    params: {width: 1}
    layers: {conv: {Conv2d: {out_channels: "${width}", kernel_size: 3, padding: 1}}, act: "${act}"}
  normed:
    layers: [{Conv2d: {out_channels: "${width}", kernel_size: 1, bias: false}}, BatchNorm2d, "${act}"]
layers:
  ladder: {block: "${unit}", repeat: "${steps}", output: {documented: ["${width}", 4, 4], at: "row ${steps}"}}
  flat: flatten
  drop: {Dropout: {p: "${p}"}}
  head: {Linear: {out_features: "${hidden}"}}
documented:
  layers: {Conv2d: "${steps}"}
"""
# plain sees its own width, 1, which wins over the file's: the claim on its output says 4, and is wrong.
RIGHT = FAMILY.replace("params: {width: 1}", "params: {times: 1}")


def network(name: str, text: str = RIGHT) -> Spec:
    return loads_spec(dedent(text), "x.yaml", name)


def leaves(spec: Spec) -> dict[str, Layer]:
    return {path: node for path, node in spec.leaves() if isinstance(node, Layer)}


def test_a_variant_has_the_files_layers_with_its_own_parameters() -> None:
    low, high, wide = (leaves(network(name)) for name in ("low", "high", "wide"))
    assert list(low) == ["ladder.0.conv", "ladder.0.act", "flat", "drop", "head"]
    assert list(high) == [
        "ladder.0.conv",
        "ladder.0.act",
        "ladder.1.conv",
        "ladder.1.act",
        "flat",
        "drop",
        "head",
    ]
    assert list(wide) == ["ladder.0.0", "ladder.0.1", "ladder.0.2", "flat", "drop", "head"]
    assert [low["ladder.0.act"].kind, high["ladder.1.act"].kind] == ["ReLU", "Tanh"]
    assert [low["drop"].args["p"], wide["drop"].args["p"]] == [0.5, 0]
    assert [low["head"].args["out_features"], wide["head"].args["out_features"]] == [8, 16]


def test_a_variant_is_a_spec_of_its_own_name() -> None:
    low, high, wide = (network(name) for name in ("low", "high", "wide"))
    assert [one.name for one in (low, high, wide)] == ["low", "high", "wide"]
    assert [one.target for one in (low, high, wide)] == ["x.yaml:low", "x.yaml:high", "x.yaml:wide"]
    assert [one.title for one in (low, high, wide)] == [
        "A ladder of 1 steps", "The high one", "A ladder of 1 steps"
    ]  # fmt: skip
    assert [one.family for one in (low, high, wide)] == ["x", "x", "x"]
    assert [one.inputs[0].shape for one in (low, high, wide)] == [(3, 4, 4), (3, 4, 4), (1, 4, 4)]
    assert [one.class_name for one in (low, high, wide)] == [None, None, "Wide"]
    assert [one.budget is None for one in (low, high, wide)] == [True, True, False]


def test_what_is_documented_of_one_stands_beside_what_is_documented_of_all() -> None:
    claims = {name: network(name).claims for name in ("low", "high", "wide")}
    assert {name: [claim.quantity for claim in of] for name, of in claims.items()} == {
        "low": ["layers.Conv2d", "params"],
        "high": ["layers.Conv2d", "params"],
        "wide": ["layers.Conv2d"],
    }
    assert [str(claim.value) for claim in claims["high"]] == ["2", "780"]
    assert claims["high"][1].at == "row 2"
    (shape,) = [claim for path, claim in network("low").all_claims() if path == "ladder.0"]
    assert (shape.value, shape.at) == ((4, 4, 4), "row 1")


def test_the_same_quantity_said_twice_is_two_claims() -> None:
    text = "variants: {a: {documented: {params: 1}}}\ninput: [3]\nlayers: [ReLU]\ndocumented: {params: 0}\n"
    assert [str(claim.value) for claim in network("a", text).claims] == ["0", "1"]


def test_counts_by_hand() -> None:
    """A 3x3 convolution of 3 to 4: 4 * 27 + 4 = 112; of 4 to 4: 148; a head of 64 to 8: 520."""
    assert infer(network("low")).params == 112 + 520
    assert infer(network("high")).params == 112 + 148 + 520
    assert infer(network("wide")).params == 8 + 16 + 8 * 16 * 16 + 16  # 1x1 of 1 to 8, its norm, 128 to 16


def test_a_blocks_own_parameter_wins_over_the_files() -> None:
    made = leaves(network("low", FAMILY))
    assert made["ladder.0.conv"].args["out_channels"] == 1
    assert made["head"].args["out_features"] == 8


def test_a_file_without_variants_may_have_parameters() -> None:
    text = "params: {n: 3, m: '${n * 2}'}\ninput: ['${n}']\nlayers: [{Linear: {out_features: '${m}'}}]\n"
    spec = loads_spec(text, "x.yaml")
    assert (spec.inputs[0].shape, spec.name, spec.family, infer(spec).params) == ((3,), "x", None, 24)


TOP = """
# a parameter that nobody gives
params: {n: null}
! 1:10: params: n is null, and there are no variants to give it

# no parameters
params: 3
! 1:9: params needs a mapping, given 3

# no name of a parameter
params: {two words: 1}
! 1:10: a parameter's name is a word, given 'two words'

# a default that sees what comes after it
params: {a: "${b}", b: 1}
! 1:13: ${b}: no parameter 'b'; there are: none here

# a default that is none
params: {a: "${1 / 2}"}
! 1:13: ${1 / 2}: '1 / 2' is not integer arithmetic (+ - * // % and parentheses)

# too large
params: {a: 9223372036854775808}
! 1:13: a must be at most 9223372036854775807, given 9223372036854775808

# too long
params: {a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}
! 1:13: a needs a word of at most 100 characters, given
  'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...

# a title with a slip
title: "${n} layers"
! 1:8: ${n} layers: no parameter 'n'; there are: none here

# none
variants: {}
! 1:11: variants needs 1 to 100 networks, given 0

# a list
variants: [a]
! 1:11: variants needs a mapping, given a list

# two whose pages would be one file on Windows and macOS
variants: {net: {}, b: {}, Net: {}}
! 1:28: variants 'net' and 'Net' are one file where capitals do not count; rename one
"""
OF_A = """
# a key, slipped
variants: {a: {documentd: {}}}
! 1:17: a: variant 'a': no key 'documentd'; did you mean 'documented'?

# layers are the file's
variants: {a: {layers: []}}
! 1:17: a: variant 'a': no key 'layers'; there are: title, with, class_name, input, batch, documented, training,
  budget

# nothing at all
variants: {a: }
! 1:16: a: variant 'a' needs a mapping, given null

# a name beside the variants'
variants: {a: {}}, name: x
! 1:21: a: a variant's name is its key under 'variants:'; leave out 'name:'

# a parameter that must be given
params: {n: null}, variants: {a: {}}
! 1:32: a: variant 'a' needs 'with: {n: ...}'

# a parameter, slipped
params: {width: 1}, variants: {a: {with: {widht: 2}}}
! 1:44: a: variant 'a': no key 'widht'; did you mean 'width'?

# arithmetic on a word
params: {n: 1}, variants: {a: {with: {n: x}, documented: {params: "${n + 1}"}}}
! 1:68: a: ${n + 1}: n is 'x'; arithmetic is on whole numbers

# a word where a number belongs
params: {n: 1}, variants: {a: {with: {n: x}, batch: "${n}"}}
! 1:54: a: batch needs a whole number, given 'x'
"""


def family(layers: int, networks: int) -> str:
    names = ", ".join(f"v{n}: {{}}" for n in range(networks))
    return f"input: [3]\nlayers: {{a1..{layers}: ReLU}}\nvariants: {{{names}}}\n"


def test_many_variants_may_not_be_as_large_as_one() -> None:
    """Together they are as much as three networks may be: 3 * 100,000 layers, 100 of 3,000 each."""
    assert len(loads_spec(family(3000, 100), "x.yaml", "v99").body.children) == 3000
    with pytest.raises(SpecError) as caught:
        loads_spec(family(3001, 100), "x.yaml", "v99")
    said = "more than 3000 layers and blocks in each of 100 variants, repeats expanded"
    assert str(caught.value) == f"x.yaml:2:20: v99: layer 'a3001': {said}"
    assert len(loads_spec(family(50_001, 3), "x.yaml", "v0").body.children) == 50_001, (
        "each child counts once"
    )


@rows(TOP)
def test_parameters_and_variants_that_are_none_are_refused(text: str, message: str) -> None:
    assert refusal(text + "\ninput: [3]\nlayers: [ReLU]\n") == message


@rows(OF_A)
def test_a_variant_that_is_none_is_refused(text: str, message: str) -> None:
    rest = "input: [3], layers: [ReLU]"
    with pytest.raises(SpecError) as caught:
        loads_spec(f"{{{text}, {rest}}}", "x.yaml", "a")
    assert str(caught.value) == message


def test_words_where_they_cannot_stand_say_what_they_are() -> None:
    text = "params: {n: x}\ninput: [3]\nlayers: [{block: '${n}'}]\nblocks: {y: {layers: []}}\n"
    assert refusal(text) == "x.yaml:3:18: layer '0': no block 'x' under 'blocks:'; there are: y"
    text = "params: {n: Relu}\ninput: [3]\nlayers: {a: '${n}'}\n"
    assert refusal(text) == "x.yaml:3:13: layer 'a': no module 'Relu' in torch.nn; did you mean 'ReLU'?"
    text = "params: {n: x}\ninput: [3]\nlayers: [{ReLU: , output: ['${n + 1}']}]\n"
    assert refusal(text) == "x.yaml:3:28: layer '0': ${n + 1}: n is 'x'; arithmetic is on whole numbers"


# Targets


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a family and a network alone; `specs` beside the package hold a family too."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "ladder.yaml").write_text(RIGHT, encoding="utf-8")
    (shipped / "alone.yaml").write_text("input: [3]\nlayers: [ReLU]\n", encoding="utf-8")
    here = tmp_path / "here"
    here.mkdir()
    (here / "steps.yaml").write_text(RIGHT, encoding="utf-8")
    (here / "one.yaml").write_text("input: [3]\nlayers: [ReLU]\n", encoding="utf-8")
    monkeypatch.chdir(here)
    monkeypatch.setattr(
        targets, "shipped", lambda: {path.stem: path for path in sorted(shipped.glob("*.yaml"))}
    )
    return here


def names(*words: str) -> list[str]:
    return [target.shown for target in targets.find(words)]


def test_a_file_is_all_its_variants(nets: Path) -> None:
    assert names("steps.yaml", "one.yaml") == [
        "steps.yaml:low", "steps.yaml:high", "steps.yaml:wide", "one.yaml"
    ]  # fmt: skip
    assert names("ladder") == ["ladder:low", "ladder:high", "ladder:wide"]
    assert names() == ["alone", "low", "high", "wide"]
    (nets / "specs").mkdir()
    (nets / "specs" / "steps.yaml").write_text(RIGHT, encoding="utf-8")
    assert names() == ["specs/steps.yaml:low", "specs/steps.yaml:high", "specs/steps.yaml:wide"]


@pytest.mark.parametrize(
    "name", ["steps.yaml:high", "./steps.yaml:high", "ladder.yaml:high", "ladder:high", "high"]
)
def test_every_name_of_a_variant_names_it(nets: Path, name: str) -> None:
    (found,) = targets.find([name])
    assert (found.shown, found.variant, found.python) == (name, "high", None)
    spec = api.load(name)
    assert (spec.target, spec.name, infer(spec).params) == (name, "high", 780)
    assert targets.find([spec.target]) == (found,), "what results call a target names it again"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("steps.yaml:hihg", "steps.yaml:hihg: no variant 'hihg' in steps.yaml; did you mean 'high'?"),
        ("steps.yaml:", "steps.yaml:: no variant '' in steps.yaml; there are: low, high, wide"),
        ("ladder:xyzzy", "ladder:xyzzy: no variant 'xyzzy' in ladder; there are: low, high, wide"),
        ("one.yaml:low", "one.yaml:low: one.yaml has no variants; name the file alone, one.yaml"),
        ("alone:low", "alone:low: alone has no variants; name the file alone, alone"),
        ("hihg", "hihg: no such file, and no shipped network of that name; did you mean 'high'?"),
        (
            "steps.yaml",
            "steps.yaml: has 3 variants: low, high, wide; name one, steps.yaml:low",
        ),
        ("ladder", "ladder: has 3 variants: low, high, wide; name one, ladder:low"),
    ],
)
def test_a_name_of_no_variant_or_of_many(nets: Path, name: str, message: str) -> None:
    for work in (api.load, archcheck.build):
        with pytest.raises(TargetError) as caught:
            work(name)
        assert str(caught.value) == message
    assert api.lint(name).error == message


def test_a_file_in_error_is_an_error_of_any_variant(nets: Path) -> None:
    (nets / "bad.yaml").write_text("variants: [\n", encoding="utf-8")
    for name in ("bad.yaml", "bad.yaml:x"):
        assert str(api.lint(name).error).startswith("bad.yaml:2:1: not YAML: ")


def test_python_is_told_apart(nets: Path) -> None:
    def python(name: str) -> PythonName | None:
        return targets.find([name])[0].python

    assert python("nets:high") == PythonName("nets", "high")
    assert python("ladder:Net") is None, "a slip of a variant's name"
    (nets / "ladder.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    assert python("ladder:Net") == PythonName("ladder", "Net"), "there is such code here"
    assert python("ladder:high") is None, "a shipped variant comes first"
    assert python("ladder.py:high") == PythonName("ladder.py", "high")
    assert python("steps.yaml:Net") is None


def test_a_bad_variant_costs_the_others_nothing(nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (nets / "bad.yaml").write_text(RIGHT.replace("unit: normed", "unit: norm"), encoding="utf-8")
    assert cli.main(["lint", "bad.yaml"], standalone_mode=False) == 2
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines() if line.startswith("bad.yaml:")] == [
        "bad.yaml:low", "bad.yaml:high", "bad.yaml:wide"
    ]  # fmt: skip
    assert err == (
        "archcheck: bad.yaml:15:19: wide: layer 'ladder': no block 'norm' under 'blocks:'; did you mean 'normed'?\n"
    )


def test_a_file_is_parsed_once_for_all_its_variants(nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def counted(text: str, shown: str) -> Node:
        parsed.append(shown)
        return parse(text, shown)

    monkeypatch.setattr("archcheck.spec.load.parse", counted)
    assert cli.main(["lint", "steps.yaml"], standalone_mode=False) == 0
    assert parsed == ["steps.yaml"]


def test_a_variant_is_built_by_its_short_name(nets: Path) -> None:
    network = archcheck.build("wide")
    assert type(network).__name__ == "Wide"
    assert {key: tuple(value.shape) for key, value in network.state_dict().items() if "weight" in key} == {
        "ladder.0.0.weight": (8, 1, 1, 1), "ladder.0.1.weight": (8,), "head.weight": (16, 128)
    }  # fmt: skip


def test_each_variant_has_a_page(nets: Path) -> None:
    made = folder.make(targets.find(["steps.yaml"]), "cpu")
    assert made.errors == ()
    assert set(made.files) == {"README.md", "low.md", "high.md", "wide.md"}
    assert "[high](high.md)" in made.files["README.md"]


LINES = [
    ("specs/vgg.yaml:vgg16", "specs/vgg.yaml:12: vgg16", "a variant"),
    ("vgg:vgg16", "vgg:12: vgg16", "of a shipped family"),
    ("vgg16", "vgg16:12", "by its short name"),
    ("lenet5.yaml", "lenet5.yaml:12", "a file"),
    ("C:\\specs\\x.yaml", "C:\\specs\\x.yaml:12", "on a drive"),
    ("C:x.yaml", "C:x.yaml:12", "in a drive's folder"),
    ("C:x.yaml:a", "C:x.yaml:12: a", "and a variant there"),
]


@pytest.mark.parametrize(("target", "text", "why"), LINES, ids=[row[2] for row in LINES])
def test_a_line_stands_behind_its_file(target: str, text: str, why: str) -> None:
    assert line_of(target, 12) == text, why


def test_shipped_networks_have_names_of_their_own() -> None:
    found = [target.shown for target in targets.networks()]
    assert len(set(found)) == len(found)
    assert not {target.variant for target in targets.networks()} & targets.shipped().keys()
