"""What a widget shows where no script runs: torch's numbers, under their own names, in the drawing and in words."""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from insidecnn import alexnet, weights, widgets
from insidecnn.figures import grids
from insidecnn.widgets import clip
from tests.figures import reading

IMAGE = np.array([[1, 0, 2, -1, 3], [0, 2, 1, 4, 0], [3, 1, 0, 2, 2], [1, 5, 0, 1, 0]], float)
FILTERS = {"edge": np.array([[1, 0], [2, -1]], float), "blur": np.array([[1, 2, 0], [0, 1, 3]], float)}


def drawn(static: str) -> list[dict[str, list[list[str]]]]:
    """The drawings of grids: of each its arrays, by name, as rows of texts."""
    found = []
    for svg in re.findall(r"<svg class=\"grids.*?</svg>", static, flags=re.S):
        nodes = list(reading.parsed(svg).iter())
        arrays, rows = {}, {}
        for node in nodes:
            if node.get("class") == "name":
                rows = arrays.setdefault("".join(node.itertext()), {})
            elif node.tag == "text" and node.get("class") in (None, "small"):
                rows.setdefault(float(node.get("y")), []).append((float(node.get("x")), "".join(node.itertext())))
        found.append({name: [[t for _, t in sorted(rows[y])] for y in sorted(rows)] for name, rows in arrays.items()})
    return found


def texts(array) -> list[list[str]]:
    return [[grids.number(value) for value in row] for row in np.asarray(array)]


def table(static: str) -> list[dict[str, str]]:
    """The last table of a widget: its rows, by the heads of the columns."""
    (*_, markup) = re.findall(r"<table.*?</table>", static, flags=re.S)
    root = reading.parsed(markup)
    heads = [node.text for node in root.iter("th")]
    return [dict(zip(heads, (cell.text for cell in row), strict=True)) for row in list(root.iter("tr"))[1:]]


def test_convolution_shows_torch_s_map_of_each_filter():
    widget = widgets.convolution(IMAGE, FILTERS)
    found = drawn(widget.static)
    for (name, weight), arrays in zip(FILTERS.items(), found, strict=True):
        maps = F.conv2d(torch.tensor(IMAGE)[None, None], torch.tensor(weight)[None, None])[0, 0]
        assert arrays == {"image": texts(IMAGE), name: texts(weight), "feature map": texts(maps)}
        assert f"{name}: {grids.in_words(maps.numpy())}." in widget.text
    assert widget.data == {"image": IMAGE.tolist(), "filters": {name: w.tolist() for name, w in FILTERS.items()}}


@pytest.mark.parametrize("kernel_size, stride", [(2, 2), (3, 1)])
def test_pooling_shows_torch_s_largest_numbers_and_means(kernel_size, stride):
    widget = widgets.pooling(IMAGE, kernel_size, stride)
    maps = torch.tensor(IMAGE)[None, None]
    wanted = {"max": F.max_pool2d(maps, kernel_size, stride), "average": F.avg_pool2d(maps, kernel_size, stride)}
    for (name, pooled), arrays in zip(wanted.items(), drawn(widget.static), strict=True):
        assert arrays == {"map": texts(IMAGE), name: texts(pooled[0, 0])}
        assert f"{name}: {grids.in_words(pooled[0, 0].numpy())}." in widget.text
    assert f"Windows of {kernel_size} × {kernel_size}, {stride} apart" in widget.text
    assert widget.data == {"map": IMAGE.tolist(), "kernel_size": kernel_size, "stride": stride}


