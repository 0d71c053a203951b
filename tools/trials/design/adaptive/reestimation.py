"""Unblinded re-estimation of the sample size after the first of two stages, by conditional power.

The trial starts as a group-sequential one. Where conditional power at the interim look lies in a range, the final size
is chosen so that it reaches a target, up to a largest size (Lehmacher & Wassmer 1999; Cui, Hung & Wang 1999; Mehta &
Pocock 2011; gsDesign's ssrCP). The final test is one of three: the inverse normal with the planned weights (which are
those of Cui, Hung and Wang), Fisher's product, or the conventional statistic of all data, whose type I error depends on
the rule and is worked out here rather than assumed.

Sizes are information: the z of data of size m has the mean theta * sqrt(m).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import chi2

from benchside.tools.trials.design.adaptive.combination import gauss_legendre
from benchside.tools.trials.design.checks import between, finite, not_negative, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.statistic import Floats

Combination = Literal["inverse-normal", "sufficient", "fisher"]
COMBINATIONS: dict[str, str] = {
    "inverse-normal": "inverse normal combination with the planned weights",
    "sufficient": "conventional statistic of all data",
    "fisher": "Fisher's product of the p values of the stages",
}
_REACH = 9.0


@dataclass(frozen=True)
class TwoStage:
    """The group-sequential design that a re-estimation starts from.

    Attributes:
        first, planned: cumulative sizes of the two analyses.
        futility: at or below this z the trial stops at the first look; -inf never.
        efficacy: at or above this z it rejects there.
        final: critical value of the planned final z.
    """

    first: float
    planned: float
    futility: float
    efficacy: float
    final: float

    def __post_init__(self) -> None:
        positive("first", self.first)
        if positive("planned", self.planned) <= self.first:
            raise ContradictoryInputError(
                f"the final size {self.planned:g} is not above the first {self.first:g}",
                where="planned",
                hint="Give cumulative sizes in order.",
            )
        if not self.futility < self.efficacy:
            raise ContradictoryInputError(
                f"the futility limit {self.futility:g} is not below the efficacy limit {self.efficacy:g}",
                where="futility",
                hint="Give a lower futility limit.",
            )


@dataclass(frozen=True)
class Behaviour:
    """What a re-estimated trial does at one true effect: probability to reject, expected size, stops, increases."""

    reject: float
    expected: float
    stop_efficacy: float
    stop_futility: float
    adapted: float


@dataclass(frozen=True)
class Reestimation:
    """A rule of re-estimation.

    Attributes:
        base: the design it starts from.
        combination: the final test.
        low, high: conditional power, with the planned size, between which the size is chosen anew.
        target: conditional power that the new size is to have.
        largest: largest final size, as a multiple of the planned one.
        theta: effect for conditional power; None is the effect observed at the look.
        overrun: participants enrolled but not analysed when the trial stops at the first look.
    """

    base: TwoStage
    combination: Combination
    low: float
    high: float
    target: float
    largest: float
    theta: float | None = None
    overrun: float = 0.0

    def __post_init__(self) -> None:
        if self.combination not in COMBINATIONS:
            raise OutOfScopeError(
                f"the combination {self.combination!r}", where="combination", hint=f"One of: {', '.join(COMBINATIONS)}."
            )
        between("low", self.low, 0, 1)
        between("high", self.high, 0, 1)
        between("target", self.target, 0, 1)
        if self.low >= self.high:
            raise ContradictoryInputError(
                f"the range {self.low:g} to {self.high:g} of conditional power is empty",
                where="low",
                hint="Give an increasing pair, such as 0.5 and 0.9.",
            )
        between("largest", self.largest, 1, 1000, closed=True)
        not_negative("overrun", self.overrun)
        if self.base.first + self.overrun > self.base.planned:
            raise ContradictoryInputError(
                "the overrun exceeds the second stage", where="overrun", hint="Give fewer participants."
            )
        if self.theta is not None:
            positive("theta", self.theta)

    def cutoff(self, z1: Floats | float, second: Floats | float) -> Floats:
        """The z of the second stage's own data from which on the final test rejects; shape of z1 and second.

        Args:
            z1: statistic of the first look.
            second: size of the second stage.
        """
        z = np.asarray(z1, dtype=float)
        m = np.asarray(second, dtype=float)
        n1, c = self.base.first, self.base.final
        if self.combination == "inverse-normal":
            t = n1 / self.base.planned
            return np.asarray((c - z * math.sqrt(t)) / math.sqrt(1 - t) + 0 * m, dtype=float)
        if self.combination == "sufficient":
            return np.asarray((c * np.sqrt(n1 + m) - z * math.sqrt(n1)) / np.sqrt(m), dtype=float)
        level = float(ndtr(-c))
        product = math.exp(-chi2.isf(level, 4) / 2)
        rest = np.minimum(product / ndtr(-z), 1.0) + 0 * m
        return np.asarray(-ndtri(rest), dtype=float)

    def conditional_power(self, z1: Floats | float, second: Floats | float | None = None) -> Floats:
        """P(the final test rejects | z1) with a second stage of size `second`, the planned one by default."""
        z = np.asarray(z1, dtype=float)
        m = np.asarray(self.base.planned - self.base.first if second is None else second, dtype=float)
        return np.asarray(ndtr(np.sqrt(m) * self._effect(z) - self.cutoff(z, m)), dtype=float)

    def _effect(self, z1: Floats) -> Floats:
        return z1 / math.sqrt(self.base.first) if self.theta is None else np.full_like(z1, self.theta)

    def adapts(self, z1: Floats | float) -> Floats:
        """Whether the size is chosen anew at z1."""
        z = np.asarray(z1, dtype=float)
        goes_on = (z > self.base.futility) & (z < self.base.efficacy)
        power = self.conditional_power(z)
        return np.asarray(goes_on & (power >= self.low) & (power <= self.high))

    def final_size(self, z1: Floats | float) -> Floats:
        """Size of the whole trial after the first look: stopped, as planned, or chosen anew; shape of z1."""
        z = np.atleast_1d(np.asarray(z1, dtype=float))
        goes_on = (z > self.base.futility) & (z < self.base.efficacy)
        size = np.where(goes_on, self.base.planned, self.base.first + self.overrun)
        anew = np.asarray(self.adapts(z), dtype=bool)
        size[anew] = self.needed(z[anew])
        return size.reshape(np.shape(z1))

    def needed(self, z1: Floats) -> Floats:
        """The size with the target conditional power, whatever the zone: the planned one or above, up to the largest.

        gsDesign makes it smaller than planned where the range of `low` and `high` reaches above the target.
        """
        low = np.full(len(z1), self.base.planned)
        kept = self.conditional_power(z1) >= self.target
        high = np.full(len(z1), self.largest * self.base.planned)
        short = self.conditional_power(z1, high - self.base.first) < self.target
        for _ in range(60):
            middle = (low + high) / 2
            enough = self.conditional_power(z1, middle - self.base.first) >= self.target
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.where(kept, self.base.planned, np.where(short, self.largest * self.base.planned, high))

    def _at_power(self, power: float) -> float:
        """The z1 at which conditional power with the planned size is `power`; it rises with z1."""
        low, high = -_REACH * 2, _REACH * 2

        def off(z: float) -> float:
            return float(self.conditional_power(z)) - power

        if off(low) > 0:
            return low
        return high if off(high) < 0 else float(brentq(off, low, high, xtol=1e-13))

    def zones(self) -> tuple[float, float]:
        """The z1 between which the size is chosen anew: the promising zone of Mehta and Pocock."""
        ends = (self._at_power(self.low), self._at_power(self.high))
        low, high = (min(max(z, self.base.futility), self.base.efficacy) for z in ends)
        return low, high

    def behaviour(self, theta: float) -> Behaviour:
        """Rejection and expected size at a true effect theta, by quadrature over the first look."""
        finite("theta", theta)
        base = self.base
        mean = theta * math.sqrt(base.first)
        stop_up, stop_down = float(ndtr(mean - base.efficacy)), float(ndtr(base.futility - mean))
        reject, size, adapted = stop_up, (stop_up + stop_down) * (base.first + self.overrun), 0.0
        low, high = self.zones()
        start = max(base.futility, mean - _REACH)
        stop = min(base.efficacy, mean + _REACH)
        edges = sorted(min(max(e, start), stop) for e in (start, low, *self._kinks(low, high), high, stop))
        for a, b in pairwise(edges):
            if b <= a:
                continue
            anew = low <= (a + b) / 2 <= high
            z, weight = _panels(a, b)
            weight = weight * np.exp(-0.5 * (z - mean) ** 2) / math.sqrt(2 * math.pi)
            total = self.needed(z) if anew else np.full(len(z), base.planned)
            second = total - base.first
            reject += float(weight @ ndtr(np.sqrt(second) * theta - self.cutoff(z, second)))
            size += float(weight @ total)
            adapted += float(weight.sum()) if anew else 0.0
        return Behaviour(reject, size, stop_up, stop_down, adapted)

    def _kinks(self, low: float, high: float) -> list[float]:
        """Where in the zone the needed size meets its limits, and where Fisher's product rejects by itself."""
        found = []
        if self.combination == "fisher":
            found.append(-float(ndtri(math.exp(-chi2.isf(float(ndtr(-self.base.final)), 4) / 2))))
        ends = (self.largest * self.base.planned - self.base.first, self.base.planned - self.base.first)
        for second in ends:

            def off(z: float, second: float = second) -> float:
                return float(self.conditional_power(z, second)) - self.target

            if low < high and off(low) < 0 < off(high):
                found.append(float(brentq(off, low, high, xtol=1e-13)))
        return found


