"""Dunnett's design: several treatments compared with one control at a fixed size."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import chi2

from benchside.tools.trials.design.adaptive.dunnett import dunnett_constant, joint_above, joint_below, loading
from benchside.tools.trials.design.adaptive.fields import Numbers, assumed, by_name, effects_of, smallest
from benchside.tools.trials.design.allocation import ceiling, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import MOST_ARMS, between, error_rates, finite, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
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

PowerOf = Literal["any", "all", "marginal"]
_POWER: dict[PowerOf, str] = {
    "any": "to reject for at least one treatment that has an effect",
    "all": "to reject for every treatment that has an effect",
    "marginal": "to reject for the treatment with the smallest effect",
}


class Dunnett(Design):
    """Several treatments against one control, normal outcome, familywise error by Dunnett's test.

    Exact for normal outcomes of equal variance, known or estimated (pooled over all arms).
    """

    family: ClassVar[str] = "many-to-one comparison (Dunnett)"
    kind: Literal["dunnett"] = "dunnett"
    effects: Numbers = Field(description="assumed difference of each treatment from the control")
    sd: float = Field(1.0, description="standard deviation of the outcome")
    alpha: float = Field(0.025, description="familywise type I error, total over the sides")
    sides: int = Field(1, description="1 (larger is better) or 2")
    power: float = Field(0.9, description="wanted power")
    power_of: PowerOf = Field("any", description="any, all or marginal: what the power is the probability of")
    control_ratio: float = Field(1.0, description="size of the control per size of a treatment arm")
    variance: Literal["known", "estimated"] = Field("estimated", description="known or estimated variance")
    n: int | None = Field(None, description="size of a treatment arm, to answer with the power instead")
    dropout: float = Field(0.0, description="share lost to the analysis")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        whole("effects", len(self.effects), 1, MOST_ARMS - 1)
        for effect in self.effects:
            finite("effects", effect)
        positive("sd", self.sd)
        error_rates(self.alpha, self.sides, self.power)
        between("control_ratio", self.control_ratio, 0.05, 20, closed=True)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if self.n is not None:
            whole("n", self.n, 2, 1_000_000)
        if not self._effective(self.effects):
            raise ContradictoryInputError(
                "no treatment has an effect" + (" above 0" if self.sides == 1 else ""),
                where="effects",
                hint="Give at least one; turn the sign of outcomes where less is better.",
            )
        return self

    def _effective(self, effects: tuple[float, ...]) -> tuple[int, ...]:
        """Treatments for which a rejection is right."""
        return tuple(i for i, e in enumerate(effects) if (e != 0 if self.sides == 2 else e > 0))

    def _control(self, n: float) -> int:
        return ceiling(n * self.control_ratio)

    def degrees_of_freedom(self, n: int) -> float:
        """Of the pooled variance; infinite where the variance is known."""
        k = len(self.effects)
        return math.inf if self.variance == "known" else float(k * n + self._control(n) - k - 1)

    def critical_value(self, n: int) -> float:
        """Dunnett's constant at n participants per treatment arm."""
        ratio = n / self._control(n)
        return dunnett_constant(
            self.alpha, len(self.effects), ratio=ratio, df=self.degrees_of_freedom(n), sides=self.sides
        )

    def power_at(self, n: int, effects: tuple[float, ...] | None = None, power_of: PowerOf | None = None) -> float:
        """Exact power at n participants per treatment arm, under the assumed or other effects.

        Rejections for treatments without effect never count.
        """
        truth = self.effects if effects is None else effects
        means = np.asarray(truth) / (self.sd * math.sqrt(1 / n + 1 / self._control(n)))
        which = list(self._effective(truth))
        if not which:
            return 0.0
        loads = (loading(n / self._control(n)),) * len(which)
        c, df = self.critical_value(n), self.degrees_of_freedom(n)
        of = self.power_of if power_of is None else power_of
        if of == "marginal":
            weakest = min(which, key=lambda i: abs(truth[i]))
            return float(joint_above(c, loads[:1], means=[float(means[weakest])], df=df, sides=self.sides))
        picked = [float(m) for m in means[which]]
        if of == "all":
            return float(joint_above(c, loads, means=picked, df=df, sides=self.sides))
        return 1 - float(joint_below(c, loads, means=picked, df=df, sides=self.sides))

    @cached_property
    def arm_size(self) -> int:
        """Participants per treatment arm."""
        if self.n is not None:
            return self.n
        return smallest(self.power_at, self.power, 2, "participants per arm", 1_000_000)

    def familywise_error(self) -> float:
        """Chance of any rejection when no treatment differs."""
        n = self.arm_size
        loads = (loading(n / self._control(n)),) * len(self.effects)
        return 1 - float(joint_below(self.critical_value(n), loads, df=self.degrees_of_freedom(n), sides=self.sides))

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        return assumed(
            self, "effects", "sd", "alpha", "sides", "power", "power_of", "control_ratio", "variance", "dropout"
        )

    def sample_size(self) -> SampleSize:
        """Sizes of the control and of each treatment arm."""
        n, k = self.arm_size, len(self.effects)
        sizes = (self._control(n), *(n,) * k)
        return SampleSize(
            arms=("control", *(f"treatment_{i + 1}" for i in range(k))),
            evaluable=sizes,
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=float(n * (k + self.control_ratio)),
            power=self.power_at(n),
            rule="as given" if self.n is not None else "smallest whole size of a treatment arm; control rounded up",
            extra=(
                Quantity("critical_value", "Dunnett's critical value", self.critical_value(n)),
                *(Quantity(f"power_{of}", f"power {_POWER[of]}", self.power_at(n, None, of), "1") for of in _POWER),
            ),
        )

    def operating_characteristics(self) -> Table:
        """Power of each kind when only the first treatments have their assumed effects."""
        rows = []
        for count in range(len(self.effects) + 1):
            effects = self.effects[:count] + (0.0,) * (len(self.effects) - count)
            found = [self.power_at(self.arm_size, effects, of) if count else None for of in _POWER]
            error = self.familywise_error() if count == 0 else None
            rows.append((count, sequence_note(effects), *found, error))
        columns = (
            Column("effective", "treatments with effect", digits=0),
            Column("effects", "effects", digits=0),
            Column("any", "power, any", "1"),
            Column("all", "power, all", "1"),
            Column("marginal", "power, smallest effect", "1"),
            Column("familywise_error", "familywise error", "1"),
        )
        return Table("operating_characteristics", "Power and familywise error", columns, tuple(rows))

    def _run(self, effects: tuple[float, ...], trials: int, seed: int) -> Floats:
        """Which treatments are rejected, shape (trials, treatments)."""
        n, n0, k = self.arm_size, self._control(self.arm_size), len(effects)
        c, df = self.critical_value(n), self.degrees_of_freedom(n)
        found = []
        for rng, count in chunks(trials, seed):
            arms = rng.normal(np.asarray(effects) / self.sd, 1 / math.sqrt(n), (count, k))
            control = rng.normal(0, 1 / math.sqrt(n0), (count, 1))
            spread = np.ones(count) if df == math.inf else np.sqrt(chi2.rvs(df, size=count, random_state=rng) / df)
            t = (arms - control) / (spread[:, None] * math.sqrt(1 / n + 1 / n0))
            found.append((np.abs(t) if self.sides == 2 else t) >= c)
        return np.concatenate(found)

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials of normal outcomes; a truth is `null` or one difference from the control for each treatment."""
        effects, words = effects_of(truth, self.effects, (0.0,) * len(self.effects))
        rejected = self._run(effects, trials, seed)
        right = list(self._effective(effects))
        wrong = [i for i in range(len(effects)) if i not in right]
        estimates = [
            share(f"rejected_{i + 1}", f"rejects for treatment {i + 1}", float(rejected[:, i].sum()), trials)
            for i in range(len(effects))
        ]
        if right:
            hits = rejected[:, right]
            estimates += [
                share("any", f"power {_POWER['any']}", float(hits.any(axis=1).sum()), trials),
                share("all", f"power {_POWER['all']}", float(hits.all(axis=1).sum()), trials),
            ]
        if wrong:
            false = float(rejected[:, wrong].any(axis=1).sum())
            estimates.append(share("familywise_error", "rejects for a treatment without effect", false, trials))
        return Simulation(words, trials, seed, tuple(estimates))

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Quadrature against simulated trials: familywise error, power for any and for all."""
        null, found = self.simulate("null", trials=trials, seed=seed), self.simulate(trials=trials, seed=seed + 1)
        stated = (
            ("familywise_error", "familywise error", self.familywise_error(), null["familywise_error"]),
            ("any", "power, any", self.power_at(self.arm_size, None, "any"), found["any"]),
            ("all", "power, all", self.power_at(self.arm_size, None, "all"), found["all"]),
        )
        checks = tuple(Check(name, label, s, e.value, e.standard_error, "exact") for name, label, s, e in stated)
        return Verification(checks, trials, seed)

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        size = self.sample_size()
        values = by_name(*self.assumptions(), *size.quantities())
        values["treatments"] = Quantity("treatments", "treatments", len(self.effects), digits=0)
        values["aim"] = Quantity("aim", "what the power is of", _POWER[self.power_of])
        values["sidedness"] = Quantity("sidedness", "sides", "one-sided" if self.sides == 1 else "two-sided")
        values["n_arm"] = Quantity("n_arm", "per treatment arm", self.arm_size, digits=0)
        text = (
            "{treatments} treatments are each compared with a common control by Dunnett's test ({sidedness}, "
            "familywise type I error {alpha}, {variance} variance, critical value {critical_value}). With differences "
            "of {effects} and a standard deviation of {sd}, {n_arm} participants per treatment arm and {n_control} "
            "controls, {n_total} in all, have a power of {achieved_power} {aim}."
        )
        return Paragraph(text, values, ("dunnett-1955", "dunnett-1964"))
