"""Clusters of similar compounds, and picks that are as unlike as can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.SimDivFilters import rdSimDivPickers

from benchside.tools.chemistry.fingerprints import fingerprint, fingerprints, tanimoto_blocks
from benchside.workspaces.errors import UsageError

MAX_COMPOUNDS: Final = 20_000
"""Most compounds that are clustered at once: time grows with the square."""

MAX_PAIRS: Final = 20_000_000
"""Most pairs of neighbours that are held: 160 MiB."""


class TooManyToClusterError(UsageError):
    """The set is too large, or too alike, to be clustered in bounded memory."""

    code = "too_many_to_cluster"


class PickError(UsageError):
    """A pick was asked for with a number or a row that makes no sense."""

    code = "bad_pick"


def butina_clusters(mols: Sequence[Chem.Mol | None], similarity: float = 0.65) -> npt.NDArray[np.int64]:
    """Clusters by Taylor and Butina's sphere exclusion (Butina 1999, J. Chem. Inf. Comput. Sci. 39, 747).

    The compound with most neighbours takes them all as the first cluster; of those left, the one that had most
    neighbours at the start takes those of its neighbours that are left, and so on. Ties go to the first row.

    Args:
        mols: n molecules; None belongs to no cluster.
        similarity: least Tanimoto similarity to the centre of the cluster, 0 to 1 (Butina's distance is 1 minus it).

    Returns:
        (n,) cluster numbers from 0 in the order in which the clusters were taken; -1 for None. Centres come from
        `cluster_centres`.

    Raises:
        TooManyToClusterError: more than `MAX_COMPOUNDS` compounds or `MAX_PAIRS` pairs of neighbours.
        PickError: a similarity outside 0 to 1.
    """
    return _butina(mols, similarity)[0]


def cluster_centres(mols: Sequence[Chem.Mol | None], similarity: float = 0.65) -> list[int]:
    """The row of the centre of each cluster of `butina_clusters`, in the order of the cluster numbers."""
    return _butina(mols, similarity)[1]


def _butina(mols: Sequence[Chem.Mol | None], similarity: float) -> tuple[npt.NDArray[np.int64], list[int]]:
    if not 0 <= similarity <= 1:
        raise PickError(f"Got a similarity of {similarity}, expected 0 to 1.")
    if len(mols) > MAX_COMPOUNDS:
        raise TooManyToClusterError(
            f"Got {len(mols):,} compounds, at most {MAX_COMPOUNDS:,} are clustered at once.",
            hint="Cluster the best of them, or group by scaffold.",
        )
    neighbours = _neighbours(mols, similarity)
    sizes = np.array([len(near) for near in neighbours], dtype=np.int64)
    labels = np.full(len(mols), -1, dtype=np.int64)
    centres: list[int] = []
    for row in np.argsort(-sizes, kind="stable"):
        if labels[row] >= 0 or not sizes[row]:
            continue
        free = neighbours[row][labels[neighbours[row]] < 0]
        labels[free] = len(centres)
        centres.append(int(row))
    return labels, centres


def _neighbours(mols: Sequence[Chem.Mol | None], similarity: float) -> list[npt.NDArray[np.int64]]:
    """For each compound the rows at least as similar as the threshold, itself included."""
    packed = fingerprints(mols)
    out: list[npt.NDArray[np.int64]] = []
    pairs = 0
    for start, block in tanimoto_blocks(packed, packed):
        for offset, values in enumerate(block):
            row = start + offset
            near = values >= similarity
            near[row] = bool(packed.present[row])  # a molecule without a bit is like itself all the same
            found = np.flatnonzero(near)
            out.append(found)
            pairs += len(found)
        if pairs > MAX_PAIRS:
            raise TooManyToClusterError(
                f"More than {MAX_PAIRS:,} pairs are at least {similarity} similar.", hint="Ask for a higher similarity."
            )
    return out


def diverse_pick(mols: Sequence[Chem.Mol | None], n: int, *, picked: Sequence[int] = (), seed: int = 0) -> list[int]:
    """Up to n compounds that are as unlike each other, and those already picked, as MaxMin finds.

    MaxMin (Ashton et al. 2002, Quant. Struct.-Act. Relat. 21, 598; Sayle's lazy form in RDKit) on 1 minus the Tanimoto
    similarity: each pick is the compound whose nearest pick is farthest away.

    Args:
        mols: molecules; None is never picked.
        n: how many new ones; all there are when fewer are left.
        picked: rows that count as picked from the start.
        seed: chooses the first compound when none is picked; the same seed gives the same pick.

    Returns:
        New rows in the order of picking, without those of `picked`.

    Raises:
        PickError: a negative n or seed, or a row of `picked` that is missing or has no molecule.
    """
    if n < 0 or seed < 0:
        raise PickError(f"Got n = {n} and seed = {seed}, expected 0 or more.")
    present = {row: mol for row, mol in enumerate(mols) if mol is not None}
    rows = list(present)
    place = {row: at for at, row in enumerate(rows)}
    unknown = [row for row in picked if row not in place]
    if unknown:
        raise PickError(f"The rows {unknown[:10]} of the compounds already picked are missing or have no molecule.")
    first = list(dict.fromkeys(place[row] for row in picked))
    size = min(len(rows), len(first) + n)
    if size == len(first):
        return []
    prints = [fingerprint(mol) for mol in present.values()]
    # RDKit takes a seed of -1 as "random" and of 0 as any other.
    chosen = rdSimDivPickers.MaxMinPicker().LazyBitVectorPick(prints, len(prints), size, first, seed)
    return [rows[at] for at in chosen if at not in set(first)]
