"""What one part of a structure matches: rows by key, classes by pattern, energetic groups, items that it resembles."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache

from rdkit import DataStructs

from benchside.tools.chemistry.structures import stereo_of
from benchside.tools.safety.energetic import matches as energetic_matches
from benchside.tools.safety.families import Families, families
from benchside.tools.safety.forms import Part, fingerprint, fingerprint_from
from benchside.tools.safety.lists import How, Match
from benchside.tools.safety.tables import Row, TableError, Tables, tables

LEAST_ATOMS = 6
"""Heavy atoms of the smallest part that is compared by similarity: fingerprints of smaller ones say too little."""

CONNECTIVITY_AND_STEREO = 25
"""Characters of an InChIKey without its last block, which counts protons."""


class Matcher:
    """Tables and patterns, compiled together.

    Args:
        listed: the tables.
        classes: the class patterns.
    """

    def __init__(self, listed: Tables, classes: Families) -> None:
        self._listed = listed
        self._classes = classes
        self._salts_apart = frozenset(family.entry.id for family in classes if not family.entry.salts)
        self._unless = {family.entry.id: family.entry.unless for family in classes if family.entry.unless}
        printed = [row for row in listed.rows if row.fingerprint and not row.exclusion]
        try:
            prints = [fingerprint_from(row.fingerprint) for row in printed]
        except (ValueError, RuntimeError) as error:
            raise TableError(f"a fingerprint cannot be read: {error}") from None
        order = sorted(range(len(prints)), key=lambda number: int(prints[number].GetNumOnBits()))
        self._printed = [printed[number] for number in order]
        self._prints = [prints[number] for number in order]
        self._bits = [int(bits.GetNumOnBits()) for bits in self._prints]

    def matches(self, part: Part, others: Sequence[Part] = ()) -> tuple[Match, ...]:
        """Rows, classes and groups that a part matches, after what a list expressly leaves out.

        Args:
            part: a part of a structure.
            others: what stands beside it.
        """
        rows = self.rows(part.key14)
        counter_ion = bool(rows) and any(part.counter_ion_of(other) for other in others)
        base = counter_ion and part.organic_base
        if counter_ion and not base:
            rows = tuple(row for row in rows if row.scope != "alone")
        if any(other.transition_metal for other in others):
            rows = tuple(row for row in rows if row.scope != "free")
        found = [m for m in self._classes.matches(part.mol) if not others or m.rule not in self._salts_apart]
        found += energetic_matches(part.mol)
        every = _after_exclusions(part, rows, found, counter_ion=base) if rows else tuple(found)
        return tuple(m for m in every if not self._said_better(m, every)) if self._unless else every

    def _said_better(self, match: Match, every: tuple[Match, ...]) -> bool:
        """Whether a family gives way to another match, as its entry says."""
        prefix = self._unless.get(match.rule)
        return prefix is not None and any(
            other.list == match.list and other.category.startswith(prefix) and other.how in {"structure", "class"}
            for other in every
            if other is not match
        )

    def rows(self, key14: str) -> tuple[Row, ...]:
        """The rows of a key."""
        return self._listed.by_key.get(key14, ())

    def similar(self, part: Part, threshold: float) -> tuple[Match, ...]:
        """The listed item that a part resembles most, if the similarity reaches the threshold.

        What the tables know by its key is not compared: it is an item, or expressly none.
        """
        if part.key14 in self._listed.by_key or part.mol.GetNumHeavyAtoms() < LEAST_ATOMS:
            return ()
        bits = fingerprint(part.mol)
        size = int(bits.GetNumOnBits())
        # the similarity of two fingerprints is at most the ratio of their numbers of bits
        first = bisect_left(self._bits, threshold * size)
        last = bisect_right(self._bits, size / threshold)
        scores = DataStructs.BulkTanimotoSimilarity(bits, self._prints[first:last])
        best = max(scores, default=0.0)
        if best < threshold or not size:
            return ()
        row = self._printed[first + scores.index(best)]
        detail = f"Tanimoto similarity {best:.2f} (Morgan, radius 2, 2,048 bits); similarity is attention, not proof"
        return (match_of(row, "similar", detail),)


@cache
def matcher() -> Matcher:
    """The matcher of the package's own tables and patterns, compiled once."""
    return Matcher(tables(), families())


def match_of(row: Row, how: How, detail: str = "", *, attention: bool = False) -> Match:
    """A row as a match."""
    return Match(
        row.rule, row.list, row.category, row.name, how, row.source, row.edition, row.date, (), detail, attention
    )


def _after_exclusions(part: Part, rows: Iterable[Row], classes: list[Match], *, counter_ion: bool) -> tuple[Match, ...]:
    """Matches by rows and classes, without what an exclusion row takes away.

    With `counter_ion`, what is listed as it stands alone is here the base of an organic acid: worth a note.
    """
    defined = stereo_of(part.mol) == "defined"
    left_out = [row for row in rows if row.exclusion]
    applying = [row for row in left_out if not row.key or _same_stereo(part, row)]
    mirrored = any(row.key and row not in applying for row in left_out)
    found: list[Match] = []
    # the row of the very stereochemistry first, so that the reason names it
    for row in sorted(rows, key=lambda row: not _same_stereo(part, row)):
        if row.exclusion:
            continue
        if row.key and row.key14 == part.key14 and not _same_stereo(part, row):
            # stereochemistry that is not given may be the listed one, unless the mirror image is expressly left out
            how: How = "stereo" if defined or mirrored else "structure"
        else:
            how = "structure"
        if how == "stereo":
            if not any(_covers(row, e) for e in applying):
                found.append(match_of(row, how, "stereochemistry is another or not given"))
        elif row.key or not any(e.key and _covers(row, e) for e in applying):
            beside = counter_ion and row.scope == "alone"
            found.append(
                match_of(row, how, "as the counter-ion of an organic acid" if beside else "", attention=beside)
            )
    kept = [m for m in classes if not any(_covers(m, e) for e in applying)]
    flat = any(not row.exclusion for row in rows)
    said = "the list expressly leaves it out" + ("; its mirror image is listed" if flat else "")
    excluded = [match_of(row, "excluded", said, attention=flat) for row in applying]
    return (*found, *kept, *excluded)


def _same_stereo(part: Part, row: Row) -> bool:
    return part.inchikey[:CONNECTIVITY_AND_STEREO] == row.key[:CONNECTIVITY_AND_STEREO]


def _covers(item: Row | Match, exclusion: Row) -> bool:
    """Whether an exclusion is about the list and category of an item."""
    if exclusion.list == "*":
        return item.list != "CWC"
    return exclusion.list == item.list and exclusion.category in {"", item.category}
