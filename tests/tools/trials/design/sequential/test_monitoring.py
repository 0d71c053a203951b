"""Bounds at looks that moved: spending at the information that was there, and nothing lost or spent twice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, OutOfScopeError
from benchside.tools.trials.design.sequential.monitoring import monitor
from benchside.tools.trials.design.sequential.plan import plan
from benchside.tools.trials.design.sequential.simulation import apply_bounds, simulate_z
from benchside.tools.trials.design.sequential.spending import LanDeMetsOF

THIRDS = [1 / 3, 2 / 3, 1.0]


@pytest.mark.parametrize(
    "chosen",
    [
        {"efficacy": "lan-demets-of"},
        {"efficacy": "hsd:-4", "alpha": 0.05, "sides": 2},
        {"efficacy": "pocock"},
        {"efficacy": "haybittle-peto:3"},
        {"efficacy": "hsd:-4", "futility": "hsd:-2"},
        {"efficacy": "hsd:-4", "futility": "hsd:-2", "binding": True},
        {"efficacy": "hsd:-4", "futility": "hsd:-2", "futility_under": "null"},
        {"efficacy": "hsd:-4", "futility": (0.0, 0.7)},
    ],
)
def test_looks_on_time_have_the_planned_bounds(chosen: dict[str, object]) -> None:
    planned = plan(THIRDS, **chosen)  # type: ignore[arg-type]
    found = monitor(planned, THIRDS, final=True)
    assert found.upper == pytest.approx(planned.upper, abs=1e-8)
    assert found.lower == pytest.approx(planned.lower, abs=1e-7)
    early = monitor(planned, THIRDS[:2], final=False)
    assert early.upper == pytest.approx(planned.upper[:2], abs=1e-8)
    assert early.lower == pytest.approx(planned.lower[:2], abs=1e-7)
    assert not early.final


@given(
    st.lists(st.floats(0.05, 0.5), min_size=1, max_size=6),
    st.sampled_from(["lan-demets-of", "pocock", "hsd:-2", "obrien-fleming", "kim-demets:1"]),
    st.sampled_from([1, 2]),
)
@settings(max_examples=40, deadline=None)
def test_the_final_look_spends_all_whenever_it_comes(steps: list[float], rule: str, sides: int) -> None:
    looks = np.cumsum(steps)
    if looks.size > 1 and looks[-2] >= 1:
        looks = looks / looks[-2] * 0.9
    planned = plan(THIRDS, 0.05, sides, 0.9, rule)
    found = monitor(planned, looks.tolist(), final=True)
    crossing = found.crossing(0.0)
    assert crossing.reject == pytest.approx(0.05 / sides, abs=1e-9)
    assert np.cumsum(crossing.upper) == pytest.approx(found.spent, abs=1e-9)
    assert found.final


def test_past_bounds_do_not_change() -> None:
    planned = plan(THIRDS, 0.025, 1, 0.9, "lan-demets-of", futility="hsd:-2")
    first = monitor(planned, [0.4], final=False)
    second = monitor(planned, [0.4, 0.75], final=False)
    last = monitor(planned, [0.4, 0.75, 0.95], final=True)
    assert second.upper[0] == pytest.approx(first.upper[0], abs=1e-12)
    assert second.lower[0] == pytest.approx(first.lower[0], abs=1e-9)
    assert last.upper[:2] == pytest.approx(second.upper, abs=1e-12)
    assert second.spent == pytest.approx(LanDeMetsOF().cumulative([0.4, 0.75], 0.025))
    assert last.lower[-1] == last.upper[-1]


@pytest.mark.parametrize("last", [0.85, 1.15])
def test_under_run_and_overrun_keep_the_error_in_simulation(last: float) -> None:
    planned = plan(THIRDS, 0.025, 1, 0.9, "hsd:-2", futility="hsd:-2", binding=True)
    looks = [0.3, 0.7, last]
    found = monitor(planned, looks, final=True)
    seen = apply_bounds(simulate_z(looks, 0.0, 400_000, np.random.default_rng(5)), found.lower, found.upper)
    assert seen.reject == pytest.approx(0.025, abs=4 * float(seen.standard_error(0.025)))


def test_spending_time_apart_from_information() -> None:
    """The smaller of planned and actual information keeps alpha for the end."""
    planned = plan(THIRDS, 0.025, 1, 0.9, "lan-demets-pocock")
    ahead = monitor(planned, [0.6, 0.9], final=False)
    saving = monitor(planned, [0.6, 0.9], final=False, spending_time=THIRDS[:2])
    assert saving.upper[0] == pytest.approx(planned.upper[0], abs=1e-12)
    assert saving.spent[1] < ahead.spent[1]


def test_a_larger_trial_than_planned_stops_early_for_futility_without_crossing_bounds() -> None:
    planned = plan([0.5, 1.0], 0.025, 1, 0.9, "hsd:-4", futility="hsd:1")
    found = monitor(planned, [0.45, 0.8, 0.97], final=False)
    assert (found.lower <= found.upper).all()


@pytest.mark.parametrize(
    ("fractions", "final", "time", "kind"),
    [
        ([0.5, 0.4], False, None, ContradictoryInputError),
        ([0.5, 1.0, 1.2], True, None, ContradictoryInputError),
        ([], False, None, DesignError),
        ([math.nan], False, None, DesignError),
        ([0.3, 0.6], False, [0.3], ContradictoryInputError),
        ([0.3, 0.6], False, [0.3, 1.2], ContradictoryInputError),
    ],
)
def test_bad_looks_are_told(
    fractions: list[float], final: bool, time: list[float] | None, kind: type[DesignError]
) -> None:
    with pytest.raises(kind) as told:
        monitor(plan(THIRDS), fractions, final=final, spending_time=time)
    assert told.value.where


def test_fixed_futility_values_need_the_planned_number_of_looks() -> None:
    planned = plan(THIRDS, futility=(0.0, 0.7))
    with pytest.raises(OutOfScopeError):
        monitor(planned, [0.2, 0.4, 0.6], final=False)
    with pytest.raises(OutOfScopeError):
        monitor(planned, [0.4, 1.0], final=True)
