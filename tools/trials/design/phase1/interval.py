"""Interval designs: the decision depends only on the patients and DLTs at the current dose, so it fits in one table.

BOIN, mTPI and mTPI-2 differ only in how that table is made (`letter`); walking, closing doses, stopping and selecting
the MTD by isotonic regression are the same.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.special import betaincc

from benchside.tools.trials.design.checks import between
from benchside.tools.trials.design.phase1.advice import Advice, moved
from benchside.tools.trials.design.phase1.engine import ENOUGH, NO_DOSE, Ints
from benchside.tools.trials.design.phase1.escalation import CohortDesign, checked_target, closed_from
from benchside.tools.trials.design.phase1.isotonic import estimates, nearest, nearest_rows
from benchside.tools.trials.design.phase1.outcomes import Path
from benchside.tools.trials.design.results import Cell, Check, Column, Table, printed

UP, STAY, DOWN = 1, 0, -1
WORDS = {UP: "E", STAY: "S", DOWN: "D"}
MOST_ROWS = 40


class IntervalDesign(CohortDesign):
    """Base of the interval designs.

    Attributes:
        least: patients at a dose before it can be eliminated.
        selection_prior: parameter of the Beta(a, a) prior of the rates in the final isotonic regression.
    """

    least: ClassVar[int] = 1
    selection_prior: ClassVar[float] = 0.005
    doses: int = Field(5, description="number of dose levels")
    target: float = Field(0.3, description="target DLT rate")
    elimination: float = Field(0.95, description="eliminate a dose when Pr(DLT rate > target | data) exceeds this")
    safety_offset: float = Field(
        0.0, description="stop at the lowest dose already when that probability exceeds the cut-off less this"
    )

    @model_validator(mode="after")
    def _interval(self) -> Self:
        checked_target(self.target)
        between("elimination", self.elimination, 0.5, 1, closed=True)
        between("safety_offset", self.safety_offset, 0, 0.5, closed=True)
        return self

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return self.doses

    @property
    def toxicity_target(self) -> float:
        """Target DLT rate."""
        return self.target

    @abstractmethod
    def letter(self, n: int, y: int) -> int:
        """`UP`, `STAY` or `DOWN` after y DLTs in n > 0 patients at the current dose."""

    def overdose_probability(self, n: int, y: int) -> float:
        """Posterior probability that the DLT rate exceeds the target, under a uniform prior."""
        return float(betaincc(1 + y, 1 + n - y, self.target))

    def eliminated(self, n: int, y: int, *, lowest: bool = False) -> bool:
        """Whether y DLTs in n patients eliminate a dose."""
        cut = self.elimination - (self.safety_offset if lowest else 0.0)
        return n >= self.least and self.overdose_probability(n, y) > cut

    def code(self, n: int, y: int) -> str:
        """The letter of the published grids: E, S, D, or DU when the dose is also eliminated."""
        return "DU" if self.eliminated(n, y) else WORDS[self.letter(n, y)]

    # scalar rules

    def _upper_bound(self) -> float:
        """The MTD's estimate must be below this."""
        return float("inf")

    def _open(self, path: Path) -> int:
        """Number of dose levels that are not eliminated."""
        for level, (n, y) in enumerate(zip(path.patients, path.dlts, strict=True), 1):
            known = n <= self.max_n
            if self._lookup[1][int(level > 1), n, y] if known else self.eliminated(n, y, lowest=level == 1):
                return level - 1
        return self.doses

    def _selected(self, path: Path, open_levels: int) -> int:
        n, y = path.patients[:open_levels], path.dlts[:open_levels]
        if sum(n) == 0:
            return 0
        return nearest(estimates(n, y, self.selection_prior), self.target, self._upper_bound())

    def _size(self, path: Path, dose: int) -> int:
        """Size of the next cohort, without the limit."""
        return self.cohort_size

    def advise(self, path: Path, limit: int | None = None) -> Advice:
        """The decision of the table at the current dose, within the doses that are open."""
        limit = self.max_n if limit is None else limit
        if path.dose == 0:
            start = self.start_dose
            return Advice(
                start, False, "start", f"The trial starts at dose {start}.", min(self._size(path, start), limit)
            )
        level, n, y = path.dose, path.patients[path.dose - 1], path.dlts[path.dose - 1]
        open_levels = self._open(path)
        closed = tuple(range(open_levels + 1, self.doses + 1))
        fitted = tuple(estimates(path.patients, path.dlts, self.selection_prior))
        seen = f"{y} of {n} patients at dose {level} had a DLT"

        def ended(why: str) -> Advice:
            found = self._selected(path, open_levels) or None
            return Advice(found, True, "stop", why, 0, closed, fitted)

        if open_levels == 0:
            risk = self.overdose_probability(path.patients[0], path.dlts[0])
            why = f"{seen}; the lowest dose is eliminated: its DLT rate exceeds the target with probability {risk:.3f}."
            return Advice(None, True, "stop", why, 0, closed, fitted)
        if path.total >= limit:
            return ended(f"{path.total} patients were treated: the trial is complete.")
        move = self._move(path)
        to = min(max(level + move, 1), self.doses, open_levels)
        if self.stop_at is not None and to == level and n >= self.stop_at:
            return ended(f"{seen}; the next cohort would stay at a dose that had {n} patients.")
        why = f"{seen} ({y / n:.3f}): {self._because(path, move)}"
        if to != level + move:
            why += "; no open dose is there" if move else f"; dose {level} is eliminated"
        size = min(self._size(path, to), limit - path.total)
        return Advice(to, False, moved(level, to), why + ".", size, closed, fitted)

    def _move(self, path: Path) -> int:
        """The table's move at the current dose."""
        n, y = path.patients[path.dose - 1], path.dlts[path.dose - 1]
        return int(self._lookup[0][n, y]) if n <= self.max_n else self.letter(n, y)

    def _because(self, path: Path, move: int) -> str:
        """Why the table says so."""
        return {UP: "escalate", STAY: "stay", DOWN: "de-escalate"}[move]

    # vectorised rules

    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """Moves of many trials by look-up."""
        letters, unsafe = self._lookup
        n, y = counts.sum(axis=2), counts[:, :, 1]
        rows = np.arange(len(dose))
        open_levels = self._open_rows(n, y, unsafe)
        here = n[rows, dose - 1]
        to = np.clip(dose + letters[here, y[rows, dose - 1]], 1, self.doses)
        to = np.minimum(to, open_levels)
        if self.stop_at is not None:
            to = np.where((to == dose) & (here >= self.stop_at), ENOUGH, to)
        return np.where(open_levels == 0, NO_DOSE, to)

    def _open_rows(self, n: Ints, y: Ints, unsafe: NDArray[np.bool_]) -> Ints:
        over = unsafe[1][n, y]
        over[:, 0] = unsafe[0][n[:, 0], y[:, 0]]
        return closed_from(over)

    def selections(self, counts: Ints) -> Ints:
        """Isotonic choice of the MTD among the open doses that were tried."""
        n, y = counts.sum(axis=2), counts[:, :, 1]
        open_levels = self._open_rows(n, y, self._lookup[1])
        allowed = np.arange(self.doses)[None, :] < open_levels[:, None]
        return nearest_rows(n, y, allowed, target=self.target, prior=self.selection_prior, below=self._upper_bound())

    @cached_property
    def _lookup(self) -> tuple[Ints, NDArray[np.bool_]]:
        """Moves and eliminations by patients and DLTs; the first elimination table is that of the lowest dose."""
        most = self.max_n
        letters = np.zeros((most + 1, most + 1), dtype=np.int64)
        unsafe = np.zeros((2, most + 1, most + 1), dtype=np.bool_)
        for n in range(1, most + 1):
            for y in range(n + 1):
                letters[n, y] = self.letter(n, y)
                unsafe[1, n, y] = self.eliminated(n, y)
                unsafe[0, n, y] = self.eliminated(n, y, lowest=True)
        return letters, unsafe

    # tables and checks

    def rows(self) -> list[int]:
        """Patients at a dose for which the table has a row: full cohorts, on one page."""
        most = self.max_n if self.stop_at is None else min(self.max_n, self.stop_at + self.cohort_size)
        return list(range(self.cohort_size, most + 1, self.cohort_size))[:MOST_ROWS]

    def thresholds(self, n: int) -> tuple[int | None, int | None, int | None]:
        """Most DLTs that escalate, fewest that de-escalate, fewest that eliminate; None for none."""
        up = [y for y in range(n + 1) if self.letter(n, y) == UP and not self.eliminated(n, y)]
        down = [y for y in range(n + 1) if self.letter(n, y) == DOWN or self.eliminated(n, y)]
        out = [y for y in range(n + 1) if self.eliminated(n, y)]
        return max(up, default=None), min(down, default=None), min(out, default=None)

    def decision_table(self) -> Table:
        """Rows: patients treated at the dose; what to do by the number of DLTs among them."""
        found: list[tuple[Cell, ...]] = []
        for n in self.rows():
            up, down, out = self.thresholds(n)
            first, last = (0 if up is None else up + 1), (n if down is None else down - 1)
            stay = "–" if first > last else str(first) if first == last else f"{first} to {last}"
            found.append((n, up, stay, down, out))
        return Table(
            "decision_table",
            f"What to do, by DLTs among the patients at the current dose ({self.family}, target {self.target:g})",
            (
                Column("patients", "patients at the dose", digits=0),
                Column("escalate_if", "escalate if DLTs ≤", digits=0),
                Column("stay_if", "stay if DLTs", digits=0),
                Column("deescalate_if", "de-escalate if DLTs ≥", digits=0),
                Column("eliminate_if", "eliminate if DLTs ≥", digits=0),
            ),
            tuple(found),
            (
                "An eliminated dose and all above it are closed for good; when the lowest dose is eliminated, stop.",
                "At the lowest dose de-escalation means stay, and at the highest open dose escalation means stay.",
            ),
        )

    def letter_grid(self) -> Table:
        """The published form of the table: DLTs down, patients across; E, S, D, DU (de-escalate and eliminate)."""
        sizes = self.rows()
        cells = [tuple(self.code(n, y) if y <= n else None for n in sizes) for y in range(max(sizes) + 1)]
        notes = ["E escalate, S stay, D de-escalate, DU de-escalate and eliminate."]
        plain = next(y for y in range(len(cells), -1, -1) if y == 0 or not set(cells[y - 1]) <= {"DU", None})
        if plain + 1 < len(cells):  # so that the grid fits on a page
            cells = cells[: plain + 1]
            notes.append(f"{plain + 1} or more DLTs: as {plain}, DU at every number of patients.")
        return Table(
            "letter_grid",
            f"Decisions by DLTs (down) and patients at the dose (across), {self.family}, "
            f"target {printed(self.target, 4)}",
            (Column("dlts", "DLTs", digits=0), *(Column(f"n{n}", str(n), digits=0) for n in sizes)),
            tuple((y, *row) for y, row in enumerate(cells)),
            tuple(notes),
        )

    def tables(self) -> tuple[Table, ...]:
        """Decision table, letter grid, characteristics."""
        return (self.decision_table(), self.letter_grid(), self.operating_characteristics())

    def rule_checks(self) -> tuple[Check, ...]:
        """The table against direct evaluation of the published rule, for every outcome of its rows."""
        wrong = sum(self.letter(n, y) != self.direct(n, y) for n in self.rows() for y in range(n + 1))
        return (Check("table", "decisions that differ from the formula", float(wrong), 0.0, 0.0, "exact"),)

    @abstractmethod
    def direct(self, n: int, y: int) -> int:
        """The decision by another route than `letter`, for `verify`."""
