"""Minimisation: each patient goes, with a high probability, to the arm that leaves the factors best balanced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchside.tools.trials.design.checks import between, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.randomisation.lists import Factor, checked_factors
from benchside.tools.trials.design.randomisation.schemes import Arm, checked_arms
from benchside.tools.trials.design.randomisation.stream import Stream, checked_seed, new_seed
from benchside.tools.trials.design.results import Cell, Column, Paragraph, Quantity, Table

Floats = NDArray[np.float64]
TIE = 1e-9


class MinimisationPlan(BaseModel):
    """Pocock and Simon's method (1975), with the probabilities of Han et al. (2009) for unequal arms."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    arms: tuple[Arm, ...] = Field(description="arms with their ratio")
    factors: tuple[Factor, ...] = Field(description="factors to balance")
    weights: tuple[float, ...] = Field((), description="importance of each factor; empty for equal ones")
    measure: Literal["range", "variance"] = Field("range", description="imbalance of one factor over the arms")
    probability: float = Field(0.8, description="of the best arm, above its share of the ratio up to 1")

    @model_validator(mode="after")
    def _consistent(self) -> MinimisationPlan:
        checked_arms(self.arms)
        checked_factors(self.factors)
        if not self.factors:
            raise ImpossibleInputError("there are no factors", where="factors", hint="Give at least one.")
        if self.weights and len(self.weights) != len(self.factors):
            raise ContradictoryInputError(
                f"{len(self.weights)} weights for {len(self.factors)} factors", where="weights", hint="Give one each."
            )
        for w in self.weights:
            positive("weights", w)
        lowest = min(a.ratio for a in self.arms) / sum(a.ratio for a in self.arms)
        if between("probability", self.probability, lowest, 1, closed=True) == lowest:
            raise ContradictoryInputError(
                f"a probability of {self.probability:g} balances nothing",
                where="probability",
                hint=f"Give more than {lowest:g}; 0.8 is usual.",
            )
        return self

    @property
    def ratio(self) -> Floats:
        """Parts of the arms."""
        return np.array([a.ratio for a in self.arms], dtype=float)

    def probabilities(self, best: int) -> Floats:
        """Probability of each arm when one is best (Han et al. 2009, biased coin minimisation).

        The arm of the smallest ratio has `probability` when it is best, larger arms more, so that over time each arm
        keeps its share; with equal arms it is `probability` for each.
        """
        r = self.ratio
        low = int(np.argmin(r))
        scale = (1 - self.probability) / (r.sum() - r[low])
        p = scale * r
        p[best] = 1 - scale * (r.sum() - r[best])
        return np.asarray(p)

    def to_text(self) -> Paragraph:
        """The methods sentence."""
        values: dict[str, Quantity] = {
            "arms": Quantity("arms", "arms", ", ".join(a.name for a in self.arms)),
            "ratio": Quantity("ratio", "ratio", ":".join(str(a.ratio) for a in self.arms)),
            "factors": Quantity("factors", "factors", ", ".join(f.name for f in self.factors)),
            "probability": Quantity("probability", "probability of the best arm", self.probability, "1"),
            "measure": Quantity("measure", "measure", self.measure),
        }
        text = (
            "Patients are allocated to {arms} in the ratio {ratio} by minimisation over {factors}, with the {measure} "
            "as measure of imbalance and a probability of {probability} for the arm that minimises it."
        )
        cites = ("pocock-simon-1975",) + (("han-2009",) if len(set(self.ratio.tolist())) > 1 else ())
        return Paragraph(text, values, cites)


@dataclass(frozen=True, slots=True)
class Minimised:
    """One allocation, with what it rested on.

    Attributes:
        number: of the patient, from 1.
        patient: identifier.
        levels: of each factor, in the order of the plan.
        imbalance: that each arm would leave, in the order of the arms.
        probabilities: of the arms.
        arm: drawn.
    """

    number: int
    patient: str
    levels: tuple[str, ...]
    imbalance: tuple[float, ...]
    probabilities: tuple[float, ...]
    arm: str


