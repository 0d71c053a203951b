"""Matched molecular pairs: compounds that differ in one group at one place (Hussain & Rea 2010, JCIM 50, 339)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
from rdkit import Chem, rdBase
from rdkit.Chem import rdMMPA

from benchside.workspaces.errors import UsageError

MAX_COMPOUNDS: Final = 20_000
MAX_PAIRS: Final = 200_000
COLUMNS: Final = ("first", "second", "context", "group_first", "group_second", "transformation")


class TooManyPairsError(UsageError):
    """There are more compounds or pairs than are held."""

    code = "too_many_pairs"


def matched_pairs(
    mols: Sequence[Chem.Mol | None], *, max_group_atoms: int = 10, max_group_share: float = 0.4
) -> pd.DataFrame:
    """Pairs of compounds that share all but one group, from single cuts of acyclic single bonds (RDKit's rdMMPA).

    A hydrogen is no group here: benzene and toluene are no pair, toluene and chlorobenzene are. Of several ways to see
    a pair, that with the smallest groups is kept.

    Args:
        mols: n molecules; None is in no pair.
        max_group_atoms: most heavy atoms of a group.
        max_group_share: most of a compound's heavy atoms that may change, 0 to 1.

    Returns:
        first, second (rows, first < second), context (SMILES with `[*:1]`), group_first, group_second, and
        transformation (`first>>second`); ordered by first and second.

    Raises:
        TooManyPairsError: more than 20,000 compounds, or 200,000 pairs.
    """
    if len(mols) > MAX_COMPOUNDS:
        raise TooManyPairsError(f"Got {len(mols):,} compounds, at most {MAX_COMPOUNDS:,} are compared at once.")
    contexts: dict[str, list[tuple[int, str, int]]] = {}
    for row, mol in enumerate(mols):
        if mol is None:
            continue
        for context, group, size in _cuts(mol, max_group_atoms, max_group_share):
            contexts.setdefault(context, []).append((row, group, size))
    best: dict[tuple[int, int], tuple[int, str, str, str]] = {}
    for context, members in contexts.items():
        for at, (row, group, size) in enumerate(members):
            for other, other_group, other_size in members[at + 1 :]:
                if group == other_group or row == other:
                    continue
                found = (size + other_size, context, group, other_group)
                if (row, other) not in best or found < best[row, other]:
                    best[row, other] = found
        if len(best) > MAX_PAIRS:
            raise TooManyPairsError(f"There are more than {MAX_PAIRS:,} pairs.", hint="Ask for smaller groups.")
    table = [
        (row, other, context, group, other_group, f"{group}>>{other_group}")
        for (row, other), (_, context, group, other_group) in sorted(best.items())
    ]
    return pd.DataFrame(table, columns=list(COLUMNS))


def _cuts(mol: Chem.Mol, max_atoms: int, max_share: float) -> list[tuple[str, str, int]]:
    """(context, group, heavy atoms of the group) of each single cut, both as canonical SMILES."""
    with rdBase.BlockLogs():
        cuts = rdMMPA.FragmentMol(mol, maxCuts=1, resultsAsMols=False)
    whole = mol.GetNumHeavyAtoms()
    out: set[tuple[str, str, int]] = set()
    for _, text in cuts:
        parts = text.split(".")
        if len(parts) != 2:
            continue
        for group, context in (parts, parts[::-1]):
            size = _heavy_atoms(group)
            if size <= max_atoms and size <= max_share * whole:
                out.add((context, group, size))
    return sorted(out)


def _heavy_atoms(smiles: str) -> int:
    fragment = Chem.MolFromSmiles(smiles, sanitize=False)
    return sum(atom.GetAtomicNum() > 1 for atom in fragment.GetAtoms())
