"""What a reader can be told, what it decided by itself, its limits, and the errors that stop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

from benchside.tools.chemistry.records import StructureFormat
from benchside.workspaces.errors import InputError, UsageError

LibraryFormat = Literal["smiles", "delimited", "sdf", "parquet", "names", "frame", "list"]

MAX_LINE_CHARS = 1_000_000
"""Longest line that is kept in memory; the rest of a longer line is skipped, and its row is a reject."""

MAX_RECORD_CHARS = 4_000_000
"""Longest SD record with its tags that is kept in memory."""

MAX_QUOTED_CHARS = 131_000
"""Longest quoted cell of a delimited file; Python's csv module stops at 131,072."""

MAX_QUOTED_LINES = 4_000
"""Most lines that a quoted cell may span, enough for the mol block of 1,000 atoms."""

MAX_UNCLOSED_QUOTES = 100
"""After so many quotation marks that never close, line ends inside quotes are no longer followed."""

SAMPLE_BYTES = 1 << 18
SAMPLE_ROWS = 200


class ReadKeywords(TypedDict, total=False):
    """The fields of `ReadOptions` that a user sets, as keyword arguments."""

    structure_column: str | None
    id_column: str | None
    name_column: str | None
    activity_column: str | None
    encoding: str | None
    delimiter: str | None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user told about a file; None means: find out.

    Attributes:
        structure_column: the column (header text, or its 1-based number) or SD tag that holds the structures.
        id_column: the column or SD tag that identifies a compound.
        name_column: the column or SD tag with the compound's name.
        activity_column: the column or SD tag with the measured activity.
        encoding: any name that Python knows, such as `utf-8`, `cp1252` or `utf-16`.
        delimiter: one character between cells; also `tab`, `comma`, `semicolon`, `space`.
        format: the kind of file, whatever its name ends in.
        structure_format: what the structure column holds, whatever it looks like.
        has_header: whether the first line of a text file names the columns.
    """

    structure_column: str | None = None
    id_column: str | None = None
    name_column: str | None = None
    activity_column: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    format: LibraryFormat | None = None
    structure_format: StructureFormat | None = None
    has_header: bool | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Which column plays a role (structure, id, name, activity), and how that was decided.

    Attributes:
        column: the column's name.
        index: its 0-based position; -1 for an SD title line or tag.
        how: `told`, `header`, `content` or `position`, with a few words.
    """

    column: str
    index: int
    how: str


class Notes(list[str]):
    """Notes for the person, each once; what is found while reading is added when it is found."""

    def add(self, text: str) -> None:
        """Keep a note unless it is there already."""
        if text not in self:
            self.append(text)


class EmptyInputError(InputError):
    """The file holds no row at all."""

    code = "input_empty"


class UnreadableInputError(InputError):
    """The file is not what a reader can read: binary, damaged from the start, or of another kind than its name says."""

    code = "input_unreadable"


class NoStructureColumnError(InputError):
    """A table without a column of structures."""

    code = "input_no_structure_column"


class UnknownColumnError(UsageError):
    """An option names a column that the file does not have."""

    code = "usage_unknown_column"


class UnknownOptionError(UsageError):
    """An encoding or delimiter that does not exist."""

    code = "usage_read_option"
