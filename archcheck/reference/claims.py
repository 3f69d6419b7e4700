"""`archcheck help claims`: each kind of claim, with an example, and what the verdicts mean."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck import claim_schema
from archcheck.reference.layout import code, listing, paragraph, sections

EXAMPLE = """
    input: [3, 32, 32]
    layers:
      conv:
        Conv2d: {in_channels: 3, out_channels: 8, kernel_size: 3, bias: false}
        input: [N, 3, 32, 32]
        output: [8, 30, 30]
        params: 216
        macs: 194K
        flops: 388.8K
      act: ReLU
      pool: {MaxPool2d: {kernel_size: 2}, output: {documented: [8, 16, 16], wrong: the page rounds up, at: line 7}}
    documented:
      params: 216
      sizes: [32, 30, 15]
      layers: {Conv2d: 1, Conv2d + Linear: 1, ReLU: some, Dropout: 0}
      runs:
        - {input: [4, 3, 64, 64], output: [4, 8, 31, 31]}
      repr: |
        Net(
          (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), bias=False)
          (act): ReLU()
          (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
        )
      init: {Conv2d.weight.mean: 0}
      unchecked:
        - {says: it trains in an hour, why: it is about the author's computer}
    init: {Conv2d: {weight: {normal_: {mean: 0, std: 0.01}}}}
    class_name: Net
"""
"""A spec with every kind of claim; all hold."""
VERDICTS: Mapping[str, str] = {
    "agrees": "Documented, inferred and seen are equal, as far as each is there.",
    "differs": "They are not; or what is marked `wrong:` is right after all. Exit code 1.",
    "known wrong": "They are not, and the spec says why with `wrong:`. It passes, and stays listed.",
    "unchecked": "No number can prove it, or nothing that ran came there; the reason stands with it.",
    "not reached": "The run ended before it: that is no pass. Exit code 1.",
}
"""What becomes of a claim."""


def text() -> str:
    """Return the page."""
    return sections(
        paragraph(
            "A number has up to three parents: documented, what the document says; inferred, arithmetic on the "
            "layers' arguments; seen, what the network gave when it ran. All that are there must be equal."
        ),
        code(EXAMPLE),
        ("What may be claimed", listing(claim_schema.CLAIMED.items())),
        ("A claim with remarks: {documented: VALUE, ...}", listing(claim_schema.STATED.items())),
        (
            "How numbers are read",
            listing(
                [
                    ("1516", "exactly that"),
                    ("60M", "as precise as it is written: 59.5 to 60.5 million"),
                    ("16.6M", "16.55 to 16.65 million"),
                    ("[96, 55, 55]", "a shape; the batch axis may be left out, or stand there as a letter"),
                    ("[N, T, 96]", "letters: any size, the same in the whole spec"),
                ]
            ),
        ),
        ("Verdicts", listing(VERDICTS.items())),
        paragraph(
            "Beside these, an argument that is stated (`in_channels: 3`) is compared with what comes in."
        ),
    )
