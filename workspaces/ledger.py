"""The evidence ledger: append-only, hash-chained, in SQLite.

Each entry carries the hash of the one before it, so that an edited, removed or inserted entry is found. A small file beside
the database (`ledger.head`) keeps the count and the last hash, so that a cut-off tail is found too. Entries are keyed by what they
were computed from: a repeated step finds its own entries and goes on.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchside.workspaces.clock import now
from benchside.workspaces.errors import BenchsideError, NotFoundError, StorageError
from benchside.workspaces.files import write_atomic

Kind = Literal["computed", "predicted", "retrieved", "user", "decision", "assumption"]
Value = bool | int | float | str | None

BUSY_SECONDS = 30.0
GENESIS = "0" * 64
_ADDRESS = re.compile(r"(E[1-9]\d*)(?:\[(.+)\])?", re.DOTALL)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS evidence (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


class ConflictError(BenchsideError):
    """The same computation gave another value than the ledger holds: something is not deterministic."""

    code = "evidence_conflict"


class LedgerError(StorageError):
    """The ledger is damaged."""

    code = "ledger_damaged"


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(_Frozen):
    """Where a value comes from: a tool and its version, a passage of a document, or a person."""

    tool: str | None = None
    version: str | None = None
    document: str | None = None
    passage: str | None = None
    start: int | None = None
    end: int | None = None
    person: str | None = None


class TableReference(_Frozen):
    """A column of an artifact; a row of it is addressed by the value of its key column."""

    artifact: str
    """SHA-256 of the artifact."""
    column: str
    key_column: str


class NewEvidence(_Frozen):
    """An entry before it has its id.

    Attributes:
        subject, quantity: what of what.
        unit: UCUM-style; "1" for dimensionless numbers, "" where a unit has no meaning.
        inputs: ids of evidence and SHA-256 of artifacts that it was computed from.
        parameters: what else the value depends on.
        run: the run that recorded it; not a part of the key.
    """

    kind: Kind
    subject: str
    quantity: str
    value: Value | TableReference
    unit: str = ""
    uncertainty: str | None = None
    source: Source
    inputs: list[str] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)
    run: str | None = None

    def key(self) -> str:
        """Hash of what the value was computed from; the value itself and the run are not in it."""
        parts = self.model_dump(mode="json", include={"kind", "subject", "quantity", "unit", "source", "inputs", "parameters"})
        return _hash(parts)


class Evidence(NewEvidence):
    """An entry of the ledger."""

    id: str
    recorded_at: str
    entry_key: str
    previous_hash: str
    hash: str

    def address(self, row: str | None = None) -> str:
        """How prose refers to it: `E17`, or `E17[CHEMBL25]` for one row of a table."""
        return self.id if row is None else f"{self.id}[{row}]"


def parse_address(text: str) -> tuple[str, str | None]:
    """The id and the row of an address.

    Raises:
        NotFoundError: it is no address.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if not found:
        raise NotFoundError(f"{text!r} is no evidence id", hint="Ids look like E17, rows like E17[CHEMBL25].")
    return found.group(1), found.group(2)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _hash(value: Any) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _link(number: int, key: str, content: str, previous: str) -> str:
    return _hash([number, key, content, previous])


