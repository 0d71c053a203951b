"""The survival adapters: the given cases, and numbers of the same sources that are not among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchside.tools.trials.design.cases.survival import METHODS
from benchside.tools.trials.design.errors import DesignError

PIECEWISE: dict[str, Any] = {
    "kMax": 2,
    "timing": [0.8, 1],
    "alpha": 0.025,
    "beta": 0.2,
    "spending": "LD-OF",
    "accrual_intensity": "26/9*1..9 monthly ramp",
    "pw_time": [0, 6],
    "strata": [0.2, 0.8],
    "lambda1": [0.0533, 0.0309, 0.07995, 0.04635],
    "lambda2": [0.0533, 0.0533, 0.07995, 0.07995],
    "dropout": "-log(.95)/12",
    "followup": 18,
}


def answer(method: str, inputs: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    known = METHODS.by_name[method]
    assert set(inputs) <= known.inputs
    return known.answer(inputs, frozenset(expected))


def test_the_given_cases(shared: Path) -> None:
    checked = 0
    for case in json.loads((shared / "reference" / "trial_design_cases.json").read_text()):
        if case["method"] in METHODS.by_name:
            found = answer(case["method"], case["inputs"], case["expected"])
            for key, value in case["expected"].items():
                if not isinstance(value, str):
                    assert found[key] == pytest.approx(value, abs=case["tolerance"]), (case["id"], key)
                    checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    ("method", "inputs", "expected", "tolerance"),
    [
        # gsDesign, test-independent-test-nSurv.R: SAS 9.4, the accrual rate being solved for
        (
            "survival_log_rank",
            {"lambdaC": 0.034657359, "hr": 0.5, "total": 36, "min_followup": 12, "alpha": 0.025, "beta": 0.1},
            {"events": 87.4793, "n": 197.1152},
            2,
        ),
        # gsDesign, test-independent-test-gsSurv.R and -nEventsIA.R: East 6.5
        (
            "gs_survival",
            {
                "lambdaC": 0.11552453,
                "hr": 0.5,
                "eta": 0.01732868,
                "total": 36,
                "min_followup": 12,
                "k": 4,
                "upper": "HSD",
                "lower": "power",
            },
            {"events": [29.1514896, 58.3029792, 87.4544688, 116.6059584], "events_at_t30": 103.258},
            2,
        ),
        # lrstat, test-f_lrsamplesize.R
        ("gs_survival_piecewise_stratified", PIECEWISE | {"solve": "accrual duration"}, {"accrual": 23.58}, 0.006),
        # gsDesign, print.nSurvival
        (
            "lachin_foulkes_log_hr",
            {
                "l1": 0.2,
                "l2": 0.1,
                "Ts": 2,
                "Tr": 0.5,
                "alpha": 0.025,
                "beta": 0.1,
                "entry": "expo",
                "gamma": 1,
                "eta": 0.1,
                "ratio": 1,
            },
            {"n": 426, "events": 91},
            0,
        ),
        (
            "lachin_foulkes_risk_diff",
            {"l1": 0.2, "l2": 0.1, "Ts": 2, "Tr": 0.5, "eta": 0, "alpha": 0.025, "beta": 0.1, "variance": "H1 only"},
            {"n": 416, "events": 95},
            0,
        ),
        # rpact, test-f_design_plan_survival.R
        (
            "survival_conversion",
            {"lambda2": 0.018595296, "hr": 2.2892242},
            {"lambda1": 0.042568802, "median1": 16.282985, "median2": 37.275405},
            1e-6,
        ),
    ],
)
def test_numbers_of_the_same_sources(
    method: str, inputs: dict[str, Any], expected: dict[str, Any], tolerance: float
) -> None:
    found = answer(method, inputs, expected)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=tolerance), key


@pytest.mark.parametrize(
    ("method", "inputs"),
    [
        ("schoenfeld_events", {"hr": 1, "alpha": 0.025, "beta": 0.1, "p": 0.5}),
        ("schoenfeld_events", {"hr": 0.7, "alpha": 0.025, "beta": 0.1, "p": 1}),
        ("survival_conversion", {"lambda2": 0, "hr": 0.5}),
        ("survival_log_rank", {"lambdaC": 0.03, "hr": 0.5, "alpha": 0.025, "beta": 0.1}),
        ("cox_equality", {"loghr": 0, "p1": 0.5, "event_rate": 0.8, "alpha_two_sided": 0.05, "beta": 0.2}),
        ("gs_survival", {"lambdaC": 0.2, "hr": 0.5, "T": 2, "minfup": 1.5, "k": 3, "test_type": 9}),
        ("gs_survival_piecewise_stratified", PIECEWISE | {"solve": "alpha"}),
        ("gs_weighted_logrank", PIECEWISE | {"accrual": 22, "rho": -1, "gamma": 0}),
        ("gs_weighted_logrank", PIECEWISE | {"accrual": 22, "spending": "none"}),
    ],
)
def test_inputs_that_are_refused(method: str, inputs: dict[str, Any]) -> None:
    with pytest.raises(DesignError):
        METHODS.by_name[method].answer(inputs, frozenset())
