"""Simulated trials of a comparison, and the closed form held against them."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.comparison import Comparison
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.families import from_settings


def made(**settings: object) -> Comparison:
    design = from_settings({"design": "two-means", "difference": 0.5, "sd": 1.0} | settings)
    assert isinstance(design, Comparison)
    return design


def test_an_exact_group_sequential_design_agrees_within_three_errors() -> None:
    check = made(test="z", looks="0.5,0.75,1", futility="hsd:-2").verify(trials=100_000, seed=4)
    assert {c.exactness for c in check.checks} == {"exact"}
    assert check.agrees, check.table().rows


def test_a_monitored_t_test_is_an_approximation_and_says_how_far_off() -> None:
    check = made(looks=3).verify(trials=40_000, seed=4)
    assert {c.exactness for c in check.checks} == {"asymptotic"}
    assert check.agrees
    assert any("points off" in note for note in check.notes)


def test_a_wrong_closed_form_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    design = made(test="z")
    monkeypatch.setattr(Comparison, "power_of", lambda *_: 0.93)
    check = design.verify(trials=40_000, seed=4)
    assert not check.agrees
    assert [c.name for c in check.checks if not c.agrees] == ["power"]


def test_binding_futility_is_obeyed_and_the_other_is_not_counted_on() -> None:
    free = made(test="z", looks=3, futility="hsd:-2")
    bound = made(test="z", looks=3, futility="hsd:-2", binding=True)
    assert (
        free.simulate("null", trials=40_000)["rejected"].value
        < free.simulate("null", trials=40_000)["rejected_futility_ignored"].value
    )
    assert bound.plan is not None
    assert free.plan is not None
    assert bound.plan.upper[-1] < free.plan.upper[-1]
    assert bound.verify(trials=60_000).agrees


def test_the_same_seed_gives_the_same_trials() -> None:
    design = made(looks=2)
    assert design.simulate(trials=3_000, seed=5) == design.simulate(trials=3_000, seed=5)
    assert design.simulate(trials=3_000, seed=5) != design.simulate(trials=3_000, seed=6)


def test_monte_carlo_error_is_always_there() -> None:
    found = made().simulate("null", trials=2_000)
    assert all(e.standard_error > 0 for e in found.estimates)


@pytest.mark.parametrize("truth", ["other", float("nan"), float("inf")])
def test_an_unknown_truth_is_refused(truth: object) -> None:
    with pytest.raises(ImpossibleInputError):
        made().simulate(truth, trials=1_000)  # type: ignore[arg-type]


@pytest.mark.parametrize("trials", [0, -5, 10**9, 2.5])
def test_a_number_of_trials_that_cannot_be_is_refused(trials: float) -> None:
    with pytest.raises(ImpossibleInputError):
        made().simulate(trials=trials)  # type: ignore[arg-type]


def test_equivalence_is_checked_at_both_margins() -> None:
    design = made(difference=0.05, lower=-0.5, upper=0.5, alpha=0.05, power=0.8)
    check = design.verify(trials=40_000)
    assert [c.name for c in check.checks] == ["power", "type1", "type1_1"]
    assert check.agrees
