"""The multi-arm multi-stage design: several treatments, one control, interim looks at which arms are dropped.

The power is the chance to reject the hypothesis of a treatment with the interesting effect, and to find it best, while
the others have the uninteresting effect (the least favourable configuration).
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import norm

from benchside.tools.trials.design.adaptive.arms import MOST_STAGES, Looks
from benchside.tools.trials.design.adaptive.dunnett import dunnett_constant
from benchside.tools.trials.design.adaptive.fields import Numbers, assumed, by_name, effects_of, smallest
from benchside.tools.trials.design.adaptive.mams import (
    MOST_TREATMENTS,
    Boundaries,
    Characteristics,
    boundaries,
    characteristics,
    familywise_error,
    first_is_best,
)
from benchside.tools.trials.design.allocation import ceiling, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import between, error_rates, finite, increasing, positive, probability, whole
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


class MultiArmMultiStage(Design):
    """Several treatments against one control with interim looks (Magirr, Jaki & Whitehead 2012); normal outcome.

    The trial stops when a treatment crosses its upper boundary; a treatment below the lower one is dropped. The
    familywise error over all looks and treatments is alpha, one-sided. Known standard deviation.
    """

    family: ClassVar[str] = "multi-arm multi-stage design"
    kind: Literal["mams"] = "mams"
    treatments: int = Field(3, description="treatment arms, without the control")
    looks: Numbers = Field((1.0, 2.0), description="cumulative size of a treatment arm at the looks, relative")
    control_looks: Numbers = Field((), description="cumulative size of the control at the looks, relative to the same")
    effect: float = Field(description="interesting difference from the control, in units of the outcome")
    small_effect: float = Field(0.0, description="difference that is not worth pursuing")
    sd: float = Field(1.0, description="standard deviation of the outcome")
    alpha: float = Field(0.025, description="familywise type I error, one-sided")
    power: float = Field(0.9, description="wanted probability to reject for, and find best, the effective treatment")
    upper: str = Field(
        "obf", max_length=200, description="upper boundary: obf, pocock, triangular, fixed:Z, shape:S,.."
    )
    lower: str = Field("fixed:0", max_length=200, description="lower boundary, by the same names, or none")
    n: int | None = Field(None, description="first-stage size of a treatment arm, to answer with the power instead")
    dropout: float = Field(0.0, description="share lost to the analysis")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        whole("treatments", self.treatments, 1, MOST_TREATMENTS)
        r = increasing("looks", self.looks)
        whole("looks", len(r), 1, MOST_STAGES)
        r0 = increasing("control_looks", self.control_looks or self.looks)
        if len(r0) != len(r):
            raise ContradictoryInputError(
                f"{len(r0)} looks of the control and {len(r)} of the treatments",
                where="control_looks",
                hint="Give one size for each look.",
            )
        positive("sd", self.sd)
        error_rates(self.alpha, 1, self.power)
        if finite("effect", self.effect) <= max(finite("small_effect", self.small_effect), 0.0):
            raise ContradictoryInputError(
                f"the effect {self.effect:g} is not above the uninteresting one and 0",
                where="effect",
                hint="Give a positive effect above small_effect; turn the sign of outcomes where less is better.",
            )
        if self.n is not None:
            whole("n", self.n, 1, 1_000_000)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        return self

    @classmethod
    def from_probabilities(cls, p: float, p0: float, **fields: Any) -> Self:
        """The design whose effects are P(a treated patient does better than a control): sqrt(2) x normal quantile."""
        found = [math.sqrt(2) * float(norm.ppf(probability(k, v))) for k, v in (("p", p), ("p0", p0))]
        return cls(effect=found[0], small_effect=found[1], sd=1.0, **fields)

    @property
    def _ratios(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return self.looks, self.control_looks or self.looks

    @cached_property
    def limits(self) -> Boundaries:
        """The boundaries of the z statistics."""
        return boundaries(self.treatments, self.alpha, *self._ratios, upper=self.upper, lower=self.lower)

    def looks_at(self, n: float, *, whole_sizes: bool = True) -> Looks:
        """Cumulative sizes and boundaries when a treatment arm has n participants in the first stage."""
        r, r0 = ([n * x / self.looks[0] for x in ratio] for ratio in self._ratios)
        if whole_sizes:
            r, r0 = [float(ceiling(x)) for x in r], [float(ceiling(x)) for x in r0]
        return Looks(tuple(r), tuple(r0), self.limits.upper, self.limits.lower)

    def effects(self) -> tuple[float, ...]:
        """The least favourable configuration: one interesting effect, the others uninteresting; outcome's units."""
        return (self.effect, *(self.small_effect,) * (self.treatments - 1))

    def _standardised(self, effects: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(e / self.sd for e in effects)

    @cached_property
    def stage_size(self) -> int:
        """First-stage size of a treatment arm."""
        if self.n is not None:
            return self.n
        effects = self._standardised(self.effects())

        def power(n: int, *, coarse: bool = False) -> float:
            return first_is_best(self.looks_at(n), effects, coarse=coarse)

        c = dunnett_constant(self.alpha, self.treatments)
        fixed = ((c + norm.ppf(self.power)) / effects[0]) ** 2 * 2 * self.looks[0] / self.looks[-1]
        n = smallest(
            lambda m: power(m, coarse=True), self.power, ceiling(0.7 * float(fixed)), "participants", 1_000_000
        )
        while power(n) < self.power:
            n += 1
        while n > 1 and power(n - 1) >= self.power:
            n -= 1
        return n

    @cached_property
    def characteristics(self) -> Characteristics:
        """Exact power, expected size and stopping at the least favourable configuration."""
        return characteristics(self.looks_at(self.stage_size), self._standardised(self.effects()))

    @cached_property
    def null_characteristics(self) -> Characteristics:
        """The same when no treatment differs from the control."""
        return characteristics(self.looks_at(self.stage_size), (0.0,) * self.treatments, first=False)

    def familywise_error(self) -> float:
        """Chance of any rejection at the global null with the whole sizes."""
        looks = self.looks_at(self.stage_size)
        return familywise_error(self.treatments, looks.treated, looks.control, looks.upper, looks.lower)

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        return assumed(self, "treatments", "looks", "control_looks", "effect", "small_effect", "sd", "alpha", "power",
                       "upper", "lower", "dropout")  # fmt: skip

    def sample_size(self) -> SampleSize:
        """The largest sizes, when no arm is dropped and the trial goes on to its last look."""
        looks = self.looks_at(self.stage_size)
        exact = self.looks_at(self.stage_size, whole_sizes=False)
        sizes = (int(looks.control[-1]), *(int(looks.treated[-1]),) * self.treatments)
        return SampleSize(
            arms=("control", *(f"treatment_{i + 1}" for i in range(self.treatments))),
            evaluable=sizes,
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=exact.control[-1] + self.treatments * exact.treated[-1],
            power=self.characteristics.first,
            rule="as given" if self.n is not None else "first-stage size of a treatment arm rounded up",
            extra=(
                Quantity("n_stage", "first-stage size of a treatment arm", self.stage_size, digits=0),
                Quantity("expected_n", "expected participants, one effective treatment", self.characteristics.expected),
                Quantity("expected_n_null", "expected participants at the global null",
                         self.null_characteristics.expected),
                Quantity("power_any", "power to reject for any treatment", self.characteristics.any, "1"),
                Quantity("familywise_error", "familywise error at the global null", self.familywise_error(), "1"),
            ),
        )  # fmt: skip

    def boundaries(self) -> Table:
        """Boundaries by look with cumulative sizes and stopping probabilities."""
        looks = self.looks_at(self.stage_size)
        rows = tuple(
            (j + 1, int(looks.treated[j]), int(looks.control[j]), looks.upper[j],
             None if looks.lower[j] == -math.inf else looks.lower[j], float(norm.sf(looks.upper[j])),
             self.null_characteristics.stop[j], self.characteristics.stop[j])
            for j in range(looks.number)
        )  # fmt: skip
        columns = (
            Column("look", "look", digits=0),
            Column("n_treatment", "per treatment arm", digits=0),
            Column("n_control", "control", digits=0),
            Column("upper_z", "stop for efficacy at Z"),
            Column("lower_z", "drop below Z"),
            Column("upper_p", "one-sided p at the upper boundary"),
            Column("stop_null", "trial stops, global null", "1"),
            Column("stop", "trial stops, one effective", "1"),
        )
        return Table("boundaries", "Boundaries by look", columns, rows)

    def operating_characteristics(self) -> Table:
        """Exact characteristics from the global null to all treatments effective."""
        rows = []
        for count in range(self.treatments + 1):
            effects = (self.effect,) * count + (self.small_effect if count else 0.0,) * (self.treatments - count)
            found = characteristics(self.looks_at(self.stage_size), self._standardised(effects), first=False)
            rows.append((count, sequence_note(effects), found.any, found.expected))
        columns = (
            Column("effective", "effective treatments", digits=0),
            Column("effects", "effects", digits=0),
            Column("any", "rejects for any treatment", "1"),
            Column("expected_n", "expected participants"),
        )
        return Table("operating_characteristics", "Rejection and expected size", columns, tuple(rows))

    def _run(self, effects: tuple[float, ...], trials: int, seed: int) -> tuple[Floats, Floats, Floats]:
        """Per trial: which arms are rejected, shape (trials, arms); whether the first is the best; total size."""
        looks = self.looks_at(self.stage_size)
        rejected, first, sizes = [], [], []
        n, n0 = np.asarray(looks.treated), np.asarray(looks.control)
        steps, steps0 = np.diff(n, prepend=0.0), np.diff(n0, prepend=0.0)
        drift = np.asarray(self._standardised(effects))
        for rng, count in chunks(trials, seed):
            control = np.cumsum(rng.standard_normal((count, looks.number)) * np.sqrt(steps0), axis=1) / n0
            noise = rng.standard_normal((count, self.treatments, looks.number)) * np.sqrt(steps)
            arms = np.cumsum(noise, axis=2) / n + drift[:, None]
            z = (arms - control[:, None, :]) / np.sqrt(1 / n + 1 / n0)
            active = np.ones((count, self.treatments), dtype=bool)
            going = np.ones(count, dtype=bool)
            won = np.zeros((count, self.treatments), dtype=bool)
            best = np.zeros(count, dtype=bool)
            size = np.zeros(count)
            for j in range(looks.number):
                size += going * (steps0[j] + steps[j] * active.sum(axis=1))
                up = active & (z[:, :, j] >= looks.upper[j]) & going[:, None]
                won |= up
                shown = np.where(active, z[:, :, j], -np.inf)
                best |= up[:, 0] & (shown.argmax(axis=1) == 0)
                active &= z[:, :, j] >= looks.lower[j]
                going &= ~up.any(axis=1) & active.any(axis=1)
            rejected.append(won)
            first.append(best)
            sizes.append(size)
        return np.concatenate(rejected), np.concatenate(first), np.concatenate(sizes)

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials of normal outcomes; a truth is `null` or one difference from the control for each treatment."""
        effects, words = effects_of(truth, self.effects(), (0.0,) * self.treatments)
        rejected, first, sizes = self._run(effects, trials, seed)
        false = np.asarray([e <= 0 for e in effects])
        estimates = [
            share("rejected_any", "rejects for any treatment", float(rejected.any(axis=1).sum()), trials),
            share("rejected_first", "rejects for the first treatment, the best", float(first.sum()), trials),
            *(share(f"rejected_{i + 1}", f"rejects for treatment {i + 1}", float(rejected[:, i].sum()), trials)
              for i in range(self.treatments)),
            mean("expected_n", "participants", sizes),
        ]  # fmt: skip
        if false.any():
            hits = float(rejected[:, false].any(axis=1).sum())
            estimates.append(share("familywise_error", "rejects for a treatment without effect", hits, trials))
        return Simulation(words, trials, seed, tuple(estimates))

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Quadrature against simulated trials: familywise error, both powers, expected sizes."""
        null = self.simulate("null", trials=trials, seed=seed)
        alternative = self.simulate(trials=trials, seed=seed + 1)
        stated = (
            ("familywise_error", "familywise error", self.familywise_error(), null["rejected_any"]),
            ("power", "power to find the effective treatment best", self.characteristics.first,
             alternative["rejected_first"]),
            ("power_any", "power to reject for any treatment", self.characteristics.any, alternative["rejected_any"]),
            ("expected_n_null", "expected size at the null", self.null_characteristics.expected, null["expected_n"]),
            ("expected_n", "expected size, one effective", self.characteristics.expected, alternative["expected_n"]),
        )  # fmt: skip
        checks = tuple(Check(name, label, s, e.value, e.standard_error, "exact") for name, label, s, e in stated)
        return Verification(checks, trials, seed)

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        size = self.sample_size()
        values = by_name(*self.assumptions(), *size.quantities())
        values["number_looks"] = Quantity("number_looks", "looks", len(self.looks), digits=0)
        values["upper_z"] = Quantity("upper_z", "upper boundaries", sequence_note(self.limits.upper))
        values["lower_z"] = Quantity("lower_z", "lower boundaries", sequence_note(self.limits.lower[:-1]))
        drops = (
            " A treatment is dropped when its statistic is below {lower_z}." if self.lower != "none" and self.looks[1:]
            else ""
        )  # fmt: skip
        text = (
            "{treatments} treatments are compared with a common control in a multi-arm multi-stage design with "
            "{number_looks} analyses. The trial stops for efficacy when the standardised difference of a treatment "
            "reaches {upper_z} ({upper} shape)." + drops + " The boundaries hold the familywise type I error, "
            "one-sided, at {alpha}. With {n_stage} participants per treatment arm in the first stage, at most "
            "{n_total} in all, the probability to reject the hypothesis of a treatment with the effect {effect} "
            "(standard deviation {sd}), and to find it best while the others have {small_effect}, is {achieved_power}; "
            "the expected size is then {expected_n}, and {expected_n_null} when no treatment differs from the control."
        )
        return Paragraph(text, values, ("magirr-2012", "jaki-2019"))
