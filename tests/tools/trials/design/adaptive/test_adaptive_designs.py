"""What all adaptive designs answer; response-adaptive allocation, predictive probability, assurance in detail."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, betabinom, binom, norm

from benchside.tools.trials.design import catalogue
from benchside.tools.trials.design.adaptive.allocation_rules import Allocator, exact_two_arms, probability_best
from benchside.tools.trials.design.adaptive.assurance import (
    NormalPrior,
    assurance,
    normal_assurance,
    simulated_assurance,
)
from benchside.tools.trials.design.adaptive.combination_design import CombinationDesign
from benchside.tools.trials.design.adaptive.predictive import (
    beta_binomial,
    posterior_superiority,
    predictive_power_normal,
    predictive_probability,
    predictive_table,
)
from benchside.tools.trials.design.adaptive.predictive_design import PredictiveProbability
from benchside.tools.trials.design.adaptive.references import REFERENCES
from benchside.tools.trials.design.adaptive.response_adaptive_design import ResponseAdaptive
from benchside.tools.trials.design.cases.adaptive import METHODS
from benchside.tools.trials.design.errors import DesignError, OutOfScopeError

DESIGNS = {k: e.load() for k, e in catalogue.DESIGNS.items() if e.where.startswith("adaptive.")}

EXAMPLES: dict[str, dict] = {
    "combination-test": {"effect": 0.5},
    "sample-size-reestimation": {"effect": 0.5},
    "blinded-reestimation": {"effect": 0.5},
    "mams": {"effect": 0.5, "treatments": 2},
    "dunnett": {"effects": "0.5,0.4"},
    "seamless-selection": {"effects": "0.5,0.1"},
    "drop-the-losers": {"effect": 0.5},
    "response-adaptive": {"rates": "0.6,0.4", "n": 20},
    "predictive-probability-two-arm": {"treatment": 0.6, "control": 0.4, "n": 30},
}


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(DESIGNS)
    for kind, model in DESIGNS.items():
        assert model.model_fields["kind"].default == kind


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_answers(kind: str) -> None:
    design = DESIGNS[kind](**EXAMPLES[kind])
    results = design.results()
    names = [q.name for q in results.quantities]
    assert len(names) == len(set(names))
    for quantity in results.quantities:
        assert not (isinstance(quantity.value, float) and not math.isfinite(quantity.value)), quantity
        assert type(quantity.value) in (int, float, str, bool, type(None)), quantity
    assert results.tables
    for table in results.tables:
        assert table.rows
        for row in table.rows:
            assert len(row) == len(table.columns)
            assert all(type(cell) in (int, float, str, bool, type(None)) for cell in row), row
    text = results.text
    bare = re.sub(r"\{\w+\}", "", text.template)
    assert not re.search(r"\d", bare)
    assert "{" not in text.render()
    assert set(text.cites) <= set(REFERENCES)
    assert results.text.cites or kind == "response-adaptive"
    size = design.sample_size()
    assert len(size.arms) == len(size.evaluable) == len(size.enrolled)


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_simulations_repeat_and_round_trip(kind: str) -> None:
    design = DESIGNS[kind](**EXAMPLES[kind])
    one, two = design.simulate(trials=500, seed=4), design.simulate(trials=500, seed=4)
    assert [e.value for e in one.estimates] == [e.value for e in two.estimates]
    assert DESIGNS[kind].model_validate(design.model_dump()) == design
    for bad in ({"trials": 5}, {"trials": 10**9}, {"seed": -1}):
        with pytest.raises(DesignError):
            design.simulate(**({"trials": 500} | bad))
    with pytest.raises(DesignError):
        design.simulate("nothing", trials=500)


@pytest.mark.parametrize("kind", ["combination-test", "predictive-probability-two-arm"])
def test_verify(kind: str) -> None:
    assert DESIGNS[kind](**EXAMPLES[kind]).verify(trials=50_000).agrees


def test_public_cases() -> None:
    answer = METHODS.by_name["dunnett_one_sided_inf_df"].answer
    assert answer({"alpha": 0.05, "k": 3, "ratio": 1}, frozenset({"c"}))["c"] == pytest.approx(2.0621, abs=1e-4)
    found = METHODS.by_name["mams"].answer(
        {"K": 3, "J": 3, "alpha_fwer_one_sided": 0.05, "power": 0.9, "p": 0.65, "p0": 0.55, "ushape": "obf",
         "lower": 0, "r": [1, 2, 3]},
        frozenset({"n_per_arm_stage"}),
    )  # fmt: skip
    assert (found["n_per_arm_stage"], found["N_max"]) == (29, 348)
    assert found["sim_reject_any"] == pytest.approx(0.929, abs=0.003)
    assert found["sim_reject_first"] == pytest.approx(0.908, abs=0.003)


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": 0.5, "test": "fisher", "futility": (0.5,), "binding": True},
        {"effect": 0.5, "looks": (0.3, 0.6, 1), "futility": (0.6, 0.5), "spending": "pocock"},
    ],
)
def test_combination_design_agrees_with_simulation(fields: dict) -> None:
    design = CombinationDesign(**fields)
    assert design.verify(trials=100_000).agrees
    assert design.power_at(design.arm_size) >= 0.9 > design.power_at(design.arm_size - 1)


# --- response-adaptive allocation


def test_probability_best() -> None:
    for a, b in (((3.0, 5.0), (4.0, 2.0)), ((40.0, 50.0), (60.0, 50.0)), ((900.0, 960.0), (1100.0, 1040.0))):
        stated = quad(lambda x, a=a, b=b: beta.pdf(x, a[0], b[0]) * beta.cdf(x, a[1], b[1]), 0, 1, points=[0.4, 0.5])[0]
        found = probability_best(np.asarray([a]), np.asarray([b]))
        assert found[0, 0] == pytest.approx(stated, abs=0.002)
        assert found.sum() == pytest.approx(1.0)
    three = probability_best(np.asarray([[4.0, 4.0, 4.0]]), np.asarray([[5.0, 5.0, 5.0]]))
    assert three[0] == pytest.approx([1 / 3] * 3, abs=1e-9)


def test_urn_by_hand() -> None:
    """Wei & Durham: one ball each; a success of A adds an A, a failure of B adds an A."""
    rule = Allocator("play-the-winner", 10)
    share = rule.shares(np.asarray([[1.0, 0.0]]), np.asarray([[1.0, 1.0]]))
    assert share[0] == pytest.approx([3 / 4, 1 / 4])


def test_play_the_winner_tends_to_its_limit() -> None:
    """The share of an arm tends to the other's failure rate over the sum of both (Wei & Durham 1978)."""
    design = ResponseAdaptive(rates=(0.5, 0.25), n=2_000, rule="play-the-winner", block=10)
    found = design.simulate(trials=400)
    assert found["n_1"].value / 2_000 == pytest.approx(0.75 / 1.25, abs=0.02)


