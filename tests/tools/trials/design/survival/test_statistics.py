"""Statistics of the survival endpoints: power against simulated patients, sources, laws and refusals."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority
from benchside.tools.trials.design.survival.endpoint import RestrictedMeanSurvival, Survival, refuse
from benchside.tools.trials.design.survival.maxcombo import COMBINATION, critical_value, probability_below
from benchside.tools.trials.design.survival.moments import moments
from benchside.tools.trials.design.survival.references import REFERENCES
from benchside.tools.trials.design.survival.rmst import estimated, restricted_mean, rmst_variance
from benchside.tools.trials.design.survival.simulation import look_events

BASE: dict[str, Any] = {
    "control_median": 12,
    "hazard_ratio": 0.7,
    "accrual": 18,
    "follow_up": 12,
    "dropout_hazard": 0.01,
}
LATE: dict[str, Any] = BASE | {"hazard_ratio": 0.6, "delay": 4, "strata": "0.3:1,0.7:1.6", "follow_up": 18}
MARGIN = NonInferiority(margin=1.2)
SUPERIOR = Superiority()


def sizes_for(statistic: Any, alpha: float, power: float, weights: tuple[float, float]) -> tuple[int, int]:
    total = statistic.total(alpha, 1, power, weights)
    return round(total * weights[0]), round(total * weights[1])


# bias allowed beyond Monte Carlo error: what was measured with 100,000 trials, rounded up (see the docstrings)
@pytest.mark.parametrize(
    ("fields", "test", "hypothesis", "weights", "bias"),
    [
        (BASE, "schoenfeld", SUPERIOR, (0.5, 0.5), 0.004),
        (BASE, "schoenfeld", SUPERIOR, (2 / 3, 1 / 3), 0.018),
        (BASE, "freedman", SUPERIOR, (0.5, 0.5), 0.01),
        (BASE, "freedman", SUPERIOR, (2 / 3, 1 / 3), 0.022),
        (BASE, "lachin-foulkes", SUPERIOR, (0.5, 0.5), 0.006),
        (BASE, "log-rank", SUPERIOR, (0.5, 0.5), 0.004),
        (BASE, "fleming-harrington", SUPERIOR, (0.5, 0.5), 0.012),
        (LATE, "fleming-harrington", SUPERIOR, (0.5, 0.5), 0.02),
        (LATE, "log-rank", SUPERIOR, (0.5, 0.5), 0.006),
        (BASE, "maxcombo", SUPERIOR, (0.5, 0.5), 0.006),
        (BASE, "schoenfeld", MARGIN, (0.5, 0.5), 0.006),
        (BASE, "lachin-foulkes", MARGIN, (0.5, 0.5), 0.006),
        (BASE | {"hazard_ratio": 1.0}, "schoenfeld", Equivalence(lower=0.75, upper=4 / 3), (0.5, 0.5), 0.006),
    ],
)
def test_power_and_level_of_simulated_patients(
    fields: dict[str, Any], test: str, hypothesis: Any, weights: tuple[float, float], bias: float
) -> None:
    endpoint, trials = Survival(**fields), 6000
    statistic = endpoint.statistic(test, hypothesis)
    sizes = sizes_for(statistic, 0.025, 0.9, weights)
    stated = float(statistic.power(np.asarray(sizes, dtype=float), 0.025, 1))
    assert stated == pytest.approx(0.9, abs=0.003)
    z = statistic.sample(np.random.default_rng(11), sizes, (0.5, 1.0), trials)
    assert z.shape == (trials, 2)
    assert (z[:, 1] >= norm.isf(0.025)).mean() == pytest.approx(stated, abs=bias + 4 * math.sqrt(0.09 / trials))
    null = hypothesis.nulls(1.0)[-1]
    none = endpoint.with_effect(null).statistic(test, hypothesis, at_null=True)
    if not isinstance(hypothesis, Equivalence):
        none = dataclasses.replace(none, direction=statistic.direction)
    level = (none.sample(np.random.default_rng(12), sizes, (1.0,), trials)[:, 0] >= norm.isf(0.025)).mean()
    assert level == pytest.approx(0.025, abs=0.004 + 4 * math.sqrt(0.025 / trials))


@pytest.mark.parametrize("hypothesis", [SUPERIOR, NonInferiority(margin=-1)])
def test_restricted_means_of_simulated_patients(hypothesis: Any) -> None:
    endpoint, trials = RestrictedMeanSurvival(**BASE, horizon=18), 6000
    statistic = endpoint.statistic(None, hypothesis)
    sizes = sizes_for(statistic, 0.025, 0.85, (0.6, 0.4))
    z = statistic.sample(np.random.default_rng(13), sizes, (1.0,), trials)[:, 0]
    stated = float(statistic.power(np.asarray(sizes, dtype=float), 0.025, 1))
    assert (z >= norm.isf(0.025)).mean() == pytest.approx(stated, abs=0.012 + 4 * math.sqrt(0.12 / trials))


def test_interim_statistics_have_the_drift_of_their_events() -> None:
    statistic = Survival(**BASE).statistic("schoenfeld", SUPERIOR)
    z = statistic.sample(np.random.default_rng(14), (250, 250), (0.25, 0.5, 1.0), 8000)
    drift = float(statistic.drift(np.asarray([250.0, 250.0]), 0.025, 1))
    assert z.mean(axis=0) == pytest.approx(drift * np.sqrt([0.25, 0.5, 1.0]), abs=0.06)
    assert np.corrcoef(z.T)[0] == pytest.approx([1, math.sqrt(0.5), math.sqrt(0.25)], abs=0.03)


def test_sizes_and_events_of_rpact() -> None:
    """rpact, test-f_design_plan_survival.R, 'only alpha = 0.01': accrual 12, follow-up 6, power 0.8."""
    control = -math.log(0.8) / 12
    for pi, n, events in ((0.4, 197.78666, 58.52451), (0.5, 90.804254, 31.248898), (0.6, 51.314209, 20.120262)):
        endpoint = Survival(
            control_hazard=control, hazard_ratio=math.log(1 - pi) / math.log(0.8), accrual=12, follow_up=6
        )
        statistic = endpoint.statistic("schoenfeld", SUPERIOR)
        total = statistic.total(0.01, 1, 0.8, (0.5, 0.5))
        assert total == pytest.approx(n, abs=1e-5)
        assert float(statistic.events(np.asarray([total / 2, total / 2]))) == pytest.approx(events, abs=1e-6)


@pytest.mark.parametrize("test", Survival.tests["superiority"])
@pytest.mark.parametrize("driven", [False, True])
def test_the_total_has_the_power(test: str, driven: bool) -> None:
    fields = BASE | ({"accrual": None, "accrual_rate": 25.0} if driven else {})
    statistic = Survival(**fields).statistic(test, SUPERIOR)
    weights = np.asarray([0.6, 0.4])
    total = statistic.total(0.05, 2, 0.85, weights)
    assert float(statistic.power(total * weights, 0.05, 2)) == pytest.approx(0.85, abs=1e-6)
    several = statistic.power(np.stack([total * weights, 2 * total * weights]), 0.05, 2)
    assert several.shape == (2,)
    assert several[1] > several[0]


def test_at_a_given_rate_a_larger_trial_lasts_longer() -> None:
    statistic: Any = Survival(**BASE | {"accrual": None, "accrual_rate": "0:10,6:25"}).statistic(None, SUPERIOR)
    small, large = statistic.timeline((100, 100), (0.5, 1.0)), statistic.timeline((200, 200), (0.5, 1.0))
    assert small[1].time == pytest.approx(6 + 140 / 25 + 12)
    assert large[1].time == pytest.approx(6 + 340 / 25 + 12)
    raised = statistic.inflated(200.0, 1.1, (0.5, 0.5))
    at = np.asarray([raised / 2, raised / 2])
    assert float(statistic.events(at)) == pytest.approx(1.1 * small[1].events)
    assert raised < 220


@given(
    median=st.floats(2, 60),
    ratio=st.floats(0.3, 0.9),
    accrual=st.floats(1, 40),
    follow_up=st.floats(1, 40),
    dropout=st.just(0.0) | st.floats(1e-6, 0.05),
    share=st.floats(0.25, 0.75),
    test=st.sampled_from(["schoenfeld", "freedman", "lachin-foulkes", "log-rank"]),
)
@settings(max_examples=40, deadline=None)
def test_laws(
    median: float, ratio: float, accrual: float, follow_up: float, dropout: float, share: float, test: str
) -> None:
    endpoint = Survival(
        control_median=median, hazard_ratio=ratio, accrual=accrual, follow_up=follow_up, dropout_hazard=dropout
    )
    statistic = endpoint.statistic(test, SUPERIOR)
    weights = np.asarray([share, 1 - share])
    powers = statistic.power(np.asarray([50.0, 100.0, 400.0])[:, None] * weights, 0.05, 2)
    assert (np.diff(powers) >= -1e-12).all()
    longer = Survival(**(endpoint.model_dump() | {"follow_up": follow_up + 5}))
    more = longer.statistic(test, SUPERIOR)
    assert float(more.power(100 * weights, 0.05, 2)) >= powers[1] - 1e-9
    other: Any = Survival(
        control_median=median / ratio,
        hazard_ratio=1 / ratio,
        accrual=accrual,
        follow_up=follow_up,
        dropout_hazard=dropout,
    ).statistic(test, SUPERIOR)
    if test != "lachin-foulkes":
        assert float(other.power(100 * weights[::-1], 0.05, 2)) == pytest.approx(float(powers[1]), abs=1e-9)
    assert other.direction == 1


@pytest.mark.parametrize(
    "fields",
    [
        BASE,
        BASE | {"hazard_ratio": None, "treatment_median": 17.0},
        BASE | {"control_median": None, "control_hazard": "0:0.08,6:0.04"},
        LATE,
    ],
)
def test_another_effect_is_another_ratio(fields: dict[str, Any]) -> None:
    endpoint = Survival(**fields)
    assert endpoint.with_effect(endpoint.effect()).effect() == endpoint.effect()
    assert endpoint.with_effect(1.0).statistic("log-rank", SUPERIOR, at_null=True).power(
        np.asarray([100.0, 100.0]), 0.025, 1
    ) == pytest.approx(0.025)
    means = RestrictedMeanSurvival(**{k: v for k, v in fields.items() if k != "strata"}, horizon=20)
    assert means.with_effect(means.effect()).effect() == pytest.approx(means.effect(), abs=1e-9)
    assert means.with_effect(0.0).effect() == 0
    assert means.with_effect(-0.7).effect() == pytest.approx(-0.7, abs=1e-9)


def test_a_median_of_the_treatment_is_met() -> None:
    endpoint = Survival(control_hazard="0:0.08,6:0.04", treatment_median=17.0, accrual=12, follow_up=12, delay=3)
    treated = endpoint.event_model.strata[0].treatment
    assert float(np.exp(-treated.event.cumulative(np.asarray(17.0)))) == pytest.approx(0.5)


# --- MaxCombo


@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_joint_probabilities_are_those_of_the_multivariate_normal(shift: float) -> None:
    model = Survival(**LATE).event_model
    correlation = moments(model, model.duration, COMBINATION).correlation
    independent = (
        np.random.default_rng(3).standard_normal((400_000, 4)) @ np.linalg.cholesky(correlation + 1e-9 * np.eye(4)).T
    )
    for bound in ([2.0, 2.0, 2.0, 2.0], [1.0, 2.5, 0.3, 1.7], [-0.5, 0.0, 0.5, 1.0]):
        upper = np.asarray(bound) - shift
        found = float(probability_below(upper, correlation))
        drawn = (independent <= upper).all(axis=1).mean()
        assert found == pytest.approx(drawn, abs=4 * math.sqrt(max(drawn * (1 - drawn), 1e-6) / 400_000) + 1e-4)
        three = correlation[1:, 1:]
        exact = multivariate_normal(np.zeros(3), three, seed=1).cdf(upper[1:])
        assert float(probability_below(upper[1:], three)) == pytest.approx(exact, abs=3e-5)


def test_the_critical_value_lies_between_one_test_and_bonferroni() -> None:
    model = Survival(**BASE).event_model
    correlation = moments(model, model.duration, COMBINATION).correlation
    assert np.linalg.matrix_rank(correlation, tol=1e-8) == 3  # S + (1 - S) = 1
    found = critical_value(correlation, 0.025)
    assert norm.isf(0.025) < found < norm.isf(0.025 / 4)
    assert 1 - float(probability_below(np.full(4, found), correlation)) == pytest.approx(0.025, abs=1e-9)


# --- restricted means


def test_restricted_mean_of_exponential_times() -> None:
    endpoint = RestrictedMeanSurvival(**BASE, horizon=18)
    rate = math.log(2) / 12
    assert float(restricted_mean(endpoint.control, 18)) == pytest.approx((1 - math.exp(-18 * rate)) / rate)


def test_variance_without_censoring_is_that_of_the_truncated_time() -> None:
    endpoint = RestrictedMeanSurvival(control_hazard=0.1, hazard_ratio=0.5, accrual=5, follow_up=20, horizon=15)
    control = endpoint.event_model.strata[0].control
    mean = (1 - math.exp(-1.5)) / 0.1
    second = 2 / 0.1**2 * (1 - math.exp(-1.5) * (1 + 1.5))
    assert rmst_variance(control, endpoint.event_model, 15.0) == pytest.approx(second - mean**2)


def test_power_of_lrstat_rmpower(delayed: Any) -> None:
    """cran/lrstat, "RM power": milestone 18, looks at 80% and all of the information: 0.30423."""
    from benchside.tools.trials.design.sequential.plan import plan

    difference = variance = 0.0
    for stratum in delayed.strata:
        treated, control = (float(restricted_mean(arm.event, 18.0)) for arm in stratum.arms)
        difference += stratum.share * (treated - control)
        variance += stratum.share * sum(rmst_variance(arm, delayed, 18.0) / 234 for arm in stratum.arms)
    power = plan((0.8, 1.0), 0.025, 1, 0.9, "lan-demets-of").power(difference / math.sqrt(variance))
    assert float(power) == pytest.approx(0.30423, abs=5e-6)


def test_the_area_under_a_curve_is_the_sum_of_its_steps() -> None:
    """6-MP arm of Freireich's trial up to week 35, with its ties, by a loop over the event times."""
    time = np.asarray([[6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35.0]])
    event = np.asarray([[1] * 9 + [0] * 12], dtype=bool)
    survival, mean, last, steps = 1.0, 0.0, 0.0, []
    for t in np.unique(time[event]):
        n, d = (time >= t).sum(), (event & (time == t)).sum()
        mean += survival * (t - last)
        steps.append((t, n, d))
        survival, last = survival * (1 - d / n), t
    mean += survival * (35 - last)
    variance, area, survival, last = 0.0, 0.0, 1.0, 0.0
    for t, n, d in steps:
        area += survival * (t - last)
        variance += (mean - area) ** 2 * d / (n * (n - d))
        survival, last = survival * (1 - d / n), t
    found = estimated(time, event, 35.0)
    assert float(found[0][0]) == pytest.approx(mean)
    assert float(found[1][0]) == pytest.approx(variance)


