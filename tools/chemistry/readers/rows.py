"""One table row, already split into cells, made into a record. Shared by all readers of tables and lists."""

from __future__ import annotations

from collections.abc import Sequence

from benchside.tools.chemistry.readers.encoding import has_bad_bytes, mend, show
from benchside.tools.chemistry.readers.options import Notes, Role
from benchside.tools.chemistry.records import (
    MAX_MOLBLOCK_CHARS,
    MAX_STRUCTURE_CHARS,
    MAX_TEXT,
    InputRecord,
    Problem,
    StructureFormat,
)

BAD_BYTES = (
    "Row {row} is the first with bytes that are not in the file's encoding: outside structures they are read as "
    "Windows-1252."
)


class RowMaker:
    """Makes records of rows of cells with fixed columns and roles.

    Args:
        columns: the names of the columns.
        roles: which of them is the structure and the id.
        kind: what the structure column holds; an InChI or mol block in a column of SMILES is seen by its looks.
        notes: where to say what was found on the way.
    """

    def __init__(
        self, columns: Sequence[str], roles: dict[str, Role], kind: StructureFormat, notes: Notes | None = None
    ) -> None:
        self._columns = list(columns)
        self._structure = roles["structure"].index
        self._id = roles["id"].index if "id" in roles else -1
        left_out = {self._structure}
        if "id" in roles and roles.get("name") is not roles["id"] and "no id" not in roles["id"].how:
            left_out.add(self._id)
        self._tags = [(name, at) for at, name in enumerate(columns) if at not in left_out]
        self._kind: StructureFormat = kind
        self._notes = Notes() if notes is None else notes
        self._noted: set[str] = set()

    def make(self, row: int, line: int | None, cells: Sequence[str], raw: str) -> InputRecord:
        """The record of a row; `raw` is the whole row's text, shown where no structure is found in it."""
        count = len(cells)
        width = len(self._columns)
        structure = bare(cells[self._structure]) if self._structure < count else ""
        compound_id = cells[self._id].strip() if 0 <= self._id < count else ""
        tags = {name: cells[at] if at < count else "" for name, at in self._tags}
        problem: Problem | None = None
        if not structure:
            problem = self._no_structure(cells, count)
        elif count > width:
            extra = cells[width:]
            if any(cell.strip() for cell in extra):
                self._note("ragged", f"Row {row} has more cells than the header (it is the first of such rows).")
                tags.update({f"column_{width + at}": cell for at, cell in enumerate(extra, start=1)})
                if self._structure > 0:
                    problem = Problem(
                        "ragged_row",
                        f"The row has {count} cells and the header {width}: which one is the structure is uncertain.",
                    )
        kind = "name" if self._kind == "name" else kind_of(structure)
        if not raw.isascii() and has_bad_bytes(raw):
            if has_bad_bytes(structure) and self._kind != "name":
                problem = bad_encoding()
            self._note("bytes", BAD_BYTES.format(row=row))
            compound_id = mend(compound_id)
            tags = {name: mend(value) for name, value in tags.items()}
        return finished(row, line, compound_id, structure, kind=kind, raw=raw, tags=tags, problem=problem)

    def _note(self, topic: str, text: str) -> None:
        if topic not in self._noted:
            self._noted.add(topic)
            self._notes.add(text)

    def _no_structure(self, cells: Sequence[str], count: int) -> Problem:
        if not any(cell.strip() for cell in cells):
            return Problem("empty", "The row is empty.")
        name = self._columns[self._structure]
        if self._structure >= count:
            cell_word = "cell" if count == 1 else "cells"
            return Problem(
                "no_structure_text",
                f"The row has {count} {cell_word}, and the structure is in column {self._structure + 1} ('{name}').",
            )
        return Problem("no_structure_text", f"The cell in column '{name}' is empty.")


def bad_encoding() -> Problem:
    """The problem of a structure with bytes that the encoding does not have."""
    return Problem("bad_encoding", "The structure holds bytes that are not in the file's encoding.")


def finished(
    row: int,
    line: int | None,
    compound_id: str,
    structure: str,
    *,
    kind: StructureFormat,
    raw: str,
    tags: dict[str, str],
    problem: Problem | None,
) -> InputRecord:
    """A record with the limits applied and the text cut for the rejects file."""
    text = structure or raw
    limit = MAX_MOLBLOCK_CHARS if kind == "molblock" else MAX_STRUCTURE_CHARS
    if len(structure) > limit:
        problem = Problem("too_long", f"The structure has {len(structure):,} characters; at most {limit:,} are read.")
        structure = ""
    if not structure.isascii():
        structure = mend(structure) if kind == "name" else show(structure)
    text = text[:MAX_TEXT]
    return InputRecord(
        row,
        line,
        compound_id or f"row-{row}",
        structure,
        kind,
        text if text.isascii() else show(text),
        tags,
        problem,
    )


def bare(cell: str) -> str:
    """A cell without the white space around it; the first line of a mol block may be blank and stays."""
    return cell.strip() if kind_of(cell) != "molblock" else cell


def kind_of(structure: str) -> StructureFormat:
    """What a cell holds, whatever the others of its column hold."""
    if structure[:6].lower() == "inchi=":
        return "inchi"
    return "molblock" if "\n" in structure and ("M  END" in structure or " V2000" in structure) else "smiles"


def truncated(row: int, line: int | None, reason: str, partial: str, kind: StructureFormat = "smiles") -> InputRecord:
    """The one reject row that stands for what a broken file does not give."""
    return InputRecord(
        row,
        line,
        f"row-{row}",
        "",
        kind,
        show(partial[:MAX_TEXT]),
        {},
        Problem("truncated_file", f"The file breaks off in row {row}: {reason}. Later rows are lost."),
    )
