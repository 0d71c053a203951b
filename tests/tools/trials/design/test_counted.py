"""Exact tests of counts on the normal scale, and what is refused of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchside.tools.trials.design.binary.one_proportion import OneProportion
from benchside.tools.trials.design.binomial import binomial_p_values, exact_power, exact_power_of_sides
from benchside.tools.trials.design.counted import FAR, standardised
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.hypotheses import Superiority


@pytest.mark.parametrize("null", [0.1, 0.5])
def test_p_values_are_those_of_scipy(null):
    events = np.arange(13)
    more, fewer = binomial_p_values(events, 12, null)
    assert more == pytest.approx([stats.binomtest(int(x), 12, null, alternative="greater").pvalue for x in events])
    assert fewer == pytest.approx([stats.binomtest(int(x), 12, null, alternative="less").pvalue for x in events])


def test_an_exact_statistic_is_beyond_the_quantile_exactly_where_the_test_rejects():
    test = OneProportion(proportion=0.5, reference=0.2).statistic("exact", Superiority())
    events = np.arange(21)
    z = test.standardise((events, np.full(21, 20)))
    for alpha in (0.2, 0.025, 0.001):
        assert ((z >= stats.norm.isf(alpha)) == (binomial_p_values(events, 20, 0.2)[0] <= alpha)).all()
    with pytest.raises(OutOfScopeError, match="discrete"):
        test.monitored()


def test_two_sides_are_both_one_sided_powers_of_half_alpha():
    n = np.arange(5, 60)
    both = exact_power_of_sides(n, 0.3, 0.4, 0.1, sides=2, direction=1)
    assert both == pytest.approx(exact_power(n, 0.3, 0.4, 0.05) + exact_power(n, 0.3, 0.4, 0.05, -1))
    assert exact_power_of_sides(n, 0.3, 0.4, 0.1, sides=1, direction=-1) == pytest.approx(
        exact_power(n, 0.3, 0.4, 0.1, -1)
    )


def test_nothing_over_nothing_is_no_evidence():
    assert standardised([0.0, 0.3, -0.3, 0.6], [0.0, 0.0, 0.0, 0.09]) == pytest.approx([0, FAR, -FAR, 2])
