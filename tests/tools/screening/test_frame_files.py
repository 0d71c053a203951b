"""Three formats of the same frames."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pandas as pd
import pyarrow.parquet as pq
import pytest

from benchside.tools.screening.frame_files import write_frames

TYPES = {"row": "int64", "name": "string", "hbd": "Int64", "value": "float64", "flag": "boolean"}
FIRST = pd.DataFrame(
    {
        "row": [1, 2],
        "name": ['a "quoted", name\nof two lines/µ', None],
        "hbd": [None, None],
        "value": [5e-11, float("nan")],
        "flag": [None, None],
    }
).astype(TYPES)
SECOND = pd.DataFrame({"row": [3], "name": [""], "hbd": [7], "value": [180.0422587], "flag": [False]}).astype(TYPES)


def test_csv_has_one_header_and_ten_digits() -> None:
    stream = io.StringIO()
    write_frames(iter([FIRST, SECOND]), stream, "csv")
    assert stream.getvalue() == (
        'row,name,hbd,value,flag\n1,"a ""quoted"", name\nof two lines/µ",,5e-11,\n2,,,,\n3,,7,180.0422587,False\n'
    )


def test_json_has_an_object_a_line_and_null_for_no_value() -> None:
    stream = io.StringIO()
    write_frames(iter([FIRST, SECOND]), stream, "json")
    lines = stream.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"row": 1, "name": 'a "quoted", name\nof two lines/µ', "hbd": None, "value": 5e-11, "flag": None},
        {"row": 2, "name": None, "hbd": None, "value": None, "flag": None},
        {"row": 3, "name": "", "hbd": 7, "value": 180.0422587, "flag": False},
    ]


def test_parquet_keeps_types_even_where_the_first_frame_has_no_values() -> None:
    stream = io.BytesIO()
    write_frames(iter([FIRST, SECOND]), stream, "parquet")
    table = pq.read_table(io.BytesIO(stream.getvalue()))
    assert [str(t) for t in table.schema.types] == ["int64", "string", "int64", "double", "bool"]
    assert table["hbd"].to_pylist() == [None, None, 7]
    assert table["value"].to_pylist() == [5e-11, None, 180.0422587]


def test_a_frame_without_rows_still_gives_the_columns() -> None:
    stream = io.StringIO()
    write_frames(iter([FIRST.iloc[:0]]), stream, "csv")
    assert stream.getvalue() == "row,name,hbd,value,flag\n"
    binary = io.BytesIO()
    write_frames(iter([FIRST.iloc[:0]]), binary, "parquet")
    assert pq.read_table(io.BytesIO(binary.getvalue())).column_names == list(TYPES)


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_one_frame_at_a_time(format: str) -> None:
    class Stream(io.BytesIO if format == "parquet" else io.StringIO):  # type: ignore[misc]
        """Kept open, to look at it afterwards."""

    stream, seen = Stream(), []

    def frames() -> Iterator[pd.DataFrame]:
        for _ in range(3):
            seen.append(stream.tell())
            yield SECOND

    write_frames(frames(), stream, format)  # type: ignore[arg-type]
    assert seen == sorted(set(seen))  # each frame is written before the next is made
