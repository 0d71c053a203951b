"""Worker processes for CPU-bound chemistry: chunks in, tables out in order, a row that kills its worker is found.

RDKit holds the interpreter lock, so threads do not help. A chunk that crashes its worker or exceeds its time is halved until
the one row at fault stands alone; that row comes out as a problem, all others as results.
"""

from __future__ import annotations

import io
import json
import os
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pyarrow as pa

from benchside.tools.chemistry.records import Problem
from benchside.tools.screening.worker import LENGTH, write_frame
from benchside.workspaces.errors import BenchsideError

Rows = list[dict[str, Any]]


class WorkerError(BenchsideError):
    """The worker processes cannot be started, or fail on every row."""

    code = "workers"


class Executor(Protocol):
    """Runs a named task on chunks and yields their tables in order; a cluster can stand behind it."""

    def run(self, task: str, chunks: Iterable[Rows], parameters: dict[str, Any]) -> Iterator[pa.Table]:
        """One table per chunk, in the order of the chunks."""
        ...


def default_workers() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker:
    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchside.tools.screening.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.chunk: int | None = None
        self.deadline = 0.0
        self.buffer = bytearray()

    def send(self, number: int, request: bytes, seconds: float) -> bool:
        self.chunk, self.deadline = number, time.monotonic() + seconds
        self.buffer.clear()
        assert self.process.stdin is not None
        try:
            write_frame(self.process.stdin, request)  # type: ignore[arg-type]
        except OSError:
            return False
        return True

    def read(self) -> pa.Table | None:
        """Take what has arrived; the table once it is whole. EOFError when the process is gone."""
        assert self.process.stdout is not None
        data = os.read(self.process.stdout.fileno(), 1 << 20)
        if not data:
            raise EOFError
        self.buffer += data
        if len(self.buffer) < LENGTH.size:
            return None
        (size,) = LENGTH.unpack(self.buffer[: LENGTH.size])
        if len(self.buffer) < LENGTH.size + size:
            return None
        return pa.ipc.open_stream(io.BytesIO(bytes(self.buffer[LENGTH.size :]))).read_all()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # the pipe of a dead process may refuse its last flush


class LocalWorkers:
    """Worker processes on this machine.

    Args:
        count: number of processes.
        seconds_per_row: a chunk may take this long for each of its rows (and never less than `least_seconds`).
    """

    def __init__(self, count: int | None = None, *, seconds_per_row: float = 2.0, least_seconds: float = 60.0) -> None:
        self.count = count or default_workers()
        self.seconds_per_row = seconds_per_row
        self.least_seconds = least_seconds
        self._workers: list[_Worker] = []

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all worker processes."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    def run(self, task: str, chunks: Iterable[Rows], parameters: dict[str, Any]) -> Iterator[pa.Table]:
        """One table per chunk, in order; at most two chunks per worker are in memory."""
        from benchside.tools.screening.tasks import failed_row

        source = iter(enumerate(chunks))
        pending: dict[int, Rows] = {}
        done: dict[int, pa.Table] = {}
        queue: deque[int] = deque()
        turn, exhausted, deaths = 0, False, 0
        while True:
            while not exhausted and len(pending) + len(done) < 2 * self.count:
                item = next(source, None)
                if item is None:
                    exhausted = True
                    break
                pending[item[0]] = item[1]
                queue.append(item[0])
            while turn in done:
                yield done.pop(turn)
                turn += 1
            if exhausted and not pending and not done:
                return
            if len(done) >= 2 * self.count and turn not in done and turn not in pending:
                raise WorkerError("a chunk was lost", hint="Please report this.")
            for number, rows, table in self._serve(task, queue, pending, parameters):
                if table is None:
                    deaths += 1
                    done[number] = self._isolate(task, rows, parameters, failed_row)
                else:
                    done[number] = table
                del pending[number]

    def _serve(
        self, task: str, queue: deque[int], pending: dict[int, Rows], parameters: dict[str, Any]
    ) -> Iterator[tuple[int, Rows, pa.Table | None]]:
        """Hand out chunks, wait for the next answers; None for a chunk whose worker died or ran out of time."""
        while len(self._workers) < min(self.count, len(pending)):
            self._workers.append(_Worker())
        for worker in self._workers:
            if worker.chunk is None and queue:
                number = queue.popleft()
                seconds = max(self.least_seconds, self.seconds_per_row * len(pending[number]))
                if not worker.send(number, _request(task, pending[number], parameters), seconds):
                    yield from self._lost(worker, pending)
        busy = {w.process.stdout.fileno(): w for w in self._workers if w.chunk is not None and w.process.stdout}
        ready, _, _ = select.select(list(busy), [], [], 0.5) if busy else ([], [], [])
        for descriptor in ready:
            worker = busy[descriptor]
            try:
                table = worker.read()
            except EOFError:
                yield from self._lost(worker, pending)
                continue
            if table is not None:
                answered, worker.chunk = worker.chunk, None
                assert answered is not None
                yield answered, pending[answered], table
        for worker in list(self._workers):
            if worker.chunk is not None and time.monotonic() > worker.deadline:
                yield from self._lost(worker, pending)

    def _lost(self, worker: _Worker, pending: dict[int, Rows]) -> Iterator[tuple[int, Rows, None]]:
        number = worker.chunk
        worker.end()
        self._workers.remove(worker)
        assert number is not None
        yield number, pending[number], None

    def _isolate(self, task: str, rows: Rows, parameters: dict[str, Any], failed: Any) -> pa.Table:
        """Halve a chunk that failed until the row at fault stands alone."""
        table, why = self._alone(task, rows, parameters)
        if table is not None:
            return table
        if len(rows) == 1:
            return failed(task, why)
        middle = len(rows) // 2
        halves = [self._isolate(task, half, parameters, failed) for half in (rows[:middle], rows[middle:])]
        return pa.concat_tables(halves, promote_options="permissive")

    def _alone(self, task: str, rows: Rows, parameters: dict[str, Any]) -> tuple[pa.Table | None, Problem]:
        worker = _Worker()
        seconds = max(self.least_seconds, self.seconds_per_row * len(rows))
        late = Problem("timeout", f"took more than {seconds:.0f} s and was stopped")
        crash = Problem("worker_crash", "the chemistry library crashed on this structure")
        try:
            if not worker.send(0, _request(task, rows, parameters), seconds):
                return None, crash
            assert worker.process.stdout is not None
            while True:
                left = worker.deadline - time.monotonic()
                if left <= 0:
                    return None, late
                if not select.select([worker.process.stdout], [], [], left)[0]:
                    return None, late
                try:
                    table = worker.read()
                except EOFError:
                    return None, crash
                if table is not None:
                    return table, crash
        finally:
            worker.end()


def _request(task: str, rows: Rows, parameters: dict[str, Any]) -> bytes:
    return json.dumps({"task": task, "rows": rows, "parameters": parameters}).encode()
