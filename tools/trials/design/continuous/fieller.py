"""Equivalence of the ratio of two means with normal values on the original scale (Fieller, Sasabuchi).

Power is a bivariate noncentral t probability (Hauschke 1999), as in PowerTOST's power.RatioF. For parallel groups it
is exact. In a crossover the two t statistics estimate their variances separately, which the formula takes for one; it
is labelled asymptotic and `verify` shows by how much it is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.checks import between, error_rates
from benchside.tools.trials.design.continuous.endpoints import AnyHypothesis, Positive
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.hypotheses import Equivalence
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import correlated_tost_power, to_normal

_FEWEST = 4  # smallest total size that is answered, as in PowerTOST


@dataclass(frozen=True, kw_only=True)
class RatioStatistic(Statistic):
    """Two one-sided t tests of mean ratio against the margins; means are in units of the reference mean.

    Attributes:
        label, exactness, references, direction: as elsewhere; the direction has no meaning for equivalence.
        ratio: true ratio. margins: lower and upper.
        cv: standard deviation over the reference mean: total in parallel groups, within participants in a crossover.
        cv_between: that between participants, None for parallel groups.
    """

    label: str
    exactness: Exactness
    references: tuple[str, ...]
    direction: int = 1
    ratio: float
    margins: tuple[float, float]
    cv: float
    cv_between: float | None
    arm_names: tuple[str, ...]

    def _covariance(self, sizes: Floats, a: float, b: float) -> Floats:
        """Covariance of the estimates of test - a reference and test - b reference at sizes (..., 2)."""
        m, n = sizes[..., 0], sizes[..., 1]
        if self.cv_between is None:
            return np.asarray(self.cv**2 * (1 / m + a * b / n), dtype=float)
        each = self.cv**2 * (1 + a * b) + self.cv_between**2 * (1 - a) * (1 - b)
        return np.asarray(each * (1 / m + 1 / n) / 4, dtype=float)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power at sizes (..., 2); `alpha / sides` is the level of each of the two tests."""
        sizes = np.asarray(sizes, dtype=float)
        filled = np.asarray(np.all(sizes > 0, axis=-1))
        safe = np.where(filled[..., None], sizes, 2.0)
        low, high = self.margins
        var_low, var_high = self._covariance(safe, low, low), self._covariance(safe, high, high)
        rho = self._covariance(safe, low, high) / np.sqrt(var_low * var_high)
        power = correlated_tost_power(
            safe.sum(axis=-1) - 2,
            (self.ratio - low) / np.sqrt(var_low),
            (high - self.ratio) / np.sqrt(var_high),
            np.minimum(rho, 1 - 1e-12),
            alpha / sides,
        )
        return np.where(filled, power, 0.0)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """The smaller of the two statistics, from simulated means and (co)variances, shape (trials, 1)."""
        if len(fractions) > 1:
            self.monitored()
        m, n = sizes
        df = m + n - 2
        if self.cv_between is None:
            test = self.ratio + self.cv / np.sqrt(m) * rng.standard_normal(trials)
            reference = 1 + self.cv / np.sqrt(n) * rng.standard_normal(trials)
            pooled = self.cv**2 * rng.chisquare(df, trials) / df
            variances = [pooled * (1 / m + margin**2 / n) for margin in self.margins]
        else:
            own, shared = self.cv**2 + self.cv_between**2, self.cv_between**2
            factor = np.linalg.cholesky(np.array([[own, shared], [shared, own]]))
            share = (1 / m + 1 / n) / 4
            noise = np.sqrt(share) * factor @ rng.standard_normal((2, trials))
            test, reference = self.ratio + noise[0], 1 + noise[1]
            estimated = _wishart(rng, factor, df, trials)
            variances = [share * _quadratic(estimated, margin) for margin in self.margins]
        low, high = self.margins
        lower = to_normal((test - low * reference) / np.sqrt(variances[0]), df)
        upper = to_normal((high * reference - test) / np.sqrt(variances[1]), df)
        return np.minimum(lower, upper)[:, None]

    def monitored(self) -> None:
        """Out of scope."""
        self.refuse_monitoring("interim looks of an equivalence test are out of scope")


