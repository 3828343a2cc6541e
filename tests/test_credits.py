"""Whose a photograph is: compared with what the libraries that ship it say."""

import re

import pytest

from insidecnn import credits, photos

# library's function: how it names the author, or where it got the photograph; read in its docstring
SAID = {
    "astronaut": "NASA", "brick": "CC0Textures", "camera": "Lav Varshney", "chelsea": "Stefan van der Walt",
    "coffee": "Rachel Michetti", "coins": "Brooklyn Museum", "grass": "linolafett", "gravel": "CC0Textures",
    "retina": "Häggström", "rocket": "SpaceX", "text": "Corner.png", "cell": "Müller",
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_scikit_image_says_the_same(name):
    import skimage.data

    said = " ".join(getattr(skimage.data, name).__doc__.split())
    given = credits.CREDITS[name]
    assert SAID[name] in f"{given.author} {given.source}"
    words = SAID[name] if SAID[name] != "Corner.png" else "Corner"
    assert words in said or words.lower() in said.lower()
    if given.licence == "CC0":
        assert "CC0" in said or "Creative Commons" in said
    if given.licence == "public domain":
        assert "public domain" in said.lower() or name == "text"


def test_scikit_learn_says_the_same():
    from pathlib import Path

    import sklearn.datasets

    said = (Path(sklearn.datasets.__file__).parent / "images" / "README.txt").read_text()
    for name in ("china", "flower"):
        given = credits.CREDITS[name]
        assert (given.licence, given.uri) == ("CC BY 2.0", credits.CC_BY_2)
        assert given.author in given.source and re.search(rf"{given.author}/\d+", said)
        assert given.source.split("/sizes")[0].split("/photos/")[1] in said
    assert "creativecommons.org/licenses/by/2.0/" in said.lower()


def test_a_credit_is_author_licence_and_address_of_that_photograph():
    assert credits.credit("china") == "danielbuechele, CC BY 2.0, https://creativecommons.org/licenses/by/2.0/"
    assert credits.credit("coffee") == f"Rachel Michetti, CC0, {credits.CC0}"
    assert credits.credit("hopper").startswith("US Navy, public domain, https://")
    with pytest.raises(ValueError, match="no sample photograph 'dog'; choose one of astronaut"):
        credits.credit("dog")


def test_every_sample_photograph_has_a_whole_credit():
    assert set(photos.SAMPLES) <= set(credits.CREDITS)
    for name, given in credits.CREDITS.items():
        assert given.title and given.author and given.licence, name
        assert given.uri.startswith("https://") and given.source.startswith("https://"), name
    licences = {credit.licence: credit.uri for credit in credits.CREDITS.values() if credit.licence.startswith("CC")}
    assert licences == {"CC0": credits.CC0, "CC BY 2.0": credits.CC_BY_2}
