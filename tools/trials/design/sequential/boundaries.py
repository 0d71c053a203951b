"""Bounds on the Z scale that spend given errors: one pass through the looks, each bound by Newton's method.

At each look the log of the crossing probability is concave in the bound, so that Newton's method from the outer side
converges without a bracket. Upper bounds hold alpha at no effect; lower bounds spend beta under the alternative or
probability under the null; both together need the density under two means, which the likelihood ratio gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from benchside.tools.trials.design.errors import ContradictoryInputError, UnreachableError
from benchside.tools.trials.design.sequential.families import BoundaryFamily, HaybittlePeto, WangTsiatis
from benchside.tools.trials.design.sequential.recursion import (
    ROOT_2PI,
    Density,
    beginning,
    crossing_probabilities,
    reach,
)

Floats = NDArray[np.float64]
MOST_STEPS = 200
NOTHING = 1e-200  # error too small to have a bound


@dataclass(frozen=True, slots=True)
class Bounds:
    """Z bounds by look, shape (k,) each."""

    lower: Floats
    upper: Floats


def crossing_bound(
    density: Density, information: float, target: float, theta: float, mass: Floats, *, side: int
) -> float:
    """The Z bound at the next look that continuing trials cross with a given probability.

    Args:
        density: the trials that continue to that look; `mass` is theirs at `theta`.
        target: probability of crossing.
        side: 1 for an upper bound, -1 for a lower one.

    Returns:
        The bound; infinite on its side when the target is nothing, on the other when all that continue are not enough.
    """
    if target <= NOTHING:
        return side * math.inf
    total = float(mass.sum())
    if target >= total * (1 - 1e-14):
        return -side * math.inf
    step = information - density.information
    spread = math.sqrt(step)
    scale = math.sqrt(information) / spread
    offset = side * (density.score + theta * step) / spread
    goal = math.log(target)
    bound = side * theta * math.sqrt(information) - float(ndtri(target))  # as if all trials continued: outside
    for _ in range(MOST_STEPS):
        deviate = bound * scale - offset
        crossed = float(mass @ ndtr(-deviate))
        slope = float(mass @ np.exp(-0.5 * deviate * deviate)) * (scale / ROOT_2PI)
        if crossed <= 0 or slope <= 0:
            bound -= 0.5 / scale
            continue
        change = (math.log(crossed) - goal) * crossed / slope
        bound += min(max(change, -4.0), 4.0)
        if abs(change) < 1e-9:  # the next change would be its square
            return side * bound
    raise UnreachableError(
        f"no bound crosses with probability {target:g}", where="spending", hint="Spend more at this look, or drop it."
    )


def efficacy_by_spending(
    information: Floats, spends: Floats, *, symmetric: bool, lower: Floats | None = None
) -> Floats:
    """Upper bounds that are crossed with the given probabilities under no effect, shape (k,).

    Args:
        information: of the looks, shape (k,).
        spends: error of each look, per side; a look that spends nothing has an infinite bound.
        symmetric: whether trials also stop at minus the bound (a two-sided test).
        lower: bounds below which trials stop, shape (k,) or shorter; -inf where none is given.
    """
    upper = np.full(information.size, math.inf)
    below = np.full(information.size, -math.inf)
    if lower is not None:
        below[: lower.size] = lower
    used = [j for j in range(information.size) if spends[j] > NOTHING or below[j] > -math.inf]
    bounded = (symmetric or bool(np.isfinite(below).any()), True)
    density = beginning()
    for place, j in enumerate(used):
        now = float(information[j])
        bound = crossing_bound(density, now, float(spends[j]), 0.0, density.mass, side=1)
        if bound == -math.inf or (symmetric and bound < 0):
            raise UnreachableError(
                f"look {j + 1} is to spend {spends[j]:g}, more than the trials that continue can",
                where="spending",
                hint="Spend less at this look; the spending of all looks together must stay below one half per side.",
            )
        upper[j] = bound
        if place + 1 == len(used):
            break
        floor = -bound if symmetric else float(below[j])
        region = reach(floor, bound, (0.0, 0.0), bounded=bounded)
        if region is None:
            raise ContradictoryInputError(
                f"the futility bound {floor:g} of look {j + 1} is not below the efficacy bound {bound:.4g}",
                where="futility",
                hint="Lower the futility bound.",
            )
        density = density.advance(now, *region, float(information[used[place + 1]]))
    return upper


def efficacy_by_family(
    information: Floats, alpha: float, family: BoundaryFamily, *, symmetric: bool, lower: Floats | None = None
) -> Floats:
    """Upper bounds of a family at level alpha per side, shape (k,).

    Args:
        information: of the looks, shape (k,).
        alpha: error rate of the upper bounds.
        symmetric: whether trials also stop at minus the bounds.
        lower: bounds below which trials stop, shape (k - 1,) or (k,); none for a one-sided test without.

    Raises:
        ContradictoryInputError: the interim bounds of Haybittle-Peto spend more than alpha.
    """
    if isinstance(family, HaybittlePeto):
        return _haybittle_peto(information, alpha, family, symmetric=symmetric, lower=lower)
    if not isinstance(family, WangTsiatis):
        raise TypeError(f"no bounds are known for {family!r}")
    shape = family.shape(information / information[-1])

    def excess(constant: float) -> float:
        upper = constant * shape
        floor = np.minimum(_floor(upper, symmetric=symmetric, lower=lower), upper)
        return math.log(float(crossing_probabilities(information, floor, upper, 0.0).reject)) - math.log(alpha)

    low = -float(ndtri(alpha)) / float(shape[-1])
    if information.size == 1:
        return np.asarray(low * shape)
    while excess(low) < 0:  # futility stops so many that lower bounds hold alpha
        low -= 0.5
    high = low + 0.5
    while excess(high) > 0:
        low, high = high, high + 1.0
    return np.asarray(brentq(excess, low, high, xtol=1e-12, rtol=1e-13) * shape)


def _floor(upper: Floats, *, symmetric: bool, lower: Floats | None) -> Floats:
    floor = -upper if symmetric else np.full(upper.size, -math.inf)
    if lower is not None:
        floor[: lower.size] = lower
    return floor


def _haybittle_peto(
    information: Floats, alpha: float, family: HaybittlePeto, *, symmetric: bool, lower: Floats | None
) -> Floats:
    looks = information.size
    if looks == 1:
        return np.array([-float(ndtri(alpha))])
    upper = np.full(looks, family.z)
    floor = _floor(upper, symmetric=symmetric, lower=lower)
    early = crossing_probabilities(information[:-1], floor[:-1], upper[:-1], 0.0)
    left = alpha - float(early.reject)
    if left <= 0:
        raise ContradictoryInputError(
            f"interim bounds of {family.z:g} spend {float(early.reject):.4g}, all of the error rate {alpha:g} per side",
            where="efficacy",
            hint="Choose a higher interim bound (3 is usual), fewer looks, or a larger alpha.",
        )
    density = beginning()
    bounded = (bool(np.isfinite(floor).any()), True)
    for j in range(looks - 1):
        region = reach(float(floor[j]), float(upper[j]), (0.0, 0.0), bounded=bounded)
        if region is None:
            raise ContradictoryInputError(
                "a futility bound is not below the efficacy bound", where="futility", hint="Lower the futility bound."
            )
        density = density.advance(float(information[j]), *region, float(information[j + 1]))
    upper[-1] = crossing_bound(density, float(information[-1]), left, 0.0, density.mass, side=1)
    return upper


@dataclass(frozen=True, slots=True)
class FutilityPass:
    """Bounds of one pass under one drift.

    Attributes:
        missed: probability, under the drift, of not crossing the upper bound: what the lower bounds spent, and what
            ends below the last upper bound.
    """

    bounds: Bounds
    missed: float


def futility_pass(
    information: Floats,
    upper: Floats | None,
    alpha_spends: Floats,
    beta_spends: Floats,
    theta: float,
    *,
    close: bool = True,
) -> FutilityPass:
    """Lower bounds that spend beta under theta; upper bounds too, when they are to lean on the lower ones.

    Args:
        information: of the looks, shape (k,).
        upper: bounds that ignore futility (non-binding); none makes them binding, so that `alpha_spends` hold with
            trials stopped at the lower bounds.
        alpha_spends, beta_spends: error of each look, shape (k,); -inf bounds where beta_spends is nothing.
        theta: effect under which beta is spent.
        close: whether the last lower bound is the upper one, which a design is sized for.
    """
    looks = information.size
    low, high = np.full(looks, -math.inf), np.full(looks, math.inf)
    binding = upper is None
    density = beginning(theta / 2 if binding else theta)
    missed = 0.0
    for j in range(looks):
        now, last = float(information[j]), j == looks - 1
        mass = density.at(theta)
        null = density.at(0.0) if binding else mass
        if upper is None:
            high[j] = crossing_bound(density, now, float(alpha_spends[j]), 0.0, null, side=1)
        else:
            high[j] = upper[j]
        if last and close:
            low[j] = high[j]
            missed += float(density.below(now, float(high[j]), theta, mass))
            break
        low[j] = crossing_bound(density, now, float(beta_spends[j]), theta, mass, side=-1)
        if low[j] >= high[j]:  # theta is so large that all is decided here: less than beta is missed
            low[j] = high[j]
            missed += float(density.below(now, float(high[j]), theta, mass))
            break
        missed += float(beta_spends[j])
        if last:
            missed += float(mass.sum()) - float(beta_spends[j]) - float(density.above(now, float(high[j]), theta, mass))
            break
        if math.isinf(low[j]) and math.isinf(high[j]):
            continue  # a look that stops nobody
        mean = theta * math.sqrt(now)
        means = (min(0.0, mean), max(0.0, mean)) if binding else (mean, mean)
        region = reach(float(low[j]), float(high[j]), means, bounded=(True, True))
        if region is None:
            break
        density = density.advance(now, *region, float(information[j + 1]))
    return FutilityPass(Bounds(low, high), missed)


def null_futility(
    information: Floats, upper: Floats | None, alpha_spends: Floats, shares: Floats, total: float | None
) -> Bounds:
    """Lower bounds that spend probability under no effect (test types 5 and 6 of gsDesign).

    Args:
        upper: bounds that ignore futility; none makes the futility bounds binding.
        shares: share of the lower spending of each look, shape (k,), which sum to 1.
        total: probability of crossing a lower bound under no effect; none closes the bounds at the last look.
    """
    closing = total is None
    wanted = 1 - float(alpha_spends.sum()) if total is None else total
    for _ in range(MOST_STEPS):
        bounds, crossed_upper = _null_pass(information, upper, alpha_spends, shares * wanted, close=closing)
        if not closing or upper is None or abs(1 - crossed_upper - wanted) < 1e-14:
            return bounds
        wanted = 1 - crossed_upper  # trials stopped for futility no longer cross above: the lower share grows by that
    raise UnreachableError("no lower bounds meet the upper ones", where="futility", hint="Choose another spending.")


def _null_pass(
    information: Floats, upper: Floats | None, alpha_spends: Floats, lower_spends: Floats, *, close: bool
) -> tuple[Bounds, float]:
    looks = information.size
    low, high = np.full(looks, -math.inf), np.full(looks, math.inf)
    density = beginning()
    crossed = 0.0
    for j in range(looks):
        now, mass = float(information[j]), density.mass
        high[j] = (
            upper[j] if upper is not None else crossing_bound(density, now, float(alpha_spends[j]), 0.0, mass, side=1)
        )
        crossed += float(density.above(now, float(high[j]), 0.0, mass))
        closed = close and j == looks - 1
        low[j] = high[j] if closed else crossing_bound(density, now, float(lower_spends[j]), 0.0, mass, side=-1)
        if low[j] > high[j]:
            raise UnreachableError(
                f"look {j + 1} is to stop more trials for futility than continue",
                where="futility",
                hint="Spend less under the null at this look.",
            )
        if j == looks - 1:
            break
        region = reach(float(low[j]), float(high[j]), (0.0, 0.0), bounded=(True, True))
        if region is None:
            break
        density = density.advance(now, *region, float(information[j + 1]))
    return Bounds(low, high), crossed
