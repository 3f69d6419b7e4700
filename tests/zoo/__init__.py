"""Real architectures as plain PyTorch, with what is published of them.

Each file is one family, written from the papers' and the documentation's facts. Names and parameters are those of
torchvision where it has the network; state dicts are not interchangeable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from torch import nn

from archcheck.arguments import Argument, Arguments
from tests.zoo import alexnet, dense, inception, mobile, resnet, text, vision

Make = Callable[[], nn.Module]

TORCHVISION = "https://docs.pytorch.org/vision/stable/models.html"
"""Its table of weights: parameters exactly, `GFLOPS` (which are multiply-accumulates) to two places; three in code."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One network.

    `arguments`: what the published numbers are of; `small`, `small_arguments`: the network, perhaps narrower, and
    inputs that a CPU runs in milliseconds (two samples: batch norms in training want more than one number a channel);
    `params`, `macs`: exactly, as published or worked by hand; `macs` as text is what is published in thousand
    millions, as precise as it is written.
    """

    make: Make
    arguments: Arguments
    small_arguments: Arguments
    source: str
    params: int
    macs: int | str
    small: Make


def _images(batch: int, side: int, channels: int = 3) -> Arguments:
    return Arguments((Argument((batch, channels, side, side)),))


def _ids(words: int, *shapes: tuple[int, int]) -> Arguments:
    return Arguments(tuple(Argument(shape, "int64", words) for shape in shapes))


def _torchvision(
    make: Make, params: int, macs: str, side: int = 224, small: int = 32, small_make: Make | None = None
) -> Architecture:
    return Architecture(
        make, _images(1, side), _images(2, small), TORCHVISION, params, macs, small_make or make
    )


def _tokens(
    make: Make, small: Make, arguments: Arguments, smaller: Arguments, params: int, macs: int, source: str
) -> Architecture:
    return Architecture(make, arguments, smaller, source, params, macs, small)


def _block(tokens: int, width: int, hidden: int) -> int:
    """Return the multiply-accumulates of a transformer's block: four projections, two products, two layers."""
    return 4 * tokens * width * width + 2 * tokens * tokens * width + 2 * tokens * width * hidden


def _linear(inside: int, out: int) -> int:
    """Return the parameters of a linear layer with bias."""
    return inside * out + out


_LLAMA = partial(text.Llama, 32000, 4096, 11008, 32, 32)
_WIDE = partial(resnet.bottleneck, 3, 4, 6, 3, group_width=128)
_REGNET_Y = partial(resnet.regnet, (48, 104, 208, 440), (1, 3, 6, 6), 8, 0.25)
_REGNET_X = partial(resnet.regnet, (32, 64, 160, 400), (1, 2, 7, 12), 16, 0)
_UNET_CONVOLUTIONS = (
    # inside, out, side of what it gives: figure 1 of the paper
    *((1, 64, 570), (64, 64, 568), (64, 128, 282), (128, 128, 280), (128, 256, 138), (256, 256, 136)),
    *((256, 512, 66), (512, 512, 64), (512, 1024, 30), (1024, 1024, 28), (1024, 512, 54), (512, 512, 52)),
    *((512, 256, 102), (256, 256, 100), (256, 128, 198), (128, 128, 196), (128, 64, 390), (64, 64, 388)),
)
_UNET_UP = ((1024, 512, 28), (512, 256, 52), (256, 128, 100), (128, 64, 196))
_DCGAN = ((100, 512, 1), (512, 256, 4), (256, 128, 8), (128, 64, 16), (64, 3, 32))
"""Inside, out, side of what it is given: every element meets 4x4 weights of every output channel."""

