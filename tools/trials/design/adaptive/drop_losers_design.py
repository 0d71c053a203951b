"""Drop-the-losers: the worst treatments are dropped at each look, the last one is tested with all of its data."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.adaptive.fields import Numbers, assumed, by_name, effects_of, smallest
from benchside.tools.trials.design.adaptive.selection import drop_the_losers_critical, winner_rejects
from benchside.tools.trials.design.allocation import ceiling, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import between, error_rates, finite, increasing, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.montecarlo import chunks, share
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

MOST_TREATMENTS = 20


class DropTheLosers(Design):
    """Treatments kept by rank at two or three looks, one tested at the end (Wason et al. 2017); normal outcome."""

    family: ClassVar[str] = "drop-the-losers design"
    kind: Literal["drop-the-losers"] = "drop-the-losers"
    kept: Numbers = Field((3.0, 1.0), description="treatments in each stage, such as 4,2,1; the last is 1")
    looks: Numbers = Field((1.0, 2.0), description="cumulative size of a kept treatment arm at the looks, relative")
    control_looks: Numbers = Field((), description="cumulative size of the control, relative to the same")
    effect: float = Field(description="interesting difference from the control")
    small_effect: float = Field(0.0, description="difference that is not worth pursuing")
    sd: float = Field(1.0, description="standard deviation of the outcome")
    alpha: float = Field(0.025, description="familywise type I error, one-sided")
    power: float = Field(0.9, description="wanted probability to keep the effective treatment and to reject for it")
    n: int | None = Field(None, description="first-stage size of a treatment arm, to answer with the power instead")
    dropout: float = Field(0.0, description="share lost to the analysis")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        counts = [whole("kept", c, 1, MOST_TREATMENTS) for c in self.kept]
        if len(counts) not in (2, 3):
            raise OutOfScopeError(
                f"drop-the-losers with {len(counts)} stages", where="kept", hint="Give two or three stages."
            )
        if counts[-1] != 1 or any(b >= a for a, b in pairwise(counts)):
            raise ContradictoryInputError(
                f"the treatments {counts} do not fall to one", where="kept", hint="Give falling numbers, such as 4,2,1."
            )
        for name, values in (("looks", self.looks), ("control_looks", self.control_looks or self.looks)):
            increasing(name, values)
            if len(values) != len(counts):
                raise ContradictoryInputError(
                    f"{len(values)} looks for {len(counts)} stages", where=name, hint="Give one size for each stage."
                )
        positive("sd", self.sd)
        error_rates(self.alpha, 1, self.power)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if finite("effect", self.effect) <= max(finite("small_effect", self.small_effect), 0.0):
            raise ContradictoryInputError(
                f"the effect {self.effect:g} is not above the uninteresting one and 0",
                where="effect",
                hint="Give a positive effect above small_effect; turn the sign of outcomes where less is better.",
            )
        if self.n is not None:
            whole("n", self.n, 1, 1_000_000)
        return self

    @property
    def counts(self) -> tuple[int, ...]:
        """Treatments in each stage."""
        return tuple(int(c) for c in self.kept)

    def sizes(self, n: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Whole cumulative sizes of a kept treatment arm and of the control."""
        r0 = self.control_looks or self.looks
        return (
            tuple(float(ceiling(n * x / self.looks[0])) for x in self.looks),
            tuple(float(ceiling(n * x / self.looks[0])) for x in r0),
        )

    def critical_value(self, n: int) -> float:
        """Critical value of the final z."""
        treated, control = self.sizes(n)
        return drop_the_losers_critical(self.counts[0], self.alpha, treated, control, self.counts[1])

    def effects(self) -> tuple[float, ...]:
        """One interesting effect, the others uninteresting."""
        return (self.effect, *(self.small_effect,) * (self.counts[0] - 1))

    def power_at(self, n: int, effects: tuple[float, ...] | None = None) -> float:
        """P(the first treatment is kept to the end and rejected); the others' effects must be equal. Exact."""
        treated, control = self.sizes(n)
        truth = tuple(e / self.sd for e in (self.effects() if effects is None else effects))
        return winner_rejects(truth, treated, control, self.counts[1], self.critical_value(n))

    @cached_property
    def stage_size(self) -> int:
        """First-stage size of a treatment arm."""
        if self.n is not None:
            return self.n
        return smallest(self.power_at, self.power, 1, "participants per arm", 1_000_000)

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        return assumed(
            self, "kept", "looks", "control_looks", "effect", "small_effect", "sd", "alpha", "power", "dropout"
        )

    def sample_size(self) -> SampleSize:
        """Sizes, which are fixed: by stage of dropping."""
        treated, control = self.sizes(self.stage_size)
        counts = (*self.counts, 0)
        arms, sizes = ["control"], [int(control[-1])]
        for j, size in enumerate(treated):
            for i in range(counts[j] - counts[j + 1]):
                arms.append("kept" if j == len(treated) - 1 else f"dropped_{j + 1}_{i + 1}")
                sizes.append(int(size))
        return SampleSize(
            arms=tuple(arms),
            evaluable=tuple(sizes),
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=float(sum(sizes)),
            power=self.power_at(self.stage_size),
            rule="as given" if self.n is not None else "smallest whole first-stage size of a treatment arm",
            extra=(
                Quantity("n_stage", "first-stage size of a treatment arm", self.stage_size, digits=0),
                Quantity("critical_value", "critical value of the final z", self.critical_value(self.stage_size)),
            ),
        )

    def operating_characteristics(self) -> Table:
        """Rejection for the first treatment when it differs by more or less, and the familywise error."""
        rows = []
        for step in range(5):
            effect = self.effect * step / 4
            effects = (effect, *(min(self.small_effect, effect),) * (self.counts[0] - 1))
            power = self.power_at(self.stage_size, effects)
            error = self.counts[0] * power if step == 0 and min(self.small_effect, 0.0) == 0 else None
            rows.append((sequence_note(effects), power, error))
        columns = (
            Column("effects", "effects", digits=0),
            Column("rejected_first", "keeps the first and rejects", "1"),
            Column("familywise_error", "familywise error", "1"),
        )
        return Table("operating_characteristics", "Rejection for the first treatment", columns, tuple(rows))

    def _run(self, effects: tuple[float, ...], trials: int, seed: int) -> tuple[Floats, Floats]:
        """Index of the winner and whether it is rejected, shape (trials,)."""
        treated, control = self.sizes(self.stage_size)
        n = np.asarray(treated)
        steps = np.diff(n, prepend=0.0)
        c = self.critical_value(self.stage_size)
        drift = np.asarray(effects)[:, None] / self.sd
        winners, rejected = [], []
        for rng, count in chunks(trials, seed):
            sums = np.cumsum(
                rng.standard_normal((count, len(effects), len(n))) * np.sqrt(steps) + drift * steps, axis=2
            )
            alive = np.ones((count, len(effects)), dtype=bool)
            for j in range(len(n) - 1):
                shown = np.where(alive, sums[:, :, j], -np.inf)
                order = np.argsort(-shown, axis=1)[:, : self.counts[j + 1]]
                alive = np.zeros_like(alive)
                np.put_along_axis(alive, order, True, axis=1)
            winner = alive.argmax(axis=1)
            base = rng.standard_normal(count) / math.sqrt(control[-1])
            z = (sums[np.arange(count), winner, -1] / n[-1] - base) / math.sqrt(1 / n[-1] + 1 / control[-1])
            winners.append(winner)
            rejected.append(z >= c)
        return np.concatenate(winners), np.concatenate(rejected)

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials of normal outcomes; a truth is `null` or one difference from the control for each treatment."""
        effects, words = effects_of(truth, self.effects(), (0.0,) * self.counts[0])
        winner, rejected = self._run(effects, trials, seed)
        false = np.asarray([e <= 0 for e in effects])
        estimates = [
            share("selected_first", "keeps the first treatment", float((winner == 0).sum()), trials),
            share("rejected_first", "keeps the first and rejects", float((rejected & (winner == 0)).sum()), trials),
            share("rejected_any", "rejects for the winner", float(rejected.sum()), trials),
        ]
        if false.any():
            hits = float((rejected & false[winner]).sum())
            estimates.append(share("familywise_error", "rejects for a treatment without effect", hits, trials))
        return Simulation(words, trials, seed, tuple(estimates))

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Quadrature against simulated trials: familywise error and power."""
        null, found = self.simulate("null", trials=trials, seed=seed), self.simulate(trials=trials, seed=seed + 1)
        level, power = null["rejected_any"], found["rejected_first"]
        return Verification(
            (
                Check("familywise_error", "familywise error", self.alpha, level.value, level.standard_error, "exact"),
                Check("power", "keeps the effective treatment and rejects", self.power_at(self.stage_size), power.value,
                      power.standard_error, "exact"),
            ),
            trials,
            seed,
        )  # fmt: skip

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        values = by_name(*self.assumptions(), *self.sample_size().quantities())
        text = (
            "Treatments are compared with a control in a drop-the-losers design: {kept} treatments are in the stages, "
            "those with the best results go on, and the last one is tested with all of its data (critical value "
            "{critical_value}; familywise type I error {alpha}, one-sided). With {n_stage} participants per treatment "
            "arm in the first stage, {n_total} in all, the probability to keep a treatment with the effect {effect} "
            "(standard deviation {sd}; the others {small_effect}) and to reject for it is {achieved_power}."
        )
        return Paragraph(text, values, ("wason-2017", "thall-1989"))
