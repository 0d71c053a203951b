"""Simulated trials: the joint distribution that they should have, and how first crossings are counted."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.plan import plan
from benchside.tools.trials.design.sequential.simulation import apply_bounds, simulate_two_arm_z, simulate_z


def test_means_and_correlations() -> None:
    t = np.array([0.2, 0.5, 1.0])
    z = simulate_z(t, 1.5, 200_000, np.random.default_rng(1))
    assert z.shape == (200_000, 3)
    assert z.mean(axis=0) == pytest.approx(1.5 * np.sqrt(t), abs=0.01)
    wanted = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    assert np.cov(z.T) == pytest.approx(wanted, abs=0.015)


def test_two_arms_of_unequal_size() -> None:
    found = plan([0.5, 1], 0.025, 1, 0.9)
    rng = np.random.default_rng(2)
    z = simulate_two_arm_z([40, 80], [20, 40], rng, difference=1.2, sd=2.0, trials=200_000)
    drift = 1.2 / (2.0 * math.sqrt(1 / 80 + 1 / 40))
    seen = apply_bounds(z, found.lower, found.upper)
    exact = found.crossing(drift)
    assert (np.abs(seen.upper - exact.upper) < 4.5 * seen.standard_error(exact.upper)).all()


def test_the_seed_decides() -> None:
    one, two, other = (simulate_z([0.5, 1], 0.0, 500, np.random.default_rng(s)) for s in (1, 1, 2))
    assert (one == two).all()
    assert not (one == other).all()


def test_first_crossings_count_once() -> None:
    z = np.array([[3.0, 0.0], [0.0, 2.5], [-1.0, 3.0], [1.0, 1.0]])
    found = apply_bounds(z, [-0.5, 2.0], [2.8, 2.0])
    assert found.upper == pytest.approx([0.25, 0.25])
    assert found.lower == pytest.approx([0.25, 0.25])
    assert found.reject == found.accept == 0.5
    assert found.stopped == pytest.approx([0.5, 0.5])
    mean, error = found.expected([10, 20])
    assert mean == 15
    assert error == pytest.approx(5 / 2)


def test_a_million_trials_take_less_than_two_seconds() -> None:
    """The best of three, since other work may share the machine."""
    found = plan([0.2, 0.4, 0.6, 0.8, 1], 0.025, 1, 0.9)
    sizes = [20, 40, 60, 80, 100]
    seconds = []
    for seed in range(3):
        start = time.perf_counter()
        z = simulate_two_arm_z(sizes, sizes, np.random.default_rng(seed), difference=0.4, sd=1.0, trials=1_000_000)
        apply_bounds(z, found.lower, found.upper)
        seconds.append(time.perf_counter() - start)
        if seconds[-1] < 2:
            break
    assert min(seconds) < 2


@pytest.mark.parametrize(
    "change",
    [{"trials": 0}, {"trials": 10**9}, {"trials": 2.5}, {"fractions": [1, 0.5]}, {"drift": math.nan}],
)
def test_bad_input_is_told(change: dict[str, object]) -> None:
    given: dict[str, object] = {"fractions": [0.5, 1], "drift": 0.0, "trials": 100, "rng": np.random.default_rng(1)}
    with pytest.raises(DesignError) as told:
        simulate_z(**(given | change))  # type: ignore[arg-type]
    assert told.value.where


def test_bad_arms_and_shapes_are_told() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(DesignError):
        simulate_two_arm_z([10, 20], [10], rng, difference=0.0, sd=1.0, trials=100)
    with pytest.raises(DesignError):
        simulate_two_arm_z([10, 20], [20, 10], rng, difference=0.0, sd=1.0, trials=100)
    with pytest.raises(DesignError):
        simulate_two_arm_z([10, 20], [10, 20], rng, difference=0.0, sd=0.0, trials=100)
    with pytest.raises(DesignError):
        apply_bounds(np.zeros(5), [0.0], [1.0])
