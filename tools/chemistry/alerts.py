"""Structural alerts: patterns that point to reactive, unstable, promiscuous or otherwise unwanted compounds.

Sets by name: pains (families A, B and C), brenk, nih, and the seven that ChEMBL collected (chembl_bms, chembl_dundee,
chembl_glaxo, chembl_inpharmatica, chembl_lint, chembl_mlsmr, chembl_surechembl). Patterns and matches are those of
RDKit's FilterCatalog; sources stand in `benchside.tools.chemistry.columns.ALERT_SETS`. An alert is a reason to look,
not a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from rdkit import Chem

from benchside.tools.chemistry.alert_patterns import Pattern, patterns
from benchside.tools.chemistry.columns import ALERT_SETS
from benchside.tools.chemistry.properties import Value, frame_of
from benchside.tools.chemistry.workup import Workup

SEPARATOR = "; "
ALERT_SET_NAMES = tuple(ALERT_SETS)
DEFAULT_ALERT_SETS = ("pains", "brenk", "nih")


@dataclass(frozen=True, slots=True)
class AlertMatch:
    """One place in a molecule where an alert was found.

    Attributes:
        set: name of the alert set.
        name: name of the pattern within the set.
        atoms: indices of the atoms matched, ascending, for highlighting.
    """

    set: str
    name: str
    atoms: tuple[int, ...]


def check_alert_sets(names: Iterable[str]) -> tuple[str, ...]:
    """The names as a tuple, each once.

    Raises:
        UnknownAlertSetError: no set is called so.
    """
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        patterns(name)
    return wanted


def alerts(mols: Sequence[Chem.Mol | None], sets: Iterable[str] = DEFAULT_ALERT_SETS) -> pd.DataFrame:
    """How many alerts of each set, and which, each molecule has.

    Args:
        mols: n sanitised molecules; None gives a row of nulls.
        sets: names of alert sets.

    Returns:
        A frame of n rows with, for each set, `<set>_alerts` (number of patterns that match, each counted once however
        often it occurs) and `<set>_alert_names` (their names in catalogue order, joined by "; ", "" if there are none).

    Raises:
        UnknownAlertSetError: no set is called so.
    """
    names = check_alert_sets(sets)
    columns: dict[str, list[Value]] = {title: [] for name in names for title in alert_columns(name)}
    for mol in mols:
        work = None if mol is None else Workup(mol, names)
        for name in names:
            counted, named = alert_columns(name)
            found = None if work is None else alert_names(work, name)
            columns[counted].append(None if found is None else len(found))
            columns[named].append(None if found is None else SEPARATOR.join(found))
    return frame_of(columns, len(mols))


def alert_columns(name: str) -> tuple[str, str]:
    """The names of the two columns of an alert set: the count and the names."""
    return f"{name}_alerts", f"{name}_alert_names"


def alert_names(work: Workup, name: str) -> list[str]:
    """Names of the patterns of a set that match, in catalogue order; a name stands twice if two patterns share it."""
    every = patterns(name)
    mol = work.mol
    return [every[number].name for number in work.candidates(name) if every[number].entry.HasFilterMatch(mol)]


def alert_matches(mol: Chem.Mol, sets: Iterable[str] = DEFAULT_ALERT_SETS) -> list[AlertMatch]:
    """Each place where an alert of these sets matches, in the order of the sets and their catalogues.

    Raises:
        UnknownAlertSetError: no set is called so.
    """
    names = check_alert_sets(sets)
    work = Workup(mol, names)
    found: list[AlertMatch] = []
    for name in names:
        every = patterns(name)
        for number in work.candidates(name):
            if every[number].entry.HasFilterMatch(mol):
                found += [AlertMatch(name, every[number].name, atoms) for atoms in _places(mol, every[number])]
    return found


def _places(mol: Chem.Mol, pattern: Pattern) -> list[tuple[int, ...]]:
    """Each distinct set of atoms that a pattern matches; RDKit's entry alone reports the first only."""
    if pattern.query is None:
        matched = [[pair.target for pair in match.atomPairs] for match in pattern.entry.GetFilterMatches(mol)]
    else:
        matched = [list(atoms) for atoms in mol.GetSubstructMatches(pattern.query)]
    return list(dict.fromkeys(tuple(sorted(atoms)) for atoms in matched))
