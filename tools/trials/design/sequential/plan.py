"""A group-sequential plan: looks, bounds and the drift that gives the wanted power, free of any endpoint.

The drift is the mean of the final Z statistic, theta * sqrt(I_max). A fixed test of the same alpha and power needs the
drift z_alpha + z_beta; the square of their ratio is the inflation factor of the sample size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtri

from benchside.tools.trials.design.checks import between, error_rates, information_fractions, probability
from benchside.tools.trials.design.errors import (
    ContradictoryInputError,
    ImpossibleInputError,
    OutOfScopeError,
    UnreachableError,
)
from benchside.tools.trials.design.sequential.boundaries import (
    Bounds,
    efficacy_by_family,
    efficacy_by_spending,
    futility_pass,
    null_futility,
)
from benchside.tools.trials.design.sequential.families import BoundaryFamily, Rule, parse_rule
from benchside.tools.trials.design.sequential.recursion import Crossing, checked_information, crossing_probabilities
from benchside.tools.trials.design.sequential.spending import (
    Custom,
    SpendingFunction,
    parse_spending,
)

Floats = NDArray[np.float64]
Under = Literal["alternative", "null"]
LARGEST_INFLATION = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Bounds and drift of a group-sequential test.

    Attributes:
        fractions: information fractions of the looks, shape (k,), the last is 1.
        upper, lower: bounds on the Z scale, shape (k,). `lower` is -inf without futility in a one-sided plan, and
            -upper in a two-sided one, where it rejects in the other direction.
        drift: mean of the final Z statistic at which the power is `target_power`.
        alpha: total over the sides.
        sides: 1 or 2.
        target_power: wanted probability of crossing the upper bound under the drift (before a lower one).
        efficacy: rule of the upper bounds.
        futility: spending of the lower bounds, fixed Z values of the interim looks, or none.
        binding: whether alpha counts on stopping at the lower bounds.
        futility_under: whether the lower bounds spend under the alternative (beta) or the null.
        lower_total: what the lower bounds spend in all, under `futility_under`; 0 without.
    """

    fractions: Floats
    upper: Floats
    lower: Floats
    drift: float
    alpha: float
    sides: int
    target_power: float
    efficacy: Rule
    futility: SpendingFunction | tuple[float, ...] | None = None
    binding: bool = False
    futility_under: Under = "alternative"
    lower_total: float = 0.0

    @property
    def references(self) -> tuple[str, ...]:
        """Keys of `references.py`: of the rules, the theory and the integration."""
        stop = self.futility.references if isinstance(self.futility, SpendingFunction) else ()
        beta = ("pampallona-2001",) if stop and self.futility_under == "alternative" else ()
        return tuple(
            dict.fromkeys((*self.efficacy.references, *stop, *beta, "jennison-turnbull-2000", "armitage-1969"))
        )

    @property
    def looks(self) -> int:
        """Number of looks, the final one included."""
        return int(self.fractions.size)

    @property
    def alpha_per_side(self) -> float:
        """Error rate of the upper bounds."""
        return self.alpha / self.sides

    @property
    def fixed_drift(self) -> float:
        """Drift that the fixed test of the same alpha and power needs."""
        return -float(ndtri(self.alpha_per_side)) + float(ndtri(self.target_power))

    @property
    def inflation(self) -> float:
        """Largest information against that of the fixed test."""
        return (self.drift / self.fixed_drift) ** 2

    def crossing(self, drift: float | ArrayLike, *, obey_futility: bool = True) -> Crossing:
        """Crossing probabilities by look at drifts, scalar or shape (m,).

        Args:
            drift: mean of the final Z statistic; 0 is no effect.
            obey_futility: whether trials stop at futility bounds; a two-sided plan always stops at both.
        """
        lower = self.lower if obey_futility or self.sides == 2 else np.full(self.looks, -math.inf)
        return crossing_probabilities(self.fractions, lower, self.upper, drift)

    def power(self, drift: float | ArrayLike) -> Floats:
        """Probability of crossing the upper bound at drifts, shape of the drift."""
        return self.crossing(drift).reject

    def rejection(self, drift: float | ArrayLike) -> Floats:
        """Probability of rejecting at all: in either direction for a two-sided plan."""
        crossing = self.crossing(drift)
        return crossing.reject + crossing.accept if self.sides == 2 else crossing.reject

    def expected_information(self, drift: float | ArrayLike) -> Floats:
        """Expected fraction of the largest information at stopping, shape of the drift."""
        return self.crossing(drift).expected(self.fractions)

    def expected_inflation(self, drift: float | ArrayLike) -> Floats:
        """Expected size against that of the fixed test of the same alpha and power."""
        return self.inflation * self.expected_information(drift)

    def cumulative_alpha(self) -> Floats:
        """Error per side that the upper bounds have spent by each look, as alpha counts it, shape (k,)."""
        return np.asarray(np.cumsum(self.crossing(0.0, obey_futility=self.binding).upper))


