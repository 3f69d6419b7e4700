"""The shipped networks against what is published of them: parameters, MACs, and the keys of the weights."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch

import archcheck
from archcheck.checks import make_checks
from archcheck.infer import infer
from archcheck.spec.layers import Spec
from archcheck.targets import networks
from archcheck.units import read_stated
from tests.published import Shapes, torchvision_models, torchvision_state_dicts, transformers_state_dicts


class Row(NamedTuple):
    """A shipped network and the parameters that are published of it.

    `torchvision`: its name there; `without`: how the keys begin or end that its weights there have beside the
    network's.
    """

    network: str
    params: int
    where: str
    torchvision: str = ""
    without: str = ""


CARD = "num_params of torchvision's weights"
NETWORKS = (
    Row("lenet5", 60_000 + 840, "LeCun 1998, section II.B: the trained ones, and the fixed ones of the output layer"),
    Row("lenet5_d2l", 156 + 2_416 + 48_120 + 10_164 + 850, "by hand from https://d2l.ai, its chapter on LeNet"),
    Row("alexnet", 60_965_224, "bvlc_alexnet of https://github.com/BVLC/caffe, 243,860,896 bytes"),
    Row("alexnet_torchvision", 61_100_840, CARD, "alexnet"),
    Row("zfnet_paper", 62_357_608, "https://github.com/osmr/imgclsmob, zfnet"),
    Row("zfnet_wide", 107_627_624, "https://github.com/osmr/imgclsmob, zfnetb"),
    Row("nin_cifar10", 966_986, "https://github.com/osmr/imgclsmob, nin_cifar10"),
    Row("nin_cifar100", 984_356, "https://github.com/osmr/imgclsmob, nin_cifar100"),
    Row("nin_imagenet", 7_595_176, "by hand from https://gist.github.com/mavenlin/d802a5849de39225bcc6"),
    Row("vgg11", 132_863_336, CARD, "vgg11"),
    Row("vgg11_lrn", 132_863_336, "vgg11: a norm of responses has none"),
    Row("vgg13", 133_047_848, CARD, "vgg13"),
    Row("vgg16_c", 138_357_544 - 8 * (256**2 + 2 * 512**2), "vgg16, the third convolution of three stages 1x1"),
    Row("vgg16", 138_357_544, CARD, "vgg16"),
    Row("vgg19", 143_667_240, CARD, "vgg19"),
    Row("vgg11_bn", 132_868_840, CARD, "vgg11_bn"),
    Row("vgg13_bn", 133_053_736, CARD, "vgg13_bn"),
    Row("vgg16_bn", 138_365_992, CARD, "vgg16_bn"),
    Row("vgg19_bn", 143_678_248, CARD, "vgg19_bn"),
    Row("googlenet", 6_990_272 + 8_280, "by hand from table 1 of arXiv 1409.4842, with a bias a map"),
    Row("googlenet_torchvision", 6_624_904, CARD, "googlenet", without="aux"),
    Row("inception_v3", 27_161_264 - 3_326_696, CARD + ", less the auxiliary classifier", "inception_v3", "AuxLogits"),
    Row("resnet18", 11_689_512, CARD, "resnet18"),
    Row("resnet34", 21_797_672, CARD, "resnet34"),
    Row("resnet50", 25_557_032, CARD, "resnet50"),
    Row("resnet101", 44_549_160, CARD, "resnet101"),
    Row("resnet152", 60_192_808, CARD, "resnet152"),
    Row("resnext50_32x4d", 25_028_904, CARD, "resnext50_32x4d"),
    Row("densenet121", 7_978_856, CARD, "densenet121"),
    Row("densenet169", 14_149_480, CARD, "densenet169"),
    Row("squeezenet1_0", 1_248_424, CARD, "squeezenet1_0"),
    Row("squeezenet1_1", 1_235_496, CARD, "squeezenet1_1"),
    Row("mobilenet_v2", 3_504_872, CARD, "mobilenet_v2"),
    Row("mobilenet_v3_large", 5_483_032, CARD, "mobilenet_v3_large"),
    Row("mobilenet_v3_small", 2_542_856, CARD, "mobilenet_v3_small"),
    Row("shufflenet_v2_x1_0", 2_278_604, CARD, "shufflenet_v2_x1_0"),
    Row("mnasnet1_0", 4_383_312, CARD, "mnasnet1_0"),
    Row("efficientnet_b0", 5_288_548, CARD, "efficientnet_b0"),
    Row("regnet_y_400mf", 4_344_144, CARD, "regnet_y_400mf"),
    Row("convnext_tiny", 28_589_128, CARD, "convnext_tiny"),
    Row("resnet34_a", 21_797_672 - 172_032 - 1_792, "resnet34 less its three projections and their norms"),
    Row("resnet50_paper", 25_557_032, "num_params of torchvision's resnet50: a stride has none"),
    Row("resnet101_paper", 44_549_160, "num_params of torchvision's resnet101"),
    Row("resnet152_paper", 60_192_808, "num_params of torchvision's resnet152"),
    Row("squeezenet1_0_caffe", 1_248_424, "arXiv 1602.07360, the total of table 1"),
    Row("mobilenet_v1_100", 4_231_976, "https://github.com/osmr/imgclsmob, mobilenet_w1"),
    Row("mobilenet_v1_075", 2_585_560, "https://github.com/osmr/imgclsmob, mobilenet_w3d4"),
    Row("mobilenet_v1_050", 1_331_592, "https://github.com/osmr/imgclsmob, mobilenet_wd2"),
    Row("mobilenet_v1_050_160", 1_331_592, "the same: a smaller image takes none away"),
    Row("mobilenet_v1_025", 470_072, "https://github.com/osmr/imgclsmob, mobilenet_wd4"),
    Row("conv_mobilenet", 864 + 9 * 3_139_584 + 2 * 5_984 + 1_025_000, "table 1: one convolution and norm a row"),
    Row("mobilenet_v3_small_1280", 2_542_856 + 256 * (576 + 1 + 1000), "the small one, its last hidden layer wider"),
    Row("shufflenet_v2_x0_5", 1_366_792, CARD, "shufflenet_v2_x0_5"),
    Row("shufflenet_v2_x1_5", 3_503_624, CARD, "shufflenet_v2_x1_5"),
    Row("shufflenet_v2_x2_0", 7_393_996, CARD, "shufflenet_v2_x2_0"),
    Row("mnasnet_a1", 3_887_038, "https://github.com/huggingface/pytorch-image-models, semnasnet_100"),
    Row("vit_b_16", 86_567_656, CARD, "vit_b_16"),
    Row("vit_b_16_384", 86_567_656 + 380 * 768, "vit_b_16, with positions for 577 tokens in place of 197"),
    Row("swin_t", 28_288_354, CARD, "swin_t", without="relative_position_index"),  # theirs is a buffer, no weight
    Row("unet", 31_030_658, "by hand from figure 1 of arXiv 1505.04597, with a bias a map"),
    Row("gpt2_small", 51_281 * 768 + 12 * 7_087_872 + 1_536, "words and places, layers, a norm; the head is tied"),
    Row("gpt2_medium", 51_281 * 1024 + 24 * 12_596_224 + 2_048, "the same, wider"),
    Row("gpt2_large", 51_281 * 1280 + 36 * 19_677_440 + 2_560, "the same, wider"),
    Row("gpt2_xl", 51_281 * 1600 + 48 * 30_740_800 + 3_200, "the same, wider"),
    Row("bert_base", 109_482_240, "transformers.BertModel(BertConfig()) of https://github.com/huggingface/transformers"),
    Row("bert_large", 31_782_912 + 24 * 12_596_224 + 1_049_600, "embeddings, layers, pooler"),
    Row("bert_base_multilingual_cased", 109_482_240 + (119_547 - 30_522) * 768, "bert_base with other word pieces"),
    Row("bert_base_chinese", 109_482_240 - (30_522 - 21_128) * 768, "bert_base with other word pieces"),
    Row("llama2_7b", 6_738_415_616, "https://github.com/keras-team/keras-hub, its presets"),
    Row("llama2_70b", 68_976_648_192, "by hand from arXiv 2307.09288: 64000 * 8192 + 80 * 855654400 + 8192"),
    Row("lstm_lm_small", 20_000 * 200 + 10_000 + 16 * 200 * 201, "words in and out, 2 layers, 4 gates, 2 biases"),
    Row("lstm_lm_medium", 20_000 * 650 + 10_000 + 16 * 650 * 651, "the same, wider"),
    Row("lstm_lm_large", 20_000 * 1500 + 10_000 + 16 * 1500 * 1501, "the same, wider"),
)  # fmt: skip
IN_TORCHVISION = tuple(row for row in NETWORKS if row.torchvision)
WITH_HEADS = {"googlenet_torchvision_aux": "googlenet", "inception_v3_aux": "inception_v3"}
"""Networks with the auxiliary classifiers that torchvision's weights have, and their names there."""
CODE = "https://github.com/pytorch/vision/blob/"


