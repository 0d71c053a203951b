"""Clusters in an interim look, the side of the alternative, and t statistics on the normal scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special
from scipy.stats import norm
from scipy.stats import t as student

from benchside.tools.trials.design.statistic import Floats


def counts_at(sizes: Sequence[int], fraction: float) -> list[int]:
    """Clusters of each arm at a fraction of the whole, rounded to the nearest, at least 1."""
    return [max(1, min(int(n), int(n * fraction + 0.5))) for n in sizes]


def direction_of(effect: float, null: float, no_effect: float) -> int:
    """1 where the alternative lies above the null, -1 where below; at the null itself, the side of no effect (or 1)."""
    if effect == null:
        return -1 if no_effect < null else 1
    return 1 if effect > null else -1


def t_tail(shift: Floats, df: Floats, critical: Floats) -> Floats:
    """P(T >= critical) for a noncentral t statistic T and a critical value above 0.

    Where scipy's series cancels out to NaN (a shift to the other side and a chance below 1e-11) it is 0; beyond a shift
    of 10,000 the normal part no longer matters and T is the shift over the estimated spread.
    """
    near = special.nctdtr(df, -np.clip(shift, -1e4, 1e4), -critical)
    near = np.where(np.isnan(near) & ((shift < 0) | (critical > 1e50)), 0.0, near)
    with np.errstate(over="ignore"):
        far = special.chdtr(df, df * (shift / critical) ** 2)
    return np.asarray(np.where(shift > 1e4, far, near), dtype=float)


def t_power(shift: Floats, df: Floats, alpha: float, sides: int) -> Floats:
    """Power of a t test whose statistic has the noncentrality `shift`, both sides counted; 0 without df."""
    usable = df > 0
    freedom = np.where(usable, df, 1.0)
    critical = student.isf(alpha / sides, freedom)
    moved = np.where(usable, shift, 0.0)
    found = t_tail(moved, freedom, critical)
    if sides == 2:
        found = found + t_tail(-moved, freedom, critical)
    return np.asarray(np.where(usable, found, 0.0), dtype=float)


def z_power(shift: Floats, alpha: float, sides: int) -> Floats:
    """Power of a normal test, without the wrong side, as sample-size formulas have it."""
    return np.asarray(norm.cdf(shift - norm.isf(alpha / sides)), dtype=float)


def normal_scale(t: Floats, df: float) -> Floats:
    """t statistics as normal ones of the same p value; 0 without degrees of freedom, where there is no test."""
    if df <= 0:
        return np.zeros_like(t)
    return np.asarray(np.sign(t) * norm.isf(student.sf(np.abs(t), df)), dtype=float)