@pytest.mark.parametrize("target", ["neyman", "rsihr", "urn"])
def test_biased_coin_tends_to_its_target(target: str) -> None:
    p, q = np.asarray((0.7, 0.4)), np.asarray((0.3, 0.6))
    weight = {"neyman": np.sqrt(p * q), "rsihr": np.sqrt(p), "urn": 1 / q}[target]
    design = ResponseAdaptive(rates=tuple(p), n=2_000, rule="biased-coin", target=target, block=10)
    share = design.simulate(trials=300)["n_1"].value / 2_000
    assert share == pytest.approx(weight[0] / weight.sum(), abs=0.015)


def test_equal_allocation_is_binomial() -> None:
    found = exact_two_arms(Allocator("equal", 30), (0.6, 0.4), 5, 1.96)
    assert found.sizes == pytest.approx([15, 15])
    assert found.spread == pytest.approx(math.sqrt(20 / 4))
    assert found.failures == pytest.approx(15.0)


@pytest.mark.parametrize("rule", ["thompson", "biased-coin", "play-the-winner", "equal"])
def test_allocation_agrees_with_simulation(rule: str) -> None:
    design = ResponseAdaptive(rates=(0.7, 0.4), n=24, rule=rule, burn_in=3)
    assert design.verify(trials=20_000).agrees


