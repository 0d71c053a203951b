"""Endpoints that are means: one or two arms, pairs, and crossovers."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from benchside.tools.trials.design.checks import between, finite, positive, whole
from benchside.tools.trials.design.continuous.statistics import MeanStatistic, TStatistic, WelchStatistic, ZStatistic
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of

AnyHypothesis = Superiority | NonInferiority | Equivalence


def _finite(given: Any, info: ValidationInfo) -> float:
    return finite(str(info.field_name), given)


def _positive(given: Any, info: ValidationInfo) -> float:
    return positive(str(info.field_name), given)


def _whole(given: Any, info: ValidationInfo) -> int:
    return whole(str(info.field_name), given, 0, 2**53)


# checked before pydantic converts: true is no number, and an error names the field and what to change
Number = Annotated[float, BeforeValidator(_finite)]
Positive = Annotated[float, BeforeValidator(_positive)]
Whole = Annotated[int, BeforeValidator(_whole)]


class MeanEndpoint(Endpoint):
    """Base of the endpoints whose effect is a difference of means, given as it is."""

    effect_name: ClassVar[str] = "difference of means"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("t", "z"),
        "non-inferiority": ("t", "z"),
        "equivalence": ("t", "z"),
    }
    difference: Number

    def effect(self) -> float:
        """The assumed difference."""
        return self.difference

    def with_effect(self, effect: float) -> Self:
        """The same at another true difference."""
        return type(self).model_validate(self.model_dump() | {"difference": effect})

    def _contrast(
        self,
        test: str,
        hypothesis: AnyHypothesis,
        what: str,
        coefficients: tuple[float, ...],
        sds: tuple[float, ...],
        *,
        references: tuple[str, ...],
        counted: str = "participants",
        arm_names: tuple[str, ...] = ("all",),
    ) -> MeanStatistic:
        """The statistic of a test of this contrast; `what` names it, as in "two-sample"."""
        kinds: dict[str, tuple[type[MeanStatistic], str, tuple[str, ...]]] = {
            "z": (ZStatistic, "z test, known variance", ("chow-2003",)),
            "t": (TStatistic, "t test", ("julious-2004",)),
            "welch": (WelchStatistic, "Welch t test, unequal variances", ("welch-1947",)),
        }
        kind, name, known = kinds[test]
        if isinstance(hypothesis, Equivalence):
            name = f"pair of one-sided {name.replace('test', 'tests', 1)}"
            known = (*known, "schuirmann-1987", *(("phillips-1990",) if test == "t" else ()))
        return kind(
            label=f"{what} {name}",
            references=(*known, *(r for r in references if r not in known)),
            direction=direction_of(self.difference, hypothesis, self.no_effect),
            effect=self.difference,
            nulls=hypothesis.nulls(self.no_effect),
            coefficients=coefficients,
            sds=sds,
            counted=counted,
            arm_names=arm_names,
        )


class TwoMeans(MeanEndpoint):
    """Means of two independent arms.

    Tests: `t` (pooled variance, exact noncentral t), `welch` (separate variances, exact), `z` (known variances).
    """

    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("t", "welch", "z"),
        "non-inferiority": ("t", "welch", "z"),
        "equivalence": ("t", "welch", "z"),
    }
    kind: Literal["two-means"] = "two-means"
    difference: Number = Field(description="true mean of treatment minus control, in units of the outcome")
    sd: Positive = Field(description="standard deviation of the outcome, in its units; of both arms, or of control")
    sd_treatment: Positive | None = Field(
        default=None, description="standard deviation in the treatment arm where it differs"
    )

    def make(self, test: str, hypothesis: AnyHypothesis) -> MeanStatistic:
        """See `Endpoint.statistic`.

        Raises:
            ContradictoryInputError: the pooled t test with unequal standard deviations.
        """
        treated = self.sd if self.sd_treatment is None else self.sd_treatment
        if test == "t" and treated != self.sd:
            raise ContradictoryInputError(
                "the pooled t test assumes one standard deviation, and two are given",
                where="test",
                hint="Choose the test welch, or leave out sd_treatment.",
            )
        return self._contrast(
            test, hypothesis, "two-sample", (1.0, -1.0), (treated, self.sd),
            references=(), arm_names=("treatment", "control"),
        )  # fmt: skip


class OneMean(MeanEndpoint):
    """Mean of one arm against a fixed value."""

    effect_name: ClassVar[str] = "difference from the reference value"
    kind: Literal["one-mean"] = "one-mean"
    difference: Number = Field(description="true mean minus the reference value, in units of the outcome")
    sd: Positive = Field(description="standard deviation of the outcome, in its units")

    def make(self, test: str, hypothesis: AnyHypothesis) -> MeanStatistic:
        """See `Endpoint.statistic`."""
        return self._contrast(test, hypothesis, "one-sample", (1.0,), (self.sd,), references=())


class PairedMeans(MeanEndpoint):
    """Mean of the differences within pairs, such as after minus before, or left minus right."""

    effect_name: ClassVar[str] = "mean difference within pairs"
    kind: Literal["paired-means"] = "paired-means"
    difference: Number = Field(description="true mean of the differences within pairs, in units of the outcome")
    sd: Positive = Field(
        description="standard deviation of the differences; with a correlation, of a single measurement"
    )
    correlation: Number | None = Field(
        default=None, description="correlation within pairs, when sd is of a measurement"
    )

    @model_validator(mode="after")
    def _sound(self) -> PairedMeans:
        if self.correlation is not None:
            between("correlation", self.correlation, -1, 1)
        return self

    @property
    def sd_difference(self) -> float:
        """Standard deviation of the differences."""
        return self.sd if self.correlation is None else self.sd * math.sqrt(2 * (1 - self.correlation))

    def make(self, test: str, hypothesis: AnyHypothesis) -> MeanStatistic:
        """See `Endpoint.statistic`."""
        return self._contrast(
            test, hypothesis, "paired", (1.0,), (self.sd_difference,), references=(), counted="pairs"
        )  # fmt: skip


class CrossoverMeans(MeanEndpoint):
    """Means of two treatments in a 2x2 crossover (AB/BA); sizes are those of the two sequences.

    The treatment effect is half the difference between the sequences of the mean within-subject period difference, so
    that period effects cancel; carry-over is assumed equal (`formulas.carryover_size` plans a test of it).
    """

    kind: Literal["crossover-means"] = "crossover-means"
    difference: Number = Field(description="true mean of treatment minus control, in units of the outcome")
    sd_within: Positive = Field(
        description="within-subject standard deviation (root of the residual mean square), in units of the outcome; "
        "that of within-subject differences divided by 1.4142"
    )

    def make(self, test: str, hypothesis: AnyHypothesis) -> MeanStatistic:
        """See `Endpoint.statistic`."""
        sd = self.sd_within * math.sqrt(2)
        return self._contrast(
            test, hypothesis, "2x2 crossover", (0.5, -0.5), (sd, sd),
            references=("senn-2002",), arm_names=("sequence AB", "sequence BA"),
        )  # fmt: skip


class WilliamsMeans(MeanEndpoint):
    """Means of two of several treatments in a Williams design, balanced for first-order carry-over (Chow 2003, 3.5).

    k treatments need k sequences where k is even and 2k where it is odd; sizes are those of the sequences. The
    variance is estimated from within-subject differences of these two treatments, within sequences. Alpha is that of
    one comparison: give less where several of them are to hold together.
    """

    kind: Literal["williams-means"] = "williams-means"
    difference: Number = Field(description="true mean of one treatment minus another, in units of the outcome")
    sd_difference: Positive = Field(
        description="standard deviation of within-subject differences between two treatments, in units of the outcome"
    )
    treatments: Whole = Field(description="number of treatments, each given once to each participant")

    @model_validator(mode="after")
    def _sound(self) -> WilliamsMeans:
        whole("treatments", self.treatments, 2, 10)
        return self

    @property
    def sequences(self) -> int:
        """Sequences of a balanced design."""
        return self.treatments if self.treatments % 2 == 0 else 2 * self.treatments

    def make(self, test: str, hypothesis: AnyHypothesis) -> MeanStatistic:
        """See `Endpoint.statistic`."""
        k = self.sequences
        return self._contrast(
            test, hypothesis, f"Williams design of {self.treatments} treatments,", (1 / k,) * k,
            (self.sd_difference,) * k, references=("chow-2003", "williams-1949"),
            arm_names=tuple(f"sequence {i + 1}" for i in range(k)),
        )  # fmt: skip
