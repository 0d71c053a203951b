"""Worker processes that misbehave on purpose, and the example files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchside.tools.screening.workers import LocalWorkers

ODD = Path(__file__).with_name("odd_worker.py")
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


class OddWorkers(LocalWorkers):
    """A pool of `odd_worker.py`, or of another command."""

    line = (sys.executable, str(ODD))

    def command(self) -> list[str]:
        return list(self.line)


@pytest.fixture
def odd() -> Iterator[Callable[..., OddWorkers]]:
    """Makes pools, and ends them after the test."""
    made: list[OddWorkers] = []

    def make(count: int = 1, **settings: Any) -> OddWorkers:
        made.append(OddWorkers(count, **settings))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of example libraries."""
    return EXAMPLES
