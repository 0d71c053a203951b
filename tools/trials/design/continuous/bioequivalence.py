"""Average bioequivalence on the log scale: two one-sided t tests in the usual designs, with exact power.

The ratio of geometric means is tested on the logarithms, whose within-subject variance is log(1 + CV^2). Designs are
named treatments x sequences x periods, as PowerTOST names them; each has a design constant and degrees of freedom of
its analysis of variance without carry-over. They are PowerTOST's, which in two rare designs is not consistent: for
Balaam's it takes the variance of a model with carry-over, and for the repeated 2x2 it counts two degrees of freedom
more than a model with four periods leaves (the tests fit all designs by least squares).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.checks import between, error_rates
from benchside.tools.trials.design.continuous.endpoints import AnyHypothesis, Positive
from benchside.tools.trials.design.continuous.statistics import TStatistic
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.hypotheses import Equivalence, direction_of
from benchside.tools.trials.design.statistic import Floats

_LARGEST_CV = 10.0


@dataclass(frozen=True, slots=True)
class StudyDesign:
    """A bioequivalence design.

    Attributes:
        name: for people.
        sequences: number of sequences (groups of a parallel design); whole designs hold equally many in each.
        constant: the variance of the log ratio is the within-subject variance times this times the sum of 1/n over
            the sequences.
        df: slope and intercept a, b of the degrees of freedom a n - b, n the total.
    """

    name: str
    sequences: int
    constant: float
    df: tuple[int, int]

    def degrees(self, total: Floats, *, robust: bool = False) -> Floats:
        """Degrees of freedom; the robust ones are of Senn's basic estimator, n less the sequences."""
        slope, lost = (1, self.sequences) if robust else self.df
        return np.asarray(slope * total - lost, dtype=float)


DESIGNS: dict[str, StudyDesign] = {
    "parallel": StudyDesign("two parallel groups", 2, 1.0, (1, 2)),
    "paired": StudyDesign("paired means, one sequence", 1, 2.0, (1, 1)),
    "2x2": StudyDesign("2x2 crossover", 2, 1 / 2, (1, 2)),
    "2x2x2": StudyDesign("2x2x2 crossover", 2, 1 / 2, (1, 2)),
    "2x2x3": StudyDesign("full replicate crossover of 3 periods", 2, 3 / 8, (2, 3)),
    "2x2x4": StudyDesign("full replicate crossover of 4 periods", 2, 1 / 4, (3, 4)),
    "2x4x4": StudyDesign("full replicate crossover of 4 sequences and 4 periods", 4, 1 / 16, (3, 4)),
    "2x3x3": StudyDesign("partial replicate crossover", 3, 1 / 6, (2, 3)),
    "2x4x2": StudyDesign("Balaam's design", 4, 1 / 2, (1, 2)),
    "2x2x2r": StudyDesign("2x2x2 crossover, repeated", 2, 1 / 4, (3, 2)),
    "3x3": StudyDesign("3x3 Latin square", 3, 2 / 9, (2, 4)),
    "3x6x3": StudyDesign("3-treatment Williams design", 6, 1 / 18, (2, 4)),
    "4x4": StudyDesign("4-treatment Williams design", 4, 1 / 8, (3, 6)),
}
DesignName = Literal[
    "parallel", "paired", "2x2", "2x2x2", "2x2x3", "2x2x4", "2x4x4", "2x3x3", "2x4x2", "2x2x2r", "3x3", "3x6x3", "4x4"
]


def log_sd(cv: float) -> float:
    """Standard deviation on the log scale of a log-normal variable with this coefficient of variation."""
    return math.sqrt(math.log1p(cv * cv))


