"""Analysis after a group-sequential trial: rpact's test numbers, and coverage in simulated trials."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.inference import (
    repeated_confidence_interval,
    repeated_p_value,
    stagewise_p_value,
    stagewise_result,
)
from benchside.tools.trials.design.sequential.plan import Plan, plan
from benchside.tools.trials.design.sequential.simulation import simulate_z


def rpact_survival() -> Plan:
    """Of rpact test-f_analysis_base_survival.R (2020 and 2023): futility at 0 is not binding there."""
    return plan([0.2, 0.4, 0.6, 1], 0.025, 1, 0.9, "wang-tsiatis:0.45", futility=(0.0, 0.0, 0.0))


def log_scale(events: float, fraction: float) -> float:
    """Log hazard ratio by unit of drift: 2 / sqrt(events at fraction 1)."""
    return 2 / math.sqrt(events / fraction)


def test_rpact_four_looks() -> None:
    """Log-rank 1.52, 1.38, 2.9 at 8, 15, 22 events: rejects at the third look. Digits as far as rpact's tolerance."""
    found = rpact_survival()
    repeated = [repeated_p_value(found, i + 1, z) for i, z in enumerate((1.52, 1.38, 2.9))]
    assert repeated == pytest.approx([0.16918725, 0.19438137, 0.0054226276], abs=2e-6)
    for i, (z, events, low, high) in enumerate(
        ((1.52, 8, 0.50439514, 17.013382), (1.38, 15, 0.58958009, 7.0540547), (2.9, 22, 1.2616605, 9.3999049))
    ):
        interval = repeated_confidence_interval(found, i + 1, z)
        scale = log_scale(events, float(found.fractions[i]))
        assert math.exp(interval.lower * scale) == pytest.approx(low, rel=4e-7)
        assert math.exp(interval.upper * scale) == pytest.approx(high, rel=4e-7)
        assert interval.level == pytest.approx(0.95)
    final = stagewise_result(found, 3, 2.9)
    scale = log_scale(22, 0.6)
    assert final.p_value == pytest.approx(0.013371274, abs=1e-8)
    assert math.exp(final.interval.lower * scale) == pytest.approx(1.1500043, rel=1e-6)
    assert math.exp(final.interval.upper * scale) == pytest.approx(7.3698391, rel=1e-6)
    assert math.exp(final.estimate * scale) == pytest.approx(3.0385051, rel=1e-6)


def test_rpact_two_looks_with_binding_futility() -> None:
    found = plan([0.4, 1], 0.025, 1, 0.9, "wang-tsiatis:0.25", futility=(0.0,), binding=True)
    assert repeated_p_value(found, 1, 1.92) == pytest.approx(0.074184316, abs=1e-6)
    assert repeated_p_value(found, 2, 2.1) == pytest.approx(0.019962317, abs=1e-6)
    final = stagewise_result(found, 2, 2.1)
    scale = log_scale(20, 1)
    assert final.p_value == pytest.approx(0.021122043, abs=1e-8)
    assert [math.exp(v * scale) for v in (final.interval.lower, final.interval.upper)] == pytest.approx(
        [1.0341796, 6.2409205], rel=1e-6
    )
    assert math.exp(final.estimate * scale) == pytest.approx(2.5476534, rel=1e-6)


def test_rpact_three_looks() -> None:
    found = plan([0.2, 0.4, 1], 0.025, 1, 0.9, "wang-tsiatis:0.25", futility=(0.0, 0.0))
    repeated = [repeated_p_value(found, i + 1, z) for i, z in enumerate((1.52, 1.38, 2.9))]
    assert repeated == pytest.approx([0.22249182, 0.19345822, 0.0019646115], abs=2e-6)
    final = stagewise_result(found, 3, 2.9)
    scale = log_scale(38, 1)
    assert final.p_value == pytest.approx(0.0074535505, abs=1e-8)
    assert [math.exp(v * scale) for v in (final.interval.lower, final.interval.upper)] == pytest.approx(
        [1.222663, 4.752454], rel=1e-6
    )
    assert math.exp(final.estimate * scale) == pytest.approx(2.4764002, rel=1e-6)


