"""Statements of the deck: filters and feature maps."""

import numpy as np
import torch
import torch.nn.functional as F

from insidecnn.deck import example
from insidecnn.deck.cells import Run
from insidecnn.deck.places import FIRST
from insidecnn.figures.claims import Claims


def filters(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("Filters and feature maps")
    first_layer(topic, run)
    properties(topic, run)
    depth(topic, run)
    drawn(topic, run)
    return topic


def first_layer(topic: Claims, run: Run) -> None:
    """The layer's settings, and the small example."""
    maps = example.maps()
    conv1 = run.model.features[0]
    topic.check(
        "1st convolution",
        "Conv2d(3, 64, kernel_size=(11, 11), stride=(4, 4), padding=(2, 2))",
        run.printed[10],
    )
    topic.check(
        "1st convolution",
        "InChannel=3(RGB), OutChannel=64, filter size=11, stride=4, padding=2",
        f"InChannel={conv1.in_channels}(RGB), OutChannel={conv1.out_channels}, filter size={conv1.kernel_size[0]}, "
        f"stride={conv1.stride[0]}, padding={conv1.padding[0]}",
    )
    topic.check(
        "Filter and convolution operation",
        [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]],
        maps[0].astype(int).tolist(),
    )
    topic.check(
        "Max pooling: the map of filter 2",
        [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]],
        maps[1].astype(int).tolist(),
    )
    topic.check(
        "Feature maps: do the same for every filter",
        "4 x 4 image",
        " x ".join(map(str, maps[0].shape)) + " image",
    )


def properties(topic: Claims, run: Run) -> None:
    """What a filter detects."""
    maps = example.maps()
    conv1 = run.model.features[0]
    flips = all(np.array_equal(f, f[::-1, ::-1]) for f in (example.FILTER1, example.FILTER2))
    topic.check(
        "Filter and convolution operation: the word",
        "convolution",
        "convolution" if flips else "cross-correlation",
    )
    topic.check(
        "Those are the network parameters to be learned",
        "learned",
        "learned" if conv1.weight.requires_grad else "fixed",
    )
    every = np.array(np.meshgrid(*[[0, 1]] * 9)).reshape(9, -1).T.reshape(-1, 3, 3)  # all 512 images of 3 × 3
    found = all(
        np.array_equal(every[(every * f).sum((1, 2)).argmax()], f > 0) for f in (example.FILTER1, example.FILTER2)
    )
    topic.check(
        "Property 1",
        "each filter detects a small pattern (3 x 3)",
        "each filter detects a small pattern (3 x 3)" if found else "other patterns excite it more",
    )
    topic.check(
        "Property 2",
        "a particular pattern in different regions",
        "a particular pattern in different regions" if (maps[0] == 3).sum() == 2 else "in one region",
    )


def depth(topic: Claims, run: Run) -> None:
    """A filter's depth, and its connections."""
    conv1 = run.model.features[0]
    topic.check("Filter has depth", "3 channels", f"{conv1.weight.shape[1]} channels")
    topic.check("Filter has depth", "(64, 3, 11, 11)", run.printed[11])
    topic.check(
        "Filter has depth",
        "64 filters, depth=3, size =11 by 11",
        "{} filters, depth={}, size ={} by {}".format(*run.names["weight1"].shape),
    )
    places36 = (F.unfold(torch.arange(1.0, 37).view(1, 1, 6, 6), 3)[0] - 1).long()  # (9, 16): pixels of each window
    dense, sparse = 36 * 16, places36.numel()
    topic.check(
        "Why convolution helps?",
        "partially connected: less parameters",
        f"partially connected: {'less' if sparse < dense else 'not less'} parameters",
    )
    topic.check(
        "Why convolution helps?",
        "shared weights: even less parameters",
        f"shared weights: {'even less' if len(places36) < sparse else 'not less'} parameters",
    )
    topic.check(
        "Filter weights of 1st convolution layer in AlexNet",
        "the first 32",
        f"the first {run.pictures[1]}",
    )


def drawn(topic: Claims, run: Run) -> None:
    """The pictures of filters and maps."""
    conv1 = run.model.features[0]
    low, high = conv1.weight.min().item(), conv1.weight.max().item()
    shown = conv1.weight[:32].detach() * 0.5 + 0.5
    clipped = int(((shown < 0) | (shown > 1)).sum())
    topic.check(
        "Filter weights of 1st convolution layer in AlexNet",
        "ImgArray*0.5+0.5 # convert [-1, 1] to [0, 1]",
        f"weights from {low:.3f} to {high:.3f} become {low / 2 + 0.5:.3f} to {high / 2 + 0.5:.3f}; "
        f"{clipped} of {shown.numel():,} numbers are clipped by imshow",
        "The mapping is right for weights between −1 and 1, but nothing keeps them there; and if all weights are small, the "
        "tiles are nearly grey. To scale each filter by its own largest value always works.",
        f"{FIRST}#the-filters",
        note=True,
    )
    topic.check("[14] to [18]: visualize the first 32 channels", 32, *set(run.pictures[2:]), form="{} pictures")
    topic.check("Feature maps", "torch.Size([1, 64, 55, 55])", run.printed[12])
    topic.check(
        "Feature maps",
        "output image (feature map) has 64 channels",
        f"output image (feature map) has {run.before['conv1_out'].shape[1]} channels",
    )
