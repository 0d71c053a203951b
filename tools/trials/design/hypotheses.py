"""What is to be shown: superiority, non-inferiority or equivalence, on the scale of the endpoint's effect.

A margin is a value of the effect (a difference, or a ratio), with its sign: a new drug that may cure 5 points fewer has
the margin -0.05; a hazard ratio that may rise to 1.25 has the margin 1.25. The side on which the assumed effect lies of
it is the alternative.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchside.tools.trials.design.checks import finite
from benchside.tools.trials.design.errors import ContradictoryInputError


class Superiority(BaseModel):
    """The effect differs from `null` (of the scale when not given: 0 for differences, 1 for ratios)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["superiority"] = "superiority"
    null: float | None = None

    def nulls(self, none: float) -> tuple[float, ...]:
        """The effects that are to be excluded; `none` is no effect on this scale."""
        return (none if self.null is None else finite("null", self.null),)


class NonInferiority(BaseModel):
    """The effect is on the good side of `margin`, a signed value of the effect."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["non-inferiority"] = "non-inferiority"
    margin: float

    def nulls(self, none: float) -> tuple[float, ...]:
        """The margin; a margin of no effect is superiority."""
        if finite("margin", self.margin) == none:
            raise ContradictoryInputError(
                f"the margin {self.margin:g} is no effect at all",
                where="margin",
                hint="Give a margin other than no effect, or ask for superiority.",
            )
        return (self.margin,)


class Equivalence(BaseModel):
    """The effect lies between `lower` and `upper`: two one-sided tests, each at level alpha."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["equivalence"] = "equivalence"
    lower: float
    upper: float

    def nulls(self, none: float) -> tuple[float, ...]:
        """Both margins, which must enclose no effect."""
        low, high = finite("lower", self.lower), finite("upper", self.upper)
        if not low < none < high:
            raise ContradictoryInputError(
                f"the margins {low:g} and {high:g} do not enclose no effect ({none:g})",
                where="margins",
                hint="Give a lower margin below and an upper margin above no effect.",
            )
        return (low, high)


Hypothesis = Annotated[Superiority | NonInferiority | Equivalence, Field(discriminator="kind")]


def direction_of(effect: float, hypothesis: Superiority | NonInferiority | Equivalence, no_effect: float) -> int:
    """Side of the null on which the alternative lies: 1 above, -1 below; 1 for equivalence, which has both.

    It is the side of the assumed effect. An effect at the null, as for a type I error, has none of its own: the
    alternative of a margin is then on the side of no effect, and that of superiority above.
    """
    nulls = hypothesis.nulls(no_effect)
    if len(nulls) == 2:
        return 1
    if not math.isclose(effect, nulls[0], rel_tol=1e-9):
        return 1 if effect > nulls[0] else -1
    return -1 if hypothesis.kind == "non-inferiority" and no_effect < nulls[0] else 1
