"""The cheap columns by plain RDKit calls, one by one, against the shared pass: same values, fewer CPU seconds.

    python benchmarks/properties.py LIBRARY [ROWS] [SETS]

LIBRARY is a CSV file (.gz allowed) with a SMILES column; the first ROWS rows are used (2,000 by default). SETS are
alert sets, separated by commas (pains,brenk,nih by default). Both sides parse, standardise, and compute the same
columns in one process; the ratio is of process CPU time. The run fails if any value of any row differs.
"""

from __future__ import annotations

import csv
import gzip
import math
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from functools import cache
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from rdkit import Chem, RDConfig, rdBase
from rdkit.Chem import QED, Crippen, Descriptors, rdMolDescriptors
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.Chem.Scaffolds import MurckoScaffold

from benchside.tools.chemistry.alert_patterns import CATALOGUES
from benchside.tools.chemistry.compute import PropertyPlan, compute_properties
from benchside.tools.chemistry.structures import standardise_many

CHUNK = 200
DEFAULT_SETS = ("pains", "brenk", "nih")


@cache
def catalogue(name: str) -> FilterCatalog:
    """RDKit's catalogue of an alert set."""
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, CATALOGUES[name]))
    return FilterCatalog(parameters)


@cache
def contributed() -> tuple[Any, Any, Any]:
    """RDKit's own scripts for synthetic accessibility and natural-product likeness, and the model of the latter."""
    for folder in ("SA_Score", "NP_Score"):
        sys.path.append(str(Path(RDConfig.RDContribDir, folder)))
    import npscorer
    import sascorer

    with redirect_stderr(StringIO()):
        return sascorer, npscorer, npscorer.readNPModel()


@cache
def uncharger() -> rdMolStandardize.Uncharger:
    """RDKit's neutraliser."""
    return rdMolStandardize.Uncharger()


def plain_standardise(smiles: str) -> Chem.Mol:
    """The parent of a structure: parse, Cleanup, FragmentParent, Uncharger, SanitizeMol."""
    mol = rdMolStandardize.Cleanup(Chem.MolFromSmiles(smiles))
    mol = rdMolStandardize.FragmentParent(mol, skipStandardize=True)
    mol = uncharger().uncharge(mol)
    Chem.SanitizeMol(mol)
    return mol


def plain_properties(mol: Chem.Mol, sets: tuple[str, ...] = DEFAULT_SETS) -> dict[str, Any]:
    """Each column by the plain RDKit call that a chemist would write."""
    sascorer, npscorer, model = contributed()
    row: dict[str, Any] = {
        "molecular_weight": Descriptors.MolWt(mol),
        "monoisotopic_weight": Descriptors.ExactMolWt(mol),
        "logp": Crippen.MolLogP(mol),
        "molar_refractivity": Crippen.MolMR(mol),
        "tpsa": rdMolDescriptors.CalcTPSA(mol),
        "hbd": rdMolDescriptors.CalcNumHBD(mol),
        "hba": rdMolDescriptors.CalcNumHBA(mol),
        "lipinski_hbd": rdMolDescriptors.CalcNumLipinskiHBD(mol),
        "lipinski_hba": rdMolDescriptors.CalcNumLipinskiHBA(mol),
        "rotatable_bonds": rdMolDescriptors.CalcNumRotatableBonds(mol),
        "rings": rdMolDescriptors.CalcNumRings(mol),
        "aromatic_rings": rdMolDescriptors.CalcNumAromaticRings(mol),
        "fraction_csp3": rdMolDescriptors.CalcFractionCSP3(mol),
        "formal_charge": Chem.GetFormalCharge(mol),
        "atoms": rdMolDescriptors.CalcNumAtoms(mol),
        "heavy_atoms": mol.GetNumHeavyAtoms(),
        "carbons": sum(1 for atom in mol.GetAtoms() if atom.GetAtomicNum() == 6),
        "heteroatoms": rdMolDescriptors.CalcNumHeteroatoms(mol),
        "stereocentres": rdMolDescriptors.CalcNumAtomStereoCenters(mol),
        "unspecified_stereocentres": rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters(mol),
        "qed": QED.qed(mol),
        "sa_score": sascorer.calculateScore(mol),
        "np_score": npscorer.scoreMol(mol, model),
        "scaffold": Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(mol)) or None,
    }
    for name in sets:
        found = [entry.GetDescription() for entry in catalogue(name).GetMatches(mol)]
        row[f"{name}_alerts"] = len(found)
        row[f"{name}_alert_names"] = "; ".join(found)
    return row


