"""The spec format's JSON Schema against the loader: where the one accepts, so does the other."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
import yaml

from archcheck import body_schema, claim_schema, kind_schema, meanings, schema
from archcheck.errors import SpecError
from archcheck.infer import infer
from archcheck.json_schema import as_text, either, ref
from archcheck.spec import claims, load, naming, signatures
from archcheck.spec.load import SpecFile, loads_spec, spec_of
from archcheck.spec.signatures import Argument
from archcheck.spec.source import parse
from tests import generate
from tests.generators import spec_schema

SCHEMA = schema.spec_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
SPECS = sorted((generate.ROOT / "specs").glob("*.yaml"))


class CoreLoader(yaml.SafeLoader):
    """PyYAML's loader with YAML 1.2's core schema, as editors read it: https://yaml.org/spec/1.2.2/#103-core-schema."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own annotation

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Keys are text, as in JSON: `0: ReLU` is the key "0"."""
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


for _tag, _pattern in (
    ("null", r"null|Null|NULL|~|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)


def read(text: str) -> Any:
    return yaml.load(text, CoreLoader)


def refusal(text: str) -> str | None:
    """Return the loader's message, None where it accepts: every network of the text."""
    try:
        file = SpecFile(parse(text, "x.yaml"), "x.yaml")
        for variant in file.variants or (None,):
            spec_of(file, "x.yaml", variant)
    except SpecError as error:
        return str(error)
    return None


def fits(value: Any) -> bool:
    return bool(VALIDATOR.is_valid(value))


def assert_both(text: str, accept: bool) -> None:
    message = refusal(text)
    assert (message is None) == accept, message or "the loader accepts"
    errors = [error.message[:200] for error in VALIDATOR.iter_errors(read(text))]
    assert (not errors) == accept, errors or "the schema accepts"


# The schema itself


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(item)


def test_every_definition_is_used_and_nothing_stands_beside_a_reference() -> None:
    references = [node for node in nodes(SCHEMA) if "$ref" in node]
    assert {node["$ref"] for node in references} == {
        f"#/definitions/{name}" for name in SCHEMA["definitions"]
    }
    assert {len(node) for node in references} == {1}


@pytest.mark.parametrize(
    ("described", "keys"),
    [
        (schema.MEANINGS, load.KEYS),
        (claim_schema.CLAIMED, (*claims.LAYER_CLAIMS, *claims.DOCUMENTED)),
        (claim_schema.STATED, claims.STATEMENT),
        (
            body_schema.WORDS,
            {word for word in naming.WORDS if word not in (*claims.LAYER_CLAIMS, "device")}
            | {name for join in signatures.JOINS.values() for name in join.names},
        ),
    ],
)
def test_every_word_of_the_loader_is_described_and_no_other(described: Any, keys: Any) -> None:
    assert set(described) == set(keys)


def test_the_shipped_schema_is_fresh() -> None:
    assert generate.stale(spec_schema.files()) == []


def test_the_schema_is_the_same_in_another_process_without_torch() -> None:
    code = (
        "import sys; from archcheck.json_schema import as_text; from archcheck.schema import spec_schema; "
        "print(as_text(spec_schema()), end=''); assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=generate.ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    assert done.stdout == as_text(SCHEMA)


def test_the_text_is_the_schema_and_an_argument_that_fits_is_one_line() -> None:
    text = as_text(SCHEMA)
    assert json.loads(text) == SCHEMA
    said = '"description": "The channels that come in.", "allOf": [{"$ref": "#/definitions/argument_int"}]'
    assert f'\n      "in_channels": {{{said}}},\n' in text


def test_a_schema_is_put_together_of_parts() -> None:
    assert ref("size") == {"$ref": "#/definitions/size"}
    assert either(ref("size")) == ref("size")
    none = {"title": "none", "type": "null"}
    assert either({"type": "null"}, ref("size")) == {"anyOf": [none, ref("size")]}


def test_a_kind_tells_its_page_its_defaults_and_what_its_input_decides() -> None:
    kind = SCHEMA["definitions"]["layer"]["properties"]["Conv2d"]
    page = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"
    assert kind["description"] == f"The input decides in_channels. {page}"
    assert kind["required"] == ["out_channels", "kernel_size"]
    assert kind["properties"]["padding_mode"]["default"] == "zeros"
    assert "default" not in kind["properties"]["kernel_size"]


@pytest.mark.parametrize("word", signatures.FUNCTIONS)
def test_a_function_tells_its_page_if_pytorch_has_one(word: str) -> None:
    told = SCHEMA["definitions"]["layer"]["properties"][word]["description"]
    assert (told == f"https://docs.pytorch.org/docs/stable/generated/torch.{word}.html") is hasattr(
        torch, word
    )
    assert told.startswith("https:") is (word not in kind_schema.OWN)


# Specs


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_is_accepted_and_names_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert_both(text, accept=True)
    first = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / first).resolve() == generate.ROOT / spec_schema.PATH


