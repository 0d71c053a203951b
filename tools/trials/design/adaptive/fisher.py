"""Critical values of Fisher's product test over stages: how the level is shared between the looks.

At the null the sum of `-weight x log p` is a sum of exponential variables, a phase-type distribution, so the level of
each stage by itself is a matrix exponential; the level of the whole is the recursion of `combination`. The methods are
those of Wassmer (1999): equal levels, the full level at the last stage, no treatment-stage interaction, and levels
given by the user.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from benchside.tools.trials.design.adaptive.combination import CombinationTest, checked_futility
from benchside.tools.trials.design.checks import SMALLEST_ALPHA, between, increasing, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.statistic import Floats

Method = Literal["equal-alpha", "full-alpha", "no-interaction", "user-alpha"]
MOST_FISHER_STAGES = 6


@dataclass(frozen=True)
class FisherDesign:
    """Fisher's product test with its levels.

    Attributes:
        test: with bounds on the scale of the score; `test.critical()` are the critical values of the product.
        stage_levels: level of the product test of the first k stages at its critical value, without earlier stops.
        alpha_spent: cumulative type I error, with the stops that the critical values rely on.
        curtailed: whether the critical values are those of the last stage throughout (non-stochastic curtailment: the
            product cannot rise again, so an early rejection costs no level).
    """

    test: CombinationTest
    stage_levels: tuple[float, ...]
    alpha_spent: tuple[float, ...]
    curtailed: bool


def product_level(critical: float, weights: Sequence[float]) -> float:
    """P(product of p**weight at or below `critical`) for independent uniform p values; weights as of the stages."""
    rates = 1 / np.asarray(weights, dtype=float)
    generator = (np.diag(-rates) + np.diag(rates[:-1], 1)) * -np.log(critical)
    # scipy's expm divides differences of a triangular matrix's eigenvalues, which cancel when weights are almost equal
    squarings = max(0, int(np.ceil(np.log2(2 * np.abs(generator).max() + 1e-300))))
    scaled = generator / 2**squarings
    term = power = np.eye(len(rates))
    for i in range(1, 20):
        term = term @ scaled / i
        power = power + term
    for _ in range(squarings):
        power = power @ power
    return float(np.clip(power[0].sum(), 0.0, 1.0))


def product_critical(level: float, weights: Sequence[float]) -> float:
    """The critical value of a product of p values that has this level; inverse of `product_level`."""
    if len(weights) == 1:
        return float(level ** weights[0])

    def over(score: float) -> float:
        return float(np.log(product_level(np.exp(-score), weights)) - np.log(level))

    high = 1.0
    while over(high) > 0:
        high *= 2
    return float(np.exp(-brentq(over, 0.0, high, xtol=1e-14, rtol=1e-14)))


def scales(information: Sequence[float]) -> tuple[float, ...]:
    """Powers of the p values of stages 2, 3, ...: roots of their information relative to that of stage 1."""
    info = increasing("information", information)
    steps = np.diff(info)
    return tuple(float(s) for s in np.sqrt(steps / info[0]))


def fisher_design(
    stages: int,
    alpha: float = 0.025,
    *,
    method: Method = "equal-alpha",
    futility: Sequence[float] = (),
    binding: bool = True,
    scale: Sequence[float] = (),
    user_alpha: Sequence[float] = (),
) -> FisherDesign:
    """Critical values of Fisher's product test.

    Args:
        stages: 1 to 6.
        alpha: one-sided level.
        method: `equal-alpha` gives each stage the same level; `full-alpha` the whole level to the last stage (with
            two stages and a futility limit the test of Bauer & Köhne 1994); `no-interaction` ties the critical values
            to the futility limits; `user-alpha` takes cumulative levels.
        futility: p values above which a stage stops, one fewer than stages; none is no stop.
        binding: whether the critical values rely on these stops.
        scale: powers of the p values of the stages after the first; 1 each where it is empty.
        user_alpha: cumulative levels of `user-alpha`, ending in alpha.

    Returns:
        The design; rpact's getDesignFisher answers with the same critical values, levels and alpha spent.

    Raises:
        ContradictoryInputError: lengths that do not fit; `no-interaction` without futility limits or with two stages;
            a product that cannot be critical because futility limits leave too little room.

    References:
        Bauer & Köhne (1994) Biometrics 50:1029-1041; Wassmer (1999) Biometrical Journal 41:279-293.
    """
    k = whole("stages", stages, 1, MOST_FISHER_STAGES)
    between("alpha", alpha, SMALLEST_ALPHA, 0.5)
    limits = checked_futility(futility, k)
    if len(scale) not in (0, k - 1):
        raise ContradictoryInputError(
            f"{len(scale)} scales for {k} stages", where="scale", hint="Give one for each stage after the first."
        )
    weights = (1.0, *(positive("scale", s) for s in scale)) if scale else (1.0,) * k
    relied = limits if binding else (1.0,) * (k - 1)
    solve = _METHODS.get(method)
    if solve is None:
        raise OutOfScopeError(f"method {method!r}", where="method", hint=f"Choose one of: {', '.join(_METHODS)}.")
    if method == "user-alpha" and len(user_alpha) != k:
        raise ContradictoryInputError(
            f"{len(user_alpha)} cumulative levels for {k} stages", where="user_alpha", hint="One for each stage."
        )
    critical, curtailed = solve(alpha, weights, relied, tuple(user_alpha))
    test = CombinationTest("fisher", weights, tuple(float(b) for b in -np.log(critical)), limits)
    spent = np.cumsum(_test(critical, weights, relied).crossing())
    levels = tuple(product_level(float(c), weights[: i + 1]) for i, c in enumerate(critical))
    return FisherDesign(test, levels, tuple(float(s) for s in spent), curtailed)


def bauer_koehne(alpha: float, futility: float = 1.0) -> tuple[float, float]:
    """First-stage level and critical product of the two-stage test of Bauer & Köhne (1994, Table 1).

    Args:
        alpha: overall one-sided level.
        futility: the trial ends without rejection when the first p value is above; the level relies on it.

    Returns:
        alpha_1, at or below which the first stage rejects, and c, at or below which the product of both does.
    """
    design = fisher_design(2, alpha, method="full-alpha", futility=(futility,))
    first, product = design.test.critical()
    return first, product


Solved = tuple[Floats, bool]


def _test(critical: Floats, weights: tuple[float, ...], futility: tuple[float, ...]) -> CombinationTest:
    k = len(critical)
    return CombinationTest("fisher", weights[:k], tuple(float(b) for b in -np.log(critical)), futility[: k - 1])


def _size(critical: Floats, weights: tuple[float, ...], futility: tuple[float, ...]) -> float:
    return _test(critical, weights, futility).rejection()


def _equal(alpha: float, weights: tuple[float, ...], futility: tuple[float, ...], _: tuple[float, ...]) -> Solved:
    def at(level: float) -> Floats:
        return np.asarray([product_critical(level, weights[: i + 1]) for i in range(len(weights))])

    low = alpha / len(weights)  # the union bound: not all of alpha can be spent below it
    level = alpha if len(weights) == 1 else _root(lambda a: _size(at(a), weights, futility) - alpha, low * 0.999, alpha)
    return at(level), False


def _full(alpha: float, weights: tuple[float, ...], futility: tuple[float, ...], _: tuple[float, ...]) -> Solved:
    last = product_critical(alpha, weights)

    def at(level: float) -> Floats:
        # at or below the last critical value a product rejects in the end anyway, whatever follows
        early = [max(product_critical(level, weights[: i + 1]), last) for i in range(len(weights) - 1)]
        return np.asarray([*early, last])

    least = float(last)
    if len(weights) == 1 or _size(at(least), weights, futility) >= alpha * (1 - 1e-9):
        return at(least), len(weights) > 1
    return at(_root(lambda a: _size(at(a), weights, futility) - alpha, least, alpha)), False


def _no_interaction(
    alpha: float, weights: tuple[float, ...], futility: tuple[float, ...], _: tuple[float, ...]
) -> Solved:
    k = len(weights)
    if k < 3 or all(a == 1 for a in futility):
        raise ContradictoryInputError(
            "no-interaction needs three stages or more and binding futility limits below 1",
            where="method",
            hint="Give futility limits, or choose equal-alpha.",
        )
    critical = np.empty(k)
    critical[-1] = product_critical(alpha, weights)
    for i in range(k - 2, 0, -1):
        critical[i] = critical[i + 1] / futility[i] ** (1 / weights[i + 1])

    def at(first: float) -> Floats:
        return np.asarray([first, *critical[1:]])

    return at(_root(lambda a: _size(at(a), weights, futility) - alpha, float(critical[1]), alpha)), False


def _user(alpha: float, weights: tuple[float, ...], futility: tuple[float, ...], given: tuple[float, ...]) -> Solved:
    levels = increasing("user_alpha", given)
    if abs(levels[-1] - alpha) > 1e-12:
        raise ContradictoryInputError(
            f"the cumulative levels end in {levels[-1]:g}, alpha is {alpha:g}", where="user_alpha", hint="End in alpha."
        )
    critical = [levels[0]]
    for i in range(1, len(levels)):

        def lacking(score: float, i: int = i) -> float:
            return _size(np.asarray([*critical, np.exp(-score)]), weights, futility) - levels[i]

        high = float(-np.log(product_critical(levels[i] - levels[i - 1], weights[: i + 1]))) + 1
        critical.append(float(np.exp(-brentq(lacking, 0.0, high, xtol=1e-13))))
    return np.asarray(critical), False


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    if function(low) > 0 or function(high) < 0:
        raise ContradictoryInputError(
            "no critical values have this level with these futility limits",
            where="futility",
            hint="Give futility limits farther above alpha, or another method.",
        )
    return float(brentq(function, low, high, xtol=1e-13, rtol=1e-13))


_METHODS = {"equal-alpha": _equal, "full-alpha": _full, "no-interaction": _no_interaction, "user-alpha": _user}
