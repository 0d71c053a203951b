"""Entries before they are in a ledger: values, keys, addresses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from benchside.workspaces.errors import NotFoundError
from benchside.workspaces.evidence import Evidence, NewEvidence, Source, canonical, digest, parse_address

Entry = Callable[..., NewEvidence]


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        (True, True),
        (1, 1),
        (1.0, 1.0),
        ("1", "1"),
        (None, None),
        (10**30, 10**30),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.float64(0.1), 0.1),
        (np.str_("x"), "x"),
    ],
)
def test_a_value_keeps_its_type(entry: Entry, given_value: object, kept: object) -> None:
    found = entry("A", given_value).value
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan"), b"x", [1]])
def test_values_that_are_none(entry: Entry, value: object) -> None:
    with pytest.raises(ValidationError):
        entry("A", value)


def test_unknown_fields_and_parameters_that_are_not_json(entry: Entry) -> None:
    with pytest.raises(ValidationError, match="confidence"):
        entry("A", 1.0, confidence=0.5)
    with pytest.raises(ValidationError, match="JSON"):
        entry("A", 1.0, parameters={"x": object()})
    with pytest.raises(ValidationError, match="JSON"):
        entry("A", 1.0, parameters={"x": float("nan")})
    assert entry("A", 1.0, parameters={"x": (1, 2)}).parameters == {"x": [1, 2]}


def test_the_key_is_what_the_value_was_computed_from(entry: Entry) -> None:
    key = entry("A", 1.0).key()
    assert entry("A", 2.0, run="0002-screen", uncertainty="±1").key() == key
    others = [
        entry("B", 1.0),
        entry("A", 1.0, unit="kg/mol"),
        entry("A", 1.0, quantity="molecular weight (monoisotopic)"),
        entry("A", 1.0, kind="predicted"),
        entry("A", 1.0, source=Source(tool="rdkit", version="2026.9.2")),
        entry("A", 1.0, source=Source(tool="cdk", version="2026.9.1")),
        entry("A", 1.0, inputs=["E1"]),
        entry("A", 1.0, parameters={"salts": "kept"}),
    ]
    assert len({key, *(e.key() for e in others)}) == len(others) + 1


def test_canonical_json_has_one_spelling() -> None:
    assert canonical({"b": 1.0, "a": [True, None, "Å"]}) == '{"a":[true,null,"Å"],"b":1.0}'
    # SHA-256 of the two bytes {}
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_addresses(entry: Entry) -> None:
    fields = entry("A", 1.0).model_dump() | {"recorded_at": "", "entry_key": "", "previous_hash": "", "hash": ""}
    evidence = Evidence.model_validate(fields | {"id": "E17"})
    assert evidence.address() == "E17"
    assert evidence.address("CHEMBL25") == "E17[CHEMBL25]"
    assert parse_address(" E17[CHEMBL25] ") == ("E17", "CHEMBL25")
    assert parse_address("E17") == ("E17", None)


@pytest.mark.parametrize(
    "text", ["", "E", "E0", "E01", "e1", "E1[]", "E1]", "E1[a", "17", "E1 [a]", "E१", "E" + "9" * 30]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(NotFoundError, match="no evidence id"):
        parse_address(text)


@given(st.integers(1, 10**17), st.text(min_size=1))
def test_every_row_key_comes_back(number: int, row: str) -> None:
    assert parse_address(f"E{number}[{row}]") == (f"E{number}", row)
