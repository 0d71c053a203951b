"""What stands behind an atom, away from a core: the substituent that a named check looks at."""

from __future__ import annotations

from functools import cached_property

from rdkit import Chem


class Substituent:
    """What stands behind an atom, away from a core.

    Args:
        mol: the molecule.
        start: index of the first atom; None for a hydrogen.
        core: atoms that are not entered.
    """

    def __init__(self, mol: Chem.Mol, start: int | None, core: frozenset[int]) -> None:
        self.mol = mol
        self.start = start
        self.core = core

    @property
    def hydrogen(self) -> bool:
        """Whether this is a hydrogen."""
        return self.start is None

    @property
    def first(self) -> Chem.Atom:
        """The first atom."""
        assert self.start is not None
        return self.mol.GetAtomWithIdx(self.start)

    @cached_property
    def atoms(self) -> tuple[int, ...]:
        """Indices of its heavy atoms, the first atom first."""
        if self.start is None:
            return ()
        seen = [self.start]
        for index in seen:
            for neighbour in self.mol.GetAtomWithIdx(index).GetNeighbors():
                at = neighbour.GetIdx()
                if at not in self.core and at not in seen and neighbour.GetAtomicNum() != 1:
                    seen.append(at)
        return tuple(seen)

    @cached_property
    def attachments(self) -> tuple[tuple[int, int], ...]:
        """Bonds to the core as (own atom, core atom)."""
        return tuple(
            (index, neighbour.GetIdx())
            for index in self.atoms
            for neighbour in self.mol.GetAtomWithIdx(index).GetNeighbors()
            if neighbour.GetIdx() in self.core
        )

    @property
    def closes(self) -> bool:
        """Whether it is bound to the core more than once."""
        return len(self.attachments) > 1

    @cached_property
    def bonds(self) -> tuple[Chem.Bond, ...]:
        """Bonds among its own atoms."""
        own = set(self.atoms)
        return tuple(
            bond for bond in self.mol.GetBonds() if bond.GetBeginAtomIdx() in own and bond.GetEndAtomIdx() in own
        )

    def count(self, *numbers: int) -> int:
        """How many of its atoms have one of these atomic numbers; all heavy atoms if none is given."""
        if not numbers:
            return len(self.atoms)
        return sum(self.mol.GetAtomWithIdx(i).GetAtomicNum() in numbers for i in self.atoms)

    def behind(self, start: int) -> Substituent:
        """The substituent that starts at one of its own atoms, seen from its first atom."""
        assert self.start is not None
        return Substituent(self.mol, start, self.core | {self.start})

    def next(self) -> list[Substituent]:
        """What stands on its first atom, away from the core."""
        return [
            self.behind(neighbour.GetIdx())
            for neighbour in self.first.GetNeighbors()
            if neighbour.GetIdx() not in self.core and neighbour.GetAtomicNum() != 1
        ]

    @cached_property
    def ringed(self) -> bool:
        """Whether two of its own atoms are bound in a ring that it holds itself."""
        return len(self.bonds) >= len(self.atoms) > 0

    @cached_property
    def orders(self) -> frozenset[Chem.BondType]:
        """The kinds of bonds among its own atoms and to the core."""
        to_core = [self.mol.GetBondBetweenAtoms(own, other) for own, other in self.attachments]
        return frozenset(bond.GetBondType() for bond in (*self.bonds, *to_core))

    @cached_property
    def plain(self) -> bool:
        """Whether no atom has a charge or an unpaired electron."""
        return all(
            atom.GetFormalCharge() == 0 and atom.GetNumRadicalElectrons() == 0
            for atom in (self.mol.GetAtomWithIdx(i) for i in self.atoms)
        )
