"""Exact power of the test of Welch: its degrees of freedom are random, but depend on one share only.

With B the share of the first arm in the sum S of the two chi-squares, B and S are independent, and both the degrees
of freedom of Satterthwaite and the ratio of estimated to true standard error are functions of B, but for a factor
sqrt(S). Given B the test is therefore a noncentral t probability, and the power is its mean over a beta distribution.
Programs that put the expected degrees of freedom into one noncentral t are near, but not exact.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, betaln, stdtrit

from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.student import t_tail, tost_power_at

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_TAIL = 1e-15
_CHUNK = 256  # sizes at a time, so that a long power curve needs little memory


def welch_power(
    sizes: Floats,
    variances: tuple[float, float],
    shifts: tuple[Floats, ...],
    alpha: float,
    *,
    both: bool = False,
) -> Floats:
    """Power of Welch's test, or of two of them for equivalence; 0 where an arm has fewer than two.

    Args:
        sizes: of the two arms, shape (..., 2).
        variances: true ones of the arms.
        shifts: one array of shape (...): (effect - null) over its true standard error, towards the alternative; or
            two: from the lower margin up to the effect, and from the effect up to the upper margin.
        alpha: level of one test.
        both: whether rejections on the other side count too.
    """
    sizes = np.asarray(sizes, dtype=float)
    shape = sizes.shape[:-1]
    flat = sizes.reshape(-1, 2)
    parts = [np.broadcast_to(s, shape).reshape(-1) for s in shifts]
    enough = np.all(flat >= 2, axis=1)
    power = np.zeros(len(flat))
    for start in range(0, len(flat), _CHUNK):
        rows = np.flatnonzero(enough[start : start + _CHUNK]) + start
        if len(rows):
            power[rows] = _power(flat[rows], variances, [p[rows] for p in parts], alpha, both)
    return power.reshape(shape)


def _power(sizes: Floats, variances: tuple[float, float], shifts: list[Floats], alpha: float, both: bool) -> Floats:
    df = sizes - 1
    share, weight = _shares(df)
    first = variances[0] / sizes[:, :1] * share / df[:, :1]
    second = variances[1] / sizes[:, 1:] * (1 - share) / df[:, 1:]
    true = (np.asarray(variances) / sizes).sum(axis=1, keepdims=True)
    satterthwaite = (first + second) ** 2 / (first**2 / df[:, :1] + second**2 / df[:, 1:])
    total = np.broadcast_to(df.sum(axis=1, keepdims=True), share.shape)
    critical = stdtrit(satterthwaite, 1 - alpha) * np.sqrt((first + second) * total / true)
    if len(shifts) == 1:
        given = t_tail(total, critical, shifts[0][:, None])
        if both:
            given = given + t_tail(total, critical, -shifts[0][:, None])
    else:
        given = tost_power_at(total, critical, shifts[0][:, None], shifts[1][:, None])
    return np.asarray((given * weight).sum(axis=1), dtype=float)


def _shares(df: Floats) -> tuple[Floats, Floats]:
    """Nodes of the beta share B of the first arm and their weights, shape (sizes, nodes); B is sin^2 of an angle."""
    a, b = df[:, :1] / 2, df[:, 1:] / 2
    points = np.array([_TAIL, 1e-4, 0.5])
    left = np.arcsin(np.sqrt(betaincinv(a, b, points)))
    right = np.pi / 2 - np.arcsin(np.sqrt(betaincinv(b, a, points[::-1])))  # the same quantiles seen from 1
    edges = np.concatenate([left, right[:, 1:]], axis=1)
    half = np.diff(edges, axis=1)[..., None] / 2
    angle = ((edges[:, :-1] + edges[:, 1:])[..., None] / 2 + half * _NODES).reshape(len(df), -1)
    log = df[:, :1] * np.log(np.sin(angle)) + df[:, 1:] * np.log(np.cos(angle)) - betaln(a, b)
    density = 2 * np.exp(log) / (np.sin(angle) * np.cos(angle))
    return np.sin(angle) ** 2, density * (half * _WEIGHTS).reshape(len(df), -1)
