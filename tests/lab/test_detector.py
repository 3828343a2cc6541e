"""The detector's files: folded, YOLO is the same function; people are drawn as the world draws them."""

import json

import numpy as np
import torch
import torch.nn.functional as F

from insidecnn.detection import yolo
from insidecnn.lab import detector
from insidecnn.widgets.detector import compose
from insidecnn.world.draw import Place
from insidecnn.world.people import draw_person

NET, _ = yolo.shipped()
STATE = {name: value.numpy() for name, value in NET.state_dict().items()}


def test_folded_convolutions_say_what_the_network_says():
    torch.manual_seed(0)
    image = torch.rand(1, 3, 128, 128)
    layers, maps = detector.stages(NET), image.double()
    folded = detector.folded(STATE)
    assert len(layers) == len(folded)
    for k, (layer, (weight, bias)) in enumerate(zip(layers, folded, strict=True)):
        padding = layer["padding"] * layer["dilation"]
        maps = F.conv2d(
            maps, torch.from_numpy(weight), torch.from_numpy(bias), layer["stride"], padding, layer["dilation"]
        )
        assert maps.shape[1] == layer["shape"][0] and maps.shape[2] == layer["shape"][1] * layer["dilation"]
        maps = maps.relu() if k + 1 < len(layers) else maps
    with torch.no_grad():
        said = NET(image)
    cells = maps[0, :10].unflatten(0, (2, 5)).float()
    assert torch.allclose(cells[:, 0], said.confidence[0], atol=1e-3)
    assert torch.allclose(yolo.decode(cells[:, 1:]), said.boxes[0], atol=1e-2)
    assert torch.allclose(maps[0, 10:14].float(), said.classes[0], atol=1e-3) and maps[0, 14:].abs().max() == 0


def test_the_file_is_small():
    assert len(detector.file(STATE)) < 1_000_000


def test_people_are_those_of_the_world():
    grey = np.full((128, 128, 3), 120, np.uint8)
    for number in range(detector.PEOPLE):
        angles, worn = detector.person(number)
        picture = grey.astype(np.float32) / 255
        draw_person(picture, angles, worn, Place(60, 64, 90, 5))
        ours = compose(grey, [(detector.PERSON, number, 60, 64, 90, 5, 0)])
        assert np.abs(np.round(picture.clip(0, 1) * 255) - ours).max() <= 1


def test_what_the_page_reads_of_people():
    people = json.loads(detector.people())["people"]
    assert len(people) == detector.PEOPLE and all(len(looks) == 7 for looks in people)
    for look in people[0]:
        assert set(look) == {"parts", "pattern", "tones", "period", "light", "shadow"}
        assert all(part[0] in (0, 1) and len(part) % 2 == 1 and len(part) >= 7 for part in look["parts"])
