"""For any bytes and any rows: as many records out as rows in, in order, or one InputError; and it always ends."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.chemistry.readers import ReadOptions, read_library
from benchside.tools.chemistry.records import PROBLEM_CODES, InputRecord
from benchside.workspaces.errors import InputError

LIMITS = settings(max_examples=120, deadline=None)
NAMES = ["a.smi", "a.csv", "a.tsv", "a.sdf", "a.txt", "a.names", "a.parquet", "a", "a.smi.gz", "a.csv.bz2"]
CELLS = st.one_of(
    st.sampled_from(["CCO", "c1ccccc1", "C(", "", " ", "InChI=1S/CH4/h1H4", "#", '"', "aspirin", "C\x00", "é"]),
    st.text(max_size=12),
)
LINES = st.lists(
    st.one_of(
        st.sampled_from(["CCO", "CCN amine", "", " ", "# note", "bad bad", "C1CC", "CCO |$a$| x", "CC\tq", '"CC,"']),
        st.text(alphabet=st.characters(codec="ascii", exclude_characters="\r\n"), max_size=30),
    ),
    min_size=1,
    max_size=30,
)


def read(data: bytes, name: str, options: ReadOptions | None = None) -> list[InputRecord]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        library = read_library(path, options=options)
        records = list(library)
        assert list(library) == records
    check(records)
    return records


def check(records: list[InputRecord]) -> None:
    assert [record.row for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert record.compound_id
        assert record.structure or record.problem
        assert len(record.text) <= 2_000
        assert record.problem is None or record.problem.code in PROBLEM_CODES
        for text in (record.compound_id, record.structure, record.text, *record.tags, *record.tags.values()):
            text.encode("utf-8")


@LIMITS
@given(st.binary(max_size=400), st.sampled_from(NAMES))
def test_any_bytes_end_in_records_or_in_an_input_error(data: bytes, name: str) -> None:
    try:
        read(data, name)
    except InputError:
        return


@LIMITS
@given(st.binary(min_size=1, max_size=300), st.integers(0, 300), st.sampled_from(["a.smi.gz", "a.sdf.gz", "a.csv.gz"]))
def test_any_damage_to_a_gzip_ends_in_records_or_in_an_input_error(data: bytes, at: int, name: str) -> None:
    packed = bytearray(gzip.compress(data, mtime=0))
    packed[at % len(packed)] ^= 0x55
    try:
        read(bytes(packed), name)
    except InputError:
        return


@LIMITS
@given(LINES)
def test_a_smiles_list_gives_one_record_a_line(lines: list[str]) -> None:
    try:
        records = read(("\n".join(lines) + "\n").encode(), "a.smi", ReadOptions(format="smiles", has_header=False))
    except InputError:
        assert sum(ord(char) < 32 or ord(char) == 127 for line in lines for char in line) or not "".join(lines).strip()
        return
    assert len(records) == len(lines)
    for line, record in zip(lines, records, strict=True):
        if record.problem is None:
            assert line.lstrip().startswith(record.structure.split(" ")[0])


@LIMITS
@given(LINES)
def test_a_name_list_gives_one_record_a_line(lines: list[str]) -> None:
    try:
        records = read(("\n".join(lines)).encode() + b"\n", "a.names", ReadOptions(has_header=False))
    except InputError:
        return
    assert len(records) == len(lines)
    assert {record.format for record in records} == {"name"}


@LIMITS
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=20), st.sampled_from(",;\t|"))
def test_a_written_table_comes_back_cell_by_cell(rows: list[list[str]], delimiter: str) -> None:
    rows = [[cell.replace("\r", "\n") for cell in row] for row in rows]
    rows = [["CCO", "first", "x"], *rows]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["smiles", "id", "note"], *rows])
    options = ReadOptions(delimiter=delimiter, encoding="utf-8")
    try:
        records = read(buffer.getvalue().encode("utf-8"), "a.csv", options)
    except InputError:
        return
    assert len(records) == len(rows)
    for record, (smiles, compound_id, note) in zip(records, rows, strict=True):
        assert record.tags["note"] == note
        assert record.compound_id == (compound_id.strip() or f"row-{record.row}")
        if record.problem is None:
            assert record.structure == smiles.strip()


@LIMITS
@given(st.lists(st.lists(st.sampled_from(["CCO", "x", "", '"a"', "1"]), max_size=6), min_size=1, max_size=20))
def test_ragged_rows_stay_rows(rows: list[list[str]]) -> None:
    text = "smiles,id,c\n" + "".join(",".join(row) + "\n" for row in rows)
    assert len(read(text.encode(), "a.csv")) == len(rows)


BLOCK = "\n  test\n\n  1  0  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n"


@LIMITS
@given(st.lists(st.one_of(st.just(BLOCK), st.text(alphabet="ab\n>< MEND$", max_size=40)), min_size=1, max_size=12))
def test_an_sd_file_gives_one_record_for_each_end_mark(parts: list[str]) -> None:
    parts = [part.replace("$$$$", "") for part in parts]
    text = "".join(f"{part}\n$$$$\n" for part in parts)
    assert len(read(text.encode(), "a.sdf")) == len(parts)


@LIMITS
@given(st.lists(CELLS, min_size=1, max_size=20))
def test_frames_and_lists_give_one_record_a_row(cells: list[str]) -> None:
    assert len(list(read_library(cells))) == len(cells)
    frame = pd.DataFrame({"smiles": cells, "value": range(len(cells))})
    records = list(read_library(frame))
    check(records)
    assert [record.tags["value"] for record in records] == [str(number) for number in range(len(cells))]
