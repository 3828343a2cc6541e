"""Scenes of a cast: who is on them, where, and that no split shares its people."""

import torch

from insidecnn.training.crowds import LEAST_SEEN, THING, cast, crowd
from insidecnn.world.scenes import CLASSES


def test_no_person_is_in_two_splits():
    worn = [cast(split, 20) for split in ("train", "validation", "test")]
    assert len({repr(each) for people in worn for each in people}) == 60
    assert repr(cast("train", 5)) == repr(worn[0][:5]), "a larger cast has the same first people"


def test_the_people_on_a_scene():
    worn = cast("train", 30)
    here = crowd("train", 3, worn, (4, 6), things=True)
    assert 1 <= len(here.there) <= 7 and here.boxes.shape == (len(here.there), 4)
    labels = here.scene.labels[here.there]
    assert torch.equal(labels == CLASSES.index("person"), here.who != THING)
    whole, seen = (m[here.there].flatten(1).sum(1) for m in (here.scene.whole_masks, here.scene.masks))
    assert (seen >= LEAST_SEEN * whole).all()
    again = crowd("train", 3, worn, (4, 6), things=True)
    assert (again.scene.image == here.scene.image).all() and torch.equal(again.who, here.who)


def test_a_person_is_known_by_colours():
    """The colour of the shirt, where it is plain, is on the picture inside of the box of the one who wears it."""
    worn = cast("train", 30)
    found = 0
    for number in range(8):
        here = crowd("train", number, worn)
        for who, place, (left, top, right, bottom) in zip(
            here.who.tolist(), here.there.tolist(), here.boxes.int().tolist(), strict=True
        ):
            pattern, (tone, _) = worn[who].shirt
            if pattern != "plain":
                continue
            mask = here.scene.masks[place, top:bottom, left:right].numpy()
            pixels = here.scene.image[top:bottom, left:right][mask] / 255
            light = pixels.mean(1, keepdims=True) / max(sum(tone) / 3, 1e-3)
            near = abs(pixels / light.clip(0.3, 3) - tone).max(1) < 0.12
            assert near.mean() > 0.1, f"scene {number}, person {who}"
            found += 1
    assert found >= 2


def test_there_are_things_only_where_they_are_asked_for():
    worn = cast("test", 10)
    assert all((crowd("test", number, worn).who != THING).all() for number in range(4))
    assert any((crowd("test", number, worn, (2, 3), True).who == THING).any() for number in range(8))
