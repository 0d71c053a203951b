"""Crossing probabilities against multivariate normal integration, Simpson's rule, simulation, and themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, ImpossibleInputError
from benchside.tools.trials.design.sequential.recursion import (
    crossing_probabilities,
    crossing_with_means,
)
from benchside.tools.trials.design.sequential.simpson import simpson_upper_crossing
from benchside.tools.trials.design.sequential.simulation import apply_bounds, simulate_z

INF = math.inf


def correlation(t: np.ndarray) -> np.ndarray:
    return np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))


@pytest.mark.parametrize("drift", [-1.0, 0.0, 2.5])
def test_two_and_three_looks_agree_with_the_multivariate_normal(drift: float) -> None:
    t = np.array([0.3, 0.55, 1.0])
    upper = np.array([2.6, 2.3, 2.0])
    lower = np.array([-0.3, 0.4, 1.1])
    found = crossing_probabilities(t, lower, upper, drift)
    mean = drift * np.sqrt(t)
    both = multivariate_normal(mean[:2], correlation(t[:2]))
    second = both.cdf([upper[0], INF], lower_limit=[lower[0], upper[1]])
    assert found.upper[1] == pytest.approx(second, abs=1e-9)
    three = multivariate_normal(mean, correlation(t), abseps=1e-10, releps=1e-10, maxpts=10_000_000)
    third = three.cdf([upper[0], upper[1], lower[2]], lower_limit=[lower[0], lower[1], -INF])
    assert found.lower[2] == pytest.approx(third, abs=1e-7)


def test_one_look_is_the_normal_tail() -> None:
    found = crossing_probabilities([4.0], [-1.0], [1.5], 0.5)
    assert found.upper[0] == pytest.approx(norm.sf(1.5 - 1.0), rel=1e-13)
    assert found.lower[0] == pytest.approx(norm.cdf(-1.0 - 1.0), rel=1e-13)


@pytest.mark.parametrize("looks", [2, 5, 12])
@pytest.mark.parametrize("theta", [0.0, 3.0])
def test_agrees_with_the_grid_of_jennison_and_turnbull(looks: int, theta: float) -> None:
    """The second integrator: Simpson's rule, whose error falls as r grows."""
    t = np.arange(1, looks + 1) / looks
    upper, lower = np.full(looks, 2.4), np.full(looks, -1.0)
    ours = crossing_probabilities(t, lower, upper, theta).upper
    errors = [np.abs(simpson_upper_crossing(t, lower, upper, theta, r) - ours).max() for r in (18, 72)]
    assert errors[1] < 2e-6
    assert errors[1] < errors[0] / 20  # of order 1 / r**2 or better


def test_agrees_with_simulation() -> None:
    t = np.array([0.1, 0.35, 0.8, 1.0])
    upper, lower = np.array([3.0, 2.5, 2.2, 2.0]), np.array([-1.0, 0.0, 0.8, 2.0])
    exact = crossing_probabilities(t, lower, upper, 2.0)
    seen = apply_bounds(simulate_z(t, 2.0, 200_000, np.random.default_rng(7)), lower, upper)
    for stated, found in ((exact.upper, seen.upper), (exact.lower, seen.lower)):
        assert (np.abs(stated - found) < 4.5 * seen.standard_error(stated) + 1e-9).all()


def test_far_tails_are_accurate_relatively() -> None:
    """By the symmetry of upper under theta and lower under -theta, and by the first look in closed form."""
    t = np.array([0.25, 0.5, 1.0])
    upper = np.array([5.0, 4.5, 4.0])
    far = crossing_probabilities(t, np.full(3, -INF), upper, -6.0)
    assert far.upper[0] == pytest.approx(norm.sf(5.0 + 3.0), rel=1e-12)
    mirrored = crossing_probabilities(t, -upper, np.full(3, INF), 6.0)
    assert mirrored.lower == pytest.approx(far.upper, rel=1e-9)


def test_a_far_tail_of_two_looks_by_quadrature() -> None:
    """P(Z_1 < 5, Z_2 > 4) at drift -6: one integral, with the error of the quadrature relative to it."""
    t1 = 0.25

    def integrand(z: float) -> float:
        needed = (4.0 - math.sqrt(t1) * z + 6.0 * (1 - t1)) / math.sqrt(1 - t1)
        return float(norm.pdf(z + 3.0) * norm.sf(needed))

    peak = quad(integrand, -3.0, 5.0, epsabs=0, epsrel=1e-11, limit=500)[0] + quad(integrand, -12.0, -3.0)[0]
    found = crossing_probabilities([t1, 1.0], [-INF, -INF], [5.0, 4.0], -6.0)
    assert 0 < peak < 1e-20
    assert found.upper[1] == pytest.approx(peak, rel=1e-8)


@given(
    st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6),
    st.lists(st.floats(-5, 7), min_size=2, max_size=5),
    st.floats(0.5, 3.5),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_many_drifts_at_once_are_the_same_as_one_by_one(
    steps: list[float], drifts: list[float], bound: float, both: bool
) -> None:
    t = np.cumsum(steps)
    upper = np.full(t.size, bound)
    lower = -upper if both else np.full(t.size, -INF)
    together = crossing_probabilities(t, lower, upper, drifts)
    for i, drift in enumerate(drifts):
        alone = crossing_probabilities(t, lower, upper, drift)
        assert together.upper[i] == pytest.approx(alone.upper, rel=1e-7, abs=1e-13)
        assert together.lower[i] == pytest.approx(alone.lower, rel=1e-7, abs=1e-13)


