"""Two proportions: published sizes, simulation and enumeration against the formulae, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from benchside.tools.trials.design.binary.enumeration import rejection_probability
from benchside.tools.trials.design.binary.references import REFERENCES
from benchside.tools.trials.design.binary.two_proportions import TwoProportions
from benchside.tools.trials.design.comparison import Comparison
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

SCALE_OF = {"log-odds": "odds-ratio", "log-risk": "risk-ratio"}
MARGINS = {"difference": (-0.1, 0.1), "risk-ratio": (0.8, 1.25), "odds-ratio": (0.6, 1 / 0.6)}
FITTING = [
    (test, scale)
    for test in TwoProportions.tests["non-inferiority"]
    for scale in ("difference", "risk-ratio", "odds-ratio")
    if {"unpooled": scale != "odds-ratio", "log-odds": scale == "odds-ratio", "log-risk": scale == "risk-ratio"}.get(
        test, True
    )
]


def total(p1, p2, test, hypothesis, alpha, power, ratio=1.0, scale="difference", sides=1):
    weights = (1 / (1 + ratio), ratio / (1 + ratio))
    statistic = TwoProportions(treatment=p1, control=p2, scale=scale).statistic(test, hypothesis)
    n = statistic.total(alpha, sides, power, weights)
    return n, n * weights[0], n * weights[1]


# keaven/gsDesign, tests/testthat/test-base.R, nBinomial; 1 to 4 from Farrington and Manning (1990), p 1451 and Table 1
@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        ((0.4, 0.05, "farrington-manning", Superiority(null=0.2), 0.05, 0.8), {}, 159.6876),
        ((0.1, 0.1, "farrington-manning", NonInferiority(margin=-0.2), 0.05, 0.9), {"ratio": 2 / 3}, (62.88, 41.92)),
        (
            (0.25, 0.05, "farrington-manning", Superiority(null=0.1), 0.05, 0.9),
            {"ratio": 1.5},
            (173.2214, 259.8322),
        ),
        (
            (0.25, 0.05, "farrington-manning", Superiority(null=2.0), 0.05, 0.9),
            {"ratio": 1.5, "scale": "risk-ratio"},
            (133.9289, 200.8933),
        ),
        ((0.15, 0.1, "farrington-manning", Superiority(), 0.025, 0.8), {"scale": "odds-ratio"}, 1355.84),
        (
            (0.15, 0.1, "farrington-manning", Superiority(null=1.1), 0.025, 0.8),
            {"ratio": 1.5, "scale": "odds-ratio"},
            (900.57, 1350.85),
        ),
    ],
)
def test_gsdesign_sizes(arguments, options, expected):
    n, n1, n2 = total(*arguments, **options)
    if isinstance(expected, tuple):
        assert (n1, n2) == pytest.approx(expected, abs=0.006)
    else:
        assert n == pytest.approx(expected, abs=1e-3)


def test_lachin_and_the_vignettes():
    # Lachin, Biostatistical Methods, p 71 (652 after rounding); East in the gsDesign2 vignette on risk differences
    assert math.ceil(total(0.4, 0.28, "pooled", Superiority(), 0.025, 0.9)[0]) == 651
    assert math.ceil(total(0.4, 0.28, "unpooled", Superiority(), 0.025, 0.9)[0]) == 645
    # gsDesign's vignette on two binomial arms: 2:1, by difference and by odds ratio
    assert math.ceil(total(0.2, 0.1, "pooled", Superiority(), 0.025, 0.85, ratio=0.5)[0]) == 525
    # group-sequential vignette of gsDesign2: 1834.64 is n.fix of nBinomial(.15, .1)
    assert total(0.15, 0.1, "pooled", Superiority(), 0.025, 0.9)[0] == pytest.approx(1834.641, abs=1e-3)


def test_chow_shao_wang_4_2():
    # example 4.2.4 prints 70 per arm
    assert total(0.65, 0.85, "unpooled", Superiority(), 0.05, 0.8, sides=2)[1] == pytest.approx(69.66, abs=0.005)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 3.0])
def test_corrected_size_is_the_formula_of_fleiss_tytun_and_ury(ratio):
    # their equation 4 for the group of which the other is `ratio` times as large, from the uncorrected size
    bare = total(0.25, 0.4, "pooled", Superiority(), 0.05, 0.8, ratio=ratio, sides=2)[1]
    corrected = bare / 4 * (1 + math.sqrt(1 + 2 * (ratio + 1) / (bare * ratio * 0.15))) ** 2
    found = total(0.25, 0.4, "continuity-corrected", Superiority(), 0.05, 0.8, ratio=ratio, sides=2)[1]
    assert found == pytest.approx(corrected, rel=1e-9)


# gsDesign's simBinomial figures: 100,000 trials, so a standard error of 0.0013
@pytest.mark.parametrize(
    ("p1", "p2", "scale", "null", "sizes", "alpha", "power"),
    [
        (0.4, 0.05, "difference", 0.2, (80, 80), 0.05, 0.813),
        (0.1, 0.1, "difference", -0.2, (63, 42), 0.05, 0.916),
        (0.25, 0.05, "difference", 0.1, (173, 260), 0.05, 0.906),
        (0.15, 0.1, "odds-ratio", 1.1, (901, 1351), 0.025, 0.8056),
        (0.25, 0.05, "risk-ratio", 2.0, (134, 201), 0.05, 0.9078),
    ],
)
def test_enumerated_power_is_what_gsdesign_simulated(p1, p2, scale, null, sizes, alpha, power):
    hypothesis = NonInferiority(margin=null) if null < 0 else Superiority(null=null)
    statistic = TwoProportions(treatment=p1, control=p2, scale=scale).statistic("farrington-manning", hypothesis)
    exact = rejection_probability(statistic.observed, sizes, (p1, p2), alpha)
    assert exact == pytest.approx(power, abs=0.0045)


@pytest.mark.parametrize("test", TwoProportions.tests["superiority"])
@pytest.mark.parametrize("treatment", [0.45, 0.2])
def test_simulation_agrees_with_enumeration_and_the_formula_is_near(test, treatment):
    endpoint = TwoProportions(control=0.3, treatment=treatment, scale=SCALE_OF.get(test, "difference"))
    statistic = endpoint.statistic(test, Superiority())
    n = statistic.total(0.025, 1, 0.9, (0.5, 0.5))
    arms = (math.ceil(n / 2),) * 2
    z = statistic.sample(np.random.default_rng(8), arms, (0.5, 1.0), 40_000)
    assert z.shape == (40_000, 2)
    simulated = float((z[:, -1] >= norm.isf(0.025)).mean())
    stated = float(statistic.power(np.array(arms, dtype=float), 0.025, 1))
    if test == "fisher":
        exact = stated
    else:
        exact = rejection_probability(statistic.observed, arms, (treatment, 0.3), 0.025, direction=statistic.direction)
        assert stated == pytest.approx(exact, abs=0.03)
    assert simulated == pytest.approx(exact, abs=3 * math.sqrt(exact * (1 - exact) / 40_000))


@pytest.mark.parametrize(("test", "scale"), FITTING)
def test_margins_and_equivalence(test, scale):
    low, high = MARGINS[scale]
    arms = (600, 400)
    rng = np.random.default_rng(5)
    for hypothesis in (NonInferiority(margin=low), NonInferiority(margin=high), Equivalence(lower=low, upper=high)):
        statistic = TwoProportions(control=0.6, treatment=0.61, scale=scale).statistic(test, hypothesis)
        stated = float(statistic.power(np.array(arms, dtype=float), 0.05, 1))
        z = statistic.sample(rng, arms, (1.0,), 20_000)
        assert float((z[:, 0] >= norm.isf(0.05)).mean()) == pytest.approx(stated, abs=0.025)
        n = statistic.total(0.05, 1, 0.8, (0.6, 0.4))
        assert float(statistic.power(n * np.array([0.6, 0.4]), 0.05, 1)) == pytest.approx(0.8, abs=1e-8)


def test_type_one_error_keeps_the_designed_direction():
    designed = TwoProportions(control=0.5, treatment=0.5).statistic(None, NonInferiority(margin=0.1))
    assert designed.direction == -1
    at_null = TwoProportions(control=0.5, treatment=0.5).with_effect(0.1)
    at_null = at_null.statistic(None, NonInferiority(margin=0.1), at_null=True)
    assert at_null.direction == -1
    assert float(at_null.power(np.array([200.0, 200.0]), 0.025, 1)) == pytest.approx(0.025, abs=1e-9)


def test_group_sequential_increments_are_independent():
    statistic = TwoProportions(control=0.3, treatment=0.3).statistic(None, Superiority(), at_null=True)
    z = statistic.sample(np.random.default_rng(2), (400, 400), (0.25, 0.5, 1.0), 40_000)
    found = np.corrcoef(z.T)
    expected = np.sqrt(
        np.minimum.outer([0.25, 0.5, 1.0], [0.25, 0.5, 1.0]) / np.maximum.outer([0.25, 0.5, 1.0], [0.25, 0.5, 1.0])
    )
    assert found == pytest.approx(expected, abs=0.02)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([t for t in TwoProportions.tests["superiority"] if t not in ("fisher", "miettinen-nurminen")]),
    st.floats(0.05, 0.95),
    st.floats(0.05, 0.95),
    st.floats(0.25, 4),
)
def test_power_rises_with_size_and_the_closed_form_has_the_power(test, p1, p2, ratio):
    if abs(p1 - p2) < 0.02:
        return
    statistic = TwoProportions(control=p2, treatment=p1, scale=SCALE_OF.get(test, "difference")).statistic(
        test, Superiority()
    )
    weights = np.array([1 / (1 + ratio), ratio / (1 + ratio)])
    n = statistic.total(0.05, 2, 0.85, tuple(weights))
    assert float(statistic.power(n * weights, 0.05, 2)) == pytest.approx(0.85, abs=1e-7)
    curve = statistic.power(np.geomspace(0.5, 4, 9)[:, None] * n * weights, 0.05, 2)
    assert (np.diff(curve) > -1e-12).all()


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["pooled", "unpooled", "fisher", "continuity-corrected", "arcsine"]),
    st.floats(0.05, 0.4),
    st.floats(0.5, 0.95),
)
def test_relabelling_arms_or_outcomes_changes_nothing(test, p1, p2):
    def n(a, b, weights):
        return TwoProportions(control=b, treatment=a).statistic(test, Superiority()).total(0.05, 2, 0.8, weights)

    reference = n(p1, p2, (0.4, 0.6))
    assert n(p2, p1, (0.6, 0.4)) == pytest.approx(reference)
    assert n(1 - p1, 1 - p2, (0.4, 0.6)) == pytest.approx(reference)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["difference", "risk-ratio", "odds-ratio"]), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_effect_and_its_inverse(scale, p1, p2):
    endpoint = TwoProportions(control=p2, treatment=p1, scale=scale)
    assert endpoint.with_effect(endpoint.effect()) == endpoint
    nothing = endpoint.with_effect(endpoint.no_effect)
    assert nothing.treatment == pytest.approx(p2)


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: TwoProportions(control=0.0, treatment=0.5), "control"),
        (lambda: TwoProportions(control=0.5, treatment=1.0), "treatment"),
        (lambda: TwoProportions(control=math.nan, treatment=0.5), "control"),
        (lambda: TwoProportions(control=0.5, treatment=math.inf), "treatment"),
        (lambda: TwoProportions(control=0.5, treatment=True), "treatment"),
        (lambda: TwoProportions(control=0.5, treatment=0.6).with_effect(0.5), "effect"),
        (lambda: TwoProportions(control=0.5, treatment=0.6).with_effect(math.nan), "effect"),
        (lambda: TwoProportions(control=0.5, treatment=0.6, scale="risk-ratio").with_effect(-1), "effect"),
        (lambda: TwoProportions(control=0.5, treatment=0.5).statistic(None, Superiority()), "effect"),
        (lambda: TwoProportions(control=0.5, treatment=0.6).statistic("fisher", Superiority(null=0.05)), "test"),
        (lambda: TwoProportions(control=0.5, treatment=0.6).statistic("log-odds", Superiority()), "test"),
        (lambda: TwoProportions(control=0.5, treatment=0.6).statistic("welch", Superiority()), "test"),
        (lambda: TwoProportions(control=0.5, treatment=0.6).statistic(None, NonInferiority(margin=-1.5)), "null"),
        (
            lambda: TwoProportions(control=0.5, treatment=0.6, scale="odds-ratio").statistic(
                None, NonInferiority(margin=-0.1)
            ),
            "null",
        ),
        (lambda: TwoProportions(control=0.5, treatment=0.6).statistic(None, NonInferiority(margin=0.0)), "margin"),
        (lambda: TwoProportions(control=0.5, treatment=0.6).statistic("fisher", Superiority()).monitored(), "looks"),
        (
            lambda: rejection_probability(lambda *t: t[0], (10, 10), (0.1, math.nan), 0.05),
            "p2",
        ),
        (lambda: rejection_probability(lambda *t: t[0], (10**6, 10), (0.1, 0.2), 0.05), "n"),
        (lambda: rejection_probability(lambda *t: t[0], (10, 10), (0.1, 0.2), 0.0), "alpha"),
    ],
)
def test_bad_input_is_refused_by_name(make, where):
    with pytest.raises(DesignError) as caught:
        make()
    assert caught.value.where == where


def test_references_exist():
    for test in TwoProportions.tests["superiority"]:
        endpoint = TwoProportions(control=0.3, treatment=0.4, scale=SCALE_OF.get(test, "difference"))
        references = endpoint.statistic(test, Superiority()).references
        assert references
        assert set(references) <= set(REFERENCES)


@pytest.mark.parametrize("scale", ["difference", "risk-ratio", "odds-ratio"])
def test_superiority_to_another_null_has_a_score_test_by_default(scale):
    endpoint = TwoProportions(control=0.3, treatment=0.6, scale=scale)
    other = Superiority(null=0.1 if scale == "difference" else 1.2)
    assert endpoint.default_test(Superiority()) == "pooled"
    assert endpoint.default_test(Superiority(null=endpoint.no_effect)) == "pooled"
    assert endpoint.default_test(other) == "farrington-manning"
    design = Comparison(endpoint=endpoint, hypothesis=other)
    assert design.test_name == "farrington-manning"
    assert "score test" in design.statistic.label
    named = Comparison(endpoint=endpoint, hypothesis=other, test="farrington-manning")
    assert design.sample_size() == named.sample_size()
