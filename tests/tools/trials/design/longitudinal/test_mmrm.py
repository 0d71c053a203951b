"""MMRM: tables of Lu, Luo & Chen 2008, an explicit generalised least squares, simulation with dropout."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority
from benchside.tools.trials.design.longitudinal.covariance import (
    autoregressive,
    exchangeable,
    retention_over,
    unstructured,
)
from benchside.tools.trials.design.longitudinal.mmrm import ar1_factor, best_ratio, last_visit_factor, mmrm_total
from benchside.tools.trials.design.longitudinal.mmrm_endpoint import Mmrm

# Lu, Luo & Chen 2008, table 2, in the digits of longpower's tests; rows by dropout 0.1 to 0.4, columns by rho_1J
TABLE_2 = {
    2: [
        [1.11111111111111, 1.11, 1.10111111111111, 1.08333333333333, 1.05666666666667, 1.02111111111111],
        [1.25, 1.2475, 1.2275, 1.1875, 1.1275, 1.0475],
        [1.42857142857143, 1.42428571428571, 1.39, 1.32142857142857, 1.21857142857143, 1.08142857142857],
        [1.66666666666667, 1.66, 1.60666666666667, 1.5, 1.34, 1.12666666666667],
    ],
    4: [
        [1.11111111111111, 1.10050206679506, 1.08280448732802, 1.06283003239702, 1.03996686151349, 1.01408550239776],
        [1.25, 1.2247445108099, 1.18392908471514, 1.13886229048648, 1.08796962333115, 1.03089517940421],
        [1.42857142857143, 1.38254161826624, 1.31065330422472, 1.23318260782795, 1.14702199890211, 1.0514263712482],
        [1.66666666666667, 1.59010470647863, 1.47488822527398, 1.35405269950478, 1.221989488974, 1.07728040119987],
    ],
}
ENDS = (0, 0.1, 0.3, 0.5, 0.7, 0.9)


def decimals(low, high):
    """Numbers as people write them."""
    return st.floats(low, high).map(lambda value: round(value, 6))


@pytest.mark.parametrize("visits", [2, 4])
def test_table_2_of_lu_luo_chen(visits):
    got = [
        [ar1_factor(end ** (1 / (visits - 1)), tuple(np.linspace(1, 1 - lost / 10, visits))) for end in ENDS]
        for lost in (1, 2, 3, 4)
    ]
    assert np.array(got) == pytest.approx(np.array(TABLE_2[visits]), abs=1e-12)


def test_table_1_of_lu_luo_chen():
    """Totals of the normal test for alpha 0.05, power 0.9, an effect of half a standard deviation."""
    phi_1, phi_2 = (1, 1, 1, 1, 1, 1, 2, 2), (1, 1, 2, 2, 2, 2, 2, 2)
    ratios = (1, 2, math.sqrt(0.5), 0.5, 1, 2, 1, 2)
    table = (
        168.11876898305, 189.133615105931, 244.966998329937, 252.178153474575,
        252.178153474575, 315.222691843219, 336.2375379661, 378.267230211862,
    )  # fmt: skip
    got = [mmrm_total(a, b, r, 0.5, power=0.9) for a, b, r in zip(phi_1, phi_2, ratios, strict=True)]
    assert got == pytest.approx(table, abs=1e-9)
    assert got[2] == min(got[2:6])  # the root of the ratio of the factors is the best allocation
    assert best_ratio(1, 2) == pytest.approx(math.sqrt(0.5))


def test_power_mmrm_example():
    """man/power.mmrm.Rd of longpower: exchangeable 0.25, retention 1, 0.9, 0.8, 0.7."""
    endpoint = Mmrm(difference=0.5, sd=1.0, visits=4, correlation=0.25, retention=(1, 0.9, 0.8, 0.7))
    statistic = endpoint.statistic(None, Superiority())
    assert statistic.total(0.05, 2, 0.8, (0.5, 0.5)) / 2 == pytest.approx(86.99175, abs=1e-5)


def test_power_of_table_5():
    """longpower's own snapshot: N 80, rho 0.6, different retention; phi and power to all digits."""
    treated, control = (1, 0.76, 0.63, 0.52), (1, 0.87, 0.81, 0.78)
    endpoint = Mmrm(
        difference=0.9, sd=1.0, visits=4, structure="ar1", correlation=0.6, retention=treated, retention_control=control
    )
    statistic = endpoint.statistic(None, Superiority())
    assert statistic.factors() == pytest.approx((1.75227635858878, 1.24695119599175), abs=1e-12)
    assert statistic.power(np.array([40, 40]), 0.05, 2) == pytest.approx(0.907711669457866, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_factor_is_formula_3_with_inverses(seed):
    """The formula as printed: leading inverses weighted by who leaves after each visit."""
    rng = np.random.default_rng(seed)
    visits = int(rng.integers(2, 7))
    a = rng.standard_normal((visits, 2 * visits))
    covariance = a @ a.T
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    stay = np.sort(rng.uniform(0.2, 1, visits))[::-1]
    information = np.zeros((visits, visits))
    for j, share in enumerate(stay - np.append(stay[1:], 0), start=1):
        information[:j, :j] += share * np.linalg.inv(correlation[:j, :j])
    assert last_visit_factor(correlation, tuple(stay)) == pytest.approx(np.linalg.inv(information)[-1, -1], rel=1e-9)


def test_simulated_statistic_is_generalised_least_squares():
    """One simulated trial, its statistic once more from the whole design matrix and covariance."""
    endpoint = Mmrm(difference=0.7, sd=2.0, visits=3, structure="ar1", correlation=0.5, retention=(1, 0.8, 0.6))
    statistic = endpoint.statistic(None, Superiority())
    z = statistic.sample(np.random.default_rng(8), (12, 10), (1.0,), 1)[0, 0]
    rng = np.random.default_rng(8)  # the same participants again
    information, score = np.zeros((6, 6)), np.zeros(6)
    covariance = 4 * endpoint.correlation_matrix()
    for arm, count in enumerate((12, 10)):
        drawn, seen = statistic.visits(rng, arm, count, 1)
        for innovations, present in zip(drawn[0], seen[0], strict=True):
            j = int(present.sum())
            y = (2 * statistic.root @ innovations)[:j] + np.array([0, 0, 0.7])[:j] * (arm == 0)
            design = np.zeros((j, 6))
            design[np.arange(j), 3 * arm + np.arange(j)] = 1
            information += design.T @ np.linalg.solve(covariance[:j, :j], design)
            score += design.T @ np.linalg.solve(covariance[:j, :j], y)
    contrast = np.array([0, 0, 1, 0, 0, -1.0])
    mean, variance = np.linalg.solve(information, score), np.linalg.inv(information)
    assert z == pytest.approx(contrast @ mean / math.sqrt(contrast @ variance @ contrast), abs=1e-5)


def test_estimated_covariance_with_all_seen_is_the_t_test_of_the_last_visit():
    endpoint = Mmrm(difference=0.7, sd=1.0, visits=3, correlation=0.5)
    statistic = endpoint.statistic("t", Superiority())
    z = statistic.sample(np.random.default_rng(3), (9, 11), (1.0,), 4)[:, 0]
    rng = np.random.default_rng(3)
    last = []
    for arm, count in enumerate((9, 11)):
        drawn, _ = statistic.visits(rng, arm, count, 4)
        last.append((drawn @ statistic.root.T.astype(np.float32))[:, :, -1] + 0.7 * (arm == 0))
    t = stats.ttest_ind(last[0], last[1], axis=1)
    assert z == pytest.approx(np.sign(t.statistic) * stats.norm.isf(t.pvalue / 2), abs=1e-3)


@pytest.mark.parametrize(
    ("hypothesis", "difference", "alpha", "sides"),
    [
        (Superiority(), 0.5, 0.05, 2),
        (NonInferiority(margin=-0.5), 0.0, 0.025, 1),
        (Equivalence(lower=-0.7, upper=0.7), 0.0, 0.05, 1),
    ],
)
@pytest.mark.parametrize("retention", [(), (1, 0.9, 0.8, 0.7)])
def test_wald_power_against_simulation(hypothesis, difference, alpha, sides, retention):
    endpoint = Mmrm(difference=difference, sd=1.0, visits=4, correlation=0.4, retention=retention)
    statistic = endpoint.statistic("wald", hypothesis)
    n = math.ceil(statistic.total(alpha, sides, 0.85, (0.5, 0.5)) / 2)
    z = statistic.sample(np.random.default_rng(1), (n, n), (1.0,), 20_000)[:, 0]
    simulated = ((np.abs(z) if sides == 2 else z) >= stats.norm.isf(alpha / sides)).mean()
    stated = float(statistic.power(np.array([n, n]), alpha, sides))
    assert statistic.exactness == ("asymptotic" if retention else "exact")
    assert simulated == pytest.approx(stated, abs=3.5 * 0.36 / math.sqrt(20_000) + (0.01 if retention else 0))


def test_t_power_against_simulation():
    endpoint = Mmrm(difference=0.9, sd=1.0, visits=3, correlation=0.5, retention=(1, 0.9, 0.8))
    statistic = endpoint.statistic("t", Superiority())
    z = statistic.sample(np.random.default_rng(1), (25, 25), (0.5, 1.0), 20_000)
    assert z.shape == (20_000, 2)
    simulated = (np.abs(z[:, 1]) >= stats.norm.isf(0.025)).mean()
    assert simulated == pytest.approx(float(statistic.power(np.array([25, 25]), 0.05, 2)), abs=0.02)


def test_looks_are_nested():
    endpoint = Mmrm(difference=0.5, sd=1.0, visits=3, correlation=0.5, retention=(1, 0.9, 0.8))
    z = endpoint.statistic(None, Superiority()).sample(np.random.default_rng(1), (60, 60), (0.25, 1.0), 20_000)
    assert np.corrcoef(z.T)[0, 1] == pytest.approx(0.5, abs=0.02)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 8), decimals(0, 0.95), decimals(0.05, 0.9))