class Ledger:
    """The ledger of a workspace.

    Args:
        path: the SQLite file; `ledger.head` lies beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head_path = path.with_name("ledger.head")

    @classmethod
    def create(cls, path: Path) -> Ledger:
        """A new, empty ledger; an existing one is opened."""
        ledger = cls(path)
        with ledger._connection(create=True) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)
        if not ledger.head_path.exists():
            ledger._write_head()
        return ledger

    @contextmanager
    def _connection(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        if not create and not self.path.is_file():
            raise LedgerError("the ledger is missing", where=str(self.path), hint="Restore it from a copy.")
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA synchronous=FULL")
            yield connection
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error
        finally:
            if connection is not None:
                connection.close()

    def _translated(self, error: sqlite3.DatabaseError) -> StorageError:
        text = str(error)
        if "full" in text:
            return StorageError("the disk is full", where=str(self.path), hint="Free some space, then `benchside resume`.")
        if "readonly" in text or "unable to open" in text:
            return StorageError(f"the ledger cannot be written: {text}", where=str(self.path), hint="Check permissions.")
        if "locked" in text:
            return StorageError(
                f"another process kept the ledger locked for {BUSY_SECONDS:.0f} s", where=str(self.path), hint="Try again."
            )
        return LedgerError(f"the ledger is damaged: {text}", where=str(self.path), hint="Restore it from a copy.")

    def append(self, entries: Sequence[NewEvidence]) -> list[Evidence]:
        """Add entries in one short transaction, in order; an entry that is already there is returned as it stands.

        Raises:
            ConflictError: the ledger holds another value for the same computation.
            StorageError: the ledger cannot be written; LedgerError: it is damaged.
        """
        out: list[Evidence] = []
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                number, last = self._last(connection)
                self._check_tail(number, last)
                for entry in entries:
                    found = self._by_key(connection, entry)
                    if found is None:
                        number += 1
                        found, last = self._insert(connection, number, entry, last)
                    out.append(found)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        self._write_head()
        return out

    def _by_key(self, connection: sqlite3.Connection, entry: NewEvidence) -> Evidence | None:
        row = connection.execute("SELECT * FROM evidence WHERE key = ?", (entry.key(),)).fetchone()
        if row is None:
            return None
        found = _evidence(row)
        if found.value != entry.value or type(found.value) is not type(entry.value):
            raise ConflictError(
                f"{found.id} ({found.quantity} of {found.subject}) is {found.value!r} in the ledger, now {entry.value!r}",
                where=str(self.path),
                hint="The same inputs and versions must give the same value; please report this.",
            )
        return found

    def _insert(
        self, connection: sqlite3.Connection, number: int, entry: NewEvidence, last: str
    ) -> tuple[Evidence, str]:
        key = entry.key()
        content = _canonical(entry.model_dump(mode="json") | {"recorded_at": now().isoformat()})
        link = _link(number, key, content, last)
        row = (number, key, content, last, link)
        connection.execute("INSERT INTO evidence VALUES (?, ?, ?, ?, ?)", row)
        return _evidence(row), link

    def _last(self, connection: sqlite3.Connection) -> tuple[int, str]:
        row = connection.execute("SELECT number, hash FROM evidence ORDER BY number DESC LIMIT 1").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, GENESIS)

    def _read_head(self) -> tuple[int, str] | None:
        try:
            data = json.loads(self.head_path.read_bytes())
            return int(data["count"]), str(data["hash"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerError(
                f"the record of the last entry is damaged: {error}", where=str(self.head_path), hint="Restore it from a copy."
            ) from None

    def _check_tail(self, number: int, last: str) -> None:
        """The ledger may be ahead of its head file (a crash between the two), never behind it."""
        head = self._read_head()
        if head is not None and (number < head[0] or (number == head[0] and last != head[1])):
            raise LedgerError(
                f"the ledger ends at E{number}, but E{head[0]} was its last entry: its tail is cut off or changed",
                where=str(self.path),
                hint="Restore it from a copy; `benchside workspace verify` says more.",
            )

    def _write_head(self) -> None:
        with self._connection() as connection:
            number, last = self._last(connection)
        write_atomic(self.head_path, json.dumps({"count": number, "hash": last}).encode())

    def __len__(self) -> int:
        with self._connection() as connection:
            return self._last(connection)[0]

    def head(self) -> str:
        """Hash of the last entry; 64 zeros for an empty ledger."""
        with self._connection() as connection:
            return self._last(connection)[1]

    def get(self, evidence_id: str) -> Evidence:
        """One entry by its id (or the address of one of its rows).

        Raises:
            NotFoundError: there is none.
        """
        name, _ = parse_address(evidence_id)
        with self._connection() as connection:
            row = connection.execute("SELECT * FROM evidence WHERE number = ?", (int(name[1:]),)).fetchone()
        if row is None:
            raise NotFoundError(f"there is no {name} in this ledger", where=str(self.path), hint=f"It ends at E{len(self)}.")
        return _evidence(row)

    def all(self, run: str | None = None) -> list[Evidence]:
        """All entries in order, or those of one run."""
        with self._connection() as connection:
            rows = connection.execute("SELECT * FROM evidence ORDER BY number").fetchall()
        found = [_evidence(row) for row in rows]
        return [e for e in found if run is None or e.run == run]

    def problems(self) -> list[str]:
        """What is wrong with the chain; empty if nothing is."""
        try:
            with self._connection() as connection:
                state = connection.execute("PRAGMA integrity_check").fetchone()[0]
                rows = connection.execute("SELECT * FROM evidence ORDER BY number").fetchall()
        except StorageError as error:
            return [error.message]
        found = [] if state == "ok" else [f"the database is damaged: {state}"]
        previous, expected = GENESIS, 1
        for number, key, content, before, link in rows:
            if number != expected:
                found.append(f"E{expected} is missing" if number == expected + 1 else f"E{expected} to E{number - 1} are missing")
                expected = number
            if before != previous:
                found.append(f"E{number} does not follow the entry before it")
            if _link(number, key, content, before) != link:
                found.append(f"E{number} was changed")
            elif not _sound(content, key):
                found.append(f"the content of E{number} does not fit its key")
            previous, expected = link, expected + 1
        try:
            self._check_tail(expected - 1, previous)
        except LedgerError as error:
            found.append(error.message)
        return found


def _sound(content: str, key: str) -> bool:
    try:
        data = json.loads(content)
        data.pop("recorded_at")
        return NewEvidence.model_validate(data).key() == key
    except ValueError:
        return False


def _evidence(row: Sequence[Any]) -> Evidence:
    number, key, content, previous, link = row
    try:
        data = json.loads(content)
        return Evidence.model_validate(
            data | {"id": f"E{number}", "entry_key": key, "previous_hash": previous, "hash": link}
        )
    except ValueError as error:
        raise LedgerError(f"E{number} cannot be read: {error}", hint="Restore the ledger from a copy.") from None
