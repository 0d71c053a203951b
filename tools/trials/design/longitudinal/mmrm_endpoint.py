"""The MMRM as an endpoint of a comparison: its Wald tests, and trials of it simulated visit by visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from benchside.tools.trials.design.checks import finite, positive
from benchside.tools.trials.design.differences import DifferenceTest, KnownDifferenceTest
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.fields import number_list, number_rows, sound_number
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.longitudinal.covariance import (
    autoregressive,
    cholesky,
    exchangeable,
    retention_over,
    unstructured,
    visit_count,
)
from benchside.tools.trials.design.longitudinal.mmrm import last_visit_factor
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import to_normal

Structure = Literal["exchangeable", "ar1", "unstructured"]
LABELS = {
    "wald": "Wald test of the last visit, mixed model for repeated measures with known covariance",
    "t": "t test of the last visit, mixed model for repeated measures with estimated unstructured covariance",
}
Floats32 = NDArray[np.float32]
Flags = NDArray[np.bool_]
_CELLS = 2_000_000  # numbers drawn at once


class Mmrm(Endpoint):
    """A normally distributed outcome at several visits; the effect is the difference of means at the last of them.

    Every visit has its own mean in each arm; who drops out stays out (missing at random). Tests: `wald` takes the
    covariance as known and rests on the normal distribution (Lu, Luo & Chen 2008, the default); `t` estimates it.
    """

    kind: Literal["mmrm"] = "mmrm"
    difference: float = Field(description="difference of means at the last visit, treatment minus control")
    sd: float = Field(description="standard deviation at the last visit, within an arm")
    visits: int = Field(description="visits after randomisation, the baseline too where it is an outcome of the model")
    structure: Structure = Field(default="exchangeable", description="correlation structure over the visits")
    correlation: float = Field(
        default=0.0, description="correlation of any two visits, or (ar1) of two one unit of time apart"
    )
    times: tuple[float, ...] = Field(default=(), description="visit times for ar1; 1, 2, ... where empty")
    matrix: tuple[tuple[float, ...], ...] = Field(default=(), description="correlation matrix, for unstructured")
    retention: tuple[float, ...] = Field(
        default=(), description="share of the treatment arm still observed at each visit"
    )
    retention_control: tuple[float, ...] = Field(
        default=(), description="the same in control; as in treatment where empty"
    )
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("wald", "t"),
        "non-inferiority": ("wald", "t"),
        "equivalence": ("wald",),
    }
    effect_name: ClassVar[str] = "difference of means at the last visit"
    _no_bools = field_validator("*", mode="before")(sound_number)
    _lists = field_validator("times", "retention", "retention_control", mode="before")(number_list)
    _rows = field_validator("matrix", mode="before")(number_rows)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        finite("difference", self.difference)
        positive("sd", self.sd)
        visit_count("visits", self.visits)
        if (self.structure == "unstructured") != bool(self.matrix):
            raise ContradictoryInputError(
                f"a {self.structure} correlation {'with' if self.matrix else 'without'} a matrix",
                where="matrix",
                hint="Give a matrix exactly where the structure is unstructured.",
            )
        if self.times and self.structure != "ar1":
            raise ContradictoryInputError("times without ar1", where="times", hint="Only ar1 uses visit times.")
        if self.times and len(self.times) != self.visits:
            raise ContradictoryInputError(
                f"{len(self.times)} times for {self.visits} visits", where="times", hint="Give one for each visit."
            )
        if self.correlation_matrix().shape[0] != self.visits:
            raise ContradictoryInputError("matrix and visits differ", where="matrix", hint="One row for each visit.")
        retention_over("retention", self.retention, self.visits)
        retention_over("retention_control", self.retention_control, self.visits)
        return self

    def correlation_matrix(self) -> Floats:
        """Correlation of the visits, shape (visits, visits)."""
        if self.structure == "unstructured":
            return unstructured("matrix", self.matrix)
        if self.structure == "ar1":
            return autoregressive(self.times or tuple(float(j) for j in range(1, self.visits + 1)), self.correlation)
        return exchangeable(self.visits, self.correlation)

    def effect(self) -> float:
        """The difference at the last visit."""
        return self.difference

    def with_effect(self, effect: float) -> Self:
        """Another difference."""
        return self.model_copy(update={"difference": finite("effect", effect)})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The Wald test, or the t test with estimated covariance."""
        nulls = hypothesis.nulls(self.no_effect)
        stay = retention_over("retention", self.retention, self.visits)
        stay_control = retention_over("retention_control", self.retention_control or stay, self.visits)
        root = cholesky("correlation", self.correlation_matrix())
        kind = KnownCovariance if test == "wald" else EstimatedCovariance
        return kind(
            label=LABELS[test],
            direction=direction_of(self.difference, hypothesis, self.no_effect),
            difference=self.difference,
            nulls=nulls,
            sd=self.sd,
            root=root,
            retention=(stay, stay_control),
            exactness="exact" if test == "wald" and min(*stay, *stay_control) == 1 else "asymptotic",
        )


