"""Hostile assumptions: a named error with its field and a hint, at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from benchside.tools.trials.design.comparison import Comparison
from benchside.tools.trials.design.continuous.bioequivalence import Bioequivalence
from benchside.tools.trials.design.continuous.endpoints import (
    CrossoverMeans,
    OneMean,
    PairedMeans,
    TwoMeans,
    WilliamsMeans,
)
from benchside.tools.trials.design.continuous.fieller import RatioOfMeans
from benchside.tools.trials.design.continuous.wilcoxon import WilcoxonEndpoint
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, UnreachableError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

SOUND: list[tuple[type[Endpoint], dict[str, Any]]] = [
    (TwoMeans, {"difference": 5, "sd": 10, "sd_treatment": 12}),
    (OneMean, {"difference": 5, "sd": 10}),
    (PairedMeans, {"difference": 5, "sd": 10, "correlation": 0.5}),
    (CrossoverMeans, {"difference": 5, "sd_within": 10}),
    (WilliamsMeans, {"difference": 5, "sd_difference": 10, "treatments": 4}),
    (Bioequivalence, {"ratio": 0.95, "cv": 0.3}),
    (RatioOfMeans, {"ratio": 0.95, "cv": 0.3, "cv_between": 0.4}),
    (WilcoxonEndpoint, {"probability": 0.6, "sd": 1}),
    (WilcoxonEndpoint, {"difference": 0.6, "sd": 1}),
]
BAD = [math.nan, math.inf, -math.inf, True, "many", [1], {}]
FIELDS = [(kind, given, field, bad) for kind, given in SOUND for field in given for bad in BAD]
MEANT_POSITIVE = {"sd", "sd_treatment", "sd_within", "sd_difference", "cv", "cv_between", "ratio", "treatments"}


@pytest.mark.parametrize(("kind", "given", "field", "bad"), FIELDS)
def test_no_number_at_all(kind: type[Endpoint], given: dict[str, Any], field: str, bad: Any) -> None:
    with pytest.raises(DesignError) as caught:
        kind.model_validate(given | {field: bad})
    assert caught.value.where == field
    assert caught.value.hint


@pytest.mark.parametrize(("kind", "given", "field"), [(k, g, f) for k, g in SOUND for f in g if f in MEANT_POSITIVE])
@pytest.mark.parametrize("bad", [0, -1, -1e300])
def test_not_above_zero(kind: type[Endpoint], given: dict[str, Any], field: str, bad: float) -> None:
    with pytest.raises(DesignError) as caught:
        kind.model_validate(given | {field: bad})
    assert caught.value.where == field


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (PairedMeans, {"difference": 1, "sd": 1, "correlation": 1}),
        (PairedMeans, {"difference": 1, "sd": 1, "correlation": -1}),
        (WilliamsMeans, {"difference": 1, "sd_difference": 1, "treatments": 1}),
        (WilliamsMeans, {"difference": 1, "sd_difference": 1, "treatments": 99}),
        (WilliamsMeans, {"difference": 1, "sd_difference": 1, "treatments": 3.5}),
        (Bioequivalence, {"cv": 11}),
        (WilcoxonEndpoint, {"probability": 0}),
        (WilcoxonEndpoint, {"probability": 1}),
        (WilcoxonEndpoint, {"probability": 1.2}),
    ],
)
def test_out_of_range(kind: type[Endpoint], given: dict[str, Any]) -> None:
    with pytest.raises(DesignError) as caught:
        kind.model_validate(given)
    assert caught.value.where
    assert caught.value.hint


@pytest.mark.parametrize(
    ("kind", "given"), [(TwoMeans, {"difference": 1}), (TwoMeans, {"difference": 1, "sd": 1, "sds": 2}),
                        (Bioequivalence, {"cv": 0.3, "study": "5x5"})]
)  # fmt: skip
def test_missing_unknown_and_misspelt_fields_are_refused(kind: type[Endpoint], given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(given)


@pytest.mark.parametrize(
    ("endpoint", "hypothesis"),
    [
        (TwoMeans(difference=0, sd=1), Superiority()),
        (TwoMeans(difference=2, sd=1), Superiority(null=2)),
        (TwoMeans(difference=-5, sd=1), NonInferiority(margin=-5)),
        (TwoMeans(difference=7, sd=1), Equivalence(lower=-5, upper=5)),
        (TwoMeans(difference=5, sd=1), Equivalence(lower=-5, upper=5)),
        (TwoMeans(difference=1, sd=1), Equivalence(lower=2, upper=5)),
        (TwoMeans(difference=1, sd=1), NonInferiority(margin=0)),
        (Bioequivalence(cv=0.3, ratio=1.3), Equivalence(lower=0.8, upper=1.25)),
        (RatioOfMeans(cv=0.3, cv_between=0.4, ratio=0.7), Equivalence(lower=0.8, upper=1.25)),
    ],
)
def test_an_effect_at_or_beyond_the_null_is_a_contradiction(endpoint: Endpoint, hypothesis: Any) -> None:
    with pytest.raises(ContradictoryInputError) as caught:
        endpoint.statistic(None, hypothesis)
    assert caught.value.hint


def test_an_effect_too_small_for_any_trial_ends_quickly() -> None:
    for endpoint, hypothesis in [
        (TwoMeans(difference=1e-9, sd=1), Superiority()),
        (Bioequivalence(cv=0.3, ratio=0.8000001), Equivalence(lower=0.8, upper=1.25)),
        (WilcoxonEndpoint(probability=0.5000001), Superiority()),
    ]:
        statistic = endpoint.statistic(None, hypothesis)
        with pytest.raises(UnreachableError):
            statistic.total(0.025, 1, 0.9, (0.5, 0.5))


def test_huge_and_tiny_values_stay_finite() -> None:
    for difference, sd in ((1e90, 1e90), (1e-9, 1e-9), (1e12, 1.0)):
        total = TwoMeans(difference=difference, sd=sd).statistic(None, Superiority()).total(0.025, 1, 0.9, (0.5, 0.5))
        assert math.isfinite(total)
        assert total > 0


def test_looks_before_there_are_two_values_are_refused() -> None:
    statistic = TwoMeans(difference=50, sd=10).statistic("t", Superiority())
    with pytest.raises(ContradictoryInputError) as caught:
        statistic.sample(np.random.default_rng(1), (4, 4), (0.1, 1.0), 10)
    assert caught.value.where == "looks"


def test_equivalence_with_looks_is_refused() -> None:
    with pytest.raises(DesignError):
        Comparison.model_validate(
            {
                "endpoint": TwoMeans(difference=0, sd=1),
                "hypothesis": {"kind": "equivalence", "lower": -1, "upper": 1},
                "monitoring": {"looks": [0.5, 1.0], "spending": "lan-demets-of"},
            }
        )
