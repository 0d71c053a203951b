"""How long participants are observed: staggered entry, a common end, and dropout at a constant hazard."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.integrate import quad

from benchside.tools.trials.design.statistic import Floats


@dataclass(frozen=True, slots=True)
class Exposure:
    """Law of the exposure of a participant.

    Attributes:
        accrual: duration of uniform entry; 0 where all have the same planned follow-up.
        follow_up: planned follow-up of the last participant.
        dropout_rate: hazard of dropout, per unit of time.
    """

    accrual: float
    follow_up: float
    dropout_rate: float

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Exposures of participants."""
        time = self.follow_up + self.accrual * rng.random(shape)
        if self.dropout_rate > 0:
            time = np.minimum(time, rng.exponential(1 / self.dropout_rate, shape))
        return np.asarray(time, dtype=float)

    def mean(self) -> float:
        """Expected exposure."""
        return _integral(self, 0.0, 0)

    def mean_square(self) -> float:
        """Expected square of the exposure."""
        return _integral(self, 0.0, 1)

    def information(self, rate: float, dispersion: float) -> float:
        """Expected information of a participant about the log rate: that of rate T / (1 + dispersion rate T)."""
        return rate * _integral(self, dispersion * rate, 0)


@lru_cache(maxsize=4096)
def _integral(law: Exposure, bend: float, order: int) -> float:
    """Integral of a derivative times the chance to be observed still: the expectation of a function that starts at 0.

    The derivative is (1 + bend t)^-2 for order 0 and 2 t for order 1.
    """
    first, last = law.follow_up, law.follow_up + law.accrual

    def slope(t: float) -> float:
        return 2 * t if order else 1 / (1 + bend * t) ** 2

    def full(t: float) -> float:
        return slope(t) * math.exp(-law.dropout_rate * t)

    def entering(t: float) -> float:
        return full(t) * (last - t) / law.accrual

    found = _area(full, 0.0, first, bend + law.dropout_rate)
    return found + (_area(entering, first, last, bend + law.dropout_rate) if law.accrual > 0 else 0.0)


def _area(function: Callable[[float], float], low: float, high: float, speed: float) -> float:
    """Integral of a function that falls at about this speed; split where most of it lies."""
    bend = low + 10 / speed if speed > 0 else high
    cuts = [low, bend, high] if low < bend < high else [low, high]
    return float(sum(quad(function, a, b, epsabs=0, epsrel=1e-11, limit=200)[0] for a, b in pairwise(cuts)))
