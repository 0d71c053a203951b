"""Whole sizes at interim looks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.trials.design.looks import counts_at


def test_a_half_counts_upwards_and_nobody_is_no_look():
    assert counts_at(25, (0.01, 0.3, 0.5, 1)).tolist() == [1, 8, 13, 25]
    assert counts_at((25, 26), 0.5).tolist() == [13, 13]


@given(st.integers(1, 10**7), st.lists(st.floats(0.001, 1), min_size=1, max_size=5).map(sorted))
def test_looks_never_shrink_and_end_with_all(size, fractions):
    found = counts_at(size, [*fractions, 1.0])
    assert found[0] >= 1
    assert np.all(np.diff(found) >= 0)
    assert found[-1] == size
    assert counts_at((size, 3 * size), 0.5).tolist() == [int(counts_at(n, 0.5)) for n in (size, 3 * size)]
