"""Analysis of covariance with the baseline, against change scores and follow-up alone: exact power of their t tests.

With the correlation rho of baseline and follow-up, the variance of the treatment effect is sigma^2 times 1 - rho^2
(ANCOVA), 2 - 2 rho (change) or 1 (follow-up alone); Frison and Pocock (1992) give the same for means of several visits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from benchside.tools.trials.design.checks import between, finite, positive
from benchside.tools.trials.design.differences import DifferenceTest
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.fields import sound_number
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.longitudinal.covariance import visit_count
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import to_normal

Analysis = Literal["ancova", "change", "post"]
LABELS: dict[Analysis, str] = {
    "ancova": "analysis of covariance with the baseline (t test of the adjusted difference)",
    "change": "two-sample t test of changes from baseline",
    "post": "two-sample t test of follow-up alone",
}
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def variance_factor(correlation: float, analysis: Analysis = "ancova", baselines: int = 1, followups: int = 1) -> float:
    """Variance of the outcome that is analysed, in units of that of one follow-up visit.

    Args:
        correlation: between any two visits of a participant.
        analysis: `ancova`, `change` or `post`.
        baselines, followups: visits that are averaged before and after randomisation.

    Returns:
        1 - rho^2, 2 - 2 rho and 1 for one visit each; otherwise the expressions of Frison & Pocock 1992, section 4.
    """
    p, r = visit_count("baselines", baselines), visit_count("followups", followups)
    between("correlation", correlation, -1 / max(p + r - 1, 1), 1)
    before, after = (1 + (p - 1) * correlation) / p, (1 + (r - 1) * correlation) / r
    if analysis == "post":
        return after
    return after + before - 2 * correlation if analysis == "change" else after - correlation**2 / before


def ancova_size(n_t_test: float, correlation: float) -> float:
    """Size of an ANCOVA from that of the t test of follow-up alone: n (1 - rho^2), not rounded (Borm et al. 2007).

    Borm et al. add one participant per arm for the degree of freedom that the baseline costs; that is left to the
    caller, as `Ancova` counts it exactly.
    """
    return positive("n_t_test", n_t_test) * (1 - between("correlation", correlation, -1, 1) ** 2)


class Ancova(Endpoint):
    """A continuous outcome with a baseline of the same measure, normally distributed, in two arms.

    Tests: `ancova`, `change` (from baseline) and `post` (follow-up alone), each a t test with pooled variance.
    """

    kind: Literal["ancova"] = "ancova"
    difference: float = Field(description="difference of means at follow-up, treatment minus control")
    sd: float = Field(description="standard deviation of one visit, within an arm")
    correlation: float = Field(description="correlation of any two visits of a participant")
    baselines: int = Field(default=1, description="baseline visits that are averaged")
    followups: int = Field(default=1, description="follow-up visits that are averaged")
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("ancova", "change", "post"),
        "non-inferiority": ("ancova", "change", "post"),
        "equivalence": ("ancova", "change", "post"),
    }
    effect_name: ClassVar[str] = "difference of means"
    _no_bools = field_validator("*", mode="before")(sound_number)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        finite("difference", self.difference)
        positive("sd", self.sd)
        variance_factor(self.correlation, "ancova", self.baselines, self.followups)
        return self

    def effect(self) -> float:
        """The difference of means."""
        return self.difference

    def with_effect(self, effect: float) -> Self:
        """Another difference."""
        return self.model_copy(update={"difference": finite("effect", effect)})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The t test of that analysis."""
        nulls = hypothesis.nulls(self.no_effect)
        return AncovaTest(
            label=LABELS[test],  # type: ignore[index]
            direction=direction_of(self.difference, hypothesis, self.no_effect),
            analysis=test,  # type: ignore[arg-type]
            difference=self.difference,
            nulls=nulls,
            sd=self.sd,
            correlation=self.correlation,
            baselines=self.baselines,
            followups=self.followups,
        )


