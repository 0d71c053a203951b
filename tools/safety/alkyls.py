"""Alkyl groups by size and by name: Me, Et, nPr, iPr and so on, with rings or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rdkit import Chem

from benchside.tools.safety.branches import Substituent
from benchside.tools.safety.ranges import Range, number_in, parse_ranges
from benchside.workspaces.errors import BenchsideError


class CheckError(BenchsideError):
    """A check that does not exist, or whose arguments make no sense: a mistake in a pattern file."""

    code = "safety_check"


SINGLE = frozenset({Chem.BondType.SINGLE})


def saturated(sub: Substituent, *numbers: int) -> bool:
    """Only these elements, single bonds, no charges, bound to the core once."""
    return (
        not sub.hydrogen
        and not sub.closes
        and sub.plain
        and sub.first.GetAtomicNum() in numbers
        and sub.count(*numbers) == sub.count()
        and sub.orders <= SINGLE
    )


_NAMED: dict[str, Callable[[int, int, bool, int], bool]] = {
    # carbons, carbons on the first atom, ring, longest chain from the first atom
    "Me": lambda n, _d, ring, _c: n == 1 and not ring,
    "Et": lambda n, _d, ring, _c: n == 2 and not ring,
    "nPr": lambda n, d, ring, _c: n == 3 and d == 1 and not ring,
    "iPr": lambda n, d, ring, _c: n == 3 and d == 2 and not ring,
    "cPr": lambda n, _d, ring, _c: n == 3 and ring,
    "nBu": lambda n, _d, ring, chain: n == 4 and chain == 4 and not ring,
    "iBu": lambda n, d, ring, chain: n == 4 and d == 1 and chain == 3 and not ring,
    "sBu": lambda n, d, ring, _c: n == 4 and d == 2 and not ring,
    "tBu": lambda n, d, ring, _c: n == 4 and d == 3 and not ring,
}


@dataclass(frozen=True, slots=True)
class _Alkyls:
    ranges: tuple[Range, ...]
    names: tuple[str, ...]
    cyclo: bool


@cache
def _alkyls(spec: str) -> _Alkyls:
    words = [word.strip() for word in spec.split(",") if word.strip()]
    names = tuple(word for word in words if word in _NAMED)
    ranges = tuple(parse_ranges([word for word in words if word not in _NAMED and word != "cyclo"], CheckError))
    return _Alkyls(ranges, names, "cyclo" in words)


def is_alkyl(sub: Substituent, spec: str) -> bool:
    """Carbon and hydrogen, saturated, of one of the sizes or names of SPEC; with rings only where it says `cyclo`."""
    if not saturated(sub, 6):
        return False
    wanted = _alkyls(spec)
    carbons = sub.count()
    any_size = not wanted.ranges and not wanted.names
    if (any_size or number_in(carbons, wanted.ranges)) and (not sub.ringed or wanted.cyclo):
        return True
    degree = len(sub.next())
    chain = _longest(sub)
    return any(_NAMED[name](carbons, degree, sub.ringed, chain) for name in wanted.names)


def _longest(sub: Substituent) -> int:
    """Atoms of the longest chain from the first atom; meant for small ones without a ring."""
    if sub.ringed or sub.count() > 12:
        return 0
    return 1 + max((_longest(branch) for branch in sub.next()), default=0)
