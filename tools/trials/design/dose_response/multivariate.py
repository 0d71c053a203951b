"""Probabilities of boxes under the multivariate normal and t, also where contrasts are linearly dependent.

Coordinates are conditioned on one after the other (Genz & Bretz 2009) along a pivoted Cholesky root, so that a singular
correlation only means that several bounds meet in one coordinate. The remaining integral is the mean over fixed
quasi-random points: deterministic, hence smooth in the bounds, and accurate to about 1e-4 (1e-5 for two or three).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import special
from scipy.optimize import brentq
from scipy.stats import norm, qmc
from scipy.stats import t as student

from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats

MOST_DIMENSIONS = 20
_TINY = 1e-9
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
_POINTS = {True: 16, False: 14}  # powers of two, by whether the spread is estimated


@lru_cache(maxsize=32)
def _points(dimensions: int, power: int) -> Floats:
    """2 ** power points of a scrambled Sobol sequence with a fixed seed, shape (dimensions, points), inside (0, 1)."""
    drawn = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(1)).random_base2(power).T
    return np.asarray(np.clip(drawn, 1e-12, 1 - 1e-12))


@lru_cache(maxsize=256)
def _scales(df: float) -> tuple[Floats, Floats]:
    """Gauss nodes and weights for the ratio of the estimated to the true spread; a power of two of them.

    The rule belongs to the distribution of that ratio: Lanczos' recursion on a fine grid gives its Jacobi matrix.
    """
    count = 16 if df < 10 else 8
    reach = 9 / math.sqrt(2 * df)
    low, high = max(0.0, 1 - reach), 1 + 1.5 * reach
    ratio = low + (high - low) * (1 + _NODES) / 2
    mass = _WEIGHTS * np.exp((df - 1) * np.log(ratio) - df * (ratio**2 - 1) / 2)
    vectors = [np.sqrt(mass / mass.sum())]
    diagonal, beside = [], []
    for _ in range(count):
        now = ratio * vectors[-1]
        diagonal.append(float(now @ vectors[-1]))
        for before in vectors:
            now = now - (now @ before) * before
        length = float(np.linalg.norm(now))
        beside.append(length)
        vectors.append(now / length)
    values, rows = np.linalg.eigh(np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1))
    return np.asarray(values), np.asarray(rows[0] ** 2)


def pivoted_root(correlation: Floats) -> tuple[Floats, list[int]]:
    """Root of a positive semidefinite matrix with its rows in pivot order, shape (rows, rank), and that order."""
    size = correlation.shape[0]
    left = np.array(correlation, dtype=float)
    order = list(range(size))
    root = np.zeros((size, size))
    rank = 0
    for step in range(size):
        diagonal = np.diag(left)[step:]
        best = step + int(np.argmax(diagonal))
        if left[best, best] < _TINY:
            break
        for rows in (left, root):
            rows[[step, best]] = rows[[best, step]]
        left[:, [step, best]] = left[:, [best, step]]
        order[step], order[best] = order[best], order[step]
        root[step:, step] = left[step:, step] / math.sqrt(left[step, step])
        left -= np.outer(root[:, step], root[:, step]) * (np.arange(size) >= step)[:, None]
        rank = step + 1
    return root[:, :rank], order


def box_probability(
    correlation: Floats, lower: Floats, upper: Floats, *, shift: Floats | float = 0.0, df: float = math.inf
) -> float:
    """P(lower <= (Z + shift) / S <= upper), Z normal of that correlation, S^2 chi-squared over df (1 when infinite).

    Args:
        correlation: positive semidefinite, shape (m, m), m up to `MOST_DIMENSIONS`.
        lower, upper: bounds, shape (m,); infinite ones allowed.
        shift: mean of Z.
        df: degrees of freedom of the multivariate t.
    """
    size = correlation.shape[0]
    if size > MOST_DIMENSIONS:
        raise ImpossibleInputError(f"{size} contrasts", where="models", hint=f"At most {MOST_DIMENSIONS}.")
    root, order = pivoted_root(correlation)
    moved = np.broadcast_to(np.asarray(shift, dtype=float), (size,))[order]
    low, high = np.asarray(lower, dtype=float)[order], np.asarray(upper, dtype=float)[order]
    rank = root.shape[1]
    scale, weight = _scales(df) if math.isfinite(df) else (np.ones(1), np.ones(1))
    points = _points(max(rank - 1, 1), _POINTS[scale.size > 1]).reshape(max(rank - 1, 1), scale.size, -1)
    shape = points.shape[1:]  # each node has points of its own
    last = [int(np.nonzero(np.abs(row) > _TINY)[0][-1]) for row in root]
    y = np.zeros((rank, *shape))
    chance = np.ones(shape)
    for j in range(rank):
        least, most = np.full(shape, -np.inf), np.full(shape, np.inf)
        for i in (i for i in range(size) if last[i] == j):
            known = np.tensordot(root[i, :j], y[:j], axes=1) + moved[i]
            ends = (low[i] * scale[:, None] - known) / root[i, j], (high[i] * scale[:, None] - known) / root[i, j]
            if root[i, j] < 0:
                ends = ends[1], ends[0]
            least, most = np.maximum(least, ends[0]), np.minimum(most, ends[1])
        below = special.ndtr(least)
        inside = np.maximum(special.ndtr(most) - below, 0.0)
        chance *= inside
        if j < rank - 1:
            y[j] = special.ndtri(np.clip(below + points[j] * inside, 1e-300, 1 - 1e-16))
    return float(weight @ chance.mean(axis=1))


def rejection_probability(
    correlation: Floats, critical: float, *, shift: Floats | float = 0.0, df: float = math.inf, sides: int = 1
) -> float:
    """Chance that the largest statistic (in absolute value when two-sided) is at or above the critical value."""
    size = correlation.shape[0]
    high = np.full(size, critical)
    low = -high if sides == 2 else np.full(size, -np.inf)
    return 1 - box_probability(correlation, low, high, shift=shift, df=df)


def critical_value(correlation: Floats, alpha: float, *, df: float = math.inf, sides: int = 1) -> float:
    """The value that the largest of the statistics exceeds with probability alpha at no effect (multivariate t)."""
    return _critical(np.asarray(correlation, dtype=float).tobytes(), correlation.shape[0], alpha, df, sides)


@lru_cache(maxsize=1024)
def _critical(content: bytes, size: int, alpha: float, df: float, sides: int) -> float:
    """By directions: along one the largest statistic grows with the radius, whose square is chi-squared or F."""

    def tail(level: float) -> float:
        return float(student.isf(level, df)) if math.isfinite(df) else float(norm.isf(level))

    if size == 1:
        return tail(alpha / sides)
    root, _ = pivoted_root(np.frombuffer(content).reshape(size, size))
    rank = root.shape[1]
    normal = special.ndtri(_points(rank, 16))
    along = root @ (normal / np.linalg.norm(normal, axis=0))
    steepest = (np.abs(along) if sides == 2 else along).max(axis=0)
    steepest = steepest[steepest > 0]

    def level(critical: float) -> float:
        square = (critical / steepest) ** 2
        beyond = special.fdtrc(rank, df, square / rank) if math.isfinite(df) else special.chdtrc(rank, square)
        return float(np.sum(beyond)) / float(normal.shape[1])

    return float(
        brentq(lambda c: level(c) - alpha, tail(alpha / sides) - 1e-2, tail(alpha / sides / size) + 1e-2, xtol=1e-9)
    )
