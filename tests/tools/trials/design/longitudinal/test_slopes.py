"""Slopes: the table of Diggle et al., longpower's numbers, Liu & Liang's form, an explicit fit, simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority
from benchside.tools.trials.design.longitudinal.covariance import exchangeable, random_slopes
from benchside.tools.trials.design.longitudinal.slopes import (
    marginal_total,
    slope_information,
    slope_size,
    slope_variance_per_participant,
)
from benchside.tools.trials.design.longitudinal.slopes_endpoint import Slopes

ADAS = {
    "times": tuple(np.arange(0, 1.51, 0.25)), "intercept_variance": 55.0, "slope_variance": 24.0,
    "residual_variance": 10.0, "correlation": 0.8,
}  # fmt: skip
DIGGLE = [[313, 625, 938], [196, 391, 586], [79, 157, 235]]  # rows by rho 0.2, 0.5, 0.8; columns by variance
LEVELS = [[145, 65, 37, 24], [207, 92, 52, 33], [268, 120, 67, 43]]  # page 30: time-averaged difference


def decimals(low, high):
    """Numbers as people write them."""
    return st.floats(low, high).map(lambda value: round(value, 6))


def test_table_of_diggle_for_slopes():
    got = []
    for rho in (0.2, 0.5, 0.8):
        variances = [slope_variance_per_participant((0, 2, 5), s * exchangeable(3, rho)) for s in (100, 200, 300)]
        got.append([math.ceil(slope_size(0.5, v, v, sides=1)[0]) for v in variances])
    assert got == DIGGLE


def test_liu_liang_gives_both_tables_of_diggle():
    """Page 29 with a slope of interest, page 30 with a constant difference of correlated measures."""
    t = [0.0, 2.0, 5.0]
    groups = [t, [0.0] * 3], [np.column_stack([[1] * 3, [1] * 3, t]), np.column_stack([[1] * 3, [0] * 3, t])]
    slopes = [
        [
            math.ceil(marginal_total(0.5, *groups, s * exchangeable(3, rho), (0.5, 0.5), sides=1) / 2)
            for s in (100, 200, 300)
        ]
        for rho in (0.2, 0.5, 0.8)
    ]
    assert slopes == DIGGLE
    constant = [[1.0] * 3, [0.0] * 3], [np.ones((3, 1)), np.ones((3, 1))]
    levels = [
        [
            math.ceil(marginal_total(d, *constant, exchangeable(3, rho), (0.5, 0.5), sides=1) / 2)
            for d in (0.2, 0.3, 0.4, 0.5)
        ]
        for rho in (0.2, 0.5, 0.8)
    ]
    assert levels == LEVELS


def test_lmmpower():
    """tests/testthat/tests.R of longpower: the same number by its methods diggle, liuliang and edland."""
    statistic = Slopes(difference=1.5, **ADAS).statistic(None, Superiority())
    assert statistic.total(0.05, 2, 0.8, (0.5, 0.5)) / 2 == pytest.approx(207.310093300903, abs=1e-9)
    at_208 = Slopes(difference=1.49751028943272, **ADAS).statistic(None, Superiority())
    assert at_208.power(np.array([208, 208]), 0.05, 2) == pytest.approx(0.8, abs=1e-6)


def test_dropout_is_that_of_hu_mackey_and_thomas():
    """longpower's example 2 of the random-coefficient model: shares whose last visit is each; total 430.3265.

    Their variance adds the information on the slope of each pattern of visits; the mixed model also shares the
    intercept between patterns, so its information is at least as large and its total at most as large.
    """
    times = np.arange(0, 1.51, 0.25)
    last = times / times.sum()
    stay = tuple(1 - np.append(0, np.cumsum(last)[:-1]))
    covariance = random_slopes(times, 0.0, 24, 10, 0.5)
    theirs = 0.0
    for k, share in enumerate(last, start=1):
        x = np.column_stack([np.ones(k), times[:k]])
        information = x.T @ np.linalg.solve(covariance[:k, :k], x)
        if k > 1:
            theirs += share * (information[1, 1] - information[0, 1] ** 2 / information[0, 0])
    ours = slope_variance_per_participant(times, covariance, stay)
    assert ours <= 1 / theirs + 1e-12
    assert slope_size(1.5, ours, ours)[0] <= slope_size(1.5, 1 / theirs, 1 / theirs)[0]


def test_information_is_additive_over_patterns():
    covariance = random_slopes((0, 1, 2), 2, 1, 1, 0.3)
    mixed = slope_information((0, 1, 2), covariance, (1, 0.5, 0.5))
    alone = np.zeros((2, 2))
    alone[0, 0] = 1 / covariance[0, 0]
    assert mixed == pytest.approx(0.5 * alone + 0.5 * slope_information((0, 1, 2), covariance))


def test_simulated_statistic_is_generalised_least_squares():
    endpoint = Slopes(difference=1.0, **ADAS, retention=(1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4))
    statistic = endpoint.statistic(None, Superiority())
    z = statistic.sample(np.random.default_rng(4), (9, 7), (1.0,), 1)[0, 0]
    rng = np.random.default_rng(4)
    covariance, t = endpoint.covariance(), np.asarray(endpoint.times)
    information, score = np.zeros((4, 4)), np.zeros(4)
    for arm, count in enumerate((9, 7)):
        y, last = statistic._participants(rng, arm, count, 1)
        for values, k in zip(y[0], last[0], strict=True):
            design = np.zeros((k, 4))
            design[:, 2 * arm], design[:, 2 * arm + 1] = 1, t[:k]
            information += design.T @ np.linalg.solve(covariance[:k, :k], design)
            score += design.T @ np.linalg.solve(covariance[:k, :k], values[:k])
    contrast = np.array([0, 1, 0, -1.0])
    fit, variance = np.linalg.solve(information, score), np.linalg.inv(information)
    assert z == pytest.approx(contrast @ fit / math.sqrt(contrast @ variance @ contrast), abs=1e-4)


@pytest.mark.parametrize(
    ("hypothesis", "difference", "alpha", "sides", "retention"),
    [
        (Superiority(), -3.0, 0.05, 2, ()),
        (NonInferiority(margin=-3.0), 0.0, 0.025, 1, (1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)),
        (Equivalence(lower=-4, upper=4), 0.0, 0.05, 1, ()),
    ],
)
def test_power_against_simulation(hypothesis, difference, alpha, sides, retention):
    statistic = Slopes(difference=difference, **ADAS, retention=retention).statistic(None, hypothesis)
    n = math.ceil(statistic.total(alpha, sides, 0.85, (0.5, 0.5)) / 2)
    z = statistic.sample(np.random.default_rng(1), (n, n), (1.0,), 20_000)[:, 0]
    simulated = ((np.abs(z) if sides == 2 else z) >= stats.norm.isf(alpha / sides)).mean()
    stated = float(statistic.power(np.array([n, n]), alpha, sides))
    assert simulated == pytest.approx(stated, abs=3.5 * 0.36 / math.sqrt(20_000) + (0.01 if retention else 0))


@settings(max_examples=40, deadline=None)
@given(decimals(0, 100), decimals(0, 50), decimals(0.1, 50), decimals(-0.9, 0.9))
def test_slope_variance_bounds(intercept, slope, residual, correlation):
    """At least the variance of the slopes themselves; with all seen the intercept does not matter at all."""
    t = (0.0, 1.0, 2.0, 4.0)
    variance = slope_variance_per_participant(t, random_slopes(t, intercept, slope, residual, correlation))
    spread = float(((np.array(t) - np.mean(t)) ** 2).sum())
    assert variance == pytest.approx(slope + residual / spread, rel=1e-6)


@pytest.mark.parametrize(
    "changed",
    [
        {"times": (0,)}, {"times": (0, 2, 1)}, {"times": (-1, 0, 1)}, {"times": (0, math.nan)},
        {"residual_variance": 0.0}, {"residual_variance": -1.0}, {"slope_variance": -0.1}, {"correlation": 1.2},
        {"intercept_variance": math.inf}, {"difference": math.nan}, {"retention": (1, 0.5)},
        {"times": (0, 1), "retention": (1, 0.001)},
    ],
)  # fmt: skip
def test_impossible_inputs_are_named(changed):
    with pytest.raises(DesignError) as told:
        Slopes.model_validate({"difference": 1.0} | ADAS | changed)
    assert told.value.where
    assert told.value.hint


def test_collinear_marginal_models_are_refused():
    ones = np.ones((3, 2))
    with pytest.raises(DesignError, match="collinear"):
        marginal_total(0.5, [[0, 1, 2.0], [0, 0, 0]], [ones, ones], exchangeable(3, 0.2), (0.5, 0.5))
    single = np.ones((3, 1))
    with pytest.raises(DesignError, match="told from"):
        marginal_total(0.5, [[1, 1, 1.0], [1, 1, 1]], [single, single], exchangeable(3, 0.2), (0.5, 0.5))
