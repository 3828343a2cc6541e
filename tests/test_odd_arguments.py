"""What is no right argument is refused in one sentence, by every public function, argument by argument."""

import math
import os

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from insidecnn import arithmetic, losses, matching, metrics, photos, preprocess, reference, weights

X = np.arange(72, dtype=np.float32).reshape(1, 2, 6, 6)
KERNELS = np.ones((3, 2, 2, 2), np.float32)
PIXELS = np.arange(300, dtype=np.uint8).reshape(10, 10, 3)
LOGITS = np.array([[1.0, 2, 3], [3, 1, 2]])
BOXES = torch.tensor([[0.0, 0, 4, 4], [1, 1, 5, 5]])
MASKS = torch.eye(4)[None].bool()
SCORES = torch.tensor([0.5, 0.25])
LABELS = torch.tensor([0, 1])
RIGHT = torch.tensor([True, False])
IMAGES = [{"boxes": BOXES, "labels": LABELS, "scores": SCORES, "masks": MASKS[[0, 0]]}]
CLIP = [(LABELS, BOXES)]
POINTS = torch.ones(2, 3, 2)
SEEN = torch.ones(2, 3, 3)

CALLS = {  # a call that is right, argument by argument
    arithmetic.output_size: {"size": 9, "kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1},
    arithmetic.pair: {"value": 3},
    arithmetic.View().through: {"kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1},
    arithmetic.View().span: {"cell": 3},
    arithmetic.ledger: {"network": nn.Sequential(nn.Conv2d(3, 4, 3)), "shape": (3, 9, 9)},
    losses.mse: {"prediction": LOGITS, "target": LOGITS},
    losses.softmax: {"logits": LOGITS},
    losses.log_softmax: {"logits": LOGITS},
    losses.cross_entropy: {"logits": LOGITS, "target": np.array([0, 2])},
    reference.conv2d: {"x": X, "weight": KERNELS, "bias": np.ones(3), "stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    reference.max_pool2d: {"x": X, "kernel_size": 2, "stride": 2, "padding": 0, "dilation": 1},
    matching.best_places: {"pixels": PIXELS, "patch": PIXELS[:3, :3], "count": 2},
    preprocess.preprocess: {"photo": PIXELS, "size": 8, "resize_to": 9, "mean": (0, 0, 0), "std": (1, 1, 1)},
    preprocess.resize: {"image": PIXELS, "size": 8},
    preprocess.center_crop: {"image": PIXELS, "size": 8},
    preprocess.to_tensor: {"image": PIXELS},
    preprocess.normalize: {"tensor": torch.zeros(3, 2, 2), "mean": (0, 0, 0), "std": (1, 1, 1)},
    preprocess.denormalize: {"tensor": torch.zeros(3, 2, 2), "mean": (0, 0, 0), "std": (1, 1, 1)},
    photos.path: {"name": "chelsea"},
    photos.credit: {"name": "chelsea"},
    photos.read: {"file": photos.path("text"), "decoder": "cv2", "background": (0, 0, 0), "max_pixels": 10**6},
    weights.from_file: {"path": "weights.pth"},
    metrics.confusion: {"found": LABELS, "truth": LABELS, "classes": 2},
    metrics.class_iou: {"found": LABELS, "truth": LABELS, "classes": 2},
    metrics.mask_iou: {"a": MASKS, "b": MASKS},
    metrics.box_iou: {"a": BOXES, "b": BOXES},
    metrics.nms: {"boxes": BOXES, "scores": SCORES, "threshold": 0.5},
    metrics.hits: {"iou": torch.zeros(2, 3), "scores": SCORES, "threshold": 0.5},
    metrics.precision_recall: {"scores": SCORES, "right": RIGHT, "objects": 2},
    metrics.average_precision: {"scores": SCORES, "right": RIGHT, "objects": 2},
    metrics.ap_by_class: {"found": IMAGES, "truth": IMAGES, "threshold": 0.5, "by": "boxes"},
    metrics.pck: {"found": POINTS, "truth": SEEN, "boxes": BOXES, "alpha": 0.5},
    metrics.mota: {"found": CLIP, "truth": CLIP, "threshold": 0.5},
}  # fmt: skip

FIVE_AXES = torch.zeros(2, 2, 2, 2, 2)
NOT_NUMBERS = torch.full((2, 4), math.nan)

NO_ARGUMENT = [  # right nowhere, but see RIGHT_AFTER_ALL
    None, math.nan, -3, 2.5, "three", b"three", object(), {}, {"a": 1}, print, 1j, [None], [[1], [2, 3]], ("a", "b"),
    np.array(None), np.zeros((2, 0)), np.array(["a"]), np.zeros(2, complex), np.full((1, 2, 6, 6), 1j),
    torch.zeros(0), FIVE_AXES, NOT_NUMBERS, torch.zeros(2, dtype=torch.complex64),
    torch.zeros(2, 4, device="meta"), torch.eye(4).to_sparse(),
]  # fmt: skip

WRONG = {  # of the right type, or nearly: argument → values
    "size": [0, True, (8, 8)],
    "kernel_size": [0, True, (2, 2, 2)],
    "stride": [0, (1, 0)],
    "padding": [-1, (0, -9)],
    "groups": [0, 5, True],
    "dilation": [0, -1],
    "shape": [(), (3,), (3, 9), (3, 0, 9), (3.0, 9, 9), (4, 9, 9), "3x9"],
    "network": [nn.Conv2d(3, 4, 3), nn.Sequential(nn.LSTM(3, 3))],
    "prediction": [LOGITS[0], LOGITS.astype(np.uint8), [[1, 2, 3], [3, 1, 2]]],
    "logits": [LOGITS.astype(np.int8), np.zeros((2, 0)), np.float64(3)],
    "x": [X[0], X[:, :1, :1, :1], X.astype(bool)],
    "weight": [KERNELS[0], KERNELS[:, :1]],
    "bias": [np.ones(2), 1.0],
    "pixels": [PIXELS[..., 0], PIXELS / 255, PIXELS[:2], PIXELS[:0]],
    "patch": [PIXELS[..., 0], np.zeros((3, 3, 3), np.uint8), np.concatenate([PIXELS, PIXELS])],
    "photo": [PIXELS / 255, PIXELS[..., 0], torch.zeros(3, 9, 9)],
    "mean": [(0.5, 0.5), (124, 116, 104), (0, math.nan, 0), ("r", "g", "b"), 0.5],
    "std": [(1, 1, 0), (1, 1, -1), (58, 57, 57), (1, math.inf, 1), torch.ones(2)],
    "tensor": [torch.full((3, 2, 2), 255, dtype=torch.uint8), PIXELS],
    "name": ["cat", ["chelsea"]],
    "file": ["", "x" * 5000, "a\0b", "https://localhost/cat.jpg", b"cat.jpg", PIXELS, "/dev/zero", "/dev/null/cat.jpg"],
    "decoder": ["gimp", ["cv2"], np.array(["cv2", "cv2"])],
    "background": [255, (0, 0, 256), (0.0, 0.0, 0.0), [(1,), (1, 2)]],
    "max_pixels": [0, math.inf, 1e6, "5", 5],
    "path": ["", "x" * 5000, "a\0b", "/dev/zero", b"weights.pth", "no such file"],
    "classes": [0, 1, 2.0],
    "a": [BOXES[:, :3], BOXES[:, [2, 1, 0, 3]], MASKS.float() * 0.5, MASKS[0], BOXES.tolist()],
    "boxes": [BOXES[:1], BOXES[:, [2, 1, 0, 3]], BOXES * math.inf, BOXES.numpy()],
    "scores": [SCORES[:1], torch.tensor([0.5, math.nan]), SCORES[None]],
    "iou": [torch.zeros(3, 3), torch.full((2, 3), math.nan)],
    "right": [RIGHT[:1], LABELS, SCORES],
    "objects": [0, 1.5],
    "threshold": [-0.1, 1.5, "0.5"],
    "by": ["names", ["boxes"]],
    "alpha": [0, math.inf],
}  # fmt: skip

LISTS = {  # found and truth mean three things
    metrics.ap_by_class: [
        [], IMAGES * 2, [None], [{}], [{**IMAGES[0], "labels": LABELS[:1]}], [{**IMAGES[0], "labels": SCORES}],
        [{**IMAGES[0], "boxes": torch.cat([BOXES, BOXES])}],
    ],
    metrics.mota: [
        [], CLIP * 2, [None], [(LABELS, torch.cat([BOXES, BOXES]))], [(LABELS[[0, 0]], BOXES)], [(LABELS,)],
        [(SCORES, BOXES)], [([0, 1], BOXES)],
    ],
    metrics.pck: [POINTS[:1], POINTS[..., :1], POINTS[:, :2], POINTS * math.nan],
    metrics.confusion: [LABELS - 1, LABELS + 1, LABELS[:1], SCORES, LABELS[:0]],
    metrics.class_iou: [LABELS.tolist(), LABELS + 1, (LABELS - 1).to(torch.int8)],
}  # fmt: skip

RIGHT_AFTER_ALL = {
    arithmetic.pair: {"value": [-3]},  # the range is the caller's affair
    losses.softmax: {"logits": [FIVE_AXES, NOT_NUMBERS]},  # NaN in, NaN out, as in torch
    losses.log_softmax: {"logits": [FIVE_AXES, NOT_NUMBERS]},
    losses.cross_entropy: {"logits": [NOT_NUMBERS]},
    metrics.pck: {"alpha": [2.5]},
    reference.conv2d: {"bias": [None]},
    reference.max_pool2d: {"stride": [None]},
}


def cases():
    for function, right in CALLS.items():
        for name in right:
            fine = RIGHT_AFTER_ALL.get(function, {}).get(name, [])
            own = LISTS.get(function, []) if name in ("found", "truth") else WRONG.get(name, [])
            if function is metrics.mask_iou and name == "a":
                own = own[2:]  # boxes that are upside down are not masks' affair
            odd = [v for v in NO_ARGUMENT if not any(v is f for f in fine)] + own
            for i, value in enumerate(odd):
                yield pytest.param(function, right | {name: value}, id=f"{function.__qualname__}-{name}-{i}")


@pytest.mark.parametrize("function", CALLS, ids=lambda f: f.__qualname__)
def test_the_right_call_is_right(function):
    if function is not weights.from_file:  # test_weights.py has files
        function(**CALLS[function])


@pytest.mark.parametrize(("function", "arguments"), list(cases()))
def test_an_odd_argument_is_refused_in_one_sentence(function, arguments):
    with pytest.raises((ValueError, OSError)) as caught:
        function(**arguments)
    words = str(caught.value)
    assert 20 < len(words) < 6_000 and "\n" not in words, words
    assert words.endswith("."), words
    assert type(caught.value).__module__ not in ("numpy.exceptions", "torch"), words


def test_a_pipe_is_no_photograph_and_no_weights(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for read in (photos.read, weights.from_file):
        with pytest.raises(ValueError, match="pipe is a pipe or a device; give the path of a file on disk"):
            read(tmp_path / "pipe")


@pytest.mark.parametrize("start", [b"", cv2.imencode(".png", PIXELS)[1].tobytes()])
def test_a_file_of_20_gigabytes_is_not_read(tmp_path, start):
    file = tmp_path / "photo.png"
    file.write_bytes(start)
    os.truncate(file, 20 * 10**9)  # a hole: it takes no room
    with pytest.raises(
        photos.PhotoError, match=r"is not an image, it starts|20,000,000,000 bytes, more than the 416,777"
    ):
        photos.read(file)