def test_thompson_saves_failures_and_costs_power() -> None:
    thompson = ResponseAdaptive(rates=(0.7, 0.4), n=60).exact((0.7, 0.4))
    equal = ResponseAdaptive(rates=(0.7, 0.4), n=60, rule="equal").exact((0.7, 0.4))
    assert thompson.failures < equal.failures
    assert thompson.reject[0] < equal.reject[0]


def test_three_arms() -> None:
    design = ResponseAdaptive(rates=(0.6, 0.5, 0.4), n=90, block=10)
    found = design.simulate(trials=2_000)
    assert sum(found[f"n_{i}"].value for i in (1, 2, 3)) == pytest.approx(90)
    assert design.verify(trials=2_000).notes


@pytest.mark.parametrize(
    "fields",
    [
        {"rates": (0.5,)},
        {"rates": (0.5, 1.0)},
        {"rates": (0.5, math.nan)},
        {"rates": "x"},
        {"n": 3},
        {"n": 10**6},
        {"burn_in": 30},
        {"burn_in": 0},
        {"block": 0},
        {"gamma": -1},
        {"prior": (1,)},
        {"prior": (0, 1)},
        {"balls": 0},
        {"tuning": -1},
        {"alpha": 0.6},
    ],
)
def test_bad_allocation_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        ResponseAdaptive(**({"rates": (0.6, 0.4), "n": 40} | fields))
    assert caught.value.where


# --- predictive probability


def test_beta_binomial() -> None:
    assert beta_binomial(12, 2.0, 3.5) == pytest.approx(betabinom.pmf(np.arange(13), 12, 2.0, 3.5), rel=1e-10)


def test_posterior_superiority() -> None:
    found = posterior_superiority(np.asarray([7.0, 3.0]), np.asarray([4.0]), 10, (1.0, 1.0))
    stated = quad(lambda p: beta.pdf(p, 5, 7) * beta.sf(p, 8, 4), 0, 1)[0]
    assert found[0, 0] == pytest.approx(stated, abs=1e-9)
    assert posterior_superiority(np.asarray([4.0]), np.asarray([4.0]), 10, (1.0, 1.0))[0, 0] == pytest.approx(0.5)


def test_predictive_probability_by_simulation() -> None:
    found = predictive_probability(11, 6, 20, 40)
    rng = np.random.default_rng(2)
    p, q = rng.beta(12, 10, 200_000), rng.beta(7, 15, 200_000)
    x, y = 11 + rng.binomial(20, p), 6 + rng.binomial(20, q)
    pooled = (x + y) / 80
    z = (x - y) / 40 / np.sqrt(pooled * (1 - pooled) * 2 / 40)
    assert found == pytest.approx((z >= norm.isf(0.025)).mean(), abs=3 * 0.5 / np.sqrt(200_000))
    table = predictive_table(20, 40, success="z-test", limit=0.025, prior=(1.0, 1.0))
    assert table[11, 6] == pytest.approx(found, abs=1e-12)
    assert predictive_probability(20, 2, 40, 40) == 1.0


def test_predictive_power_of_a_normal_statistic() -> None:
    """Flat prior: Phi((z - c sqrt(t)) / sqrt(1 - t)), Spiegelhalter et al. (1986)."""
    for z, fraction in ((1.2, 0.5), (2.5, 0.3), (-0.5, 0.8)):
        stated = norm.cdf((z - 1.96 * math.sqrt(fraction)) / math.sqrt(1 - fraction))
        assert predictive_power_normal(z, fraction, 1.96) == pytest.approx(stated, abs=1e-12)
    sure = predictive_power_normal(1.0, 0.5, 1.96, prior_mean=3.0, prior_information=1e9)
    conditional = norm.cdf((math.sqrt(0.5) + 0.5 * 3.0 - 1.96) / math.sqrt(0.5))
    assert sure == pytest.approx(conditional, abs=1e-6)


def test_without_stops_it_is_the_fixed_test() -> None:
    design = PredictiveProbability(treatment=0.5, control=0.3, n=40, futility=0.0)
    x = np.arange(41)
    law = np.outer(binom.pmf(x, 40, 0.5), binom.pmf(x, 40, 0.3))
    assert design.exact((0.5, 0.3))["success"] == pytest.approx(float((law * design.region).sum()), abs=1e-12)
    posterior = PredictiveProbability(
        treatment=0.6, control=0.3, n=30, looks="10,20", efficacy=0.99, success="posterior", limit=0.975, margin=0.05
    )
    assert posterior.verify(trials=50_000).agrees


