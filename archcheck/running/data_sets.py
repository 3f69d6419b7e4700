"""Well-known data sets and transforms of torchvision, true to their shapes: nothing is downloaded, pictures are empty.

Sizes: https://docs.pytorch.org/vision/stable/datasets.html; https://docs.pytorch.org/vision/stable/transforms.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import Dataset

from archcheck.running.drawn import drawn


@dataclass(frozen=True, slots=True)
class _Known:
    """How many pictures to train and to test with, their shape (channels first), and of how many classes."""

    train: int
    test: int
    shape: tuple[int, int, int]
    classes: int


_KNOWN: Mapping[str, _Known] = {
    **dict.fromkeys(("MNIST", "FashionMNIST", "KMNIST"), _Known(60_000, 10_000, (1, 28, 28), 10)),
    "CIFAR10": _Known(50_000, 10_000, (3, 32, 32), 10),
    "CIFAR100": _Known(50_000, 10_000, (3, 32, 32), 100),
    "SVHN": _Known(73_257, 26_032, (3, 32, 32), 10),
    "STL10": _Known(5_000, 8_000, (3, 96, 96), 10),
}
KNOWN_SETS = tuple(_KNOWN)
Change = Callable[[Any], Any]


class Pictures(Dataset[tuple[Any, Any]]):
    """A data set by its name; `split` is what some have for `train`; `label`: what its labels are."""

    known: _Known
    label: type[int] = int

    def __init__(
        self,
        root: object = None,
        train: bool | str = True,
        transform: Change | None = None,
        target_transform: Change | None = None,
        download: bool = False,
        split: str = "train",
    ) -> None:
        if isinstance(train, str):  # `SVHN(root, "test")`
            split, train = train, True
        self.train = bool(train) and split != "test"
        self.transform, self.target_transform = transform, target_transform
        self.classes = [str(number) for number in range(self.known.classes)]
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return self.known.train if self.train else self.known.test

    def __getitem__(self, at: int) -> tuple[Any, Any]:
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        picture: Any = _picture(self.known.shape)
        label = self.label(int(at) % self.known.classes)
        if self.transform is not None:
            picture = self.transform(picture)
        return picture, label if self.target_transform is None else self.target_transform(label)

    @property
    def data(self) -> Any:
        """All pictures: a tensor without an axis for one channel, an array of channels last."""
        channels, height, width = self.known.shape
        if channels == 1:
            return torch.zeros(len(self), height, width, dtype=torch.uint8)
        return _array((len(self), height, width, channels))

    @property
    def targets(self) -> Any:
        """All labels: a tensor of grey pictures, a list of coloured ones."""
        if self.known.shape[0] == 1:
            return drawn(torch.zeros(len(self), dtype=torch.int64))
        return [self.label(0)] * len(self)

    train_data = test_data = data
    train_labels = test_labels = labels = targets


def _array(shape: tuple[int, ...]) -> Any:
    import numpy as np

    return np.zeros(shape, dtype=np.uint8)


def _picture(shape: tuple[int, int, int]) -> Any:
    """Return an empty picture as the library has it: PIL's where that is installed, else an array."""
    channels, height, width = shape
    pixels = _array((height, width) if channels == 1 else (height, width, channels))
    try:
        from PIL import Image
    except ImportError:
        return pixels
    return Image.fromarray(pixels)


def _tensor(picture: Any) -> torch.Tensor:
    """Return a picture with its channels first, as what it would be after `ToTensor`; the values are left out."""
    if isinstance(picture, torch.Tensor):
        return picture
    import numpy as np

    shape = np.asarray(picture).shape
    height, width, channels = (*shape, 1)[:3]
    return torch.zeros(channels, height, width)


class _Change:
    """A transform that keeps the shape: it flips, turns, colours or scales values."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Take any settings."""

    def __call__(self, picture: Any) -> Any:
        return picture


