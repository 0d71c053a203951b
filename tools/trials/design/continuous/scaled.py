"""Scaled average bioequivalence as a design: sizes and power by simulation, each with its Monte Carlo error.

There is no closed form, for the limits are random. Power is the share of simulated trials that an agency would accept,
from their key statistics; `verify` holds it against simulated participants and a least-squares analysis of them.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from benchside.tools.trials.design.allocation import with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design, checked_trials
from benchside.tools.trials.design.checks import LARGEST_N, between, error_rates, positive, whole
from benchside.tools.trials.design.continuous.bioequivalence import log_sd
from benchside.tools.trials.design.continuous.endpoints import Number, Positive, Whole
from benchside.tools.trials.design.continuous.scaled_decision import RULES, Method, Rule, Verdicts, decide, limits
from benchside.tools.trials.design.continuous.scaled_trials import SEQUENCES, Replicates, key_statistics, participants
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.montecarlo import generator, share_error
from benchside.tools.trials.design.montecarlo import share as share_of
from benchside.tools.trials.design.results import (
    Check,
    Column,
    Estimate,
    Paragraph,
    Quantity,
    SampleSize,
    Simulation,
    Table,
    Verification,
)

_POWER = 0.8
_FEWEST = 3  # participants per sequence, so that each variance can be estimated
_GRID = (0.80, 0.85, 0.90, 0.95, 1.00, 1.05, 1.10, 1.15, 1.20, 1.25)


class ScaledBioequivalence(Design):
    """A replicate crossover whose limits of bioequivalence widen with the variability of the reference.

    Attributes:
        ratio: true ratio of geometric means, test over reference.
        cv_reference, cv_test: within-subject coefficients of variation, as fractions; the same when one is given.
        study: 2x3x3 (TRR, RTR, RRT), 2x2x4 (TRTR, RTRT) or 2x2x3 (TRT, RTR).
        agency: EMA (expanding limits), HC, GCC, or FDA (linearised criterion).
        lower, upper: conventional limits, and those of the point estimate.
        alpha: of each one-sided test, 0.05 for a 90% interval.
        power: wanted, 0.8 when neither it nor n is given. n: participants in all, to answer with the power.
        dropout: share lost to the analysis.
        trials, seed: of the simulations that the sizes rest on.
    """

    family: ClassVar[str] = "scaled average bioequivalence"
    kind: Literal["scaled-bioequivalence"] = "scaled-bioequivalence"
    ratio: Positive = Field(default=0.9, description="true ratio of geometric means, test over reference")
    cv_reference: Positive = Field(
        description="within-subject coefficient of variation of the reference, as a fraction"
    )
    cv_test: Positive | None = Field(default=None, description="that of the test, where it differs")
    study: Literal["2x3x3", "2x2x4", "2x2x3"] = Field(default="2x3x3", description="treatments x sequences x periods")
    agency: Method = Field(default="EMA", description="whose rules decide")
    lower: Positive = Field(default=0.8, description="conventional lower limit, and that of the point estimate")
    upper: Positive = Field(default=1.25, description="conventional upper limit, and that of the point estimate")
    alpha: Number = Field(default=0.05, description="level of each one-sided test")
    power: Number | None = Field(default=None, description="wanted power; 0.8 when neither power nor n is given")
    n: Whole | None = Field(default=None, description="evaluable participants in all, to answer with the power instead")
    dropout: Number = Field(default=0.0, description="share lost to the analysis")
    trials: Whole = Field(default=DEFAULT_TRIALS, description="simulated trials that a power rests on")
    seed: Whole = Field(default=DEFAULT_SEED, description="seed of the simulations")

    @model_validator(mode="after")
    def _sound(self) -> ScaledBioequivalence:
        between("cv_reference", self.cv_reference, 0, 10)
        if self.cv_test is not None:
            between("cv_test", self.cv_test, 0, 10)
        if not self.lower < 1 < self.upper:
            raise ContradictoryInputError(
                f"the limits {self.lower:g} and {self.upper:g} do not enclose 1",
                where="lower",
                hint="Give 0.8 and 1.25.",
            )
        if not self.lower < self.ratio < self.upper:
            raise ContradictoryInputError(
                f"the ratio {self.ratio:g} is outside the limits {self.lower:g} to {self.upper:g}",
                where="ratio",
                hint="The point estimate has to lie within them: assume a ratio that does.",
            )
        error_rates(self.alpha, 1, self.power)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        checked_trials(self.trials)
        whole("seed", self.seed, 0, 2**63 - 1)
        if self.power is not None and self.n is not None:
            raise ContradictoryInputError("both a power and a size are given", where="n", hint="Give one of them.")
        if self.n is not None:
            k = len(SEQUENCES[self.study])
            whole("n", self.n, _FEWEST * k, LARGEST_N)
            if self.n % k:
                raise ContradictoryInputError(
                    f"{self.n} participants cannot be shared equally by {k} sequences",
                    where="n",
                    hint=f"Give {self.n // k * k} or {self.n // k * k + k}.",
                )
        return self

    @property
    def rule(self) -> Rule:
        """What the agency asks."""
        return RULES[self.agency]

    @property
    def edge(self) -> float:
        """Largest ratio that the limits would accept at the true variability of the reference."""
        return max(limits(self.cv_reference, self.rule, self.upper), self.upper)

    @property
    def _wanted(self) -> float:
        return _POWER if self.power is None else self.power

    def _trial(self, each: int) -> Replicates:
        test = self.cv_reference if self.cv_test is None else self.cv_test
        return Replicates(self.study, each, log_sd(test) ** 2, log_sd(self.cv_reference) ** 2)

    def _verdicts(self, each: int, ratio: float, trials: int, seed: int, *, subjects: bool = False) -> Verdicts:
        draw = participants if subjects else key_statistics
        rng = generator(seed)
        found = draw(rng, self._trial(each), math.log(ratio), self.rule.contrasts, trials)
        return decide(found, self.rule, self.lower, self.upper, self.alpha)

    def power_at(self, n: int, ratio: float | None = None) -> Estimate:
        """Simulated power with n participants in all, at the assumed ratio or another one.

        Raises:
            ImpossibleInputError: n that the sequences cannot share, or a ratio not above 0.
        """
        k = len(SEQUENCES[self.study])
        if whole("n", n, _FEWEST * k) % k:
            raise ImpossibleInputError(f"n is {n}", where="n", hint=f"Give a multiple of {k}.")
        truth = self.ratio if ratio is None else positive("ratio", ratio)
        shown = self._verdicts(n // k, truth, self.trials, self.seed).equivalent
        return share_of("power", "share of trials that show bioequivalence", shown.sum(), self.trials)

    @cached_property
    def _each(self) -> int:
        """Participants per sequence."""
        k = len(SEQUENCES[self.study])
        if self.n is not None:
            return self.n // k
        wanted = self._wanted
        known: dict[int, bool] = {}

        def reached(each: int) -> bool:
            if each not in known:
                known[each] = self.power_at(each * k).value >= wanted
            return known[each]

        high = _FEWEST
        while not reached(high):
            high *= 2
            if high * k > LARGEST_N:
                raise UnreachableError(
                    f"{LARGEST_N:,} participants do not reach a power of {wanted:g}",
                    where="power",
                    hint="Assume a ratio nearer to 1, or ask for less power.",
                )
        low = max(high // 2, _FEWEST - 1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reached(middle) else (middle, high)
        return high

    def sample_size(self) -> SampleSize:
        """Whole sequences of the smallest size whose simulated power is enough, with its Monte Carlo error."""
        sequences = SEQUENCES[self.study]
        sizes = (self._each,) * len(sequences)
        power = self.power_at(sum(sizes))
        return SampleSize(
            arms=sequences,
            evaluable=sizes,
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=float(sum(sizes)),
            power=power.value,
            rule="as given" if self.n is not None else "smallest equal sequences whose simulated power is enough",
            extra=(
                Quantity("power_error", "Monte Carlo standard error of the power", power.standard_error, "1", 2),
                Quantity("limit", "upper acceptance limit at the assumed variability", self.edge),
            ),
        )

    def assumptions(self) -> tuple[Quantity, ...]:
        """Fields by name."""
        test = self.cv_reference if self.cv_test is None else self.cv_test
        return (
            Quantity("ratio", "true ratio of geometric means", self.ratio),
            Quantity("cv_reference", "within-subject CV of the reference", self.cv_reference, "1"),
            Quantity("cv_test", "within-subject CV of the test", test, "1"),
            Quantity("study", "study design", self.study),
            Quantity("agency", "rules", self.rule.name),
            Quantity("lower", "conventional lower limit", self.lower),
            Quantity("upper", "conventional upper limit", self.upper),
            Quantity("alpha", "level of each one-sided test", self.alpha, "1"),
            Quantity("power", "wanted power", None if self.n else self._wanted, "1"),
            Quantity("dropout", "share lost to the analysis", self.dropout, "1"),
            Quantity("trials", "simulated trials", self.trials, digits=0),
        )  # fmt: skip

    def operating_characteristics(self) -> Table:
        """Acceptance by true ratio, with that of conventional limits; beyond the limits it is the type I error."""
        rows = []
        for ratio in sorted({*_GRID, self.ratio, self.edge}):
            found = self._verdicts(self._each, ratio, self.trials, self.seed)
            share, plain = float(found.equivalent.mean()), float(found.unscaled.mean())
            rows.append((ratio, share, share_error(share, self.trials), plain, float(found.point.mean())))
        columns = (
            Column("ratio", "true ratio"),
            Column("accepted", "accepted", "1"),
            Column("standard_error", "Monte Carlo SE", "1", 2),
            Column("unscaled", "accepted by conventional limits", "1"),
            Column("point", "point estimate within limits", "1"),
        )
        note = f"The limits widen to {self.edge:.4g} at the assumed variability; there acceptance is the type I error."
        return Table("acceptance", "Acceptance by true ratio", columns, tuple(rows), (note,))

    def simulate(
        self, truth: float | str | None = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED
    ) -> Simulation:
        """Simulated participants: None is the assumed ratio, "null" the edge of the widened limits, or a ratio."""
        checked_trials(trials)
        if isinstance(truth, str) and truth != "null":
            raise ImpossibleInputError(f"the truth {truth!r} is not known", where="truth", hint="Give null or a ratio.")
        ratio = self.ratio if truth is None else self.edge if isinstance(truth, str) else positive("truth", truth)
        found = self._verdicts(self._each, ratio, trials, seed, subjects=True)
        named = (
            ("accepted", "share of trials that show bioequivalence", found.equivalent),
            ("scaled", "share that meets the scaled criterion", found.scaled),
            ("point", "share with a point estimate within limits", found.point),
            ("unscaled", "share within conventional limits", found.unscaled),
        )
        estimates = tuple(share_of(name, label, v.sum(), trials) for name, label, v in named)
        return Simulation(f"ratio {ratio:.4g}", trials, seed, estimates)

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Key statistics against participants, at the assumed ratio and at the edge of the limits."""
        same = self.cv_test in (None, self.cv_reference) or self.rule.contrasts
        checks = []
        for where, truth, ratio in (("assumed", None, self.ratio), ("edge", "null", self.edge)):
            stated = self._verdicts(self._each, ratio, self.trials, self.seed)
            simulated = self.simulate(truth, trials=trials, seed=seed)
            for name, share in (("accepted", stated.equivalent), ("unscaled", stated.unscaled)):
                value, seen = float(share.mean()), simulated[name]
                checks.append(
                    Check(
                        f"{name}_{where}",
                        f"{seen.label}, {'ratio' if truth is None else 'at the limit'} {ratio:.4g}",
                        value,
                        seen.value,
                        math.hypot(share_error(value, self.trials), seen.standard_error),
                        "exact" if same else "asymptotic",
                    )
                )
        notes = (
            "Both sides are simulations: key statistics on the left, participants with a least-squares analysis on the "
            "right; the standard error is that of their difference.",
        )
        return Verification(tuple(checks), trials, seed, notes)

    def to_text(self) -> Paragraph:
        """The sample-size paragraph."""
        size = self.sample_size()
        values = {q.name: q for q in (*self.assumptions(), *size.quantities())}
        enrolled = " To allow for dropout, {n_enrolled} participants are enrolled." if "n_enrolled" in values else ""
        return Paragraph(
            "Bioequivalence is assessed by the rules of {agency} in a replicate crossover ({study}) with one-sided "
            "alpha {alpha}; the point estimate has to lie within {lower} to {upper}. With a within-subject CV of "
            "{cv_reference} for the reference and {cv_test} for the test and a true ratio of {ratio}, {n_total} "
            "evaluable participants in equal sequences have a power of {achieved_power} (Monte Carlo standard error "
            "{power_error}, {trials} simulated trials)." + enrolled,
            values,
            ("tothfalusi-2012", *(r for r in self.rule.references if r != "tothfalusi-2012")),
        )
