"""Blinded re-estimation: distributions by enumeration and simulation, fixed tests as limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, nct, t

from benchside.tools.trials.design.adaptive.blinded import (
    Limits,
    adjusted_variance,
    exact_binary,
    one_sample_variance,
    rejection_region,
    size_distribution_means,
    size_for_rate,
    size_for_variance,
)
from benchside.tools.trials.design.adaptive.blinded_design import BlindedReestimation
from benchside.tools.trials.design.adaptive.blinded_exact import rejection_means
from benchside.tools.trials.design.errors import DesignError


def test_variance_of_pooled_data() -> None:
    rng = np.random.default_rng(1)
    data = rng.standard_normal((20_000, 40)) * 2
    data[:, :20] += 1.5
    seen = data.var(axis=1, ddof=1)
    assert one_sample_variance(data[0]) == pytest.approx(seen[0])
    adjusted = [adjusted_variance(float(v), 40, 1.5) for v in seen]
    assert np.mean(adjusted) == pytest.approx(4.0, abs=4 * np.std(adjusted) / np.sqrt(20_000))
    assert adjusted_variance(0.1, 40, 5.0) == 0.0


def test_sizes() -> None:
    """Kieser & Friede's planning formula is the usual one: 85 per arm for half a standard deviation."""
    assert math.ceil(float(size_for_variance(1.0, 0.5, alpha=0.05, sides=2, power=0.9))) == 85
    assert float(size_for_rate(0.5, 0.2, alpha=0.05, sides=2, power=0.8)) == pytest.approx(98.1, abs=0.05)


@pytest.mark.parametrize(("pilot", "effect"), [(85, 0.5), (10, 1.0), (4, 0.0)])
@pytest.mark.parametrize("more", [0, 1, 2, 5, 40])
def test_without_a_choice_it_is_the_t_test(pilot: int, effect: float, more: int) -> None:
    n = pilot + more
    stated = nct.sf(t.isf(0.025, 2 * n - 2), 2 * n - 2, effect * math.sqrt(n / 2)) if effect else 0.025
    found, expected = rejection_means(pilot, effect, lambda x: np.full(len(x), float(n)), 0.025, 1)
    assert found == pytest.approx(stated, abs=2e-6)
    assert expected == pytest.approx(n, rel=1e-8)


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": 0.5},
        {"effect": 1.0, "timing": 0.3, "sides": 2, "alpha": 0.05},
        {"effect": 0.5, "adjust": False, "true_sd": 1.3},
        {"effect": 1.5, "timing": 0.3},
        {"effect": 0.5, "timing": 1.0},
        {"endpoint": "proportions", "effect": 0.25, "rate": 0.4, "true_rate": 0.5, "sides": 2, "alpha": 0.05},
        {"endpoint": "proportions", "effect": 0.3, "rate": 0.3, "power": 0.8},
    ],
)
def test_design_agrees_with_simulation(fields: dict) -> None:
    design = BlindedReestimation(**fields)
    assert design.exactness == "exact"
    assert design.verify(trials=100_000).agrees


def test_large_proportions_are_told_to_be_asymptotic() -> None:
    design = BlindedReestimation(endpoint="proportions", effect=0.05, rate=0.4)
    assert design.exactness == "asymptotic"
    assert design.verify(trials=50_000).agrees


def test_type_1_error_stays_near_alpha() -> None:
    """Kieser & Friede (2003): the t test keeps its type I error, to a tenth of a point."""
    for effect in (0.5, 0.8, 1.0):
        for true_sd in (0.7, 1.0, 1.5):
            found = BlindedReestimation(effect=effect, true_sd=true_sd).rejection(0.0)
            assert found == pytest.approx(0.025, abs=0.001)


def test_expected_size_by_counting() -> None:
    rates, pilot = (0.5, 0.3), 12
    sizes = Limits(12, 40).within(size_for_rate(np.arange(25) / 24, 0.3, alpha=0.05, sides=2, power=0.8))
    found = exact_binary(pilot, rates, sizes, 1.959964, 2)
    mean = reject = 0.0
    for x in range(pilot + 1):
        for y in range(pilot + 1):
            weight = binom.pmf(x, pilot, rates[0]) * binom.pmf(y, pilot, rates[1])
            n = int(sizes[x + y])
            mean += weight * n
            more = n - pilot
            region = rejection_region(n, 1.959964, 2)[x : x + more + 1, y : y + more + 1]
            k = np.arange(more + 1)
            reject += weight * binom.pmf(k, more, rates[0]) @ region @ binom.pmf(k, more, rates[1])
    assert found.expected == pytest.approx(mean, abs=1e-10)
    assert found.reject == pytest.approx(reject, abs=1e-10)


def test_distribution_of_the_size_by_simulation() -> None:
    limits = Limits(20, 100)

    def size(variance: np.ndarray) -> np.ndarray:
        return 40 * np.asarray(variance)

    sizes, chances = size_distribution_means(20, 0.7, 1.2, limits=limits, size=size, assumed=0.5, adjust=True)
    rng = np.random.default_rng(4)
    data = rng.normal(0, 1.2, (40_000, 40))
    data[:, :20] += 0.7
    drawn = limits.within(size(np.maximum(data.var(axis=1, ddof=1) - 0.25 * 40 / 39 * 0.25, 0)))
    assert chances.sum() == pytest.approx(1.0)
    assert drawn.mean() == pytest.approx(float(sizes @ chances), abs=3.5 * drawn.std() / 200)


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": 0},
        {"effect": -0.5},
        {"effect": math.nan},
        {"effect": 0.5, "sd": 0},
        {"effect": 0.5, "timing": 0},
        {"effect": 0.5, "least": 1.5},
        {"effect": 0.5, "most": 0.5},
        {"effect": 0.5, "power": 0.02},
        {"effect": 0.5, "true_sd": -1},
        {"effect": 1e-6},
        {"effect": 1e9},
        {"effect": 0.5, "true_sd": 1e-12},
        {"effect": True},
        {"endpoint": "proportions", "effect": 0.5, "rate": 0.1},
        {"endpoint": "proportions", "effect": 0.2, "rate": 1.0},
    ],
)
def test_bad_design_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        BlindedReestimation(**fields)
    assert caught.value.where
