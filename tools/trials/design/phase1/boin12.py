"""BOIN12: the dose with the best trade-off of toxicity and efficacy, by a utility of the four outcomes of a patient.

The desirability of a dose is the probability that its mean utility exceeds a benchmark; ranked over all outcomes it
gives the table of rank-based desirability scores that a ward can use (Lin and others 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.special import betaincc

from benchside.tools.trials.design.checks import between, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.phase1.advice import Advice, moved
from benchside.tools.trials.design.phase1.boin import ROUNDING, boin_boundaries
from benchside.tools.trials.design.phase1.desirability import (
    TIE_DIGITS,
    Scores,
    benchmark_utility,
    desirability,
    desirability_rows,
    rank_scores,
)
from benchside.tools.trials.design.phase1.engine import ENOUGH, NO_DOSE, Ints
from benchside.tools.trials.design.phase1.escalation import (
    LARGEST_TRIAL,
    CohortDesign,
    checked_levels,
    closed_from,
)
from benchside.tools.trials.design.phase1.isotonic import estimates, nearest, nearest_rows
from benchside.tools.trials.design.phase1.outcomes import Path
from benchside.tools.trials.design.phase1.scenarios import Scenario, curve, default_pairs, utility_scenario
from benchside.tools.trials.design.results import Cell, Check, Column, Paragraph, Quantity, Table

Floats = NDArray[np.float64]
SELECTION_PRIOR = 0.05
TABLE_COHORTS = 3  # the table of scores fits on a page for so many


class Boin12(CohortDesign):
    """BOIN12. Utilities are on a scale from 0 to 100, in the order neither, efficacy alone, toxicity alone, both."""

    kind: Literal["boin12"] = "boin12"
    family: ClassVar[str] = "BOIN12 design"
    cites: ClassVar[tuple[str, ...]] = ("lin-boin12-2020", "liu-yuan-2015", "barlow-1972")
    categories: ClassVar[int] = 4
    most_states: ClassVar[int] = 4_000
    doses: int = Field(5, description="number of dose levels")
    toxicity_limit: float = Field(0.35, description="highest acceptable DLT rate")
    efficacy_limit: float = Field(0.25, description="lowest acceptable response rate")
    utilities: tuple[float, float, float, float] = Field(
        (40.0, 100.0, 0.0, 60.0), description="utilities of neither, efficacy alone, toxicity alone, both"
    )
    explore_until: int = Field(
        6, description="patients at a tolerable dose from which higher doses are no longer explored"
    )
    explore_after: int = Field(
        9,
        description="patients at a dose from which an untried next dose follows, unless the DLT rate forbids it",
    )
    toxicity_cutoff: float = Field(
        0.95, description="close a dose and all above when Pr(DLT rate > limit) exceeds this"
    )
    efficacy_cutoff: float = Field(0.9, description="close a dose when Pr(response rate < limit) exceeds this")
    efficacies: tuple[tuple[float, ...], ...] = Field(
        (), description="true response rates by dose, one row for each of `scenarios`"
    )

    @model_validator(mode="after")
    def _checked(self) -> Self:
        between("toxicity_limit", self.toxicity_limit, 0.01, 0.6, closed=True)
        between("efficacy_limit", self.efficacy_limit, 0.01, 0.95, closed=True)
        between("toxicity_cutoff", self.toxicity_cutoff, 0.5, 1, closed=True)
        between("efficacy_cutoff", self.efficacy_cutoff, 0.5, 1, closed=True)
        whole("explore_until", self.explore_until, 1, LARGEST_TRIAL)
        whole("explore_after", self.explore_after, 1, LARGEST_TRIAL)
        for value in self.utilities:
            between("utilities", value, 0, 100, closed=True)
        _, efficacy, toxicity, _ = self.utilities
        if not (efficacy == max(self.utilities) and toxicity == min(self.utilities) and efficacy > toxicity):
            raise ContradictoryInputError(
                "efficacy alone must have the highest utility and toxicity alone the lowest",
                where="utilities",
                hint="The order is: neither, efficacy alone, toxicity alone, both.",
            )
        if len(self.efficacies) != len(self.scenarios):
            raise ContradictoryInputError(
                f"{len(self.scenarios)} toxicity and {len(self.efficacies)} efficacy curves",
                where="efficacies",
                hint="Give one efficacy curve for each toxicity curve.",
            )
        for row in self.efficacies:
            curve("efficacies", row, self.doses, rising=False)
        return self

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return checked_levels(self.doses)

    @property
    def toxicity_target(self) -> float:
        """Highest acceptable DLT rate."""
        return self.toxicity_limit

    @property
    def lambdas(self) -> tuple[float, float]:
        """Escalation and de-escalation boundary of the observed DLT rate."""
        return boin_boundaries(self.toxicity_limit)

    @property
    def benchmark(self) -> float:
        """Utility that a desirable dose exceeds."""
        return benchmark_utility(self.utilities, self.toxicity_limit, self.efficacy_limit)

    def desirability(self, counts: Ints | Sequence[int]) -> Floats:
        """Pr(mean utility > benchmark) from counts by category, shape (..., 4) to (...)."""
        return desirability(counts, self.utilities, self.benchmark)

    def _risk(self, n: Ints | int, y: Ints | int) -> Floats:
        """Pr(DLT rate > limit)."""
        return np.asarray(betaincc(1 + np.asarray(y), 1 + np.asarray(n) - y, self.toxicity_limit))

    def _futility(self, n: Ints | int, e: Ints | int) -> Floats:
        """Pr(response rate < limit)."""
        return np.asarray(1 - betaincc(1 + np.asarray(e), 1 + np.asarray(n) - e, self.efficacy_limit))

    # truths

    def truths(self) -> list[Scenario]:
        """The given curves, or a default set of shapes."""
        if self.scenarios:
            rows = zip(self.scenarios, self.efficacies, strict=True)
            return [self._utility(f"truth {i}", t, e) for i, (t, e) in enumerate(rows, 1)]
        return self._default_truths()

    def _default_truths(self) -> list[Scenario]:
        pairs = default_pairs(self.toxicity_limit, self.efficacy_limit, self.doses)
        return [self._utility(name, t, e) for name, t, e in pairs]

    def truth(self, given: Any = None) -> Scenario:
        """A truth: none for the middle one, "null" for doses that are all too toxic, or a pair of rates by dose."""
        if given is None or isinstance(given, str):
            known = {s.name: s for s in self.truths()}
            if given is None:
                return list(known.values())[len(known) // 2]
            named = known | {"null": self._default_truths()[-2]}
            if given not in named:
                raise ImpossibleInputError(
                    f"there is no truth {given[:60]!r}", where="truth", hint=f"Known: {', '.join(named)}."
                )
            return named[given]
        if len(given) != 2:
            raise ImpossibleInputError(
                "the truth is not a pair", where="truth", hint="Give DLT rates and response rates by dose."
            )
        return self._utility("given rates", given[0], given[1])

    def _utility(self, name: str, toxicity: Sequence[float] | Floats, efficacy: Sequence[float] | Floats) -> Scenario:
        t = curve("scenarios", [float(v) for v in toxicity], self.doses)
        e = curve("efficacies", [float(v) for v in efficacy], self.doses, rising=False)
        return utility_scenario(
            name,
            t,
            e,
            utilities=self.utilities,
            toxicity_limit=self.toxicity_limit,
            efficacy_limit=self.efficacy_limit,
        )

    # scalar rules

    def _open(self, path: Path) -> list[bool]:
        """Whether each dose is admissible; one that is too toxic closes those above."""
        found, tolerable = [], True
        for counts in path.counts:
            n, y, e = sum(counts), counts[2] + counts[3], counts[1] + counts[3]
            tolerable = tolerable and float(self._risk(n, y)) < self.toxicity_cutoff
            found.append(tolerable and float(self._futility(n, e)) < self.efficacy_cutoff)
        return found

    def advise(self, path: Path, limit: int | None = None) -> Advice:
        """The most desirable admissible dose among the current one and its neighbours, as the DLT rate allows."""
        limit = self.max_n if limit is None else limit
        if path.dose == 0:
            size = min(self.cohort_size, limit)
            return Advice(self.start_dose, False, "start", f"The trial starts at dose {self.start_dose}.", size)
        d, n, y = path.dose, path.patients[path.dose - 1], path.dlts[path.dose - 1]
        escalate, deescalate = self.lambdas
        is_open = self._open(path)
        closed = tuple(level for level, ok in enumerate(is_open, 1) if not ok)
        rates = tuple(estimates(path.patients, path.dlts, SELECTION_PRIOR))
        seen = f"{y} of {n} patients at dose {d} had a DLT ({y / n:.3f})"
        if y >= deescalate * n - ROUNDING:
            seen += f", at or above {deescalate:.4f}: de-escalate"
            lower = [level for level in range(1, d) if is_open[level - 1]]
            candidates = lower[-1:] if d > 1 else [1] if is_open[0] else []
        elif d < self.doses and n >= self.explore_after and path.patients[d] == 0 and is_open[d]:
            seen += f", and nobody had dose {d + 1} yet: escalate"
            candidates = [d + 1]
        else:
            top = d if y > escalate * n + ROUNDING and n >= self.explore_until else d + 1
            candidates = [level for level in range(d - 1, top + 1) if 1 <= level <= self.doses and is_open[level - 1]]
        if not candidates:
            why = f"{seen}; no dose that may follow is admissible."
            return Advice(None, True, "stop", why, 0, closed, rates)
        scores = [float(self.desirability(path.counts[level - 1])) for level in candidates]
        to = max(zip(scores, candidates, strict=True))[1]
        compared = ", ".join(f"{s:.3f} at dose {c}" for s, c in zip(scores, candidates, strict=True))
        if path.total >= limit or (self.stop_at is not None and path.patients[to - 1] >= self.stop_at):
            ends = f"{path.total} patients were treated" if path.total >= limit else f"dose {to} had enough patients"
            found = self._selected(path, is_open) or None
            return Advice(found, True, "stop", f"{ends}; {seen}; desirability {compared}.", 0, closed, rates)
        size = min(self.cohort_size, limit - path.total)
        return Advice(to, False, moved(d, to), f"{seen}; desirability {compared}.", size, closed, rates)

    def _selected(self, path: Path, is_open: Sequence[bool]) -> int:
        """Among tried admissible doses up to the MTD, the one with the highest estimated utility; 0 for none."""
        safe = [float(self._risk(n, y)) < self.toxicity_cutoff for n, y in zip(path.patients, path.dlts, strict=True)]
        tolerated = safe.index(False) if False in safe else self.doses
        mtd = nearest(
            estimates(path.patients[:tolerated], path.dlts[:tolerated], SELECTION_PRIOR) if tolerated else (),
            self.toxicity_limit,
        )
        best, merit = 0, -1.0
        for level in range(1, mtd + 1):
            n = path.patients[level - 1]
            if n == 0 or not is_open[level - 1]:
                continue
            total = sum(u * c for u, c in zip(self.utilities, path.counts[level - 1], strict=True)) / 100
            if round((1 + total) / (2 + n), TIE_DIGITS) > merit:
                best, merit = level, round((1 + total) / (2 + n), TIE_DIGITS)
        return best

    # vectorised rules

    @cached_property
    def _lookup(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether a dose is too toxic, and whether it is futile, by patients and events."""
        n, k = np.meshgrid(np.arange(self.max_n + 1), np.arange(self.max_n + 1), indexing="ij")
        k = np.minimum(k, n)
        return self._risk(n, k) >= self.toxicity_cutoff, self._futility(n, k) >= self.efficacy_cutoff

    def _open_rows(self, counts: Ints) -> tuple[NDArray[np.bool_], Ints]:
        """Admissible doses, and the number of levels below the lowest that is too toxic, by trial."""
        toxic, futile = self._lookup
        n = counts.sum(axis=2)
        tolerated = closed_from(toxic[n, counts[:, :, 2] + counts[:, :, 3]])
        level = np.arange(self.doses)
        return (level < tolerated[:, None]) & ~futile[n, counts[:, :, 1] + counts[:, :, 3]], tolerated

    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """Moves of many trials."""
        rows, k = np.arange(len(dose)), self.doses
        is_open, _ = self._open_rows(counts)
        here = counts[rows, dose - 1]
        n, y = here.sum(axis=1), here[:, 2] + here[:, 3]
        escalate, deescalate = self.lambdas
        down = y >= deescalate * n - ROUNDING
        stay = (y > escalate * n + ROUNDING) & (n >= self.explore_until)
        best, merit = np.zeros(len(dose), dtype=np.int64), np.full(len(dose), -1.0)
        for step in (-1, 0, 1):
            level = dose + step
            inside = (level >= 1) & (level <= k)
            at = np.clip(level, 1, k) - 1
            allowed = inside & is_open[rows, at] & (~stay | (step < 1)) & ~down
            score = desirability_rows(counts[rows, at], self.utilities, self.benchmark)
            better = allowed & (score >= merit)
            best, merit = np.where(better, level, best), np.where(better, score, merit)
        above = np.minimum(dose, k - 1)
        untried = (dose < k) & is_open[rows, above] & (counts[rows, above].sum(axis=1) == 0)
        best = np.where(untried & ~down & (n >= self.explore_after), dose + 1, best)
        below = is_open & (np.arange(1, k + 1) < np.maximum(dose, 2)[:, None])
        lower = np.where(below.any(axis=1), k - below[:, ::-1].argmax(axis=1), 0)
        to = np.where(down, lower, best)
        if self.stop_at is not None:
            there = counts.sum(axis=2)[rows, np.maximum(to, 1) - 1]
            to = np.where((to > 0) & (there >= self.stop_at), ENOUGH, to)
        return np.where(to == 0, NO_DOSE, to)

    def selections(self, counts: Ints) -> Ints:
        """Among tried admissible doses up to the MTD, the one with the highest estimated utility."""
        n, y = counts.sum(axis=2), counts[:, :, 2] + counts[:, :, 3]
        is_open, tolerated = self._open_rows(counts)
        level = np.arange(1, self.doses + 1)
        mtd = nearest_rows(n, y, level <= tolerated[:, None], target=self.toxicity_limit, prior=SELECTION_PRIOR)
        total = counts @ (np.asarray(self.utilities) / 100)
        merit = np.where((n > 0) & is_open & (level <= mtd[:, None]), np.round((1 + total) / (2 + n), TIE_DIGITS), -1.0)
        return np.where(merit.max(axis=1) > 0, merit.argmax(axis=1) + 1, 0)

    # tables and texts

    def admissible(self, n: int, y: int, e: int) -> bool:
        """Whether y DLTs and e responses in n patients leave a dose open."""
        safe = float(self._risk(n, y)) < self.toxicity_cutoff
        return safe and float(self._futility(n, e)) < self.efficacy_cutoff

    def scores(self, sizes: Sequence[int]) -> Scores:
        """Rank-based desirability scores; see `rank_scores`."""
        return rank_scores(sizes, self.utilities, self.benchmark, self.admissible)

    def decision_table(self) -> Table:
        """Rank-based desirability scores; rows: patients and DLTs at a dose, columns: responses."""
        sizes = [0, *range(self.cohort_size, TABLE_COHORTS * self.cohort_size + 1, self.cohort_size)]
        scores = self.scores(sizes)
        most = sizes[-1]
        rows: list[tuple[Cell, ...]] = []
        for n in sizes:
            for y in range(n + 1):
                cells = [scores[n, y, e] if e <= n else "" for e in range(most + 1)]
                rows.append((n, y, *("E" if c is None else c for c in cells)))
        escalate, deescalate = self.lambdas
        return Table(
            "decision_table",
            "Rank-based desirability score by patients, DLTs and responses at a dose",
            (
                Column("patients", "patients", digits=0),
                Column("dlts", "DLTs", digits=0),
                *(Column(f"e{e}", f"{e} responses", digits=4) for e in range(most + 1)),
            ),
            tuple(rows),
            (
                f"DLT rate at the current dose at or above {deescalate:.4f}: next lower admissible dose.",
                f"Above {escalate:.4f}, with {self.explore_until} patients or more: the higher score of this dose and "
                f"the "
                "one below.",
                f"With {self.explore_after} patients or more and a rate below {deescalate:.4f}: the next higher dose "
                f"if it "
                "is open and untried, before anything else.",
                "Otherwise: the highest score of this dose, the one below and the one above. E: the dose is closed.",
            ),
        )

    def tables(self) -> tuple[Table, ...]:
        """Scores where they exist, and characteristics."""
        try:
            return (self.decision_table(), self.operating_characteristics())
        except OutOfScopeError:
            return (self.operating_characteristics(),)

    def rule_checks(self) -> tuple[Check, ...]:
        """Desirability against numerical integration, at the outcomes of one cohort."""
        from scipy.integrate import quad
        from scipy.stats import beta

        gaps = []
        for e in range(self.cohort_size + 1):
            counts = (self.cohort_size - e, e, 0, 0)
            x = sum(u * c for u, c in zip(self.utilities, counts, strict=True)) / 100
            density = beta(1 + x, 1 + self.cohort_size - x).pdf
            exact = quad(density, self.benchmark / 100, 1, epsabs=1e-12)[0]
            gaps.append(abs(exact - float(self.desirability(counts))))
        return (Check("desirability", "largest gap of desirabilities", max(gaps), 0.0, 1e-9, "exact"),)

    def assumptions(self) -> tuple[Quantity, ...]:
        """The fields, and what follows from them."""
        escalate, deescalate = self.lambdas
        return (
            *super().assumptions(),
            Quantity("lambda_e", "escalation boundary of the observed DLT rate", escalate, "1"),
            Quantity("lambda_d", "de-escalation boundary of the observed DLT rate", deescalate, "1"),
            Quantity("benchmark", "benchmark utility", self.benchmark),
        )

    def to_text(self) -> Paragraph:
        """The rule in words."""
        return self.written(
            "Dose finding follows the {design} over {levels} dose levels, in cohorts of {cohort_size} from dose level "
            "{start_dose}. The highest acceptable rate of dose-limiting toxicity is {toxicity_limit} and the lowest "
            "acceptable response rate {efficacy_limit}. The utilities of neither event, efficacy alone, toxicity "
            "alone and both are {utilities}; a dose is desirable by the probability that its mean utility exceeds "
            "{benchmark}. The dose is de-escalated when the observed toxicity rate is at least {lambda_d}; when it is "
            "above {lambda_e} with {explore_until} or more patients, the more desirable of the current and the next "
            "lower dose follows, otherwise the most desirable of the current dose and its neighbours; after "
            "{explore_after} patients an untried next dose comes first. A dose is closed when its toxicity rate "
            "exceeds the limit with probability above {toxicity_cutoff}, or its response rate falls below the limit "
            "with probability above {efficacy_cutoff}. At most {n_total} patients are treated. The optimal dose is "
            "the one with the highest estimated utility among the admissible doses up to the maximum tolerated dose."
        )
