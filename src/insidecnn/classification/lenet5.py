"""LeNet-5 as the paper of 1998 describes it: every layer, every parameter, every connection.

Source: LeCun, Bottou, Bengio & Haffner 1998, section II.B and table I.
"""

import torch
import torch.nn.functional as F
from torch import nn

from insidecnn import digits
from insidecnn.parameters import read_state

# Table I: which maps of S2 (0 to 5) each of the sixteen maps of C3 sees
C3_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),  # three neighbours
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),  # four neighbours
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),  # two and two
    (0, 1, 2, 3, 4, 5),  # all
)  # fmt: skip

# The fixed code of each class: a drawing of the digit, 7 wide and 12 high. The paper uses drawings
# of this size; these are the book's own. One string a digit, one group of 7 a row; # is +1, . is −1.
DRAWINGS = (
    "..###.. .#...#. #.....# #.....# #.....# #.....# #.....# #.....# #.....# #.....# .#...#. ..###..",
    "...#... ..##... .#.#... ...#... ...#... ...#... ...#... ...#... ...#... ...#... ...#... .#####.",
    ".#####. #.....# ......# ......# .....#. ....#.. ...#... ..#.... .#..... #...... #...... #######",
    "#######  .....#. ....#.. ...#... ..###.. .....#. ......# ......# ......# ......# #.....# .#####.",
    ".....#. ....##. ...#.#. ..#..#. .#...#. #....#. #....#. ####### .....#. .....#. .....#. .....#.",
    "####### #...... #...... #...... ######. ......# ......# ......# ......# ......# #.....# .#####.",
    "..####. .#..... #...... #...... #.####. ##....# #.....# #.....# #.....# #.....# .#...#. ..###..",
    "####### ......# ......# .....#. .....#. ....#.. ....#.. ...#... ...#... ..#.... ..#.... ..#....",
    ".#####. #.....# #.....# #.....# .#...#. ..###.. .#...#. #.....# #.....# #.....# #.....# .#####.",
    "..###.. .#...#. #.....# #.....# #.....# #.....# .###### ......# ......# ......# .....#. .####..",
)


def codes() -> torch.Tensor:
    """The fixed parameter vectors of the output layer: (10, 84) of +1 and −1."""
    pixels = [[1.0 if pixel == "#" else -1.0 for pixel in drawing.replace(" ", "")] for drawing in DRAWINGS]
    return torch.tensor(pixels)


def squash(a: torch.Tensor) -> torch.Tensor:
    """The paper's activation, 1.7159·tanh(2a/3): +1 goes to about +1, −1 to about −1."""
    return 1.7159 * torch.tanh(2 / 3 * a)


class Subsample(nn.Module):
    """S2 and S4: each 2×2 block is added up, times one trainable coefficient a map, plus one bias a map.

    (N, C, H, W) → (N, C, H/2, W/2).
    """

    def __init__(self, maps: int):
        super().__init__()
        self.coefficient = nn.Parameter(torch.full((maps,), 0.25))  # starts as the mean of the four
        self.bias = nn.Parameter(torch.zeros(maps))

    def forward(self, x):
        total = F.avg_pool2d(x, 2) * 4
        return squash(total * self.coefficient[:, None, None] + self.bias[:, None, None])

    def connections(self, cells: int) -> int:
        """Four inputs and the bias, for each of ``cells`` cells of each map."""
        return len(self.bias) * cells * (4 + 1)


class PartialConv(nn.Module):
    """C3: a 5×5 convolution in which each map sees only the input maps of a table.

    (N, 6, 14, 14) → (N, 16, 10, 10). Its parameters are one 5×5 kernel for each entry of the table
    and one bias a map.
    """

    def __init__(self, table=C3_TABLE, size: int = 5):
        super().__init__()
        pairs = [(to, source) for to, sources in enumerate(table) for source in sources]
        self.register_buffer("map_to", torch.tensor([to for to, _ in pairs]), persistent=False)
        self.register_buffer("map_from", torch.tensor([source for _, source in pairs]), persistent=False)
        self.shape = (len(table), max(source for _, source in pairs) + 1, size, size)
        self.kernels = nn.Parameter(torch.empty(len(pairs), size, size))
        self.bias = nn.Parameter(torch.zeros(len(table)))
        for i, (to, _) in enumerate(pairs):
            spread(self.kernels.data[i], fan_in=len(table[to]) * size * size)

    def weight(self) -> torch.Tensor:
        """The whole weight (16, 6, 5, 5), zeros where there is no connection."""
        full = self.kernels.new_zeros(self.shape)
        return full.index_put((self.map_to, self.map_from), self.kernels)

    def forward(self, x):
        return squash(F.conv2d(x, self.weight(), self.bias))

    def connections(self, cells: int) -> int:
        """Each cell of a map has one connection a weight of its kernels, and one from its bias."""
        return cells * (self.kernels.numel() + self.bias.numel())


