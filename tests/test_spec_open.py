"""`open: true`: a block's layers are those of the list around it, whose numbers go on; right and refused."""

from __future__ import annotations

import pytest

from archcheck.spec.load import loads_spec
from tests.refusals import refusal, rows

HEAD = """\
input: [3, 8, 8]
blocks:
  pair: {params: {p: 0.5}, layers: [ReLU, {Dropout: {p: "${p}"}}]}
  named: {layers: {x: ReLU}}
  none: {layers: []}
  both: {layers: [{block: pair, open: true}, Tanh]}
  loop: {layers: [{block: loop, open: true}]}
"""

OPENED = [
    # layers, paths and kinds of the leaves, why this row
    ("[{block: pair, open: true}]", "0 ReLU, 1 Dropout", "alone"),
    (
        "[Tanh, {block: pair, open: true}, ELU]",
        "0 Tanh, 1 ReLU, 2 Dropout, 3 ELU",
        "what follows is numbered on",
    ),
    (
        "[{block: pair, open: true, repeat: 2}, ELU]",
        "0 ReLU, 1 Dropout, 2 ReLU, 3 Dropout, 4 ELU",
        "as often as it is repeated",
    ),
    ("[{block: pair, open: true, repeat: 0}, ELU]", "0 ELU", "not at all"),
    ("[{block: none, open: true}, ELU]", "0 ELU", "an empty block has no number"),
    ("{f: [{block: pair, open: true}]}", "f.0 ReLU, f.1 Dropout", "in a list inside"),
    ("[{block: both, open: true}, ELU]", "0 ReLU, 1 Dropout, 2 Tanh, 3 ELU", "one in the other"),
    ("[{block: both}, ELU]", "0.0 ReLU, 0.1 Dropout, 0.2 Tanh, 1 ELU", "in a block that is not open"),
    ("[{block: pair}, ELU]", "0.0 ReLU, 0.1 Dropout, 1 ELU", "left out, the block is one child"),
]


@pytest.mark.parametrize(("layers", "leaves", "why"), OPENED, ids=[row[2] for row in OPENED])
def test_an_open_blocks_layers_are_the_lists_own(layers: str, leaves: str, why: str) -> None:
    spec = loads_spec(f"{HEAD}layers: {layers}\n", "x.yaml")
    assert ", ".join(f"{path} {node.kind}" for path, node in spec.leaves()) == leaves


REFUSED = """
# a mapping has no numbers to go on with
layers: {a: {block: pair, open: true}}
! 8:27: layer 'a': block: no key 'open'; there are: block, with, repeat, input, output, params, macs, flops

# a block of names
layers: [ELU, {block: named, open: true}]
! 4:19: layer '1': block 'named', which is open here, needs a list, given a mapping

# a claim: there is no child that it could be on
layers: [{block: pair, open: true, output: [3, 8, 8]}]
! 8:36: layer '0': an open block: no key 'output'; there are: block, with, repeat, open

# not true
layers: [{block: pair, open: false}]
! 8:30: layer '0': open is true or left out, given false

# no block
layers: [{ReLU: , open: true}]
! 8:11: layer '0': an open block: no key 'ReLU'; there are: block, with, repeat, open

# a block that is not there
layers: [{block: pear, open: true}]
! 8:18: layer '0': no block 'pear' under 'blocks:'; did you mean 'pair'?

# a parameter that is not there
layers: [ReLU, {block: pair, with: {q: 1}, open: true}]
! 8:37: layer '1': block 'pair': no key 'q'; there are: p

# it contains itself
layers: [{block: loop, open: true}]
! 7:27: layer '0': block 'loop' contains itself: loop -> loop
"""


@rows(REFUSED)
def test_what_is_refused(text: str, message: str) -> None:
    assert refusal(HEAD + text) == message


def test_an_open_block_without_end_has_one() -> None:
    blocks = "a: {layers: [ReLU]}, b: {layers: [{block: a, open: true, repeat: 1000}]}"
    text = f"input: [3]\nblocks: {{{blocks}}}\nlayers: [{{block: b, open: true, repeat: 1000}}]\n"
    assert refusal(text).endswith("more than 100000 layers and blocks, repeats expanded")
