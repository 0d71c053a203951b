"""The errors of Benchside and the exit codes that go with them.

An error says what happened, where, what to do, and who must act: the *model* (try other arguments),
the *user* (fix the input), the *operator* (a service, a disk) or *us* (a bug). Its `code` is stable, so that a
script or a model can branch on it.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any


class Actor(StrEnum):
    """Who can put an error right."""

    MODEL = "model"
    USER = "user"
    OPERATOR = "operator"
    DEVELOPER = "developer"


class ExitCode(IntEnum):
    """The one table of exit codes (docs/exit-codes.md is made from it)."""

    OK = 0
    BUG = 1  # an internal error: please report it
    USAGE = 2  # a wrong command, option, setting or profile
    INPUT = 3  # an input that cannot be read or holds nothing usable
    STORAGE = 4  # a damaged, full or read-only workspace
    HELD = 5  # another process works on this run
    NETWORK = 6  # offline, unreachable, busy, or over quota
    PENDING = 7  # a person must decide before the run goes on
    NOT_FOUND = 8  # a run, an evidence id, a compound, a name that does not exist
    REFUSED = 9  # the safety gate refuses, and no approval changes that
    INTERRUPTED = 130  # Ctrl-C; `benchside resume` goes on


class BenchsideError(Exception):
    """Base of every error that Benchside raises on purpose.

    Args:
        message: what happened, in one sentence.
        where: the file, row, page, line or field, if there is one.
        hint: what to do about it.
    """

    code = "internal"
    actor = Actor.DEVELOPER
    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.where, self.hint)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text

    def as_dict(self) -> dict[str, str | None]:
        """The error as JSON for scripts and models: code, actor, message, where, hint."""
        return {
            "code": self.code,
            "actor": str(self.actor),
            "message": self.message,
            "where": self.where,
            "hint": self.hint,
        }


def _rebuild(kind: type[BenchsideError], message: str, where: str | None, hint: str | None) -> BenchsideError:
    return kind(message, where=where, hint=hint)


class UsageError(BenchsideError):
    """A wrong command, option, setting or profile."""

    code = "usage"
    actor = Actor.USER
    exit_code = ExitCode.USAGE


class InputError(BenchsideError):
    """An input that cannot be read, or holds nothing usable."""

    code = "input"
    actor = Actor.USER
    exit_code = ExitCode.INPUT


class NotFoundError(BenchsideError):
    """Something named does not exist."""

    code = "not_found"
    actor = Actor.USER
    exit_code = ExitCode.NOT_FOUND


class StorageError(BenchsideError):
    """A workspace file is damaged, or cannot be written."""

    code = "storage"
    actor = Actor.OPERATOR
    exit_code = ExitCode.STORAGE


class HeldError(BenchsideError):
    """Another process works on the same run."""

    code = "held"
    actor = Actor.USER
    exit_code = ExitCode.HELD
