"""Combination tests: the recursion against group-sequential theory, closed forms and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from benchside.tools.trials.design.adaptive.combination import CombinationTest
from benchside.tools.trials.design.adaptive.fisher import bauer_koehne, fisher_design
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.plan import plan


def inverse_normal(looks: tuple[float, ...], spending: str = "lan-demets-of") -> CombinationTest:
    return CombinationTest.inverse_normal(looks, [float(z) for z in plan(looks, 0.025, 1, 0.9, spending).upper])


@pytest.mark.parametrize("looks", [(0.5, 1.0), (0.2, 0.7, 1.0), (0.25, 0.5, 0.75, 1.0)])
@pytest.mark.parametrize("drift", [0.0, 2.5, 3.5])
def test_inverse_normal_is_group_sequential_when_nothing_changes(looks: tuple[float, ...], drift: float) -> None:
    sequential = plan(looks, 0.025, 1, 0.9, "pocock")
    test = CombinationTest.inverse_normal(looks, [float(z) for z in sequential.upper])
    steps = np.diff(looks, prepend=0)
    found = test.crossing([float(drift * np.sqrt(s)) for s in steps])
    assert found == pytest.approx(np.ravel(sequential.crossing(drift).upper), abs=1e-9)


def test_conditional_error_of_two_stages_in_closed_form() -> None:
    test = inverse_normal((0.4, 1.0))
    c = test.critical()[1]
    for p in (0.02, 0.1, 0.5, 0.9):
        z = norm.isf(p)
        stated = norm.sf((c - np.sqrt(0.4) * z) / np.sqrt(0.6))
        assert test.conditional_rejection([p]) == pytest.approx(stated, abs=1e-12)
        power = norm.sf((c - np.sqrt(0.4) * z) / np.sqrt(0.6) - 1.7)
        assert test.conditional_rejection([p], 1.7) == pytest.approx(power, abs=1e-12)
    first, product = bauer_koehne(0.025, 0.5)
    fisher = fisher_design(2, 0.025, method="full-alpha", futility=(0.5,)).test
    for p in (0.02, 0.1, 0.49):
        assert fisher.conditional_rejection([p]) == pytest.approx(product / p, abs=1e-12)
    assert fisher.critical() == pytest.approx((first, product))


def test_conditional_errors_average_to_the_level() -> None:
    test = fisher_design(3, 0.025, futility=(0.6, 0.5)).test
    c1 = test.critical()[0]
    later = quad(lambda p: test.conditional_rejection([p]), c1, 0.6, epsabs=1e-10)[0]
    assert c1 + later == pytest.approx(0.025, abs=1e-9)


def test_power_against_simulation() -> None:
    test = fisher_design(4, 0.025, futility=(0.6, 0.5, 0.4), scale=(1.2, 0.7, 1.0)).test
    drift = (0.9, 1.1, 0.8, 1.3)
    rng = np.random.default_rng(5)
    trials = 200_000
    p = norm.sf(rng.standard_normal((trials, 4)) + drift)
    total = np.cumsum(test.score(p) * np.asarray(test.weights), axis=1)
    going, stages = np.ones(trials, dtype=bool), []
    for k in range(4):
        up = going & (total[:, k] >= test.bounds[k])
        stages.append(up.mean())
        going &= ~up
        if k < 3:
            going &= p[:, k] <= test.futility[k]
    stated = test.crossing(drift)
    assert stages == pytest.approx(stated, abs=3.5 * np.sqrt(0.25 / trials))


def test_overall_p_value() -> None:
    test = fisher_design(2, 0.025, method="full-alpha", futility=(0.5,)).test
    alpha1, product = test.critical()
    assert test.overall_p_value([0.004]) == pytest.approx(0.004, abs=1e-12)
    # Brannath, Posch & Bauer (2002): alpha_1 + the area of p1 p2 at or below the observed product in the second stage
    seen = 0.1 * 0.03
    stated = alpha1 + seen * (np.log(0.5) - np.log(alpha1))
    assert test.overall_p_value([0.1, 0.03]) == pytest.approx(stated, abs=1e-12)
    # just significant means a p value of alpha
    assert test.overall_p_value([0.2, product / 0.2]) == pytest.approx(0.025, abs=1e-12)
    three = inverse_normal((0.3, 0.6, 1.0))
    z = np.asarray((1.0, 1.2, 0.8))
    combined = [float(np.dot(three.weights[:k], z[:k])) for k in (1, 2, 3)]
    first_two = float(three.crossing()[:2].sum())
    p = three.overall_p_value([float(norm.sf(v)) for v in z])
    assert p > first_two
    edge = CombinationTest("inverse-normal", three.weights, (*three.bounds[:2], combined[2]), (1.0, 1.0))
    assert p == pytest.approx(edge.rejection(), abs=1e-12)


def test_overall_p_values_are_uniform() -> None:
    test = fisher_design(2, 0.025, futility=(0.6,)).test
    rng = np.random.default_rng(3)
    found = []
    for p1, p2 in rng.uniform(size=(3000, 2)):
        found.append(test.overall_p_value([p1]) if test.stopped([p1]) else test.overall_p_value([p1, p2]))
    sample = np.asarray(found)
    for level in (0.025, 0.1, 0.3):
        assert (sample <= level).mean() == pytest.approx(level, abs=3.5 * np.sqrt(level / 3000))


def test_adapting_the_second_stage_keeps_the_level() -> None:
    """The second stage is made larger or smaller by the first p value in a hostile way; the level must hold."""
    test = inverse_normal((0.5, 1.0))
    rng = np.random.default_rng(8)
    trials = 400_000
    z1 = rng.standard_normal(trials)
    n2 = np.where(z1 > 1, 400, 5)
    z2 = rng.standard_normal((trials,)) * np.sqrt(n2) / np.sqrt(n2)
    total = (z1 + z2) / np.sqrt(2)
    c = test.critical()
    level = ((z1 >= c[0]) | (total >= c[1])).mean()
    assert level == pytest.approx(0.025, abs=3 * np.sqrt(0.025 / trials))


def test_bad_input_is_named() -> None:
    test = inverse_normal((0.5, 1.0))
    for p_values in ([], [0.0], [1.0], [float("nan")], [0.3, 0.3, 0.3], [True]):
        with pytest.raises(DesignError) as caught:
            test.overall_p_value(p_values)
        assert caught.value.where == "p_values"
    with pytest.raises(DesignError):
        test.conditional_rejection([0.001])  # stopped already
    with pytest.raises(DesignError):
        test.overall_p_value([0.001, 0.3])
    with pytest.raises(DesignError):
        test.rejection([1.0])
    with pytest.raises(DesignError):
        test.rejection(float("inf"))
    with pytest.raises(DesignError):
        CombinationTest.inverse_normal([0.5, 0.4], [2.0, 2.0])
    with pytest.raises(DesignError):
        CombinationTest.inverse_normal([0.5, 1.0], [2.0])
