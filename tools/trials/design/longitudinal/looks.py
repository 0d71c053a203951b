"""Who is in an interim look, on which side of the null the alternative lies, and the power of its t test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from benchside.tools.trials.design.statistic import Floats


def counts_at(sizes: Sequence[int], fraction: float) -> list[int]:
    """Participants of each arm at a fraction of the whole, rounded to the nearest, at least 1."""
    return [max(1, min(int(n), int(n * fraction + 0.5))) for n in sizes]


def direction_of(effect: float, nulls: tuple[float, ...], no_effect: float) -> int:
    """1 where the alternative lies above the null, -1 where below; at the null itself, the side of no effect (or 1)."""
    if len(nulls) == 2 or effect > nulls[0]:
        return 1
    if effect < nulls[0]:
        return -1
    return -1 if no_effect < nulls[0] else 1


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


def t_power(shift: Floats, df: Floats, critical: Floats, sides: int) -> Floats:
    """Chance that a noncentral t statistic reaches `critical`, or, two-sided, minus it on the other side."""
    found = t_tail(shift, df, critical)
    return found + t_tail(-shift, df, critical) if sides == 2 else found
