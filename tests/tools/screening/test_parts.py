"""A finished part is used again only if it is whole, listed, and of the same request."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchside.tools.screening import parts as module
from benchside.tools.screening.parts import Parts, as_frame, write_parquet
from benchside.workspaces.errors import StorageError

SIGNATURE = {"input": "abc", "sets": ("pains", "nih"), "depth": 10}


def table(*values: int) -> pa.Table:
    return pa.table({"row": pa.array(values, pa.int64())})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    parts = Parts(tmp_path / "step", SIGNATURE)
    for number in range(3):
        parts.add(number, table(number, number + 10))
    return tmp_path / "step"


def test_parts_are_found_again_in_order(folder: Path) -> None:
    parts = Parts(folder, {"depth": 10, "sets": ["pains", "nih"], "input": "abc"})  # order and tuples do not matter
    assert list(parts) == [0, 1, 2]
    assert len(parts) == 3
    assert parts.rows == 6
    assert parts.rows_of(1) == 2
    assert parts.column("row")["row"].to_pylist() == [0, 10, 1, 11, 2, 12]
    assert 3 not in parts


@pytest.mark.parametrize("signature", [{**SIGNATURE, "depth": 11}, {}, {**SIGNATURE, "more": None}])
def test_parts_of_another_request_are_not_reused(folder: Path, signature: dict[str, object]) -> None:
    parts = Parts(folder, signature)
    assert len(parts) == 0
    parts.add(1, table(5))
    assert list(Parts(folder, signature)) == [1]
    assert list(Parts(folder, SIGNATURE)) == []


def test_a_damaged_or_missing_part_is_computed_again(folder: Path) -> None:
    path = folder / "part-00001.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (folder / "part-00002.parquet").unlink()
    parts = Parts(folder, SIGNATURE)
    assert list(parts) == [0]
    parts.add(1, table(1, 11))
    assert list(Parts(folder, SIGNATURE)) == [0, 1]


def test_a_part_that_the_manifest_does_not_list_is_foreign(folder: Path) -> None:
    write_parquet(table(99), folder / "part-00007.parquet")
    assert list(Parts(folder, SIGNATURE)) == [0, 1, 2]


def test_a_kill_between_the_part_and_the_manifest_costs_only_that_part(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_atomic", killed)
    with pytest.raises(KeyboardInterrupt):
        Parts(folder, SIGNATURE).add(3, table(3))
    monkeypatch.undo()
    assert (folder / "part-00003.parquet").is_file()
    parts = Parts(folder, SIGNATURE)
    assert list(parts) == [0, 1, 2]
    parts.add(3, table(3, 13))
    assert Parts(folder, SIGNATURE).column("row").num_rows == 8


def test_a_kill_while_a_part_is_written_leaves_no_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: pa.Table, path: Path, **__: object) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(module.pq, "write_table", killed)
    with pytest.raises(KeyboardInterrupt):
        Parts(folder, SIGNATURE).add(0, table(4))
    monkeypatch.undo()
    assert Parts(folder, SIGNATURE).read(0)["row"].to_pylist() == [0, 10]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00\x01",
        json.dumps({"signature": SIGNATURE}),
        json.dumps({"signature": SIGNATURE, "parts": []}),
        json.dumps({"signature": SIGNATURE, "parts": {"x": {"rows": 1, "sha256": "0"}, "0": 3, "1": {}, "-1": {}}}),
        json.dumps({"signature": SIGNATURE, "parts": {"0": {"rows": "two", "sha256": "0"}}}),
    ],
)
def test_a_damaged_manifest_means_that_nothing_is_finished(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    parts = Parts(folder, SIGNATURE)
    assert len(parts) == 0
    parts.add(0, table(1))
    assert list(Parts(folder, SIGNATURE)) == [0]


def test_a_part_damaged_after_it_was_looked_through_is_named(folder: Path) -> None:
    parts = Parts(folder, SIGNATURE)
    parts.path(0).write_bytes(b"PAR1 nonsense")
    parts.path(1).unlink()
    for number in (0, 1):
        with pytest.raises(StorageError) as caught:
            parts.read(number)
        assert caught.value.where == str(parts.path(number))
        assert "resume" in str(caught.value.hint)
    with pytest.raises(KeyError, match="score"):
        parts.read(2, ["row", "score"])


def test_a_column_without_values_in_one_part_has_the_type_of_the_others(tmp_path: Path) -> None:
    parts = Parts(tmp_path, {})
    frames = [
        pd.DataFrame({"row": [1], "scaffold": [None], "hbd": [None], "flag": [None]}),
        pd.DataFrame({"row": [2], "scaffold": ["C1CC1"], "hbd": pd.array([3], "Int64"), "flag": [True]}),
    ]
    for number, frame in enumerate(frames):
        parts.add(number, pa.Table.from_pandas(frame, preserve_index=False))
    whole = parts.column("row", "scaffold", "hbd", "flag")
    assert whole.to_pylist() == [
        {"row": 1, "scaffold": None, "hbd": None, "flag": None},
        {"row": 2, "scaffold": "C1CC1", "hbd": 3, "flag": True},
    ]


def test_integers_stay_integers_where_some_are_null() -> None:
    frame = as_frame(pa.table({"hbd": pa.array([1, None], pa.int64()), "qed": pa.array([0.5, None])}))
    assert str(frame["hbd"].dtype) == "Int64"
    assert frame["hbd"].isna().tolist() == [False, True]
    assert np.isnan(frame["qed"].iloc[1])


def test_a_folder_that_looks_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "target=7", {})
    parts.add(0, table(1))
    assert parts.read(0).column_names == ["row"]


def test_a_write_that_fails_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.parquet"
    write_parquet(table(1), path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.pq, "write_table", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        write_parquet(table(2), path)
    assert caught.value.where == str(path)
    assert pq.read_table(path)["row"].to_pylist() == [1]
    assert [p.name for p in tmp_path.iterdir()] == ["x.parquet"]