def test_softmax_shows_torch_s_probabilities_loss_and_slope():
    logits, target, names = (
        torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]]),
        torch.tensor([2, 1]),
        ["cat", "dog", "cup"],
    )
    widget = widgets.softmax(logits.numpy(), target.numpy(), names)
    logits.requires_grad_()
    losses = F.cross_entropy(logits, target, reduction="none")
    losses.sum().backward()
    tables = re.findall(r"<table.*?</table>", widget.static, flags=re.S)
    for i, p in enumerate(logits.softmax(1)):
        for name, row, z, share, slope in zip(names, table(tables[i]), logits[i], p, logits.grad[i], strict=True):
            assert row["class"] == name
            values = [float(row[head].replace("−", "-")) for head in ("logit z", "probability p̂", "slope p̂ − p")]
            assert values == pytest.approx([z.item(), share.item(), slope.item()], rel=0.01)
        right = names[target[i]]
        assert (
            f"of class {right}, which gets the probability {p[target[i]]:.3f}: the loss is {losses[i]:.3f}."
            in widget.text
        )
    bars = [reading.chart(svg) for svg in re.findall(r'<svg class="chart.*?</svg>', widget.static, flags=re.S)]
    assert bars[1].numbers == {name: f"{p:.3f}" for name, p in zip(names, logits[1].softmax(0).tolist(), strict=True)}


