"""What must give for a power: the accrual rate, the accrual duration or the follow-up, the others being fixed.

The rate is the classic answer of Lachin and Foulkes (1986); duration and follow-up at fixed rates are those of Kim and
Tsiatis (1990), gsDesign's `nSurv` with `T = NULL` and `minfup = NULL`, and lrstat's `lrsamplesize`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from benchside.tools.trials.design.allocation import ceiling
from benchside.tools.trials.design.checks import LARGEST_N, error_rates, probability
from benchside.tools.trials.design.errors import OutOfScopeError, UnreachableError
from benchside.tools.trials.design.survival.events import EventModel
from benchside.tools.trials.design.survival.statistics import (
    Freedman,
    LachinFoulkes,
    LogRank,
    Schoenfeld,
    WeightedLogRank,
)

PowerOf = Callable[[EventModel], float]
Solved = Literal["accrual rate", "accrual duration", "follow-up"]
_LONGEST = 1e5  # times the duration that was given
_TESTS: dict[str, type[LogRank]] = {
    "schoenfeld": Schoenfeld,
    "freedman": Freedman,
    "lachin-foulkes": LachinFoulkes,
    "log-rank": WeightedLogRank,
}


def fixed_power(
    hazard_ratio: float, alpha: float, *, sides: int = 1, null: float = 1.0, test: str = "lachin-foulkes"
) -> PowerOf:
    """The power of a fixed design as a function of the trial, with its accrual rates taken at their word.

    Args:
        hazard_ratio: assumed; the hazards of the model should be in that ratio.
        alpha: total over the sides.
        sides: 1 or 2.
        null: hazard ratio of the null, for schoenfeld and lachin-foulkes.
        test: schoenfeld, freedman, lachin-foulkes or log-rank.

    Raises:
        OutOfScopeError: another test, or a null that the test does not have.
    """
    error_rates(alpha, sides)
    if test not in _TESTS or (null != 1 and test not in ("schoenfeld", "lachin-foulkes")):
        raise OutOfScopeError(
            f"the test {test!r} against a hazard ratio of {null:g}",
            where="test",
            hint=f"Choose one of {', '.join(_TESTS)}; at a null ratio other than 1, schoenfeld or lachin-foulkes.",
        )
    made = _TESTS[test]
    direction = 1 if hazard_ratio > null else -1

    def power(model: EventModel) -> float:
        statistic = made(model=model, direction=direction, hazard_ratio=hazard_ratio, null=null)
        sizes = np.asarray([model.treatment_share, 1 - model.treatment_share]) * model.accrual.total
        return float(statistic.power(sizes, alpha, sides))

    return power


def solved(model: EventModel, power_of: PowerOf, power: float, unknown: Solved) -> EventModel:
    """The trial with one assumption changed so that it has the power.

    Args:
        model: the trial; its value of the unknown is where the search starts.
        power_of: power of a trial, which rises with the unknown.
        power: wanted.
        unknown: what may change.

    Raises:
        UnreachableError: nothing reaches the power, or the trial already exceeds it with no follow-up at all.
    """
    probability("power", power)
    change = _CHANGES[unknown]

    def lacking(log_factor: float) -> float:
        return power_of(change(model, math.exp(log_factor))) - power

    if unknown == "follow-up" and power_of(model.with_follow_up(0.0)) >= power:
        raise UnreachableError(
            "the accrual alone already reaches the power, without any follow-up",
            where="follow_up",
            hint="Shorten the accrual, or solve for its duration.",
        )
    low, high, most = 0.0, 0.0, math.log(_LONGEST)
    while lacking(high) < 0:
        high += 0.7
        if high > most or change(model, math.exp(high)).accrual.total > LARGEST_N:
            raise UnreachableError(
                f"no {unknown} reaches a power of {power:g}",
                where=unknown.replace(" ", "_").replace("-", "_"),
                hint="Let another of accrual rate, accrual duration and follow-up be larger.",
            )
    while lacking(low) > 0:
        low -= 0.7
        if low < -40:
            return change(model, math.exp(low))
    if low == high:
        return change(model, 1.0)
    return change(model, math.exp(brentq(lacking, low, high, xtol=1e-13, rtol=1e-14)))


def in_whole_numbers(model: EventModel, unknown: Solved) -> EventModel:
    """The trial with the unknown raised until participants (or, for follow-up, expected events) are whole.

    So rounds lrstat: a larger rate or a longer accrual for the next whole number of participants, a longer follow-up
    for the next whole number of events.
    """
    if unknown == "follow-up":
        events = ceiling(float(model.total_events(np.asarray(model.duration))))
        return model.with_follow_up(model.time_of(events) - model.accrual.duration)
    n = ceiling(model.accrual.total)
    if unknown == "accrual duration":
        return model.with_accrual(model.accrual.lasting(model.accrual.duration_for(n)))
    return model.with_accrual(model.accrual.scaled(n / model.accrual.total))


def _rate(model: EventModel, factor: float) -> EventModel:
    return model.with_accrual(model.accrual.scaled(factor))


def _duration(model: EventModel, factor: float) -> EventModel:
    return model.with_accrual(model.accrual.lasting(model.accrual.duration * factor))


def _follow_up(model: EventModel, factor: float) -> EventModel:
    return model.with_follow_up((model.follow_up or model.accrual.duration) * factor)


_CHANGES: dict[Solved, Callable[[EventModel, float], EventModel]] = {
    "accrual rate": _rate,
    "accrual duration": _duration,
    "follow-up": _follow_up,
}
