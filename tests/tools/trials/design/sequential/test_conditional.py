"""Conditional and predictive power against East 6.5 (in gsDesign's tests), rpact, closed forms and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, OutOfScopeError
from benchside.tools.trials.design.sequential.conditional import (
    DiscretePrior,
    NormalPrior,
    conditional_crossing,
    conditional_power,
    conditional_power_resized,
    conditional_probability_of_success,
    posterior,
    predictive_power,
    probability_of_success,
)
from benchside.tools.trials.design.sequential.plan import Plan, plan
from benchside.tools.trials.design.sequential.simulation import simulate_z

THIRDS = [1 / 3, 2 / 3, 1.0]


def one_sided() -> Plan:
    return plan(THIRDS, 0.025, 1, 0.9, "hsd:-4")


def test_east_one_sided() -> None:
    """keaven/gsDesign test-independent-test-gsCP.R, n.fix 800: a far tail, to the digits that East gives."""
    found = one_sided()
    root = math.sqrt(800 * found.inflation)
    far = conditional_power(found, 1, -3.25558985896551, -0.1977636 * root)
    assert far == pytest.approx(4.289818e-21, rel=1e-4)


def test_east_with_no_theta() -> None:
    """The same file: gsCP without theta sums over the trend, no effect and the design alternative."""
    found, z = one_sided(), -3.255599
    three = [conditional_power(found, 1, z, d) for d in (None, 0.0, found.drift)]
    assert sum(float(p) for p in three) == pytest.approx(0.01858668, abs=6e-8)
    assert three[2] == pytest.approx(0.0185857, abs=1e-7)


def test_east_two_sided() -> None:
    found = plan(THIRDS, 0.05, 2, 0.9, "hsd:-4")
    drift = 0.05733214 * math.sqrt(800 * found.inflation)
    assert conditional_power(found, 1, 0.943317, drift) == pytest.approx(0.3306859, abs=1e-7)


def test_east_second_stage() -> None:
    """keaven/gsDesign test-independent-test-condPower.R, which allows 1e-3 relative for East's rounded sizes."""
    found = plan([0.5, 1.0], 0.025, 1, 0.9, "hsd:-4")
    first, z = 800 * found.inflation / 2, 1.151764990571
    for theta in (z / math.sqrt(first), 0.057339132):
        assert conditional_power_resized(found, z, theta, 403) == pytest.approx(0.308644, rel=1e-3)
    planned = conditional_power_resized(found, z, 0.1, first)
    assert planned == pytest.approx(float(conditional_power(found, 1, z, 0.1 * math.sqrt(2 * first))), abs=1e-10)


def test_snapshot_of_gsdesign() -> None:
    """gsBoundSummary snapshot: conditional power at the bounds by trend and at H1, predictive power, B-values.

    Its predictive power has the default prior, normal at half the effect with sd 10 / sqrt(n.fix).
    """
    found = plan([0.5, 1.0], 0.025, 1, 0.9, "hsd:-4", futility="hsd:-2")
    prior = NormalPrior(found.drift / 2, 10 * math.sqrt(found.inflation))
    upper, lower = float(found.upper[0]), float(found.lower[0])
    seen = [
        [float(conditional_power(found, 1, z)), float(conditional_power(found, 1, z, found.drift)),
         predictive_power(found, 1, z, prior)]
        for z in (upper, lower)
    ]  # fmt: skip
    assert seen[0] == pytest.approx([0.9965, 0.9890, 0.9710], abs=5.1e-5)
    assert seen[1] == pytest.approx([0.0240, 0.4805, 0.0816], abs=5.1e-5)


def test_rpact_conditional_rejection_probabilities() -> None:
    """rpact test-f_analysis_base_survival.R (2020): Wang-Tsiatis 0.45 with futility 0, not binding."""
    found = plan([0.2, 0.4, 0.6, 1], 0.025, 1, 0.9, "wang-tsiatis:0.45", futility=(0.0, 0.0, 0.0))
    got = [float(conditional_power(found, i, z, 0.0, obey_futility=False)) for i, z in ((1, 1.52), (2, 1.38), (3, 2.9))]
    assert got == pytest.approx([0.07432319, 0.044563047, 0.46900287], abs=6e-9)
    binding = plan([0.4, 1], 0.025, 1, 0.9, "wang-tsiatis:0.25", futility=(0.0,), binding=True)
    assert conditional_power(binding, 1, 1.92, 0.0) == pytest.approx(0.15200046, abs=6e-9)


