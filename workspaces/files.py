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

TEMPORARY = ".tmp-"

_HINTS = {
    errno.ENOSPC: "The disk is full: free some space, then `benchside resume`.",
    errno.EDQUOT: "The quota of the disk is used up: free some space, then `benchside resume`.",
    errno.EROFS: "The disk is mounted read-only: choose another folder, or remount it.",
    errno.EACCES: "No permission: choose another folder, or change its permissions.",
    errno.EPERM: "No permission: choose another folder, or change its permissions.",
    errno.EIO: "The disk reports an error: check it, and restore from a copy if need be.",
}
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class ExistsError(StorageError):
    """The name is taken, and what is there must not be replaced."""

    code = "exists"


class OutsideError(StorageError):
    """A name that would leave the workspace."""

    code = "outside_workspace"


def storage_error(error: OSError, path: Path, doing: str) -> StorageError:
    """An error of the operating system as one that names the file and says what to do."""
    reason = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0, "What was there before is unchanged.")
    return StorageError(f"cannot {doing}: {reason}", where=str(path), hint=hint)


def inside(root: Path, name: str) -> Path:
    """The path of a name below `root`, all links followed.

    Raises:
        OutsideError: it is empty or absolute, climbs out, or goes through a link that leads out.
    """
    base = root.resolve()
    try:
        path = (base / name).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a loop of links, a NUL
        raise OutsideError(f"{name!r} is no usable path: {error}", where=str(root)) from None
    if not name or Path(name).is_absolute() or path == base or not path.is_relative_to(base):
        raise OutsideError(f"{name!r} lies outside the workspace", where=str(root), hint="Tools write only inside it.")
    return path


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems sync files only
            raise
    finally:
        os.close(descriptor)


def temporary_name(path: Path) -> Path:
    """A name beside `path` that no other process writes to; its ending is that of `path`."""
    # cut, because a name may be as long as the disk allows already; the ending stays
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}-{path.name[-64:]}")


@contextmanager
def atomic_path(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """A temporary path to write to: on success it is synced and renamed to `path`, else removed.

    Args:
        replace: whether an earlier file of that name may be replaced.

    Raises:
        StorageError: the disk is full, read-only, or refuses; ExistsError: the name is taken and `replace` is off.
    """
    temporary = temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            _publish(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path, "write the file") from error
    finally:
        with suppress(OSError):  # it is gone after a rename, and a full disk must not hide the first error
            temporary.unlink(missing_ok=True)


def _publish(temporary: Path, path: Path) -> None:
    try:
        # unlike a rename, a link fails where the name is taken, in one step
        os.link(temporary, path)
    except OSError as error:
        if error.errno == errno.EEXIST or (error.errno in _NO_LINKS and os.path.lexists(path)):
            raise ExistsError("the file exists already", where=str(path), hint="Choose another name.") from None
        if error.errno not in _NO_LINKS:
            raise
        temporary.replace(path)  # a disk without hard links: two processes could still meet between look and rename


def write_atomic(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a whole file at once.

    Raises:
        StorageError: the disk is full, read-only, or refuses; an earlier file of that name is unchanged.
        ExistsError: the name is taken and `replace` is off.
    """
    with atomic_path(path, replace=replace) as temporary, temporary.open("wb") as file:
        file.write(data)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise storage_error(error, path, "read the file") from error


def copy_hashed(source: Path, target: Path) -> str:
    """Copy a file of any size; the SHA-256 is that of the bytes that were copied, even if the source changes meanwhile.

    Raises:
        StorageError: the source cannot be read. A failure to write stays an OSError, for `atomic_path` to name.
    """
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for block in _blocks(source):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _blocks(source: Path) -> Iterator[bytes]:
    try:
        file = source.open("rb")
    except OSError as error:
        raise storage_error(error, source, "read the file") from error
    with file:
        while True:
            try:
                block = file.read(1 << 20)
            except OSError as error:
                raise storage_error(error, source, "read the file") from error
            if not block:
                return
            yield block


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
