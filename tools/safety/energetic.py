"""Energetic materials: groups that carry energy, oxygen balance and nitrogen content, and what they add to a verdict.

Screening of the UN Manual of Tests and Criteria, Appendix 6 (which the GHS, chapter 2.1, and ECHA's guidance on the CLP
criteria repeat): a substance need not be tested as an explosive if it has none of the groups of table A6.1, or if its
groups contain oxygen and its oxygen balance lies below -200. For CxHyOz with other elements, that balance is
-1600 * (2x + y/2 - z) / molecular weight, in percent. The procedure asks who must test, and is wide on purpose: most
nitroarenes among medicines lie above -200. `un_screening` gives its answer for information.

The verdict needs more. Held as `energetic` is
- a composition near that of explosives: two nitro, nitrate or nitramine groups at an oxygen balance of -110 or more, or
  one nitrate ester or nitramine at -70 or more;
- an organic azide with more nitrogen than carbon atoms, which is not to be isolated (safety guidance of universities,
  after Bräse et al., Angew. Chem. Int. Ed. 2005, 44, 5188);
- two or more peroxide groups with at least 10 % active oxygen (16 * peroxide groups / molecular weight, as in the GHS,
  chapter 2.15);
- four or more nitrogen atoms in a row at 60 % nitrogen by mass, or five at 40 %.
A group alone is a note (`energetic group`): azide, diazo, peroxide, nitrate and nitrite esters, nitramine, furoxan,
halogen on nitrogen or oxygen, several nitro groups, or one at an oxygen balance of -100 or more. The limits of -110,
-100, -70, 10, 60 and 40 % are this package's own: no published rule draws that line. They hold listed explosives and
let medicines pass (benchmarks/safety.py counts both); they say nothing of how dangerous a substance is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from rdkit import Chem

from benchside.tools.safety.lists import Match

SOURCE = "UN Manual of Tests and Criteria, Appendix 6 (groups and oxygen balance); limits of this gate"
EDITION = "8th revised edition, with the amendments adopted on 9 December 2022"
DATE = "2022-12-09"

UN_BALANCE = -200.0
"""Oxygen balance below which the UN procedure screens out groups that contain oxygen."""

SEVERAL_BALANCE = -110.0
"""Least oxygen balance at which two oxidising groups are held."""

NITRO_BALANCE = -100.0
"""Least oxygen balance at which one nitro group is a note."""

SINGLE_BALANCE = -70.0
"""Least oxygen balance at which one nitrate ester or nitramine is held."""

ACTIVE_OXYGEN = 10.0
"""Least active oxygen, in percent, at which two peroxide groups are held."""

NITROGEN = {4: 60.0, 5: 40.0}
"""Nitrogen atoms in a row, and the least nitrogen content, in percent by mass, at which they are held."""


Places = dict[str, list[tuple[int, ...]]]
"""Names of groups to the atoms of each of their matches."""


@dataclass(frozen=True, slots=True)
class Group:
    """A functional group that carries energy.

    Attributes:
        name: in words, singular.
        smarts: pattern; each match is one group.
        kind: row of table A6.1 of the UN manual.
        oxygen: whether the group contains oxygen.
    """

    name: str
    smarts: str
    kind: str
    oxygen: bool


_HYDROGEN = 1.008

NITRO, NITRATE, NITRAMINE = "nitro group", "nitrate ester", "nitramine"
AZIDE, PEROXIDE, POLYNITROGEN = "azide", "peroxide", "chain of four nitrogen atoms"

_TRIGGERS: dict[str, tuple[Group, ...]] = {
    "[NX3+](=O)[O-]": (
        Group(NITRO, "[#6][N+](=O)[O-]", "N-O", True),
        Group(NITRATE, "[#6][OX2][N+](=O)[O-]", "N-O", True),
        Group(NITRAMINE, "[#7][N+](=O)[O-]", "N-O", True),
    ),
    "[OX2][NX2]=O": (Group("nitrite ester", "[#6][OX2][NX2]=O", "N-O", True),),
    "[OX2][OX2]": (Group(PEROXIDE, "[OX2][OX2]", "contiguous oxygen", True),),
    "[#7+]~[#7]": (
        Group(AZIDE, "[NX2,NX1]=[N+]=[NX1-]", "contiguous nitrogen", False),
        Group("diazo group", "[#6;!$([#6]~[NX2]~[N+])]=[N+]=[N-]", "contiguous nitrogen", False),
        Group("diazonium group", "[#6][N+]#[NX1]", "contiguous nitrogen", False),
    ),
    "[#7]~[#7]~[#7]~[#7]": (Group(POLYNITROGEN, "[#7]~[#7]~[#7]~[#7]", "contiguous nitrogen", False),),
    "[#7,#8]~[F,Cl,Br,I]": (
        Group("bond of nitrogen to halogen", "[#7]~[F,Cl,Br,I]", "N-halogen", False),
        Group("bond of oxygen to halogen", "[#8]~[Cl,Br,I]", "O-halogen", True),
    ),
    "[#8-][n+]o": (Group("furoxan", "[#8-][n+]1oncc1", "N-O", True),),
}
"""Groups of which one is a reason for a note, below the short pattern that all of them contain."""

_UN_ONLY: tuple[Group, ...] = (
    Group("acetylene", "[CX2]#[CX2]", "C-C unsaturation", False),
    Group("1,2-diene", "[CX3]=[CX2]=[CX3]", "C-C unsaturation", False),
    Group("azo group, hydrazine or other bond between nitrogen atoms", "[N]~[#7]", "contiguous nitrogen", False),
    Group("nitroso group", "[#6,#7][NX2]=O", "N-O", True),
    Group("hydroxylamine", "[NX3;!$(N=*);!$(NC=O);!$(N~[#7])][OX2]", "N-O", True),
    Group("N-oxide", "[#7+;!$([N+](=O)[O-])][O-]", "N-O", True),
    Group("1,2-oxazole", "o1nccc1", "N-O", True),
)
"""What table A6.1 of the UN manual names besides: too common among medicines to be noted."""


@dataclass(frozen=True, slots=True)
class Composition:
    """What a formula says of energy.

    Attributes:
        oxygen_balance: to carbon dioxide and water, in percent.
        nitrogen_content: in percent by mass.
        carbon, nitrogen: numbers of atoms.
        weight: average molecular weight, in g/mol.
    """

    oxygen_balance: float
    nitrogen_content: float
    carbon: int
    nitrogen: int
    weight: float


@dataclass(frozen=True, slots=True)
class Screening:
    """The answer of the UN screening procedure.

    Attributes:
        to_be_tested: whether the procedure does not screen the substance out as an explosive.
        groups: names of the groups of table A6.1 that occur.
        oxygen_balance: in percent.
    """

    to_be_tested: bool
    groups: tuple[str, ...]
    oxygen_balance: float


def composition(mol: Chem.Mol) -> Composition:
    """Oxygen balance and nitrogen content of a molecule; implicit hydrogens count."""
    counts = Counter(atom.GetAtomicNum() for atom in mol.GetAtoms())
    hydrogen = counts[1] + sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    weight = sum(atom.GetMass() for atom in mol.GetAtoms()) + _HYDROGEN * (hydrogen - counts[1])
    if not weight:
        return Composition(0.0, 0.0, 0, 0, 0.0)
    balance = -1600.0 * (2 * counts[6] + hydrogen / 2 - counts[8]) / weight
    return Composition(balance, 1400.7 * counts[7] / weight, counts[6], counts[7], weight)


def groups(mol: Chem.Mol) -> Places:
    """The energetic groups of a molecule by name, each with the atoms of its matches; empty if there are none."""
    first, triggered = _compiled()
    if not mol.HasSubstructMatch(first):
        return {}
    found: Places = {}
    for trigger, members in triggered:
        if mol.HasSubstructMatch(trigger):
            for group, query in members:
                if places := [tuple(place) for place in mol.GetSubstructMatches(query)]:
                    found[group.name] = places
    return found


def un_screening(mol: Chem.Mol) -> Screening:
    """The screening of Appendix 6 of the UN manual: which groups occur, and whether they call for a test."""
    found = [group for group, query in _un_queries() if mol.HasSubstructMatch(query)]
    balance = composition(mol).oxygen_balance
    out = not found or (all(group.oxygen for group in found) and balance < UN_BALANCE)
    return Screening(not out, tuple(group.name for group in found), balance)


def matches(mol: Chem.Mol) -> tuple[Match, ...]:
    """What a neutral part's groups and composition add to a verdict: one match, or none."""
    found = groups(mol)
    if not found:
        return ()
    made = composition(mol)
    for (rule, title), names in (
        (_OXYGEN, _oxygen(found, made)),
        (_AZIDE, _azide(found, made)),
        (_PEROXIDE, _peroxide(found, made)),
        (_NITROGEN, _nitrogen(mol, found, made)),
    ):
        if names:
            return (_match(rule, "energetic", title, {name: found[name] for name in names}, made),)
    noted = {name: found[name] for name in _noted(found, made)}
    return (_match("energetic-group", "energetic group", "an energetic group", noted, made),) if noted else ()


