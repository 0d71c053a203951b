"""Physicochemical properties and scores of molecules, one column each.

Values are those of the plain RDKit calls named in `benchside.tools.chemistry.columns`, bit by bit; what several of them
need is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pandas as pd
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors as descriptors

from benchside.tools.chemistry.accessibility import sa_score
from benchside.tools.chemistry.alert_patterns import QED_ALERTS
from benchside.tools.chemistry.columns import COLUMNS, DTYPES, UnknownColumnError, column
from benchside.tools.chemistry.naturalness import np_score
from benchside.tools.chemistry.qed import qed
from benchside.tools.chemistry.workup import Workup

Value = float | int | bool | str | None

PROPERTIES: dict[str, Callable[[Workup], Value]] = {
    "molecular_weight": lambda work: work.molecular_weight,
    "monoisotopic_weight": lambda work: float(descriptors.CalcExactMolWt(work.mol)),
    "logp": lambda work: work.crippen[0],
    "molar_refractivity": lambda work: work.crippen[1],
    "tpsa": lambda work: work.tpsa,
    "hbd": lambda work: work.hbd,
    "hba": lambda work: int(descriptors.CalcNumHBA(work.mol)),
    "lipinski_hbd": lambda work: int(descriptors.CalcNumLipinskiHBD(work.mol)),
    "lipinski_hba": lambda work: int(descriptors.CalcNumLipinskiHBA(work.mol)),
    "rotatable_bonds": lambda work: work.rotatable_bonds,
    "rings": lambda work: int(descriptors.CalcNumRings(work.mol)),
    "aromatic_rings": lambda work: int(descriptors.CalcNumAromaticRings(work.mol)),
    "fraction_csp3": lambda work: float(descriptors.CalcFractionCSP3(work.mol)),
    "formal_charge": lambda work: int(Chem.GetFormalCharge(work.mol)),
    "atoms": lambda work: int(descriptors.CalcNumAtoms(work.mol)),
    "heavy_atoms": lambda work: int(work.mol.GetNumHeavyAtoms()),
    "carbons": lambda work: sum(1 for atom in work.mol.GetAtoms() if atom.GetAtomicNum() == 6),
    "heteroatoms": lambda work: int(descriptors.CalcNumHeteroatoms(work.mol)),
    "stereocentres": lambda work: work.stereocentres[0],
    "unspecified_stereocentres": lambda work: work.stereocentres[1],
    "qed": qed,
    "sa_score": sa_score,
    "np_score": np_score,
}

PROPERTY_COLUMNS = tuple(PROPERTIES)


def properties(mols: Sequence[Chem.Mol | None], columns: Iterable[str] | None = None) -> pd.DataFrame:
    """Properties of molecules.

    Args:
        mols: n sanitised molecules; None gives a row of nulls.
        columns: names out of PROPERTY_COLUMNS, in the order wanted; all of them by default. Units and sources stand in
            `benchside.tools.chemistry.columns`: weights in Da (molecular_weight is the average, monoisotopic_weight the
            monoisotopic one), tpsa in Å², molar_refractivity in cm3/mol, the rest counts or dimensionless.

    Returns:
        A frame of n rows, index 0 to n-1, with one column per name.

    Raises:
        UnknownColumnError: a name is not a property.
        ValueError, RuntimeError: RDKit cannot compute a value (`compute_properties` records that in the row instead).
    """
    names = check_properties(PROPERTY_COLUMNS if columns is None else columns)
    screened = (QED_ALERTS,) if "qed" in names else ()
    rows = [[None] * len(names) if mol is None else _row(Workup(mol, screened), names) for mol in mols]
    return frame_of({name: [row[position] for row in rows] for position, name in enumerate(names)}, len(rows))


def check_properties(names: Iterable[str]) -> tuple[str, ...]:
    """The names as a tuple, each once.

    Raises:
        UnknownColumnError: a name is not one of PROPERTY_COLUMNS.
    """
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in PROPERTIES:
            column(name)
            raise UnknownColumnError(
                f"{name!r} is not a property of the molecule alone.",
                where=name,
                hint=f"Properties: {', '.join(PROPERTY_COLUMNS)}.",
            )
    return wanted


def frame_of(values: dict[str, list[Value]], rows: int) -> pd.DataFrame:
    """A frame whose columns have the types of the column table; a missing value is null in each of them."""
    typed = {name: pd.Series(found, dtype=DTYPES[COLUMNS[name].type]) for name, found in values.items()}
    return pd.DataFrame(typed, index=pd.RangeIndex(rows))


def _row(work: Workup, names: tuple[str, ...]) -> list[Value]:
    return [PROPERTIES[name](work) for name in names]
