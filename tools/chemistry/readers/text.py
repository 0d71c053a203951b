"""SMILES lists separated by white space, and lists of names: one compound a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchside.tools.chemistry.readers.encoding import has_bad_bytes, mend
from benchside.tools.chemistry.readers.options import MAX_LINE_CHARS, Notes, Role
from benchside.tools.chemistry.readers.roles import (
    ENOUGH,
    LIKELY_STRUCTURE,
    NAME_HEADERS,
    SURE_STRUCTURE,
    looks_like,
    reduced,
    share_of_structures,
)
from benchside.tools.chemistry.readers.rows import BAD_BYTES, bad_encoding, finished, kind_of, truncated
from benchside.tools.chemistry.readers.streams import BrokenStreamError
from benchside.tools.chemistry.records import InputRecord, Problem, StructureFormat

LineSource = Callable[[], Iterator[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class ListLayout:
    """How the lines of a list are made.

    Attributes:
        kind: `smiles` (one word is the structure, the rest the id) or `name` (the whole line).
        header_line: the 1-based line that names the columns; 0 if there is none.
        columns: names of the words of a line, if a header gives more than two.
        structure_word: 0 if the first word is the structure, 1 if the id comes before it.
    """

    kind: StructureFormat
    header_line: int
    columns: tuple[str, ...]
    structure_word: int = 0


def word_shares(data: Sequence[str]) -> tuple[float, float]:
    """The shares of the lines whose first word, and whose second, reads as a structure."""
    words = [line.split(None, 2) for line in data]
    return (
        share_of_structures([found[0] for found in words if found]),
        share_of_structures([found[1] for found in words if len(found) > 1]),
    )


def list_layout(sample: Sequence[str], kind: StructureFormat, has_header: bool | None) -> ListLayout:
    """The layout by the first line: a header if it says so, and if it is no structure itself."""
    first = sample[0].lstrip("#").split() if sample else []
    known = {*SURE_STRUCTURE, *LIKELY_STRUCTURE} if kind == "smiles" else {*NAME_HEADERS}
    key = reduced(first[0] if kind == "smiles" and first else " ".join(first))
    header = has_header if has_header is not None else key in known and looks_like(sample[0]) is None
    if not header:
        first_share, second_share = word_shares([line for line in sample[:400] if not line.startswith("#")])
        swapped = kind == "smiles" and first_share <= ENOUGH < second_share
        return ListLayout(kind, 0, (), int(swapped))
    return ListLayout(kind, 1, tuple(first) if kind == "smiles" else (" ".join(first),))


def list_roles(layout: ListLayout) -> dict[str, Role]:
    """The roles of the words of a line."""
    how = "header" if layout.header_line else "position"
    if layout.kind == "name":
        name = layout.columns[0] if layout.columns else "name"
        return {"structure": Role(name, 0, how), "name": Role(name, 0, how)}
    names = layout.columns
    return {
        "structure": Role(names[0] if names else "smiles", layout.structure_word, how),
        "id": Role(names[1] if len(names) > 1 else "id", 1 - layout.structure_word, how),
    }


def read_list(source: LineSource, layout: ListLayout, notes: Notes) -> Iterator[InputRecord]:
    """One record a line, empty lines and comments included."""
    make = _name_record if layout.kind == "name" else _smiles_record
    row = 0
    line = 0
    noted = False
    try:
        for line, text in source():
            if line == layout.header_line:
                continue
            row += 1
            if not noted and not text.isascii() and has_bad_bytes(text):
                noted = True
                notes.add(BAD_BYTES.format(row=row))
            yield make(row, line, text, layout)
    except BrokenStreamError as broken:
        yield truncated(row + 1, line + 1, broken.reason, broken.partial, layout.kind)


def _special(text: str) -> Problem | None:
    if len(text) > MAX_LINE_CHARS:
        return Problem("too_long", f"The line is longer than {MAX_LINE_CHARS:,} characters.")
    if not text.strip():
        return Problem("empty", "The line is empty.")
    if text.lstrip().startswith("#"):
        return Problem("comment_line", "The line starts with # and is read as a comment.")
    return None


def _smiles_record(row: int, line: int, text: str, layout: ListLayout) -> InputRecord:
    columns = layout.columns
    if (problem := _special(text)) is not None:
        return finished(row, line, "", "", kind="smiles", raw=text, tags={}, problem=problem)
    if layout.structure_word == 1:
        rest, *others = text.split(None, 1)
        structure = others[0].strip() if others else ""
        problem = None if structure else Problem("no_structure_text", "The line has one word, and no structure.")
    else:
        structure, rest = split_smiles(text)
    tags: dict[str, str] = {}
    if len(columns) > 2:
        words = rest.split(None, len(columns) - 2)
        rest = words[0] if words else ""
        tags = {name: words[at] if at < len(words) else "" for at, name in enumerate(columns[2:], start=1)}
    if not text.isascii() and has_bad_bytes(text):
        if has_bad_bytes(structure):
            problem = bad_encoding()
        rest = mend(rest)
        tags = {name: mend(value) for name, value in tags.items()}
    return finished(row, line, rest, structure, kind=kind_of(structure), raw=text, tags=tags, problem=problem)


def split_smiles(text: str) -> tuple[str, str]:
    """The structure, with its CXSMILES extension if there is one, and the rest of the line."""
    words = text.split(None, 1)
    if len(words) == 1:
        return words[0], ""
    structure, rest = words
    if rest.startswith("|") and (end := rest.find("|", 1)) > 0:
        return f"{structure} {rest[: end + 1]}", rest[end + 1 :].strip()
    return structure, rest.strip()


def _name_record(row: int, line: int, text: str, layout: ListLayout) -> InputRecord:
    name, _, rest = text.strip().partition("\t")
    tags = {"column_2": mend(rest)} if rest else {}
    compound_id = mend(name)
    return finished(row, line, compound_id, name, kind="name", raw=text, tags=tags, problem=_special(text))
