"""One contrast of several dose groups: sizes and power for means and for proportions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.stats import norm

from benchside.tools.trials.design.checks import MOST_ARMS, error_rates, finite, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.student import t_power

Variance = Literal["null", "null and alternative"]


def checked_contrast(contrast: Sequence[float], groups: int) -> Floats:
    """Coefficients that sum to 0, one for each group."""
    if len(contrast) != groups:
        raise ContradictoryInputError(
            f"{len(contrast)} coefficients for {groups} groups", where="contrast", hint="Give one for each group."
        )
    found = np.array([finite("contrast", c) for c in contrast])
    largest = float(np.abs(found).max())
    if largest == 0 or abs(float(found.sum())) > 1e-9 * largest:
        raise ImpossibleInputError(
            f"the contrast sums to {found.sum():g}", where="contrast", hint="Coefficients sum to 0 and are not all 0."
        )
    return found


def checked_groups(name: str, values: Sequence[float]) -> Floats:
    """Parameters of 2 to `MOST_ARMS` groups, all finite."""
    if not 2 <= len(values) <= MOST_ARMS:
        raise ImpossibleInputError(f"{len(values)} {name}", where=name, hint=f"Give 2 to {MOST_ARMS} groups.")
    return np.array([finite(name, v) for v in values])


def _shares(shares: Sequence[float] | float, groups: int) -> Floats:
    given = [shares] * groups if isinstance(shares, int | float) else list(shares)
    if len(given) != groups:
        raise ContradictoryInputError(f"{len(given)} shares for {groups} groups", where="shares", hint="One for each.")
    return np.array([positive("shares", f) for f in given])


def contrast_value(contrast: Floats, values: Floats) -> float:
    """The contrast of assumed group parameters; one that is 0 has no power and is refused."""
    found = float(contrast @ values)
    if abs(found) <= 1e-12 * float(np.abs(contrast).max()) * float(np.abs(values).max() or 1.0):
        raise ContradictoryInputError(
            "the contrast of the assumed groups is 0", where="contrast", hint="It has no power against this shape."
        )
    return found


def means_contrast_total(
    means: Sequence[float],
    contrast: Sequence[float],
    sd: float,
    shares: Sequence[float] | float,
    *,
    alpha: float = 0.05,
    sides: int = 1,
    power: float = 0.8,
) -> float:
    """Participants in all groups for a contrast of means with known variance, not rounded.

    Args:
        means: of the groups.
        contrast: coefficients, which sum to 0.
        sd: within a group.
        shares: of the groups, or one number for all of them (1/4 for four equal groups).

    Source: Chow, Shao & Wang 2008, section 11.1.
    """
    error_rates(alpha, sides, power)
    mu = checked_groups("means", means)
    c = checked_contrast(contrast, mu.size)
    spread = positive("sd", sd) ** 2 * float((c**2 / _shares(shares, mu.size)).sum())
    return float(((norm.isf(alpha / sides) + norm.ppf(power)) / contrast_value(c, mu)) ** 2 * spread)


def means_contrast_power(
    means: Floats, contrast: Floats, sd: float, sizes: Floats, *, alpha: float, sides: int
) -> float:
    """Exact power of the t test of a contrast with pooled variance, both sides counted; 0 without df."""
    shift = abs(float(contrast @ means)) / (sd * math.sqrt(float((contrast**2 / sizes).sum())))
    return float(t_power(np.asarray(sizes.sum() - sizes.size), np.asarray(shift), alpha / sides, both=sides == 2))


def binary_contrast_total(
    proportions: Sequence[float],
    contrast: Sequence[float],
    shares: Sequence[float] | float,
    *,
    alpha: float = 0.05,
    sides: int = 1,
    power: float = 0.8,
    variance: Variance = "null and alternative",
) -> float:
    """Participants in all groups for a contrast of proportions, not rounded.

    Args:
        proportions: of the groups, each strictly between 0 and 1.
        variance: `null and alternative` takes the variance at the mean proportion for the critical value and that of
            the assumed proportions for the power (Chow, Shao & Wang 2008, section 11.2); `null` takes the former for
            both.
    """
    error_rates(alpha, sides, power)
    p = checked_groups("proportions", proportions)
    for value in p:
        probability("proportions", float(value))
    c = checked_contrast(contrast, p.size)
    f = _shares(shares, p.size)
    mean = float(p.mean())
    null = math.sqrt(float((c**2 / f).sum()) * mean * (1 - mean))
    assumed = null if variance == "null" else math.sqrt(float((c**2 * p * (1 - p) / f).sum()))
    return float(((norm.isf(alpha / sides) * null + norm.ppf(power) * assumed) / contrast_value(c, p)) ** 2)
