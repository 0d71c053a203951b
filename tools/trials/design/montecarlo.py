"""Simulated figures: one generator from a checked seed, trials in chunks, and estimates with their standard errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from benchside.tools.trials.design.base import checked_trials
from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.results import Estimate

CHUNK = 10_000


def generator(seed: int) -> np.random.Generator:
    """The generator of a seed from 0 to 2**63 - 1.

    Raises:
        ImpossibleInputError: another seed.
    """
    return np.random.default_rng(whole("seed", seed, 0, 2**63 - 1))


def chunks(trials: int, seed: int, size: int = CHUNK) -> Iterator[tuple[np.random.Generator, int]]:
    """One generator and the number of trials of each chunk, in order, so that memory stays bounded."""
    checked_trials(trials)
    rng = generator(seed)
    for done in range(0, trials, size):
        yield rng, min(size, trials - done)


def share_error(share: float, trials: int) -> float:
    """Standard error of a simulated share; never 0, for a share of 0 or 1 is uncertain too."""
    smoothed = (share * trials + 1) / (trials + 2)
    return math.sqrt(smoothed * (1 - smoothed) / trials)


def share(name: str, label: str, hits: float, trials: int) -> Estimate:
    """A simulated probability: `hits` of `trials`."""
    return Estimate(name, label, hits / trials, share_error(hits / trials, trials), "1")


def mean(name: str, label: str, values: ArrayLike, unit: str = "") -> Estimate:
    """A simulated expectation from one value for each trial."""
    found: Any = np.asarray(values, dtype=float)
    spread = float(found.std(ddof=1)) if found.size > 1 else 0.0
    return Estimate(name, label, float(found.mean()), spread / math.sqrt(found.size), unit)
