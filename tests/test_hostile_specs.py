"""Spec files that nobody would write on purpose: one clear line each, soon, in little memory, and never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import archcheck
from archcheck.errors import ArchcheckError, SpecError
from archcheck.infer import infer
from archcheck.spec import bodies, signatures
from archcheck.spec.load import loads_spec
from archcheck.spec.signatures import Argument

ROOT = Path(__file__).parent.parent
SPECS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "specs").glob("*.yaml"))}
GOOD = "input: [3, 8, 8]\nlayers: [{Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}, output: [4, 6, 6]}]\n"

IN = "input: [3, 8, 8]\n"
NET = IN + "layers: [ReLU]\n"


def conv(**args: object) -> str:
    """Return a spec of one convolution; an argument that is None is left out."""
    given = {"in_channels": 3, "out_channels": 4, "kernel_size": 3} | args
    stated = {name: value for name, value in given.items() if value is not None}
    return f"{IN}layers: [{{Conv2d: {json.dumps(stated)}}}]\n"


def layer(written: str, before: str = IN) -> str:
    return f"{before}layers: [{{{written}}}]\n"


def nested_repeats(times: int, inner: str) -> str:
    blocks = f"a: {{layers: {inner}}}, b: {{layers: [{{block: a, repeat: {times}}}]}}, "
    blocks += f"c: {{layers: [{{block: b, repeat: {times}}}]}}"
    return f"{IN}blocks: {{{blocks}}}\nlayers: [{{block: c, repeat: {times}}}]\n"


def often(layers: str) -> str:
    return f"{IN}blocks: {{a: {{layers: {layers}}}}}\nlayers: [{{block: a, repeat: {bodies.MAX_LAYERS}}}]\n"


def doubling(levels: int) -> str:
    """Return blocks each of which is the next one twice."""
    links = [f"  b{n}: {{layers: [{{block: b{n + 1}}}, {{block: b{n + 1}}}]}}" for n in range(levels)]
    return "\n".join([IN + "blocks:", *links, f"  b{levels}: {{layers: [ReLU]}}", "layers: {block: b0}", ""])


def chain(length: int) -> str:
    links = [f"  b{n}: {{layers: {{block: b{n + 1}}}}}" for n in range(length)]
    return "\n".join([IN + "blocks:", *links, f"  b{length}: {{layers: [ReLU]}}", "layers: {block: b0}", ""])


def laughs() -> str:
    lines = ["a0: &a0 [" + "1, " * 10 + "]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines)


# Files: bytes, and what must be said of them. The exact texts are tested beside the loader's modules.
FILES: dict[str, tuple[bytes | str, str]] = {
    "nothing": (b"", "is empty; a spec has at least 'input:' and 'layers:'"),
    "blanks": (" \n\n", "is empty"),
    "comments alone": ("# one\n# two\n", "is empty"),
    "a program": (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 16, "is not UTF-8 text"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not UTF-8 text (byte 0)"),
    "a zip file": (b"PK\x03\x04\x14\x00\x00\x00", ":1:3: is not text: character #0003"),
    "NUL bytes": (b"input: [3]\nlayers: [\x00]\n", ":2:10: is not text: character #0000"),
    "UTF-16": ("input: [3]\n".encode("utf-16"), "is not UTF-8 text (byte 0); save the file as UTF-8"),
    "UTF-16 without its mark": ("input: [3]\n".encode("utf-16-le"), ":1:2: is not text: character #0000"),
    "Latin 1": ("title: é\n".encode("latin-1"), ":1: is not UTF-8 text (byte 7)"),
    "JSON of another kind": ('{"nbformat": 4, "cells": []}', "a spec: no key 'nbformat'"),
    "Python": ("import torch\n\nclass Net(torch.nn.Module):\n    pass\n", "not YAML: mapping values"),
    "HTML": (
        "<!DOCTYPE html>\n<html></html>\n",
        "a spec needs a mapping, given '<!DOCTYPE html> <html></html>'",
    ),
    "Markdown": ("# Title\n\nSome text.\n", "a spec needs a mapping, given 'Some text.'"),
    "a list": ("[1, 2]", ":1:1: a spec needs a mapping, given a list"),
    "a number": ("5", ":1:1: a spec needs a mapping, given 5"),
    "half a spec": (IN + "layers: [{Conv2d: {", "not YAML: while parsing a flow node did not find expected"),
    "tabs": ("input:\n\t- 3\n", "indent with blanks, not with tabs"),
    "two specs": (NET + "---\n" + NET, ":3:1: a second document; one file is one spec"),
    "a key twice": (IN + NET, ":2:1: key 'input' stands twice, first in line 1"),
    "a list as key": ("? [a]\n: 1\n", "a key must be text, not a list or mapping"),
    "an object": (
        "input: !!python/object/apply:os.system [id]\n",
        ":1:8: tag 'tag:yaml.org,2002:python/object",
    ),
    "a name of Python": (
        "input: !!python/name:os.system\n",
        ":1:8: tag 'tag:yaml.org,2002:python/name:os.system'",
    ),
    "an alias inside itself": ("input: &a [*a]\n", ":1:12: alias *a: it stands inside what it names"),
    "an alias of nothing": ("input: *a\n", ":1:8: alias *a: no such anchor before it"),
    "aliases that multiply": (laughs(), ":6:10: more than 200000 values, aliases followed"),
    # libyaml counts these ahead, from 0.2.6 on, and names the place where it stopped.
    "lists 100,000 deep": ("[" * 100_000, ": nested more than 64 levels deep"),
    "mappings 100,000 deep": ("{a: " * 100_000, ":1:257: nested more than 64 levels deep"),
    "items 100,000 deep": ("- " * 100_000, ":1:129: nested more than 64 levels deep"),
    "keys 100,000 deep": ("? " * 100_000, ":1:129: nested more than 64 levels deep"),
    "lines 2,000 deep": (
        "".join(" " * n + "a:\n" for n in range(2000)),
        ":65:65: nested more than 64 levels deep",
    ),
    "10 MB": (b"#" * 10_000_000, "has more than 4000000 bytes"),
    "4 MB of text in the place of a spec": ("x" * 3_999_999, ":1:1: a spec needs a mapping, given 'xxx"),
    "a key of 1 MB": ("k" * 1_000_000 + ": 1", "not YAML: "),
    "a quoted key of 1 MB": (f"? '{'k' * 1_000_000}'\n: 1", ":1:3: a spec: no key 'kkk"),
    "100,000 keys": ("\n".join(f"k{n}: 1" for n in range(100_000)), "more than 200000 values"),
    "90,000 keys": (
        "\n".join(f"k{n}: 1" for n in range(90_000)),
        ":1:1: a spec: no key 'k0'; there are: name",
    ),
    "a million items": ("[" + "1," * 1_000_000 + "]", "more than 200000 values"),
    "5,000 digits": ("input: [" + "9" * 5000 + "]\n", ":1:9: a number of 5000 digits; a size has at most 19"),
    "5,000 digits behind the point": (layer("Dropout: {p: 2." + "9" * 5000 + "}"), "is not between 0 and 1"),
    "5,000 digits, quoted": (
        NET + f"documented: {{params: '{'9' * 5000}'}}",
        "params needs a count such as 5 or 16.6M",
    ),
    "5,000 digits and letters": (NET + f"documented: {{params: {'9' * 5000}M}}", "params needs a count"),
    "a million commas": (NET + f"documented: {{params: '1{',1' * 1_000_000}'}}", "params needs a count"),
    "infinity": (layer("Dropout: {p: .inf}"), "Dropout: p needs a number, given '.inf'"),
    "no number": (layer("Dropout: {p: .nan}"), "Dropout: p needs a number, given '.nan'"),
    "a number that would be infinity": (layer("Dropout: {p: 1e999}"), "a number beyond 1.8e+308"),
    "sizes of no number": ("input: [.nan]\nlayers: []", "input needs a whole number, given '.nan'"),
    "a child that is a number": (IN + "layers: {1: 2}", "layer '1': 2 is no layer"),
    "a child called null": (IN + "layers: {null: null}", "layer 'null': null is no layer"),
    "an expression of 1 MB": (layer(f"Linear: {{out_features: '${{{'1+' * 500_000}1}}'}}"), "at most 200"),
    "an expression in itself": (layer("Linear: {out_features: '${${1}}'}"), "write '${...}' alone"),
    "a deep expression": (
        layer(f"Linear: {{out_features: '${{{'(' * 199}}}'}}"),
        "is not integer arithmetic",
    ),
    "a power": (layer("Linear: {out_features: '${9 ** 9 ** 9}'}"), "is not integer arithmetic"),
    "a name that calls": (layer("Linear: {out_features: '${exit()}'}"), "'exit()' is not integer arithmetic"),
    "150,000 branches": (layer("add: [" + "[]," * 150_000 + "]"), "more than 100000 layers and blocks"),
    "a class that is code": (
        NET + "class_name: __import__('os').system('id')",
        "class_name needs a Python name",
    ),
    "a name that is a path": (
        NET + "name: ../../etc/cron.d/x",
        "name '../../etc/cron.d/x' cannot be a file's name",
    ),
    "a name of 1 MB": (NET + f"name: {'n' * 1_000_000}", "name 'nnn"),
    "a number of 10 MB digits as key": (f"? {'9' * 3_000_000}\n: 1", "a spec: no key '999"),
    "words of another language": (IN + "layers: [卷积]\n", ":2:10: layer '0': '卷积' is no layer"),
    "a kind in another script": (
        IN + "layers: [Ｃonv2d]\n",
        ":2:10: layer '0': no module 'Ｃonv2d' in torch.nn",
    ),
    "a kind that is Python's": (IN + "layers: [{__class__: {}}]\n", "'__class__' is no name of a child"),
    "a module's module": (IN + "layers: [Module]\n", "'Module' cannot be used: it is no layer by itself"),
    "a container": (IN + "layers: [{Sequential: {}}]\n", "'Sequential' cannot be used"),
    "a loss": (IN + "layers: [MSELoss]\n", "'MSELoss' cannot be used: a loss is no layer of the network"),
    "a name in HTML": (
        IN + "layers: ['<script>alert(1)</script>']\n",
        "'<script>alert(1)</script>' is no layer",
    ),
    "a name of two lines": (IN + 'layers: ["Flat\\nten"]\n', r"no module 'Flat\nten' in torch.nn"),
    "a name in colours": (IN + 'layers: ["\\e[31mRed"]\n', r"'\x1b[31mRed' is no layer"),
    "a name turned round": (IN + 'layers: ["R\\u202eeLU"]\n', r"no module 'R\u202eeLU' in torch.nn"),
    "a claim of 50,000 statements": (
        layer("ReLU: , output: [" + "{documented: [1]}," * 50_000 + "]"),
        "more than 200000 values",
    ),
    "1,000 variants": (
        NET + "variants: {" + ", ".join(f"v{n}: {{}}" for n in range(1000)) + "}",
        ":3:11: variants needs 1 to 100 networks, given 1000",
    ),
    "100 variants": (
        NET + "variants: {" + ", ".join(f"v{n}: {{}}" for n in range(100)) + "}",
        "has 100 variants: v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11 ...; name one, ",
    ),
    "a variant that has variants": (
        NET + "variants: {a: {variants: {}}}",
        "a: variant 'a': no key 'variants'; there are: ",
    ),
    "1,000 parameters": (
        NET + "params: {" + ", ".join(f"p{n}: 1" for n in range(1000)) + "}",
        ":3:9: 1000 parameters; at most 64",
    ),
    "a parameter of itself": (
        NET + "params: {p: '${p}'}",
        ":3:13: ${p}: no parameter 'p'; there are: none here",
    ),
    "a word of code": (
        NET + "params: {p: '__import__(0)', q: '${p + 1}'}",
        ":3:33: ${p + 1}: p is '__import__(0)'; arithmetic is on whole numbers",
    ),
    "parameters that grow": (
        NET + "params: {a: 4294967296, b: '${a * a}', c: '${b * b}'}",
        ":3:28: ${a * a}: a value beyond 2^63 - 1",
    ),
    "a word that names its own block": (
        IN + "params: {w: b}\nblocks: {b: {layers: {block: '${w}'}}}\nlayers: {block: '${w}'}\n",
        "block 'b' contains itself: b -> b",
    ),
    "200 runs": (
        NET + "documented: {runs: [" + "{input: [1, 3, 8, 8]}," * 200 + "]}",
        "200 runs; at most 100",
    ),
}

# Layers: specs that load, or do not, and what must be said of them.
LAYERS: dict[str, tuple[str, str]] = {
    "no argument at all": (layer("Conv2d: "), "layer '0': Conv2d needs out_channels"),
    "an argument that is missing": (conv(kernel_size=None), "layer '0': Conv2d needs kernel_size"),
    "an argument that there is not": (
        conv(kernle_size=3),
        "Conv2d has no argument 'kernle_size'; did you mean 'kernel_size'?",
    ),
    "an argument of another type": (
        conv(kernel_size="three"),
        "Conv2d: kernel_size needs 2 whole numbers or one, given 'three'",
    ),
    "a kernel of 0": (conv(kernel_size=0), "layer '0': Conv2d: kernel_size: 0 is less than 1"),
    "a kernel below 0": (conv(kernel_size=-3), "layer '0': Conv2d: kernel_size: -3 is less than 1"),
    "a stride of 0": (conv(stride=0), "layer '0': Conv2d: stride: 0 is less than 1"),
    "channels below 0": (conv(out_channels=-4), "layer '0': Conv2d: out_channels: -4 is less than 1"),
    "a padding below 0": (conv(padding=-1), "layer '0': Conv2d: padding: -1 is less than 0"),
    "groups of 0": (conv(groups=0), "layer '0': Conv2d: groups: 0 is less than 1"),
    "a kernel of 2^63": (conv(kernel_size=2**63), "Conv2d: kernel_size is beyond 2^63 - 1"),
    "a billion inner layers": (
        layer("LSTM: {hidden_size: 2, num_layers: 1000000000}"),
        "LSTM: num_layers must be at most 10000",
    ),
    "a billion encoders": (
        layer("Transformer: {num_encoder_layers: 1000000000}"),
        "num_encoder_layers must be at most 10000",
    ),
    "a block within itself": (
        IN + "blocks: {a: {layers: [{block: a}]}}\nlayers: [{block: a}]",
        "block 'a' contains itself: a -> a",
    ),
    "a block within itself, through another": (
        IN + "blocks: {a: {layers: [{block: b}]}, b: {layers: {c: {block: a}}}}\nlayers: [{block: a}]",
        "layer '0.0.c': block 'a' contains itself: a -> b -> a",
    ),
    "a billion blocks": (
        IN + "blocks: {a: {layers: [ReLU]}}\nlayers: [{block: a, repeat: 1000000000}]",
        "repeat must be at most 100000",
    ),
    "a billion empty blocks": (
        IN + "blocks: {a: {layers: []}}\nlayers: [{block: a, repeat: 1000000000}]",
        "repeat must be at most 100000",
    ),
    "1000 x 1000 x 1000 layers": (
        nested_repeats(1000, "[ReLU]"),
        "more than 100000 layers and blocks, repeats expanded",
    ),
    "1000 x 1000 x 1000 empty blocks": (
        nested_repeats(1000, "[]"),
        "more than 100000 layers and blocks, repeats expanded",
    ),
    "2^30 layers": (doubling(30), "more than 100000 layers and blocks, repeats expanded"),
    "blocks 2,000 deep": (chain(2000), "more than 64 layers and blocks, or 500 letters, inside each other"),
    "long lists, often": (
        often(f"[{{reshape: {{shape: [{'1, ' * 64}]}}}}]"),
        "more than 500000 values, blocks expanded",
    ),
    "long names, often": (
        often("".join(f"{{{letter * 100}: " for letter in "abcde") + "ReLU" + "}" * 5),
        "or 500 letters, inside each other",
    ),
    "an input of 2^126 numbers": (
        "input: [9223372036854775807, 9223372036854775807]\nlayers: [ReLU]",
        "a tensor has fewer than 2^60",
    ),
    "a batch that makes it too large": (
        "input: [4294967296]\nbatch: 4294967296\nlayers: [ReLU]",
        "4294967296x4294967296 elements, batch included",
    ),
    "a run of 2^62 numbers": (
        NET + "documented: {runs: [{input: [1, 4611686018427387904]}]}",
        "a run's input has 1x4611686018427387904 elements",
    ),
    "a factor of 1e308": (
        layer("Upsample: {scale_factor: 1e308}"),
        "scale_factor must be at most 9223372036854775807, given 1e+308",
    ),
}


def write(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def assert_one_line(error: str | None, path: Path, said: str) -> None:
    assert error is not None
    assert said in error
    assert error.startswith(f"{path}:"), "it begins with the place"
    assert error.isprintable(), "one line, and nothing that a terminal obeys"
    assert len(error) < 1000 + len(str(path))


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_one_line(name: str, tmp_path: Path) -> None:
    data, said = FILES[name]
    path = write(tmp_path, "x", data)
    result = archcheck.lint(path)
    assert_one_line(result.error, path, said)
    assert (result.ok, result.checks) == (False, ())


@pytest.mark.parametrize("name", LAYERS)
def test_a_hostile_layer_is_one_line(name: str, tmp_path: Path) -> None:
    text, said = LAYERS[name]
    path = write(tmp_path, "x", text)
    assert_one_line(archcheck.lint(path).error, path, said)


def test_a_file_that_is_not_there_and_one_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    absent, folder = tmp_path / "xyzzy.yaml", tmp_path / "folder.yaml"
    assert_one_line(archcheck.lint(absent).error, absent, "no such file, and no shipped network of that name")
    assert_one_line(archcheck.lint(folder).error, folder, "is a folder; name a spec or a document in it")


# What must work


ODD = {
    "Windows line ends": GOOD.replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + GOOD,
    "Unicode": "# 注释 ✓\n" + GOOD,
    "document marks": "---\n" + GOOD + "...\n",
    "JSON": json.dumps(
        {
            "input": [3, 8, 8],
            "layers": [
                {
                    "Conv2d": {"in_channels": 3, "out_channels": 4, "kernel_size": 3},
                    "output": [4, 6, 6],
                }
            ],
        }
    ),
    "an anchor": "input: &in [3, 8, 8]\n" + GOOD.partition("\n")[2].replace("output", "input: *in, output"),
    "no last line end": GOOD.rstrip("\n"),
    "tabs between values": "input: [3,\t8,\t8]\n" + GOOD.partition("\n")[2],
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_what_looks_odd_and_is_well_is_read(data: str, tmp_path: Path) -> None:
    result = archcheck.lint(write(tmp_path, "x", data))
    assert result.error is None
    assert result.ok
    assert result.count("agrees") >= 2


HUGE = [
    # layer, what lint says, why this row
    (conv(kernel_size=10**18), "kernel 1000000000000000000 is more than the padded side 8", "a kernel of 10^18"),
    (conv(kernel_size=2**63 - 1), "kernel 9223372036854775807 is more than the padded side 8", "a kernel of 2^63 - 1"),
    (conv(dilation=2**62), "", "a dilation of 2^62"),
    (conv(stride=2**63 - 1), "", "a stride of 2^63 - 1"),
    (conv(padding=2**62), "", "a padding of 2^62"),
    (conv(out_channels=2**62), "", "channels of 2^62"),
    (layer("Upsample: {scale_factor: 9e18}"), "", "a factor of 9e18"),
    (layer("MaxPool2d: {kernel_size: 1000000000000000000}"), "", "a pooling of 10^18"),
    (layer("Unfold: {kernel_size: 1, padding: 4611686018427387904}"), "", "columns of 2^62"),
    (layer("reshape: {shape: [-1, 9223372036854775807]}"), "", "a reshape to 2^63 - 1"),
    (layer("Linear: {out_features: 9223372036854775807}"), "", "features of 2^63 - 1"),
    (layer("ZeroPad2d: {padding: 4611686018427387904}"), "", "a border of 2^62"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "why"), HUGE, ids=[row[2] for row in HUGE])
def test_huge_arguments_are_worked_out_exactly_and_at_once(
    text: str, said: str, why: str, tmp_path: Path
) -> None:
    result = archcheck.lint(write(tmp_path, "x", text + "documented: {layers: {ReLU: 0}}\n"))
    assert result.error is None or result.error.isprintable()
    hints = " ".join(check.hint or "" for check in result.checks)
    assert said in hints
    assert result.error is not None or any(check.quantity == "layers.ReLU" for check in result.checks)


GREAT = (
    "input: [10000000]\n"
    "layers: [{Linear: {out_features: 100000000, bias: false}}]\n"
    "documented: {params: %s, macs: %s}\n"
)


def test_a_network_of_10_to_the_15_parameters_is_counted_exactly_and_not_built(tmp_path: Path) -> None:
    path = write(tmp_path, "great", GREAT % (10**15, 10**15))
    assert [check.status for check in archcheck.lint(path).checks if check.claimed] == ["agrees", "agrees"]
    assert not archcheck.lint(write(tmp_path, "off", GREAT % (10**15 + 1, 10**15 - 1))).ok
    result = archcheck.verify(path, "cpu")
    assert result.error is not None
    way_out = "--device meta checks shapes without memory"
    assert re.fullmatch(
        rf"{path}: the network needs 4\.00 PB and cpu has [\d.,]+ [KMGT]?B free; {way_out}", result.error
    )
    on_meta = archcheck.verify(path, "meta")
    assert on_meta.error is None
    assert on_meta.ok
    (params,) = (check for check in on_meta.checks if check.quantity == "params" and not check.layer)
    assert params.seen == params.inferred == 10**15


# One bad target never hides the others


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "archcheck", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=60, check=False
    )


def test_the_command_line_shows_the_good_targets_and_one_line_for_each_bad_one(tmp_path: Path) -> None:
    write(tmp_path, "good", GOOD)
    bad = ["a program", "lists 100,000 deep", "a name in colours", "a block within itself"]
    for number, name in enumerate(bad):
        write(tmp_path, f"bad{number}", (FILES | LAYERS)[name][0])
    names = ["bad0.yaml", "bad1.yaml", "good.yaml", "bad2.yaml", "absent.yaml", "bad3.yaml"]
    done = run("lint", *names, cwd=tmp_path)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [name for name in names if name != "good.yaml"]
    assert all(line.startswith("archcheck: ") and line.isprintable() for line in lines)
    assert re.search(r"^good\.yaml +2 +2 .* ok$", done.stdout, re.MULTILINE), done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_command_line_ends_with_2_where_the_device_has_no_memory_for_one(tmp_path: Path) -> None:
    write(tmp_path, "good", GOOD)
    write(tmp_path, "great", GREAT % (10**15, 10**15))
    done = run("verify", "--device", "cpu", "--format", "json", "great.yaml", "good.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert re.fullmatch(r"archcheck: great\.yaml: the network needs 4\.00 PB and cpu has .*\n", done.stderr)
    great, good = json.loads(done.stdout)["results"]
    assert (great["ok"], great["checks"], great["error"]) == (
        False,
        [],
        done.stderr.removeprefix("archcheck: ")[:-1],
    )
    assert (good["ok"], good["error"], len(good["checks"]) > 1) == (True, None, True)


@pytest.mark.parametrize("hostile", ["10 MB", "1000 x 1000 x 1000 layers"])
def test_the_command_line_ends_with_2_and_says_one_line(hostile: str, tmp_path: Path) -> None:
    write(tmp_path, "x", (FILES | LAYERS)[hostile][0])
    done = run("lint", "x.yaml", cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert (FILES | LAYERS)[hostile][1] in done.stderr


# Time and memory

SECONDS = 3.0  # three times what the slowest takes
MEGABYTES = 300
MEASURE = """
import json, resource, sys, time
import archcheck
archcheck.lint(sys.argv[1])
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seconds = {}
for path in sys.argv[2:]:
    begin = time.process_time()
    assert archcheck.lint(path).error is not None, path
    seconds[path] = time.process_time() - begin
megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
print(json.dumps({"seconds": seconds, "megabytes": megabytes}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource usage of processes")
def test_every_hostile_file_is_refused_soon_and_in_little_memory(tmp_path: Path) -> None:
    hostile = {name: data for name, (data, _) in (FILES | LAYERS).items()}
    paths = {str(write(tmp_path, f"{n}", data)): name for n, (name, data) in enumerate(hostile.items())}
    good = str(write(tmp_path, "good", GOOD))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, good, *paths],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    slow = {paths[path]: seconds for path, seconds in measured["seconds"].items() if seconds > SECONDS}
    assert slow == {}
    assert measured["megabytes"] < MEGABYTES


@pytest.mark.slow
def test_as_many_layers_as_there_may_be_are_checked_in_seconds(tmp_path: Path) -> None:
    text = (
        f"{IN}blocks: {{a: {{layers: [ReLU]}}}}\nlayers: [{{block: a, repeat: {bodies.MAX_LAYERS // 2}}}]\n"
    )
    path = write(tmp_path, "x", text + f"documented: {{layers: {{ReLU: {bodies.MAX_LAYERS // 2}}}}}\n")
    result = archcheck.lint(path)
    assert result.ok
    assert result.count("agrees") == 1


# Anything at all

FUZZ = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
WORDS = """
    a b name layers input output documented params blocks block with repeat add concat flatten ReLU Conv2d
    from aside share mul matmul parameter a1..3 a2..1 Linear Embedding open
    : , ? - [ ] { } &a *a | > ' " # % @ ! !!int << --- ...
    ~ null true 1 -1 0.5 1e9 3x3 ${n} ${ } é 卷
"""
TOKENS = st.sampled_from((*WORDS.split(), " ", "\n", "\n  ", "\t", "\x85", "\ufeff"))


def only_spec_errors(text: str) -> None:
    """Load a text: it becomes a spec, or one line."""
    try:
        spec = loads_spec(text, "x.yaml")
    except SpecError as error:
        message = str(error)
    else:
        only_archcheck_errors(lambda: infer(spec))
        return
    assert message.startswith("x.yaml:"), message
    assert message.isprintable(), message


def only_archcheck_errors(work: Callable[[], object]) -> None:
    try:
        work()
    except ArchcheckError as error:
        message = str(error)
    else:
        return
    assert message.isprintable(), message


@st.composite
def changed_specs(draw: st.DrawFn) -> str:
    """Yield a shipped spec, cut or changed in a few places."""
    text = draw(st.sampled_from(list(SPECS.values())))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 20))
        text = text[:begin] + draw(st.just("") | TOKENS | st.text(max_size=4)) + text[begin + length :]
    return text if draw(st.booleans()) else text[: draw(st.integers(0, len(text)))]


