"""Normal tests of two proportions: on the difference, the risk ratio and the odds ratio, by score, Wald and arcsine."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from benchside.tools.trials.design.binary.scores import Scale, restricted, score
from benchside.tools.trials.design.counted import NormalCount, binomial_looks, standardised
from benchside.tools.trials.design.looks import Counts
from benchside.tools.trials.design.statistic import Exactness, Floats

Data = tuple[Counts, Counts, Counts, Counts]
"""Events and sizes, treatment then control: x1, n1, x2, n2."""


@dataclass(frozen=True, kw_only=True)
class TwoProportionTest(NormalCount):
    """Base of the normal tests.

    Attributes:
        treatment, control: true proportions.
        scale, null: effect that is to be excluded, and its scale.
    """

    treatment: float
    control: float
    null: float
    scale: Scale
    direction: int
    label: str
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Data:
        """Cumulative events and sizes of both arms."""
        x1, n1 = binomial_looks(rng, sizes[0], fractions, self.treatment, trials)
        x2, n2 = binomial_looks(rng, sizes[1], fractions, self.control, trials)
        return x1, n1, x2, n2

    def standardise(self, data: Data) -> Floats:
        """See `CountStatistic.standardise`."""
        return self.observed(*data)

    @abstractmethod
    def observed(self, x1: Any, n1: Any, x2: Any, n2: Any) -> Floats:
        """The test statistic of tables, positive where the treatment has more events than the null says."""

    def _variances(self, p1: Floats | float, p2: Floats | float, sizes: Floats, slope: float) -> Floats:
        """Variance of p1 - slope p2."""
        return np.asarray(p1 * (1 - p1) / sizes[..., 0] + slope**2 * p2 * (1 - p2) / sizes[..., 1], dtype=float)


@dataclass(frozen=True, kw_only=True)
class LinearTest(TwoProportionTest):
    """A test of p1 - slope p2 - intercept: of a difference, or of a risk ratio brought to a line.

    Attributes:
        variance: how the test estimates it: `restricted` to the null (score test; pooled when the null is no effect)
            or `unpooled` (Wald).
        adjusted: times N / (N - 1), Miettinen and Nurminen (1985).
    """

    variance: Literal["restricted", "unpooled"]
    adjusted: bool = False

    @property
    def _line(self) -> tuple[float, float]:
        return (1.0, self.null) if self.scale == "difference" else (self.null, 0.0)

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`; the stated error is that at the restricted proportions for score tests."""
        slope, intercept = self._line
        distance = np.full(sizes.shape[:-1], self.treatment - slope * self.control - intercept)
        true = np.sqrt(self._variances(self.treatment, self.control, sizes, slope))
        stated = true
        if self.variance == "restricted":
            q1, q2 = restricted(self.scale, self.null, self.treatment, self.control, sizes[..., 1] / sizes[..., 0])
            stated = np.sqrt(self._variances(q1, q2, sizes, slope))
        if self.adjusted:
            n = sizes.sum(axis=-1)
            stated = stated * np.sqrt(n / np.maximum(n - 1, 1e-9))
        return distance, stated, true

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """Closed form; with N / (N - 1) in the variance by a root finder that starts from it."""
        if not self.adjusted:
            return self.closed(alpha, sides, power, weights)
        return super(NormalCount, self).total(alpha, sides, power, weights)

    def observed(self, x1: Any, n1: Any, x2: Any, n2: Any) -> Floats:
        """Score or Wald statistic."""
        if self.variance == "restricted":
            return score(self.scale, self.null, (x1, n1, x2, n2), adjusted=self.adjusted)
        slope, intercept = self._line
        p1, p2 = np.asarray(x1) / n1, np.asarray(x2) / n2
        return standardised(p1 - slope * p2 - intercept, p1 * (1 - p1) / n1 + slope**2 * p2 * (1 - p2) / n2)


