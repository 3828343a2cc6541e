"""The things that the lab draws, as data: formulas that say the same, looks that belong to their class."""

import colorsys
import gzip
import json
import operator
from dataclasses import replace

import numpy as np
import pytest

from insidecnn import weights
from insidecnn.lab import element, samples, things
from insidecnn.world import patterns
from insidecnn.world.classes import COLOUR_NAMES
from insidecnn.world.colours import RANGES

WORDS = patterns.WORDS | {"+": operator.add, "-": operator.sub, "*": operator.mul, "minus": operator.neg}


def value(tree, u, v):
    if isinstance(tree, str):
        return {"u": u, "v": v}[tree]
    if not isinstance(tree, list):
        return tree
    return WORDS[tree[0]](*(value(part, u, v) for part in tree[1:]))


@pytest.mark.parametrize("name", patterns.FORMULAS)
def test_a_tree_says_what_its_formula_says(name):
    u, v = np.random.default_rng(0).uniform(-3, 3, (2, 500))
    tree = json.loads(json.dumps(things.tree(patterns.FORMULAS[name])))
    share = np.clip(0.5 + value(tree, u, v) * 8, 0, 1)
    np.testing.assert_allclose(share, np.broadcast_to(patterns.second_tone(name, u, v, 8), u.shape), atol=1e-12)


@pytest.mark.parametrize("formula", ["u / v", "u.real", "u if v else 1", "wave(u, phase=1)", "(lambda: u)()"])
def test_what_the_lab_does_not_compute_is_refused(formula):
    with pytest.raises(ValueError, match="is no number, name, sum, difference, product or call"):
        things.tree(formula)


def test_every_look_belongs_to_its_class():
    for colour, name in enumerate(COLOUR_NAMES):
        for number in range(10 * colour, 1000, 100):
            look = things.look(number, number // 100 % things.VARIANTS, 90)
            hue, saturation, brightness = colorsys.rgb_to_hsv(*look.tones[0])
            (low, high), *others = RANGES[name]
            assert (hue * 360 - low) % 360 <= high - low
            assert all(
                low <= found <= high for (low, high), found in zip(others, (saturation, brightness), strict=True)
            )
            corners = np.concatenate([outline for outline, filled in look.shape.parts if filled])
            assert np.abs(corners).max() == 1  # the side is the thing's own


def test_small_things_have_patterns_that_can_be_seen():
    assert things.look(514, 0, 32).period * 32 == things.FINEST
    assert things.look(514, 0, 200).period == things.PERIOD


def test_the_variants_differ_and_the_file_is_small():
    world = json.loads(things.file())
    for shapes in world["shapes"][:-1]:
        assert len({json.dumps(parts) for parts in shapes}) == things.VARIANTS
    assert len(world["patterns"]) == len(world["tones"]) - 1 == 10
    assert len(gzip.compress(things.file())) < 20_000


def test_only_the_book_s_own_weights_name_things():
    own = weights.embedded()
    digests = {name: [] for name in samples.NAMES}
    assert element.lab(own, digests).data["things"]["kinds"][5] == "cup"
    assert element.lab(replace(own, source="file", categories=None), digests).data["things"] is None
