"""The design of a two-arm trial whose stages are joined by a combination test, so that later stages may be changed."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtr

from benchside.tools.trials.design.adaptive.combination import CombinationTest
from benchside.tools.trials.design.adaptive.fields import Numbers, assumed, by_name, effect_of, smallest, verified
from benchside.tools.trials.design.adaptive.fisher import MOST_FISHER_STAGES, Method, fisher_design, scales
from benchside.tools.trials.design.allocation import ceiling, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import between, error_rates, finite, information_fractions, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.montecarlo import chunks, mean, share
from benchside.tools.trials.design.results import (
    Column,
    Paragraph,
    Quantity,
    SampleSize,
    Simulation,
    Table,
    Verification,
    sequence_note,
)
from benchside.tools.trials.design.sequential.plan import plan
from benchside.tools.trials.design.statistic import Floats


class CombinationDesign(Design):
    """Two equal arms, normal outcome of known standard deviation, stages joined by Fisher's product or inverse normal.

    Sizes and power are those of the plan as it stands; the level holds whatever is changed after an interim look.
    """

    family: ClassVar[str] = "combination test"
    kind: Literal["combination-test"] = "combination-test"
    effect: float = Field(description="assumed mean difference, in units of the outcome")
    sd: float = Field(1.0, description="standard deviation of the outcome")
    test: Literal["inverse-normal", "fisher"] = Field("inverse-normal", description="inverse-normal or fisher")
    looks: Numbers = Field((0.5, 1.0), description="planned information fractions of the looks, the last is 1")
    alpha: float = Field(0.025, description="one-sided type I error")
    power: float = Field(0.9, description="wanted power")
    spending: str = Field("lan-demets-of", max_length=200, description="efficacy boundary of the inverse normal test")
    method: Method = Field(
        "equal-alpha", description="levels of Fisher's test: equal-alpha, full-alpha, no-interaction"
    )
    futility: Numbers = Field((), description="stop when the stage's own p value is above; one for each interim look")
    binding: bool = Field(False, description="whether Fisher's critical values rely on stopping for futility")
    n: int | None = Field(None, description="size of each arm, to answer with the power instead")
    dropout: float = Field(0.0, description="share lost to the analysis")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        positive("sd", self.sd)
        information_fractions("looks", self.looks)
        error_rates(self.alpha, 1, self.power)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if finite("effect", self.effect) <= 0:
            raise ContradictoryInputError(
                f"the effect {self.effect:g} is not above 0",
                where="effect",
                hint="Give a positive difference; turn the sign of outcomes where less is better.",
            )
        if self.n is not None:
            whole("n", self.n, len(self.looks), 5_000_000)
        if self.binding and (self.test != "fisher" or not self.futility):
            raise ContradictoryInputError(
                "binding futility is offered for Fisher's test with futility limits",
                where="binding",
                hint="Leave out binding, or give test fisher and futility.",
            )
        if self.method == "user-alpha":
            raise ContradictoryInputError(
                "levels by the user are not offered here", where="method", hint="Choose equal-alpha or full-alpha."
            )
        _ = self.combination
        return self

    @cached_property
    def combination(self) -> CombinationTest:
        """The test with its bounds."""
        if self.test == "inverse-normal":
            critical = plan(self.looks, self.alpha, 1, self.power, self.spending).upper
            return CombinationTest.inverse_normal(self.looks, [float(c) for c in critical], self.futility)
        whole("looks", len(self.looks), 1, MOST_FISHER_STAGES)
        found = fisher_design(
            len(self.looks),
            self.alpha,
            method=self.method,
            futility=self.futility,
            binding=self.binding,
            scale=scales(self.looks),
        )
        return found.test

    def stage_sizes(self, n: int) -> tuple[int, ...]:
        """Whole sizes of an arm in each stage, for n in all."""
        cumulative = [ceiling(t * n) for t in self.looks]
        return tuple(int(s) for s in np.diff(cumulative, prepend=0))

    def drifts(self, n: int, effect: float) -> tuple[float, ...]:
        """Mean of each stage's own z."""
        return tuple(effect / self.sd * math.sqrt(m / 2) for m in self.stage_sizes(n))

    def power_at(self, n: int, effect: float | None = None) -> float:
        """Probability to reject with n in each arm."""
        return self.combination.rejection(self.drifts(n, self.effect if effect is None else effect))

    @cached_property
    def arm_size(self) -> int:
        """Largest size of each arm."""
        if self.n is not None:
            return self.n
        return smallest(self.power_at, self.power, len(self.looks) + 1, "participants per arm", 5_000_000)

    def expected(self, effect: float) -> float:
        """Expected total size, by the stops of the plan."""
        stages = self.stage_sizes(self.arm_size)
        size, goes_on = 2.0 * stages[0], 1.0
        for k in range(1, len(stages)):
            stopped = self._stopped(k, self.drifts(self.arm_size, effect))
            goes_on = 1 - stopped
            size += 2 * stages[k] * goes_on
        return size

    def _stopped(self, k: int, drifts: tuple[float, ...]) -> float:
        """Probability to have stopped, for either reason, by stage k: the next stage's bound made certain to be met."""
        test = self.combination
        sure = CombinationTest(
            test.kind,
            test.weights[: k + 1],
            (*test.bounds[:k], 0.0 if test.kind == "fisher" else -1e6),
            test.futility[:k],
        )
        later = sure.crossing(drifts[: k + 1])
        return 1 - float(later[-1])

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        own = ("spending",) if self.test == "inverse-normal" else ("method", "binding")
        return assumed(self, "effect", "sd", "test", "looks", "alpha", "power", *own, "futility", "dropout")

    def sample_size(self) -> SampleSize:
        """Planned sizes of the arms."""
        n = self.arm_size
        return SampleSize(
            arms=("treatment", "control"),
            evaluable=(n, n),
            enrolled=with_dropout((n, n), self.dropout),
            unrounded=2.0 * n,
            power=self.power_at(n),
            rule="as given" if self.n is not None else "smallest whole size of each arm; looks rounded up",
            extra=(
                Quantity("type_1_error", "type I error of the plan", self.power_at(n, 0.0), "1"),
                Quantity("expected_n", "expected participants at the assumed effect", self.expected(self.effect)),
                Quantity("expected_n_null", "expected participants at the null", self.expected(0.0)),
            ),
        )

    def boundaries(self) -> Table:
        """Critical values by stage, on the scale of the combined statistic, with what they spend."""
        test, stages = self.combination, self.stage_sizes(self.arm_size)
        spent = np.cumsum(test.crossing())
        power = np.cumsum(test.crossing(self.drifts(self.arm_size, self.effect)))
        rows = tuple(
            (k + 1, int(2 * sum(stages[: k + 1])), float(test.weights[k]), test.critical()[k],
             test.futility[k] if k < len(stages) - 1 else None, float(spent[k]), float(power[k]))
            for k in range(len(stages))
        )  # fmt: skip
        scale = "product of p values" if self.test == "fisher" else "combined z"
        columns = (
            Column("stage", "stage", digits=0),
            Column("n", "participants", digits=0),
            Column("weight", "weight"),
            Column("critical", f"critical {scale}"),
            Column("futility_p", "stops when the stage's p is above"),
            Column("cumulative_alpha", "cumulative type I error", "1"),
            Column("cumulative_power", "cumulative power", "1"),
        )
        return Table("boundaries", "Critical values by stage", columns, rows)

    def operating_characteristics(self) -> Table:
        """Power and expected size over true effects."""
        effects = [self.effect * i / 4 for i in range(7)]
        rows = tuple((e, self.power_at(self.arm_size, e), self.expected(e)) for e in effects)
        columns = (
            Column("effect", "true difference"),
            Column("reject", "rejects", "1"),
            Column("expected_n", "expected participants"),
        )
        return Table("operating_characteristics", "Power and expected size", columns, rows)

    def _run(self, effect: float, trials: int, seed: int) -> tuple[float, Floats]:
        test, stages = self.combination, self.stage_sizes(self.arm_size)
        drifts = np.asarray(self.drifts(self.arm_size, effect))
        rejects, sizes = 0.0, []
        for rng, count in chunks(trials, seed):
            p = ndtr(-(rng.standard_normal((count, len(stages))) + drifts))
            total = np.cumsum(test.score(p) * np.asarray(test.weights), axis=1)
            going, size = np.ones(count, dtype=bool), np.zeros(count)
            for k, m in enumerate(stages):
                size += 2 * m * going
                up = going & (total[:, k] >= test.bounds[k])
                rejects += float(up.sum())
                going &= ~up
                if k < len(stages) - 1:
                    going &= p[:, k] <= test.futility[k]
            sizes.append(size)
        return rejects, np.concatenate(sizes)

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials of normal outcomes as planned; a truth is `null` or a mean difference."""
        effect, words = effect_of(truth, self.effect, name="mean difference")
        rejects, sizes = self._run(effect, trials, seed)
        estimates = (
            share("rejected", "share of trials that reject", rejects, trials),
            mean("expected_n", "participants", sizes),
        )
        return Simulation(words, trials, seed, estimates)

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """The recursion against simulated trials: power, type I error, expected sizes."""
        return verified(
            self, self.effect, lambda effect: self.power_at(self.arm_size, effect), self.expected,
            exactness="exact", trials=trials, seed=seed,
        )  # fmt: skip

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        values = by_name(*self.assumptions(), *self.sample_size().quantities())
        values["stages"] = Quantity("stages", "stages", len(self.looks), digits=0)
        values["critical"] = Quantity("critical", "critical values", sequence_note(self.combination.critical(), 5))
        values["test_name"] = Quantity(
            "test_name", "test", "Fisher's product" if self.test == "fisher" else "the inverse normal method"
        )
        stops = (
            " The trial stops for futility when the p value of a stage is above {futility}." if self.futility else ""
        )
        text = (
            "The one-sided p values of {stages} stages are joined by {test_name} (critical values {critical}, type I "
            "error {alpha}), so that the size of later stages may be changed at an interim analysis." + stops + " As "
            "planned, {n_total} participants in two equal arms have a power of {achieved_power} at a mean difference "
            "of {effect} (standard deviation {sd}); {expected_n} are expected then, {expected_n_null} at the null."
        )
        cites = ("bauer-1994", "wassmer-1999") if self.test == "fisher" else ("lehmacher-1999", "cui-1999")
        return Paragraph(text, values, cites)