@dataclass(frozen=True, eq=False)
class LastVisit(DifferenceTest):
    """What both tests of the last visit share: assumptions, the standard error, and the simulated visits.

    `root` is the Cholesky root of the correlation matrix; `retention` has a row for treatment and one for control.
    """

    sd: float
    root: Floats
    retention: tuple[tuple[float, ...], tuple[float, ...]]
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ("lu-2008",)

    def factors(self) -> tuple[float, float]:
        """phi of treatment and control."""
        correlation = self.root @ self.root.T
        return last_visit_factor(correlation, self.retention[0]), last_visit_factor(correlation, self.retention[1])

    def error(self, sizes: Floats) -> Floats:
        """Standard error of the difference at sizes of shape (..., 2)."""
        arms = np.asarray(sizes, dtype=float)
        with np.errstate(divide="ignore"):
            return np.asarray(self.sd * np.sqrt((np.asarray(self.factors()) / arms).sum(axis=-1)), dtype=float)

    def visits(self, rng: np.random.Generator, arm: int, count: int, trials: int) -> tuple[Floats32, Floats32]:
        """Innovations of simulated participants in units of the last visit's sd, and who is seen; (trials, n, J)."""
        drawn = rng.standard_normal((trials, count, self.root.shape[0]), dtype=np.float32)
        stay = np.asarray(self.retention[arm], dtype=np.float32)
        if stay[-1] == 1:
            return drawn, np.ones((1, 1, stay.size), dtype=np.float32)
        left_after = rng.random((trials, count, 1), dtype=np.float32)
        return drawn, (left_after < stay).astype(np.float32)

    def scaled(self, apart: Floats, error: Floats, seen: Flags) -> Floats:
        """The statistic towards the alternative; 0 where an arm has nobody at a visit, which then can't reject."""
        return np.asarray(np.where(seen, self.towards(apart, np.where(seen, error, 1.0)), 0.0), dtype=float)


