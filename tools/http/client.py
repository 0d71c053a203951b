"""The one HTTP client of Benchside: every database client goes through it.

It keeps to each service's pace, retries what is worth it, keeps answers on disk by RFC 9111, obeys the network
policy, records each request for the reports, and turns every failure into an error of its own type.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import stamina
import stamina.instrumentation

from benchside.tools.http.decoding import decode_json, decode_text, describe_markup
from benchside.tools.http.errors import (
    BusyError,
    FailedError,
    MalformedError,
    NetworkError,
    QuotaError,
    RefusedError,
    RemoteNotFoundError,
    UnreachableError,
)
from benchside.tools.http.redaction import is_secret_name, redact_text, redact_url
from benchside.tools.http.settings import HttpSettings, Service
from benchside.tools.http.throttling import Paces, parse_retry_after
from benchside.tools.http.transport import Call, Expected, PoliteTransport, cached, calling, origin_of, unusable_cache
from benchside.workspaces import clock

# stamina's own choice, structlog, prints to stdout until it is configured, and stdout is for JSON alone
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
# a program that wants to see retries sets up logging; without that, Python would print them bare to a person
logging.getLogger("stamina").addHandler(logging.NullHandler())

Params = Mapping[str, str | int | float | bool | Sequence[str | int] | None]

_QUOTA_TEXT = re.compile(r"quota|api[ _-]?key|rate.?limit|limit exceeded|subscription|billing|too many", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RequestMade:
    """One request, as reports list it; addresses are redacted.

    Attributes:
        status: HTTP status; None where no answer came.
        from_cache: answered from the cache on disk: nothing was sent.
        error: code of the error that it ended in, if any.
    """

    service: str
    method: str
    host: str
    url: str
    status: int | None
    from_cache: bool
    date: datetime
    error: str | None = None


class HttpClient:
    """Synchronous and safe to share between threads; a context manager that closes its connections.

    Args:
        sleep, monotonic: the waiting for a host's turn, which includes what it asks for by Retry-After; tests pass
            their own. The back-off before other retries is stamina's, and `stamina.set_testing` turns it off.
        transport: for tests, in place of the real network.
    """

    def __init__(
        self,
        settings: HttpSettings | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.settings = settings if settings is not None else HttpSettings()
        self.requests_made: list[RequestMade] = []
        self._lock = threading.Lock()
        self._local = threading.local()
        polite = PoliteTransport(
            transport if transport is not None else httpx.HTTPTransport(),
            self.settings,
            Paces(sleep, monotonic),
            self._record_sent,
            monotonic,
        )
        contact = f"; mailto:{self.settings.contact}" if self.settings.contact else ""
        self._client = httpx.Client(
            transport=cached(polite, self.settings.cache_dir),
            headers={
                "User-Agent": f"benchside/{version('benchside')} (+https://github.com/benchside/benchside{contact})"
            },
            follow_redirects=True,
            max_redirects=5,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and cache."""
        self._client.close()

    def get_json(self, service: Service, path: str, params: Params | None = None) -> Any:
        """JSON of a path of the service, or of one of its full addresses (a next-page link).

        Raises:
            NetworkError: one of its kinds; RemoteNotFoundError for a record that is not there.
        """
        response = self._request("GET", service, path, params, "json")
        return decode_json(response.content, response.headers, self._shown(response))

    def get_text(self, service: Service, path: str, params: Params | None = None) -> str:
        """Text, in the charset that the service names. Raises as `get_json`."""
        response = self._request("GET", service, path, params, "text")
        return decode_text(response.content, response.headers, self._shown(response))

    def get_bytes(self, service: Service, path: str, params: Params | None = None) -> bytes:
        """The body as it is. Raises as `get_json`."""
        return self._request("GET", service, path, params, "bytes").content

    def post_json(
        self,
        service: Service,
        path: str,
        params: Params | None = None,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Any:
        """JSON in answer to a JSON or form body; never kept in the cache. Raises as `get_json`."""
        response = self._request("POST", service, path, params, "json", json=json, form=form)
        return decode_json(response.content, response.headers, self._shown(response))

    def _request(
        self,
        method: str,
        service: Service,
        path: str,
        params: Params | None,
        expected: Expected,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        url = self._address(service, path)
        key = self.settings.key_for(service)
        if key is None and service.needs_key:
            raise QuotaError(
                f"{service.name} answers nothing without an API key",
                where=service.name,
                hint=f"Set http.api_keys.{service.name}.",
            )
        open_params, secret = _split_params(params)
        call = Call(service, expected, origin_of(url), secret_parameters=secret)
        if key is not None and service.key_parameter:
            call.secret_parameters[service.key_parameter] = key
        if key is not None and service.key_header:
            call.secret_headers[service.key_header] = key
        if service.email_parameter and self.settings.contact:
            call.secret_parameters[service.email_parameter] = self.settings.contact
        headers = {"Accept": "application/json"} if expected == "json" else {}
        request = self._client.build_request(
            method, url.copy_merge_params(open_params), headers=headers, json=json, data=dict(form) if form else None
        )
        for attempt in stamina.retry_context(
            on=self._wait_for,
            attempts=self.settings.attempts,
            timeout=self.settings.total_timeout,
            wait_initial=0.5,
            wait_max=self.settings.wait_max,
            wait_jitter=0.5,
        ):
            with attempt:
                return self._attempt(request, call)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, request: httpx.Request, call: Call) -> httpx.Response:
        self._local.service = call.service.name
        self._local.sent = 0
        try:
            with calling(call):
                response = self._client.send(request)
        except (
            httpx.TooManyRedirects,
            httpx.UnsupportedProtocol,
            httpx.InvalidURL,
            httpx.RemoteProtocolError,
        ) as error:
            raise RefusedError(
                f"a redirect that is not followed: {redact_text(str(error), call.secrets)}",
                where=redact_url(str(request.url), call.secrets),
            ) from None
        except sqlite3.Error as error:
            assert self.settings.cache_dir is not None
            raise unusable_cache(self.settings.cache_dir / "http-cache.sqlite", error) from None
        if response.extensions.get("hishel_from_cache") and not self._local.sent:
            self._record("GET", self._shown(response), response.status_code, True, None)
        self._raise_for_status(response, call)
        return response

    def _address(self, service: Service, path: str) -> httpx.URL:
        """The full address; a full address that is given must be of the service's own host."""
        overrides = self.settings.base_urls
        base = overrides.get(service.name, service.base_url)
        home = urlsplit(service.base_url)
        if path.startswith(("http://", "https://")):
            given = urlsplit(path)
            if given.netloc not in {home.netloc, urlsplit(base).netloc}:
                raise RefusedError(f"{redact_url(path)} is not an address of {service.name}", where=service.name)
            full = path.replace(service.base_url, base, 1) if path.startswith(service.base_url) else path
        else:
            full = f"{base}/{path.lstrip('/')}"
        if home.hostname in overrides and service.name not in overrides:
            full = full.replace(f"{home.scheme}://{home.netloc}", overrides[home.hostname], 1)
        return httpx.URL(full)

    def _wait_for(self, error: Exception) -> bool | float:
        """Whether to try again; at once where the service said when, since the host's pace keeps to that."""
        if not isinstance(error, NetworkError):
            return False
        retryable = isinstance(error, BusyError | UnreachableError | FailedError) or (
            isinstance(error, MalformedError) and error.status is None and "cut off" in error.message
        )
        if not retryable or (error.retry_after is not None and error.retry_after > self.settings.wait_max):
            return False
        return True if error.retry_after is None else 0.0

    def _raise_for_status(self, response: httpx.Response, call: Call) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        where = self._shown(response)
        said = redact_text(_what_it_said(response), call.secrets)
        tail = f': "{said}"' if said else ""
        retry_after = parse_retry_after(response.headers.get("Retry-After"), clock.now())
        if status in {404, 410}:
            raise RemoteNotFoundError(f"{call.service.name} has no such record{tail}", where=where, status=status)
        if status in {429, 503}:
            asked = f"; it asks to wait {retry_after:.0f} s" if retry_after is not None else ""
            raise BusyError(
                f"{call.service.name} is busy ({status}{asked}){tail}",
                where=where,
                hint="Try again later.",
                status=status,
                retry_after=retry_after,
            )
        if status in {401, 402} or (status == 403 and _QUOTA_TEXT.search(said)):
            raise QuotaError(
                f"{call.service.name} wants a key or has a quota ({status}){tail}",
                where=where,
                hint=f"Set http.api_keys.{call.service.name}, or wait until the quota is renewed.",
                status=status,
            )
        if status in {408, 502, 504}:
            raise UnreachableError(
                f"no answer from behind {call.service.name} ({status}){tail}", where=where, status=status
            )
        kind = FailedError if status >= 500 else RefusedError
        verb = "failed" if status >= 500 else "refuses the request"
        raise kind(f"{call.service.name} {verb} ({status}){tail}", where=where, status=status)

    def _shown(self, response: httpx.Response) -> str:
        return redact_url(str(response.request.url), (k.get_secret_value() for k in self.settings.api_keys.values()))

    def _record_sent(self, method: str, url: str, status: int | None, error: str | None) -> None:
        self._local.sent += 1
        self._record(method, url, status, False, error)

    def _record(self, method: str, url: str, status: int | None, from_cache: bool, error: str | None) -> None:
        made = RequestMade(
            self._local.service, method, urlsplit(url).netloc, url, status, from_cache, clock.now(), error
        )
        with self._lock:
            self.requests_made.append(made)


def _split_params(params: Params | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Parameters that may be seen, and those that may not; None leaves a parameter out."""
    given = {k: v for k, v in (params or {}).items() if v is not None}
    secret = {k: str(v) for k, v in given.items() if is_secret_name(k)}
    return {k: v for k, v in given.items() if k not in secret}, secret


def _what_it_said(response: httpx.Response) -> str:
    """A line from the body of an error answer."""
    text = response.content[:20000].decode("utf-8", errors="replace").strip()
    if text.startswith("<"):
        return describe_markup(text)
    found = re.search(
        r'"(?:message|error_description|detail|details|error|title)"\s*:\s*"([^"]+)"', text, re.IGNORECASE
    )
    line = found.group(1) if found else text
    return " ".join(line.split())[:200]
