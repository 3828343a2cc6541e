"""The four trackers on scripted people: births, deaths, crossings, hiding, coming back, low scores."""

import numpy as np
import pytest
import torch

from insidecnn import metrics
from insidecnn.tracking.bytetrack import ByteTrack
from insidecnn.tracking.deepsort import DeepSort
from insidecnn.tracking.jde import Jde
from insidecnn.tracking.kalman import GATE
from insidecnn.tracking.sort import AreaTrack, Sort
from insidecnn.tracking.tracker import Detection, Track, Tracker, track
from tests.tracking.scripted import frames, names

ALL = [Sort, DeepSort, Jde, ByteTrack]
WALK = [3.0 * t for t in range(20)]
STAY = [200.0] * 20
BOX = np.array([10.0, 20, 30, 80])


def by_identity(found, of, t):
    """The box of an identity in a frame."""
    identities, boxes = found[t]
    return boxes[identities.tolist().index(of)]


@pytest.mark.parametrize("kind", [Track, AreaTrack])
def test_a_track_gives_its_box_back(kind):
    one = kind(0, Detection(BOX, 0.9, None))
    assert one.box == pytest.approx(BOX)
    one.predict()
    assert one.box == pytest.approx(BOX) and one.missed == 1, "it begins at rest"
    one.update(Detection(BOX + 1, 0.9, None))
    assert (one.box > BOX).all() and (one.box < BOX + 1).all() and (one.missed, one.hits) == (0, 2)


def test_what_is_measured():
    assert Track(0, Detection(BOX, 0.9, None)).filter.mean.tolist() == [20, 50, 1 / 3, 60, 0, 0, 0, 0]
    assert AreaTrack(0, Detection(BOX, 0.9, None)).filter.mean.tolist() == [20, 50, 1200, 1 / 3, 0, 0, 0]


@pytest.mark.parametrize("kind", [Track, AreaTrack])
@pytest.mark.parametrize("factor", [0.25, 4])
def test_larger_boxes_are_tracked_as_smaller_ones(kind, factor):
    """All standard deviations grow with the box: the same film, enlarged, gives the same tracks, enlarged."""
    one, large = kind(0, Detection(BOX, 0.9, None)), kind(0, Detection(BOX * factor, 0.9, None))
    for t in range(5):
        for each, scale in ((one, 1), (large, factor)):
            each.predict()
            each.update(Detection((BOX + np.array([1, 1, 2, 1]) * t) * scale, 0.9, None))
    one.predict(), large.predict()
    assert large.box == pytest.approx(one.box * factor)
    near = Detection(BOX + 9, 0.9, None), Detection((BOX + 9) * factor, 0.9, None)
    assert kind is AreaTrack or one.distance([near[0]])[0] == pytest.approx(large.distance([near[1]])[0])


@pytest.mark.parametrize("kind", [Track, AreaTrack])
def test_a_box_that_shrinks_away_stays_a_box(kind):
    one = kind(0, Detection(BOX, 0.9, None))
    for k in range(1, 6):
        one.predict()
        one.update(Detection(np.array([20 - 8 / k, 50 - 24 / k, 20 + 8 / k, 50 + 24 / k]), 0.9, None))
    for _ in range(60):
        one.predict()
        assert np.isfinite(one.box).all() and (one.box[2:] > one.box[:2]).all()


@pytest.mark.parametrize("system", ALL)
def test_two_people_keep_their_numbers_while_they_cross(system):
    """Both are seen all the time; the straight courses tell them apart where their boxes cover each other."""
    people = [WALK, WALK[::-1]]
    found = track(system(), frames(people, unlike=0.05))
    first, last = [[by_identity(found, of, t)[0].item() for of in (0, 1)] for t in (2, -1)]
    assert {i for ids in names(found) for i in ids} == {0, 1}
    assert (first[0] < first[1]) and (last[0] > last[1]), "each goes on as it went"


@pytest.mark.parametrize(("system", "shown"), [(Sort, 2), (DeepSort, 2), (Jde, 1), (ByteTrack, 1)])
def test_births_take_some_frames_in_a_row(system, shown):
    found = names(track(system(), frames([STAY])))
    assert found == [[]] * shown + [[0]] * (20 - shown)
    gaps = [200.0 if t % (shown + 1) != shown else None for t in range(20)]
    assert names(track(system(), frames([gaps]))) == [[]] * 20, "a miss before the birth is the end"