def test_there_are_specs() -> None:
    assert SPECS


def net(layers: str, *more: str) -> str:
    return "\n".join(["input: [3, 8, 8]", f"layers: {layers}", *more])


def of_layer(claim: str) -> str:
    return net(f"[{{ReLU: null, {claim}}}]")


def said(claim: str) -> str:
    return net("[]", f"documented: {{{claim}}}")


BLOCK = "blocks: {b: {params: {width: null, n: 2}, layers: [{Linear: {out_features: '${width * 2}'}}]}}"

WORDS = "params: {a: ReLU, b: b, w: 8, p: 0.5, yes: true, m: reflect}"
SOURCES = "sources: {a: {title: A}, b: {title: B}}"

GOOD = [
    (net("[]"), "an empty network"),
    (net("{}"), "the same with names"),
    (net("ReLU"), "a single word"),
    (net("{ReLU: {inplace: true}}"), "a single layer"),
    (net("[ReLU, flatten, {ReLU: }, {ReLU: {}}]"), "layers without arguments, in every way"),
    (net("{features: [ReLU], 'flat-1_é': {flatten: {start_dim: 1}}, 0: ReLU}"), "names of children"),
    (net("{a.0: ReLU, b.0: {ReLU: {}}, a.1: ReLU}"), "lists that take turns"),
    (net("{.output: ReLU, .Linear: {ReLU: {}}, .block: ReLU, a.repeat: [ReLU]}"), "words as names"),
    (net("[[ReLU, [ReLU]], {inner: {deep: ReLU}}]"), "bodies in bodies"),
    (net("{a: ReLU, b: {from: a}, c: {from: input}}"), "what went by before"),
    (net("{a: {aside: [ReLU], output: [3, 8, 8]}, b: {aside: ReLU}}"), "what stands aside"),
    (
        net("{a: {Linear: {out_features: 8}}, b: {Linear: {out_features: 8}, share: a, params: 8}}"),
        "a shared weight",
    ),
    (net("{a1..3: ReLU, 4..5: [ReLU], b-_0..0: {Tanh: }}"), "children by number"),
    ("params: {n: 2}\n" + net("{'a1..${n * 2}': ReLU}"), "children up to a parameter"),
    (
        net("{a: {parameter: {size: [1, 2], expand: true}}, b: {rotary: {base: 10}}, c: {scaled: {by: 2}}}"),
        "sources",
    ),
    (net("[{mul: [[], {a: ReLU}]}, {concat: [[], []], dim: 2}, {matmul: [[], []]}]"), "joins"),
    (net("[{scaled_dot_product_attention: {query: [], key: [], value: []}, scale: null}]"), "attention"),
    (net("{block: [ReLU], a: {block: {ReLU: {}}}, b: [{block: {c: ReLU}}]}"), "a child called block, a body"),
    (net("[{add: [{block: [ReLU]}, []]}]"), "the same in an open branch"),
    (
        net(
            "[{block: b, with: {n: 2}, repeat: 2, open: true}]",
            "blocks: {b: {params: {n: 1}, layers: [ReLU]}}",
        ),
        "open",
    ),
    (net("[{Conv2d: {out_channels: 4, kernel_size: 3}}]"), "in_channels is inferred"),
    (net("[{Conv2d: {out_channels: 4, kernel_size: [3, 1], padding: same}}]"), "a list and a word"),
    (net("[{BatchNorm2d: {eps: 1e-5, momentum: null}}]"), "a number with an exponent, and null"),
    (net("[{AdaptiveAvgPool2d: {output_size: [null, 1]}}]"), "null for a side as it is"),
    (
        net("[{Linear: {in_features: {documented: 400, wrong: it is 256, at: 3}, out_features: 2}}]"),
        "a claim",
    ),
    (net("[{Linear: {in_features: [{documented: 400}, {documented: 256}], out_features: 2}}]"), "two"),
    (net("[{Linear: {out_features: '${2 * (3 + 4) // 5 % 6 - -1}'}}]"), "arithmetic"),
    (net("[{reshape: {shape: [-1, 2]}}, {permute: {dims: [0, 1]}}, {mean: {dim: 1}}]"), "functions"),
    (of_layer("output: [3, 8, 8], input: [N, 3, 8, 8], params: 0, macs: 0.1M, flops: '1,000'"), "claims"),
    (of_layer("output: {documented: [], wrong: why, at: Table 1}"), "a remark on a claim"),
    (of_layer("output: [{documented: [3], at: 1}, {documented: [4], at: 2}]"), "two places say it"),
    (of_layer("output: ['${1 + 2}', _a]").replace("_a", "a_"), "arithmetic and letters in a shape"),
    (net("[{add: [ReLU, []], output: [3]}]"), "an empty branch is the identity"),
    (net("[{add: {left: [ReLU], right: {device: 1, layers: []}}}]"), "named branches, one on a GPU"),
    (net("[{concat: [ReLU, ReLU, ReLU], dim: -1}]"), "an axis to join along"),
    (net("[{block: b, with: {width: 8}, repeat: 3, output: [3]}]", BLOCK), "a block"),
    (net("{stem: {block: b, with: {width: '${4 * 2}', n: -1}}}", BLOCK), "a block as a named child"),
    (net("{block: b, with: {width: 8}, repeat: 0}", BLOCK), "a block as the network, never there"),
    (net("[{block: '${b}', with: {width: '${w}', n: 1.5}}, '${a}']", BLOCK, WORDS), "words and numbers"),
    (net("[{Dropout: {p: '${p}', inplace: '${yes}'}}]", WORDS), "a fraction and a truth"),
    (net("[{Conv2d: {out_channels: 1, kernel_size: 1, padding_mode: '${m}'}}]", WORDS), "an argument's word"),
    (
        net("[]", "params: {n: 1, m: '${n * 2}'}", "documented: {params: '${m - 2}'}"),
        "one follows from another",
    ),
    (
        "params: {c: 3}\ninput: ['${c}', 8]\nlayers: []\nbudget: {params: '${c}', memory: '${c}'}",
        "in every section",
    ),
    (said("init: {Linear.weight.std: '${2}'}"), "a statistic"),
    (
        net("[]", "params: {n: null}", "variants: {a: {with: {n: 1}}, b-2.0: {with: {n: x}, title: B}}"),
        "a family",
    ),
    (
        net(
            "[]",
            "variants: {a: {input: [1], batch: 2, class_name: A, documented: {params: 0}, budget: {params: 1}}}",
        ),
        "what a variant may have of its own",
    ),
    (net("[]", "name: x", "title: X", "class_name: Net_1", "batch: 4"), "the top"),
    (net("[]", "source: {title: T, url: U, author: A, year: 2012, lines: as printed}"), "a source"),
    (net("[]", "sources: {paper: {title: T, year: 2012}, its-code_2: {title: C}}"), "several"),
    (net("[{ReLU: , output: {documented: [3], by: b}}]", SOURCES), "whose a statement is"),
    (net("[]", SOURCES, "documented: [{params: 0}, {by: b, at: Table 1, params: 0}]"), "a group a source"),
    (
        net("[]", SOURCES, "documented: {by: a, at: 3, params: {documented: 1, by: b, at: 4}}"),
        "a group alone",
    ),
    (
        net(
            "[]",
            SOURCES,
            "documented: {runs: [{input: [1, 3], by: b}], unchecked: [{says: x, why: y, by: b}]}",
        ),
        "whose a run and a statement are",
    ),
    ("input: {shape: [], dtype: int64, high: 10}\nlayers: []", "a tensor of whole numbers"),
    ("input: {a: [1], b: {shape: [2], dtype: bool}}\nlayers: []", "named inputs"),
    (net("[]", "init: {Linear: {weight: {normal_: {std: 0.01}}, bias: {zeros_: }}, ReLU: {}}"), "init"),
    (said("params: 16.6M, macs: 0.7 G, flops: '${2 * 3}', sizes: [224, [55, 27], 13]"), "totals"),
    (said("params: [{documented: 60M, at: 1}, {documented: 61M}]"), "a total said twice"),
    (said("layers: {Conv2d: 5, Linear + Conv2d: {documented: some}, ReLU: some}"), "counts of layers"),
    (said("runs: [{input: [4, 1, 2], output: [4, N], wrong: why, at: 3}, {input: {input: [1]}}]"), "runs"),
    (
        "input: {a: [1], b: [2]}\nlayers: []\ndocumented: {runs: [{input: {a: [4, 1], b: [4, 2]}}]}",
        "two inputs",
    ),
    (said("repr: 'Net()', init: {Linear.weight.std: 0.01, Linear.bias.mean: {documented: 0}}"), "texts"),
    (said("unchecked: [{says: fast, why: no numbers, at: 3}]"), "a statement"),
]
BAD = [
    ("layers: []", "no input"),
    ("input: [3]", "no layers"),
    ("[]", "a list"),
    (net("null"), "null is no body"),
    (net("[3]"), "a number is no layer"),
    (net("[Relu]"), "no such kind, as a word"),
    (net("[{Relu: {}}]"), "no such kind"),
    (net("[conv2d]"), "kinds are capitalised"),
    (net("[{ReLU: {}, Tanh: {}}]"), "two kinds in one layer"),
    (net("{block: [ReLU], with: {}}"), "a child called block has no parameters"),
    (net("[{block: [ReLU], repeat: 2}]"), "nor is it repeated"),
    (net("{block: [ReLU], ReLU: {}}"), "a child beside a kind"),
    (net("{a: ReLU, b: {from: a, output: [3]}}"), "a claim beside from"),
    (net("{a: ReLU, b: {from: [a]}}"), "from a list"),
    (net("{a: ReLU, b: {from: a, ReLU: }}"), "from and a kind"),
    (net("{a: {Linear: {out_features: 8}}, b: {ReLU: , share: a}}"), "a weight that a kind has not"),
    (net("{a: {aside: [], repeat: 2}}"), "aside more than once"),
    (net("{a1..06: ReLU}"), "a nought before the last number"),
    (net("{a1..: ReLU}"), "no last number"),
    (net("{'a 1..3': ReLU}"), "a blank in a name by number"),
    (net("{__1..3: ReLU}"), "names by number that PyTorch keeps for itself"),
    (net("[{add: [[], []], dim: 1}]"), "an argument that a join has not"),
    (net("[{matmul: [[], [], []]}]"), "too many branches"),
    (net("[{scaled_dot_product_attention: [[], []]}]"), "too few branches"),
    (net("[{add: {a1..3: []}}]"), "branches by number"),
    (net("[{ReLU: {}, flatten: {}}]"), "a kind and a function"),
    (net("[{ReLU: {}, outputs: [3]}]"), "a word beside the kind that is none"),
    (net("[{ReLU: {}, dim: 1}]"), "a word of another kind"),
    (net("[{ReLU: {}, repeat: 2}]"), "only blocks repeat"),
    (net("[{Dropout: 0.5}]"), "arguments have names"),
    (net("[{Dropout: [0.5]}]"), "the same"),
    (net("[{Dropout: {prob: 0.5}}]"), "no such argument"),
    (net("[{Dropout: {p: half}}]"), "a word for a number"),
    (net("[{Dropout: {p: '${0.5}'}}]"), "arithmetic is on whole numbers"),
    (net("[{Linear: {out_features: '${4 / 2}'}}]"), "one / is not whole"),
    (net("[{Linear: {out_features: '${2 ** 4}'}}]"), "no powers"),
    (net("[{Linear: {out_features: '${f.x}'}}]"), "no attributes"),
    (net("[{Linear: {out_features: 'x${2}'}}]"), "text around it"),
    (net("[{Linear: {out_features: true}}]"), "true is not 1"),
    (net("[{Linear: {out_features: null}}]"), "null is no number"),
    (net("[{Linear: {out_features: 9223372036854775808}}]"), "2^63"),
    (net("[{Linear: {out_features: {documents: 4}}}]"), "a claim without its value"),
    (net("[{Linear: {out_features: {documented: 4.5}}}]"), "a claimed argument is whole"),
    (net("[{Linear: {out_features: [{documented: 4}, 5]}}]"), "a claim and a number"),
    (net("[{Conv2d: {out_channels: 4, kernel_size: [3, 3, 3]}}]"), "three sides for two"),
    (net("[{Conv2d: {out_channels: 4, kernel_size: []}}]"), "no sides"),
    (net("[{Conv2d: {out_channels: 4, kernel_size: [3, null]}}]"), "null only where the input's is meant"),
    (net("[{Conv2d: {out_channels: 4, kernel_size: 3, padding: full}}]"), "no such word"),
    (net("[{reshape: {shape: 2}}]"), "a list, not a number"),
    (net("{output: ReLU}"), "a child with a word's name"),
    (net("{device: ReLU}"), "the same"),
    (net("{a..b: ReLU}"), "a path with an empty name"),
    (net("{a.: ReLU}"), "the same at its end"),
    (net("{a.forward: ReLU}"), "a path to a name that PyTorch has"),
    (net("{.forward: ReLU}"), "the same"),
    (net("{nn.Conv2d: {out_channels: 4, kernel_size: 1}}"), "a class by its full name"),
    (net("{'a b': ReLU}"), "a name with a space"),
    (net("{__a: ReLU}"), "a name that Python hides"),
    (net("{forward: ReLU}"), "a name that PyTorch has"),
    (net("{%s: ReLU}" % ("a" * 101)), "a long name"),
    (net("{a: null}"), "a child that is nothing"),
    (of_layer("output: 3"), "a shape is a list"),
    (of_layer("output: [0]"), "no size is 0"),
    (of_layer("output: [3.5]"), "nor half a number"),
    (of_layer("output: [a-b]"), "no letter"),
    (of_layer("output: null"), "a claim of nothing"),
    (of_layer("output: {documented: [3], right: x}"), "no such remark"),
    (of_layer("output: {documented: [3], wrong: true}"), "a reason is text"),
    (of_layer("output: {documented: [3], wrong: ' '}"), "and not blank"),
    (of_layer("output: {documented: [3], at: 1.5}"), "a place is a line or words"),
    (of_layer("output: {documented: [3], at: 0}"), "lines count from 1"),
    (of_layer(f"output: {[3] * 65}"), "more axes than PyTorch has"),
    (of_layer("params: '1,5M'"), "a decimal comma"),
    (of_layer(f"params: '{'1' * 41}'"), "more digits than any count has"),
    (of_layer("params: 16.6"), "no whole number"),
    (of_layer("params: -1"), "fewer than none"),
    (of_layer("params: many"), "no number"),
    (net("[{add: [ReLU]}]"), "one branch"),
    (net("[{add: {a: ReLU}}]"), "one named branch"),
    (net("[{add: {a: ReLU, a.b: ReLU}}]"), "a branch's name is a child's"),
    (net("[{add: {a: ReLU, Conv: ReLU}}]"), "and no kind"),
    (net("[{add: ReLU}]"), "no branches"),
    (net("[{add: [ReLU, ReLU], dim: 1}]"), "only concat has an axis"),
    (net("[{add: [ReLU, {device: 64, layers: []}]}]"), "more GPUs than there are"),
    (net("[{add: [ReLU, {device: 0}]}]"), "a device for nothing"),
    (net("[{add: [ReLU, {device: 0, layers: [], ReLU: }]}]"), "layers beside layers"),
    (net("[{block: b, with: {width: [8]}}]", BLOCK), "a parameter is no list"),
    (net("[{block: b, with: {width: null}}]", BLOCK), "nor nothing"),
    (net("[{block: b, with: [8]}]", BLOCK), "parameters have names"),
    (net("[{block: 3, with: {width: 8}}]", BLOCK), "a block's name is text"),
    (net("[{block: b, with: {width: 8}, repeat: -1}]", BLOCK), "fewer than none"),
    (net("[{block: b, with: {width: 8}, repeat: 100001}]", BLOCK), "too many"),
    (net("[{with: {width: 8}}]", BLOCK), "parameters of nothing"),
    (net("[]", "blocks: {b: {params: {1x: 2}, layers: []}}"), "a parameter's name"),
    (net("[]", "blocks: {b: {params: {x: {a: 1}}, layers: []}}"), "a parameter's value"),
    (net("[]", "params: [n]"), "parameters have names"),
    (net("[]", "params: {n-1: 1}"), "a parameter's name is a word"),
    (net("[]", f"params: {{n: {'x' * 101}}}"), "a word of 101 characters"),
    (net("[]", "params: {n: 9223372036854775808}"), "2^63"),
    (net("[]", "params: {n: 'a${1}'}"), "text around it"),
    (net("[]", "variants: {}"), "no variants"),
    (net("[]", "variants: [a, b]"), "variants have names"),
    (net("[]", "name: x", "variants: {a: {}}"), "a family has no name of its own"),
    (net("[]", "variants: {a: null}"), "a variant is a mapping"),
    (net("[]", "variants: {a: {layers: []}}"), "all have the same layers"),
    (net("[]", "variants: {a b: {}}"), "two words"),
    (net("[]", "variants: {con: {}}"), "a name that Windows keeps"),
    (net("[]", "variants: {a: {with: {n: []}}}", "params: {n: 1}"), "a list for a parameter"),
    (net("[]", "variants: {a: {documented: {param: 1}}}"), "a claim, slipped"),
    (net("[]", "blocks: {b: {layer: []}}"), "a block without layers"),
    (net("[]", "titles: x"), "no such key"),
    (net("[]", "name: 3"), "a name is text"),
    (net("[]", "name: a/b"), "a name is a file's"),
    (net("[]", "name: readme.md"), "a name that a folder has"),
    (net("[]", 'title: "a\\x07b"'), "a bell"),
    (net("[]", "class_name: a b"), "no Python name"),
    (net("[]", "class_name: class"), "a word of Python"),
    (net("[]", "batch: 0"), "no samples"),
    (net("[]", "source: {url: U}"), "a source without a title"),
    (net("[]", "source: {title: T, year: MMXII}"), "a year is a number"),
    (net("[]", "sources: {}"), "several sources of none"),
    (net("[]", "sources: [{title: T}]"), "sources have names"),
    (net("[]", "sources: {1st: {title: T}}"), "a name begins with a letter"),
    (net("[]", "sources: {'a b': {title: T}}"), "a name has no blank"),
    (net("[]", "sources: {a: T}"), "a title alone"),
    (
        net("[]", f"sources: {{{', '.join(f's{n}: {{title: T}}' for n in range(21))}}}"),
        "more sources than columns",
    ),
    (net("[]", "source: {title: T}", "sources: {a: {title: T}}"), "one and several"),
    (net("[]", SOURCES, "documented: []"), "a list of no claims"),
    (net("[]", SOURCES, "documented: [{by: 3}]"), "a source's name is text"),
    (net("[]", SOURCES, "documented: [[{params: 0}]]"), "a list in a list"),
    ("input: 3\nlayers: []", "a shape is a list"),
    ("input: [0]\nlayers: []", "no size is 0"),
    ("input: {}\nlayers: []", "no input at all"),
    ("input: {shape: [3], dtype: int32}\nlayers: []", "no such dtype"),
    ("input: {shape: [3], low: 1}\nlayers: []", "no such key"),
    ("input: {a: [1], b: 2}\nlayers: []", "one of several is none"),
    ("input: {a: [1], 1b: [2]}\nlayers: []", "an input's name is a word"),
    (net("[]", "init: {Linea: {weight: {zeros_: }}}"), "init of no kind"),
    (net("[]", "init: {Linear: {weight: {}}}"), "init by no function"),
    (net("[]", "init: {Linear: {weight: {zeros_: , ones_: }}}"), "init by two"),
    (net("[]", "init: {Linear: {weight: {zero_: }}}"), "init by none that there is"),
    (net("[]", "init: {Linear: {weight: {constant_: }}}"), "init without its argument"),
    (net("[]", "init: {Linear: {weight: {normal_: {sd: 1}}}}"), "init with another"),
    (net("[]", "init: {Linear: {weight: {normal_: {std: {documented: 1}}}}}"), "init with a claim"),
    (said("parameters: 3"), "no such claim"),
    (said("layers: {Convolution: 5}"), "a count of no kind"),
    (said("layers: {Conv2d +: 5}"), "a sum without its end"),
    (said("layers: {Conv2d: any}"), "no count"),
    (said("params: some"), "only layers are some"),
    (said("sizes: [a]"), "sides are numbers"),
    (said("runs: [[4, 3]]"), "a run has an input"),
    (said("runs: [{input: [N, 3]}]"), "a run's input is numbers"),
    (said("runs: [{input: []}]"), "a run has a batch axis"),
    (said("init: {Linear.std: 1}"), "no parameter"),
    (said("init: {Linear.weight.median: 1}"), "no such statistic"),
    (said("init: {Linea.weight.std: 1}"), "no such kind"),
    (said("init: {Linear.weight.std: '1'}"), "a statistic is a number"),
    (said("repr: 3"), "a printed model is text"),
    (said("unchecked: [{says: fast}]"), "a statement without why"),
]


