"""Files of AlexNet's parameters as readers may have them, and of things that are none."""

import io
import os
import pickle
from collections import OrderedDict

import safetensors.torch
import torch
from torchvision.models import alexnet, vgg11


def empty(outputs=1000):
    """AlexNet without numbers."""
    with torch.device("meta"):
        return alexnet(num_classes=outputs).eval()


def thin(outputs=7, dtype=torch.float32, seed=0):
    """A state dict of the right shapes whose file is small: the numbers of a row are one number, stored once."""
    random = torch.Generator().manual_seed(seed)
    state = OrderedDict()
    for name, tensor in empty(outputs).state_dict().items():
        column = torch.randn(len(tensor), *[1] * (tensor.ndim - 1), generator=random)
        scale = 3 / tensor[0].numel() if tensor.ndim > 1 else 0.3
        state[name] = (column * scale).to(dtype).expand(tensor.shape)
    return state


def drawn(outputs, dtype, seed=0):
    """A state dict with a random number at every place, and its network in float32.

    PyTorch's own beginnings get smaller from layer to layer, up to logits of a hundredth; these keep their size.
    """
    torch.manual_seed(seed)
    model = alexnet(num_classes=outputs).eval()
    state = OrderedDict(
        (name, (tensor * 6**0.5 if tensor.ndim > 1 else tensor).to(dtype))
        for name, tensor in model.state_dict().items()
    )
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return state, model


def network(state):
    """PyTorch's network of a state dict."""
    model = empty(len(state["classifier.6.bias"]))
    model.load_state_dict({name: tensor.float().contiguous() for name, tensor in state.items()}, assign=True)
    return model


def parallel(state):
    return OrderedDict((f"module.{name}", tensor) for name, tensor in state.items())


def zipped(value, **settings):
    file = io.BytesIO()
    torch.save(value, file, **settings)
    return file.getvalue()


def rowed(value):
    """The older form: a row of pickles."""
    return zipped(value, _use_new_zipfile_serialization=False)


def safe(state, path=None):
    return safetensors.torch.save({name: tensor.contiguous() for name, tensor in state.items()})


class Code:
    """Python runs ``os.system`` when it loads this."""

    def __reduce__(self):
        return os.system, ("true",)


def changed(name, tensor):
    return zipped(thin() | {name: tensor})


def without(name):
    return zipped(OrderedDict((key, tensor) for key, tensor in thin().items() if key != name))


def vgg():
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in vgg11().state_dict().items()}
    return zipped(OrderedDict((name, torch.zeros(1).expand(shape)) for name, shape in shapes.items()))


def holed():
    bias = torch.zeros(4096)
    bias[17] = torch.nan
    return changed("classifier.1.bias", bias)


def whole_model():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3))
    return zipped(model)


def half(data):
    return data[: len(data) // 2]


SAVE = "torch.save(model.state_dict(), "

#: name → (its bytes, what the refusal says)
REFUSED = {
    "empty.pth": (lambda: b"", "empty.pth is empty (0 bytes); download or copy it again."),
    "text.pth": (lambda: b"Dear diary, no tensors today.\n", "text.pth is no file of tensors: it begins with “Dear diary, no t”"),
    "cut.pth": (lambda: half(zipped(thin())), "cut.pth ends too early: it is truncated; download or copy it again."),
    "cut-row.pth": (lambda: rowed(thin())[:-100], "cut-row.pth ends too early: it is truncated"),
    "cut-early.pth": (lambda: rowed(thin())[:700], "cut-early.pth ends too early: it is truncated"),
    "cut.safetensors": (lambda: safe({"features.0.bias": torch.zeros(64)})[:-8], "cut.safetensors ends too early"),
    "shape.pth": (
        lambda: changed("features.3.weight", torch.zeros(192, 64, 3, 3)),
        "shape.pth holds another network than AlexNet: "
        "features.3.weight has the shape (192, 64, 3, 3), and should have (192, 64, 5, 5).",
    ),
    "missing.pth": (lambda: without("classifier.4.bias"), "classifier.4.bias is missing. torch.save(model.state_dict(), …) of a"),
    "more.pth": (lambda: changed("bn.num_batches_tracked", torch.tensor(3)), "bn.num_batches_tracked is unknown to it"),
    "many.pth": (lambda: zipped(thin() | {"classifier.6.weight": torch.zeros(1).expand(10**9, 4096)}), "has 1000000000 outputs; at most 65536 are shown"),
    "none.pth": (lambda: zipped(thin() | {"classifier.6.weight": torch.zeros(0, 4096)}), "classifier.6.weight has the shape (0, 4096), and should have (1000, 4096)"),
    "vgg.pth": (vgg, "features.0.weight has the shape (64, 3, 3, 3), and should have (64, 3, 11, 11); features.3.weight"),
    "model.pth": (
        whole_model,
        "asks for Python’s torch.nn.modules.container.Sequential, and Python would run code to load it; here nothing was "
        f"run. It must hold tensors alone: give a file that {SAVE}",
    ),
    "model-row.pth": (lambda: rowed(torch.nn.ReLU()), "asks for Python’s torch.nn.modules.activation.ReLU"),
    "code.pth": (lambda: zipped({"features.0.bias": Code()}), "code.pth asks for Python’s posix.system, and Python would run code"),
    "code.pkl": (lambda: pickle.dumps(Code()), "code.pkl asks for Python’s posix.system"),
    "number.pth": (lambda: zipped(3.5), "number.pth holds no dictionary of tensors"),
    "mixed.pth": (lambda: zipped({"epoch": 3, "loss": 0.5}), "mixed.pth holds “epoch”, which is no tensor"),
    "list.pkl": (lambda: pickle.dumps([1, 2]), "list.pkl is a pickle of something else"),
    "nan.pth": (holed, "nan.pth holds NaN or infinite numbers in classifier.1.bias"),
    "whole.pth": (lambda: changed("classifier.1.bias", torch.zeros(4096, dtype=torch.int64)), "holds classifier.1.bias as int64"),
    "complex.pth": (lambda: changed("classifier.1.bias", torch.zeros(4096, dtype=torch.complex64)), "holds numbers of the kind ComplexFloat"),
    "notes.zip": (lambda: b"PK\x05\x06" + bytes(18), "notes.zip"),
    "alexnet-0123abcd.pth": (lambda: zipped(thin()), "its name says that its SHA-256 begins with 0123abcd, and it begins with "),
}  # fmt: skip
