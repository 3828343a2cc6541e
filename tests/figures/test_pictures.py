"""Every kind of picture: what stands in row i and column j of it is row i and column j of what was given, in its colours."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from insidecnn import preprocess
from insidecnn.figures import annotate, photo, picture, tiles

HEIGHT, WIDTH = 5, 7  # nothing is square


def decoded(shown) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(shown.data)).convert("RGBA")).astype(int)


def numbers(count: int, height: int = HEIGHT, width: int = WIDTH) -> torch.Tensor:
    """Maps (count, height, width) no two of which, and no two cells of which, are alike; the largest is the last."""
    return torch.arange(1.0, count * height * width + 1).view(count, height, width)


def of_palette(pixels: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Colours (h, w, 4) as their numbers in a palette: (h, w), from 0 to 1."""
    away = np.abs(pixels[:, :, None] - palette[None, None, :255].astype(int)).sum(3)
    assert away.min(2).max() == 0
    return away.argmin(2) / 254


def cut(pixels: np.ndarray, number: int, columns: int, height: int, width: int, gap: int = 1) -> np.ndarray:
    """Tile ``number`` of a sheet."""
    row, column = divmod(number, columns)
    top, left = row * (height + gap), column * (width + gap)
    return pixels[top : top + height, left : left + width]


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_maps_lie_row_by_row_each_in_its_own_range(signed, batch):
    maps = numbers(6) - (100 if signed else 0)
    shown = tiles.feature_maps(maps[None] if batch else maps, "a stage", first=5, columns=3)
    pixels = decoded(shown)
    assert pixels.shape[:2] == (2 * HEIGHT + 1, 3 * WIDTH + 2)
    for number in range(5):
        wanted = maps[number] / maps[number].abs().max() / 2 + 0.5
        assert of_palette(cut(pixels, number, 3, HEIGHT, WIDTH), tiles.PALETTE) == pytest.approx(
            wanted.numpy(), abs=0.003
        )
    assert not cut(pixels, 5, 3, HEIGHT, WIDTH)[..., 3].any(), "only the first five"


def test_alt_text_counts_maps_that_are_the_same_everywhere():
    maps = numbers(4)
    maps[1], maps[2] = 0, 3
    assert "; 2 of them the same everywhere" in tiles.feature_maps(maps, "x").alt
    assert "the same" not in tiles.feature_maps(numbers(4), "x").alt
    assert "5 by 7 cells" in tiles.feature_maps(maps, "x").alt


def test_filters_have_their_own_colours():
    weight = torch.zeros(4, 3, HEIGHT, WIDTH)
    weight[0, 0, 1, 4], weight[1, 1, 2, 3], weight[2, 2, 0, 6], weight[3, :, 4, 1] = 2.0, 3.0, 0.5, -1.0
    pixels = decoded(tiles.filters(weight, "conv1", columns=3))
    grey = (128, 128, 128, 255)
    for number, (place, colour) in enumerate(
        [((1, 4), (255, 128, 128)), ((2, 3), (128, 255, 128)), ((0, 6), (128, 128, 255)), ((4, 1), (0, 0, 0))]
    ):
        tile = cut(pixels, number, 3, HEIGHT, WIDTH)
        assert tuple(tile[place]) == (*colour, 255), number
        assert (tile == grey).all(2).sum() == HEIGHT * WIDTH - 1
    assert np.array_equal(tiles.as_colours(weight)[1, 2, 3], [128, 255, 128])


def test_a_sheet_lays_unlike_tiles_row_by_row():
    small, wide, high = (np.full(shape, k, np.uint8) for k, shape in enumerate([(2, 2), (2, 5), (4, 2)], 1))
    assert tiles.arrange([small, wide, high], 2, 0, gap=1).tolist() == [
        [1, 1, 0, 2, 2, 2, 2, 2],
        [1, 1, 0, 2, 2, 2, 2, 2],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [3, 3, 0, 0, 0, 0, 0, 0],
        [3, 3, 0, 0, 0, 0, 0, 0],
        [3, 3, 0, 0, 0, 0, 0, 0],
        [3, 3, 0, 0, 0, 0, 0, 0],
    ]


