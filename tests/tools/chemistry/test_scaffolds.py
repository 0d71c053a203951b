"""Murcko scaffolds and their groups."""

from __future__ import annotations

import pandas as pd
from rdkit import Chem

from benchside.tools.chemistry.scaffolds import generic_scaffold, scaffold_groups, scaffold_table


def test_scaffolds_of_known_compounds() -> None:
    diazepam, caffeine, ethanol = (
        Chem.MolFromSmiles(s) for s in ("CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CCO")
    )
    frame = scaffold_table([diazepam, None, ethanol, caffeine])
    expected = [Chem.CanonSmiles(s) for s in ("O=C1CN=C(c2ccccc2)c2ccccc2N1", "O=c1[nH]c(=O)c2[nH]cnc2[nH]1")]
    assert frame["scaffold"].dropna().tolist() == expected
    assert frame["scaffold"].isna().tolist() == [False, True, True, False]
    assert frame["generic_scaffold"].iloc[3] == Chem.CanonSmiles("C1CCC2CCCC2C1")


def test_a_generic_scaffold_that_carbon_cannot_make_is_missing() -> None:
    assert generic_scaffold(Chem.MolFromSmiles("O=S1(=O)CCCC1")) == "C1CCCC1"
    assert generic_scaffold(Chem.MolFromSmiles("CC")) is None


def test_groups_are_ordered_and_complete() -> None:
    groups = scaffold_groups(["b", None, "a", "a", "b", "c", None, None])
    assert groups["scaffold"].tolist()[:3] == ["b", "a", "c"]
    assert pd.isna(groups["scaffold"].iloc[3])
    assert groups["compounds"].tolist() == [2, 2, 1, 3]
    assert groups["rows"].iloc[3] == (1, 6, 7)
    assert groups["share"].sum() == 1.0
    assert scaffold_groups([]).empty
