"""Expected events in closed form: against quadrature, published programs and simulated patients."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from benchside.tools.trials.design.errors import DesignError, UnreachableError
from benchside.tools.trials.design.survival.accrual import Accrual, accrual_of
from benchside.tools.trials.design.survival.events import (
    EventModel,
    Stratum,
    checked_model,
    events_of,
    projection,
)
from benchside.tools.trials.design.survival.rates import PiecewiseRates, Risk, hazard_of_median, piecewise
from benchside.tools.trials.design.survival.simulation import patients

STEPS = Risk(piecewise("hazard", "0:0.05,6:0.0,9:0.03"), piecewise("dropout", "0:0.01,3:0.02"))
ACCRUALS = [
    accrual_of(12, "0:1,4:3,7:0,8:2"),
    accrual_of(12, 2.0, 0.3),
    accrual_of(12, 2.0, -0.2),
    accrual_of(12, 2.0, 0.05),  # equal to the event hazard of the first piece
]


@pytest.mark.parametrize("accrual", ACCRUALS)
@pytest.mark.parametrize("longest", [math.inf, 8.0])
@pytest.mark.parametrize("time", [3.0, 10.0, 12.0, 30.0])
def test_events_are_the_integral_of_event_probabilities_over_entries(
    accrual: Accrual, longest: float, time: float
) -> None:
    def entering(u: float) -> float:
        rate = float(accrual.rates.rate(np.asarray(u))) * math.exp(-accrual.decline * u)
        return rate * float(STEPS.event_probability(np.asarray(min(time - u, longest))))

    cuts = sorted({min(max(x, 0.0), 12.0) for x in (4, 7, 8, time - 3, time - 6, time - 8, time - 9)})
    expected = quad(entering, 0, min(12, time), points=cuts, epsabs=1e-13, epsrel=1e-13, limit=400)[0]
    assert float(events_of(STEPS, accrual, np.asarray(time), longest)) == pytest.approx(expected, abs=1e-9)


def test_one_arm_of_gsdesign_eevents() -> None:
    """keaven/gsDesign, test-independent-test-eEvents.R: hazard 0.2, dropout 0.1, 12 units of entry, 24 of study."""
    arm = Risk(PiecewiseRates.constant(0.2), PiecewiseRates.constant(0.1))
    found = float(events_of(arm, accrual_of(12, 1.0), np.asarray(24.0)))
    h = 0.3
    by_hand = 12 * 0.2 / h * (1 - (math.exp(-h * 12) - math.exp(-h * 24)) / (h * 12))
    assert found == pytest.approx(by_hand, abs=1e-12)


def test_events_of_east(two_arms: Callable[..., EventModel]) -> None:
    """East 6.5, in gsDesign's test-independent-test-nSurv.R: 39.02121789 events at month 42 of 48 participants."""
    model = two_arms(math.log(2) / 10, 0.5, 12, 30, rate=4)
    assert float(model.total_events(np.asarray(42.0))) == pytest.approx(39.02121789, abs=1e-8)
    assert model.time_of(39.02121789) == pytest.approx(42, abs=1e-6)


def test_calendar_times_of_rpact(two_arms: Callable[..., EventModel]) -> None:
    """rpact, test-f_design_plan_survival.R: pi 0.4 and 0.2 at time 14, accrual 8, follow-up 10, looks 0.2, 0.5, 1."""
    control = -math.log(0.8) / 14
    model = two_arms(control, math.log(0.6) / math.log(0.8), 8, 10, rate=216.4138 / 8)
    assert float(model.total_events(np.asarray(18.0))) == pytest.approx(64.634742, abs=1e-5)
    assert model.time_of(0.2 * 64.634742) == pytest.approx(6.2267714, abs=1e-6)
    assert model.time_of(0.5 * 64.634742) == pytest.approx(10.327532, abs=1e-6)
    assert float(model.accrual.entered(np.asarray(model.time_of(0.2 * 64.634742)))) == pytest.approx(168.44491, 1e-6)


@pytest.mark.parametrize("longest", [math.inf, 10.0])
@pytest.mark.parametrize("accrual", [accrual_of(12, "0:1,4:3"), accrual_of(12, 2.0, 0.2)])
def test_simulated_patients_have_the_expected_events(accrual: Accrual, longest: float) -> None:
    other = Risk(piecewise("hazard", "0:0.08,4:0.02"), piecewise("dropout", 0.03))
    strata = (Stratum(0.3, STEPS, other), Stratum(0.7, other, STEPS))
    model = EventModel(accrual, strata, 6.0, 0.6, longest)
    drawn = patients(model, (60, 40), 4000, np.random.default_rng(1))
    for time in (5.0, 12.0, 18.0):
        happened = drawn.event & (drawn.entry + drawn.time <= time)
        share = np.stack([happened[:, :60].mean(axis=1), happened[:, 60:].mean(axis=1)])
        error = share.std(axis=1) / math.sqrt(4000)
        assert np.abs(share.mean(axis=1) - model.event_shares(np.asarray(time))).max() < 4 * error.max()
        assert (drawn.entry <= time).mean() == pytest.approx(
            float(accrual.entered(np.asarray(time)) / accrual.total), abs=0.004
        )


