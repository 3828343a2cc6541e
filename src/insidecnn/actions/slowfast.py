"""SlowFast (Feichtenhofer et al. 2019, section 3), small: a slow pathway for what there is, a fast one for how it moves.

The slow pathway reads every eighth frame with many channels; no convolution of its first two stages spans frames.
The fast pathway reads every frame with an eighth of the channels; every stage of it has convolutions over time, and
none of them skips a frame. Its frames are coarse, and show what changed in grey since the frame before: fewer pixels,
grey frames and differences are weaker inputs that the paper tries for this pathway ("weaker spatial inputs"). After each stage but the last, a convolution over time with a stride of 8 brings the fast
maps to the slow pathway's frames, where they join its channels.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.checks import tensors, whole
from insidecnn.parameters import read_card, read_state

COARSE = 4  #: pixels of a clip that are one of the fast pathway's, in rows and in columns
ALPHA = 8  #: the fast pathway reads so many times as many frames, section 3.2 …
BETA = 1 / 8  #: … and has this share of the channels
WIDTHS = (32, 32, 64, 128)  #: channels of the slow pathway: after the stem and after three residual stages
SLOW_SPANS = (1, 1, 3, 3)  #: frames that a convolution spans, in the stem and the stages, as in table 1 …
FAST_SPANS = (5, 3, 3, 3)  #: … and the same of the fast pathway
PATHWAYS = ("slow", "fast")
NETWORKS = {"both": PATHWAYS, "slow": ("slow",), "fast": ("fast",)}  #: those that are trained, by name


class SlowFast(nn.Module):
    """Clips (N, 3, T, H, W) from 0 to 1, of 32 frames of 64 × 64 pixels in training → logits (N, classes).

    Args:
        classes: how many.
        pathways: both, or one of them alone, ``("slow",)`` or ``("fast",)``, for comparison.

    Raises:
        ValueError: no class, or other pathways.
    """

    def __init__(self, classes: int, pathways: Sequence[str] = PATHWAYS):
        super().__init__()
        if not pathways or not set(pathways) <= set(PATHWAYS):
            raise ValueError(f"pathways is {pathways!r}; give both or one of {PATHWAYS}.")
        self.pathways = tuple(name for name in PATHWAYS if name in pathways)
        thin = [round(BETA * width) for width in WIDTHS]
        lent = [2 * width for width in thin[:-1]] if len(self.pathways) == 2 else [0] * len(thin[:-1])
        self.slow = pathway(fine(WIDTHS[0]), WIDTHS, SLOW_SPANS, lent) if "slow" in self.pathways else None
        self.fast = pathway(coarse(thin[0]), thin, FAST_SPANS, [0] * len(lent)) if "fast" in self.pathways else None
        self.lateral = nn.ModuleList(lateral(width, more) for width, more in zip(thin, lent, strict=False) if more)
        channels = {"slow": WIDTHS[-1], "fast": thin[-1]}
        self.head = nn.Linear(sum(channels[name] for name in self.pathways), whole("classes", classes, least=1))

    def stages(self, clips: torch.Tensor) -> dict[str, list[torch.Tensor]]:
        """The maps of each pathway after the stem and after each stage, in order.

        For clips of 32 frames of 64 × 64 pixels:
        slow (N, 32, 4, 16, 16), (N, 32, 4, 16, 16), (N, 64, 4, 8, 8), (N, 128, 4, 4, 4);
        fast (N, 4, 32, 16, 16), (N, 4, 32, 16, 16), (N, 8, 32, 8, 8), (N, 16, 32, 4, 4).
        """
        tensors(clips=(clips, "N 3 T H W"))
        slow = (clips[:, :, ::ALPHA] - 0.45) / 0.225  # (N, 3, T / 8, H, W)
        fast = changes(clips)  # (N, 1, T, H / 4, W / 4)
        found = {name: [] for name in self.pathways}
        for i in range(len(WIDTHS)):
            if i and self.lateral:
                slow = torch.cat([slow, self.lateral[i - 1](fast)], 1)  # the slow channels, and twice the fast ones
            if self.slow:
                slow = self.slow[i](slow)
                found["slow"].append(slow)
            if self.fast:
                fast = self.fast[i](fast)
                found["fast"].append(fast)
        return found

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        stages = self.stages(clips)
        means = [stages[name][-1].mean((2, 3, 4)) for name in self.pathways]  # (N, 128), (N, 16)
        return self.head(torch.cat(means, 1))  # (N, classes)


def changes(clips: torch.Tensor) -> torch.Tensor:
    """What changed since the frame before, in grey and coarse: (N, 3, T, H, W) → (N, 1, T, H / 4, W / 4), first 0."""
    grey = F.avg_pool3d(clips.mean(1, keepdim=True), (1, COARSE, COARSE), ceil_mode=True)
    return torch.diff(grey, dim=2, prepend=grey[:, :, :1])


def fine(channels: int) -> nn.Sequential:
    """The slow stem: one frame at a time, a quarter of the height and width is left."""
    return nn.Sequential(
        nn.Conv3d(3, channels, (SLOW_SPANS[0], 5, 5), (1, 2, 2), (0, 2, 2), bias=False),
        nn.BatchNorm3d(channels),
        nn.ReLU(),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
    )


def coarse(channels: int) -> nn.Sequential:
    """The fast stem: five frames at a time, of what :func:`changes` gives."""
    span = FAST_SPANS[0]
    return nn.Sequential(
        nn.Conv3d(1, channels, (span, 3, 3), padding=(span // 2, 1, 1), bias=False), nn.BatchNorm3d(channels), nn.ReLU()
    )


def pathway(stem: nn.Module, widths: Sequence[int], spans: Sequence[int], lent: Sequence[int]) -> nn.ModuleList:
    """A stem and its residual stages; ``lent`` are the channels that join those of the stage before."""
    inputs = [width + more for width, more in zip(widths, lent, strict=False)]
    strides = (1, 2, 2)  # of rows and columns; none in time
    return nn.ModuleList([stem, *map(Residual, inputs, widths[1:], spans[1:], strides)])


def lateral(channels: int, outputs: int) -> nn.Conv3d:
    """From the fast pathway to the slow one, section 3.3: (N, C, T, H, W) → (N, 2C, T / 8, H, W), five frames each."""
    return nn.Conv3d(channels, outputs, (5, 1, 1), (ALPHA, 1, 1), (2, 0, 0), bias=False)


class Residual(nn.Module):
    """A convolution over ``span`` frames, one over 3 × 3 pixels, and the input added to what they give."""

    def __init__(self, n_in: int, n_out: int, span: int, stride: int):
        super().__init__()
        across = (1, stride, stride)
        self.body = nn.Sequential(
            nn.Conv3d(n_in, n_out, (span, 1, 1), padding=(span // 2, 0, 0), bias=False),
            nn.BatchNorm3d(n_out),
            nn.ReLU(),
            nn.Conv3d(n_out, n_out, (1, 3, 3), across, (0, 1, 1), bias=False),
            nn.BatchNorm3d(n_out),
        )
        self.skip = nn.Sequential()  # the input itself
        if n_in != n_out or stride != 1:
            self.skip = nn.Sequential(nn.Conv3d(n_in, n_out, 1, across, bias=False), nn.BatchNorm3d(n_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.skip(x))


def shipped(name: str = "both") -> tuple[SlowFast, dict]:
    """One of the trained :data:`NETWORKS` in eval mode, and the model card of all three.

    Raises:
        ValueError: no such network.
    """
    if name not in NETWORKS:
        raise ValueError(f"There is no network {name!r}; choose one of {', '.join(NETWORKS)}.")
    state = {
        key.removeprefix(f"{name}."): tensor
        for key, tensor in read_state("slowfast.safetensors").items()
        if key.startswith(f"{name}.")
    }
    network = SlowFast(len(state["head.bias"]), NETWORKS[name])
    missing, unknown = network.load_state_dict(state, strict=False)
    assert not unknown and all(key.endswith("num_batches_tracked") for key in missing)
    return network.eval(), read_card("slowfast.json")
