"""Files that are either whole or not there: written under a temporary name, synced, renamed.

Every failure of the disk becomes a `StorageError` that names the file; what was there before stays as it was.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchside.workspaces.errors import StorageError

_HINTS = {
    errno.ENOSPC: "The disk is full: free some space, then `benchside resume`.",
    errno.EDQUOT: "The quota of the disk is used up: free some space, then `benchside resume`.",
    errno.EROFS: "The disk is mounted read-only: choose another folder, or remount it.",
    errno.EACCES: "No permission: choose another folder, or change its permissions.",
    errno.EPERM: "No permission: choose another folder, or change its permissions.",
    errno.EIO: "The disk reports an error: check it, and restore from a copy if need be.",
}


def storage_error(error: OSError, path: Path, doing: str) -> StorageError:
    """An error of the operating system as one that names the file and says what to do."""
    reason = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0, "What was there before is unchanged.")
    return StorageError(f"cannot {doing}: {reason}", where=str(path), hint=hint)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary_name(path: Path) -> Path:
    """A name beside `path` that no other process writes to; its ending is that of `path`."""
    return path.with_name(f".tmp-{os.getpid()}-{os.urandom(4).hex()}-{path.name}")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path to write to: on success it is synced and renamed to `path`, else removed.

    Raises:
        StorageError: the disk is full, read-only, or refuses.
    """
    temporary = temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path, "write the file") from error
    finally:
        with suppress(OSError):  # it is gone after a rename, and a full disk must not hide the first error
            temporary.unlink(missing_ok=True)


def write_atomic(path: Path, data: bytes) -> None:
    """Write a whole file at once.

    Raises:
        StorageError: the disk is full, read-only, or refuses; an earlier file of that name is unchanged.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(data)


def sha256_file(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise storage_error(error, path, "read the file") from error
