"""Pack a workspace for a colleague: one .zip, whole or not there, the same bytes for the same content."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from benchside.workspaces.artifacts import FOLDERS
from benchside.workspaces.databases import database_error, reading
from benchside.workspaces.errors import UsageError
from benchside.workspaces.files import TEMPORARY, ExistsError, atomic_path
from benchside.workspaces.lease import LEASE_FILE
from benchside.workspaces.workspace import CHECKPOINTS_FILE, LEDGER_FILE, Workspace

_MOMENT = (1980, 1, 1, 0, 0, 0)
_DATABASES = (LEDGER_FILE, CHECKPOINTS_FILE)


class ArchiveExistsError(UsageError):
    """There is a file of that name already."""

    code = "archive_exists"


def export(place: Workspace | Path, archive: Path) -> Path:
    """Write the archive and return its path; links, leases and the unfinished parts of runs stay behind.

    Raises:
        ArchiveExistsError: the archive exists; UsageError: it would lie inside the workspace.
        StorageError: it cannot be written, or a database is damaged.
    """
    workspace = Workspace.of(place)
    if archive.suffix != ".zip":
        archive = archive.with_name(archive.name + ".zip")
    taken = ArchiveExistsError("the archive exists already", where=str(archive), hint="Choose another name.")
    if archive.exists():
        raise taken
    if archive.resolve().is_relative_to(workspace.path.resolve()):
        raise UsageError("the archive would lie in the workspace", where=str(archive), hint="Choose another folder.")
    try:
        with (
            atomic_path(archive, replace=False) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as pack,
        ):
            _fill(pack, workspace)
    except ExistsError:
        raise taken from None
    return archive


def _fill(pack: zipfile.ZipFile, workspace: Workspace) -> None:
    top = workspace.path.resolve().name
    for folder in (*sorted(FOLDERS.values()), "runs"):
        empty = zipfile.ZipInfo(f"{top}/{folder}/", _MOMENT)
        empty.external_attr = (0o40755 << 16) | 0x10
        pack.writestr(empty, b"")
    for file in _files(workspace.path):
        info = zipfile.ZipInfo(f"{top}/{file.relative_to(workspace.path).as_posix()}", _MOMENT)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        with _opened(file, workspace.path) as source, pack.open(info, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, 1 << 20)


def _files(root: Path) -> Iterator[Path]:
    """What belongs to the record, the databases last: a ledger may be ahead of its `ledger.head`, never behind."""
    found = [p for p in root.rglob("*") if not p.is_symlink() and p.is_file() and _belongs(p.relative_to(root))]
    yield from sorted(found, key=lambda p: (p.parent == root and p.name in _DATABASES, p.relative_to(root).parts))


def _belongs(relative: Path) -> bool:
    parts = relative.parts
    if any(part.startswith(TEMPORARY) for part in parts) or parts[0] in (".git", ".hg"):
        return False
    if len(parts) == 1 and any(parts[0] == f"{d}{end}" for d in _DATABASES for end in ("-wal", "-shm", "-journal")):
        return False
    in_run = parts[0] == "runs" and len(parts) > 2
    return not (in_run and (parts[2] == "parts" or (parts[2] == LEASE_FILE and len(parts) == 3)))


@contextmanager
def _opened(file: Path, root: Path) -> Iterator[IO[bytes]]:
    """A file to read from; of a database a consistent copy, for another process may be writing to it."""
    if file.parent != root or file.name not in _DATABASES:
        with file.open("rb") as source:
            yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        try:
            with reading(file) as live, closing(sqlite3.connect(copy)) as target:
                live.backup(target)
                # a copy that says WAL would leave files beside it when a colleague only looks at it
                target.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            restore = "`benchside workspace verify` says more."
            raise database_error(error, file, "the database", restore=restore) from error
        with copy.open("rb") as source:
            yield source