@pytest.mark.parametrize(
    "fields",
    [
        {"treatment": 1.0},
        {"control": math.nan},
        {"n": 2},
        {"n": 1000},
        {"looks": (30,)},
        {"looks": (10, 5)},
        {"looks": (1.5,)},
        {"futility": 0.9, "efficacy": 0.5},
        {"limit": 0.9},
        {"margin": 0.1},
        {"prior": (1, 2, 3)},
    ],
)
def test_bad_predictive_design_is_named(fields: dict) -> None:
    with pytest.raises(DesignError) as caught:
        PredictiveProbability(**({"treatment": 0.6, "control": 0.4, "n": 30} | fields))
    assert caught.value.where


# --- assurance


def test_assurance_of_a_normal_test_has_a_closed_form() -> None:
    prior = NormalPrior(mean=0.3, sd=0.2)

    def power(effect: float) -> float:
        return float(norm.cdf(effect / 0.1 - norm.isf(0.025)))

    stated = normal_assurance(prior, 0.1, 0.025)
    found = assurance(power, prior, null=0.0)
    assert found.value == pytest.approx(stated.value, abs=1e-9)
    assert found.ceiling == pytest.approx(stated.ceiling, abs=1e-12)
    assert found.power_at_mean == pytest.approx(stated.power_at_mean, abs=1e-12)
    value, error = simulated_assurance(power, prior, trials=20_000)
    assert value == pytest.approx(found.value, abs=3 * error)


def test_assurance_of_a_cut_and_a_log_normal_prior() -> None:
    cut = NormalPrior(mean=0.3, sd=0.2, lower=0.0, upper=0.6)

    def power(effect: float) -> float:
        return float(norm.cdf(effect / 0.1 - 1.96))

    top = norm.cdf(1.5) - norm.cdf(-1.5)
    stated = quad(lambda d: norm.pdf(d, 0.3, 0.2) * power(d), 0, 0.6)[0] / top
    assert assurance(power, cut, null=0.0).value == pytest.approx(stated, abs=1e-9)
    assert assurance(power, cut, null=0.0).ceiling == pytest.approx(1.0)
    ratio = NormalPrior.of_estimate(0.7, 0.15, log=True)

    def survival(hazard_ratio: float) -> float:
        return float(norm.cdf(-math.log(hazard_ratio) / 0.1 - 1.96))

    found = assurance(survival, ratio, null=1.0, higher=False)
    assert found.value == pytest.approx(norm.cdf((-math.log(0.7) - 0.196) / math.hypot(0.1, 0.15)), abs=1e-9)
    assert found.ceiling == pytest.approx(norm.cdf(-math.log(0.7) / 0.15), abs=1e-9)
    value, error = simulated_assurance(survival, ratio, trials=20_000)
    assert value == pytest.approx(found.value, abs=3 * error)


def test_a_certain_prior_gives_the_power() -> None:
    prior = NormalPrior(mean=0.25, sd=1e-6)
    assert assurance(lambda d: float(norm.cdf(d / 0.1 - 1.96)), prior).value == pytest.approx(norm.cdf(0.54), abs=1e-6)


@pytest.mark.parametrize("fields", [{"sd": 0}, {"sd": math.nan}, {"mean": math.inf}, {"lower": 1, "upper": 0},
                                    {"lower": 99}])  # fmt: skip
def test_bad_prior_is_named(fields: dict) -> None:
    with pytest.raises(DesignError):
        NormalPrior(**({"mean": 0.0, "sd": 1.0} | fields))


def test_a_power_function_must_answer_with_probabilities() -> None:
    prior = NormalPrior(mean=0.0, sd=1.0)
    for bad in (lambda _: 2.0, lambda _: math.nan):
        with pytest.raises(DesignError):
            assurance(bad, prior)


def test_enrichment_is_refused_by_name() -> None:
    from benchside.tools.trials.design.catalogue import design_class

    with pytest.raises(OutOfScopeError, match="enrichment"):
        design_class("adaptive-enrichment")
