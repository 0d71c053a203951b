"""Rules on compounds whose verdicts are known."""

from __future__ import annotations

import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.properties import properties
from benchside.tools.chemistry.rules import (
    RULE_INPUTS,
    RULES,
    MissingColumnError,
    UnknownRuleError,
    explain_rule,
    rules,
)

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
# Atorvastatin: molecular weight 558.6 and logP above 5, two violations.
ATORVASTATIN = "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)CC(=O)O"
# Erythromycin: molecular weight 733.9 and 14 N and O atoms; 5 N–H and O–H bonds are within the limit.
ERYTHROMYCIN = (
    "CC[C@@H]1[C@@]([C@@H]([C@H](C(=O)[C@@H](C[C@@]([C@@H]([C@H]([C@@H]([C@H](C(=O)O1)C)O[C@H]2C[C@@]([C@H]([C@@H](O2)C)O)"
    "(C)OC)C)O[C@H]3[C@@H]([C@H](C[C@H](O3)C)N(C)C)O)(C)O)C)C)O)(C)O"
)


def of(*smiles: str) -> pd.DataFrame:
    return properties([Chem.MolFromSmiles(text) for text in smiles])


def base(**changed: float) -> pd.DataFrame:
    good = {
        "molecular_weight": 300.0,
        "logp": 2.0,
        "lipinski_hbd": 1,
        "lipinski_hba": 4,
        "hbd": 1,
        "hba": 3,
        "rotatable_bonds": 4,
        "tpsa": 60.0,
        "molar_refractivity": 80.0,
        "atoms": 40,
        "rings": 2,
        "carbons": 15,
        "heteroatoms": 4,
    }
    return pd.DataFrame([good | changed])


def test_lipinski_on_known_drugs() -> None:
    found = rules(of(ASPIRIN, ATORVASTATIN, ERYTHROMYCIN))
    assert found["lipinski_violations"].tolist() == [0, 2, 2]
    assert found["lipinski"].tolist() == [True, False, False]


def test_one_violation_of_lipinski_is_allowed() -> None:
    found = rules(base(molecular_weight=501.0))
    assert found["lipinski_violations"][0] == 1
    assert found["lipinski"][0]


@pytest.mark.parametrize(
    ("rule", "column", "last_good", "first_bad"),
    [
        ("veber", "rotatable_bonds", 10, 11),
        ("veber", "tpsa", 140.0, 140.1),
        ("ghose", "molecular_weight", 480.0, 480.1),
        ("ghose", "molecular_weight", 160.0, 159.9),
        ("ghose", "logp", -0.4, -0.41),
        ("ghose", "logp", 5.6, 5.61),
        ("ghose", "molar_refractivity", 130.0, 130.1),
        ("ghose", "atoms", 70, 71),
        ("egan", "tpsa", 131.6, 131.7),
        ("egan", "logp", 5.88, 5.89),
        ("muegge", "rings", 7, 8),
        ("muegge", "carbons", 5, 4),
        ("muegge", "heteroatoms", 2, 1),
        ("muegge", "molecular_weight", 200.0, 199.9),
        ("lead_like", "molecular_weight", 350.0, 350.1),
        ("lead_like", "logp", 3.5, 3.51),
        ("rule_of_three", "molecular_weight", 299.9, 300.0),
        ("rule_of_three", "hba", 3, 4),
    ],
)
def test_limits_are_those_of_the_papers(rule: str, column: str, last_good: float, first_bad: float) -> None:
    fits = {"molecular_weight": 299.0} if rule == "rule_of_three" else {}
    assert rules(base(**{**fits, column: last_good}))[rule][0]
    assert not rules(base(**{**fits, column: first_bad}))[rule][0]


def test_a_missing_value_gives_null_where_it_is_needed_only() -> None:
    found = rules(base(tpsa=float("nan")))
    assert pd.isna(found["veber"][0])
    assert found["ghose"][0]
    assert found["lipinski_violations"][0] == 0


def test_the_index_of_the_frame_is_kept() -> None:
    frame = pd.concat([base(), base()])
    frame.index = pd.Index([7, 3])
    assert list(rules(frame).index) == [7, 3]


def test_explain_says_which_part_failed_first() -> None:
    parts = explain_rule("lipinski", of(ATORVASTATIN).iloc[0])
    assert [part.passed for part in parts] == [False, False, True, True]
    assert str(parts[0]) == "Molecular weight (average) ≤ 500 Da, is 558.65: broken"
    missing = explain_rule("veber", base(tpsa=float("nan")).iloc[0])
    assert "value missing" in str(missing[-1])


def test_every_rule_names_its_source_and_known_columns() -> None:
    assert all(rule.source for rule in RULES.values())
    assert set(RULE_INPUTS) <= set(base().columns)


def test_errors() -> None:
    with pytest.raises(UnknownRuleError, match="rule_of_three"):
        explain_rule("lipinsky", {})
    with pytest.raises(MissingColumnError, match="tpsa"):
        rules(base().drop(columns="tpsa"))
    with pytest.raises(MissingColumnError, match="rotatable_bonds"):
        explain_rule("veber", {})
