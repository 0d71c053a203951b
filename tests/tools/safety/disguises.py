"""One structure, or the names of one row, in disguises made by code: what is drawn changes, what it is does not."""

from __future__ import annotations

import random
from collections.abc import Iterator

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions
from rdkit.Chem.MolStandardize import rdMolStandardize

from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.gate import default_gate
from benchside.tools.safety.judgement import Judgement
from benchside.tools.safety.names import names
from benchside.tools.safety.tables import Row

BASE = Chem.MolFromSmarts("[NX3;+0;!$(N-[#6,#15,#16]=[O,S,N]);!$(N-C=C);!$(N-[P,S,a])]")
ACID = Chem.MolFromSmarts("[$([OX2H][C,P]=[O,S]),$([SX2H][#6,P])]")
DRAWN_DOUBLE = Chem.MolFromSmarts("[PX4+0]=[O,S;X1+0]")
PHOSPHITE = rdChemReactions.ReactionFromSmarts("[PH1;X4:1]=[O:2]>>[PH0;X3:1]-[OH:2]")
BYSTANDER = "CCOC(C)=O"
"""Ethyl acetate: on no list."""

MOST = 4
"""Stereoisomers, and tautomers, that are tried."""


def structure_disguises(smiles: str) -> Iterator[tuple[str, str]]:
    """Which disguise, and the structure in it: those of the twelve that apply to a structure."""
    mol = Chem.MolFromSmiles(smiles)
    yield "plain", smiles
    yield from _salts_and_charges(mol)
    yield "hydrate", f"{smiles}.O"
    yield "hydrate", f"O.{smiles}.O"
    yield from _isotopes(mol)
    yield from _stereo(mol)
    yield from _tautomers(mol)
    yield "mixture", f"{BYSTANDER}.{smiles}"
    yield "mixture", f"{smiles}.c1ccccc1.O"
    yield from _written_otherwise(mol)
    with rdBase.BlockLogs():
        inchi = Chem.MolToInchi(mol)
    if Chem.MolFromInchi(inchi) is not None:
        yield "InChI", inchi


def _salts_and_charges(mol: Chem.Mol) -> Iterator[tuple[str, str]]:
    quaternary = sum(atom.GetFormalCharge() for atom in mol.GetAtoms())
    if quaternary > 0:
        yield "salt", ".".join([Chem.MolToSmiles(mol), *["[Br-]"] * quaternary])
    for query, charge, ion in ((BASE, 1, "[Cl-]"), (ACID, -1, "[Na+]")):
        places = mol.GetSubstructMatches(query)
        if not places or quaternary or len(Chem.GetMolFrags(mol)) > 1:
            continue
        charged = Chem.RWMol(mol)
        atom = charged.GetAtomWithIdx(places[0][0])
        hydrogens = atom.GetTotalNumHs()
        atom.SetFormalCharge(charge)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens + charge)
        Chem.SanitizeMol(charged)
        made = Chem.MolToSmiles(charged)
        yield "charge state", made
        yield "salt", f"{made}.{ion}"
        if charge > 0:
            yield "salt", f"{Chem.MolToSmiles(mol)}.Cl"
    if mol.HasSubstructMatch(DRAWN_DOUBLE):
        separated = Chem.RWMol(mol)
        first, second = mol.GetSubstructMatch(DRAWN_DOUBLE)
        separated.GetBondBetweenAtoms(first, second).SetBondType(Chem.BondType.SINGLE)
        separated.GetAtomWithIdx(first).SetFormalCharge(1)
        separated.GetAtomWithIdx(second).SetFormalCharge(-1)
        Chem.SanitizeMol(separated)
        yield "charge state", Chem.MolToSmiles(separated)


def _isotopes(mol: Chem.Mol) -> Iterator[tuple[str, str]]:
    marked = Chem.Mol(mol)
    heavier = {1: 2, 6: 13, 7: 15, 8: 18, 9: 18, 15: 32, 16: 34, 17: 37, 33: 76}
    for atom in marked.GetAtoms():
        if atom.GetAtomicNum() in heavier:
            atom.SetIsotope(heavier[atom.GetAtomicNum()])
    yield "isotope", Chem.MolToSmiles(marked)
    full = Chem.AddHs(mol)
    hydrogens = [atom for atom in full.GetAtoms() if atom.GetAtomicNum() == 1]
    for atom in hydrogens:
        atom.SetIsotope(2)
    if hydrogens:
        yield "isotope", Chem.MolToSmiles(full)


