"""Maximum-likelihood dispersion of negative binomial counts, for many simulated trials at once.

With one exposure for all, the data of a trial are its counts of counts: how many participants had more than j events.
Those are drawn directly, so that a trial of any size costs as much as its largest count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.statistic import Floats

Counts = NDArray[np.int64]
LARGEST_COUNT = 4000
SMALLEST, LARGEST = 1e-8, 1e6  # dispersions looked between; what is below cannot be told from Poisson
_REST = 1e-13


def count_probabilities(mean: float, dispersion: float) -> Floats:
    """Probabilities of 0, 1, ... events, up to a rest that no simulation meets, which the last one holds.

    Raises:
        OutOfScopeError: counts so large that their distribution has thousands of values.
    """
    law = nbinom(1 / dispersion, 1 / (1 + dispersion * mean)) if dispersion > SMALLEST else poisson(mean)
    last = int(law.isf(_REST)) + 1
    if last > LARGEST_COUNT:
        raise OutOfScopeError(
            f"counts of up to {last:,} per participant are too large to simulate",
            where="exposure",
            hint="Count over a shorter exposure, or treat the counts as continuous.",
        )
    mass = np.asarray(law.pmf(np.arange(last + 1)), dtype=float)
    mass[-1] += max(0.0, 1 - mass.sum())
    return np.asarray(mass / mass.sum(), dtype=float)


def draw_exceedances(rng: np.random.Generator, new: Counts, mass: Floats, trials: int) -> Counts:
    """How many participants have more than j events, cumulative over looks, shape (trials, looks, largest count).

    Args:
        rng: generator.
        new: participants added at each look.
        mass: probabilities of 0, 1, ... events.
        trials: how many.
    """
    looks = [rng.multinomial(int(n), mass, size=trials) for n in new]
    counts = np.cumsum(np.stack(looks, axis=1), axis=1)
    return np.asarray(counts[..., ::-1].cumsum(axis=-1)[..., ::-1][..., 1:], dtype=np.int64)


def dispersion_estimate(exceedances: Counts, means: tuple[Floats, Floats], sizes: tuple[Counts, Counts]) -> Floats:
    """Common maximum-likelihood dispersion of two groups with means of their own, shape (...).

    The likelihood equation in 1/k, by bisection on its logarithm; where the counts vary less than Poisson ones the
    estimate is 0.

    Args:
        exceedances: participants of both groups with more than j events, shape (..., largest count).
        means: sample means per group, shape (...).
        sizes: participants per group, shape that broadcasts with the means.
    """
    above = exceedances.astype(float)
    j = np.arange(above.shape[-1], dtype=float)
    excess = 2 * (above * j).sum(axis=-1) - sum(n * m**2 for n, m in zip(sizes, means, strict=True))
    low = np.full(excess.shape, np.log(SMALLEST))
    high = np.full(excess.shape, np.log(LARGEST))

    def slope(log_k: Floats) -> Floats:
        # derivative of the log likelihood in 1/k: it rises through 0 in k
        k = np.exp(log_k)
        found = (above * (k[..., None] / (1 + k[..., None] * j))).sum(axis=-1)
        return np.asarray(found - sum(n * np.log1p(k * m) for n, m in zip(sizes, means, strict=True)), dtype=float)

    for _ in range(30):
        middle = (low + high) / 2
        # positive slope in 1/k means that 1/k is too small, so k too large
        too_large = slope(middle) > 0
        high = np.where(too_large, middle, high)
        low = np.where(too_large, low, middle)
    return np.asarray(np.where(excess <= 0, 0.0, np.exp((low + high) / 2)), dtype=float)
