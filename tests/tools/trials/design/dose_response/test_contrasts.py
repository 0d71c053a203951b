"""Contrasts of dose groups: Chow, Shao & Wang's examples, where their figure and formula differ, exactness."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchside.tools.trials.design.cases.dose_response import METHODS
from benchside.tools.trials.design.dose_response.contrast_designs import DoseResponseBinary, DoseResponseMeans
from benchside.tools.trials.design.dose_response.contrasts import (
    binary_contrast_total,
    means_contrast_power,
    means_contrast_total,
)
from benchside.tools.trials.design.errors import DesignError

ANSWER = {name: method.answer for name, method in METHODS.by_name.items()}
P, C = (0.05, 0.12, 0.14, 0.16), (-6.0, 1.0, 2.0, 3.0)
ROUNDING = 0.999  # the man pages round, some up and some to the nearest


def test_example_11_1():
    """man/Dose.Response.Linear.Rd of TrialSize: 178."""
    linear = {"alpha": 0.05, "beta": 0.2, "sigma": 0.22, "mu": list(P), "c": list(C), "f": 0.25}
    assert ANSWER["dose_response_linear_contrast"](linear, frozenset())["n"] == pytest.approx(178, abs=ROUNDING)
    by_hand = (1.644854 + 0.841621) ** 2 * 0.22**2 * 4 * 50 / 0.58**2
    assert means_contrast_total(P, C, 0.22, 0.25) == pytest.approx(by_hand, rel=1e-5)


def test_example_11_2_and_its_formula_differ():
    """The man page's 382 has the null variance in both terms; the formula beside it gives 337.

    The second is right about the normal test: with 337 its power is 0.80 and with 382 it is 0.85, by the normal formula
    written out here and by simulated trials (which are up to two points higher, as the estimated variance is smaller).
    """
    both, formula = (binary_contrast_total(P, C, 0.25, variance=v) for v in ("null", "null and alternative"))
    assert both == pytest.approx(382, abs=ROUNDING)
    assert formula == pytest.approx(336.7066, abs=1e-3)
    p, c = np.array(P), np.array(C)
    for total, power in ((formula, 0.80), (both, 0.847)):
        null = math.sqrt(4 * 50 * 0.1175 * 0.8825 / total)
        assumed = math.sqrt(4 * float((c**2 * p * (1 - p)).sum()) / total)
        assert stats.norm.cdf((0.58 - 1.644854 * null) / assumed) == pytest.approx(power, abs=0.001)
    simulated = DoseResponseBinary(proportions=P, contrast=C, alpha=0.05, n=340).simulate(trials=100_000, seed=1)
    assert 0.80 < simulated["rejected"].value < 0.83
    large = DoseResponseBinary(proportions=P, contrast=C, alpha=0.05, n=384).simulate(trials=100_000, seed=1)
    assert large["rejected"].value > 0.84


def test_t_power_with_two_groups_is_the_two_sample_t_test():
    got = means_contrast_power(
        np.array([0.0, 0.5]), np.array([-1.0, 1.0]), 1.0, np.array([30.0, 40.0]), alpha=0.05, sides=2
    )
    df, shift = 68, 0.5 / math.sqrt(1 / 30 + 1 / 40)
    critical = stats.t.isf(0.025, df)
    assert got == pytest.approx(stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift), abs=1e-12)


@pytest.mark.parametrize("changed", [{}, {"sides": 2, "alpha": 0.05}, {"allocation": (2, 1, 1, 1)}, {"sd": 0.06}])
def test_means_are_exact(changed):
    design = DoseResponseMeans.model_validate(
        {"means": P, "sd": 0.22, "contrast": C, "alpha": 0.05, "power": 0.8} | changed
    )
    size = design.sample_size()
    assert 0.8 <= size.power < 0.9
    found = design.verify(trials=50_000, seed=2)
    assert found.agrees, found.checks


def test_binary_reports_its_bias():
    found = DoseResponseBinary(proportions=(0.2, 0.3, 0.4), contrast=(-1, 0, 1)).verify(trials=50_000)
    assert {c.exactness for c in found.checks} == {"asymptotic"}
    assert all(abs(c.bias) < 0.03 for c in found.checks)
    assert found.checks[-1].name == "type1"


def test_answers_of_a_design():
    design = DoseResponseMeans(means=P, sd=0.22, contrast=C, power=0.9, dropout=0.1, sources={"sd": "E3"})
    size = design.sample_size()
    assert sum(size.evaluable) == size.total
    assert all(e == math.ceil(n / 0.9 - 1e-9) for e, n in zip(size.enrolled, size.evaluable, strict=True))
    text = design.to_text()
    assert not any(ch.isdigit() for ch in text.template)
    assert "0.22" in text.render()
    assert {q.name: q.note for q in design.sourced()}["sd"] == "E3"
    table = design.operating_characteristics()
    powers = table.column("power_1")
    assert list(powers) == sorted(powers)
    assert powers[0] == 0.025
    assert design.results().tables
    with pytest.raises(DesignError, match="no stopping boundaries"):
        design.boundaries()
    given = DoseResponseMeans(means=P, sd=0.22, contrast=C, n=240)
    assert given.sample_size().evaluable == (60, 60, 60, 60)


def test_truths_can_be_chosen():
    design = DoseResponseMeans(means=P, sd=0.22, contrast=C, n=240)
    assert design.simulate("null", trials=20_000)["rejected"].value == pytest.approx(0.025, abs=0.004)
    assert design.simulate([0, 1, 1, 1], trials=1000)["rejected"].value == 1
    assert design.simulate(trials=1000, seed=7) == design.simulate(trials=1000, seed=7)
    for truth in ("nothing", [1, 2], 5, [0, 0, 0, math.nan]):
        with pytest.raises(DesignError):
            design.simulate(truth, trials=1000)
    binary = DoseResponseBinary(proportions=P, contrast=C)
    with pytest.raises(DesignError):
        binary.simulate([0.1, 0.2, 0.3, 1.2], trials=1000)
    assert binary.operating_characteristics().column("scale")[-1] == 1.25
    high = DoseResponseBinary(proportions=(0.5, 0.95), contrast=(-1, 1))
    assert high.operating_characteristics().column("power_1")[-1] is None  # 1.06 is no proportion


@pytest.mark.parametrize(
    "changed",
    [
        {"sd": 0.0}, {"sd": math.nan}, {"contrast": (1, 1, 1, 1)}, {"contrast": (0, 0, 0, 0)}, {"contrast": (-1, 1)},
        {"means": (1.0,)}, {"means": (1, 1, 1, 1)}, {"means": (1, 2, math.inf, 4)}, {"alpha": 0.6}, {"alpha": 0.0},
        {"power": 0.01}, {"power": 1.0}, {"n": 240, "power": 0.8}, {"n": 241}, {"n": 2}, {"allocation": (1, 1)},
        {"allocation": (1, 1, 1, -1)}, {"sides": 3}, {"dropout": 1.0}, {"dropout": -0.1}, {"means": (0,) * 40},
        {"allocation": (1, 1, 1, math.nan)}, {"contrast": (-6, 1, 2, math.nan)},
    ],
)  # fmt: skip
def test_impossible_designs_are_named(changed):
    with pytest.raises(DesignError) as told:
        DoseResponseMeans.model_validate({"means": P, "sd": 0.22, "contrast": C} | changed)
    assert told.value.where
    assert told.value.hint


@pytest.mark.parametrize(
    "proportions", [(0.0, 0.1, 0.2, 0.3), (0.1, 0.1, 0.1, 0.1), (0.1, 0.2, 0.3, 1.0), (math.nan,) * 4]
)
def test_impossible_proportions_are_named(proportions):
    with pytest.raises(DesignError):
        DoseResponseBinary(proportions=proportions, contrast=C)


def test_hopeless_designs_end():
    with pytest.raises(DesignError, match="do not reach"):
        DoseResponseMeans(means=(0, 1e-7), sd=1.0, contrast=(-1, 1)).sample_size()


@pytest.mark.parametrize(
    ("method", "inputs"),
    [
        ("qt_parallel", {"args": [0.05, 0.2, 0.8, 3]}),
        ("qt_crossover", {"args": [0.05, 0.2, 0.8, 3, 0.5, 0.5]}),
        ("qt_parallel", {"args": [0.05, 1.2, 0.8, 3, 0.5]}),
        ("qt_parallel", {"args": [0.05, 0.2, 1.8, 3, 0.5]}),
        ("dose_min_effect", {"alpha": 0.05, "beta": 0.2, "qt": -1, "sigma": 1, "delta": 1}),
        ("dose_min_effect", {"alpha": 0.05, "beta": 0.2, "qt": 1.7, "sigma": 1, "delta": 0}),
        ("dose_response_binary_contrast", {"alpha": 0.05, "beta": 0.2, "p": [0.1, 0.2], "c": [-1, 1], "f": 0}),
        (
            "dose_response_linear_contrast",
            {"alpha": 0.05, "beta": 0.2, "sigma": 1, "mu": [0, 1], "c": [1, 1], "f": 0.5},
        ),
    ],
)
def test_refusals_are_named(method, inputs):
    with pytest.raises(DesignError):
        ANSWER[method](inputs, frozenset())
