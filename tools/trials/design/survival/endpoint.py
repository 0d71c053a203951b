"""Time-to-event endpoints: what is assumed of hazards, entry and follow-up, and the tests that are offered."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar, Literal, NoReturn, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.optimize import brentq

from benchside.tools.trials.design.checks import finite, not_negative, positive
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.statistic import Statistic
from benchside.tools.trials.design.survival.accrual import accrual_of
from benchside.tools.trials.design.survival.events import EventModel, Stratum, checked_model
from benchside.tools.trials.design.survival.maxcombo import MaxCombo
from benchside.tools.trials.design.survival.moments import LOG_RANK, checked_weight
from benchside.tools.trials.design.survival.rates import PiecewiseRates, Risk, hazard_of_median, piecewise
from benchside.tools.trials.design.survival.rmst import RestrictedMean, restricted_mean
from benchside.tools.trials.design.survival.statistics import (
    Freedman,
    HazardEquivalence,
    LachinFoulkes,
    Schoenfeld,
    WeightedLogRank,
)

Hypotheses = Superiority | NonInferiority | Equivalence
WIDEST_RATIO = 100.0
OUT_OF_SCOPE = {
    "competing": "competing risks are not plain survival: with them, hazards say nothing about cumulative incidence",
    "cure": "a cured share is not plain survival: the hazards are not proportional and events stop short",
    "recurrent": "recurrent events are counted, not timed once: use the count endpoints",
    "interval": "interval-censored times have no log-rank test",
}


def refuse(what: str) -> NoReturn:
    """Refuse a design that looks like survival but is not, by name.

    Raises:
        OutOfScopeError: always.
    """
    raise OutOfScopeError(
        OUT_OF_SCOPE[what], where=what, hint="Ask a statistician for a design of that kind; it is not offered here."
    )


class TimeToEventEndpoint(Endpoint):
    """What both endpoints assume: hazards, entry, follow-up and dropout.

    All times are in one unit of the user's choice, such as months, and hazards and rates are per that unit. Give the
    control arm by its median or its hazard, and either the accrual duration (the size then sets the rate) or
    the accrual rate (the size then sets the duration).
    """

    control_median: float | None = Field(None, description="median time to the event in the control arm")
    control_hazard: float | str | None = Field(
        None, description="hazard of the control arm per unit of time; start:hazard pairs for steps, as 0:0.05,6:0.03"
    )
    hazard_ratio: float | None = Field(None, description="hazard ratio of treatment against control")
    treatment_median: float | None = Field(
        None, description="median time to the event in the treatment arm, instead of a hazard ratio"
    )
    accrual: float | None = Field(None, description="duration of accrual")
    accrual_rate: float | str | None = Field(
        None,
        description="participants per unit of time; start:rate pairs for steps, whose shape counts with a duration",
    )
    accrual_decline: float = Field(
        0.0, description="exponential decline of the accrual rate per unit of time; negative for a slow start"
    )
    follow_up: float = Field(description="follow-up from the last entry to the final analysis")
    longest_follow_up: float | None = Field(None, description="longest follow-up of a participant")
    dropout_hazard: float | str = Field(0.0, description="hazard of dropping out per unit of time in both arms")
    delay: float = Field(0.0, description="time since entry until the treatment starts to act")

    @model_validator(mode="before")
    @classmethod
    def _in_scope(cls, given: Any) -> Any:
        if isinstance(given, dict):
            for name, value in given.items():
                word = str(name).lower()
                for what in OUT_OF_SCOPE:
                    if what in word:
                        refuse(what)
                if isinstance(value, bool):
                    raise ImpossibleInputError(f"{name} is {value!r}", where=str(name), hint="Give a number.")
        return given

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _one_of("control_median", self.control_median, "control_hazard", self.control_hazard)
        _one_of("hazard_ratio", self.hazard_ratio, "treatment_median", self.treatment_median)
        if self.accrual is None and self.accrual_rate is None:
            raise ContradictoryInputError(
                "neither the duration nor the rate of accrual is given", where="accrual", hint="Give one of them."
            )
        rate = None if self.accrual_rate is None else piecewise("accrual_rate", self.accrual_rate)
        if self.accrual is not None and rate is not None and len(rate.starts) == 1:
            raise ContradictoryInputError(
                "both the duration and the rate of accrual are given, so that the size is settled",
                where="accrual_rate",
                hint="Give one of them; the size sets the other.",
            )
        if self.accrual is None and rate is not None and (self.accrual_decline > 0 or rate.rates[-1] == 0):
            raise ContradictoryInputError(
                "accrual comes to an end by itself, so that the size cannot set its duration",
                where="accrual",
                hint="Give the accrual duration.",
            )
        not_negative("delay", self.delay)
        ratio = positive("hazard_ratio", self.ratio)
        if not 1 / WIDEST_RATIO <= ratio <= WIDEST_RATIO:
            raise ImpossibleInputError(
                f"the hazard ratio is {ratio:g}",
                where="hazard_ratio",
                hint=f"From {1 / WIDEST_RATIO:g} to {WIDEST_RATIO:g}; was a median given in another unit?",
            )
        model = self.event_model  # its parts are checked as it is made
        if not self.rate_driven and self.delay > 0 and self.delay >= model.duration:
            raise ContradictoryInputError(
                f"the treatment starts to act at {self.delay:g}, after the last participant's follow-up",
                where="delay",
                hint="Give a shorter delay or a longer follow-up.",
            )
        return self

    @cached_property
    def control(self) -> PiecewiseRates:
        """Hazard of the control arm."""
        if self.control_median is not None:
            return PiecewiseRates.constant(hazard_of_median(self.control_median, "control_median"))
        assert self.control_hazard is not None
        return piecewise("control_hazard", self.control_hazard)

    @cached_property
    def ratio(self) -> float:
        """The hazard ratio, from the medians where those are given."""
        if self.hazard_ratio is not None:
            return finite("hazard_ratio", self.hazard_ratio)
        assert self.treatment_median is not None
        median = positive("treatment_median", self.treatment_median)
        before = float(self.control.cumulative(np.asarray(min(self.delay, median))))
        after = float(self.control.cumulative(np.asarray(median))) - before
        if median <= self.delay or after <= 0 or before >= math.log(2):
            raise ContradictoryInputError(
                f"no hazard ratio after {self.delay:g} gives the median {median:g}",
                where="treatment_median",
                hint="Give the hazard ratio instead.",
            )
        return (math.log(2) - before) / after

    @cached_property
    def event_model(self) -> EventModel:
        """The trial; its participants are set by the sizes."""
        dropout = piecewise("dropout_hazard", self.dropout_hazard)
        longest = math.inf if self.longest_follow_up is None else self.longest_follow_up
        duration = self.accrual if self.accrual is not None else 1.0
        accrual = accrual_of(duration, 1.0 if self.accrual_rate is None else self.accrual_rate, self.accrual_decline)
        strata = tuple(
            Stratum(
                share,
                Risk(self.control.times(factor).times(self.ratio, self.delay), dropout),
                Risk(self.control.times(factor), dropout),
            )
            for share, factor in self.shares()
        )
        return checked_model(EventModel(accrual, strata, self.follow_up, longest=longest))

    def shares(self) -> tuple[tuple[float, float], ...]:
        """Share and relative hazard of the strata."""
        return ((1.0, 1.0),)

    @property
    def rate_driven(self) -> bool:
        """Whether the size sets the duration of accrual rather than its rate."""
        return self.accrual is None

    def _changed(self, **update: float | None) -> Self:
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**(fields | update))


class Survival(TimeToEventEndpoint):
    """Time to an event, compared by the hazard ratio.

    The tests of Schoenfeld, Freedman and Lachin-Foulkes assume proportional hazards; `log-rank` (by the mean of its
    score), `fleming-harrington` (by `rho` and `gamma`) and `maxcombo` do not.
    """

    kind: Literal["survival"] = "survival"
    rho: float = Field(0.0, description="weight on early events, test fleming-harrington only")
    gamma: float = Field(1.0, description="weight on late events, test fleming-harrington only")
    strata: str = Field(
        "", max_length=1000, description="share:relative hazard of each stratum, such as 0.2:1,0.8:1.5; empty for one"
    )
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("schoenfeld", "freedman", "lachin-foulkes", "log-rank", "fleming-harrington", "maxcombo"),
        "non-inferiority": ("schoenfeld", "lachin-foulkes"),
        "equivalence": ("schoenfeld",),
    }
    effect_name: ClassVar[str] = "hazard ratio"
    no_effect: ClassVar[float] = 1.0

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        checked_weight(self.rho, self.gamma)
        return self

    def shares(self) -> tuple[tuple[float, float], ...]:
        """Share and relative hazard of the strata."""
        if not self.strata.strip():
            return ((1.0, 1.0),)
        wrong = ImpossibleInputError(
            f"the strata {self.strata[:60]!r}", where="strata", hint="Write share:relative hazard, 0.2:1,0.8:1.5."
        )
        found = []
        for part in self.strata.split(","):
            try:
                share, factor = (float(x) for x in part.split(":"))
            except ValueError:
                raise wrong from None
            found.append((positive("strata", share), positive("strata", factor)))
        return tuple(found)

    def effect(self) -> float:
        """The hazard ratio."""
        return self.ratio

    def with_effect(self, effect: float) -> Survival:
        """Another hazard ratio."""
        return self._changed(hazard_ratio=positive("hazard_ratio", effect), treatment_median=None)

    def make(self, test: str, hypothesis: Hypotheses) -> Statistic:
        """The statistic of a test."""
        model, ratio, driven = self.event_model, self.ratio, self.rate_driven
        needs_proportional = test in ("schoenfeld", "freedman", "lachin-foulkes")
        if needs_proportional and self.delay > 0 and ratio != 1:
            raise ContradictoryInputError(
                f"a delay of {self.delay:g} is against proportional hazards, which the test {test} assumes",
                where="delay",
                hint="Choose log-rank, fleming-harrington or maxcombo, or leave out the delay.",
            )
        if isinstance(hypothesis, Equivalence):
            low, high = hypothesis.nulls(1.0)
            return HazardEquivalence(
                model=model,
                direction=1,
                rate_driven=driven,
                label="two one-sided log-rank tests at the margins of the hazard ratio",
                references=("schoenfeld-1981", "schuirmann-1987"),
                hazard_ratio=ratio,
                lower=positive("lower", low),
                upper=high,
            )
        null = positive("null", hypothesis.nulls(1.0)[0])
        if null != 1 and test not in ("schoenfeld", "lachin-foulkes"):
            raise OutOfScopeError(
                f"the test {test} against a hazard ratio of {null:g}",
                where="test",
                hint="Choose schoenfeld or lachin-foulkes, or the null ratio 1.",
            )
        direction = direction_of(ratio, hypothesis, self.no_effect)
        common: dict[str, Any] = {"model": model, "direction": direction, "rate_driven": driven}
        if test == "maxcombo":
            return MaxCombo(
                **common,
                label="MaxCombo of four Fleming-Harrington log-rank tests",
                references=("fleming-harrington-1991", "karrison-2016", "lin-2020"),
            )
        common |= {"hazard_ratio": ratio, "null": null}
        if test == "schoenfeld":
            return Schoenfeld(**common, label="log-rank test (Schoenfeld)", references=("schoenfeld-1981",))
        if test == "freedman":
            return Freedman(**common, label="log-rank test (Freedman)", references=("freedman-1982",))
        if test == "lachin-foulkes":
            return LachinFoulkes(
                **common, label="log-rank test (Lachin and Foulkes)", references=("lachin-foulkes-1986",)
            )
        weight = LOG_RANK if test == "log-rank" else (self.rho, self.gamma)
        return WeightedLogRank(
            **common,
            weight=weight,
            proportional=self.delay == 0,
            label="log-rank test"
            if test == "log-rank"
            else f"Fleming-Harrington ({self.rho:g}, {self.gamma:g}) weighted log-rank test",
            references=("tsiatis-1982", "yung-liu-2020", *(() if test == "log-rank" else ("fleming-harrington-1991",))),
        )


class RestrictedMeanSurvival(TimeToEventEndpoint):
    """Time to an event, compared by the difference of restricted mean survival times up to a horizon."""

    kind: Literal["rmst"] = "rmst"
    horizon: float = Field(description="horizon of the restricted means")
    tests: ClassVar[dict[str, tuple[str, ...]]] = {"superiority": ("rmst",), "non-inferiority": ("rmst",)}
    effect_name: ClassVar[str] = "difference of restricted mean survival times"

    @model_validator(mode="after")
    def _within(self) -> Self:
        positive("horizon", self.horizon)
        if not self.rate_driven and self.horizon > self.event_model.duration:
            raise ContradictoryInputError(
                f"nobody is followed for the horizon {self.horizon:g}: the trial ends at {self.event_model.duration:g}",
                where="horizon",
                hint="Give a shorter horizon or a longer follow-up.",
            )
        if self.rate_driven and self.horizon > self.follow_up:
            raise ContradictoryInputError(
                f"the horizon {self.horizon:g} is beyond the follow-up {self.follow_up:g} of the last participant",
                where="horizon",
                hint="With an accrual rate, give a horizon within the follow-up.",
            )
        if self.horizon > (self.longest_follow_up or math.inf):
            raise ContradictoryInputError(
                f"the horizon {self.horizon:g} is beyond the longest follow-up",
                where="horizon",
                hint="Give a shorter horizon.",
            )
        return self

    def effect(self) -> float:
        """Restricted mean of the treatment arm less that of the control arm."""
        return self._difference(self.ratio)

    def with_effect(self, effect: float) -> RestrictedMeanSurvival:
        """The hazard ratio (after any delay) that gives another difference.

        Raises:
            ImpossibleInputError: none from 0.01 to 100 does.
        """
        wanted = finite("effect", effect)
        if wanted == 0:
            return self._changed(hazard_ratio=1.0, treatment_median=None)
        low, high = 1 / WIDEST_RATIO, WIDEST_RATIO
        most, least = self._difference(low), self._difference(high)
        if not least <= wanted <= most:
            raise ImpossibleInputError(
                f"no hazard ratio gives a difference of {wanted:g}",
                where="effect",
                hint=f"Give one from {least:.3g} to {most:.3g}.",
            )
        found = brentq(lambda log: self._difference(math.exp(log)) - wanted, math.log(low), math.log(high), xtol=1e-14)
        return self._changed(hazard_ratio=math.exp(found), treatment_median=None)

    def make(self, test: str, hypothesis: Hypotheses) -> Statistic:
        """The one test there is."""
        null = hypothesis.nulls(0.0)[0]
        return RestrictedMean(
            model=self.event_model,
            direction=direction_of(self.effect(), hypothesis, self.no_effect),
            rate_driven=self.rate_driven,
            label="difference of restricted mean survival times",
            references=("royston-parmar-2013", "uno-2014"),
            horizon=self.horizon,
            null=null,
        )

    def _difference(self, ratio: float) -> float:
        if ratio == 1:
            return 0.0  # exactly, although steps added by a delay round otherwise
        treated = self.control.times(ratio, self.delay)
        return float(restricted_mean(treated, self.horizon)) - float(restricted_mean(self.control, self.horizon))


def _one_of(name: str, value: object, other: str, instead: object) -> None:
    if (value is None) == (instead is None):
        how = "neither" if value is None else "both"
        raise ContradictoryInputError(f"{how} of {name} and {other} given", where=name, hint="Give one of them.")