def test_factor_lies_between_all_and_completers(visits, rho, kept):
    stay = tuple(np.linspace(1, kept, visits))
    for correlation in (exchangeable(visits, rho), autoregressive(range(1, visits + 1), rho)):
        factor = last_visit_factor(correlation, stay)
        assert 1 - 1e-9 <= factor <= 1 / kept + 1e-9
    assert last_visit_factor(exchangeable(visits, 0.0), stay) == pytest.approx(1 / kept)


@pytest.mark.parametrize(
    "changed",
    [
        {"sd": 0.0}, {"sd": math.nan}, {"visits": 0}, {"visits": 101}, {"correlation": 1.0}, {"correlation": -0.5},
        {"correlation": math.inf}, {"retention": (1, 0.9)}, {"retention": (1, 0.8, 0.9, 0.7)}, {"difference": math.nan},
        {"retention": (1, 0.9, 0.8, 0)}, {"retention": (1.1, 0.9, 0.8, 0.7)}, {"structure": "unstructured"},
        {"matrix": ((1.0,),)}, {"times": (1, 2, 3, 4)}, {"structure": "ar1", "times": (1, 2)},
        {"structure": "ar1", "times": (1, 3, 2, 4)}, {"structure": "ar1", "correlation": -0.1},
        {"structure": "unstructured", "matrix": ((1, 2), (2, 1))},
        {"retention": (1, 0.9, math.nan, 0.7)},
    ],
)  # fmt: skip
def test_impossible_inputs_are_named(changed):
    with pytest.raises(DesignError) as told:
        Mmrm.model_validate({"difference": 0.5, "sd": 1.0, "visits": 4, "correlation": 0.3} | changed)
    assert told.value.where
    assert told.value.hint


@pytest.mark.parametrize(
    "matrix", [[[1, 0.5]], [[1, 0.5], [0.4, 1]], [[2, 0], [0, 2]], [[1, 0.9, 0], [0.9, 1, 0.9], [0, 0.9, 1]], []]
)
def test_unsound_matrices_are_refused(matrix):
    with pytest.raises(DesignError):
        unstructured("matrix", matrix)


def test_retention_defaults_to_all():
    assert retention_over("retention", (), 3) == (1.0, 1.0, 1.0)


def test_totals_refuse_the_impossible():
    for call in (
        lambda: mmrm_total(1, 1, 1, 0.0),
        lambda: mmrm_total(1, 1, 0, 0.5),
        lambda: mmrm_total(1, 1, 1, 0.5, power=0.04),
        lambda: mmrm_total(math.nan, 1, 1, 0.5),
    ):
        with pytest.raises(DesignError):
            call()
