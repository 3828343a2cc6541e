"""What reads a network of the reader's, on small files: every form of file, every kind of number, every layout."""

import base64
import datetime
import hashlib
import io
import json
import pickletools
import re
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import BOOK
from tests.site.lab import networks
from tests.site.lab.conftest import BYTES

# A network of two layers, of which the second has as many outputs as the file says. READ gives what is put into it, as
# base64, or the refusal; and which bytes of the file were asked for. `file` is [name, base64], or a count of zeros.
LAYERS = """[
  { kind: 'Conv2d', name: 'features.0', given: [3, 5, 5], shape: [16, 1, 1], kernel_size: 2 },
  { kind: 'Linear', name: 'classifier.6', given: [2, 2, 2], units: 1000, shape: [1, 20, 50], factors: [{}] },
]"""
READ = f"""async (given) => {{ {BYTES}
  const made = given.zeros ? new Blob([new Uint8Array(10)]) : new Blob([insidecnn.decodeBase64(given.code)]);
  const found = {{ asked: [], put: {{}} }};
  const slice = (from, to) => {{
    found.asked.push([from, Math.min(to, file.size)]);
    return given.zeros ? new Blob([new Uint8Array(Math.min(to, file.size) - from)]) : made.slice(from, to);
  }};
  const file = {{ name: given.name, size: given.zeros ?? made.size, slice }};
  const put = (what) => (number, ...rest) => {{
    (found.put[what + number] ??= []).push(bytesOf(rest.at(-1).slice()));
  }};
  const network = {{ setBias: put('bias'), setKernels: put('kernels') }};
  const how = {{ makeNetwork: async () => network, isLatest: () => true, progress: () => {{}} }};
  const {{ words, layers, sha256 }} = await insidecnnCheckpoint({{ file, layers: {LAYERS} }}, how);
  if (words) return {{ ...found, refused: words }};
  return {{ ...found, outputs: layers[1].units, shape: layers[1].shape, sha256 }};
}}"""


@pytest.fixture(scope="module")
def page(browser):
    """A page with the scripts that read, and without the rest of the lab."""
    page = browser.new_page()
    for name in ("shared", "lab/unpickle", "lab/tensor-file", "lab/sha256", "lab/checkpoint"):
        page.add_script_tag(path=BOOK / "_static" / f"{name}.js")
    yield page
    page.close()


def read(page, data, name="mine.pth"):
    return page.evaluate(READ, {"name": name, "code": base64.b64encode(data).decode()})


def put(found):
    """What came into the network, layer by layer: the parts of its kernels follow each other."""
    return {
        what: np.concatenate([np.frombuffer(base64.b64decode(part), np.float32) for part in parts])
        for what, parts in found["put"].items()
    }


def small(outputs=7, dtype=torch.float32, seed=1):
    random = torch.Generator().manual_seed(seed)
    shapes = {"features.0.weight": (16, 3, 2, 2), "features.0.bias": (16,)}
    shapes |= {"classifier.6.weight": (outputs, 8), "classifier.6.bias": (outputs,)}
    return {name: torch.randn(shape, generator=random).to(dtype) for name, shape in shapes.items()}


def assert_is(found, state):
    assert "refused" not in found, found["refused"]
    held = put(found)
    names = {"features.0": 0, "classifier.6": 1}
    for name, tensor in state.items():
        layer, part = name.rsplit(".", 1)
        what = {"weight": "kernels", "bias": "bias"}[part] + str(names[layer])
        np.testing.assert_array_equal(held[what], tensor.float().contiguous().numpy().ravel(), name)


FORMS = {
    "zip": networks.zipped,
    "zip, protocol 4": lambda state: networks.zipped(state, pickle_protocol=4),
    "row of pickles": networks.rowed,
    "safetensors": networks.safe,
    "module.": lambda state: networks.zipped(networks.parallel(state)),
    "row of pickles, module.": lambda state: networks.rowed(networks.parallel(state)),
    "under state_dict": lambda state: networks.zipped({"epoch": 3, "state_dict": state, "optimizer": {"lr": 0.1}}),
    "under model": lambda state: networks.rowed({"best": None, "model": networks.parallel(state), "done": (True, [1])}),
    "parameters": lambda state: networks.zipped({name: torch.nn.Parameter(each) for name, each in state.items()}),
}
DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_and_every_kind_of_number(page, form, dtype):
    state = small(dtype=dtype)
    data = FORMS[form](state)
    found = read(page, data)
    assert_is(found, state)
    assert found["outputs"] == 7 and found["sha256"] == hashlib.sha256(data).hexdigest()


