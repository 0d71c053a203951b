"""The structural patterns that are searched in every molecule, and the bit test that spares most of the searches.

RDKit's FilterCatalog runs each of its hundreds of substructure searches on each molecule. Here a molecule is first
compared by pattern fingerprint and by the kinds of its atoms: a query can match only if all of its bits are set in the
molecule, and if the molecule has the atoms that the query needs. What is left, a few per cent, is given to RDKit's own
entry, so that a match means exactly what it means there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs
from rdkit.Chem import QED
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogEntry, FilterCatalogParams

from benchside.tools.chemistry.atom_screen import AtomScreen, Kind
from benchside.tools.chemistry.columns import ALERT_SETS
from benchside.workspaces.errors import NotFoundError

Words = NDArray[np.uint64]

QED_ALERTS = "qed"

CATALOGUES = {
    "pains": "PAINS",
    "brenk": "BRENK",
    "nih": "NIH",
    "chembl_bms": "CHEMBL_BMS",
    "chembl_dundee": "CHEMBL_Dundee",
    "chembl_glaxo": "CHEMBL_Glaxo",
    "chembl_inpharmatica": "CHEMBL_Inpharmatica",
    "chembl_lint": "CHEMBL_LINT",
    "chembl_mlsmr": "CHEMBL_MLSMR",
    "chembl_surechembl": "CHEMBL_SureChEMBL",
}
"""Alert set to the name that RDKit gives its catalogue."""

# An entry serialises to a Boost text archive: name, length of the pickled query, the pickle, least and greatest count.
_PICKLED_QUERY = re.compile(rb" (\d+) (?=\xef\xbe\xad\xde)")
_ONE_OR_MORE = b" 1 4294967295 "


class UnknownAlertSetError(NotFoundError):
    """An alert set that does not exist."""

    code = "unknown_alert_set"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One alert: its name, RDKit's catalogue entry, and the query (None: not readable, so never screened out)."""

    name: str
    entry: FilterCatalogEntry
    query: Chem.Mol | None


@dataclass(frozen=True, slots=True)
class _Catalogue:
    catalogue: FilterCatalog  # owns the entries
    patterns: tuple[Pattern, ...]


def patterns(name: str) -> tuple[Pattern, ...]:
    """The alerts of a set, in RDKit's order; built once per process.

    Raises:
        UnknownAlertSetError: no set is called so.
    """
    if name not in CATALOGUES:
        raise UnknownAlertSetError(
            f"there is no alert set {name!r}.", where=name, hint=f"Sets: {', '.join(ALERT_SETS)}."
        )
    return _catalogue(name).patterns


@cache
def _catalogue(name: str) -> _Catalogue:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, CATALOGUES[name]))
    catalogue = FilterCatalog(parameters)
    entries = [catalogue.GetEntryWithIdx(number) for number in range(catalogue.GetNumEntries())]
    return _Catalogue(catalogue, tuple(Pattern(entry.GetDescription(), entry, _query(entry)) for entry in entries))


def _query(entry: FilterCatalogEntry) -> Chem.Mol | None:
    """The single query of an entry that matches where it occurs at least once; None for any other kind of entry."""
    archive = entry.Serialize()
    found = list(_PICKLED_QUERY.finditer(archive))
    if len(found) != 1:
        return None
    start = found[0].end()
    end = start + int(found[0][1])
    if not archive[end:].startswith(_ONE_OR_MORE):
        return None
    return Chem.Mol(archive[start:end])


def pattern_words(mol: Chem.Mol) -> Words:
    """The 2,048-bit pattern fingerprint of a molecule or query as 32 words of 64 bits."""
    words: Words = np.frombuffer(DataStructs.BitVectToBinaryText(Chem.PatternFingerprint(mol)), dtype=np.uint64)
    return words


class PatternScreen:
    """Which patterns of several sets a molecule may contain.

    Args:
        queries: the queries of each set by its name; None stands for a pattern that must always be searched.
    """

    def __init__(self, queries: dict[str, Sequence[Chem.Mol | None]]) -> None:
        every = [query for group in queries.values() for query in group]
        nothing = np.zeros(32, dtype=np.uint64)
        rows = [nothing if query is None else pattern_words(query) for query in every]
        self._words = np.ascontiguousarray(np.array(rows, dtype=np.uint64).reshape(len(rows), 32).T)
        self._names = tuple(queries)
        self._atoms = AtomScreen(every)
        self._bounds = np.cumsum([0, *(len(group) for group in queries.values())])

    def candidates(self, words: Words, kinds: Counter[Kind]) -> dict[str, list[int]]:
        """For each set, the positions of the patterns that may occur in a molecule, ascending.

        Args:
            words: `pattern_words` of the molecule.
            kinds: `kinds_of` the molecule.
        """
        missing = np.bitwise_or.reduce(self._words & ~words[:, None], axis=0)
        found = np.flatnonzero((missing == 0) & self._atoms.passes(kinds))
        cuts = np.searchsorted(found, self._bounds)
        return {
            name: (found[cuts[number] : cuts[number + 1]] - self._bounds[number]).tolist()
            for number, name in enumerate(self._names)
        }


@cache
def screen(names: tuple[str, ...]) -> PatternScreen:
    """The screen for these alert sets ("qed" is the list of alerts within QED); built once per process.

    Raises:
        UnknownAlertSetError: no set is called so.
    """
    return PatternScreen(
        {
            name: QED.StructuralAlerts if name == QED_ALERTS else [pattern.query for pattern in patterns(name)]
            for name in names
        }
    )
