"""Restricted mean survival time: the mean time to the event up to a horizon, its variance under a model, its test.

The estimate is the area under the Kaplan-Meier curve up to the horizon. Its variance per participant is the integral
over t of (remaining area from t)^2 hazard(t) / P(at risk at t) (Uno et al. 2014; Royston and Parmar 2013).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.events import EventModel
from benchside.tools.trials.design.survival.logrank import packed
from benchside.tools.trials.design.survival.rates import PiecewiseRates, Risk
from benchside.tools.trials.design.survival.simulation import checked_draws, chunks, patients
from benchside.tools.trials.design.survival.statistics import TimeToEvent

_NODES, _SHARES = np.polynomial.legendre.leggauss(40)


def restricted_mean(hazard: PiecewiseRates, horizon: float, since: Floats | float = 0.0) -> Floats:
    """Area under the survival curve from `since` to `horizon`, closed form; shape of `since`."""
    since = np.asarray(since, dtype=float)
    total = np.zeros(since.shape)
    for start, end, rate in zip(hazard.starts, (*hazard.starts[1:], math.inf), hazard.rates, strict=True):
        low = np.clip(since, start, min(max(end, start), horizon)) if start < horizon else None
        if low is None:
            break
        span = np.clip(min(end, horizon) - low, 0, None)
        alive = np.exp(-hazard.cumulative(low))
        total += alive * (span if rate == 0 else -np.expm1(-rate * span) / rate)
    return total


def rmst_variance(risk: Risk, model: EventModel, horizon: float, time: float | None = None) -> float:
    """Variance of an arm's estimated restricted mean, times its participants, at a calendar time.

    Args:
        risk: of the arm (in one stratum).
        model: entry and follow-up.
        horizon: at most the calendar time.
        time: calendar time of the analysis; the final one when not given.
    """
    at = model.duration if time is None else time
    steps = {0.0, horizon, *(at - s for s in model.accrual.steps()), *map(float, risk.starts)}
    cuts = np.asarray(sorted(s for s in steps if 0 <= s <= horizon))
    low, half = cuts[:-1, None], np.diff(cuts)[:, None] / 2
    t = (low + half * (1 + _NODES)).ravel()
    dt = (half * _SHARES).ravel()
    here = model.accrual.entered(at - t) / model.accrual.entered(np.asarray(at)) * risk.at_risk(t)
    remaining = restricted_mean(risk.event, horizon, t)
    return float(dt @ (remaining**2 * risk.event.rate(t) / np.maximum(here, 1e-300)))


@dataclass(frozen=True, kw_only=True)
class RestrictedMean(TimeToEvent):
    """Test of the difference of two restricted means at the final calendar time.

    Attributes:
        horizon: of the means.
        null: difference that is to be excluded.
    """

    horizon: float
    null: float = 0.0

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Difference less the null, over its standard error."""

        def one(row: Floats) -> float:
            model = self.model_of(row)
            difference, variance = 0.0, 0.0
            for stratum in model.strata:
                treated, control = (float(restricted_mean(arm.event, self.horizon)) for arm in stratum.arms)
                difference += stratum.share * (treated - control)
                variance += stratum.share * sum(
                    rmst_variance(arm, model, self.horizon) / float(n) for arm, n in zip(stratum.arms, row, strict=True)
                )
            return (difference - self.null) / math.sqrt(variance)

        return self.direction * self._by_row(np.asarray(sizes, dtype=float), one)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power at sizes of shape (..., 2)."""
        return np.asarray(norm.cdf(self.drift(sizes, alpha, sides) - norm.isf(alpha / sides)))

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """By the square of the drift; by search where the accrual rate sets the duration."""
        if self.rate_driven:
            return super().total(alpha, sides, power, weights)
        unit = float(self.drift(np.asarray(weights, dtype=float), alpha, sides))
        return float(((norm.isf(alpha / sides) + norm.ppf(power)) / unit) ** 2)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Estimated differences less the null over their Greenwood standard errors, at the final calendar time."""
        checked_draws(trials, sizes)
        model = self.model_of(sizes)
        found = []
        for count in chunks(trials, sum(sizes)):
            drawn = patients(model, sizes, count, rng)
            since = model.duration - drawn.entry
            event = drawn.event & (drawn.time <= since)
            time = np.minimum(drawn.time, since)
            arms = [
                estimated(time[:, columns], event[:, columns], self.horizon)
                for columns in (slice(0, sizes[0]), slice(sizes[0], None))
            ]
            spread = np.sqrt(arms[0][1] + arms[1][1])
            excess = arms[0][0] - arms[1][0] - self.null
            found.append(np.divide(excess, spread, out=np.zeros_like(excess), where=spread > 0))
        return self.direction * np.repeat(np.concatenate(found)[:, None], len(fractions), axis=1)

    def monitored(self) -> None:
        """Out of scope."""
        self.refuse_monitoring("its horizon must have passed, so looks are not shares of the events")


def estimated(time: Floats, event: NDArray[np.bool_], horizon: float) -> tuple[Floats, Floats]:
    """Area under Kaplan-Meier curves up to a horizon and its Greenwood variance, shape (trials,) each.

    Args:
        time, event: of one arm, shape (trials, n). A curve that ends before the horizon goes on level.
        horizon: of the mean.
    """
    keys = np.sort(packed(time, event, np.zeros(time.shape[1], dtype=bool)), axis=1)
    happened = (keys & 2) == 0
    at = np.minimum((keys & ~np.int64(3)).view(np.float64), horizon)
    at_risk = np.arange(time.shape[1], 0, -1, dtype=float)
    alive = np.ones((len(keys), keys.shape[1] + 1))
    np.cumprod(1 - happened / at_risk, axis=1, out=alive[:, 1:])
    edges = np.concatenate([np.zeros((len(at), 1)), at, np.full((len(at), 1), horizon)], axis=1)
    areas = np.cumsum(alive * np.diff(edges, axis=1), axis=1)
    mean = areas[:, -1]
    remaining = mean[:, None] - areas[:, :-1]
    inside = happened & (at < horizon)
    variance = (remaining**2 * inside / (at_risk * np.maximum(at_risk - 1, 1))).sum(axis=1)
    return mean, variance
