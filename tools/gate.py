"""The interface of the safety gate: what every capability that could help to make or optimise a molecule must ask.

The gate itself (tables, patterns, policy) is `benchside.tools.safety.gate.SafetyGate` and plugs in through `Gate`;
capabilities ask it unless they are given another. Where there is none, nothing gated runs: an absent gate never answers
"allow".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from benchside.workspaces.errors import Actor, BenchsideError, ExitCode


class Action(StrEnum):
    """What is to be done with a molecule."""

    LOOK_UP = "look-up"
    RANK = "rank"
    OPTIMISE = "optimise"
    MAKE = "make"
    PLAN_USE = "plan-use"


class Verdict(StrEnum):
    """What the gate answers, from free to closed."""

    ALLOW = "allow"
    NOTE = "note"
    NEEDS_APPROVAL = "needs-approval"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class GateDecision:
    """A verdict with its rule and the source of the rule; recorded as evidence."""

    verdict: Verdict
    action: Action
    rule: str
    source: str
    reason: str
    atoms: tuple[int, ...] = ()


class Gate(Protocol):
    """Judges one structure (SMILES) for one action."""

    name: str
    version: str

    def judge(self, smiles: str, action: Action) -> GateDecision:
        """The verdict; a structure that cannot be read is `needs-approval`, never `allow`."""
        ...


class GateError(BenchsideError):
    """A gated capability was asked for what the gate does not allow."""

    code = "gate"
    actor = Actor.USER
    exit_code = ExitCode.REFUSED


class NoGateError(GateError):
    """A gated capability was asked for, and no gate is installed."""

    code = "no_gate"
    actor = Actor.OPERATOR
    exit_code = ExitCode.USAGE


class ApprovalNeededError(GateError):
    """A person must approve before this goes on."""

    code = "needs_approval"
    exit_code = ExitCode.PENDING


def require(gate: Gate | None, smiles: str, action: Action) -> GateDecision:
    """The gate's decision if it lets the action pass (`allow` or `note`).

    Raises:
        NoGateError: no gate is installed.
        ApprovalNeededError: a person must decide.
        GateError: refused, or an answer that is none of the verdicts: what is not understood does not pass.
    """
    if gate is None:
        raise NoGateError(
            f"'{action}' is gated and no safety gate is installed", hint="Nothing gated runs without a gate."
        )
    decision = gate.judge(smiles, action)
    if decision.action != action:
        raise GateError(f"{gate.name} answered for {decision.action!s}, and was asked about {action!s}")
    if decision.verdict in {Verdict.ALLOW, Verdict.NOTE}:
        return decision
    reason = f"{decision.reason} ({decision.rule}; {decision.source})"
    if decision.verdict == Verdict.NEEDS_APPROVAL:
        raise ApprovalNeededError(f"a person must approve: {reason}")
    if decision.verdict == Verdict.REFUSE:
        raise GateError(f"refused: {reason}")
    raise GateError(f"{gate.name} gave the verdict {decision.verdict!r}, which is none: {reason}")
