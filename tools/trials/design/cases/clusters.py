"""Published cases of cluster-randomised designs: the examples of clusterPower 0.7.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchside.tools.trials.design.allocation import ceiling
from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.checks import error_rates, positive, whole
from benchside.tools.trials.design.clusters.means import ClusterMeans
from benchside.tools.trials.design.clusters.proportions import ClusterProportions
from benchside.tools.trials.design.clusters.rates import ClusterRates
from benchside.tools.trials.design.clusters.sizes import (
    ClusterSizes,
    intracluster,
    relative_efficiency,
    variance_from_components,
)
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.hypotheses import Superiority
from benchside.tools.trials.design.statistic import Statistic
from benchside.tools.trials.design.student import t_power

METHODS = Methods()
# what the cases leave to the man pages of clusterPower 0.7.0, by their function
_BINARY = {"p1": 0.1, "p2": 0.2, "icc": 0.1, "alpha_two_sided": 0.05}  # cpa.binary
_COUNT = {"r1": 0.1, "r2": 0.2, "cv_between": 0.1, "alpha_two_sided": 0.05}  # cpa.count


@METHODS.method(
    "cluster_two_means",
    inputs="m d icc var_total alpha_two_sided clusters_per_arm df",
    expected="power clusters_needed",
)
def cluster_two_means(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """cpa.normal: t test on cluster means with 2 (k - 1) degrees of freedom, the wrong side not counted.

    `clusters_needed` is for a power of 0.8 per the man page, in whole clusters of each arm.
    """
    if inputs.get("df", "2(k-1)") != "2(k-1)":
        raise ImpossibleInputError(f"df is {inputs['df']!r}", where="df", hint="Known here: 2(k-1).")
    variance = positive("var_total", inputs["var_total"])
    endpoint = ClusterMeans(
        difference=inputs["d"], sd=variance**0.5, icc=inputs["icc"], cluster_size=float(inputs["m"])
    )
    statistic = endpoint.statistic(None, Superiority())
    alpha = inputs.get("alpha_two_sided", 0.05)
    error_rates(alpha, 2, 0.8)
    found: dict[str, Any] = {}
    if "power" in wanted or not wanted:
        per_cluster = variance * endpoint.sizes().variance(endpoint.icc, "optimal")
        found["power"] = _one_tail(inputs["d"], per_cluster, inputs["clusters_per_arm"], alpha)
    if "clusters_needed" in wanted or not wanted:
        found["clusters_needed"] = _needed(statistic, alpha, 0.8)
    return found


@METHODS.method("cluster_two_means_unequal", inputs="sizes d icc sigma_b_sq m cv clusters_per_arm", expected="power")
def cluster_two_means_unequal(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """cpa.normal with unequal clusters, two-sided alpha 0.05.

    With a mean and a coefficient of variation it is the Taylor series of van Breukelen et al. With a list of sizes the
    package multiplies the design effect by the relative efficiency, which is below 1, where the paper divides: its
    power is then above that of equal clusters. The case holds the package's figure and so this adapter computes it that
    way; `ClusterMeans` divides.
    """
    icc = intracluster(inputs["icc"])
    variance = variance_from_components(icc, inputs["sigma_b_sq"])
    if "sizes" in inputs:
        sizes = ClusterSizes.of(None, listed=inputs["sizes"])
        equal = ClusterSizes(sizes.mean).variance(icc, "optimal")
        per_cluster = equal * relative_efficiency(inputs["sizes"], icc)
        clusters = inputs.get("clusters_per_arm", len(inputs["sizes"]))
    else:
        sizes = ClusterSizes.of(inputs["m"], inputs.get("cv", 0.0))
        per_cluster = sizes.variance(icc, "optimal")
        clusters = inputs["clusters_per_arm"]
    return {"power": _one_tail(inputs["d"], variance * per_cluster, clusters, 0.05)}


@METHODS.method("cluster_two_proportions", inputs="m note power", expected="clusters_per_arm")
def cluster_two_proportions(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """cpa.binary: 0.1 against 0.2 with an ICC of 0.1, two-sided alpha 0.05, unpooled variance, normal reference.

    The man page's 38 ("greater than 37") and its smallest detectable proportion are of the normal reference. With t, as
    its code has had it since, 39 clusters are needed.
    """
    endpoint = ClusterProportions(
        treatment=_BINARY["p1"], control=_BINARY["p2"], icc=_BINARY["icc"], cluster_size=float(inputs["m"])
    )
    statistic = endpoint.statistic("z-unpooled", Superiority())
    return {"clusters_per_arm": _needed(statistic, _BINARY["alpha_two_sided"], inputs["power"])}


@METHODS.method("cluster_two_rates", inputs="person_years note power", expected="clusters_per_arm")
def cluster_two_rates(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """cpa.count: 0.10 against 0.20 a year, variation between clusters 0.10, two-sided alpha 0.05."""
    endpoint = ClusterRates(
        treatment=_COUNT["r1"],
        control=_COUNT["r2"],
        person_time=float(inputs["person_years"]),
        cv_between=_COUNT["cv_between"],
    )
    statistic = endpoint.statistic("hayes-bennett", Superiority())
    return {"clusters_per_arm": _needed(statistic, _COUNT["alpha_two_sided"], inputs.get("power", 0.8))}


def _one_tail(difference: float, per_cluster: float, clusters: float, alpha: float) -> float:
    """Power on the side of the alternative of a two-sided t test, with k clusters in each arm."""
    k = whole("clusters_per_arm", clusters, 2)
    if difference == 0:
        raise ContradictoryInputError("the difference is 0", where="d", hint="Assume an effect.")
    shift = np.asarray(abs(difference) / (2 * per_cluster / k) ** 0.5)
    return float(t_power(np.asarray(2.0 * (k - 1)), shift, alpha / 2))


def _needed(statistic: Statistic, alpha: float, power: float) -> int:
    """Whole clusters per arm, two-sided."""
    error_rates(alpha, 2, power)
    return ceiling(statistic.total(alpha, 2, power, (0.5, 0.5)) / 2)
