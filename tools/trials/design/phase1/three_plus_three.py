"""The 3+3 design: cohorts of three, up while none of three or at most one of six has a DLT.

Its operating characteristics are exact: doses are independent given that they are reached, so products of binomial
probabilities give everything (Storer 1989; Lin and Shih 2001, without and with de-escalation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.base import DEFAULT_SEED
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.phase1.advice import Advice
from benchside.tools.trials.design.phase1.engine import ENOUGH, NO_DOSE, Ints
from benchside.tools.trials.design.phase1.escalation import (
    CHARACTERISTICS_TRIALS,
    DoseFinding,
    checked_levels,
    checked_scenarios,
    checked_target,
)
from benchside.tools.trials.design.phase1.outcomes import Path
from benchside.tools.trials.design.phase1.scenarios import curve
from benchside.tools.trials.design.results import Cell, Check, Column, Paragraph, Table, sequence_note

COHORT = 3
EXPANDED = 6


@dataclass(frozen=True, slots=True)
class ThreePlusThreeExact:
    """Exact characteristics of a 3+3 trial.

    Attributes:
        stop_at_dose: probability that DLTs end the escalation at each dose.
        none_stopped: probability that the highest dose is passed.
        selected: probability that each dose is declared the MTD, index 0 for no dose.
        patients: expected patients at each dose.
    """

    stop_at_dose: tuple[float, ...]
    none_stopped: float
    selected: tuple[float, ...]
    patients: tuple[float, ...]


def three_plus_three(toxicity: Sequence[float], *, deescalation: bool = False) -> ThreePlusThreeExact:
    """Exact characteristics at given DLT rates (Lin and Shih 2001, sections 2 and 3).

    A dose is passed with none of three, or with one of three and then none of three. With de-escalation, the dose below
    the one that stops the trial gets three more patients unless it had six, and is the MTD with at most one DLT in six;
    otherwise the next lower dose is tried in the same way. Without it, that dose is the MTD as it is.

    Raises:
        ImpossibleInputError, ContradictoryInputError: rates that are no probabilities, or fall with dose.
    """
    p = np.asarray(curve("toxicity", toxicity, len(toxicity)))
    checked_levels(len(p))
    q = 1 - p
    none, one = q**3, 3 * p * q**2
    with_three, with_six = none, one * none  # the two ways to pass
    passed = with_three + with_six
    reached = np.concatenate([[1.0], np.cumprod(passed)])
    stops = reached[:-1] * (1 - passed)
    patients = reached[:-1] * (COHORT + COHORT * one)
    selected = np.zeros(len(p) + 1)
    selected[-1] = reached[-1]
    if not deescalation:
        selected[:-1] += stops
    else:
        expand = np.divide(with_three, passed, out=np.zeros_like(passed), where=passed > 0)  # had three when passed
        tolerated = none + one  # of three more patients after none of three
        for highest in range(len(p)):
            weight = stops[highest]
            for dose in range(highest - 1, -1, -1):
                selected[dose + 1] += weight * (1 - expand[dose] + expand[dose] * tolerated[dose])
                patients[dose] += weight * expand[dose] * COHORT
                weight *= expand[dose] * (1 - tolerated[dose])
            selected[0] += weight
    return ThreePlusThreeExact(
        tuple(map(float, stops)), float(reached[-1]), tuple(map(float, selected)), tuple(map(float, patients))
    )


class ThreePlusThree(DoseFinding):
    """The 3+3 design, with or without de-escalation to a dose that was passed with three patients.

    It targets no particular DLT rate; `target` only says under which truths it is shown, and which dose is right there.
    """

    kind: Literal["three-plus-three"] = "three-plus-three"
    family: ClassVar[str] = "3+3 design"
    cites: ClassVar[tuple[str, ...]] = ("storer-1989", "lin-shih-2001")
    doses: int = Field(5, description="number of dose levels")
    deescalation: bool = Field(
        True, description="whether a dose passed with three patients is expanded to six on the way down"
    )
    target: float = Field(0.25, description="DLT rate of the right dose in the truths that the design is shown under")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        checked_levels(self.doses)
        checked_target(self.target)
        checked_scenarios(self)
        return self

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return self.doses

    @property
    def toxicity_target(self) -> float:
        """DLT rate of the right dose in the truths."""
        return self.target

    def first(self) -> int:
        """The lowest dose."""
        return 1

    def limit(self) -> int:
        """Six patients at each dose."""
        return EXPANDED * self.doses

    def cohort(self) -> int:
        """Three patients."""
        return COHORT

    def shortened(self, limit: int) -> Self:
        """A 3+3 trial is enumerated whole."""
        raise OutOfScopeError(f"a 3+3 trial cut at {limit} patients", hint="Its characteristics are exact.")

    def advise(self, path: Path, limit: int | None = None) -> Advice:
        """The rule at the current dose; incomplete cohorts are filled first."""
        if path.dose == 0:
            return Advice(1, False, "start", "The trial starts at the lowest dose.", COHORT)
        d, n, y = path.dose, path.patients[path.dose - 1], path.dlts[path.dose - 1]
        seen = f"{y} of {n} patients at dose {d} had a DLT"
        if n > EXPANDED:
            return self._ended(d if y <= 1 else d - 1, f"{seen}; a 3+3 design treats at most six.")
        if n % COHORT:
            return Advice(d, False, "stay", f"{seen}; the cohort is not full yet.", COHORT - n % COHORT)
        if y >= 2:
            return self._down(path, seen)
        return self._up(path, seen)

    def _up(self, path: Path, seen: str) -> Advice:
        """At most one DLT at the current dose."""
        d, n, y = path.dose, path.patients[path.dose - 1], path.dlts[path.dose - 1]
        if n == COHORT and y == 1:
            return Advice(d, False, "stay", f"{seen}: three more patients at this dose.", COHORT)
        if d == self.doses:
            return self._ended(d, f"{seen}, and no dose is higher.")
        if path.dlts[d] < 2:
            more = COHORT - path.patients[d] % COHORT
            return Advice(d + 1, False, "escalate", f"{seen}: go up.", more)
        if n < EXPANDED and self.deescalation:
            return Advice(d, False, "stay", f"{seen}, and dose {d + 1} was too toxic: fill up to six.", COHORT)
        return self._ended(d, f"{seen}, and dose {d + 1} was too toxic.")

    def _down(self, path: Path, seen: str) -> Advice:
        below = path.dose - 1
        why = f"{seen}: too toxic"
        if below == 0:
            return self._ended(0, f"{why}, and no dose is lower.")
        if not self.deescalation or path.patients[below - 1] >= EXPANDED:
            return self._ended(below, f"{why}.")
        more = EXPANDED - path.patients[below - 1]
        return Advice(below, False, "de-escalate", f"{why}; dose {below} gets {more} more patients.", min(more, COHORT))

    @staticmethod
    def _ended(dose: int, why: str) -> Advice:
        return Advice(dose or None, True, "stop", f"{why} {'The MTD is dose ' + str(dose) if dose else 'No MTD'}.")

    def sizes(self, counts: Ints, dose: Ints) -> Ints:
        """Three patients."""
        return np.full(len(dose), COHORT, dtype=np.int64)

    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """Up, stay, down or stop, from the counts at the dose and its neighbours."""
        rows, n = np.arange(len(dose)), counts.sum(axis=2)
        here, toxic = n[rows, dose - 1], counts[rows, dose - 1, 1]
        above = np.where(dose < self.doses, n[rows, np.minimum(dose, self.doses - 1)], -1)
        below = np.where(dose > 1, n[rows, np.maximum(dose - 2, 0)], 0)
        passed = (toxic == 0) | ((toxic == 1) & (here == EXPANDED))
        move = np.where(passed, np.where(above == 0, dose + 1, ENOUGH), dose)
        move = np.where(passed & (above > 0) & (here < EXPANDED), dose, move)
        expand = (below < EXPANDED) & self.deescalation
        return np.where(toxic >= 2, np.where(dose == 1, NO_DOSE, np.where(expand, dose - 1, ENOUGH)), move)

    def selections(self, counts: Ints) -> Ints:
        """The highest dose below the first that was too toxic."""
        n, y = counts.sum(axis=2), counts[:, :, 1]
        fine = (n >= COHORT) & (y <= 1)
        return np.asarray(np.cumprod(fine, axis=1).sum(axis=1), dtype=np.int64)

    def exact(self, toxicity: Sequence[float]) -> ThreePlusThreeExact:
        """Exact characteristics at given DLT rates."""
        return three_plus_three(curve("toxicity", toxicity, self.doses), deescalation=self.deescalation)

    def operating_characteristics(self, *, trials: int = CHARACTERISTICS_TRIALS, seed: int = DEFAULT_SEED) -> Table:
        """Exact characteristics under each truth; nothing is simulated, so the arguments have no effect."""
        rows: list[tuple[Cell, ...]] = []
        for truth in self.truths():
            exact = self.exact(truth.toxicity)
            total = sum(exact.patients)
            over = sum(exact.patients[truth.mtd :])
            dlts = sum(n * p for n, p in zip(exact.patients, truth.toxicity, strict=True))
            rows.append(
                (
                    truth.name,
                    sequence_note(truth.toxicity, 2),
                    truth.best or "none",
                    exact.selected[truth.best],
                    exact.selected[0],
                    over / total,
                    dlts,
                    total,
                    *exact.selected[1:],
                    *exact.patients,
                )
            )
        levels = range(1, self.doses + 1)
        return Table(
            "operating_characteristics",
            "Operating characteristics, exact",
            (
                Column("scenario", "truth", digits=0),
                Column("toxicity", "true DLT rates", digits=0),
                Column("best", "right dose", digits=0),
                Column("correct_selection", "selects it", "1", 3),
                Column("selected_none", "selects none", "1", 3),
                Column("overdose_share", "expected patients above the MTD, of all", "1", 3),
                Column("dlts", "expected DLTs", "", 3),
                Column("n", "expected patients", "", 3),
                *(Column(f"selected_{d}", f"selects dose {d}", "1", 3) for d in levels),
                *(Column(f"patients_{d}", f"patients at dose {d}", "", 3) for d in levels),
            ),
            tuple(rows),
            ("Exact by enumeration: no Monte Carlo error.",),
        )

    def decision_table(self) -> Table:
        """The rule, by patients treated at the dose."""
        down = (
            "de-escalate; fill the dose below up to six, or declare it the MTD if it had six"
            if self.deescalation
            else "stop; the dose below is the MTD"
        )
        return Table(
            "decision_table",
            "What to do, by DLTs among the patients at the current dose",
            (
                Column("patients", "patients at the dose", digits=0),
                Column("escalate_if", "escalate if DLTs ≤", digits=0),
                Column("stay_if", "three more if DLTs =", digits=0),
                Column("deescalate_if", "too toxic if DLTs ≥", digits=0),
            ),
            ((COHORT, 0, 1, 2), (EXPANDED, 1, None, 2)),
            (
                f"Too toxic: {down}; at the lowest dose, stop without an MTD.",
                "At the highest dose, or below a dose that was too toxic, what would escalate ends the trial: "
                "that dose is the MTD"
                + (", once six patients were treated below a dose that was too toxic." if self.deescalation else "."),
            ),
        )

    def rule_checks(self) -> tuple[Check, ...]:
        """The product formulas against the enumeration of every path."""
        from benchside.tools.trials.design.phase1.enumeration import enumerate_trial

        truth = self.truth(None)
        formula, paths = self.exact(truth.toxicity), enumerate_trial(self, truth, self.limit(), 10**6)
        gaps = [abs(a - b) for a, b in zip(formula.selected, paths.selected, strict=True)]
        gaps += [abs(a - b) for a, b in zip(formula.patients, paths.patients, strict=True)]
        return (Check("formula", "largest gap of formula and enumeration", max(gaps), 0.0, 1e-9, "exact"),)

    def to_text(self) -> Paragraph:
        """The rule in words."""
        way = (
            "a dose that was passed with three patients is expanded to six before it is declared the maximum tolerated"
            if self.deescalation
            else "the dose below the one that is too toxic is the maximum tolerated dose"
        )
        return self.written(
            "Dose escalation follows the {design} over {levels} dose levels, starting at the lowest, in cohorts of "
            "three. Escalation goes on while no patient of three, or at most one of six, has a dose-limiting toxicity, "
            "and a dose with two or more is too toxic; {way}. At most {n_total} patients are treated.",
            way=way,
        )
