"""Two event rates over one exposure, Poisson or negative binomial: their ratio."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from benchside.tools.trials.design.checks import not_negative, positive
from benchside.tools.trials.design.counted import CountStatistic
from benchside.tools.trials.design.counts.rates import ExactPoissonTest, ScoreRateTest, WaldRateTest
from benchside.tools.trials.design.counts.ratio import RateRatioEndpoint
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority
from benchside.tools.trials.design.statistic import Statistic

_TESTS = ("wald", "wald-restricted", "wald-reference", "score")
_VARIANCE: dict[str, Literal["true", "restricted", "reference"]] = {
    "wald": "true",
    "wald-restricted": "restricted",
    "wald-reference": "reference",
}


class TwoRates(RateRatioEndpoint):
    """Counts of events in two groups, everybody observed for the same exposure; `recurrent-events` lets it vary.

    Tests: `wald`, the Wald test of the log rate ratio, sized by the true rates (method 2 of Zhu and Lakkis), the same
    sized with the variance restricted to the null (`wald-restricted`, method 3) or at the control rate
    (`wald-reference`, method 1), `score`, and, for Poisson counts, `exact` (conditional on all events).
    """

    kind: Literal["two-rates"] = "two-rates"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": (*_TESTS, "exact"),
        "non-inferiority": (*_TESTS, "exact"),
        "equivalence": _TESTS,
    }
    control: float = Field(description="control rate, events per unit of exposure")
    treatment: float = Field(description="treatment rate, events per unit of exposure")
    exposure: float = Field(1.0, description="exposure of each participant, in the unit of the rates")
    dispersion: float = Field(0.0, description="negative binomial dispersion, variance mean + dispersion mean²")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in ("control", "treatment", "exposure"):
            positive(name, getattr(self, name))
        not_negative("dispersion", self.dispersion)
        return self

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """See `Endpoint.make`.

        Raises:
            OutOfScopeError: the exact test with dispersion, which would not be exact.
            ImpossibleInputError: a null that is no ratio.
        """
        if test == "exact" and self.dispersion > 0:
            raise OutOfScopeError(
                "the exact test is one of Poisson counts",
                where="test",
                hint="Choose wald or score, or a dispersion of 0.",
            )
        return super().make(test, hypothesis)

    def _of(self, test: str, null: float, direction: int) -> CountStatistic:
        common: dict[str, Any] = {
            "treatment": self.treatment * self.exposure,
            "control": self.control * self.exposure,
            "dispersion": self.dispersion,
            "null": null,
            "direction": direction,
        }
        if test == "exact":
            return ExactPoissonTest(**common, label="exact conditional test of two Poisson rates")
        law = "negative binomial" if self.dispersion > 0 else "Poisson"
        references = ("zhu-lakkis-2014", "zhu-2017") if self.dispersion > 0 else ("gu-ng-tang-schucany-2008",)
        if test == "score":
            return ScoreRateTest(**common, label=f"score test of the {law} rate ratio", references=references)
        return WaldRateTest(
            **common,
            variance=_VARIANCE[test],
            label=f"Wald test of the log {law} rate ratio",
            references=references,
        )
