"""Cluster-randomised means: clusterPower's examples, where its code is wrong, exact power, simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchside.tools.trials.design.cases.clusters import METHODS
from benchside.tools.trials.design.clusters.means import ClusterMeans
from benchside.tools.trials.design.clusters.sizes import ClusterSizes, relative_efficiency, variance_from_components
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

ANSWER = {name: method.answer for name, method in METHODS.by_name.items()}
UNEQUAL = (100.0, 50.0, 25.0, 100.0, 100.0)


def decimals(low, high):
    """Numbers as people write them."""
    return st.floats(low, high).map(lambda value: round(value, 6))


def rejected(statistic, sizes, alpha, sides, trials=60_000, seed=1):
    z = statistic.sample(np.random.default_rng(seed), sizes, (1.0,), trials)[:, 0]
    return float(((np.abs(z) if sides == 2 else z) >= stats.norm.isf(alpha / sides)).mean())


def test_examples_of_cpa_normal():
    """man/cpa.normal.Rd of clusterPower 0.7.0; the last is the Taylor series of van Breukelen et al."""
    equal = {
        "m": 10,
        "d": 1,
        "icc": 0.1,
        "var_total": 5,
        "alpha_two_sided": 0.05,
        "clusters_per_arm": 16,
        "df": "2(k-1)",
    }
    assert ANSWER["cluster_two_means"](equal, frozenset()) == {
        "power": pytest.approx(0.801766, abs=1e-6), "clusters_needed": 16,
    }  # fmt: skip
    varied = {"m": 100, "cv": 0.5, "clusters_per_arm": 20, "d": 0.2, "icc": 0.1, "sigma_b_sq": 0.1}
    assert ANSWER["cluster_two_means_unequal"](varied, frozenset())["power"] == pytest.approx(0.4559881, abs=1e-7)


def test_the_published_power_of_listed_sizes_is_too_high():
    """clusterPower's 0.13315 multiplies by the relative efficiency: unequal clusters would beat equal ones.

    Two ways show that dividing is right: the generalised least-squares variance from the whole covariance of all
    participants, and simulated trials.
    """
    published = ANSWER["cluster_two_means_unequal"](
        {"sizes": list(UNEQUAL), "d": 0.2, "icc": 0.1, "sigma_b_sq": 0.1}, frozenset()
    )["power"]
    assert published == pytest.approx(0.13315, abs=1e-5)
    equal = ClusterMeans(difference=0.2, sd=1.0, icc=0.1, cluster_size=75.0).statistic(None, Superiority())
    df, critical = 8, stats.t.isf(0.025, 8)

    def upper_tail(error):
        return stats.nct.sf(critical, df, 0.2 / error)

    assert published > upper_tail(float(equal.error(np.array([5, 5]))))

    weight = 0.0
    for size in UNEQUAL:
        covariance = np.full((int(size), int(size)), 0.1) + 0.9 * np.eye(int(size))
        weight += np.linalg.solve(covariance, np.ones(int(size))).sum()
    right = upper_tail(math.sqrt(2 / weight))
    assert right == pytest.approx(0.12796, abs=1e-5)

    ours = ClusterMeans(difference=0.2, sd=1.0, icc=0.1, cluster_sizes=UNEQUAL).statistic("mixed-model", Superiority())
    assert float(ours.error(np.array([5, 5]))) == pytest.approx(math.sqrt(2 / weight))
    z = ours.sample(np.random.default_rng(1), (5, 5), (1.0,), 400_000)[:, 0]
    simulated, error = (z >= stats.norm.isf(0.025)).mean(), math.sqrt(0.11 / 400_000)
    assert simulated == pytest.approx(right, abs=3 * error)
    assert published - simulated > 5 * error


def test_relative_efficiency():
    """At most 1, 1 for equal sizes, and where the ICC is 0 every participant counts."""
    assert relative_efficiency((20, 20, 20), 0.3) == pytest.approx(1)
    assert relative_efficiency((5, 50), 0.0) == pytest.approx(1)
    a = 0.9 / 0.1  # van Breukelen et al. 2007, equation 5
    mean, n = np.mean(UNEQUAL), np.array(UNEQUAL)
    assert relative_efficiency(UNEQUAL, 0.1) == pytest.approx((mean + a) / mean * np.mean(n / (n + a)))
    assert relative_efficiency(UNEQUAL, 0.1) < 1


def test_taylor_series_is_near_the_listed_sizes():
    listed = ClusterSizes.of(None, listed=(12, 16, 20, 24, 28))
    series = ClusterSizes.of(listed.mean, listed.cv)
    for icc in (0.01, 0.05, 0.3):
        assert series.variance(icc, "optimal") == pytest.approx(listed.variance(icc, "optimal"), rel=0.01)
        assert series.variance(icc, "size") == pytest.approx(listed.variance(icc, "size"))
        assert series.variance(icc, "equal") == pytest.approx(listed.variance(icc, "equal"), rel=0.02)
        assert listed.variance(icc, "optimal") <= min(listed.variance(icc, "size"), listed.variance(icc, "equal"))


def test_design_effect_of_equal_clusters():
    """Donner & Klar 2000: 1 + (m - 1) ICC, whatever the weighting; and the whole covariance says the same."""
    sizes = ClusterSizes.of(25)
    for weighting in ("optimal", "size", "equal"):
        assert 25 * sizes.variance(0.08, weighting) == pytest.approx(1 + 24 * 0.08)
    covariance = np.full((25, 25), 0.08) + 0.92 * np.eye(25)
    assert sizes.variance(0.08, "optimal") == pytest.approx(covariance.sum() / 625)


@pytest.mark.parametrize("test", ["mixed-model", "cluster-means", "z"])
@pytest.mark.parametrize(
    ("hypothesis", "difference", "alpha", "sides"),
    [(Superiority(), -0.5, 0.05, 2), (NonInferiority(margin=-0.5), 0.0, 0.025, 1)],
)
def test_equal_clusters_are_exact(test, hypothesis, difference, alpha, sides):
    endpoint = ClusterMeans(difference=difference, sd=1.0, icc=0.05, cluster_size=20.0)
    statistic = endpoint.statistic(test, hypothesis)
    assert statistic.exactness == "exact"
    for sizes in ((12, 12), (6, 9)):
        stated = float(statistic.power(np.array(sizes), alpha, sides))
        assert rejected(statistic, sizes, alpha, sides) == pytest.approx(stated, abs=3.5 * 0.5 / math.sqrt(60_000))


@pytest.mark.parametrize(
    "given_sizes", [{"cluster_size": 20.0, "cluster_size_cv": 0.5}, {"cluster_sizes": (8, 12, 20, 40)}]
)
@pytest.mark.parametrize(("test", "room"), [("mixed-model", 0.01), ("cluster-means", 0.025), ("size-weighted", 0.05)])
def test_unequal_clusters_are_near(given_sizes, test, room):
    endpoint = ClusterMeans.model_validate({"difference": 0.5, "sd": 1.0, "icc": 0.08} | given_sizes)
    statistic = endpoint.statistic(test, Superiority())
    assert statistic.exactness == "asymptotic"
    stated = float(statistic.power(np.array([12, 12]), 0.05, 2))
    assert rejected(statistic, (12, 12), 0.05, 2) == pytest.approx(stated, abs=room)


def test_levels_hold():
    for test in ("mixed-model", "size-weighted", "cluster-means"):
        endpoint = ClusterMeans(difference=0.5, sd=1.0, icc=0.1, cluster_sizes=(5, 10, 20, 40))
        statistic = endpoint.with_effect(0.0).statistic(test, Superiority(), at_null=True)
        assert rejected(statistic, (12, 12), 0.05, 2) < 0.055


def test_listed_sizes_are_dealt_out_evenly():
    drawn = ClusterSizes.of(None, listed=(5, 10, 20)).draw(np.random.default_rng(1), 7, 50)
    for row in drawn:
        counts = np.unique(row, return_counts=True)[1]
        assert sorted(counts) == [2, 2, 3]
    varied = ClusterSizes.of(30, 0.4).draw(np.random.default_rng(1), 40, 2000)
    assert varied.mean() == pytest.approx(30, rel=0.01)
    assert varied.std() / varied.mean() == pytest.approx(0.4, rel=0.02)


@settings(max_examples=40, deadline=None)
@given(decimals(0, 0.9), decimals(1, 500), decimals(0, 1.2), st.integers(2, 60))
def test_power_properties(icc, size, cv, clusters):
    endpoint = ClusterMeans(difference=0.4, sd=1.0, icc=icc, cluster_size=size, cluster_size_cv=cv)
    statistic = endpoint.statistic(None, Superiority())
    powers = statistic.power(np.array([[clusters, clusters], [clusters + 1, clusters + 1], [1, 1]]), 0.05, 2)
    assert powers[1] >= powers[0] - 1e-9
    assert powers[2] == 0  # no degrees of freedom
    equal = ClusterMeans(difference=0.4, sd=1.0, icc=icc, cluster_size=size).statistic(None, Superiority())
    assert powers[0] <= float(equal.power(np.array([clusters, clusters]), 0.05, 2)) + 1e-9


@pytest.mark.parametrize(
    "changed",
    [
        {"sd": 0.0}, {"sd": math.nan}, {"icc": 1.0}, {"icc": -0.1}, {"icc": math.nan}, {"cluster_size": 0.5},
        {"cluster_size": math.inf}, {"cluster_size_cv": 2.0}, {"cluster_size_cv": -0.1}, {"cluster_size": None},
        {"cluster_sizes": (3, 4)}, {"cluster_size": None, "cluster_sizes": (0, 3)}, {"difference": math.inf},
        {"cluster_size": None, "cluster_sizes": (2, 3), "cluster_size_cv": 0.3},
    ],
)  # fmt: skip
def test_impossible_inputs_are_named(changed):
    with pytest.raises(DesignError) as told:
        ClusterMeans.model_validate({"difference": 0.5, "sd": 1.0, "icc": 0.05, "cluster_size": 20} | changed)
    assert told.value.where
    assert told.value.hint


def test_out_of_scope_is_told():
    endpoint = ClusterMeans(difference=0.0, sd=1.0, icc=0.05, cluster_size=20)
    with pytest.raises(DesignError, match="equivalence is not offered"):
        endpoint.statistic(None, Equivalence(lower=-1, upper=1))


def test_variance_from_components():
    assert variance_from_components(0.1, 0.1) == pytest.approx(1)
    with pytest.raises(DesignError):
        variance_from_components(0.0, 0.1)
    with pytest.raises(DesignError):
        variance_from_components(0.1, -1)


@pytest.mark.parametrize(
    ("method", "inputs"),
    [
        ("cluster_two_means", {"m": 10, "d": 0, "icc": 0.1, "var_total": 5, "clusters_per_arm": 16}),
        ("cluster_two_means", {"m": 10, "d": 1, "icc": 1.1, "var_total": 5, "clusters_per_arm": 16}),
        ("cluster_two_means", {"m": 10, "d": 1, "icc": 0.1, "var_total": 5, "clusters_per_arm": 1}),
        ("cluster_two_means", {"m": 10, "d": 1, "icc": 0.1, "var_total": 5, "clusters_per_arm": 5, "df": "k"}),
        ("cluster_two_means_unequal", {"m": 10, "cv": 3, "d": 1, "icc": 0.1, "sigma_b_sq": 1, "clusters_per_arm": 5}),
        ("cluster_two_proportions", {"m": 10, "power": 1.5}),
        ("cluster_two_rates", {"person_years": -1, "power": 0.8}),
    ],
)
def test_refusals_are_named(method, inputs):
    with pytest.raises(DesignError):
        ANSWER[method](inputs, frozenset())
