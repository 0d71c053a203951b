"""MaxCombo: the largest of four Fleming-Harrington statistics, for effects of unknown shape over time.

The weights (0,0), (0,1), (1,0) and (1,1) look at all, late, early and middle differences. The four are jointly normal
(Karrison 2016; Lin et al. 2020); three of them span all four, because S + (1 - S) = 1, so that their joint probability
is an integral over three dimensions, the first of which is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

from benchside.tools.trials.design.checks import LARGEST_N
from benchside.tools.trials.design.errors import UnreachableError
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.moments import Moments, Weight, moments
from benchside.tools.trials.design.survival.simulation import look_events, simulated_z
from benchside.tools.trials.design.survival.statistics import TimeToEvent

COMBINATION: tuple[Weight, ...] = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
_REACH, _STEPS = 6.0, 110


def probability_below(upper: Floats, correlation: Floats) -> Floats:
    """Probability that no statistic exceeds its bound, shape (...), of bounds of shape (..., K) less their means.

    Correlations of rank up to three. The error is below 1e-5 (against `scipy.stats.multivariate_normal` in the tests).
    """
    upper = np.asarray(upper, dtype=float)
    values, vectors = np.linalg.eigh(correlation)
    largest = np.argsort(values)[::-1][:3]
    factor = vectors[:, largest] * np.sqrt(np.clip(values[largest], 0, None))
    factor = factor * np.where(factor.sum(axis=0) < 0, -1, 1)
    x, y, mass = _grid()
    fixed = np.outer(factor[:, 1], x) + (np.outer(factor[:, 2], y) if factor.shape[1] > 2 else 0.0)
    slope = factor[:, 0]
    flat = upper.reshape(-1, upper.shape[-1])
    found = np.empty(len(flat))
    for i, bound in enumerate(flat):
        high, low = np.full(x.shape, np.inf), np.full(x.shape, -np.inf)
        for k in range(len(slope)):
            if slope[k] > 1e-12:
                np.minimum(high, (bound[k] - fixed[k]) / slope[k], out=high)
            elif slope[k] < -1e-12:
                np.maximum(low, (bound[k] - fixed[k]) / slope[k], out=low)
            else:
                high = np.where(fixed[k] <= bound[k], high, -np.inf)
        found[i] = mass @ np.clip(ndtr(high) - ndtr(low), 0, None)
    return found.reshape(upper.shape[:-1])


@lru_cache(maxsize=1)
def _grid() -> tuple[Floats, Floats, Floats]:
    """Points of the plane and their standard normal mass."""
    at = (np.arange(_STEPS) + 0.5) / _STEPS * 2 * _REACH - _REACH
    mass = norm.pdf(at)
    mass /= mass.sum()
    x, y = np.meshgrid(at, at)
    weight = np.outer(mass, mass)
    keep = weight > 1e-11
    return x[keep], y[keep], weight[keep]


def critical_value(correlation: Floats, alpha: float) -> float:
    """The bound that the largest statistic exceeds with probability `alpha` when nothing differs."""
    rounded = np.round(correlation, 12) + 0.0  # the same at all sizes, but for rounding
    return _critical(rounded.tobytes(), alpha)


@lru_cache(maxsize=256)
def _critical(correlation: bytes, alpha: float) -> float:
    found = _square(correlation)
    size = len(found)
    low, high = norm.isf(alpha) - 0.5, norm.isf(alpha / size) + 0.5
    return float(brentq(lambda c: 1 - float(probability_below(np.full(size, c), found)) - alpha, low, high, xtol=1e-9))


@lru_cache(maxsize=64)
def _scale(correlation: bytes) -> tuple[Floats, Floats]:
    """Values of the largest statistic, and the normal quantiles of the same probability."""
    found = _square(correlation)
    grid = np.linspace(-4.5, 6.5, 89)
    below = probability_below(np.repeat(grid[:, None], len(found), axis=1), found)
    inside = (below > 1e-9) & (below < 1 - 1e-9)
    return grid[inside], norm.ppf(below[inside])


def _square(entries: bytes) -> Floats:
    flat = np.frombuffer(entries)
    return flat.reshape(math.isqrt(flat.size), -1)


@dataclass(frozen=True, kw_only=True)
class MaxCombo(TimeToEvent):
    """The largest of the four statistics in the direction of the alternative.

    A two-sided test of level alpha is the one-sided one of alpha / 2. The critical value uses the correlation expected
    under the assumptions, as does a simulated trial (which in practice estimates it from its data).
    """

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power at sizes of shape (..., 2)."""

        def one(row: Floats) -> float:
            found = self._moments(row)
            bound = critical_value(found.correlation, alpha / sides)
            return 1 - float(probability_below(bound - self.direction * found.z, found.correlation))

        return self._by_row(np.asarray(sizes, dtype=float), one)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """By a root finder, the means growing with the root of the size; by `power` where the rate is given."""
        if self.rate_driven:
            return super().total(alpha, sides, power, weights)
        found = self._moments(np.asarray(weights, dtype=float))
        bound = critical_value(found.correlation, alpha / sides)
        means = self.direction * found.z
        high = ((bound + 8) / means.max()) ** 2 if means.max() > 0 else math.inf
        if high > 1e3 * LARGEST_N:
            raise UnreachableError(
                "no size reaches the power", where="power", hint="Assume a larger effect in the same direction."
            )

        def lacking(n: float) -> float:
            return 1 - float(probability_below(bound - means * math.sqrt(n), found.correlation)) - power

        return float(brentq(lacking, 0.0, high, xtol=1e-10, rtol=1e-12))

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """The largest statistic of simulated patients, put on the normal scale by its p value."""
        happening = look_events(float(self.events(np.asarray(sizes, dtype=float))), fractions)
        z = simulated_z(self.model_of(sizes), sizes, happening, trials, rng, weights=COMBINATION)
        largest = (self.direction * z).max(axis=-1)
        grid, scale = _scale(self._moments(np.asarray(sizes, dtype=float)).correlation.tobytes())
        return np.asarray(np.interp(largest, grid, scale) + np.clip(largest - grid[-1], 0, None))

    def monitored(self) -> None:
        """Out of scope."""
        self.refuse_monitoring("the joint distribution over looks and weights is not offered")

    def _moments(self, sizes: Floats) -> Moments:
        model = self.model_of(sizes)
        return moments(model, model.duration, COMBINATION)
