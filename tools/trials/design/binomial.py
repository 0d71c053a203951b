"""The exact binomial test of one proportion: its power at many sizes, and its p values."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import binom

from benchside.tools.trials.design.checks import between, probability
from benchside.tools.trials.design.statistic import Floats

EQUAL = 1 + 1e-9  # a p value that equals alpha up to rounding rejects


def exact_power(n: Any, null: float, truth: float, alpha: float, direction: int = 1) -> Floats:
    """Power of the one-sided exact binomial test of size n.

    Upwards it rejects from the smallest count whose tail probability under the null is at most alpha (one more than
    the 1 - alpha quantile, as gsDesign's nBinomial1Sample does); downwards likewise.

    Args:
        n: sizes, an array of whole numbers.
        null, truth: proportions.
        alpha: one-sided level.
        direction: +1 to show a larger proportion, -1 a smaller one.
    """
    probability("null", null)
    probability("truth", truth)
    between("alpha", alpha, 0, 1)
    sizes = np.asarray(n, dtype=float)
    if direction > 0:
        bound = binom.isf(alpha, sizes, null) + 1
        # quantiles of a discrete law are off by one where a tail equals alpha up to rounding
        bound = np.where(binom.sf(bound - 2, sizes, null) <= alpha * EQUAL, bound - 1, bound)
        return np.asarray(binom.sf(bound - 1, sizes, truth), dtype=float)
    bound = binom.ppf(alpha, sizes, null)
    bound = np.where(binom.cdf(bound, sizes, null) <= alpha * EQUAL, bound, bound - 1)
    return np.asarray(binom.cdf(bound, sizes, truth), dtype=float)


def exact_power_of_sides(n: Any, null: float, truth: float, alpha: float, *, sides: int, direction: int) -> Floats:
    """As `exact_power` at a total level `alpha`: two-sided, each side has half of it, and both count as power."""
    aims = (1, -1) if sides == 2 else (direction,)
    return np.asarray(sum(exact_power(n, null, truth, alpha / sides, aim) for aim in aims), dtype=float)


def binomial_p_values(events: Any, n: Any, null: Any) -> tuple[Floats, Floats]:
    """One-sided p values of the exact test for a larger and for a smaller proportion; arrays that broadcast."""
    return (
        np.asarray(binom.sf(np.asarray(events) - 1, n, null), dtype=float),
        np.asarray(binom.cdf(events, n, null), dtype=float),
    )
