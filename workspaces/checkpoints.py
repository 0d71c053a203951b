"""The checkpoint database of LangGraph: state of every run, so that any of them can go on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchside.workspaces.databases import BUSY_SECONDS, database_error, reading
from benchside.workspaces.workspace import CHECKPOINTS_FILE, Workspace

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver

# LangGraph reads it once, when it is imported: only the types that a state declares are then loaded from a checkpoint
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

_DAMAGED = "Move the file away: runs that are not done must then start anew; results and ledger are not touched."


@contextmanager
def open_checkpointer(workspace: Workspace) -> Iterator[SqliteSaver]:
    """The saver of a workspace; it loads plain values and the types that a graph's state declares, nothing else.

    Raises:
        StorageError: the database is damaged or cannot be written.
    """
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    path = workspace.path / CHECKPOINTS_FILE
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=BUSY_SECONDS)
        # SqliteSaver asks for a WAL; with it NORMAL survives SIGKILL, and a power cut costs the last steps at most
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        # stated, because LangGraph may have been imported before the variable above was set
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        saver.setup()
        yield saver
    except sqlite3.Error as error:
        raise database_error(error, path, "the checkpoint database", restore=_DAMAGED) from error
    finally:
        if connection is not None:
            connection.close()


def largest_checkpoint(workspace: Workspace, thread_id: str) -> int:
    """Bytes of the largest checkpoint of a run, with the writes that belong to it; 0 if it has none.

    Raises:
        StorageError: the database is damaged or cannot be read.
    """
    path = workspace.path / CHECKPOINTS_FILE
    if not path.exists():
        return 0
    try:
        with reading(path) as connection:
            found = connection.execute(
                "SELECT length(c.checkpoint) + length(c.metadata) + coalesce("
                "(SELECT sum(length(w.value)) FROM writes w WHERE w.thread_id = c.thread_id"
                " AND w.checkpoint_ns = c.checkpoint_ns AND w.checkpoint_id = c.checkpoint_id), 0)"
                " FROM checkpoints c WHERE c.thread_id = ?",
                (thread_id,),
            ).fetchall()
    except sqlite3.Error as error:
        raise database_error(error, path, "the checkpoint database", restore=_DAMAGED) from error
    return max((int(row[0]) for row in found), default=0)
