import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from insidecnn import photos

H, W = 24, 36
Y, X = np.mgrid[:H, :W]
SMOOTH = np.stack([7 * X, 10 * Y, 255 - 4 * X - 4 * Y], axis=2).astype(np.uint8)  # survives lossy formats
BACKGROUND = (10, 200, 90)


@pytest.fixture(params=photos.DECODERS)
def decoder(request):
    return request.param


def noise(channels: int, bits: int) -> np.ndarray:
    pixels = np.random.default_rng(channels).integers(0, 2**bits, (H, W, channels))
    pixels[:4, :4] = 3  # the value that a colour key makes transparent
    return pixels


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(pixels: np.ndarray, colour_type: int, bits: int = 8, extra: bytes = b"") -> bytes:
    """A PNG file of any kind: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA."""
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], bits, colour_type, 0, 0, 0)
    rows = pixels.reshape(len(pixels), -1)
    if bits == 1:
        rows = np.packbits(rows.astype(bool), axis=1)
    body = b"".join(b"\0" + row.astype(">u2" if bits == 16 else ">u1").tobytes() for row in rows)
    chunks = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def expected(pixels: np.ndarray, bits: int, alpha: np.ndarray | int = 1) -> np.ndarray:
    """The rules of ``read`` in floating point; ``alpha`` from 0 to 1."""
    most = 2**bits - 1
    pixels, alpha = np.rint(pixels * 255 / most), np.rint(alpha * 255) / 255
    return np.broadcast_to(np.rint(pixels * alpha + np.array(BACKGROUND) * (1 - alpha)), (H, W, 3))


def lossless_cases():
    palette = np.random.default_rng(0).integers(0, 256, (256, 3))
    plte = chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    index = noise(1, 8)
    see_through = np.where(index < 100, index / 255, 1)
    yield "grey 1", png(noise(1, 1), 0, 1), expected(noise(1, 1) != 0, 1)
    yield "palette", png(index, 3, extra=plte), expected(palette[index[..., 0]], 8)
    trns = chunk(b"tRNS", bytes(range(100)))
    yield "palette, alpha", png(index, 3, extra=plte + trns), expected(palette[index[..., 0]], 8, see_through)
    for bits in (8, 16):
        for name, colour_type, channels in (("grey", 0, 1), ("RGB", 2, 3)):
            pixels = noise(channels, bits)
            yield f"{name} {bits}", png(pixels, colour_type, bits), expected(pixels, bits)
            key = chunk(b"tRNS", struct.pack(">H", 3) * channels)
            kept = (pixels != 3).any(axis=2, keepdims=True)
            yield f"{name} {bits}, key", png(pixels, colour_type, bits, key), expected(pixels, bits, kept)
        for name, colour_type, channels in (("grey", 4, 2), ("RGB", 6, 4)):
            pixels = noise(channels, bits)
            composed = expected(pixels[..., :-1], bits, pixels[..., -1:] / (2**bits - 1))
            yield f"{name} {bits}, alpha", png(pixels, colour_type, bits), composed


@pytest.mark.parametrize(("data", "wanted"), [pytest.param(d, w, id=name) for name, d, w in lossless_cases()])
def test_every_kind_of_png_is_exact(tmp_path, decoder, data, wanted):
    file = tmp_path / "photo.png"
    file.write_bytes(data)
    pixels = photos.read(file, decoder=decoder, background=BACKGROUND)
    assert pixels.dtype == np.uint8 and pixels.flags.c_contiguous and pixels.flags.writeable
    np.testing.assert_array_equal(pixels, wanted)


