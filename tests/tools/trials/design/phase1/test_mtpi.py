"""mTPI and mTPI-2 against their published decision grids."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.phase1.mtpi import Mtpi, Mtpi2
from benchside.tools.trials.design.phase1.outcomes import tally


def _column(design, n):
    return [design.code(n, y) for y in range(n + 1)]


def test_figure_2_of_ji_and_others():
    """Ji and others (2010), Figure 2, as in brockk/escalation, test_mtpi.R: target 0.3, 0.05 both ways."""
    design = Mtpi(target=0.3)
    assert _column(design, 3) == ["E", "S", "D", "DU"]
    assert _column(design, 6) == ["E", "E", "S", "S", "DU", "DU", "DU"]
    nine = _column(design, 9)
    assert nine[:4] == ["E", "E", "S", "S"]
    assert nine[5:] == ["DU"] * 5
    twelve = _column(design, 12)
    assert twelve[:3] == ["E"] * 3
    assert twelve[7:] == ["DU"] * 6
    thirty = _column(design, 30)
    assert thirty[:7] == ["E"] * 7
    assert thirty[7] == "S"
    assert "DU" not in thirty[:14]
    assert thirty[14] == "DU"


def test_figure_3_of_guo_and_others():
    """Guo and others (2017), Figure 3, as in brockk/escalation, test_mtpi2.R: target 0.3, 0.05 both ways."""
    design = Mtpi2(target=0.3)
    assert _column(design, 3) == ["E", "S", "D", "DU"]
    assert _column(design, 6) == ["E", "E", "S", "D", "DU", "DU", "DU"]
    assert _column(design, 9) == ["E", "E", "E", "S", "D", "DU", "DU", "DU", "DU", "DU"]
    assert _column(design, 10) == ["E", "E", "E", "S", "D", "D", "DU", "DU", "DU", "DU", "DU"]


def test_intervals_of_mtpi_2_cover_everything_once():
    pieces = Mtpi2(target=0.3).intervals()
    assert pieces[0][0] == 0
    assert pieces[-1][1] == 1
    assert all(a[1] == pytest.approx(b[0]) for a, b in pairwise(pieces))
    assert sum(1 for p in pieces if p[2] == 0) == 1


# outcomes of test_mtpi2.R at dose 2 and at the highest dose
@pytest.mark.parametrize(
    ("outcomes", "dose"),
    [
        ("2NNN", 3),
        ("2NNT", 2),
        ("2NTT", 1),
        ("2TTT", 1),
        ("2NNN 2NTT", 2),
        ("2NNN 2TTT", 1),
        ("2NNN 2NNN 2NTT", 3),
        ("5NNN", 5),
        ("5NTT", 4),
        ("5NNN 5TTT", 4),
        ("5NNN 5NNN 5TTT", 5),
    ],
)
def test_advice_of_mtpi_2(outcomes, dose):
    assert Mtpi2(target=0.3).next_dose(outcomes).dose == dose


def test_lowest_dose_stays_or_stops():
    for design in (Mtpi(target=0.3), Mtpi2(target=0.3)):
        assert design.next_dose("1NTT").dose == 1
        stopped = design.next_dose("1TTT")
        assert stopped.stop
        assert stopped.dose is None


# Ji and others (2010), page 656: observed rates, target 0.25
@pytest.mark.parametrize(
    ("dlts", "mtd"), [((1, 2, 4, 5, 7), 2), ((1, 2, 3, 5, 7), 2), ((1, 2, 2, 5, 7), 3), ((1, 2, 2, 3, 7), 3)]
)
def test_selected_mtd(dlts, mtd):
    design = Mtpi(target=0.25, max_n=50)
    assert design.next_dose(tally((10,) * 5, dlts, 5, 5)).dose == mtd


def test_grid_agrees_with_the_table():
    design = Mtpi2(target=0.25)
    grid = {row["dlts"]: row for row in design.letter_grid().records()}
    for row in design.decision_table().records():
        n = row["patients"]
        letters = [grid[min(y, max(grid))][f"n{n}"] or "DU" for y in range(n + 1)]
        assert letters.index("DU") == row["eliminate_if"]
        assert max(y for y, letter in enumerate(letters) if letter == "E") == row["escalate_if"]
        assert min(y for y, letter in enumerate(letters) if letter in ("D", "DU")) == row["deescalate_if"]


@pytest.mark.parametrize("kind", [Mtpi, Mtpi2])
def test_verify(kind):
    found = kind().verify()
    assert found.agrees, found.table().rows
    assert next(c for c in found.checks if c.name == "table").stated == 0


@given(st.floats(0.15, 0.45), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_more_dlts_never_escalate(target, n):
    for kind in (Mtpi, Mtpi2):
        design = kind(target=target)
        moves = [design.letter(n, y) for y in range(n + 1)]
        assert moves == sorted(moves, reverse=True)
