"""Substructure search with SMARTS, with errors that say where a pattern is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from rdkit import Chem
from rdkit.DataStructs import AllProbeBitsMatch, ExplicitBitVect

from benchside.tools.chemistry.parsing import captured as captured_messages
from benchside.workspaces.errors import UsageError

MAX_SMARTS_CHARS: Final = 2_000
MAX_MATCHES: Final = 1_000
"""Most matches that are counted in one molecule."""


class SmartsError(UsageError):
    """A SMARTS pattern cannot be read; the message says where, if RDKit does."""

    code = "bad_smarts"


def parse_smarts(text: str) -> Chem.Mol:
    """The pattern as a query molecule.

    Raises:
        SmartsError: the pattern is empty, longer than 2,000 characters, or cannot be read.
    """
    pattern = text.strip()
    if not pattern:
        raise SmartsError("The SMARTS pattern is empty.")
    if len(pattern) > MAX_SMARTS_CHARS:
        raise SmartsError(
            f"The SMARTS pattern has {len(pattern):,} characters, at most {MAX_SMARTS_CHARS:,} are read.",
            where=pattern[:60],
        )
    if re.search(r"\s", pattern):
        at = re.search(r"\s", pattern)
        raise SmartsError(f"There is a space at position {at.start() + 1 if at else 0}.", where=pattern[:120])
    with captured_messages() as messages:
        query = Chem.MolFromSmarts(pattern)
    if query is None or query.GetNumAtoms() == 0:
        raise SmartsError(f"The SMARTS pattern cannot be read: {_reason(pattern, messages)}.", where=pattern[:120])
    return query


def _reason(pattern: str, messages: Sequence[str]) -> str:
    said = " ".join(messages)
    what = "syntax error"
    if found := re.search(r"SMARTS Parse Error: (.+?) (?:while parsing|for input)", said):
        what = found[1]
    if found := re.search(r"around position (\d+)", said):
        at = int(found[1])
        shown = pattern[at - 1 : at + 7]
        return f"{what} around position {at}, at {shown!r}" if shown else f"{what} at the end"
    return what


class SubstructureIndex:
    """Molecules prepared for several searches: a pattern fingerprint rules most of them out before the match.

    Args:
        mols: n molecules; None never matches.
    """

    def __init__(self, mols: Sequence[Chem.Mol | None]) -> None:
        self.mols = list(mols)
        self._prints: list[ExplicitBitVect | None] = [
            None if mol is None else Chem.PatternFingerprint(mol, fpSize=2048) for mol in self.mols
        ]

    def candidates(self, query: Chem.Mol) -> list[bool]:
        """Which molecules have every bit of the query, and so may match it."""
        bits = Chem.PatternFingerprint(query, fpSize=2048)
        return [held is not None and AllProbeBitsMatch(bits, held) for held in self._prints]


def search_substructure(
    mols: Sequence[Chem.Mol | None] | SubstructureIndex,
    smarts: str,
    *,
    chirality: bool = False,
    max_matches: int = MAX_MATCHES,
) -> pd.DataFrame:
    """Where a SMARTS pattern matches.

    Args:
        mols: n molecules, or an index of them for repeated searches.
        smarts: the pattern.
        chirality: whether stereo in the pattern must match.
        max_matches: most matches counted in a molecule.

    Returns:
        n rows: matched (bool), matches (how many, each set of atoms once), atoms (a tuple of tuples of atom indices, in
        the order of the pattern's atoms). Null in all three where there is no molecule.

    Raises:
        SmartsError: the pattern cannot be read.
    """
    query = parse_smarts(smarts)
    indexed = isinstance(mols, SubstructureIndex)
    every = mols.mols if isinstance(mols, SubstructureIndex) else list(mols)
    possible = mols.candidates(query) if isinstance(mols, SubstructureIndex) else [True] * len(every)
    parameters: Any = Chem.SubstructMatchParameters()  # its stub gives the fields the type of the whole
    parameters.useChirality = chirality
    parameters.uniquify = True
    parameters.maxMatches = max_matches
    found: list[tuple[tuple[int, ...], ...] | None] = []
    for mol, may in zip(every, possible, strict=True):
        if mol is None:
            found.append(None)
        elif indexed and not may:
            found.append(())
        else:
            found.append(tuple(tuple(match) for match in mol.GetSubstructMatches(query, parameters)))
    return pd.DataFrame(
        {
            "matched": pd.array([None if hit is None else bool(hit) for hit in found], dtype="boolean"),
            "matches": pd.array([None if hit is None else len(hit) for hit in found], dtype="Int64"),
            "atoms": np.fromiter(found, dtype=object, count=len(found)),
        }
    )
