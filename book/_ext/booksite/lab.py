"""What the lab loads: the parameters of each convolution, the sample photographs, and its kernel.

Each file stands there twice: as it is, and as a script that holds it in base64, for pages opened from a folder,
where browsers let no script read a file. They are made again when what they are made from has changed.
"""

import base64
import hashlib
import os
from pathlib import Path

from booksite.cache import PACKAGE, SETTINGS, SOURCE

STATIC = Path(__file__).parents[2] / "_static" / "lab"


def state() -> str:
    """What the files depend on: the weights, the code that packs them, the kernel."""
    files = [
        SOURCE / PACKAGE / "parameters" / "alexnet.safetensors",
        *sorted((SOURCE / PACKAGE / "lab").glob("*.py")),
        SOURCE / PACKAGE / "photos.py",
        STATIC / "kernel.wasm",
        Path(__file__),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def tensors() -> dict:
    """The parameters by name, as NumPy arrays; those of the book without importing torch."""
    if any(os.environ.get(name) for name in SETTINGS):
        from insidecnn.weights import load

        return {name: value.numpy() for name, value in load().model.state_dict().items()}
    from safetensors.numpy import load_file

    return load_file(SOURCE / PACKAGE / "parameters" / "alexnet.safetensors")


def files() -> dict[str, bytes]:
    from insidecnn.lab import chunks, samples

    packed = {f"{name}.bin": chunks.pack(*both) for name, both in chunks.convolutions(tensors()).items()}
    photographs = {f"{name}.jpg": samples.jpeg(name) for name in samples.NAMES}
    return packed | photographs | {"kernel.wasm": (STATIC / "kernel.wasm").read_bytes()}


def write(app, error):
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "lab"
    stamp = target / "made-from.txt"
    own = not any(os.environ.get(name) for name in SETTINGS)  # else the weights may be others each time
    if own and stamp.exists() and stamp.read_text() == state():
        return
    target.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (target / name).write_bytes(data)
        held = f'(self.insidecnnAssets ??= {{}})["{name}"] = "{base64.b64encode(data).decode()}";\n'
        (target / f"{name}.js").write_text(held)
    stamp.write_text(state() if own else "")


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
