"""Predictive probability of success at an interim look, two arms: the chance, given the data so far, of a good end.

Binary outcomes with beta priors are exact sums over beta-binomial futures; normal ones have a closed form. Success is
a significant final test, or a posterior probability that reaches a limit.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.special import betaln, gammaln, ndtr, ndtri
from scipy.stats import beta as beta_law

from benchside.tools.trials.design.adaptive.blinded import rejection_region
from benchside.tools.trials.design.adaptive.combination import gauss_legendre
from benchside.tools.trials.design.checks import between, finite, positive, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.statistic import Floats

Success = Literal["z-test", "posterior"]
MOST_PER_ARM = 1_000
Prior = tuple[float, float]


def beta_binomial(future: int, a: float, b: float) -> Floats:
    """Probabilities of 0 ... future successes when the rate is Beta(a, b), shape (future + 1,)."""
    x = np.arange(future + 1)
    logs = gammaln(future + 1) - gammaln(x + 1) - gammaln(future - x + 1)
    return np.asarray(np.exp(logs + betaln(x + a, future - x + b) - betaln(a, b)), dtype=float)


def posterior_superiority(treated: Floats, control: Floats, n: int, prior: Prior, margin: float = 0.0) -> Floats:
    """P(treatment rate exceeds the control's by more than the margin | data), for all pairs of counts of n each.

    Args:
        treated, control: counts, shapes (m,) and (k,).
        n: size of each arm.
        prior: a, b of both beta priors.
        margin: difference in rates.

    Returns:
        Shape (m, k), by Gauss-Legendre quadrature over the control's posterior.
    """
    a, b = prior
    nodes, weights = gauss_legendre(160)
    found = np.empty((len(treated), len(control)))
    for j, y in enumerate(control):
        law = beta_law(a + y, b + n - y)
        low, high = float(law.ppf(1e-13)), float(law.isf(1e-13))
        p = (low + high) / 2 + (high - low) / 2 * nodes
        weight = (high - low) / 2 * weights * law.pdf(p)
        shifted = np.clip(p + margin, 0.0, 1.0)
        ahead = beta_law.sf(shifted[None, :], a + treated[:, None], b + n - treated[:, None])
        found[:, j] = ahead @ weight / weight.sum()
    return found


@lru_cache(maxsize=16)
def success_region(n: int, success: Success, limit: float, prior: Prior, margin: float = 0.0) -> Floats:
    """Whether final counts (treatment, control) of n each are a success, shape (n + 1, n + 1), 1 or 0.

    Args:
        n: final size of each arm, up to 1,000.
        success: `z-test`, significant by the pooled one-sided z test at level `limit`; or `posterior`, probability of
            superiority at or above `limit`.
        limit: as above.
        prior: a, b of both beta priors, for `posterior`.
        margin: of superiority, for `posterior`.
    """
    size = whole("n", n, 1, MOST_PER_ARM)
    if success == "z-test":
        return rejection_region(size, -float(ndtri(between("limit", limit, 0, 0.5))), 1)
    probability("limit", limit)
    counts = np.arange(size + 1, dtype=float)
    return np.where(posterior_superiority(counts, counts, size, prior, margin) >= limit, 1.0, 0.0)


def predictive_probability(
    treated: int,
    control: int,
    seen: int,
    n: int,
    *,
    success: Success = "z-test",
    limit: float = 0.025,
    prior: Prior = (1.0, 1.0),
    margin: float = 0.0,
) -> float:
    """Predictive probability of success for binary outcomes in two equal arms; exact.

    Args:
        treated, control: successes so far.
        seen: participants of each arm so far.
        n: of each arm in the end.
        success, limit, margin: see `success_region`.
        prior: a, b of the beta prior of both rates.

    References:
        Spiegelhalter, Freedman & Blackburn (1986) Control Clin Trials 7:8-17; Lee & Liu (2008) Clin Trials 5:93-106.
    """
    total = whole("n", n, 1, MOST_PER_ARM)
    now = whole("seen", seen, 0, total)
    x, y = whole("treated", treated, 0, now), whole("control", control, 0, now)
    a, b = positive("prior", prior[0]), positive("prior", prior[1])
    region = success_region(total, success, limit, (a, b), margin)
    more = total - now
    first = beta_binomial(more, a + x, b + now - x)
    second = beta_binomial(more, a + y, b + now - y)
    return float(first @ region[x : x + more + 1, y : y + more + 1] @ second)


def predictive_table(seen: int, n: int, *, success: Success, limit: float, prior: Prior, margin: float = 0.0) -> Floats:
    """`predictive_probability` for every pair of counts at a look, shape (seen + 1, seen + 1)."""
    region = success_region(n, success, limit, prior, margin)
    more = n - seen
    future = np.zeros((seen + 1, n + 1))
    for x in range(seen + 1):
        future[x, x : x + more + 1] = beta_binomial(more, prior[0] + x, prior[1] + seen - x)
    return np.asarray(future @ region @ future.T, dtype=float)


def predictive_power_normal(
    z: float, fraction: float, critical: float, *, prior_mean: float = 0.0, prior_information: float = 0.0
) -> float:
    """Predictive power of a normal statistic at an interim look, in closed form.

    Args:
        z: interim statistic.
        fraction: information fraction of the look.
        critical: of the final z.
        prior_mean: of the drift (the expected final z at the true effect).
        prior_information: of that prior as a share of the final information; 0 is the flat prior.

    References:
        Spiegelhalter, Freedman & Blackburn (1986); Jennison & Turnbull (2000) chapter 10.
    """
    t = between("fraction", fraction, 0, 1)
    finite("z", z)
    finite("critical", critical)
    finite("prior_mean", prior_mean)
    if prior_information < 0 or not math.isfinite(prior_information):
        raise ContradictoryInputError(
            f"the prior information is {prior_information!r}", where="prior_information", hint="Give 0 or more."
        )
    b = z * math.sqrt(t)
    precision = prior_information + t
    drift = (prior_information * prior_mean + b) / precision
    centre = b + (1 - t) * drift
    spread = math.sqrt((1 - t) + (1 - t) ** 2 / precision)
    return float(ndtr((centre - critical) / spread))
