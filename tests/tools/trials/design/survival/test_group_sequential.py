"""Looks by events and by information, against gsDesign's gsSurv, lrstat and simulated patients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.plan import plan
from benchside.tools.trials.design.survival.accrual import accrual_of
from benchside.tools.trials.design.survival.events import EventModel, Stratum
from benchside.tools.trials.design.survival.group_sequential import survival_plan, weighted_looks
from benchside.tools.trials.design.survival.rates import PiecewiseRates, Risk
from benchside.tools.trials.design.survival.simulation import patients, scores_at
from benchside.tools.trials.design.survival.solve import fixed_power, in_whole_numbers, solved

THIRDS = (1 / 3, 2 / 3, 1.0)
QUARTERS = (0.25, 0.5, 0.75, 1.0)


def test_the_bound_summary_of_gssurv(two_arms: Callable[..., EventModel]) -> None:
    """keaven/gsDesign, _snaps/independent-test-gsBoundSummary.md, all defaults of gsSurv."""
    found = survival_plan(two_arms(0.2, 0.5, 0.5, 1.5, dropout=0.1), 0.5, THIRDS)
    assert 2 * math.ceil(found.participants / 2) == 460
    assert [math.ceil(d) for d in found.events] == [33, 65, 97]
    assert found.plan.upper == pytest.approx([3.0107, 2.5465, 1.9992], abs=1e-4)
    assert found.plan.lower == pytest.approx([-0.2388, 0.9410, 1.9992], abs=1e-4)
    assert found.hazard_ratio_at(found.plan.upper) == pytest.approx([0.3457, 0.5298, 0.6655], abs=1e-4)
    assert found.hazard_ratio_at(found.plan.lower) == pytest.approx([1.0879, 0.7907, 0.6655], abs=1e-4)


# keaven/gsDesign, _snaps/independent-test-print.gsSurv.md: k = 4, control median 6, dropout median 40, T 36, minfup 12.
# Its iteration stops at 1e-6 of the bounds: the binding design spends 0.0249 of 0.025, and has 0.1% more events.
@pytest.mark.parametrize(
    ("ratio", "options", "events", "n", "times", "rel"),
    [
        (
            1.0,
            {"futility": "kim-demets:0.5", "binding": True},
            106.51151,
            147.8358,
            (12.24228, 18.97078, 25.02728),
            1.5e-3,
        ),
        (1.0, {"futility": None}, 88.04237, 122.20099, (12.24228, 18.97078, 25.02728), 3e-5),
        (
            0.6,
            {"futility": "kim-demets:0.5", "binding": True},
            116.98964,
            157.14461,
            (12.04139, 18.73390, 24.77333),
            1.5e-3,
        ),
    ],
)
def test_prints_of_gssurv(
    two_arms: Callable[..., EventModel],
    ratio: float,
    options: dict[str, Any],
    events: float,
    n: float,
    times: tuple[float, ...],
    rel: float,
) -> None:
    model = two_arms(math.log(2) / 6, 0.5, 24, 12, dropout=math.log(2) / 40, ratio=ratio)
    found = survival_plan(model, 0.5, QUARTERS, **options)
    assert found.events[-1] == pytest.approx(events, rel=rel)
    assert found.participants == pytest.approx(n, rel=rel)
    assert found.times[:3] == pytest.approx(times, abs=5e-5)
    assert found.times[3] == 36


def test_events_of_east_at_month_30(two_arms: Callable[..., EventModel]) -> None:
    """East 6.5 in gsDesign's test-independent-test-nEventsIA.R and -gsSurv.R, which allows a difference of 2."""
    model = two_arms(math.log(2) / 6, 0.5, 24, 12, dropout=math.log(2) / 40)
    found = survival_plan(model, 0.5, QUARTERS, futility="kim-demets:0.5")
    assert found.events == pytest.approx([29.1514896, 58.3029792, 87.4544688, 116.6059584], abs=2)
    assert found.events_at(30.0) == pytest.approx(103.258, abs=2)


@pytest.mark.parametrize(("null", "events"), [(1.0, 92.76813), (1.5, 37.07699)])
def test_events_of_gssurv_at_a_fixed_rate(two_arms: Callable[..., EventModel], null: float, events: float) -> None:
    """print.gsSurv with T = NULL, minfup 0.5, rate 1: events of the fixed design, inflated; 1.5 is a margin."""
    fixed = solved(two_arms(math.log(2) / 6, 0.5, 12, 0.5), fixed_power(0.5, 0.025, null=null), 0.9, "accrual duration")
    inflation = plan(THIRDS, 0.025, 1, 0.9, "hsd:-4", futility="hsd:-2").inflation
    assert float(fixed.total_events(np.asarray(fixed.duration))) * inflation == pytest.approx(events, rel=5e-5)


