"""Nearest neighbours in memory and on disk, and comparison with a reference."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from benchside.tools.chemistry.similarity import (
    FingerprintFile,
    FingerprintFileError,
    NoReferenceError,
    SearchError,
    nearest,
    reference_similarity,
    within,
    write_fingerprints,
)

LIBRARY = Path(__file__).parents[3] / "examples" / "library.csv"


@pytest.fixture(scope="module")
def smiles() -> list[str]:
    with LIBRARY.open(encoding="utf-8", newline="") as handle:
        return [row["smiles"] for row in csv.DictReader(handle)][::3]


@pytest.fixture(scope="module")
def on_disk(smiles: list[str], tmp_path_factory: pytest.TempPathFactory) -> FingerprintFile:
    path = tmp_path_factory.mktemp("prints") / "library.h5"
    assert write_fingerprints([None, "nonsense", *smiles], path) == len(smiles) + 2
    assert [item.name for item in path.parent.iterdir()] == ["library.h5"]
    return FingerprintFile(path)


def test_nearest_agrees_with_a_plain_search(smiles: list[str]) -> None:
    mols = [Chem.MolFromSmiles(s) for s in smiles]
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    prints = [make.GetFingerprint(m) for m in mols]
    query = Chem.MolFromSmiles("COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1")
    values = DataStructs.BulkTanimotoSimilarity(make.GetFingerprint(query), prints)
    expected = sorted(range(len(values)), key=lambda i: (-values[i], i))[:7]
    hits = nearest([None, query], mols, k=7)
    assert hits["query"].tolist() == [1] * 7
    assert hits["rank"].tolist() == list(range(1, 8))
    assert hits["row"].tolist() == expected
    assert hits["similarity"].tolist() == [values[i] for i in expected]


@pytest.mark.parametrize(("k", "threshold"), [(1, 0.0), (5, 0.2), (3, 0.5), (9, 0.999)])
def test_disk_gives_what_memory_gives(smiles: list[str], on_disk: FingerprintFile, k: int, threshold: float) -> None:
    library = [None, None, *(Chem.MolFromSmiles(s) for s in smiles)]
    queries = library[2:8]
    memory = nearest(queries, library, k=k, threshold=threshold)
    pd.testing.assert_frame_equal(nearest(queries, on_disk, k=k, threshold=threshold), memory)
    if threshold:
        everything = within(queries, library, threshold)
        pd.testing.assert_frame_equal(within(queries, on_disk, threshold), everything)


def test_ties_go_to_the_first_row() -> None:
    library = [Chem.MolFromSmiles(s) for s in ("CCC", "CCO", "OCC", "CCO")]
    hits = nearest([Chem.MolFromSmiles("CCO")], library, k=2)
    assert hits["row"].tolist() == [1, 2]


def test_no_query_and_no_library() -> None:
    assert nearest([], [Chem.MolFromSmiles("C")]).empty
    assert nearest([Chem.MolFromSmiles("C")], []).empty


def test_bad_searches(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="k = 0"):
        nearest([], [], k=0)
    with pytest.raises(SearchError, match="threshold = 0"):
        within([], [], 0)
    with pytest.raises(SearchError, match=r"\.h5"):
        write_fingerprints(["C"], tmp_path / "x.csv")
    with pytest.raises(SearchError, match="no structure"):
        write_fingerprints([], tmp_path / "x.h5")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with pytest.raises(FingerprintFileError, match=r"x\.h5"):
        FingerprintFile(path)
    path.write_bytes(b"not HDF5")
    with pytest.raises(FingerprintFileError, match="cannot be read"):
        FingerprintFile(path)


def test_reference_columns() -> None:
    gefitinib = Chem.MolFromSmiles("COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1")
    desfluoro = Chem.MolFromSmiles("COc1cc2ncnc(Nc3cccc(Cl)c3)c2cc1OCCCN1CCOCC1")
    frame = reference_similarity([gefitinib, desfluoro, None, Chem.MolFromSmiles("CCO")], gefitinib)
    assert frame["reference_similarity"].iloc[0] == 1.0
    assert frame["reference_shared_scaffold"].tolist()[:2] == [True, True]
    assert frame["reference_shared_scaffold"].iloc[3] == False  # noqa: E712
    # F (18.998) gives way to H (1.008)
    assert frame["reference_delta_molecular_weight"].iloc[1] == pytest.approx(1.008 - 18.998, abs=0.002)
    assert frame["reference_delta_tpsa"].iloc[1] == pytest.approx(0.0, abs=1e-9)
    assert frame.iloc[2].isna().all()
    assert np.isfinite(frame["reference_delta_logp"].iloc[3])


def test_reference_without_a_ring_shares_nothing_to_say() -> None:
    frame = reference_similarity([Chem.MolFromSmiles("CCO")], Chem.MolFromSmiles("CCN"))
    assert frame["reference_shared_scaffold"].isna().all()
    with pytest.raises(NoReferenceError):
        reference_similarity([], None)
