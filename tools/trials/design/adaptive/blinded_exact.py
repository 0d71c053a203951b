"""Rejection probability of the t test after blinded re-estimation of the variance, by quadrature.

The final size depends on the data of the look through the one-sample sum of squares alone. Given that, the
difference at the look and the later residual sum of squares (chi-squared), the final test is significant on a known
interval of the later difference, which is normal, so that three nested integrals remain (after
Kieser & Friede 2000, Statistics in Medicine 19:901-911; in units of the true variance). The final size is a step
function of the sum of squares; panels end at its steps where they are few, and elsewhere the steps cost the fifth
decimal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.special import ndtr
from scipy.stats import chi, chi2, ncx2
from scipy.stats import t as student

from benchside.tools.trials.design.adaptive.combination import gauss_legendre
from benchside.tools.trials.design.statistic import Floats

_PANELS = 100
_MOST_STEPS = 120
_REACH = 7.0


def rejection_means(
    pilot: int, effect: float, size: Callable[[Floats], Floats], alpha: float, sides: int
) -> tuple[float, float]:
    """Probability to reject, and expected size of an arm.

    Args:
        pilot: size of each arm at the look, 2 or more.
        effect: true difference in standard deviations.
        size: whole final size of an arm from one-sample sums of squares over the variance, both of shape (m,).
        alpha, sides: of the final t test of two equal arms.
    """
    df, noncentral = 2 * pilot - 1, pilot / 2 * effect**2
    law = ncx2(df, noncentral) if noncentral > 0 else chi2(df)
    low, high = float(law.ppf(1e-10)), float(law.isf(1e-10))
    nodes, weights = gauss_legendre(5)
    edges = _edges(low, high, size)
    half = np.diff(edges) / 2
    total = ((edges[:-1] + half)[:, None] + half[:, None] * nodes).ravel()
    weight = (half[:, None] * weights).ravel()
    sizes = size(total)
    level = alpha / sides
    reject = expected = 0.0
    for t, w, n in zip(total, weight, sizes, strict=True):
        expected += w * float(law.pdf(t)) * n
        reject += w * _given_total(pilot, effect, float(t), float(n), level)
    if sides == 2:  # the integral counts one direction; the other is its mirror image
        reject += sum(
            w * _given_total(pilot, -effect, float(t), float(n), level)
            for t, w, n in zip(total, weight, sizes, strict=True)
        )
    return float(reject), float(expected)


def _edges(low: float, high: float, size: Callable[[Floats], Floats]) -> Floats:
    """Panels of the sum of squares; where few sizes are possible they end at the steps between them."""
    grid = np.linspace(low, high, 4001)
    steps = np.flatnonzero(np.diff(size(grid)))
    even = np.linspace(low, high, _PANELS + 1)
    if not 0 < len(steps) <= _MOST_STEPS:
        return even
    a, b = grid[steps], grid[steps + 1]
    before = size(a)
    for _ in range(50):
        middle = (a + b) / 2
        same = size(middle) == before
        a, b = np.where(same, middle, a), np.where(same, b, middle)
    return np.unique(np.concatenate((np.linspace(low, high, _PANELS // 4 + 1), b)))


def _given_total(n1: int, effect: float, total: float, n: float, level: float) -> float:
    """Density of the total times the chance to reject given it, in the upper direction."""
    spread = math.sqrt(2 / n1)
    reach = math.sqrt(2 * total / n1)
    low, high = max(-reach, effect - _REACH * spread), min(reach, effect + _REACH * spread)
    if high <= low:
        return 0.0
    critical = float(student.isf(level, 2 * n - 2))
    more = n - n1
    ratio = critical**2 * 2 / n1 / (2 * n1 - 2)
    turn = math.sqrt(ratio * total / (1 + ratio * n1 / 2))  # from this difference on the look by itself is significant
    if more < 1:
        low, edges = max(low, turn), [max(low, turn), high]
        if high <= low:
            return 0.0
    else:  # with few participants to come, the chance of significance rises steeply there
        width = 6 * math.sqrt(2 * more) / n
        edges = [low, *(min(max(turn + d, low), high) for d in (-width, 0.0, width)), high]
    gap, weight = _panels(edges)
    within = np.maximum(total - n1 / 2 * gap**2, 0.0)
    density = chi2.pdf(within, 2 * n1 - 2) * np.exp(-0.5 * ((gap - effect) / spread) ** 2) / spread
    density = density * weight / math.sqrt(2 * math.pi)
    if more < 1:
        return float(density.sum())
    q, chance = _residual(2 * more - 1)
    g = gap[:, None]
    rest = within[:, None] + q**2
    slope, between = more / n, n1 * more / (2 * n)
    factor = critical**2 * 2 / (n * (2 * n - 2))
    # significant where (g + slope y)^2 >= factor (rest + between y^2) and g + slope y > 0, y the later less the first
    # difference
    a, b, c = slope**2 - factor * between, slope * g, g**2 - factor * rest
    inside = b**2 - a * c
    root = np.sqrt(np.maximum(inside, 0.0))
    step = math.sqrt(2 / more)

    def above(y: Floats) -> Floats:
        return np.asarray(ndtr((effect - g - y) / step), dtype=float)

    if abs(a) < 1e-14:
        significant = np.where(b > 0, above(-c / np.where(b == 0, 1.0, 2 * b)), 0.0)
    elif a > 0:
        significant = above((-b + root) / a)
    else:
        near, far = (-b + root) / a, (-b - root) / a
        significant = np.where((inside > 0) & (g + slope * near > 0), above(near) - above(far), 0.0)
    return float(density @ (significant @ chance))


def _panels(edges: list[float]) -> tuple[Floats, Floats]:
    nodes, weights = gauss_legendre(20)
    half = np.diff(np.asarray(edges))[:, None] / 2
    x = np.asarray(edges[:-1])[:, None] + half + half * nodes
    return x.ravel(), (half * weights).ravel()


@lru_cache(maxsize=4096)
def _residual(df: int) -> tuple[Floats, Floats]:
    """Nodes of the root of the later residual sum of squares, with probability weights."""
    law = chi(df)
    low, high = float(law.ppf(1e-10)), float(law.isf(1e-10))
    nodes, weights = gauss_legendre(24)
    q = (low + high) / 2 + (high - low) / 2 * nodes
    return q, (high - low) / 2 * weights * law.pdf(q)
