"""Listed explosives: recognised in every disguise of their structure and under each of their names."""

from __future__ import annotations

import pytest

from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.gate import default_gate
from benchside.tools.safety.tables import Row, tables

from .disguises import drawn_and_missed, named_and_missed
from .listed import keys_of, looked_up

ROWS = [row for row in tables().rows if row.list == "Explosives" and not row.exclusion]
DRAWN = [
    (row, smiles)
    for row in ROWS
    if row.key14 and (smiles := looked_up(row.cas)) and keys_of(smiles) & set(row.keys)
]  # fmt: skip


def expected(row: Row) -> Verdict:
    """At `optimise`: two rows are single energetic groups with usual preparations, and noted."""
    return Verdict.NOTE if row.category == "energetic group" else Verdict.NEEDS_APPROVAL


def test_most_rows_with_a_key_have_a_structure_from_an_independent_table() -> None:
    assert len(DRAWN) > 90
    assert sum(row.category == "energetic group" for row in ROWS) == 2


NEUTRAL = {"Urea nitrate", "Ethylenediamine dinitrate", "Methylamine nitrate"}
"""Drawn as a base and nitric acid. Beside a stranger that may be the salt or the reagents: a note, not a hold."""


@pytest.mark.parametrize(("row", "smiles"), DRAWN, ids=[row.name for row, _ in DRAWN])
def test_it_is_recognised_in_every_disguise(row: Row, smiles: str) -> None:
    missed = drawn_and_missed(row, smiles, expected(row))
    if row.name in NEUTRAL:
        assert all(
            text.startswith("mixture: ") and f"is note for [({row.list!r}, {row.category!r})]" in text
            for text in missed
        )
    else:
        assert not missed


@pytest.mark.parametrize("salt", ["C[NH3+].[O-][N+](=O)[O-]", "NC(N)=[OH+].[O-][N+](=O)[O-]"])
def test_a_salt_drawn_as_ions_is_held_beside_a_stranger(salt: str) -> None:
    for text in (salt, f"CCOC(C)=O.{salt}", f"{salt}.c1ccccc1.O"):
        assert default_gate().judge(text, Action.OPTIMISE).verdict == Verdict.NEEDS_APPROVAL


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_is_recognised_by_each_of_its_names(row: Row) -> None:
    assert not named_and_missed(row, expected(row))
