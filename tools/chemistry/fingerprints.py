"""Morgan fingerprints, one by one and packed for fast comparison of many.

All similarity in Benchside is Tanimoto on the Morgan fingerprint of radius 2 folded to 2,048 bits, without chirality
(Rogers & Hahn 2010, J. Chem. Inf. Model. 50, 742), unless a function says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from rdkit.DataStructs import ExplicitBitVect

RADIUS: Final = 2
BITS: Final = 2048
WORDS: Final = BITS // 64
METHOD: Final = "Tanimoto, Morgan fingerprint, radius 2, 2,048 bits"

BLOCK: Final = 2**22
"""How many similarities are held at once while many are computed: 32 MiB of float64."""


@cache
def generator() -> Any:
    """RDKit's generator of the fingerprint, made once per process."""
    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)


def fingerprint(mol: Chem.Mol) -> ExplicitBitVect:
    """The fingerprint of one molecule as RDKit holds it."""
    bits: ExplicitBitVect = generator().GetFingerprint(mol)
    return bits


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Fingerprints of n compounds, packed.

    Attributes:
        words: (n, 32) uint64; a row of zeros where there is no molecule.
        counts: (n,) int32, bits set.
        present: (n,) bool, whether there is a molecule.
    """

    words: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int32]
    present: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.counts)

    def take(self, rows: Sequence[int] | npt.NDArray[np.intp]) -> Fingerprints:
        """The fingerprints of some rows, in the order asked for."""
        at = np.asarray(rows, dtype=np.intp)
        return Fingerprints(self.words[at], self.counts[at], self.present[at])


def fingerprints(mols: Sequence[Chem.Mol | None]) -> Fingerprints:
    """Packed fingerprints of n molecules, one row each in order; None has none."""
    words = np.zeros((len(mols), WORDS), dtype=np.uint64)
    make = generator().GetFingerprintAsNumPy
    for row, mol in enumerate(mols):
        if mol is not None:
            words[row] = np.packbits(make(mol)).view(np.uint64)
    counts = np.bitwise_count(words).sum(axis=1, dtype=np.int32)
    return Fingerprints(words, counts, np.array([mol is not None for mol in mols], dtype=np.bool_))


def tanimoto(left: Fingerprints, right: Fingerprints) -> npt.NDArray[np.float64]:
    """Tanimoto similarity of each of n with each of m compounds: (n, m), NaN where there is no molecule.

    Two molecules without a single bit have the similarity 0, as in RDKit.
    """
    out = np.empty((len(left), len(right)), dtype=np.float64)
    for start, block in tanimoto_blocks(left, right):
        out[start : start + len(block)] = block
    return out


def tanimoto_blocks(left: Fingerprints, right: Fingerprints) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """`tanimoto` in bounded memory: (first row of the left, (rows, m) similarities), block by block."""
    step = max(1, BLOCK // max(1, len(right)))
    for start in range(0, len(left), step):
        part = left.words[start : start + step]
        common = np.zeros((len(part), len(right)), dtype=np.int32)
        for word in range(WORDS):
            common += np.bitwise_count(part[:, word, None] & right.words[None, :, word])
        union = left.counts[start : start + step, None] + right.counts[None, :] - common
        block = np.divide(common, union, out=np.zeros(common.shape), where=union > 0)
        block[~left.present[start : start + step], :] = np.nan
        block[:, ~right.present] = np.nan
        yield start, block
