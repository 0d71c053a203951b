"""Each way in which a service can fail has its own error, and none becomes "no results"."""

from __future__ import annotations

import gzip
import json
import pickle
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
import respx
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from benchside.tools.http import (
    BusyError,
    FailedError,
    HttpClient,
    MalformedError,
    NetworkError,
    OfflineError,
    QuotaError,
    RefusedError,
    RemoteNotFoundError,
    Service,
    UnreachableError,
)
from benchside.workspaces.errors import ExitCode, StorageError

Make = Callable[..., HttpClient]


def test_json_with_parameters_and_user_agent(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    httpserver.expect_request("/api/a b", query_string="q=x+y&n=3").respond_with_json({"ok": True})
    client = make_client(contact="chemist@example.org")
    assert client.get_json(service, "/a b", {"q": "x y", "n": 3, "left_out": None}) == {"ok": True}
    agent = httpserver.log[0][0].headers["User-Agent"]
    assert agent.startswith("benchside/")
    assert "mailto:chemist@example.org" in agent


def test_404_is_not_found_and_not_retried(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    fault = {"Fault": {"Code": "PUGREST.NotFound", "Message": "No CID found"}}
    httpserver.expect_request("/api/x").respond_with_json(fault, status=404)
    with pytest.raises(RemoteNotFoundError, match="No CID found") as caught:
        make_client().get_json(service, "x")
    assert caught.value.code == "remote_not_found"
    assert caught.value.exit_code is ExitCode.NETWORK
    assert len(httpserver.log) == 1


def test_429_waits_as_asked_then_succeeds(
    httpserver: HTTPServer, service: Service, make_client: Make, fake_time: object
) -> None:
    httpserver.expect_ordered_request("/api/x").respond_with_data("slow down", 429, {"Retry-After": "7"})
    httpserver.expect_ordered_request("/api/x").respond_with_json([1])
    client = make_client()
    assert client.get_json(service, "x") == [1]
    assert fake_time.slept == [7.0]  # type: ignore[attr-defined]
    assert [r.status for r in client.requests_made] == [429, 200]


def test_429_with_an_http_date(
    httpserver: HTTPServer, service: Service, make_client: Make, fake_time: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())))
    httpserver.expect_ordered_request("/api/x").respond_with_data(
        "", 429, {"Retry-After": "Wed, 01 Jan 2025 00:00:12 GMT"}
    )
    httpserver.expect_ordered_request("/api/x").respond_with_json([1])
    assert make_client().get_json(service, "x") == [1]
    assert fake_time.slept == [12.0]  # type: ignore[attr-defined]


def test_busy_after_the_last_attempt(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    httpserver.expect_request("/api/x").respond_with_data("no", 503, {"Retry-After": "2"})
    with pytest.raises(BusyError) as caught:
        make_client(attempts=3).get_json(service, "x")
    assert caught.value.retry_after == 2
    assert caught.value.status == 503
    assert len(httpserver.log) == 3


def test_a_wait_longer_than_allowed_is_not_waited_for(
    httpserver: HTTPServer, service: Service, make_client: Make, fake_time: object
) -> None:
    httpserver.expect_request("/api/x").respond_with_data("no", 429, {"Retry-After": "3600"})
    client = make_client(wait_max=30)
    with pytest.raises(BusyError) as caught:
        client.get_json(service, "x")
    assert caught.value.retry_after == 3600
    with pytest.raises(BusyError, match="left alone"):
        client.get_json(service, "x")
    assert len(httpserver.log) == 1
    assert fake_time.slept == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("colour", "pause"), [("Yellow (60%)", [1.0]), ("Red (80%)", [5.0]), ("Green (10%)", [])])
def test_throttling_header_slows_down(
    httpserver: HTTPServer, service: Service, make_client: Make, fake_time: object, colour: str, pause: list[float]
) -> None:
    header = f"Request Count status: Green (0%), Request Time status: {colour}, Service status: Green (20%)"
    httpserver.expect_request("/api/x").respond_with_json([1], headers={"X-Throttling-Control": header})
    client = make_client()
    client.get_json(service, "x")
    fake_time.time += 0.5 if not pause else 0.0  # type: ignore[attr-defined]
    client.get_json(service, "x")
    assert [s for s in fake_time.slept if s > 0.01] == pause  # type: ignore[attr-defined]


