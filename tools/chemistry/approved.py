"""The approved drugs that admet-ai ships: a real library without a download, and the background that others are seen
against.

The table (DrugBank's approved small molecules, with ATC codes) is read from the installed admet-ai package and never
copied. Its names are names of drugs, not of a safe neighbourhood: similarity to an approved drug says nothing about
the applicability of a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdFingerprintGenerator

from benchside.tools.chemistry.admet_endpoints import PackageDataError, admet_ai_folder

# Version of the package whose table is read, for provenance.
TABLE_VERSION = f"admet-ai {version('admet-ai')}"

APPROVED_DRUGS = 2845
REFERENCE_COLUMNS = ("molecular_weight", "logp", "tpsa", "hbd", "hba", "qed")
NEAREST_OUTPUTS = ("nearest_approved_drug", "nearest_approved_similarity")

_COLUMNS = {
    "name": "name",
    "smiles": "smiles",
    "id": "drugbank_id",
    "atc": "atc",
    "atc_name_1": "atc_name_1",
    "atc_name_2": "atc_name_2",
    "atc_name_3": "atc_name_3",
    "atc_name_4": "atc_name_4",
    "molecular_weight": "molecular_weight",
    "logP": "logp",
    "tpsa": "tpsa",
    "hydrogen_bond_donors": "hbd",
    "hydrogen_bond_acceptors": "hba",
    "QED": "qed",
}
_TEXTS = ("name", "smiles", "drugbank_id", "atc", "atc_name_1", "atc_name_2", "atc_name_3", "atc_name_4")
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


def approved_drugs() -> pd.DataFrame:
    """The approved drugs, one row each, in the order of the table.

    Returns:
        A new frame with `name`, `smiles`, `drugbank_id`, `atc` (codes joined by ";", null if none), `atc_name_1` to
        `atc_name_4` (the four levels of the ATC), and the columns of REFERENCE_COLUMNS as admet-ai computed them with
        RDKit (weights in Da, tpsa in Å²).

    Raises:
        PackageDataError: admet-ai is missing, or its table has other columns.
    """
    return _table().copy()


def reference_distribution(column: str) -> NDArray[np.float64]:
    """The ascending values of one of REFERENCE_COLUMNS among the approved drugs, for drawing and for percentiles.

    Raises:
        PackageDataError: the table of approved drugs does not hold that column.
    """
    if column not in REFERENCE_COLUMNS:
        raise PackageDataError(
            f"the table of approved drugs has no {column!r}.",
            where=column,
            hint=f"It has {', '.join(REFERENCE_COLUMNS)}.",
        )
    values = _table()[column].to_numpy(dtype=np.float64)
    return np.sort(values[~np.isnan(values)])


def nearest_approved(mols: Sequence[Chem.Mol | None]) -> pd.DataFrame:
    """The approved drug that each molecule resembles most.

    Args:
        mols: n sanitised molecules; None gives a row of nulls.

    Returns:
        A frame of n rows: `nearest_approved_drug` (its name; the first in the table where several are equally near) and
        `nearest_approved_similarity` (Tanimoto of Morgan fingerprints, radius 2, 2,048 bits, 0 to 1).
    """
    prints, names = _fingerprints()
    nearest: list[str | None] = []
    similarities: list[float | None] = []
    for mol in mols:
        if mol is None:
            nearest.append(None)
            similarities.append(None)
            continue
        found = np.array(DataStructs.BulkTanimotoSimilarity(_MORGAN.GetFingerprint(mol), prints))
        best = int(found.argmax())
        nearest.append(names[best])
        similarities.append(float(found[best]))
    return pd.DataFrame(
        {
            "nearest_approved_drug": pd.Series(nearest, dtype="string"),
            "nearest_approved_similarity": pd.Series(similarities, dtype="float64"),
        }
    )


@cache
def _table() -> pd.DataFrame:
    path = admet_ai_folder() / "resources" / "data" / "drugbank_approved.csv"
    if not path.is_file():
        raise PackageDataError(
            "the table of approved drugs is missing.", where=str(path), hint="Reinstall admet-ai>=2,<3."
        )
    try:
        table = pd.read_csv(path, usecols=list(_COLUMNS))[list(_COLUMNS)].rename(columns=_COLUMNS)
    except ValueError as error:
        raise PackageDataError(
            f"the table of approved drugs has other columns than expected: {error}.",
            where=str(path),
            hint="Install admet-ai>=2,<3.",
        ) from error
    return table.astype(dict.fromkeys(_TEXTS, "string"))


@cache
def _fingerprints() -> tuple[list[Any], list[str]]:
    table = _table()
    prints: list[Any] = []
    names: list[str] = []
    with rdBase.BlockLogs():
        for name, smiles in zip(table["name"], table["smiles"], strict=True):
            mol = Chem.MolFromSmiles(smiles)
            if mol is not None:
                prints.append(_MORGAN.GetFingerprint(mol))
                names.append(str(name))
    return prints, names
