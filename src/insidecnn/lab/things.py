"""The things of the made world as the lab draws them: shapes, patterns and tones as data, for JavaScript to read."""

import ast
import json
from functools import cache
from random import Random

import numpy as np

from insidecnn.world import colours
from insidecnn.world.classes import CATEGORIES, COLOUR_NAMES, KIND_NAMES, PATTERN_NAMES, attributes
from insidecnn.world.draw import Look
from insidecnn.world.kinds import Shape, shape
from insidecnn.world.outlines import polygon
from insidecnn.world.patterns import FORMULAS

VARIANTS = 4  #: shapes of each kind
COVER = len(CATEGORIES)  #: the number of the grey square that covers a part of the photograph; it is no class
PERIOD, FINEST = 0.42, 16  #: of a pattern: in units of the shape's square, and in pixels at least
CENTRED = ("ringed", "halved")  #: patterns whose middle lies on the thing
OFFSET = (0.25, 0.25)  #: of the others
LIGHT, SHADOW = (-0.03, -0.12), (0.03, 0.08, 0.35)  #: see :class:`insidecnn.world.draw.Look`
GREY = (0.5, 0.5, 0.5)
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.USub: "minus"}


@cache
def drawn(kind: str, variant: int) -> Shape:
    """One of the shapes of a kind, in thousandths."""
    made = shape(kind, Random(f"{kind} {variant}").uniform)
    return Shape([(np.round(outline, 3), filled) for outline, filled in made.parts])


def middle(low: float, high: float) -> float:
    return (low + high) / 2


def look(number: int, variant: int, side: float) -> Look:
    """How the lab draws a thing of a class, or the cover; ``side`` in pixels.

    Raises:
        ValueError: no such number.
    """
    if number == COVER:
        square = Shape([(polygon((-1, -1), (1, -1), (1, 1), (-1, 1)), True)])
        return Look(square, "plain", (GREY, GREY), 1, (0, 0), (0, 0), (0, 0, 0))
    kind, colour, pattern = attributes(number)
    name = PATTERN_NAMES[pattern]
    offset = (0, 0) if name in CENTRED else OFFSET
    tones = colours.tones(COLOUR_NAMES[colour], middle)
    return Look(drawn(KIND_NAMES[kind], variant), name, tones, max(PERIOD, FINEST / side), offset, LIGHT, SHADOW)


def tree(formula: str):
    """A formula of :data:`insidecnn.world.patterns.FORMULAS` as JSON holds it: a number, a name, or [word, part, …].

    A page that forbids scripts to make scripts of text can still compute it.

    Raises:
        ValueError: a part that is none of these.
    """
    return branch(ast.parse(formula, mode="eval").body)


def branch(node: ast.AST):
    match node:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return name
        case ast.UnaryOp(op=op, operand=part) if type(op) in SYMBOLS:
            return [SYMBOLS[type(op)], branch(part)]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SYMBOLS:
            return [SYMBOLS[type(op)], branch(left), branch(right)]
        case ast.Call(func=ast.Name(id=word), args=parts, keywords=[]):
            return [word, *map(branch, parts)]
    raise ValueError(f"{ast.unparse(node)} is no number, name, sum, difference, product or call.")


def names() -> dict:
    """What the page must know before anything is drawn."""
    return {"kinds": KIND_NAMES, "colours": COLOUR_NAMES, "patterns": PATTERN_NAMES, "variants": VARIANTS}


def file() -> bytes:
    """What ``book/_static/lab/things.js`` draws from, as JSON; the lab loads it when a thing is wanted.

    ``shapes``: kind → variant → parts, each [filled, x, y, x, y, …]; ``patterns``: of each the formula's tree and the offset;
    ``tones``: two of each colour. The cover stands last in each.
    """
    cover = look(COVER, 0, 1)
    shapes = [[drawn(kind, variant) for variant in range(VARIANTS)] for kind in KIND_NAMES] + [[cover.shape]]
    parts = [
        [[[int(filled), *outline.ravel().tolist()] for outline, filled in each.parts] for each in variants]
        for variants in shapes
    ]
    looks = [look(pattern, 0, FINEST / PERIOD) for pattern in range(len(PATTERN_NAMES))]
    patterns = [{"tree": tree(FORMULAS[each.pattern]), "offset": each.offset} for each in looks]
    tones = [look(10 * colour, 0, 1).tones for colour in range(len(COLOUR_NAMES))]
    world = {"shapes": parts, "patterns": patterns, "tones": [*tones, cover.tones], "cover": COVER}
    world |= {"period": PERIOD, "finest": FINEST, "light": LIGHT, "shadow": SHADOW}
    return json.dumps(world, separators=(",", ":")).encode()
