"""The ledger under SIGKILL and with several processes at once."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchside.workspaces.ledger import Ledger

Spawn = Callable[..., "subprocess.Popen[str]"]

APPEND = """
import sys
from pathlib import Path
from benchside.workspaces.ledger import Ledger, NewEvidence, Source
path, name, count, size = sys.argv[1:]
ledger = Ledger(Path(path))
print("ready", flush=True)
for i in range(int(count)):
    ids = ledger.append([
        NewEvidence(kind="computed", subject=name, quantity=f"step {i}.{j}", value=i + j / 10, source=Source(tool="t"))
        for j in range(int(size))
    ])
    print(i, *(e.id for e in ids), flush=True)
"""


def test_kills_at_any_moment_lose_nothing_and_repeat_nothing(tmp_path: Path, spawn: Spawn) -> None:
    chance = random.Random(20260707)
    ledger = Ledger.create(tmp_path / "ledger.sqlite")
    reported: dict[int, list[str]] = {}
    for _ in range(10):
        process = spawn(APPEND, ledger.path, "library", 10_000, 3)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.25))
        process.kill()
        for line in process.communicate()[0].splitlines():
            step, *ids = line.split()
            if len(ids) == 3:  # the last line may be cut
                # a repeated step, in a new process, finds the ids that it got before the kill
                assert reported.setdefault(int(step), ids) == ids
        assert ledger.problems() == []
    entries = ledger.all()
    assert len(entries) % 3 == 0  # all of an append or nothing
    assert len({e.entry_key for e in entries}) == len(entries)
    assert [e.quantity for e in entries] == [f"step {i // 3}.{i % 3}" for i in range(len(entries))]
    assert len(entries) >= 3 * len(reported) > 0


def test_two_processes_append_at_once(tmp_path: Path, spawn: Spawn) -> None:
    ledger = Ledger.create(tmp_path / "ledger.sqlite")
    processes = [spawn(APPEND, ledger.path, name, 40, 2) for name in ("left", "right")]
    said = [p.communicate(timeout=60)[0].splitlines() for p in processes]
    assert [p.returncode for p in processes] == [0, 0]
    assert [len(lines) for lines in said] == [41, 41]
    entries = ledger.all()
    assert len(entries) == 160
    assert ledger.problems() == []
    for name in ("left", "right"):
        assert [e.quantity for e in entries if e.subject == name] == [
            f"step {i}.{j}" for i in range(40) for j in range(2)
        ]
    for one, two in zip(entries[::2], entries[1::2], strict=True):
        assert one.subject == two.subject  # the entries of an append stay together


def test_two_processes_doing_the_same_get_the_same_ids(tmp_path: Path, spawn: Spawn) -> None:
    ledger = Ledger.create(tmp_path / "ledger.sqlite")
    processes = [spawn(APPEND, ledger.path, "same", 25, 2) for _ in range(2)]
    said = [p.communicate(timeout=60)[0] for p in processes]
    assert said[0] == said[1]
    assert len(ledger) == 50