_OXYGEN = ("energetic-oxygen", "groups with oxygen of their own, in the composition of explosives")
_AZIDE = ("energetic-azide", "an azide with more nitrogen than carbon atoms")
_PEROXIDE = ("energetic-peroxide", "several peroxide groups in a small molecule")
_NITROGEN = ("energetic-nitrogen", "a chain of nitrogen atoms in a molecule rich in nitrogen")


def _oxygen(found: Places, made: Composition) -> tuple[str, ...]:
    names = tuple(name for name in (NITRO, NITRATE, NITRAMINE) if name in found)
    several = sum(len(found[name]) for name in names) > 1 and made.oxygen_balance >= SEVERAL_BALANCE
    single = bool({NITRATE, NITRAMINE} & set(names)) and made.oxygen_balance >= SINGLE_BALANCE
    return names if several or single else ()


def _azide(found: Places, made: Composition) -> tuple[str, ...]:
    return (AZIDE,) if AZIDE in found and 0 < made.carbon < made.nitrogen else ()


def _peroxide(found: Places, made: Composition) -> tuple[str, ...]:
    count = len(found.get(PEROXIDE, ()))
    return (PEROXIDE,) if count > 1 and 1600.0 * count / made.weight >= ACTIVE_OXYGEN else ()


def _nitrogen(mol: Chem.Mol, found: Places, made: Composition) -> tuple[str, ...]:
    if POLYNITROGEN not in found or made.nitrogen_content < min(NITROGEN.values()):
        return ()
    row = _longest(mol)
    held = any(row >= length and made.nitrogen_content >= content for length, content in NITROGEN.items())
    return (POLYNITROGEN,) if held else ()


