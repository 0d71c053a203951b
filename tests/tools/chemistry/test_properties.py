"""Properties against published values and against the plain RDKit calls."""

from __future__ import annotations

import contextlib
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rdkit import Chem, RDConfig
from rdkit.Chem import QED, Crippen, Descriptors, rdMolDescriptors

from benchside.tools.chemistry.columns import UnknownColumnError
from benchside.tools.chemistry.properties import PROPERTY_COLUMNS, properties

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
MOLECULES = [
    ASPIRIN,
    "CN1CCC[C@H]1c1cccnc1",
    "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc1nccc(-c2cn(C)c3ccccc23)n1",
    "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O",
    "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "[2H]C([2H])([2H])Oc1ccc(C#N)cc1",
    "[H]/N=C(/N)NCCC[C@H](N)C(=O)O",
    "OB(O)c1ccccc1",
    "C1CC2CCC1C2",
    "C[N+](C)(C)CC([O-])=O",
    "*c1ccccc1",
    "O=C1NC(=S)SC1=Cc1ccccc1",
    "[Na+].[Cl-]",
    "C",
    "FC(F)(F)c1nn2c(c1)SCC2C=CC(Br)Br",
    "CC1OC(=O)CCCCCCCCCCC1",
]


@pytest.fixture(scope="module")
def scores() -> tuple[Any, Any, Any]:
    for folder in ("SA_Score", "NP_Score"):
        sys.path.append(str(Path(RDConfig.RDContribDir, folder)))
    import npscorer
    import sascorer

    with contextlib.redirect_stderr(StringIO()):
        return sascorer, npscorer, npscorer.readNPModel()


def test_aspirin_has_its_published_values() -> None:
    row = properties([Chem.MolFromSmiles(ASPIRIN)]).iloc[0]
    # PubChem CID 2244.
    assert row["molecular_weight"] == pytest.approx(180.16, abs=0.01)
    assert row["monoisotopic_weight"] == pytest.approx(180.04225873, abs=1e-6)
    assert row["tpsa"] == pytest.approx(63.6, abs=0.05)
    assert row["hbd"] == 1
    assert row["lipinski_hba"] == 4
    assert row["heavy_atoms"] == 13
    assert row["atoms"] == 21
    assert row["formal_charge"] == 0
    assert row["stereocentres"] == 0
    assert row["qed"] == pytest.approx(0.55, abs=0.005)


@pytest.mark.parametrize("smiles", MOLECULES)
def test_each_value_is_identical_to_the_plain_call(smiles: str, scores: tuple[Any, Any, Any]) -> None:
    sascorer, npscorer, model = scores
    mol = Chem.MolFromSmiles(smiles)
    plain = {
        "molecular_weight": Descriptors.MolWt(mol),
        "monoisotopic_weight": Descriptors.ExactMolWt(mol),
        "logp": Crippen.MolLogP(mol),
        "molar_refractivity": Crippen.MolMR(mol),
        "tpsa": rdMolDescriptors.CalcTPSA(mol),
        "hbd": rdMolDescriptors.CalcNumHBD(mol),
        "hba": rdMolDescriptors.CalcNumHBA(mol),
        "lipinski_hbd": rdMolDescriptors.CalcNumLipinskiHBD(mol),
        "lipinski_hba": rdMolDescriptors.CalcNumLipinskiHBA(mol),
        "rotatable_bonds": rdMolDescriptors.CalcNumRotatableBonds(mol),
        "rings": rdMolDescriptors.CalcNumRings(mol),
        "aromatic_rings": rdMolDescriptors.CalcNumAromaticRings(mol),
        "fraction_csp3": rdMolDescriptors.CalcFractionCSP3(mol),
        "formal_charge": Chem.GetFormalCharge(mol),
        "atoms": rdMolDescriptors.CalcNumAtoms(mol),
        "heavy_atoms": mol.GetNumHeavyAtoms(),
        "heteroatoms": rdMolDescriptors.CalcNumHeteroatoms(mol),
        "stereocentres": rdMolDescriptors.CalcNumAtomStereoCenters(mol),
        "unspecified_stereocentres": rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters(mol),
        "qed": QED.qed(mol),
        "sa_score": sascorer.calculateScore(mol),
        "np_score": npscorer.scoreMol(mol, model),
    }
    row = properties([Chem.MolFromSmiles(smiles)]).iloc[0]
    assert {name: row[name] for name in plain} == plain


def test_a_row_without_a_molecule_is_null_and_types_stay() -> None:
    frame = properties([None, Chem.MolFromSmiles("CCO")], ["hbd", "logp"])
    assert list(frame.columns) == ["hbd", "logp"]
    assert list(frame.index) == [0, 1]
    assert frame.iloc[0].isna().all()
    assert str(frame["hbd"].dtype) == "Int64"
    assert frame["hbd"][1] == 1


def test_no_molecules_give_an_empty_frame_with_all_columns() -> None:
    assert tuple(properties([]).columns) == PROPERTY_COLUMNS
    assert len(properties([])) == 0


def test_scores_of_a_molecule_without_atoms_are_null() -> None:
    assert pd.isna(properties([Chem.MolFromSmiles("")], ["sa_score", "np_score"]).iloc[0]).all()


def test_natural_products_score_higher_than_synthetic_drugs() -> None:
    # Ertl et al. 2008: natural products are on the positive side, synthetic molecules on the negative.
    testosterone, osimertinib = properties([Chem.MolFromSmiles(MOLECULES[4]), Chem.MolFromSmiles(MOLECULES[2])])[
        "np_score"
    ]
    assert testosterone > 1
    assert osimertinib < 0


def test_a_column_that_is_no_property_is_refused() -> None:
    with pytest.raises(UnknownColumnError, match="not a property"):
        properties([], ["hERG"])
    with pytest.raises(UnknownColumnError, match="no column"):
        properties([], ["nonsense"])


def test_stereocentres_do_not_depend_on_what_was_perceived_before() -> None:
    mol = Chem.MolFromSmiles("CC(O)C[C@H](N)C(=O)O")
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True, flagPossibleStereoCenters=False)
    row = properties([mol], ["stereocentres", "unspecified_stereocentres"]).iloc[0]
    assert row.tolist() == [2, 1]
