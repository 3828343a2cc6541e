"""A filter that walks over an image, window by window."""

import numpy as np

from insidecnn.figures import grids
from insidecnn.reference import conv2d
from insidecnn.widgets.widget import Widget


def convolution(
    image: np.ndarray, filters: dict[str, np.ndarray], title: str = "A filter walks over an image"
) -> Widget:
    """The convolution stepper: every window's products, sum and place; image, filter and settings can be changed.

    Args:
        image: (H, W), at most 12 × 12.
        filters: name → (kH, kW), at most 5 × 5; the first one is there at the start.

    Raises:
        ValueError: an image or a filter that is too large, or not a matrix.
    """
    for name, array, most in [("image", image, 12), *((name, array, 5) for name, array in filters.items())]:
        if np.ndim(array) != 2 or max(np.shape(array)) > most:
            raise ValueError(f"{name} has shape {np.shape(array)}; it must be (height, width), each at most {most}.")
    maps = {name: conv2d(image[None, None], weight[None, None])[0, 0] for name, weight in filters.items()}
    figures = [
        grids.grids({"image": image, name: filters[name], "feature map": maps[name]}, joints=["×", "→"])
        for name in filters
    ]
    words = "Each number of a feature map is the sum of the products of the filter and the window at that place."
    data = {"image": image.tolist(), "filters": {name: weight.tolist() for name, weight in filters.items()}}
    static = "".join(figure.html for figure in figures) + f"<p>{words}</p>"
    text = " ".join([words, *(f"{name}: {grids.in_words(each)}." for name, each in maps.items())])
    scripts = ("widgets/arrays", "widgets/stepper", "widgets/convolution")
    return Widget("convolution", title, data, static, text, id="convolution-windows", scripts=scripts)
