"""`benchside safety check`, `list`, `approve`, `approvals`."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import cyclopts
from cyclopts import Parameter

from benchside.cli.output import emit, guarded, say
from benchside.workspaces.errors import ExitCode

if TYPE_CHECKING:
    from benchside.tools.safety.approvals import Approval
    from benchside.tools.safety.gate import SafetyGate
    from benchside.tools.safety.judgement import Judgement
    from benchside.workspaces.ledger import Ledger

Json = Annotated[bool, Parameter(name="--json", negative="", help="JSON on standard output.")]
Doing = Literal["look-up", "rank", "optimise", "make", "plan-use"]

app = cyclopts.App(
    name="safety",
    help="What the safety gate says of a compound, what it knows, and what a person approved.",
    help_format="plaintext",
)


def _gate() -> SafetyGate:
    from benchside.settings import load_settings
    from benchside.tools.safety.gate import SafetyGate

    return SafetyGate(load_settings().safety)


def _ledger(workspace: Path) -> Ledger:
    from benchside.workspaces.workspace import Workspace

    return Workspace.open(workspace).ledger


@app.command
def check(
    compound: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    action: Doing = "optimise",
    workspace: Path | None = None,
    drawing: Path | None = None,
    as_json: Json = False,
) -> int:
    """Judge a compound. Exit code 0: allow or note; 7: a person must approve; 9: refused.

    Parameters
    ----------
    compound
        A name, synonym, CAS number, SMILES or InChI.
    action
        What is to be done with it.
    workspace
        Apply the approvals of this workspace, and record the verdict in its ledger.
    drawing
        SVG file to write, with the matched atoms in colour.
    """

    def run() -> int:
        from benchside.tools.gate import Action
        from benchside.tools.safety.approvals import ApprovedGate
        from benchside.tools.safety.judgement import record

        gate = _gate()
        ledger = None if workspace is None else _ledger(workspace)
        asked = gate if ledger is None else ApprovedGate(gate, ledger)
        judged = asked.judge_text(compound, Action(action))
        evidence = None if ledger is None else record(ledger, judged).id
        if drawing is not None:
            _draw(judged, drawing)
        information = _information(judged)
        if as_json:
            emit(judged.as_dict() | {"information": information, "evidence": evidence})
        else:
            for line in (*judged.lines(), *(f"information, no part of the verdict: {text}" for text in information)):
                print(line)
            if evidence:
                say(f"recorded as {evidence}")
        return int(exit_code(judged))

    return guarded(run, as_json=as_json)


def _information(judged: Judgement) -> list[str]:
    """Acute toxicity alerts of the parts; none with a refusal, which says no more than why."""
    from rdkit import Chem

    from benchside.tools.gate import Verdict
    from benchside.tools.safety.toxicity import toxicity_alerts

    if judged.verdict is Verdict.REFUSE:
        return []
    mols = [Chem.MolFromSmiles(smiles) for smiles in dict.fromkeys(part.smiles for part in judged.parts) if smiles]
    found = [match.alert for mol in mols for match in toxicity_alerts(mol)]
    return list(dict.fromkeys(f"acute toxicity alert, {alert.title} ({alert.source})" for alert in found))


def exit_code(judged: Judgement) -> ExitCode:
    """The exit code that says a verdict."""
    from benchside.tools.gate import Verdict

    codes = {Verdict.NEEDS_APPROVAL: ExitCode.PENDING, Verdict.REFUSE: ExitCode.REFUSED}
    return codes.get(judged.verdict, ExitCode.OK)


def _draw(judged: Judgement, path: Path) -> None:
    from benchside.workspaces.errors import NotFoundError
    from benchside.workspaces.files import write_atomic

    drawings = judged.drawings()
    if not drawings:
        raise NotFoundError("nothing with a structure matches, so that there is nothing to draw")
    write_atomic(path, str(drawings[0].svg).encode())


@app.command(name="list")
def list_(name: str | None = None, /, *, as_json: Json = False) -> int:
    """Say which lists the gate knows, in which edition; with the name of one, its items and classes.

    Parameters
    ----------
    name
        A list, such as `CWC` or `UN 1971`.
    """

    def run() -> int:
        found = _items(name) if name is not None else _lists()
        if as_json:
            emit(found)
        for line in found if not as_json else ():
            print("  ".join(str(value) for value in line.values() if value != ""))
        return int(ExitCode.OK)

    return guarded(run, as_json=as_json)


def _lists() -> list[dict[str, Any]]:
    from benchside.tools.safety.families import families
    from benchside.tools.safety.lists import LISTS
    from benchside.tools.safety.tables import tables

    rows, classes = tables().rows, [family.entry for family in families()]
    return [
        {
            "list": name,
            "title": title,
            "items": sum(row.list == name and not row.exclusion for row in rows),
            "classes": sum(entry.list == name for entry in classes),
            "exclusions": sum(row.list == name and row.exclusion for row in rows),
            "editions": "; ".join(
                sorted({*(r.edition for r in rows if r.list == name), *(e.edition for e in classes if e.list == name)})
            ),
        }
        for name, title in LISTS.items()
    ]


def _items(name: str) -> list[dict[str, Any]]:
    from benchside.tools.safety.families import families
    from benchside.tools.safety.lists import LISTS
    from benchside.tools.safety.tables import tables
    from benchside.workspaces.errors import NotFoundError

    known = {key.lower(): key for key in LISTS}
    if name.lower() not in known:
        raise NotFoundError(f"there is no list {name!r}", hint=f"Lists: {', '.join(LISTS)}.")
    wanted = known[name.lower()]
    rows = [
        {
            "kind": "exclusion" if row.exclusion else "item",
            "category": row.category,
            "name": row.name,
            "cas": row.cas,
            "source": row.source,
            "edition": row.edition,
            "date": row.date,
        }
        for row in tables().rows
        if row.list == wanted
    ]
    classes = [
        {
            "kind": "class",
            "category": entry.category,
            "name": entry.title,
            "cas": "",
            "source": entry.source,
            "edition": entry.edition,
            "date": entry.date.isoformat(),
        }
        for entry in (family.entry for family in families())
        if entry.list == wanted
    ]
    return rows + classes


@app.command
def approve(
    structure: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    action: Doing,
    why: str,
    workspace: Path,
    who: str | None = None,
    withdraw: Annotated[bool, Parameter(negative="")] = False,
    as_json: Json = False,
) -> int:
    """Let one action on one structure pass in a workspace. What is refused or cannot be read cannot be approved.

    Parameters
    ----------
    structure
        A SMILES, InChI, or a name with a known structure.
    action
        What is approved.
    why
        The reason; it is recorded as evidence.
    workspace
        Where it holds.
    who
        Who decides; the name of the user who is logged in unless given.
    withdraw
        Take the approval back instead.
    """

    def run() -> int:
        from benchside.tools.gate import Action
        from benchside.tools.safety.approvals import decide

        judged = _gate().judge_text(structure, Action(action))
        made = decide(_ledger(workspace), judged, who=who or getpass.getuser(), why=why, approved=not withdraw)
        if as_json:
            emit(_as_dict(made))
        else:
            say(f"{made.evidence}: {_words(made)}")
        return int(ExitCode.OK)

    return guarded(run, as_json=as_json)


@app.command
def approvals(workspace: Path, /, *, as_json: Json = False) -> int:
    """List what was approved in a workspace, and by whom.

    Parameters
    ----------
    workspace
        The workspace folder.
    """

    def run() -> int:
        from benchside.tools.safety.approvals import approvals as every

        found = every(_ledger(workspace))
        if as_json:
            emit([_as_dict(a) for a in found])
        for made in found if not as_json else ():
            print(f"{made.evidence}  {_words(made)}")
        return int(ExitCode.OK)

    return guarded(run, as_json=as_json)


def _words(made: Approval) -> str:
    return (
        f"{made.action.value} {'approved' if made.approved else 'not approved'} for {made.key}, {made.who}: {made.why}"
    )


def _as_dict(made: Approval) -> dict[str, Any]:
    return {
        "evidence": made.evidence,
        "key": made.key,
        "action": made.action.value,
        "approved": made.approved,
        "who": made.who,
        "why": made.why,
    }
