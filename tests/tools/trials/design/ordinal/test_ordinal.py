"""Ordered categories: Whitehead's example, the statistic against scipy, exact variance by enumeration, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import NonInferiority, Superiority
from benchside.tools.trials.design.ordinal.endpoint import Ordinal
from benchside.tools.trials.design.ordinal.references import REFERENCES
from benchside.tools.trials.design.ordinal.statistics import OrdinalTest, shifted, superiority_probability

WHITEHEAD = (0.2, 0.5, 0.2, 0.1)  # control, from the best category to the worst


def test_whiteheads_example():
    # Whitehead (1993), section 4: log odds ratio 0.887 of a better category, two-sided 5%, power .9 gives 187
    endpoint = Ordinal(control_probabilities=WHITEHEAD, odds_ratio=math.exp(-0.887))
    statistic = endpoint.statistic(None, Superiority())
    assert statistic.treatment == pytest.approx((0.378, 0.472, 0.106, 0.044), abs=6e-4)
    assert math.ceil(statistic.total(0.05, 2, 0.9, (0.5, 0.5))) == 187
    # the same from the other end
    turned = Ordinal(control_probabilities=WHITEHEAD[::-1], odds_ratio=math.exp(0.887)).statistic(None, Superiority())
    assert turned.total(0.05, 2, 0.9, (0.5, 0.5)) == pytest.approx(statistic.total(0.05, 2, 0.9, (0.5, 0.5)))


def test_hmiscs_formula_with_unequal_arms():
    # posamsize: 3 (A + 1)^2 (z_alpha + z_beta)^2 / (A log(OR)^2 (1 - sum p^3)), p the mean over participants
    endpoint = Ordinal(control_probabilities=WHITEHEAD, odds_ratio=1.8)
    n = endpoint.statistic(None, Superiority()).total(0.05, 2, 0.8, (2 / 3, 1 / 3))
    mean = (2 * np.array(shifted(WHITEHEAD, 1.8)) + np.array(WHITEHEAD)) / 3
    z = norm.isf(0.025) + norm.isf(0.2)
    assert n == pytest.approx(3 * 9 * z**2 / (2 * math.log(1.8) ** 2 * (1 - (mean**3).sum())))


def test_zhao_rahardja_and_qus_formula():
    # their example as in the R package samplesize; equation 12 takes the null variance for both
    p, q = (0.66, 0.15, 0.19), (0.61, 0.23, 0.16)
    statistic = OrdinalTest(treatment=q, control=p, log_odds_ratio=0.0, direction=1, model="wilcoxon", label="Wilcoxon")
    distance, stated, true = (float(m) for m in statistic.moments(np.array([0.53, 0.47]) * 1e6))
    pooled = 0.53 * np.array(q) + 0.47 * np.array(p)
    spread = 1 - float((pooled**3).sum())
    chance = p[0] * (q[1] + q[2]) + p[1] * q[2] + 0.5 * sum(a * b for a, b in zip(p, q, strict=True))
    assert distance == pytest.approx(chance - 0.5, abs=1e-12)
    assert stated**2 * 1e6 == pytest.approx(spread / (12 * 0.53 * 0.47), rel=1e-12)
    assert true == pytest.approx(stated, rel=0.01)


def test_two_categories_are_two_proportions():
    # the Wilcoxon test of two categories is the pooled test of proportions
    from benchside.tools.trials.design.binary.two_proportions import TwoProportions

    ordinal = Ordinal(control_probabilities=(0.7, 0.3), odds_ratio=2.0).statistic("wilcoxon", Superiority())
    p = shifted((0.7, 0.3), 2.0)[1]
    pooled = TwoProportions(control=0.3, treatment=p).statistic("pooled", Superiority())
    arms = np.array([120.0, 90.0])
    # (1 - sum p^3) / 3 is p (1 - p) for two categories
    assert float(ordinal.power(arms, 0.05, 2)) == pytest.approx(float(pooled.power(arms, 0.05, 2)), abs=2e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_statistic_is_scipys(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 5, 40), rng.integers(0, 4, 25)
    statistic = Ordinal(control_probabilities=WHITEHEAD, odds_ratio=2.0).statistic(None, Superiority())
    counts = (np.bincount(a, minlength=5)[None, None], np.bincount(b, minlength=5)[None, None])
    z = float(statistic.standardise(counts)[0, 0])
    greater = mannwhitneyu(a, b, alternative="greater", use_continuity=False, method="asymptotic").pvalue
    assert float(norm.sf(z)) == pytest.approx(greater, abs=1e-10)


def test_the_true_variance_is_that_of_drawn_tables():
    statistic = Ordinal(control_probabilities=WHITEHEAD, odds_ratio=3.0).statistic("wilcoxon", Superiority())
    x, y = statistic.draw(np.random.default_rng(1), (15, 8), (1.0,), 200_000)
    wins = (x * (np.cumsum(y, axis=-1) - y / 2)).sum(axis=-1)[:, 0] / (15 * 8)
    true = float(statistic.moments(np.array([15.0, 8.0]))[2])
    assert wins.mean() == pytest.approx(superiority_probability(statistic.treatment, statistic.control), abs=0.001)
    assert wins.std() == pytest.approx(true, rel=0.006)


@pytest.mark.parametrize("test", ["proportional-odds", "wilcoxon"])
@pytest.mark.parametrize("odds_ratio", [0.55, 2.2])
def test_power_by_simulation(test, odds_ratio):
    statistic = Ordinal(control_probabilities=WHITEHEAD, odds_ratio=odds_ratio).statistic(test, Superiority())
    n = statistic.total(0.025, 1, 0.9, (0.6, 0.4))
    arms = (math.ceil(0.6 * n), math.ceil(0.4 * n))
    z = statistic.sample(np.random.default_rng(6), arms, (0.5, 1.0), 30_000)
    near = 0.012 if test == "wilcoxon" else 0.02
    assert float((z[:, 1] >= norm.isf(0.025)).mean()) == pytest.approx(0.9, abs=near)
    assert np.corrcoef(z.T)[0, 1] == pytest.approx(math.sqrt(0.5), abs=0.02)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=8), st.floats(0.1, 10))
def test_shifted_probabilities_have_proportional_odds(weights, odds_ratio):
    control = np.array(weights) / sum(weights)
    treatment = np.array(shifted(control, odds_ratio))
    assert treatment.sum() == pytest.approx(1)
    assert (treatment > 0).all()
    for cut in range(1, len(control)):
        p, q = treatment[cut:].sum(), control[cut:].sum()
        assert p / (1 - p) / (q / (1 - q)) == pytest.approx(odds_ratio, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0.1, 1), min_size=2, max_size=6),
    st.floats(1.2, 6),
    st.sampled_from(["proportional-odds", "wilcoxon"]),
)
def test_power_rises_with_size_and_total_has_the_power(weights, odds_ratio, test):
    control = tuple(w / math.fsum(weights) for w in weights)
    statistic = Ordinal(control_probabilities=control, odds_ratio=odds_ratio).statistic(test, Superiority())
    n = statistic.total(0.05, 2, 0.8, (0.5, 0.5))
    assert float(statistic.power(np.array([n / 2, n / 2]), 0.05, 2)) == pytest.approx(0.8, abs=1e-7)
    curve = statistic.power(np.geomspace(0.5, 4, 8)[:, None] * np.array([n / 2, n / 2]), 0.05, 2)
    assert (np.diff(curve) > -1e-12).all()


def test_effect_and_its_inverse():
    endpoint = Ordinal(control_probabilities=WHITEHEAD, odds_ratio=2.0)
    assert endpoint.with_effect(endpoint.effect()) == endpoint
    null = endpoint.with_effect(1.0).statistic(None, Superiority(), at_null=True)
    assert null.treatment == pytest.approx(WHITEHEAD)
    for test in Ordinal.tests["superiority"]:
        assert set(endpoint.statistic(test, Superiority()).references) <= set(REFERENCES)


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Ordinal(control_probabilities=(), odds_ratio=2.0), "control_probabilities"),
        (lambda: Ordinal(control_probabilities=(1.0,), odds_ratio=2.0), "control_probabilities"),
        (lambda: Ordinal(control_probabilities=(0.5, 0.4), odds_ratio=2.0), "control_probabilities"),
        (lambda: Ordinal(control_probabilities=(0.5, 0.5, 0.0), odds_ratio=2.0), "control_probabilities"),
        (lambda: Ordinal(control_probabilities=(0.5, math.nan), odds_ratio=2.0), "control_probabilities"),
        (lambda: Ordinal(control_probabilities=(1 / 300,) * 300, odds_ratio=2.0), "control_probabilities"),
        (lambda: Ordinal(control_probabilities=(0.5, 0.5), odds_ratio=0.0), "odds_ratio"),
        (lambda: Ordinal(control_probabilities=(0.5, 0.5), odds_ratio=math.inf), "odds_ratio"),
        (lambda: Ordinal(control_probabilities=(0.5, 0.5), odds_ratio=1e9), "odds_ratio"),
        (lambda: Ordinal(control_probabilities=(0.5, 0.5), odds_ratio=1.0).statistic(None, Superiority()), "effect"),
        (
            lambda: Ordinal(control_probabilities=(0.5, 0.5), odds_ratio=2.0).statistic(None, Superiority(null=1.2)),
            "null",
        ),
        (
            lambda: Ordinal(control_probabilities=(0.5, 0.5), odds_ratio=2.0).statistic(
                None, NonInferiority(margin=0.8)
            ),
            "hypothesis",
        ),
    ],
)
def test_bad_input_is_refused_by_name(make, where):
    with pytest.raises(DesignError) as caught:
        make()
    assert caught.value.where == where
