"""Pixels to tensor: the steps that torchvision's ImageNet models expect, each alone and all in one.

Every step gives the bits that ``AlexNet_Weights.IMAGENET1K_V1.transforms()`` gives on a Pillow image;
the tests hold it against torchvision, which is not imported here.
"""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from insidecnn.checks import number, told, whole

# of the training set's pixels, R, G, B in [0, 1]; source: torchvision's ImageNet preset
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

MOST = 200_000_000  #: pixels that an image may have after a step; a strip of one pixel's width could fill the memory

Photo = Image.Image | np.ndarray


def preprocess(
    photo: Photo,
    size: int = 224,
    resize_to: int = 256,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> torch.Tensor:
    """A photograph to the (1, 3, size, size) float32 batch that a network takes; all steps in one.

    Args:
        photo: H×W×3 uint8 RGB, as :func:`insidecnn.photos.read` gives it, or a Pillow image of mode
            RGB. Nothing can tell RGB from OpenCV's BGR: convert what ``cv2.imread`` gives.
        size, resize_to, mean, std: see :func:`center_crop`, :func:`resize` and :func:`normalize`.

    Raises:
        ValueError: as the steps do.
    """
    return normalize(to_tensor(center_crop(resize(photo, resize_to), size)), mean, std)[None]


def resize(image: Photo, size: int = 256) -> Image.Image:
    """Scale to a shorter side of ``size`` pixels and a longer one of ``int(size · long / short)``.

    Bilinear, with Pillow's antialiasing: when shrinking, the filter widens with the scale.

    Raises:
        ValueError: not a photograph, a size below 1, or a result of more than 200 million pixels.
    """
    image, size = picture(image), whole("size", size, least=1)
    width, height = image.size
    short, long = sorted(image.size)
    longer = int(size * long / short)
    if size * longer > MOST:
        raise ValueError(
            f"The photograph has {height} × {width} pixels; with a shorter side of {size} it would have "
            f"{size} × {longer:,}, more than {MOST:,} in all: cut it less long, or choose a smaller size."
        )
    return image.resize((size, longer) if width <= height else (longer, size), Image.Resampling.BILINEAR)


def center_crop(image: Photo, size: int = 224) -> Image.Image:
    """Cut ``size`` × ``size`` pixels out of the middle; where the image is smaller, the rest is black.

    An odd pixel goes by Python's ``round``, half to even: 256 − 225 = 31 over, 16 of them before the
    cut; 256 − 227 = 29 over, 14 before.

    Raises:
        ValueError: not a photograph, a size below 1, or a result of more than 200 million pixels.
    """
    image, size = picture(image), whole("size", size, least=1)
    if size * size > MOST:
        raise ValueError(f"size is {size}; {size} × {size} are more than {MOST:,} pixels: choose a smaller one.")
    # a missing odd pixel goes behind the image: not what round would do, but what torchvision does
    left, top = (round((n - size) / 2) if n > size else -((size - n) // 2) for n in image.size)
    return image.crop((left, top, left + size, top + size))


def to_tensor(image: Photo) -> torch.Tensor:
    """H×W×3 uint8 in 0…255 to (3, H, W) float32 in [0, 1].

    Raises:
        ValueError: not a photograph.
    """
    pixels = torch.from_numpy(np.array(picture(image)))
    return pixels.permute(2, 0, 1).contiguous().float() / 255


def normalize(tensor: torch.Tensor, mean: Sequence[float] = MEAN, std: Sequence[float] = STD) -> torch.Tensor:
    """``(tensor − mean) / std`` for each channel of (…, 3, H, W) floats in [0, 1].

    Raises:
        ValueError: another shape, not floats, values outside [0, 1], a mean outside it, or a std that is
            not above 0 and at most 1.
    """
    mean, std = per_channel(mean, "mean", tensor), per_channel(std, "std", tensor)
    low, high = tensor.aminmax()
    if not (low >= 0 and high <= 1):  # NaN too
        raise ValueError(
            f"The tensor runs from {low:.3g} to {high:.3g}; it must stay in [0, 1]: give what to_tensor gives, once."
        )
    return (tensor - mean) / std


def denormalize(tensor: torch.Tensor, mean: Sequence[float] = MEAN, std: Sequence[float] = STD) -> torch.Tensor:
    """Undo :func:`normalize`, up to rounding: back to (…, 3, H, W) in [0, 1], to be shown as a picture.

    Raises:
        ValueError: another shape, not floats, or a mean or std that :func:`normalize` refuses.
    """
    return tensor * per_channel(std, "std", tensor) + per_channel(mean, "mean", tensor)


def picture(image: Photo) -> Image.Image:
    """A Pillow image of mode RGB from what may be one already, or from H×W×3 uint8."""
    if isinstance(image, np.ndarray):
        given = f"an array of shape {image.shape} and dtype {image.dtype}"
        if image.ndim == 3 and image.shape[2] == 3 and image.size and image.dtype == np.uint8:
            return Image.fromarray(image)
    elif isinstance(image, Image.Image):
        given = f"a Pillow image of mode {image.mode} and size {image.size}"
        if image.mode == "RGB" and min(image.size) > 0:
            return image
    else:
        given = told(image)
    raise ValueError(
        f"Given was {given}; wanted is a photograph of shape (height, width, 3) and dtype uint8, or a Pillow image "
        "of mode RGB: read a file with photos.read, or bring floats in [0, 1] there by (image * 255).round().astype('uint8')."
    )


def per_channel(values: Sequence[float], name: str, tensor: torch.Tensor) -> torch.Tensor:
    """Three numbers in [0, 1] as (3, 1, 1), to meet the channels of ``tensor`` (…, 3, H, W); a std above 0."""
    if not isinstance(tensor, torch.Tensor):
        raise ValueError(f"The tensor is {told(tensor)}; give what to_tensor gives.")
    if not tensor.is_floating_point() or tensor.ndim < 3 or tensor.shape[-3] != 3 or not tensor.numel():
        raise ValueError(
            f"The tensor is {tuple(tensor.shape)} of {tensor.dtype}; it must be (…, 3, height, width) of floats: "
            "give what to_tensor gives."
        )
    try:
        values = list(values)
    except TypeError:
        values = [values]
    if len(values) != 3:
        raise ValueError(f"{name} is {told(values)}; it must be three numbers: red, green, blue.")
    values = [number(f"{name}[{i}]", value, 0, 1, open_below=name == "std") for i, value in enumerate(values)]
    return torch.tensor(values, dtype=tensor.dtype, device=tensor.device).view(3, 1, 1)
