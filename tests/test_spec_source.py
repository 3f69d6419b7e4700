"""YAML text -> a tree with places: what a scalar is, where it stands, and every way in which a file is no tree."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

import pytest

from archcheck.errors import SpecError
from archcheck.spec import source
from archcheck.spec.source import Items, Node, Pairs, Place, Scalar, count_nodes, one_line, parse, read_text

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def plain(node: Node) -> Plain:
    """Return a tree without its places."""
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    if isinstance(node, Pairs):
        return {str(key.value): plain(value) for key, value in node.pairs}
    return node.value


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(text, "x.yaml")
    return str(caught.value)


# What a scalar is: YAML 1.2's core schema, https://yaml.org/spec/1.2.2/#1032-tag-resolution
SCALARS = [
    # written     value            why this row
    ("null", None, "the word"),
    ("~", None, "its short form"),
    ("Null", None, "capitalised"),
    ("", None, "nothing at all"),
    ("true", True, "the word"),
    ("FALSE", False, "in capitals"),
    ("no", "no", "false in YAML 1.1 only"),
    ("on", "on", "true in YAML 1.1 only"),
    ("y", "y", "the same"),
    ("7", 7, "a whole number"),
    ("-7", -7, "below zero"),
    ("+7", 7, "with its sign"),
    ("007", 7, "eight-based in YAML 1.1 only"),
    ("1_000", "1_000", "a number in YAML 1.1 only"),
    ("190:20:30", "190:20:30", "sixty-based in YAML 1.1 only"),
    ("12e03", 12000.0, "the specification's own example of a float"),
    ("1e-4", 0.0001, "text in YAML 1.1, which wants 1.0e-4"),
    ("1.", 1.0, "no digit behind the point"),
    (".5", 0.5, "no digit before it"),
    (".", ".", "no digit at all"),
    ("2e308x", "2e308x", "a letter behind: text"),
    ("'7'", "7", "quoted: text"),
    ('"true"', "true", "quoted twice: text"),
    ("'${width}'", "${width}", "an expression is text here"),
    ("16.6M", "16.6M", "a rounded number is text here"),
    ("2012-06-30", "2012-06-30", "a date in YAML 1.1 only"),
    ("٣", "٣", "a digit of another script is no number"),
    ("1" * 40, int("1" * 40), "as many digits as are read"),
    (".inf", ".inf", "no size, no rate: text, so that no argument takes it"),
    (".nan", ".nan", "the same"),
]


@pytest.mark.parametrize(("written", "value", "why"), SCALARS, ids=[row[2] for row in SCALARS])
def test_a_scalar_is_what_yaml_1_2_says(written: str, value: Plain, why: str) -> None:
    found = plain(parse(f"key: {written}\n", "x.yaml"))
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(value)


KEYS = [
    # written, key
    ("null", "null"),
    ("~", "~"),
    ("true", "true"),
    ("1", "1"),
    ("007", "007"),
    ("1.0", "1.0"),
    ("1e999", "1e999"),
    ("1" * 50, "1" * 50),
    ("''", ""),
    ("'a b'", "a b"),
    ("${n}", "${n}"),
]


@pytest.mark.parametrize(("written", "key"), KEYS)
def test_a_key_is_text_as_it_is_written(written: str, key: str) -> None:
    assert plain(parse(f"{written}: 1\n", "x.yaml")) == {key: 1}


def test_everything_knows_its_line_and_column_counted_from_1() -> None:
    tree = parse("name: a\nlayers:\n  - Conv2d: {stride: 2}\n", "x.yaml")
    assert isinstance(tree, Pairs)
    (name, _), (layers, items) = tree.pairs
    assert (str(name.place), str(layers.place), str(items.place)) == (
        "x.yaml:1:1",
        "x.yaml:2:1",
        "x.yaml:3:3",
    )
    assert isinstance(items, Items)
    (layer,) = items.items
    assert isinstance(layer, Pairs)
    ((kind, arguments),) = layer.pairs
    assert (kind.place.column, arguments.place.column) == (5, 13)
    assert isinstance(arguments, Pairs)
    assert arguments.pairs == ((Scalar("stride", Place("x.yaml", 3, 14)), Scalar(2, Place("x.yaml", 3, 22))),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# one\r\nc: 1\r\nc: 2\r\n", 3),
        ("---\nc: 1\nc: 2\n", 3),
        ("%YAML 1.2\n---\nc: 1\nc: 2\n", 4),
        ("title: 卷积 # 神经网络\nc: 1\nc: 2", 3),
        ("title: |\n  two\n  lines\nc: 1\nc: 2\n", 5),
    ],
    ids=[
        "Windows line ends",
        "a document start",
        "a directive",
        "Chinese, no last line end",
        "a text in lines",
    ],
)
def test_a_line_number_is_the_editor_s(text: str, line: int) -> None:
    assert refusal(text) == f"x.yaml:{line}:1: key 'c' stands twice, first in line {line - 1}"


def test_get_finds_a_key_s_value_and_nothing_else() -> None:
    tree = parse("a: 1\nb: null\n", "x.yaml")
    assert isinstance(tree, Pairs)
    assert tree.get("a") == Scalar(1, Place("x.yaml", 1, 4))
    assert tree.get("b") == Scalar(None, Place("x.yaml", 2, 4)), "a null is there"
    assert tree.get("c") is None


# Anchors and aliases


def test_an_alias_stands_for_what_its_anchor_names() -> None:
    tree = parse("a: &pool {kernel_size: 3, stride: [2, 2]}\nb: *pool\nc: [*pool, &n 5, *n]\n", "x.yaml")
    pool = {"kernel_size": 3, "stride": [2, 2]}
    assert plain(tree) == {"a": pool, "b": pool, "c": [pool, 5, 5]}


def test_a_later_anchor_takes_the_name_over() -> None:
    assert plain(parse("[&a 1, *a, &a 2, *a]", "x.yaml")) == [1, 1, 2, 2]


def test_an_alias_may_be_a_key() -> None:
    assert plain(parse("a: &name conv\n*name : 1\n", "x.yaml")) == {"a": "conv", "conv": 1}


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("1", 1),
        ("[]", 1),
        ("[1, [2, 3]]", 5),
        ("a: 1", 3),
        ("a: [1, 2]\nb: {c: 3}", 9),
        ("a: &x [1, 2]\nb: *x", 9),
    ],
)
def test_count_nodes_counts_keys_values_and_aliases_each_time(text: str, nodes: int) -> None:
    assert count_nodes(parse(text, "x.yaml")) == nodes


# What is no tree
REFUSED = [
    # text, message, why this row
    ("", "x.yaml: is empty; a spec has at least 'input:' and 'layers:'", "nothing"),
    (
        "# only\n# comments\n",
        "x.yaml: is empty; a spec has at least 'input:' and 'layers:'",
        "nothing but comments",
    ),
    ("a: 1\nb: 2\na: 3\n", "x.yaml:3:1: key 'a' stands twice, first in line 1", "the last would win in silence"),
    ("{a: 1, b: {c: 1, c: 2}}", "x.yaml:1:18: key 'c' stands twice, first in line 1", "inside a mapping"),
    ("1: a\n'1': b\n", "x.yaml:2:1: key '1' stands twice, first in line 1", "a number and its text"),
    ("null: a\n'null': b\n", "x.yaml:2:1: key 'null' stands twice, first in line 1", "a null and its text"),
    ("a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document; one file is one spec", "two documents"),
    ("--- \n---\n", "x.yaml:2:1: a second document; one file is one spec", "the first one empty"),
    ("? [a]\n: 1\n", "x.yaml:1:3: a key must be text, not a list or mapping", "a list as key"),
    ("? {a: 1}\n: 1\n", "x.yaml:1:3: a key must be text, not a list or mapping", "a mapping as key"),
    ("x: &l [1]\n? *l\n: 1\n", "x.yaml:1:4: a key must be text, not a list or mapping", "a list through an alias"),
    ("{[1]: 1}", "x.yaml:1:2: a key must be text, not a list or mapping", "a list as key, in one line"),
    (
        "a: !!python/object/apply:os.system [echo]\n",
        "x.yaml:1:4: tag 'tag:yaml.org,2002:python/object/apply:os.system': a spec has plain values only",
        "code",
    ),
    ("a: !!int '3'\n", "x.yaml:1:4: tag 'tag:yaml.org,2002:int': a spec has plain values only", "a plain type"),
    ("!net {a: 1}\n", "x.yaml:1:1: tag '!net': a spec has plain values only", "one's own tag"),
    ("a: !!seq [1]\n", "x.yaml:1:4: tag 'tag:yaml.org,2002:seq': a spec has plain values only", "of a list"),
    ("a: *b\n", "x.yaml:1:4: alias *b: no such anchor before it", "an alias of nothing"),
    ("a: *b\nc: &b 1\n", "x.yaml:1:4: alias *b: no such anchor before it", "an alias before its anchor"),
    ("a: &b [1, *b]\n", "x.yaml:1:11: alias *b: it stands inside what it names", "without end"),
    ("a: " + "9" * 5000, "x.yaml:1:4: a number of 5000 digits; a size has at most 19", "a huge number"),
    ("a: " + "1" * 41, "x.yaml:1:4: a number of 41 digits; a size has at most 19", "one digit too many"),
    ("a: 1e999", "x.yaml:1:4: a number beyond 1.8e+308, the largest that a computer takes", "would be infinity"),
    ("a: -1e999", "x.yaml:1:4: a number beyond 1.8e+308, the largest that a computer takes", "and below zero"),
    (
        "a: 1\nb: x\x00y\n",
        "x.yaml:2:5: is not text: character #0000; save the file as UTF-8",
        "a NUL, as binaries and UTF-16 have",
    ),
    ("# é\na: \x1b[31m\n", "x.yaml:2:4: is not text: character #001b; save the file as UTF-8", "a terminal's"),
    ("a: \ud800\n", "x.yaml:1:4: is not text: character #d800; save the file as UTF-8", "half a character"),
    ("\uffff", "x.yaml:1:1: is not text: character #ffff; save the file as UTF-8", "no character at all"),
    (
        "a: [1, 2\nb: 3\n",
        "x.yaml:2:2: not YAML: while parsing a flow sequence did not find expected ',' or ']'",
        "a bracket that is not closed",
    ),
    (
        "a: 1\n b: 2\n",
        "x.yaml:2:3: not YAML: mapping values are not allowed in this context",
        "an indentation that means nothing",
    ),
    (
        "layers:\n  o: Linear: {out_features: 4}  # it\n",
        "x.yaml:2:12: not YAML: mapping values are not allowed in this context; "
        "two keys in one line need braces: o: {Linear: {out_features: 4}}",
        "a layer behind its name",
    ),
    (
        "layers:\n  a1: Tanh\n  a1: output: [4]\n",
        "x.yaml:3:13: not YAML: mapping values are not allowed in this context; "
        "a claim stands beside its layer: a1: {Tanh: {}, output: [4]}",
        "a claim under its layer's name once more",
    ),
    (
        "layers:\n  - ReLU\n    output: [4]\n",
        "x.yaml:3:11: not YAML: mapping values are not allowed in this context; "
        "a claim beside a word: {ReLU: {}, output: [4]}",
        "a claim under a word",
    ),
    (
        "documented: {params: 5}\ndocumented: {macs: 4}\n",
        "x.yaml:2:1: key 'documented' stands twice, first in line 1; "
        "what else is documented goes under that one, as keys or as one more of a list",
        "what is documented in two places",
    ),
    (
        "a:\n\tb: 1\n",
        "x.yaml:2:1: not YAML: while scanning for the next token found character that cannot start any token; "
        "indent with blanks, not with tabs",
        "tabs",
    ),
    (
        "a: {b: ${width}}\n",
        "x.yaml:1:9: not YAML: while parsing a flow mapping did not find expected ',' or '}'; "
        "inside [ ] and { } put quotes around '${...}'",
        "an expression without quotes inside braces",
    ),
    (
        'a: "\\q"\n',
        "x.yaml:1:5: not YAML: while parsing a quoted scalar found unknown escape character",
        "an escape that there is not",
    ),
    (
        'a: "\\ud800"\n',
        "x.yaml:1:7: not YAML: while parsing a quoted scalar found invalid Unicode character escape code",
        "half a character, escaped",
    ),
    ("a: 'open\n", "x.yaml:2:1: not YAML: while scanning a quoted scalar found unexpected end of stream", "quotes"),
    ("%YAML 3.0\n---\na: 1\n", "x.yaml:1:1: not YAML: found incompatible YAML document", "a YAML of the future"),
    (
        "a: @b\n",
        "x.yaml:1:4: not YAML: while scanning for the next token found character that cannot start any token",
        "a word that cannot be one",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "why"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_no_tree_is_refused_with_its_place(text: str, message: str, why: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", "")], ids=["lists", "mappings", "one line"]
)
def test_as_deep_as_it_may_and_one_level_more(opening: str, closing: str) -> None:
    deep = source.MAX_DEPTH
    assert parse(opening * deep + "1" + closing * deep, "x.yaml").place.line == 1
    column = 1 + len(opening) * deep
    message = f"x.yaml:1:{column}: nested more than 64 levels deep"
    assert refusal(opening * (deep + 1) + "1" + closing * (deep + 1)) == message


def test_as_many_values_as_it_may_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_NODES", 100)
    assert plain(parse("- 1\n" * 99, "x.yaml")) == [1] * 99, "99 values, and the list itself"
    assert refusal("- 1\n" * 101) == "x.yaml:101:3: more than 100 values, aliases followed"


def test_an_alias_counts_as_all_that_it_stands_for() -> None:
    ten = "[" + ", ".join(["*a"] * 10) + "]"
    laughs = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    laughs += [f"a{n}: &a{n} {ten.replace('*a', f'*a{n - 1}')}" for n in range(1, 20)]
    assert refusal("\n".join(laughs)) == "x.yaml:6:10: more than 200000 values, aliases followed"


# Files


def test_a_file_s_text_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: \xe5\x8d\xb7\r\n")
    assert read_text(path, "x") == "name: 卷\r\n"


FILES = [
    # bytes, message, why this row
    (b"", "x.yaml: is empty; a spec has at least 'input:' and 'layers:'", "nothing"),
    (b" \n\t\n", "x.yaml: is empty; a spec has at least 'input:' and 'layers:'", "blanks"),
    (b"\xef\xbb\xbf", "x.yaml: is empty; a spec has at least 'input:' and 'layers:'", "a byte order mark alone"),
    (b"a: 1\nb: \xff\n", "x.yaml:2: is not UTF-8 text (byte 8); save the file as UTF-8", "a byte of no character"),
    (b"\xff\xfea\x00:\x00", "x.yaml:1: is not UTF-8 text (byte 0); save the file as UTF-8", "UTF-16"),
    ("名: 1".encode("gb18030"), "x.yaml:1: is not UTF-8 text (byte 0); save the file as UTF-8", "a Chinese encoding"),
    (
        b"#" * (source.MAX_BYTES + 1),
        "x.yaml: has more than 4000000 bytes, the most that a spec may have",
        "one byte too many",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message", "why"), FILES, ids=[row[2] for row in FILES])
def test_a_file_that_is_no_text_is_refused(data: bytes, message: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        read_text(path, "x.yaml")
    assert str(caught.value) == message


def test_a_file_as_large_as_it_may_be_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"#" * source.MAX_BYTES)
    assert len(read_text(path, "x.yaml")) == source.MAX_BYTES


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.yaml", "x.yaml: no such file"),
        ("absent/x.yaml", "x.yaml: no such file"),
        (".", "x.yaml: is a folder; name a spec or a document in it"),
        ("file/x.yaml", "x.yaml: cannot be read: Not a directory"),
        ("a\0b", "x.yaml: cannot be read: embedded null byte"),
        ("n" * 300, "x.yaml: cannot be read: File name too long"),
        ("loop", "x.yaml: cannot be read: Too many levels of symbolic links"),
    ],
    ids=["no file", "no folder", "a folder", "a file as folder", "NUL", "too long", "a link to itself"],
)
def test_a_file_that_cannot_be_read_is_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a: 1")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SpecError) as caught:
        read_text(tmp_path / name, "x.yaml")
    assert str(caught.value) == message


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(SpecError) as caught:
        read_text(Path("/dev/zero"), "/dev/zero")
    assert str(caught.value) == "/dev/zero: has more than 4000000 bytes, the most that a spec may have"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(b"a: 1\n",))
    writer.start()
    assert read_text(pipe, "pipe") == "a: 1\n"
    writer.join()


# One line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("two\nlines", "two\\nlines"),
        ("a\r\tb", "a\\r\\tb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("卷积 <script>", "卷积 <script>"),
        ("a\u202eb\u2028c", "a\\u202eb\\u2028c"),
        ("\ud800", "\\ud800"),
    ],
    ids=[
        "plain",
        "a line end",
        "blanks",
        "a colour",
        "not ours to escape",
        "turned round",
        "half a character",
    ],
)
def test_one_line_shows_what_cannot_be_shown_as_an_escape(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_message_is_one_line_of_bounded_length_whatever_it_quotes() -> None:
    place = Place("a\nb.yaml", 3, 4)
    assert str(place.error("what\nelse")) == "a\\nb.yaml:3:4: what\\nelse"
    assert str(place.error("x" * 600)) == "a\\nb.yaml:3:4: " + "x" * 600
    assert str(place.error("x" * 601)) == "a\\nb.yaml:3:4: " + "x" * 597 + "..."
