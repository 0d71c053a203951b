"""Difference of slopes in a linear mixed model: what a participant's visits tell about their rate of change.

A participant with visits X (intercept and time) of covariance V adds X' V^-1 X to the information of their arm; the
variance of an arm's slope is an entry of its inverse. Diggle et al. 2002 (section 2.4), `lmmpower` of longpower and
Ard & Edland 2011 are this, for their covariances; dropout mixes the information of those who leave after each visit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from benchside.tools.trials.design.checks import error_rates, finite, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.longitudinal.covariance import cholesky, retention_over, visit_times
from benchside.tools.trials.design.statistic import Floats


def patterns(retention: Sequence[float]) -> Floats:
    """Share of participants whose last visit is visit j, from the shares still observed; shape (J,)."""
    stay = np.asarray(retention, dtype=float)
    return np.asarray(stay - np.append(stay[1:], 0.0))


def slope_information(times: Sequence[float], covariance: Floats, retention: Sequence[float] = ()) -> Floats:
    """Expected information on intercept and slope of one randomised participant, shape (2, 2).

    Args:
        times: of the visits.
        covariance: of the visits, shape (J, J).
        retention: share still observed at each visit; empty when all stay. Who is never seen adds nothing.
    """
    t = np.asarray(visit_times("times", times))
    cholesky("covariance", covariance)
    if covariance.shape != (t.size, t.size):
        raise ContradictoryInputError("times and covariance differ in length", where="times", hint="One row for each.")
    design = np.column_stack([np.ones(t.size), t])
    total = np.zeros((2, 2))
    for k, share in enumerate(patterns(retention_over("retention", retention, t.size)), start=1):
        if share > 0:
            total += share * design[:k].T @ np.linalg.solve(covariance[:k, :k], design[:k])
    return total


def slope_variance_per_participant(
    times: Sequence[float], covariance: Floats, retention: Sequence[float] = ()
) -> float:
    """Variance of an arm's mean slope times its number randomised, squared units of the outcome per squared time."""
    return float(np.linalg.inv(slope_information(times, covariance, retention))[1, 1])


def slope_size(
    difference: float,
    variance_treatment: float,
    variance_control: float,
    ratio: float = 1.0,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.8,
) -> tuple[float, float]:
    """Participants in treatment and in control for a difference of slopes, not rounded.

    Args:
        difference: of slopes, per unit of time.
        variance_treatment, variance_control: of `slope_variance_per_participant`.
        ratio: treatment over control.

    Source: Diggle et al. 2002, section 2.4; Ard & Edland 2011.
    """
    error_rates(alpha, sides, power)
    if finite("difference", difference) == 0:
        raise ContradictoryInputError("the difference is 0", where="difference", hint="Assume an effect.")
    share = positive("ratio", ratio)
    spread = positive("variance_treatment", variance_treatment) + share * positive("variance_control", variance_control)
    treated = float(((norm.isf(alpha / sides) + norm.ppf(power)) / difference) ** 2 * spread)
    return treated, treated / share


def marginal_total(
    effect: float,
    interest: Sequence[Sequence[float]],
    nuisance: Sequence[Sequence[Sequence[float]]],
    covariance: Floats,
    shares: Sequence[float],
    *,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.8,
) -> float:
    """Participants in all groups for one parameter of a marginal linear model, not rounded (Liu & Liang 1997).

    Args:
        effect: value of the parameter under the alternative; 0 under the null.
        interest: its covariate at each visit, one row for each group, shape (groups, J).
        nuisance: the other covariates, shape (groups, J, q).
        covariance: of the visits, shape (J, J).
        shares: of the groups, which sum to 1.
    """
    error_rates(alpha, sides, power)
    if finite("effect", effect) == 0:
        raise ContradictoryInputError("the effect is 0", where="effect", hint="Assume an effect.")
    cholesky("covariance", covariance)
    parts = np.asarray(shares, dtype=float)
    if parts.min() <= 0 or abs(parts.sum() - 1) > 1e-9 or not parts.size == len(interest) == len(nuisance):
        raise ContradictoryInputError("shares do not fit the groups", where="shares", hint="One for each, sum 1.")
    whole = 0.0
    for u, v, share in zip(interest, nuisance, parts, strict=True):
        joint = np.column_stack([np.asarray(u, dtype=float), np.asarray(v, dtype=float)])
        whole = whole + share * joint.T @ np.linalg.solve(covariance, joint)
    information = np.asarray(whole)
    others = information[1:, 1:]
    if np.linalg.matrix_rank(others) < others.shape[0]:
        raise ImpossibleInputError("nuisance covariates are collinear", where="nuisance", hint="Drop one of them.")
    left = information[0, 0] - information[0, 1:] @ np.linalg.solve(others, information[1:, 0])
    if left <= 1e-12 * information[0, 0]:
        raise ImpossibleInputError("the parameter cannot be told from the others", where="interest", hint="Drop one.")
    return float(((norm.isf(alpha / sides) + norm.ppf(power)) / effect) ** 2 / left)
