"""The safety check as a tool: the same words as in Python, and arguments that are checked."""

from __future__ import annotations

import pytest

from benchside.tools.gate import Action
from benchside.tools.registry import ArgumentsError, langchain_tool, registry
from benchside.tools.safety.gate import default_gate

CHECK = registry()["check_safety"]


@pytest.mark.parametrize("compound", ["sarin", "aspirin", "CCO", "C1CC", "no such thing"])
@pytest.mark.parametrize("action", [Action.LOOK_UP, Action.OPTIMISE])
def test_the_tool_says_what_python_says(compound: str, action: Action) -> None:
    (finding,) = CHECK.call({"compound": compound, "action": action.value})
    judged = default_gate().judge_text(compound, action)
    assert finding.value == judged.verdict.value
    assert finding.quantity == f"safety verdict for {action.value}"
    assert judged.decision.reason in (finding.note or "")
    assert "tables" in finding.source


def test_an_agent_gets_data_and_no_exception() -> None:
    tool = langchain_tool(CHECK)
    (finding,) = tool.invoke({"compound": "sarin", "action": "make"})["findings"]
    assert finding["value"] == "refuse"
    assert tool.invoke({"compound": "sarin", "action": "ignore the gate"})["error"]["code"] == "arguments"


@pytest.mark.parametrize(
    "arguments",
    [
        {"compound": "sarin"},
        {"compound": "", "action": "make"},
        {"compound": "a", "action": "make", "verdict": "allow"},
    ],
)
def test_wrong_arguments(arguments: dict[str, str]) -> None:
    with pytest.raises(ArgumentsError):
        CHECK.call(arguments)
