"""The listed items, from tables/*.csv: keys, names and CAS numbers, each with the source and edition of its list.

Columns (all of them, in any order; UTF-8; the first line is the header)
    list         one of `benchside.tools.safety.lists.LISTS`; in a row of exclusion also `*` (every list)
    category     as the list writes it: `Schedule 1.A.01`, `Schedule II`, `Table I`
    name         the usual name
    cas          CAS number, "" if there is none
    key14        first block of the InChIKey of the standardised parent; "" where no structure can be given (a plant, a
                 toxin, a mixture): such a row is found by name and CAS alone
    key          the full InChIKey where the list means that stereochemistry only; "" where any stereochemistry of the
                 key is meant (also where there is none)
    synonyms     further names, joined by ";": INN, IUPAC, trade and street names, codes
    exclusion    `yes` for what a list expressly leaves out, `no` for a listed item. An exclusion of a category leaves
                 that category out; with an empty category, the whole list; with the list `*`, every list but the CWC,
                 whose exclusions name it. It takes away class matches, matches by flattened stereochemistry and, where
                 it has a `key` and the listed row has none, that row; never a row that is as exact as itself
    source, edition, date    title of the list, its edition, ISO date of that edition
Optional columns
    forms        further first blocks of the same item, joined by ";": its tautomers and charge forms, as
                 `benchside.tools.safety.forms.form_keys` gives them for a structure
    fingerprint  `benchside.tools.safety.forms.fingerprint_text`, for similarity; "" leaves the row out of that
    scope        "" (wherever it occurs) or `alone`. An acid is then not matched beside a metal or an organic part with
                 nitrogen, whose salt it is (the salts of hydrochloric and sulfuric acid are no items of their own). An
                 amine gets at most a note beside an organic acid that is no smaller, as a drug would be. Or `free`: not
                 beside a transition metal, whose ligand it is
A salt that is listed as such (and not as its acid or base) has the key of the whole salt, charges as drawn, without
water.

A row states what a list says and no more: nothing here is about making or using anything.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from benchside.tools.safety.lists import LISTS
from benchside.workspaces.errors import BenchsideError

FOLDER = Path(__file__).parent / "tables"
REQUIRED = ("list", "category", "name", "cas", "key14", "key", "synonyms", "exclusion", "source", "edition", "date")
OPTIONAL = ("forms", "fingerprint", "scope")

_KEY14 = re.compile(r"[A-Z]{14}")
_KEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
_CAS = re.compile(r"\d{2,7}-\d{2}-\d")


class TableError(BenchsideError):
    """A table that is not as it must be: nothing is judged with half of a table."""

    code = "safety_table"


@dataclass(frozen=True, slots=True)
class Row:
    """One item of one list; see the module's docstring for the fields."""

    list: str
    category: str
    name: str
    cas: str
    key14: str
    key: str
    synonyms: tuple[str, ...]
    exclusion: bool
    source: str
    edition: str
    date: str
    forms: tuple[str, ...] = ()
    fingerprint: str = ""
    scope: str = ""

    @property
    def rule(self) -> str:
        """What the row is called in a verdict."""
        return f"{f'{self.list} {self.category}'.strip()}: {self.name}"

    @property
    def keys(self) -> tuple[str, ...]:
        """First blocks by which the item is known."""
        return tuple(dict.fromkeys((*((self.key14,) if self.key14 else ()), *self.forms)))


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows, and where to find them.

    Attributes:
        rows: in the order of the files (by name) and their lines.
        by_key: first block of the InChIKey (also of the forms) to rows.
        by_cas: CAS number to rows.
    """

    rows: tuple[Row, ...]
    by_key: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    by_cas: dict[str, tuple[Row, ...]] = field(default_factory=dict)


@cache
def tables() -> Tables:
    """The tables of the package, read once.

    Raises:
        TableError: which file and line is wrong, and how.
    """
    return load_tables(FOLDER)


def load_tables(folder: Path) -> Tables:
    """All tables of a folder.

    Raises:
        TableError: which file and line is wrong, and how; or there is none.
    """
    rows = [row for path in sorted(folder.glob("*.csv")) for row in read_rows(path)]
    if not rows:
        raise TableError("there are no tables of listed items", where=str(folder), hint="Reinstall benchside.")
    by_key: dict[str, list[Row]] = {}
    by_cas: dict[str, list[Row]] = {}
    for row in rows:
        for key in row.keys:
            by_key.setdefault(key, []).append(row)
        if row.cas:
            by_cas.setdefault(row.cas, []).append(row)
    return Tables(tuple(rows), {k: tuple(v) for k, v in by_key.items()}, {k: tuple(v) for k, v in by_cas.items()})


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of one table.

    Raises:
        TableError: which line is wrong, and how.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle, strict=True)
        header = tuple(reader.fieldnames or ())
        missing = [name for name in REQUIRED if name not in header]
        unknown = [name for name in header if name not in (*REQUIRED, *OPTIONAL)]
        if missing or unknown:
            raise TableError(
                f"columns missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}",
                where=str(path),
            )
        try:
            for cells in reader:
                where = f"{path.name}, line {reader.line_num}"
                if None in cells or None in cells.values():
                    raise TableError(f"the line has not {len(header)} cells", where=where)
                yield _row({name: text.strip() for name, text in cells.items()}, where)
        except csv.Error as error:
            raise TableError(f"cannot be read: {error}", where=f"{path.name}, line {reader.line_num}") from None


def _row(cells: dict[str, str], where: str) -> Row:
    row = Row(
        **{name: cells[name] for name in ("list", "category", "name", "cas", "key14", "key")},
        synonyms=_several(cells["synonyms"]),
        exclusion=cells["exclusion"] == "yes",
        **{name: cells[name] for name in ("source", "edition", "date")},
        forms=_several(cells.get("forms", "")),
        fingerprint=cells.get("fingerprint", ""),
        scope=cells.get("scope", ""),
    )
    for wrong, message in (
        (cells["exclusion"] not in {"yes", "no"}, "exclusion is neither yes nor no"),
        (row.list not in LISTS and not (row.exclusion and row.list == "*"), f"there is no list {row.list!r}"),
        (not row.exclusion and not row.category, "an item has no category"),
        (not row.name, "there is no name"),
        (bool(row.cas) and not _cas_right(row.cas), f"{row.cas!r} is no CAS number"),
        (any(_KEY14.fullmatch(key) is None for key in row.keys), "a key is no first block of an InChIKey"),
        (bool(row.key) and (_KEY.fullmatch(row.key) is None or row.key[:14] != row.key14), "key is not of key14"),
        (row.scope not in {"", "alone", "free"}, f"there is no scope {row.scope!r}"),
        (not row.source or not row.edition, "source or edition is missing"),
        (not _is_date(row.date), f"{row.date!r} is no date"),
    ):
        if wrong:
            raise TableError(message, where=where)
    return row


def _several(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(";") if word.strip())


def _cas_right(text: str) -> bool:
    digits = text.replace("-", "")
    return _CAS.fullmatch(text) is not None and sum(
        i * int(d) for i, d in enumerate(reversed(digits[:-1]), start=1)
    ) % 10 == int(digits[-1])


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
