"""`archcheck help spec`: the spec format, key by key."""

from __future__ import annotations

from archcheck import body_schema, schema
from archcheck.reference.layout import code, listing, paragraph, sections

EXAMPLE = """
    title: A small network
    source: {title: A page, url: "https://example.org"}
    input: [3, 32, 32]
    blocks:
      unit:
        params: {width: null}
        layers:
          - Conv2d: {out_channels: "${width}", kernel_size: 3, padding: 1}
          - ReLU
    layers:
      stem: {block: unit, with: {width: 16}, output: [16, 32, 32]}
      residual: {add: [{block: unit, with: {width: 16}}, []]}
      pool: {MaxPool2d: {kernel_size: 2}, output: [16, 16, 16]}
      flat: {flatten: {start_dim: 1}}
      head: {Linear: {out_features: 10}, params: {documented: 4097, wrong: a bias for all is meant}}
    documented:
      sizes: [32, 16]
      layers: {Conv2d: 2}
"""
"""A spec that every part of the reference may point at; it holds."""


def text() -> str:
    """Return the page."""
    return sections(
        paragraph(
            "A spec is a YAML file: the network as PyTorch would write it, and what a document says of it. "
            "Capitalised words are classes of torch.nn with their own arguments; other words are archcheck's. "
            "A spec never runs code: ${...} is whole-number arithmetic on parameters (+ - * // %) and no more."
        ),
        code(EXAMPLE),
        ("Keys of the file", listing(schema.MEANINGS.items())),
        ("Words under layers:", listing(body_schema.WORDS.items())),
        ("A document under source: or sources:", listing(schema.SOURCE.items())),
        ("An input that is written in full", listing(schema.TENSOR.items())),
        ("A block", listing(schema.BLOCK.items())),
        ("A variant, beside the file's own keys", listing(schema.OF_A_VARIANT.items())),
        ("Under training:", listing(schema.TRAINING.items())),
        ("Under budget:", listing(schema.BUDGET.items())),
        paragraph(
            "`archcheck help claims` has what may be claimed, `archcheck help layers` every layer, "
            "`archcheck schema spec` all of it as a JSON Schema for editors."
        ),
    )
