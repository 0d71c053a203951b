"""Spending functions: their formulas at published points, their text forms, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, OutOfScopeError
from benchside.tools.trials.design.sequential.families import HaybittlePeto, WangTsiatis, parse_rule
from benchside.tools.trials.design.sequential.references import REFERENCES
from benchside.tools.trials.design.sequential.spending import (
    Custom,
    Exponential,
    HwangShihDeCani,
    KimDeMets,
    LanDeMetsOF,
    LanDeMetsPocock,
    SpendingFunction,
    parse_spending,
)

FUNCTIONS = [
    LanDeMetsOF(),
    LanDeMetsPocock(),
    KimDeMets(0.5),
    KimDeMets(3),
    HwangShihDeCani(-8),
    HwangShihDeCani(0),
    HwangShihDeCani(2),
    Exponential(0.75),
    Custom((0.002, 0.01, 0.05), (0.2, 0.6, 1.0)),
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.label)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(1e-5, 0.5))
@settings(max_examples=25, deadline=None)
def test_spends_from_nothing_to_all_and_never_back(
    function: SpendingFunction, times: list[float], total: float
) -> None:
    t = np.sort(times)
    spent = function.cumulative(t, total)
    assert (np.diff(spent) >= -1e-15).all()
    assert ((spent >= 0) & (spent <= total)).all()
    assert function.cumulative([0.0, 1.0, 1.4], total) == pytest.approx([0, total, total], abs=1e-15)


def test_formulas() -> None:
    t = np.array([0.2, 0.5, 0.9])
    assert LanDeMetsOF().cumulative(t, 0.025) == pytest.approx(2 * norm.sf(norm.isf(0.0125) / np.sqrt(t)), rel=1e-12)
    assert LanDeMetsPocock().cumulative(t, 0.025) == pytest.approx(0.025 * np.log(1 + (math.e - 1) * t), rel=1e-12)
    assert KimDeMets(2).cumulative(t, 0.05) == pytest.approx(0.05 * t**2, rel=1e-12)
    assert HwangShihDeCani(0).cumulative(t, 0.05) == pytest.approx(0.05 * t, rel=1e-12)
    assert HwangShihDeCani(1e-9).cumulative(t, 0.05) == pytest.approx(0.05 * t, rel=1e-6)
    assert Exponential(0.75).cumulative(t, 0.05) == pytest.approx(0.05 ** (t**-0.75), rel=1e-12)


def test_published_spending() -> None:
    """gsDesign prints these for HSD -4 at five equal looks and a one-sided alpha of 0.025."""
    spent = HwangShihDeCani(-4).cumulative(np.arange(1, 6) / 5, 0.025)
    assert np.diff(spent, prepend=0) == pytest.approx([0.0006, 0.0013, 0.0028, 0.0063, 0.0140], abs=5e-5)


def test_user_given_values_are_linear_between_looks() -> None:
    given_values = Custom((0.01, 0.025))
    assert given_values.cumulative([0.5, 1.0], 0.025) == pytest.approx([0.01, 0.025])
    known = given_values.at([0.5, 1.0])
    assert known.cumulative([0.25, 0.75], 0.025) == pytest.approx([0.005, 0.0175])
    assert known.at([0.1, 1.0]) is known


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("lan-demets-of", LanDeMetsOF()),
        ("Lan-DeMets-OF", LanDeMetsOF()),
        ("lan-demets-pocock", LanDeMetsPocock()),
        ("kim-demets:2.5", KimDeMets(2.5)),
        ("hsd:-4", HwangShihDeCani(-4)),
        ("exponential:0.75", Exponential(0.75)),
        ("custom:0.001,0.01,0.025", Custom((0.001, 0.01, 0.025))),
        ("pocock", WangTsiatis(0.5)),
        ("obrien-fleming", WangTsiatis(0.0)),
        ("wang-tsiatis:0.25", WangTsiatis(0.25)),
        ("haybittle-peto", HaybittlePeto(3.0)),
        ("haybittle-peto:3.29", HaybittlePeto(3.29)),
    ],
)
def test_text_forms(text: str, rule: object) -> None:
    assert parse_rule(text) == rule
    assert set(rule.references) <= set(REFERENCES)
    assert rule.label


@pytest.mark.parametrize(
    "text",
    [
        "", "hsd", "hsd:", "hsd:x", "hsd:nan", "hsd:41", "kim-demets:0", "kim-demets:-1", "kim-demets:1e9",
        "exponential:0", "custom:", "custom:0.02,0.01", "custom:0,0", "custom:0.5,2", "custom:-0.1,0.025",
        "wang-tsiatis:", "wang-tsiatis:9", "haybittle-peto:-1", "haybittle-peto:99", "lan-demets-of:3", "peto",
        "pocock:1",
    ],
)  # fmt: skip
def test_bad_texts_are_told(text: str) -> None:
    with pytest.raises(DesignError) as told:
        parse_rule(text)
    assert told.value.where
    assert told.value.hint


def test_families_are_no_spending_functions() -> None:
    with pytest.raises(OutOfScopeError):
        parse_spending("pocock")


@pytest.mark.parametrize("t", [[-0.1], [math.nan], [math.inf]])
def test_bad_fractions_are_told(t: list[float]) -> None:
    with pytest.raises(DesignError):
        LanDeMetsOF().cumulative(t, 0.025)


@pytest.mark.parametrize("total", [0.0, 1.0, -0.1, math.nan, True])
def test_bad_totals_are_told(total: float) -> None:
    with pytest.raises(DesignError):
        LanDeMetsOF().cumulative([0.5], total)


def test_user_given_values_must_fit_the_looks() -> None:
    with pytest.raises(ContradictoryInputError):
        Custom((0.01, 0.025)).cumulative([0.2, 0.5, 1.0], 0.025)
    with pytest.raises(ContradictoryInputError):
        Custom((0.01, 0.025), (0.5,))
