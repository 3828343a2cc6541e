"""What is each layer good for? Linear probes: on what the network was trained to tell, and on other tasks.

Of each map a linear classifier (ridge regression on the classes) gets the means of its four quarters
and its maximum (the idea: Alain & Bengio 2016). Beside the trained network stand the same one
untrained, and a good hand-made description of edges (HOG: Dalal & Triggs 2005), used the same way.
"""

from functools import cache

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from insidecnn import digits
from insidecnn.preprocess import normalize
from insidecnn.training.thing_scores import drawn_set
from insidecnn.training.world_net import ATTRIBUTES

STAGES = {"conv1": 2, "conv2": 5, "conv3": 8, "conv4": 10, "conv5": 12}  # how many layers of features
DENSE = {"fc6": 3, "fc7": 6}  # how many layers of the classifier
SIZE = 96
SHAPES = ("disc", "ring", "triangle", "square", "cross", "star")


def enlarged_digits(count: int = 1000, per_class: int = 10) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
    """scikit-learn's handwritten digits (8×8; not MNIST), enlarged; the first ``per_class`` of each train.

    Returns:
        images (count, 3, 96, 96) in [0, 1], labels (count,), and which of them train (count,) bool.
    """
    labels = digits.small().labels[:count].numpy()
    images = F.interpolate(digits.small().images[:count], size=SIZE, mode="bilinear").repeat(1, 3, 1, 1)
    earlier = np.array([(labels[:i] == label).sum() for i, label in enumerate(labels)])
    return images, labels, earlier < per_class


def outline(shape: str, radius: float, angle: float) -> np.ndarray:
    """Corners (n, 2) of a shape around the origin."""
    corners = {"triangle": 3, "square": 4, "star": 10, "cross": 12}.get(shape, 48)
    turns = angle + np.arange(corners) * 2 * np.pi / corners
    radii = np.full(corners, radius)
    if shape == "star":
        radii[1::2] *= 0.45
    if shape == "cross":  # an inner corner between each pair of outer ones
        wide, narrow = np.arctan2(1, 3), np.pi / 4
        turns = angle + (np.arange(4)[:, None] * np.pi / 2 + [-wide, wide, narrow]).ravel()
        radii = np.tile([radius, radius, radius * np.sqrt(2 / 10)], 4)
    return np.column_stack([radii * np.cos(turns), radii * np.sin(turns)])


