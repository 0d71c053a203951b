"""One process works on a run; the second is told who; SIGKILL lets go."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable

import pytest

from benchside.workspaces import lease
from benchside.workspaces.errors import ExitCode, HeldError, NotFoundError, StorageError
from benchside.workspaces.workspace import Workspace

Spawn = Callable[..., "subprocess.Popen[str]"]

HOLD = """
import multiprocessing, os, sys, time
from pathlib import Path
from benchside.workspaces.workspace import Workspace
path, run, fork = sys.argv[1:]
with Workspace.open(Path(path)).runs.hold(run):
    if fork == "fork":
        child = os.fork()
        if child == 0:
            print("child", os.getpid(), flush=True)
            time.sleep(60)
            os._exit(0)
        time.sleep(0.2)
    print("held", flush=True)
    sys.stdin.readline()
"""


def wait_for(process: subprocess.Popen[str], word: str) -> list[str]:
    assert process.stdout is not None
    said = []
    while not said or said[-1] != word:
        line = process.stdout.readline()
        assert line, said
        said.append(line.strip())
    return said


def test_the_second_process_is_told_who_holds_the_run(workspace: Workspace, spawn: Spawn) -> None:
    run = workspace.runs.create("screen", command=[])
    other = spawn(HOLD, workspace.path, run.id, "")
    wait_for(other, "held")
    begun = time.monotonic()
    with pytest.raises(HeldError) as caught, workspace.runs.hold(run.id):
        pytest.fail("two processes hold one run")
    assert time.monotonic() - begun < 2
    assert caught.value.exit_code == ExitCode.HELD
    for part in (run.id, f"process {other.pid} ", socket.gethostname(), "since 20"):
        assert part in caught.value.message
    assert "stop that process" in (caught.value.hint or "")
    holder = workspace.runs.holder(run.id)
    assert holder is not None
    assert holder.pid == other.pid
    assert workspace.runs.standing(run) == "running"


def test_sigkill_lets_go(workspace: Workspace, spawn: Spawn) -> None:
    run = workspace.runs.create("screen", command=[])
    other = spawn(HOLD, workspace.path, run.id, "")
    wait_for(other, "held")
    other.kill()
    other.wait()
    assert workspace.runs.holder(run.id) is None
    assert workspace.runs.standing(run) == "interrupted"
    with workspace.runs.hold(run.id):
        assert workspace.runs.standing(run) == "running"
    assert workspace.runs.update(run.id, status="done").status == "done"


def test_a_forked_worker_does_not_keep_the_run(workspace: Workspace, spawn: Spawn) -> None:
    run = workspace.runs.create("screen", command=[])
    other = spawn(HOLD, workspace.path, run.id, "fork")
    child = int(wait_for(other, "held")[0].split()[1])
    other.kill()
    other.wait()
    try:
        os.kill(child, 0)  # the worker lives on
        with workspace.runs.hold(run.id):
            pass
    finally:
        os.kill(child, 9)


def test_two_runs_side_by_side(workspace: Workspace, spawn: Spawn) -> None:
    one, two = (workspace.runs.create("screen", command=[]) for _ in range(2))
    wait_for(spawn(HOLD, workspace.path, one.id, ""), "held")
    with workspace.runs.hold(two.id):
        pass


def test_the_same_process_cannot_hold_twice_and_can_hold_again(workspace: Workspace) -> None:
    run = workspace.runs.create("screen", command=[])
    with (
        workspace.runs.hold(run.id),
        pytest.raises(HeldError, match=f"process {os.getpid()} "),
        workspace.runs.hold(run.id),
    ):
        pytest.fail("held twice")
    with pytest.raises(KeyError), workspace.runs.hold(run.id):
        raise KeyError
    with workspace.runs.hold(run.id):
        pass


def test_an_ledger_append_does_not_wait_for_a_held_run(workspace: Workspace, spawn: Spawn, entry: Callable) -> None:
    run = workspace.runs.create("screen", command=[])
    wait_for(spawn(HOLD, workspace.path, run.id, ""), "held")
    begun = time.monotonic()
    workspace.ledger.append([entry("A", 1.0)])
    assert time.monotonic() - begun < 1


def test_what_cannot_be_held(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError), workspace.runs.hold("0009-screen"):
        pass
    run = workspace.runs.create("screen", command=[])
    assert workspace.runs.holder(run.id) is None

    def refuse(*_: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StorageError, match="Read-only") as caught, lease.hold(run.folder / "lease", run.id):
        pass
    assert caught.value.where == str(run.folder / "lease")


def test_a_holder_that_has_not_yet_written_its_name(workspace: Workspace, spawn: Spawn) -> None:
    run = workspace.runs.create("screen", command=[])
    wait_for(spawn(HOLD, workspace.path, run.id, ""), "held")
    (run.folder / "lease").write_bytes(b"{")
    with pytest.raises(HeldError, match="by another process"), workspace.runs.hold(run.id):
        pass
