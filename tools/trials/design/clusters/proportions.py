"""Cluster-randomised proportions: a design effect on the binomial variance, or Hayes and Bennett's variation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator
from scipy.stats import norm

from benchside.tools.trials.design.checks import between, error_rates, finite, positive, probability
from benchside.tools.trials.design.clusters.sizes import ClusterSizes, intracluster
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.fields import number_list, sound_number
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import normal_power, t_power, to_normal

LABELS = {
    "t-unpooled": "t test of proportions weighted by cluster size, variance between the clusters of each arm",
    "t-pooled": "test of proportions weighted by cluster size, pooled variance times the design effect, t reference",
    "z-unpooled": "normal test of proportions weighted by cluster size, variance between the clusters of each arm",
    "z-pooled": "normal test of proportions weighted by cluster size, pooled variance times the design effect",
    "hayes-bennett": "t test of cluster proportions, sized by Hayes and Bennett",
}


class ClusterProportions(Endpoint):
    """A binary outcome in clusters that are randomised whole; sizes count clusters, the effect is a risk difference.

    How alike the members of a cluster are is given by `icc`, or by `cv_between` (standard deviation of the clusters'
    true proportions over their mean). Tests: `t-unpooled` (the default, Donner and Klar with k_t + k_c - 2 degrees of
    freedom), `t-pooled`, `z-unpooled`, `z-pooled`, `hayes-bennett`.
    """

    kind: Literal["cluster-proportions"] = "cluster-proportions"
    treatment: float = Field(description="proportion in treatment")
    control: float = Field(description="proportion in control")
    icc: float | None = Field(default=None, description="intracluster correlation")
    cv_between: float | None = Field(
        default=None, description="coefficient of variation of true proportions between clusters"
    )
    cluster_size: float | None = Field(default=None, description="participants per cluster, on average")
    cluster_size_cv: float = Field(default=0.0, description="coefficient of variation of the cluster sizes")
    cluster_sizes: tuple[float, ...] = Field(
        default=(), description="participants in each cluster of an arm, where known"
    )
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": tuple(LABELS),
        "non-inferiority": ("t-unpooled", "z-unpooled", "hayes-bennett"),
    }
    effect_name: ClassVar[str] = "risk difference"
    _no_bools = field_validator("*", mode="before")(sound_number)
    _lists = field_validator("cluster_sizes", mode="before")(number_list)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        probability("treatment", self.treatment)
        probability("control", self.control)
        if (self.icc is None) == (self.cv_between is None):
            raise ContradictoryInputError(
                f"{'no' if self.icc is None else 'two'} measures of how alike the members of a cluster are",
                where="icc",
                hint="Give icc or cv_between.",
            )
        self.iccs()
        sizes = ClusterSizes.of(self.cluster_size, self.cluster_size_cv, self.cluster_sizes)
        if sizes.equal and sizes.mean != int(sizes.mean):
            raise ImpossibleInputError(
                f"cluster_size is {sizes.mean:g}", where="cluster_size", hint="Equal clusters have whole sizes."
            )
        return self

    def iccs(self) -> tuple[float, float]:
        """Intracluster correlation in treatment and control."""
        if self.icc is not None:
            return intracluster(self.icc), intracluster(self.icc)
        assert self.cv_between is not None
        if finite("cv_between", self.cv_between) < 0:
            raise ImpossibleInputError(f"cv_between is {self.cv_between:g}", where="cv_between", hint="0 or above.")
        found = tuple(self.cv_between**2 * p / (1 - p) for p in (self.treatment, self.control))
        if max(found) >= 1:
            raise ImpossibleInputError(
                f"cv_between is {self.cv_between:g}",
                where="cv_between",
                hint="Clusters can't vary so much: its square times p / (1 - p) must stay below 1.",
            )
        return found[0], found[1]

    def effect(self) -> float:
        """The risk difference."""
        return self.treatment - self.control

    def with_effect(self, effect: float) -> Self:
        """Another proportion in treatment."""
        treatment = self.control + finite("effect", effect)
        between("treatment", treatment, 0, 1)
        return type(self).model_validate(self.model_dump() | {"treatment": treatment})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The test of that variance."""
        null = hypothesis.nulls(self.no_effect)[0]
        if null != 0 and test.endswith("-pooled") and not test.endswith("unpooled"):
            raise OutOfScopeError(
                f"the pooled variance belongs to the null of no difference, not to {null:g}",
                where="test",
                hint="Choose t-unpooled or z-unpooled.",
            )
        return ClusterProportionsTest(
            label=LABELS[test],
            direction=direction_of(self.effect(), hypothesis, self.no_effect),
            test=test,
            proportions=(self.treatment, self.control),
            iccs=self.iccs(),
            null=null,
            cluster_sizes=ClusterSizes.of(self.cluster_size, self.cluster_size_cv, self.cluster_sizes),
        )


