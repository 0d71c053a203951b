"""What all dose-finding designs share: reading outcomes, isotonic regression, truths, errors, tables, determinism."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from benchside.tools.trials.design import catalogue
from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.phase1.isotonic import isotonic_rows, pool_adjacent_violators
from benchside.tools.trials.design.phase1.outcomes import read_path, tally
from benchside.tools.trials.design.phase1.references import REFERENCES
from benchside.tools.trials.design.phase1.scenarios import true_mtd

DESIGNS = {k: e.load() for k, e in catalogue.DESIGNS.items() if e.where.startswith("phase1.")}

ALL = pytest.mark.parametrize("kind", list(DESIGNS))


def _made(kind, **fields):
    return DESIGNS[kind].model_validate(fields)


# reading


def test_outcomes():
    path = read_path("1NNN 2ntt, 1T", 3)
    assert path.counts == ((3, 1), (1, 2), (0, 0))
    assert (path.dose, path.latest, path.total) == (1, (0, 1), 7)
    assert path.dlts == (1, 2, 0)
    assert read_path("", 2).total == 0
    both = read_path("1NETB", 1, "NETB")
    assert both.counts == ((1, 1, 1, 1),)
    assert both.dlts == (2,)


@pytest.mark.parametrize(
    "text", ["NNN", "1", "0NNN", "6NNN", "1NNX", "1 NNN", "1NNN2", "1NN-", "9999N", "1N" * 5000, None, 7]
)
def test_outcomes_that_cannot_be_read(text):
    with pytest.raises(DesignError) as error:
        read_path(text, 5)
    assert error.value.where == "outcomes"


@pytest.mark.parametrize(
    ("patients", "dlts", "dose"),
    [
        ((3, 3), (0, 4), 2),
        ((3,), (0,), 1),
        ((3, -1), (0, 0), 1),
        ((3, 0), (0, 0), 2),
        ((3, 0), (0, 0), 0),
        ((0, 0), (0, 0), 1),
        ((3, math.nan), (0, 0), 1),
        ("33", (0, 0), 1),
        ((3, True), (0, 0), 1),
    ],
)
def test_counts_that_cannot_be(patients, dlts, dose):
    with pytest.raises(DesignError):
        tally(patients, dlts, dose, 2)


# isotonic regression


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 50)), min_size=1, max_size=7),
)
@settings(max_examples=80, deadline=None)
def test_isotonic_regression_two_ways(pairs):
    values, weights = [p[0] for p in pairs], [p[1] for p in pairs]
    fit = pool_adjacent_violators(values, weights)
    assert np.all(np.diff(fit) >= -1e-12)
    assert np.dot(fit, weights) == pytest.approx(np.dot(values, weights))
    assert isotonic_rows(np.array([values]), np.array([weights]))[0] == pytest.approx(fit, abs=1e-9)


def test_isotonic_regression_by_hand_and_with_gaps():
    assert pool_adjacent_violators([0.1, 0.4, 0.2], [1, 1, 1]) == pytest.approx([0.1, 0.3, 0.3])
    assert pool_adjacent_violators([0.1, 0.4, 0.2], [1, 3, 1]) == pytest.approx([0.1, 0.35, 0.35])
    rows = isotonic_rows(np.array([[0.1, 0.9, 0.4, 0.2]]), np.array([[1.0, 0.0, 1.0, 1.0]]))
    assert rows[0][[0, 2, 3]] == pytest.approx([0.1, 0.3, 0.3])
    assert np.isnan(rows[0][1])


# truths


def test_right_dose_of_a_truth():
    assert true_mtd((0.1, 0.2, 0.3, 0.4), 0.3) == 3
    assert true_mtd((0.1, 0.25, 0.35), 0.3) == 2  # the lower of two that are as near
    assert true_mtd((0.5, 0.6), 0.3) == 0
    assert true_mtd((0.4, 0.6), 0.3) == 1


@pytest.mark.parametrize("kind", [k for k in DESIGNS if k != "boin12"])
def test_given_truths(kind):
    design = _made(kind, scenarios=((0.05, 0.1, 0.2, 0.3, 0.5), (0.1,) * 5))
    assert [s.name for s in design.truths()] == ["truth 1", "truth 2"]
    found = design.simulate((0.02, 0.05, 0.1, 0.25, 0.4), trials=500)
    assert len(found.tables[0].rows) == 5
    for bad in (
        (0.1, 0.2),
        (0.3, 0.2, 0.4, 0.5, 0.6),
        (0.1, 0.2, 0.3, 0.4, 1.2),
        (math.nan,) * 5,
        "no such",
        (True,) * 5,
    ):
        with pytest.raises(DesignError):
            design.truth(bad)


# every design


@ALL
def test_design_answers_everything(kind):
    design = _made(kind)
    assert isinstance(design, Design)
    assert design.kind == kind
    size = design.sample_size()
    assert size.power is None
    assert size.total == design.limit()
    found = design.results()
    names = [t.name for t in found.tables]
    assert names[0] == "decision_table"
    assert "operating_characteristics" in names
    assert len(found.tables[0].rows) <= 45
    assert found.text.render()
    assert not any(c.isdigit() for c in found.text.template)
    assert found.text.cites
    assert set(found.text.cites) <= set(REFERENCES)
    names = [q.name for q in design.assumptions()]
    assert len(names) == len(set(names))
    assert design.next_dose("").decision == "start"


@ALL
def test_errors_of_monte_carlo_are_shown(kind):
    found = _made(kind).simulate(trials=1000)
    assert found["correct_selection"].standard_error > 0
    assert found["n"].standard_error >= 0
    total = found["selected_none"].value + sum(found[f"selected_{d}"].value for d in range(1, 6))
    assert total == pytest.approx(1)
    assert found["n"].value == pytest.approx(sum(found[f"patients_{d}"].value for d in range(1, 6)))


@ALL
def test_determinism(kind):
    design = _made(kind)
    assert design.simulate(trials=600, seed=4) == design.simulate(trials=600, seed=4)
    assert design.simulate(trials=600, seed=4) != design.simulate(trials=600, seed=5)


@ALL
def test_all_too_toxic_selects_nothing(kind):
    found = _made(kind).simulate("null", trials=2000)
    assert found["selected_none"].value > 0.6
    assert found["overdose_share"].value == pytest.approx(1)


@ALL
def test_harmless_drug_goes_up(kind):
    design = _made(kind)
    rates = ((0.0,) * 5, (0.1, 0.2, 0.3, 0.4, 0.8)) if kind == "boin12" else (0.0,) * 5
    found = design.simulate(rates, trials=300)
    assert found["dlts"].value == 0
    assert found["selected_none"].value == 0
    if kind not in ("boin12",):
        assert found["selected_5"].value == 1


@ALL
def test_certain_toxicity_stops_at_once(kind):
    design = _made(kind)
    rates = ((1.0,) * 5, (0.5,) * 5) if kind == "boin12" else (1.0,) * 5
    found = design.simulate(rates, trials=300)
    assert found["selected_none"].value == 1
    assert found["n"].value <= 12


HOSTILE = [
    {"cohort_size": 0},
    {"cohort_size": -3},
    {"cohort_size": math.nan},
    {"cohort_size": True},
    {"cohort_size": 1000},
    {"max_n": 1},
    {"max_n": 10**9},
    {"max_n": math.inf},
    {"start_dose": 0},
    {"start_dose": 6},
    {"stop_at": 0},
    {"stop_at": math.nan},
    {"scenarios": ((0.1, 0.2),)},
    {"scenarios": ((0.5, 0.4, 0.3, 0.2, 0.1),)},
    {"scenarios": ((0.1,) * 5,) * 100},
    {"scenarios": ((math.nan,) * 5,)},
]
TARGETED = [
    {"target": 0},
    {"target": 1},
    {"target": -0.3},
    {"target": math.nan},
    {"target": math.inf},
    {"target": True},
    {"doses": 0},
    {"doses": 1000},
    {"doses": math.nan},
]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [(k, f) for k in DESIGNS for f in HOSTILE + TARGETED if set(f) <= set(DESIGNS[k].model_fields)],
    ids=str,
)
def test_hostile_input(kind, fields):
    began = time.perf_counter()
    with pytest.raises(DesignError) as error:
        _made(kind, **fields)
    assert error.value.where
    assert error.value.hint
    assert time.perf_counter() - began < 1


@ALL
def test_unknown_fields_are_refused(kind):
    with pytest.raises(ValidationError):
        _made(kind, targt=0.3)


@ALL
@pytest.mark.parametrize("trials", [0, -1, math.nan, 10**12, True])
def test_number_of_trials(kind, trials):
    with pytest.raises(DesignError) as error:
        _made(kind).simulate(trials=trials)
    assert error.value.where == "trials"


def test_text_lists_as_from_a_command_line():
    crm = _made("crm", skeleton="0.05,0.1,0.2,0.3", target=0.2)
    assert crm.skeleton == (0.05, 0.1, 0.2, 0.3)
    assert crm.levels == 4
    boin = _made("boin", doses=3, scenarios="0.1,0.2,0.3;0.2,0.3,0.4")
    assert len(boin.scenarios) == 2