def _longest(mol: Chem.Mol) -> int:
    """The number of nitrogen atoms in the largest set of them that is joined by bonds."""
    left = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 7}
    largest = 0
    while left:
        edge = [left.pop()]
        size = 0
        while edge:
            size += 1
            near = {atom.GetIdx() for atom in mol.GetAtomWithIdx(edge.pop()).GetNeighbors()} & left
            left -= near
            edge += near
        largest = max(largest, size)
    return largest


def _noted(found: Places, made: Composition) -> tuple[str, ...]:
    """The groups that are worth a note; those with oxygen only where the UN procedure would not screen them out."""
    least_nitro = UN_BALANCE if len(found.get(NITRO, ())) > 1 else NITRO_BALANCE
    limits = dict.fromkeys(_with_oxygen(), UN_BALANCE) | {NITRO: least_nitro}
    passing = (name for name in found if made.oxygen_balance >= limits.get(name, made.oxygen_balance))
    return tuple(name for name in passing if name != POLYNITROGEN)


def _match(rule: str, category: str, title: str, places: Places, made: Composition) -> Match:
    atoms = sorted({atom for every in places.values() for place in every for atom in place})
    counted = ", ".join(f"{name} ({len(every)})" if len(every) > 1 else name for name, every in places.items())
    detail = f"{counted}; oxygen balance {made.oxygen_balance:.0f} %, nitrogen {made.nitrogen_content:.0f} % by mass"
    return Match(rule, "Explosives", category, title, "energetic", SOURCE, EDITION, DATE, tuple(atoms), detail)


@cache
def _compiled() -> tuple[Chem.Mol, tuple[tuple[Chem.Mol, tuple[tuple[Group, Chem.Mol], ...]], ...]]:
    # a bond from N or O to N, O or halogen is in every group: more than half of a library has none
    first = Chem.MolFromSmarts("[#7,#8]~[#7,#8,F,Cl,Br,I]")
    return first, tuple(
        (Chem.MolFromSmarts(trigger), tuple((group, Chem.MolFromSmarts(group.smarts)) for group in members))
        for trigger, members in _TRIGGERS.items()
    )


@cache
def _un_queries() -> tuple[tuple[Group, Chem.Mol], ...]:
    every = (*(group for members in _TRIGGERS.values() for group in members), *_UN_ONLY)
    return tuple((group, Chem.MolFromSmarts(group.smarts)) for group in every)


@cache
def _with_oxygen() -> frozenset[str]:
    return frozenset(group.name for members in _TRIGGERS.values() for group in members if group.oxygen)
