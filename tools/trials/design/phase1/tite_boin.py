"""TITE-BOIN: BOIN that does not wait for pending patients, but counts how long they have been followed.

The outcome of a pending patient is replaced by its expectation under a uniform time to DLT. What decides is then the
standardised total follow-up time (STFT), the follow-up of the pending patients in units of the assessment window (Yuan
and others 2018, supplementary appendix A).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, checked_trials
from benchside.tools.trials.design.checks import between, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.montecarlo import generator
from benchside.tools.trials.design.phase1.advice import Advice, Decision, moved
from benchside.tools.trials.design.phase1.boin import ROUNDING, BoinRules
from benchside.tools.trials.design.phase1.engine import Runs
from benchside.tools.trials.design.phase1.enumeration import longest
from benchside.tools.trials.design.phase1.interval import DOWN, STAY, UP
from benchside.tools.trials.design.phase1.isotonic import estimates
from benchside.tools.trials.design.phase1.outcomes import Path, read_path
from benchside.tools.trials.design.phase1.scenarios import Scenario
from benchside.tools.trials.design.phase1.summary import checks
from benchside.tools.trials.design.phase1.waiting import first_suspension, run_in_time
from benchside.tools.trials.design.results import Cell, Check, Column, Paragraph, Table, Verification

TABLE_COHORTS = 3  # rows of the decision table, so that it fits on a page
SUSPEND = 9


@dataclass(frozen=True, slots=True)
class Bounds:
    """What decides at a dose with pending patients.

    Attributes:
        always: `UP`, `STAY`, `DOWN` or `SUSPEND` when follow-up does not matter, None when it does.
        eliminated: whether the dose is eliminated too.
        escalate_from: escalate when STFT is at least this, stay below it.
        deescalate_to: de-escalate when STFT is at most this, stay above it.
    """

    always: int | None
    eliminated: bool = False
    escalate_from: float | None = None
    deescalate_to: float | None = None


class TiteBoin(BoinRules):
    """TITE-BOIN with single mean imputation of pending outcomes."""

    kind: Literal["tite-boin"] = "tite-boin"
    family: ClassVar[str] = "TITE-BOIN design"
    cites: ClassVar[tuple[str, ...]] = ("yuan-2018", "liu-yuan-2015", "barlow-1972")
    most_pending: float = Field(
        0.5, description="suspend accrual while a larger share of the patients at the dose is pending"
    )
    accrual_interval: float = Field(0.25, description="mean time between patients, in assessment windows")
    regular: bool = Field(False, description="whether patients arrive at even intervals rather than at random")
    late_share: float = Field(0.5, description="share of the DLTs in the second half of the window, for simulation")

    @model_validator(mode="after")
    def _times(self) -> Self:
        between("most_pending", self.most_pending, 0, 1, closed=True)
        between("late_share", self.late_share, 0, 1, closed=True)
        between("accrual_interval", positive("accrual_interval", self.accrual_interval), 0, 100)
        whole("max_n", self.max_n, 1, 200)
        return self

    def bounds(self, n: int, y: int, pending: int) -> Bounds:
        """What decides after y DLTs in n patients of whom some are pending (Yuan and others 2018, Table 1)."""
        escalate, deescalate = self.lambdas
        if self.eliminated(n, y):
            return Bounds(DOWN, True)
        if pending == 0 or y >= deescalate * n - ROUNDING:
            return Bounds(self.letter(n, y))
        if pending > self.most_pending * n + ROUNDING:
            return Bounds(SUSPEND)
        p = self.imputed_rate(n, y, pending)
        against = (1 - p) / p
        if y < self.target * n - ROUNDING:
            start = pending - against * (escalate * n - y)
            return Bounds(STAY) if start > pending else Bounds(UP) if start <= 0 else Bounds(None, False, start, None)
        end = pending - against * (deescalate * n - y)
        return Bounds(STAY) if end < 0 else Bounds(None, False, None, end)

    def imputed_rate(self, n: int, y: int, pending: int) -> float:
        """Posterior mean of the rate from the completed patients, with a prior worth one patient at half the target."""
        return (y + self.target / 2) / (n - pending + 1)

    def estimate(self, n: int, y: int, pending: int, stft: float) -> float:
        """Estimated DLT rate with the pending outcomes imputed."""
        p = self.imputed_rate(n, y, pending)
        return (y + p / (1 - p) * (pending - stft)) / n

    def decide(self, n: int, y: int, pending: int, stft: float) -> int:
        """`UP`, `STAY`, `DOWN` or `SUSPEND`."""
        found = self.bounds(n, y, pending)
        if found.always is not None:
            return found.always
        if found.escalate_from is not None:
            return UP if stft >= found.escalate_from else STAY
        return DOWN if found.deescalate_to is not None and stft <= found.deescalate_to else STAY

    def waits(self, n: int, y: int, pending: int) -> bool:
        """Whether accrual is suspended."""
        return self.bounds(n, y, pending).always == SUSPEND

    def next_dose(self, outcomes: str | Path, follow_up: Sequence[float] = ()) -> Advice:
        """What to do next, when some patients are pending.

        Args:
            outcomes: such as `1NNN 2NTP`: N no DLT, T DLT, P pending.
            follow_up: how long each pending patient has been followed, in assessment windows (0 to 1), in the order in
                which they are written.

        Raises:
            ImpossibleInputError, ContradictoryInputError: outcomes that cannot be read, or not one follow-up time for
                each pending patient.
        """
        if isinstance(outcomes, Path) or not isinstance(outcomes, str):
            return super().next_dose(outcomes)
        path = read_path(outcomes.upper().replace("P", "N"), self.levels)
        parts = re.findall(r"(\d+)([A-Z]+)", outcomes.upper())
        doses = [int(dose) for dose, letters in parts for letter in letters if letter == "P"]
        if len(doses) != len(follow_up):
            raise ContradictoryInputError(
                f"{len(doses)} pending patients, and {len(follow_up)} follow-up times",
                where="follow_up",
                hint="Give one time for each P, in assessment windows.",
            )
        times = [between("follow_up", t, 0, 1, closed=True) for t in follow_up]
        here = [t for dose, t in zip(doses, times, strict=True) if dose == path.dose]
        return self.advise_pending(path, len(here), sum(here), len(doses))

    def advise_pending(self, path: Path, pending: int, stft: float, pending_anywhere: int | None = None) -> Advice:
        """Advice with pending patients at the current dose; elsewhere they count as treated without a DLT so far."""
        everywhere = pending if pending_anywhere is None else pending_anywhere
        if path.dose == 0 or everywhere == 0:
            return self.advise(path)
        level, n, y = path.dose, path.patients[path.dose - 1], path.dlts[path.dose - 1]
        open_levels = self._open(path)
        closed = tuple(range(open_levels + 1, self.doses + 1))
        fitted = tuple(estimates(path.patients, path.dlts, self.selection_prior))
        seen = f"{y} of {n} patients at dose {level} had a DLT, {pending} pending with STFT {stft:.2f}"
        if open_levels == 0:
            return Advice(None, True, "stop", f"{seen}; the lowest dose is eliminated.", 0, closed, fitted)
        if path.total >= self.max_n:
            return Advice(level, False, "suspend", f"{seen}; wait for the last outcomes.", 0, closed, fitted)
        found = self.bounds(n, y, pending)
        if found.always == SUSPEND:
            why = f"{seen}: more than {self.most_pending:.0%} pending, suspend accrual until more is known."
            return Advice(level, False, "suspend", why, 0, closed, fitted)
        move = self.decide(n, y, pending, stft)
        why = f"{seen}: {self._why(found, move)}"
        to = min(max(level + move, 1), self.doses, open_levels)
        if self.stop_at is not None and to == level and n >= self.stop_at:
            return Advice(level, False, "suspend", f"{seen}; wait for the outcomes, then stop.", 0, closed, fitted)
        if to != level + move:
            why += "; no open dose is there" if move else f"; dose {level} is eliminated"
        decision: Decision = moved(level, to)
        size = min(self.cohort_size, self.max_n - path.total)
        return Advice(to, False, decision, why + ".", size, closed, fitted)

    @staticmethod
    def _why(found: Bounds, move: int) -> str:
        word = {UP: "escalate", STAY: "stay", DOWN: "de-escalate"}[move]
        if found.escalate_from is not None:
            return f"{word}, as escalation needs an STFT of {found.escalate_from:.2f}"
        if found.deescalate_to is not None:
            return f"{word}, as an STFT up to {found.deescalate_to:.2f} de-escalates"
        return f"{word}, whatever the follow-up"

    def runs(self, scenario: Scenario, trials: int, rng: np.random.Generator) -> Runs:
        """Simulated trials in time."""
        return run_in_time(self, scenario, trials, rng)[0]

    def decision_table(self, cohorts: int = TABLE_COHORTS) -> Table:
        """The published form: by patients, DLTs and pending patients, what to do or which STFT decides.

        Args:
            cohorts: rows go up to so many cohorts at a dose; three fit on a page.
        """
        most = min(self.max_n, whole("cohorts", cohorts, 1, 20) * self.cohort_size)
        rows: list[tuple[Cell, ...]] = []
        for n in range(self.cohort_size, most + 1, self.cohort_size):
            for y in range(n + 1):
                if self.eliminated(n, y):
                    rows.append((n, f"≥ {y}", "any", "", "", "yes, and eliminate", ""))
                    break
                rows += self._pending_rows(n, y)
        return Table(
            "decision_table",
            f"What to do by patients, DLTs and pending patients at the current dose ({self.family}, target "
            f"{self.target:g})",
            (
                Column("patients", "patients", digits=0),
                Column("dlts", "DLTs", digits=0),
                Column("pending", "pending", digits=0),
                Column("escalate", "escalate", digits=0),
                Column("stay", "stay", digits=0),
                Column("deescalate", "de-escalate", digits=0),
                Column("suspend", "suspend accrual", digits=0),
            ),
            tuple(rows),
            (
                "Numbers are the standardised total follow-up time (STFT): the follow-up of the pending patients at "
                "the dose, added up, in assessment windows.",
                "An eliminated dose and all above it are closed for good; when the lowest dose is eliminated, stop.",
            ),
        )

    def _pending_rows(self, n: int, y: int) -> list[tuple[Cell, ...]]:
        """Rows for one number of DLTs; neighbouring numbers of pending patients with the same decision share a row."""
        rows: list[tuple[Cell, ...]] = []
        runs: list[tuple[int, int, Bounds]] = []
        for pending in range(n - y + 1):
            found = self.bounds(n, y, pending)
            if runs and found.always is not None and runs[-1][2] == found:
                runs[-1] = (runs[-1][0], pending, found)
            else:
                runs.append((pending, pending, found))
        for low, high, found in runs:
            span = str(low) if low == high else f"{low} to {high}"
            cells: dict[int, str] = {}
            if found.always is not None:
                cells[found.always] = "yes"
            elif found.escalate_from is not None:
                cells = {UP: f"≥ {found.escalate_from:.2f}", STAY: f"< {found.escalate_from:.2f}"}
            elif found.deescalate_to is not None:
                cells = {STAY: f"> {found.deescalate_to:.2f}", DOWN: f"≤ {found.deescalate_to:.2f}"}
            rows.append((n, str(y), span, *(cells.get(code, "") for code in (UP, STAY, DOWN, SUSPEND))))
        return rows

    def tables(self) -> tuple[Table, ...]:
        """Decision table and characteristics."""
        return (self.decision_table(), self.operating_characteristics())

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Three checks: STFT bounds against the estimate they stand for, and two exact figures against simulation.

        With patients further apart than the window nobody is pending, and the trial is BOIN, which is enumerated. With
        even arrivals the probability that accrual is suspended at the first decision is a finite sum.
        """
        checked_trials(trials)
        scenario, rng = self.truth(None), generator(seed)
        exact = longest(self, scenario, self.limit(), self.cohort(), self.most_states)
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        apart = type(self)(**(fields | {"max_n": exact.limit, "accrual_interval": 1.5, "regular": True}))
        slow = apart.runs(scenario, trials, rng)
        even = type(self)(**(fields | {"max_n": 2 * self.cohort_size, "regular": True}))
        suspended = run_in_time(even, scenario, trials, rng)[1]
        p = first_suspension(even, scenario)
        error = float(np.sqrt(max(p * (1 - p), 0.0) / trials))
        label = "accrual is suspended at the first decision"
        first = Check("suspended_first", label, p, float(suspended.mean()), error, "exact")
        notes = (
            f"Without pending patients: exact enumeration of {exact.states:,} states, for at most {exact.limit} "
            f"patients, under {scenario.name}. With pending patients: the first suspension, at even arrivals, exactly.",
        )
        return Verification((*checks(exact, slow, scenario), first, *self.rule_checks()), trials, seed, notes)

    def rule_checks(self) -> tuple[Check, ...]:
        """Decisions by STFT bounds against comparison of the imputed rate with the boundaries, on a grid of STFT."""
        escalate, deescalate = self.lambdas
        wrong = 0
        for n in self.rows():
            for y in range(n + 1):
                for pending in range(1, n - y + 1):
                    if self.bounds(n, y, pending).always in (SUSPEND, DOWN):
                        continue
                    for stft in np.linspace(0.013, pending - 0.013, 7):
                        rate = self.estimate(n, y, pending, float(stft))
                        below, above = rate <= escalate, rate >= deescalate
                        low = y < self.target * n - ROUNDING
                        direct = UP if low and below else DOWN if not low and above else STAY
                        wrong += self.decide(n, y, pending, float(stft)) != direct
        return (*super().rule_checks(), Check("stft", "decisions that differ by STFT", float(wrong), 0.0, 0.0, "exact"))

    def to_text(self) -> Paragraph:
        """The rule in words."""
        return self.written(
            "Dose escalation follows the {design} over {levels} dose levels with a target rate of dose-limiting "
            "toxicity of {target}, in cohorts of {cohort_size} from dose level {start_dose}. Patients enter while "
            "others are still in their assessment window, whose outcomes are replaced by their expectation given "
            "their follow-up. The dose is escalated when the rate estimated in this way is at most {lambda_e}, "
            "de-escalated when it is at least {lambda_d}, and kept otherwise. Accrual is suspended while more than "
            "the share {most_pending} of the patients at the current dose is pending. A dose is eliminated, with all "
            "above it, when the posterior probability that its rate exceeds the target is above {elimination}; the "
            "trial stops without a dose when the lowest is eliminated. At most {n_total} patients are treated. The "
            "maximum tolerated dose is the one whose isotonic estimate is nearest to the target."
        )
