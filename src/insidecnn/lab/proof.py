"""What Python computes of each sample photograph, so that the browser's numbers can be compared with it."""

import copy

import numpy as np
import torch

from insidecnn.lab import fixed_order, samples


def rounded(features: torch.nn.Sequential) -> torch.nn.Sequential:
    """The features with float16 parameters in float32, as the browser has them; the book's own are so already."""
    features = copy.deepcopy(features)
    with torch.no_grad():
        for parameter in features.parameters():
            parameter.copy_(parameter.half().float())
    return features


def proof(features: torch.nn.Sequential) -> tuple[dict[str, list[str]], np.ndarray]:
    """What Python computes of each sample, to be compared with what the browser finds.

    Returns:
        sample → the SHA-256 of each stage in the fixed order of additions; and (samples, stages), the
        largest difference of one number from what PyTorch gives.
    """
    digests, differences = {}, []
    for name in samples.NAMES:
        x = samples.tensor(name)
        fixed = fixed_order.stages(features, x)
        digests[name] = [fixed_order.digest(maps) for _, maps in fixed]
        usual = []
        with torch.no_grad():
            for layer in features:
                x = layer(x.clone())
                usual.append(x[0].numpy())
        differences.append([np.abs(a - b).max() for (_, a), b in zip(fixed, usual, strict=True)])
    return digests, np.array(differences)
