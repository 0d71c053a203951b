"""The design of Bryant and Day as a typed design: response and toxicity judged together in two stages."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.allocation import with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design, checked_trials
from benchside.tools.trials.design.checks import between, finite
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.montecarlo import generator, mean, share
from benchside.tools.trials.design.results import (
    Check,
    Column,
    Paragraph,
    Quantity,
    SampleSize,
    Simulation,
    Table,
    Verification,
)
from benchside.tools.trials.design.single_arm.bryant_day import Rates, TwoEndpoints, cells, characteristics
from benchside.tools.trials.design.single_arm.bryant_day_search import bryant_day_design

CHUNK = 100_000
Truth = tuple[float, float]


class BryantDay(Design):
    """Two stages on response and toxicity; the optimal design of Bryant and Day."""

    family: ClassVar[str] = "two-stage response and toxicity design of Bryant and Day"
    kind: Literal["bryant-day"] = "bryant-day"
    response0: float = Field(description="response rate of no interest, between 0 and 1")
    response1: float = Field(description="response rate of interest, above response0")
    toxicity0: float = Field(description="unacceptable toxicity rate, between 0 and 1")
    toxicity1: float = Field(description="acceptable toxicity rate, below toxicity0")
    alpha_response: float = Field(0.1, description="largest probability to accept at the response rate of no interest")
    alpha_toxicity: float = Field(0.1, description="largest probability to accept at the unacceptable toxicity rate")
    power: float = Field(0.85, description="probability to accept at the response of interest and acceptable toxicity")
    odds_ratio: float = Field(1.0, description="of response and freedom from toxicity in a patient; 1 is independence")
    dropout: float = Field(0.0, description="proportion of patients who will not be evaluable, from 0 to below 1")

    @model_validator(mode="after")
    def _inputs(self) -> BryantDay:
        self.rates().checked()
        between("alpha_response", self.alpha_response, 0, 0.5)
        between("alpha_toxicity", self.alpha_toxicity, 0, 0.5)
        between("power", self.power, max(self.alpha_response, self.alpha_toxicity), 1)
        if between("dropout", self.dropout, 0, 1, closed=True) == 1:
            raise ImpossibleInputError("dropout is 1", where="dropout", hint="Give a proportion below 1.")
        return self

    def rates(self) -> Rates:
        """The rates with their odds ratio."""
        return Rates(self.response0, self.response1, self.toxicity0, self.toxicity1, self.odds_ratio)

    def design(self) -> TwoEndpoints:
        """What the search found."""
        return bryant_day_design(self.rates(), self.alpha_response, self.alpha_toxicity, self.power)

    def assumptions(self) -> tuple[Quantity, ...]:
        """Rates, error rates, odds ratio."""
        found = [
            Quantity("response0", "response rate of no interest", self.response0, "1"),
            Quantity("response1", "response rate of interest", self.response1, "1"),
            Quantity("toxicity0", "unacceptable toxicity rate", self.toxicity0, "1"),
            Quantity("toxicity1", "acceptable toxicity rate", self.toxicity1, "1"),
            Quantity("alpha_response", "error rate for response", self.alpha_response, "1"),
            Quantity("alpha_toxicity", "error rate for toxicity", self.alpha_toxicity, "1"),
            Quantity("power", "power asked for", self.power, "1"),
            Quantity("odds_ratio", "odds ratio of response and no toxicity", self.odds_ratio),
        ]
        if self.dropout:
            found.append(Quantity("dropout", "not evaluable", self.dropout, "1"))
        return tuple(found)

    def corners(self) -> dict[str, Truth]:
        """The four truths that the design is judged by, as response and toxicity rate."""
        return {
            "good": (self.response1, self.toxicity1),
            "poor": (self.response0, self.toxicity1),
            "toxic": (self.response1, self.toxicity0),
            "null": (self.response0, self.toxicity0),
        }

    def sample_size(self) -> SampleSize:
        """The maximum size, with the exact error rates and expected sizes."""
        d = self.design()
        found = {name: characteristics(d, *truth, self.odds_ratio) for name, truth in self.corners().items()}
        extra = (
            Quantity("type_one_response", "exact probability to accept at poor response", found["poor"][0], "1"),
            Quantity("type_one_toxicity", "exact probability to accept at high toxicity", found["toxic"][0], "1"),
            Quantity("en_poor", "expected size at poor response", found["poor"][2]),
            Quantity("en_toxic", "expected size at high toxicity", found["toxic"][2]),
            Quantity("n1", "patients, first stage", d.n1, digits=0),
            Quantity("r1", "stop at or below so many responses, first stage", d.r1, digits=0),
            Quantity("s1", "stop at or below so many without toxicity, first stage", d.s1, digits=0),
            Quantity("r", "do not accept at or below so many responses", d.r, digits=0),
            Quantity("s", "do not accept at or below so many without toxicity", d.s, digits=0),
        )
        return SampleSize(
            ("treatment",),
            (d.n,),
            with_dropout((d.n,), self.dropout),
            float(d.n),
            found["good"][0],
            "exhaustive search over whole sizes; all three error rates hold exactly",
            extra=extra,
        )

    def boundaries(self) -> Table:
        """Counts at which the trial goes on."""
        d = self.design()
        return Table(
            "boundaries",
            "Counts needed to go on and to accept",
            (
                Column("stage", "analysis", digits=0),
                Column("n", "patients", digits=0),
                Column("responses_above", "responses above", digits=0),
                Column("safe_above", "patients without toxicity above", digits=0),
                Column("toxicities_below", "that is, toxicities below", digits=0),
            ),
            ((1, d.n1, d.r1, d.s1, d.n1 - d.s1), (2, d.n, d.r, d.s, d.n - d.s)),
        )

    def decision_table(self) -> Table:
        """For the ward, in responses and toxicities."""
        d = self.design()
        rows = (
            (d.n1, f"{d.r1} or fewer", f"{d.n1 - d.s1} or more", f"go on to {d.n} patients"),
            (d.n, f"{d.r} or fewer", f"{d.n - d.s} or more", "accept the treatment"),
        )
        return Table(
            "decisions",
            "When to stop",
            (
                Column("n", "evaluable patients", digits=0),
                Column("responses", "stop if responses are", digits=0),
                Column("toxicities", "or patients with toxicity are", digits=0),
                Column("otherwise", "otherwise", digits=0),
            ),
            rows,
            ("Counts are cumulative and include all earlier patients.",),
        )

    def operating_characteristics(self) -> Table:
        """Exact characteristics over response and toxicity rates, and over odds ratios at the four corners."""
        d = self.design()
        responses = (self.response0, (self.response0 + self.response1) / 2, self.response1)
        toxicities = (self.toxicity1, (self.toxicity0 + self.toxicity1) / 2, self.toxicity0)
        truths = [(r, t, self.odds_ratio) for t in toxicities for r in responses]
        truths += [
            (r, t, self.odds_ratio * factor) for factor in (0.25, 4.0) for r, t in list(self.corners().values())[:3]
        ]
        rows = tuple((*truth, *characteristics(d, *truth)) for truth in truths)
        return Table(
            "operating_characteristics",
            "Exact operating characteristics over true rates and their association",
            (
                Column("response", "true response rate", "1"),
                Column("toxicity", "true toxicity rate", "1"),
                Column("odds_ratio", "odds ratio"),
                Column("accept", "accepts", "1"),
                Column("early", "stops early", "1"),
                Column("expected_size", "expected patients"),
            ),
            rows,
        )

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials at a true (response, toxicity) rate; none is the good treatment, "null" the one bad in both."""
        count = checked_trials(trials)
        response, toxicity = self._truth(truth)
        rng = generator(seed)
        accepted, gone_on = np.empty(count, bool), np.empty(count, bool)
        for start in range(0, count, CHUNK):
            block = slice(start, min(start + CHUNK, count))
            accepted[block], gone_on[block] = self._simulated(block.stop - block.start, response, toxicity, rng)
        d = self.design()
        size = d.n1 + gone_on * (d.n - d.n1)
        estimates = (
            share("accept", "probability to accept", accepted.sum(), count),
            share("early", "probability of early termination", count - gone_on.sum(), count),
            mean("expected_size", "expected number of patients", size),
        )
        words = f"a response rate of {response:g} and a toxicity rate of {toxicity:g}"
        return Simulation(words, count, seed, estimates)

    def _truth(self, truth: Any) -> Truth:
        if truth is None or isinstance(truth, str):
            name = truth or "good"
            if name not in self.corners():
                raise ImpossibleInputError(
                    f"the truth is {truth!r}", where="truth", hint=f"Choose one of: {', '.join(self.corners())}."
                )
            return self.corners()[name]
        try:
            response, toxicity = truth
        except (TypeError, ValueError):
            raise ImpossibleInputError(
                f"the truth is {truth!r}", where="truth", hint="Give a response rate and a toxicity rate."
            ) from None
        return between("truth", finite("truth", response), 0, 1, closed=True), between(
            "truth", finite("truth", toxicity), 0, 1, closed=True
        )

    def _simulated(
        self, trials: int, response: float, toxicity: float, rng: np.random.Generator
    ) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], np.ndarray[Any, np.dtype[np.bool_]]]:
        """Patients drawn one by one: the response first, then toxicity given the response."""
        d = self.design()
        both, only_response, only_safe, neither = cells(response, toxicity, self.odds_ratio)
        safe_given = (
            only_safe / (only_safe + neither) if only_safe + neither > 0 else 0.0,
            both / (both + only_response) if both + only_response > 0 else 0.0,
        )
        responses, safe = np.zeros(trials, int), np.zeros(trials, int)
        go = np.zeros(trials, bool)
        for patient in range(1, d.n + 1):
            responded = rng.random(trials) < response
            responses += responded
            safe += rng.random(trials) < np.where(responded, safe_given[1], safe_given[0])
            if patient == d.n1:
                go = (responses > d.r1) & (safe > d.s1)
        return go & (responses > d.r) & (safe > d.s), go

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Exact probabilities held against patients drawn one by one, at the three truths of the error rates."""
        count = checked_trials(trials)
        checks = []
        for i, (name, truth) in enumerate(list(self.corners().items())[:3]):
            simulated = self.simulate(truth, trials=count, seed=seed + i)
            stated = characteristics(self.design(), *truth, self.odds_ratio)
            for e, value in zip(simulated.estimates, stated, strict=True):
                error = e.standard_error
                if e.unit:
                    error = max(error, math.sqrt(max(value * (1 - value), 0.0) / count))
                checks.append(Check(f"{e.name}_{name}", f"{e.label}, {name} treatment", value, e.value, error, "exact"))
        return Verification(tuple(checks), count, seed)

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        size = self.sample_size()
        given = {q.name: q for q in (*self.assumptions(), *size.quantities())}
        names = {
            "response_low": "response0",
            "response_high": "response1",
            "toxicity_high": "toxicity0",
            "toxicity_low": "toxicity1",
            "error_response": "type_one_response",
            "error_toxicity": "type_one_toxicity",
            "achieved_power": "achieved_power",
            "first_size": "n1",
            "first_response": "r1",
            "first_safe": "s1",
            "n_total": "n_total",
            "last_response": "r",
            "last_safe": "s",
            "expected_poor": "en_poor",
            "expected_toxic": "en_toxic",
            "odds_ratio": "odds_ratio",
        }
        text = (
            "The optimal two-stage design of Bryant and Day tells a response rate of {response_high} with a toxicity "
            "rate of {toxicity_low} from a response rate of {response_low} and from a toxicity rate of "
            "{toxicity_high}. After {first_size} patients the trial goes on if more than {first_response} respond "
            "and more than {first_safe} are free of toxicity; after {n_total} patients the treatment is accepted if "
            "more than {last_response} respond and more than {last_safe} are free of toxicity. The exact probability "
            "to accept is {achieved_power} for the good treatment, {error_response} at the low response rate and "
            "{error_toxicity} at the high toxicity rate, where {expected_poor} and {expected_toxic} patients are "
            "expected. The odds ratio of response and freedom from toxicity is taken to be {odds_ratio}."
        )
        if self.dropout:
            names["n_enrolled"] = "n_enrolled"
            text += " To allow for patients who will not be evaluable, {n_enrolled} will be enrolled."
        return Paragraph(text, {slot: given[name] for slot, name in names.items()}, ("bryant-day-1995",))
