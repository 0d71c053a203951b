"""Tests of the ratio of two event rates, Poisson or negative binomial, with one exposure for all participants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import norm, poisson

from benchside.tools.trials.design.allocation import Allocation
from benchside.tools.trials.design.binomial import binomial_p_values, exact_power_of_sides
from benchside.tools.trials.design.counted import CountStatistic, ExactCount, NormalCount, standardised
from benchside.tools.trials.design.counts.dispersion import (
    SMALLEST,
    count_probabilities,
    dispersion_estimate,
    draw_exceedances,
)
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.looks import Counts, counts_at
from benchside.tools.trials.design.sawtooth import too_many, walk
from benchside.tools.trials.design.statistic import Exactness, Floats

Variance = Literal["true", "reference", "restricted"]
MOST_EVENTS, MOST_SEARCHED = 2_000_000, 50_000  # expected events of an exact power, and of a search for a size


def restricted_mean(totals: tuple[Any, Any], sizes: tuple[Any, Any], dispersion: Any, null: float) -> Floats:
    """Likeliest control mean among those where the treatment mean is `null` times it.

    The positive root of the quadratic likelihood equation; without dispersion all events over the sizes that the null
    weights.

    Args:
        totals: events of treatment and control (or their expectation), arrays that broadcast.
        sizes: participants of treatment and control.
        dispersion: of the negative binomial, 0 for Poisson.
        null: rate ratio.
    """
    (y1, y2), (n1, n2) = totals, sizes
    a = dispersion * null * (n1 + n2)
    b = null * n1 + n2 - dispersion * (y1 + null * y2)
    c = y1 + y2
    return np.asarray(2 * c / (b + np.sqrt(b**2 + 4 * a * c)), dtype=float)


@dataclass(frozen=True, kw_only=True)
class RateStatistic(CountStatistic):
    """What tests of two rates have in common: their data.

    Attributes:
        treatment, control: true mean counts per participant, that is rate times exposure.
        dispersion: variance is mean + dispersion mean^2; 0 is Poisson.
        null: rate ratio that is to be excluded.
    """

    treatment: float
    control: float
    dispersion: float
    null: float
    direction: int
    label: str
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> RateData:
        """Events, sizes, and the estimated dispersion, cumulative at each look."""
        at = tuple(counts_at(n, fractions) for n in sizes)
        new = tuple(np.diff(n, prepend=0) for n in at)
        means = (self.treatment, self.control)
        if self.dispersion <= SMALLEST:
            y1, y2 = (
                np.cumsum(rng.poisson(n * m, size=(trials, len(n))), axis=1) for n, m in zip(new, means, strict=True)
            )
            return RateData(y1, at[0], y2, at[1], np.zeros(y1.shape))
        above = [
            draw_exceedances(rng, n, count_probabilities(m, self.dispersion), trials)
            for n, m in zip(new, means, strict=True)
        ]
        y1, y2 = (a.sum(axis=-1) for a in above)
        longest = max(a.shape[-1] for a in above)
        both = sum(np.pad(a, ((0, 0), (0, 0), (0, longest - a.shape[-1]))) for a in above)
        return RateData(
            y1, at[0], y2, at[1], dispersion_estimate(np.asarray(both), (y1 / at[0], y2 / at[1]), (at[0], at[1]))
        )


@dataclass(frozen=True)
class RateData:
    """Events and sizes of treatment and control, and the common dispersion that was estimated from them."""

    y1: Counts
    n1: Counts
    y2: Counts
    n2: Counts
    dispersion: Floats


@dataclass(frozen=True, kw_only=True)
class WaldRateTest(RateStatistic, NormalCount):
    """Wald test of the log rate ratio, as regression software reports it.

    Attributes:
        variance: what the size formula takes for the variance under the null (Zhu and Lakkis 2014): `true` rates
            (method 2), the control rate in both arms, `reference` (method 1), or `restricted` to the null by maximum
            likelihood (method 3). The test on data is the same.
    """

    variance: Variance = "true"

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`, on the log rate ratio."""
        true = _error(self.treatment, self.control, self.dispersion, sizes)
        stated = true
        if self.variance != "true":
            n1, n2 = sizes[..., 0], sizes[..., 1]
            mean: Any = self.control
            if self.variance == "restricted":
                mean = restricted_mean((n1 * self.treatment, n2 * self.control), (n1, n2), self.dispersion, self.null)
            stated = _error(self.null * mean, mean, self.dispersion, sizes)
        distance = math.log(self.treatment / self.control / self.null)
        return np.full(sizes.shape[:-1], distance), stated, true

    def standardise(self, data: RateData) -> Floats:
        """Log ratio by its standard error; an arm without events counts half of one."""
        m1, m2 = np.maximum(data.y1, 0.5) / data.n1, np.maximum(data.y2, 0.5) / data.n2
        variance = (1 / m1 + data.dispersion) / data.n1 + (1 / m2 + data.dispersion) / data.n2
        return standardised(np.log(m1 / m2 / self.null), variance)


