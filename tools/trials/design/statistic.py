"""A test statistic at given assumptions: what power it has at which sizes, and how a trial of it is drawn.

This is what every comparison is composed from. An endpoint (`endpoints.py`) makes one; monitoring, rounding, dropout,
power curves and the check by simulation are written once, on top of it, in `comparison.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from benchside.tools.trials.design.checks import LARGEST_N
from benchside.tools.trials.design.errors import OutOfScopeError, UnreachableError

Floats = NDArray[np.float64]
Exactness = Literal["exact", "asymptotic"]


class Statistic(ABC):
    """A test statistic with everything fixed but the sizes.

    Attributes:
        label: for people, such as "two-sample t test, pooled variance".
        exactness: `exact` when `power` is the true power of the test under the assumed distribution, up to numerical
            error; `asymptotic` when it rests on a large-sample approximation.
        references: keys of `references.py`.
        arms: number of groups that sizes are given for (sequences of a crossover; 1 for one sample and for pairs).
        unit: what is counted: participants, pairs, clusters.
        whole: whether power is defined for whole sizes only (exact discrete tests).
        brownian: whether the statistics of several looks are exactly jointly normal with independent increments.
    """

    label: str
    exactness: Exactness
    references: tuple[str, ...]
    arms: ClassVar[int] = 2
    unit: ClassVar[str] = "participants"
    whole: ClassVar[bool] = False
    brownian: ClassVar[bool] = False

    @abstractmethod
    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power at sizes of shape (..., arms), shape (...).

        `alpha` is the total over the sides; at two sides the rejections on the wrong side are counted only where the
        field counts them (the docstring of each statistic says).
        """

    @abstractmethod
    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Simulated test statistics, shape (trials, looks), positive towards the alternative.

        A one-sided test rejects at the final look when the value is at or above the normal quantile of 1 - alpha, a
        two-sided one when its absolute value is at or above that of 1 - alpha/2; a statistic that is not normal is put
        on that scale through its p value. Equivalence returns the smaller of its two statistics. The data follow this
        statistic's own assumptions; each look takes the first `fraction` of each arm (of the events, where events drive
        the looks).
        """

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The smallest total size of that power, not rounded; arms have the shares `weights`, which sum to 1.

        By a root finder on `power`; statistics with a closed form give that instead, and discrete ones search.

        Raises:
            UnreachableError: none up to ten million.
        """
        shares = np.asarray(weights, dtype=float)

        def lacking(total: float) -> float:
            return float(self.power(total * shares, alpha, sides)) - power

        high = 4.0 / float(shares.min())
        while not lacking(high) >= 0:
            high *= 2
            if high > LARGEST_N:
                raise UnreachableError(
                    f"{LARGEST_N:,} {self.unit} do not reach a power of {power:g}",
                    where="power",
                    hint="Assume a larger effect or a smaller spread, or ask for less power.",
                )
        low = high / 2
        while lacking(low) >= 0:
            low /= 2
            if low < 1e-6:
                return low
        return float(brentq(lacking, low, high, xtol=1e-10, rtol=1e-12))

    def inflated(self, total: float, inflation: float, weights: Sequence[float]) -> float:
        """The total with `inflation` times the information of `total`: in proportion, where nothing is said."""
        del weights
        return total * inflation

    def drift(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Mean of the final normal statistic of a monitored trial at these sizes.

        Where a statistic has none of its own, that normal shift which has the power of the fixed test: the inflation
        factor of a group-sequential design is applied to the fixed design of the same test (as rpact does for t tests).
        """
        fixed = np.clip(self.power(sizes, alpha, sides), 1e-300, 1 - 1e-16)
        return np.asarray(norm.isf(alpha / sides) + norm.ppf(fixed), dtype=float)

    def monitored(self) -> None:  # noqa: B027 - a hook that most statistics leave empty
        """Pass when interim analyses of this statistic are in scope.

        Raises:
            OutOfScopeError: by name, where they are not.
        """

    def refuse_monitoring(self, why: str) -> None:
        """For statistics that are out of scope for interim looks."""
        raise OutOfScopeError(
            f"interim looks of the {self.label}: {why}", where="looks", hint="Leave out looks, or choose another test."
        )