def test_output_size_shows_torch_s_sizes_and_what_is_left_over():
    network = nn.Sequential(nn.Conv2d(3, 4, 5, stride=3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(4, 8, 2))
    widget = widgets.output_size(network, 30)
    x, before = torch.zeros(1, 3, 30, 30), 30
    rows = iter(table(widget.static))
    for layer in network:
        x = layer(x)
        if not isinstance(layer, nn.ReLU):
            row = next(rows)
            assert (int(row["size before"]), int(row["after"])) == (before, x.shape[2])
            k, s, p = (int(row[head]) for head in ("kernel_size", "stride", "padding"))
            last = (x.shape[2] - 1) * s + k
            assert int(row["left over"]) == before + 2 * p - last
            before = x.shape[2]
    assert "⌊(30 + 2·1 − 5) / 3⌋ + 1 = 10; padded pixels left over after the last window: 0." in widget.text


def test_receptive_field_shows_each_layer_s_field_jump_and_first_pixel():
    model = weights.embedded().model
    widget = widgets.receptive_field(model)
    for row, layer in zip(table(widget.static), widget.data["layers"], strict=True):
        left, _, right, _ = alexnet.receptive_field(model, layer["stage"], (0, 0))
        next_left = alexnet.receptive_field(model, layer["stage"], (0, 1))[0]
        numbers = [row[head].replace("−", "-") for head in ("receptive field (px)", "jump (px)", "first (px)")]
        assert [row["layer"], *map(int, numbers)] == [layer["name"], right - left, next_left - left, left]
    conv3 = next(layer for layer in widget.data["layers"] if layer["name"] == "conv3")
    assert widget.data["layer"] == "conv3" and widget.data["cell"] == [conv3["size"] // 2] * 2
    assert "Chelsea the cat" in widget.static


def test_layers_are_counted_under_their_own_names():
    conv = nn.Conv2d(3, 5, 3, stride=2, padding=1)
    widget = widgets.mlp_or_convolution({"small": (conv, (7, 9)), "other": (nn.Conv2d(2, 2, 1, bias=False), (4, 4))})
    outputs = conv(torch.zeros(1, 3, 7, 9)).numel()
    dense = sum(p.numel() for p in nn.Linear(3 * 7 * 9, outputs).parameters())
    local, shared = outputs * (3 * 9 + 1), sum(p.numel() for p in conv.parameters())
    assert table(widget.static)[0] == {
        "parameters": "small", "dense": f"{dense:,}", "locally connected": f"{local:,}", "convolution": f"{shared:,}",
    }  # fmt: skip
    assert widget.text == f"Parameters of small: dense {dense:,}, locally connected {local:,}, convolution {shared:,}."
    (svg,) = re.findall(r'<svg class="chart.*?</svg>', widget.static, flags=re.S)
    read = reading.chart(svg, log=True)
    assert read.numbers == {"dense": f"{dense:,}", "locally connected": f"{local:,}", "convolution": f"{shared:,}"}


def test_film_shows_stills_and_the_loss_at_their_steps():
    frames = torch.randn(5, 4, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    curve = {"step": [2, 6, 8], "loss": [3.0, 2.0, 1.0], "unseen": [3.5, 2.5, 2.25]}
    widget = widgets.film(frames, [0, 1, 3, 6, 8], curve)
    assert re.findall(r"<figcaption>step (\d+)", widget.static) == ["0", "1", "6", "8"]
    last = "Frame 5 of 5, after step 8: loss 1.00 in training, 2.25 on unseen things (at step 8)."
    assert (
        widget.text == f"Frame 2 of 5, after step 1: loss 3.00 in training, 3.50 on unseen things (at step 2). {last}"
    )
    urls = [widget.data["sprite"], *re.findall(r'src="([^"]+)"', widget.static)]
    sprite, *stills = (np.array(Image.open(io.BytesIO(base64.b64decode(each.split(",")[1])))) for each in urls)
    sheets = np.split(sprite, 5)
    assert sprite.shape == (5 * widget.data["height"], widget.data["width"], 3)
    assert all(np.array_equal(still, sheets[k]) for still, k in zip(stills, (0, 1, 3, 4), strict=True))
    shares = frames[1, 0] / frames[1, 0].abs().max() / 2 + 0.5  # grey is zero
    assert np.abs(sheets[1][:3, :3] - (shares.permute(1, 2, 0) * 255).numpy()).max() <= 9
    with pytest.raises(ValueError, match="F steps"):
        widgets.film(frames, [0, 1], curve)
    with pytest.raises(ValueError, match="end with the last frame"):
        widgets.film(frames, [0, 1, 3, 6, 9], curve)


def test_clip_shows_stills_and_keeps_every_frame():
    y, x = np.mgrid[:16, :24]
    frames = np.stack([np.stack([x * 9, y * 14, np.full_like(x, 20 * t)], 2) for t in range(9)]).astype(np.uint8)
    widget = clip.player(frames, "A square <grows>.", fps=4, enlarge=3, title="Growing", id="growing")
    sprite = opened(widget.data["sprite"])
    assert sprite.shape == (9 * 16, 24, 3) and np.abs(sprite.reshape(frames.shape) - frames.astype(int)).max() < 30
    assert re.findall(r"<figcaption>frame (\d)", widget.static) == ["1", "4", "6", "9"]
    stills = [opened(url) for url in re.findall(r'src="([^"]+)"', widget.static)]
    assert all(np.abs(still - frames[k].astype(int)).max() < 30 for still, k in zip(stills, (0, 3, 5, 8), strict=True))
    assert widget.text == "A clip of 9 frames. A square <grows>." and "A square &lt;grows&gt;." in widget.static
    settings = {"width": 24, "height": 16, "frames": 9, "fps": 4, "enlarge": 3, "alt": "A square <grows>."}
    assert {name: widget.data[name] for name in settings} == settings and widget.id == "growing"


def test_a_clip_is_made_to_fit_into_its_bytes_or_refused():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (12, 128, 128, 3)).astype(np.uint8)
    full = clip.jpeg(noise.reshape(-1, 128, 3), 90)
    sheet = clip.sheet(noise, "noise")
    assert len(full) > clip.LARGEST >= len(sheet.data) and (sheet.width, sheet.height) == (128, 12 * 128)
    with pytest.raises(ValueError, match="give fewer or smaller ones, for 300,000 at most"):
        clip.player(np.concatenate([noise] * 4), "noise")
    with pytest.raises(ValueError, match="70,000 lines high"):
        clip.player(np.zeros((70, 1000, 1, 3), np.uint8), "black")
    grey = np.zeros((2, 4, 4), np.uint8)
    for frames in (grey, np.zeros((0, 4, 4, 3), np.uint8), np.zeros((2, 4, 4, 3))):
        with pytest.raises(ValueError, match="frames is of"):
            clip.player(frames, "nothing")
    for wrong, words in (({"alt": " "}, "alt is empty"), ({"fps": 0}, "fps is 0"), ({"enlarge": 0}, "enlarge is 0")):
        with pytest.raises(ValueError, match=words):
            clip.player(**{"frames": np.zeros((2, 4, 4, 3), np.uint8), "alt": "black"} | wrong)


def opened(url: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


def test_data_of_a_widget_cannot_end_its_script():
    markup = widgets.convolution(IMAGE, {"</script>": FILTERS["edge"]})._repr_mimebundle_()["text/html"]
    (inside,) = re.findall(r'<script type="application/json">(.*?)</script>', markup, flags=re.S)
    assert list(json.loads(inside)["filters"]) == ["</script>"]
