"""Tests of a contrast of independent means: z with known variance, t with pooled variance, and Welch's test.

One sample, pairs, two arms, the sequences of a crossover: each is a contrast of the means of independent groups of
normal values. What differs is the contrast, the standard deviations, and how the variance is estimated.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import norm

from benchside.tools.trials.design.continuous.moments import Moments, draw_moments, look_sizes
from benchside.tools.trials.design.continuous.welch import welch_power
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import normal_power, normal_tost_power, t_power, to_normal, tost_power


@dataclass(frozen=True, kw_only=True)
class MeanStatistic(Statistic):
    """A test about a contrast of means.

    Attributes:
        label, exactness, references: as in `Statistic`.
        direction: +1 where a larger contrast speaks for the alternative, -1 where a smaller one does.
        effect: true value of the contrast.
        nulls: one value to be excluded, or the two margins of equivalence (two one-sided tests).
        coefficients: of the group means in the contrast, one per group.
        sds: true standard deviation of a value in each group.
        counted: what sizes count.
        arm_names: names of the groups, in the order of sizes.
    """

    label: str
    exactness: Exactness = "exact"
    references: tuple[str, ...]
    direction: int
    effect: float
    nulls: tuple[float, ...]
    coefficients: tuple[float, ...]
    sds: tuple[float, ...]
    counted: str = "participants"
    arm_names: tuple[str, ...] = ("treatment", "control")

    def __post_init__(self) -> None:
        # class attributes of Statistic that here differ between instances: groups are as many as coefficients
        object.__setattr__(self, "arms", len(self.coefficients))
        object.__setattr__(self, "unit", self.counted)

    def standard_error(self, sizes: Floats) -> Floats:
        """True standard error of the estimated contrast at sizes of shape (..., groups)."""
        scale = np.asarray(self.coefficients) * np.asarray(self.sds)
        return np.asarray(np.sqrt((scale**2 / sizes).sum(axis=-1)), dtype=float)

    def shifts(self, sizes: Floats) -> tuple[Floats, ...]:
        """Distances of the effect from each null in standard errors, towards the alternative."""
        error = self.standard_error(sizes)
        if len(self.nulls) == 2:
            return (self.effect - self.nulls[0]) / error, (self.nulls[1] - self.effect) / error
        return (self.direction * (self.effect - self.nulls[0]) / error,)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power at sizes (..., groups); at two sides the rejections on the wrong side count. Empty groups give 0.

        For equivalence `alpha / sides` is the level of each of the two tests.
        """
        sizes = np.asarray(sizes, dtype=float)
        filled = np.asarray(np.all(sizes > 0, axis=-1))
        safe = np.where(filled[..., None], sizes, 1.0)
        return np.where(filled, self._power(safe, self.shifts(safe), alpha / sides, sides == 2), 0.0)

    @abstractmethod
    def _power(self, sizes: Floats, shifts: tuple[Floats, ...], alpha: float, both: bool) -> Floats:
        """Power for positive sizes; `alpha` is the level of one side."""

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Statistics on the normal scale, shape (trials, looks), from sufficient statistics of simulated values."""
        looks = look_sizes(sizes, fractions, self._fewest())
        means = [0.0] * len(sizes)
        means[0] = self.effect / self.coefficients[0]  # the other means are 0; only the contrast matters
        drawn = [
            draw_moments(rng, mean, sd, [look[g] for look in looks], trials)
            for g, (mean, sd) in enumerate(zip(means, self.sds, strict=True))
        ]
        estimate = sum(c * m.mean for c, m in zip(self.coefficients, drawn, strict=True))
        return self._from_moments(np.asarray(estimate), drawn, np.asarray(looks, dtype=float))

    def _fewest(self) -> int:
        """Values that each group needs at the first look."""
        return 2

    @abstractmethod
    def _from_moments(self, estimate: Floats, drawn: list[Moments], looks: Floats) -> Floats:
        """Statistics on the normal scale from the estimates (trials, looks) and the groups' moments."""

    def _towards(self, estimate: Floats, error: Floats, df: Floats | None) -> Floats:
        """Statistics on the normal scale; the smaller of the two for equivalence."""
        if len(self.nulls) == 2:
            lower = to_normal((estimate - self.nulls[0]) / error, df)
            upper = to_normal((self.nulls[1] - estimate) / error, df)
            return np.minimum(lower, upper)
        return to_normal(self.direction * (estimate - self.nulls[0]) / error, df)


