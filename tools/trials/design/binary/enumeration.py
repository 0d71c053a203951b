"""Exact power of any test of two binomial samples: the probability of every table, summed over those that reject.

This is the second way for the approximations: what power, and what type I error, a normal test really has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import gammaln
from scipy.stats import binom, norm

from benchside.tools.trials.design.checks import between, error_rates, probability, whole
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.statistic import Floats

LARGEST_ARM = 100_000
_TAIL = 7.5  # standard deviations kept on each side: what is left out is below 1e-13
_CELLS = 2_000_000  # of a table held at once


def window(size: int, proportion: float) -> tuple[int, int]:
    """First and last count of a binomial that matters to a sum in double precision."""
    mean, spread = size * proportion, np.sqrt(size * proportion * (1 - proportion))
    reach = _TAIL * spread + 40
    return max(0, int(mean - reach)), min(size, int(mean + reach) + 1)


def rejection_probability(
    observed: Callable[[Any, Any, Any, Any], Floats],
    sizes: tuple[int, int],
    proportions: tuple[float, float],
    alpha: float,
    *,
    sides: int = 1,
    direction: int = 1,
) -> float:
    """Probability that a test of two proportions rejects, by enumeration of all tables.

    Args:
        observed: the statistic of events and sizes (x1, n1, x2, n2), as the `observed` methods of `statistics.py`.
        sizes: participants of treatment and control.
        proportions: true ones, treatment and control.
        alpha: type I error, total over the sides.
        sides: 1 or 2; two-sided tests reject on both.
        direction: side of the alternative of a one-sided test.

    Raises:
        ImpossibleInputError: sizes or proportions that no trial has.
        OutOfScopeError: arms too large to enumerate.
    """
    error_rates(alpha, sides)
    n1, n2 = (whole(f"n{i + 1}", n, 1) for i, n in enumerate(sizes))
    p1, p2 = (probability(f"p{i + 1}", p) for i, p in enumerate(proportions))
    between("direction", direction, -1, 1, closed=True)
    if max(n1, n2) > LARGEST_ARM:
        raise OutOfScopeError(
            f"{max(n1, n2):,} participants in an arm are too many to enumerate",
            where="n",
            hint=f"At most {LARGEST_ARM:,}; a normal test is accurate there.",
        )
    (low1, high1), (low2, high2) = window(n1, p1), window(n2, p2)
    x1, x2 = np.arange(low1, high1 + 1), np.arange(low2, high2 + 1)
    mass1, mass2 = binom.pmf(x1, n1, p1), binom.pmf(x2, n2, p2)
    boundary = norm.isf(alpha / sides)
    found = 0.0
    step = max(1, _CELLS // len(x2))
    for start in range(0, len(x1), step):
        rows = x1[start : start + step, None]
        z = direction * observed(rows, n1, x2[None, :], n2)
        rejects = (np.abs(z) if sides == 2 else z) >= boundary
        found += float(mass1[start : start + step] @ rejects @ mass2)
    return found


def log_factorials(largest: int) -> Floats:
    """Logarithms of 0! to largest!."""
    return np.asarray(gammaln(np.arange(largest + 2, dtype=float) + 1), dtype=float)