def names(rows: tuple[Row, ...]) -> list[str]:
    return [row.network for row in rows]


def state(network: str) -> Shapes:
    """Return the keys and shapes of the network's weights."""
    built = archcheck.build(network, device="meta").state_dict()
    return {key: tuple(value.shape) for key, value in built.items()}


def told_by_its_code(spec: Spec) -> bool:
    """Return whether torchvision's code is a document of the network that says what it costs."""
    code = [source.name for source in spec.sources if source.url and source.url.startswith(CODE)]
    costs = [check for check in make_checks(spec, infer(spec), None) if check.quantity in ("params", "macs")]
    return any(check.claimed and check.source in code for check in costs)


@pytest.mark.parametrize("row", NETWORKS, ids=names(NETWORKS))
def test_parameters_are_the_published_to_the_last_digit(row: Row) -> None:
    assert infer(archcheck.load(row.network)).params == row.params, row.where


@pytest.mark.parametrize("row", IN_TORCHVISION, ids=names(IN_TORCHVISION))
def test_macs_are_torchvisions_as_precisely_as_it_tells_them(row: Row) -> None:
    """It writes three digits after the point."""
    stated = read_stated(f"{torchvision_models()[row.torchvision]['gmacs']:.3f}G")
    macs = infer(archcheck.load(row.network)).macs
    assert stated is not None
    assert macs is not None
    assert stated.holds(macs), f"{macs} is not {stated}"


