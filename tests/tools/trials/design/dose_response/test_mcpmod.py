"""MCP-Mod: DoseFinding's published figures, optimal contrasts by a search, simulation, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchside.tools.trials.design.dose_response.mcpmod import (
    contrast_correlation,
    contrast_test_power,
    noncentrality,
    optimal_contrasts,
)
from benchside.tools.trials.design.dose_response.mcpmod_design import McpMod
from benchside.tools.trials.design.dose_response.models import Shape, responses
from benchside.tools.trials.design.errors import DesignError

EXAMPLE = {
    "doses": (0, 12.5, 25, 50, 100),
    "models": ("emax:2.6", "emax:12.5", "sigEmax:30.5,3.5", "quadratic:-0.00776"),
    "max_effect": 0.15, "placebo": 1.25, "sd": 0.34, "alpha": 0.05,
}  # fmt: skip


def decimals(low, high):
    """Numbers as people write them."""
    return st.floats(low, high).map(lambda value: round(value, 6))


def test_powers_of_an_external_calculation():
    """tests/testthat/test-powMCT.R of DoseFinding: externally calculated, to a hundredth; five models on four doses."""
    means = responses(
        ("emax:45", "sigEmax:100,3", "logistic:45,15", "exponential:60", "quadratic:-0.0022"), (0, 25, 100, 300), 1.0
    )
    contrasts = optimal_contrasts(means, (1, 1, 1, 1))
    expected = (0.672, 0.754, 0.817, 0.757, 0.635)
    assert contrast_test_power(contrasts, means, (100,) * 4, 3.0) == pytest.approx(expected, rel=0.01)
    known = contrast_test_power(contrasts, means, (100,) * 4, 3.0, known_variance=True)
    assert known == pytest.approx(expected, abs=0.002)


def test_size_of_the_vignette():
    """vignettes/sample_size.Rmd of DoseFinding: 93 in each of five groups for a least power of 0.9."""
    design = McpMod.model_validate(EXAMPLE | {"power": 0.9})
    size = design.sample_size()
    assert size.evaluable == (93,) * 5
    assert size.power == pytest.approx(0.902, abs=0.0005)
    smaller = McpMod.model_validate(EXAMPLE | {"n": 92 * 5})
    assert smaller.sample_size().power < 0.9


def test_one_linear_contrast_is_the_t_test():
    """The package's own check: two doses are a two-sample t test."""
    means = responses(("linear",), (0, 1), 0.4)
    contrasts = optimal_contrasts(means, (1, 1))
    assert contrasts == pytest.approx(np.array([[-1, 1]]) / math.sqrt(2))
    shift, critical = 0.4 * 5, stats.t.isf(0.025, 98)
    upper = stats.nct.sf(critical, 98, shift)
    assert contrast_test_power(contrasts, means, (50, 50), 1.0) == pytest.approx([upper], abs=1e-6)
    both = contrast_test_power(contrasts, means, (50, 50), 1.0, alpha=0.05, sides=2)
    assert both == pytest.approx([upper + stats.nct.cdf(-critical, 98, shift)], abs=1e-6)


def test_dose_response_functions():
    """tests/testthat/test-drmodels.R of DoseFinding."""
    dose = np.array([100.0])

    def value(text, scale=200.0):
        return float(Shape.parse(text).curve(dose, 200.0, scale, 1.0)[0])

    assert 1 + 2 * value("betaMod:10,10") == pytest.approx(3)
    assert 1 + 2 * value("betaMod:150,150") == pytest.approx(3)
    assert 1 + 2 * value("betaMod:100,50") == pytest.approx(1.000409, abs=1e-6)
    assert 1 + value("sigEmax:50,2") == pytest.approx(1.8)
    assert 1 + value("sigEmax:50,150") == pytest.approx(2)
    assert float(Shape.parse("sigEmax:50,400").curve(np.array([0.0]), 200, 200, 1)[0]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "linear",
        "linlog",
        "emax:25",
        "sigEmax:50,4",
        "exponential:85",
        "logistic:50,10.88",
        "quadratic:-0.005",
        "betaMod:0.33,2.31",
    ],
)
def test_shapes_reach_the_assumed_effect(text):
    fine = tuple(np.linspace(0, 150, 19))
    curve = responses((text,), fine, 0.4, 0.2, scale=200)[0]
    assert curve[0] == pytest.approx(0.2)
    shape = Shape.parse(text)
    top = responses(
        (text,), (0, shape.peak(150, 200), 150) if shape.peak(150, 200) < 150 else (0, 150), 0.4, 0.2, scale=200
    )
    assert top.max() == pytest.approx(0.6)
    assert curve.max() <= 0.6 + 1e-9
    down = responses((text,), fine, -0.4, 0.2, scale=200)[0]
    assert down - 0.2 == pytest.approx(0.2 - curve)


