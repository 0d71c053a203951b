"""One structure as the gate sees it: its parts, each as a neutral, isotope-free parent with its keys.

A disguise changes what is drawn and not what it is: salts and mixtures are taken apart, metals are cut off, isotopes
and atom maps are removed, charges are neutralised, and the key of the connectivity (the first block of the InChIKey)
leaves stereochemistry out. Tautomers and charge forms that this does not bring together are keys of the tables, so
that a query needs no search for tautomers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdinchi, rdqueries
from rdkit.Chem.MolStandardize import rdMolStandardize

from benchside.tools.chemistry.structures import MAX_HEAVY_ATOMS, NONMETALS, Stereo, stereo_of

MAX_TAUTOMERS = 200
"""Tautomers of a listed item whose keys go into a table."""

MAX_PARTS = 50
"""Different parts of one structure that are judged; more is no mixture but something unreadable."""

MAX_SALT_PARTS = 12
"""Parts that are also looked up together, as a salt of its own."""

MAX_SPECIES = 6
SALT_SPECIES = (2, 3)
"""Kinds of parts that may be a listed salt in a mixture; mixtures of more than six kinds are taken whole."""

LEAST_DRUG_ACID = 10
"""Heavy atoms of the smallest organic acid whose amine salt is looked at as a drug's; salicylic acid has 10."""

_ISOTOPE = rdqueries.IsotopeGreaterQueryAtom(0)
_BITS = 2048


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a structure.

    Attributes:
        mol: neutral where that is possible, without isotopes, maps and explicit hydrogens.
        smiles: canonical SMILES of `mol`.
        inchikey: standard InChIKey of `mol`; "" where the InChI software gives none.
        stereo: whether its centres and double bonds are specified.
    """

    mol: Chem.Mol
    smiles: str
    inchikey: str
    stereo: Stereo

    @property
    def key14(self) -> str:
        """The key of the connectivity."""
        return self.inchikey[:14]

    @property
    def numbers(self) -> frozenset[int]:
        """Atomic numbers of its elements."""
        return frozenset(atom.GetAtomicNum() for atom in self.mol.GetAtoms())

    @property
    def organic_base(self) -> bool:
        """Whether it may be a base: carbon and nitrogen."""
        return self.numbers >= {6, 7}

    @property
    def metal(self) -> bool:
        """Whether it holds a metal."""
        return not self.numbers <= NONMETALS

    @property
    def transition_metal(self) -> bool:
        """Whether it holds a metal of the d block, which binds its ligands."""
        return any(21 <= n <= 30 or 39 <= n <= 48 or 72 <= n <= 80 for n in self.numbers)

    def counter_ion_of(self, other: Part) -> bool:
        """Whether this part may be no more than the counter-ion of another.

        An acid is so beside an organic base or a metal; an organic base is beside an organic acid that is no smaller,
        as a drug would be.
        """
        if not self.organic_base:
            return other.organic_base or other.metal
        size = other.mol.GetNumHeavyAtoms()
        acid = 6 in other.numbers and other.mol.HasSubstructMatch(_acid())
        return acid and size >= max(LEAST_DRUG_ACID, self.mol.GetNumHeavyAtoms())


@dataclass(frozen=True, slots=True)
class Forms:
    """A structure in all forms that are compared.

    Attributes:
        parts: the different parts.
        salts: InChIKeys of all parts together, of the inorganic ones, and of two or three kinds of parts with an ion
            among them, charges as drawn, water left out; each only where it has several parts.
        loose: those of two or three kinds of neutral parts beside something else: they may be a salt, or reagents.
    """

    parts: tuple[Part, ...]
    salts: tuple[str, ...]
    loose: tuple[str, ...] = ()


class FormsError(ValueError):
    """The structure cannot be brought into the forms that are compared; the message says why."""


@dataclass(frozen=True, slots=True)
class _Tools:
    uncharger: rdMolStandardize.Uncharger
    forced: rdMolStandardize.Uncharger
    tautomers: rdMolStandardize.TautomerEnumerator


@cache
def _tools() -> _Tools:
    tautomers = rdMolStandardize.TautomerEnumerator()
    tautomers.SetMaxTautomers(MAX_TAUTOMERS)
    forced = rdMolStandardize.Uncharger(canonicalOrder=True, force=True)
    return _Tools(rdMolStandardize.Uncharger(), forced, tautomers)


@cache
def _acid() -> Chem.Mol:
    return Chem.MolFromSmarts("[$([CX3](=O)[OX2H]),$([SX4](=O)(=O)[OX2H]),$([PX4](=O)[OX2H])]")


def parts_of(mol: Chem.Mol) -> tuple[Part, ...]:
    """The different parts of a structure, in the order in which they are written.

    Raises:
        FormsError: too many parts or atoms, or a part that cannot be standardised.
    """
    return forms_of(mol).parts


def forms_of(mol: Chem.Mol) -> Forms:
    """The different parts of a structure, and the keys of its salts as they stand.

    Raises:
        FormsError: too many parts or atoms, or a part that cannot be standardised.
    """
    if mol.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS:
        raise FormsError(f"the structure has more than {MAX_HEAVY_ATOMS:,} heavy atoms")
    with rdBase.BlockLogs():
        try:
            clean = rdMolStandardize.Cleanup(without_isotopes(mol))
            pieces = {Chem.MolToSmiles(piece): piece for piece in Chem.GetMolFrags(clean, asMols=True)}
            if len(pieces) > MAX_PARTS:
                raise FormsError(f"the structure has more than {MAX_PARTS} different parts")
            return Forms(tuple(_part(piece) for piece in pieces.values()), *_salts(clean))
        except FormsError:
            raise
        except (ValueError, RuntimeError) as error:
            said = (str(error).strip().splitlines() or ["no reason given"])[0]
            raise FormsError(f"the structure cannot be standardised: {said}") from None


def _salts(clean: Chem.Mol) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Keys of what is a salt as it stands, and of what would be one if its neutral parts beside a stranger were."""
    species: dict[str, list[Chem.Mol]] = {}
    for piece in Chem.GetMolFrags(clean, asMols=True):
        if not _is_water(piece):
            species.setdefault(Chem.MolToSmiles(piece), []).append(piece)
    inorganic = tuple(name for name, (first, *_) in species.items() if _is_inorganic(first))
    some = [c for size in SALT_SPECIES for c in combinations(species, size)] if len(species) <= MAX_SPECIES else []
    ionic = {name for name, (first, *_) in species.items() if Chem.GetFormalCharge(first) or _has_metal(first)}
    salts = [tuple(species), inorganic, *(chosen for chosen in some if ionic & set(chosen))]
    loose = [chosen for chosen in some if chosen not in salts]
    return _keys_together(species, salts), _keys_together(species, loose)


