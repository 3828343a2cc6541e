"""What Python computes of each sample photograph, so that the browser's numbers can be compared with it."""

import copy

import numpy as np
import torch
from torch import nn

from insidecnn.lab import fixed_order, samples
from insidecnn.weights import Weights


def rounded(features: nn.Sequential) -> nn.Sequential:
    """The features with float16 parameters in float32, as the browser has them; the book's own are so already."""
    features = copy.deepcopy(features)
    with torch.no_grad():
        for parameter in features.parameters():
            parameter.copy_(parameter.half().float())
    return features


def proof(loaded: Weights) -> tuple[dict[str, list[str]], np.ndarray]:
    """What Python computes of each sample, to be compared with what the browser finds.

    Returns:
        sample → the SHA-256 of each stage in the fixed order of additions; and (samples, stages), the
        largest difference of one number from what PyTorch gives.
    """
    features = rounded(loaded.model.features)
    digests, differences = {}, []
    for name in samples.NAMES:
        x = samples.tensor(name)
        fixed = fixed_order.stages(features, x)
        usual = outputs(features, x)
        if loaded.factors:
            fixed += fixed_order.classifier(loaded.factors, fixed[-1][1])
            usual += outputs(loaded.model.classifier, torch.from_numpy(usual[-1]).flatten()[None])
        digests[name] = [fixed_order.digest(maps) for _, maps in fixed]
        differences.append([np.abs(a - b).max() for (_, a), b in zip(fixed, usual, strict=True)])
    return digests, np.array(differences)


def outputs(layers: nn.Sequential, x: torch.Tensor) -> list[np.ndarray]:
    """What PyTorch gives, layer by layer; dropout, which does nothing here, is no stage."""
    found = []
    with torch.no_grad():
        for layer in layers:
            x = layer(x.clone())
            if not isinstance(layer, nn.Dropout):
                found.append(x[0].numpy())
    return found