@dataclass(frozen=True)
class ClusterProportionsTest(Statistic):
    """The test of a risk difference between clusters. The wrong side of a two-sided normal test is not counted.

    With `design effect` 1 + ((cv^2 + 1) m - 1) icc an arm of k clusters has the variance p (1 - p) effect / (k m)
    (Donner and Klar 2000; Eldridge et al. 2006). Hayes and Bennett (1999) have p (1 - p) / m plus the variance of the
    true proportions, one cluster less in each arm, and the normal distribution. Simulated clusters are beta-binomial.
    """

    label: str
    direction: int
    test: str
    proportions: tuple[float, float]
    iccs: tuple[float, float]
    null: float
    cluster_sizes: ClusterSizes
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = (
        "donner-klar-2000",
        "eldridge-2006",
        "hayes-bennett-1999",
        "mancl-derouen-2001",
        "ridout-1999",
    )
    unit: ClassVar[str] = "clusters"

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power by the formula of the test; 0 where it has no degrees of freedom."""
        k = np.asarray(sizes, dtype=float)
        p, icc = np.asarray(self.proportions), np.asarray(self.iccs)
        apart = self.direction * (p[0] - p[1] - self.null)
        sized = self.cluster_sizes
        if self.test == "hayes-bennett":
            m = 1 / float(np.mean(1 / np.asarray(sized.listed))) if sized.listed else sized.mean
            variance = p * (1 - p) * (1 / m + icc)
            usable = np.all(k > 1, axis=-1)
            error = np.sqrt((variance / np.where(usable[..., None], k - 1, 1.0)).sum(axis=-1))
            return np.asarray(np.where(usable, normal_power(apart / error, alpha / sides), 0.0))
        of_cluster = np.array([sized.variance(rho, "size") for rho in self.iccs])
        if self.test.endswith("unpooled"):
            variance = p * (1 - p) * of_cluster
        else:
            mean = (k * p).sum(axis=-1, keepdims=True) / k.sum(axis=-1, keepdims=True)
            variance = mean * (1 - mean) * of_cluster
        error = np.sqrt((variance / k).sum(axis=-1))
        if self.test.startswith("t-"):
            return t_power(np.asarray(k.sum(axis=-1) - 2), np.asarray(apart / error), alpha / sides, both=sides == 2)
        return normal_power(np.asarray(apart / error), alpha / sides)

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """Statistics from simulated clusters, each with its own true proportion and a binomial count."""
        events, size = [], []
        for arm in (0, 1):
            n = self.cluster_sizes.draw(rng, sizes[arm], trials, whole=True)
            n = np.broadcast_to(n, (trials, sizes[arm]))
            p, icc = self.proportions[arm], self.iccs[arm]
            true = rng.beta(p * (1 / icc - 1), (1 - p) * (1 / icc - 1), n.shape) if icc > 1e-9 else p
            events.append(rng.binomial(n.astype(np.int64), true).astype(float))
            size.append(n)
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            counts = counts_at(sizes, fraction)
            found[:, look] = self._statistic(
                [x[:, :k] for x, k in zip(events, counts, strict=True)],
                [n[:, :k] for n, k in zip(size, counts, strict=True)],
            )
        return found

    def _statistic(self, x: list[Floats], n: list[Floats]) -> Floats:
        k = [v.shape[1] for v in x]
        if min(k) < 2:
            return np.zeros(x[0].shape[0])  # no spread between clusters can be told: the test can't reject
        df = k[0] + k[1] - 2
        if self.test == "hayes-bennett":
            y = [a / b for a, b in zip(x, n, strict=True)]
            mean = [v.mean(axis=1) for v in y]
            variance = sum(v.var(axis=1, ddof=1) / c for v, c in zip(y, k, strict=True))
        else:
            total = [b.sum(axis=1) for b in n]
            mean = [a.sum(axis=1) / s for a, s in zip(x, total, strict=True)]
            if self.test.endswith("unpooled"):
                variance = sum(
                    (((a - m[:, None] * b) / (1 - b / s[:, None])) ** 2).sum(axis=1) / s**2
                    for a, b, m, s in zip(x, n, mean, total, strict=True)
                )
            else:
                pooled = (x[0].sum(axis=1) + x[1].sum(axis=1)) / (total[0] + total[1])
                effects = sum(
                    (1 + ((b**2).sum(axis=1) / s - 1) * rho) / s for b, s, rho in zip(n, total, self.iccs, strict=True)
                )
                variance = pooled * (1 - pooled) * effects
        spread = np.asarray(variance)
        apart = self.direction * (mean[0] - mean[1] - self.null)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(spread > 0, apart / np.sqrt(spread), np.where(apart == 0, 0.0, np.sign(apart) * 38.0))
        return value if self.test.startswith("z-") else to_normal(value, df)


def hayes_bennett_clusters(
    treatment: float,
    control: float,
    size: float,
    cv_between: float,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.8,
) -> float:
    """Clusters per arm for two proportions, not rounded: 1 plus the normal formula (Hayes & Bennett 1999, eq. 4)."""
    error_rates(alpha, sides, power)
    p = probability("treatment", treatment), probability("control", control)
    m, k = positive("size", size), finite("cv_between", cv_between)
    if k < 0 or p[0] == p[1]:
        raise ContradictoryInputError("no difference, or a negative variation", where="treatment", hint="Change it.")
    spread = sum(q * (1 - q) / m + k**2 * q**2 for q in p)
    return 1 + float(((norm.isf(alpha / sides) + norm.ppf(power)) / math.fabs(p[0] - p[1])) ** 2 * spread)
