"""Toxicity rates that do not fall with dose: weighted isotonic regression, one trial at a time or many at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NUDGE = 1e-10  # breaks ties: the higher dose below the target, the lower one above it


def pool_adjacent_violators(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Isotonic (non-decreasing) weighted least-squares fit, by pooling adjacent violators (Barlow and others 1972).

    Args:
        values: shape (k,).
        weights: positive, shape (k,).
    """
    blocks: list[list[float]] = []  # mean, weight, length
    for value, weight in zip(values, weights, strict=True):
        blocks.append([float(value), float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, mass, length = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + mean * mass) / (before[1] + mass)
            before[1] += mass
            before[2] += length
    return [mean for mean, _, length in blocks for _ in range(int(length))]


def isotonic_rows(values: Floats, weights: Floats) -> Floats:
    """The same fit for every row, by the max-min formula; a weight of 0 leaves a value out and gives NaN there.

    Args:
        values, weights: shape (m, k).
    """
    k = values.shape[1]
    mass = np.concatenate([np.zeros((len(values), 1)), np.cumsum(weights, axis=1)], axis=1)
    moment = np.concatenate([np.zeros((len(values), 1)), np.cumsum(weights * values, axis=1)], axis=1)
    fitted = np.full(values.shape, np.nan)
    for i in range(k):
        best = np.full(len(values), -np.inf)
        for j in range(i + 1):
            lowest = np.full(len(values), np.inf)
            for last in range(i, k):
                w = mass[:, last + 1] - mass[:, j]
                mean = np.divide(moment[:, last + 1] - moment[:, j], w, out=np.full(len(w), np.inf), where=w > 0)
                np.minimum(lowest, mean, out=lowest)
            np.maximum(best, lowest, out=best)
        fitted[:, i] = np.where(weights[:, i] > 0, best, np.nan)
    return fitted


def _beta_moments(n: Floats, y: Floats, prior: float) -> tuple[Floats, Floats]:
    """Posterior mean and variance of a rate under a Beta(prior, prior) prior."""
    total = n + 2 * prior
    mean = (y + prior) / total
    return mean, mean * (1 - mean) / (total + 1)


def estimates(n: Sequence[int], y: Sequence[int], prior: float) -> list[float | None]:
    """Isotonic estimates of the toxicity rate at each dose, None where nobody was treated.

    Posterior means under a Beta(prior, prior) prior, weighted by the inverse of the posterior variance.
    """
    tried = [i for i, k in enumerate(n) if k > 0]
    mean = [(y[i] + prior) / (n[i] + 2 * prior) for i in tried]
    precision = [(n[i] + 2 * prior + 1) / (m * (1 - m)) for i, m in zip(tried, mean, strict=True)]
    fitted: list[float | None] = [None] * len(n)
    for i, value in zip(tried, pool_adjacent_violators(mean, precision), strict=True):
        fitted[i] = value
    return fitted


def nearest(fitted: Sequence[float | None], target: float, below: float = np.inf) -> int:
    """Level (from 1) whose estimate is nearest to the target and under `below`, 0 for none; ties as `NUDGE` says."""
    best, distance = 0, np.inf
    for level, value in enumerate(fitted, 1):
        if value is None or value >= below:
            continue
        gap = abs(value + level * NUDGE - target)
        if gap < distance:
            best, distance = level, gap
    return best


def nearest_rows(
    n: NDArray[np.int64],
    y: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    *,
    target: float,
    prior: float,
    below: float = np.inf,
) -> NDArray[np.int64]:
    """The same choice for every row among the allowed and tried doses, 0 for none.

    The fit is made on the allowed and tried doses only.

    Args:
        n, y: patients and DLTs, shape (m, k).
        allowed: shape (m, k).
    """
    use = allowed & (n > 0)
    mean, variance = _beta_moments(np.maximum(n, 1).astype(float), y.astype(float), prior)
    fitted = isotonic_rows(mean, np.where(use, 1 / variance, 0.0))
    gap = np.abs(fitted + np.arange(1, n.shape[1] + 1) * NUDGE - target)
    gap = np.where(use & (np.nan_to_num(fitted, nan=np.inf) < below), gap, np.inf)
    return np.where(np.isfinite(gap).any(axis=1), gap.argmin(axis=1) + 1, 0)
