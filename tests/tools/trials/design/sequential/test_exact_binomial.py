"""Exact group-sequential tests of a proportion, against East 6.5 (in gsDesign's tests) and enumeration."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.exact_binomial import binomial_crossing


def test_east() -> None:
    """keaven/gsDesign test-independent-test-gsBinomialExact.R, three designs."""
    upper = binomial_crossing([50, 100], [-1, -1], [13, 17], [0.1, 0.2])
    assert upper.upper[0] == pytest.approx([0.00100462, 0.01979986], abs=1e-6)
    assert upper.upper[1] == pytest.approx([0.1860570, 0.6221024], abs=1e-6)
    assert upper.expected([50, 100]) == pytest.approx([99.94977, 90.69715], abs=1e-5)
    lower = binomial_crossing([50, 100], [2, 11], [45, 95], [0.1, 0.2])
    assert lower.lower[0] == pytest.approx([0.1117288, 0.5935013], abs=1e-6)
    assert lower.expected([50, 100]) == pytest.approx([94.41356218, 99.93572925], abs=1e-6)
    both = binomial_crossing([36, 71, 107], [2, 9, 17], [13, 15, 18], [0.1, 0.2])
    assert both.upper[1] == pytest.approx([0.01821676, 0.43444804, 0.35690169], abs=1e-7)
    assert both.expected([36, 71, 107]) == pytest.approx([66.71880358, 86.54349597], abs=1e-6)


def test_every_path_of_a_small_trial() -> None:
    sizes, lower, upper, p = [3, 5, 9], [0, 1, 4], [3, 4, 5], 0.37
    found = binomial_crossing(sizes, lower, upper, p)
    up, down = np.zeros(3), np.zeros(3)
    for path in product((0, 1), repeat=9):
        weight = p ** sum(path) * (1 - p) ** (9 - sum(path))
        for j, n in enumerate(sizes):
            x = sum(path[:n])
            if x >= upper[j]:
                up[j] += weight
                break
            if x <= lower[j]:
                down[j] += weight
                break
    assert found.upper == pytest.approx(up, abs=1e-14)
    assert found.lower == pytest.approx(down, abs=1e-14)
    assert float(found.reject + found.accept) == pytest.approx(1, abs=1e-14)


def test_one_look_is_the_binomial_tail() -> None:
    found = binomial_crossing([30], [7], [8], 0.2)
    assert found.upper[0] == pytest.approx(binom.sf(7, 30, 0.2), rel=1e-12)


def test_relabelling_success_and_failure() -> None:
    sizes = [12, 25]
    one = binomial_crossing(sizes, [1, 8], [7, 12], 0.3)
    other = binomial_crossing(sizes, [12 - 7, 25 - 12], [12 - 1, 25 - 8], 0.7)
    assert one.upper == pytest.approx(other.lower, abs=1e-13)
    assert one.lower == pytest.approx(other.upper, abs=1e-13)


def test_certain_rates() -> None:
    assert binomial_crossing([5, 10], [-1, 4], [5, 5], [0.0, 1.0]).reject == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("sizes", "lower", "upper", "rate"),
    [
        ([], [], [], 0.1),
        ([10, 10], [0, 1], [5, 6], 0.1),
        ([10, 5], [0, 1], [5, 6], 0.1),
        ([10, 20], [0], [5, 6], 0.1),
        ([10, 20], [5, 6], [5, 7], 0.1),
        ([10, 20], [11, 12], [15, 16], 0.1),
        ([10.5, 20], [0, 1], [5, 6], 0.1),
        ([10, 20], [-2, 1], [5, 6], 0.1),
        ([10, 20], [0, 1], [5, 6], 1.1),
        ([10, 20], [0, 1], [5, 6], math.nan),
        ([10, 10**9], [0, 1], [5, 6], 0.1),
    ],
)
def test_bad_input_is_told(sizes: list[int], lower: list[int], upper: list[int], rate: float) -> None:
    with pytest.raises(DesignError) as told:
        binomial_crossing(sizes, lower, upper, rate)
    assert told.value.where


def test_a_look_after_every_participant() -> None:
    """With one bound at all of two thousand looks, the stops sum to the tail at the last, as the count never falls."""
    n = 2_000
    found = binomial_crossing(range(1, n + 1), [-1] * n, [201] * n, 0.1)
    assert float(found.reject) == pytest.approx(binom.sf(200, n, 0.1), rel=1e-9)
    assert found.upper[199] == 0
    with pytest.raises(DesignError, match="looks"):
        binomial_crossing(range(1, n + 2), [-1] * (n + 1), [201] * (n + 1), 0.1)


def test_nothing_is_left_after_a_bound_that_all_meet() -> None:
    found = binomial_crossing([2, 4], [0, 1], [1, 2], [0.3, 0.6])
    assert found.upper[:, 1] == pytest.approx([0, 0])
    assert found.reject == pytest.approx(1 - np.array([0.7, 0.4]) ** 2)
