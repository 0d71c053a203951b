"""Checkpoints: what is loaded, how large they are, what damage looks like."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, TypedDict

import pytest

from benchside.workspaces.checkpoints import largest_checkpoint, open_checkpointer
from benchside.workspaces.errors import StorageError
from benchside.workspaces.workspace import CHECKPOINTS_FILE, Workspace


class State(TypedDict, total=False):
    text: str


def graph(saver: Any) -> Any:
    from langgraph.graph import END, START, StateGraph

    def double(state: State) -> State:
        return {"text": state["text"] * 2}

    built = StateGraph(State)
    built.add_node("double", double)
    built.add_edge(START, "double")
    built.add_edge("double", END)
    return built.compile(checkpointer=saver)


def test_state_survives_and_is_measured(workspace: Workspace) -> None:
    assert largest_checkpoint(workspace, "0001-screen") == 0
    assert not (workspace.path / CHECKPOINTS_FILE).exists()
    with open_checkpointer(workspace) as saver:
        assert saver.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert saver.conn.execute("PRAGMA synchronous").fetchone() == (1,)
        for thread, length in (("small", 10), ("large", 5_000)):
            graph(saver).invoke({"text": "x" * length}, {"configurable": {"thread_id": thread}})
    with open_checkpointer(workspace) as saver:
        assert graph(saver).get_state({"configurable": {"thread_id": "small"}}).values == {"text": "x" * 20}
    small, large = (largest_checkpoint(workspace, name) for name in ("small", "large"))
    assert 0 < small < 4_000
    # the state of 5,000 characters and the write of 10,000 that belongs to it
    assert 15_000 <= large < 20_000


@dataclass
class Foreign:
    x: int


def test_a_type_that_no_state_declares_is_not_brought_to_life(workspace: Workspace) -> None:
    with open_checkpointer(workspace) as saver:
        assert saver.serde.loads_typed(saver.serde.dumps_typed({"a": [1, 2.5, None, "ü"]})) == {
            "a": [1, 2.5, None, "ü"]
        }
        assert not isinstance(saver.serde.loads_typed(saver.serde.dumps_typed(Foreign(1))), Foreign)


def test_strict_before_langgraph_is_imported() -> None:
    from langgraph.checkpoint.serde import _msgpack

    assert _msgpack.STRICT_MSGPACK_ENABLED


@pytest.mark.parametrize("length", [0.5, 100, 5000])
def test_damage_names_the_file(workspace: Workspace, length: float) -> None:
    with open_checkpointer(workspace) as saver:
        graph(saver).invoke({"text": "x" * 20_000}, {"configurable": {"thread_id": "t"}})
    path = workspace.path / CHECKPOINTS_FILE
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * length) if length < 1 else int(length)])
    with pytest.raises(StorageError, match="checkpoint database") as caught, open_checkpointer(workspace):
        pass
    assert caught.value.where == str(path)
    assert "results and ledger are not touched" in (caught.value.hint or "")
    with pytest.raises(StorageError, match="checkpoint database"):
        largest_checkpoint(workspace, "t")


def test_a_read_only_folder(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def read_only(path: Any, **options: Any) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(StorageError, match="cannot be opened or written") as caught, open_checkpointer(workspace):
        pass
    assert caught.value.where == str(workspace.path / CHECKPOINTS_FILE)


def test_a_full_disk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def small(path: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(path, **options)
        connection.execute("PRAGMA max_page_count = 12")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(StorageError, match="disk is full"), open_checkpointer(workspace) as saver:
        graph(saver).invoke({"text": "x" * 100_000}, {"configurable": {"thread_id": "t"}})
