"""Multi-arm multi-stage boundaries: their shapes, the constant that controls the familywise error, power and size.

Dropping an arm or stopping for the best one never raises the chance of a false claim, and the global null is the worst
case for it (Magirr, Jaki & Whitehead 2012), so the constant is found there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from benchside.tools.trials.design.adaptive.arms import MOST_STAGES, Arm, Looks, Tree
from benchside.tools.trials.design.checks import SMALLEST_ALPHA, between, finite, increasing, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError

MOST_TREATMENTS = 10
SHAPES = ("obf", "pocock", "triangular", "fixed:Z", "shape:S1,S2,...")
_RULE = re.compile(r"\s*(obf|pocock|triangular|none|fixed|shape)\s*(?::\s*([-0-9.,eE\s]+))?\s*")


@dataclass(frozen=True)
class Shape:
    """A boundary up to a constant: `obf`, `pocock`, `triangular`, `fixed:Z`, `shape:S1,S2,...` or `none`."""

    name: str
    values: tuple[float, ...] = ()


def parse_shape(text: str, where: str) -> Shape:
    """A shape from its text.

    Raises:
        ImpossibleInputError: it cannot be read; the hint names the shapes.
    """
    found = _RULE.fullmatch(text) if isinstance(text, str) else None
    hint = f"Write one of {', '.join(SHAPES)}" + (", none." if where == "lower" else ".")
    if found is None or (found[1] in ("fixed", "shape")) != (found[2] is not None):
        raise ImpossibleInputError(f"the boundary {text!r:.60} cannot be read", where=where, hint=hint)
    if found[1] == "none" and where == "upper":
        raise ImpossibleInputError("the upper boundary cannot be none", where=where, hint=hint)
    try:
        values = tuple(finite(where, float(v)) for v in (found[2] or "").split(",") if v.strip())
    except ValueError:
        raise ImpossibleInputError(f"the boundary {text!r:.60} cannot be read", where=where, hint=hint) from None
    if found[1] == "fixed" and len(values) != 1:
        raise ImpossibleInputError(f"the boundary {text!r:.60} needs one z", where=where, hint=hint)
    return Shape(found[1], values)


@dataclass(frozen=True)
class Boundaries:
    """Upper and lower boundaries of the z statistics; the last lower equals the last upper."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]


def shaped(constant: float, ratio: Sequence[float], upper: Shape, lower: Shape) -> Boundaries:
    """Boundaries of two shapes at a constant, at looks with cumulative sizes proportional to `ratio`."""
    r = np.asarray(ratio, dtype=float)
    last = r[-1]
    if upper.name == "obf":
        u = constant * np.sqrt(last / r)
    elif upper.name == "pocock":
        u = np.full(len(r), constant)
    elif upper.name == "triangular":  # Whitehead's triangular test in z: C (1 + t) / sqrt(t)
        u = constant * (1 + r / last) / np.sqrt(r / r[0])
    elif upper.name == "fixed":
        u = np.r_[np.full(len(r) - 1, upper.values[0]), constant]
    else:
        u = constant * np.asarray(upper.values)
    if lower.name == "none":
        low = np.full(len(r), -math.inf)
    elif lower.name == "obf":
        low = -constant * np.sqrt(last / r)
    elif lower.name == "pocock":
        low = np.full(len(r), -constant)
    elif lower.name == "fixed":
        low = np.full(len(r), lower.values[0])
    elif lower.name == "triangular":
        low = constant * (3 * r / last - 1) / np.sqrt(r / r[0])
        if upper.name != "triangular":  # scaled so that the boundaries would meet at the last look
            low = low * (u[-1] / low[-1])
    else:
        low = constant * np.asarray(lower.values)
    low[-1] = u[-1]
    return Boundaries(tuple(map(float, u)), tuple(map(float, low)))


def familywise_error(
    treatments: int, treated: Sequence[float], control: Sequence[float], upper: Sequence[float], lower: Sequence[float]
) -> float:
    """Chance that any of `treatments` arms crosses its upper boundary when none differs from the control.

    Args:
        treatments: number of arms besides the control.
        treated, control: cumulative sizes of a treatment arm and of the control at the looks (any unit).
        upper, lower: boundaries of the z statistics.
    """
    tree = Tree(Looks(tuple(treated), tuple(control), tuple(upper), tuple(lower)))
    return 1 - tree.over((1 - tree.ever_up(tree.arm(0.0))) ** treatments)


