"""What every exact single-arm design shares: characteristics over true rates, simulation, verification, tables."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.allocation import with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design, checked_trials
from benchside.tools.trials.design.checks import between, error_rates
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
from benchside.tools.trials.design.single_arm.simon_search import response_rates
from benchside.tools.trials.design.single_arm.stages import BinomialStages


class SingleArm(Design):
    """A one-sample test of a response rate: uninteresting at p0, interesting at p1.

    A concrete design gives the `stages` that its search found, the rule in words and its paragraph; the answers are
    computed from the exact binomial distribution.
    """

    p0: float = Field(description="response rate at which the treatment is of no interest (null), between 0 and 1")
    p1: float = Field(description="response rate at which it is of interest (alternative), above p0")
    alpha: float = Field(0.05, description="one-sided type I error rate at p0")
    power: float = Field(0.8, description="probability of rejection at p1")
    dropout: float = Field(0.0, description="proportion of patients who will not be evaluable, from 0 to below 1")

    @model_validator(mode="after")
    def _rates(self) -> SingleArm:
        response_rates(self.p0, self.p1)
        error_rates(self.alpha, 1, self.power)
        if between("dropout", self.dropout, 0, 1, closed=True) == 1:
            raise ImpossibleInputError("dropout is 1", where="dropout", hint="Give a proportion below 1.")
        return self

    @abstractmethod
    def stages(self) -> BinomialStages:
        """The boundaries that the search found."""

    @abstractmethod
    def rule(self) -> str:
        """How the size was found, in words."""

    @abstractmethod
    def paragraph(self, values: dict[str, Quantity]) -> Paragraph:
        """The methods text from named values."""

    def assumptions(self) -> tuple[Quantity, ...]:
        """Response rates, error rates, dropout."""
        found = [
            Quantity("p0", "response rate of no interest", self.p0, "1"),
            Quantity("p1", "response rate of interest", self.p1, "1"),
            Quantity("alpha", "one-sided alpha", self.alpha, "1"),
            Quantity("power", "power asked for", self.power, "1"),
        ]
        if self.dropout:
            found.append(Quantity("dropout", "not evaluable", self.dropout, "1"))
        return tuple(found)

    def sample_size(self) -> SampleSize:
        """The maximum size, with exact error rates, early termination and expected sizes at both rates."""
        stages = self.stages()
        out = stages.outcomes([self.p0, self.p1])
        n = stages.sizes[-1]
        extra = [
            Quantity("type_one_error", "exact type I error rate at p0", float(out.reject[0]), "1"),
        ]
        if len(stages.sizes) > 1:
            extra += [
                Quantity("pet0", "probability of early termination at p0", float(out.early[0]), "1"),
                Quantity("pet1", "probability of early termination at p1", float(out.early[1]), "1"),
                Quantity("en0", "expected size at p0", float(out.expected_size[0])),
                Quantity("en1", "expected size at p1", float(out.expected_size[1])),
            ]
        return SampleSize(
            ("treatment",),
            (n,),
            with_dropout((n,), self.dropout),
            float(n),
            float(out.reject[1]),
            self.rule(),
            extra=(*extra, *self.found()),
        )

    def found(self) -> tuple[Quantity, ...]:
        """Further quantities of the family."""
        return ()

    def boundaries(self) -> Table:
        """Counts at which the trial ends, with the probability of each under p0 and p1."""
        stages = self.stages()
        out = stages.outcomes([self.p0, self.p1])
        rows = []
        for j, (n, low, high) in enumerate(zip(stages.sizes, stages.futility, stages.efficacy, strict=True)):
            rows.append(
                (
                    j + 1,
                    n,
                    low if low >= 0 else None,
                    high if high <= n else None,
                    float(out.futility[0, j]),
                    float(out.efficacy[0, j]),
                    float(out.futility[1, j]),
                    float(out.efficacy[1, j]),
                )
            )
        return Table(
            "boundaries",
            "Stopping boundaries on the cumulative number of responses",
            (
                Column("stage", "analysis", digits=0),
                Column("n", "patients", digits=0),
                Column("stop_at_most", "stop without rejection at or below", digits=0),
                Column("reject_at_least", "reject at or above", digits=0),
                Column("futility_p0", "stop without rejection at p0", "1"),
                Column("reject_p0", "reject at p0", "1"),
                Column("futility_p1", "stop without rejection at p1", "1"),
                Column("reject_p1", "reject at p1", "1"),
            ),
            tuple(rows),
        )

    def decision_table(self) -> Table:
        """For the ward: at each analysis, what number of responses means what. Analyses without a stop are left out."""
        stages = self.stages()
        rows = []
        last = len(stages.sizes) - 1
        for j, (n, low, high) in enumerate(zip(stages.sizes, stages.futility, stages.efficacy, strict=True)):
            if low < 0 and high > n:
                continue
            rows.append(
                (
                    n,
                    _run(0, low),
                    _run(low + 1, min(high - 1, n)) if j < last else "–",
                    _run(high, n) if high <= n else "–",
                )
            )
        return Table(
            "decisions",
            "What to do at each number of responses",
            (
                Column("n", "evaluable patients", digits=0),
                Column("stop", "stop: not promising", digits=0),
                Column("go_on", "go on", digits=0),
                Column("promising", "promising: reject the null", digits=0),
            ),
            tuple(rows),
            ("Counts are cumulative and include all earlier patients.",),
        )

    def rates(self) -> tuple[float, ...]:
        """True rates of the characteristics: p0, p1 and eight around them, those between 0 and 1."""
        step = (self.p1 - self.p0) / 4
        grid = [round(self.p0 + step * k, 12) for k in range(-3, 8)]
        return tuple(self.p0 if k == 3 else self.p1 if k == 7 else r for k, r in enumerate(grid) if 0 < r < 1)

    def operating_characteristics(self) -> Table:
        """Exact probability of rejection, of early termination, and expected size over true rates."""
        rates = self.rates()
        out = self.stages().outcomes(rates)
        second = (out.futility + out.efficacy) @ out.sizes.astype(float) ** 2
        spread = np.sqrt(np.maximum(second - out.expected_size**2, 0))
        return Table(
            "operating_characteristics",
            "Exact operating characteristics over the true response rate",
            (
                Column("rate", "true response rate", "1"),
                Column("reject", "probability of rejection", "1"),
                Column("early", "probability of early termination", "1"),
                Column("expected_size", "expected number of patients"),
                Column("sd_size", "standard deviation of that number", digits=3),
            ),
            tuple(
                (float(a), float(b), float(c), float(d), float(e))
                for a, b, c, d, e in zip(rates, out.reject, out.early, out.expected_size, spread, strict=True)
            ),
        )

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials at a true response rate: p1 when none, p0 for "null", or a rate from 0 to 1."""
        count = checked_trials(trials)
        rate, words = self._truth(truth)
        rng = generator(seed)
        stages = self.stages()
        treated, rejected = stages.simulate(rate, count, rng)
        early = treated < stages.sizes[-1]
        found = [share("rejection", "probability of rejection", rejected.sum(), count)]
        if len(stages.sizes) > 1:
            found += [
                share("early", "probability of early termination", early.sum(), count),
                mean("expected_size", "expected number of patients", treated),
            ]
        return Simulation(words, count, seed, tuple(found))

    def _truth(self, truth: Any) -> tuple[float, str]:
        if truth is None:
            return self.p1, f"the alternative, a response rate of {self.p1:g}"
        if isinstance(truth, str):
            if truth != "null":
                raise ImpossibleInputError(
                    f"the truth is {truth!r}", where="truth", hint='Give a response rate, or "null".'
                )
            return self.p0, f"the null, a response rate of {self.p0:g}"
        rate = between("truth", truth, 0, 1, closed=True)
        return rate, f"a response rate of {rate:g}"

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Exact error rates, early termination and expected sizes held against patients drawn one by one."""
        count = checked_trials(trials)
        stages = self.stages()
        checks = []
        for i, (truth, rate) in enumerate((("p0", self.p0), ("p1", self.p1))):
            out = stages.outcomes(rate)
            simulated = self.simulate(rate, trials=count, seed=seed + i)
            for name, stated in (("rejection", out.reject), ("early", out.early), ("expected_size", out.expected_size)):
                if name != "rejection" and len(stages.sizes) == 1:
                    continue
                e = simulated[name]
                error = e.standard_error
                if name != "expected_size":
                    error = max(error, math.sqrt(max(float(stated[0]) * (1 - float(stated[0])), 0) / count))
                checks.append(
                    Check(f"{name}_{truth}", f"{e.label} at {truth}", float(stated[0]), e.value, error, "exact")
                )
        return Verification(tuple(checks), count, seed)

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        size = self.sample_size()
        values = {q.name: q for q in (*self.assumptions(), *size.quantities())}
        slots = {
            "null_rate": values["p0"],
            "target_rate": values["p1"],
            "alpha": values["alpha"],
            "power": values["power"],
            "n_total": values["n_total"],
            "achieved_power": values["achieved_power"],
            "type_one_error": values["type_one_error"],
        }
        for slot, name in (("early_null", "pet0"), ("expected_null", "en0"), ("n_enrolled", "n_enrolled")):
            if name in values:
                slots[slot] = values[name]
        text = self.paragraph(slots)
        if "n_enrolled" not in values:
            return text
        allowance = " To allow for patients who will not be evaluable, {n_enrolled} will be enrolled."
        return Paragraph(text.template + allowance, text.values, text.cites)


def _run(low: int, high: int) -> str:
    """Counts from low to high in words."""
    if high < low:
        return "–"
    return str(low) if low == high else f"{low} to {high}"
