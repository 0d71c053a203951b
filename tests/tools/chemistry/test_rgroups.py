"""R-group tables."""

from __future__ import annotations

import pytest
from rdkit import Chem

from benchside.tools.chemistry.rgroups import CoreError, rgroup_table
from benchside.tools.chemistry.substructure import SmartsError


def mols(*smiles: str) -> list[Chem.Mol | None]:
    return [Chem.MolFromSmiles(s) if s else None for s in smiles]


def test_each_compound_comes_out_in_order() -> None:
    series = mols("Cc1ccc(O)cc1", "CCO", "", "Clc1ccc(N)cc1", "c1ccncc1")
    frame = rgroup_table(series, "c1cc([*:1])ccc1[*:2]")
    assert list(frame.columns) == ["core", "R1", "R2", "problem"]
    assert frame["problem"].isna().tolist() == [True, False, False, True, False]
    assert frame["problem"].iloc[1] == "it does not contain the core"
    assert frame["problem"].iloc[2] == "there is no molecule"
    assert {frame["R1"].iloc[0], frame["R2"].iloc[0]} == {"C[*:1]", "O[*:2]"} or {
        frame["R1"].iloc[0],
        frame["R2"].iloc[0],
    } == {"O[*:1]", "C[*:2]"}
    assert frame["R1"].iloc[1:3].isna().all()


def test_an_unlabelled_core_finds_its_positions() -> None:
    frame = rgroup_table(mols("Cc1ccccc1", "Clc1ccccc1", "c1ccccc1"), "c1ccccc1")
    assert frame["problem"].isna().all()
    assert frame["R1"].tolist() == ["C[*:1]", "Cl[*:1]", "[H][*:1]"]


def test_a_group_at_another_place_is_named() -> None:
    frame = rgroup_table(mols("Cc1ccccc1", "Cc1cccc(Cl)c1"), "c1ccccc1[*:1]", labelled_only=True)
    assert frame["R1"].iloc[0] == "C[*:1]"
    assert frame["problem"].iloc[1] == "it carries a group at a place that the core does not label"


def test_bad_cores() -> None:
    for core in ("", "[*:1]"):
        with pytest.raises(CoreError):
            rgroup_table([], core)
    with pytest.raises(SmartsError):
        rgroup_table([], "c1ccc(")


def test_no_compound_has_the_core() -> None:
    frame = rgroup_table(mols("CC", "CCC"), "c1ccccc1")
    assert frame["problem"].notna().all()
    assert list(frame.columns) == ["core", "problem"]