@given(changed_specs())
@settings(FUZZ, max_examples=150)
def test_a_changed_spec_is_a_spec_or_one_line(text: str) -> None:
    only_spec_errors(text)


@given(st.lists(TOKENS, max_size=30).map(" ".join) | st.lists(TOKENS, max_size=30).map("".join))
@settings(FUZZ, max_examples=300)
def test_words_of_yaml_in_any_order_are_a_spec_or_one_line(text: str) -> None:
    only_spec_errors(text)
    only_spec_errors(NET + text)


@given(st.text(max_size=60) | st.text(st.characters(max_codepoint=0x2FF), max_size=60))
@settings(FUZZ, max_examples=200)
def test_any_text_is_a_spec_or_one_line(text: str) -> None:
    only_spec_errors(text)
    only_spec_errors(
        json.dumps({"input": [3], "layers": [text], "title": text, "documented": {"repr": text}})
    )
    only_spec_errors(json.dumps({"input": {text: [3]}, "layers": {text: {"add": {text: [], "b": []}}}}))


@given(st.binary(max_size=80))
@settings(FUZZ, max_examples=150)
def test_any_bytes_never_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(data)
    result = archcheck.lint(path)
    assert result.error is not None, "80 bytes without a plan are no spec"
    assert result.error.isprintable()