@dataclass(frozen=True, kw_only=True)
class OddsScoreTest(TwoProportionTest):
    """Score test of the odds ratio; sized on the log odds ratio with the variance of null and truth.

    The size is that of gsDesign's nBinomial on the scale of odds ratios; the statistic is equation 13 of Miettinen and
    Nurminen (1985).
    """

    adjusted: bool = False

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`, on the log odds ratio."""
        p1, p2 = self.treatment, self.control
        distance = math.log(p1 / (1 - p1) / (p2 / (1 - p2)) / self.null)
        q1, q2 = restricted("odds-ratio", self.null, p1, p2, sizes[..., 1] / sizes[..., 0])
        stated = np.sqrt(1 / (sizes[..., 0] * q1 * (1 - q1)) + 1 / (sizes[..., 1] * q2 * (1 - q2)))
        true = np.sqrt(1 / (sizes[..., 0] * p1 * (1 - p1)) + 1 / (sizes[..., 1] * p2 * (1 - p2)))
        if self.adjusted:
            n = sizes.sum(axis=-1)
            stated = stated * np.sqrt(n / np.maximum(n - 1, 1e-9))
        return np.full(sizes.shape[:-1], distance), stated, true

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """Closed form; with N / (N - 1) by a root finder."""
        if not self.adjusted:
            return self.closed(alpha, sides, power, weights)
        return super(NormalCount, self).total(alpha, sides, power, weights)

    def observed(self, x1: Any, n1: Any, x2: Any, n2: Any) -> Floats:
        """Score statistic."""
        return score("odds-ratio", self.null, (x1, n1, x2, n2), adjusted=self.adjusted)


@dataclass(frozen=True, kw_only=True)
class LogRatioTest(TwoProportionTest):
    """Wald test of the log risk ratio or the log odds ratio (Lachin 2011, sections 2.3 and 3.3).

    In data half an event is added to each cell, so that empty cells have a logarithm.
    """

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`; one variance, for the Wald test does not use that of the null."""
        p1, p2 = self.treatment, self.control
        if self.scale == "odds-ratio":
            distance = math.log(p1 / (1 - p1) / (p2 / (1 - p2)) / self.null)
            v1, v2 = 1 / (p1 * (1 - p1)), 1 / (p2 * (1 - p2))
        else:
            distance = math.log(p1 / p2 / self.null)
            v1, v2 = (1 - p1) / p1, (1 - p2) / p2
        error = np.sqrt(v1 / sizes[..., 0] + v2 / sizes[..., 1])
        return np.full(sizes.shape[:-1], distance), error, error

    def observed(self, x1: Any, n1: Any, x2: Any, n2: Any) -> Floats:
        """Wald statistic of the logarithm."""
        a, b = np.asarray(x1) + 0.5, np.asarray(x2) + 0.5
        if self.scale == "odds-ratio":
            c, d = np.asarray(n1) - x1 + 0.5, np.asarray(n2) - x2 + 0.5
            found, variance = np.log(a / c / (b / d)), 1 / a + 1 / b + 1 / c + 1 / d
        else:
            m, n = np.asarray(n1) + 0.5, np.asarray(n2) + 0.5
            found, variance = np.log(a / m / (b / n)), 1 / a - 1 / m + 1 / b - 1 / n
        return standardised(found - math.log(self.null), variance)


@dataclass(frozen=True, kw_only=True)
class ArcsineTest(TwoProportionTest):
    """Test of no effect on the variance-stabilising scale 2 arcsin sqrt(p) (Cohen 1988, chapter 6)."""

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`; Cohen's h and its variance, which is the same everywhere."""
        h = 2 * math.asin(math.sqrt(self.treatment)) - 2 * math.asin(math.sqrt(self.control))
        error = np.sqrt(1 / sizes[..., 0] + 1 / sizes[..., 1])
        return np.full(sizes.shape[:-1], h), error, error

    def observed(self, x1: Any, n1: Any, x2: Any, n2: Any) -> Floats:
        """Difference of arcsines by its standard error."""
        n1, n2 = np.asarray(n1, dtype=float), np.asarray(n2, dtype=float)
        return np.asarray(
            2 * (np.arcsin(np.sqrt(x1 / n1)) - np.arcsin(np.sqrt(x2 / n2))) / np.sqrt(1 / n1 + 1 / n2), dtype=float
        )


@dataclass(frozen=True, kw_only=True)
class CorrectedTest(TwoProportionTest):
    """Chi-squared test of no effect with Yates's continuity correction; its size approximates that of Fisher's test.

    Fleiss, Tytun and Ury (1980), equation 4, which for equal arms is Casagrande, Pike and Smith (1978).
    """

    def _correction(self, sizes: Floats) -> Floats:
        return np.asarray(0.5 * (1 / sizes[..., 0] + 1 / sizes[..., 1]), dtype=float)

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`; the distance is less by the correction, towards the alternative."""
        q1, q2 = restricted("difference", 0.0, self.treatment, self.control, sizes[..., 1] / sizes[..., 0])
        distance = self.treatment - self.control - self.direction * self._correction(sizes)
        stated = np.sqrt(self._variances(q1, q2, sizes, 1.0))
        return distance, stated, np.sqrt(self._variances(self.treatment, self.control, sizes, 1.0))

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The uncorrected size N0 becomes N0/4 (1 + sqrt(1 + 4c/(N0 difference)))^2, with c/N the correction twice."""
        pooled = LinearTest(
            treatment=self.treatment, control=self.control, null=0.0, scale="difference", direction=self.direction,
            label=self.label, variance="restricted",
        )  # fmt: skip
        bare = pooled.closed(alpha, sides, power, weights)
        twice = 2 * float(self._correction(np.asarray(weights, dtype=float)))
        return bare / 4 * (1 + math.sqrt(1 + 2 * twice / (bare * abs(self.treatment - self.control)))) ** 2

    def observed(self, x1: Any, n1: Any, x2: Any, n2: Any) -> Floats:
        """Corrected statistic; a difference smaller than the correction counts as none."""
        x1, n1, x2, n2 = (np.asarray(v, dtype=float) for v in (x1, n1, x2, n2))
        difference = x1 / n1 - x2 / n2
        less = np.maximum(np.abs(difference) - 0.5 * (1 / n1 + 1 / n2), 0.0)
        pooled = (x1 + x2) / (n1 + n2)
        return standardised(np.copysign(less, difference), pooled * (1 - pooled) * (1 / n1 + 1 / n2))
