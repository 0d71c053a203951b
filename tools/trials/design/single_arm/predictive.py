"""Bayesian predictive probability for one arm: how likely the trial is to end with a convincing posterior.

A response rate with a beta prior; the trial is positive when the posterior probability that the rate exceeds p0 is
above theta_t at the maximum size, and stops when the predictive probability of that end is below theta_l (or above
theta_u). Type I error and power are those of the exact binomial distribution (Lee and Liu 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, betabinom, binom

from benchside.tools.trials.design.checks import between, error_rates, positive, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.single_arm.simon_search import response_rates, single_stage_bound
from benchside.tools.trials.design.single_arm.stages import BinomialStages

Floats = NDArray[np.float64]
LARGEST = 200


@dataclass(frozen=True, slots=True)
class PredictiveDesign:
    """A monitored trial of `stages` with the thresholds that make it.

    Attributes:
        critical: responses at the maximum size from which the trial is positive.
        theta_t: lowest and highest posterior threshold that gives this critical count.
        theta_l, theta_u: thresholds of the predictive probability.
    """

    stages: BinomialStages
    critical: int
    theta_t: tuple[float, float]
    theta_l: float
    theta_u: float
    type_one_error: float
    power: float


def checked_prior(prior: Sequence[float]) -> tuple[float, float]:
    """The two parameters of a beta prior, both above 0."""
    if len(prior) != 2:
        raise ImpossibleInputError(
            f"the prior has {len(prior)} parameters", where="prior", hint="Give the two of a beta distribution."
        )
    return positive("prior", prior[0]), positive("prior", prior[1])


def efficacy_threshold(theta_u: float) -> float:
    """A predictive probability above 0, up to 1."""
    if between("theta_u", theta_u, 0, 1, closed=True) == 0:
        raise ImpossibleInputError("theta_u is 0", where="theta_u", hint="Give a value near 1; 1 is no such stop.")
    return float(theta_u)


def posterior_probability(x: int, n: int, *, p0: float, prior: Sequence[float] = (1.0, 1.0)) -> float:
    """P(rate > p0 | x responses of n)."""
    a, b = checked_prior(prior)
    size = whole("n", n, 0)
    count = whole("x", x, 0, size)
    return float(beta.sf(probability("p0", p0), a + count, b + size - count))


def critical_responses(n_max: int, *, p0: float, theta_t: float, prior: Sequence[float] = (1.0, 1.0)) -> int:
    """Smallest number of responses at the maximum size whose posterior probability is above theta_t; n + 1 for none."""
    a, b = checked_prior(prior)
    n = whole("n_max", n_max, 1, 100_000)
    x = np.arange(n + 1)
    convincing = beta.sf(probability("p0", p0), a + x, b + n - x) > between("theta_t", theta_t, 0, 1)
    return int(np.argmax(convincing)) if convincing.any() else n + 1


def predictive_probability(
    x: int, n: int, n_max: int, *, p0: float, theta_t: float, prior: Sequence[float] = (1.0, 1.0)
) -> float:
    """Probability that the trial will be positive at n_max, given x responses of n (Lee and Liu 2008, equation for PP).

    The sum of the beta-binomial predictive probabilities of those future counts with which the posterior probability
    of a rate above p0 exceeds theta_t.

    Args:
        x, n: responses and patients so far.
        n_max: patients in all.
        p0: rate that the posterior is held against.
        theta_t: posterior threshold at the end.
        prior: parameters of the beta prior.
    """
    top = whole("n_max", n_max, 1, 100_000)
    size = whole("n", n, 0, top)
    count = whole("x", x, 0, size)
    critical = critical_responses(top, p0=p0, theta_t=theta_t, prior=prior)
    return float(_predictive(np.array([count]), size, top, critical, checked_prior(prior))[0])


def _predictive(x: NDArray[np.int64], n: int, n_max: int, critical: int, prior: tuple[float, float]) -> Floats:
    left = n_max - n
    if left == 0:
        return (x >= critical).astype(float)
    needed = critical - x
    tail = betabinom.sf(needed - 1, left, prior[0] + x, prior[1] + n - x)
    return np.asarray(np.where(needed <= 0, 1.0, np.where(needed > left, 0.0, np.clip(tail, 0.0, 1.0))), dtype=float)


def look_sizes(n_max: int, first: int, cohort: int) -> tuple[int, ...]:
    """Sizes of the analyses: after `first` patients, then after each `cohort` more, and at n_max."""
    top = whole("n_max", n_max, 1, LARGEST)
    start = whole("first_look", first, 1)
    if start > top:
        raise ContradictoryInputError(
            f"the first look is at {start} of {top} patients", where="first_look", hint="Look before the end, or at it."
        )
    step = whole("cohort", cohort, 1)
    return (*range(start, top, step), top)


def monitored(
    n_max: int,
    critical: int,
    *,
    theta_l: float,
    theta_u: float = 1.0,
    first: int = 10,
    cohort: int = 1,
    prior: Sequence[float] = (1.0, 1.0),
) -> BinomialStages:
    """The stopping boundaries of the two predictive thresholds at each look."""
    low = between("theta_l", theta_l, 0, 1, closed=True)
    high = between("theta_u", theta_u, 0, 1, closed=True)
    if low >= high:
        raise ContradictoryInputError(
            f"theta_l {low:g} is not below theta_u {high:g}", where="theta_l", hint="Stop for futility at lower values."
        )
    return _Grid(n_max, critical, checked_prior(prior), first, cohort).stages(low, high)


class _Grid:
    """Predictive probabilities at every look and count of one maximum size and critical count."""

    def __init__(self, n_max: int, critical: int, prior: tuple[float, float], first: int, cohort: int) -> None:
        self.sizes = look_sizes(n_max, first, cohort)
        self.critical = critical
        # backwards, one patient at a time: the next one responds with the posterior mean
        at_end = (np.arange(n_max + 1) >= critical).astype(float)
        found = {n_max: at_end}
        for n in range(n_max - 1, first - 1, -1):
            mean = (prior[0] + np.arange(n + 1)) / (prior[0] + prior[1] + n)
            # near 0 and 1 rounding must not invent a difference between equal boundaries
            found[n] = np.clip(mean * found[n + 1][1:] + (1 - mean) * found[n + 1][:-1], 0.0, 1.0)
        self.values = [found[n] for n in self.sizes]

    def stages(self, theta_l: float, theta_u: float) -> BinomialStages:
        futility = [int((v < theta_l).sum()) - 1 for v in self.values[:-1]]
        efficacy = [int((v <= theta_u).sum()) for v in self.values[:-1]]
        return BinomialStages(self.sizes, (*futility, self.critical - 1), (*efficacy, self.critical))

    def thresholds(self) -> Floats:
        """Values of theta_l that give each possible set of futility boundaries, rising from 0."""
        inner = np.unique(np.concatenate(self.values[:-1])) if len(self.values) > 1 else np.array([])
        return np.asarray(np.concatenate([[0.0], (inner[:-1] + inner[1:]) / 2]), dtype=float)


@lru_cache(maxsize=64)
def predictive_design(
    p0: float,
    p1: float,
    alpha: float,
    power: float,
    *,
    prior: tuple[float, float] = (1.0, 1.0),
    first: int = 10,
    cohort: int = 1,
    theta_u: float = 1.0,
    theta_l: float | None = None,
    n_max: int | None = None,
    largest: int = 120,
) -> PredictiveDesign:
    """The smallest maximum size with thresholds that meet both error rates, and the thresholds (Lee and Liu 2008).

    At each maximum size every critical count whose one-stage type I error is at most five times alpha is tried, with
    the thresholds theta_l that give different boundaries; type I error and power both fall as theta_l rises, so that
    the largest that leaves the power is found by bisection.

    Args:
        p0, p1, alpha, power: as for Simon's design; exact frequentist error rates.
        prior: of the response rate.
        first, cohort: patients before the first look, and between looks.
        theta_u: stop for efficacy above this predictive probability; 1 for no such stop.
        theta_l: stop for futility below this predictive probability; none takes the largest that leaves the power,
            which treats the fewest patients at p0.
        n_max: search thresholds at this maximum size only.
        largest: the search gives up beyond this size.

    Raises:
        UnreachableError: no thresholds up to the largest size.
    """
    response_rates(p0, p1)
    error_rates(alpha, 1, power)
    prior = checked_prior(prior)
    upper = efficacy_threshold(theta_u)
    whole("first_look", first, 1, LARGEST)
    whole("cohort", cohort, 1, LARGEST)
    if theta_l is not None and between("theta_l", theta_l, 0, 1, closed=True) >= upper:
        raise ContradictoryInputError(
            f"theta_l {theta_l:g} is not below theta_u {upper:g}", where="theta_l", hint="Stop for futility below it."
        )
    if n_max is not None:
        sizes = range(whole("n_max", n_max, first, LARGEST), n_max + 1)
    else:
        lowest = single_stage_bound(p0, p1, alpha, power, whole("largest", largest, first, LARGEST))
        sizes = range(max(first, lowest), largest + 1)
    aim = _Aim((p0, p1), alpha, power, prior, first, cohort, upper, theta_l)
    for n in sizes:
        found = _at(n, aim)
        if found:
            return min(found, key=lambda d: float(d.stages.outcomes(p0).expected_size[0]))
    raise UnreachableError(
        f"no thresholds meet both error rates with {sizes[0]} to {sizes[-1]} patients",
        where="n_max",
        hint="Widen the difference of the rates, allow larger errors, or more patients.",
    )


@dataclass(frozen=True, slots=True)
class _Aim:
    """What a search is for: true rates p0 and p1, error rates, prior, schedule of looks, thresholds given."""

    rates: tuple[float, float]
    alpha: float
    power: float
    prior: tuple[float, float]
    first: int
    cohort: int
    theta_u: float
    theta_l: float | None


def _at(n: int, aim: _Aim) -> list[PredictiveDesign]:
    p0, prior = aim.rates[0], aim.prior
    x = np.arange(n + 1)
    tails = binom.sf(x - 1, n, p0)
    posterior = beta.sf(p0, prior[0] + x, prior[1] + n - x)
    found: list[PredictiveDesign] = []
    for critical in range(n, 0, -1):
        if tails[critical] > min(1.0, 5 * aim.alpha):
            break
        if aim.theta_u == 1 and binom.sf(critical - 1, n, aim.rates[1]) < aim.power:
            continue  # looks for futility only take power away
        grid = _Grid(n, critical, prior, aim.first, aim.cohort)
        limits = (float(posterior[critical - 1]), float(posterior[critical]))
        design = _thresholds(grid, limits, aim)
        if design is not None:
            found.append(design)
    return found


def _thresholds(grid: _Grid, limits: tuple[float, float], aim: _Aim) -> PredictiveDesign | None:
    theta_u = aim.theta_u
    levels = grid.thresholds() if aim.theta_l is None else np.array([aim.theta_l])
    levels = levels[levels < theta_u]

    def errors(i: int) -> tuple[float, float]:
        out = grid.stages(float(levels[i]), theta_u).outcomes(aim.rates).reject
        return float(out[0]), float(out[1])

    if errors(0)[1] < aim.power:
        return None
    low, high = 0, len(levels)  # power holds at low and fails at high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if errors(middle)[1] >= aim.power else (low, middle)
    type_one, achieved = errors(low)
    if type_one > aim.alpha:
        return None
    chosen = float(levels[low])
    return PredictiveDesign(grid.stages(chosen, theta_u), grid.critical, limits, chosen, theta_u, type_one, achieved)
