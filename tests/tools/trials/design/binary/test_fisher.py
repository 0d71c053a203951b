"""Fisher's test: exact power against scipy's p values on every table, published tables, and the saw-tooth search."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact

from benchside.tools.trials.design.binary.fisher import FisherTest, one_sided_power, p_values
from benchside.tools.trials.design.errors import UnreachableError


def brute(n1: int, n2: int, p1: float, p2: float, alpha: float) -> float:
    found = 0.0
    for a in range(n1 + 1):
        for b in range(n2 + 1):
            if fisher_exact([[a, n1 - a], [b, n2 - b]], alternative="greater")[1] <= alpha * (1 + 1e-9):
                found += binom.pmf(a, n1, p1) * binom.pmf(b, n2, p2)
    return float(found)


@pytest.mark.parametrize(
    ("n1", "n2", "p1", "p2", "alpha"),
    [
        (10, 10, 0.6, 0.2, 0.05),
        (3, 3, 0.9, 0.1, 0.05),  # its only p value of 1/20 equals alpha
        (12, 7, 0.7, 0.3, 0.1),
        (7, 15, 0.5, 0.4, 0.025),
        (1, 1, 0.9, 0.1, 0.05),
    ],
)
def test_exact_power_is_that_of_all_tables(n1, n2, p1, p2, alpha):
    assert one_sided_power(n1, n2, p1, p2, alpha) == pytest.approx(brute(n1, n2, p1, p2, alpha), abs=1e-12)


def test_lrstats_number():
    # cran/lrstat, tests/testthat/test-exact-power-samplesize.R: powerFisherExact(n = 136, .25, .05, alpha = .05)
    statistic = FisherTest(treatment=0.25, control=0.05, direction=1)
    assert float(statistic.power(np.array([68.0, 68.0]), 0.05, 2)) == pytest.approx(0.897983, abs=5e-7)


def test_p_values_are_scipys():
    for table in [(5, 10, 2, 12), (0, 4, 3, 3), (9, 9, 1, 30)]:
        a, m, b, n = table
        more, fewer = p_values(*table)
        rows = [[a, m - a], [b, n - b]]
        assert float(more) == pytest.approx(fisher_exact(rows, alternative="greater")[1])
        assert float(fewer) == pytest.approx(fisher_exact(rows, alternative="less")[1])


@pytest.mark.parametrize(("p1", "p2", "power"), [(0.3, 0.1, 0.8), (0.5, 0.2, 0.9), (0.9, 0.6, 0.9), (0.7, 0.4, 0.95)])
def test_corrected_size_is_near_the_exact_one(p1, p2, power):
    from benchside.tools.trials.design.binary.two_proportions import TwoProportions
    from benchside.tools.trials.design.hypotheses import Superiority

    endpoint = TwoProportions(control=p2, treatment=p1)
    exact = endpoint.statistic("fisher", Superiority()).total(0.05, 1, power, (0.5, 0.5)) / 2
    near = endpoint.statistic("continuity-corrected", Superiority()).total(0.05, 1, power, (0.5, 0.5)) / 2
    assert exact == pytest.approx(near, abs=2.5)


@pytest.mark.parametrize(
    ("treatment", "control", "sides", "alpha", "power"),
    [(0.45, 0.3, 1, 0.025, 0.9), (0.1, 0.5, 2, 0.05, 0.8), (0.95, 0.7, 1, 0.05, 0.8)],
)
def test_search_finds_the_first_and_the_stable_size(treatment, control, sides, alpha, power):
    statistic = FisherTest(treatment=treatment, control=control, direction=1 if treatment > control else -1)
    sizes = np.arange(2, 300)
    curve = statistic.power(np.stack([sizes, sizes], axis=1), alpha, sides)
    reached = curve >= power
    first = int(sizes[reached.argmax()])
    stable = int(sizes[~reached][-1]) + 1
    assert statistic.total(alpha, sides, power, (0.5, 0.5)) == 2 * first
    assert statistic.stable_total(alpha, sides, power, (0.5, 0.5)) == 2 * stable


def test_unequal_arms_are_searched_in_whole_blocks():
    statistic = FisherTest(treatment=0.3, control=0.5, direction=-1)
    n = statistic.total(0.025, 1, 0.8, (2 / 3, 1 / 3))
    assert n % 3 == 0
    assert float(statistic.power(np.array([2 * n / 3, n / 3]), 0.025, 1)) >= 0.8


def test_two_sided_power_counts_both_sides():
    statistic = FisherTest(treatment=0.4, control=0.4, direction=1)
    both = float(statistic.power(np.array([30.0, 30.0]), 0.05, 2))
    one = float(statistic.power(np.array([30.0, 30.0]), 0.025, 1))
    assert both == pytest.approx(2 * one)
    assert both < 0.05


def test_the_level_is_kept_everywhere():
    for p in np.linspace(0.02, 0.98, 25):
        assert one_sided_power(40, 25, float(p), float(p), 0.05) <= 0.05


def test_simulation_agrees():
    statistic = FisherTest(treatment=0.6, control=0.25, direction=1)
    z = statistic.sample(np.random.default_rng(4), (30, 20), (1.0,), 50_000)
    exact = float(statistic.power(np.array([30.0, 20.0]), 0.05, 1))
    share = float((z[:, 0] >= 1.6448536269514722).mean())
    assert share == pytest.approx(exact, abs=3 * math.sqrt(exact * (1 - exact) / 50_000))


def test_an_endless_search_is_refused():
    with pytest.raises(UnreachableError) as caught:
        FisherTest(treatment=0.5001, control=0.5, direction=1).total(0.025, 1, 0.9, (0.5, 0.5))
    assert caught.value.where == "power"
