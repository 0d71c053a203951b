"""The closed formulas against published numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.survival import formulas
from benchside.tools.trials.design.survival.accrual import accrual_of
from benchside.tools.trials.design.survival.events import EventModel, Stratum
from benchside.tools.trials.design.survival.rates import PiecewiseRates, Risk


def test_schoenfeld_events_of_rpact() -> None:
    """rpact, test-f_design_plan_survival.R: alpha 0.01, power 0.8, pi 0.4, 0.5, 0.6 against 0.2."""
    ratios = [math.log(1 - pi) / math.log(0.8) for pi in (0.4, 0.5, 0.6)]
    assert ratios == pytest.approx([2.2892242, 3.1062837, 4.1062837], abs=1e-7)
    found = [formulas.schoenfeld_events(ratio, 0.01, 0.8) for ratio in ratios]
    assert found == pytest.approx([58.52451, 31.248898, 20.120262], abs=1e-6)


def test_schoenfeld_events_and_power_invert_each_other() -> None:
    events = formulas.schoenfeld_events(0.7, 0.05, 0.85, sides=2, share=0.6, null=1.1)
    assert formulas.schoenfeld_power(events, 0.7, 0.05, sides=2, share=0.6, null=1.1) == pytest.approx(0.85)


def test_freedman_events() -> None:
    """94.56681 events at a hazard ratio of 0.5, two-sided 5%, power 90% (README of the R package maxLRT, hcheng99,
    method "freedman"); its Schoenfeld number there is 87.4793."""
    assert formulas.freedman_events(0.5, 0.05, 0.9, sides=2) == pytest.approx(94.56681, abs=1e-5)
    assert formulas.schoenfeld_events(0.5, 0.05, 0.9, sides=2) == pytest.approx(87.4793, abs=1e-4)


def test_freedman_and_schoenfeld_agree_near_one_only() -> None:
    near = formulas.freedman_events(0.99, 0.05, 0.9) / formulas.schoenfeld_events(0.99, 0.05, 0.9)
    far = formulas.freedman_events(0.4, 0.05, 0.9) / formulas.schoenfeld_events(0.4, 0.05, 0.9)
    assert near == pytest.approx(1, abs=1e-4)
    assert far > 1.1


def test_freedman_participants_are_events_over_deaths() -> None:
    events = formulas.freedman_events(0.6, 0.05, 0.8, sides=2)
    n = formulas.freedman_participants(0.6, 0.4, 0.05, 0.8)
    assert n * ((1 - 0.4) + (1 - 0.4**0.6)) / 2 == pytest.approx(events)


# keaven/gsDesign, _snaps/independent-test-print.nSurvival.md, which raises n to an even and events to a whole number
@pytest.mark.parametrize(
    ("decline", "dropout", "ratio", "n", "events"),
    [
        (0.0, 0.1, 1.0, 430, 91),
        (1.0, 0.1, 1.0, 426, 91),
        (1.0, 0.0, 1.25, 400, 89),
        (1.0, 0.0, 0.8, 396, 94),
        (0.0, 6.9, 1.0, 4308, 92),
    ],
)
def test_lachin_foulkes_ratio(
    two_arms: Callable[..., EventModel], decline: float, dropout: float, ratio: float, n: int, events: int
) -> None:
    model = two_arms(0.2, 0.5, 0.5, 1.5, dropout=dropout, decline=decline, ratio=ratio)
    found = formulas.lachin_foulkes_participants(model, 0.5, 0.025, 0.9)
    assert 2 * math.ceil(found / 2) == n
    assert math.ceil(found / model.accrual.total * float(model.total_events(np.asarray(2.0)))) == events


@pytest.mark.parametrize(("null_variance", "n", "events"), [(True, 414, 94), (False, 416, 95)])
def test_lachin_foulkes_difference(
    two_arms: Callable[..., EventModel], null_variance: bool, n: int, events: int
) -> None:
    model = two_arms(0.2, 0.5, 0.5, 1.5)
    found = formulas.lachin_foulkes_difference(model, (0.1, 0.2), 0.025, 0.9, null_variance=null_variance)
    assert 2 * math.ceil(found / 2) == n
    assert math.ceil(found / model.accrual.total * float(model.total_events(np.asarray(2.0)))) == events


def test_the_difference_of_chow_is_that_of_lachin_and_foulkes_with_one_variance() -> None:
    """Chow, Shao and Wang 7.2.4: 40.229 in each arm (cran/TrialSize, TwoSampleSurvival.Equality)."""
    arms = [Risk(PiecewiseRates.constant(rate)) for rate in (1.0, 2.0)]
    model = EventModel(accrual_of(1, 1.0, 1e-5), (Stratum(1.0, *arms),), 2.0)
    per_arm = formulas.exponential_difference_per_arm(model, (1.0, 2.0), 0.05, 0.8)
    assert per_arm == pytest.approx(40.229, abs=5e-4)
    both = formulas.lachin_foulkes_difference(model, (1.0, 2.0), 0.05, 0.8, null_variance=False, sides=2)
    assert 2 * per_arm == pytest.approx(both)


def test_cox() -> None:
    """Chow, Shao and Wang 7.3.4, cran/TrialSize Cox.Equality: 81.68."""
    assert formulas.cox_participants(math.log(2), 0.5, 0.8, 0.05, 0.8) == pytest.approx(81.682, abs=1e-3)


def test_z_and_hazard_ratio_invert_each_other() -> None:
    """As gsDesign tests hrn2z against zn2hr, with 100 events and 1.5 treated per control."""
    z = formulas.z_at(0.7, 100, share=0.6)
    assert z == pytest.approx(-math.log(0.7) * math.sqrt(100 * 0.24))
    assert formulas.hazard_ratio_at(z, 100, share=0.6) == pytest.approx(0.7)
    assert formulas.hazard_ratio_at(1.0, 100, null=1.3, direction=1) > 1.3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.7, 0.0, True, 1.0])
def test_ratios_that_cannot_be(bad: float) -> None:
    for formula in (formulas.schoenfeld_events, formulas.freedman_events):
        with pytest.raises(DesignError):
            formula(bad, 0.025, 0.9)


@pytest.mark.parametrize(
    ("alpha", "power", "sides"), [(0.5, 0.4, 1), (0, 0.9, 1), (0.025, 1, 1), (0.025, 0.9, 3), (math.nan, 0.9, 1)]
)
def test_error_rates_that_cannot_be(alpha: float, power: float, sides: int) -> None:
    with pytest.raises(DesignError):
        formulas.schoenfeld_events(0.7, alpha, power, sides=sides)
