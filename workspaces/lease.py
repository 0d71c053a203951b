"""Leases: a run is worked on by one process at a time, and the end of that process, however sudden, sets it free.

The lock is that of the operating system (flock), so nothing is left to clean up after SIGKILL; the file that is locked
only says who holds it.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchside.workspaces.clock import now
from benchside.workspaces.errors import HeldError
from benchside.workspaces.files import storage_error

LEASE_FILE = "lease"
_PATIENCE = 0.2  # seconds: another process may only be looking who holds it
_held: set[int] = set()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a run."""

    pid: int
    host: str
    user: str
    since: str

    def text(self) -> str:
        """In words."""
        return f"process {self.pid} of {self.user} on {self.host} since {self.since}"


def _let_go_in_child() -> None:
    # a forked worker shares the lock with its parent: it would keep the run held after the parent was killed
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


@contextmanager
def hold(path: Path, what: str) -> Iterator[None]:
    """Hold the lease at `path` while the body runs.

    Args:
        what: the name of what is held, for the message.

    Raises:
        HeldError: another process holds it; the message says which. StorageError: the file cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise storage_error(error, path, f"hold {what}") from error
    _held.add(descriptor)
    try:
        try:
            if not _lock(descriptor, fcntl.LOCK_EX, _PATIENCE):
                holder = _read(descriptor)
                raise HeldError(
                    f"{what} is being worked on by {holder.text() if holder else 'another process'}",
                    where=str(path.parent),
                    hint="Wait for it or stop that process; another run can go on beside it.",
                )
            mine = Holder(os.getpid(), socket.gethostname(), _user(), now().isoformat())
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(asdict(mine)).encode(), 0)
        except OSError as error:
            raise storage_error(error, path, f"hold {what}") from error
        yield
    finally:
        if descriptor in _held:  # not in a forked child that leaves this block
            _held.discard(descriptor)
            os.close(descriptor)


def holder(path: Path) -> Holder | None:
    """Who holds the lease at `path`; None if nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, path, "see who holds the run") from error
    try:
        if _lock(descriptor, fcntl.LOCK_SH, 0):
            return None
        return _read(descriptor) or Holder(0, "?", "?", "?")
    except OSError as error:
        raise storage_error(error, path, "see who holds the run") from error
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int, patience: float) -> bool:
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.02)
        else:
            return True


def _read(descriptor: int) -> Holder | None:
    try:
        data = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(int(data["pid"]), str(data["host"]), str(data["user"]), str(data["since"]))
    except (ValueError, KeyError, TypeError):
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return f"user {os.getuid()}"