ZOO: Mapping[str, Architecture] = {
    "lenet5": Architecture(
        alexnet.lenet5,
        _images(1, 32, 1),
        _images(2, 32, 1),
        "http://vision.stanford.edu/cs598_spring07/papers/Lecun98.pdf",  # with every map of C3 given all of S2's
        156 + 2416 + 48120 + 10164 + 850,
        28 * 28 * 6 * 25 + 10 * 10 * 16 * 6 * 25 + 120 * 16 * 25 + 120 * 84 + 84 * 10,
        alexnet.lenet5,
    ),
    "alexnet": _torchvision(alexnet.alexnet, 61_100_840, "0.714", small=64),
    "alexnet_2012": Architecture(
        alexnet.alexnet_2012,
        _images(1, 227),
        _images(2, 227),
        "https://arxiv.org/abs/1703.09039",  # table II: 61M weights, 724M MACs; parameters by layer, with biases
        34_944 + 307_456 + 885_120 + 663_936 + 442_624 + 37_752_832 + 16_781_312 + 4_097_000,
        "0.724",
        alexnet.alexnet_2012,
    ),
    "zfnet": Architecture(
        alexnet.zfnet,
        _images(1, 224),
        _images(2, 224),
        "https://arxiv.org/abs/1311.2901",  # figure 3: the layers; the numbers are products of its sizes
        (3 * 49 + 1) * 96
        + (96 * 25 + 1) * 256
        + (256 * 9 + 1) * 384
        + (384 * 9 + 1) * (384 + 256)
        + _linear(9216, 4096)
        + _linear(4096, 4096)
        + _linear(4096, 1000),
        110**2 * 96 * 147
        + 26**2 * 256 * 2400
        + 13**2 * 9 * (256 * 384 + 384 * 384 + 384 * 256)
        + 9216 * 4096
        + 4096 * 4096
        + 4096 * 1000,
        alexnet.zfnet,
    ),
    "vgg11": _torchvision(partial(alexnet.vgg, 1, 1, 2, 2, 2), 132_863_336, "7.609"),
    "vgg16": _torchvision(partial(alexnet.vgg, 2, 2, 3, 3, 3), 138_357_544, "15.47"),
    "resnet18": _torchvision(partial(resnet.basic, 2, 2, 2, 2), 11_689_512, "1.814"),
    "resnet50": _torchvision(partial(resnet.bottleneck, 3, 4, 6, 3), 25_557_032, "4.089"),
    "resnet152": _torchvision(partial(resnet.bottleneck, 3, 8, 36, 3), 60_192_808, "11.514"),
    "resnext50_32x4d": _torchvision(
        partial(resnet.bottleneck, 3, 4, 6, 3, groups=32, group_width=4), 25_028_904, "4.23"
    ),
    "wide_resnet50_2": _torchvision(_WIDE, 68_883_240, "11.398"),
    "regnet_y_400mf": _torchvision(_REGNET_Y, 4_344_144, "0.402"),
    "regnet_x_400mf": _torchvision(_REGNET_X, 5_495_976, "0.414"),
    "densenet121": _torchvision(partial(dense.densenet, 6, 12, 24, 16), 7_978_856, "2.834"),
    "squeezenet1_0": _torchvision(partial(dense.squeezenet, 96, 7, (3, 7)), 1_248_424, "0.819"),
    "squeezenet1_1": _torchvision(partial(dense.squeezenet, 64, 3, (2, 4)), 1_235_496, "0.349"),
    "mobilenet_v2": _torchvision(mobile.mobilenet_v2, 3_504_872, "0.301"),
    "mobilenet_v3_small": _torchvision(partial(mobile.mobilenet_v3, mobile.SMALL, 1024), 2_542_856, "0.057"),
    "mobilenet_v3_large": _torchvision(partial(mobile.mobilenet_v3, mobile.LARGE, 1280), 5_483_032, "0.217"),
    "mnasnet1_0": _torchvision(mobile.mnasnet, 4_383_312, "0.314"),
    "efficientnet_b0": _torchvision(mobile.efficientnet_b0, 5_288_548, "0.386"),
    "shufflenet_v2_x1_0": _torchvision(
        partial(mobile.shufflenet_v2, 116, 232, 464, 1024), 2_278_604, "0.145"
    ),
    "googlenet": _torchvision(inception.googlenet, 6_624_904, "1.498"),
    "inception_v3": _torchvision(
        inception.inception_v3,
        # published with the classifier at the side: 1x1 to 128, 5x5 to 768, their norms, a linear layer
        27_161_264 - (768 * 128 + 2 * 128 + 128 * 25 * 768 + 2 * 768 + _linear(768, 1000)),
        "5.713",
        side=299,
        small=75,
    ),
    "vit_b_16": _torchvision(vision.ViT, 86_567_656, "17.564", small_make=partial(vision.ViT, 32)),
    "swin_t": _torchvision(vision.swin_t, 28_288_354, "4.491"),
    "convnext_tiny": _torchvision(vision.convnext_tiny, 28_589_128, "4.456"),
    "mixer_b16": Architecture(
        vision.Mixer,
        _images(1, 224),
        _images(2, 32),
        "https://arxiv.org/abs/2105.01601",  # table 1: 59M parameters; the numbers are products of its sizes
        _linear(768, 768)
        + 12 * (4 * 768 + _linear(196, 384) + _linear(384, 196) + _linear(768, 3072) + _linear(3072, 768))
        + 2 * 768
        + _linear(768, 1000),
        196 * 768 * 768 + 12 * (2 * 768 * 196 * 384 + 2 * 196 * 768 * 3072) + 768 * 1000,
        partial(vision.Mixer, 32),
    ),
    "dcgan_generator": Architecture(
        partial(vision.dcgan, 100, 512, 256, 128, 64, 3),
        Arguments((Argument((1, 100, 1, 1)),)),
        Arguments((Argument((2, 100, 1, 1)),)),
        "https://docs.pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html",
        sum(inside * out * 16 for inside, out, _ in _DCGAN) + 2 * (512 + 256 + 128 + 64),
        sum(side * side * inside * out * 16 for inside, out, side in _DCGAN),
        partial(vision.dcgan, 100, 64, 32, 16, 8, 3),
    ),
    "unet": Architecture(
        dense.UNet,
        _images(1, 572, 1),
        _images(2, 188, 1),
        "https://arxiv.org/abs/1505.04597",
        sum((9 * inside + 1) * out for inside, out, _ in _UNET_CONVOLUTIONS)
        + sum((4 * inside + 1) * out for inside, out, _ in _UNET_UP)
        + (64 + 1) * 2,
        sum(side**2 * out * 9 * inside for inside, out, side in _UNET_CONVOLUTIONS)
        + sum(side**2 * inside * 4 * out for inside, out, side in _UNET_UP)
        + 388**2 * 64 * 2,
        partial(dense.UNet, width=8),
    ),
    "gpt2": _tokens(
        text.GPT2,
        partial(text.GPT2, 1000, 64),
        _ids(50257, (1, 1024)),
        _ids(1000, (2, 16)),
        124_439_808,
        # "forward_total" of the notebook, which counts two operations a multiply-accumulate
        291_648_307_200 // 2,
        "https://github.com/karpathy/nanoGPT/blob/master/transformer_sizing.ipynb",
    ),
    "clip_text": _tokens(
        text.CLIPText,
        partial(text.CLIPText, 1000, 16),
        _ids(49408, (1, 77)),
        _ids(1000, (2, 16)),
        # section 2.4 of the paper: "63M-parameter 12-layer 512-wide"
        (49408 + 77) * 512 + 12 * (12 * 512**2 + 13 * 512) + 2 * 512 + 512**2,
        12 * _block(77, 512, 2048) + 512**2,
        "https://arxiv.org/abs/2103.00020",
    ),
    "bert_base": Architecture(
        text.BERT,
        Arguments((), {name: Argument((1, 128), "int64", 2) for name in ("input_ids", "token_type_ids")}),
        Arguments((), {name: Argument((2, 12), "int64", 2) for name in ("input_ids", "token_type_ids")}),
        "https://arxiv.org/abs/1810.04805",  # "Total Parameters=110M"; by its sizes:
        (30522 + 512 + 2) * 768 + 2 * 768 + 12 * (12 * 768**2 + 13 * 768) + _linear(768, 768),
        12 * _block(128, 768, 3072) + 768 * 768,
        partial(text.BERT, 1000, 64),
    ),
    "t5_small": _tokens(
        text.T5,
        partial(text.T5, 1000, 64, 4, 128),
        _ids(32128, (1, 128), (1, 64)),
        _ids(1000, (2, 12), (2, 7)),
        60_506_624,
        6 * _block(128, 512, 2048)
        + 6 * _block(64, 512, 2048)
        + 6
        * (
            2 * 64 * 512**2 + 2 * 128 * 512**2 + 2 * 64 * 128 * 512
        )  # what the decoder looks up in the encoder
        + 64 * 512 * 32128,
        "https://huggingface.co/google-t5/t5-small",
    ),
    "llama_2_7b": _tokens(
        _LLAMA,
        partial(text.Llama, 1000, 64, 96, 8, 2, 2),
        _ids(32000, (1, 512)),
        _ids(1000, (2, 12)),
        6_738_415_616,
        32 * (_block(512, 4096, 11008) + 512 * 4096 * 11008) + 512 * 4096 * 32000,
        "https://huggingface.co/meta-llama/Llama-2-7b-hf",
    ),
    "lstm": _tokens(
        text.LSTMModel,
        partial(text.LSTMModel, 100, 65),
        _ids(10000, (1, 35)),
        _ids(100, (2, 5)),
        # the medium network of the paper: four gates of two matrices, two biases (PyTorch's), two layers
        10000 * 650 + 2 * (4 * 650 * (650 + 650) + 2 * 4 * 650) + _linear(650, 10000),
        35 * (2 * 4 * 650 * (650 + 650) + 650 * 10000),
        "https://arxiv.org/abs/1409.2329",
    ),
    "transformer_base": _tokens(
        text.Translator,
        partial(text.Translator, 100, 64),
        _ids(37000, (1, 32), (1, 24)),
        _ids(100, (2, 7), (2, 5)),
        # six layers each: attention once or twice, two linear layers, two or three norms; a norm behind each six
        37000 * 512
        + 6 * (4 * _linear(512, 512) + _linear(512, 2048) + _linear(2048, 512) + 4 * 512)
        + 6 * (8 * _linear(512, 512) + _linear(512, 2048) + _linear(2048, 512) + 6 * 512)
        + 4 * 512,
        6 * (_block(32, 512, 2048) + _block(24, 512, 2048))
        + 6 * (2 * 24 * 512**2 + 2 * 32 * 512**2 + 2 * 24 * 32 * 512)
        + 24 * 512 * 37000,
        "https://arxiv.org/abs/1706.03762",
    ),
}
"""Every architecture by name."""