@pytest.mark.parametrize("name", ["photo.bmp", "photo.png", "fotografía.webp"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
def test_lossless_formats_are_exact(tmp_path, decoder, name, mode):
    image = Image.fromarray(SMOOTH).convert(mode)
    image.save(tmp_path / name, lossless=True)
    np.testing.assert_array_equal(photos.read(tmp_path / name, decoder=decoder), image.convert("RGB"))


@pytest.mark.parametrize(
    ("name", "mode", "options", "apart"),
    [
        ("photo.jpg", "RGB", {}, 0),
        ("photo.jpg", "RGB", {"progressive": True, "subsampling": 0}, 0),
        ("photo.jpg", "L", {}, 0),
        ("photo.jpg", "CMYK", {"quality": 95}, 3),
        ("photo.webp", "RGB", {}, 0),
        ("photo.webp", "RGBA", {}, 0),
    ],
)
def test_lossy_formats_agree(tmp_path, name, mode, options, apart):
    image = Image.fromarray(SMOOTH).convert(mode)
    image.save(tmp_path / name, **options)
    by_cv2, by_pillow = (photos.read(tmp_path / name, decoder=d).astype(int) for d in ("cv2", "pillow"))
    assert np.abs(by_cv2 - by_pillow).max() <= apart
    assert np.abs(by_cv2 - np.asarray(image.convert("RGB"))).mean() < 8


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.webp"])
def test_exif_orientation(tmp_path, decoder, name, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / name
    Image.fromarray(SMOOTH).save(file, exif=exif, lossless=True)
    wanted = ImageOps.exif_transpose(Image.open(file))
    np.testing.assert_array_equal(photos.read(file, decoder=decoder), wanted)


def test_exif_orientation_behind_the_pixels_of_a_png(tmp_path, decoder):
    exif = Image.Exif()
    exif[0x0112] = 6
    end = chunk(b"IEND", b"")
    data = png(SMOOTH, 2).removesuffix(end) + chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")) + end
    (tmp_path / "photo.png").write_bytes(data)
    np.testing.assert_array_equal(photos.read(tmp_path / "photo.png", decoder=decoder), np.rot90(SMOOTH, -1))


def test_damaged_exif_does_no_harm(tmp_path, decoder):
    Image.fromarray(SMOOTH).save(tmp_path / "photo.png", exif=b"Exif\0\0" + b"\x07" * 20)
    np.testing.assert_array_equal(photos.read(tmp_path / "photo.png", decoder=decoder), SMOOTH)


@pytest.mark.parametrize(
    ("name", "options", "first"),
    [
        ("photo.webp", {"lossless": True}, 0),
        ("photo.png", {}, 0),
        ("photo.png", {"default_image": True}, 1),  # picture 0 is for programs that show no animation
        ("photo.jpg", {"format": "MPO", "quality": 100, "subsampling": 0}, 0),
    ],
)
def test_first_frame_of_several(tmp_path, decoder, name, options, first):
    frames = [SMOOTH, 255 - SMOOTH, SMOOTH // 2]
    image, *rest = (Image.fromarray(frame) for frame in frames)
    image.save(tmp_path / name, save_all=True, append_images=rest, **options)
    pixels = photos.read(tmp_path / name, decoder=decoder).astype(int)
    assert np.abs(pixels - frames[first]).max() <= (4 if name == "photo.jpg" else 0)


def encoded(name: str) -> bytes:
    return cv2.imencode(name, noise(3, 8).astype(np.uint8))[1].tobytes()


@pytest.mark.parametrize("name", [".png", ".jpg", ".webp", ".bmp"])
@pytest.mark.parametrize("keep", [20, 0.2, 0.5, 0.9, -20, -5])
def test_cut_short(tmp_path, decoder, name, keep):
    file = tmp_path / f"photo{name}"
    data = encoded(name)
    file.write_bytes(data[: int(keep * len(data)) if isinstance(keep, float) else keep])
    with pytest.raises(photos.PhotoError, match="cut short or damaged"):
        photos.read(file, decoder=decoder)


@pytest.mark.parametrize("name", [".png", ".jpg", ".webp", ".bmp"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_damage_gives_a_photo_or_a_photo_error(tmp_path, decoder, name, place, byte):
    data = bytearray(encoded(name))
    data[int(place * len(data))] = byte
    file = tmp_path / f"photo{name}"
    file.write_bytes(data)
    try:
        pixels = photos.read(file, decoder=decoder)
        assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    except photos.PhotoError:
        pass


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"hello, this is text", "not an image.*hello.*PNG, JPEG, WebP or BMP"),
        (b"BMW is a car", "not an image"),
        (b"GIF89a...........", "is a GIF file; save it as PNG"),
        (b"II*\0........", "is a TIFF file"),
        (b"\0\0\0\x20ftypheic....", "is a HEIC or AVIF file"),
        (png(np.zeros((1, 0, 3)), 2), "cut short or damaged"),
        (png(np.zeros((1, 1, 3)), 2).replace(b"IDAT", b"IDOT"), "cut short or damaged"),
    ],
)
def test_not_a_photo(tmp_path, decoder, data, sentence):
    file = tmp_path / "photo.png"
    file.write_bytes(data)
    with pytest.raises(photos.PhotoError, match=f"photo.png.*{sentence}"):
        photos.read(file, decoder=decoder)


@pytest.mark.parametrize("side", [8_000, 12_000, 30_000])  # below, at and above Pillow's own two limits
def test_too_large_is_told_before_decoding(tmp_path, decoder, side):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"no pixels"))
    with pytest.raises(photos.PhotoError, match=f"{side} × {side}.*limit of 50,000,000.*max_pixels={side**2}"):
        photos.read(tmp_path / "photo.png", decoder=decoder)


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.bmp"])
def test_the_limit_is_max_pixels_and_not_pillows(tmp_path, decoder, name, monkeypatch):
    Image.fromarray(SMOOTH).save(tmp_path / name)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert photos.read(tmp_path / name, decoder=decoder, max_pixels=H * W).shape == (H, W, 3)
    with pytest.raises(photos.PhotoError, match=f"max_pixels={H * W}"):
        photos.read(tmp_path / name, decoder=decoder, max_pixels=H * W - 1)


def test_pillows_own_limit_for_webp_is_told(tmp_path, decoder, monkeypatch):
    Image.fromarray(SMOOTH).save(tmp_path / "photo.webp")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    with pytest.raises(photos.PhotoError, match=r"photo.webp: .*864 pixels.* raise max_pixels and PIL"):
        photos.read(tmp_path / "photo.webp", decoder=decoder)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file .*cat.jpg; check"):
        photos.read(tmp_path / "cat.jpg")
    with pytest.raises(IsADirectoryError, match="is a folder; give"):
        photos.read(str(tmp_path))


@pytest.mark.parametrize(
    "options", [{"decoder": "gimp"}, {"background": 255}, {"background": (0, 0, 256)}, {"background": (1.0, 1.0, 1.0)}]
)
def test_wrong_options(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"^{name} is .*; it must be"):
        photos.read("photo.png", **options)


@pytest.mark.parametrize(
    "half", [zlib.compress(bytes([0] + [200] * W * 3) * (H // 2)), zlib.compress(encoded(".bmp"))[:900]]
)
def test_missing_rows_are_not_made_black(tmp_path, decoder, half):
    """Every chunk is whole and has its checksum; the pixels end too soon."""
    file = tmp_path / "photo.png"
    whole = png(np.zeros((H, W, 3)), 2)
    file.write_bytes(whole[: whole.index(b"IDAT") - 4] + chunk(b"IDAT", half) + chunk(b"IEND", b""))
    with pytest.raises(photos.PhotoError, match="cut short or damaged"):
        photos.read(file, decoder=decoder)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("https://localhost/cat.jpg", "is an address, not a file; download it first"),
        ("/dev/zero", "is a pipe or a device"),
        (b"photo.png", "file is b'photo.png'; it must be the path of a photograph"),
        (SMOOTH, r"file is a ndarray of shape \(24, 36, 3\) and uint8; it must be the path"),
        (None, "file is None; it must be the path"),
    ],
)
def test_not_a_file(file, sentence):
    with pytest.raises(ValueError, match=sentence):
        photos.read(file)


@pytest.mark.parametrize("limit", [None, float("nan"), 5e6, True, 0])
def test_the_limit_is_a_whole_number(limit):
    with pytest.raises(ValueError, match=r"^max_pixels is .*; it must be (a whole number|at least 1)\.$"):
        photos.read(photos.path("text"), max_pixels=limit)


def test_every_sample_has_its_credit():
    assert list(photos.CREDITS) == list(photos.SAMPLES)
    for name, entry in photos.CREDITS.items():
        assert all(vars(entry).values())
        assert entry.uri.startswith("https://") and entry.source.startswith("https://")
        assert photos.credit(name) == f"{entry.author}, {entry.licence}, {entry.uri}"
        assert photos.SAMPLES[name].licence == f"{entry.author}, {entry.licence}"
        assert ("CC BY" in entry.licence) == (name in ("china", "flower"))
    assert photos.credit("china") == "danielbuechele, CC BY 2.0, https://creativecommons.org/licenses/by/2.0/"
    with pytest.raises(ValueError, match=r"no sample photograph 'cat'; choose one of astronaut, "):
        photos.credit("cat")


def test_credits_say_what_scikit_learn_says():
    readme = (photos.path("china").parent / "README.txt").read_text()
    for name in ("china", "flower"):
        entry = photos.CREDITS[name]
        assert entry.uri in readme and entry.source in readme and f"/{entry.author}/" in entry.source


@pytest.mark.parametrize("name", photos.SAMPLES)
def test_sample_photographs(name):
    by_cv2, by_pillow = (photos.read(photos.path(name), decoder=d) for d in ("cv2", "pillow"))
    np.testing.assert_array_equal(by_cv2, by_pillow)
    assert min(by_cv2.shape[:2]) >= 128


def test_sample_that_is_not_there(monkeypatch):
    with pytest.raises(ValueError, match=r"no sample photograph 'cat'; choose one of astronaut, .*text"):
        photos.path("cat")
    monkeypatch.setitem(photos.SAMPLES, "cat", photos.Sample("cats_of_the_world", "cat.png", photos.CREDITS["chelsea"]))
    with pytest.raises(ImportError, match="comes with cats_of_the_world; run pip install"):
        photos.path("cat")
