"""Runs: one job each, recorded in `runs/<id>/run.toml` and held by one process at a time."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchside.workspaces import lease
from benchside.workspaces.clock import now
from benchside.workspaces.errors import NotFoundError, StorageError, UsageError
from benchside.workspaces.files import TEMPORARY, storage_error, sync_folder, write_atomic
from benchside.workspaces.lease import LEASE_FILE, Holder

Status = Literal["running", "pending", "interrupted", "failed", "done"]
RUN_FILE = "run.toml"
_JOB = re.compile(r"[a-z][a-z0-9-]{0,60}")
_ID = re.compile(r"([0-9]{4,})-([a-z][a-z0-9-]*)")


class Run(BaseModel):
    """One job.

    Attributes:
        id: such as 0001-screen.
        command: arguments of the command, without the program's name.
        parameters: what else was asked for; an entry without a value is left out.
        status: as it was last written; `Runs.standing` knows that a killed process left it at "running".
        folder: where it keeps its files.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    job: str
    command: list[str]
    profile: str = ""
    model: str = "none"
    seeds: dict[str, int] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    status: Status = "running"
    error: str = ""
    thread_id: str
    created: str
    updated: str
    folder: Path = Field(exclude=True)


class Runs:
    """The runs of a workspace."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "runs"

    def create(
        self,
        job: str,
        *,
        command: list[str],
        profile: str = "",
        model: str = "none",
        seeds: dict[str, int] | None = None,
        versions: dict[str, str] | None = None,
        parameters: dict[str, Any] | None = None,
        files: dict[str, bytes] | None = None,
    ) -> Run:
        """A new run with the next free number and its first files; it appears whole or not at all.

        Two processes never get the same number, whatever their jobs.

        Raises:
            UsageError: the job is no lower-case word; StorageError: the run cannot be written.
        """
        if not _JOB.fullmatch(job):
            raise UsageError(f"{job!r} is no name of a job", hint="Use lower-case letters, digits and hyphens.")
        moment = now().isoformat()
        draft = self.folder / f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}"
        try:
            draft.mkdir(parents=True)
            for name, data in (files or {}).items():
                write_atomic(draft / name, data)
            with self._number() as number:
                folder = self.folder / f"{number:04d}-{job}"
                run = Run(
                    id=folder.name,
                    job=job,
                    command=command,
                    profile=profile,
                    model=model,
                    seeds=seeds or {},
                    versions=versions or {},
                    parameters=parameters or {},
                    thread_id=folder.name,
                    created=moment,
                    updated=moment,
                    folder=folder,
                )
                self._write(run.model_copy(update={"folder": draft}))
                draft.rename(folder)
                sync_folder(self.folder)
            return _read(folder / RUN_FILE)
        except OSError as error:
            raise storage_error(error, self.folder, "make a run") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)  # gone after the rename

    @contextmanager
    def _number(self) -> Iterator[int]:
        """Claim the next free number while the run takes its place."""
        number = 1 + max(self._taken(), default=0)
        while True:
            # apart from the job's name, so that 0001-screen and 0001-design cannot both be
            claim = self.folder / f".claim-{number:04d}"
            try:
                claim.mkdir()
            except FileExistsError:  # of a process beside this one, or of one that was killed: its number is left out
                number += 1
                continue
            try:
                if number not in self._taken():
                    yield number
                    return
            finally:
                claim.rmdir()
            number += 1

    def _taken(self) -> set[int]:
        return {int(m.group(1)) for p in self.folder.iterdir() if (m := _ID.fullmatch(p.name))}

    def _write(self, run: Run) -> None:
        write_atomic(run.folder / RUN_FILE, tomli_w.dumps(_writable(run.model_dump(mode="json"))).encode())

    def get(self, run_id: str) -> Run:
        """A run by its id.

        Raises:
            NotFoundError: there is none; StorageError: its file is damaged.
        """
        path = self.folder / run_id / RUN_FILE
        if not _ID.fullmatch(run_id) or not path.is_file():
            known = ", ".join(p.name for p in self._folders()) or "none"
            raise NotFoundError(f"there is no run {run_id!r}", where=str(self.folder), hint=f"Runs: {known}.")
        return _read(path)

    def all(self) -> list[Run]:
        """All runs by number.

        Raises:
            StorageError: the file of one of them is damaged.
        """
        return [_read(p / RUN_FILE) for p in self._folders()]

    def _folders(self) -> list[Path]:
        try:
            found = [p for p in self.folder.iterdir() if _ID.fullmatch(p.name) and (p / RUN_FILE).is_file()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise storage_error(error, self.folder, "list the runs") from error
        return sorted(found, key=lambda p: (int(p.name.split("-")[0]), p.name))

    def update(self, run_id: str, *, status: Status, error: str = "") -> Run:
        """Record where a run stands."""
        run = self.get(run_id).model_copy(update={"status": status, "error": error, "updated": now().isoformat()})
        self._write(run)
        return run

    @contextmanager
    def hold(self, run_id: str) -> Iterator[None]:
        """Hold a run while working on it; the end of the process, however sudden, lets it go.

        Raises:
            HeldError: another process holds it; it says which. NotFoundError: there is no such run.
        """
        self.get(run_id)
        with lease.hold(self.folder / run_id / LEASE_FILE, run_id):
            yield

    def holder(self, run_id: str) -> Holder | None:
        """Who works on a run at this moment; None if nobody does."""
        return lease.holder(self.folder / run_id / LEASE_FILE)

    def standing(self, run: Run) -> Status:
        """The status of a run; one that says "running" and is held by no process was stopped."""
        return "interrupted" if run.status == "running" and self.holder(run.id) is None else run.status


def _writable(value: Any) -> Any:
    """What TOML can hold: no null, and no lone surrogates of a file name that is not UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {str(k): _writable(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_writable("" if v is None else v) for v in value]
    return value


def _read(path: Path) -> Run:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        run = Run.model_validate(data | {"folder": path.parent})
    except ValidationError as error:
        first = error.errors()[0]
        what = f"the run file is damaged: {'.'.join(str(p) for p in first['loc'])}: {first['msg']}"
        raise StorageError(what, where=str(path), hint="Restore it from a copy.") from None
    except ValueError as error:
        what = f"the run file is damaged: {error}"
        raise StorageError(what, where=str(path), hint="Restore it from a copy.") from None
    except OSError as error:
        raise storage_error(error, path, "read the run file") from error
    if run.id != path.parent.name:
        hint = "Give the folder its name again."
        raise StorageError(f"the run file is that of {run.id}", where=str(path), hint=hint)
    return run
