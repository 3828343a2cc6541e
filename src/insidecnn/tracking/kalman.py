"""The Kalman filter of all four trackers: what is believed of an object, how sure that is, and what a measurement changes.

The state holds m measured numbers and, behind them, how much the first v of them change from frame to frame.
Standard deviations are in the units of the state.

Source: Kalman 1960; in the form of Bewley et al. 2016, section 3.2, and Wojke et al. 2017, section 2.1.
"""

import numpy as np

GATE = 9.4877  #: the 0.95 quantile of the chi-squared distribution with 4 degrees of freedom


class Kalman:
    """A belief about numbers that change at a constant rate: ``mean`` (m + v,) and ``covariance`` (m + v, m + v).

    Args:
        measured: the first measurement (m,); all rates begin at 0.
        sigma: (m + v,) standard deviations of the state at the beginning.
    """

    def __init__(self, measured: np.ndarray, sigma: np.ndarray):
        m = len(measured)
        self.mean = np.concatenate([measured, np.zeros(len(sigma) - m)])
        self.covariance = np.diag(sigma**2)
        self.F = np.eye(len(sigma)) + np.eye(len(sigma), k=m)  # state → next state: each number plus its rate
        self.H = np.eye(m, len(sigma))  # state → what is measured of it

    def predict(self, sigma: np.ndarray) -> None:
        """One frame later; ``sigma`` (m + v,) is how far the state may have left its straight course since."""
        self.mean = self.F @ self.mean
        self.covariance = self.F @ self.covariance @ self.F.T + np.diag(sigma**2)

    def project(self, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The measurement to be expected, (m,), and its covariance (m, m); ``sigma`` (m,) is the measurement's error."""
        return self.H @ self.mean, self.H @ self.covariance @ self.H.T + np.diag(sigma**2)

    def update(self, measured: np.ndarray, sigma: np.ndarray) -> None:
        """Move the belief towards a measurement (m,), the more so the surer that is in comparison."""
        expected, spread = self.project(sigma)
        gain = np.linalg.solve(spread, self.H @ self.covariance).T  # (m + v, m)
        self.mean = self.mean + gain @ (measured - expected)
        self.covariance = self.covariance - gain @ spread @ gain.T

    def distance(self, measured: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distances of measurements (n, m) from the expected one: (n,); see :data:`GATE`."""
        expected, spread = self.project(sigma)
        away = measured - expected  # (n, m)
        return (away * np.linalg.solve(spread, away.T).T).sum(1)
