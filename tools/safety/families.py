"""Class patterns: the generic entries of treaties and schedules, with their exact ranges of substituents.

The families stand in patterns/*.toml, one `[[family]]` each:

    [[family]]
    id = "cwc-1a01"                # stable, lower case, unique among all files
    list = "CWC"                   # one of benchside.tools.safety.lists.LISTS
    category = "Schedule 1.A.01"   # as the list writes it
    title = "..."                  # the class in words, for a person
    smarts = ["...", "..."]        # cores; one of them must match. Labelled atoms carry :1, :2, ...
    where = { 2 = "alkyl:Me,Et,nPr,iPr", "3,4" = ["on:H | alkyl:1-10,cyclo", "on-count:1-2"] }
    source = "..."                 # title of the list
    edition = "..."                # with its amendments
    date = "YYYY-MM-DD"            # of that edition
  and where it is needed:
    salts = true                   # the parts of a salt are judged as their neutral parents; false: only what stands
                                   # alone
    closed = true                  # each heavy atom belongs to the core or to a checked substituent
    also = ["..."]                 # patterns of which each must occur somewhere in the molecule
    without = ["..."]              # patterns of which none may occur anywhere in the molecule
    heavy = "10-40"                # range of the number of heavy atoms
    mass = "0-500"                 # range of the average molecular mass in Da, ends included
    elements = "C,H,N,O,P,F"       # no other elements (hydrogen need not be named)
    unless = "Schedule 1"          # dropped where the same part matches a row or family of this list whose category
                                   # starts with this text
    attention = true               # at most a note: a pattern that is wider than what the list says
    note = "..."                   # what a reader of a match should know

How a family matches. The molecule is a neutral part without isotopes; hydrogens are implicit; stereochemistry never
counts. For each core, each of its matches is tried (not only one for each set of atoms): the checks of `where` look at
the substituents of the labelled atoms (benchside.tools.safety.substituents says which checks there are and what a
label means), and the first match that passes all checks is reported with its atoms. A label that a core does not have
is skipped for that core; a label that no core has is a mistake. Charged nitrogen that stays charged (quaternary
ammonium) is written as a core of its own.

A family says what it covers and no more. Molecules without the elements, the bits of the pattern fingerprint or the
kinds of atoms that a core needs are not searched.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from benchside.tools.chemistry.alert_patterns import pattern_words
from benchside.tools.chemistry.atom_screen import AtomScreen, kinds_of
from benchside.tools.chemistry.parsing import captured
from benchside.tools.safety.alkyls import CheckError
from benchside.tools.safety.branches import Substituent
from benchside.tools.safety.lists import LISTS, Match
from benchside.tools.safety.ranges import Range, number_in, parse_ranges
from benchside.tools.safety.substituents import Condition, compile_condition
from benchside.workspaces.errors import BenchsideError

FOLDER = Path(__file__).parent / "patterns"
MAX_MATCHES = 2_000
"""Matches of one core that are tried in one molecule."""


class FamilyError(BenchsideError):
    """A pattern file that is not as it must be: nothing is judged with half of the patterns."""

    code = "safety_pattern"


class Entry(BaseModel):
    """One `[[family]]` as it is written; see the docstring of the module."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    list: str
    category: str = Field(min_length=1)
    title: str = Field(min_length=1)
    smarts: tuple[str, ...] = Field(min_length=1)
    where: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    source: str = Field(min_length=1)
    edition: str = Field(min_length=1)
    date: datetime.date
    salts: bool = True
    closed: bool = False
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    heavy: str = ""
    mass: str = ""
    elements: str = ""
    unless: str = ""
    attention: bool = False
    note: str = ""

    @field_validator("list")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in LISTS:
            raise ValueError(f"there is no list {value!r}")
        return value


