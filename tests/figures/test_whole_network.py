"""AlexNet at once: what stands in the drawing is what the network gave."""

import base64
import io
import re

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from insidecnn import alexnet
from insidecnn.figures import whole_network
from insidecnn.figures.tiles import PALETTE


@pytest.fixture(scope="module")
def walk():
    torch.manual_seed(3)
    return alexnet.stages(torchvision.models.alexnet().eval(), torch.randn(1, 3, 224, 224))


@pytest.fixture(scope="module")
def markup(walk):
    pixels = np.zeros((224, 224, 3), np.uint8)
    links = {"features.3": "deeper.html#second", "classifier.4": "dense.html"}
    return whole_network.draw(walk, pixels, {"a <cup>": 0.75, "a fish": 0.25}, links)._repr_mimebundle_()["text/html"]


def item(markup, title):
    (found,) = [part for part in markup.split('<li class="layer')[1:] if f">{title}<" in part]
    return found


def images(part):
    """The pictures of a stage: numbers of the palette's colours."""
    colours = {tuple(colour): level for level, colour in enumerate(PALETTE[:255, :3].tolist())}
    found = []
    for data in re.findall(r"data:image/webp;base64,([^\"]+)", part):
        rgba = np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))
        found.append(
            np.array([[colours.get(tuple(cell[:3]), -1) if cell[3] else -1 for cell in row] for row in rgba.tolist()])
        )
    return found


def test_every_stage_has_its_name_shape_and_settings_in_the_order_of_the_network(markup):
    found = re.findall(
        r'class="words"><b>(?:<a[^>]*>)?(\w+)(?:</a>)?</b> <span>([\d×]+)</span>(?: <i>([^<]*)</i>)?',
        markup.replace("<wbr>", "").replace("\N{NO-BREAK SPACE}", " "),
    )
    assert found == [
        ("input", "3×224×224", "red, green, blue"), ("conv1", "64×55×55", "11×11, stride 4, padding 2"),
        ("pool1", "64×27×27", "3×3, stride 2"), ("conv2", "192×27×27", "5×5, padding 2"), ("pool2", "192×13×13", "3×3, stride 2"),
        ("conv3", "384×13×13", "3×3, padding 1"), ("conv4", "256×13×13", "3×3, padding 1"), ("conv5", "256×13×13", "3×3, padding 1"),
        ("pool3", "256×6×6", "3×3, stride 2"), ("flatten", "9216", ""), ("fc6", "4096", "9,216 weights each"),
        ("fc7", "4096", "4,096 weights each"), ("fc8", "1000", "4,096 weights each"),
    ]  # fmt: skip


def test_a_stage_leads_where_it_is_said_and_the_answer_is_escaped(markup):
    assert '<a href="deeper.html#second">conv2</a>' in markup and '<a href="dense.html">fc7</a>' in markup
    assert markup.count("<a ") == 2
    assert re.findall(r'--share: ([\d.]+)">([^<]+)</span> <b>([\d.]+%)', markup) == [
        ("0.750", "a &lt;cup&gt;", "75.0%"), ("0.250", "a fish", "25.0%")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "name"), [("conv1", "features.1"), ("pool2", "features.5"), ("conv5", "features.11")]
)
def test_maps_are_those_with_the_largest_means_after_the_relu(walk, markup, title, name):
    (output,) = [stage.output[0] for stage in walk if stage.name == name]
    front, *enlarged = images(item(markup, title))
    strongest = output[output.mean((1, 2)).argsort(descending=True)[:4]]
    wanted = 127 + (strongest / strongest.amax((1, 2), keepdim=True) * 127).round().numpy()
    assert np.array_equal(front, wanted[0]) and np.array_equal(enlarged, wanted)


def test_a_vector_keeps_its_order(walk, markup):
    (fc7,) = [stage.output[0] for stage in walk if stage.name == "classifier.5"]
    (square,) = images(item(markup, "fc7"))
    assert np.array_equal(square.ravel(), 127 + (fc7 / fc7.max() * 127).round().numpy())


def test_the_input_stands_with_its_three_channels(walk):
    pixels = np.zeros((224, 224, 3), np.uint8)
    pixels[:112, :, 0], pixels[:, 112:, 1], pixels[112:, :112, 2] = 255, 254, 253
    drawn = whole_network.draw(walk, pixels, {}, {})._repr_mimebundle_()["text/html"]
    (_, *lights) = re.findall(r"data:image/\w+;base64,([^\"]+)", item(drawn, "input"))
    corners = [
        [
            Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB").getpixel(place)
            for place in ((1, 1), (-2, 1), (1, -2), (-2, -2))
        ]
        for data in lights
    ]
    dark = [[sum(colour) < 24 for colour in each] for each in corners]
    assert dark == [[False, False, True, True], [True, False, True, False], [True, True, False, True]]
    assert [max(range(3), key=each[k].__getitem__) for each, k in zip(corners, (0, 1, 2), strict=True)] == [0, 1, 2]
