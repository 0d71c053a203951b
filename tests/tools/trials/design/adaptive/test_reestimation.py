"""Unblinded re-estimation: gsDesign's numbers, the table of Mehta & Pocock, a double integral, simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from benchside.tools.trials.design.adaptive.reestimation import (
    COMBINATIONS,
    Combination,
    Reestimation,
    TwoStage,
    promising_zone_start,
)
from benchside.tools.trials.design.adaptive.reestimation_design import SampleSizeReestimation
from benchside.tools.trials.design.cases.adaptive import METHODS
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.plan import plan

THETA = 0.057302441


def base(timing: float, n_fix: float = 3200, beta: float = 0.1) -> TwoStage:
    """gsDesign(k=2, test.type=2, n.fix, timing, beta): symmetric Hwang-Shih-DeCani(-4) bounds."""
    found = plan((timing, 1.0), 0.05, 2, 1 - beta, "hsd:-4")
    upper, final = (float(z) for z in found.upper)
    return TwoStage(timing * n_fix * found.inflation, n_fix * found.inflation, -upper, upper, final)


# keaven/gsDesign tests/testthat/test-independent-test-Power.ssrCP.R, against East 6.5 (simulation based)
@pytest.mark.parametrize(
    ("timing", "largest", "beta", "zone", "power", "tolerance"),
    [
        (0.9, 4, 0.1, (0.8, 0.9), 0.90242, 0.005),
        (0.5, 2, 0.2, (0.3, 0.8), 0.9214, 0.005),
        (0.5, 2, 0.2, (0.5, 0.6), 0.901, 0.005),
        (0.5, 2, 0.2, (0.999, 0.9999), 0.9, 1e-7),
    ],
)
def test_gsdesign_power(
    timing: float, largest: float, beta: float, zone: tuple[float, float], power: float, tolerance: float
) -> None:
    rule = Reestimation(base(timing), "sufficient", *zone, 1 - beta, largest)
    assert rule.behaviour(THETA).reject == pytest.approx(power, abs=tolerance)


@pytest.mark.parametrize("z1", [1.19999, 1.16])
def test_gsdesign_final_size(z1: float) -> None:
    """test-independent-test-ssrCP.R: final size and conditional power of the inverse normal by their formulas."""
    stages = base(0.5, 800, 0.2)
    rule = Reestimation(stages, "inverse-normal", 0.3, 0.8, 0.8, 4)
    n1, n2 = stages.first, stages.planned
    cut = (stages.final * math.sqrt(n2) - z1 * math.sqrt(n1)) / math.sqrt(n2 - n1)
    assert float(rule.final_size(z1)) == pytest.approx(n1 + n1 / z1**2 * (cut - norm.ppf(0.2)) ** 2, rel=1e-9)
    assert float(rule.conditional_power(z1)) == pytest.approx(norm.cdf(z1 - cut), abs=1e-12)


def test_fisher_cutoff_is_a_product() -> None:
    rule = Reestimation(base(0.5), "fisher", 0.3, 0.9, 0.9, 2)
    level = norm.sf(rule.base.final)
    z2 = float(rule.cutoff(1.0, 100.0))
    product = norm.sf(1.0) * norm.sf(z2)
    assert product * (1 - math.log(product)) == pytest.approx(level, rel=1e-9)  # P(p1 p2 <= c) = c (1 - log c)


@pytest.mark.parametrize("combination", list(COMBINATIONS))
@pytest.mark.parametrize("theta", [0.0, 0.04, THETA])
def test_behaviour_is_the_integral_over_the_first_look(combination: Combination, theta: float) -> None:
    rule = Reestimation(base(0.6), combination, 0.25, 0.95, 0.85, 2.5, theta=0.05)
    stages = rule.base
    mean = theta * math.sqrt(stages.first)

    z = np.linspace(stages.futility, stages.efficacy, 200_002)
    z = (z[1:] + z[:-1]) / 2
    weight = norm.pdf(z - mean) * (stages.efficacy - stages.futility) / len(z)
    sizes = rule.final_size(z)
    second = sizes - stages.first
    inside = [float(weight @ norm.cdf(np.sqrt(second) * theta - rule.cutoff(z, second))), float(weight @ sizes)]
    up, down = norm.sf(stages.efficacy - mean), norm.cdf(stages.futility - mean)
    found = rule.behaviour(theta)
    assert found.reject == pytest.approx(inside[0] + up, abs=2e-5)
    assert found.expected == pytest.approx(inside[1] + (up + down) * stages.first, rel=2e-5)


def test_the_weights_of_cui_hung_and_wang_keep_alpha() -> None:
    for zone in ((0.01, 0.99), (0.3, 0.9)):
        rule = Reestimation(base(0.5), "inverse-normal", *zone, 0.9, 5)
        assert rule.behaviour(0.0).reject == pytest.approx(0.025, abs=1e-9)


def test_the_conventional_test_may_inflate_alpha() -> None:
    wide = Reestimation(base(0.5), "sufficient", 0.01, 0.9, 0.9, 5)
    assert wide.behaviour(0.0).reject > 0.0255


# Mehta & Pocock (2011) Table I: rows are targets, columns largest over planned size, entries by n1 / n2
@pytest.mark.parametrize(
    ("target", "largest", "starts"),
    [
        (0.8, 1.5, (0.42, 0.41, 0.38)),
        (0.8, 2.0, (0.37, 0.36, 0.33)),
        (0.9, 1.5, (0.42, 0.41, 0.38)),
        (0.9, 2.0, (0.37, 0.36, 0.33)),
    ],
)
def test_promising_zone(target: float, largest: float, starts: tuple[float, ...]) -> None:
    for timing, start in zip((0.25, 0.5, 0.75), starts, strict=True):
        stages = TwoStage(timing, 1.0, -math.inf, 20.0, float(norm.isf(0.025)))
        assert promising_zone_start(stages, target, largest) == pytest.approx(start, abs=0.0065)


def test_promising_zone_does_not_inflate() -> None:
    for timing in (0.3, 0.6):
        stages = base(timing)
        low = promising_zone_start(stages, 0.9, 2.0)
        rule = Reestimation(stages, "sufficient", low, 0.9, 0.9, 2.0)
        assert rule.behaviour(0.0).reject <= 0.025 + 1e-9


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": 0.3},
        {"effect": 0.3, "combination": "sufficient", "low": 0.3, "futility": 0.0},
        {"effect": 0.3, "combination": "fisher", "low": 0.5, "at": "assumed"},
        {"effect": 5, "sd": 10, "combination": "sufficient", "timing": 0.7, "largest": 1.5, "power": 0.8},
    ],
)
def test_design_agrees_with_simulation(fields: dict) -> None:
    design = SampleSizeReestimation(**fields)
    assert design.verify(trials=100_000).agrees
    assert design.sample_size().power > design.power - 1e-9 or design.combination == "fisher"


def test_cases() -> None:
    answer = METHODS.by_name["sample_size_reestimation"].answer
    second = answer({"as": "ssr-cp-2"}, frozenset({"uncond_power"}))
    assert second["uncond_power"] == pytest.approx(0.9214, abs=0.01)
    none = answer({"as": "ssr-cp-2", "cpadj": [0.999, 0.9999]}, frozenset({"uncond_power"}))
    assert none["uncond_power"] == pytest.approx(0.9, abs=1e-7)
    with pytest.raises(DesignError):
        answer({"as": "ssr-cp-9"}, frozenset())


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": 0},
        {"effect": math.nan},
        {"effect": -1},
        {"effect": 0.3, "sd": 0},
        {"effect": 0.3, "timing": 1.0},
        {"effect": 0.3, "largest": 0.5},
        {"effect": 0.3, "low": 0.9, "high": 0.5},
        {"effect": 0.3, "target": 1.0},
        {"effect": 0.3, "target": 0.8, "high": 0.9},
        {"effect": 0.3, "futility": 5.0},
        {"effect": 0.3, "power": 0.02},
        {"effect": 1e-9},
        {"effect": 50.0},
        {"effect": 0.3, "spending": "whatever"},
    ],
)
def test_bad_design_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        SampleSizeReestimation(**fields)
    assert caught.value.where
