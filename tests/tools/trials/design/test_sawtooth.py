"""Searches on saw-tooth curves against the whole curve."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchside.tools.trials.design.binomial import exact_power
from benchside.tools.trials.design.errors import UnreachableError
from benchside.tools.trials.design.sawtooth import scan, walk


@pytest.mark.parametrize(("null", "truth"), [(0.05, 0.2), (0.3, 0.4), (0.9, 0.7), (0.02, 0.05)])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("near", [5, 60, 900])
def test_walk_finds_what_the_whole_curve_says(null, truth, power, near):
    direction = 1 if truth > null else -1
    curve = np.asarray(exact_power(np.arange(1, 4001), null, truth, 0.025, direction))
    reached = curve >= power
    expected = (int(reached.argmax()) + 1, int(np.nonzero(~reached)[0][-1]) + 2)
    assert scan(lambda n: exact_power(n, null, truth, 0.025, direction), 4000, power) == expected
    assert walk(lambda n: float(exact_power(n, null, truth, 0.025, direction)), near, power) == expected


def test_teeth_that_nearly_reach_the_target_are_seen():
    def curve(n: int) -> float:
        return 1 - math.exp(-n / 60) - 0.04 * (n % 7) / 7

    whole = np.array([curve(n) for n in range(1, 2000)])
    reached = whole >= 0.8
    expected = (int(reached.argmax()) + 1, int(np.nonzero(~reached)[0][-1]) + 2)
    assert expected[0] < expected[1]
    assert walk(curve, 50, 0.8) == expected


def test_endless_searches_are_refused():
    for search in (
        lambda: scan(lambda n: np.zeros(len(n)), 100, 0.8),
        lambda: scan(lambda n: np.ones(len(n)), 1e9, 0.8),
        lambda: walk(lambda n: 0.5, 10, 0.8),
    ):
        with pytest.raises(UnreachableError) as caught:
            search()
        assert caught.value.where == "power"
