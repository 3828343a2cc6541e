"""Pictures that make a number rise: they do, and regularisers make them smooth."""

import torch

from insidecnn import visualise
from insidecnn.preprocess import normalize


def stripes(x):
    """Rises with the contrast of pixels that are two apart."""
    return (x[0, :, :, 2:] - x[0, :, :, :-2]).pow(2).mean()


def test_the_number_rises():
    start = stripes(normalize(visualise.maximise(stripes, size=32, steps=0)[None]))
    end = stripes(normalize(visualise.maximise(stripes, size=32, steps=20)[None]))
    assert end > 20 * start


def test_a_colour_is_found():
    found = visualise.maximise(lambda x: (x[0, 0] - x[0, 2]).mean(), size=16, steps=80)
    assert found.shape == (3, 16, 16) and found.min() >= 0 and found.max() <= 1
    assert found[0].mean() > 0.9 and found[2].mean() < 0.1 and 0.4 < found[1].mean() < 0.6


def test_regularisers_make_it_smooth():
    rough = lambda picture: (picture[..., 1:] - picture[..., :-1]).abs().mean()  # noqa: E731
    noise = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    goal = lambda x: (x * noise).sum()  # noqa: E731
    grainy = visualise.maximise(goal, size=32, steps=20, jitter=0, blur=0)
    smooth = visualise.maximise(goal, size=32, steps=20, jitter=4, blur=0.4)
    assert rough(smooth) < 0.5 * rough(grainy)


def test_the_seed_decides():
    one, again, other = (visualise.maximise(stripes, size=16, steps=3, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)
