"""What verify says of an intact workspace, and of each kind of damage."""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from benchside.workspaces.artifacts import SIDECAR
from benchside.workspaces.errors import NotFoundError, StorageError
from benchside.workspaces.evidence import NewEvidence, TableReference
from benchside.workspaces.verification import Finding, verify
from benchside.workspaces.workspace import CHECKPOINTS_FILE, Workspace


@pytest.fixture
def finished(workspace: Workspace, entry: Callable[..., NewEvidence]) -> Workspace:
    """A workspace with an input, a result, entries and a run that is done."""
    given = workspace.artifacts.take_in_bytes(b"CCO ethanol\n", "library.smi")
    result = workspace.artifacts.store(
        b"compound_id,mw\nethanol,46.07\n",
        "results.csv",
        kind="result",
        media_type="text/csv",
        provenance={"tool": "benchside screen", "version": "0.1.0", "inputs": [given.sha256]},
    )
    reference = TableReference(artifact=result.sha256, column="mw", key_column="compound_id")
    workspace.ledger.append([entry("library", reference, inputs=[given.sha256]), entry("total", 46.07, inputs=["E1"])])
    run = workspace.runs.create("screen", command=["screen", "library.smi"])
    workspace.runs.update(run.id, status="done")
    with closing(sqlite3.connect(workspace.path / CHECKPOINTS_FILE)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE checkpoints (x)")
        connection.executemany("INSERT INTO checkpoints VALUES (?)", [("x" * 1000,)] * 20)
        connection.commit()
    return workspace


def only(workspace: Workspace) -> Finding:
    found = verify(workspace.path)
    assert len(found) == 1, found
    return found[0]


def test_an_intact_workspace(finished: Workspace) -> None:
    assert verify(finished) == verify(finished.path) == []


def test_an_edited_artifact(finished: Workspace) -> None:
    path = finished.path / "results" / "results.csv"
    path.write_bytes(path.read_bytes().replace(b"46.07", b"40.07"))
    found = only(finished)
    assert (found.severity, found.file) == ("error", "results/results.csv")
    assert "changed after it was written (29 bytes then, 29 now)" in found.what
    assert found.as_dict()["hint"]


def test_a_missing_artifact_and_one_replaced_by_a_link(finished: Workspace, tmp_path: Path) -> None:
    path = finished.path / "results" / "results.csv"
    path.rename(tmp_path / "copy.csv")
    assert only(finished) == Finding(
        "error", "results/results.csv", "is missing", "Restore it from a copy, or run again."
    )
    path.symlink_to(tmp_path / "copy.csv")
    assert only(finished).what == "was replaced by a link"


def test_a_lost_sidecar(finished: Workspace) -> None:
    (finished.path / "results" / f"results.csv{SIDECAR}").unlink()
    found = verify(finished)
    assert [(f.severity, f.file) for f in found] == [("error", "ledger.sqlite"), ("note", "results/results.csv")]
    assert "E1 refers to an artifact that is not here" in found[0].what
    assert "no record of where it came from" in found[1].what


def test_a_damaged_or_exchanged_sidecar(finished: Workspace) -> None:
    sidecar = finished.path / "results" / f"results.csv{SIDECAR}"
    whole = sidecar.read_bytes()
    sidecar.write_bytes(whole[:50])
    assert {(f.severity, f.file) for f in verify(finished)} == {
        ("error", f"results/{sidecar.name}"),
        ("error", "ledger.sqlite"),
    }
    sidecar.write_bytes(json.dumps(json.loads(whole) | {"path": "results/other.csv"}).encode())
    assert only(finished).what == "is the record of another file (results/other.csv)"


def test_other_files_are_notes(finished: Workspace) -> None:
    (finished.path / "results" / "notes.txt").write_text("mine")
    (finished.path / "reports" / ".tmp-1-ab-report.html").write_text("half")
    (finished.path / "reports" / "old").mkdir()
    (finished.path / "reports" / "old" / "report.html").write_text("mine")
    (finished.path / "runs" / ".claim-0007").mkdir()
    found = verify(finished)
    assert {f.severity for f in found} == {"note"}
    assert {f.file for f in found} == {
        "results/notes.txt",
        "reports/.tmp-1-ab-report.html",
        "reports/old/report.html",
        "runs/.claim-0007",
    }


def test_missing_folders(finished: Workspace) -> None:
    (finished.path / "reports").rmdir()
    assert only(finished) == Finding("error", "reports", "is missing", "Restore it from a copy.")


def test_an_edited_ledger(finished: Workspace) -> None:
    with closing(sqlite3.connect(finished.ledger.path)) as connection:
        connection.execute("DROP TRIGGER no_update")
        connection.execute("UPDATE evidence SET content = replace(content, '46.07', '40.07') WHERE number = 2")
        connection.commit()
    assert [(f.severity, f.file, f.what) for f in verify(finished)] == [
        ("error", "ledger.sqlite", "E2 was changed"),
        ("error", "ledger.sqlite", "the guard against changes (no_update) was removed"),
    ]


def test_evidence_from_evidence_that_is_not_there(finished: Workspace, entry: Callable[..., NewEvidence]) -> None:
    finished.ledger.append([entry("B", 1.0, inputs=["E9"])])
    assert only(finished).what == "E3 was computed from E9, which is not in this ledger"


def test_truncated_files(finished: Workspace) -> None:
    for name in ("ledger.sqlite", CHECKPOINTS_FILE):
        path = finished.path / name
        whole = path.read_bytes()
        for length in (0, 50, len(whole) // 2):
            path.write_bytes(whole[:length])
            assert [f.file for f in verify(finished) if f.severity == "error"] == [name], length
        path.write_bytes(whole)
    assert verify(finished) == []


def test_runs(finished: Workspace) -> None:
    run = finished.runs.create("screen", command=[])
    assert only(finished).what == "the run is interrupted"
    with finished.runs.hold(run.id):
        assert only(finished).what == "the run is running"
    (run.folder / "run.toml").write_bytes(b"x")
    found = only(finished)
    assert (found.severity, found.file) == ("error", "runs/0002-screen/run.toml")
    (run.folder / "run.toml").unlink()
    assert only(finished).severity == "note"


def test_a_file_that_cannot_be_read_does_not_stop_the_rest(
    finished: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (finished.path / "reports").rmdir()
    real = Path.open

    def bad_sector(self: Path, *arguments: object, **options: object) -> object:
        if self.name == "results.csv":
            raise OSError(errno.EIO, "Input/output error")
        return real(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", bad_sector)
    found = verify(finished)
    assert [f.file for f in found] == ["results/results.csv", "reports"]
    assert "Input/output error" in found[0].what


def test_checkpoints_where_nothing_may_be_written(finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def refuse(path: object, **options: object) -> sqlite3.Connection:
        if options.get("uri"):
            return connect(path, **options)  # type: ignore[call-overload, no-any-return]
        if str(path).endswith(CHECKPOINTS_FILE):
            # what a WAL database answers in a folder that is read-only
            return connect("file:/no/such/folder/x?mode=ro", uri=True, factory=Late)
        return connect(path, **options)  # type: ignore[call-overload, no-any-return]

    class Late(sqlite3.Connection):
        def __init__(self, *_: object, **__: object) -> None:
            super().__init__(":memory:")

        def execute(self, *_: object) -> sqlite3.Cursor:
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error

    monkeypatch.setattr(sqlite3, "connect", refuse)
    assert verify(finished) == []


def test_no_workspace(tmp_path: Path, workspace: Workspace) -> None:
    with pytest.raises(NotFoundError):
        verify(tmp_path)
    (workspace.path / "workspace.toml").write_text("name")
    with pytest.raises(StorageError, match=r"workspace\.toml"):
        verify(workspace.path)
