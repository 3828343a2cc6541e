"""OpenPose, made small: the joints of all people in one pass, and fields that say which of them belong together.

Cao, Simon, Wei, Sheikh 2017, and the order of stages of their journal version (Cao et al. 2021, section 3.2): first
the part affinity fields are drawn and drawn again, then the heat maps, which see the fields. Ours has a trunk of
seven convolutions in place of VGG-19's ten, two stages of each kind in place of four and two, and 13 limbs.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn.detection.trunk import conv
from insidecnn.joints.heat_maps import peaks
from insidecnn.joints.part_affinity import Person, group
from insidecnn.parameters import read_card, read_state
from insidecnn.world.scenes import BONES, JOINTS

STRIDE = 4  #: pixels from one cell of the maps to the next
FEATURES = 64  #: maps that all stages read
WIDTH = 32  #: maps within a stage


@dataclass(frozen=True)
class Drawn:
    """What the network draws of N pictures, at a quarter of their size."""

    fields: list[torch.Tensor]  #: of each field stage, (N, B, 2, H/4, W/4)
    maps: list[torch.Tensor]  #: of each map stage, (N, K, H/4, W/4)


class Stage(nn.Sequential):
    """Draws maps (N, outputs, h, w) from what is known before it (N, inputs, h, w)."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1):
        last = nn.Conv2d(WIDTH, outputs, 1)
        nn.init.normal_(last.weight, std=0.01)  # it begins near 0, which most of every map is
        nn.init.zeros_(last.bias)
        super().__init__(conv(inputs, WIDTH), conv(WIDTH, WIDTH, dilation=dilation), last)


class OpenPose(nn.Module):
    """From pictures (N, 3, H, W) in [0, 1] to fields and maps, see :class:`Drawn`; H and W are multiples of 8."""

    def __init__(self):
        super().__init__()
        fields, maps = 2 * len(BONES), len(JOINTS)
        self.near = nn.Sequential(conv(3, 24, stride=2), conv(24, 48, stride=2), conv(48, 48))
        self.far = nn.Sequential(
            conv(48, 96, stride=2),
            conv(96, 96),
            conv(96, 96, dilation=2),
            conv(96, 96, dilation=4),  # a cell's window on the picture: 135 pixels
            nn.Conv2d(96, FEATURES, 1),
        )
        self.join = conv(FEATURES + 48, FEATURES)
        self.field_stages = nn.ModuleList([Stage(FEATURES, fields), Stage(FEATURES + fields, fields, 2)])
        self.map_stages = nn.ModuleList([Stage(FEATURES + fields, maps), Stage(FEATURES + fields + maps, maps, 2)])

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """What all stages read, (N, 64, H/4, W/4): far-seeing maps, enlarged, beside the finer ones."""
        near = self.near(images - 0.5)  # (N, 48, H/4, W/4)
        far = self.far(near)  # (N, 64, H/8, W/8)
        return self.join(torch.cat([F.interpolate(far, scale_factor=2.0, mode="bilinear"), near], 1))

    def forward(self, images: torch.Tensor) -> Drawn:
        features = self.features(images)
        fields, maps, known = [], [], features
        for stage in self.field_stages:
            fields.append(stage(known))
            known = torch.cat([features, fields[-1]], 1)
        for stage in self.map_stages:
            maps.append(stage(known))
            known = torch.cat([features, fields[-1], maps[-1]], 1)
        return Drawn([each.unflatten(1, (-1, 2)) for each in fields], maps)

    @torch.no_grad()
    def people(self, images: torch.Tensor) -> list[list[Person]]:
        """The people on each of some pictures (N, 3, H, W) in [0, 1], the surest first."""
        return self.grouped(self(images))

    def grouped(self, drawn: Drawn) -> list[list[Person]]:
        """The people in what was drawn of each picture, by the last stages."""
        return [
            group(peaks(maps, STRIDE), fields, BONES, STRIDE)
            for maps, fields in zip(drawn.maps[-1], drawn.fields[-1], strict=True)
        ]


def shipped() -> tuple[OpenPose, dict]:
    """The network that :mod:`insidecnn.training.openpose` trained, ready to answer, and its card."""
    net = OpenPose()
    net.load_state_dict(read_state("openpose.safetensors"))
    return net.eval(), read_card("openpose.json")
