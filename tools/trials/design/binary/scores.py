"""Score statistics of two proportions: what the data would look like at the null, and how far from it they are.

The proportions that maximise the likelihood under a null (`restricted`) give the variance of the score statistic, in
data (Miettinen and Nurminen 1985, equations 9, 10 and 13) and, at the assumed proportions, in sample-size formulae
(Farrington and Manning 1990, appendix).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from benchside.tools.trials.design.checks import between, finite, positive
from benchside.tools.trials.design.counted import standardised
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats

Scale = Literal["difference", "risk-ratio", "odds-ratio"]
NO_EFFECT: dict[str, float] = {"difference": 0.0, "risk-ratio": 1.0, "odds-ratio": 1.0}


def checked_null(scale: Scale, null: float) -> float:
    """A null of the scale: a difference in (-1, 1), or a positive ratio."""
    return between("null", null, -1, 1) if scale == "difference" else positive("null", finite("null", null))


def effect_of(scale: Scale, p1: float, p2: float) -> float:
    """Effect of proportions p1 (treatment) against p2 (control) on a scale."""
    if scale == "difference":
        return p1 - p2
    return p1 / p2 if scale == "risk-ratio" else p1 / (1 - p1) / (p2 / (1 - p2))


def treated(scale: Scale, effect: float, p2: float) -> float:
    """The treatment proportion that has this effect against a control proportion; may lie outside (0, 1)."""
    if scale == "difference":
        return p2 + effect
    return p2 * effect if scale == "risk-ratio" else effect * p2 / (1 - p2 + effect * p2)


def restricted(scale: Scale, null: float, p1: Any, p2: Any, ratio: Any) -> tuple[Floats, Floats]:
    """Proportions nearest in likelihood to the observed ones among those whose effect is the null.

    Args:
        scale: of the null.
        null: effect of group 1 against group 2.
        p1, p2: observed (or assumed) proportions, arrays that broadcast.
        ratio: size of group 2 by that of group 1.

    Returns:
        The restricted proportions of both groups.
    """
    p1, p2, ratio = (np.asarray(v, dtype=float) for v in (p1, p2, ratio))
    w1, w2 = 1 / (1 + ratio), ratio / (1 + ratio)
    total = w1 * p1 + w2 * p2
    if null == NO_EFFECT[scale]:
        return total, total
    if scale == "difference":
        return _restricted_difference(p1, p2, ratio, null)
    if scale == "risk-ratio":
        # smaller root of a quadratic, in the form that does not cancel
        b = w1 * null + w1 * p1 + w2 + w2 * p2 * null
        q2 = 2 * total / (b + np.sqrt(np.maximum(b**2 - 4 * null * total, 0.0)))
        return np.clip(null * q2, 0, 1), np.clip(q2, 0, 1)
    b = w1 * null + w2 - total * (null - 1)
    q2 = 2 * total / (b + np.sqrt(np.maximum(b**2 + 4 * w2 * (null - 1) * total, 0.0)))
    q2 = np.clip(q2, 0, 1)
    odds = q2 * null
    rest = odds + 1 - q2
    return odds / np.where(rest > 0, rest, 1.0), q2


def _restricted_difference(p1: Floats, p2: Floats, theta: Floats, d: float) -> tuple[Floats, Floats]:
    """Root of the likelihood cubic in trigonometric form, Farrington and Manning (1990), appendix; theta is n2 / n1."""
    a = 1 + theta
    b = -(1 + theta + p1 + theta * p2 + d * (theta + 2))
    c = d**2 + d * (2 * p1 + theta + 1) + p1 + theta * p2
    v = (b / (3 * a)) ** 3 - b * c / (6 * a**2) - p1 * d * (1 + d) / (2 * a)
    u = np.where(v >= 0, 1.0, -1.0) * np.sqrt(np.maximum((b / (3 * a)) ** 2 - c / (3 * a), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(u == 0, 0.0, v / u**3)
    w = (np.pi + np.arccos(np.clip(ratio, -1, 1))) / 3
    q1 = np.clip(2 * u * np.cos(w) - b / (3 * a), max(0.0, d), min(1.0, 1.0 + d))
    return q1, q1 - d


def score(scale: Scale, null: float, table: tuple[Any, Any, Any, Any], *, adjusted: bool = False) -> Floats:
    """Score statistic of two binomial samples, positive where group 1 lies above the null.

    Args:
        scale: of the null.
        null: effect of group 1 against group 2 under the null.
        table: events and size of group 1, events and size of group 2; arrays that broadcast.
        adjusted: multiply the variance by N / (N - 1), as Miettinen and Nurminen do and Farrington and Manning do not.

    Returns:
        Z statistics. No events at all (or only events) at a null that allows it give 0.
    """
    x1, n1, x2, n2 = (np.asarray(v, dtype=float) for v in table)
    p1, p2 = x1 / n1, x2 / n2
    q1, q2 = restricted(scale, null, p1, p2, n2 / n1)
    v1, v2 = q1 * (1 - q1), q2 * (1 - q2)
    stretch = (n1 + n2) / (n1 + n2 - 1) if adjusted else 1.0
    if scale == "odds-ratio":
        # information of group 1 given the total: the smaller of the two variances dominates
        both = n1 * v1 + n2 * v2
        variance = np.where(both > 0, n1 * v1 * n2 * v2 / np.where(both > 0, both, 1.0), 0.0)
        return standardised((x1 - n1 * q1) / np.sqrt(n1 * n2), stretch * variance / (n1 * n2))
    slope, intercept = (1.0, null) if scale == "difference" else (null, 0.0)
    return standardised(p1 - slope * p2 - intercept, stretch * (v1 / n1 + slope**2 * v2 / n2))


def checked_table(x1: float, n1: float, x2: float, n2: float) -> tuple[int, int, int, int]:
    """Events and sizes of a two-by-two table as whole numbers."""
    from benchside.tools.trials.design.checks import whole

    sizes = whole("n1", n1, 1), whole("n2", n2, 1)
    for name, events, size in (("x1", x1, sizes[0]), ("x2", x2, sizes[1])):
        if whole(name, events, 0) > size:
            raise ImpossibleInputError(
                f"{name} is {events:g} of {size}", where=name, hint="There cannot be more events than participants."
            )
    return int(x1), sizes[0], int(x2), sizes[1]