def _keys_together(species: dict[str, list[Chem.Mol]], chosen: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    for names in dict.fromkeys(chosen):
        pieces = [piece for name in names for piece in species[name]]
        if 1 < len(pieces) <= MAX_SALT_PARTS:
            together = pieces[0]
            for piece in pieces[1:]:
                together = Chem.CombineMols(together, piece)
            Chem.SanitizeMol(together)
            keys.setdefault(_inchikey(together))
    return tuple(key for key in keys if key)


def _has_metal(piece: Chem.Mol) -> bool:
    return any(atom.GetAtomicNum() not in NONMETALS for atom in piece.GetAtoms())


def _is_inorganic(piece: Chem.Mol) -> bool:
    """Without carbon, or cyanide."""
    if all(atom.GetAtomicNum() != 6 for atom in piece.GetAtoms()):
        return True
    return int(piece.GetNumHeavyAtoms()) == 2 and Chem.MolToSmiles(piece) in {"C#N", "[C-]#N"}


def _is_water(piece: Chem.Mol) -> bool:
    return int(piece.GetNumAtoms()) == 1 and Chem.MolToSmiles(piece) in {"O", "[OH3+]"}


def _part(piece: Chem.Mol) -> Part:
    neutral = _tools().forced.uncharge(piece)
    Chem.SanitizeMol(neutral)
    smiles = Chem.MolToSmiles(neutral)
    # read again: atoms in the order of the SMILES, and nothing left of what was drawn
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise FormsError("a part of the structure is not valid once it is neutral")
    return Part(mol, smiles, _inchikey(mol), stereo_of(mol))


def part_of_parent(mol: Chem.Mol, inchikey: str) -> Part:
    """A standardised parent as a part, with the key that it has already (of isotopes, only where there are any)."""
    if len(mol.GetAtomsMatchingQuery(_ISOTOPE)):
        (part, *_) = parts_of(mol)
        return part
    return Part(mol, "", inchikey, "none")


def without_isotopes(mol: Chem.Mol) -> Chem.Mol:
    """A copy without isotopes and atom maps; deuterium and tritium become hydrogen."""
    plain = Chem.Mol(mol)
    marked = False
    for atom in plain.GetAtoms():
        if atom.GetAtomMapNum():
            atom.SetAtomMapNum(0)
            marked = True
        if atom.GetIsotope():
            atom.SetIsotope(0)
            marked = True
    if not marked:
        return plain
    plain = Chem.RemoveHs(plain)
    Chem.AssignStereochemistry(plain, cleanIt=True, force=True)
    return plain


def flat(mol: Chem.Mol) -> Chem.Mol:
    """A copy without stereochemistry."""
    plain = Chem.Mol(mol)
    Chem.RemoveStereochemistry(plain)
    return plain


def _inchikey(mol: Chem.Mol) -> str:
    with rdBase.BlockLogs():
        return str(rdinchi.MolToInchiKey(mol))


def main_part(smiles: str) -> Part:
    """The part of a SMILES with the most heavy atoms (of equals, the first), for the rows of a table.

    Raises:
        FormsError: it cannot be read or standardised.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None or not mol.GetNumAtoms():
        raise FormsError(f"{smiles!r} cannot be read")
    return max(parts_of(mol), key=lambda part: int(part.mol.GetNumHeavyAtoms()))


def form_keys(smiles: str) -> tuple[str, ...]:
    """Keys of the connectivity of an item in all its forms, that of the item itself first.

    The forms are: the neutral parent, its tautomers, and the charge forms that stay apart (one proton less, quaternary
    nitrogen left as it is).

    Raises:
        FormsError: the structure cannot be read or standardised.
    """
    part = main_part(smiles)
    if not part.inchikey:
        raise FormsError("the InChI software gives no key for the structure")
    keys = dict.fromkeys([part.key14])
    with rdBase.BlockLogs():
        for form in _tautomers(part.mol):
            for key in {_inchikey(form)[:14], _inchikey(_tools().uncharger.uncharge(form))[:14]}:
                if key:
                    keys.setdefault(key)
    return tuple(keys)


def _tautomers(mol: Chem.Mol) -> Iterator[Chem.Mol]:
    for form in _tools().tautomers.Enumerate(flat(mol)):
        try:
            Chem.SanitizeMol(form)
        except (ValueError, RuntimeError):
            continue
        yield form


@lru_cache(maxsize=1)
def _morgan() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=_BITS)


def fingerprint(mol: Chem.Mol) -> DataStructs.ExplicitBitVect:
    """Morgan fingerprint (radius 2, 2,048 bits), by which items are compared."""
    made: DataStructs.ExplicitBitVect = _morgan().GetFingerprint(mol)
    return made


def fingerprint_text(smiles: str) -> str:
    """The fingerprint of an item's main part as text for a table; it cannot be turned into the structure again.

    Raises:
        FormsError: the structure cannot be read or standardised.
    """
    return str(fingerprint(main_part(smiles).mol).ToBase64())


def fingerprint_from(text: str) -> DataStructs.ExplicitBitVect:
    """What `fingerprint_text` wrote.

    Raises:
        ValueError: it is no such text.
    """
    bits = DataStructs.ExplicitBitVect(_BITS)
    bits.FromBase64(text)
    if bits.GetNumBits() != _BITS:
        raise ValueError("not a fingerprint of 2,048 bits")
    return bits
