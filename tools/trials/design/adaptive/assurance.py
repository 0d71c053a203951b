"""Assurance: the power of a design averaged over what is believed about the effect, instead of at one assumed value.

Where prior and estimate are normal there is a closed form (Spiegelhalter & Freedman 1986; O'Hagan, Stevens & Campbell
2005); a power function of any shape is averaged by quadrature.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import ndtr, ndtri

from benchside.tools.trials.design.adaptive.combination import gauss_legendre
from benchside.tools.trials.design.checks import error_rates, finite, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.montecarlo import generator
from benchside.tools.trials.design.results import Quantity
from benchside.tools.trials.design.statistic import Floats

_REACH = 8.5
_PANELS = 16
_NODES = 16


class NormalPrior(BaseModel):
    """What is believed about the effect: normal, perhaps cut to an interval, on the effect's scale or its logarithm.

    Attributes:
        mean: expected effect (of its logarithm when `log`).
        sd: standard deviation, on the same scale.
        log: whether the logarithm of the effect is normal, as for hazard, odds and risk ratios.
        lower, upper: limits of the effect itself outside of which it has no chance; none by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    mean: float = Field(description="expected effect; of its logarithm when log")
    sd: float = Field(description="standard deviation of that belief")
    log: bool = Field(False, description="whether the logarithm of the effect is normal")
    lower: float | None = Field(None, description="no effect is believed to be below")
    upper: float | None = Field(None, description="no effect is believed to be above")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        finite("mean", self.mean)
        positive("sd", self.sd)
        low, high = self.limits()
        if not low < high or _mass(low, high) < 1e-12:
            raise ContradictoryInputError(
                "the limits leave the prior no room", where="lower", hint="Give limits that the prior reaches."
            )
        return self

    @classmethod
    def of_estimate(cls, effect: float, standard_error: float, *, log: bool = False) -> Self:
        """The prior that an earlier estimate gives: its value and standard error, of the logarithm when `log`."""
        centre = math.log(positive("effect", effect)) if log else effect
        return cls(mean=centre, sd=standard_error, log=log, lower=None, upper=None)

    def _scaled(self, effect: float) -> float:
        if not self.log:
            return effect
        return -math.inf if effect <= 0 else math.log(effect)

    def limits(self) -> tuple[float, float]:
        """Limits in standard deviations of the belief."""
        low = -math.inf if self.lower is None else (self._scaled(finite("lower", self.lower)) - self.mean) / self.sd
        high = math.inf if self.upper is None else (self._scaled(finite("upper", self.upper)) - self.mean) / self.sd
        return low, high

    def effects(self, standard: Floats) -> Floats:
        """Effects at standard normal deviates of the belief, any shape."""
        value = self.mean + self.sd * standard
        return np.asarray(np.exp(value) if self.log else value, dtype=float)

    def sample(self, rng: np.random.Generator, size: int) -> Floats:
        """Effects drawn from the belief, shape (size,)."""
        low, high = self.limits()
        a, b = float(ndtr(low)), float(ndtr(high))
        if low > 0:  # the upper tail is where ndtr keeps its digits only from below
            drawn = -ndtri(ndtr(-high) + (ndtr(-low) - ndtr(-high)) * rng.uniform(size=size))
        else:
            drawn = ndtri(a + (b - a) * rng.uniform(size=size))
        return self.effects(np.asarray(drawn, dtype=float))


@dataclass(frozen=True)
class Assurance:
    """Power averaged over a prior.

    Attributes:
        value: probability that the trial succeeds.
        ceiling: what it would tend to with endless participants, where the null is known: P(effect on the right side).
        power_at_mean: power at the centre of the prior.
    """

    value: float
    ceiling: float | None
    power_at_mean: float

    def quantities(self) -> tuple[Quantity, ...]:
        """As named quantities."""
        found = [
            Quantity("assurance", "assurance (power averaged over the prior)", self.value, "1"),
            Quantity("power_at_mean", "power at the centre of the prior", self.power_at_mean, "1"),
        ]
        if self.ceiling is not None:
            found.append(Quantity("assurance_ceiling", "prior probability of a true effect", self.ceiling, "1"))
        return tuple(found)


def assurance(
    power: Callable[[float], float], prior: NormalPrior, *, null: float | None = None, higher: bool = True
) -> Assurance:
    """The power function of a design averaged over a prior, by composite Gauss-Legendre quadrature.

    Args:
        power: probability of success at a true effect; called at some 250 effects. It should count only rejections in
            the right direction, and stay below alpha on the wrong side.
        prior: of the effect.
        null: effect at the null, for `ceiling`.
        higher: whether effects above the null are the good ones.

    Raises:
        ImpossibleInputError: the power function answers with something that is no probability.

    References:
        O'Hagan, Stevens & Campbell (2005) Pharm Stat 4:187-201.
    """
    low, high = prior.limits()
    edges = np.linspace(max(low, -_REACH), min(high, _REACH), _PANELS + 1)
    nodes, weights = gauss_legendre(_NODES)
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half + half * nodes).ravel()
    density = (half * weights).ravel() * np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    values = np.asarray([_probability(power(float(e))) for e in prior.effects(z)])
    total = float(density @ values) / _mass(low, high)
    centre = min(max(0.0, low), high)
    ceiling = None
    if null is not None:
        edge = (prior._scaled(null) - prior.mean) / prior.sd
        inside = min(max(edge, low), high)
        ceiling = (_mass(inside, high) if higher else _mass(low, inside)) / _mass(low, high)
    return Assurance(total, ceiling, _probability(power(float(prior.effects(np.asarray(centre))))))


def normal_assurance(prior: NormalPrior, standard_error: float, alpha: float, *, sides: int = 1) -> Assurance:
    """Assurance of a z test against no effect in closed form; a two-sided test succeeds in the good direction only.

    Args:
        prior: of the effect (of its logarithm when `log`), not cut; larger is better.
        standard_error: of the trial's estimate, on the prior's normal scale.
        alpha, sides: of the test.

    References:
        Spiegelhalter & Freedman (1986) Stat Med 5:1-13; O'Hagan et al. (2005).
    """
    error_rates(alpha, sides)
    se = positive("standard_error", standard_error)
    if prior.lower is not None or prior.upper is not None:
        raise ContradictoryInputError(
            "a prior that is cut has no closed form", where="prior", hint="Use assurance() with the power function."
        )
    needed = -float(ndtri(alpha / sides)) * se
    value = float(ndtr((prior.mean - needed) / math.hypot(se, prior.sd)))
    return Assurance(value, float(ndtr(prior.mean / prior.sd)), float(ndtr((prior.mean - needed) / se)))


def simulated_assurance(
    power: Callable[[float], float], prior: NormalPrior, *, trials: int = 10_000, seed: int = 1
) -> tuple[float, float]:
    """Assurance by drawing an effect and then a success for each trial; value and its standard error."""
    count = whole("trials", trials, 100, 10_000_000)
    rng = generator(seed)
    chances = np.asarray([_probability(power(float(e))) for e in prior.sample(rng, count)])
    share = float((rng.uniform(size=count) < chances).mean())
    return share, math.sqrt(max(share * (1 - share), 1 / count) / count)


def _mass(low: float, high: float) -> float:
    if low > 0:
        return float(ndtr(-low) - ndtr(-high))
    return float(ndtr(high) - ndtr(low))


def _probability(value: float) -> float:
    number = float(value)
    if not -1e-9 <= number <= 1 + 1e-9:
        raise ImpossibleInputError(
            f"the power function answers {number!r}", where="power", hint="It must answer with a probability."
        )
    return min(max(number, 0.0), 1.0)
