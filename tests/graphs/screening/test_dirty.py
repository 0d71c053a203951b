"""Dirty files through the whole of screening: every row comes out, in order, with its reason; nothing hangs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from rdkit import Chem

from benchside.graphs.screening.api import screen
from benchside.graphs.screening.result import ScreenResult
from benchside.tools.chemistry.records import PROBLEM_CODES
from benchside.tools.screening.settings import ScreeningSettings
from benchside.workspaces.errors import InputError

SETTINGS = ScreeningSettings(workers=1, shard_rows=10, chunk_rows=5)


def run(path: Path, folder: Path) -> ScreenResult:
    found = screen(path, workspace=folder / "w", admet=False, approved_background=False, settings=SETTINGS)
    assert isinstance(found, ScreenResult)
    table = found.results
    assert list(table["row"]) == list(range(1, len(table) + 1))
    assert table["compound_id"].is_unique
    rejects = table[table["status"] == "reject"]
    assert set(rejects["problem_code"]) <= set(PROBLEM_CODES)
    assert rejects["reason"].str.len().gt(10).all()
    c = found.counts
    assert c["compounds"] + c["duplicates"] + c["rejects"] == c["rows"] == len(table)
    return found


def peptide(residues: int) -> str:
    return Chem.MolToSmiles(Chem.MolFromSequence("AGVLIFWSTYNQDEKRHCM"[:19] * (residues // 19 + 1)))


def test_all_kinds_of_dirt(tmp_path: Path) -> None:
    big = peptide(38)
    assert Chem.MolFromSmiles(big).GetNumHeavyAtoms() >= 300
    lines = [
        "CC(=O)Oc1ccccc1C(=O)O aspirin",
        "C1CC broken",
        "",
        "CC(=O)Oc1ccccc1C(=O)[O-].[Na+] salt",
        "[Na+].[Cl-] table-salt",
        "[Pt] metal",
        f"{big} peptide",
        "C" * 10_000 + " long",
        "CCO dup",
        "CCN dup",
        "C[C@H](N)C(=O)O.CCO mixture",
        "c1ccccc1[Si](C)(C)C silane",
        "*c1ccccc1 rgroup",
        "CC>>CO reaction",
        "\x00\x01 nul",
        "CCO\x00 nul-inside",
        "[CH3][Mg][Br] grignard",
        "[2H]C([2H])([2H])O deuterated",
    ]
    path = tmp_path / "dirty.smi"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = run(path, tmp_path)
    table = found.results.set_index("row")
    assert found.counts["rows"] == len(lines)
    assert table.loc[3, "problem_code"] == "empty"
    assert table.loc[4, "status"] == "duplicate"
    assert table.loc[7, "status"] == "filtered"
    assert table.loc[8, "problem_code"] == "too_long"
    assert table.loc[10, "compound_id"] == "dup#10"
    assert set(table.loc[[2, 5, 6, 13, 14], "status"]) == {"reject"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "library.csv"
    path.write_bytes("id;smiles;Bemerkung\r\nA;CCO;schön\r\nB;c1ccccc1O;Größe\r\n".encode(encoding))
    table = run(path, tmp_path).results
    assert table["Bemerkung"].tolist() == ["schön", "Größe"]
    assert table["compound_id"].tolist() == ["A", "B"]


def test_a_truncated_gz_keeps_what_came_before(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"{'C' * (i % 40 + 1)}O M{i}\n" for i in range(2_000)).encode())
    path = tmp_path / "library.smi.gz"
    path.write_bytes(whole[: len(whole) // 2])
    found = run(path, tmp_path)
    assert 10 < found.counts["rows"] < 2_000
    assert found.results.iloc[-1]["problem_code"] == "truncated_file"
    assert (found.results["problem_code"] == "truncated_file").sum() == 1


def test_a_table_without_structures_says_what_was_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "plates.csv"
    path.write_text("plate,well,volume\nP1,A01,2.5\nP1,A02,2.5\n", encoding="utf-8")
    with pytest.raises(InputError, match="plate") as caught:
        screen(path, workspace=tmp_path / "w", settings=SETTINGS)
    assert "structure" in str(caught.value)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "data", [b"\x7fELF" + bytes(range(256)) * 40, b"\x1f\x8b not gzip", b"PK\x03\x04" + b"\x00" * 500]
)
def test_rubbish_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "library.csv"
    path.write_bytes(data)
    with pytest.raises(InputError):
        screen(path, workspace=tmp_path / "w", settings=SETTINGS)


def test_sdf_tags_are_carried(tmp_path: Path) -> None:
    path = tmp_path / "library.sdf"
    writer = Chem.SDWriter(str(path))
    for name, smiles in (("A", "CC(=O)Oc1ccccc1C(=O)O"), ("B", "CCO")):
        mol = Chem.MolFromSmiles(smiles)
        mol.SetProp("_Name", name)
        mol.SetProp("Vendor", "Ünique Chemie")
        mol.SetProp("rank", "17")
        writer.write(mol)
    writer.close()
    path.write_bytes(path.read_bytes() + b"broken\n  x\n\n  9  9  0\nM  END\n$$$$\n")
    table = run(path, tmp_path).results
    assert table["compound_id"].tolist()[:2] == ["A", "B"]
    assert table["Vendor"].tolist()[:2] == ["Ünique Chemie"] * 2
    assert table["input_rank"].tolist()[:2] == ["17", "17"]
    assert table.iloc[2]["problem_code"] == "bad_molblock"
