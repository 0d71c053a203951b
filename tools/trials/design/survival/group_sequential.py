"""Looks at a survival trial: events, calendar times and hazard ratios at the bounds; weighted tests by their own drift.

Two questions. `survival_plan` inflates the fixed design of Lachin and Foulkes for looks at shares of the events, as
gsDesign's `gsSurv` does. `weighted_looks` takes given bounds and asks what a (weighted) log-rank test does at them
under any hazards, its mean at each look an integral of its own, as lrstat's `lrpower` does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from benchside.tools.trials.design.checks import finite, information_fractions
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.sequential.plan import Plan, plan
from benchside.tools.trials.design.sequential.recursion import Crossing, crossing_probabilities
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.events import EventModel
from benchside.tools.trials.design.survival.formulas import lachin_foulkes_participants, log_ratio
from benchside.tools.trials.design.survival.moments import LOG_RANK, Moments, Weight, moments


@dataclass(frozen=True, eq=False)
class SurvivalPlan:
    """A monitored survival trial, nothing rounded.

    Attributes:
        plan: bounds of the looks.
        model: the trial with its accrual rates raised to the size.
        null: hazard ratio of the null.
        direction: -1 where a lower hazard of the treatment is the alternative.
        events: expected at the looks, shape (k,).
        times: calendar times of the looks, shape (k,).
    """

    plan: Plan
    model: EventModel
    null: float
    direction: int
    events: Floats
    times: Floats

    @property
    def participants(self) -> float:
        """In all."""
        return self.model.accrual.total

    def hazard_ratio_at(self, z: Floats) -> Floats:
        """Estimated hazard ratio at which statistics of the looks stand, shape (k,)."""
        p = self.model.treatment_share
        return np.asarray(self.null * np.exp(self.direction * z / np.sqrt(self.events * p * (1 - p))))

    def events_at(self, time: float) -> float:
        """Expected events by a calendar time."""
        return float(self.model.total_events(np.asarray(finite("time", time))))


def survival_plan(
    model: EventModel,
    hazard_ratio: float,
    fractions: Sequence[float],
    *,
    alpha: float = 0.025,
    power: float = 0.9,
    sides: int = 1,
    efficacy: str = "hsd:-4",
    futility: str | None = "hsd:-2",
    binding: bool = False,
    futility_under: Literal["alternative", "null"] = "alternative",
    null: float = 1.0,
) -> SurvivalPlan:
    """Size, events and calendar times of a monitored trial by Lachin and Foulkes, the accrual rate being solved for.

    Args:
        model: entry, hazards and follow-up; the accrual rates count in proportion only.
        hazard_ratio: assumed.
        fractions: of the final events, at the looks.
        alpha, power, sides: of the test; alpha is the total over the sides.
        efficacy, futility, binding, futility_under: see `sequential.plan.plan`.
        null: hazard ratio of the null.
    """
    bounds = plan(
        fractions,
        alpha,
        sides,
        power,
        efficacy,
        futility=futility,
        binding=binding,
        futility_under=futility_under,
    )
    fixed = lachin_foulkes_participants(model, hazard_ratio, alpha, power, sides=sides, null=null)
    larger = model.with_accrual(model.accrual.scaled(fixed * bounds.inflation / model.accrual.total))
    total = float(larger.total_events(np.asarray(larger.duration)))
    events = total * bounds.fractions
    times = np.asarray([larger.time_of(float(d)) for d in events[:-1]] + [larger.duration])
    direction = 1 if log_ratio(hazard_ratio, null) > 0 else -1
    return SurvivalPlan(bounds, larger, null, direction, events, times)


@dataclass(frozen=True, eq=False)
class WeightedLooks:
    """What a weighted log-rank test does at given bounds.

    Attributes:
        times: calendar times of the looks, shape (k,).
        events: expected at them, shape (k,).
        information: variance of the score as a share of the last, shape (k,).
        means: of the standardised statistics, positive towards the alternative, shape (k,).
        crossing: probabilities of crossing the bounds.
    """

    times: Floats
    events: Floats
    information: Floats
    means: Floats
    crossing: Crossing

    @property
    def power(self) -> float:
        """Probability of crossing an upper bound."""
        return float(self.crossing.reject)


def weighted_looks(
    model: EventModel,
    fractions: Sequence[float],
    upper: Sequence[float] | Floats,
    lower: Sequence[float] | Floats | None = None,
    *,
    weight: Weight = LOG_RANK,
    direction: int = -1,
) -> WeightedLooks:
    """Crossing probabilities of a weighted log-rank test under the hazards of a model, proportional or not.

    Looks of the plain log-rank test are at shares of the events, those of weighted ones at shares of their own
    information, as in lrstat; strata are summed.

    Args:
        model: the trial, its accrual rates taken at their word.
        fractions: of the looks, increasing, the last is 1.
        upper: efficacy bounds of the standardised statistic, shape (k,).
        lower: futility bounds, none for no futility.
        weight: powers (rho, gamma) of Fleming and Harrington.
        direction: -1 where fewer events of the treatment are the alternative.

    Raises:
        ContradictoryInputError: a number of bounds that is not that of the looks.
    """
    at = information_fractions("fractions", fractions)
    high = np.asarray(upper, dtype=float)
    low = np.full(len(at), -math.inf) if lower is None else np.asarray(lower, dtype=float)
    if high.shape != (len(at),) or low.shape != (len(at),):
        raise ContradictoryInputError(
            f"{high.size} upper and {low.size} lower bounds for {len(at)} looks", where="upper", hint="One each."
        )
    end = moments(model, model.duration, (weight,))

    def progress(found: Moments) -> float:
        return found.events if weight == LOG_RANK else float(found.covariance[0, 0])

    times = [
        brentq(
            lambda t, share=fraction: progress(moments(model, t, (weight,))) - share * progress(end),
            1e-6 * model.duration,
            model.duration,
            xtol=1e-10,
        )
        for fraction in at[:-1]
    ]
    found = [*(moments(model, t, (weight,)) for t in times), end]
    variance = np.asarray([float(m.covariance[0, 0]) for m in found])
    means = direction * np.asarray([float(m.z[0]) for m in found])
    # the statistics less their means are those of no effect, whatever the shape of the drift
    crossing = crossing_probabilities(variance / variance[-1], low - means, high - means, 0.0)
    return WeightedLooks(
        np.asarray([*times, model.duration]),
        np.asarray([m.events for m in found]),
        variance / variance[-1],
        means,
        crossing,
    )
