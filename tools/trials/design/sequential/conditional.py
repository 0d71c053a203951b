"""Conditional and predictive power at an interim look, and the probability of success before the trial.

Given Z at look i, the rest of the trial is a group-sequential test of its own: information I_j - I_i, and bounds moved
by the score that is already there. Averaging over a prior or posterior of the drift makes predictive power of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, roots_legendre

from benchside.tools.trials.design.checks import between, finite, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.sequential.plan import Plan
from benchside.tools.trials.design.sequential.recursion import Crossing, crossing_probabilities

Floats = NDArray[np.float64]
PRIOR_REACH = 8.5  # standard deviations of a normal prior that are integrated over
PANEL_WIDTH, PANEL_NODES = 8.0, 64  # the power curve has detail of width 1 in the drift
WIDEST_PRIOR = 1000.0
LARGEST_Z = 50.0


@dataclass(frozen=True, slots=True)
class NormalPrior:
    """Normal prior of the drift (mean of the final Z statistic)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        finite("mean", self.mean)
        between("sd", self.sd, 0, WIDEST_PRIOR)

    def points(self) -> tuple[Floats, Floats]:
        """Gauss-Legendre nodes and weights, which sum to 1, in panels narrow enough for the power curve."""
        width = 2 * PRIOR_REACH * self.sd
        panels = math.ceil(width / PANEL_WIDTH)
        nodes, weights = roots_legendre(PANEL_NODES)
        starts = np.arange(panels)[:, None] / panels
        place = (starts + (nodes + 1) / (2 * panels)).ravel()  # from 0 to 1 along the reach
        deviate = PRIOR_REACH * (2 * place - 1)
        density = np.exp(-0.5 * deviate * deviate) * np.tile(weights, panels)
        return self.mean + self.sd * deviate, density / density.sum()


@dataclass(frozen=True, slots=True)
class DiscretePrior:
    """Prior on given drifts; weights that sum to less than 1 leave the rest of the belief at certain failure.

    Predictive power scales them to sum to 1; before the trial they are used as they are and may not exceed 1.
    """

    drifts: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.drifts or len(self.drifts) != len(self.weights):
            raise ContradictoryInputError(
                f"{len(self.weights)} weights for {len(self.drifts)} drifts", where="weights", hint="Give one for each."
            )
        for drift in self.drifts:
            finite("drifts", drift)
        if min(finite("weights", w) for w in self.weights) < 0 or sum(self.weights) <= 0:
            raise ImpossibleInputError("negative weights", where="weights", hint="Give weights of 0 or more.")

    def points(self) -> tuple[Floats, Floats]:
        """Drifts and weights as given."""
        return np.array(self.drifts), np.array(self.weights)


Prior = NormalPrior | DiscretePrior


def conditional_crossing(
    plan: Plan, look: int, z: float, drift: float | ArrayLike, *, obey_futility: bool = True
) -> Crossing:
    """Crossing probabilities at the looks after `look`, given its Z and that the trial went on (as gsCP of gsDesign).

    Args:
        look: number of the interim look, from 1 to k - 1.
        z: Z statistic there; it may lie beyond a bound.
        drift: mean of the final Z statistic, scalar or shape (m,).
        obey_futility: whether later futility bounds stop the trial.

    Returns:
        Shape (k - look,), or (m, k - look).
    """
    i = whole("look", look, 1, max(plan.looks - 1, 1)) - 1
    if plan.looks == 1:
        raise OutOfScopeError("a plan without interim looks has no conditional power", where="look", hint="Add looks.")
    if abs(finite("z", z)) > LARGEST_Z:
        raise ImpossibleInputError(f"z is {z:g}", where="z", hint=f"Give a Z statistic within {LARGEST_Z:g}.")
    t = plan.fractions[i + 1 :]
    rest = t - plan.fractions[i]
    score = z * math.sqrt(float(plan.fractions[i]))
    lower = plan.lower if obey_futility or plan.sides == 2 else np.full(plan.looks, -math.inf)
    moved = [(b[i + 1 :] * np.sqrt(t) - score) / np.sqrt(rest) for b in (lower, plan.upper)]
    return crossing_probabilities(rest, moved[0], moved[1], drift)