def _panels(a: float, b: float) -> tuple[Floats, Floats]:
    nodes, weights = gauss_legendre(24)
    edges = np.linspace(a, b, max(1, math.ceil((b - a) / 0.75)) + 1)
    half = np.diff(edges) / 2
    z = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    return z.ravel(), (half[:, None] * weights).ravel()


def promising_zone_start(base: TwoStage, target: float, largest: float) -> float:
    """Least conditional power from which on the conventional test may follow an increase without inflating alpha.

    At or above it the size with conditional power `target` (at the observed effect, up to `largest` times the planned)
    makes the conventional test at least as strict as the one that keeps the conditional error.

    References:
        Chen, DeMets & Lan (2004) Stat Med 23:1023-1038; Mehta & Pocock (2011) Stat Med 30:3267-3284, Table I.
    """
    conventional = Reestimation(base, "sufficient", 1e-9, target, target, largest)
    weighted = Reestimation(base, "inverse-normal", 1e-9, target, target, largest)

    def surplus(z: float) -> float:
        second = conventional.needed(np.asarray([z])) - base.first
        return float((conventional.cutoff(z, second) - weighted.cutoff(z, second))[0])

    top = conventional._at_power(target)
    z = top
    while z > 0 and surplus(z - 0.01) >= 0:
        z -= 0.01
    if z <= 0.01:
        return float(conventional.conditional_power(max(z, 0.0)))
    start = float(brentq(surplus, z - 0.01, z, xtol=1e-10)) if surplus(z) > 0 else z
    return float(conventional.conditional_power(start))
