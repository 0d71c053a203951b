"""Named checks on substituents, by which a class pattern says how far a range goes.

A treaty says "alkyl up to C10, including cycloalkyl"; a pattern language alone says that badly. So a pattern labels the
first atom of a substituent, and a check says what may stand there, exact at both ends.

Writing a check
    `name` or `name:arguments`; `a | b` is either; `!a` is not; a list of checks means all of them.
    A label that a check names is the FIRST ATOM OF A SUBSTITUENT: the substituent is everything behind it, away from
    the core (all other matched atoms). Write only that first atom in the pattern; say more with `$(...)`.
    With `on:` before it, the label is an atom of the CORE, and each substituent on that atom outside of the match must
    pass, hydrogen included: `on:H | alkyl:1-3` (the `on:` holds for the whole alternative).
    `on-count:0-2` counts the substituents other than hydrogen on all core atoms of that label together.
    One label may stand at several atoms of a pattern: each is checked.

Ranges are `3`, `1-10` or `4+`, inclusive. A substituent that is bound to the core a second time (a ring with it) passes
only the checks that say so (`cyclic`, `methylenedioxy`, `any`, `carbon`, `heavy`, `smarts`).

The checks
    H                     hydrogen (only with `on:`)
    any                   anything, hydrogen and rings with the core included
    alkyl:SPEC            carbon and hydrogen, saturated. SPEC: ranges of the number of carbon atoms and names (Me, Et,
                          nPr, iPr, cPr, nBu, iBu, sBu, tBu), any of them; with `cyclo`, rings are allowed too:
                          `alkyl:Me,Et,nPr,iPr`, `alkyl:1-10,cyclo`; no SPEC is any size without rings
    alkenyl:RANGE, alkynyl:RANGE     carbon and hydrogen, no ring, with at least one double (triple) bond
    hydrocarbyl:RANGE     carbon and hydrogen, anything else
    haloalkyl:RANGE       an alkyl (no ring) with at least one halogen
    hydroxyalkyl:RANGE    an alkyl (no ring) with at least one OH
    halogen:F,Cl,Br,I     one of them; `halogen` is any
    hydroxy, thiol, nitro, cyano, azido, formyl, carboxy, carbamoyl     the group itself
    alkoxy:SPEC, alkylthio:SPEC      O or S with an alkyl
    amino                 NH2;  alkylamino:SPEC  NH with an alkyl;  dialkylamino:SPEC  N with two alkyls of SPEC
    acyl:RANGE            starts at a C(=O) that is bound to carbon or hydrogen; RANGE counts all of its carbon atoms
    ester                 C(=O)O-carbon or O-C(=O)-carbon;  ether  starts at O and goes on with carbon, not C=O
    phenyl:GROUPS         benzene ring whose substituents are all in GROUPS; `phenyl` any, `phenyl:plain` none
    benzyl:GROUPS         CH2 with a phenyl:GROUPS
    aryl                  starts in an aromatic ring;  monocycle, aromatic-monocycle  starts in a ring that shares no
                          bond with another, whatever stands on it
    group:NAMES           any of the names above with their defaults: `group:alkyl,alkenyl,alkoxy,hydroxy,halogen`
    cyclic:RANGE          closes a saturated ring of that size with the core atom it stands on; `,hetero` allows O, N, S
    methylenedioxy        O-CH2-O (or O-CF2-O) that closes a ring with the core
    carbon:RANGE, heavy:RANGE        the number of carbon (of heavy) atoms
    elements:C,O,N        no other elements
    acyclic               no atom in a ring
    smarts:PATTERN        the first atom fits `[$(PATTERN)]` (no `|` in the pattern)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rdkit import Chem

from benchside.tools.safety.alkyls import SINGLE, CheckError, is_alkyl, saturated
from benchside.tools.safety.branches import Substituent
from benchside.tools.safety.ranges import Range, number_in, parse_ranges

HALOGENS = {"F": 9, "Cl": 17, "Br": 35, "I": 53}


Check = Callable[[Substituent, str], bool]


def _carbons_in(sub: Substituent, spec: str) -> bool:
    ranges = parse_ranges([w for w in spec.split(",") if w.strip()], CheckError)
    return not ranges or number_in(sub.count(6), ranges)


def _unsaturated(bond: Chem.BondType) -> Check:
    def check(sub: Substituent, spec: str) -> bool:
        return (
            not sub.hydrogen
            and not sub.closes
            and not sub.ringed
            and sub.plain
            and sub.count(6) == sub.count()
            and any(b.GetBondType() == bond for b in sub.bonds)
            and _carbons_in(sub, spec)
        )

    return check


def _hydrocarbyl(sub: Substituent, spec: str) -> bool:
    return not sub.hydrogen and not sub.closes and sub.plain and sub.count(6) == sub.count() and _carbons_in(sub, spec)


def _decorated(*numbers: int) -> Check:
    """An alkyl without a ring that carries at least one atom of these kinds, each at an end."""

    def check(sub: Substituent, spec: str) -> bool:
        if not saturated(sub, 6, *numbers) or sub.ringed or sub.first.GetAtomicNum() != 6:
            return False
        marks = [sub.mol.GetAtomWithIdx(i) for i in sub.atoms]
        found = [atom for atom in marks if atom.GetAtomicNum() in numbers]
        return bool(found) and all(atom.GetDegree() == 1 for atom in found) and _carbons_in(sub, spec)

    return check


def _halogen(sub: Substituent, spec: str) -> bool:
    wanted = [word.strip() for word in spec.split(",") if word.strip()] or list(HALOGENS)
    if unknown := [word for word in wanted if word not in HALOGENS]:
        raise CheckError(f"no halogen is called {unknown[0]!r}")
    return not sub.hydrogen and sub.count() == 1 and sub.first.GetAtomicNum() in {HALOGENS[w] for w in wanted}


def _with_alkyls(number: int, hydrogens: int, alkyls: int) -> Check:
    """A first atom of this kind with so many hydrogens and alkyls of the SPEC."""

    def check(sub: Substituent, spec: str) -> bool:
        if sub.hydrogen or sub.closes or sub.first.GetAtomicNum() != number or sub.first.GetFormalCharge():
            return False
        branches = sub.next()
        return (
            sub.first.GetTotalNumHs() == hydrogens
            and len(branches) == alkyls
            and all(is_alkyl(branch, spec) for branch in branches)
        )

    return check


@cache
def _query(pattern: str) -> Chem.Mol:
    query = Chem.MolFromSmarts(f"[$({pattern})]")
    if query is None:
        raise CheckError(f"the pattern of a check cannot be read: {pattern!r}")
    return query


@cache
def _whole(pattern: str, heavy: int) -> Check:
    """A group of so many heavy atoms whose first atom fits."""
    query = _query(pattern)

    def check(sub: Substituent, _: str) -> bool:
        return not sub.hydrogen and not sub.closes and sub.count() == heavy and _fits(sub, query)

    return check


@cache
def _starting(pattern: str) -> Check:
    query = _query(pattern)

    def check(sub: Substituent, spec: str) -> bool:
        return not sub.hydrogen and not sub.closes and _fits(sub, query) and _carbons_in(sub, spec)

    return check


def _fits(sub: Substituent, query: Chem.Mol) -> bool:
    """Whether the first atom matches a query of one atom."""
    return (sub.start,) in sub.mol.GetSubstructMatches(query, maxMatches=5_000)


def _smarts(sub: Substituent, pattern: str) -> bool:
    return not sub.hydrogen and _fits(sub, _query(pattern))


def _ring_of(sub: Substituent) -> tuple[int, ...] | None:
    """The one ring of the first atom that shares no bond with another ring and holds no core atom."""
    if sub.hydrogen:
        return None
    rings = [set(ring) for ring in sub.mol.GetRingInfo().AtomRings()]
    mine = [ring for ring in rings if sub.start in ring]
    if len(mine) != 1 or mine[0] & sub.core or any(len(mine[0] & ring) > 1 for ring in rings if ring != mine[0]):
        return None
    return tuple(mine[0])


def _monocycle(sub: Substituent, _: str) -> bool:
    return not sub.closes and _ring_of(sub) is not None


def _aromatic_monocycle(sub: Substituent, spec: str) -> bool:
    return _monocycle(sub, spec) and sub.first.GetIsAromatic()


def _aryl(sub: Substituent, _: str) -> bool:
    return not sub.hydrogen and not sub.closes and sub.first.GetIsAromatic()


def _phenyl(sub: Substituent, spec: str) -> bool:
    ring = None if sub.closes else _ring_of(sub)
    if ring is None or len(ring) != 6:
        return False
    if any(not (a := sub.mol.GetAtomWithIdx(i)).GetIsAromatic() or a.GetAtomicNum() != 6 for i in ring):
        return False
    if not spec.strip():
        return True
    inside = frozenset(ring)
    others = [
        Substituent(sub.mol, neighbour.GetIdx(), inside)
        for i in ring
        for neighbour in sub.mol.GetAtomWithIdx(i).GetNeighbors()
        if neighbour.GetIdx() not in inside and neighbour.GetIdx() not in sub.core
    ]
    return all(_group(other, spec) for other in others) if spec.strip() != "plain" else not others


def _benzyl(sub: Substituent, spec: str) -> bool:
    if sub.hydrogen or sub.closes or sub.first.GetAtomicNum() != 6 or sub.first.GetTotalNumHs() != 2:
        return False
    branches = sub.next()
    return len(branches) == 1 and _phenyl(branches[0], spec)


def _cyclic(sub: Substituent, spec: str) -> bool:
    words = [word.strip() for word in spec.split(",") if word.strip()]
    ranges = parse_ranges([word for word in words if word != "hetero"], CheckError)
    allowed = {6, 7, 8, 16} if "hetero" in words else {6}
    if sub.hydrogen or len(sub.attachments) != 2 or len({core for _, core in sub.attachments}) != 1:
        return False
    core = sub.attachments[0][1]
    rings = [ring for ring in sub.mol.GetRingInfo().AtomRings() if core in ring and sub.start in ring]
    return (
        len(rings) == 1
        and number_in(len(rings[0]), ranges)
        and sub.orders <= SINGLE
        and {sub.mol.GetAtomWithIdx(i).GetAtomicNum() for i in rings[0] if i != core} <= allowed
    )


def _group(sub: Substituent, spec: str) -> bool:
    return any(_check(word.strip())(sub, "") for word in spec.split(",") if word.strip())


def _elements(sub: Substituent, spec: str) -> bool:
    wanted = {word.strip() for word in spec.split(",")}
    return all(sub.mol.GetAtomWithIdx(i).GetSymbol() in wanted for i in sub.atoms)


def _heavy(sub: Substituent, spec: str) -> bool:
    return number_in(sub.count(), parse_ranges(spec.split(","), CheckError))


def _carbon(sub: Substituent, spec: str) -> bool:
    return number_in(sub.count(6), parse_ranges(spec.split(","), CheckError))


def _methylenedioxy(sub: Substituent, _: str) -> bool:
    return (
        not sub.hydrogen
        and len(sub.attachments) == 2
        and _fits(sub, _query("[OX2;r5]1-[CX4;H2,$(C(F)F)]-[OX2]-[#6]~[#6]1"))
    )


CHECKS: dict[str, Check] = {
    "H": lambda sub, _: sub.hydrogen,
    "any": lambda _sub, _: True,
    "alkyl": is_alkyl,
    "alkenyl": _unsaturated(Chem.BondType.DOUBLE),
    "alkynyl": _unsaturated(Chem.BondType.TRIPLE),
    "hydrocarbyl": _hydrocarbyl,
    "haloalkyl": _decorated(9, 17, 35, 53),
    "hydroxyalkyl": _decorated(8),
    "halogen": _halogen,
    "hydroxy": _whole("[OX2H]", 1),
    "thiol": _whole("[SX2H]", 1),
    "nitro": _whole("[$([N+](=O)[O-]),$(N(=O)=O)]", 3),
    "cyano": _whole("[CX2]#[NX1]", 2),
    "azido": _whole("[$(N=[N+]=[N-]),$([N-][N+]#N)]", 3),
    "formyl": _whole("[CX3H]=O", 2),
    "carboxy": _whole("[CX3](=O)[OX2H]", 3),
    "carbamoyl": _whole("[CX3](=O)[NX3H2]", 3),
    "alkoxy": _with_alkyls(8, 0, 1),
    "alkylthio": _with_alkyls(16, 0, 1),
    "amino": _with_alkyls(7, 2, 0),
    "alkylamino": _with_alkyls(7, 1, 1),
    "dialkylamino": _with_alkyls(7, 0, 2),
    "acyl": _starting("[CX3;$(C(=O)[#6,#1]),$([CH]=O)]"),
    "ester": _starting("[$([CX3](=O)[OX2][#6]),$([OX2][CX3](=O)[#6,#1])]"),
    "ether": _starting("[OX2;!$(OC=O)][#6]"),
    "phenyl": _phenyl,
    "benzyl": _benzyl,
    "aryl": _aryl,
    "monocycle": _monocycle,
    "aromatic-monocycle": _aromatic_monocycle,
    "group": _group,
    "cyclic": _cyclic,
    "methylenedioxy": _methylenedioxy,
    "carbon": _carbon,
    "heavy": _heavy,
    "elements": _elements,
    "acyclic": lambda sub, _: not any(sub.mol.GetAtomWithIdx(i).IsInRing() for i in sub.atoms),
    "smarts": _smarts,
}
"""Every check by its name; what each means stands in the docstring of the module."""


def _check(name: str) -> Check:
    if name not in CHECKS:
        raise CheckError(f"there is no check {name!r}", hint=f"Checks: {', '.join(sorted(CHECKS))}.")
    return CHECKS[name]


@dataclass(frozen=True, slots=True)
class _Term:
    name: str
    spec: str
    negated: bool

    def holds(self, sub: Substituent) -> bool:
        return CHECKS[self.name](sub, self.spec) != self.negated


@dataclass(frozen=True, slots=True)
class Condition:
    """One check of a pattern file, compiled.

    Attributes:
        text: as it was written.
        on_core: the label is an atom of the core (`on:` or `on-count:`).
    """

    text: str
    on_core: bool
    terms: tuple[_Term, ...] = ()
    counts: tuple[Range, ...] = ()

    def holds(self, substituents: Sequence[Substituent]) -> bool:
        """Whether all of these substituents pass (with `on-count:`, whether their number does)."""
        if self.counts:
            return number_in(sum(not sub.hydrogen for sub in substituents), self.counts)
        return all(any(term.holds(sub) for term in self.terms) for sub in substituents)


def compile_condition(text: str) -> Condition:
    """A check as it is written in a pattern file.

    Raises:
        CheckError: no check is called so, or its range cannot be read.
    """
    body = text.strip()
    if body.startswith("on-count:"):
        counts = tuple(parse_ranges(body.removeprefix("on-count:").split(","), CheckError))
        return Condition(text, True, counts=counts)
    on_core = body.startswith("on:")
    return Condition(text, on_core, tuple(_terms(body.removeprefix("on:"))))


def _terms(text: str) -> Iterator[_Term]:
    for word in re.split(r"\s*\|\s*", text.strip()):
        negated = word.startswith("!")
        name, _, spec = word.removeprefix("!").partition(":")
        _check(name.strip())
        for inner in spec.split(",") if name.strip() == "group" else ():
            _check(inner.strip())
        yield _Term(name.strip(), spec.strip(), negated)
