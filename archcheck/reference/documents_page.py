"""`archcheck help documents`: the ways of writing a shape that are read beside code."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.reference.layout import code, listing, paragraph, sections

DIALECTS: Sequence[tuple[str, str]] = (
    ("[1, 96, 54, 54]", "brackets, the batch axis included or not"),
    ("(N, C, H, W)", "letters: one size each within one call; names of the code have its values"),
    ("output[48, 55, 55]", "a word before it says which end is meant"),
    ("input(3, 32, 32) output(16, 28, 28)", "both ends"),
    ("B x 64 x 56 x 56", "crosses"),
    ("224x224x3", "an image, its height first"),
    ("28*28", "a product"),
    ("6@28x28", "maps"),
    ("224 -> 112", "one axis, from and to"),
    ("[B, 3, 32, 32] -> [B, 16, 30, 30]", "from and to"),
    ("torch.Size([64, 10])", "as PyTorch prints it"),
    ("shape: (batch, seq, dim)", "behind a word for it"),
    ("x: [N, T, D]", "of a variable"),
    ("b c h w", "as einops writes it"),
    ("$28 \\times 28$", "as a formula"),
    ("[B*nW, T, 4*D]", "arithmetic"),
)
"""How a shape may be written in a comment, and what that is."""
EXAMPLE = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, kernel_size=3)  # output[8, 30, 30]

        def forward(self, x):
            \"\"\"Args:
                x: images, of shape (N, 3, 32, 32)
            \"\"\"
            x = self.conv(x)  # [N, 3, 32, 32] -> [N, 8, 30, 30]
            return x.flatten(1)  # (N, 8*30*30)
"""
"""A document; all that it states holds."""
SWITCHES: Sequence[tuple[str, str]] = (
    ("# archcheck: input=(1, 3, 224, 224)", "what the next model is called with, where nothing else says it"),
    ("--input 1,3,224,224", "the same, from the command line"),
    ("--device cpu", "compute for real; without it nothing is computed unless the code needs values"),
    ("--timeout 60", "how long the code may run, in seconds"),
    ("--fix, --diff", "write what is so in the place of what is not; only show it"),
)
"""What the user may say."""


def text() -> str:
    """Return the page."""
    return sections(
        paragraph(
            "`archcheck verify DOCUMENT` reads a page (.md, .rst, .txt), a notebook (.ipynb) or code (.py), runs its "
            "code in a process of its own, with limits and without a network, and compares every shape that stands "
            "beside it. That executes the document's code: name only documents that you would run."
        ),
        code(EXAMPLE),
        ("How shapes are written", listing(DIALECTS)),
        (
            "Where they are read",
            paragraph(
                "In comments behind a line or above it; in docstrings (Shape, Args, Returns, examples); in "
                "annotations of jaxtyping; in `assert x.shape == (...)`; in output that the document shows, "
                "tables of torchinfo and torchsummary and printed models included."
            ),
        ),
        ("What you may say", listing(SWITCHES)),
        paragraph(
            "What is not reached is unchecked, with its reason. What may be no shape is never called wrong."
        ),
    )
