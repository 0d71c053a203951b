"""True dose-response curves under which a design is judged, and which dose is the right one under each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import between
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError

Floats = NDArray[np.float64]
STEP = 0.85  # logits between neighbouring doses of the default curves: about 0.15 around 0.3
TOO_TOXIC = 1.4  # the lowest dose is no MTD when its rate is above this multiple of the target (Liu and Yuan 2015)
MOST_DEFAULTS = 5


@dataclass(frozen=True, slots=True)
class Scenario:
    """One truth.

    Attributes:
        name: for people.
        toxicity: DLT rates by dose.
        categories: probabilities of the outcome categories by dose, shape (levels, 2 or 4).
        best: level of the dose that a trial should select, 0 when it should select none.
        mtd: level of the highest dose that is not an overdose, 0 when all are.
        efficacy: response rates by dose, empty where the design does not look at them.
    """

    name: str
    toxicity: tuple[float, ...]
    categories: Floats
    best: int
    mtd: int
    efficacy: tuple[float, ...] = ()


def curve(name: str, values: Sequence[float], levels: int, *, rising: bool = True) -> tuple[float, ...]:
    """A checked curve of one probability for each level.

    Raises:
        ImpossibleInputError: not one value for each level, or not a probability.
        ContradictoryInputError: toxicity that falls with dose.
    """
    if isinstance(values, str) or len(values) != levels:
        raise ImpossibleInputError(
            f"{name} has not {levels} values", where=name, hint="Give one rate for each dose level."
        )
    found = tuple(between(name, v, 0, 1, closed=True) for v in values)
    if rising and any(b < a for a, b in pairwise(found)):
        raise ContradictoryInputError(
            f"{name} falls with dose", where=name, hint="Order the dose levels so that toxicity does not fall."
        )
    return found


def true_mtd(toxicity: Sequence[float], target: float) -> int:
    """The level whose rate is nearest to the target (the lower of two), 0 when even the lowest is far too toxic."""
    if toxicity[0] > TOO_TOXIC * target:
        return 0
    return int(np.argmin(np.round(np.abs(np.asarray(toxicity) - target), 12))) + 1


def toxicity_scenario(name: str, toxicity: Sequence[float], target: float) -> Scenario:
    """A truth about toxicity alone."""
    rates = np.asarray(toxicity, dtype=float)
    mtd = true_mtd(toxicity, target)
    return Scenario(name, tuple(float(r) for r in rates), np.stack([1 - rates, rates], axis=1), mtd, mtd)


def logistic_curve(target: float, levels: int, mtd: int) -> tuple[float, ...]:
    """Rates that rise by `STEP` logits a level and equal the target at level `mtd`, which may lie outside."""
    centre = math.log(target / (1 - target))
    return tuple(1 / (1 + math.exp(-(centre + STEP * (level - mtd)))) for level in range(1, levels + 1))


def default_curves(target: float, levels: int) -> list[tuple[str, tuple[float, ...]]]:
    """The default set: the MTD at the lowest, intermediate and highest dose, all doses too toxic, all safe."""
    places = sorted({round(p) for p in np.linspace(1, levels, min(levels, MOST_DEFAULTS))})
    found = [(f"MTD at dose {place}", logistic_curve(target, levels, place)) for place in places]
    over = 0 if logistic_curve(target, levels, 0)[0] > TOO_TOXIC * target else -1
    found.append(("all doses too toxic", logistic_curve(target, levels, over)))
    found.append(("all doses safe", logistic_curve(target, levels, levels + 2)))
    return found


def utility_scenario(
    name: str,
    toxicity: Sequence[float],
    efficacy: Sequence[float],
    *,
    utilities: Sequence[float],
    toxicity_limit: float,
    efficacy_limit: float,
) -> Scenario:
    """A truth about toxicity and efficacy, which are independent within a patient.

    The best dose has the highest mean utility among those with toxicity at most, and efficacy at least, the limits.

    Args:
        utilities: of neither, efficacy alone, toxicity alone, both.
    """
    t, e = np.asarray(toxicity, dtype=float), np.asarray(efficacy, dtype=float)
    categories = np.stack([(1 - t) * (1 - e), (1 - t) * e, t * (1 - e), t * e], axis=1)
    mean = categories @ np.asarray(utilities, dtype=float)
    fit = (t <= toxicity_limit + 1e-12) & (e >= efficacy_limit - 1e-12)
    best = int(np.argmax(np.where(fit, mean, -np.inf))) + 1 if fit.any() else 0
    tolerated = np.flatnonzero(t <= toxicity_limit + 1e-12)
    mtd = int(tolerated[-1]) + 1 if len(tolerated) else 0
    return Scenario(name, tuple(map(float, t)), categories, best, mtd, tuple(map(float, e)))


def default_pairs(toxicity_limit: float, efficacy_limit: float, levels: int) -> list[tuple[str, Floats, Floats]]:
    """Name, DLT rates and response rates of the default truths for toxicity with efficacy.

    Efficacy rises, reaches a plateau or peaks in the middle; the last but one is too toxic, the last ineffective.
    """
    level = np.arange(1, levels + 1)
    middle, e = (levels + 1) // 2, efficacy_limit
    rising = np.clip(e + 0.5 * (level - 1) / max(levels - 1, 1), 0, 0.95)
    plateau = np.clip(np.where(level < middle, e * level / middle, e + 0.25), 0, 0.95)
    peak = np.clip(e + 0.35 - 0.12 * np.abs(level - middle), 0.02, 0.95)
    safe, steep, over = (np.array(logistic_curve(toxicity_limit, levels, m)) for m in (levels + 2, middle, -1))
    return [
        ("safe, efficacy rises", safe, rising),
        ("safe, efficacy reaches a plateau", safe, plateau),
        ("safe, efficacy peaks in the middle", safe, peak),
        ("toxicity rises, efficacy rises", steep, rising),
        ("toxicity rises, efficacy reaches a plateau", steep, plateau),
        ("all doses too toxic", over, rising),
        ("no dose effective", safe, np.full(levels, e / 4)),
    ]
