"""A trial of several dose groups: what its designs share, from whole group sizes to the check by simulation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator
from scipy.optimize import brentq

from benchside.tools.trials.design.allocation import Allocation, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design, checked_trials
from benchside.tools.trials.design.checks import LARGEST_N, between, error_rates, finite, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.fields import number_list, sound_number
from benchside.tools.trials.design.montecarlo import generator, share
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
from benchside.tools.trials.design.statistic import Exactness, Floats

DEFAULT_POWER = 0.8
CHUNK = 20_000
SCALES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
Flags = NDArray[np.bool_]
_SIDES = {1: "one-sided", 2: "two-sided"}


class DoseTrial(Design):
    """Base of the designs with one group for each dose, the first of them control.

    Attributes:
        alpha: type I error, total over the sides.
        sides: 1 or 2.
        power: wanted; 0.8 when neither power nor n is given.
        n: participants in all groups, to answer with the power instead.
        allocation: relative sizes of the groups; equal where empty.
        dropout: share lost to the analysis; more are enrolled.
    """

    alpha: float = Field(default=0.025, description="type I error over all sides")
    sides: int = Field(default=1, description="1 or 2")
    power: float | None = Field(default=None, description="wanted power")
    n: int | None = Field(default=None, description="participants in all groups, instead of a power")
    allocation: tuple[float, ...] = Field(default=(), description="relative sizes of the groups, control first")
    dropout: float = Field(default=0.0, description="share lost to the analysis")
    exactness: ClassVar[Exactness]
    cites: ClassVar[tuple[str, ...]]
    test_label: ClassVar[str]
    _no_bools = field_validator("*", mode="before")(sound_number)
    _shares = field_validator("allocation", mode="before")(number_list)

    @abstractmethod
    def truths(self) -> dict[str, Floats]:
        """Parameters of the groups under each assumed truth, by its name."""

    @abstractmethod
    def null(self) -> Floats:
        """Parameters of the groups when the dose does nothing."""

    @abstractmethod
    def power_at(self, sizes: Floats) -> Floats:
        """Power at group sizes under each of `truths`, in its order."""

    @abstractmethod
    def rejects(self, rng: np.random.Generator, sizes: Sequence[int], truth: Floats, trials: int) -> Flags:
        """Whether simulated trials reject; drawn by another way than `power_at` computes."""

    @abstractmethod
    def own_assumptions(self) -> tuple[Quantity, ...]:
        """What the concrete design assumes."""

    @property
    def groups(self) -> int:
        """Number of dose groups, control included."""
        return int(self.null().size)

    def combined(self, powers: Floats) -> float:
        """The power that the design is sized for: that of the least favourable truth."""
        return float(powers.min())

    @model_validator(mode="after")
    def _sound(self) -> Self:
        error_rates(self.alpha, self.sides, self.power)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if self.power is not None and self.n is not None:
            raise ContradictoryInputError(
                "both a power and a size are given", where="n", hint="Give one; the other follows from it."
            )
        self.check()
        if self.allocation and len(self.allocation) != self.groups:
            raise ContradictoryInputError(
                f"{len(self.allocation)} shares for {self.groups} groups", where="allocation", hint="One for each."
            )
        sharing = self.sharing()
        if self.n is not None:
            whole("n", self.n, self.groups + 1)
            if sum(sharing.rounded(self.n)) != self.n:
                raise ContradictoryInputError(
                    f"{self.n} participants cannot be shared {sharing.text()}",
                    where="n",
                    hint=f"Give {sum(sharing.rounded(self.n))}, or another allocation.",
                )
        return self

    def check(self) -> None:
        """Checks of the concrete design, before those of sizes."""

    def sharing(self) -> Allocation:
        """The allocation over the groups."""
        return Allocation(ratio=self.allocation or (1.0,) * self.groups)

    def group_names(self) -> tuple[str, ...]:
        """Names of the groups, control first."""
        return ("control", *(f"dose_{i}" for i in range(1, self.groups)))

    @cached_property
    def unrounded(self) -> float:
        """Participants in all groups, before rounding."""
        return self.total()

    def total(self) -> float:
        """Participants in all groups for the wanted power, by a root finder on `power_at`."""
        if self.n is not None:
            return float(self.n)
        wanted = DEFAULT_POWER if self.power is None else self.power
        error_rates(self.alpha, self.sides, wanted)
        shares = np.asarray(self.sharing().weights)

        def lacking(total: float) -> float:
            return self.combined(self.power_at(total * shares)) - wanted

        high = 2.0 * self.groups
        while lacking(high) < 0:
            high *= 2
            if high > LARGEST_N:
                raise UnreachableError(
                    f"{LARGEST_N:,} participants do not reach a power of {wanted:g}",
                    where="power",
                    hint="Assume larger effects or a smaller spread, or ask for less power.",
                )
        low = max(high / 2, self.groups + 0.5)
        if lacking(low) >= 0:
            return low
        return float(brentq(lacking, low, high, xtol=1e-5))

    def sizes(self) -> tuple[int, ...]:
        """Whole evaluable sizes of the groups."""
        return self.sharing().rounded(self.unrounded)

    def sample_size(self) -> SampleSize:
        """Sizes of the groups and the power of the rounded design."""
        total = self.unrounded
        sizes = self.sharing().rounded(total)
        powers = self.power_at(np.asarray(sizes, dtype=float))
        extra = tuple(
            Quantity(f"power_{i}", f"power under {name}", float(value), "1")
            for i, (name, value) in enumerate(zip(self.truths(), powers, strict=True), start=1)
            if len(powers) > 1
        )
        return SampleSize(
            arms=self.group_names(),
            evaluable=sizes,
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=total,
            power=self.combined(powers),
            rule=self.sharing().rule() if self.n is None else "as given",
            extra=(*extra, *self.more_quantities(sizes)),
        )

    def more_quantities(self, sizes: Sequence[int]) -> tuple[Quantity, ...]:
        """Further results at these sizes, such as a critical value."""
        return ()

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen, each by field name."""
        found = [
            *self.own_assumptions(),
            Quantity("test", "test statistic", self.test_label),
            Quantity("alpha", f"{_SIDES[self.sides]} alpha", self.alpha, "1"),
            Quantity("sides", "sides", self.sides, digits=0),
            Quantity("allocation", "allocation, control first", self.sharing().text()),
        ]
        if self.n is None:
            found.append(Quantity("target_power", "wanted power", self.power or DEFAULT_POWER, "1"))
        if self.dropout:
            found.append(Quantity("dropout", "share lost to the analysis", self.dropout, "1"))
        return tuple(found)

    def operating_characteristics(self) -> Table:
        """Power as the effect grows from none to beyond the assumed one, under each truth."""
        sizes = np.asarray(self.sizes(), dtype=float)
        rows = []
        count = len(self.truths())
        for scale in SCALES:
            try:
                powers = self._scaled(scale).power_at(sizes).tolist() if scale else [self.alpha] * count
            except ImpossibleInputError:
                powers = [None] * count  # no such truth exists, such as a proportion above 1
            rows.append((scale, *powers))
        columns = (
            Column("scale", "share of the assumed effect"),
            *(Column(f"power_{i}", f"power under {name}", "1") for i, name in enumerate(self.truths(), start=1)),
        )
        note = "At no effect the level of the test is stated."
        return Table("power", "Power by size of the effect", columns, tuple(rows), (note,))

    @abstractmethod
    def _scaled(self, scale: float) -> Self:
        """The same design when the effects are `scale` times as large, its tests unchanged."""

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Share of simulated trials that reject: none is each assumed truth, "null", or a list of group parameters."""
        count = checked_trials(trials)
        rng = generator(seed)
        sizes = self.sizes()
        if truth is None:
            chosen = self.truths()
        elif isinstance(truth, str) and truth == "null":
            chosen = {"the null": self.null()}
        elif isinstance(truth, str) and truth in self.truths():
            chosen = {truth: self.truths()[truth]}
        elif isinstance(truth, Sequence) and not isinstance(truth, str) and len(truth) == self.groups:
            chosen = {"the given parameters": self.checked_truth([finite("truth", v) for v in truth])}
        else:
            raise ImpossibleInputError(
                f"the truth {truth!r} is not known",
                where="truth",
                hint=f"Give null, one of {', '.join(self.truths())}, or {self.groups} group parameters.",
            )
        estimates = []
        for i, (name, parameters) in enumerate(chosen.items()):
            hits = self._rejected(rng, sizes, parameters, count)
            key = "rejected" if i == 0 else f"rejected_{i + 1}"
            estimates.append(share(key, f"share that rejects under {name}", hits, count))
        return Simulation(", ".join(chosen), count, seed, tuple(estimates))

    def checked_truth(self, values: Sequence[float]) -> Floats:
        """Group parameters given as a truth; a concrete design may refuse some."""
        return np.asarray(values, dtype=float)

    def _rejected(self, rng: np.random.Generator, sizes: Sequence[int], truth: Floats, trials: int) -> int:
        hits = 0
        for start in range(0, trials, CHUNK):
            hits += int(self.rejects(rng, sizes, truth, min(CHUNK, trials - start)).sum())
        return hits

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Power under each truth, and the level at the null, by formula and by simulation."""
        sizes = np.asarray(self.sizes(), dtype=float)
        simulated = self.simulate(trials=trials, seed=seed)
        checks = [
            Check(f"power_{i}", f"power under {name}", float(stated), e.value, e.standard_error, self.exactness)
            for i, (name, stated, e) in enumerate(
                zip(self.truths(), self.power_at(sizes), simulated.estimates, strict=True), start=1
            )
        ]
        null = self.simulate("null", trials=trials, seed=seed + 1).estimates[0]
        checks.append(
            Check("type1", "rejection at the null", self.alpha, null.value, null.standard_error, self.exactness)
        )
        return Verification(tuple(checks), trials, seed)

    def to_text(self) -> Paragraph:
        """The sample-size paragraph."""
        size = self.sample_size()
        values = {q.name: q for q in (*self.assumptions(), *size.quantities())}
        values["rule"] = Quantity("rule", "rounding", size.rule)
        values["sided"] = Quantity("sided", "sides", _SIDES[self.sides])
        values["group_sizes"] = Quantity("group_sizes", "sizes of the groups", sequence_note(size.evaluable, 0))
        values["family"] = Quantity("family", "design", self.family)
        own = []
        for q in self.own_assumptions():
            values[f"{q.name}_label"] = Quantity(f"{q.name}_label", q.label, q.label)
            own.append(f"{{{q.name}_label}} {{{q.name}}}")
        text = (
            "The trial is a {family}, analysed by the {test} at a {sided} alpha of {alpha}. It is assumed: "
            + "; ".join(own)
            + ". With {n_total} evaluable participants ({group_sizes}, control first), the power is {achieved_power} "
            "({rule})."
        )
        if self.dropout:
            text += " To allow for a loss of {dropout}, {n_enrolled} participants are enrolled."
        return Paragraph(text, values, self.cites)