def test_one_look_to_go_is_a_normal_tail() -> None:
    found = plan([0.4, 1.0], 0.025, 1, 0.9)
    z, drift = 1.3, 2.5
    needed = (found.upper[1] - z * math.sqrt(0.4) - drift * 0.6) / math.sqrt(0.6)
    assert conditional_power(found, 1, z, drift) == pytest.approx(norm.sf(needed), abs=1e-12)


def test_simulated_trials_that_reach_a_region() -> None:
    found = plan([0.3, 0.6, 1.0], 0.025, 1, 0.9, "hsd:-4", futility="hsd:-2")
    z = simulate_z(found.fractions, 2.0, 2_000_000, np.random.default_rng(11))
    near = z[np.abs(z[:, 0] - 1.2) < 0.02]
    below, above = near[:, 1] <= found.lower[1], near[:, 1] >= found.upper[1]
    won = above | (~below & (near[:, 2] >= found.upper[2]))
    stated = float(conditional_power(found, 1, 1.2, 2.0))
    assert won.mean() == pytest.approx(stated, abs=4 * math.sqrt(stated * (1 - stated) / won.size))


@given(st.floats(-4, 5), st.floats(-2, 6), st.integers(1, 2))
@settings(max_examples=30, deadline=None)
def test_conditional_power_rises_with_z_and_drift(z: float, drift: float, look: int) -> None:
    found = one_sided()
    here = conditional_power(found, look, z, drift)
    assert 0 <= here <= 1
    assert conditional_power(found, look, z + 0.3, drift) >= here - 1e-12
    assert conditional_power(found, look, z, drift + 0.3) >= here - 1e-12


def test_power_is_the_mean_of_conditional_power() -> None:
    """By the law of total probability over Z of the first look."""
    found = plan([0.3, 0.6, 1.0], 0.025, 1, 0.9, "hsd:-4", futility="hsd:-2")
    drift = 2.0
    grid = np.linspace(found.lower[0], found.upper[0], 801)
    density = norm.pdf(grid - drift * math.sqrt(0.3))
    later = np.array([float(conditional_power(found, 1, float(z), drift)) for z in grid])
    total = np.trapezoid(density * later, grid) + norm.sf(found.upper[0] - drift * math.sqrt(0.3))
    assert total == pytest.approx(float(found.power(drift)), abs=1e-5)


def test_gspos() -> None:
    """keaven/gsDesign test-independent-test-gsPOS.R; its weights are those of a grid and sum to 0.93."""
    found = plan([0.5, 1.0], 0.025, 1, 0.9, "hsd:-4")
    theta = np.array([-1.5, -0.75, 0, 0.75, 1.5]) * math.sqrt(found.inflation)
    weights = (0.064758798, 0.301137432, 0.19947114, 0.301137432, 0.064758798)
    assert probability_of_success(found, DiscretePrior(tuple(theta), weights)) == pytest.approx(0.060780135, abs=1e-8)


def test_snapshot_of_success_given_no_crossing() -> None:
    """gsBoundSummary snapshot with POS: 48.6 % before, 56 % and 56.1 % after each interim look that stopped nobody."""
    found = plan(THIRDS, 0.025, 1, 0.9, "hsd:-4", futility="hsd:-2")
    prior = NormalPrior(found.drift / 2, 10 * math.sqrt(found.inflation))
    after = [conditional_probability_of_success(found, i, prior) for i in (1, 2)]
    assert [probability_of_success(found, prior), *after] == pytest.approx([0.486, 0.560, 0.561], abs=5.5e-4)


def test_predictive_power_is_conditional_power_for_a_certain_prior() -> None:
    found = one_sided()
    certain = predictive_power(found, 1, 1.1, NormalPrior(2.0, 1e-6))
    assert certain == pytest.approx(float(conditional_power(found, 1, 1.1, 2.0)), abs=1e-6)
    assert predictive_power(found, 1, 1.1, DiscretePrior((2.0,), (0.3,))) == pytest.approx(certain, abs=1e-6)


