"""Names become structures from the offline tables, or rejects with the reason."""

from __future__ import annotations

import pytest

from benchside.tools.chemistry import names
from benchside.tools.chemistry.records import InputRecord, Problem
from benchside.tools.screening.naming import with_structure
from benchside.workspaces.errors import StorageError


def named(name: str) -> InputRecord:
    return InputRecord(row=1, line=1, compound_id="x", structure=name, format="name", tags={"a": "b"})


def test_a_known_name_gets_its_structure_and_says_from_where() -> None:
    record, note = with_structure(named("Aspirin"))
    assert (record.structure, record.format, record.problem) == ("CC(=O)Oc1ccccc1C(=O)O", "smiles", None)
    assert record.tags == {"a": "b"}
    assert note.lower().startswith("name: aspirin, from ")


def test_an_unknown_name_is_a_reject_with_the_reason() -> None:
    record, note = with_structure(named("no such compound"))
    assert record.problem is not None
    assert record.problem.code == "unknown_name"
    assert "'no such compound'" in record.problem.message
    assert record.structure == "no such compound"
    assert note == ""


def test_structures_and_rejects_pass_as_they_are() -> None:
    drawn = InputRecord(row=1, line=1, compound_id="x", structure="CCO")
    assert with_structure(drawn) == (drawn, "")
    reject = InputRecord(row=1, line=1, compound_id="x", structure="", format="name", problem=Problem("empty", "e"))
    assert with_structure(reject) == (reject, "")


def test_an_ambiguous_name_is_told_apart_and_a_damaged_table_is_no_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    def ambiguous(_: str) -> None:
        raise names.AmbiguousNameError("two compounds are called so")

    monkeypatch.setattr(names, "resolve_name", ambiguous)
    record, _ = with_structure(named("dexamphetamine"))
    assert record.problem == Problem("ambiguous_name", "two compounds are called so")

    def damaged(_: str) -> None:
        raise StorageError("the table of names is damaged")

    monkeypatch.setattr(names, "resolve_name", damaged)
    with pytest.raises(StorageError):
        with_structure(named("aspirin"))