def test_every_half_is_python_s(page):
    """All finite numbers of 16 bits, as 8191 outputs of 8 numbers would hold them."""
    for dtype in (torch.float16, torch.bfloat16):
        numbers = torch.arange(65536).to(torch.uint16).view(dtype)
        numbers = torch.where(numbers.float().isfinite(), numbers, torch.zeros((), dtype=dtype))
        state = small(8192, dtype) | {"classifier.6.weight": numbers.reshape(8192, 8)}
        assert_is(read(page, networks.zipped(state)), state)


LAYOUTS = {
    "a transposed matrix": ("classifier.6.weight", lambda x: x.t().contiguous().t()),
    "channels last": ("features.0.weight", lambda x: x.contiguous(memory_format=torch.channels_last)),
    "every second row": ("classifier.6.weight", lambda x: x.repeat_interleave(2, 0)[::2]),
    "every third column": ("classifier.6.weight", lambda x: x.repeat_interleave(3, 1)[:, ::3]),
    "behind an offset": ("features.0.bias", lambda x: torch.cat([torch.ones(5), x])[5:]),
    "one number for all": ("features.0.bias", lambda x: x[:1].expand(16)),
    "one row for all": ("classifier.6.weight", lambda x: x[:1].expand(7, 8)),
}


@pytest.mark.parametrize("save", [networks.zipped, networks.rowed], ids=["zip", "row of pickles"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(page, layout, save):
    name, change = LAYOUTS[layout]
    state = small()
    state[name] = change(state[name])
    assert_is(read(page, save(state)), state)


def test_tensors_that_share_a_storage(page):
    state = small()
    both = torch.randn(16 + 7)
    state |= {"features.0.bias": both[:16], "classifier.6.bias": both[16:]}
    for save in (networks.zipped, networks.rowed):
        assert_is(read(page, save(state)), state)


def test_a_zip_archive_with_long_fields(page):
    """Beyond 4 GB sizes and places stand elsewhere; zipfile can be made to write that for small files."""
    state, data = small(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(networks.zipped(state))) as given, zipfile.ZipFile(data, "w") as archive:
        limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 100
        try:
            for name in given.namelist():
                with archive.open(name, "w", force_zip64=True) as file:
                    file.write(given.read(name))
            archive.close()
        finally:
            zipfile.ZIP64_LIMIT = limit
    assert b"PK\x06\x06" in data.getvalue()
    assert_is(read(page, data.getvalue()), state)


def test_a_compressed_archive_is_refused(page):
    data = io.BytesIO()
    given = zipfile.ZipFile(io.BytesIO(networks.zipped(small())))
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            archive.writestr(name, given.read(name))
    assert "is a compressed zip archive" in read(page, data.getvalue())["refused"]


def test_numbers_with_the_big_end_first_are_refused(page):
    data = networks.zipped(small())
    assert data.count(b"little") == 1
    assert "big end" in read(page, data.replace(b"little", b"big   "))["refused"]


@pytest.mark.parametrize("zeros", [1e9, 7])
def test_a_file_of_zeros_is_refused_after_its_first_bytes(page, zeros):
    found = page.evaluate(READ, {"name": "zeros.pth", "zeros": zeros})
    assert "is no file of tensors: it begins with 00 00 00 00" in found["refused"]
    assert sum(to - start for start, to in found["asked"]) <= 16


def test_the_shape_of_the_map_of_outputs(page):
    """In full rows if there is a way that is not too wide; else with cells behind the last one."""
    wanted = {
        1: (1, 1),
        7: (1, 7),
        8: (1, 8),
        10: (2, 5),
        17: (4, 5),
        100: (10, 10),
        120: (10, 12),
        365: (19, 20),
        997: (32, 32),
        1000: (20, 50),
    }
    for outputs, size in wanted.items():
        found = read(page, networks.zipped(small(outputs)))
        assert (found["outputs"], tuple(found["shape"])) == (outputs, (1, *size))
        assert size[0] * size[1] >= outputs


PICKLED = {  # instructions that Python knows, and what the reader says of each
    "a set": {1, 2}, "bytes": b"1", "a bytearray": bytearray(b"1"), "a class": list, "an exception": ValueError("no"),
    "a date": datetime.date(2020, 1, 1), "a device": torch.device("cpu"), "a NumPy number": np.float64(1),
}  # fmt: skip


@pytest.mark.parametrize("what", PICKLED)
def test_nothing_but_tensors_and_plain_values(page, what):
    found = read(page, networks.zipped({"state_dict": small(), "more": PICKLED[what]}))
    assert re.search("asks for Python’s [a-z_]+[.]|the pickle instruction 0x", found["refused"])
    assert found["put"] == {}


def nested(end):
    """A pickle of some hundred bytes whose value, written out, would have a million million million letters."""
    return b"\x80\x02)" + b"q\x00h\x00\x86" * 60 + end


def endless():
    """Files of some kB that would keep a reader that trusts them busy for hours."""
    deep = nested(b"X\x01\x00\x00\x00x\x93.")
    storage = b"ctorch\nFloatStorage\n"
    key = b"\x80\x02(X\x07\x00\x00\x00storage" + storage + nested(b"")[2:] + b"X\x03\x00\x00\x00cpuK\x01tQ."
    many = (
        b"\x80\x02NN\x86q\x02]("
        + b"h\x02" * 100_000
        + b"eq\x00ccollections\nOrderedDict\nq\x01"
        + b"h\x01h\x00\x85R" * 10_000
        + b"."
    )
    header = json.dumps({"x": {"dtype": "F32", "shape": [1] * 80_000, "data_offsets": [0, 4]}}).encode()
    wide = len(header).to_bytes(8, "little") + header + bytes(4)
    minus = json.dumps({"x": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}).encode()
    return {
        "a name of nested tuples": deep, "a key of nested tuples": key, "one list given to ten thousand calls": many,
        "a shape of 80,000 dimensions": wide, "a negative place": len(minus).to_bytes(8, "little") + minus,
    }  # fmt: skip


@pytest.mark.parametrize("what", endless())
def test_a_small_file_that_would_take_for_ever_is_refused(page, what):
    found = read(page, endless()[what])
    assert re.search("is damaged|holds a damaged pickle|far longer than", found["refused"]), found["refused"]


def test_a_refusal_does_not_repeat_a_long_name(page):
    found = read(page, networks.zipped({"a" * 100_000: 1}))
    assert "aaaaaa…”, which is no tensor" in found["refused"] and len(found["refused"]) < 600


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read(page, data):
    """Whatever bytes of the tables are changed: a plain refusal, or the tensors of a dictionary; nothing else."""
    save = data.draw(st.sampled_from([networks.zipped, networks.rowed, networks.safe]))
    whole = bytearray(save(small()))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, min(len(whole), 1500) - 1))] = data.draw(st.integers(0, 255))
    found = read(page, bytes(whole[: data.draw(st.sampled_from([None, -1, 900]))]))
    assert "cannot be read" not in found.get("refused", ""), found["refused"]


def test_only_listed_instructions_are_understood():
    """The list of the file against Python's own table: codes and names belong together, and none of them builds objects."""
    text = (BOOK / "_static" / "lab" / "unpickle.js").read_text()
    listed = {int(code, 16): name for code, name in re.findall(r"^ +(0x[0-9a-f]{2}): .*// ([A-Z0-9_]+)", text, re.M)}
    table = {ord(each.code): each.name for each in pickletools.opcodes}
    assert len(listed) == 36  # and STOP
    assert all(table[code] == name for code, name in listed.items())
    assert not {"NEWOBJ", "NEWOBJ_EX", "INST", "OBJ", "EXT1", "EXT2", "EXT4", "PERSID"} & set(listed.values())