@pytest.mark.parametrize("text", [pytest.param(text, id=why) for text, why in GOOD])
def test_both_accept(text: str) -> None:
    assert_both(text, accept=True)


@pytest.mark.parametrize("text", [pytest.param(text, id=why) for text, why in BAD])
def test_both_refuse(text: str) -> None:
    assert_both(text, accept=False)


# Every kind, every argument

SAMPLES = {"bool": True, "int": 2, "float": 0.5, "size": 2, "free size": 2, "ratio": 0.5, "ints": [2]}


def arguments(kind: str) -> tuple[Argument, ...]:
    found = signatures.signature(kind) or signatures.initialiser(kind)
    assert found is not None, f"no {kind}"
    return found.arguments


def minimal(kind: str) -> dict[str, Any]:
    """Return the arguments without which PyTorch does not make the layer."""
    return {
        one.name: one.choices[0] if one.type == "choice" else SAMPLES[one.type]
        for one in arguments(kind)
        if one.required
    }


def layer(kind: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"input": [3, 8, 8], "layers": [{kind: args}]}


def initialised(function: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"input": [3], "layers": [], "init": {"Linear": {"weight": {function: args}}}}


@pytest.mark.parametrize("kind", [*signatures.kinds(), *signatures.FUNCTIONS])
def test_every_kind_is_accepted_and_an_argument_it_has_not_is_refused(kind: str) -> None:
    args = minimal(kind)
    assert_both(json.dumps(layer(kind, args)), accept=True)
    assert_both(json.dumps(layer(kind, {**args, "no_such_argument": 1})), accept=False)


