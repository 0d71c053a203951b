"""Scaled average bioequivalence: the rules of the agencies, and what they decide from the statistics of a trial.

The limits of equivalence widen with the within-subject variability of the reference, estimated in the same trial.
EMA, Health Canada and the Gulf states widen the limits of a confidence interval (ABEL); the FDA tests a linearised
criterion (RSABE). All of them hold the point estimate within 0.80 to 1.25.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, stdtrit

from benchside.tools.trials.design.continuous.bioequivalence import log_sd
from benchside.tools.trials.design.statistic import Floats

Bools = NDArray[np.bool_]
Method = Literal["EMA", "HC", "GCC", "FDA"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What an agency asks.

    Attributes:
        name: for people.
        constant: regulatory constant k of the limits exp(+-k s_wR).
        switch: CV of the reference above which the limits widen.
        cap: CV above which they widen no more.
        contrasts: evaluation by within-subject contrasts (FDA, HC), else by analysis of variance with fixed effects.
        linearised: the criterion of the FDA instead of limits.
        references: keys of `references.py`.
    """

    name: str
    constant: float
    switch: float
    cap: float
    contrasts: bool
    linearised: bool
    references: tuple[str, ...]


RULES: dict[str, Rule] = {
    "EMA": Rule("EMA, average bioequivalence with expanding limits", 0.76, 0.3, 0.5, False, False, ("ema-2010",)),
    "HC": Rule(
        "Health Canada, average bioequivalence with expanding limits", 0.76, 0.3, 0.57382, True, False, ("haidar-2008",)
    ),
    "GCC": Rule(
        "Gulf Cooperation Council, limits 0.75 to 1.33", math.log(1 / 0.75) / log_sd(0.3), 0.3, 0.3, False, False,
        ("tothfalusi-2012",),
    ),
    "FDA": Rule(
        "FDA, reference-scaled average bioequivalence", math.log(1.25) / 0.25, 0.3, math.inf, True, True,
        ("fda-2011", "hyslop-2000"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyStatistics:
    """What a decision needs, by trial, shape (trials,) each.

    Attributes:
        estimate: of the log ratio.
        error: its estimated standard error.
        df: degrees of freedom of the error.
        reference: estimated within-subject variance of the reference.
        df_reference: its degrees of freedom.
    """

    estimate: Floats
    error: Floats
    df: float
    reference: Floats
    df_reference: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Decisions by trial, shape (trials,) each.

    Attributes:
        equivalent: all that the agency asks.
        scaled: the widened limits or the criterion alone. point: the point estimate alone.
        unscaled: the conventional limits alone, for comparison.
    """

    equivalent: Bools
    scaled: Bools
    point: Bools
    unscaled: Bools


def limits(cv: float, rule: Rule, upper: float = 1.25) -> float:
    """Upper acceptance limit at a true CV of the reference; the lower one is its reciprocal."""
    if cv <= rule.switch:
        return upper
    return math.exp(rule.constant * log_sd(min(cv, rule.cap) if math.isfinite(rule.cap) else cv))


def decide(found: KeyStatistics, rule: Rule, lower: float, upper: float, alpha: float) -> Verdicts:
    """Decisions of an agency at one-sided level `alpha`, with conventional limits `lower` and `upper` (ratios)."""
    low, high = math.log(lower), math.log(upper)
    half = stdtrit(found.df, 1 - alpha) * found.error
    unscaled = (low <= found.estimate - half) & (found.estimate + half <= high)
    point = (low <= found.estimate) & (found.estimate <= high)
    widened = found.reference > log_sd(rule.switch) ** 2
    if rule.linearised:
        scaled = np.where(widened, _criterion(found, half, rule.constant, alpha) <= 0, unscaled)
    else:
        capped = found.reference if math.isinf(rule.cap) else np.minimum(found.reference, log_sd(rule.cap) ** 2)
        reach = rule.constant * np.sqrt(capped)
        inside = (-reach <= found.estimate - half) & (found.estimate + half <= reach)
        scaled = np.where(widened, inside, unscaled)
    return Verdicts(scaled & point, scaled, point, unscaled)


def _criterion(found: KeyStatistics, half: Floats, constant: float, alpha: float) -> Floats:
    """Upper confidence bound of (difference^2 - k^2 s_wR^2) by Howe's approximation (FDA 2011, Hyslop 2000)."""
    mean = found.estimate**2 - found.error**2
    mean_bound = (np.abs(found.estimate) + half) ** 2
    scale = constant**2 * found.reference
    # chdtri is the upper-tail quantile: its argument is the tail, so that alpha gives the larger one
    scale_bound = scale * found.df_reference / chdtri(found.df_reference, alpha)
    return np.asarray(mean - scale + np.sqrt((mean_bound - mean) ** 2 + (scale_bound - scale) ** 2), dtype=float)
