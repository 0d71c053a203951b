"""MCP-Mod as a design: candidate models, sizes for their power, and the multiple-contrast test of simulated trials."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator

from benchside.tools.trials.design.checks import finite, positive
from benchside.tools.trials.design.dose_response.mcpmod import (
    contrast_correlation,
    contrast_test_power,
    optimal_contrasts,
)
from benchside.tools.trials.design.dose_response.models import checked_doses, responses
from benchside.tools.trials.design.dose_response.multivariate import MOST_DIMENSIONS, critical_value
from benchside.tools.trials.design.dose_response.trial import DoseTrial, Flags
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.fields import number_list, text_list
from benchside.tools.trials.design.results import Column, Quantity, Table, sequence_note
from benchside.tools.trials.design.statistic import Exactness, Floats


class McpMod(DoseTrial):
    """The multiple-contrast test of MCP-Mod for a normal outcome: one optimal contrast for each candidate model.

    The design shows that there is a dose response at all; estimating a dose with the selected model needs more
    participants, and is not what it is sized for.
    """

    family: ClassVar[str] = "MCP-Mod trial"
    kind: Literal["mcp-mod"] = "mcp-mod"
    doses: tuple[float, ...] = Field(description="doses, placebo (0) first")
    models: tuple[str, ...] = Field(description="candidate models, such as linear, emax:25 or sigEmax:30.5,3.5")
    max_effect: float = Field(description="largest effect over placebo within the doses, negative when it decreases")
    placebo: float = Field(default=0.0, description="mean at placebo")
    sd: float = Field(description="standard deviation within a group")
    combine: Literal["min", "mean", "max"] = Field(default="min", description="how the models' powers are combined")
    scale: float | None = Field(default=None, description="scale of the beta model; 1.2 times the largest dose")
    offset: float | None = Field(default=None, description="offset of linlog; 0.01 times the largest dose")
    exactness: ClassVar[Exactness] = "exact"
    cites: ClassVar[tuple[str, ...]] = ("bretz-2005", "pinheiro-2006", "genz-bretz-2009")
    test_label: ClassVar[str] = "multiple-contrast test, multivariate t"
    _lists = field_validator("doses", mode="before")(number_list)
    _texts = field_validator("models", mode="before")(text_list)

    def check(self) -> None:
        """Doses, models, effect and spread."""
        checked_doses(self.doses)
        if not 1 <= len(self.models) <= MOST_DIMENSIONS:
            raise ImpossibleInputError(
                f"{len(self.models)} models", where="models", hint=f"Give 1 to {MOST_DIMENSIONS}."
            )
        if len({m.strip().lower() for m in self.models}) < len(self.models):
            raise ContradictoryInputError("a model is given twice", where="models", hint="Give each once.")
        positive("sd", self.sd)
        if finite("max_effect", self.max_effect) == 0:
            raise ContradictoryInputError("the largest effect is 0", where="max_effect", hint="Assume an effect.")
        optimal_contrasts(self._responses, np.ones(len(self.doses)))

    @cached_property
    def _responses(self) -> Floats:
        return responses(self.models, self.doses, self.max_effect, self.placebo, scale=self.scale, offset=self.offset)

    @cached_property
    def contrasts(self) -> Floats:
        """Optimal contrasts at the allocation, towards the assumed effect; shape (models, doses)."""
        return optimal_contrasts(self._responses, self.sharing().weights)

    def truths(self) -> dict[str, Floats]:
        """Each candidate model."""
        return dict(zip(self.models, self._responses, strict=True))

    def null(self) -> Floats:
        """All doses as placebo."""
        return np.full(len(self.doses), self.placebo)

    def combined(self, powers: Floats) -> float:
        """The least, mean or largest power."""
        return float({"min": powers.min(), "mean": powers.mean(), "max": powers.max()}[self.combine])

    def power_at(self, sizes: Floats) -> Floats:
        """Multivariate t power under each model; 0 without degrees of freedom."""
        if sizes.sum() - sizes.size < 1:
            return np.zeros(len(self.models))
        return contrast_test_power(self.contrasts, self._responses, sizes, self.sd, alpha=self.alpha, sides=self.sides)

    def critical(self, sizes: Sequence[float]) -> float:
        """Multiplicity-adjusted critical value at these group sizes."""
        n = np.asarray(sizes, dtype=float)
        correlation = contrast_correlation(self.contrasts, n)
        return critical_value(correlation, self.alpha, df=float(n.sum() - n.size), sides=self.sides)

    def more_quantities(self, sizes: Sequence[int]) -> tuple[Quantity, ...]:
        """The critical value."""
        return (Quantity("critical_value", "critical value of the largest contrast", self.critical(sizes)),)

    def rejects(self, rng: np.random.Generator, sizes: Sequence[int], truth: Floats, trials: int) -> Flags:
        """The test of simulated group means and of a pooled variance."""
        n = np.asarray(sizes, dtype=float)
        df = float(n.sum() - n.size)
        means = truth + self.sd / np.sqrt(n) * rng.standard_normal((trials, n.size))
        spread = self.sd * np.sqrt(rng.chisquare(df, trials) / df)
        t = means @ (self.contrasts / np.sqrt((self.contrasts**2 / n).sum(axis=1))[:, None]).T / spread[:, None]
        largest = np.abs(t).max(axis=1) if self.sides == 2 else t.max(axis=1)
        return np.asarray(largest >= self.critical(sizes))

    def contrast_table(self) -> Table:
        """Optimal contrasts by dose, one column for each model."""
        columns = (
            Column("dose", "dose"),
            *(Column(f"model_{i}", name) for i, name in enumerate(self.models, start=1)),
        )
        rows = tuple((float(dose), *(float(v) for v in self.contrasts[:, j])) for j, dose in enumerate(self.doses))
        return Table("contrasts", "Optimal contrasts", columns, rows, ("Each of unit length.",))

    def tables(self) -> tuple[Table, ...]:
        """Contrasts, then the power."""
        return (self.contrast_table(), *super().tables())

    def _scaled(self, scale: float) -> Self:
        return type(self).model_validate(self.model_dump() | {"max_effect": self.max_effect * scale})

    def own_assumptions(self) -> tuple[Quantity, ...]:
        """Doses, models, effect, spread."""
        return (
            Quantity("doses", "doses", sequence_note(self.doses)),
            Quantity("models", "candidate models", "; ".join(self.models)),
            Quantity("max_effect", "largest effect over placebo", self.max_effect),
            Quantity("placebo", "mean at placebo", self.placebo),
            Quantity("sd", "standard deviation within a group", self.sd),
            Quantity("combine", "power that is sized for, over the models", self.combine),
        )
