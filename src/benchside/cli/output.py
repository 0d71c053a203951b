"""How the command line speaks: results on standard output, all else on standard error, one table of exit codes."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from benchside.workspaces.errors import BenchsideError, ExitCode


def say(text: str = "") -> None:
    """A line for the person, on standard error."""
    print(text, file=sys.stderr, flush=True)


def emit(value: Any) -> None:
    """The result as JSON on standard output: strict JSON, so null and never NaN."""
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False), flush=True)


def guarded(action: Callable[[], int], *, as_json: bool) -> int:
    """Run a command; turn what goes wrong into one clear message and the exit code that belongs to it."""
    try:
        return action()
    except BenchsideError as error:
        if as_json:
            emit({"error": error.as_dict()})
        else:
            say(f"error: {error.where + ': ' if error.where else ''}{error.message}")
            if error.hint:
                say(f"       {error.hint}")
        return int(error.exit_code)
    except KeyboardInterrupt:
        say("interrupted; `benchside resume WORKSPACE` goes on from the last finished part")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # the reader of our output has gone; there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception as error:
        if os.environ.get("BENCHSIDE_DEBUG"):
            raise
        text = f"{type(error).__name__}: {error}"
        if as_json:
            emit({"error": {"code": "internal", "actor": "developer", "message": text, "where": None, "hint": None}})
        else:
            say(f"internal error: {text}")
            say("       This is a bug in Benchside; BENCHSIDE_DEBUG=1 shows where. What was finished is kept.")
        return int(ExitCode.BUG)


class Terminal:
    """Progress with rate and time left: a bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._step = ""
        self._total: int | None = None
        self._done = 0
        self._before = 0
        self._began = 0.0
        self._said = 0.0

    def start(self, step: str, total: int | None, done: int = 0) -> None:
        """A step begins; `done` rows of it were finished by an earlier process."""
        self._step, self._total, self._done, self._before = step, total, done, done
        self._began = self._said = time.monotonic()
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description:<12}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task(step, total=total, completed=done, rate="")
        elif done:
            say(f"{step}: {done:,} of {total:,} rows were finished before")

    def _rate(self) -> float:
        return (self._done - self._before) / max(time.monotonic() - self._began, 1e-9)

    def advance(self, rows: int) -> None:
        """So many more rows are done."""
        self._done += rows
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, rate=f"{self._rate():,.0f}/s")
        elif time.monotonic() - self._said >= 10 and self._total:
            self._said = time.monotonic()
            left = (self._total - self._done) / max(self._rate(), 1e-9)
            say(f"{self._step}: {self._done:,} of {self._total:,} rows, {self._rate():,.0f}/s, {left:,.0f} s left")

    def finish(self) -> None:
        """The step is done."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        else:
            seconds = time.monotonic() - self._began
            say(f"{self._step}: {self._done:,} rows in {seconds:,.1f} s")