@cache
def drawn(count: int = 1800, training: int = 1000) -> tuple[torch.Tensor, list[np.ndarray], np.ndarray]:
    """Things; those that train and those that test stand before different photographs.

    Returns:
        images (count, 3, 112, 112) in [0, 1]; the labels of kind, colour and pattern, each (count,); and
        which train (count,) bool.
    """
    parts = [drawn_set("train", training, 112, 40_000), drawn_set("test", count - training, 112, 50_000)]
    numbers = torch.cat([part[1] for part in parts]).numpy()
    labels = [numbers // 100, numbers // 10 % 10, numbers % 10]
    return torch.cat([part[0] for part in parts]), labels, np.arange(count) < training


def shapes(count: int = 1200, training: int = 600, seed: int = 7) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
    """Shapes of random size, place, angle and colours, filled and surrounded with noise; made here.

    Returns:
        images (count, 3, 96, 96) in [0, 1], labels (count,) into ``SHAPES``, and which train (count,) bool.
    """
    random = np.random.default_rng(seed)
    labels = random.integers(len(SHAPES), size=count)
    images = np.empty((count, SIZE, SIZE, 3), np.float32)
    for i, label in enumerate(labels):
        radius = random.uniform(16, 34)
        centre = random.uniform(radius, SIZE - radius, 2)
        mask = np.zeros((SIZE, SIZE), np.uint8)
        corners = outline(SHAPES[label], radius, random.uniform(0, 2 * np.pi)) + centre
        cv2.fillPoly(mask, [corners.round().astype(np.int32)], 255)
        if SHAPES[label] == "ring":
            cv2.circle(mask, tuple(centre.round().astype(int).tolist()), round(radius * 0.55), 0, -1)
        inside = cv2.GaussianBlur(mask, (3, 3), 0)[..., None] / 255
        colours = random.uniform(0.1, 0.9, (2, 3))
        noise = random.normal(0, random.uniform(0.02, 0.15), (SIZE, SIZE, 3))
        images[i] = inside * colours[0] + (1 - inside) * colours[1] + noise
    pictures = torch.from_numpy(images.clip(0, 1)).permute(0, 3, 1, 2).contiguous()
    return pictures, labels, np.arange(count) < training


def summary(maps: torch.Tensor) -> np.ndarray:
    """Maps (N, C, H, W) as rows (N, 5 C): the means of the quarters of each, and its maximum."""
    quarters = F.adaptive_avg_pool2d(maps, 2).flatten(1)
    return torch.cat([quarters, maps.amax((2, 3))], 1).numpy()


@torch.no_grad()
def layer(model: nn.Module, images: torch.Tensor, name: str) -> np.ndarray:
    """What a layer makes of images (N, 3, H, W) in [0, 1]: the summary of its maps, or fc6's and fc7's numbers."""
    found = []
    for batch in images.split(200):
        if name in STAGES:
            found.append(summary(model.features[: STAGES[name]](normalize(batch))))
        else:
            flat = model.avgpool(model.features(normalize(batch))).flatten(1)
            found.append(model.classifier[: DENSE[name]](flat).numpy())
    return np.concatenate(found)


def hog(images: torch.Tensor) -> np.ndarray:
    """The summary of histograms of oriented gradients, 9 directions in blocks of 2×2 cells of 8 pixels."""
    from skimage.feature import hog as describe  # a second to import, and only for this

    settings = {"pixels_per_cell": (8, 8), "cells_per_block": (2, 2), "channel_axis": 2, "feature_vector": False}
    blocks = np.stack([describe(image.permute(1, 2, 0).numpy(), **settings) for image in images])
    maps = blocks.reshape(*blocks.shape[:3], -1)  # (N, 11, 11, 36)
    return summary(torch.from_numpy(maps).permute(0, 3, 1, 2).float())


def accuracy(features: np.ndarray, labels: np.ndarray, training: np.ndarray) -> float:
    """Of a linear classifier that learned from the training rows, on the others."""
    classifier = make_pipeline(StandardScaler(), RidgeClassifier(alpha=300))
    classifier.fit(features[training], labels[training])
    return float(classifier.score(features[~training], labels[~training]))


def tasks() -> dict[str, tuple[torch.Tensor, np.ndarray, np.ndarray]]:
    """Images, labels, and which train, of each task."""
    images, labels, training = drawn()
    things = {name: (images, each, training) for name, each in zip(ATTRIBUTES, labels, strict=True)}
    return things | {"shapes": shapes(), "digits": enlarged_digits()}


def probe(model: nn.Module, say=print) -> dict[str, dict[str, dict[str, float]]]:
    """Accuracies by task, then by ``trained``, ``untrained`` and ``by hand``, then by layer.

    Args:
        model: torchvision's AlexNet in eval mode.
    """
    from torchvision.models import alexnet

    with torch.random.fork_rng():
        torch.manual_seed(0)
        untrained = alexnet().eval()
    found = {}
    for task, (images, labels, training) in tasks().items():
        found[task] = {
            kind: {name: accuracy(layer(net, images, name), labels, training) for name in (*STAGES, *DENSE)}
            for kind, net in {"trained": model, "untrained": untrained}.items()
        }
        pixels = F.adaptive_avg_pool2d(images, 16).flatten(1).numpy()  # (N, 768)
        found[task]["by hand"] = {
            "pixels": accuracy(pixels, labels, training),
            "HOG": accuracy(hog(images), labels, training),
        }
        say(f"  probed {task}: " + ", ".join(f"{name} {value:.0%}" for name, value in found[task]["trained"].items()))
    return found
