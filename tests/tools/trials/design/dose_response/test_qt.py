"""QT studies: TrialSize's examples, exact power by simulation, the intersection-union test of a thorough QT study."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchside.tools.trials.design.cases.dose_response import METHODS
from benchside.tools.trials.design.dose_response.qt import (
    QtCrossover,
    QtParallel,
    qt_crossover_size,
    qt_parallel_size,
    replicate_variance,
)
from benchside.tools.trials.design.dose_response.thorough_qt import thorough_qt_power, thorough_qt_size
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

ANSWER = {name: method.answer for name, method in METHODS.by_name.items()}
HALVES = (0.5, 0.5)


def rejected(statistic, sizes, alpha, sides, trials=50_000, seed=1):
    z = statistic.sample(np.random.default_rng(seed), sizes, (1.0,), trials)[:, 0]
    return float(((np.abs(z) if sides == 2 else z) >= stats.norm.isf(alpha / sides)).mean())


def test_examples_of_trialsize():
    """man/QT.parallel.Rd and man/QT.crossover.Rd: 54 and 29, rounded to the nearest."""
    assert ANSWER["qt_parallel"]({"args": [0.05, 0.2, 0.8, 3, 0.5]}, frozenset())["n"] == pytest.approx(54, abs=0.5)
    assert ANSWER["qt_crossover"]({"args": [0.05, 0.2, 0.8, 3, 0.5, 0.002]}, frozenset())["n"] == pytest.approx(
        29, abs=0.5
    )
    wanted = (1.959964 + 0.841621) ** 2
    assert qt_parallel_size(0.5, 0.8, 3) == pytest.approx(2 * (0.8 + 0.2 / 3) * wanted / 0.25, rel=1e-5)
    assert qt_crossover_size(0.5, 0.8, 3, 0.002) == pytest.approx(
        (0.8 + 0.2 / 3) * wanted / (0.25 - 0.002 * wanted), rel=1e-5
    )


def test_endpoints_give_the_same_sizes():
    parallel = QtParallel(difference=5, sd=10, rho=0.8, replicates=3).statistic(None, Superiority())
    assert parallel.total(0.05, 2, 0.8, HALVES) / 2 == pytest.approx(qt_parallel_size(0.5, 0.8, 3))
    crossover = QtCrossover(difference=5, sd=10, rho=0.8, replicates=3, gamma=0.002).statistic(None, Superiority())
    assert crossover.total(0.05, 2, 0.8, HALVES) / 2 == pytest.approx(qt_crossover_size(0.5, 0.8, 3, 0.002))
    assert crossover.arm_names == ("sequence_ab", "sequence_ba")


def test_replicates_help_only_within_subjects():
    assert replicate_variance(0.0, 4) == 0.25
    assert replicate_variance(1.0, 4) == 1
    assert replicate_variance(0.8, 10_000) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize(
    ("hypothesis", "difference", "alpha", "sides"),
    [
        (Superiority(), -5.0, 0.05, 2),
        (NonInferiority(margin=10), 4.0, 0.05, 1),
        (Equivalence(lower=-8, upper=8), 1.0, 0.05, 1),
    ],
)
@pytest.mark.parametrize("kind", ["parallel", "crossover"])
def test_power_is_exact(kind, hypothesis, difference, alpha, sides):
    made = {"difference": difference, "sd": 10, "rho": 0.7, "replicates": 3}
    endpoint = QtParallel(**made) if kind == "parallel" else QtCrossover(**made, gamma=0.003)
    for test in endpoint.tests[hypothesis.kind]:
        statistic = endpoint.statistic(test, hypothesis)
        for sizes in ((30, 30), (14, 20)):
            stated = float(statistic.power(np.array(sizes), alpha, sides))
            assert rejected(statistic, sizes, alpha, sides) == pytest.approx(stated, abs=3.5 * 0.5 / math.sqrt(50_000))


def test_period_effects_can_hide_a_difference():
    with pytest.raises(DesignError, match="hide a difference"):
        qt_crossover_size(0.5, 0.8, 3, 0.05)
    statistic = QtCrossover(difference=5, sd=10, rho=0.8, replicates=3, gamma=0.05).statistic(None, Superiority())
    assert float(statistic.power(np.array([1e6, 1e6]), 0.05, 2)) < 0.7
    with pytest.raises(DesignError, match="interim looks"):
        statistic.monitored()
    QtCrossover(difference=5, sd=10, rho=0.8).statistic(None, Superiority()).monitored()


def test_intersection_union_against_simulation():
    effects, sd, n = (3, 5, 4, 2), 12.0, 40
    correlation = 0.6 * np.ones((4, 4)) + 0.4 * np.eye(4)
    error = sd * math.sqrt(2 / n)
    x = np.random.default_rng(1).multivariate_normal(effects, correlation * error**2, 200_000)
    simulated = (x + stats.norm.isf(0.05) * error < 10).all(axis=1).mean()
    assert thorough_qt_power(n, effects, sd, 0.6) == pytest.approx(simulated, abs=0.004)
    assert thorough_qt_power(n, effects, sd, correlation.tolist()) == pytest.approx(
        thorough_qt_power(n, effects, sd, 0.6)
    )


def test_intersection_union_limits():
    """One point is a single test; equal points fully correlated are one; independent ones multiply."""
    one = thorough_qt_power(40, (5,), 12, 0.0)
    assert one == pytest.approx(stats.norm.cdf(5 / (12 * math.sqrt(2 / 40)) - stats.norm.isf(0.05)))
    assert thorough_qt_power(40, (5, 5, 5), 12, 1.0) == pytest.approx(one, abs=1e-9)
    assert thorough_qt_power(40, (5, 5, 5), 12, 0.0) == pytest.approx(one**3, abs=1e-5)
    assert thorough_qt_power(40, (10, -50, -50), 12, 0.5) == pytest.approx(0.05, abs=1e-6)
    assert thorough_qt_power(40, (5, 5), 12, 0.5, groups=1) > thorough_qt_power(40, (5, 5), 12, 0.5)


def test_thorough_qt_size():
    n = thorough_qt_size((3, 5, 4, 2), 12, 0.6, power=0.9)
    assert thorough_qt_power(n, (3, 5, 4, 2), 12, 0.6) == pytest.approx(0.9, abs=1e-6)
    single = 2 * (12 * (stats.norm.isf(0.05) + stats.norm.ppf(0.9)) / 5) ** 2
    assert thorough_qt_size((5,), 12, 0.0) == pytest.approx(single, rel=1e-6)
    assert n > single  # the other points cost something


@pytest.mark.parametrize(
    "changed",
    [{"sd": 0.0}, {"sd": math.nan}, {"rho": 1.1}, {"rho": -0.1}, {"replicates": 0}, {"difference": math.inf}],
)
def test_impossible_inputs_are_named(changed):
    for kind in (QtParallel, QtCrossover):
        with pytest.raises(DesignError) as told:
            kind.model_validate({"difference": 5.0, "sd": 10.0, "rho": 0.8, "replicates": 3} | changed)
        assert told.value.where
        assert told.value.hint
    with pytest.raises(DesignError):
        QtCrossover(difference=5, sd=10, rho=0.8, gamma=-0.1)


def test_impossible_thorough_qt_is_named():
    for call in (
        lambda: thorough_qt_power(40, (), 12, 0.5),
        lambda: thorough_qt_power(40, (1, 2), 12, 1.5),
        lambda: thorough_qt_power(40, (1, 2), 12, [[1, 0.5]]),
        lambda: thorough_qt_power(40, (1, 2), 12, [[1, 2], [2, 1]]),
        lambda: thorough_qt_power(40, (1, 2, 3), 12, -0.9),
        lambda: thorough_qt_power(0, (1, 2), 12, 0.5),
        lambda: thorough_qt_power(40, (1, math.nan), 12, 0.5),
        lambda: thorough_qt_power(40, (1, 2), 12, 0.5, groups=3),
        lambda: thorough_qt_size((1, 11), 12, 0.5),
        lambda: thorough_qt_size((9.9999999,), 1e6, 0.5),
    ):
        with pytest.raises(DesignError):
            call()