WHOLE = st.sampled_from((0, 1, 2, 3, 4, 7, -1, -2, 10**6, 2**31, 2**62, 2**63 - 1, -(2**63) + 1))
REAL = st.sampled_from((0, 1, 0.5, -1.0, 3, 1e308, -1e308, 1e-320, 2.0**63))


def values(argument: Argument) -> st.SearchStrategy[Any]:
    """Return values of the argument's own type, sensible or not."""
    number = REAL if argument.type in ("float", "ratio") else WHOLE
    sides = argument.sides or 3
    lists = st.lists(number, min_size=argument.sides or 1, max_size=sides)
    found: list[st.SearchStrategy[Any]] = [st.sampled_from(argument.choices)] if argument.choices else []
    found += [st.none()] if argument.nullable else []
    found += [st.booleans()] if argument.type == "bool" else []
    found += [number] if argument.type in ("int", "float", "size", "free size", "ratio") else []
    found += [lists] if argument.type in ("size", "free size", "ratio", "ints") else []
    return st.one_of(found)


NAMES = st.sampled_from(("a", "a", "a", "b", "c", "a.c", "input", "x1", "none"))
RANGES = st.sampled_from(("x1..2", "x0..0", "x1..0", "x3..1", "x01..2", "1..3", "a1..99", "x1..${n}", "c..d"))
JOINS = st.sampled_from(tuple(signatures.JOINS))
ARGS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    ({}, {}, {"dim": 9}, {"dim": -1}, {"is_causal": True}, {"enable_gqa": True}, {"scale": 0})
)
SIZES = st.lists(st.sampled_from((1, 2, 3, 0, -1, 2**31)), max_size=5)