@dataclass(frozen=True, kw_only=True)
class ZStatistic(MeanStatistic):
    """z test with known standard deviations; its looks are a Brownian motion at the information fractions."""

    brownian: ClassVar[bool] = True

    def _power(self, sizes: Floats, shifts: tuple[Floats, ...], alpha: float, both: bool) -> Floats:
        if len(shifts) == 2:
            return normal_tost_power(shifts[0], shifts[1], alpha)
        return normal_power(shifts[0], alpha, both=both)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The classic (z_alpha + z_beta)^2 formula (Chow 2003, chapter 3); for equivalence the exact root.

        At two sides it leaves out the rejections on the wrong side, as the literature does.
        """
        if len(self.nulls) == 2:
            return super().total(alpha, sides, power, weights)
        z = float(norm.isf(alpha / sides) + norm.ppf(power))
        shift = float(self.shifts(np.asarray(weights, dtype=float))[0])  # at a total size of 1
        if shift <= 0:
            return super().total(alpha, sides, power, weights)  # which says that no size will do
        return (z / shift) ** 2

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Mean of the final z statistic."""
        if len(self.nulls) == 2:
            return super().drift(sizes, alpha, sides)
        return self.shifts(np.asarray(sizes, dtype=float))[0]

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """z statistics at exact fractions of the final information."""
        t = np.asarray(fractions, dtype=float)
        error = float(self.standard_error(np.asarray(sizes, dtype=float)))
        steps = rng.standard_normal((trials, len(t)))
        steps *= np.sqrt(np.diff(t, prepend=0.0))
        estimate = np.cumsum(steps, axis=1, out=steps)
        estimate *= error / t
        estimate += self.effect
        return self._towards(estimate, error / np.sqrt(t), None)

    def _from_moments(self, estimate: Floats, drawn: list[Moments], looks: Floats) -> Floats:
        return self._towards(estimate, self.standard_error(looks), None)


@dataclass(frozen=True, kw_only=True)
class TStatistic(MeanStatistic):
    """t test with the variance pooled over the groups, which share one standard deviation; exact."""

    def df(self, sizes: Floats) -> Floats:
        """Degrees of freedom at sizes (..., groups)."""
        return np.asarray(np.asarray(sizes).sum(axis=-1) - len(self.coefficients), dtype=float)

    def _power(self, sizes: Floats, shifts: tuple[Floats, ...], alpha: float, both: bool) -> Floats:
        if len(shifts) == 2:
            return tost_power(self.df(sizes), shifts[0], shifts[1], alpha)
        return t_power(self.df(sizes), shifts[0], alpha, both=both)

    def _from_moments(self, estimate: Floats, drawn: list[Moments], looks: Floats) -> Floats:
        df = self.df(looks)
        pooled = np.sqrt(sum(m.squares for m in drawn) / df)
        error = self.standard_error(looks) / self.sds[0] * pooled
        return self._towards(estimate, error, df)


@dataclass(frozen=True, kw_only=True)
class WelchStatistic(MeanStatistic):
    """Welch's test of two means with separate variances and Satterthwaite's degrees of freedom; its exact power."""

    def _power(self, sizes: Floats, shifts: tuple[Floats, ...], alpha: float, both: bool) -> Floats:
        return welch_power(sizes, (self.sds[0] ** 2, self.sds[1] ** 2), shifts, alpha, both=both)

    def _from_moments(self, estimate: Floats, drawn: list[Moments], looks: Floats) -> Floats:
        parts = [m.squares / (looks[:, g] - 1) / looks[:, g] for g, m in enumerate(drawn)]
        variance = parts[0] + parts[1]
        df = variance**2 / sum(p**2 / (looks[:, g] - 1) for g, p in enumerate(parts))
        return self._towards(estimate, np.sqrt(variance), np.asarray(df))
