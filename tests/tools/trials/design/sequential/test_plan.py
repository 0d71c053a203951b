"""Plans against the tables of Jennison & Turnbull (2000), gsDesign's and rpact's own tests, and their properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from benchside.tools.trials.design.errors import (
    ContradictoryInputError,
    DesignError,
    ImpossibleInputError,
    OutOfScopeError,
    UnreachableError,
)
from benchside.tools.trials.design.sequential.families import HaybittlePeto, WangTsiatis
from benchside.tools.trials.design.sequential.plan import Under, plan
from benchside.tools.trials.design.sequential.simulation import apply_bounds, simulate_z
from benchside.tools.trials.design.sequential.spending import Custom, HwangShihDeCani, KimDeMets, LanDeMetsOF

Z_AT_PRINT = 0.005  # published to two digits


def equal(k: int) -> list[float]:
    return [(j + 1) / k for j in range(k)]


# Jennison & Turnbull (2000), tables 2.1 and 2.3: constants at two-sided alpha 0.05
@pytest.mark.parametrize(("k", "constant"), [(2, 2.178), (3, 2.289), (5, 2.413), (10, 2.555), (20, 2.672)])
def test_pocock_constants(k: int, constant: float) -> None:
    assert plan(equal(k), 0.05, 2, 0.9, "pocock").upper == pytest.approx([constant] * k, abs=6e-4)


@pytest.mark.parametrize(("k", "constant"), [(2, 1.977), (3, 2.004), (5, 2.040), (10, 2.087)])
def test_obrien_fleming_constants(k: int, constant: float) -> None:
    upper = plan(equal(k), 0.05, 2, 0.9, "obrien-fleming").upper
    assert upper == pytest.approx(constant / np.sqrt(equal(k)), abs=6e-4 * math.sqrt(k))


# keaven/gsDesign tests/testthat/test-outputs.R: rounded there to the digits given, from Jennison & Turnbull's tables
@pytest.mark.parametrize(
    ("k", "rule", "power", "inflation", "expected"),
    [
        (5, "obrien-fleming", 0.8, 1.028, [1.021]),
        (20, "obrien-fleming", 0.9, 1.045, [1.034]),
        (4, "pocock", 0.8, 1.202, [1.175, 1.088, 0.805, 0.522]),
        (15, "pocock", 0.9, 1.305, [1.264, 1.112, 0.664, 0.354]),
        (3, "kim-demets:1", 0.8, 1.117, [1.099, 1.034, 0.812, 0.565]),
        (10, "kim-demets:2", 0.8, 1.081, [1.066, 0.997, 0.762, 0.510]),
        (2, "kim-demets:3", 0.8, 1.010, [1.007, 0.989, 0.895, 0.707]),
        (9, "wang-tsiatis:0.1", 0.9, 1.048, []),
        (6, "wang-tsiatis:0.25", 0.8, 1.077, []),
        (7, "wang-tsiatis:0.4", 0.8, 1.159, []),
    ],
)
def test_two_sided_sizes(k: int, rule: str, power: float, inflation: float, expected: list[float]) -> None:
    found = plan(equal(k), 0.05, 2, power, rule)
    assert found.inflation == pytest.approx(inflation, abs=5.1e-4)
    drifts = found.drift * np.array([0, 0.5, 1, 1.5])[: len(expected)]
    if expected:
        assert found.expected_inflation(drifts) == pytest.approx(expected, abs=5.1e-4)


@pytest.mark.parametrize(("k", "delta", "final"), [(9, 0.1, 2.113), (6, 0.25, 2.154), (7, 0.4, 2.313)])
def test_wang_tsiatis_constants(k: int, delta: float, final: float) -> None:
    assert plan(equal(k), 0.05, 2, 0.9, WangTsiatis(delta)).upper[-1] == pytest.approx(final, abs=5.1e-4)


# the same source, test.JT.Power.type3: Jennison & Turnbull's tables 7.7 to 7.9
@pytest.mark.parametrize(
    ("k", "rho", "beta", "inflation", "expected"),
    [
        (5, 2, 0.05, 1.101, [0.634, 0.803, 0.634]),
        (10, 3, 0.05, 1.069, [0.631, 0.795, 0.631]),
        (3, 2, 0.1, 1.072, [0.681, 0.839, 0.738]),
        (4, 3, 0.1, 1.040, [0.692, 0.842, 0.742]),
        (2, 2, 0.2, 1.043, [0.745, 0.878, 0.846]),
        (15, 3, 0.2, 1.069, [0.622, 0.773, 0.730]),
    ],
)
def test_one_sided_sizes_with_binding_futility(
    k: int, rho: float, beta: float, inflation: float, expected: list[float]
) -> None:
    found = plan(equal(k), 0.05, 1, 1 - beta, KimDeMets(rho), futility=KimDeMets(rho), binding=True)
    assert found.inflation == pytest.approx(inflation, abs=5.1e-4)
    assert found.expected_inflation(found.drift * np.array([0, 0.5, 1])) == pytest.approx(expected, abs=5.1e-4)


# keaven/gsDesign tests/testthat/_snaps/independent-test-print.gsDesign.md, test types 3 to 6
@pytest.mark.parametrize(
    ("under", "binding", "lower", "upper", "ratio", "expected", "reject_h0"),
    [
        ("alternative", True, [-0.92, -0.07, 0.66, 1.32, 1.97], [3.25, 2.99, 2.69, 2.37, 1.97], 1.069,
         [0.5636, 0.7306], 0.025),
        ("alternative", False, [-0.90, -0.04, 0.69, 1.36, 2.03], [3.25, 2.99, 2.69, 2.37, 2.03], 882 / 800,
         [458.0 / 800, 595.2 / 800], 0.0226),
        ("null", True, [-1.44, -0.98, -0.47, 0.21, 2.02], [3.25, 2.99, 2.69, 2.37, 2.02], 1.026,
         [0.7719, 0.7349], 0.025),
        ("null", False, [-1.44, -0.98, -0.47, 0.21, 2.03], [3.25, 2.99, 2.69, 2.37, 2.03], 1.027,
         [0.7726, 0.7353], 0.0249),
    ],
)  # fmt: skip
def test_futility_of_gsdesign(
    under: Under, binding: bool, lower: list[float], upper: list[float], ratio: float, expected: list[float],
    reject_h0: float,
) -> None:  # fmt: skip
    found = plan(
        equal(5),
        0.025,
        1,
        0.9,
        "hsd:-4",
        futility="hsd:-2",
        binding=binding,
        futility_under=under,
    )
    assert found.lower == pytest.approx(lower, abs=0.0051)
    assert found.upper == pytest.approx(upper, abs=0.0051)
    assert found.inflation == pytest.approx(ratio, abs=1.3e-3)
    assert found.expected_inflation([0.0, found.drift]) == pytest.approx(expected, abs=7e-5)
    assert found.crossing(0.0).reject == pytest.approx(reject_h0, abs=5.1e-5)
    assert found.power(found.drift) == pytest.approx(0.9, abs=1e-10)
    assert found.cumulative_alpha()[-1] == pytest.approx(0.025, abs=1e-10)


def test_rpact_defaults() -> None:
    """rpact, test-rpact.R: the default inverse-normal design, and Wang-Tsiatis 0.3 at unequal looks."""
    default = plan(equal(3), 0.025, 1, 0.8, "obrien-fleming")
    assert default.upper == pytest.approx([3.4710914, 2.4544323, 2.0040356], abs=6e-8)
    assert default.cumulative_alpha() == pytest.approx([0.00025917372, 0.0071600594, 0.025], abs=2e-8)
    unequal = plan([0.2, 0.5, 1], 0.025, 1, 0.9, "wang-tsiatis:0.3")
    assert unequal.upper == pytest.approx([2.8688923, 2.3885055, 2.0793148], abs=6e-8)
    binding = plan([0.4, 1], 0.025, 1, 0.8, "wang-tsiatis:0.25", futility=(0.0,), binding=True)
    # its repeated confidence limits exp(-+ bound * 2 / sqrt(events)) around exp(1.92 * 2 / sqrt(8)), 23.22605 above
    assert math.exp((1.92 + binding.upper[0]) * 2 / math.sqrt(8)) == pytest.approx(23.22605, rel=1e-6)


def test_haybittle_peto_adjusts_the_last_look() -> None:
    found = plan([0.4, 0.7, 1], 0.05, 2, 0.9, HaybittlePeto(3.0))
    assert found.upper[:2] == pytest.approx([3, 3])
    assert 1.96 < found.upper[2] < 2.02
    assert found.rejection(0.0) == pytest.approx(0.05, abs=1e-11)


def test_one_look_is_the_fixed_test() -> None:
    for rule in ("lan-demets-of", "pocock", "haybittle-peto", "hsd:-4"):
        found = plan([1], 0.025, 1, 0.9, rule)
        assert found.upper == pytest.approx([norm.isf(0.025)], abs=1e-11)
        assert found.inflation == pytest.approx(1, abs=1e-9)
        assert found.expected_information(1.0) == pytest.approx(1)


def test_fixed_futility_values() -> None:
    loose = plan([0.5, 1], 0.025, 1, 0.9, "lan-demets-of", futility=(0.0,))
    tight = plan([0.5, 1], 0.025, 1, 0.9, "lan-demets-of", futility=(0.0,), binding=True)
    assert loose.lower[0] == tight.lower[0] == 0
    assert tight.upper[1] < loose.upper[1] == pytest.approx(plan([0.5, 1], 0.025, 1, 0.9).upper[1])
    assert tight.crossing(0.0).reject == pytest.approx(0.025, abs=1e-11)
    assert loose.crossing(0.0).reject < 0.025
    for rule in ("pocock", "haybittle-peto:2.5"):
        found = plan([0.3, 0.6, 1], 0.025, 1, 0.9, rule, futility=(-0.5, 0.5), binding=True)
        assert found.crossing(0.0).reject == pytest.approx(0.025, abs=1e-10)
    never = plan([0.5, 1], 0.025, 1, 0.9, futility=(-math.inf,))
    assert never.inflation == pytest.approx(plan([0.5, 1], 0.025, 1, 0.9).inflation, abs=1e-9)


def test_null_spending_may_leave_a_gap() -> None:
    found = plan(equal(3), 0.025, 1, 0.9, "hsd:-4", futility="hsd:-2", futility_under="null", lower_total=0.1)
    assert found.crossing(0.0).accept == pytest.approx(0.1, abs=1e-10)
    assert found.lower[-1] < found.upper[-1]


def test_simulated_trials_agree() -> None:
    """Binding beta spending is exact: within four standard errors at each look."""
    found = plan([0.3, 0.6, 1], 0.05, 1, 0.85, "hsd:-3", futility="lan-demets-pocock", binding=True)
    for drift, seed in ((0.0, 1), (found.drift, 2)):
        seen = apply_bounds(
            simulate_z(found.fractions, drift, 200_000, np.random.default_rng(seed)), found.lower, found.upper
        )
        exact = found.crossing(drift)
        assert (np.abs(seen.upper - exact.upper) < 4.5 * seen.standard_error(exact.upper)).all()
        mean, error = seen.expected(found.fractions)
        assert mean == pytest.approx(float(found.expected_information(drift)), abs=4.5 * error)


LOOKS = st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6).map(lambda s: (np.cumsum(s) / sum(s)).tolist())
ALPHAS = st.sampled_from([0.001, 0.01, 0.025, 0.05, 0.1])
POWERS = st.sampled_from([0.5, 0.8, 0.9, 0.975])


def sound(looks: list[float]) -> list[float]:
    looks[-1] = 1.0
    assume(all(b - a > 1e-3 for a, b in zip([0.0, *looks], looks, strict=False)))
    return looks


@given(LOOKS, ALPHAS, POWERS, st.sampled_from([1, 2]), st.floats(-8, 4))
@settings(max_examples=40, deadline=None)
def test_the_errors_are_what_was_asked(
    looks: list[float], alpha: float, power: float, sides: int, gamma: float
) -> None:
    found = plan(sound(looks), alpha, sides, power, HwangShihDeCani(gamma))
    assert found.rejection(0.0) == pytest.approx(alpha, abs=1e-10)
    assert found.power(found.drift) == pytest.approx(power, abs=1e-9)
    assert found.inflation >= 1 - 1e-9
    assert found.expected_information(found.drift) <= 1 + 1e-12


@given(LOOKS, ALPHAS, st.sampled_from([1, 2]))
@settings(max_examples=30, deadline=None)
def test_pocock_is_flat_and_obrien_fleming_falls(looks: list[float], alpha: float, sides: int) -> None:
    looks = sound(looks)
    flat = plan(looks, alpha, sides, 0.9, "pocock").upper
    assert np.ptp(flat) < 1e-12
    assert flat[0] >= norm.isf(alpha / sides) - 1e-9
    falling = plan(looks, alpha, sides, 0.9, "obrien-fleming").upper
    assert (np.diff(falling) < 0).all()
    assert falling * np.sqrt(looks) == pytest.approx(falling[-1], rel=1e-9)
    assert falling[-1] <= flat[-1] + 1e-9


@given(LOOKS, st.floats(2.6, 4.0))
@settings(max_examples=25, deadline=None)
def test_haybittle_peto_is_flat_until_the_last(looks: list[float], z: float) -> None:
    upper = plan(sound(looks), 0.05, 2, 0.9, HaybittlePeto(z)).upper
    assert (upper[:-1] == z).all()
    assert upper[-1] >= norm.isf(0.025) - 1e-9


@given(LOOKS, POWERS, st.floats(-6, 1), st.booleans())
@settings(max_examples=30, deadline=None)
def test_futility_spends_beta_below_the_efficacy_bounds(
    looks: list[float], power: float, gamma: float, binding: bool
) -> None:
    found = plan(sound(looks), 0.025, 1, power, LanDeMetsOF(), futility=HwangShihDeCani(gamma), binding=binding)
    assert found.lower[-1] == pytest.approx(found.upper[-1], abs=1e-12)
    assert (found.lower <= found.upper + 1e-12).all()
    crossing = found.crossing(found.drift)
    assert crossing.accept == pytest.approx(1 - power, abs=1e-9)
    spent = HwangShihDeCani(gamma).cumulative(found.fractions, 1 - power)
    assert np.cumsum(crossing.lower) == pytest.approx(spent, abs=1e-9)
    if len(found.fractions) > 1:
        assert found.expected_information(0.0) < 1


@given(st.integers(2, 8), POWERS, st.floats(-6, 1), st.booleans(), st.sampled_from(["alternative", "null"]))
@settings(max_examples=30, deadline=None)
def test_futility_bounds_rise(k: int, power: float, gamma: float, binding: bool, under: Under) -> None:
    found = plan(
        equal(k), 0.025, 1, power, "hsd:-4", futility=HwangShihDeCani(gamma), binding=binding, futility_under=under
    )
    assert (np.diff(found.lower) > 0).all()


@given(ALPHAS, st.sampled_from(["pocock", "obrien-fleming", "wang-tsiatis:0.25", "kim-demets:1"]))
@settings(max_examples=15, deadline=None)
def test_more_equal_looks_need_more(alpha: float, rule: str) -> None:
    inflation = [plan(equal(k), alpha, 2, 0.9, rule).inflation for k in (1, 2, 3, 4, 6)]
    assert (np.diff(inflation) > 0).all()


@given(ALPHAS, st.floats(-8, 2), st.floats(0.1, 4))
@settings(max_examples=20, deadline=None)
def test_power_rises_with_the_drift(alpha: float, gamma: float, step: float) -> None:
    found = plan(equal(4), alpha, 1, 0.9, HwangShihDeCani(gamma), futility="hsd:-2")
    powers = found.power(np.arange(-2, 8) * step)
    assert (np.diff(powers) > -1e-13).all()


def test_binding_futility_buys_size() -> None:
    args = (equal(4), 0.025, 1, 0.9, "lan-demets-of")
    assert plan(*args, futility="hsd:-2", binding=True).inflation < plan(*args, futility="hsd:-2").inflation
    assert plan(*args).inflation < plan(*args, futility="hsd:-2").inflation


@pytest.mark.parametrize(
    ("change", "kind", "where"),
    [
        ({"fractions": [0.5, 0.4, 1]}, ContradictoryInputError, "fractions"),
        ({"fractions": [0.5, 0.5, 1]}, ContradictoryInputError, "fractions"),
        ({"fractions": [0.5, 0.9]}, ContradictoryInputError, "fractions"),
        ({"fractions": [0.5, 1.2]}, ImpossibleInputError, "fractions"),
        ({"fractions": [0, 1]}, ImpossibleInputError, "fractions"),
        ({"fractions": []}, ImpossibleInputError, "fractions"),
        ({"fractions": [math.nan, 1]}, ImpossibleInputError, "fractions"),
        ({"fractions": [True]}, ImpossibleInputError, "fractions"),
        ({"fractions": [0.99999, 1]}, ImpossibleInputError, "fractions"),
        ({"fractions": equal(51)}, ImpossibleInputError, "fractions"),
        ({"alpha": 0}, ImpossibleInputError, "alpha"),
        ({"alpha": 0.6}, ImpossibleInputError, "alpha"),
        ({"alpha": math.nan}, ImpossibleInputError, "alpha"),
        ({"sides": 3}, ImpossibleInputError, "sides"),
        ({"power": 0.02}, ContradictoryInputError, "power"),
        ({"power": 1}, ImpossibleInputError, "power"),
        ({"power": math.inf}, ImpossibleInputError, "power"),
        ({"efficacy": "nonsense"}, OutOfScopeError, "efficacy"),
        ({"efficacy": 3}, ImpossibleInputError, "efficacy"),
        ({"efficacy": Custom((0.01, 0.05))}, ContradictoryInputError, "efficacy"),
        ({"efficacy": Custom((0.001, 0.01, 0.02, 0.025))}, ContradictoryInputError, "spending"),
        ({"efficacy": "haybittle-peto:1.5"}, ContradictoryInputError, "efficacy"),
        ({"efficacy": "pocock", "futility": "hsd:-2", "binding": True}, OutOfScopeError, "binding"),
        ({"futility": "pocock"}, OutOfScopeError, "futility"),
        ({"futility": "hsd:-2", "sides": 2}, OutOfScopeError, "futility"),
        ({"binding": True}, ContradictoryInputError, "binding"),
        ({"futility": (0.0, 0.5)}, ContradictoryInputError, "futility"),
        ({"futility": (5.0,)}, ContradictoryInputError, "futility"),
        ({"futility": (5.0,), "binding": True}, ContradictoryInputError, "futility"),
        ({"futility": (math.nan,)}, ImpossibleInputError, "futility"),
        ({"fractions": [0.05, 1], "futility": (3.0,)}, UnreachableError, "futility"),
        ({"futility": "hsd:-2", "futility_under": "both"}, ImpossibleInputError, "futility_under"),
        ({"futility": "hsd:-2", "lower_total": 0.5}, ContradictoryInputError, "lower_total"),
        ({"futility": "hsd:-2", "futility_under": "null", "lower_total": 0.99}, ImpossibleInputError, "lower_total"),
    ],
)
def test_bad_input_is_told(change: dict[str, object], kind: type[DesignError], where: str) -> None:
    given_values: dict[str, object] = {"fractions": [0.5, 1], "alpha": 0.025, "sides": 1, "power": 0.9}
    with pytest.raises(kind) as told:
        plan(**(given_values | change))  # type: ignore[arg-type]
    assert told.value.where == where
    assert told.value.hint


def test_user_given_spending() -> None:
    found = plan([0.5, 1], 0.025, 1, 0.9, "custom:0.005,0.025", futility="custom:0.02,0.1")
    assert found.cumulative_alpha() == pytest.approx([0.005, 0.025], abs=1e-11)
    assert np.cumsum(found.crossing(found.drift).lower) == pytest.approx([0.02, 0.1], abs=1e-10)
    skipping = plan([0.5, 1], 0.025, 1, 0.9, "custom:0,0.025")
    assert math.isinf(skipping.upper[0])
    assert skipping.upper[1] == pytest.approx(norm.isf(0.025), abs=1e-10)
