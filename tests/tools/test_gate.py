"""What the gate does not clearly let pass does not pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from benchside.tools.gate import Action, ApprovalNeededError, GateDecision, GateError, NoGateError, Verdict, require
from benchside.workspaces.errors import Actor, ExitCode


@dataclass
class FixedGate:
    """Answers the same to everything, and remembers what it was asked."""

    verdict: Any
    action: Any = None
    name: str = "fixed"
    version: str = "1"
    asked: tuple[str, Action] | None = None

    def judge(self, smiles: str, action: Action) -> GateDecision:
        self.asked = (smiles, action)
        return GateDecision(self.verdict, self.action or action, "rule 7", "CWC schedule 1", "a nerve agent")


@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.NOTE])
def test_allow_and_note_pass_with_their_decision(verdict: Verdict) -> None:
    gate = FixedGate(verdict)
    assert require(gate, "CCO", Action.MAKE).verdict is verdict
    assert gate.asked == ("CCO", Action.MAKE)


def test_no_gate_is_never_allow() -> None:
    with pytest.raises(NoGateError, match="'make' is gated and no safety gate is installed") as caught:
        require(None, "CCO", Action.MAKE)
    assert caught.value.actor is Actor.OPERATOR


def test_refuse_names_rule_source_and_reason() -> None:
    with pytest.raises(GateError, match=r"refused: a nerve agent \(rule 7; CWC schedule 1\)") as caught:
        require(FixedGate(Verdict.REFUSE), "CCO", Action.OPTIMISE)
    assert type(caught.value) is GateError
    assert caught.value.exit_code is ExitCode.REFUSED


def test_needs_approval_is_pending() -> None:
    with pytest.raises(ApprovalNeededError, match="a person must approve: a nerve agent") as caught:
        require(FixedGate(Verdict.NEEDS_APPROVAL), "CCO", Action.OPTIMISE)
    assert caught.value.exit_code is ExitCode.PENDING
    assert isinstance(caught.value, GateError)


@pytest.mark.parametrize(("verdict", "error"), [("refuse", GateError), ("needs-approval", ApprovalNeededError)])
def test_a_verdict_given_as_plain_text_counts(verdict: str, error: type[GateError]) -> None:
    with pytest.raises(error):
        require(FixedGate(verdict), "CCO", Action.MAKE)


@pytest.mark.parametrize("verdict", ["", "maybe", None, True, 1])
def test_an_answer_that_is_no_verdict_does_not_pass(verdict: object) -> None:
    with pytest.raises(GateError, match="which is none"):
        require(FixedGate(verdict), "CCO", Action.MAKE)


def test_an_answer_about_another_action_does_not_pass() -> None:
    with pytest.raises(GateError, match="answered for look-up, and was asked about make"):
        require(FixedGate(Verdict.ALLOW, action=Action.LOOK_UP), "CCO", Action.MAKE)