@pytest.mark.parametrize("kind", [*signatures.kinds(), *signatures.FUNCTIONS])
def test_an_argument_may_be_left_out_where_the_input_decides_it_and_nowhere_else(kind: str) -> None:
    args, decided = minimal(kind), kind_schema.decided(kind)
    sides = int(kind[-2]) if kind[-1:] == "d" and kind[-2].isdigit() else 2
    for name in args:
        fewer = layer(kind, {other: value for other, value in args.items() if other != name})
        fewer["input"] = [3, 8, 8, 8][: sides + 1]
        assert fits(fewer) == (name in decided), name
        spec = loads_spec(json.dumps(fewer), "x.yaml")
        if name not in decided:
            with pytest.raises(SpecError, match=f"{kind} needs {name}$"):
                infer(spec)


HUGE: tuple[Any, ...] = (2**63, -(2**63), [2**63], [2**63] * 2, [2**63] * 3)
VALUES: tuple[Any, ...] = (
    None, True, -2, 0, 3, 0.5, *HUGE, "word", "", "${2}", "${2.5}", "${-2}", "${2", [], [2], [2, 2],
    [2, 2, 2], [2] * 4, [2] * 6, [2] * 65, [None], [None, 2], [2, None, 2], [0.5], [0.5, 0.5], ["2"], ["${2}"], [True],
    [[2]], {}, {"documented": 3}, {"documented": "${3}", "wrong": "why", "at": 2}, {"documented": 0},
    {"documented": [2]}, {"wrong": "why"}, [{"documented": 3}], [{"documented": 3}, 3], {"value": 3},
)  # fmt: skip

