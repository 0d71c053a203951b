"""Utility of a dose from the four outcomes of its patients, as in BOIN12 (Lin and others 2020).

The utilities of the patients, divided by 100, count as successes of a binomial; the desirability of a dose is the
posterior probability, under a uniform prior, that its mean utility exceeds a benchmark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc
from scipy.stats import rankdata

from benchside.tools.trials.design.errors import OutOfScopeError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TIE_DIGITS = 10

Scores = dict[tuple[int, int, int], float | None]


def benchmark_utility(utilities: Sequence[float], toxicity_limit: float, efficacy_limit: float) -> float:
    """Halfway between the mean utility of a dose at both limits, with independent events, and 100.

    Args:
        utilities: of neither, efficacy alone, toxicity alone, both.
    """
    t, e = toxicity_limit, efficacy_limit
    shares = ((1 - t) * (1 - e), (1 - t) * e, t * (1 - e), t * e)
    at_limits = sum(u * p for u, p in zip(utilities, shares, strict=True))
    return at_limits + (100 - at_limits) / 2


def desirability(counts: Ints | Sequence[int], utilities: Sequence[float], benchmark: float) -> Floats:
    """Probability that the mean utility exceeds the benchmark, rounded so that ties are ties.

    Args:
        counts: patients by category, shape (..., 4).
        utilities: by category, from 0 to 100.
        benchmark: on the same scale.

    Returns:
        Shape (...).
    """
    c = np.asarray(counts, dtype=float)
    x, n = c @ (np.asarray(utilities) / 100), c.sum(axis=-1)
    return np.asarray(np.round(betaincc(1 + x, 1 + n - x, benchmark / 100), TIE_DIGITS))


def desirability_rows(counts: Ints, utilities: Sequence[float], benchmark: float) -> Floats:
    """The same for many trials, shape (m, 4) to (m,); each different outcome is evaluated once."""
    base = int(counts.max(initial=0)) + 1
    key = counts @ np.array([base**3, base**2, base, 1])
    _, first, back = np.unique(key, return_index=True, return_inverse=True)
    return np.asarray(desirability(counts[first], utilities, benchmark)[back])


def rank_scores(
    sizes: Sequence[int], utilities: Sequence[float], benchmark: float, admissible: Callable[[int, int, int], bool]
) -> Scores:
    """Rank-based desirability score by patients, DLTs and responses; None where the dose is not admissible.

    Ranks go over all admissible outcomes of the given sizes, and ties share their mean rank (Lin and others 2020, Table
    3).

    Args:
        sizes: numbers of patients at a dose.
        admissible: of patients, DLTs and responses.

    Raises:
        OutOfScopeError: utilities that depend on how DLTs and responses overlap, so that the two counts are not enough.
    """
    neither, efficacy, toxicity, both = utilities
    if abs((neither + both) - (efficacy + toxicity)) > 1e-9:
        raise OutOfScopeError(
            "a table of scores by DLTs and responses needs additive utilities",
            where="utilities",
            hint="With neither + both = efficacy + toxicity alone it exists; `next_dose` works for any utilities.",
        )
    outcomes = [(n, y, e) for n in sizes for y in range(n + 1) for e in range(n + 1)]
    fit = [o for o in outcomes if admissible(*o)]
    # with additive utilities any overlap gives the same total, so none is assumed; a count below 0 does not matter then
    counts = np.array([(n - y - e, e, y, 0) for n, y, e in fit])
    ranks = rankdata(desirability(counts, utilities, benchmark)) if fit else []
    found: Scores = dict.fromkeys(outcomes)
    return found | {o: float(r) for o, r in zip(fit, ranks, strict=True)}
