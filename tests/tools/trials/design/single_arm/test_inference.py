"""Inference after Simon's design: unbiasedness and coverage over every outcome, and published intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binom

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.single_arm.inference import (
    analyse_simon,
    koyama_chen_p_value,
    simon_p_value,
    simon_umvue,
)

DESIGN = {"r1": 1, "n1": 10, "n": 29}


def outcomes(p: float) -> list[tuple[int, int, float]]:
    """Every (stage, responses) with its probability."""
    r1, n1, n = DESIGN["r1"], DESIGN["n1"], DESIGN["n"]
    found = [(1, x, float(binom.pmf(x, n1, p))) for x in range(r1 + 1)]
    x1 = np.arange(r1 + 1, n1 + 1)
    found += [(2, s, float((binom.pmf(x1, n1, p) * binom.pmf(s - x1, n - n1, p)).sum())) for s in range(r1 + 1, n + 1)]
    return found


@pytest.mark.parametrize("p", [0.05, 0.1, 0.3, 0.7])
def test_the_estimate_is_unbiased_and_the_pooled_rate_is_not(p: float) -> None:
    all_of_them = outcomes(p)
    assert sum(w for _, _, w in all_of_them) == pytest.approx(1)
    mean = sum(w * simon_umvue(s, stage, **DESIGN) for stage, s, w in all_of_them)
    assert mean == pytest.approx(p, abs=1e-10)
    pooled = sum(w * s / (10 if stage == 1 else 29) for stage, s, w in all_of_them)
    assert pooled < p - 1e-5


@pytest.mark.parametrize("p", [0.05, 0.1, 0.2, 0.3, 0.5])
def test_the_interval_covers_and_the_p_value_is_valid(p: float) -> None:
    covered = at_most = 0.0
    for stage, s, w in outcomes(p):
        found = analyse_simon(s, stage, **DESIGN, p0=p, confidence=0.9)
        covered += w * (found.interval[0] - 1e-9 <= p <= found.interval[1] + 1e-9)
        at_most += w * (found.p_value <= 0.05)
    assert covered >= 0.9
    assert at_most <= 0.05


def test_the_p_value_is_below_alpha_exactly_when_the_design_rejects() -> None:
    p6 = simon_p_value(6, 2, 0.1, **DESIGN)
    assert p6 == pytest.approx(0.0470863066438917, abs=1e-12)  # the type I error: the design rejects above 5
    assert simon_p_value(5, 2, 0.1, **DESIGN) > 0.05


def test_the_intervals_of_koyama_and_chen() -> None:
    # IDDI-BE/PhIIdesign, inst/tinytest/test-simon2stage.R: lower and upper limits of seven designs, in percent
    designs = [
        (14, 21, 1, 5),
        (15, 22, 2, 5),
        (14, 25, 1, 6),
        (12, 26, 1, 6),
        (11, 27, 1, 6),
        (11, 28, 1, 6),
        (10, 29, 1, 6),
    ]
    low = [9.94, 9.78, 11.09, 10.83, 10.59, 10.26, 10.16]
    high = [38.71, 38.87, 38.0, 38.15, 38.71, 38.21, 40.07]
    for (n1, n, r1, s), below, above in zip(designs, low, high, strict=True):
        found = analyse_simon(s, 2, r1=r1, n1=n1, n=n, p0=0.1, confidence=0.9)
        assert 100 * found.interval[0] == pytest.approx(below, abs=0.01)
        # theirs ends where the p value of the outcome itself is 0.95; ours counts the outcome on both sides
        theirs = brentq(lambda p: simon_p_value(s, 2, p, r1=r1, n1=n1, n=n) - 0.95, 0, 1)  # noqa: B023
        assert 100 * theirs == pytest.approx(above, abs=0.01)
        assert found.interval[1] > theirs


def test_a_second_stage_of_another_size() -> None:
    r1, n1, r, n = 1, 10, 5, 29
    planned = koyama_chen_p_value(3, 3, 19, r1=r1, n1=n1, r=r, n=n, p0=0.1)
    assert planned == pytest.approx(simon_p_value(6, 2, 0.1, **DESIGN), abs=1e-12)
    # valid: over all outcomes of a trial whose second stage had 25 patients it is at most 0.05 with that probability
    total = 0.0
    for first in range(r1 + 1, r + 1):
        for second in range(26):
            p = koyama_chen_p_value(first, second, 25, r1=r1, n1=n1, r=r, n=n, p0=0.1)
            total += float(binom.pmf(first, n1, 0.1) * binom.pmf(second, 25, 0.1)) * (p <= 0.05)
    assert total <= 0.05
    falling = [koyama_chen_p_value(3, s, 25, r1=r1, n1=n1, r=r, n=n, p0=0.1) for s in range(26)]
    assert (np.diff(falling) <= 1e-12).all()


def test_the_ends_of_the_scale() -> None:
    none = analyse_simon(0, 1, **DESIGN, p0=0.1)
    assert none.interval[0] == 0
    assert none.umvue == 0
    assert none.p_value == 1
    every = analyse_simon(29, 2, **DESIGN, p0=0.1)
    assert every.interval[1] == 1
    assert every.umvue == pytest.approx(1)


@pytest.mark.parametrize(
    ("responses", "stage"), [(5, 1), (1, 2), (-1, 1), (30, 2), (0, 3), (True, 1), (float("nan"), 2), (2.5, 2)]
)
def test_outcomes_that_the_design_cannot_have(responses: int, stage: int) -> None:
    with pytest.raises(DesignError) as caught:
        analyse_simon(responses, stage, **DESIGN, p0=0.1)
    assert caught.value.where
