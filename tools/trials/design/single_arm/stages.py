"""Exact probabilities of a binomial trial in stages: stop at or below one count, stop at or above another.

Every one-sample design here (one stage, Simon's two, Fleming's several, a Bayesian rule after each patient) is such a
pair of boundaries, so that power, expected size and simulation are written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import between, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.sequential.exact_binomial import stage_probabilities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LARGEST_TRIAL = 5_000
CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Probabilities at each of m true rates and k stages.

    Attributes:
        futility, efficacy: shape (m, k), the probability that the trial ends at that stage in that way.
        sizes: shape (k,), patients treated when it ends there.
    """

    futility: Floats
    efficacy: Floats
    sizes: Ints

    @property
    def reject(self) -> Floats:
        """Probability that the null is rejected, shape (m,)."""
        return np.asarray(self.efficacy.sum(axis=-1))

    @property
    def early(self) -> Floats:
        """Probability that the trial ends before its last stage, shape (m,)."""
        return np.asarray((self.futility + self.efficacy)[:, :-1].sum(axis=-1))

    @property
    def early_futility(self) -> Floats:
        """Probability that the trial ends for futility before its last stage, shape (m,)."""
        return np.asarray(self.futility[:, :-1].sum(axis=-1))

    @property
    def expected_size(self) -> Floats:
        """Expected number of patients, shape (m,)."""
        return np.asarray((self.futility + self.efficacy) @ self.sizes)


@dataclass(frozen=True, slots=True)
class BinomialStages:
    """Boundaries on the cumulative number of responses.

    Attributes:
        sizes: cumulative patients at each analysis, strictly increasing.
        futility: the trial ends without rejection at this count or fewer; -1 for no such stop.
        efficacy: the trial ends with rejection at this count or more; size + 1 for no such stop. At the last analysis
            it is futility + 1, so that the trial ends.
    """

    sizes: tuple[int, ...]
    futility: tuple[int, ...]
    efficacy: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.sizes:
            raise ImpossibleInputError("there is no analysis", where="sizes", hint="Give at least one stage.")
        if not len(self.sizes) == len(self.futility) == len(self.efficacy):
            raise ContradictoryInputError(
                f"{len(self.sizes)} sizes, {len(self.futility)} futility and {len(self.efficacy)} efficacy bounds",
                where="sizes",
                hint="Give one of each per analysis.",
            )
        before = 0
        for n, low, high in zip(self.sizes, self.futility, self.efficacy, strict=True):
            whole("sizes", n, 1, LARGEST_TRIAL)
            whole("futility", low, -1, n)
            whole("efficacy", high, 0, n + 1)
            if n <= before:
                raise ContradictoryInputError(
                    f"{n} patients follow {before}", where="sizes", hint="Cumulative sizes must increase."
                )
            if low >= high:
                raise ContradictoryInputError(
                    f"stop at {low} or fewer and at {high} or more",
                    where="futility",
                    hint="The futility bound must be below the efficacy bound.",
                )
            before = n
        if self.efficacy[-1] != self.futility[-1] + 1:
            raise ContradictoryInputError(
                "the last analysis leaves some outcome undecided",
                where="efficacy",
                hint="At the last analysis the efficacy bound is the futility bound plus one.",
            )

    @property
    def increments(self) -> tuple[int, ...]:
        """Patients added at each stage."""
        return tuple(int(d) for d in np.diff((0, *self.sizes)))

    def outcomes(self, rates: float | Sequence[float] | Floats) -> Outcomes:
        """Exact probabilities at true response rates of shape () or (m,), each from 0 to 1."""
        p = np.array([between("rate", float(r), 0, 1, closed=True) for r in np.atleast_1d(rates)])
        found = stage_probabilities(self.sizes, self.futility, self.efficacy, p)
        return Outcomes(found.lower, found.upper, np.array(self.sizes))

    def simulate(self, rate: float, trials: int, rng: np.random.Generator) -> tuple[Ints, NDArray[np.bool_]]:
        """Simulated trials, patient by patient in stages.

        Returns:
            Patients treated and whether the null was rejected, each of shape (trials,).
        """
        p = between("rate", rate, 0, 1, closed=True)
        treated, rejected = np.zeros(trials, dtype=np.int64), np.zeros(trials, dtype=bool)
        for start in range(0, trials, CHUNK):
            block = slice(start, min(start + CHUNK, trials))
            treated[block], rejected[block] = self._simulated(p, block.stop - block.start, rng)
        return treated, rejected

    def _simulated(self, p: float, trials: int, rng: np.random.Generator) -> tuple[Ints, NDArray[np.bool_]]:
        treated = np.zeros(trials, dtype=np.int64)
        rejected = np.zeros(trials, dtype=bool)
        running = np.arange(trials)
        counts = np.zeros(trials, dtype=np.int64)
        for n, step, low, high in zip(self.sizes, self.increments, self.futility, self.efficacy, strict=True):
            for _ in range(step):
                counts += rng.random(running.size) < p
            win, lose = counts >= high, counts <= low
            treated[running[win | lose]] = n
            rejected[running[win]] = True
            running, counts = running[~(win | lose)], counts[~(win | lose)]
        return treated, rejected
