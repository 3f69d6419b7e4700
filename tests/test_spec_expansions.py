"""Equal blocks are read once: what that must not change, however alike the blocks are."""

from __future__ import annotations

import pytest

from archcheck.errors import SpecError
from archcheck.infer import infer
from archcheck.spec import bodies
from archcheck.spec.bodies import MAX_DEPTH, MAX_PATH
from archcheck.spec.layers import Body, From, Layer, Node, Spec
from archcheck.spec.load import loads_spec

FC = "{Linear: {out_features: '${width}', bias: '${bias}'}}"
UNIT = f"blocks: {{unit: {{params: {{width: 8, bias: true}}, layers: {{fc: {FC}}}}}}}"
NESTED = UNIT.replace("blocks: {", "blocks: {outer: {layers: {inner: {block: unit}}}, ")


def read(layers: str, blocks: str = UNIT) -> Spec:
    return loads_spec(f"input: [8]\n{blocks}\nlayers: {layers}\n", "t.yaml")


def nodes(spec: Spec) -> dict[str, Node]:
    return dict(spec.walk())


def test_equal_blocks_are_one_object_and_stand_where_they_stand() -> None:
    there = nodes(spec := read("{a: {block: unit}, b: {block: unit}, c: {block: unit, with: {width: 9}}}"))
    assert there["a.fc"] is there["b.fc"]
    assert there["c.fc"] is not there["a.fc"]
    assert [layer.path for layer in infer(spec).layers] == ["a.fc", "b.fc", "c.fc"]


@pytest.mark.parametrize(("one", "other"), [("{bias: true}", "{bias: false}"), ("{width: 8}", "{width: 9}")])
def test_blocks_of_other_parameters_are_read_again(one: str, other: str) -> None:
    there = nodes(read(f"{{a: {{block: unit, with: {one}}}, b: {{block: unit, with: {other}}}}}"))
    args = [node.args for node in there.values() if isinstance(node, Layer)]
    assert len(args) == 2
    assert args[0] != args[1]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("bias: true", "bias: 1", "bias needs true or false, given 1"),
        ("width: 8", "width: '8'", "out_features needs a whole number, given '8'"),
        ("width: 8", "width: 8.0", "out_features needs a whole number, given 8.0"),
    ],
)
def test_what_is_equal_or_looks_equal_is_not_the_same(right: str, wrong: str, said: str) -> None:
    with pytest.raises(SpecError, match=rf"layer 'b\.fc': Linear: {said}$"):
        read(f"{{a: {{block: unit, with: {{{right}}}}}, b: {{block: unit, with: {{{wrong}}}}}}}")


def test_claims_on_one_block_are_not_claims_on_its_like() -> None:
    there = nodes(read("{a: {block: unit, output: [8]}, b: {block: unit}, c: {block: unit, output: [7]}}"))
    claimed = {path: [one.value for one in there[path].claims] for path in "abc"}
    assert claimed == {"a": [(8,)], "b": [], "c": [(7,)]}


def test_what_goes_by_is_taken_from_the_same_block() -> None:
    """A block with `from` in it says where in the network: its likes must not point into the first one."""
    skip = "blocks: {skip: {layers: {fc: {Linear: {out_features: 8}}, act: ReLU, back: {from: fc}}}}"
    there = nodes(read("{a: {block: skip}, b: {block: skip}}", skip))
    assert [node.of for node in there.values() if isinstance(node, From)] == ["a.fc", "b.fc"]


def test_a_weight_is_shared_within_the_same_block() -> None:
    tied = "blocks: {tied: {layers: {fc: {Linear: {out_features: 8}}, again: {Linear: {out_features: 8}, share: fc}}}}"
    there = nodes(read("{a: {block: tied}, b: {block: tied}}", tied))
    assert [getattr(there[path], "shares", None) for path in ("a.again", "b.again")] == ["a.fc", "b.fc"]


@pytest.mark.parametrize("path", ["b", "b.inner", "b.inner.fc"])
def test_what_is_in_a_block_that_was_not_read_again_can_be_named(path: str) -> None:
    there = nodes(read(f"{{a: {{block: outer}}, b: {{block: outer}}, c: {{from: {path}}}}}", NESTED))
    assert isinstance(there["c"], From)
    assert there["c"].of == path


def test_what_is_in_no_block_cannot_be_named() -> None:
    with pytest.raises(SpecError, match=r"from: nothing called 'b\.inner' comes before"):
        read("{a: {block: unit}, b: {block: unit}, c: {from: b.inner}}")


@pytest.mark.parametrize(
    ("limit", "most", "layer", "said"),
    [  # before the blocks: 1, the child `a`; of each: itself, the child `inner`, which is a block, and its layer
        ("MAX_LAYERS", 1 + 50 * 4, "a.50", "layers and blocks, repeats expanded"),
        ("MAX_LAYERS", 1 + 50 * 4 + 3, "a.50.inner.fc", "layers and blocks, repeats expanded"),
        # of each {inner: {block: unit}}, and {fc: {Linear: {out_features: ..., bias: ...}}}: mappings, keys, values
        ("MAX_EXPANDED", 11 * (5 + 9), "a.11", "values, blocks expanded"),
        ("MAX_EXPANDED", 11 * (5 + 9) + 5, "a.11.inner", "values, blocks expanded"),
    ],
)
def test_the_first_that_is_too_many_is_named(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int, layer: str, said: str
) -> None:
    monkeypatch.setattr(bodies, limit, most)
    with pytest.raises(SpecError, match=rf"layer '{layer}': more than {most} {said}$"):
        read("{a: {block: outer, repeat: 60}}", NESTED)


def inside(names: list[str], what: str) -> str:
    return "".join(f"{{{name}: " for name in names) + what + "}" * len(names)


def outcome(first: str, around: list[str]) -> str:
    """Return what is said of a block inside so many bodies where `first` stands before it; empty: nothing."""
    try:
        read(f"\n  a: {first}\n  b: {inside(around, '{block: outer}')}", NESTED)
    except SpecError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("before", "arounds", "said"),
    [
        (
            ["n" * 99] * 2,
            [["x"] * number for number in range(MAX_DEPTH - 8, MAX_DEPTH - 2)],
            f"more than {MAX_DEPTH} layers and blocks",
        ),
        (
            ["x"] * 10,
            [["n" * length] * 5 for length in range(MAX_PATH // 5 - 5, MAX_PATH // 5)],
            f"or {MAX_PATH} letters, inside each other",
        ),
    ],
    ids=["deeper, of a shorter path", "of a longer path, less deep"],
)
def test_limits_hold_in_a_block_whose_like_was_read(
    before: list[str], arounds: list[list[str]], said: str
) -> None:
    """Within each limit, at it and beyond it, the same is said as of a block that is the first of its kind."""
    alone = [outcome("ReLU", around) for around in arounds]
    assert [outcome(inside(before, "{block: outer}"), around) for around in arounds] == alone
    assert alone[0] == ""
    assert said in alone[-1]


def test_a_body_of_likes_is_read_as_a_list() -> None:
    body = read("{a: {block: unit, repeat: 3}}").body.children[0][1]
    assert isinstance(body, Body)
    assert [name for name, _ in body.children] == ["0", "1", "2"]
