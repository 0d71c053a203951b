"""The SQLite files of a workspace: reading them where nothing may be written, and their errors in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchside.workspaces.errors import StorageError

BUSY_SECONDS = 30.0


def database_error(
    error: sqlite3.Error, path: Path, what: str, *, damaged: type[StorageError] = StorageError, restore: str
) -> StorageError:
    """An error of SQLite as one that names the file.

    Args:
        what: such as "the ledger".
        damaged: the class of the error where the content is at fault, not the disk.
        restore: what to do about damage.
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = sqlite3.SQLITE_ERROR if code is None else code & 0xFF
    where = str(path)
    match primary:
        case sqlite3.SQLITE_FULL:
            hint = "Free some space, then `benchside resume`; what was there before is unchanged."
            return StorageError(f"{what} cannot be written: the disk is full", where=where, hint=hint)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            hint = "Check the permissions of the file and of its folder, and that the disk is not mounted read-only."
            return StorageError(f"{what} cannot be opened or written: {error}", where=where, hint=hint)
        case sqlite3.SQLITE_TOOBIG:
            return StorageError(f"too large for {what}: {error}", where=where, hint="Keep it as an artifact.")
        case sqlite3.SQLITE_IOERR if code != sqlite3.SQLITE_IOERR_SHORT_READ:  # that one is a file cut short
            hint = "Check the disk, its free space and its quota; what was there before is unchanged."
            return StorageError(f"{what} cannot be read or written: {error}", where=where, hint=hint)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            hint = "Try again; if no other `benchside` runs, see which program has the file open."
            return StorageError(f"another process kept {what} locked for {BUSY_SECONDS:.0f} s", where=where, hint=hint)
        case _:
            return damaged(f"{what} is damaged: {error}", where=where, hint=restore)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to read an existing database through.

    Raises:
        sqlite3.Error: it is damaged, or cannot be read.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        refused = (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not refused or path.with_name(f"{path.name}-wal").exists():
            raise
        # in WAL mode SQLite writes beside the file even to read it; where it may not, nobody else can write either
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None)
    except BaseException:
        connection.close()
        raise
    with closing(connection):
        yield connection
