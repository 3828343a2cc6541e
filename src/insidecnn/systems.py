"""The fifteen systems of the deck: where each one is, what made it, what its card says it can do, which page shows it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from insidecnn.parameters import read_card


@dataclass(frozen=True)
class System:
    """One system of the book.

    Its card is a file of :mod:`insidecnn.parameters`, and so are its weights. Two trackers, SORT and ByteTrack, have no
    weights: there is nothing in them that learns, and what their card says is how they did on unseen clips.
    """

    name: str
    task: str
    module: str  #: the file that holds it, as Python imports it
    recipe: str  #: the module that makes its weights and its card
    card_file: str  #: its card; the file of its weights has the same name, and ends in ``.safetensors``
    page: str  #: of the book
    measure: str  #: what its score is
    read: Callable[[dict], float] = field(repr=False)  #: the score, out of the card
    scored: str = ""  #: the card with its score, where that is another one, on which several are compared
    learns: bool = True  #: whether it has weights

    @property
    def card(self) -> dict:
        """What was written down when it was made."""
        return read_card(self.card_file)

    @property
    def score(self) -> float:
        """On data that neither training nor any choice has seen, from 0 to 1."""
        return self.read(read_card(self.scored or self.card_file))


def score(*names: str) -> Callable[[dict], float]:
    """A number of a card's scores, by the names on the way to it."""

    def read(found: dict) -> float:
        for name in ("scores", *names):
            found = found[name]
        return found

    return read


C, T = "insidecnn.classification", "insidecnn.training"
SYSTEMS = (
    System("LeNet-5", "classification", f"{C}.lenet5", f"{T}.lenet5", "lenet5.json", "families",
           "accuracy, digits", score("accuracy")),
    System("AlexNet", "classification", "insidecnn.alexnet", f"{T}.alexnet", "alexnet.json", "alexnet",
           "accuracy, 1000 classes", score("top1")),
    System("VGG16", "classification", f"{C}.vgg", f"{T}.vgg16", "vgg16.json", "families",
           "accuracy, digits", score("accuracy")),
    System("ResNet", "classification", f"{C}.resnet", f"{T}.resnet", "resnet.json", "families",
           "accuracy, digits", score("accuracy")),
    System("U-Net", "semantic segmentation", "insidecnn.segmentation.unet", f"{T}.unet", "unet.json", "segmentation",
           "mean IoU", score("mean")),
    System("YOLO", "object detection", "insidecnn.detection.yolo", f"{T}.yolo", "yolo.json", "detection",
           "mAP50", score("mAP50")),
    System("Faster R-CNN", "object detection", "insidecnn.detection.faster_rcnn", f"{T}.faster_rcnn", "faster_rcnn.json",
           "detection", "mAP50", score("mAP50")),
    System("Mask R-CNN", "instance segmentation", "insidecnn.instances.mask_rcnn", f"{T}.mask_rcnn", "mask_rcnn.json",
           "instances", "mask mAP50", score("mask_mAP50")),
    System("OpenPose", "joint detection", "insidecnn.joints.openpose", f"{T}.openpose", "openpose.json", "joints",
           "PCK at 0.1", score("scenes", "fields")),
    System("Keypoint R-CNN", "joint detection", "insidecnn.joints.keypoint_rcnn", f"{T}.keypoint_rcnn",
           "keypoint_rcnn.json", "joints", "PCK at 0.1", score("PCK@0.1")),
    System("SORT", "object tracking", "insidecnn.tracking.sort", f"{T}.tracking_trials", "tracking.json", "tracking",
           "IDF1, boxes given", score("the same boxes", "SORT", "idf1", "together"), learns=False),
    System("DeepSORT", "object tracking", "insidecnn.tracking.deepsort", f"{T}.deepsort", "deepsort.json", "tracking",
           "IDF1, boxes given", score("the same boxes", "DeepSORT", "idf1", "together"), "tracking.json"),
    System("JDE", "object tracking", "insidecnn.tracking.jde", f"{T}.jde", "jde.json", "tracking",
           "IDF1, own boxes", score("JDE's boxes", "JDE", "idf1", "together"), "tracking.json"),
    System("ByteTrack", "object tracking", "insidecnn.tracking.bytetrack", f"{T}.tracking_trials", "tracking.json",
           "tracking", "IDF1, boxes given", score("the same boxes", "ByteTrack", "idf1", "together"), learns=False),
    System("SlowFast", "action classification", "insidecnn.actions.slowfast", f"{T}.slowfast", "slowfast.json", "actions",
           "accuracy, 32 classes", score("both")),
)  # fmt: skip