# --- refusals


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"control_median": None}, "control_median"),
        ({"control_hazard": 0.05}, "control_median"),
        ({"hazard_ratio": None}, "hazard_ratio"),
        ({"treatment_median": 20}, "hazard_ratio"),
        ({"control_median": -1}, "control_median"),
        ({"control_median": math.nan}, "control_median"),
        ({"control_median": True}, "control_median"),
        ({"hazard_ratio": 0}, "hazard_ratio"),
        ({"hazard_ratio": math.inf}, "hazard_ratio"),
        ({"hazard_ratio": 1e6}, "hazard_ratio"),
        ({"accrual": None}, "accrual"),
        ({"accrual": 0}, "accrual"),
        ({"accrual_rate": 10}, "accrual_rate"),
        ({"accrual_rate": "10"}, "accrual_rate"),
        ({"accrual": None, "accrual_rate": "0:10,6:0"}, "accrual"),
        ({"accrual": None, "accrual_rate": 10, "accrual_decline": 0.1}, "accrual"),
        ({"accrual_rate": "0:1,3:x"}, "accrual_rate"),
        ({"accrual_decline": math.nan}, "accrual_decline"),
        ({"accrual_decline": 1e6}, "accrual_decline"),
        ({"follow_up": -1}, "follow_up"),
        ({"follow_up": math.nan}, "follow_up"),
        ({"dropout_hazard": -0.1}, "dropout_hazard"),
        ({"dropout_hazard": "0:0.1,-3:0.2"}, "dropout_hazard"),
        ({"delay": -1}, "delay"),
        ({"delay": 100}, "delay"),
        ({"longest_follow_up": 0}, "longest_follow_up"),
        ({"rho": -1}, "rho"),
        ({"gamma": math.nan}, "gamma"),
        ({"strata": "0.2:1"}, "strata"),
        ({"strata": "half:1,half:2"}, "strata"),
        ({"strata": "0.5:1,0.5:-2"}, "strata"),
        ({"cure_fraction": 0.2}, "cure"),
        ({"competing_hazard": 0.02}, "competing"),
    ],
)
def test_endpoints_that_cannot_be(change: dict[str, Any], where: str) -> None:
    with pytest.raises(DesignError) as caught:
        Survival(**(BASE | change))
    assert caught.value.where == where
    assert caught.value.hint


