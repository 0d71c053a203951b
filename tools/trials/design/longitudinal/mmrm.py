"""Mixed model for repeated measures: the treatment effect at the last visit when participants drop out monotonically.

Written in innovations (each visit less what the earlier ones predict), visits are independent and visit j loses only
those who left before it. So the variance of a mean at the last visit is sum_j C[J, j]^2 / retention_j over its number
randomised, with C the Cholesky root of the correlation: the factor phi of Lu, Luo & Chen (2008), formula 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from benchside.tools.trials.design.checks import error_rates, finite, positive
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.longitudinal.covariance import autoregressive, cholesky, retention_over
from benchside.tools.trials.design.statistic import Floats


def last_visit_factor(correlation: Floats, retention: Sequence[float] = ()) -> float:
    """Variance of an arm's mean at the last visit times its number randomised, in units of the variance there: phi.

    Args:
        correlation: of the visits, shape (J, J), positive definite.
        retention: share still observed at each visit; empty when all stay.

    Returns:
        1 when all stay; at most 1 / (retention at the last visit), which is the factor of completers alone.

    Source: Lu, Luo & Chen 2008, formula 3, where it is written with inverses of the leading blocks.
    """
    root = cholesky("correlation", np.asarray(correlation, dtype=float))
    stay = np.asarray(retention_over("retention", retention, root.shape[0]))
    return float((root[-1] ** 2 / stay).sum())


def ar1_factor(rho: float, retention: Sequence[float], times: Sequence[float] = ()) -> float:
    """`last_visit_factor` under first-order autoregression, with visits at 1, 2, ... where no times are given."""
    found = tuple(times) or tuple(range(1, len(retention) + 1))
    return last_visit_factor(autoregressive(found, rho), retention)


def mmrm_total(
    phi_treatment: float,
    phi_control: float,
    ratio: float,
    difference: float,
    sd: float = 1.0,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.8,
) -> float:
    """Participants in both arms for the normal test of the last visit, not rounded.

    Args:
        phi_treatment, phi_control: factors of `last_visit_factor`.
        ratio: size of the treatment arm over that of control.
        difference: of means at the last visit, other than 0.
        sd: there, within an arm.
        alpha: over all sides.

    Source: Lu, Luo & Chen 2008, formula 3 and table 1.
    """
    error_rates(alpha, sides, power)
    apart = finite("difference", difference)
    if apart == 0:
        raise ContradictoryInputError("the difference is 0", where="difference", hint="Assume an effect.")
    shares = positive("phi_treatment", phi_treatment), positive("phi_control", phi_control), positive("ratio", ratio)
    scale = ((norm.isf(alpha / sides) + norm.ppf(power)) * positive("sd", sd) / apart) ** 2
    treated = (shares[0] + shares[2] * shares[1]) * scale
    return float(treated * (1 + 1 / shares[2]))


def best_ratio(phi_treatment: float, phi_control: float) -> float:
    """The allocation, treatment over control, with the smallest total: the root of the ratio of the factors."""
    return math.sqrt(positive("phi_treatment", phi_treatment) / positive("phi_control", phi_control))
