"""Natural-product likeness: about -5 (like synthetic molecules) to 5 (like natural products).

Source: Ertl, Roggo & Schuffenhauer, J. Chem. Inf. Model. 2008, 48, 68. Method and model (publicnp.model) are those of
RDKit's Contrib/NP_Score (BSD-3-Clause, Novartis), and so are the values, bit by bit.
"""

from __future__ import annotations

import gzip
import math
import pickle
from functools import cache

from benchside.tools.chemistry.accessibility import contributed_table
from benchside.tools.chemistry.workup import Workup


@cache
def _fragment_scores() -> dict[int, float]:
    with gzip.open(contributed_table("NP_Score", "publicnp.model.gz")) as packed:
        scores: dict[int, float] = pickle.load(packed)  # noqa: S301 - a file of the installed RDKit
    return scores


def np_score(work: Workup) -> float | None:
    """Natural-product likeness of a molecule, about -5 to 5; None for a molecule without atoms.

    Raises:
        PackageDataError: RDKit's model is missing.
    """
    atoms = work.mol.GetNumAtoms()
    if not atoms:
        return None
    scores = _fragment_scores()
    score = 0.0
    for fragment in work.morgan_counts:
        if fragment in scores:
            score += scores[fragment]
    score /= float(atoms)
    # Beyond 4 the score grows by its logarithm, so that exotic molecules do not run away.
    if score > 4:
        return 4.0 + math.log10(score - 4.0 + 1.0)
    if score < -4:
        return -4.0 - math.log10(-4.0 - score + 1.0)
    return score