class _ToTensor(_Change):
    def __call__(self, picture: Any) -> Any:
        return _tensor(picture)


class _Lambda(_Change):
    def __init__(self, change: Change) -> None:
        self.change = change

    def __call__(self, picture: Any) -> Any:
        return self.change(picture)


class _Compose(_Change):
    def __init__(self, transforms: Sequence[Change]) -> None:
        self.transforms = transforms

    def __call__(self, picture: Any) -> Any:
        for one in self.transforms:
            picture = one(picture)
        return picture


class _Sides(_Change):
    """A transform that gives a picture other sides: a number cuts a square out."""

    def __init__(self, size: int | Sequence[int], *_: Any, **__: Any) -> None:
        self.size = size

    def sides(self, height: int, width: int) -> Sequence[int]:
        """Return the sides that a picture gets."""
        return (self.size, self.size) if isinstance(self.size, int) else tuple(self.size)

    def __call__(self, picture: Any) -> Any:
        tensor = _tensor(picture)
        return tensor.new_zeros(*tensor.shape[:-2], *self.sides(*tensor.shape[-2:]))


class _Resize(_Sides):
    def sides(self, height: int, width: int) -> Sequence[int]:
        """Return the sides: a number is the shorter one's."""
        if not isinstance(self.size, int):
            return super().sides(height, width)
        short = min(height, width)
        return (height * self.size // short, width * self.size // short)


class _Grayscale(_Change):
    def __init__(self, num_output_channels: int = 1) -> None:
        self.channels = num_output_channels

    def __call__(self, picture: Any) -> Any:
        tensor = _tensor(picture)
        return tensor.new_zeros(self.channels, *tensor.shape[-2:])


class _Pad(_Change):
    def __init__(self, padding: int | Sequence[int], *_: Any, **__: Any) -> None:
        left, top, right, bottom = _edges(padding)
        self.more = (top + bottom, left + right)

    def __call__(self, picture: Any) -> Any:
        tensor = _tensor(picture)
        sides = (side + more for side, more in zip(tensor.shape[-2:], self.more, strict=True))
        return tensor.new_zeros(*tensor.shape[:-2], *sides)


def _edges(padding: int | Sequence[int]) -> tuple[int, int, int, int]:
    if isinstance(padding, int):
        return (padding,) * 4
    many = tuple(padding) * (4 // len(padding))
    return many[0], many[1], many[2], many[3]


_KEEPING = (
    *("RandomHorizontalFlip", "RandomVerticalFlip", "RandomRotation", "RandomAffine", "RandomPerspective"),
    *(
        "ColorJitter",
        "GaussianBlur",
        "RandomErasing",
        "RandomAdjustSharpness",
        "RandomGrayscale",
        "Normalize",
    ),
    *("AutoAugment", "RandAugment", "TrivialAugmentWide", "AugMix", "ConvertImageDtype", "ToPILImage"),
)
_TRANSFORMS: Mapping[str, type[_Change]] = {
    **dict.fromkeys(_KEEPING, _Change),
    **dict.fromkeys(("ToTensor", "PILToTensor", "ToImage"), _ToTensor),
    **dict.fromkeys(("CenterCrop", "RandomCrop", "RandomResizedCrop"), _Sides),
    **{"Compose": _Compose, "Lambda": _Lambda, "Resize": _Resize, "Grayscale": _Grayscale, "Pad": _Pad},
}
SETS: Mapping[str, type] = {
    name: type(name, (Pictures,), {"known": known, "__module__": "torchvision.datasets"})
    for name, known in _KNOWN.items()
}
TORCHVISION: Mapping[str, Any] = {
    **{f"torchvision.datasets.{name}": kind for name, kind in SETS.items()},
    **{f"torchvision.transforms.{name}": kind for name, kind in _TRANSFORMS.items()},
    **{f"torchvision.transforms.v2.{name}": kind for name, kind in _TRANSFORMS.items()},
}
"""What documents call these by."""
