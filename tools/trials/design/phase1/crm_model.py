"""The one-parameter models of the continual reassessment method: toxicity rates given beta, and beta given the data.

Posterior moments are integrals over beta by the trapezoidal rule on an even grid, which converges faster than any power
of the step for these smooth integrands; tail probabilities integrate a cubic spline through the same nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from benchside.tools.trials.design.checks import between, finite, positive, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.phase1.cardinal import weight_below

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Curve = Literal["empiric", "logistic"]
REACH = 9.0  # prior standard deviations on each side
FINE, COARSE = 0.02, 0.05  # steps of beta
MLE_BOUND = 10.0  # as dfcrm searches
LARGEST_PRIOR_SD = 20.0


@dataclass(frozen=True, slots=True)
class CrmModel:
    """A working model with a normal prior of mean 0 for beta.

    Empiric: rate = skeleton ** exp(beta). Logistic: logit(rate) = intercept + exp(beta) * x, where x is the scaled dose
    at which the rate is the skeleton for beta = 0.
    """

    curve: Curve
    skeleton: tuple[float, ...]
    intercept: float
    prior_sd: float

    def checked(self) -> CrmModel:
        """The model itself, when it is one.

        Raises:
            ImpossibleInputError, ContradictoryInputError: a skeleton that does not rise within (0, 1), an intercept
                below it, a prior spread out of range.
        """
        for value in self.skeleton:
            probability("skeleton", value)
        if not self.skeleton:
            raise ImpossibleInputError("skeleton is empty", where="skeleton", hint="Give one prior rate for each dose.")
        if any(b <= a for a, b in zip(self.skeleton, self.skeleton[1:], strict=False)):
            raise ContradictoryInputError(
                "skeleton is out of order", where="skeleton", hint="Prior rates must rise strictly with dose."
            )
        if self.curve not in ("empiric", "logistic"):
            raise ImpossibleInputError(f"model is {self.curve!r}", where="model", hint="empiric or logistic.")
        if positive("prior_sd", self.prior_sd) > LARGEST_PRIOR_SD:
            raise ImpossibleInputError(
                f"prior_sd is {self.prior_sd:g}", where="prior_sd", hint=f"At most {LARGEST_PRIOR_SD:g}."
            )
        if self.curve == "logistic" and self.intercept <= _logit(self.skeleton[-1]):
            raise ContradictoryInputError(
                f"the intercept {finite('intercept', self.intercept):g} is below the logit of the highest prior rate",
                where="intercept",
                hint=f"It must exceed {_logit(self.skeleton[-1]):.4g}, so that toxicity rises with dose.",
            )
        return self

    def log_rates(self, beta: Floats) -> tuple[Floats, Floats]:
        """Logarithms of the DLT rates and of their complements, shape (..., levels) for beta of shape (...)."""
        slope = np.exp(beta)[..., None]
        if self.curve == "empiric":
            log_p = slope * np.log(np.array(self.skeleton))
            return np.asarray(log_p), np.asarray(np.log(-np.expm1(log_p)))
        eta = self.intercept + slope * self.scaled()
        return -np.logaddexp(0, -eta), -np.logaddexp(0, eta)

    def scaled(self) -> Floats:
        """Scaled doses of the logistic model, shape (levels,)."""
        s = np.array(self.skeleton)
        return np.asarray(np.log(s / (1 - s)) - self.intercept)

    def rates(self, beta: Floats | float) -> Floats:
        """DLT rates, shape (..., levels)."""
        return np.exp(self.log_rates(np.asarray(beta, dtype=float))[0])

    def beta_at(self, level: int, rate: float) -> float:
        """The beta at which a level has a rate, minus infinity if there is none; smaller betas are more toxic."""
        if self.curve == "empiric":
            return log(log(rate) / log(self.skeleton[level - 1]))
        ratio = (_logit(rate) - self.intercept) / float(self.scaled()[level - 1])
        return log(ratio) if ratio > 0 else -np.inf


@dataclass(frozen=True, slots=True)
class Posterior:
    """Posterior of beta.

    Attributes:
        mean, sd: of beta.
        rates: DLT rates at the mean of beta (plug-in, as in dfcrm), shape (levels,).
        mean_rates: posterior means of the DLT rates, shape (levels,).
        overdose: probability that each rate exceeds the target, shape (levels,).
    """

    mean: float
    sd: float
    rates: Floats
    mean_rates: Floats
    overdose: Floats


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes of beta with what integrals need.

    Attributes:
        beta: shape (g,).
        prior: logarithm of the prior density up to a constant, shape (g,).
        log_p, log_q: logarithms of rates and complements, shape (g, levels).
        tails: weights of the nodes for the integral over betas at which a level exceeds the target, shape (g, levels).
    """

    beta: Floats
    prior: Floats
    log_p: Floats
    log_q: Floats
    tails: Floats


@lru_cache(maxsize=64)
def grid(model: CrmModel, target: float, step: float) -> Grid:
    """The grid of a model; its step shrinks with the prior, so that a narrow prior is resolved too."""
    h = min(step, model.prior_sd / 15)
    half = int(np.ceil(REACH * model.prior_sd / h))
    beta = np.asarray(np.arange(-half, half + 1) * h, dtype=np.float64)
    log_p, log_q = model.log_rates(beta)
    cuts = np.clip([model.beta_at(k + 1, target) for k in range(len(model.skeleton))], beta[0], beta[-1])
    tails = weight_below((cuts - beta[:, None]) / h)
    return Grid(beta, -0.5 * (beta / model.prior_sd) ** 2, log_p, log_q, tails)


