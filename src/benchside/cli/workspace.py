"""`benchside workspace show|verify|export` and `benchside trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from benchside.cli.output import emit, guarded, say
from benchside.workspaces.errors import ExitCode

Json = Annotated[bool, Parameter(name="--json", negative="", help="JSON on standard output.")]

app = cyclopts.App(name="workspace", help="Look into a workspace, check that nothing was changed, pack it.")


@app.command
def show(workspace: Path, /, *, as_json: Json = False) -> int:
    """Runs, products and evidence of a workspace.

    Parameters
    ----------
    workspace
        The workspace folder.
    """

    def action() -> int:
        from benchside.workspaces.summary import summary

        found = summary(workspace)
        if as_json:
            emit(found.as_dict())
        else:
            print(found.text())
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


@app.command
def verify(workspace: Path, /, *, as_json: Json = False) -> int:
    """Re-check every hash and the chain of evidence; say what changed.

    Parameters
    ----------
    workspace
        The workspace folder.
    """

    def action() -> int:
        from benchside.workspaces.verification import verify as check

        findings = check(workspace)
        damage = [f for f in findings if f.severity == "error"]
        if as_json:
            emit({"ok": not damage, "findings": [f.as_dict() for f in findings]})
        else:
            for f in findings:
                say(f"{f.severity}: {f.file}: {f.what} {f.hint}".rstrip())
            print("damaged" if damage else "intact")
        return int(ExitCode.STORAGE if damage else ExitCode.OK)

    return guarded(action, as_json=as_json)


@app.command
def export(workspace: Path, archive: Path, /) -> int:
    """Pack a workspace into a .zip for a colleague.

    Parameters
    ----------
    workspace
        The workspace folder.
    archive
        The .zip file to write; it must not exist.
    """

    def action() -> int:
        from benchside.workspaces.export import export as pack

        print(pack(workspace, archive))
        return int(ExitCode.OK)

    return guarded(action, as_json=False)


def trace(evidence: str, /, *, workspace: Path = Path(), as_json: Json = False) -> int:
    """What a piece of evidence was computed from, back to the inputs.

    Parameters
    ----------
    evidence
        An evidence id, such as E17, or one row of it: E17[CHEMBL25].
    workspace
        The workspace folder; the present one unless given.
    """

    def action() -> int:
        from benchside.workspaces.trace import trace as follow

        chain = follow(workspace, evidence)
        if as_json:
            emit(chain.as_dict())
        else:
            print(chain.text())
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)