def plain_rdkit(smiles: str, sets: tuple[str, ...] = DEFAULT_SETS) -> dict[str, Any]:
    """The structure columns and all properties of one SMILES by plain RDKit calls, one after the other."""
    mol = plain_standardise(smiles)
    return {"smiles": Chem.MolToSmiles(mol), "inchikey": Chem.MolToInchiKey(mol), **plain_properties(mol, sets)}


def shared_rdkit(smiles: list[str], plan: PropertyPlan) -> pd.DataFrame:
    """The same columns as Benchside computes them, in chunks as a worker process gets them."""
    chunks = []
    for start in range(0, len(smiles), CHUNK):
        made = standardise_many(smiles[start : start + CHUNK])
        frame = compute_properties([one.mol for one in made], plan)
        frame.insert(0, "smiles", [one.smiles for one in made])
        frame.insert(1, "inchikey", [one.inchikey for one in made])
        chunks.append(frame)
    return pd.concat(chunks, ignore_index=True)


def differences(plain: list[dict[str, Any]], shared: pd.DataFrame) -> Iterator[str]:
    """Each value that is not identical, as text."""
    for name in plain[0]:
        for row, (mine, theirs) in enumerate(zip(shared[name], (record[name] for record in plain), strict=True)):
            missing = theirs is None or (isinstance(theirs, float) and math.isnan(theirs))
            if not (pd.isna(mine) if missing else mine == theirs):
                yield f"row {row}, {name}: {mine!r}, plain RDKit {theirs!r}"


def read_smiles(path: Path, rows: int) -> list[str]:
    """The first `rows` SMILES of a CSV file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        table = csv.DictReader(lines)
        column = next(name for name in table.fieldnames or () if name.lower() == "smiles")
        return [row[column] for row in islice(table, rows)]


def main(arguments: list[str]) -> int:
    """Run the comparison, print it, and return 1 if a value differs."""
    rdBase.DisableLog("rdApp.*")
    path = Path(arguments[0])
    rows = int(arguments[1]) if len(arguments) > 1 else 2000
    sets = tuple(arguments[2].split(",")) if len(arguments) > 2 else DEFAULT_SETS
    smiles = read_smiles(path, rows)
    plan = PropertyPlan(alert_sets=sets, rules=False, permeation=False, cns=False)
    # Catalogues and tables are loaded once per process on both sides, before the clock starts.
    plain_rdkit(smiles[0], sets)
    shared_rdkit(smiles[:1], plan)

    start = time.process_time()
    plain = [plain_rdkit(text, sets) for text in smiles]
    middle = time.process_time()
    shared = shared_rdkit(smiles, plan)
    end = time.process_time()

    slow, fast = middle - start, end - middle
    print(f"{len(smiles)} molecules of {path.name}, alert sets {', '.join(sets)}")
    print(f"plain RDKit   {slow:8.2f} CPU s  {len(smiles) / slow:8.1f} molecules per CPU-second")
    print(f"shared pass   {fast:8.2f} CPU s  {len(smiles) / fast:8.1f} molecules per CPU-second")
    print(f"ratio         {slow / fast:8.2f}")
    different = list(differences(plain, shared))
    print(f"values compared: {len(plain) * len(plain[0])}, different: {len(different)}")
    for text in different[:20]:
        print(text)
    failed = int(shared["problem"].notna().sum())
    print(f"rows with a failed calculation: {failed}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
