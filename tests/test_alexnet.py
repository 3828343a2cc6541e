"""The walk through AlexNet against the model itself."""

import copy

import pytest
import torch
from torch import nn
from torchvision import models

from insidecnn import alexnet
from insidecnn.alexnet import receptive_field, sequential, stages
from insidecnn.arithmetic import ledger


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return models.alexnet().eval()


@pytest.fixture(scope="module")
def x():
    return torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def walk(model, x):
    return {stage.name: stage.output for stage in stages(model, x)}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("features.0", [1, 64, 55, 55]),
        ("features.2", [1, 64, 27, 27]),
        ("features.3", [1, 192, 27, 27]),
        ("features.5", [1, 192, 13, 13]),
        ("features.6", [1, 384, 13, 13]),
        ("features.8", [1, 256, 13, 13]),
        ("features.10", [1, 256, 13, 13]),
        ("features.12", [1, 256, 6, 6]),
        ("avgpool", [1, 256, 6, 6]),
        ("flatten", [1, 9216]),
        ("classifier.1", [1, 4096]),
        ("classifier.6", [1, 1000]),
    ],
)
def test_shapes(walk, name, shape):
    assert list(walk[name].shape) == shape


def test_stages_are_what_the_model_makes(model, x, walk):
    with torch.no_grad():
        torch.testing.assert_close(walk["features.12"], model.features(x))
        torch.testing.assert_close(walk["avgpool"], model.avgpool(model.features(x)))
        torch.testing.assert_close(walk["classifier.6"], model(x))
    assert len(walk) == len(model.features) + 1 + 1 + len(model.classifier)
    assert [(row.name, row.shape) for row in ledger(sequential(model), (3, 224, 224))] == [
        (name, tuple(output.shape[1:])) for name, output in walk.items()
    ]


def test_layers_are_the_models_own(model, x):
    modules = dict(model.named_modules())
    assert all(stage.layer is modules[stage.name] for stage in stages(model, x) if stage.name != "flatten")


def test_relu_in_place_changes_nothing_that_was_kept(model, walk):
    assert model.features[1].inplace
    for name in ("features.0", "features.3", "features.10", "classifier.1"):
        module, number = name.split(".")
        assert (walk[name] < 0).any()
        assert torch.equal(walk[f"{module}.{int(number) + 1}"], walk[name].relu())


def test_every_output_is_its_own(model):
    x = torch.randn(1, 3, 80, 63, requires_grad=True)
    before = x.detach().clone()
    outputs = [stage.output for stage in stages(model, x)]
    assert torch.equal(x, before)
    assert len({tensor.data_ptr() for tensor in [x, *outputs]}) == len(outputs) + 1
    assert not any(output.requires_grad for output in outputs)


def test_sequential_leaves_the_model_as_it_is(model):
    model = copy.deepcopy(model)
    model.features.train()
    network = sequential(model)
    assert list(network._modules) == ["features", "avgpool", "flatten", "classifier"]
    assert (network.training, model.features.training, model.classifier.training) == (False, True, False)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((3, 224, 224), r"x has shape \[3, 224, 224\].*unsqueeze"),
        ((1, 1, 224, 224), r"x has shape \[1, 1, 224, 224\]; it must be \(N, 3, H, W\)"),
        ((1, 224, 224, 3), r"it must be \(N, 3, H, W\)"),
        ((1, 3, 62, 224), "at least 63"),
        ((1, 3, 224, 62), "at least 63"),
    ],
)
def test_a_wrong_input(model, shape, message):
    with pytest.raises(ValueError, match=message):
        stages(model, torch.zeros(shape))


def test_the_smallest_image(model):
    assert alexnet.LEAST == 63
    assert stages(model, torch.zeros(2, 3, 63, 64))[12].output.shape == (2, 256, 1, 1)
    with pytest.raises(RuntimeError):
        model(torch.zeros(1, 3, 62, 63))


@pytest.mark.parametrize("part", ["features", "classifier"])
def test_training_mode_is_refused(model, part):
    model = copy.copy(model)
    model._modules = {**model._modules, part: copy.deepcopy(model._modules[part]).train()}
    with pytest.raises(ValueError, match=r"call model\.eval\(\)"):
        stages(model, torch.zeros(1, 3, 63, 63))


