"""Recurrent events over varying follow-up: robust comparison of rates, and negative binomial regression."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.checks import not_negative, positive
from benchside.tools.trials.design.counted import NormalCount, standardised
from benchside.tools.trials.design.counts.dispersion import SMALLEST
from benchside.tools.trials.design.counts.exposure import Exposure
from benchside.tools.trials.design.counts.ratio import RateRatioEndpoint
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats

_CELLS = 2_000_000  # participants held at once
_STEPS = 5  # of reweighting: the statistic then changes by less than 0.0001
LARGEST_MEAN = 1e6


@dataclass(frozen=True)
class EventData:
    """Log rates of both arms and the variances of these estimates, each of shape (trials, looks)."""

    treatment: Floats
    control: Floats
    treatment_variance: Floats
    control_variance: Floats


@dataclass(frozen=True, kw_only=True)
class RecurrentEventsTest(NormalCount):
    """Wald test of the log rate ratio of recurrent events.

    Attributes:
        treatment, control: true rates per unit of time.
        dispersion: variance of the frailty, a gamma variable of mean 1 that multiplies a participant's rate.
        exposure: law of the follow-up.
        model: `robust` is Poisson estimation with the sandwich variance (Lawless and Nadeau 1995; at a constant rate
            and like follow-up in both arms as efficient as Lin, Wei, Yang and Ying 2000), `negative-binomial` is
            regression with a common dispersion (Tang 2015), which in simulated trials is estimated by moments.
    """

    treatment: float
    control: float
    dispersion: float
    exposure: Exposure
    null: float
    direction: int
    model: Literal["robust", "negative-binomial"]
    label: str
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ()

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`; one variance, for Wald tests do not use that of the null."""
        error = np.sqrt(self._variance(self.treatment) / sizes[..., 0] + self._variance(self.control) / sizes[..., 1])
        distance = math.log(self.treatment / self.control / self.null)
        return np.full(sizes.shape[:-1], distance), error, error

    def _variance(self, rate: float) -> float:
        """Of the log rate, from one participant."""
        if self.model == "negative-binomial":
            return 1 / self.exposure.information(rate, self.dispersion)
        mean = self.exposure.mean()
        return 1 / (rate * mean) + self.dispersion * self.exposure.mean_square() / mean**2

    def expected_events(self, sizes: Floats) -> Floats:
        """Events of both arms together."""
        sizes = np.asarray(sizes, dtype=float)
        return self.exposure.mean() * (sizes[..., 0] * self.treatment + sizes[..., 1] * self.control)

    def draw(
        self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int
    ) -> EventData:
        """Estimates at looks, each of the first participants of both arms with their follow-up."""
        step = max(1, _CELLS // max(1, sum(sizes)))
        parts = [self._estimates(rng, sizes, fractions, min(step, trials - start)) for start in range(0, trials, step)]
        return EventData(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _estimates(
        self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int
    ) -> tuple[Floats, Floats, Floats, Floats]:
        at = [counts_at(n, fractions) for n in sizes]
        arms = []
        for n, rate in zip(sizes, (self.treatment, self.control), strict=True):
            time = self.exposure.draw(rng, (trials, n))
            frailty = rng.gamma(1 / self.dispersion, self.dispersion, time.shape) if self.dispersion > SMALLEST else 1.0
            arms.append((rng.poisson(rate * time * frailty).astype(float), time))
        looks = []
        for k in range(len(fractions)):
            here = [(y[:, : at[i][k]], t[:, : at[i][k]]) for i, (y, t) in enumerate(arms)]
            looks.append(_robust(here) if self.model == "robust" else _negative_binomial(here))
        first, second, third, fourth = (np.stack(columns, axis=1) for columns in zip(*looks, strict=True))
        return first, second, third, fourth

    def standardise(self, data: EventData) -> Floats:
        """Difference of log rates, less that of the null, by its standard error."""
        return standardised(
            data.treatment - data.control - math.log(self.null), data.treatment_variance + data.control_variance
        )


Arms = list[tuple[Floats, Floats]]
"""Events and exposures of both arms, each (trials, participants)."""


def _rate(events: Floats, time: Floats) -> Floats:
    """Events by exposure; an arm without events counts half of one."""
    return np.asarray(np.maximum(events, 0.5) / time, dtype=float)


def _robust(arms: Arms) -> tuple[Floats, Floats, Floats, Floats]:
    logs, variances = [], []
    for y, t in arms:
        events = y.sum(axis=1)
        rate = _rate(events, t.sum(axis=1))
        logs.append(np.log(rate))
        squares = ((y - rate[:, None] * t) ** 2).sum(axis=1)
        # without events the residuals vanish; the variance is then that of half an event
        variances.append(np.where(events > 0, squares, 0.5) / np.maximum(events, 0.5) ** 2)
    return logs[0], logs[1], variances[0], variances[1]


def _negative_binomial(arms: Arms) -> tuple[Floats, Floats, Floats, Floats]:
    rates = [_rate(y.sum(axis=1), t.sum(axis=1)) for y, t in arms]
    dispersion = np.zeros_like(rates[0])
    for _ in range(_STEPS):
        over, under = np.zeros_like(dispersion), np.zeros_like(dispersion)
        for i, (y, t) in enumerate(arms):
            mean = rates[i][:, None] * t
            weight = 1 / (1 + dispersion[:, None] * mean)
            # Pearson residuals weighted so that long exposures do not rule the moment equation
            over += (((y - mean) ** 2 - mean) * weight**2).sum(axis=1)
            under += ((mean * weight) ** 2).sum(axis=1)
        dispersion = np.clip(over / np.maximum(under, 1e-300), 0.0, 1e6)
        for i, (y, t) in enumerate(arms):
            weight = 1 / (1 + dispersion[:, None] * rates[i][:, None] * t)
            rates[i] = _rate((y * weight).sum(axis=1), (t * weight).sum(axis=1))
    variances = [
        1 / (r[:, None] * t / (1 + dispersion[:, None] * r[:, None] * t)).sum(axis=1)
        for r, (_, t) in zip(rates, arms, strict=True)
    ]
    return np.log(rates[0]), np.log(rates[1]), variances[0], variances[1]


class RecurrentEvents(RateRatioEndpoint):
    """Events that may recur in a participant, at a constant rate, while participants are observed for varying times.

    Tests: `robust` (rates compared with the sandwich variance, which holds without a model of the frailty) and
    `negative-binomial` (regression, more efficient where follow-up varies and the frailty is a gamma variable).
    """

    kind: Literal["recurrent-events"] = "recurrent-events"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("robust", "negative-binomial"),
        "non-inferiority": ("robust", "negative-binomial"),
        "equivalence": ("robust", "negative-binomial"),
    }
    control: float = Field(description="control rate, events per unit of time")
    treatment: float = Field(description="treatment rate, events per unit of time")
    dispersion: float = Field(0.0, description="variance of the participants' frailty (negative binomial dispersion)")
    follow_up: float = Field(description="planned follow-up of the last participant, in the unit of time of the rates")
    accrual: float = Field(0.0, description="duration of accrual; 0 where all have the same planned follow-up")
    dropout_rate: float = Field(0.0, description="hazard of dropout per unit of time, which shortens follow-up")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in ("control", "treatment", "follow_up"):
            positive(name, getattr(self, name))
        for name in ("dispersion", "accrual", "dropout_rate"):
            not_negative(name, getattr(self, name))
        if max(self.control, self.treatment) * (self.follow_up + self.accrual) > LARGEST_MEAN:
            raise ImpossibleInputError(
                "more than a million events are expected of a participant",
                where="follow_up",
                hint="Give rates and times in the same unit.",
            )
        return self

    def exposure(self) -> Exposure:
        """Law of the follow-up."""
        return Exposure(self.accrual, self.follow_up, self.dropout_rate)

    def _of(self, test: str, null: float, direction: int) -> RecurrentEventsTest:
        robust = test == "robust"
        return RecurrentEventsTest(
            treatment=self.treatment,
            control=self.control,
            dispersion=self.dispersion,
            exposure=self.exposure(),
            null=null,
            direction=direction,
            model="robust" if robust else "negative-binomial",
            label="Wald test of the log rate ratio, robust variance"
            if robust
            else "Wald test of the log rate ratio, negative binomial regression",
            references=("lawless-nadeau-1995", "lin-wei-yang-ying-2000") if robust else ("tang-2015", "mutze-2019"),
        )
