"""A workspace to work in, entries to put into it, and other processes to work beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchside.workspaces.ledger import NewEvidence, Source
from benchside.workspaces.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "project")


def weight(subject: str, value: object, **other: object) -> NewEvidence:
    fields: dict[str, object] = {
        "kind": "computed",
        "subject": subject,
        "quantity": "molecular weight (average)",
        "value": value,
        "unit": "g/mol",
        "source": Source(tool="rdkit", version="2026.9.1"),
    }
    return NewEvidence.model_validate(fields | other)


@pytest.fixture
def entry() -> Callable[..., NewEvidence]:
    """Make an entry: a molecular weight of a subject, unless told otherwise."""
    return weight


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Run Python code in another process; it is killed at the end of the test if it still runs."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
