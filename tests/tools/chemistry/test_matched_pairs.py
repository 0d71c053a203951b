"""Matched pairs of small known series."""

from __future__ import annotations

import pytest
from rdkit import Chem

from benchside.tools.chemistry import matched_pairs as module
from benchside.tools.chemistry.matched_pairs import TooManyPairsError, matched_pairs


def test_one_group_changes() -> None:
    series = [Chem.MolFromSmiles(s) if s else None for s in ("Cc1ccccc1", "", "Clc1ccccc1", "CCc1ccncc1", "Nc1ccncc1")]
    frame = matched_pairs(series)
    assert list(zip(frame["first"], frame["second"], strict=True)) == [(0, 2), (3, 4)]
    assert frame["context"].tolist() == [Chem.CanonSmiles("[*:1]c1ccccc1"), Chem.CanonSmiles("[*:1]c1ccncc1")]
    assert frame["transformation"].tolist() == ["C[*:1]>>Cl[*:1]", "CC[*:1]>>N[*:1]"]


def test_the_smallest_change_is_kept() -> None:
    pair = [Chem.MolFromSmiles(s) for s in ("COCc1ccc(cc1)C(=O)Nc1ccccc1", "CCOCc1ccc(cc1)C(=O)Nc1ccccc1")]
    frame = matched_pairs(pair)
    assert frame["transformation"].tolist() == ["C[*:1]>>CC[*:1]"]


def test_twins_are_no_pair_and_caps_are_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    twins = [Chem.MolFromSmiles("Cc1ccccc1")] * 3
    assert matched_pairs(twins).empty
    monkeypatch.setattr(module, "MAX_COMPOUNDS", 2)
    with pytest.raises(TooManyPairsError, match="at most 2"):
        matched_pairs(twins)
