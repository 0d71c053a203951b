"""The grid of Jennison & Turnbull (2000, chapter 19): Simpson's rule on 12 r - 3 points, as gsDesign and its ports use.

A second integrator, independent of `recursion.py` but for the model: tests hold one against the other, and it shows
what error a grid of given r has. It is slower and less accurate; designs do not use it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.sequential.recursion import checked_bounds, checked_information

Floats = NDArray[np.float64]


def grid(r: int, mean: float, low: float, high: float) -> tuple[Floats, Floats]:
    """Points on the Z scale and Simpson weights between two bounds: dense within 3 of the mean, log-spaced beyond."""
    i = np.arange(1, 6 * r)
    tail = -3 - 4 * np.log(r / np.minimum(i, r))
    points = np.where(i < r, tail, np.where(i <= 5 * r, -3 + 3 * (i - r) / (2 * r), 0.0))
    points[i > 5 * r] = -points[: r - 1][::-1]
    x = mean + points
    ends = [b for b in (low, high) if math.isfinite(b)]
    x = np.unique(np.concatenate([x[(x > low) & (x < high)], ends]))
    if x.size < 2:
        return x, np.zeros(x.size)
    width = np.diff(x)
    z = np.empty(2 * x.size - 1)
    z[::2], z[1::2] = x, (x[:-1] + x[1:]) / 2
    weight = np.zeros(z.size)
    weight[1::2] = 4 * width / 6
    weight[:-1:2] += width / 6
    weight[2::2] += width / 6
    return z, weight


def _first(r: int, theta: float, information: float, low: float, high: float) -> tuple[Floats, Floats]:
    mean = theta * math.sqrt(information)
    z, weight = grid(r, mean, low, high)
    return z, weight * norm.pdf(z - mean)


def _next(
    state: tuple[Floats, Floats], r: int, theta: float, steps: tuple[float, float], bounds: tuple[float, float]
) -> tuple[Floats, Floats]:
    before, now = steps
    z, weight = grid(r, theta * math.sqrt(now), *bounds)
    spread = math.sqrt(now - before)
    deviate = (z[:, None] * math.sqrt(now) - state[0] * math.sqrt(before) - theta * (now - before)) / spread
    return z, weight * (norm.pdf(deviate) @ state[1]) * math.sqrt(now) / spread


def simpson_upper_crossing(information: Floats, lower: Floats, upper: Floats, theta: float, r: int = 18) -> Floats:
    """Upper crossing probabilities, shape (k,), each by integration over the grid above its bound."""
    values = checked_information(information)
    low, high = checked_bounds(lower, upper, values.size)
    whole("r", r, 1, 400)
    found = []
    state: tuple[Floats, Floats] | None = None
    for j, now in enumerate(values):
        tail, inside = (float(high[j]), math.inf), (float(low[j]), float(high[j]))
        if state is None:
            found.append(float(_first(r, theta, now, *tail)[1].sum()))
            state = _first(r, theta, now, *inside)
        else:
            steps = (float(values[j - 1]), float(now))
            found.append(float(_next(state, r, theta, steps, tail)[1].sum()))
            state = _next(state, r, theta, steps, inside)
    return np.array(found)


def simpson_efficacy(information: Floats, spends: Floats, r: int = 18) -> Floats:
    """One-sided upper bounds that spend given errors under no effect, shape (k,), by a root finder on the grid."""
    values = checked_information(information)
    whole("r", r, 1, 400)
    upper = [float(norm.isf(spends[0]))]
    state = _first(r, 0.0, float(values[0]), -math.inf, upper[0])
    for j in range(1, values.size):
        steps = (float(values[j - 1]), float(values[j]))

        def excess(
            bound: float,
            state: tuple[Floats, Floats] = state,
            steps: tuple[float, float] = steps,
            spend: float = float(spends[j]),
        ) -> float:
            return float(_next(state, r, 0.0, steps, (bound, math.inf))[1].sum()) - spend

        upper.append(float(brentq(excess, -2.0, 8.0, xtol=1e-10)))
        state = _next(state, r, 0.0, steps, (-math.inf, upper[-1]))
    return np.array(upper)
