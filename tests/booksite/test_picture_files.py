"""Pictures in a page's text: which become files, what is in these, and what of the page stays as it was."""

import base64
import os

import pytest

from booksite.picture_files import LEAST, moved

DATA = os.urandom(LEAST)
URI = f"data:image/webp;base64,{base64.b64encode(DATA).decode()}"


def test_a_picture_becomes_a_file_that_loads_when_it_is_near(tmp_path):
    html = moved(f'<p>a</p><img class="pixels" src="{URI}" alt="b">', tmp_path / "_images", "../_images")
    (file,) = (tmp_path / "_images").iterdir()
    assert file.read_bytes() == DATA and file.suffix == ".webp"
    assert html == f'<p>a</p><img loading="lazy" decoding="async" class="pixels" src="../_images/{file.name}" alt="b">'


@pytest.mark.parametrize("before", ['<image width="2" href="', '{"sprite":"'])
def test_pictures_of_drawings_and_clips_too(tmp_path, before):
    html = moved(f'{before}{URI}"/>', tmp_path, "_images")
    (file,) = tmp_path.iterdir()
    assert html == f'{before}_images/{file.name}"/>'


def test_one_file_for_one_picture(tmp_path):
    moved(f'<img src="{URI}"><img src="{URI}">', tmp_path, "_images")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "html",
    [
        f'<img src="{URI}" alt="a" fetchpriority="high">',
        f'<img fetchpriority="high" src="{URI}" alt="a">',
        f'{{"backgrounds":{{"flower":"{URI}"}}}}',  # its pixels are read
        '<img src="data:image/webp;base64,AAAA" alt="small">',
    ],
)
def test_what_stays(tmp_path, html):
    assert moved(html, tmp_path, "_images") == html and not list(tmp_path.iterdir())
