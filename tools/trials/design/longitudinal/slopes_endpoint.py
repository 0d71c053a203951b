"""The difference of slopes as an endpoint of a comparison: its Wald test, and trials of it simulated visit by visit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from benchside.tools.trials.design.checks import finite
from benchside.tools.trials.design.differences import KnownDifferenceTest
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.fields import number_list, sound_number
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.longitudinal.covariance import random_slopes, retention_over, visit_times
from benchside.tools.trials.design.longitudinal.slopes import slope_variance_per_participant
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic

_CELLS = 2_000_000  # numbers drawn at once


class Slopes(Endpoint):
    """A normally distributed outcome that changes linearly; the effect is the difference of the arms' mean slopes.

    Participants have a random intercept and slope; each arm has its own mean intercept. A correlation that is the same
    for any two visits (Diggle's table) is intercept_variance = rho sigma^2, residual_variance = (1 - rho) sigma^2 and
    slope_variance = 0.
    """

    kind: Literal["slopes"] = "slopes"
    difference: float = Field(description="difference of mean slopes per unit of time, treatment minus control")
    times: tuple[float, ...] = Field(description="visit times, the baseline included")
    intercept_variance: float = Field(description="variance of the random intercepts")
    slope_variance: float = Field(description="variance of the random slopes")
    residual_variance: float = Field(description="variance of the residuals")
    correlation: float = Field(default=0.0, description="correlation of a participant's intercept and slope")
    retention: tuple[float, ...] = Field(
        default=(), description="share of the treatment arm still observed at each visit"
    )
    retention_control: tuple[float, ...] = Field(
        default=(), description="the same in control; as in treatment where empty"
    )
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("wald",),
        "non-inferiority": ("wald",),
        "equivalence": ("wald",),
    }
    effect_name: ClassVar[str] = "difference of slopes"
    _no_bools = field_validator("*", mode="before")(sound_number)
    _lists = field_validator("times", "retention", "retention_control", mode="before")(number_list)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        finite("difference", self.difference)
        visit_times("times", self.times)
        self.covariance()
        for name in ("retention", "retention_control"):
            stay = retention_over(name, getattr(self, name), len(self.times))
            if len(stay) > 1 and stay[1] < 0.01:
                raise ImpossibleInputError(
                    f"{name} leaves nobody to measure a slope in", where=name, hint="Keep some for a second visit."
                )
        return self

    def covariance(self) -> Floats:
        """Covariance of a participant's visits, shape (J, J)."""
        return random_slopes(
            self.times, self.intercept_variance, self.slope_variance, self.residual_variance, self.correlation
        )

    def effect(self) -> float:
        """The difference of slopes."""
        return self.difference

    def with_effect(self, effect: float) -> Self:
        """Another difference."""
        return self.model_copy(update={"difference": finite("effect", effect)})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The Wald test."""
        nulls = hypothesis.nulls(self.no_effect)
        stay = retention_over("retention", self.retention, len(self.times))
        stay_control = retention_over("retention_control", self.retention_control or stay, len(self.times))
        return SlopeTest(
            label="Wald test of the difference of slopes, linear mixed model with known variance components",
            direction=direction_of(self.difference, hypothesis, self.no_effect),
            difference=self.difference,
            nulls=nulls,
            times=self.times,
            components=(self.intercept_variance, self.slope_variance, self.residual_variance, self.correlation),
            retention=(stay, stay_control),
            exactness="exact" if min(*stay, *stay_control) == 1 else "asymptotic",
        )


@dataclass(frozen=True)
class SlopeTest(KnownDifferenceTest):
    """Generalised least squares with the variance components known: the difference of slopes over its standard error.

    With dropout it is asymptotic, because the numbers who leave after each visit are taken at their expectation.
    Two-sided power counts both sides; `total` leaves out the wrong one, as Diggle et al. and longpower do.
    `components` are the variances of intercept, slope and residual, and the correlation of the first two.
    """

    times: tuple[float, ...]
    components: tuple[float, float, float, float]
    retention: tuple[tuple[float, ...], tuple[float, ...]]
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ("diggle-2002", "ard-edland-2011")

    def variances(self) -> tuple[float, float]:
        """Variance of the mean slope times the number randomised, in treatment and control."""
        covariance = random_slopes(self.times, *self.components)
        return (
            slope_variance_per_participant(self.times, covariance, self.retention[0]),
            slope_variance_per_participant(self.times, covariance, self.retention[1]),
        )

    def error(self, sizes: Floats) -> Floats:
        """Standard error of the difference at sizes of shape (..., 2)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.sqrt((np.asarray(self.variances()) / np.asarray(sizes, dtype=float)).sum(axis=-1)))

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Normal statistics from participants with their own intercept, slope and visits, who drop out at random."""
        step = max(1, _CELLS // max(1, max(sizes) * len(self.times)))
        parts = [self._chunk(rng, sizes, fractions, min(step, trials - start)) for start in range(0, trials, step)]
        return np.concatenate(parts)

    def _chunk(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        t = np.asarray(self.times)
        design = np.column_stack([np.ones(t.size), t])
        covariance = random_slopes(self.times, *self.components)
        last = range(1, t.size + 1)
        scores = [design[:k].T @ np.linalg.inv(covariance[:k, :k]) for k in last]
        unit = np.stack([scores[k - 1] @ design[:k] for k in last])  # information by last visit, (J, 2, 2)
        score = np.zeros((2, trials, 2))
        information = np.zeros((2, trials, 2, 2))
        done = np.zeros(2, dtype=np.int64)
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            wanted = counts_at(sizes, fraction)
            for arm in (0, 1):
                y, leaves = self._participants(rng, arm, wanted[arm] - done[arm], trials)
                for k in last:
                    here = leaves == k
                    if not here.any():
                        continue
                    sums = np.einsum("tnj,tn->tj", y[:, :, :k], here.astype(np.float32))
                    score[arm] += sums @ scores[k - 1].T
                    information[arm] += here.sum(axis=1)[:, None, None] * unit[k - 1]
            done = wanted
            determinant = np.linalg.det(information)
            seen = np.asarray((determinant > 1e-12 * np.trace(information, axis1=2, axis2=3) ** 2).all(axis=0))
            inverse = np.linalg.inv(np.where(seen[None, :, None, None], information, np.eye(2)))
            slope = np.einsum("atj,atj->at", inverse[:, :, 1, :], score)
            apart, error = slope[0] - slope[1], np.sqrt(inverse[:, :, 1, 1].sum(axis=0))
            found[:, look] = np.where(seen, self.towards(apart, error), 0.0)
        return found

    def _participants(
        self, rng: np.random.Generator, arm: int, count: int, trials: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Visits of new participants, (trials, n, J), and the number of the last visit of each, (trials, n)."""
        t = np.asarray(self.times, dtype=np.float32)
        a, b, e, rho = self.components
        own = rng.standard_normal((2, trials, count, 1), dtype=np.float32)
        slope = math.sqrt(b) * (rho * own[0] + math.sqrt(1 - rho**2) * own[1])
        y = rng.standard_normal((trials, count, t.size), dtype=np.float32)
        y *= np.float32(math.sqrt(e))
        y += math.sqrt(a) * own[0] + (slope + (self.difference if arm == 0 else 0.0)) * t
        stay = np.asarray(self.retention[arm])
        if stay[-1] == 1:
            return y, np.full((trials, count), t.size)
        drawn = rng.random((trials, count))
        return y, (drawn[:, :, None] < stay).sum(axis=2)