def test_503_with_black_throttling_header(
    httpserver: HTTPServer, service: Service, make_client: Make, fake_time: object
) -> None:
    header = "Request Count status: Black (100%), Request Time status: Green (0%), Service status: Green (20%)"
    httpserver.expect_ordered_request("/api/x").respond_with_data(
        '{"Fault": {"Code": "PUGREST.ServerBusy", "Message": "Too many requests or server too busy"}}',
        503,
        {"X-Throttling-Control": header},
    )
    httpserver.expect_ordered_request("/api/x").respond_with_json([1])
    assert make_client(wait_max=90).get_json(service, "x") == [1]
    assert fake_time.slept == [60.0]  # type: ignore[attr-defined]


def test_html_where_json_was_due(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    page = "<!DOCTYPE html><html><head><title>Scheduled maintenance</title></head></html>"
    httpserver.expect_request("/api/x").respond_with_data(page, content_type="application/json")
    with pytest.raises(MalformedError, match="Scheduled maintenance"):
        make_client().get_json(service, "x")


@pytest.mark.parametrize("body", ['{"a": [1, 2', '{"a": "b', '{"a"'])
def test_cut_json(httpserver: HTTPServer, service: Service, make_client: Make, body: str) -> None:
    httpserver.expect_request("/api/x").respond_with_data(body, content_type="application/json")
    with pytest.raises(MalformedError, match="cut-off JSON"):
        make_client().get_json(service, "x")


@pytest.mark.parametrize("body", ["", "  ", "{'a': 1}", '{"a": NaN}', "null?"])
def test_not_json(httpserver: HTTPServer, service: Service, make_client: Make, body: str) -> None:
    httpserver.expect_request("/api/x").respond_with_data(body, content_type="application/json")
    with pytest.raises(MalformedError):
        make_client().get_json(service, "x")


def serve_raw(answer: bytes, times: int = 1) -> int:
    """A server that sends these bytes and hangs up; returns its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        for _ in range(times):
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()
        listener.close()

    threading.Thread(target=run, daemon=True).start()
    return int(listener.getsockname()[1])


def test_cut_body_is_retried_then_malformed(make_client: Make) -> None:
    port = serve_raw(
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"a": 1', times=2
    )
    service = Service("demo", f"http://127.0.0.1:{port}", 1000)
    client = make_client(attempts=2)
    with pytest.raises(MalformedError, match="cut off after 7 bytes"):
        client.get_json(service, "x")
    assert [r.error for r in client.requests_made] == ["malformed", "malformed"]


def test_no_answer_at_all(make_client: Make) -> None:
    port = serve_raw(b"", times=2)
    with pytest.raises(UnreachableError):
        make_client(attempts=2).get_json(Service("demo", f"http://127.0.0.1:{port}", 1000), "x")


def test_wrong_charset(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    httpserver.expect_request("/api/latin").respond_with_data(
        "naïve".encode("latin-1"), content_type="text/plain; charset=utf-8"
    )
    httpserver.expect_request("/api/unknown").respond_with_data(b"x", content_type="text/plain; charset=klingon")
    httpserver.expect_request("/api/right").respond_with_data(
        "naïve".encode("latin-1"), content_type="text/plain; charset=iso-8859-1"
    )
    client = make_client()
    with pytest.raises(MalformedError, match="0xef at 2"):
        client.get_text(service, "latin")
    with pytest.raises(MalformedError, match="klingon"):
        client.get_text(service, "unknown")
    assert client.get_text(service, "right") == "naïve"


def test_broken_compression(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    httpserver.expect_request("/api/x").respond_with_data(b"not gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(MalformedError, match="decompressed"):
        make_client().get_bytes(service, "x")


def test_size_limit_counts_decompressed_bytes(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    bomb = gzip.compress(b"0" * 1_000_000)
    httpserver.expect_request("/api/x").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    httpserver.expect_request("/api/y").respond_with_data(b"0" * 20_000)
    client = make_client(max_bytes=10_000)
    for path in "xy":
        with pytest.raises(MalformedError, match="limit"):
            client.get_bytes(service, path)


def test_dead_host_and_refused_connection(make_client: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = make_client(attempts=2)
    with pytest.raises(UnreachableError):
        client.get_json(Service("demo", f"http://127.0.0.1:{port}", 1000), "x")
    assert [(r.status, r.error) for r in client.requests_made] == [(None, "unreachable")] * 2


@pytest.mark.parametrize("error", [httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ConnectError, httpx.PoolTimeout])
def test_timeouts_and_dns_are_retried(make_client: Make, error: type[httpx.TransportError]) -> None:
    service = Service("demo", "https://dead.example", 1000)
    router = respx.Router()
    route = router.get("https://dead.example/x").mock(side_effect=[error("boom"), httpx.Response(200, json=[1])])
    client = make_client(transport=httpx.MockTransport(router.handler))
    assert client.get_json(service, "x") == [1]
    assert route.call_count == 2


def test_total_timeout_of_a_dripping_answer(make_client: Make, fake_time: object) -> None:
    class Drip(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            while True:
                fake_time.time += 10  # type: ignore[attr-defined]
                yield b" "

    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Drip()))
    with pytest.raises(UnreachableError, match="did not end within 60 s"):
        make_client(transport=transport, total_timeout=60, attempts=1).get_json(
            Service("demo", "https://drip.example", 1000), "x"
        )


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "{}", QuotaError),
        (402, "{}", QuotaError),
        (403, '{"error": "API key exceeded its daily quota"}', QuotaError),
        (403, '{"error": "Forbidden by policy"}', RefusedError),
        (400, '{"message": "bad filter"}', RefusedError),
        (410, "{}", RemoteNotFoundError),
        (500, "oops", FailedError),
        (504, "gateway", UnreachableError),
    ],
)
def test_statuses(
    httpserver: HTTPServer, service: Service, make_client: Make, status: int, body: str, kind: type[NetworkError]
) -> None:
    httpserver.expect_request("/api/x").respond_with_data(body, status)
    with pytest.raises(NetworkError) as caught:
        make_client(attempts=2).get_json(service, "x")
    assert type(caught.value) is kind
    assert caught.value.status == status


def test_a_service_that_needs_a_key(make_client: Make) -> None:
    client = make_client()
    with pytest.raises(QuotaError, match="without an API key"):
        client.get_json(Service("keyed", "https://keyed.example", 1, needs_key=True), "x")
    assert client.requests_made == []


class NoSocket:
    """Fails the test where a socket is opened or a name is looked up."""

    def __init__(self, *_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")


@pytest.mark.parametrize("how", ["setting", "environment"])
def test_offline_opens_no_socket(make_client: Make, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(socket, "socket", NoSocket)
    monkeypatch.setattr(socket, "getaddrinfo", NoSocket)
    if how == "environment":
        monkeypatch.setenv("BENCHSIDE_OFFLINE", "1")
    client = make_client(network="off" if how == "setting" else "on")
    with pytest.raises(OfflineError) as caught:
        client.get_json(Service("demo", "https://example.org", 1), "x")
    assert caught.value.code == "offline"
    assert ("BENCHSIDE_OFFLINE" in str(caught.value)) == (how == "environment")
    assert client.requests_made == []


def test_second_request_comes_from_the_cache(
    httpserver: HTTPServer, service: Service, make_client: Make, tmp_path: object
) -> None:
    httpserver.expect_request("/api/x").respond_with_json([1], headers={"Cache-Control": "max-age=600"})
    client = make_client(cache_dir=tmp_path)
    assert client.get_json(service, "x") == client.get_json(service, "x") == [1]
    assert len(httpserver.log) == 1
    assert [(r.from_cache, r.status) for r in client.requests_made] == [(False, 200), (True, 200)]
    offline = make_client(cache_dir=tmp_path, network="off")
    assert offline.get_json(service, "x") == [1]
    with pytest.raises(OfflineError):
        offline.get_json(service, "y")


def test_freshness_of_the_service_where_the_answer_says_nothing(
    httpserver: HTTPServer, make_client: Make, tmp_path: object
) -> None:
    httpserver.expect_request("/api/x").respond_with_json([1])
    httpserver.expect_request("/api/no").respond_with_json([1], headers={"Cache-Control": "no-store"})
    service = Service("demo", httpserver.url_for("/api"), 1000, fresh_seconds=60)
    client = make_client(cache_dir=tmp_path)
    for path in ("x", "x", "no", "no"):
        client.get_json(service, path)
    assert [r.from_cache for r in client.requests_made] == [False, True, False, False]


def test_revalidation(httpserver: HTTPServer, service: Service, make_client: Make, tmp_path: object) -> None:
    def answer(request: Request) -> Response:
        if request.headers.get("If-None-Match") == '"v1"':
            return Response(status=304, headers={"ETag": '"v1"'})
        return Response(json.dumps([1]), headers={"ETag": '"v1"', "Cache-Control": "no-cache"})

    httpserver.expect_request("/api/x").respond_with_handler(answer)
    client = make_client(cache_dir=tmp_path)
    assert client.get_json(service, "x") == client.get_json(service, "x") == [1]
    assert [r.status for r in client.requests_made] == [200, 304]


def test_a_bad_answer_is_not_kept(
    httpserver: HTTPServer, service: Service, make_client: Make, tmp_path: object
) -> None:
    fresh = {"Cache-Control": "max-age=600"}
    httpserver.expect_ordered_request("/api/x").respond_with_data("<html>", headers=fresh)
    httpserver.expect_ordered_request("/api/x").respond_with_json([1], headers=fresh)
    client = make_client(cache_dir=tmp_path)
    with pytest.raises(MalformedError):
        client.get_json(service, "x")
    assert client.get_json(service, "x") == [1]


def test_a_damaged_cache_names_its_file(make_client: Make, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "http-cache.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match=r"http-cache\.sqlite"):
        make_client(cache_dir=tmp_path)


SECRET = "s3cr3t-Value"


def test_keys_are_sent_and_never_shown(
    httpserver: HTTPServer,
    make_client: Make,
    tmp_path,  # type: ignore[no-untyped-def]
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    service = Service("demo", httpserver.url_for("/api"), 1000, key_parameter="api_key", fresh_seconds=60)
    httpserver.expect_request("/api/x", query_string=f"q=1&api_key={SECRET}").respond_with_json([1])
    httpserver.expect_request("/api/bad").respond_with_data(f"api_key={SECRET} is wrong", 400)
    client = make_client(api_keys={"demo": SECRET}, cache_dir=tmp_path, attempts=2)
    assert client.get_json(service, "x", {"q": 1}) == [1]
    with pytest.raises(RefusedError) as caught:
        client.get_json(service, "bad")
    # werkzeug is the server that the key is sent to
    logged = [r.getMessage() for r in caplog.records if r.name != "werkzeug"]
    shown = [str(caught.value), repr(client.requests_made), repr(client.settings), *logged, *capsys.readouterr()]
    assert not any(SECRET in text for text in shown)
    assert client.requests_made[0].url.endswith("/api/x?q=1")
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()


def test_secrets_among_the_parameters_are_held_back_too(
    httpserver: HTTPServer, service: Service, make_client: Make
) -> None:
    httpserver.expect_request("/api/x", query_string=f"q=1&token={SECRET}").respond_with_json([1])
    client = make_client()
    assert client.get_json(service, "x", {"q": 1, "token": SECRET}) == [1]
    assert SECRET not in repr(client.requests_made)


def test_a_redirect_to_another_host_gets_no_key(httpserver: HTTPServer, make_client: Make) -> None:
    service = Service("demo", httpserver.url_for("/api"), 1000, key_header="X-Api-Key")
    elsewhere = httpserver.url_for("/other").replace("localhost", "127.0.0.1")
    httpserver.expect_request("/api/x").respond_with_data("", 302, {"Location": elsewhere})
    httpserver.expect_request("/other").respond_with_json([1])
    assert make_client(api_keys={"demo": SECRET}).get_json(service, "x") == [1]
    first, second = (request for request, _ in httpserver.log)
    assert first.headers["X-Api-Key"] == SECRET
    assert "X-Api-Key" not in second.headers


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "gopher://x"])
def test_only_http_redirects(httpserver: HTTPServer, service: Service, make_client: Make, target: str) -> None:
    httpserver.expect_request("/api/x").respond_with_data("", 302, {"Location": target})
    with pytest.raises(RefusedError):
        make_client().get_json(service, "x")


def test_endless_redirects(httpserver: HTTPServer, service: Service, make_client: Make) -> None:
    httpserver.expect_request("/api/x").respond_with_data("", 302, {"Location": service.base_url + "/x"})
    with pytest.raises(RefusedError, match="redirect"):
        make_client().get_json(service, "x")


def test_base_url_overrides(httpserver: HTTPServer, make_client: Make) -> None:
    service = Service("demo", "https://far.example/v1", 1000)
    httpserver.expect_request("/replay/x").respond_with_json("by service")
    httpserver.expect_request("/v1/x").respond_with_json("by host")
    by_service = make_client(base_urls={"demo": httpserver.url_for("/replay")})
    by_host = make_client(base_urls={"far.example": httpserver.url_for("").rstrip("/")})
    assert by_service.get_json(service, "x") == "by service"
    assert by_service.get_json(service, "https://far.example/v1/x") == "by service"
    assert by_host.get_json(service, "x") == "by host"


def test_a_full_address_of_another_host_is_refused(make_client: Make) -> None:
    client = make_client()
    with pytest.raises(RefusedError, match="not an address of demo"):
        client.get_json(Service("demo", "https://far.example/v1", 1), "https://evil.example/x")
    assert client.requests_made == []


def test_the_pace_of_a_host(httpserver: HTTPServer, make_client: Make, fake_time: object) -> None:
    httpserver.expect_request("/api/x").respond_with_json([1])
    service = Service("demo", httpserver.url_for("/api"), requests_per_second=5)
    client = make_client()
    start = fake_time.time  # type: ignore[attr-defined]
    for _ in range(11):
        client.get_json(service, "x")
    # eleven requests have ten gaps of 0.2 s
    assert fake_time.time - start == pytest.approx(2.0, abs=0.05)  # type: ignore[attr-defined]


def test_post_form_is_retried_with_its_body(
    httpserver: HTTPServer, service: Service, make_client: Make, tmp_path: object
) -> None:
    seen: list[bytes] = []

    def answer(request: Request) -> Response:
        seen.append(request.get_data())
        return Response("busy", 503) if len(seen) == 1 else Response("[1]")

    httpserver.expect_request("/api/x", method="POST").respond_with_handler(answer)
    client = make_client(cache_dir=tmp_path)
    assert client.post_json(service, "x", form={"smiles": "C/C=C/C"}) == [1]
    assert seen == [b"smiles=C%2FC%3DC%2FC"] * 2


def test_retries_write_nothing_to_stdout(
    httpserver: HTTPServer, service: Service, make_client: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/api/x").respond_with_data("no", 500)
    with pytest.raises(FailedError):
        make_client(attempts=2).get_json(service, "x")
    assert capsys.readouterr().out == ""


def test_errors_survive_pickling() -> None:
    error = BusyError("busy", where="x", hint="later", status=429, retry_after=3.0)
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.retry_after, back.status, str(back)) == (BusyError, 3.0, 429, str(error))


def test_many_threads_share_a_client(httpserver: HTTPServer, service: Service, make_client: Make, tmp_path) -> None:  # type: ignore[no-untyped-def]
    httpserver.expect_request("/api/x").respond_with_json([1], headers={"Cache-Control": "max-age=600"})
    client = make_client(cache_dir=tmp_path)
    threads = [threading.Thread(target=client.get_json, args=(service, "x", {"n": n % 3})) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(client.requests_made) == 12
    assert {r.status for r in client.requests_made} == {200}
