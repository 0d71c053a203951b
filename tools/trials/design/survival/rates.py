"""Piecewise exponential times: hazards of the event and of dropout that are step functions of the time since entry.

Everything is closed form, because a constant hazard on a piece integrates exactly.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchside.tools.trials.design.checks import finite, increasing, not_negative, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.statistic import Floats

LARGEST_HAZARD = 1e6
SMALLEST_HAZARD = 1e-12  # but for 0: times to such an event overflow
MOST_PIECES = 100
_PIECE = re.compile(r"\s*([^:\s]+)\s*:\s*([^:\s]+)\s*")


@dataclass(frozen=True)
class PiecewiseRates:
    """A step function of time that is `rates[j]` from `starts[j]` to the next start, the last one without end.

    Attributes:
        starts: times, the first 0, increasing.
        rates: per unit of time, not negative.
    """

    starts: tuple[float, ...]
    rates: tuple[float, ...]

    @classmethod
    def constant(cls, rate: float) -> PiecewiseRates:
        """The same rate at all times."""
        return cls((0.0,), (rate,))

    def times(self, factor: float, since: float = 0.0) -> PiecewiseRates:
        """The rates times a factor from the time `since` on."""
        if since == 0:
            return PiecewiseRates(self.starts, tuple(r * factor for r in self.rates))
        starts = tuple(sorted({*self.starts, since}))
        found = tuple(float(r) for r in self.rate(np.asarray(starts)))
        return PiecewiseRates(
            starts, tuple(r * factor if s >= since else r for s, r in zip(starts, found, strict=True))
        )

    def rate(self, t: Floats) -> Floats:
        """The rate at times `t`, at a step the one that starts there; shape of `t`."""
        place = np.searchsorted(np.asarray(self.starts), t, side="right") - 1
        return np.asarray(self.rates)[place]

    def cumulative(self, t: Floats) -> Floats:
        """Integral from 0 to `t`; shape of `t`."""
        t = np.asarray(t, dtype=float)
        total = np.zeros(t.shape)
        for start, end, rate in zip(self.starts, (*self.starts[1:], math.inf), self.rates, strict=True):
            if rate > 0:  # infinity times 0 is not a number
                total += rate * np.clip(np.minimum(t, end) - start, 0, None)
        return total

    def inverse(self, cumulative: Floats) -> Floats:
        """The time at which the integral reaches a value, infinite where it never does; shape of the argument."""
        found = np.full(np.shape(cumulative), np.inf)
        below = 0.0
        for start, end, rate in zip(self.starts, (*self.starts[1:], math.inf), self.rates, strict=True):
            if rate == 0:
                continue
            above = below + rate * (end - start)
            if below == 0 and above == math.inf:
                return np.asarray(start + np.asarray(cumulative) / rate)
            within = (cumulative >= below) & (cumulative < above)
            np.copyto(found, start + (cumulative - below) / rate, where=within)
            below = above
        return found

    def median(self) -> float:
        """The time at which half have had it.

        Raises:
            UnreachableError: the rate falls to 0 before.
        """
        found = float(self.inverse(np.asarray([math.log(2)]))[0])
        if not math.isfinite(found):
            raise UnreachableError(
                "the hazards end in 0 before half have had the event",
                where="hazard",
                hint="Give a last hazard above 0; trials with a cured share are out of scope.",
            )
        return found


def piecewise(name: str, given: float | str | Sequence[tuple[float, float]] | PiecewiseRates) -> PiecewiseRates:
    """Rates from a number, from text such as `0:0.0533,6:0.0309` (start:rate), or from pairs of start and rate.

    Raises:
        ImpossibleInputError: not of that form, negative, too large, or too many pieces.
        ContradictoryInputError: starts out of order, or not from 0.
    """
    if isinstance(given, PiecewiseRates):
        pairs: list[tuple[float, float]] = list(zip(given.starts, given.rates, strict=True))
    elif isinstance(given, str):
        pairs = _read(name, given)
    elif isinstance(given, int | float):
        pairs = [(0.0, given)]
    else:
        pairs = [(start, rate) for start, rate in given]
    if not 1 <= len(pairs) <= MOST_PIECES:
        raise ImpossibleInputError(f"{name} has {len(pairs)} pieces", where=name, hint=f"Give 1 to {MOST_PIECES}.")
    if finite(name, pairs[0][0]) != 0:
        raise ContradictoryInputError(f"{name} starts at {pairs[0][0]:g}", where=name, hint="Start at time 0.")
    if len(pairs) > 1:
        increasing(name, [start for start, _ in pairs[1:]])
    for _, rate in pairs:
        if not_negative(name, rate) > LARGEST_HAZARD or 0 < rate < SMALLEST_HAZARD:
            raise ImpossibleInputError(
                f"{name} has the rate {rate:g}",
                where=name,
                hint=f"0, or from {SMALLEST_HAZARD:g} to {LARGEST_HAZARD:g}; use another unit of time.",
            )
    return PiecewiseRates(tuple(float(s) for s, _ in pairs), tuple(float(r) for _, r in pairs))


def _read(name: str, text: str) -> list[tuple[float, float]]:
    wrong = ImpossibleInputError(
        f"{name} is {text[:60]!r}", where=name, hint="Give a number, or start:rate pairs such as 0:0.05,6:0.03."
    )
    try:
        return [(0.0, float(text))]
    except ValueError:
        pass
    found = []
    for part in text.split(","):
        matched = _PIECE.fullmatch(part)
        if matched is None:
            raise wrong
        try:
            found.append((float(matched[1]), float(matched[2])))
        except ValueError:
            raise wrong from None
    return found


def hazard_of_median(median: float, name: str = "median") -> float:
    """Hazard of an exponential time with that median; `name` is the field for errors."""
    return math.log(2) / positive(name, median)


@dataclass(frozen=True)
class Risk:
    """One arm of one stratum: hazard of the event, and of leaving the trial before it.

    Attributes:
        event, dropout: hazards by time since entry, independent of each other.
    """

    event: PiecewiseRates
    dropout: PiecewiseRates = PiecewiseRates((0.0,), (0.0,))

    @cached_property
    def starts(self) -> Floats:
        """Where either hazard steps; shape (pieces,)."""
        return np.asarray(sorted({*self.event.starts, *self.dropout.starts}))

    @cached_property
    def hazards(self) -> tuple[Floats, Floats]:
        """Hazards of the event, and of both together, by piece; shape (pieces,) each."""
        event = self.event.rate(self.starts)
        return event, event + self.dropout.rate(self.starts)

    def at_risk(self, t: Floats) -> Floats:
        """Probability of neither event nor dropout by time `t` since entry; shape of `t`."""
        return np.asarray(np.exp(-self.event.cumulative(t) - self.dropout.cumulative(t)))

    def event_probability(self, t: Floats) -> Floats:
        """Probability of an observed event by time `t` since entry; shape of `t`."""
        t = np.asarray(t, dtype=float)
        total = np.zeros(t.shape)
        event, both = self.hazards
        alive = self.at_risk(self.starts)
        ends = np.append(self.starts[1:], np.inf)
        for start, end, hazard, h, at_start in zip(self.starts, ends, event, both, alive, strict=True):
            if hazard > 0:
                span = np.clip(np.minimum(t, end) - start, 0, None)
                total += hazard / h * at_start * -np.expm1(-h * span)
        return total
