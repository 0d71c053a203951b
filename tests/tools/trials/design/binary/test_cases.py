"""Source numbers of the published methods of binary endpoints, beyond the cases of the shared file."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.cases.binary import METHODS


def answer(method: str, key: str, **inputs: object) -> object:
    return METHODS.by_name[method].answer(inputs, frozenset([key]))[key]


# keaven/gsDesign, tests/testthat/test-base.R and cran/TrialSize man pages
@pytest.mark.parametrize(
    ("method", "key", "inputs", "expected", "tolerance"),
    [
        (
            "two_proportions_farrington_manning",
            "n_total",
            {"p1": 0.4, "p2": 0.05, "alpha": 0.05, "beta": 0.2, "delta0": 0.2},
            159.6876,
            1e-4,
        ),
        (
            "two_proportions_odds_ratio",
            "n1_n2",
            {"p1": 0.15, "p2": 0.1, "alpha": 0.025, "beta": 0.2, "log_or0": 0.0953102, "ratio": 1.5, "scale": "or"},
            [900.57, 1350.85],
            0.01,
        ),
        (
            "two_proportions_simulated_power",
            "power",
            {"p1": 0.4, "p2": 0.05, "delta0": 0.2, "n1": 80, "n2": 80, "alpha": 0.05},
            0.813,
            0.01,
        ),
        (
            "miettinen_nurminen_ci",
            "ci",
            {"x1": 0, "x2": 0, "n1": 10, "n2": 20, "adj": 1, "scale": "difference"},
            [-0.1658, 0.2843608],
            1e-4,
        ),
        (
            "two_proportions_unpooled",
            "n_per_arm",
            {"p1": 0.65, "p2": 0.85, "alpha_two_sided": 0.05, "beta": 0.2},
            70,
            0,
        ),
        ("mcnemar", "n", {"alpha": 0.05, "beta": 0.2, "psi": 0.4, "paid": 0.7}, 59, 0),
        ("one_sample_binomial_exact", "power", {"p0": 0.05, "p1": 0.25, "alpha": 0.025, "n": 33}, 0.94139159, 1e-7),
        ("two_proportions", "n", {"note": "see vignette"}, 525, 0),
    ],
)
def test_numbers_of_the_sources(method, key, inputs, expected, tolerance):
    assert answer(method, key, **inputs) == pytest.approx(expected, abs=tolerance, rel=0)
