"""Means of one and two arms, pairs and crossovers: published numbers, other programs, and simulated values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchside.tools.trials.design.continuous.endpoints import (
    AnyHypothesis,
    CrossoverMeans,
    MeanEndpoint,
    OneMean,
    PairedMeans,
    TwoMeans,
    WilliamsMeans,
)
from benchside.tools.trials.design.continuous.references import REFERENCES
from benchside.tools.trials.design.continuous.statistics import MeanStatistic
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

SUPERIORITY = Superiority()
WITHIN = Equivalence(lower=-5, upper=6)
TRIALS = 100_000


def power(statistic: MeanStatistic, sizes: tuple[float, ...], alpha: float, sides: int) -> float:
    return float(statistic.power(np.asarray(sizes, dtype=float), alpha, sides))


def rejected(statistic: MeanStatistic, sizes: tuple[int, ...], alpha: float, sides: int, seed: int = 7) -> float:
    z = statistic.sample(np.random.default_rng(seed), sizes, (1.0,), TRIALS)[:, 0]
    return float(((np.abs(z) if sides == 2 else z) >= stats.norm.isf(alpha / sides)).mean())


# values of statsmodels 0.15.0, TTestIndPower and TTestPower (an implementation by scipy's noncentral t)
@pytest.mark.parametrize(
    ("d", "sizes", "alpha", "sides", "value"),
    [
        (0.5, (64, 64), 0.05, 2, 0.8014595579222542),
        (0.3, (50, 100), 0.05, 2, 0.4056096657763756),
        (0.8, (10, 5), 0.025, 1, 0.2722102807001725),
        (0.2, (400, 400), 0.01, 2, 0.5974368230146893),
        (0.5, (34,), 0.05, 2, 0.8077775012792737),
        (0.3, (20,), 0.025, 1, 0.24648576760631002),
    ],
)
def test_t_tests_are_those_of_statsmodels(
    d: float, sizes: tuple[int, ...], alpha: float, sides: int, value: float
) -> None:
    endpoint: MeanEndpoint = TwoMeans(difference=d, sd=1) if len(sizes) == 2 else OneMean(difference=d, sd=1)
    assert power(endpoint.make("t", SUPERIORITY), sizes, alpha, sides) == pytest.approx(value, abs=1e-10)


def test_sizes_of_t_tests_are_those_of_statsmodels() -> None:
    two = TwoMeans(difference=5, sd=10).make("t", SUPERIORITY)
    assert two.total(0.05, 2, 0.8, (0.5, 0.5)) / 2 == pytest.approx(63.76561058891169, abs=1e-5)
    one = OneMean(difference=5, sd=10).make("t", SUPERIORITY)
    assert one.total(0.05, 2, 0.9, (1.0,)) == pytest.approx(43.99548069841475, abs=1e-5)


# ClinicalTrialUtilities.jl test/runtests.jl, z tests; `wrong` is the shift whose rejections on the wrong side
# that source counts in one-sided tests too, where there are none
@pytest.mark.parametrize(
    ("endpoint", "hypothesis", "sizes", "sides", "value", "wrong"),
    [
        (OneMean(difference=0.5, sd=1), SUPERIORITY, (32,), 2, 0.8074304194325561, None),
        (OneMean(difference=0.5, sd=1), NonInferiority(margin=-0.5), (7,), 1, 0.8415707712023641, 7**0.5),
        (TwoMeans(difference=5, sd=10), SUPERIORITY, (63, 63), 2, 0.8013023941055788, None),
        (TwoMeans(difference=0, sd=10), NonInferiority(margin=-5), (50, 50), 1, 0.8037819415575257, 2.5),
    ],
)
def test_z_tests_have_published_powers(
    endpoint: MeanEndpoint, hypothesis: AnyHypothesis, sizes: tuple[int, ...], sides: int, value: float,
    wrong: float | None,
) -> None:  # fmt: skip
    surplus = 0.0 if wrong is None else float(stats.norm.sf(wrong + stats.norm.isf(0.05)))
    found = power(endpoint.make("z", hypothesis), sizes, 0.05, sides)
    assert found + surplus == pytest.approx(value, abs=1e-9)


def test_a_two_sided_z_test_at_the_null_rejects_with_alpha() -> None:
    assert power(TwoMeans(difference=0, sd=3).make("z", SUPERIORITY), (40, 20), 0.05, 2) == pytest.approx(0.05)


def test_the_power_of_welch_is_exact_where_the_usual_approximation_is_not() -> None:
    statistic = TwoMeans(difference=5, sd=4, sd_treatment=20).make("welch", SUPERIORITY)
    for sizes in ((3, 12), (5, 4), (30, 10)):
        stated = power(statistic, sizes, 0.05, 2)
        x = np.random.default_rng(1).normal(5, 20, (TRIALS, sizes[0]))
        y = np.random.default_rng(2).normal(0, 4, (TRIALS, sizes[1]))
        seen = float((stats.ttest_ind(x, y, axis=1, equal_var=False).pvalue <= 0.05).mean())
        assert stated == pytest.approx(seen, abs=3 * np.sqrt(seen * (1 - seen) / TRIALS))


def test_welch_with_one_share_of_the_variance_is_the_one_sample_test() -> None:
    lopsided = TwoMeans(difference=5, sd=1e-6, sd_treatment=10).make("welch", SUPERIORITY)
    one = OneMean(difference=5, sd=10).make("t", SUPERIORITY)
    assert power(lopsided, (25, 400), 0.05, 2) == pytest.approx(power(one, (25,), 0.05, 2), abs=1e-6)


ENDPOINTS: list[tuple[MeanEndpoint, str, AnyHypothesis, tuple[int, ...], int]] = [
    (TwoMeans(difference=5, sd=10), "t", SUPERIORITY, (40, 20), 2),
    (TwoMeans(difference=-5, sd=10), "t", SUPERIORITY, (30, 30), 1),
    (TwoMeans(difference=-1, sd=10), "t", NonInferiority(margin=-5), (50, 40), 1),
    (TwoMeans(difference=1, sd=10), "t", NonInferiority(margin=5), (50, 40), 1),
    (TwoMeans(difference=1, sd=10), "t", WITHIN, (40, 50), 1),
    (TwoMeans(difference=1, sd=10), "z", WITHIN, (40, 50), 1),
    (TwoMeans(difference=1, sd=10, sd_treatment=6), "welch", WITHIN, (12, 40), 1),
    (TwoMeans(difference=1, sd=10, sd_treatment=6), "welch", NonInferiority(margin=-5), (12, 40), 1),
    (OneMean(difference=2, sd=5), "t", SUPERIORITY, (20,), 2),
    (PairedMeans(difference=2, sd=5, correlation=0.6), "t", SUPERIORITY, (20,), 1),
    (CrossoverMeans(difference=2, sd_within=5), "t", SUPERIORITY, (20, 24), 2),
    (CrossoverMeans(difference=0.02, sd_within=0.2), "t", Equivalence(lower=-0.2, upper=0.2), (9, 7), 1),
    (WilliamsMeans(difference=2, sd_difference=5, treatments=4), "t", SUPERIORITY, (8, 8, 8, 8), 1),
    (WilliamsMeans(difference=2, sd_difference=5, treatments=3), "z", SUPERIORITY, (4,) * 6, 1),
]


@pytest.mark.parametrize(("endpoint", "test", "hypothesis", "sizes", "sides"), ENDPOINTS)
def test_exact_powers_are_those_of_simulated_trials(
    endpoint: MeanEndpoint, test: str, hypothesis: AnyHypothesis, sizes: tuple[int, ...], sides: int
) -> None:
    statistic = endpoint.statistic(test, hypothesis)
    assert statistic.exactness == "exact"
    assert isinstance(statistic, MeanStatistic)
    stated, seen = power(statistic, sizes, 0.05, sides), rejected(statistic, sizes, 0.05, sides)
    assert stated == pytest.approx(seen, abs=3.3 * np.sqrt(seen * (1 - seen) / TRIALS))


@pytest.mark.parametrize(("endpoint", "test", "hypothesis", "sizes", "sides"), ENDPOINTS)
def test_each_null_is_rejected_with_alpha_at_most(
    endpoint: MeanEndpoint, test: str, hypothesis: AnyHypothesis, sizes: tuple[int, ...], sides: int
) -> None:
    for null in hypothesis.nulls(endpoint.no_effect):
        statistic = endpoint.with_effect(null).statistic(test, hypothesis, at_null=True)
        assert isinstance(statistic, MeanStatistic)
        found = power(statistic, sizes, 0.05, sides)
        if test == "welch":
            assert 0.03 < found < 0.06  # Welch's test holds its level nearly
        elif isinstance(hypothesis, Equivalence):
            assert found <= 0.05 + 1e-12
        else:
            assert found == pytest.approx(0.05, abs=1e-12)


@pytest.mark.parametrize(("endpoint", "test", "hypothesis", "sizes", "sides"), ENDPOINTS)
def test_a_size_has_the_power_it_was_planned_for(
    endpoint: MeanEndpoint, test: str, hypothesis: AnyHypothesis, sizes: tuple[int, ...], sides: int
) -> None:
    statistic = endpoint.statistic(test, hypothesis)
    assert isinstance(statistic, MeanStatistic)
    arms = statistic.arms
    weights = tuple(n / sum(sizes) for n in sizes)
    total = statistic.total(0.05, sides, 0.85, weights)
    assert arms == len(sizes)
    assert power(statistic, tuple(total * w for w in weights), 0.05, sides) == pytest.approx(0.85, abs=1e-6)
    assert all(key in REFERENCES for key in statistic.references)


def test_interim_statistics_are_those_of_the_values_behind_them() -> None:
    statistic = TwoMeans(difference=4, sd=10).make("t", SUPERIORITY)
    looks = (0.3, 0.6, 1.0)
    z = statistic.sample(np.random.default_rng(3), (40, 60), looks, 60_000)
    x = np.random.default_rng(4).normal(4, 10, (60_000, 40))
    y = np.random.default_rng(5).normal(0, 10, (60_000, 60))
    drawn = []
    for t in looks:
        m, n = round(40 * t), round(60 * t)
        drawn.append(stats.norm.isf(stats.t.sf(stats.ttest_ind(x[:, :m], y[:, :n], axis=1).statistic, m + n - 2)))
    expected = np.array(drawn).T
    assert z.mean(axis=0) == pytest.approx(expected.mean(axis=0), abs=0.02)
    assert np.cov(z.T) == pytest.approx(np.cov(expected.T), abs=0.03)


def test_looks_of_a_z_test_are_a_brownian_motion() -> None:
    statistic = TwoMeans(difference=4, sd=10).make("z", SUPERIORITY)
    t = np.array([0.25, 0.5, 1.0])
    z = statistic.sample(np.random.default_rng(6), (40, 60), t, TRIALS)
    drift = float(statistic.drift(np.array([40.0, 60.0]), 0.025, 1))
    assert z.mean(axis=0) == pytest.approx(drift * np.sqrt(t), abs=0.02)
    assert np.cov(z.T) == pytest.approx(np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t)), abs=0.02)


def test_labels_of_the_arms_do_not_matter() -> None:
    one = TwoMeans(difference=3, sd=7, sd_treatment=4).make("welch", SUPERIORITY)
    other = TwoMeans(difference=-3, sd=4, sd_treatment=7).make("welch", SUPERIORITY)
    assert power(one, (30, 50), 0.05, 2) == pytest.approx(power(other, (50, 30), 0.05, 2), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(d=st.floats(0.05, 3), n=st.integers(3, 500), more=st.integers(1, 50), test=st.sampled_from(["t", "z", "welch"]))
def test_power_rises_with_size(d: float, n: int, more: int, test: str) -> None:
    statistic = TwoMeans(difference=d, sd=1).make(test, SUPERIORITY)
    assert power(statistic, (n, n), 0.025, 1) <= power(statistic, (n + more, n + more), 0.025, 1) + 1e-9


def test_an_empty_arm_has_no_power_and_the_shape_is_kept() -> None:
    statistic = TwoMeans(difference=5, sd=10).make("t", SUPERIORITY)
    found = statistic.power(np.array([[[10.0, 10], [0, 10]], [[1, 1], [1, 2]]]), 0.05, 2)
    assert found.shape == (2, 2)
    assert found[0, 0] > 0.05
    assert found[0, 1] == found[1, 0] == 0


def test_a_pooled_test_of_unequal_spreads_is_refused_by_name() -> None:
    with pytest.raises(ContradictoryInputError, match="one standard deviation") as caught:
        TwoMeans(difference=5, sd=10, sd_treatment=12).statistic(None, SUPERIORITY)
    assert caught.value.where == "test"
    assert "welch" in str(caught.value.hint)


def test_pairs_by_correlation_are_pairs_by_differences() -> None:
    assert PairedMeans(difference=1, sd=4, correlation=0.5).sd_difference == pytest.approx(4)
    assert PairedMeans(difference=1, sd=4).sd_difference == 4
    assert PairedMeans(difference=1, sd=4).statistic(None, SUPERIORITY).unit == "pairs"


def test_an_odd_number_of_treatments_needs_twice_as_many_sequences() -> None:
    assert WilliamsMeans(difference=1, sd_difference=1, treatments=3).sequences == 6
    assert WilliamsMeans(difference=1, sd_difference=1, treatments=4).sequences == 4
