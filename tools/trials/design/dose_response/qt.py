"""QT/QTc studies with replicate recordings: two parallel groups, or a two-period crossover (Chow, Shao & Wang, ch. 15).

A subject's mean of K recordings has the variance sd^2 (rho + (1 - rho) / K), with rho the share that lies between
subjects. The book's crossover draws that level anew in each period and lets every sequence have random period effects
of the variance gamma sd^2, which no number of subjects averages out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator
from scipy.stats import norm

from benchside.tools.trials.design.checks import between, error_rates, finite, not_negative, positive, whole
from benchside.tools.trials.design.differences import DifferenceTest
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, UnreachableError
from benchside.tools.trials.design.fields import sound_number
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import to_normal

MOST_REPLICATES = 10_000


def replicate_variance(rho: float, replicates: float) -> float:
    """Variance of a subject's mean of the recordings, in units of that of one recording: rho + (1 - rho) / K."""
    share = between("rho", rho, 0, 1, closed=True)
    return share + (1 - share) / whole("replicates", replicates, 1, MOST_REPLICATES)


def qt_parallel_size(
    delta: float, rho: float, replicates: float, *, alpha: float = 0.05, sides: int = 2, power: float = 0.8
) -> float:
    """Subjects in each of two groups, not rounded.

    Args:
        delta: difference over the standard deviation of one recording.
        rho: variance between subjects over the whole variance.
        replicates: recordings of a subject.

    Source: Chow, Shao & Wang 2008, section 15.1; `QT.parallel` of TrialSize.
    """
    return 2 * replicate_variance(rho, replicates) * _wanted(alpha, sides, power) / _squared(delta)


def qt_crossover_size(
    delta: float,
    rho: float,
    replicates: float,
    gamma: float = 0.0,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.8,
) -> float:
    """Subjects in each of two sequences, not rounded.

    Args:
        gamma: variance of the period effects over that of one recording.

    Raises:
        UnreachableError: the period effects alone hide the difference.

    Source: Chow, Shao & Wang 2008, section 15.1; `QT.crossover` of TrialSize.
    """
    wanted = _wanted(alpha, sides, power)
    room = _squared(delta) - not_negative("gamma", gamma) * wanted
    if room <= 0:
        raise UnreachableError(
            f"period effects of {gamma:g} hide a difference of {delta:g} whatever the size",
            where="gamma",
            hint="Assume a larger difference or smaller period effects, or ask for less power.",
        )
    return replicate_variance(rho, replicates) * wanted / room


def _wanted(alpha: float, sides: int, power: float) -> float:
    error_rates(alpha, sides, power)
    return float(norm.isf(alpha / sides) + norm.ppf(power)) ** 2


def _squared(delta: float) -> float:
    if finite("delta", delta) == 0:
        raise ContradictoryInputError("the difference is 0", where="delta", hint="Assume an effect.")
    between("delta", abs(delta), 1e-9, 1e9)
    return float(delta) ** 2


class _Qt(Endpoint):
    """What both designs assume."""

    difference: float = Field(description="difference of mean QTc, treatment minus control, ms")
    sd: float = Field(description="standard deviation of one recording, ms")
    rho: float = Field(description="variance between subjects over the variance of one recording")
    replicates: int = Field(default=1, description="recordings of a subject that are averaged")
    effect_name: ClassVar[str] = "difference of mean QTc"
    _no_bools = field_validator("*", mode="before")(sound_number)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        finite("difference", self.difference)
        positive("sd", self.sd)
        replicate_variance(self.rho, self.replicates)
        return self

    def effect(self) -> float:
        """The difference."""
        return self.difference

    def with_effect(self, effect: float) -> Self:
        """Another difference."""
        return self.model_copy(update={"difference": finite("effect", effect)})


class QtParallel(_Qt):
    """QTc in two parallel groups. Tests: `z` with the variance known (the book's, the default), and `t`."""

    kind: Literal["qt-parallel"] = "qt-parallel"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("z", "t"),
        "non-inferiority": ("z", "t"),
        "equivalence": ("z",),
    }

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The test of subjects' means."""
        nulls = hypothesis.nulls(self.no_effect)
        return QtTest(
            label=f"{'t test' if test == 't' else 'normal test'} of subjects' mean QTc, two groups",
            direction=direction_of(self.difference, hypothesis, self.no_effect),
            difference=self.difference,
            nulls=nulls,
            sd=self.sd,
            rho=self.rho,
            replicates=self.replicates,
            estimated=test == "t",
        )


