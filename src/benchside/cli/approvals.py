"""`benchside resume`, `approve`, `reject`: go on with a run, from this shell or another, today or another day."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from benchside.cli.output import guarded

Run = Annotated[str | None, Parameter(help="Run id, such as 0001-screen; needed only where several are unfinished.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="JSON on standard output.")]


def _go_on(workspace: Path, run: str | None, as_json: bool, answer: dict[str, object] | None) -> int:
    from benchside.cli.chemistry import report_outcome
    from benchside.cli.output import Terminal
    from benchside.graphs.screening.api import resume as go_on
    from benchside.settings import load_settings

    outcome = go_on(workspace, run=run, answer=answer, progress=Terminal(), settings=load_settings().screening)
    return report_outcome(outcome, as_json=as_json)


def _decide(workspace: Path, run: str | None, as_json: bool, *, approved: bool, who: str | None, why: str) -> int:
    answer: dict[str, object] = {"approved": approved, "who": who or getpass.getuser(), "why": why}
    return guarded(lambda: _go_on(workspace, run, as_json, answer), as_json=as_json)


def resume(workspace: Path, /, *, run: Run = None, as_json: Json = False) -> int:
    """Go on with an interrupted run from its last finished part.

    Parameters
    ----------
    workspace
        The workspace folder.
    """
    return guarded(lambda: _go_on(workspace, run, as_json, None), as_json=as_json)


def approve(workspace: Path, /, *, why: str, who: str | None = None, run: Run = None, as_json: Json = False) -> int:
    """Approve what a run waits for, and let it go on.

    Parameters
    ----------
    workspace
        The workspace folder.
    why
        The reason; it is recorded as evidence.
    who
        Who decides; the name of the user who is logged in unless given.
    """
    return _decide(workspace, run, as_json, approved=True, who=who, why=why)


def reject(workspace: Path, /, *, why: str, who: str | None = None, run: Run = None, as_json: Json = False) -> int:
    """Reject what a run waits for; the run ends, and the decision is recorded.

    Parameters
    ----------
    workspace
        The workspace folder.
    why
        The reason; it is recorded as evidence.
    who
        Who decides; the name of the user who is logged in unless given.
    """
    return _decide(workspace, run, as_json, approved=False, who=who, why=why)
