"""What kind of text file a library is: by what the user told, by its content, and by its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchside.tools.chemistry.readers.encoding import lines
from benchside.tools.chemistry.readers.options import LibraryFormat, ReadOptions, UnreadableInputError
from benchside.tools.chemistry.readers.roles import (
    ENOUGH,
    LIKELY_STRUCTURE,
    SURE_STRUCTURE,
    looks_like,
    reduced,
    share_of_structures,
)
from benchside.tools.chemistry.readers.streams import SUFFIXES
from benchside.tools.chemistry.readers.tabular import sample_rows
from benchside.tools.chemistry.readers.text import word_shares

_SMILES_SUFFIXES = {".smi", ".smiles", ".ism", ".can", ".cxsmi", ".cxsmiles", ".usmi"}
_TABLE_SUFFIXES = {".csv", ".tsv", ".tab"}
_SD_SUFFIXES = {".sdf", ".sd", ".mol", ".mdl"}
_NAME_SUFFIXES = {".names", ".name"}
MOST_LINES = 5_000


def suffix_of(path: Path) -> str:
    """The ending that says what the file is, in lower case, without that of the compression."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def first_lines(head: bytes, encoding: str) -> list[str]:
    """The lines of the first bytes; the last is left out if it may be cut."""
    shown = [line for _, line in lines([head], encoding)]
    if len(shown) > 1 and not head.endswith((b"\n", b"\r", b"\n\x00", b"\x00\n")) and len(head) >= 1 << 17:
        shown.pop()
    return shown


def sniff_format(path: Path, shown: Sequence[str], options: ReadOptions, notes: list[str]) -> LibraryFormat:
    """The format to read with; what was assumed against the name goes into `notes`.

    Raises:
        UnreadableInputError: nothing in the file reads as a structure, and its name says nothing.
    """
    if options.format is not None:
        return "delimited" if options.format in {"frame", "list", "parquet"} else options.format
    suffix = suffix_of(path)
    found = _by_suffix(suffix, shown, options)
    if found is None:
        data = [line for line in shown[:400] if line.strip() and not line.startswith("#")]
        found = _by_content(suffix, data)
    if found is None:
        raise UnreadableInputError(
            "Nothing in the file reads as a structure.",
            where=str(path),
            hint="Libraries are SMILES lists, CSV or TSV, SDF, Parquet, or lists of names (.names, or format 'names').",
        )
    if found == "sdf" and suffix not in _SD_SUFFIXES:
        notes.append("Read as an SD file, by its content.")
    if found == "names" and suffix not in _NAME_SUFFIXES:
        notes.append("Read as a list of names, as the lines do not read as structures.")
    return found


def _by_suffix(suffix: str, shown: Sequence[str], options: ReadOptions) -> LibraryFormat | None:
    if suffix in _NAME_SUFFIXES:
        return "names"
    ends = ("$$$$",) if suffix in _TABLE_SUFFIXES else ("$$$$", "M  END")
    if suffix in _SD_SUFFIXES or any(line.startswith(ends) for line in shown[:MOST_LINES]):
        return "sdf"
    if suffix in _TABLE_SUFFIXES or options.delimiter not in {None, "space", " "}:
        return "delimited"
    return None


def _by_content(suffix: str, data: Sequence[str]) -> LibraryFormat | None:
    if _is_delimited(data):
        return "delimited"
    if suffix in _SMILES_SUFFIXES or max(word_shares(data)) >= ENOUGH or _smiles_header(data):
        return "smiles"
    return "names" if suffix == ".txt" else None


def _is_delimited(data: Sequence[str]) -> bool:
    for delimiter in "\t,;":
        if sum(delimiter in line for line in data) * 5 < len(data) * 4:
            continue
        rows = [row.cells for row in sample_rows(data, delimiter)]
        width = max((len(cells) for cells in rows), default=0)
        body = rows[1:] or rows
        if any(
            share_of_structures([cells[at] for cells in body if at < len(cells)]) >= ENOUGH
            for at in range(min(width, 50))
        ):
            return True
        if rows and any(reduced(cell) in SURE_STRUCTURE for cell in rows[0]):
            return True
    return False


def _smiles_header(data: Sequence[str]) -> bool:
    if not data:
        return False
    first = data[0].split()[0]
    return reduced(first) in {*SURE_STRUCTURE, *LIKELY_STRUCTURE} and looks_like(first) is None
