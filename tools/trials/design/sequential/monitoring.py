"""Bounds at the looks as they happened: more, fewer, earlier or later than planned, or with other information.

Spending is evaluated at the information that was really there, against the planned maximum; bounds of past looks stay
what they were, since each depends only on the looks before it. The final analysis spends what is left, whether it has
less information than planned (under-run) or more (overrun), and its critical value uses the true correlation of looks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import increasing
from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.sequential.boundaries import (
    Bounds,
    efficacy_by_spending,
    futility_pass,
    null_futility,
)
from benchside.tools.trials.design.sequential.plan import Plan
from benchside.tools.trials.design.sequential.recursion import Crossing, checked_information, crossing_probabilities
from benchside.tools.trials.design.sequential.spending import Custom, SpendingFunction

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Monitored:
    """Bounds at the looks so far.

    Attributes:
        fractions: information of each look against the planned maximum, shape (j,); above 1 when overrun.
        upper, lower: Z bounds, shape (j,).
        spent: cumulative error per side of the upper bounds, shape (j,).
        final: whether the last look is the final analysis.
        drift: of the plan, at fraction 1.
    """

    fractions: Floats
    upper: Floats
    lower: Floats
    spent: Floats
    final: bool
    drift: float

    def crossing(self, drift: float) -> Crossing:
        """Crossing probabilities of the looks so far, at a drift (mean of Z at the planned maximum)."""
        return crossing_probabilities(self.fractions, self.lower, self.upper, drift)


def monitor(
    plan: Plan, fractions: Sequence[float], *, final: bool, spending_time: Sequence[float] | None = None
) -> Monitored:
    """Bounds at actual looks.

    Args:
        plan: as it was made.
        fractions: information at each look so far, the present one last, against the planned maximum.
        final: whether the last of them is the final analysis, which then spends all that is left. A look with all of
            the planned information or more is always final.
        spending_time: fractions at which spending is evaluated instead, one a look (calendar time, or the smaller of
            planned and actual information); not above 1, never falling.

    Raises:
        ContradictoryInputError: looks out of order, or looks after all information was there.
        OutOfScopeError: fixed futility values at another number of looks than planned.
    """
    t = checked_information(increasing("fractions", fractions), "fractions")
    if t.size > 1 and t[-2] >= 1:
        raise ContradictoryInputError(
            "a look follows one that had all of the planned information",
            where="fractions",
            hint="The look that reaches fraction 1 is the final analysis.",
        )
    ends = final or bool(t[-1] >= 1)
    time = _time(t, spending_time)
    spent = _spending(plan).cumulative(time, plan.alpha_per_side)
    if ends:
        spent = np.append(spent[:-1], plan.alpha_per_side)
    spends = np.diff(spent, prepend=0.0)
    if plan.sides == 2:
        upper = efficacy_by_spending(t, spends, symmetric=True)
        return Monitored(t, upper, -upper, spent, ends, plan.drift)
    bounds = _one_sided(plan, t, time, spends, ends=ends)
    return Monitored(t, bounds.upper, bounds.lower, spent, ends, plan.drift)


def _time(t: Floats, spending_time: Sequence[float] | None) -> Floats:
    if spending_time is None:
        return np.minimum(t, 1.0)
    time = np.array(increasing("spending_time", spending_time))
    if time.size != t.size or time[-1] > 1:
        raise ContradictoryInputError(
            f"spending_time has {time.size} values up to {time[-1]:g} for {t.size} looks",
            where="spending_time",
            hint="Give one fraction up to 1 for each look.",
        )
    return time


def _spending(plan: Plan) -> SpendingFunction:
    """The plan's spending; of a boundary family, what it spends at the planned looks, linear between them."""
    if isinstance(plan.efficacy, SpendingFunction):
        return plan.efficacy
    spent = plan.cumulative_alpha()
    spent[-1] = plan.alpha_per_side
    return Custom(tuple(np.maximum.accumulate(spent).tolist()), tuple(plan.fractions.tolist()))


def _one_sided(plan: Plan, t: Floats, time: Floats, spends: Floats, *, ends: bool) -> Bounds:
    rule = plan.futility
    if rule is None:
        return Bounds(np.full(t.size, -math.inf), efficacy_by_spending(t, spends, symmetric=False))
    if isinstance(rule, tuple):
        return _fixed(plan, rule, t, spends, ends=ends)
    upper = None if plan.binding else efficacy_by_spending(t, spends, symmetric=False)
    if plan.futility_under == "null":
        shares = np.diff(rule.cumulative(time, 0.5) / 0.5, prepend=0.0)
        if ends:
            shares[-1] = 1 - shares[:-1].sum()
        whole = abs(plan.lower[-1] - plan.upper[-1]) < 1e-9  # the planned bounds meet
        return null_futility(t, upper, spends, shares, None if whole and ends else plan.lower_total)
    beta = rule.cumulative(time, plan.lower_total)
    bounds = futility_pass(t, upper, spends, np.diff(beta, prepend=0.0), plan.drift, close=ends).bounds
    high = bounds.upper if upper is None else upper
    return Bounds(np.minimum(bounds.lower, high), high)


def _fixed(plan: Plan, rule: tuple[float, ...], t: Floats, spends: Floats, *, ends: bool) -> Bounds:
    interim = t.size - 1 if ends else t.size
    if interim > len(rule) or (ends and interim != len(rule)):
        raise OutOfScopeError(
            f"futility Z values were fixed for {len(rule)} interim looks, not for {interim}",
            where="fractions",
            hint="Plan with a spending function for futility when the number of looks may change.",
        )
    low = np.array(rule[:interim])
    upper = efficacy_by_spending(t, spends, symmetric=False, lower=low if plan.binding else None)
    return Bounds(np.append(low, upper[-1]) if ends else low, upper)