@dataclass(frozen=True, kw_only=True)
class LogRatioStatistic(TStatistic):
    """t tests of the log ratio with the residual degrees of freedom of a crossover; exact at equal variances.

    Attributes:
        study: the design.
        robust: degrees of freedom of Senn's basic estimator.
    """

    study: StudyDesign
    robust: bool = False

    def df(self, sizes: Floats) -> Floats:
        """Residual degrees of freedom at sizes (..., sequences)."""
        return self.study.degrees(np.asarray(sizes).sum(axis=-1), robust=self.robust)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Statistics of whole trials from the estimate and its residual variance, shape (trials, 1)."""
        if len(fractions) > 1:
            self.monitored()
        whole = np.asarray(sizes, dtype=float)
        df, error = self.df(whole), self.standard_error(whole)
        estimate = self.effect + error * rng.standard_normal((trials, 1))
        ratio = np.sqrt(rng.chisquare(float(df), (trials, 1)) / df)
        return self._towards(estimate, error * ratio, df)

    def monitored(self) -> None:
        """Out of scope: two-stage bioequivalence designs have rules of their own."""
        self.refuse_monitoring("two-stage bioequivalence designs are not plain group-sequential ones")


class Bioequivalence(Endpoint):
    """Ratio of geometric means, test over reference, of a log-normal outcome such as AUC or Cmax.

    Tests: `t` with the degrees of freedom of the analysis of variance; `robust` with those of Senn's basic estimator.
    Equivalence needs alpha for each one-sided test (0.05 for the 90% confidence interval).
    """

    effect_name: ClassVar[str] = "ratio of geometric means"
    no_effect: ClassVar[float] = 1.0
    usual: ClassVar[dict[str, float]] = {"alpha": 0.05, "power": 0.8, "lower": 0.8, "upper": 1.25}
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "equivalence": ("t", "robust"),
        "non-inferiority": ("t", "robust"),
    }
    kind: Literal["bioequivalence"] = "bioequivalence"
    ratio: Positive = Field(default=0.95, description="true ratio of geometric means, test over reference")
    cv: Positive = Field(
        description="coefficient of variation as a fraction: within subjects in crossovers, total in parallel groups"
    )
    study: DesignName = Field(default="2x2", description="study design, treatments x sequences x periods")

    @model_validator(mode="after")
    def _sound(self) -> Bioequivalence:
        between("cv", self.cv, 0, _LARGEST_CV)
        return self

    def effect(self) -> float:
        """The assumed ratio."""
        return self.ratio

    def with_effect(self, effect: float) -> Self:
        """The same at another true ratio."""
        return type(self).model_validate(self.model_dump() | {"ratio": effect})

    def make(self, test: str, hypothesis: AnyHypothesis) -> LogRatioStatistic:
        """See `Endpoint.statistic`.

        Raises:
            ImpossibleInputError: a margin that is no ratio.
        """
        nulls = hypothesis.nulls(self.no_effect)
        for null in nulls:
            if null <= 0:
                raise ImpossibleInputError(
                    f"the margin {null:g} is no ratio", where="margins", hint="Give ratios, such as 0.8 and 1.25."
                )
        study = DESIGNS[self.study]
        sign = math.sqrt(study.constant)
        names = ("test", "reference") if self.study == "parallel" else tuple(
            f"sequence {i + 1}" for i in range(study.sequences)
        )  # fmt: skip
        equivalence = isinstance(hypothesis, Equivalence)
        what = "two one-sided t tests" if equivalence else "one-sided t test"
        robust = test == "robust"
        return LogRatioStatistic(
            label=f"{what} of the log ratio, {study.name}{', robust degrees of freedom' if robust else ''}",
            references=("schuirmann-1987", "phillips-1990", "diletti-1991", *(("senn-2002",) if robust else ()))
            if equivalence
            else ("julious-2004",),
            direction=direction_of(self.ratio, hypothesis, self.no_effect),
            effect=math.log(self.ratio),
            nulls=tuple(math.log(n) for n in nulls),
            coefficients=(sign,) * study.sequences,
            sds=(log_sd(self.cv),) * study.sequences,
            arm_names=names,
            study=study,
            robust=robust,
        )

    def balanced_size(
        self, hypothesis: AnyHypothesis, alpha: float, power: float, *, test: str = "t"
    ) -> tuple[int, float]:
        """Smallest total size with equal sequences and its power (the rule of PowerTOST's sampleN.TOST).

        Raises:
            UnreachableError: none up to ten million.
        """
        error_rates(alpha, 1, power)
        statistic = self.statistic(test, hypothesis)
        assert isinstance(statistic, LogRatioStatistic)
        k = statistic.study.sequences
        return balanced_size(statistic, k, alpha, power)


def balanced_size(statistic: TStatistic, sequences: int, alpha: float, power: float) -> tuple[int, float]:
    """Smallest multiple of `sequences` that reaches the power, and the power it has."""
    total = statistic.total(alpha, 1, power, (1 / sequences,) * sequences)
    each = max(1, math.ceil(total / sequences - 1e-6))

    def reached(n: int) -> float:
        return float(statistic.power(np.full(sequences, float(n)), alpha, 1))

    while each > 1 and reached(each - 1) >= power:
        each -= 1
    while reached(each) < power:
        each += 1
    return each * sequences, reached(each)