def plan(
    fractions: Sequence[float],
    alpha: float = 0.025,
    sides: int = 1,
    power: float = 0.9,
    efficacy: Rule | str = "lan-demets-of",
    *,
    futility: SpendingFunction | Sequence[float] | str | None = None,
    binding: bool = False,
    futility_under: Under = "alternative",
    lower_total: float | None = None,
) -> Plan:
    """Bounds, drift and inflation of a group-sequential test.

    Args:
        fractions: information fractions of the looks, increasing, the last is 1.
        alpha: total type I error over the sides.
        sides: 1, or 2 for the symmetric two-sided test.
        power: probability of crossing the upper bound.
        efficacy: a spending function, a boundary family, or the text of one (see `parse_rule`).
        futility: spending of the lower bounds (or its text), or Z values of the k - 1 interim looks; none for no
            futility.
        binding: whether alpha counts on stopping at the lower bounds. Not binding is the regulators' choice.
        futility_under: `alternative` spends beta, so that the power holds (gsDesign test types 3 and 4); `null` spends
            probability under no effect (types 5 and 6).
        lower_total: of spending under the null: probability of crossing a lower bound; all of it when none, so that the
            bounds meet at the last look.

    Raises:
        ImpossibleInputError, ContradictoryInputError: of the inputs.
        OutOfScopeError: two-sided plans with an inner futility wedge; families with binding futility.
        UnreachableError: no sample of ten times the fixed size has the power.
    """
    t = checked_information(information_fractions("fractions", fractions), "fractions")
    error_rates(alpha, sides, probability("power", power))
    per_side = alpha / sides
    rule = _bound(parse_rule(efficacy) if isinstance(efficacy, str) else efficacy, t, per_side, "efficacy")
    stop = _futility_rule(futility, t)
    if futility_under not in ("alternative", "null"):
        raise ImpossibleInputError(
            f"futility_under is {futility_under!r}", where="futility_under", hint="Give alternative or null."
        )
    if stop is None:
        if binding:
            raise ContradictoryInputError(
                "binding futility without futility", where="binding", hint="Give a futility rule, or leave out binding."
            )
        upper = efficacy_bounds(t, per_side, rule, symmetric=sides == 2)
        lower = -upper if sides == 2 else np.full(t.size, -math.inf)
        drift = drift_for_power(t, Bounds(lower, upper), per_side, power)
        return Plan(t, upper, lower, drift, alpha, sides, power, rule)
    if sides == 2:
        raise OutOfScopeError(
            "a two-sided plan with an inner futility wedge",
            where="futility",
            hint="Plan the one-sided test at half the alpha with futility, or leave futility out.",
        )
    if binding and not isinstance(rule, SpendingFunction) and not isinstance(stop, tuple):
        raise OutOfScopeError(
            f"binding beta-spending futility with {rule.label} bounds",
            where="binding",
            hint="Choose spending for efficacy, fixed Z values for futility, or futility that is not binding.",
        )
    bounds, drift, total = _with_futility(
        t, per_side, power, rule, stop, binding=binding, under=futility_under, lower_total=lower_total
    )
    return Plan(t, bounds.upper, bounds.lower, drift, alpha, sides, power, rule, stop, binding, futility_under, total)


def efficacy_bounds(
    fractions: Floats, alpha_per_side: float, rule: Rule, *, symmetric: bool, lower: Floats | None = None
) -> Floats:
    """Upper Z bounds of a rule at planned looks, shape (k,); `lower` are bounds that trials really stop at."""
    if isinstance(rule, BoundaryFamily):
        return efficacy_by_family(fractions, alpha_per_side, rule, symmetric=symmetric, lower=lower)
    spends = spends_of(rule, fractions, alpha_per_side)
    return efficacy_by_spending(fractions, spends, symmetric=symmetric, lower=lower)


def spends_of(rule: SpendingFunction, fractions: Floats, total: float) -> Floats:
    """Error of each look, shape (k,)."""
    return np.asarray(np.diff(rule.cumulative(fractions, total), prepend=0.0))


def drift_for_power(fractions: Floats, bounds: Bounds, alpha_per_side: float, power: float) -> float:
    """The drift at which the upper bounds are crossed with probability `power`."""

    def lacking(drift: float) -> float:
        crossing = crossing_probabilities(fractions, bounds.lower, bounds.upper, drift)
        return float(crossing.reject) - power

    return _solve_drift(lacking, -float(ndtri(alpha_per_side)) + float(ndtri(power)))


