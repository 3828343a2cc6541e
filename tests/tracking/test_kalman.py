"""The Kalman filter against its definition: Bayes' rule on Gaussians, written out with inverse covariances."""

import numpy as np
import pytest
from scipy.stats import chi2, multivariate_normal

from insidecnn.tracking.kalman import GATE, Kalman

RNG = np.random.default_rng(0)


def some(m: int, v: int) -> Kalman:
    """A filter that has a full covariance, as after some frames."""
    kalman = Kalman(RNG.normal(size=m), RNG.uniform(0.5, 2, m + v))
    mixed = RNG.normal(size=(m + v, m + v))
    kalman.mean, kalman.covariance = RNG.normal(size=m + v), mixed @ mixed.T + np.eye(m + v)
    return kalman


def test_begins_at_the_measurement_and_at_rest():
    kalman = Kalman(np.array([3.0, 4]), np.array([1.0, 2, 3]))
    assert kalman.mean.tolist() == [3, 4, 0]
    assert np.array_equal(kalman.covariance, np.diag([1.0, 4, 9]))
    assert kalman.F.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]], "only the first number has a rate"
    assert kalman.H.tolist() == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(("m", "v"), [(1, 1), (4, 3), (4, 4)])
def test_a_prediction_is_the_sum_of_gaussians(m, v):
    """Mean and covariance of number + rate + noise, element by element."""
    kalman, sigma = some(m, v), RNG.uniform(0.1, 1, m + v)
    mean, covariance = kalman.mean.copy(), kalman.covariance.copy()
    kalman.predict(sigma)
    parts = [(i, m + i) if i < v else (i,) for i in range(m + v)]
    wanted = [[sum(covariance[a, b] for a in parts[i] for b in parts[j]) for j in range(m + v)] for i in range(m + v)]
    assert kalman.mean == pytest.approx([sum(mean[a] for a in part) for part in parts])
    assert kalman.covariance == pytest.approx(np.array(wanted) + np.diag(sigma**2))


@pytest.mark.parametrize(("m", "v"), [(1, 1), (4, 3), (4, 4)])
def test_an_update_adds_up_what_is_known(m, v):
    """In inverse covariances Bayes' rule is a sum."""
    kalman, sigma, z = some(m, v), RNG.uniform(0.1, 1, m), RNG.normal(size=m)
    before, H, weight = np.linalg.inv(kalman.covariance), np.eye(m, m + v), np.diag(sigma**-2.0)
    known = before @ kalman.mean + H.T @ weight @ z
    kalman.update(z, sigma)
    assert kalman.covariance == pytest.approx(np.linalg.inv(before + H.T @ weight @ H))
    assert kalman.mean == pytest.approx(kalman.covariance @ known)


def test_the_distance_is_that_of_the_gaussian_of_measurements():
    kalman, sigma, z = some(4, 4), RNG.uniform(0.1, 1, 4), RNG.normal(size=(5, 4))
    expected = multivariate_normal(kalman.mean[:4], kalman.covariance[:4, :4] + np.diag(sigma**2))
    wanted = 2 * (expected.logpdf(kalman.mean[:4]) - expected.logpdf(z))  # −2 log of the density, less its constant
    assert kalman.distance(z, sigma) == pytest.approx(wanted)


def test_the_gate_lets_95_of_100_through():
    assert pytest.approx(chi2.ppf(0.95, df=4), abs=5e-5) == GATE
    kalman, sigma = some(4, 4), RNG.uniform(0.1, 1, 4)
    mean, covariance = kalman.project(sigma)
    drawn = RNG.multivariate_normal(mean, covariance, 20_000)
    assert (kalman.distance(drawn, sigma) <= GATE).mean() == pytest.approx(0.95, abs=0.01)


def test_finds_the_rate_of_what_moves_steadily():
    kalman = Kalman(np.array([10.0]), np.array([1.0, 5]))
    for t in range(1, 30):
        kalman.predict(np.array([0.01, 0.01]))
        kalman.update(np.array([10 + 2.5 * t]), np.array([0.5]))
    assert kalman.mean == pytest.approx([10 + 2.5 * 29, 2.5], abs=0.05)
