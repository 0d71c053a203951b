"""A randomisation list as a job in a workspace: the open part for the sites, the sealed part for the unblinded party.

Neither the seed nor an arm stands anywhere but in the sealed file: whoever reads the workspace stays blind.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from benchside.graphs.design.api import versions
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.randomisation.lists import RandomisationPlan, make_list
from benchside.tools.trials.design.randomisation.predictability import predictability
from benchside.tools.trials.design.randomisation.sealed import seal
from benchside.tools.trials.design.results import Paragraph, Table
from benchside.workspaces.errors import InputError
from benchside.workspaces.ledger import NewEvidence, Source
from benchside.workspaces.workspace import Workspace

JOB = "randomise"
LARGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class RandomisationResult:
    """Where the two parts lie, and what may be told of them.

    Attributes:
        fingerprint: salted hash of the whole list, to file before the first patient.
        guessable: how well the next assignment can be foreseen.
    """

    run: str
    workspace: Path
    open_list: Path
    sealed: Path
    rows: int
    fingerprint: str
    guessable: Table
    text: Paragraph
    evidence: Mapping[str, str]


def read_plan(path: Path) -> RandomisationPlan:
    """A plan from a TOML file.

    Raises:
        InputError: the file cannot be read; DesignError: what it says is no plan.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError("the file is too large for a plan", where=str(path), hint="At most 1 MB.")
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"the plan cannot be read: {why}", where=str(path), hint="Give a TOML file.") from None
    return plan_of(given, str(path))


def plan_of(given: Mapping[str, Any], where: str = "plan") -> RandomisationPlan:
    """A plan from settings."""
    try:
        return RandomisationPlan.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise ImpossibleInputError(
            f"{place}: {first['msg'].lower()}", where=where, hint="It needs arms, scheme and n; docs/trial-design.md."
        ) from None


def randomise(
    plan: RandomisationPlan, *, workspace: str | Path, passphrase: str, seed: int | None = None,
    command: list[str] | None = None,
) -> RandomisationResult:  # fmt: skip
    """Make the list of a plan, and keep its open and its sealed part.

    Args:
        passphrase: of the unblinded party; without it nobody can open the sealed part.
        seed: none draws one that nobody can guess; it is kept in the sealed part only.

    Raises:
        DesignError: of the passphrase or seed; StorageError: the workspace cannot be written.
    """
    open_part, sealed = seal(make_list(plan, seed), passphrase)
    place = Workspace.open_or_create(Path(workspace))
    run = place.runs.create(JOB, command=command or [JOB], versions=versions())
    with place.runs.hold(run.id):
        provenance = {"tool": "benchside randomise", "version": versions()["benchside"], "run": run.id}
        opened = place.artifacts.store(open_part.to_csv().encode(), f"{run.id}-open.csv", kind="result",
                                       media_type="text/csv", provenance=provenance)  # fmt: skip
        closed = place.artifacts.store(sealed, f"{run.id}-sealed.json", kind="result",
                                       media_type="application/json", provenance=provenance)  # fmt: skip
        (place.path / closed.path).chmod(0o600)
        source = Source(tool="benchside randomise", version=versions()["benchside"])
        about = f"randomisation list {run.id}"
        entries = [
            NewEvidence(kind="user", subject=about, quantity="randomisation plan", value=_public(plan),
                        source=Source(person="the user"), run=run.id),
            NewEvidence(kind="computed", subject=about, quantity="assignments", value=len(open_part.rows), unit="1",
                        source=source, inputs=[opened.sha256], run=run.id),
            NewEvidence(kind="computed", subject=about, quantity="fingerprint of the list",
                        value=open_part.fingerprint, source=source, inputs=[opened.sha256, closed.sha256], run=run.id),
        ]  # fmt: skip
        recorded = place.ledger.append(entries)
        place.runs.update(run.id, status="done")
    names = ("plan", "assignments", "fingerprint")
    return RandomisationResult(
        run.id, place.path, place.path / opened.path, place.path / closed.path, len(open_part.rows),
        open_part.fingerprint, predictability(plan), plan.to_text(),
        dict(zip(names, (e.id for e in recorded), strict=True)),
    )  # fmt: skip


def _public(plan: RandomisationPlan) -> str:
    """What may be told of a plan: not the block sizes, which would let a site foresee the end of a block."""
    return plan.to_text().render()
