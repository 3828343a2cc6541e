"""Statements of the deck: loading a network, and the names of tasks."""

import torchvision
from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

from insidecnn.deck.cells import Run
from insidecnn.deck.places import ALEXNET
from insidecnn.figures.claims import Claims


def loading(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("Loading, and the names of tasks")

    url = torchvision.models.AlexNet_Weights.IMAGENET1K_V1.url
    topic.check(
        "Load pre-trained CNN",
        "torchvision.models.alexnet(pretrained=True)",
        str(run.warned[0].message),
        f"In torchvision {torchvision.__version__.split('+')[0]} it still works, with a warning. Today one names the "
        "weights: alexnet(weights=AlexNet_Weights.IMAGENET1K_V1).",
        f"{ALEXNET}#load-a-trained-network",
        note=True,
    )
    topic.check(
        "Load pre-trained CNN",
        "https://download.pytorch.org/models",
        "https://download.pytorch.org/models" if url.startswith("https://download.pytorch.org/models/") else url,
    )
    size_of_file = sum(q.numel() for q in run.model.parameters()) * 4
    topic.check("Load pre-trained CNN", "233M", f"{size_of_file / 2**20:.0f}M")
    names = [
        "alexnet",
        "vgg16",
        "resnet50",
        "fasterrcnn_resnet50_fpn",
        "maskrcnn_resnet50_fpn",
        "keypointrcnn_resnet50_fpn",
    ]
    topic.check(
        "Deep neural networks for image understanding: in torchvision",
        ", ".join(names),
        ", ".join(name for name in names if name in torchvision.models.list_models()),
    )
    points = KeypointRCNN_ResNet50_FPN_Weights.COCO_V1.meta["keypoint_names"]
    face = [name for name in points if name.split("_")[-1] in ("nose", "eye", "ear")]
    topic.check(
        "Deep neural networks for image understanding",
        "Joint detection",
        f"{len(points)} keypoints; {len(points) - len(face)} of them are joints of the body, {len(face)} are {', '.join(face)}",
        "The usual names are keypoint detection and human pose estimation.",
        "tasks.html",
        note=True,
    )
    return topic
