"""Parameters and multiply-accumulates of any network, counted by torch.

:mod:`insidecnn.arithmetic` shows the sums for ``nn.Sequential``; here branches are counted too, without the sums.
"""

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(network: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def macs(network: nn.Module, shape: tuple[int, ...] = (1, 32, 32)) -> int:
    """Multiply-accumulates of all convolutions and matrix products for one image; two FLOPs are one.

    The network runs once in eval mode, and is left as it was.

    Args:
        shape: of one image, (C, H, W).
    """
    modes = {module: module.training for module in network.modules()}
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), counter:
            network.eval()(torch.zeros(1, *shape))
    finally:
        for module, training in modes.items():
            module.training = training
    return counter.get_total_flops() // 2
