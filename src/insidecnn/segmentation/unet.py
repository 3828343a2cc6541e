"""U-Net (Ronneberger, Fischer & Brox 2015): a class for every pixel.

The paper's figure 1, with two changes: convolutions are padded, so that the output has the input's size
(the paper's lose a pixel at each side, and its output is smaller than its input), and batch norm stands
between each of them and its ReLU (the paper has none). It is narrower: 16 channels at the top, not 64.
"""

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.checks import tensors, whole
from insidecnn.parameters import read_card, read_state


class DoubleConv(nn.Sequential):
    """Two 3×3 convolutions, each with batch norm and ReLU: (N, inputs, H, W) → (N, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
        )  # fmt: skip


class UNet(nn.Module):
    """Pictures (N, 3, H, W) in [0, 1] → logits (N, classes, H, W).

    Args:
        classes: the background counts as one.
        width: channels of the first level; each level below has twice as many.
        levels: the top one counts; between two of them the size is halved. H and W must be multiples of 2^(levels − 1).
        skips: whether each level of the way up is handed the maps of its level of the way down. Without them
            the way up has the same layers, but sees only what comes from below.
    """

    def __init__(self, classes: int = 5, width: int = 16, levels: int = 4, skips: bool = True):
        super().__init__()
        classes, width, levels = whole("classes", classes, 1), whole("width", width, 1), whole("levels", levels, 1)
        widths = [width * 2**level for level in range(levels)]
        self.skips, self.multiple = skips, 2 ** (levels - 1)
        self.down = nn.ModuleList(DoubleConv(n_in, n_out) for n_in, n_out in zip([3, *widths], widths))  # noqa: B905
        self.upconv = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in reversed(widths[:-1]))
        self.up = nn.ModuleList(DoubleConv(2 * w if skips else w, w) for w in reversed(widths[:-1]))
        self.last = nn.Conv2d(width, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Raises ValueError if ``x`` is not (N, 3, H, W) with sizes that can be halved ``levels − 1`` times."""
        if x.dim() != 4 or x.shape[1] != 3 or x.shape[2] % self.multiple or x.shape[3] % self.multiple:
            raise ValueError(
                f"The pictures are {tuple(x.shape)}; give (N, 3, H, W), H and W multiples of {self.multiple}."
            )
        handed_over = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)  # (N, w · 2^level, H / 2^level, W / 2^level)
            handed_over.append(x)
        for upconv, block, skip in zip(self.upconv, self.up, reversed(handed_over[:-1]), strict=True):
            x = upconv(x)  # half the channels, twice the height and width
            x = block(torch.cat([skip, x], 1) if self.skips else x)
        return self.last(x)  # (N, classes, H, W)


@torch.no_grad()
def segment(net: nn.Module, images: torch.Tensor, at_once: int = 16) -> torch.Tensor:
    """The class with the largest logit at each pixel of pictures (N, 3, H, W) in [0, 1]: (N, H, W) int64."""
    tensors(images=(images, "N 3 H W"))
    return torch.cat([net(batch).argmax(1) for batch in images.split(at_once)])


def shipped() -> tuple[UNet, dict]:
    """The book's U-Net, in evaluation mode, and its card; :mod:`insidecnn.training.unet` made both."""
    card = read_card("unet.json")
    return of_state(read_state("unet.safetensors"), card), card


def compared() -> tuple[dict[str, UNet], dict]:
    """Two networks that learned for a shorter time, ``"with"`` skip connections and ``"without"``, and all cards."""
    cards, state = read_card("unet_comparison.json"), read_state("unet_comparison.safetensors")
    own = {
        name: {k.removeprefix(f"{name}/"): t for k, t in state.items() if k.startswith(f"{name}/")} for name in cards
    }
    return {name: of_state(own[name], cards[name][0]) for name in cards}, cards


def of_state(state: dict[str, torch.Tensor], card: dict) -> UNet:
    """The network of a state and of its card's recipe."""
    recipe = card["recipe"]
    net = UNet(len(state["last.bias"]), recipe["width"], recipe["levels"], recipe["skips"])
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)
