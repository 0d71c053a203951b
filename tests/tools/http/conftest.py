"""A service on a local server, a clock that only moves when somebody sleeps, and no back-off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stamina
from pytest_httpserver import HTTPServer

from benchside.tools.http import HttpClient, HttpSettings, Service


class FakeTime:
    """A clock that moves when somebody sleeps; `slept` lists the waits."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.time += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def service(httpserver: HTTPServer) -> Service:
    return Service("demo", httpserver.url_for("/api"), requests_per_second=1000)


@pytest.fixture
def make_client(fake_time: FakeTime) -> Iterator[Callable[..., HttpClient]]:
    made: list[HttpClient] = []

    def make(transport: object = None, **settings: object) -> HttpClient:
        client = HttpClient(
            HttpSettings(**settings),  # type: ignore[arg-type]
            sleep=fake_time.sleep,
            monotonic=fake_time.monotonic,
            transport=transport,  # type: ignore[arg-type]
        )
        made.append(client)
        return client

    with stamina.set_testing(True, attempts=20, cap=True):
        yield make
    for client in made:
        client.close()
