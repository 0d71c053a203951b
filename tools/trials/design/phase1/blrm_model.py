"""The two-parameter logistic model with a bivariate normal prior, integrated on a grid rather than sampled.

logit(rate) = log(alpha) + beta * log(dose / reference), with (log alpha, log beta) bivariate normal. The grid is even
in independent standard normal coordinates, so that sums over it converge faster than any power of the step. For a fixed
slope a rate exceeds a limit from one point of the first coordinate on; a cubic spline along it gives the probability of
an interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import between, finite, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.phase1.cardinal import weight_below

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FINE, COARSE = 0.08, 0.2  # steps in standard deviations of the prior, and no more than
REACH = {FINE: 6.5, COARSE: 5.0}  # standard deviations of the prior on each side
WIDEST = {FINE: 0.12, COARSE: 0.25}  # on the scale of the parameters, so that a narrow posterior is resolved
BLOCK = 2_000  # rows of data at a time
LARGEST_SD = 4.0


@dataclass(frozen=True, slots=True)
class BlrmModel:
    """Doses and prior.

    Attributes:
        amounts: doses in their unit, rising.
        reference: the dose at which the odds are alpha.
        mean: prior means of log(alpha) and log(beta).
        sd: prior standard deviations.
        correlation: prior correlation.
        limits: DLT rates that separate under-dosing, target, and excessive toxicity, rising.
    """

    amounts: tuple[float, ...]
    reference: float
    mean: tuple[float, float]
    sd: tuple[float, float]
    correlation: float
    limits: tuple[float, ...]

    def checked(self) -> BlrmModel:
        """The model itself, when it is one.

        Raises:
            ImpossibleInputError, ContradictoryInputError: doses or limits that do not rise, a prior that is none.
        """
        for value in self.amounts:
            positive("amounts", value)
        if any(b <= a for a, b in zip(self.amounts, self.amounts[1:], strict=False)):
            raise ContradictoryInputError("amounts is out of order", where="amounts", hint="Doses must rise.")
        positive("reference", self.reference)
        for value in self.mean:
            between("prior_mean", value, -20, 20)
        for value in self.sd:
            between("prior_sd", value, 0, LARGEST_SD)
        between("prior_correlation", self.correlation, -0.99, 0.99, closed=True)
        for value in self.limits:
            probability("target_interval", finite("target_interval", value))
        if any(b <= a for a, b in zip(self.limits, self.limits[1:], strict=False)):
            raise ContradictoryInputError(
                "the toxicity intervals are out of order", where="target_interval", hint="Their limits must rise."
            )
        return self


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes and what integrals over them need, all flattened over the two coordinates.

    Attributes:
        prior: logarithm of the prior density up to a constant, shape (g,).
        log_p, log_q: logarithms of the rates and of their complements, shape (g, levels).
        above: weights for the integral over rates above each limit, shape (g, levels * limits).
    """

    prior: Floats
    log_p: Floats
    log_q: Floats
    above: Floats


@lru_cache(maxsize=16)
def grid(model: BlrmModel, step: float) -> Grid:
    """The grid of a model."""
    reach, step = REACH[step], min(step, WIDEST[step] / max(model.sd))
    half = int(np.ceil(reach / step))
    z = np.arange(-half, half + 1) * step
    m1, m2 = model.mean
    s1, s2 = model.sd
    own = sqrt(1 - model.correlation**2)
    slope = np.exp(m2 + s2 * z)  # of the second coordinate
    shift = m1 + s1 * model.correlation * z
    x = np.log(np.array(model.amounts) / model.reference)
    # eta has the shape (first coordinate, second coordinate, levels)
    eta = (s1 * own * z)[:, None, None] + (shift[:, None] + slope[:, None] * x)[None, :, :]
    above = np.empty((len(z), len(z), len(x), len(model.limits)))
    for i, limit in enumerate(model.limits):
        start = (log(limit / (1 - limit)) - shift[:, None] - slope[:, None] * x) / (s1 * own)
        above[:, :, :, i] = 1 - weight_below((start[None] - z[:, None, None]) / step)
    nodes = len(z) ** 2
    prior = -0.5 * (z[:, None] ** 2 + z[None, :] ** 2)
    eta = eta.reshape(nodes, len(x))
    return Grid(prior.reshape(nodes), -np.logaddexp(0, -eta), -np.logaddexp(0, eta), above.reshape(nodes, -1))


@dataclass(frozen=True, slots=True)
class DosePosterior:
    """Posterior of the DLT rates.

    Attributes:
        mean: posterior means, shape (levels,).
        sd: posterior standard deviations, shape (levels,).
        intervals: probabilities of the intervals between the limits, shape (levels, limits + 1).
    """

    mean: Floats
    sd: Floats
    intervals: Floats


def _above(model: BlrmModel, g: Grid, n: Ints, y: Ints) -> tuple[Floats, Floats]:
    """Normalised densities at the nodes, and probabilities above the limits, for rows of data."""
    exponent = y @ g.log_p.T + (n - y) @ g.log_q.T + g.prior
    exponent -= exponent.max(axis=1, keepdims=True)
    np.exp(exponent, out=exponent)
    exponent /= exponent.sum(axis=1, keepdims=True)
    above = np.clip(exponent @ g.above, 0.0, 1.0)
    return exponent, above.reshape(len(n), len(model.amounts), len(model.limits))


def posterior(model: BlrmModel, n: Sequence[int], y: Sequence[int]) -> DosePosterior:
    """Posterior after patients and DLTs at each dose (Neuenschwander and others 2008)."""
    g = grid(model, FINE)
    weights, above = _above(model, g, np.array([n]), np.array([y]))
    rates = np.exp(g.log_p)
    mean = (weights @ rates)[0]
    second = (weights @ rates**2)[0]
    return DosePosterior(mean, np.sqrt(np.maximum(second - mean**2, 0.0)), interval_probabilities(above)[0])


def interval_rows(model: BlrmModel, n: Ints, y: Ints) -> Floats:
    """Interval probabilities for rows of data, shape (m, levels, limits + 1), on a coarser grid."""
    g = grid(model, COARSE)
    parts = [_above(model, g, n[i : i + BLOCK], y[i : i + BLOCK])[1] for i in range(0, len(n), BLOCK)]
    return interval_probabilities(np.concatenate(parts))


def interval_probabilities(above: Floats) -> Floats:
    """From probabilities above rising limits to those of the intervals between them."""
    ones = np.ones((*above.shape[:-1], 1))
    zeros = np.zeros((*above.shape[:-1], 1))
    return np.asarray(-np.diff(np.concatenate([ones, above, zeros], axis=-1), axis=-1))
