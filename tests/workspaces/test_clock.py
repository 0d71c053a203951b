"""The clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from benchside.workspaces.clock import now
from benchside.workspaces.errors import UsageError


def test_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert abs(now() - datetime.now(tz=UTC)) < timedelta(seconds=2)
    assert now().microsecond == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert now() == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["x", "1.5", "9" * 30])
def test_a_wrong_time(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        now()
