"""A thorough QT study: the drug is cleared only when its upper bound stays below the margin at every time point."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from benchside.tools.trials.design.checks import LARGEST_N, between, error_rates, finite, positive
from benchside.tools.trials.design.dose_response.multivariate import MOST_DIMENSIONS, box_probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.statistic import Floats


def thorough_qt_power(
    n: float,
    differences: Sequence[float],
    sd: float,
    correlation: float | Sequence[Sequence[float]],
    *,
    margin: float = 10.0,
    alpha: float = 0.05,
    groups: int = 2,
) -> float:
    """Chance that every one-sided upper bound of the drug's effect on QTc lies below the margin.

    This is the intersection-union test of ICH E14: each time point is tested at level alpha without adjustment, with
    normal statistics.

    Args:
        n: subjects per group in parallel; subjects in all in a crossover.
        differences: assumed effect at each time point over placebo, ms.
        sd: in parallel, of the change from baseline in a group; in a crossover, of a subject's difference. ms.
        correlation: of the estimates at two time points: one number for any two, or a matrix.
        margin: ms.
        groups: 2 in parallel, 1 in a crossover.

    Returns:
        Power; at a difference equal to the margin in one point and far below in the others it is alpha.
    """
    error_rates(alpha, 1)
    if groups not in (1, 2):
        raise ImpossibleInputError(f"groups is {groups!r}", where="groups", hint="2 in parallel, 1 in a crossover.")
    effects = np.array([finite("differences", d) for d in differences])
    if not 1 <= effects.size <= MOST_DIMENSIONS:
        raise ImpossibleInputError(
            f"{effects.size} time points", where="differences", hint=f"Give 1 to {MOST_DIMENSIONS}."
        )
    matrix = _matrix(correlation, effects.size)
    error = positive("sd", sd) * math.sqrt(groups / positive("n", n))
    bounds = (finite("margin", margin) - effects) / error - norm.isf(alpha)
    return box_probability(matrix, np.full(effects.size, -np.inf), bounds)


def thorough_qt_size(
    differences: Sequence[float],
    sd: float,
    correlation: float | Sequence[Sequence[float]],
    *,
    power: float = 0.9,
    margin: float = 10.0,
    alpha: float = 0.05,
    groups: int = 2,
) -> float:
    """Subjects per group (in parallel) or in all (crossover) for that power, not rounded.

    Raises:
        ContradictoryInputError: a time point lies at or above the margin.
        UnreachableError: ten million do not suffice.
    """
    error_rates(alpha, 1, power)
    if max(finite("differences", d) for d in differences) >= finite("margin", margin):
        raise ContradictoryInputError(
            "a time point is at or above the margin", where="differences", hint="No trial can clear such a drug."
        )

    def lacking(n: float) -> float:
        found = thorough_qt_power(n, differences, sd, correlation, margin=margin, alpha=alpha, groups=groups)
        return found - power

    high = 2.0
    while lacking(high) < 0:
        high *= 2
        if high > LARGEST_N:
            raise UnreachableError(
                f"{LARGEST_N:,} subjects do not reach a power of {power:g}",
                where="power",
                hint="Assume smaller effects on QTc or a smaller spread.",
            )
    low = high / 2
    while lacking(low) >= 0:
        low /= 2
        if low < 1e-6:
            return low
    return float(brentq(lacking, low, high, xtol=1e-6))


def _matrix(correlation: float | Sequence[Sequence[float]], size: int) -> Floats:
    if isinstance(correlation, int | float):
        rho = between("correlation", correlation, -1 / max(size - 1, 1), 1, closed=True)
        return np.full((size, size), rho) + (1 - rho) * np.eye(size)
    if len(correlation) != size or any(len(row) != size for row in correlation):
        raise ContradictoryInputError(
            "the matrix does not fit the time points", where="correlation", hint="One row each."
        )
    values = np.array([[finite("correlation", v) for v in row] for row in correlation])
    if np.abs(values - values.T).max() > 1e-9 or np.abs(np.diag(values) - 1).max() > 1e-9:
        raise ImpossibleInputError(
            "not a correlation matrix", where="correlation", hint="Symmetric, 1 on the diagonal."
        )
    if float(np.linalg.eigvalsh(values).min()) < -1e-9:
        raise ImpossibleInputError("the matrix is not positive semidefinite", where="correlation", hint="Lower it.")
    return values
