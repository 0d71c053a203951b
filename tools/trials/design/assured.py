"""Assurance of a comparison: its power averaged over what is believed about the effect, instead of at one value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from benchside.tools.trials.design.adaptive.assurance import NormalPrior
from benchside.tools.trials.design.adaptive.assurance import assurance as averaged
from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError
from benchside.tools.trials.design.results import Quantity

if TYPE_CHECKING:
    from benchside.tools.trials.design.compared import Compared

REACH = 8.0  # standard deviations of the prior that count


def assurance(design: Compared, effect_sd: float) -> Quantity:
    """Probability of success when the effect is normal around the assumed one (its logarithm, for ratios).

    Success counts rejections in the good direction only. The prior is cut to the effects that the endpoint can have.

    Source: O'Hagan, Stevens and Campbell (2005), Pharmaceutical Statistics 4, 187-201.

    Raises:
        ContradictoryInputError: for equivalence, whose good effects have two sides.
    """
    if len(design.nulls) > 1:
        raise ContradictoryInputError(
            "assurance of an equivalence test is out of scope", where="effect_sd", hint="Leave effect_sd out."
        )
    log = design.endpoint.no_effect == 1.0
    effect = design.endpoint.effect()
    mean = math.log(effect) if log else effect
    low, high = (_limit(design, mean, sign * REACH * effect_sd, log=log) for sign in (-1, 1))
    prior = NormalPrior(mean=mean, sd=effect_sd, log=log, lower=low, upper=high)
    sizes = np.asarray(design.sizes, dtype=float)

    def power(true: float) -> float:
        statistic = design.statistic_at(true)
        if design.plan is None:
            return float(statistic.power(sizes, design.level / design.sides, 1))
        return float(design.plan.power(float(statistic.drift(sizes, design.level, design.sides))))

    null = design.nulls[0]
    found = averaged(power, prior, null=null, higher=effect > null)
    cut = " cut to possible effects" if low is not None or high is not None else ""
    ceiling = "" if found.ceiling is None else f"; at most {found.ceiling:.3g} with any size"
    scale = " of its logarithm" if log else ""
    return Quantity(
        "assurance", "assurance", found.value, "1", note=f"normal prior, SD {effect_sd:g}{scale}{cut}{ceiling}"
    )


def _limit(design: Compared, mean: float, reach: float, *, log: bool) -> float | None:
    """Where, between the assumed effect and the end of the prior, effects stop being possible; None where none does."""

    def possible(share: float) -> bool:
        value = mean + share * reach
        try:
            design.statistic_at(math.exp(value) if log else value)
        except (DesignError, OverflowError):
            return False
        return True

    if possible(1.0):
        return None
    inside, outside = 0.0, 1.0
    for _ in range(40):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if possible(middle) else (inside, middle)
    value = mean + inside * reach
    return math.exp(value) if log else value
