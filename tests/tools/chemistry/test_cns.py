"""CNS MPO: the desirabilities by hand, the estimates against measured values."""

from __future__ import annotations

from math import log10

import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.cns import (
    ACIDIC_GROUPS,
    BASIC_GROUPS,
    CNS_OUTPUTS,
    acidic_pka,
    basic_pka,
    cns_mpo,
    logd74,
    mpo_parts,
)


def test_desirabilities_by_hand() -> None:
    # ClogP 4: (5-4)/2; ClogD 2.5: (4-2.5)/2; MW 430: (500-430)/140; TPSA 30: (30-20)/20; HBD 2: (3.5-2)/3;
    # pKa 9: (10-9)/2.
    parts = mpo_parts(logp=4, logd=2.5, molecular_weight=430, tpsa=30, hbd=2, basic_pka=9)
    assert parts == pytest.approx(
        {
            "cns_mpo_logp": 0.5,
            "cns_mpo_logd": 0.75,
            "cns_mpo_molecular_weight": 0.5,
            "cns_mpo_tpsa": 0.5,
            "cns_mpo_hbd": 0.5,
            "cns_mpo_pka": 0.5,
        }
    )


def test_the_best_is_six_and_the_worst_is_zero() -> None:
    best = mpo_parts(logp=3, logd=2, molecular_weight=360, tpsa=90, hbd=0, basic_pka=8)
    worst = mpo_parts(logp=5, logd=4, molecular_weight=500, tpsa=120, hbd=4, basic_pka=10)
    assert sum(best.values()) == 6
    assert sum(worst.values()) == 0
    assert mpo_parts(logp=0, logd=0, molecular_weight=100, tpsa=20, hbd=0, basic_pka=None)["cns_mpo_tpsa"] == 0


@pytest.mark.parametrize(
    ("name", "smiles", "measured"),
    [
        # Measured pKa of the conjugate acid, from the handbooks (Albert & Serjeant; Perrin).
        ("benzylamine", "NCc1ccccc1", 9.3),
        ("piperidine", "C1CCNCC1", 11.1),
        ("triethylamine", "CCN(CC)CC", 10.7),
        ("N-methylmorpholine", "CN1CCOCC1", 7.4),
        ("pyridine", "c1ccncc1", 5.2),
        ("imidazole", "c1c[nH]cn1", 7.0),
        ("aniline", "Nc1ccccc1", 4.6),
        ("4-dimethylaminopyridine", "CN(C)c1ccncc1", 9.6),
        ("2-aminopyridine", "Nc1ccccn1", 6.8),
        ("acetamidine", "CC(=N)N", 12.4),
        ("guanidine", "CNC(=N)N", 13.4),
        ("quinuclidine", "C1CN2CCC1CC2", 11.0),
        ("propranolol", "CC(C)NCC(O)COc1cccc2ccccc12", 9.5),
        ("amitriptyline", "CN(C)CCC=C1c2ccccc2CCc2ccccc21", 9.4),
        ("imatinib", "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1", 8.1),
    ],
)
def test_the_basic_estimate_is_within_a_unit_and_a_half(name: str, smiles: str, measured: float) -> None:
    assert basic_pka(Chem.MolFromSmiles(smiles)) == pytest.approx(measured, abs=1.5), name


@pytest.mark.parametrize("smiles", ["CC(N)=O", "CS(=O)(=O)NC", "c1ccccc1", "O=C(O)c1ccccc1", "NC(N)=O"])
def test_what_is_not_basic_is_not_ionised_at_physiological_ph(smiles: str) -> None:
    estimate = basic_pka(Chem.MolFromSmiles(smiles))
    assert estimate is None or estimate < 2


@pytest.mark.parametrize(
    ("smiles", "measured"), [("OC(=O)c1ccccc1", 4.2), ("Oc1ccccc1", 9.99), ("c1ccccc1-c1nnn[nH]1", 4.9)]
)
def test_the_acidic_estimate(smiles: str, measured: float) -> None:
    assert acidic_pka(Chem.MolFromSmiles(smiles)) == pytest.approx(measured, abs=1)


def test_logd_by_henderson_and_hasselbalch() -> None:
    assert logd74(3.0, None, None) == 3.0
    # A base of pKa 9.4 is ionised 100 to 1, and the cation partitions 1,000 times less:
    # (1 + 0.1) / (1 + 100) of the neutral form.
    assert logd74(3.0, 9.4, None) == pytest.approx(3 + log10(1.1 / 101))
    assert logd74(3.0, None, 4.4) == pytest.approx(3 + log10((1 + 0.1) / 1001))
    assert logd74(3.0, 14.0, None) == pytest.approx(0.0, abs=0.01)


def test_propranolol_is_close_to_its_measured_distribution() -> None:
    # Measured logD 7.4 of propranolol: 1.2 (Avdeef).
    row = cns_mpo([Chem.MolFromSmiles("CC(C)NCC(O)COc1cccc2ccccc12")], parts=True).iloc[0]
    assert row["logd74_estimate"] == pytest.approx(1.2, abs=0.7)


def test_the_score_is_the_sum_of_its_parts_and_null_without_a_molecule() -> None:
    frame = cns_mpo([Chem.MolFromSmiles("CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21"), None], parts=True)
    assert tuple(frame.columns) == CNS_OUTPUTS
    assert frame["cns_mpo"][0] == pytest.approx(
        frame.iloc[0][[c for c in CNS_OUTPUTS if c.startswith("cns_mpo_")]].sum()
    )
    # Diazepam by hand: logP and logD 3.154, molecular weight 284.7, TPSA 32.67, no donor, pKa 3.5 (measured: 3.4).
    by_hand = (5 - 3.154) / 2 + (4 - 3.154) / 2 + 1 + (32.67 - 20) / 20 + 1 + 1
    assert frame["cns_mpo"][0] == pytest.approx(by_hand, abs=0.002)
    assert pd.isna(frame["cns_mpo"][1])


def test_every_group_is_valid_smarts() -> None:
    for _, smarts, _ in (*BASIC_GROUPS, *ACIDIC_GROUPS):
        assert Chem.MolFromSmarts(smarts) is not None, smarts
