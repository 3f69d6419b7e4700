"""A spec is shorter than the PyTorch code of the same networks, line by line as both are written.

Of a spec all counts that makes the networks, with the claims that stand beside the layers; of torchvision's page its
classes and functions. Both make a whole family, torchvision's often more sizes of it; what its pages import (the blocks
of `torchvision.ops`) is not counted, though the specs have theirs inside.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from archcheck import targets
from tests.generators.torchvision_record import code_lines
from tests.published import torchvision_code_lines

NETWORK = ("params", "input", "blocks", "layers", "init")
"""What makes the network; the rest says whose it is, and what is claimed of it as a whole."""
SAME = [
    ("vgg", "vgg"), ("inception_v1_torchvision", "googlenet"), ("inception", "inception"), ("resnet", "resnet"),
    ("densenet", "densenet"), ("squeezenet", "squeezenet"), ("mobilenet_v2", "mobilenetv2"),
    ("mobilenet_v3", "mobilenetv3"), ("shufflenet_v2", "shufflenetv2"), ("mnasnet", "mnasnet"),
    ("efficientnet_b0", "efficientnet"), ("regnet_y_400mf", "regnet"), ("convnext_tiny", "convnext"),
    ("swin_t", "swin_transformer"), ("vit", "vision_transformer"),
]  # fmt: skip


def spec_lines(text: str) -> int:
    """Return how many lines of a spec make its networks, without blank lines and comments."""
    written = text.splitlines()
    found = {line for span in _spans(yaml.compose(text)) for line in span}
    return sum(1 for line in found if written[line].strip() and not written[line].strip().startswith("#"))


def _spans(root: yaml.Node | None) -> Iterator[range]:
    assert isinstance(root, yaml.MappingNode)
    for key, value in root.value:
        if key.value in NETWORK:
            yield _span(key, value)
        elif key.value == "variants":
            for name, variant in value.value:
                yield range(name.start_mark.line, name.start_mark.line + 1)
                yield from (_span(own, said) for own, said in variant.value if own.value in ("with", "input"))


def _span(key: yaml.Node, value: yaml.Node) -> range:
    end = value.end_mark
    return range(key.start_mark.line, end.line + (end.column > 0))


def test_what_makes_a_network_is_counted() -> None:
    family = "variants:\n  a:\n    title: y\n    with: {n: 1}\n"
    text = f"title: x\n# a comment\ninput: [3]\n\n{family}layers:\n  # b\n  - ReLU\n"
    assert spec_lines(text) == 5  # input, a, with, layers, ReLU


def test_what_makes_a_model_is_counted() -> None:
    code = '"""a"""\nimport b\n\n\nclass C:\n    """d"""\n\n    # e\n    x = 1\n\n\nclass W(WeightsEnum):\n    f = 2\n'
    assert code_lines(code) == 2  # class C, x


@pytest.mark.parametrize(("spec", "page"), SAME, ids=[spec for spec, _ in SAME])
def test_a_spec_is_shorter_than_torchvisions_code(spec: str, page: str) -> None:
    text = targets.shipped()[spec].read_text(encoding="utf-8")
    assert spec_lines(text) < torchvision_code_lines()[page]


def test_every_page_is_compared() -> None:
    assert {page for _, page in SAME} == set(torchvision_code_lines())
