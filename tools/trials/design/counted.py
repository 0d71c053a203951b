"""Statistics of counts: drawn look by look, standardised in one place, tested on one side, two, or both margins."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.stats import norm

from benchside.tools.trials.design.binomial import EQUAL
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.looks import Counts, counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic

FAR = 40.0  # stands for an infinite statistic: beyond every boundary, and still a number


def standardised(numerator: Any, variance: Any) -> Floats:
    """Numerator by standard deviation; 0 where both vanish, far out where only the variance does."""
    numerator, variance = np.asarray(numerator, dtype=float), np.asarray(variance, dtype=float)
    nothing = variance <= 1e-14
    z = numerator / np.sqrt(np.where(nothing, 1.0, variance))
    return np.where(nothing, np.where(np.abs(numerator) <= 1e-12, 0.0, np.copysign(FAR, numerator)), z)


def binomial_looks(
    rng: np.random.Generator, size: int, fractions: Sequence[float], proportion: float, trials: int
) -> tuple[Counts, Counts]:
    """Cumulative events of an arm, shape (trials, looks), and its size at each look."""
    at = counts_at(size, fractions)
    new = np.diff(at, prepend=0)
    return np.cumsum(rng.binomial(new, proportion, size=(trials, len(at))), axis=1), at


class CountStatistic(Statistic):
    """A statistic that is a function of drawn counts.

    Attributes:
        direction: +1 where the alternative is the larger effect, -1 where it is the smaller.
    """

    direction: int

    @abstractmethod
    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Any:
        """Simulated data, cumulative at each look."""

    @abstractmethod
    def standardise(self, data: Any) -> Floats:
        """The statistic of simulated data, shape (trials, looks), positive for larger effects."""

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """See `Statistic.sample`."""
        return self.direction * self.standardise(self.draw(rng, sizes, fractions, trials))


class ExactCount(CountStatistic):
    """An exact test of counts, which rejects by its p values."""

    whole: ClassVar[bool] = True

    @abstractmethod
    def p_values(self, data: Any) -> tuple[Floats, Floats]:
        """One-sided p values of simulated data, for a larger and for a smaller effect, each (trials, looks)."""

    def standardise(self, data: Any) -> Floats:
        """The one-sided p values as normal quantiles: the smaller of both sides, with its sign."""
        more, fewer = self.p_values(data)
        smaller = np.clip(np.minimum(more, fewer) / EQUAL, 1e-300, 0.5)
        return np.asarray(np.where(more <= fewer, norm.isf(smaller), -norm.isf(smaller)), dtype=float)

    def monitored(self) -> None:
        """Not in scope: exact group-sequential tests are other designs."""
        self.refuse_monitoring("the boundaries are of normal statistics, this one is discrete")


class NormalCount(CountStatistic):
    """A statistic that is asymptotically normal: distance from the null, and its spread under null and truth."""

    @abstractmethod
    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """Distance of the truth from the null, its standard error as the test states it, and the true one.

        All of shape (...), for sizes of shape (..., arms).
        """

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Normal approximation; at two sides, rejections on the wrong side are not counted, as is usual."""
        distance, stated, true = self.moments(np.asarray(sizes, dtype=float))
        return np.asarray(norm.cdf((self.direction * distance - norm.isf(alpha / sides) * stated) / true), dtype=float)

    def closed(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The total at which standard errors that fall with the root of the size give this power.

        Raises:
            ContradictoryInputError: the truth lies on the wrong side of the null, so that no size does.
        """
        distance, stated, true = (float(m) for m in self.moments(np.asarray(weights, dtype=float)))
        if self.direction * distance <= 0:
            raise ContradictoryInputError(
                "the assumed effect does not lie on the side of the alternative",
                where="effect",
                hint="Assume an effect beyond the null or margin.",
            )
        return float(((norm.isf(alpha / sides) * stated + norm.isf(1 - power) * true) / distance) ** 2)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The closed form ((z_alpha s0 + z_beta s1) / distance)^2."""
        return self.closed(alpha, sides, power, weights)


@dataclass(frozen=True, kw_only=True)
class TwoOneSided(Statistic):
    """Equivalence: the test against the lower margin and the one against the upper one must both reject.

    The power is that of both less one, never below 0: exact where both share a numerator (differences, log ratios),
    otherwise a lower bound.
    """

    lower: CountStatistic
    upper: CountStatistic
    label: str
    exactness: Exactness
    references: tuple[str, ...]
    arms: ClassVar[int] = 2

    @classmethod
    def of(cls, lower: CountStatistic, upper: CountStatistic) -> Self:
        """Of two asymptotic tests, described by the lower one."""
        return cls(
            lower=lower,
            upper=upper,
            label=f"two one-sided tests, {lower.label}",
            exactness="asymptotic",
            references=lower.references,
        )

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """P(lower rejects) + P(upper rejects) - 1, each at the level alpha / sides."""
        both = self.lower.power(sizes, alpha, sides) + self.upper.power(sizes, alpha, sides) - 1
        return np.maximum(both, 0.0)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """The smaller of both statistics of the same data."""
        data = self.lower.draw(rng, sizes, fractions, trials)
        return np.minimum(
            self.lower.direction * self.lower.standardise(data), self.upper.direction * self.upper.standardise(data)
        )

    def monitored(self) -> None:
        """Not in scope."""
        self.refuse_monitoring("two one-sided tests have no single boundary")


@dataclass(frozen=True, kw_only=True)
class OneSampleTwoOneSided(TwoOneSided):
    """As `TwoOneSided`, for one group or for pairs."""

    arms: ClassVar[int] = 1
