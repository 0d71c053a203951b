"""The gate: parts, disguises, what is unreadable, evidence, approvals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rdkit import Chem

from benchside.tools.chemistry.structures import standardise
from benchside.tools.gate import Action, ApprovalNeededError, GateError, Verdict, require
from benchside.tools.safety import gate as module
from benchside.tools.safety.approvals import ApprovalError, ApprovedGate, approvals, decide
from benchside.tools.safety.families import Families
from benchside.tools.safety.forms import parts_of
from benchside.tools.safety.gate import SafetyGate, default_gate
from benchside.tools.safety.judgement import record
from benchside.tools.safety.matching import Matcher
from benchside.tools.safety.settings import Relaxation, SafetySettings
from benchside.tools.safety.tables import Tables
from benchside.workspaces.workspace import Workspace

from .conftest import MadeEntry, full_key, row

ITEM = "CCOC(=O)CC(C)=O"  # ethyl acetoacetate, on the pretended list
RIGHT, LEFT = "C[C@H](O)c1ccccc1", "C[C@@H](O)c1ccccc1"
BESIDE = "c1ccccc1"

Use = Callable[..., SafetyGate]


@pytest.fixture
def using(listed: Callable[..., Tables], entry: MadeEntry, monkeypatch: pytest.MonkeyPatch) -> Use:
    """A gate with tables and families of its own."""

    def make(*rows: dict[str, str], classes: tuple[dict[str, object], ...] = (), **settings: object) -> SafetyGate:
        made = Matcher(listed(*rows), Families([entry(**c) for c in classes]))
        monkeypatch.setattr(module, "matcher", lambda: made)
        return SafetyGate(SafetySettings.model_validate(settings))

    return make


DISGUISES = {
    "plain": ITEM,
    "salt": "CCOC(=O)[CH-]C(C)=O.[Na+]",
    "hydrate": f"{ITEM}.O.O",
    "isotope": "[13CH3]COC(=O)CC(C)=O",
    "deuterium": "[2H]C([2H])([2H])COC(=O)CC(C)=O",
    "tautomer": "CCOC(=O)C=C(C)O",
    "charge": "CCOC(=O)C=C(C)[O-]",
    "mixture": f"{BESIDE}.{ITEM}.CCO",
    "non-canonical": "O=C(CC(OCC)=O)C",
    "atom maps": "[CH3:1][CH2:2]OC(=O)CC(C)=O",
    "InChI": "InChI=1S/C6H10O3/c1-3-9-6(8)4-5(2)7/h3-4H2,1-2H3",
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("action", Action)
def test_every_disguise_of_an_item_has_the_verdict_of_the_item(using: Use, disguise: str, action: Action) -> None:
    gate = using(row(ITEM))
    plain = gate.judge(ITEM, action)
    decision = gate.judge(DISGUISES[disguise], action)
    assert (decision.verdict, decision.rule) == (plain.verdict, plain.rule)
    assert plain.verdict is not Verdict.ALLOW


def test_the_fast_way_in_says_the_same(using: Use) -> None:
    gate = using(row(ITEM), classes=({"smarts": ["c1ccccc1[Br]"]},))
    for smiles in (ITEM, "[13CH3]COC(=O)CC(C)=O", "Brc1ccccc1", "CCO"):
        made = standardise(smiles)
        assert made.mol is not None
        fast = gate.judge_parent(made.mol, made.inchikey, Action.MAKE)
        assert (fast.verdict, fast.rule) == (
            gate.judge(smiles, Action.MAKE).verdict,
            gate.judge(smiles, Action.MAKE).rule,
        )


def test_the_fast_way_in_lets_nothing_slip(using: Use) -> None:
    gate = using(row(ITEM))
    for smiles, key in (("", ""), ("CCO", ""), (f"CCO.{ITEM}", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N")):
        mol = Chem.MolFromSmiles(smiles)
        assert gate.judge_parent(mol, key, Action.MAKE).verdict is Verdict.NEEDS_APPROVAL


def test_the_worst_part_decides(using: Use) -> None:
    gate = using(row(ITEM), row("Clc1ccccc1", list="CWC", category="Schedule 1.A.01", name="a weapon"))
    judged = gate.judge_structure(f"{ITEM}.Clc1ccccc1.CCO", Action.MAKE)
    assert judged.verdict is Verdict.REFUSE
    assert [part.verdict.value for part in judged.parts] == ["needs-approval", "refuse", "allow"]
    assert "a weapon, CWC Schedule 1.A.01" in judged.decision.reason
    assert "national authority" in judged.path


def test_other_stereochemistry_is_a_note_and_none_is_the_item(using: Use) -> None:
    gate = using(row(RIGHT, key=full_key(RIGHT)))
    assert gate.judge(RIGHT, Action.MAKE).verdict is Verdict.NEEDS_APPROVAL
    assert gate.judge("CC(O)c1ccccc1", Action.MAKE).verdict is Verdict.NEEDS_APPROVAL
    decision = gate.judge(LEFT, Action.MAKE)
    assert decision.verdict is Verdict.NOTE
    assert "atoms and bonds of" in decision.reason


def test_what_the_list_leaves_out_is_no_more_than_a_note(using: Use) -> None:
    gate = using(
        row(RIGHT, key=full_key(RIGHT)),
        row(LEFT, key=full_key(LEFT), exclusion="yes", name="the other hand"),
        classes=({"smarts": ["[CH3]C(O)c1ccccc1"]},),
    )
    assert gate.judge(RIGHT, Action.MAKE).verdict is Verdict.NEEDS_APPROVAL
    left = gate.judge_structure(LEFT, Action.MAKE)
    assert left.verdict is Verdict.NOTE
    assert [match.how for match in left.matches] == ["excluded"]
    assert "expressly leaves it out" in left.decision.reason


def test_an_exclusion_takes_away_the_class_and_nothing_else(using: Use) -> None:
    classes = (
        {"smarts": ["[CH3]C(O)c1ccccc1"], "list": "UN 1971"},
        {"smarts": ["[OH]"], "id": "t-2", "list": "UN 1961"},
    )
    gate = using(row("CC(O)c1ccccc1", exclusion="yes", category=""), classes=classes)
    assert [m.rule for m in gate.judge_structure("CC(O)c1ccccc1", Action.MAKE).matches] == ["t-2", "UN 1971: an item"]
    gate = using(row("CC(O)c1ccccc1", exclusion="yes", category="", list="*"), classes=classes)
    assert gate.judge("CC(O)c1ccccc1", Action.MAKE).verdict is Verdict.ALLOW


def test_no_general_exclusion_opens_the_convention_and_none_outweighs_a_listed_row(using: Use) -> None:
    gate = using(
        row("CC(O)c1ccccc1", exclusion="yes", category="", list="*"),
        row(ITEM), row(ITEM, exclusion="yes", name="the same"),
        classes=({"smarts": ["[CH3]C(O)c1ccccc1"], "list": "CWC", "category": "Schedule 1.A.01"},),
    )  # fmt: skip
    assert gate.judge("CC(O)c1ccccc1", Action.MAKE).verdict is Verdict.REFUSE
    assert gate.judge(ITEM, Action.MAKE).verdict is Verdict.NEEDS_APPROVAL


def test_scopes(using: Use) -> None:
    gate = using(row("Cl", scope="alone", name="an acid"), row("CCNCC", scope="alone", name="a base"),
                 row("C#N", scope="free", name="a ligand"))  # fmt: skip
    verdicts = {
        text: gate.judge(text, Action.OPTIMISE).verdict.value
        for text in ("Cl", "CCO.Cl", "CCCN.Cl", "[K+].[Cl-]", "CCNCC.Cl", "CCNCC.OC(=O)c1ccccc1O", "CCNCC.CC(=O)O",
                     "[K+].[C-]#N", "[Fe+2].[C-]#N")
    }  # fmt: skip
    assert verdicts == {
        "Cl": "needs-approval", "CCO.Cl": "needs-approval", "CCCN.Cl": "allow", "[K+].[Cl-]": "allow",
        "CCNCC.Cl": "needs-approval", "CCNCC.OC(=O)c1ccccc1O": "note", "CCNCC.CC(=O)O": "needs-approval",
        "[K+].[C-]#N": "needs-approval", "[Fe+2].[C-]#N": "allow",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["[Na+].[Br-]", "[Na]Br", "[Na+].[Br-].O", "CCO.[Na+].[Br-]"])
def test_a_salt_that_is_listed_as_such(using: Use, text: str) -> None:
    gate = using(row("") | {"key14": "JHJLBTNAGRQEKS", "name": "a salt"})
    assert gate.judge(text, Action.MAKE).verdict is Verdict.NEEDS_APPROVAL


def test_similarity_raises_allow_to_a_note_and_lowers_nothing(using: Use) -> None:
    gate = using(row("CCCCCCCCOC(=O)c1ccccc1"), similarity=0.7)
    near = gate.judge("CCCCCCCCCOC(=O)c1ccccc1", Action.MAKE)
    assert (near.verdict, "resembles" in near.reason) == (Verdict.NOTE, True)
    assert gate.judge("c1ccncc1", Action.MAKE).verdict is Verdict.ALLOW
    assert gate.judge("CCCCCCCCOC(=O)c1ccccc1", Action.MAKE).verdict is Verdict.NEEDS_APPROVAL


UNREADABLE = [
    "",
    " ",
    "C1CC",
    "not a structure",
    "C>>C",
    "[R1]CC",
    "CC(C)(C)(C)(C)C",
    "*C",
    "C" * 1_001,
    "c1cccc1",
    "sarin",
]


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("action", [Action.LOOK_UP, Action.MAKE])
def test_what_cannot_be_read_is_never_safe(text: str, action: Action) -> None:
    decision = default_gate().judge(text, action)
    assert (decision.verdict, decision.rule) == (Verdict.NEEDS_APPROVAL, "unreadable")
    assert len(decision.reason) > 20


def test_a_name_that_nobody_knows_is_not_found() -> None:
    judged = default_gate().judge_text("nosuchthingium", Action.LOOK_UP)
    assert (judged.verdict, judged.decision.rule) == (Verdict.NEEDS_APPROVAL, "not found")


def test_an_unreadable_part_beside_a_readable_one_is_not_overlooked() -> None:
    assert default_gate().judge_text("see CCOCC and OCCCCCCC", Action.MAKE).verdict is Verdict.NEEDS_APPROVAL


@pytest.mark.parametrize(
    "text", ["aspirin", "50-78-2", "CC(=O)Oc1ccccc1C(=O)O", "paracetamol", "caffeine", "ibuprofen"]
)
def test_ordinary_medicines_are_free(text: str) -> None:
    judged = default_gate().judge_text(text, Action.OPTIMISE)
    assert (judged.verdict, judged.path) == (Verdict.ALLOW, "")
    assert judged.drawings() == []


def test_a_refusal_is_short_says_why_and_points_to_the_legitimate_path() -> None:
    judged = default_gate().judge_text("sarin", Action.MAKE)
    assert judged.verdict is Verdict.REFUSE
    lines = judged.lines()
    assert len(lines) == 3
    assert sum(map(len, lines)) < 600
    assert "CWC Schedule 1" in lines[0]
    assert "national authority" in lines[2]
    assert default_gate().judge_text("sarin", Action.LOOK_UP).verdict is Verdict.NOTE


def test_the_matched_atoms_are_drawn(using: Use) -> None:
    gate = using(row(ITEM), classes=({"smarts": ["c[Br]"], "title": "bromoarenes"},))
    judged = gate.judge_structure("Brc1ccccc1", Action.MAKE)
    (drawing,) = judged.drawings()
    assert "bromoarenes" in str(drawing.svg)
    assert judged.decision.atoms == (0, 1)
    (part,) = parts_of(Chem.MolFromSmiles("Brc1ccccc1"))
    assert part.smiles == judged.parts[0].smiles


def test_a_relaxation_is_seen_in_the_verdict(using: Use) -> None:
    relax = Relaxation(list="UN 1971", actions=(Action.MAKE,), verdict=Verdict.NOTE, who="A. Officer", why="licence 7")
    gate = using(row(ITEM), relax=[relax.model_dump()])
    judged = gate.judge_structure(ITEM, Action.MAKE)
    assert judged.verdict is Verdict.NOTE
    assert "relaxed by settings" in judged.decision.reason
    assert judged.relaxed == ("UN 1971: note for make, by A. Officer: licence 7",)
    assert judged.as_dict()["relaxed"] == list(judged.relaxed)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "w")


def test_a_verdict_is_evidence(using: Use, workspace: Workspace) -> None:
    judged = using(row(ITEM)).judge_structure(ITEM, Action.MAKE)
    entry = record(workspace.ledger, judged)
    assert (entry.kind, entry.value, entry.quantity) == ("computed", "needs-approval", "safety verdict for make")
    assert entry.parameters["matches"][0]["list"] == "UN 1971"
    assert record(workspace.ledger, judged).id == entry.id
    assert workspace.ledger.problems() == []


def test_an_approval_opens_the_very_structure_and_action(using: Use, workspace: Workspace) -> None:
    gate = using(row(ITEM), row("CCN"))
    approved = ApprovedGate(gate, workspace.ledger)
    with pytest.raises(ApprovalNeededError):
        require(approved, ITEM, Action.MAKE)
    made = decide(workspace.ledger, gate.judge_structure(ITEM, Action.MAKE), who="A. Officer", why="licence 7")
    assert (made.who, made.why, made.approved) == ("A. Officer", "licence 7", True)
    decision = require(approved, "O=C(C)CC(=O)OCC", Action.MAKE)
    assert decision.verdict is Verdict.NOTE
    assert f"approved by A. Officer ({made.evidence}): licence 7" in decision.reason
    for smiles, action in ((ITEM, Action.OPTIMISE), ("CCN", Action.MAKE), (f"{ITEM}.CCN", Action.MAKE)):
        with pytest.raises(ApprovalNeededError):
            require(approved, smiles, action)
    # another workspace knows nothing of it
    with pytest.raises(ApprovalNeededError):
        require(ApprovedGate(gate, Workspace.create(workspace.path.with_name("other")).ledger), ITEM, Action.MAKE)


def test_an_approval_can_be_taken_back_and_given_again(using: Use, workspace: Workspace) -> None:
    gate = using(row(ITEM))
    judged = gate.judge_structure(ITEM, Action.MAKE)
    approved = ApprovedGate(gate, workspace.ledger)
    for yes in (True, True, False, True, False):
        decide(workspace.ledger, judged, who="A. Officer", why="as discussed", approved=yes)
        assert (approved.judge(ITEM, Action.MAKE).verdict is Verdict.NOTE) is yes
    assert [a.approved for a in approvals(workspace.ledger)] == [True, False, True, False]


def test_what_cannot_be_approved(using: Use, workspace: Workspace) -> None:
    gate = using(row(ITEM), row("Clc1ccccc1", list="CWC", category="Schedule 1.A.01"))
    ledger = workspace.ledger
    with pytest.raises(ApprovalError, match="who decides and why"):
        decide(ledger, gate.judge_structure(ITEM, Action.MAKE), who=" ", why="x")
    with pytest.raises(ApprovalError, match="nothing to approve"):
        decide(ledger, gate.judge_structure("CCO", Action.MAKE), who="x", why="x")
    with pytest.raises(GateError, match="no approval changes that"):
        decide(ledger, gate.judge_structure("Clc1ccccc1", Action.MAKE), who="x", why="x")
    for text in ("C1CC", "no such thing", f"make {ITEM} now"):
        with pytest.raises(ApprovalError, match="only a structure"):
            decide(ledger, gate.judge_text(text, Action.MAKE), who="x", why="x")
    assert approvals(ledger) == []


def test_a_forged_approval_does_not_open_a_refusal(using: Use, workspace: Workspace) -> None:
    from benchside.workspaces.ledger import NewEvidence, Source

    gate = using(row("Clc1ccccc1", list="CWC", category="Schedule 1.A.01"))
    key = gate.judge_structure("Clc1ccccc1", Action.MAKE).key
    entry = NewEvidence(kind="decision", subject=key, quantity="safety approval for make", value=True,
                        source=Source(person="a model"), parameters={"why": "it is fine", "number": 0})  # fmt: skip
    workspace.ledger.append([entry])
    with pytest.raises(GateError, match="refused"):
        require(ApprovedGate(gate, workspace.ledger), "Clc1ccccc1", Action.MAKE)
