"""Simulated group-sequential trials, all at once: cumulative sums of increments, then the first crossing of a bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchside.tools.trials.design.checks import finite, increasing, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.sequential.recursion import checked_bounds, checked_information

Floats = NDArray[np.float64]
MOST_TRIALS = 20_000_000


def simulate_z(fractions: ArrayLike, drift: float, trials: int, rng: np.random.Generator) -> Floats:
    """Z statistics of simulated trials, shape (trials, k): the canonical joint distribution itself.

    Args:
        fractions: information fractions, shape (k,).
        drift: mean of Z at fraction 1.
    """
    t = checked_information(fractions, "fractions")
    rows = whole("trials", trials, 1, MOST_TRIALS)
    steps = np.diff(t, prepend=0.0)
    score = rng.standard_normal((t.size, rows))  # look by look in memory: cumulative sums run along columns
    score *= np.sqrt(steps)[:, None]
    score += (finite("drift", drift) * steps)[:, None]
    np.cumsum(score, axis=0, out=score)
    score /= np.sqrt(t)[:, None]
    return score.T


def simulate_two_arm_z(
    treatment: Sequence[int],
    control: Sequence[int],
    rng: np.random.Generator,
    *,
    difference: float,
    sd: float,
    trials: int,
) -> Floats:
    """Z statistics of two-arm trials with a normal endpoint of known standard deviation, shape (trials, k).

    Each arm's sum of outcomes between looks is drawn, which is all that the test uses of the participants.

    Args:
        treatment, control: participants of each arm at the looks, cumulative, shape (k,).
        difference: true difference of means, treatment minus control.
        sd: standard deviation of an outcome.
    """
    sizes = [np.array(increasing(name, arm)) for name, arm in (("treatment", treatment), ("control", control))]
    if sizes[0].size != sizes[1].size:
        raise ContradictoryInputError("the arms have unequal numbers of looks", where="control", hint="Give as many.")
    rows = whole("trials", trials, 1, MOST_TRIALS)
    spread = positive("sd", sd)
    means = []
    for arm, mean in zip(sizes, (finite("difference", difference), 0.0), strict=True):
        added = np.diff(arm, prepend=0.0)
        total = rng.standard_normal((arm.size, rows))
        total *= (spread * np.sqrt(added))[:, None]
        total += (mean * added)[:, None]
        np.cumsum(total, axis=0, out=total)
        total /= arm[:, None]
        means.append(total)
    z = means[0]
    z -= means[1]
    z /= (spread * np.sqrt(1 / sizes[0] + 1 / sizes[1]))[:, None]
    return z.T


@dataclass(frozen=True, slots=True, eq=False)
class Stopping:
    """What simulated trials did at given bounds.

    Attributes:
        upper, lower: share of trials that first crossed each bound at each look, shape (k,).
        trials: their number.
    """

    upper: Floats
    lower: Floats
    trials: int

    @property
    def stopped(self) -> Floats:
        """Share that ended at each look; the last one ends all that are left."""
        stops = self.upper + self.lower
        stops[-1] = 1 - stops[:-1].sum()
        return stops

    def standard_error(self, share: ArrayLike) -> Floats:
        """Monte Carlo standard error of a share of the trials."""
        p = np.asarray(share, dtype=float)
        return np.asarray(np.sqrt(p * (1 - p) / self.trials))

    @property
    def reject(self) -> float:
        """Share that ever crossed the upper bound."""
        return float(self.upper.sum())

    @property
    def accept(self) -> float:
        """Share that ever crossed the lower bound."""
        return float(self.lower.sum())

    def expected(self, sizes: ArrayLike) -> tuple[float, float]:
        """Mean size at stopping and its Monte Carlo standard error."""
        n = np.asarray(sizes, dtype=float)
        mean = float(self.stopped @ n)
        return mean, float(np.sqrt(self.stopped @ (n - mean) ** 2 / self.trials))


def apply_bounds(z: Floats, lower: ArrayLike, upper: ArrayLike) -> Stopping:
    """First crossings of simulated Z statistics of shape (trials, k); bounds on the Z scale, shape (k,).

    At the last look, what lies on or below an equal lower bound counts below, what lies above counts above.
    """
    if z.ndim != 2 or z.shape[0] == 0:
        raise ImpossibleInputError(f"z has shape {z.shape}", where="z", hint="Give shape (trials, looks).")
    low, high = checked_bounds(lower, upper, z.shape[1])
    going = np.ones(z.shape[0], dtype=bool)
    up, down = np.zeros((2, z.shape[1]))
    for j in range(z.shape[1]):
        column = z[:, j]
        above = going & (column >= high[j])
        below = going & (column <= low[j]) & ~above
        up[j], down[j] = np.count_nonzero(above), np.count_nonzero(below)
        going &= ~(above | below)
    return Stopping(up / z.shape[0], down / z.shape[0], z.shape[0])
