"""The closed formulas of survival trials: events of Schoenfeld and Freedman, sizes of Lachin and Foulkes and of Chow.

z-values and hazard ratios are converted as gsDesign's `hrn2z` and `zn2hr` do. Rates are per unit of time, times from
the first entry.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm

from benchside.tools.trials.design.checks import error_rates, not_negative, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.events import EventModel


def quantiles(alpha: float, sides: int, power: float) -> tuple[float, float]:
    """Normal quantiles of the level of one side, and of the power."""
    error_rates(alpha, sides, power)
    return float(norm.isf(alpha / sides)), float(norm.ppf(power))


def log_ratio(hazard_ratio: float, null: float = 1.0) -> float:
    """Log of the hazard ratio against that of the null.

    Raises:
        ContradictoryInputError: they are equal.
    """
    found = math.log(positive("hazard_ratio", hazard_ratio) / positive("null", null))
    if found == 0:
        raise ContradictoryInputError(
            f"the hazard ratio {hazard_ratio:g} equals the null", where="hazard_ratio", hint="Change one of them."
        )
    return found


def schoenfeld_events(
    hazard_ratio: float, alpha: float, power: float, *, sides: int = 1, share: float = 0.5, null: float = 1.0
) -> float:
    """Events of a log-rank test, not rounded (Schoenfeld 1981): (z_alpha + z_power)^2 / (p (1 - p) log(hr / null)^2).

    Args:
        hazard_ratio: treatment against control.
        alpha: total over the sides.
        power: wanted.
        sides: 1 or 2.
        share: of the participants in the treatment arm, p.
        null: hazard ratio of the null, such as a non-inferiority margin.
    """
    za, zb = quantiles(alpha, sides, power)
    p = probability("share", share)
    return (za + zb) ** 2 / (p * (1 - p) * log_ratio(hazard_ratio, null) ** 2)


def schoenfeld_power(
    events: float, hazard_ratio: float, alpha: float, *, sides: int = 1, share: float = 0.5, null: float = 1.0
) -> float:
    """Power with that many events, the rejections on the wrong side not counted (Schoenfeld 1981)."""
    error_rates(alpha, sides)
    p = probability("share", share)
    drift = math.sqrt(positive("events", events) * p * (1 - p)) * abs(log_ratio(hazard_ratio, null))
    return float(norm.cdf(drift - norm.isf(alpha / sides)))


def freedman_events(hazard_ratio: float, alpha: float, power: float, *, sides: int = 1, share: float = 0.5) -> float:
    """Events of a log-rank test, not rounded (Freedman 1982).

    (z_alpha + z_power)^2 (1 + r hr)^2 / (r (1 - hr)^2), with r treated per control; for unequal arms as
    in Machin, Campbell, Tan and Tan 2009.
    """
    za, zb = quantiles(alpha, sides, power)
    log_ratio(hazard_ratio)
    r = probability("share", share) / (1 - share)
    return (za + zb) ** 2 * (1 + r * hazard_ratio) ** 2 / (r * (1 - hazard_ratio) ** 2)


def freedman_participants(
    hazard_ratio: float, control_survival: float, alpha: float, power: float, *, sides: int = 2
) -> float:
    """Participants of both equal arms when survival is known at the end: 2 events / (2 - S1 - S2) (Freedman 1982)."""
    events = freedman_events(hazard_ratio, alpha, power, sides=sides)
    surviving = probability("control_survival", control_survival)
    return float(2 * events / (2 - surviving - surviving**hazard_ratio))


def lachin_foulkes_participants(
    model: EventModel, hazard_ratio: float, alpha: float, power: float, *, sides: int = 1, null: float = 1.0
) -> float:
    """Participants in all for a test of the log hazard ratio, not rounded (Lachin and Foulkes 1986).

    (z_alpha sqrt(v0) + z_power sqrt(v1))^2 / log(hr / null)^2, with v the sum over the arms of one over the share of
    the arm's participants times its probability of an event, v0 under averaged hazards in the ratio of the null. This
    is what gsDesign's `nSurv` computes by default.
    """
    za, zb = quantiles(alpha, sides, power)
    v0, v1 = log_ratio_variances(model, null)
    return (za * math.sqrt(v0) + zb * math.sqrt(v1)) ** 2 / log_ratio(hazard_ratio, null) ** 2


def log_ratio_variances(model: EventModel, null: float = 1.0) -> tuple[float, float]:
    """Variance of the estimated log hazard ratio times the participants, under the null and as assumed."""
    n = model.accrual.total
    none, some = model.under_null(null).events(_at(model)), model.events(_at(model))
    return float((n / none).sum()), float((n / some).sum())


def lachin_foulkes_difference(
    model: EventModel, rates: tuple[float, float], alpha: float, power: float, *, null_variance: bool, sides: int = 1
) -> float:
    """Participants in all for a test of the difference of two exponential hazards, not rounded.

    Lachin and Foulkes 1986; gsDesign's `nSurvival(type = "rd")`.

    Args:
        model: with those hazards.
        rates: hazards of treatment and control.
        alpha, power, sides: of the test.
        null_variance: whether the variance under the mean hazard is used for the level (else that of the alternative).
    """
    za, zb = quantiles(alpha, sides, power)
    n = model.accrual.total
    arms = (model.treatment_share, 1 - model.treatment_share)
    per_participant = model.events(_at(model)) / n
    v1 = sum(rate**2 / float(d) for rate, d in zip(rates, per_participant, strict=True))
    v0 = v1
    if null_variance:
        mean = sum(rate * share for rate, share in zip(rates, arms, strict=True))
        probability_null = float((model.under_null().events(_at(model)) / n / arms)[0])
        v0 = mean**2 / (arms[0] * arms[1] * probability_null)
    difference = rates[0] - rates[1]
    if difference == 0:
        raise ContradictoryInputError("the hazards are equal", where="rates", hint="Assume different hazards.")
    return (za * math.sqrt(v0) + zb * math.sqrt(v1)) ** 2 / difference**2


def exponential_difference_per_arm(
    model: EventModel, rates: tuple[float, float], alpha: float, power: float, *, sides: int = 2, ratio: float = 1.0
) -> float:
    """Participants of the second arm for a test of two exponential hazards, not rounded.

    Chow, Shao and Wang 2008, section 7.2: (z_alpha + z_power)^2 (s1 / k + s2) / (l1 - l2)^2 with s = l^2 / probability
    of an event, and k of the first arm per one of the second. Without dropout it agrees with Lachin and Foulkes with
    the variance of the alternative only.
    """
    za, zb = quantiles(alpha, sides, power)
    shares = model.event_shares(_at(model))
    spread = [rate**2 / float(share) for rate, share in zip(rates, shares, strict=True)]
    if rates[0] == rates[1]:
        raise ContradictoryInputError("the hazards are equal", where="rates", hint="Assume different hazards.")
    return (za + zb) ** 2 * (spread[0] / positive("ratio", ratio) + spread[1]) / (rates[0] - rates[1]) ** 2


def cox_participants(
    log_hazard_ratio: float, share: float, event_probability: float, alpha: float, power: float, *, sides: int = 2
) -> float:
    """Participants for a Cox model with one binary covariate (Schoenfeld 1983; Chow, Shao and Wang 2008, 7.3)."""
    events = schoenfeld_events(math.exp(log_hazard_ratio), alpha, power, sides=sides, share=share)
    return events / probability("event_probability", event_probability)


def hazard_ratio_at(z: float, events: float, *, share: float = 0.5, null: float = 1.0, direction: int = -1) -> float:
    """The hazard ratio at which a statistic of z stands with that many events (gsDesign's `zn2hr`).

    `direction` is -1 where a positive z means a lower hazard.
    """
    p = probability("share", share)
    return positive("null", null) * math.exp(direction * z / math.sqrt(positive("events", events) * p * (1 - p)))


def z_at(hazard_ratio: float, events: float, *, share: float = 0.5, null: float = 1.0, direction: int = -1) -> float:
    """The statistic at which an estimated hazard ratio stands with that many events (gsDesign's `hrn2z`)."""
    p = probability("share", share)
    log = math.log(positive("hazard_ratio", hazard_ratio) / positive("null", null))
    return direction * log * math.sqrt(not_negative("events", events) * p * (1 - p))


def _at(model: EventModel) -> Floats:
    return np.asarray(model.duration)
