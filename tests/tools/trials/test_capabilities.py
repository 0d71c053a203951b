"""The capabilities of trial design: what a model asks for and gets, and what it is told when it asks wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from benchside.tools.registry import ArgumentsError, langchain_tool, registry
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.families import from_settings

CALLS: dict[str, dict[str, Any]] = {
    "size_two_proportions": {"control": 0.3, "treatment": 0.45, "looks": 3},
    "size_two_means": {"difference": 0.5, "sd": 1.0},
    "size_survival": {"control_median": 12, "hazard_ratio": 0.7, "accrual": 24, "follow_up": 12},
    "size_single_arm": {"p0": 0.1, "p1": 0.3},
    "size_bioequivalence": {"cv": 0.25},
    "group_sequential_boundaries": {"looks": [0.5, 1.0]},
    "conditional_power": {"looks": [0.5, 1.0], "look": 1, "z": 1.5},
    "dose_escalation_rules": {"target": 0.3},
}


@pytest.mark.parametrize("name", CALLS)
def test_each_answers_with_findings_of_a_named_source(name: str) -> None:
    found = registry()[name].call(CALLS[name])
    assert found
    for finding in found:
        assert finding.kind == "computed"
        assert finding.source.startswith("benchside trial design ")
        assert finding.subject


def test_the_sizes_are_those_of_the_engine() -> None:
    found = registry()["size_two_proportions"].call(CALLS["size_two_proportions"] | {"margin": -0.1})
    design = from_settings({"design": "two-proportions", "control": 0.3, "treatment": 0.45, "margin": -0.1, "looks": 3,
                            "allocation": 1.0})  # fmt: skip
    total = next(f for f in found if f.quantity == "participants, evaluable")
    assert total.value == design.sample_size().total
    assert "control 0.3" in total.subject
    assert "treatment 0.45" in total.subject


def test_conditional_power_by_hand() -> None:
    """One more look: P(Z2 >= c | Z1 = z) with mean drift * (1 - t) on the B scale (Lan and Wittes 1988)."""
    from scipy.stats import norm

    found = {f.quantity: f.value for f in registry()["conditional_power"].call(CALLS["conditional_power"])}
    bounds = registry()["group_sequential_boundaries"].call({"looks": [0.5, 1.0]})
    final = [f.value for f in bounds if f.quantity == "efficacy Z"][1]
    assert isinstance(final, float)
    trend = 1.5 / 0.5**0.5
    by_hand = norm.sf((final - 1.5 * 0.5**0.5 - trend * 0.5) / 0.5**0.5)
    assert found["conditional power under the observed effect"] == pytest.approx(by_hand, abs=1e-9)
    assert found["conditional power under the effect of the design"] > by_hand


@pytest.mark.parametrize(
    ("name", "change"),
    [("size_two_proportions", {"control": 30}), ("size_two_proportions", {"treatment": None}),
     ("size_two_proportions", {"looks": 0}), ("size_two_means", {"sd": -1}), ("size_survival", {"hazard_ratio": 0}),
     ("group_sequential_boundaries", {"spending": "mine"}), ("dose_escalation_rules", {"doses": 1}),
     ("size_single_arm", {"colour": "red"})],
)  # fmt: skip
def test_a_wrong_call_says_which_argument(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError) as caught:
        registry()[name].call(CALLS[name] | change)
    assert next(iter(change)) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "change"),
    [("size_two_proportions", {"treatment": 0.3}), ("size_single_arm", {"p1": 0.05}),
     ("group_sequential_boundaries", {"looks": [0.7, 0.5]}), ("conditional_power", {"look": 3})],
)  # fmt: skip
def test_what_cannot_be_comes_back_as_a_coded_error(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(DesignError):
        registry()[name].call(CALLS[name] | change)
    answer = langchain_tool(registry()[name]).invoke(CALLS[name] | change)
    assert answer["error"]["code"].startswith("design")
    assert answer["error"]["hint"]
