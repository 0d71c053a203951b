"""Cluster-randomised proportions and rates: clusterPower's and Hayes & Bennett's numbers, simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from benchside.tools.trials.design.cases.clusters import METHODS
from benchside.tools.trials.design.clusters.proportions import ClusterProportions, hayes_bennett_clusters
from benchside.tools.trials.design.clusters.rates import ClusterRates
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import NonInferiority, Superiority

ANSWER = {name: method.answer for name, method in METHODS.by_name.items()}
HALVES = (0.5, 0.5)


def decimals(low, high):
    """Numbers as people write them."""
    return st.floats(low, high).map(lambda value: round(value, 6))


def rejected(statistic, sizes, alpha, sides, trials=30_000, seed=1):
    z = statistic.sample(np.random.default_rng(seed), sizes, (1.0,), trials)[:, 0]
    return float(((np.abs(z) if sides == 2 else z) >= stats.norm.isf(alpha / sides)).mean())


def proportions(**changed):
    return ClusterProportions.model_validate(
        {"treatment": 0.2, "control": 0.1, "icc": 0.1, "cluster_size": 10} | changed
    )


def test_examples_of_cpa_binary():
    """man/cpa.binary.Rd: 38 clusters, and 0.198922 as the smallest proportion found with them; normal reference.

    With t and 2 (k - 1) degrees of freedom, the default of the package's code, both figures differ: 39 and 0.200409.
    """
    assert ANSWER["cluster_two_proportions"]({"m": 10, "power": 0.8}, frozenset())["clusters_per_arm"] == 38

    def detectable(test):
        def lacking(p):
            return (
                float(proportions(treatment=p).statistic(test, Superiority()).power(np.array([38, 38]), 0.05, 2)) - 0.8
            )

        return brentq(lacking, 0.15, 0.3)

    assert detectable("z-unpooled") == pytest.approx(0.198922, abs=1e-6)
    assert detectable("t-unpooled") == pytest.approx(0.200409, abs=1e-6)
    total = proportions().statistic("t-unpooled", Superiority()).total(0.05, 2, 0.8, HALVES)
    assert 38 < total / 2 < 39


def test_examples_of_cpa_count():
    """man/cpa.count.Rd: 25 clusters ("greater than 24"), and a variation of 0.107 that 25 still bear."""
    assert ANSWER["cluster_two_rates"]({"person_years": 10, "power": 0.8}, frozenset())["clusters_per_arm"] == 25

    def lacking(cv):
        endpoint = ClusterRates(treatment=0.1, control=0.2, person_time=10, cv_between=cv)
        return float(endpoint.statistic(None, Superiority()).power(np.array([25, 25]), 0.05, 2)) - 0.8

    assert brentq(lacking, 0.01, 0.5) == pytest.approx(0.107, abs=0.0005)


def test_hayes_and_bennett_rates():
    """Hayes & Bennett 1999, equation 2, worked by hand: rates 0.0148 and 0.0104, 424 child-years, k 0.29 -> 37."""
    statistic = ClusterRates(treatment=0.0104, control=0.0148, person_time=424, cv_between=0.29).statistic(
        None, Superiority()
    )
    by_hand = 1 + (1.959964 + 0.841621) ** 2 * ((0.0148 + 0.0104) / 424 + 0.29**2 * (0.0148**2 + 0.0104**2)) / 0.0044**2
    assert statistic.total(0.05, 2, 0.8, HALVES) / 2 == pytest.approx(by_hand, abs=1e-4)


def test_hayes_and_bennett_proportions():
    endpoint = ClusterProportions(treatment=0.2, control=0.3, cv_between=0.25, cluster_size=50)
    total = endpoint.statistic("hayes-bennett", Superiority()).total(0.05, 2, 0.9, HALVES)
    assert total / 2 == pytest.approx(hayes_bennett_clusters(0.2, 0.3, 50, 0.25, power=0.9), abs=1e-6)
    assert endpoint.iccs() == pytest.approx((0.0625 * 0.2 / 0.8, 0.0625 * 0.3 / 0.7))


def test_without_clustering_it_is_two_proportions():
    """Clusters of one: the textbook unpooled and pooled normal formulas."""
    z = stats.norm.isf(0.025) + stats.norm.ppf(0.8)
    one = proportions(icc=0.0, cluster_size=1)
    total = one.statistic("z-unpooled", Superiority()).total(0.05, 2, 0.8, HALVES)
    assert total / 2 == pytest.approx(z**2 * (0.2 * 0.8 + 0.1 * 0.9) / 0.01, rel=1e-6)
    pooled = one.statistic("z-pooled", Superiority()).total(0.05, 2, 0.8, HALVES)
    assert pooled / 2 == pytest.approx(z**2 * 2 * 0.15 * 0.85 / 0.01, rel=1e-6)


@pytest.mark.parametrize("changed", [{}, {"icc": None, "cv_between": 0.4}, {"cluster_size_cv": 0.5}])
@pytest.mark.parametrize(("test", "room"), [("t-unpooled", 0.02), ("t-pooled", 0.03), ("hayes-bennett", 0.05)])
def test_proportions_against_simulation(changed, test, room):
    endpoint = proportions(**changed)
    statistic = endpoint.statistic(test, Superiority())
    k = math.ceil(statistic.total(0.05, 2, 0.8, HALVES) / 2)
    stated = float(statistic.power(np.array([k, k]), 0.05, 2))
    assert rejected(statistic, (k, k), 0.05, 2) == pytest.approx(stated, abs=room)
    null = endpoint.with_effect(0.0).statistic(test, Superiority(), at_null=True)
    assert rejected(null, (k, k), 0.05, 2) == pytest.approx(0.05, abs=0.009)


def test_simulated_clusters_have_the_assumed_correlation():
    """Analysis-of-variance estimate of the ICC (Ridout et al. 1999) over many simulated clusters."""
    p, icc, m, k = 0.3, 0.15, 20, 60_000
    rng = np.random.default_rng(1)
    true = rng.beta(p * (1 / icc - 1), (1 - p) * (1 / icc - 1), k)
    x = rng.binomial(m, true)
    between = m * (x / m).var(ddof=1)
    within = (x * (m - x)).sum() / m / (k * (m - 1))
    assert (between - within) / (between + (m - 1) * within) == pytest.approx(icc, abs=0.005)
    variance = proportions(control=0.3, icc=0.15, cluster_size=20).statistic(None, Superiority())
    assert (x / m).var() == pytest.approx(0.21 * variance.cluster_sizes.variance(0.15, "size"), rel=0.02)


def test_non_inferiority_of_proportions():
    endpoint = proportions(treatment=0.1, control=0.1)
    statistic = endpoint.statistic(None, NonInferiority(margin=0.1))
    assert statistic.direction == -1
    k = math.ceil(statistic.total(0.025, 1, 0.8, HALVES) / 2)
    stated = float(statistic.power(np.array([k, k]), 0.025, 1))
    assert rejected(statistic, (k, k), 0.025, 1) == pytest.approx(stated, abs=0.03)
    with pytest.raises(DesignError, match="no test 't-pooled'"):
        endpoint.statistic("t-pooled", NonInferiority(margin=0.1))
    with pytest.raises(DesignError, match="pooled variance"):
        proportions().statistic("z-pooled", Superiority(null=0.02))


@pytest.mark.parametrize("test", ["hayes-bennett", "t"])
def test_rates_against_simulation(test):
    endpoint = ClusterRates(treatment=0.1, control=0.2, person_time=60, cv_between=0.25)
    statistic = endpoint.statistic(test, Superiority())
    k = math.ceil(statistic.total(0.05, 2, 0.85, HALVES) / 2)
    stated = float(statistic.power(np.array([k, k]), 0.05, 2))
    assert rejected(statistic, (k, k), 0.05, 2) == pytest.approx(stated, abs=0.03)
    null = endpoint.with_effect(0.0).statistic(test, Superiority(), at_null=True)
    assert rejected(null, (k, k), 0.05, 2) == pytest.approx(0.05, abs=0.008)


def test_poisson_rates_without_variation_between_clusters():
    statistic = ClusterRates(treatment=2.0, control=3.0, person_time=5, cv_between=0.0).statistic("t", Superiority())
    stated = float(statistic.power(np.array([10, 10]), 0.05, 2))
    assert rejected(statistic, (10, 10), 0.05, 2) == pytest.approx(stated, abs=0.02)
    assert statistic.sample(np.random.default_rng(1), (4, 4), (0.2, 1.0), 10)[:, 0].tolist() == [0.0] * 10


@settings(max_examples=40, deadline=None)
@given(decimals(0.02, 0.98), decimals(0.02, 0.98), decimals(0, 0.5), st.integers(2, 100))
def test_relabelling_the_arms_changes_nothing(a, b, icc, size):
    if abs(a - b) < 1e-3:
        return
    one = proportions(treatment=a, control=b, icc=icc, cluster_size=size).statistic(None, Superiority())
    other = proportions(treatment=b, control=a, icc=icc, cluster_size=size).statistic(None, Superiority())
    sizes = np.array([[5, 9], [6, 10]])
    assert one.power(sizes, 0.05, 2) == pytest.approx(other.power(sizes[:, ::-1], 0.05, 2), abs=1e-12)
    assert one.power(sizes, 0.05, 2)[1] >= one.power(sizes, 0.05, 2)[0] - 1e-12


@pytest.mark.parametrize(
    "changed",
    [
        {"treatment": 0.0}, {"treatment": 1.0}, {"control": math.nan}, {"icc": None}, {"cv_between": 0.2},
        {"icc": None, "cv_between": 3.0}, {"icc": None, "cv_between": -1.0}, {"icc": 1.0}, {"cluster_size": 10.5},
        {"cluster_size": 0}, {"cluster_size": None}, {"cluster_size_cv": 5},
    ],
)  # fmt: skip
def test_impossible_proportions_are_named(changed):
    with pytest.raises(DesignError) as told:
        proportions(**changed)
    assert told.value.where
    assert told.value.hint


@pytest.mark.parametrize(
    "changed",
    [
        {"treatment": 0.0}, {"control": -1.0}, {"person_time": 0.0}, {"cv_between": -0.1}, {"cv_between": math.nan},
        {"person_time": math.inf}, {"treatment": 1e9, "person_time": 1e9}, {"cv_between": 50.0},
    ],
)  # fmt: skip
def test_impossible_rates_are_named(changed):
    with pytest.raises(DesignError) as told:
        ClusterRates.model_validate(
            {"treatment": 0.1, "control": 0.2, "person_time": 10.0, "cv_between": 0.1} | changed
        )
    assert told.value.where
    assert told.value.hint


def test_an_effect_without_a_proportion_is_refused():
    with pytest.raises(DesignError):
        proportions().with_effect(0.95)
    with pytest.raises(DesignError):
        ClusterRates(treatment=0.1, control=0.2, person_time=10, cv_between=0.1).with_effect(-0.3)
