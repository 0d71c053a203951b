"""Worker processes for CPU-bound chemistry: chunks in, tables out in order, a row that kills its worker is found.

RDKit holds the interpreter lock, so threads do not help. A chunk that crashes its worker or exceeds its time is
computed again row by row; the row at fault comes out as a problem, all others as results.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from benchside.tools.chemistry.records import Problem
from benchside.tools.screening.process import WorkerProcess, boot_command
from benchside.workspaces.errors import Actor, BenchsideError, ExitCode, UsageError

Rows = list[dict[str, Any]]

START_SECONDS = 300.0
"""How long a worker may take to import its libraries: a cold network disk takes minutes."""

MOST_FAILED_STARTS = 3
MOST_CRASHES_WITHOUT_ANSWER = 20


class WorkerError(BenchsideError):
    """The worker processes cannot be started, or fail on every row."""

    code = "workers"
    actor = Actor.OPERATOR
    exit_code = ExitCode.BUG


class WorkerCountError(UsageError):
    """A number of worker processes that makes no sense."""

    code = "worker_count"


class Executor(Protocol):
    """Runs a named task on chunks and yields their tables in order; a cluster can stand behind it."""

    def run(self, task: str, chunks: Iterable[Rows], parameters: dict[str, Any]) -> Iterator[pa.Table]:
        """One table per chunk, in the order of the chunks."""
        ...


def default_workers() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Job:
    """Rows of a chunk, from `start` up to `stop`, that one worker computes at a time."""

    chunk: int
    start: int
    stop: int
    attempt: int = 1


@dataclass(slots=True)
class _Chunk:
    """A chunk on its way: the tables that are there, by their first row, and how many jobs are still out."""

    rows: Rows
    tables: dict[int, pa.Table] = field(default_factory=dict)
    jobs: int = 1

    def whole(self) -> pa.Table:
        """The table of the chunk."""
        found = [self.tables[start] for start in sorted(self.tables)]
        return found[0] if len(found) == 1 else pa.concat_tables(found, promote_options="permissive")


class LocalWorkers:
    """Worker processes on this machine; they start with the first chunk, and stay until `close`.

    Args:
        count: number of processes; one for each processor by default.
        seconds_per_row: a chunk may take this long for each of its rows (and never less than `least_seconds`).

    Raises:
        WorkerCountError: a negative count.
    """

    def __init__(self, count: int | None = None, *, seconds_per_row: float = 2.0, least_seconds: float = 60.0) -> None:
        if count is not None and count < 0:
            raise WorkerCountError(f"there cannot be {count} workers", hint="Give 1 or more, or 0 for one a processor.")
        self.count = count or default_workers()
        self.seconds_per_row = seconds_per_row
        self.least_seconds = least_seconds
        self._workers: list[WorkerProcess] = []
        self._jobs: dict[WorkerProcess, _Job] = {}
        self._running = False
        self._failed_starts = self._crashes = self._answers = 0

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all worker processes."""
        for worker in self._workers:
            worker.end()
        self._workers, self._jobs = [], {}

    def command(self) -> list[str]:
        """The command line of a worker process."""
        return boot_command()

    def run(self, task: str, chunks: Iterable[Rows], parameters: dict[str, Any]) -> Iterator[pa.Table]:
        """One table per chunk, in order; at most two chunks per worker are in memory.

        Raises:
            ValueError: parameters that no row could be computed with.
            WorkerError: the processes do not start, crash on everything, or are at work on another run.
        """
        from benchside.tools.screening.tasks import check_parameters, failed_row

        check_parameters(task, parameters)
        if self._running:
            raise WorkerError("the worker processes are at work on another run", hint="Use a pool for each of them.")
        self._running = True
        source = iter(enumerate(chunks))
        under_way: dict[int, _Chunk] = {}
        queue: deque[_Job] = deque()
        turn, exhausted = 0, False
        try:
            while True:
                while not exhausted and len(under_way) < 2 * self.count:
                    item = next(source, None)
                    if item is None:
                        exhausted = True
                        break
                    number, rows = item
                    under_way[number] = _Chunk(rows)
                    queue.append(_Job(number, 0, len(rows)))
                self._hand_out(task, parameters, queue, under_way)  # first, so that they work while the caller does
                if turn in under_way and under_way[turn].jobs == 0:
                    yield under_way.pop(turn).whole()
                    turn += 1
                    continue
                if exhausted and not under_way:
                    return
                for job, result in self._exchange():
                    chunk = under_way[job.chunk]
                    if isinstance(result, pa.Table):
                        chunk.tables[job.start] = result
                        chunk.jobs -= 1
                    elif (again := self._again(job, result)) is not None:
                        queue.extendleft(reversed(again))
                        chunk.jobs += len(again) - 1
                    else:
                        chunk.tables[job.start] = failed_row(task, result, parameters)
                        chunk.jobs -= 1
        finally:
            for worker in list(self._jobs):  # of a run that was left early: its answers would meet the next run
                self._remove(worker)
            self._running = False

    def _again(self, job: _Job, problem: Problem) -> list[_Job] | None:
        """What to compute again after a failure: the rows one by one; one row alone once more, unless it is too slow.

        A worker can also be killed from outside, so that one death on its own proves nothing about the row.
        """
        if job.stop - job.start > 1:
            return [_Job(job.chunk, i, i + 1) for i in range(job.start, job.stop)]
        if problem.code == "worker_crash" and job.attempt == 1:
            return [_Job(job.chunk, job.start, job.stop, attempt=2)]
        return None

    def _hand_out(
        self, task: str, parameters: dict[str, Any], queue: deque[_Job], under_way: dict[int, _Chunk]
    ) -> None:
        while len(self._workers) < min(self.count, len(self._jobs) + len(queue)):
            self._workers.append(self._start())
        for worker in self._workers:
            if queue and worker.ready and worker not in self._jobs:
                job = queue.popleft()
                rows = under_way[job.chunk].rows[job.start : job.stop]
                seconds = max(self.least_seconds, self.seconds_per_row * len(rows))
                request = {"task": task, "rows": rows, "parameters": parameters, "seconds": seconds}
                worker.give(request, seconds)
                self._jobs[worker] = job

    def _start(self) -> WorkerProcess:
        try:
            return WorkerProcess(self.command(), START_SECONDS)
        except OSError as error:
            raise WorkerError(
                f"a worker process cannot be started: {error.strerror or error}",
                where=sys.executable,
                hint="Free some memory or processes, or ask for fewer workers.",
            ) from error

    def _exchange(self) -> Iterator[tuple[_Job, pa.Table | Problem]]:
        """Write and read what the pipes take and hold; the jobs that ended, with their table or what went wrong."""
        wait = max(0.0, min((w.deadline for w in self._workers), default=0.0) - time.monotonic())
        with selectors.DefaultSelector() as selector:
            for worker in self._workers:
                selector.register(worker.answers, selectors.EVENT_READ, worker)
                if worker.unsent:
                    selector.register(worker.requests, selectors.EVENT_WRITE, worker)
            events = selector.select(min(wait, 3600.0))
        for key, event in events:
            worker = key.data
            if event & selectors.EVENT_WRITE:
                worker.send()
                continue
            try:
                frame = worker.receive()
            except EOFError:
                yield from self._lost(worker)
                continue
            if frame is None:
                continue
            job = self._jobs.pop(worker, None)
            if job is None:
                self._failed_starts = 0
            else:
                self._answers += 1
                yield job, pa.ipc.open_stream(frame).read_all()
        for worker in list(self._workers):
            if time.monotonic() > worker.deadline:
                yield from self._lost(worker)

    def _lost(self, worker: WorkerProcess) -> Iterator[tuple[_Job, Problem]]:
        """A worker that died or is too late; its job, if it had one, with the problem."""
        late = time.monotonic() > worker.deadline
        job = self._remove(worker)
        if job is not None and late:
            yield job, Problem("timeout", f"took more than {worker.seconds:.0f} s and was stopped")
        elif job is not None:
            self._crashes += 1
            if not self._answers and self._crashes >= MOST_CRASHES_WITHOUT_ANSWER:
                raise WorkerError(
                    f"all of the first {self._crashes} calculations crashed their worker process",
                    where=sys.executable,
                    hint="The installation of RDKit seems broken: `make setup`, or reinstall it.",
                )
            yield job, Problem("worker_crash", "the chemistry library crashed on this structure")
        elif not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= MOST_FAILED_STARTS:
                raise WorkerError(
                    f"worker processes do not start: {_why(self.command())}",
                    where=sys.executable,
                    hint="Check the installation and the free memory.",
                )

    def _remove(self, worker: WorkerProcess) -> _Job | None:
        worker.end()
        self._workers.remove(worker)
        return self._jobs.pop(worker, None)


def _why(command: list[str]) -> str:
    """The last line that a worker writes on standard error when it has nothing to do."""
    try:
        tried = subprocess.run(  # noqa: S603 - this interpreter, no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=START_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = tried.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else f"exit status {tried.returncode}, and no message"
