"""Boundaries on other scales: gsDesign's printed effects at the bounds, and conversions there and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm, t

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.plan import plan
from benchside.tools.trials.design.sequential.scales import (
    b_value,
    boundary_scales,
    drift_of,
    effect_at,
    nominal_p,
    t_effect_at,
    z_from_b,
    z_from_p,
)

FIFTHS = [0.2, 0.4, 0.6, 0.8, 1.0]


def test_snapshot_of_gsdesign() -> None:
    """keaven/gsDesign _snaps/independent-test-gsBoundSummary.md, the first table."""
    found = boundary_scales(plan(FIFTHS, 0.025, 1, 0.9, "hsd:-4"), 1.0)
    assert found.z == pytest.approx([3.2527, 2.9860, 2.6917, 2.3737, 2.0253], abs=5.1e-5)
    assert found.p == pytest.approx([0.0006, 0.0014, 0.0036, 0.0088, 0.0214], abs=5.1e-5)
    assert found.effect == pytest.approx([2.2179, 1.4398, 1.0597, 0.8093, 0.6176], abs=5.1e-5)
    assert found.cumulative == pytest.approx([0.0006, 0.0018, 0.0047, 0.0110, 0.0250], abs=5.1e-5)
    assert found.cumulative_assumed == pytest.approx([0.0370, 0.1883, 0.4530, 0.7229, 0.9000], abs=5.1e-5)


def test_snapshot_of_lower_bounds_and_b_values() -> None:
    """The same file, the last table: an effect of -0.69 at B-values 1.9445 and 0.2915."""
    found = plan([0.5, 1.0], 0.025, 1, 0.9, "hsd:-4", futility="hsd:-2")
    assert boundary_scales(found, -0.69).b[0] == pytest.approx(1.9445, abs=5.1e-5)
    lower = boundary_scales(found, math.log(0.5), side="lower")
    assert lower.b[0] == pytest.approx(0.2915, abs=5.1e-5)
    assert lower.effect[0] == pytest.approx(-0.1221, abs=3e-4)
    assert lower.cumulative[0] == pytest.approx(0.6599, abs=5.1e-5)
    assert lower.cumulative_assumed[0] == pytest.approx(0.0269, abs=5.1e-5)


def test_effects_of_rpact_t_bounds() -> None:
    """rpact test-rpact.R: one group, sd 2, null 0.5, 494.6455 participants."""
    found = plan([0.2, 0.5, 1], 0.025, 1, 0.9, "wang-tsiatis:0.3")
    n = 494.6455 * found.fractions
    effects = t_effect_at(found.upper, 2 / np.sqrt(n), n - 1, null=0.5)
    assert effects == pytest.approx([1.090771, 0.80583608, 0.68748891], abs=1e-6)
    assert t_effect_at([1.7], [0.3], [12]) == pytest.approx([t.ppf(norm.cdf(1.7), 12) * 0.3])


def test_there_and_back() -> None:
    z = np.array([-2.5, 0.0, 1.2, 6.0])
    assert z_from_p(nominal_p(z)) == pytest.approx(z, abs=1e-9)
    assert z_from_b(b_value(z, 0.3), 0.3) == pytest.approx(z)
    assert nominal_p(z, sides=2) == pytest.approx(2 * norm.sf(np.abs(z)))
    assert effect_at(z, 25.0, null=1.0) == pytest.approx(1 + z / 5)
    assert drift_of(0.4, 25.0, null=0.1) == pytest.approx(1.5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: z_from_p([0.0]),
        lambda: z_from_p([math.nan]),
        lambda: nominal_p([math.nan]),
        lambda: b_value([1.0], [0.0]),
        lambda: effect_at([1.0], [-1.0]),
        lambda: drift_of(0.1, 0.0),
        lambda: t_effect_at([1.0], [0.1], [0.0]),
        lambda: boundary_scales(plan([1.0]), math.inf),
        lambda: boundary_scales(plan([1.0]), 1.0, side="left"),
    ],
)
def test_bad_input_is_told(call: object) -> None:
    with pytest.raises(DesignError):
        call()  # type: ignore[operator]
