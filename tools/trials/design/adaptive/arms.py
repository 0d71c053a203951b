"""Several arms over several looks against a common control: exact probabilities by conditioning on the control's path.

Given the control's mean at each look the arms are independent, and each is a Brownian motion between its boundaries
(Magirr, Jaki & Whitehead 2012). The path is integrated by Gauss-Hermite quadrature, each arm by a recursion
over its looks; both are shared by all paths that agree so far, so that the work is a tree and not a product.

Known variance; unit standard deviation; control mean 0. The trial ends when an arm is at or above its upper boundary;
an arm below the lower boundary is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from benchside.tools.trials.design.adaptive.combination import gauss_legendre
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.statistic import Floats

MOST_STAGES = 5
_CONTROL_NODES = {1: 64, 2: 40, 3: 24, 4: 16, 5: 11}
_ARM_NODES = {1: 40, 2: 40, 3: 32, 4: 24, 5: 20}
_REACH = 8.5


@dataclass(frozen=True)
class Looks:
    """Cumulative sizes and boundaries of the looks.

    Attributes:
        treated: cumulative size of each treatment arm, shape (looks,).
        control: cumulative size of the control.
        upper: boundaries of the z statistics; an arm at or above ends the trial.
        lower: an arm below is dropped; -inf never drops. The last is not used.
    """

    treated: tuple[float, ...]
    control: tuple[float, ...]
    upper: tuple[float, ...]
    lower: tuple[float, ...]

    @property
    def number(self) -> int:
        """Number of looks."""
        return len(self.treated)


@dataclass(frozen=True)
class Arm:
    """One arm given each path of the control; arrays of look j have j axes, one for each control increment so far.

    Attributes:
        up: probability to reach the upper boundary first at look j.
        stays: probability to go on after look j.
        nodes, mass: of the sums on which the arm goes on after look j, with one more axis, None after the last look.
    """

    mean: float
    up: tuple[Floats, ...]
    stays: tuple[Floats, ...]
    nodes: tuple[Floats, ...]
    mass: tuple[Floats, ...]


class Tree:
    """The control's paths, and what is asked of the arms along them."""

    def __init__(self, looks: Looks, *, coarse: bool = False) -> None:
        """Coarse trees are good to about four digits, for searches that end in a fine one."""
        if looks.number > MOST_STAGES:
            raise OutOfScopeError(
                f"{looks.number} looks of several arms", where="stages", hint=f"At most {MOST_STAGES} looks."
            )
        self.looks = looks
        uneven = max(t / c for t, c in zip(looks.treated, looks.control, strict=True))
        points = _CONTROL_NODES[looks.number]
        points = int(0.7 * points) if coarse else int(min(1.7, max(1.0, uneven**0.3)) * points)
        self.points = int(0.7 * _ARM_NODES[looks.number]) if coarse else _ARM_NODES[looks.number]
        nodes, weights = np.polynomial.hermite_e.hermegauss(points)
        self.weight: list[Floats] = []
        self.control_mean: list[Floats] = []
        total = np.zeros(())
        weight = np.ones(())
        for j, size in enumerate(looks.control):
            step = size - (looks.control[j - 1] if j else 0.0)
            total = total[..., None] + np.sqrt(step) * nodes
            weight = weight[..., None] * (weights / np.sqrt(2 * np.pi))
            self.control_mean.append(total / size)
            self.weight.append(weight)

    def limits(self, j: int, bound: float) -> Floats:
        """The sum of an arm at which its z at look j equals the bound, for each path."""
        n, n0 = self.looks.treated[j], self.looks.control[j]
        return np.asarray(n * (self.control_mean[j] + bound * np.sqrt(1 / n + 1 / n0)), dtype=float)

    def arm(self, mean: float) -> Arm:
        """The arm of a true mean (its difference from the control, in standard deviations)."""
        count = self.looks.number
        gl, gl_weights = gauss_legendre(self.points)
        up: list[Floats] = []
        stays: list[Floats] = []
        nodes: list[Floats] = []
        masses: list[Floats] = []
        before: Floats = np.zeros((1,))  # the sums after the look before, with their probabilities
        mass: Floats = np.ones((1,))
        for j in range(count):
            n = self.looks.treated[j]
            step = n - (self.looks.treated[j - 1] if j else 0.0)
            sd, drift = np.sqrt(step), mean * step
            top = self.limits(j, self.looks.upper[j])
            up.append(_tail(before, mass, top, drift, sd))
            if j == count - 1:
                stays.append(np.zeros(top.shape))
                break
            widest = _REACH * np.sqrt(n)
            low = np.maximum(self.limits(j, self.looks.lower[j]), mean * n - widest)
            high = np.minimum(top, mean * n + widest)
            half = np.maximum(high - low, 0.0)[..., None] / 2
            x = low[..., None] + half * (1 + gl)
            density = _density(before, mass, x, drift, sd)
            before, mass = x, half * gl_weights * density
            nodes.append(before)
            masses.append(mass)
            stays.append(mass.sum(axis=-1))
        return Arm(mean, tuple(up), tuple(stays), tuple(nodes), tuple(masses))

    def ever_up(self, arm: Arm) -> Floats:
        """Probability that the arm reaches its upper boundary at some look before it is dropped, for each full path."""
        return self.up_by(arm, self.looks.number - 1)

    def up_by(self, arm: Arm, j: int) -> Floats:
        """The same up to look j, for each path so far."""
        total = np.zeros(())
        for i in range(j + 1):
            total = total[..., None] + arm.up[i]
        return np.asarray(np.minimum(total, 1.0), dtype=float)

    def over(self, values: Floats) -> float:
        """The mean over the control's paths of what is known after some look."""
        return float(np.sum(self.weight[values.ndim - 1] * values))

    def winner(self, j: int, arm: Arm, others: Sequence[tuple[Arm, int]]) -> Floats:
        """Probability that at look j the arm ends the trial with the largest statistic, for each path.

        Args:
                arm: the winner.
            others: the other arms, each kind with its number.
        """
        gl, gl_weights = gauss_legendre(self.points)
        n = self.looks.treated[j]
        step = n - (self.looks.treated[j - 1] if j else 0.0)
        sd = np.sqrt(step)
        low = np.minimum(
            np.maximum(self.limits(j, self.looks.upper[j]), arm.mean * n - _REACH * np.sqrt(n)),
            arm.mean * n + _REACH * np.sqrt(n),
        )
        half = (arm.mean * n + _REACH * np.sqrt(n) - low)[..., None] / 2
        x = low[..., None] + half * (1 + gl)
        before, mass = (arm.nodes[j - 1], arm.mass[j - 1]) if j else (np.zeros((1,)), np.ones((1,)))
        value = half * gl_weights * _density(before, mass, x, arm.mean * step, sd)
        for other, number in others:
            past = self.up_by(other, j - 1)[..., None, None] if j else 0.0
            start, probability = (other.nodes[j - 1], other.mass[j - 1]) if j else (np.zeros((1,)), np.ones((1,)))
            beyond = _tail(start, probability, x, other.mean * step, sd)
            value = value * np.clip(1 - past - beyond, 0.0, 1.0) ** number
        return np.asarray(value.sum(axis=-1), dtype=float)


def _tail(before: Floats, mass: Floats, limit: Floats, drift: float, sd: float) -> Floats:
    """P(sum reaches the limit); limits have one or two axes more than the paths of `before`."""
    extra = limit.ndim - (before.ndim - 1)
    start = before.reshape(before.shape[:-1] + (1,) * extra + before.shape[-1:])
    weight = mass.reshape(start.shape)
    return np.asarray(np.sum(weight * ndtr((start + drift - limit[..., None]) / sd), axis=-1), dtype=float)


def _density(before: Floats, mass: Floats, x: Floats, drift: float, sd: float) -> Floats:
    """Density of the sum at x (paths, one more control axis, nodes), from the nodes of the look before."""
    start = before[..., None, None, :]
    weight = mass[..., None, None, :]
    z = (x[..., None] - start - drift) / sd
    return np.asarray(np.sum(weight * np.exp(-0.5 * z * z), axis=-1) / (sd * np.sqrt(2 * np.pi)), dtype=float)
