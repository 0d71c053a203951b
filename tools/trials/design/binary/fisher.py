"""Fisher's exact test: its p values, its exact power, and the sizes that reach a power on a saw-tooth curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.stats import binom, norm

from benchside.tools.trials.design.allocation import Allocation
from benchside.tools.trials.design.binary.enumeration import log_factorials, window
from benchside.tools.trials.design.binary.statistics import CorrectedTest, Data, TwoProportionTest
from benchside.tools.trials.design.binomial import EQUAL
from benchside.tools.trials.design.counted import ExactCount
from benchside.tools.trials.design.looks import Counts
from benchside.tools.trials.design.sawtooth import too_many, walk
from benchside.tools.trials.design.statistic import Exactness, Floats

LARGEST_SEARCHED = 25_000  # participants of an arm up to which sizes are searched exactly


@lru_cache(maxsize=64)
def _log_factorials(largest: int) -> Floats:
    return log_factorials(largest)


def critical_counts(n1: int, n2: int, alpha: float, totals: Counts) -> Counts:
    """Smallest events in group 1 at which the one-sided Fisher test rejects, for each total of events.

    Args:
        n1, n2: sizes.
        alpha: level of this side.
        totals: events of both groups together.

    Returns:
        One count per total; one above the largest possible where no table of that total rejects.
    """
    parts = np.array_split(totals, max(1, len(totals) * max(n1, n2) // 50_000_000 + 1))
    return np.concatenate([_critical_counts(n1, n2, alpha, part) for part in parts if len(part)])


def _critical_counts(n1: int, n2: int, alpha: float, totals: Counts, reach: float = 1.5) -> Counts:
    """See `critical_counts`: upper tails are summed from far out to `reach` deviations below the normal quantile."""
    n = n1 + n2
    f = _log_factorials(1 << n.bit_length())
    m = totals.astype(np.int64)
    mean = m * (n1 / n)
    spread = np.sqrt(np.maximum(mean * (1 - m / n) * n2 / max(n - 1, 1), 0.0))
    z = float(norm.isf(alpha))
    low = np.maximum(np.floor(mean + (z - reach) * spread - 10), np.maximum(m - n2, 0)).astype(np.int64)
    high = np.minimum(np.minimum(n1, m), np.ceil(mean + (z + 6) * spread + 30)).astype(np.int64)
    low = np.minimum(low, high)
    x = high[:, None] - np.arange(int((high - low).max()) + 1)[None, :]
    possible = x >= low[:, None]
    x = np.where(possible, x, low[:, None])
    rest = m[:, None] - x
    log_mass = (f[n1] + f[n2] - f[n] + f[m] + f[n - m])[:, None] - f[x] - f[n1 - x] - f[rest] - f[n2 - rest]
    tail = np.cumsum(np.where(possible, np.exp(log_mass), 0.0), axis=1)
    rejecting = (possible & (tail <= alpha * EQUAL)).sum(axis=1)
    if ((rejecting > high - low) & (low > np.maximum(m - n2, 0))).any():  # the boundary lies lower still
        return _critical_counts(n1, n2, alpha, totals, 4 * reach)
    return np.asarray(high + 1 - rejecting, dtype=np.int64)


def one_sided_power(n1: int, n2: int, p1: float, p2: float, alpha: float) -> float:
    """Exact probability that Fisher's test shows p1 > p2 at one-sided level alpha (Gail and Gart 1973)."""
    (low1, high1), (low2, high2) = window(n1, p1), window(n2, p2)
    totals = np.arange(low1 + low2, high1 + high2 + 1)
    # the total m rejects where x2 <= m - c(m), and that bound never falls with m
    bound = totals - critical_counts(n1, n2, alpha, totals)
    x2 = np.arange(low2, high2 + 1)
    first = np.searchsorted(bound, x2)
    reachable = first < len(totals)
    needed = totals[np.minimum(first, len(totals) - 1)] - x2
    chance = np.where(reachable, binom.sf(needed - 1, n1, p1), 0.0)
    return float(binom.pmf(x2, n2, p2) @ chance)


def p_values(x1: Any, n1: Any, x2: Any, n2: Any) -> tuple[Floats, Floats]:
    """One-sided p values of Fisher's test, for more and for fewer events in group 1; arrays that broadcast."""
    from scipy.stats import hypergeom

    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(v, dtype=np.int64) for v in (x1, n1, x2, n2)))
    keys, back = np.unique(np.stack([v.ravel() for v in (x1, n1, x2, n2)]), axis=1, return_inverse=True)
    a, m, b, n = keys
    more = hypergeom.sf(a - 1, m + n, a + b, m)
    fewer = hypergeom.cdf(a, m + n, a + b, m)
    back = np.ravel(back)
    return more[back].reshape(x1.shape), fewer[back].reshape(x1.shape)


@dataclass(frozen=True, kw_only=True)
class FisherTest(ExactCount):
    """Fisher's exact test of no effect. Two-sided, each side has half of alpha, and both sides count as power."""

    treatment: float
    control: float
    direction: int
    label: str = "Fisher's exact test"
    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("fisher-1935", "gail-gart-1973")

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Exact power at whole sizes (others are rounded down)."""
        sizes = np.asarray(sizes, dtype=float)
        flat = sizes.reshape(-1, 2)
        found = [self._power(int(a + 1e-9), int(b + 1e-9), alpha, sides) for a, b in flat]
        return np.asarray(found, dtype=float).reshape(sizes.shape[:-1])

    def _power(self, n1: int, n2: int, alpha: float, sides: int) -> float:
        if min(n1, n2) < 1:
            return 0.0
        p1, p2 = self.treatment, self.control
        up = one_sided_power(n1, n2, p1, p2, alpha / sides) if sides == 2 or self.direction > 0 else 0.0
        # fewer events in group 1 is more in group 2
        down = one_sided_power(n2, n1, p2, p1, alpha / sides) if sides == 2 or self.direction < 0 else 0.0
        return min(up + down, 1.0)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The smallest total of whole arms whose exact power is reached, though a larger one may fall short again.

        The convention of Casagrande, Pike and Smith's tables and of nQuery; `stable_total` gives the size from which
        on none falls short. Sizes are those of the allocation's rounding rule.
        """
        return float(self._search(alpha, sides, power, weights)[0])

    def stable_total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The smallest total from which on every larger one has the power too."""
        return float(self._search(alpha, sides, power, weights)[1])

    def _search(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> tuple[int, int]:
        """First and stable total, around the continuity-corrected size."""
        sharing = Allocation(ratio=tuple(weights))
        block = sum(sharing.block() or (1,))
        near = CorrectedTest(
            treatment=self.treatment, control=self.control, null=0.0, scale="difference", direction=self.direction,
            label="",
        ).total(alpha, sides, power, weights)  # fmt: skip
        if near * max(weights) > LARGEST_SEARCHED:
            raise too_many(near)

        def at(blocks: int) -> float:
            first, second = sharing.rounded(float(blocks * block))
            return self._power(first, second, alpha, sides)

        found = walk(at, max(1, round(near / block)), power)
        return found[0] * block, found[1] * block

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Data:
        """As the normal tests."""
        return TwoProportionTest.draw(self, rng, sizes, fractions, trials)  # type: ignore[arg-type]

    def p_values(self, data: Data) -> tuple[Floats, Floats]:
        """See `p_values`."""
        return p_values(*data)
