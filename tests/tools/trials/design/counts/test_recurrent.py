"""Recurrent events: lrstat's number, the law of the follow-up, simulation, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from benchside.tools.trials.design.counts.exposure import Exposure
from benchside.tools.trials.design.counts.recurrent import RecurrentEvents
from benchside.tools.trials.design.counts.references import REFERENCES
from benchside.tools.trials.design.counts.two_rates import TwoRates
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority


def test_lrstats_follow_up_gives_its_power():
    # cran/lrstat, tests/testthat/test-lr-nb-rm-power-samplesize.R: nbsamplesize finds a follow-up of 2.753248 for a
    # power of .8 with 1,956 participants, two looks at half and all of the information, Lan-DeMets O'Brien-Fleming
    from benchside.tools.trials.design.sequential.plan import plan

    endpoint = RecurrentEvents(control=0.125, treatment=0.0875, dispersion=5.0, follow_up=2.753248, accrual=1.25)
    statistic = endpoint.statistic("negative-binomial", Superiority())
    drift = float(statistic.drift(np.array([978.0, 978.0]), 0.025, 1))
    made = plan((0.5, 1.0), 0.025, 1, 0.8, "lan-demets-of")
    assert float(made.power(drift)) == pytest.approx(0.8, abs=2e-6)


@pytest.mark.parametrize(
    "law", [Exposure(0.0, 2.0, 0.0), Exposure(1.25, 2.75, 0.0), Exposure(3.0, 0.5, 0.4), Exposure(0.0, 2.0, 1.5)]
)
def test_moments_of_the_follow_up(law):
    time = law.draw(np.random.default_rng(3), (400_000,))
    assert law.mean() == pytest.approx(time.mean(), rel=0.005)
    assert law.mean_square() == pytest.approx((time**2).mean(), rel=0.008)
    assert law.information(2.0, 1.5) == pytest.approx((2 * time / (1 + 3 * time)).mean(), rel=0.005)


def test_closed_forms_of_the_follow_up():
    law = Exposure(2.0, 1.0, 0.3)
    # averages over entry of the closed forms at a planned follow-up u
    u = np.linspace(1, 3, 200_001)
    mean = np.trapezoid((1 - np.exp(-0.3 * u)) / 0.3, u) / 2
    square = np.trapezoid(2 / 0.3**2 * (1 - np.exp(-0.3 * u) * (1 + 0.3 * u)), u) / 2
    assert law.mean() == pytest.approx(mean, rel=1e-8)
    assert law.mean_square() == pytest.approx(square, rel=1e-8)
    assert Exposure(0.0, 1.0, 0.0).information(1e4, 100.0) == pytest.approx(1e4 / (1 + 1e6), rel=1e-9)


def test_at_one_exposure_both_models_are_two_rates():
    given = {"control": 1.2, "treatment": 0.8, "dispersion": 0.6}
    reference = TwoRates(**given, exposure=1.5).statistic("wald", Superiority()).total(0.05, 2, 0.9, (0.5, 0.5))
    for test in ("robust", "negative-binomial"):
        statistic = RecurrentEvents(**given, follow_up=1.5).statistic(test, Superiority())
        assert statistic.total(0.05, 2, 0.9, (0.5, 0.5)) == pytest.approx(reference, rel=1e-9)


def test_regression_is_more_efficient_where_follow_up_varies():
    endpoint = RecurrentEvents(control=1.2, treatment=0.8, dispersion=1.0, follow_up=0.5, accrual=2.0, dropout_rate=0.3)
    robust, regression = (
        endpoint.statistic(t, Superiority()).total(0.05, 2, 0.9, (0.5, 0.5)) for t in ("robust", "negative-binomial")
    )
    assert regression < robust


@pytest.mark.parametrize("test", ["robust", "negative-binomial"])
@pytest.mark.parametrize("dispersion", [0.0, 0.8])
def test_superiority_by_simulation(test, dispersion):
    endpoint = RecurrentEvents(
        control=1.2, treatment=0.8, dispersion=dispersion, follow_up=0.8, accrual=1.0, dropout_rate=0.2
    )
    statistic = endpoint.statistic(test, Superiority())
    arms = (math.ceil(statistic.total(0.025, 1, 0.9, (0.5, 0.5)) / 2),) * 2
    z = statistic.sample(np.random.default_rng(2), arms, (0.5, 1.0), 8_000)
    assert float((z[:, 1] >= norm.isf(0.025)).mean()) == pytest.approx(0.9, abs=0.022)
    assert np.corrcoef(z.T)[0, 1] == pytest.approx(math.sqrt(0.5), abs=0.04)
    null = endpoint.with_effect(1.0).statistic(test, Superiority(), at_null=True)
    z = null.sample(np.random.default_rng(4), (200, 200), (1.0,), 8_000)
    assert float((np.abs(z[:, 0]) >= norm.isf(0.025)).mean()) == pytest.approx(0.05, abs=0.012)
    assert float(statistic.expected_events(np.array([100.0, 100.0]))) == pytest.approx(200 * endpoint.exposure().mean())


def test_margins_by_simulation():
    endpoint = RecurrentEvents(control=1.2, treatment=1.2, dispersion=0.5, follow_up=1.0, accrual=0.5)
    for hypothesis in (NonInferiority(margin=1.3), Equivalence(lower=0.75, upper=4 / 3)):
        for test in ("robust", "negative-binomial"):
            statistic = endpoint.statistic(test, hypothesis)
            arms = (math.ceil(statistic.total(0.05, 1, 0.8, (0.5, 0.5)) / 2),) * 2
            z = statistic.sample(np.random.default_rng(6), arms, (1.0,), 4_000)
            assert float((z[:, 0] >= norm.isf(0.05)).mean()) == pytest.approx(0.8, abs=0.035)


def test_without_any_event_there_is_no_evidence():
    statistic = RecurrentEvents(control=1e-6, treatment=2e-6, follow_up=1.0, dispersion=0.5)
    for test in ("robust", "negative-binomial"):
        z = statistic.statistic(test, Superiority()).sample(np.random.default_rng(1), (20, 20), (1.0,), 200)
        assert np.isfinite(z).all()
        assert np.abs(z).max() < 1.0


def test_references_exist():
    for test in ("robust", "negative-binomial"):
        endpoint = RecurrentEvents(control=1.0, treatment=0.8, follow_up=1.0)
        assert set(endpoint.statistic(test, Superiority()).references) <= set(REFERENCES)
        assert endpoint.with_effect(endpoint.effect()) == endpoint


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"control": 0.0}, "control"),
        ({"treatment": math.nan}, "treatment"),
        ({"follow_up": 0.0}, "follow_up"),
        ({"accrual": -1.0}, "accrual"),
        ({"dropout_rate": math.inf}, "dropout_rate"),
        ({"dispersion": -0.5}, "dispersion"),
        ({"follow_up": 1e9}, "follow_up"),
    ],
)
def test_bad_input_is_refused_by_name(given, where):
    with pytest.raises(DesignError) as caught:
        RecurrentEvents(**({"control": 1.0, "treatment": 0.8, "follow_up": 1.0} | given))
    assert caught.value.where == where


def test_bad_nulls_are_refused_by_name():
    endpoint = RecurrentEvents(control=1.0, treatment=0.8, follow_up=1.0)
    with pytest.raises(DesignError) as caught:
        endpoint.statistic(None, NonInferiority(margin=-1.0))
    assert caught.value.where == "null"
