"""Nulls of the hypotheses, and the side on which their alternative lies."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of


@pytest.mark.parametrize(
    ("effect", "hypothesis", "no_effect", "side"),
    [
        (0.2, Superiority(), 0.0, 1),
        (-0.2, Superiority(), 0.0, -1),
        (0.7, Superiority(), 1.0, -1),
        (0.2, Superiority(null=0.3), 0.0, -1),
        (0.0, NonInferiority(margin=-0.1), 0.0, 1),
        (1.0, NonInferiority(margin=1.25), 1.0, -1),
        (1.4, NonInferiority(margin=1.25), 1.0, 1),
        (0.0, Superiority(), 0.0, 1),
        (0.3, Superiority(null=0.3), 0.0, 1),
        (-0.1, NonInferiority(margin=-0.1), 0.0, 1),
        (1.25, NonInferiority(margin=1.25), 1.0, -1),
        (0.3 - 0.2, NonInferiority(margin=0.1), 0.0, -1),
        (0.4 - 0.3, NonInferiority(margin=0.1), 0.0, -1),
        (-3.0, Equivalence(lower=-1, upper=2), 0.0, 1),
    ],
)
def test_the_side_of_the_alternative(effect, hypothesis, no_effect, side):
    """That of the effect; at the null (also up to rounding) that of no effect for a margin, and above otherwise."""
    assert direction_of(effect, hypothesis, no_effect) == side
