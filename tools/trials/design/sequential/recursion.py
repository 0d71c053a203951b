"""Boundary-crossing probabilities of a group-sequential test, by recursive numerical integration.

The Z statistics of the looks are jointly normal with E(Z_j) = theta * sqrt(I_j) and independent increments of the score
Z_j * sqrt(I_j). The sub-density of the trials that continue is carried from look to look (Armitage, McPherson & Rowe
1969; Jennison & Turnbull 2000, chapter 19) on Gauss-Legendre nodes within the continuation region, where it is
analytic: convergence is geometric, and 30 to 100 nodes a look give about 1e-12. The density is carried once, at a
reference theta; any other theta near it follows from the likelihood ratio exp((theta - ref) * S -
(theta**2 - ref**2) * I / 2), S the score. All terms are positive, so far tails are accurate relatively.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, roots_legendre

from benchside.tools.trials.design.checks import MOST_LOOKS
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError

Floats = NDArray[np.float64]

# Continuation regions are cut this many standard deviations from the nearest mean: where a bound makes the far tail
# matter, so far that probabilities down to 1e-40 keep their leading digits; towards a side without bounds, nearer.
FAR_REACH = 14.0
NEAR_REACH = 8.0
GROUP_WIDTH = 8.0  # widest range of drifts that share one reference density
CLOSEST_LOOKS = 1e-4  # least relative increase of information: nearer looks would need thousands of nodes
LARGEST_PANEL = 192
ROOT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Probabilities of first crossing each bound at each look.

    Attributes:
        upper, lower: shape (k,) for a scalar theta, (m, k) for m of them. At the last look, what lies between the
            bounds belongs to neither.
    """

    upper: Floats
    lower: Floats

    @property
    def stopped(self) -> Floats:
        """Probability of stopping at each look, by either bound; the last look stops all that are left."""
        stops = np.array(self.upper + self.lower)
        stops[..., -1] = np.maximum(1 - stops[..., :-1].sum(-1), 0)
        return stops

    @property
    def reject(self) -> Floats:
        """Probability of ever crossing the upper bound."""
        return np.asarray(self.upper.sum(-1))

    @property
    def accept(self) -> Floats:
        """Probability of ever crossing the lower bound."""
        return np.asarray(self.lower.sum(-1))

    def expected(self, sizes: ArrayLike) -> Floats:
        """Expected size at stopping, for sizes (information, participants, events) of the looks, shape (k,)."""
        return np.asarray(self.stopped @ np.asarray(sizes, dtype=float))


@dataclass(frozen=True, slots=True)
class Density:
    """Trials that continue beyond a look: quadrature nodes of the score and the probability mass at each.

    Attributes:
        information: of the look; 0 before the first.
        score: nodes of Z * sqrt(information), shape (n,).
        mass: weight times sub-density at theta `reference`, shape (n,).
    """

    information: float
    score: Floats
    mass: Floats
    reference: float

    def at(self, theta: float | Floats) -> Floats:
        """Masses at other thetas, shape (..., n), by the likelihood ratio."""
        if isinstance(theta, float) and theta == self.reference:
            return self.mass
        t = np.asarray(theta)[..., None]
        tilt = (t - self.reference) * self.score - (t * t - self.reference**2) * (self.information / 2)
        return np.asarray(self.mass * np.exp(tilt))

    def above(self, information: float, bound: float, theta: float | Floats, mass: Floats | None = None) -> Floats:
        """Probability of continuing beyond this look and then lying above a Z bound at the next, shape of theta."""
        step = information - self.information
        t = np.asarray(theta)[..., None]
        mass = self.at(theta) if mass is None else mass
        past = (self.score + t * step - bound * math.sqrt(information)) / math.sqrt(step)
        return np.asarray((mass * ndtr(past)).sum(-1))

    def below(self, information: float, bound: float, theta: float | Floats, mass: Floats | None = None) -> Floats:
        """The same, below a bound."""
        step = information - self.information
        t = np.asarray(theta)[..., None]
        mass = self.at(theta) if mass is None else mass
        short = (bound * math.sqrt(information) - self.score - t * step) / math.sqrt(step)
        return np.asarray((mass * ndtr(short)).sum(-1))

    def height(self, information: float, bound: float, theta: float, mass: Floats) -> float:
        """Sub-density of Z at the next look, at one point."""
        step = information - self.information
        deviate = (bound * math.sqrt(information) - self.score - theta * step) / math.sqrt(step)
        return float(mass @ np.exp(-0.5 * deviate * deviate)) * math.sqrt(information / step) / ROOT_2PI

    def advance(self, information: float, low: float, high: float, following: float) -> Density:
        """The trials that continue within (low, high) on the Z scale at the next look.

        Args:
            information: of that look.
            low, high: finite, on the Z scale.
            following: information of the look after it, which says how fine the nodes must be.
        """
        step = information - self.information
        z, weight = _nodes(low, high, information, step, following - information)
        root = math.sqrt(information)
        score = z * root
        deviate = (score[:, None] - (self.score + self.reference * step)) / math.sqrt(step)
        kernel = np.exp(-0.5 * deviate * deviate)
        mass = (kernel @ self.mass) * weight * (root / (math.sqrt(step) * ROOT_2PI))
        return Density(information, score, mass, self.reference)


