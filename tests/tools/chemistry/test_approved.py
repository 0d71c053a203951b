"""The approved drugs of the installed admet-ai package."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.admet_endpoints import PackageDataError
from benchside.tools.chemistry.approved import (
    APPROVED_DRUGS,
    REFERENCE_COLUMNS,
    approved_drugs,
    nearest_approved,
    reference_distribution,
)
from benchside.tools.chemistry.properties import properties


def test_the_table_holds_the_2845_drugs() -> None:
    table = approved_drugs()
    assert len(table) == APPROVED_DRUGS == 2845
    assert table["drugbank_id"].is_unique
    drug = table[table["name"] == "Osimertinib"].iloc[0]
    assert re.fullmatch(r"DB\d{5}", drug["drugbank_id"])
    assert drug["atc"] == "L01EB"


def test_the_table_is_a_copy() -> None:
    table = approved_drugs()
    table.loc[0, "name"] = "changed"
    assert approved_drugs().loc[0, "name"] != "changed"


def test_its_reference_values_are_ours() -> None:
    sample = approved_drugs().iloc[::200]
    ours = properties([Chem.MolFromSmiles(text) for text in sample["smiles"]], REFERENCE_COLUMNS)
    for name in REFERENCE_COLUMNS:
        assert np.allclose(ours[name].to_numpy(dtype=float), sample[name].to_numpy(dtype=float), rtol=1e-6), name


def test_a_distribution_is_ascending_and_complete() -> None:
    values = reference_distribution("tpsa")
    assert len(values) == APPROVED_DRUGS
    assert (np.diff(values) >= 0).all()
    with pytest.raises(PackageDataError, match="sa_score"):
        reference_distribution("sa_score")


def test_the_nearest_drug_of_a_drug_is_itself_and_of_its_ester_the_acid() -> None:
    frame = nearest_approved(
        [Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"), None, Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)OC")]
    )
    assert frame["nearest_approved_drug"].tolist() == ["Acetylsalicylic acid", pd.NA, "Acetylsalicylic acid"]
    assert frame["nearest_approved_similarity"][0] == 1.0
    assert frame["nearest_approved_similarity"][2] == pytest.approx(2 / 3, abs=0.01)
    assert np.isnan(frame["nearest_approved_similarity"][1])
