"""Accrual rate, accrual duration and follow-up for a power, against gsDesign and SAS."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from benchside.tools.trials.design.errors import DesignError, OutOfScopeError, UnreachableError
from benchside.tools.trials.design.survival.events import EventModel
from benchside.tools.trials.design.survival.solve import Solved, fixed_power, in_whole_numbers, solved


# keaven/gsDesign, _snaps/independent-test-print.nSurv.md: rate 1, follow-up 0.2, control median 6, hazard ratio 0.6
@pytest.mark.parametrize(
    ("dropout_treatment", "ratio", "duration", "events"),
    [(0.0, 1.0, 171.997, 160.7), (0.2, 1.0, 362.589, 223.3), (0.2, 0.8, 385.563, 253.2)],
)
def test_durations_of_gsdesign(
    two_arms: Callable[..., EventModel], dropout_treatment: float, ratio: float, duration: float, events: float
) -> None:
    model = two_arms(math.log(2) / 6, 0.6, 12, 0.2, dropout_treatment=dropout_treatment, ratio=ratio)
    found = solved(model, fixed_power(0.6, 0.025), 0.9, "accrual duration")
    assert found.accrual.duration == pytest.approx(duration, abs=1e-3)
    assert float(found.total_events(np.asarray(found.duration))) == pytest.approx(events, abs=0.05)


# SAS 9.4 PROC SEQDESIGN in gsDesign's test-independent-test-nSurv.R; both differ from Lachin and Foulkes by up to 2
@pytest.mark.parametrize(
    ("unknown", "accrual", "follow_up", "rate", "events", "n"),
    [
        ("accrual rate", 24.0, 12.0, 1.0, 87.4793, 197.1152),
        ("accrual duration", 24.0, 12.0, 6.0, 87.4793, 182.1759),
        ("follow-up", 25.0, 12.0, 6.0, 89.07848, 149.861),
    ],
)
def test_what_sas_solves(
    two_arms: Callable[..., EventModel],
    unknown: Solved,
    accrual: float,
    follow_up: float,
    rate: float,
    events: float,
    n: float,
) -> None:
    model = two_arms(math.log(2) / 20, 0.5, accrual, follow_up, rate=rate)
    found = solved(model, fixed_power(0.5, 0.025), 0.9, unknown)
    assert float(found.total_events(np.asarray(found.duration))) == pytest.approx(events, abs=2)
    assert found.accrual.total == pytest.approx(n, abs=2)


@pytest.mark.parametrize("test", ["schoenfeld", "freedman", "lachin-foulkes", "log-rank"])
@pytest.mark.parametrize("unknown", ["accrual rate", "accrual duration", "follow-up"])
def test_what_is_solved_for_has_the_power(two_arms: Callable[..., EventModel], test: str, unknown: Solved) -> None:
    model = two_arms(0.05, 0.65, 18, 9, dropout=0.005, rate=17, ratio=1.5)
    power_of = fixed_power(0.65, 0.05, sides=2, test=test)
    assert power_of(solved(model, power_of, 0.85, unknown)) == pytest.approx(0.85, abs=1e-9)


def test_a_given_trial_is_in_whole_numbers_only_a_little_larger(two_arms: Callable[..., EventModel]) -> None:
    power_of = fixed_power(0.65, 0.025)
    for unknown in ("accrual rate", "accrual duration", "follow-up"):
        found = solved(two_arms(0.05, 0.65, 18, 9, rate=17), power_of, 0.85, unknown)
        raised = in_whole_numbers(found, unknown)
        count = raised.accrual.total
        if unknown == "follow-up":
            count = float(raised.total_events(np.asarray(raised.duration)))
        assert count == pytest.approx(round(count), abs=1e-7)
        assert 0.85 - 1e-9 <= power_of(raised) < 0.86


def test_what_cannot_be_reached_is_told(two_arms: Callable[..., EventModel]) -> None:
    few, many = two_arms(0.05, 0.65, 12, 12, rate=2), two_arms(0.05, 0.65, 60, 12, rate=50)
    with pytest.raises(UnreachableError) as caught:
        solved(few, fixed_power(0.65, 0.025), 0.9, "follow-up")
    assert caught.value.where == "follow_up"
    with pytest.raises(UnreachableError, match="without any follow-up"):
        solved(many, fixed_power(0.65, 0.025), 0.9, "follow-up")
    with pytest.raises(UnreachableError):
        solved(two_arms(0.05, 0.9999, 12, 12), fixed_power(0.9999, 0.025), 0.9, "accrual duration")


def test_tests_that_are_not_there(two_arms: Callable[..., EventModel]) -> None:
    for test, null in (("wald", 1.0), ("freedman", 1.2)):
        with pytest.raises(OutOfScopeError):
            fixed_power(0.6, 0.025, test=test, null=null)
    with pytest.raises(DesignError):
        solved(two_arms(0.05, 0.65, 12, 12), fixed_power(0.65, 0.025), math.nan, "follow-up")
