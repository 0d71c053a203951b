"""The exact single-stage design of A'Hern: the smallest trial whose binomial test meets both error rates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from benchside.tools.trials.design.checks import error_rates, whole
from benchside.tools.trials.design.errors import UnreachableError
from benchside.tools.trials.design.single_arm.simon_search import response_rates
from benchside.tools.trials.design.single_arm.stages import LARGEST_TRIAL, Ints

BLOCK = 64


@dataclass(frozen=True, slots=True)
class SingleStage:
    """Reject at `reject_at` responses or more among n; with the exact error rates."""

    n: int
    reject_at: int
    type_one_error: float
    power: float


def critical_count(n: int, p0: float, alpha: float) -> int:
    """Smallest count c with P(X >= c) <= alpha at rate p0; n + 1 where there is none."""
    return int(_critical(np.array([n]), p0, alpha)[0])


def at_size(n: int, p0: float, p1: float, alpha: float) -> SingleStage:
    """The exact test of one size."""
    c = critical_count(n, p0, alpha)
    return SingleStage(n, c, float(binom.sf(c - 1, n, p0)), float(binom.sf(c - 1, n, p1)))


@lru_cache(maxsize=256)
def ahern_design(
    p0: float, p1: float, alpha: float, power: float, *, stable: bool = False, largest: int = LARGEST_TRIAL
) -> SingleStage:
    """The smallest exact single-stage design (A'Hern 2001).

    The power of an exact test saw-tooths in n. The smallest n at which both error rates are met is the default;
    `stable` gives the smallest n from which every larger n (up to twice as many) meets them too.

    Args:
        p0, p1: uninteresting and interesting response rate.
        alpha: one-sided type I error rate at p0.
        power: at p1.
        stable: whether every larger trial must meet both as well.
        largest: the search gives up beyond this size.

    Raises:
        UnreachableError: none up to `largest`.
    """
    response_rates(p0, p1)
    error_rates(alpha, 1, power)
    whole("largest", largest, 1, LARGEST_TRIAL)
    for start in range(1, largest + 1, BLOCK):
        n = np.arange(start, min(start + BLOCK, largest + 1))
        fits = _meets(n, p0, p1, alpha, power)
        if fits.any():
            smallest = int(n[np.argmax(fits)])
            if not stable:
                return at_size(smallest, p0, p1, alpha)
            later = np.arange(smallest, 2 * smallest + BLOCK)
            lacking = later[~_meets(later, p0, p1, alpha, power)]
            return at_size(int(lacking[-1]) + 1 if lacking.size else smallest, p0, p1, alpha)
    raise UnreachableError(
        f"{largest} patients do not tell a rate of {p1:g} from {p0:g}",
        where="p1",
        hint="Widen the difference of the rates, or allow larger errors.",
    )


def _critical(n: Ints, p0: float, alpha: float) -> Ints:
    c = np.asarray(binom.isf(alpha, n, p0), dtype=np.int64) + 1
    c -= (c > 0) & (binom.sf(c - 2, n, p0) <= alpha)  # the quantile may miss by one at ties
    c += (c <= n) & (binom.sf(c - 1, n, p0) > alpha)
    return c


def _meets(n: Ints, p0: float, p1: float, alpha: float, power: float) -> NDArray[np.bool_]:
    return np.asarray(binom.sf(_critical(n, p0, alpha) - 1, n, p1) >= power)