@dataclass(frozen=True, slots=True)
class Core:
    """One core of a family with the checks on its labelled atoms.

    Attributes:
        query: the pattern.
        starts: positions in the query that begin a substituent (with their conditions).
        anchors: positions of core atoms by label, with the conditions on what stands on them.
    """

    query: Chem.Mol
    starts: tuple[tuple[int, tuple[Condition, ...]], ...]
    anchors: tuple[tuple[tuple[int, ...], tuple[Condition, ...]], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One class, compiled."""

    entry: Entry
    cores: tuple[Core, ...]
    also: tuple[Chem.Mol, ...]
    without: tuple[Chem.Mol, ...]
    heavy: tuple[Range, ...]
    mass: tuple[Range, ...]
    elements: frozenset[str]

    def atoms(self, mol: Chem.Mol, core: Core) -> tuple[int, ...] | None:
        """The atoms of the first match of a core that passes every check; None if none does."""
        if self.heavy and not number_in(mol.GetNumHeavyAtoms(), self.heavy):
            return None
        if self.mass and not _weighs(mol, self.mass):
            return None
        if self.elements and any(atom.GetSymbol() not in self.elements for atom in mol.GetAtoms()):
            return None
        matches = mol.GetSubstructMatches(core.query, uniquify=False, maxMatches=MAX_MATCHES)
        if not matches or any(mol.HasSubstructMatch(query) for query in self.without):
            return None
        if not all(mol.HasSubstructMatch(query) for query in self.also):
            return None
        return next((tuple(match) for match in matches if self._passes(mol, core, match)), None)

    def _passes(self, mol: Chem.Mol, core: Core, match: tuple[int, ...]) -> bool:
        starts = {match[at] for at, _ in core.starts}
        inside = frozenset(match) - starts
        covered = set(match)
        for at, conditions in core.starts:
            sub = Substituent(mol, match[at], inside)
            covered.update(sub.atoms)
            if not all(condition.holds([sub]) for condition in conditions):
                return False
        for places, conditions in core.anchors:
            subs = [sub for at in places for sub in _standing_on(mol, match[at], inside, starts)]
            covered.update(atom for sub in subs for atom in sub.atoms)
            if not all(condition.holds(subs) for condition in conditions):
                return False
        return not self.entry.closed or len(covered) >= mol.GetNumHeavyAtoms()


def _weighs(mol: Chem.Mol, ranges: tuple[Range, ...]) -> bool:
    """Whether the average molecular mass lies in one of the ranges."""
    mass = float(rdMolDescriptors._CalcMolWt(mol))
    return any(least <= mass and (most is None or mass <= most) for least, most in ranges)


def _standing_on(mol: Chem.Mol, index: int, inside: frozenset[int], starts: set[int]) -> Iterator[Substituent]:
    """What stands on a core atom outside of the match: substituents, and one for each hydrogen."""
    atom = mol.GetAtomWithIdx(index)
    for neighbour in atom.GetNeighbors():
        at = neighbour.GetIdx()
        if neighbour.GetAtomicNum() != 1 and at not in inside and at not in starts:
            yield Substituent(mol, at, inside)
    for _ in range(atom.GetTotalNumHs(includeNeighbors=True)):
        yield Substituent(mol, None, inside)


class Families:
    """All families, searched together.

    Args:
        entries: what the pattern files say.
        where: the file, for errors.

    Raises:
        FamilyError: which entry is wrong, and how.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.families = tuple(_compiled(entry) for entry in entries)
        self._cores = [(family, core) for family in self.families for core in family.cores]
        queries = [core.query for _, core in self._cores]
        rows = [pattern_words(query) for query in queries]
        self._words = np.array(rows, dtype=np.uint64).T.copy()
        self._atoms = AtomScreen(queries)

    def matches(self, mol: Chem.Mol) -> list[Match]:
        """The families that a molecule belongs to, each once, in the order of the files.

        Args:
            mol: a neutral part without isotopes and without explicit hydrogens.
        """
        found: dict[str, Match] = {}
        for number in self._candidates(mol):
            family, core = self._cores[number]
            if family.entry.id in found:
                continue
            atoms = family.atoms(mol, core)
            if atoms is not None:
                found[family.entry.id] = _match(family.entry, atoms)
        return list(found.values())

    def _candidates(self, mol: Chem.Mol) -> list[int]:
        """The cores that may occur: all their bits are set, and the atoms that they need are there."""
        if not self._cores:
            return []
        missing = np.bitwise_or.reduce(self._words & ~pattern_words(mol)[:, None], axis=0)
        found = np.flatnonzero(missing == 0)
        if not len(found):
            return []
        passing = self._atoms.passes(kinds_of(mol))
        return [int(number) for number in found if passing[number]]

    def __iter__(self) -> Iterator[Family]:
        return iter(self.families)


def _match(entry: Entry, atoms: tuple[int, ...]) -> Match:
    return Match(
        entry.id,
        entry.list,
        entry.category,
        entry.title,
        "class",
        entry.source,
        entry.edition,
        entry.date.isoformat(),
        tuple(sorted(atoms)),
        entry.note,
        entry.attention,
    )


@cache
def families() -> Families:
    """The families of the package, compiled once.

    Raises:
        FamilyError: which entry is wrong, and how.
    """
    return load_families(FOLDER)


def load_families(folder: Path) -> Families:
    """All families of a folder, in the order of the files' names.

    Raises:
        FamilyError: which file and entry is wrong, and how; two have one id; or there is none.
    """
    entries = [entry for path in sorted(folder.glob("*.toml")) for entry in read_entries(path)]
    ids = [entry.id for entry in entries]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise FamilyError(f"two families are called {twice[0]!r}", where=str(folder))
    if not entries:
        raise FamilyError("there are no class patterns", where=str(folder), hint="Reinstall benchside.")
    return Families(entries)


def read_entries(path: Path) -> list[Entry]:
    """The entries of one file.

    Raises:
        FamilyError: the file is no TOML, or which entry is wrong, and how.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FamilyError(f"cannot be read: {error}", where=str(path)) from None
    if set(written) != {"family"} or not isinstance(written["family"], list):
        raise FamilyError("the file holds something other than [[family]]", where=str(path))
    entries: list[Entry] = []
    for number, made in enumerate(written["family"], start=1):
        try:
            entries.append(Entry.model_validate(made))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise FamilyError(
                f"{name}: {first['msg']}", where=f"{path.name}, family {number} ({made.get('id', 'no id')})"
            ) from None
    return entries


def _compiled(entry: Entry) -> Family:
    try:
        conditions = _conditions(entry)
        heavy = tuple(parse_ranges(entry.heavy.split(","), FamilyError)) if entry.heavy else ()
        mass = tuple(parse_ranges(entry.mass.split(","), FamilyError)) if entry.mass else ()
    except CheckError as error:
        raise FamilyError(error.message, where=entry.id, hint=error.hint) from None
    cores = tuple(_core(entry, text, conditions) for text in entry.smarts)
    labels = {atom.GetAtomMapNum() for core in cores for atom in core.query.GetAtoms()}
    if unused := sorted(set(conditions) - labels):
        raise FamilyError(f"no core has the label {unused[0]}", where=entry.id)
    for core in cores:  # labels are read: in a search they would say nothing, and be drawn
        for atom in core.query.GetAtoms():
            atom.SetAtomMapNum(0)
    elements = {"H", *(word.strip() for word in entry.elements.split(","))} if entry.elements else set()
    return Family(
        entry,
        cores,
        tuple(_query(entry, text) for text in entry.also),
        tuple(_query(entry, text) for text in entry.without),
        heavy,
        mass,
        frozenset(elements),
    )


def _conditions(entry: Entry) -> dict[int, tuple[Condition, ...]]:
    found: dict[int, tuple[Condition, ...]] = {}
    for labels, checks in entry.where.items():
        made = tuple(compile_condition(text) for text in ([checks] if isinstance(checks, str) else checks))
        if len({condition.on_core for condition in made}) != 1:
            raise FamilyError("the checks of one label are all with on: or all without", where=entry.id)
        for label in labels.split(","):
            if not label.strip().isdigit():
                raise FamilyError(f"{label!r} is no label", where=entry.id)
            found[int(label)] = (*found.get(int(label), ()), *made)
    return found


def _core(entry: Entry, text: str, conditions: dict[int, tuple[Condition, ...]]) -> Core:
    query = _query(entry, text)
    starts: list[tuple[int, tuple[Condition, ...]]] = []
    anchors: dict[int, list[int]] = {}
    for atom in query.GetAtoms():
        label = atom.GetAtomMapNum()
        if label not in conditions:
            continue
        if conditions[label][0].on_core:
            anchors.setdefault(label, []).append(atom.GetIdx())
        else:
            starts.append((atom.GetIdx(), conditions[label]))
    return Core(query, tuple(starts), tuple((tuple(at), conditions[label]) for label, at in anchors.items()))


def _query(entry: Entry, text: str) -> Chem.Mol:
    with captured() as said:
        query = Chem.MolFromSmarts(text)
    if query is None or query.GetNumAtoms() == 0:
        raise FamilyError(f"the pattern {text!r} cannot be read: {'; '.join(said[:1])}", where=entry.id)
    query.UpdatePropertyCache(strict=False)
    return query
