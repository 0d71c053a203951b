"""TITE-BOIN: the published table of follow-up times, advice with pending patients, and trials in time."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.phase1.boin import Boin
from benchside.tools.trials.design.phase1.tite_boin import SUSPEND, TiteBoin

# Yuan and others (2018), Table 1, for a target of 0.2, as reprinted in doi:10.1016/j.conctc.2022.100943, Table 1:
# patients, DLTs, pending, escalate, stay, de-escalate, suspend
PUBLISHED = [
    (3, "0", "0 to 1", "yes", "", "", ""),
    (3, "0", "2 to 3", "", "", "", "yes"),
    (3, "1", "0 to 2", "", "", "yes", ""),
    (3, "≥ 2", "any", "", "", "yes, and eliminate", ""),
    (6, "0", "0 to 3", "yes", "", "", ""),
    (6, "0", "4 to 6", "", "", "", "yes"),
    (6, "1", "0 to 3", "", "yes", "", ""),
    (6, "1", "4 to 5", "", "", "", "yes"),
    (6, "2", "0 to 4", "", "", "yes", ""),
    (6, "≥ 3", "any", "", "", "yes, and eliminate", ""),
    (9, "0", "0 to 4", "yes", "", "", ""),
    (9, "0", "5 to 9", "", "", "", "yes"),
    (9, "1", "0 to 2", "yes", "", "", ""),
    (9, "1", "3", "≥ 0.77", "< 0.77", "", ""),
    (9, "1", "4", "≥ 2.15", "< 2.15", "", ""),
    (9, "1", "5 to 8", "", "", "", "yes"),
    (9, "2", "0", "", "yes", "", ""),
    (9, "2", "1", "", "> 0.52", "≤ 0.52", ""),
    (9, "2", "2", "", "> 1.59", "≤ 1.59", ""),
    (9, "2", "3", "", "> 2.66", "≤ 2.66", ""),
    (9, "2", "4", "", "> 3.73", "≤ 3.73", ""),
    (9, "2", "5 to 7", "", "", "", "yes"),
    (9, "3", "0 to 6", "", "", "yes", ""),
    (9, "≥ 4", "any", "", "", "yes, and eliminate", ""),
]


def test_published_table():
    rows = [row for row in TiteBoin(target=0.2).decision_table().rows if row[0] <= 9]
    assert rows == PUBLISHED


def test_table_fits_on_a_page():
    assert len(TiteBoin(target=0.3).decision_table().rows) <= 45


def test_deescalation_is_possible_at_the_target():
    """Table 1 of Yuan and others: 15 patients with 3 DLTs, a rate equal to the target of 0.2, may de-escalate."""
    found = TiteBoin(target=0.2).bounds(15, 3, 4)
    assert found.deescalate_to is not None
    assert found.escalate_from is None


def test_without_pending_patients_it_is_boin():
    tite, boin = TiteBoin(target=0.3), Boin(target=0.3)
    for path in ("1NNN", "1NNN 2NTT", "1NNN 2NNT 2NNN 3TTT", "1TTT"):
        a, b = tite.next_dose(path), boin.next_dose(path)
        assert (a.dose, a.stop, a.decision) == (b.dose, b.stop, b.decision)


def test_advice_with_pending_patients():
    design = TiteBoin(target=0.3)
    waits = design.next_dose("1NNN 2NPP", (0.4, 0.7))
    assert (waits.decision, waits.dose, waits.patients) == ("suspend", 2, 0)
    goes = design.next_dose("1NNN 2NNP 2NTP", (0.4, 0.7))
    assert goes.decision == "escalate"
    assert "STFT 1.10" in goes.reason
    stays = design.next_dose("1NNN 2NNP 2NTP", (0.1, 0.2))
    assert stays.decision == "stay"
    # a DLT elsewhere may still be pending, and does not hold up the decision here
    elsewhere = design.next_dose("1NNP 2NNN", (0.5,))
    assert elsewhere.decision == "escalate"


def test_elimination_needs_no_follow_up():
    stopped = TiteBoin(target=0.2).next_dose("1TTP", (0.1,))
    assert stopped.stop
    assert stopped.dose is None


@pytest.mark.parametrize("times", [(), (0.4,), (0.4, 1.2), (0.4, float("nan"))])
def test_follow_up_must_fit(times):
    with pytest.raises(DesignError) as error:
        TiteBoin().next_dose("1NPP", times)
    assert error.value.where == "follow_up"


def test_more_follow_up_never_lowers_the_dose():
    design = TiteBoin(target=0.25)
    for n in (6, 9, 12):
        for y in range(n):
            for pending in range(1, n - y):
                moves = [design.decide(n, y, pending, s) for s in (0.0, 0.3 * pending, 0.7 * pending, float(pending))]
                assert moves == sorted(moves), (n, y, pending)
                assert SUSPEND not in moves or set(moves) == {SUSPEND}


@pytest.mark.parametrize("design", [TiteBoin(), TiteBoin(accrual_interval=0.4, late_share=0.8, stop_at=12)])
def test_verify(design):
    found = design.verify()
    assert found.agrees, found.table().rows
    assert {"suspended_first", "table", "stft"} <= {c.name for c in found.checks}


def test_it_is_faster_than_waiting_and_as_good():
    rates = (0.08, 0.15, 0.3, 0.45, 0.6)
    fast = TiteBoin(accrual_interval=0.15).simulate(rates, trials=4000)
    slow = TiteBoin(accrual_interval=0.6).simulate(rates, trials=4000)
    boin = Boin().simulate(rates, trials=4000)
    assert fast["duration"].value < slow["duration"].value
    # waiting for each cohort takes at least a window for each of the twelve
    assert fast["duration"].value < 12
    assert abs(fast["correct_selection"].value - boin["correct_selection"].value) < 0.08


def test_text():
    text = TiteBoin().to_text()
    assert not any(c.isdigit() for c in text.template)
    assert "0.2365" in text.render()
