"""Treatment selection: the sizes of the MAMS package's drop-the-losers, simulation, familywise error."""

from __future__ import annotations

import math

import pytest

from benchside.tools.trials.design.adaptive.drop_losers_design import DropTheLosers
from benchside.tools.trials.design.adaptive.dunnett import dunnett_constant
from benchside.tools.trials.design.adaptive.seamless_design import SeamlessSelection
from benchside.tools.trials.design.adaptive.selection import drop_the_losers_critical, winner_rejects
from benchside.tools.trials.design.errors import DesignError


@pytest.mark.parametrize(
    ("kept", "total"),
    [((3, 1), 282), ((4, 1), 364), ((6, 1), 531), ((4, 2, 1), 330), ((6, 3, 1), 455), ((8, 3, 1), 585)],
)
def test_package(kept: tuple[int, ...], total: int) -> None:
    """cran/MAMS inst/tests2/testthat/test-dtl.R: delta 0.545, delta0 0.178, 5% and 90%."""
    looks = tuple(float(i + 1) for i in range(len(kept)))
    design = DropTheLosers(kept=kept, looks=looks, effect=0.545, small_effect=0.178, alpha=0.05)
    assert design.sample_size().total == total


def test_critical_value_lies_between_one_test_and_dunnett() -> None:
    for kept, looks in (((4, 1), (1.0, 2.0)), ((4, 2, 1), (1.0, 2.0, 3.0))):
        c = drop_the_losers_critical(4, 0.025, looks, looks, kept[1])
        assert 1.959964 < c < dunnett_constant(0.025, 4)


def test_a_late_selection_tends_to_dunnett() -> None:
    looks = (0.99999, 1.0)
    assert drop_the_losers_critical(3, 0.025, looks, looks, 1) == pytest.approx(dunnett_constant(0.025, 3), abs=0.003)


def test_winner_shares() -> None:
    """With a critical value that is always reached, equal treatments win equally often."""
    for kept, looks in ((1, (10.0, 20.0)), (2, (10.0, 20.0, 30.0)), (3, (10.0, 20.0, 30.0))):
        assert winner_rejects((0.2,) * 4, looks, looks, kept, -40.0) == pytest.approx(0.25, abs=1e-7)


@pytest.mark.parametrize("kept", [(3, 1), (5, 2, 1)])
def test_drop_the_losers_agrees_with_simulation(kept: tuple[int, ...]) -> None:
    looks = tuple(float(i + 1) for i in range(len(kept)))
    design = DropTheLosers(kept=kept, looks=looks, effect=0.5, small_effect=0.2, control_looks=looks)
    assert design.verify(trials=100_000).agrees


@pytest.mark.parametrize(
    "fields",
    [{"effects": (0.5, 0.2, 0.2)}, {"effects": (0.5, 0.2), "second": 2}, {"effects": (0.4, 0.3, 0.1), "n": 40}],
)
def test_seamless_agrees_with_simulation(fields: dict) -> None:
    design = SeamlessSelection(**fields)
    found = design.verify(trials=100_000)
    assert {c.name for c in found.checks} == {"alpha", "familywise_error", "selected", "power"}
    assert found.agrees


@pytest.mark.parametrize("select", ["best", "best:2", "within:0.1", "within:10"])
@pytest.mark.parametrize("truth", [(0.0, 0.0, 0.0), (0.6, 0.0, 0.0), (0.3, 0.3, 0.0)])
def test_familywise_error_whatever_the_selection(select: str, truth: tuple[float, ...]) -> None:
    design = SeamlessSelection(effects=(0.5, 0.2, 0.1), select=select, n=30)
    found = design.simulate(truth, trials=40_000)["familywise_error"]
    assert found.value <= 0.025 + 3 * found.standard_error


def test_keeping_all_tests_the_intersection_at_alpha() -> None:
    design = SeamlessSelection(effects=(0.5, 0.2, 0.1), select="within:1000", n=30)
    found = design.simulate("null", trials=100_000)
    assert found["expected_n"].value == 240
    assert found["intersection"].value == pytest.approx(0.025, abs=3 * found["intersection"].standard_error)
    # the closed test is not consonant then: it may reject the intersection and no single hypothesis
    assert found["familywise_error"].value < found["intersection"].value


@pytest.mark.parametrize(
    "fields",
    [
        {"effects": (0.5,)},
        {"effects": (0.2, 0.5)},
        {"effects": (-0.1, -0.2)},
        {"effects": (math.nan, 0.1)},
        {"effects": (0.5,) * 7},
        {"effects": (0.5, 0.2), "select": "best:2"},
        {"effects": (0.5, 0.2), "select": "worst"},
        {"effects": (0.5, 0.2), "select": "best:nan"},
        {"effects": (0.5, 0.2), "select": "within:-1"},
        {"effects": (0.5, 0.2, 0.1), "select": "best:2"},
        {"effects": (0.5, 0.2), "second": 0},
        {"effects": (0.5, 0.2), "n": 1},
    ],
)
def test_bad_seamless_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        SeamlessSelection(**fields)
    assert caught.value.where


def test_two_equally_good_treatments_have_no_size() -> None:
    with pytest.raises(DesignError):
        SeamlessSelection(effects=(0.5, 0.5)).sample_size()


@pytest.mark.parametrize(
    "fields",
    [
        {"kept": (3,)},
        {"kept": (3, 3, 1)},
        {"kept": (3, 2)},
        {"kept": (5, 3, 2, 1)},
        {"kept": (3, 1), "looks": (1, 2, 3)},
        {"kept": (3, 1), "looks": (2, 1)},
        {"effect": -1},
        {"effect": 0.2, "small_effect": 0.3},
        {"n": 0},
        {"alpha": 0},
    ],
)
def test_bad_drop_the_losers_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        DropTheLosers(**({"effect": 0.5} | fields))
    assert caught.value.where
