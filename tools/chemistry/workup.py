"""What several columns of one molecule share, computed when first asked for and then kept.

Crippen contributions, Morgan counts and the pattern fingerprint each cost as much as ten cheap descriptors. QED,
synthetic accessibility, natural-product likeness, rules and alert search all take theirs from here.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from benchside.tools.chemistry.alert_patterns import PatternScreen, Words, pattern_words, screen
from benchside.tools.chemistry.atom_screen import Kind, kinds_of

_find_chiral_centres: Any = Chem.FindMolChiralCenters  # untyped in RDKit
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2)


class Workup:
    """One sanitised molecule and the intermediate values of it.

    Args:
        mol: the molecule; its graph is read, not changed.
        screened: alert sets (and "qed") that will be asked for; they are screened in one pass.
    """

    def __init__(self, mol: Chem.Mol, screened: tuple[str, ...] = ()) -> None:
        self.mol = mol
        self._screened = screened

    @cached_property
    def crippen(self) -> tuple[float, float]:
        """Crippen logP and molar refractivity in cm3/mol (Wildman & Crippen 1999)."""
        logp, refractivity = rdMolDescriptors.CalcCrippenDescriptors(self.mol)
        return logp, refractivity

    @cached_property
    def molecular_weight(self) -> float:
        """Average molecular weight in Da."""
        return float(rdMolDescriptors._CalcMolWt(self.mol))

    @cached_property
    def tpsa(self) -> float:
        """Topological polar surface area in Å², N and O only (Ertl et al. 2000)."""
        return float(rdMolDescriptors.CalcTPSA(self.mol))

    @cached_property
    def hbd(self) -> int:
        """Hydrogen-bond donors, RDKit's definition."""
        return int(rdMolDescriptors.CalcNumHBD(self.mol))

    @cached_property
    def rotatable_bonds(self) -> int:
        """Rotatable bonds, strict definition."""
        return int(rdMolDescriptors.CalcNumRotatableBonds(self.mol))

    @cached_property
    def chiral_centres(self) -> int:
        """Chiral atoms with or without a label, by the perception that the synthetic accessibility was made with."""
        return len(_find_chiral_centres(self.mol, includeUnassigned=True))

    @cached_property
    def stereocentres(self) -> tuple[int, int]:
        """Chiral atoms, and those of them without a label.

        RDKit's counts read marks that an earlier perception left; the search of `chiral_centres` renews them, so that
        the counts do not depend on where the molecule comes from.
        """
        _ = self.chiral_centres
        return (
            int(rdMolDescriptors.CalcNumAtomStereoCenters(self.mol)),
            int(rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters(self.mol)),
        )

    @cached_property
    def morgan_counts(self) -> dict[int, int]:
        """Unfolded Morgan fingerprint of radius 2: how often each environment occurs."""
        counts: dict[int, int] = _MORGAN.GetSparseCountFingerprint(self.mol).GetNonzeroElements()
        return counts

    @cached_property
    def has_hydrogens(self) -> bool:
        """Whether the graph holds hydrogens (isotopes, hydrides) or dummy atoms as atoms of their own."""
        return bool(self.mol.GetNumAtoms() != self.mol.GetNumHeavyAtoms())

    @cached_property
    def _candidates(self) -> dict[str, list[int]]:
        return self.screened(screen(self._screened)) if self._screened else {}

    @cached_property
    def _pattern(self) -> Words:
        return pattern_words(self.mol)

    @cached_property
    def _kinds(self) -> Counter[Kind]:
        return kinds_of(self.mol)

    def screened(self, patterns: PatternScreen) -> dict[str, list[int]]:
        """For each set of a screen, the positions of the patterns that may occur in the molecule, ascending."""
        return patterns.candidates(self._pattern, self._kinds)

    def candidates(self, name: str) -> list[int]:
        """Positions of the patterns of an alert set (or "qed") that the molecule may contain, ascending.

        Raises:
            UnknownAlertSetError: no set is called so.
        """
        if name in self._screened:
            return self._candidates[name]
        return self.screened(screen((name,)))[name]
