"""Training and test crops from the sample photographs: which photograph, which way up.

An upright strip of each photograph, from 60 to 80 % of its width, is for testing; what lies to the
left and to the right of it is for training. No test crop holds a pixel that training has seen.
"""

import math

import torch
import torch.nn.functional as F

from insidecnn import photos
from insidecnn.world.backgrounds import STRIP

SMALLEST_SIDE = 56  # pixels of the photograph; below this a crop holds texture only
SMALLEST_TEST_SIDE = 88  # the narrowest strip is 90 pixels wide


def parts(image: torch.Tensor) -> dict[str, list[torch.Tensor]]:
    """Cut a photograph (3, H, W) upright in three: two parts to train on, the strip between to test on."""
    start, stop = (round(image.shape[2] * share) for share in STRIP)
    return {"train": [image[:, :, :start], image[:, :, stop:]], "test": [image[:, :, start:stop]]}


def pyramid(image: torch.Tensor, size: int, smallest: int, per_octave: int = 4) -> list[torch.Tensor]:
    """Scaled copies of ``image`` (3, H, W) uint8, such that a ``size``-pixel window in the k-th copy
    covers a square of the image between ``smallest`` pixels and its shorter side."""
    longest = min(image.shape[1:])
    smallest = min(smallest, longest)
    steps = math.ceil(per_octave * math.log2(longest / smallest)) + 1
    sides = torch.logspace(math.log2(smallest), math.log2(longest), steps, base=2).tolist()
    copies = []
    for side in sides:
        height, width = (max(size, round(n * size / side)) for n in image.shape[1:])
        copy = F.interpolate(image[None].float(), (height, width), mode="bilinear", antialias=True)
        copies.append(copy[0].round().clamp(0, 255).byte())
    return copies


class Crops:
    """Random square crops of the sample photographs.

    Args:
        part: ``"train"`` or ``"test"``, as :func:`parts` cuts them.
        size: side of the crops in pixels, after scaling.
    """

    def __init__(self, part: str, size: int):
        smallest = {"train": SMALLEST_SIDE, "test": SMALLEST_TEST_SIDE}[part]
        self.size = size
        self.pyramids = [
            [pyramid(piece, size, smallest) for piece in parts(tensor(name))[part]] for name in photos.SAMPLES
        ]
        self.upright = torch.tensor([sample.upright for sample in photos.SAMPLES.values()])

    def window(self, photo: int, generator: torch.Generator) -> tuple[torch.Tensor, int, int]:
        """A scaled copy of one photograph's part, and where in it a random window starts."""

        def below(n: int) -> int:
            return int(torch.randint(n, (), generator=generator))

        pieces = self.pyramids[photo]
        copies = pieces[0 if len(pieces) == 1 or below(4) else 1]  # the left part is three times as wide
        image = copies[below(len(copies))]
        return image, below(image.shape[1] - self.size + 1), below(image.shape[2] - self.size + 1)

    def draw(self, count: int, generator: torch.Generator, pairs: bool = False):
        """Draw crops at random.

        Returns:
            images (count, 3, size, size) float32 in [0, 1] and the photograph of each (count,)
            int64; with ``pairs``, images (2 * count, …) in which crop i and crop count + i overlap
            by half a side or more.
        """
        photo = torch.randint(len(self.pyramids), (count,), generator=generator)
        first, second = [], []
        for k in photo.tolist():
            image, top, left = self.window(k, generator)
            first.append(image[:, top : top + self.size, left : left + self.size])
            if pairs:
                top, left = (
                    min(
                        max(0, at + int(torch.randint(-self.size // 4, self.size // 4 + 1, (), generator=generator))),
                        n - self.size,
                    )
                    for at, n in ((top, image.shape[1]), (left, image.shape[2]))
                )
                second.append(image[:, top : top + self.size, left : left + self.size])
        return torch.stack(first + second).float() / 255, photo


def tensor(name: str) -> torch.Tensor:
    """A sample photograph as (3, H, W) uint8."""
    return torch.from_numpy(photos.read(photos.path(name))).permute(2, 0, 1).contiguous()


def turn(images: torch.Tensor, quarter_turns: torch.Tensor) -> torch.Tensor:
    """Turn each image (N, 3, S, S) counter-clockwise by its number of quarter turns (N,)."""
    turned = images.clone()
    for k in (1, 2, 3):
        turned[quarter_turns == k] = torch.rot90(images[quarter_turns == k], k, (2, 3))
    return turned


def augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Change each image (N, 3, S, S) in [0, 1] at random: mirror, tilt, stretch, light, colour, a hole."""
    n = len(images)

    def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.empty(n, *shape).uniform_(low, high, generator=generator)

    # tilt up to 12 degrees, zoom in by up to a quarter, stretch by up to a tenth, mirror half of them
    angle, zoom, stretch = uniform(-0.2, 0.2), uniform(0.75, 1.0), uniform(0.9, 1.1)
    mirror = uniform(0, 1).lt(0.5).float() * 2 - 1
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = mirror * zoom * stretch * angle.cos(), -zoom * angle.sin()
    matrix[:, 1, 0], matrix[:, 1, 1] = mirror * zoom * angle.sin(), zoom / stretch * angle.cos()
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    images = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)

    # light and colour, from hardly at all to strongly: the colour of a photograph tells much of it
    strength = uniform(0, 1, 1, 1, 1) ** 2
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * (1 + strength * uniform(-1, 0.5, 1, 1, 1))
    images = images * (1 + strength * uniform(-0.2, 0.2, 3, 1, 1))
    mean = images.mean((1, 2, 3), keepdim=True)
    contrast, brightness = uniform(-0.5, 0.5, 1, 1, 1), uniform(-0.2, 0.2, 1, 1, 1)
    images = (images - mean) * (1 + strength * contrast) + mean + strength * brightness

    # a grey hole of up to 40 % of the side in half of them, so that no single spot decides
    size = images.shape[-1]
    rows = torch.arange(size).view(1, 1, size, 1)
    half = uniform(0, 0.2, 1, 1, 1) * size * (uniform(0, 1, 1, 1, 1) < 0.5)
    y, x = uniform(0, size, 1, 1, 1), uniform(0, size, 1, 1, 1)
    hole = ((rows - y).abs() < half) & ((rows.transpose(2, 3) - x).abs() < half)
    return images.masked_fill(hole, 0.45).clamp(0, 1)
