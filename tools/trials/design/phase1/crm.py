"""The continual reassessment method: treat at the dose whose estimated DLT rate is nearest to the target.

One parameter describes all doses, so every patient informs every dose (O'Quigley and others 1990; Cheung 2011). The
safeguards that trials use are on by default: no dose is skipped, no escalation right after a toxic cohort, and a stop
when the lowest dose is too toxic.
"""

from __future__ import annotations

from functools import cached_property
from math import sqrt
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import betaincc

from benchside.tools.trials.design.checks import between, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.phase1.advice import Advice, moved
from benchside.tools.trials.design.phase1.crm_model import (
    CrmModel,
    Curve,
    calibrated_skeleton,
    mle,
    mle_rows,
    posterior,
    posterior_rows,
)
from benchside.tools.trials.design.phase1.engine import ENOUGH, NO_DOSE, Ints, distinct_rows
from benchside.tools.trials.design.phase1.escalation import CohortDesign, checked_target
from benchside.tools.trials.design.phase1.outcomes import Path, empty
from benchside.tools.trials.design.phase1.pathways import pathways
from benchside.tools.trials.design.results import Check, Paragraph, Quantity, Table, sequence_note

USUAL_PRIOR_SD = sqrt(1.34)  # of O'Quigley and Shen 1996, dfcrm's default
TIE_DIGITS = 9
LEAST_FOR_SAFETY = 3  # patients at the lowest dose before the likelihood version may stop on them