SORTS: dict[tuple[object, ...], tuple[str, Argument, Callable[[str, dict[str, Any]], dict[str, Any]]]] = {
    (made.__name__, one.type, one.sides, one.choices, one.nullable): (kind, one, made)
    for made, kinds in (
        (layer, (*signatures.kinds(), *signatures.FUNCTIONS)),
        (initialised, signatures.initialisers()),
    )
    for kind in kinds
    for one in arguments(kind)
}
"""One argument of each sort: of a layer or an initialiser, a type, sides, choices, null or not."""


@pytest.mark.parametrize(
    "sort", [pytest.param(sort, id=f"{sort[0]}.{sort[1].name}") for sort in SORTS.values()]
)
def test_schema_and_loader_agree_on_every_value_of_every_sort_of_argument(sort: Any) -> None:
    kind, argument, made = sort
    verdicts = set()
    # To a schema 9.3e18 is a whole number like any other, so that it cannot tell it from a float.
    values = VALUES if argument.type not in ("float", "ratio") else [v for v in VALUES if v not in HUGE]
    for value in (*values, argument.default, *argument.choices):
        document = made(kind, {**minimal(kind), argument.name: value})
        accepted = refusal(json.dumps(document)) is None
        verdicts.add(accepted)
        if value is not None or not argument.required:
            beyond = fits(document) and value in ("${2}", "${-2}")  # what it gives is no word and no truth
            assert beyond or fits(document) == accepted, value
    assert verdicts == {True, False}


