"""A small library and a finished screening of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchside.graphs.screening.api import screen
from benchside.graphs.screening.result import ScreenResult
from benchside.tools.screening.settings import ScreeningSettings

LIBRARY = Path(__file__).resolve().parents[3] / "examples" / "library.csv"
SETTINGS = ScreeningSettings(workers=1, shard_rows=25, chunk_rows=10)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """63 rows: 60 compounds of the example library, one duplicate, one reject, one with an id used before."""
    lines = LIBRARY.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path_factory.mktemp("library") / "small.csv"
    extra = ["D1,aspirin again,OC(=O)c1ccccc1OC(C)=O,x,\n", "D2,broken,C1CCC,x,\n", "BX001,other,CCCCCCCCNC(C)=O,x,\n"]
    path.write_text("".join(lines[:61] + extra), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished(small: Path, tmp_path_factory: pytest.TempPathFactory) -> ScreenResult:
    """A finished screening of the small library, without ADMET, with a reference."""
    found = screen(
        small,
        workspace=tmp_path_factory.mktemp("workspace") / "w",
        admet=False,
        top=10,
        reference="CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        settings=SETTINGS,
    )
    assert isinstance(found, ScreenResult)
    return found