@st.composite
def odd_networks(draw: st.DrawFn) -> dict[str, Any]:
    """Yield one layer of any kind with arguments of the right types and any values, on any input."""
    kind = draw(st.sampled_from((*signatures.kinds(), *signatures.FUNCTIONS)))
    signature = signatures.signature(kind)
    assert signature is not None
    wanted = {a.name: values(a) for a in signature.arguments if a.required or draw(st.integers(0, 2)) == 0}
    layer = {kind: draw(st.fixed_dictionaries(wanted))}
    shape = draw(st.lists(st.sampled_from((1, 2, 3, 4, 8, 10**6, 2**31)), max_size=5))
    ways: tuple[Any, ...] = (
        [layer, "ReLU"],
        [{"add": [[layer], []]}],
        {"a": {"concat": [[layer], ["Flatten"]]}},
        {"a": layer, "b": {"mul": [{"c": layer}, {"from": draw(NAMES)}]}, "d": {"from": draw(NAMES)}},
        {"a": {"aside": {"c": layer}}, draw(RANGES): layer, "b": {"matmul": [{"from": draw(NAMES)}, []]}},
        {"a": layer, "b": {**layer, "share": draw(NAMES)}},
        {"a": layer, "c": {draw(JOINS): [[], layer, {"from": "a"}], **draw(ARGS)}},
        [
            {"parameter": {"size": draw(SIZES), "expand": draw(st.booleans())}},
            {"add": [layer, {"from": "input"}]},
        ],
    )
    return {
        "input": {"shape": shape, "dtype": draw(st.sampled_from(("float32", "int64", "bool")))},
        "batch": draw(st.sampled_from((1, 2))),
        "layers": draw(st.sampled_from(ways)),
        "documented": {
            "runs": [{"input": draw(st.lists(st.sampled_from((1, 2, 3, 8)), min_size=1, max_size=5))}]
        },
    }


@given(odd_networks())
@settings(FUZZ, max_examples=500)
def test_inferring_any_layer_raises_nothing_but_archcheck_s_errors(network: dict[str, Any]) -> None:
    try:
        spec = loads_spec(json.dumps(network), "x.yaml")
    except SpecError:
        return
    result = archcheck.lint(spec)
    assert result.error is None or result.error.isprintable()


def loads(text: str) -> bool:
    try:
        loads_spec(text, "x.yaml")
    except SpecError:
        return False
    return True


def infers(network: dict[str, Any]) -> bool:
    text = json.dumps(network)
    return loads(text) and archcheck.lint(loads_spec(text, "x.yaml")).error is None


@pytest.mark.parametrize("wanted", [True, False], ids=["a spec", "one line"])
def test_what_is_drawn_is_now_a_spec_and_now_one_line(wanted: bool) -> None:
    quick = settings(FUZZ, max_examples=200)
    assert loads(find(changed_specs(), lambda text: loads(text) is wanted, settings=quick)) is wanted
    assert infers(find(odd_networks(), lambda net: infers(net) is wanted, settings=quick)) is wanted
