"""Several treatments against one control: the joint distribution of their statistics, by conditioning on the control.

Given the control's mean the comparisons are independent, so that every joint probability is an integral over it of a
product (Dunnett 1955), and over the pooled standard deviation too where the variance is estimated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import chi

from benchside.tools.trials.design.adaptive.combination import gauss_legendre
from benchside.tools.trials.design.checks import MOST_ARMS, between, error_rates, finite, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats

_REACH = 8.5
_SPREAD_NODES = 96
_LEAST_ALPHA = 1e-8  # what is left of a joint probability near 1 has this many digits


def loading(ratio: float) -> float:
    """Correlation of a treatment's statistic with the control's part in it: sqrt(r / (1 + r)), r = treated per control.

    Two treatments of the same ratio correlate r / (1 + r); 0.5 with equal sizes.
    """
    r = positive("ratio", ratio)
    return math.sqrt(r / (1 + r))


def joint_below(
    c: Floats | float,
    loadings: Sequence[float],
    *,
    means: Sequence[float] | None = None,
    df: float = math.inf,
    sides: int = 1,
) -> Floats:
    """P(every statistic below c) or, at two sides, P(every absolute statistic below c).

    Args:
        c: one or several limits, any shape.
        loadings: of the treatments, see `loading`; statistics i and j correlate loadings[i] * loadings[j].
        means: of the normal statistics (drifts), 0 where none are given.
        df: degrees of freedom of the pooled variance; infinite is a known variance.
        sides: 1 or 2.

    Returns:
        Probabilities of the shape of c.
    """
    return _joint(np.asarray(c, dtype=float), tuple(loadings), _means(means, loadings), df, sides, above=False)


def joint_above(
    c: Floats | float,
    loadings: Sequence[float],
    *,
    means: Sequence[float] | None = None,
    df: float = math.inf,
    sides: int = 1,
) -> Floats:
    """P(every statistic at or above c), at two sides in absolute value: the power to reject all. As `joint_below`."""
    return _joint(np.asarray(c, dtype=float), tuple(loadings), _means(means, loadings), df, sides, above=True)


def dunnett_constant(
    alpha: float, treatments: int, *, ratio: float | Sequence[float] = 1.0, df: float = math.inf, sides: int = 1
) -> float:
    """Critical value of Dunnett's test: P(largest statistic at or above it) = alpha when no treatment differs.

    Args:
        alpha: familywise level, total over the sides.
        treatments: 1 to 19, without the control.
        ratio: size of a treatment arm per size of the control, one for all or one for each.
        df: degrees of freedom of the pooled variance estimate; infinite is a known variance.
        sides: 1 or 2.

    References:
        Dunnett (1955) JASA 50:1096-1121, Tables 1a-b; Dunnett (1964) Biometrics 20:482-491, Tables II-III.
    """
    k = whole("treatments", treatments, 1, MOST_ARMS - 1)
    error_rates(alpha, sides)
    if alpha < _LEAST_ALPHA:
        raise ImpossibleInputError(
            f"alpha is {alpha:g}", where="alpha", hint=f"Values from {_LEAST_ALPHA:g} on can be worked out."
        )
    loadings = _loadings(ratio, k)
    degrees = _degrees(df)

    def over(c: float) -> float:
        return 1 - float(joint_below(c, loadings, df=degrees, sides=sides)) - alpha

    low, high = (0.0 if sides == 2 else -10.0), 8.0
    while over(high) > 0:
        high *= 2
    return float(brentq(over, low, high, xtol=1e-12))


def dunnett_p_value(
    largest: Floats | float, treatments: int, *, ratio: float | Sequence[float] = 1.0, df: float = math.inf
) -> Floats:
    """One-sided p value that none of `treatments` differs from the control, from their largest z (any shape)."""
    k = whole("treatments", treatments, 1, MOST_ARMS - 1)
    return np.asarray(np.clip(1 - joint_below(largest, _loadings(ratio, k), df=_degrees(df)), 1e-16, 1.0), dtype=float)


def _loadings(ratio: float | Sequence[float], k: int) -> tuple[float, ...]:
    if isinstance(ratio, int | float):
        return (loading(ratio),) * k
    if len(ratio) != k:
        raise ContradictoryInputError(
            f"{len(ratio)} ratios for {k} treatments", where="ratio", hint="Give one for all, or one for each."
        )
    return tuple(loading(r) for r in ratio)


def _degrees(df: float) -> float:
    if isinstance(df, int | float) and not isinstance(df, bool) and df == math.inf:
        return math.inf
    return between("df", df, 1, 1e9, closed=True)


def _means(means: Sequence[float] | None, loadings: Sequence[float]) -> tuple[float, ...]:
    if means is None:
        return (0.0,) * len(loadings)
    if len(means) != len(loadings):
        raise ContradictoryInputError(
            f"{len(means)} means for {len(loadings)} treatments", where="means", hint="Give one for each."
        )
    return tuple(finite("means", float(m)) for m in means)


def _joint(
    c: Floats, loadings: tuple[float, ...], means: tuple[float, ...], df: float, sides: int, *, above: bool
) -> Floats:
    flat = c.ravel()
    if df == math.inf:
        found = _given_spread(flat, loadings, means, sides, above)
    else:
        spread, weights = _spread(df)
        limits = flat[:, None] * spread
        found = _given_spread(limits.ravel(), loadings, means, sides, above).reshape(limits.shape) @ weights
    return np.asarray(np.clip(found, 0.0, 1.0).reshape(c.shape), dtype=float)


def _given_spread(c: Floats, loadings: tuple[float, ...], means: tuple[float, ...], sides: int, above: bool) -> Floats:
    """Joint probabilities of normal statistics at limits of shape (m,)."""
    nodes, weights = _control(1024 if max(loadings) > 0.97 else 128)
    groups: dict[tuple[float, float], int] = {}
    for pair in zip(loadings, means, strict=True):
        groups[pair] = groups.get(pair, 0) + 1
    found = np.empty(len(c))
    step = max(1, 2_000_000 // len(nodes))
    for start in range(0, len(c), step):
        limit = c[start : start + step, None]
        product = np.ones((limit.shape[0], len(nodes)))
        for (load, mean), count in groups.items():
            own = math.sqrt(1 - load**2)
            below = ndtr((limit - mean - load * nodes) / own)
            if sides == 2:
                below = below - ndtr((-limit - mean - load * nodes) / own)
            product *= (1 - below if above else below) ** count
        found[start : start + step] = product @ weights
    return found


@lru_cache(maxsize=4)
def _control(points: int) -> tuple[Floats, Floats]:
    nodes, weights = gauss_legendre(points)
    x = _REACH * nodes
    return x, _REACH * weights * np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)


@lru_cache(maxsize=64)
def _spread(df: float) -> tuple[Floats, Floats]:
    """Nodes of the pooled standard deviation over the true one, with probability weights."""
    law = chi(df, scale=1 / math.sqrt(df))
    low, high = float(law.ppf(1e-15)), float(law.isf(1e-15))
    low, high = math.log(low), math.log(high)  # few degrees of freedom reach far down
    nodes, weights = gauss_legendre(_SPREAD_NODES)
    s = np.exp((low + high) / 2 + (high - low) / 2 * nodes)
    return s, (high - low) / 2 * weights * s * law.pdf(s)
