"""Expected events and entries over calendar time, in closed form, and the calendar time of a number of events.

The probability that a participant who entered at u has an observed event by calendar time t is that of an event within
t - u of entry; integrated over the entry rate, piece by piece of both, it has a closed form (Lachin and Foulkes 1986;
with steps in all rates gsDesign's `eEvents`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import exprel

from benchside.tools.trials.design.checks import finite, not_negative, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.accrual import Accrual, checked
from benchside.tools.trials.design.survival.rates import Risk

MOST_STRATA = 200


@dataclass(frozen=True)
class Stratum:
    """A share of the participants with hazards of their own.

    Attributes:
        share: of all participants.
        treatment, control: hazards of the arms.
    """

    share: float
    treatment: Risk
    control: Risk

    @property
    def arms(self) -> tuple[Risk, Risk]:
        """Treatment and control."""
        return self.treatment, self.control


@dataclass(frozen=True)
class EventModel:
    """Entry, hazards and dropout of a two-arm trial.

    Attributes:
        accrual: entry; the same in all strata and arms.
        strata: with shares that sum to 1.
        follow_up: calendar time from the last entry to the final analysis.
        treatment_share: of the participants.
        longest: follow-up of each participant ends after this time; infinite where it ends with the trial.
    """

    accrual: Accrual
    strata: tuple[Stratum, ...]
    follow_up: float
    treatment_share: float = 0.5
    longest: float = math.inf

    @property
    def duration(self) -> float:
        """Calendar time of the final analysis."""
        return self.accrual.duration + self.follow_up

    def event_shares(self, times: Floats) -> Floats:
        """Share of an arm's participants with an observed event by calendar times, shape (..., 2), treatment first.

        Shares are of all who will enter.
        """
        times = np.asarray(times, dtype=float)
        found = np.zeros((*times.shape, 2))
        for stratum in self.strata:
            for arm, risk in enumerate(stratum.arms):
                found[..., arm] += stratum.share * events_of(risk, self.accrual, times, self.longest)
        return found / self.accrual.total

    def events(self, times: Floats) -> Floats:
        """Expected events by calendar times at the accrual rates, shape (..., 2), treatment first."""
        arms = np.asarray([self.treatment_share, 1 - self.treatment_share])
        return np.asarray(self.event_shares(times) * arms * self.accrual.total)

    def total_events(self, times: Floats) -> Floats:
        """Expected events of both arms; shape of `times`."""
        return np.asarray(self.events(times).sum(axis=-1))

    def time_of(self, events: float) -> float:
        """Calendar time at which that many events are expected; follow-up goes on beyond `duration` if need be.

        Raises:
            UnreachableError: the trial never has them; the hint gives the most that it can have.
        """
        positive("events", events)
        high = self.duration
        while float(self.total_events(np.asarray(high))) < events:
            high *= 2
            if high > 1e6 * self.duration:
                most = float(self.total_events(np.asarray(high)))
                raise UnreachableError(
                    f"{events:g} events are never reached",
                    where="events",
                    hint=f"These participants have at most about {most:.4g}: enrol more, or ask for fewer events.",
                )
        return float(brentq(lambda t: float(self.total_events(np.asarray(t))) - events, 0.0, high, xtol=1e-11))

    def sized(self, treatment: float, control: float) -> EventModel:
        """The same trial with that many participants, entering in the same shape over the same time."""
        n = treatment + control
        return replace(self, treatment_share=treatment / n, accrual=self.accrual.scaled(n / self.accrual.total))

    def with_accrual(self, accrual: Accrual) -> EventModel:
        """Another accrual."""
        return replace(self, accrual=accrual)

    def with_follow_up(self, follow_up: float) -> EventModel:
        """Another follow-up after the last entry."""
        return replace(self, follow_up=follow_up)

    def under_null(self, hazard_ratio: float = 1.0) -> EventModel:
        """Both arms with hazards in that ratio, and the hazards averaged so that about as many events are expected.

        The control hazard becomes (p lambda_t + (1 - p) lambda_c) / (p hr + 1 - p) with the treatment share p (Lachin
        and Foulkes 1986; gsDesign extends it to null ratios other than 1).
        """
        p = self.treatment_share
        strata = []
        for stratum in self.strata:
            starts = sorted({*stratum.treatment.event.starts, *stratum.control.event.starts})
            at = np.asarray(starts)
            mean = (p * stratum.treatment.event.rate(at) + (1 - p) * stratum.control.event.rate(at)) / (
                p * hazard_ratio + 1 - p
            )
            control = type(stratum.control.event)(tuple(starts), tuple(float(m) for m in mean))
            strata.append(
                replace(
                    stratum,
                    control=replace(stratum.control, event=control),
                    treatment=replace(stratum.treatment, event=control.times(hazard_ratio)),
                )
            )
        return replace(self, strata=tuple(strata))


def checked_model(model: EventModel) -> EventModel:
    """The model if it is that of a possible trial.

    Raises:
        ImpossibleInputError: an impossible share, follow-up or accrual; no events at all.
        ContradictoryInputError: shares of the strata that do not sum to 1.
    """
    checked(model.accrual)
    not_negative("follow_up", model.follow_up)
    probability("treatment_share", model.treatment_share)
    if model.longest != math.inf:
        positive("longest_follow_up", model.longest)
    if not 1 <= len(model.strata) <= MOST_STRATA:
        raise ImpossibleInputError(f"{len(model.strata)} strata", where="strata", hint=f"Give 1 to {MOST_STRATA}.")
    for stratum in model.strata:
        positive("strata", stratum.share)
    whole = math.fsum(s.share for s in model.strata)
    if abs(whole - 1) > 1e-6:
        raise ContradictoryInputError(
            f"the shares of the strata sum to {whole:g}", where="strata", hint="Give shares that sum to 1."
        )
    if not float(model.total_events(np.asarray(model.duration))) > 0:
        raise ImpossibleInputError(
            "no events are expected", where="hazard", hint="Give hazards above 0 within the follow-up."
        )
    return model


def events_of(risk: Risk, accrual: Accrual, times: Floats, longest: float = math.inf) -> Floats:
    """Expected events by calendar times of participants who all have one risk; shape of `times`.

    Args:
        risk: hazards by time since entry.
        accrual: entry.
        times: calendar times; 0 before the first entry.
        longest: follow-up of each participant ends after it.
    """
    times = np.asarray(times, dtype=float)
    total = np.zeros(times.shape)
    event, both = risk.hazards
    starts = risk.starts[risk.starts < longest]
    ends = np.append(starts[1:], longest)
    had = risk.event_probability(starts)
    alive = risk.at_risk(starts)
    at_end = float(risk.event_probability(np.asarray(longest))) if math.isfinite(longest) else 0.0
    for first, last, rate in accrual.pieces():
        entry = _Entry(first, rate, accrual.decline)
        for start, end, hazard, h, before, at_start in zip(starts, ends, event, both, had, alive, strict=False):
            low, high = np.clip(times - end, first, last), np.clip(times - start, first, last)
            total += before * entry.between(low, high)
            if hazard > 0:
                total += hazard * at_start * entry.exposed(low, high, times - start, h)
        if at_end > 0:
            total += at_end * entry.between(np.asarray(first), np.clip(times - longest, first, last))
    return total


@dataclass(frozen=True, slots=True)
class _Entry:
    """Entries of a piece that starts at `first` with `rate`, which then declines."""

    first: float
    rate: float
    decline: float

    def between(self, low: Floats, high: Floats) -> Floats:
        """Entries from `low` to `high`."""
        span = high - low
        return np.asarray(self.rate * np.exp(-self.decline * (low - self.first)) * span * exprel(-self.decline * span))

    def exposed(self, low: Floats, high: Floats, age: Floats, h: float) -> Floats:
        """Integral over entries u from `low` to `high` of their rate times (1 - exp(-h (age - u))) / h."""
        if self.decline == 0:
            young, old = np.clip(age - high, 0, None), np.clip(age - low, 0, None)
            return np.asarray(self.rate * (old**2 * _remainder(h * old) - young**2 * _remainder(h * young)))
        span = high - low
        leaving = self.rate * np.exp(-self.decline * (high - self.first) - h * np.clip(age - high, 0, None))
        gone = leaving * span * exprel(-(h - self.decline) * span)
        return np.asarray((self.between(low, high) - gone) / h)


def _remainder(x: Floats) -> Floats:
    """(x - 1 + exp(-x)) / x**2, by its series near 0 where that loses all digits."""
    near = np.minimum(x, 0.05)
    series = np.zeros(np.shape(x))
    for k in range(9, 1, -1):  # 1/2! - x/3! + x^2/4! - ...
        series = 1 / math.factorial(k) - near * series
    far = np.maximum(x, 0.05)
    return np.where(x < 0.05, series, (far + np.expm1(-far)) / far**2)


@dataclass(frozen=True)
class Projection:
    """What is expected over calendar time.

    Attributes:
        times: calendar times, shape (k,).
        entered: participants entered, shape (k,).
        events: observed events by arm, treatment first, shape (k, 2).
    """

    times: Floats
    entered: Floats
    events: Floats

    def rows(self) -> list[tuple[float, float, float, float, float]]:
        """Time, entered, events of treatment, of control, and of both."""
        return [
            (float(t), float(n), float(d[0]), float(d[1]), float(d.sum()))
            for t, n, d in zip(self.times, self.entered, self.events, strict=True)
        ]


def projection(model: EventModel, times: Sequence[float] | Floats | None = None, n: float | None = None) -> Projection:
    """Entries and events over calendar time, for a table or a plot.

    Args:
        model: the trial.
        times: calendar times; 61 from 0 to the final analysis when not given.
        n: participants in all; those of the accrual rates when not given.

    Raises:
        ImpossibleInputError: a time that is negative or no number.
    """
    if times is None:
        at = np.linspace(0, model.duration, 61)
    else:
        at = np.asarray([not_negative("times", finite("times", float(t))) for t in np.asarray(times).ravel()])
    scale = 1.0 if n is None else positive("n", n) / model.accrual.total
    return Projection(at, model.accrual.entered(at) * scale, model.events(at) * scale)
