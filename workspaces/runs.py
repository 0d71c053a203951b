"""Runs: one job each, recorded in `runs/<id>/run.toml` and held by one process at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchside.workspaces.clock import now
from benchside.workspaces.errors import HeldError, NotFoundError, StorageError
from benchside.workspaces.files import storage_error, sync_folder, write_atomic

Status = Literal["running", "pending", "interrupted", "failed", "done"]
RUN_FILE = "run.toml"
LEASE_FILE = "lease"
_ID = re.compile(r"(\d{4,})-([a-z][a-z0-9-]*)")


class Run(BaseModel):
    """One job.

    Attributes:
        id: such as 0001-screen.
        command: arguments of the command, without the program's name.
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
        files: dict[str, bytes] | None = None,
    ) -> Run:
        """A new run with the next free number and its first files; it appears whole or not at all."""
        moment = now().isoformat()
        draft = self.folder / f".tmp-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            draft.mkdir(parents=True)
            for name, data in (files or {}).items():
                write_atomic(draft / name, data)
            number = 1 + max((int(m.group(1)) for p in self.folder.iterdir() if (m := _ID.fullmatch(p.name))), default=0)
            while True:
                folder = self.folder / f"{number:04d}-{job}"
                run = Run(
                    id=folder.name,
                    job=job,
                    command=command,
                    profile=profile,
                    model=model,
                    seeds=seeds or {},
                    versions=versions or {},
                    thread_id=folder.name,
                    created=moment,
                    updated=moment,
                    folder=folder,
                )
                self._write(run.model_copy(update={"folder": draft}))
                try:
                    draft.rename(folder)  # refused where another process has just taken the number
                except OSError as error:
                    if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                        raise
                    number += 1
                else:
                    sync_folder(self.folder)
                    return run
        except OSError as error:
            raise storage_error(error, self.folder, "make a run") from error

    def _write(self, run: Run) -> None:
        write_atomic(run.folder / RUN_FILE, tomli_w.dumps(run.model_dump(mode="json")).encode())

    def get(self, run_id: str) -> Run:
        """A run by its id.

        Raises:
            NotFoundError: there is none; StorageError: its file is damaged.
        """
        path = self.folder / run_id / RUN_FILE
        if not _ID.fullmatch(run_id) or not path.is_file():
            known = ", ".join(r.id for r in self.all()) or "none"
            raise NotFoundError(f"there is no run {run_id!r}", where=str(self.folder), hint=f"Runs: {known}.")
        return _read(path)

    def all(self) -> list[Run]:
        """All runs by number; a folder whose process was killed before its run.toml stood is not one."""
        if not self.folder.is_dir():
            return []
        names = [p for p in self.folder.iterdir() if _ID.fullmatch(p.name) and (p / RUN_FILE).is_file()]
        return [_read(p / RUN_FILE) for p in sorted(names, key=lambda p: int(p.name.split("-")[0]))]

    def update(self, run_id: str, *, status: Status, error: str = "") -> Run:
        """Record where a run stands."""
        run = self.get(run_id).model_copy(update={"status": status, "error": error, "updated": now().isoformat()})
        self._write(run)
        return run

    @contextmanager
    def hold(self, run_id: str) -> Iterator[None]:
        """Hold a run while working on it; the end of the process, however sudden, lets it go.

        Raises:
            HeldError: another process holds it; it says which.
        """
        path = self.folder / run_id / LEASE_FILE
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise storage_error(error, path, "hold the run") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HeldError(
                    f"{run_id} is being worked on by {_holder(descriptor)}",
                    where=str(path.parent),
                    hint="Wait for it or stop that process; a new `benchside screen` runs beside it.",
                ) from None
            mine = {"pid": os.getpid(), "host": socket.gethostname(), "since": now().isoformat()}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(mine).encode(), 0)
            yield
        finally:
            os.close(descriptor)


def _holder(descriptor: int) -> str:
    try:
        data = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {data['pid']} on {data['host']} since {data['since']}"
    except (ValueError, KeyError, OSError):
        return "another process"


def _read(path: Path) -> Run:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Run.model_validate(data | {"folder": path.parent})
    except (ValidationError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise StorageError(f"the run file is damaged: {first}", where=str(path), hint="Restore it from a copy.") from None
    except OSError as error:
        raise storage_error(error, path, "read the run file") from error
