"""An ordered categorical endpoint under proportional odds."""

from __future__ import annotations

import math
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from benchside.tools.trials.design.checks import finite, positive, probability
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.ordinal.statistics import OrdinalTest, shifted
from benchside.tools.trials.design.statistic import Statistic

MOST_CATEGORIES = 200


class Ordinal(Endpoint):
    """Ordered categories, such as a scale of recovery, in two groups; the treatment shifts all odds alike.

    The test is the Wilcoxon test with ties, which is the score test of the proportional-odds model. Its power is
    approximated by `proportional-odds` (Whitehead) or by `wilcoxon` (variance under the alternative too, which is
    nearer to the truth for large effects).
    """

    kind: Literal["ordinal"] = "ordinal"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {"superiority": ("proportional-odds", "wilcoxon")}
    effect_name: ClassVar[str] = "odds ratio of a higher category"
    no_effect: ClassVar[float] = 1.0
    control_probabilities: tuple[float, ...] = Field(description="control probabilities of the categories, in order")
    odds_ratio: float = Field(description="odds ratio of a higher (later) category, treatment against control")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        shares = self.control_probabilities
        if not 2 <= len(shares) <= MOST_CATEGORIES:
            raise ImpossibleInputError(
                f"{len(shares)} categories", where="control_probabilities", hint=f"Give 2 to {MOST_CATEGORIES}."
            )
        for share in shares:
            probability("control_probabilities", share)
        if abs(math.fsum(shares) - 1) > 1e-6:
            raise ContradictoryInputError(
                f"the probabilities sum to {math.fsum(shares):g}",
                where="control_probabilities",
                hint="Give one for each category, with the sum 1.",
            )
        if not 1e-6 <= positive("odds_ratio", self.odds_ratio) <= 1e6:
            raise ImpossibleInputError(
                f"odds_ratio is {self.odds_ratio:g}", where="odds_ratio", hint="Give one between 1e-6 and 1e6."
            )
        return self

    def effect(self) -> float:
        """The odds ratio."""
        return self.odds_ratio

    def with_effect(self, effect: float) -> Self:
        """Another odds ratio at the same control probabilities."""
        value = positive("effect", finite("effect", effect))
        return type(self).model_validate(self.model_dump() | {"odds_ratio": value})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """See `Endpoint.make`.

        Raises:
            OutOfScopeError: another null than an odds ratio of 1.
        """
        nulls = hypothesis.nulls(self.no_effect)
        if nulls != (1.0,):
            raise OutOfScopeError(
                f"the Wilcoxon test is one of no effect, not of an odds ratio of {nulls[0]:g}",
                where="null",
                hint="Leave out the null.",
            )
        whole = math.fsum(self.control_probabilities)
        control = tuple(p / whole for p in self.control_probabilities)
        proportional = test == "proportional-odds"
        return OrdinalTest(
            treatment=shifted(control, self.odds_ratio),
            control=control,
            log_odds_ratio=math.log(self.odds_ratio),
            direction=direction_of(self.odds_ratio, hypothesis, self.no_effect),
            model="proportional-odds" if proportional else "wilcoxon",
            label="score test of proportional odds" if proportional else "Wilcoxon test of ordered categories",
            references=("whitehead-1993",) if proportional else ("zhao-rahardja-qu-2008",),
        )