@dataclass(frozen=True)
class AncovaTest(DifferenceTest):
    """The t test of an ANCOVA, of changes or of follow-up, when baseline and follow-up are jointly normal.

    Given the baselines, the ANCOVA statistic is noncentral t with N - 3 degrees of freedom; its noncentrality shrinks
    by the chance imbalance of the baselines, whose square over its scale is a beta variable. The power is the mean over
    it, as in Shieh 2020, so it is that of the trial before the baselines are known. Two-sided power counts both tails.
    """

    analysis: Analysis
    sd: float
    correlation: float
    baselines: int
    followups: int
    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("frison-pocock-1992", "borm-2007", "shieh-2020")

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Exact power; 0 where no degree of freedom is left."""
        arms = np.asarray(sizes, dtype=float)
        total = arms.sum(axis=-1)
        df = total - (3 if self.analysis == "ancova" else 2)
        usable = (df > 0) & np.all(arms > 0, axis=-1)
        arms = np.where(usable[..., None], arms, 4.0)
        total, df = arms.sum(axis=-1), np.where(usable, df, 1.0)
        spread = self.sd * np.sqrt(variance_factor(self.correlation, self.analysis, self.baselines, self.followups))
        error = spread * np.sqrt((1 / arms).sum(axis=-1))
        shrink, weight = (
            _imbalance(total - 2) if self.analysis == "ancova" else (np.ones((*df.shape, 1)), np.ones((*df.shape, 1)))
        )
        found = self.t_power(df[..., None], error[..., None] / shrink, alpha, sides)
        return np.asarray(np.where(usable, (found * weight).sum(axis=-1), 0.0), dtype=float)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """t statistics from simulated participants, each with a baseline and a follow-up, on the normal scale."""
        before, after, joint = self._visits()
        sums = np.zeros((2, trials, 5))  # by arm: sums of x, y, x^2, y^2, xy
        done = np.zeros(2, dtype=int)
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            wanted = counts_at(sizes, fraction)
            for arm, mean in enumerate((self.difference, 0.0)):
                drawn = rng.standard_normal((2, trials, wanted[arm] - done[arm]), dtype=np.float32)
                x = before * drawn[0]
                y = mean + (joint / before) * drawn[0] + math.sqrt(after**2 - (joint / before) ** 2) * drawn[1]
                sums[arm, :, 0] += x.sum(axis=1, dtype=float)
                sums[arm, :, 1] += y.sum(axis=1, dtype=float)
                sums[arm, :, 2] += np.einsum("ij,ij->i", x, x, dtype=float)
                sums[arm, :, 3] += np.einsum("ij,ij->i", y, y, dtype=float)
                sums[arm, :, 4] += np.einsum("ij,ij->i", x, y, dtype=float)
            done = np.asarray(wanted)
            found[:, look] = self._statistic(sums, done)
        return found

    def _visits(self) -> tuple[float, float, float]:
        """Standard deviations of the averaged baselines and follow-ups, and their covariance."""
        rho, p, r = self.correlation, self.baselines, self.followups
        before, after = math.sqrt((1 + (p - 1) * rho) / p), math.sqrt((1 + (r - 1) * rho) / r)
        return self.sd * before, self.sd * after, self.sd**2 * rho

    def _statistic(self, sums: Floats, n: Floats) -> Floats:
        df = int(n.sum()) - (3 if self.analysis == "ancova" else 2)
        if df < 1:
            return np.zeros(sums.shape[1])  # too few for a test: it can't reject
        size = np.asarray(n, dtype=float)[:, None]
        mean_x, mean_y = sums[..., 0] / size, sums[..., 1] / size
        xx = (sums[..., 2] - size * mean_x**2).sum(axis=0)
        yy = (sums[..., 3] - size * mean_y**2).sum(axis=0)
        xy = (sums[..., 4] - size * mean_x * mean_y).sum(axis=0)
        apart_x, apart = mean_x[0] - mean_x[1], mean_y[0] - mean_y[1]
        scale = float((1 / size).sum())
        if self.analysis == "ancova":
            apart, yy = apart - xy / xx * apart_x, yy - xy**2 / xx
            error = np.sqrt(yy / df * (scale + apart_x**2 / xx))
        elif self.analysis == "change":
            apart, yy = apart - apart_x, yy + xx - 2 * xy
            error = np.sqrt(yy / df * scale)
        else:
            error = np.sqrt(yy / df * scale)
        return to_normal(self.towards(apart, error), df)


def _imbalance(df: Floats) -> tuple[Floats, Floats]:
    """Shrinkage of the noncentrality by the imbalance of a normal baseline, with weights; shape (..., nodes).

    The imbalance over its scale is t with `df` degrees of freedom; as sqrt(df) tan(angle) it has a density in
    cos(angle)^(df - 1), and the noncentrality shrinks by cos(angle).
    """
    widest = np.minimum(np.pi / 2, 10 / np.sqrt(df))[..., None]
    angle = widest * (1 + _NODES) / 2
    log_density = (df[..., None] - 1) * np.log(np.cos(angle))
    weight = _WEIGHTS * np.exp(log_density)
    return np.asarray(np.cos(angle)), np.asarray(weight / weight.sum(axis=-1, keepdims=True))
