"""How participants enter: a rate that steps over calendar time, or falls (or grows) exponentially, up to a duration."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import exprel

from benchside.tools.trials.design.checks import finite, not_negative, positive
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.rates import PiecewiseRates, piecewise

STEEPEST = 50.0  # of growth times duration: exp(50) between the first and the last day is no trial


@dataclass(frozen=True)
class Accrual:
    """Entry to a trial from calendar time 0 to `duration`.

    The rate at time u of the piece that starts at s is `rates.rate(u) * exp(-decline * (u - s))`. Steps and a decline
    are not combined: with a decline there is one piece (the truncated exponential entry of Lachin and Foulkes 1986,
    density proportional to exp(-decline u); negative for a slow start).

    Attributes:
        rates: participants per unit of time; only their shape matters where a size is given.
        duration: calendar time of the last entry.
        decline: per unit of time.
    """

    rates: PiecewiseRates
    duration: float
    decline: float = 0.0

    @classmethod
    def uniform(cls, duration: float, rate: float = 1.0) -> Accrual:
        """A constant rate."""
        return checked(cls(PiecewiseRates.constant(rate), duration))

    @classmethod
    def exponential(cls, duration: float, decline: float, rate: float = 1.0) -> Accrual:
        """A rate that starts at `rate` and is exp(-decline u) times that at time u."""
        return checked(cls(PiecewiseRates.constant(rate), duration, decline))

    def pieces(self) -> list[tuple[float, float, float]]:
        """Start, end and rate at the start of each piece before `duration`."""
        ends = (*self.rates.starts[1:], math.inf)
        return [
            (start, min(end, self.duration), rate)
            for start, end, rate in zip(self.rates.starts, ends, self.rates.rates, strict=True)
            if start < self.duration
        ]

    def entered(self, t: Floats) -> Floats:
        """Participants entered by calendar times `t`; shape of `t`."""
        t = np.asarray(t, dtype=float)
        total = np.zeros(t.shape)
        for start, end, rate in self.pieces():
            span = np.clip(np.minimum(t, end) - start, 0, None)
            total += rate * span * exprel(-self.decline * span)
        return total

    @property
    def total(self) -> float:
        """Participants entered in all."""
        return float(self.entered(np.asarray(self.duration)))

    def steps(self) -> tuple[float, ...]:
        """Calendar times at which the rate steps, the end included."""
        return (*(start for start, _, _ in self.pieces()), self.duration)

    def quantile(self, share: Floats) -> Floats:
        """Entry times by share entered: the inverse of `entered` over `total`; shape of `share`."""
        share = np.asarray(share)
        if len(self.pieces()) == 1:
            if abs(self.decline) * self.duration < 1e-12:
                return np.asarray(share * self.duration)
            return np.asarray(-np.log1p(share * math.expm1(-self.decline * self.duration)) / self.decline)
        counts = self.entered(np.asarray(self.steps())) / self.total
        return np.asarray(np.interp(share, counts, np.asarray(self.steps())))

    def scaled(self, factor: float) -> Accrual:
        """The rates times a factor."""
        return replace(self, rates=self.rates.times(factor))

    def lasting(self, duration: float) -> Accrual:
        """The same rates for another duration, the last one going on as long as needed."""
        return replace(self, duration=duration)

    def duration_for(self, total: float) -> float:
        """The duration after which `total` participants have entered, infinite when they never do."""
        below = 0.0
        ends = (*self.rates.starts[1:], math.inf)
        for start, end, rate in zip(self.rates.starts, ends, self.rates.rates, strict=True):
            if self.decline != 0:
                left = 1 - total * self.decline / rate
                return -math.log(left) / self.decline if left > 0 else math.inf
            above = below + (rate * (end - start) if rate > 0 else 0.0)
            if total <= above:
                return start + (total - below) / rate
            below = above
        return math.inf


def checked(accrual: Accrual) -> Accrual:
    """The accrual if participants enter in it.

    Raises:
        ImpossibleInputError: no duration, no participants, or a decline too steep.
    """
    positive("accrual", accrual.duration)
    finite("accrual_decline", accrual.decline)
    if abs(accrual.decline) * accrual.duration > STEEPEST:
        raise ImpossibleInputError(
            f"the decline {accrual.decline:g} over {accrual.duration:g}",
            where="accrual_decline",
            hint=f"Decline times accrual duration must be within {STEEPEST:g}.",
        )
    if not accrual.total > 0:
        raise ImpossibleInputError("nobody enters", where="accrual", hint="Give an accrual rate above 0.")
    return accrual


def accrual_of(duration: float, rates: float | str | PiecewiseRates = 1.0, decline: float = 0.0) -> Accrual:
    """An accrual from a duration, rates as `rates.piecewise` reads them, and a decline.

    Raises:
        ImpossibleInputError, ContradictoryInputError: see `checked` and `rates.piecewise`; steps with a decline.
    """
    found = piecewise("accrual_rate", rates)
    not_negative("accrual", duration)
    if decline != 0 and len(found.starts) > 1:
        raise ImpossibleInputError(
            "an accrual rate with steps cannot also decline", where="accrual_decline", hint="Give one of the two."
        )
    return checked(Accrual(found, float(duration), float(decline)))
