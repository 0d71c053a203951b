"""Two proportions: their difference, risk ratio or odds ratio, by the test that is named."""

from __future__ import annotations

from typing import ClassVar, Literal, Self, TypedDict

from pydantic import Field, model_validator

from benchside.tools.trials.design.binary.fisher import FisherTest
from benchside.tools.trials.design.binary.scores import NO_EFFECT, Scale, checked_null, effect_of, treated
from benchside.tools.trials.design.binary.statistics import (
    ArcsineTest,
    CorrectedTest,
    LinearTest,
    LogRatioTest,
    OddsScoreTest,
    TwoProportionTest,
)
from benchside.tools.trials.design.checks import finite, probability
from benchside.tools.trials.design.counted import TwoOneSided
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.statistic import Statistic

_WORDS = {"difference": "risk difference", "risk-ratio": "risk ratio", "odds-ratio": "odds ratio"}
_MARGINS = ("farrington-manning", "miettinen-nurminen", "unpooled", "log-odds", "log-risk")
_OF_NO_EFFECT = ("pooled", "continuity-corrected", "fisher", "arcsine")
_SCALES = {"unpooled": ("difference", "risk-ratio"), "log-odds": ("odds-ratio",), "log-risk": ("risk-ratio",)}


_SIMPLE: dict[str, tuple[type[CorrectedTest | ArcsineTest | LogRatioTest], str, tuple[str, ...]]] = {
    "continuity-corrected": (
        CorrectedTest,
        "chi-squared test with Yates's correction",
        ("fleiss-tytun-ury-1980", "casagrande-pike-smith-1978"),
    ),
    "arcsine": (ArcsineTest, "arcsine test", ("cohen-1988",)),
    "log-odds": (LogRatioTest, "Wald test of the log {}", ("lachin-2011",)),
    "log-risk": (LogRatioTest, "Wald test of the log {}", ("lachin-2011",)),
}


class _Common(TypedDict, total=False):
    treatment: float
    control: float
    null: float
    scale: Scale
    direction: int


class TwoProportions(Endpoint):
    """Proportion with an event (a response, a failure) in two independent groups.

    Tests: `pooled` (z with the pooled variance in the test, the chi-squared test), `unpooled` (Wald),
    `farrington-manning` and `miettinen-nurminen` (score tests of any null, the latter with N / (N - 1)),
    `continuity-corrected` (chi-squared with Yates's correction), `fisher` (exact), `log-odds` and `log-risk` (Wald
    tests of the logarithm of a ratio) and `arcsine`. A null other than no effect needs one that can exclude it.
    """

    kind: Literal["two-proportions"] = "two-proportions"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": (
            "pooled",
            "unpooled",
            "farrington-manning",
            "miettinen-nurminen",
            "continuity-corrected",
            "fisher",
            "log-odds",
            "log-risk",
            "arcsine",
        ),
        "non-inferiority": _MARGINS,
        "equivalence": _MARGINS,
    }
    control: float = Field(description="control proportion with the event")
    treatment: float = Field(description="treatment proportion with the event")
    scale: Scale = Field("difference", description="scale of effect and margin")

    @property
    def effect_name(self) -> str:
        """Such as "risk difference"."""
        return _WORDS[self.scale]

    @property
    def no_effect(self) -> float:
        """0 for a difference, 1 for a ratio."""
        return NO_EFFECT[self.scale]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        probability("control", self.control)
        probability("treatment", self.treatment)
        return self

    def effect(self) -> float:
        """Treatment against control on the scale."""
        return effect_of(self.scale, self.treatment, self.control)

    def with_effect(self, effect: float) -> Self:
        """The control proportion stays, the treatment's moves.

        Raises:
            ImpossibleInputError: no treatment proportion between 0 and 1 has this effect.
        """
        value = finite("effect", effect)
        moved = self.treatment if value == self.effect() else treated(self.scale, value, self.control)
        if not 0 < moved < 1:
            raise ImpossibleInputError(
                f"a {self.effect_name} of {value:g} puts the treatment proportion at {moved:g}",
                where="effect",
                hint="Both proportions must lie strictly between 0 and 1.",
            )
        return self.model_copy(update={"treatment": moved})

    def default_test(self, hypothesis: Superiority | NonInferiority | Equivalence) -> str:
        """The pooled test of no effect, and the score test of Farrington and Manning of any other null."""
        return "pooled" if hypothesis.nulls(self.no_effect) == (self.no_effect,) else "farrington-manning"

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """See `Endpoint.make`.

        Raises:
            OutOfScopeError: a test that does not fit the scale, or a test of no effect against another null.
        """
        scales = _SCALES.get(test, tuple(NO_EFFECT))
        if self.scale not in scales:
            raise OutOfScopeError(
                f"the test {test} is not one of the {self.effect_name}",
                where="test",
                hint=f"It goes with the scale {' or '.join(scales)}; farrington-manning goes with each.",
            )
        nulls = tuple(checked_null(self.scale, null) for null in hypothesis.nulls(self.no_effect))
        if test in _OF_NO_EFFECT and nulls != (self.no_effect,):
            raise OutOfScopeError(
                f"the test {test} is one of no effect, not of a {self.effect_name} of {nulls[0]:g}",
                where="test",
                hint="Choose farrington-manning or miettinen-nurminen for another null.",
            )
        if isinstance(hypothesis, Equivalence):
            return TwoOneSided.of(self._of(test, nulls[0], 1), self._of(test, nulls[1], -1))
        direction = direction_of(self.effect(), hypothesis, self.no_effect)
        if test == "fisher":
            return FisherTest(treatment=self.treatment, control=self.control, direction=direction)
        return self._of(test, nulls[0], direction)

    def _of(self, test: str, null: float, direction: int) -> TwoProportionTest:
        common = _Common(
            treatment=self.treatment, control=self.control, null=null, scale=self.scale, direction=direction
        )
        words = self.effect_name
        if test == "pooled":
            common |= _Common(null=0.0, scale="difference")
            return LinearTest(
                **common, variance="restricted", label="z test, pooled variance", references=("fleiss-tytun-ury-1980",)
            )
        if test == "unpooled":
            label = f"z test of the {words}, unpooled variance"
            return LinearTest(**common, variance="unpooled", label=label, references=("lachin-2011",))
        if test in _SIMPLE:
            kind, label, references = _SIMPLE[test]
            return kind(**common, label=label.format(words), references=references)
        return self._score(common, adjusted=test == "miettinen-nurminen")

    def _score(self, common: _Common, *, adjusted: bool) -> TwoProportionTest:
        author = "Miettinen and Nurminen" if adjusted else "Farrington and Manning"
        if self.scale == "odds-ratio":
            # Farrington and Manning left the odds ratio out: the score test without N / (N - 1) has no author's name
            label = f"score test of the odds ratio{f' ({author})' if adjusted else ''}"
            return OddsScoreTest(**common, label=label, adjusted=adjusted, references=("miettinen-nurminen-1985",))
        return LinearTest(
            **common,
            variance="restricted",
            adjusted=adjusted,
            label=f"score test of the {self.effect_name} ({author})",
            references=("miettinen-nurminen-1985",) if adjusted else ("farrington-manning-1990",),
        )
