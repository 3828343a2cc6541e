"""IDF1 and HOTA against TrackEval, identity switches against motmetrics, on random clips; and cases worked by hand."""

import numpy as np
import pytest
import torch
from trackeval.metrics import HOTA, Identity

from insidecnn import metrics
from insidecnn.metrics.higher_order import ALPHAS
from tests.metrics.test_oracles import by_motmetrics, some_clip


def by_trackeval(clips):
    """What TrackEval says of each clip, and of all together: two dictionaries of numbers a clip, HOTA and identity."""
    judges = HOTA(), Identity({"PRINT_CONFIG": False})
    said = [tuple(judge.eval_sequence(sequence(found, truth)) for judge in judges) for found, truth in clips]
    whole = tuple(
        judge.combine_sequences({str(i): each for i, each in enumerate(results)})
        for judge, results in zip(judges, zip(*said, strict=True), strict=True)
    )
    return said, whole


def sequence(found, truth):
    """A clip in TrackEval's form, in which identities are numbered from 0."""
    data = {"num_timesteps": len(truth)}
    for side, frames in (("tracker", found), ("gt", truth)):
        names = torch.cat([names for names, _ in frames]).unique().tolist()
        ids = [np.array([names.index(n) for n in each.tolist()], dtype=int) for each, _ in frames]
        data |= {f"{side}_ids": ids, f"num_{side}_ids": len(names), f"num_{side}_dets": sum(map(len, ids))}
    data["similarity_scores"] = [
        metrics.box_iou(places.double(), boxes.double()).numpy()
        for (_, boxes), (_, places) in zip(found, truth, strict=True)
    ]
    return data


def same(ours, order, identity):
    for mine, theirs in ((ours.hota, "HOTA"), (ours.deta, "DetA"), (ours.assa, "AssA")):
        assert mine == pytest.approx(order[theirs].mean(), abs=1e-6)
    assert ours.idf1 == pytest.approx(identity["IDF1"], abs=1e-6)
    assert (ours.identity.right, ours.identity.found - ours.identity.right) == (identity["IDTP"], identity["IDFP"])
    assert ours.higher_order.pairs.tolist() == order["HOTA_TP"].tolist()
    for mine, theirs in zip(ours.higher_order.by_alpha, ("DetA", "AssA"), strict=True):
        np.testing.assert_allclose(mine, order[theirs], atol=1e-6)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("crowd", [6, 25])
@pytest.mark.parametrize("seed", range(15))
def test_identity_and_hota_are_trackevals(seed, crowd, exact):
    rng = np.random.default_rng(seed)
    clips = [some_clip(rng, crowd, exact) for _ in range(3)]
    nothing = (torch.zeros(0, dtype=torch.int64), torch.zeros(0, 4))
    clips.append(([nothing] * 6, clips[0][1]))  # nothing is found at all
    scores = [metrics.track_scores(found, truth) for found, truth in clips]
    said, whole = by_trackeval(clips)
    for ours, theirs in zip(scores, said, strict=True):
        same(ours, *theirs)
    same(metrics.pooled(scores), *whole)
    if not exact and seed < 5:  # motmetrics takes its time
        for ours, (found, truth) in zip(scores, clips, strict=True):
            misses, wrong, switches = by_motmetrics(found, truth, 0.5)
            assert ours.switches == switches
            objects = sum(len(names) for names, _ in truth)
            assert ours.mota == pytest.approx(1 - (misses + wrong + switches) / objects)
        assert metrics.pooled(scores).switches == sum(each.switches for each in scores)


def frame(**places):
    """Identities and boxes of 10×10 pixels: ``frame(a=0, b=20)`` by their left edges."""
    return (
        torch.tensor([ord(name) for name in places], dtype=torch.int64),
        torch.tensor([[x, 0.0, x + 10, 10] for x in places.values()]).view(-1, 4),
    )


TRACKS = {  # truth, found, (IDF1, DetA, AssA, HOTA)
    "perfect": ([frame(a=0)] * 2, [frame(x=0)] * 2, (1, 1, 1, 1)),
    "another track halfway": ([frame(a=0)] * 4, [frame(x=0)] * 2 + [frame(y=0)] * 2, (1 / 2, 1, 1 / 2, 0.5**0.5)),
    "one of two is never found": ([frame(a=0, b=50)] * 2, [frame(x=0)] * 2, (2 / 3, 1 / 2, 1, 0.5**0.5)),
    "a ghost": ([frame(a=0)] * 2, [frame(x=0, y=50)] * 2, (2 / 3, 1 / 2, 1, 0.5**0.5)),
    "two change tracks": (
        [frame(a=0, b=50)] * 2,
        [frame(x=0, y=50), frame(y=0, x=50)],
        (1 / 2, 1, 1 / 3, (1 / 3) ** 0.5),
    ),
    "an IoU of 1/4, reached at five alphas": ([frame(a=0)], [frame(x=6)], (0, 5 / 19, 5 / 19, 5 / 19)),
    "nothing is found": ([frame(a=0)], [frame()], (0, 0, 0, 0)),
}


@pytest.mark.parametrize("case", TRACKS)
def test_scores_by_hand(case):
    truth, found, wanted = TRACKS[case]
    score = metrics.track_scores(found, truth)
    assert (score.idf1, score.deta, score.assa, score.hota) == pytest.approx(wanted)


def test_the_alphas_are_nineteen():
    assert (len(ALPHAS), ALPHAS[0], ALPHAS[9], ALPHAS[-1]) == (19, 0.05, 0.5, 0.95)


REFUSED = {
    "frames are missing": lambda measure: measure([], [frame(a=0)]),
    "no object in any frame": lambda measure: measure([frame(x=0)], [frame()]),
    "an identity twice": lambda measure: measure([(torch.tensor([1, 1]), torch.zeros(2, 4))], [frame(a=0)]),
    "no clip": lambda measure: measure(None, [frame(a=0)]),
}


@pytest.mark.parametrize("measure", [metrics.idf1, metrics.hota, metrics.track_scores])
@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case, measure):
    with pytest.raises(ValueError, match=r"^[A-Z0-9a-z].{20,}\.$"):
        REFUSED[case](measure)


def test_no_clips_have_no_scores():
    with pytest.raises(ValueError, match=r"at least one\.$"):
        metrics.pooled([])
