"""Fisher's product test: the numbers of rpact, Bauer & Köhne (1994), and integrals done another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import chi2

from benchside.tools.trials.design.adaptive.combination import CombinationTest
from benchside.tools.trials.design.adaptive.fisher import (
    bauer_koehne,
    fisher_design,
    product_critical,
    product_level,
    scales,
)
from benchside.tools.trials.design.errors import DesignError

UNEQUAL = scales([0.1, 0.3, 0.7, 1])
LIMITS = (0.7, 0.6, 0.5)
USER = (0.01, 0.015, 0.02, 0.025)

# rpact, inst/tests: "Testing the Fisher design functionality"; stages, options, critical values, alpha spent
RPACT = [
    (3, {}, [0.012308547, 0.0016635923, 0.00029106687], [0.012308547, 0.01962413, 0.025]),
    (
        4,
        {},
        [0.010404785, 0.0013703718, 0.00023506069, 4.5812899e-05],
        [0.010404785, 0.016661203, 0.021286477, 0.025],
    ),
    (
        4,
        {"futility": LIMITS, "scale": UNEQUAL},
        [0.010565317, 0.00031144789, 2.8609076e-06, 1.4533579e-07],
        [0.010565317, 0.017774885, 0.022713904, 0.025],
    ),
    (4, {"method": "full-alpha"}, [0.00015574772] * 4, [0.00015574772, 0.0015212305, 0.0075070105, 0.025]),
    (
        4,
        {"method": "full-alpha", "futility": LIMITS, "scale": UNEQUAL},
        [0.0075234886, 0.00019010097, 1.4149989e-06, 1.0550077e-06],
        [0.0075234886, 0.012807964, 0.016496254, 0.025],
    ),
    (
        4,
        {"method": "user-alpha", "futility": LIMITS, "user_alpha": USER},
        [0.01, 0.0011768873, 0.00031357454, 0.00011586425],
        USER,
    ),
    (
        4,
        {"method": "user-alpha", "futility": LIMITS, "user_alpha": USER, "scale": UNEQUAL},
        [0.01, 0.00018389153, 2.6484943e-06, 5.2344628e-07],
        USER,
    ),
    (
        4,
        {"futility": (0.6, 0.5, 0.4), "scale": scales([0.2, 0.4, 0.6, 1])},
        [0.012419362, 0.0016809245, 0.00029441484, 1.8548902e-05],
        [0.012419362, 0.018937437, 0.022642761, 0.025],
    ),
]


@pytest.mark.parametrize(("stages", "options", "critical", "spent"), RPACT)
def test_rpact(stages: int, options: dict, critical: list[float], spent: list[float]) -> None:
    found = fisher_design(stages, **options)
    assert found.test.critical() == pytest.approx(critical, abs=1e-7)
    assert found.alpha_spent == pytest.approx(spent, abs=1e-7)


def test_stage_levels_of_rpact() -> None:
    full = fisher_design(4, method="full-alpha", futility=LIMITS, scale=UNEQUAL)
    assert full.stage_levels == pytest.approx([0.0075234886, 0.0075234886, 0.0075234886, 0.025], abs=1e-8)
    assert fisher_design(4, method="full-alpha").curtailed
    assert not full.curtailed


def test_no_interaction_where_rpact_extends_its_formula() -> None:
    """rpact has c1 = 0.0098603693 here; its recursion assumes that no threshold exceeds its futility limit.

    It can: after stage 2 the threshold c3 / (p1 p2) goes up to c3 / c2 = 0.6, the limit of stage 3 is 0.5. With rpact's
    first critical value the true level, by nested quadrature here, is above 0.025; ours has it exactly.
    """
    found = fisher_design(4, method="no-interaction", futility=LIMITS)
    c1, c2, c3, c4 = found.test.critical()
    assert (c2, c3, c4) == pytest.approx((0.00051915905, 0.00031149543, 0.00015574772), abs=1e-10)
    a1, a2, a3 = LIMITS

    def level(first: float) -> float:
        def after_two(product: float) -> float:
            now = min(c3 / product, 1.0)
            low = min(now, a3)
            later = quad(lambda p: min(c4 / (product * p), 1.0), low, a3)[0] if low < a3 else 0.0
            return now + later

        def after_one(p1: float) -> float:
            low = min(c2 / p1, a2)
            return c2 / p1 + quad(lambda p2: after_two(p1 * p2), low, a2, points=[min(max(c3 / a3 / p1, low), a2)])[0]

        return first + quad(after_one, first, a1, limit=200)[0]

    assert level(c1) == pytest.approx(0.025, abs=2e-7)
    assert level(0.0098603693) > 0.025 + 5e-6


@pytest.mark.parametrize(
    ("alpha", "futility", "first", "product"),
    [
        (0.05, 0.3, 0.0299, 0.0087),
        (0.05, 0.4, 0.0263, 0.0087),
        (0.05, 0.5, 0.0233, 0.0087),
        (0.05, 0.6, 0.0207, 0.0087),
        (0.05, 0.7, 0.0183, 0.0087),
        (0.05, 1.0, 0.0087, 0.0087),
        (0.025, 0.5, 0.0102, 0.0038),
    ],
)
def test_bauer_koehne_table_1(alpha: float, futility: float, first: float, product: float) -> None:
    assert bauer_koehne(alpha, futility) == pytest.approx((first, product), abs=5.1e-5)


def test_two_stages_by_hand() -> None:
    alpha1, c = bauer_koehne(0.025, 0.5)
    assert c == pytest.approx(np.exp(-chi2.isf(0.025, 4) / 2), rel=1e-12)
    assert alpha1 + c * (np.log(0.5) - np.log(alpha1)) == pytest.approx(0.025, abs=1e-14)


def test_level_of_equal_weights_is_chi_squared() -> None:
    for k in range(1, 7):
        c = float(np.exp(-chi2.isf(0.01, 2 * k) / 2))
        assert product_level(c, (1.0,) * k) == pytest.approx(0.01, rel=1e-12)
        assert product_critical(0.01, (1.0,) * k) == pytest.approx(c, rel=1e-12)


def test_level_when_weights_are_almost_equal() -> None:
    near = product_level(1e-4, (1.0, 1.0 + 1e-15, 1.0 - 1e-15, 1.4142135623730951))
    assert near == pytest.approx(product_level(1e-4, (1.0, 1.0, 1.0, 1.4142135623730951)), rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(2, 4),
    st.floats(0.001, 0.1),
    st.lists(st.floats(0.5, 2.0), min_size=3, max_size=3),
    st.lists(st.floats(0.3, 1.0), min_size=3, max_size=3),
)
def test_level_is_spent_in_full(k: int, alpha: float, scale: list[float], futility: list[float]) -> None:
    found = fisher_design(k, alpha, scale=scale[: k - 1], futility=futility[: k - 1])
    assert found.alpha_spent[-1] == pytest.approx(alpha, abs=1e-10)
    assert all(a <= b + 1e-15 for a, b in zip(found.alpha_spent, found.alpha_spent[1:], strict=False))
    assert found.stage_levels == pytest.approx([found.stage_levels[0]] * k, rel=1e-8)


def test_not_binding_is_conservative() -> None:
    loose = fisher_design(3, futility=(0.5, 0.4), binding=False)
    assert loose.test.critical() == pytest.approx(fisher_design(3).test.critical(), abs=1e-14)
    assert loose.alpha_spent[-1] == pytest.approx(0.025, abs=1e-12)  # as if futility were ignored
    assert loose.test.rejection() < 0.0245


def test_simulated_level() -> None:
    found = fisher_design(3, 0.1, futility=(0.5, 0.4), scale=(1.5, 0.8))
    rng = np.random.default_rng(1)
    p = rng.uniform(size=(400_000, 3))
    product = np.cumprod(p ** np.asarray((1.0, 1.5, 0.8)), axis=1)
    c = found.test.critical()
    one = product[:, 0] <= c[0]
    two = ~one & (p[:, 0] <= 0.5) & (product[:, 1] <= c[1])
    three = ~one & ~(product[:, 1] <= c[1]) & (p[:, 0] <= 0.5) & (p[:, 1] <= 0.4) & (product[:, 2] <= c[2])
    level = (one | two | three).mean()
    assert level == pytest.approx(0.1, abs=3 * np.sqrt(0.09 / 400_000))


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"stages": 7}, "stages"),
        ({"stages": True}, "stages"),
        ({"stages": 3, "alpha": float("nan")}, "alpha"),
        ({"stages": 3, "alpha": 0.7}, "alpha"),
        ({"stages": 3, "futility": (0.5,)}, "futility"),
        ({"stages": 3, "futility": (0.0, 0.5)}, "futility"),
        ({"stages": 2, "futility": (0.01,), "alpha": 0.05}, "futility"),
        ({"stages": 3, "scale": (1.0,)}, "scale"),
        ({"stages": 3, "scale": (1.0, -1.0)}, "scale"),
        ({"stages": 3, "method": "no-interaction"}, "method"),
        ({"stages": 3, "method": "best"}, "method"),
        ({"stages": 3, "method": "user-alpha"}, "user_alpha"),
        ({"stages": 3, "method": "user-alpha", "user_alpha": (0.02, 0.01, 0.025)}, "user_alpha"),
        ({"stages": 3, "method": "user-alpha", "user_alpha": (0.01, 0.02, 0.03)}, "user_alpha"),
    ],
)
def test_bad_input_is_named(arguments: dict, where: str) -> None:
    with pytest.raises(DesignError) as caught:
        fisher_design(**arguments)
    assert caught.value.where == where


def test_bad_bounds_are_named() -> None:
    with pytest.raises(DesignError):
        CombinationTest("fisher", (1.0, 1.0), (4.0,), (1.0,))
    with pytest.raises(DesignError):
        CombinationTest("fisher", (), (), ())
