"""Williams' test: his tables, simulation, sizes of Chow, Shao & Wang."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchside.tools.trials.design.dose_response.williams import (
    MinimumEffectiveDose,
    minimum_effect_size,
    smoothed_maximum_cdf,
    williams_critical,
    williams_level,
)
from benchside.tools.trials.design.errors import DesignError


def test_tables_of_williams():
    """Williams 1971, table 1 (5%, one-sided): infinite degrees of freedom for 1 to 6 doses, and 20 for 1 to 4."""
    assert [williams_critical(0.05, k) for k in range(1, 7)] == pytest.approx(
        [1.645, 1.716, 1.739, 1.750, 1.756, 1.760], abs=0.0006
    )
    assert [williams_critical(0.05, k, df=20) for k in range(1, 5)] == pytest.approx(
        [1.725, 1.807, 1.834, 1.847], abs=0.0011
    )


@pytest.mark.parametrize("doses", [2, 3, 6])
def test_largest_smoothed_mean_against_simulation(doses):
    """Smoothing by pooling adjacent violators, written out, against Spitzer's recursion."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((30_000, doses))
    largest = np.empty(len(x))
    for i, row in enumerate(x):
        blocks: list[list[float]] = []
        for value in row:
            blocks.append([value, 1.0])
            while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                last, before = blocks.pop(), blocks.pop()
                size = last[1] + before[1]
                blocks.append([(last[0] * last[1] + before[0] * before[1]) / size, size])
        largest[i] = blocks[-1][0]
    for m in (0.0, 0.8, 1.6):
        assert float(smoothed_maximum_cdf(np.array(m), doses)) == pytest.approx((largest <= m).mean(), abs=0.009)


def test_level_with_a_larger_control():
    rng = np.random.default_rng(2)
    control = rng.standard_normal(400_000) / math.sqrt(2)
    x = rng.standard_normal((400_000, 3))
    largest = (np.cumsum(x[:, ::-1], axis=1) / np.arange(1, 4)).max(axis=1)
    level = ((largest - control) / math.sqrt(1.5) >= 1.7).mean()
    assert williams_level(1.7, 3, control_ratio=2.0) == pytest.approx(level, abs=0.001)


def test_example_11_4():
    """man/Dose.Min.Effect.Rd of TrialSize: 54 with Williams' 1.75, which is that of four doses."""
    assert minimum_effect_size(1.75, 0.11, 0.22) == pytest.approx(54, abs=0.999)
    assert minimum_effect_size(williams_critical(0.05, 4), 0.11, 0.22) == pytest.approx(53.73, abs=0.01)


@pytest.mark.parametrize("difference", [0.11, -0.5])
def test_design_against_simulation(difference):
    design = MinimumEffectiveDose(doses=4, difference=difference, sd=0.22, alpha=0.05, power=0.8)
    found = design.verify(trials=50_000)
    assert found.agrees, found.checks
    assert found.checks[1].simulated == pytest.approx(0.05, abs=0.003)
    assert design.sample_size().power >= 0.8
    earlier = design.simulate([0, *[difference] * 4], trials=20_000)["rejected"].value
    assert earlier > found.checks[0].simulated


def test_critical_values_rise_with_doses_and_fall_with_df():
    values = [williams_critical(0.025, k, df=12) for k in range(1, 10)]
    assert values == sorted(values)
    assert williams_critical(0.025, 3, df=5) > williams_critical(0.025, 3, df=50) > williams_critical(0.025, 3)


@pytest.mark.parametrize(
    "changed",
    [
        {"doses": 0}, {"doses": 20}, {"sd": 0.0}, {"difference": 0.0}, {"difference": math.nan}, {"sides": 2},
        {"allocation": (2, 1, 1, 1)}, {"alpha": 0.5}, {"power": 0.02},
    ],
)  # fmt: skip
def test_impossible_designs_are_named(changed):
    with pytest.raises(DesignError) as told:
        MinimumEffectiveDose.model_validate({"doses": 3, "difference": 1.0, "sd": 1.0} | changed)
    assert told.value.where
    assert told.value.hint


@pytest.mark.parametrize("call", [(0.0, 3, 10.0), (0.6, 3, 10.0), (0.05, 0, 10.0), (0.05, 3, 0.5), (0.05, 3, math.nan)])
def test_impossible_critical_values_are_named(call):
    with pytest.raises(DesignError):
        williams_critical(call[0], call[1], df=call[2])