@pytest.mark.parametrize(("system", "kept"), [(Sort, 0), (DeepSort, 30), (Jde, 30), (ByteTrack, 30)])
def test_a_lost_object_is_waited_for(system, kept):
    def hidden(count):
        return names(track(system(), frames([[50.0] * 5 + [None] * count + [50.0] * 5])))

    if kept:
        assert hidden(kept)[-1] == [0]
    assert hidden(kept + 1)[-1] == [1]


@pytest.mark.parametrize("system", ALL)
def test_nothing_is_shown_of_what_is_not_seen(system):
    found = names(track(system(), frames([[50.0] * 5 + [None] * 3])))
    assert found[4] == [0] and found[5:] == [[]] * 3


def test_who_turns_while_hidden_is_known_by_looks_alone():
    """Two people meet behind a post and turn back: courses say that they crossed, looks that they did not."""
    there, back = [4.0 * t for t in range(12)], [None] * 6 + [4.0 * t for t in range(11, -1, -1)]
    people = [there + back, [140 - x for x in there] + [None if x is None else 140 - x for x in back]]
    given = frames(people, unlike=0.05)

    def side(system):
        found = track(system, given)
        return [by_identity(found, i, -1)[0].item() < 70 for i in (0, 1) if i in names(found)[-1]]

    assert side(DeepSort()) == [True, False] and side(Jde()) == [True, False]
    assert side(ByteTrack()) != [True, False]


def test_low_scores_continue_a_track_and_begin_none():
    faint = [0.9] * 6 + [0.3] * 6 + [0.9] * 8
    given = frames([WALK, STAY], [faint, [0.3] * 20])
    shown = names(track(ByteTrack(), given))
    assert shown[1:] == [[0]] * 19, "half hidden, it stays; the box that was never sure is nobody"
    sort = names(track(Sort(), given))
    assert sort[2:6] == [[0]] * 4 and sort[6:14] == [[]] * 8 and sort[14:] == [[1]] * 6


def test_boxes_below_the_low_threshold_count_for_nobody():
    faint = [0.9] * 6 + [0.05] * 6 + [0.9] * 8
    assert names(track(ByteTrack(), frames([WALK], [faint])))[6:12] == [[]] * 6


def test_a_sure_box_is_never_left_to_a_track_of_the_second_round():
    """One object, two boxes: the low one overlaps better, and the sure one is taken first."""
    given = [(torch.tensor([[50.0, 10, 70, 50]]), torch.tensor([0.9]))] * 4
    both = torch.tensor([[50.0, 10, 70, 50], [53.0, 10, 73, 50]]), torch.tensor([0.3, 0.9])
    *_, (identities, boxes) = track(ByteTrack(), [*given, both])
    assert identities.tolist() == [0] and boxes[0, 0] > 50.5


def test_the_cascade_lets_the_one_choose_first_who_was_seen_last():
    """Two tracks look alike and can both be where one detection is; the one that was lost longer goes without."""
    long, short = [50.0] * 5 + [None] * 10, [50.0] * 14 + [None]
    alike = torch.eye(8)[:1]
    given = []
    for t in range(16):
        lefts = [lefts[t] for lefts in (long, short) if t < 15 and lefts[t] is not None] or [50.0]
        boxes = torch.tensor([[x + 12 * k, 10.0, x + 12 * k + 20, 50] for k, x in enumerate(lefts)])
        given.append((boxes, torch.full((len(lefts),), 0.9), alike.expand(len(lefts), 8)))
    given[14] = (torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 8))
    found = names(track(DeepSort(), given))
    kept = found[13]
    assert len(found[4]) == 2 and len(kept) == 1 and found[15] == kept


def test_looks_far_away_do_not_count():
    """The gate: nobody jumps over the whole picture, however alike."""
    jump = [50.0] * 8 + [900.0] * 8
    for system in (DeepSort(), Jde()):
        assert names(track(system, frames([jump])))[-1] == [1]


def test_the_gallery_keeps_the_last_hundred():
    given = frames([[50.0] * 120])
    tracker = DeepSort()
    for frame in given:
        tracker.step(*frame)
    assert len(tracker.tracks[0].gallery) == 100


