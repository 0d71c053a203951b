"""Keeping to what a service allows: a token bucket per host, Retry-After, and PubChem's throttling header."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pyrate_limiter import AbstractClock, Rate, RateItem, StateBucket, TokenBucket

from benchside.tools.http.errors import BusyError

THROTTLING_PAUSE = {"green": 0.0, "yellow": 1.0, "red": 5.0, "black": 60.0}
"""Seconds to stay away from a host for each colour of X-Throttling-Control (PUG REST, "Dynamic request
throttling": green below half of the allowance, yellow to three quarters, red up to the limit, black over it and
blocked)."""

_COLOUR = re.compile(r"\b(green|yellow|red|black)\b", re.IGNORECASE)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110 section 10.2.3: seconds or an HTTP date).

    Returns None for no header or one that is neither; never less than 0.
    """
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def throttling_pause(headers: Mapping[str, str]) -> tuple[str, float]:
    """The worst colour in X-Throttling-Control and the pause in seconds that it asks for; ("", 0) without one.

    The header reads `Request Count status: Green (0%), Request Time status: Yellow (61%), Service status: …`.
    """
    colours = [c.lower() for c in _COLOUR.findall(headers.get("X-Throttling-Control", ""))]
    if not colours:
        return "", 0.0
    worst = max(colours, key=lambda c: THROTTLING_PAUSE[c])
    return worst, THROTTLING_PAUSE[worst]


class _Clock(AbstractClock):
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic

    def now(self) -> int:
        return int(self._monotonic() * 1000)


class HostPace:
    """The pace of requests to one host, safe to share between threads.

    A token bucket that holds one token, so that requests are evenly spaced: services count bursts too.
    """

    def __init__(
        self, host: str, requests_per_second: float, sleep: Callable[[float], None], monotonic: Callable[[], float]
    ) -> None:
        self.host = host
        limit = max(1, int(requests_per_second))
        interval = round(limit / requests_per_second * 1000)
        self._bucket = StateBucket([Rate(limit, interval, burst=1)], TokenBucket(), clock=_Clock(monotonic))
        self._sleep = sleep
        self._monotonic = monotonic
        self._not_before = 0.0
        self._lock = threading.Lock()

    def hold_off(self, seconds: float) -> None:
        """Send nothing to the host for this long."""
        with self._lock:
            self._not_before = max(self._not_before, self._monotonic() + seconds)

    def acquire(self, wait_max: float) -> float:
        """Wait for the turn of one request; returns the seconds waited.

        Raises:
            BusyError: the turn comes later than `wait_max` seconds from now.
        """
        waited = 0.0
        while True:
            with self._lock:
                wait = self._not_before - self._monotonic()
                if wait <= 0:
                    item = RateItem(self.host, int(self._monotonic() * 1000))
                    if self._bucket.put(item):
                        return waited
                    # a millisecond more, so that rounding never leaves an empty wait
                    wait = (int(self._bucket.waiting(item)) + 1) / 1000  # type: ignore[arg-type]
            if waited + wait > wait_max:
                raise BusyError(
                    f"asked to be left alone for another {wait:.0f} s",
                    where=self.host,
                    hint="Try again later.",
                    retry_after=wait,
                )
            self._sleep(wait)
            waited += wait


class Paces:
    """One `HostPace` per host."""

    def __init__(
        self, sleep: Callable[[float], None] = time.sleep, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._paces: dict[str, HostPace] = {}
        self._lock = threading.Lock()

    def of(self, host: str, requests_per_second: float) -> HostPace:
        """The pace of the host; the first call sets its rate."""
        with self._lock:
            if host not in self._paces:
                self._paces[host] = HostPace(host, requests_per_second, self._sleep, self._monotonic)
            return self._paces[host]
