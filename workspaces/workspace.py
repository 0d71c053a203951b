"""The workspace: a folder that a person can read, move and put under version control."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, ValidationError

from benchside.workspaces.artifacts import FOLDERS, Artifacts
from benchside.workspaces.clock import now
from benchside.workspaces.errors import NotFoundError, StorageError
from benchside.workspaces.files import storage_error, write_atomic
from benchside.workspaces.ledger import Ledger
from benchside.workspaces.runs import Runs

FORMAT = 1
WORKSPACE_FILE = "workspace.toml"
LEDGER_FILE = "ledger.sqlite"


class WorkspaceConfig(BaseModel):
    """What `workspace.toml` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    format: int = FORMAT
    created: str
    network: Literal["on", "off"] = "on"


class Workspace:
    """An open workspace.

    Attributes:
        path: the folder, absolute.
        ledger, artifacts, runs: its parts.
    """

    def __init__(self, path: Path, config: WorkspaceConfig) -> None:
        self.path = path
        self.config = config
        self.ledger = Ledger(path / LEDGER_FILE)
        self.artifacts = Artifacts(path)
        self.runs = Runs(path)

    @classmethod
    def create(cls, path: Path) -> Workspace:
        """A new workspace in a folder that is new or empty.

        Raises:
            StorageError: the folder holds other things, or cannot be written.
        """
        path = path.absolute()
        try:
            path.mkdir(parents=True, exist_ok=True)
            others = [p.name for p in path.iterdir() if not _ours(p.name)]
        except OSError as error:
            raise storage_error(error, path, "make the workspace") from error
        if others:
            raise StorageError(
                f"the folder is not a workspace and holds other files ({', '.join(sorted(others)[:3])})",
                where=str(path),
                hint="Name a new or an empty folder.",
            )
        try:
            for folder in (*FOLDERS.values(), "runs"):
                (path / folder).mkdir(exist_ok=True)
        except OSError as error:
            raise storage_error(error, path, "make the workspace") from error
        Ledger.create(path / LEDGER_FILE)
        # last, so that a folder with a workspace.toml is always a whole workspace
        config = WorkspaceConfig(name=path.name, created=now().isoformat())
        write_atomic(path / WORKSPACE_FILE, tomli_w.dumps(config.model_dump()).encode())
        return cls(path, config)

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """An existing workspace.

        Raises:
            NotFoundError: there is none; StorageError: its file is damaged, or of a newer format.
        """
        path = path.absolute()
        file = path / WORKSPACE_FILE
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError(
                "there is no workspace", where=str(path), hint="`benchside screen … --workspace FOLDER` makes one."
            ) from None
        except OSError as error:
            raise storage_error(error, file, "read the file") from error
        except ValueError as error:
            raise StorageError(f"the file is damaged: {error}", where=str(file), hint="Restore it from a copy.") from None
        if isinstance(data.get("format"), int) and data["format"] > FORMAT:
            raise StorageError(
                f"the workspace has format {data['format']}, this Benchside knows {FORMAT}",
                where=str(file),
                hint="Update Benchside.",
            )
        try:
            return cls(path, WorkspaceConfig.model_validate(data))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(p) for p in first["loc"])
            raise StorageError(f"{name}: {first['msg']}", where=str(file), hint="Correct the entry.") from None

    @classmethod
    def open_or_create(cls, path: Path) -> Workspace:
        """The workspace in this folder, made if there is none."""
        if (path / WORKSPACE_FILE).exists():
            return cls.open(path)
        return cls.create(path)


def _ours(name: str) -> bool:
    """Whether a name may lie in a folder in which an earlier creation was cut off, or two processes create at once."""
    return name in (*FOLDERS.values(), "runs", "ledger.head", WORKSPACE_FILE) or name.startswith((LEDGER_FILE, ".tmp-"))
