"""The 3+3 design: exact characteristics by formula, by enumeration and by simulation, and the advice on the ward."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.phase1.enumeration import enumerate_trial
from benchside.tools.trials.design.phase1.three_plus_three import ThreePlusThree, three_plus_three

RISING = (0.05, 0.1, 0.2, 0.3, 0.5)


def test_without_deescalation_the_published_figures():
    exact = three_plus_three(RISING)
    assert exact.stop_at_dose == pytest.approx([0.02656, 0.09136, 0.25703, 0.31611, 0.25584], abs=5e-6)
    assert exact.none_stopped == pytest.approx(0.0531, abs=5e-5)
    assert exact.patients == pytest.approx([3.406, 3.63, 3.662, 2.702, 1.274], abs=5e-4)


def test_one_dose_by_hand():
    """P(pass) = q^3 + 3 p q^2 q^3; three more patients with probability 3 p q^2."""
    p, q = 0.2, 0.8
    exact = three_plus_three((p,))
    assert exact.none_stopped == pytest.approx(q**3 + 3 * p * q**2 * q**3)
    assert exact.patients[0] == pytest.approx(3 + 3 * 3 * p * q**2)


def test_two_doses_with_deescalation_by_hand():
    a, b = 0.1, 0.4
    exact = three_plus_three((a, b), deescalation=True)
    none, one = (1 - a) ** 3, 3 * a * (1 - a) ** 2
    passed = none + one * none
    none_b, one_b = (1 - b) ** 3, 3 * b * (1 - b) ** 2
    fails = passed * (1 - none_b - one_b * none_b)
    share_three = none / passed  # of those that passed dose 1, with three patients only
    assert exact.selected[1] == pytest.approx(fails * (1 - share_three + share_three * (none + one)))
    assert exact.selected[0] == pytest.approx(1 - passed + fails * share_three * (1 - none - one))
    assert exact.patients[0] == pytest.approx(3 + 3 * one + 3 * fails * share_three)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=4).map(sorted),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_formula_is_the_enumeration_of_all_paths(rates, deescalation):
    design = ThreePlusThree(doses=len(rates), deescalation=deescalation)
    formula, paths = design.exact(rates), enumerate_trial(design, design.truth(rates), design.limit(), 10**5)
    assert formula.selected == pytest.approx(paths.selected, abs=1e-12)
    assert formula.patients == pytest.approx(paths.patients, abs=1e-12)
    assert sum(formula.selected) == pytest.approx(1)
    assert sum(formula.stop_at_dose) + formula.none_stopped == pytest.approx(1)


@pytest.mark.parametrize("deescalation", [True, False])
def test_verify(deescalation):
    found = ThreePlusThree(deescalation=deescalation).verify()
    assert found.agrees, found.table().rows
    assert {c.name for c in found.checks} >= {"selected_none", "selected_3", "n", "dlts", "formula"}


def test_deescalation_changes_lower_doses_only():
    plain, down = three_plus_three(RISING), three_plus_three(RISING, deescalation=True)
    assert down.stop_at_dose == plain.stop_at_dose
    assert all(b > a for a, b in zip(plain.patients[:-1], down.patients[:-1], strict=True))
    assert down.patients[-1] == plain.patients[-1]


# outcomes and recommendations of brockk/escalation, tests/testthat/test_three_plus_three.R
@pytest.mark.parametrize(
    ("outcomes", "dose", "stop", "stop_deescalating"),
    [
        ("", 1, False, False),
        ("1N", 1, False, False),
        ("1TT", 1, False, False),
        ("1NNN", 2, False, False),
        ("1NNT", 1, False, False),
        ("1NTT", None, True, True),
        ("1TTT", None, True, True),
        ("1NNN 2NNN", 3, False, False),
        ("1NNN 2NNT", 2, False, False),
        ("1NNN 2NTT", 1, True, False),
        ("1NNN 2NNT 2NNN", 3, False, False),
        ("1NNN 2NNT 2NNT", 1, True, False),
        ("1NNN 2NNT 2NTT", 1, True, False),
        ("1NNN 2NNN 3NNN 4NNN 5NNN", 5, True, True),
        ("1NNN 2NNN 3NNN 4NNN 5NNT", 5, False, False),
        ("1NNN 2NNN 3NNN 4NNN 5NTT", 4, True, False),
        ("1NNN 2NNN 3NNN 4NNN 5NNT 5NNN", 5, True, True),
        ("1NNN 2NNN 3NNN 4NNN 5NNT 5NNT", 4, True, False),
    ],
)
def test_advice(outcomes, dose, stop, stop_deescalating):
    for deescalation, ends in ((False, stop), (True, stop_deescalating)):
        advice = ThreePlusThree(deescalation=deescalation).next_dose(outcomes)
        assert (advice.dose, advice.stop) == (dose, ends), advice.reason


def test_advice_fills_a_cohort_and_says_why():
    advice = ThreePlusThree().next_dose("1NNN 2NT")
    assert (advice.dose, advice.patients) == (2, 1)
    down = ThreePlusThree().next_dose("1NNN 2TTN")
    assert (down.decision, down.dose, down.patients) == ("de-escalate", 1, 3)
    assert "2 of 3 patients at dose 2" in down.reason


def test_characteristics_are_exact_and_add_up():
    table = ThreePlusThree(scenarios=(RISING,)).operating_characteristics()
    (row,) = table.records()
    exact = three_plus_three(RISING, deescalation=True)
    assert [row[f"selected_{d}"] for d in range(1, 6)] == pytest.approx(exact.selected[1:])
    assert row["n"] == pytest.approx(sum(exact.patients))
    assert row["dlts"] == pytest.approx(float(np.dot(exact.patients, RISING)))
    assert row["selected_none"] == pytest.approx(exact.selected[0])


def test_sizes_and_text():
    design = ThreePlusThree(doses=4)
    size = design.sample_size()
    assert (size.total, size.power) == (24, None)
    assert "24 patients" in design.to_text().render()
    assert not any(c.isdigit() for c in design.to_text().template)
