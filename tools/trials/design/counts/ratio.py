"""What endpoints of two event rates have in common: their effect is the ratio of treatment to control."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

from benchside.tools.trials.design.checks import finite, positive
from benchside.tools.trials.design.counted import CountStatistic, TwoOneSided
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.statistic import Statistic


class RateRatioEndpoint(Endpoint):
    """Two event rates, compared by their ratio."""

    effect_name: ClassVar[str] = "rate ratio"
    no_effect: ClassVar[float] = 1.0
    control: float
    treatment: float

    def effect(self) -> float:
        """Treatment rate by control rate."""
        return self.treatment / self.control

    def with_effect(self, effect: float) -> Self:
        """The control rate stays, the treatment's moves."""
        value = positive("effect", finite("effect", effect))
        moved = self.treatment if value == self.effect() else self.control * value
        return self.model_copy(update={"treatment": moved})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """See `Endpoint.make`.

        Raises:
            ImpossibleInputError: a null that is no ratio.
        """
        nulls = tuple(positive("null", null) for null in hypothesis.nulls(self.no_effect))
        if isinstance(hypothesis, Equivalence):
            return TwoOneSided.of(self._of(test, nulls[0], 1), self._of(test, nulls[1], -1))
        return self._of(test, nulls[0], direction_of(self.effect(), hypothesis, self.no_effect))

    @abstractmethod
    def _of(self, test: str, null: float, direction: int) -> CountStatistic:
        """The test of one null."""
