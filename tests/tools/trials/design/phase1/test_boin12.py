"""BOIN12: the published table of scores, the published path, and decisions of the authors' application."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.phase1.boin12 import Boin12

SECOND = Boin12(
    toxicity_limit=0.15,
    efficacy_limit=0.4,
    utilities=(50, 100, 0, 30),
    toxicity_cutoff=0.9,
    efficacy_cutoff=0.8,
    stop_at=12,
)


def test_scores_of_lin_and_others_table_3():
    """Lin and others (2020), Table 3, selected as in brockk/escalation, tests/testthat/test_boin12_rds.R."""
    scores = Boin12().scores([0, 3, 6, 9])
    published = {
        (0, 0, 0): 60,
        (3, 0, 3): 91,
        (6, 1, 5): 87,
        (6, 5, 1): None,
        (9, 0, 8): 99,
        (9, 2, 3): 32.5,
        (9, 5, 5): 32.5,
        (9, 3, 1): 7,
        (9, 4, 0): None,
        (9, 6, 9): None,
    }
    assert {k: scores[k] for k in published} == published


def test_path_of_lin_and_others():
    """Lin and others (2020), section 6 and Figure S2, as in brockk/escalation, tests/testthat/test_boin12.R."""
    design = Boin12(max_n=36, stop_at=12)
    assert design.next_dose("1NNN 2ENT 3ETT 2EEN").dose == 2
    path = design.follow("1NNN 2NNB 3NEE 3NTN 4ETE 4NBE 4BNN 5BEN 5NBT 4NEN")
    assert [a.dose for a in path] == [2, 3, 3, 4, 4, 4, 5, 5, 4, 4]
    assert [a.stop for a in path] == [False] * 9 + [True]


# decisions of the authors' application, as listed in test_boin12.R; those on which it fails are left out there
@pytest.mark.parametrize(
    ("letters", "from_1", "from_2", "from_5"),
    [
        ("EBB", 1, 1, 4),
        ("EEB", 1, 2, 5),
        ("EEE", 1, 2, 5),
        ("EET", 1, 2, 5),
        ("ETT", 1, 1, 4),
        ("NEB", 1, 2, 5),
        ("NEE", 1, 2, 5),
        ("NET", 2, 3, 4),
        ("NNB", 2, 3, 4),
        ("NNE", 2, 3, 4),
        ("NNN", 2, 3, 4),
        ("NNT", 2, 3, 4),
        ("NTB", 1, 1, 4),
        ("NTT", 1, 1, 4),
    ],
)
def test_first_cohort_with_usual_utilities(letters, from_1, from_2, from_5):
    design = Boin12(stop_at=12)
    assert [design.next_dose(f"{d}{letters}").dose for d in (1, 2, 5)] == [from_1, from_2, from_5]


@pytest.mark.parametrize(
    ("letters", "from_1", "from_2", "from_5"),
    [
        ("EEB", 1, 1, 4),
        ("EEE", 1, 2, 5),
        ("EET", 1, 1, 4),
        ("NEB", 1, 1, 4),
        ("NEE", 1, 2, 5),
        ("NET", 1, 1, 4),
        ("NNB", 1, 1, 4),
        ("NNN", 2, 3, 4),
    ],
)
def test_first_cohort_with_utilities_that_are_not_additive(letters, from_1, from_2, from_5):
    assert [SECOND.next_dose(f"{d}{letters}").dose for d in (1, 2, 5)] == [from_1, from_2, from_5]


@pytest.mark.parametrize("letters", ["EBB", "NTB"])
def test_stops_where_the_authors_application_goes_on(letters):
    """Two DLTs of three at the lowest dose: Pr(DLT rate > 0.15) is 1 - F(0.15; 3, 2) = 0.988, above the cut-off of 0.9.

    Every dose is closed by the stated rule, so the trial stops; the application stays at dose 1 (test_boin12.R).
    """
    x = 0.15
    assert 1 - (4 * x**3 - 3 * x**4) > 0.9
    advice = SECOND.next_dose(f"1{letters}")
    assert advice.stop
    assert advice.closed == (1, 2, 3, 4, 5)
    assert [SECOND.next_dose(f"{d}{letters}").dose for d in (2, 5)] == [1, 4]


def test_an_untried_dose_comes_before_desirability():
    """Lin and others (2020), supplement: after more than eight patients at a tolerable dose, the next if untried."""
    nine = "1EEE 1EEE 1EET"
    assert Boin12().next_dose(nine).dose == 2
    assert Boin12(explore_after=12).next_dose(nine).dose == 1


def test_stops_when_no_dose_may_follow():
    assert Boin12().next_dose("1TTT").stop
    assert SECOND.next_dose("1NNT").stop  # futile and too toxic to go up


def test_table_fits_on_a_page_and_needs_additive_utilities():
    table = Boin12().decision_table()
    assert len(table.rows) == 22
    assert len(table.columns) == 12
    assert table.records()[0]["e0"] == 60
    with pytest.raises(DesignError) as error:
        SECOND.decision_table()
    assert error.value.where == "utilities"
    assert [t.name for t in SECOND.tables()] == ["operating_characteristics"]


@pytest.mark.parametrize("design", [Boin12(), SECOND, Boin12(doses=2, max_n=9)])
def test_verify(design):
    found = design.verify()
    assert found.agrees, found.table().rows


def test_truths_and_simulation():
    design = Boin12()
    best = {s.name: s.best for s in design.truths()}
    assert best["no dose effective"] == 0
    assert best["all doses too toxic"] == 0
    assert best["safe, efficacy peaks in the middle"] == 3
    found = design.simulate(((0.05, 0.1, 0.2, 0.3, 0.4), (0.1, 0.2, 0.6, 0.6, 0.6)), trials=5000)
    assert found["correct_selection"].value > 0.4
    assert design.simulate("null", trials=2000)["selected_none"].value > 0.9
    assert len(found.tables[0].columns) == 7


def test_pairs_of_curves():
    with pytest.raises(DesignError) as error:
        Boin12(scenarios=((0.1,) * 5,))
    assert error.value.where == "efficacies"
    with pytest.raises(DesignError) as error:
        Boin12(utilities=(100, 40, 0, 60))
    assert error.value.where == "utilities"
    given = Boin12(doses=2, scenarios=((0.1, 0.2),), efficacies=((0.5, 0.3),))
    assert given.truths()[0].best == 1


def test_text():
    text = Boin12().to_text()
    assert not any(c.isdigit() for c in text.template)
    assert "70.5" in text.render()