@dataclass(frozen=True, kw_only=True)
class ScoreRateTest(RateStatistic, NormalCount):
    """Score test of the rate ratio, with the variance of the null in data and in the size formula."""

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`: as the Wald test with the restricted variance."""
        return WaldRateTest(
            treatment=self.treatment, control=self.control, dispersion=self.dispersion, null=self.null,
            direction=self.direction, label=self.label, variance="restricted",
        ).moments(sizes)  # fmt: skip

    def standardise(self, data: RateData) -> Floats:
        """Score by its standard error; no events at all are no evidence."""
        k = data.dispersion
        mean = restricted_mean((data.y1, data.y2), (data.n1, data.n2), k, self.null)
        m1 = self.null * mean
        scale1, scale2 = 1 + k * m1, 1 + k * mean
        w1, w2 = data.n1 * m1 / scale1, data.n2 * mean / scale2
        return standardised((data.y1 - data.n1 * m1) / scale1, w1 * w2 / np.maximum(w1 + w2, 1e-300))


@dataclass(frozen=True, kw_only=True)
class ExactPoissonTest(RateStatistic, ExactCount):
    """Exact test of two Poisson rates: the binomial test of the share of events in the treatment arm.

    Its power is averaged over the number of events, whose law is Poisson. Two-sided, each side has half of alpha, and
    both sides count as power.
    """

    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("przyborowski-wilenski-1940", "gu-ng-tang-schucany-2008")

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Exact power."""
        sizes = np.asarray(sizes, dtype=float)
        found = [self._power(float(a), float(b), alpha, sides) for a, b in sizes.reshape(-1, 2)]
        return np.asarray(found, dtype=float).reshape(sizes.shape[:-1])

    def _power(self, n1: float, n2: float, alpha: float, sides: int) -> float:
        expected = n1 * self.treatment + n2 * self.control
        if expected > MOST_EVENTS:
            raise OutOfScopeError(
                f"{expected:,.0f} expected events are too many to enumerate",
                where="n",
                hint="Choose the test wald or score, which are accurate at such numbers.",
            )
        m = np.arange(int(poisson.ppf(1e-16, expected)), int(poisson.isf(1e-16, expected)) + 2)
        m = m[m > 0]
        null = self.null * n1 / (self.null * n1 + n2)
        truth = n1 * self.treatment / expected
        given = exact_power_of_sides(m, null, truth, alpha, sides=sides, direction=self.direction)
        return min(1.0, float(poisson.pmf(m, expected) @ given))

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The smallest total of whole arms whose exact power is reached, though a larger one may fall short again."""
        sharing = Allocation(ratio=tuple(weights))
        block = sum(sharing.block() or (1,))
        # square roots of Poisson counts are nearly normal with variance 1/4, also where one rate is almost 0
        gap = math.sqrt(self.treatment) - math.sqrt(self.null * self.control)
        spread = (1 / weights[0] + self.null / weights[1]) / 4
        near = (norm.isf(alpha / sides) + norm.isf(1 - power)) ** 2 * spread / gap**2
        if near * (self.treatment + self.control) > MOST_SEARCHED:
            raise too_many(near)

        def at(blocks: int) -> float:
            first, second = sharing.rounded(float(blocks * block))
            return self._power(first, second, alpha, sides)

        return float(walk(at, max(1, round(near / block)), power)[0] * block)

    def p_values(self, data: RateData) -> tuple[Floats, Floats]:
        """Of the binomial test of the events in the treatment arm, given all events."""
        share = self.null * data.n1 / (self.null * data.n1 + data.n2)
        return binomial_p_values(data.y1, data.y1 + data.y2, share)


def _error(m1: Any, m2: Any, dispersion: float, sizes: Floats) -> Floats:
    """Standard error of the log ratio of means m1 and m2."""
    return np.asarray(
        np.sqrt((1 / m1 + dispersion) / sizes[..., 0] + (1 / m2 + dispersion) / sizes[..., 1]), dtype=float
    )
