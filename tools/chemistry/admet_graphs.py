"""Molecules as the graphs that the ADMET models read: atom and bond features, directed bonds and their neighbours.

Features are those of chemprop 2 (Heid et al., J. Chem. Inf. Model. 2024, 64, 9; MultiHotAtomFeaturizer.v2 and
MultiHotBondFeaturizer). They are made here, once for all models, because importing chemprop takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import BondType, HybridizationType

ATOM_FEATURES = 72
BOND_FEATURES = 14

_ELEMENTS = {number: position for position, number in enumerate([*range(1, 37), 53])}
_CHARGES = {-1: 0, -2: 1, 1: 2, 2: 3, 0: 4}
_HYBRIDISATIONS = {
    kind: position
    for position, kind in enumerate(
        [
            HybridizationType.S,
            HybridizationType.SP,
            HybridizationType.SP2,
            HybridizationType.SP2D,
            HybridizationType.SP3,
            HybridizationType.SP3D,
            HybridizationType.SP3D2,
        ]
    )
}
_DEGREES, _CHIRAL_TAGS, _HYDROGENS, _STEREOS = 6, 4, 5, 6
# Where each group of atom features starts; each has one more place, for a value that is not listed.
_ELEMENT, _DEGREE, _CHARGE, _CHIRALITY, _HYDROGEN, _HYBRIDISATION = 0, 38, 45, 51, 56, 62
_AROMATIC, _MASS = 70, 71
_BONDS = {BondType.SINGLE: 1, BondType.DOUBLE: 2, BondType.TRIPLE: 3, BondType.AROMATIC: 4}
_CONJUGATED, _IN_RING, _STEREO = 5, 6, 7


@dataclass(frozen=True, slots=True)
class Bags:
    """Lists of rows to be summed: list k holds `rows[starts[k] : starts[k + 1]]`."""

    rows: torch.Tensor
    starts: torch.Tensor

    def sums(self, values: torch.Tensor) -> torch.Tensor:
        """The sums of the listed rows of `values`, one row per list; zeros for an empty list."""
        if not len(self.rows):
            return values.new_zeros((len(self.starts), values.shape[1]))
        return torch.nn.functional.embedding_bag(self.rows, values, self.starts, mode="sum")


@dataclass(frozen=True, slots=True)
class GraphBatch:
    """Several molecules as one graph; each bond stands twice, once in each direction.

    Attributes:
        size: number of molecules.
        atoms: atom features, shape (atoms, 72).
        bonds: features of the atom where a directed bond starts, then of the bond, shape (directed bonds, 86).
        into_bond: for each directed bond, those that end where it starts, without its own reverse.
        into_atom: for each atom, the directed bonds that end there.
        into_molecule: for each molecule, its atoms.
    """

    size: int
    atoms: torch.Tensor
    bonds: torch.Tensor
    into_bond: Bags
    into_atom: Bags
    into_molecule: Bags


def graph_batch(mols: Sequence[Chem.Mol]) -> GraphBatch:
    """The graph of n molecules, each with at least one atom."""
    choices: list[tuple[int, ...]] = []
    scalars: list[tuple[float, float]] = []
    ends: list[tuple[int, int]] = []
    bond_choices: list[tuple[int, ...]] = []
    sizes: list[int] = []
    for mol in mols:
        first = len(choices)
        for atom in mol.GetAtoms():
            choices.append(_atom_choices(atom))
            scalars.append((float(atom.GetIsAromatic()), 0.01 * atom.GetMass()))
        for bond in mol.GetBonds():
            ends.append((first + bond.GetBeginAtomIdx(), first + bond.GetEndAtomIdx()))
            bond_choices.append(_bond_choices(bond))
        sizes.append(len(choices) - first)

    atoms = np.zeros((len(choices), ATOM_FEATURES), dtype=np.float32)
    np.put_along_axis(atoms, np.array(choices, dtype=np.int64).reshape(-1, 6), 1, axis=1)
    atoms[:, [_AROMATIC, _MASS]] = scalars

    pairs = np.array(ends, dtype=np.int64).reshape(-1, 2)
    start, end = pairs.ravel(), pairs[:, ::-1].ravel()
    features = np.zeros((len(start), BOND_FEATURES), dtype=np.float32)
    marked = np.repeat(np.array(bond_choices, dtype=np.int64).reshape(-1, 4), 2, axis=0)
    np.put_along_axis(features, marked, 1, axis=1)
    features[:, 0] = 0  # where a bond lacks a mark, it is parked on the place of "no bond"

    into_bond, into_atom = _incoming(start, end, len(atoms))
    return GraphBatch(
        size=len(mols),
        atoms=torch.from_numpy(atoms),
        bonds=torch.from_numpy(np.hstack([atoms[start], features])),
        into_bond=into_bond,
        into_atom=into_atom,
        into_molecule=_bags(np.arange(len(atoms)), np.array(sizes, dtype=np.int64)),
    )


def _atom_choices(atom: Chem.Atom) -> tuple[int, ...]:
    degree, tag, hydrogens = atom.GetTotalDegree(), int(atom.GetChiralTag()), atom.GetTotalNumHs()
    return (
        _ELEMENT + _ELEMENTS.get(atom.GetAtomicNum(), len(_ELEMENTS)),
        _DEGREE + min(degree, _DEGREES),
        _CHARGE + _CHARGES.get(atom.GetFormalCharge(), len(_CHARGES)),
        _CHIRALITY + min(tag, _CHIRAL_TAGS),
        _HYDROGEN + min(hydrogens, _HYDROGENS),
        _HYBRIDISATION + _HYBRIDISATIONS.get(atom.GetHybridization(), len(_HYBRIDISATIONS)),
    )


def _bond_choices(bond: Chem.Bond) -> tuple[int, ...]:
    return (
        _BONDS.get(bond.GetBondType(), 0),
        _CONJUGATED if bond.GetIsConjugated() else 0,
        _IN_RING if bond.IsInRing() else 0,
        _STEREO + min(int(bond.GetStereo()), _STEREOS),
    )


def _incoming(start: NDArray[np.int64], end: NDArray[np.int64], atoms: int) -> tuple[Bags, Bags]:
    """For each directed bond and for each atom, the directed bonds that lead into it."""
    order = np.argsort(end, kind="stable")
    degrees = np.bincount(end, minlength=atoms)
    first = np.cumsum(degrees) - degrees

    counts = degrees[start]
    bond = np.repeat(np.arange(len(start)), counts)
    within = np.arange(len(bond)) - np.repeat(np.cumsum(counts) - counts, counts)
    candidate = order[first[start[bond]] + within]
    others = candidate[candidate != (bond ^ 1)]  # bonds 2k and 2k + 1 are the two directions of one
    return _bags(others, counts - 1), _bags(order, degrees)


def _bags(rows: NDArray[np.int64], lengths: NDArray[np.int64]) -> Bags:
    return Bags(torch.from_numpy(rows), torch.from_numpy(np.cumsum(lengths) - lengths))