def test_an_old_look_is_still_known():
    """Front and back: the gallery holds both, the mean of the two would be neither."""
    front, back = torch.eye(8)[:1], torch.eye(8)[1:2]
    box, score = torch.tensor([[50.0, 10, 70, 50]]), torch.tensor([0.9])
    none = (torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 8))
    seen = [(box, score, front)] * 5 + [(box, score, back)] * 30
    found = names(track(DeepSort(), [*seen, none, none, (box, score, front)]))
    assert found[-1] == [0]
    smooth = Jde(iou=1)
    assert names(track(smooth, [*seen[:5], none, none, (box, score, front)]))[-1] == [0]
    smooth_found = names(track(Jde(), [*seen, none, none, (box, score, front), (box, score, front)]))
    assert smooth_found[-1] == [1], "one smoothed embedding has forgotten the front"


def test_the_smoothed_embedding():
    tracker = Jde()
    box, score = torch.tensor([[50.0, 10, 70, 50]]), torch.tensor([0.9])
    tracker.step(box, score, torch.tensor([[1.0, 0]]))
    tracker.step(box, score, torch.tensor([[0.6, 0.8]]))
    wanted = np.array([0.9 + 0.06, 0.08])
    assert tracker.tracks[0].embedding == pytest.approx(wanted / np.linalg.norm(wanted))


@pytest.mark.parametrize("system", ALL)
def test_a_tracker_is_ready_for_another_clip(system):
    tracker, given = system(), frames([WALK, STAY])
    once, again = track(tracker, given), track(tracker, given)
    assert names(once) == names(again) and not tracker.tracks and tracker.given == 0
    assert all(torch.equal(a[1], b[1]) for a, b in zip(once, again, strict=True))


@pytest.mark.parametrize("system", ALL)
def test_the_answer_is_what_the_measures_want(system):
    given = frames([WALK, STAY])
    found = track(system(), given)
    assert found[-1][0].dtype == torch.int64 and found[-1][1].dtype == torch.float32
    truth = [(torch.tensor([0, 1]), boxes) for boxes, _, _ in given]
    result = metrics.mota(found, truth)
    assert result.switches == result.false_positives == 0 and result.misses <= 4
    assert track(system(), [(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 8))])[0][1].shape == (0, 4)


def test_pairs_minimise_the_sum_of_the_costs():
    tracker, cost = Tracker(0.5, 1, 1), np.array([[0.1, 0.2], [0.15, 0.9]])
    tracker.begin([Detection(BOX, 0.9, None), Detection(BOX + 5, 0.9, None)])
    found = [Detection(BOX + 1, 0.9, None), Detection(BOX + 2, 0.9, None)]
    assert tracker.pair(tracker.tracks, found, lambda *_: cost, 0.5) == ([], []), "0.2 + 0.15 beats 0.1 + 0.9"
    left, new = tracker.pair(tracker.tracks, found, lambda *_: cost, 0.12)
    assert left == tracker.tracks[1:] and new == found[1:]
    assert tracker.pair(tracker.tracks, found, lambda *_: np.full((2, 2), GATE), 0.5) == (tracker.tracks, found)


BOXES, SCORES = torch.tensor([[0.0, 0, 4, 4], [1, 1, 5, 5]]), torch.tensor([0.5, 0.25])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((BOXES[:, :3], SCORES), "shapes"),
        ((BOXES, SCORES[:1]), "shapes"),
        ((BOXES.tolist(), SCORES), "torch tensor"),
        ((BOXES * torch.nan, SCORES), "finite"),
        ((BOXES.flip(1), SCORES), "no area"),
        ((BOXES, SCORES + 1), "0 to 1"),
        ((BOXES, SCORES), "compares embeddings"),
        ((BOXES, SCORES, torch.ones(2, 8)), "length 1"),
        ((BOXES, SCORES, torch.eye(8)), "shapes"),
    ],
)
def test_what_is_no_frame_is_refused(given, said):
    for system in (DeepSort(), Jde()):
        with pytest.raises(ValueError, match=said):
            system.step(*given)


@pytest.mark.parametrize("system", ALL)
@pytest.mark.parametrize("setting", [{"birth": 0}, {"birth": 1.5}, {"memory": -1}, {"iou": 2}, {"iou": None}])
def test_settings_out_of_range_are_refused(system, setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        system(**setting)


def test_thresholds_out_of_range_are_refused():
    for wrong in (lambda: Sort(least=2), lambda: ByteTrack(low=0.7), lambda: DeepSort(look=3), lambda: Jde(looks=2)):
        with pytest.raises(ValueError, match="must be a number"):
            wrong()