@pytest.mark.parametrize(
    ("change", "horizon"),
    [({}, 0), ({}, math.nan), ({}, 31), ({"longest_follow_up": 10}, 12), ({"accrual": None, "accrual_rate": 5}, 13)],
)
def test_horizons_that_cannot_be(change: dict[str, Any], horizon: float) -> None:
    with pytest.raises(DesignError):
        RestrictedMeanSurvival(**(BASE | change), horizon=horizon)


def test_tests_that_assume_what_is_not_assumed() -> None:
    late, early = Survival(**LATE), Survival(**BASE)
    for test in ("schoenfeld", "freedman", "lachin-foulkes"):
        with pytest.raises(ContradictoryInputError, match="proportional"):
            late.statistic(test, SUPERIOR)
    for test in ("freedman", "maxcombo", "log-rank", "fleming-harrington"):
        with pytest.raises(OutOfScopeError):
            early.statistic(test, Superiority(null=0.9))
    with pytest.raises(OutOfScopeError):
        early.statistic("maxcombo", MARGIN)
    with pytest.raises(ContradictoryInputError):
        early.with_effect(1.0).statistic("schoenfeld", SUPERIOR)
    with pytest.raises(DesignError):
        RestrictedMeanSurvival(**BASE, horizon=18).with_effect(17.5)


