"""Log-rank tests as statistics of a comparison: what they assume of the model, and their power and drift.

Events drive them. The final analysis of a design is at its calendar time; in a simulated trial it is when the expected
events (to the nearest whole one) have happened. At two sides the rejections on the wrong side are not counted.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from benchside.tools.trials.design.checks import LARGEST_N
from benchside.tools.trials.design.errors import UnreachableError
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.survival.events import EventModel, Projection, projection
from benchside.tools.trials.design.survival.formulas import log_ratio_variances
from benchside.tools.trials.design.survival.moments import LOG_RANK, Weight, moments
from benchside.tools.trials.design.survival.simulation import (
    checked_draws,
    chunks,
    cuts,
    look_events,
    patients,
    scores_at,
    simulated_z,
)


@dataclass(frozen=True)
class Look:
    """When a look is expected.

    Attributes:
        fraction: of the events.
        time: calendar time.
        events: expected.
        entered: participants.
    """

    fraction: float
    time: float
    events: float
    entered: float


@dataclass(frozen=True, kw_only=True)
class TimeToEvent(Statistic):
    """Base: the trial, and what follows from its expected events.

    Attributes:
        model: entry, hazards, dropout and follow-up; its participants are set by the sizes.
        direction: +1 where a higher hazard of the treatment is the alternative, -1 where a lower one is.
        rate_driven: whether participants enter at the rates of the model, for as long as it takes.
    """

    model: EventModel
    direction: int
    label: str = ""
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ()
    rate_driven: bool = False

    def model_of(self, sizes: Sequence[float] | Floats) -> EventModel:
        """The trial with these sizes, shape (2,)."""
        treatment, control = float(sizes[0]), float(sizes[1])
        model = self.model
        if self.rate_driven:
            model = model.with_accrual(model.accrual.lasting(model.accrual.duration_for(treatment + control)))
        return model.sized(treatment, control)

    def events(self, sizes: Floats) -> Floats:
        """Expected events at the final analysis, shape (...), of sizes of shape (..., 2)."""
        sizes = np.asarray(sizes, dtype=float)
        if self.rate_driven:
            return self._by_row(sizes, lambda row: float(_at_end(self.model_of(row)).sum()))
        return np.asarray(sizes @ self.model.event_shares(np.asarray(self.model.duration)))

    def inflated(self, total: float, inflation: float, weights: Sequence[float]) -> float:
        """The size whose information is `inflation` times that of `total`.

        In proportion, except where participants enter at a given rate: then a larger trial lasts longer, so that more
        of them have events.

        Raises:
            UnreachableError: no size up to ten million has it.
        """
        if not self.rate_driven:
            return total * inflation
        shares = np.asarray(weights, dtype=float)
        wanted = float(self.events(total * shares)) * inflation
        high = total * inflation
        while float(self.events(high * shares)) < wanted:
            high *= 2
            if high > LARGEST_N:
                raise UnreachableError(
                    f"{LARGEST_N:,} participants do not have {wanted:,.0f} events",
                    where="power",
                    hint="Assume a larger effect, or ask for less power.",
                )
        low = min(total, total * inflation) / 2
        return float(brentq(lambda n: float(self.events(n * shares)) - wanted, low, high, xtol=1e-10, rtol=1e-12))

    def timeline(self, sizes: Sequence[float] | Floats, fractions: Sequence[float]) -> tuple[Look, ...]:
        """Calendar time, expected events and participants at each look."""
        model = self.model_of(sizes)
        total = float(_at_end(model).sum())
        found = []
        for fraction in fractions:
            time = model.duration if fraction == 1 else model.time_of(total * fraction)
            found.append(Look(fraction, time, total * fraction, float(model.accrual.entered(np.asarray(time)))))
        return tuple(found)

    def projection(self, sizes: Sequence[float] | Floats, times: Sequence[float] | None = None) -> Projection:
        """Entries and events over calendar time."""
        return projection(self.model_of(sizes), times)

    def _by_row(self, sizes: Floats, of: Callable[[Floats], float]) -> Floats:
        flat = sizes.reshape(-1, 2)
        return np.asarray([of(row) for row in flat], dtype=float).reshape(sizes.shape[:-1])


@dataclass(frozen=True, kw_only=True)
class LogRank(TimeToEvent):
    """Base of the log-rank tests of a hazard ratio.

    Attributes:
        hazard_ratio: assumed, treatment against control.
        null: hazard ratio of the null.
        weight: powers of the Fleming-Harrington weight.
    """

    hazard_ratio: float
    null: float = 1.0
    weight: Weight = LOG_RANK

    @abstractmethod
    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Mean of the final statistic, shape (...)."""

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power at sizes of shape (..., 2)."""
        return np.asarray(norm.cdf(self.drift(sizes, alpha, sides) - norm.isf(alpha / sides)))

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Log-rank statistics of simulated patients at looks that their events call; score tests at another null."""
        happening = look_events(float(self.events(np.asarray(sizes, dtype=float))), fractions)
        z = simulated_z(
            self.model_of(sizes), sizes, happening, trials, rng, weights=(self.weight,), hazard_ratio=self.null
        )
        return np.asarray(self.direction * z[..., 0])


@dataclass(frozen=True, kw_only=True)
class Proportional(LogRank):
    """A log-rank test whose drift is in proportion to the root of the size."""

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """Events over the probability of an event; by search where the accrual rate sets the duration."""
        if self.rate_driven:
            return super().total(alpha, sides, power, weights)
        unit = float(self.drift(np.asarray(weights, dtype=float), alpha, sides))
        return float(((norm.isf(alpha / sides) + norm.ppf(power)) / unit) ** 2)


