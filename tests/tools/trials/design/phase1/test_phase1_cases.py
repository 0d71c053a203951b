"""The public cases of dose finding, and what their sources print beyond them."""

from __future__ import annotations

import json

import pytest

from benchside.tools.trials.design.cases.phase1 import METHODS
from benchside.tools.trials.design.errors import DesignError


def _answer(method, inputs, *wanted):
    return METHODS.by_name[method].answer(inputs, frozenset(wanted))


def test_public_cases(shared):
    cases = json.loads((shared / "reference" / "trial_design_cases.json").read_text(encoding="utf-8"))
    ours = [c for c in cases if c["method"] in METHODS.by_name]
    assert len(ours) >= 8
    for case in ours:
        got = _answer(case["method"], case["inputs"], *case["expected"])
        for key, wanted in case["expected"].items():
            pairs = zip(got[key], wanted, strict=True) if isinstance(wanted, list) else [(got[key], wanted)]
            for a, b in pairs:
                if isinstance(b, str):
                    assert a == b, (case["id"], key)
                elif b is not None:
                    assert a == pytest.approx(b, abs=case["tolerance"] + 1e-12), (case["id"], key)


def test_vocabulary_is_covered(shared):
    vocabulary = json.loads((shared / "reference" / "trial_design_vocabulary.json").read_text(encoding="utf-8"))
    for name, method in METHODS.by_name.items():
        known = vocabulary["methods"][name]
        assert set(known["inputs"]) <= method.inputs
        assert set(known["expected"]) <= method.expected


def test_path_of_boin():
    path = ["1NNN", "2NNN", "3NTT", "2NTN", "3NNN", "3NNN", "4TTT", "3NTN", "3NNT", "3TNN"]
    got = _answer("boin_path", {"target": 0.3, "doses": 5, "path": path}, "next_dose")
    assert got["next_dose"] == [2, 3, 2, 3, 3, 4, 3, 3, 3, 3]


def test_logistic_path_of_dfcrm():
    """brockk/escalation, tests/testthat/test_dfcrm.R, example 2: the dose nearest to 0.33 after its seven cohorts."""
    inputs = {
        "skeleton": [0.1, 0.2, 0.33, 0.45, 0.6, 0.7, 0.8],
        "target": 0.33,
        "intercept": 4,
        "scale_sq": 1.34,
        "path": "1NNN 2NNN 3NTT 2NNN 3TNN 3TNT 2NNN",
    }
    got = _answer("crm_bayes_logistic", inputs, "next", "ptox")
    assert got["next"] == 3
    assert got["ptox"][2] == pytest.approx(0.309184, abs=1e-6)
    by_patient = inputs | {
        "doses": [1] * 3 + [2] * 3 + [3] * 3 + [2] * 3 + [3] * 6 + [2] * 3,
        "tox": [0] * 7 + [1, 1] + [0] * 3 + [1, 0, 0, 1, 0, 1] + [0] * 3,
    }
    del by_patient["path"]
    assert _answer("crm_bayes_logistic", by_patient, "next", "ptox")["ptox"] == pytest.approx(got["ptox"])


def test_three_plus_three_with_deescalation():
    got = _answer("three_plus_three", {"p": [0.05, 0.1, 0.2, 0.3, 0.5], "deescalation": True}, "E_n_dose1")
    assert got["E_n_dose1"] == got["E_n"][0] == 3.664


@pytest.mark.parametrize(
    ("method", "inputs"),
    [
        ("boin_boundaries", {"target": 1.5}),
        ("boin_boundaries", {"target": float("nan")}),
        ("boin_path", {"target": 0.3, "doses": 3, "path": ["4NNN"]}),
        ("crm_bayes_empiric", {"skeleton": [0.1, 0.2], "target": 0.2, "scale_sq": 1.0, "doses": [1, 3], "tox": [0, 0]}),
        ("crm_bayes_empiric", {"skeleton": [0.1, 0.2], "target": 0.2, "scale_sq": 1.0, "doses": [1], "tox": [0, 1]}),
        ("three_plus_three", {"p": [0.3, 0.2]}),
        ("three_plus_three", {"p": [float("inf")]}),
    ],
)
def test_refusals(method, inputs):
    with pytest.raises(DesignError):
        _answer(method, inputs, *METHODS.by_name[method].expected)
