"""Simulated dose-finding trials, all at once: one pass of the loop treats one cohort in every trial that goes on.

The rules come from the design as functions of the counts by dose and category, so that a trial is a walk over counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.phase1.scenarios import Scenario

Ints = NDArray[np.int64]
CHUNK = 25_000
NO_DOSE, ENOUGH = 0, -1  # moves: stop without an MTD; stop and select


class Rules(Protocol):
    """Vectorised rules of a design; `counts` has the shape (trials, levels, categories)."""

    def first(self) -> int:
        """Level of the first cohort."""

    def limit(self) -> int:
        """Largest number of patients."""

    def sizes(self, counts: Ints, dose: Ints) -> Ints:
        """Size of the next cohort of each trial, before the limit cuts it."""

    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """Level of the next cohort, `NO_DOSE` or `ENOUGH`; `latest` are the outcomes of the last cohort."""

    def selections(self, counts: Ints) -> Ints:
        """Selected level of finished trials, 0 for none."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Finished trials.

    Attributes:
        selected: shape (trials,), 0 for none.
        counts: shape (trials, levels, categories).
        early: whether a stopping rule ended the trial before its limit.
        duration: in the unit of the assessment window, empty for designs without time.
    """

    selected: Ints
    counts: Ints
    early: NDArray[np.bool_]
    duration: NDArray[np.float64]

    @property
    def patients(self) -> Ints:
        """Patients by dose, shape (trials, levels)."""
        return np.asarray(self.counts.sum(axis=2))

    @property
    def dlts(self) -> Ints:
        """DLTs by dose, shape (trials, levels)."""
        return np.asarray(self.counts[:, :, self.counts.shape[2] // 2 :].sum(axis=2))


def run(rules: Rules, scenario: Scenario, trials: int, rng: np.random.Generator) -> Runs:
    """Simulated trials under a truth, in chunks that keep memory small."""
    parts = [_chunk(rules, scenario, min(CHUNK, trials - done), rng) for done in range(0, trials, CHUNK)]
    return joined(parts)


def joined(parts: list[Runs]) -> Runs:
    """Runs of several chunks as one."""
    return Runs(
        np.concatenate([p.selected for p in parts]),
        np.concatenate([p.counts for p in parts]),
        np.concatenate([p.early for p in parts]),
        np.concatenate([p.duration for p in parts]),
    )


def draw(rng: np.random.Generator, sizes: Ints, categories: NDArray[np.float64]) -> Ints:
    """Outcomes of one cohort in each trial, shape (trials, categories)."""
    if categories.shape[1] == 2:
        toxic = rng.binomial(sizes, categories[:, 1])
        return np.stack([sizes - toxic, toxic], axis=1)
    return np.asarray(rng.multinomial(sizes, categories), dtype=np.int64)


def distinct_rows(rows: Ints) -> tuple[Ints, Ints]:
    """The different rows, and which of them each row is: many trials share their counts.

    By sorting a hash of the rows, which is checked, as sorting the rows themselves takes ten times longer.
    """
    multipliers = np.random.default_rng(1).integers(1, 2**31, rows.shape[1], dtype=np.int64)
    _, first, back = np.unique(rows @ multipliers, return_index=True, return_inverse=True)
    back = back.reshape(-1)
    if np.array_equal(rows[first[back]], rows):
        return rows[first], back
    states, back = np.unique(rows, axis=0, return_inverse=True)
    return states, back.reshape(-1)


def _chunk(rules: Rules, scenario: Scenario, trials: int, rng: np.random.Generator) -> Runs:
    levels, categories = scenario.categories.shape
    counts = np.zeros((trials, levels, categories), dtype=np.int64)
    selected = np.zeros(trials, dtype=np.int64)
    early = np.zeros(trials, dtype=np.bool_)
    active = np.arange(trials)
    dose = np.full(trials, rules.first(), dtype=np.int64)
    limit = rules.limit()
    while len(active):
        here, at = counts[active], dose[active]
        room = limit - here.sum(axis=(1, 2))
        size = np.minimum(rules.sizes(here, at), room)
        latest = draw(rng, size, scenario.categories[at - 1])
        here[np.arange(len(active)), at - 1] += latest
        counts[active] = here
        move = rules.moves(here, at, latest)
        full = here.sum(axis=(1, 2)) >= limit
        none = move == NO_DOSE
        early[active[(none | (move == ENOUGH)) & ~full]] = True
        choose = ~none & (full | (move == ENOUGH))
        if choose.any():
            selected[active[choose]] = rules.selections(here[choose])
        on = ~none & ~choose
        dose[active[on]] = move[on]
        active = active[on]
    return Runs(selected, counts, early, np.zeros(0))
