"""Williams' test for the minimum effective dose: critical values, sizes, and the test of simulated trials.

Each dose mean is first smoothed to be at least that of the doses below; the largest is then compared with control. The
null distribution of the largest smoothed mean of k equal groups follows from Spitzer's identity: with P_j = Phi(m
sqrt(j)), the chance F_k that it stays at or below m is the recursion k F_k = sum_j P_j F_(k - j), F_0 = 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field
from scipy import special
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student

from benchside.tools.trials.design.checks import LARGEST_N, between, error_rates, finite, positive, probability, whole
from benchside.tools.trials.design.dose_response.trial import DEFAULT_POWER, DoseTrial, Flags
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.results import Quantity
from benchside.tools.trials.design.statistic import Exactness, Floats

MOST_ACTIVE = 19
SMALLEST_ALPHA = 1e-8
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


def smoothed_maximum_cdf(m: Floats, doses: int) -> Floats:
    """P(largest smoothed mean <= m) for `doses` independent standard normal group means, any shape of m."""
    step = [np.asarray(special.ndtr(m * math.sqrt(j))) for j in range(1, doses + 1)]
    chance = [np.ones_like(np.asarray(m, dtype=float))]
    for k in range(1, doses + 1):
        chance.append(sum((step[j - 1] * chance[k - j] for j in range(1, k + 1)), np.zeros_like(chance[0])) / k)
    return np.asarray(chance[doses])


def williams_level(critical: float, doses: int, *, df: float = math.inf, control_ratio: float = 1.0) -> float:
    """Level of Williams' test of the highest dose at a critical value.

    Args:
        critical: value that (smoothed mean - control mean) over its standard error must reach.
        doses: active doses, with equal groups.
        df: degrees of freedom of the standard deviation; infinite when it is known.
        control_ratio: size of the control group over that of an active one.
    """
    tau = 1 / math.sqrt(positive("control_ratio", control_ratio))
    x = 9 * _NODES
    density = 9 * _WEIGHTS * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    scale, weight = np.ones(1), np.ones(1)
    if math.isfinite(df):
        reach = 9 / math.sqrt(2 * df)
        low, high = max(0.0, 1 - reach), 1 + reach
        scale = low + (high - low) * (1 + _NODES) / 2
        weight = _WEIGHTS * np.exp((df - 1) * np.log(scale) - df * (scale**2 - 1) / 2)
        weight = weight / weight.sum()
    bound = tau * x[None, :] + critical * math.sqrt(1 + tau**2) * scale[:, None]
    return float(1 - weight @ (smoothed_maximum_cdf(bound, doses) @ density))


def williams_critical(alpha: float, doses: int, *, df: float = math.inf, control_ratio: float = 1.0) -> float:
    """Critical value of Williams' one-sided test of the highest dose (Williams 1971; 1972 for unequal control).

    Raises:
        ImpossibleInputError: alpha outside (0, 0.5), no dose, fewer than 1 degree of freedom.
    """
    level = between("alpha", alpha, 0, 0.5)
    if level < SMALLEST_ALPHA:
        raise ImpossibleInputError(
            f"alpha is {level:g}", where="alpha", hint=f"Williams' test is worked out from {SMALLEST_ALPHA:g} on."
        )
    count = whole("doses", doses, 1, MOST_ACTIVE)
    if not df >= 1:
        raise ImpossibleInputError(f"df is {df!r}", where="df", hint="At least 1.")
    single = float(student.isf(level, df)) if math.isfinite(df) else float(norm.isf(level))
    if count == 1:
        return single
    return float(
        brentq(
            lambda c: williams_level(c, count, df=df, control_ratio=control_ratio) - level,
            single - 1e-6,
            2 * single + 1,
            xtol=1e-10,
        )
    )


def minimum_effect_size(critical: float, difference: float, sd: float, power: float = 0.8) -> float:
    """Participants in each group, not rounded: 2 sd^2 (critical + z_power)^2 / difference^2.

    Args:
        critical: of Williams' test, from `williams_critical` or his tables.
        difference: smallest effect of clinical meaning, at the dose that is tested.

    Source: Chow, Shao & Wang 2008, section 11.4.
    """
    apart = finite("difference", difference)
    if apart == 0:
        raise ContradictoryInputError("the difference is 0", where="difference", hint="Assume an effect.")
    share = probability("power", power)
    ratio = positive("sd", sd) * (positive("critical", critical) + float(norm.ppf(share))) / apart
    if abs(ratio) > LARGEST_N:
        raise UnreachableError(
            f"an effect of {apart:g} with a standard deviation of {sd:g} is out of reach",
            where="difference",
            hint="Assume a larger effect or a smaller spread.",
        )
    return 2 * ratio**2


class MinimumEffectiveDose(DoseTrial):
    """Williams' test for the minimum effective dose, with equal groups and a common, known or estimated, spread.

    It is sized for an effect of the highest dose alone, which is the least favourable; a curve that rises earlier has
    more power. The level is one-sided.
    """

    family: ClassVar[str] = "trial of the minimum effective dose"
    kind: Literal["minimum-effective-dose"] = "minimum-effective-dose"
    doses: int = Field(description="active doses, control not counted")
    difference: float = Field(description="effect of the highest dose over control")
    sd: float = Field(description="standard deviation within a group")
    exactness: ClassVar[Exactness] = "asymptotic"
    cites: ClassVar[tuple[str, ...]] = ("williams-1971", "williams-1972", "chow-2008-dose", "spitzer-1956")
    test_label: ClassVar[str] = "Williams' test of smoothed means"

    def check(self) -> None:
        """Doses, effect and spread; equal groups."""
        whole("doses", self.doses, 1, MOST_ACTIVE)
        positive("sd", self.sd)
        if finite("difference", self.difference) == 0:
            raise ContradictoryInputError("the difference is 0", where="difference", hint="Assume an effect.")
        if self.sides != 1:
            raise ContradictoryInputError("Williams' test is one-sided", where="sides", hint="Give sides 1.")
        if len(set(self.allocation)) > 1:
            raise ContradictoryInputError(
                "unequal groups of Williams' test", where="allocation", hint="Leave the allocation out."
            )
        error_rates(self.alpha, 1, self.power)

    def truths(self) -> dict[str, Floats]:
        """The highest dose alone works."""
        means = np.zeros(self.doses + 1)
        means[-1] = self.difference
        return {"an effect of the highest dose alone": means}

    def null(self) -> Floats:
        """No dose works."""
        return np.zeros(self.doses + 1)

    def total(self) -> float:
        """The formula, with the critical value of as many degrees of freedom as it gives."""
        if self.n is not None:
            return float(self.n)
        wanted = DEFAULT_POWER if self.power is None else self.power
        size, groups = 0.0, self.doses + 1
        df = math.inf
        for _ in range(30):
            critical = williams_critical(self.alpha, self.doses, df=df)
            found = minimum_effect_size(critical, self.difference, self.sd, wanted)
            if abs(found - size) < 1e-9 * found:
                break
            size = found
            df = max(1.0, groups * (max(size, 2.0) - 1))
        if groups * size > LARGEST_N:
            raise UnreachableError(
                f"{groups * size:,.0f} participants would be needed",
                where="power",
                hint="Assume a larger effect, or ask for less power.",
            )
        return groups * max(size, 2.0)

    def power_at(self, sizes: Floats) -> Floats:
        """Power by the formula: the smoothed mean of the highest dose is taken as its own mean."""
        df = float(sizes.sum() - sizes.size)
        if df < 1:
            return np.zeros(1)
        critical = williams_critical(self.alpha, self.doses, df=df)
        shift = abs(self.difference) / (self.sd * math.sqrt(2 / float(sizes.mean())))
        return np.array([float(norm.cdf(shift - critical))])

    def more_quantities(self, sizes: Sequence[int]) -> tuple[Quantity, ...]:
        """The critical value."""
        critical = williams_critical(self.alpha, self.doses, df=float(sum(sizes) - len(sizes)))
        return (Quantity("critical_value", "critical value of Williams' test", critical),)

    def rejects(self, rng: np.random.Generator, sizes: Sequence[int], truth: Floats, trials: int) -> Flags:
        """Williams' test of simulated group means and of a pooled variance."""
        n, groups = float(sizes[0]), len(sizes)
        df = sum(sizes) - groups
        critical = williams_critical(self.alpha, self.doses, df=float(df))
        means = math.copysign(1.0, self.difference) * truth + self.sd / math.sqrt(n) * rng.standard_normal(
            (trials, groups)
        )
        sums = np.cumsum(means[:, :0:-1], axis=1)
        smoothed = (sums / np.arange(1, groups)).max(axis=1)
        spread = self.sd * np.sqrt(rng.chisquare(df, trials) / df * 2 / n)
        return np.asarray((smoothed - means[:, 0]) / spread >= critical)

    def _scaled(self, scale: float) -> Self:
        return self.model_copy(update={"difference": self.difference * scale})

    def own_assumptions(self) -> tuple[Quantity, ...]:
        """Doses, effect and spread."""
        return (
            Quantity("doses", "active doses", self.doses, digits=0),
            Quantity("difference", "effect of the highest dose", self.difference),
            Quantity("sd", "standard deviation within a group", self.sd),
        )
