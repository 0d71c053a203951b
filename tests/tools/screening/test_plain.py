"""One row out per row in, in order, with the values of the library functions, whatever the format."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.columns import COLUMNS, DTYPES
from benchside.tools.chemistry.compute import PropertyPlan, compute_properties
from benchside.tools.chemistry.readers import ReadOptions, read_library
from benchside.tools.screening import plain
from benchside.tools.screening.plain import (
    GROUPS,
    LEAD,
    ColumnsError,
    property_frames,
    property_table,
    wanted_columns,
    write_properties,
)
from benchside.workspaces.errors import InputError, UsageError

from .conftest import EXAMPLES, OddWorkers

LIBRARY, DIRTY = EXAMPLES / "library.csv", EXAMPLES / "dirty.csv"
MEASURED = """smiles,name,IC50 (uM)
CC(=O)Oc1ccccc1C(=O)O,aspirin,10
CCO,ethanol,>100
C1CC,broken,1
c1ccccc1,benzene,n.d.
CCN,ethylamine,
"""


@pytest.fixture(scope="module")
def library() -> pd.DataFrame:
    return property_table(LIBRARY, workers=1)


@pytest.fixture(scope="module")
def dirty() -> pd.DataFrame:
    return property_table(DIRTY, workers=1)


def write(source: str | Path, output: Path | None, format: str, **more: Any) -> dict[str, int]:
    wanted: dict[str, Any] = {"columns": None, "admet": False, "workers": 1, "options": ReadOptions()}
    return write_properties(str(source), format=format, output=output, **(wanted | more))  # type: ignore[arg-type]


def test_each_row_of_the_example_library_comes_out_once_in_order(library: pd.DataFrame) -> None:
    with LIBRARY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert library["row"].tolist() == list(range(1, len(rows) + 1))
    assert library["compound_id"].tolist() == [r["id"] for r in rows]
    assert library["name"].tolist() == [r["name"] for r in rows]
    assert library["status"].eq("ok").all()
    assert library["reason"].isna().all()


def test_the_values_are_those_of_the_library_functions(library: pd.DataFrame) -> None:
    expected = compute_properties([Chem.MolFromSmiles(s) for s in library["smiles"]], PropertyPlan())
    for name in wanted_columns(None):
        pd.testing.assert_series_equal(library[name], expected[name].astype(library[name].dtype))
    aspirin = library.set_index("name").loc["aspirin"]
    assert aspirin["molecular_weight"] == pytest.approx(180.159, abs=1e-3)
    assert aspirin["monoisotopic_weight"] == pytest.approx(180.04226, abs=1e-5)
    assert aspirin["tpsa"] == pytest.approx(63.6, abs=0.01)
    assert aspirin["inchikey"] == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"


def test_rejects_have_a_reason_and_no_values_and_duplicates_are_not_merged(dirty: pd.DataFrame) -> None:
    with DIRTY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert dirty["row"].tolist() == list(range(1, len(rows) + 1))
    assert dirty["note"].fillna("").tolist() == [r["note"] for r in rows]
    bad = dirty[dirty["status"] == "reject"]
    assert bad["row"].tolist() == [2, 3, 4, 5, 10, 11, 13, 15, 16, 18]
    assert bad["reason"].str.len().gt(10).all()
    assert bad[["smiles", "inchikey", "stereo", *wanted_columns(None)]].isna().all(axis=None)
    good = dirty[dirty["status"] == "ok"]
    assert good["reason"].isna().all()
    assert (good["smiles"] == "CC(=O)Oc1ccccc1C(=O)O").sum() == 3
    assert dirty["compound_id"].tolist().count("D01") == 2
    assert good["molecular_weight"].notna().all()


def test_types_are_the_same_whatever_the_rows_hold(library: pd.DataFrame, dirty: pd.DataFrame) -> None:
    names = wanted_columns(None)
    rejects = property_table(["C1CC", "", "nonsense at all"], workers=1)
    for frame in (library, dirty, rejects):
        assert frame[list(LEAD)].dtypes.astype(str).tolist() == ["int64"] + ["string"] * 6
        assert [str(t) for t in frame[names].dtypes] == [DTYPES[COLUMNS[n].type] for n in names]
    assert rejects["status"].tolist() == ["reject"] * 3
    assert rejects["reason"].notna().all()


def test_blocks_and_chunks_change_nothing(dirty: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "BLOCK_ROWS", 3)
    monkeypatch.setattr(plain, "CHUNK_ROWS", 2)
    frames = list(property_frames(read_library(DIRTY), wanted_columns(None), workers=1))
    assert [len(f) for f in frames] == [3] * 6 + [1]
    pd.testing.assert_frame_equal(pd.concat(frames, ignore_index=True), dirty)
    assert len({tuple(f.dtypes.astype(str)) for f in frames}) == 1


@pytest.mark.parametrize("source", [LIBRARY, DIRTY])
def test_csv_json_and_parquet_agree(source: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expected = request.getfixturevalue(source.stem)
    made = {}
    for format in ("csv", "json", "parquet"):
        output = tmp_path / f"out.{format}"
        counts = write(source, output, format)
        assert counts == {
            "rows": len(expected),
            "ok": int((expected["status"] == "ok").sum()),
            "reject": int((expected["status"] == "reject").sum()),
        }
        made[format] = output
    parquet = pd.read_parquet(made["parquet"]).astype(expected.dtypes.to_dict())
    pd.testing.assert_frame_equal(parquet, expected)
    json_rows = pd.DataFrame([json.loads(line) for line in made["json"].read_text(encoding="utf-8").splitlines()])
    pd.testing.assert_frame_equal(json_rows.astype(expected.dtypes.to_dict()), expected)
    text = pd.read_csv(made["csv"], dtype="string", keep_default_na=False).replace("", pd.NA)
    assert text.columns.tolist() == expected.columns.tolist()
    for name, column in expected.items():
        got = text[str(name)]
        if column.dtype == "float64":
            np.testing.assert_allclose(got.astype("Float64").to_numpy(float, na_value=np.nan), column, rtol=1e-9)
        else:
            assert got.fillna("").tolist() == column.astype("string").fillna("").tolist()


def test_standard_output_is_the_same_text_as_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for format in ("csv", "json"):
        write(DIRTY, tmp_path / "out", format)
        write(DIRTY, None, format)
        assert capsys.readouterr().out == (tmp_path / "out").read_bytes().decode()


def test_standard_input_keeps_ids_and_bad_bytes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = b"CCO ethanol\nC1CC broken\n\nCC(=O)O caf\xe9\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
    assert write("-", None, "csv", columns="heavy_atoms") == {"rows": 4, "ok": 2, "reject": 2}
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [r["compound_id"] for r in rows] == ["ethanol", "broken", "row-3", "café"]
    assert [r["heavy_atoms"] for r in rows] == ["3", "", "", "4"]
    assert [r["status"] for r in rows] == ["ok", "reject", "reject", "ok"]


def test_nothing_on_standard_input_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(InputError) as caught:
        write("-", None, "csv")
    assert caught.value.where == "standard input"


def test_parquet_needs_a_file_and_a_failure_leaves_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="standard output"):
        write(LIBRARY, None, "parquet")
    output = tmp_path / "out.csv"
    output.write_text("from before", encoding="utf-8")
    with pytest.raises(ColumnsError):
        write(LIBRARY, output, "csv", columns="nearest_approved_drug")
    assert output.read_text(encoding="utf-8") == "from before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def test_activities_give_efficiencies_and_say_what_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "measured.csv"
    file.write_text(MEASURED, encoding="utf-8")
    made = property_table(file, activity_column="IC50 (uM)", workers=1)
    assert made["activity_pvalue"].tolist()[:3] == pytest.approx([5, 4, 6])
    assert made["activity_relation"].tolist()[:2] == ["=", ">"]
    assert made["ligand_efficiency"].iloc[0] == pytest.approx(1.37 * 5 / 13)
    assert made["lle"].iloc[0] == pytest.approx(5 - 1.3101, abs=1e-4)
    assert made.loc[2, ["ligand_efficiency", "lle"]].isna().all()
    assert made.loc[3, ["activity_value", "activity_pvalue", "ligand_efficiency"]].isna().all()
    assert made["status"].tolist() == ["ok", "ok", "reject", "ok", "ok"]
    assert made.loc[3, "reason"].startswith("activity: ")
    assert made["IC50 (uM)"].fillna("").tolist() == ["10", ">100", "1", "n.d.", ""]
    assert "logp" in made
    only = property_table(file, activity_column="IC50 (uM)", columns="lle", workers=1)
    assert only["lle"].tolist()[0] == pytest.approx(3.6899, abs=1e-4)
    assert "logp" not in only


def test_activities_of_a_library_without_any_are_an_error() -> None:
    with pytest.raises(ColumnsError, match="no column of activities") as caught:
        property_table(["CCO"], columns="qed,lle", workers=1)
    assert "activity" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("columns", "near"),
    [("molecular_wight", "molecular_weight"), ("qed,basics", "basic"), ("hERGG", "hERG"), ("al", "all")],
)
def test_an_unknown_column_names_the_nearest(columns: str, near: str) -> None:
    with pytest.raises(ColumnsError, match="there is no column or group") as caught:
        wanted_columns(columns)
    assert near in str(caught.value.hint)


def test_columns_come_in_the_order_that_was_asked_for_each_once() -> None:
    assert wanted_columns("tpsa, qed,tpsa,,smiles") == ["tpsa", "qed"]
    assert wanted_columns("cns,qed") == [*GROUPS["cns"], "qed"]
    assert wanted_columns("all") == wanted_columns(None)
    assert wanted_columns("hERG,all")[0] == "hERG"
    assert wanted_columns("") == []
    assert wanted_columns("qed", admet=True) == ["qed", *GROUPS["admet"]]
    assert set(GROUPS["activity"]) <= set(wanted_columns(None, activity=True))


def test_what_belongs_to_screening_is_refused() -> None:
    with pytest.raises(ColumnsError, match="nearest_approved_drug belongs to screening"):
        property_table(["CCO"], columns="qed,nearest_approved_drug", workers=1)


def test_cleaning_and_the_parts_of_cns_mpo_can_be_asked_for() -> None:
    made = property_table(["[Na+].CC(=O)[O-]", "C1CC"], columns="removed_fragments,charge_neutralised,cns_mpo_tpsa")
    assert made["removed_fragments"].tolist() == ["[Na+]", pd.NA]
    assert made["charge_neutralised"].tolist() == [True, pd.NA]
    assert made["cns_mpo_tpsa"].notna().tolist() == [True, False]
    assert made.columns.tolist() == [*LEAD, "removed_fragments", "charge_neutralised", "cns_mpo_tpsa"]


def test_an_input_column_of_a_name_that_is_taken_is_kept_beside_ours() -> None:
    frame = pd.DataFrame({"structure": ["CCO"], "qed": ["mine"], "status": ["new"], "input_qed": ["other"]})
    made = property_table(frame, columns="qed", structure_column="structure", workers=1)
    assert made.columns.tolist() == [*LEAD, "qed", "input_qed", "input_status", "input_input_qed"]
    assert made.loc[0, ["input_qed", "input_status", "input_input_qed"]].tolist() == ["mine", "new", "other"]
    assert made["qed"].iloc[0] == pytest.approx(0.4068, abs=1e-4)


def test_a_tag_that_first_appears_in_the_last_record_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    file = tmp_path / "late.sdf"
    file.write_text(f"{block}$$$$\n" * 3 + f"{block}>  <Late>\nvalue\n\n$$$$\n", encoding="utf-8")
    monkeypatch.setattr(plain, "BLOCK_ROWS", 2)
    write(file, tmp_path / "out.csv", "csv", columns="hbd")
    made = pd.read_csv(tmp_path / "out.csv")
    assert made["Late"].fillna("").tolist() == ["", "", "", "value"]


def test_a_row_that_kills_its_worker_is_a_reject_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LocalWorkers", OddWorkers)
    made = property_table(["EXIT", "C1CC"], columns="qed", workers=1, structure_format="smiles")
    assert made["status"].iloc[0] == "reject"
    assert "crashed" in made["reason"].iloc[0]


def test_a_calculation_that_crashes_leaves_a_reject_and_no_ok_row_without_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from benchside.tools.chemistry.records import Problem
    from benchside.tools.screening.tasks import failed_row
    from benchside.tools.screening.workers import LocalWorkers

    class Failing(LocalWorkers):
        def run(self, task: str, chunks: Any, parameters: dict[str, Any]) -> Any:
            for table in super().run(task, chunks, parameters):
                bad = Problem("worker_crash", "it crashed")
                yield table if task == "standardise" else failed_row(task, bad, parameters)

    monkeypatch.setattr(plain, "LocalWorkers", Failing)
    made = property_table(["CCO"], columns="qed,hbd", workers=1)
    assert made.loc[0, ["status", "reason", "smiles"]].tolist() == ["reject", "worker_crash: it crashed", "CCO"]
    assert made[["qed", "hbd"]].isna().all(axis=None)


def test_admet_for_three_rows_one_of_them_a_reject() -> None:
    from benchside.tools.chemistry.admet import admet_model

    made = property_table(["CC(=O)Oc1ccccc1C(=O)O", "C1CC", "CCO"], columns="qed,hERG,hERG_spread", workers=1)
    expected = admet_model().predict(["CC(=O)Oc1ccccc1C(=O)O", "CCO"])
    assert made["hERG"].iloc[[0, 2]].tolist() == pytest.approx(expected["hERG"].tolist(), abs=1e-6)
    assert made["hERG_spread"].iloc[[0, 2]].gt(0).all()
    assert made["hERG"].isna().tolist() == [False, True, False]
    assert made.columns.tolist() == [*LEAD, "qed", "hERG", "hERG_spread"]
