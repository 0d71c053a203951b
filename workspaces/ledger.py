"""The evidence ledger: append-only, hash-chained, in SQLite.

Each entry carries the hash of the one before it, so that an edited, removed or inserted entry is found. A small file
beside the database (`ledger.head`) keeps the count and the last hash, so that a cut-off tail is found too. Entries are
keyed by what they were computed from: a repeated step finds its own entries and goes on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchside.workspaces.clock import now
from benchside.workspaces.databases import BUSY_SECONDS, database_error
from benchside.workspaces.errors import BenchsideError, NotFoundError, StorageError
from benchside.workspaces.evidence import (
    GENESIS,
    Evidence,
    Kind,
    NewEvidence,
    Source,
    TableReference,
    Value,
    canonical,
    chain_hash,
    parse_address,
)
from benchside.workspaces.files import read_bytes, write_atomic

__all__ = [
    "GENESIS",
    "ConflictError",
    "Evidence",
    "Kind",
    "Ledger",
    "LedgerError",
    "NewEvidence",
    "Source",
    "TableReference",
    "Value",
    "parse_address",
]

_RESTORE = "Restore it from a copy; `benchside workspace verify` says what changed."
_TRIGGERS = {
    "no_update": "BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "no_delete": "BEFORE DELETE ON evidence BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    # INSERT OR REPLACE deletes without asking the trigger above
    "no_replace": "BEFORE INSERT ON evidence "
    "WHEN EXISTS (SELECT 1 FROM evidence WHERE number = NEW.number OR key = NEW.key) "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
}
_SCHEMA = (
    """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS evidence (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
"""
    + "".join(f"CREATE TRIGGER IF NOT EXISTS {name} {body};\n" for name, body in _TRIGGERS.items())
    + "COMMIT;"
)
_COLUMNS = "number, key, content, previous_hash, hash"


class ConflictError(BenchsideError):
    """The same computation gave another value than the ledger holds: something is not deterministic."""

    code = "evidence_conflict"


class LedgerError(StorageError):
    """The ledger is damaged."""

    code = "ledger_damaged"


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
            # a rollback journal, not a WAL: the file is whole after each commit, can be copied, read on a read-only
            # disk and kept on a network disk. Both survive SIGKILL, and appends are too rare for speed to matter
            connection.executescript(_SCHEMA)
        if not ledger.head_path.exists():
            if len(ledger):
                raise ledger._no_head()
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
        except sqlite3.Error as error:
            raise database_error(error, self.path, "the ledger", damaged=LedgerError, restore=_RESTORE) from error
        finally:
            if connection is not None:
                connection.close()

    def append(self, entries: Sequence[NewEvidence]) -> list[Evidence]:
        """Add entries in one short transaction, in order; an entry that is already there is returned as it stands.

        All are added or none. If the disk fills up between the commit and the writing of `ledger.head`, the error is
        raised, the entries are kept, and the same call finds them again.

        Raises:
            ConflictError: the ledger holds another value or uncertainty for the same computation.
            StorageError: the ledger cannot be written; LedgerError: it is damaged.
        """
        out: list[Evidence] = []
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                number, last = self._last(connection)
                self._check_size(connection)
                self._check_tail(connection, number)
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
        row = connection.execute(f"SELECT {_COLUMNS} FROM evidence WHERE key = ?", (entry.key(),)).fetchone()  # noqa: S608
        if row is None:
            return None
        found = self._evidence(row)
        for name in ("value", "uncertainty"):
            kept, given = getattr(found, name), getattr(entry, name)
            if kept != given or type(kept) is not type(given):
                what = f"{found.id} ({found.quantity} of {found.subject})"
                raise ConflictError(
                    f"{what} has the {name} {kept!r} in the ledger, now {given!r}",
                    where=str(self.path),
                    hint="The same inputs and versions must give the same value; please report this.",
                )
        return found

    def _insert(
        self, connection: sqlite3.Connection, number: int, entry: NewEvidence, last: str
    ) -> tuple[Evidence, str]:
        # only the fields of a new entry, so that one taken from another ledger gets its place in this one
        fields = entry.model_dump(mode="json", include=set(NewEvidence.model_fields))
        key = entry.key()
        content = canonical(fields | {"recorded_at": now().isoformat()})
        link = chain_hash(number, key, content, last)
        row = (number, key, content, last, link)
        connection.execute("INSERT INTO evidence VALUES (?, ?, ?, ?, ?)", row)
        return self._evidence(row), link

    def _last(self, connection: sqlite3.Connection) -> tuple[int, str]:
        row = connection.execute("SELECT number, hash FROM evidence ORDER BY number DESC LIMIT 1").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, GENESIS)

    def _no_head(self) -> LedgerError:
        return LedgerError(
            "the record of the last entry is missing, so that a cut-off tail could not be seen",
            where=str(self.head_path),
            hint="Restore it from a copy.",
        )

    def _read_head(self) -> tuple[int, str]:
        if not self.head_path.exists():
            raise self._no_head()
        try:
            data = json.loads(read_bytes(self.head_path))
            return int(data["count"]), str(data["hash"])
        except (ValueError, KeyError, TypeError) as error:
            what = f"the record of the last entry is damaged: {error}"
            raise LedgerError(what, where=str(self.head_path), hint="Restore it from a copy.") from None

    def _check_size(self, connection: sqlite3.Connection) -> None:
        """SQLite itself fills up a last page that is cut short with zeros, without a word."""
        page = int(connection.execute("PRAGMA page_size").fetchone()[0])
        if self.path.stat().st_size % page:
            raise LedgerError("the ledger is damaged: its last page is cut off", where=str(self.path), hint=_RESTORE)

    def _check_tail(self, connection: sqlite3.Connection, number: int) -> None:
        """The ledger may be ahead of its head file (a crash between the two), never behind it."""
        count, expected = self._read_head()
        row = connection.execute("SELECT hash FROM evidence WHERE number = ?", (count,)).fetchone()
        if (row[0] if row else GENESIS) != expected or (row is None and count):
            raise LedgerError(
                f"the ledger ends at E{number}, but E{count} was its last entry: its tail is cut off or changed",
                where=str(self.path),
                hint=_RESTORE,
            )

    def _write_head(self) -> None:
        with self._connection() as connection:
            # under the lock, so that a slower process does not set the head back
            connection.execute("BEGIN IMMEDIATE")
            number, last = self._last(connection)
            data = json.dumps({"count": number, "hash": last}).encode()
            if not self.head_path.exists() or read_bytes(self.head_path) != data:
                write_atomic(self.head_path, data)
            connection.execute("ROLLBACK")

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
            NotFoundError: there is none; LedgerError: it was changed.
        """
        name, _ = parse_address(evidence_id)
        with self._connection() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM evidence WHERE number = ?", (int(name[1:]),)).fetchone()  # noqa: S608
        if row is None:
            hint = f"It ends at E{len(self)}."
            raise NotFoundError(f"there is no {name} in this ledger", where=str(self.path), hint=hint)
        return self._evidence(row)

    def all(self, run: str | None = None) -> list[Evidence]:
        """All entries in order, or those of one run.

        Raises:
            LedgerError: one was changed.
        """
        with self._connection() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM evidence ORDER BY number").fetchall()  # noqa: S608
        found = [self._evidence(row) for row in rows]
        return [e for e in found if run is None or e.run == run]

    def _evidence(self, row: Sequence[Any]) -> Evidence:
        number, key, content, previous, link = row
        try:
            if chain_hash(number, key, content, previous) != link:
                raise ValueError("it was changed after it was written")
            data = json.loads(content)
            return Evidence.model_validate(
                data | {"id": f"E{number}", "entry_key": key, "previous_hash": previous, "hash": link}
            )
        except (ValueError, TypeError) as error:
            first = str(error).splitlines()[0]
            raise LedgerError(f"E{number} cannot be used: {first}", where=str(self.path), hint=_RESTORE) from None

    def problems(self) -> list[str]:
        """What is wrong with the chain; empty if nothing is."""
        return list(self.verify_chain())

    def verify_chain(self) -> Iterator[str]:
        """What is wrong with the chain: entries edited, missing, inserted or cut off, or a database that is damaged."""
        try:
            with self._connection() as connection:
                yield from self._walk(connection)
        except StorageError as error:
            yield error.message

    def _walk(self, connection: sqlite3.Connection) -> Iterator[str]:
        state = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if state != "ok":
            yield f"the database is damaged: {state}"
        self._check_size(connection)
        previous, expected = GENESIS, 1
        for row in connection.execute(f"SELECT {_COLUMNS} FROM evidence ORDER BY number"):  # noqa: S608
            number, before, link = row[0], row[3], row[4]
            if number < 1:
                yield f"an entry with the number {number} was inserted"
                continue
            if number != expected:
                last = f" to E{number - 1} are" if number > expected + 1 else " is"
                yield f"E{expected}{last} missing"
            elif before != previous:
                yield f"E{number} does not follow the entry before it"
            problem = _unsound(*row)
            if problem:
                yield problem
            previous, expected = link, number + 1
        found = {r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        for name in _TRIGGERS:
            if name not in found:
                yield f"the guard against changes ({name}) was removed"
        self._check_tail(connection, expected - 1)


def _unsound(number: int, key: Any, content: Any, previous: Any, link: Any) -> str | None:
    if not all(isinstance(x, str) for x in (key, content, previous, link)):
        return f"E{number} was changed"
    if chain_hash(number, key, content, previous) != link:
        return f"E{number} was changed"
    try:
        data = json.loads(content)
        data.pop("recorded_at")
        fits = NewEvidence.model_validate(data).key() == key
    except (ValueError, KeyError, AttributeError):
        fits = False
    return None if fits else f"the content of E{number} does not fit its key"
