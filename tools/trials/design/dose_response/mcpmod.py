"""The multiple-contrast test of MCP-Mod: optimal contrasts, their critical value and power (Pinheiro et al. 2006)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from benchside.tools.trials.design.dose_response.multivariate import critical_value, rejection_probability
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats


def optimal_contrasts(means: Floats, weights: Sequence[float] | Floats) -> Floats:
    """Contrast of the largest noncentrality for each row of means, shape (models, doses), each of unit length.

    Args:
        means: shape (models, doses).
        weights: sizes of the dose groups, or any numbers proportional to them.

    Source: Pinheiro, Bornkamp & Bretz 2006, section 3: proportional to the sizes times the deviations from the
    weighted mean.
    """
    rows, n = np.atleast_2d(means), np.asarray(weights, dtype=float)
    raw = n * (rows - (rows @ n / n.sum())[:, None])
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    if np.any(length <= 1e-12 * n.max() * np.maximum(np.abs(rows).max(), 1e-300)):
        raise ImpossibleInputError(
            "a model is flat over these doses", where="models", hint="Change its parameters, or leave it out."
        )
    return np.asarray(raw / length)


def contrast_correlation(contrasts: Floats, sizes: Sequence[float] | Floats) -> Floats:
    """Correlation of the contrast estimates at these group sizes, shape (models, models)."""
    covariance = contrasts @ (contrasts / np.asarray(sizes, dtype=float)).T
    spread = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(spread, spread))


def noncentrality(contrasts: Floats, means: Floats, sizes: Sequence[float] | Floats, sd: float) -> Floats:
    """Means of the contrast statistics under a vector of dose means, shape (models,)."""
    spread = sd * np.sqrt((contrasts**2 / np.asarray(sizes, dtype=float)).sum(axis=1))
    return np.asarray(contrasts @ np.asarray(means, dtype=float) / spread)


def contrast_test_power(
    contrasts: Floats,
    means: Floats,
    sizes: Sequence[float] | Floats,
    sd: float,
    *,
    alpha: float = 0.025,
    sides: int = 1,
    critical: float | None = None,
    known_variance: bool = False,
) -> Floats:
    """Chance that the largest contrast statistic rejects, for each row of means, shape (truths,).

    Args:
        contrasts: shape (models, doses).
        means: dose means under each truth, shape (truths, doses).
        sizes: of the dose groups.
        sd: of the outcome within a group.
        critical: value to reject at; computed for alpha when not given.
        known_variance: normal rather than t statistics (df infinite).
    """
    n = np.asarray(sizes, dtype=float)
    df = math.inf if known_variance else float(n.sum() - n.size)
    correlation = contrast_correlation(contrasts, n)
    bound = critical_value(correlation, alpha, df=df, sides=sides) if critical is None else critical
    return np.array(
        [
            rejection_probability(correlation, bound, shift=noncentrality(contrasts, truth, n, sd), df=df, sides=sides)
            for truth in np.atleast_2d(means)
        ]
    )
