"""The shipped networks against what is published of them elsewhere: counts, names, the state dict's keys and shapes."""

from __future__ import annotations

import pytest
import torch

import archcheck
from archcheck import targets
from archcheck.infer import infer
from archcheck.spec.layers import Branches, Layer, Run, Spec

NAMES = (
    "alexnet_fashion_mnist", "alexnet_full", "alexnet_half", "alexnet_mnist", "alexnet_torchvision",
    "alexnet_two_gpu", "zfnet",
)  # fmt: skip


def test_the_seven_are_shipped() -> None:
    assert set(NAMES) <= set(targets.shipped())


PUBLISHED = [
    # name, parameters, MACs (None: not published), where
    ("alexnet_torchvision", 61_100_840, 714_188_480,
     "https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.alexnet.html (0.71 G); "
     "convolutions and linear layers alone, summed by hand from their shapes"),
    ("alexnet_two_gpu", 60_965_224, None, "bvlc_alexnet of https://github.com/BVLC/caffe, whose groups are the towers"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "params", "macs", "where"), PUBLISHED)
def test_published_counts(name: str, params: int, macs: int | None, where: str) -> None:
    inferred = infer(archcheck.load(name))
    assert inferred.params == params, where
    assert macs is None or inferred.macs == macs, where


TORCHVISION_ALEXNET = {  # https://github.com/pytorch/vision/blob/main/torchvision/models/alexnet.py
    "features.0.weight": (64, 3, 11, 11), "features.0.bias": (64,),
    "features.3.weight": (192, 64, 5, 5), "features.3.bias": (192,),
    "features.6.weight": (384, 192, 3, 3), "features.6.bias": (384,),
    "features.8.weight": (256, 384, 3, 3), "features.8.bias": (256,),
    "features.10.weight": (256, 256, 3, 3), "features.10.bias": (256,),
    "classifier.1.weight": (4096, 9216), "classifier.1.bias": (4096,),
    "classifier.4.weight": (4096, 4096), "classifier.4.bias": (4096,),
    "classifier.6.weight": (1000, 4096), "classifier.6.bias": (1000,),
}  # fmt: skip


def test_published_weights_of_torchvisions_alexnet_would_load() -> None:
    state = archcheck.build("alexnet_torchvision", device="meta").state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == TORCHVISION_ALEXNET


def spec(name: str) -> Spec:
    return archcheck.load(name)


def kinds(name: str) -> list[str]:
    return [node.kind for _, node in spec(name).leaves()]


def test_the_two_towers_see_the_image_meet_part_and_meet_again() -> None:
    network = spec("alexnet_two_gpu")
    joins = {path: node for path, node in network.leaves() if isinstance(node, Branches)}
    assert [(path, [branch.device for branch in node.branches]) for path, node in joins.items()] == [
        (path, [0, 1]) for path in ("early", "late", "fc6", "fc7")
    ]
    inferred = {layer.path: layer for layer in infer(network).layers}
    for tower in ("gpu0", "gpu1"):
        assert inferred[f"early.{tower}.conv1"].inputs == ((1, 3, 224, 224),)
        assert inferred[f"early.{tower}.conv2"].inputs == ((1, 48, 27, 27),)  # of its own tower
        assert inferred[f"late.{tower}.conv3"].inputs == ((1, 256, 13, 13),)  # of both
        assert inferred[f"late.{tower}.conv4"].inputs == ((1, 192, 13, 13),)
        assert inferred[f"fc6.{tower}.linear"].inputs == ((1, 9216),)


def test_response_normalisation_works_on_what_the_relus_give() -> None:
    for name in ("alexnet_two_gpu", "zfnet"):
        made = kinds(name)
        after = [made[index - 1] for index, kind in enumerate(made) if kind == "LocalResponseNorm"]
        assert after
        assert set(after) == {"ReLU"}


def test_zfnet_has_the_documents_normalisation_sizes() -> None:
    sizes = [
        node.args["size"]
        for _, node in spec("zfnet").leaves()
        if isinstance(node, Layer) and node.kind == "LocalResponseNorm"
    ]
    assert sizes == [30, 50]


def test_fashion_mnist_claims_all_twenty_one_rows() -> None:
    claims = [claim for _, claim in spec("alexnet_fashion_mnist").all_claims() if claim.quantity == "output"]
    rows = [claim for claim in claims if isinstance(claim.value, tuple) and claim.value[0] == 1]
    assert len(rows) == 21  # each comment is a shape of a batch of one
    assert len({claim.at for claim in rows}) == 21


def test_mnist_claims_its_own_self_test_and_knows_that_it_fails() -> None:
    runs = {
        claim.value.inputs[0]: claim.wrong is not None
        for claim in spec("alexnet_mnist").claims
        if isinstance(claim.value, Run)
    }
    assert runs[64, 1, 28, 28]


CHANNELS = {
    "alexnet_full": [64, 192, 384, 384, 256],
    "alexnet_torchvision": [64, 192, 384, 256, 256],
    "alexnet_half": [48, 128, 192, 192, 128],
    "alexnet_fashion_mnist": [96, 256, 384, 384, 256],
    "alexnet_mnist": [96, 256, 384, 384, 256],
    "zfnet": [96, 256, 384, 384, 256],
}


@pytest.mark.parametrize(("name", "channels"), CHANNELS.items())
def test_channels_of_the_five_convolutions(name: str, channels: list[int]) -> None:
    layers = [node for _, node in spec(name).leaves() if isinstance(node, Layer) and node.kind == "Conv2d"]
    assert [layer.args["out_channels"] for layer in layers] == channels


@pytest.mark.parametrize("name", NAMES)
def test_every_network_really_runs_and_trains_a_step(name: str) -> None:
    """On the meta device: the graph of a forward and a backward pass fits together."""
    network, made = archcheck.build(name, device="meta"), spec(name)
    scores = network(torch.zeros(2, *made.inputs[0].shape, device="meta"))
    assert scores.shape[0] == 2
    scores.sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.gpu
@pytest.mark.parametrize("name", NAMES)
def test_every_network_verifies_and_profiles_on_cuda(name: str) -> None:
    assert archcheck.verify(name, device="cuda").ok
    profile = archcheck.profile(name, "cuda", archcheck.Settings(repeat=5))
    assert profile.error is None
    assert profile.latency is not None
    assert all(layer.latency_ms is not None for layer in profile.layers)