def test_interpolated_shapes():
    assert responses(("linInt:0.5,1,0.7",), (0, 1, 2, 3), 2.0, 1.0)[0].tolist() == [1, 2, 3, 2.4]


@pytest.mark.parametrize("seed", range(4))
def test_optimal_contrasts_cannot_be_beaten(seed):
    rng = np.random.default_rng(seed)
    means, sizes = rng.standard_normal(5), rng.integers(5, 50, 5)
    best = optimal_contrasts(means, sizes)
    assert best.sum() == pytest.approx(0, abs=1e-12)
    top = noncentrality(best, means, sizes, 1.0)[0]
    others = rng.standard_normal((5000, 5))
    others -= others.mean(axis=1, keepdims=True)
    assert noncentrality(others, means, sizes, 1.0).max() <= top + 1e-9
    between = math.sqrt(float((sizes * (means - np.average(means, weights=sizes)) ** 2).sum()))
    assert top == pytest.approx(between)  # the root of the between-groups sum of squares


def test_correlation_of_contrasts_against_simulation():
    contrasts = optimal_contrasts(responses(EXAMPLE["models"], EXAMPLE["doses"], 1.0), (2, 1, 1, 1, 1))
    sizes = np.array([40, 20, 20, 20, 20])
    means = np.random.default_rng(1).standard_normal((200_000, 5)) / np.sqrt(sizes)
    assert contrast_correlation(contrasts, sizes) == pytest.approx(np.corrcoef((means @ contrasts.T).T), abs=0.01)


@pytest.mark.parametrize(
    "changed",
    [{"n": 465}, {"sides": 2, "max_effect": -0.5, "combine": "mean", "allocation": (2, 1, 1, 1, 1), "n": 42}],
)
def test_power_against_simulation(changed):
    found = McpMod.model_validate(EXAMPLE | changed).verify(trials=50_000)
    assert found.agrees, found.checks
    assert len(found.checks) == 5


def test_answers_of_a_design():
    design = McpMod.model_validate(EXAMPLE | {"n": 465})
    assert [t.name for t in design.tables()] == ["contrasts", "power"]
    assert not any(ch.isdigit() for ch in design.to_text().template)
    assert "emax:2.6" in design.to_text().render()
    extra = {q.name: q.value for q in design.sample_size().extra}
    assert extra["critical_value"] == pytest.approx(design.critical((93,) * 5))
    assert {f"power_{i}" for i in range(1, 5)} <= set(extra)
    chosen = design.simulate("emax:2.6", trials=20_000)
    assert chosen["rejected"].value == pytest.approx(0.960, abs=0.006)
    wide = McpMod.model_validate(EXAMPLE | {"n": 465, "combine": "max"})
    assert wide.sample_size().power > design.sample_size().power


@settings(max_examples=20, deadline=None)
@given(decimals(0.5, 200), decimals(0.05, 2), decimals(-3, 3))
def test_contrasts_do_not_depend_on_the_scale_of_the_effect(ed50, effect, placebo):
    small = optimal_contrasts(responses((f"emax:{ed50}",), (0, 10, 50, 100), effect, placebo), (1, 1, 1, 1))
    unit = optimal_contrasts(responses((f"emax:{ed50}",), (0, 10, 50, 100), 1.0), (1, 1, 1, 1))
    assert small == pytest.approx(unit, abs=1e-6)


@pytest.mark.parametrize(
    "changed",
    [
        {"models": ()}, {"models": ("emax",)}, {"models": ("emax:-3",)}, {"models": ("emax:a",)},
        {"models": ("sine:3",)}, {"models": ("emax:2", "EMAX:2")}, {"models": ("quadratic:nan",)},
        {"models": ("exponential:0.001",)}, {"models": ("betaMod:1,1",), "scale": 50.0}, {"models": ("linInt:1,1",)},
        {"models": ("linInt:0,0,0,0",)}, {"models": ("linInt:0,0,0,-1",)}, {"models": ("logistic:5,0",)},
        {"doses": (0,)}, {"doses": (1, 2, 3)}, {"doses": (0, 2, 1)}, {"doses": (0, math.nan)}, {"doses": (-1, 0, 1)},
        {"max_effect": 0.0}, {"max_effect": math.nan}, {"sd": 0.0}, {"sd": -1.0}, {"placebo": math.inf},
        {"allocation": (1, 1)}, {"alpha": 0.0}, {"power": 0.04}, {"n": 466}, {"offset": 0.0, "models": ("linlog",)},
        {"models": ("quadratic:-0.01",), "doses": (0, 100)},
    ],
)  # fmt: skip
def test_impossible_designs_are_named(changed):
    with pytest.raises(DesignError) as told:
        McpMod.model_validate(EXAMPLE | changed)
    assert told.value.where
    assert told.value.hint
