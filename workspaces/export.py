"""Pack a workspace for a colleague: one .zip, whole or not there, the same bytes for the same content."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchside.workspaces.errors import StorageError, UsageError
from benchside.workspaces.files import atomic_path
from benchside.workspaces.runs import LEASE_FILE
from benchside.workspaces.workspace import Workspace

_MOMENT = (1980, 1, 1, 0, 0, 0)


def export(path: Path, archive: Path) -> Path:
    """Write the archive and return its path.

    Raises:
        UsageError: the archive exists, or would lie inside the workspace; StorageError: it cannot be written.
    """
    workspace = Workspace.open(path)
    if archive.suffix != ".zip":
        archive = archive.with_name(archive.name + ".zip")
    if archive.exists():
        raise UsageError("the archive exists already", where=str(archive), hint="Choose another name.")
    if archive.absolute().is_relative_to(workspace.path):
        raise UsageError("the archive would lie in the workspace", where=str(archive), hint="Choose another folder.")
    with atomic_path(archive) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as pack:
        for file in _files(workspace.path):
            name = f"{workspace.path.name}/{file.relative_to(workspace.path).as_posix()}"
            info = zipfile.ZipInfo(name, _MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            if file.suffix == ".sqlite":
                pack.writestr(info, _database(file))
            else:
                with file.open("rb") as source, pack.open(info, "w", force_zip64=True) as target:
                    while block := source.read(1 << 20):
                        target.write(block)
    return archive


def _files(root: Path) -> Iterator[Path]:
    """What belongs to the record: no links, no leases, no unfinished parts, no files of a running database."""
    for file in sorted(root.rglob("*")):
        relative = file.relative_to(root)
        if file.is_symlink() or not file.is_file() or relative.name == LEASE_FILE:
            continue
        if relative.name.startswith(".tmp-") or relative.name.endswith(("-wal", "-shm")):
            continue
        if relative.parts[0] == "runs" and len(relative.parts) > 2 and relative.parts[2] == "parts":
            continue
        yield file


def _database(path: Path) -> bytes:
    """A consistent copy of a database that another process may be writing to."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        try:
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        except sqlite3.DatabaseError as error:
            raise StorageError(f"the database is damaged: {error}", where=str(path)) from error
        return copy.read_bytes()
