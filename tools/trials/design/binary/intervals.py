"""Confidence intervals of Miettinen and Nurminen: the nulls that the score test does not reject."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.optimize import brentq
from scipy.stats import norm

from benchside.tools.trials.design.binary.scores import NO_EFFECT, Scale, checked_table, score
from benchside.tools.trials.design.checks import between
from benchside.tools.trials.design.errors import ImpossibleInputError, UnreachableError

_WIDEST = 60.0  # of a log ratio
_EDGE = 1 - 1e-9


def score_interval(
    x1: float,
    n1: float,
    x2: float,
    n2: float,
    *,
    scale: Scale = "difference",
    alpha: float = 0.05,
    adjusted: bool = True,
) -> tuple[float, float]:
    """Score confidence interval of the effect of group 1 against group 2.

    Args:
        x1, n1, x2, n2: events and sizes of the two groups.
        scale: difference, risk ratio or odds ratio.
        alpha: one minus the coverage, both tails together.
        adjusted: with N / (N - 1), as published by Miettinen and Nurminen (1985); without it the interval belongs to
            the test of Farrington and Manning. These are `adj` 1 and 0 of gsDesign's ciBinomial.

    Returns:
        Lower and upper limit. A ratio without events in group 1 starts at 0, one without events in group 2 has no
        upper limit (infinity); an odds ratio likewise where all have events.

    Raises:
        ImpossibleInputError: counts that no table has, or an alpha outside (0, 1).
    """
    a, m, b, n = checked_table(x1, n1, x2, n2)
    if scale not in NO_EFFECT:
        raise ImpossibleInputError(f"scale is {scale!r}", where="scale", hint=f"Choose one of: {', '.join(NO_EFFECT)}.")
    critical = float(norm.isf(between("alpha", alpha, 0, 1) / 2))
    ratio = scale != "difference"

    def z(at: float) -> float:
        return float(score(scale, math.exp(at) if ratio else at, (a, m, b, n), adjusted=adjusted))

    if not ratio:
        centre = a / m - b / n
        return (
            _limit(lambda d: z(d) - critical, -_EDGE, max(centre, -_EDGE), -1.0),
            _limit(lambda d: z(d) + critical, min(centre, _EDGE), _EDGE, 1.0),
        )
    no_lower = a == 0 or (scale == "odds-ratio" and b == n)
    no_upper = b == 0 or (scale == "odds-ratio" and a == m)
    start = math.log((a + 0.5) * n / ((b + 0.5) * m))
    lower = 0.0 if no_lower else math.exp(_outward(lambda t: z(t) - critical, start, -1.0))
    upper = math.inf if no_upper else math.exp(_outward(lambda t: z(t) + critical, start, 1.0))
    return lower, upper


def _limit(excess: Callable[[float], float], low: float, high: float, outside: float) -> float:
    """Where a falling function crosses zero; `outside` where it does not in the interval."""
    if low >= high or excess(low) <= 0 or excess(high) >= 0:
        return outside
    return float(brentq(excess, low, high, xtol=1e-13, rtol=8.9e-16))


def _outward(excess: Callable[[float], float], start: float, direction: float) -> float:
    """Where a falling function of a log ratio crosses zero, looked for from a start in growing steps to both sides.

    Raises:
        UnreachableError: the crossing is so far out that the ratio has no meaning.
    """
    step = 0.5
    near = start
    while excess(near) * direction < 0 and abs(near) <= _WIDEST:  # the start lies beyond the limit
        near -= direction * step
        step *= 2
    far, step = near + direction * 0.5, 0.5
    while excess(far) * direction > 0:
        step *= 2
        far += direction * step
        if abs(far) > _WIDEST:
            raise UnreachableError(
                "the score interval has no limit within a factor of e to the sixtieth",
                where="alpha",
                hint="Take a larger alpha.",
            )
    low, high = min(near, far), max(near, far)
    return float(brentq(excess, low, high, xtol=1e-13, rtol=8.9e-16))
