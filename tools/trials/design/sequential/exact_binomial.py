"""Group-sequential tests of one proportion, exactly: the number of responders is carried from look to look."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from benchside.tools.trials.design.checks import MOST_LOOKS, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.sequential.recursion import Crossing

Floats = NDArray[np.float64]
LARGEST_SAMPLE = 20_000


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
    p = np.atleast_1d(rates)
    up, down = np.zeros((2, p.size, len(n)))
    going = np.ones((p.size, 1))
    before = 0
    for j, size in enumerate(n):
        added = binom.pmf(np.arange(size - before + 1), size - before, p[:, None])
        now = np.array([np.convolve(g, a) for g, a in zip(going, added, strict=True)])
        down[:, j] = now[:, : low[j] + 1].sum(-1)
        up[:, j] = now[:, high[j] :].sum(-1)
        now[:, : low[j] + 1] = 0
        now[:, high[j] :] = 0
        going, before = now, size
    return Crossing(up[0], down[0]) if rates.ndim == 0 else Crossing(up, down)


def _checked(
    sizes: Sequence[int], lower: Sequence[int], upper: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    if not 0 < len(sizes) <= MOST_LOOKS:
        raise ImpossibleInputError(f"{len(sizes)} looks", where="sizes", hint=f"Give 1 to {MOST_LOOKS} looks.")
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
