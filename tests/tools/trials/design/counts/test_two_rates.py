"""Two rates: Zhu and Lakkis's formulae written out, exact power by summation, simulation, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, nbinom, norm, poisson

from benchside.tools.trials.design.counts.dispersion import (
    count_probabilities,
    dispersion_estimate,
    draw_exceedances,
)
from benchside.tools.trials.design.counts.rates import restricted_mean
from benchside.tools.trials.design.counts.references import REFERENCES
from benchside.tools.trials.design.counts.two_rates import TwoRates
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority


def zhu_lakkis(r0: float, rr: float, k: float, duration: float, power: float, method: int, theta: float = 1.0) -> float:
    """Size of the control group, two-sided 5%: Zhu and Lakkis (2014), section 2, in their own notation."""
    r1 = r0 * rr
    v1 = (1 / r0 + 1 / (theta * r1)) / duration + (1 + theta) * k / theta
    v0 = {
        1: (1 + theta) / (theta * duration * r0) + (1 + theta) * k / theta,
        2: v1,
        3: (1 + theta) ** 2 / (theta * duration * (r0 + theta * r1)) + (1 + theta) * k / theta,
    }[method]
    return ((norm.isf(0.025) * math.sqrt(v0) + norm.isf(1 - power) * math.sqrt(v1)) / math.log(rr)) ** 2


# scenarios of their Tables I to IV, as in the examples of MKpower's power.nb.test
@pytest.mark.parametrize(
    ("r0", "rr", "k", "duration", "power", "theta"),
    [
        (0.8, 0.85, 0.4, 0.75, 0.8, 1.0),
        (1.4, 1.15, 1.5, 0.75, 0.8, 1.0),
        (2.0, 0.5, 1.0, 1.0, 0.8, 1.0),
        (10.0, 1.5, 5.0, 1.0, 0.8, 1.5),
        (5.9 / 3, 0.4, 1 / 0.49, 3.0, 0.9, 1.0),
        (13 / 6, 0.2, 1 / 0.52, 6.0, 0.9, 1.0),
        (0.66, 0.8, 0.8, 0.9, 0.9, 1.0),
    ],
)
def test_the_three_methods_of_zhu_and_lakkis(r0, rr, k, duration, power, theta):
    endpoint = TwoRates(control=r0, treatment=r0 * rr, exposure=duration, dispersion=k)
    weights = (theta / (1 + theta), 1 / (1 + theta))
    for method, test in ((1, "wald-reference"), (2, "wald"), (3, "wald-restricted")):
        n = endpoint.statistic(test, Superiority()).total(0.05, 2, power, weights)
        assert n * weights[1] == pytest.approx(zhu_lakkis(r0, rr, k, duration, power, method, theta), rel=1e-10)


def test_poisson_size_is_gsdesignnbs():
    # keaven/gsDesignNB, tests/testthat/test-sample_size_nbinom.R: 0.5 and 0.3 over an exposure of 1, one-sided 2.5%
    n = TwoRates(control=0.5, treatment=0.3).statistic(None, Superiority()).total(0.025, 1, 0.8, (0.5, 0.5))
    expected = (norm.isf(0.025) + norm.isf(0.2)) ** 2 * (1 / 0.5 + 1 / 0.3) / math.log(0.6) ** 2
    assert n / 2 == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 5), st.floats(0.1, 5), st.just(0.0) | st.floats(0.01, 3), st.floats(0.5, 2), st.floats(0.3, 3))
def test_restricted_mean_maximises_the_likelihood(m1, m2, k, null, ratio):
    found = float(restricted_mean((ratio * m1, m2), (ratio, 1.0), k, null))

    def lacking(log_mean: float) -> float:
        mean = math.exp(log_mean)

        def one(y: float, mu: float) -> float:
            return y * math.log(mu) - mu if k == 0 else y * math.log(mu) - (y + 1 / k) * math.log1p(k * mu)

        return -ratio * one(m1, null * mean) - one(m2, mean)

    best = minimize_scalar(lacking, bounds=(-6, 6), method="bounded", options={"xatol": 1e-11}).x
    assert math.log(found) == pytest.approx(best, abs=1e-4)


def test_exact_poisson_power_is_the_sum_over_all_counts():
    statistic = TwoRates(control=0.4, treatment=0.9).statistic("exact", Superiority())
    found = 0.0
    for a in range(60):
        for b in range(40):
            if a + b and binomtest(a, a + b, 12 / (12 + 10), alternative="greater").pvalue <= 0.05:
                found += poisson.pmf(a, 12 * 0.9) * poisson.pmf(b, 10 * 0.4)
    assert float(statistic.power(np.array([12.0, 10.0]), 0.05, 1)) == pytest.approx(found, abs=1e-12)


def test_exact_search_finds_the_first_size():
    statistic = TwoRates(control=0.4, treatment=0.9).statistic("exact", Superiority())
    n = statistic.total(0.025, 1, 0.8, (0.5, 0.5))
    below = np.arange(1.0, n / 2)
    assert float(statistic.power(np.array([n / 2, n / 2]), 0.025, 1)) >= 0.8
    assert (statistic.power(np.stack([below, below], axis=1), 0.025, 1) < 0.8).all()


@pytest.mark.parametrize("mean", [0.3, 2.0, 15.0])
@pytest.mark.parametrize("dispersion", [0.2, 1.5])
def test_dispersion_is_the_maximum_of_the_likelihood(mean, dispersion):
    rng = np.random.default_rng(7)
    y, z = (rng.negative_binomial(1 / dispersion, 1 / (1 + dispersion * m), n) for m, n in ((mean, 80), (mean / 2, 60)))
    above = np.array([(y > j).sum() + (z > j).sum() for j in range(max(y.max(), z.max()))])[None]
    sizes = (np.array([80]), np.array([60]))
    found = dispersion_estimate(above, (np.array([y.mean()]), np.array([z.mean()])), sizes)[0]

    def lacking(log_k: float) -> float:
        a = math.exp(-log_k)
        return -sum(nbinom.logpmf(v, a, a / (a + v.mean())).sum() for v in (y, z))

    best = minimize_scalar(lacking, bounds=(-7, 3), method="bounded", options={"xatol": 1e-10}).x
    if found == 0:  # the sample varies less than Poisson counts: the likelihood rises towards no dispersion
        assert best < -6.9
    else:
        assert math.log(found) == pytest.approx(best, abs=1e-4)


def test_counts_that_vary_less_than_poisson_have_no_dispersion():
    above = np.array([[10, 10, 0]])  # ten participants with two events each
    found = dispersion_estimate(above, (np.array([2.0]), np.array([2.0])), (np.array([5]), np.array([5])))
    assert found[0] == 0.0


def test_drawn_counts_have_the_moments_of_the_law():
    mass = count_probabilities(1.5, 0.8)
    above = draw_exceedances(np.random.default_rng(1), np.array([40, 60]), mass, 20_000)
    assert above.shape == (20_000, 2, len(mass) - 1)
    total = above[:, 1].sum(axis=-1)
    assert total.mean() == pytest.approx(150, rel=0.005)
    assert total.var() == pytest.approx(100 * (1.5 + 0.8 * 1.5**2), rel=0.03)


@pytest.mark.parametrize("dispersion", [0.0, 0.7])
@pytest.mark.parametrize("test", ["wald", "wald-restricted", "score", "exact"])
def test_superiority_by_simulation(test, dispersion):
    if test == "exact" and dispersion:
        return
    statistic = TwoRates(control=1.0, treatment=0.7, exposure=0.9, dispersion=dispersion).statistic(test, Superiority())
    arms = (math.ceil(statistic.total(0.025, 1, 0.9, (0.5, 0.5)) / 2),) * 2
    stated = float(statistic.power(np.array(arms, dtype=float), 0.025, 1))
    z = statistic.sample(np.random.default_rng(12), arms, (0.4, 1.0), 20_000)
    near = 3 * math.sqrt(stated * (1 - stated) / 20_000) + (0.0 if test == "exact" else 0.012)
    assert float((z[:, -1] >= norm.isf(0.025)).mean()) == pytest.approx(stated, abs=near)
    assert np.corrcoef(z.T)[0, 1] == pytest.approx(math.sqrt(0.4), abs=0.03)


@pytest.mark.parametrize("test", ["wald", "wald-restricted", "score"])
def test_margins_by_simulation(test):
    endpoint = TwoRates(control=0.8, treatment=0.8, exposure=1.5, dispersion=0.4)
    for hypothesis in (NonInferiority(margin=1.3), NonInferiority(margin=0.75), Equivalence(lower=0.75, upper=4 / 3)):
        statistic = endpoint.statistic(test, hypothesis)
        arms = (math.ceil(statistic.total(0.05, 1, 0.8, (0.5, 0.5)) / 2),) * 2
        z = statistic.sample(np.random.default_rng(3), arms, (1.0,), 20_000)
        assert float((z[:, 0] >= norm.isf(0.05)).mean()) == pytest.approx(0.8, abs=0.02)


def test_score_test_keeps_its_level():
    endpoint = TwoRates(control=0.8, treatment=0.8 * 1.3, dispersion=0.5)
    statistic = endpoint.statistic("score", NonInferiority(margin=1.3), at_null=True)
    assert statistic.direction == -1
    z = statistic.sample(np.random.default_rng(3), (300, 300), (1.0,), 40_000)
    assert float((z[:, 0] >= norm.isf(0.025)).mean()) == pytest.approx(0.025, abs=0.004)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 4), st.floats(0.2, 4), st.floats(0, 2), st.floats(0.3, 3))
def test_exchanging_the_groups_changes_nothing(a, b, dispersion, ratio):
    if abs(math.log(a / b)) < 0.05:
        return
    weights = (ratio / (1 + ratio), 1 / (1 + ratio))
    for test in ("wald", "wald-restricted", "score"):
        one = TwoRates(control=a, treatment=b, dispersion=dispersion).statistic(test, Superiority())
        other = TwoRates(control=b, treatment=a, dispersion=dispersion).statistic(test, Superiority())
        n = one.total(0.05, 2, 0.8, weights)
        assert n == pytest.approx(other.total(0.05, 2, 0.8, weights[::-1]))
        assert float(one.power(n * np.array(weights), 0.05, 2)) == pytest.approx(0.8)


def test_effect_and_its_inverse():
    endpoint = TwoRates(control=0.3, treatment=0.21)
    assert endpoint.with_effect(endpoint.effect()) == endpoint
    assert endpoint.with_effect(1.0).treatment == pytest.approx(0.3)
    for test in TwoRates.tests["superiority"]:
        assert set(endpoint.statistic(test, Superiority()).references) <= set(REFERENCES)


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: TwoRates(control=0.0, treatment=1.0), "control"),
        (lambda: TwoRates(control=math.nan, treatment=1.0), "control"),
        (lambda: TwoRates(control=1.0, treatment=-1.0), "treatment"),
        (lambda: TwoRates(control=1.0, treatment=2.0, exposure=0.0), "exposure"),
        (lambda: TwoRates(control=1.0, treatment=2.0, dispersion=-0.1), "dispersion"),
        (lambda: TwoRates(control=1.0, treatment=2.0, dispersion=math.inf), "dispersion"),
        (lambda: TwoRates(control=1.0, treatment=1.0).statistic(None, Superiority()), "effect"),
        (lambda: TwoRates(control=1.0, treatment=2.0).with_effect(0.0), "effect"),
        (lambda: TwoRates(control=1.0, treatment=2.0).statistic(None, NonInferiority(margin=-0.2)), "null"),
        (lambda: TwoRates(control=1.0, treatment=2.0, dispersion=1.0).statistic("exact", Superiority()), "test"),
        (lambda: TwoRates(control=1.0, treatment=2.0).statistic("exact", Superiority()).monitored(), "looks"),
        (lambda: count_probabilities(1e5, 1.0), "exposure"),
    ],
)
def test_bad_input_is_refused_by_name(make, where):
    with pytest.raises(DesignError) as caught:
        make()
    assert caught.value.where == where