def _solve_drift(lacking: Callable[[float], float], fixed: float) -> float:
    """Root of an increasing function of the drift, at or above the fixed one."""
    low, high = fixed * 0.98, fixed * 1.06
    while lacking(high) < 0:
        low, high = high, high * 1.2
        if high > fixed * math.sqrt(LARGEST_INFLATION):
            raise UnreachableError(
                f"{LARGEST_INFLATION:g} times the fixed sample size does not reach the power",
                where="futility",
                hint="Spend less on futility at early looks, or ask for less power.",
            )
    while lacking(low) > 0:  # binding futility buys back alpha
        low *= 0.9
    return float(brentq(lacking, low, high, xtol=1e-12, rtol=1e-13))


def _bound(rule: Rule, fractions: Floats, total: float, where: str) -> Rule:
    """A rule with the planned looks known to it; user-given spending must sum to the error rate."""
    if not isinstance(rule, SpendingFunction | BoundaryFamily):
        raise ImpossibleInputError(f"{rule!r} is no boundary rule", where=where, hint="Give a rule or its text.")
    if not isinstance(rule, Custom):
        return rule
    if where == "efficacy" and abs(rule.values[-1] - total) > 1e-9:
        raise ContradictoryInputError(
            f"the given spending ends in {rule.values[-1]:g}, the error rate per side is {total:g}",
            where=where,
            hint="End the cumulative spending in the one-sided alpha (half of a two-sided one).",
        )
    return rule.at(fractions.tolist())


def _futility_rule(
    futility: SpendingFunction | Sequence[float] | str | None, fractions: Floats
) -> SpendingFunction | tuple[float, ...] | None:
    if futility is None or isinstance(futility, SpendingFunction):
        rule = futility
    elif isinstance(futility, str):
        rule = parse_spending(futility, "futility")
    elif isinstance(futility, int | float):
        raise ImpossibleInputError(
            f"futility is {futility!r}",
            where="futility",
            hint="Give a spending function, or a Z value an interim look.",
        )
    else:
        values = tuple(-math.inf if v == -math.inf else between("futility", v, -20, 20) for v in futility)
        if len(values) != fractions.size - 1:
            raise ContradictoryInputError(
                f"{len(values)} futility bounds for {fractions.size - 1} interim looks",
                where="futility",
                hint="Give one Z value for each look but the last.",
            )
        return values
    return rule.at(fractions.tolist()) if isinstance(rule, Custom) else rule


def _with_futility(
    t: Floats,
    alpha: float,
    power: float,
    rule: Rule,
    stop: SpendingFunction | tuple[float, ...],
    *,
    binding: bool,
    under: Under,
    lower_total: float | None,
) -> tuple[Bounds, float, float]:
    """Bounds, drift and what the lower bounds spend."""
    spends = spends_of(rule, t, alpha) if isinstance(rule, SpendingFunction) else np.zeros(t.size)
    upper = None if binding else efficacy_bounds(t, alpha, rule, symmetric=False)
    beta = 1 - power
    if isinstance(stop, tuple):
        bounds = _fixed_futility(t, alpha, rule, upper, np.array(stop))
        drift = drift_for_power(t, bounds, alpha, power)
        return bounds, drift, float(crossing_probabilities(t, bounds.lower, bounds.upper, drift).accept)
    if under == "null":
        total = None if lower_total is None else between("lower_total", lower_total, 0, 1 - alpha)
        bounds = null_futility(t, upper, spends, spends_of(stop, t, 0.5) / 0.5, total)
        lower_spent = float(crossing_probabilities(t, bounds.lower, bounds.upper, 0.0).accept)
        return bounds, drift_for_power(t, bounds, alpha, power), lower_spent
    if lower_total is not None:
        raise ContradictoryInputError(
            "lower_total is for futility under the null",
            where="lower_total",
            hint="Under the alternative the lower bounds spend beta: leave it out.",
        )
    beta_spends = spends_of(stop, t, beta)

    def lacking(drift: float) -> float:
        return beta - futility_pass(t, upper, spends, beta_spends, drift).missed

    drift = _solve_drift(lacking, -float(ndtri(alpha)) + float(ndtri(power)))
    return futility_pass(t, upper, spends, beta_spends, drift).bounds, drift, beta


def _fixed_futility(t: Floats, alpha: float, rule: Rule, upper: Floats | None, interim: Floats) -> Bounds:
    """Fixed Z values at the interim looks; the last lower bound is the upper one."""
    high = efficacy_bounds(t, alpha, rule, symmetric=False, lower=interim) if upper is None else upper
    if (interim > high[:-1]).any():
        raise ContradictoryInputError(
            "a futility bound lies above the efficacy bound",
            where="futility",
            hint=f"Stay below the efficacy bounds {np.round(high[:-1], 3).tolist()}.",
        )
    return Bounds(np.append(interim, high[-1]), high)