SAVED = 3 * 256 * 128 * (56**2 - 28**2)
"""MACs that a stride takes from the first 1x1 of three stages, each of half the side and twice the width."""
MOBILENET = (
    *((32, 64, 112), (64, 128, 56), (128, 128, 56), (128, 256, 28), (256, 256, 28), (256, 512, 14)),
    *[(512, 512, 14)] * 5,
    *((512, 1024, 7), (1024, 1024, 7)),
)
"""Channels in and out and the side of the maps of MobileNet's convolutions: arXiv 1704.04861, table 1."""
SEPARATED = sum((9 * a * b - 9 * a - a * b) * side**2 for a, b, side in MOBILENET)


@pytest.mark.parametrize(
    ("network", "other", "difference", "why"),
    [
        ("resnet50", "resnet50_paper", SAVED, "the stride is in the first 1x1"),
        ("resnet101", "resnet101_paper", SAVED, "the stride is in the first 1x1"),
        ("resnet152", "resnet152_paper", SAVED, "the stride is in the first 1x1"),
        ("resnet34", "resnet34_a", 3 * 64 * 128 * 28**2, "shortcuts that pad zeros have no projections"),
        ("mobilenet_v3_small_1280", "mobilenet_v3_small", 256 * (576 + 1000), "256 hidden units more"),
        ("conv_mobilenet", "mobilenet_v1_100", SEPARATED, "3x3 in one, or in a depthwise and a 1x1"),
    ],
)
def test_variants_differ_by_what_was_changed(network: str, other: str, difference: int, why: str) -> None:
    there, here = (infer(archcheck.load(name)).macs for name in (network, other))
    assert there is not None
    assert here is not None
    assert there - here == difference, why


@pytest.mark.parametrize(
    "network",
    [
        *("resnet34_a", "resnet50_paper", "resnext50_32x4d", "densenet121", "squeezenet1_1"),
        *("mobilenet_v1_100", "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x1_0", "mnasnet_a1"),
        *("efficientnet_b0", "regnet_y_400mf", "convnext_tiny"),
        *("vit_b_16", "swin_t", "unet", "gpt2_small", "bert_base", "lstm_lm_small"),
    ],
)
def test_the_rules_count_what_the_operators_do(network: str) -> None:
    """Joins, functions and repeated blocks included, to the last operation."""
    counted, inferred = archcheck.count(network), infer(archcheck.load(network))
    assert counted.unknown == ()
    assert counted.operations is not None
    assert (counted.params, counted.operations.mul_adds) == (inferred.params, inferred.macs)
    assert counted.operations.flops == inferred.flops


@pytest.mark.parametrize("row", IN_TORCHVISION, ids=names(IN_TORCHVISION))
def test_torchvisions_weights_would_load(row: Row) -> None:
    expected = torchvision_state_dicts()[row.torchvision]
    beside = [
        key for key in expected if row.without and (key.startswith(row.without) or key.endswith(row.without))
    ]
    assert bool(beside) == bool(row.without)
    assert state(row.network) == {key: shape for key, shape in expected.items() if key not in beside}


@pytest.mark.parametrize(("network", "torchvision"), WITH_HEADS.items())
def test_with_auxiliary_classifiers_all_of_torchvisions_load(network: str, torchvision: str) -> None:
    assert state(network) == torchvision_state_dicts()[torchvision]


