"""What can go wrong between Benchside and a service, one type for each, so that none is taken for "no results"."""

from __future__ import annotations

from typing import Any

from benchside.workspaces.errors import Actor, BenchsideError, ExitCode


class NetworkError(BenchsideError):
    """Base of the errors of the HTTP layer.

    Args:
        status: HTTP status, where an answer came.
        retry_after: seconds after which the service asks to be tried again, where it said so.
    """

    code = "network"
    actor = Actor.OPERATOR
    exit_code = ExitCode.NETWORK

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in ("where", "hint", "status", "retry_after")}
        return _rebuild, (type(self), self.message, fields)


def _rebuild(kind: type[NetworkError], message: str, fields: dict[str, Any]) -> NetworkError:
    return kind(message, **fields)


class RemoteNotFoundError(NetworkError):
    """The service has no such record (404, 410)."""

    code = "remote_not_found"
    actor = Actor.MODEL


class BusyError(NetworkError):
    """The service asks for fewer requests (429, 503), and still did after the last retry."""

    code = "busy"


class UnreachableError(NetworkError):
    """No answer: no such host, refused, a timeout, a broken TLS handshake, a dead gateway."""

    code = "unreachable"


class MalformedError(NetworkError):
    """An answer that is not what was due: HTML for JSON, a cut-off body, another charset, too large."""

    code = "malformed"


class QuotaError(NetworkError):
    """The service wants a key, an account or a payment (401, 402, 403 with such a text)."""

    code = "quota"
    actor = Actor.USER


class RefusedError(NetworkError):
    """The service refuses the request itself (any other 4xx), or the request must not be sent."""

    code = "refused"
    actor = Actor.MODEL


class FailedError(NetworkError):
    """The service broke while it worked on the request (500 and other 5xx)."""

    code = "service_failed"


class OfflineError(NetworkError):
    """The network policy is off; nothing was sent."""

    code = "offline"
    actor = Actor.USER


class PrivateStructureError(NetworkError):
    """A structure of the user's own would have left the machine; nothing was sent."""

    code = "structure_is_private"
    actor = Actor.USER
