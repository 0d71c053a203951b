"""The Bayesian logistic regression model with escalation with overdose control (EWOC).

A dose is open while the probability of excessive toxicity is below a limit; among the open doses the one with the
largest probability of the target interval, or simply the highest, is given next (Babb and others 1998; Neuenschwander
and others 2008).
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.integrate import quad

from benchside.tools.trials.design.checks import between, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.phase1.advice import Advice, moved
from benchside.tools.trials.design.phase1.blrm_model import BlrmModel, DosePosterior, interval_rows, posterior
from benchside.tools.trials.design.phase1.engine import ENOUGH, NO_DOSE, Ints, distinct_rows
from benchside.tools.trials.design.phase1.escalation import CohortDesign
from benchside.tools.trials.design.phase1.outcomes import Path, empty, read_path
from benchside.tools.trials.design.phase1.pathways import pathways
from benchside.tools.trials.design.results import Check, Column, Paragraph, Table

TIE_DIGITS = 6  # so that rounding errors do not decide between doses


class Blrm(CohortDesign):
    """BLRM with EWOC. Doses are given in their unit, and the prior is about the dose `reference`."""

    kind: Literal["blrm"] = "blrm"
    family: ClassVar[str] = "Bayesian logistic regression model with overdose control"
    cites: ClassVar[tuple[str, ...]] = ("neuenschwander-2008", "babb-1998", "yap-2017")
    most_states: ClassVar[int] = 250
    amounts: tuple[float, ...] = Field((1.0, 2.5, 5.0, 10.0, 20.0), description="doses in their unit, rising")
    unit: str = Field("mg", description="unit of the doses")
    reference: float | None = Field(
        None, description="reference dose, whose odds of a DLT are alpha; the highest dose by default"
    )
    prior_mean: tuple[float, float] = Field((-0.85, 0.0), description="prior means of log(alpha) and log(beta)")
    prior_sd: tuple[float, float] = Field(
        (1.5, 0.7), description="prior standard deviations of log(alpha) and log(beta)"
    )
    prior_correlation: float = Field(0.0, description="prior correlation of log(alpha) and log(beta)")
    target_interval: tuple[float, float] = Field((0.16, 0.33), description="DLT rates that are on target")
    overdose_limit: float = Field(
        0.25, description="a dose is open while Pr(DLT rate above the target interval) is below this"
    )
    largest_step: float | None = Field(None, description="largest ratio of a dose to the one before it, such as 2")
    skip: bool = Field(False, description="whether escalation may skip dose levels")
    choose: Literal["target", "highest"] = Field(
        "target", description="among the open doses: target (most probably on target) or highest"
    )

    @model_validator(mode="after")
    def _model_exists(self) -> Self:
        between("overdose_limit", self.overdose_limit, 0, 1)
        if self.largest_step is not None and positive("largest_step", self.largest_step) <= 1:
            raise ContradictoryInputError(
                f"a largest step of {self.largest_step:g} allows no escalation", where="largest_step", hint="Above 1."
            )
        _ = self.working_model
        return self

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        if not self.amounts:
            raise ImpossibleInputError("amounts is empty", where="amounts", hint="Give the doses in their unit.")
        return len(self.amounts)

    @property
    def toxicity_target(self) -> float:
        """The middle of the target interval."""
        return sum(self.target_interval) / 2

    @cached_property
    def working_model(self) -> BlrmModel:
        """Doses and prior."""
        reference = self.reference if self.reference is not None else max(self.amounts, default=1.0)
        return BlrmModel(
            self.amounts, reference, self.prior_mean, self.prior_sd, self.prior_correlation, self.target_interval
        ).checked()

    def fitted(self, outcomes: str = "") -> DosePosterior:
        """Posterior of the DLT rates after the outcomes so far."""
        path = read_path(outcomes, self.levels)
        return posterior(self.working_model, path.patients, path.dlts)

    def _reachable(self) -> NDArray[np.int64]:
        """Highest level that may follow each level, index 0 for level 1."""
        found = []
        for level, amount in enumerate(self.amounts, 1):
            highest = self.levels if self.skip else min(level + 1, self.levels)
            if self.largest_step is not None:
                near = [k for k, a in enumerate(self.amounts, 1) if a <= amount * self.largest_step * (1 + 1e-9)]
                highest = min(highest, max(near))
            found.append(highest)
        return np.array(found, dtype=np.int64)

    def _choice(self, intervals: NDArray[np.float64], highest: Ints) -> Ints:
        """Best open level up to `highest` for each row, 0 when none is open.

        Args:
            intervals: probabilities of under-dosing, target and excess, shape (m, levels, 3).
        """
        on_target, excess = np.round(intervals[:, :, 1], TIE_DIGITS), np.round(intervals[:, :, 2], TIE_DIGITS)
        level = np.arange(1, self.levels + 1)
        is_open = (excess < self.overdose_limit) & (level <= highest[:, None])
        merit = on_target if self.choose == "target" else np.broadcast_to(level.astype(float), on_target.shape)
        best = np.where(is_open, merit, -1.0).argmax(axis=1) + 1
        return np.where(is_open.any(axis=1), best, 0)

    # scalar rules

    def advise(self, path: Path, limit: int | None = None) -> Advice:
        """The best open dose, or a stop when none is open."""
        limit = self.max_n if limit is None else limit
        if path.dose == 0:
            size = min(self.cohort_size, limit)
            return Advice(self.start_dose, False, "start", f"The trial starts at dose {self.start_dose}.", size)
        found = posterior(self.working_model, path.patients, path.dlts)
        excess = np.round(found.intervals[:, 2], TIE_DIGITS)
        closed = tuple(int(level) + 1 for level in np.flatnonzero(excess >= self.overdose_limit))
        rates = tuple(map(float, found.mean))
        reach = int(self._reachable()[path.dose - 1])
        to = int(self._choice(found.intervals[None], np.array([reach]))[0])
        if to == 0:
            why = f"No dose is open: excessive toxicity has probability {excess[0]:.3f} at the lowest dose."
            return Advice(None, True, "stop", why, 0, closed, rates)
        why = (
            f"Dose {to} ({self.amounts[to - 1]:g} {self.unit}): on target with probability "
            f"{found.intervals[to - 1, 1]:.3f}, excessive with {excess[to - 1]:.3f}, below {self.overdose_limit:g}"
        )
        if path.total >= limit or (self.stop_at is not None and path.patients[to - 1] >= self.stop_at):
            ends = f"{path.total} patients were treated" if path.total >= limit else f"dose {to} had enough patients"
            highest = max(level for level, n in enumerate(path.patients, 1) if n)
            chosen = int(self._choice(found.intervals[None], np.array([highest]))[0])
            return Advice(chosen, True, "stop", f"{ends}. {why}.", 0, closed, rates)
        size = min(self.cohort_size, limit - path.total)
        return Advice(to, False, moved(path.dose, to), why + ".", size, closed, rates)

    # vectorised rules: each different set of counts is integrated once

    def _intervals(self, counts: Ints) -> NDArray[np.float64]:
        n, y = counts.sum(axis=2), counts[:, :, 1]
        states, back = distinct_rows(np.concatenate([n, y], axis=1))
        found = interval_rows(self.working_model, states[:, : self.levels], states[:, self.levels :])
        return np.asarray(found[back])

    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """Moves of many trials."""
        to = self._choice(self._intervals(counts), self._reachable()[dose - 1])
        if self.stop_at is not None:
            there = counts.sum(axis=2)[np.arange(len(dose)), np.maximum(to, 1) - 1]
            to = np.where((to > 0) & (there >= self.stop_at), ENOUGH, to)
        return np.where(to == 0, NO_DOSE, to)

    def selections(self, counts: Ints) -> Ints:
        """The best open dose among those up to the highest tried."""
        tried = counts.sum(axis=2) > 0
        return self._choice(self._intervals(counts), self.levels - tried[:, ::-1].argmax(axis=1))

    # tables and texts

    def decision_table(self) -> Table:
        """Dose transition pathways of the first two cohorts."""
        return self.pathways("", 2)

    def pathways(self, outcomes: str = "", cohorts: int = 2) -> Table:
        """Dose transition pathways from the data so far."""
        start = read_path(outcomes, self.levels) if outcomes else empty(self.levels, 2)
        title = f"What the {self.family} will advise, by DLTs in the next cohorts"
        return pathways(self, start, whole("cohorts", cohorts, 1, 6), title)

    def posterior_table(self, outcomes: str = "") -> Table:
        """Posterior of each dose: mean, spread, probabilities of the intervals, and whether EWOC leaves it open."""
        found = self.fitted(outcomes)
        rows = tuple(
            (
                level,
                amount,
                *(float(v) for v in (found.mean[level - 1], found.sd[level - 1], *found.intervals[level - 1])),
                bool(found.intervals[level - 1, 2] < self.overdose_limit),
            )
            for level, amount in enumerate(self.amounts, 1)
        )
        low, high = self.target_interval
        return Table(
            "posterior",
            "Posterior of the DLT rates" if outcomes else "Prior of the DLT rates",
            (
                Column("dose", "dose level", digits=0),
                Column("amount", "dose", self.unit),
                Column("mean", "mean DLT rate", "1", 3),
                Column("sd", "standard deviation", "1", 3),
                Column("under", f"Pr(below {low:g})", "1", 3),
                Column("target", f"Pr({low:g} to {high:g})", "1", 3),
                Column("excess", f"Pr(above {high:g})", "1", 3),
                Column("open", "open", digits=0),
            ),
            rows,
        )

    def tables(self) -> tuple[Table, ...]:
        """Pathways, prior, characteristics."""
        return (self.decision_table(), self.posterior_table(), self.operating_characteristics())

    def rule_checks(self) -> tuple[Check, ...]:
        """Interval probabilities of both grids against nested adaptive quadrature, at one set of data."""
        n = tuple(6 if level < min(2, self.levels) else 0 for level in range(self.levels))
        y = tuple(1 if level == min(1, self.levels - 1) else 0 for level in range(self.levels))
        at, limit = min(1, self.levels - 1), self.target_interval[1]
        exact = _adaptive_excess(self.working_model, n, y, at, limit)
        fine = float(posterior(self.working_model, n, y).intervals[at, 2])
        coarse = float(interval_rows(self.working_model, np.array([n]), np.array([y]))[0, at, 2])
        return (
            Check("quadrature_fine", "excess probability, fine grid", fine, exact, 1e-6, "exact"),
            Check("quadrature_coarse", "excess probability, coarse grid", coarse, exact, 1e-4, "exact"),
        )

    def to_text(self) -> Paragraph:
        """The rule in words."""
        how = "most probably on target" if self.choose == "target" else "highest"
        skips = "" if self.skip else " No escalation skips a dose level."
        step = " No dose exceeds the one before it by more than the factor {largest_step}." if self.largest_step else ""
        return self.written(
            "Dose escalation follows the {design} over {levels} doses ({amounts} {unit}), in cohorts of {cohort_size} "
            "from dose level {start_dose}. The logit of the rate of dose-limiting toxicity is linear in the logarithm "
            "of the dose; intercept and logarithm of the slope have a bivariate normal prior with means {prior_mean}, "
            "standard deviations {prior_sd} and correlation {prior_correlation}. A dose is open while the probability "
            "that its rate is above the target interval ({target_interval}) is below {overdose_limit}; the next "
            "cohort is treated at the "
            f"open dose that is {how}.{skips}{step} The trial stops without a dose when none is open. At most "
            f"{{n_total}} "
            "patients are treated, and the maximum tolerated dose is then chosen by the same rule among the doses up "
            "to the highest that was given. Posterior probabilities are computed by deterministic quadrature."
        )


def _adaptive_excess(model: BlrmModel, n: tuple[int, ...], y: tuple[int, ...], at: int, limit: float) -> float:
    """Posterior probability that the rate at one level exceeds a limit, by nested adaptive quadrature."""
    x = np.log(np.array(model.amounts) / model.reference)
    patients, dlts = np.array(n), np.array(y)
    rho, (m1, m2), (s1, s2) = model.correlation, model.mean, model.sd

    def density(a: float, b: float) -> float:
        u, v = (a - m1) / s1, (b - m2) / s2
        eta = a + np.exp(b) * x
        likelihood = dlts @ -np.logaddexp(0, -eta) + (patients - dlts) @ -np.logaddexp(0, eta)
        return float(np.exp(likelihood - (u * u - 2 * rho * u * v + v * v) / (2 * (1 - rho**2))))

    low, high = m1 - 7 * s1, m1 + 7 * s1

    def inner(b: float, *, excess: bool) -> float:
        start = np.log(limit / (1 - limit)) - np.exp(b) * x[at]
        begin = min(max(low, start), high) if excess else low
        return (
            float(quad(density, begin, high, args=(b,), limit=100, epsabs=0, epsrel=1e-8)[0]) if begin < high else 0.0
        )

    ends = (m2 - 7 * s2, m2 + 7 * s2)
    above = quad(lambda b: inner(b, excess=True), *ends, limit=100, epsabs=0, epsrel=1e-7)[0]
    return float(above / quad(lambda b: inner(b, excess=False), *ends, limit=100, epsabs=0, epsrel=1e-7)[0])
