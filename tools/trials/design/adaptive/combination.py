"""Combination tests: p values of independent stages joined by a rule that was fixed before the data.

Both tests are a weighted sum of scores of the stage-wise p values, `-log p` for Fisher's product and the normal
quantile for the inverse normal, that rejects at stage k when it reaches a bound. So one backward recursion over that
sum gives type I error, power, conditional error and overall p values of either.

The p values are one-sided, independent and uniform at the null (p-clud is enough for the level). A rejection takes
precedence over a stop for futility when both apply at one look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, Self

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import log_ndtr, ndtr, ndtri

from benchside.tools.trials.design.checks import finite, not_negative, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats

Kind = Literal["fisher", "inverse-normal"]
MOST_STAGES = 10
_REACH = 9.0  # a normal deviate beyond has probability 1e-19
_DEGREE = 24
_PIECE = 2.0  # length, in units of the score, of a piece on which rejection probabilities are interpolated


@dataclass(frozen=True)
class CombinationTest:
    """A combination test with its bounds.

    Attributes:
        kind: `fisher` or `inverse-normal`.
        weights: of the stages; the powers of the p values in Fisher's product, the weights of the normal scores.
        bounds: reject at stage k when the weighted sum of the first k scores is at or above bounds[k].
        futility: stop at stage k without rejection when its p value is above futility[k]; 1 never stops. One fewer
            than stages.
    """

    kind: Kind
    weights: tuple[float, ...]
    bounds: tuple[float, ...]
    futility: tuple[float, ...]

    def __post_init__(self) -> None:
        stages = len(self.weights)
        if not 1 <= stages <= MOST_STAGES:
            raise ImpossibleInputError(f"{stages} stages", where="weights", hint=f"1 to {MOST_STAGES} stages.")
        if len(self.bounds) != stages or len(self.futility) != stages - 1:
            raise ContradictoryInputError(
                f"{stages} weights, {len(self.bounds)} bounds, {len(self.futility)} futility limits",
                where="bounds",
                hint="Give a bound for each stage and a futility limit for each but the last.",
            )
        for weight in self.weights:
            positive("weights", weight)
        if self.kind == "fisher":
            for bound in self.bounds:
                not_negative("bounds", bound)

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.weights)

    @classmethod
    def inverse_normal(
        cls, information: Sequence[float], critical: Sequence[float], futility: Sequence[float] = ()
    ) -> Self:
        """The inverse normal test (Lehmacher & Wassmer 1999) from z-scale critical values of a group-sequential plan.

        Args:
            information: cumulative information of the stages; the weights are the roots of its increments.
            critical: critical values of the combined z of each stage.
            futility: stage-wise p values above which to stop, none where it is empty.
        """
        info = np.asarray([positive("information", t) for t in information])
        steps = np.diff(info, prepend=0.0)
        if (steps <= 0).any():
            raise ContradictoryInputError(
                "the information does not increase", where="information", hint="Give cumulative values in order."
            )
        if len(critical) != len(info):
            raise ContradictoryInputError(
                f"{len(critical)} critical values for {len(info)} stages", where="critical", hint="One for each stage."
            )
        bounds = tuple(finite("critical", c) * float(np.sqrt(t)) for c, t in zip(critical, info, strict=True))
        return cls("inverse-normal", tuple(map(float, np.sqrt(steps))), bounds, checked_futility(futility, len(info)))

    def score(self, p: Floats | float) -> Floats:
        """Score of a stage-wise p value: larger is more evidence."""
        value = np.asarray(p, dtype=float)
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(value) if self.kind == "fisher" else -ndtri(value), dtype=float)

    def statistic(self, p_values: Sequence[float]) -> float:
        """The combined statistic of the first stages: the product of p values for Fisher, z for the inverse normal."""
        total = self._total(p_values)
        if self.kind == "fisher":
            return float(np.exp(-total))
        return total / float(np.sqrt(np.sum(np.square(self.weights[: len(p_values)]))))

    def critical(self) -> tuple[float, ...]:
        """Critical values as they are printed: products of p values for Fisher, combined z for the inverse normal."""
        if self.kind == "fisher":
            return tuple(float(np.exp(-b)) for b in self.bounds)
        sums = np.sqrt(np.cumsum(np.square(self.weights)))
        return tuple(float(b / s) for b, s in zip(self.bounds, sums, strict=True))

    def crossing(self, drift: Sequence[float] | float = 0.0) -> Floats:
        """Probability of rejection at each stage, shape (stages,).

        Args:
            drift: mean of the normal statistic of each stage by itself; 0 is the null.
        """
        means = self._means(drift)
        cumulative = np.asarray([self._from(0, 0.0, means, k + 1) for k in range(self.stages)])
        return np.asarray(np.diff(cumulative, prepend=0.0), dtype=float)

    def rejection(self, drift: Sequence[float] | float = 0.0) -> float:
        """Probability of rejection at any stage."""
        return self._from(0, 0.0, self._means(drift), self.stages)

    def conditional_rejection(self, p_values: Sequence[float], drift: Sequence[float] | float = 0.0) -> float:
        """Probability of rejection in the stages to come, given the p values so far.

        At no drift this is the conditional error (conditional rejection probability; Müller & Schäfer 2001): any test
        of that level in the rest of the trial keeps the overall level. Drift is for all stages; those past are ignored.

        Raises:
            ContradictoryInputError: the trial has stopped at these p values already.
        """
        total = self._total(p_values)
        done = len(p_values)
        if done >= self.stages or self.stopped(p_values):
            raise ContradictoryInputError(
                f"the trial has ended at stage {done}", where="p_values", hint="Ask before the stage at which it stops."
            )
        return self._from(done, total, self._means(drift), self.stages)

    def stopped(self, p_values: Sequence[float]) -> bool:
        """Whether the trial has stopped, for either reason, at one of these stages."""
        for k in range(1, len(p_values) + 1):
            if self._total(p_values[:k]) >= self.bounds[k - 1]:
                return True
            if k < self.stages and p_values[k - 1] > self.futility[k - 1]:
                return True
        return len(p_values) >= self.stages

    def overall_p_value(self, p_values: Sequence[float]) -> float:
        """p value of the whole trial by the stage-wise ordering (Brannath, Posch & Bauer 2002).

        Chance, at the null, to reject at an earlier stage or to see at this one a sum at least as large.

        Raises:
            ContradictoryInputError: the trial stopped before the last of these stages.
        """
        total = self._total(p_values)
        stage = len(p_values)
        if stage > 1 and self.stopped(p_values[:-1]):
            raise ContradictoryInputError(
                "the trial stopped before the last of these p values",
                where="p_values",
                hint="Give the p values up to the stage at which it stopped.",
            )
        earlier = CombinationTest(
            self.kind, self.weights[:stage], (*self.bounds[: stage - 1], total), self.futility[: stage - 1]
        )
        return earlier.rejection()

    def _total(self, p_values: Sequence[float]) -> float:
        if not 1 <= len(p_values) <= self.stages:
            raise ImpossibleInputError(
                f"{len(p_values)} p values", where="p_values", hint=f"Give one for each of 1 to {self.stages} stages."
            )
        found = [probability("p_values", p) for p in p_values]
        return float(np.dot(self.weights[: len(found)], self.score(np.asarray(found))))

    def _means(self, drift: Sequence[float] | float) -> tuple[float, ...]:
        if isinstance(drift, int | float):
            return (finite("drift", drift),) * self.stages
        if len(drift) != self.stages:
            raise ContradictoryInputError(
                f"{len(drift)} drifts for {self.stages} stages", where="drift", hint="Give one for each stage."
            )
        return tuple(finite("drift", float(d)) for d in drift)

    def _from(self, done: int, total: float, means: tuple[float, ...], last: int) -> float:
        """Probability of rejection in stages done+1 ... last, from the sum `total` after stage `done`."""
        later: _Pieces | None = None
        for k in range(last - 1, done, -1):
            later = self._level(k, means, later, last)
        return float(self._step(done, np.asarray([total]), means, later, last)[0])

    def _level(self, k: int, means: tuple[float, ...], later: _Pieces | None, last: int) -> _Pieces:
        """The rejection probability as a function of the sum after k stages (k of 1 or more), interpolated."""
        top = self.bounds[k - 1]
        weights = np.asarray(self.weights[:k])
        if self.kind == "fisher":
            low = 0.0
        else:
            low = float(np.dot(weights, np.asarray(means[:k])) - _REACH * np.sqrt(np.sum(weights**2)))
        low = min(low, top - 1e-9)
        kinks = [low, top]
        if k < last - 1:  # beyond this sum the next stage rejects or stops for futility, and never goes on
            kink = self.bounds[k] - self.weights[k] * float(self.score(self.futility[k]))
            if low < kink < top:
                kinks.append(kink)
        else:
            kink = self.bounds[k]
            if low < kink < top:
                kinks.append(kink)
        return _Pieces.of(sorted(kinks), lambda s: self._step(k, s, means, later, last))

    def _step(self, k: int, sums: Floats, means: tuple[float, ...], later: _Pieces | None, last: int) -> Floats:
        """Rejection probability from sums after k stages, shape (m,), given the function after k + 1 stages."""
        weight, mean = self.weights[k], means[k]
        crossing = self._normal((self.bounds[k] - sums) / weight)  # the stage's own z from which on it rejects
        now = ndtr(mean - crossing)
        if later is None or k + 1 >= last:
            return np.asarray(now, dtype=float)
        stop = -ndtri(self.futility[k])
        low = np.maximum(stop, mean - _REACH)
        high = np.minimum(crossing, mean + _REACH)
        half = np.maximum(high - low, 0.0) / 2
        nodes, node_weights = gauss_legendre(48)
        z = (low + half)[:, None] + half[:, None] * nodes
        reached = sums[:, None] + weight * self._of_normal(z)
        density = np.exp(-0.5 * (z - mean) ** 2) / np.sqrt(2 * np.pi)
        on = half * ((later(reached) * density) @ node_weights)
        return np.asarray(now + on, dtype=float)

    def _of_normal(self, z: Floats) -> Floats:
        return np.asarray(-log_ndtr(-z) if self.kind == "fisher" else z, dtype=float)

    def _normal(self, score: Floats) -> Floats:
        if self.kind == "inverse-normal":
            return score
        with np.errstate(over="ignore"):
            return np.asarray(-ndtri(np.exp(-np.maximum(score, 0.0))), dtype=float)


@dataclass(frozen=True)
class _Pieces:
    """A function interpolated by Chebyshev polynomials on pieces of an interval."""

    edges: Floats
    coefficients: Floats

    @classmethod
    def of(cls, kinks: Sequence[float], function: Callable[[Floats], Floats]) -> Self:
        edges = [kinks[0]]
        for a, b in pairwise(kinks):
            parts = max(1, int(np.ceil((b - a) / _PIECE)))
            edges.extend(a + (b - a) * (i + 1) / parts for i in range(parts))
        found = np.asarray(edges)
        nodes = chebyshev.chebpts1(_DEGREE + 1)
        middle, half = (found[1:] + found[:-1]) / 2, np.diff(found) / 2
        points = middle[:, None] + half[:, None] * nodes
        values = function(points.ravel()).reshape(points.shape)
        return cls(found, values @ _to_coefficients().T)

    def __call__(self, x: Floats) -> Floats:
        piece = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.edges) - 2)
        low, high = self.edges[piece], self.edges[piece + 1]
        t = np.clip((2 * x - low - high) / (high - low), -1.0, 1.0)
        picked = np.moveaxis(self.coefficients[piece], -1, 0)
        return np.asarray(chebyshev.chebval(t, picked, tensor=False), dtype=float)


@lru_cache(maxsize=1)
def _to_coefficients() -> Floats:
    nodes = chebyshev.chebpts1(_DEGREE + 1)
    return np.asarray(np.linalg.inv(chebyshev.chebvander(nodes, _DEGREE)), dtype=float)


@lru_cache(maxsize=32)
def gauss_legendre(points: int) -> tuple[Floats, Floats]:
    """Nodes and weights on (-1, 1), shapes (points,)."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return nodes, weights


def checked_futility(futility: Sequence[float], stages: int) -> tuple[float, ...]:
    """Futility limits on the p scale for all stages but the last; none given never stops."""
    if len(futility) == 0:
        return (1.0,) * (stages - 1)
    if len(futility) != stages - 1:
        raise ContradictoryInputError(
            f"{len(futility)} futility limits for {stages} stages",
            where="futility",
            hint="Give one for each stage but the last, 1 where it never stops.",
        )
    found = tuple(finite("futility", a) for a in futility)
    if not all(0 < a <= 1 for a in found):
        raise ImpossibleInputError(
            f"futility limits {found}", where="futility", hint="They are p values: above 0, at most 1."
        )
    return found
