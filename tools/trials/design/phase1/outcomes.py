"""What was seen so far, as cohorts: `1NNN 2NTT` is three patients at dose 1 without and three at dose 2 with two DLTs.

The notation is that of Brock (2019): N neither, T toxicity (a DLT); with efficacy also E efficacy alone and B both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError

MOST_PATIENTS = 2_000
TOXICITY = "NT"
TOXICITY_EFFICACY = "NETB"  # order of the categories: neither, efficacy alone, toxicity alone, both

Counts = tuple[tuple[int, ...], ...]  # by dose, then by category
_COHORT = re.compile(r"(\d{1,3})([A-Z]+)")


@dataclass(frozen=True, slots=True)
class Path:
    """Outcomes in the order of treatment.

    Attributes:
        counts: patients by dose and category; categories are the letters of `TOXICITY` or `TOXICITY_EFFICACY`.
        dose: level of the last cohort (from 1), 0 before anyone was treated.
        latest: outcomes of the last cohort, by category.
        cohorts: each cohort as (dose, counts by category).
    """

    counts: Counts
    dose: int
    latest: tuple[int, ...]
    cohorts: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def patients(self) -> tuple[int, ...]:
        """Patients at each dose."""
        return tuple(sum(c) for c in self.counts)

    @property
    def total(self) -> int:
        """Patients in all."""
        return sum(self.patients)

    @property
    def dlts(self) -> tuple[int, ...]:
        """Patients with a DLT at each dose."""
        return tuple(toxic(c) for c in self.counts)


def toxic(categories: Sequence[int]) -> int:
    """Patients with a DLT among counts by category."""
    return int(categories[1]) if len(categories) == 2 else int(categories[2] + categories[3])


def empty(levels: int, categories: int) -> Path:
    """Before the first patient."""
    return Path(((0,) * categories,) * levels, 0, (0,) * categories)


def read_path(text: str, levels: int, letters: str = TOXICITY) -> Path:
    """Outcomes from text such as `1NNN 2NTT`; an empty text is a trial that has not begun.

    Args:
        text: cohorts separated by spaces or commas, each a dose level (from 1) and one letter for each patient.
        levels: number of dose levels of the design.
        letters: `TOXICITY` or `TOXICITY_EFFICACY`.

    Raises:
        ImpossibleInputError: what cannot be read, an unknown letter, a dose that the design does not have.
    """
    if not isinstance(text, str):
        raise ImpossibleInputError(f"outcomes is {text!r}"[:80], where="outcomes", hint='Write "1NNN 2NTT".')
    counts = [[0] * len(letters) for _ in range(levels)]
    cohorts: list[tuple[int, tuple[int, ...]]] = []
    parts = text.upper().replace(",", " ").split()
    if sum(len(p) for p in parts) > 3 * MOST_PATIENTS:
        raise ImpossibleInputError("too many outcomes", where="outcomes", hint=f"At most {MOST_PATIENTS} patients.")
    for part in parts:
        match = _COHORT.fullmatch(part)
        if match is None:
            raise ImpossibleInputError(
                f"{part[:40]!r} is not a cohort", where="outcomes", hint="A dose level, then one letter each: 2NTN."
            )
        dose = int(match[1])
        if not 1 <= dose <= levels:
            raise ImpossibleInputError(
                f"dose level {dose} in {part[:40]!r}", where="outcomes", hint=f"The design has levels 1 to {levels}."
            )
        strange = set(match[2]) - set(letters)
        if strange:
            raise ImpossibleInputError(
                f"{min(strange)!r} in {part[:40]!r} is no outcome",
                where="outcomes",
                hint=f"Letters: {', '.join(letters)}.",
            )
        seen = tuple(match[2].count(letter) for letter in letters)
        cohorts.append((dose, seen))
        for i, k in enumerate(seen):
            counts[dose - 1][i] += k
    last, latest = cohorts[-1] if cohorts else (0, (0,) * len(letters))
    return Path(tuple(tuple(c) for c in counts), last, latest, tuple(cohorts))


def tally(patients: Sequence[int], dlts: Sequence[int], dose: int, levels: int) -> Path:
    """Outcomes from counts: patients and DLTs at each dose, and the level at which the last cohort was treated.

    The last cohort is not known apart from the others, so all outcomes at its dose stand for it.

    Raises:
        ImpossibleInputError, ContradictoryInputError: counts of the wrong length, negative, or more DLTs than patients.
    """
    for name, given in (("patients", patients), ("dlts", dlts)):
        if isinstance(given, str) or len(given) != levels:
            raise ImpossibleInputError(
                f"{name} has not {levels} counts", where=name, hint="Give one count for each dose level."
            )
    n = [whole("patients", v, 0, MOST_PATIENTS) for v in patients]
    y = [whole("dlts", v, 0, MOST_PATIENTS) for v in dlts]
    for level, (a, b) in enumerate(zip(n, y, strict=True), 1):
        if b > a:
            raise ContradictoryInputError(
                f"{b} DLTs in {a} patients at dose level {level}", where="dlts", hint="No more DLTs than patients."
            )
    last = whole("dose", dose, 0, levels)
    if (last == 0) != (sum(n) == 0) or (last and n[last - 1] == 0):
        raise ContradictoryInputError(
            f"dose {last} has no patients", where="dose", hint="Give the level of the last cohort; 0 before any."
        )
    counts = tuple((a - b, b) for a, b in zip(n, y, strict=True))
    return Path(counts, last, counts[last - 1] if last else (0, 0))