class Crm(CohortDesign):
    """CRM with a power (empiric) or one-parameter logistic model, by Bayes or maximum likelihood.

    The maximum-likelihood version goes up one dose for each cohort without any DLT in the trial (down one while all
    have a DLT), until the estimate exists.
    """

    kind: Literal["crm"] = "crm"
    family: ClassVar[str] = "continual reassessment method"
    cites: ClassVar[tuple[str, ...]] = ("oquigley-1990", "lee-cheung-2009", "cheung-2011", "yap-2017")
    most_states: ClassVar[int] = 1_500
    target: float = Field(0.25, description="target DLT rate")
    skeleton: tuple[float, ...] = Field((), description="prior DLT rates by dose; empty to calibrate them")
    doses: int | None = Field(None, description="number of dose levels, when the skeleton is calibrated (5)")
    prior_mtd: int | None = Field(None, description="level that is the MTD a priori, when the skeleton is calibrated")
    halfwidth: float = Field(
        0.05, description="half-width of the indifference interval, when the skeleton is calibrated"
    )
    model: Curve = Field("empiric", description="model: empiric (power), or logistic with a fixed intercept")
    intercept: float = Field(3.0, description="intercept of the logistic model")
    prior_sd: float = Field(USUAL_PRIOR_SD, description="standard deviation of the normal prior of beta")
    method: Literal["bayes", "mle"] = Field("bayes", description="estimate of the slope: bayes or mle")
    coherent: bool = Field(True, description="no escalation when the last cohort's DLT rate is at or above the target")
    safety: float = Field(
        0.95, description="stop when Pr(lowest dose's DLT rate > target | data) exceeds this; 1 for never"
    )
    untried: bool = Field(False, description="whether a dose that nobody had may be declared the MTD")

    @model_validator(mode="after")
    def _model_exists(self) -> Self:
        checked_target(self.target)
        between("safety", self.safety, 0.5, 1, closed=True)
        if self.skeleton and self.doses is not None and self.doses != len(self.skeleton):
            raise ContradictoryInputError(
                f"{self.doses} doses, and {len(self.skeleton)} prior rates",
                where="doses",
                hint="Leave out one of them.",
            )
        _ = self.working_model
        return self

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return len(self.skeleton) if self.skeleton else whole("doses", 5 if self.doses is None else self.doses, 1, 20)

    @property
    def toxicity_target(self) -> float:
        """Target DLT rate."""
        return self.target

    @property
    def remembers_last(self) -> bool:  # type: ignore[override]
        """The last cohort matters for coherence."""
        return self.coherent

    @cached_property
    def working_model(self) -> CrmModel:
        """The model, with the given or the calibrated skeleton."""
        skeleton = self.skeleton or calibrated_skeleton(
            self.halfwidth,
            self.target,
            (self.levels + 1) // 2 if self.prior_mtd is None else self.prior_mtd,
            self.levels,
            curve=self.model,
            intercept=self.intercept,
        )
        return CrmModel(self.model, skeleton, self.intercept, self.prior_sd).checked()

    # scalar rules

    def estimate(self, path: Path) -> tuple[NDArray[np.float64] | None, float]:
        """Estimated DLT rates by dose, None while there is no estimate, and Pr(lowest dose above the target)."""
        n, y = path.patients, path.dlts
        if self.method == "bayes":
            found = posterior(self.working_model, self.target, n, y)
            return found.rates, float(found.overdose[0])
        risk = float(betaincc(1 + y[0], 1 + n[0] - y[0], self.target)) if n[0] >= LEAST_FOR_SAFETY else 0.0
        if sum(y) in (0, path.total):
            return None, risk
        return self.working_model.rates(mle(self.working_model, n, y)), risk

    def advise(self, path: Path, limit: int | None = None) -> Advice:
        """The dose nearest to the target, within the safeguards."""
        limit = self.max_n if limit is None else limit
        if path.dose == 0:
            size = min(self.cohort_size, limit)
            return Advice(self.start_dose, False, "start", f"The trial starts at dose {self.start_dose}.", size)
        rates, risk = self.estimate(path)
        shown = () if rates is None else tuple(map(float, rates))
        if risk > self.safety:
            why = f"The lowest dose's DLT rate exceeds the target with probability {risk:.3f}."
            return Advice(None, True, "stop", why, 0, tuple(range(1, self.levels + 1)), shown)
        best, why = self._best(path, rates)
        highest = max(level for level, n in enumerate(path.patients, 1) if n)
        to = min(best, path.dose + 1)
        if to < best:
            why += f"; no dose is skipped, so dose {to}"
        if self.coherent and to > path.dose and path.latest[1] >= self.target * sum(path.latest):
            to = path.dose
            why += f"; no escalation after {path.latest[1]} DLTs in the last cohort of {sum(path.latest)}"
        if path.total >= limit or (self.stop_at is not None and path.patients[to - 1] >= self.stop_at):
            ends = f"{path.total} patients were treated" if path.total >= limit else f"dose {to} had enough patients"
            if rates is None and any(path.dlts):
                return Advice(None, True, "stop", f"{ends}, all with a DLT.", 0, (), shown)
            chosen = highest if rates is None else best if self.untried else min(best, highest)
            return Advice(chosen, True, "stop", f"{ends}. {why}.", 0, (), shown)
        size = min(self.cohort_size, limit - path.total)
        return Advice(to, False, moved(path.dose, to), why + ".", size, (), shown)

    def _best(self, path: Path, rates: NDArray[np.float64] | None) -> tuple[int, str]:
        """The dose that the estimate, or the rule before there is one, points at."""
        if rates is None:
            none = sum(path.dlts) == 0
            best = min(path.dose + 1, self.levels) if none else max(path.dose - 1, 1)
            return best, f"{'No' if none else 'Every'} patient had a DLT, so there is no estimate yet: dose {best}"
        best = int(self._nearest(rates))
        return best, f"The estimated DLT rate of dose {best}, {rates[best - 1]:.3f}, is nearest to {self.target:g}"

    def _nearest(self, rates: NDArray[np.float64]) -> Ints:
        """Level nearest to the target along the last axis; the lower one of two that are equally near.

        A calibrated skeleton makes exact ties likely, which rounding errors must not decide.
        """
        return np.asarray(np.round(np.abs(rates - self.target), TIE_DIGITS).argmin(axis=-1) + 1)

    # vectorised rules: many trials share the same counts, so each set of counts is estimated once

    def _estimates(self, counts: Ints) -> tuple[Ints, NDArray[np.float64], NDArray[np.bool_]]:
        """Nearest dose (0 without an estimate), risk of the lowest dose, and whether all had a DLT, by trial."""
        n, y = counts.sum(axis=2), counts[:, :, 1]
        states, back = distinct_rows(np.concatenate([n, y], axis=1))
        n, y = states[:, : self.levels], states[:, self.levels :]
        total, toxic = n.sum(axis=1), y.sum(axis=1)
        mixed = (toxic > 0) & (toxic < total)
        best = np.zeros(len(states), dtype=np.int64)
        if self.method == "bayes":
            beta, risk = posterior_rows(self.working_model, self.target, n, y)
            mixed = np.ones_like(mixed)
        else:
            risk = np.where(n[:, 0] >= LEAST_FOR_SAFETY, betaincc(1 + y[:, 0], 1 + n[:, 0] - y[:, 0], self.target), 0.0)
            beta = np.zeros(len(states))
            beta[mixed] = mle_rows(self.working_model, n[mixed], y[mixed])
        best[mixed] = self._nearest(self.working_model.rates(beta))[mixed]
        return best[back], risk[back], (toxic == total)[back]

    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """Moves of many trials."""
        best, risk, all_toxic = self._estimates(counts)
        rule = np.where(all_toxic, np.maximum(dose - 1, 1), np.minimum(dose + 1, self.levels))
        to = np.minimum(np.where(best == 0, rule, best), dose + 1)
        if self.coherent:
            to = np.where(latest[:, 1] >= self.target * latest.sum(axis=1), np.minimum(to, dose), to)
        if self.stop_at is not None:
            there = counts.sum(axis=2)[np.arange(len(dose)), to - 1]
            to = np.where(there >= self.stop_at, ENOUGH, to)
        return np.where(risk > self.safety, NO_DOSE, to)

    def selections(self, counts: Ints) -> Ints:
        """The dose nearest to the target, a tried one unless `untried`."""
        best, _, all_toxic = self._estimates(counts)
        tried = counts.sum(axis=2) > 0
        highest = self.levels - tried[:, ::-1].argmax(axis=1)
        chosen = best if self.untried else np.minimum(best, highest)
        return np.where(best == 0, np.where(all_toxic, 0, highest), chosen)

    # tables and texts

    def decision_table(self) -> Table:
        """Dose transition pathways of the first two cohorts."""
        return self.pathways("", 2)

    def pathways(self, outcomes: str = "", cohorts: int = 2) -> Table:
        """Dose transition pathways from the data so far."""
        from benchside.tools.trials.design.phase1.outcomes import read_path

        start = read_path(outcomes, self.levels) if outcomes else empty(self.levels, 2)
        title = f"What the {self.family} will advise, by DLTs in the next cohorts (target {self.target:g})"
        return pathways(self, start, whole("cohorts", cohorts, 1, 6), title)

    def rule_checks(self) -> tuple[Check, ...]:
        """The estimate of beta against adaptive quadrature of the posterior, or a search of the likelihood."""
        model, k = self.working_model, self.levels
        gaps = []
        for spread in range(1, 5):
            n = np.array([3 * spread if level < k - 1 else 3 for level in range(k)])
            y = np.array([min(level, int(n[level])) for level in range(k)])
            if self.method == "mle":
                gaps.append(abs(mle(model, tuple(n), tuple(y)) - _likelihood_peak(model, n, y)))
                continue
            fine = posterior(model, self.target, tuple(n), tuple(y)).mean
            coarse = float(posterior_rows(model, self.target, n[None], y[None])[0][0])
            exact = _quadrature_mean(model, n, y, fine)
            gaps += [abs(fine - exact), abs(coarse - exact)]
        label = "largest gap of estimates" if self.method == "mle" else "largest gap of posterior means"
        return (Check("quadrature", label, max(gaps), 0.0, 1e-6, "exact"),)

    def assumptions(self) -> tuple[Quantity, ...]:
        """The fields, and the skeleton when it was calibrated."""
        found = super().assumptions()
        if self.skeleton:
            return found
        rates = sequence_note(self.working_model.skeleton)
        return (*found, Quantity("skeleton", "prior DLT rates by dose, calibrated", rates))

    def to_text(self) -> Paragraph:
        """The rule in words."""
        logistic = "one-parameter logistic model with intercept {intercept}"
        model = "power model" if self.model == "empiric" else logistic
        how = (
            "the posterior mean of its parameter (normal prior, mean zero, standard deviation {prior_sd})"
            if self.method == "bayes"
            else "the maximum-likelihood estimate of its parameter"
        )
        coherent = " and none follows a cohort whose rate is at or above the target" if self.coherent else ""
        return self.written(
            "Dose escalation follows the {design} over {levels} dose levels with a target rate of dose-limiting "
            "toxicity "
            f"of {{target}}, in cohorts of {{cohort_size}} from dose level {{start_dose}}. A {model} with the prior "
            f"rates {{skeleton}} is updated after each cohort; the next cohort is treated at the dose whose rate at "
            f"{how} is nearest to the target. No escalation skips a dose{coherent}. The trial stops without a dose "
            f"when the "
            "probability that the rate of the lowest dose exceeds the target is above {safety}. At most {n_total} "
            "patients are treated; the dose that is then nearest to the target is the maximum tolerated dose."
        )


def _likelihood_peak(model: CrmModel, n: NDArray[np.int64], y: NDArray[np.int64]) -> float:
    """Maximum of the likelihood by a search that uses no derivative."""

    def loss(beta: float) -> float:
        log_p, log_q = model.log_rates(np.asarray(beta))
        return -float(y @ log_p + (n - y) @ log_q)

    return float(minimize_scalar(loss, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10}).x)


def _quadrature_mean(model: CrmModel, n: NDArray[np.int64], y: NDArray[np.int64], centre: float) -> float:
    """Posterior mean of beta by adaptive quadrature."""

    def log_density(beta: float) -> float:
        log_p, log_q = model.log_rates(np.asarray(beta))
        return float(y @ log_p + (n - y) @ log_q - 0.5 * (beta / model.prior_sd) ** 2)

    top = log_density(centre)
    reach = 9 * model.prior_sd
    ends, points = (-reach, reach), [p for p in (centre - 1, centre, centre + 1) if -reach < p < reach]

    def integral(power: int) -> float:
        value = quad(
            lambda b: b**power * np.exp(log_density(b) - top),
            *ends,
            points=points,
            limit=400,
            epsabs=1e-13,
            epsrel=1e-12,
        )
        return float(value[0])

    return integral(1) / integral(0)
