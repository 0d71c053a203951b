"""Synthetic accessibility: how easily a molecule could be made, 1 (easy) to 10 (hard).

Source: Ertl & Schuffenhauer, J. Cheminf. 2009, 1, 8. The method, with its two corrections to the paper, and the table
of fragment scores are those of RDKit's Contrib/SA_Score (BSD-3-Clause, Novartis), and so are the values, bit by bit.
"""

from __future__ import annotations

import gzip
import math
import pickle
from functools import cache
from pathlib import Path

from rdkit import Chem, RDConfig
from rdkit.Chem import rdMolDescriptors

from benchside.tools.chemistry.admet_endpoints import PackageDataError
from benchside.tools.chemistry.workup import Workup

_UNKNOWN_FRAGMENT = -4.0
_LOWEST, _HIGHEST = -4.0, 2.5
_MACROCYCLE = 8


def contributed_table(*parts: str) -> Path:
    """The path of a data file in RDKit's Contrib folder.

    Raises:
        PackageDataError: this build of RDKit does not ship it, so that the score is unavailable.
    """
    path = Path(RDConfig.RDContribDir, *parts)
    if not path.is_file():
        raise PackageDataError(
            f"this RDKit does not ship {'/'.join(parts)}.",
            where=str(path),
            hint="Install rdkit from PyPI or conda-forge.",
        )
    return path


@cache
def _fragment_scores() -> dict[int, float]:
    with gzip.open(contributed_table("SA_Score", "fpscores.pkl.gz")) as packed:
        groups = pickle.load(packed)  # noqa: S301 - a file of the installed RDKit, which is trusted as its code is
    return {fragment: float(score) for score, *fragments in groups for fragment in fragments}


def sa_score(work: Workup) -> float | None:
    """Synthetic accessibility of a molecule, 1 (easy) to 10 (hard); None for a molecule without atoms.

    Raises:
        PackageDataError: RDKit's table of fragment scores is missing.
    """
    mol = work.mol
    atoms = mol.GetNumAtoms()
    if not atoms:
        return None
    scores = _fragment_scores()
    counts = work.morgan_counts
    fragments = 0.0
    for fragment, count in counts.items():
        fragments += scores.get(fragment, _UNKNOWN_FRAGMENT) * count
    fragments /= sum(counts.values())

    size = atoms**1.005 - atoms
    stereo = math.log10(work.chiral_centres + 1)
    spiro = math.log10(rdMolDescriptors.CalcNumSpiroAtoms(mol) + 1)
    bridge = math.log10(rdMolDescriptors.CalcNumBridgeheadAtoms(mol) + 1)
    macrocycle = math.log10(2) if _has_macrocycle(mol) else 0.0
    complexity = 0.0 - size - stereo - spiro - bridge - macrocycle
    # Symmetric molecules have fewer distinct environments than atoms, and are easier to make than their size says.
    symmetry = math.log(float(atoms) / len(counts)) * 0.5 if atoms > len(counts) else 0.0

    score = 11.0 - (fragments + complexity + symmetry - _LOWEST + 1) / (_HIGHEST - _LOWEST) * 9.0
    if score > 8.0:
        score = 8.0 + math.log(score + 1.0 - 9.0)
    return float(min(max(score, 1.0), 10.0))


def _has_macrocycle(mol: Chem.Mol) -> bool:
    return any(len(ring) > _MACROCYCLE for ring in mol.GetRingInfo().AtomRings())
