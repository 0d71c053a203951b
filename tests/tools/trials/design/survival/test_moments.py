"""Mean and variance of weighted scores: by simulation, by a differential equation, and in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.survival.events import EventModel
from benchside.tools.trials.design.survival.moments import checked_weight, moments, pooled_survival
from benchside.tools.trials.design.survival.rates import Risk, piecewise
from benchside.tools.trials.design.survival.simulation import patients, scores_at

WEIGHTS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def test_events_are_those_of_the_closed_form(delayed: EventModel) -> None:
    for time in (5.0, 22.0, 31.7, 40.0):
        assert moments(delayed, time).events == pytest.approx(float(delayed.total_events(np.asarray(time))), rel=1e-12)


def test_pooled_survival_solves_its_equation() -> None:
    treatment = Risk(piecewise("h", "0:0.05,6:0.02"), piecewise("d", "0:0.01,4:0.05"))
    control = Risk(piecewise("h", "0:0.06,3:0.09"), piecewise("d", 0.02))
    cuts = [0.0, 3.0, 4.0, 6.0, 25.0]
    log, found = 0.0, []
    for low, high in pairwise(cuts):
        middle = np.asarray((low + high) / 2)

        def slope(t: float, _: np.ndarray, at: np.ndarray = middle) -> list[float]:
            a = 0.6 * float(treatment.at_risk(np.asarray(t)))
            b = 0.4 * float(control.at_risk(np.asarray(t)))
            return [-(a * float(treatment.event.rate(at)) + b * float(control.event.rate(at))) / (a + b)]

        log = float(solve_ivp(slope, (low, high), [log], rtol=1e-11, atol=1e-13).y[0, -1])
        found.append(math.exp(log))
    assert pooled_survival(treatment, control, 0.6, np.asarray(cuts[1:])) == pytest.approx(np.asarray(found), abs=1e-9)


def test_without_a_difference_the_score_is_centred_and_the_variance_that_of_the_events(
    two_arms: Callable[..., EventModel],
) -> None:
    found = moments(two_arms(0.05, 1.0, 12, 12, ratio=2), 24.0)
    assert float(found.score[0]) == 0
    assert float(found.covariance[0, 0]) == pytest.approx(found.events * 2 / 9, rel=1e-12)


def test_scores_of_simulated_patients(delayed: EventModel) -> None:
    """Mean score and mean estimated variance of 3,000 trials at a fixed calendar time, four weights, two strata."""
    model, trials = delayed.sized(400, 400), 3000
    drawn = patients(model, (400, 400), trials, np.random.default_rng(2))
    for time in (24.0, 40.0):
        simulated = scores_at(drawn, np.full(trials, time), WEIGHTS)
        expected = moments(model, time, WEIGHTS)
        error = simulated.score.std(axis=0) / math.sqrt(trials)
        assert (
            np.abs(simulated.score.mean(axis=0) - expected.score).max()
            < np.max(4 * error) + 0.01 * abs(expected.score).max()
        )
        assert simulated.covariance.mean(axis=0) == pytest.approx(expected.covariance, rel=0.02)


def test_scores_grow_with_the_rates(delayed: EventModel) -> None:
    one, three = (
        moments(delayed, 30.0, WEIGHTS),
        moments(delayed.with_accrual(delayed.accrual.scaled(3)), 30.0, WEIGHTS),
    )
    assert three.score == pytest.approx(3 * one.score)
    assert three.z == pytest.approx(math.sqrt(3) * one.z)
    assert three.correlation == pytest.approx(one.correlation)


def test_swapped_arms_turn_the_sign(delayed: EventModel) -> None:
    swapped = replace(
        delayed, strata=tuple(replace(s, treatment=s.control, control=s.treatment) for s in delayed.strata)
    )
    assert moments(swapped, 30.0, WEIGHTS).z == pytest.approx(-moments(delayed, 30.0, WEIGHTS).z)


@pytest.mark.parametrize(("rho", "gamma"), [(-0.1, 0), (0, -1), (math.nan, 0), (0, math.inf), (11, 0)])
def test_weights_that_cannot_be(rho: float, gamma: float) -> None:
    with pytest.raises(DesignError):
        checked_weight(rho, gamma)
