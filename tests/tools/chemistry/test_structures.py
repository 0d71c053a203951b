"""Standardisation: known parents and keys, each reject with its reason, and what RDKit's full pipeline gives."""

from __future__ import annotations

import gzip
import importlib.util
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from benchside.tools.chemistry.records import InputRecord, Problem
from benchside.tools.chemistry.structures import standardise, standardise_many

ASPIRIN = "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"  # PubChem CID 2244
CAFFEINE = "RYYVLZVUVIJVGH-UHFFFAOYSA-N"  # CID 2519
LALANINE = "QNAYBMKLOCPYGJ-REOHCLBHSA-N"  # CID 5950


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", ASPIRIN),
        ("CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", ASPIRIN),
        ("CC(=O)OC1=CC=CC=C1C(=O)O[Na]", ASPIRIN),
        ("InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)", ASPIRIN),
        ("Cn1c(=O)c2c(ncn2C)n(C)c1=O.O", CAFFEINE),
        ("C[C@H](N)C(=O)O.Cl", LALANINE),
        ("C[C@H]([NH3+])C(=O)[O-]", LALANINE),
    ],
)
def test_published_keys_of_parents(text: str, key: str) -> None:
    assert standardise(text).inchikey == key


def test_a_mol_block_and_its_smiles_give_the_same() -> None:
    mol = Chem.MolFromSmiles("C[C@H](N)C(=O)O")
    for block in (Chem.MolToMolBlock(mol), Chem.MolToV3KMolBlock(mol)):
        got = standardise(block)
        want = standardise("C[C@H](N)C(=O)O")
        assert (got.smiles, got.inchikey, got.stereo) == (want.smiles, LALANINE, "defined")
        assert got.mol is not None
        assert got.mol.GetNumConformers() == 0
        assert standardise(block.lstrip("\n")).smiles == want.smiles


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("c1ccc", "unparseable_smiles", "unclosed ring"),
        ("CC(C", "unparseable_smiles", "open parentheses"),
        ("CC(C)(C)(C)C", "unparseable_smiles", "Atom 2 (C) has 5 bonds"),
        ("c1cccc1", "unparseable_smiles", "aromatic atoms 1, 2, 3, 4, 5"),
        ("cC", "unparseable_smiles", "Atom 1 (C) is written as aromatic"),
        ("CCQ", "unparseable_smiles", "position 3"),
        ("C–C", "unparseable_smiles", "U+2013"),
        ("C\x00C", "unparseable_smiles", "NUL"),
        ("CCO ethanol", "unparseable_smiles", "Text follows"),
        ("[C,N]CC", "unparseable_smiles", "SMARTS"),
        ("InChI=1S/rubbish", "unparseable_inchi", "InChI"),
        ("x\ny\n\nrubbish\nM  END\n", "bad_molblock", "mol block"),
        ("", "no_structure_text", "no structure"),
        ("C" * 5_001, "too_long", "5,001 characters"),
        ("C" * 1_001, "too_large", "1,001 heavy atoms"),
        ("[Fe]", "no_organic_part", "[Fe]"),
        ("[Na+].[Cl-]", "no_organic_part", "carbon"),
        ("N[Pt](N)(Cl)Cl", "no_organic_part", "carbon"),
        ("*CC", "query_structure", "Atom 1"),
        ("[1*]CC", "query_structure", "Atom 1"),
        ("C~C", "query_structure", "query"),
        ("CCO>>CC=O", "reaction", "reaction"),
    ],
)
def test_each_reject_says_why(text: str, code: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    result = standardise(text)
    assert result.problem is not None
    assert result.problem.code == code
    assert words in result.problem.message
    assert (result.mol, result.smiles, result.inchikey) == (None, "", "")
    assert capfd.readouterr() == ("", ""), "RDKit's own messages must not reach the terminal"


def test_names_and_reader_problems_pass_through() -> None:
    problem = Problem("empty", "The row is empty.")
    assert standardise(InputRecord(1, 1, "row-1", "", problem=problem)).problem is problem
    named = standardise(InputRecord(1, 1, "a", "aspirin", "name")).problem
    assert named is not None
    assert named.code == "unresolved_name"


@pytest.mark.parametrize(
    ("smiles", "stereo"),
    [
        ("CCO", "none"),
        ("CC(F)Cl", "undefined"),
        ("C[C@H](F)Cl", "defined"),
        ("C[C@H](F)C(F)Cl", "partial"),
        ("FC=CF", "undefined"),
        ("F/C=C/F", "defined"),
        ("F/C=C/C(F)Cl", "partial"),
        ("C[C@H]1CC[C@@H](O)CC1", "defined"),
    ],
)
def test_stereo(smiles: str, stereo: str) -> None:
    assert standardise(smiles).stereo == stereo


def test_fragments_charges_and_notes() -> None:
    salt = standardise("C[NH3+].F[P-](F)(F)(F)(F)F")
    assert (salt.smiles, salt.removed_fragments, salt.charge_neutralised) == ("CN", "F[P-](F)(F)(F)(F)F", True)
    mixture = standardise("CC(=O)Oc1ccccc1C(=O)O.Cn1cnc2c1c(=O)n(C)c(=O)n2C")
    assert mixture.inchikey == CAFFEINE
    assert mixture.removed_fragments == "CC(=O)Oc1ccccc1C(=O)O"
    assert "mixture: two organic parts of 14 and 13 heavy atoms" in mixture.note
    citrate = standardise("CN(C)CCOC(c1ccccc1)c1ccccc1.OC(=O)CC(O)(C(O)=O)CC(O)=O")
    assert citrate.note == ""
    assert standardise("CCO.CCO").removed_fragments == "CCO"
    assert "contains_metal: Hg" in standardise("C[Hg]Cl").note
    assert "metal_disconnected" in standardise("CC(=O)O[Na]").note
    assert "radical" in standardise("[CH2]CC").note
    assert standardise("[2H]C([2H])([2H])O").smiles == "[2H]C([2H])([2H])O"
    assert standardise("[CH3:7][OH:8]").smiles == "CO"
    assert "atom_maps_removed" in standardise("[CH3:7][OH:8]").note
    assert standardise("CCO |$a;b;c$|").smiles == "CCO"
    assert "cxsmiles_ignored" in standardise("CCO |rubbish").note


def test_a_peptide_of_300_atoms_is_a_compound() -> None:
    result = standardise("N[C@@H](C)C(=O)" * 60 + "O")
    assert result.problem is None
    assert result.mol is not None
    assert result.mol.GetNumHeavyAtoms() == 301
    assert result.stereo == "defined"


def test_canonical_tautomers_meet() -> None:
    forms = standardise_many(["Oc1ccccn1", "O=c1cccc[nH]1"], canonical_tautomer=True)
    assert forms[0].smiles == forms[1].smiles == "O=c1cccc[nH]1"
    assert standardise("Oc1ccccn1").smiles == "Oc1ccccn1"


def test_many_is_the_same_as_one_by_one() -> None:
    texts = ["CCO", "c1ccc", "CC[O-].[K+]", "", "C[S](C)=O", *["C" * (n % 20 + 1) for n in range(600)]]
    many = standardise_many(texts, keep_mol=False)
    assert many == [standardise(text, keep_mol=False) for text in texts]
    assert all(result.mol is None for result in many)


def full_pipeline(smiles: str) -> tuple[str, str] | None:
    parameters = rdMolStandardize.CleanupParameters()
    parameters.preferOrganic = True
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            return None
        clean = rdMolStandardize.Cleanup(mol)
        parent = rdMolStandardize.FragmentParent(clean, parameters, skipStandardize=True)
        parent = rdMolStandardize.Uncharger().uncharge(parent)
        Chem.SanitizeMol(parent)
        return Chem.MolToSmiles(parent), Chem.MolToInchiKey(parent)


def compare_with_full_pipeline(texts: list[str]) -> int:
    """How many are the same; those without an organic part are not compared."""
    same = 0
    for text, result in zip(texts, standardise_many(texts), strict=True):
        if result.problem is None:
            assert (result.smiles, result.inchikey) == full_pipeline(text)
            again = standardise(result.smiles)
            assert (again.smiles, again.inchikey, again.stereo) == (result.smiles, result.inchikey, result.stereo)
            same += 1
    return same


def test_the_short_way_gives_what_the_full_pipeline_gives_on_approved_drugs() -> None:
    package = importlib.util.find_spec("admet_ai")
    assert package is not None
    assert package.submodule_search_locations
    table = Path(package.submodule_search_locations[0]) / "resources" / "data" / "drugbank_approved.csv"
    drugs = list(pd.read_csv(table)["smiles"])
    assert compare_with_full_pipeline(drugs[::7]) > 350


def test_the_short_way_gives_what_the_full_pipeline_gives_on_purchasable_compounds(shared: Path) -> None:
    with gzip.open(shared / "data" / "Enamine50k.csv.gz", "rt") as file:
        rows = [line.strip() for line in islice(file, 1, 50_001, 100)]
    assert compare_with_full_pipeline(rows) == 500
