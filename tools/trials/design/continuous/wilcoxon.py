"""Two-sample Wilcoxon (Mann-Whitney) test, with the effect as the probability that treatment exceeds control."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtr
from scipy.stats import norm

from benchside.tools.trials.design.checks import probability
from benchside.tools.trials.design.continuous.endpoints import AnyHypothesis, Number, Positive
from benchside.tools.trials.design.continuous.moments import look_sizes
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import direction_of
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import both_below

_VALUES = 4_000_000  # drawn at a time: 32 MB


@dataclass(frozen=True, kw_only=True)
class RankSumStatistic(Statistic):
    """Standardised rank sum without continuity correction; values are normal with equal spread and a shift.

    Attributes:
        label, exactness, references: as in `Statistic`.
        direction: +1 where larger values in the treatment arm speak for the alternative.
        probability: P(treatment > control).
        noether: variance under the null throughout (Noether 1987); else that under the alternative (Lehmann 1975).
    """

    label: str
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...]
    direction: int
    probability: float
    noether: bool

    @property
    def pair(self) -> float:
        """P(one value exceeds both of two of the other arm); by symmetry the same for either arm."""
        h = np.asarray(norm.ppf(self.probability))
        return float(both_below(h, h, np.asarray(0.5)))

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Large-sample power at sizes (..., 2); at two sides the rejections on the wrong side count."""
        sizes = np.asarray(sizes, dtype=float)
        filled = np.asarray(np.all(sizes > 0, axis=-1))
        safe = np.where(filled[..., None], sizes, 2.0)
        m, n = safe[..., 0], safe[..., 1]
        gap = self.direction * (self.probability - 0.5)
        z = norm.isf(alpha / sides)
        if self.noether:
            null = alternative = np.sqrt((m + n) / (12 * m * n))
        else:
            p, spread = self.probability, self.pair - self.probability**2
            null = np.sqrt((m + n + 1) / (12 * m * n))
            pairs = np.maximum(m - 1, 0) + np.maximum(n - 1, 0)
            alternative = np.sqrt((p * (1 - p) + pairs * spread) / (m * n))
        power = ndtr((gap - z * null) / alternative)
        if sides == 2:
            power = power + ndtr((-gap - z * null) / alternative)
        return np.where(filled, power, 0.0)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """Noether's formula, (z_alpha + z_beta)^2 / (12 c (1 - c) (p - 1/2)^2); a root of `power` otherwise."""
        gap = self.direction * (self.probability - 0.5)
        if not self.noether or gap <= 0:
            return super().total(alpha, sides, power, weights)
        z = float(norm.isf(alpha / sides) + norm.ppf(power))
        return z**2 / (12 * weights[0] * weights[1] * gap**2)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Standardised rank sums of simulated values, shape (trials, looks)."""
        looks = look_sizes(sizes, fractions, 2)
        shift = math.sqrt(2) * float(norm.ppf(self.probability))
        found = np.empty((trials, len(looks)))
        most = max(1, _VALUES // sum(looks[-1]))
        for start in range(0, trials, most):
            count = min(most, trials - start)
            treated = rng.standard_normal((count, looks[-1][0])) + shift
            control = rng.standard_normal((count, looks[-1][1]))
            for k, (m, n) in enumerate(looks):
                share = exceedance(treated[:, :m], control[:, :n])
                found[start : start + count, k] = (share - 0.5) / math.sqrt((m + n + 1) / (12 * m * n))
        return self.direction * found


def exceedance(treated: Floats, control: Floats) -> Floats:
    """Share of pairs in which the treated value exceeds the control, by row: shapes (trials, m), (trials, n).

    For continuous values. The arm is kept in the last bit of each value, so that one plain sort ranks all of them.
    """
    m, n = treated.shape[1], control.shape[1]
    bits = np.concatenate([treated, control], axis=1).view(np.int64)
    bits &= ~np.int64(1)
    bits[:, :m] |= 1
    values = bits.view(np.float64)
    values.sort(axis=1)
    ranks = np.arange(1, m + n + 1, dtype=float)
    rank_sum = (values.view(np.int64) & 1).astype(float) @ ranks
    return np.asarray((rank_sum - m * (m + 1) / 2) / (m * n), dtype=float)


class WilcoxonEndpoint(Endpoint):
    """A continuous outcome compared by ranks. Give the probability, or the difference and sd of normal values.

    Tests: `wilcoxon` (variance under the alternative, that of shifted normal values), `noether` (variance under the
    null).
    """

    effect_name: ClassVar[str] = "probability that treatment exceeds control"
    no_effect: ClassVar[float] = 0.5
    tests: ClassVar[dict[str, tuple[str, ...]]] = {"superiority": ("wilcoxon", "noether")}
    kind: Literal["wilcoxon"] = "wilcoxon"
    probability: Number | None = Field(
        default=None, description="true probability that a treated participant has the larger value; 0.5 is no effect"
    )
    difference: Number | None = Field(
        default=None,
        description="instead: shift of treatment against control of normal values, in units of the outcome",
    )
    sd: Positive = Field(
        default=1.0, description="standard deviation that goes with the difference, in units of the outcome"
    )

    @model_validator(mode="after")
    def _sound(self) -> WilcoxonEndpoint:
        if (self.probability is None) == (self.difference is None):
            raise ContradictoryInputError(
                "give the probability or the difference, one of the two",
                where="probability",
                hint="The probability is what the test is about; a difference of normal values implies one.",
            )
        if self.probability is not None:
            probability("probability", self.probability)
        effect = self.effect()
        if not 1e-6 < effect < 1 - 1e-6:
            raise ImpossibleInputError(
                f"the probability {effect:g} leaves nothing to test",
                where="probability" if self.difference is None else "difference",
                hint="Assume one between 0.000001 and 0.999999.",
            )
        return self

    def effect(self) -> float:
        """P(treatment > control)."""
        if self.probability is not None:
            return self.probability
        assert self.difference is not None
        return float(norm.cdf(self.difference / (math.sqrt(2) * self.sd)))

    def with_effect(self, effect: float) -> Self:
        """The same at another probability."""
        return type(self).model_validate({"probability": effect})

    def make(self, test: str, hypothesis: AnyHypothesis) -> RankSumStatistic:
        """See `Endpoint.statistic`.

        Raises:
            OutOfScopeError: a null other than 0.5.
        """
        if hypothesis.nulls(self.no_effect) != (self.no_effect,):
            raise OutOfScopeError(
                "the Wilcoxon test has the null 0.5 only", where="null", hint="Leave out the null, or compare means."
            )
        return RankSumStatistic(
            label="two-sample Wilcoxon test" + (", Noether's approximation" if test == "noether" else ""),
            references=("mann-whitney-1947", "noether-1987" if test == "noether" else "lehmann-1975"),
            direction=direction_of(self.effect(), hypothesis, self.no_effect),
            probability=self.effect(),
            noether=test == "noether",
        )
