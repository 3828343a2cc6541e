"""Photographs of many kinds: the page's pixels against Pillow's and torchvision's, and the maps of a few of them."""

import pytest

from tests.site.lab.conftest import OPEN_ALL, as_base64, crop, give, python_crop_digest, python_digests, settled
from tests.site.lab.photographs import MAKERS, photograph

LARGE = "48-megapixels.jpg"
KINDS = [pytest.param(name, marks=pytest.mark.slow) if name == LARGE else name for name in MAKERS]


@pytest.fixture(scope="module")
def found(shared_page):
    """What the page makes of each kind: the SHA-256 of the pixels that the network is given, or a complaint."""
    return shared_page.evaluate(OPEN_ALL, as_base64({name: photograph(name) for name in MAKERS if name != LARGE}))


@pytest.mark.parametrize("name", KINDS)
def test_every_pixel_is_python_s(found, shared_page, name):
    data = photograph(name)
    if name not in found:
        found |= shared_page.evaluate(OPEN_ALL, as_base64({name: data}))
    assert found[name] == python_crop_digest(data)


@pytest.mark.parametrize("name", ["420.jpg", "strip.png"])
def test_every_bit_of_all_stages_is_python_s(lab, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(photograph(name))
    assert give(lab, file) == ""
    assert settled(lab)["digests"] == python_digests(file)
    assert len({*crop(lab).ravel()}) > 100  # or the test would say little
