"""What the nodes of a screening run work with and no checkpoint holds: workspace, request, workers, progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchside.graphs.screening.state import ScreenRequest
from benchside.tools.screening.parts import Parts
from benchside.tools.screening.workers import Executor
from benchside.workspaces.runs import Run
from benchside.workspaces.workspace import Workspace


class Progress(Protocol):
    """Where a run tells how far it is."""

    def start(self, step: str, total: int | None, done: int = 0) -> None:
        """A step begins; `done` rows of it were finished by an earlier process."""
        ...

    def advance(self, rows: int) -> None:
        """So many more rows are done."""
        ...

    def finish(self) -> None:
        """The step is done."""
        ...


class Silent:
    """Progress that nobody watches."""

    def start(self, step: str, total: int | None, done: int = 0) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""


@dataclass
class Context:
    """Passed to the graph as its context, anew at each start and resume."""

    workspace: Workspace
    run: Run
    request: ScreenRequest
    workers: Executor
    progress: Progress = field(default_factory=Silent)
    chunk_rows: int = 200

    @property
    def folder(self) -> Path:
        """Folder of the unfinished business of this run."""
        return self.workspace.path / "runs" / self.run.id / "parts"

    def parts(self, step: str, **signature: Any) -> Parts:
        """The parts of a step; they are reused only for the same request and the same signature."""
        base = {"input": self.request.input_sha256, "shard_rows": self.request.shard_rows, "step": step}
        return Parts(self.folder / step, base | signature)

    @contextmanager
    def step(self, name: str, total: int | None, done: int = 0) -> Iterator[None]:
        """Show a step while its body runs."""
        self.progress.start(name, total, done)
        try:
            yield
        finally:  # also when interrupted: a terminal must get its cursor back
            self.progress.finish()
