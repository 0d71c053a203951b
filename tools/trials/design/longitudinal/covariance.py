"""Correlation and covariance of repeated measures, and the retention of participants over the visits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchside.tools.trials.design.checks import between, finite, increasing, not_negative, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats

MOST_VISITS = 100


def visit_count(name: str, visits: float, low: int = 1) -> int:
    """A whole number of visits, at most `MOST_VISITS`."""
    return whole(name, visits, low, MOST_VISITS)


def visit_times(name: str, times: Sequence[float]) -> tuple[float, ...]:
    """Strictly increasing times of the visits, 0 or above: at least two of them."""
    if not 2 <= len(times) <= MOST_VISITS:
        raise ImpossibleInputError(f"{len(times)} {name}", where=name, hint=f"Give 2 to {MOST_VISITS} times.")
    not_negative(name, times[0])
    return increasing(name, times, low=-1.0)


def exchangeable(visits: int, rho: float) -> Floats:
    """Correlation matrix with the same correlation between any two visits, shape (visits, visits).

    Raises:
        ImpossibleInputError: rho of 1 or more, or so negative that no such visits exist.
    """
    count = visit_count("visits", visits)
    low = -1.0 if count == 1 else -1.0 / (count - 1)
    between("correlation", rho, low, 1)
    return np.full((count, count), float(rho)) + (1 - rho) * np.eye(count)


def autoregressive(times: Sequence[float], rho: float) -> Floats:
    """Correlation rho ** |difference of times| (first-order autoregressive, continuous in time), shape (J, J).

    Raises:
        ImpossibleInputError: rho outside [0, 1).
    """
    found = increasing("times", times, low=-1.0)
    if not 0 <= finite("correlation", rho) < 1:
        raise ImpossibleInputError(f"correlation is {rho:g}", where="correlation", hint="From 0 to below 1.")
    t = np.asarray(found)
    return np.asarray(float(rho) ** np.abs(t[:, None] - t[None, :]))


def unstructured(name: str, matrix: Sequence[Sequence[float]]) -> Floats:
    """A correlation matrix as given: square, symmetric, 1 on the diagonal, positive definite."""
    size = len(matrix)
    if not 1 <= size <= MOST_VISITS or any(len(row) != size for row in matrix):
        raise ImpossibleInputError(f"{name} is not square", where=name, hint="Give as many rows as columns.")
    values = np.array([[finite(name, v) for v in row] for row in matrix])
    if np.abs(values - values.T).max() > 1e-9:
        raise ContradictoryInputError(f"{name} is not symmetric", where=name, hint="Entry (i, j) must equal (j, i).")
    if np.abs(np.diag(values) - 1).max() > 1e-9:
        raise ImpossibleInputError(f"{name} has a diagonal other than 1", where=name, hint="Give correlations.")
    cholesky(name, values)
    return values


def random_slopes(
    times: Sequence[float],
    intercept_variance: float,
    slope_variance: float,
    residual_variance: float,
    correlation: float = 0.0,
) -> Floats:
    """Covariance of visits under a random intercept and slope with independent residuals, shape (J, J).

    Args:
        times: visit times, in the unit of time of the slope.
        intercept_variance, slope_variance, residual_variance: squared units of the outcome (per squared time).
        correlation: between intercept and slope of a participant.
    """
    t = np.asarray(visit_times("times", times))
    a = not_negative("intercept_variance", intercept_variance)
    b = not_negative("slope_variance", slope_variance)
    e = positive("residual_variance", residual_variance)
    c = between("correlation", correlation, -1, 1, closed=True) * math.sqrt(a * b)
    return np.asarray(a + (t[:, None] + t[None, :]) * c + np.outer(t, t) * b + e * np.eye(t.size))


def cholesky(name: str, matrix: Floats) -> Floats:
    """Lower triangular root of a covariance.

    Raises:
        ImpossibleInputError: not positive definite.
    """
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        root = np.zeros_like(matrix)
    if not np.all(np.isfinite(root)) or np.diag(root).min() < 1e-7 * math.sqrt(float(np.diag(matrix).max())):
        raise ImpossibleInputError(
            f"{name} is not positive definite", where=name, hint="No outcome can have these correlations; lower them."
        )
    return np.asarray(root)


def retention_over(name: str, retention: Sequence[float], visits: int) -> tuple[float, ...]:
    """Shares of the randomised that are still observed at each visit: never rising, above 0; empty means all stay."""
    if not retention:
        return (1.0,) * visits
    if len(retention) != visits:
        raise ContradictoryInputError(
            f"{len(retention)} shares of {name} for {visits} visits", where=name, hint="Give one share for each visit."
        )
    found = []
    for share in retention:
        if not 0 < finite(name, share) <= 1:
            raise ImpossibleInputError(f"{name} holds {share:g}", where=name, hint="Shares are above 0, at most 1.")
        found.append(float(share))
    if any(later > earlier for earlier, later in pairwise(found)):
        raise ContradictoryInputError(
            f"{name} rises", where=name, hint="Who has left does not come back here: give shares that never rise."
        )
    return tuple(found)
