"""Class patterns: ranges are exact at both ends, and a check means what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem

from benchside.tools.safety.alkyls import CheckError
from benchside.tools.safety.branches import Substituent
from benchside.tools.safety.families import Entry, Families, FamilyError, families, load_families, read_entries
from benchside.tools.safety.substituents import compile_condition

from .conftest import MadeEntry


def standing(smiles: str) -> Substituent:
    """What stands on the first atom, which is the core."""
    mol = Chem.MolFromSmiles(smiles)
    (first,) = mol.GetAtomWithIdx(0).GetNeighbors()
    return Substituent(mol, first.GetIdx(), frozenset({0}))


def passes(check: str, substituent: str) -> bool:
    return compile_condition(check).holds([standing(f"[Si]{substituent}")])


TRUE = [
    ("alkyl", "CCCCCCCCCCCC"), ("alkyl:1-3", "C"), ("alkyl:1-3", "C(C)C"), ("alkyl:4+", "CCCC"),
    ("alkyl:1-10,cyclo", "C1CCCCCCCCC1"), ("alkyl:1-10,cyclo", "CC1CC1"), ("alkyl:Me,Et,nPr,iPr", "CCC"),
    ("alkyl:Me,Et,nPr,iPr", "C(C)C"), ("alkyl:nBu", "CCCC"), ("alkyl:iBu", "CC(C)C"), ("alkyl:sBu", "C(C)CC"),
    ("alkyl:tBu", "C(C)(C)C"), ("alkyl:cPr", "C1CC1"), ("alkenyl:2-3", "CC=C"), ("alkynyl", "C#C"),
    ("hydrocarbyl:6", "c1ccccc1"), ("haloalkyl:1", "C(F)(F)F"), ("hydroxyalkyl:2", "CCO"), ("halogen", "Br"),
    ("halogen:F,Cl", "Cl"), ("hydroxy", "O"), ("thiol", "S"), ("nitro", "[N+](=O)[O-]"), ("cyano", "C#N"),
    ("azido", "N=[N+]=[N-]"), ("formyl", "C=O"), ("carboxy", "C(=O)O"), ("carbamoyl", "C(N)=O"), ("alkoxy:1-2", "OCC"),
    ("alkylthio:1", "SC"), ("amino", "N"), ("alkylamino:1", "NC"), ("dialkylamino:1-2", "N(C)CC"),
    ("acyl:2-3", "C(=O)CC"), ("ester", "C(=O)OC"), ("ester", "OC(=O)C"), ("ether", "OCC"), ("phenyl", "c1ccccc1C(=O)O"),
    ("phenyl:plain", "c1ccccc1"), ("phenyl:alkyl,halogen", "c1cc(F)cc(C)c1"), ("benzyl", "Cc1ccccc1"),
    ("aryl", "c1ccc2ccccc2c1"), ("monocycle", "C1CCCC1O"), ("aromatic-monocycle", "c1ccncc1"),
    ("group:alkyl,halogen", "F"), ("carbon:0-2", "OCCO"), ("heavy:2", "CO"), ("elements:C,O", "COC"),
    ("acyclic", "CCO"), ("smarts:[CX4][OX2]", "CO"), ("H | alkyl:1", "C"), ("!alkyl", "O"), ("any", "c1ccccc1"),
]  # fmt: skip

FALSE = [
    ("alkyl", "C=C"), ("alkyl", "CO"), ("alkyl", "C[O-]"), ("alkyl", "C1CC1"), ("alkyl:1-3", "CCCC"),
    ("alkyl:4+", "CCC"),
    ("alkyl:1-10,cyclo", "C1CCCCCCCCCC1"), ("alkyl:1-10,cyclo", "c1ccccc1"), ("alkyl:Me,Et,nPr,iPr", "CCCC"),
    ("alkyl:Me,Et,nPr,iPr", "C1CC1"), ("alkyl:nPr", "C(C)C"), ("alkyl:iPr", "CCC"), ("alkyl:nBu", "CC(C)C"),
    ("alkyl:iBu", "CCCC"), ("alkyl:sBu", "CC(C)C"), ("alkyl:tBu", "C(C)CC"), ("alkenyl:2-3", "CCC=C"),
    ("alkenyl", "C1=CCC1"), ("haloalkyl", "CC"), ("hydroxyalkyl", "COC"), ("halogen:F,Cl", "Br"),
    ("hydroxy", "OC"), ("cyano", "CC#N"), ("alkoxy:1-2", "OCCC"), ("alkoxy", "OC(C)=O"), ("amino", "NC"),
    ("alkylamino", "N(C)C"), ("dialkylamino:1", "N(C)CC"), ("acyl:2-3", "C(=O)CCC"), ("acyl", "C(=O)O"),
    ("ether", "OC(C)=O"),
    ("ester", "C(=O)O"), ("phenyl", "c1ccncc1"), ("phenyl", "c1ccc2ccccc2c1"), ("phenyl:plain", "c1ccccc1C"),
    ("phenyl:alkyl", "c1ccccc1F"), ("benzyl", "C(C)c1ccccc1"), ("monocycle", "c1ccc2ccccc2c1"),
    ("aromatic-monocycle", "C1CCCCC1"), ("group:alkyl,halogen", "O"), ("heavy:2", "COC"), ("elements:C,O", "CN"),
    ("acyclic", "CC1CC1"), ("!alkyl", "C"), ("H", "C"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "substituent"), TRUE)
def test_a_check_holds(check: str, substituent: str) -> None:
    assert passes(check, substituent)


@pytest.mark.parametrize(("check", "substituent"), FALSE)
def test_a_check_does_not_hold(check: str, substituent: str) -> None:
    assert not passes(check, substituent)


@pytest.mark.parametrize("check", ["colour", "alkyl:a-b", "alkyl:3-1", "group:alkyl,colour", "on-count:x", "heavy:"])
def test_a_check_that_is_none_is_an_error(check: str) -> None:
    with pytest.raises(CheckError):
        compile_condition(check).holds([standing("[Si]C")])


def hits(made: Entry, *smiles: str) -> list[bool]:
    classes = Families([made])
    return [bool(classes.matches(Chem.MolFromSmiles(s))) for s in smiles]


def test_the_smallest_and_the_largest_member_belong_and_the_next_do_not(entry: MadeEntry) -> None:
    amides = entry(smarts=["[CX4:1]C(=O)[NX3:2]"], where={"1": "alkyl:2-4,cyclo", "2": "on:H | alkyl:Me"}, closed=True)
    assert hits(amides, "CCC(N)=O", "CCCCC(=O)N(C)C", "C1CCC1C(=O)NC") == [True, True, True]
    assert hits(amides, "CC(N)=O", "CCCCCC(N)=O", "CCC(=O)NCC", "OCCC(N)=O") == [False] * 4


def test_on_looks_at_every_substituent_of_a_core_atom_and_counts_them(entry: MadeEntry) -> None:
    amines = entry(smarts=["[NX3:1]Cc1ccccc1"], where={"1": ["on:H | alkyl:1-2", "on-count:1-2"]})
    assert hits(amines, "CNCc1ccccc1", "CN(CC)Cc1ccccc1") == [True, True]
    assert hits(amines, "NCc1ccccc1", "CCCNCc1ccccc1", "ONCc1ccccc1") == [False] * 3


def test_a_ring_that_comes_back_to_the_core_is_no_pair_of_alkyls(entry: MadeEntry) -> None:
    both = entry(smarts=["c1ccccc1C[NX3:1]"], where={"1": "on:alkyl:1-3 | cyclic:5-6,hetero"})
    assert hits(both, "C1CCN(CC1)Cc1ccccc1", "C1COCCN1Cc1ccccc1", "C1CN1Cc1ccccc1") == [True, True, False]
    plain = entry(smarts=["c1ccccc1C[NX3:1]"], where={"1": "on:alkyl:1-5"})
    assert hits(plain, "C1CCN(CC1)Cc1ccccc1", "CN(C)Cc1ccccc1") == [False, True]


def test_a_methylenedioxy_ring_passes_where_it_is_named(entry: MadeEntry) -> None:
    rings = entry(smarts=["[CH3]Cc1[c:1][c:1][c:1][c:1][c:1]1"], where={"1": "on:H | alkoxy:1 | methylenedioxy"})
    assert hits(rings, "CCc1ccc2OCOc2c1", "CCc1ccc(OC)cc1", "CCc1ccc(O)cc1") == [True, True, False]


def test_a_label_may_stand_several_times_and_a_core_need_not_have_it(entry: MadeEntry) -> None:
    made = entry(smarts=["O=C([CX4:1])[CX4:1]", "O=[CH][CX4:2]"], where={"1": "alkyl:1", "2": "alkyl:2"})
    assert hits(made, "CC(C)=O", "CCC(C)=O", "CCC=O", "CC=O") == [True, False, True, False]


def test_every_way_of_laying_the_core_is_tried(entry: MadeEntry) -> None:
    made = entry(smarts=["[CX4:1]O[CX4:2]"], where={"1": "alkyl:1", "2": "alkyl:3"})
    assert hits(made, "COCCC", "CCCOC") == [True, True]


def test_what_must_be_and_what_must_not_be(entry: MadeEntry) -> None:
    made = entry(smarts=["[NH2]"], also=["c1ccccc1"], without=["[Cl]"], heavy="7-8", elements="C,N,Cl,O")
    assert hits(made, "Nc1ccccc1", "NCc1ccccc1", "Nc1ccccc1Cl", "NCCc1ccccc1", "NC1CCCCC1", "Nc1ccccc1F") == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_a_match_says_what_and_where(entry: MadeEntry) -> None:
    (match,) = Families([entry(smarts=["[CX4:1]O"], where={"1": "alkyl"}, note="see there", attention=True)]).matches(
        Chem.MolFromSmiles("NCCOC")
    )
    assert (match.rule, match.how, match.atoms, match.detail, match.attention) == (
        "t-1",
        "class",
        (3, 4),
        "see there",
        True,
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"smarts": ["C("]}, "cannot be read"),
        ({"smarts": ["C"], "where": {"1": "alkyl"}}, "no core has the label 1"),
        ({"smarts": ["[C:1]"], "where": {"x": "alkyl"}}, "'x' is no label"),
        ({"smarts": ["[C:1]"], "where": {"1": "colour"}}, "no check 'colour'"),
        ({"smarts": ["[C:1]"], "where": {"1": ["alkyl", "on:alkyl"]}}, "all with on: or all without"),
        ({"smarts": ["C"], "heavy": "x"}, "is no range"),
    ],
)
def test_a_mistake_in_a_family_is_named(entry: MadeEntry, values: dict[str, object], said: str) -> None:
    with pytest.raises(FamilyError, match=said):
        Families([entry(**values)])


def test_files_are_read_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(FamilyError, match="no class patterns"):
        load_families(tmp_path)
    path = tmp_path / "a.toml"
    for text, said in [
        ("[[family", "cannot be read"),
        ("[other]\n", "something other"),
        ('[[family]]\nid = "a"\ncolour = 1\n', "Field required|Extra inputs"),
        ('[[family]]\nid = "a"\nlist = "none"\n', "no list 'none'"),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(FamilyError, match=said):
            load_families(tmp_path)
    one = '[[family]]\nid = "a"\nlist = "CWC"\ncategory = "c"\ntitle = "t"\nsmarts = ["C"]\n'
    one += 'source = "s"\nedition = "e"\ndate = 2020-01-01\n'
    path.write_text(one, encoding="utf-8")
    assert [e.id for e in read_entries(path)] == ["a"]
    (tmp_path / "b.toml").write_text(one, encoding="utf-8")
    with pytest.raises(FamilyError, match="two families are called 'a'"):
        load_families(tmp_path)


def test_the_families_of_the_package_compile() -> None:
    assert len(list(families())) > 10