class SquashedConv(nn.Conv2d):
    """C1 and C5: a 5×5 convolution and the squashing function."""

    def __init__(self, maps_in: int, maps_out: int):
        super().__init__(maps_in, maps_out, 5)
        spread(self.weight.data, fan_in=maps_in * 25)
        nn.init.zeros_(self.bias)

    def forward(self, x):
        return squash(super().forward(x))

    def connections(self, cells: int) -> int:
        return cells * (self.weight.numel() + self.bias.numel())


class Dense(nn.Linear):
    """F6: 84 units, each connected to all 120 of C5. (N, 120, 1, 1) → (N, 84)."""

    def __init__(self):
        super().__init__(120, 84)
        spread(self.weight.data, fan_in=120)
        nn.init.zeros_(self.bias)

    def forward(self, x):
        return squash(super().forward(x.flatten(1)))

    def connections(self, cells: int) -> int:
        return self.weight.numel() + self.bias.numel()


class Codes(nn.Module):
    """OUTPUT: how far F6 is from each class's fixed code, squared. (N, 84) → (N, 10); small is likely.

    Nothing here is trained: the codes are a buffer.
    """

    def __init__(self):
        super().__init__()
        self.register_buffer("codes", codes(), persistent=False)

    def forward(self, x):
        return (x[:, None] - self.codes).square().sum(2)

    def connections(self, cells: int) -> int:
        """84 for each class, and no bias."""
        return self.codes.numel()


class LeNet5(nn.Module):
    """(N, 1, 32, 32) → ten penalties (N, 10): the class of the *smallest* is the answer.

    Trainable: exactly 60,000 numbers. The input's background is −0.1, its ink 1.175.
    """

    def __init__(self):
        super().__init__()
        self.C1 = SquashedConv(1, 6)
        self.S2 = Subsample(6)
        self.C3 = PartialConv()
        self.S4 = Subsample(16)
        self.C5 = SquashedConv(16, 120)
        self.F6 = Dense()
        self.OUTPUT = Codes()

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x


def spread(weight: torch.Tensor, fan_in: int) -> None:
    """Start as the paper did: evenly between −2.4 and 2.4, divided by the number of inputs."""
    nn.init.uniform_(weight, -2.4 / fan_in, 2.4 / fan_in)


def books(network: LeNet5) -> list[tuple[str, tuple[int, ...], int, int]]:
    """One row a layer: name, output shape for one image, trainable parameters, connections."""
    rows, x = [], torch.zeros(1, 1, 32, 32)
    with torch.no_grad():
        for name, layer in network.named_children():
            x = layer(x)
            cells = x.shape[2] * x.shape[3] if x.dim() == 4 else 1
            trainable = sum(p.numel() for p in layer.parameters() if p.requires_grad)
            rows.append((name, tuple(x.shape[1:]), trainable, layer.connections(cells)))
    return rows


def loss(penalties: torch.Tensor, labels: torch.Tensor, j: float = 0.1) -> torch.Tensor:
    """The paper's criterion (equation 9): pull the right penalty down, push the others up.

    Mean over the batch of ``y_right + log(exp(−j) + sum(exp(−y)))``; ``j`` keeps the push finite.

    Args:
        penalties: (N, 10), 0 or larger.
        labels: (N,) int64.
    """
    right = penalties.gather(1, labels[:, None])[:, 0]
    rubbish = penalties.new_full((len(penalties), 1), -j)
    return (right + torch.cat([rubbish, -penalties], 1).logsumexp(1)).mean()


def trained() -> LeNet5:
    """With the shipped weights, in eval mode; :mod:`insidecnn.training.lenet5` made them."""
    network = LeNet5()
    network.load_state_dict(read_state("lenet5.safetensors"))
    return network.eval()


@torch.no_grad()
def right(network: LeNet5, part: digits.Part) -> int:
    """How many digits of a part the smallest penalty answers rightly."""
    return int((network.eval()(part.images).argmin(1) == part.labels).sum())
