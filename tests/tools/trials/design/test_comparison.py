"""A comparison as a whole: sizes, rounding, looks, dropout, and what it says of itself."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from benchside.tools.trials.design.comparison import Comparison
from benchside.tools.trials.design.errors import (
    ContradictoryInputError,
    DesignError,
    ImpossibleInputError,
    OutOfScopeError,
    UnreachableError,
)
from benchside.tools.trials.design.families import from_settings
from benchside.tools.trials.design.results import Table


def made(**settings_: object) -> Comparison:
    design = from_settings({"design": "two-proportions", "control": 0.3, "treatment": 0.45} | settings_)
    assert isinstance(design, Comparison)
    return design


def test_the_fixed_size_is_the_textbook_one() -> None:
    """The pooled z test by hand: Fleiss, Levin and Paik (2003), section 4.2, without correction."""
    za, zb, p1, p2 = norm.isf(0.025), norm.ppf(0.9), 0.45, 0.3
    mean = (p1 + p2) / 2
    root = za * (2 * mean * (1 - mean)) ** 0.5 + zb * (p1 * (1 - p1) + p2 * (1 - p2)) ** 0.5
    per_arm = (root / (p1 - p2)) ** 2
    size = made().sample_size()
    assert size.unrounded == pytest.approx(2 * per_arm)
    assert size.evaluable == (217, 217)
    assert size.power == pytest.approx(0.9, abs=0.002)
    assert size.power >= 0.9


def test_looks_inflate_and_dropout_enrols_more() -> None:
    fixed, looked = made().sample_size(), made(looks="0.5,0.75,1", dropout=0.1).sample_size()
    assert looked.unrounded == pytest.approx(fixed.unrounded * 1.0182, rel=2e-3)
    assert looked.enrolled_total == sum(-(-n * 10 // 9) for n in looked.evaluable)
    assert [q.name for q in looked.extra] == ["inflation", "expected_n_null", "expected_n"]


def test_a_given_size_answers_with_its_power_and_back() -> None:
    wanted = made(looks=3, futility="hsd:-2")
    size = wanted.sample_size()
    given_n = made(looks=3, futility="hsd:-2", n=size.total)
    assert given_n.sample_size().power == pytest.approx(size.power, abs=2e-3)
    assert given_n.sample_size().evaluable == size.evaluable


@pytest.mark.parametrize(
    ("change", "error", "where"),
    [
        ({"treatment": 0.3}, ContradictoryInputError, "effect"),
        ({"power": 0.02}, ContradictoryInputError, "power"),
        ({"alpha": 0.5}, ImpossibleInputError, "alpha"),
        ({"alpha": float("nan")}, ImpossibleInputError, "alpha"),
        ({"sides": 3}, ImpossibleInputError, "sides"),
        ({"power": 0.9, "n": 400}, ContradictoryInputError, "n"),
        ({"n": 401}, ContradictoryInputError, "n"),
        ({"n": 1}, ImpossibleInputError, "n"),
        ({"dropout": 1.0}, ImpossibleInputError, "dropout"),
        ({"control": 0.0}, ImpossibleInputError, "control"),
        ({"allocation": "1:1:1"}, ContradictoryInputError, "allocation"),
        ({"looks": "0.5,1", "lower": -0.2, "upper": 0.2, "treatment": 0.35}, ContradictoryInputError, "looks"),
        ({"looks": "0.5,1", "sides": 2, "futility": "hsd:-2"}, OutOfScopeError, "futility"),
        ({"margin": 0.15}, ContradictoryInputError, "effect"),
        ({"treatment": 0.30001}, UnreachableError, "power"),
        ({"test": "barnard"}, OutOfScopeError, "test"),
        ({"hypothesis": "inferiority"}, ImpossibleInputError, "hypothesis"),
        ({"spending": "lan-demets-of"}, ContradictoryInputError, "looks"),
        ({"contol": 0.2}, ImpossibleInputError, "contol"),
        ({"control": "many"}, ImpossibleInputError, "control"),
        ({"margin": -0.1, "lower": -0.2}, ContradictoryInputError, "lower"),
    ],
)
def test_what_cannot_be_is_named_with_what_to_change(
    change: dict[str, object], error: type[DesignError], where: str
) -> None:
    with pytest.raises(error) as caught:
        made(**change).results()
    assert caught.value.where == where
    assert caught.value.hint


def test_the_paragraph_has_no_number_of_its_own() -> None:
    text = made(looks="0.5,1", futility="hsd:-2", dropout=0.1).to_text()
    assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", text.template))
    assert re.search(r"\d", text.render())


def test_the_boundary_table_adds_up() -> None:
    design = made(looks="0.5,0.75,1", futility="hsd:-2")
    table: Table = design.boundaries()
    assert table.column("cumulative_alpha")[-1] == pytest.approx(0.025, abs=1e-9)
    size = design.sample_size()
    assert table.column("cumulative_power")[-1] == pytest.approx(size.power, abs=1e-9)
    last = table.records()[-1]
    assert last["futility_z"] == pytest.approx(last["efficacy_z"])
    assert last["cumulative_beta"] == pytest.approx(1 - size.power, abs=1e-6)
    assert last["n"] == size.total


def test_a_fixed_design_has_no_boundaries() -> None:
    with pytest.raises(OutOfScopeError):
        made().boundaries()


def test_the_power_curve_starts_at_alpha_and_meets_the_power() -> None:
    design = made(looks=3)
    rows = design.operating_characteristics().records()
    assert rows[0]["power"] == pytest.approx(0.025, abs=1e-6)
    assumed = next(r for r in rows if r["effect"] == pytest.approx(0.15))
    assert assumed["power"] == pytest.approx(design.sample_size().power)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.05, 0.9), st.floats(-0.3, 0.3), st.sampled_from(["1:1", "2:1", "1:2"]), st.sampled_from([None, 2, 3])
)
def test_more_power_needs_more_and_the_rounded_design_keeps_it(
    control: float, difference: float, allocation: str, looks: int | None
) -> None:
    treatment = control + difference
    if not 0.03 < treatment < 0.97 or abs(difference) < 0.05:
        return
    base = {"control": control, "treatment": treatment, "allocation": allocation}
    base |= {} if looks is None else {"looks": looks}
    low, high = made(power=0.8, **base).sample_size(), made(power=0.9, **base).sample_size()
    assert low.unrounded < high.unrounded
    assert low.power is not None
    assert low.power >= 0.8 - 1e-9


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 0.8), st.floats(0.06, 0.19))
def test_swapping_events_and_non_events_changes_nothing(control: float, difference: float) -> None:
    treatment = control + difference
    mirrored = made(control=1 - control, treatment=1 - treatment)
    assert mirrored.sample_size().unrounded == pytest.approx(
        made(control=control, treatment=treatment).sample_size().unrounded
    )


def test_a_design_survives_its_own_json() -> None:
    design = made(looks="0.5,1", futility="hsd:-2", sources={"control": "Smith 2020"}, allocation="2:1")
    again = from_settings(design.model_dump(mode="json"))
    assert again == design
    assert again.sample_size() == design.sample_size()


def test_two_sided_alpha_is_split_and_both_sides_reject() -> None:
    one, two = made(alpha=0.025, looks=3).sample_size(), made(alpha=0.05, sides=2, looks=3).sample_size()
    assert two.unrounded == pytest.approx(one.unrounded, rel=1e-6)


def test_sensitivity_moves_each_assumption_both_ways() -> None:
    rows = made().sensitivity().records()
    assert [(r["assumption"], r["changed"]) for r in rows] == [
        ("control", pytest.approx(0.27)), ("control", pytest.approx(0.33)),
        ("treatment", pytest.approx(0.405)), ("treatment", pytest.approx(0.495)),
    ]  # fmt: skip
    assert rows[0]["n_total"] < 436 < rows[1]["n_total"]


def test_a_source_of_what_is_not_assumed_is_an_error_and_a_known_one_is_shown() -> None:
    shown = {q.name: q.note for q in made(sources={"control": "Smith 2020"}).results().quantities}
    assert shown["control"] == "Smith 2020"
    with pytest.raises(ContradictoryInputError, match="contol") as caught:
        made(sources={"contol": "Smith 2020"}).results()
    assert caught.value.where == "sources"
