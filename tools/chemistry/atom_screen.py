"""Whether a molecule has the atoms that a substructure query needs: a cheap necessary condition for a match.

Each atom of a query is a condition on one atom. What it says of element, aromaticity, charge, hydrogens, degree and
ring membership is evaluated on the kinds of atoms that a molecule has; all else (recursive SMARTS, isotopes, ring
sizes) counts as "may be". A query in which the same condition stands m times can match only if at least m atoms of
the molecule may meet it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

# Element, aromatic, formal charge, hydrogens with those that are atoms, bonds with those to hydrogens, in a ring.
Kind = tuple[int, bool, int, int, int, bool]

_AROMATIC_TYPE = 1000  # added to the element of an aromatic atom in the query AtomType


@dataclass(slots=True)
class _Node:
    """One line of a query's description and what is indented below it."""

    text: str
    children: list[_Node] = field(default_factory=list)

    def may_be(self, kind: Kind) -> bool | None:
        """Whether an atom of this kind meets the condition; None: it depends on more than the kind."""
        if self.text in {"AtomAnd", "AtomOr"}:
            decisive = self.text == "AtomOr"
            found = {child.may_be(kind) for child in self.children}
            if decisive in found:
                return decisive
            return None if None in found or not found else not decisive
        if self.text == "AtomNull":
            return True
        words = self.text.split()
        if len(words) != 4 or words[3] != "val" or words[2] not in {"=", "!="} or words[0] not in _TESTS:
            return None
        holds = _TESTS[words[0]](kind, int(words[1]))
        return None if holds is None else holds == (words[2] == "=")


def _in_rings(kind: Kind, value: int) -> bool | None:
    if value == -1:
        return kind[5]
    return not kind[5] if value == 0 else None


_TESTS: dict[str, Callable[[Kind, int], bool | None]] = {
    "AtomAtomicNum": lambda kind, value: kind[0] == value,
    "AtomType": lambda kind, value: kind[0] + _AROMATIC_TYPE * kind[1] == value,
    "AtomIsAromatic": lambda kind, value: kind[1] == bool(value),
    "AtomIsAliphatic": lambda kind, value: kind[1] != bool(value),
    "AtomFormalCharge": lambda kind, value: kind[2] == value,
    "AtomHCount": lambda kind, value: kind[3] == value,
    "AtomTotalDegree": lambda kind, value: kind[4] == value,
    "AtomInNRings": _in_rings,
}


class AtomScreen:
    """Which of n queries a molecule has the atoms for.

    Args:
        queries: n substructure queries; None stands for one that is never screened out.
    """

    def __init__(self, queries: Sequence[Chem.Mol | None]) -> None:
        places: dict[str, int] = {}
        conditions: list[int] = []
        needed: list[int] = []
        starts: list[int] = []
        for query in queries:
            starts.append(len(conditions))
            # A condition that is needed zero times keeps each query's part of the list from being empty.
            wanted = Counter({"AtomNull": 0})
            if query is not None:
                wanted.update(atom.DescribeQuery() if atom.HasQuery() else "AtomNull" for atom in query.GetAtoms())
            for description, times in wanted.items():
                conditions.append(places.setdefault(description, len(places)))
                needed.append(times)
        self._roots = [_parse(description) for description in places]
        self._conditions = np.array(conditions, dtype=np.intp)
        self._needed = np.array(needed, dtype=np.int32)
        self._starts = np.array(starts, dtype=np.intp)
        self._kinds: dict[Kind, NDArray[np.int32]] = {}

    def passes(self, kinds: Counter[Kind]) -> NDArray[np.bool_]:
        """For each query, whether a molecule with these atoms has enough that may meet each of its conditions."""
        if not len(self._starts):
            return np.ones(0, dtype=np.bool_)
        counts = np.zeros(len(self._roots), dtype=np.int32)
        for kind, times in kinds.items():
            counts += self._met(kind) * times
        short = counts[self._conditions] < self._needed
        passed: NDArray[np.bool_] = ~np.logical_or.reduceat(short, self._starts)
        return passed

    def _met(self, kind: Kind) -> NDArray[np.int32]:
        """For each condition, 1 if an atom of this kind may meet it; kept, as a library has few kinds."""
        if kind not in self._kinds:
            self._kinds[kind] = np.array([root.may_be(kind) is not False for root in self._roots], dtype=np.int32)
        return self._kinds[kind]


def kinds_of(mol: Chem.Mol) -> Counter[Kind]:
    """How many atoms of each kind a molecule has."""
    return Counter(
        (
            atom.GetAtomicNum(),
            atom.GetIsAromatic(),
            atom.GetFormalCharge(),
            atom.GetTotalNumHs(includeNeighbors=True),
            atom.GetTotalDegree(),
            atom.IsInRing(),
        )
        for atom in mol.GetAtoms()
    )


def _parse(description: str) -> _Node:
    """The tree of a description, in which each level is indented by two spaces."""
    path: list[_Node] = []
    for line in description.splitlines():
        if line.strip():
            node = _Node(line.strip())
            del path[(len(line) - len(line.lstrip())) // 2 :]
            if path:
                path[-1].children.append(node)
            path.append(node)
    return path[0]
