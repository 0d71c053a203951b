"""BOIN: published boundaries, tables and path, selection, titration, and simulation against enumeration."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.phase1.boin import Boin, boin_boundaries
from benchside.tools.trials.design.phase1.interval import DOWN, STAY, UP
from benchside.tools.trials.design.phase1.outcomes import tally


# Liu and Yuan (2015), Table 1; Yuan and others (2016)
@pytest.mark.parametrize(
    ("target", "escalate", "deescalate"),
    [
        (0.15, 0.118, 0.179),
        (0.20, 0.157, 0.238),
        (0.25, 0.197, 0.298),
        (0.30, 0.236, 0.359),
        (0.35, 0.276, 0.419),
        (0.40, 0.316, 0.480),
    ],
)
def test_published_boundaries(target, escalate, deescalate):
    found = boin_boundaries(target)
    assert found == pytest.approx((escalate, deescalate), abs=6e-4)


def test_published_table_for_a_target_of_30_percent():
    """Yuan and others (2016), Table 1: patients 1 to 12."""
    table = Boin(cohort_size=1, max_n=12, target=0.3).decision_table()
    assert table.column("patients") == tuple(range(1, 13))
    assert table.column("escalate_if") == (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2)
    assert table.column("deescalate_if") == (1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5)
    assert table.column("eliminate_if") == (None, None, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7)


def test_published_path():
    """Example of BOIN in brockk/escalation, tests/testthat/test_boin.R."""
    path = "1NNN 2NNN 3NTT 2NTN 3NNN 3NNN 4TTT 3NTN 3NNT 3TNN"
    assert [a.dose for a in Boin(target=0.3).follow(path)] == [2, 3, 2, 3, 3, 4, 3, 3, 3, 3]


@pytest.mark.parametrize(
    ("outcomes", "dose", "stop"),
    [("1N", 2, False), ("1N 2TN", 1, False), ("1N 2TN 1TT", 1, False), ("1N 2TN 1TTT", None, True)],
)
def test_stops_when_the_lowest_dose_is_eliminated(outcomes, dose, stop):
    """As test_boin.R of brockk/escalation, which takes it from BOIN::get.boundary."""
    advice = Boin(target=0.3).next_dose(outcomes)
    assert (advice.dose, advice.stop) == (dose, stop)


@pytest.mark.parametrize(
    ("patients", "dlts", "mtd"),
    [((3, 3, 15, 9, 0), (0, 0, 4, 4, 0), 3), ((0, 3, 0, 0, 3), (0, 1, 0, 0, 3), 2)],
)
def test_selected_mtd(patients, dlts, mtd):
    """Yan and others (2020), page 15, and brockk/escalation, test_select_boin_mtd.R, both BOIN::select.mtd."""
    design = Boin(target=0.3, max_n=sum(patients))
    last = max(i for i, n in enumerate(patients, 1) if n)
    assert design.next_dose(tally(patients, dlts, last, 5)).dose == mtd
    counts = np.array([[(n - y, y) for n, y in zip(patients, dlts, strict=True)]])
    assert design.selections(counts)[0] == mtd


def test_reason_and_limits():
    advice = Boin(target=0.3).next_dose("1NNN 2NTT")
    assert advice.decision == "de-escalate"
    assert "2 of 3 patients at dose 2" in advice.reason
    assert "0.3585" in advice.reason
    top = Boin(doses=2, target=0.3).next_dose("1NNN 2NNN")
    assert (top.dose, top.decision) == (2, "stay")
    closed = Boin(target=0.3).next_dose("1NNN 2TTT 1NNN")
    assert closed.dose == 1
    assert closed.closed == (2, 3, 4, 5)
    last = Boin(target=0.3, max_n=8).next_dose("1NNN 2NNN")
    assert last.patients == 2


def test_stops_early_when_enough_are_treated_where_the_next_would_go():
    design = Boin(target=0.3, stop_at=9, max_n=30)
    assert design.next_dose("1NNN 1NNT 1NTT").stop
    assert not design.next_dose("1NNN 1NNN 1NNT").stop  # the next cohort goes up
    assert design.verify().agrees


def test_titration():
    design = Boin(target=0.3, titration=True)
    path = design.follow("1N 2N 3T 3NN 2NNN")
    assert [(a.dose, a.patients) for a in path[:3]] == [(2, 1), (3, 1), (3, 2)]
    assert path[3].patients == 3
    assert design.verify().agrees
    quick = design.simulate((0.01, 0.02, 0.05, 0.1, 0.3), trials=20_000)
    usual = Boin(target=0.3).simulate((0.01, 0.02, 0.05, 0.1, 0.3), trials=20_000)
    assert quick["patients_1"].value < usual["patients_1"].value - 1.5


def test_verify_and_options():
    for design in (Boin(), Boin(safety_offset=0.05, bound_mtd=True), Boin(doses=3, max_n=18, cohort_size=2)):
        found = design.verify()
        assert found.agrees, found.table().rows
    assert (
        Boin(safety_offset=0.05).simulate("null", trials=5000)["n"].value
        < Boin().simulate("null", trials=5000)["n"].value
    )


def test_whole_small_trial_is_exact():
    found = Boin(doses=3, max_n=15).verify()
    assert "whole trial" not in found.notes[0]
    assert found.agrees


def test_ten_thousand_trials_in_a_second_or_two():
    design = Boin(doses=5, max_n=36)
    began = time.perf_counter()
    found = design.simulate(trials=10_000)
    assert time.perf_counter() - began < 2
    assert found["correct_selection"].standard_error == pytest.approx(0.005, abs=0.001)


def test_default_truths_and_characteristics():
    table = Boin(target=0.25).operating_characteristics(trials=2000)
    rows = table.records()
    assert [r["best"] for r in rows] == [1, 2, 3, 4, 5, "none", 5]
    for row in rows:
        selected = [row[f"selected_{d}"] for d in range(1, 6)]
        assert sum(selected) + row["selected_none"] == pytest.approx(1)
        assert sum(row[f"patients_{d}"] for d in range(1, 6)) == pytest.approx(row["n"])
        assert row["correct_selection_se"] <= 0.5 / 2000**0.5 + 1e-12
    assert rows[5]["selected_none"] > 0.8


@given(st.floats(0.05, 0.6))
@settings(max_examples=50, deadline=None)
def test_boundaries_enclose_the_target(target):
    escalate, deescalate = boin_boundaries(target)
    assert 0.6 * target < escalate < target < deescalate < 1.4 * target


@given(st.floats(0.1, 0.5), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_decisions_are_monotone_in_dlts_and_are_those_of_the_likelihoods(target, n):
    design = Boin.model_validate({"target": target, "max_n": 40})
    moves = [design.letter(n, y) for y in range(n + 1)]
    assert moves == sorted(moves, reverse=True)
    assert set(moves) <= {UP, STAY, DOWN}
    assert moves == [design.direct(n, y) for y in range(n + 1)]


def test_same_seed_same_trials():
    a, b = Boin().simulate(trials=3000, seed=5), Boin().simulate(trials=3000, seed=5)
    assert a == b
    assert a != Boin().simulate(trials=3000, seed=6)


def test_boundaries_out_of_order():
    with pytest.raises(DesignError) as error:
        boin_boundaries(0.3, p_saf=0.35)
    assert error.value.where == "p_saf"
    with pytest.raises(DesignError) as error:
        Boin(p_tox=0.2)
    assert error.value.where == "p_tox"


def test_text_has_no_digits_of_its_own():
    text = Boin(stop_at=12, titration=True).to_text()
    assert not any(c.isdigit() for c in text.template)
    assert "0.2365" in text.render()
    assert "12 patients" in text.render()
