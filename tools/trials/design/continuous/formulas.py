"""Closed formulas of Chow, Shao and Wang (2003) that are sample sizes and nothing else.

They are large-sample: known variances, normal quantiles. The statistics of this package give exact sizes; these are
for comparison with the literature, and for questions (carry-over) that are no endpoint of their own.
"""

from __future__ import annotations

import math

from scipy.stats import norm

from benchside.tools.trials.design.checks import between, finite, not_negative, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError


def _quantiles(alpha: float, beta: float) -> float:
    """Sum of the normal quantiles of 1 - alpha and 1 - beta."""
    between("alpha", alpha, 0, 0.5)
    if probability("beta", beta) >= 1 - alpha:
        raise ContradictoryInputError(
            f"the power {1 - beta:g} is not above alpha {alpha:g}", where="beta", hint="Give a smaller beta."
        )
    return float(norm.isf(alpha) + norm.isf(beta))


def mean_size(variance: float, distance: float, alpha: float, beta: float) -> float:
    """n with which a normal mean of this variance over n is told from a null at this distance; not rounded.

    Args:
        variance: of the estimate at a size of 1, in squared units of the outcome.
        distance: of the true value from the null, in units of the outcome.
        alpha: of one side. beta: 1 - power.

    Source: Chow (2003), formulas 3.1.1 to 3.3.3, which differ in the variance only.
    """
    if finite("distance", distance) == 0:
        raise ContradictoryInputError(
            "the true value equals the null", where="distance", hint="Change the difference or the margin."
        )
    return positive("variance", variance) * (_quantiles(alpha, beta) / distance) ** 2


def equivalence_size(variance: float, difference: float, margin: float, alpha: float, beta: float) -> float:
    """n for equivalence within +- margin, not rounded: beta is halved, which is exact at no difference.

    Where there is a difference it is conservative, for then nearly all of beta lies on one side.
    Source: Chow (2003), formulas 3.1.3, 3.2.3 and 3.3.4. Arguments as in `mean_size`.
    """
    room = positive("margin", margin) - abs(finite("difference", difference))
    if room <= 0:
        raise ContradictoryInputError(
            f"the difference {difference:g} is not within the margin {margin:g}",
            where="margin",
            hint="Equivalence can be shown only for a difference within the margin.",
        )
    return mean_size(variance, room, alpha, beta / 2)


def carryover_size(alpha: float, beta: float, sd_first: float, sd_second: float, carryover: float) -> float:
    """Participants per sequence of a 2x2 crossover to detect a difference in carry-over, not rounded.

    Args:
        alpha: of one side (give alpha / 2 for a two-sided test). beta: 1 - power.
        sd_first, sd_second: standard deviations, in the two sequences, of a participant's sum over both periods.
        carryover: difference between the carry-over effects of the sequences, on the scale of these sums.

    Source: Chow (2003), section 6.5.2.
    """
    variance = positive("sd_first", sd_first) ** 2 + positive("sd_second", sd_second) ** 2
    return mean_size(variance, carryover, alpha, beta)


def wilcoxon_size(
    alpha: float, beta: float, *, ratio: float, p1: float, p2: float, p3: float, sides: int = 2, coherent: bool = True
) -> float:
    """Size of the second group of a two-sample Wilcoxon test, not rounded; the first is `ratio` times as large.

    Args:
        alpha: over both sides where `sides` is 2. beta: 1 - power.
        ratio: n1 / n2, the x over the y.
        p1: P(y >= x). p2: P(y >= x1 and y >= x2). p3: P(y1 >= x and y2 >= x).
        coherent: refuse p2 or p3 that no distribution has, those above p1 or below its square. The book's own example
            (p1 = 0.7, p2 = p3 = 0.8) is such a one, and can be had with False only.

    Source: Chow (2003), section 14.3.
    """
    between("alpha", alpha, 0, 0.5 * sides)
    _quantiles(alpha / sides, beta)
    k = positive("ratio", ratio)
    probability("p1", p1)
    probability("p2", p2)
    probability("p3", p3)
    if p1 == 0.5:
        raise ContradictoryInputError("p1 is 0.5, the null", where="p1", hint="Assume a probability other than 0.5.")
    for name, joint in (("p2", p2), ("p3", p3)):
        if coherent and not p1 * p1 - 1e-9 <= joint <= p1 + 1e-9:
            raise ContradictoryInputError(
                f"{name} is {joint:g}, and p1 is {p1:g}",
                where=name,
                hint="The probability of both lies between the square of p1 and p1.",
            )
    null = math.sqrt(k * (k + 1) / 12)
    alternative = math.sqrt(not_negative("variance", k * k * (p2 - p1 * p1) + k * (p3 - p1 * p1)))
    top = float(norm.isf(alpha / sides)) * null + float(norm.isf(beta)) * alternative
    return top**2 / (k * (0.5 - p1)) ** 2
