"""Every published case of the reference file, within its tolerance; and how a verdict is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchside.tools.trials.design.cases.run import REMARKS, evaluate, methods, read_cases
from benchside.workspaces.errors import InputError


def test_all_published_cases_pass(shared: Path) -> None:
    found = [evaluate(c) for c in read_cases(shared / "reference" / "trial_design_cases.json")]
    assert len(found) == 97
    assert [v.as_dict() for v in found if v.verdict != "pass"] == []


def test_every_method_and_key_of_the_vocabulary_is_known(shared: Path) -> None:
    words = json.loads((shared / "reference" / "trial_design_vocabulary.json").read_text())["methods"]
    known = methods()
    assert set(words) <= set(known)
    for name, word in words.items():
        assert set(word["inputs"]) - REMARKS <= known[name].inputs, name
        assert set(word["expected"]) - REMARKS <= known[name].expected, name


INPUTS = {"hr": 0.7, "alpha": 0.025, "beta": 0.1, "p": 0.5}
BASE: dict[str, Any] = {
    "id": "a",
    "method": "schoenfeld_events",
    "inputs": {"hr": 0.7, "alpha": 0.025, "beta": 0.1, "p": 0.5},
}


@pytest.mark.parametrize(
    ("expected", "tolerance", "verdict"),
    [(330.378, 0.001, "pass"), (330.38, 0.001, "fail"), (331, "rel 1e-2", "pass"), (340, "rel 1e-2", "fail"),
     (None, 0, "pass"), ([330.378], 0.001, "fail"), ("330", 1, "fail"), (330, {"events": 0.5}, "pass"),
     (330, {"other": 0.5}, "fail")],
)  # fmt: skip
def test_tolerances_are_kept_to(expected: object, tolerance: object, verdict: str) -> None:
    assert evaluate(BASE | {"expected": {"events": expected}, "tolerance": tolerance}).verdict == verdict


def test_a_tolerance_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(InputError):
        evaluate(BASE | {"expected": {"events": 1}, "tolerance": "about"})


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"hr": None},
        {"hr": "a", "alpha": [], "beta": {}, "p": "x"},
        {"hr": float("nan"), "alpha": 1, "beta": 1, "p": 2},
        {"hr": 1, "alpha": 0.025, "beta": 0.1, "p": 0.5},
    ],
)
def test_inputs_that_do_not_fit_are_refused_and_say_why(inputs: dict[str, object]) -> None:
    verdict = evaluate(BASE | {"inputs": inputs, "expected": {"events": 1}, "tolerance": 0})
    assert verdict.verdict == "refused"
    assert verdict.why
