"""SIGKILL at random moments, then resume: the products are those of an uninterrupted run, byte for byte."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "examples" / "library.csv"
ENVIRONMENT = {
    "SOURCE_DATE_EPOCH": "1790000000",
    "BENCHSIDE_SCREENING__SHARD_ROWS": "40",
    "BENCHSIDE_SCREENING__CHUNK_ROWS": "10",
    "BENCHSIDE_SCREENING__WORKERS": "1",
    "BENCHSIDE_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
}
SCREEN = ["screen", "library.csv", "--admet-depth", "30", "--top", "15", "--workspace", "w"]
RESUME = ["resume", "w"]


def start(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchside", *arguments],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(arguments: list[str], folder: Path) -> None:
    process = start(arguments, folder)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()


def prepare(folder: Path) -> Path:
    folder.mkdir()
    lines = LIBRARY.read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "library.csv").write_text("".join([*lines[:121], "X1,bad,C1CC,none,\n", *lines[1:3]]), encoding="utf-8")
    return folder


def products(folder: Path) -> dict[str, bytes]:
    """Every product by name, and the ledger as its rows."""
    found = {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for part in ("results", "reports", "inputs")
        for p in sorted((folder / "w" / part).iterdir())
    }
    connection = sqlite3.connect(folder / "w" / "ledger.sqlite")
    found["ledger"] = repr(connection.execute("SELECT * FROM evidence ORDER BY number").fetchall()).encode()
    connection.close()
    return found


def survive(folder: Path, kills: int, longest: float, chance: random.Random) -> int:
    """Start, kill and resume until so many kills are done, then let it finish; how many it were."""
    done = 0
    while done < kills:
        going = list((folder / "w" / "runs").glob("0*/run.toml"))
        process = start(RESUME if going else SCREEN, folder)
        try:
            process.wait(timeout=chance.uniform(0.2, longest))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            done += 1
        else:
            process.communicate()
            break
    if list((folder / "w" / "reports").glob("*.html")) and 'status = "done"' in _run_file(folder):
        return done
    finish(RESUME if _run_file(folder) else SCREEN, folder)
    return done


def _run_file(folder: Path) -> str:
    found = sorted((folder / "w" / "runs").glob("0*/run.toml"))
    return found[0].read_text(encoding="utf-8") if found else ""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    folder = prepare(tmp_path_factory.mktemp("reference") / "project")
    began = time.monotonic()
    finish(SCREEN, folder)
    return products(folder), time.monotonic() - began


def compare(folder: Path, expected: dict[str, bytes]) -> None:
    got = products(folder)
    assert sorted(got) == sorted(expected)
    assert [name for name in expected if got[name] != expected[name]] == []


def test_two_whole_runs_give_the_same_bytes(reference: tuple[dict[str, bytes], float], tmp_path: Path) -> None:
    folder = prepare(tmp_path / "project")
    finish(SCREEN, folder)
    compare(folder, reference[0])
    assert any(name.endswith("report.html") for name in reference[0])


def test_three_kills_change_nothing(reference: tuple[dict[str, bytes], float], tmp_path: Path) -> None:
    folder = prepare(tmp_path / "project")
    killed = survive(folder, 3, reference[1] * 0.8, random.Random(7))
    assert killed >= 1
    compare(folder, reference[0])


@pytest.mark.slow
def test_fifty_kills_change_nothing(reference: tuple[dict[str, bytes], float], tmp_path: Path) -> None:
    chance = random.Random(20)
    killed = trial = 0
    while killed < 50:
        trial += 1
        folder = prepare(tmp_path / f"project-{trial}")
        killed += survive(folder, min(chance.choice([1, 1, 2, 3]), 50 - killed), reference[1], chance)
        compare(folder, reference[0])
    print(f"{killed} kills in {trial} runs, all with the products of an uninterrupted run")