def bounds_of(fractions: tuple[float, ...]) -> Any:
    return plan(fractions, 0.025, 1, 0.9, "lan-demets-of").upper


def test_weighted_power_of_lrstat(delayed: EventModel) -> None:
    """cran/lrstat, test-f_lrpower.R: Fleming-Harrington (0, 1), looks at 80% and all of the information: 0.9313."""
    found = weighted_looks(delayed, (0.8, 1.0), bounds_of((0.8, 1.0)), weight=(0.0, 1.0))
    assert found.power == pytest.approx(0.9313, abs=5e-5)
    assert found.information == pytest.approx([0.8, 1.0])


@pytest.mark.parametrize(
    ("unknown", "expected"), [("accrual duration", 23.58), ("follow-up", 21.55), ("accrual rate", 3.21)]
)
def test_sizes_of_lrstat(delayed: EventModel, unknown: Any, expected: float) -> None:
    """cran/lrstat, test-f_lrsamplesize.R: power 0.8 of the log-rank test, in whole participants or events."""
    upper = bounds_of((0.8, 1.0))
    found = solved(delayed, lambda model: weighted_looks(model, (0.8, 1.0), upper).power, 0.8, unknown)
    raised = in_whole_numbers(found, unknown)
    answer = {
        "accrual duration": raised.accrual.duration,
        "follow-up": raised.follow_up,
        "accrual rate": raised.accrual.rates.rates[0],
    }
    assert answer[unknown] == pytest.approx(expected, abs=5e-3)


def test_24_strata_of_lrstat() -> None:
    """cran/lrstat, "power for stratified analysis": 0.9024 by Schoenfeld, 0.8820 by the score on 300 steps."""
    shares = np.kron(np.kron([0.28, 0.13, 0.25, 0.34], [0.28, 0.72]), [0.43, 0.37, 0.2])
    logs = np.kron(np.kron(np.log([1, 2.127, 0.528, 0.413]), np.log([1, 0.438])), np.log([1, 0.614, 0.159]))

    def arm(hazard: float) -> Risk:
        return Risk(PiecewiseRates.constant(hazard))

    strata = tuple(
        Stratum(float(share), arm(0.4466 * hazard), arm(hazard))
        for share, hazard in zip(shares / shares.sum(), (0.009211 * np.exp(logs)).tolist(), strict=True)
    )
    model = EventModel(accrual_of(24, 12.0), strata, 30.92)
    events = float(model.total_events(np.asarray(model.duration)))
    drift = math.sqrt(events / 4) * -math.log(0.4466)
    assert float(plan(THIRDS, 0.025, 1, 0.9, "lan-demets-of").power(drift)) == pytest.approx(0.9024, abs=5e-5)
    assert weighted_looks(model, THIRDS, bounds_of(THIRDS)).power == pytest.approx(0.8820, abs=5e-4)


def test_looks_of_simulated_patients(delayed: EventModel) -> None:
    """Looks at the expected calendar times: shares that cross at each, without proportional hazards."""
    model, trials = delayed.sized(300, 300), 4000
    upper = bounds_of((0.6, 1.0))
    found = weighted_looks(model, (0.6, 1.0), upper)
    drawn = patients(model, (300, 300), trials, np.random.default_rng(6))
    z = np.stack([-scores_at(drawn, np.full(trials, t)).z[:, 0] for t in found.times], axis=1)
    first = (z[:, 0] >= upper[0]).mean()
    ever = ((z[:, 0] >= upper[0]) | (z[:, 1] >= upper[1])).mean()
    assert first == pytest.approx(
        float(found.crossing.upper[0]), abs=4 * math.sqrt(first * (1 - first) / trials) + 0.005
    )
    assert ever == pytest.approx(found.power, abs=4 * math.sqrt(ever * (1 - ever) / trials) + 0.005)


def test_looks_that_cannot_be(delayed: EventModel) -> None:
    for fractions, upper in (((0.5, 1.0), [2.0]), ((0.8, 0.5, 1.0), [3, 2, 2]), ((0.5, 0.9), [3, 2]), ((), [])):
        with pytest.raises(DesignError):
            weighted_looks(delayed, fractions, upper)
