"""Multi-arm multi-stage designs: the numbers of the MAMS package, multivariate integrals of scipy, simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from benchside.tools.trials.design.adaptive.arms import Looks
from benchside.tools.trials.design.adaptive.dunnett import dunnett_constant
from benchside.tools.trials.design.adaptive.mams import (
    boundaries,
    characteristics,
    familywise_error,
    first_is_best,
    parse_shape,
)
from benchside.tools.trials.design.adaptive.mams_design import MultiArmMultiStage
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.recursion import crossing_probabilities

JSS = {"alpha": 0.05, "power": 0.9, "treatments": 3}

# cran/MAMS inst/tests2/testthat/test-mams.R, after Jaki, Pallmann & Magirr (2019): options, upper, lower, n, N
PACKAGE = [
    ({"looks": (1,), "lower": "none"}, [2.062], [2.062], 79, 316),
    (
        {"looks": (1, 2), "control_looks": (2, 4), "upper": "triangular", "lower": "triangular"},
        [2.359, 2.225],
        [0.786, 2.225],
        38,
        380,
    ),
    ({"looks": (1, 2, 3), "upper": "shape:3,2,1"}, [6.125, 4.084, 2.042], [0, 0, 2.042], 27, 324),
    ({"looks": (1, 2, 3), "upper": "obf"}, [3.613, 2.555, 2.086], [0, 0, 2.086], 29, 348),
    ({"looks": (1, 2, 3), "upper": "pocock", "lower": "pocock"}, None, None, 33, 396),
    ({"looks": (1, 2, 3), "upper": "obf", "lower": "obf"}, None, None, 28, 336),
    ({"looks": (1, 2, 3), "upper": "triangular", "lower": "triangular"}, None, None, 34, 408),
]


@pytest.mark.parametrize(("options", "upper", "lower", "n", "total"), PACKAGE)
def test_package(options: dict, upper: list | None, lower: list | None, n: int, total: int) -> None:
    design = MultiArmMultiStage.from_probabilities(0.65, 0.55, **JSS, **options)
    if upper is not None:
        assert design.limits.upper == pytest.approx(upper, abs=0.0025)
        assert design.limits.lower == pytest.approx(lower, abs=0.0025)
    assert design.stage_size == n
    assert design.sample_size().total == total


@pytest.mark.parametrize(
    ("shape", "n", "expected"), [("pocock", 33, 232.2), ("obf", 28, 259.1), ("triangular", 34, 217.8)]
)
def test_expected_sizes_of_table_1(shape: str, n: int, expected: float) -> None:
    """Jaki et al. (2019) Table 1, simulated there with 100,000 trials (standard error about 0.3)."""
    design = MultiArmMultiStage.from_probabilities(0.65, 0.55, **JSS, looks=(1, 2, 3), upper=shape, lower=shape, n=n)
    assert design.characteristics.expected == pytest.approx(expected, abs=0.9)


def test_ordinal_and_survival_boundaries_of_the_package() -> None:
    """The same design with equal control: 2.330, 2.197 and 0.777 (JSS section on non-normal endpoints)."""
    found = boundaries(3, 0.05, (1.0, 2.0), (1.0, 2.0), upper="triangular", lower="triangular")
    assert found.upper == pytest.approx((2.330, 2.197), abs=0.0015)
    assert found.lower[0] == pytest.approx(0.777, abs=0.001)


def test_unequal_first_stage() -> None:
    """Greenstreet's example of the package, r = 3, 7 without dropping: nine per arm, in steps of three there."""
    design = MultiArmMultiStage.from_probabilities(
        0.75, 0.5, treatments=3, looks=(3, 7), alpha=0.05, power=0.8, lower="none"
    )
    effects = design._standardised(design.effects())
    assert first_is_best(design.looks_at(9), effects) > 0.8 > first_is_best(design.looks_at(6), effects)
    assert design.stage_size in (7, 8, 9)


def test_one_look_is_dunnett() -> None:
    for ratio in (0.5, 1.0, 3.0):
        found = boundaries(4, 0.025, (1.0,), (1.0 / ratio,), lower="none")
        assert found.upper[0] == pytest.approx(dunnett_constant(0.025, 4, ratio=ratio), abs=1e-7)


