"""Murcko scaffolds, and which compounds share one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from benchside.tools.chemistry.compute import scaffold_smiles

_murcko: Any = MurckoScaffold  # its functions are untyped in RDKit

__all__ = ["generic_scaffold", "scaffold_groups", "scaffold_smiles", "scaffold_table"]


def generic_scaffold(mol: Chem.Mol) -> str | None:
    """The graph framework as canonical SMILES: all atoms carbon, all bonds single; None for a molecule without rings.

    Bemis & Murcko 1996, J. Med. Chem. 39, 2887. Atoms bound doubly to the framework, which RDKit keeps in a scaffold,
    are cut after they became carbon, so that a ketone and its methylene analogue share one framework.
    """
    scaffold = _murcko.GetScaffoldForMol(mol)
    if scaffold.GetNumAtoms() == 0:
        return None
    try:
        generic = _murcko.GetScaffoldForMol(_murcko.MakeScaffoldGeneric(scaffold))
    except Chem.MolSanitizeException:
        # A hypervalent ring atom, such as S(VI) with two oxo groups inside a fused system, has no carbon twin.
        return None
    return str(Chem.MolToSmiles(generic)) or None


def scaffold_table(mols: Sequence[Chem.Mol | None]) -> pd.DataFrame:
    """scaffold and generic_scaffold (SMILES) of each of n molecules; null without rings, and for None."""
    pairs = [(None, None) if mol is None else (scaffold_smiles(mol), generic_scaffold(mol)) for mol in mols]
    return pd.DataFrame(pairs, columns=["scaffold", "generic_scaffold"], dtype="string")


def scaffold_groups(scaffolds: Sequence[str | None] | pd.Series) -> pd.DataFrame:
    """How many compounds have each scaffold.

    Args:
        scaffolds: one per compound; missing ones are a group of their own, at the end.

    Returns:
        scaffold, compounds, share (of all), first_row and rows (a tuple of row numbers from 0): largest first, then by
        first row; the row of compounds without a scaffold, null, last.
    """
    groups: dict[str | None, list[int]] = {}
    for row, scaffold in enumerate(scaffolds):
        groups.setdefault(None if scaffold is None or pd.isna(scaffold) else str(scaffold), []).append(row)
    order = sorted(groups.items(), key=lambda item: (item[0] is None, -len(item[1]), item[1][0]))
    whole = max(sum(len(rows) for _, rows in order), 1)
    return pd.DataFrame(
        {
            "scaffold": pd.array([name for name, _ in order], dtype="string"),
            "compounds": [len(rows) for _, rows in order],
            "share": [len(rows) / whole for _, rows in order],
            "first_row": [rows[0] for _, rows in order],
            "rows": [tuple(rows) for _, rows in order],
        }
    )
