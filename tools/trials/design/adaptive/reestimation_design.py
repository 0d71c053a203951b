"""The design whose size is chosen anew at an unblinded look, two arms, normal outcome."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.adaptive.fields import assumed, by_name, effect_of
from benchside.tools.trials.design.adaptive.reestimation import (
    COMBINATIONS,
    Behaviour,
    Combination,
    Reestimation,
    TwoStage,
    promising_zone_start,
)
from benchside.tools.trials.design.allocation import ceiling, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import LARGEST_N, between, error_rates, finite, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, UnreachableError
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
)
from benchside.tools.trials.design.sequential.plan import Plan, plan


class SampleSizeReestimation(Design):
    """Two arms of equal size, normal outcome of known standard deviation, one unblinded look, size chosen anew there.

    Re-estimated sizes are not rounded in the characteristics; a trial rounds them up to whole pairs.
    """

    family: ClassVar[str] = "unblinded sample-size re-estimation"
    kind: Literal["sample-size-reestimation"] = "sample-size-reestimation"
    effect: float = Field(description="assumed mean difference, in units of the outcome")
    sd: float = Field(1.0, description="standard deviation of the outcome")
    alpha: float = Field(0.025, description="one-sided type I error of the base design")
    power: float = Field(0.9, description="wanted power of the base design, without any increase")
    timing: float = Field(0.5, description="information fraction of the look")
    spending: str = Field("hsd:-4", max_length=200, description="efficacy boundary of the base design")
    futility: float | None = Field(None, description="stop at the look when z is below (not binding); none never")
    combination: Combination = Field("inverse-normal", description="final test: inverse-normal, sufficient or fisher")
    low: float | None = Field(
        None, description="least conditional power that is worth an increase; none: promising zone"
    )
    high: float | None = Field(None, description="conditional power from which on the plan is kept; none: the target")
    target: float | None = Field(None, description="conditional power of the new size; none: the power")
    largest: float = Field(2.0, description="largest size as a multiple of the planned one")
    at: Literal["observed", "assumed"] = Field("observed", description="effect that conditional power is worked out at")
    dropout: float = Field(0.0, description="share lost to the analysis")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        error_rates(self.alpha, 1, self.power)
        positive("sd", self.sd)
        if finite("effect", self.effect) <= 0:
            raise ContradictoryInputError(
                f"the effect {self.effect:g} is not above 0",
                where="effect",
                hint="Give a positive difference; turn the sign of outcomes where less is better.",
            )
        between("timing", self.timing, 0.05, 0.95, closed=True)
        between("largest", self.largest, 1, 100, closed=True)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if self.futility is not None:
            between("futility", self.futility, -10, 10)
        _ = self.rule
        return self

    @cached_property
    def plan(self) -> Plan:
        """Boundaries of the base design."""
        stop = None if self.futility is None else (self.futility,)
        return plan((self.timing, 1.0), self.alpha, 1, self.power, self.spending, futility=stop)

    @property
    def theta(self) -> float:
        """Assumed effect per root of a participant: the z of n participants has the mean theta * sqrt(n)."""
        return self.effect / (2 * self.sd)

    @cached_property
    def planned(self) -> tuple[int, int]:
        """Whole total sizes at the look and in the end."""
        total = (self.plan.drift / self.theta) ** 2
        if total > LARGEST_N:
            raise UnreachableError(
                f"{total:,.0f} participants would be needed", where="effect", hint="Assume a larger effect."
            )
        final = 2 * ceiling(total / 2)
        return 2 * ceiling(self.timing * final / 2), final

    @cached_property
    def rule(self) -> Reestimation:
        """The rule with all of its defaults settled."""
        first, final = self.planned
        if first >= final:
            raise ContradictoryInputError(
                f"{final} participants leave no second stage", where="timing", hint="Look earlier."
            )
        low_z = -math.inf if self.futility is None else self.futility
        base = TwoStage(float(first), float(final), low_z, float(self.plan.upper[0]), float(self.plan.upper[1]))
        target = self.power if self.target is None else self.target
        high = target if self.high is None else self.high
        between("target", target, 0, 1)
        if high > target:
            raise ContradictoryInputError(
                f"conditional power up to {high:g} is above the target {target:g}",
                where="high",
                hint="Give a range that ends at the target or below.",
            )
        low = min(promising_zone_start(base, target, self.largest), 0.999 * high) if self.low is None else self.low
        theta = self.theta if self.at == "assumed" else None
        return Reestimation(base, self.combination, low, high, target, self.largest, theta)

    def behaviour(self, effect: float) -> Behaviour:
        """Rejection and expected size at a true mean difference."""
        return self.rule.behaviour(effect / (2 * self.sd))

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        rule = self.rule
        return (
            *assumed(
                self, "effect", "sd", "alpha", "power", "timing", "spending", "futility", "largest", "at", "dropout"
            ),
            Quantity("combination", "final test", COMBINATIONS[self.combination]),
            Quantity("low", "least conditional power for an increase", rule.low, "1"),
            Quantity("high", "conditional power from which on the plan is kept", rule.high, "1"),
            Quantity("target", "conditional power of the new size", rule.target, "1"),
        )

    def sample_size(self) -> SampleSize:
        """Planned sizes; the largest and expected ones are extra."""
        first, final = self.planned
        sizes = (final // 2, final // 2)
        at, null = self.behaviour(self.effect), self.behaviour(0.0)
        return SampleSize(
            arms=("treatment", "control"),
            evaluable=sizes,
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=(self.plan.drift / self.theta) ** 2,
            power=at.reject,
            rule="planned size rounded up to pairs; before any increase",
            extra=(
                Quantity("n_first", "participants at the look", first, digits=0),
                Quantity(
                    "n_largest", "largest size after re-estimation", 2 * ceiling(self.largest * final / 2), digits=0
                ),
                Quantity("expected_n", "expected participants at the assumed effect", at.expected, digits=5),
                Quantity("expected_n_null", "expected participants at the null", null.expected, digits=5),
                Quantity("type_1_error", "type I error", null.reject, "1"),
            ),
        )

    def boundaries(self) -> Table:
        """Zones of the interim statistic, each with what happens to the size."""
        rule = self.rule
        start, stop = rule.zones()
        base = rule.base
        rows = [
            ("futility", None, base.futility, "the trial stops without rejection"),
            ("unfavourable", base.futility, start, "the planned size is kept"),
            ("promising", start, stop, "the size is chosen anew"),
            ("favourable", stop, base.efficacy, "the planned size is kept"),
            ("efficacy", base.efficacy, None, "the trial stops and rejects"),
        ]
        shown = tuple(
            (name, *(None if z is None or math.isinf(z) else z for z in (a, b)), words)
            for name, a, b, words in rows
            if not (a is not None and b is not None and a >= b) and b != -math.inf
        )
        columns = (
            Column("zone", "zone", digits=0),
            Column("from_z", "interim z from"),
            Column("to_z", "to"),
            Column("action", "action", digits=0),
        )
        return Table("zones", "Zones of the interim analysis", columns, shown)

    def decision_table(self) -> Table:
        """Final size by interim z, over the zone in which it is chosen anew."""
        rule = self.rule
        start, stop = rule.zones()
        rows = []
        for z in np.linspace(start, stop, 11):
            size = float(rule.final_size(np.asarray([min(max(z, start + 1e-9), stop - 1e-9)]))[0])
            effect = float(z) / math.sqrt(rule.base.first) * 2 * self.sd
            rows.append((float(z), effect, float(rule.conditional_power(z)), 2 * ceiling(size / 2)))
        columns = (
            Column("z", "interim z"),
            Column("effect", "observed difference"),
            Column("conditional_power", "conditional power, planned size", "1"),
            Column("n", "final size", digits=0),
        )
        return Table("final_size", "Final size by interim result", columns, tuple(rows))

    def operating_characteristics(self) -> Table:
        """Power and expected size over true effects, against the base design that keeps its size."""
        rows = []
        for step in range(7):
            effect = self.effect * step / 4
            found = self.behaviour(effect)
            fixed = float(self.plan.power(effect / (2 * self.sd) * math.sqrt(self.planned[1])))
            rows.append((effect, found.reject, fixed, found.expected, found.stop_efficacy, found.stop_futility,
                         found.adapted))  # fmt: skip
        columns = (
            Column("effect", "true difference"),
            Column("reject", "rejects", "1"),
            Column("base", "base design rejects", "1"),
            Column("expected_n", "expected participants"),
            Column("stop_efficacy", "stops for efficacy", "1"),
            Column("stop_futility", "stops for futility", "1"),
            Column("adapted", "size chosen anew", "1"),
        )
        return Table("operating_characteristics", "Power and expected size", columns, tuple(rows))

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials of normal outcomes; a truth is `null` or a mean difference."""
        effect, words = effect_of(truth, self.effect, name="mean difference")
        rule, theta = self.rule, effect / (2 * self.sd)
        base = rule.base
        rejects, sizes, anew = 0.0, [], 0.0
        for rng, count in chunks(trials, seed):
            sum1 = theta * base.first + math.sqrt(base.first) * rng.standard_normal(count)
            z1 = sum1 / math.sqrt(base.first)
            size = rule.final_size(z1)
            second = np.maximum(size - base.first, 1e-9)
            sum2 = theta * second + np.sqrt(second) * rng.standard_normal(count)
            on = (z1 > base.futility) & (z1 < base.efficacy)
            if self.combination == "sufficient":
                final = (sum1 + sum2) / np.sqrt(base.first + second) >= base.final
            else:
                final = sum2 / np.sqrt(second) >= rule.cutoff(z1, second)
            rejects += float(((z1 >= base.efficacy) | (on & final)).sum())
            anew += float(np.asarray(rule.adapts(z1)).sum())
            sizes.append(size)
        return Simulation(
            words,
            trials,
            seed,
            (
                share("rejected", "share of trials that reject", rejects, trials),
                mean("expected_n", "participants", np.concatenate(sizes)),
                share("adapted", "size chosen anew", anew, trials),
            ),
        )

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Quadrature against simulated trials: power, type I error, expected sizes."""
        checks = []
        null = self.simulate("null", trials=trials, seed=seed + 1)
        for name, effect, run in (
            ("power", self.effect, self.simulate(trials=trials, seed=seed)),
            ("type_1_error", 0.0, null),
        ):
            found = self.behaviour(effect)
            for key, label, stated in (
                ("rejected", name.replace("_1_", " I "), found.reject),
                ("expected_n", "expected size", found.expected),
                ("adapted", "size chosen anew", found.adapted),
            ):
                one = run[key]
                title = label if key == "rejected" else f"{label}, {run.truth}"
                checks.append(Check(f"{name}_{key}", title, stated, one.value, one.standard_error, "exact"))
        return Verification(tuple(checks), trials, seed)

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        size = self.sample_size()
        values = by_name(*self.assumptions(), *size.quantities())
        values["efficacy_z"] = Quantity("efficacy_z", "efficacy boundary at the look", self.rule.base.efficacy)
        values["final_z"] = Quantity("final_z", "final critical value", self.rule.base.final)
        stops = " and for futility below {futility}" if self.futility is not None else ""
        text = (
            "{n_total} participants in two equal arms are planned for a mean difference of {effect} (standard "
            "deviation {sd}) at a one-sided alpha of {alpha}. After {n_first} participants an unblinded look stops for "
            "efficacy at z {efficacy_z} ({spending})"
            + stops
            + ". When conditional power at the {at} effect lies between {low} and "
            "{high}, the final size is chosen so that it becomes {target}, up to {n_largest} participants. The final "
            "test is the {combination}, with the critical value {final_z}. The power is {achieved_power} with "
            "{expected_n} participants expected; the type I error is {type_1_error}."
        )
        cites = {"inverse-normal": ("cui-1999", "lehmacher-1999"), "sufficient": ("mehta-2011", "chen-2004"),
                 "fisher": ("bauer-1994",)}  # fmt: skip
        return Paragraph(text, values, cites[self.combination])
