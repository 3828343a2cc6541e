"""The deck's code cells, as the slides print them, and what they do when they are run one after the other."""

import ast
import io
import logging
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from unittest.mock import patch

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torchvision.models._api import WeightsEnum

from insidecnn import photos, preprocess

DRAW = """
fig=plt.figure(figsize=(18, 9))
for i in range(32): #visualize the first 32 channels
    fig.add_subplot(4, 8, i+1)
    plt.imshow(imgArray[i], cmap='gray')
plt.show()
"""
CELLS = {
    2: "import torchvision\nmodel = torchvision.models.alexnet(pretrained=True)",
    6: """
import cv2
import matplotlib.pyplot as plt
image = cv2.imread(fname)
image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
plt.imshow(image)
plt.show()
""",
    7: """
from torchvision import transforms
transformer = transforms.Compose([
    transforms.Resize(224),
    transforms.CenterCrop(224),
    transforms.ToTensor(),
    transforms.Normalize(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5] )])
""",
    8: """
from PIL import Image
PILImg= Image.fromarray(image.astype('uint8')).convert('RGB')
PILImg = transformer(PILImg)
PILImg.shape
""",
    9: "imageTensor = torch.unsqueeze(PILImg, 0)\nimageTensor.shape",
    10: "conv1 = model.features[0]\nprint(conv1)",
    11: "weight1 = conv1.weight.data.cpu().numpy()\nprint(weight1.shape)",
    13: """
import numpy as np
fig=plt.figure(figsize=(18, 9))
for i in range(32):
    fig.add_subplot(4, 8, i+1)
    w = weight1[i]
    ImgArray = np.zeros((w.shape[1], w.shape[2], 3))
    ImgArray[:, :, 0] = w[0, :, :]
    ImgArray[:, :, 1] = w[1, :, :]
    ImgArray[:, :, 2] = w[2, :, :]
    ImgArray = ImgArray*0.5+0.5 # convert [-1, 1] to [0, 1]
    plt.imshow(ImgArray)
plt.show()
""",
    12: "conv1_out = conv1(imageTensor.to(device))\nconv1_out.shape",
    14: """
conv1_pooling = model.features[1:3]
conv1_out1 = conv1_pooling(conv1_out)
print(conv1_out1.shape)
imgArray=conv1_out1[0].data.cpu().numpy()
"""
    + DRAW,
    15: """
conv2 = model.features[3]
conv2_out = conv2(conv1_out1)
print(conv2_out.shape)
imgArray=conv2_out[0].data.cpu().numpy()
"""
    + DRAW,
    16: """
conv2_pooling = model.features[4:6]
conv2_out1 = conv2_pooling(conv2_out)
print(conv2_out1.shape)
imgArray=conv2_out1[0].data.cpu().numpy()
"""
    + DRAW,
    17: """
conv3 = model.features[6]
conv3_out = conv3(conv2_out1)
print(conv3_out.shape)
imgArray=conv3_out[0].data.cpu().numpy()
"""
    + DRAW,
    18: """
conv3_pooling = model.features[7:9]
conv3_out1 = conv3_pooling(conv3_out)
print(conv3_out1.shape)
imgArray=conv3_out1[0].data.cpu().numpy()
"""
    + DRAW,
    19: """
WholeConvLayers = model.features
out1 = WholeConvLayers(imageTensor.to(device))
print(out1.shape)

AvgPoolLayer = model.avgpool
out2 = AvgPoolLayer(out1)
print(out2.shape)
""",
    "loop": """
# test mini-batch
for (batchX, batchY) in loader:
    break
print(batchX.shape, batchY.shape)
""",
}


def supply() -> dict[str, object]:
    """What the slides use and do not show, by name."""
    rows = torch.utils.data.TensorDataset(torch.zeros(2000, 7), torch.zeros(2000, 1))
    return {
        "fname": str(photos.path("chelsea")),
        "torch": torch,
        "device": torch.device("cpu"),
        "loader": torch.utils.data.DataLoader(rows, batch_size=500),
    }


@dataclass
class Run:
    """What the cells left behind."""

    names: dict = field(default_factory=dict)  #: the variables of the deck's notebook
    absent: list[str] = field(
        default_factory=list
    )  #: names that no cell defines, in the order in which they were missed
    printed: dict = field(default_factory=dict)  #: number of the cell → what stands below it
    before: dict = field(default_factory=dict)  #: the outputs of conv1 to conv3, before the next cell overwrites them
    pictures: list[int] = field(default_factory=list)  #: how many pictures each ``plt.show`` has shown
    warned: list = field(default_factory=list)  #: warnings

    @property
    def model(self) -> nn.Module:
        """The network that the deck's second cell has loaded."""
        return self.names["model"]

    @cached_property
    def rgb(self) -> np.ndarray:
        """The photograph that the cells have read, (H, W, 3) uint8, as this book reads it."""
        return photos.read(photos.path("chelsea"))

    @cached_property
    def good(self) -> torch.Tensor:
        """(1, 3, 224, 224), as the weights expect it."""
        return preprocess.preprocess(self.rgb)

    def cell(self, source: str) -> str:
        """Run a cell as a notebook does; a name that is not there is noted, and supplied. Returns what it prints."""
        tree = ast.parse(source)
        last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
        while True:
            try:
                with redirect_stdout(io.StringIO()) as out:
                    exec(compile(tree, "cell", "exec"), self.names)
                    value = eval(compile(last, "cell", "eval"), self.names) if last else None
                return out.getvalue().strip() + (str(value) if value is not None else "")
            except NameError as error:
                self.absent.append(error.name)
                self.names[error.name] = supply()[error.name]


def run(state: dict[str, torch.Tensor]) -> Run:
    """Run all cells in order, with these weights in the place of those that torchvision would download."""
    done = Run()

    def show() -> None:
        """In the place of ``plt.show``: count what was drawn, and put it away."""
        done.pictures.append(len(plt.gcf().axes))
        plt.close("all")

    log = logging.getLogger("matplotlib.image")  # where imshow says that it clips
    log.addHandler(logging.NullHandler())
    log.propagate = False
    with (
        patch.object(WeightsEnum, "get_state_dict", lambda *args, **kwargs: state),
        patch.object(plt, "show", show),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        for number, source in CELLS.items():
            outputs = [name for name in ("conv1_out", "conv2_out", "conv3_out") if name in done.names]
            done.before |= {n: done.names[n].detach().clone() for n in outputs if n not in done.before}
            done.printed[number] = done.cell(source)
        done.warned = list(warned)
    return done


def error_of(action: Callable[[], object]) -> str:
    """The error that an action raises, in one line."""
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return "no error"
