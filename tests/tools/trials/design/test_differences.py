"""Tests of a normal difference, against scipy and plain normal probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchside.tools.trials.design.dose_response.qt import QtParallel
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

QT = QtParallel(difference=2.0, sd=8.0, rho=0.6, replicates=4)
SIZES = np.array([40.0, 60.0])


@pytest.mark.parametrize(
    ("hypothesis", "shift"),
    [(Superiority(), 2.0), (NonInferiority(margin=5.0), 3.0), (Superiority(null=3.0), 1.0)],
)
@pytest.mark.parametrize("sides", [1, 2])
def test_power_against_one_null(hypothesis, shift, sides):
    known, estimated = QT.statistic("z", hypothesis), QT.statistic("t", hypothesis)
    away, alpha = shift / float(known.error(SIZES)), 0.05 / sides
    z, t = stats.norm.isf(alpha), stats.t.isf(alpha, 98)
    wrong = stats.norm.cdf(-away - z) if sides == 2 else 0.0
    assert float(known.power(SIZES, 0.05, sides)) == pytest.approx(stats.norm.cdf(away - z) + wrong, abs=1e-12)
    wrong = stats.nct.cdf(-t, 98, away) if sides == 2 else 0.0
    assert float(estimated.power(SIZES, 0.05, sides)) == pytest.approx(stats.nct.sf(t, 98, away) + wrong, abs=1e-9)


def test_power_and_statistic_between_margins():
    test = QT.statistic("z", Equivalence(lower=-5.0, upper=5.0))
    error = float(test.error(SIZES))
    reach = stats.norm.isf(0.05) * error
    inside = stats.norm.cdf(5 - reach, 2, error) - stats.norm.cdf(reach - 5, 2, error)
    assert float(test.power(SIZES, 0.05, 1)) == pytest.approx(inside, abs=1e-12)
    assert test.towards(np.array([-6.0, 0.0, 4.0]), np.array(2.0)) == pytest.approx([-0.5, 2.5, 0.5])


def test_the_statistic_points_to_the_alternative():
    up, down = QT.statistic("z", Superiority()), QT.statistic("z", NonInferiority(margin=5.0))
    assert up.towards(np.array([1.0, -1.0]), np.array(0.5)) == pytest.approx([2, -2])
    assert down.towards(np.array([1.0, 6.0]), np.array(0.5)) == pytest.approx([8, -2])