def test_flat_predictive_power_with_one_look_to_go() -> None:
    """Closed form: Phi((z / sqrt(t) - bound) * sqrt(t / (1 - t))) by the predictive variance (1 - t) / t."""
    found = plan([0.4, 1.0], 0.025, 1, 0.9)
    z, t = 1.7, 0.4
    closed = norm.cdf((z / math.sqrt(t) - found.upper[1]) / math.sqrt((1 - t) / t))
    assert predictive_power(found, 1, z) == pytest.approx(closed, abs=1e-9)


def test_assurance_of_one_look_in_closed_form() -> None:
    found = plan([1.0], 0.025, 1, 0.9)
    for mean, sd in ((3.0, 0.5), (1.0, 4.0), (0.0, 40.0)):
        closed = norm.cdf((mean - found.upper[0]) / math.sqrt(1 + sd**2))
        assert probability_of_success(found, NormalPrior(mean, sd)) == pytest.approx(closed, abs=1e-9)


def test_posteriors() -> None:
    found = one_sided()
    flat = posterior(found, 1, 1.2)
    assert (flat.mean, flat.sd) == pytest.approx((1.2 * math.sqrt(3), math.sqrt(3)))
    wide = posterior(found, 1, 1.2, NormalPrior(0.0, 900.0))
    assert (wide.mean, wide.sd) == pytest.approx((flat.mean, flat.sd), rel=1e-5)


def test_later_looks_only() -> None:
    crossing = conditional_crossing(one_sided(), 2, 1.0, [0.0, 3.0])
    assert crossing.upper.shape == (2, 1)


@pytest.mark.parametrize(
    ("look", "z", "drift"),
    [(0, 1.0, 1.0), (3, 1.0, 1.0), (1, math.nan, 1.0), (1, math.inf, 1.0), (1, 1e9, 1.0), (1, 1.0, math.nan),
     (1.5, 1.0, 1.0), (True, 1.0, 1.0)],
)  # fmt: skip
def test_bad_input_is_told(look: int, z: float, drift: float) -> None:
    with pytest.raises(DesignError) as told:
        conditional_power(one_sided(), look, z, drift)
    assert told.value.where


def test_bad_priors_are_told() -> None:
    for make in (
        lambda: NormalPrior(0.0, 0.0),
        lambda: NormalPrior(math.nan, 1.0),
        lambda: NormalPrior(0.0, 1e9),
        lambda: DiscretePrior((1.0,), ()),
        lambda: DiscretePrior((), ()),
        lambda: DiscretePrior((1.0, 2.0), (0.5, -0.1)),
        lambda: DiscretePrior((1.0,), (0.0,)),
        lambda: DiscretePrior((math.inf,), (1.0,)),
    ):
        with pytest.raises(DesignError):
            make()


def test_plans_without_a_later_look_are_refused() -> None:
    with pytest.raises(DesignError):
        conditional_power(plan([1.0]), 1, 1.0)
    with pytest.raises(OutOfScopeError):
        conditional_power_resized(one_sided(), 1.0, 0.1, 100)
    with pytest.raises(ContradictoryInputError):
        probability_of_success(one_sided(), DiscretePrior((1.0, 2.0), (0.7, 0.7)))


def test_gspp_scales_its_weights() -> None:
    """keaven/gsDesign test-independent-test-gsPP.R uses weights that sum to 1.1: likelihood times weight, scaled."""
    found = plan([0.25, 0.5, 0.75, 1.0], 0.05, 2, 0.9, "hsd:-4")
    root = math.sqrt(800 * found.inflation)
    theta, weights = np.array([0.0, 0.05, 0.10]), np.array([0.4, 0.5, 0.2])
    likelihood = norm.pdf(1.0 - theta * root * math.sqrt(0.5)) * weights
    powers = conditional_power(found, 2, 1.0, theta * root)
    stated = predictive_power(found, 2, 1.0, DiscretePrior(tuple(theta * root), tuple(weights)))
    assert stated == pytest.approx(float(powers @ likelihood / likelihood.sum()), abs=1e-12)
