"""One proportion and paired proportions: East's and TrialSize's numbers, exact tests by enumeration, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom, binomtest, multinomial, norm

from benchside.tools.trials.design.binary.one_proportion import OneProportion
from benchside.tools.trials.design.binary.paired import PairedProportions, null_variance, pairs_from_margins
from benchside.tools.trials.design.binomial import exact_power
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority


# keaven/gsDesign, tests/testthat/test-independent-test-nBinomial1Sample.R (East 6.5)
@pytest.mark.parametrize(
    ("null", "truth", "alpha", "n", "power"),
    [
        (0.05, 0.2, 0.025, 25, 0.57932569),
        (0.05, 0.2, 0.025, 28, 0.6851126),
        (0.05, 0.2, 0.025, 30, 0.74476675),
        (0.05, 0.2, 0.025, 33, 0.81787426),
        (0.05, 0.2, 0.025, 35, 0.72790831),
        (0.05, 0.2, 0.01, 33, 0.67097039),
        (0.05, 0.2, 0.05, 33, 0.81787426),
        (0.05, 0.25, 0.025, 33, 0.94139159),
        (0.15, 0.35, 0.025, 33, 0.77005342),
        # cran/lrstat, tests/testthat/test-exact-power-samplesize.R
        (0.15, 0.25, 0.05, 110, 0.809674),
        (0.15, 0.25, 0.025, 136, 0.812676),
    ],
)
def test_east_exact_power(null, truth, alpha, n, power):
    assert float(exact_power(n, null, truth, alpha)) == pytest.approx(power, abs=5e-7)
    # failures instead of events, towards fewer
    assert float(exact_power(n, 1 - null, 1 - truth, alpha, -1)) == pytest.approx(power, abs=5e-7)


@pytest.mark.parametrize("n", [4, 17, 40])
@pytest.mark.parametrize("sides", [1, 2])
def test_exact_power_is_that_of_scipys_binomial_test(n, sides):
    statistic = OneProportion(proportion=0.45, reference=0.25).statistic("exact", Superiority())
    rejecting = []
    for x in range(n + 1):
        more = binomtest(x, n, 0.25, alternative="greater").pvalue <= 0.1 / sides
        fewer = binomtest(x, n, 0.25, alternative="less").pvalue <= 0.1 / sides
        rejecting.append(more or (sides == 2 and fewer))
    expected = float(binom.pmf(np.arange(n + 1), n, 0.45) @ np.array(rejecting))
    assert float(statistic.power(np.array([float(n)]), 0.1, sides)) == pytest.approx(expected, abs=1e-12)


def test_search_of_nbinomial1sample():
    # nBinomial1Sample(p0 = .05, p1 = .2, alpha = .025, beta = .2, n = 25:40): 33, and 39 when conservative
    statistic = OneProportion(proportion=0.2, reference=0.05).statistic(None, Superiority())
    assert statistic.total(0.025, 1, 0.8, (1.0,)) == 33
    assert statistic.stable_total(0.025, 1, 0.8) == 39


def test_z_test_of_one_proportion():
    # Chow, Shao and Wang, section 4.1.5: 0.5 against 0.3, two-sided 5%, power .8, observed variance
    wald = OneProportion(proportion=0.5, reference=0.3).statistic("wald", Superiority())
    assert wald.total(0.05, 2, 0.8, (1.0,)) == pytest.approx(49.055, abs=0.01)
    # non-inferiority of 4.1: margin -0.1
    ni = OneProportion(proportion=0.5, reference=0.3).statistic("wald", NonInferiority(margin=-0.1))
    assert ni.total(0.05, 1, 0.8, (1.0,)) == pytest.approx((1.6448536 + 0.8416212) ** 2 * 0.25 / 0.09, abs=1e-3)


@pytest.mark.parametrize("test", ["exact", "z", "wald"])
@pytest.mark.parametrize(
    "hypothesis", [Superiority(), NonInferiority(margin=-0.12), Equivalence(lower=-0.12, upper=0.2)]
)
def test_one_proportion_by_simulation(test, hypothesis):
    statistic = OneProportion(proportion=0.55, reference=0.5).statistic(test, hypothesis)
    n = math.ceil(statistic.total(0.05, 1, 0.8, (1.0,)))
    stated = float(statistic.power(np.array([float(n)]), 0.05, 1))
    assert stated >= 0.8 - 1e-6
    z = statistic.sample(np.random.default_rng(3), (n,), (1.0,), 50_000)
    error = 3 * math.sqrt(stated * (1 - stated) / 50_000)
    near = error if test == "exact" else error + 0.03
    assert float((z[:, 0] >= norm.isf(0.05)).mean()) == pytest.approx(stated, abs=near)


def test_mcnemar_of_chow_shao_wang():
    # example 6.4.3: TrialSize prints 59
    statistic = PairedProportions.from_ratio(0.2 / 0.5, 0.7).statistic(None, Superiority())
    assert math.ceil(statistic.total(0.05, 2, 0.8, (1.0,))) == 59
    assert statistic.unit == "pairs"


def test_exact_mcnemar_is_that_of_all_tables():
    statistic = PairedProportions(treatment_only=0.35, control_only=0.1).statistic("exact", Superiority())
    n, found = 14, 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            if b + c and binomtest(b, b + c, 0.5, alternative="greater").pvalue <= 0.05:
                found += multinomial.pmf([b, c, n - b - c], n, [0.35, 0.1, 0.55])
    assert float(statistic.power(np.array([14.0]), 0.05, 1)) == pytest.approx(found, abs=1e-12)


def test_exact_mcnemar_search():
    statistic = PairedProportions(treatment_only=0.2, control_only=0.5).statistic("exact", Superiority())
    n = statistic.total(0.05, 2, 0.8, (1.0,))
    curve = statistic.power(np.arange(1.0, n + 1)[:, None], 0.05, 2)
    assert curve[-1] >= 0.8
    assert (curve[:-1] < 0.8).all()


@pytest.mark.parametrize(("b", "c", "n"), [(12, 5, 60), (0, 4, 30), (20, 20, 45)])
@pytest.mark.parametrize("null", [-0.1, 0.05, 0.2])
def test_tangos_variance_is_at_the_maximum_of_the_likelihood(b, c, n, null):
    def lacking(q: float) -> float:
        return -(b * math.log(q + null) + c * math.log(q) + (n - b - c) * math.log(1 - 2 * q - null))

    bounds = (max(0.0, -null) + 1e-9, (1 - null) / 2 - 1e-9)
    q = minimize_scalar(lacking, bounds=bounds, method="bounded", options={"xatol": 1e-11}).x
    assert float(null_variance(b / n, c / n, null)) == pytest.approx(2 * q + null * (1 - null), abs=2e-5)


def test_tangos_example():
    # Tango (1998), crossover of soft contact lenses: 43 of 44 and 44 of 44, z of a margin of 0.10 is 1.709
    b, c, n = np.array([[0]]), np.array([[1]]), np.array([44])
    statistic = PairedProportions(treatment_only=0.02, control_only=0.02).statistic(None, NonInferiority(margin=-0.1))
    assert float(statistic.standardise((b, c, n))[0, 0]) == pytest.approx(1.709, abs=6e-4)


@pytest.mark.parametrize("test", ["mcnemar", "exact", "wald", "score"])
def test_paired_superiority_by_simulation(test):
    statistic = PairedProportions(treatment_only=0.3, control_only=0.15).statistic(test, Superiority())
    n = math.ceil(statistic.total(0.025, 1, 0.9, (1.0,)))
    stated = float(statistic.power(np.array([float(n)]), 0.025, 1))
    z = statistic.sample(np.random.default_rng(3), (n,), (0.5, 1.0), 50_000)
    near = 3 * math.sqrt(stated * (1 - stated) / 50_000) + (0.0 if test == "exact" else 0.02)
    assert float((z[:, 1] >= norm.isf(0.025)).mean()) == pytest.approx(stated, abs=near)


@pytest.mark.parametrize("test", ["score", "wald"])
def test_paired_margins_by_simulation(test):
    endpoint = PairedProportions(treatment_only=0.1, control_only=0.12)
    for hypothesis in (NonInferiority(margin=-0.12), Equivalence(lower=-0.12, upper=0.12)):
        statistic = endpoint.statistic(test, hypothesis)
        n = math.ceil(statistic.total(0.05, 1, 0.8, (1.0,)))
        z = statistic.sample(np.random.default_rng(9), (n,), (1.0,), 40_000)
        assert float((z[:, 0] >= norm.isf(0.05)).mean()) == pytest.approx(0.8, abs=0.03)


def test_margins_and_correlation_give_the_discordant_pairs():
    p10, p01 = pairs_from_margins(0.8, 0.9, 0.0)
    assert (p10, p01) == pytest.approx((0.08, 0.18))
    with pytest.raises(DesignError) as caught:
        pairs_from_margins(0.9, 0.2, 1.0)
    assert caught.value.where == "correlation"


def test_effects_keep_what_describes_the_control():
    endpoint = PairedProportions(treatment_only=0.3, control_only=0.1)
    assert endpoint.with_effect(endpoint.effect()) == endpoint
    moved = endpoint.with_effect(0.0)
    assert moved.treatment_only == moved.control_only == pytest.approx(0.2)
    one = OneProportion(proportion=0.3, reference=0.2)
    assert one.with_effect(one.effect()) == one
    assert one.with_effect(0.0).proportion == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: OneProportion(proportion=1.0, reference=0.2), "proportion"),
        (lambda: OneProportion(proportion=math.nan, reference=0.2), "proportion"),
        (lambda: OneProportion(proportion=0.3, reference=0.2).with_effect(0.9), "effect"),
        (lambda: OneProportion(proportion=0.3, reference=0.2).statistic(None, NonInferiority(margin=-0.2)), "margin"),
        (lambda: OneProportion(proportion=0.3, reference=0.2).statistic(None, Superiority()).monitored(), "looks"),
        (lambda: OneProportion(proportion=0.2, reference=0.2).statistic(None, Superiority()), "effect"),
        (lambda: exact_power(10, 0.0, 0.2, 0.05), "null"),
        (lambda: exact_power(10, 0.1, 0.2, 1.0), "alpha"),
        (lambda: PairedProportions(treatment_only=0.7, control_only=0.4), "control_only"),
        (lambda: PairedProportions(treatment_only=0.0, control_only=0.4), "treatment_only"),
        (lambda: PairedProportions(treatment_only=0.3, control_only=0.1).with_effect(0.5), "effect"),
        (
            lambda: PairedProportions(treatment_only=0.3, control_only=0.1).statistic("mcnemar", Superiority(null=0.1)),
            "test",
        ),
        (
            lambda: PairedProportions(treatment_only=0.3, control_only=0.1).statistic(None, NonInferiority(margin=-2)),
            "margin",
        ),
        (lambda: PairedProportions.from_ratio(0, 0.5), "ratio"),
        (
            lambda: (
                OneProportion(proportion=0.50001, reference=0.5)
                .statistic(None, Superiority())
                .total(0.025, 1, 0.9, (1,))
            ),
            "power",
        ),
    ],
)
def test_bad_input_is_refused_by_name(make, where):
    with pytest.raises(DesignError) as caught:
        make()
    assert caught.value.where == where


def test_pairs_with_another_null_have_the_score_test_by_default():
    endpoint = PairedProportions(treatment_only=0.3, control_only=0.1)
    assert endpoint.default_test(Superiority()) == "mcnemar"
    assert endpoint.statistic(None, Superiority(null=0.05)) == endpoint.statistic("score", Superiority(null=0.05))
