"""ANCOVA, change and follow-up alone: published factors, exact power by enumeration of the baselines, simulation."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority
from benchside.tools.trials.design.longitudinal.ancova import Ancova, ancova_size, variance_factor

HALVES = (0.5, 0.5)


def decimals(low, high):
    """Numbers as people write them."""
    return st.floats(low, high).map(lambda value: round(value, 6))


def rejected(statistic, sizes, alpha, sides, trials=60_000, seed=1):
    z = statistic.sample(np.random.default_rng(seed), sizes, (1.0,), trials)[:, 0]
    return float(((np.abs(z) if sides == 2 else z) >= stats.norm.isf(alpha / sides)).mean())


def t_test_power(effect, n1, n2, alpha):
    """Two-sided two-sample t test from the noncentral t of scipy."""
    df, shift = n1 + n2 - 2, effect / math.sqrt(1 / n1 + 1 / n2)
    critical = stats.t.isf(alpha / 2, df)
    return stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift)


def test_borm_factor():
    """Borm et al. 2007: a correlation of 0.5 saves a quarter, of 0.7 about half."""
    assert ancova_size(64, 0.5) == 48
    assert ancova_size(100, 0.7) == pytest.approx(51)
    assert ancova_size(100, 0) == 100


def test_frison_and_pocock():
    """Section 4 of Frison & Pocock 1992: one visit each; then the limits of many."""
    assert variance_factor(0.6, "post") == 1
    assert variance_factor(0.6, "change") == pytest.approx(0.8)
    assert variance_factor(0.6, "ancova") == pytest.approx(0.64)
    assert variance_factor(0.7, "ancova", baselines=1, followups=3) == pytest.approx(0.8 - 0.49)
    assert variance_factor(0.7, "post", followups=100) == pytest.approx(0.7, abs=0.004)


@pytest.mark.parametrize(("baselines", "followups"), [(1, 1), (2, 3), (3, 1)])
def test_factor_is_the_residual_variance_of_a_regression(baselines, followups):
    rho = 0.55
    visits = baselines + followups
    covariance = np.full((visits, visits), rho) + (1 - rho) * np.eye(visits)
    mean = np.zeros((2, visits))
    mean[0, :baselines], mean[1, baselines:] = 1 / baselines, 1 / followups
    joint = mean @ covariance @ mean.T
    assert variance_factor(rho, "ancova", baselines, followups) == pytest.approx(
        joint[1, 1] - joint[0, 1] ** 2 / joint[0, 0]
    )
    assert variance_factor(rho, "change", baselines, followups) == pytest.approx(
        joint[0, 0] + joint[1, 1] - 2 * joint[0, 1]
    )


def test_follow_up_alone_is_the_t_test():
    endpoint = Ancova(difference=0.5, sd=1.25, correlation=0.6)
    power = endpoint.statistic("post", Superiority()).power(np.array([40, 60]), 0.05, 2)
    assert power == pytest.approx(t_test_power(0.4, 40, 60, 0.05), abs=1e-10)


def test_ancova_power_is_the_mean_over_baselines():
    """Against drawn baselines, each with its own noncentral t: what Shieh 2020 integrates."""
    rng = np.random.default_rng(5)
    n = 8
    x = rng.standard_normal((40_000, 2, n))
    apart = x[:, 0].mean(axis=1) - x[:, 1].mean(axis=1)
    within = ((x - x.mean(axis=2, keepdims=True)) ** 2).sum(axis=(1, 2))
    error = math.sqrt(1 - 0.6**2) * np.sqrt(2 / n + apart**2 / within)
    df = 2 * n - 3
    expected = stats.nct.sf(stats.t.isf(0.025, df), df, 1.0 / error).mean()
    statistic = Ancova(difference=1.0, sd=1.0, correlation=0.6).statistic("ancova", Superiority())
    assert statistic.power(np.array([n, n]), 0.025, 1) == pytest.approx(expected, abs=0.0015)


@pytest.mark.parametrize("test", ["ancova", "change", "post"])
@pytest.mark.parametrize(
    ("hypothesis", "difference", "alpha", "sides"),
    [
        (Superiority(), -0.6, 0.05, 2),
        (NonInferiority(margin=-0.4), 0.0, 0.025, 1),
        (Equivalence(lower=-0.6, upper=0.7), 0.05, 0.05, 1),
    ],
)
def test_power_is_exact(test, hypothesis, difference, alpha, sides):
    statistic = Ancova(difference=difference, sd=1.0, correlation=0.5).statistic(test, hypothesis)
    for sizes in ((30, 30), (12, 24)):
        stated = float(statistic.power(np.array(sizes), alpha, sides))
        assert rejected(statistic, sizes, alpha, sides) == pytest.approx(stated, abs=3.5 * math.sqrt(0.25 / 60_000))


def test_tiny_trials_are_exact_too():
    statistic = Ancova(difference=0.8, sd=1.0, correlation=0.5).statistic("ancova", Superiority())
    assert rejected(statistic, (2, 2), 0.05, 2) == pytest.approx(
        float(statistic.power(np.array([2, 2]), 0.05, 2)), abs=0.004
    )
    assert statistic.power(np.array([1, 2]), 0.05, 2) == 0


def test_level_is_kept_whatever_the_direction():
    endpoint = Ancova(difference=-0.5, sd=1.0, correlation=0.5)
    at_null = endpoint.with_effect(0.0).statistic("ancova", Superiority(), at_null=True)
    down = dataclasses.replace(at_null, direction=-1)
    assert down.power(np.array([20, 20]), 0.025, 1) == pytest.approx(0.025, abs=1e-9)
    assert rejected(down, (20, 20), 0.025, 1) == pytest.approx(0.025, abs=0.002)


def test_total_reaches_the_power_and_borm_is_near():
    statistic = Ancova(difference=0.4, sd=1.0, correlation=0.6).statistic(None, Superiority())
    total = statistic.total(0.05, 2, 0.8, HALVES)
    assert statistic.power(np.array([total / 2, total / 2]), 0.05, 2) == pytest.approx(0.8, abs=1e-9)
    t_test = brentq(lambda n: t_test_power(0.4, n, n, 0.05) - 0.8, 20, 500)
    assert total / 2 == pytest.approx(ancova_size(t_test, 0.6) + 1, abs=1.0)  # with the extra one that Borm adds


@settings(max_examples=30, deadline=None)
@given(decimals(0.1, 2), decimals(-0.8, 0.95), st.integers(3, 300))
def test_power_rises_with_size_and_is_even_in_the_effect(difference, correlation, n):
    up = Ancova(difference=difference, sd=1.0, correlation=correlation).statistic(None, Superiority())
    down = Ancova(difference=-difference, sd=1.0, correlation=correlation).statistic(None, Superiority())
    sizes = np.array([[n, n], [n + 1, n + 1], [n + 1, n]])
    powers = up.power(sizes, 0.025, 1)
    assert powers[1] >= powers[0] - 1e-9
    assert powers == pytest.approx(down.power(sizes, 0.025, 1), abs=1e-12)
    assert np.all((powers > 0) & (powers <= 1 + 1e-12))


@pytest.mark.parametrize(
    "changed",
    [
        {"sd": 0.0}, {"sd": -1.0}, {"sd": math.nan}, {"sd": math.inf}, {"difference": math.nan},
        {"difference": math.inf}, {"correlation": 1.0}, {"correlation": -1.5}, {"correlation": math.nan},
        {"baselines": 0}, {"followups": 101}, {"correlation": -0.6, "baselines": 3},
    ],
)  # fmt: skip
def test_impossible_inputs_are_named(changed):
    with pytest.raises(DesignError) as told:
        Ancova.model_validate({"difference": 0.5, "sd": 1.0, "correlation": 0.5} | changed)
    assert told.value.where
    assert told.value.hint


def test_an_effect_equal_to_the_null_is_refused():
    with pytest.raises(DesignError, match="equals the null"):
        Ancova(difference=0.0, sd=1.0, correlation=0.5).statistic(None, Superiority())
