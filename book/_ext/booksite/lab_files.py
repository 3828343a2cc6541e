"""What the lab loads: parameters, the sample photographs, its kernel, things, and the names of ImageNet's classes.

Each file stands there twice: as it is, and as a script that holds it in base64, for pages opened from a folder,
where browsers let no script read a file.
"""

import base64
from pathlib import Path

from booksite import execute

ROOT = Path(__file__).parents[3]


def tensors() -> dict:
    """The parameters by name, as NumPy arrays; those of the book without importing torch."""
    if execute.weights(ROOT)["source"] != "embedded":
        from insidecnn.weights import load

        return {name: value.numpy() for name, value in load().model.state_dict().items()}
    from safetensors.numpy import load_file

    return load_file(ROOT / "src" / execute.PACKAGE / "parameters" / "alexnet.safetensors")


def detector_files() -> dict[str, bytes]:
    """What the widget with YOLO loads: its parameters, and people."""
    from safetensors.numpy import load_file

    from insidecnn.lab import detector

    parameters = load_file(ROOT / "src" / execute.PACKAGE / "parameters" / "yolo.safetensors")
    return {detector.FILE: detector.file(parameters), "people.json": detector.people()}


def files() -> dict[str, bytes]:
    from insidecnn.lab import chunks, imagenet, samples, things

    photographs = {f"{name}.jpg": samples.jpeg(name) for name in samples.NAMES}
    kernel = (ROOT / "book/_static/lab/kernel.wasm").read_bytes()
    names = {"things.json": things.file(), "imagenet.json": imagenet.file()}
    return chunks.files(tensors()) | photographs | {"kernel.wasm": kernel} | names | detector_files()


def write(app, error):
    if error or app.builder.format != "html" or "book/lab" not in app.env.found_docs:
        return
    target = Path(app.outdir) / "_static" / "lab"
    target.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (target / name).write_bytes(data)
        held = f'(self.insidecnnAssets ??= {{}})["{name}"] = "{base64.b64encode(data).decode()}";\n'
        (target / f"{name}.js").write_text(held)


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
