"""The Wilcoxon test of ordered categories, which is the score test of the proportional-odds model, and its power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchside.tools.trials.design.counted import NormalCount, standardised
from benchside.tools.trials.design.looks import Counts, counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic


def shifted(control: Sequence[float], odds_ratio: float) -> tuple[float, ...]:
    """Probabilities of the treated when the odds of each higher category are `odds_ratio` times those of control."""
    above = np.cumsum(np.asarray(control, dtype=float)[::-1])[::-1][1:]
    moved = odds_ratio * above / (1 - above + odds_ratio * above)
    return tuple(float(p) for p in -np.diff(np.concatenate([[1.0], moved, [0.0]])))


def superiority_probability(treatment: Sequence[float], control: Sequence[float]) -> float:
    """P(treated higher than control) + P(equal) / 2."""
    p, q = np.asarray(treatment, dtype=float), np.asarray(control, dtype=float)
    return float(p @ (np.cumsum(q) - q / 2))


@dataclass(frozen=True, kw_only=True)
class OrdinalTest(NormalCount):
    """Wilcoxon test, corrected for ties, of two groups in ordered categories.

    Attributes:
        treatment, control: true probabilities of the categories, in order.
        log_odds_ratio: of a higher category, treatment against control.
        model: how its power is approximated: `proportional-odds` (Whitehead 1993) by the log odds ratio with its
            variance near no effect; `wilcoxon` by the probability of superiority, with its variance under the null for
            the test (Zhao, Rahardja and Qu 2008) and under the truth for the power.
    """

    treatment: tuple[float, ...]
    control: tuple[float, ...]
    log_odds_ratio: float
    direction: int
    model: Literal["proportional-odds", "wilcoxon"]
    label: str
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ("whitehead-1993",)

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`, on the log odds ratio or the probability of superiority."""
        n1, n2 = sizes[..., 0], sizes[..., 1]
        n = n1 + n2
        p, q = np.asarray(self.treatment), np.asarray(self.control)
        pooled = (n1[..., None] * p + n2[..., None] * q) / n[..., None]
        spread = 1 - (pooled**3).sum(axis=-1)
        if self.model == "proportional-odds":
            error = np.sqrt(3 * n / (n1 * n2 * spread))
            return np.full(n.shape, self.log_odds_ratio), error, error
        chance = superiority_probability(self.treatment, self.control)
        stated = np.sqrt(n * spread / (12 * n1 * n2))
        return np.full(n.shape, chance - 0.5), stated, np.sqrt(self._true_variance(n1, n2))

    def _true_variance(self, n1: Floats, n2: Floats) -> Floats:
        """Exact variance of the Mann-Whitney estimate of the probability of superiority."""
        p, q = np.asarray(self.treatment), np.asarray(self.control)
        order = np.arange(len(p))
        wins = np.where(order[:, None] > order, 1.0, np.where(order[:, None] == order, 0.5, 0.0))
        chance = float(p @ wins @ q)
        both = float(p @ wins**2 @ q) - chance**2
        of_treated = float(p @ (wins @ q) ** 2) - chance**2
        of_control = float((p @ wins) ** 2 @ q) - chance**2
        first, second = np.maximum(n1 - 1, 0.0), np.maximum(n2 - 1, 0.0)
        return np.asarray((both + second * of_treated + first * of_control) / (n1 * n2), dtype=float)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """Whitehead's closed form, or a root finder for the Wilcoxon approximation."""
        if self.model == "proportional-odds":
            return self.closed(alpha, sides, power, weights)
        return Statistic.total(self, alpha, sides, power, weights)

    def draw(
        self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int
    ) -> tuple[Counts, Counts]:
        """Cumulative counts of the categories, each of shape (trials, looks, categories)."""
        found = []
        for n, mass in zip(sizes, (self.treatment, self.control), strict=True):
            new = np.diff(counts_at(n, fractions), prepend=0)
            looks = [rng.multinomial(int(k), mass, size=trials) for k in new]
            found.append(np.cumsum(np.stack(looks, axis=1), axis=1))
        return found[0], found[1]

    def standardise(self, data: tuple[Counts, Counts]) -> Floats:
        """Mann-Whitney statistic by its standard error under the null, given the ties."""
        x, y = (counts.astype(float) for counts in data)
        n1, n2 = x.sum(axis=-1), y.sum(axis=-1)
        n = n1 + n2
        wins = (x * (np.cumsum(y, axis=-1) - y / 2)).sum(axis=-1)
        ties = x + y
        lost = (ties**3 - ties).sum(axis=-1) / np.maximum(n * (n - 1), 1.0)
        return standardised(wins / (n1 * n2) - 0.5, np.maximum(n + 1 - lost, 0.0) / (12 * n1 * n2))
