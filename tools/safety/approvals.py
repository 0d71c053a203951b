"""Approvals: a person lets one action on one structure pass, by name and with a reason, in one workspace.

An approval is evidence in the ledger of the workspace. It holds for the very structure (the InChIKeys of its parts) and
action that it names; the latest decision counts, so that it can be taken back. What the gate refuses, and what it
cannot read, no approval opens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchside.tools.gate import Action, GateDecision, GateError, Verdict
from benchside.tools.safety.gate import SafetyGate
from benchside.tools.safety.judgement import Judgement, record
from benchside.workspaces.errors import UsageError
from benchside.workspaces.evidence import Evidence, NewEvidence, Source
from benchside.workspaces.ledger import Ledger

_QUANTITY = "safety approval for "


class ApprovalError(UsageError):
    """Something that needs no approval, or that cannot be approved."""

    code = "approval"


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person decided.

    Attributes:
        key: of the structure: InChIKeys of its parts, joined with "+".
        action: what is approved or not.
        approved: yes or no.
        who, why: the person and the reason.
        evidence: id of the entry in the ledger.
    """

    key: str
    action: Action
    approved: bool
    who: str
    why: str
    evidence: str


def decide(ledger: Ledger, judgement: Judgement, *, who: str, why: str, approved: bool = True) -> Approval:
    """Record a person's decision on a judgement that needs one, and the judgement itself before it.

    Raises:
        ApprovalError: no name or reason; the verdict is another than `needs-approval`; or there is no structure.
    """
    who, why = who.strip(), why.strip()
    if not who or not why:
        raise ApprovalError("an approval names who decides and why", hint="Give --who and --why.")
    if judgement.verdict is Verdict.REFUSE:
        raise GateError(f"refused, and no approval changes that: {judgement.decision.reason}", hint=judgement.path)
    if judgement.verdict is not Verdict.NEEDS_APPROVAL:
        raise ApprovalError(f"the verdict is {judgement.verdict.value}: there is nothing to approve")
    if not judgement.key or judgement.understood_as in {"nothing", "text"}:
        raise ApprovalError("only a structure can be approved, not a text", hint="Give its SMILES.")
    verdict = record(ledger, judgement)
    action = judgement.decision.action
    earlier = [a for a in approvals(ledger) if (a.key, a.action) == (judgement.key, action)]
    if earlier and (earlier[-1].approved, earlier[-1].who, earlier[-1].why) == (approved, who, why):
        return earlier[-1]
    entry = NewEvidence(
        kind="decision",
        subject=judgement.key,
        quantity=f"{_QUANTITY}{action.value}",
        value=approved,
        source=Source(person=who),
        inputs=[verdict.id],
        # the number keeps a decision apart from an earlier one in the same words
        parameters={
            "why": why,
            "asked": judgement.asked[:500],
            "rule": judgement.decision.rule,
            "number": len(earlier),
        },
    )
    return _approval(ledger.append([entry])[0])


def approvals(ledger: Ledger) -> list[Approval]:
    """Every decision of a ledger, in order, also those that later ones took back."""
    return [_approval(e) for e in ledger.all() if e.kind == "decision" and e.quantity.startswith(_QUANTITY)]


def _approval(entry: Evidence) -> Approval:
    return Approval(
        entry.subject,
        Action(entry.quantity.removeprefix(_QUANTITY)),
        entry.value is True,
        entry.source.person or "",
        str(entry.parameters.get("why", "")),
        entry.id,
    )


class ApprovedGate:
    """A gate with the approvals of a workspace: what needs approval and has it passes as a note.

    Args:
        gate: the gate that judges.
        ledger: of the workspace; read anew at each question.
    """

    def __init__(self, gate: SafetyGate, ledger: Ledger) -> None:
        self.gate = gate
        self.ledger = ledger
        self.name = gate.name
        self.version = gate.version

    def judge(self, smiles: str, action: Action) -> GateDecision:
        """The gate's decision; a note where a person approved this very structure and action."""
        return self.judge_structure(smiles, action).decision

    def judge_structure(self, text: str, action: Action) -> Judgement:
        """The full judgement of a structure, approvals applied."""
        return self._approved(self.gate.judge_structure(text, action))

    def judge_text(self, text: str, action: Action) -> Judgement:
        """The judgement of anything that a person types, approvals applied."""
        return self._approved(self.gate.judge_text(text, action))

    def _approved(self, judgement: Judgement) -> Judgement:
        decision = judgement.decision
        if decision.verdict is not Verdict.NEEDS_APPROVAL or not judgement.key or judgement.understood_as == "text":
            return judgement
        made = [a for a in approvals(self.ledger) if (a.key, a.action) == (judgement.key, decision.action)]
        if not made or not made[-1].approved:
            return judgement
        said = f"{decision.reason}; approved by {made[-1].who} ({made[-1].evidence}): {made[-1].why}"
        return replace(judgement, decision=replace(decision, verdict=Verdict.NOTE, reason=said), path="")
