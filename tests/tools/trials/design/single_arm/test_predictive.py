"""Predictive probability against Lee and Liu 2008, against plain sums, and against simulated patients."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, binom

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.single_arm.designs import PredictiveProbability
from benchside.tools.trials.design.single_arm.predictive import (
    critical_responses,
    monitored,
    posterior_probability,
    predictive_probability,
)


def test_the_example_of_lee_and_liu_table_1() -> None:
    # 16 of 23 responses, 40 in all, prior beta(0.6, 0.4), p0 0.6, theta_T 0.9: PP = 0.5656 (page 97)
    assert predictive_probability(16, 23, 40, p0=0.6, theta_t=0.9, prior=(0.6, 0.4)) == pytest.approx(0.5656, abs=5e-5)
    critical = critical_responses(40, p0=0.6, theta_t=0.9, prior=(0.6, 0.4))
    assert posterior_probability(critical - 1, 40, p0=0.6, prior=(0.6, 0.4)) <= 0.9
    assert posterior_probability(critical, 40, p0=0.6, prior=(0.6, 0.4)) > 0.9


def test_the_design_of_lee_and_liu() -> None:
    # p0 0.2, p1 0.4, prior beta(0.2, 0.8), a look after each patient from the tenth: theta_L 0.001 and theta_T from
    # 0.852 to 0.922 give at most 36 patients, stopping at 0/10, 1/17, 2/21, 3/24, 4/27, 5/29, 6/31, 7/33, 8/34, 9/35,
    # 10/36, with PET 0.86, expected size 27.67, type I error 0.088 and power 0.906
    design = PredictiveProbability(p0=0.2, p1=0.4, alpha=0.1, power=0.9, prior=(0.2, 0.8), theta_l=0.001)
    rows = design.decision_table().rows
    assert [(row[0], row[1]) for row in rows] == [
        (10, "0"), (17, "0 to 1"), (21, "0 to 2"), (24, "0 to 3"), (27, "0 to 4"), (29, "0 to 5"), (31, "0 to 6"),
        (33, "0 to 7"), (34, "0 to 8"), (35, "0 to 9"), (36, "0 to 10"),
    ]  # fmt: skip
    size = design.sample_size()
    values = {q.name: q.value for q in size.extra}
    assert size.total == 36
    assert size.power == pytest.approx(0.906, abs=5e-4)
    assert values["type_one_error"] == pytest.approx(0.088, abs=5e-4)
    assert values["pet0"] == pytest.approx(0.86, abs=5e-3)
    assert values["en0"] == pytest.approx(27.67, abs=5e-3)
    low, high = design.design().theta_t
    assert low < 0.852 < 0.922 < high < 0.923


def test_searched_thresholds_treat_fewer_patients_under_the_null() -> None:
    given = {"p0": 0.2, "p1": 0.4, "alpha": 0.1, "power": 0.9, "prior": (0.2, 0.8)}
    searched = PredictiveProbability(**given).sample_size()  # type: ignore[arg-type]
    values = {q.name: q.value for q in searched.extra}
    assert searched.total == 36
    assert searched.power is not None
    assert searched.power >= 0.9
    assert isinstance(values["en0"], float)
    assert values["en0"] < 27.67


@pytest.mark.parametrize(
    ("x", "n", "top", "prior"), [(16, 23, 40, (0.6, 0.4)), (3, 10, 25, (1.0, 1.0)), (0, 5, 12, (2.0, 3.0))]
)
def test_it_is_the_mean_of_the_conditional_power_over_the_posterior(
    x: int, n: int, top: int, prior: tuple[float, float]
) -> None:
    critical = critical_responses(top, p0=0.4, theta_t=0.85, prior=prior)
    by_integral, _ = quad(
        lambda p: binom.sf(critical - x - 1, top - n, p) * beta.pdf(p, prior[0] + x, prior[1] + n - x),
        0,
        1,
        epsabs=1e-11,
    )
    assert predictive_probability(x, n, top, p0=0.4, theta_t=0.85, prior=prior) == pytest.approx(by_integral, abs=1e-8)


def test_at_the_end_it_is_zero_or_one() -> None:
    assert predictive_probability(28, 40, 40, p0=0.6, theta_t=0.9, prior=(0.6, 0.4)) == 1
    assert predictive_probability(20, 40, 40, p0=0.6, theta_t=0.9, prior=(0.6, 0.4)) == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 60), st.data())
def test_it_rises_with_each_response(top: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, top))
    values = [predictive_probability(x, n, top, p0=0.3, theta_t=0.9) for x in range(n + 1)]
    assert all(0 <= v <= 1 and math.isfinite(v) for v in values)
    assert (np.diff(values) >= -1e-12).all()


@pytest.mark.parametrize("theta_u", [1.0, 0.95])
def test_exact_characteristics_agree_with_simulated_patients(theta_u: float) -> None:
    design = PredictiveProbability(p0=0.2, p1=0.4, alpha=0.1, power=0.9, theta_u=theta_u, cohort=5)
    checked = design.verify(trials=100_000)
    assert checked.agrees, checked.table().rows
    assert ("or above" in design.to_text().render()) == (theta_u < 1)


def test_boundaries_are_the_thresholds_at_each_look() -> None:
    stages = monitored(30, 10, theta_l=0.05, theta_u=0.95, first=10, cohort=5, prior=(0.5, 0.5))
    theta_t = 0.5  # any threshold with this critical count gives the same
    p0 = next(
        p for p in np.linspace(0.2, 0.5, 301) if critical_responses(30, p0=p, theta_t=theta_t, prior=(0.5, 0.5)) == 10
    )
    for n, low, high in list(zip(stages.sizes, stages.futility, stages.efficacy, strict=True))[:-1]:
        pp = [predictive_probability(x, n, 30, p0=p0, theta_t=theta_t, prior=(0.5, 0.5)) for x in range(n + 1)]
        assert all((v < 0.05) == (x <= low) for x, v in enumerate(pp))
        assert all((v > 0.95) == (x >= high) for x, v in enumerate(pp))


@pytest.mark.parametrize(
    "given",
    [
        {"prior": (0.0, 1.0)},
        {"prior": (1.0, float("nan"))},
        {"theta_l": 1.5},
        {"theta_l": float("nan")},
        {"theta_u": -0.1},
        {"theta_u": 0.0},
        {"first_look": 0},
        {"cohort": 0},
        {"n_max": 5},
        {"n_max": 100_000},
    ],
    ids=str,
)
def test_bad_input_gets_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises(DesignError) as caught:
        PredictiveProbability(p0=0.2, p1=0.4, **given)  # type: ignore[arg-type]
    assert caught.value.where


@pytest.mark.parametrize(
    ("x", "n", "top", "p0", "theta"),
    [(5, 4, 10, 0.2, 0.9), (-1, 4, 10, 0.2, 0.9), (1, 11, 10, 0.2, 0.9), (1, 4, 10, 1.2, 0.9), (1, 4, 10, 0.2, 1.0),
     (1.5, 4, 10, 0.2, 0.9), (True, 4, 10, 0.2, 0.9)],
)  # fmt: skip
def test_counts_that_are_none(x: int, n: int, top: int, p0: float, theta: float) -> None:
    with pytest.raises(DesignError):
        predictive_probability(x, n, top, p0=p0, theta_t=theta)


def test_thresholds_that_cannot_be_met_are_refused() -> None:
    with pytest.raises(DesignError) as caught:
        PredictiveProbability(p0=0.2, p1=0.25, n_max=40).sample_size()
    assert caught.value.where == "n_max"
