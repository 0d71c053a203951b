"""The ledger adds, finds again, refuses another value, and notices damage."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.workspaces.errors import Actor, ExitCode, NotFoundError, StorageError
from benchside.workspaces.evidence import GENESIS, NewEvidence, Source, TableReference
from benchside.workspaces.ledger import ConflictError, Ledger, LedgerError

Entry = Callable[..., NewEvidence]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path / "ledger.sqlite")


def tamper(ledger: Ledger, statement: str, *values: object) -> None:
    """Change the database as somebody with a SQLite editor would, who takes the guards away and puts them back."""
    with closing(sqlite3.connect(ledger.path)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement, values)
        for _, text in guards:
            connection.execute(text)
        connection.commit()


def test_entries_get_their_ids_in_the_order_given(ledger: Ledger, entry: Entry) -> None:
    assert ledger.head() == GENESIS
    first = ledger.append([entry("B", 2.0), entry("A", 1.0)])
    second = ledger.append([entry("C", 3.0)])
    assert [(e.id, e.subject) for e in [*first, *second]] == [("E1", "B"), ("E2", "A"), ("E3", "C")]
    assert second[0].previous_hash == first[1].hash
    assert first[0].previous_hash == GENESIS
    assert ledger.head() == second[0].hash
    assert len(ledger) == 3
    assert ledger.all() == [*first, *second]
    assert ledger.get("E2") == first[1] == ledger.get("E2[row]")
    assert ledger.problems() == []
    assert json.loads(ledger.head_path.read_bytes()) == {"count": 3, "hash": ledger.head()}


def test_a_repeated_step_finds_its_own_entries(ledger: Ledger, entry: Entry) -> None:
    plan = [entry("A", 1.0, run="0001-screen"), entry("B", 2.0, run="0001-screen")]
    once = ledger.append(plan)
    assert ledger.append(plan) == once
    assert ledger.append([entry("B", 2.0, run="0002-screen"), entry("C", 3.0)])[0] == once[1]
    assert ledger.append([entry("D", 1), entry("D", 1)])[1].id == "E4"
    assert len(ledger) == 4
    assert [e.id for e in ledger.all(run="0001-screen")] == ["E1", "E2"]


@pytest.mark.parametrize(
    ("kept", "other"), [(1.0, 1.5), (1.0, 1), (True, 1), ("yes", True), (1.0, None), ("a", "b"), (10**20, 1e20)]
)
def test_another_value_for_the_same_computation(ledger: Ledger, entry: Entry, kept: object, other: object) -> None:
    ledger.append([entry("A", kept)])
    with pytest.raises(ConflictError, match="E1") as caught:
        ledger.append([entry("B", 7.0), entry("A", other)])
    assert caught.value.actor is Actor.DEVELOPER
    assert len(ledger) == 1  # all or none
    assert ledger.append([entry("B", 7.0)])[0].id == "E2"


def test_another_uncertainty_for_the_same_computation(ledger: Ledger, entry: Entry) -> None:
    ledger.append([entry("A", 1.0, uncertainty="± 0.1")])
    with pytest.raises(ConflictError, match="uncertainty"):
        ledger.append([entry("A", 1.0, uncertainty="± 0.2")])


def test_all_kinds_of_values(ledger: Ledger, entry: Entry) -> None:
    reference = TableReference(artifact="0" * 64, column="mw", key_column="compound_id")
    values = [True, False, 0, -1, 2**70, 0.1, -0.0, 1e-300, "", "Å² – ü\n", "\udcff", None, reference]
    ledger.append([entry(str(i), v) for i, v in enumerate(values)])
    assert [e.value for e in ledger.all()] == values
    assert [type(e.value) for e in ledger.all()] == [type(v) for v in values]


text = st.text(max_size=40)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
nested = st.dictionaries(text, st.recursive(plain, lambda x: st.lists(x, max_size=3), max_leaves=5), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(text, text, plain, nested, text | st.none()), min_size=1, max_size=5, unique_by=lambda t: t[0])
)
def test_what_goes_in_comes_out(given_entries: list[tuple[str, str, Any, dict[str, Any], str | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.create(Path(folder) / "ledger.sqlite")
        entries = [
            NewEvidence(
                kind="user", subject=s, quantity=q, value=v, source=Source(person="p"), parameters=p, uncertainty=u
            )
            for s, q, v, p, u in given_entries
        ]
        ledger.append(entries)
        fields = set(NewEvidence.model_fields)
        found = Ledger(ledger.path).all()
        assert [e.model_dump(include=fields) for e in found] == [e.model_dump() for e in entries]
        assert [type(e.value) for e in found] == [type(e.value) for e in entries]
        assert ledger.append(entries) == found
        assert ledger.problems() == []


def test_ids_that_do_not_exist(ledger: Ledger, entry: Entry) -> None:
    ledger.append([entry("A", 1.0)])
    for asked in ("E2", "E999999999999999999"):
        with pytest.raises(NotFoundError, match="It ends at E1") as caught:
            ledger.get(asked)
        assert caught.value.exit_code == ExitCode.NOT_FOUND


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence SET content = '{}' WHERE number = 1",
        "DELETE FROM evidence WHERE number = 2",
        "INSERT OR REPLACE INTO evidence SELECT number, 'k', content, hash, hash FROM evidence WHERE number = 1",
        "INSERT OR REPLACE INTO evidence SELECT 9, key, content, hash, hash FROM evidence WHERE number = 1",
    ],
)
def test_the_database_itself_refuses_changes(ledger: Ledger, entry: Entry, statement: str) -> None:
    ledger.append([entry("A", 1.0), entry("B", 2.0)])
    with (
        closing(sqlite3.connect(ledger.path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)
    assert ledger.problems() == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE evidence SET content = replace(content, '2.0', '2.5') WHERE number = 2", "E2 was changed"),
        ("UPDATE evidence SET content = replace(content, 'g/mol', 'kg/mol') WHERE number = 2", "E2 was changed"),
        ("UPDATE evidence SET content = CAST(content AS BLOB) WHERE number = 2", "E2 was changed"),
        ("UPDATE evidence SET content = '[' WHERE number = 2", "E2 was changed"),
        ("UPDATE evidence SET key = 'x' WHERE number = 2", "E2 was changed"),
        ("UPDATE evidence SET previous_hash = hash WHERE number = 2", "E2 does not follow"),
        ("UPDATE evidence SET hash = previous_hash WHERE number = 2", "E2 was changed"),
        ("UPDATE evidence SET number = 7 WHERE number = 2", "E2 is missing"),
        ("UPDATE evidence SET number = -2 WHERE number = 2", "number -2"),
        ("DELETE FROM evidence WHERE number = 1", "E1 is missing"),
        ("DELETE FROM evidence WHERE number = 2", "E2 is missing"),
        ("DELETE FROM evidence WHERE number IN (1, 2)", "E1 to E2 are missing"),
        ("DELETE FROM evidence WHERE number = 3", "E3 was its last entry"),
        ("DELETE FROM evidence", "E3 was its last entry"),
        ("DROP TABLE evidence", "no such table"),
    ],
)
def test_tampering_is_seen(ledger: Ledger, entry: Entry, statement: str, said: str) -> None:
    ledger.append([entry("A", 1.0), entry("B", 2.0), entry("C", 3.0)])
    tamper(ledger, statement) if "DROP" not in statement else sqlite3.connect(ledger.path).execute(statement)
    assert any(said in problem for problem in ledger.problems())


def test_an_entry_changed_together_with_its_hash_no_longer_fits_the_next(ledger: Ledger, entry: Entry) -> None:
    from benchside.workspaces.evidence import chain_hash

    ledger.append([entry("A", 1.0), entry("B", 2.0)])
    old = ledger.get("E1")
    with closing(sqlite3.connect(ledger.path)) as connection:
        content = connection.execute("SELECT content FROM evidence WHERE number = 1").fetchone()[0]
    new = content.replace("1.0", "9.9")
    link = chain_hash(1, old.entry_key, new, GENESIS)
    tamper(ledger, "UPDATE evidence SET content = ?, hash = ? WHERE number = 1", new, link)
    assert ledger.problems() == ["E2 does not follow the entry before it"]


def test_a_changed_entry_is_not_handed_out(ledger: Ledger, entry: Entry) -> None:
    ledger.append([entry("A", 1.0), entry("B", 2.0)])
    tamper(ledger, "UPDATE evidence SET content = replace(content, '1.0', '9.9') WHERE number = 1")
    with pytest.raises(LedgerError, match=r"E1 .*changed") as caught:
        ledger.get("E1")
    assert caught.value.where == str(ledger.path)
    assert ledger.get("E2").value == 2.0


def test_a_guard_that_was_taken_away(ledger: Ledger) -> None:
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("DROP TRIGGER no_delete")
    assert ledger.problems() == ["the guard against changes (no_delete) was removed"]


def test_a_cut_off_tail_stops_the_next_append(ledger: Ledger, entry: Entry) -> None:
    ledger.append([entry("A", 1.0), entry("B", 2.0)])
    tamper(ledger, "DELETE FROM evidence WHERE number = 2")
    with pytest.raises(LedgerError, match="cut off"):
        ledger.append([entry("C", 3.0)])
    assert len(ledger) == 1


def test_a_tail_written_anew_is_seen(ledger: Ledger, entry: Entry) -> None:
    ledger.append([entry("A", 1.0), entry("B", 2.0)])
    head = ledger.head_path.read_bytes()
    tamper(ledger, "DELETE FROM evidence WHERE number = 2")
    ledger.head_path.unlink()
    ledger._write_head()
    ledger.append([entry("C", 3.0), entry("D", 3.0)])
    ledger.head_path.write_bytes(head)  # of the colleague who kept a copy
    assert any("E2 was its last entry" in p for p in ledger.problems())


def test_a_crash_between_commit_and_head(ledger: Ledger, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.append([entry("A", 1.0)])
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write_head", lambda _: None)
        ledger.append([entry("B", 2.0)])
    assert ledger.problems() == []
    assert [e.id for e in ledger.append([entry("B", 2.0), entry("C", 3.0)])] == ["E2", "E3"]
    assert json.loads(ledger.head_path.read_bytes())["count"] == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"count": 1}', b'{"count": "x", "hash": ""}', None])
def test_a_damaged_or_lost_head(ledger: Ledger, entry: Entry, content: bytes | None) -> None:
    ledger.append([entry("A", 1.0)])
    if content is None:
        ledger.head_path.unlink()
    else:
        ledger.head_path.write_bytes(content)
    assert any("last entry" in p for p in ledger.problems())
    with pytest.raises(LedgerError, match=r"ledger\.head"):
        ledger.append([entry("B", 2.0)])
    assert len(ledger) == 1


def test_a_truncated_file_at_any_length(ledger: Ledger, entry: Entry, tmp_path: Path) -> None:
    ledger.append([entry(f"compound {i}", float(i)) for i in range(200)])
    whole = ledger.path.read_bytes()
    lengths = [
        0,
        1,
        15,
        16,
        99,
        100,
        101,
        512,
        4095,
        4096,
        4097,
        8192,
        len(whole) // 2,
        len(whole) - 4096,
        len(whole) - 1,
    ]
    for length in lengths:
        folder = tmp_path / str(length)
        folder.mkdir()
        cut = Ledger(folder / "ledger.sqlite")
        cut.path.write_bytes(whole[:length])
        shutil.copy(ledger.head_path, cut.head_path)
        problems = cut.problems()
        assert problems, length
        with pytest.raises(StorageError) as caught:
            cut.append([entry("new", 1.0)])
        assert caught.value.where in (str(cut.path), str(cut.head_path)), length
        assert cut.path.read_bytes() == whole[:length]
    assert ledger.problems() == []


def test_garbage_and_a_missing_file(ledger: Ledger, entry: Entry) -> None:
    ledger.path.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(LedgerError, match="damaged") as caught:
        ledger.all()
    assert str(ledger.path) == caught.value.where
    ledger.path.unlink()
    for call in (ledger.all, ledger.head, lambda: ledger.append([entry("A", 1.0)])):
        with pytest.raises(LedgerError, match="missing"):
            call()
    assert not ledger.path.exists()
    assert ledger.problems() == ["the ledger is missing"]


def test_a_flipped_byte_in_a_page(ledger: Ledger, entry: Entry) -> None:
    ledger.append([entry("compound", 123.456)])
    data = bytearray(ledger.path.read_bytes())
    at = data.index(b"123.456")
    data[at] = ord("9")
    ledger.path.write_bytes(data)
    assert ledger.problems() == ["E1 was changed"]


def limited(pages: int) -> Callable[..., sqlite3.Connection]:
    connect = sqlite3.connect

    def opened(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own SQLITE_FULL
        return connection

    return opened


def test_a_full_disk_while_appending(ledger: Ledger, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ledger.append([entry("A", 1.0)])
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", limited(ledger.path.stat().st_size // 4096 + 1))
        with pytest.raises(StorageError, match="disk is full") as caught:
            ledger.append([entry(f"compound {i}", "x" * 100) for i in range(100)])
    assert not isinstance(caught.value, LedgerError)
    assert caught.value.where == str(ledger.path)
    assert ledger.all() == kept
    assert ledger.problems() == []


def test_a_full_disk_while_the_head_is_written(ledger: Ledger, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    ledger.append([entry("A", 1.0)])
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left") as caught:
            ledger.append([entry("B", 2.0)])
    assert caught.value.where == str(ledger.head_path)
    assert ledger.append([entry("B", 2.0)])[0].id == "E2"
    assert ledger.problems() == []


def test_a_read_only_ledger_can_be_read(ledger: Ledger, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ledger.append([entry("A", 1.0)])
    connect = sqlite3.connect

    def read_only(path: Path, **options: Any) -> sqlite3.Connection:
        # as root, permissions do not bind
        return connect(f"file:{path}?mode=ro", uri=True, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    assert ledger.all() == kept
    assert ledger.problems() == []
    with pytest.raises(StorageError, match="read-only") as caught:
        ledger.append([entry("B", 2.0)])
    assert caught.value.where == str(ledger.path)
    assert "permissions" in (caught.value.hint or "")


def test_a_locked_ledger(ledger: Ledger, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    with closing(connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(sqlite3, "connect", lambda path, **_: connect(path, timeout=0.05, isolation_level=None))
        with pytest.raises(StorageError, match="another process"):
            ledger.append([entry("A", 1.0)])
        other.execute("ROLLBACK")
    assert ledger.append([entry("A", 1.0)])[0].id == "E1"


def test_creating_an_existing_ledger_opens_it(ledger: Ledger, entry: Entry) -> None:
    kept = ledger.append([entry("A", 1.0)])
    assert Ledger.create(ledger.path).all() == kept
    ledger.head_path.unlink()
    with pytest.raises(LedgerError, match="missing"):
        Ledger.create(ledger.path)


def test_the_clock_is_in_the_entry(ledger: Ledger, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert ledger.append([entry("A", 1.0)])[0].recorded_at == "2023-11-14T22:13:20+00:00"
