"""Power of a multiple testing procedure by simulation of correlated normal test statistics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, checked_trials
from benchside.tools.trials.design.checks import between, finite, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.montecarlo import chunks, share, share_error
from benchside.tools.trials.design.multiplicity.graph import HypothesisGraph
from benchside.tools.trials.design.results import Column, Estimate, Simulation, Table

Floats = NDArray[np.float64]
Rejections = NDArray[np.bool_]
CHUNK = 100_000


def correlation_matrix(correlation: float | Sequence[Sequence[float]], m: int) -> Floats:
    """A valid correlation matrix of m statistics; one number is the correlation of each pair.

    Raises:
        ContradictoryInputError: the matrix is not symmetric with ones on the diagonal, or not positive semidefinite.
    """
    if isinstance(correlation, int | float):
        rho = between("correlation", correlation, -1, 1, closed=True)
        matrix = np.full((m, m), rho)
        np.fill_diagonal(matrix, 1.0)
    else:
        rows = [[finite("correlation", float(v)) for v in row] for row in correlation]
        if len(rows) != m or any(len(row) != m for row in rows):
            raise ContradictoryInputError(
                f"the correlation matrix does not fit {m} hypotheses", where="correlation", hint="Give m rows of m."
            )
        matrix = np.array(rows)
    if not np.allclose(matrix, matrix.T, atol=1e-12) or not np.allclose(np.diag(matrix), 1, atol=1e-12):
        raise ContradictoryInputError(
            "the correlation matrix is not symmetric with ones on its diagonal",
            where="correlation",
            hint="Give the correlation of each pair twice.",
        )
    if np.linalg.eigvalsh(matrix).min() < -1e-9:
        raise ContradictoryInputError(
            "no test statistics can have this correlation matrix (it has a negative eigenvalue)",
            where="correlation",
            hint="Weaken the correlations.",
        )
    return matrix


def drifts_of(marginal_power: Sequence[float], alpha: float) -> tuple[float, ...]:
    """Means of one-sided normal test statistics that have these powers when tested alone at alpha."""
    level = probability("alpha", alpha)
    return tuple(float(norm.isf(level) + norm.ppf(probability("marginal_power", p))) for p in marginal_power)


def graph_rejections(graph: HypothesisGraph, p: Floats, alpha: float) -> Rejections:
    """Rejections of a graphical procedure in many trials at once, p values and result of shape (trials, m).

    Trials whose rejections so far are the same share their weights, which are made once for each such set.
    """
    m = len(graph.names)
    bits = np.int64(1) << np.arange(m, dtype=np.int64)
    weights: dict[int, Floats] = {}

    def of(state: int) -> Floats:
        if state not in weights:
            left = [n for i, n in enumerate(graph.names) if not state >> i & 1]
            found = graph.intersection_weights(left)
            weights[state] = np.array([found.get(n, 0.0) for n in graph.names])
        return weights[state]

    state = np.zeros(len(p), dtype=np.int64)
    active = np.arange(len(p))
    while active.size:
        sets, which = np.unique(state[active], return_inverse=True)
        local = np.stack([of(int(s)) for s in sets])[which] * alpha
        new = (p[active] <= local) & (local > 0)
        gained = new @ bits
        more = gained > 0
        active = active[more]
        state[active] |= gained[more]
    return np.asarray((state[:, None] & bits) > 0)


def simulate_power(
    reject: Callable[[Floats], Rejections],
    names: Sequence[str],
    drifts: Sequence[float],
    correlation: float | Sequence[Sequence[float]] = 0.0,
    *,
    trials: int = DEFAULT_TRIALS,
    seed: int = DEFAULT_SEED,
) -> Simulation:
    """Power to reject each hypothesis, at least one (disjunctive), and all (conjunctive).

    Args:
        reject: the procedure, from p values of shape (trials, m) to rejections.
        names: of the m hypotheses.
        drifts: mean of each one-sided normal test statistic; 0 for a true null.
        correlation: of the statistics.
    """
    m = len(names)
    means = np.array([finite("drifts", float(d)) for d in drifts])
    if means.size != m:
        raise ContradictoryInputError(f"{means.size} drifts for {m} hypotheses", where="drifts", hint="Give one each.")
    root = _root(correlation_matrix(correlation, m))
    count = checked_trials(trials)
    each = np.zeros(m)
    some, every, number, squares, false = 0, 0, 0.0, 0.0, 0
    null = means <= 0
    for rng, size in chunks(count, seed, CHUNK):
        z = rng.standard_normal((size, m)) @ root.T + means
        rejected = reject(np.asarray(norm.sf(z)))
        if rejected.shape != (size, m):
            raise ImpossibleInputError("the procedure answers with another shape", where="reject", hint="(trials, m)")
        each += rejected.sum(axis=0)
        some += int(rejected.any(axis=1).sum())
        every += int(rejected.all(axis=1).sum())
        false += int(rejected[:, null].any(axis=1).sum())
        totals = rejected.sum(axis=1)
        number += float(totals.sum())
        squares += float((totals**2).sum())
    mean = number / count
    estimates = [
        share("disjunctive", "probability to reject at least one hypothesis", some, count),
        share("conjunctive", "probability to reject all hypotheses", every, count),
        Estimate(
            "rejections",
            "expected number of rejections",
            mean,
            math.sqrt(max(squares / count - mean**2, 0.0) / count),
        ),
    ]
    if null.any():
        estimates.append(share("familywise", "probability to reject a true null", false, count))
    rows = tuple(
        (name, float(d), float(k / count), share_error(float(k / count), count))
        for name, d, k in zip(names, means, each, strict=True)
    )
    table = Table(
        "power",
        "Power of each hypothesis in the procedure",
        (
            Column("hypothesis", "hypothesis", digits=0),
            Column("drift", "mean of the test statistic"),
            Column("power", "power", "1"),
            Column("standard_error", "Monte Carlo SE", digits=2),
        ),
        rows,
    )
    return Simulation("the drifts given", count, seed, tuple(estimates), (table,))


def _root(matrix: Floats) -> Floats:
    """A root of a correlation matrix that may be singular."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))
