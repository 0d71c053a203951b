"""Tables that are already in memory or in columns: Parquet files, pandas frames and lists of SMILES."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rdkit import Chem

from benchside.tools.chemistry.readers.options import EmptyInputError, Notes, ReadOptions, Role, UnreadableInputError
from benchside.tools.chemistry.readers.roles import assign_roles, majority_format, unique_columns
from benchside.tools.chemistry.readers.rows import RowMaker, truncated
from benchside.tools.chemistry.records import InputRecord, StructureFormat

BATCH_ROWS = 4096


def as_text(value: Any) -> str:
    """A cell as text: "" for a missing value, SMILES for an RDKit molecule."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float):
        return _number_as_text(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(Chem.MolToCXSmiles(value) if isinstance(value, Chem.Mol) else value)


def _number_as_text(value: float) -> str:
    """Whole numbers without '.0': a column of ids with gaps comes as floats from pandas."""
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))


class ColumnTable:
    """Columns, roles and the kind of structure, settled on the first rows of a table."""

    def __init__(self, names: Sequence[str], sample: Sequence[Sequence[str]], options: ReadOptions, where: str) -> None:
        columns, notes = unique_columns(names)
        self.columns = tuple(columns)
        self.roles, found = assign_roles(columns, sample, options, where)
        self.notes = Notes([*notes, *found])
        at = self.roles["structure"].index
        self.kind: StructureFormat = options.structure_format or majority_format([row[at] for row in sample])

    def maker(self) -> RowMaker:
        """What makes records of rows of this table."""
        return RowMaker(self.columns, self.roles, self.kind, self.notes)


def open_parquet(path: Path) -> pq.ParquetFile:
    """The file, its schema read.

    Raises:
        UnreadableInputError: it is no Parquet file, or its end is missing.
        EmptyInputError: it has no rows.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableInputError(
            f"This is not a complete Parquet file: {str(error).splitlines()[0]}",
            where=str(path),
            hint="Parquet keeps its table of contents at the end: a truncated file cannot be read. Write it again.",
        ) from error
    if file.metadata.num_rows == 0:
        raise EmptyInputError("The file has no rows.", where=str(path), hint="Check how it was written.")
    return file


def parquet_rows(path: Path, limit: int | None = None) -> Iterator[list[str]]:
    """The rows as text, batch by batch.

    Raises:
        OSError, pa.ArrowException: a page of the file is damaged.
    """
    size = BATCH_ROWS if limit is None else min(limit, BATCH_ROWS)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=size):
            columns = [[as_text(value) for value in column.to_pylist()] for column in batch.columns]
            yield from (list(cells) for cells in zip(*columns, strict=True))


def read_parquet(path: Path, table: ColumnTable) -> Iterator[InputRecord]:
    """One record a row; a damaged page ends in one reject."""
    maker = table.maker()
    row = 0
    try:
        for cells in parquet_rows(path):
            row += 1
            yield maker.make(row, None, cells, "\t".join(cells))
    except (pa.ArrowException, OSError) as error:
        yield truncated(row + 1, None, str(error).splitlines()[0], "", table.kind)


def frame_rows(frame: pd.DataFrame, start: int = 0, stop: int | None = None) -> Iterator[list[str]]:
    """The rows as text; an index that is no plain count comes first, as a column of its own."""
    stop = len(frame) if stop is None else min(stop, len(frame))
    for begin in range(start, stop, BATCH_ROWS):
        part = frame.iloc[begin : min(begin + BATCH_ROWS, stop)]
        columns = [[as_text(value) for value in part.iloc[:, at].tolist()] for at in range(part.shape[1])]
        if has_index(frame):
            columns.insert(0, [as_text(value) for value in part.index.tolist()])
        yield from (list(cells) for cells in zip(*columns, strict=True))


def has_index(frame: pd.DataFrame) -> bool:
    """Whether the frame's index identifies its rows, beyond counting them."""
    index = frame.index
    return not isinstance(index, pd.RangeIndex) and (
        index.name is not None or bool(pd.api.types.is_string_dtype(index))
    )


def frame_columns(frame: pd.DataFrame) -> list[str]:
    """The names of the columns that `frame_rows` gives."""
    names = [str(name) for name in frame.columns]
    return [str(frame.index.name or "id"), *names] if has_index(frame) else names


def frame_as_parquet(frame: pd.DataFrame) -> bytes:
    """A frame as the readers see it, all cells as text, in a Parquet file: any object in a cell can be kept so."""
    names, _ = unique_columns(frame_columns(frame))
    cells = list(frame_rows(frame))
    table = pa.table({name: pa.array([row[at] for row in cells], pa.string()) for at, name in enumerate(names)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def read_frame(frame: pd.DataFrame, table: ColumnTable) -> Iterator[InputRecord]:
    """One record a row of the frame, in order."""
    maker = table.maker()
    for row, cells in enumerate(frame_rows(frame), start=1):
        yield maker.make(row, None, cells, "\t".join(cells))


def read_values(values: Sequence[str], kind: StructureFormat | None) -> Iterator[InputRecord]:
    """One record an item of a list of structures."""
    roles = {"structure": Role("structure", 0, "position")}
    maker = RowMaker(["structure"], roles, kind or "smiles")
    for row, value in enumerate(values, start=1):
        text = as_text(value)
        yield maker.make(row, None, [text], text)
