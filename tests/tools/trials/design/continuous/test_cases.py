"""Published cases of this domain: further examples of the sources."""

from __future__ import annotations

from typing import Any

import pytest

from benchside.tools.trials.design.cases.continuous import METHODS
from benchside.tools.trials.design.errors import DesignError


def answer(method: str, **inputs: Any) -> dict[str, Any]:
    found = METHODS.by_name[method]
    return found.answer(inputs, found.expected)


@pytest.mark.parametrize(
    ("method", "inputs", "expected"),
    [  # examples in the man pages of cran/TrialSize, 7c118a21
        ("two_means_z", {"sigma": 0.1, "delta": 0.05, "alpha_two_sided": 0.05, "beta": 0.2, "ratio": 1},
         {"n_per_arm": 63}),
        ("one_mean_z_equiv", {"sigma": 0.1, "true_diff": 0, "margin": 0.05, "alpha": 0.05, "beta": 0.2}, {"n": 35}),
        ("williams_means_equality", {"args": [0.025, 0.2, 0.1, 6, 0.05]}, {"n": 6}),
        ("williams_means_equality", {"args": [0.025, 0.2, 0.1, 6, -0.05]}, {"n": 6}),
        ("williams_means_equality", {"args": [0.025, 0.2, 0.1, 6, -0.1]}, {"n": 2}),
        # README.md of Detlew/PowerTOST
        ("tost_crossover_log", {"cv": 0.4, "theta0": 0.9, "lower": 0.75, "upper": 1.333333, "design": "2x2x4",
                                "alpha": 0.05, "target": 0.8}, {"n_total": 30, "power": 0.822929}),
        ("tost_crossover_log", {"cv": 0.2, "theta0": 0.95, "lower": 0.8, "upper": 1.25, "design": "2x2",
                                "alpha": 0.05, "target": 0.8}, {"n_total": 20, "power": 0.834680}),
    ],
)  # fmt: skip
def test_further_examples_of_the_sources(method: str, inputs: dict[str, Any], expected: dict[str, float]) -> None:
    found = answer(method, **inputs)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=1e-6)


def test_the_rounding_of_the_equivalence_case() -> None:
    """107.05 is 107 in the source: halving beta asks for too much, and 107 have more than the power asked for."""
    inputs = {"sigma": 0.1, "true_diff": 0.01, "margin": 0.05, "alpha": 0.1, "beta": 0.1}
    assert answer("two_means_z_equiv", **inputs)["n_per_arm"] == 107
    # at no difference the halved beta is exact, and rounding is upwards
    at_none = answer("two_means_z_equiv", **(inputs | {"true_diff": 0}))
    assert at_none["n_per_arm"] == int(at_none["exact"]) + 1


def test_a_wrong_number_of_arguments_is_named() -> None:
    with pytest.raises(DesignError, match="args has 3 values"):
        answer("crossover_carryover", args=[0.05, 0.2, 1])


def test_a_second_arm_of_another_size() -> None:
    equal = answer("two_means_z", sigma=1, delta=0.5, alpha_two_sided=0.05, beta=0.2, ratio=1)["exact"]
    double = answer("two_means_z", sigma=1, delta=0.5, alpha_two_sided=0.05, beta=0.2, ratio=2)["exact"]
    assert double == pytest.approx(equal * 1.5)  # n1 = k n2, n2 in proportion to 1 + 1/k