def conditional_power(
    plan: Plan, look: int, z: float, drift: float | ArrayLike | None = None, *, obey_futility: bool = True
) -> Floats:
    """Probability of crossing an upper bound at a later look, given Z now, shape of the drift.

    Args:
        drift: assumed from here on; none is the current trend, Z / sqrt(t). At drift 0 this is the conditional error.
    """
    trend = finite("z", z) / math.sqrt(float(plan.fractions[whole("look", look, 1, plan.looks) - 1]))
    assumed = trend if drift is None else drift
    return conditional_crossing(plan, look, z, assumed, obey_futility=obey_futility).reject


def conditional_power_resized(plan: Plan, z: float, theta: float, second: float) -> float:
    """Conditional power of a two-look plan whose second stage gets another size, the planned weights kept.

    The final statistic is the weighted inverse-normal combination, so that the critical value of the second stage is
    the planned one whatever its size: Phi(theta * sqrt(second) - c), as condPower of gsDesign with its `z2NC`.

    Args:
        z: Z statistic of the first look.
        theta: effect by unit of information.
        second: information (participants) of the second stage alone.
    """
    if plan.looks != 2:
        raise OutOfScopeError(f"a plan of {plan.looks} looks", where="looks", hint="This is for plans of two looks.")
    t = float(plan.fractions[0])
    critical = (float(plan.upper[1]) - finite("z", z) * math.sqrt(t)) / math.sqrt(1 - t)
    return float(ndtr(finite("theta", theta) * math.sqrt(positive("second", second)) - critical))


def posterior(plan: Plan, look: int, z: float, prior: NormalPrior | None = None) -> NormalPrior:
    """Posterior of the drift given Z at a look; a flat prior when none is given."""
    t = float(plan.fractions[whole("look", look, 1, plan.looks) - 1])
    if prior is None:
        return NormalPrior(finite("z", z) / math.sqrt(t), 1 / math.sqrt(t))
    precision = 1 / prior.sd**2
    return NormalPrior(
        (prior.mean * precision + finite("z", z) * math.sqrt(t)) / (precision + t), 1 / math.sqrt(precision + t)
    )


def predictive_power(
    plan: Plan, look: int, z: float, prior: Prior | None = None, *, obey_futility: bool = True
) -> float:
    """Conditional power averaged over the posterior of the drift (Spiegelhalter, Freedman & Blackburn 1986).

    Args:
        prior: of the drift; none is flat. A discrete one is weighed by its likelihood at Z, as gsPP of gsDesign.
    """
    if isinstance(prior, DiscretePrior):
        drifts, weights = prior.points()
        t = float(plan.fractions[whole("look", look, 1, plan.looks) - 1])
        logs = -0.5 * (finite("z", z) - drifts * math.sqrt(t)) ** 2
        weights = weights * np.exp(logs - logs.max())
        weights = weights / weights.sum()
    else:
        drifts, weights = posterior(plan, look, z, prior).points()
    powers = conditional_power(plan, look, z, drifts, obey_futility=obey_futility)
    return float(powers @ weights)


def probability_of_success(plan: Plan, prior: Prior) -> float:
    """Power averaged over a prior of the drift, before the trial (assurance; gsPOS of gsDesign)."""
    drifts, weights = _prior_points(prior)
    return float(plan.power(drifts) @ weights)


def conditional_probability_of_success(plan: Plan, look: int, prior: Prior) -> float:
    """The same, given only that no bound was crossed up to a look (gsCPOS of gsDesign)."""
    i = whole("look", look, 1, plan.looks - 1 if plan.looks > 1 else 1)
    drifts, weights = _prior_points(prior)
    crossing = plan.crossing(drifts)
    stopped = float((crossing.upper[:, :i] + crossing.lower[:, :i]).sum(-1) @ weights)
    later = float(crossing.upper[:, i:].sum(-1) @ weights)
    return later / (1 - stopped)


def _prior_points(prior: Prior) -> tuple[Floats, Floats]:
    drifts, weights = prior.points()
    if weights.sum() > 1 + 1e-6:
        raise ContradictoryInputError(
            f"the weights of the prior sum to {weights.sum():g}", where="weights", hint="Give weights that sum to 1."
        )
    return drifts, weights
