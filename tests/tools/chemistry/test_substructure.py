"""SMARTS search and the errors of bad patterns."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from rdkit import Chem

from benchside.tools.chemistry.substructure import SmartsError, SubstructureIndex, parse_smarts, search_substructure

LIBRARY = Path(__file__).parents[3] / "examples" / "library.csv"


def test_matches_and_their_atoms() -> None:
    mols = [Chem.MolFromSmiles("OC(=O)CCC(=O)O"), None, Chem.MolFromSmiles("CCO")]
    frame = search_substructure(mols, "C(=O)[OX2H1]")
    assert frame["matched"].iloc[0]
    assert frame["matches"].tolist()[0] == 2
    assert frame["atoms"].iloc[0] == ((1, 2, 0), (5, 6, 7))
    assert frame["atoms"].iloc[2] == ()
    assert frame["matched"].isna().tolist() == [False, True, False]
    assert frame["atoms"].iloc[1] is None


@pytest.mark.parametrize("smarts", ["c1ccccc1", "[NX3;H2]", "C(F)(F)F", "[#7]1~[#6]~[#6]~1", "C=CC(=O)N", "[$(C=O)]N"])
def test_the_prescreen_changes_nothing(smarts: str) -> None:
    with LIBRARY.open(encoding="utf-8", newline="") as handle:
        mols = [Chem.MolFromSmiles(row["smiles"]) for row in csv.DictReader(handle)]
    plain = search_substructure(mols, smarts)
    indexed = search_substructure(SubstructureIndex(mols), smarts)
    assert plain["atoms"].tolist() == indexed["atoms"].tolist()


def test_chirality_is_asked_for() -> None:
    mols = [Chem.MolFromSmiles(s) for s in ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O")]
    pattern = "C[C@H](N)C(=O)O"
    assert search_substructure(mols, pattern)["matched"].tolist() == [True, True]
    assert search_substructure(mols, pattern, chirality=True)["matched"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("[C;X", "position 4"),
        ("C((C))", r"position 3, at '\(C\)\)'"),
        ("C(C", "extra open parentheses"),
        ("c1ccc", "unclosed ring"),
        ("C C", "space at position 2"),
        ("C" * 3000, "3,000 characters"),
    ],
)
def test_bad_patterns_say_where(text: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SmartsError, match=message):
        parse_smarts(text)
    assert capfd.readouterr().err == ""