def beginning(reference: float = 0.0) -> Density:
    """All trials, before the first look."""
    return Density(0.0, np.zeros(1), np.ones(1), reference)


@lru_cache(maxsize=64)
def _legendre(n: int) -> tuple[Floats, Floats]:
    nodes, weights = roots_legendre(n)
    return (nodes + 1) / 2, weights / 2


def _nodes(low: float, high: float, information: float, before: float, after: float) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on (low, high).

    The integrand is a product of two functions with Gaussian detail of width sqrt(before / information) and
    sqrt(after / information); a rule of n nodes integrates frequency f over a length L once n > f L / 4.
    """
    width = high - low
    frequency = math.sqrt(information / before) + math.sqrt(information / after)
    n = 14 + int(1.7 * width * frequency)
    n += -n % 8  # few different sizes, so that they are remembered
    panels = -(-n // LARGEST_PANEL)
    if panels > 1:
        n = LARGEST_PANEL
    nodes, weights = _legendre(n)
    if panels == 1:
        return low + width * nodes, width * weights
    part = width / panels
    starts = low + part * np.arange(panels)
    return (starts[:, None] + part * nodes).ravel(), np.tile(part * weights, panels)


def reach(
    lower: float, upper: float, means: tuple[float, float], *, bounded: tuple[bool, bool]
) -> tuple[float, float] | None:
    """The part of a continuation region that can matter, on the Z scale; None when it is empty.

    Args:
        lower, upper: bounds, which may be infinite.
        means: least and greatest mean of Z.
        bounded: whether any look has a lower, an upper bound.
    """
    if lower >= upper:
        return None
    high = min(upper, max(means[1], lower) + (FAR_REACH if bounded[1] else NEAR_REACH))
    low = max(lower, min(means[0], high) - (FAR_REACH if bounded[0] else NEAR_REACH))
    return (low, high) if low < high else None


def checked_information(information: ArrayLike, where: str = "information") -> Floats:
    """Increasing positive information, one value a look, no two looks nearer than `CLOSEST_LOOKS`."""
    values = np.atleast_1d(np.asarray(information, dtype=float))
    if values.ndim != 1 or values.size == 0:
        raise ImpossibleInputError(f"{where} has shape {values.shape}", where=where, hint="Give one value a look.")
    if values.size > MOST_LOOKS:
        raise ImpossibleInputError(f"{values.size} looks", where=where, hint=f"At most {MOST_LOOKS}.")
    if not np.isfinite(values).all() or values[0] <= 0:
        raise ImpossibleInputError(f"{where} is {values.tolist()}", where=where, hint="Give finite values above 0.")
    if (np.diff(values) <= 0).any():
        raise ContradictoryInputError(
            f"{where} is out of order: {values.tolist()}", where=where, hint="Give strictly increasing values."
        )
    if (np.diff(values) < CLOSEST_LOOKS * values[1:]).any():
        raise ImpossibleInputError(
            f"{where} has two looks that are nearer than {CLOSEST_LOOKS:g} of the information",
            where=where,
            hint="Merge the two looks: no decision can hang on so little new information.",
        )
    return values


def checked_bounds(lower: ArrayLike, upper: ArrayLike, looks: int) -> tuple[Floats, Floats]:
    """Bounds on the Z scale, lower nowhere above upper; infinite ones mean that no trial stops there."""
    low, high = (np.atleast_1d(np.asarray(b, dtype=float)) for b in (lower, upper))
    for name, bound in (("lower", low), ("upper", high)):
        if bound.shape != (looks,):
            raise ImpossibleInputError(
                f"{name} has shape {bound.shape} for {looks} looks", where=name, hint="Give one bound a look."
            )
        if np.isnan(bound).any():
            raise ImpossibleInputError(f"{name} has NaN", where=name, hint="Use infinity where there is no bound.")
    if (low > high).any():
        raise ContradictoryInputError(
            "a lower bound lies above the upper one", where="lower", hint="Give lower <= upper at every look."
        )
    return low, high


def crossing_probabilities(
    information: ArrayLike, lower: ArrayLike, upper: ArrayLike, theta: float | ArrayLike
) -> Crossing:
    """Probabilities of first crossing the upper and the lower bound at each look.

    Args:
        information: shape (k,), increasing; fractions serve with theta as the drift, the mean of Z at information 1.
        lower, upper: bounds on the Z scale, shape (k,); -inf and inf where there is none.
        theta: E(Z_j) = theta * sqrt(information[j]); scalar or shape (m,).

    Returns:
        Shape (k,) for a scalar theta, (m, k) otherwise; absolute error about 1e-12.

    Raises:
        ImpossibleInputError, ContradictoryInputError: not finite, not increasing, bounds that cross.
    """
    values = checked_information(information)
    low, high = checked_bounds(lower, upper, values.size)
    thetas = np.asarray(theta, dtype=float)
    if thetas.ndim > 1 or not np.isfinite(thetas).all():
        raise ImpossibleInputError("theta is not a finite number or list of them", where="theta", hint="Give numbers.")
    flat = np.atleast_1d(thetas)
    up, down = np.zeros((2, flat.size, values.size))
    width = GROUP_WIDTH / math.sqrt(values[-1])
    order = np.argsort(flat, kind="stable")
    start = 0
    while start < flat.size:
        end = int(np.searchsorted(flat[order], flat[order[start]] + width, side="right"))
        group = order[start:end]
        up[group], down[group] = _cross(values, low, high, flat[group])
        start = end
    if thetas.ndim == 0:
        return Crossing(up[0], down[0])
    return Crossing(up, down)


def crossing_with_means(information: ArrayLike, lower: ArrayLike, upper: ArrayLike, means: ArrayLike) -> Crossing:
    """The same for any means of the Z statistics, shape (k,), as under effects that change with time.

    The centred statistics have the covariance of the same looks, so that the bounds are moved instead.
    """
    values = checked_information(information)
    low, high = checked_bounds(lower, upper, values.size)
    shift = np.asarray(means, dtype=float)
    if shift.shape != values.shape or not np.isfinite(shift).all():
        raise ImpossibleInputError("means are not one finite number a look", where="means", hint="Give (k,) numbers.")
    return crossing_probabilities(values, low - shift, high - shift, 0.0)


def _cross(information: Floats, lower: Floats, upper: Floats, thetas: Floats) -> tuple[Floats, Floats]:
    """Crossing probabilities for thetas near each other, shape (m, k) each."""
    up, down = np.zeros((2, thetas.size, information.size))
    least, greatest = float(thetas.min()), float(thetas.max())
    finite_low, finite_high = np.isfinite(lower), np.isfinite(upper)
    bounded = (bool(finite_low.any()), bool(finite_high.any()))
    looks = np.flatnonzero(finite_low | finite_high | (lower == upper))  # a look that cannot stop anything is no look
    density = beginning((least + greatest) / 2)
    for place, j in enumerate(looks):
        now = float(information[j])
        mass = density.at(thetas)
        if finite_high[j] or upper[j] < 0:
            up[:, j] = density.above(now, float(upper[j]), thetas, mass)
        if finite_low[j] or lower[j] > 0:
            down[:, j] = density.below(now, float(lower[j]), thetas, mass)
        if place + 1 == looks.size:
            break
        root = math.sqrt(now)
        means = (least * root, greatest * root)
        region = reach(float(lower[j]), float(upper[j]), means, bounded=bounded)
        if region is None:
            break
        density = density.advance(now, *region, float(information[looks[place + 1]]))
    return up, down