def _stereo(mol: Chem.Mol) -> Iterator[tuple[str, str]]:
    flat = Chem.Mol(mol)
    Chem.RemoveStereochemistry(flat)
    flat = Chem.MolFromSmiles(Chem.MolToSmiles(flat))
    options = StereoEnumerationOptions(maxIsomers=MOST, unique=True)
    isomers = [Chem.MolToSmiles(isomer) for isomer in EnumerateStereoisomers(flat, options=options)]
    if len(isomers) > 1:
        yield "stereo not given", Chem.MolToSmiles(flat)
        for isomer in isomers:
            yield "stereo given", isomer


def _tautomers(mol: Chem.Mol) -> Iterator[tuple[str, str]]:
    plain = Chem.MolToSmiles(mol)
    with rdBase.BlockLogs():
        made = [Chem.MolToSmiles(form) for form in rdMolStandardize.TautomerEnumerator().Enumerate(mol)]
    made += [Chem.MolToSmiles(product) for (product,) in PHOSPHITE.RunReactants((mol,))]
    for form in [form for form in dict.fromkeys(made) if form != plain][:MOST]:
        yield "tautomer", form


def _written_otherwise(mol: Chem.Mol) -> Iterator[tuple[str, str]]:
    order = list(range(mol.GetNumAtoms()))
    random.Random(7).shuffle(order)
    yield "non-canonical SMILES", Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
    yield "non-canonical SMILES", Chem.MolToSmiles(mol, allHsExplicit=True, allBondsExplicit=True, canonical=False)
    kekule = Chem.Mol(mol)
    Chem.Kekulize(kekule, clearAromaticFlags=True)
    yield "non-canonical SMILES", Chem.MolToSmiles(kekule, kekuleSmiles=True, rootedAtAtom=mol.GetNumAtoms() - 1)


def name_disguises(row: Row) -> Iterator[tuple[str, str]]:
    """Which disguise, and the text in it: name, synonyms and CAS number of a row, as people write them."""
    for number, name in enumerate((row.name, *row.synonyms)):
        what = "name" if number == 0 else "synonym"
        yield what, name
        yield what, f"  {name.upper()} "
        yield what, name.lower().replace("-", " ")
    if row.cas:
        yield "CAS", row.cas
        yield "CAS", f"CAS {row.cas}"
        yield "CAS", row.cas.replace("-", "\N{EN DASH}")


def drawn_and_missed(row: Row, smiles: str, verdict: Verdict) -> list[str]:
    """Disguises of a listed item's structure in which it does not get the verdict, or not as that item of that list."""
    wrong = []
    for what, text in structure_disguises(smiles):
        made = default_gate().judge_structure(text, Action.OPTIMISE)
        if made.verdict != verdict or (row.list, row.category) not in _recognised(made):
            wrong.append(f"{what}: {text!r} is {made.verdict} for {sorted(_recognised(made))}")
    return wrong


def named_and_missed(row: Row, verdict: Verdict) -> list[str]:
    """Spellings of a listed item's names that do not lead to it; name and number are judged too."""
    spellings = list(name_disguises(row))
    wrong = [f"{what}: {text!r} is not found" for what, text in spellings if row not in names().named(text)]
    for what, text in {what: text for what, text in reversed(spellings) if what != "synonym"}.items():
        made = default_gate().judge_text(text, Action.OPTIMISE)
        if made.verdict != verdict or (row.list, row.category) not in _recognised(made):
            wrong.append(f"{what}: {text!r} is {made.verdict} for {sorted(_recognised(made))}")
    return wrong


def _recognised(made: Judgement) -> set[tuple[str, str]]:
    return {(match.list, match.category) for match in made.matches if match.how in {"structure", "class", "name"}}