@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6), st.floats(-4, 4), st.floats(0.3, 3.0))
@settings(max_examples=40, deadline=None)
def test_swapping_the_arms_swaps_the_bounds(steps: list[float], theta: float, bound: float) -> None:
    t = np.cumsum(steps)
    upper, lower = np.full(t.size, bound), np.full(t.size, -bound - 0.4)
    one = crossing_probabilities(t, lower, upper, theta)
    other = crossing_probabilities(t, -upper, -lower, -theta)
    assert one.upper == pytest.approx(other.lower, abs=1e-12)
    assert one.lower == pytest.approx(other.upper, abs=1e-12)


@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6), st.floats(-4, 4), st.floats(0.5, 20))
@settings(max_examples=30, deadline=None)
def test_only_drift_and_fractions_matter(steps: list[float], theta: float, scale: float) -> None:
    t = np.cumsum(steps)
    upper, lower = np.full(t.size, 2.0), np.full(t.size, -1.0)
    one = crossing_probabilities(t, lower, upper, theta)
    other = crossing_probabilities(t * scale, lower, upper, theta / math.sqrt(scale))
    assert one.upper == pytest.approx(other.upper, abs=1e-11)
    assert float(one.stopped.sum()) == pytest.approx(1.0, abs=1e-12)


def test_a_look_that_stops_nobody_changes_nothing() -> None:
    with_it = crossing_probabilities([0.2, 0.5, 1.0], [-INF, 0.0, 2.0], [INF, 2.5, 2.0], 2.0)
    without = crossing_probabilities([0.5, 1.0], [0.0, 2.0], [2.5, 2.0], 2.0)
    assert with_it.upper[0] == with_it.lower[0] == 0
    assert with_it.upper[1:] == pytest.approx(without.upper, abs=1e-12)


def test_bounds_that_meet_stop_everybody() -> None:
    found = crossing_probabilities([0.5, 1.0], [1.0, 2.0], [1.0, 2.0], 1.0)
    assert found.upper[0] + found.lower[0] == pytest.approx(1.0, abs=1e-14)
    assert found.upper[1] == found.lower[1] == 0


def test_fifty_looks() -> None:
    """Repeated testing at 1.96: Armitage, McPherson & Rowe (1969), table 2, give 0.320 for 50 looks."""
    t = np.arange(1, 51) / 50
    found = crossing_probabilities(t, np.full(50, -1.959964), np.full(50, 1.959964), 0.0)
    assert float(found.reject + found.accept) == pytest.approx(0.320, abs=5e-4)


def test_means_that_are_not_proportional_to_the_root_of_information() -> None:
    t = np.array([0.3, 0.6, 1.0])
    upper, lower = np.array([2.5, 2.3, 2.0]), np.array([-0.5, 0.5, 2.0])
    same = crossing_with_means(t, lower, upper, 2.0 * np.sqrt(t))
    assert same.upper == pytest.approx(crossing_probabilities(t, lower, upper, 2.0).upper, abs=1e-12)
    late = np.array([0.0, 0.5, 2.0])
    z = simulate_z(t, 0.0, 200_000, np.random.default_rng(3)) + late
    seen = apply_bounds(z, lower, upper)
    stated = crossing_with_means(t, lower, upper, late)
    assert (np.abs(stated.upper - seen.upper) < 4.5 * seen.standard_error(stated.upper) + 1e-9).all()


def test_extreme_drifts_give_probabilities() -> None:
    found = crossing_probabilities([0.5, 1.0], [-INF, -INF], [2.0, 2.0], [-1e6, -50.0, 50.0, 1e6])
    assert found.reject == pytest.approx([0, 0, 1, 1], abs=1e-12)


@pytest.mark.parametrize(
    ("information", "lower", "upper", "theta"),
    [
        ([], [], [], 0.0),
        ([0.5, 0.5], [0, 0], [2, 2], 0.0),
        ([0.5, 0.4], [0, 0], [2, 2], 0.0),
        ([-0.5, 1.0], [0, 0], [2, 2], 0.0),
        ([math.nan, 1.0], [0, 0], [2, 2], 0.0),
        ([0.5, INF], [0, 0], [2, 2], 0.0),
        ([0.999999, 1.0], [0, 0], [2, 2], 0.0),
        ([0.5, 1.0], [3, 0], [2, 2], 0.0),
        ([0.5, 1.0], [0], [2, 2], 0.0),
        ([0.5, 1.0], [math.nan, 0], [2, 2], 0.0),
        ([0.5, 1.0], [0, 0], [2, math.nan], 0.0),
        ([0.5, 1.0], [0, 0], [2, 2], math.nan),
        ([0.5, 1.0], [0, 0], [2, 2], [[0.0]]),
        (list(range(1, 60)), [0] * 59, [2] * 59, 0.0),
    ],
)
def test_bad_input_is_told(information: list[float], lower: list[float], upper: list[float], theta: float) -> None:
    with pytest.raises(DesignError) as told:
        crossing_probabilities(information, lower, upper, theta)
    assert told.value.where
    assert isinstance(told.value, ImpossibleInputError | ContradictoryInputError)


@pytest.mark.parametrize("means", [[0.0], [0.0, math.nan]])
def test_bad_means_are_told(means: list[float]) -> None:
    with pytest.raises(ImpossibleInputError):
        crossing_with_means([0.5, 1.0], [0, 0], [2, 2], means)
