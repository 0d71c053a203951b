"""Cumulative means and sums of squares of normal values at interim looks, drawn without drawing the values.

Between two looks the new values enter through their mean and their sum of squares, which are independent normal and
chi-square; merged with those before them they have exactly the law of the moments of all values so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Floats


@dataclass(frozen=True, slots=True)
class Moments:
    """Of one group at each look: mean and sum of squares about it, each of shape (trials, looks)."""

    mean: Floats
    squares: Floats


def look_sizes(sizes: Sequence[int], fractions: Sequence[float], fewest: int) -> list[tuple[int, ...]]:
    """Whole group sizes at each look, see `counts_at`.

    Raises:
        ContradictoryInputError: a group has fewer than `fewest` values at a look.
    """
    looks = [tuple(int(n) for n in counts_at(sizes, fraction)) for fraction in fractions]
    if min(looks[0]) < fewest:
        raise ContradictoryInputError(
            f"a group has {min(looks[0])} values at the first look",
            where="looks",
            hint=f"The test needs {fewest}: look later, or plan a larger trial.",
        )
    return looks


def draw_moments(rng: np.random.Generator, mean: float, sd: float, counts: Sequence[int], trials: int) -> Moments:
    """Moments of `trials` groups of normal values at cumulative whole `counts` by look."""
    means = np.empty((trials, len(counts)))
    squares = np.empty((trials, len(counts)))
    n = 0
    running_mean = np.zeros(trials)
    running_squares = np.zeros(trials)
    for k, count in enumerate(counts):
        new = count - n
        if new > 0:
            fresh = mean + sd / np.sqrt(new) * rng.standard_normal(trials)
            gap = fresh - running_mean
            running_squares = running_squares + gap**2 * (n * new / count)
            if new > 1:
                running_squares += sd**2 * rng.chisquare(new - 1, trials)
            running_mean = running_mean + gap * (new / count)
            n = count
        means[:, k], squares[:, k] = running_mean, running_squares
    return Moments(means, squares)
