"""Group-sequential tests of one proportion, exactly: the number of responders is carried from look to look."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.sequential.recursion import Crossing

Floats = NDArray[np.float64]
LARGEST_SAMPLE = 20_000
MOST_STAGES = 2_000  # a look after every patient of a large trial


def binomial_crossing(
    sizes: Sequence[int], lower: Sequence[int], upper: Sequence[int], rate: float | ArrayLike
) -> Crossing:
    """Exact probabilities of stopping at each look, as gsBinomialExact of gsDesign.

    Args:
        sizes: participants at each look, cumulative, increasing, shape (k,).
        lower: a trial stops below with so many responders or fewer; -1 for never.
        upper: a trial stops above with so many responders or more; size + 1 for never.
        rate: true response rate, scalar or shape (m,), from 0 to 1.

    Returns:
        Shape (k,) or (m, k). Its `expected(sizes)` is the expected sample size.

    Raises:
        ImpossibleInputError, ContradictoryInputError: sizes out of order, bounds that meet before the last look.
    """
    n, low, high = _checked(sizes, lower, upper)
    rates = np.asarray(rate, dtype=float)
    if rates.ndim > 1 or not ((rates >= 0) & (rates <= 1)).all():
        raise ImpossibleInputError(f"rate is {rates.tolist()}", where="rate", hint="Give rates from 0 to 1.")
    found = stage_probabilities(n, low, high, np.atleast_1d(rates))
    return Crossing(found.upper[0], found.lower[0]) if rates.ndim == 0 else found


def stage_probabilities(sizes: Sequence[int], lower: Sequence[int], upper: Sequence[int], rates: Floats) -> Crossing:
    """As `binomial_crossing`, for bounds that were checked before and rates of shape (m,).

    By the recursion over stages of Schultz et al. (Biometrics 1973; 29: 293-300): the distribution of the count among
    trials that go on is convolved with the binomial of the next stage.
    """
    up, down = np.zeros((2, rates.size, len(sizes)))
    going, first, before = np.ones((rates.size, 1)), 0, 0  # column 0 is the count `first`; those below are stopped
    for j, size in enumerate(sizes):
        step = size - before
        now = _convolved(going, binom.pmf(np.arange(step + 1), step, rates[:, None]))
        low = min(max(lower[j] + 1 - first, 0), now.shape[1])
        high = min(max(upper[j] - first, low), now.shape[1])
        down[:, j] = now[:, :low].sum(axis=1)
        up[:, j] = now[:, high:].sum(axis=1)
        going, first, before = now[:, low:high], first + low, size
        if low == high:
            break  # all trials have ended
    return Crossing(up, down)


def _convolved(left: Floats, right: Floats) -> Floats:
    """Row-wise convolution of (m, a) and (m, b), shape (m, a + b - 1)."""
    short, long = (left, right) if left.shape[1] <= right.shape[1] else (right, left)
    out = np.zeros((left.shape[0], left.shape[1] + right.shape[1] - 1))
    for i in range(short.shape[1]):
        out[:, i : i + long.shape[1]] += short[:, i : i + 1] * long
    return out


def _checked(
    sizes: Sequence[int], lower: Sequence[int], upper: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    if not 0 < len(sizes) <= MOST_STAGES:
        raise ImpossibleInputError(f"{len(sizes)} looks", where="sizes", hint=f"Give 1 to {MOST_STAGES} looks.")
    if not len(sizes) == len(lower) == len(upper):
        raise ContradictoryInputError(
            f"{len(sizes)} sizes, {len(lower)} lower and {len(upper)} upper bounds",
            where="sizes",
            hint="Give one of each for every look.",
        )
    n = [whole("sizes", s, 1, LARGEST_SAMPLE) for s in sizes]
    if any(b <= a for a, b in pairwise(n)):
        raise ContradictoryInputError(f"the sizes {n} do not increase", where="sizes", hint="Give cumulative sizes.")
    low = [whole("lower", a, -1, LARGEST_SAMPLE) for a in lower]
    high = [whole("upper", b, 0, LARGEST_SAMPLE + 1) for b in upper]
    for size, a, b in zip(n, low, high, strict=True):
        if a >= b:
            raise ContradictoryInputError(
                f"the lower bound {a} is not below the upper bound {b}", where="lower", hint="Give lower < upper."
            )
        if a > size:
            raise ContradictoryInputError(
                f"the lower bound {a} exceeds the size {size}", where="lower", hint="Give a bound up to the size."
            )
    return n, low, high
