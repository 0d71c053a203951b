"""One cell, or some cells, of a kept table (Parquet, CSV or TSV, also .gz), found by the value of its key column."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchside.workspaces.errors import NotFoundError, StorageError
from benchside.workspaces.files import storage_error

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class AmbiguousRowError(NotFoundError):
    """Several rows have the key that was asked for."""

    code = "ambiguous_row"


def read_cells(path: Path, column: str, key_column: str, rows: Iterable[str]) -> dict[str, Any]:
    """The cells of a column by row key, in the order asked; None where a cell is empty or not a number (NaN).

    Memory does not grow with the length of the table. In a CSV a cell spelt as a JSON number is one; `007` is text.

    Raises:
        NotFoundError: no such column or row; AmbiguousRowError: a key stands for several rows.
        StorageError: the file is damaged, cannot be read, or is no table.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = list(dict.fromkeys(rows))
    found: dict[str, Any] = {}
    keys_wanted = pa.array(wanted, pa.string())
    try:
        for keys, values in _batches(path, column, key_column):
            text = pc.cast(keys, pa.string())
            hits = pc.is_in(text, value_set=keys_wanted)
            for key, value in zip(text.filter(hits).to_pylist(), values.filter(hits).to_pylist(), strict=True):
                if key in found:
                    raise AmbiguousRowError(f"several rows have the key {key!r} in {key_column!r}", where=str(path))
                found[key] = _missing_to_none(value)
    except pa.ArrowException as error:
        what = f"the table cannot be read: {str(error).splitlines()[0]}"
        raise StorageError(what, where=str(path), hint="Restore it from a copy.") from None
    except OSError as error:
        raise storage_error(error, path, "read the table") from error
    for key in wanted:
        if key not in found:
            raise NotFoundError(
                f"there is no row {key!r}", where=str(path), hint=f"Rows are named by the column {key_column!r}."
            )
    return {key: found[key] for key in wanted}


def _batches(path: Path, column: str, key_column: str) -> Iterator[tuple[pa.Array, pa.Array]]:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".parquet"):
        yield from _parquet(path, column, key_column)
    elif name.endswith((".csv", ".tsv")):
        yield from _text(path, column, key_column, "\t" if name.endswith(".tsv") else ",")
    else:
        raise StorageError("the artifact is not a table", where=str(path), hint="Tables are .parquet, .csv or .tsv.")


def _parquet(path: Path, column: str, key_column: str) -> Iterator[tuple[pa.Array, pa.Array]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        _check(file.schema_arrow.names, [column, key_column], path)
        for batch in file.iter_batches(columns=list(dict.fromkeys([column, key_column]))):
            yield batch.column(key_column), batch.column(column)


def _text(path: Path, column: str, key_column: str, delimiter: str) -> Iterator[tuple[pa.Array, pa.Array]]:
    import pyarrow as pa
    from pyarrow import csv

    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    with csv.open_csv(path, parse_options=parse) as reader:
        names = reader.schema.names
    _check(names, [column, key_column], path)
    # as text, because the type that is guessed from the first rows may not hold for the last
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), include_columns=list(dict.fromkeys([column, key_column]))
    )
    with csv.open_csv(path, parse_options=parse, convert_options=convert) as reader:
        for batch in reader:
            yield batch.column(key_column), _Parsed(batch.column(column))


class _Parsed:
    """A column of text whose cells are read as numbers, yes or no, where they are spelt so."""

    def __init__(self, cells: pa.Array) -> None:
        self.cells = cells

    def filter(self, mask: pa.Array) -> _Parsed:
        return _Parsed(self.cells.filter(mask))

    def to_pylist(self) -> list[Any]:
        return [_parsed(text) for text in self.cells.to_pylist()]


def _parsed(text: str) -> bool | int | float | str | None:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text or None
    return float(text) if found.group(2) or found.group(3) else int(text)


def _check(names: list[str], asked: list[str], path: Path) -> None:
    for name in asked:
        count = names.count(name)
        if count == 0:
            hint = f"Columns: {', '.join(names[:20])}."
            raise NotFoundError(f"there is no column {name!r}", where=str(path), hint=hint)
        if count > 1:
            raise AmbiguousRowError(f"{count} columns are called {name!r}", where=str(path))


def _missing_to_none(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
