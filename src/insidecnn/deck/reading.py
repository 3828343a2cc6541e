"""Statements of the deck: reading a photograph, and pre-processing."""

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from torch import nn

from insidecnn import preprocess
from insidecnn.deck.cells import Run, error_of
from insidecnn.deck.places import REGRESSION, TENSOR
from insidecnn.figures.claims import Claims


def reading(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("Reading and pre-processing")
    scaling(topic, run)
    normalising(topic, run)
    batches(topic, run)
    targets(topic)
    return topic


def scaling(topic: Claims, run: Run) -> None:
    """From the file to numbers between 0 and 1."""
    topic.check(
        "Read image file",
        "cv2.imread, then COLOR_BGR2RGB, gives the photograph's RGB",
        "cv2.imread, then COLOR_BGR2RGB, gives the photograph's RGB"
        if np.array_equal(run.names["image"], run.rgb)
        else "other values",
    )
    topic.check("Image pre-processing", "torch.Size([3, 224, 224])", run.printed[8])
    unit = torch.from_numpy(np.array(preprocess.center_crop(preprocess.resize(run.rgb)))) / 255
    topic.check(
        "Image pre-processing",
        "Standardized to [0, 1]",
        f"from {unit.min():.2f} to {unit.max():.2f}, mean {unit.mean():.2f}, standard deviation {unit.std():.2f}",
        "ToTensor divides by 255: the values are scaled to [0, 1]. Standardised is the usual word for mean 0 and "
        "standard deviation 1, the next step.",
        f"{TENSOR}#the-four-steps",
        note=True,
    )


def normalising(topic: Claims, run: Run) -> None:
    """Mean, deviation and size."""
    half = run.names["imageTensor"]
    topic.check(
        "Image pre-processing",
        "normalized to N(0, 1)",
        f"from {half.min():.2f} to {half.max():.2f}, mean {half.mean():.2f}, standard deviation {half.std():.2f}",
        "(x − 0.5) / 0.5 maps [0, 1] to [−1, 1]. It makes neither mean 0 nor standard deviation 1, nor a bell curve.",
        f"{TENSOR}#normalised-to-n-0-1",
    )
    preset = torchvision.models.AlexNet_Weights.IMAGENET1K_V1.transforms()
    normalized = preprocess.normalize(half * 0.5 + 0.5)
    only_half = (
        run.good * torch.tensor(preprocess.STD).view(3, 1, 1) + torch.tensor(preprocess.MEAN).view(3, 1, 1) - 0.5
    ) / 0.5
    topic.check(
        "Image pre-processing",
        "mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5]",
        f"mean={preset.mean}, std={preset.std}",
        f"Weights want the numbers that they were trained with. With 0.5 the maps of conv1 are off by {far(run.model, only_half, run.good):.0%}.",
        f"{TENSOR}#break-it-a-gallery-of-mistakes",
    )
    topic.check(
        "Image pre-processing",
        "transforms.Resize(224)",
        f"transforms.Resize({preset.resize_size[0]})",
        f"What the weights expect is 256, and 224 cut out of the middle. With 224 alone the maps of conv1 are off by "
        f"{far(run.model, normalized, run.good):.0%}, for everything is a little smaller and shifted.",
        f"{TENSOR}#break-it-a-gallery-of-mistakes",
        note=True,
    )


def batches(topic: Claims, run: Run) -> None:
    """Types and shapes."""
    half = run.names["imageTensor"]
    picture = Image.fromarray(run.names["image"])
    topic.check(
        "Image pre-processing",
        "image.astype('uint8') … .convert('RGB')",
        f"{run.names['image'].dtype} and {picture.mode} already",
        "Both do nothing here, and no harm. They would help with an array of another type, or a grey file.",
        f"{TENSOR}#the-four-steps",
        note=True,
    )
    topic.check(
        "Image pre-processing",
        "PILImg = transformer(PILImg)",
        f"PILImg is a {type(run.names['PILImg']).__module__}.{type(run.names['PILImg']).__name__}",
        "The name says Pillow image; from this line on it is a tensor.",
        f"{TENSOR}#the-four-steps",
        note=True,
    )
    topic.check("Input to CNN", "torch.Size([1, 3, 224, 224])", run.printed[9])
    shared = all(
        x[0].shape == one.shape for x, one in ((half, run.names["PILImg"]), (run.names["batchX"], torch.zeros(7)))
    )
    topic.check(
        "Image pre-processing",
        "Input shape = [batch size, input data size]",
        "Input shape = [batch size, input data size]" if shared else "another",
    )
    topic.check("Input to MLP", "torch.Size([500, 7]) torch.Size([500, 1])", run.printed["loop"])
    batch = next(iter(run.names["loader"]))
    topic.check(
        "Input to MLP",
        "for (batchX, batchY) in loader: break",
        f"batchX, batchY = next(iter(loader)) → {list(batch[0].shape)}, {list(batch[1].shape)}",
        "The loop takes one batch and stops. It works; next(iter(loader)) says it.",
        REGRESSION,
        note=True,
    )


def targets(topic: Claims) -> None:
    """What the notebook on classifiers says of shapes."""
    topic.check(
        "4. Classifier.ipynb",
        "torch.size([batch size, input data size])",
        error_of(lambda: torch.size),
        "It is torch.Size, with a capital letter; PyTorch prints it so.",
        f"{TENSOR}#a-batch-of-one",
    )
    logits = torch.zeros(500, 3)
    topic.check(
        "4. Classifier.ipynb",
        "class targets of shape [batch size, 1]",
        error_of(lambda: F.cross_entropy(logits, torch.zeros(500, 1, dtype=torch.long))),
        "cross_entropy wants one whole number an example: shape [batch size], "
        f"with which it gives {F.cross_entropy(logits, torch.zeros(500, dtype=torch.long)):.3f}. "
        "[batch size, 1] is right for a yes-or-no classifier with one output, with binary_cross_entropy_with_logits.",
        REGRESSION,
    )


def far(model: nn.Module, x: torch.Tensor, right: torch.Tensor) -> float:
    """How far conv1's maps of x are from the right ones, as a share of these."""
    with torch.no_grad():
        wanted = model.features[0](right)
        return ((model.features[0](x) - wanted).norm() / wanted.norm()).item()
