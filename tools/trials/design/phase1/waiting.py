"""Simulated TITE-BOIN trials in time: patients arrive, DLTs occur within the window, accrual waits when it is
suspended."""

from __future__ import annotations

from itertools import product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.phase1.boin import ROUNDING
from benchside.tools.trials.design.phase1.engine import Ints, Runs, joined
from benchside.tools.trials.design.phase1.scenarios import Scenario

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
CHUNK = 10_000
AFTER = 10.0  # windows after the last patient, when every outcome is known
GO, WAIT, NONE, ENOUGH = 0, 1, 2, 3


class LateRules(Protocol):
    """What the walk in time needs of a design with late toxicities; `tite_boin.TiteBoin` has it."""

    max_n: int
    start_dose: int
    cohort_size: int
    doses: int
    target: float
    stop_at: int | None
    accrual_interval: float
    regular: bool
    late_share: float
    most_pending: float

    @property
    def lambdas(self) -> tuple[float, float]:
        """Escalation and de-escalation boundary."""
        ...

    @property
    def _lookup(self) -> Any: ...

    def _open_rows(self, n: Ints, y: Ints, unsafe: Any) -> Ints: ...

    def selections(self, counts: Ints) -> Ints:
        """Selected level of finished trials."""
        ...

    def waits(self, n: int, y: int, pending: int) -> bool:
        """Whether accrual is suspended."""
        ...


def run_in_time(design: LateRules, scenario: Scenario, trials: int, rng: np.random.Generator) -> tuple[Runs, Bools]:
    """Simulated trials, and whether accrual was suspended at the first decision of each."""
    runs, suspended = [], []
    for done in range(0, trials, CHUNK):
        part = _Trials(design, scenario, min(CHUNK, trials - done), rng)
        runs.append(part.run())
        suspended.append(part.suspended_first)
    return joined(runs), np.concatenate(suspended)