class Minimiser:
    """Allocates patient after patient; the same plan, seed and order of patients give the same arms.

    Args:
        plan: arms, factors, measure.
        seed: none draws one. Keep it sealed: with it and the earlier patients the next arm is known.
    """

    def __init__(self, plan: MinimisationPlan, seed: int | None = None) -> None:
        self.plan = plan
        self.seed = new_seed() if seed is None else checked_seed(seed)
        self.history: list[Minimised] = []
        self._patients: set[str] = set()
        self._counts = {(f.name, level): np.zeros(len(plan.arms)) for f in plan.factors for level in f.levels}

    @classmethod
    def resumed(cls, plan: MinimisationPlan, seed: int, history: Iterable[Minimised]) -> Minimiser:
        """The state after earlier allocations, each of which must come out the same again.

        Raises:
            ContradictoryInputError: an allocation in the history is not the one that the plan and the seed give.
        """
        again = cls(plan, seed)
        for row in history:
            made = again.assign(row.patient, dict(zip((f.name for f in plan.factors), row.levels, strict=True)))
            if made.arm != row.arm or made.number != row.number:
                raise ContradictoryInputError(
                    f"patient {row.patient} was allocated to {row.arm}, where this plan and seed give {made.arm}",
                    where="history",
                    hint="The order of the patients, their factors, the plan or the seed is not the original one.",
                )
        return again

    def assign(self, patient: str, levels: Mapping[str, str]) -> Minimised:
        """Allocate the next patient.

        Args:
            patient: identifier, not allocated before.
            levels: level of every factor.
        """
        if not patient.strip() or patient in self._patients:
            raise ContradictoryInputError(
                f"patient {patient!r} is empty or has an arm already", where="patient", hint="Each patient once."
            )
        chosen = self._levels(levels)
        imbalance = self.imbalances(chosen)
        stream = Stream(self.seed, len(self.history))
        lowest = imbalance.min()
        tied = [i for i, v in enumerate(imbalance) if v <= lowest + TIE]
        best = tied[stream.weighted([float(self.plan.ratio[i]) for i in tied])]
        shares = self.plan.probabilities(best) if len(tied) < len(imbalance) else self.plan.ratio
        p = shares / shares.sum()
        arm = stream.weighted([float(v) for v in p])
        for f, level in zip(self.plan.factors, chosen, strict=True):
            self._counts[f.name, level][arm] += 1
        row = Minimised(
            len(self.history) + 1,
            patient,
            chosen,
            tuple(float(v) for v in imbalance),
            tuple(float(v) for v in p),
            self.plan.arms[arm].name,
        )
        self.history.append(row)
        self._patients.add(patient)
        return row

    def imbalances(self, levels: tuple[str, ...]) -> Floats:
        """Total imbalance that each arm would leave for a patient of these levels.

        For each factor, the counts of the arms at the patient's level, with the patient added to one of them and each
        divided by its part of the ratio, have a range or a variance; the total is weighted over the factors.
        """
        plan = self.plan
        weights = plan.weights or (1.0,) * len(plan.factors)
        total = np.zeros(len(plan.arms))
        for f, level, weight in zip(plan.factors, levels, weights, strict=True):
            counts = self._counts[f.name, level]
            scaled = (counts + np.eye(len(plan.arms))) / plan.ratio * plan.ratio.mean()
            spread = np.ptp(scaled, axis=1) if plan.measure == "range" else scaled.var(axis=1, ddof=1)
            total += weight * spread
        return np.asarray(total)

    def _levels(self, levels: Mapping[str, str]) -> tuple[str, ...]:
        known = {f.name: f.levels for f in self.plan.factors}
        if set(levels) != set(known):
            raise ContradictoryInputError(
                f"the factors are {', '.join(sorted(levels)) or 'missing'}",
                where="levels",
                hint=f"Give exactly: {', '.join(known)}.",
            )
        for name, level in levels.items():
            if level not in known[name]:
                raise ContradictoryInputError(
                    f"{name} has no level {level!r}", where=name, hint=f"Choose one of: {', '.join(known[name])}."
                )
        return tuple(levels[name] for name in known)

    def balance(self) -> Table:
        """Patients by factor level and arm."""
        arms = [a.name for a in self.plan.arms]
        rows: list[tuple[Cell, ...]] = [
            (name, level, int(counts.sum()), *(int(c) for c in counts))
            for (name, level), counts in self._counts.items()
        ]
        return Table(
            "balance",
            "Balance over the levels of each factor",
            (
                Column("factor", "factor", digits=0),
                Column("level", "level", digits=0),
                Column("n", "patients", digits=0),
                *(Column(f"n_{i}", name, digits=0) for i, name in enumerate(arms, 1)),
            ),
            tuple(rows),
        )
