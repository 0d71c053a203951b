"""Cells of kept tables."""

from __future__ import annotations

import datetime
import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchside.workspaces.errors import NotFoundError, StorageError
from benchside.workspaces.tables import AmbiguousRowError, read_cells


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "results.parquet"
    table = pa.table(
        {
            "compound_id": ["A", "B", "a,b", "Ä", None],
            "number": pa.array([1, 2, 3, 4, 5], pa.int64()),
            "log(x.y)": [0.1, float("nan"), None, -0.0, 1e-9],
            "passes": [True, False, None, True, True],
            "name": ["", "x", "y\nz", None, "w"],
            "day": [datetime.date(2026, 7, 7)] * 5,
        }
    )
    pq.write_table(table, path, row_group_size=2)
    return path


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("number", [1, 2, 3, 4]),
        ("log(x.y)", [0.1, None, None, -0.0]),
        ("passes", [True, False, None, True]),
        ("name", ["", "x", "y\nz", None]),
        ("compound_id", ["A", "B", "a,b", "Ä"]),
        ("day", [datetime.date(2026, 7, 7)] * 4),
    ],
)
def test_parquet(parquet: Path, column: str, values: list[Any]) -> None:
    rows = ["A", "B", "a,b", "Ä"]
    found = read_cells(parquet, column, "compound_id", rows)
    assert list(found) == rows
    assert list(found.values()) == values
    assert [type(v) for v in found.values()] == [type(v) for v in values]


def test_keys_that_are_numbers_or_dictionaries(parquet: Path, tmp_path: Path) -> None:
    assert read_cells(parquet, "name", "number", ["2"]) == {"2": "x"}
    table = pa.table({"k": pa.array(["p", "q"]).dictionary_encode(), "v": [1, 2]})
    pq.write_table(table, tmp_path / "d.parquet")
    assert read_cells(tmp_path / "d.parquet", "v", "k", ["q"]) == {"q": 2}


def test_rows_columns_and_files_that_do_not_exist(parquet: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no row 'C'"):
        read_cells(parquet, "number", "compound_id", ["A", "C"])
    with pytest.raises(NotFoundError, match="no column 'mw'"):
        read_cells(parquet, "mw", "compound_id", ["A"])
    with pytest.raises(NotFoundError, match="no column 'id'"):
        read_cells(parquet, "number", "id", ["A"])
    with pytest.raises(StorageError, match="No such file") as caught:
        read_cells(tmp_path / "x.parquet", "number", "compound_id", ["A"])
    assert caught.value.where == str(tmp_path / "x.parquet")
    with pytest.raises(StorageError, match="not a table"):
        read_cells(tmp_path / "x.html", "number", "compound_id", ["A"])


def test_a_key_that_stands_for_two_rows_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,v\nA,1\nB,2\nA,3\n")
    assert read_cells(tmp_path / "t.csv", "v", "id", ["B"]) == {"B": 2}
    with pytest.raises(AmbiguousRowError, match="'A'"):
        read_cells(tmp_path / "t.csv", "v", "id", ["A"])
    (tmp_path / "u.csv").write_text("id,v,v\nA,1,2\n")
    with pytest.raises(AmbiguousRowError, match="2 columns"):
        read_cells(tmp_path / "u.csv", "v", "id", ["A"])


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".tsv.gz"])
def test_delimited_text(tmp_path: Path, ending: str) -> None:
    cells = {
        "A": "1",
        "B": "1.50",
        "C": "007",
        "D": "-2e-3",
        "E": "",
        "F": "True",
        "G": '"a, ""b""\nc"',
        "H": "nan",
        "I": "1,5",
    }
    delimiter = "\t" if "tsv" in ending else ","
    quoted = {k: f'"{v}"' if v == "1,5" else v for k, v in cells.items()}
    text = "".join(f"{k}{delimiter}{v}\n" for k, v in ({"id": "v"} | quoted).items()).encode()
    path = tmp_path / f"t{ending}"
    path.write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)
    found = read_cells(path, "v", "id", list(cells))
    assert list(found.values()) == [1, 1.5, "007", -0.002, None, True, 'a, "b"\nc', "nan", "1,5"]
    assert [type(v) for v in found.values()][:4] == [int, float, str, float]


@pytest.mark.parametrize("name", ["t.parquet", "t.csv.gz", "t.csv"])
def test_damaged_tables(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"" if name == "t.csv" else b"PAR1 is what it says, and no more")
    with pytest.raises(StorageError) as caught:
        read_cells(path, "v", "id", ["A"])
    assert caught.value.where == str(path)


def test_a_truncated_parquet(parquet: Path) -> None:
    whole = parquet.read_bytes()
    for length in (0, 3, 100, len(whole) - 1):
        parquet.write_bytes(whole[:length])
        with pytest.raises(StorageError):
            read_cells(parquet, "number", "compound_id", ["A"])
