"""Whose the sample photographs are, and under which licence: what the libraries that ship them say.

Sources: the docstrings of ``skimage.data``, scikit-learn's ``datasets/images/README.txt``, matplotlib's
pull request 1599.
"""

from dataclasses import dataclass

from insidecnn.checks import told

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
CC_BY_2 = "https://creativecommons.org/licenses/by/2.0/"
SKIMAGE = "https://scikit-image.org/docs/stable/api/skimage.data.html"


@dataclass(frozen=True)
class Credit:
    """What must be said of a photograph where it is shown."""

    title: str
    author: str  #: as the library names them; an institution or a collection where it names no person
    licence: str
    uri: str  #: of the licence's text, or of a page that says it
    source: str  #: where the library got the photograph


CREDITS = {
    "astronaut": Credit(
        "Eileen Collins", "NASA", "public domain", "https://flic.kr/p/r9qvLn", "https://flic.kr/p/r9qvLn"
    ),
    "brick": Credit("A brick wall", "CC0Textures", "CC0", CC0, "https://cc0textures.com/view.php?tex=Bricks25"),
    "camera": Credit(
        "A photographer", "Lav Varshney", "CC0", CC0, "https://github.com/scikit-image/scikit-image/issues/3927"
    ),
    "cell": Credit(
        "A cell under the microscope", "Paul Müller and others", "CC0", CC0, "https://doi.org/10.1364/OE.26.010729"
    ),
    "chelsea": Credit("Chelsea the cat", "Stefan van der Walt", "CC0", CC0, SKIMAGE),
    "china": Credit(
        "A pavilion in Beijing",
        "danielbuechele",
        "CC BY 2.0",
        CC_BY_2,
        "https://www.flickr.com/photos/danielbuechele/6061409035/sizes/z/in/photostream/",
    ),
    "coffee": Credit("A cup of coffee", "Rachel Michetti", "CC0", CC0, SKIMAGE),
    "coins": Credit(
        "Greek coins from Pompeii",
        "Brooklyn Museum",
        "no known copyright restrictions",
        "https://www.brooklynmuseum.org/opencollection/archives/image/51611",
        "https://www.brooklynmuseum.org/opencollection/archives/image/51611",
    ),
    # the README names danielbuechele for this one too, and its links lead to vultilion
    "flower": Credit(
        "A dahlia",
        "vultilion",
        "CC BY 2.0",
        CC_BY_2,
        "https://www.flickr.com/photos/vultilion/6056698931/sizes/z/in/photostream/",
    ),
    "grass": Credit("Grass", "linolafett", "CC0", CC0, "https://www.deviantart.com/linolafett/art/Grass-01-434853879"),
    "gravel": Credit("Gravel", "CC0Textures", "CC0", CC0, "https://cc0textures.com/view.php?tex=Gravel04"),
    "hopper": Credit(
        "Grace Hopper",
        "US Navy",
        "public domain",
        "https://github.com/matplotlib/matplotlib/pull/1599",
        "https://commons.wikimedia.org/wiki/File:Grace_Hopper.jpg",  # so the file's own comment
    ),
    # the library says NASA; the release that it links to names all three
    "hubble": Credit(
        "Hubble eXtreme Deep Field",
        "NASA, ESA and the HUDF09 team",
        "public domain",
        "https://www.nasa.gov/audience/formedia/features/MP_Photo_Guidelines.html",
        "https://hubblesite.org/newscenter/archive/releases/2012/37/image/a/",
    ),
    "ihc": Credit(
        "Stained tissue",
        "Center for Microscopy And Molecular Imaging (CMMI)",
        "no known copyright restrictions",
        SKIMAGE,
        SKIMAGE,
    ),
    "retina": Credit(
        "The back of an eye",
        "Mikael Häggström",
        "CC0",
        CC0,
        "https://commons.wikimedia.org/wiki/File:Fundus_photograph_of_normal_left_eye.jpg",
    ),
    "rocket": Credit(
        "A rocket on its pad",
        "SpaceX",
        "public domain",
        "https://arstechnica.com/tech-policy/2015/03/elon-musk-puts-spacex-photos-into-the-public-domain/",
        "https://www.flickr.com/photos/spacexphotos/16511594820/in/photostream/",
    ),
    "text": Credit(
        "Handwritten formulas",
        "unnamed (Corner.png of Wikipedia)",
        "public domain",
        "https://en.wikipedia.org/wiki/File:Corner.png",
        "https://en.wikipedia.org/wiki/File:Corner.png",
    ),
}


def credit(name: str) -> str:
    """Whose a sample photograph is, in one line: author, licence, and where the licence's text stands.

    Raises:
        ValueError: no sample of that name.
    """
    if not isinstance(name, str) or name not in CREDITS:
        raise ValueError(f"There is no sample photograph {told(name)}; choose one of {', '.join(CREDITS)}.")
    given = CREDITS[name]
    return f"{given.author}, {given.licence}, {given.uri}"
