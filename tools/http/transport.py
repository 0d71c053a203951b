"""What happens to each request that really leaves the machine, below the cache.

The order is: network policy, the host's turn, the secrets (added last, so that neither the cache nor a redirect to
another host sees them), the request itself, and the body read whole under limits of size and time.
"""

from __future__ import annotations

import contextvars
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
from hishel import CacheOptions, SpecificationPolicy, SyncSqliteStorage
from hishel.httpx import SyncCacheTransport

from benchside.tools.http.decoding import decode_json, decode_text
from benchside.tools.http.errors import MalformedError, NetworkError, OfflineError, RefusedError, UnreachableError
from benchside.tools.http.redaction import redact_text, redact_url
from benchside.tools.http.settings import OFFLINE_VARIABLE, HttpSettings, Service, offline_by_environment
from benchside.tools.http.throttling import Paces, parse_retry_after, throttling_pause
from benchside.workspaces import clock
from benchside.workspaces.errors import StorageError

Expected = Literal["json", "text", "bytes"]


@dataclass(slots=True)
class Call:
    """One call of a database client, which may become several requests.

    Attributes:
        origin: scheme, host and port that the call is meant for; secrets go nowhere else.
        secret_parameters, secret_headers: added to a request to the origin as it leaves.
    """

    service: Service
    expected: Expected
    origin: tuple[str, str, int | None]
    secret_parameters: dict[str, str] = field(default_factory=dict)
    secret_headers: dict[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        """The secret values themselves."""
        return [*self.secret_parameters.values(), *self.secret_headers.values()]


_call: contextvars.ContextVar[Call] = contextvars.ContextVar("benchside_http_call")


@contextmanager
def calling(call: Call) -> Iterator[None]:
    """Make the call known to the transport below the cache."""
    token = _call.set(call)
    try:
        yield
    finally:
        _call.reset(token)


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address."""
    return url.scheme, url.host, url.port


class PoliteTransport(httpx.BaseTransport):
    """Sends one request as `HttpSettings` and the service's terms allow.

    Args:
        record: called with method, address, status (None where no answer came) and error code of each request.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        settings: HttpSettings,
        paces: Paces,
        record: Callable[[str, str, int | None, str | None], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._settings = settings
        self._paces = paces
        self._record = record
        self._monotonic = monotonic

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and read the whole answer.

        Raises:
            OfflineError, BusyError: before anything is sent.
            UnreachableError, MalformedError: after.
        """
        call = _call.get()
        shown = redact_url(str(request.url), call.secrets)
        require_network(self._settings, shown)
        if request.url.scheme not in {"http", "https"} or (call.origin[0] == "https" and request.url.scheme != "https"):
            raise RefusedError(f"will not be redirected from {call.origin[0]} to {shown}", where=call.service.name)
        pace = self._paces.of(request.url.host, self._rate(call.service, request.url.host))
        pace.acquire(self._settings.wait_max)
        try:
            response = self._send(self._with_secrets(request, call), call, shown)
        except NetworkError as error:
            self._record(request.method, shown, error.status, error.code)
            raise
        self._record(request.method, shown, response.status_code, None)
        pause = throttling_pause(response.headers)[1]
        if response.status_code in {429, 503}:
            pause = max(pause, parse_retry_after(response.headers.get("Retry-After"), clock.now()) or 0.0)
        if pause:
            # the next request to this host waits, whoever makes it: a retry or another thread
            pace.hold_off(pause)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _rate(self, service: Service, host: str) -> float:
        rates = self._settings.requests_per_second
        usual = service.requests_per_second
        if self._settings.key_for(service) is not None and service.keyed_requests_per_second is not None:
            usual = service.keyed_requests_per_second
        return rates.get(host, rates.get(service.name, usual))

    def _with_secrets(self, request: httpx.Request, call: Call) -> httpx.Request:
        headers = request.headers.copy()
        url = request.url
        if origin_of(url) == call.origin:
            if call.secret_parameters:
                url = url.copy_merge_params(call.secret_parameters)
            headers.update(call.secret_headers)
        timeout = httpx.Timeout(self._settings.read_timeout, connect=self._settings.connect_timeout)
        return httpx.Request(
            request.method,
            url,
            headers=headers,
            stream=request.stream,
            extensions={"timeout": timeout.as_dict()},
        )

    def _send(self, request: httpx.Request, call: Call, shown: str) -> httpx.Response:
        deadline = self._monotonic() + self._settings.total_timeout
        try:
            response = self._inner.handle_request(request)
        except httpx.TimeoutException as error:
            raise UnreachableError(f"no answer in time ({_kind(error)})", where=shown, hint=_RETRY_HINT) from None
        except httpx.TransportError as error:
            said = redact_text(str(error), call.secrets)
            raise UnreachableError(f"no answer ({said or _kind(error)})", where=shown, hint=_RETRY_HINT) from None
        try:
            body = self._read(response, deadline, shown)
        finally:
            response.close()
        # the body is whole and decoded now
        kept = [
            (k, v)
            for k, v in response.headers.multi_items()
            if k.lower() not in {"content-encoding", "content-length", "transfer-encoding"}
        ]
        answer = httpx.Response(
            response.status_code, headers=kept, content=body, extensions=_plain(response.extensions), request=request
        )
        self._decide_caching(answer, call, shown)
        return answer

    def _read(self, response: httpx.Response, deadline: float, shown: str) -> bytes:
        limit = self._settings.max_bytes
        said = response.headers.get("content-length", "")
        if said.isdigit() and int(said) > limit:
            raise MalformedError(f"an answer of {said} bytes; the limit is {limit}", where=shown)
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > limit:
                    raise MalformedError(f"an answer of more than {limit} bytes, which is the limit", where=shown)
                if self._monotonic() > deadline:
                    raise UnreachableError(
                        f"the answer did not end within {self._settings.total_timeout:g} s", where=shown
                    )
        except httpx.TimeoutException as error:
            raise UnreachableError(f"the answer stopped ({_kind(error)})", where=shown, hint=_RETRY_HINT) from None
        except httpx.DecodingError as error:
            raise MalformedError(f"the answer cannot be decompressed: {error}", where=shown) from None
        except httpx.TransportError as error:
            raise MalformedError(
                f"the answer was cut off after {len(body)} bytes ({_kind(error)})", where=shown, hint=_RETRY_HINT
            ) from None
        return bytes(body)

    def _decide_caching(self, answer: httpx.Response, call: Call, shown: str) -> None:
        """Keep only good answers; give those that say nothing of their age the service's own period."""
        if answer.status_code == 304:
            return
        storable = answer.status_code == 200
        if storable and call.expected != "bytes":
            decode = decode_json if call.expected == "json" else decode_text
            try:
                decode(answer.content, answer.headers, shown)
            except MalformedError:
                # reported by the client, which decodes the same bytes again
                storable = False
        if not storable:
            answer.headers["cache-control"] = "no-store"
        elif "cache-control" not in answer.headers and "expires" not in answer.headers and call.service.fresh_seconds:
            answer.headers["cache-control"] = f"private, max-age={call.service.fresh_seconds}"


_RETRY_HINT = "Check the connection, or try again later."


def _kind(error: Exception) -> str:
    return type(error).__name__


def _plain(extensions: object) -> dict[str, object]:
    """Only the extensions that outlive the connection."""
    assert isinstance(extensions, dict)
    return {k: v for k, v in extensions.items() if k in {"http_version", "reason_phrase"}}


def require_network(settings: HttpSettings, where: str) -> None:
    """Raise unless requests may be sent.

    Raises:
        OfflineError: says which of the two switches is off.
    """
    if offline_by_environment():
        raise OfflineError(
            "the network is off, so nothing was sent",
            where=where,
            hint=f"{OFFLINE_VARIABLE} is set; unset it to go on.",
        )
    if settings.network == "off":
        raise OfflineError(
            "the network is off, so nothing was sent", where=where, hint="Turn the network policy on to go on."
        )


def cached(inner: httpx.BaseTransport, folder: Path | None) -> httpx.BaseTransport:
    """The transport under an RFC 9111 cache (private, GET and HEAD) in the folder, or as it is without one.

    Raises:
        StorageError: the folder or the cache in it cannot be used.
    """
    if folder is None:
        return inner
    path = folder / "http-cache.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        storage = SyncSqliteStorage(database_path=path)
        storage.get_entries("")
    except (OSError, sqlite3.Error) as error:
        raise unusable_cache(path, error) from None
    return SyncCacheTransport(inner, storage=storage, policy=SpecificationPolicy(CacheOptions(shared=False)))


def unusable_cache(path: Path, error: Exception) -> StorageError:
    """The error of a cache that cannot be read or written."""
    return StorageError(
        f"the HTTP cache cannot be used ({error})",
        where=str(path),
        hint="It holds only copies of public answers: delete it, or set another cache folder.",
    )
