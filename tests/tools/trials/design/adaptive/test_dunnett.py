"""Dunnett's constants and power: his tables, multivariate integrals of scipy, properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, multivariate_t, nct, norm, t

from benchside.tools.trials.design.adaptive.dunnett import (
    dunnett_constant,
    dunnett_p_value,
    joint_above,
    joint_below,
    loading,
)
from benchside.tools.trials.design.adaptive.dunnett_design import Dunnett
from benchside.tools.trials.design.errors import DesignError

EQUAL = math.sqrt(0.5)


@pytest.mark.parametrize(
    ("alpha", "df", "sides", "table"),
    [
        # Dunnett (1955) Tables 1a and 1b, one-sided, 1 to 5 treatments
        (0.05, 5, 1, [2.02, 2.44, 2.68, 2.85, 2.98]),
        (0.05, 10, 1, [1.81, 2.15, 2.34, 2.47, 2.56]),
        (0.05, 20, 1, [1.72, 2.03, 2.19, 2.30, 2.39]),
        (0.05, math.inf, 1, [1.64, 1.92, 2.06, 2.16, 2.23]),
        (0.01, 5, 1, [3.37, 3.90, 4.21, 4.43, 4.60]),
        (0.01, math.inf, 1, [2.33, 2.56, 2.68, 2.77, 2.84]),
        # Dunnett (1964) Table II, two-sided
        (0.05, 5, 2, [2.57, 3.03, 3.29, 3.48, 3.62]),
        (0.05, 10, 2, [2.23, 2.57, 2.76, 2.89, 2.99]),
        (0.05, 20, 2, [2.09, 2.38, 2.54, 2.65, 2.73]),
        (0.05, math.inf, 2, [1.96, 2.21, 2.35, 2.44, 2.51]),
    ],
)
def test_dunnett_tables(alpha: float, df: float, sides: int, table: list[float]) -> None:
    found = [dunnett_constant(alpha, k, df=df, sides=sides) for k in range(1, 6)]
    assert found == pytest.approx(table, abs=0.0061)


def test_one_treatment_is_student_and_normal() -> None:
    assert dunnett_constant(0.025, 1) == pytest.approx(norm.isf(0.025), abs=1e-10)
    for df in (1, 2, 7, 300):
        for alpha in (0.25, 0.025, 1e-4):
            assert dunnett_constant(alpha, 1, df=df) == pytest.approx(t.isf(alpha, df), rel=1e-4)
    assert dunnett_constant(0.05, 1, df=7, sides=2) == pytest.approx(t.isf(0.025, 7), abs=1e-8)


def test_joint_probabilities_against_scipy() -> None:
    ratios = (1.0, 0.5, 2.0)
    loads = np.asarray([loading(r) for r in ratios])
    shape = np.outer(loads, loads)
    np.fill_diagonal(shape, 1)
    means = (0.4, -0.3, 1.0)
    found = float(joint_below(2.1, loads, means=means))
    stated = multivariate_normal(means, shape, maxpts=2_000_000, abseps=1e-8, releps=1e-8).cdf([2.1] * 3)
    assert found == pytest.approx(stated, abs=1e-6)
    above = multivariate_normal([-m for m in means], shape, maxpts=2_000_000, abseps=1e-8, releps=1e-8).cdf([-2.1] * 3)
    assert float(joint_above(2.1, loads, means=means)) == pytest.approx(above, abs=1e-6)
    student = multivariate_t(shape=shape, df=9).cdf([2.1] * 3, maxpts=400_000, random_state=1)
    assert float(joint_below(2.1, loads, df=9)) == pytest.approx(student, abs=5e-6)


def test_two_sided_both() -> None:
    both = float(joint_below(2.0, [EQUAL] * 2, sides=2))
    box = multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]).cdf([2.0, 2.0], lower_limit=[-2.0, -2.0])
    assert both == pytest.approx(box, abs=1e-8)


def test_p_value_inverts_the_constant() -> None:
    c = dunnett_constant(0.025, 4, ratio=0.7, df=33)
    assert float(dunnett_p_value(c, 4, ratio=0.7, df=33)) == pytest.approx(0.025, abs=1e-10)
    assert dunnett_p_value(np.asarray([[1.0, 2.0], [3.0, -5.0]]), 3).shape == (2, 2)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.001, 0.2), st.integers(1, 8), st.floats(0.2, 5.0), st.sampled_from([5.0, 30.0, math.inf]))
def test_constant_rises_with_treatments_and_falls_with_alpha(alpha: float, k: int, ratio: float, df: float) -> None:
    c = dunnett_constant(alpha, k, ratio=ratio, df=df)
    assert dunnett_constant(alpha, k + 1, ratio=ratio, df=df) > c
    assert dunnett_constant(alpha * 1.1, k, ratio=ratio, df=df) < c
    single = norm.isf(alpha / k) if df == math.inf else t.isf(alpha / k, df)
    assert c <= single + 1e-8  # never above Bonferroni


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"alpha": 0.0, "treatments": 3}, "alpha"),
        ({"alpha": math.nan, "treatments": 3}, "alpha"),
        ({"alpha": 0.05, "treatments": 0}, "treatments"),
        ({"alpha": 0.05, "treatments": 2.5}, "treatments"),
        ({"alpha": 0.05, "treatments": 3, "ratio": 0.0}, "ratio"),
        ({"alpha": 0.05, "treatments": 3, "ratio": (1.0,)}, "ratio"),
        ({"alpha": 0.05, "treatments": 3, "df": 0.5}, "df"),
        ({"alpha": 0.05, "treatments": 3, "df": math.nan}, "df"),
        ({"alpha": 0.05, "treatments": 3, "sides": 3}, "sides"),
        ({"alpha": 1e-12, "treatments": 3}, "alpha"),
    ],
)
def test_bad_input_is_named(arguments: dict, where: str) -> None:
    with pytest.raises(DesignError) as caught:
        dunnett_constant(**arguments)
    assert caught.value.where == where


@pytest.mark.parametrize(
    "fields",
    [
        {"effects": (0.5, 0.5, 0.5)},
        {"effects": (0.5, 0.4), "power_of": "all", "control_ratio": 1.4},
        {"effects": (1.2, 1.0, 0.0), "sides": 2, "alpha": 0.05, "power_of": "marginal"},
        {"effects": (0.5, 0.3), "variance": "known"},
    ],
)
def test_design_agrees_with_simulation(fields: dict) -> None:
    design = Dunnett(**fields)
    assert design.verify(trials=50_000).agrees
    n = design.arm_size
    assert design.power_at(n) >= design.power > design.power_at(n - 1)


def test_one_treatment_is_the_t_test() -> None:
    design = Dunnett(effects=(0.5,), power_of="marginal")

    def power(n: int) -> float:
        return float(nct.sf(t.isf(0.025, 2 * n - 2), 2 * n - 2, 0.5 * math.sqrt(n / 2)))

    assert design.arm_size == next(n for n in range(2, 500) if power(n) >= 0.9)
    assert design.sample_size().power == pytest.approx(power(design.arm_size), abs=1e-9)


@pytest.mark.parametrize(
    "fields",
    [
        {"effects": ()},
        {"effects": (0.0, 0.0)},
        {"effects": (-0.5,)},
        {"effects": (math.nan, 1.0)},
        {"effects": "a,b"},
        {"effects": (0.5,), "sd": -1},
        {"effects": (0.5,), "power": 0.01},
        {"effects": (0.5,), "dropout": 1.0},
        {"effects": (0.5,), "n": 1},
        {"effects": (0.5,), "control_ratio": 0.0},
    ],
)
def test_bad_design_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        Dunnett(**fields)
    assert caught.value.where


def test_tiny_effects_are_unreachable_quickly() -> None:
    with pytest.raises(DesignError):
        Dunnett(effects=(1e-9, 1e-9)).sample_size()
