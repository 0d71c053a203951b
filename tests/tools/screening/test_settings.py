"""Settings refuse what makes no sense."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from benchside.tools.screening.settings import ScreeningSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", -1),
        ("shard_rows", 0),
        ("shard_rows", 50_001),
        ("chunk_rows", 0),
        ("seconds_per_row", 0),
        ("least_seconds", -1),
        ("worker", 1),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: int) -> None:
    with pytest.raises(ValidationError, match=name):
        ScreeningSettings(**{name: value})  # type: ignore[arg-type]


def test_a_shard_is_at_most_50_000_rows_and_a_chunk_about_200() -> None:
    settings = ScreeningSettings()
    assert settings.shard_rows <= 50_000
    assert settings.chunk_rows == 200
    assert settings.workers == 0