def test_what_is_monitored() -> None:
    early, late = Survival(**BASE), Survival(**LATE)
    for test in ("schoenfeld", "freedman", "lachin-foulkes", "log-rank"):
        early.statistic(test, SUPERIOR).monitored()
    for endpoint, test in ((early, "fleming-harrington"), (early, "maxcombo"), (late, "log-rank")):
        with pytest.raises(OutOfScopeError, match="interim"):
            endpoint.statistic(test, SUPERIOR).monitored()
    with pytest.raises(OutOfScopeError, match="interim"):
        RestrictedMeanSurvival(**BASE, horizon=18).statistic(None, SUPERIOR).monitored()


def test_designs_that_only_look_like_survival() -> None:
    for what in ("competing", "cure", "recurrent", "interval"):
        with pytest.raises(OutOfScopeError):
            refuse(what)


def test_looks_are_at_increasing_numbers_of_events() -> None:
    assert look_events(100.4, (0.5, 0.75, 1.0)) == (50, 75, 100)
    assert look_events(2.0, (0.1, 0.2, 1.0)) == (1, 2, 3)


def test_simulations_that_would_take_hours_are_refused() -> None:
    for endpoint in (Survival(**BASE), RestrictedMeanSurvival(**BASE, horizon=18)):
        with pytest.raises(DesignError) as caught:
            endpoint.statistic(None, SUPERIOR).sample(np.random.default_rng(1), (500_000, 500_000), (1.0,), 10_000)
        assert caught.value.where == "trials"


def test_cited_works_are_known() -> None:
    known = set(REFERENCES) | {"schuirmann-1987"}
    for test in Survival.tests["superiority"]:
        assert set(Survival(**BASE).statistic(test, SUPERIOR).references) <= known