class _Trials:
    """Some trials at once; arrays have the shape (trials,) or (trials, patients)."""

    def __init__(self, design: LateRules, scenario: Scenario, trials: int, rng: np.random.Generator) -> None:
        self.design, self.rng, self.trials = design, rng, trials
        self.rates = np.asarray(scenario.toxicity)
        n = design.max_n
        self.level = np.zeros((trials, n), dtype=np.int64)  # 0: not treated
        self.entry = np.full((trials, n), np.inf)
        self.event = np.full((trials, n), np.inf)  # time from entry to the DLT, infinite without one in the window
        self.dose = np.full(trials, design.start_dose, dtype=np.int64)
        self.clock = np.zeros(trials)
        self.on = np.ones(trials, dtype=np.bool_)
        self.early = np.zeros(trials, dtype=np.bool_)
        self.suspended_first = np.zeros(trials, dtype=np.bool_)

    def run(self) -> Runs:
        """All patients in turn, then the outcomes that are still pending, then the selection."""
        design = self.design
        for patient in range(design.max_n):
            if patient:
                self.clock[self.on] += self._gaps(int(self.on.sum()))
            if patient and patient % design.cohort_size == 0:
                self._decide(first=patient == design.cohort_size)
            self._treat(patient)
            if not self.on.any():
                break
        closing = np.where(np.isfinite(self.entry), self.entry + np.minimum(self.event, 1.0), 0.0).max(axis=1)
        n, y, _, _ = self._seen(np.arange(self.trials), self.clock + AFTER)
        counts = np.stack([n - y, y], axis=2)
        selected = design.selections(counts)
        # a trial that was stopped on what was known then has no dose, whatever else is learned later
        selected[self.early & (self.dose == 0)] = 0
        return Runs(selected, counts, self.early, closing)

    def _gaps(self, size: int) -> Floats:
        mean = self.design.accrual_interval
        return np.full(size, mean) if self.design.regular else self.rng.exponential(mean, size)

    def _treat(self, patient: int) -> None:
        rows = np.flatnonzero(self.on)
        at = self.dose[rows]
        self.level[rows, patient] = at
        self.entry[rows, patient] = self.clock[rows]
        toxic = self.rng.random(len(rows)) < self.rates[at - 1]
        late = self.rng.random(len(rows)) < self.design.late_share
        when = (self.rng.random(len(rows)) + late) / 2
        self.event[rows, patient] = np.where(toxic, when, np.inf)

    def _seen(self, rows: Ints, now: Floats) -> tuple[Ints, Ints, Ints, Floats]:
        """Patients and DLTs by dose, and pending patients and their follow-up at the current dose, at a time."""
        level, event = self.level[rows], self.event[rows]
        since = now[:, None] - self.entry[rows]
        since[level == 0] = -1.0
        known = event <= since
        k = self.design.doses
        n, y = np.zeros((len(rows), k), dtype=np.int64), np.zeros((len(rows), k), dtype=np.int64)
        for d in range(1, k + 1):
            here = level == d
            n[:, d - 1], y[:, d - 1] = here.sum(axis=1), (here & known).sum(axis=1)
        pending = (level == self.dose[rows][:, None]) & (since < 1) & ~known
        return n, y, pending.sum(axis=1), np.where(pending, since, 0.0).sum(axis=1)

    def _decide(self, *, first: bool) -> None:
        """Move, stop, or wait until the next outcome at the current dose is known and ask again."""
        asked = np.flatnonzero(self.on)
        for _ in range(self.design.max_n + 1):
            if not len(asked):
                return
            to, state = self._decision(asked)
            if first:
                self.suspended_first[asked[state == WAIT]] = True
                first = False
            go, none, enough = asked[state == GO], asked[state == NONE], asked[state == ENOUGH]
            self.dose[go] = to[state == GO]
            self.dose[none] = 0
            self.early[none] = self.early[enough] = True
            self.on[none] = self.on[enough] = False
            asked = asked[state == WAIT]
            self._wait(asked)

    def _wait(self, rows: Ints) -> None:
        here = self.level[rows] == self.dose[rows][:, None]
        known_at = np.where(here, self.entry[rows] + np.minimum(self.event[rows], 1.0), np.inf)
        known_at[known_at <= self.clock[rows][:, None]] = np.inf
        # past the moment itself, so that rounding does not leave the patient pending
        self.clock[rows] = known_at.min(axis=1) + 1e-9

    def _decision(self, rows: Ints) -> tuple[Ints, Ints]:
        design, dose = self.design, self.dose[rows]
        n, y, pending, stft = self._seen(rows, self.clock[rows])
        letters, unsafe = design._lookup
        open_levels = design._open_rows(n, y, unsafe)
        here, toxic = n[np.arange(len(rows)), dose - 1], y[np.arange(len(rows)), dose - 1]
        escalate, deescalate = design.lambdas
        p = (toxic + design.target / 2) / (here - pending + 1)
        against = (1 - p) / p
        low = toxic < design.target * here - ROUNDING
        up = low & (stft >= pending - against * (escalate * here - toxic))
        down = ~low & (stft <= pending - against * (deescalate * here - toxic))
        settled = (pending == 0) | (toxic >= deescalate * here - ROUNDING) | unsafe[1][here, toxic]
        move = np.where(settled, letters[here, toxic], np.where(up, 1, np.where(down, -1, 0)))
        to = np.minimum(np.clip(dose + move, 1, design.doses), open_levels)
        state = np.where(~settled & (pending > design.most_pending * here + ROUNDING), WAIT, GO)
        if design.stop_at is not None:
            held = (state == GO) & (to == dose) & (here >= design.stop_at)
            state = np.where(held, np.where(pending > 0, WAIT, ENOUGH), state)
        return to, np.where(open_levels == 0, NONE, state)


def first_suspension(design: LateRules, scenario: Scenario) -> float:
    """Exact probability that accrual is suspended at the first decision, for patients at even intervals.

    Each patient of the first cohort is then independently known to have a DLT, pending, or known to have none.
    """
    p = scenario.toxicity[design.start_dose - 1]
    m, total = design.cohort_size, 0.0
    follow_up = [min((m - i) * design.accrual_interval, 1.0) for i in range(m)]
    chances = []
    for t in follow_up:
        early, late = min(t, 0.5) * 2, max(t - 0.5, 0.0) * 2
        seen = p * ((1 - design.late_share) * early + design.late_share * late)
        chances.append((seen, 0.0, 1 - p) if t >= 1 else (seen, 1 - seen, 0.0))
    for states in product(range(3), repeat=m):
        weight = float(np.prod([c[s] for c, s in zip(chances, states, strict=True)]))
        y, pending = states.count(0), states.count(1)
        if weight > 0 and design.waits(m, y, pending):
            total += weight
    return total
