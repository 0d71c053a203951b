"""Cluster sizes, equal or not, and what their spread costs: the variance of one cluster in each way to weight them.

A variance is in units of that of one participant. With the sizes listed the means over them are exact; with a mean and
a coefficient of variation they are those of the second-order Taylor series of Eldridge et al. (2006) and of
van Breukelen et al. (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from benchside.tools.trials.design.checks import between, finite, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats

Weighting = Literal["optimal", "size", "equal"]
MOST_CLUSTERS = 10_000
LARGEST_CLUSTER = 10_000_000


@dataclass(frozen=True, slots=True)
class ClusterSizes:
    """Sizes of the clusters: all equal to `mean`, of that mean and coefficient of variation, or listed.

    Attributes:
        mean: participants (or person-time) in a cluster on average.
        cv: standard deviation of the sizes over their mean.
        listed: the sizes themselves, of which each arm has equally many of each; empty when only mean and cv are known.
    """

    mean: float
    cv: float = 0.0
    listed: tuple[float, ...] = ()

    @classmethod
    def of(cls, size: float | None, cv: float = 0.0, listed: Sequence[float] = ()) -> Self:
        """Checked sizes from a mean and a coefficient of variation, or from a list.

        Raises:
            ContradictoryInputError: both or neither are given.
            ImpossibleInputError: a size below 1, a coefficient of variation of 2 or more.
        """
        if (size is None) == (not listed):
            raise ContradictoryInputError(
                f"{'no' if size is None else 'two'} cluster sizes",
                where="cluster_size",
                hint="Give cluster_size (perhaps with cluster_size_cv), or the list cluster_sizes.",
            )
        if listed:
            if finite("cluster_size_cv", cv) != 0:
                raise ContradictoryInputError(
                    "a list of sizes and their variation", where="cluster_size_cv", hint="The list says it: leave out."
                )
            if len(listed) > MOST_CLUSTERS:
                raise ImpossibleInputError(
                    f"{len(listed)} sizes", where="cluster_sizes", hint=f"At most {MOST_CLUSTERS:,}."
                )
            found = tuple(between("cluster_sizes", n, 1, LARGEST_CLUSTER, closed=True) for n in listed)
            values = np.asarray(found)
            return cls(float(values.mean()), float(values.std() / values.mean()), found)
        assert size is not None
        if not 0 <= finite("cluster_size_cv", cv) < 2:
            raise ImpossibleInputError(
                f"cluster_size_cv is {cv:g}",
                where="cluster_size_cv",
                hint="From 0 to below 2; most trials are below 1.",
            )
        return cls(between("cluster_size", size, 1, LARGEST_CLUSTER, closed=True), float(cv))

    @property
    def equal(self) -> bool:
        """Whether all clusters have the same size."""
        return self.cv == 0

    def variance(self, icc: float, weighting: Weighting) -> float:
        """Variance that one cluster contributes to an arm's mean times the number of clusters.

        Args:
            icc: intracluster correlation.
            weighting: of the cluster means by inverse variance (`optimal`, a mixed model), by their size, or equally.

        Returns:
            (1 + (m - 1) icc) / m for equal sizes, whatever the weighting.
        """
        m, cv = self.mean, self.cv
        if weighting == "size":
            return (1 + ((cv**2 + 1) * m - 1) * icc) / m
        if weighting == "equal":
            inverse = float(np.mean(1 / np.asarray(self.listed))) if self.listed else (1 + cv**2) / m
            return icc + (1 - icc) * inverse
        if self.listed:
            n = np.asarray(self.listed)
            return 1 / float(np.mean(n / (1 + (n - 1) * icc)))
        effect = 1 + (m - 1) * icc
        of_cluster = m * icc / effect
        return effect / m / (1 - cv**2 * of_cluster * (1 - of_cluster))

    def draw(self, rng: np.random.Generator, clusters: int, trials: int, *, whole: bool = False) -> Floats:
        """Sizes of simulated clusters, shape (trials, clusters); shape (1, clusters) when all are equal.

        Listed sizes are dealt out as evenly as they go, in random order. Sizes of a mean and a variation are gamma
        distributed; whole ones are rounded to at least 1, which distorts them where clusters are small and unequal.
        """
        if self.equal:
            size = round(self.mean) if whole else self.mean
            return np.full((1, clusters), float(size))
        if self.listed:
            each, rest = divmod(clusters, len(self.listed))
            values = np.asarray(self.listed)
            fixed = np.broadcast_to(np.tile(values, each), (trials, each * values.size))
            others = rng.permuted(np.broadcast_to(values, (trials, values.size)), axis=1)[:, :rest]
            return np.asarray(rng.permuted(np.concatenate([fixed, others], axis=1), axis=1))
        drawn = rng.gamma(1 / self.cv**2, self.mean * self.cv**2, (trials, clusters))
        return np.asarray(np.maximum(np.rint(drawn), 1.0) if whole else np.maximum(drawn, 1e-3 * self.mean))


def intracluster(icc: float) -> float:
    """An intracluster correlation: 0 or above, below 1."""
    if not 0 <= finite("icc", icc) < 1:
        raise ImpossibleInputError(f"icc is {icc:g}", where="icc", hint="From 0 to below 1.")
    return float(icc)


def relative_efficiency(sizes: Sequence[float], icc: float) -> float:
    """Efficiency of clusters of these sizes against as many equal ones of the same mean, at most 1.

    Source: van Breukelen et al. 2007, equation 5, for the treatment effect in a mixed model.
    """
    given = ClusterSizes.of(None, listed=sizes)
    equal = ClusterSizes(given.mean)
    correlation = intracluster(icc)
    return equal.variance(correlation, "optimal") / given.variance(correlation, "optimal")


def variance_from_components(icc: float, between_clusters: float) -> float:
    """Variance of one participant from the intracluster correlation and the variance between clusters."""
    if intracluster(icc) == 0:
        raise ImpossibleInputError("icc is 0", where="icc", hint="With variance between clusters it is above 0.")
    return positive("between_clusters", between_clusters) / icc