def _wishart(rng: np.random.Generator, factor: Floats, df: int, trials: int) -> tuple[Floats, Floats, Floats]:
    """Sample variances and covariance of two variables with the Cholesky factor of their covariance (Bartlett)."""
    a = np.sqrt(rng.chisquare(df, trials))
    b = rng.standard_normal(trials)
    c = np.sqrt(rng.chisquare(df - 1, trials))
    first = factor[0, 0] * a
    second, third = factor[1, 0] * a + factor[1, 1] * b, factor[1, 1] * c
    return first**2 / df, first * second / df, (second**2 + third**2) / df


def _quadratic(covariance: tuple[Floats, Floats, Floats], margin: float) -> Floats:
    """Sample variance of test - margin reference."""
    return np.asarray(covariance[0] - 2 * margin * covariance[1] + margin**2 * covariance[2], dtype=float)


class RatioOfMeans(Endpoint):
    """Ratio of means, test over reference, with normal values on the original scale: clinical endpoints."""

    effect_name: ClassVar[str] = "ratio of means"
    no_effect: ClassVar[float] = 1.0
    usual: ClassVar[dict[str, float]] = {"power": 0.8, "lower": 0.8, "upper": 1.25}
    tests: ClassVar[dict[str, tuple[str, ...]]] = {"equivalence": ("fieller",)}
    kind: Literal["ratio-of-means"] = "ratio-of-means"
    ratio: Positive = Field(default=0.95, description="true ratio of means, test over reference")
    cv: Positive = Field(
        description="standard deviation over the reference mean: total in parallel groups, within participants in 2x2"
    )
    cv_between: Positive | None = Field(
        default=None,
        description="standard deviation between participants over the reference mean; for the 2x2 crossover",
    )
    study: Literal["2x2", "parallel"] = Field(default="2x2", description="2x2 crossover or two parallel groups")

    @model_validator(mode="after")
    def _sound(self) -> RatioOfMeans:
        between("cv", self.cv, 0, 10)
        if self.cv_between is not None:
            between("cv_between", self.cv_between, 0, 10)
        if (self.cv_between is None) == (self.study == "2x2"):
            raise ContradictoryInputError(
                f"cv_between is {'missing in a crossover' if self.study == '2x2' else 'given for parallel groups'}",
                where="cv_between",
                hint="A crossover has a spread within and one between participants, parallel groups a total one.",
            )
        return self

    def effect(self) -> float:
        """The assumed ratio."""
        return self.ratio

    def with_effect(self, effect: float) -> Self:
        """The same at another true ratio."""
        return type(self).model_validate(self.model_dump() | {"ratio": effect})

    def make(self, test: str, hypothesis: AnyHypothesis) -> RatioStatistic:
        """See `Endpoint.statistic`."""
        low, high = hypothesis.nulls(self.no_effect)
        if low <= 0:
            raise ImpossibleInputError(
                f"the margin {low:g} is no ratio", where="margins", hint="Give ratios, such as 0.8 and 1.25."
            )
        crossover = self.study == "2x2"
        layout = "2x2 crossover" if crossover else "parallel groups"
        return RatioStatistic(
            label=f"two one-sided tests of the ratio of means (Fieller), {layout}",
            exactness="asymptotic" if crossover else "exact",
            references=("fieller-1954", "sasabuchi-1980", "hauschke-1999"),
            ratio=self.ratio,
            margins=(low, high),
            cv=self.cv,
            cv_between=self.cv_between,
            arm_names=("sequence 1", "sequence 2") if crossover else ("test", "reference"),
        )

    def balanced_size(self, hypothesis: Equivalence, alpha: float, power: float) -> tuple[int, float]:
        """Smallest even total size, at least 4, and its power (the rule of PowerTOST's sampleN.RatioF).

        Raises:
            UnreachableError: none up to ten million.
        """
        error_rates(alpha, 1, power)
        statistic = self.statistic("fieller", hypothesis)
        total = statistic.total(alpha, 1, power, (0.5, 0.5))
        each = max(_FEWEST // 2, int(np.ceil(total / 2 - 1e-6)))

        def reached(half: int) -> float:
            return float(statistic.power(np.array([half, half], dtype=float), alpha, 1))

        while each > _FEWEST // 2 and reached(each - 1) >= power:
            each -= 1
        while reached(each) < power:
            each += 1
        return 2 * each, reached(each)