def test_a_null_model_keeps_the_events_and_the_ratio(two_arms: Callable[..., EventModel]) -> None:
    model = two_arms(0.05, 0.6, 12, 12, ratio=2)
    null = model.under_null(1.3)
    treated, control = (float(arm.event.rates[0]) for arm in null.strata[0].arms)
    assert treated / control == pytest.approx(1.3)
    assert 2 * treated + control == pytest.approx(2 * 0.03 + 0.05)


def test_projection_ends_at_the_trial_and_scales_with_its_size(two_arms: Callable[..., EventModel]) -> None:
    model = two_arms(0.05, 0.7, 12, 12, dropout=0.01)
    whole = projection(model, n=240)
    assert whole.times[-1] == 24
    assert whole.entered[-1] == pytest.approx(240)
    assert (np.diff(whole.events.sum(axis=1)) >= 0).all()
    assert whole.rows()[-1][4] == pytest.approx(240 / 12 * float(model.total_events(np.asarray(24.0))))


@given(
    hazards=st.lists(st.floats(0, 0.5), min_size=1, max_size=4),
    dropout=st.floats(0, 0.2),
    decline=st.floats(-0.5, 0.5),
    times=st.lists(st.floats(0, 100), min_size=2, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_events_rise_with_time_up_to_the_participants(
    hazards: list[float], dropout: float, decline: float, times: list[float]
) -> None:
    rates = PiecewiseRates(tuple(3.0 * j for j in range(len(hazards))), tuple(hazards))
    accrual = accrual_of(10, 3.0, decline)
    found = events_of(Risk(rates, PiecewiseRates.constant(dropout)), accrual, np.sort(times))
    assert (np.diff(found) >= -1e-7).all()
    assert found.min() >= -1e-9
    assert found.max() <= accrual.total * (1 + 1e-9)


@given(st.lists(st.just(0.0) | st.floats(1e-12, 2), min_size=1, max_size=5), st.floats(0, 10))
@settings(max_examples=60, deadline=None)
def test_the_inverse_of_a_cumulative_hazard_inverts_it(rates: list[float], exposure: float) -> None:
    hazard = PiecewiseRates(tuple(1.5 * j for j in range(len(rates))), tuple(rates))
    at = hazard.inverse(np.asarray([exposure]))
    if np.isfinite(at[0]):
        assert float(hazard.cumulative(at)[0]) == pytest.approx(exposure, rel=1e-9, abs=1e-9)
    else:
        assert float(hazard.cumulative(np.asarray(1e9))) <= exposure + 1e-9


def test_entries_by_share_invert_entries_by_time() -> None:
    for accrual in ACCRUALS:
        shares = np.asarray([0.01, 0.2, 0.5, 0.9, 1.0])
        assert accrual.entered(accrual.quantile(shares)) / accrual.total == pytest.approx(shares, abs=1e-12)
    assert accrual_of(12, "0:1,4:3").duration_for(25.0) == pytest.approx(11.0)
    declining = accrual_of(12, 2.0, 0.3)
    assert declining.duration_for(declining.total) == pytest.approx(12.0)
    assert declining.duration_for(7.0) == math.inf


def test_medians() -> None:
    assert piecewise("hazard", "0:0.05,6:0.0,9:0.03").median() == pytest.approx(9 + (math.log(2) - 0.3) / 0.03)
    assert hazard_of_median(12) == pytest.approx(math.log(2) / 12)
    with pytest.raises(UnreachableError):
        piecewise("hazard", "0:0.05,6:0").median()


def test_events_that_never_happen_are_told(two_arms: Callable[..., EventModel]) -> None:
    with pytest.raises(UnreachableError, match="never reached"):
        two_arms(0.05, 0.7, 12, 12, dropout=0.05).time_of(11.9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0:0.05,",
        "0:0.05,0:0.03",
        "1:0.05",
        "0:-0.1",
        "0:nan",
        "nan",
        "inf",
        "0:1e9",
        "0:1e-300",
        "0:0.1;6:0.2",
        "5:0.1,2:0.1",
    ],
)
def test_rates_that_cannot_be(text: str) -> None:
    with pytest.raises(DesignError) as caught:
        piecewise("control_hazard", text)
    assert caught.value.where == "control_hazard"


@pytest.mark.parametrize(
    ("duration", "rates", "decline"),
    [
        (0, 1, 0),
        (-1, 1, 0),
        (math.nan, 1, 0),
        (12, 0, 0),
        (12, 1, math.nan),
        (12, 1, 40),
        (12, "0:1,3:2", 0.1),
        (math.inf, 1, 0),
    ],
)
def test_accruals_that_cannot_be(duration: float, rates: float | str, decline: float) -> None:
    with pytest.raises(DesignError):
        accrual_of(duration, rates, decline)


def test_models_that_cannot_be(two_arms: Callable[..., EventModel]) -> None:
    good = two_arms(0.05, 0.7, 12, 12)
    half = Stratum(0.5, *good.strata[0].arms)
    for wrong in (
        EventModel(good.accrual, (half,), 12.0),
        EventModel(good.accrual, (), 12.0),
        EventModel(good.accrual, good.strata, -1.0),
        EventModel(good.accrual, good.strata, 12.0, 1.0),
        EventModel(good.accrual, good.strata, 12.0, 0.5, 0.0),
        two_arms(0.0, 0.7, 12, 12),
    ):
        with pytest.raises(DesignError):
            checked_model(wrong)
    for times in ([-1.0], [math.nan]):
        with pytest.raises(DesignError):
            projection(good, times)
