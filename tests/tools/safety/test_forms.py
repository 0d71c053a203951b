"""A disguise changes what is drawn, and not the key by which a structure is known."""

from __future__ import annotations

import pytest
from rdkit import Chem

from benchside.tools.chemistry.structures import standardise
from benchside.tools.safety.forms import (
    FormsError,
    fingerprint,
    fingerprint_from,
    fingerprint_text,
    form_keys,
    forms_of,
    main_part,
    part_of_parent,
    parts_of,
)


def keys(smiles: str) -> list[str]:
    return [part.key14 for part in parts_of(Chem.MolFromSmiles(smiles))]


EPHEDRINE = "CN[C@@H](C)[C@H](O)c1ccccc1"
(PLAIN,) = keys(EPHEDRINE)


@pytest.mark.parametrize(
    "disguise",
    [
        "CNC(C)C(O)c1ccccc1",
        "C[NH2+][C@@H](C)[C@H](O)c1ccccc1",
        "[2H]C([2H])([2H])N[C@@H](C)[C@H](O)c1ccccc1",
        "[13CH3]NC(C)C(O)c1ccccc1",
        "[CH3:1][NH:2]C(C)C(O)c1ccccc1",
        "OC(C(C)NC)C1=CC=CC=C1",
        "[H]N(C)C(C)C([H])(O)c1ccccc1",
        "C[N-]C(C)C(O)c1ccccc1.[Na+]",
        "CNC(C)C([O-])c1ccccc1.[K+]",
        "CNC(C)C(O[Na])c1ccccc1",
    ],
)
def test_one_compound_has_one_key_however_it_is_drawn(disguise: str) -> None:
    assert PLAIN in keys(disguise)


def test_a_mixture_is_its_parts_each_once() -> None:
    found = parts_of(Chem.MolFromSmiles("CCO.CCN.CCO.[Cl-]"))
    assert [part.smiles for part in found] == ["CCO", "CCN", "Cl"]


def test_atoms_count_along_the_smiles_of_the_part() -> None:
    (part,) = parts_of(Chem.MolFromSmiles("C(C)([2H])O"))
    assert [atom.GetSymbol() for atom in part.mol.GetAtoms()] == ["C", "C", "O"]
    assert part.smiles == "CCO"


@pytest.mark.parametrize("smiles", ["P(Cl)(Cl)Cl", "[Cl][Cl]", "F", "O=S(Cl)Cl", "[As](Cl)(Cl)Cl"])
def test_what_has_no_carbon_has_a_key_too(smiles: str) -> None:
    (part,) = parts_of(Chem.MolFromSmiles(smiles))
    assert len(part.key14) == 14


@pytest.mark.parametrize("drawn", ["[Na+].[Br-]", "[Na]Br", "[Na+].[Br-].O.O", "[Br-].[Na+]"])
def test_a_salt_has_a_key_as_a_whole(drawn: str) -> None:
    forms = forms_of(Chem.MolFromSmiles(drawn))
    assert "JHJLBTNAGRQEKS" in {key[:14] for key in (*forms.salts, *(part.inchikey for part in forms.parts))}


def test_the_inorganic_half_of_a_mixture_is_a_salt_of_its_own() -> None:
    assert "JHJLBTNAGRQEKS" in {key[:14] for key in forms_of(Chem.MolFromSmiles("CCO.[Na+].[Br-]")).salts}
    assert forms_of(Chem.MolFromSmiles("CCO")).salts == ()


def test_tautomers_are_keys_of_the_table() -> None:
    assert keys("CC(O)=CC(C)=O")[0] in form_keys("CC(=O)CC(C)=O")
    assert form_keys("CC(=O)CC(C)=O")[0] == keys("CC(=O)CC(C)=O")[0]
    assert form_keys("C") == ("VNWKTOKETHGBQD",)


def test_a_standardised_parent_keeps_the_key_that_it_has() -> None:
    made = standardise(EPHEDRINE)
    assert made.mol is not None
    assert part_of_parent(made.mol, made.inchikey).inchikey == made.inchikey
    marked = standardise("[13CH3]CO")
    assert marked.mol is not None
    assert part_of_parent(marked.mol, marked.inchikey).inchikey == main_part("CCO").inchikey


def test_too_much_is_not_judged() -> None:
    with pytest.raises(FormsError, match="more than 1,000 heavy atoms"):
        parts_of(Chem.MolFromSmiles("C" * 1001))
    with pytest.raises(FormsError, match="more than 50 different parts"):
        parts_of(Chem.MolFromSmiles(".".join(f"{'C' * n}{end}" for n in range(1, 14) for end in "NOSF")))
    with pytest.raises(FormsError, match="cannot be read"):
        main_part("C1CC")


def test_a_counter_ion_is_told_from_an_item() -> None:
    def is_counter_ion(part: str, beside: str) -> bool:
        return main_part(part).counter_ion_of(main_part(beside))

    assert is_counter_ion("Cl", "CCN")
    assert is_counter_ion("F", "[Sn]")
    assert not is_counter_ion("Cl", "CCO")
    assert is_counter_ion("CCNCC", "OC(=O)c1ccccc1O")
    assert not is_counter_ion("CCNCC", "CC(=O)O")
    assert not is_counter_ion("CCNCC", "Cl")


def test_a_fingerprint_survives_its_text() -> None:
    assert fingerprint_from(fingerprint_text("CCO.Cl")) == fingerprint(Chem.MolFromSmiles("CCO"))
