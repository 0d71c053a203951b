"""A small world for the gate: harmless compounds on pretended lists, so that no test needs a real structure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchside.tools.safety.families import Entry
from benchside.tools.safety.forms import fingerprint_text, form_keys, main_part
from benchside.tools.safety.tables import OPTIONAL, REQUIRED, Tables, load_tables

MadeEntry = Callable[..., Entry]


@pytest.fixture
def entry() -> MadeEntry:
    """Makes a family of which only what a test is about needs to be said."""

    def make(**values: object) -> Entry:
        plain = {
            "id": "t-1", "list": "UN 1971", "category": "Schedule II", "title": "a class",
            "source": "a source", "edition": "an edition", "date": "2020-01-01",
        }  # fmt: skip
        return Entry.model_validate(plain | values)

    return make


def row(smiles: str, **values: str) -> dict[str, str]:
    """A row of a table about a harmless compound."""
    made = dict.fromkeys((*REQUIRED, *OPTIONAL), "")
    keys = form_keys(smiles) if smiles else ("",)
    made |= {
        "list": "UN 1971", "category": "Schedule II", "name": "an item", "exclusion": "no", "source": "a source",
        "edition": "an edition", "date": "2020-01-01", "key14": keys[0], "forms": ";".join(keys[1:]),
        "fingerprint": fingerprint_text(smiles) if smiles else "",
    }  # fmt: skip
    return made | values


def write_table(folder: Path, *rows: dict[str, str]) -> Path:
    """A table file of these rows."""
    import csv

    path = folder / "made.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, (*REQUIRED, *OPTIONAL))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Tables]:
    """Makes tables of rows."""

    def make(*rows: dict[str, str]) -> Tables:
        write_table(tmp_path, *rows)
        return load_tables(tmp_path)

    return make


def full_key(smiles: str) -> str:
    """The InChIKey of the main part, stereochemistry included."""
    return main_part(smiles).inchikey
