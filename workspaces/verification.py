"""Verify a workspace: the chain of evidence, every artifact against its sidecar, run files, checkpoints."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from benchside.workspaces.artifacts import FOLDERS, SIDECAR, Artifact, read_sidecar
from benchside.workspaces.databases import reading
from benchside.workspaces.errors import BenchsideError, StorageError
from benchside.workspaces.evidence import Evidence, TableReference
from benchside.workspaces.files import TEMPORARY, sha256_file
from benchside.workspaces.runs import RUN_FILE
from benchside.workspaces.workspace import CHECKPOINTS_FILE, LEDGER_FILE, Workspace

_COPY = "Restore it from a copy."


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


def verify(place: Workspace | Path) -> list[Finding]:
    """Everything that is wrong with a workspace; no `error` among it if it is intact.

    Raises:
        NotFoundError, StorageError: it is no workspace, or its own file cannot be read.
    """
    workspace = Workspace.of(place)
    kept: set[str] = set()
    artifacts = list(_artifacts(workspace, kept))
    return [*_ledger(workspace, kept), *artifacts, *_runs(workspace), *_checkpoints(workspace)]


def _ledger(workspace: Workspace, kept: set[str]) -> Iterator[Finding]:
    problems = list(workspace.ledger.verify_chain())
    for problem in problems:
        yield Finding("error", LEDGER_FILE, problem, "Restore the ledger from a copy.")
    if problems:
        return
    entries = workspace.ledger.all()
    known = {e.id for e in entries}
    for entry in entries:
        yield from _references(entry, kept, known)


def _references(entry: Evidence, kept: set[str], known: set[str]) -> Iterator[Finding]:
    if isinstance(entry.value, TableReference) and entry.value.artifact not in kept:
        what = f"{entry.id} refers to an artifact that is not here ({entry.value.artifact[:16]}…)"
        yield Finding("error", LEDGER_FILE, what, "Restore the artifact and its sidecar from a copy.")
    for source in entry.inputs:
        if source.startswith("E") and source[1:].isdigit() and source not in known:
            yield Finding("error", LEDGER_FILE, f"{entry.id} was computed from {source}, which is not in this ledger")


def _artifacts(workspace: Workspace, kept: set[str]) -> Iterator[Finding]:
    for folder in FOLDERS.values():
        place = workspace.path / folder
        if not place.is_dir():
            yield Finding("error", folder, "is missing", _COPY)
            continue
        files = sorted(p for p in place.rglob("*") if p.is_symlink() or not p.is_dir())
        sidecars = {p for p in files if p.name.endswith(SIDECAR) and not p.name.startswith(TEMPORARY)}
        for sidecar in sorted(sidecars):
            yield from _sidecar(workspace, sidecar, kept)
        for file in files:
            if file in sidecars or file.with_name(file.name + SIDECAR) in sidecars:
                continue
            name = file.relative_to(workspace.path).as_posix()
            if file.name.startswith(TEMPORARY):
                yield Finding("note", name, "is left over from a process that was stopped", "It can be deleted.")
            else:
                hint = "It was not written by Benchside, or its sidecar is lost; it is not evidence."
                yield Finding("note", name, "has no record of where it came from", hint)


def _sidecar(workspace: Workspace, sidecar: Path, kept: set[str]) -> Iterator[Finding]:
    target = sidecar.with_name(sidecar.name.removesuffix(SIDECAR))
    shown = target.relative_to(workspace.path).as_posix()
    try:
        artifact = read_sidecar(sidecar)
    except StorageError as error:
        yield Finding("error", f"{shown}{SIDECAR}", error.message, _COPY)
        return
    kept.add(artifact.sha256)
    if artifact.path != shown:
        yield Finding("error", f"{shown}{SIDECAR}", f"is the record of another file ({artifact.path})", _COPY)
    what = _changed(target, artifact)
    if what:
        yield Finding("error", shown, what, "Restore it from a copy, or run again.")


def _changed(target: Path, artifact: Artifact) -> str | None:
    if target.is_symlink():
        return "was replaced by a link"
    if not target.is_file():
        return "is missing"
    try:
        size = target.stat().st_size
        if size == artifact.size and sha256_file(target) == artifact.sha256:
            return None
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except StorageError as error:
        return error.message
    return f"was changed after it was written ({artifact.size:,} bytes then, {size:,} now)"


def _runs(workspace: Workspace) -> Iterator[Finding]:
    if not workspace.runs.folder.is_dir():
        yield Finding("error", "runs", "is missing", _COPY)
        return
    for folder in sorted(p for p in workspace.runs.folder.iterdir() if p.is_dir()):
        if folder.name.startswith("."):
            hint = "It can be deleted while no run is being started."
            yield Finding("note", f"runs/{folder.name}", "is left over from a process that was stopped", hint)
            continue
        file = f"runs/{folder.name}/{RUN_FILE}"
        try:
            run = workspace.runs.get(folder.name)
        except BenchsideError as error:
            if (folder / RUN_FILE).exists():
                yield Finding("error", file, error.message, error.hint or "")
            else:
                yield Finding("note", file, "is missing: this is not a run", "The folder can be deleted.")
            continue
        standing = workspace.runs.standing(run)
        if standing != "done":
            yield Finding("note", file, f"the run is {standing}", "`benchside resume` goes on with it.")


def _checkpoints(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.path / CHECKPOINTS_FILE
    if not path.exists():
        return
    try:
        with reading(path) as connection:
            state = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
            empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    except sqlite3.Error as error:
        state, empty = str(error), False
    if state != "ok" or empty:
        what = "is empty" if empty else f"is damaged: {state}"
        yield Finding("error", path.name, what, "Move it away: runs that are not done must then start anew.")
