"""Cluster-randomised means: t tests on cluster means, with the clusters weighted optimally, by size, or equally."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from benchside.tools.trials.design.checks import finite, positive
from benchside.tools.trials.design.clusters.sizes import ClusterSizes, Weighting, intracluster
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.fields import number_list, sound_number
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import normal_power, t_power, to_normal

WEIGHTINGS: dict[str, Weighting] = {
    "mixed-model": "optimal", "size-weighted": "size", "cluster-means": "equal", "z": "optimal"
}  # fmt: skip
LABELS = {
    "mixed-model": "t test on cluster means weighted by inverse variance at the assumed ICC",
    "size-weighted": "t test on cluster means weighted by cluster size, variance between clusters",
    "cluster-means": "t test on unweighted cluster means",
    "z": "normal test on cluster means weighted by inverse variance, ICC and variance known",
}


class ClusterMeans(Endpoint):
    """A normally distributed outcome in clusters that are randomised whole; sizes count clusters.

    Tests: `mixed-model` (the default), `size-weighted`, `cluster-means`, all t tests with k_treatment + k_control - 2
    degrees of freedom and the same for equal cluster sizes; `z` takes the variances as known.
    """

    kind: Literal["cluster-means"] = "cluster-means"
    difference: float = Field(description="difference of means, treatment minus control")
    sd: float = Field(description="standard deviation of one participant, between and within clusters together")
    icc: float = Field(description="intracluster correlation")
    cluster_size: float | None = Field(default=None, description="participants per cluster, on average")
    cluster_size_cv: float = Field(default=0.0, description="coefficient of variation of the cluster sizes")
    cluster_sizes: tuple[float, ...] = Field(
        default=(), description="participants in each cluster of an arm, where known"
    )
    tests: ClassVar[dict[str, tuple[str, ...]]] = {"superiority": tuple(LABELS), "non-inferiority": tuple(LABELS)}
    effect_name: ClassVar[str] = "difference of means"
    _no_bools = field_validator("*", mode="before")(sound_number)
    _lists = field_validator("cluster_sizes", mode="before")(number_list)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        finite("difference", self.difference)
        positive("sd", self.sd)
        intracluster(self.icc)
        self.sizes()
        return self

    def sizes(self) -> ClusterSizes:
        """The cluster sizes."""
        return ClusterSizes.of(self.cluster_size, self.cluster_size_cv, self.cluster_sizes)

    def effect(self) -> float:
        """The difference of means."""
        return self.difference

    def with_effect(self, effect: float) -> Self:
        """Another difference."""
        return self.model_copy(update={"difference": finite("effect", effect)})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The test of that weighting."""
        null = hypothesis.nulls(self.no_effect)[0]
        sizes = self.sizes()
        return ClusterMeansTest(
            label=LABELS[test],
            direction=direction_of(self.difference, hypothesis, self.no_effect),
            test=test,
            difference=self.difference,
            null=null,
            sd=self.sd,
            icc=self.icc,
            cluster_sizes=sizes,
            exactness="exact" if sizes.equal and test != "size-weighted" else "asymptotic",
        )


@dataclass(frozen=True)
class ClusterMeansTest(Statistic):
    """The test of a difference of means from cluster means.

    With equal clusters the means are independent normal and the power is exact, both sides counted. With unequal ones
    it takes the weights at their expectation over the sizes. The variance of `size-weighted` is a sandwich with the
    correction of Mancl and DeRouen, whose level holds and whose power with few clusters is a little below the formula.
    """

    label: str
    direction: int
    test: str
    difference: float
    null: float
    sd: float
    icc: float
    cluster_sizes: ClusterSizes
    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("donner-klar-2000", "eldridge-2006", "van-breukelen-2007", "mancl-derouen-2001")
    unit: ClassVar[str] = "clusters"

    def error(self, sizes: Floats) -> Floats:
        """Standard error of the difference at clusters of shape (..., 2)."""
        variance = self.sd**2 * self.cluster_sizes.variance(self.icc, WEIGHTINGS[self.test])
        with np.errstate(divide="ignore"):
            return np.asarray(np.sqrt(variance * (1 / np.asarray(sizes, dtype=float)).sum(axis=-1)), dtype=float)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power of the t test (0 without degrees of freedom), or of the normal test."""
        arms = np.asarray(sizes, dtype=float)
        shift = np.asarray(self.direction * (self.difference - self.null) / self.error(arms))
        if self.test == "z":
            return normal_power(shift, alpha / sides, both=sides == 2)
        return t_power(np.asarray(arms.sum(axis=-1) - 2), shift, alpha / sides, both=sides == 2)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Statistics from simulated clusters: each with its own level, its size and its mean."""
        means, size = [], []
        for arm, level in enumerate((self.difference, 0.0)):
            n = self.cluster_sizes.draw(rng, sizes[arm], trials)
            own = math.sqrt(self.icc) * rng.standard_normal((trials, sizes[arm]))
            within = np.sqrt((1 - self.icc) / n) * rng.standard_normal((trials, sizes[arm]))
            means.append(level + self.sd * (own + within))
            size.append(np.broadcast_to(n, means[arm].shape))
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            counts = counts_at(sizes, fraction)
            found[:, look] = self._statistic(
                [y[:, :k] for y, k in zip(means, counts, strict=True)],
                [n[:, :k] for n, k in zip(size, counts, strict=True)],
            )
        return found

    def _statistic(self, y: list[Floats], n: list[Floats]) -> Floats:
        k = [values.shape[1] for values in y]
        df = k[0] + k[1] - 2
        if df < 1 or (self.test == "size-weighted" and min(k) < 2):
            return np.zeros(y[0].shape[0])  # no spread between clusters can be told: the test can't reject
        weighting = WEIGHTINGS[self.test]
        weight = [
            w if weighting == "size" else np.ones_like(w) if weighting == "equal" else w / (1 + (w - 1) * self.icc)
            for w in n
        ]
        total = [w.sum(axis=1) for w in weight]
        mean = [(w * v).sum(axis=1) / s for w, v, s in zip(weight, y, total, strict=True)]
        left = [v - m[:, None] for v, m in zip(y, mean, strict=True)]
        if self.test == "z":
            variance = self.sd**2 * (1 / total[0] + 1 / total[1])
        elif weighting == "size":
            variance = sum(  # Mancl and DeRouen's correction: a residual of a heavy cluster is too small
                ((w * r / (1 - w / s[:, None])) ** 2).sum(axis=1) / s**2
                for w, r, s in zip(weight, left, total, strict=True)
            )
        else:
            spread = sum((w * r**2).sum(axis=1) for w, r in zip(weight, left, strict=True)) / df
            variance = spread * (1 / total[0] + 1 / total[1])
        value = self.direction * (mean[0] - mean[1] - self.null) / np.sqrt(variance)
        return np.asarray(value) if self.test == "z" else to_normal(np.asarray(value), df)
