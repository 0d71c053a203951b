"""The exact distribution of a short trial: every sequence of outcomes, merged where the counts agree.

It uses the scalar rules that answer `next_dose`, not the vectorised ones of the simulation, so that the two can be held
against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import comb, prod
from typing import ClassVar, Protocol

from benchside.tools.trials.design.phase1.advice import Advice
from benchside.tools.trials.design.phase1.outcomes import Counts, Path, empty, toxic
from benchside.tools.trials.design.phase1.scenarios import Scenario

Distribution = dict[int, float]


class ScalarRules(Protocol):
    """Scalar rules of a design; `remembers_last` says whether advice depends on the last cohort beyond the counts."""

    remembers_last: ClassVar[bool]

    def advise(self, path: Path, limit: int | None = None) -> Advice:
        """What to do after these outcomes, when at most `limit` patients are treated."""


@dataclass(slots=True)
class Exact:
    """Exact characteristics of a trial of at most `limit` patients.

    Attributes:
        selected: probability of each level, index 0 for no dose.
        patients: expected patients by dose.
        early: probability that a stopping rule ends the trial before the limit.
        sizes, toxicities, overdoses: probability of each number of patients, of DLTs, and of patients above the MTD.
        states: number of different states that were visited.
    """

    limit: int
    selected: list[float]
    patients: list[float]
    early: float = 0.0
    sizes: Distribution = field(default_factory=lambda: defaultdict(float))
    toxicities: Distribution = field(default_factory=lambda: defaultdict(float))
    overdoses: Distribution = field(default_factory=lambda: defaultdict(float))
    states: int = 0

    @property
    def total(self) -> float:
        """Expected patients."""
        return sum(self.patients)

    @property
    def dlts(self) -> float:
        """Expected patients with a DLT."""
        return sum(n * p for n, p in self.toxicities.items())


class TooManyStatesError(Exception):
    """Internal: the enumeration would take too long."""


def enumerate_trial(rules: ScalarRules, scenario: Scenario, limit: int, most_states: int) -> Exact:
    """The exact characteristics under a truth of a trial that ends at `limit` patients at the latest.

    Raises:
        TooManyStatesError: more than `most_states` states.
    """
    levels, categories = scenario.categories.shape
    probabilities = [tuple(map(float, row)) for row in scenario.categories]
    exact = Exact(limit, [0.0] * (levels + 1), [0.0] * levels)
    states: dict[tuple[Counts, int, tuple[int, ...]], float] = {(empty(levels, categories).counts, 0, ()): 1.0}
    while states:
        exact.states += len(states)
        if exact.states > most_states:
            raise TooManyStatesError
        following: dict[tuple[Counts, int, tuple[int, ...]], float] = defaultdict(float)
        for (counts, dose, latest), weight in states.items():
            path = Path(counts, dose, latest or (0,) * categories)
            advice = rules.advise(path, limit)
            if advice.stop or advice.dose is None:
                exact.selected[advice.dose or 0] += weight
                for i, c in enumerate(counts):
                    exact.patients[i] += weight * sum(c)
                exact.sizes[path.total] += weight
                exact.toxicities[sum(toxic(c) for c in counts)] += weight
                exact.overdoses[sum(sum(c) for c in counts[scenario.mtd :])] += weight
                exact.early += weight * (path.total < limit)
                continue
            at = advice.dose - 1
            for seen, chance in _outcomes(advice.patients, probabilities[at]):
                if chance == 0:
                    continue
                merged = tuple(a + b for a, b in zip(counts[at], seen, strict=True))
                then = (*counts[:at], merged, *counts[at + 1 :])
                following[(then, advice.dose, seen if rules.remembers_last else ())] += weight * chance
        states = following
    return exact


def longest(rules: ScalarRules, scenario: Scenario, limit: int, step: int, most_states: int) -> Exact:
    """The longest trial, in steps of a cohort, that can be enumerated with `most_states` states."""
    at = min(limit, step)
    found = enumerate_trial(rules, scenario, at, 100 * most_states)
    while at < limit:
        at = min(limit, at + step)
        try:
            found = enumerate_trial(rules, scenario, at, most_states)
        except TooManyStatesError:
            break
    return found


def _outcomes(size: int, probabilities: tuple[float, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
    """All outcomes of a cohort by category, with their multinomial probabilities."""
    for seen in _splits(size, len(probabilities)):
        ways, left = 1, size
        for k in seen:
            ways *= comb(left, k)
            left -= k
        yield seen, ways * prod(p**k for p, k in zip(probabilities, seen, strict=True))


def _splits(size: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (size,)
        return
    for k in range(size + 1):
        for rest in _splits(size - k, parts - 1):
            yield (k, *rest)