def test_one_treatment_is_group_sequential() -> None:
    upper, lower = (3.0, 2.5, 2.1), (0.0, 0.5, 2.1)
    n = (20.0, 40.0, 60.0)
    stated = crossing_probabilities(np.asarray(n) / 2, lower, upper, 0.4)
    found = characteristics(Looks(n, n, upper, lower), (0.4,))
    assert found.any == pytest.approx(float(np.sum(stated.upper)), abs=1e-8)
    assert found.first == pytest.approx(found.any, abs=1e-8)


def test_two_stages_by_multivariate_normal() -> None:
    """P(no rejection) of two arms without dropping, as a rectangle of a four-dimensional normal."""
    upper = (2.6, 2.2)
    n = np.asarray((1.0, 2.0))
    found = familywise_error(2, tuple(n), tuple(n), upper, (-math.inf, upper[1]))
    time = np.sqrt(np.minimum.outer(n, n) / np.maximum.outer(n, n))
    covariance = np.kron(np.asarray([[1, 0.5], [0.5, 1]]), time)
    inside = multivariate_normal(np.zeros(4), covariance, maxpts=4_000_000, abseps=1e-7, releps=1e-7).cdf(
        [*upper, *upper]
    )
    assert found == pytest.approx(1 - inside, abs=2e-6)


def test_design_agrees_with_simulation() -> None:
    design = MultiArmMultiStage.from_probabilities(0.65, 0.55, **JSS, looks=(1, 2, 3), n=29)
    assert design.verify(trials=100_000).agrees
    uneven = MultiArmMultiStage(effect=0.6, small_effect=0.1, treatments=2, looks=(1, 2), control_looks=(2, 3), n=20,
                                upper="triangular", lower="fixed:0.2")  # fmt: skip
    assert uneven.verify(trials=50_000).agrees


def test_familywise_error_holds_when_one_works() -> None:
    design = MultiArmMultiStage(effect=0.5, treatments=3, looks=(1, 2), n=30)
    found = design.simulate((0.5, 0.0, 0.0), trials=50_000)
    assert found["familywise_error"].value < 0.025


def test_labels_do_not_matter() -> None:
    looks = Looks((20.0, 40.0), (20.0, 40.0), (2.8, 2.2), (0.0, 2.2))
    a = characteristics(looks, (0.4, 0.1, 0.0), first=False)
    b = characteristics(looks, (0.0, 0.4, 0.1), first=False)
    assert a.any == pytest.approx(b.any, abs=1e-12)
    assert a.expected == pytest.approx(b.expected, abs=1e-9)


def test_the_best_arms_share_the_rejections() -> None:
    """With equal effects each arm is the best rejected one equally often."""
    looks = Looks((20.0, 40.0), (20.0, 40.0), (2.8, 2.2), (-math.inf, 2.2))
    found = characteristics(looks, (0.3, 0.3, 0.3))
    assert 3 * found.first == pytest.approx(found.any, abs=1e-6)


@pytest.mark.parametrize("text", ["", "obf:2", "fixed", "fixed:a", "fixed:1,2", "bogus", "shape:", "shape:nan"])
def test_shapes_that_cannot_be_read(text: str) -> None:
    with pytest.raises(DesignError) as caught:
        parse_shape(text, "upper")
    assert caught.value.where == "upper"


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": 0.0},
        {"effect": -1.0},
        {"effect": 0.3, "small_effect": 0.5},
        {"effect": math.inf},
        {"effect": 0.5, "looks": ()},
        {"effect": 0.5, "looks": (2, 1)},
        {"effect": 0.5, "looks": (1, 2, 3, 4, 5, 6)},
        {"effect": 0.5, "control_looks": (1,)},
        {"effect": 0.5, "treatments": 0},
        {"effect": 0.5, "treatments": 99},
        {"effect": 0.5, "sd": 0},
        {"effect": 0.5, "alpha": 0.6},
        {"effect": 0.5, "power": 0.01},
        {"effect": 0.5, "n": 0},
        {"effect": 0.5, "dropout": -0.1},
    ],
)
def test_bad_design_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        MultiArmMultiStage(**fields)
    assert caught.value.where


@pytest.mark.parametrize(
    "fields",
    [{"upper": "shape:1,2,3"}, {"lower": "fixed:9"}, {"upper": "none"}, {"upper": "fixed:0.1"}, {"effect": 1e-7}],
)
def test_boundaries_that_do_not_exist_are_named(fields: dict) -> None:
    with pytest.raises(DesignError):
        MultiArmMultiStage(**({"effect": 0.5, "looks": (1, 2)} | fields)).sample_size()
