"""The pool keeps order and rows whatever its processes do, and leaves none of them behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest

from benchside.tools.screening import workers as module
from benchside.tools.screening.workers import LocalWorkers, WorkerCountError, WorkerError, default_workers
from benchside.workspaces.errors import Actor

Make = Callable[..., LocalWorkers]
Rows = list[dict[str, Any]]


def rows(*structures: str) -> Rows:
    return [{"row": i, "structure": s, "format": "smiles"} for i, s in enumerate(structures)]


def run(pool: LocalWorkers, chunks: list[Rows]) -> list[pa.Table]:
    return list(pool.run("standardise", chunks, {}))


def column(tables: list[pa.Table], name: str) -> list[Any]:
    return [value for table in tables for value in table[name].to_pylist()]


def wait_until_gone(pids: list[int], seconds: float) -> list[int]:
    """The processes that still run after a while."""
    end = time.monotonic() + seconds
    while (left := [p for p in pids if _runs(p)]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_tables_come_in_the_order_of_the_chunks_however_long_each_takes(odd: Make) -> None:
    chunks = [rows(f"SLEEP {0.15 if n % 3 == 0 else 0.0}", f"C{n}") for n in range(12)]
    made = run(odd(3), chunks)
    assert column(made, "smiles") == [r["structure"] for chunk in chunks for r in chunk]
    assert [t.num_rows for t in made] == [2] * 12
    assert len(set(column(made, "stereo"))) == 3  # three processes took part


def test_no_chunks_start_no_process_and_an_empty_chunk_gives_an_empty_table(odd: Make) -> None:
    pool = odd(2)
    assert run(pool, []) == []
    assert not pool._workers
    assert [t.num_rows for t in run(pool, [[], rows("C"), []])] == [0, 1, 0]


@pytest.mark.parametrize("word", ["CRASH", "EXIT"])
def test_only_the_row_that_kills_its_worker_becomes_a_problem(odd: Make, word: str) -> None:
    made = run(odd(2), [rows("A", "B"), rows("C", "D", word, "E"), rows("F")])
    assert [t.num_rows for t in made] == [2, 4, 1]
    assert column(made, "smiles") == ["A", "B", "C", "D", None, "E", "F"]
    assert column(made, "problem_code") == [None] * 4 + ["worker_crash"] + [None] * 2
    assert "crashed" in column(made, "problem")[4]


def test_a_row_that_takes_too_long_is_stopped_alone(odd: Make) -> None:
    began = time.monotonic()
    made = run(odd(1, seconds_per_row=0.01, least_seconds=3.0), [rows("A", "HANG", "B"), rows("C")])
    assert column(made, "smiles") == ["A", None, "B", "C"]
    assert column(made, "problem_code") == [None, "timeout", None, None]
    assert time.monotonic() - began < 20


def test_the_time_limit_grows_with_the_chunk(odd: Make) -> None:
    made = run(odd(1, seconds_per_row=2.5, least_seconds=0.1), [rows(*["SLEEP 0.8"] * 4)])
    assert column(made, "problem_code") == [None] * 4


def test_at_most_two_chunks_a_worker_are_taken_ahead(odd: Make) -> None:
    taken = 0

    def source() -> Iterator[Rows]:
        nonlocal taken
        for n in range(30):
            taken += 1
            yield rows(f"C{n}")

    pool = odd(2)
    for yielded, _ in enumerate(pool.run("standardise", source(), {})):
        assert taken <= yielded + 1 + 2 * pool.count
    assert taken == 30


def test_close_leaves_no_process_even_in_the_middle_of_a_run(odd: Make) -> None:
    pool = odd(2)
    made = pool.run("standardise", (rows(f"SLEEP 0.2 {n}"[:9]) for n in range(20)), {})
    next(made)
    pids = [w.process.pid for w in pool._workers]
    assert len(pids) == 2
    pool.close()
    assert wait_until_gone(pids, 2) == []
    assert not pool._workers
    made.close()


def test_a_worker_killed_from_outside_costs_no_row(odd: Make) -> None:
    pool = odd(2)
    found = []
    for n, table in enumerate(pool.run("standardise", (rows(f"C{i}", "SLEEP 0.05") for i in range(16)), {})):
        found.append(table)
        if n in {1, 5, 9}:
            os.kill(pool._workers[0].process.pid, signal.SIGKILL)
    assert column(found, "problem_code") == [None] * 32
    assert column(found, "smiles")[::2] == [f"C{i}" for i in range(16)]


def test_one_row_killed_once_from_outside_is_tried_again(odd: Make) -> None:
    pool = odd(1)
    made = pool.run("standardise", iter([rows("A"), rows("SLEEP 0.3")]), {})
    next(made)
    assert pool._jobs  # it works while its caller does
    time.sleep(0.1)
    os.kill(pool._workers[0].process.pid, signal.SIGKILL)
    assert column(list(made), "problem_code") == [None]


def test_a_stopped_worker_does_not_block_the_parent(odd: Make) -> None:
    pool = odd(1, least_seconds=4.0, seconds_per_row=0.01)
    made = pool.run("standardise", iter([rows("A"), rows("B"), rows("C" * 3_000_000)]), {})
    next(made)
    os.kill(pool._workers[0].process.pid, signal.SIGSTOP)
    assert [t.num_rows for t in made] == [1, 1]


def test_requests_and_answers_far_larger_than_a_pipe(odd: Make) -> None:
    size = 4_000_000
    chunks = [rows("y" * size, f"BIG {size}") for _ in range(4)]
    made = run(odd(2), chunks)
    assert [len(s) for s in column(made, "smiles")] == [size] * 8


def test_a_slow_consumer_is_no_fault_of_the_row(odd: Make) -> None:
    found = []
    for table in odd(1, least_seconds=3.0, seconds_per_row=0.01).run(
        "standardise", [rows("A"), rows("BIG 3000000"), rows("B")], {}
    ):
        found.append(table)
        time.sleep(3.5)
    assert column(found, "problem_code") == [None] * 3


def test_what_a_library_prints_does_not_mix_with_the_answers(odd: Make) -> None:
    assert column(run(odd(), [rows("PRINT", "A"), rows("B")]), "smiles") == ["PRINT", "A", "B"]


def test_a_run_left_early_does_not_disturb_the_next(odd: Make) -> None:
    pool = odd(2)
    early = pool.run("standardise", (rows(f"OLD{n}") for n in range(10)), {})
    next(early)
    early.close()
    assert column(run(pool, [rows("NEW1"), rows("NEW2")]), "smiles") == ["NEW1", "NEW2"]


def test_an_error_of_the_source_reaches_the_caller_and_frees_the_pool(odd: Make) -> None:
    def source() -> Iterator[Rows]:
        yield rows("A")
        raise OSError("the disk is gone")

    pool = odd(1)
    with pytest.raises(OSError, match="the disk is gone"):
        run(pool, source())  # type: ignore[arg-type]
    assert column(run(pool, [rows("B")]), "smiles") == ["B"]


def test_one_pool_serves_one_run_at_a_time(odd: Make) -> None:
    pool = odd(1)
    first = pool.run("standardise", [rows("A"), rows("B")], {})
    next(first)
    with pytest.raises(WorkerError, match="another run"):
        run(pool, [rows("C")])
    assert column(list(first), "smiles") == ["B"]


def test_workers_that_do_not_start_are_an_error_with_their_last_words(odd: Make) -> None:
    pool = odd(2)
    pool.line = (sys.executable, "-c", "raise SystemExit('there is no rdkit here')")  # type: ignore[attr-defined]
    with pytest.raises(WorkerError, match="there is no rdkit here") as caught:
        run(pool, [rows("A"), rows("B")])
    assert caught.value.actor is Actor.OPERATOR
    assert caught.value.where == sys.executable


def test_an_interpreter_that_is_not_there(odd: Make) -> None:
    pool = odd(1)
    pool.line = ("/nowhere/python",)  # type: ignore[attr-defined]
    with pytest.raises(WorkerError, match="cannot be started"):
        run(pool, [rows("A")])


def test_workers_that_crash_on_everything_are_an_error_and_no_list_of_rejects(
    odd: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CRASHES_WITHOUT_ANSWER", 4)
    with pytest.raises(WorkerError, match="all of the first 4 calculations crashed"):
        run(odd(1), [rows(*["CRASH"] * 50)])


def test_parameters_that_fit_no_row_are_refused_before_any_is_computed(odd: Make) -> None:
    pool = odd(1)
    with pytest.raises(ValueError, match="no task 'standardize'"):
        list(pool.run("standardize", [rows("A")], {}))
    with pytest.raises(KeyError, match="plan"):
        list(pool.run("properties", [rows("A")], {}))
    assert not pool._workers


def test_a_count_that_makes_no_sense() -> None:
    with pytest.raises(WorkerCountError, match="cannot be -1 workers"):
        LocalWorkers(-1)
    assert LocalWorkers(0).count == LocalWorkers().count == default_workers() >= 1


PARENT = """
import os, sys
sys.path.insert(0, {folder!r})
from conftest import OddWorkers
pool = OddWorkers(2, least_seconds=2.0)
made = pool.run("standardise", ([dict(row=0, structure=s, format="smiles")] for s in ("A", "B", "C", "HANG")), dict())
for _ in range(3):
    next(made)
print(*[w.process.pid for w in pool._workers], flush=True)
next(made)
"""


def test_a_killed_parent_takes_its_workers_with_it_busy_ones_included() -> None:
    script = PARENT.format(folder=str(Path(__file__).parent))
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(p) for p in parent.stdout.readline().split()]
    assert len(pids) == 2
    time.sleep(0.2)
    parent.kill()
    parent.communicate()
    assert wait_until_gone(pids, 15) == []


def test_real_workers_start_where_the_users_files_have_the_names_of_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "struct", "pandas", "rdkit"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with LocalWorkers(1) as pool:
        (made,) = run(pool, [rows("OC(=O)c1ccccc1OC(C)=O", "C1CC")])
        pid = pool._workers[0].process.pid
    assert made["smiles"].to_pylist() == ["CC(=O)Oc1ccccc1C(=O)O", None]
    assert made["inchikey"].to_pylist() == ["BSYNRYMUTXBXSQ-UHFFFAOYSA-N", None]
    assert made["problem_code"].to_pylist() == [None, "unparseable_smiles"]
    assert wait_until_gone([pid], 2) == []
