"""Exhaustive search of Simon's two-stage designs, with a bound that proves where the search may end.

A design `(r1, n1, r, n)` drops the drug at r1 or fewer responses among the first n1 patients and at r or fewer among n.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from benchside.tools.trials.design.checks import error_rates, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, UnreachableError

Floats = NDArray[np.float64]
LARGEST_N = 300


@dataclass(frozen=True, slots=True)
class TwoStage:
    """A two-stage design with its exact properties.

    Attributes:
        r1, n1: stop after n1 patients at r1 or fewer responses.
        r, n: do not reject after n patients at r or fewer responses.
        type_one_error, power: probability of rejection at p0 and at p1.
        pet0, en0: probability of early termination and expected size at p0.
    """

    r1: int
    n1: int
    r: int
    n: int
    type_one_error: float
    power: float
    pet0: float
    en0: float


@dataclass(frozen=True, slots=True)
class SimonDesigns:
    """What the search found.

    Attributes:
        by_size: for each maximum size from the minimax to the optimal one at which a design exists, the one of the
            smallest expected size at p0.
        admissible: those that minimise q n + (1 - q) EN0 for some q, with the range of q, by rising n (Jung 2004).
    """

    by_size: tuple[TwoStage, ...]
    admissible: tuple[tuple[TwoStage, float, float], ...]

    @property
    def minimax(self) -> TwoStage:
        """Smallest maximum size; among those the smallest expected size at p0."""
        return self.by_size[0]

    @property
    def optimal(self) -> TwoStage:
        """Smallest expected size at p0."""
        return min(self.by_size, key=lambda d: (d.en0, d.n))


def response_rates(p0: float, p1: float) -> tuple[float, float]:
    """Uninteresting and interesting response rate, in that order."""
    low, high = probability("p0", p0), probability("p1", p1)
    if low >= high:
        raise ContradictoryInputError(
            f"p1 {high:g} is not above p0 {low:g}",
            where="p1",
            hint="p0 is the rate at which the drug is of no interest, p1 a higher one at which it is.",
        )
    return low, high


def single_stage_bound(p0: float, p1: float, alpha: float, power: float, largest: int) -> int:
    """Smallest n at which the most powerful randomised test of size alpha has the power; stages need no fewer.

    By the lemma of Neyman and Pearson; a design in stages is one (possibly randomised) test of the n outcomes.
    """
    for n in range(1, largest + 1):
        x = np.arange(n + 1)
        tail0, tail1 = binom.sf(x - 1, n, p0), binom.sf(x - 1, n, p1)
        c = int(np.argmax(tail0 <= alpha)) if (tail0 <= alpha).any() else n + 1
        certain0, certain1 = (tail0[c], tail1[c]) if c <= n else (0.0, 0.0)
        edge0, edge1 = binom.pmf(c - 1, n, p0), binom.pmf(c - 1, n, p1)
        if certain1 + edge1 * min(1.0, (alpha - certain0) / max(edge0, 1e-300)) >= power - 1e-12:
            return n
    raise UnreachableError(
        f"{largest} patients do not tell a rate of {p1:g} from {p0:g}",
        where="p1",
        hint="Widen the difference of the rates, or allow larger errors.",
    )


@lru_cache(maxsize=64)
def simon_designs(p0: float, p1: float, alpha: float, power: float, *, largest: int = LARGEST_N) -> SimonDesigns:
    """All designs that matter: minimax, optimal and admissible, by exhaustive search over r1, n1, r and n.

    Among several r that meet both error rates at the same r1, n1 and n, the largest is taken (the smallest type I
    error), as Simon (1989, section 2) searches. The search over n ends when no larger trial can have a smaller
    expected size: the expected size is at least n1 + (1 - PET)(n - n1) with the largest PET that the power allows at
    n1, and that bound rises with n.

    Args:
        p0, p1: uninteresting and interesting response rate.
        alpha: one-sided type I error rate at p0.
        power: at p1; 1 - beta.
        largest: the search gives up beyond this size.

    Raises:
        UnreachableError: no design up to `largest`.
    """
    response_rates(p0, p1)
    error_rates(alpha, 1, power)
    whole("largest", largest, 2, 1000)
    first = max(2, single_stage_bound(p0, p1, alpha, power, largest))
    tables = _Tables(p0, p1, alpha, power, largest)
    found: list[TwoStage] = []
    best = np.inf
    for n in range(first, largest + 1):
        if best < np.inf and tables.least_expected(n) >= best:
            break
        design = tables.best(n)
        if design is not None:
            found.append(design)
            best = min(best, design.en0)
    else:
        if not found:
            raise UnreachableError(
                f"no two-stage design of up to {largest} patients meets both error rates",
                where="p1",
                hint="Widen the difference of the rates, or allow larger errors.",
            )
        if tables.least_expected(largest + 1) < best:
            raise UnreachableError(
                f"the optimal design may need more than {largest} patients",
                where="largest",
                hint="Raise the largest size of the search, or widen the difference of the rates.",
            )
    optimal = min(found, key=lambda d: (d.en0, d.n))
    kept = tuple(d for d in found if d.n <= optimal.n)
    return SimonDesigns(kept, _admissible(kept))


class _Tables:
    """Binomial probabilities that the search reads again and again."""

    def __init__(self, p0: float, p1: float, alpha: float, power: float, largest: int) -> None:
        self.p0, self.p1, self.alpha, self.power = p0, p1, alpha, power
        self._pmfs: dict[tuple[int, float], Floats] = {}
        self._tails: dict[tuple[int, float], Floats] = {}
        # largest first-stage bound at each n1 that leaves enough power, and the early termination it gives at p0
        n1 = np.arange(largest + 1)
        x = np.arange(largest + 1)
        cdf1 = binom.cdf(x[:, None], n1[None, :], p1)
        self.highest = (cdf1 <= 1 - power).sum(axis=0) - 1
        self.pet = np.where(self.highest >= 0, binom.cdf(self.highest, n1, p0), 0.0)

    def least_expected(self, n: int) -> float:
        """A bound from below of the expected size at p0 of any design of n patients."""
        n1 = np.arange(1, n)
        return float((n1 + (1 - self.pet[1:n]) * (n - n1)).min())

    def best(self, n: int) -> TwoStage | None:
        """The design of n patients of the smallest expected size at p0, none where no design meets both errors."""
        n1 = np.arange(1, n)
        bound = n1 + (1 - self.pet[1:n]) * (n - n1)
        top = int((binom.sf(np.arange(n + 1), n, self.p1) >= self.power).sum()) - 1
        best: TwoStage | None = None
        for first in n1[np.argsort(bound, kind="stable")]:
            if best is not None and bound[first - 1] >= best.en0:
                break
            design = self._at(int(first), n, top)
            if design is not None and (best is None or (design.en0, design.n1) < (best.en0, best.n1)):
                best = design
        return best

    def _at(self, n1: int, n: int, top: int) -> TwoStage | None:
        """The best design at these sizes; r1 as high as the type I error allows."""
        high = int(min(self.highest[n1], n1 - 1))
        if high < 0 or top < 0:
            return None
        # more than r - x responses in the second stage; the first entry of the tables is "more than -1"
        later = np.clip(np.arange(top + 1)[None, :] - np.arange(n1 + 1)[:, None] + 1, 0, n - n1 + 1)
        reject1 = _from_above(self._pmf(n1, self.p1)[:, None] * self._above(n - n1, self.p1)[later], high)
        enough = reject1 >= self.power  # falls with r: the largest r is the last that is true
        r_of = enough.sum(axis=1) - 1
        r1 = np.arange(high + 1)
        if not (r_of >= r1).any():
            return None
        reject0 = _from_above(self._pmf(n1, self.p0)[:, None] * self._above(n - n1, self.p0)[later], high)
        type_one = np.where(r_of >= r1, reject0[r1, np.maximum(r_of, 0)], 1.0)
        fits = np.flatnonzero((r_of >= r1) & (type_one <= self.alpha))
        if fits.size == 0:
            return None
        i = int(fits[-1])  # the highest r1 stops most often
        pet = float(binom.cdf(i, n1, self.p0))
        return TwoStage(
            i, n1, int(r_of[i]), n, float(type_one[i]), float(reject1[i, r_of[i]]), pet, n1 + (1 - pet) * (n - n1)
        )

    def _pmf(self, n: int, p: float) -> Floats:
        if (n, p) not in self._pmfs:
            self._pmfs[n, p] = np.asarray(binom.pmf(np.arange(n + 1), n, p))
        return self._pmfs[n, p]

    def _above(self, n: int, p: float) -> Floats:
        if (n, p) not in self._tails:
            self._tails[n, p] = np.asarray(binom.sf(np.arange(-1, n + 1), n, p))
        return self._tails[n, p]


def _from_above(terms: Floats, high: int) -> Floats:
    """Sums over first-stage counts above r1, for r1 from 0 to `high`."""
    return np.asarray(np.cumsum(terms[::-1], axis=0)[::-1][1 : high + 2])


def _admissible(designs: tuple[TwoStage, ...]) -> tuple[tuple[TwoStage, float, float], ...]:
    """The lower convex hull in (n, EN0), each with the range of the weight q of n at which it is best."""
    hull: list[TwoStage] = []
    for d in designs:
        if hull and d.en0 >= hull[-1].en0:
            continue
        while len(hull) >= 2 and _slope(hull[-1], d) <= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(d)
    cuts = [1.0, *(s / (1 + s) for s in (-_slope(a, b) for a, b in itertools.pairwise(hull))), 0.0]
    return tuple((d, low, high) for d, high, low in zip(hull, cuts[:-1], cuts[1:], strict=True))


def _slope(a: TwoStage, b: TwoStage) -> float:
    return (b.en0 - a.en0) / (b.n - a.n)