def test_each_network_that_torchvisions_code_documents_takes_its_weights() -> None:
    specs = [archcheck.load(target) for target in networks()]
    documented = {spec.name for spec in specs if told_by_its_code(spec)}
    assert documented == {row.network for row in IN_TORCHVISION} | WITH_HEADS.keys()


@pytest.mark.parametrize("network", ["bert_base", "llama2_7b"])
def test_the_weights_of_transformers_would_load(network: str) -> None:
    """Those of its `BertModel`, which has no head of the pre-training, and of its `LlamaForCausalLM`."""
    assert state(network) == transformers_state_dicts()[network]


def test_gpt2_of_transformers_has_its_linear_weights_the_other_way_round() -> None:
    """They are those of a `Conv1D` there: inputs x outputs."""
    theirs = transformers_state_dicts()["gpt2_small"]
    turned = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
    assert state("gpt2_small") == {
        key: shape[::-1] if key.endswith(turned) else shape for key, shape in theirs.items()
    }


UNET = (
    *((1, 64, 570), (64, 64, 568), (64, 128, 282), (128, 128, 280), (128, 256, 138), (256, 256, 136)),
    *((256, 512, 66), (512, 512, 64), (512, 1024, 30), (1024, 1024, 28), (1024, 512, 54), (512, 512, 52)),
    *((512, 256, 102), (256, 256, 100), (256, 128, 198), (128, 128, 196), (128, 64, 390), (64, 64, 388)),
)
"""Channels in and out of the 3x3 convolutions, and the side of their maps: arXiv 1505.04597, figure 1."""
UP = sum(4 * 2 * width**2 * side**2 for width, side in ((512, 28), (256, 52), (128, 100), (64, 196)))
"""MACs of its up-convolutions: each place is multiplied by four weights, half the maps are left."""
ATTENDED = 2 * 128**2
"""MACs that two products of attention take a feature, among 128 tokens."""
TOLD = [
    # network, MACs of its input, where they are told or how they are worked out
    ("vit_b_16_384", 576 * 768**2 + 12 * (577 * 12 * 768**2 + 2 * 577**2 * 768) + 768_000, "and a class token"),
    ("llama2_7b", 128 * (6_738_415_616 - 131_072_000 - 65 * 4096) + 32 * ATTENDED * 4096, "not embedding and norms"),
    ("llama2_70b", 128 * (68_976_648_192 - 262_144_000 - 161 * 8192) + 80 * ATTENDED * 8192, "shared keys and values"),
    ("gpt2_small", 128 * (12 * 12 * 768**2 + 50_257 * 768) + 12 * ATTENDED * 768, "the tied head multiplies too"),
    ("bert_base", 128 * 12 * 12 * 768**2 + 12 * ATTENDED * 768 + 768**2, "the pooler sees one token"),
    ("unet", sum(9 * a * b * side**2 for a, b, side in UNET) + UP + 128 * 388**2, "figure 1 of arXiv 1505.04597"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "macs", "where"), TOLD, ids=[row[0] for row in TOLD])
def test_macs_are_those_of_every_product(network: str, macs: int, where: str) -> None:
    assert infer(archcheck.load(network)).macs == macs, where


def test_gpt2_has_one_tensor_for_words_in_and_out() -> None:
    model = archcheck.build("gpt2_small", device="meta")
    assert model.get_parameter("lm_head.weight") is model.get_parameter("transformer.wte.weight")


TABLE_I = (
    *({0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {0, 4, 5}, {0, 1, 5}),
    *({0, 1, 2, 3}, {1, 2, 3, 4}, {2, 3, 4, 5}, {0, 3, 4, 5}, {0, 1, 4, 5}, {0, 1, 2, 5}),
    *({0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}, {0, 1, 2, 3, 4, 5}),
)
"""Which maps of s2 each of the 16 maps of c3 sees: LeCun 1998, table I."""


def test_the_maps_of_lenet5s_third_layer_see_the_maps_of_table_i() -> None:
    layer = archcheck.build("lenet5", device="cpu").get_submodule("trained.c3")
    maps = torch.ones(1, 6, 14, 14, requires_grad=True)
    given = [torch.autograd.grad(one.sum(), maps, retain_graph=True)[0] for one in layer(maps)[0]]
    seen = tuple({place for place in range(6) if one[0, place].abs().sum() > 0} for one in given)
    assert seen == TABLE_I


def test_the_output_of_lenet5_is_the_squared_distance_to_each_of_ten_vectors() -> None:
    network = archcheck.build("lenet5", device="cpu")
    rbf = network.get_submodule("rbf")
    centres = -rbf.get_parameter("centres")
    given = torch.randn(3, 84)
    torch.testing.assert_close(rbf(given), ((given[:, None] - centres) ** 2).sum(2))