@dataclass(frozen=True, kw_only=True)
class Schoenfeld(Proportional):
    """Log-rank test under proportional hazards, local alternatives (Schoenfeld 1981)."""

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """sqrt(events p (1 - p)) times the log hazard ratio against the null."""
        sizes = np.asarray(sizes, dtype=float)
        p = sizes[..., 0] / sizes.sum(axis=-1)
        signed = self.direction * math.log(self.hazard_ratio / self.null)
        return np.asarray(signed * np.sqrt(self.events(sizes) * p * (1 - p)))


@dataclass(frozen=True, kw_only=True)
class Freedman(Proportional):
    """Log-rank test under proportional hazards, events shared as the hazards are (Freedman 1982)."""

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """sqrt(events r) (1 - hr) / (1 + r hr), r treated per control."""
        sizes = np.asarray(sizes, dtype=float)
        r = sizes[..., 0] / sizes[..., 1]
        signed = self.direction * (self.hazard_ratio - 1) / (1 + r * self.hazard_ratio)
        return np.asarray(signed * np.sqrt(self.events(sizes) * r))


@dataclass(frozen=True, kw_only=True)
class LachinFoulkes(LogRank):
    """Test of the log hazard ratio with the variance of the null for the level (Lachin and Foulkes 1986)."""

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power at sizes of shape (..., 2), from both variances."""
        sizes = np.asarray(sizes, dtype=float)
        signed = self.direction * math.log(self.hazard_ratio / self.null)
        z = norm.isf(alpha / sides)

        def one(row: Floats) -> float:
            v0, v1 = log_ratio_variances(self.model_of(row), self.null)
            n = float(row.sum())
            return float(norm.cdf((signed * math.sqrt(n) - z * math.sqrt(v0)) / math.sqrt(v1)))

        return self._by_row(sizes, one)

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """The shift that has the power of the fixed test, as gsDesign's gsSurv inflates it."""
        return Statistic.drift(self, sizes, alpha, sides)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The formula; by search where the accrual rate sets the duration."""
        if self.rate_driven:
            return super().total(alpha, sides, power, weights)
        v0, v1 = log_ratio_variances(self.model_of(weights), self.null)
        z = norm.isf(alpha / sides) * math.sqrt(v0) + norm.ppf(power) * math.sqrt(v1)
        return float((z / math.log(self.hazard_ratio / self.null)) ** 2)


@dataclass(frozen=True, kw_only=True)
class WeightedLogRank(LogRank):
    """Weighted log-rank test by the mean and variance of its score under any hazards (Tsiatis 1982; Yung and Liu 2020).

    Attributes:
        proportional: whether the hazards are, so that looks keep the shape of the drift.
    """

    proportional: bool = True

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Mean of the standardised score at the final analysis."""

        def one(row: Floats) -> float:
            model = self.model_of(row)
            return float(moments(model, model.duration, (self.weight,)).z[0])

        return self.direction * self._by_row(np.asarray(sizes, dtype=float), one)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """By the square of the drift; by search where the accrual rate sets the duration."""
        if self.rate_driven:
            return super().total(alpha, sides, power, weights)
        unit = float(self.drift(np.asarray(weights, dtype=float), alpha, sides))
        return float(((norm.isf(alpha / sides) + norm.ppf(power)) / unit) ** 2)

    def monitored(self) -> None:
        """Plain log-rank tests of proportional hazards can be monitored by events; others have no single drift."""
        if self.weight != LOG_RANK or not self.proportional:
            self.refuse_monitoring(
                "its drift does not grow with the events alone, which weighted_group_sequential takes into account"
            )


@dataclass(frozen=True, kw_only=True)
class HazardEquivalence(TimeToEvent):
    """Two one-sided score tests, of a hazard ratio below the upper and above the lower margin.

    Attributes:
        hazard_ratio: assumed.
        lower, upper: margins.
    """

    hazard_ratio: float
    lower: float
    upper: float

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Probability that both reject, each at `alpha`, with the information of the expected events."""
        sizes = np.asarray(sizes, dtype=float)
        p = sizes[..., 0] / sizes.sum(axis=-1)
        information = np.sqrt(self.events(sizes) * p * (1 - p))
        z = norm.isf(alpha)
        below = norm.cdf(math.log(self.upper / self.hazard_ratio) * information - z)
        above = norm.cdf(math.log(self.hazard_ratio / self.lower) * information - z)
        return np.asarray(np.maximum(below + above - 1, 0))

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """The smaller of the two score statistics, of the same patients."""
        checked_draws(trials, sizes)
        happening = look_events(float(self.events(np.asarray(sizes, dtype=float))), fractions)
        model, found = self.model_of(sizes), []
        for count in chunks(trials, sum(sizes)):
            drawn = patients(model, sizes, count, rng)
            at = cuts(drawn, happening).T
            above = [scores_at(drawn, cut, hazard_ratio=self.lower).z[:, 0] for cut in at]
            below = [-scores_at(drawn, cut, hazard_ratio=self.upper).z[:, 0] for cut in at]
            found.append(np.minimum(above, below).T)
        return np.concatenate(found)


def _at_end(model: EventModel) -> Floats:
    return model.events(np.asarray(model.duration))
