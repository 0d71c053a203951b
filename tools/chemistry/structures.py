"""Parse a structure and standardise it to the parent that all properties are computed on.

The pipeline is RDKit's rdMolStandardize, after MolVS and the ChEMBL structure pipeline (Bento et al., J. Cheminform.
2020, 12, 51): Cleanup, largest organic fragment, Uncharger, SanitizeMol. Isotopes and stereochemistry are kept;
coordinates and atom maps are not, so that the same compound gives the same result from a SMILES and from a mol block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Literal

from rdkit import Chem, rdBase
from rdkit.Chem import rdinchi, rdqueries
from rdkit.Chem.MolStandardize import rdMolStandardize

from benchside.tools.chemistry.parsing import parse
from benchside.tools.chemistry.records import MAX_TEXT, InputRecord, Problem

Stereo = Literal["none", "defined", "partial", "undefined"]

MAX_HEAVY_ATOMS = 1_000
"""Largest structure that is standardised; the InChI software stops at 1,024 atoms."""

MAX_TAUTOMER_ATOMS = 150
"""Largest parent whose canonical tautomer is sought; the search grows steeply with size."""

CHUNK = 256
"""Records that go through the stages together."""

DRUG_SIZE = 11
"""Heavy atoms from which a second organic fragment is worth a note; paracetamol has 11."""

NONMETALS = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86})


@dataclass(frozen=True, slots=True)
class Standardised:
    """What standardisation made of one record. With a problem, all else is empty.

    Attributes:
        mol: the standardised parent, without coordinates; None with a problem or with `keep_mol=False`.
        smiles: its canonical SMILES.
        inchikey: its standard InChIKey.
        stereo: whether its tetrahedral centres and double bonds are specified: `none` (there are none), `defined` (all
            are), `partial`, `undefined` (none is).
        removed_fragments: SMILES of the fragments that were cut, joined with "."; "" if none.
        charge_neutralised: whether the Uncharger changed the parent.
        problem: why there is no parent.
        note: what a chemist should know of the structure, parts joined with "; "; "" if nothing.
    """

    mol: Chem.Mol | None
    smiles: str
    inchikey: str
    stereo: Stereo
    removed_fragments: str
    charge_neutralised: bool
    problem: Problem | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Tools:
    cleanup: rdMolStandardize.CleanupParameters
    normalizer: rdMolStandardize.Normalizer
    uncharger: rdMolStandardize.Uncharger
    tautomers: rdMolStandardize.TautomerEnumerator
    not_plain: Chem.Atom


@cache
def _tools() -> _Tools:
    parameters = rdMolStandardize.CleanupParameters()
    rdMolStandardize.UpdateParamsFromJSON(parameters, '{"preferOrganic": true}')
    anything_else = "[!#5&!#6&!#7&!#8&!#9&!#14&!#15&!#16&!#17&!#35&!#53,!+0]"
    not_plain = Chem.MolFromSmarts(anything_else).GetAtomWithIdx(0)
    not_plain.ExpandQuery(_RADICAL, Chem.CompositeQueryType.COMPOSITE_OR)
    return _Tools(
        parameters,
        rdMolStandardize.Normalizer(),
        rdMolStandardize.Uncharger(),
        rdMolStandardize.TautomerEnumerator(),
        not_plain,
    )


_NOTHING = Chem.Mol()
_RADICAL = rdqueries.NumRadicalElectronsGreaterQueryAtom(0)
_TRANSFORMED = rdqueries.HasPropQueryAtom("react_atom_idx")
_CARBON = rdqueries.AtomNumEqualsQueryAtom(6)


@dataclass(slots=True)
class _Work:
    """One record on its way through the stages; `mol` is empty until it is read."""

    record: InputRecord
    mol: Chem.Mol
    problem: Problem | None = None
    notes: list[str] = field(default_factory=list)
    plain: bool = False
    removed: str = ""
    neutralised: bool = False
    smiles: str = ""
    inchikey: str = ""
    stereo: Stereo = "none"


def standardise(record: InputRecord | str, *, canonical_tautomer: bool = False, keep_mol: bool = True) -> Standardised:
    """Parse and standardise one record, or one SMILES, InChI or mol block.

    Nothing is raised for a bad structure: the problem is in the result.

    Args:
        record: what a reader gave, or the text of a structure.
        canonical_tautomer: also replace the parent by RDKit's canonical tautomer (much slower).
        keep_mol: whether to keep the RDKit molecule.
    """
    return standardise_many([record], canonical_tautomer=canonical_tautomer, keep_mol=keep_mol)[0]


def standardise_many(
    records: Iterable[InputRecord | str], *, canonical_tautomer: bool = False, keep_mol: bool = True
) -> list[Standardised]:
    """`standardise` of each record, in order, one result for each.

    Records go through in chunks, stage by stage rather than one by one: the same code on many molecules in a row keeps
    the processor's caches warm.
    """
    results: list[Standardised] = []
    source = iter(records)
    while chunk := list(islice(source, CHUNK)):
        works = [_Work(_as_record(record), _NOTHING) for record in chunk]
        for stage in (_read, _to_parent, *((_to_tautomer,) if canonical_tautomer else ()), _key, _write, _stereo):
            for work in works:
                if work.problem is None:
                    _guarded(stage, work)
        results += [_result(work, keep_mol) for work in works]
    return results


def _as_record(record: InputRecord | str) -> InputRecord:
    if isinstance(record, InputRecord):
        return record
    return InputRecord(1, None, "row-1", record, _kind(record), record[:MAX_TEXT])


def _kind(text: str) -> Literal["smiles", "inchi", "molblock"]:
    if "M  END" in text:
        return "molblock"
    return "inchi" if text.lstrip()[:6].lower() == "inchi=" else "smiles"


def _guarded(stage: Callable[[_Work], None], work: _Work) -> None:
    try:
        stage(work)
    except (ValueError, RuntimeError) as error:
        said = (str(error).strip().splitlines() or ["no reason given"])[0]
        work.problem = Problem("standardisation_failed", f"The standardised structure is not valid: {said}.")


def _result(work: _Work, keep_mol: bool) -> Standardised:
    if work.problem is not None:
        return Standardised(None, "", "", "none", "", False, work.problem)
    return Standardised(
        work.mol if keep_mol else None,
        work.smiles,
        work.inchikey,
        work.stereo,
        work.removed,
        work.neutralised,
        None,
        "; ".join(work.notes),
    )


def _read(work: _Work) -> None:
    work.problem = work.record.problem
    if work.problem is not None:
        return
    mol, work.problem, work.notes = parse(work.record)
    if mol is None:
        return
    work.mol = mol
    heavy = mol.GetNumHeavyAtoms()
    if heavy > MAX_HEAVY_ATOMS:
        message = f"The structure has {heavy:,} heavy atoms; at most {MAX_HEAVY_ATOMS:,} are read."
        work.problem = Problem("too_large", message)


def _to_parent(work: _Work) -> None:
    with rdBase.BlockLogs():
        mol = work.mol
        mol.RemoveAllConformers()
        parent = _plain_parent(mol)
        work.plain = parent is not None
        if parent is None:
            parent, work.removed, work.neutralised = _full_parent(mol, work.notes)
        work.mol = parent
        if not len(parent.GetAtomsMatchingQuery(_CARBON)):
            what = Chem.MolToSmiles(parent)
            work.problem = Problem("no_organic_part", f"No part with carbon is left: the largest is {what}.")
        elif not work.plain:
            metals = sorted({atom.GetSymbol() for atom in parent.GetAtoms() if atom.GetAtomicNum() not in NONMETALS})
            if metals:
                work.notes.append(f"contains_metal: {', '.join(metals)}")
            if len(parent.GetAtomsMatchingQuery(_RADICAL)):
                work.notes.append("radical: an atom has an unpaired electron")


def _to_tautomer(work: _Work) -> None:
    with rdBase.BlockLogs():
        work.mol = _canonical_tautomer(work.mol, work.notes)


def _key(work: _Work) -> None:
    with rdBase.BlockLogs():
        work.inchikey = str(rdinchi.MolToInchiKey(work.mol))
    if not work.inchikey:
        work.problem = Problem("no_inchikey", "The InChI software gives no key for this structure.")


def _write(work: _Work) -> None:
    work.smiles = str(Chem.MolToSmiles(work.mol))


def _stereo(work: _Work) -> None:
    work.stereo = stereo_of(work.mol)


def _plain_parent(mol: Chem.Mol) -> Chem.Mol | None:
    """The parent of a single neutral fragment without metals, or None if it takes the full pipeline.

    Without hydrogen atoms, metals, charges or a second fragment, only the Normalizer's transforms can apply; the other
    steps of Cleanup, the fragment chooser and the Uncharger have nothing to act on. A molecule that a transform
    changed (its atoms carry the marks of a reaction) takes the full pipeline, so that the result is the same.
    """
    tools = _tools()
    if len(mol.GetAtomsMatchingQuery(tools.not_plain)) or len(Chem.GetMolFrags(mol)) != 1:
        return None
    parent = tools.normalizer.normalize(mol)
    if len(parent.GetAtomsMatchingQuery(_TRANSFORMED)):
        return None
    Chem.SanitizeMol(parent)
    Chem.AssignStereochemistry(parent, cleanIt=True, force=True)
    return parent


def _full_parent(mol: Chem.Mol, notes: list[str]) -> tuple[Chem.Mol, str, bool]:
    """The parent by all steps, the SMILES of what was cut, and whether a charge was neutralised."""
    tools = _tools()
    clean = rdMolStandardize.Cleanup(mol)
    pieces = Chem.GetMolFrags(clean, asMols=True, sanitizeFrags=False)
    if len(pieces) > len(Chem.GetMolFrags(mol)):
        notes.append("metal_disconnected: bonds to a metal were cut")
    parent = rdMolStandardize.FragmentParent(clean, tools.cleanup, skipStandardize=True)
    removed = _removed(parent, pieces, notes) if len(pieces) > 1 else ""
    charged = _charges(parent)
    parent = tools.uncharger.uncharge(parent)
    Chem.SanitizeMol(parent)
    return parent, removed, _charges(parent) != charged


def _charges(mol: Chem.Mol) -> list[int]:
    return [atom.GetFormalCharge() for atom in mol.GetAtoms()]


def _removed(parent: Chem.Mol, pieces: Iterable[Chem.Mol], notes: list[str]) -> str:
    kept = str(Chem.MolToSmiles(parent))
    texts = [(str(Chem.MolToSmiles(piece)), piece) for piece in pieces]
    at = next((number for number, (text, _) in enumerate(texts) if text == kept), None)
    rest = [item for number, item in enumerate(texts) if number != at]
    second = max(
        (piece for text, piece in rest if text != kept and _is_drug_size(piece)),
        key=lambda piece: (int(piece.GetNumHeavyAtoms()), str(Chem.MolToSmiles(piece))),
        default=None,
    )
    if second is not None and _is_drug_size(parent):
        notes.append(
            f"mixture: two organic parts of {parent.GetNumHeavyAtoms()} and {second.GetNumHeavyAtoms()} heavy atoms; "
            "the larger is kept"
        )
    return ".".join(sorted(text for text, _ in rest))


COUNTERIONS = frozenset(
    {
        "O=C(O)CC(O)(CC(=O)O)C(=O)O",  # citrate
        "Cc1ccc(S(=O)(=O)O)cc1",  # tosylate
        "O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O",  # pamoate
        "O=C(O)c1ccc2ccccc2c1O",  # xinafoate
        "O=S(=O)(O)c1ccc2ccccc2c1",  # napsylate
        "O=S(=O)(O)c1cccc2c(S(=O)(=O)O)cccc12",  # napadisylate
        "CC1(C)C2CCC1(CS(=O)(=O)O)C(=O)C2",  # camsylate
        "O=C(O)C(O)C(O)C(O)C(O)CO",  # gluconate
        "CCCCCCCCCCCCCCCCCC(=O)O",  # stearate
        "O=C(O)c1ccccc1C(=O)O",  # phthalate
        "O=C(O)C(O)c1ccccc1",  # mandelate
        "CCCCCCCCCCCCOS(=O)(=O)O",  # lauryl sulfate
        "O=C(NCC(=O)O)c1ccccc1",  # hippurate
        "CNCC(O)C(O)C(O)C(O)CO",  # meglumine
        "O=C(O)c1ccc(S(=O)(=O)O)cc1O",  # sulfosalicylate
        "O=C1OC(C(O)CO)C(O)=C1O",  # ascorbate
        "O=C(OC(C(=O)O)C(OC(=O)c1ccccc1)C(=O)O)c1ccccc1",  # dibenzoyl tartrate
    }
)
"""Organic counter-ions of drugs with at least `DRUG_SIZE` heavy atoms, neutral, without stereo (Stahl and Wermuth,
Handbook of Pharmaceutical Salts, 2nd ed., 2011): they are no second component."""


def _is_drug_size(piece: Chem.Mol) -> bool:
    if piece.GetNumHeavyAtoms() < DRUG_SIZE or not any(atom.GetAtomicNum() == 6 for atom in piece.GetAtoms()):
        return False
    neutral = _tools().uncharger.uncharge(piece)
    return Chem.MolToSmiles(neutral, isomericSmiles=False) not in COUNTERIONS


def _canonical_tautomer(parent: Chem.Mol, notes: list[str]) -> Chem.Mol:
    if parent.GetNumHeavyAtoms() > MAX_TAUTOMER_ATOMS:
        notes.append(f"tautomer_not_sought: more than {MAX_TAUTOMER_ATOMS} heavy atoms")
        return parent
    tautomer = _tools().tautomers.Canonicalize(parent)
    Chem.SanitizeMol(tautomer)
    return tautomer


def stereo_of(mol: Chem.Mol) -> Stereo:
    """Whether the tetrahedral centres and stereo double bonds are specified, by RDKit's FindPotentialStereo."""
    elements = list(Chem.FindPotentialStereo(mol))
    if not elements:
        return "none"
    specified = sum(element.specified == Chem.StereoSpecified.Specified for element in elements)
    if specified == len(elements):
        return "defined"
    return "partial" if specified else "undefined"
