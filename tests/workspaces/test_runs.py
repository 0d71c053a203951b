"""Runs get their numbers, and their records are written whole."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchside.workspaces.errors import NotFoundError, StorageError, UsageError
from benchside.workspaces.runs import RUN_FILE, Run
from benchside.workspaces.workspace import Workspace


def create(workspace: Workspace, job: str = "screen", **other: object) -> Run:
    return workspace.runs.create(job, command=[job, "library.csv"], **other)  # type: ignore[arg-type]


def test_a_run_is_recorded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run = create(
        workspace,
        profile="oral",
        model="none",
        seeds={"screening": 0},
        versions={"rdkit": "2026.9.1"},
        parameters={"top": 50, "reference": None, "limits": {"mw": 500.0}, "columns": ["a", None]},
        files={"request.json": b"{}"},
    )
    assert run.id == run.thread_id == "0001-screen"
    assert run.status == "running"
    assert run.created == run.updated == "2023-11-14T22:13:20+00:00"
    assert run.parameters == {"top": 50, "limits": {"mw": 500.0}, "columns": ["a", ""]}
    assert (run.folder / "request.json").read_bytes() == b"{}"
    assert workspace.runs.get(run.id) == run
    assert workspace.runs.all() == [run]
    assert sorted(p.name for p in workspace.runs.folder.iterdir()) == ["0001-screen"]


def test_updates(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = create(workspace)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "4000000000")
    failed = workspace.runs.update(run.id, status="failed", error='it "broke"\nhere')
    assert (failed.status, failed.error, failed.created) == ("failed", 'it "broke"\nhere', run.created)
    assert failed.updated == "2096-10-02T07:06:40+00:00"
    assert workspace.runs.get(run.id) == failed
    assert workspace.runs.update(run.id, status="done").error == ""


def test_numbers_go_on_across_jobs(workspace: Workspace) -> None:
    assert [create(workspace, job).id for job in ("screen", "design", "screen")] == [
        "0001-screen",
        "0002-design",
        "0003-screen",
    ]
    workspace.runs.folder.joinpath("9999-screen").mkdir()
    assert create(workspace).id == "10000-screen"
    assert [r.id for r in workspace.runs.all()] == ["0001-screen", "0002-design", "0003-screen", "10000-screen"]


def test_a_number_that_a_killed_process_claimed_is_left_out(workspace: Workspace) -> None:
    workspace.runs.folder.joinpath(".claim-0001").mkdir()
    assert create(workspace).id == "0002-screen"


def test_a_number_that_another_process_took_a_moment_ago(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    create(workspace, "design")
    real, stale = workspace.runs._taken, [set[int]()]
    monkeypatch.setattr(workspace.runs, "_taken", lambda: stale.pop() if stale else real())
    assert create(workspace, "screen").id == "0002-screen"


@pytest.mark.parametrize("job", ["", "Screen", "../x", "a b", "1"])
def test_names_of_jobs(workspace: Workspace, job: str) -> None:
    with pytest.raises(UsageError):
        create(workspace, job)
    assert not any(workspace.runs.folder.iterdir())


@pytest.mark.parametrize("run_id", ["0002-screen", "", "..", "../../etc", "0001-screen/../0001-screen"])
def test_runs_that_do_not_exist(workspace: Workspace, run_id: str) -> None:
    create(workspace)
    with pytest.raises(NotFoundError, match="Runs: 0001-screen"):
        workspace.runs.get(run_id)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Field required"),
        (b"\xff", "utf-8"),
        (b"id = ", "Invalid value"),
        (b'surprise = 1\nid = "x"', "damaged"),
    ],
)
def test_a_damaged_record(workspace: Workspace, content: bytes, said: str) -> None:
    path = create(workspace).folder / RUN_FILE
    path.write_bytes(content)
    with pytest.raises(StorageError, match=said) as caught:
        workspace.runs.all()
    assert caught.value.where == str(path)
    assert path.read_bytes() == content


def test_a_renamed_folder(workspace: Workspace) -> None:
    run = create(workspace)
    run.folder.rename(run.folder.with_name("0002-screen"))
    with pytest.raises(StorageError, match="that of 0001-screen"):
        workspace.runs.get("0002-screen")


def test_commands_with_names_that_are_not_utf8(workspace: Workspace) -> None:
    run = workspace.runs.create("screen", command=["screen", os.fsdecode(b"\xff.csv")])
    assert workspace.runs.get(run.id).command == ["screen", "\\udcff.csv"]


def test_a_full_disk_leaves_no_half_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept = create(workspace)
    before = (kept.folder / RUN_FILE).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            create(workspace)
        with pytest.raises(StorageError, match="No space left") as caught:
            workspace.runs.update(kept.id, status="done")
    assert caught.value.where == str(kept.folder / RUN_FILE)
    assert (kept.folder / RUN_FILE).read_bytes() == before
    assert [p.name for p in workspace.runs.folder.iterdir()] == ["0001-screen"]
    assert create(workspace).id == "0002-screen"


CREATE = """
import sys
from pathlib import Path
from benchside.workspaces.workspace import Workspace
path, job = sys.argv[1:]
runs = Workspace.open_or_create(Path(path)).runs
for _ in range(15):
    print(runs.create(job, command=[job]).id)
"""


def test_two_processes_never_get_the_same_number(tmp_path: Path, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    # the folder does not exist yet: both of them make the workspace
    processes = [spawn(CREATE, tmp_path / "new", job) for job in ("screen", "design")]
    ids = [line for p in processes for line in p.communicate(timeout=60)[0].split()]
    assert [p.returncode for p in processes] == [0, 0]
    assert len(ids) == 30
    assert len({i.split("-")[0] for i in ids}) == 30
    assert {r.id for r in Workspace.open(tmp_path / "new").runs.all()} == set(ids)
