"""The book's typefaces, cut down to what it may print: Source Sans 3 for text, Source Serif 4 for titles, Source Code Pro.

    npm pack @fontsource-variable/source-sans-3 (…-serif-4, …-code-pro), unpack each, then
    python book/_ext/fonts.py FOLDER      # writes book/_static/fonts/*.woff2; prints what the fallbacks need

Run it only to change the typefaces: the results are in the repository, so that a build needs no network and no npm.
A build leaves out the accents that no page has (booksite/theme.py).
The Open Font License reserves the name "Source" for unchanged files, so these have names of their own.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

PLAIN = [*range(0x20, 0x7F), *map(ord, "\u00a0–—‘’“”…−×÷·±²½éèäöüç")]
LATIN = sorted({*PLAIN, *range(0xA0, 0x100), *map(ord, "‹›↑↓ŷ")})
FONTS = {  # name: file of the package, range of weights, or the one that is used, characters
    "inside-sans": ("source-sans-3-latin-wght-normal", (400, 700), LATIN),
    "inside-sans-italic": ("source-sans-3-latin-wght-italic", 400, PLAIN),
    "inside-serif": ("source-serif-4-latin-wght-normal", 560, PLAIN),
    "inside-code": ("source-code-pro-latin-wght-normal", 400, PLAIN),
}
FEATURES = ["kern"]  # digits are as wide as one another without a feature
ENGLISH = dict(
    zip(
        "etaoinshrdlcumwfgypbvk ",
        (12, 9, 8, 7.5, 7, 6.7, 6.3, 6, 6, 4.2, 4, 2.8, 2.8, 2.4, 2.4, 2.2, 2, 2, 1.9, 1.5, 1, 0.8, 19),
        strict=True,
    )
)  # how often, in percent or so


def cut(source: Path, target: Path, weights: int | tuple[int, int], characters: list[int]) -> TTFont:
    """A font of a few characters and weights, under another name."""
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.layout_features = FEATURES
    options.hinting = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": weights})
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16, 25):
            record.string = target.stem.replace("-", " ").title().replace(" ", "" if record.nameID in (6, 25) else " ")
    font.flavor = "woff2"
    font.save(target)
    return font


def fallback(font: TTFont, widths: dict[str, float]) -> dict[str, str]:
    """How a system's font is to be scaled so that a page does not move when this one comes."""
    units, glyphs = font["head"].unitsPerEm, font.getBestCmap()
    own = sum(share * font["hmtx"][glyphs[ord(c)]][0] / units for c, share in ENGLISH.items())
    scale = own / sum(share * widths[c] / 1000 for c, share in ENGLISH.items())
    line = {"ascent-override": font["hhea"].ascent, "descent-override": -font["hhea"].descent}
    return {"size-adjust": f"{scale:.1%}"} | {name: f"{v / units / scale:.1%}" for name, v in line.items()}


def system_widths(name: str) -> dict[str, float]:
    """Widths of the letters, in thousandths, of one of PostScript's fonts; Arial has Helvetica's."""
    from matplotlib import get_data_path

    with Path(get_data_path(), "fonts/pdfcorefonts", name).open(encoding="latin-1") as file:
        lines = [line.split() for line in file if line.startswith("C ")]  # C 32 ; WX 278 ; N space ; …
    return {chr(int(line[1])): float(line[4]) for line in lines if int(line[1]) > 0}


def main() -> None:
    static = Path(__file__).parents[1] / "_static/fonts"
    static.mkdir(exist_ok=True)
    for name, (file, weights, characters) in FONTS.items():
        found = next(Path(sys.argv[1]).rglob(f"{file}.woff2"))
        font = cut(found, static / f"{name}.woff2", weights, characters)
        like = {"inside-serif": "Times-Roman.afm", "inside-code": "Courier.afm"}.get(name, "Helvetica.afm")
        print(
            f"{name}: {(static / f'{name}.woff2').stat().st_size / 1000:.1f} KB; {like} {fallback(font, system_widths(like))}"
        )


if __name__ == "__main__":
    main()
