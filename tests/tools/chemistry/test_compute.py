"""The pass over a chunk: columns of the plan, equality with the single functions, rows that fail."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.alert_patterns import UnknownAlertSetError
from benchside.tools.chemistry.alerts import alerts
from benchside.tools.chemistry.cns import cns_mpo
from benchside.tools.chemistry.columns import COLUMNS, DTYPES, UnknownColumnError
from benchside.tools.chemistry.compute import PropertyPlan, compute_properties, scaffold_smiles
from benchside.tools.chemistry.permeation import permeation
from benchside.tools.chemistry.properties import properties
from benchside.tools.chemistry.rules import rules

SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "O=C1NC(=S)SC1=Cc1ccccc1",
    "CCO",
    "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc1nccc(-c2cn(C)c3ccccc23)n1",
]


@pytest.fixture
def mols() -> list[Chem.Mol]:
    return [Chem.MolFromSmiles(text) for text in SMILES]


def test_the_shared_pass_equals_the_single_functions(mols: list[Chem.Mol]) -> None:
    found = compute_properties(mols, PropertyPlan(cns_parts=True))
    single = properties(mols)
    expected = pd.concat(
        [single, alerts(mols), rules(single), permeation(single["logp"], single["tpsa"]), cns_mpo(mols, parts=True)],
        axis=1,
    )
    pd.testing.assert_frame_equal(found[list(expected.columns)], expected)
    assert found["problem"].isna().all()


def test_the_plan_names_its_columns_and_types(mols: list[Chem.Mol]) -> None:
    for plan in (
        PropertyPlan(),
        PropertyPlan(properties=("tpsa",), alert_sets=(), rules=False, permeation=False, cns=False, scaffold=False),
        PropertyPlan(properties=(), alert_sets=("nih",), rules=True, permeation=True, cns=True, cns_parts=True),
    ):
        frame = compute_properties(mols, plan)
        assert tuple(frame.columns) == plan.columns
        for name in frame.columns:
            assert str(frame[name].dtype) == DTYPES[COLUMNS[name].type], name
        assert PropertyPlan(**asdict(plan)) == plan


def test_types_do_not_depend_on_the_chunk(mols: list[Chem.Mol]) -> None:
    full, missing, empty = compute_properties(mols), compute_properties([None]), compute_properties([])
    assert full.dtypes.tolist() == missing.dtypes.tolist() == empty.dtypes.tolist()
    assert len(empty) == 0


def test_a_row_without_a_molecule_says_so(mols: list[Chem.Mol]) -> None:
    frame = compute_properties([mols[0], None, mols[2]])
    assert frame["problem"].tolist() == [pd.NA, "there is no molecule", pd.NA]
    assert frame.drop(columns="problem").iloc[1].isna().all()
    assert frame["heavy_atoms"].tolist() == [13, pd.NA, 3]


def test_a_failed_calculation_leaves_nulls_and_the_reason(
    mols: list[Chem.Mol], monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchside.tools.chemistry import properties as module

    def broken(work: object) -> float:
        raise RuntimeError("Invariant Violation\n\tRingInfo not initialized")

    monkeypatch.setitem(module.PROPERTIES, "tpsa", broken)
    frame = compute_properties(mols[:1])
    assert pd.isna(frame["tpsa"][0])
    assert pd.isna(frame["veber"][0])
    assert pd.isna(frame["gi_absorption"][0])
    assert frame["heavy_atoms"][0] == 13
    assert frame["problem"][0] == "tpsa: RuntimeError: Invariant Violation"


def test_a_molecule_that_rdkit_refuses_does_not_end_the_chunk() -> None:
    unsanitised = Chem.MolFromSmiles("c1ccccc1C(=O)O", sanitize=False)
    frame = compute_properties([unsanitised, Chem.MolFromSmiles("CCO")])
    assert "hba" in frame["problem"][0]
    assert pd.isna(frame["problem"][1])


def test_scaffolds() -> None:
    assert scaffold_smiles(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")) == "c1ccccc1"
    assert scaffold_smiles(Chem.MolFromSmiles("CCO")) is None


def test_an_impossible_plan_is_refused() -> None:
    with pytest.raises(UnknownColumnError):
        compute_properties([], PropertyPlan(properties=("hERG",)))
    with pytest.raises(UnknownAlertSetError):
        compute_properties([], PropertyPlan(alert_sets=("pain",)))