def posterior_rows(model: CrmModel, target: float, n: Ints, y: Ints, step: float = COARSE) -> tuple[Floats, Floats]:
    """Posterior mean of beta, and probability that the lowest dose exceeds the target, for rows of data.

    Args:
        n, y: patients and DLTs, shape (m, levels).

    Returns:
        Two arrays of shape (m,).
    """
    g = grid(model, target, step)
    density = _density(g, n, y)
    total = density.sum(axis=1)
    return density @ g.beta / total, density @ g.tails[:, 0] / total


def _density(g: Grid, n: Ints, y: Ints) -> Floats:
    exponent = y @ g.log_p.T + (n - y) @ g.log_q.T + g.prior
    exponent -= exponent.max(axis=1, keepdims=True)
    return np.asarray(np.exp(exponent))


def posterior(model: CrmModel, target: float, n: Sequence[int], y: Sequence[int]) -> Posterior:
    """Posterior of beta after patients and DLTs at each dose (O'Quigley and others 1990), accurate to about 1e-10.

    Args:
        n, y: shape (levels,).
    """
    g = grid(model, target, FINE)
    density = _density(g, np.array([n]), np.array([y]))[0]
    density = density / density.sum()
    mean = float(density @ g.beta)
    spread = float(np.sqrt(density @ (g.beta - mean) ** 2))
    return Posterior(mean, spread, model.rates(mean), density @ np.exp(g.log_p), np.clip(density @ g.tails, 0.0, 1.0))


def _score(model: CrmModel, beta: Floats, n: Ints, y: Ints) -> Floats:
    """Derivative of the log likelihood in beta, divided by exp(beta); it falls with beta."""
    log_p, log_q = model.log_rates(beta)
    if model.curve == "empiric":
        odds = np.exp(np.minimum(log_p - log_q, 700.0))
        return np.asarray(((y - (n - y) * odds) * np.log(np.array(model.skeleton))).sum(axis=-1))
    return np.asarray(((y - n * np.exp(log_p)) * model.scaled()).sum(axis=-1))


def mle(model: CrmModel, n: Sequence[int], y: Sequence[int]) -> float:
    """Maximum-likelihood estimate of beta, within plus or minus 10 as in dfcrm (Cheung 2011, section 3.3).

    Raises:
        UnreachableError: it does not exist before both a DLT and a patient without one were seen.
    """
    if sum(y) == 0 or sum(y) == sum(n):
        raise UnreachableError(
            "the maximum-likelihood estimate does not exist yet",
            where="outcomes",
            hint="It needs at least one DLT and one patient without; use the Bayesian estimate until then.",
        )
    patients, dlts = np.asarray(n), np.asarray(y)

    def score(beta: float) -> float:
        return float(_score(model, np.asarray(beta), patients, dlts))

    if score(-MLE_BOUND) <= 0:
        return -MLE_BOUND
    if score(MLE_BOUND) >= 0:
        return MLE_BOUND
    return float(brentq(score, -MLE_BOUND, MLE_BOUND, xtol=1e-13))


def mle_rows(model: CrmModel, n: Ints, y: Ints) -> Floats:
    """The same for rows of data that have both kinds of outcome, by bisection; shape (m,)."""
    low, high = np.full(len(n), -MLE_BOUND), np.full(len(n), MLE_BOUND)
    for _ in range(50):
        middle = (low + high) / 2
        above = _score(model, middle, n, y) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray((low + high) / 2)


def calibrated_skeleton(
    halfwidth: float, target: float, prior_mtd: int, levels: int, *, curve: Curve = "empiric", intercept: float = 3.0
) -> tuple[float, ...]:
    """Prior rates whose indifference intervals all have the same half-width (Lee and Cheung 2009, section 2.2).

    Between neighbouring doses the method is indifferent at the beta at which the lower one has the rate target minus
    half-width and the upper one target plus half-width.

    Args:
        halfwidth: of the indifference interval of the DLT rate.
        target: target DLT rate, the prior rate at the prior MTD.
        prior_mtd: level (from 1) that is the MTD a priori.
        levels: number of dose levels.
        curve, intercept: of the model.

    Raises:
        ImpossibleInputError: not 0 < target - halfwidth, target + halfwidth < 1, or a level out of range.
    """
    phi = probability("target", target)
    delta = between("halfwidth", halfwidth, 0, min(phi, 1 - phi))
    middle = whole("prior_mtd", prior_mtd, 1, whole("doses", levels, 1, 100))
    low, high = phi - delta, phi + delta
    if curve == "empiric":
        # at the border, log(rate) = exp(beta) log(prior rate) for both doses, so the ratio of the logs is fixed
        up, down = log(high) / log(low), log(low) / log(high)
        logs = {middle: log(phi)}
        for level in range(middle, levels):
            logs[level + 1] = logs[level] * up
        for level in range(middle, 1, -1):
            logs[level - 1] = logs[level] * down
        return tuple(exp(logs[level]) for level in range(1, levels + 1))
    if intercept <= _logit(high):
        raise ContradictoryInputError(
            f"the intercept {intercept:g} is too small", where="intercept", hint=f"It must exceed {_logit(high):.4g}."
        )
    up = (_logit(high) - intercept) / (_logit(low) - intercept)
    scaled = {middle: _logit(phi) - intercept}
    for level in range(middle, levels):
        scaled[level + 1] = scaled[level] * up
    for level in range(middle, 1, -1):
        scaled[level - 1] = scaled[level] / up
    return tuple(1 / (1 + exp(-(intercept + scaled[level]))) for level in range(1, levels + 1))


def _logit(p: float) -> float:
    return log(p / (1 - p))
