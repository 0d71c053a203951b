"""The scales on which a boundary is read: Z, nominal p, B-value, effect, cumulative error.

All are one-to-one at a look: B = Z * sqrt(t); effect = null + Z / sqrt(I); nominal p = 1 - Phi(Z), one-sided.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtrit

from benchside.tools.trials.design.checks import finite, positive
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.sequential.plan import Plan

Floats = NDArray[np.float64]


def nominal_p(z: ArrayLike, *, sides: int = 1) -> Floats:
    """P value that a fixed test gives to Z, one-sided (large Z is extreme) or two-sided, shape of z."""
    values = _no_nan("z", z)
    return np.asarray(ndtr(-values) if sides == 1 else 2 * ndtr(-np.abs(values)))


def z_from_p(p: ArrayLike) -> Floats:
    """Z of a one-sided p value strictly between 0 and 1, shape of p."""
    values = _no_nan("p", p)
    if ((values <= 0) | (values >= 1)).any():
        raise ImpossibleInputError("a p value outside (0, 1)", where="p", hint="Give values between 0 and 1.")
    return np.asarray(-ndtri(values))


def b_value(z: ArrayLike, fractions: ArrayLike) -> Floats:
    """B-value Z * sqrt(t) of Lan & Wittes (1988), whose mean is drift * t, shape of both."""
    return np.asarray(_no_nan("z", z) * np.sqrt(_positive("fractions", fractions)))


def z_from_b(b: ArrayLike, fractions: ArrayLike) -> Floats:
    """Z of a B-value, shape of both."""
    return np.asarray(_no_nan("b", b) / np.sqrt(_positive("fractions", fractions)))


def effect_at(z: ArrayLike, information: ArrayLike, *, null: float = 0.0) -> Floats:
    """Estimate whose Wald statistic is Z: null + Z / sqrt(I), I the information on the scale of the effect."""
    return np.asarray(finite("null", null) + _no_nan("z", z) / np.sqrt(_positive("information", information)))


def t_effect_at(z: ArrayLike, standard_error: ArrayLike, df: ArrayLike, *, null: float = 0.0) -> Floats:
    """Effect whose t test has the p value of Z: null + t quantile * standard error (of rpact for t tests).

    Args:
        z: bounds, shape (k,).
        standard_error: of the effect at each look with the true standard deviation, shape (k,).
        df: degrees of freedom at each look, above 0, shape (k,).
    """
    quantile = stdtrit(_positive("df", df), ndtr(_no_nan("z", z)))
    return np.asarray(finite("null", null) + quantile * _positive("standard_error", standard_error))


def drift_of(effect: float, information: float, *, null: float = 0.0) -> float:
    """Mean of the final Z statistic at a true effect: (effect - null) * sqrt(I_max)."""
    return (finite("effect", effect) - finite("null", null)) * math.sqrt(positive("information", information))


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """A boundary on every scale, arrays of shape (k,).

    Attributes:
        z, p, b: Z, one-sided nominal p, B-value.
        effect: on the scale on which `assumed` was given to `boundary_scales`.
        cumulative: probability of having crossed by each look under no effect.
        cumulative_assumed: the same under the effect that the plan has its power for.
    """

    z: Floats
    p: Floats
    b: Floats
    effect: Floats
    cumulative: Floats
    cumulative_assumed: Floats


def boundary_scales(plan: Plan, assumed: float, *, null: float = 0.0, side: str = "upper") -> Scales:
    """The upper or lower boundary of a plan on every scale.

    Args:
        assumed: effect that the plan has its power for, on a scale on which the statistic is a Wald one (difference,
            log hazard ratio); Z bounds become effects as `null + (assumed - null) * Z / (drift * sqrt(t))`.
        null: effect under the null.
        side: upper or lower.
    """
    if side not in ("upper", "lower"):
        raise ImpossibleInputError(f"side is {side!r}", where="side", hint="Give upper or lower.")
    z = plan.upper if side == "upper" else plan.lower
    root = np.sqrt(plan.fractions)
    scale = (finite("assumed", assumed) - finite("null", null)) / plan.drift
    crossing = plan.crossing([0.0, plan.drift])
    crossed = np.cumsum(crossing.upper if side == "upper" else crossing.lower, axis=-1)
    return Scales(z, nominal_p(z), np.asarray(z * root), np.asarray(null + scale * z / root), crossed[0], crossed[1])


def _no_nan(name: str, values: ArrayLike) -> Floats:
    found = np.asarray(values, dtype=float)
    if np.isnan(found).any():
        raise ImpossibleInputError(f"{name} has NaN", where=name, hint="Give numbers.")
    return found


def _positive(name: str, values: ArrayLike) -> Floats:
    found = _no_nan(name, values)
    if not (np.isfinite(found) & (found > 0)).all():
        raise ImpossibleInputError(f"{name} is not above 0", where=name, hint="Give positive finite numbers.")
    return found
