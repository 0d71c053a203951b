"""Redaction, Retry-After, throttling colours, settings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from benchside.tools.http import HttpSettings
from benchside.tools.http.redaction import redact_text, redact_url
from benchside.tools.http.throttling import parse_retry_after, throttling_pause

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/x?api_key=abc&q=1", "https://h/x?api_key=REDACTED&q=1"),
        ("https://h/x?q=1&KEY=abc#f", "https://h/x?q=1&KEY=REDACTED#f"),
        ("https://user:pass@h:8/x", "https://h:8/x"),
        ("https://h/x?email=a%40b.org&token=t", "https://h/x?email=REDACTED&token=REDACTED"),
        ("https://h/x?monkey=1&listkey=5", "https://h/x?monkey=1&listkey=5"),
        ("http://[broken?key=1", "http://[broken?key=REDACTED"),
    ],
)
def test_redact_url(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_redact_text() -> None:
    assert redact_text("Authorization: Bearer abcdef123456", ["xyz"]) == "Authorization: Bearer REDACTED"
    assert redact_text("it was xyz", ["xyz", ""]) == "it was REDACTED"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        (" 0 ", 0.0),
        ("Sun, 01 Jun 2025 12:01:30 GMT", 90.0),
        ("Sun, 01 Jun 2025 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


def test_the_worst_colour_counts() -> None:
    header = "Request Count status: Yellow (55%), Request Time status: Black (120%), Service status: Green (1%)"
    assert throttling_pause({"X-Throttling-Control": header}) == ("black", 60.0)
    assert throttling_pause({}) == ("", 0.0)


def test_settings_refuse_typos_and_nonsense() -> None:
    for wrong in (
        {"netwrok": "off"},
        {"network": "maybe"},
        {"requests_per_second": {"pubchem": 0}},
        {"base_urls": {"pubchem": "file:///x"}},
        {"attempts": 0},
    ):
        with pytest.raises(ValidationError):
            HttpSettings.model_validate(wrong)


@pytest.mark.parametrize(("value", "off"), [("1", True), ("true", True), ("0", False), ("", False), ("no", False)])
def test_offline_by_environment(monkeypatch: pytest.MonkeyPatch, value: str, off: bool) -> None:
    monkeypatch.setenv("BENCHSIDE_OFFLINE", value)
    assert HttpSettings().offline is off
