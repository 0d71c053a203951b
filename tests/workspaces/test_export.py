"""Packing: complete, consistent, the same bytes again, never half-written."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from benchside.workspaces.checkpoints import open_checkpointer
from benchside.workspaces.errors import StorageError, UsageError
from benchside.workspaces.evidence import NewEvidence
from benchside.workspaces.export import ArchiveExistsError, export
from benchside.workspaces.verification import verify
from benchside.workspaces.workspace import CHECKPOINTS_FILE, Workspace

Entry = Callable[..., NewEvidence]


@pytest.fixture
def filled(workspace: Workspace, entry: Entry, tmp_path: Path) -> Workspace:
    workspace.artifacts.take_in_bytes(b"CCO\n" * 10_000, "library.smi")
    workspace.artifacts.store(b"<html>", "report.html", kind="report", media_type="text/html", provenance={})
    workspace.ledger.append([entry("A", 1.0), entry("B", 2.0)])
    run = workspace.runs.create("screen", command=["screen"], files={"request.json": b"{}"})
    workspace.runs.update(run.id, status="done")
    with workspace.runs.hold(run.id):
        pass
    (run.folder / "parts" / "compute").mkdir(parents=True)
    (run.folder / "parts" / "compute" / "part-00000.parquet").write_bytes(b"x")
    (workspace.path / "results" / ".tmp-1-x.csv").write_bytes(b"half")
    (workspace.path / "results" / "link.csv").symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_bytes(b"secret")
    with open_checkpointer(workspace):
        pass
    return workspace


def test_a_colleague_opens_and_verifies(filled: Workspace, tmp_path: Path) -> None:
    archive = export(filled, tmp_path / "out" / "project.zip")
    assert archive == tmp_path / "out" / "project.zip"
    with zipfile.ZipFile(archive) as pack:
        assert pack.testzip() is None
        names = pack.namelist()
        pack.extractall(tmp_path / "colleague")
    assert sorted(n for n in names if not n.endswith("/")) == sorted(
        [
            "project/checkpoints.sqlite",
            "project/inputs/" + filled.artifacts.all()[0].path.split("/")[1],
            "project/inputs/" + filled.artifacts.all()[0].path.split("/")[1] + ".provenance.json",
            "project/ledger.head",
            "project/ledger.sqlite",
            "project/reports/report.html",
            "project/reports/report.html.provenance.json",
            "project/runs/0001-screen/request.json",
            "project/runs/0001-screen/run.toml",
            "project/workspace.toml",
        ]
    )
    opened = Workspace.open(tmp_path / "colleague" / "project")
    assert verify(opened) == []
    assert opened.ledger.all() == filled.ledger.all()
    assert opened.artifacts.all() == filled.artifacts.all()
    assert opened.runs.create("screen", command=[]).id == "0002-screen"


def test_the_same_content_gives_the_same_bytes(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = export(filled, tmp_path / "one.zip")
    os.utime(filled.path / "workspace.toml", (0, 0))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    two = export(filled, tmp_path / "two")
    assert two == tmp_path / "two.zip"
    assert one.read_bytes() == two.read_bytes()


def test_entries_and_checkpoints_that_are_still_being_written(filled: Workspace, entry: Entry, tmp_path: Path) -> None:
    with open_checkpointer(filled) as saver:
        saver.conn.execute("CREATE TABLE live (x)")
        saver.conn.execute("INSERT INTO live VALUES (1)")
        saver.conn.commit()
        assert (filled.path / f"{CHECKPOINTS_FILE}-wal").stat().st_size > 0
        archive = export(filled, tmp_path / "live.zip")
    with zipfile.ZipFile(archive) as pack:
        pack.extractall(tmp_path / "copy")
    copy = tmp_path / "copy" / "project"
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(copy / CHECKPOINTS_FILE)) as connection:
        assert connection.execute("SELECT x FROM live").fetchall() == [(1,)]
    assert sorted(p.name for p in copy.glob("*.sqlite*")) == ["checkpoints.sqlite", "ledger.sqlite"]


def test_an_append_while_packing_leaves_the_head_behind_not_ahead(
    filled: Workspace, entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import benchside.workspaces.export as module

    real = module.reading

    def with_append(path: Path) -> object:
        if path.name == "ledger.sqlite":
            filled.ledger.append([entry("C", 3.0)])
        return real(path)

    monkeypatch.setattr(module, "reading", with_append)
    with zipfile.ZipFile(export(filled, tmp_path / "out.zip")) as pack:
        pack.extractall(tmp_path / "copy")
    monkeypatch.undo()
    opened = Workspace.open(tmp_path / "copy" / "project")
    assert len(opened.ledger) == 3
    assert verify(opened) == []


def test_nothing_is_overwritten(filled: Workspace, tmp_path: Path) -> None:
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"precious")
    with pytest.raises(ArchiveExistsError, match=r"taken\.zip"):
        export(filled, taken)
    assert taken.read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["out.zip", "results/out.zip", "../project/out.zip"])
def test_an_archive_inside_the_workspace(filled: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="in the workspace"):
        export(filled, filled.path / name)


def test_a_full_disk_leaves_no_half_archive(filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        export(filled, tmp_path / "out" / "a.zip")
    assert caught.value.where == str(tmp_path / "out" / "a.zip")
    assert not list((tmp_path / "out").iterdir())


def test_a_damaged_database_is_named(filled: Workspace, tmp_path: Path) -> None:
    filled.ledger.path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError) as caught:
        export(filled, tmp_path / "a.zip")
    assert caught.value.where == str(filled.ledger.path)
    assert not (tmp_path / "a.zip").exists()


def test_the_parent_folder_gives_the_name_even_through_dots(filled: Workspace, tmp_path: Path) -> None:
    with zipfile.ZipFile(export(filled.path / "runs" / "..", tmp_path / "dots.zip")) as pack:
        assert {n.split("/")[0] for n in pack.namelist()} == {"project"}
