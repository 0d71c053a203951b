"""SD files: one record up to each $$$$ line, with its tags; a record that does not end is a reject."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from benchside.tools.chemistry.readers.encoding import has_bad_bytes, mend
from benchside.tools.chemistry.readers.options import MAX_RECORD_CHARS, ReadOptions, Role
from benchside.tools.chemistry.readers.roles import (
    ACTIVITY_HEADERS,
    ID_HEADERS,
    NAME_HEADERS,
    by_header,
    find_column,
    looks_like,
)
from benchside.tools.chemistry.readers.rows import bad_encoding, bare, finished
from benchside.tools.chemistry.readers.streams import BrokenStreamError
from benchside.tools.chemistry.records import InputRecord, Problem

LineSource = Callable[[], Iterator[tuple[int, str]]]
TITLE = "title line"
_TAG = re.compile(r">.*?<(.*)>")


@dataclass(slots=True)
class SdRecord:
    """The lines of one record; `closed` if $$$$ came, `cut` if it was longer than is kept."""

    line: int
    lines: list[str] = field(default_factory=list)
    closed: bool = False
    cut: bool = False
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class SdLayout:
    """Roles by title line or tag, and the tags seen in the sample."""

    roles: dict[str, Role]
    columns: tuple[str, ...]


def split_records(source: Iterator[tuple[int, str]]) -> Iterator[SdRecord]:
    """Records in order; white space behind the last $$$$ is no record."""
    record = SdRecord(1)
    size = 0
    number = 0
    try:
        for number, text in source:
            if text.startswith("$$$$"):
                record.closed = True
                yield record
                record, size = SdRecord(number + 1), 0
                continue
            size += len(text) + 1
            if size > MAX_RECORD_CHARS:
                record.cut = True
            else:
                record.lines.append(text)
    except BrokenStreamError as broken:
        record.broken = broken.reason
        record.lines.append(broken.partial)
        yield record
        return
    if any(text.strip() for text in record.lines) or record.cut:
        yield record


def parse_record(record: SdRecord) -> tuple[list[str], dict[str, str]]:
    """The lines of the mol block, up to and with M  END, and the tags in order."""
    lines = record.lines
    end = next((at for at, text in enumerate(lines) if text.startswith("M  END")), -1)
    if end < 0:
        end = next((at for at, text in enumerate(lines) if _is_tag(text)), len(lines)) - 1
    return lines[: end + 1], parse_tags(lines[end + 1 :])


def _is_tag(text: str) -> bool:
    return text.startswith(">") and _TAG.match(text) is not None


def parse_tags(lines: Sequence[str]) -> dict[str, str]:
    """Tags by name; values of several lines keep their line ends, a repeated name gets a number."""
    tags: dict[str, str] = {}
    name: str | None = None
    value: list[str] = []

    def keep() -> None:
        if name is not None:
            while value and not value[-1].strip():
                value.pop()
            tags[_free(name, tags)] = "\n".join(value)

    previous_blank = True
    for text in lines:
        if text.startswith(">") and (previous_blank or name is None) and (match := _TAG.match(text)):
            keep()
            name, value = match.group(1).strip() or "tag", []
        elif name is not None:
            value.append(text)
        previous_blank = not text.strip()
    keep()
    return tags


def _free(name: str, tags: dict[str, str]) -> str:
    free, count = name, 1
    while free in tags:
        count += 1
        free = f"{name}_{count}"
    return free


def sd_layout(sample: Sequence[SdRecord], options: ReadOptions, where: str) -> SdLayout:
    """Which tag, or the title line, is the id, the name and the activity.

    Raises:
        UnknownColumnError: an option names a tag that no record of the sample has.
    """
    columns: dict[str, None] = {}
    titles: list[str] = []
    for record in sample:
        block, tags = parse_record(record)
        titles.append(block[0].strip() if block else "")
        columns.update(dict.fromkeys(mend(name) for name in tags))
    names = list(columns)
    told = options.structure_column
    roles = {"structure": Role("mol block", -1, "position") if told is None else _tag(told, names, where, "structure")}
    for role, wanted, known in (
        ("id", options.id_column, ID_HEADERS),
        ("name", options.name_column, NAME_HEADERS),
        ("activity", options.activity_column, ACTIVITY_HEADERS),
    ):
        if wanted is not None:
            roles[role] = _tag(wanted, names, where, role)
        elif role == "id" and _title_identifies(titles):
            roles[role] = Role(TITLE, -1, "position")
        elif (at := by_header(names, known, set(), role)) >= 0:
            roles[role] = Role(names[at], -1, "header")
    roles.setdefault("id", Role(TITLE, -1, "position"))
    return SdLayout(roles, tuple(names))


def _tag(told: str, names: Sequence[str], where: str, role: str) -> Role:
    if role != "structure" and told.strip().lower() in {TITLE, "title"} and told not in names:
        return Role(TITLE, -1, "told")
    return Role(names[find_column(told, names, where, role)], -1, "told")


def _title_identifies(titles: Sequence[str]) -> bool:
    filled = [title for title in titles if title]
    return len(filled) * 2 > len(titles) and (len(titles) < 2 or len(set(filled)) * 2 > len(filled))


def read_sdf(source: LineSource, layout: SdLayout) -> Iterator[InputRecord]:
    """One record for each $$$$, and one reject for a last record that does not end."""
    records = split_records(source())
    previous = next(records, None)
    row = 0
    while previous is not None:
        following = next(records, None)
        row += 1
        alone = row == 1 and following is None
        yield _record(row, previous, layout, alone)
        previous = following


def _record(row: int, record: SdRecord, layout: SdLayout, alone: bool) -> InputRecord:
    block, tags = parse_record(record)
    complete = bool(block) and block[-1].startswith("M  END")
    title = block[0].strip() if block else ""
    problem = _problem(record, block, complete, alone and not tags, row)
    raw = "\n".join(record.lines[:40])
    if problem is None and not raw.isascii() and has_bad_bytes("\n".join(block[3:])):
        problem = bad_encoding()
    block = [mend(text) for text in block[:3]] + block[3:]
    tags = {mend(name): mend(value) for name, value in tags.items()}
    id_role = layout.roles["id"]
    compound_id = mend(title) if id_role.column == TITLE else (tags.get(id_role.column, "").strip() or mend(title))
    if id_role.column != TITLE and id_role is not layout.roles.get("name"):
        tags.pop(id_role.column, None)
    structure_role = layout.roles["structure"]
    if structure_role.how == "told":
        structure = bare(tags.pop(structure_role.column, ""))
        kind = looks_like(structure) or "smiles"
        if problem is None and not structure:
            problem = Problem("no_structure_text", f"The record has no tag '{structure_role.column}'.")
    else:
        structure = "\n".join(block) + "\n" if block else ""
        kind = "molblock"
    return finished(row, record.line, compound_id, structure, kind=kind, raw=raw, tags=tags, problem=problem)


def _problem(record: SdRecord, block: Sequence[str], complete: bool, bare_mol: bool, row: int) -> Problem | None:
    if record.broken is not None:
        return Problem("truncated_file", f"The file breaks off in row {row}: {record.broken}. Later rows are lost.")
    if record.cut:
        return Problem("too_long", f"The record is longer than {MAX_RECORD_CHARS:,} characters.")
    if not record.closed and not (complete and bare_mol):
        return Problem("truncated_file", f"The file ends in the middle of row {row}: its $$$$ line is missing.")
    if not any(text.strip() for text in record.lines):
        return Problem("empty", "The record is empty.")
    if not complete:
        return Problem("bad_molblock", "The mol block has no 'M  END' line.")
    return None
