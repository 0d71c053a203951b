"""Treatment selection at an interim look: probabilities of selecting and rejecting, by quadrature.

Which treatments look best does not depend on the control, so the selection is an integral over the treatments alone;
given what the selected one has shown, the final statistic is normal (drop-the-losers: Wason, Stallard, Bowden &
Jennison 2017, with one winner at the end) or the combination test goes on from its interim p value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from benchside.tools.trials.design.adaptive.combination import gauss_legendre
from benchside.tools.trials.design.adaptive.dunnett import dunnett_p_value
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.statistic import Floats

_REACH = 8.0


def _grid(points: int, low: float, high: float) -> tuple[Floats, Floats]:
    nodes, weights = gauss_legendre(points)
    return (low + high) / 2 + (high - low) / 2 * nodes, (high - low) / 2 * weights


def _density(x: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi), dtype=float)


def winner_rejects(
    effects: Sequence[float], stages: Sequence[float], control: Sequence[float], kept: int, critical: float
) -> float:
    """P(the first treatment survives all selections and its final z, on all data, is at or above the critical value).

    Args:
        effects: differences from the control in standard deviations; all but the first are equal.
        stages: cumulative size of a treatment arm that is kept, at the two or three looks.
        control: cumulative size of the control; only the last matters.
        kept: treatments kept after the first of three looks (unused with two); one is kept after the last interim look.
        critical: of the final z.

    Returns:
        The probability; times the number of treatments it is the familywise error when no treatment differs.
    """
    k = len(effects)
    own, other = effects[0], (effects[1] if k > 1 else effects[0])
    if any(e != other for e in effects[1:]):
        raise OutOfScopeError(
            "the probability is worked out for equal effects of the other treatments only",
            where="effects",
            hint="Give the others one effect, or simulate.",
        )
    n, n0 = stages, control[-1]

    def final(total: Floats, seen: float) -> Floats:
        """P(final z is critical | the sum of the winner's outcomes over its first `seen` participants)."""
        rest = n[-1] - seen
        mean = (total + rest * own) / n[-1]
        spread = math.sqrt(rest / n[-1] ** 2 + 1 / n0)
        return np.asarray(ndtr((mean - critical * math.sqrt(1 / n[-1] + 1 / n0)) / spread), dtype=float)

    sd1 = math.sqrt(n[0])
    if len(n) == 2:
        x, w = _grid(96, own * n[0] - _REACH * sd1, own * n[0] + _REACH * sd1)
        density = _density((x - own * n[0]) / sd1) / sd1
        ahead = ndtr((x - other * n[0]) / sd1) ** (k - 1)
        return float((w * density * ahead) @ final(x, n[0]))
    # three looks: the best of the treatments that are dropped first has the sum m, the kept ones are above it
    dropped = k - kept
    low = min(own, other) * n[0] - _REACH * sd1
    high = max(own, other) * n[0] + _REACH * sd1
    if dropped:
        m, m_weight = _grid(96, low, high)
        z = (m - other * n[0]) / sd1
        m_weight = m_weight * dropped * ndtr(z) ** (dropped - 1) * _density(z) / sd1
    else:
        m, m_weight = np.asarray([-1e9]), np.ones(1)
    sd2 = math.sqrt(n[1])
    floor, top = min(own, other) * n[1] - _REACH * sd2, max(own, other) * n[1] + _REACH * sd2
    y, y_weight = _grid(192, floor, top)

    def kept_density(effect: float) -> Floats:
        """Density at y of the sum after two looks, with the sum after one above m, shape (m, y)."""
        given = n[0] / n[1] * y  # mean of the first sum given the second
        spread = math.sqrt(n[0] * (1 - n[0] / n[1]))
        return np.asarray(
            _density((y - effect * n[1]) / sd2) / sd2 * ndtr((given[None, :] - m[:, None]) / spread), dtype=float
        )

    mine = kept_density(own)
    below = np.clip(_cumulative(kept_density(other), floor, top), 0.0, 1.0)  # P(first above m, second below y)
    inner = mine * below ** (kept - 1) * final(y, n[1])
    return float(math.comb(k - 1, kept - 1) * (m_weight @ (inner @ y_weight)))


def _cumulative(values: Floats, low: float, high: float) -> Floats:
    """Integral from the low end to each Gauss-Legendre node, along the last axis."""
    return np.asarray(values @ _integrate(values.shape[-1]).T * (high - low) / 2, dtype=float)


@lru_cache(maxsize=4)
def _integrate(points: int) -> Floats:
    """Matrix from values at Gauss-Legendre nodes to integrals from -1 to each node."""
    legendre = np.polynomial.legendre
    nodes, weights = gauss_legendre(points)
    degree = np.arange(points)
    coefficients = (legendre.legvander(nodes, points - 1) * weights[:, None]).T * (degree[:, None] + 0.5)
    integrals = np.stack([legendre.legval(nodes, legendre.legint(row, lbnd=-1)) for row in np.eye(points)])
    return np.asarray(integrals.T @ coefficients, dtype=float)


@lru_cache(maxsize=64)
def drop_the_losers_critical(
    treatments: int, alpha: float, stages: tuple[float, ...], control: tuple[float, ...], kept: int
) -> float:
    """Critical value of the final z with familywise error alpha when one winner is tested; arguments as above."""

    def over(c: float) -> float:
        return treatments * winner_rejects((0.0,) * treatments, stages, control, kept, c) - alpha

    return float(brentq(over, -2.0, 8.0, xtol=1e-10))


def seamless_power(
    effects: Sequence[float],
    first: float,
    second: float,
    control: tuple[float, float],
    *,
    weight: float,
    critical: float,
) -> tuple[float, float]:
    """Selection of the best treatment, then an inverse normal combination of Dunnett's p value and the second stage's.

    Args:
        effects: differences from the control in standard deviations.
        first, second: sizes of a treatment arm in each stage.
        control: sizes of the control in each stage.
        weight: of the first stage, squared; the second has the rest.
        critical: of the combined z.

    Returns:
        P(the first treatment is selected and rejected), P(the first treatment is selected).
    """
    own, k = effects[0], len(effects)
    ratio = first / control[0]
    se = math.sqrt(1 / first + 1 / control[0])
    c, c_weight = _grid(48, -_REACH / math.sqrt(control[0]), _REACH / math.sqrt(control[0]))
    c_density = _density(c * math.sqrt(control[0])) * math.sqrt(control[0]) * c_weight
    sd = 1 / math.sqrt(first)
    x, x_weight = _grid(96, own - _REACH * sd, own + _REACH * sd)
    x_density = _density((x - own) / sd) / sd * x_weight
    for effect in effects[1:]:
        x_density = x_density * ndtr((x - effect) / sd)
    z = (x[:, None] - c[None, :]) / se
    first_p = dunnett_p_value(z, k, ratio=ratio)
    needed = (critical + math.sqrt(weight) * ndtri(first_p)) / math.sqrt(1 - weight)
    drift = own / math.sqrt(1 / second + 1 / control[1])
    return float(x_density @ ndtr(drift - needed) @ c_density), float(x_density.sum())
