"""Open a compound library of any kind that is read, and iterate over its rows as often as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from benchside.tools.chemistry.readers import frames, sdf, tabular, text
from benchside.tools.chemistry.readers.detect import first_lines, sniff_format, suffix_of
from benchside.tools.chemistry.readers.encoding import detect_encoding, lines
from benchside.tools.chemistry.readers.options import (
    SAMPLE_BYTES,
    SAMPLE_ROWS,
    EmptyInputError,
    LibraryFormat,
    Notes,
    ReadOptions,
    Role,
    UnreadableInputError,
)
from benchside.tools.chemistry.readers.roles import majority_format
from benchside.tools.chemistry.readers.streams import SUFFIXES, compression_of, pieces, sample
from benchside.tools.chemistry.records import InputRecord

Source = str | Path | pd.DataFrame | Sequence[str]


@dataclass(slots=True)
class Library:
    """A library that is open for reading; iterate over it for its records, again and again.

    Attributes:
        name: the file's name without its endings, or `frame` or `list`.
        format: what kind of source it is.
        columns: the input's columns or SD tags, as far as the first rows show them.
        roles: which column is `structure`, `id`, `name`, `activity`, and how that was decided.
        notes: what was assumed, for the person; what is found only while iterating is added then.
        encoding: the text encoding that is used, or None.
    """

    name: str
    format: LibraryFormat
    columns: tuple[str, ...]
    roles: dict[str, Role]
    notes: Notes
    encoding: str | None
    _records: Callable[[], Iterator[InputRecord]] = field(repr=False)

    def __iter__(self) -> Iterator[InputRecord]:
        return self._records()


def read_library(source: Source, *, options: ReadOptions | None = None) -> Library:
    """Open a file, a pandas frame or a list of structures as a library.

    Files are SMILES lists (.smi, .smiles, .txt), delimited tables (.csv, .tsv), SD files (.sdf, .sd, .mol), Parquet and
    lists of names (.names), each also compressed (.gz, .bz2, .xz). Only the first 256 KiB are read here.

    Raises:
        InputError: empty, binary, no structures, not what its name says.
        NotFoundError: no such file.
        UsageError: an option that does not fit the file.
    """
    options = options or ReadOptions()
    if isinstance(source, pd.DataFrame):
        return _frame(source, options)
    if isinstance(source, str | Path):
        return _file(Path(source).expanduser(), options)
    return _list(source, options)


def _frame(frame: pd.DataFrame, options: ReadOptions) -> Library:
    if frame.empty:
        raise EmptyInputError("The frame has no rows.", where="frame", hint="Pass a frame with a column of structures.")
    rows = list(frames.frame_rows(frame, 0, SAMPLE_ROWS))
    table = frames.ColumnTable(frames.frame_columns(frame), rows, options, "frame")
    return Library(
        "frame", "frame", table.columns, table.roles, table.notes, None, lambda: frames.read_frame(frame, table)
    )


def _list(values: Sequence[str], options: ReadOptions) -> Library:
    values = list(values)
    if not values:
        raise EmptyInputError("The list is empty.", where="list", hint="Pass at least one structure.")
    kind = options.structure_format or majority_format([frames.as_text(value) for value in values[:SAMPLE_ROWS]])
    roles = {"structure": Role("structure", 0, "position")}
    return Library("list", "list", ("structure",), roles, Notes(), None, lambda: frames.read_values(values, kind))


def _file(path: Path, options: ReadOptions) -> Library:
    compression = compression_of(path)
    head, broken = sample(path, compression, SAMPLE_BYTES)
    where = str(path)
    if not head:
        reason = f"Nothing can be read: {broken}." if broken else "The file is empty."
        kind = UnreadableInputError if broken else EmptyInputError
        raise kind(reason, where=where, hint="Check how it was written, or fetch it again.")
    name = path.name.removesuffix(path.suffix) if path.suffix.lower() in SUFFIXES else path.name
    name = Path(name).stem
    if options.format == "parquet" or head.startswith(b"PAR1") or suffix_of(path) in {".parquet", ".pq"}:
        if compression is not None:
            raise UnreadableInputError(
                f"A Parquet file inside {compression} is not read.", where=where, hint="Unpack it first."
            )
        return _parquet(path, name, options)
    encoding, assumed = detect_encoding(path, compression, head, options.encoding)
    notes = Notes(assumed)
    shown = first_lines(head, encoding)
    if not any(line.strip() for line in shown):
        raise EmptyInputError("The file holds only white space.", where=where, hint="Check how it was written.")

    def source() -> Iterator[tuple[int, str]]:
        return lines(pieces(path, compression), encoding)

    found = sniff_format(path, shown, options, notes)
    columns: tuple[str, ...]
    records: Callable[[], Iterator[InputRecord]]
    if found == "sdf":
        sd = sdf.sd_layout(list(sdf.split_records(iter(enumerate(shown, start=1)))), options, where)
        columns, roles, records = sd.columns, sd.roles, lambda: sdf.read_sdf(source, sd)
    elif found == "delimited":
        table = tabular.table_layout(shown[: SAMPLE_ROWS * 5], options, where)
        columns, roles, records = table.columns, table.roles, lambda: tabular.read_table(source, table, notes)
        notes += table.notes
    else:
        layout = text.list_layout(shown, "name" if found == "names" else "smiles", options.has_header)
        roles = text.list_roles(layout)
        columns = layout.columns or tuple(dict.fromkeys(role.column for role in roles.values()))
        records = partial(text.read_list, source, layout, notes)
    library = Library(name, found, columns, roles, notes, encoding, records)
    if next(iter(library), None) is None:
        raise EmptyInputError("The file has a header and no rows.", where=where, hint="Check how it was written.")
    return library


def _parquet(path: Path, name: str, options: ReadOptions) -> Library:
    file = frames.open_parquet(path)
    names = [str(column) for column in file.schema_arrow.names]
    rows: list[list[str]] = []
    for cells in frames.parquet_rows(path, SAMPLE_ROWS):
        rows.append(cells)
        if len(rows) >= SAMPLE_ROWS:
            break
    table = frames.ColumnTable(names, rows, options, str(path))
    return Library(
        name, "parquet", table.columns, table.roles, table.notes, None, lambda: frames.read_parquet(path, table)
    )