# --- receptive fields ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def positive(model):
    """The features with positive weights, which cannot cancel, and with means for pooling, which passes
    gradient to the largest cell of its window alone."""
    features = copy.deepcopy(model.features)
    for place, layer in enumerate(features):
        if isinstance(layer, nn.Conv2d):
            nn.init.uniform_(layer.weight, 0.5, 1)
            layer.weight.data /= layer.weight[0].numel()
        if isinstance(layer, nn.MaxPool2d):
            features[place] = nn.AvgPool2d(layer.kernel_size, layer.stride)
    return features


def support(output, x, cell):
    """(top, left, bottom, right) of the pixels on which one cell depends."""
    (gradient,) = torch.autograd.grad(output[0, 0, *cell], x, retain_graph=True)
    seen = gradient[0].abs().sum(0) > 0
    rows, columns = seen.any(1).nonzero(), seen.any(0).nonzero()
    return columns.min().item(), rows.min().item(), columns.max().item() + 1, rows.max().item() + 1


def test_every_stages_field_is_where_the_gradient_is(model, positive):
    size = (127, 95)
    x = torch.rand(1, 3, *size, requires_grad=True)
    output = x
    for place, layer in enumerate(positive):
        output = layer(output)
        height, width = output.shape[2:]
        for cell in [(0, 0), (height // 2, width // 2), (height - 1, width - 1)]:
            left, top, right, bottom = receptive_field(model, f"features.{place}", cell, size)
            clipped = max(left, 0), max(top, 0), min(right, size[1]), min(bottom, size[0])
            assert support(output, x, cell) == clipped


def test_the_last_pooling_sees_195_pixels_every_32(model, positive):
    size = (320, 353)  # large enough for cells that see no padding
    x = torch.rand(1, 3, *size, requires_grad=True)
    output = positive(x)
    assert support(output, x, (3, 4)) == receptive_field(model, "features.12", (3, 4), size) == (62, 30, 257, 225)
    assert support(output, x, (4, 5)) == receptive_field(model, "features.12", (4, 5), size) == (94, 62, 289, 257)


@pytest.mark.parametrize(
    ("name", "cell", "box"),
    [
        ("features.0", (0, 0), (-2, -2, 9, 9)),
        ("features.0", (54, 1), (2, 214, 13, 225)),
        ("features.12", (0, 5), (94, -66, 289, 129)),
        ("avgpool", (3, 3), (30, 30, 225, 225)),
    ],
)
def test_fields_are_not_clipped(model, name, cell, box):
    assert receptive_field(model, name, cell) == box


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("conv1", (0, 0)), "no stage 'conv1'; choose one of features.0, features.1"),
        (("features.0", (55, 0)), r"Cell \(55, 0\) is outside the map of features.0, which has 55 rows and 55 columns"),
        (("features.12", (0, -1)), r"Cell \(0, -1\) is outside"),
        (("classifier.6", (0, 0)), "choose a stage up to avgpool"),
        (("avgpool", (0, 0), (320, 320)), "no regular windows of a 320×320 image; choose a stage up to features.12"),
        (("features.0", (0, 0), (40, 40)), r"Layer features.12 \(MaxPool2d\).*does not fit"),
    ],
)
def test_a_field_that_there_is_not(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        receptive_field(model, *arguments)


@torch.no_grad()
def test_dense_layers_are_convolutions_too(model):
    sliding = alexnet.convolutional(model)
    x = torch.randn(1, 3, 288, 256, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(sliding(x[..., :224, :224])[..., 0, 0], model(x[..., :224, :224]), atol=1e-5)
    assert sliding(x).shape == (1, 1000, 3, 2)
    flat = model.features(x)[..., 2:8, 1:7].flatten(1)  # the window of the last cell
    assert torch.allclose(sliding(x)[..., 2, 1], model.classifier(flat), atol=1e-5)
    assert sliding.fc6.weight.data_ptr() == model.classifier[1].weight.data_ptr()
