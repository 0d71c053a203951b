"""The two-sample Wilcoxon test against scipy's, and its large-sample powers against simulated ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchside.tools.trials.design.continuous.formulas import wilcoxon_size
from benchside.tools.trials.design.continuous.wilcoxon import WilcoxonEndpoint, exceedance
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Superiority

TRIALS = 50_000


def test_the_share_of_pairs_is_the_statistic_of_scipy() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0.3, 1, (200, 13)), rng.normal(0, 1, (200, 8))
    expected = stats.mannwhitneyu(x, y, axis=1).statistic / (13 * 8)
    assert exceedance(x, y) == pytest.approx(expected)


def test_a_simulated_statistic_is_the_z_of_scipy_without_continuity_correction() -> None:
    statistic = WilcoxonEndpoint(probability=0.6).make("wilcoxon", Superiority())
    z = statistic.sample(np.random.default_rng(2), (9, 11), (1.0,), 300)[:, 0]
    rng = np.random.default_rng(2)
    x = rng.standard_normal((300, 9)) + math.sqrt(2) * stats.norm.ppf(0.6)
    y = rng.standard_normal((300, 11))
    p = stats.mannwhitneyu(x, y, axis=1, method="asymptotic", use_continuity=False, alternative="greater").pvalue
    assert z == pytest.approx(stats.norm.isf(p), abs=1e-8)


def test_the_probability_of_both_is_that_of_draws() -> None:
    statistic = WilcoxonEndpoint(probability=0.7).make("wilcoxon", Superiority())
    rng = np.random.default_rng(3)
    y = rng.standard_normal(400_000) + math.sqrt(2) * stats.norm.ppf(0.7)
    both = float(((rng.standard_normal(400_000) < y) & (rng.standard_normal(400_000) < y)).mean())
    assert statistic.pair == pytest.approx(both, abs=0.0025)


@pytest.mark.parametrize("probability", [0.35, 0.6, 0.7, 0.8])
def test_the_default_is_within_a_point_of_simulated_power(probability: float) -> None:
    statistic = WilcoxonEndpoint(probability=probability).make("wilcoxon", Superiority())
    total = statistic.total(0.05, 2, 0.9, (0.5, 0.5))
    n = math.ceil(total / 2)
    stated = float(statistic.power(np.array([n, n], dtype=float), 0.05, 2))
    z = statistic.sample(np.random.default_rng(4), (n, n), (1.0,), TRIALS)
    seen = float((np.abs(z) >= stats.norm.isf(0.025)).mean())
    assert statistic.exactness == "asymptotic"
    assert abs(stated - seen) < 0.01 + 3 * math.sqrt(0.09 / TRIALS)


def test_noether_is_his_formula_and_never_smaller() -> None:
    endpoint = WilcoxonEndpoint(probability=0.7)
    noether, other = endpoint.make("noether", Superiority()), endpoint.make("wilcoxon", Superiority())
    z = stats.norm.isf(0.025) + stats.norm.isf(0.1)
    total = noether.total(0.05, 2, 0.9, (0.4, 0.6))
    assert total == pytest.approx(z**2 / (12 * 0.24 * 0.04))
    assert float(noether.power(np.array([0.4 * total, 0.6 * total]), 0.025, 1)) == pytest.approx(0.9, abs=1e-9)
    assert other.total(0.05, 2, 0.9, (0.4, 0.6)) < total


def test_a_shift_of_normal_values_implies_a_probability() -> None:
    by_shift = WilcoxonEndpoint(difference=5, sd=10)
    assert by_shift.effect() == pytest.approx(stats.norm.cdf(0.5 / math.sqrt(2)))
    assert by_shift.with_effect(by_shift.effect()).effect() == by_shift.effect()
    # asymptotic relative efficiency 3/pi against the t test
    n = by_shift.make("wilcoxon", Superiority()).total(0.05, 2, 0.9, (0.5, 0.5))
    assert n == pytest.approx(2 * 2 * (1.959964 + 1.281552) ** 2 / 0.25 * math.pi / 3, rel=0.02)


def test_the_large_sample_formula_of_chow_is_the_limit_of_the_default() -> None:
    statistic = WilcoxonEndpoint(probability=0.55).make("wilcoxon", Superiority())
    n2 = wilcoxon_size(0.05, 0.1, ratio=1, p1=0.55, p2=statistic.pair, p3=statistic.pair)
    assert statistic.total(0.05, 2, 0.9, (0.5, 0.5)) / 2 == pytest.approx(n2, rel=2e-3)


def test_the_example_of_the_book_has_an_impossible_probability() -> None:
    # Chow 2003, 14.3: P(both) = 0.8 above P(one) = 0.7; the formula still has its 54
    assert math.ceil(wilcoxon_size(0.05, 0.2, ratio=1, p1=0.7, p2=0.8, p3=0.8, coherent=False)) == 54
    with pytest.raises(ContradictoryInputError) as caught:
        wilcoxon_size(0.05, 0.2, ratio=1, p1=0.7, p2=0.8, p3=0.8)
    assert caught.value.where == "p2"


def test_arms_may_change_places() -> None:
    up, down = WilcoxonEndpoint(probability=0.7), WilcoxonEndpoint(probability=0.3)
    sizes = np.array([30.0, 50])
    one = float(up.make("wilcoxon", Superiority()).power(sizes, 0.05, 2))
    assert one == pytest.approx(float(down.make("wilcoxon", Superiority()).power(sizes[::-1], 0.05, 2)), abs=1e-12)


def test_looks_follow_the_values() -> None:
    statistic = WilcoxonEndpoint(probability=0.65).make("wilcoxon", Superiority())
    t = np.array([0.4, 0.7, 1.0])
    z = statistic.sample(np.random.default_rng(5), (50, 50), t, 20_000)
    assert np.corrcoef(z.T) == pytest.approx(np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t)), abs=0.02)


def test_contradictions_are_named() -> None:
    with pytest.raises(ContradictoryInputError):
        WilcoxonEndpoint()
    with pytest.raises(ContradictoryInputError):
        WilcoxonEndpoint(probability=0.6, difference=1)
    with pytest.raises(ContradictoryInputError, match="equals the null"):
        WilcoxonEndpoint(probability=0.5).statistic(None, Superiority())
    with pytest.raises(ImpossibleInputError):
        WilcoxonEndpoint(difference=100)
    with pytest.raises(OutOfScopeError):
        WilcoxonEndpoint(probability=0.6).statistic(None, Superiority(null=0.55))
