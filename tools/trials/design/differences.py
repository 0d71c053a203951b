"""Tests of one difference that is normally distributed, against one null or two margins: the parts they all share.

How large the standard error is, and how the data are drawn, is for each test to say.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from benchside.tools.trials.design.statistic import Floats, Statistic
from benchside.tools.trials.design.student import normal_power, normal_tost_power, t_power, tost_power


@dataclass(frozen=True, eq=False)
class DifferenceTest(Statistic):
    """A test of a difference.

    Attributes:
        direction: +1 where a larger difference speaks for the alternative, -1 where a smaller one does.
        difference: true value.
        nulls: one value to be excluded, or the two margins of equivalence (two one-sided tests).
    """

    label: str
    direction: int
    difference: float
    nulls: tuple[float, ...]

    def shifts(self, error: Floats) -> tuple[Floats, ...]:
        """Distances of the true difference from each null in standard errors, towards the alternative."""
        return self._distances(np.asarray(self.difference, dtype=float), error)

    def towards(self, estimate: Floats, error: Floats) -> Floats:
        """The statistic of estimates, positive towards the alternative; the smaller of the two for equivalence."""
        found = self._distances(estimate, error)
        return np.minimum(*found) if len(found) == 2 else found[0]

    def _distances(self, at: Floats, error: Floats) -> tuple[Floats, ...]:
        if len(self.nulls) == 2:
            return np.asarray((at - self.nulls[0]) / error), np.asarray((self.nulls[1] - at) / error)
        return (np.asarray(self.direction * (at - self.nulls[0]) / error),)

    def normal_power(self, error: Floats, alpha: float, sides: int) -> Floats:
        """Power with this true standard error, known to the test; at two sides both count."""
        found = self.shifts(error)
        if len(found) == 2:
            return normal_tost_power(*found, alpha / sides)
        return normal_power(found[0], alpha / sides, both=sides == 2)

    def t_power(self, df: Floats, error: Floats, alpha: float, sides: int) -> Floats:
        """As `normal_power`, where the test estimates the standard error with `df` degrees of freedom."""
        found = self.shifts(error)
        if len(found) == 2:
            return tost_power(df, *found, alpha / sides)
        return t_power(df, found[0], alpha / sides, both=sides == 2)


@dataclass(frozen=True, eq=False)
class KnownDifferenceTest(DifferenceTest):
    """A test of a difference whose standard error is known; two-sided power counts both sides, `total` does not."""

    @abstractmethod
    def error(self, sizes: Floats) -> Floats:
        """Standard error of the difference at sizes of shape (..., arms), falling with the root of the size."""

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Normal power; for equivalence that of both one-sided tests."""
        return self.normal_power(self.error(sizes), alpha, sides)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The formula (z_alpha + z_beta)^2 (error / distance)^2 for one margin; otherwise the root of the power."""
        if len(self.nulls) == 2:
            return super().total(alpha, sides, power, weights)
        unit = float(self.error(np.asarray(weights, dtype=float)))
        wanted = norm.isf(alpha / sides) + norm.ppf(power)
        return float((wanted * unit / (self.difference - self.nulls[0])) ** 2)

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Mean of the normal statistic."""
        return self.shifts(self.error(sizes))[0]