# Every single change of specs that have every word in them

BLOCKS: dict[str, Any] = {
    "b": {
        "params": {"width": None, "n": 2},
        "layers": [{"Conv2d": {"out_channels": "${width * 2}", "kernel_size": [3, "${n}"]}}],
    }
}
SECTIONS: dict[str, dict[str, Any]] = {
    "name": {"name": "full", "class_name": "Net", "batch": 2, "source": {"title": "T", "year": 2012}},
    "input": {"input": {"x": [3, 8, 8], "y": {"shape": [3], "dtype": "int64", "high": 10}}},
    "blocks": {
        "blocks": BLOCKS,
        "layers": [{"block": "b", "with": {"width": 4}, "repeat": 2, "output": ["N"]}],
    },
    "add": {"layers": [{"add": {"left": ["ReLU"], "right": {"device": 1, "layers": []}}, "macs": "1.5M"}]},
    "concat": {"layers": {"join": [{"concat": [[], {"inner": {"Dropout": {"p": 0.5}}}], "dim": 1}]}},
    "flatten": {"layers": {"flat": {"flatten": {"start_dim": {"documented": 1, "wrong": "why"}}}}},
    "init": {"init": {"Linear": {"weight": {"normal_": {"std": 0.01}}}}},
    "totals": {
        "documented": {"params": [{"documented": 3, "at": 1}, {"documented": "4K"}], "sizes": [8, [4, 2]]}
    },
    "layers": {"documented": {"layers": {"Conv2d + Linear": 2, "ReLU": "some"}, "repr": "Net()"}},
    "runs": {"documented": {"runs": [{"input": [2, 3], "output": ["N"]}]}},
    "sources": {
        "sources": {"paper": {"title": "T", "year": 2012}, "code": {"title": "C", "url": "U"}},
        "documented": [{"params": {"documented": 3, "by": "code"}}, {"by": "paper", "at": 3, "sizes": [8]}],
    },
    "said": {"documented": {"init": {"Linear.weight.std": 0.01}, "unchecked": [{"says": "x", "why": "y"}]}},
}
PUT: tuple[Any, ...] = (
    None, True, 0, -1, 3, 2.5, "word", "", "ReLU", "some", "${n * 2}", "${n / 2}", [], [3], ["N"], [[2, 3]], {},
    {"a": "ReLU"}, {"ReLU": None}, {"documented": 3}, [{"documented": [3]}], {"shape": [3]},
)  # fmt: skip
NAMES = ("word", "Word", "ReLU", "flatten", "add", "repeat", "device", "shape", "documented", "1", "a.b", "")