def test_one_look_is_the_fixed_analysis() -> None:
    found = stagewise_result(plan([1.0]), 1, 2.2, 0.9)
    assert found.p_value == pytest.approx(norm.sf(2.2), rel=1e-12)
    assert found.two_sided_p_value == pytest.approx(2 * norm.sf(2.2), rel=1e-12)
    assert found.estimate == pytest.approx(2.2, abs=1e-9)
    assert found.interval.lower == pytest.approx(2.2 - norm.isf(0.05), abs=1e-9)
    assert found.interval.upper == pytest.approx(2.2 + norm.isf(0.05), abs=1e-9)


@pytest.mark.parametrize("sides", [1, 2])
def test_a_z_on_the_bound_has_the_spent_alpha_as_p_value(sides: int) -> None:
    found = plan([0.3, 0.7, 1], 0.05, sides, 0.9, "hsd:-2")
    for look in (1, 2, 3):
        p = stagewise_p_value(found, look, float(found.upper[look - 1]))
        assert p == pytest.approx(found.cumulative_alpha()[look - 1], abs=1e-10)
        assert repeated_p_value(found, look, float(found.upper[look - 1])) == pytest.approx(0.05 / sides, rel=1e-6)


def test_stagewise_intervals_cover_and_the_estimate_is_median_unbiased() -> None:
    """Simulated trials with binding futility at one drift: exact coverage, half of the estimates above the truth."""
    found = plan([0.4, 0.7, 1], 0.025, 1, 0.9, "lan-demets-pocock", futility="hsd:-1", binding=True)
    drift, trials = 2.0, 200_000
    z = simulate_z(found.fractions, drift, trials, np.random.default_rng(21))
    stop = (z >= found.upper) | (z <= found.lower)
    stop[:, -1] = True
    look = stop.argmax(axis=1)
    at = z[np.arange(trials), look]
    # the p value at the true drift is uniform: that is coverage at every level at once
    tails = np.empty(trials)
    for k in range(3):
        chosen = look == k
        values = np.linspace(at[chosen].min() - 1e-9, at[chosen].max() + 1e-9, 400)
        curve = [stagewise_p_value(found, k + 1, float(v), drift) for v in values]
        tails[chosen] = np.interp(at[chosen], values, curve)
    for level in (0.025, 0.5, 0.975):
        share = (tails <= level).mean()
        assert share == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / trials) + 2e-4)


def test_repeated_intervals_cover_at_all_looks_together() -> None:
    found = plan([0.25, 0.5, 0.75, 1], 0.05, 2, 0.9, "pocock")
    drift, trials = 1.3, 200_000
    z = simulate_z(found.fractions, drift, trials, np.random.default_rng(22))
    estimate = z / np.sqrt(found.fractions)
    half = found.upper / np.sqrt(found.fractions)
    covered = (np.abs(estimate - drift) < half).all(axis=1).mean()
    assert covered == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / trials))
    interval = repeated_confidence_interval(found, 2, 1.0)
    assert (interval.upper - interval.lower) / 2 == pytest.approx(half[1], rel=1e-12)


def test_repeated_p_values_are_capped() -> None:
    found = plan([0.5, 1])
    assert repeated_p_value(found, 1, -4.0) == pytest.approx(0.499999)
    assert repeated_p_value(found, 2, 20.0) == pytest.approx(1e-12)


@pytest.mark.parametrize(("look", "z"), [(0, 1.0), (4, 1.0), (1, math.nan), (1, math.inf), (1, 99.0)])
def test_bad_input_is_told(look: int, z: float) -> None:
    with pytest.raises(DesignError) as told:
        stagewise_result(plan([0.3, 0.7, 1]), look, z)
    assert told.value.where


@pytest.mark.parametrize("level", [0.0, 1.0, math.nan, 95.0])
def test_bad_levels_are_told(level: float) -> None:
    with pytest.raises(DesignError):
        stagewise_result(plan([0.5, 1]), 1, 1.0, level)
