"""Seamless phase 2/3: treatments are selected at an interim look and tested with the data of both stages.

Closed testing keeps the familywise error whatever the selection: each intersection hypothesis is tested by an inverse
normal combination of Dunnett's p values of the two stages (Bauer & Kieser 1999; Posch et al. 2005).
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import combinations
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtr, ndtri

from benchside.tools.trials.design.adaptive.dunnett import dunnett_p_value
from benchside.tools.trials.design.adaptive.fields import Numbers, assumed, by_name, effects_of, smallest
from benchside.tools.trials.design.adaptive.selection import seamless_power
from benchside.tools.trials.design.allocation import ceiling, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import between, error_rates, finite, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
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

MOST_SELECTED_FROM = 6


class SeamlessSelection(Design):
    """Several treatments and a control; a selection goes on to a second stage; normal outcome, known deviation."""

    family: ClassVar[str] = "seamless phase 2/3 design with treatment selection"
    kind: Literal["seamless-selection"] = "seamless-selection"
    effects: Numbers = Field(description="assumed difference of each treatment from the control; the first is the best")
    sd: float = Field(1.0, description="standard deviation of the outcome")
    select: str = Field("best", max_length=40, description="best, best:M (the M best), or within:D (of the best)")
    second: float = Field(1.0, description="second-stage size of an arm per first-stage size")
    alpha: float = Field(0.025, description="familywise type I error, one-sided")
    power: float = Field(0.9, description="wanted probability to select the first treatment and to reject for it")
    n: int | None = Field(None, description="first-stage size of each arm, to answer with the power instead")
    dropout: float = Field(0.0, description="share lost to the analysis")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        whole("effects", len(self.effects), 2, MOST_SELECTED_FROM)
        for effect in self.effects:
            finite("effects", effect)
        if self.effects[0] <= 0 or self.effects[0] < max(self.effects):
            raise ContradictoryInputError(
                "the first treatment is not the best, or has no effect above 0",
                where="effects",
                hint="List the treatments from the best down; turn the sign of outcomes where less is better.",
            )
        positive("sd", self.sd)
        between("second", self.second, 0.05, 20, closed=True)
        error_rates(self.alpha, 1, self.power)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if self.n is not None:
            whole("n", self.n, 2, 1_000_000)
        rule, _ = self._rule
        if rule != "best" and self.n is None:
            raise OutOfScopeError(
                f"the size for the selection {self.select!r} has no formula",
                where="n",
                hint="Give n and simulate, or select the best.",
            )
        return self

    @cached_property
    def _rule(self) -> tuple[str, float]:
        name, _, value = self.select.partition(":")
        try:
            number = float(value) if value else 1.0
        except ValueError:
            number = math.nan
        if name == "best" and number == int(number if math.isfinite(number) else 0) and number >= 1:
            if number >= len(self.effects):
                raise ImpossibleInputError(
                    f"{number:g} of {len(self.effects)} treatments is no selection", where="select", hint="Keep fewer."
                )
            return ("best", 1.0) if number == 1 else ("some", number)
        if name == "within" and value and number > 0 and math.isfinite(number):
            return "within", number
        raise ImpossibleInputError(
            f"the selection {self.select!r} cannot be read", where="select", hint="Write best, best:2 or within:0.1."
        )

    @property
    def _critical(self) -> float:
        return -float(ndtri(self.alpha))

    def _standard(self, effects: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(e / self.sd for e in effects)

    def stage_two(self, n: int) -> int:
        """Second-stage size of an arm."""
        return ceiling(self.second * n)

    def _weight(self, n: int) -> float:
        return n / (n + self.stage_two(n))

    def power_at(self, n: int, effects: tuple[float, ...] | None = None) -> tuple[float, float]:
        """P(the first treatment is selected and rejected) and P(selected), when the best is selected; exact.

        Raises:
            OutOfScopeError: another selection, which is simulated only.
        """
        if not self._has_formula:
            raise OutOfScopeError(
                "only the selection of the best has a formula", where="select", hint="Simulate, or select the best."
            )
        m = float(self.stage_two(n))
        chosen = self._standard(self.effects if effects is None else effects)
        return seamless_power(chosen, float(n), m, (float(n), m), weight=self._weight(n), critical=self._critical)

    @property
    def _has_formula(self) -> bool:
        return self._rule[0] == "best"

    @cached_property
    def arm_size(self) -> int:
        """First-stage size of each arm."""
        if self.n is not None:
            return self.n
        if self.effects[1] == self.effects[0]:
            raise ContradictoryInputError(
                "two treatments are equally good: the first cannot be found best with such a power",
                where="effects",
                hint="Give the others a smaller effect, or give n.",
            )
        return smallest(lambda n: self.power_at(n)[0], self.power, 2, "participants per arm", 1_000_000)

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        return assumed(self, "effects", "sd", "select", "second", "alpha", "power", "dropout")

    def sample_size(self) -> SampleSize:
        """Sizes when one treatment (or as many as the rule keeps at most) goes on; of a kept arm and of the control."""
        n, m, k = self.arm_size, self.stage_two(self.arm_size), len(self.effects)
        rule, value = self._rule
        kept = 1 if rule == "best" else (int(value) if rule == "some" else k)
        sizes = (n + m, *(n + m,) * kept, *(n,) * (k - kept))
        power = self.power_at(n)[0] if self._has_formula else None
        extra = [
            Quantity("n_first", "first-stage size of each arm", n, digits=0),
            Quantity("n_second", "second-stage size of each arm that goes on", m, digits=0),
            Quantity("weight_first", "squared weight of the first stage", self._weight(n), "1"),
        ]
        if self._has_formula:
            extra.append(Quantity("selected", "probability to select the first treatment", self.power_at(n)[1], "1"))
        return SampleSize(
            arms=(
                "control",
                *(f"selected_{i + 1}" for i in range(kept)),
                *(f"dropped_{i + 1}" for i in range(k - kept)),
            ),
            evaluable=sizes,
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=float(sum(sizes)),
            power=power,
            rule="as given" if self.n is not None else "smallest whole first-stage size; second stage rounded up",
            extra=tuple(extra),
        )

    def operating_characteristics(self) -> Table:
        """Selection and rejection over truths: exact where there is a formula, else simulated with the default seed."""
        k, rows = len(self.effects), []
        for label, effects in (
            ("no effect", (0.0,) * k),
            ("first only", (self.effects[0],) + (0.0,) * (k - 1)),
            ("half of the assumed", tuple(e / 2 for e in self.effects)),
            ("as assumed", self.effects),
        ):
            run = self.simulate(effects, trials=20_000)
            rows.append((label, sequence_note(effects), run["selected_first"].value, run["rejected_first"].value,
                         run["rejected_any"].value, run["rejected_any"].standard_error))  # fmt: skip
        columns = (
            Column("truth", "truth", digits=0),
            Column("effects", "effects", digits=0),
            Column("selected_first", "selects the first", "1"),
            Column("rejected_first", "rejects for the first", "1"),
            Column("rejected_any", "rejects for any", "1"),
            Column("standard_error", "Monte Carlo SE of that", "1", 2),
        )
        return Table("operating_characteristics", "Simulated selection and rejection", columns, tuple(rows))

    def _selected(self, z: Floats) -> Floats:
        rule, value = self._rule
        if rule == "within":
            n = self.arm_size
            gap = value / self.sd / math.sqrt(2 / n)
            return np.asarray(z >= z.max(axis=1, keepdims=True) - gap)
        order = np.argsort(-z, axis=1)
        kept = np.zeros(z.shape, dtype=bool)
        np.put_along_axis(kept, order[:, : int(value)], True, axis=1)
        return kept

    def _run(self, effects: tuple[float, ...], trials: int, seed: int) -> tuple[Floats, Floats, float]:
        """Which are selected, which rejected, shape (trials, arms); number of rejections of the global intersection."""
        n, m, k = self.arm_size, self.stage_two(self.arm_size), len(effects)
        w1 = math.sqrt(self._weight(n))
        w2 = math.sqrt(1 - w1**2)
        score = _Scores(k)
        drift = np.asarray(self._standard(effects))
        selected, rejected, whole_null = [], [], 0.0
        for rng, count in chunks(trials, seed):
            z = []
            for size in (n, m):
                noise = rng.standard_normal((count, k)) - rng.standard_normal((count, 1))
                z.append(noise / math.sqrt(2) + drift * math.sqrt(size / 2))
            kept = self._selected(z[0])
            z2 = np.where(kept, z[1], -np.inf)
            wins = np.array(kept, dtype=bool)
            for size in range(1, k + 1):
                for members in combinations(range(k), size):
                    these = list(members)
                    left = kept[:, these].sum(axis=1)
                    first = score(z[0][:, these].max(axis=1), np.full(count, size))
                    later = score(z2[:, these].max(axis=1), left)
                    combined = np.where(left > 0, w1 * first + w2 * later, -np.inf) >= self._critical
                    wins[:, these] = wins[:, these] & combined[:, None]
                    if size == k:
                        whole_null += float(combined.sum())
            selected.append(kept)
            rejected.append(wins)
        return np.concatenate(selected), np.concatenate(rejected), whole_null

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials of normal outcomes; a truth is `null` or one difference from the control for each treatment."""
        effects, words = effects_of(truth, self.effects, (0.0,) * len(self.effects))
        selected, rejected, whole_null = self._run(effects, trials, seed)
        n, m = self.arm_size, self.stage_two(self.arm_size)
        size = n * (len(effects) + 1) + m * (1 + selected.sum(axis=1))
        false = np.asarray([e <= 0 for e in effects])
        estimates = [
            share("selected_first", "selects the first treatment", float(selected[:, 0].sum()), trials),
            share("rejected_first", "rejects for the first treatment", float(rejected[:, 0].sum()), trials),
            share("rejected_any", "rejects for any treatment", float(rejected.any(axis=1).sum()), trials),
            share("intersection", "rejects that no treatment differs", whole_null, trials),
            mean("expected_n", "participants", size.astype(float)),
        ]
        if false.any():
            hits = float(rejected[:, false].any(axis=1).sum())
            estimates.append(share("familywise_error", "rejects for a treatment without effect", hits, trials))
        return Simulation(words, trials, seed, tuple(estimates))

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Level of the global intersection, and selection and power where they have a formula, against simulation."""
        null, found = self.simulate("null", trials=trials, seed=seed), self.simulate(trials=trials, seed=seed + 1)
        one = null["intersection"]
        checks = [
            Check("alpha", "level of the global intersection test", self.alpha, one.value, one.standard_error, "exact")
        ]
        if self._has_formula:
            reject, select = self.power_at(self.arm_size)
            level = null["familywise_error"]
            checks += [
                Check("familywise_error", "familywise error", self.alpha, level.value, level.standard_error, "exact"),
                Check("selected", "selects the first treatment", select, found["selected_first"].value,
                      found["selected_first"].standard_error, "exact"),
                Check("power", "selects it and rejects", reject, found["rejected_first"].value,
                      found["rejected_first"].standard_error, "exact"),
            ]  # fmt: skip
        return Verification(tuple(checks), trials, seed)

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        size = self.sample_size()
        values = by_name(*self.assumptions(), *size.quantities())
        values["treatments"] = Quantity("treatments", "treatments", len(self.effects), digits=0)
        ends = (
            " With effects of {effects} (standard deviation {sd}) the first treatment is selected with probability "
            "{selected}, and selected and rejected with probability {achieved_power}."
            if size.power is not None
            else " Power and selection were simulated."
        )
        text = (
            "{treatments} treatments and a control start with {n_first} participants per arm. At an interim look the "
            "treatments to go on are selected (rule: {select}); they and the control get {n_second} more per arm. The "
            "hypotheses are tested by the closure principle with Dunnett p values of the intersections in each stage, "
            "joined by the inverse normal method (squared weight of the first stage {weight_first}), which holds the "
            "familywise type I error, one-sided, at {alpha} whatever the selection." + ends
        )
        return Paragraph(text, values, ("bauer-kieser-1999", "posch-2005", "dunnett-1955"))


class _Scores:
    """Normal scores of p values of intersections, by the largest z and the number of treatments; from a table."""

    def __init__(self, most: int) -> None:
        self.grid = np.linspace(-9.0, 12.0, 4201)
        self.tables = []
        for size in range(1, most + 1):
            # at large z Dunnett's p tends to Bonferroni's, which keeps its digits there
            far = np.minimum(1.0, size * ndtr(-self.grid))
            p = np.where(self.grid > 5.5, far, dunnett_p_value(self.grid, size))
            self.tables.append(-ndtri(np.clip(p, 1e-300, 1 - 1e-16)))

    def __call__(self, largest: Floats, number: Floats) -> Floats:
        found = np.zeros(len(largest))
        for size, table in enumerate(self.tables, start=1):
            these = number == size
            found[these] = np.interp(largest[these], self.grid, table)
        return found
