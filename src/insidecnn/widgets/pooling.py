"""A window that walks over a feature map and keeps the largest number, or the mean."""

import numpy as np
import torch
import torch.nn.functional as F

from insidecnn.figures import grids
from insidecnn.widgets.widget import Widget


def pooling(
    feature_map: np.ndarray, kernel_size: int = 2, stride: int = 2, title: str = "A window keeps one number"
) -> Widget:
    """The pooling stepper: what each window holds and what is kept of it; map and settings can be changed.

    Args:
        feature_map: (H, W), at most 8 × 8.
        kernel_size, stride: at the start; from 1 to 5.

    Raises:
        ValueError: a map that is too large, no matrix, or smaller than the window.
    """
    if np.ndim(feature_map) != 2 or max(np.shape(feature_map)) > 8:
        raise ValueError(f"The map has shape {np.shape(feature_map)}; it must be (height, width), each at most 8.")
    if not (1 <= kernel_size <= min(5, *np.shape(feature_map)) and 1 <= stride <= 5):
        raise ValueError(
            f"kernel_size is {kernel_size} and stride {stride}; both must be from 1 to 5, and the window no larger "
            f"than the map of {np.shape(feature_map)}."
        )
    maps = torch.as_tensor(feature_map, dtype=torch.float64)[None, None]
    ways = {"max": F.max_pool2d, "average": F.avg_pool2d}
    pooled = {name: way(maps, kernel_size, stride)[0, 0].numpy() for name, way in ways.items()}
    words = (
        f"Windows of {kernel_size} × {kernel_size}, {stride} apart: of each, max pooling keeps the largest number and "
        "average pooling the mean."
    )
    static = "".join(grids.grids({"map": feature_map, name: each}, joints=["→"]).html for name, each in pooled.items())
    text = " ".join([words, *(f"{name}: {grids.in_words(each)}." for name, each in pooled.items())])
    data = {"map": np.asarray(feature_map).tolist(), "kernel_size": kernel_size, "stride": stride}
    scripts = ("widgets/arrays", "widgets/stepper", "widgets/pooling")
    return Widget("pooling", title, data, f"{static}<p>{words}</p>", text, id="pooling-windows", scripts=scripts)
