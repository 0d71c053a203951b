"""Verify a workspace: the chain of evidence, every artifact against its sidecar, run files, checkpoints."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from benchside.workspaces.artifacts import FOLDERS, SIDECAR
from benchside.workspaces.errors import BenchsideError
from benchside.workspaces.files import sha256_file
from benchside.workspaces.ledger import Evidence, TableReference
from benchside.workspaces.runs import RUN_FILE
from benchside.workspaces.workspace import LEDGER_FILE, Workspace


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was.

    Attributes:
        severity: `error` for damage, `note` for what a person may want to know.
        file: relative to the workspace.
    """

    severity: Literal["error", "note"]
    file: str
    what: str
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def verify(path: Path) -> list[Finding]:
    """Everything that is wrong with the workspace in this folder; empty if it is intact.

    Raises:
        NotFoundError, StorageError: it is no workspace, or its own file cannot be read.
    """
    workspace = Workspace.open(path)
    return [*_ledger(workspace), *_artifacts(workspace), *_runs(workspace), *_checkpoints(workspace)]


def _ledger(workspace: Workspace) -> Iterator[Finding]:
    problems = workspace.ledger.problems()
    for problem in problems:
        yield Finding("error", LEDGER_FILE, problem, "Restore the ledger from a copy.")
    if problems:
        return
    known = {a[0] for a in _hashes(workspace)}
    for entry in workspace.ledger.all():
        yield from _references(entry, known)


def _references(entry: Evidence, known: set[str]) -> Iterator[Finding]:
    if isinstance(entry.value, TableReference) and entry.value.artifact not in known:
        yield Finding("error", LEDGER_FILE, f"{entry.id} refers to an artifact that is not here ({entry.value.artifact[:16]}…)")


def _hashes(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS.values():
        for sidecar in sorted((workspace.path / folder).glob(f"*{SIDECAR}")):
            try:
                yield str(json.loads(sidecar.read_bytes())["sha256"]), sidecar
            except (ValueError, KeyError, TypeError):
                continue  # reported by _artifacts, with the file's name


def _artifacts(workspace: Workspace) -> Iterator[Finding]:
    for folder in FOLDERS.values():
        place = workspace.path / folder
        sidecars = set(place.glob(f"*{SIDECAR}"))
        for sidecar in sorted(sidecars):
            yield from _sidecar(workspace, sidecar)
        for file in sorted(place.glob("*")):
            if file.is_file() and file not in sidecars and file.with_name(file.name + SIDECAR) not in sidecars:
                name = file.relative_to(workspace.path).as_posix()
                yield Finding("note", name, "has no record of where it came from", "It was not written by Benchside.")


def _sidecar(workspace: Workspace, sidecar: Path) -> Iterator[Finding]:
    name = sidecar.relative_to(workspace.path).as_posix()
    target = sidecar.with_name(sidecar.name.removesuffix(SIDECAR))
    shown = target.relative_to(workspace.path).as_posix()
    try:
        data = json.loads(sidecar.read_bytes())
        digest = str(data["sha256"])
    except (ValueError, KeyError, TypeError):
        yield Finding("error", name, "cannot be read", "Restore it from a copy.")
        return
    if not target.is_file():
        yield Finding("error", shown, "is missing", "Restore it from a copy.")
    elif sha256_file(target) != digest:
        yield Finding("error", shown, "was changed after it was written", "Restore it from a copy, or run again.")


def _runs(workspace: Workspace) -> Iterator[Finding]:
    if not workspace.runs.folder.is_dir():
        yield Finding("error", "runs", "is missing")
        return
    for folder in sorted(workspace.runs.folder.iterdir()):
        if folder.name.startswith("."):
            continue
        file = f"runs/{folder.name}/{RUN_FILE}"
        try:
            run = workspace.runs.get(folder.name)
        except BenchsideError as error:
            if (folder / RUN_FILE).exists():
                yield Finding("error", file, error.message)
            else:
                yield Finding("note", file, "is missing: the run was stopped before it began")
            continue
        if run.status != "done":
            yield Finding("note", file, f"the run is {run.status}", "`benchside resume` goes on with it.")


def _checkpoints(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.path / "checkpoints.sqlite"
    if not path.exists():
        return
    try:
        connection = sqlite3.connect(path)
        try:
            state = connection.execute("PRAGMA integrity_check").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        state = str(error)
    if state != "ok":
        yield Finding("error", path.name, f"is damaged: {state}", "Runs that are not done must start anew.")
