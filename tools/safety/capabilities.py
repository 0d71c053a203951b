"""The safety check as a capability, for agents, MCP and the command line."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from benchside.tools.gate import Action
from benchside.tools.registry import Capability, Finding


class SafetyArguments(BaseModel):
    """One compound, and what is to be done with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compound: Annotated[
        str, Field(min_length=1, max_length=5_000, description="name, synonym, CAS number, SMILES or InChI")
    ]
    action: Annotated[Action, Field(description="what is to be done with it")]


def check_safety(arguments: SafetyArguments) -> list[Finding]:
    """The verdict of the safety gate on a compound; it decides nothing and opens nothing."""
    from benchside.tools.safety.gate import default_gate

    judged = default_gate().judge_text(arguments.compound, arguments.action)
    decision = judged.decision
    note = f"{decision.reason} (rule: {decision.rule}; {decision.source})" + (f" {judged.path}" if judged.path else "")
    return [
        Finding(
            arguments.compound,
            f"safety verdict for {arguments.action.value}",
            decision.verdict.value,
            "",
            "computed",
            judged.gate,
            note=note,
        )
    ]


CAPABILITIES: tuple[Capability, ...] = (
    Capability(
        "check_safety",
        "What the safety gate says of a compound and an action: allow, note, needs-approval or refuse.",
        SafetyArguments,
        check_safety,
        "computed",
        harmless="it names lists and verdicts, and helps with nothing that they are about",
    ),
)
"""The capabilities of the safety gate."""
