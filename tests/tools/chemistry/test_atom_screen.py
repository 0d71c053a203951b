"""The necessary condition on atoms must never lose a match."""

from __future__ import annotations

import pytest
from rdkit import Chem

from benchside.tools.chemistry.atom_screen import AtomScreen, kinds_of


def passes(smarts: str, smiles: str) -> bool:
    return bool(AtomScreen([Chem.MolFromSmarts(smarts)]).passes(kinds_of(Chem.MolFromSmiles(smiles)))[0])


@pytest.mark.parametrize(
    ("smarts", "smiles", "expected"),
    [
        ("[F,Cl]C", "CCCl", True),
        ("[F,Cl]C", "CCBr", False),
        ("ClCCCl", "CCCl", False),
        ("c[nH]", "c1ccncc1", False),
        ("c[nH]", "c1cc[nH]c1", True),
        ("[!#6;!#1]", "CCC", False),
        ("[N+]", "CN", False),
        ("[N;+]", "C[NH3+]", True),
        ("[C;R]", "CCC", False),
        ("[C;!R]", "C1CC1", False),
        ("[CX4;H0]", "CC(C)(C)C", True),
        ("[CX4;H0]", "CCC", False),
        ("[a]", "C1CCCCC1", False),
        ("[A]", "c1ccccc1", False),
        # What depends on more than the kind of an atom is left to the search.
        ("[$(CO)]", "CC", True),
        ("[!$(CO)]", "CO", True),
        ("[C;r5]", "C1CC1", True),
        ("[13C]", "CC", True),
        ("*", "C", True),
    ],
)
def test_conditions(smarts: str, smiles: str, expected: bool) -> None:
    assert passes(smarts, smiles) is expected


def test_hydrogens_that_are_atoms_count_as_rdkit_counts_them() -> None:
    mol = Chem.AddHs(Chem.MolFromSmiles("CO"))
    for smarts in ("[OH]", "[CH3]", "[#1]O", "[OX2]"):
        assert mol.HasSubstructMatch(Chem.MolFromSmarts(smarts))
        assert AtomScreen([Chem.MolFromSmarts(smarts)]).passes(kinds_of(mol))[0]


def test_a_query_that_is_not_readable_is_never_screened_out() -> None:
    screen = AtomScreen([None, Chem.MolFromSmarts("Br")])
    assert screen.passes(kinds_of(Chem.MolFromSmiles("C"))).tolist() == [True, False]
    assert AtomScreen([]).passes(kinds_of(Chem.MolFromSmiles("C"))).tolist() == []
