"""Score statistics and intervals against the published numbers and against a numerical maximum of the likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from benchside.tools.trials.design.binary.intervals import score_interval
from benchside.tools.trials.design.binary.scores import NO_EFFECT, effect_of, restricted, score, treated
from benchside.tools.trials.design.errors import DesignError


@pytest.mark.parametrize(
    ("table", "options", "limits", "tolerance"),
    [
        # Miettinen and Nurminen (1985), examples; as in gsDesign's tests of ciBinomial
        ((0, 10, 0, 20), {}, (-0.1658, 0.2844), 6e-5),
        ((72, 756, 20, 573), {}, (0.0344, 0.0868), 6e-5),
        ((10, 10, 20, 20), {"scale": "risk-ratio"}, (0.7156, 1.1987), 6e-5),
    ],
)
def test_published_intervals(table, options, limits, tolerance):
    assert score_interval(*table, **options) == pytest.approx(limits, abs=tolerance)


@pytest.mark.parametrize(
    ("scale", "table", "adjusted", "nulls", "z"),
    [
        # gsDesign's tests of testBinomial, whose nulls of ratios are logarithms
        ("difference", (0, 10, 0, 20), True, (-0.1658, 0.2843608), (1.959962, -1.959865)),
        ("risk-ratio", (10, 10, 20, 20), True, (0.715615, 1.198703), (1.96, -1.96)),
        ("odds-ratio", (53, 100, 40, 100), False, (math.exp(-0.03463), math.exp(1.085673)), (1.965205, -1.96461)),
    ],
)
def test_published_statistics(scale, table, adjusted, nulls, z):
    found = [float(score(scale, null, table, adjusted=adjusted)) for null in nulls]
    assert found == pytest.approx(z, abs=4e-4)


@pytest.mark.parametrize("scale", ["difference", "risk-ratio", "odds-ratio"])
@pytest.mark.parametrize("table", [(20, 30, 10, 30), (1, 50, 9, 20), (30, 30, 3, 40)])
@pytest.mark.parametrize("adjusted", [True, False])
def test_limits_are_where_the_score_test_just_does_not_reject(scale, table, adjusted):
    low, high = score_interval(*table, scale=scale, adjusted=adjusted)
    if math.isfinite(low) and low > (-1 if scale == "difference" else 0):
        assert float(score(scale, low, table, adjusted=adjusted)) == pytest.approx(1.959963984540054, abs=1e-6)
    if math.isfinite(high) and not (scale == "difference" and high == 1):
        assert float(score(scale, high, table, adjusted=adjusted)) == pytest.approx(-1.959963984540054, abs=1e-6)


@pytest.mark.parametrize(
    ("table", "scale", "limits"),
    [
        # gsDesign gives -Inf where an odds ratio has no lower limit; it cannot be below 0
        ((0, 100, 4, 100), "odds-ratio", (0.0, None)),
        ((4, 100, 0, 100), "odds-ratio", (None, math.inf)),
        ((100, 100, 96, 100), "odds-ratio", (None, math.inf)),
        ((96, 100, 100, 100), "odds-ratio", (0.0, None)),
        ((0, 100, 0, 100), "odds-ratio", (0.0, math.inf)),
        ((100, 100, 100, 100), "odds-ratio", (0.0, math.inf)),
        ((4, 100, 0, 100), "risk-ratio", (None, math.inf)),
        ((0, 100, 0, 100), "risk-ratio", (0.0, math.inf)),
    ],
)
def test_ratios_without_a_limit(table, scale, limits):
    found = score_interval(*table, scale=scale)
    for value, expected in zip(found, limits, strict=True):
        assert math.isfinite(value) if expected is None else value == expected


def test_a_difference_of_everything_is_bounded_by_one():
    assert score_interval(10, 10, 0, 10)[1] == 1.0
    assert score_interval(0, 10, 10, 10)[0] == -1.0


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["difference", "risk-ratio", "odds-ratio"]),
    st.floats(0.02, 0.98),
    st.floats(0.02, 0.98),
    st.floats(0.2, 5),
    st.floats(0.1, 0.9),
)
def test_restricted_proportions_maximise_the_likelihood(scale, p1, p2, ratio, where):
    null = {"difference": where - 0.5, "risk-ratio": 0.4 + 2 * where, "odds-ratio": 0.3 + 3 * where}[scale]
    q1, q2 = (float(q) for q in restricted(scale, null, p1, p2, ratio))
    assert effect_of(scale, q1, q2) == pytest.approx(null, rel=1e-6, abs=1e-7)

    def lacking(q: float) -> float:
        r = treated(scale, null, q)
        return -(p1 * math.log(r) + (1 - p1) * math.log(1 - r)) - ratio * (
            p2 * math.log(q) + (1 - p2) * math.log(1 - q)
        )

    top = min(1.0, 1 - null) if scale == "difference" else min(1.0, 1 / null) if scale == "risk-ratio" else 1.0
    low = max(0.0, -null) if scale == "difference" else 0.0
    best = minimize_scalar(lacking, bounds=(low + 1e-9, top - 1e-9), method="bounded", options={"xatol": 1e-10})
    assert q2 == pytest.approx(best.x, abs=2e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_exchanging_the_groups_turns_the_statistic_round(n1, n2, data):
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    there = float(score("difference", 0.1, (x1, n1, x2, n2)))
    back = float(score("difference", -0.1, (x2, n2, x1, n1)))
    assert there == pytest.approx(-back, abs=1e-7)
    there = float(score("odds-ratio", 1.7, (x1, n1, x2, n2)))
    back = float(score("odds-ratio", 1 / 1.7, (x2, n2, x1, n1)))
    assert there == pytest.approx(-back, abs=1e-7)


def test_no_events_at_all_are_no_evidence_on_any_scale():
    for scale, null in NO_EFFECT.items():
        assert float(score(scale, null, (0, 10, 0, 20))) == 0.0
        assert float(score(scale, null, (10, 10, 20, 20))) == 0.0


def test_statistics_broadcast():
    z = score("difference", 0.0, (np.arange(11)[:, None], 10, np.arange(21)[None, :], 20))
    assert z.shape == (11, 21)
    assert np.isfinite(z).all()


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ((11, 10, 0, 20), "x1"),
        ((1, 10, 21, 20), "x2"),
        ((1.5, 10, 2, 20), "x1"),
        ((-1, 10, 2, 20), "x1"),
        ((math.nan, 10, 2, 20), "x1"),
        ((True, 10, 2, 20), "x1"),
        ((1, 0, 2, 20), "n1"),
        ((1, 10, 2, math.inf), "n2"),
    ],
)
def test_impossible_tables_are_refused_by_name(arguments, where):
    with pytest.raises(DesignError) as caught:
        score_interval(*arguments)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("options", "where"), [({"alpha": 0}, "alpha"), ({"alpha": math.nan}, "alpha"), ({"scale": "hazard"}, "scale")]
)
def test_impossible_options_are_refused_by_name(options, where):
    with pytest.raises(DesignError) as caught:
        score_interval(1, 10, 2, 20, **options)
    assert caught.value.where == where
