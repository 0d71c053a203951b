"""Packed fingerprints against RDKit's own comparison."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem, DataStructs

from benchside.tools.chemistry import fingerprints as module
from benchside.tools.chemistry.fingerprints import fingerprint, fingerprints, tanimoto

SMILES = ["CCO", "CCCO", "c1ccccc1O", "CC(=O)Oc1ccccc1C(=O)O", "OC(=O)c1ccccc1O", "[Na+].[Cl-]", "C"]


def test_bits_agree_with_rdkit() -> None:
    mols = [Chem.MolFromSmiles(s) for s in SMILES]
    packed = fingerprints([*mols, None])
    assert packed.words.shape == (8, 32)
    assert packed.counts.tolist() == [fingerprint(m).GetNumOnBits() for m in mols] + [0]
    assert packed.present.tolist() == [True] * 7 + [False]


@pytest.mark.parametrize("block", [1, 2**22])
def test_similarity_agrees_with_rdkit_whatever_the_block(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    mols = [Chem.MolFromSmiles(s) for s in SMILES]
    expected = [[DataStructs.TanimotoSimilarity(fingerprint(a), fingerprint(b)) for b in mols] for a in mols]
    packed = fingerprints(mols)
    assert np.array_equal(tanimoto(packed, packed), np.array(expected))


def test_no_molecule_is_nan_and_take_keeps_order() -> None:
    packed = fingerprints([Chem.MolFromSmiles("CCO"), None])
    values = tanimoto(packed, packed)
    assert values[0, 0] == 1.0
    assert np.isnan(values[0, 1])
    assert np.isnan(values[1]).all()
    assert packed.take([1, 0]).present.tolist() == [False, True]