@dataclass(frozen=True, eq=False)
class KnownCovariance(LastVisit, KnownDifferenceTest):
    """Generalised least squares with the covariance known: the difference at the last visit over its standard error.

    With dropout it is asymptotic, because the number of participants at each visit is taken at its expectation, while
    simulated trials drop out at random. Two-sided power counts both sides; `total` leaves out the wrong one, as Lu, Luo
    & Chen and longpower do.
    """

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Normal statistics from participants simulated visit by visit, with random monotone dropout."""
        visits = self.root.shape[0]
        step = max(1, _CELLS // max(1, max(sizes) * visits))
        parts = [self._chunk(rng, sizes, fractions, min(step, trials - start)) for start in range(0, trials, step)]
        return np.concatenate(parts)

    def _chunk(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        row = self.root[-1]
        found = np.zeros((trials, len(fractions)))
        sums = np.zeros((2, trials, row.size))
        counts = np.zeros((2, trials, row.size))
        done = np.zeros(2, dtype=np.int64)
        for look, fraction in enumerate(fractions):
            wanted = counts_at(sizes, fraction)
            for arm in (0, 1):
                new = wanted[arm] - done[arm]
                drawn, seen = self.visits(rng, arm, new, trials)
                if self.retention[arm][-1] == 1:
                    sums[arm] += drawn.sum(axis=1)
                    counts[arm] += new
                else:
                    sums[arm] += np.einsum("tnj,tnj->tj", drawn, seen)
                    counts[arm] += seen.sum(axis=1)
            done = wanted
            present = np.asarray((counts > 0).all(axis=(0, 2)))
            n = np.maximum(counts, 1)
            apart = self.difference + self.sd * ((sums[0] / n[0] - sums[1] / n[1]) @ row)
            error = self.sd * np.sqrt((1 / n).sum(axis=0) @ row**2)
            found[:, look] = self.scaled(apart, error, present)
        return found


@dataclass(frozen=True, eq=False)
class EstimatedCovariance(LastVisit):
    """The covariance estimated from the trial, common to both arms and unstructured, with a t reference.

    The maximum-likelihood fit under monotone dropout is a chain of regressions, each visit on the arm and the earlier
    visits among those seen there (Anderson 1957). The reference has the degrees of freedom of the last regression's
    residual with the arms alone, participants seen at the last visit less two; so the power is an approximation.
    """

    references: tuple[str, ...] = ("lu-2008", "anderson-1957")

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Noncentral t power, both sides counted; 0 where fewer than three are expected at the last visit."""
        arms = np.asarray(sizes, dtype=float)
        df = (arms * np.array([r[-1] for r in self.retention])).sum(axis=-1) - 2
        return self.t_power(df, self.error(np.where(df[..., None] > 0, arms, 3.0)), alpha, sides)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """t statistics, put on the normal scale, from participants simulated visit by visit."""
        visits = self.root.shape[0]
        step = max(1, _CELLS // max(1, sum(sizes) * visits))
        parts = [self._chunk(rng, sizes, fractions, min(step, trials - start)) for start in range(0, trials, step)]
        return np.concatenate(parts)

    def _chunk(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        visits = self.root.shape[0]
        outcome, present = [], []
        for arm in (0, 1):
            drawn, seen = self.visits(rng, arm, sizes[arm], trials)
            outcome.append(drawn @ self.root.T.astype(np.float32))
            present.append(np.broadcast_to(seen, drawn.shape))
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            wanted = counts_at(sizes, fraction)
            y = [outcome[arm][:, : wanted[arm]] for arm in (0, 1)]
            seen_now = [present[arm][:, : wanted[arm]] for arm in (0, 1)]
            apart, variance, last = self._chain(y, seen_now, visits)
            fitted = (last > visits + 1) & np.isfinite(variance) & (variance > 0)
            t = self.scaled(
                self.difference + self.sd * np.where(fitted, apart, 0.0),
                self.sd * np.sqrt(np.where(fitted, variance, 1.0)),
                fitted,
            )
            found[:, look] = to_normal(t, np.maximum(last - 2, 1))
        return found

    def _chain(self, y: list[Floats32], seen: list[Floats32], visits: int) -> tuple[Floats, Floats, Floats]:
        """Difference at the last visit, its variance, and the number seen there, by trial; in units of the sd."""
        trials = y[0].shape[0]
        slopes = np.zeros((trials, visits, visits))
        intercepts = np.zeros((trials, visits))  # difference between the arms of each regression's intercept
        residual = np.zeros((trials, visits))
        apart_at = np.zeros((trials, visits))  # inverse sizes at each visit, summed over arms
        for j in range(visits):
            weight = [s[:, :, j] for s in seen]
            n = np.stack([w.sum(axis=1, dtype=float) for w in weight])
            enough = np.maximum(n, 1.0)
            means = [
                np.einsum("tn,tnk->tk", weight[a], y[a][:, :, : j + 1]).astype(float) / enough[a][:, None]
                for a in (0, 1)
            ]
            gram = np.zeros((trials, j + 1, j + 1))
            for a in (0, 1):
                centred = (y[a][:, :, : j + 1] - means[a][:, None, :].astype(np.float32)) * weight[a][:, :, None]
                gram += np.matmul(centred.transpose(0, 2, 1), centred)
            if j:
                inner = gram[:, :j, :j] + 1e-9 * np.eye(j)
                slopes[:, j, :j] = np.linalg.solve(inner, gram[:, :j, j, None])[:, :, 0]
            left = gram[:, j, j] - np.einsum("tk,tk->t", slopes[:, j, :j], gram[:, :j, j])
            residual[:, j] = left / np.maximum(n.sum(axis=0) - 2, 1.0)  # with all seen, the pooled variance
            difference = means[0] - means[1]
            intercepts[:, j] = difference[:, j] - np.einsum("tk,tk->t", slopes[:, j, :j], difference[:, :j])
            apart_at[:, j] = (1 / enough).sum(axis=0)
        unit = np.linalg.inv(np.eye(visits) - slopes)[:, -1, :]
        apart = np.einsum("tj,tj->t", unit, intercepts)
        variance = np.einsum("tj,tj,tj->t", unit**2, residual, apart_at)
        last = np.stack([s[:, :, -1].sum(axis=1, dtype=float) for s in seen]).sum(axis=0)
        return apart, variance, last
