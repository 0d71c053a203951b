"""The checkpoint database of LangGraph: state of every run, so that any of them can go on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchside.workspaces.errors import StorageError

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver

    from benchside.workspaces.workspace import Workspace


@contextmanager
def open_checkpointer(workspace: Workspace) -> Iterator[SqliteSaver]:
    """The saver of a workspace.

    Raises:
        StorageError: the database is damaged or cannot be written.
    """
    # read when LangGraph is imported: only the types that a state declares are then loaded from a checkpoint
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    from langgraph.checkpoint.sqlite import SqliteSaver

    path = workspace.path / "checkpoints.sqlite"
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=30.0)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        saver = SqliteSaver(connection)
        saver.setup()
        yield saver
    except sqlite3.DatabaseError as error:
        hint = "Move the file away: runs that are not done must then start anew; results and ledger are not touched."
        if "full" in str(error):
            hint = "Free some space, then `benchside resume`."
        raise StorageError(f"the checkpoints cannot be used: {error}", where=str(path), hint=hint) from error
    finally:
        if connection is not None:
            connection.close()


def largest_checkpoint(workspace: Workspace, thread_id: str) -> int:
    """Bytes of the largest checkpoint of a run, with the writes that belong to it."""
    connection = sqlite3.connect(workspace.path / "checkpoints.sqlite")
    try:
        found = connection.execute(
            "SELECT length(c.checkpoint) + length(c.metadata) + coalesce((SELECT sum(length(w.value)) FROM writes w "
            "WHERE w.thread_id = c.thread_id AND w.checkpoint_ns = c.checkpoint_ns AND w.checkpoint_id = c.checkpoint_id), 0)"
            " FROM checkpoints c WHERE c.thread_id = ?",
            (thread_id,),
        ).fetchall()
    finally:
        connection.close()
    return max((int(row[0]) for row in found), default=0)