BEYOND = (
    r"arithmetic is on whole numbers",
    r"given '\$\{.*\}', which is",
    r": \d+ is no layer",  # what an expression gives
    r"kernel_size needs 2 whole numbers or one, given \[3, 2\.5\]",  # by a parameter
    r"no parameter '\w+'; there are",
    r"no block '.*' under 'blocks:'",
    r"block 'b' needs 'with:",
    r"block 'b': no key '.*'",
    r"block 'b' contains itself",
    r"by: no source '.*'",
    r"a run's input: no key '.*'",
    r"a run's input needs 'input:'",
)
"""What no schema can see: whether something that is named elsewhere is there."""


def places(value: Any, *way: Any) -> Iterator[tuple[Any, ...]]:
    if way:
        yield way
    for key, item in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    ):
        yield from places(item, *way, key)


def changes(document: dict[str, Any], way: tuple[Any, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the document with one value changed, taken away, or called another name."""

    def copied() -> tuple[dict[str, Any], Any]:
        copied = parent = copy.deepcopy(document)
        for key in way[:-1]:
            parent = parent[key]
        return copied, parent

    for value in PUT:
        changed, parent = copied()
        parent[way[-1]] = value
        yield f"= {value!r}", changed
    changed, parent = copied()
    del parent[way[-1]]
    yield "taken away", changed
    for name in NAMES if isinstance(way[-1], str) else ():
        changed, parent = copied()
        parent[name] = parent.pop(way[-1])
        yield f"called {name!r}", changed


def lacks_an_argument(text: str) -> bool:
    try:
        infer(loads_spec(text, "x.yaml"))
    except SpecError as error:
        return re.search(r": (Conv2d|reshape) needs \w+$", str(error)) is not None
    return False


@pytest.mark.parametrize("section", SECTIONS)
def test_schema_and_loader_agree_on_every_change_of_a_spec(section: str) -> None:
    whole = {"input": [3, 8, 8], "layers": [], **SECTIONS[section]}
    assert_both(json.dumps(whole), accept=True)
    refused = 0
    for way in places(SECTIONS[section]):
        for what, document in changes(whole, way):
            text = json.dumps(document)
            message, accepted = refusal(text), fits(document)
            refused += message is not None
            if message is None:
                assert accepted or lacks_an_argument(text), f"{way} {what}: only the schema refuses"
            elif accepted:
                assert any(re.search(reason, message) for reason in BEYOND), f"{way} {what}: only {message}"
    assert refused


# What an editor tells


def taken() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of arguments: of each layer, initialiser and optimiser."""
    layers = SCHEMA["definitions"]["layer"]["properties"]
    yield from ((word, layers[word]["properties"]) for word in kind_schema.words())
    yield from (
        (name, part["properties"])
        for name, part in SCHEMA["definitions"]["initialiser"]["properties"].items()
    )
    optimizer = SCHEMA["definitions"]["training"]["properties"]["optimizer"]["anyOf"][-1]["properties"]
    yield from ((name, part["properties"]) for name, part in optimizer.items())


@pytest.mark.parametrize(("word", "arguments"), [pytest.param(*one, id=one[0]) for one in taken()])
def test_every_argument_is_explained_with_its_default(word: str, arguments: dict[str, Any]) -> None:
    for name, part in arguments.items():
        said = part["description"]
        assert re.match(r"[A-Z].*[.]$", said), f"{word}.{name}: {said}"
        assert "default" not in part or "Default: " in said, f"{word}.{name}"


def test_every_word_of_the_format_is_explained() -> None:
    records = {name: part for name, part in SCHEMA["definitions"].items() if "properties" in part}
    silent = [
        f"{name}.{key}"
        for name, part in {"": SCHEMA, **records}.items()
        for key, value in part["properties"].items()
        if "description" not in value
    ]
    assert silent == []


def offered(node: Any) -> Iterator[str]:
    """Yield what yaml-language-server offers as a value: it looks into these words, and behind no `if`."""
    node = SCHEMA["definitions"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    yield from node.get("enum", ())
    for part in (*node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from offered(part)


@pytest.mark.parametrize("place", [("children", "additionalProperties"), ("body", "items")])
def test_an_editor_is_offered_the_kinds_that_stand_alone(place: tuple[str, str]) -> None:
    definition, key = place
    words = set(offered(SCHEMA["definitions"][definition][key]))
    assert {"ReLU", "Flatten", "Softmax"} <= words
    assert not {"Conv2d", "Linear", "add"} & words, "these need more than their name"


def test_an_editor_finds_an_end_of_the_items_of_items() -> None:
    """yaml-language-server takes the items of the items... in search of a default; a circle stopped completion."""
    for name, node in SCHEMA["definitions"].items():
        seen = [name]
        while isinstance(node.get("items"), dict):
            node = node["items"]
            if "$ref" in node:
                seen.append(node["$ref"].rpartition("/")[2])
                assert len(seen) == len(set(seen)), seen
                node = SCHEMA["definitions"][seen[-1]]


def test_no_meaning_is_written_for_what_is_nowhere() -> None:
    names = {name for word in kind_schema.words() for name in kind_schema.names(word)}
    assert set(meanings.SHARED) == names
    for kind, own in meanings.OF_A_KIND.items():
        assert set(own) <= set(kind_schema.names(kind)), kind
