"""From a ranking to a shortlist: clusters of similar compounds, and a cap on how many of each are taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from rdkit import Chem

from benchside.tools.chemistry.clustering import butina_clusters
from benchside.tools.screening.profile import Selection


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Which ranked compounds are taken, and why the others of the pool are not.

    Attributes:
        cluster: cluster number of each compound of the pool (numbered by their best member), null beyond the pool.
        taken: whether each compound is on the shortlist.
        passed_over: for compounds left out by the cap, the reason; else "".
    """

    cluster: pd.Series
    taken: pd.Series
    passed_over: pd.Series


def draw_shortlist(smiles: pd.Series, top: int, selection: Selection) -> Shortlist:
    """Walk down the ranking and take at most `max_per_cluster` compounds of each cluster until `top` are taken.

    Where the cap leaves fewer than `top`, the best of those passed over fill the rest, so that a shortlist is short
    only when there are no more compounds.

    Args:
        smiles: standardised SMILES in the order of the ranking, best first.
    """
    pool = min(len(smiles), max(selection.pool, top))
    cluster = pd.Series(pd.NA, index=smiles.index, dtype="Int64")
    taken = np.zeros(len(smiles), dtype=bool)
    reason = np.full(len(smiles), "", dtype=object)
    if pool:
        raw = butina_clusters(
            [Chem.MolFromSmiles(s) for s in smiles.iloc[:pool]], similarity=selection.cluster_similarity
        )
        numbers: dict[int, int] = {}
        labels = [numbers.setdefault(int(c), len(numbers) + 1) for c in raw]
        cluster.iloc[:pool] = labels
        used: dict[int, int] = {}
        for i, label in enumerate(labels):
            if taken.sum() >= top:
                break
            if selection.max_per_cluster and used.get(label, 0) >= selection.max_per_cluster:
                reason[i] = f"cluster {label} already has {selection.max_per_cluster} on the shortlist"
                continue
            used[label] = used.get(label, 0) + 1
            taken[i] = True
        for i in np.flatnonzero(reason != "").tolist():
            if taken.sum() >= top:
                break
            taken[i], reason[i] = True, ""
    return Shortlist(
        cluster=cluster,
        taken=pd.Series(taken, index=smiles.index),
        passed_over=pd.Series(reason, index=smiles.index),
    )
