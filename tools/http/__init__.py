"""The one HTTP layer: pace, retries, cache, network policy, typed errors, and a record of each request."""

from benchside.tools.http.client import HttpClient, RequestMade
from benchside.tools.http.errors import (
    BusyError,
    FailedError,
    MalformedError,
    NetworkError,
    OfflineError,
    PrivateStructureError,
    QuotaError,
    RefusedError,
    RemoteNotFoundError,
    UnreachableError,
)
from benchside.tools.http.settings import HttpSettings, Service

__all__ = [
    "BusyError",
    "FailedError",
    "HttpClient",
    "HttpSettings",
    "MalformedError",
    "NetworkError",
    "OfflineError",
    "PrivateStructureError",
    "QuotaError",
    "RefusedError",
    "RemoteNotFoundError",
    "RequestMade",
    "Service",
    "UnreachableError",
]