def test_a_ramp_runs_through_its_colours():
    palette = tiles.ramp("#0a1428", "#ff0080", "#30d0f0")
    assert palette[[0, 127, 254]].tolist() == [[10, 20, 40, 255], [255, 0, 128, 255], [48, 208, 240, 255]]
    assert palette[255, 3] == 0 and palette.shape == (256, 4)


QUARTERS = {(0, 0): (230, 20, 20), (0, 1): (20, 190, 20), (1, 0): (20, 20, 230), (1, 1): (240, 240, 240)}


def quartered(height: int = 60, width: int = 100) -> np.ndarray:
    """Red, green, blue and white: upper left, upper right, lower left, lower right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for (row, column), colour in QUARTERS.items():
        pixels[row * height // 2 :, column * width // 2 :] = colour
    return pixels


SHOWN = {
    "photo": lambda pixels: decoded(photo.photo(pixels, "four colours")),
    "photo, smaller": lambda pixels: decoded(photo.photo(pixels, "four colours", width=50)),
    "contact sheet": lambda pixels: decoded(photo.contact_sheet([pixels], "four colours", width=50)),
    "pixels": lambda pixels: decoded(picture.encode(pixels, "four colours")),
    "pixels_of": lambda pixels: photo.pixels_of(preprocess.normalize(preprocess.to_tensor(Image.fromarray(pixels)))),
    "cut": lambda pixels: photo.cut(pixels, (0, 0, 100, 60)),
    "draw": lambda pixels: annotate.draw(pixels),
    "draw, enlarged": lambda pixels: annotate.draw(pixels, enlarge=2),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_photograph_keeps_its_colours_and_its_sides(name):
    shown = SHOWN[name](quartered())
    height, width = shown.shape[:2]
    assert width / height == pytest.approx(100 / 60)
    for (row, column), colour in QUARTERS.items():
        pixel = shown[height // 4 + row * height // 2, width // 4 + column * width // 2, :3].astype(int)
        assert np.abs(pixel - colour).max() < 30, (row, column)


GREY = np.full((240, 400, 3), 90, np.uint8)
BOX = (120, 24, 320, 80)  # left, top, right, bottom


def extent(pixels: np.ndarray, colour) -> tuple[int, int, int, int]:
    """left, top, right, bottom of what has a colour."""
    found = np.abs(pixels[..., :3].astype(int) - colour).max(2) < 70
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


BOXED = {
    "photo": (lambda: decoded(photo.photo(GREY, "grey", boxes=[BOX])), photo.BOX, 1),
    "draw": (lambda: annotate.draw(GREY, boxes=torch.tensor([BOX])), annotate.colour(0), 1),
    "draw, enlarged": (lambda: annotate.draw(GREY, boxes=torch.tensor([BOX]), enlarge=3), annotate.colour(0), 3),
    "mask": (
        lambda: annotate.draw(GREY, masks=torch.nn.functional.pad(torch.ones(1, 56, 200), (120, 80, 24, 160)).bool()),
        annotate.colour(0), 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOXED)
def test_a_box_is_at_left_top_right_bottom(name):
    draw, colour, times = BOXED[name]
    assert extent(draw(), colour) == pytest.approx([side * times for side in BOX], abs=2)


def test_each_object_has_its_own_name_colour_and_place():
    boxes = torch.tensor([[10, 60, 40, 110], [100, 30, 180, 60]])
    pixels = np.full((120, 200, 3), 90, np.uint8)
    plain = annotate.draw(pixels, boxes=boxes, colours=[3, 1])
    for box, number in zip(boxes.tolist(), (3, 1), strict=True):
        assert extent(plain, annotate.colour(number)) == pytest.approx(box, abs=2)
    named = annotate.draw(pixels, boxes=boxes, colours=[3, 1], names=["i", "a long name"])
    plates = np.abs(named.astype(int) - (20, 24, 30)).max(2) < 20
    first, second = plates[40:60, :60], plates[10:30, 95:]
    assert first.any() and second.any() and second.any(0).sum() > 2 * first.any(0).sum()
    assert not plates[62:, :].any(), "names stand above their boxes"


def test_joints_bones_and_tracks_are_at_x_y():
    pixels = np.zeros((60, 100, 3), np.uint8)
    joints = torch.tensor([[[80.0, 10, 2], [20, 10, 2], [20, 50, 1], [90, 55, 0]]])
    drawn = annotate.draw(pixels, keypoints=joints, bones=((0, 1), (1, 2), (2, 3)))
    for x, y in ((80, 10), (20, 10), (20, 50), (50, 10), (20, 30)):
        assert tuple(drawn[y, x]) == annotate.colour(0), (x, y)
    assert not drawn[50:, 60:].any() and not drawn[30:, 40:].any(), "no bone leads to a joint that is not there"
    track = annotate.draw(pixels, tracks={2: torch.tensor([[10.0, 50], [90, 50], [90, 20]])})
    assert tuple(track[50, 50]) == annotate.colour(2) == tuple(track[35, 90]) and not track[:40, :70].any()


def test_colours_repeat_after_all_of_them():
    count = len(annotate.COLOURS)
    assert len({annotate.colour(i) for i in range(count)}) == count and annotate.colour(count + 2) == annotate.colour(2)


@pytest.mark.parametrize("style", ["photo", "pixels"])
def test_a_picture_says_its_own_format_size_and_words(style):
    mime = "image/webp"
    shown = picture.encode(quartered(), "four colours", style)
    assert (shown.mime, shown.width, shown.height) == (mime, 100, 60)
    data, words = shown._repr_mimebundle_()
    file = Image.open(io.BytesIO(base64.b64decode(data[mime])))
    assert file.size == (100, 60) and Image.MIME[file.format] == mime
    assert words[mime] == {"alt": "four colours", "class": f"{style} dark-light", "width": 100, "height": 60}
    assert ("pixelated" in data["text/html"]) == (style == "pixels")


@pytest.mark.parametrize(
    ("count", "columns", "upright", "wanted"),
    [
        (6, 3, True, ([0, 3, 1, 4, 2, 5], 2)),  # an answer below its picture comes to stand beside it
        (8, 4, True, ([0, 4, 1, 5, 2, 6, 3, 7], 2)),
        (9, 3, True, (list(range(9)), 3)),  # three rows that compare three each
        (5, 3, True, (list(range(5)), 2)),
        (4, 4, True, (list(range(4)), 2)),
        (3, 3, False, (list(range(3)), 1)),  # wide ones below each other
        (6, 2, True, (list(range(6)), 2)),
        (1, 1, True, ([0], 1)),
    ],
)
def test_pictures_that_belong_together_stay_so_on_a_narrow_page(count, columns, upright, wanted):
    assert photo.order(count, columns, upright) == wanted


def test_a_narrow_sheet_holds_the_same_pictures_two_beside_each_other():
    shades = [40, 90, 140, 190]
    sheet = photo.contact_sheet({f"shade {n}": np.full((32, 32, 3), n, np.uint8) for n in shades}, "shades", width=60)
    pixels = decoded(sheet.narrow)
    assert sheet.narrow.width == pixels.shape[1] == photo.DENSE * photo.PAGE and sheet.width == 4 * 60 + 3 * photo.GAP
    half, row = pixels.shape[1] // 2, pixels.shape[0] // 2
    found = [pixels[y, x, 0] for y in (row - 20, 2 * row - 20) for x in (half // 2, half + half // 2)]
    assert found == pytest.approx(shades, abs=3)
    assert photo.lines("the second of two long titles", 200) != ["the second of two long titles"]
