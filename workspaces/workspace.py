"""The workspace: a folder that a person can read, move and put under version control."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchside.workspaces.artifacts import FOLDERS, Artifacts
from benchside.workspaces.clock import now
from benchside.workspaces.errors import NotFoundError, StorageError
from benchside.workspaces.files import TEMPORARY, ExistsError, inside, storage_error, write_atomic
from benchside.workspaces.ledger import Ledger
from benchside.workspaces.runs import Runs

FORMAT = 1
WORKSPACE_FILE = "workspace.toml"
LEDGER_FILE = "ledger.sqlite"
CHECKPOINTS_FILE = "checkpoints.sqlite"


class NotAWorkspaceError(NotFoundError):
    """The folder does not exist, or is no workspace."""

    code = "not_a_workspace"


class FormatError(StorageError):
    """The workspace was made by a newer Benchside."""

    code = "newer_format"


class WorkspaceConfig(BaseModel):
    """What `workspace.toml` holds.

    Attributes:
        defaults: options that commands take from here where they are not given, such as `profile = "cns"`.
        network: whether databases may be asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    format: int = Field(default=FORMAT, ge=1)
    created: str
    network: Literal["on", "off"] = "on"
    defaults: dict[str, bool | int | float | str] = Field(default_factory=dict)


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
            ExistsError: it is a workspace already; StorageError: it holds other things, or cannot be written.
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
        if (path / WORKSPACE_FILE).exists():
            raise _exists(path)
        try:
            for folder in (*FOLDERS.values(), "runs"):
                (path / folder).mkdir(exist_ok=True)
        except OSError as error:
            raise storage_error(error, path, "make the workspace") from error
        Ledger.create(path / LEDGER_FILE)
        config = WorkspaceConfig(name=path.resolve().name or "workspace", created=now().isoformat())
        try:
            # last, so that a folder with a workspace.toml is always a whole workspace
            write_atomic(path / WORKSPACE_FILE, tomli_w.dumps(config.model_dump()).encode(), replace=False)
        except ExistsError:  # another process made it at the same time
            raise _exists(path) from None
        return cls(path, config)

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """An existing workspace.

        Raises:
            NotAWorkspaceError: there is none; FormatError: it is newer than this program; StorageError: its file is
            damaged or cannot be read.
        """
        path = path.absolute()
        file = path / WORKSPACE_FILE
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            there = "this folder is not a workspace" if path.is_dir() else "there is no workspace"
            hint = "`benchside screen … --workspace FOLDER` makes one."
            raise NotAWorkspaceError(there, where=str(path), hint=hint) from None
        except OSError as error:
            raise storage_error(error, file, "read the file") from error
        except ValueError as error:
            hint = "Correct it, or restore it from a copy."
            raise StorageError(f"the file is damaged: {error}", where=str(file), hint=hint) from None
        # first, because a newer format may have entries that are unknown here
        if isinstance(data.get("format"), int) and data["format"] > FORMAT:
            raise FormatError(
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
        if not (path / WORKSPACE_FILE).exists():
            try:
                return cls.create(path)
            except ExistsError:  # made by another process in the meantime
                pass
        return cls.open(path)

    @classmethod
    def of(cls, place: Workspace | Path) -> Workspace:
        """An open workspace as it is, a folder opened."""
        return place if isinstance(place, Workspace) else cls.open(place)

    def safe_path(self, name: str) -> Path:
        """The path of a name in this workspace, all links followed.

        Raises:
            OutsideError: it leaves the workspace.
        """
        return inside(self.path, name)


def _exists(path: Path) -> ExistsError:
    return ExistsError("the folder is a workspace already", where=str(path), hint="Open it, or name another folder.")


def _ours(name: str) -> bool:
    """Whether a name may lie in a folder where a creation was cut off, or two processes create at once."""
    known = (*FOLDERS.values(), "runs", "ledger.head", WORKSPACE_FILE)
    return name in known or name.startswith((LEDGER_FILE, TEMPORARY))
