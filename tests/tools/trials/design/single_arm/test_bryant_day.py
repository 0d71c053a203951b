"""Bryant and Day's designs against their example, a plain search, and patients drawn one by one."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.single_arm.bryant_day import (
    Rates,
    TwoEndpoints,
    cells,
    characteristics,
    joint_counts,
)
from benchside.tools.trials.design.single_arm.bryant_day_search import bryant_day_design
from benchside.tools.trials.design.single_arm.two_endpoints import BryantDay


def test_the_example_of_bryant_and_day_1995_page_1379() -> None:
    # response 0.3 against 0.5, no toxicity 0.6 against 0.8, all errors 0.15: N1 = 19, N2 = 33, CR1 = 5, CR2 = 12,
    # CT1 = 11, CT2 = 22
    found = bryant_day_design(Rates(0.3, 0.5, 0.4, 0.2), 0.15, 0.15, 0.85)
    assert found == TwoEndpoints(n1=19, n=33, r1=5, r=12, s1=11, s=22)


def plain(rates: Rates, alpha: float, power: float, largest: int) -> float:
    """Smallest larger expected size, by trying everything under independence."""
    best = np.inf
    truths = (
        (rates.response0, rates.toxicity1),
        (rates.response1, rates.toxicity0),
        (rates.response1, rates.toxicity1),
    )
    for n in range(2, largest + 1):
        for n1 in range(1, n):
            passes = {}
            for p in {p for r, t in truths for p in (r, 1 - t)}:
                x = np.arange(n1 + 1)
                table = np.zeros((n1, n))
                for c1, c in product(range(n1), range(n)):
                    keep = x > c1
                    table[c1, c] = (binom.pmf(x[keep], n1, p) * binom.sf(c - x[keep], n - n1, p)).sum()
                passes[p] = table
            for r1, s1 in product(range(n1), range(n1)):
                go = [binom.sf(r1, n1, r) * binom.sf(s1, n1, 1 - t) for r, t in truths[:2]]
                size = n1 + max(go) * (n - n1)
                if size >= best:
                    continue
                a, b, c = (np.outer(passes[r][r1], passes[1 - t][s1]) for r, t in truths)
                if ((a <= alpha) & (b <= alpha) & (c >= power)).any():
                    best = size
    return float(best)


def test_a_plain_search_finds_nothing_better() -> None:
    rates = Rates(0.1, 0.6, 0.5, 0.1)
    found = bryant_day_design(rates, 0.1, 0.1, 0.8)
    size = max(characteristics(found, 0.1, 0.1)[2], characteristics(found, 0.6, 0.5)[2])
    assert found.n <= 14
    assert size == pytest.approx(plain(rates, 0.1, 0.8, 14), abs=1e-9)


@pytest.mark.parametrize("odds_ratio", [0.2, 0.9, 1.0, 1.1, 5.0])
def test_cells_have_their_margins_and_odds_ratio(odds_ratio: float) -> None:
    both, only_response, only_safe, neither = cells(0.3, 0.25, odds_ratio)
    assert both + only_response == pytest.approx(0.3)
    assert both + only_safe == pytest.approx(0.75)
    assert both * neither / (only_response * only_safe) == pytest.approx(odds_ratio)
    joint = joint_counts(12, 0.3, 0.25, odds_ratio)
    assert joint.sum(axis=1) == pytest.approx(binom.pmf(np.arange(13), 12, 0.3))
    assert joint.sum(axis=0) == pytest.approx(binom.pmf(np.arange(13), 12, 0.75))


def test_association_hardly_changes_the_design_under_independence() -> None:
    # the remark of Bryant and Day, section 4
    d = bryant_day_design(Rates(0.3, 0.5, 0.4, 0.2), 0.15, 0.15, 0.85)
    for odds_ratio in (0.25, 4.0):
        assert abs(characteristics(d, 0.3, 0.2, odds_ratio)[0] - characteristics(d, 0.3, 0.2)[0]) < 0.02


@pytest.mark.parametrize("odds_ratio", [0.5, 1.0, 3.0])
def test_exact_characteristics_agree_with_simulated_patients(odds_ratio: float) -> None:
    design = BryantDay(
        response0=0.1, response1=0.35, toxicity0=0.35, toxicity1=0.1, alpha_response=0.1, alpha_toxicity=0.1, power=0.8,
        odds_ratio=odds_ratio,
    )  # fmt: skip
    checked = design.verify(trials=100_000)
    assert checked.agrees, checked.table().rows
    size = design.sample_size()
    values = {q.name: q.value for q in size.extra}
    assert size.power is not None
    assert size.power >= 0.8
    assert values["type_one_response"] <= 0.1  # type: ignore[operator]
    assert values["type_one_toxicity"] <= 0.1  # type: ignore[operator]


def test_the_answers_for_the_ward() -> None:
    design = BryantDay(
        response0=0.3, response1=0.5, toxicity0=0.4, toxicity1=0.2, alpha_response=0.15, alpha_toxicity=0.15
    )
    rows = design.decision_table().rows
    assert rows[0][:3] == (19, "5 or fewer", "8 or more")
    assert rows[1][:3] == (33, "12 or fewer", "11 or more")
    assert design.boundaries().rows[0] == (1, 19, 5, 11, 8)
    assert "33 patients" in design.to_text().render()
    assert design.simulate("toxic", trials=1_000).truth.endswith("toxicity rate of 0.4")


GOOD = {"response0": 0.1, "response1": 0.3, "toxicity0": 0.3, "toxicity1": 0.1}


@pytest.mark.parametrize(
    "given",
    [
        {"response1": 0.1},
        {"toxicity1": 0.3},
        {"response0": 0.0},
        {"toxicity0": 1.0},
        {"response0": float("nan")},
        {"odds_ratio": 0.0},
        {"odds_ratio": float("inf")},
        {"alpha_response": 0.0},
        {"alpha_toxicity": 0.7},
        {"power": 0.05},
        {"dropout": 1.0},
    ],
    ids=str,
)
def test_bad_input_gets_a_named_error(given: dict[str, float]) -> None:
    with pytest.raises(DesignError) as caught:
        BryantDay(**(GOOD | given))  # type: ignore[arg-type]
    assert caught.value.where


def test_rates_too_near_each_other_are_refused_quickly() -> None:
    begin = time.perf_counter()
    for near, where in (({"response1": 0.12}, "response1"), ({"toxicity1": 0.28}, "toxicity1")):
        with pytest.raises(DesignError) as caught:
            BryantDay(**(GOOD | near)).sample_size()  # type: ignore[arg-type]
        assert caught.value.where == where
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("odds_ratio", [0.5, 2.0])
def test_the_search_over_dependent_endpoints_agrees_with_that_over_independent_ones_near_one(odds_ratio: float) -> None:
    # at an odds ratio a hair from 1 the other way of search must find the design of independence, and away from 1 its
    # error rates must hold
    rates = (0.1, 0.35, 0.35, 0.1)
    independent = bryant_day_design(Rates(*rates), 0.1, 0.1, 0.8)
    hair = 1 + 1e-7 if odds_ratio > 1 else 1 - 1e-7
    assert bryant_day_design(Rates(*rates, hair), 0.1, 0.1, 0.8) == independent
    found = bryant_day_design(Rates(*rates, odds_ratio), 0.1, 0.1, 0.8)
    assert characteristics(found, 0.35, 0.1, odds_ratio)[0] >= 0.8
    assert characteristics(found, 0.1, 0.1, odds_ratio)[0] <= 0.1
    assert characteristics(found, 0.35, 0.35, odds_ratio)[0] <= 0.1


@pytest.mark.parametrize("truth", ["bad", (0.1,), (0.1, 1.2), (float("nan"), 0.1), 0.5, (True, 0.1)])
def test_a_truth_that_is_none_is_refused(truth: object) -> None:
    with pytest.raises(DesignError):
        BryantDay(**GOOD, alpha_response=0.1, alpha_toxicity=0.1, power=0.8).simulate(truth, trials=500)  # type: ignore[arg-type]
