"""Butina clusters and MaxMin picks against plain reimplementations."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from benchside.tools.chemistry import clustering
from benchside.tools.chemistry.clustering import (
    PickError,
    TooManyToClusterError,
    butina_clusters,
    cluster_centres,
    diverse_pick,
)
from benchside.tools.chemistry.fingerprints import fingerprints, tanimoto

LIBRARY = Path(__file__).parents[3] / "examples" / "library.csv"


@pytest.fixture(scope="module")
def mols() -> list[Chem.Mol]:
    with LIBRARY.open(encoding="utf-8", newline="") as handle:
        return [Chem.MolFromSmiles(row["smiles"]) for row in csv.DictReader(handle)]


def plain_butina(values: np.ndarray, threshold: float) -> list[set[int]]:
    near = {i: {j for j in range(len(values)) if i == j or values[i, j] >= threshold} for i in range(len(values))}
    left = set(near)
    clusters = []
    for row in sorted(near, key=lambda i: (-len(near[i]), i)):
        if row in left:
            clusters.append(near[row] & left)
            left -= near[row]
    return clusters


@pytest.mark.parametrize("threshold", [0.2, 0.35, 0.65, 1.0])
def test_clusters_agree_with_the_definition(mols: list[Chem.Mol], threshold: float) -> None:
    packed = fingerprints(mols)
    expected = plain_butina(tanimoto(packed, packed), threshold)
    labels = butina_clusters(mols, threshold)
    assert [set(np.flatnonzero(labels == number).tolist()) for number in range(len(expected))] == expected
    centres = cluster_centres(mols, threshold)
    assert [labels[centre] for centre in centres] == list(range(len(expected)))


def test_no_molecule_has_no_cluster() -> None:
    assert butina_clusters([None, Chem.MolFromSmiles("CCO"), Chem.MolFromSmiles("CCO")]).tolist() == [-1, 0, 0]
    assert butina_clusters([]).tolist() == []


def test_caps_are_stated(mols: list[Chem.Mol], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MAX_PAIRS", 1000)
    with pytest.raises(TooManyToClusterError, match="1,000 pairs"):
        butina_clusters(mols, 0.05)
    monkeypatch.setattr(clustering, "MAX_COMPOUNDS", 10)
    with pytest.raises(TooManyToClusterError, match="at most 10"):
        butina_clusters(mols)
    with pytest.raises(PickError):
        butina_clusters(mols[:2], 1.5)


def test_a_pick_follows_maxmin_and_the_seed(mols: list[Chem.Mol]) -> None:
    picked = diverse_pick(mols, 12, seed=5)
    assert picked == diverse_pick(mols, 12, seed=5)
    packed = fingerprints(mols)
    distance = 1 - tanimoto(packed, packed)
    for at in range(1, len(picked)):
        closest = distance[:, picked[:at]].min(axis=1)
        closest[picked[:at]] = -1
        assert closest[picked[at]] == pytest.approx(closest.max())


def test_a_pick_honours_what_was_picked(mols: list[Chem.Mol]) -> None:
    some: list[Chem.Mol | None] = [None, *mols[:6]]
    assert diverse_pick(some, 2, picked=[3, 1]) == diverse_pick(some, 6, picked=[3, 1])[:2]
    assert sorted(diverse_pick(some, 99, picked=[3, 1])) == [2, 4, 5, 6]
    assert diverse_pick(some, 0) == []
    with pytest.raises(PickError, match=r"\[0, 9\]"):
        diverse_pick(some, 1, picked=[0, 9])
