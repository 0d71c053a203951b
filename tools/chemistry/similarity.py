"""Which known compounds are near: Tanimoto search in memory, and with FPSim2 for a file of millions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from rdkit import Chem

from benchside.tools.chemistry.compute import scaffold_smiles
from benchside.tools.chemistry.fingerprints import BITS, RADIUS, Fingerprints, fingerprints, tanimoto, tanimoto_blocks
from benchside.tools.chemistry.workup import Workup
from benchside.workspaces.errors import InputError, StorageError, UsageError

HIT_COLUMNS: Final = ("query", "rank", "row", "similarity")
_PARAMETERS: Final[dict[str, Any]] = {"radius": RADIUS, "fpSize": BITS}


class SearchError(UsageError):
    """A search was asked for with a k or a threshold that makes no sense."""

    code = "bad_search"


class NoReferenceError(InputError):
    """There is no reference molecule to compare with."""

    code = "no_reference"


class FingerprintFileError(StorageError):
    """A file of fingerprints is missing, damaged, or was made with other fingerprints."""

    code = "bad_fingerprint_file"


def nearest(
    queries: Sequence[Chem.Mol | None],
    library: Sequence[Chem.Mol | None] | Fingerprints | FingerprintFile,
    k: int = 1,
    threshold: float = 0.0,
) -> pd.DataFrame:
    """The k most similar compounds of a library for each query.

    Args:
        queries: n molecules; None has no hits.
        library: molecules or packed fingerprints (compared in memory), or a file of fingerprints.
        k: how many at most; equal similarities are ordered by row, so the answer does not depend on chance.
        threshold: least similarity, 0 to 1, included. At 0, compounds without a common bit count too in memory; a
            file returns only those with one.

    Returns:
        query (0-based), rank (from 1), row (0-based, of the library), similarity; ordered by query and rank.

    Raises:
        SearchError: k below 1, or a threshold outside 0 to 1.
    """
    if k < 1 or not 0 <= threshold <= 1:
        raise SearchError(
            f"Got k = {k} and threshold = {threshold}, expected k of 1 or more and a threshold of 0 to 1."
        )
    if isinstance(library, FingerprintFile):
        parts = [library._nearest(mol, k, threshold) for mol in queries]
    else:
        packed = library if isinstance(library, Fingerprints) else fingerprints(library)
        parts = _nearest_in_memory(fingerprints(queries), packed, k, threshold)
    return _hits(parts)


def within(
    queries: Sequence[Chem.Mol | None],
    library: Sequence[Chem.Mol | None] | Fingerprints | FingerprintFile,
    threshold: float,
) -> pd.DataFrame:
    """All compounds of a library at least as similar as `threshold`; arguments and columns as `nearest`.

    Raises:
        SearchError: a threshold of 0, which asks for everything, or above 1.
    """
    if not 0 < threshold <= 1:
        raise SearchError(f"Got threshold = {threshold}, expected more than 0, and at most 1.")
    if isinstance(library, FingerprintFile):
        return _hits([library._within(mol, threshold) for mol in queries])
    return nearest(queries, library, k=max(1, len(library)), threshold=threshold)


def _hits(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    lengths = [len(rows) for rows, _ in parts]
    columns = {
        "query": np.repeat(np.arange(len(parts)), lengths),
        "rank": np.concatenate([np.arange(1, n + 1) for n in lengths]) if parts else np.zeros(0),
        "row": np.concatenate([rows for rows, _ in parts]) if parts else np.zeros(0),
        "similarity": np.concatenate([values for _, values in parts]) if parts else np.zeros(0),
    }
    types = {"query": "int64", "rank": "int64", "row": "int64", "similarity": "float64"}
    return pd.DataFrame(columns).astype(types)


def _nearest_in_memory(
    queries: Fingerprints, library: Fingerprints, k: int, threshold: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    out: list[tuple[np.ndarray, np.ndarray]] = []
    for _, block in tanimoto_blocks(queries, library):
        for values in block:
            rows = np.flatnonzero(values >= threshold)  # NaN, no molecule, is never at least the threshold
            if len(rows) > k:
                least = np.partition(values[rows], len(rows) - k)[len(rows) - k]
                rows = rows[values[rows] >= least]
            rows = rows[np.lexsort((rows, -values[rows]))][:k]
            out.append((rows, values[rows]))
    return out


class FingerprintFile:
    """Fingerprints on disk, searched with FPSim2 (Félix, Dalke & Landrum; popcount-sorted, in memory once loaded).

    Args:
        path: a file made by `write_fingerprints`.

    Raises:
        FingerprintFileError: it is missing, damaged, or holds other fingerprints than these.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        from FPSim2 import FPSim2Engine

        self.path = Path(path)
        if not self.path.is_file():
            raise FingerprintFileError("There is no such file of fingerprints.", where=str(path))
        try:
            self._engine = FPSim2Engine(str(path))
        except Exception as error:
            raise FingerprintFileError(
                f"The file of fingerprints cannot be read: {type(error).__name__}.",
                where=str(path),
                hint="Make it again.",
            ) from error
        held = self._engine.fp_params or {}
        if self._engine.fp_type != "Morgan" or any(held.get(key) != value for key, value in _PARAMETERS.items()):
            raise FingerprintFileError(
                f"The file holds {self._engine.fp_type} fingerprints with {held}, expected Morgan with {_PARAMETERS}.",
                where=str(path),
                hint="Make it again.",
            )

    def __len__(self) -> int:
        return len(self._engine.fps)

    def _within(self, mol: Chem.Mol | None, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        if mol is None:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        # FPSim2 compares in float32: ask for a hair less, then compare the exact ratio.
        found = self._engine.similarity(Chem.MolToSmiles(mol), max(threshold - 1e-6, 1e-6), n_workers=1)
        rows = found["mol_id"].astype(np.int64)
        values = _exact(found["coeff"])
        kept = values >= threshold
        order = np.lexsort((rows[kept], -values[kept]))
        return rows[kept][order], values[kept][order]

    def _nearest(self, mol: Chem.Mol | None, k: int, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        if mol is None:
            return self._within(None, threshold)
        best = self._engine.top_k(Chem.MolToSmiles(mol), k, max(threshold - 1e-6, 1e-6), n_workers=1)
        if len(best) < k:
            return self._within(mol, threshold)
        # top_k breaks ties by chance of storage: take all that reach its last value, then order them by row.
        rows, values = self._within(mol, max(threshold, float(best["coeff"].min()) - 1e-6))
        return rows[:k], values[:k]


def _exact(values: np.ndarray) -> np.ndarray:
    """A float32 ratio of two counts up to 2 x 2,048 as the float64 that the same counts give."""
    from fractions import Fraction

    unique, back = np.unique(values, return_inverse=True)
    exact = np.array([float(Fraction(float(value)).limit_denominator(2 * BITS)) for value in unique], dtype=np.float64)
    return exact[back] if len(unique) else np.zeros(0)


def write_fingerprints(smiles: Iterable[str | None], path: str | os.PathLike[str]) -> int:
    """Writes the fingerprints of a library for `FingerprintFile`; the row number (from 0) names each.

    It is written beside `path` and put in place when whole.

    Args:
        smiles: readable SMILES, in order; None, and what RDKit cannot read, keeps its row number and is never found.
        path: ends in .h5.

    Returns:
        How many rows were given.

    Raises:
        SearchError: the name does not end in .h5, or there is nothing to write.
    """
    from FPSim2.io import create_db_file

    target = Path(path)
    if target.suffix != ".h5":
        raise SearchError("A file of fingerprints must end in .h5.", where=str(path))
    given = 0
    written = 0

    def source() -> Iterable[tuple[str, int]]:
        nonlocal given, written
        for row, text in enumerate(smiles):
            given = row + 1
            if text and Chem.MolFromSmiles(text) is not None:
                written += 1
                yield text, row

    partial = target.with_name(f".{target.stem}.partial.h5")
    try:
        create_db_file(source(), str(partial), mol_format="smiles", fp_type="Morgan", fp_params=dict(_PARAMETERS))
        if not written:
            raise SearchError("There is no structure to write.", where=str(path))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return given


def reference_similarity(mols: Sequence[Chem.Mol | None], reference_mol: Chem.Mol | None) -> pd.DataFrame:
    """How each molecule compares with a known active.

    Args:
        mols: n molecules; None gives a row of nulls.
        reference_mol: the known active.

    Returns:
        n rows: reference_similarity (Tanimoto, Morgan radius 2, 2,048 bits), reference_shared_scaffold (the same Murcko
        scaffold; null when the reference has no ring), and compound minus reference of average molecular weight (Da),
        Crippen logP and TPSA (Å²).

    Raises:
        NoReferenceError: `reference_mol` is None or has no atoms.
    """
    if reference_mol is None or reference_mol.GetNumAtoms() == 0:
        raise NoReferenceError("There is no reference molecule to compare with.", hint="Give its SMILES or name.")
    similarity = tanimoto(fingerprints(mols), fingerprints([reference_mol]))[:, 0]
    scaffold = scaffold_smiles(reference_mol)
    zero = Workup(reference_mol)
    shared: list[bool | None] = []
    deltas: list[tuple[float, float, float]] = []
    for mol in mols:
        if mol is None:
            shared.append(None)
            deltas.append((np.nan, np.nan, np.nan))
            continue
        work = Workup(mol)
        shared.append(None if scaffold is None else scaffold_smiles(mol) == scaffold)
        deltas.append(
            (work.molecular_weight - zero.molecular_weight, work.crippen[0] - zero.crippen[0], work.tpsa - zero.tpsa)
        )
    table = np.array(deltas, dtype=np.float64).reshape(len(mols), 3)
    return pd.DataFrame(
        {
            "reference_similarity": similarity,
            "reference_shared_scaffold": pd.array(shared, dtype="boolean"),
            "reference_delta_molecular_weight": table[:, 0],
            "reference_delta_logp": table[:, 1],
            "reference_delta_tpsa": table[:, 2],
        }
    )
