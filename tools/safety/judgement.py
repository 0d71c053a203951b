"""What the gate says of one question: the decision, every match, the parts, the drawing, and the record of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchside.tools.gate import GateDecision, Verdict
from benchside.tools.safety.lists import Match
from benchside.workspaces.evidence import NewEvidence, Source

if TYPE_CHECKING:
    from benchside.tools.chemistry.drawing import Drawing
    from benchside.workspaces.ledger import Evidence, Ledger


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """One part of a structure.

    Attributes:
        smiles: of its neutral, isotope-free parent; "" where an item is known by name alone.
        inchikey: of the same.
        verdict: for this part alone.
        matches: the reasons, the weightiest first; their atoms count along `smiles`.
    """

    smiles: str
    inchikey: str
    verdict: Verdict
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer to one question.

    Attributes:
        asked: the text as it was given.
        understood_as: `smiles`, `inchi`, `mol block`, `name`, `cas`, `inchikey`, `text` (names found in a longer
            text) or `nothing`.
        decision: the verdict of the worst part, with its rule, source and reason.
        parts: every part, in the order in which they are written.
        path: where to turn with a hold or a refusal; "" where nothing is held.
        gate: name and version of the gate.
        relaxed: the settings in force that relax something, one line each.
    """

    asked: str
    understood_as: str
    decision: GateDecision
    parts: tuple[JudgedPart, ...]
    path: str
    gate: str
    relaxed: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.decision.verdict

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every match of every part."""
        return tuple(match for part in self.parts for match in part.matches)

    @property
    def key(self) -> str:
        """What an approval is about: the InChIKeys of all parts that have a structure; "" where none has."""
        return "+".join(sorted({part.inchikey for part in self.parts if part.smiles}))

    def drawings(self) -> list[Drawing]:
        """Each part that matched something, with the matched atoms in colour."""
        from rdkit import Chem

        from benchside.tools.chemistry.drawing import Highlight, draw

        made = []
        for part in self.parts:
            if part.smiles and part.matches:
                mol = Chem.MolFromSmiles(part.smiles)
                whole = tuple(range(mol.GetNumAtoms()))
                marks = [Highlight(m.atoms or whole, f"{m.list} {m.category}: {m.title}") for m in part.matches]
                made.append(draw(mol, width=300, height=200, highlights=marks))
        return made

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        decision = self.decision
        return {
            "asked": self.asked,
            "understood_as": self.understood_as,
            "action": decision.action.value,
            "verdict": decision.verdict.value,
            "rule": decision.rule,
            "source": decision.source,
            "reason": decision.reason,
            "path": self.path,
            "parts": [
                {
                    "smiles": part.smiles,
                    "inchikey": part.inchikey,
                    "verdict": part.verdict.value,
                    "matches": [match_as_dict(match) for match in part.matches],
                }
                for part in self.parts
            ],
            "gate": self.gate,
            "relaxed": list(self.relaxed),
        }

    def lines(self) -> list[str]:
        """What a person reads: the verdict and why; a refusal says no more than that and the legitimate path."""
        decision = self.decision
        said = [f"{decision.verdict.value} ({decision.action.value}): {decision.reason}"]
        if decision.rule:
            said.append(f"rule: {decision.rule}; source: {decision.source}")
        return [*said, *([self.path] if self.path else []), *(f"relaxed by settings: {text}" for text in self.relaxed)]

    def evidence(self, run: str | None = None) -> NewEvidence:
        """The verdict as an entry for a ledger."""
        decision = self.decision
        return NewEvidence(
            kind="computed",
            subject=self.key or self.asked[:500],
            quantity=f"safety verdict for {decision.action.value}",
            value=decision.verdict.value,
            source=Source(tool="benchside safety gate", version=self.gate),
            parameters={
                "asked": self.asked[:500],
                "understood_as": self.understood_as,
                "rule": decision.rule,
                "source": decision.source,
                "reason": decision.reason,
                "matches": [match_as_dict(match) for match in self.matches],
                "relaxed": list(self.relaxed),
            },
            run=run,
        )


def match_as_dict(match: Match) -> dict[str, Any]:
    """Plain values of one match."""
    made = {name: getattr(match, name) for name in Match.__dataclass_fields__}
    return made | {"atoms": list(match.atoms)}


def record(ledger: Ledger, judgement: Judgement, run: str | None = None) -> Evidence:
    """The verdict as evidence; the same question to the same gate finds its own entry again."""
    return ledger.append([judgement.evidence(run)])[0]
