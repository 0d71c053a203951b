"""Alerts against RDKit's FilterCatalog and against known hits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from benchside.tools.chemistry.admet_endpoints import admet_ai_folder
from benchside.tools.chemistry.alert_patterns import UnknownAlertSetError, patterns
from benchside.tools.chemistry.alerts import ALERT_SET_NAMES, alert_matches, alerts
from benchside.tools.chemistry.columns import ALERT_SETS

RHODANINE = "O=C1NC(=S)SC1=Cc1ccccc1"
CATALOGUES = {
    "pains": "PAINS",
    "brenk": "BRENK",
    "nih": "NIH",
    "chembl_bms": "CHEMBL_BMS",
    "chembl_dundee": "CHEMBL_Dundee",
    "chembl_glaxo": "CHEMBL_Glaxo",
    "chembl_inpharmatica": "CHEMBL_Inpharmatica",
    "chembl_lint": "CHEMBL_LINT",
    "chembl_mlsmr": "CHEMBL_MLSMR",
    "chembl_surechembl": "CHEMBL_SureChEMBL",
}


def agrees_with_rdkit(smiles: Iterable[str]) -> None:
    with rdBase.BlockLogs():
        mols = [mol for mol in (Chem.MolFromSmiles(text) for text in smiles) if mol is not None]
    found = alerts(mols, ALERT_SET_NAMES)
    for name, attribute in CATALOGUES.items():
        parameters = FilterCatalogParams()
        parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, attribute))
        catalogue = FilterCatalog(parameters)
        expected = [[entry.GetDescription() for entry in catalogue.GetMatches(mol)] for mol in mols]
        assert found[f"{name}_alert_names"].tolist() == ["; ".join(names) for names in expected]
        assert found[f"{name}_alerts"].tolist() == [len(names) for names in expected]


def test_sets_have_the_sizes_of_their_papers() -> None:
    # Baell & Holloway 2010: 16 + 55 + 409 families; Brenk et al. 2008: 105; Jadhav et al. 2010: 180.
    assert len(patterns("pains")) == 480
    assert len(patterns("brenk")) == 105
    assert len(patterns("nih")) == 180
    assert set(ALERT_SETS) == set(CATALOGUES)


def test_each_query_of_this_rdkit_can_be_screened() -> None:
    assert all(pattern.query is not None for name in ALERT_SETS for pattern in patterns(name))


def test_benzylidene_rhodanine_is_a_pains_and_its_whole_core_is_marked() -> None:
    mol = Chem.MolFromSmiles(RHODANINE)
    row = alerts([mol], ["pains"]).iloc[0]
    assert row["pains_alerts"] == 1
    assert row["pains_alert_names"] == "ene_rhod_A(235)"
    (match,) = alert_matches(mol, ["pains"])
    assert (match.set, match.name) == ("pains", "ene_rhod_A(235)")
    # The five-membered ring, its two exocyclic atoms and the exocyclic carbon; the phenyl ring is not part of it.
    assert match.atoms == tuple(range(8))


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("Oc1ccccc1O", "catechol_A(92)"),
        ("O=C1C=CC(=O)C=C1c1ccccc1", "quinone_A(370)"),
        ("c1ccc(N=Nc2ccccc2)cc1", "azo_A(324)"),
    ],
)
def test_known_pains(smiles: str, name: str) -> None:
    assert name in alerts([Chem.MolFromSmiles(smiles)], ["pains"])["pains_alert_names"][0]


def test_a_clean_molecule_has_zero_and_an_empty_text_and_a_missing_one_nulls() -> None:
    frame = alerts([Chem.MolFromSmiles("CCO"), None], ["pains"])
    assert frame["pains_alerts"][0] == 0
    assert frame["pains_alert_names"][0] == ""
    assert frame.iloc[1].isna().all()


def test_every_place_is_a_match_of_its_own() -> None:
    found = alert_matches(Chem.MolFromSmiles("O=Cc1ccc(C=O)cc1"), ["brenk"])
    assert [match.atoms for match in found if match.name == "aldehyde"] == [(0, 1), (6, 7)]


def test_an_unknown_set_lists_the_known_ones() -> None:
    with pytest.raises(UnknownAlertSetError, match="chembl_dundee"):
        alerts([], ["pain"])


def test_matches_equal_rdkit_on_approved_drugs() -> None:
    table = pd.read_csv(admet_ai_folder() / "resources" / "data" / "drugbank_approved.csv", usecols=["smiles"])
    agrees_with_rdkit(table["smiles"].iloc[::12])


def test_matches_equal_rdkit_on_purchasable_compounds(shared: Path) -> None:
    table = pd.read_csv(shared / "data" / "Enamine50k.csv.gz")
    agrees_with_rdkit(table["smiles"].iloc[::150])