@lru_cache(maxsize=64)
def boundaries(
    treatments: int,
    alpha: float,
    treated: tuple[float, ...],
    control: tuple[float, ...],
    *,
    upper: str = "obf",
    lower: str = "fixed:0",
) -> Boundaries:
    """Boundaries with familywise error alpha, one-sided.

    Args:
        treatments: 1 to 10 arms besides the control.
        alpha: familywise type I error, one-sided.
        treated, control: cumulative sizes at the looks, relative (1, 2, 3) or absolute.
        upper: `obf`, `pocock`, `triangular`, `fixed:Z` (all but the last at Z) or `shape:S1,S2,...` (times a constant).
        lower: the same or `none`; `fixed:0` drops what is worse than the control.

    Raises:
        ContradictoryInputError: sizes that do not fit, or a lower boundary above the upper one.

    References:
        Magirr, Jaki & Whitehead (2012) Biometrika 99:494-501; Jaki, Pallmann & Magirr (2019) J Stat Softw 88(4).
    """
    k = whole("treatments", treatments, 1, MOST_TREATMENTS)
    between("alpha", alpha, SMALLEST_ALPHA, 0.5)
    r, r0 = increasing("treated", treated), increasing("control", control)
    if len(r) != len(r0):
        raise ContradictoryInputError(
            f"{len(r)} sizes of the treatments and {len(r0)} of the control",
            where="control",
            hint="Give one for each look.",
        )
    whole("stages", len(r), 1, MOST_STAGES)
    up, down = parse_shape(upper, "upper"), parse_shape(lower, "lower")
    for shape, where in ((up, "upper"), (down, "lower")):
        if shape.name == "shape" and len(shape.values) != len(r):
            raise ContradictoryInputError(
                f"{len(shape.values)} values for {len(r)} looks", where=where, hint="Give one for each look."
            )

    def over(constant: float) -> float:
        at = shaped(constant, r, up, down)
        return familywise_error(k, r, r0, at.upper, at.lower) - alpha

    low, high = 0.05, 8.0
    if over(low) < 0 or over(high) > 0:
        raise UnreachableError(
            "no boundaries of these shapes have this familywise error",
            where="upper",
            hint="Choose another shape, or a fixed boundary farther out.",
        )
    found = shaped(float(brentq(over, low, high, xtol=1e-9)), r, up, down)
    if any(b >= a for a, b in zip(found.upper[:-1], found.lower[:-1], strict=True)):
        raise ContradictoryInputError(
            "the lower boundary is above the upper one", where="lower", hint="Choose a lower one, such as fixed:0."
        )
    return found


@dataclass(frozen=True)
class Characteristics:
    """What a multi-arm multi-stage trial does under given effects.

    Attributes:
        any: probability to reject the hypothesis of at least one arm.
        first: probability that the first arm is rejected with the largest statistic of all.
        expected: expected total size.
        stop: probability that the trial ends at each look.
    """

    any: float
    first: float
    expected: float
    stop: tuple[float, ...]


def first_is_best(looks: Looks, effects: Sequence[float], *, coarse: bool = False) -> float:
    """Probability that the first arm is rejected with the largest statistic of all: the power of these designs.

    Args:
        looks: absolute cumulative sizes, and boundaries.
        effects: of the arms (differences from the control in standard deviations).
        coarse: good to about four digits and several times faster.
    """
    tree = Tree(looks, coarse=coarse)
    return _first_is_best(tree, {mean: tree.arm(mean) for mean in dict.fromkeys(effects)}, effects)


def _first_is_best(tree: Tree, kinds: dict[float, Arm], effects: Sequence[float]) -> float:
    others = [(arm, list(effects[1:]).count(mean)) for mean, arm in kinds.items() if mean in effects[1:]]
    return min(1.0, sum(tree.over(tree.winner(j, kinds[effects[0]], others)) for j in range(tree.looks.number)))


def characteristics(looks: Looks, effects: Sequence[float], *, first: bool = True) -> Characteristics:
    """Exact characteristics under effects (differences from the control in standard deviations), one per arm.

    Args:
        looks: absolute cumulative sizes, and boundaries.
        effects: of the arms; the first is the one of `first`.
        first: whether to work out `Characteristics.first`, which is NaN otherwise.
    """
    tree = Tree(looks)
    kinds = {mean: tree.arm(mean) for mean in dict.fromkeys(effects)}
    counts = {mean: list(effects).count(mean) for mean in kinds}
    lost = np.ones(())
    for mean, arm in kinds.items():
        lost = lost * (1 - tree.ever_up(arm)) ** counts[mean]
    ended, before = [], 0.0
    size = looks.control[0] + len(effects) * looks.treated[0]
    for j in range(looks.number - 1):
        quiet, dropped = np.ones(()), np.ones(())
        for mean, arm in kinds.items():
            not_up = np.clip(1 - tree.up_by(arm, j), 0.0, 1.0)
            quiet = quiet * not_up ** counts[mean]
            dropped = dropped * np.clip(not_up - arm.stays[j], 0.0, 1.0) ** counts[mean]
        goes_on = tree.over(quiet - dropped)
        ended.append(1 - goes_on - before)
        before += ended[-1]
        size += (looks.control[j + 1] - looks.control[j]) * goes_on
        for mean, arm in kinds.items():
            rest = np.ones(())
            for other, one in kinds.items():
                number = counts[other] - (1 if other == mean else 0)
                rest = rest * np.clip(1 - tree.up_by(one, j), 0.0, 1.0) ** number
            going = tree.over(arm.stays[j] * rest)
            size += (looks.treated[j + 1] - looks.treated[j]) * counts[mean] * going
    ended.append(1 - before)
    best = _first_is_best(tree, kinds, effects) if first else math.nan
    return Characteristics(1 - tree.over(lost), best, size, tuple(ended))
