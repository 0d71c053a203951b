"""Inference at the analysis of a group-sequential trial.

The stage-wise ordering gives a p value, a median-unbiased estimate and an interval to a trial that stopped; repeated
confidence intervals hold whether or not it stopped by its rule.

Everything is on the scale of the drift, the mean of the final Z statistic: an effect is drift / sqrt(I_max).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from benchside.tools.trials.design.checks import between, finite, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, UnreachableError
from benchside.tools.trials.design.sequential.plan import Plan, efficacy_bounds
from benchside.tools.trials.design.sequential.recursion import crossing_probabilities

Floats = NDArray[np.float64]
LARGEST_Z = 30.0
SMALLEST_LEVEL = 1e-12
LARGEST_LEVEL = 0.499999


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval on the scale of the drift."""

    lower: float
    upper: float
    level: float


@dataclass(frozen=True, slots=True)
class StagewiseResult:
    """What a trial that stopped showed, by the stage-wise ordering.

    Attributes:
        p_value: one-sided, against no effect in favour of a positive drift.
        estimate: median-unbiased drift.
        interval: of the given level, two-sided.
    """

    p_value: float
    estimate: float
    interval: Interval

    @property
    def two_sided_p_value(self) -> float:
        """Twice the smaller tail."""
        return 2 * min(self.p_value, 1 - self.p_value)


def stagewise_p_value(
    plan: Plan, look: int, z: float, drift: float = 0.0, *, obey_futility: bool | None = None
) -> float:
    """Probability, at a drift, of an outcome at least as extreme: crossing above earlier, or a Z as large at this look.

    The order is that of Tsiatis, Rosner & Mehta (1984): earlier crossings above come first, earlier ones below last.

    Args:
        look: number of the look at which the trial stopped, from 1.
        z: Z statistic there.
        drift: true drift; 0 gives the p value.
        obey_futility: whether futility bounds stopped trials; by default where the plan counts on them. A two-sided
            plan always stops at both bounds.
    """
    k = whole("look", look, 1, plan.looks)
    value = between("z", z, -LARGEST_Z, LARGEST_Z)
    obeys = plan.sides == 2 or (plan.binding if obey_futility is None else obey_futility)
    upper = np.append(plan.upper[: k - 1], value)
    lower = np.append(plan.lower[: k - 1] if obeys else np.full(k - 1, -math.inf), -math.inf)
    return float(crossing_probabilities(plan.fractions[:k], lower, upper, drift).reject)


def stagewise_result(
    plan: Plan, look: int, z: float, level: float = 0.95, *, obey_futility: bool | None = None
) -> StagewiseResult:
    """P value, median-unbiased estimate (Kim 1989) and confidence interval by the stage-wise ordering.

    Args:
        look, z: where the trial stopped, and its Z statistic there.
        level: confidence level of the two-sided interval.
        obey_futility: as in `stagewise_p_value`.
    """
    tail = (1 - between("level", level, 0, 1)) / 2

    def tail_at(drift: float) -> float:
        return stagewise_p_value(plan, look, z, drift, obey_futility=obey_futility)

    start = finite("z", z) / math.sqrt(float(plan.fractions[whole("look", look, 1, plan.looks) - 1]))
    limits = [_increasing_root(tail_at, goal, start) for goal in (tail, 0.5, 1 - tail)]
    return StagewiseResult(tail_at(0.0), limits[1], Interval(limits[0], limits[2], level))


def repeated_confidence_interval(plan: Plan, look: int, z: float) -> Interval:
    """Interval that holds simultaneously over all looks (Jennison & Turnbull 1989): (Z -+ bound) / sqrt(t).

    Its level is 1 - alpha for a two-sided plan; for a one-sided one it is 1 - 2 alpha, each limit holding at 1 - alpha.
    """
    j = whole("look", look, 1, plan.looks) - 1
    root = math.sqrt(float(plan.fractions[j]))
    value, bound = finite("z", z), float(plan.upper[j])
    return Interval((value - bound) / root, (value + bound) / root, 1 - 2 * plan.alpha_per_side)


def repeated_p_value(plan: Plan, look: int, z: float) -> float:
    """Smallest one-sided level at which the same plan would reject at this look with this Z.

    Bounds at another level come from the same rule; futility bounds are ignored, except fixed binding ones.
    Values above 0.499999 are given as that.
    """
    j = whole("look", look, 1, plan.looks) - 1
    value = finite("z", z)
    fixed = np.array(plan.futility) if plan.binding and isinstance(plan.futility, tuple) else None

    def above(log_level: float) -> float:
        try:
            bounds = efficacy_bounds(
                plan.fractions, math.exp(log_level), plan.efficacy, symmetric=plan.sides == 2, lower=fixed
            )
        except (ContradictoryInputError, UnreachableError):  # a level so high that all who continue reject
            return -LARGEST_Z
        return min(float(bounds[j]), LARGEST_Z) - value

    low, high = math.log(SMALLEST_LEVEL), math.log(LARGEST_LEVEL)
    if above(high) >= 0:
        return LARGEST_LEVEL
    if above(low) <= 0:
        return SMALLEST_LEVEL
    return math.exp(float(brentq(above, low, high, xtol=1e-12)))


def _increasing_root(function: Callable[[float], float], goal: float, start: float) -> float:
    """Where an increasing function of the drift takes a value."""
    step, low, high = 1.0, start - 1.0, start + 1.0
    while function(low) > goal:
        step *= 2
        low -= step
        if step > 1e3:
            raise UnreachableError("the interval has no lower limit", where="z", hint="Check the Z statistic.")
    step = 1.0
    while function(high) < goal:
        step *= 2
        high += step
        if step > 1e3:
            raise UnreachableError("the interval has no upper limit", where="z", hint="Check the Z statistic.")
    return float(brentq(lambda d: function(d) - goal, low, high, xtol=1e-11))
