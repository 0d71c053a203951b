"""The vectorised log-rank test: published data, a plain loop over event times, ties, strata and weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.survival.logrank import Scores, logrank

# remission times of 6-mercaptopurine and placebo, Freireich et al., Blood 1963;21:699-716
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [1] * 9 + [0] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def by_loop(
    time: np.ndarray, event: np.ndarray, treated: np.ndarray, weights: list[tuple[float, float]], ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """Score and covariance by the textbook: one event time after the other."""
    score, covariance = np.zeros(len(weights)), np.zeros((len(weights), len(weights)))
    survival = 1.0
    for t in np.unique(time[event]):
        n, n1 = int((time >= t).sum()), int((treated & (time >= t)).sum())
        d, d1 = int((event & (time == t)).sum()), int((event & treated & (time == t)).sum())
        w = np.asarray([survival**rho * (1 - survival) ** gamma for rho, gamma in weights])
        p = ratio * n1 / (ratio * n1 + n - n1)
        score += w * (d1 - d * p)
        spread = d * p * (1 - p) * ((n - d) / (n - 1) if n > 1 and ratio == 1 else 1.0)
        covariance += np.outer(w, w) * spread
        survival *= 1 - d / n
    return score, covariance


def test_the_leukaemia_trial() -> None:
    """Chi-squared 16.79 with 19.25 relapses expected under 6-MP: survdiff in R's survival, Freireich's data."""
    time = np.asarray([*TREATED, *PLACEBO], dtype=float)
    event = np.asarray([*RELAPSED, *([1] * 21)], dtype=bool)
    found = logrank(time, event, np.arange(42) < 21)
    assert float(found.z[0, 0]) ** 2 == pytest.approx(16.79294, abs=1e-4)
    assert 9 - float(found.score[0, 0]) == pytest.approx(19.25, abs=0.005)


WEIGHTS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 2.0)]


@given(
    data=st.lists(
        st.tuples(st.integers(0, 12), st.booleans(), st.booleans(), st.integers(0, 2)), min_size=2, max_size=40
    ),
    ratio=st.sampled_from([1.0, 1.3, 0.5]),
    scale=st.sampled_from([1.0, 0.1, 7.3]),
)
@settings(max_examples=150, deadline=None)
def test_it_is_the_loop_over_event_times_with_ties_and_strata(
    data: list[tuple[int, bool, bool, int]], ratio: float, scale: float
) -> None:
    time, event, treated, stratum = (np.asarray(x) for x in zip(*data, strict=True))
    time = time * scale
    for level in (None, stratum):
        found = logrank(time, event, treated, stratum=level, weights=WEIGHTS, hazard_ratio=ratio)
        score, covariance = np.zeros(5), np.zeros((5, 5))
        for value in [None] if level is None else np.unique(stratum):
            here = np.ones(len(time), dtype=bool) if value is None else stratum == value
            part = by_loop(time[here], event[here], treated[here], WEIGHTS, ratio)
            score, covariance = score + part[0], covariance + part[1]
        assert found.score[0] == pytest.approx(score, abs=1e-9)
        assert found.covariance[0] == pytest.approx(covariance, abs=1e-9)


def test_many_trials_at_once_are_each_trial_alone() -> None:
    rng = np.random.default_rng(4)
    time, event = rng.exponential(size=(300, 60)), rng.random((300, 60)) < 0.7
    treated = np.arange(60) < 35
    together = logrank(time, event, treated, weights=WEIGHTS[:2])
    for i in range(0, 300, 37):
        score, covariance = by_loop(time[i], event[i], treated, WEIGHTS[:2], 1.0)
        assert together.score[i] == pytest.approx(score, abs=1e-11)
        assert together.covariance[i] == pytest.approx(covariance, abs=1e-11)


def test_swapping_the_arms_turns_the_sign() -> None:
    rng = np.random.default_rng(5)
    time, event, treated = rng.exponential(size=(50, 30)), rng.random((50, 30)) < 0.8, rng.random((50, 30)) < 0.4
    one, other = logrank(time, event, treated), logrank(time, event, ~treated)
    assert one.score == pytest.approx(-other.score, abs=1e-11)
    assert one.covariance == pytest.approx(other.covariance, abs=1e-11)


def test_trials_without_events_say_nothing() -> None:
    found = logrank(np.ones((2, 4)), np.zeros((2, 4), dtype=bool), np.asarray([True, True, False, False]))
    assert isinstance(found, Scores)
    assert (found.z == 0).all()


@pytest.mark.parametrize(
    ("time", "event", "treated", "options"),
    [
        ([-1.0, 2.0], [1, 1], [1, 0], {}),
        ([math.nan, 2.0], [1, 1], [1, 0], {}),
        ([1.0, 2.0], [1, 1, 1], [1, 0], {}),
        ([1.0, 2.0], [1, 1], [1, 0, 1], {}),
        ([], [], [], {}),
        ([1.0, 2.0], [1, 1], [1, 0], {"weights": [(-1, 0)]}),
        ([1.0, 2.0], [1, 1], [1, 0], {"weights": [(math.nan, 0)]}),
        ([1.0, 2.0], [1, 1], [1, 0], {"hazard_ratio": 0}),
        ([1.0, 2.0], [1, 1], [1, 0], {"stratum": [1, 2, 3]}),
    ],
)
def test_data_that_cannot_be(
    time: list[float], event: list[int], treated: list[int], options: dict[str, object]
) -> None:
    with pytest.raises(DesignError):
        logrank(np.asarray(time), np.asarray(event, dtype=bool), np.asarray(treated, dtype=bool), **options)
