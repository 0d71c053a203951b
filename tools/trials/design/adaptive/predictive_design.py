"""The two-arm design with a binary outcome that is monitored by its predictive probability of success."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import binom

from benchside.tools.trials.design.adaptive.fields import Numbers, assumed, by_name, effects_of
from benchside.tools.trials.design.adaptive.predictive import Success, predictive_table, success_region
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import between, finite, increasing, positive, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.montecarlo import chunks, mean, share
from benchside.tools.trials.design.results import (
    Check,
    Column,
    Paragraph,
    Quantity,
    SampleSize,
    Simulation,
    Table,
    Verification,
    sequence_note,
)
from benchside.tools.trials.design.statistic import Floats

MOST_PER_ARM = 300


class PredictiveProbability(Design):
    """Two equal arms with a binary outcome; looks stop for a low (or high) predictive probability of success. Exact."""

    family: ClassVar[str] = "monitoring by predictive probability, two arms"
    kind: Literal["predictive-probability-two-arm"] = "predictive-probability-two-arm"
    treatment: float = Field(description="assumed success rate of the treatment")
    control: float = Field(description="assumed success rate of the control")
    n: int = Field(description="size of each arm")
    looks: Numbers = Field((), description="sizes of each arm at the interim looks; none: the half")
    futility: float = Field(0.05, description="stop when the predictive probability is below")
    efficacy: float = Field(1.0, description="stop for success when it is above; 1 never stops")
    success: Success = Field("z-test", description="z-test (one-sided, pooled variance) or posterior")
    limit: float = Field(0.025, description="level of the z test, or posterior probability of superiority")
    margin: float = Field(0.0, description="margin of superiority in rates (posterior)")
    prior: Numbers = Field((1.0, 1.0), description="a, b of the beta prior of both rates")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        probability("treatment", self.treatment)
        probability("control", self.control)
        n = whole("n", self.n, 4, MOST_PER_ARM)
        for look in increasing("looks", self.looks) if self.looks else ():
            whole("looks", look, 1, n - 1)
        between("futility", self.futility, 0, 1, closed=True)
        between("efficacy", self.efficacy, 0, 1, closed=True)
        if self.futility >= self.efficacy:
            raise ContradictoryInputError(
                "the futility limit is not below the efficacy limit", where="futility", hint="Give a lower one."
            )
        between("limit", self.limit, 0, 0.5 if self.success == "z-test" else 1)
        if self.success == "z-test" and finite("margin", self.margin) != 0:
            raise ContradictoryInputError(
                "the z test has no margin", where="margin", hint="Leave it out, or give success posterior."
            )
        between("margin", self.margin, -0.9, 0.9, closed=True)
        if len(self.prior) != 2:
            raise ContradictoryInputError("a beta prior has two numbers", where="prior", hint="Write 1,1.")
        for value in self.prior:
            positive("prior", value)
        return self

    @property
    def interim(self) -> tuple[int, ...]:
        """Sizes of each arm at the interim looks."""
        return tuple(int(m) for m in self.looks) or (self.n // 2,)

    @cached_property
    def _prior(self) -> tuple[float, float]:
        return self.prior[0], self.prior[1]

    @cached_property
    def predictions(self) -> tuple[Floats, ...]:
        """Predictive probabilities by counts (treatment, control) at each interim look, shapes (m + 1, m + 1)."""
        return tuple(
            predictive_table(m, self.n, success=self.success, limit=self.limit, prior=self._prior, margin=self.margin)
            for m in self.interim
        )

    @cached_property
    def region(self) -> Floats:
        """Whether final counts are a success, shape (n + 1, n + 1)."""
        return success_region(self.n, self.success, self.limit, self._prior, self.margin)

    def exact(self, rates: tuple[float, float]) -> dict[str, Any]:
        """Exact success, expected size of both arms, and stops by look for futility and efficacy."""
        state = np.ones((1, 1))
        before, success, size = 0, 0.0, 0.0
        futility, efficacy = [], []
        for m, prediction in zip(self.interim, self.predictions, strict=True):
            size += 2 * (m - before) * float(state.sum())
            state = _grown(state, m - before, rates)
            low, high = prediction < self.futility, prediction > self.efficacy
            futility.append(float(state[low].sum()))
            efficacy.append(float(state[high].sum()))
            success += efficacy[-1]
            state = np.where(low | high, 0.0, state)
            before = m
        size += 2 * (self.n - before) * float(state.sum())
        state = _grown(state, self.n - before, rates)
        return {"success": success + float((state * self.region).sum()), "expected_n": size,
                "futility": futility, "efficacy": efficacy}  # fmt: skip

    @property
    def _rates(self) -> tuple[float, float]:
        return self.treatment, self.control

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        own = ("margin", "prior") if self.success == "posterior" else ("prior",)
        return (
            *assumed(self, "treatment", "control", "n", "futility", "efficacy", "success", "limit", *own),
            Quantity("looks", "sizes of each arm at the interim looks", sequence_note(self.interim)),
        )

    def sample_size(self) -> SampleSize:
        """The given sizes with exact power, type I error and expected sizes."""
        at, null = self.exact(self._rates), self.exact((self.control, self.control))
        return SampleSize(
            arms=("treatment", "control"),
            evaluable=(self.n, self.n),
            enrolled=(self.n, self.n),
            unrounded=2.0 * self.n,
            power=at["success"],
            rule="as given",
            extra=(
                Quantity("type_1_error", "success at the control's rate in both arms", null["success"], "1"),
                Quantity("expected_n", "expected participants at the assumed rates", at["expected_n"]),
                Quantity("expected_n_null", "expected participants at the control's rate", null["expected_n"]),
            ),
        )

    def decision_table(self) -> Table:
        """For each look and count of the control, the treatment counts that stop."""
        rows = []
        for m, prediction in zip(self.interim, self.predictions, strict=True):
            for y in range(m + 1):
                low = np.flatnonzero(prediction[:, y] < self.futility)
                high = np.flatnonzero(prediction[:, y] > self.efficacy)
                rows.append((m, y, int(low.max()) if len(low) else None, int(high.min()) if len(high) else None))
        columns = (
            Column("look", "participants per arm", digits=0),
            Column("control", "control successes", digits=0),
            Column("futility", "stop for futility at treatment successes up to", digits=0),
            Column("efficacy", "stop for success from", digits=0),
        )
        return Table("stopping", "Counts that stop the trial", columns, tuple(rows))

    def operating_characteristics(self) -> Table:
        """Exact success, stopping and expected size over treatment rates."""
        rows = []
        for step in range(-1, 6):
            rate = self.control + (self.treatment - self.control) * step / 4
            if not 0 < rate < 1:
                continue
            found = self.exact((rate, self.control))
            rows.append((rate, found["success"], sum(found["futility"]), sum(found["efficacy"]), found["expected_n"]))
        columns = (
            Column("treatment", "true treatment rate"),
            Column("success", "success", "1"),
            Column("futility", "stops for futility", "1"),
            Column("efficacy", "stops for success", "1"),
            Column("expected_n", "expected participants"),
        )
        return Table("operating_characteristics", "Success and stopping, exact", columns, tuple(rows))

    def _run(self, rates: tuple[float, ...], trials: int, seed: int) -> tuple[float, float, Floats]:
        success = stopped = 0.0
        sizes = []
        for rng, count in chunks(trials, seed):
            counts = np.zeros((count, 2), dtype=int)
            going, size, before = np.ones(count, dtype=bool), np.zeros(count), 0
            for m, prediction in zip(self.interim, self.predictions, strict=True):
                counts += rng.binomial(m - before, rates, (count, 2))
                size += 2 * (m - before) * going
                seen = prediction[counts[:, 0], counts[:, 1]]
                success += float((going & (seen > self.efficacy)).sum())
                stopped += float((going & (seen < self.futility)).sum())
                going &= (seen >= self.futility) & (seen <= self.efficacy)
                before = m
            counts += rng.binomial(self.n - before, rates, (count, 2))
            size += 2 * (self.n - before) * going
            success += float((going & (self.region[counts[:, 0], counts[:, 1]] > 0)).sum())
            sizes.append(size)
        return success, stopped, np.concatenate(sizes)

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials of binary outcomes; a truth is `null` or the rates of treatment and control."""
        rates, words = effects_of(truth, self._rates, (self.control, self.control))
        for rate in rates:
            probability("truth", rate)
        success, stopped, sizes = self._run(rates, trials, seed)
        estimates = (
            share("success", "success", success, trials),
            share("futility", "stops for futility", stopped, trials),
            mean("expected_n", "participants", sizes),
        )
        return Simulation(words.replace("effects", "rates"), trials, seed, estimates)

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Enumeration against simulated trials: success, futility stops, expected size, at both truths."""
        checks = []
        null = (self.control, self.control)
        for name, rates, at in (("assumed", self._rates, seed), ("null", null, seed + 1)):
            stated, run = self.exact(rates), self.simulate(rates, trials=trials, seed=at)
            for key, value in (
                ("success", stated["success"]),
                ("futility", sum(stated["futility"])),
                ("expected_n", stated["expected_n"]),
            ):
                one = run[key]
                checks.append(
                    Check(f"{name}_{key}", f"{one.label}, {name}", value, one.value, one.standard_error, "exact")
                )
        return Verification(tuple(checks), trials, seed)

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        values = by_name(*self.assumptions(), *self.sample_size().quantities())
        what = (
            "a pooled z test that is significant at a one-sided level of {limit}"
            if self.success == "z-test"
            else "a posterior probability of superiority (margin {margin}) of {limit} or more"
        )
        early = " and for success above {efficacy}" if self.efficacy < 1 else ""
        text = (
            "{n} participants per arm are planned at success rates of {treatment} (treatment) and {control} (control). "
            "Success is "
            + what
            + ". At {looks} participants per arm the predictive probability of success (beta prior "
            "{prior}) stops the trial for futility below {futility}" + early + ". The probability of success is "
            "{achieved_power}, and {type_1_error} without an effect; {expected_n} participants are expected, and "
            "{expected_n_null} without an effect."
        )
        return Paragraph(text, values, ("spiegelhalter-1986", "lee-liu-2008"))


def _grown(state: Floats, more: int, rates: tuple[float, float]) -> Floats:
    """The joint distribution of both counts after `more` participants in each arm."""
    old = state.shape[0]
    found = state
    for axis, rate in enumerate(rates):
        law = binom.pmf(np.arange(more + 1), more, rate)
        moves = np.zeros((old, old + more))
        for x in range(old):
            moves[x, x : x + more + 1] = law
        found = moves.T @ found if axis == 0 else found @ moves
    return np.asarray(found, dtype=float)