class QtCrossover(_Qt):
    """QTc in a two-period crossover; sizes are those of the sequences. The test, `z`, takes the variances as known."""

    kind: Literal["qt-crossover"] = "qt-crossover"
    gamma: float = Field(default=0.0, description="variance of random period effects over that of one recording")
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("z",),
        "non-inferiority": ("z",),
        "equivalence": ("z",),
    }

    @model_validator(mode="after")
    def _sound_periods(self) -> Self:
        not_negative("gamma", self.gamma)
        return self

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The test of the difference within sequences."""
        nulls = hypothesis.nulls(self.no_effect)
        return QtCrossoverTest(
            label="normal test of mean QTc, two-period crossover with random period effects",
            direction=direction_of(self.difference, hypothesis, self.no_effect),
            difference=self.difference,
            nulls=nulls,
            sd=self.sd,
            rho=self.rho,
            replicates=self.replicates,
            gamma=self.gamma,
        )


@dataclass(frozen=True)
class QtTest(DifferenceTest):
    """The test of two groups' mean QTc, exact for normal recordings; two-sided power counts both sides.

    `total` of the normal test is the book's formula, which leaves out the wrong side.
    """

    sd: float
    rho: float
    replicates: int
    estimated: bool = False
    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("chow-2008-dose", "ich-e14-2005")

    def error(self, sizes: Floats) -> Floats:
        """Standard error of the difference at sizes of shape (..., 2)."""
        variance = self.sd**2 * replicate_variance(self.rho, self.replicates)
        with np.errstate(divide="ignore"):
            return np.asarray(np.sqrt(variance * (1 / np.asarray(sizes, dtype=float)).sum(axis=-1)), dtype=float)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Normal or noncentral t power; 0 without degrees of freedom."""
        arms = np.asarray(sizes, dtype=float)
        error = self.error(arms)
        if not self.estimated:
            return self.normal_power(error, alpha, sides)
        return self.t_power(np.asarray(arms.sum(axis=-1) - 2), error, alpha, sides)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The book's formula for one margin and known variance; otherwise the root of the power."""
        if self.estimated or len(self.nulls) == 2:
            return super().total(alpha, sides, power, weights)
        unit = float(self.error(np.asarray(weights, dtype=float)))
        return _wanted(alpha, sides, power) * (unit / (self.difference - self.nulls[0])) ** 2

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Statistics of simulated subjects, each with a level and the mean error of the recordings."""
        sums, squares = np.zeros((2, trials)), np.zeros((2, trials))
        done = np.zeros(2, dtype=np.int64)
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            wanted = counts_at(sizes, fraction)
            for arm, mean in enumerate((self.difference, 0.0)):
                y = mean + _subjects(self, rng, (trials, wanted[arm] - done[arm]))
                sums[arm] += y.sum(axis=1, dtype=float)
                squares[arm] += np.einsum("ij,ij->i", y, y, dtype=float)
            done = wanted
            n = np.asarray(wanted, dtype=float)[:, None]
            means = sums / n
            error = np.broadcast_to(self.error(n[:, 0]), (trials,))
            df = float(n.sum() - 2)
            if self.estimated:
                if df < 1:
                    continue  # too few for a test: it can't reject
                spread = (squares - n * means**2).sum(axis=0) / df
                error = np.sqrt(spread * float((1 / n).sum()))
            found[:, look] = to_normal(self.towards(means[0] - means[1], error), df if self.estimated else None)
        return found


@dataclass(frozen=True)
class QtCrossoverTest(DifferenceTest):
    """The normal test of the crossover, exact under the book's model; two-sided power counts both sides."""

    sd: float
    rho: float
    replicates: int
    gamma: float
    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("chow-2008-dose", "ich-e14-2005")
    arm_names: ClassVar[tuple[str, str]] = ("sequence_ab", "sequence_ba")

    def error(self, sizes: Floats) -> Floats:
        """Standard error of the difference at sequence sizes of shape (..., 2)."""
        of_subject = replicate_variance(self.rho, self.replicates) / 2
        with np.errstate(divide="ignore"):
            inverse = (1 / np.asarray(sizes, dtype=float)).sum(axis=-1)
        return np.asarray(self.sd * np.sqrt(of_subject * inverse + self.gamma), dtype=float)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Normal power."""
        return self.normal_power(self.error(sizes), alpha, sides)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The book's formula for one margin, here for any shares of the sequences; otherwise the root of the power."""
        if len(self.nulls) == 2:
            return super().total(alpha, sides, power, weights)
        per_sequence = qt_crossover_size(
            (self.difference - self.nulls[0]) / self.sd, self.rho, self.replicates, self.gamma,
            alpha=alpha, sides=sides, power=power,
        )  # fmt: skip
        return per_sequence * float((1 / np.asarray(weights, dtype=float)).sum()) / 2

    def monitored(self) -> None:
        """Period effects that subjects share make the increments between looks dependent."""
        if self.gamma > 0:
            self.refuse_monitoring("random period effects are shared by all looks")

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Statistics of simulated subjects in two sequences, with period effects common to a sequence."""
        effects = math.sqrt(self.gamma) * self.sd * rng.standard_normal((2, 2, trials))
        sums = np.zeros((2, trials))
        done = np.zeros(2, dtype=np.int64)
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            wanted = counts_at(sizes, fraction)
            for arm in (0, 1):
                shape = (trials, wanted[arm] - done[arm])
                apart = self.difference + _subjects(self, rng, shape) - _subjects(self, rng, shape)
                sums[arm] += apart.sum(axis=1, dtype=float)
            done = wanted
            n = np.asarray(wanted, dtype=float)
            within = [sums[arm] / n[arm] + effects[arm, 0] - effects[arm, 1] for arm in (0, 1)]
            error = np.broadcast_to(self.error(n), (trials,))
            found[:, look] = self.towards((within[0] + within[1]) / 2, error)
        return found


def _subjects(test: QtTest | QtCrossoverTest, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Deviations of subjects' mean recordings: a level of their own and the mean of the recordings' errors."""
    level = math.sqrt(test.rho) * rng.standard_normal(shape, dtype=np.float32)
    error = math.sqrt((1 - test.rho) / test.replicates) * rng.standard_normal(shape, dtype=np.float32)
    return np.asarray(test.sd * (level + error), dtype=float)
