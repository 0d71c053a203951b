"""The row contract: plain, immutable, and able to travel to a worker process."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from benchside.tools.chemistry.records import PROBLEM_CODES, InputRecord, Problem


def test_a_record_travels_and_cannot_be_changed() -> None:
    record = InputRecord(3, 4, "row-3", "", "smiles", "x", {"a": "1"}, Problem("empty", "The row is empty."))
    assert pickle.loads(pickle.dumps(record)) == record
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.row = 5  # type: ignore[misc]


def test_codes_are_snake_case_with_a_meaning() -> None:
    for code, meaning in PROBLEM_CODES.items():
        assert code.replace("_", "").islower()
        assert len(meaning) > 10
